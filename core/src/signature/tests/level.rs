//! Levels and profiles: made with the services of a test authority, judged by us and by OpenSSL, and damaged.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use basvuru_test_pki::{ServiceOptions, Services};

use super::*;
use crate::certificate::revocation::UnknownState;
use crate::signature::content::ContentDigests;
use crate::signature::extend::{ExtendError, Target, extend};
use crate::signature::report::{PolicyAttribute, TimestampKind};
use crate::signature::source::{Fetch, FetchError, FetchRequest, Preference, SourceError, Sources, TimestampAuthority};
use crate::signature::timestamp::TimestampError;

const DAY: Duration = Duration::from_secs(86_400);

/// A holder, and an authority with its services.
pub(super) struct LongWorld {
    pub(super) world: World,
    pub(super) services: Services,
    /// The time the services answer at.
    clock: Mutex<SystemTime>,
    /// How often each path was asked.
    asked: Mutex<HashMap<String, u32>>,
}

#[async_trait]
impl Fetch for LongWorld {
    async fn fetch(&self, request: FetchRequest) -> Result<Vec<u8>, FetchError> {
        let path = request.url.rsplit('/').next().unwrap().to_owned();
        *self.asked.lock().unwrap().entry(path).or_default() += 1;
        let body = request.body.map(|(_, octets)| octets).unwrap_or_default();
        let answer = self.services.respond(&request.url, &body, *self.clock.lock().unwrap());
        answer.ok().flatten().ok_or_else(|| FetchError("not found".into()))
    }
}

impl LongWorld {
    pub(super) fn new(key: KeyKind) -> Self {
        Self::with(key, ServiceOptions::default())
    }

    fn with(key: KeyKind, options: ServiceOptions) -> Self {
        let keys = || PrivateKey::generate(KeyKind::P256);
        let authority = Authority::with_keys(&CaOptions::default().with_services(), keys(), keys()).unwrap();
        let world = World::under(authority.clone(), key, &IssueOptions::default());
        let clock = Mutex::new(world.now);
        let services = Services::new(authority, options).unwrap();
        Self {
            world,
            services,
            clock,
            asked: Mutex::new(HashMap::new()),
        }
    }

    pub(super) fn sources(&self) -> Sources<'_> {
        Sources {
            fetch: self,
            timestamp_authority: Some(TimestampAuthority {
                url: "http://pki.test.invalid/tsa".into(),
                headers: vec![],
            }),
            trust: &self.world.trust,
            now: *self.clock.lock().unwrap(),
        }
    }

    pub(super) fn set(&self, time: SystemTime) {
        *self.clock.lock().unwrap() = time;
    }

    pub(super) fn sign(&self, profile: Profile) -> Vec<u8> {
        let signing = Signing {
            profile,
            ..Signing::new(&self.world.certificate, self.world.now)
        };
        let prepared = cades::prepare(CONTENT, "text/plain", signing).unwrap();
        let value = self
            .world
            .issued
            .private_key
            .sign_digest(&prepared.digest().value)
            .unwrap();
        prepared.finish(&value).unwrap()
    }

    fn try_extend(&self, signature: &[u8], target: Target) -> Result<Vec<u8>, ExtendError> {
        let digests = ContentDigests::of_octets(CONTENT);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(extend(signature, Some(&digests), target, &self.sources()))
    }

    pub(super) fn extend(&self, signature: &[u8], target: Target) -> Vec<u8> {
        self.try_extend(signature, target).unwrap()
    }

    pub(super) fn made(&self, level: Level) -> Vec<u8> {
        self.extend(&self.sign(Profile::P1), Target::Level(level))
    }

    fn judge_at(&self, signature: &[u8], at: SystemTime) -> Report {
        verify_detached(signature, CONTENT, &self.world.trust, at)
    }

    pub(super) fn judge(&self, signature: &[u8]) -> Report {
        self.judge_at(signature, *self.clock.lock().unwrap())
    }
}

/// Everything found, without what is only worth knowing.
pub(super) fn faults(report: &Report) -> Vec<Finding> {
    report.signatures[0]
        .findings
        .iter()
        .filter(|finding| !finding.is_note())
        .cloned()
        .collect()
}

