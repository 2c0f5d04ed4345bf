//! What is remembered of cards, so that one seen before signs after few commands: public files only, and no longer than
//! they hold.
//!
//! A card is taken for the same by its historical bytes and serial number, read anew each time, and is remembered with the
//! digests of its certificates; that its key is still the one of the remembered certificate, every signature proves. What
//! does not prove true is forgotten.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::iso7816::Session;
use super::pkcs15::{self, Contents};
use super::tries::{ToldTries, TriesMemory};
use super::{CardError, SigningKey};
use crate::digest::DigestAlgorithm;

/// The version of the stored form.
const VERSION: u32 = 1;
/// The most cards that are remembered; the one seen longest ago makes room.
const MOST_CARDS: usize = 4;
/// A serial number shorter than this, in octets, tells no card from another.
const LEAST_SERIAL: usize = 4;

/// A memory of cards. Clones share it. It holds certificates, which name their holders: whoever stores it, seals it.
#[derive(Clone, Default)]
pub struct KnownCards(Arc<Mutex<Memory>>);

#[derive(Default)]
struct Memory {
    cards: Vec<KnownCard>,
    tries: TriesMemory,
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
    tries: Vec<ToldTries>,
}

/// Whether a serial number tells one card from another.
pub(super) fn tells_cards_apart(serial: &[u8]) -> bool {
    serial.len() >= LEAST_SERIAL && serial.iter().any(|octet| *octet != 0)
}

impl KnownCards {
    /// Reads a stored memory. One of another version, or a damaged one, is an empty memory: cards are read again.
    #[must_use]
    pub fn from_bytes(stored: &[u8]) -> Self {
        let stored: Option<Stored> = serde_json::from_slice(stored).ok();
        let Some(stored) = stored.filter(|stored| stored.version == VERSION) else {
            return Self::default();
        };
        let mut cards = stored.cards;
        cards.retain(KnownCard::is_whole);
        cards.truncate(MOST_CARDS);
        let tries = TriesMemory::of_stored(stored.tries);
        Self(Arc::new(Mutex::new(Memory { cards, tries })))
    }

    /// The memory in its stored form: JSON in UTF-8, versioned.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let memory = self.memory();
        let stored = Stored {
            version: VERSION,
            cards: memory.cards.clone(),
            tries: memory.tries.stored().to_vec(),
        };
        serde_json::to_vec(&stored).expect("the stored form has no maps and no failing types")
    }

    /// Forgets what was read of every card. How many tries their PINs have left is kept: it names nobody, and without it a
    /// last try could be taken unknowingly.
    pub fn clear(&self) {
        self.memory().cards.clear();
    }

    /// What cards have told of tries.
    pub(super) fn with_tries<T>(&self, work: impl FnOnce(&mut TriesMemory) -> T) -> T {
        work(&mut self.memory().tries)
    }

    /// Selects the application of a card that may be known and, where its serial number is that of a known one, gives
    /// what is known of it, with the tries left as the card tells them now.
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
        let found = candidates.iter().find(same).cloned();
        Ok(found.map(|card| {
            let mut contents = card.contents;
            for key in &mut contents.keys {
                let tries_left = pkcs15::tries_left(&control, key.pin_object.reference);
                key.set_tries_left(tries_left);
            }
            contents
        }))
    }

    /// Remembers a card, in place of what was known of it.
    pub(super) fn remember(&self, historical_bytes: &[u8], contents: &Contents) {
        self.forget(&contents.serial);
        if tells_cards_apart(&contents.serial) {
            let cards = &mut self.memory().cards;
            cards.insert(0, KnownCard::new(historical_bytes, contents));
            cards.truncate(MOST_CARDS);
        }
    }

    /// Forgets a card.
    pub(super) fn forget(&self, serial: &[u8]) {
        self.memory().cards.retain(|card| card.contents.serial != serial);
    }

    /// The memory; a panic elsewhere leaves it whole, since its entries are only ever replaced.
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
