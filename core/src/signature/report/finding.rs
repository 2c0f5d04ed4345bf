//! Findings without words, and what follows from each.

use std::time::SystemTime;

use serde::Serialize;

use super::TimestampKind;
use crate::certificate::nes::NesFault;
use crate::certificate::path::PathError;
use crate::certificate::revocation::UnknownState;
use crate::certificate::rfc_3339;
use crate::signature::ContainerFault;

/// The main status of ETSI EN 319 102-1, 5.1.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
pub enum Verdict {
    /// The signature holds.
    TotalPassed,
    /// What is there does not suffice to tell.
    Indeterminate,
    /// The signature does not hold.
    TotalFailed,
}

/// The sub-indications of ETSI EN 319 102-1, 5.1.3 that occur here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SubIndication {
    /// The signature is not of the form the standard gives it.
    FormatFailure,
    /// A digest does not match what was digested.
    HashFailure,
    /// The signature value does not verify.
    SigCryptoFailure,
    /// The signature lacks a property that is asked for.
    SigConstraintsFailure,
    /// The certificate or its path lacks a property that is asked for.
    ChainConstraintsFailure,
    /// The path to a root fails for another reason.
    CertificateChainGeneralFailure,
    /// An algorithm or a key is too weak, or not known.
    CryptoConstraintsFailure,
    /// The signing certificate is not there.
    NoSigningCertificateFound,
    /// No path leads to a trusted root.
    NoCertificateChainFound,
    /// A certificate was not valid at the time the signature is proven to have existed.
    OutOfBoundsNoPoe,
    /// A document that was signed is not there.
    SignedDataNotFound,
    /// The certificate was revoked before the signature is proven to have existed.
    Revoked,
    /// The certificate is revoked, and nothing proves that the signature existed before.
    RevokedNoPoe,
    /// A certificate of the path is revoked, and nothing proves that the signature existed before.
    RevokedCaNoPoe,
    /// The times of time-stamps contradict each other or the claimed time.
    TimestampOrderFailure,
    /// What is known of the state of a certificate does not suffice; later it may.
    TryLater,
    /// The signature policy is not known.
    SignaturePolicyNotAvailable,
    /// The signature policy is not the one that was signed along.
    PolicyProcessingError,
}

/// A signed attribute that every signature has exactly once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequiredAttribute {
    /// content-type.
    ContentType,
    /// message-digest.
    MessageDigest,
    /// signing-time.
    SigningTime,
    /// signing-certificate or signing-certificate-v2.
    SigningCertificate,
}

/// What a Turkish profile asks for beside the policy: an unsigned attribute, or what is to be in one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyAttribute {
    /// signature-time-stamp.
    SignatureTimestamp,
    /// complete-certificate-references.
    CertificateReferences,
    /// complete-revocation-references.
    RevocationReferences,
    /// certificate-values.
    CertificateValues,
    /// revocation-values, or in it what tells of one of the certificates of the path.
    RevocationValues,
    /// The answer of an OCSP responder about the signer's certificate.
    OcspAnswer,
    /// A list of revoked certificates for each certificate of the path.
    RevocationList,
    /// The address of the policy.
    Address,
}

