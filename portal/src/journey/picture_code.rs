//! The picture code (captcha): five characters as a picture and, where it is asked for, as sound; answered once. The database
//! holds the tag of the answer, never the answer.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use basvuru::portal::{Captcha, CaptchaAnswer, ProblemKind};
use basvuru::texts::Language;
use basvuru::writing;
use zeroize::Zeroizing;

use crate::clock::Moment;
use crate::records::captcha;
use crate::records::seal::{PortalKey, Tag};
use crate::records::work::Work;
use crate::refusal::Refusal;

mod drawing;
mod letters;
mod speech;

/// Characters that are taken for one another neither by eye (no 0 and O, 1 and 7, 2 and Z, 5 and S, 6 and G, 8 and B, U and V) nor by
/// ear, where letters whose names rhyme are spoken with a word. The letter I, whose lower case differs in Turkish, is not among
/// them.
const ALPHABET: [char; 13] = ['2', '3', '4', '6', '7', '9', 'H', 'K', 'M', 'R', 'W', 'X', 'Y'];
/// How many characters a picture code has.
const LENGTH: usize = 5;

/// A picture code as it is drawn.
pub(crate) struct Drawing {
    pub(crate) id: String,
    pub(crate) answer: Zeroizing<String>,
    picture_png: Vec<u8>,
}

/// The name of the picture code that is drawn for a request. One that is repeated gets the same, so that nothing of what it is
/// answered need be kept; but not for longer than it is remembered that the code has been answered.
pub(crate) fn name(key: &PortalKey, request: [&[u8]; 2], now: Moment, lifetime: Duration) -> String {
    let period = now.0 / i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX).max(1);
    let [name, body] = request;
    let Tag(octets) = key.tag("captcha-name", &[name, body, &period.to_be_bytes()]);
    URL_SAFE_NO_PAD.encode(&octets[..16])
}

/// Draws a picture code, the same one for the same name. Takes some milliseconds of computation.
///
/// `None` where there is no memory for it.
pub(crate) fn draw(key: &PortalKey, id: String) -> Option<Drawing> {
    let answer = answer(key, &id);
    let dice = [0u8, 1].map(|half| key.tag("captcha-dice", &[id.as_bytes(), &[half]]).0);
    Some(Drawing {
        picture_png: drawing::png(&answer, &dice.concat())?,
        id,
        answer,
    })
}

/// Speaks a picture code that can still be answered, as a WAV file.
pub(crate) fn speak(key: &PortalKey, id: &str, language: Language) -> Vec<u8> {
    speech::wav(&answer(key, id), language)
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

/// Remembers a drawing and gives what the person is shown. One that is there already, answered or not, stays as it is.
pub(crate) fn offer(work: &Work<'_>, drawing: &Drawing) -> Result<Captcha, Refusal> {
    let lifetime = work.settings.limits.captcha_lifetime;
    let tag = answer_tag(work.key, &drawing.id, &drawing.answer);
    let ends = captcha::keep(work, &drawing.id, &tag, work.steady.after(lifetime))?;
    Ok(Captcha {
        id: drawing.id.clone(),
        picture_png: STANDARD.encode(&drawing.picture_png),
        expires_in: work.steady.seconds_until(ends),
        portal: work.settings.info(),
    })
}

/// Whether a picture code can still be answered.
pub(crate) fn is_open(work: &Work<'_>, id: &str) -> Result<bool, Refusal> {
    Ok(captcha::answer_tag(work, id)?.is_some())
}

/// Uses the picture code up, whatever the answer is.
pub(crate) fn consume(work: &Work<'_>, answer: &CaptchaAnswer) -> Result<(), Refusal> {
    let stored = captcha::answer_tag(work, &answer.id)?.ok_or_else(|| Refusal::new(ProblemKind::CaptchaExpired))?;
    captcha::use_up(work, &answer.id)?;
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
        let drawing = draw(&key, "a".to_owned()).unwrap();
        assert_eq!(drawing.answer.chars().count(), 5);
        assert!(drawing.answer.chars().all(|letter| ALPHABET.contains(&letter)));
        assert!(drawing.picture_png.starts_with(b"\x89PNG\r\n\x1a\n"));
        for language in [Language::Turkish, Language::English] {
            let spoken = speak(&key, &drawing.id, language);
            assert_eq!(spoken, speech::wav(&drawing.answer, language));
        }
    }

    /// Pictures under their answers in the folder that `BASVURU_PICTURES` names, for other people's programs to read.
    #[test]
    fn a_hundred_pictures_differ() {
        let folder = std::env::var_os("BASVURU_PICTURES").map(std::path::PathBuf::from);
        let key = key();
        let mut pictures = std::collections::BTreeSet::new();
        for number in 0..100 {
            let drawing = draw(&key, number.to_string()).unwrap();
            if let Some(folder) = &folder {
                std::fs::create_dir_all(folder).unwrap();
                let name = format!("{number:02}-{}.png", *drawing.answer);
                std::fs::write(folder.join(name), &drawing.picture_png).unwrap();
            }
            assert!(
                drawing.picture_png.len() < 4_500,
                "{} octets",
                drawing.picture_png.len()
            );
            assert!(pictures.insert(drawing.picture_png));
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
