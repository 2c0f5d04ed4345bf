//! Signatures against themselves: what is made is judged here, and what must not pass does not.

mod asked;
mod conformity;
mod container;
mod counter;
mod damage;
mod foreign;
mod forge;
mod invalid;
mod lasting;
mod level;
mod libraries;
mod long_world;
mod mint;
mod openssl;
mod source;
mod unbelieved;
mod verdicts;

use std::fs;
use std::io::Cursor;
use std::time::{Duration, SystemTime};

use basvuru_test_pki::{Authority, CaOptions, Holder, IssueOptions, Issued, KeyKind, PrivateKey};

use super::asic::{self, Document};
use super::cades::{self, Signing};
use super::profile::Profile;
use super::report::{Finding, Level, Report, RequiredAttribute, SubIndication, Verdict};
use super::verify::{Verifier, verify_container, verify_detached, verify_enveloping};
use super::zip::{Archive, ContainerWriter};
use super::{SignatureError, attribute, oid};
use crate::certificate::nes::NesFault;
use crate::certificate::path::PathError;
use crate::certificate::{Certificate, TrustAnchors};
use crate::der::{self, context, element, integer, object_identifier, octet_string, sequence, tag};
use crate::digest::DigestAlgorithm;

use forge::Forge;
use openssl::openssl_verifies;

const DAY: Duration = Duration::from_secs(86_400);
const CONTENT: &[u8] = b"Nitelikli elektronik sertifika ba\xc5\x9fvurusu\r\n";

/// An authority and a holder whose card signs.
struct World {
    authority: Authority,
    issued: Issued,
    certificate: Certificate,
    trust: TrustAnchors,
    now: SystemTime,
}

impl World {
    fn new(key: KeyKind) -> Self {
        Self::with(key, &IssueOptions::default())
    }

    fn with(key: KeyKind, options: &IssueOptions) -> Self {
        Self::under(Authority::new().unwrap(), key, options)
    }

    /// An authority whose signatures are verified fast, where thousands are.
    fn fast() -> Self {
        let key = || PrivateKey::generate(KeyKind::P256);
        let authority = Authority::with_keys(&CaOptions::default(), key(), key()).unwrap();
        Self::under(authority, KeyKind::P256, &IssueOptions::default())
    }

    fn under(authority: Authority, key: KeyKind, options: &IssueOptions) -> Self {
        let issued = authority
            .issue(&Holder::new("Ayşe", "Yılmaz", "10000000146"), key, options)
            .unwrap();
        let certificate = Certificate::parse(&issued.certificate_der).unwrap();
        let trust = TrustAnchors::from_pem(authority.chain_pem().unwrap().as_bytes()).unwrap();
        Self {
            authority,
            issued,
            certificate,
            trust,
            now: SystemTime::now(),
        }
    }

    fn detached(&self, content: &[u8]) -> Vec<u8> {
        let signing = Signing::new(&self.certificate, self.now);
        let prepared = cades::prepare(content, "text/plain", signing).unwrap();
        let value = self.issued.private_key.sign_digest(&prepared.digest().value).unwrap();
        prepared.finish(&value).unwrap()
    }

    fn container(&self, documents: &[Document]) -> Vec<u8> {
        let prepared = asic::prepare(documents, &self.certificate, self.now).unwrap();
        let value = self.issued.private_key.sign_digest(&prepared.digest().value).unwrap();
        prepared.finish(&value).unwrap()
    }

    fn judge(&self, signature: &[u8]) -> Report {
        verify_detached(signature, CONTENT, &self.trust, self.now)
    }
}

fn documents() -> Vec<Document> {
    vec![
        Document {
            file_name: "basvuru.pdf".into(),
            media_type: "application/pdf".into(),
            content: b"%PDF-1.7 form".to_vec(),
        },
        Document {
            file_name: "taahhütname.pdf".into(),
            media_type: "application/pdf".into(),
            content: CONTENT.to_vec(),
        },
    ]
}

fn unpack(container: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = Archive::open(Cursor::new(container)).unwrap();
    let names: Vec<String> = archive.entries().iter().map(|entry| entry.name.clone()).collect();
    names
        .into_iter()
        .enumerate()
        .map(|(index, name)| (name, archive.read(index, 1 << 20).unwrap()))
        .collect()
}

fn pack(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ContainerWriter::new(Vec::new());
    for (name, content) in files {
        writer.add(name, content).unwrap();
    }
    writer.finish().unwrap()
}

