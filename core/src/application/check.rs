//! Checks while something is typed: whether it is acceptable, and why not, at once and without a request. What is
//! acceptable here is what the journey takes; what is refused here never gets better by typing on.

use std::sync::Arc;

use super::field::{self, Judgement};
use super::pin_rules::PinRules;
use super::step::{FieldEntry, FormField};
use crate::identity::{NationalId, NationalIdError, PassportNumber, PassportNumberError};
use crate::portal::{Choice, FieldFault, FieldKind, LocalizedText};
use crate::secret::{Password, Pin};
use crate::sms::{Code, CodeError};
use crate::texts::{Argument, Language, catalogue};

/// What is to be said of something while it is typed.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Check {
    /// It can be sent.
    Acceptable,
    /// Nothing is wrong yet, it is just not all there. Say nothing until the person goes on.
    Incomplete,
    /// It cannot become right by typing on.
    Refused {
        /// Why not, in a sentence to show at the field.
        sentence: String,
    },
}

/// Checks a T.C. kimlik no, or a foreigner's number, as it is typed or pasted: spaces, dots and hyphens do not count.
#[uniffi::export]
#[must_use]
pub fn check_identity_number(text: String, language: Language) -> Check {
    let id = match NationalId::parse(&text) {
        Ok(_) => return Check::Acceptable,
        Err(NationalIdError::Empty | NationalIdError::TooShort { .. }) => return Check::Incomplete,
        Err(NationalIdError::NotDigits) => "check-identity-digits",
        Err(NationalIdError::TooLong) => "check-identity-too-long",
        Err(NationalIdError::FirstDigitZero) => "check-identity-zero",
        Err(NationalIdError::CheckDigits) => "check-identity-mistyped",
    };
    refused(id, &[], language)
}

/// Checks a passport number as it is typed or pasted: spaces and hyphens do not count, and small letters are taken.
#[uniffi::export]
#[must_use]
pub fn check_passport_number(text: String, language: Language) -> Check {
    let id = match PassportNumber::parse(&text) {
        Ok(_) => return Check::Acceptable,
        Err(PassportNumberError::Empty | PassportNumberError::TooShort) => return Check::Incomplete,
        Err(PassportNumberError::Character) => "check-passport-characters",
        Err(PassportNumberError::TooLong) => "check-passport-too-long",
    };
    refused(id, &[], language)
}

/// Checks a code of `length` digits from a text message as it is typed or pasted: spaces, hyphens and what stands
/// beside a whole code do not count.
#[uniffi::export]
#[must_use]
pub fn check_code(code: Arc<Password>, length: u8, language: Language) -> Check {
    let digits = Argument::Count(u64::from(length));
    match Code::parse(code.text().expose(), length) {
        Ok(_) => Check::Acceptable,
        Err(CodeError::Empty | CodeError::TooShort) => Check::Incomplete,
        Err(CodeError::NotDigits) => refused("check-code-digits", &[], language),
        Err(CodeError::TooLong) => refused("check-code-too-long", &[("length", digits)], language),
    }
}

/// Checks the value of a field of the form as it is typed. Days are taken as `7.3.1985`, `07/03/1985` and `1985-03-07`.
#[uniffi::export]
#[must_use]
pub fn check_field(field: FormField, value: String, language: Language) -> Check {
    let kind = kind(&field.entry);
    let say = |fault| Check::Refused {
        sentence: field::fault_sentence(fault, &kind, catalogue(language)),
    };
    if field.locked {
        return match field::kept(&kind, value) == field::kept(&kind, field.value) {
            true => Check::Acceptable,
            false => say(FieldFault::Locked),
        };
    }
    match field::judge(&kind, field.required, &value) {
        Judgement::Good => Check::Acceptable,
        Judgement::Unfinished(_) => Check::Incomplete,
        Judgement::Wrong(fault) => say(fault),
    }
}

/// Checks a new PIN as it is typed: whether the card takes it, and whether it is none of those that are guessed first: one
/// digit again and again, or digits that run up or down. Such a one is refused once it is long enough to be meant.
#[uniffi::export]
#[must_use]
pub fn check_new_pin(pin: Arc<Pin>, rules: PinRules, language: Language) -> Check {
    let Ok(text) = std::str::from_utf8(pin.expose()) else {
        return refused("check-pin-characters", &[], language);
    };
    let most = Argument::Count(u64::from(rules.max_length));
    if rules.numeric && !text.bytes().all(|octet| octet.is_ascii_digit()) {
        return refused("check-pin-digits", &[], language);
    }
    let count = text.chars().count();
    if count > usize::from(rules.max_length) {
        let id = if rules.numeric {
            "check-pin-too-many-digits"
        } else {
            "check-pin-too-long"
        };
        return refused(id, &[("length", most)], language);
    }
    if text.is_empty() || count < usize::from(rules.min_length) {
        return Check::Incomplete;
    }
    match is_guessed_first(text) {
        true => refused("check-pin-weak", &[], language),
        false => Check::Acceptable,
    }
}

