//! Paths of certificates that are alike but for what they say of policies, after the examples of RFC 5280, 6.1, and of NIST's
//! PKITS, 4.8 to 4.12.

use basvuru_test_pki::{Authority, Holder, IssueOptions, KeyKind, PrivateKey, Template};
use const_oid::ObjectIdentifier;
use x509_cert::ext::Extension;

use super::*;
use crate::der::{element, integer, object_identifier, sequence};

const ONE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.792.9.9.1");
const OTHER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.792.9.9.2");
const ANY: ObjectIdentifier = rfc5280::ANY_POLICY;

/// What a certificate says of policies.
#[derive(Clone, Default)]
struct Said(Vec<(ObjectIdentifier, Vec<u8>)>);

impl Said {
    fn nothing() -> Self {
        Self::default()
    }

    fn names(policies: &[ObjectIdentifier]) -> Self {
        let policies: Vec<Vec<u8>> = policies
            .iter()
            .map(|policy| sequence(&[&object_identifier(*policy)]))
            .collect();
        let policies: Vec<&[u8]> = policies.iter().map(Vec::as_slice).collect();
        Self(vec![(rfc5280::ID_CE_CERTIFICATE_POLICIES, sequence(&policies))])
    }

    fn and(mut self, oid: ObjectIdentifier, value: Vec<u8>) -> Self {
        self.0.push((oid, value));
        self
    }

    fn requires_after(self, skipped: u8) -> Self {
        let value = sequence(&[&element(tag::context(0), &[&[skipped]])]);
        self.and(rfc5280::ID_CE_POLICY_CONSTRAINTS, value)
    }

    fn requires_and_maps_no_more(self) -> Self {
        let value = sequence(&[&element(tag::context(0), &[&[0]]), &element(tag::context(1), &[&[0]])]);
        self.and(rfc5280::ID_CE_POLICY_CONSTRAINTS, value)
    }

    fn takes_any_no_more(self) -> Self {
        self.and(rfc5280::ID_CE_INHIBIT_ANY_POLICY, integer(0))
    }

    fn maps(self, from: ObjectIdentifier, to: ObjectIdentifier) -> Self {
        let mapping = sequence(&[&object_identifier(from), &object_identifier(to)]);
        self.and(rfc5280::ID_CE_POLICY_MAPPINGS, sequence(&[&mapping]))
    }
}

struct Maker {
    authority: Authority,
    template: Template,
}

impl Maker {
    fn new() -> Self {
        let authority = Authority::new().unwrap();
        let holder = Holder::new("Ayşe", "Yılmaz", "10000000146");
        let key = PrivateKey::generate(KeyKind::P256);
        let template = authority.holder_template(&holder, &key, &IssueOptions::default());
        Self {
            template: template.unwrap(),
            authority,
        }
    }

    /// Judges a path from the certificate below the root down to the holder's.
    fn judge(&self, path: &[Said]) -> Result<(), PolicyFault> {
        let root = Certificate::parse(self.authority.root_der()).unwrap();
        let mut certificates: Vec<Certificate> = path.iter().rev().map(|said| self.certificate(said, false)).collect();
        certificates.push(root);
        check(&certificates.iter().collect::<Vec<_>>())
    }

    fn certificate(&self, said: &Said, is_self_issued: bool) -> Certificate {
        let mut template = self.template.clone();
        if is_self_issued {
            template.subject = template.issuer.clone();
        }
        let extension = |(oid, value): &(ObjectIdentifier, Vec<u8>)| Extension {
            extn_id: *oid,
            critical: true,
            extn_value: der::asn1::OctetString::new(value.clone()).unwrap(),
        };
        template.extensions = said.0.iter().map(extension).collect();
        Certificate::parse(&template.sign(self.authority.issuing_key()).unwrap()).unwrap()
    }
}

#[test]
fn a_policy_must_hold_for_the_whole_path_where_an_authority_asks_for_one_and_nowhere_else() {
    let maker = Maker::new();
    let judge = |path: &[Said]| maker.judge(path);
    let (one, other, any) = (Said::names(&[ONE]), Said::names(&[OTHER]), Said::names(&[ANY]));
    let none = Err(PolicyFault::NoPolicy);
    // Nobody asks.
    assert_eq!(judge(&[Said::nothing(), Said::nothing()]), Ok(()));
    assert_eq!(judge(&[one.clone(), other.clone()]), Ok(()));
    // The authority asks from here on.
    assert_eq!(judge(&[one.clone().requires_after(0), one.clone()]), Ok(()));
    assert_eq!(
        judge(&[one.clone().requires_after(0), Said::names(&[OTHER, ONE])]),
        Ok(())
    );
    assert_eq!(judge(&[any.clone().requires_after(0), one.clone()]), Ok(()));
    assert_eq!(judge(&[one.clone().requires_after(0), any.clone()]), Ok(()));
    assert_eq!(judge(&[one.clone().requires_after(0), other.clone()]), none);
    assert_eq!(judge(&[one.clone().requires_after(0), Said::nothing()]), none);
    assert_eq!(judge(&[Said::nothing().requires_after(0), one.clone()]), none);
    // Or after so many more.
    assert_eq!(
        judge(&[one.clone().requires_after(1), Said::nothing(), Said::nothing()]),
        none
    );
    assert_eq!(
        judge(&[one.clone().requires_after(3), Said::nothing(), Said::nothing()]),
        Ok(())
    );
    assert_eq!(
        judge(&[one.clone().requires_after(1), one.clone(), one.clone()]),
        Ok(())
    );
    // A later one may ask for it sooner, and not later.
    assert_eq!(
        judge(&[
            one.clone().requires_after(5),
            one.clone().requires_after(0),
            other.clone()
        ]),
        none
    );
    assert_eq!(
        judge(&[one.clone().requires_after(0), one.clone().requires_after(5), other]),
        none
    );
    // The holder's certificate may ask for itself.
    assert_eq!(judge(&[Said::nothing(), Said::nothing().requires_after(0)]), none);
    assert_eq!(judge(&[one.clone(), one.requires_after(0)]), Ok(()));
}

