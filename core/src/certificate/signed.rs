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
mod tests {
    use std::time::SystemTime;

    use basvuru_test_pki::{Authority, CaOptions, ServiceOptions, Services};
    use proptest::prelude::*;

    use super::*;
    use crate::certificate::crl::Crl;
    use crate::der::{element, octet_string, sequence};

    #[test]
    fn every_key_is_answered_for_itself_in_any_order() {
        let authority = || Authority::with_options(&CaOptions::default()).unwrap();
        let (own, other) = (authority(), authority());
        let parse = |der: &[u8]| Certificate::parse(der).unwrap();
        let (signer, stranger) = (parse(own.root_der()), parse(other.root_der()));
        let wrong = Err(AlgorithmError::WrongSignature);
        let signed = parse(own.issuing_der());
        for _ in 0..2 {
            assert_eq!(signed.is_signed_by(&signer), Ok(()));
            assert_eq!(signed.is_signed_by(&stranger), wrong);
        }
        let signed = parse(own.issuing_der());
        for _ in 0..2 {
            assert_eq!(signed.is_signed_by(&stranger), wrong);
            assert_eq!(signed.is_signed_by(&signer), Ok(()));
        }
    }

    #[test]
    fn nothing_follows_the_signature_of_a_certificate_or_a_list() {
        let authority = Authority::with_options(&CaOptions::default().with_services()).unwrap();
        let certificate = authority.root_der().to_vec();
        let services = Services::new(authority, ServiceOptions::default()).unwrap();
        let list = services.respond("/root.crl", &[], SystemTime::now()).unwrap().unwrap();
        let with = |der: &[u8], more: &[u8]| {
            let outer = Element::parse(der, tag::SEQUENCE).unwrap();
            sequence(&[outer.content(), more])
        };
        for more in [&[][..], &[tag::NULL, 0]] {
            assert_eq!(Certificate::parse(&with(&certificate, more)).is_ok(), more.is_empty());
            assert_eq!(Crl::parse(&with(&list, more)).is_ok(), more.is_empty());
        }
    }

    proptest! {
        #[test]
        fn the_parts_are_found_where_they_lie(
            contents in proptest::collection::vec(any::<u8>(), 0..300),
            value in proptest::collection::vec(any::<u8>(), 0..300),
            has_more: bool,
        ) {
            let contents = sequence(&[&octet_string(&contents)]);
            let algorithm = sequence(&[&octet_string(b"algorithm")]);
            let signature = element(tag::BIT_STRING, &[&[0], &value]);
            let more: &[u8] = if has_more { &[tag::NULL, 0] } else { &[] };
            let der = sequence(&[&contents, &algorithm, &signature, more]);
            let signed = Signed::parse(&der).unwrap();
            prop_assert_eq!(signed.der(), &der[..]);
            prop_assert_eq!(signed.contents(), &contents[..]);
            prop_assert_eq!(signed.algorithm(), &algorithm[..]);
            prop_assert_eq!(&signed.der[signed.value.clone()], &value[..]);
            prop_assert_eq!(signed.rest().finish().is_ok(), !has_more);
            prop_assert!(signed.fields().is_ok());
        }

        #[test]
        fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..100)) {
            if let Ok(signed) = Signed::parse(&octets) {
                let _ = signed.fields();
            }
        }
    }
}
