//! What is remembered of cards, so that one seen before signs after few commands: public files only, and no longer than
//! they hold.
//!
//! A card is taken for the same by its historical bytes and serial number, read anew each time, or by a certificate where cards
//! have no serial numbers of their own; it is remembered with the digests of its certificates; that its key is still the one of the remembered certificate, every signature proves. What
//! does not prove true is forgotten.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::iso7816::Session;
use super::pkcs15::{self, Contents};
use super::tries::{Remembered, TriesMemory, tells_cards_apart};
use super::{CardError, SigningKey};
use crate::digest::DigestAlgorithm;

/// The version of the stored form.
const VERSION: u32 = 1;
/// The most cards that are remembered; the one seen longest ago makes room.
const MOST_CARDS: usize = 4;

/// Keeps a memory of cards beyond the process, and shares it with whoever has the same one. It holds certificates, which
/// name their holders: whoever keeps it, seals it.
pub trait CardKeeper: Send + Sync {
    /// Replaces what is kept by what `change` makes of it; nobody comes between its reading and its writing.
    ///
    /// # Errors
    /// [`NotKept`]; nothing has changed.
    fn change(&self, change: &mut dyn FnMut(Option<&[u8]>) -> Vec<u8>) -> Result<(), NotKept>;
}

/// The memory of cards could not be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the memory of cards could not be kept")]
pub struct NotKept;

/// A memory of cards. Clones share it.
#[derive(Clone, Default)]
pub struct KnownCards(Arc<Shared>);

#[derive(Default)]
struct Shared {
    memory: Mutex<Memory>,
    keeper: Option<Arc<dyn CardKeeper>>,
}

#[derive(Default)]
struct Memory {
    cards: Vec<KnownCard>,
    tries: TriesMemory,
}

impl Memory {
    fn of_bytes(stored: &[u8]) -> Self {
        let stored: Option<Stored> = serde_json::from_slice(stored).ok();
        let Some(stored) = stored.filter(|stored| stored.version == VERSION) else {
            return Self::default();
        };
        let mut cards = stored.cards;
        cards.retain(KnownCard::is_whole);
        cards.truncate(MOST_CARDS);
        let tries = TriesMemory::of_stored(stored.tries);
        Self { cards, tries }
    }

    fn to_bytes(&self) -> Vec<u8> {
        let stored = Stored {
            version: VERSION,
            cards: self.cards.clone(),
            tries: self.tries.stored().to_vec(),
        };
        serde_json::to_vec(&stored).expect("the stored form has no maps and no failing types")
    }

    fn forget(&mut self, serial: &[u8]) {
        self.cards.retain(|card| card.contents.serial != serial);
    }

    /// Forgets what was known of a card that is to be remembered anew.
    fn make_room(&mut self, contents: &Contents) {
        self.cards.retain(|card| !card.is_of(contents));
    }
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct KnownCard {
    historical_bytes: Vec<u8>,
    contents: Contents,
    /// The SHA-256 digests of its certificates, in the order of its keys; empty in what was stored before there were any.
    #[serde(default)]
    certificates: Vec<Vec<u8>>,
}

impl KnownCard {
    fn new(historical_bytes: &[u8], contents: &Contents) -> Self {
        Self {
            historical_bytes: historical_bytes.to_vec(),
            contents: contents.clone(),
            certificates: digests(contents),
        }
    }

    /// Whether that was read of the same card.
    fn is_of(&self, contents: &Contents) -> bool {
        let first = |contents: &Contents| contents.keys.first().map(|key| key.certificate.clone());
        let same = tells_cards_apart(&contents.serial) || first(contents) == first(&self.contents);
        self.contents.serial == contents.serial && same
    }

    /// Whether what was read of the card belongs to the certificates it was remembered with.
    fn is_whole(&self) -> bool {
        let same = self.certificates.is_empty() || self.certificates == digests(&self.contents);
        same && !self.contents.keys.is_empty()
    }
}

fn digests(contents: &Contents) -> Vec<Vec<u8>> {
    let digest = |key: &SigningKey| DigestAlgorithm::Sha256.digest(&key.certificate).value;
    contents.keys.iter().map(digest).collect()
}

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    cards: Vec<KnownCard>,
    #[serde(default)]
    tries: Vec<Remembered>,
}

impl KnownCards {
    /// A memory that is kept by somebody, from which it is read.
    #[must_use]
    pub fn kept_by(keeper: Arc<dyn CardKeeper>) -> Self {
        let memory = Mutex::default();
        let keeper = Some(keeper);
        Self(Arc::new(Shared { memory, keeper }))
    }

    /// Reads a stored memory. One of another version, or a damaged one, is an empty memory: cards are read again.
    #[must_use]
    pub fn from_bytes(stored: &[u8]) -> Self {
        let memory = Mutex::new(Memory::of_bytes(stored));
        Self(Arc::new(Shared { memory, keeper: None }))
    }

