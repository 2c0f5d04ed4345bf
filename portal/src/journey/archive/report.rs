//! The core's report on a container, for people who cannot ask the core: in Turkish, as text and as JSON.

use std::time::SystemTime;

use basvuru::portal::Receipt;
use basvuru::signature::report::{Finding, Report, SignatureReport, TimestampKind};
use basvuru::texts::Language;
use basvuru::verdict::{finding_sentence, report_in_words, verdict_sentence};
use basvuru::writing::shown;
use serde::Serialize;
use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// What the core finds about a container as of its receipt.
#[derive(Clone, Serialize)]
pub struct VerificationReport {
    /// As of when it was verified, RFC 3339 in UTC: the moment of its receipt.
    pub judged_as_of: String,
    /// The verdict as ETSI EN 319 102-1, 5.1.3, names it: `TOTAL-PASSED`, `INDETERMINATE`, `TOTAL-FAILED`.
    pub verdict: String,
    /// The report with a Turkish sentence for the verdict and for everything that was found.
    pub report: Value,
    /// The same as a Turkish text.
    pub text: String,
}

impl VerificationReport {
    pub(super) fn of(report: &Report, receipt: &Receipt) -> Self {
        Self {
            judged_as_of: receipt.received_at.clone(),
            verdict: word(&report.verdict),
            report: report_in_words(report, Language::Turkish).unwrap_or_default(),
            text: text(report, receipt),
        }
    }
}

/// A word of the report, as it is serialized.
fn word(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

fn text(report: &Report, receipt: &Receipt) -> String {
    let mut lines = vec![
        "DOĞRULAMA RAPORU".to_owned(),
        String::new(),
        format!("Başvuru: {}", receipt.order),
        format!("Alındı: {}, {}", receipt.number, received(receipt)),
        format!("Paketin SHA-256 özeti: {}", receipt.container_sha256),
        "Paket, alındığı an itibarıyla doğrulanmıştır.".to_owned(),
        String::new(),
        format!("SONUÇ: {} ({})", sentence(report), word(&report.verdict)),
    ];
    lines.extend(findings(&report.findings));
    if !report.documents.is_empty() {
        lines.extend([String::new(), "İmzalanan belgeler:".to_owned()]);
    }
    for document in &report.documents {
        lines.push(format!(
            "  {}, {} bayt, {}",
            shown(&document.file_name),
            document.size,
            document.digest
        ));
    }
    for (number, signature) in (1..).zip(&report.signatures) {
        lines.push(String::new());
        lines.extend(of_signature(number, signature));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn sentence(report: &Report) -> String {
    verdict_sentence(report.verdict, Language::Turkish)
}

fn of_signature(number: usize, signature: &SignatureReport) -> Vec<String> {
    let file = signature.file_name.as_deref().map(shown).unwrap_or_default();
    let verdict = verdict_sentence(signature.verdict, Language::Turkish);
    let mut lines = vec![
        format!("İmza {number}: {file}"),
        format!("  Sonuç: {verdict} ({})", word(&signature.verdict)),
    ];
    if let Some(signer) = &signature.signer {
        let person = match &signer.number {
            Some(number) => format!("{}, {}", shown(&signer.name), shown(number)),
            None => shown(&signer.name),
        };
        lines.push(format!("  İmzalayan: {person}"));
        lines.push(format!("  Sertifikayı veren: {}", shown(&signer.issuer)));
        lines.push(format!("  Sertifikanın seri numarası: {}", signer.serial));
    }
    if let Some(claimed) = signature.signing_time {
        lines.push(format!("  İmza zamanı (imzalayanın beyanı): {}", moment(claimed)));
    }
    if let Some(proven) = signature.best_time {
        lines.push(format!("  En geç şu anda vardı: {}", moment(proven)));
    }
    if let Some(level) = &signature.level {
        lines.push(format!("  Düzey: CAdES {}", word(level)));
    }
    for timestamp in &signature.timestamps {
        let over = match timestamp.kind {
            TimestampKind::Signature => "imza üzerinde",
            TimestampKind::Content => "imzalanmadan önce içeriğin üzerinde",
            TimestampKind::Archive => "imzayı kanıtlayan her şeyin üzerinde",
        };
        let holds = if timestamp.holds() {
            "geçerli"
        } else {
            "kanıt sayılmadı"
        };
        let time = timestamp.time.map(moment).unwrap_or_default();
        let authority = timestamp.authority.as_deref().map(shown).unwrap_or_default();
        lines.push(format!("  Zaman damgası, {over}, {holds}: {time}, {authority}"));
    }
    if !signature.covers.is_empty() {
        let names: Vec<_> = signature.covers.iter().map(|name| shown(name)).collect();
        lines.push(format!("  Kapsadıkları: {}", names.join(", ")));
    }
    lines.extend(findings(&signature.findings));
    lines
}

fn findings(findings: &[Finding]) -> impl Iterator<Item = String> {
    findings
        .iter()
        .map(|finding| format!("  - {}", shown(&finding_sentence(finding, Language::Turkish))))
}

fn received(receipt: &Receipt) -> String {
    let received_at = OffsetDateTime::parse(&receipt.received_at, &Rfc3339);
    received_at.map_or_else(
        |_| receipt.received_at.clone(),
        |received_at| moment(received_at.into()),
    )
}

/// A moment as people in Türkiye read it, whose clocks are three hours ahead of UTC all the year.
fn moment(moment: SystemTime) -> String {
    let offset = UtcOffset::from_hms(3, 0, 0).unwrap_or(UtcOffset::UTC);
    let local = OffsetDateTime::from(moment).to_offset(offset);
    format!(
        "{:02}.{:02}.{:04} {:02}:{:02}:{:02} (Türkiye saati)",
        local.day(),
        u8::from(local.month()),
        local.year(),
        local.hour(),
        local.minute(),
        local.second()
    )
}
