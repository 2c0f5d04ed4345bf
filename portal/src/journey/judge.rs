//! The judgement on a signed container: it must hold exactly the order's documents, under one signature of the applicant
//! with a valid qualified certificate of an authority the portal trusts. Everything cryptographic is judged by
//! `basvuru::signature` and `basvuru::certificate`; this page decides what follows for the applicant.

use std::collections::BTreeMap;
use std::io::Cursor;

use basvuru::certificate::TrustAnchors;
use basvuru::identity::is_name_of;
use basvuru::portal::{DocumentDescription, ProblemKind, SignatureLevel};
use basvuru::signature::report::{Consequence, Finding, Level, Report, SignatureReport, Verdict};
use basvuru::signature::source::Gathered;
use basvuru::signature::verify::{self, Verifier};

use crate::clock::Moment;
use crate::records::applicant::{self, PersonRecord};
use crate::refusal::Refusal;
use crate::settings::UnknownState;

/// What is known of an accepted container.
#[derive(Debug)]
pub(crate) struct Accepted {
    /// The serial number of the certificate that signed, lower-case hexadecimal.
    pub(crate) certificate_serial: String,
}

/// Judges a container.
///
/// # Errors
/// `signature-invalid` where documents or signature do not hold, then `certificate-refused`, then
/// `signer-not-applicant`, then `holder-name-differs`.
pub(crate) fn judge(
    container: &[u8],
    expected: &[DocumentDescription],
    applicant: &PersonRecord,
    level: SignatureLevel,
    trust: &TrustAnchors,
    now: Moment,
) -> Result<Accepted, Refusal> {
    let report = verify::verify_container(container, trust, now.system_time());
    let signature = only_signature(&report)?;
    for finding in report
        .findings
        .iter()
        .chain(&signature.findings)
        .filter(|finding| !concerns_certificate(finding))
    {
        if finding.consequence() != Consequence::Note {
            return Err(invalid(name(finding)));
        }
    }
    check_documents(&report, signature, expected)?;
    let counts = |finding: &&Finding| concerns_certificate(finding) && finding.consequence() != Consequence::Note;
    if let Some(finding) = signature.findings.iter().find(counts) {
        return Err(Refusal::new(refusal_for(finding)).detail(name(finding)));
    }
    if level == SignatureLevel::BT && signature.level < Some(Level::BT) {
        return Err(invalid("the signature lacks a time-stamp that holds".to_owned()));
    }
    // Whatever else a later version may find: nothing short of a passed verdict is taken.
    let signer = signature
        .signer
        .as_ref()
        .filter(|_| report.verdict == Verdict::TotalPassed);
    let Some(signer) = signer else {
        return Err(invalid("the signature is not known to hold".to_owned()));
    };
    if !signer
        .number
        .as_deref()
        .is_some_and(|number| is_applicants(applicant, number))
    {
        return Err(Refusal::new(ProblemKind::SignerNotApplicant));
    }
    if !is_name_of(&signer.name, &applicant.given_name, &applicant.family_name) {
        return Err(Refusal::new(ProblemKind::HolderNameDiffers));
    }
    Ok(Accepted {
        certificate_serial: signer.serial.clone(),
    })
}

/// Judges by what was asked about certificates a container that holds otherwise.
///
/// # Errors
/// `certificate-refused` where one has been revoked, `certificate-suspended` where one is suspended;
/// `certificate-state-unknown` where that is not known, so that the same container can be sent again.
pub(crate) fn judge_states(
    container: &[u8],
    gathered: Gathered,
    trust: &TrustAnchors,
    now: Moment,
    unknown: UnknownState,
) -> Result<(), Refusal> {
    let anchors = gathered.anchors(trust);
    let verifier = Verifier {
        requires_revocation: true,
        evidence: gathered.evidence,
        unanswered: gathered.unanswered,
        ..Verifier::new(&anchors, now.system_time())
    };
    let report = verifier.container(Cursor::new(container));
    let is_of_state = |finding: &&Finding| matches!(finding, Finding::Revoked { .. } | Finding::Suspended { .. });
    if let Some(finding) = findings_of(&report).find(is_of_state) {
        return Err(Refusal::new(refusal_for(finding)).detail(name(finding)));
    }
    // A certificate that does not say who tells of it passes otherwise.
    let is_open = findings_of(&report).any(|finding| matches!(finding, Finding::RevocationNotChecked));
    if is_open && unknown == UnknownState::Refused {
        return Err(state_unknown());
    }
    match report.verdict {
        Verdict::TotalPassed => Ok(()),
        Verdict::Indeterminate | Verdict::TotalFailed => Err(state_unknown()),
    }
}

