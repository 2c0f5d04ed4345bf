//! The operating system's own readers, by PC/SC: pcsc-lite on Linux, the same interface on macOS and Windows.
//!
//! A connection has a thread of its own, which holds one transaction from the first command to the last and resets the
//! card when it ends, however it ends: nobody comes between two commands, and no PIN state survives. No call that blocks
//! runs on the async runtime.

use std::collections::HashSet;
use std::ffi::CString;
use std::fmt;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use pcsc::{
    Attribute, Card, Context, Disposition, Error, MAX_BUFFER_SIZE_EXTENDED, Protocol, Protocols, ReaderState, Scope,
    ShareMode, State, Transaction,
};
use tokio::sync::oneshot;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::t0;
use super::{
    CardChannel, CardOutcome, CardStage, ChannelInfo, ConnectedCard, Delivery, Link, LinkFailure, ReaderDescription,
    Readers,
};

/// How long a card is waited for where nothing else is said.
const PATIENCE_FOR_CARD: Duration = Duration::from_secs(60);
/// How long another program's transaction is waited for.
const PATIENCE_FOR_TURN: Duration = Duration::from_secs(10);
/// How long an answer is waited for, which is less than the core waits for a port. Drivers give up before: cards sign within
/// some 20 seconds.
const PATIENCE_FOR_ANSWER: Duration = Duration::from_secs(55);
/// How often a wait for a card looks whether anybody still waits with it.
const LOOK: Duration = Duration::from_millis(500);
/// How long a driver may take to notice that the card it cannot reach has been removed.
const NOTICE: Duration = Duration::from_secs(1);
/// How often a card is connected to anew that was reset before the transaction began.
const MOST_RECONNECTIONS: usize = 3;
/// The longest short command and response APDU, in octets.
const SHORT_COMMAND: u32 = 261;
const SHORT_RESPONSE: u32 = 258;

/// What is shown while a card is waited for.
type Prompter = Arc<dyn Fn(&str) + Send + Sync>;

/// The readers of the operating system. Listing asks anew each time, so readers come and go as they are plugged.
#[derive(Clone)]
pub struct PcscReaders {
    patience: Duration,
    prompter: Prompter,
    taken: Arc<Mutex<HashSet<String>>>,
}

impl PcscReaders {
    /// The readers of the operating system. A card is waited for no longer than a minute.
    #[must_use]
    pub fn new() -> Self {
        Self {
            patience: PATIENCE_FOR_CARD,
            prompter: Arc::new(|_| {}),
            taken: Arc::default(),
        }
    }

    /// Shows the prompt of [`Readers::connect`] with `show` where the card is not there yet. It is called from the
    /// connection's thread and must not wait.
    #[must_use]
    pub fn prompting(mut self, show: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.prompter = Arc::new(show);
        self
    }

    /// Whether the operating system's card service answers. On Windows it ends with the last reader, so that its silence tells
    /// nothing there.
    #[must_use]
    pub fn is_service_running() -> bool {
        let established = Context::establish(Scope::User);
        cfg!(windows) || !matches!(established, Err(Error::NoService | Error::ServiceStopped))
    }

    /// The names of the readers that have a card now; none where nobody can tell.
    #[must_use]
    pub fn with_card() -> Vec<String> {
        let looked = || -> Result<Vec<String>, Error> {
            let context = Context::establish(Scope::User)?;
            let names = context.list_readers_owned()?;
            let mut states: Vec<ReaderState> = names
                .into_iter()
                .map(|name| ReaderState::new(name, State::UNAWARE))
                .collect();
            context.get_status_change(Duration::ZERO, &mut states)?;
            let with_card = states
                .iter()
                .filter(|state| state.event_state().contains(State::PRESENT));
            Ok(with_card
                .map(|state| state.name().to_string_lossy().into_owned())
                .collect())
        };
        looked().unwrap_or_default()
    }

    /// Waits for a card as long as this, and no longer for another program that has it.
    #[must_use]
    pub fn waiting(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }
}

