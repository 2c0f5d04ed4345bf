//! PINs: what the applicant consents to, what a card wants to be sent, and what its answer means.
//!
//! A consent is used up by the one VERIFY it is good for; a PIN whose length the card would not take cannot be encoded.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::CardError;
use super::apdu::{Command, Status, instruction};
use super::file::Path;
use crate::reader::{Delivery, Link, LinkFailure};
use crate::secret::Pin;

/// What a card expects of the PIN that protects a key, and how many tries are left where it tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinRules {
    /// The card's name for the PIN; empty where it gives none.
    pub label: String,
    /// The fewest characters.
    pub min_length: u8,
    /// The most characters.
    pub max_length: u8,
    /// Whether only the digits 0 to 9 are allowed.
    pub numeric: bool,
    /// Wrong tries left before the card blocks the PIN; `None` where the card does not tell without being sent one.
    #[serde(skip)]
    pub tries_left: Option<u8>,
}

/// The consent of a person to send one PIN to the card once. It is not `Clone`: signing uses it up.
pub struct PinConsent {
    pin: Arc<Pin>,
    last_try_confirmed: bool,
}

impl PinConsent {
    /// Consents to one VERIFY with this PIN.
    #[must_use]
    pub fn new(pin: Arc<Pin>) -> Self {
        Self {
            pin,
            last_try_confirmed: false,
        }
    }

    /// The same consent, given in the knowledge that it is the last try before the card blocks the PIN.
    #[must_use]
    pub fn confirming_last_try(mut self) -> Self {
        self.last_try_confirmed = true;
        self
    }
}

impl fmt::Debug for PinConsent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PinConsent")
    }
}

/// How the characters of a PIN become octets (ISO/IEC 7816-15:2016, 8.9.2, PasswordType).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum PinEncoding {
    /// Two digits an octet.
    Bcd,
    /// One ASCII digit an octet.
    AsciiNumeric,
    /// UTF-8 characters.
    Utf8,
    /// One digit an octet, in the lower half, the upper half set.
    HalfNibbleBcd,
    /// The PIN block of ISO 9564-1, format 2: eight octets.
    Iso9564,
}

/// How a card wants to be sent a change of its PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChangeForm {
    /// The old PIN and the new one behind it (ISO/IEC 7816-4:2020, 11.5.7).
    Standard,
    /// Each behind its length, and whether the reference is local in P1, as AKİS 1.0 did.
    WithLengths,
}

/// The bit of a reference that makes it local to its directory (ISO/IEC 7816-4:2020, table 90).
const LOCAL: u8 = 0x80;

/// A PIN of a card as its AODF describes it (ISO/IEC 7816-15:2016, 8.9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PinObject {
    /// What keys name it by.
    pub(super) identifier: Vec<u8>,
    /// P2 of VERIFY.
    pub(super) reference: u8,
    /// The directory to select before VERIFY; `None` where the reference is global.
    pub(super) directory: Option<Path>,
    /// How characters become octets.
    pub(super) encoding: PinEncoding,
    /// The length that padding fills up to and that no PIN exceeds, in octets; zero where the card does not tell.
    pub(super) stored_length: u8,
    /// What is padded with; `None` where the PIN is sent as long as it is.
    pub(super) padding: Option<u8>,
    /// Whether the PIN only travels under secure messaging.
    pub(super) secure_messaging: bool,
    /// Whether the holder may change it.
    pub(super) changeable: bool,
    /// What the person is told.
    pub(super) rules: PinRules,
}

impl PinObject {
    /// Checks everything about a PIN that can be checked without the card. The consent stays whole.
    ///
    /// # Errors
    /// [`CardError::PinFormat`], [`CardError::PinBlocked`], [`CardError::LastTryNotConfirmed`] or
    /// [`CardError::Unsupported`].
    pub(super) fn admits(&self, consent: &PinConsent) -> Result<(), CardError> {
        self.check(consent)?;
        self.block(consent.pin.expose()).map(drop)
    }

