//! The tries of a card's PINs and PUKs: each is counted and written down before it is taken, settled when the card has
//! answered, and compared with what the card tells when it is opened.

use super::apdu::{Command, instruction};
use super::known::KnownCards;
use super::pkcs15::Contents;
use super::tries::{Intent, PinIdentity, Settlement};
use super::{Card, CardError, NotKept, SigningKey, Unsettled};

/// A PIN or a PUK that was sent, with the tries that were counted for it.
pub(super) struct SentPin {
    pub(super) intents: Vec<Intent>,
    pub(super) outcome: Result<(), CardError>,
}

/// Where the number of tries left comes from.
#[derive(Clone, Copy)]
enum Left {
    Untold,
    Told(u8),
    Counted,
    AsBefore,
}

impl Left {
    /// The number, after a PIN or a PUK was sent: `before` it was this many, and `told` where the card tells them unasked.
    fn now(self, before: Option<u8>, told: bool, known: &KnownCards, pin: &PinIdentity) -> Option<u8> {
        match self {
            Self::Untold => None,
            Self::Told(left) => Some(left),
            Self::AsBefore => before,
            // A try was spent, or may have been; of the last one the person has to know.
            Self::Counted if told => before.map(|left| left.saturating_sub(1).max(1)),
            Self::Counted => known.look_at_tries(|memory| memory.left(pin)),
        }
    }
}

impl Card {
    /// Takes the tries left from memory where the card does not tell them, and compares them with it where it does.
    pub(super) fn recall_tries(&mut self) {
        let Contents { serial, keys, .. } = &mut self.contents;
        let named: Vec<_> = keys.iter().map(|key| PinIdentity::renamed(serial, key)).collect();
        if self.known.look_at_tries(|memory| memory.knows_earlier(&named)) {
            // What cannot be kept has changed here all the same.
            let _ = self.known.change_tries(|memory| memory.rename(&named));
        }
        self.tells_tries = keys.iter().any(|key| key.pin.tries_left.is_some());
        let tells = |key: &SigningKey| key.puk().is_some_and(|puk| puk.tries_left.is_some());
        self.tells_puk_tries = keys.iter().any(tells);
        self.unsettled = self.known.look_at_tries(|memory| {
            let mut unsettled = None;
            for key in keys {
                let pin = PinIdentity::of(serial, key);
                unsettled = unsettled.or(memory.unsettled(&pin, key.pin.tries_left));
                if key.pin.tries_left.is_none() {
                    key.set_tries_left(memory.left(&pin));
                }
                let Some(identity) = PinIdentity::of_puk(serial, key) else {
                    continue;
                };
                // Of a try that the person has heard of, the number tells that is shown.
                let unheard = memory.unsettled(&identity, None).map(|_| Unsettled::Unblocking);
                unsettled = unheard.or(unsettled);
                if key.puk().is_some_and(|puk| puk.tries_left.is_none()) {
                    key.set_puk_tries_left(memory.left(&identity));
                }
            }
            unsettled
        });
    }

    /// What a PIN or a PUK that was sent earlier has left open, where nobody knows what became of it. The person has to hear of
    /// it before another one is sent, and is taken to have heard once this was asked.
    pub fn take_unsettled(&mut self) -> Option<Unsettled> {
        if self.unsettled.is_some() {
            let Contents { serial, keys, .. } = &self.contents;
            // Where it cannot be kept, the person hears of it twice.
            let _ = self.known.change_tries(|memory| {
                for key in keys {
                    memory.hear(&PinIdentity::of(serial, key), self.tells_tries);
                    if let Some(puk) = PinIdentity::of_puk(serial, key) {
                        memory.hear(&puk, self.tells_puk_tries);
                    }
                }
            });
        }
        self.unsettled.take()
    }

    /// Counts the try that is about to be taken.
    pub(super) fn begin_pin(&self, key: &SigningKey, command: &Command) -> Result<Vec<Intent>, CardError> {
        let Contents { serial, keys, .. } = &self.contents;
        let changing = command.instruction == instruction::CHANGE_REFERENCE_DATA;
        let same = |other: &&SigningKey| other.shares_tries_of(key);
        let mut pins: Vec<PinIdentity> = keys
            .iter()
            .filter(same)
            .map(|key| PinIdentity::of(serial, key))
            .collect();
        pins.dedup();
        let (intents, kept) = self.known.change_tries(|memory| {
            let begin = |pin: &PinIdentity| memory.begin(pin.clone(), self.tells_tries, key.pin.tries_left, changing);
            pins.iter().map(begin).collect()
        });
        match kept {
            Ok(()) => Ok(intents),
            Err(NotKept) => {
                self.settle(&intents, Settlement::Undone);
                Err(CardError::NotWrittenDown)
            }
        }
    }

