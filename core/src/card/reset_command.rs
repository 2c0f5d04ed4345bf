//! RESET RETRY COUNTER: the forms it has, and one that somebody else gives: read strictly, and good for the PIN it was made for
//! alone.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::CardError;
use super::apdu::{Command, instruction};
use super::pin::PinObject;

/// The longest short command without an expected length: header, length and 255 octets.
const LONGEST: usize = 5 + 255;

/// Which PIN a card has after it was unblocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnblockedPin {
    /// The new one.
    New,
    /// The one it had before: the PUK gives the tries back and sets no PIN.
    AsBefore,
}

/// What goes along with RESET RETRY COUNTER, of what a card's holder can send (ISO/IEC 7816-4:2020, 11.5.10): its P1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ResetForm {
    /// 00: the PUK, and the new PIN behind it.
    WithNewPin,
    /// 01: the PUK alone.
    PukAlone,
}

impl ResetForm {
    /// The form that a P1 stands for. Without a PUK, by 02 and 03, a PIN is reset by rights that were got otherwise.
    pub(super) fn of_p1(p1: u8) -> Option<Self> {
        match p1 {
            0 => Some(Self::WithNewPin),
            1 => Some(Self::PukAlone),
            _ => None,
        }
    }

    pub(super) fn p1(self) -> u8 {
        match self {
            Self::WithNewPin => 0,
            Self::PukAlone => 1,
        }
    }

    /// The PIN a card has afterwards.
    pub(super) fn unblocked_pin(self) -> UnblockedPin {
        match self {
            Self::WithNewPin => UnblockedPin::New,
            Self::PukAlone => UnblockedPin::AsBefore,
        }
    }
}

/// A command that unblocks a PIN: its PUK as the card stores it, without the new PIN. Wiped when dropped, and silent in
/// `Debug`.
pub struct ResetCommand {
    form: ResetForm,
    reference: u8,
    puk: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for ResetCommand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ResetCommand")
    }
}

impl ResetCommand {
    /// Reads hexadecimal digits: a short RESET RETRY COUNTER of class 00 with P1 00 or 01, data, and no expected length
    /// (ISO/IEC 7816-4:2020, 11.5.10). Anything else is none: `None`.
    #[must_use]
    pub fn parse(hexadecimal: &str) -> Option<Self> {
        let octets = octets(hexadecimal)?;
        let command = Command::parse(&octets).ok()?;
        let is_reset = (command.class, command.instruction) == (0, instruction::RESET_RETRY_COUNTER);
        let form = ResetForm::of_p1(command.p1)?;
        // Of a command that can be read in two ways, the short one is meant or none.
        let is_short = command.encode_short().is_ok_and(|short| short == octets);
        if !is_reset || !is_short || command.expected().is_some() || command.data().is_empty() {
            return None;
        }
        Some(Self {
            form,
            reference: command.p2,
            puk: Zeroizing::new(command.data().to_vec()),
        })
    }

    /// The PUK's octets, where the command is the one that unblocks this PIN by this PUK.
    ///
    /// # Errors
    /// [`CardError::ResetCommandRefused`].
    pub(super) fn puk_for(
        &self,
        pin: &PinObject,
        puk: &PinObject,
        form: ResetForm,
    ) -> Result<Zeroizing<Vec<u8>>, CardError> {
        match self.form == form && self.reference == pin.reference && puk.takes_length(self.puk.len()) {
            true => Ok(self.puk.clone()),
            false => Err(CardError::ResetCommandRefused),
        }
    }
}

