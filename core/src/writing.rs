//! What was written, however it was typed: Turkish letter case, canonical forms, marks nobody sees. The rules of the
//! Turkish i are nowhere else.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The form in which two texts compare equal when a person would call them the same: canonically composed (NFC),
/// lower-case, and i, ı, I and İ alike. A keyboard's language decides which of the four appears, not the person.
#[must_use]
pub fn fold(text: &str) -> String {
    folded(text).collect()
}

/// The characters of [`fold`], with ç, ğ, ö, ş and ü written c, g, o, s and u as text messages without Turkish letters
/// write them. One character stands for one character of the canonically composed text, except that a dot above which
/// a wrong lower-casing of İ left behind is dropped. ASCII digits stay where they are.
pub(crate) fn plain(text: &str) -> impl Iterator<Item = char> {
    folded(text).map(|letter| match letter {
        'ç' => 'c',
        'ğ' => 'g',
        'ö' => 'o',
        'ş' => 's',
        'ü' => 'u',
        'â' => 'a',
        'î' => 'i',
        'û' => 'u',
        other => other,
    })
}

/// The capital of a letter in an international document number, where every i is I.
pub(crate) fn document_capital(letter: char) -> char {
    match letter {
        'ı' | 'İ' => 'I',
        other => other.to_ascii_uppercase(),
    }
}

/// A character as a plain keyboard has it: the digits of Arabic keyboards and the full-width forms of Chinese and Japanese
/// ones are the digits and signs of ASCII. What people type or paste is read through it.
pub(crate) fn typed(character: char) -> char {
    let (first, ascii) = match character {
        '\u{FF01}'..='\u{FF5E}' => ('\u{FF01}', '!'),
        '\u{0660}'..='\u{0669}' => ('\u{0660}', '0'),
        '\u{06F0}'..='\u{06F9}' => ('\u{06F0}', '0'),
        other => return other,
    };
    char::from_u32(u32::from(character) - u32::from(first) + u32::from(ascii)).unwrap_or(character)
}

/// Whether a number that people write in groups may have this between them: a blank, a dot, a slash or a dash.
pub(crate) fn separates_digits(character: char) -> bool {
    matches!(character, '.' | '/' | '-' | '\u{2010}'..='\u{2015}' | '\u{2212}') || is_blank(character)
}

/// Whether nothing is to be seen at this place: white space, a soft hyphen, or one of the formatting marks that come
/// along when a number is copied from a message or an address book.
pub(crate) fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '\u{00AD}'
                | '\u{200B}'..='\u{200F}'
                | '\u{202A}'..='\u{202E}'
                | '\u{2060}'
                | '\u{2066}'..='\u{2069}'
                | '\u{FEFF}'
        )
}

/// A text in its composed form (NFC), its words one blank apart.
#[must_use]
pub fn composed(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").nfc().collect()
}

/// Whether a text in its composed form has signs that nobody sees, or more marks on a letter than any writing has: it could be
/// shown as another one than it is.
#[must_use]
pub fn is_disguised(text: &str) -> bool {
    // A mark at the beginning is on no letter.
    let mut marks = MOST_MARKS;
    text.chars().any(|character| {
        marks = if is_combining_mark(character) { marks + 1 } else { 0 };
        marks > MOST_MARKS || character != ' ' && is_blank(character)
    })
}

/// The most marks on a letter that has no composed form with them.
const MOST_MARKS: usize = 2;

/// Text from a stranger, as it may be shown: what would steer a terminal or turn the direction of writing is replaced, since a
/// name could write a verdict of its own over the true one.
#[must_use]
pub fn shown(text: &str) -> String {
    text.replace(steers, "\u{FFFD}")
}

/// Whether a character steers a terminal or turns the direction of writing.
#[must_use]
pub fn steers(character: char) -> bool {
    character.is_control() || turns(character)
}

/// Whether a character turns the direction of writing, or breaks a line without being a control character.
#[must_use]
pub fn turns(character: char) -> bool {
    matches!(
        character,
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
    )
}

fn folded(text: &str) -> impl Iterator<Item = char> {
    let mut after_i = false;
    text.nfc().filter_map(move |character| {
        let letter = match character {
            'I' | 'İ' | 'ı' => 'i',
            // `İ` lower-cased by the rules of another language is i and a dot above.
            '\u{0307}' if after_i => return None,
            other => single_lowercase(other),
        };
        after_i = letter == 'i';
        Some(letter)
    })
}

/// The lower-case letter, where it is a single one.
fn single_lowercase(character: char) -> char {
    let mut lowercase = character.to_lowercase();
    match (lowercase.next(), lowercase.next()) {
        (Some(letter), None) => letter,
        _ => character,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_strangers_text_steers_nothing() {
        assert_eq!(shown("Işıl Gülçağ ÖRNEKŞEN – “NES”"), "Işıl Gülçağ ÖRNEKŞEN – “NES”");
        let steering = "a\u{1b}[2K\rb\u{202E}c\u{9b}m\u{2066}\n";
        assert_eq!(
            shown(steering),
            "a\u{FFFD}[2K\u{FFFD}b\u{FFFD}c\u{FFFD}m\u{FFFD}\u{FFFD}"
        );
    }

    #[test]
    fn digits_and_signs_of_other_keyboards_are_those_of_ascii() {
        assert_eq!("０９＋＠٠٩۰۹aş7".chars().map(typed).collect::<String>(), "09+@0909aş7");
    }

    #[test]
    fn the_four_letters_i_are_alike() {
        for written in ["IŞIK", "ışık", "işık", "İŞIK", "i\u{0307}s\u{0327}ık"] {
            assert_eq!(fold(written), "işik", "{written}");
        }
    }

    #[test]
    fn letters_are_the_same_with_and_without_their_marks() {
        for written in [
            "DOĞRULAMA ŞİFRESİ",
            "Dogrulama sifresi",
            "Dog\u{0306}rulama s\u{0327}ifresi",
        ] {
            assert_eq!(plain(written).collect::<String>(), "dogrulama sifresi", "{written}");
        }
    }

    #[test]
    fn the_capital_of_every_i_in_a_document_number_is_the_same() {
        assert_eq!("iıIİ".chars().map(document_capital).collect::<String>(), "IIII");
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text: String) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn ascii_digits_and_their_neighbours_stay(text in "[0-9 a-z:.]*") {
            prop_assert_eq!(plain(&text).collect::<String>(), text);
        }
    }
}
