//! What an archive time-stamp covers (ETSI EN 319 122-1, 5.5.2, 5.5.3): all that proves the signature, by an index of
//! digests, so that more can be added later.

use const_oid::ObjectIdentifier;

use super::oid;
use super::signed_data::{SignedData, SignerInfo};
use crate::der::{Element, object_identifier, octet_string, sequence};
use crate::digest::DigestAlgorithm;

/// The index of everything that is there now: certificates, revocations, and the values of unsigned attributes.
pub(super) fn index(signed_data: &SignedData<'_>, signer: &SignerInfo<'_>, algorithm: DigestAlgorithm) -> Vec<u8> {
    let list = |digests: Vec<Vec<u8>>| {
        let parts: Vec<&[u8]> = digests.iter().map(Vec::as_slice).collect();
        sequence(&parts)
    };
    let of_elements = |elements: &[Element<'_>]| {
        list(
            elements
                .iter()
                .map(|element| octet_string(&algorithm.digest(element.encoded()).value))
                .collect(),
        )
    };
    let attributes = signer.unsigned_attributes.iter().flat_map(|attribute| {
        attribute
            .values
            .iter()
            .map(|value| octet_string(&algorithm.digest(&unsigned_value_octets(attribute.oid, value)).value))
    });
    sequence(&[
        &sequence(&[&object_identifier(algorithm.oid())]),
        &of_elements(&signed_data.certificates),
        &of_elements(&signed_data.revocations),
        &list(attributes.collect()),
    ])
}

/// What of one value of an unsigned attribute is digested: its type and the value.
pub(super) fn unsigned_value_octets(oid: ObjectIdentifier, value: &Element<'_>) -> Vec<u8> {
    [&object_identifier(oid), value.encoded()].concat()
}

/// What is time-stamped: the content's type, its digest, the signer without the unsigned attributes, and the index.
pub(super) fn imprint(signed_data: &SignedData<'_>, signer: &SignerInfo<'_>, content: &[u8], index: &[u8]) -> Vec<u8> {
    let mut octets = signed_data.content_type.encoded().to_vec();
    octets.extend(content);
    for part in &signer.parts {
        octets.extend(part.encoded());
    }
    octets.extend(index);
    octets
}

/// The same with everything in DER, where it can be read.
pub(super) fn canonical_imprint(
    signed_data: &SignedData<'_>,
    signer: &SignerInfo<'_>,
    content: &[u8],
    index: &[u8],
) -> Option<Vec<u8>> {
    let mut octets = signed_data.content_type.canonical().ok()?;
    octets.extend(content);
    for part in &signer.parts {
        octets.extend(part.canonical().ok()?);
    }
    octets.extend(index);
    Some(octets)
}

/// Puts the index into a time-stamp token as its only unsigned attribute.
pub(super) fn with_index(token: &SignedData<'_>, index: &[u8]) -> Vec<u8> {
    token.with(&super::signed_data::Additions {
        unsigned_attributes: vec![super::attribute::attribute(oid::ATS_HASH_INDEX_V3, index)],
        ..Default::default()
    })
}