fn level_of(report: &Report) -> Option<Level> {
    report.signatures[0].level
}

#[test]
fn every_level_is_reached_by_every_kind_of_key_and_accepted_by_openssl() {
    for kind in [KeyKind::Rsa2048, KeyKind::P256, KeyKind::P384] {
        let long = LongWorld::new(kind);
        for level in [Level::BB, Level::BT, Level::BLT, Level::BLTA] {
            let signature = long.made(level);
            let report = long.judge(&signature);
            assert_eq!(report.verdict, Verdict::TotalPassed, "{kind:?} {level:?} {report:?}");
            assert_eq!(level_of(&report), Some(level), "{report:?}");
            assert!(openssl_verifies(&long.world, &signature, CONTENT), "{kind:?} {level:?}");
            let kinds: Vec<_> = report.signatures[0].timestamps.iter().map(|stamp| stamp.kind).collect();
            assert_eq!(
                kinds,
                match level {
                    Level::BB => vec![],
                    Level::BT | Level::BLT => vec![TimestampKind::Signature],
                    Level::BLTA => vec![TimestampKind::Archive, TimestampKind::Signature],
                }
            );
        }
    }
}

#[test]
fn extending_keeps_what_was_signed_and_goes_on_from_any_level() {
    let long = LongWorld::new(KeyKind::P384);
    let basic = long.sign(Profile::P1);
    let parts = |signature: &[u8]| {
        let parsed = crate::signature::signed_data::SignedData::parse(signature).unwrap();
        parsed.signers[0]
            .parts
            .iter()
            .map(|part| part.encoded().to_vec())
            .collect::<Vec<_>>()
    };
    let stamped = long.extend(&basic, Target::Level(Level::BT));
    let long_term = long.extend(&stamped, Target::Level(Level::BLT));
    let archived = long.extend(&long_term, Target::Level(Level::BLTA));
    let archived_again = long.extend(&archived, Target::Level(Level::BLTA));
    for signature in [&stamped, &long_term, &archived, &archived_again] {
        assert_eq!(parts(signature), parts(&basic));
        assert_eq!(long.judge(signature).verdict, Verdict::TotalPassed);
    }
    assert_eq!(long.judge(&archived_again).signatures[0].timestamps.len(), 3);
    assert_eq!(long.extend(&stamped, Target::Level(Level::BT)), stamped);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let without_content = runtime.block_on(extend(&basic, None, Target::Level(Level::BLTA), &long.sources()));
    assert_eq!(without_content, Err(ExtendError::NoContent));
}

#[test]
fn a_time_stamped_signature_outlives_its_certificate_and_an_archived_one_the_time_stamps() {
    let long = LongWorld::new(KeyKind::P256);
    let basic = long.sign(Profile::P1);
    let long_term = long.made(Level::BLT);
    let after = long.world.certificate.not_after() + DAY;
    assert_eq!(
        long.judge_at(&basic, after).sub_indication,
        Some(SubIndication::OutOfBoundsNoPoe)
    );
    assert_eq!(long.judge_at(&long_term, after).verdict, Verdict::TotalPassed);
    // The time-stamping certificate lasts as long as the issuing authority: ten years.
    let long_after = long.world.now + 11 * 365 * DAY;
    let report = long.judge_at(&long_term, long_after);
    assert_eq!(report.verdict, Verdict::Indeterminate);
    assert!(matches!(
        faults(&report)[0],
        Finding::TimestampInvalid {
            timestamp: TimestampKind::Signature,
            ..
        }
    ));
}