/// One thing that was found. Its name is stable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "finding", rename_all = "kebab-case")]
pub enum Finding {
    /// The container is refused.
    ContainerRefused {
        /// Why.
        fault: ContainerFault,
    },
    /// The container's first file does not say that it is ASiC-E.
    MediaTypeMissing,
    /// Nothing is signed.
    SignatureMissing,
    /// A manifest cannot be read.
    ManifestMalformed {
        /// Its path.
        file_name: String,
    },
    /// A manifest names a signature that is not there.
    ManifestUnsigned {
        /// Its path.
        file_name: String,
    },
    /// No manifest, or more than one, names this signature.
    ManifestMissing,
    /// A file lies in the container that no signature covers.
    FileNotCovered {
        /// Its path.
        file_name: String,
    },
    /// A document that was signed is not in the container.
    DocumentMissing {
        /// Its path.
        file_name: String,
    },
    /// A document is not what was signed.
    DocumentChanged {
        /// Its path.
        file_name: String,
    },
    /// The content that was signed was neither given nor is it within the signature.
    ContentMissing,
    /// The content given is not the one within the signature.
    ContentDiffers,
    /// The signature file is not a CMS signature.
    SignatureMalformed,
    /// A signed attribute that must be there is not.
    AttributeMissing {
        /// Which.
        attribute: RequiredAttribute,
    },
    /// A signed attribute is there twice, or has not one value.
    AttributeRepeated {
        /// Its object identifier.
        oid: String,
    },
    /// A signed attribute cannot be read.
    AttributeMalformed {
        /// Which.
        attribute: RequiredAttribute,
    },
    /// The signed attributes do not stand in the order of DER.
    AttributesUnsorted,
    /// The version number does not suit the contents.
    VersionUnusual,
    /// The signature has more octets than are read.
    SignatureTooLarge,
    /// What was signed has another type than is said inside.
    ContentTypeDiffers,
    /// A counter-signature says of what type its content is, though a signature value has none.
    ContentTypeForbidden,
    /// There are more counter-signatures, or more of each other, than are judged.
    CounterSignaturesTooMany,
    /// The content is not what was signed.
    ContentChanged,
    /// The algorithms named in several places contradict each other.
    AlgorithmsContradict,
    /// An algorithm or the key is too weak.
    AlgorithmWeak,
    /// An algorithm or the kind of key is not known.
    AlgorithmUnknown,
    /// The signing certificate is not in the signature.
    CertificateMissing,
    /// The signing certificate is not the one that was signed along.
    CertificateDiffers,
    /// A certificate that was brought along cannot be read.
    CertificateUnreadable,
    /// An answer or list about revocation that was brought along cannot be read.
    RevocationUnreadable,
    /// The signature value is wrong.
    SignatureWrong,
    /// The claimed time lies in the future.
    SigningTimeInFuture,
    /// The claimed time lies outside the validity of the certificate.
    SigningTimeOutsideValidity,
    /// The certificate cannot make a qualified signature of a person.
    CertificateNotQualified {
        /// What it lacks.
        fault: NesFault,
    },
    /// No valid path leads from the certificate to a trusted root.
    PathInvalid {
        /// Why.
        fault: PathError,
    },
    /// Nobody was asked whether the certificate had been revoked.
    RevocationNotChecked,
    /// Nobody who may could tell whether a certificate had been revoked.
    RevocationUnknown {
        /// Why.
        cause: UnknownState,
        /// Whether it is the signer's own certificate.
        holder: bool,
    },
    /// A certificate had been revoked.
    Revoked {
        /// Since when.
        #[serde(serialize_with = "rfc_3339")]
        from: SystemTime,
        /// Whether it is the signer's own certificate.
        holder: bool,
        /// Whether a time-stamp proves that it was revoked before.
        is_proven: bool,
    },
    /// A certificate is suspended: it may be good again.
    Suspended {
        /// Since when.
        #[serde(serialize_with = "rfc_3339")]
        from: SystemTime,
        /// Whether it is the signer's own certificate.
        holder: bool,
    },
    /// The claimed time is later than the time-stamp.
    SigningTimeAfterTimestamp,
    /// The certificate of a time-stamping authority is not for time-stamping.
    CertificateNotForTimestamps,
    /// A time-stamp proves nothing.
    TimestampInvalid {
        /// Which.
        timestamp: TimestampKind,
        /// Why.
        cause: Box<Self>,
    },
    /// The index of an archive time-stamp names something that is not there, or not any more.
    ArchiveIndexUnmatched,
    /// The index of an archive time-stamp cannot be read.
    ArchiveIndexMalformed,
    /// The signature policy is not known.
    PolicyUnknown {
        /// Its object identifier.
        oid: String,
    },
    /// The signature policy was signed along with another digest than it has.
    PolicyDiffers,
    /// An attribute that the signature's policy asks for is missing.
    PolicyAttributeMissing {
        /// Which.
        attribute: PolicyAttribute,
    },
    /// A reference to a certificate, answer or list fits none that is there.
    ReferenceUnmatched,
    /// The time-stamp was made later after the claimed time than the policy allows.
    TimestampTooLate,
    /// What tells that the certificate was not revoked was made before the policy's time of grace was over.
    GracePeriodNotOver,
    /// An unsigned attribute is not judged.
    UnsignedAttributeUnknown {
        /// Its object identifier.
        oid: String,
    },
}

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

