//! What signatures outlive: the end of certificates, and revocations from after the time that is proven.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use basvuru_test_pki::{ServiceOptions, Services};

use super::forge::{changed, damaged};
use super::long_world::{LongWorld, faults, level_of, truncated};
use super::*;
use crate::signature::content::ContentDigests;
use crate::signature::extend::{Target, extend};
use crate::signature::report::{TimestampKind, TimestampReport};
use crate::signature::signed_data::SignedData;
use crate::signature::source::{Fetch, FetchError, FetchRequest, SourceError, Sources, TimestampAuthority};

/// What a signature with a time-stamp alone can become, with the profile it was signed under.
const LONG_LIVED: [(Profile, Target); 4] = [
    (Profile::P1, Target::Level(Level::BLT)),
    (Profile::P1, Target::Level(Level::BLTA)),
    (Profile::P3, Target::Profile(Profile::P3)),
    (Profile::P4, Target::Profile(Profile::P4)),
];

impl LongWorld {
    fn stamped(&self, profile: Profile) -> Vec<u8> {
        self.extend(&self.sign(profile), Target::Level(Level::BT))
    }

    /// The judgement at the world's time by what the file brings along and nothing else, all of which must be known.
    fn judge_strictly(&self, signature: &[u8]) -> Report {
        let now = *self.clock.lock().unwrap();
        let verifier = Verifier {
            requires_revocation: true,
            ..Verifier::new(&self.world.trust, now)
        };
        verifier.detached(signature, CONTENT).unwrap()
    }
}