#[test]
fn every_rule_of_the_signed_attributes_is_its_own_finding() {
    let world = World::new(KeyKind::P256);
    let missing = |attribute| vec![Finding::AttributeMissing { attribute }];
    let unsure = |sub, findings| (Verdict::Indeterminate, Some(sub), findings);
    let forge = || Forge::new(&world);
    let constraints = SubIndication::SigConstraintsFailure;

    assert_eq!(forge().judge(), (Verdict::TotalPassed, None, vec![]));
    for (oid, attribute) in [
        (oid::CONTENT_TYPE, RequiredAttribute::ContentType),
        (oid::MESSAGE_DIGEST, RequiredAttribute::MessageDigest),
        (oid::SIGNING_TIME, RequiredAttribute::SigningTime),
        (oid::SIGNING_CERTIFICATE_V2, RequiredAttribute::SigningCertificate),
    ] {
        assert_eq!(forge().without(oid).judge(), unsure(constraints, missing(attribute)));
    }
    let twice = forge()
        .with(oid::SIGNING_TIME, &der::write_time(world.now - Duration::from_secs(60)))
        .judge();
    assert_eq!(
        twice,
        unsure(
            constraints,
            vec![Finding::AttributeRepeated {
                attribute: RequiredAttribute::SigningTime
            }]
        )
    );

    let mut unsorted = forge();
    unsorted.attributes.reverse();
    assert_eq!(
        unsorted.judge(),
        (Verdict::TotalPassed, None, vec![Finding::AttributesUnsorted])
    );

    let other = forge()
        .without(oid::CONTENT_TYPE)
        .with(oid::CONTENT_TYPE, &object_identifier(oid::SIGNED_DATA));
    assert_eq!(other.judge(), unsure(constraints, vec![Finding::ContentTypeDiffers]));
    let no_certificate = Forge {
        certificates: vec![],
        ..forge()
    };
    let no_found = SubIndication::NoSigningCertificateFound;
    assert_eq!(
        no_certificate.judge(),
        unsure(no_found, vec![Finding::CertificateMissing])
    );
    let sha384 = Forge {
        signature_oid: const_oid::db::rfc5912::ECDSA_WITH_SHA_384,
        ..forge()
    };
    assert_eq!(sha384.judge(), unsure(constraints, vec![Finding::AlgorithmsContradict]));
    let rsa = Forge {
        signature_oid: const_oid::db::rfc5912::SHA_256_WITH_RSA_ENCRYPTION,
        ..forge()
    };
    assert_eq!(rsa.judge(), unsure(constraints, vec![Finding::AlgorithmsContradict]));
    assert_eq!(
        Forge { version: 3, ..forge() }.judge(),
        (Verdict::TotalPassed, None, vec![Finding::VersionUnusual])
    );
    assert_eq!(
        Forge { version: 0, ..forge() }.judge(),
        (Verdict::TotalPassed, None, vec![Finding::VersionUnusual])
    );
    let junk = Forge {
        certificates: vec![forge().certificates.remove(0), sequence(&[])],
        ..forge()
    };
    assert_eq!(
        junk.judge(),
        (Verdict::TotalPassed, None, vec![Finding::CertificateUnreadable])
    );
}

#[test]
fn a_certificate_that_was_not_signed_along_is_found_out() {
    // The same key and name under another serial number: only signing-certificate-v2 tells them apart.
    let world = World::new(KeyKind::P256);
    let holder = Holder::new("Ayşe", "Yılmaz", "10000000146");
    let key = world.issued.private_key.clone();
    let other = world
        .authority
        .issue_for_key(&holder, key, &IssueOptions::default())
        .unwrap();
    let swapped = World {
        certificate: Certificate::parse(&other.certificate_der).unwrap(),
        issued: other,
        authority: world.authority.clone(),
        trust: world.trust.clone(),
        now: world.now,
    };
    let forge = Forge {
        attributes: Forge::new(&world).attributes,
        ..Forge::new(&swapped)
    };
    let (verdict, sub_indication, findings) = forge.judge();
    assert_eq!(verdict, Verdict::Indeterminate);
    assert_eq!(sub_indication, Some(SubIndication::NoSigningCertificateFound));
    assert_eq!(findings, [Finding::CertificateDiffers]);
}

#[test]
fn an_unknown_root_or_a_claimed_time_to_come_leaves_the_verdict_open() {
    let (world, stranger) = (World::new(KeyKind::P256), World::new(KeyKind::P256));
    let report = verify_detached(&world.detached(CONTENT), CONTENT, &stranger.trust, world.now);
    assert_eq!(report.verdict, Verdict::Indeterminate);
    assert_eq!(report.sub_indication, Some(SubIndication::NoCertificateChainFound));

    let signature = world.detached(CONTENT);
    let report = verify_detached(
        &signature,
        CONTENT,
        &world.trust,
        world.now - Duration::from_secs(1_000),
    );
    assert!(report.signatures[0].findings.contains(&Finding::SigningTimeInFuture));
}

