//! What a person is told of unblocking a card's PIN.

use super::pin_rules::PinRules;
use super::sentences;
use crate::card::SigningKey;
use crate::texts::Language;

/// How the PIN of a card is unblocked: with its PUK, by `CardDesk.unblock_pin`. The new PIN is judged by the PIN's rules.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Unblocking {
    /// What the card expects of its PUK.
    pub puk: PinRules,
    /// Tries of the PUK left before the card blocks it for good, where the card tells without being sent one, or has told. A hint:
    /// it warns, and `last_try_confirmed` says that the person goes on all the same.
    pub tries_left: Option<u8>,
    /// The same as a sentence, with what wrong PUKs may cost: to be shown, and spoken, before the PUK is typed.
    pub tries_sentence: Option<String>,
}

impl Unblocking {
    /// How the PIN of a key is unblocked; `None` where the card's files tell of no PUK.
    pub(crate) fn of(key: &SigningKey, language: Language) -> Option<Self> {
        let puk = key.puk()?;
        Some(Self {
            puk: PinRules {
                min_length: puk.min_length,
                max_length: puk.max_length,
                numeric: puk.numeric,
            },
            tries_left: puk.tries_left,
            tries_sentence: Some(sentences::puk_tries_left(puk.tries_left, language)),
        })
    }
}
