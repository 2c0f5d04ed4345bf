//! A conversation with a card that was recorded, and what the engine would make of it today.
//!
//! What is recorded comes from anywhere: it is read within bounds, and what is no trace is refused with its line.

mod certificate;
mod channel;
mod memory;
mod play;
mod shape;
mod stand_in;

use basvuru::card::apdu::{Command, carries_reference_data};
use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};

pub use self::channel::Sent;
pub use self::play::{Place, Played, Refusal, Told, Verdict};
use self::shape::Shape;

/// The longest trace that is read, in octets.
pub const MOST_OCTETS: usize = 1 << 20;
/// The most commands of one conversation.
const MOST_EXCHANGES: usize = 640;
/// The bit of the class octet that announces another command of the same chain (ISO/IEC 7816-4:2020, 5.4.1).
const CHAINING: u8 = 0x10;
/// The longest answer to reset, in octets (ISO/IEC 7816-3:2006, 8.2.1), with what some services add.
const MOST_ATR: usize = 64;
/// The longest data of one command or answer, in octets.
const MOST_DATA: usize = 0x1_0000 + 2;

/// A recorded conversation: the diagnosis of the core, which tells tags and lengths, or lines `> ` with a command and `< `
/// with its answer in hexadecimal, and `ATR:` with the answer to reset before them. Other lines are passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// The conversation in which the card's files were read, where there is one before the last.
    reading: Option<Part>,
    last: Part,
}

/// One conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    link: TracedLink,
    exchanges: Vec<Exchange>,
    /// How many commands after these are not told.
    left_out: u64,
}

