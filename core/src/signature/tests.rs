//! Signatures against themselves, against OpenSSL, and against damage.

mod container;
mod forge;
mod invalid;
mod level;

use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::process::{Command, Output};
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

fn openssl(folder: &Path, arguments: &[&str]) -> Output {
    Command::new("openssl")
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}

fn openssl_verifies(world: &World, signature: &[u8], content: &[u8]) -> bool {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("chain.pem"), world.authority.chain_pem().unwrap()).unwrap();
    fs::write(folder.path().join("signature.p7s"), signature).unwrap();
    fs::write(folder.path().join("content"), content).unwrap();
    let arguments = "cms -verify -cades -binary -inform DER -in signature.p7s -content content -CAfile chain.pem \
                     -purpose any -out verified";
    let output = openssl(folder.path(), &arguments.split_whitespace().collect::<Vec<_>>());
    output.status.success()
}

#[test]
fn openssl_and_we_accept_what_every_kind_of_key_signed_and_nothing_else() {
    for kind in [KeyKind::Rsa2048, KeyKind::P256, KeyKind::P384] {
        let world = World::new(kind);
        let signature = world.detached(CONTENT);
        assert!(openssl_verifies(&world, &signature, CONTENT), "{kind:?}");
        assert!(!openssl_verifies(&world, &signature, b"another content"));

        let report = world.judge(&signature);
        assert_eq!(
            (report.verdict, report.sub_indication),
            (Verdict::TotalPassed, None),
            "{report:?}"
        );
        let [signer] = &report.signatures[..] else {
            panic!("one signer")
        };
        assert_eq!(signer.findings, [Finding::RevocationNotChecked]);
        assert_eq!(signer.level, Some(Level::BB));
        let named = signer.signer.as_ref().unwrap();
        assert_eq!(
            (named.name.as_str(), named.number.as_deref()),
            ("Ayşe Yılmaz", Some("10000000146"))
        );
        let claimed = signer.signing_time.unwrap();
        assert!(claimed <= world.now && claimed + Duration::from_secs(1) > world.now);

        let container = world.container(&documents());
        let files = unpack(&container);
        let file = |name: &str| files.iter().find(|(found, _)| found == name).unwrap().1.clone();
        assert!(openssl_verifies(
            &world,
            &file(asic::SIGNATURE_FILE),
            &file(asic::MANIFEST_FILE)
        ));
        let report = verify_container(&container, &world.trust, world.now);
        assert_eq!(report.verdict, Verdict::TotalPassed, "{report:?}");
        assert_eq!(report.signatures[0].covers, ["basvuru.pdf", "taahhütname.pdf"]);
        assert_eq!(report.documents.len(), 2);
        assert_eq!(report.documents[1].size, CONTENT.len() as u64);
    }
}

