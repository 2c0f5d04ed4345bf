//! What follows from each finding, derived from ETSI EN 319 102-1: failed is what provably does not hold, and what cannot be
//! processed at all (5.1.3); a property that is missing or unusual, and everything that is not known, leaves the verdict
//! open; what nobody signed never breaks what somebody signed.

use super::TimestampKind;
use super::finding::{Finding, Limit, SubIndication, Verdict};
use crate::certificate::path::PathError;

/// What follows from a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consequence {
    /// Nothing: it is worth knowing.
    Note,
    /// What is there does not suffice to tell.
    Indeterminate(SubIndication),
    /// The signature does not hold.
    Failed(SubIndication),
}

/// What follows, and the clause it follows from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rule {
    /// The clause of ETSI EN 319 102-1, where no other document is named.
    pub(crate) clause: &'static str,
    pub(crate) consequence: Consequence,
}

impl Finding {
    /// Whether nothing follows from it.
    #[must_use]
    pub fn is_note(&self) -> bool {
        self.consequence() == Consequence::Note
    }

    /// What follows from it.
    #[must_use]
    pub fn consequence(&self) -> Consequence {
        self.rule().consequence
    }

    /// The table: one row for each finding.
    pub(crate) fn rule(&self) -> Rule {
        use SubIndication as Sub;
        match self {
            // What provably does not hold, or cannot be processed at all.
            Self::SignatureMalformed => failed("5.1.3, 5.2.2", Sub::FormatFailure),
            Self::ContentChanged | Self::ContentDiffers | Self::DocumentChanged { .. } => {
                failed("5.1.3, 5.2.7", Sub::HashFailure)
            }
            Self::SignatureWrong => failed("5.1.3, 5.2.7", Sub::SigCryptoFailure),
            Self::SignedBeforeCertificate { .. } => failed("5.1.3, 5.5.4", Sub::NotYetValid),
            Self::SignedAfterCertificate { .. } => failed("5.1.3, 5.3.4", Sub::Expired),
            Self::Revoked {
                holder: true,
                is_proven: true,
                ..
            } => failed("5.1.3, 5.5.4", Sub::Revoked),
            Self::Revoked {
                holder: true,
                is_proven: false,
                ..
            } => unsure("5.2.6", Sub::RevokedNoPoe),
            Self::Revoked { holder: false, .. } => unsure("5.2.6", Sub::RevokedCaNoPoe),

            // What is not judged here.
            Self::ContainerRefused { .. } | Self::SignatureMissing | Self::SignatureNotCms => {
                unsure("5.1.3, 5.2.2", Sub::Generic)
            }
            Self::FormNotSupported { is_signature: true, .. } => unsure("5.1.3, 5.2.2", Sub::Generic),
            Self::SignatureTooLarge => unsure("5.1.3", Sub::Generic),
            Self::LimitMet {
                limit: Limit::Parts | Limit::CounterSignatures,
            } => unsure("5.1.3", Sub::Generic),
            Self::CounterSignatureMalformed => unsure("5.1.3, EN 319 122-1 5.2.7", Sub::Generic),

            // What was signed and is not there.
            Self::DocumentMissing { .. } | Self::ContentMissing | Self::ManifestMissing => {
                unsure("5.2.7", Sub::SignedDataNotFound)
            }
            Self::FileNotCovered { .. } => unsure("EN 319 162-1 4.4", Sub::SigConstraintsFailure),

            // Properties that are missing or unusual.
            Self::AttributesMissing
            | Self::AttributeMissing { .. }
            | Self::AttributeRepeated { .. }
            | Self::AttributeMalformed { .. }
            | Self::SignedAttributeMalformed
            | Self::ContentTypeDiffers
            | Self::ContentTypeUnusual
            | Self::ContentTypeForbidden
            | Self::AlgorithmsContradict
            | Self::SigningTimeInFuture
            | Self::SigningTimeOutsideValidity => unsure("5.2.8", Sub::SigConstraintsFailure),
            Self::AlgorithmWeak | Self::AlgorithmUnknown => unsure("5.2.8", Sub::CryptoConstraintsFailure),

            // The certificate.
            Self::CertificateMissing | Self::CertificateDiffers => unsure("5.2.3", Sub::NoSigningCertificateFound),
            Self::CertificateNotQualified { .. } | Self::CertificateNotForTimestamps => {
                unsure("5.2.6", Sub::ChainConstraintsFailure)
            }
            Self::PathInvalid { fault } => unsure("5.2.6", of_path(fault)),
            // A certificate on hold may come to be good or revoked.
            Self::RevocationUnknown { .. } | Self::Suspended { .. } => unsure("5.2.5, 5.2.6.4", Sub::TryLater),

            // Time-stamps: one that does not hold is taken out of the set. Where none of the kind is left, what they were to
            // prove is not known; on those over the content nothing rests.
            Self::TimestampInvalid { others_hold: true, .. }
            | Self::TimestampInvalid {
                timestamp: TimestampKind::Content,
                ..
            } => note("5.5.4, 5.6.2"),
            Self::TimestampInvalid { cause, .. } => unsure(
                "5.5.4, 5.6.2",
                match cause.consequence() {
                    Consequence::Indeterminate(reason) => reason,
                    Consequence::Note | Consequence::Failed(_) => Sub::SigConstraintsFailure,
                },
            ),
            Self::TimestampForAnother
            | Self::TimestampMalformed
            | Self::ArchiveIndexUnmatched
            | Self::ArchiveIndexMalformed => unsure("5.4, 5.6.2", Sub::SigConstraintsFailure),
            Self::SigningTimeAfterTimestamp | Self::TimestampsOutOfOrder => unsure("5.5.4", Sub::TimestampOrderFailure),

            // The policy that was signed along, and what it asks for.
            Self::PolicyUnknown { .. } => unsure("5.2.4", Sub::SignaturePolicyNotAvailable),
            Self::PolicyDiffers => unsure("5.2.4", Sub::PolicyProcessingError),
            Self::PolicyAttributeMissing { .. } | Self::ReferenceUnmatched | Self::TimestampTooLate => {
                unsure("5.2.4, 5.2.8", Sub::SigConstraintsFailure)
            }
            Self::GracePeriodNotOver => unsure("5.2.4, 5.2.5", Sub::TryLater),

            // What nobody signed, and what standards leave open.
            Self::MediaTypeMissing => note("EN 319 162-1 A.1"),
            Self::ManifestMalformed { .. }
            | Self::ManifestUnsigned { .. }
            | Self::PathUnusual { .. }
            | Self::FurnitureNotCovered { .. } => note("EN 319 162-1 4.4.3"),
            Self::FormNotSupported {
                is_signature: false, ..
            } => note("5.6.2"),
            Self::LimitMet {
                limit: Limit::Timestamps,
            } => note("5.5.4, 5.6.2"),
            Self::TrailingOctets { .. } => note("RFC 5652 3"),
            Self::AttributesUnsorted => note("RFC 5652 5.4"),
            Self::VersionUnusual | Self::DigestAlgorithmNotAnnounced => note("RFC 5652 5.1"),
            Self::OtherAttributeRepeated { .. } => note("RFC 5652 11"),
            Self::UnsignedAttributeMalformed | Self::UnsignedAttributeUnknown { .. } => note("RFC 5652 5.3"),
            Self::CertificateNameDiffers => note("RFC 5035 5"),
            Self::CertificateUnreadable | Self::RevocationUnreadable => note("RFC 5652 10.2"),
            Self::RevocationNotChecked | Self::AskedInVain { .. } => note("5.2.5"),
        }
    }
}

