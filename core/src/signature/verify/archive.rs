//! Archive time-stamps (ETSI EN 319 122-1, 5.5.3): the index that names what they cover is matched on its own, since a
//! time-stamp over an index that names nothing would hold as well.

use std::collections::HashSet;
use std::time::SystemTime;

use const_oid::ObjectIdentifier;

use super::{ContentDigests, Context, timestamp};
use crate::der::{DerError, Element, tag};
use crate::digest::{DigestAlgorithm, HashFunction};
use crate::signature::archive::{canonical_imprint, imprint, unsigned_value_octets};
use crate::signature::oid;
use crate::signature::report::{Finding, TimestampKind, TimestampReport};
use crate::signature::signed_data::{Attribute, SignedData, SignerInfo, read_hash_function};
use crate::signature::timestamp::Token;

/// What an index of the older versions digests with, where it does not say.
const SHA_256: HashFunction = HashFunction::Of(DigestAlgorithm::Sha256);

/// What an archive time-stamp proves to have existed at its time: the unsigned attributes, or values of them, that its index
/// names. It covers the signer whole besides; what it names of certificates and lists is theirs to prove who signed them.
pub(super) struct Covered {
    function: HashFunction,
    version: Version,
    unsigned: HashSet<Vec<u8>>,
}

impl Covered {
    /// Whether a value of an unsigned attribute is among what it names.
    pub(super) fn names(&self, attribute: &Attribute<'_>, value: &Element<'_>) -> bool {
        let octets = match self.version {
            Version::OfAttributes => attribute.encoded.to_vec(),
            Version::OfValues => unsigned_value_octets(attribute.oid, value),
        };
        self.unsigned.contains(&self.function.digest(&octets))
    }
}

/// What an index names of unsigned attributes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    /// Each attribute whole: ats-hash-index and ats-hash-index-v2.
    OfAttributes,
    /// Each value with its type: ats-hash-index-v3.
    OfValues,
}

const VERSIONS: [(ObjectIdentifier, Version); 3] = [
    (oid::ATS_HASH_INDEX_V3, Version::OfValues),
    (oid::ATS_HASH_INDEX_V2, Version::OfAttributes),
    (oid::ATS_HASH_INDEX, Version::OfAttributes),
];

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
    let said = Token::parse(token).ok().map(|token| token.info.imprint.value);
    let covered = |function: HashFunction| {
        let content = content?.value(function)?;
        let (_, index) = index.as_ref().ok()?;
        let as_it_stands = function.digest(&imprint(signed_data, signer, &content, index.encoded()));
        if Some(&as_it_stands) == said.as_ref() {
            return said.clone();
        }
        // Whoever writes BER may have digested DER, and the other way round.
        let octets = canonical_imprint(signed_data, signer, &content, index.encoded());
        octets.map(|octets| function.digest(&octets)).or(Some(as_it_stands))
    };
    let mut report = timestamp::judge(token, TimestampKind::Archive, &covered, context, known);
    match index.and_then(|(version, index)| Index::parse(version, &index)) {
        Ok(index) => {
            if !index.matches(signed_data, signer) {
                report.findings.push(Finding::ArchiveIndexUnmatched);
            }
            if index.function == HashFunction::Sha1 && !report.findings.contains(&Finding::AlgorithmWeak) {
                report.findings.push(Finding::AlgorithmWeak);
            }
            let covered = Covered {
                function: index.function,
                version: index.version,
                unsigned: index.unsigned,
            };
            (report, covered)
        }
        Err(_) => {
            // Without it nothing tells what it is over.
            report.findings.retain(|finding| *finding != Finding::ContentMissing);
            report.findings.push(Finding::ArchiveIndexMalformed);
            let nothing = Covered {
                function: SHA_256,
                version: Version::OfValues,
                unsigned: HashSet::new(),
            };
            (report, nothing)
        }
    }
}

/// The index: the only unsigned attribute of its kind in the token.
fn find_index(token: Element<'_>) -> Result<(Version, Element<'_>), DerError> {
    let token = Token::parse(token)?;
    let [signer] = &token.signed_data.signers[..] else {
        return Err(DerError::Value);
    };
    let mut found = VERSIONS
        .into_iter()
        .flat_map(|(oid, version)| signer.unsigned_values(oid).map(move |index| (version, index)));
    match (found.next(), found.next()) {
        (Some(index), None) => Ok(index),
        _ => Err(DerError::Value),
    }
}

/// ```text
/// ATSHashIndexV3 ::= SEQUENCE { hashIndAlgorithm AlgorithmIdentifier, certificatesHashIndex SEQUENCE OF OCTET STRING,
///     crlsHashIndex SEQUENCE OF OCTET STRING, unsignedAttrValuesHashIndex SEQUENCE OF OCTET STRING }
/// ```
/// In the versions before, the algorithm is SHA-256 where it is not there, and the last list is of whole attributes.
struct Index {
    function: HashFunction,
    version: Version,
    certificates: HashSet<Vec<u8>>,
    revocations: HashSet<Vec<u8>>,
    unsigned: HashSet<Vec<u8>>,
}

impl Index {
    fn parse(version: Version, index: &Element<'_>) -> Result<Self, DerError> {
        let mut parts = index.sequence()?.elements()?;
        let function = if parts.len() == 3 && version == Version::OfAttributes {
            SHA_256
        } else {
            if parts.is_empty() {
                return Err(DerError::Truncated);
            }
            read_hash_function(&parts.remove(0)).map_err(|_| DerError::Value)?
        };
        let [certificates, revocations, unsigned] = parts[..] else {
            return Err(DerError::Value);
        };
        let read = |list: Element<'_>| -> Result<HashSet<Vec<u8>>, DerError> {
            let mut digests = HashSet::new();
            let mut items = list.sequence()?;
            while !items.is_empty() {
                digests.insert(items.expect(tag::OCTET_STRING)?.octets()?.into_owned());
            }
            Ok(digests)
        };
        Ok(Self {
            function,
            version,
            certificates: read(certificates)?,
            revocations: read(revocations)?,
            unsigned: read(unsigned)?,
        })
    }

    /// Whether everything that is named is still there.
    fn matches(&self, signed_data: &SignedData<'_>, signer: &SignerInfo<'_>) -> bool {
        let digest = |octets: &[u8]| self.function.digest(octets);
        let of_elements = |elements: &[Element<'_>]| -> HashSet<Vec<u8>> {
            elements.iter().map(|element| digest(element.encoded())).collect()
        };
        let unsigned: HashSet<Vec<u8>> = match self.version {
            Version::OfAttributes => {
                let attributes = signer.unsigned_attributes.iter();
                attributes.map(|attribute| digest(attribute.encoded)).collect()
            }
            Version::OfValues => {
                let values = signer.unsigned_attributes.iter().flat_map(|attribute| {
                    let octets = |value| unsigned_value_octets(attribute.oid, value);
                    attribute.values.iter().map(octets)
                });
                values.map(|octets| digest(&octets)).collect()
            }
        };
        self.certificates.is_subset(&of_elements(&signed_data.certificates))
            && self.revocations.is_subset(&of_elements(&signed_data.revocations))
            && self.unsigned.is_subset(&unsigned)
    }
}
