//! What a verification found, in words. The findings themselves stay without words, in [`crate::signature`].

mod words;

use std::time::SystemTime;

use crate::certificate::nes::NesFault;
use crate::certificate::path::PathError;
use crate::certificate::revocation::UnknownState;
use crate::signature::ContainerFault;
use crate::signature::report::{
    Finding, ForeignForm, Limit, PolicyAttribute, RequiredAttribute, TimestampKind, Verdict,
};
use crate::texts::{Argument, Language, catalogue, is_near};

pub use words::report_in_words;

/// A verdict as a sentence.
#[must_use]
pub fn verdict_sentence(verdict: Verdict, language: Language) -> String {
    let id = match verdict {
        Verdict::TotalPassed => "verdict-total-passed",
        Verdict::Indeterminate => "verdict-indeterminate",
        Verdict::TotalFailed => "verdict-total-failed",
    };
    catalogue(language).sentence(id, &[])
}

/// A finding as a sentence.
#[must_use]
pub fn finding_sentence(finding: &Finding, language: Language) -> String {
    let say =
        |id: &str, name: &'static str, text: &str| catalogue(language).sentence(id, &[(name, Argument::Text(text))]);
    let plain = |id: &str| catalogue(language).sentence(id, &[]);
    match finding {
        Finding::ContainerRefused { fault } => say(
            "finding-container-refused",
            "why",
            &container_sentence(*fault, language),
        ),
        Finding::MediaTypeMissing => plain("finding-media-type-missing"),
        Finding::SignatureMissing => plain("finding-signature-missing"),
        Finding::FormNotSupported { form, is_signature } => plain(form_id(*form, *is_signature)),
        Finding::LimitMet { limit } => plain(match limit {
            Limit::Parts => "finding-limit-parts",
            Limit::Timestamps => "finding-limit-timestamps",
            Limit::CounterSignatures => "finding-limit-counter-signatures",
        }),
        Finding::TrailingOctets { count } => say("finding-trailing-octets", "count", &count.to_string()),
        Finding::ManifestMalformed { file_name } => say("finding-manifest-malformed", "file", file_name),
        Finding::ManifestUnsigned { file_name } => say("finding-manifest-unsigned", "file", file_name),
        Finding::ManifestMissing => plain("finding-manifest-missing"),
        Finding::PathUnusual { file_name } => say("finding-path-unusual", "file", file_name),
        Finding::FileNotCovered { file_name } => say("finding-file-not-covered", "file", file_name),
        Finding::FurnitureNotCovered { file_name } => say("finding-furniture-not-covered", "file", file_name),
        Finding::DocumentMissing { file_name } => say("finding-document-missing", "file", file_name),
        Finding::DocumentChanged { file_name } => say("finding-document-changed", "file", file_name),
        Finding::ContentMissing => plain("finding-content-missing"),
        Finding::ContentDiffers => plain("finding-content-differs"),
        Finding::SignatureMalformed => plain("finding-signature-malformed"),
        Finding::SignatureNotCms => plain("finding-signature-not-cms"),
        Finding::CounterSignatureMalformed => plain("finding-counter-signature-malformed"),
        Finding::UnsignedAttributeMalformed => plain("finding-unsigned-attribute-malformed"),
        Finding::AttributesMissing => plain("finding-attributes-missing"),
        Finding::AttributeMissing { attribute } => {
            say("finding-attribute-missing", "attribute", attribute_name(*attribute))
        }
        Finding::AttributeRepeated { attribute } => {
            say("finding-attribute-repeated", "attribute", attribute_name(*attribute))
        }
        Finding::OtherAttributeRepeated { .. } => plain("finding-other-attribute-repeated"),
        Finding::AttributeMalformed { attribute } => {
            say("finding-attribute-malformed", "attribute", attribute_name(*attribute))
        }
        Finding::SignedAttributeMalformed => plain("finding-signed-attribute-malformed"),
        Finding::AttributesUnsorted => plain("finding-attributes-unsorted"),
        Finding::VersionUnusual => plain("finding-version-unusual"),
        Finding::SignatureTooLarge => plain("finding-signature-too-large"),
        Finding::ContentTypeDiffers => plain("finding-content-type-differs"),
        Finding::ContentTypeUnusual => plain("finding-content-type-unusual"),
        Finding::ContentTypeForbidden => plain("finding-content-type-forbidden"),
        Finding::ContentChanged => plain("finding-content-changed"),
        Finding::AlgorithmsContradict => plain("finding-algorithms-contradict"),
        Finding::DigestAlgorithmNotAnnounced => plain("finding-digest-algorithm-not-announced"),
        Finding::AlgorithmWeak => plain("finding-algorithm-weak"),
        Finding::AlgorithmUnknown => plain("finding-algorithm-unknown"),
        Finding::CertificateMissing => plain("finding-certificate-missing"),
        Finding::CertificateDiffers => plain("finding-certificate-differs"),
        Finding::CertificateNameDiffers => plain("finding-certificate-name-differs"),
        Finding::CertificateUnreadable => plain("finding-certificate-unreadable"),
        Finding::SignatureWrong => plain("finding-signature-wrong"),
        Finding::SigningTimeInFuture => plain("finding-signing-time-in-future"),
        Finding::SigningTimeOutsideValidity => plain("finding-signing-time-outside-validity"),
        // Whatever it is, it is not the certificate that lacks something.
        Finding::CertificateNotQualified {
            fault: NesFault::UnsupportedKey,
        } => plain("finding-key-unknown"),
        Finding::CertificateNotQualified { fault } => say(
            "finding-certificate-not-qualified",
            "why",
            &mark_sentence(*fault, language),
        ),
        Finding::PathInvalid { fault } => say("finding-path-invalid", "why", &path_sentence(fault, language)),
        Finding::SignedBeforeCertificate { not_before } => catalogue(language).sentence(
            "finding-signed-before-certificate",
            &[("day", Argument::Day(*not_before))],
        ),
        Finding::SignedAfterCertificate { not_after } => catalogue(language).sentence(
            "finding-signed-after-certificate",
            &[("day", Argument::Day(*not_after))],
        ),
        Finding::RevocationNotChecked => plain("finding-revocation-not-checked"),
        Finding::RevocationUnreadable => plain("finding-revocation-unreadable"),
        Finding::RevocationUnknown { cause, holder } => {
            let whose = if *holder {
                "finding-revocation-unknown"
            } else {
                "finding-revocation-unknown-authority"
            };
            say(whose, "why", &state_sentence(*cause, language))
        }
        Finding::AskedInVain { host, cause } => {
            let why = state_sentence(*cause, language);
            let arguments = [("host", Argument::Text(host)), ("why", Argument::Text(&why))];
            catalogue(language).sentence("finding-asked-in-vain", &arguments)
        }
        Finding::Revoked { from, holder, .. } => {
            let whose = if *holder {
                "finding-revoked"
            } else {
                "finding-revoked-authority"
            };
            catalogue(language).sentence(whose, &[("day", Argument::Day(*from))])
        }
        Finding::Suspended { from, holder } => {
            let whose = if *holder {
                "finding-suspended"
            } else {
                "finding-suspended-authority"
            };
            catalogue(language).sentence(whose, &[("day", Argument::Day(*from))])
        }
        Finding::SigningTimeAfterTimestamp => plain("finding-signing-time-after-timestamp"),
        Finding::TimestampsOutOfOrder => plain("finding-timestamps-out-of-order"),
        Finding::CertificateNotForTimestamps => plain("finding-certificate-not-for-timestamps"),
        Finding::TimestampInvalid {
            timestamp,
            cause,
            others_hold,
        } => timestamp_sentence(*timestamp, cause, *others_hold, language),
        Finding::TimestampForAnother => plain("finding-timestamp-for-another"),
        Finding::TimestampMalformed => plain("finding-timestamp-malformed"),
        Finding::ArchiveIndexUnmatched => plain("finding-archive-index-unmatched"),
        Finding::ArchiveIndexMalformed => plain("finding-archive-index-malformed"),
        Finding::PolicyUnknown { .. } => plain("finding-policy-unknown"),
        Finding::PolicyDiffers => plain("finding-policy-differs"),
        Finding::PolicyAttributeMissing { attribute } => say(
            "finding-policy-attribute-missing",
            "attribute",
            policy_attribute_name(*attribute),
        ),
        Finding::ReferenceUnmatched => plain("finding-reference-unmatched"),
        Finding::TimestampTooLate => plain("finding-timestamp-too-late"),
        Finding::GracePeriodNotOver => plain("finding-grace-period-not-over"),
        Finding::UnsignedAttributeUnknown { .. } => plain("finding-unsigned-attribute-unknown"),
    }
}