    /// The same for a change of the PIN.
    ///
    /// # Errors
    /// As [`Self::admits`]; [`CardError::PinUnchangeable`], [`CardError::NewPinFormat`] or [`CardError::NewPinSame`].
    pub(super) fn admits_change(&self, consent: &PinConsent, new: &Pin) -> Result<(), CardError> {
        if !self.changeable {
            return Err(CardError::PinUnchangeable);
        }
        self.admits(consent)?;
        let new_block = self.new_block(new)?;
        if self.block(consent.pin.expose()).is_ok_and(|old| old == new_block) {
            return Err(CardError::NewPinSame);
        }
        Ok(())
    }

    /// The octets a card wants for a new PIN.
    ///
    /// # Errors
    /// [`CardError::NewPinFormat`].
    pub(super) fn new_block(&self, new: &Pin) -> Result<Zeroizing<Vec<u8>>, CardError> {
        let PinRules {
            min_length,
            max_length,
            numeric,
            ..
        } = self.rules;
        self.block(new.expose()).map_err(|_| CardError::NewPinFormat {
            min_length,
            max_length,
            numeric,
        })
    }

    /// Makes the one command that carries a PIN: the consent is used up in any case.
    ///
    /// # Errors
    /// As [`Self::admits`].
    pub(super) fn verify(&self, consent: PinConsent) -> Result<PinCommand, CardError> {
        self.check(&consent)?;
        let block = self.block(consent.pin.expose())?;
        let command = Command::new(instruction::VERIFY, 0, self.reference);
        Ok(PinCommand::checked(command.with_data(&block)))
    }

    /// The same for a change of the PIN, the old one and the new one in the card's form.
    ///
    /// # Errors
    /// As [`Self::admits_change`].
    pub(super) fn change(&self, consent: PinConsent, new: &Pin, form: ChangeForm) -> Result<PinCommand, CardError> {
        self.admits_change(&consent, new)?;
        let (old, new) = (self.block(consent.pin.expose())?, self.new_block(new)?);
        let mut data = Zeroizing::new(Vec::with_capacity(old.len() + new.len() + 2));
        for block in [old, new] {
            if form == ChangeForm::WithLengths {
                data.push(u8::try_from(block.len()).map_err(|_| self.format())?);
            }
            data.extend_from_slice(&block);
        }
        let (p1, p2) = match form {
            ChangeForm::Standard => (0, self.reference),
            ChangeForm::WithLengths if self.reference & LOCAL != 0 => (2, self.reference & !LOCAL),
            ChangeForm::WithLengths => (1, self.reference),
        };
        let command = Command::new(instruction::CHANGE_REFERENCE_DATA, p1, p2);
        Ok(PinCommand::checked(command.with_data(&data)))
    }

    fn format(&self) -> CardError {
        CardError::PinFormat {
            min_length: self.rules.min_length,
            max_length: self.rules.max_length,
            numeric: self.rules.numeric,
        }
    }

    fn check(&self, consent: &PinConsent) -> Result<(), CardError> {
        if self.secure_messaging {
            return Err(CardError::Unsupported("a PIN under secure messaging"));
        }
        match self.rules.tries_left {
            Some(0) => Err(CardError::PinBlocked),
            Some(1) if !consent.last_try_confirmed => Err(CardError::LastTryNotConfirmed),
            _ => Ok(()),
        }
    }

    /// Whether so many octets are what the card wants for a PIN of some length.
    pub(super) fn takes_length(&self, octets: usize) -> bool {
        let stored = usize::from(self.stored_length);
        let (least, most) = (usize::from(self.rules.min_length), usize::from(self.rules.max_length));
        let (least, most) = match self.encoding {
            PinEncoding::Bcd => (least.div_ceil(2), most.div_ceil(2)),
            PinEncoding::AsciiNumeric | PinEncoding::HalfNibbleBcd => (least, most),
            PinEncoding::Utf8 => (least, 4 * most),
            PinEncoding::Iso9564 => (8, 8),
        };
        if self.padding.is_some() && stored >= least {
            return octets == stored;
        }
        let most = if stored > 0 && self.encoding != PinEncoding::Iso9564 {
            most.min(stored)
        } else {
            most
        };
        (least.max(1)..=most).contains(&octets)
    }

