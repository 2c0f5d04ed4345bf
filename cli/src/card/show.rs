//! What is on a card, as the engine reads it. Nothing is asked and no try is spent.

use std::time::SystemTime;

use basvuru::application::sentences;
use basvuru::card::{KeyAlgorithm, PinRules, SigningKey};
use basvuru::certificate::Certificate;
use basvuru::certificate::nes;
use basvuru::desk::{CardReport, CertificateReport, Look};
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
    let Look { report, keys } = desk.look().await?;
    let mut read = Vec::new();
    for key in keys {
        let certificate = Certificate::parse(&key.certificate).map_err(|_| Failure::CertificateMalformed)?;
        read.push((key, certificate));
    }
    let serial = report.serial.clone().unwrap_or_default();
    screen.object(&json!({
        "event": "card",
        "reader": desk.reader(),
        "label": report.label,
        "serial": serial,
        "keys": read.iter().map(|(key, certificate)| described(key, certificate, &report)).collect::<Vec<Value>>(),
    }));
    let title = if report.label.is_empty() {
        desk.reader()
    } else {
        &report.label
    };
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
        verdict(certificate, &report, screen);
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
    let mut lines = vec![
        ("card-certificate-holder", holder),
        ("card-certificate-issuer", certificate.issuer_name()),
        ("card-certificate-serial", certificate.serial_hex()),
        ("card-certificate-validity", validity),
        ("card-pin", lengths(rules, screen)),
    ];
    if !rules.label.is_empty() {
        lines.push(("card-pin-name", rules.label.clone()));
    }
    let tries = match rules.tries_left {
        Some(tries) => sentences::tries_left(tries, screen.language()),
        None => screen.sentence("card-tries-untold", &[]),
    };
    lines.push(("card-tries", tries));
    let Some(puk) = key.puk() else {
        lines.push(("card-puk", screen.sentence("card-puk-none", &[])));
        return lines;
    };
    lines.push(("card-puk", lengths(puk, screen)));
    lines.push((
        "card-puk-tries",
        sentences::puk_tries_left(puk.tries_left, screen.language()),
    ));
    lines
}

/// How long a PIN or a PUK is.
fn lengths(rules: &PinRules, screen: &Screen) -> String {
    let lengths = [
        ("min", Argument::Count(u64::from(rules.min_length))),
        ("max", Argument::Count(u64::from(rules.max_length))),
    ];
    let id = match (rules.numeric, rules.min_length == rules.max_length) {
        (true, false) => "card-pin-digits",
        (true, true) => "card-pin-exact-digits",
        (false, _) => "card-pin-characters",
    };
    screen.sentence(id, &lengths)
}

/// Whether it can sign, and until when; and every mark of a qualified certificate that it lacks.
fn verdict(certificate: &Certificate, report: &CardReport, screen: &Screen) {
    if let Some(told) = of(certificate, report) {
        let (mark, style) = if told.usable {
            ("✓", Style::new().green())
        } else {
            ("✗", Style::new().yellow())
        };
        screen.line(&format!("    {} {}", style.apply_to(mark), told.sentence));
    }
    let faults = nes::faults(certificate, SystemTime::now());
    if faults.is_empty() {
        screen.line(&format!("      {}", screen.sentence("card-qualified", &[])));
    }
    // The first is in the sentence above.
    for fault in faults.into_iter().skip(1) {
        let sentence = format!("✗ {}", mark_sentence(fault, screen.language()));
        screen.line(&format!("    {}", Style::new().yellow().apply_to(sentence)));
    }
}

/// What the desk says of a certificate.
fn of<'a>(certificate: &Certificate, report: &'a CardReport) -> Option<&'a CertificateReport> {
    let serial = certificate.serial_hex();
    report.certificates.iter().find(|told| told.serial == serial)
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
        "card-puk",
        "card-puk-tries",
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

fn described(key: &SigningKey, certificate: &Certificate, report: &CardReport) -> Value {
    let faults = nes::faults(certificate, SystemTime::now());
    let told = of(certificate, report);
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
            "usable": told.is_some_and(|told| told.usable),
            "days_left": told.and_then(|told| told.days_left),
            "sentence": told.map(|told| told.sentence.as_str()),
        },
        "pin": ruled(&key.pin),
        "puk": key.puk().map(ruled),
    })
}

fn ruled(rules: &PinRules) -> Value {
    json!({
        "label": rules.label,
        "min_length": rules.min_length,
        "max_length": rules.max_length,
        "numeric": rules.numeric,
        "tries_left": rules.tries_left,
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
