//! Speaks the characters of a picture code, from recordings: `portal/sounds/make` makes them.

use basvuru::texts::Language;

/// The samples a second of the recordings, 8 bits each, in one channel.
const RATE: u32 = 11_025;
/// The sample that is silence.
const SILENCE: u8 = 128;
/// The silence after a character, in samples: time to write it down.
const PAUSE: usize = 5_500;

/// The recording of each character as Turks and as the English spell it, the same letters and digits as the drawing has.
macro_rules! recordings {
    ($($letter:literal)*) => {
        /// How a character is spoken; nothing where it is none of the alphabet.
        fn recording(letter: char, language: Language) -> &'static [u8] {
            match (letter.to_string().as_str(), language) {
                $(($letter, Language::Turkish) => include_bytes!(concat!("../../../sounds/tr/", $letter, ".pcm")),)*
                $(($letter, Language::English) => include_bytes!(concat!("../../../sounds/en/", $letter, ".pcm")),)*
                _ => &[],
            }
        }
    };
}
recordings!("2" "3" "4" "6" "7" "9" "H" "K" "M" "R" "W" "X" "Y");

/// These characters as a WAV file.
pub(super) fn wav(text: &str, language: Language) -> Vec<u8> {
    let mut samples = Vec::new();
    for letter in text.chars() {
        samples.extend_from_slice(recording(letter, language));
        samples.resize(samples.len() + PAUSE, SILENCE);
    }
    file(&samples)
}

/// A WAV file of 8-bit samples in one channel.
fn file(samples: &[u8]) -> Vec<u8> {
    let length = u32::try_from(samples.len()).unwrap_or(0);
    let mut file = Vec::with_capacity(samples.len() + 44);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + length).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    file.extend_from_slice(&16u32.to_le_bytes());
    file.extend_from_slice(&1u16.to_le_bytes());
    file.extend_from_slice(&1u16.to_le_bytes());
    file.extend_from_slice(&RATE.to_le_bytes());
    file.extend_from_slice(&RATE.to_le_bytes());
    file.extend_from_slice(&1u16.to_le_bytes());
    file.extend_from_slice(&8u16.to_le_bytes());
    file.extend_from_slice(b"data");
    file.extend_from_slice(&length.to_le_bytes());
    file.extend_from_slice(samples);
    file
}

#[cfg(test)]
mod tests {
    use super::super::ALPHABET;
    use super::*;

    #[test]
    fn every_character_is_spoken_in_both_languages_and_no_two_alike() {
        let mut all = std::collections::BTreeSet::new();
        for letter in ALPHABET {
            for language in [Language::Turkish, Language::English] {
                let samples = recording(letter, language);
                assert!(samples.len() > 3_000, "{letter} lasts {} samples", samples.len());
                assert!(samples.contains(&248) || samples.contains(&8), "{letter} is not loud");
                assert!(all.insert(samples), "{letter} sounds as another");
            }
        }
        assert_eq!(recording('A', Language::Turkish), b"");
    }

    #[test]
    fn a_code_is_its_characters_one_after_the_other() {
        let spoken = wav("2H", Language::Turkish);
        let (head, samples) = spoken.split_at(44);
        assert!(head.starts_with(b"RIFF") && head[8..].starts_with(b"WAVEfmt "));
        assert_eq!(
            u32::from_le_bytes(head[4..8].try_into().unwrap()) as usize + 8,
            spoken.len()
        );
        assert_eq!(
            u32::from_le_bytes(head[40..].try_into().unwrap()) as usize,
            samples.len()
        );
        let (two, rest) = samples.split_at(recording('2', Language::Turkish).len());
        assert_eq!(two, recording('2', Language::Turkish));
        assert!(rest[..PAUSE].iter().all(|sample| *sample == SILENCE));
        assert!(rest[PAUSE..].starts_with(recording('H', Language::Turkish)));
    }
}
