//! The search for secrets in what was printed and left behind.

use std::path::Path;
use std::{fs, io};

use basvuru::digest::hexadecimal;

/// Everything that was printed or left behind, by where it was found.
#[derive(Default)]
pub struct Search(Vec<(String, Vec<u8>)>);

impl Search {
    /// Adds something that was printed.
    pub fn add(&mut self, place: impl Into<String>, content: impl Into<Vec<u8>>) {
        self.0.push((place.into(), content.into()));
    }

    /// Adds every file of a folder and of those below it, but not those in folders of a name.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn add_files(&mut self, folder: &Path, but: Option<&str>) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_file() {
                self.add(path.display().to_string(), fs::read(&path)?);
            } else if but.is_none_or(|name| !path.ends_with(name)) {
                self.add_files(&path, but)?;
            }
        }
        Ok(())
    }

    /// Whether there is a file of a name.
    #[must_use]
    pub fn has_file(&self, name: &str) -> bool {
        self.0.iter().any(|(place, _)| Path::new(place).ends_with(name))
    }

    /// Where a text is: as it is, in UTF-16, in hexadecimal, or in Base64.
    ///
    /// # Panics
    /// The text is so short that it would be found by chance.
    #[must_use]
    pub fn place_of(&self, text: &str) -> Option<&str> {
        assert!(text.len() >= 6, "too short to be looked for");
        let lower = hexadecimal(text.as_bytes());
        let mut forms = vec![
            text.as_bytes().to_vec(),
            text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            lower.to_uppercase().into_bytes(),
            lower.into_bytes(),
        ];
        forms.extend(in_base64(text.as_bytes()));
        let holds = |content: &[u8]| {
            let is_in = |form: &Vec<u8>| content.windows(form.len()).any(|window| window == form);
            forms.iter().any(is_in)
        };
        let found = self.0.iter().find(|(_, content)| holds(content));
        found.map(|(place, _)| place.as_str())
    }

    /// Makes sure that a text is nowhere.
    ///
    /// # Panics
    /// It is somewhere.
    pub fn assert_lacks(&self, name: &str, text: &str) {
        let place = self.place_of(text);
        assert_eq!(place, None, "{name} was found");
    }
}

/// What Base64 of something makes of the octets in it, wherever they begin: the digits that no octet around them has a part
/// in, in both alphabets.
fn in_base64(octets: &[u8]) -> Vec<Vec<u8>> {
    use base64::Engine as _;
    use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
    let mut forms = Vec::new();
    for before in 0..3 {
        let text = [&vec![0; before], octets].concat();
        for engine in [BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD] {
            let digits = engine.encode(&text).into_bytes();
            // Each digit is six bits: those of the octets alone.
            let (begin, end) = ((before * 8).div_ceil(6), text.len() * 8 / 6);
            forms.push(digits[begin..end].to_vec());
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_in_every_form_wherever_it_begins() {
        use base64::Engine as _;
        let text = "Çağrı ÖRNEK";
        for before in ["", "a", "ab", "abc"] {
            let around = format!("{before}{text}?");
            let base64 = base64::prelude::BASE64_STANDARD.encode(&around);
            let utf16: Vec<u8> = around.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let hexadecimal = hexadecimal(around.as_bytes());
            for content in [
                around.into_bytes(),
                base64.into_bytes(),
                utf16,
                hexadecimal.into_bytes(),
            ] {
                let mut search = Search::default();
                search.add("here", content);
                assert_eq!(search.place_of(text), Some("here"), "behind {before}");
            }
        }
        let mut search = Search::default();
        search.add("here", "something else");
        assert_eq!(search.place_of(text), None);
    }
}