#[test]
fn a_value_by_another_key_never_leaves() {
    for (own, other) in [
        (KeyKind::P256, KeyKind::P256),
        (KeyKind::P384, KeyKind::P256),
        (KeyKind::Rsa2048, KeyKind::P384),
    ] {
        let world = World::new(own);
        let documents = documents();
        let prepare = || asic::prepare(&documents, &world.certificate, world.now).unwrap();
        let digest = prepare().digest().value.clone();
        let value = PrivateKey::generate(other).sign_digest(&digest).unwrap();
        assert_eq!(prepare().finish(&value), Err(SignatureError::NotByThisKey));
        let mut value = world.issued.private_key.sign_digest(&digest).unwrap();
        assert!(prepare().finish(&value).is_ok());
        *value.last_mut().unwrap() ^= 1;
        assert_eq!(prepare().finish(&value), Err(SignatureError::NotByThisKey));
        assert_eq!(prepare().finish(&[]), Err(SignatureError::NotByThisKey));
    }
    let weak = World::new(KeyKind::Rsa1024);
    assert_eq!(
        asic::prepare(&documents(), &weak.certificate, weak.now).unwrap_err(),
        SignatureError::Key
    );
}

#[test]
fn a_card_may_give_an_ec_signature_as_two_numbers_end_to_end() {
    let world = World::new(KeyKind::P384);
    let prepared = cades::prepare(CONTENT, "text/plain", Signing::new(&world.certificate, world.now)).unwrap();
    let value = world.issued.private_key.sign_digest(&prepared.digest().value).unwrap();
    let raw = p384::ecdsa::Signature::from_der(&value).unwrap().to_bytes().to_vec();
    assert_eq!(prepared.clone().finish(&raw).unwrap(), prepared.finish(&value).unwrap());
}

#[test]
fn the_chain_is_brought_along_where_it_is_given() {
    let world = World::new(KeyKind::P256);
    let chain = crate::certificate::chain_from_pem(world.authority.chain_pem().unwrap().as_bytes()).unwrap();
    let signing = Signing {
        chain: &chain[..1],
        ..Signing::new(&world.certificate, world.now)
    };
    let prepared = cades::prepare(CONTENT, "text/plain", signing).unwrap();
    let value = world.issued.private_key.sign_digest(&prepared.digest().value).unwrap();
    let signature = prepared.finish(&value).unwrap();
    let root_alone = TrustAnchors::new(vec![chain[1].clone()]);
    assert_eq!(
        verify_detached(&signature, CONTENT, &root_alone, world.now).verdict,
        Verdict::TotalPassed
    );
    assert_eq!(
        verify_detached(&world.detached(CONTENT), CONTENT, &root_alone, world.now).verdict,
        Verdict::Indeterminate
    );
    assert!(openssl_verifies(&world, &signature, CONTENT));
}

#[test]
fn a_report_is_serialized_with_stable_names() {
    let world = World::new(KeyKind::P384);
    let files = unpack(&world.container(&documents()));
    let json = serde_json::to_value(verify_container(&pack(&files[1..]), &world.trust, world.now)).unwrap();
    assert_eq!(json["verdict"], "TOTAL-PASSED");
    assert!(json["sub_indication"].is_null());
    assert_eq!(json["findings"][0]["finding"], "media-type-missing");
    assert_eq!(json["signatures"][0]["verdict"], "TOTAL-PASSED");
    assert_eq!(json["signatures"][0]["level"], "B-B");
    assert_eq!(json["signatures"][0]["signer"]["key"], "P-384");
    assert!(json["signatures"][0]["signing_time"].as_str().unwrap().ends_with('Z'));
    let finding = Finding::PathInvalid {
        fault: PathError::NoIssuer { issuer: "A".into() },
    };
    assert_eq!(
        serde_json::to_string(&finding).unwrap(),
        r#"{"finding":"path-invalid","fault":{"no-issuer":{"issuer":"A"}}}"#
    );
    let nothing = verify_enveloping(b"", &world.trust, world.now);
    let json = serde_json::to_value(nothing).unwrap();
    assert_eq!(json["verdict"], "INDETERMINATE");
    assert_eq!(json["sub_indication"], "GENERIC");
}