const fn form_id(form: ForeignForm, is_signature: bool) -> &'static str {
    match (form, is_signature) {
        (ForeignForm::Xades, _) => "finding-form-xades",
        (ForeignForm::EvidenceRecord, _) => "finding-form-evidence-record",
        (ForeignForm::Timestamp, true) => "finding-form-timestamp-alone",
        (ForeignForm::Timestamp, false) => "finding-form-timestamp-beside",
    }
}

/// Why a time-stamp proves nothing: it is for something else, it is damaged, or it is not trusted, for a reason that is told.
fn timestamp_sentence(timestamp: TimestampKind, cause: &Finding, others_hold: bool, language: Language) -> String {
    let texts = catalogue(language);
    let is_damaged = matches!(
        cause,
        Finding::TimestampMalformed
            | Finding::SignatureMalformed
            | Finding::SignatureWrong
            | Finding::ContentChanged
            | Finding::ArchiveIndexMalformed
    );
    let why = if *cause == Finding::TimestampForAnother {
        texts.sentence("timestamp-for-another", &[])
    } else if *cause == Finding::ArchiveIndexUnmatched {
        texts.sentence("timestamp-not-for-what-is-there", &[])
    } else if is_damaged {
        texts.sentence("timestamp-damaged", &[])
    } else {
        let reason = finding_sentence(cause, language);
        let reason = reason.trim_end_matches('.');
        texts.sentence("timestamp-not-trusted", &[("why", Argument::Text(reason))])
    };
    let id = match (timestamp, others_hold) {
        (TimestampKind::Content, _) => "finding-content-timestamp-invalid",
        (TimestampKind::Signature, true) => "finding-timestamp-invalid",
        (TimestampKind::Signature, false) => "finding-timestamp-invalid-alone",
        (TimestampKind::Archive, true) => "finding-archive-timestamp-invalid",
        (TimestampKind::Archive, false) => "finding-archive-timestamp-invalid-alone",
    };
    texts.sentence(id, &[("why", Argument::Text(&why))])
}

