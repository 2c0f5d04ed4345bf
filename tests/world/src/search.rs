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

    /// Where a text is: as it is, in UTF-16, or in hexadecimal.
    ///
    /// # Panics
    /// The text is so short that it would be found by chance.
    #[must_use]
    pub fn place_of(&self, text: &str) -> Option<&str> {
        assert!(text.len() >= 6, "too short to be looked for");
        let lower = hexadecimal(text.as_bytes());
        let forms = [
            text.as_bytes().to_vec(),
            text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            lower.to_uppercase().into_bytes(),
            lower.into_bytes(),
        ];
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
