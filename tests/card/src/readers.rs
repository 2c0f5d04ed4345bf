//! Readers with virtual cards in them: the port a shell implements, with a meter, a record and faults to order.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use basvuru::card::apdu::redacted;
use basvuru::reader::{
    CardChannel, CardOutcome, CardStage, ChannelInfo, ConnectedCard, Delivery, Link, LinkFailure, ReaderDescription,
    Readers,
};

use crate::card::SmartCard;

/// The longest command and response on a link that carries extended length, in octets.
const EXTENDED_LENGTH: u32 = 4096;

/// A card that is shared with the test that made it.
pub type SharedCard = Arc<Mutex<dyn SmartCard>>;

/// Where a link is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CutPlace {
    /// The command never leaves.
    BeforeSending,
    /// The command leaves, and the card loses power while working on it.
    AfterSending,
    /// The card has done everything, and its answer is lost.
    AfterAnswering,
}

/// A cut that happens once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// How many commands pass before, counted from when the cut is ordered.
    pub after: usize,
    /// Where the link is cut.
    pub place: CutPlace,
}

/// What has passed over all links.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Meter {
    /// Commands that were answered or may have been.
    pub apdus: usize,
    /// Octets from host to card.
    pub bytes_out: usize,
    /// Octets from card to host.
    pub bytes_in: usize,
    /// Connections to a card.
    pub connections: usize,
}

/// A command and its answer, in hexadecimal, with reference data left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The command.
    pub command: String,
    /// The answer; empty where there was none.
    pub answer: String,
}

/// Readers in memory.
#[derive(Clone, Default)]
pub struct VirtualReaders {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    readers: Vec<VirtualReader>,
    cut: Option<Cut>,
    failure: Option<LinkFailure>,
    meter: Meter,
    exchanges: Vec<Exchange>,
    stages: Vec<(CardStage, String)>,
    outcomes: Vec<CardOutcome>,
    connections: usize,
}

struct VirtualReader {
    name: String,
    link: Link,
    card: Option<SharedCard>,
    /// The connection that has it to itself.
    connection: Option<usize>,
}

impl VirtualReaders {
    /// No reader at all.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One reader with a card in it.
    #[must_use]
    pub fn with_card(link: Link, card: impl SmartCard + 'static) -> Self {
        let readers = Self::new();
        let name = match link {
            Link::Contact => "Virtual reader",
            Link::Nfc => "Virtual NFC",
        };
        readers.add(name, link, Some(Arc::new(Mutex::new(card))));
        readers
    }

    /// Adds a reader, called by its name.
    pub fn add(&self, name: &str, link: Link, card: Option<SharedCard>) {
        self.lock().readers.push(VirtualReader {
            name: name.to_owned(),
            link,
            card,
            connection: None,
        });
    }

    /// Puts another card, or none, into the first reader. The connection to the one before is lost.
    pub fn put(&self, card: Option<SharedCard>) {
        if let Some(reader) = self.lock().readers.first_mut() {
            reader.card = card;
            reader.connection = None;
        }
    }

    /// Orders one cut.
    pub fn cut(&self, cut: Cut) {
        self.lock().cut = Some(cut);
    }

    /// Whether the cut that was ordered is still to come.
    #[must_use]
    pub fn cut_is_pending(&self) -> bool {
        self.lock().cut.is_some()
    }

    /// Lets the next connection fail.
    pub fn fail_next_connection(&self, failure: LinkFailure) {
        self.lock().failure = Some(failure);
    }

    /// What has passed so far.
    #[must_use]
    pub fn meter(&self) -> Meter {
        self.lock().meter
    }

    /// Every command that was sent, and its answer.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.lock().exchanges.clone()
    }

    /// Forgets what has passed so far.
    pub fn clear(&self) {
        let mut shared = self.lock();
        shared.meter = Meter::default();
        shared.exchanges.clear();
        shared.stages.clear();
        shared.outcomes.clear();
    }

    /// The stages told, with their sentences.
    #[must_use]
    pub fn stages(&self) -> Vec<(CardStage, String)> {
        self.lock().stages.clone()
    }

    /// The outcomes that connections were closed with.
    #[must_use]
    pub fn outcomes(&self) -> Vec<CardOutcome> {
        self.lock().outcomes.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        locked(&self.shared)
    }
}

#[async_trait]
impl Readers for VirtualReaders {
    async fn list(&self) -> Result<Vec<ReaderDescription>, LinkFailure> {
        let describe = |reader: &VirtualReader| ReaderDescription {
            id: reader.name.clone(),
            name: reader.name.clone(),
            link: reader.link,
        };
        Ok(self.lock().readers.iter().map(describe).collect())
    }