#[test]
fn a_revoked_certificate_is_found_before_and_after_signing() {
    let long = LongWorld::new(KeyKind::P256);
    let stamped = long.made(Level::BT);
    let revoked_at = long.world.now + DAY;
    long.set(long.world.now + 2 * DAY);
    long.services
        .revoke(&long.world.issued.certificate_der, revoked_at)
        .unwrap();
    assert_eq!(
        long.try_extend(&stamped, Target::Level(Level::BLT)),
        Err(SourceError::Revoked {
            from: truncated(revoked_at)
        }
        .into())
    );

    let evidence = |covering| {
        let sources = long.sources();
        let list = long.services.respond("issuing.crl", &[], sources.now).unwrap().unwrap();
        let mut evidence = crate::certificate::revocation::Evidence::default();
        evidence.lists.push(crate::certificate::crl::Crl::parse(&list).unwrap());
        let _: SystemTime = covering;
        evidence
    };
    let verifier = Verifier {
        evidence: evidence(revoked_at),
        ..Verifier::new(&long.world.trust, long.world.now + 2 * DAY)
    };
    // Time-stamped before: revoked later, and good at its time.
    let report = verifier.detached(&stamped, CONTENT).unwrap();
    assert_eq!(report.verdict, Verdict::TotalPassed, "{report:?}");
    // Nothing proves that it is older than the revocation.
    let report = verifier.detached(&long.sign(Profile::P1), CONTENT).unwrap();
    assert_eq!(report.sub_indication, Some(SubIndication::RevokedNoPoe));
    // Time-stamped after the revocation.
    let late = long.made(Level::BT);
    let report = verifier.detached(&late, CONTENT).unwrap();
    assert_eq!(
        (report.verdict, report.sub_indication),
        (Verdict::TotalFailed, Some(SubIndication::Revoked))
    );
}

