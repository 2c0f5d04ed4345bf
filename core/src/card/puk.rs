//! PUKs: how a card's files say that a PIN is unblocked, what its holder consents to, and what the card's answer means.
//!
//! A consent is used up by the one RESET RETRY COUNTER it is good for. Nobody can unblock a PUK: after the last wrong one, the
//! card may be of no use any more.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::CardError;
use super::apdu::{Command, Status, instruction};
use super::pin::{PinCommand, PinObject};
use super::reset_command::{ResetCommand, ResetForm};
use crate::reader::{Delivery, Link, LinkFailure};
use crate::secret::Pin;

/// The consent of a person to send one PUK to the card once. It is not `Clone`: unblocking uses it up.
pub struct PukConsent {
    puk: Presented,
    last_try_confirmed: bool,
}

/// Where a PUK comes from.
enum Presented {
    /// The person has typed it.
    Typed(Arc<Pin>),
    /// It is in a command that somebody else has made.
    Given(ResetCommand),
}

impl PukConsent {
    /// Consents to one RESET RETRY COUNTER with this PUK.
    #[must_use]
    pub fn new(puk: Arc<Pin>) -> Self {
        Self {
            puk: Presented::Typed(puk),
            last_try_confirmed: false,
        }
    }

    /// Consents to one RESET RETRY COUNTER with the PUK of a command that was given.
    #[must_use]
    pub fn given(command: ResetCommand) -> Self {
        Self {
            puk: Presented::Given(command),
            last_try_confirmed: false,
        }
    }

    /// The same consent, given in the knowledge that it may be the last try before the card blocks the PUK.
    #[must_use]
    pub fn confirming_last_try(mut self) -> Self {
        self.last_try_confirmed = true;
        self
    }
}

impl fmt::Debug for PukConsent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PukConsent")
    }
}

/// The PUK of a PIN, as the card's AODF describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PukObject {
    /// What it is called by, how its characters become octets, and its rules.
    pub(super) object: PinObject,
    /// How it is sent.
    pub(super) form: ResetForm,
}

impl PukObject {
    /// Takes the tries that the card tells of a reference. One that the PIN has as well says nothing of the PUK.
    pub(super) fn take_told_tries(&mut self, pin: &PinObject, told: impl FnOnce(u8) -> Option<u8>) {
        let own = self.object.reference != pin.reference;
        self.object.rules.tries_left = own.then(|| told(self.object.reference)).flatten();
    }

    /// Checks everything about a PUK and the new PIN that can be checked without the card. The consent stays whole.
    ///
    /// # Errors
    /// [`CardError::PukFormat`], [`CardError::NewPinFormat`], [`CardError::LastPukTryNotConfirmed`] or
    /// [`CardError::Unsupported`].
    pub(super) fn admits(&self, consent: &PukConsent, pin: &PinObject, new: &Pin) -> Result<(), CardError> {
        self.data(consent, pin, new).map(drop)
    }

    /// Makes the one command that carries a PUK: the consent is used up in any case.
    ///
    /// # Errors
    /// As [`Self::admits`].
    pub(super) fn reset(&self, consent: PukConsent, pin: &PinObject, new: &Pin) -> Result<PinCommand, CardError> {
        let data = self.data(&consent, pin, new)?;
        let command = Command::new(instruction::RESET_RETRY_COUNTER, self.form.p1(), pin.reference);
        Ok(PinCommand::checked(command.with_data(&data)))
    }

    fn data(&self, consent: &PukConsent, pin: &PinObject, new: &Pin) -> Result<Zeroizing<Vec<u8>>, CardError> {
        let rules = &self.object.rules;
        // What is known of tries is a hint: the person decides, and the card has the last word.
        if rules.tries_left.is_some_and(|left| left <= 1) && !consent.last_try_confirmed {
            return Err(CardError::LastPukTryNotConfirmed);
        }
        let mut data = match &consent.puk {
            Presented::Typed(puk) => self.object.block(puk.expose()).map_err(|_| CardError::PukFormat {
                min_length: rules.min_length,
                max_length: rules.max_length,
                numeric: rules.numeric,
            })?,
            Presented::Given(command) => command.puk_for(pin, &self.object, self.form)?,
        };
        if self.form == ResetForm::WithNewPin {
            let new = pin.new_block(new)?;
            let mut both = Zeroizing::new(Vec::with_capacity(data.len() + new.len()));
            both.extend_from_slice(&data);
            both.extend_from_slice(&new);
            data = both;
        }
        // It goes in one short command or not at all.
        if data.len() > usize::from(u8::MAX) {
            return Err(CardError::Unsupported("a PUK and a PIN of this length"));
        }
        Ok(data)
    }
}