#[test]
fn a_policy_goes_by_another_name_where_it_is_mapped_and_that_is_allowed() {
    let maker = Maker::new();
    let mapped = || Said::names(&[ONE]).requires_after(0).maps(ONE, OTHER);
    assert_eq!(maker.judge(&[mapped(), Said::names(&[OTHER])]), Ok(()));
    assert_eq!(
        maker.judge(&[mapped(), Said::names(&[ONE])]),
        Err(PolicyFault::NoPolicy)
    );
    let of_any = Said::names(&[ANY]).requires_after(0).maps(ONE, OTHER);
    assert_eq!(maker.judge(&[of_any, Said::names(&[OTHER])]), Ok(()));
    let first = || Said::names(&[ONE]).requires_and_maps_no_more();
    let second = || Said::names(&[ONE]).maps(ONE, OTHER);
    assert_eq!(
        maker.judge(&[first(), second(), Said::names(&[OTHER])]),
        Err(PolicyFault::NoPolicy)
    );
    assert_eq!(
        maker.judge(&[first(), second(), Said::names(&[ONE])]),
        Err(PolicyFault::NoPolicy)
    );
    assert_eq!(
        maker.judge(&[first(), Said::names(&[ONE]), Said::names(&[ONE])]),
        Ok(())
    );
}

#[test]
fn any_policy_stands_for_every_one_until_an_authority_forbids_it() {
    let maker = Maker::new();
    let first = || Said::names(&[ONE]).requires_after(0).takes_any_no_more();
    assert_eq!(maker.judge(&[first(), Said::names(&[ANY])]), Err(PolicyFault::NoPolicy));
    assert_eq!(maker.judge(&[first(), Said::names(&[ONE])]), Ok(()));
    // An authority that certifies itself may still name it (6.1.3 d 2).
    let root = Certificate::parse(maker.authority.root_der()).unwrap();
    let holder = maker.certificate(&Said::names(&[ONE]), false);
    let itself = maker.certificate(&Said::names(&[ANY]), true);
    let first = maker.certificate(&first(), false);
    assert_eq!(check(&[&holder, &itself, &first, &root]), Ok(()));
    let another = maker.certificate(&Said::names(&[ANY]), false);
    assert_eq!(check(&[&holder, &another, &first, &root]), Err(PolicyFault::NoPolicy));
}

#[test]
fn what_cannot_be_read_of_policies_is_not_passed_over() {
    let maker = Maker::new();
    let long: Vec<Vec<u8>> = vec![sequence(&[&object_identifier(ONE)]); MAX_POLICIES + 1];
    let long: Vec<&[u8]> = long.iter().map(Vec::as_slice).collect();
    for (oid, value) in [
        (rfc5280::ID_CE_CERTIFICATE_POLICIES, sequence(&[])),
        (rfc5280::ID_CE_CERTIFICATE_POLICIES, sequence(&long)),
        (rfc5280::ID_CE_CERTIFICATE_POLICIES, Vec::new()),
        (rfc5280::ID_CE_POLICY_CONSTRAINTS, sequence(&[])),
        (
            rfc5280::ID_CE_POLICY_CONSTRAINTS,
            sequence(&[&element(tag::context(0), &[&[0x80]])]),
        ),
        (rfc5280::ID_CE_POLICY_CONSTRAINTS, sequence(&[&integer(0)])),
        (rfc5280::ID_CE_INHIBIT_ANY_POLICY, b"\x02\x01\xff".to_vec()),
        (rfc5280::ID_CE_INHIBIT_ANY_POLICY, sequence(&[])),
    ] {
        let said = Said::nothing().and(oid, value);
        let found = maker.judge(&[said, Said::nothing()]);
        assert_eq!(found, Err(PolicyFault::NotUnderstood { oid }));
    }
    let mapped = Said::names(&[ONE]).maps(ONE, ANY);
    let oid = rfc5280::ID_CE_POLICY_MAPPINGS;
    assert_eq!(
        maker.judge(&[mapped, Said::nothing()]),
        Err(PolicyFault::NotUnderstood { oid })
    );
}
