//! What the verification of a signature found: findings without words, and the verdict of ETSI EN 319 102-1 that follows
//! from them. Sentences are made elsewhere.

mod consequence;
mod finding;

use std::fmt;
use std::time::SystemTime;

use serde::{Serialize, Serializer};

use super::content::ContentDigests;
use super::profile::{NamedPolicy, Profile};
use crate::certificate::{Certificate, rfc_3339};
use crate::digest::{DigestAlgorithm, HashFunction, hexadecimal};

pub use consequence::Consequence;
pub(super) use consequence::verdict;
pub use finding::{Finding, ForeignForm, Limit, PolicyAttribute, RequiredAttribute, SubIndication, Verdict};

/// The judgement of a file of signatures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The worst of all verdicts; open where nothing is signed.
    pub verdict: Verdict,
    /// Why it has not passed.
    pub sub_indication: Option<SubIndication>,
    /// What concerns the file as a whole.
    pub findings: Vec<Finding>,
    /// Every signature, in the order they lie in; what counter-signs one stands after it.
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
    /// Where it is a counter-signature ("seri imza"), which signs the value of another signature: that one's place in
    /// [`Report::signatures`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counter_signs: Option<usize>,
    /// Whether it holds.
    pub verdict: Verdict,
    /// Why it has not passed.
    pub sub_indication: Option<SubIndication>,
    /// Whether what was signed is there as it was signed, and the value is by the key of the certificate, whatever else may be
    /// missing.
    pub value_holds: bool,
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
    /// The policy that was signed along.
    pub policy: Option<SignedPolicy>,
    /// The Turkish profile whose policy it names.
    pub profile: Option<Profile>,
    /// Its time-stamps, latest archive time-stamp first, those over the content last.
    pub timestamps: Vec<TimestampReport>,
    /// The names of the documents it covers; a counter-signature covers another signature, and none by itself.
    pub covers: Vec<String>,
    /// What was found, in the order it was looked for.
    pub findings: Vec<Finding>,
}

/// A signature policy as it was signed along: what whoever verifies has to be shown of it (BTK guide, 3.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignedPolicy {
    /// The object identifier.
    pub oid: String,
    /// The digest of the policy, lower-case hexadecimal, where its algorithm is known. By its length it is of SHA-256, SHA-384
    /// or SHA-512.
    pub digest: Option<String>,
    /// Where the policy is to be read, as the signer says.
    pub address: Option<String>,
    /// What the signer wants to be read.
    pub notice: Option<String>,
}

impl SignedPolicy {
    pub(super) fn of(policy: NamedPolicy) -> Self {
        Self {
            oid: policy.oid.to_string(),
            digest: policy.digest().map(|digest| hexadecimal(&digest.value)),
            address: policy.address,
            notice: policy.notice,
        }
    }
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
    /// Whether what came along tells that no certificate of its authority was revoked: nobody need be asked.
    pub is_told_of: bool,
    /// What was found.
    pub findings: Vec<Finding>,
}

impl TimestampReport {
    /// The judgement of octets that are no time-stamp.
    pub(super) fn malformed(kind: TimestampKind) -> Self {
        Self {
            kind,
            time: None,
            authority: None,
            is_told_of: false,
            findings: vec![Finding::TimestampMalformed],
        }
    }

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
    /// The content, before it was signed: content-time-stamp.
    Content,
    /// All that proves the signature: archive-time-stamp-v3, or the archive manifest of a container.
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
    /// The digest of the document as it is.
    #[serde(flatten)]
    pub digest: DocumentDigest,
}

impl SignedDocument {
    /// SHA-256 of the document, lower-case hexadecimal, where it was taken.
    #[must_use]
    pub fn sha256(&self) -> Option<&str> {
        let is_it = self.digest.function == HashFunction::Of(DigestAlgorithm::Sha256);
        is_it.then_some(self.digest.value.as_str())
    }
}

/// The digest of a document under an algorithm that its signature names: no other is taken, since documents may be large.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentDigest {
    function: HashFunction,
    /// Lower-case hexadecimal.
    value: String,
}

impl DocumentDigest {
    /// SHA-256 where it was taken, and otherwise what was.
    pub(super) fn of(digests: &ContentDigests) -> Self {
        let sha_256 = HashFunction::Of(DigestAlgorithm::Sha256);
        let taken = digests.value(sha_256).map(|value| (sha_256, value));
        let (function, value) = taken.or_else(|| digests.first()).unwrap_or((sha_256, Vec::new()));
        Self {
            function,
            value: hexadecimal(&value),
        }
    }
}

/// The algorithm and the digest, such as `SHA-256 0f…`.
impl fmt::Display for DocumentDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.function.name(), self.value)
    }
}

/// One entry, of the algorithm's name in small letters: `"sha256": "0f…"`.
impl Serialize for DocumentDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let name = self.function.name().to_lowercase();
        let name = name.replacen("sha-", "sha", 1);
        serializer.collect_map([(name, &self.value)])
    }
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

fn optional_rfc_3339<S: Serializer>(moment: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    match moment {
        Some(moment) => rfc_3339(moment, serializer),
        None => serializer.serialize_none(),
    }
}
