//! Plays the trace of a conversation with a card against the engine, and says where the two disagree. For support: no card
//! and no reader is touched.

use std::fs::File;
use std::io::Read as _;

use basvuru::card::CardError;
use basvuru::card::apdu::instruction;
use basvuru::digest::hexadecimal;
use basvuru::failure::Failure;
use basvuru::texts::Argument;
use basvuru_test_card::trace::{MOST_OCTETS, Place, Played, Sent, Told, Trace, Verdict};
use console::Style;
use serde_json::{Value, json};

use crate::arguments::Replay;
use crate::screen::Screen;
use crate::stop::Stop;

pub(crate) async fn run(options: &Replay, screen: &Screen) -> Result<(), Stop> {
    let file = &options.trace;
    let mut octets = Vec::new();
    let most = u64::try_from(MOST_OCTETS).unwrap_or(u64::MAX);
    // One octet more than is read tells that there is too much.
    let mut opened = File::open(file).map_err(Stop::at(file))?.take(most.saturating_add(1));
    opened.read_to_end(&mut octets).map_err(Stop::at(file))?;
    let trace = Trace::parse(&octets).map_err(|error| {
        let place = format!("{}:{}", file.display(), error.line);
        Stop::own("stop-trace", place).because(error.detail)
    })?;
    let played = trace.play().await;
    screen.object(&described(&played, screen));
    screen.line("");
    let holds = matches!(played.verdict, Verdict::Agreed | Verdict::Untold { .. });
    let (mark, style) = if holds {
        ("✓", Style::new().green())
    } else {
        ("✗", Style::new().yellow())
    };
    screen.line(&format!("  {} {}", style.apply_to(mark), sentence(&played, screen)));
    for more in remarks(&played, screen) {
        screen.line(&format!("    {more}"));
    }
    screen.line("");
    if holds { Ok(()) } else { Err(Stop::Refused) }
}

/// Where engine and card parted, or that they did not.
fn sentence(played: &Played, screen: &Screen) -> String {
    let count = (
        "count",
        Argument::Count(u64::try_from(played.agreed).unwrap_or(u64::MAX)),
    );
    let place = place(played.next, screen);
    let at = ("place", Argument::Text(&place));
    match &played.verdict {
        Verdict::Agreed => screen.sentence("replay-agreed", &[count]),
        Verdict::GivenUp(error) => {
            let why = why(error, screen);
            screen.sentence("replay-given-up", &[count, ("why", Argument::Text(&why))])
        }
        Verdict::Untold { left_out: 0 } => screen.sentence("replay-not-played", &[count]),
        Verdict::Untold { left_out } => {
            screen.sentence("replay-untold", &[count, ("left", Argument::Count(*left_out))])
        }
        Verdict::Parted { engine, traced, .. } => {
            let engine = command(engine, screen);
            let engine = ("engine", Argument::Text(&engine));
            match traced {
                Some(traced) => {
                    let traced = recorded(*traced, screen);
                    screen.sentence("replay-parted", &[at, engine, ("traced", Argument::Text(&traced))])
                }
                None => screen.sentence("replay-goes-on", &[at, engine]),
            }
        }
        Verdict::Stopped { because, traced } => {
            let traced = recorded(*traced, screen);
            let traced = ("traced", Argument::Text(&traced));
            match because {
                Some(error) => {
                    let why = why(error, screen);
                    screen.sentence("replay-stopped", &[at, traced, ("why", Argument::Text(&why))])
                }
                None => screen.sentence("replay-done-early", &[at, traced]),
            }
        }
    }
}

/// What helps to understand it.
fn remarks(played: &Played, screen: &Screen) -> Vec<String> {
    let mut remarks = Vec::new();
    let shows_refusal = !matches!(played.verdict, Verdict::Agreed);
    if let Some(refused) = played.refused.as_ref().filter(|_| shows_refusal) {
        let place = place(refused.place, screen);
        let told = recorded(refused.told, screen);
        let arguments = [("place", Argument::Text(&place)), ("traced", Argument::Text(&told))];
        remarks.push(screen.sentence("replay-refused", &arguments));
    }
    if matches!(played.verdict, Verdict::Parted { remembered: true, .. }) {
        remarks.push(screen.sentence("replay-remembered", &[]));
    }
    remarks
}

fn place(place: Place, screen: &Screen) -> String {
    let number = [(
        "number",
        Argument::Count(u64::try_from(place.number).unwrap_or(u64::MAX)),
    )];
    let id = if place.in_reading {
        "replay-place-in-reading"
    } else {
        "replay-place"
    };
    screen.sentence(id, &number)
}

fn why(error: &CardError, screen: &Screen) -> String {
    Failure::from(error.clone()).explain(screen.language()).what
}

