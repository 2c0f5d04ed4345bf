//! Archive time-stamps (ETSI EN 319 122-1, 5.5.3): the index that names what they cover is matched on its own, since a
//! time-stamp over an index that names nothing would hold as well.

use std::collections::HashSet;
use std::time::SystemTime;

use const_oid::ObjectIdentifier;

use super::{ContentDigests, Context, timestamp};
use crate::certificate::parse_digest_algorithm;
use crate::der::{DerError, Element, tag};
use crate::digest::DigestAlgorithm;
use crate::signature::archive::{imprint, unsigned_value_octets};
use crate::signature::oid;
use crate::signature::report::{Finding, TimestampKind, TimestampReport};
use crate::signature::signed_data::{SignedData, SignerInfo};
use crate::signature::timestamp::Token;

/// What an archive time-stamp proves to have existed at its time: the values of unsigned attributes that its index names.
/// It covers the signer whole besides; what it names of certificates and lists is theirs to prove who signed them.
pub(super) struct Covered {
    algorithm: DigestAlgorithm,
    values: HashSet<Vec<u8>>,
}

impl Covered {
    /// Whether a value of an unsigned attribute is among what it names.
    pub(super) fn names(&self, oid: ObjectIdentifier, value: &Element<'_>) -> bool {
        let digest = self.algorithm.digest(&unsigned_value_octets(oid, value));
        self.values.contains(&digest.value)
    }
}

/// Judges an archive time-stamp that is known to have existed at `known`, and gives what it names.
pub(super) fn judge(
    token: Element<'_>,
    signed_data: &SignedData<'_>,
    signer: &SignerInfo<'_>,
    content: Option<&ContentDigests>,
    context: &Context<'_>,
    known: SystemTime,
) -> (TimestampReport, Covered) {
    let index = find_index(token);
    let covered = |algorithm: DigestAlgorithm| {
        let content = content?.of(algorithm);
        let index = index.as_ref().ok()?;
        Some(algorithm.digest(&imprint(signed_data, signer, &content, index.encoded())))
    };
    let mut report = timestamp::judge(token, TimestampKind::Archive, &covered, context, known);
    match index.and_then(|index| Index::parse(&index)) {
        Ok(index) => {
            if !index.matches(signed_data, signer) {
                report.findings.push(Finding::ArchiveIndexUnmatched);
            }
            let Index { algorithm, values, .. } = index;
            (report, Covered { algorithm, values })
        }
        Err(_) => {
            report.findings.push(Finding::ArchiveIndexMalformed);
            let nothing = Covered {
                algorithm: DigestAlgorithm::Sha256,
                values: HashSet::new(),
            };
            (report, nothing)
        }
    }
}

/// The index: the only unsigned attribute of the token.
fn find_index(token: Element<'_>) -> Result<Element<'_>, DerError> {
    let token = Token::parse(token)?;
    let [signer] = &token.signed_data.signers[..] else {
        return Err(DerError::Value);
    };
    let mut found = signer.unsigned_values(oid::ATS_HASH_INDEX_V3);
    match (found.next(), found.next()) {
        (Some(index), None) => Ok(index),
        _ => Err(DerError::Value),
    }
}

/// ```text
/// ATSHashIndexV3 ::= SEQUENCE { hashIndAlgorithm AlgorithmIdentifier, certificatesHashIndex SEQUENCE OF OCTET STRING,
///     crlsHashIndex SEQUENCE OF OCTET STRING, unsignedAttrValuesHashIndex SEQUENCE OF OCTET STRING }
/// ```
struct Index {
    algorithm: DigestAlgorithm,
    certificates: HashSet<Vec<u8>>,
    revocations: HashSet<Vec<u8>>,
    values: HashSet<Vec<u8>>,
}

impl Index {
    fn parse(index: &Element<'_>) -> Result<Self, DerError> {
        let mut parts = index.sequence()?;
        let algorithm = parts.expect(tag::SEQUENCE)?;
        let algorithm = parse_digest_algorithm(algorithm.encoded()).map_err(|_| DerError::Value)?;
        let read = |list: Element<'_>| -> Result<HashSet<Vec<u8>>, DerError> {
            let mut digests = HashSet::new();
            let mut items = list.children()?;
            while !items.is_empty() {
                digests.insert(items.expect(tag::OCTET_STRING)?.content().to_vec());
            }
            Ok(digests)
        };
        let index = Self {
            algorithm,
            certificates: read(parts.expect(tag::SEQUENCE)?)?,
            revocations: read(parts.expect(tag::SEQUENCE)?)?,
            values: read(parts.expect(tag::SEQUENCE)?)?,
        };
        parts.finish()?;
        Ok(index)
    }

    /// Whether everything that is named is still there.
    fn matches(&self, signed_data: &SignedData<'_>, signer: &SignerInfo<'_>) -> bool {
        let of_elements = |elements: &[Element<'_>]| -> HashSet<Vec<u8>> {
            let digest = |element: &Element<'_>| self.algorithm.digest(element.encoded()).value;
            elements.iter().map(digest).collect()
        };
        let values = signer.unsigned_attributes.iter().flat_map(|attribute| {
            let octets = |value| unsigned_value_octets(attribute.oid, value);
            attribute.values.iter().map(octets)
        });
        let values: HashSet<Vec<u8>> = values.map(|octets| self.algorithm.digest(&octets).value).collect();
        self.certificates.is_subset(&of_elements(&signed_data.certificates))
            && self.revocations.is_subset(&of_elements(&signed_data.revocations))
            && self.values.is_subset(&values)
    }
}