impl Finding {
    /// Whether nothing follows from it.
    #[must_use]
    pub fn is_note(&self) -> bool {
        self.consequence() == Consequence::Note
    }

    /// What follows from it (ETSI EN 319 102-1, 5).
    #[must_use]
    pub fn consequence(&self) -> Consequence {
        use Consequence::{Failed, Indeterminate, Note};
        use SubIndication as Sub;
        match self {
            Self::ContainerRefused { .. }
            | Self::MediaTypeMissing
            | Self::SignatureMissing
            | Self::ManifestMalformed { .. }
            | Self::ManifestUnsigned { .. }
            | Self::ManifestMissing
            | Self::SignatureMalformed
            | Self::AttributeMissing { .. }
            | Self::AttributeRepeated { .. }
            | Self::AttributeMalformed { .. }
            | Self::ContentTypeDiffers
            | Self::ContentTypeForbidden
            | Self::ArchiveIndexMalformed
            | Self::AlgorithmsContradict => Failed(Sub::FormatFailure),
            Self::ArchiveIndexUnmatched
            | Self::DocumentChanged { .. }
            | Self::ContentDiffers
            | Self::ContentChanged => Failed(Sub::HashFailure),
            Self::SignatureWrong => Failed(Sub::SigCryptoFailure),
            Self::DocumentMissing { .. } | Self::ContentMissing => Indeterminate(Sub::SignedDataNotFound),
            Self::FileNotCovered { .. }
            | Self::SignatureTooLarge
            | Self::CounterSignaturesTooMany
            | Self::SigningTimeInFuture
            | Self::SigningTimeOutsideValidity => Indeterminate(Sub::SigConstraintsFailure),
            Self::AlgorithmWeak | Self::AlgorithmUnknown => Indeterminate(Sub::CryptoConstraintsFailure),
            Self::CertificateMissing | Self::CertificateDiffers => Indeterminate(Sub::NoSigningCertificateFound),
            Self::CertificateNotQualified { .. } => Indeterminate(Sub::ChainConstraintsFailure),
            Self::PathInvalid { fault } => Indeterminate(match fault {
                PathError::NoIssuer { .. } | PathError::UntrustedRoot => Sub::NoCertificateChainFound,
                PathError::NotYetValid { .. } | PathError::Expired { .. } => Sub::OutOfBoundsNoPoe,
                PathError::WrongSignature => Sub::CertificateChainGeneralFailure,
                PathError::UnsupportedSignature => Sub::CryptoConstraintsFailure,
                PathError::NotAuthority
                | PathError::NoCertificateSigning
                | PathError::TooLong
                | PathError::NameNotPermitted { .. }
                | PathError::CriticalExtension { .. } => Sub::ChainConstraintsFailure,
            }),
            Self::TimestampInvalid { cause, .. } => cause.consequence(),
            Self::SigningTimeAfterTimestamp => Indeterminate(Sub::TimestampOrderFailure),
            Self::CertificateNotForTimestamps => Indeterminate(Sub::ChainConstraintsFailure),
            // A certificate on hold may come to be good or revoked (ETSI EN 319 102-1, 5.2.6.4).
            Self::RevocationUnknown { .. } | Self::Suspended { .. } | Self::GracePeriodNotOver => {
                Indeterminate(Sub::TryLater)
            }
            Self::PolicyUnknown { .. } => Indeterminate(Sub::SignaturePolicyNotAvailable),
            Self::PolicyDiffers => Indeterminate(Sub::PolicyProcessingError),
            Self::PolicyAttributeMissing { .. } | Self::ReferenceUnmatched | Self::TimestampTooLate => {
                Indeterminate(Sub::SigConstraintsFailure)
            }
            Self::Revoked {
                holder: true,
                is_proven: true,
                ..
            } => Failed(Sub::Revoked),
            Self::Revoked {
                holder: true,
                is_proven: false,
                ..
            } => Indeterminate(Sub::RevokedNoPoe),
            Self::Revoked { holder: false, .. } => Indeterminate(Sub::RevokedCaNoPoe),
            Self::AttributesUnsorted
            | Self::UnsignedAttributeUnknown { .. }
            | Self::VersionUnusual
            | Self::CertificateUnreadable
            | Self::RevocationUnreadable
            | Self::RevocationNotChecked => Note,
        }
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
