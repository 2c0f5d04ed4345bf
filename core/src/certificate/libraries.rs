//! What the libraries refuse of files that others made, or take apart so that it cannot be put together again, and is read here from
//! its octets. Each test has the same structure without the one thing in it, which the library reads.

use std::time::SystemTime;

use basvuru_test_pki::Authority;
use const_oid::ObjectIdentifier;
use const_oid::db::{rfc4519, rfc5280, rfc5912};
use x509_cert::der::Decode;
use x509_cert::ext::pkix::certpolicy::UserNotice;
use x509_cert::ext::pkix::{
    AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies, CrlDistributionPoints,
    ExtendedKeyUsage, SubjectAltName,
};
use x509_ocsp::{BasicOcspResponse, OcspRequest};

use super::crl::Crl;
use super::nes::{self, NesFault};
use super::ocsp::{self, OcspAnswer};
use super::{Certificate, Name, SignatureAlgorithm, constraint};
use crate::der::{Element, context, element, integer, object_identifier, octet_string, sequence, set_of, tag, text};
use crate::digest::DigestAlgorithm;

/// More octets than RFC 5280, 4.1.2.2 lets a serial number have; some authorities' have more all the same.
const LONG_SERIAL: [u8; 22] = [0x11; 22];
/// A URI as people type it: in UTF-8, which an IA5String cannot have.
const TURKISH_URI: &str = "http://örnek.example/kök";

fn reads<T: for<'a> Decode<'a>>(octets: &[u8]) -> bool {
    T::from_der(octets).is_ok()
}

/// The certificate of an authority, with another serial number and these extensions alone. Nobody has signed it.
fn certificate(serial: &[u8], extensions: &[(ObjectIdentifier, Vec<u8>)]) -> Vec<u8> {
    let authority = Authority::new().unwrap();
    let outer = Element::parse(authority.issuing_der(), tag::SEQUENCE).unwrap();
    let mut parts = outer.children().unwrap().elements().unwrap();
    let fields = parts.remove(0).sequence().unwrap().elements().unwrap();
    let extension =
        |(oid, value): &(ObjectIdentifier, Vec<u8>)| sequence(&[&object_identifier(*oid), &octet_string(value)]);
    let extensions = extensions.iter().flat_map(extension).collect::<Vec<_>>();
    let fields = fields
        .iter()
        .enumerate()
        .map(|(index, field)| match (index, field.tag()) {
            (1, _) => element(tag::INTEGER, &[serial]),
            (_, 0xA3) => context(3, &[&sequence(&[&extensions])]),
            _ => field.encoded().to_vec(),
        });
    let fields = fields.flatten().collect::<Vec<_>>();
    let rest = parts
        .iter()
        .flat_map(|part| part.encoded().to_vec())
        .collect::<Vec<_>>();
    sequence(&[&sequence(&[&fields]), &rest])
}

fn with_extension(oid: ObjectIdentifier, value: &[u8]) -> Certificate {
    Certificate::parse(&certificate(&[7], &[(oid, value.to_vec())])).unwrap()
}

/// A list of revoked certificates with these entries. Nobody has signed it.
fn list(serials: &[&[u8]], extensions: &[u8]) -> Vec<u8> {
    let algorithm = sequence(&[&object_identifier(rfc5912::ECDSA_WITH_SHA_256)]);
    let moment = element(tag::UTC_TIME, &[b"260101000000Z"]);
    let entry = |serial: &&[u8]| sequence(&[&element(tag::INTEGER, &[serial]), &moment]);
    let entries = serials.iter().flat_map(entry).collect::<Vec<_>>();
    let contents = sequence(&[
        &integer(1),
        &algorithm,
        &sequence(&[]),
        &moment,
        &sequence(&[&entries]),
        extensions,
    ]);
    sequence(&[&contents, &algorithm, &element(tag::BIT_STRING, &[&[0, 1]])])
}

