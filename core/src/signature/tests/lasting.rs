//! What signatures outlive: the end of certificates, and revocations from after the time that is proven.

use super::long_world::{LongWorld, faults, level_of, truncated};
use super::*;
use crate::signature::extend::Target;
use crate::signature::report::TimestampKind;
use crate::signature::source::SourceError;

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
            let report = long.judge(&extended);
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
