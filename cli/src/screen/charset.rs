//! The letters of the terminal, as the environment names them: UTF-8, or ISO 8859-9, which older Turkish terminals have.
//! A terminal of any other set gets plain letters, since Turkish ones would come out as something else.

use std::io::ErrorKind;

use zeroize::Zeroizing;

/// The set of letters of a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Charset {
    /// UTF-8.
    Utf8,
    /// ISO 8859-9, and windows-1254, which has the same letters.
    Turkish,
    /// Another one, by its name.
    Other(String),
}

/// Where ISO 8859-9 has other letters than ISO 8859-1, whose letters have their Unicode numbers.
const TURKISH: [(u8, char); 6] = [
    (0xD0, 'Ğ'),
    (0xDD, 'İ'),
    (0xDE, 'Ş'),
    (0xF0, 'ğ'),
    (0xFD, 'ı'),
    (0xFE, 'ş'),
];

impl Charset {
    /// The set that `LC_ALL`, `LC_CTYPE` or `LANG`, whichever is set first, names behind its dot (POSIX, 8.2). One that
    /// names none is left at UTF-8, which nearly every terminal has.
    pub(super) fn of_environment() -> Self {
        let given = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let locale = given("LC_ALL").or_else(|| given("LC_CTYPE")).or_else(|| given("LANG"));
        Self::of_locale(&locale.unwrap_or_default())
    }

    fn of_locale(locale: &str) -> Self {
        let Some((_, charset)) = locale.split_once('.') else {
            return Self::Utf8;
        };
        let charset = charset.split('@').next().unwrap_or_default();
        let mut name = charset.to_ascii_lowercase();
        name.retain(|letter| letter.is_ascii_alphanumeric());
        match name.as_str() {
            "" | "utf8" => Self::Utf8,
            "iso88599" | "latin5" | "cp1254" | "windows1254" => Self::Turkish,
            _ => Self::Other(charset.to_owned()),
        }
    }

    /// Text as the terminal wants it. What it has no letter for is written with others.
    pub(super) fn encode(&self, text: &str) -> Vec<u8> {
        if *self == Self::Utf8 {
            return text.as_bytes().to_vec();
        }
        let mut encoded = Vec::with_capacity(text.len());
        for character in text.chars() {
            match self.octet(character) {
                Some(octet) => encoded.push(octet),
                None => encoded.extend_from_slice(plain(character).as_bytes()),
            }
        }
        encoded
    }

    fn octet(&self, character: char) -> Option<u8> {
        if character.is_ascii() {
            return u8::try_from(character).ok();
        }
        if *self != Self::Turkish {
            return None;
        }
        if let Some((octet, _)) = TURKISH.iter().find(|(_, letter)| *letter == character) {
            return Some(*octet);
        }
        let octet = u8::try_from(character).ok().filter(|octet| *octet >= 0xA0)?;
        TURKISH.iter().all(|(taken, _)| *taken != octet).then_some(octet)
    }

    /// What was typed, as text.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidData`] where the octets are no text of this set.
    pub(super) fn decode(&self, typed: &[u8]) -> std::io::Result<Zeroizing<String>> {
        if *self != Self::Turkish {
            let text = std::str::from_utf8(typed).map_err(|_| ErrorKind::InvalidData)?;
            return Ok(Zeroizing::new(text.to_owned()));
        }
        // No octet becomes more than two, so that it never moves and leaves a copy behind.
        let mut text = Zeroizing::new(String::with_capacity(2 * typed.len()));
        for octet in typed {
            let letter = TURKISH.iter().find(|(turkish, _)| turkish == octet);
            text.push(letter.map_or(char::from(*octet), |(_, letter)| *letter));
        }
        Ok(text)
    }
}

/// A character in those of ASCII.
fn plain(character: char) -> &'static str {
    match character {
        'ç' => "c",
        'Ç' => "C",
        'ğ' => "g",
        'Ğ' => "G",
        'ı' | 'î' => "i",
        'İ' | 'Î' => "I",
        'ö' => "o",
        'Ö' => "O",
        'ş' => "s",
        'Ş' => "S",
        'ü' | 'û' => "u",
        'Ü' | 'Û' => "U",
        'â' => "a",
        'Â' => "A",
        '‘' | '’' => "'",
        '“' | '”' | '„' => "\"",
        '–' | '—' | '·' | '•' => "-",
        '…' => "...",
        '→' => "->",
        '✓' => "+",
        '✗' => "x",
        '≤' => "<=",
        '\u{A0}' => " ",
        _ => "?",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_environment_names_the_letters() {
        for (locale, charset) in [
            ("", Charset::Utf8),
            ("C", Charset::Utf8),
            ("tr_TR", Charset::Utf8),
            ("tr_TR.UTF-8", Charset::Utf8),
            ("tr_TR.utf8@x", Charset::Utf8),
            ("tr_TR.ISO-8859-9", Charset::Turkish),
            ("tr_TR.iso88599", Charset::Turkish),
            ("tr_TR.ISO8859-9@euro", Charset::Turkish),
            ("tr_TR.CP1254", Charset::Turkish),
            ("de_DE.ISO-8859-1", Charset::Other("ISO-8859-1".to_owned())),
        ] {
            assert_eq!(Charset::of_locale(locale), charset, "{locale}");
        }
    }

    #[test]
    fn a_turkish_terminal_gets_its_own_letters_and_another_one_plain_ones() {
        let text = "Işıl Gülçağ ŞİŞ – PIN’i ✓ \u{90}д";
        assert_eq!(
            Charset::Turkish.encode(text),
            b"I\xFE\xFDl G\xFCl\xE7a\xF0 \xDE\xDD\xDE - PIN'i + ??"
        );
        let other = Charset::Other("ISO-8859-1".to_owned());
        assert_eq!(other.encode(text), b"Isil Gulcag SIS - PIN'i + ??");
        // Letters of ISO 8859-1 that ISO 8859-9 has Turkish ones in place of.
        assert_eq!(Charset::Turkish.encode("ðýþÐÝÞ"), b"??????");
    }

    #[test]
    fn what_is_no_text_of_the_set_is_refused() {
        for charset in [Charset::Utf8, Charset::Other("X".to_owned())] {
            assert!(charset.decode(b"\xFE").is_err());
        }
        assert_eq!(Charset::Turkish.decode(b"\xFE\xFD").unwrap().as_str(), "şı");
    }

    proptest! {
        #[test]
        fn turkish_text_is_typed_as_it_is_shown(text in "[ -~çğıöşüÇĞİÖŞÜâîûÂÎÛ]{0,40}") {
            for charset in [Charset::Turkish, Charset::Utf8] {
                let decoded = charset.decode(&charset.encode(&text)).unwrap();
                prop_assert_eq!(decoded.as_str(), text.as_str());
            }
        }

        #[test]
        fn nothing_steers_a_terminal_that_did_not_before(text: String) {
            for octet in Charset::Turkish.encode(&text) {
                prop_assert!(!(0x80..0xA0).contains(&octet));
            }
        }
    }
}
