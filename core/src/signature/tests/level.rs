//! Levels and profiles: made with the services of a test authority, judged by us and by OpenSSL.

use basvuru_test_pki::Services;

use super::forge::changed;
use super::long_world::{LongWorld, faults, level_of};
use super::*;
use crate::certificate::revocation::UnknownState;
use crate::signature::extend::{ExtendError, Target, extend};
use crate::signature::report::{PolicyAttribute, TimestampKind};
use crate::signature::signed_data::{Additions, SignedData};

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
        let parsed = SignedData::parse(signature).unwrap();
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
fn a_list_from_times_to_come_or_none_leaves_the_verdict_open_where_one_is_required() {
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
        (list(&long.services, now + 3 * DAY), UnknownState::FromFuture),
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
    // What is whole is renewed.
    for (profile, whole) in [(Profile::P3, &by_list), (Profile::P4, &by_answer)] {
        let report = long.judge(&long.extend(whole, Target::Profile(profile)));
        let kinds: Vec<_> = report.signatures[0].timestamps.iter().map(|stamp| stamp.kind).collect();
        assert_eq!(kinds, [TimestampKind::Archive, TimestampKind::Signature]);
        assert_eq!(
            (report.verdict, report.signatures[0].profile),
            (Verdict::TotalPassed, Some(profile))
        );
    }

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
fn what_a_time_stamp_brings_along_itself_tells_of_its_authority() {
    let long = LongWorld::new(KeyKind::P256);
    let list = |name| long.services.respond(name, &[], long.world.now).unwrap().unwrap();
    let lists = || vec![list("issuing.crl"), list("root.crl")];
    let judge = |brings: bool| {
        let signature = changed(&long.made(Level::BT), |signed_data, additions| {
            let attributes = &mut signed_data.signers[0].unsigned_attributes;
            let token = attributes.remove(0).values[0];
            let token = SignedData::parse(token.encoded()).unwrap();
            let revocations = if brings { lists() } else { Vec::new() };
            let token = token.with(&Additions {
                revocations,
                ..Additions::default()
            });
            let attribute = attribute::attribute(oid::SIGNATURE_TIMESTAMP, &token);
            additions.unsigned_attributes.push(attribute);
        });
        let verifier = Verifier {
            requires_revocation: true,
            ..Verifier::new(&long.world.trust, long.world.now)
        };
        verifier.detached(&signature, CONTENT).unwrap().signatures.remove(0)
    };
    assert!(judge(true).timestamps[0].holds());
    assert!(!judge(false).timestamps[0].holds());
}

#[test]
fn a_signature_is_not_extended_beyond_what_is_read() {
    let long = LongWorld::new(KeyKind::P256);
    let padded = |octets: usize| {
        changed(&long.sign(Profile::P1), |_, additions| {
            let padding = attribute::attribute(oid::DATA, &octet_string(&vec![0; octets]));
            additions.unsigned_attributes.push(padding);
        })
    };
    let target = Target::Level(Level::BT);
    let limit = usize::try_from(crate::signature::MAX_SIGNATURE_SIZE).unwrap();
    // A time-stamp takes about one kilobyte and a half.
    assert_eq!(
        long.try_extend(&padded(limit - 2_000), target),
        Err(ExtendError::TooLarge)
    );
    let extended = long.extend(&padded(limit - 8_000), target);
    let report = long.judge(&extended);
    assert_eq!(
        (report.verdict, level_of(&report)),
        (Verdict::TotalPassed, Some(Level::BT))
    );
    // One that is larger all the same is not said to be broken.
    let report = long.judge(&padded(limit));
    assert_eq!(report.verdict, Verdict::Indeterminate);
    assert_eq!(faults(&report), [Finding::SignatureTooLarge]);
}

#[test]
fn a_signature_that_brings_nothing_about_its_time_stamp_is_not_of_the_level_that_lasts() {
    let long = LongWorld::new(KeyKind::P256);
    let lasting = long.made(Level::BLT);
    assert_eq!(level_of(&long.judge(&lasting)), Some(Level::BLT));
    // The holder is told of by an answer, and the list is about the time-stamping authority alone.
    let list = long
        .services
        .respond("issuing.crl", &[], long.world.now)
        .unwrap()
        .unwrap();
    let without = changed(&lasting, |signed_data, _| {
        let count = signed_data.revocations.len();
        signed_data
            .revocations
            .retain(|revocation| revocation.encoded() != list);
        assert_eq!(signed_data.revocations.len(), count - 1);
    });
    assert_eq!(level_of(&long.judge(&without)), Some(Level::BT));
}
