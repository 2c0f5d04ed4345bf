//! Readers in which a test can do something at any command: fail, panic, or hold still.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use basvuru::reader::{
    CardChannel, CardOutcome, CardStage, ChannelInfo, ConnectedCard, LinkFailure, ReaderDescription, Readers,
};
use basvuru_test_card::VirtualReaders;
use tokio::sync::{Notify, oneshot};

/// What happens at a command.
pub enum Hook {
    /// It goes to the card.
    Pass,
    /// It goes to the card, and this failure is told in place of its answer.
    FailAfterwards(LinkFailure),
    /// This failure is told, and the card sees nothing.
    Fail(LinkFailure),
    /// The shell panics.
    Panic(&'static str),
    /// The first is told that the command is there; it goes on when the second says so.
    Hold(oneshot::Sender<()>, oneshot::Receiver<()>),
}

type Decide = Arc<Mutex<dyn FnMut(&[u8]) -> Hook + Send>>;

/// Readers with a hook at every command.
#[derive(Clone)]
pub struct HookedReaders {
    inner: VirtualReaders,
    decide: Decide,
}

impl HookedReaders {
    /// Asks `decide` at every command.
    pub fn new(inner: VirtualReaders, decide: impl FnMut(&[u8]) -> Hook + Send + 'static) -> Self {
        Self {
            inner,
            decide: Arc::new(Mutex::new(decide)),
        }
    }
}

#[async_trait]
impl Readers for HookedReaders {
    async fn list(&self) -> Result<Vec<ReaderDescription>, LinkFailure> {
        self.inner.list().await
    }

    async fn connect(&self, reader: String, prompt: String) -> Result<ConnectedCard, LinkFailure> {
        let connected = self.inner.connect(reader, prompt).await?;
        Ok(ConnectedCard::Channel {
            channel: Arc::new(HookedChannel {
                inner: connected.into_channel().await?,
                decide: Arc::clone(&self.decide),
            }),
        })
    }
}

struct HookedChannel {
    inner: Arc<dyn CardChannel>,
    decide: Decide,
}

#[async_trait]
impl CardChannel for HookedChannel {
    async fn info(&self) -> Result<ChannelInfo, LinkFailure> {
        self.inner.info().await
    }

    async fn transmit(&self, command: Vec<u8>) -> Result<Vec<u8>, LinkFailure> {
        let hook = {
            let mut decide = self.decide.lock().unwrap_or_else(PoisonError::into_inner);
            decide(&command)
        };
        match hook {
            Hook::Pass => self.inner.transmit(command).await,
            Hook::Fail(failure) => Err(failure),
            Hook::FailAfterwards(failure) => {
                let _ = self.inner.transmit(command).await;
                Err(failure)
            }
            Hook::Panic(message) => std::panic::panic_any(message),
            Hook::Hold(arrived, go_on) => {
                let _ = arrived.send(());
                let _ = go_on.await;
                self.inner.transmit(command).await
            }
        }
    }

    async fn tell(&self, stage: CardStage, sentence: String) -> Result<(), LinkFailure> {
        self.inner.tell(stage, sentence).await
    }

    async fn close(&self, outcome: CardOutcome) -> Result<(), LinkFailure> {
        self.inner.close(outcome).await
    }
}

/// A call of the readers' port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortCall {
    /// `Readers.list`.
    List,
    /// `Readers.connect`.
    Connect,
    /// `CardChannel.info`.
    Info,
    /// `CardChannel.transmit` of a command with this instruction.
    Transmit(u8),
    /// `CardChannel.tell`.
    Tell,
    /// `CardChannel.close`.
    Close,
}

/// What a port does at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whim {
    /// It never returns.
    Never,
    /// It panics, as a language's `Error` does.
    Panic,
}

/// Readers that do something of their own at one call, as often as they are told to.
#[derive(Clone)]
pub struct WhimsicalReaders {
    inner: Arc<dyn Readers>,
    whim: Arc<Mutex<Option<(PortCall, Whim, usize)>>>,
    indulged: Arc<Notify>,
}

impl WhimsicalReaders {
    /// Readers that do as these.
    pub fn new(inner: Arc<dyn Readers>) -> Self {
        Self {
            inner,
            whim: Arc::default(),
            indulged: Arc::default(),
        }
    }

    /// From now on, does this at the next calls of a kind.
    pub fn order(&self, call: PortCall, whim: Whim, times: usize) {
        *self.whim.lock().unwrap_or_else(PoisonError::into_inner) = Some((call, whim, times));
    }

    /// Waits until a call that was ordered has come.
    pub async fn indulged(&self) {
        self.indulged.notified().await;
    }

    async fn at(&self, call: PortCall) {
        let due = {
            let mut ordered = self.whim.lock().unwrap_or_else(PoisonError::into_inner);
            match &mut *ordered {
                Some((expected, whim, left)) if *expected == call && *left > 0 => {
                    *left -= 1;
                    Some(*whim)
                }
                _ => None,
            }
        };
        if due.is_some() {
            self.indulged.notify_one();
        }
        match due {
            None => {}
            Some(Whim::Never) => std::future::pending().await,
            Some(Whim::Panic) => std::panic::panic_any("00200081 246813"),
        }
    }
}

#[async_trait]
impl Readers for WhimsicalReaders {
    async fn list(&self) -> Result<Vec<ReaderDescription>, LinkFailure> {
        self.at(PortCall::List).await;
        self.inner.list().await
    }

    async fn connect(&self, reader: String, prompt: String) -> Result<ConnectedCard, LinkFailure> {
        self.at(PortCall::Connect).await;
        let inner = self.inner.connect(reader, prompt).await?.into_channel().await?;
        Ok(ConnectedCard::Channel {
            channel: Arc::new(WhimsicalChannel {
                inner,
                readers: self.clone(),
            }),
        })
    }
}

struct WhimsicalChannel {
    inner: Arc<dyn CardChannel>,
    readers: WhimsicalReaders,
}

#[async_trait]
impl CardChannel for WhimsicalChannel {
    async fn info(&self) -> Result<ChannelInfo, LinkFailure> {
        self.readers.at(PortCall::Info).await;
        self.inner.info().await
    }

    async fn transmit(&self, command: Vec<u8>) -> Result<Vec<u8>, LinkFailure> {
        let instruction = command.get(1).copied().unwrap_or_default();
        self.readers.at(PortCall::Transmit(instruction)).await;
        self.inner.transmit(command).await
    }

    async fn tell(&self, stage: CardStage, sentence: String) -> Result<(), LinkFailure> {
        self.readers.at(PortCall::Tell).await;
        self.inner.tell(stage, sentence).await
    }

    async fn close(&self, outcome: CardOutcome) -> Result<(), LinkFailure> {
        self.readers.at(PortCall::Close).await;
        self.inner.close(outcome).await
    }
}
