//! The picture code (captcha): five characters as a picture and, where it is asked for, as sound; answered once. The database
//! holds the tag of the answer, never the answer.

use ::captcha::filters::{Noise, Wave};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use basvuru::portal::{Captcha, CaptchaAnswer, ProblemKind};
use basvuru::writing;
use zeroize::Zeroizing;

use crate::records::captcha;
use crate::records::seal::{PortalKey, Tag, random_name};
use crate::records::work::Work;
use crate::refusal::Refusal;

/// Characters that are taken for one another neither by eye (no 0 and O, 1 and 7, 2 and Z, 5 and S, 6 and G, 8 and B, U and V) nor by
/// ear, whose English names the sound speaks (no two of B C D E G P T V Z, of A J K 8, of 5 9 I, of F S X, of M N, of Q U).
/// The letter I, whose lower case differs in Turkish, is not among them.
const ALPHABET: [char; 13] = ['2', '3', '4', '6', '7', '9', 'H', 'K', 'M', 'R', 'W', 'X', 'Y'];
/// How many characters a picture code has.
const LENGTH: usize = 5;
/// The samples a second that the drawing library's recordings have.
const RECORDED_RATE: u32 = 22_050;

/// A picture code as it is drawn.
pub(crate) struct Drawing {
    pub(crate) id: String,
    pub(crate) answer: Zeroizing<String>,
    picture_png: Vec<u8>,
}

/// Draws a new picture code. Takes some milliseconds of computation.
///
/// `None` where the drawing library fails.
pub(crate) fn draw(key: &PortalKey) -> Option<Drawing> {
    let id = random_name(16).ok()?;
    let answer = answer(key, &id);
    let mut drawing = lettered(&answer);
    // Points hinder people more than programs, and are most of the picture's octets: a few.
    drawing
        .apply_filter(Noise::new(0.02))
        .apply_filter(Wave::new(1.5, 8.0).horizontal())
        .apply_filter(Wave::new(1.5, 6.0).vertical())
        .view(240, 110)
        .set_color([24, 49, 83]);
    Some(Drawing {
        picture_png: drawing.as_png()?,
        id,
        answer,
    })
}

/// Speaks a picture code that can still be answered, as a WAV file. Takes some milliseconds of computation.
pub(crate) fn speak(key: &PortalKey, id: &str) -> Option<Vec<u8>> {
    let drawing = lettered(&answer(key, id));
    join_recordings(&drawing.as_wav().into_iter().collect::<Option<Vec<_>>>()?)
}

/// The drawing library with these letters; left to itself it chooses its own.
fn lettered(letters: &str) -> ::captcha::Captcha {
    let mut drawing = ::captcha::Captcha::new();
    for letter in letters.chars() {
        drawing.set_chars(&[letter]).add_char();
    }
    drawing
}

/// The answer to a picture code: made from its name by the portal's key, so that it need not be kept to be spoken.
fn answer(key: &PortalKey, id: &str) -> Zeroizing<String> {
    let mut letters = Zeroizing::new(String::new());
    for round in 0u8.. {
        let Tag(octets) = key.tag("captcha-answer", &[id.as_bytes(), &[round]]);
        // 247 is the largest multiple of 13 that an octet holds: what is above would favour the first letters.
        let fair = octets.iter().filter(|octet| **octet < 247);
        let missing = LENGTH - letters.len();
        letters.extend(fair.map(|octet| ALPHABET[usize::from(octet % 13)]).take(missing));
        if letters.len() == LENGTH {
            break;
        }
    }
    letters
}

/// Remembers a drawing and gives what the person is shown.
pub(crate) fn offer(work: &Work<'_>, drawing: &Drawing) -> Result<Captcha, Refusal> {
    let lifetime = work.settings.limits.captcha_lifetime;
    let ends = work.now.after(lifetime);
    captcha::keep(
        work,
        &drawing.id,
        &answer_tag(work.key, &drawing.id, &drawing.answer),
        ends,
    )?;
    Ok(Captcha {
        id: drawing.id.clone(),
        picture_png: STANDARD.encode(&drawing.picture_png),
        expires_in: work.now.seconds_until(ends),
        portal: work.settings.info(),
    })
}

/// Whether a picture code can still be answered.
pub(crate) fn is_open(work: &Work<'_>, id: &str) -> Result<bool, Refusal> {
    Ok(captcha::answer_tag(work, id)?.is_some())
}

/// Whether an answer is right, without using the picture code up.
pub(crate) fn is_right(work: &Work<'_>, answer: &CaptchaAnswer) -> Result<bool, Refusal> {
    Ok(captcha::answer_tag(work, &answer.id)?
        .is_some_and(|stored| answer_tag(work.key, &answer.id, &answer.text).matches(&stored)))
}

/// Uses the picture code up, whatever the answer is.
pub(crate) fn consume(work: &Work<'_>, answer: &CaptchaAnswer) -> Result<(), Refusal> {
    let stored = captcha::answer_tag(work, &answer.id)?.ok_or_else(|| Refusal::new(ProblemKind::CaptchaExpired))?;
    captcha::forget(work, &answer.id)?;
    match answer_tag(work.key, &answer.id, &answer.text).matches(&stored) {
        true => Ok(()),
        false => Err(Refusal::new(ProblemKind::CaptchaWrong).lasting()),
    }
}