#[test]
fn every_rule_of_the_signed_attributes_is_its_own_finding() {
    let world = World::new(KeyKind::P256);
    let missing = |attribute| vec![Finding::AttributeMissing { attribute }];
    let failed = |sub, findings| (Verdict::TotalFailed, Some(sub), findings);
    let unsure = |sub, findings| (Verdict::Indeterminate, Some(sub), findings);
    let forge = || Forge::new(&world);
    let format = SubIndication::FormatFailure;

    assert_eq!(forge().judge(), (Verdict::TotalPassed, None, vec![]));
    for (oid, attribute) in [
        (oid::CONTENT_TYPE, RequiredAttribute::ContentType),
        (oid::MESSAGE_DIGEST, RequiredAttribute::MessageDigest),
        (oid::SIGNING_TIME, RequiredAttribute::SigningTime),
        (oid::SIGNING_CERTIFICATE_V2, RequiredAttribute::SigningCertificate),
    ] {
        assert_eq!(forge().without(oid).judge(), failed(format, missing(attribute)));
    }
    let twice = forge()
        .with(oid::SIGNING_TIME, &der::write_time(world.now - Duration::from_secs(60)))
        .judge();
    assert_eq!(
        twice,
        failed(
            format,
            vec![Finding::AttributeRepeated {
                oid: oid::SIGNING_TIME.to_string()
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
    assert_eq!(other.judge(), failed(format, vec![Finding::ContentTypeDiffers]));
    let digest = octet_string(&DigestAlgorithm::Sha256.digest(b"another").value);
    let other = forge().without(oid::MESSAGE_DIGEST).with(oid::MESSAGE_DIGEST, &digest);
    assert_eq!(
        other.judge(),
        failed(SubIndication::HashFailure, vec![Finding::ContentChanged])
    );

    let no_certificate = Forge {
        certificates: vec![],
        ..forge()
    };
    let no_found = SubIndication::NoSigningCertificateFound;
    assert_eq!(
        no_certificate.judge(),
        unsure(no_found, vec![Finding::CertificateMissing])
    );
    let sha1 = const_oid::ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
    let weak = SubIndication::CryptoConstraintsFailure;
    assert_eq!(
        Forge {
            digest_oid: sha1,
            ..forge()
        }
        .judge(),
        unsure(weak, vec![Finding::AlgorithmWeak])
    );
    let sha384 = Forge {
        signature_oid: const_oid::db::rfc5912::ECDSA_WITH_SHA_384,
        ..forge()
    };
    assert_eq!(sha384.judge(), failed(format, vec![Finding::AlgorithmsContradict]));
    let rsa = Forge {
        signature_oid: const_oid::db::rfc5912::SHA_256_WITH_RSA_ENCRYPTION,
        ..forge()
    };
    assert_eq!(rsa.judge(), failed(format, vec![Finding::AlgorithmsContradict]));
    let first_version = forge()
        .without(oid::SIGNING_CERTIFICATE_V2)
        .with(oid::SIGNING_CERTIFICATE, &sequence(&[]));
    assert_eq!(first_version.judge(), unsure(weak, vec![Finding::AlgorithmWeak]));
    assert_eq!(
        Forge { version: 3, ..forge() }.judge(),
        (Verdict::TotalPassed, None, vec![Finding::VersionUnusual])
    );
    assert_eq!(
        Forge { version: 0, ..forge() }.judge(),
        failed(format, vec![Finding::SignatureMalformed])
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
fn each_missing_mark_of_a_qualified_certificate_keeps_a_signature_from_passing() {
    let good = IssueOptions::default;
    let cases = [
        (
            IssueOptions {
                non_repudiation: false,
                ..good()
            },
            NesFault::NoNonRepudiation,
        ),
        (
            IssueOptions {
                etsi_statement: false,
                ..good()
            },
            NesFault::NotQualified,
        ),
        (
            IssueOptions {
                turkish_statement: false,
                ..good()
            },
            NesFault::NotTurkishQualified,
        ),
        (
            IssueOptions {
                user_notice: false,
                ..good()
            },
            NesFault::NoUserNotice,
        ),
        (
            IssueOptions {
                holder_number: false,
                ..good()
            },
            NesFault::NoHolderNumber,
        ),
        (IssueOptions { seal: true, ..good() }, NesFault::Seal),
    ];
    for (options, fault) in cases {
        let world = World::with(KeyKind::P256, &options);
        let report = world.judge(&world.detached(CONTENT));
        assert_eq!(report.verdict, Verdict::Indeterminate);
        assert_eq!(report.sub_indication, Some(SubIndication::ChainConstraintsFailure));
        let expected = [
            Finding::CertificateNotQualified { fault },
            Finding::RevocationNotChecked,
        ];
        assert_eq!(report.signatures[0].findings, expected);
    }
}

#[test]
fn an_expired_certificate_or_an_unknown_root_leaves_the_verdict_open() {
    let world = World::with(KeyKind::P256, &IssueOptions::expired());
    let report = world.judge(&world.detached(CONTENT));
    assert_eq!(report.verdict, Verdict::Indeterminate);
    let findings = &report.signatures[0].findings;
    assert!(
        matches!(
            findings[..],
            [
                Finding::SigningTimeOutsideValidity,
                Finding::PathInvalid {
                    fault: PathError::Expired { holder: true, .. }
                }
            ]
        ),
        "{findings:?}"
    );

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
fn what_openssl_signed_is_verified_detached_and_enveloping_and_in_ber() {
    for kind in [KeyKind::Rsa2048, KeyKind::P256, KeyKind::P384] {
        let world = World::new(kind);
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let pem = |label, octets: &[u8]| ::der::pem::encode_string(label, ::der::pem::LineEnding::LF, octets).unwrap();
        fs::write(file("key.pem"), pem("PRIVATE KEY", &world.issued.private_key_pkcs8_der)).unwrap();
        fs::write(
            file("certificate.pem"),
            pem("CERTIFICATE", &world.issued.certificate_der),
        )
        .unwrap();
        fs::write(file("content"), CONTENT).unwrap();
        for extra in ["", "-nosmimecap -md sha512", "-nodetach", "-nodetach -stream"] {
            let arguments = format!(
                "cms -sign -cades -binary -in content -signer certificate.pem -inkey key.pem -outform DER -out signature {extra}"
            );
            let output = openssl(folder.path(), &arguments.split_whitespace().collect::<Vec<_>>());
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let signature = fs::read(file("signature")).unwrap();
            let now = SystemTime::now();
            let report = if extra.contains("nodetach") {
                assert_eq!(
                    verify_detached(&signature, b"x", &world.trust, now).signatures[0].findings[0],
                    Finding::ContentDiffers
                );
                verify_enveloping(&signature, &world.trust, now)
            } else {
                assert_eq!(
                    verify_enveloping(&signature, &world.trust, now).sub_indication,
                    Some(SubIndication::SignedDataNotFound)
                );
                Verifier::new(&world.trust, now)
                    .detached(&signature, fs::File::open(file("content")).unwrap())
                    .unwrap()
            };
            assert_eq!(report.verdict, Verdict::TotalPassed, "{kind:?} {extra} {report:?}");
            assert_eq!(signature[1] == 0x80, extra.contains("stream"), "BER where streamed");
        }
    }
}

#[test]
fn flipping_any_octet_of_a_signature_turns_the_verdict() {
    let world = World::fast();
    let signature = world.detached(CONTENT);
    for place in 0..signature.len() {
        for mask in [0x01, 0x80, 0xFF] {
            let mut damaged = signature.clone();
            damaged[place] ^= mask;
            let report = world.judge(&damaged);
            assert_ne!(
                report.verdict,
                Verdict::TotalPassed,
                "octet {place} with {mask:#04x} in {:02x?}",
                &signature[place - 8..place + 8]
            );
        }
    }
    for length in 0..signature.len() {
        assert_eq!(world.judge(&signature[..length]).verdict, Verdict::TotalFailed);
    }
    assert_eq!(
        world.judge(&[signature.as_slice(), &[0]].concat()).verdict,
        Verdict::TotalFailed
    );
}

#[test]
fn a_report_is_serialized_with_stable_names() {
    let world = World::new(KeyKind::P384);
    let files = unpack(&world.container(&documents()));
    let json = serde_json::to_value(verify_container(&pack(&files[1..]), &world.trust, world.now)).unwrap();
    assert_eq!(json["verdict"], "TOTAL-FAILED");
    assert_eq!(json["sub_indication"], "FORMAT_FAILURE");
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
}

#[test]
fn an_enveloping_signature_has_its_content_within_and_openssl_takes_it_out() {
    let world = World::new(KeyKind::P384);
    let signing = Signing::new(&world.certificate, world.now);
    let prepared = cades::prepare_enveloping(CONTENT.to_vec(), "text/plain", signing).unwrap();
    let value = world.issued.private_key.sign_digest(&prepared.digest().value).unwrap();
    let signature = prepared.finish(&value).unwrap();
    assert_eq!(
        verify_enveloping(&signature, &world.trust, world.now).verdict,
        Verdict::TotalPassed
    );

    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("chain.pem"), world.authority.chain_pem().unwrap()).unwrap();
    fs::write(folder.path().join("signature.p7m"), &signature).unwrap();
    let arguments =
        "cms -verify -cades -binary -inform DER -in signature.p7m -CAfile chain.pem -purpose any -out content";
    let output = openssl(folder.path(), &arguments.split_whitespace().collect::<Vec<_>>());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read(folder.path().join("content")).unwrap(), CONTENT);
}