    /// The octets a card wants for a PIN.
    ///
    /// # Errors
    /// [`CardError::PinFormat`].
    pub(super) fn block(&self, characters: &[u8]) -> Result<Zeroizing<Vec<u8>>, CardError> {
        let rules = &self.rules;
        let format = || self.format();
        let text = std::str::from_utf8(characters).map_err(|_| format())?;
        let length = u8::try_from(text.chars().count()).map_err(|_| format())?;
        // An empty VERIFY asks for the tries left on some cards and spends one on others: it is never a PIN.
        if length == 0 || length < rules.min_length || length > rules.max_length {
            return Err(format());
        }
        if rules.numeric && !characters.iter().all(u8::is_ascii_digit) {
            return Err(format());
        }
        let mut block = Zeroizing::new(Vec::with_capacity(characters.len() + usize::from(u8::MAX)));
        let fill = self.padding.unwrap_or(0xFF) & 0x0F;
        let digits = |octet: &u8| octet & 0x0F;
        let pairs = characters
            .chunks(2)
            .map(|pair| digits(&pair[0]) << 4 | pair.get(1).map_or(fill, digits));
        match self.encoding {
            PinEncoding::AsciiNumeric | PinEncoding::Utf8 => block.extend_from_slice(characters),
            PinEncoding::Bcd => block.extend(pairs),
            PinEncoding::HalfNibbleBcd => block.extend(characters.iter().map(|octet| 0xF0 | digits(octet))),
            PinEncoding::Iso9564 => {
                let length = Some(length).filter(|length| *length <= 12).ok_or_else(format)?;
                block.push(0x20 | length);
                block.extend(
                    characters
                        .chunks(2)
                        .map(|pair| digits(&pair[0]) << 4 | pair.get(1).map_or(0x0F, digits)),
                );
                block.resize(8, 0xFF);
            }
        }
        // A card may take a longer block for another PIN, and a try for it: characters are not octets in UTF-8.
        let stored = usize::from(self.stored_length);
        let most = if self.encoding == PinEncoding::Iso9564 {
            8
        } else {
            stored
        };
        if most > 0 && block.len() > most {
            return Err(format());
        }
        if let Some(padding) = self.padding
            && block.len() < stored
        {
            block.resize(stored, padding);
        }
        Ok(block)
    }
}

/// A command with a PIN that has passed every check and is ready to be sent. It is used up by being sent.
pub(super) struct PinCommand(Command);

impl PinCommand {
    /// A command whose every check is behind it.
    pub(super) fn checked(command: Command) -> Self {
        Self(command)
    }

    /// The command, once.
    pub(super) fn into_command(self) -> Command {
        self.0
    }

    /// The same VERIFY once more, for the one case in which it may be sent again: the card has answered it with 9000 in
    /// this operation and was lost before the signature came.
    pub(super) fn again(command: Command) -> Self {
        Self(command)
    }
}

