//! DER by hand, for structures that no type of a library has: separate from the core's writer on purpose, so that an
//! error in one is not repeated in the other.

use std::time::SystemTime;

use der::asn1::{GeneralizedTime, ObjectIdentifier};
use der::{Any, Decode, Encode};

use crate::PkiError;

/// One element of these parts.
pub(crate) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut encoded = vec![tag];
    match content.len() {
        length @ 0..=0x7F => encoded.push(length.to_le_bytes()[0]),
        length => {
            let octets: Vec<u8> = length
                .to_be_bytes()
                .into_iter()
                .skip_while(|octet| *octet == 0)
                .collect();
            encoded.push(0x80 | octets.len().to_le_bytes()[0]);
            encoded.extend(octets);
        }
    }
    encoded.extend(content);
    encoded
}

pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(0x30, parts)
}

pub(crate) fn set(parts: &[&[u8]]) -> Vec<u8> {
    let mut sorted = parts.to_vec();
    sorted.sort_unstable();
    element(0x31, &sorted)
}

pub(crate) fn octets(content: &[u8]) -> Vec<u8> {
    element(0x04, &[content])
}

pub(crate) fn oid(dotted: &str) -> Vec<u8> {
    element(0x06, &[ObjectIdentifier::new_unwrap(dotted).as_bytes()])
}

pub(crate) fn attribute(dotted: &str, value: &[u8]) -> Vec<u8> {
    sequence(&[&oid(dotted), &set(&[value])])
}

/// GeneralizedTime, with the fraction of a second appended as it is, such as `.25`.
pub(crate) fn generalized_time(moment: SystemTime, fraction: &str) -> Result<Vec<u8>, PkiError> {
    let encoded = GeneralizedTime::from_system_time(moment)?.to_der()?;
    let digits = &encoded[2..encoded.len() - 1];
    Ok(element(0x18, &[digits, fraction.as_bytes(), b"Z"]))
}

/// The elements within the first element of `encoded`, each whole.
pub(crate) fn children(encoded: &[u8]) -> Result<Vec<Vec<u8>>, PkiError> {
    let outer = Any::from_der(encoded)?;
    let mut rest = outer.value();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let mut reader = der::SliceReader::new(rest)?;
        let child = Any::decode(&mut reader)?.to_der()?;
        rest = &rest[child.len()..];
        found.push(child);
    }
    Ok(found)
}