/// What became of a PUK that was sent.
pub(super) fn outcome(answer: Result<Status, LinkFailure>, link: Link) -> Result<(), CardError> {
    let status = match answer {
        Ok(status) => status,
        Err(failure) if failure.delivery() == Delivery::NotSent => return Err(CardError::Link(failure)),
        Err(_) => return Err(CardError::PukOutcomeUnknown),
    };
    Err(match status {
        Status::OK => return Ok(()),
        Status(0x63C0) | Status::AUTHENTICATION_BLOCKED => CardError::PukBlocked,
        Status(word @ 0x63C1..=0x63CF) => CardError::WrongPuk {
            tries_left: u8::try_from(word & 0x0F).ok(),
        },
        Status(0x6300) => CardError::WrongPuk { tries_left: None },
        // No such command or form, or no PUK behind the reference: it was not compared.
        Status::INSTRUCTION_NOT_SUPPORTED
        | Status(0x6E00)
        | Status::FUNCTION_NOT_SUPPORTED
        | Status::INCORRECT_PARAMETERS
        | Status::REFERENCE_DATA_NOT_FOUND
        | Status::REFERENCE_DATA_NOT_USABLE => CardError::PukUnavailable,
        Status::SECURITY_STATUS_NOT_SATISFIED | Status::CONDITIONS_NOT_SATISFIED if link == Link::Nfc => {
            CardError::PinNotAllowedHere
        }
        Status(status) => CardError::Status {
            instruction: instruction::RESET_RETRY_COUNTER,
            status,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::pin::{PinEncoding, PinRules};

    fn object(
        reference: u8,
        encoding: PinEncoding,
        padding: Option<u8>,
        (min_length, max_length): (u8, u8),
    ) -> PinObject {
        PinObject {
            identifier: vec![reference],
            reference,
            directory: None,
            encoding,
            stored_length: 8,
            padding,
            secure_messaging: false,
            changeable: true,
            rules: PinRules {
                label: String::new(),
                min_length,
                max_length,
                numeric: true,
                tries_left: None,
            },
        }
    }

    fn pin() -> PinObject {
        object(0x81, PinEncoding::AsciiNumeric, None, (4, 8))
    }

    fn puk(encoding: PinEncoding, padding: Option<u8>, form: ResetForm) -> PukObject {
        PukObject {
            object: object(0x82, encoding, padding, (8, 8)),
            form,
        }
    }

    fn consent(digits: &[u8]) -> PukConsent {
        PukConsent::new(Arc::new(Pin::new(digits)))
    }

    fn sent(puk: &PukObject, new: &[u8]) -> Vec<u8> {
        let command = puk.reset(consent(b"13572468"), &pin(), &Pin::new(new)).unwrap();
        command.into_command().encode_short().unwrap().to_vec()
    }

    #[test]
    fn the_puk_goes_to_the_pin_with_a_new_one_or_alone_each_in_its_own_form() {
        let ascii = |form| puk(PinEncoding::AsciiNumeric, None, form);
        assert_eq!(
            sent(&ascii(ResetForm::WithNewPin), b"4862"),
            *b"\x00\x2C\x00\x81\x0C135724684862"
        );
        assert_eq!(sent(&ascii(ResetForm::PukAlone), b""), *b"\x00\x2C\x01\x81\x0813572468");
        let packed = puk(PinEncoding::Bcd, Some(0xFF), ResetForm::WithNewPin);
        assert_eq!(
            sent(&packed, b"4862"),
            *b"\x00\x2C\x00\x81\x0C\x13\x57\x24\x68\xFF\xFF\xFF\xFF4862"
        );
        assert_eq!(
            [0, 1, 2, 3].map(ResetForm::of_p1),
            [Some(ResetForm::WithNewPin), Some(ResetForm::PukAlone), None, None]
        );
    }

    #[test]
    fn what_cannot_be_a_puk_or_a_pin_of_the_card_makes_no_command() {
        let puk = puk(PinEncoding::AsciiNumeric, None, ResetForm::WithNewPin);
        let refused = |digits: &[u8], new: &[u8]| puk.reset(consent(digits), &pin(), &Pin::new(new)).err();
        let (min_length, max_length, numeric) = (8, 8, true);
        let format = CardError::PukFormat {
            min_length,
            max_length,
            numeric,
        };
        for digits in [b"".as_slice(), b"1234567", b"123456789", b"1234567a"] {
            assert_eq!(refused(digits, b"4862"), Some(format.clone()), "{digits:?}");
        }
        for new in [b"".as_slice(), b"123", b"123456789", b"12a4"] {
            let refusal = refused(b"13572468", new);
            assert!(
                matches!(refusal, Some(CardError::NewPinFormat { min_length: 4, .. })),
                "{new:?}"
            );
        }
        let mut long = puk;
        long.object.stored_length = 250;
        long.object.padding = Some(0xFF);
        let refusal = long.reset(consent(b"13572468"), &pin(), &Pin::new(b"48621357")).err();
        assert!(
            matches!(refusal, Some(CardError::Unsupported(_))),
            "one command or none"
        );
    }

    #[test]
    fn few_tries_are_a_hint_that_has_to_be_confirmed() {
        let mut puk = puk(PinEncoding::AsciiNumeric, None, ResetForm::WithNewPin);
        let admits = |puk: &PukObject, consent: &PukConsent| puk.admits(consent, &pin(), &Pin::new(b"4862"));
        for left in [0, 1] {
            puk.object.rules.tries_left = Some(left);
            assert_eq!(
                admits(&puk, &consent(b"13572468")),
                Err(CardError::LastPukTryNotConfirmed)
            );
            assert_eq!(admits(&puk, &consent(b"13572468").confirming_last_try()), Ok(()));
        }
        for left in [None, Some(2)] {
            puk.object.rules.tries_left = left;
            assert_eq!(admits(&puk, &consent(b"13572468")), Ok(()));
        }
    }

    #[test]
    fn tries_told_of_a_reference_that_is_the_pins_are_the_pins() {
        let mut puk = puk(PinEncoding::AsciiNumeric, None, ResetForm::WithNewPin);
        puk.take_told_tries(&pin(), |reference| (reference == 0x82).then_some(2));
        assert_eq!(puk.object.rules.tries_left, Some(2));
        puk.object.reference = 0x81;
        puk.take_told_tries(&pin(), |_| Some(0));
        assert_eq!(puk.object.rules.tries_left, None);
    }

    #[test]
    fn every_answer_to_a_puk_has_its_meaning() {
        let status = |word| outcome(Ok(Status(word)), Link::Contact);
        assert_eq!(status(0x9000), Ok(()));
        assert_eq!(status(0x63C2), Err(CardError::WrongPuk { tries_left: Some(2) }));
        assert_eq!(status(0x6300), Err(CardError::WrongPuk { tries_left: None }));
        for word in [0x63C0, 0x6983] {
            assert_eq!(status(word), Err(CardError::PukBlocked));
        }
        for word in [0x6D00, 0x6E00, 0x6A81, 0x6A86, 0x6A88, 0x6984] {
            assert_eq!(status(word), Err(CardError::PukUnavailable), "{word:04X}");
        }
        for word in [0x6700, 0x6982, 0x6985, 0x6A80, 0x6C08, 0x6108] {
            let refused = CardError::Status {
                instruction: 0x2C,
                status: word,
            };
            assert_eq!(status(word), Err(refused));
        }
        assert_eq!(
            outcome(Ok(Status(0x6982)), Link::Nfc),
            Err(CardError::PinNotAllowedHere)
        );
        let lost = |delivery| outcome(Err(LinkFailure::CardLost { delivery }), Link::Nfc);
        assert_eq!(lost(Delivery::Unknown), Err(CardError::PukOutcomeUnknown));
        let not_sent = LinkFailure::CardLost {
            delivery: Delivery::NotSent,
        };
        assert_eq!(lost(Delivery::NotSent), Err(CardError::Link(not_sent)));
    }
}