/// What link and card said they carry.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TracedLink {
    nfc: bool,
    atr: Option<Vec<u8>>,
    historical_bytes: Vec<u8>,
    max_command_length: u32,
    max_response_length: u32,
    extended_length: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Exchange {
    command: TracedCommand,
    answer: TracedAnswer,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum TracedCommand {
    /// As it was sent; of one with a PIN, nothing behind the header counts.
    Whole(Command),
    /// Without its values.
    Redacted {
        header: [u8; 4],
        length: Option<usize>,
        selects: Option<Vec<u8>>,
        objects: Vec<Shape>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum TracedAnswer {
    Whole {
        data: Vec<u8>,
        status: u16,
    },
    Redacted {
        length: usize,
        objects: Vec<Shape>,
        status: u16,
    },
    /// There was none.
    Failed {
        delivered: bool,
    },
}

/// Why a file is no trace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {detail}")]
pub struct TraceError {
    /// The line, counted from 1.
    pub line: usize,
    /// What was found there, for an engineer.
    pub detail: String,
}

impl Trace {
    /// Reads a trace.
    ///
    /// # Errors
    /// [`TraceError`] for what is none, or is longer than any conversation.
    pub fn parse(octets: &[u8]) -> Result<Self, TraceError> {
        if octets.len() > MOST_OCTETS {
            let line = 1 + octets.iter().take(MOST_OCTETS).filter(|octet| **octet == b'\n').count();
            return Err(refused(line, "longer than any trace"));
        }
        let trace = match octets.iter().find(|octet| !octet.is_ascii_whitespace()) {
            Some(b'{') => Self::of_diagnosis(octets)?,
            _ => Self {
                reading: None,
                last: Part::of_record(octets)?,
            },
        };
        if trace.last.exchanges.is_empty() {
            return Err(refused(1, "no conversation with a card"));
        }
        Ok(trace)
    }

    fn of_diagnosis(octets: &[u8]) -> Result<Self, TraceError> {
        let document: Document = serde_json::from_slice(octets).map_err(|error| refused(error.line(), &error))?;
        let alone = document.first.map(|first| Conversation {
            link: document.link,
            first,
            left_out: document.left_out,
            last: document.last,
        });
        let conversation = document.conversation.or(alone);
        let last = conversation.ok_or_else(|| refused(1, "no conversation with a card"))?;
        Ok(Self {
            reading: document.reading.map(Part::from),
            last: last.into(),
        })
    }
}

impl From<Conversation> for Part {
    fn from(conversation: Conversation) -> Self {
        let Conversation {
            link,
            first,
            left_out,
            last,
        } = conversation;
        // What stands behind a gap cannot be followed.
        let last = if left_out == 0 { last } else { Vec::new() };
        let exchanges = first.into_iter().chain(last).map(Exchange::from).collect();
        let link = link.unwrap_or_default();
        Self {
            link: TracedLink {
                nfc: link.link == "nfc",
                atr: link.atr.map(|atr| atr.0),
                historical_bytes: link.historical_bytes.0,
                max_command_length: link.max_command_length.unwrap_or(261),
                max_response_length: link.max_response_length.unwrap_or(258),
                extended_length: link.extended_length,
            },
            exchanges,
            left_out,
        }
    }
}

impl Part {
    fn of_record(octets: &[u8]) -> Result<Self, TraceError> {
        let mut exchanges: Vec<Exchange> = Vec::new();
        let (mut command, mut atr) = (None, None);
        for (number, line) in (1..).zip(octets.split(|octet| *octet == b'\n')) {
            let line = line.trim_ascii();
            let data = line.get(1..).unwrap_or_default();
            match line.first() {
                Some(b'>') => {
                    let octets = hexadecimal(data).and_then(|octets| Command::parse(&octets).ok());
                    let octets = octets.ok_or_else(|| refused(number, "no command in hexadecimal"))?;
                    command = Some(octets);
                }
                Some(b'<') => {
                    let answer = hexadecimal(data).filter(|answer| answer.len() <= MOST_DATA);
                    let answer = answer.as_deref().and_then(<[u8]>::split_last_chunk::<2>);
                    let (data, status) = answer.ok_or_else(|| refused(number, "no answer in hexadecimal"))?;
                    let command = command
                        .take()
                        .ok_or_else(|| refused(number, "an answer to no command"))?;
                    exchanges.push(Exchange {
                        command: TracedCommand::Whole(command),
                        answer: TracedAnswer::Whole {
                            data: data.to_vec(),
                            status: u16::from_be_bytes(*status),
                        },
                    });
                    if exchanges.len() > MOST_EXCHANGES {
                        return Err(refused(number, "more commands than any conversation has"));
                    }
                }
                _ => {
                    if let Some(data) = line.strip_prefix(b"ATR:") {
                        let octets = hexadecimal(data).filter(|atr| atr.len() <= MOST_ATR);
                        atr = Some(octets.ok_or_else(|| refused(number, "no answer to reset in hexadecimal"))?);
                    }
                }
            }
        }
        Ok(Self {
            link: TracedLink {
                nfc: false,
                atr,
                historical_bytes: Vec::new(),
                max_command_length: 261,
                max_response_length: 258,
                extended_length: false,
            },
            exchanges,
            left_out: 0,
        })
    }
}

impl TracedCommand {
    fn header(&self) -> [u8; 4] {
        match self {
            Self::Whole(command) => [command.class, command.instruction, command.p1, command.p2],
            Self::Redacted { header, .. } => *header,
        }
    }

    fn instruction(&self) -> u8 {
        self.header()[1]
    }

    /// Whether a command is this one, as far as can be told.
    fn is(&self, command: &Command) -> bool {
        if self.header() != [command.class, command.instruction, command.p1, command.p2] {
            return false;
        }
        if carries_reference_data(command.instruction) {
            return true;
        }
        match self {
            Self::Whole(traced) => traced.data() == command.data(),
            Self::Redacted {
                length,
                selects,
                objects,
                ..
            } => {
                let data = command.data();
                length.is_none_or(|length| length == data.len())
                    && selects.as_ref().is_none_or(|selects| selects == data)
                    && (objects.is_empty() || shape::fits(objects, data))
            }
        }
    }
}

fn refused(line: usize, detail: impl ToString) -> TraceError {
    TraceError {
        line,
        detail: detail.to_string(),
    }
}

fn hexadecimal(text: &[u8]) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .iter()
        .copied()
        .filter(|octet| !octet.is_ascii_whitespace())
        .collect();
    let (pairs, rest) = digits.as_chunks::<2>();
    let octet = |pair: &[u8; 2]| {
        let whole = pair.iter().all(u8::is_ascii_hexdigit);
        let text = std::str::from_utf8(pair).ok().filter(|_| whole)?;
        u8::from_str_radix(text, 16).ok()
    };
    let octets: Option<Vec<u8>> = pairs.iter().map(octet).collect();
    octets.filter(|_| rest.is_empty())
}

/// The diagnosis, or the conversation of it alone.
#[derive(Deserialize)]
struct Document {
    reading: Option<Conversation>,
    conversation: Option<Conversation>,
    link: Option<Link>,
    #[serde(default, deserialize_with = "some_bounded")]
    first: Option<Vec<Noted>>,
    #[serde(default)]
    left_out: u64,
    #[serde(default, deserialize_with = "bounded")]
    last: Vec<Noted>,
}

#[derive(Deserialize)]
struct Conversation {
    link: Option<Link>,
    #[serde(deserialize_with = "bounded")]
    first: Vec<Noted>,
    #[serde(default)]
    left_out: u64,
    #[serde(default, deserialize_with = "bounded")]
    last: Vec<Noted>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Link {
    link: String,
    atr: Option<Octets>,
    historical_bytes: Octets,
    max_command_length: Option<u32>,
    max_response_length: Option<u32>,
    extended_length: bool,
}

/// One command and what came of it.
#[derive(Deserialize)]
struct Noted {
    header: Octets,
    lc: Option<Length>,
    selects: Option<Octets>,
    #[serde(default)]
    data: Vec<Shape>,
    sw: Option<Octets>,
    length: Option<Length>,
    #[serde(default)]
    answer: Vec<Shape>,
    failure: Option<String>,
}

impl From<Noted> for Exchange {
    fn from(told: Noted) -> Self {
        // A command that is none was sent by no engine: nothing fits it.
        let header = told.header.0.as_slice().try_into().unwrap_or([0xFF; 4]);
        let command = TracedCommand::Redacted {
            header,
            length: told.lc.map(|length| length.0),
            selects: told.selects.map(|selects| selects.0),
            objects: told.data,
        };
        let status = told.sw.and_then(|sw| sw.0.as_slice().try_into().ok());
        let answer = match status {
            Some(status) => TracedAnswer::Redacted {
                length: told.length.map_or(0, |length| length.0),
                objects: told.answer,
                status: u16::from_be_bytes(status),
            },
            None => TracedAnswer::Failed {
                delivered: !told.failure.is_some_and(|failure| failure.ends_with("not sent")),
            },
        };
        Self { command, answer }
    }
}

/// Octets in hexadecimal.
#[derive(Default)]
struct Octets(Vec<u8>);

impl<'de> Deserialize<'de> for Octets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let octets = hexadecimal(text.as_bytes()).filter(|octets| octets.len() <= MOST_DATA);
        octets
            .map(Self)
            .ok_or_else(|| D::Error::custom("no octets in hexadecimal"))
    }
}

/// A length that a command or an answer can have.
struct Length(usize);

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let length = usize::deserialize(deserializer)?;
        if length > MOST_DATA {
            return Err(D::Error::custom("longer than any command or answer"));
        }
        Ok(Self(length))
    }
}

