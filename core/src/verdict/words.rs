//! A whole report with its sentences, for programs that show it to people.

use serde_json::Value;

use super::{finding_sentence, verdict_sentence};
use crate::signature::report::{Finding, Report};
use crate::texts::Language;

/// The report as JSON, with a sentence for each verdict (`sentence`) and one for everything that was found, in the same order
/// (`sentences`).
///
/// # Errors
/// None that a report has given cause for: its parts are plain data.
pub fn report_in_words(report: &Report, language: Language) -> serde_json::Result<Value> {
    let sentences = |findings: &[Finding]| -> Value {
        let sentence = |finding| finding_sentence(finding, language);
        findings.iter().map(sentence).collect()
    };
    let mut value = serde_json::to_value(report)?;
    value["sentence"] = verdict_sentence(report.verdict, language).into();
    value["sentences"] = sentences(&report.findings);
    for (place, signature) in report.signatures.iter().enumerate() {
        value["signatures"][place]["sentence"] = verdict_sentence(signature.verdict, language).into();
        value["signatures"][place]["sentences"] = sentences(&signature.findings);
    }
    Ok(value)
}