impl Default for PcscReaders {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for PcscReaders {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PcscReaders")
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Readers for PcscReaders {
    /// Every reader counts as one with contacts: a card stays on a desktop's contactless reader as it does in a slot.
    /// Where the service does not run there are no readers: Windows ends it with the last one.
    async fn list(&self) -> Result<Vec<ReaderDescription>, LinkFailure> {
        let names = tokio::task::spawn_blocking(reader_names).await;
        let names = names.map_err(|_| unexpected(Delivery::NotSent, "listing readers"))??;
        let describe = |name: CString| {
            let name = name.to_string_lossy().into_owned();
            ReaderDescription {
                id: name.clone(),
                name,
                link: Link::Contact,
            }
        };
        Ok(names.into_iter().map(describe).collect())
    }

    async fn connect(&self, reader: String, prompt: String) -> Result<ConnectedCard, LinkFailure> {
        let claim = Claim::of(&self.taken, &reader)?;
        let (inserted, insertion) = oneshot::channel();
        let (begun, beginning) = oneshot::channel();
        let (orders, queue) = mpsc::channel();
        let connection = Connection {
            reader,
            prompt,
            prompter: Arc::clone(&self.prompter),
            patience: self.patience,
            _claim: claim,
        };
        thread::Builder::new()
            .name("card".to_owned())
            .spawn(move || connection.run(inserted, begun, queue))
            .map_err(|_| unexpected(Delivery::NotSent, "no thread"))?;
        let ended = |_| unexpected(Delivery::NotSent, "the connection's thread ended");
        insertion.await.map_err(ended)??;
        // Another program keeps the card for as long as it likes; the thread lets go of it when its turn comes too late.
        let info = timeout(self.patience.min(PATIENCE_FOR_TURN), beginning)
            .await
            .map_err(|_| LinkFailure::Busy)?;
        let info = info.map_err(ended)??;
        Ok(ConnectedCard::Channel {
            channel: Arc::new(PcscChannel { info, orders }),
        })
    }
}

/// The caller's end of a connection. Dropping it ends the connection.
struct PcscChannel {
    info: ChannelInfo,
    orders: mpsc::Sender<Order>,
}

#[async_trait]
impl CardChannel for PcscChannel {
    async fn info(&self) -> Result<ChannelInfo, LinkFailure> {
        Ok(self.info.clone())
    }

    async fn transmit(&self, command: Vec<u8>) -> Result<Vec<u8>, LinkFailure> {
        let (answer, outcome) = oneshot::channel();
        let command = Zeroizing::new(command);
        self.orders
            .send(Order::Transmit { command, answer })
            .map_err(|_| LinkFailure::CardLost {
                delivery: Delivery::NotSent,
            })?;
        let delivery = Delivery::Unknown;
        match timeout(PATIENCE_FOR_ANSWER, outcome).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(unexpected(delivery, "the connection's thread ended")),
            Err(_) => Err(LinkFailure::Timeout { delivery }),
        }
    }

    async fn tell(&self, _stage: CardStage, _sentence: String) -> Result<(), LinkFailure> {
        Ok(())
    }

