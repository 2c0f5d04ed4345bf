//! What is on a card, as the engine reads it. Nothing is asked and no try is spent.

use std::time::SystemTime;

use basvuru::application::sentences;
use basvuru::card::{KeyAlgorithm, SigningKey};
use basvuru::certificate::Certificate;
use basvuru::certificate::nes;
use basvuru::digest::{DigestAlgorithm, hexadecimal};
use basvuru::failure::Failure;
use basvuru::texts::Argument;
use basvuru::verdict::mark_sentence;
use console::{Style, measure_text_width};
use serde_json::{Value, json};

use crate::arguments::ShowCard;
use crate::desk::Desk;
use crate::screen::Screen;
use crate::stop::Stop;

pub(crate) async fn run(options: &ShowCard, screen: &Screen) -> Result<(), Stop> {
    let desk = Desk::choose(&options.card, screen).await?;
    let (label, serial, keys) = desk
        .with_card(async |card| {
            Ok((
                card.label().to_owned(),
                card.serial().to_vec(),
                card.signing_keys().to_vec(),
            ))
        })
        .await?;
    let mut read = Vec::new();
    for key in keys {
        let certificate = Certificate::parse(&key.certificate).map_err(|_| Failure::CertificateMalformed)?;
        read.push((key, certificate));
    }
    let serial = hexadecimal(&serial);
    screen.object(&json!({
        "event": "card",
        "reader": desk.reader(),
        "label": label,
        "serial": serial,
        "keys": read.iter().map(|(key, certificate)| described(key, certificate)).collect::<Vec<Value>>(),
    }));
    let title = if label.is_empty() { desk.reader() } else { &label };
    screen.line("");
    screen.line(&format!("  {}", Style::new().bold().cyan().apply_to(title)));
    let mut table = vec![("card-reader", desk.reader().to_owned())];
    if !serial.is_empty() {
        table.push(("card-serial", serial));
    }
    show(&table, screen);
    for (key, certificate) in &read {
        screen.line("");
        let heading = format!("{} · {}", key.label, algorithm(key.algorithm));
        screen.line(&format!("  {}", Style::new().bold().apply_to(heading)));
        show(&lines(key, certificate, screen), screen);
        marks(certificate, screen);
    }
    screen.line("");
    Ok(())
}

fn lines(key: &SigningKey, certificate: &Certificate, screen: &Screen) -> Vec<(&'static str, String)> {
    let holder = match certificate.holder_number() {
        Some(number) => format!("{} · {number}", certificate.subject_name()),
        None => certificate.subject_name(),
    };
    let validity = screen.sentence(
        "card-validity",
        &[
            ("from", Argument::Day(certificate.not_before())),
            ("until", Argument::Day(certificate.not_after())),
        ],
    );
    let rules = &key.pin;
    let lengths = [
        ("min", Argument::Count(u64::from(rules.min_length))),
        ("max", Argument::Count(u64::from(rules.max_length))),
    ];
    let rule = if rules.numeric {
        "card-pin-digits"
    } else {
        "card-pin-characters"
    };
    let mut lines = vec![
        ("card-certificate-holder", holder),
        ("card-certificate-issuer", certificate.issuer_name()),
        ("card-certificate-serial", certificate.serial_hex()),
        ("card-certificate-validity", validity),
        ("card-pin", screen.sentence(rule, &lengths)),
    ];
    if !rules.label.is_empty() {
        lines.push(("card-pin-name", rules.label.clone()));
    }
    let tries = match rules.tries_left {
        Some(tries) => sentences::tries_left(tries, screen.language()),
        None => screen.sentence("card-tries-untold", &[]),
    };
    lines.push(("card-tries", tries));
    lines
}

/// Whether it is a qualified certificate, or what it lacks.
fn marks(certificate: &Certificate, screen: &Screen) {
    let faults = nes::faults(certificate, SystemTime::now());
    if faults.is_empty() {
        let sentence = screen.sentence("card-qualified", &[]);
        screen.line(&format!("    {} {sentence}", Style::new().green().apply_to("✓")));
    }
    for fault in faults {
        let sentence = format!("✗ {}", mark_sentence(fault, screen.language()));
        screen.line(&format!("    {}", Style::new().yellow().apply_to(sentence)));
    }
}

/// Lines of a name and a value, the values below each other.
fn show(lines: &[(&'static str, String)], screen: &Screen) {
    let named = |id: &str| screen.sentence(id, &[]);
    let width = [
        "card-reader",
        "card-serial",
        "card-certificate-holder",
        "card-certificate-issuer",
    ]
    .into_iter()
    .chain([
        "card-certificate-serial",
        "card-certificate-validity",
        "card-pin",
        "card-pin-name",
        "card-tries",
    ])
    .map(|id| measure_text_width(&named(id)))
    .max()
    .unwrap_or(0);
    for (id, value) in lines {
        let name = named(id);
        let space = " ".repeat(width.saturating_sub(measure_text_width(&name)));
        screen.line(&format!("    {}{space}  {value}", Style::new().dim().apply_to(&name)));
    }
}

fn described(key: &SigningKey, certificate: &Certificate) -> Value {
    let faults = nes::faults(certificate, SystemTime::now());
    json!({
        "label": key.label,
        "algorithm": algorithm(key.algorithm),
        "certificate": {
            "holder": certificate.subject_name(),
            "holder_number": certificate.holder_number(),
            "issuer": certificate.issuer_name(),
            "serial": certificate.serial_hex(),
            "not_before": seconds(certificate.not_before()),
            "not_after": seconds(certificate.not_after()),
            "sha256": hexadecimal(&certificate.digest(DigestAlgorithm::Sha256).value),
            "qualified": faults.is_empty(),
        },
        "pin": {
            "label": key.pin.label,
            "min_length": key.pin.min_length,
            "max_length": key.pin.max_length,
            "numeric": key.pin.numeric,
            "tries_left": key.pin.tries_left,
        },
    })
}

fn algorithm(algorithm: KeyAlgorithm) -> String {
    match algorithm {
        KeyAlgorithm::Rsa { modulus_bits } => format!("RSA-{modulus_bits}"),
        KeyAlgorithm::P256 => "P-256".to_owned(),
        KeyAlgorithm::P384 => "P-384".to_owned(),
        KeyAlgorithm::P521 => "P-521".to_owned(),
    }
}

/// Seconds since 1970; before it, 0.
fn seconds(moment: SystemTime) -> u64 {
    moment
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
