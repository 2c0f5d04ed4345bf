//! The channel to a recorded card: each command that is the recorded one is answered as it is recorded, and the first other one
//! ends the conversation.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use basvuru::card::apdu::{Command, carries_reference_data};
use basvuru::reader::{CardChannel, CardOutcome, CardStage, ChannelInfo, Delivery, Link, LinkFailure};

use super::certificate::Kind;
use super::stand_in::StandIn;
use super::{CHAINING, Part, Trace, TracedAnswer, TracedLink};

/// A command that the engine sends, without its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// CLA, INS, P1 and P2.
    pub header: [u8; 4],
    /// How many octets of data; `None` for a command with a PIN.
    pub length: Option<usize>,
}

/// A channel to the recorded card, up to the end of one conversation.
pub(super) struct Replayed {
    pub(super) trace: Arc<Trace>,
    pub(super) state: Arc<Mutex<State>>,
    pub(super) end: usize,
}

pub(super) struct State {
    /// The exchange that comes next.
    pub(super) next: usize,
    pub(super) parted: Option<Sent>,
    pub(super) card: StandIn,
    /// The rest of the data of the answer that is being given.
    data: Vec<u8>,
    /// The file that is being read.
    file: Vec<u8>,
    /// What came in a chain of commands.
    gathered: Vec<u8>,
    /// The digest that was sent ahead.
    hashed: Vec<u8>,
    /// The kind of the key that signs.
    pub(super) kind: Option<Kind>,
    pub(super) made: usize,
}

/// A poisoned lock only means that something has failed elsewhere.
pub(super) fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl TracedLink {
    /// What the channel said it could carry.
    pub(super) fn info(&self) -> ChannelInfo {
        ChannelInfo {
            link: if self.nfc { Link::Nfc } else { Link::Contact },
            atr: self.atr.clone(),
            historical_bytes: self.historical_bytes.clone(),
            max_command_length: self.max_command_length,
            max_response_length: self.max_response_length,
            extended_length: self.extended_length,
        }
    }
}

impl Replayed {
    fn part(&self) -> &Part {
        let reading = self.trace.reading.as_ref();
        reading
            .filter(|_| self.end == self.trace.read_before())
            .unwrap_or(&self.trace.last)
    }
}

impl State {
    /// Before the first command.
    pub(super) fn new(card: StandIn) -> Self {
        Self {
            next: 0,
            parted: None,
            card,
            data: Vec::new(),
            file: Vec::new(),
            gathered: Vec::new(),
            hashed: Vec::new(),
            kind: None,
            made: 0,
        }
    }

    /// The data that the card gives, of which the trace tells length and shape alone.
    fn made_up(&mut self, trace: &Trace, index: usize, command: &Command) -> Vec<u8> {
        let answer = trace.exchange(index).map(|exchange| &exchange.answer);
        let Some(TracedAnswer::Redacted { length, objects, .. }) = answer else {
            return Vec::new();
        };
        if command.instruction != 0xC0 {
            self.data.clear();
        }
        let is_chained = command.class & CHAINING != 0;
        match command.instruction {
            0x2A | 0x88 if is_chained => self.gathered.extend_from_slice(command.data()),
            0x2A if [command.p1, command.p2] == [0x90, 0xA0] => {
                self.hashed = command.data().get(2..).unwrap_or_default().to_vec();
            }
            0x2A | 0x88 => {
                let mut input = std::mem::take(&mut self.gathered);
                input.extend_from_slice(command.data());
                if input.is_empty() {
                    input.clone_from(&self.hashed);
                }
                self.data = self.signature(trace, index, &input);
                // What it takes to make one, in octets of other answers.
                self.made += 1 << 15;
                if self.data.len().abs_diff(*length) <= 2 {
                    return std::mem::take(&mut self.data);
                }
            }
            0xB0 | 0xB1 => {
                let begins = command.p1 & 0x80 != 0 || [command.p1, command.p2] == [0, 0];
                let offset = if begins {
                    0
                } else {
                    usize::from(u16::from_be_bytes([command.p1, command.p2]))
                };
                if begins {
                    self.file.clear();
                }
                self.data = self.file.get(offset..).unwrap_or_default().to_vec();
            }
            _ => {}
        }
        if !objects.is_empty() {
            let made = self.card.data(index, objects, trace.read_after(index));
            self.made += made.len();
            self.file.clone_from(&made);
            self.data = made;
        }
        let mut given: Vec<u8> = self.data.drain(..self.data.len().min(*length)).collect();
        given.resize(*length, 0);
        self.made += *length;
        given
    }

    /// A signature that holds; or one that does not, where that explains what follows.
    fn signature(&mut self, trace: &Trace, index: usize, input: &[u8]) -> Vec<u8> {
        let holds = self.card.decide(index, 2) == 0;
        let lengths = trace
            .exchanges()
            .skip(index)
            .map_while(|exchange| match &exchange.answer {
                TracedAnswer::Redacted { length, .. } => Some(*length),
                TracedAnswer::Whole { .. } | TracedAnswer::Failed { .. } => None,
            });
        let length = lengths.into_iter().find(|length| *length > 0).unwrap_or(0);
        let raw = matches!(length, 64 | 96 | 132);
        let kind = self.kind.filter(|_| holds);
        kind.and_then(|kind| kind.sign(input, raw)).unwrap_or_default()
    }
}

#[async_trait]
impl CardChannel for Replayed {
    async fn info(&self) -> Result<ChannelInfo, LinkFailure> {
        Ok(self.part().link.info())
    }

    async fn transmit(&self, octets: Vec<u8>) -> Result<Vec<u8>, LinkFailure> {
        let stopped = LinkFailure::Unexpected {
            delivery: Delivery::NotSent,
            detail: "the trace has another command".to_owned(),
        };
        let mut state = locked(&self.state);
        let Some(command) = Command::parse(&octets).ok().filter(|_| state.parted.is_none()) else {
            return Err(stopped);
        };
        let index = state.next;
        let exchange = self.trace.exchange(index).filter(|_| index < self.end);
        let Some(exchange) = exchange.filter(|exchange| exchange.command.is(&command)) else {
            let has_pin = carries_reference_data(command.instruction);
            state.parted = Some(Sent {
                header: [command.class, command.instruction, command.p1, command.p2],
                length: (!has_pin).then_some(command.data().len()),
            });
            return Err(stopped);
        };
        state.next += 1;
        let (mut data, status) = match &exchange.answer {
            TracedAnswer::Whole { data, status } => (data.clone(), *status),
            TracedAnswer::Redacted { status, .. } => (state.made_up(&self.trace, index, &command), *status),
            TracedAnswer::Failed { delivered } => {
                let delivery = if *delivered {
                    Delivery::Unknown
                } else {
                    Delivery::NotSent
                };
                return Err(LinkFailure::CardLost { delivery });
            }
        };
        data.extend_from_slice(&status.to_be_bytes());
        Ok(data)
    }

    async fn tell(&self, _stage: CardStage, _sentence: String) -> Result<(), LinkFailure> {
        Ok(())
    }

    async fn close(&self, _outcome: CardOutcome) -> Result<(), LinkFailure> {
        Ok(())
    }
}
