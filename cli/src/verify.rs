//! What is signed, by whom, and whether it holds.

use std::fs;
use std::time::SystemTime;

use basvuru::certificate::{TrustAnchors, chain_from_pem};
use basvuru::signature::report::{Consequence, Finding, Report, Verdict};
use basvuru::signature::verify::{verify_container, verify_detached};
use basvuru::texts::Argument;
use basvuru::verdict::{finding_sentence, verdict_sentence};
use console::Style;

use crate::arguments::Verify;
use crate::screen::Screen;
use crate::stop::Stop;

pub(crate) fn run(options: &Verify, screen: &Screen) -> Result<(), Stop> {
    let mut trusted = Vec::new();
    for file in &options.trust {
        trusted.extend(chain_from_pem(&fs::read(file)?).map_err(|error| Stop::own("stop-verify", error))?);
    }
    let trust = TrustAnchors::new(trusted);
    let signed = fs::read(&options.file)?;
    let now = SystemTime::now();
    let report = match &options.content {
        Some(content) => verify_detached(&signed, &fs::read(content)?, &trust, now),
        None => verify_container(&signed, &trust, now),
    };
    if screen.is_json() {
        screen.object(&serde_json::to_value(&report).map_err(std::io::Error::from)?);
    } else {
        show(options, &report, screen);
    }
    if report.verdict == Verdict::TotalPassed {
        Ok(())
    } else {
        Err(Stop::Refused)
    }
}

fn show(options: &Verify, report: &Report, screen: &Screen) {
    let bold = Style::new().bold();
    let dim = Style::new().dim();
    let label = |id: &str| screen.sentence(id, &[]);
    let file = screen.path(&options.file);
    let kind = if options.content.is_some() {
        "verify-signature"
    } else {
        "verify-container"
    };
    screen.line("");
    screen.line(&format!(
        "  {}",
        bold.apply_to(screen.sentence(kind, &[("file", Argument::Text(&file))]))
    ));
    for finding in &report.findings {
        show_finding(finding, screen);
    }
    if !report.documents.is_empty() {
        screen.line("");
        screen.line(&format!("  {}", label("verify-documents")));
        for document in &report.documents {
            screen.line(&format!(
                "    {}  {}",
                document.file_name,
                dim.apply_to(format!("SHA-256 {}", document.sha256))
            ));
        }
    }
    for signature in &report.signatures {
        screen.line("");
        if let Some(signer) = &signature.signer {
            let number = signer.number.as_deref().unwrap_or_default();
            screen.line(&format!("  {}", label("verify-signer")));
            screen.line(&format!(
                "    {} · {number} · {}",
                bold.apply_to(&signer.name),
                signer.issuer
            ));
        }
        if let Some(moment) = signature.signing_time {
            let moment = screen.sentence("verify-moment", &[("moment", Argument::Moment(moment))]);
            screen.line(&format!("  {}\n    {moment}", label("verify-time")));
        }
        if let Some(level) = signature.level.and_then(|level| serde_json::to_value(level).ok()) {
            screen.line(&format!(
                "  {}\n    CAdES {}",
                label("verify-level"),
                level.as_str().unwrap_or_default()
            ));
        }
        for finding in &signature.findings {
            show_finding(finding, screen);
        }
    }
    let style = match report.verdict {
        Verdict::TotalPassed => Style::new().green().bold(),
        Verdict::Indeterminate => Style::new().yellow().bold(),
        Verdict::TotalFailed => Style::new().red().bold(),
    };
    screen.line("");
    screen.line(&format!(
        "  {} {}",
        style.apply_to(verdict_sentence(report.verdict, screen.language())),
        dim.apply_to(standard_words(report))
    ));
    screen.line("");
}

fn show_finding(finding: &Finding, screen: &Screen) {
    let (mark, style) = match finding.consequence() {
        Consequence::Note => ("·", Style::new().dim()),
        Consequence::Indeterminate(_) => ("?", Style::new().yellow()),
        Consequence::Failed(_) => ("✗", Style::new().red()),
    };
    let sentence = finding_sentence(finding, screen.language());
    screen.line(&format!("    {} {}", style.apply_to(mark), style.apply_to(sentence)));
}

/// The verdict as ETSI EN 319 102-1 writes it.
fn standard_words(report: &Report) -> String {
    let word = |value: serde_json::Result<serde_json::Value>| {
        value
            .ok()
            .and_then(|value| value.as_str().map(str::to_owned))
            .unwrap_or_default()
    };
    let verdict = word(serde_json::to_value(report.verdict));
    match report.sub_indication {
        Some(reason) => format!("{verdict} / {}", word(serde_json::to_value(reason))),
        None => verdict,
    }
}
