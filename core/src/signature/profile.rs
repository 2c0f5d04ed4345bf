//! The Turkish profiles of electronic signatures (BTK, "Elektronik İmza Kullanım Profilleri Rehberi" 1.0, 2012): a
//! signature policy that is signed along, and what must come with it.

use std::time::Duration;

use const_oid::ObjectIdentifier;
use serde::Serialize;

use super::oid;
use crate::certificate::parse_digest_algorithm;
use crate::der::{DerError, Element, object_identifier, octet_string, sequence, tag, text};
use crate::digest::{Digest, DigestAlgorithm};

/// A profile of the guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum Profile {
    /// For the moment: no policy, no time-stamp (4.2.1).
    P1,
    /// Short-lived: with a time-stamp, verified by lists of revoked certificates (4.2.2).
    P2,
    /// Long-lived by lists of revoked certificates, which come along (4.2.3).
    P3,
    /// Long-lived by an OCSP answer, which comes along (4.2.4).
    P4,
}

/// SHA-256 of the guide, which every known signer puts where the text asks for the digest of one of its parts.
const GUIDE_SHA_256: [u8; 32] = [
    0xFF, 0x39, 0xBD, 0x29, 0x46, 0x33, 0x83, 0xF6, 0x9B, 0x20, 0x52, 0xAC, 0x47, 0x43, 0x9E, 0x06, 0xCE, 0x7C, 0x3B,
    0x86, 0x46, 0xE8, 0x88, 0xB6, 0xE5, 0xAE, 0x3E, 0x46, 0xBA, 0x08, 0x11, 0x7A,
];
/// SHA-384 of the guide.
const GUIDE_SHA_384: [u8; 48] = [
    0xE7, 0x50, 0x3C, 0xF8, 0x3D, 0x21, 0xEB, 0x17, 0x9C, 0x3A, 0x89, 0xFD, 0xE8, 0xBF, 0x22, 0x16, 0xE5, 0xF4, 0xF2,
    0x4C, 0x9D, 0xA9, 0x75, 0x2D, 0x8F, 0xE8, 0x6C, 0x8A, 0x8B, 0x71, 0xD4, 0xBD, 0x58, 0xA1, 0xEF, 0x42, 0x6B, 0x8B,
    0x00, 0x71, 0xB8, 0xC1, 0xD0, 0x75, 0x4C, 0x71, 0xA8, 0x10,
];

/// SHA-512 of the guide.
const GUIDE_SHA_512: [u8; 64] = [
    0xAF, 0x92, 0x5E, 0xEE, 0x76, 0x56, 0x29, 0x89, 0xCD, 0x5D, 0xA4, 0x00, 0x0D, 0xA2, 0xC3, 0x5F, 0x3D, 0x9E, 0x95,
    0xBC, 0x66, 0x04, 0xBB, 0x13, 0xFE, 0x39, 0x24, 0xA6, 0xE2, 0x23, 0x91, 0x47, 0x56, 0xBF, 0x54, 0xFC, 0xE4, 0xCC,
    0xFD, 0x26, 0x17, 0xDE, 0x90, 0x6E, 0xA1, 0x35, 0xB9, 0x47, 0x4C, 0xCB, 0x1D, 0xA8, 0x3F, 0x84, 0x68, 0xC2, 0xDB,
    0x18, 0x34, 0x1E, 0xC7, 0x55, 0x2E, 0xDE,
];
/// The digests a signature may name the guide by. Whoever has another edition of it adds its digests here.
const GUIDE: [(DigestAlgorithm, &[u8]); 3] = [
    (DigestAlgorithm::Sha256, &GUIDE_SHA_256),
    (DigestAlgorithm::Sha384, &GUIDE_SHA_384),
    (DigestAlgorithm::Sha512, &GUIDE_SHA_512),
];

impl Profile {
    /// The policy that is signed along: object identifier and address. None for [`Self::P1`], where it must be absent.
    #[must_use]
    pub const fn policy(self) -> Option<(ObjectIdentifier, &'static str)> {
        match self {
            Self::P1 => None,
            Self::P2 => Some((
                ObjectIdentifier::new_unwrap("2.16.792.1.61.0.1.5070.3.1.1"),
                "http://www.eimza.gov.tr/EimzaPolitikalari/216792161015070311.pdf",
            )),
            Self::P3 => Some((
                ObjectIdentifier::new_unwrap("2.16.792.1.61.0.1.5070.3.2.1"),
                "http://www.eimza.gov.tr/EimzaPolitikalari/216792161015070321.pdf",
            )),
            Self::P4 => Some((
                ObjectIdentifier::new_unwrap("2.16.792.1.61.0.1.5070.3.3.1"),
                "http://www.eimza.gov.tr/EimzaPolitikalari/216792161015070331.pdf",
            )),
        }
    }

    /// How long after the time-stamp the state of certificates is final.
    #[must_use]
    pub const fn grace_period(self) -> Duration {
        match self {
            Self::P1 | Self::P4 => Duration::ZERO,
            Self::P2 | Self::P3 => Duration::from_secs(24 * 3_600),
        }
    }

    /// How long after the claimed time the time-stamp may be made.
    #[must_use]
    pub const fn timestamp_delay(self) -> Duration {
        Duration::from_secs(2 * 3_600)
    }

