//! Signatures against themselves, against OpenSSL, and against damage.

use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use basvuru_test_pki::{Authority, Holder, IssueOptions, Issued, KeyKind, PrivateKey};

use super::asic::{self, Document};
use super::cades::{self, Signing};
use super::report::{Finding, Level, Report, RequiredAttribute, SubIndication, Verdict};
use super::verify::{verify_container, verify_detached, verify_detached_from, verify_enveloping};
use super::zip::{Archive, ContainerWriter};
use super::{SignatureError, oid};
use crate::certificate::nes::NesFault;
use crate::certificate::path::PathError;
use crate::certificate::{Certificate, TrustAnchors};

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
        let authority = Authority::new().unwrap();
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
fn the_same_input_gives_the_same_container_with_its_media_type_first() {
    let world = World::new(KeyKind::P384);
    let documents = documents();
    let prepare = || asic::prepare(&documents, &world.certificate, world.now).unwrap();
    let value = world.issued.private_key.sign_digest(&prepare().digest().value).unwrap();
    let container = prepare().finish(&value).unwrap();
    assert_eq!(container, prepare().finish(&value).unwrap());
    assert_eq!(&container[30..38], b"mimetype");
    assert_eq!(&container[38..38 + asic::MEDIA_TYPE.len()], asic::MEDIA_TYPE.as_bytes());
}
