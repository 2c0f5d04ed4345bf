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

/// Which PIN a card has after it was unblocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnblockedPin {
    /// The new one.
    New,
    /// The one it had before: the PUK gives the tries back and sets no PIN.
    AsBefore,
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