/// Whether all characters are the same, or each is the one after the one before it, up or down.
fn is_guessed_first(pin: &str) -> bool {
    let all_apart = |step: i64| {
        let mut pairs = pin.chars().zip(pin.chars().skip(1));
        pairs.all(|(one, next)| i64::from(u32::from(next)) - i64::from(u32::from(one)) == step)
    };
    [0, 1, -1].into_iter().any(all_apart)
}

fn refused(id: &str, arguments: &[(&str, Argument<'_>)], language: Language) -> Check {
    Check::Refused {
        sentence: catalogue(language).sentence(id, arguments),
    }
}

/// What the portal told of a field, as far as its values are judged by it.
fn kind(entry: &FieldEntry) -> FieldKind {
    match entry {
        FieldEntry::Text { min_length, max_length } => FieldKind::Text {
            min_length: *min_length,
            max_length: *max_length,
        },
        FieldEntry::Lines { max_length } => FieldKind::Lines {
            max_length: *max_length,
        },
        FieldEntry::Mobile => FieldKind::Mobile,
        FieldEntry::Email => FieldKind::Email,
        FieldEntry::Date { first, last } => FieldKind::Date {
            first: first.clone(),
            last: last.clone(),
        },
        FieldEntry::Choice { choices } => FieldKind::Choice {
            choices: choices
                .iter()
                .map(|choice| Choice {
                    value: choice.value.clone(),
                    label: LocalizedText {
                        tr: choice.label.clone(),
                        en: choice.label.clone(),
                    },
                })
                .collect(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LANGUAGES: [Language; 2] = [Language::Turkish, Language::English];

    /// What a check says in Turkish, and that it says something else in English where it says anything.
    fn told(check: impl Fn(Language) -> Check) -> Check {
        let [turkish, english] = LANGUAGES.map(check);
        match (&turkish, &english) {
            (Check::Refused { sentence: turkish }, Check::Refused { sentence: english }) => {
                assert_ne!(turkish, english);
                for sentence in [turkish, english] {
                    assert!(
                        sentence.ends_with('.') && sentence.contains(' ') && !sentence.contains('{'),
                        "{sentence}"
                    );
                }
            }
            _ => assert_eq!(turkish, english),
        }
        turkish
    }

    fn refused_with(check: Check, word: &str) {
        let Check::Refused { sentence } = check else {
            panic!("refused because of {word}, not {check:?}")
        };
        assert!(sentence.contains(word), "{sentence}: {word}");
    }

    #[test]
    fn an_identity_number_is_incomplete_until_it_cannot_become_right() {
        let check = |text: &str| told(|language| check_identity_number(text.to_owned(), language));
        for right in ["10000000146", "100 000 001 46", " 100.000.001.46\n", "99000000288"] {
            assert_eq!(check(right), Check::Acceptable, "{right}");
        }
        for end in 0..11 {
            assert_eq!(check(&"10000000146"[..end]), Check::Incomplete, "{end}");
        }
        for (wrong, word) in [
            ("1000000014a", "yalnızca rakam"),
            ("a", "yalnızca rakam"),
            ("100000001466", "11 rakam"),
            ("0", "sıfırla"),
            ("10000000147", "tutmuyor"),
        ] {
            refused_with(check(wrong), word);
        }
    }

    #[test]
    fn a_passport_number_is_incomplete_until_it_cannot_become_right() {
        let check = |text: &str| told(|language| check_passport_number(text.to_owned(), language));
        for right in ["U12345678", "u 12 345 678", "ı1234"] {
            assert_eq!(check(right), Check::Acceptable, "{right}");
        }
        for begun in ["", "U", "U123"] {
            assert_eq!(check(begun), Check::Incomplete, "{begun}");
        }
        refused_with(check("Ş12345678"), "harfleri");
        refused_with(check("U123456789"), "9");
    }

    #[test]
    fn a_code_is_incomplete_until_it_cannot_become_right() {
        let check =
            |text: &str| told(|language| check_code(Arc::new(Password::new(text.as_bytes()).unwrap()), 6, language));
        for right in ["123456", "123 456", "123-456 "] {
            assert_eq!(check(right), Check::Acceptable, "{right}");
        }
        for begun in ["", "1", "12345"] {
            assert_eq!(check(begun), Check::Incomplete, "{begun}");
        }
        refused_with(check("12345a"), "yalnızca rakam");
        refused_with(check("1234567"), "6 rakam");
    }

    fn field(entry: FieldEntry, required: bool) -> FormField {
        FormField {
            name: "field".to_owned(),
            label: "Alan".to_owned(),
            help: None,
            entry,
            required,
            locked: false,
            value: String::new(),
            fault: None,
        }
    }

    fn check_value(field: &FormField, value: &str) -> Check {
        told(|language| check_field(field.clone(), value.to_owned(), language))
    }

    #[test]
    fn a_fields_value_is_checked_by_what_the_field_takes() {
        let text = FieldEntry::Text {
            min_length: 4,
            max_length: 6,
        };
        let lines = FieldEntry::Lines { max_length: 9 };
        let date = FieldEntry::Date {
            first: "1900-01-01".to_owned(),
            last: "2026-11-25".to_owned(),
        };
        let choice = FieldEntry::Choice {
            choices: vec![super::super::FieldChoice {
                value: "3".to_owned(),
                label: "3 yıl".to_owned(),
            }],
        };
        for (entry, right) in [
            (&text, vec!["elma", " ğğğğğğ "]),
            (&lines, vec!["a\nb", "ğğğğ\r\nğğğğ"]),
            (&FieldEntry::Mobile, vec!["0532 123 45 67", "+905321234567"]),
            (&FieldEntry::Email, vec!["ad@kurum.gov.tr", " ad@kurum.tr "]),
            (&date, vec!["7.3.1985", "07/03/1985", "1985-03-07", "25.11.2026"]),
            (&choice, vec!["3"]),
        ] {
            for value in right {
                assert_eq!(
                    check_value(&field(entry.clone(), true), value),
                    Check::Acceptable,
                    "{value:?}"
                );
            }
        }
        for (entry, begun) in [
            (&text, vec!["elm"]),
            (&FieldEntry::Mobile, vec!["0", "05", "0532 123", "+9"]),
            (
                &FieldEntry::Email,
                vec!["a", "ad.", "ad", "ad@", "ad@kurum", "ad@kurum.", "ad@kurum-"],
            ),
            (&date, vec!["7", "07.", "7.3.19", "1985-03"]),
        ] {
            for value in begun {
                assert_eq!(
                    check_value(&field(entry.clone(), true), value),
                    Check::Incomplete,
                    "{value:?}"
                );
            }
        }
        for (entry, wrong, word) in [
            (&text, "elmalar", "en çok 6"),
            (&text, "el\u{7}ma", "biçim"),
            (&lines, "0123456789", "en çok 9"),
            (&FieldEntry::Mobile, "0212", "0532"),
            (&FieldEntry::Mobile, "0532x", "0532"),
            (&FieldEntry::Email, "a b", "ad@kurum"),
            (&FieldEntry::Email, "@", "ad@kurum"),
            (&FieldEntry::Email, "ad@ku rum", "ad@kurum"),
            (&date, "32.", "07.03.1985"),
            (&date, "30.02.1985", "07.03.1985"),
            (&date, "26.11.2026", "olamaz"),
            (&date, "7.3.1790", "olamaz"),
            (&choice, "4", "Seçenek"),
        ] {
            refused_with(check_value(&field(entry.clone(), true), wrong), word);
        }
    }

    #[test]
    fn an_empty_field_is_incomplete_only_where_it_must_be_filled_in() {
        assert_eq!(check_value(&field(FieldEntry::Email, true), " "), Check::Incomplete);
        assert_eq!(check_value(&field(FieldEntry::Email, false), " "), Check::Acceptable);
    }

    #[test]
    fn a_locked_field_takes_its_own_value_alone() {
        let mut locked = field(
            FieldEntry::Date {
                first: "1900-01-01".to_owned(),
                last: "2026-11-25".to_owned(),
            },
            true,
        );
        locked.locked = true;
        locked.value = "07.03.1985".to_owned();
        assert_eq!(check_value(&locked, "1985-03-07"), Check::Acceptable);
        refused_with(check_value(&locked, "08.03.1985"), "kurumunuz");
    }

    #[test]
    fn a_new_pin_follows_the_cards_rules_and_is_none_of_those_guessed_first() {
        let digits = PinRules {
            min_length: 6,
            max_length: 8,
            numeric: true,
        };
        let letters = PinRules {
            numeric: false,
            ..digits
        };
        let check =
            |pin: &str, rules| told(|language| check_new_pin(Arc::new(Pin::new(pin.as_bytes())), rules, language));
        for right in ["486213", "19851985", "112233", "135790"] {
            assert_eq!(check(right, digits), Check::Acceptable, "{right}");
        }
        for begun in ["", "1", "11111", "12345"] {
            assert_eq!(check(begun, digits), Check::Incomplete, "{begun}");
        }
        for (wrong, word) in [
            ("48621a", "yalnızca rakam"),
            ("486213486", "en çok 8"),
            ("111111", "tahmin"),
            ("123456", "tahmin"),
            ("87654321", "tahmin"),
        ] {
            refused_with(check(wrong, digits), word);
        }
        assert_eq!(check("çiçek1", letters), Check::Acceptable);
        refused_with(check("abcdefg", letters), "tahmin");
        let octets = Arc::new(Pin::new(b"\xFF\xFF\xFF\xFF\xFF\xFF"));
        refused_with(check_new_pin(octets, letters, Language::Turkish), "okunamayan");
    }
}