fn findings_of(report: &Report) -> impl Iterator<Item = &Finding> {
    report.signatures.iter().flat_map(|signature| &signature.findings)
}

/// The refusal where nobody tells the state of a certificate.
pub(crate) fn state_unknown() -> Refusal {
    Refusal::new(ProblemKind::CertificateStateUnknown).retry_after(60)
}

/// An application is signed by its applicant, once.
fn only_signature(report: &Report) -> Result<&SignatureReport, Refusal> {
    match report.signatures.as_slice() {
        [signature] => Ok(signature),
        [] => Err(invalid(
            report.findings.first().map_or_else(|| "no signature".to_owned(), name),
        )),
        _ => Err(invalid("more than one signature".to_owned())),
    }
}

/// The container holds the order's documents and nothing else, each covered by the signature.
fn check_documents(
    report: &Report,
    signature: &SignatureReport,
    expected: &[DocumentDescription],
) -> Result<(), Refusal> {
    let wanted: BTreeMap<&str, &str> = expected
        .iter()
        .map(|document| (document.file_name.as_str(), document.sha256.as_str()))
        .collect();
    let found: BTreeMap<&str, &str> = report
        .documents
        .iter()
        .map(|document| (document.file_name.as_str(), document.sha256().unwrap_or_default()))
        .collect();
    if found != wanted || report.documents.len() != expected.len() {
        return Err(invalid("the documents are not those of the order".to_owned()));
    }
    let covers_all = expected
        .iter()
        .all(|document| signature.covers.contains(&document.file_name));
    if covers_all {
        Ok(())
    } else {
        Err(invalid("a document is not covered by the signature".to_owned()))
    }
}

/// Whether a finding is about the certificate, not about what was signed.
const fn concerns_certificate(finding: &Finding) -> bool {
    matches!(
        finding,
        Finding::CertificateNotQualified { .. }
            | Finding::PathInvalid { .. }
            | Finding::SigningTimeOutsideValidity
            | Finding::Revoked { .. }
            | Finding::Suspended { .. }
            | Finding::RevocationUnknown { .. }
    )
}

/// How a signature is refused for what was found about its certificate.
const fn refusal_for(finding: &Finding) -> ProblemKind {
    if matches!(finding, Finding::Suspended { .. }) {
        ProblemKind::CertificateSuspended
    } else {
        ProblemKind::CertificateRefused
    }
}

/// Whether a certificate's number is the applicant's.
fn is_applicants(applicant: &PersonRecord, number: &str) -> bool {
    applicant::parse_identity(applicant.identity_kind, &applicant.identity).is_some_and(|identity| identity.is(number))
}

fn invalid(detail: String) -> Refusal {
    Refusal::new(ProblemKind::SignatureInvalid).detail(detail)
}

/// The stable name of a finding. What else it says may repeat the requester's bytes and stays out.
fn name(finding: &Finding) -> String {
    let value = serde_json::to_value(finding).unwrap_or_default();
    let word = |key: &str| value.get(key).and_then(serde_json::Value::as_str).map(str::to_owned);
    let inner = value.get("fault").and_then(|fault| {
        let first_key = || fault.as_object()?.keys().next().map(String::as_str);
        fault.as_str().or_else(first_key).map(str::to_owned)
    });
    match (word("finding"), inner) {
        (Some(finding), Some(fault)) => format!("{finding}: {fault}"),
        (Some(finding), None) => finding,
        (None, _) => "the signature does not hold".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn what_is_wrong_with_the_certificate_is_told_apart_from_what_is_wrong_with_the_signature() {
        let revoked = Finding::Revoked {
            from: SystemTime::UNIX_EPOCH,
            holder: true,
            is_proven: false,
        };
        assert!(concerns_certificate(&revoked) && revoked.consequence() != Consequence::Note);
        assert!(!concerns_certificate(&Finding::SignatureWrong));
        // Nobody was asked: worth a note, and no reason to refuse.
        assert_eq!(Finding::RevocationNotChecked.consequence(), Consequence::Note);
    }

    #[test]
    fn a_finding_is_named_without_what_the_requester_wrote() {
        let finding = Finding::DocumentChanged {
            file_name: "GEHEIM".to_owned(),
        };
        assert_eq!(name(&finding), "document-changed");
    }
}
