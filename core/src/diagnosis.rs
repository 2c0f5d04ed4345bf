//! What this process remembers for support: the last failures, the requests that failed, the reader, and the last
//! conversation with a card without any of its values. It is bounded, lives in memory alone, and knows nothing of the person.
//!
//! What is recorded is made so that nothing has to be taken out of it when it is told: codes, numbers, tags and lengths.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::reader::Link;

/// How many failures, and failed requests, are remembered.
const MOST_FAILURES: usize = 32;
const MOST_REQUESTS: usize = 32;
/// Of a long conversation, how many exchanges at its beginning and at its end are remembered. Ours take some 15.
const FIRST_EXCHANGES: usize = 48;
const LAST_EXCHANGES: usize = 80;

static RECORDER: Mutex<Recorder> = Mutex::new(Recorder {
    failures: VecDeque::new(),
    requests: VecDeque::new(),
    reader: None,
    reading: None,
    conversation: None,
});

struct Recorder {
    failures: VecDeque<FailureNote>,
    requests: VecDeque<RequestNote>,
    reader: Option<ReaderNote>,
    /// The conversation in which the files of the card were read, where the last one goes by what is remembered of them.
    reading: Option<Conversation>,
    conversation: Option<Conversation>,
}

/// What has been recorded.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Recorded {
    failures: VecDeque<FailureNote>,
    failed_requests: VecDeque<RequestNote>,
    reader: Option<ReaderNote>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reading: Option<ConversationNote>,
    conversation: Option<ConversationNote>,
}

/// A failure that a person was told.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FailureNote {
    pub(crate) at: Moment,
    pub(crate) step: &'static str,
    pub(crate) code: &'static str,
    pub(crate) milliseconds: u64,
    /// The last request to the portal on the way.
    pub(crate) request: Option<String>,
}

/// A request to the portal that had no answer, or a refusal for an answer.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RequestNote {
    pub(crate) at: Moment,
    pub(crate) id: String,
    pub(crate) outcome: String,
}

/// The reader that was used last.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct ReaderNote {
    /// The product's name.
    pub(crate) name: String,
    pub(crate) link: &'static str,
    /// How a USB reader that the core drives itself exchanges, and in which protocol.
    pub(crate) ccid: Option<CcidNote>,
}

/// How a USB reader exchanges.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct CcidNote {
    pub(crate) level: &'static str,
    pub(crate) protocol: &'static str,
    /// Whether the check octet of the card's answer to reset does not fit.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) wrong_check: bool,
}

/// What link and card say they carry.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct LinkNote {
    pub(crate) link: &'static str,
    /// The answer to reset, hexadecimal: as a rule the same for all cards of a type, and no file of theirs.
    pub(crate) atr: Option<String>,
    pub(crate) historical_bytes: String,
    pub(crate) max_command_length: u32,
    pub(crate) max_response_length: u32,
    pub(crate) extended_length: bool,
}

/// One command and what came of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Exchange {
    /// When it began, in microseconds since the conversation did.
    pub(crate) at_us: u64,
    /// How long it took, in microseconds; nothing while it is under way.
    pub(crate) us: Option<u64>,
    #[serde(flatten)]
    pub(crate) command: CommandNote,
    #[serde(flatten)]
    pub(crate) answer: AnswerNote,
}

/// A command without its data.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct CommandNote {
    /// CLA, INS, P1 and P2, hexadecimal; empty where the command is none.
    pub(crate) header: String,
    /// The length of the data; nothing where a PIN is or may be in it, since its length is a hint.
    pub(crate) lc: Option<usize>,
    /// Whether there was reference data, in a command that may carry it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reference_data: Option<bool>,
    /// The most octets of data asked for.
    pub(crate) le: Option<usize>,
    /// The file or application that is selected, hexadecimal, where that says nothing of the one card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) selects: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) data: Vec<Object>,
}

/// An answer without its data.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct AnswerNote {
    /// The status word, hexadecimal.
    pub(crate) sw: Option<String>,
    /// The length of the data.
    pub(crate) length: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) answer: Vec<Object>,
    /// Why there was no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<String>,
}

/// A data object without its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Object {
    #[serde(serialize_with = "hexadecimal_tag")]
    pub(crate) tag: u32,
    pub(crate) length: usize,
    /// What is in a constructed one.
    #[serde(rename = "in", skip_serializing_if = "Vec::is_empty")]
    pub(crate) children: Vec<Self>,
}

/// A conversation with a card. Whoever holds it records into it; the last one that began is the one that is told.
#[derive(Clone)]
pub(crate) struct Conversation(Arc<Mutex<ConversationNote>>);

#[derive(Debug, Clone, Serialize)]
struct ConversationNote {
    began: Moment,
    #[serde(skip)]
    reads_files: bool,
    link: LinkNote,
    first: Vec<Exchange>,
    /// How many between the first and the last are not told.
    left_out: u64,
    last: VecDeque<Exchange>,
}

impl Conversation {
    /// Begins a conversation. The one before is forgotten, unless it has read the files of a card of this kind.
    pub(crate) fn begin(link: LinkNote) -> Self {
        let mut recorder = recorder();
        let has_read = |conversation: &Self| locked(&conversation.0).reads_files;
        if let Some(before) = recorder.conversation.take().filter(has_read) {
            recorder.reading = Some(before);
        }
        recorder
            .reading
            .take_if(|reading| locked(&reading.0).link.atr != link.atr);
        let note = ConversationNote {
            began: Moment::now(),
            reads_files: false,
            link,
            first: Vec::new(),
            left_out: 0,
            last: VecDeque::new(),
        };
        let conversation = Self(Arc::new(Mutex::new(note)));
        recorder.conversation = Some(conversation.clone());
        conversation
    }

