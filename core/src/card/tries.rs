//! How many tries PINs have left as far as their cards have told, for cards that tell it only with a wrong PIN; and which
//! PIN was under way when nobody could tell any more what became of it.
//!
//! A PIN is known by a digest of its card's serial number, so that nobody is named; where the card tells the number itself,
//! the card is believed. Before a PIN is sent the try is counted and written down, and settled when the card has answered:
//! a program that is killed in between does not forget it.

use serde::{Deserialize, Serialize};

use super::SigningKey;
use super::file::Path;
use crate::digest::DigestAlgorithm;

/// The most PINs that are remembered; the one heard of longest ago makes room.
const MOST_PINS: usize = 16;
/// The tries that a card is taken to allow which has never told: what Turkish signature cards allow.
const USUAL_TRIES: u8 = 3;

/// A serial number shorter than this, in octets, tells no card from another.
const LEAST_SERIAL: usize = 4;

/// Whether a serial number tells one card from another.
pub(super) fn tells_cards_apart(serial: &[u8]) -> bool {
    serial.len() >= LEAST_SERIAL && serial.iter().any(|octet| *octet != 0)
}

/// Which PIN of which card: a SHA-256 digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PinIdentity(Vec<u8>);

impl PinIdentity {
    /// The PIN of a key on the card with this serial number, or with this certificate where the number tells no card from
    /// another: by its number and the directory it is local to.
    pub(super) fn of(serial: &[u8], key: &SigningKey) -> Self {
        let directory = key.pin_object.directory.as_ref().map_or(&[][..], Path::below_master);
        Self::at(serial, key, directory)
    }

    /// What earlier versions knew it by, which told local PINs of one number apart by nothing; and what it is known by now.
    pub(super) fn renamed(serial: &[u8], key: &SigningKey) -> (Self, Self) {
        (Self::at(serial, key, &[]), Self::of(serial, key))
    }

    fn at(serial: &[u8], key: &SigningKey, directory: &[u8]) -> Self {
        let (kind, card) = if tells_cards_apart(serial) {
            (0, serial)
        } else {
            (1, key.certificate.as_slice())
        };
        let place = [kind, key.pin_object.reference];
        Self::digest(&[place.as_slice(), directory].concat(), card)
    }

    /// The PUK of a key's PIN, where it has one, by what the card's files call it: it may reset several PINs, and its reference
    /// is not sent.
    pub(super) fn of_puk(serial: &[u8], key: &SigningKey) -> Option<Self> {
        let puk = key.puk.as_ref()?;
        let (kind, card) = if tells_cards_apart(serial) {
            (2, serial)
        } else {
            (3, key.certificate.as_slice())
        };
        Some(Self::digest(
            &[&[kind], puk.object.identifier.as_slice()].concat(),
            card,
        ))
    }

    fn digest(place: &[u8], card: &[u8]) -> Self {
        let card = DigestAlgorithm::Sha256.digest(card).value;
        Self(DigestAlgorithm::Sha256.digest(&[place, &card].concat()).value)
    }
}

/// What is remembered of a PIN.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Remembered {
    pin: PinIdentity,
    /// Tries left, at least one: of a blocked PIN the card has to be asked, since it may have been unblocked.
    left: u8,
    /// Whether nobody knows what became of the PIN that was sent last.
    outcome_unknown: bool,
    /// Whether the number is counted from one that the card has told, and not from the usual one.
    #[serde(default = "told")]
    told: bool,
    /// Whether what was sent last was to change the PIN or to unblock it.
    #[serde(default)]
    changing: bool,
}

/// What earlier versions remembered, cards had told.
fn told() -> bool {
    true
}

/// What a program that was killed, or a link that was lost, has left open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsettled {
    /// A PIN was being checked, and the card has fewer tries left than before.
    Verification,
    /// The PIN was being changed: the card may have the old one or the new one.
    Change,
    /// The PIN was being unblocked: the card may have the old one or the new one, and the PUK fewer tries than before.
    Unblocking,
}

/// How a PIN that was sent has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settlement {
    /// It was right, or blocked: there is nothing to remember.
    Over,
    /// It was wrong, and the card has told how many tries are left.
    Told(u8),
    /// It was wrong, and the card has told no number.
    Counted,
    /// Nobody knows, and the person is told so.
    Unknown,
    /// The card has not seen it, or not looked at it.
    Undone,
}

/// A try that was written down before its PIN is sent, with what was remembered before.
pub(super) struct Intent {
    pin: PinIdentity,
    before: Option<Remembered>,
}

/// What is remembered of PINs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TriesMemory(Vec<Remembered>);

impl TriesMemory {
    /// The stored form read back, bounded.
    pub(super) fn of_stored(mut stored: Vec<Remembered>) -> Self {
        stored.retain(|remembered| remembered.left > 0);
        stored.truncate(MOST_PINS);
        Self(stored)
    }