    async fn close(&self, _outcome: CardOutcome) -> Result<(), LinkFailure> {
        let (done, closed) = oneshot::channel();
        if self.orders.send(Order::Close { done }).is_ok() {
            // The card is reset when this returns, or will be as soon as its driver lets go of it.
            let _ = timeout(PATIENCE_FOR_TURN, closed).await;
        }
        Ok(())
    }
}

/// What the connection's thread is asked to do.
enum Order {
    Transmit {
        command: Zeroizing<Vec<u8>>,
        answer: oneshot::Sender<Result<Vec<u8>, LinkFailure>>,
    },
    Close {
        done: oneshot::Sender<()>,
    },
}

/// Who waits for a connection to end.
enum Waiting {
    /// Whoever closed it.
    ForEnd(oneshot::Sender<()>),
    /// Whoever wanted it, and has to be told why it never began.
    ForBeginning(oneshot::Sender<Result<ChannelInfo, LinkFailure>>, LinkFailure),
}

/// A reader that one connection of ours has, or waits for.
struct Claim {
    taken: Arc<Mutex<HashSet<String>>>,
    reader: String,
}

impl Claim {
    fn of(taken: &Arc<Mutex<HashSet<String>>>, reader: &str) -> Result<Self, LinkFailure> {
        if !locked(taken).insert(reader.to_owned()) {
            return Err(LinkFailure::Busy);
        }
        Ok(Self {
            taken: Arc::clone(taken),
            reader: reader.to_owned(),
        })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        locked(&self.taken).remove(&self.reader);
    }
}

/// A connection at work, in its own thread.
struct Connection {
    reader: String,
    prompt: String,
    prompter: Prompter,
    patience: Duration,
    _claim: Claim,
}

impl Connection {
    fn run(
        self,
        inserted: oneshot::Sender<Result<(), LinkFailure>>,
        begun: oneshot::Sender<Result<ChannelInfo, LinkFailure>>,
        orders: mpsc::Receiver<Order>,
    ) {
        let (context, name) = match self.insert(&inserted) {
            Ok(found) => found,
            Err(failure) => {
                drop(self);
                // Who no longer waits need not be told.
                let _ = inserted.send(Err(failure));
                return;
            }
        };
        let _ = inserted.send(Ok(()));
        let waiting = self.hold(context, &name, begun, &orders);
        // Whoever is told of the end finds it ended: the reader is free, and nothing of the service is held any more. A
        // program may end on the spot, and then pcsc-lite's library frees its tables, whatever thread is still at them.
        drop(orders);
        drop(self);
        match waiting {
            Some(Waiting::ForEnd(done)) => {
                let _ = done.send(());
            }
            Some(Waiting::ForBeginning(begun, failure)) => {
                let _ = begun.send(Err(failure));
            }
            None => {}
        }
    }

    /// Has the card until nobody asks for anything any more, and gives who is to be told then.
    fn hold(
        &self,
        context: Context,
        name: &CString,
        begun: oneshot::Sender<Result<ChannelInfo, LinkFailure>>,
        orders: &mpsc::Receiver<Order>,
    ) -> Option<Waiting> {
        // Either of these waits for as long as another program has the card.
        let mut card = match context.connect(name, ShareMode::Shared, Protocols::ANY) {
            Ok(card) => card,
            Err(error) => return Some(Waiting::ForBeginning(begun, before_sending(error))),
        };
        let (waiting, ended) = match begin(&mut card) {
            Ok(transaction) => match describe(&transaction) {
                Ok((info, protocol)) => {
                    if begun.send(Ok(info)).is_ok() {
                        let done = self.serve(&transaction, protocol, &context, name, orders);
                        let ended = transaction.end(Disposition::ResetCard).is_ok();
                        (done.map(Waiting::ForEnd), ended)
                    } else {
                        (None, transaction.end(Disposition::LeaveCard).is_ok())
                    }
                }
                Err(error) => {
                    let ended = transaction.end(Disposition::LeaveCard).is_ok();
                    (Some(Waiting::ForBeginning(begun, before_sending(error))), ended)
                }
            },
            Err(error) => (Some(Waiting::ForBeginning(begun, before_sending(error))), true),
        };
        // Whatever kept the transaction from ending with a reset, the connection ends with one.
        let disposition = if ended {
            Disposition::LeaveCard
        } else {
            Disposition::ResetCard
        };
        let _ = card.disconnect(disposition);
        waiting
    }