    fn settle(&self, intents: &[Intent], settlement: Settlement) {
        // What cannot be kept stays counted.
        let _ = self.known.change_tries(|memory| {
            for intent in intents {
                memory.settle(intent, settlement);
            }
        });
    }

    /// Settles a try that was counted, and keeps what the card said of tries left, so that the next attempt knows when it is
    /// the last, even where the card has been opened anew for it.
    pub(super) fn settle_pin(&mut self, key: &SigningKey, sent: &SentPin) {
        let before = key.pin.tries_left;
        let (settlement, left) = match &sent.outcome {
            // How many tries a right PIN restores, the card has not said.
            Ok(()) => (Settlement::Over, Left::Untold),
            Err(CardError::WrongPin { tries_left: Some(left) }) => (Settlement::Told(*left), Left::Told(*left)),
            Err(CardError::PinBlocked) => (Settlement::Over, Left::Told(0)),
            Err(CardError::WrongPin { tries_left: None }) => (Settlement::Counted, Left::Counted),
            Err(CardError::PinOutcomeUnknown | CardError::PinChangeOutcomeUnknown) => {
                (Settlement::Unknown, Left::Counted)
            }
            Err(_) => (Settlement::Undone, Left::AsBefore),
        };
        self.settle(&sent.intents, settlement);
        let Contents { serial, keys, .. } = &mut self.contents;
        for own in keys.iter_mut().filter(|own| own.shares_tries_of(key)) {
            let pin = PinIdentity::of(serial, own);
            own.set_tries_left(left.now(before, self.tells_tries, &self.known, &pin));
        }
    }

    /// Counts the try that is about to be taken.
    pub(super) fn begin_puk(&self, key: &SigningKey) -> Result<Vec<Intent>, CardError> {
        let Contents { serial, keys, .. } = &self.contents;
        let now = key.puk().and_then(|puk| puk.tries_left);
        let same = |other: &&SigningKey| other.has_puk_of(key);
        let mut puks: Vec<PinIdentity> = keys
            .iter()
            .filter(same)
            .filter_map(|key| PinIdentity::of_puk(serial, key))
            .collect();
        puks.dedup();
        let (intents, kept) = self.known.change_tries(|memory| {
            let begin = |puk: &PinIdentity| memory.begin(puk.clone(), self.tells_puk_tries, now, true);
            puks.iter().map(begin).collect()
        });
        match kept {
            Ok(()) => Ok(intents),
            Err(NotKept) => {
                self.settle(&intents, Settlement::Undone);
                Err(CardError::NotWrittenDown)
            }
        }
    }

    /// Settles a try that was counted, keeps what the card said of tries left, and what has become of the PIN's.
    pub(super) fn settle_puk(&mut self, key: &SigningKey, sent: &SentPin) {
        let (settlement, left) = match &sent.outcome {
            // How many tries a right PUK restores, or how often it may be used, the card has not said.
            Ok(()) => (Settlement::Over, Left::Untold),
            Err(CardError::WrongPuk { tries_left: Some(left) }) => (Settlement::Told(*left), Left::Told(*left)),
            Err(CardError::PukBlocked) => (Settlement::Over, Left::Told(0)),
            // What a card means by any other refusal it alone knows: the try counts, so that no last one is taken unknowingly.
            Err(CardError::WrongPuk { tries_left: None } | CardError::Status { .. }) => {
                (Settlement::Counted, Left::Counted)
            }
            Err(CardError::PukOutcomeUnknown) => (Settlement::Unknown, Left::Counted),
            Err(_) => (Settlement::Undone, Left::AsBefore),
        };
        self.settle(&sent.intents, settlement);
        let before = key.puk().and_then(|puk| puk.tries_left);
        let Contents { serial, keys, .. } = &mut self.contents;
        for own in keys.iter_mut().filter(|own| own.has_puk_of(key)) {
            let Some(identity) = PinIdentity::of_puk(serial, own) else {
                continue;
            };
            let left = left.now(before, self.tells_puk_tries, &self.known, &identity);
            own.set_puk_tries_left(left);
        }
        if sent.outcome.is_ok() {
            for own in keys.iter_mut().filter(|own| own.shares_tries_of(key)) {
                own.set_tries_left(None);
                let pin = PinIdentity::of(serial, own);
                // What cannot be kept stays counted.
                let _ = self.known.change_tries(|memory| memory.give_back(&pin));
            }
        }
    }
}
