//! Writing: every function returns one whole element in DER.

use const_oid::ObjectIdentifier;

use super::tag;

/// An element of these parts.
pub(crate) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut encoded = Vec::with_capacity(length + 6);
    encoded.push(tag);
    if let Ok(short @ 0..0x80) = u8::try_from(length) {
        encoded.push(short);
    } else {
        let octets = length.to_be_bytes();
        let octets = &octets[octets.iter().take_while(|octet| **octet == 0).count()..];
        encoded.push(0x80 | u8::try_from(octets.len()).expect("a usize has at most eight octets"));
        encoded.extend_from_slice(octets);
    }
    for part in parts {
        encoded.extend_from_slice(part);
    }
    encoded
}

/// `SEQUENCE { parts }`
pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(tag::SEQUENCE, parts)
}

/// `SET OF`, sorted ascending by the encodings, the shorter taken as padded with zeros (X.690, 11.6), under any tag.
pub(crate) fn set_of(tag: u8, mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    // No encoding is another's beginning, so plain comparison and padded comparison agree.
    elements.sort();
    let parts: Vec<&[u8]> = elements.iter().map(Vec::as_slice).collect();
    element(tag, &parts)
}

/// `[number] { parts }`, constructed: an explicit tag, or an implicit one on a constructed type.
pub(crate) fn context(number: u8, parts: &[&[u8]]) -> Vec<u8> {
    element(tag::context_constructed(number), parts)
}

/// `INTEGER`
pub(crate) fn integer(value: u64) -> Vec<u8> {
    unsigned_integer(&value.to_be_bytes())
}

/// `INTEGER` of a big-endian magnitude; leading zeros are dropped.
pub(crate) fn unsigned_integer(magnitude: &[u8]) -> Vec<u8> {
    let significant = &magnitude[magnitude.iter().take_while(|octet| **octet == 0).count()..];
    match significant.first() {
        Some(first) if first & 0x80 == 0 => element(tag::INTEGER, &[significant]),
        _ => element(tag::INTEGER, &[&[0], significant]),
    }
}

/// `NULL`
pub(crate) fn null() -> Vec<u8> {
    element(tag::NULL, &[])
}

/// `OBJECT IDENTIFIER`
pub(crate) fn object_identifier(oid: ObjectIdentifier) -> Vec<u8> {
    element(tag::OBJECT_IDENTIFIER, &[oid.as_bytes()])
}

/// `OCTET STRING`
pub(crate) fn octet_string(octets: &[u8]) -> Vec<u8> {
    element(tag::OCTET_STRING, &[octets])
}

/// A string type whose octets are the text's own: UTF8String, or an ASCII type for text that is ASCII.
pub(crate) fn text(tag: u8, text: &str) -> Vec<u8> {
    element(tag, &[text.as_bytes()])
}