    async fn connect(&self, reader: String, _prompt: String) -> Result<ConnectedCard, LinkFailure> {
        let mut shared = self.lock();
        if let Some(failure) = shared.failure.take() {
            return Err(failure);
        }
        let connection = shared.connections + 1;
        let found = shared.readers.iter_mut().find(|candidate| candidate.name == reader);
        let found = found.ok_or(LinkFailure::NoReader)?;
        if found.connection.is_some() {
            return Err(LinkFailure::Busy);
        }
        let card = found.card.clone().ok_or(LinkFailure::NoCard)?;
        let link = found.link;
        found.connection = Some(connection);
        shared.connections = connection;
        shared.meter.connections += 1;
        locked(&card).reset(link);
        let channel = VirtualChannel {
            readers: self.clone(),
            reader,
            connection,
            link,
            card,
        };
        Ok(ConnectedCard::Channel {
            channel: Arc::new(channel),
        })
    }
}

/// A connection. Dropping it frees the reader, as closing it does.
struct VirtualChannel {
    readers: VirtualReaders,
    reader: String,
    connection: usize,
    link: Link,
    card: SharedCard,
}

impl VirtualChannel {
    /// The state, where this connection still has the reader.
    fn connected(&self, delivery: Delivery) -> Result<MutexGuard<'_, Shared>, LinkFailure> {
        let shared = self.readers.lock();
        let alive = |reader: &VirtualReader| reader.name == self.reader && reader.connection == Some(self.connection);
        if shared.readers.iter().any(alive) {
            Ok(shared)
        } else {
            Err(LinkFailure::CardLost { delivery })
        }
    }

    fn release(&self, shared: &mut Shared) {
        for reader in &mut shared.readers {
            if reader.connection == Some(self.connection) {
                reader.connection = None;
                locked(&self.card).reset(self.link);
            }
        }
    }
}

impl Drop for VirtualChannel {
    fn drop(&mut self) {
        self.release(&mut self.readers.lock());
    }
}

#[async_trait]
impl CardChannel for VirtualChannel {
    async fn info(&self) -> Result<ChannelInfo, LinkFailure> {
        let _connected = self.connected(Delivery::NotSent)?;
        let card = locked(&self.card);
        let extended_length = card.knows_extended_length();
        Ok(ChannelInfo {
            link: self.link,
            atr: (self.link == Link::Contact).then(|| card.answer_to_reset()),
            historical_bytes: card.historical_bytes(),
            max_command_length: if extended_length { EXTENDED_LENGTH } else { 261 },
            max_response_length: if extended_length { EXTENDED_LENGTH } else { 258 },
            extended_length,
        })
    }

    async fn transmit(&self, command: Vec<u8>) -> Result<Vec<u8>, LinkFailure> {
        let mut shared = self.connected(Delivery::NotSent)?;
        let place = match shared.cut {
            Some(Cut { after: 0, place }) => {
                shared.cut = None;
                Some(place)
            }
            Some(Cut { after, place }) => {
                shared.cut = Some(Cut {
                    after: after - 1,
                    place,
                });
                None
            }
            None => None,
        };
        if place == Some(CutPlace::BeforeSending) {
            self.release(&mut shared);
            return Err(LinkFailure::CardLost {
                delivery: Delivery::NotSent,
            });
        }
        shared.meter.apdus += 1;
        shared.meter.bytes_out += command.len();
        let text = redacted(&command);
        if place == Some(CutPlace::AfterSending) {
            locked(&self.card).lose_power_during(&command);
            shared.exchanges.push(Exchange {
                command: text,
                answer: String::new(),
            });
            self.release(&mut shared);
            return Err(LinkFailure::CardLost {
                delivery: Delivery::Unknown,
            });
        }
        let answer = locked(&self.card).respond(&command);
        if place == Some(CutPlace::AfterAnswering) {
            shared.exchanges.push(Exchange {
                command: text,
                answer: String::new(),
            });
            self.release(&mut shared);
            return Err(LinkFailure::CardLost {
                delivery: Delivery::Unknown,
            });
        }
        shared.meter.bytes_in += answer.len();
        let octets = answer.iter().map(|octet| format!("{octet:02X}")).collect();
        shared.exchanges.push(Exchange {
            command: text,
            answer: octets,
        });
        Ok(answer)
    }

    async fn tell(&self, stage: CardStage, sentence: String) -> Result<(), LinkFailure> {
        self.connected(Delivery::NotSent)?.stages.push((stage, sentence));
        Ok(())
    }

    async fn close(&self, outcome: CardOutcome) -> Result<(), LinkFailure> {
        let mut shared = self.readers.lock();
        shared.outcomes.push(outcome);
        self.release(&mut shared);
        Ok(())
    }
}

/// A poisoned lock only means that a test has failed elsewhere.
fn locked<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