const fn of_path(fault: &PathError) -> SubIndication {
    use SubIndication as Sub;
    match fault {
        PathError::NoIssuer { .. } | PathError::UntrustedRoot => Sub::NoCertificateChainFound,
        PathError::NotYetValid { .. } | PathError::Expired { .. } => Sub::OutOfBoundsNoPoe,
        PathError::WrongSignature => Sub::CertificateChainGeneralFailure,
        PathError::UnsupportedSignature => Sub::CryptoConstraintsFailure,
        PathError::NotAuthority
        | PathError::NoCertificateSigning
        | PathError::TooLong
        | PathError::NameNotPermitted { .. }
        | PathError::NoPolicy
        | PathError::CriticalExtension { .. } => Sub::ChainConstraintsFailure,
    }
}

const fn note(clause: &'static str) -> Rule {
    Rule {
        clause,
        consequence: Consequence::Note,
    }
}

const fn unsure(clause: &'static str, reason: SubIndication) -> Rule {
    Rule {
        clause,
        consequence: Consequence::Indeterminate(reason),
    }
}

const fn failed(clause: &'static str, reason: SubIndication) -> Rule {
    Rule {
        clause,
        consequence: Consequence::Failed(reason),
    }
}

/// The worst that follows from findings; the first of several that are equally bad.
pub(in crate::signature) fn verdict<'a>(
    findings: impl IntoIterator<Item = &'a Finding>,
) -> (Verdict, Option<SubIndication>) {
    let mut worst = (Verdict::TotalPassed, None);
    for finding in findings {
        let next = match finding.consequence() {
            Consequence::Note => continue,
            Consequence::Indeterminate(reason) => (Verdict::Indeterminate, Some(reason)),
            Consequence::Failed(reason) => (Verdict::TotalFailed, Some(reason)),
        };
        if next.0 > worst.0 {
            worst = next;
        }
    }
    worst
}
