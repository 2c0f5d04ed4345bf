//! What a person is told of a card and of a reader.

use std::time::SystemTime;

use crate::application::{PinRules, Unblocking, sentences};
use crate::card::{Card, SigningKey};
use crate::certificate::Certificate;
use crate::certificate::nes::{self, NesFault};
use crate::digest::hexadecimal;
use crate::failure::{Explanation, Failure};
use crate::reader::{Link, ReaderDescription};
use crate::texts::{Argument, Language, catalogue};
use crate::verdict;

const SECONDS_A_DAY: u64 = 24 * 60 * 60;

/// A card, as a person is shown it. It names its holder: do not log it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CardReport {
    /// The reader it is in.
    pub reader: String,
    /// The card's name; empty where it has none.
    pub label: String,
    /// The card's serial number, in hexadecimal; where it has one.
    pub serial: Option<String>,
    /// The holder's name, as the best certificate has it.
    pub holder: Option<String>,
    /// Its certificates for signing, the best first.
    pub certificates: Vec<CertificateReport>,
    /// What the card expects of its PIN.
    pub pin: PinRules,
    /// Tries left before the card blocks its PIN, where it tells without being sent one, or has told.
    pub tries_left: Option<u8>,
    /// The same as a sentence.
    pub tries_sentence: Option<String>,
    /// What the person has to hear of before a PIN is sent to this card: that its PIN was being changed or unblocked when the app
    /// was killed, and either may be good; or that it was unblocked and is the one from before. Told once.
    pub notice: Option<Explanation>,
    /// How the PIN is unblocked; none where the card's files tell of no PUK that resets it.
    pub unblocking: Option<Unblocking>,
}

/// A certificate for signing on a card.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CertificateReport {
    /// Its serial number, in hexadecimal.
    pub serial: String,
    /// The holder's name.
    pub holder: String,
    /// The issuer's name.
    pub issuer: String,
    /// When it begins to be valid.
    pub valid_from: SystemTime,
    /// When it ends.
    pub valid_until: SystemTime,
    /// Whole days until it ends by this device's clock; below zero afterwards.
    pub days_left: Option<i32>,
    /// Whether it can sign: for how long, from when on, or why not.
    pub sentence: String,
    /// Whether it can sign now.
    pub usable: bool,
}

/// A reader that was tested.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReaderReport {
    /// Its name.
    pub name: String,
    /// How the card is reached through it.
    pub link: Link,
    /// How commands are exchanged with it, for support: `TPDU`, `short APDU`, `extended APDU`; empty where it did not tell
    /// without a card.
    pub exchange: String,
    /// Whether a card was there.
    pub card_present: bool,
    /// What was found, one after the other.
    pub sentences: Vec<String>,
}

/// The key whose PIN is meant: the first that can sign now, or else the first.
pub(super) fn best_key(card: &Card, now: SystemTime) -> &SigningKey {
    let keys = card.signing_keys();
    let signs = |key: &&SigningKey| {
        Certificate::parse(&key.certificate).is_ok_and(|certificate| nes::faults(&certificate, now).is_empty())
    };
    let best = keys.iter().find(signs).or(keys.first());
    best.expect("a card without keys that sign is not opened")
}

pub(super) fn of_card(
    reader: &ReaderDescription,
    card: &Card,
    language: Language,
    notice: Option<&Failure>,
) -> Result<CardReport, Failure> {
    let now = SystemTime::now();
    let held = card.signing_keys().iter().map(|key| &key.certificate);
    let mut held: Vec<_> = held.chain(card.certificates_of_unknown_keys()).collect();
    // A key is there once for each PIN that may be its own.
    held.dedup();
    let mut certificates: Vec<CertificateReport> = held
        .into_iter()
        .filter_map(|certificate| Certificate::parse(certificate).ok())
        .map(|certificate| of_certificate(&certificate, now, language))
        .collect();
    if certificates.is_empty() {
        return Err(Failure::CertificateMalformed);
    }
    certificates.sort_by_key(|certificate| !certificate.usable);
    let key = best_key(card, now);
    let pin = &key.pin;
    Ok(CardReport {
        reader: reader.id.clone(),
        label: card.label().to_owned(),
        serial: Some(hexadecimal(card.serial())).filter(|serial| !serial.is_empty()),
        holder: certificates.first().map(|certificate| certificate.holder.clone()),
        certificates,
        pin: PinRules {
            min_length: pin.min_length,
            max_length: pin.max_length,
            numeric: pin.numeric,
        },
        tries_left: pin.tries_left,
        tries_sentence: pin.tries_left.map(|tries| sentences::tries_left(tries, language)),
        notice: notice.map(|failure| failure.explain(language)),
        unblocking: Unblocking::of(key, language),
    })
}

