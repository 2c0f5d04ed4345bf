//! Findings without words. What follows from each stands in `consequence`.

use std::time::SystemTime;

use const_oid::ObjectIdentifier;
use serde::Serialize;

use super::TimestampKind;
use crate::certificate::nes::NesFault;
use crate::certificate::path::PathError;
use crate::certificate::revocation::UnknownState;
use crate::certificate::rfc_3339;
use crate::signature::{ContainerFault, oid};

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
    /// The certificate was not valid yet when the signature is proven to have existed.
    NotYetValid,
    /// The certificate had ended when the signature is proven to have been made.
    Expired,
    /// It is not judged here, for another reason: a form that is not supported, or more of something than is looked at.
    Generic,
}

/// What is signed in a form that is not judged here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForeignForm {
    /// A signature in XML (ETSI EN 319 132).
    Xades,
    /// An evidence record (RFC 4998, RFC 6283).
    EvidenceRecord,
    /// A time-stamp over files, which says when they existed, and nothing of who signed.
    Timestamp,
}

/// What there is more of than is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// Signers, certificates, attributes or other parts of one signature file.
    Parts,
    /// Time-stamps of one signature.
    Timestamps,
    /// Counter-signatures, or more of each other.
    CounterSignatures,
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

impl RequiredAttribute {
    /// The one of a type.
    pub(in crate::signature) fn of(oid: ObjectIdentifier) -> Option<Self> {
        match oid {
            oid::CONTENT_TYPE => Some(Self::ContentType),
            oid::MESSAGE_DIGEST => Some(Self::MessageDigest),
            oid::SIGNING_TIME => Some(Self::SigningTime),
            oid::SIGNING_CERTIFICATE | oid::SIGNING_CERTIFICATE_V2 => Some(Self::SigningCertificate),
            _ => None,
        }
    }
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
    /// The container's first file does not say that it is ASiC.
    MediaTypeMissing,
    /// Nothing is signed.
    SignatureMissing,
    /// There is something in a form that is not judged.
    FormNotSupported {
        /// Which.
        form: ForeignForm,
        /// Whether it is a signature, and not what only proves one.
        is_signature: bool,
    },
    /// There is more of something than is looked at.
    LimitMet {
        /// Of what.
        limit: Limit,
    },
    /// Octets follow the signature that are no part of it.
    TrailingOctets {
        /// How many.
        count: u64,
    },
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
    /// No manifest names this signature, and there is no single document it could be over.
    ManifestMissing,
    /// A manifest writes the path of a file in another way than the container.
    PathUnusual {
        /// The path in the container.
        file_name: String,
    },
    /// A document lies in the container that no signature covers.
    FileNotCovered {
        /// Its path.
        file_name: String,
    },
    /// A file lies beside the signatures of the container that none of them covers.
    FurnitureNotCovered {
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
    /// The signature file is a CMS signature that cannot be read.
    SignatureMalformed,
    /// The file is no CMS signature.
    SignatureNotCms,
    /// A counter-signature cannot be read.
    CounterSignatureMalformed,
    /// An unsigned attribute cannot be read.
    UnsignedAttributeMalformed,
    /// Nothing was signed along: no time, no certificate.
    AttributesMissing,
    /// A signed attribute that must be there is not.
    AttributeMissing {
        /// Which.
        attribute: RequiredAttribute,
    },
    /// A signed attribute that must be there once is there twice, or has not one value.
    AttributeRepeated {
        /// Which.
        attribute: RequiredAttribute,
    },
    /// A signed attribute of another kind is there twice, or has not one value.
    OtherAttributeRepeated {
        /// Its object identifier.
        oid: String,
    },
    /// A signed attribute cannot be read.
    AttributeMalformed {
        /// Which.
        attribute: RequiredAttribute,
    },
    /// A signed attribute of another kind cannot be read.
    SignedAttributeMalformed,
    /// The signed attributes do not stand in the order of DER.
    AttributesUnsorted,
    /// The version number does not suit the contents.
    VersionUnusual,
    /// The signature has more octets than are read.
    SignatureTooLarge,
    /// What was signed has another type than is said inside.
    ContentTypeDiffers,
    /// What was signed is not of the type that CAdES has: data.
    ContentTypeUnusual,
    /// A counter-signature says of what type its content is, though a signature value has none.
    ContentTypeForbidden,
    /// The content is not what was signed.
    ContentChanged,
    /// The algorithms named in several places contradict each other.
    AlgorithmsContradict,
    /// The digest algorithm is not among those that the file announces.
    DigestAlgorithmNotAnnounced,
    /// An algorithm or the key is too weak.
    AlgorithmWeak,
    /// An algorithm or the kind of key is not known.
    AlgorithmUnknown,
    /// The signing certificate is not in the signature.
    CertificateMissing,
    /// The signing certificate is not the one that was signed along.
    CertificateDiffers,
    /// The signing certificate is the one that was signed along, whose issuer and number were written otherwise.
    CertificateNameDiffers,
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
    /// A time-stamp proves that the signature existed before its certificate was valid.
    SignedBeforeCertificate {
        /// When the certificate began to be valid.
        #[serde(serialize_with = "rfc_3339")]
        not_before: SystemTime,
    },
    /// A time-stamp that was signed along proves that the signature was made after its certificate had ended.
    SignedAfterCertificate {
        /// When the certificate ended.
        #[serde(serialize_with = "rfc_3339")]
        not_after: SystemTime,
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
    /// Somebody was asked about a certificate in vain.
    AskedInVain {
        /// The host that was asked.
        host: String,
        /// Why it did not tell.
        cause: UnknownState,
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
    /// A time-stamp that was signed along is later than one over the signature.
    TimestampsOutOfOrder,
    /// The certificate of a time-stamping authority is not for time-stamping.
    CertificateNotForTimestamps,
    /// A time-stamp proves nothing.
    TimestampInvalid {
        /// Which.
        timestamp: TimestampKind,
        /// Why.
        cause: Box<Self>,
        /// Whether another one of its kind proves something.
        others_hold: bool,
    },
    /// A time-stamp is over something else.
    TimestampForAnother,
    /// A time-stamp cannot be read.
    TimestampMalformed,
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