/// A command that the engine sends: its name, its header, and how much data.
fn command(sent: &Sent, screen: &Screen) -> String {
    let named = named(sent.header);
    match sent.length {
        None | Some(0) => named,
        Some(length) => {
            let count = Argument::Count(u64::try_from(length).unwrap_or(u64::MAX));
            screen.sentence("replay-command", &[("name", Argument::Text(&named)), ("count", count)])
        }
    }
}

/// A command in the trace, with what the card answered and what that means.
fn recorded(told: Told, screen: &Screen) -> String {
    let named = named(told.header);
    let (answer, meaning) = match told.status {
        Some(status) => (format!("{status:04X}"), screen.sentence(meaning(status), &[])),
        None => ("–".to_owned(), screen.sentence("status-none", &[])),
    };
    let arguments = [
        ("name", Argument::Text(&named)),
        ("answer", Argument::Text(&answer)),
        ("meaning", Argument::Text(&meaning)),
    ];
    screen.sentence("replay-recorded", &arguments)
}

/// The standard's name of a command (ISO/IEC 7816-4:2020, table 5), with its header.
fn named(header: [u8; 4]) -> String {
    let name = match header[1] {
        instruction::VERIFY => "VERIFY",
        instruction::MANAGE_SECURITY_ENVIRONMENT => "MANAGE SECURITY ENVIRONMENT",
        instruction::CHANGE_REFERENCE_DATA => "CHANGE REFERENCE DATA",
        instruction::PERFORM_SECURITY_OPERATION => "PERFORM SECURITY OPERATION",
        instruction::RESET_RETRY_COUNTER => "RESET RETRY COUNTER",
        instruction::INTERNAL_AUTHENTICATE => "INTERNAL AUTHENTICATE",
        instruction::SELECT => "SELECT",
        instruction::READ_BINARY | instruction::READ_BINARY_ODD => "READ BINARY",
        instruction::READ_RECORD => "READ RECORD",
        instruction::GET_RESPONSE => "GET RESPONSE",
        instruction::GET_DATA => "GET DATA",
        _ => "?",
    };
    format!("{name} ({})", hexadecimal(&header).to_uppercase())
}

/// What a status word means (ISO/IEC 7816-4:2020, 5.6).
fn meaning(status: u16) -> &'static str {
    match status {
        0x9000 => "status-done",
        0x6100..=0x61FF => "status-more",
        0x6282 => "status-end-of-file",
        0x6283..=0x6285 => "status-deactivated",
        0x63C0..=0x63CF | 0x6300 => "status-wrong-pin",
        0x6700 => "status-wrong-length",
        0x6881..=0x6884 => "status-class",
        0x6981 => "status-wrong-file",
        0x6982 => "status-security",
        0x6983 => "status-blocked",
        0x6984 => "status-not-usable",
        0x6985 => "status-conditions",
        0x6986 => "status-no-file",
        0x6A80 => "status-wrong-data",
        0x6A81 => "status-no-function",
        0x6A82 => "status-not-found",
        0x6A83 => "status-no-record",
        0x6A86 | 0x6B00 => "status-wrong-parameters",
        0x6A88 => "status-no-reference",
        0x6C00..=0x6CFF => "status-other-length",
        0x6D00 => "status-no-instruction",
        0x6E00 => "status-no-class",
        0x6400..=0x65FF | 0x6F00..=0x6FFF => "status-failed",
        _ => "status-unknown",
    }
}

fn described(played: &Played, screen: &Screen) -> Value {
    let told = |told: &Told| {
        json!({
            "command": hexadecimal(&told.header).to_uppercase(),
            "sw": told.status.map(|status| format!("{status:04X}")),
        })
    };
    let (verdict, engine, traced) = match &played.verdict {
        Verdict::Agreed => ("agreed", None, None),
        Verdict::GivenUp(_) => ("given-up", None, None),
        Verdict::Untold { .. } => ("untold", None, None),
        Verdict::Parted { engine, traced, .. } => ("parted", Some(engine), traced.as_ref()),
        Verdict::Stopped { traced, .. } => ("stopped", None, Some(traced)),
    };
    json!({
        "event": "replay",
        "verdict": verdict,
        "agreed": played.agreed,
        "number": played.next.number,
        "in_reading": played.next.in_reading,
        "engine": engine.map(|sent| hexadecimal(&sent.header).to_uppercase()),
        "traced": traced.map(told),
        "refused": played.refused.as_ref().map(|refused| json!({
            "number": refused.place.number,
            "in_reading": refused.place.in_reading,
            "command": told(&refused.told),
        })),
        "sentence": sentence(played, screen),
        "remarks": remarks(played, screen),
    })
}