#[test]
fn a_time_stamped_signature_outlives_its_certificate() {
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

/// The signatures of two people that stand beside each other in one file.
fn of_two(long: &LongWorld, profile: Profile) -> Vec<u8> {
    let holder = Holder::new("Mehmet", "Demir", "12345678950");
    let options = IssueOptions::default();
    let issued = long.world.authority.issue(&holder, KeyKind::P256, &options).unwrap();
    let other = World {
        certificate: Certificate::parse(&issued.certificate_der).unwrap(),
        issued,
        authority: long.world.authority.clone(),
        trust: long.world.trust.clone(),
        now: long.world.now,
    };
    // It lasts as long as the test does, so that it can be put into the other file.
    let theirs = SignedData::parse(Box::leak(Forge::of(&other, profile).sign().into_boxed_slice())).unwrap();
    changed(&Forge::of(&long.world, profile).sign(), |signed_data, additions| {
        let certificates = theirs.certificates.iter();
        additions.certificates = certificates.map(|element| element.encoded().to_vec()).collect();
        signed_data.signers.extend(theirs.signers.iter().cloned());
    })
}

#[test]
fn signatures_that_stand_beside_each_other_are_extended_one_by_one() {
    for level in [Level::BT, Level::BLT, Level::BLTA] {
        let long = LongWorld::new(KeyKind::P256);
        let mut signature = long.extend(&of_two(&long, Profile::P1), Target::Level(level));
        for renewed in [false, true] {
            if renewed {
                long.set(long.world.now + 2 * DAY);
                signature = long.extend(&signature, Target::Level(level));
            }
            let report = long.judge(&signature);
            assert_eq!(report.verdict, Verdict::TotalPassed, "{level:?} {report:?}");
            let levels: Vec<_> = report.signatures.iter().map(|signature| signature.level).collect();
            assert_eq!(levels, [Some(level); 2]);
            assert!(openssl_verifies(&long.world, &signature, CONTENT), "{level:?}");
        }
    }
    let long = LongWorld::new(KeyKind::P256);
    let report = long.judge(&long.extend(&of_two(&long, Profile::P4), Target::Profile(Profile::P4)));
    assert_eq!(report.verdict, Verdict::TotalPassed, "{report:?}");
    let profiles: Vec<_> = report.signatures.iter().map(|signature| signature.profile).collect();
    assert_eq!(profiles, [Some(Profile::P4); 2]);
}

#[test]
fn a_certificate_that_was_revoked_before_the_time_stamp_is_refused_when_a_signature_is_extended() {
    let long = LongWorld::new(KeyKind::P256);
    let from = truncated(long.world.now - Duration::from_secs(60));
    let stamped = LONG_LIVED.map(|(profile, target)| (long.stamped(profile), target));
    long.set(long.world.now + 2 * DAY);
    long.services.revoke(&long.world.issued.certificate_der, from).unwrap();
    for (stamped, target) in stamped {
        let refused = long.try_extend(&stamped, target);
        assert_eq!(refused, Err(SourceError::Revoked { from }.into()), "{target:?}");
    }
}

#[test]
fn a_suspended_certificate_is_told_apart_from_a_revoked_one_and_extends_again_once_that_is_lifted() {
    let long = LongWorld::new(KeyKind::P256);
    let from = truncated(long.world.now - Duration::from_secs(60));
    let stamped = LONG_LIVED.map(|(profile, target)| (long.stamped(profile), target));
    long.set(long.world.now + 2 * DAY);
    let certificate = &long.world.issued.certificate_der;
    long.services.suspend(certificate, from).unwrap();
    for (stamped, target) in &stamped {
        let refused = long.try_extend(stamped, *target);
        assert_eq!(refused, Err(SourceError::Suspended { from }.into()), "{target:?}");
    }
    long.services.reinstate(certificate).unwrap();
    for (stamped, target) in &stamped {
        assert!(long.try_extend(stamped, *target).is_ok(), "{target:?}");
    }
}

#[test]
fn a_signature_is_extended_after_its_certificate_was_revoked_or_has_ended_where_its_time_stamp_is_older() {
    let long = LongWorld::new(KeyKind::P256);
    let stamped = LONG_LIVED.map(|(profile, target)| (long.stamped(profile), target));
    let revoked = long.world.now + Duration::from_secs(3_600);
    long.services
        .revoke(&long.world.issued.certificate_der, revoked)
        .unwrap();
    for now in [long.world.now + 2 * DAY, long.world.certificate.not_after() + DAY] {
        long.set(now);
        for (stamped, target) in &stamped {
            let extended = long.extend(stamped, *target);
            let report = long.judge_strictly(&extended);
            assert_eq!(report.verdict, Verdict::TotalPassed, "{target:?} {report:?}");
            let (level, profile) = (level_of(&report), report.signatures[0].profile);
            match *target {
                Target::Level(reached) => assert_eq!(level, Some(reached)),
                Target::Profile(wanted) => assert_eq!((level, profile), (Some(Level::BT), Some(wanted))),
            }
            assert!(!openssl_verifies(&long.world, &extended, b"another content"));
        }
    }
}

const ELSEWHERE: &str = "http://elsewhere.test.invalid";

/// The world, and an authority elsewhere that makes time-stamps for archives. Either's time-stamping certificate may be
/// good for thirty days alone.
struct Archives {
    long: LongWorld,
    elsewhere: Services,
    /// Whether the services elsewhere are there no more.
    are_gone: AtomicBool,
    trust: TrustAnchors,
}

#[async_trait]
impl Fetch for Archives {
    async fn fetch(&self, request: FetchRequest) -> Result<Vec<u8>, FetchError> {
        if !request.url.starts_with(ELSEWHERE) {
            return self.long.fetch(request).await;
        }
        if self.are_gone.load(Ordering::SeqCst) {
            return Err(FetchError::Status(404));
        }
        let body = request.body.map(|(_, octets)| octets).unwrap_or_default();
        let now = *self.long.clock.lock().unwrap();
        let answer = self.elsewhere.respond(&request.url, &body, now);
        answer.ok().flatten().ok_or(FetchError::Status(404))
    }
}

impl Archives {
    fn new(own: ServiceOptions, elsewhere: ServiceOptions) -> Self {
        let long = LongWorld::with(KeyKind::P256, own);
        let key = || PrivateKey::generate(KeyKind::P256);
        let options = CaOptions::default().with_services_at(ELSEWHERE);
        let authority = Authority::with_keys(&options, key(), key()).unwrap();
        let roots = TrustAnchors::from_pem(authority.chain_pem().unwrap().as_bytes()).unwrap();
        Self {
            trust: long.world.trust.clone().and(roots),
            elsewhere: Services::new(authority, elsewhere).unwrap(),
            are_gone: AtomicBool::new(false),
            long,
        }
    }

    fn sources(&self, authority: &str) -> Sources<'_> {
        Sources {
            fetch: self,
            timestamp_authority: Some(TimestampAuthority::at(format!("{authority}/tsa"))),
            trust: &self.trust,
            ..self.long.sources()
        }
    }

    /// The signature with a time-stamp over all of it by an authority.
    fn archived(&self, signature: &[u8], authority: &str) -> Vec<u8> {
        let digests = ContentDigests::of_octets(CONTENT);
        let target = Target::Level(Level::BLTA);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let sources = self.sources(authority);
        let extended = extend(signature, Some(&digests), target, &sources);
        runtime.block_on(extended).unwrap()
    }

    fn extended(&self, signature: &[u8], authority: &str, target: Target) -> Vec<u8> {
        let digests = ContentDigests::of_octets(CONTENT);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let sources = self.sources(authority);
        runtime
            .block_on(extend(signature, Some(&digests), target, &sources))
            .unwrap()
    }

    /// The judgement where the state of everybody must be known, by asking whoever is still there.
    fn judge(&self, signature: &[u8]) -> Report {
        let sources = self.sources("");
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let gathered = runtime.block_on(sources.gather(signature));
        let verifier = Verifier {
            evidence: gathered.evidence,
            requires_revocation: true,
            ..Verifier::new(&self.trust, sources.now)
        };
        verifier.detached(signature, CONTENT).unwrap()
    }

    fn set(&self, days: u32) {
        self.long.set(self.long.world.now + days * DAY);
    }
}

