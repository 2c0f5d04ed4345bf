//! The licences of what the library links, as a text to show: what they ask for is that it can be read in the app.

use std::io::Read as _;

use flate2::read::DeflateDecoder;

/// The licences of everything in the library: each package with its version, licence and copyright lines, then the texts of
/// the licences. In English, in paragraphs without line breaks; some 75 kB.
#[uniffi::export]
#[must_use]
pub fn licences() -> String {
    let packed = include_bytes!(concat!(env!("OUT_DIR"), "/licences.deflate"));
    let mut text = String::new();
    // Packed by our own build, from a text.
    let _ = DeflateDecoder::new(packed.as_slice()).read_to_string(&mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_the_one_that_was_made_from_the_sources() {
        assert_eq!(licences(), include_str!("../licences.txt"));
        assert!(licences().len() > 50_000);
    }
}