    /// Waits for a card.
    fn insert(&self, waited_for: &oneshot::Sender<Result<(), LinkFailure>>) -> Result<(Context, CString), LinkFailure> {
        let context = Context::establish(Scope::User).map_err(before_sending)?;
        let names = context.list_readers_owned().map_err(before_sending)?;
        let name = names
            .into_iter()
            .find(|name| name.to_string_lossy() == self.reader)
            .ok_or(LinkFailure::NoReader)?;
        let deadline = Instant::now() + self.patience;
        let mut states = [ReaderState::new(name.clone(), State::UNAWARE)];
        let mut prompted = false;
        loop {
            match context.get_status_change(LOOK, &mut states) {
                Ok(()) | Err(Error::Timeout) => {}
                Err(error) => return Err(before_sending(error)),
            }
            states[0].sync_current_state();
            let state = states[0].event_state();
            if state.intersects(State::UNKNOWN | State::UNAVAILABLE | State::IGNORE) {
                return Err(LinkFailure::NoReader);
            }
            if state.contains(State::PRESENT) {
                return Ok((context, name));
            }
            if waited_for.is_closed() {
                return Err(LinkFailure::CancelledByPerson {
                    delivery: Delivery::NotSent,
                });
            }
            if Instant::now() >= deadline {
                return Err(LinkFailure::NoCard);
            }
            if !prompted {
                (self.prompter)(&self.prompt);
                prompted = true;
            }
        }
    }

    /// Does what is asked until nobody asks any more.
    fn serve(
        &self,
        transaction: &Transaction<'_>,
        protocol: Option<Protocol>,
        context: &Context,
        name: &CString,
        orders: &mpsc::Receiver<Order>,
    ) -> Option<oneshot::Sender<()>> {
        let mut buffer = vec![0; MAX_BUFFER_SIZE_EXTENDED];
        while let Ok(order) = orders.recv() {
            match order {
                Order::Close { done } => return Some(done),
                // A command whose sender has given up is not sent any more.
                Order::Transmit { answer, .. } if answer.is_closed() => {}
                Order::Transmit { command, answer } => {
                    let delivery = Delivery::Unknown;
                    let outcome = as_sent(command, protocol).and_then(|command| {
                        match transaction.transmit(&command, &mut buffer) {
                            Ok(response @ [_, _, ..]) => Ok(response.to_vec()),
                            // Some drivers answer with nothing where there is no card any more.
                            Ok(_) => Err(LinkFailure::Malformed { delivery }),
                            Err(error) => Err(while_sending(error)),
                        }
                    });
                    // Drivers do not tell one loss from another; that the card has gone, the person has to know.
                    let outcome = outcome.map_err(|failure| {
                        if failure.delivery() == delivery && is_empty(context, name) {
                            LinkFailure::CardLost { delivery }
                        } else {
                            failure
                        }
                    });
                    let _ = answer.send(outcome);
                }
            }
        }
        None
    }
}

/// A command as the service wants it: over T=0 it passes on to the card what it is given (PC/SC part 3, 3.2.1).
fn as_sent(command: Zeroizing<Vec<u8>>, protocol: Option<Protocol>) -> Result<Zeroizing<Vec<u8>>, LinkFailure> {
    match protocol {
        Some(Protocol::T0) => t0::tpdu(&command).ok_or(LinkFailure::Unsupported),
        Some(Protocol::T1 | Protocol::RAW) | None => Ok(command),
    }
}

fn reader_names() -> Result<Vec<CString>, LinkFailure> {
    let listed = Context::establish(Scope::User).and_then(|context| context.list_readers_owned());
    match listed {
        Ok(names) => Ok(names),
        Err(Error::NoService | Error::ServiceStopped | Error::NoReadersAvailable) => Ok(Vec::new()),
        Err(error) => Err(before_sending(error)),
    }
}

/// Begins the transaction. A card that somebody has reset since is connected to anew.
fn begin(card: &mut Card) -> Result<Transaction<'_>, Error> {
    let mut card = card;
    let mut left = MOST_RECONNECTIONS;
    loop {
        match card.transaction2() {
            Ok(transaction) => return Ok(transaction),
            Err((again, Error::ResetCard)) if left > 0 => {
                left -= 1;
                card = again;
                card.reconnect(ShareMode::Shared, Protocols::ANY, Disposition::LeaveCard)?;
            }
            Err((_, error)) => return Err(error),
        }
    }
}