/// The octets of hexadecimal digits, of a short command at most.
fn octets(hexadecimal: &str) -> Option<Zeroizing<Vec<u8>>> {
    let digits = hexadecimal.as_bytes();
    if digits.len() > 2 * LONGEST || !digits.len().is_multiple_of(2) {
        return None;
    }
    let mut octets = Zeroizing::new(Vec::with_capacity(digits.len() / 2));
    let digit = |digit: u8| {
        char::from(digit)
            .to_digit(16)
            .and_then(|value| u8::try_from(value).ok())
    };
    for pair in digits.chunks_exact(2) {
        octets.push(digit(pair[0])? << 4 | digit(pair[1])?);
    }
    Some(octets)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::card::pin::{PinEncoding, PinRules};

    fn object(reference: u8, encoding: PinEncoding, lengths: (u8, u8, u8), padding: Option<u8>) -> PinObject {
        let (min_length, stored_length, max_length) = lengths;
        PinObject {
            identifier: vec![reference],
            reference,
            directory: None,
            encoding,
            stored_length,
            padding,
            secure_messaging: false,
            changeable: true,
            rules: PinRules {
                label: String::new(),
                min_length,
                max_length,
                numeric: encoding != PinEncoding::Utf8,
                tries_left: None,
            },
        }
    }

    fn pin() -> PinObject {
        object(0x81, PinEncoding::AsciiNumeric, (4, 8, 8), Some(0xFF))
    }

    fn puk() -> PinObject {
        object(0x82, PinEncoding::AsciiNumeric, (8, 8, 8), None)
    }

    #[test]
    fn the_command_for_this_pin_gives_its_puk() {
        for hexadecimal in ["002C0081083133353732343638", "002c0081083133353732343638"] {
            let command = ResetCommand::parse(hexadecimal).unwrap();
            let given = command.puk_for(&pin(), &puk(), ResetForm::WithNewPin).unwrap();
            assert_eq!(given.as_slice(), b"13572468");
            assert_eq!(format!("{command:?}"), "ResetCommand");
        }
        let alone = ResetCommand::parse("002C0181083133353732343638").unwrap();
        assert!(alone.puk_for(&pin(), &puk(), ResetForm::PukAlone).is_ok());
    }

    #[test]
    fn what_is_no_reset_retry_counter_with_a_puk_alone_is_no_command() {
        for other in [
            "",
            "00",
            "002C0081",
            // No data, and data of no length.
            "002C008100",
            "002C008108313335373234363",
            "002C00810831333537323436",
            "002C00810831333537323436383",
            "002C008108313335373234363839",
            // An answer is asked for.
            "002C008108313335373234363800",
            // Extended.
            "002C0081000008 3133353732343638",
            "002C00810000083133353732343638",
            // Another class: proprietary, chained, secure messaging, another channel.
            "802C0081083133353732343638",
            "102C0081083133353732343638",
            "0C2C0081083133353732343638",
            "012C0081083133353732343638",
            // VERIFY, CHANGE REFERENCE DATA, UPDATE BINARY, and the odd instruction.
            "00200081083133353732343638",
            "00240081083133353732343638",
            "00D60081083133353732343638",
            "002D0081083133353732343638",
            // The new PIN alone, nothing at all, and what no standard knows.
            "002C0281083133353732343638",
            "002C0381083133353732343638",
            "002CFF81083133353732343638",
            // No digits.
            "002C00810831333537323436 8",
            "002C00810831333537323436３８",
            "+02C0081083133353732343638",
            "0x2C0081083133353732343638",
        ] {
            assert!(ResetCommand::parse(other).is_none(), "{other}");
        }
        let longest = format!("002C0081FF{}", "31".repeat(255));
        assert!(ResetCommand::parse(&longest).is_some());
        assert!(ResetCommand::parse(&format!("{longest}00")).is_none());
        assert!(ResetCommand::parse(&"00".repeat(1_000_000)).is_none());
    }

    #[test]
    fn a_command_for_another_pin_or_of_another_form_or_length_is_refused() {
        let refused = Some(CardError::ResetCommandRefused);
        for (hexadecimal, form) in [
            ("002C0001083133353732343638", ResetForm::WithNewPin),
            ("002C0082083133353732343638", ResetForm::WithNewPin),
            ("002C0000083133353732343638", ResetForm::WithNewPin),
            ("002C0081083133353732343638", ResetForm::PukAlone),
            ("002C0181083133353732343638", ResetForm::WithNewPin),
            ("002C00810731333537323436", ResetForm::WithNewPin),
            // With a PIN of its own behind the PUK.
            ("002C0081103133353732343638313233343536FFFF", ResetForm::WithNewPin),
        ] {
            let command = ResetCommand::parse(hexadecimal).unwrap();
            assert_eq!(command.puk_for(&pin(), &puk(), form).err(), refused, "{hexadecimal}");
        }
    }

    fn encodings() -> impl Strategy<Value = PinEncoding> {
        prop_oneof![
            Just(PinEncoding::Bcd),
            Just(PinEncoding::AsciiNumeric),
            Just(PinEncoding::Utf8),
            Just(PinEncoding::HalfNibbleBcd),
            Just(PinEncoding::Iso9564),
        ]
    }

    proptest! {
        #[test]
        fn whatever_a_portal_says_is_read_without_a_panic(text in ".{0,600}") {
            let _ = ResetCommand::parse(&text);
        }

        #[test]
        fn digits_of_any_command_are_read_as_a_reset_or_not_at_all(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
            let text: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
            if let Some(command) = ResetCommand::parse(&text) {
                prop_assert_eq!(&octets[..2], &[0x00, 0x2C]);
                prop_assert!(octets[2] < 2 && octets[3] == command.reference);
                prop_assert_eq!(usize::from(octets[4]), octets.len() - 5);
                prop_assert_eq!(command.puk.as_slice(), &octets[5..]);
            }
        }

        #[test]
        fn every_puk_that_a_person_could_type_has_a_length_that_is_taken(
            encoding in encodings(),
            stored in prop_oneof![Just(0_u8), 4..=16_u8],
            padding in proptest::option::of(any::<u8>()),
            digits in "[0-9]{4,12}",
        ) {
            let puk = object(0x82, encoding, (4, stored, 12), padding);
            if let Ok(block) = puk.block(digits.as_bytes()) {
                prop_assert!(puk.takes_length(block.len()), "{} octets", block.len());
            }
        }
    }
}
