//! What must not pass beside the cases of the conformity tests, and what may although it looks as if it must not.

use basvuru_test_pki::ServiceOptions;

use super::forge::{changed, without};
use super::long_world::{LongWorld, faults};
use super::*;
use crate::certificate::crl::Crl;
use crate::certificate::ocsp::{self, OcspAnswer};
use crate::certificate::revocation::{Evidence, UnknownState};
use crate::signature::extend::Target;
use crate::signature::report::{Limit, TimestampKind};
use crate::signature::signed_data::{Additions, SignedData};
use crate::signature::source::SourceError;

fn lists(long: &LongWorld, at: SystemTime) -> Evidence {
    let list = |name| Crl::parse(&long.services.respond(name, &[], at).unwrap().unwrap()).unwrap();
    Evidence {
        answers: Vec::new(),
        lists: vec![list("issuing.crl"), list("root.crl")],
    }
}

#[test]
fn an_answer_that_the_certificate_is_revoked_is_heeded() {
    let long = LongWorld::new(KeyKind::P256);
    let now = long.world.now;
    let issuer = Certificate::parse(long.world.authority.issuing_der()).unwrap();
    let ask = || {
        let question = ocsp::request(&long.world.certificate, &issuer, [7; 16]);
        let answer = long.services.respond("/ocsp", &question, now).unwrap().unwrap();
        OcspAnswer::parse(&answer).unwrap()
    };
    let judge = |answers| {
        let evidence = Evidence {
            answers,
            lists: Vec::new(),
        };
        let verifier = Verifier {
            evidence,
            ..Verifier::new(&long.world.trust, now)
        };
        verifier.detached(&long.sign(Profile::P1), CONTENT).unwrap()
    };
    let good = ask();
    assert!(good.suits_nonce([7; 16]) && !good.suits_nonce([8; 16]));
    assert_eq!(judge(vec![good.clone()]).verdict, Verdict::TotalPassed);
    long.services
        .revoke(&long.world.issued.certificate_der, now - DAY)
        .unwrap();
    assert_eq!(judge(vec![ask()]).sub_indication, Some(SubIndication::RevokedNoPoe));
    // One proof of revocation outweighs an older answer that it was good.
    assert_eq!(
        judge(vec![good, ask()]).sub_indication,
        Some(SubIndication::RevokedNoPoe)
    );
}

#[test]
fn an_answer_of_a_responder_whose_certificate_was_not_valid_when_it_answered_tells_nothing() {
    let now = SystemTime::now();
    let hour = Duration::from_secs(3_600);
    let expired = (now - 30 * DAY, now - hour);
    let early = (now + hour, now + 30 * DAY);
    let valid = (now - hour, now + hour);
    let unknown = Finding::RevocationUnknown {
        cause: UnknownState::ResponderNotValid,
        holder: true,
    };
    for validity in [expired, early, valid] {
        let options = ServiceOptions {
            responding_validity: Some(validity),
            ..ServiceOptions::default()
        };
        let long = LongWorld::with(KeyKind::P256, options);
        let issuer = Certificate::parse(long.world.authority.issuing_der()).unwrap();
        let question = ocsp::request(&long.world.certificate, &issuer, [7; 16]);
        let answer = long.services.respond("/ocsp", &question, now).unwrap().unwrap();
        let judge = |at| {
            let evidence = Evidence {
                answers: vec![OcspAnswer::parse(&answer).unwrap()],
                lists: Vec::new(),
            };
            let verifier = Verifier {
                evidence,
                ..Verifier::new(&long.world.trust, at)
            };
            verifier.detached(&long.sign(Profile::P1), CONTENT).unwrap()
        };
        if validity == valid {
            assert_eq!(judge(now).verdict, Verdict::TotalPassed);
            // Of a moment after its end it does not tell: somebody may have its key by then, and says himself when it was.
            assert_eq!(faults(&judge(now + 2 * hour)), std::slice::from_ref(&unknown));
            continue;
        }
        let report = judge(now);
        assert_eq!(faults(&report), std::slice::from_ref(&unknown));
        assert_eq!(
            (report.verdict, report.sub_indication),
            (Verdict::Indeterminate, Some(SubIndication::TryLater))
        );
        // Nor does it become part of a signature: the list is asked, or there is none where only an answer will do.
        assert_eq!(long.judge(&long.made(Level::BLT)).verdict, Verdict::TotalPassed);
        let by_answer = long.try_extend(&long.sign(Profile::P4), Target::Profile(Profile::P4));
        assert_eq!(by_answer, Err(SourceError::NoState.into()));
    }
}

