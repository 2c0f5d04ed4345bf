//! What the verification of a signature found: findings without words, and the verdict of ETSI EN 319 102-1 that follows
//! from them. Sentences are made elsewhere.

use std::fmt;
use std::time::SystemTime;

use serde::{Serialize, Serializer};

use super::ContainerFault;
use super::profile::Profile;
use crate::certificate::nes::NesFault;
use crate::certificate::path::PathError;
use crate::certificate::revocation::UnknownState;
use crate::certificate::{Certificate, rfc_3339};
use crate::digest::DigestAlgorithm;

/// The judgement of a file of signatures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The worst of all verdicts; failed where nothing is signed.
    pub verdict: Verdict,
    /// Why it has not passed.
    pub sub_indication: Option<SubIndication>,
    /// What concerns the file as a whole.
    pub findings: Vec<Finding>,
    /// Every signature, in the order they lie in.
    pub signatures: Vec<SignatureReport>,
    /// The documents that at least one signature covers, in the order of the manifests. Whether they are what was signed
    /// is told by the findings.
    pub documents: Vec<SignedDocument>,
}

/// The judgement of one signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignatureReport {
    /// The signature's file within a container.
    pub file_name: Option<String>,
    /// Whether it holds.
    pub verdict: Verdict,
    /// Why it has not passed.
    pub sub_indication: Option<SubIndication>,
    /// Whose certificate it names; not to be believed unless the verdict is [`Verdict::TotalPassed`].
    pub signer: Option<Signer>,
    /// When the signer claims to have signed.
    #[serde(serialize_with = "optional_rfc_3339")]
    pub signing_time: Option<SystemTime>,
    /// The earliest time that a time-stamp proves it to have existed at.
    #[serde(serialize_with = "optional_rfc_3339")]
    pub best_time: Option<SystemTime>,
    /// The level of ETSI EN 319 122-1 that it has the attributes of.
    pub level: Option<Level>,
    /// The Turkish profile whose policy it names.
    pub profile: Option<Profile>,
    /// Its time-stamps, latest archive time-stamp first.
    pub timestamps: Vec<TimestampReport>,
    /// The names of the documents it covers.
    pub covers: Vec<String>,
    /// What was found, in the order it was looked for.
    pub findings: Vec<Finding>,
}

/// The judgement of a time-stamp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimestampReport {
    /// What it is over.
    pub kind: TimestampKind,
    /// The time it gives.
    #[serde(serialize_with = "optional_rfc_3339")]
    pub time: Option<SystemTime>,
    /// The common name of the certificate that made it.
    pub authority: Option<String>,
    /// What was found.
    pub findings: Vec<Finding>,
}

impl TimestampReport {
    /// Whether it proves its time.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.findings.iter().all(Finding::is_note)
    }
}

/// What a time-stamp is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimestampKind {
    /// The signature value: signature-time-stamp.
    Signature,
    /// All that proves the signature: archive-time-stamp-v3.
    Archive,
}

/// What a certificate says of the signer.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Signer {
    /// The common name.
    pub name: String,
    /// T.C. kimlik no or a passport's number.
    pub number: Option<String>,
    /// The common name of the issuer.
    pub issuer: String,
    /// The certificate's serial number, lower-case hexadecimal.
    pub serial: String,
    /// The first moment of validity.
    #[serde(serialize_with = "rfc_3339")]
    pub not_before: SystemTime,
    /// The last moment of validity.
    #[serde(serialize_with = "rfc_3339")]
    pub not_after: SystemTime,
    /// The kind of key, such as `P-384` or `RSA-2048`.
    pub key: Option<String>,
    /// SHA-256 of the certificate, lower-case hexadecimal.
    pub certificate_sha256: String,
}

impl Signer {
    pub(super) fn of(certificate: &Certificate) -> Self {
        Self {
            name: certificate.subject_name(),
            number: certificate.holder_number(),
            issuer: certificate.issuer_name(),
            serial: certificate.serial_hex(),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            key: certificate.public_key().map(|key| key.algorithm().to_string()),
            certificate_sha256: hexadecimal(&certificate.digest(DigestAlgorithm::Sha256).value),
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Signer({})", self.serial)
    }
}

/// A document that is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignedDocument {
    /// The path within the container; empty where the document came by itself.
    pub file_name: String,
    /// The media type the signature gives it.
    pub media_type: Option<String>,
    /// The size in octets.
    pub size: u64,
    /// SHA-256 of the document as it is, lower-case hexadecimal.
    pub sha256: String,
}

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

/// The levels of ETSI EN 319 122-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Level {
    /// Basic: the signer's certificate and the claimed time are signed.
    #[serde(rename = "B-B")]
    BB,
    /// With a time-stamp over the signature.
    #[serde(rename = "B-T")]
    BT,
    /// With all that is needed to verify it without asking anybody.
    #[serde(rename = "B-LT")]
    BLT,
    /// With a time-stamp over all of that, so that it outlasts certificates.
    #[serde(rename = "B-LTA")]
    BLTA,
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

/// An unsigned attribute that a Turkish profile asks for.
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
    /// revocation-values.
    RevocationValues,
    /// The answer of an OCSP responder about the signer's certificate.
    OcspAnswer,
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
    /// What was signed has another type than is said inside.
    ContentTypeDiffers,
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
            | Self::ArchiveIndexMalformed
            | Self::AlgorithmsContradict => Failed(Sub::FormatFailure),
            Self::ArchiveIndexUnmatched
            | Self::DocumentChanged { .. }
            | Self::ContentDiffers
            | Self::ContentChanged => Failed(Sub::HashFailure),
            Self::SignatureWrong => Failed(Sub::SigCryptoFailure),
            Self::DocumentMissing { .. } | Self::ContentMissing => Indeterminate(Sub::SignedDataNotFound),
            Self::FileNotCovered { .. } | Self::SigningTimeInFuture | Self::SigningTimeOutsideValidity => {
                Indeterminate(Sub::SigConstraintsFailure)
            }
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
                | PathError::CriticalExtension { .. } => Sub::ChainConstraintsFailure,
            }),
            Self::TimestampInvalid { cause, .. } => cause.consequence(),
            Self::SigningTimeAfterTimestamp => Indeterminate(Sub::TimestampOrderFailure),
            Self::CertificateNotForTimestamps => Indeterminate(Sub::ChainConstraintsFailure),
            Self::RevocationUnknown { .. } | Self::GracePeriodNotOver => Indeterminate(Sub::TryLater),
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
pub(super) fn verdict<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> (Verdict, Option<SubIndication>) {
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

impl Report {
    pub(super) fn new(
        findings: Vec<Finding>,
        signatures: Vec<SignatureReport>,
        documents: Vec<SignedDocument>,
    ) -> Self {
        let all = findings
            .iter()
            .chain(signatures.iter().flat_map(|signature| &signature.findings));
        let (verdict, sub_indication) = verdict(all);
        Self {
            verdict,
            sub_indication,
            findings,
            signatures,
            documents,
        }
    }
}

pub(super) fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn optional_rfc_3339<S: Serializer>(moment: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    match moment {
        Some(moment) => rfc_3339(moment, serializer),
        None => serializer.serialize_none(),
    }
}
