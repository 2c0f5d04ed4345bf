//! What OpenSSL says of our signatures, and we of its signatures and time-stamps.

use std::path::Path;
use std::process::{Command, Output};

use async_trait::async_trait;
use rsa::pkcs8::DecodePrivateKey as _;

use super::long_world::{LongWorld, level_of};
use super::*;
use crate::secret::SecretText;
use crate::signature::extend::{ExtendError, Target, extend};
use crate::signature::source::{Fetch, FetchError, FetchRequest, SourceError, Sources, TimestampAuthority};
use crate::signature::timestamp::{ObjectIdentifier, Request, TimestampError};

pub(super) fn openssl(folder: &Path, arguments: &[&str]) -> Output {
    Command::new("openssl")
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}

pub(super) fn openssl_verifies(world: &World, signature: &[u8], content: &[u8]) -> bool {
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
fn a_value_padded_by_pss_is_told_as_that_and_openssl_verifies_it() {
    let world = World::new(KeyKind::Rsa2048);
    let prepared = cades::prepare(CONTENT, "text/plain", Signing::new(&world.certificate, world.now)).unwrap();
    let key = rsa::RsaPrivateKey::from_pkcs8_der(&world.issued.private_key_pkcs8_der).unwrap();
    let padding = rsa::Pss::new::<sha2::Sha256>();
    let value = key.sign_with_rng(&mut rsa::rand_core::OsRng, padding, &prepared.digest().value);
    let signature = prepared.clone().finish(&value.unwrap()).unwrap();
    assert!(openssl_verifies(&world, &signature, CONTENT));
    let report = world.judge(&signature);
    assert_eq!(report.verdict, Verdict::TotalPassed, "{report:?}");
    // A salt of another length is no value that would be told right.
    let padding = rsa::Pss::new_with_salt::<sha2::Sha256>(20);
    let value = key.sign_with_rng(&mut rsa::rand_core::OsRng, padding, &prepared.digest().value);
    let refused = prepared.finish(&value.unwrap()).unwrap_err();
    assert!(matches!(refused, SignatureError::NotByThisKey), "{refused}");
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

/// A time-stamping authority that OpenSSL runs.
struct OpensslAuthority {
    folder: tempfile::TempDir,
}

#[async_trait]
impl Fetch for OpensslAuthority {
    async fn fetch(&self, request: FetchRequest) -> Result<Vec<u8>, FetchError> {
        let folder = self.folder.path();
        fs::write(folder.join("request"), request.body.unwrap().1).unwrap();
        let arguments = "ts -reply -config tsa.cnf -queryfile request -out reply";
        let output = openssl(folder, &arguments.split_whitespace().collect::<Vec<_>>());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(fs::read(folder.join("reply")).unwrap())
    }
}

impl OpensslAuthority {
    /// One with the certificate of a world's authority, which it names by a digest.
    fn of(long: &LongWorld, named_with: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pem = |label, octets: &[u8]| ::der::pem::encode_string(label, ::der::pem::LineEnding::LF, octets).unwrap();
        let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
        write(
            "certificate.pem",
            pem("CERTIFICATE", long.services.timestamping_certificate()),
        );
        write("key.pem", long.services.timestamping_key().to_pkcs8_pem().unwrap());
        write("serial", "01".into());
        write(
            "tsa.cnf",
            format!(
                "[tsa]\ndefault_tsa = a\n[a]\nserial = serial\nsigner_cert = certificate.pem\nsigner_key = key.pem\n\
                 signer_digest = sha256\ndefault_policy = 1.2.3\n\
                 other_policies = 1.2.3.4\ndigests = sha256, sha384\naccuracy = secs:1\n\
                 ordering = yes\ntsa_name = yes\ness_cert_id_alg = {named_with}\n"
            ),
        );
        Self { folder }
    }

    /// A signature with a time-stamp of it, asked for as an authority wants it.
    fn stamp(&self, long: &LongWorld, asked: TimestampAuthority) -> Result<Vec<u8>, ExtendError> {
        let sources = Sources {
            fetch: self,
            timestamp_authority: Some(asked),
            ..long.sources()
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let signature = long.sign(Profile::P1);
        runtime.block_on(extend(&signature, None, Target::Level(Level::BT), &sources))
    }
}

#[test]
fn a_time_stamp_of_openssl_is_believed_whichever_way_it_names_its_certificate() {
    let long = LongWorld::new(KeyKind::P384);
    for named_with in ["sha1", "sha256"] {
        let authority = OpensslAuthority::of(&long, named_with);
        let stamped = authority.stamp(&long, TimestampAuthority::at("")).unwrap();
        let report = long.judge_at(&stamped, SystemTime::now() + Duration::from_secs(2));
        assert_eq!(report.verdict, Verdict::TotalPassed, "{named_with} {report:?}");
        assert_eq!(level_of(&report), Some(Level::BT));
    }
}

#[test]
fn a_time_stamp_is_made_under_the_policy_that_was_wished_or_not_at_all() {
    let long = LongWorld::new(KeyKind::P256);
    let authority = OpensslAuthority::of(&long, "sha256");
    let under = |policy| {
        TimestampAuthority::at("http://pki.test.invalid/tsa").with_policy(ObjectIdentifier::new_unwrap(policy))
    };
    assert!(authority.stamp(&long, under("1.2.3.4")).is_ok());
    let refused = authority.stamp(&long, under("1.2.3.5")).unwrap_err();
    let refused_as = |status| ExtendError::Source(SourceError::Timestamp(TimestampError::Refused { status }));
    assert_eq!(refused, refused_as(2));
    // The test authority has one policy, whatever is wished.
    let sources = Sources {
        timestamp_authority: Some(under("1.2.3.4")),
        ..long.sources()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let another = runtime.block_on(extend(
        &long.sign(Profile::P1),
        None,
        Target::Level(Level::BT),
        &sources,
    ));
    let not_asked_for = ExtendError::Source(SourceError::Timestamp(TimestampError::NotAskedFor));
    assert_eq!(another.unwrap_err(), not_asked_for);
}

#[test]
fn an_authority_can_be_told_who_asks_in_words_made_for_the_digest() {
    let authority = TimestampAuthority::at("http://tsa.test.invalid").with_headers_for(|digest| {
        let identity = digest
            .value
            .iter()
            .map(|octet| format!("{octet:02X}"))
            .collect::<String>();
        vec![("identity".to_owned(), SecretText::new(identity))]
    });
    for content in [&b"one"[..], b"other"] {
        let request = Request::new(DigestAlgorithm::Sha256.digest(content), [1; 8]);
        let fetched = authority.fetch_request(&request);
        assert_eq!(fetched.body.unwrap().1, request.encode());
        let identity: String = request
            .digest()
            .value
            .iter()
            .map(|octet| format!("{octet:02X}"))
            .collect();
        assert_eq!(fetched.headers[0].1.expose(), identity);
        assert!(!format!("{authority:?}").contains(&identity));
    }
}
