//! Invitations of a list, a line each: JSON objects, or a table as spreadsheets write it (CSV). What is in the list is on no
//! command line, which every account of the machine can read, and in nothing that is printed: a line is told by its number.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use basvuru::portal::{IdentityKind, Product};
use basvuru::texts::Argument;
use basvuru_portal::{Invitation, Invited, InvitedOnce, PortalError, SystemClock};
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::{product, sentence_of};
use crate::arguments::Invite;
use crate::screen::Screen;
use crate::stop::Stop;

/// The largest list, in octets: tens of thousands of people.
const LARGEST: u64 = 8 << 20;

/// A line of a list.
struct Line {
    /// As an editor counts it, from 1.
    number: usize,
    /// What it says; or the id of the sentence that says what is wrong with it.
    invitation: Result<Invitation, &'static str>,
}

/// What a line says. The names are the options' of `portal invite`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    id: String,
    phone: String,
    email: String,
    #[serde(default)]
    given: String,
    #[serde(default)]
    family: String,
    institution: Option<String>,
    product: Option<String>,
}

/// Invites the applicants of a list, and tells of each line what became of it.
pub(super) async fn invite(options: &Invite, file: &Path, screen: &Screen) -> Result<(), Stop> {
    let lines = read(file, &options.institution, product(options.product))?;
    let (mut invited, mut before, mut missed) = (0, 0, 0);
    for Line { number, invitation } in lines {
        let said = match invitation {
            Err(wrong) => Err(wrong),
            Ok(invitation) => match invite_line(options, invitation).await {
                Err(PortalError::Invitation(part)) => Err(sentence_of(part)),
                Err(error) => return Err(Stop::own("stop-list-cut", number).because(error)),
                Ok(done) => Ok(done),
            },
        };
        let line = number.to_string();
        let line = ("line", Argument::Text(&line));
        match said {
            Ok(InvitedOnce::Now(Invited { order, .. })) => {
                invited += 1;
                screen.object(&json!({ "event": "invited", "line": number, "order": order }));
                screen.line(&screen.sentence("list-invited", &[line, ("order", Argument::Text(&order))]));
            }
            Ok(InvitedOnce::Before { order }) => {
                before += 1;
                screen.object(&json!({ "event": "invited-before", "line": number, "order": order }));
                screen.line(&screen.sentence("list-invited-before", &[line, ("order", Argument::Text(&order))]));
            }
            Err(wrong) => {
                missed += 1;
                let why = screen.sentence(wrong, &[]);
                screen.object(&json!({ "event": "not-invited", "line": number, "why": why }));
                screen.refused(&screen.sentence("list-not-invited", &[line, ("why", Argument::Text(&why))]));
            }
        }
    }
    let counts = [
        ("invited", Argument::Count(invited)),
        ("before", Argument::Count(before)),
        ("missed", Argument::Count(missed)),
    ];
    screen.object(&json!({ "event": "list", "invited": invited, "before": before, "missed": missed }));
    screen.line("");
    screen.line(&screen.sentence("list-done", &counts));
    match missed {
        0 => Ok(()),
        _ => Err(Stop::Refused),
    }
}

async fn invite_line(options: &Invite, invitation: Invitation) -> Result<InvitedOnce, PortalError> {
    if options.again {
        let invited = basvuru_portal::invite(&options.data, invitation, &SystemClock).await?;
        return Ok(InvitedOnce::Now(invited));
    }
    basvuru_portal::invite_once(&options.data, invitation, &SystemClock).await
}

/// Reads a list from a file, or from standard input where the file is `-`.
fn read(file: &Path, institution: &str, product: Product) -> Result<Vec<Line>, Stop> {
    let mut octets = Zeroizing::new(Vec::new());
    let source: Box<dyn Read> = match file.to_str() {
        Some("-") => Box::new(std::io::stdin()),
        _ => Box::new(std::fs::File::open(file).map_err(Stop::at(file))?),
    };
    source
        .take(LARGEST + 1)
        .read_to_end(&mut octets)
        .map_err(Stop::at(file))?;
    if octets.len() as u64 > LARGEST {
        return Err(Stop::own("stop-list-large", ""));
    }
    let text = std::str::from_utf8(&octets).map_err(|error| {
        let line = octets[..error.valid_up_to()]
            .iter()
            .filter(|octet| **octet == b'\n')
            .count()
            + 1;
        Stop::own("stop-list-letters", line)
    })?;
    // Spreadsheets begin a file with a mark of its encoding.
    lines(text.trim_start_matches('\u{FEFF}'), institution, product)
}