/// `GeneralNames` of one URI, in the place of a point where lists are published.
fn point(uri: &str) -> Vec<u8> {
    context(0, &[&context(0, &[&element(tag::context(6), &[uri.as_bytes()])])])
}

#[test]
fn a_certificate_or_a_list_with_a_long_serial_number_is_read() {
    assert!(reads::<x509_cert::Certificate>(&certificate(&[7], &[])));
    let long = certificate(&LONG_SERIAL, &[]);
    assert!(!reads::<x509_cert::Certificate>(&long));
    assert_eq!(Certificate::parse(&long).unwrap().serial(), LONG_SERIAL);
    // What one entry is called by would keep a list from telling of all others.
    assert!(reads::<x509_cert::crl::CertificateList>(&list(&[&[7]], &[])));
    let long = list(&[&LONG_SERIAL, &[7]], &[]);
    assert!(!reads::<x509_cert::crl::CertificateList>(&long));
    let long = Crl::parse(&long).unwrap();
    assert!(
        [&LONG_SERIAL[..], &[7]]
            .into_iter()
            .all(|serial| long.status(serial) != Ok(ocsp::Status::Good))
    );
    assert_eq!(long.status(&[8]), Ok(ocsp::Status::Good));
}

/// An object identifier of a UUID (ITU-T X.667) and something below it, as some programs make them: longer than the library has room for.
const LONG_IDENTIFIER: [u8; 42] = {
    let mut octets = [0x81; 42];
    octets[0] = 0x69;
    octets[41] = 0x01;
    octets
};

#[test]
fn object_identifiers_of_any_length_are_passed_over() {
    let long = element(tag::OBJECT_IDENTIFIER, &[&LONG_IDENTIFIER]);
    assert!(!reads::<ObjectIdentifier>(&long));
    let extension = sequence(&[&long, &octet_string(&[5, 0])]);
    assert!(!reads::<x509_cert::ext::Extension>(&extension));
    let read = super::Extension::read(Element::parse(&extension, tag::SEQUENCE).unwrap()).unwrap();
    assert_eq!(read.value, [5, 0]);

    let purposes = sequence(&[&long, &object_identifier(rfc5280::ID_KP_OCSP_SIGNING)]);
    assert!(!reads::<ExtendedKeyUsage>(&purposes));
    let responder = with_extension(rfc5280::ID_CE_EXT_KEY_USAGE, &purposes);
    assert!(responder.has_extended_usage(rfc5280::ID_KP_OCSP_SIGNING));
    assert!(!responder.has_extended_usage(rfc5280::ID_KP_TIME_STAMPING));

    let policies = sequence(&[&sequence(&[&long])]);
    assert!(!reads::<CertificatePolicies>(&policies));

    // An authority that speaks of hosts is not asked about other names.
    let host = element(tag::context(2), &[b"example.com"]);
    let constraints = sequence(&[&context(0, &[&sequence(&[&host])])]);
    let authority = with_extension(rfc5280::ID_CE_NAME_CONSTRAINTS, &constraints);
    let other = context(0, &[&long, &context(0, &[&integer(1)])]);
    let names = sequence(&[&other, &host]);
    assert!(!reads::<SubjectAltName>(&names));
    let holder = with_extension(rfc5280::ID_CE_SUBJECT_ALT_NAME, &names);
    assert_eq!(constraint::check(&authority, [&holder].into_iter()), Ok(()));
}

#[test]
fn a_responder_is_asked_about_a_certificate_with_a_long_serial_number() {
    let [usual, long] = [&[7][..], &LONG_SERIAL].map(|serial| Certificate::parse(&certificate(serial, &[])).unwrap());
    assert!(reads::<OcspRequest>(&ocsp::request(&usual, &usual, [5; 16])));
    let asked = ocsp::request(&long, &usual, [5; 16]);
    assert!(!reads::<OcspRequest>(&asked));
    assert!(asked.windows(LONG_SERIAL.len()).any(|octets| octets == LONG_SERIAL));
}