fn for_thirty_days() -> ServiceOptions {
    let now = SystemTime::now();
    ServiceOptions {
        timestamping_validity: Some((now - DAY, now + 30 * DAY)),
        ..ServiceOptions::default()
    }
}

#[test]
fn an_archived_signature_outlives_its_first_time_stamp() {
    let archives = Archives::new(for_thirty_days(), ServiceOptions::default());
    let long_term = archives.long.made(Level::BLT);
    let archived = archives.archived(&long_term, ELSEWHERE);
    archives.set(40);
    assert_eq!(archives.judge(&long_term).verdict, Verdict::Indeterminate);
    let report = archives.judge(&archived);
    assert_eq!(report.verdict, Verdict::TotalPassed, "{report:?}");
    assert_eq!(level_of(&report), Some(Level::BLTA));
}

#[test]
fn an_archive_that_is_renewed_in_time_outlives_the_end_of_the_first_authority_and_one_that_is_not_does_not() {
    let archives = Archives::new(ServiceOptions::default(), for_thirty_days());
    let archived = archives.archived(&archives.long.made(Level::BLT), ELSEWHERE);
    archives.set(20);
    let renewed = archives.archived(&archived, "http://pki.test.invalid");
    for signature in [&archived, &renewed] {
        assert_eq!(archives.judge(signature).verdict, Verdict::TotalPassed);
    }
    archives.set(40);
    // What the first authority could tell then has to come along.
    archives.are_gone.store(true, Ordering::SeqCst);
    assert_ne!(archives.judge(&archived).verdict, Verdict::TotalPassed);
    let report = archives.judge(&renewed);
    assert_eq!(report.verdict, Verdict::TotalPassed, "{report:?}");
    assert!(openssl_verifies(&archives.long.world, &renewed, CONTENT));
    // And once more, when nobody can be asked about the first time-stamps any longer.
    let again = archives.archived(&renewed, "http://pki.test.invalid");
    let report = archives.judge(&again);
    assert_eq!(report.verdict, Verdict::TotalPassed, "{report:?}");
    assert_eq!(report.signatures[0].timestamps.len(), 4);
}

#[test]
fn an_archive_that_is_renewed_in_time_outlives_a_revocation_of_the_first_authority_and_one_that_is_not_does_not() {
    let archives = Archives::new(ServiceOptions::default(), ServiceOptions::default());
    let archived = archives.archived(&archives.long.made(Level::BLT), ELSEWHERE);
    archives.set(20);
    let renewed = archives.archived(&archived, "http://pki.test.invalid");
    let from = archives.long.world.now + 30 * DAY;
    let certificate = archives.elsewhere.timestamping_certificate().to_vec();
    archives.elsewhere.revoke(&certificate, from).unwrap();
    archives.set(40);
    assert_ne!(archives.judge(&archived).verdict, Verdict::TotalPassed);
    let report = archives.judge(&renewed);
    assert_eq!(report.verdict, Verdict::TotalPassed, "{report:?}");
    // It is too late to renew the other one.
    let digests = ContentDigests::of_octets(CONTENT);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let sources = archives.sources("http://pki.test.invalid");
    let late = runtime.block_on(extend(&archived, Some(&digests), Target::Level(Level::BLTA), &sources));
    let from = truncated(from);
    assert_eq!(late, Err(SourceError::Revoked { from }.into()));
}

