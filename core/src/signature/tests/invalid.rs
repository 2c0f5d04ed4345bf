//! The cases that the Turkish conformity tests call invalid, each as a file made here, and what is said of it.

use super::level::{LongWorld, faults};
use super::*;
use crate::certificate::crl::Crl;
use crate::certificate::ocsp::{self, OcspAnswer};
use crate::certificate::revocation::Evidence;
use crate::signature::extend::Target;
use crate::signature::report::{PolicyAttribute, TimestampKind};
use crate::signature::signed_data::{Additions, SignedData};

const DAY: Duration = Duration::from_secs(86_400);

/// The signature with its unsigned attributes changed.
fn changed(signature: &[u8], change: impl FnOnce(&mut SignedData<'_>, &mut Additions)) -> Vec<u8> {
    let mut signed_data = SignedData::parse(signature).unwrap();
    let mut additions = Additions::default();
    change(&mut signed_data, &mut additions);
    signed_data.with(&additions)
}

fn without(signature: &[u8], oid: const_oid::ObjectIdentifier) -> Vec<u8> {
    changed(signature, |signed_data, _| {
        signed_data.signers[0]
            .unsigned_attributes
            .retain(|attribute| attribute.oid != oid);
    })
}

/// The signature with an octet of an unsigned attribute flipped, `from_end` octets before its end.
fn damaged(signature: &[u8], oid: const_oid::ObjectIdentifier, from_end: usize) -> Vec<u8> {
    changed(signature, |signed_data, additions| {
        let attributes = &mut signed_data.signers[0].unsigned_attributes;
        let place = attributes.iter().position(|attribute| attribute.oid == oid).unwrap();
        let mut octets = attributes.remove(place).encoded.to_vec();
        let place = octets.len() - from_end;
        octets[place] ^= 1;
        additions.unsigned_attributes.push(octets);
    })
}

fn lists(long: &LongWorld, at: SystemTime) -> Evidence {
    let list = |name| Crl::parse(&long.services.respond(name, &[], at).unwrap().unwrap()).unwrap();
    Evidence {
        answers: Vec::new(),
        lists: vec![list("issuing.crl"), list("root.crl")],
    }
}

#[test]
fn a_signature_lacking_what_its_profile_needs_does_not_pass() {
    let long = LongWorld::new(KeyKind::P256);
    let good = long.extend(&long.sign(Profile::P4), Target::Profile(Profile::P4));
    assert_eq!(long.judge(&good).verdict, Verdict::TotalPassed);
    let missing = |attribute| Finding::PolicyAttributeMissing { attribute };
    for (oid, attribute) in [
        (oid::SIGNATURE_TIMESTAMP, PolicyAttribute::SignatureTimestamp),
        (oid::CERTIFICATE_REFERENCES, PolicyAttribute::CertificateReferences),
        (oid::REVOCATION_REFERENCES, PolicyAttribute::RevocationReferences),
        (oid::CERTIFICATE_VALUES, PolicyAttribute::CertificateValues),
        (oid::REVOCATION_VALUES, PolicyAttribute::RevocationValues),
    ] {
        let report = long.judge(&without(&good, oid));
        assert_eq!(report.verdict, Verdict::Indeterminate, "{oid}");
        assert!(faults(&report).contains(&missing(attribute)), "{oid} {report:?}");
    }
    // By lists alone where an answer is asked for.
    let by_list = {
        let stamped = long.extend(&long.sign(Profile::P3), Target::Profile(Profile::P3));
        long.set(long.world.now + DAY + Duration::from_secs(60));
        let long_lived = long.extend(&stamped, Target::Profile(Profile::P3));
        long.set(long.world.now);
        long_lived
    };
    let values: Vec<Vec<u8>> = SignedData::parse(&by_list).unwrap().signers[0]
        .unsigned_attributes
        .iter()
        .filter(|attribute| attribute.oid != oid::SIGNATURE_TIMESTAMP)
        .map(|attribute| attribute.encoded.to_vec())
        .collect();
    let mixed = changed(&good, |signed_data, additions| {
        signed_data.signers[0]
            .unsigned_attributes
            .retain(|attribute| attribute.oid == oid::SIGNATURE_TIMESTAMP);
        additions.unsigned_attributes = values;
    });
    assert!(faults(&long.judge(&mixed)).contains(&missing(PolicyAttribute::OcspAnswer)));
}

#[test]
fn references_that_fit_nothing_do_not_pass() {
    let long = LongWorld::new(KeyKind::P256);
    let good = long.extend(&long.sign(Profile::P4), Target::Profile(Profile::P4));
    // The digest of the last reference ends before its issuer and serial number, or at the very end.
    let certificate_digest = {
        let signed_data = SignedData::parse(&good).unwrap();
        let attributes = &signed_data.signers[0].unsigned_attributes;
        let references = attributes
            .iter()
            .find(|found| found.oid == oid::CERTIFICATE_REFERENCES)
            .unwrap()
            .encoded;
        let root = DigestAlgorithm::Sha256.digest(long.world.authority.root_der()).value;
        references.len() - references.windows(32).position(|window| window == root).unwrap()
    };
    for (oid, from_end) in [
        (oid::CERTIFICATE_REFERENCES, certificate_digest),
        (oid::REVOCATION_REFERENCES, 30),
    ] {
        let report = long.judge(&damaged(&good, oid, from_end));
        assert_eq!(report.verdict, Verdict::Indeterminate, "{report:?}");
        assert!(faults(&report).contains(&Finding::ReferenceUnmatched), "{report:?}");
    }
    let answer_gone = long.judge(&damaged(&good, oid::REVOCATION_VALUES, 3));
    assert_ne!(answer_gone.verdict, Verdict::TotalPassed);
}

#[test]
fn a_time_stamp_of_another_signature_proves_nothing() {
    let long = LongWorld::new(KeyKind::P256);
    let stamped = long.made(Level::BT);
    let other = long.extend(&long.sign(Profile::P2), Target::Profile(Profile::P2));
    let token = SignedData::parse(&other).unwrap().signers[0].unsigned_attributes[0]
        .encoded
        .to_vec();
    let swapped = changed(&stamped, |signed_data, additions| {
        signed_data.signers[0].unsigned_attributes.clear();
        additions.unsigned_attributes.push(token);
    });
    let report = long.judge(&swapped);
    assert_eq!(
        (report.verdict, report.sub_indication),
        (Verdict::TotalFailed, Some(SubIndication::HashFailure))
    );
    let cause = Box::new(Finding::ContentChanged);
    assert_eq!(
        faults(&report),
        [Finding::TimestampInvalid {
            timestamp: TimestampKind::Signature,
            cause
        }]
    );
}

#[test]
fn a_revoked_authority_or_time_stamping_certificate_does_not_pass() {
    let long = LongWorld::new(KeyKind::P256);
    let stamped = long.made(Level::BT);
    let now = long.world.now;
    let judge = |evidence| {
        Verifier {
            evidence,
            ..Verifier::new(&long.world.trust, now)
        }
        .detached(&stamped, CONTENT)
        .unwrap()
    };
    assert_eq!(judge(lists(&long, now)).verdict, Verdict::TotalPassed);
    long.services
        .revoke(long.services.timestamping_certificate(), now - DAY)
        .unwrap();
    let report = judge(lists(&long, now));
    assert_eq!(
        (report.verdict, report.sub_indication),
        (Verdict::TotalFailed, Some(SubIndication::Revoked))
    );

    let long = LongWorld::new(KeyKind::P256);
    long.services
        .revoke(long.world.authority.issuing_der(), now - DAY)
        .unwrap();
    let verifier = Verifier {
        evidence: lists(&long, now),
        ..Verifier::new(&long.world.trust, now)
    };
    let report = verifier.detached(&long.sign(Profile::P1), CONTENT).unwrap();
    assert_eq!(report.sub_indication, Some(SubIndication::RevokedCaNoPoe));
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
fn one_bad_signer_of_several_spoils_the_file() {
    let world = World::fast();
    let forge = Forge::new(&world);
    let (good, bad) = (forge.sign(), {
        let digest = octet_string(&DigestAlgorithm::Sha256.digest(b"another").value);
        Forge::new(&world)
            .without(oid::MESSAGE_DIGEST)
            .with(oid::MESSAGE_DIGEST, &digest)
            .sign()
    });
    let both = |one: &[u8], other: &[u8]| {
        let mut signed_data = SignedData::parse(one).unwrap();
        let other = SignedData::parse(other).unwrap();
        signed_data.signers.extend(other.signers);
        signed_data.with(&Additions::default())
    };
    assert_eq!(world.judge(&both(&good, &forge.sign())).verdict, Verdict::TotalPassed);
    let report = world.judge(&both(&good, &bad));
    assert_eq!(
        (report.verdict, report.sub_indication),
        (Verdict::TotalFailed, Some(SubIndication::HashFailure))
    );
    assert_eq!(report.signatures.len(), 2);
}

#[test]
fn a_list_from_within_the_time_of_grace_is_not_final() {
    let long = LongWorld::new(KeyKind::P256);
    let now = long.world.now;
    let short = long.extend(&long.sign(Profile::P2), Target::Profile(Profile::P2));
    let judge = |made, at| {
        let verifier = Verifier {
            evidence: lists(&long, made),
            ..Verifier::new(&long.world.trust, at)
        };
        verifier.detached(&short, CONTENT).unwrap()
    };
    // Good until a day after it was made, an hour before the time-stamp: not to the end of the time of grace.
    let early = judge(now - Duration::from_secs(3_600), now);
    assert_eq!(faults(&early), [Finding::GracePeriodNotOver]);
    assert_eq!(early.sub_indication, Some(SubIndication::TryLater));
    let late = now + DAY + Duration::from_secs(3_600);
    assert_eq!(judge(late, late).verdict, Verdict::TotalPassed);
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
    assert_eq!(long.judge(&no_index).verdict, Verdict::TotalFailed);
}

#[test]
fn a_signature_with_more_time_stamps_than_anybody_needs_is_not_judged() {
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
    assert_eq!(long.judge(&with(15)).verdict, Verdict::TotalPassed);
    assert_eq!(faults(&long.judge(&with(16))), [Finding::SignatureMalformed]);
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