#[test]
fn an_answer_that_tells_fractions_of_seconds_is_read() {
    let answer = |moment: &str| {
        let name = context(1, &[&sequence(&[])]);
        let data = sequence(&[
            &name,
            &element(tag::GENERALIZED_TIME, &[moment.as_bytes()]),
            &sequence(&[]),
        ]);
        let algorithm = sequence(&[&object_identifier(rfc5912::ECDSA_WITH_SHA_256)]);
        sequence(&[&data, &algorithm, &element(tag::BIT_STRING, &[&[0, 1]])])
    };
    assert!(reads::<BasicOcspResponse>(&answer("20260101000000Z")));
    let exact = answer("20260101000000.25Z");
    assert!(!reads::<BasicOcspResponse>(&exact));
    let [exact, whole] = [exact, answer("20260101000000Z")].map(|answer| OcspAnswer::parse_basic(&answer).unwrap());
    assert!(exact.produced_at() > whole.produced_at());
}

#[test]
fn a_name_is_the_same_in_another_string_type() {
    let name = |tag, value| {
        let attribute = sequence(&[&object_identifier(rfc4519::CN), &text(tag, value)]);
        sequence(&[&set_of(tag::SET, vec![attribute])])
    };
    let names = [name(tag::PRINTABLE_STRING, "Kok SM"), name(tag::UTF8_STRING, "kok  sm")];
    let [one, two] = names
        .each_ref()
        .map(|name| x509_cert::name::Name::from_der(name).unwrap());
    assert!(one != two);
    let [one, two] = names
        .each_ref()
        .map(|name| Name::parse(Element::parse(name, tag::SEQUENCE).unwrap()).unwrap());
    assert!(one == two);
}

#[test]
fn an_address_that_is_no_ascii_hides_none_beside_it() {
    let access = |uri: &str| {
        let description =
            |oid, uri: &str| sequence(&[&object_identifier(oid), &element(tag::context(6), &[uri.as_bytes()])]);
        let issuer = description(rfc5912::ID_AD_CA_ISSUERS, uri);
        sequence(&[&issuer, &description(rfc5912::ID_AD_OCSP, "http://ocsp.example")])
    };
    assert!(reads::<AuthorityInfoAccessSyntax>(&access("http://a.example")));
    let odd = access(TURKISH_URI);
    assert!(!reads::<AuthorityInfoAccessSyntax>(&odd));
    let certificate = with_extension(rfc5912::ID_PE_AUTHORITY_INFO_ACCESS, &odd);
    assert_eq!(certificate.ocsp_addresses(), ["http://ocsp.example"]);

    let points = |uri: &str| sequence(&[&sequence(&[&point(uri)]), &sequence(&[&point("http://crl.example")])]);
    assert!(reads::<CrlDistributionPoints>(&points("ldap://a.example")));
    assert!(!reads::<CrlDistributionPoints>(&points(TURKISH_URI)));
    let certificate = with_extension(rfc5280::ID_CE_CRL_DISTRIBUTION_POINTS, &points(TURKISH_URI));
    assert_eq!(certificate.crl_addresses(), ["http://crl.example"]);

    // A list says so of itself, critically: it has to be the one that is pointed to, octet by octet.
    let own_point = |uri: &str| {
        let value = octet_string(&sequence(&[&point(uri)]));
        let oid = object_identifier(rfc5280::ID_CE_ISSUING_DISTRIBUTION_POINT);
        let extension = sequence(&[&oid, &[tag::BOOLEAN, 1, 0xFF], &value]);
        list(&[], &context(0, &[&sequence(&[&extension])]))
    };
    let told = |list: &[u8]| {
        let list = x509_cert::crl::CertificateList::from_der(list).unwrap();
        let extensions = list.tbs_cert_list.crl_extensions.unwrap_or_default();
        reads::<x509_cert::ext::pkix::crl::IssuingDistributionPoint>(extensions[0].extn_value.as_bytes())
    };
    assert!(told(&own_point("http://crl.example")));
    assert!(!told(&own_point(TURKISH_URI)));
    assert!(Crl::parse(&own_point(TURKISH_URI)).is_ok());
}