/// What became of a PIN that was sent.
pub(super) fn outcome(sent: u8, answer: Result<Status, LinkFailure>, link: Link) -> Result<(), CardError> {
    let status = match answer {
        Ok(status) => status,
        Err(failure) if failure.delivery() == Delivery::NotSent => return Err(CardError::Link(failure)),
        Err(_) if sent == instruction::CHANGE_REFERENCE_DATA => {
            return Err(CardError::PinChangeOutcomeUnknown);
        }
        Err(_) => return Err(CardError::PinOutcomeUnknown),
    };
    Err(match status {
        Status::OK => return Ok(()),
        Status(0x63C0) | Status::AUTHENTICATION_BLOCKED => CardError::PinBlocked,
        Status(word @ 0x63C1..=0x63CF) => CardError::WrongPin {
            tries_left: u8::try_from(word & 0x0F).ok(),
        },
        Status(0x6300) => CardError::WrongPin { tries_left: None },
        Status::REFERENCE_DATA_NOT_USABLE => CardError::PinNotActivated,
        Status::SECURITY_STATUS_NOT_SATISFIED | Status::CONDITIONS_NOT_SATISFIED if link == Link::Nfc => {
            CardError::PinNotAllowedHere
        }
        Status(status) => CardError::Status {
            instruction: sent,
            status,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(encoding: PinEncoding, padding: Option<u8>) -> PinObject {
        PinObject {
            identifier: vec![1],
            reference: 0x81,
            directory: None,
            encoding,
            stored_length: 8,
            padding,
            secure_messaging: false,
            changeable: true,
            rules: PinRules {
                label: String::new(),
                min_length: 4,
                max_length: 8,
                numeric: encoding != PinEncoding::Utf8,
                tries_left: None,
            },
        }
    }

    fn consent(digits: &[u8]) -> PinConsent {
        PinConsent::new(Arc::new(Pin::new(digits)))
    }

    fn sent(object: &PinObject, digits: &[u8]) -> Vec<u8> {
        object.verify(consent(digits)).unwrap().into_command().data().to_vec()
    }

    #[test]
    fn every_pin_type_has_its_encoding() {
        assert_eq!(sent(&pin(PinEncoding::AsciiNumeric, None), b"12345"), b"12345");
        assert_eq!(
            sent(&pin(PinEncoding::AsciiNumeric, Some(0xFF)), b"12345"),
            *b"12345\xFF\xFF\xFF"
        );
        assert_eq!(
            sent(&pin(PinEncoding::Utf8, Some(0)), "şifre".as_bytes()),
            *"şifre\0\0".as_bytes()
        );
        assert_eq!(sent(&pin(PinEncoding::Bcd, None), b"12345"), [0x12, 0x34, 0x5F]);
        assert_eq!(
            sent(&pin(PinEncoding::Bcd, Some(0)), b"12345"),
            [0x12, 0x34, 0x50, 0, 0, 0, 0, 0]
        );
        assert_eq!(
            sent(&pin(PinEncoding::HalfNibbleBcd, None), b"1234"),
            [0xF1, 0xF2, 0xF3, 0xF4]
        );
        let block = [0x25, 0x12, 0x34, 0x5F, 0xFF, 0xFF, 0xFF, 0xFF];
        assert_eq!(sent(&pin(PinEncoding::Iso9564, None), b"12345"), block);
    }

    #[test]
    fn a_pin_the_card_would_not_take_makes_no_command() {
        let object = pin(PinEncoding::AsciiNumeric, None);
        let format = CardError::PinFormat {
            min_length: 4,
            max_length: 8,
            numeric: true,
        };
        for digits in [
            b"".as_slice(),
            b"123",
            b"123456789",
            b"12a4",
            "１２３４".as_bytes(),
            b"12\xFF4",
        ] {
            assert_eq!(object.verify(consent(digits)).err(), Some(format.clone()), "{digits:?}");
        }
        let lenient = PinObject {
            rules: PinRules {
                min_length: 0,
                ..object.rules.clone()
            },
            ..object
        };
        assert!(lenient.verify(consent(b"")).is_err(), "an empty PIN is never sent");
    }

    #[test]
    fn a_pin_longer_than_the_card_stores_makes_no_command() {
        let utf8 = pin(PinEncoding::Utf8, None);
        assert_eq!(sent(&utf8, "şşşş".as_bytes()).len(), 8);
        let eight = "şşşşşşşş".as_bytes();
        let format = CardError::PinFormat {
            min_length: 4,
            max_length: 8,
            numeric: false,
        };
        assert_eq!(utf8.verify(consent(eight)).err(), Some(format));
        assert_eq!(
            utf8.change(consent(b"1234"), &Pin::new(eight), ChangeForm::Standard)
                .err(),
            Some(CardError::NewPinFormat {
                min_length: 4,
                max_length: 8,
                numeric: false,
            })
        );
        let mut long = pin(PinEncoding::AsciiNumeric, Some(0xFF));
        long.rules.max_length = 12;
        assert!(long.verify(consent(b"12345678")).is_ok());
        assert!(long.verify(consent(b"123456789")).is_err());
        let mut packed = pin(PinEncoding::Bcd, Some(0xFF));
        packed.rules.max_length = 16;
        assert_eq!(sent(&packed, b"1234567812345678").len(), 8);
        let mut block = pin(PinEncoding::Iso9564, None);
        block.rules.max_length = 12;
        assert_eq!(sent(&block, b"123456789012").len(), 8);
        let untold = PinObject {
            stored_length: 0,
            ..pin(PinEncoding::AsciiNumeric, None)
        };
        assert!(untold.verify(consent(b"12345678")).is_ok());
    }

    #[test]
    fn a_change_of_the_pin_has_two_forms() {
        let change = |object: &PinObject, form| {
            let command = object.change(consent(b"1234"), &Pin::new(b"56789"), form).unwrap();
            command.into_command().encode_short().unwrap().to_vec()
        };
        let mut object = pin(PinEncoding::AsciiNumeric, None);
        assert_eq!(change(&object, ChangeForm::Standard), *b"\x00\x24\x00\x81\x09123456789");
        assert_eq!(
            change(&object, ChangeForm::WithLengths),
            *b"\x00\x24\x02\x01\x0B\x041234\x0556789"
        );
        object.reference = 3;
        assert_eq!(change(&object, ChangeForm::WithLengths)[..4], [0x00, 0x24, 0x01, 0x03]);
    }

    #[test]
    fn the_last_try_needs_its_own_confirmation() {
        let mut object = pin(PinEncoding::AsciiNumeric, None);
        object.rules.tries_left = Some(1);
        assert_eq!(
            object.verify(consent(b"123456")).err(),
            Some(CardError::LastTryNotConfirmed)
        );
        assert!(object.verify(consent(b"123456").confirming_last_try()).is_ok());
        object.rules.tries_left = Some(0);
        assert_eq!(
            object.verify(consent(b"123456").confirming_last_try()).err(),
            Some(CardError::PinBlocked)
        );
    }

    #[test]
    fn every_answer_to_verify_has_its_meaning() {
        let status = |word| outcome(0x20, Ok(Status(word)), Link::Contact);
        assert_eq!(status(0x9000), Ok(()));
        assert_eq!(status(0x63C2), Err(CardError::WrongPin { tries_left: Some(2) }));
        assert_eq!(status(0x6300), Err(CardError::WrongPin { tries_left: None }));
        assert_eq!(status(0x63C0), Err(CardError::PinBlocked));
        assert_eq!(status(0x6983), Err(CardError::PinBlocked));
        assert_eq!(status(0x6984), Err(CardError::PinNotActivated));
        assert_eq!(
            status(0x6982),
            Err(CardError::Status {
                instruction: 0x20,
                status: 0x6982
            })
        );
        assert_eq!(
            outcome(0x20, Ok(Status(0x6982)), Link::Nfc),
            Err(CardError::PinNotAllowedHere)
        );
        let lost = |delivery| outcome(0x20, Err(LinkFailure::CardLost { delivery }), Link::Nfc);
        assert_eq!(lost(Delivery::Unknown), Err(CardError::PinOutcomeUnknown));
        let not_sent = LinkFailure::CardLost {
            delivery: Delivery::NotSent,
        };
        assert_eq!(lost(Delivery::NotSent), Err(CardError::Link(not_sent)));
    }
}