/// What there is to know of a connection, and the protocol it has from its first moment to its last.
fn describe(card: &Card) -> Result<(ChannelInfo, Option<Protocol>), Error> {
    let status = card.status2_owned()?;
    let protocol = status.protocol2();
    let atr = status.atr().to_vec();
    // What a reader does not tell, it may not be able to.
    let longest = match card.get_attribute_owned(Attribute::Maxinput).as_deref() {
        Ok(&[a, b, c, d]) => u32::from_ne_bytes([a, b, c, d]),
        Ok(_) | Err(_) => SHORT_COMMAND,
    };
    let extended_length = longest > SHORT_COMMAND && protocol == Some(Protocol::T1);
    let info = ChannelInfo {
        link: if is_contactless(&atr) { Link::Nfc } else { Link::Contact },
        atr: Some(atr),
        historical_bytes: Vec::new(),
        max_command_length: if extended_length { longest } else { SHORT_COMMAND },
        max_response_length: if extended_length { longest } else { SHORT_RESPONSE },
        extended_length,
    };
    Ok((info, protocol))
}

/// Whether an answer to reset is one that a reader has made up for a contactless card (PC/SC part 3, 3.1.3.2.3).
fn is_contactless(atr: &[u8]) -> bool {
    matches!(atr, [0x3B, format, 0x80, 0x01, ..] if format >> 4 == 8)
}

/// Whether a reader is empty, or gone, or becomes so within a moment.
fn is_empty(context: &Context, name: &CString) -> bool {
    let deadline = Instant::now() + NOTICE;
    let mut states = [ReaderState::new(name.clone(), State::UNAWARE)];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match context.get_status_change(left, &mut states) {
            Ok(()) => {}
            Err(Error::UnknownReader | Error::ReaderUnavailable) => return true,
            Err(_) => return false,
        }
        states[0].sync_current_state();
        if states[0]
            .event_state()
            .intersects(State::EMPTY | State::UNKNOWN | State::UNAVAILABLE)
        {
            return true;
        }
        if left.is_zero() {
            return false;
        }
    }
}

/// What a failure means before any command was sent.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "of some sixty codes these mean something to a person"
)]
fn before_sending(error: Error) -> LinkFailure {
    let delivery = Delivery::NotSent;
    match error {
        Error::NoService
        | Error::ServiceStopped
        | Error::NoReadersAvailable
        | Error::UnknownReader
        | Error::ReaderUnavailable => LinkFailure::NoReader,
        Error::NoSmartcard | Error::RemovedCard => LinkFailure::NoCard,
        Error::SharingViolation => LinkFailure::Busy,
        Error::SecurityViolation | Error::NoAccess => LinkFailure::NoPermission,
        Error::ResetCard => LinkFailure::CardReset { delivery },
        // A card that is inserted the wrong way round does not answer either.
        Error::UnresponsiveCard | Error::UnpoweredCard | Error::Timeout => LinkFailure::Timeout { delivery },
        Error::UnsupportedCard | Error::CardUnsupported | Error::ReaderUnsupported | Error::ProtoMismatch => {
            LinkFailure::Unsupported
        }
        other => unexpected(delivery, &format!("PC/SC {other:?}")),
    }
}

/// What a failure means for a command that was to be sent. Only a refusal to send it is certain; after anything else the
/// card may have acted on it.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "of some sixty codes these say more than that it may have been sent"
)]
fn while_sending(error: Error) -> LinkFailure {
    let refused = Delivery::NotSent;
    let delivery = Delivery::Unknown;
    match error {
        // Of a reset, every service tells before it takes another command: within a transaction nobody else can reset,
        // but Windows itself does after five idle seconds.
        Error::ResetCard => LinkFailure::CardReset { delivery: refused },
        // So does pcsc-lite of a removal; what the other services do is not known.
        Error::RemovedCard if cfg!(target_os = "linux") => LinkFailure::CardLost { delivery: refused },
        Error::SharingViolation => LinkFailure::Busy,
        Error::InvalidHandle | Error::InvalidParameter | Error::ProtoMismatch => {
            unexpected(refused, &format!("PC/SC {error:?}"))
        }
        Error::RemovedCard | Error::NoSmartcard | Error::ReaderUnavailable | Error::UnknownReader => {
            LinkFailure::CardLost { delivery }
        }
        Error::UnresponsiveCard | Error::Timeout => LinkFailure::Timeout { delivery },
        Error::InsufficientBuffer => LinkFailure::Malformed { delivery },
        other => unexpected(delivery, &format!("PC/SC {other:?}")),
    }
}

