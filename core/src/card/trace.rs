//! What is recorded of a conversation with a card: of each command its header and lengths, of each answer its status word and
//! length, of both the tags and lengths of data objects, and when. Never a value.
//!
//! It is recorded where commands are as the card's files and rules mean them, above any encryption of the link. What is no
//! data object must not pass for one, or octets of a value would be told as tags: only data that the command's own
//! definition makes data objects of is looked into, and only where it is whole and fits to the last octet.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::apdu::{Command, Response, carries_reference_data, hex, instruction};
use super::application_name;
use super::tlv::{self, TlvError};
use crate::diagnosis::{AnswerNote, CommandNote, Conversation, LinkNote, Object};
use crate::reader::{ChannelInfo, Delivery, LinkFailure};

/// The most data objects that are told of one command or answer, and how deep. Where there are more, the deepest are left out
/// first: what keys and certificates are called by lies less deep than names of people.
const MOST_OBJECTS: usize = 96;
const MOST_DEPTH: usize = 8;
/// The longest path that is told, in octets: two files below one another.
const LONGEST_PATH: usize = 4;

/// GENERAL AUTHENTICATE and the GET DATA that asks for a data object.
const GENERAL_AUTHENTICATE: u8 = 0x86;
const GET_DATA_ODD: u8 = 0xCB;

/// Records one conversation.
pub(super) struct Trace {
    conversation: Conversation,
    began: Instant,
    /// What the answer to a command that is to be fetched with GET RESPONSE will be.
    fetched: Mutex<Contents>,
}

/// What a field of data is, by the definition of its command.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Contents {
    /// Octets: a file from somewhere in its middle, a signature, a random number.
    Octets,
    /// Data objects.
    Objects,
    /// The beginning of a file, of which more may follow.
    Beginning,
}

/// A command under way.
pub(super) struct UnderWay {
    began: Instant,
    contents: Contents,
}

impl Trace {
    /// Begins to record.
    pub(super) fn begin(info: &ChannelInfo) -> Self {
        let link = LinkNote {
            link: info.link.name(),
            atr: info.atr.as_deref().map(hex),
            historical_bytes: hex(&info.historical_bytes),
            max_command_length: info.max_command_length,
            max_response_length: info.max_response_length,
            extended_length: info.extended_length,
        };
        Self {
            conversation: Conversation::begin(link),
            began: Instant::now(),
            fetched: Mutex::new(Contents::Octets),
        }
    }

    /// Notes that the card's files are going to be read.
    pub(super) fn reads_files(&self) {
        self.conversation.reads_files();
    }

    /// Records a command that is about to be sent.
    pub(super) fn command(&self, octets: &[u8]) -> UnderWay {
        let began = Instant::now();
        let command = Command::parse(octets).ok();
        let contents = match &command {
            Some(command) if command.instruction == instruction::GET_RESPONSE => self.swap(Contents::Octets),
            Some(command) => answer_of(command),
            None => Contents::Octets,
        };
        let note = command.as_ref().map(of_command).unwrap_or_default();
        self.conversation.command(microseconds(self.began, began), note);
        UnderWay { began, contents }
    }

    /// Records what came of it.
    pub(super) fn answer(&self, command: &UnderWay, answer: &Result<Vec<u8>, LinkFailure>) {
        let note = match answer {
            Ok(octets) => of_answer(octets, command.contents),
            Err(failure) => AnswerNote {
                failure: Some(of_failure(failure)),
                ..AnswerNote::default()
            },
        };
        if matches!(answer, Ok(octets) if octets.len() == 2 && octets.first() == Some(&0x61)) {
            self.swap(command.contents);
        }
        self.conversation
            .answer(microseconds(command.began, Instant::now()), note);
    }

    fn swap(&self, contents: Contents) -> Contents {
        let mut fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *fetched, contents)
    }
}

fn of_command(command: &Command) -> CommandNote {
    let data = command.data();
    let header = hex(&[command.class, command.instruction, command.p1, command.p2]);
    if carries_reference_data(command.instruction) {
        return CommandNote {
            header,
            reference_data: Some(!data.is_empty()),
            le: command.expected(),
            ..CommandNote::default()
        };
    }
    let holds_objects = matches!(
        command.instruction,
        instruction::MANAGE_SECURITY_ENVIRONMENT | instruction::READ_BINARY_ODD | GENERAL_AUTHENTICATE | GET_DATA_ODD
    );
    CommandNote {
        header,
        lc: Some(data.len()),
        reference_data: None,
        le: command.expected(),
        selects: (command.instruction == instruction::SELECT && names_no_person(command)).then(|| hex(data)),
        data: if holds_objects {
            objects(data, false)
        } else {
            Vec::new()
        },
    }
}