/// DER keeps whole seconds.
fn truncated(time: SystemTime) -> SystemTime {
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

#[test]
fn bad_services_are_not_believed() {
    let with = |options| LongWorld::with(KeyKind::P256, options);
    let options = ServiceOptions::default;
    let extended = |options, level| {
        let long = with(options);
        long.try_extend(&long.sign(Profile::P1), Target::Level(level))
    };
    let other = extended(
        ServiceOptions {
            timestamps_another_digest: true,
            ..options()
        },
        Level::BT,
    );
    assert_eq!(other, Err(SourceError::from(TimestampError::NotAskedFor).into()));
    for broken in [
        ServiceOptions {
            breaks_revocation: true,
            ..options()
        },
        ServiceOptions {
            responding_not_allowed: true,
            answers_for_another: true,
            breaks_revocation: true,
            ..options()
        },
        ServiceOptions {
            age: 3 * DAY,
            ..options()
        },
    ] {
        assert_eq!(extended(broken, Level::BLT), Err(SourceError::NoState.into()));
    }
    for options in [
        ServiceOptions {
            answers_for_another: true,
            ..options()
        },
        ServiceOptions {
            responding_not_allowed: true,
            ..options()
        },
    ] {
        // The list is asked where the responder is of no use.
        let long = with(options);
        let signature = long.made(Level::BLT);
        assert_eq!(long.asked.lock().unwrap()["ocsp"], 1);
        assert_eq!(long.judge(&signature).verdict, Verdict::TotalPassed);
    }

    let long = with(ServiceOptions {
        breaks_timestamps: true,
        ..options()
    });
    let report = long.judge(&long.made(Level::BT));
    assert_eq!(report.sub_indication, Some(SubIndication::SigCryptoFailure));
    let cause = Box::new(Finding::SignatureWrong);
    assert_eq!(
        faults(&report),
        [Finding::TimestampInvalid {
            timestamp: TimestampKind::Signature,
            cause
        }]
    );
    let long = with(ServiceOptions {
        timestamping_not_allowed: true,
        ..options()
    });
    let report = long.judge(&long.made(Level::BT));
    let cause = Box::new(Finding::CertificateNotForTimestamps);
    assert_eq!(
        faults(&report),
        [Finding::TimestampInvalid {
            timestamp: TimestampKind::Signature,
            cause
        }]
    );
    let long = with(ServiceOptions {
        fraction: ".25".into(),
        ..options()
    });
    assert_eq!(long.judge(&long.made(Level::BLTA)).verdict, Verdict::TotalPassed);
}

#[test]
fn evidence_that_is_too_old_or_not_signed_by_who_may_leaves_the_verdict_open() {
    let long = LongWorld::new(KeyKind::P256);
    let list = |services: &Services, at| {
        let list = services.respond("issuing.crl", &[], at).unwrap().unwrap();
        let root = services.respond("root.crl", &[], at).unwrap().unwrap();
        let mut evidence = crate::certificate::revocation::Evidence::default();
        for list in [list, root] {
            evidence.lists.push(crate::certificate::crl::Crl::parse(&list).unwrap());
        }
        evidence
    };
    let now = long.world.now;
    let judge = |evidence| {
        let verifier = Verifier {
            evidence,
            requires_revocation: true,
            ..Verifier::new(&long.world.trust, now)
        };
        verifier.detached(&long.sign(Profile::P1), CONTENT).unwrap()
    };
    assert_eq!(judge(list(&long.services, now)).verdict, Verdict::TotalPassed);
    let cases = [
        (list(&long.services, now - 3 * DAY), UnknownState::Outdated),
        (list(&long.services, now + 3 * DAY), UnknownState::Outdated),
        (Default::default(), UnknownState::NoEvidence),
    ];
    for (evidence, cause) in cases {
        let report = judge(evidence);
        assert_eq!(report.sub_indication, Some(SubIndication::TryLater));
        assert!(
            faults(&report).contains(&Finding::RevocationUnknown { cause, holder: true }),
            "{report:?}"
        );
    }
    let options = ServiceOptions {
        breaks_revocation: true,
        ..ServiceOptions::default()
    };
    let broken = Services::new(long.world.authority.clone(), options).unwrap();
    let report = judge(list(&broken, now));
    let cause = UnknownState::NotAuthorized;
    assert!(faults(&report).contains(&Finding::RevocationUnknown { cause, holder: true }));
}

#[test]
fn turkish_profiles_carry_their_policy_and_what_it_asks_for() {
    let long = LongWorld::new(KeyKind::P256);
    let now = long.world.now;

    let short = long.extend(&long.sign(Profile::P2), Target::Profile(Profile::P2));
    let report = long.judge(&short);
    assert_eq!(report.verdict, Verdict::TotalPassed, "{report:?}");
    assert_eq!(report.signatures[0].profile, Some(Profile::P2));
    assert_eq!(level_of(&report), Some(Level::BT));
    assert!(openssl_verifies(&long.world, &short, CONTENT));

    let by_answer = long.extend(&long.sign(Profile::P4), Target::Profile(Profile::P4));
    let report = long.judge(&by_answer);
    assert_eq!(report.verdict, Verdict::TotalPassed, "{report:?}");
    assert_eq!(report.signatures[0].profile, Some(Profile::P4));
    assert_eq!(level_of(&report), Some(Level::BT));
    assert!(openssl_verifies(&long.world, &by_answer, CONTENT));

    // P3 needs its time of grace: the first step gives the time-stamp, the second, a day later, the rest.
    let stamped = long.extend(&long.sign(Profile::P3), Target::Profile(Profile::P3));
    let report = long.judge(&stamped);
    assert!(faults(&report).contains(&Finding::PolicyAttributeMissing {
        attribute: PolicyAttribute::RevocationValues
    }));
    let early = long.try_extend(&stamped, Target::Profile(Profile::P3));
    assert!(matches!(early, Err(ExtendError::GracePeriod { until }) if until > now + DAY - Duration::from_secs(2)));
    long.set(now + DAY + Duration::from_secs(60));
    let by_list = long.extend(&stamped, Target::Profile(Profile::P3));
    let report = long.judge(&by_list);
    assert_eq!(report.verdict, Verdict::TotalPassed, "{report:?}");
    assert_eq!(report.signatures[0].profile, Some(Profile::P3));
    assert_eq!(long.extend(&by_list, Target::Profile(Profile::P3)), by_list);

    let baseline = Target::Level(Level::BLT);
    assert_eq!(long.try_extend(&by_answer, baseline), Err(ExtendError::OtherProfile));
    assert_eq!(
        long.try_extend(&short, Target::Profile(Profile::P4)),
        Err(ExtendError::OtherProfile)
    );
    assert_eq!(
        long.try_extend(&long.sign(Profile::P1), Target::Profile(Profile::P2)),
        Err(ExtendError::OtherProfile)
    );
}

#[test]
fn what_a_policy_asks_for_and_does_not_get_is_told() {
    let long = LongWorld::new(KeyKind::P256);
    let unstamped = long.judge(&long.sign(Profile::P2));
    let attribute = PolicyAttribute::SignatureTimestamp;
    assert_eq!(faults(&unstamped), [Finding::PolicyAttributeMissing { attribute }]);

    let signature = long.sign(Profile::P2);
    long.set(long.world.now + Duration::from_secs(3 * 3_600));
    let late = long.extend(&signature, Target::Profile(Profile::P2));
    assert_eq!(faults(&long.judge(&late)), [Finding::TimestampTooLate]);

    let policy = |value: &[u8]| Forge::new(&long.world).with(oid::SIGNATURE_POLICY, value).judge().2;
    let mut right = Profile::P4.encode().unwrap();
    let place = right
        .windows(4)
        .position(|window| window == [0xFF, 0x39, 0xBD, 0x29])
        .unwrap();
    right[place] ^= 1;
    assert!(policy(&right).contains(&Finding::PolicyDiffers));
    let unknown = sequence(&[
        &object_identifier(oid::DATA),
        &sequence(&[
            &sequence(&[&object_identifier(DigestAlgorithm::Sha256.oid())]),
            &octet_string(&[0; 32]),
        ]),
    ]);
    assert_eq!(
        policy(&unknown),
        [Finding::PolicyUnknown {
            oid: oid::DATA.to_string()
        }]
    );
}

#[test]
fn a_state_is_asked_once_for_each_certificate() {
    let long = LongWorld::new(KeyKind::P256);
    long.made(Level::BLT);
    let asked = long.asked.lock().unwrap().clone();
    assert_eq!(asked["tsa"], 1);
    assert_eq!(asked["ocsp"], 1);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let path = runtime
        .block_on(long.sources().path(&long.world.certificate, &[]))
        .unwrap();
    assert_eq!(path.len(), 3);
    let alone = runtime
        .block_on(long.sources().evidence(&path, long.world.now, Preference::ListAlone))
        .unwrap();
    assert_eq!((alone.answers.len(), alone.lists.len()), (0, 2));
}

#[test]
fn a_missing_issuer_is_fetched_from_where_the_certificate_says() {
    let long = LongWorld::new(KeyKind::P256);
    let root = TrustAnchors::from_pem(long.world.authority.root_pem().unwrap().as_bytes()).unwrap();
    let sources = Sources {
        trust: &root,
        ..long.sources()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(
        runtime
            .block_on(sources.path(&long.world.certificate, &[]))
            .unwrap()
            .len(),
        3
    );
    let signature = runtime
        .block_on(extend(
            &long.sign(Profile::P1),
            None,
            Target::Level(Level::BLT),
            &sources,
        ))
        .unwrap();
    assert_eq!(
        verify_detached(&signature, CONTENT, &root, long.world.now).verdict,
        Verdict::TotalPassed
    );
}

/// Flips octets of a B-LTA signature. What may be flipped without turning the verdict is what nothing protects: version
/// numbers, the attribute type that makes a time-stamp an archive time-stamp (the level falls), and the set with the copy of
/// the time-stamping certificate in the latest token, which the signature has once more.
fn flip(places: impl Fn(usize) -> bool) {
    let long = LongWorld::new(KeyKind::P256);
    let signature = long.made(Level::BLTA);
    assert_eq!(level_of(&long.judge(&signature)), Some(Level::BLTA));
    let copy = long.services.timestamping_certificate();
    let copy_at = signature
        .windows(copy.len())
        .rposition(|window| window == copy)
        .unwrap();
    for place in (0..signature.len()).filter(|place| places(*place)) {
        let mut damaged = signature.clone();
        damaged[place] ^= 0x01;
        let report = long.judge(&damaged);
        if report.verdict != Verdict::TotalPassed {
            continue;
        }
        let in_copy = (copy_at - 4..copy_at + copy.len()).contains(&place);
        let is_version = signature[place - 2..=place] == [2, 1, 1]
            || signature[place - 2..=place] == [2, 1, 5]
            || signature[place - 2..=place] == [2, 1, 3];
        let level_fell = level_of(&report) == Some(Level::BLT);
        assert!(
            in_copy || is_version || level_fell,
            "octet {place} of {}",
            signature.len()
        );
    }
}

#[test]
fn flipping_an_octet_of_an_archived_signature_turns_the_verdict_or_changes_nothing_protected() {
    flip(|place| place % 13 == 5);
}

#[test]
#[ignore = "takes two minutes; the test above takes every thirteenth octet"]
fn flipping_any_octet_of_an_archived_signature_turns_the_verdict_or_changes_nothing_protected() {
    flip(|_| true);
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

#[test]
fn a_time_stamp_of_openssl_is_believed_whichever_way_it_names_its_certificate() {
    let long = LongWorld::new(KeyKind::P384);
    for named_with in ["sha1", "sha256"] {
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
                 signer_digest = sha256\ndefault_policy = 1.2.3\ndigests = sha256, sha384\naccuracy = secs:1\n\
                 ordering = yes\ntsa_name = yes\ness_cert_id_alg = {named_with}\n"
            ),
        );
        let authority = OpensslAuthority { folder };
        let sources = Sources {
            fetch: &authority,
            ..long.sources()
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let signature = long.sign(Profile::P1);
        let stamped = runtime
            .block_on(extend(&signature, None, Target::Level(Level::BT), &sources))
            .unwrap();
        let report = long.judge_at(&stamped, SystemTime::now() + Duration::from_secs(2));
        assert_eq!(report.verdict, Verdict::TotalPassed, "{named_with} {report:?}");
        assert_eq!(level_of(&report), Some(Level::BT));
    }
}

#[test]
fn damaged_evidence_and_tokens_never_panic() {
    use proptest::prelude::*;

    let long = LongWorld::new(KeyKind::P256);
    let now = long.world.now;
    let issuer = Certificate::parse(long.world.authority.issuing_der()).unwrap();
    let question = crate::certificate::ocsp::request(&long.world.certificate, &issuer, [7; 16]);
    let answer = long.services.respond("/ocsp", &question, now).unwrap().unwrap();
    let list = long.services.respond("/issuing.crl", &[], now).unwrap().unwrap();
    let request = crate::signature::timestamp::Request::new(DigestAlgorithm::Sha256.digest(b""), [1; 8]);
    let reply = long.services.respond("/tsa", &request.encode(), now).unwrap().unwrap();
    let profile = long.extend(&long.sign(Profile::P4), Target::Profile(Profile::P4));
    let damage = (0..100_000_usize, any::<u8>(), 0..4_usize);
    let mut runner = proptest::test_runner::TestRunner::default();
    let result = runner.run(&damage, |(place, value, cut)| {
        let damaged = |octets: &[u8]| {
            let mut damaged = octets.to_vec();
            let place = place % damaged.len();
            damaged[place] = value;
            if cut == 0 {
                damaged.truncate(place);
            }
            damaged
        };
        if let Ok(list) = crate::certificate::crl::Crl::parse(&damaged(&list)) {
            let _ = list.revoked_from(long.world.certificate.serial());
        }
        if let Ok(answer) = crate::certificate::ocsp::OcspAnswer::parse(&damaged(&answer)) {
            let _ = answer.statement(&long.world.certificate, &issuer);
            let _ = answer.is_authorized_by(&issuer);
        }
        let _ = request.accept(&damaged(&reply));
        let _ = long.judge(&damaged(&profile));
        if let Ok(certificate) = Certificate::parse(&damaged(&long.world.issued.certificate_der)) {
            let _ = crate::certificate::nes::faults(&certificate, now);
            let _ = certificate.crl_addresses();
            let _ = certificate.ocsp_addresses();
        }
        Ok(())
    });
    result.unwrap();
}
