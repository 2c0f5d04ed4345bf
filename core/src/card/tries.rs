//! How many tries PINs have left as far as their cards have told, for cards that tell it only with a wrong PIN.
//!
//! A PIN is known by a digest of its card's serial number, so that nobody is named; where the card tells the number itself,
//! the card is believed.

use serde::{Deserialize, Serialize};

use super::SigningKey;
use super::known::tells_cards_apart;
use crate::digest::DigestAlgorithm;

/// The most PINs that are remembered; the one heard of longest ago makes room.
const MOST_PINS: usize = 16;

/// Which PIN of which card: a SHA-256 digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PinIdentity(Vec<u8>);

impl PinIdentity {
    /// The PIN of a key on the card with this serial number, or with this certificate where the number tells no card from
    /// another.
    pub(super) fn of(serial: &[u8], key: &SigningKey) -> Self {
        let (kind, card) = if tells_cards_apart(serial) {
            (0, serial)
        } else {
            (1, key.certificate.as_slice())
        };
        let card = DigestAlgorithm::Sha256.digest(card).value;
        let place = [kind, key.pin_object.reference];
        Self(
            DigestAlgorithm::Sha256
                .digest(&[place.as_slice(), &card].concat())
                .value,
        )
    }
}

/// What a card last told of a PIN.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ToldTries {
    pin: PinIdentity,
    /// Tries left, at least one: of a blocked PIN the card has to be asked, since it may have been unblocked.
    left: u8,
    /// Whether the link was lost after that while the PIN was being checked.
    outcome_unknown: bool,
}

/// What cards have told of tries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TriesMemory(Vec<ToldTries>);

impl TriesMemory {
    /// The stored form read back, bounded.
    pub(super) fn of_stored(mut stored: Vec<ToldTries>) -> Self {
        stored.retain(|told| told.left > 0);
        stored.truncate(MOST_PINS);
        Self(stored)
    }

    /// The stored form.
    pub(super) fn stored(&self) -> &[ToldTries] {
        &self.0
    }

    /// The tries left of a PIN, where they were told.
    pub(super) fn left(&self, pin: &PinIdentity) -> Option<u8> {
        self.told(pin).map(|told| told.left)
    }

    /// Whether a PIN has fewer tries left now than before it was sent and nobody could tell what became of it.
    pub(super) fn has_fallen(&self, pin: &PinIdentity, now: u8) -> bool {
        self.told(pin)
            .is_some_and(|told| told.outcome_unknown && now < told.left)
    }

    /// Keeps what was told.
    pub(super) fn remember(&mut self, pin: PinIdentity, left: u8, outcome_unknown: bool) {
        self.forget(&pin);
        self.0.insert(
            0,
            ToldTries {
                pin,
                left,
                outcome_unknown,
            },
        );
        self.0.truncate(MOST_PINS);
    }

    /// Forgets a PIN: it was right, or what was told of it no longer holds.
    pub(super) fn forget(&mut self, pin: &PinIdentity) {
        self.0.retain(|told| told.pin != *pin);
    }

    fn told(&self, pin: &PinIdentity) -> Option<&ToldTries> {
        self.0.iter().find(|told| told.pin == *pin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(number: u8) -> PinIdentity {
        PinIdentity(vec![number])
    }

    #[test]
    fn only_an_unknown_outcome_makes_fewer_tries_a_surprise() {
        let mut memory = TriesMemory::default();
        memory.remember(pin(1), 3, true);
        assert!(memory.has_fallen(&pin(1), 2) && !memory.has_fallen(&pin(1), 3) && !memory.has_fallen(&pin(2), 0));
        memory.remember(pin(1), 2, false);
        assert_eq!((memory.has_fallen(&pin(1), 1), memory.left(&pin(1))), (false, Some(2)));
        memory.forget(&pin(1));
        assert_eq!(memory.left(&pin(1)), None);
    }

    #[test]
    fn the_memory_is_bounded_and_the_oldest_makes_room() {
        let mut memory = TriesMemory::default();
        for number in 0..=16 {
            memory.remember(pin(number), 1, false);
        }
        assert_eq!((memory.left(&pin(0)), memory.left(&pin(16))), (None, Some(1)));
        let stored = [memory.stored(), memory.stored()].concat();
        assert_eq!(TriesMemory::of_stored(stored).stored().len(), MOST_PINS);
    }
}