    /// The stored form.
    pub(super) fn stored(&self) -> &[Remembered] {
        &self.0
    }

    /// Takes over what another memory has of PINs that this one does not know.
    pub(super) fn absorb(&mut self, other: Self) {
        for remembered in other.0 {
            if self.of(&remembered.pin).is_none() {
                self.0.push(remembered);
            }
        }
        self.0.truncate(MOST_PINS);
    }

    /// The tries left of a PIN whose card does not tell them now. A number that was never told is kept back, but not that it
    /// may be the last.
    pub(super) fn left(&self, pin: &PinIdentity) -> Option<u8> {
        let remembered = self
            .of(pin)
            .filter(|remembered| remembered.told || remembered.left == 1);
        remembered.map(|remembered| remembered.left)
    }

    /// What the person has to hear of before another PIN is sent; `now` is what the card tells, where it does.
    pub(super) fn unsettled(&self, pin: &PinIdentity, now: Option<u8>) -> Option<Unsettled> {
        let remembered = self.of(pin).filter(|remembered| remembered.outcome_unknown)?;
        if remembered.changing {
            return Some(Unsettled::Change);
        }
        now.is_some_and(|now| now < remembered.left)
            .then_some(Unsettled::Verification)
    }

    /// The person has heard of it.
    pub(super) fn hear(&mut self, pin: &PinIdentity, card_tells: bool) {
        if card_tells {
            self.forget(pin);
        } else if let Some(remembered) = self.0.iter_mut().find(|remembered| remembered.pin == *pin) {
            (remembered.outcome_unknown, remembered.changing) = (false, false);
        }
    }

    /// Counts a try that is about to be taken. Of a card that tells its tries, what it tells now is kept, to compare with.
    pub(super) fn begin(&mut self, pin: PinIdentity, card_tells: bool, now: Option<u8>, changing: bool) -> Intent {
        let before = self.of(&pin).cloned();
        let told = card_tells && now.is_some() || before.as_ref().is_some_and(|before| before.told);
        let known = now.or(before.as_ref().map(|before| before.left)).unwrap_or(USUAL_TRIES);
        let left = if card_tells { known } else { known.saturating_sub(1) };
        self.put(Remembered {
            pin: pin.clone(),
            left: left.max(1),
            outcome_unknown: true,
            told,
            changing,
        });
        Intent { pin, before }
    }

    /// Settles a try that was counted.
    pub(super) fn settle(&mut self, intent: &Intent, settlement: Settlement) {
        let Some(mut remembered) = self.of(&intent.pin).cloned() else {
            return;
        };
        match settlement {
            Settlement::Over => return self.forget(&intent.pin),
            Settlement::Undone => {
                self.forget(&intent.pin);
                if let Some(before) = intent.before.clone() {
                    self.put(before);
                }
                return;
            }
            Settlement::Told(0) => return self.forget(&intent.pin),
            Settlement::Told(left) => {
                (remembered.left, remembered.told, remembered.outcome_unknown) = (left, true, false);
            }
            Settlement::Counted => remembered.outcome_unknown = false,
            Settlement::Unknown => {}
        }
        remembered.changing = false;
        self.put(remembered);
    }

    /// Whether there is anything that earlier versions remembered of PINs under another name.
    pub(super) fn knows_earlier(&self, renamed: &[(PinIdentity, PinIdentity)]) -> bool {
        renamed
            .iter()
            .any(|(earlier, now)| earlier != now && self.of(earlier).is_some())
    }

    /// Takes what earlier versions remembered of PINs for what is remembered of each that it may have been.
    pub(super) fn rename(&mut self, renamed: &[(PinIdentity, PinIdentity)]) {
        for (earlier, now) in renamed.iter().filter(|(earlier, now)| earlier != now) {
            if let Some(remembered) = self.of(earlier).cloned()
                && self.of(now).is_none()
            {
                self.put(Remembered {
                    pin: now.clone(),
                    ..remembered
                });
            }
        }
        for (earlier, _) in renamed.iter().filter(|(earlier, now)| earlier != now) {
            self.forget(earlier);
        }
    }

    /// A PIN that was unblocked has all its tries: there is nothing to remember.
    pub(super) fn give_back(&mut self, pin: &PinIdentity) {
        self.forget(pin);
    }

    fn put(&mut self, remembered: Remembered) {
        self.forget(&remembered.pin);
        self.0.insert(0, remembered);
        self.0.truncate(MOST_PINS);
    }

    fn forget(&mut self, pin: &PinIdentity) {
        self.0.retain(|remembered| remembered.pin != *pin);
    }