/// Why a certificate is not a qualified one of a person, to stand within a sentence.
#[must_use]
pub fn mark_sentence(fault: NesFault, language: Language) -> String {
    let texts = catalogue(language);
    match fault {
        NesFault::NotYetValid { not_before } if is_near(not_before, SystemTime::now()) => {
            texts.sentence("mark-valid-soon", &[("moment", Argument::Second(not_before))])
        }
        NesFault::NotYetValid { not_before } => {
            texts.sentence("mark-not-yet-valid", &[("day", Argument::Day(not_before))])
        }
        NesFault::Expired { not_after } if is_near(not_after, SystemTime::now()) => {
            texts.sentence("mark-expired-lately", &[("moment", Argument::Second(not_after))])
        }
        NesFault::Expired { not_after } => texts.sentence("mark-expired", &[("day", Argument::Day(not_after))]),
        NesFault::Authority => texts.sentence("mark-authority", &[]),
        NesFault::NoNonRepudiation => texts.sentence("mark-no-non-repudiation", &[]),
        NesFault::Seal => texts.sentence("mark-seal", &[]),
        NesFault::NotQualified => texts.sentence("mark-not-qualified", &[]),
        NesFault::NotTurkishQualified => texts.sentence("mark-not-turkish-qualified", &[]),
        NesFault::NoUserNotice => texts.sentence("mark-no-user-notice", &[]),
        NesFault::NoHolderNumber => texts.sentence("mark-no-holder-number", &[]),
        NesFault::WeakKey => texts.sentence("mark-weak-key", &[]),
        NesFault::UnsupportedKey => texts.sentence("mark-unsupported-key", &[]),
    }
}