    /// The memory in its stored form: JSON in UTF-8, versioned.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.memory().to_bytes()
    }

    /// Takes over what a stored memory has that this one lacks.
    ///
    /// # Errors
    /// [`NotKept`].
    pub fn absorb(&self, stored: &[u8]) -> Result<(), NotKept> {
        self.change(|memory| {
            let Memory { cards, tries } = Memory::of_bytes(stored);
            for card in cards {
                let known = |known: &KnownCard| known.is_of(&card.contents);
                if !memory.cards.iter().any(known) {
                    memory.cards.push(card);
                }
            }
            memory.cards.truncate(MOST_CARDS);
            memory.tries.absorb(tries);
        })
        .1
    }

    /// Forgets what was read of every card. How many tries their PINs have left is kept: it names nobody, and without it a
    /// last try could be taken unknowingly.
    ///
    /// # Errors
    /// [`NotKept`].
    pub fn clear(&self) -> Result<(), NotKept> {
        self.change(|memory| memory.cards.clear()).1
    }

    /// Takes in what others have learnt meanwhile.
    pub(super) fn refresh(&self) {
        // A memory that cannot be read is the one there is.
        let _ = self.change(|_| ());
    }

    /// Looks at what is remembered of tries.
    pub(super) fn look_at_tries<T>(&self, look: impl FnOnce(&TriesMemory) -> T) -> T {
        look(&self.memory().tries)
    }

    /// Changes what is remembered of tries; also tells whether it is kept.
    pub(super) fn change_tries<T>(&self, mut work: impl FnMut(&mut TriesMemory) -> T) -> (T, Result<(), NotKept>) {
        self.change(|memory| work(&mut memory.tries))
    }

    /// Changes the memory, here and where it is kept. What cannot be kept has changed here all the same.
    fn change<T>(&self, mut work: impl FnMut(&mut Memory) -> T) -> (T, Result<(), NotKept>) {
        let mut memory = self.memory();
        let Some(keeper) = &self.0.keeper else {
            return (work(&mut memory), Ok(()));
        };
        let mut worked = None;
        let kept = keeper.change(&mut |stored| {
            if let Some(stored) = stored {
                *memory = Memory::of_bytes(stored);
            }
            worked = Some(work(&mut memory));
            memory.to_bytes()
        });
        let worked = worked.unwrap_or_else(|| work(&mut memory));
        (worked, kept)
    }

    /// Selects the application of a card that may be known and, where its serial number is that of a known one, gives
    /// what is known of it, with the tries left as the card tells them now. A serial number that tells no card from another
    /// does not do: the certificate is read as well.
    pub(super) async fn recognise(
        &self,
        session: &mut Session,
        historical_bytes: &[u8],
    ) -> Result<Option<Contents>, CardError> {
        let candidates: Vec<KnownCard> = self
            .memory()
            .cards
            .iter()
            .filter(|card| card.historical_bytes == historical_bytes)
            .cloned()
            .collect();
        let Some(first) = candidates.first() else {
            return Ok(None);
        };
        if first.contents.selects_silently {
            session.ask_for_nothing();
        }
        let application = &first.contents.application;
        let Some(control) = application.select(session).await? else {
            return Ok(None);
        };
        let serial = match pkcs15::serial_told(&control) {
            Some(serial) => Some(serial.to_vec()),
            None => pkcs15::serial(session, application).await?,
        };
        let same = |card: &&KnownCard| {
            let found = &card.contents.application;
            Some(&card.contents.serial) == serial.as_ref()
                && (&found.name, &found.path) == (&application.name, &application.path)
        };
        let mut found = candidates.iter().filter(same).cloned();
        let mut found = if serial.as_deref().is_some_and(tells_cards_apart) {
            found.next()
        } else {
            // As a rule it is in the same place on all of them, and is read once.
            let mut read = Vec::new();
            let mut proven = None;
            for card in found {
                if pkcs15::has_certificate(session, &card.contents, &mut read).await? {
                    proven = Some(card);
                    break;
                }
            }
            proven
        };
        Ok(found.take().map(|card| {
            let mut contents = card.contents;
            for key in &mut contents.keys {
                key.take_told_tries(|reference| pkcs15::tries_left(&control, reference));
            }
            contents
        }))
    }

    /// Remembers a card, in place of what was known of it.
    pub(super) fn remember(&self, historical_bytes: &[u8], contents: &Contents) {
        // What cannot be kept is read again next time.
        let _ = self.change(|memory| {
            memory.make_room(contents);
            if tells_cards_apart(&contents.serial) || contents.certificate.is_some() {
                memory.cards.insert(0, KnownCard::new(historical_bytes, contents));
                memory.cards.truncate(MOST_CARDS);
            }
        });
    }

    /// Forgets a card.
    pub(super) fn forget(&self, serial: &[u8]) {
        let _ = self.change(|memory| memory.forget(serial));
    }

    /// The memory; a panic elsewhere leaves it whole, since its entries are only ever replaced.
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for KnownCards {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("KnownCards")
            .field("cards", &self.memory().cards.len())
            .finish()
    }
}