fn lines(text: &str, institution: &str, product: Product) -> Result<Vec<Line>, Stop> {
    let invitation = |told: Option<Told>| invitation(told.ok_or("list-line-form")?, institution, product);
    let lines = match text.trim_start().starts_with('{') {
        true => {
            let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
            let line = |(place, line): (usize, &str)| Line {
                number: place + 1,
                invitation: invitation(serde_json::from_str(line).ok()),
            };
            lines.map(line).collect::<Vec<_>>()
        }
        false => {
            let mut records = records(text)?.into_iter();
            let headings = match records.next() {
                Some((_, headings)) => checked_headings(headings)?,
                None => Vec::new(),
            };
            let told = |values: Vec<String>| {
                if values.len() != headings.len() {
                    return None;
                }
                // An empty cell is no value.
                let cells = headings
                    .iter()
                    .cloned()
                    .zip(values)
                    .filter(|(_, value)| !value.is_empty());
                let cells: BTreeMap<String, String> = cells.collect();
                serde_json::from_value(serde_json::to_value(cells).ok()?).ok()
            };
            let line = |(number, values)| Line {
                number,
                invitation: invitation(told(values)),
            };
            records.map(line).collect()
        }
    };
    match lines.is_empty() {
        true => Err(Stop::own("stop-list-empty", "")),
        false => Ok(lines),
    }
}

fn invitation(told: Told, institution: &str, product: Product) -> Result<Invitation, &'static str> {
    let product = match told.product.as_deref() {
        None => product,
        Some("nes") => Product::Nes,
        Some("mobilnes") => Product::MobilNes,
        Some(_) => return Err("list-line-product"),
    };
    Ok(Invitation {
        identity_kind: IdentityKind::of(&told.id),
        identity: told.id,
        phone: told.phone,
        email: told.email,
        given_name: told.given,
        family_name: told.family,
        product,
        institution: told.institution.unwrap_or_else(|| institution.to_owned()),
    })
}

/// The columns' names, in small letters. A table without them would be read by the place of its columns, and one that has them
/// in another order would invite people under the wrong names.
fn checked_headings(headings: Vec<String>) -> Result<Vec<String>, Stop> {
    const KNOWN: [&str; 7] = ["id", "phone", "email", "given", "family", "institution", "product"];
    let headings: Vec<_> = headings
        .iter()
        .map(|heading| heading.trim().to_ascii_lowercase())
        .collect();
    let is_known = headings.iter().all(|heading| KNOWN.contains(&heading.as_str()));
    let is_enough = KNOWN[..3]
        .iter()
        .all(|needed| headings.iter().any(|heading| heading == needed));
    let is_once = (1..headings.len()).all(|place| !headings[..place].contains(&headings[place]));
    match is_known && is_enough && is_once {
        true => Ok(headings),
        false => Err(Stop::own("stop-list-headings", "")),
    }
}

/// The records of a table (RFC 4180), each with the number of the line it begins in. Columns are apart by what the headings
/// have between them: a comma, or the semicolon or tab of spreadsheets in Türkiye.
fn records(text: &str) -> Result<Vec<(usize, Vec<String>)>, Stop> {
    let heading = text.lines().next().unwrap_or_default();
    let separator = [';', '\t', ',']
        .into_iter()
        .find(|sign| heading.contains(*sign))
        .unwrap_or(',');
    let mut records = Vec::new();
    let (mut record, mut cell) = (Vec::new(), String::new());
    let (mut line, mut begun) = (1, 1);
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if cell.is_empty() => quoted = true,
            '\n' if !quoted => {
                line += 1;
                record.push(std::mem::take(&mut cell).trim().to_owned());
                ended(&mut records, begun, &mut record);
                begun = line;
            }
            letter if letter == separator && !quoted => record.push(std::mem::take(&mut cell).trim().to_owned()),
            letter => {
                if letter == '\n' {
                    line += 1;
                }
                cell.push(letter);
            }
        }
    }
    if quoted {
        return Err(Stop::own("stop-list-quote", begun));
    }
    record.push(cell.trim().to_owned());
    ended(&mut records, begun, &mut record);
    Ok(records)
}

