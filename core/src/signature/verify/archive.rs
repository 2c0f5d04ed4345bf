//! Archive time-stamps (ETSI EN 319 122-1, 5.5.3): the index that names what they cover is matched on its own, since a
//! time-stamp over an index that names nothing would hold as well.

use std::time::SystemTime;

use super::{ContentDigests, Context, timestamp};
use crate::der::{DerError, Element, tag};
use crate::digest::{Digest, DigestAlgorithm};
use crate::signature::archive::{imprint, unsigned_value_octets};
use crate::signature::oid;
use crate::signature::report::{Finding, TimestampKind, TimestampReport};
use crate::signature::signed_data::{SignedData, SignerInfo};
use crate::signature::timestamp::Token;

/// Judges an archive time-stamp that is known to have existed at `known`.
pub(super) fn judge(
    token: Element<'_>,
    signed_data: &SignedData<'_>,
    signer: &SignerInfo<'_>,
    content: Option<&ContentDigests>,
    context: &Context<'_>,
    known: SystemTime,
) -> TimestampReport {
    let index = find_index(token);
    let covered = |algorithm: DigestAlgorithm| {
        let content = content?.of(algorithm);
        let index = index.as_ref().ok()?;
        Some(algorithm.digest(&imprint(signed_data, signer, &content, index.encoded())))
    };
    let mut report = timestamp::judge(token, TimestampKind::Archive, &covered, context, known);
    let matched = index.and_then(|index| matches(&index, signed_data, signer, &report));
    match matched {
        Ok(true) => {}
        Ok(false) => report.findings.push(Finding::ArchiveIndexUnmatched),
        Err(_) => report.findings.push(Finding::ArchiveIndexMalformed),
    }
    report
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
fn matches(
    index: &Element<'_>,
    signed_data: &SignedData<'_>,
    signer: &SignerInfo<'_>,
    report: &TimestampReport,
) -> Result<bool, DerError> {
    let _ = report;
    let mut parts = index.sequence()?;
    let algorithm = parts.expect(tag::SEQUENCE)?;
    let algorithm = crate::certificate::parse_digest_algorithm(algorithm.encoded()).map_err(|_| DerError::Value)?;
    let certificates = digests(parts.expect(tag::SEQUENCE)?, algorithm)?;
    let revocations = digests(parts.expect(tag::SEQUENCE)?, algorithm)?;
    let attributes = digests(parts.expect(tag::SEQUENCE)?, algorithm)?;
    parts.finish()?;

    let of_elements = |elements: &[Element<'_>]| -> Vec<Digest> {
        elements
            .iter()
            .map(|element| algorithm.digest(element.encoded()))
            .collect()
    };
    let present: Vec<Digest> = signer
        .unsigned_attributes
        .iter()
        .flat_map(|attribute| {
            attribute
                .values
                .iter()
                .map(|value| unsigned_value_octets(attribute.oid, value))
        })
        .map(|octets| algorithm.digest(&octets))
        .collect();
    let all = |named: &[Digest], present: &[Digest]| named.iter().all(|digest| present.contains(digest));
    Ok(all(&certificates, &of_elements(&signed_data.certificates))
        && all(&revocations, &of_elements(&signed_data.revocations))
        && all(&attributes, &present))
}

fn digests(list: Element<'_>, algorithm: DigestAlgorithm) -> Result<Vec<Digest>, DerError> {
    let mut digests = Vec::new();
    let mut items = list.children()?;
    while !items.is_empty() {
        digests.push(Digest {
            algorithm,
            value: items.expect(tag::OCTET_STRING)?.content().to_vec(),
        });
    }
    Ok(digests)
}
