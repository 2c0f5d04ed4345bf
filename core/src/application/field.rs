//! The values of a form's fields, judged by the rules the portal has told, so that most mistakes are named while they are
//! typed and none costs a request.

use std::collections::BTreeMap;

use crate::day::{Day, DayError, Days};
use crate::identity::{EmailAddress, EmailAddressError, MobileNumber, MobileNumberError};
use crate::portal::{FaultyField, Field, FieldFault, FieldKind, Form};
use crate::texts::{Argument, Catalogue};
use crate::writing;

/// What a value is by the rules of its field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Judgement {
    /// Good.
    Good,
    /// Not yet good: what is there can still become so.
    Unfinished(FieldFault),
    /// Wrong, whatever comes after it.
    Wrong(FieldFault),
}

/// Judges a value of a field of a kind.
pub(super) fn judge(kind: &FieldKind, required: bool, value: &str) -> Judgement {
    use Judgement::{Good, Unfinished, Wrong};
    let value = value.trim_matches(writing::is_blank);
    if value.is_empty() {
        return if required {
            Unfinished(FieldFault::Missing)
        } else {
            Good
        };
    }
    match kind {
        FieldKind::Text { min_length, max_length } => match judge_text(value, *max_length, false) {
            Good if value.chars().count() < *min_length as usize => Unfinished(FieldFault::TooShort),
            judgement @ (Good | Unfinished(_) | Wrong(_)) => judgement,
        },
        FieldKind::Lines { max_length } => judge_text(value, *max_length, true),
        FieldKind::Mobile => match MobileNumber::parse(value) {
            Ok(_) => Good,
            Err(MobileNumberError::Empty | MobileNumberError::TooShort { .. }) => Unfinished(FieldFault::Malformed),
            Err(
                MobileNumberError::Character
                | MobileNumberError::TooLong
                | MobileNumberError::Abroad
                | MobileNumberError::NotMobile,
            ) => Wrong(FieldFault::Malformed),
        },
        FieldKind::Email => match EmailAddress::parse(value) {
            Ok(_) => Good,
            // `ad@kurum.` is on its way to `ad@kurum.gov.tr`, and a name ends in a dot before it goes on.
            Err(EmailAddressError::Empty | EmailAddressError::NoAtSign | EmailAddressError::Domain)
                if can_become_address(value) =>
            {
                Unfinished(FieldFault::Malformed)
            }
            Err(_) => Wrong(FieldFault::Malformed),
        },
        FieldKind::Date { first, last } => match Day::parse(value) {
            Ok(day) if Days::between(first, last).contain(day) => Good,
            Ok(_) => Wrong(FieldFault::Implausible),
            Err(DayError::Empty | DayError::Unfinished) => Unfinished(FieldFault::Malformed),
            Err(DayError::Malformed) => Wrong(FieldFault::Malformed),
        },
        FieldKind::Choice { choices } => match choices.iter().any(|choice| choice.value == value) {
            true => Good,
            false => Wrong(FieldFault::NotAChoice),
        },
    }
}

/// A value as it is kept and sent: days in the form of ISO 8601, everything else as it was typed.
pub(super) fn kept(kind: &FieldKind, value: String) -> String {
    match kind {
        FieldKind::Date { .. } => Day::parse(&value).map_or(value, Day::iso),
        FieldKind::Text { .. }
        | FieldKind::Lines { .. }
        | FieldKind::Mobile
        | FieldKind::Email
        | FieldKind::Choice { .. } => value,
    }
}

/// A value as it is shown: days as they are written in Turkey.
pub(super) fn shown(kind: &FieldKind, value: &str) -> String {
    match kind {
        FieldKind::Date { .. } => Day::parse(value).map_or_else(|_| value.to_owned(), Day::turkish),
        FieldKind::Text { .. }
        | FieldKind::Lines { .. }
        | FieldKind::Mobile
        | FieldKind::Email
        | FieldKind::Choice { .. } => value.to_owned(),
    }
}

/// What is wrong with the values of a form, unfinished ones included.
pub(super) fn faults(form: &Form, draft: &BTreeMap<String, String>) -> Vec<FaultyField> {
    let fault = |field: &Field| {
        let value = draft.get(&field.name).unwrap_or(&field.value);
        match judge(&field.kind, field.required, value) {
            Judgement::Good => None,
            Judgement::Unfinished(fault) | Judgement::Wrong(fault) => Some(FaultyField {
                name: field.name.clone(),
                fault,
            }),
        }
    };
    let open = form.fields.iter().filter(|field| !field.locked);
    open.filter_map(fault).collect()
}

/// What is wrong with a value, in a sentence to show at the field.
pub(super) fn fault_sentence(fault: FieldFault, kind: &FieldKind, texts: &Catalogue) -> String {
    let length = |length: &u32| vec![("length", Argument::Count(u64::from(*length)))];
    let mut arguments = Vec::new();
    let id = match (fault, kind) {
        (FieldFault::Missing, _) => "field-missing",
        (FieldFault::TooShort, FieldKind::Text { min_length, .. }) => {
            arguments = length(min_length);
            "field-too-short"
        }
        (FieldFault::TooLong, FieldKind::Text { max_length, .. } | FieldKind::Lines { max_length }) => {
            arguments = length(max_length);
            "field-too-long"
        }
        (FieldFault::Malformed, FieldKind::Mobile) => "field-malformed-mobile",
        (FieldFault::Malformed, FieldKind::Email) => "field-malformed-email",
        (FieldFault::Malformed, FieldKind::Date { .. }) => "field-malformed-date",
        (FieldFault::TooShort | FieldFault::TooLong | FieldFault::Malformed, _) => "field-malformed",
        (FieldFault::Implausible, _) => "field-implausible",
        (FieldFault::NotAChoice, _) => "field-not-a-choice",
        (FieldFault::Locked, _) => "field-locked",
        (FieldFault::Unknown, _) => "field-unknown",
    };
    texts.sentence(id, &arguments)
}

fn judge_text(value: &str, longest: u32, lines: bool) -> Judgement {
    let value = value.replace("\r\n", "\n");
    if value.chars().count() > longest as usize {
        return Judgement::Wrong(FieldFault::TooLong);
    }
    let is_text = |letter: char| !letter.is_control() || (lines && letter == '\n');
    match value.chars().all(is_text) {
        true => Judgement::Good,
        false => Judgement::Wrong(FieldFault::Malformed),
    }
}

/// Whether an address can be finished by writing on at its end.
fn can_become_address(begun: &str) -> bool {
    let finished = match begun.rsplit_once('@') {
        None => format!("{}@kurum.tr", begun.strip_suffix('.').unwrap_or(begun)),
        Some((mailbox, domain)) => {
            let domain = domain.strip_suffix(['.', '-']).unwrap_or(domain);
            format!("{mailbox}@{domain}a.tr")
        }
    };
    EmailAddress::parse(&finished).is_ok()
}