    /// The files of the card are going to be read, since nothing is remembered of it.
    pub(crate) fn reads_files(&self) {
        locked(&self.0).reads_files = true;
    }

    /// Records a command that is about to be sent.
    pub(crate) fn command(&self, at_us: u64, command: CommandNote) {
        let exchange = Exchange {
            at_us,
            us: None,
            command,
            answer: AnswerNote::default(),
        };
        let mut note = locked(&self.0);
        if note.first.len() < FIRST_EXCHANGES {
            note.first.push(exchange);
            return;
        }
        if note.last.len() == LAST_EXCHANGES {
            note.last.pop_front();
            note.left_out += 1;
        }
        note.last.push_back(exchange);
    }

    /// Records what came of the command that was recorded last.
    pub(crate) fn answer(&self, us: u64, answer: AnswerNote) {
        let mut note = locked(&self.0);
        let ConversationNote { first, last, .. } = &mut *note;
        if let Some(exchange) = last.back_mut().or_else(|| first.last_mut()) {
            exchange.us = Some(us);
            exchange.answer = answer;
        }
    }
}

/// Records a failure that a person is told.
pub(crate) fn failed(note: FailureNote) {
    keep(&mut recorder().failures, note, MOST_FAILURES);
}

/// Records a request that failed.
pub(crate) fn request_failed(id: &str, outcome: String) {
    let note = RequestNote {
        at: Moment::now(),
        id: id.to_owned(),
        outcome,
    };
    keep(&mut recorder().requests, note, MOST_REQUESTS);
}

/// Records which reader is about to be used.
pub(crate) fn reader_chosen(name: &str, link: Link) {
    recorder().reader = Some(ReaderNote {
        name: product_name(name),
        link: link.name(),
        ccid: None,
    });
}

/// Records how the reader in use exchanges.
pub(crate) fn reader_exchanges(ccid: CcidNote) {
    recorder().reader.get_or_insert_default().ccid = Some(ccid);
}

/// What has been recorded so far.
pub(crate) fn recorded() -> Recorded {
    let recorder = recorder();
    let note = |conversation: &Conversation| locked(&conversation.0).clone();
    let conversation = recorder.conversation.as_ref().map(note);
    let remembers = conversation.as_ref().is_some_and(|last| !last.reads_files);
    Recorded {
        failures: recorder.failures.clone(),
        failed_requests: recorder.requests.clone(),
        reader: recorder.reader.clone(),
        reading: recorder.reading.as_ref().filter(|_| remembers).map(note),
        conversation,
    }
}

/// The name of a reader without what may be its serial number, or what somebody calls it: pcscd puts that in parentheses.
fn product_name(name: &str) -> String {
    const LONGEST: usize = 64;
    let mut depth = 0_u32;
    let mut plain = String::new();
    for character in name.chars().filter(|character| !character.is_control()) {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(character),
            _ => {}
        }
    }
    let words: Vec<&str> = plain.split_whitespace().collect();
    words.join(" ").chars().take(LONGEST).collect()
}

fn keep<T>(notes: &mut VecDeque<T>, note: T, most: usize) {
    if notes.len() == most {
        notes.pop_front();
    }
    notes.push_back(note);
}

fn recorder() -> MutexGuard<'static, Recorder> {
    locked(&RECORDER)
}

/// What a panic elsewhere left behind is still whole: every change is one assignment.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A moment, told in UTC (RFC 3339).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment(SystemTime);

impl Moment {
    pub(crate) fn now() -> Self {
        Self(SystemTime::now())
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let moment = OffsetDateTime::from(self.0);
        let millisecond = moment.millisecond();
        let moment = moment.replace_millisecond(millisecond).unwrap_or(moment);
        serializer.serialize_str(&moment.format(&Rfc3339).unwrap_or_default())
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn hexadecimal_tag<S: Serializer>(tag: &u32, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{tag:02X}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> LinkNote {
        LinkNote {
            link: "contact",
            atr: None,
            historical_bytes: String::new(),
            max_command_length: 261,
            max_response_length: 258,
            extended_length: false,
        }
    }

    #[test]
    fn of_a_long_conversation_the_beginning_and_the_end_are_kept() {
        let conversation = Conversation::begin(link());
        for number in 0..1000 {
            conversation.command(number, CommandNote::default());
            conversation.answer(number, AnswerNote::default());
        }
        let note = locked(&conversation.0).clone();
        assert_eq!((note.first.len(), note.last.len()), (FIRST_EXCHANGES, LAST_EXCHANGES));
        assert_eq!(
            usize::try_from(note.left_out).unwrap(),
            1000 - FIRST_EXCHANGES - LAST_EXCHANGES
        );
        assert_eq!(note.first[7].us, Some(7));
        assert_eq!(note.last.back().and_then(|exchange| exchange.us), Some(999));
    }

    #[test]
    fn the_oldest_failure_makes_room() {
        let mut notes = VecDeque::new();
        for number in 0..100 {
            keep(&mut notes, number, MOST_FAILURES);
        }
        assert_eq!(
            (notes.len(), notes.front()),
            (MOST_FAILURES, Some(&(100 - MOST_FAILURES)))
        );
    }

    #[test]
    fn a_readers_serial_number_is_left_out_of_its_name() {
        assert_eq!(
            product_name("Gemalto PC Twin Reader (E1234567) 00 00"),
            "Gemalto PC Twin Reader 00 00"
        );
        assert_eq!(
            product_name("ACS ACR39U ICC Reader 00 00"),
            "ACS ACR39U ICC Reader 00 00"
        );
        assert_eq!(product_name("a(b(c"), "a");
        assert_eq!(product_name(&"x".repeat(500)).len(), 64);
    }
}
