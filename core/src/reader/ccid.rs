//! Card readers on raw USB: the CCID class (CCID 1.1), driven from the host.
//!
//! Protocol and messages are engines without I/O; here they are driven over a [`UsbReader`]. A command is given to the
//! reader once: what comes to nothing is reported with what is known of its delivery. A reader with keys of its own for a PIN
//! is used as any other.

mod atr;
mod descriptor;
mod message;
mod place;
mod setup;
mod t1;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Mutex;
use tokio::time::Instant;
use zeroize::Zeroizing;

use self::descriptor::{CcidDescription, ExchangeLevel};
use self::message::{Assembler, Command, HEADER, Reply, Slot};
use self::t1::{Fault, Received, Step, T1};
use super::t0;
use super::usb::{UsbControl, UsbReader};
use super::{CardChannel, CardOutcome, CardStage, ChannelInfo, Delivery, LinkFailure};

pub(crate) use self::atr::AnswerToReset;
#[cfg(test)]
pub(crate) use self::descriptor::tests::with_interfaces;
pub(crate) use self::place::{ConnectFailure, Place, Wanted, connect_to, places};

/// The longest a reader is waited for in one transfer, in milliseconds. A card that needs longer says so meanwhile.
const TRANSFER_TIMEOUT: u32 = 30_000;
/// The longest the card is waited for between signs of life, in milliseconds: less than the core waits for a port.
const MOST_TIMEOUT: u32 = 55_000;
/// The longest an operation may take over all its transfers: a card with time extensions signs in some 20 seconds, and
/// what dribbles beyond this is no reader.
const MOST_TIME: Duration = Duration::from_secs(180);
/// The longest a reader is given to let go of its card.
const MOST_TIME_TO_LEAVE: Duration = Duration::from_secs(10);
/// Transfers, old answers and time extensions that are passed over for one answer.
const MOST_TRANSFERS: usize = 1_200;
const MOST_STALE: usize = 10;
const MOST_EXTENSIONS: usize = 100;
/// The longest short command and answer, in octets.
const SHORT_COMMAND: usize = 261;
const SHORT_ANSWER: u32 = 258;
/// The longest extended command and answer, in octets.
const EXTENDED_COMMAND: u32 = 65_544;
const EXTENDED_ANSWER: u32 = 65_538;
/// bError of the reader (CCID 1.1, table 6.2-2).
const ERROR_MUTE: u8 = 0xFE;
const ERROR_PARITY: u8 = 0xFD;
const ERROR_OVERRUN: u8 = 0xFC;
/// bmRequestType and bRequest by which a reader is told that a message is not waited for any more (CCID 1.1, 5.3.1).
const CLASS_REQUEST_TO_INTERFACE: u8 = 0x21;
const ABORT: u8 = 0x01;
/// The same for what the reader tells, and the request for the data rates it has (CCID 1.1, 5.3.3).
const CLASS_REQUEST_FROM_INTERFACE: u8 = 0xA1;
const GET_DATA_RATES: u8 = 0x03;
/// How long such a request may take, in milliseconds.
const CONTROL_TIMEOUT: u32 = 2_000;
/// wLevelParameter of a command and bChainParameter of an answer in several messages (CCID 1.1, 6.1.4 and 6.2.1).
const WHOLE: u16 = 0x00;
const BEGINS: u16 = 0x01;
const ENDS: u16 = 0x02;
const GOES_ON: u16 = 0x03;
const ASKS_FOR_MORE: u16 = 0x10;

/// Takes a USB reader, waits for a card, powers it and agrees with it on how to talk.
///
/// # Errors
/// [`LinkFailure::Unsupported`] where the device is no reader that can be used, or the card speaks no protocol it knows;
/// [`LinkFailure::NoCard`] where none came in time; the link's failure otherwise.
pub async fn connect(usb: Arc<dyn UsbReader>) -> Result<Arc<dyn CardChannel>, LinkFailure> {
    let connected = connect_to(usb, &Wanted::default()).await?;
    Ok(connected.channel)
}

/// How commands are exchanged with the reader that sends these descriptors; `None` where it is none that can be used.
pub(crate) fn exchange_level(descriptors: &[u8]) -> Option<&'static str> {
    let interfaces = CcidDescription::parse(descriptors).ok()?;
    Some(match interfaces.first()?.level {
        ExchangeLevel::Tpdu => "TPDU",
        ExchangeLevel::ShortApdu => "short APDU",
        ExchangeLevel::ExtendedApdu => "extended APDU",
    })
}

/// A channel through a USB reader.
struct CcidChannel {
    info: ChannelInfo,
    state: Mutex<State>,
}

struct State {
    reader: Reader,
    mode: Mode,
    /// Whether the reader is where we think it is. A call that was cut short leaves it unknown.
    usable: bool,
}

