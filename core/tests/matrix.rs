//! Every kind of key at every level, alone and in a container: made through the public interface, judged by us and by
//! OpenSSL, and left in the folder that `BASVURU_MATRIX` names for others to judge.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use basvuru::certificate::{Certificate, TrustAnchors};
use basvuru::signature::asic::{self, Document};
use basvuru::signature::cades::{self, Signing};
use basvuru::signature::content::ContentDigests;
use basvuru::signature::extend::{Target, extend};
use basvuru::signature::profile::Profile;
use basvuru::signature::report::{Level, Report, Verdict};
use basvuru::signature::source::{Fetch, FetchError, FetchRequest, Sources, TimestampAuthority};
use basvuru::signature::verify::{verify_container, verify_detached};
use basvuru_test_pki::{Authority, CaOptions, Holder, IssueOptions, KeyKind, PrivateKey, ServiceOptions, Services};

const CONTENT: &[u8] = "Nitelikli elektronik sertifika başvurusu\r\n".as_bytes();

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// The authority's services, at a moment.
struct Network<'a> {
    services: &'a Services,
    now: SystemTime,
}

impl Network<'_> {
    fn sources<'a>(&'a self, trust: &'a TrustAnchors) -> Sources<'a> {
        Sources {
            fetch: self,
            timestamp_authority: Some(TimestampAuthority::at("http://pki.test.invalid/tsa")),
            trust,
            now: self.now,
        }
    }
}

#[async_trait]
impl Fetch for Network<'_> {
    async fn fetch(&self, request: FetchRequest) -> Result<Vec<u8>, FetchError> {
        let body = request.body.map(|(_, octets)| octets).unwrap_or_default();
        let answer = self.services.respond(&request.url, &body, self.now);
        answer.ok().flatten().ok_or(FetchError::Status(404))
    }
}

fn target_name(target: Target) -> String {
    match target {
        Target::Level(level) => serde_json::to_value(level).unwrap().as_str().unwrap().to_owned(),
        Target::Profile(profile) => format!("{profile:?}"),
    }
}

fn openssl_verifies(folder: &Path, signature: &Path, content: &Path) -> bool {
    let output = Command::new("openssl")
        .args([
            "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-purpose", "any", "-in",
        ])
        .arg(signature)
        .arg("-content")
        .arg(content)
        .arg("-CAfile")
        .arg(folder.join("chain.pem"))
        .args(["-out", "/dev/null"])
        .output()
        .unwrap();
    output.status.success()
}

fn expect_passed(report: &Report, target: Target, name: &str) {
    assert_eq!(report.verdict, Verdict::TotalPassed, "{name}: {report:?}");
    let signature = &report.signatures[0];
    match target {
        Target::Level(level) => assert_eq!(signature.level, Some(level), "{name}"),
        Target::Profile(profile) => assert_eq!(signature.profile, Some(profile), "{name}"),
    }
}

#[tokio::test]
async fn every_kind_of_key_makes_every_level_alone_and_in_a_container() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = std::env::var_os("BASVURU_MATRIX").map_or_else(|| temporary.path().to_owned(), Into::into);
    fs::create_dir_all(&folder).unwrap();

    let keys = || PrivateKey::generate(KeyKind::P384);
    let begin = SystemTime::now() - 3 * DAY;
    let options = CaOptions {
        not_before: begin,
        ..CaOptions::default().with_services()
    };
    let authority = Authority::with_keys(&options, keys(), keys()).unwrap();
    let trust = TrustAnchors::from_pem(authority.chain_pem().unwrap().as_bytes()).unwrap();
    fs::write(folder.join("chain.pem"), authority.chain_pem().unwrap()).unwrap();
    fs::write(folder.join("root.pem"), authority.root_pem().unwrap()).unwrap();
    fs::write(folder.join("content"), CONTENT).unwrap();
    let services = Services::new(authority.clone(), ServiceOptions::default()).unwrap();
    let documents = [Document {
        file_name: "form.pdf".into(),
        media_type: "application/pdf".into(),
        content: CONTENT.to_vec(),
    }];
    let targets = [
        Target::Level(Level::BB),
        Target::Level(Level::BT),
        Target::Level(Level::BLT),
        Target::Level(Level::BLTA),
        Target::Profile(Profile::P2),
        Target::Profile(Profile::P3),
        Target::Profile(Profile::P4),
    ];

    for (kind, key_name) in [
        (KeyKind::Rsa2048, "RSA-2048"),
        (KeyKind::Rsa3072, "RSA-3072"),
        (KeyKind::P256, "P-256"),
        (KeyKind::P384, "P-384"),
    ] {
        let holder = Holder::new("Ayşe", "Yılmaz", "10000000146");
        let options = IssueOptions {
            not_before: begin,
            ..IssueOptions::default()
        };
        let issued = authority.issue(&holder, kind, &options).unwrap();
        let certificate = Certificate::parse(&issued.certificate_der).unwrap();
        // For others to sign with.
        fs::write(folder.join(format!("{key_name}.certificate")), &issued.certificate_der).unwrap();
        fs::write(folder.join(format!("{key_name}.key")), &issued.private_key_pkcs8_der).unwrap();
        for target in targets {
            let now = SystemTime::now();
            // P3 is completed when a day has passed since its time-stamp.
            let moments = match target {
                Target::Profile(Profile::P3) => vec![now - DAY - Duration::from_secs(60), now],
                Target::Level(_) | Target::Profile(_) => vec![now],
            };
            let profile = match target {
                Target::Level(_) => Profile::P1,
                Target::Profile(profile) => profile,
            };
            let signing = Signing {
                profile,
                ..Signing::new(&certificate, moments[0])
            };
            let name = format!("{key_name}-{}", target_name(target));

            let prepared = cades::prepare(CONTENT, "text/plain", signing).unwrap();
            let value = issued.private_key.sign_digest(&prepared.digest().value).unwrap();
            let mut signature = prepared.finish(&value).unwrap();
            let digests = ContentDigests::of_octets(CONTENT);
            for moment in &moments {
                let network = Network {
                    services: &services,
                    now: *moment,
                };
                let sources = network.sources(&trust);
                signature = extend(&signature, Some(&digests), target, &sources).await.unwrap();
            }
            expect_passed(&verify_detached(&signature, CONTENT, &trust, now), target, &name);
            let path = folder.join(format!("{name}.p7s"));
            fs::write(&path, &signature).unwrap();
            assert!(openssl_verifies(&folder, &path, &folder.join("content")), "{name}");

            let prepared = asic::prepare_with(&documents, signing).unwrap();
            let value = issued.private_key.sign_digest(&prepared.digest().value).unwrap();
            let mut container = prepared.finish(&value).unwrap();
            for moment in &moments {
                let network = Network {
                    services: &services,
                    now: *moment,
                };
                let sources = network.sources(&trust);
                let extended = asic::extend(Cursor::new(container), Vec::new(), target, &sources).await;
                container = extended.unwrap();
            }
            expect_passed(&verify_container(&container, &trust, now), target, &name);
            fs::write(folder.join(format!("{name}.asice")), &container).unwrap();
        }
    }
}