fn of_certificate(certificate: &Certificate, now: SystemTime, language: Language) -> CertificateReport {
    let faults = nes::faults(certificate, now);
    let days_left = days_between(now, certificate.not_after());
    CertificateReport {
        serial: certificate.serial_hex(),
        holder: certificate.subject_name(),
        issuer: certificate.issuer_name(),
        valid_from: certificate.not_before(),
        valid_until: certificate.not_after(),
        days_left,
        sentence: sentence(faults.first().copied(), days_left, language),
        usable: faults.is_empty(),
    }
}

fn sentence(fault: Option<NesFault>, days_left: Option<i32>, language: Language) -> String {
    let texts = catalogue(language);
    match fault {
        None => {
            let days = days_left.and_then(|days| u64::try_from(days).ok()).unwrap_or(0);
            let id = if days == 0 {
                "certificate-ends-today"
            } else {
                "certificate-valid"
            };
            texts.sentence(id, &[("count", Argument::Count(days))])
        }
        Some(NesFault::NotYetValid { not_before }) => {
            texts.sentence("certificate-opens", &[("moment", Argument::Moment(not_before))])
        }
        Some(NesFault::Expired { not_after }) => {
            texts.sentence("certificate-ended", &[("day", Argument::Day(not_after))])
        }
        Some(fault) => {
            let why = verdict::mark_sentence(fault, language);
            texts.sentence("certificate-unfit", &[("why", Argument::Text(&why))])
        }
    }
}

/// Whole days from one moment to another.
fn days_between(from: SystemTime, until: SystemTime) -> Option<i32> {
    match until.duration_since(from) {
        Ok(left) => i32::try_from(left.as_secs() / SECONDS_A_DAY).ok(),
        Err(past) => {
            let days = past.duration().as_secs().div_ceil(SECONDS_A_DAY);
            i32::try_from(days).ok().map(|days| -days)
        }
    }
}

/// `card`: whether the card that is there could be read; none where there is no card.
pub(super) fn of_reader(
    reader: &ReaderDescription,
    level: Option<&str>,
    card: Option<Result<(), Failure>>,
    language: Language,
) -> ReaderReport {
    let texts = catalogue(language);
    let of_card = match &card {
        None => texts.sentence("reader-is-empty", &[]),
        Some(Ok(())) => texts.sentence("reader-has-signature-card", &[]),
        Some(Err(failure)) => failure.explain(language).what,
    };
    ReaderReport {
        name: reader.name.clone(),
        link: reader.link,
        exchange: level.unwrap_or_default().to_owned(),
        card_present: card.is_some(),
        sentences: vec![texts.sentence("reader-answers", &[]), of_card],
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_certificate_tells_how_long_it_is_good_or_why_it_is_not() {
        let moment = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let fault = |fault| sentence(Some(fault), None, Language::Turkish);
        assert_eq!(sentence(None, Some(42), Language::Turkish), "Geçerli, 42 gün kaldı.");
        assert_eq!(sentence(None, Some(1), Language::English), "Valid, 1 day left.");
        assert_eq!(sentence(None, Some(0), Language::Turkish), "Geçerli, son günü.");
        assert_eq!(
            fault(NesFault::NotYetValid { not_before: moment }),
            "15.01.2027 11:00 itibarıyla açılır."
        );
        assert_eq!(
            fault(NesFault::Expired { not_after: moment }),
            "Süresi 15.01.2027 günü doldu."
        );
        assert!(fault(NesFault::Seal).starts_with("İmzalayamaz: "));
    }

    #[test]
    fn days_are_whole_and_those_after_the_end_are_below_zero() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        assert_eq!(days_between(now, now + hours(23)), Some(0));
        assert_eq!(days_between(now, now + hours(49)), Some(2));
        assert_eq!(days_between(now, now - hours(1)), Some(-1));
        assert_eq!(days_between(now, now - hours(25)), Some(-2));
    }
}