fn some_bounded<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Noted>>, D::Error> {
    bounded(deserializer).map(Some)
}

/// No more commands than a conversation has.
fn bounded<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Noted>, D::Error> {
    struct Exchanges;
    impl<'de> Visitor<'de> for Exchanges {
        type Value = Vec<Noted>;

        fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            formatter.write_str("the commands of a conversation")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
            let mut exchanges = Vec::new();
            while let Some(exchange) = sequence.next_element()? {
                exchanges.push(exchange);
                if exchanges.len() > MOST_EXCHANGES {
                    return Err(Error::custom("more commands than any conversation has"));
                }
            }
            Ok(exchanges)
        }
    }
    deserializer.deserialize_seq(Exchanges)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn reading_never_panics(octets in proptest::collection::vec(any::<u8>(), 0..200), place in 0_usize..200, octet: u8) {
            let _ = Trace::parse(&octets);
            let mut damaged = br#"{ "link": { "link": "nfc", "atr": "3B00" }, "first": [ { "header": "00A40400", "lc": 7,
                "sw": "9000", "length": 4, "answer": [ { "tag": "6F", "length": 2, "in": [ { "tag": "83", "length": 0 } ] } ] } ] }"#
                .to_vec();
            if let Some(damaged) = damaged.get_mut(place) {
                *damaged = octet;
            }
            let _ = Trace::parse(&damaged);
            let _ = Trace::parse(&[b"> 00A40400\n< ", octets.as_slice()].concat());
        }
    }
}