fn unexpected(delivery: Delivery, detail: &str) -> LinkFailure {
    LinkFailure::Unexpected {
        delivery,
        detail: detail.to_owned(),
    }
}

/// The set is whole at any moment, whatever panicked elsewhere.
fn locked(taken: &Mutex<HashSet<String>>) -> MutexGuard<'_, HashSet<String>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every error that PC/SC has a name for and that can come from a command.
    const ERRORS: [Error; 24] = [
        Error::InternalError,
        Error::Cancelled,
        Error::InvalidHandle,
        Error::InvalidParameter,
        Error::NoMemory,
        Error::WaitedTooLong,
        Error::InsufficientBuffer,
        Error::UnknownReader,
        Error::Timeout,
        Error::SharingViolation,
        Error::NoSmartcard,
        Error::ProtoMismatch,
        Error::NotReady,
        Error::SystemCancelled,
        Error::CommError,
        Error::UnknownError,
        Error::NotTransacted,
        Error::ReaderUnavailable,
        Error::Shutdown,
        Error::NoService,
        Error::ServiceStopped,
        Error::UnresponsiveCard,
        Error::ResetCard,
        Error::RemovedCard,
    ];

    #[test]
    fn before_sending_no_failure_says_that_something_was_sent() {
        for error in ERRORS {
            assert_eq!(before_sending(error).delivery(), Delivery::NotSent, "{error:?}");
        }
    }

    #[test]
    fn while_sending_only_refusals_say_that_nothing_was_sent() {
        let refusals: Vec<Error> = ERRORS
            .into_iter()
            .filter(|error| while_sending(*error).delivery() == Delivery::NotSent)
            .collect();
        let mut expected = vec![
            Error::InvalidHandle,
            Error::InvalidParameter,
            Error::SharingViolation,
            Error::ProtoMismatch,
            Error::ResetCard,
        ];
        if cfg!(target_os = "linux") {
            expected.push(Error::RemovedCard);
        }
        assert_eq!(refusals, expected);
    }

    #[test]
    fn a_contactless_card_is_told_by_the_answer_to_reset_its_reader_makes_up() {
        assert!(is_contactless(&[0x3B, 0x8F, 0x80, 0x01, 0x80, 0x65, 0x54, 0x43]));
        assert!(!is_contactless(&[0x3B, 0x9F, 0x96, 0x81, 0x31, 0xFE, 0x45]));
        assert!(!is_contactless(&[]));
    }

    #[test]
    fn a_command_over_t0_has_five_octets_of_header_and_no_length_of_the_answer_behind_its_data() {
        let sent =
            |command: &[u8], protocol| as_sent(Zeroizing::new(command.to_vec()), protocol).map(|sent| sent.to_vec());
        let select = [0x00, 0xA4, 0x04, 0x00, 0x02, 0x3F, 0x00, 0x00];
        let environment = [0x00, 0x22, 0xC3, 0x81];
        assert_eq!(sent(&select, Some(Protocol::T0)), Ok(select[..7].to_vec()));
        assert_eq!(
            sent(&environment, Some(Protocol::T0)),
            Ok(vec![0x00, 0x22, 0xC3, 0x81, 0x00])
        );
        for command in [select.as_slice(), &environment] {
            for protocol in [Some(Protocol::T1), Some(Protocol::RAW), None] {
                assert_eq!(sent(command, protocol), Ok(command.to_vec()));
            }
        }
        assert_eq!(sent(&[0x00], Some(Protocol::T0)), Err(LinkFailure::Unsupported));
    }

    #[test]
    fn a_reader_is_had_once_at_a_time() {
        let taken = Arc::default();
        let claim = Claim::of(&taken, "reader").unwrap();
        assert_eq!(Claim::of(&taken, "reader").err(), Some(LinkFailure::Busy));
        assert!(Claim::of(&taken, "another").is_ok());
        drop(claim);
        assert!(Claim::of(&taken, "reader").is_ok());
    }
}