fn answer_tag(key: &PortalKey, id: &str, answer: &str) -> Tag {
    key.tag("captcha", &[id.as_bytes(), folded(answer).as_bytes()])
}

/// The text without spaces and case. All four letters i of Turkish become one, whichever keyboard they came from.
fn folded(text: &str) -> Zeroizing<String> {
    let letters: Zeroizing<String> =
        Zeroizing::new(text.chars().filter(|letter| !letter.is_whitespace()).take(64).collect());
    Zeroizing::new(writing::fold(&letters))
}

/// Joins recordings into one WAV file of 8-bit samples at half the rate: a quarter of the octets, speech enough.
fn join_recordings(recordings: &[Vec<u8>]) -> Option<Vec<u8>> {
    let mut joined = Vec::new();
    for recording in recordings {
        let samples = samples_of(recording)?;
        for pair in samples.chunks_exact(2) {
            let mean = (i32::from(pair[0]) + i32::from(pair[1])) / 2;
            joined.push(u8::try_from((mean >> 8) + 128).ok()?);
        }
    }
    Some(wav(RECORDED_RATE / 2, &joined))
}

/// The 16-bit samples of a one-channel WAV file.
fn samples_of(recording: &[u8]) -> Option<Vec<i16>> {
    let mut rest = recording.get(12..)?;
    loop {
        let (head, body) = rest.split_at_checked(8)?;
        let length = usize::try_from(u32::from_le_bytes(head[4..8].try_into().ok()?)).ok()?;
        if head.starts_with(b"data") {
            let samples = body.get(..length)?.chunks_exact(2);
            return Some(
                samples
                    .map(|octets| i16::from_le_bytes([octets[0], octets[1]]))
                    .collect(),
            );
        }
        rest = body.get(length + length % 2..)?;
    }
}

/// A WAV file of 8-bit samples in one channel.
fn wav(rate: u32, samples: &[u8]) -> Vec<u8> {
    let length = u32::try_from(samples.len()).unwrap_or(0);
    let mut file = Vec::with_capacity(samples.len() + 44);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + length).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    file.extend_from_slice(&16u32.to_le_bytes());
    file.extend_from_slice(&1u16.to_le_bytes());
    file.extend_from_slice(&1u16.to_le_bytes());
    file.extend_from_slice(&rate.to_le_bytes());
    file.extend_from_slice(&rate.to_le_bytes());
    file.extend_from_slice(&1u16.to_le_bytes());
    file.extend_from_slice(&8u16.to_le_bytes());
    file.extend_from_slice(b"data");
    file.extend_from_slice(&length.to_le_bytes());
    file.extend_from_slice(samples);
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> PortalKey {
        let folder = tempfile::tempdir().unwrap();
        PortalKey::open_or_create(&folder.path().join("portal.key")).unwrap()
    }

    #[test]
    fn a_drawing_is_a_picture_of_five_plain_characters_and_is_spoken_as_them() {
        let key = key();
        let drawing = draw(&key).unwrap();
        assert_eq!(drawing.answer.chars().count(), 5);
        assert!(drawing.answer.chars().all(|letter| ALPHABET.contains(&letter)));
        assert!(drawing.picture_png.starts_with(b"\x89PNG\r\n\x1a\n"));
        let spoken = speak(&key, &drawing.id).unwrap();
        assert!(spoken.starts_with(b"RIFF"));
        let announced = u32::from_le_bytes(spoken[4..8].try_into().unwrap());
        assert_eq!(usize::try_from(announced).unwrap() + 8, spoken.len());
        // The recordings have a noise of their own each time, and a length for each letter.
        let recordings = lettered(&drawing.answer).as_wav().into_iter().map(Option::unwrap);
        assert_eq!(
            join_recordings(&recordings.collect::<Vec<_>>()).unwrap().len(),
            spoken.len()
        );
        for letters in ["2222R", "YXWRM", &drawing.answer] {
            assert_eq!(lettered(letters).chars_as_string(), letters);
        }
    }

    #[test]
    fn an_answer_is_told_by_its_name_and_the_key_alone() {
        let (one, other) = (key(), key());
        assert_eq!(answer(&one, "a"), answer(&one, "a"));
        assert_ne!(answer(&one, "a"), answer(&other, "a"));
        let all: std::collections::BTreeSet<String> = (0..200)
            .map(|id: u32| answer(&one, &id.to_string()).to_string())
            .collect();
        assert!(all.len() > 195);
        assert!(
            ALPHABET
                .iter()
                .all(|letter| all.iter().any(|answer| answer.contains(*letter)))
        );
    }

    #[test]
    fn answers_are_compared_without_case_and_spaces_and_with_every_turkish_i() {
        assert_eq!(*folded(" hk 2mI "), *folded("HK2Mı"));
        assert_eq!(*folded("İ"), *folded("i"));
        assert_ne!(*folded("HK2M3"), *folded("HK2M4"));
    }
}