    fn of(&self, pin: &PinIdentity) -> Option<&Remembered> {
        self.0.iter().find(|remembered| remembered.pin == *pin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(number: u8) -> PinIdentity {
        PinIdentity(vec![number])
    }

    fn sent(memory: &mut TriesMemory, now: Option<u8>, settlement: Settlement) {
        let intent = memory.begin(pin(1), false, now, false);
        memory.settle(&intent, settlement);
    }

    #[test]
    fn only_an_unknown_outcome_makes_fewer_tries_a_surprise() {
        let mut memory = TriesMemory::default();
        let intent = memory.begin(pin(1), true, Some(3), false);
        let surprise = Some(Unsettled::Verification);
        assert_eq!(
            memory.unsettled(&pin(1), Some(2)),
            surprise,
            "killed before it was settled"
        );
        assert_eq!(
            (memory.unsettled(&pin(1), Some(3)), memory.unsettled(&pin(2), Some(0))),
            (None, None)
        );
        memory.settle(&intent, Settlement::Unknown);
        assert_eq!(memory.unsettled(&pin(1), Some(2)), surprise);
        memory.settle(&intent, Settlement::Told(2));
        assert_eq!(
            (memory.unsettled(&pin(1), Some(1)), memory.left(&pin(1))),
            (None, Some(2))
        );
        memory.settle(&intent, Settlement::Over);
        assert_eq!(memory.left(&pin(1)), None);
    }

    #[test]
    fn a_change_that_was_cut_off_is_told_whatever_the_counter_says_and_once() {
        for card_tells in [false, true] {
            let mut memory = TriesMemory::default();
            sent(&mut memory, None, Settlement::Told(3));
            let intent = memory.begin(pin(1), card_tells, Some(3), true);
            assert_eq!(memory.unsettled(&pin(1), Some(3)), Some(Unsettled::Change));
            memory.hear(&pin(1), card_tells);
            assert_eq!(memory.unsettled(&pin(1), Some(3)), None);
            assert_eq!(
                memory.left(&pin(1)),
                (!card_tells).then_some(2),
                "the try stays counted"
            );
            memory.settle(&intent, Settlement::Over);
            assert_eq!(memory, TriesMemory::default());
        }
    }

    #[test]
    fn what_a_card_has_not_seen_leaves_everything_as_it_was() {
        let mut memory = TriesMemory::default();
        sent(&mut memory, None, Settlement::Undone);
        assert_eq!(memory, TriesMemory::default());
        sent(&mut memory, None, Settlement::Told(2));
        let before = memory.clone();
        sent(&mut memory, Some(2), Settlement::Undone);
        assert_eq!(memory, before);
    }

    #[test]
    fn tries_that_no_card_told_are_kept_back_until_the_last() {
        let mut memory = TriesMemory::default();
        sent(&mut memory, None, Settlement::Counted);
        assert_eq!(memory.left(&pin(1)), None);
        sent(&mut memory, None, Settlement::Unknown);
        assert_eq!(memory.left(&pin(1)), Some(1));
        sent(&mut memory, None, Settlement::Told(4));
        assert_eq!(memory.left(&pin(1)), Some(4));
    }

    #[test]
    fn what_earlier_versions_remembered_of_a_number_counts_for_each_pin_that_has_it() {
        let mut memory = TriesMemory::default();
        sent(&mut memory, None, Settlement::Told(1));
        let renamed = [(pin(1), pin(2)), (pin(1), pin(3)), (pin(4), pin(4))];
        assert!(memory.knows_earlier(&renamed));
        memory.rename(&renamed);
        assert_eq!(
            [1, 2, 3, 4].map(|number| memory.left(&pin(number))),
            [None, Some(1), Some(1), None]
        );
        assert!(!memory.knows_earlier(&renamed), "once");
    }

    #[test]
    fn a_pin_that_was_unblocked_has_all_its_tries() {
        let mut memory = TriesMemory::default();
        sent(&mut memory, None, Settlement::Told(1));
        memory.give_back(&pin(1));
        assert_eq!(memory, TriesMemory::default());
    }

    #[test]
    fn the_memory_is_bounded_and_the_oldest_makes_room() {
        let mut memory = TriesMemory::default();
        for number in 0..=16 {
            let intent = memory.begin(pin(number), false, None, false);
            memory.settle(&intent, Settlement::Told(1));
        }
        assert_eq!((memory.left(&pin(0)), memory.left(&pin(16))), (None, Some(1)));
        let stored = [memory.stored(), memory.stored()].concat();
        assert_eq!(TriesMemory::of_stored(stored).stored().len(), MOST_PINS);
    }

    #[test]
    fn what_earlier_versions_stored_is_read() {
        let stored = r#"{"pin":[7],"left":2,"outcome_unknown":true}"#;
        let memory = TriesMemory::of_stored(vec![serde_json::from_str(stored).unwrap()]);
        assert_eq!(memory.left(&pin(7)), Some(2));
        assert_eq!(memory.unsettled(&pin(7), Some(1)), Some(Unsettled::Verification));
    }
}
