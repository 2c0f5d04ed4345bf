//! Whether the name in a certificate is a person's. The number says whose a certificate is; a name that is quite another
//! one says that the number was mistaken, here or there. Names are written in more than one way, so that what is compared
//! is what cannot differ:
//!
//! - letter case does not count, and neither do marks: İ, I, ı and i are one letter, and Ç is C, Ş is S, Ü is U, as
//!   certificates without Turkish letters have them; ø, ł, đ, ß and æ are what they are written with elsewhere;
//! - the order of the names does not count, nor what stands between them: `ÇALIŞKAN Ayşe-Gül` is `Ayşe Gül Çalışkan`;
//! - every family name has to be there;
//! - of several given names some may be missing, on one side: `Ayşe Çalışkan` is `Ayşe Gül Çalışkan`, and the other way
//!   round, and a certificate may have a former family name beside the present one. At least one given name has to be the same.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Whether `certified`, the common name of a certificate, names a person of these names. Who has a single name has it as
/// either; the other is empty.
#[must_use]
pub fn is_name_of(certified: &str, given_name: &str, family_name: &str) -> bool {
    let (certified, family) = (names(certified), names(family_name));
    let given: BTreeSet<String> = names(given_name).difference(&family).cloned().collect();
    if certified.is_empty() || !family.is_subset(&certified) {
        return false;
    }
    let others: BTreeSet<String> = certified.difference(&family).cloned().collect();
    if given.is_empty() {
        return others.is_empty();
    }
    !given.is_disjoint(&others) && (given.is_subset(&others) || others.is_subset(&given))
}

/// The names in a text, each as it is compared.
fn names(text: &str) -> BTreeSet<String> {
    let mut letters = String::with_capacity(text.len());
    for character in text.nfkd().filter(|character| !is_combining_mark(*character)) {
        match character {
            'ı' | 'İ' => letters.push('i'),
            'ø' | 'Ø' => letters.push('o'),
            'ł' | 'Ł' => letters.push('l'),
            'đ' | 'Đ' | 'ð' | 'Ð' => letters.push('d'),
            'þ' | 'Þ' => letters.push_str("th"),
            'ß' | 'ẞ' => letters.push_str("ss"),
            'æ' | 'Æ' => letters.push_str("ae"),
            'œ' | 'Œ' => letters.push_str("oe"),
            // An apostrophe stands within a name, and is left out as often as not.
            '\'' | '’' | 'ʼ' | '`' => {}
            other if other.is_alphanumeric() => letters.extend(other.to_lowercase()),
            _ => letters.push(' '),
        }
    }
    letters.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_is_the_same_however_it_is_written() {
        for (certified, given, family) in [
            ("Ayşe Gül ÇALIŞKANOĞLU", "Ayşe Gül", "Çalışkanoğlu"),
            ("AYŞE GÜL ÇALIŞKANOĞLU", "ayşe gül", "çalışkanoğlu"),
            ("ayse gul caliskanoglu", "Ayşe Gül", "Çalışkanoğlu"),
            ("ÇALIŞKANOĞLU, AYŞE GÜL", "Ayşe Gül", "Çalışkanoğlu"),
            (
                "Ays\u{327}e-Gu\u{308}l C\u{327}al\u{131}s\u{327}kanog\u{306}lu",
                "Ayşe Gül",
                "Çalışkanoğlu",
            ),
            ("IŞIL IŞIK", "Işıl", "Işık"),
            ("ışıl ışık", "IŞIL", "IŞIK"),
            ("İLKER ÇİĞDEM", "ilker", "çiğdem"),
            ("Ilker Cigdem", "İlker", "Çiğdem"),
            ("i\u{307}lker çi\u{307}ğdem", "İlker", "Çiğdem"),
            // Some of several given names are missing, on either side.
            ("Ayşe Çalışkanoğlu", "Ayşe Gül", "Çalışkanoğlu"),
            ("Ayşe Gül Çalışkanoğlu", "Gül", "Çalışkanoğlu"),
            // A former family name beside the present one.
            ("Ayşe Kaya Yılmaz", "Ayşe", "Yılmaz"),
            ("Ayşe Kaya Yılmaz", "Ayşe", "Kaya Yılmaz"),
            ("Ayşe Kaya-Yılmaz", "Ayşe", "Kaya Yılmaz"),
            ("MEHMET DEMİR DEMİR", "Mehmet Demir", "Demir"),
            ("SUKARNO", "", "Sukarno"),
            ("Sukarno", "SUKARNO", ""),
            ("SOREN OBRIEN", "Søren", "O’Brien"),
            ("Zoe Muster", "Zoë", "MÜSTER"),
        ] {
            assert!(is_name_of(certified, given, family), "{certified}: {given} {family}");
        }
    }

    #[test]
    fn another_persons_name_is_another() {
        for (certified, given, family) in [
            ("Fatma Yılmaz", "Ayşe", "Yılmaz"),
            ("Ayşe Yıldız", "Ayşe", "Yılmaz"),
            ("Yılmaz", "Ayşe", "Yılmaz"),
            ("Ayşe", "Ayşe", "Yılmaz"),
            ("", "Ayşe", "Yılmaz"),
            ("", "", ""),
            (" - ", "", "Yılmaz"),
            // One given name is missing on either side.
            ("Ayşe Gül Yılmaz", "Ayşe Nur", "Yılmaz"),
            ("Ayşe Yılmaz", "Ayşe", "Kaya Yılmaz"),
            ("Mehmet Sukarno", "", "Sukarno"),
            ("Ayşegül Yılmaz", "Ayşe", "Yılmaz"),
            ("Yılmaz Ayşe Fatma Zehra", "Ali", "Yılmaz"),
        ] {
            assert!(!is_name_of(certified, given, family), "{certified}: {given} {family}");
        }
    }

    proptest! {
        #[test]
        fn a_person_is_named_by_their_own_names(given in "[A-Za-zÇçĞğİıÖöŞşÜü]{1,12}( [A-Za-zÇçĞğİıÖöŞşÜü]{1,12})?", family in "[A-Za-zÇçĞğİıÖöŞşÜü]{1,16}") {
            let certified = format!("{given} {family}");
            prop_assert!(is_name_of(&certified, &given, &family));
            prop_assert!(is_name_of(&certified.to_uppercase(), &given, &family));
        }

        #[test]
        fn no_text_makes_it_panic(certified: String, given: String, family: String) {
            let _ = is_name_of(&certified, &given, &family);
        }
    }
}