/// How commands travel.
enum Mode {
    /// As APDUs: the reader speaks the card's protocol.
    Apdus,
    /// As T=0 commands.
    Octets,
    /// As T=1 blocks.
    Blocks(Box<T1>),
}

impl Mode {
    /// The protocol that we speak with the card, for support.
    fn protocol(&self) -> &'static str {
        match self {
            Self::Apdus => "the reader's own",
            Self::Octets => "T=0",
            Self::Blocks(_) => "T=1",
        }
    }
}

/// Why the reader gave no data.
enum NoData {
    /// The link failed, or the card is gone.
    Link(LinkFailure),
    /// The card did not answer in time.
    Mute,
    /// What the card sent came damaged.
    Damaged,
    /// The reader refused.
    Refused,
}

/// The device and the message under way.
struct Reader {
    usb: Arc<dyn UsbReader>,
    /// The interface that is used, and the slot of it.
    description: CcidDescription,
    slot: u8,
    /// All interfaces that are ours.
    interfaces: Vec<CcidDescription>,
    /// The data rates that the reader lists, in bits a second; empty where it can do all up to its highest.
    rates: Vec<u32>,
    sequence: u8,
    /// Whether the reader still owes the answer to the last message.
    unanswered: bool,
    /// Whether anything of the command under way may have reached the card.
    delivered: bool,
    /// When the operation under way is given up.
    deadline: Instant,
}

#[async_trait]
impl CardChannel for CcidChannel {
    async fn info(&self) -> Result<ChannelInfo, LinkFailure> {
        Ok(self.info.clone())
    }

    async fn transmit(&self, command: Vec<u8>) -> Result<Vec<u8>, LinkFailure> {
        let command = Zeroizing::new(command);
        let mut state = self.state.lock().await;
        if !state.usable {
            return Err(LinkFailure::CardReset {
                delivery: Delivery::NotSent,
            });
        }
        state.usable = false;
        state.reader.begin();
        let State { reader, mode, .. } = &mut *state;
        let outcome = match mode {
            Mode::Apdus => reader.transmit_apdu(&command).await,
            Mode::Octets => reader.transmit_octets(&command).await,
            Mode::Blocks(t1) => reader.transmit_blocks(t1, command).await,
        };
        let outcome = outcome.map_err(|failure| state.reader.with_delivery(failure));
        // A card that answered nonsense may still be talked to; one that is gone may not, nor one that no longer counts its
        // blocks as we do.
        let in_step = !matches!(&state.mode, Mode::Blocks(t1) if t1.is_out_of_step());
        state.usable = in_step
            && matches!(
                outcome,
                Ok(_) | Err(LinkFailure::Unsupported | LinkFailure::Malformed { .. } | LinkFailure::Timeout { .. })
            );
        outcome
    }

    async fn tell(&self, _stage: CardStage, _sentence: String) -> Result<(), LinkFailure> {
        // A USB reader has nothing to show; the shell's own screen is told by the caller.
        Ok(())
    }

    async fn close(&self, _outcome: CardOutcome) -> Result<(), LinkFailure> {
        let mut state = self.state.lock().await;
        state.usable = false;
        state.reader.leave().await;
        Ok(())
    }
}

impl Reader {
    /// Begins an operation, of which nothing has been sent yet.
    fn begin(&mut self) {
        self.delivered = false;
        self.deadline = Instant::now() + MOST_TIME;
    }