#[test]
fn what_an_archive_time_stamp_protects_is_missed_when_it_changes_or_goes() {
    let long = LongWorld::new(KeyKind::P256);
    let archived = long.made(Level::BLTA);
    let unmatched = |report: &Report| {
        let cause = Box::new(Finding::ArchiveIndexUnmatched);
        faults(report).contains(&Finding::TimestampInvalid {
            timestamp: TimestampKind::Archive,
            cause,
            others_hold: false,
        })
    };
    let without_list = changed(&archived, |signed_data, _| {
        signed_data.revocations.pop();
    });
    let without_certificate = changed(&archived, |signed_data, _| {
        signed_data.certificates.pop();
    });
    for damaged in [
        &without_list,
        &without_certificate,
        &without(&archived, oid::SIGNATURE_TIMESTAMP),
    ] {
        let report = long.judge(damaged);
        assert_ne!(report.verdict, Verdict::TotalPassed);
        assert!(unmatched(&report), "{report:?}");
    }
    // What came later is not in the index, and may come.
    let more = changed(&archived, |_, additions| {
        additions
            .certificates
            .push(Authority::new().unwrap().root_der().to_vec());
    });
    assert_eq!(long.judge(&more).verdict, Verdict::TotalPassed);
    let no_index = changed(&archived, |signed_data, additions| {
        let attributes = &mut signed_data.signers[0].unsigned_attributes;
        let place = attributes
            .iter()
            .position(|attribute| attribute.oid == oid::ARCHIVE_TIMESTAMP_V3)
            .unwrap();
        let token = attributes.remove(place).values[0];
        let mut token = SignedData::parse(token.encoded()).unwrap();
        token.signers[0].unsigned_attributes.clear();
        let token = token.with(&Additions::default());
        additions
            .unsigned_attributes
            .push(attribute::attribute(oid::ARCHIVE_TIMESTAMP_V3, &token));
    });
    let report = long.judge(&no_index);
    assert_eq!(report.verdict, Verdict::Indeterminate);
    assert_eq!(
        faults(&report),
        [Finding::TimestampInvalid {
            timestamp: TimestampKind::Archive,
            cause: Box::new(Finding::ArchiveIndexMalformed),
            others_hold: false,
        }]
    );
}

#[test]
fn of_more_time_stamps_than_anybody_needs_the_rest_is_not_looked_at() {
    let long = LongWorld::new(KeyKind::P256);
    let stamped = long.made(Level::BT);
    let token = SignedData::parse(&stamped).unwrap().signers[0].unsigned_attributes[0]
        .encoded
        .to_vec();
    let with = |count: usize| {
        changed(&stamped, |_, additions| {
            additions.unsigned_attributes = vec![token.clone(); count];
        })
    };
    let limit = Finding::LimitMet {
        limit: Limit::Timestamps,
    };
    for (more, is_met) in [(63, false), (64, true)] {
        let report = long.judge(&with(more));
        assert_eq!(report.verdict, Verdict::TotalPassed, "{more}");
        assert_eq!(report.signatures[0].timestamps.len(), 64);
        assert_eq!(report.signatures[0].findings.contains(&limit), is_met, "{more}");
    }
}

#[test]
fn a_revocation_cannot_be_buried_under_what_the_signature_brings_along() {
    let long = LongWorld::new(KeyKind::P256);
    let now = long.world.now;
    let basic = long.sign(Profile::P1);
    let buried = changed(&basic, |_, additions| {
        let list = |hour: u32| {
            let at = now - Duration::from_secs(3_600) * hour;
            long.services.respond("issuing.crl", &[], at).unwrap().unwrap()
        };
        additions.revocations = (0..15).map(list).collect();
    });
    assert_eq!(long.judge(&buried).verdict, Verdict::TotalPassed);
    long.services
        .revoke(&long.world.issued.certificate_der, now - DAY)
        .unwrap();
    let verifier = Verifier {
        evidence: lists(&long, now),
        ..Verifier::new(&long.world.trust, now)
    };
    let report = verifier.detached(&buried, CONTENT).unwrap();
    assert_eq!(report.sub_indication, Some(SubIndication::RevokedNoPoe));
}