    /// Whether references, certificates and revocations come along as unsigned attributes (ES-XL, ETSI TS 101 733, 6.3.2).
    #[must_use]
    pub const fn is_long_lived(self) -> bool {
        matches!(self, Self::P3 | Self::P4)
    }

    /// The signed attribute's value:
    ///
    /// ```text
    /// SignaturePolicyId ::= SEQUENCE { sigPolicyId OBJECT IDENTIFIER,
    ///     sigPolicyHash SEQUENCE { AlgorithmIdentifier, OCTET STRING },
    ///     sigPolicyQualifiers SEQUENCE OF SEQUENCE { OBJECT IDENTIFIER, ANY } }
    /// ```
    /// (ETSI TS 101 733, 5.8.1)
    pub(super) fn encode(self) -> Option<Vec<u8>> {
        let (policy, address) = self.policy()?;
        let algorithm = sequence(&[&object_identifier(DigestAlgorithm::Sha256.oid())]);
        let qualifier = sequence(&[&object_identifier(oid::POLICY_ADDRESS), &text(tag::IA5_STRING, address)]);
        Some(sequence(&[
            &object_identifier(policy),
            &sequence(&[&algorithm, &octet_string(&GUIDE_SHA_256)]),
            &sequence(&[&qualifier]),
        ]))
    }
}

/// A policy as a signature names it. Its address is not compared: signers write several.
pub(super) struct NamedPolicy {
    pub(super) oid: ObjectIdentifier,
    digest: Option<Digest>,
    /// Where it is to be read (SPuri).
    pub(super) address: Option<String>,
    /// What is to be shown to whoever verifies (SPUserNotice).
    pub(super) notice: Option<String>,
}

impl NamedPolicy {
    /// Reads the value of signature-policy-identifier. That a policy is implied says nothing, and is no value of it (ETSI EN
    /// 319 122-1, 5.2.9.1).
    pub(super) fn parse(value: Element<'_>) -> Result<Self, DerError> {
        // It may stand in BER; it is DER that was signed.
        let value = value.canonical()?;
        let mut parts = Element::parse(&value, tag::SEQUENCE)?.children()?;
        let oid = parts.expect(tag::OBJECT_IDENTIFIER)?.object_identifier()?;
        let mut digest = parts.expect(tag::SEQUENCE)?.children()?;
        let algorithm = parse_digest_algorithm(digest.expect(tag::SEQUENCE)?.encoded());
        let value = digest.expect(tag::OCTET_STRING)?.content().to_vec();
        digest.finish()?;
        let qualifiers = parts.optional(tag::SEQUENCE)?;
        parts.finish()?;
        let mut policy = Self {
            oid,
            digest: algorithm.ok().map(|algorithm| Digest { algorithm, value }),
            address: None,
            notice: None,
        };
        for qualifier in qualifiers
            .map(|list| list.children()?.elements())
            .transpose()?
            .unwrap_or_default()
        {
            let mut parts = qualifier.sequence()?;
            match parts.expect(tag::OBJECT_IDENTIFIER)?.object_identifier()? {
                oid::POLICY_ADDRESS => policy.address = Some(parts.expect(tag::IA5_STRING)?.text()?),
                oid::POLICY_NOTICE => policy.notice = notice(parts.expect(tag::SEQUENCE)?)?,
                _ => {}
            }
        }
        Ok(policy)
    }

    /// The digest that was signed along, where its algorithm is known.
    pub(super) const fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// The profile of the policy.
    pub(super) fn profile(&self) -> Option<Profile> {
        let is_of = |profile: &Profile| profile.policy().is_some_and(|(oid, _)| oid == self.oid);
        [Profile::P2, Profile::P3, Profile::P4].into_iter().find(is_of)
    }

    /// Whether the digest is the guide's.
    pub(super) fn digest_is_right(&self) -> bool {
        let digest = self.digest.as_ref();
        digest.is_some_and(|digest| GUIDE.contains(&(digest.algorithm, &digest.value)))
    }
}

/// `SPUserNotice ::= SEQUENCE { noticeRef SEQUENCE OPTIONAL, explicitText DisplayText OPTIONAL }`
fn notice(notice: Element<'_>) -> Result<Option<String>, DerError> {
    let mut parts = notice.children()?;
    parts.optional(tag::SEQUENCE)?;
    if parts.is_empty() {
        return Ok(None);
    }
    parts.read()?.text().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guide_is_named_by_any_of_its_digests_and_by_no_other() {
        let is_right = |algorithm: DigestAlgorithm, digest: &[u8]| {
            let (policy, _) = Profile::P4.policy().unwrap();
            let encoded = sequence(&[
                &object_identifier(policy),
                &sequence(&[&sequence(&[&object_identifier(algorithm.oid())]), &octet_string(digest)]),
            ]);
            let element = Element::parse(&encoded, tag::SEQUENCE).unwrap();
            let named = NamedPolicy::parse(element).unwrap();
            assert_eq!(named.profile(), Some(Profile::P4));
            named.digest_is_right()
        };
        for (algorithm, digest) in GUIDE {
            assert_eq!(digest.len(), algorithm.length());
            assert!(is_right(algorithm, digest));
            let mut other = digest.to_vec();
            other[0] ^= 1;
            assert!(!is_right(algorithm, &other) && !is_right(algorithm, &digest[1..]) && !is_right(algorithm, &[]));
        }
        assert!(!is_right(DigestAlgorithm::Sha512, &GUIDE_SHA_256));
    }
}