/// Why a certificate leads to no root that is trusted, to stand within a sentence.
#[must_use]
pub fn path_sentence(fault: &PathError, language: Language) -> String {
    let texts = catalogue(language);
    match fault {
        PathError::NoIssuer { issuer } => texts.sentence("path-no-issuer", &[("issuer", Argument::Text(issuer))]),
        PathError::UntrustedRoot => texts.sentence("path-untrusted-root", &[]),
        PathError::NotYetValid { not_before, .. } => {
            texts.sentence("path-not-yet-valid", &[("day", Argument::Day(*not_before))])
        }
        PathError::Expired { not_after, .. } => texts.sentence("path-expired", &[("day", Argument::Day(*not_after))]),
        PathError::WrongSignature => texts.sentence("path-wrong-signature", &[]),
        PathError::UnsupportedSignature => texts.sentence("path-unsupported-signature", &[]),
        PathError::NotAuthority => texts.sentence("path-not-authority", &[]),
        PathError::NoCertificateSigning => texts.sentence("path-no-certificate-signing", &[]),
        PathError::TooLong => texts.sentence("path-too-long", &[]),
        PathError::NoPolicy => texts.sentence("path-no-policy", &[]),
        PathError::CriticalExtension { .. } => texts.sentence("path-critical-extension", &[]),
        PathError::NameNotPermitted { issuer } => {
            texts.sentence("path-name-not-permitted", &[("issuer", Argument::Text(issuer))])
        }
    }
}

/// Why the state of a certificate is not known, to stand within a sentence.
fn state_sentence(cause: UnknownState, language: Language) -> String {
    let id = match cause {
        UnknownState::NoEvidence => "state-no-evidence",
        UnknownState::Unreachable => "state-unreachable",
        UnknownState::TooLate => "state-too-late",
        UnknownState::HttpStatus { .. } => "state-http-status",
        UnknownState::TooLarge => "state-too-large",
        UnknownState::WebPage => "state-web-page",
        UnknownState::Unreadable => "state-unreadable",
        UnknownState::NotNow => "state-not-now",
        UnknownState::Refused => "state-refused",
        UnknownState::OtherQuestion => "state-other-question",
        UnknownState::OtherCertificates => "state-other-certificates",
        UnknownState::Partial => "state-partial",
        UnknownState::NotUnderstood => "state-not-understood",
        UnknownState::UnknownAlgorithm => "state-unknown-algorithm",
        UnknownState::WeakAlgorithm => "state-weak-algorithm",
        UnknownState::NotAuthorized => "state-not-authorized",
        UnknownState::ResponderNotValid => "state-responder-not-valid",
        UnknownState::AfterEnd => "state-after-end",
        UnknownState::FromFuture => "state-from-future",
        UnknownState::NoNextUpdate => "state-no-next-update",
        UnknownState::Outdated => "state-outdated",
        UnknownState::NotKnown => "state-not-known",
    };
    let texts = catalogue(language);
    if let UnknownState::HttpStatus { status } = cause {
        texts.sentence(id, &[("status", Argument::Text(&status.to_string()))])
    } else {
        texts.sentence(id, &[])
    }
}

/// Why a container is refused, to stand within a sentence.
#[must_use]
pub fn container_sentence(fault: ContainerFault, language: Language) -> String {
    let id = match fault {
        ContainerFault::NotZip => "container-not-zip",
        ContainerFault::Inconsistent => "container-inconsistent",
        ContainerFault::UnsafeName => "container-unsafe-name",
        ContainerFault::DuplicateName => "container-duplicate-name",
        ContainerFault::TooManyFiles => "container-too-many-files",
        ContainerFault::TooLarge => "container-too-large",
        ContainerFault::Unsupported => "container-unsupported",
        ContainerFault::Damaged => "container-damaged",
        ContainerFault::Unreadable => "container-unreadable",
    };
    catalogue(language).sentence(id, &[])
}

/// The standard's own name, which needs no translation.
fn policy_attribute_name(attribute: PolicyAttribute) -> &'static str {
    match attribute {
        PolicyAttribute::SignatureTimestamp => "signature-time-stamp",
        PolicyAttribute::CertificateReferences => "complete-certificate-references",
        PolicyAttribute::RevocationReferences => "complete-revocation-references",
        PolicyAttribute::CertificateValues => "certificate-values",
        PolicyAttribute::RevocationValues => "revocation-values",
        PolicyAttribute::OcspAnswer => "OCSP",
        PolicyAttribute::RevocationList => "CRL",
        PolicyAttribute::Address => "SPURI",
    }
}

/// The standard's own name, which needs no translation.
fn attribute_name(attribute: RequiredAttribute) -> &'static str {
    match attribute {
        RequiredAttribute::ContentType => "content-type",
        RequiredAttribute::MessageDigest => "message-digest",
        RequiredAttribute::SigningTime => "signing-time",
        RequiredAttribute::SigningCertificate => "signing-certificate",
    }
}

#[cfg(test)]
mod tests;
