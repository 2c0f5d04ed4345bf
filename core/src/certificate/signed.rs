//! The outer structure that certificates, lists of revoked certificates and answers about certificates share: contents,
//! and a signature over exactly the octets these contents came in.

use std::ops::Range;
use std::sync::OnceLock;

use super::{AlgorithmError, Certificate};
use crate::der::{DerError, Element, Reader, tag};

/// Something signed, with its original octets:
///
/// `SEQUENCE { contents SEQUENCE, signatureAlgorithm AlgorithmIdentifier, signatureValue BIT STRING, … }`
///
/// (RFC 5280, 4.1.1 and 5.1.1; RFC 6960, 4.2.1). Nothing is believed of it before [`Self::is_signed_by`].
pub(super) struct Signed {
    der: Box<[u8]>,
    contents: Range<usize>,
    algorithm: Range<usize>,
    value: Range<usize>,
    /// The first key that was asked about, as SubjectPublicKeyInfo, and whether it made the signature. A list may have
    /// megabytes, and is asked about every certificate of a signature and its time-stamps.
    asked: OnceLock<(Vec<u8>, Result<(), AlgorithmError>)>,
}

impl Signed {
    /// Reads the outer structure and keeps the octets. What follows the signature is left to the caller.
    pub(super) fn parse(der: &[u8]) -> Result<Self, DerError> {
        let outer = Element::parse(der, tag::SEQUENCE)?;
        let mut parts = outer.children()?;
        let contents = parts.expect(tag::SEQUENCE)?.encoded();
        let algorithm = parts.expect(tag::SEQUENCE)?.encoded();
        let signature = parts.expect(tag::BIT_STRING)?;
        let value = signature.bit_string()?;
        // The parts lie one behind the other, and the octets of a BIT STRING are the last of it.
        let start = der.len() - outer.content().len();
        let contents = start..start + contents.len();
        let algorithm = contents.end..contents.end + algorithm.len();
        let end = algorithm.end + signature.encoded().len();
        Ok(Self {
            der: der.into(),
            contents,
            algorithm,
            value: end - value.len()..end,
            asked: OnceLock::new(),
        })
    }

    /// The octets it was read from.
    pub(super) fn der(&self) -> &[u8] {
        &self.der
    }

    /// The octets that the signature is over: one SEQUENCE with its header.
    pub(super) fn contents(&self) -> &[u8] {
        &self.der[self.contents.clone()]
    }

    /// The fields of the contents.
    pub(super) fn fields(&self) -> Result<Reader<'_>, DerError> {
        Element::parse(self.contents(), tag::SEQUENCE)?.children()
    }

    /// The AlgorithmIdentifier as it stands.
    pub(super) fn algorithm(&self) -> &[u8] {
        &self.der[self.algorithm.clone()]
    }

    /// What follows the signature.
    pub(super) fn rest(&self) -> Reader<'_> {
        Reader::der(&self.der[self.value.end..])
    }

    /// Whether the key of a certificate made the signature. Whether it may is for the caller to say.
    pub(super) fn is_signed_by(&self, certificate: &Certificate) -> Result<(), AlgorithmError> {
        let key = certificate.public_key_info();
        let verify = || certificate.verify(self.algorithm(), self.contents(), &self.der[self.value.clone()]);
        let (asked, answer) = self.asked.get_or_init(|| (key.to_vec(), verify()));
        if asked == key { *answer } else { verify() }
    }
}

#[cfg(test)]
mod tests;