#[test]
fn a_key_identifier_stands_beside_names_of_any_form() {
    // [3] is x400Address.
    let identifier = |form| {
        let names = context(1, &[&element(form, &[&[]])]);
        sequence(&[
            &element(tag::context(0), &[&[1, 2, 3]]),
            &names,
            &element(tag::context(2), &[&[1]]),
        ])
    };
    assert!(reads::<AuthorityKeyIdentifier>(&identifier(tag::context(6))));
    let odd = identifier(tag::context_constructed(3));
    assert!(!reads::<AuthorityKeyIdentifier>(&odd));
    let certificate = with_extension(rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER, &odd);
    assert_eq!(certificate.authority_key_identifier(), Some(&[1, 2, 3][..]));
}

#[test]
fn a_path_may_be_longer_than_an_octet_tells() {
    let constraints = |length| sequence(&[&[tag::BOOLEAN, 1, 0xFF], &integer(length)]);
    assert!(reads::<BasicConstraints>(&constraints(255)));
    assert!(!reads::<BasicConstraints>(&constraints(256)));
    let certificate = with_extension(rfc5280::ID_CE_BASIC_CONSTRAINTS, &constraints(256));
    assert_eq!(certificate.authority().unwrap().path_length, Some(256));
}

#[test]
fn a_user_notice_may_have_any_text_and_a_reference() {
    let faults = |notice: &[u8]| {
        let qualifier = sequence(&[&object_identifier(rfc5912::ID_QT_UNOTICE), notice]);
        let policy = ObjectIdentifier::new_unwrap("2.16.792.1.2.1.1.5.7.1.1");
        let policy = sequence(&[&object_identifier(policy), &sequence(&[&qualifier])]);
        let certificate = with_extension(rfc5280::ID_CE_CERTIFICATE_POLICIES, &sequence(&[&policy]));
        nes::faults(&certificate, SystemTime::now())
    };
    let notice = |parts: &[&[u8]]| sequence(parts);
    let plain = text(tag::UTF8_STRING, "5070");
    assert!(reads::<UserNotice>(&notice(&[&plain])));
    let reference = sequence(&[&plain, &sequence(&[&integer(1)])]);
    let wide = element(tag::BMP_STRING, &[&[0, b'5', 0, b'0']]);
    for parts in [&[&reference[..], &plain[..]][..], &[&wide[..]]] {
        assert!(!reads::<UserNotice>(&notice(parts)));
        assert!(!faults(&notice(parts)).contains(&NesFault::NoUserNotice));
    }
    assert!(faults(&notice(&[])).contains(&NesFault::NoUserNotice));
}

#[test]
fn a_salt_may_be_as_long_as_the_modulus_lets_it_be() {
    let digest = DigestAlgorithm::Sha256;
    let parameters = |salt_length| {
        let identifier = SignatureAlgorithm::RsaPss {
            digest: Some(digest),
            salt_length,
        }
        .identifier(digest);
        let parts = Element::parse(&identifier, tag::SEQUENCE)
            .unwrap()
            .children()
            .unwrap()
            .elements()
            .unwrap();
        (parts[1].encoded().to_vec(), identifier.clone())
    };
    let reads = |parameters: &[u8]| rsa::pkcs1::RsaPssParams::from_der(parameters).is_ok();
    assert!(reads(&parameters(222).0));
    // What OpenSSL makes of its own accord with a key of 3072 bits.
    let (long, identifier) = parameters(350);
    assert!(!reads(&long));
    let expected = SignatureAlgorithm::RsaPss {
        digest: Some(digest),
        salt_length: 350,
    };
    assert_eq!(SignatureAlgorithm::parse(&identifier), Ok(expected));
}