/// Whether what a SELECT command selects is the same for all cards of a type: a file by its identifier or a short path, or
/// an application by a name that we brought along. A name that a card gave may have its serial number in it.
fn names_no_person(command: &Command) -> bool {
    const BY_NAME: u8 = 4;
    let data = command.data();
    if command.p1 == BY_NAME {
        application_name::names()
            .chain(application_name::further_names())
            .chain(application_name::WHOLE_CARDS)
            .any(|name| name == data)
    } else {
        data.len() <= LONGEST_PATH
    }
}

fn of_answer(octets: &[u8], contents: Contents) -> AnswerNote {
    let Ok(Response { data, status }) = Response::parse(octets.to_vec()) else {
        return AnswerNote {
            failure: Some("no status word".to_owned()),
            ..AnswerNote::default()
        };
    };
    AnswerNote {
        sw: Some(format!("{status:?}")),
        length: Some(data.len()),
        answer: match contents {
            Contents::Octets => Vec::new(),
            Contents::Objects => objects(&data, false),
            Contents::Beginning => objects(&data, true),
        },
        failure: None,
    }
}

/// What the answer to a command is by its definition (ISO/IEC 7816-4:2020, 11).
fn answer_of(command: &Command) -> Contents {
    match command.instruction {
        instruction::SELECT
        | instruction::READ_RECORD
        | instruction::GET_DATA
        | GET_DATA_ODD
        | GENERAL_AUTHENTICATE => Contents::Objects,
        // Bit 8 of P1 says that P2 alone is the offset, and the other bits name the file.
        instruction::READ_BINARY if command.p2 == 0 && (command.p1 == 0 || command.p1 & 0x80 != 0) => {
            Contents::Beginning
        }
        _ => Contents::Octets,
    }
}

/// The link's own words, but for those a shell may have added.
fn of_failure(failure: &LinkFailure) -> String {
    let words = if matches!(failure, LinkFailure::Unexpected { .. }) {
        "unexpected failure of the link".to_owned()
    } else {
        failure.to_string()
    };
    match failure.delivery() {
        Delivery::NotSent => format!("{words}; not sent"),
        Delivery::Unknown => format!("{words}; delivery unknown"),
    }
}

/// The tags and lengths of data objects; none where the octets are no data objects, whole and one behind the other. What
/// was cut off at the end of a long answer is told as far as it goes.
fn objects(octets: &[u8], may_be_cut: bool) -> Vec<Object> {
    let mut told = None;
    for most_depth in (1..=MOST_DEPTH).rev() {
        let mut reading = Reading {
            most_depth,
            left: MOST_OBJECTS,
            left_out: false,
        };
        told = reading.objects(octets, may_be_cut, 0);
        if !reading.left_out {
            break;
        }
    }
    told.unwrap_or_default()
}

/// How deep data objects are told, and how many more.
struct Reading {
    most_depth: usize,
    left: usize,
    /// Whether there were too many.
    left_out: bool,
}

impl Reading {
    fn objects(&mut self, octets: &[u8], may_be_cut: bool, depth: usize) -> Option<Vec<Object>> {
        let mut objects: Vec<Object> = Vec::new();
        let mut rest = octets;
        // A file is filled up behind its contents.
        while !(rest.is_empty() || depth == 0 && rest.iter().all(|octet| matches!(octet, 0x00 | 0xFF))) {
            if self.left == 0 {
                self.left_out = true;
                break;
            }
            let header = match tlv::header(rest) {
                Ok(header) => header,
                Err(TlvError::Truncated) if may_be_cut => break,
                Err(_) => return None,
            };
            let body = rest.get(header.octets..).unwrap_or_default();
            let value = body.get(..header.length);
            // That something is cut must show: what is text would be no template, and announce a short length; templates
            // behind which it stands are no text.
            let behind_templates = !objects.is_empty() && objects.iter().all(|object| !object.children.is_empty());
            let shows = header.is_constructed && (header.length >= 0x80 || behind_templates);
            if value.is_none() && !(may_be_cut && (depth > 0 || shows)) {
                return None;
            }
            self.left -= 1;
            let constructed = header.is_constructed && depth < self.most_depth;
            let children = constructed.then(|| self.objects(value.unwrap_or(body), value.is_none(), depth + 1));
            objects.push(Object {
                tag: header.tag,
                length: header.length,
                children: children.flatten().unwrap_or_default(),
            });
            rest = body.get(header.length..).unwrap_or_default();
        }
        Some(objects)
    }
}