#[test]
fn a_signature_of_p3_or_p4_is_renewed_and_outlives_its_time_stamps() {
    const OWN: &str = "http://pki.test.invalid";
    for profile in [Profile::P3, Profile::P4] {
        let archives = Archives::new(for_thirty_days(), ServiceOptions::default());
        let target = Target::Profile(profile);
        let stamped = archives.long.stamped(profile);
        archives.set(2);
        let complete = archives.extended(&stamped, OWN, target);
        archives.set(10);
        // By an authority that lasts no longer than the first, and by one that does.
        let archived = archives.extended(&complete, OWN, target);
        archives.set(20);
        let renewed = archives.extended(&archived, ELSEWHERE, target);
        for (signature, count) in [(&complete, 1), (&archived, 2), (&renewed, 3)] {
            let report = archives.judge(signature);
            assert_eq!(report.verdict, Verdict::TotalPassed, "{profile:?} {report:?}");
            assert_eq!(report.signatures[0].timestamps.len(), count);
            assert!(openssl_verifies(&archives.long.world, signature, CONTENT));
        }
        archives.set(40);
        for lost in [&complete, &archived] {
            assert_eq!(archives.judge(lost).verdict, Verdict::Indeterminate);
        }
        let report = archives.judge(&renewed);
        assert_eq!(report.verdict, Verdict::TotalPassed, "{profile:?} {report:?}");
        assert_eq!(report.signatures[0].profile, Some(profile));
        for oid in [
            oid::CERTIFICATE_VALUES,
            oid::REVOCATION_VALUES,
            oid::SIGNATURE_TIMESTAMP,
            oid::ARCHIVE_TIMESTAMP_V3,
        ] {
            let twin = damaged(&renewed, oid, |octets| octets.len() - 1);
            assert_ne!(archives.judge(&twin).verdict, Verdict::TotalPassed, "{oid}");
        }
    }
}

/// The signature with an archive time-stamp whose index is of an older version: of whole attributes.
fn with_older_index(long: &LongWorld, signature: &[u8], version: const_oid::ObjectIdentifier) -> Vec<u8> {
    let signed_data = SignedData::parse(signature).unwrap();
    let signer = &signed_data.signers[0];
    let digest = |octets: &[u8]| octet_string(&DigestAlgorithm::Sha256.digest(octets).value);
    let list = |digests: Vec<Vec<u8>>| sequence(&digests.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let of = |elements: &[der::Element<'_>]| list(elements.iter().map(|element| digest(element.encoded())).collect());
    let attributes = signer
        .unsigned_attributes
        .iter()
        .map(|attribute| digest(attribute.encoded));
    let index = sequence(&[
        &of(&signed_data.certificates),
        &of(&signed_data.revocations),
        &list(attributes.collect()),
    ]);
    let content = DigestAlgorithm::Sha256.digest(CONTENT).value;
    let imprint = crate::signature::archive::imprint(&signed_data, signer, &content, &index);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let token = runtime
        .block_on(long.sources().timestamp(DigestAlgorithm::Sha256.digest(&imprint)))
        .unwrap();
    let token = changed(&token, |_, additions| {
        additions.unsigned_attributes = vec![attribute::attribute(version, &index)];
    });
    changed(signature, |_, additions| {
        additions.unsigned_attributes = vec![attribute::attribute(oid::ARCHIVE_TIMESTAMP_V3, &token)];
    })
}

#[test]
fn an_archive_with_an_index_of_an_older_version_is_renewed_and_keeps_what_it_proves() {
    for version in [oid::ATS_HASH_INDEX, oid::ATS_HASH_INDEX_V2] {
        let long = LongWorld::new(KeyKind::P256);
        let older = with_older_index(&long, &long.made(Level::BLT), version);
        let report = long.judge(&older);
        assert_eq!(
            (report.verdict, level_of(&report)),
            (Verdict::TotalPassed, Some(Level::BLTA)),
            "{report:?}"
        );
        let mut renewed = older;
        for days in [2, 4] {
            long.set(long.world.now + days * DAY);
            renewed = long.extend(&renewed, Target::Level(Level::BLTA));
            let report = long.judge_strictly(&renewed);
            assert_eq!(report.verdict, Verdict::TotalPassed, "{report:?}");
            assert!(report.signatures[0].timestamps.iter().all(TimestampReport::holds));
            assert!(openssl_verifies(&long.world, &renewed, CONTENT));
        }
        assert_eq!(level_of(&long.judge(&renewed)), Some(Level::BLTA));
    }
}