/// Keeps a record that has something in it.
fn ended(records: &mut Vec<(usize, Vec<String>)>, begun: usize, record: &mut Vec<String>) {
    let record = std::mem::take(record);
    if record.iter().any(|cell| !cell.is_empty()) {
        records.push((begun, record));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Line>, Stop> {
        lines(text, "Kurum", Product::Nes)
    }

    fn stopped(text: &str) -> &'static str {
        match read(text).err() {
            Some(Stop::Own { id, .. }) => id,
            _ => panic!("{text} is read"),
        }
    }

    /// Numbers of lines, with the e-mail address each invites or what is wrong with it.
    fn told(text: &str) -> Vec<(usize, String)> {
        let said = |line: Line| match line.invitation {
            Ok(invitation) => (line.number, invitation.email),
            Err(wrong) => (line.number, wrong.to_owned()),
        };
        read(text).unwrap().into_iter().map(said).collect()
    }

    #[test]
    fn lists_are_read_in_the_forms_that_programs_and_spreadsheets_write() {
        let table = |separator: &str, end: &str| {
            let lines = [
                ["ID", "phone", "email", "given", "family", "institution"],
                [
                    "10000000146",
                    "05321234567",
                    "a@example.com",
                    "Ayşe",
                    "\"Çam, \"\"Gül\"\"\"",
                    "",
                ],
                ["P1234567", "05321234568", "b@example.com", "", "Tek", "\"Kurum; B\""],
            ];
            lines.map(|cells| cells.join(separator)).join(end) + end
        };
        for text in [table(";", "\r\n"), table(",", "\n"), table("\t", "\n")] {
            let lines = read(&text).unwrap();
            let [first, second] = lines.as_slice() else {
                panic!("{text}")
            };
            assert_eq!((first.number, second.number), (2, 3));
            let (first, second) = (
                first.invitation.as_ref().ok().unwrap(),
                second.invitation.as_ref().ok().unwrap(),
            );
            assert_eq!(
                (first.family_name.as_str(), first.institution.as_str()),
                ("Çam, \"Gül\"", "Kurum")
            );
            assert_eq!(
                (second.given_name.as_str(), second.institution.as_str()),
                ("", "Kurum; B")
            );
            assert!(second.identity_kind == IdentityKind::Passport);
        }
        let objects = "\n{\"id\":\"10000000146\",\"phone\":\"1\",\"email\":\"a\",\"given\":\"A\",\"product\":\"mobilnes\"}\n\nx\n";
        let lines = read(objects).unwrap();
        assert_eq!(lines[0].number, 2);
        assert!(lines[0].invitation.as_ref().ok().unwrap().product == Product::MobilNes);
        assert_eq!(
            (lines[1].number, lines[1].invitation.as_ref().err()),
            (4, Some(&"list-line-form"))
        );
    }

    #[test]
    fn one_line_that_is_wrong_keeps_nobody_from_the_others() {
        let text = "id,phone,email,product\n1,2,a,nes\n1,2\n1,2,b,other\n,2,c,nes\n1,2,d,\n";
        let expected = [
            (2, "a"),
            (3, "list-line-form"),
            (4, "list-line-product"),
            (5, "list-line-form"),
            (6, "d"),
        ];
        assert_eq!(told(text), expected.map(|(number, said)| (number, said.to_owned())));
    }

    #[test]
    fn a_list_that_cannot_be_read_by_its_headings_invites_nobody() {
        for headings in [
            "10000000146,05321234567,a@example.com",
            "id,phone",
            "id,phone,email,email",
            "id,phone,email,birthday",
        ] {
            assert_eq!(stopped(&format!("{headings}\n1,2,3\n")), "stop-list-headings");
        }
        assert_eq!(stopped(""), "stop-list-empty");
        assert_eq!(stopped("id,phone,email\n"), "stop-list-empty");
        assert_eq!(stopped("id,phone,email\n1,2,\"3\n"), "stop-list-quote");
    }
}