fn microseconds(from: Instant, to: Instant) -> u64 {
    u64::try_from(to.saturating_duration_since(from).as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::card::apdu::hex;

    fn told(octets: &[u8], contents: Contents) -> serde_json::Value {
        serde_json::to_value(of_answer(&[octets, &[0x90, 0x00]].concat(), contents)).unwrap()
    }

    fn tags(objects: &[Object]) -> String {
        let one = |object: &Object| format!("{:X}:{}[{}]", object.tag, object.length, tags(&object.children));
        objects.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_command_is_told_without_its_data() {
        let note = |octets: &[u8]| serde_json::to_value(of_command(&Command::parse(octets).unwrap())).unwrap();
        let verify = note(b"\x00\x20\x00\x81\x06486213");
        assert_eq!(
            verify,
            serde_json::json!({ "header": "00200081", "lc": null, "reference_data": true, "le": null })
        );
        // The length of a PIN, and that of the other one, would be a hint.
        assert_eq!(verify, note(b"\x00\x20\x00\x81\x08\x34\x38\x36\x32\x31\x33\xFF\xFF"));
        assert_eq!(note(&[0, 0x20, 0, 0x81])["reference_data"], false);
        let change = note(b"\x00\x24\x00\x81\x0C486213111111");
        assert_eq!(
            (change["lc"].is_null(), change["reference_data"].as_bool()),
            (true, Some(true))
        );
        let unblock = note(b"\x00\x2C\x00\x81\x0E13572468486213");
        assert_eq!(
            unblock,
            serde_json::json!({ "header": "002C0081", "lc": null, "reference_data": true, "le": null })
        );
        let sign = note(&[&[0x00, 0x2A, 0x9E, 0x9A, 4], b"TBS!".as_slice(), &[0]].concat());
        assert_eq!(sign, serde_json::json!({ "header": "002A9E9A", "lc": 4, "le": 256 }));
        let environment = note(&[0x00, 0x22, 0x41, 0xB6, 6, 0x80, 1, 4, 0x84, 1, 9]);
        assert_eq!(
            environment["data"],
            serde_json::json!([{ "tag": "80", "length": 1 }, { "tag": "84", "length": 1 }])
        );
    }

    #[test]
    fn files_and_our_own_names_are_told_and_names_that_a_card_gave_are_not() {
        let selects = |octets: &[u8]| of_command(&Command::parse(octets).unwrap()).selects;
        assert_eq!(selects(&[0, 0xA4, 0, 0x0C, 2, 0x3F, 0x00]).as_deref(), Some("3F00"));
        assert_eq!(
            selects(&[0, 0xA4, 8, 0, 4, 0x50, 0x15, 0x44, 0x01, 0]).as_deref(),
            Some("50154401")
        );
        assert_eq!(selects(&[0, 0xA4, 8, 0, 6, 1, 0, 0, 0, 1, 0x46, 0]), None);
        assert_eq!(
            selects(b"\x00\xA4\x04\x00\x07PKCS-15").as_deref(),
            Some("504B43532D3135")
        );
        assert_eq!(selects(b"\x00\xA4\x04\x00\x0B10000000146"), None);
    }

    #[test]
    fn an_answer_is_told_by_its_tags_and_lengths() {
        let control = [0x6F, 9, 0x84, 4, b'N', b'A', b'M', b'E', 0x85, 1, 7];
        assert_eq!(
            told(&control, Contents::Objects),
            serde_json::json!({ "sw": "9000", "length": 11, "answer": [
                { "tag": "6F", "length": 9, "in": [{ "tag": "84", "length": 4 }, { "tag": "85", "length": 1 }] }
            ] })
        );
        // A file that is filled up, and the beginning of one that is longer.
        assert_eq!(tags(&objects(&[0x04, 1, 9, 0, 0, 0xFF], true)), "4:1[]");
        let certificate = [
            [0x30, 0x82, 3, 0, 0x30, 0x82, 2, 0, 0xA0, 3, 2, 1, 2, 0x02, 8].as_slice(),
            b"serial".as_slice(),
        ]
        .concat();
        assert_eq!(tags(&objects(&certificate, true)), "30:768[30:512[A0:3[2:1[]] 2:8[]]]");
    }

    #[test]
    fn what_is_no_data_object_is_not_told_as_one() {
        for raw in [
            b"10000000146".as_slice(),
            b"0532 123 45 67",
            "Ayşe Gül ÇALIŞKANOĞLU".as_bytes(),
            "ÖRNEKŞEN Işıl".as_bytes(),
            "Ağaoğlu".as_bytes(),
            b"\x30\x82\x03",
            &[0x30, 0x05, 1, 2],
        ] {
            let note = told(raw, Contents::Beginning);
            assert!(note.get("answer").is_none(), "{}: {note}", hex(raw));
        }
        // A signature is not even looked at.
        assert!(told(&[0x30, 3, 2, 1, 1], Contents::Octets).get("answer").is_none());
    }

    #[test]
    fn only_the_beginning_of_a_file_is_looked_into() {
        let read = |p1, p2| answer_of(&Command::new(0xB0, p1, p2).expecting(256));
        assert!(read(0, 0) == Contents::Beginning && read(0x91, 0) == Contents::Beginning);
        assert!(
            read(1, 0) == Contents::Octets && read(0, 0xFF) == Contents::Octets && read(0x91, 9) == Contents::Octets
        );
    }

    #[test]
    fn what_is_fetched_is_what_the_command_before_asked_for() {
        let trace = Trace::begin(&ChannelInfo {
            link: crate::reader::Link::Contact,
            atr: None,
            historical_bytes: Vec::new(),
            max_command_length: 261,
            max_response_length: 258,
            extended_length: false,
        });
        let fetched = |command: &[u8]| {
            let begun = trace.command(command);
            trace.answer(&begun, &Ok(vec![0x61, 0x05]));
            trace.command(&[0, 0xC0, 0, 0, 5]).contents
        };
        assert!(fetched(&[0, 0xA4, 0, 0, 2, 0x3F, 0]) == Contents::Objects);
        assert!(fetched(&[0, 0x2A, 0x9E, 0x9A, 1, 1, 0]) == Contents::Octets);
    }

    #[test]
    fn of_very_many_objects_the_deepest_are_left_out_and_a_short_one_that_is_cut_behind_others_is_told() {
        let names = [0x30, 5, 0x31, 3, 0x30, 1, 0x05].repeat(12);
        let entry = [&[0x30, 2 + 84 + 3, 0xA0, 84], names.as_slice(), &[0x04, 1, 7]].concat();
        let whole = entry.repeat(3);
        let told = tags(&objects(&whole, true));
        assert_eq!(told.matches("4:1[]").count(), 3, "{told}");
        assert_eq!(told.matches("30:5").count(), 36, "{told}");
        let cut = tags(&objects(&whole[..entry.len() * 2 + 4], true));
        assert_eq!(cut.matches("30:89[A0:84[").count(), 3, "{cut}");
        // Text is told nothing of, wherever it is cut.
        assert_eq!(tags(&objects(b"0000", true)), "");
    }

    #[test]
    fn a_shells_own_words_are_left_out() {
        let failure = LinkFailure::Unexpected {
            delivery: Delivery::Unknown,
            detail: "00200081 486213".to_owned(),
        };
        assert_eq!(of_failure(&failure), "unexpected failure of the link; delivery unknown");
        assert_eq!(of_failure(&LinkFailure::NoCard), "no card; not sent");
    }

    proptest! {
        #[test]
        fn whatever_a_card_sends_is_told_in_bounds(octets in proptest::collection::vec(any::<u8>(), 0..600)) {
            fn count(objects: &[Object]) -> usize {
                objects.iter().map(|object| 1 + count(&object.children)).sum()
            }
            for may_be_cut in [false, true] {
                prop_assert!(count(&objects(&octets, may_be_cut)) <= MOST_OBJECTS);
            }
            let _ = of_answer(&octets, Contents::Beginning);
            if let Ok(command) = Command::parse(&octets) {
                let _ = of_command(&command);
            }
        }
    }
}
