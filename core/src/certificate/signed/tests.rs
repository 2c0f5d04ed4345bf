//! Tests of what is signed.

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
