//! What can go wrong with a card, as the applicant has to tell one case from another.

use super::apdu::Status;
use crate::reader::LinkFailure;

/// What can go wrong with a card. No variant holds a PIN or anything read from the card.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// The link failed, and no PIN was under way.
    #[error("{0}")]
    Link(LinkFailure),
    /// The card has no PKCS#15 application.
    #[error("not a signature card")]
    NotASignatureCard,
    /// The card has no key that signs with non-repudiation and has a certificate.
    #[error("no signing key on the card")]
    NoSigningKey,
    /// The card has a key for signing, of a kind this core does not know.
    #[error("a key of an unknown kind")]
    UnknownKey,
    /// The PIN was wrong. It is never sent again.
    #[error("wrong PIN")]
    WrongPin {
        /// Tries left before the card blocks the PIN, where it tells.
        tries_left: Option<u8>,
    },
    /// The PIN is blocked: too many wrong tries.
    #[error("PIN blocked")]
    PinBlocked,
    /// The link failed while the PIN was under way: a try may have been spent. It is never sent again.
    #[error("outcome of the PIN unknown")]
    PinOutcomeUnknown,
    /// The PIN cannot be this card's, by its length or characters. It has not been sent.
    #[error("PIN of another format")]
    PinFormat {
        /// The fewest characters.
        min_length: u8,
        /// The most characters.
        max_length: u8,
        /// Whether only digits are allowed.
        numeric: bool,
    },
    /// The new PIN cannot be this card's, by its length or characters. Nothing has been sent.
    #[error("new PIN of another format")]
    NewPinFormat {
        /// The fewest characters.
        min_length: u8,
        /// The most characters.
        max_length: u8,
        /// Whether only digits are allowed.
        numeric: bool,
    },
    /// The new PIN is the old one. Nothing has been sent.
    #[error("new PIN is the old one")]
    NewPinSame,
    /// The card does not let its PIN be changed. Nothing has been sent.
    #[error("PIN cannot be changed")]
    PinUnchangeable,
    /// The link failed while the PIN was being changed: either may be good, and a try may have been spent.
    #[error("outcome of the change unknown")]
    PinChangeOutcomeUnknown,
    /// The PUK cannot be this card's, by its length or characters. Nothing has been sent.
    #[error("PUK of another format")]
    PukFormat {
        /// The fewest characters.
        min_length: u8,
        /// The most characters.
        max_length: u8,
        /// Whether only digits are allowed.
        numeric: bool,
    },
    /// The PUK was wrong. It is never sent again; the PIN is as it was.
    #[error("wrong PUK")]
    WrongPuk {
        /// Tries left before the card blocks the PUK, where it tells.
        tries_left: Option<u8>,
    },
    /// The PUK is blocked: too many wrong tries.
    #[error("PUK blocked")]
    PukBlocked,
    /// No more than one try of the PUK is left, as far as is known, and the consent does not say that the person knows. Nothing
    /// has been sent.
    #[error("last try of the PUK not confirmed")]
    LastPukTryNotConfirmed,
    /// The link failed while the PUK was under way: the PIN may be unblocked, and a try may have been spent. It is never sent
    /// again.
    #[error("outcome of the PUK unknown")]
    PukOutcomeUnknown,
    /// The card has no PUK for this PIN that its holder can send, or does not take it.
    #[error("no PUK for this PIN")]
    PukUnavailable,
    /// A command that was given is not the RESET RETRY COUNTER of this PIN by its PUK. Nothing has been sent.
    #[error("not the command that unblocks this PIN")]
    ResetCommandRefused,
    /// The try could not be written down before it was taken. The PIN has not been sent.
    #[error("the try could not be written down")]
    NotWrittenDown,
    /// One try is left, and the consent does not say that the person knows. The PIN has not been sent.
    #[error("last try not confirmed")]
    LastTryNotConfirmed,
    /// The card refuses a PIN on this link, over NFC for one. No try was spent.
    #[error("PIN not allowed on this link")]
    PinNotAllowedHere,
    /// The PIN has not been activated yet. No try was spent.
    #[error("PIN not activated")]
    PinNotActivated,
    /// The key is not of this card. The PIN has not been sent.
    #[error("not the same card")]
    NotTheSameCard,
    /// The card refused a command.
    #[error("card answered {status:04X} to {instruction:02X}")]
    Status {
        /// The instruction octet of the command.
        instruction: u8,
        /// The status word.
        status: u16,
    },
    /// The card broke its own rules.
    #[error("malformed: {0}")]
    Malformed(&'static str),
    /// The card wants something we cannot do.
    #[error("unsupported: {0}")]
    Unsupported(&'static str),
}

impl CardError {
    /// Whether the card answered with this status word.
    pub(super) fn is_of_status(&self, expected: Status) -> bool {
        matches!(self, Self::Status { status, .. } if *status == expected.0)
    }
}

impl From<LinkFailure> for CardError {
    fn from(failure: LinkFailure) -> Self {
        Self::Link(failure)
    }
}