    /// A whole APDU, in as many messages as it takes.
    async fn transmit_apdu(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkFailure> {
        let extended = self.description.level == ExchangeLevel::ExtendedApdu;
        if !extended && command.len() > SHORT_COMMAND {
            return Err(LinkFailure::Unsupported);
        }
        let room = self.description.most_message - HEADER;
        let mut parts = command.chunks(room).peekable();
        let mut level = BEGINS;
        let (mut answer, mut chain) = loop {
            let Some(part) = parts.next() else {
                return Err(MALFORMED);
            };
            let last = parts.peek().is_none();
            let parameter = match (level, last) {
                (BEGINS, true) => WHOLE,
                (BEGINS, false) => BEGINS,
                (_, true) => ENDS,
                (_, false) => GOES_ON,
            };
            let (data, chain) = self.transfer(part, 1, parameter).await.map_err(NoData::into_failure)?;
            if last {
                break (data, chain);
            }
            level = GOES_ON;
        };
        // 1: begins, 3: goes on; each further part is asked for with an empty message.
        while extended && matches!(chain, 1 | 3) {
            let (mut data, next) = self
                .transfer(&[], 1, ASKS_FOR_MORE)
                .await
                .map_err(NoData::into_failure)?;
            if data.is_empty() || answer.len() > EXTENDED_ANSWER as usize {
                return Err(MALFORMED);
            }
            answer.append(&mut data);
            chain = next;
        }
        Ok(answer)
    }

    async fn transmit_octets(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkFailure> {
        let tpdu = t0::tpdu(command).ok_or(LinkFailure::Unsupported)?;
        self.transfer(&tpdu, 1, WHOLE)
            .await
            .map(|(data, _)| data)
            .map_err(NoData::into_failure)
    }

    async fn transmit_blocks(&mut self, t1: &mut T1, command: Zeroizing<Vec<u8>>) -> Result<Vec<u8>, LinkFailure> {
        let step = t1.transmit(command);
        self.drive(t1, step).await
    }

    /// Carries the blocks of one exchange to the card and back.
    async fn drive(&mut self, t1: &mut T1, mut step: Step) -> Result<Vec<u8>, LinkFailure> {
        loop {
            step = match step {
                Step::Done(answer) => return Ok(answer),
                Step::Failed(Fault::Mute) => {
                    return Err(LinkFailure::Timeout {
                        delivery: Delivery::Unknown,
                    });
                }
                Step::Failed(Fault::Protocol | Fault::Aborted) => return Err(MALFORMED),
                Step::Send { block, waiting } => match self.transfer(&block, waiting, WHOLE).await {
                    Ok((data, _)) => t1.receive(Received::Block(&data)),
                    Err(NoData::Mute) => t1.receive(Received::Nothing),
                    Err(NoData::Damaged) => t1.receive(Received::Damaged),
                    Err(failure) => return Err(failure.into_failure()),
                },
            };
        }
    }

    /// PC_to_RDR_XfrBlock: the data, and how the answer is chained.
    async fn transfer(&mut self, data: &[u8], waiting: u8, level: u16) -> Result<(Vec<u8>, u8), NoData> {
        let timeout = TRANSFER_TIMEOUT
            .saturating_mul(u32::from(waiting.max(1)))
            .min(MOST_TIMEOUT);
        // A waiting time as usual is told as zero (CCID 1.1, 6.1.4, bBWI).
        let waiting = if waiting > 1 { waiting } else { 0 };
        let reply = self
            .exchange(Command::Transfer { waiting, level }, data, timeout)
            .await
            .map_err(NoData::Link)?;
        match reply {
            Reply::Done { data, chain, .. } => Ok((data, chain)),
            Reply::Failed { slot: Slot::Empty, .. } => Err(NoData::Link(LinkFailure::CardLost {
                delivery: Delivery::Unknown,
            })),
            Reply::Failed {
                slot: Slot::Inactive, ..
            } => Err(NoData::Link(LinkFailure::CardReset {
                delivery: Delivery::Unknown,
            })),
            Reply::Failed { error: ERROR_MUTE, .. } | Reply::MoreTime => Err(NoData::Mute),
            Reply::Failed {
                error: ERROR_PARITY | ERROR_OVERRUN,
                ..
            } => Err(NoData::Damaged),
            Reply::Failed { .. } => Err(NoData::Refused),
        }
    }

    /// Sends a message and waits for its answer, through time extensions and past answers to earlier messages.
    async fn exchange(&mut self, command: Command, data: &[u8], timeout: u32) -> Result<Reply, LinkFailure> {
        self.sequence = self.sequence.wrapping_add(1);
        let message = Zeroizing::new(command.encode(self.slot, self.sequence, data));
        let whole_packets = message.len().is_multiple_of(self.description.packet);
        let endpoint = self.description.bulk_out;
        let not_begun = LinkFailure::Timeout {
            delivery: Delivery::NotSent,
        };
        let left = self.time_left().ok_or(not_begun)?;
        let outcome = self
            .usb
            .bulk_out(endpoint, message.to_vec(), TRANSFER_TIMEOUT.min(left))
            .await;
        if outcome
            .as_ref()
            .err()
            .is_none_or(|failure| failure.delivery() == Delivery::Unknown)
        {
            self.delivered = true;
            self.unanswered = true;
        }
        outcome?;
        if whole_packets {
            // A message of whole packets ends with an empty one, or the reader waits for more.
            let left = self.time_left().ok_or(GIVEN_UP)?;
            self.usb
                .bulk_out(endpoint, Vec::new(), TRANSFER_TIMEOUT.min(left))
                .await?;
        }
        let mut assembler = Assembler::new(self.description.most_message);
        let (mut stale, mut extensions) = (0, 0);
        for _ in 0..MOST_TRANSFERS {
            let Some(left) = self.time_left() else { break };
            let transfer = self
                .usb
                .bulk_in(self.description.bulk_in, self.transfer_size(), timeout.min(left))
                .await?;
            let Some(message) = assembler.push(&transfer).map_err(|_| MALFORMED)? else {
                continue;
            };
            match message::reply(command, self.sequence, &message).map_err(|_| MALFORMED)? {
                None => stale += 1,
                Some(Reply::MoreTime) => extensions += 1,
                Some(reply) => {
                    self.unanswered = false;
                    return Ok(reply);
                }
            }
            if stale > MOST_STALE || extensions > MOST_EXTENSIONS {
                break;
            }
        }
        Err(GIVEN_UP)
    }

    /// How long the operation may still take, in milliseconds; `None` where it is to be given up.
    fn time_left(&self) -> Option<u32> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        Some(u32::try_from(left.as_millis()).unwrap_or(u32::MAX)).filter(|left| *left > 0)
    }

    /// As many octets as a message may have, in whole packets.
    fn transfer_size(&self) -> u32 {
        let size = self.description.most_message.next_multiple_of(self.description.packet);
        u32::try_from(size).unwrap_or(u32::MAX)
    }

    /// The failure with what is known of the command's delivery: nothing that happens after a part of it has left makes
    /// it undelivered.
    fn with_delivery(&self, failure: LinkFailure) -> LinkFailure {
        if !self.delivered || failure.delivery() == Delivery::Unknown {
            return failure;
        }
        let delivery = Delivery::Unknown;
        match failure {
            LinkFailure::CardReset { .. } => LinkFailure::CardReset { delivery },
            LinkFailure::Timeout { .. } => LinkFailure::Timeout { delivery },
            LinkFailure::CancelledByPerson { .. } => LinkFailure::CancelledByPerson { delivery },
            LinkFailure::SessionExpired { .. } => LinkFailure::SessionExpired { delivery },
            LinkFailure::Malformed { .. } => LinkFailure::Malformed { delivery },
            LinkFailure::Unexpected { detail, .. } => LinkFailure::Unexpected { delivery, detail },
            LinkFailure::NoReader
            | LinkFailure::NoPermission
            | LinkFailure::NoCard
            | LinkFailure::CardLost { .. }
            | LinkFailure::Busy
            | LinkFailure::Unsupported => LinkFailure::CardLost { delivery },
        }
    }

    /// Has the reader give up the message it has not answered, since it takes no other before (CCID 1.1, 5.3.1 and 6.1.13).
    async fn abort(&mut self) -> Result<(), LinkFailure> {
        let request = UsbControl {
            request_type: CLASS_REQUEST_TO_INTERFACE,
            request: ABORT,
            // The number of the message that follows, and the slot.
            value: u16::from_be_bytes([self.sequence.wrapping_add(1), self.slot]),
            index: u16::from(self.description.interface),
            data: Vec::new(),
            length: 0,
            timeout_milliseconds: CONTROL_TIMEOUT,
        };
        self.usb.control(request).await?;
        self.exchange(Command::Abort, &[], CONTROL_TIMEOUT).await.map(drop)
    }

    /// Asks a reader that has a list of data rates for it. One that does not tell is gone by its highest alone.
    async fn ask_for_rates(&mut self) -> Result<(), LinkFailure> {
        if self.description.rates == 0 {
            return Ok(());
        }
        let request = UsbControl {
            request_type: CLASS_REQUEST_FROM_INTERFACE,
            request: GET_DATA_RATES,
            value: 0,
            index: u16::from(self.description.interface),
            data: Vec::new(),
            length: u16::from(self.description.rates) * 4,
            timeout_milliseconds: CONTROL_TIMEOUT,
        };
        match self.usb.control(request).await {
            Ok(octets) => {
                let (rates, _) = octets.as_chunks::<4>();
                self.rates = rates.iter().map(|rate| u32::from_le_bytes(*rate)).collect();
                Ok(())
            }
            Err(failure @ (LinkFailure::NoReader | LinkFailure::CancelledByPerson { .. })) => Err(failure),
            Err(_) => Ok(()),
        }
    }

    /// Powers the card off that is in use. What is done with it is over: what fails now changes nothing.
    async fn let_go(&mut self) {
        if self.unanswered {
            let _ = self.abort().await;
        }
        let _ = self.exchange(Command::PowerOff, &[], TRANSFER_TIMEOUT).await;
    }

    /// Powers the card off, so that no PIN state survives, and gives the reader back.
    async fn leave(&mut self) {
        self.deadline = Instant::now() + MOST_TIME_TO_LEAVE;
        self.let_go().await;
        for interface in &self.interfaces {
            let _ = self.usb.release(interface.interface).await;
        }
    }
}

const GIVEN_UP: LinkFailure = LinkFailure::Timeout {
    delivery: Delivery::Unknown,
};
const MALFORMED: LinkFailure = LinkFailure::Malformed {
    delivery: Delivery::Unknown,
};

impl NoData {
    fn into_failure(self) -> LinkFailure {
        match self {
            Self::Link(failure) => failure,
            Self::Mute => LinkFailure::Timeout {
                delivery: Delivery::Unknown,
            },
            Self::Damaged | Self::Refused => MALFORMED,
        }
    }
}
