//! What somebody could put into a file, or leave out of it, so that a signature passes which should not.

use basvuru_test_pki::{ServiceOptions, Services};

use super::forge::{changed, without};
use super::long_world::{LongWorld, faults, truncated};
use super::*;
use crate::certificate::revocation::UnknownState;
use crate::der::Reader;
use crate::signature::extend::Target;
use crate::signature::signed_data::SignedData;
use crate::signature::timestamp;

/// Within what clocks may differ.
const MINUTES: Duration = Duration::from_secs(120);
const HOUR: Duration = Duration::from_secs(3_600);

/// Judges as whoever asks does.
fn judge_asking(long: &LongWorld, signature: &[u8], at: SystemTime) -> Report {
    long.set(at);
    let sources = long.sources();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let gathered = runtime.block_on(sources.gather(signature));
    let anchors = gathered.anchors(&long.world.trust);
    let verifier = Verifier {
        requires_revocation: true,
        evidence: gathered.evidence,
        unanswered: gathered.unanswered,
        ..Verifier::new(&anchors, at)
    };
    verifier.detached(signature, CONTENT).unwrap()
}

fn revoke_holder(long: &LongWorld, from: SystemTime) {
    long.services.revoke(long.world.certificate.der(), from).unwrap();
}

/// The signer's identifier with a length written in more octets than DER has: it is not signed.
fn identified_in_ber(signature: &[u8]) -> Vec<u8> {
    changed(signature, |signed_data, _| {
        let signer = &mut signed_data.signers[0];
        let content = signer.identifier.content();
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        let identifier = [&[tag::SEQUENCE, 0x82][..], &length, content].concat();
        let identifier = Reader::ber(Box::leak(identifier.into_boxed_slice())).read().unwrap();
        signer.parts[1] = identifier;
        signer.identifier = identifier;
    })
}

/// The signer's certificate moved from where everybody looks into an attribute that nobody signed.
fn certificate_as_a_value(signature: &[u8]) -> Vec<u8> {
    changed(signature, |signed_data, additions| {
        let certificates: Vec<&[u8]> = signed_data.certificates.iter().map(der::Element::encoded).collect();
        let value = sequence(&certificates);
        signed_data.certificates.clear();
        let value = attribute::attribute(oid::CERTIFICATE_VALUES, &value);
        additions.unsigned_attributes.push(value);
    })
}

#[test]
fn a_revocation_is_found_however_the_file_names_or_holds_the_certificate() {
    let long = LongWorld::new(KeyKind::P256);
    let honest = long.sign(Profile::P1);
    let now = long.world.now;
    let files = [
        honest.clone(),
        identified_in_ber(&honest),
        certificate_as_a_value(&honest),
        identified_in_ber(&certificate_as_a_value(&honest)),
    ];
    for file in &files {
        let report = judge_asking(&long, file, now);
        assert_eq!(report.verdict, Verdict::TotalPassed, "{report:?}");
    }
    revoke_holder(&long, now - DAY);
    for file in &files {
        let report = judge_asking(&long, file, now);
        assert_eq!(report.sub_indication, Some(SubIndication::RevokedNoPoe), "{report:?}");
    }
}

#[test]
fn where_somebody_could_be_asked_nothing_passes_that_nobody_told_of() {
    let long = LongWorld::new(KeyKind::P256);
    let signature = long.sign(Profile::P1);
    let verifier = Verifier {
        requires_revocation: true,
        ..Verifier::new(&long.world.trust, long.world.now)
    };
    let report = verifier.detached(&signature, CONTENT).unwrap();
    assert_eq!(report.sub_indication, Some(SubIndication::TryLater), "{report:?}");

    // A certificate that names nobody cannot be asked about.
    let silent = World::new(KeyKind::P256);
    let verifier = Verifier {
        requires_revocation: true,
        ..Verifier::new(&silent.trust, silent.now)
    };
    let report = verifier.detached(&Forge::new(&silent).sign(), CONTENT).unwrap();
    assert_eq!(report.verdict, Verdict::TotalPassed, "{report:?}");
    assert!(report.signatures[0].findings.contains(&Finding::RevocationNotChecked));
}

#[test]
fn the_past_is_judged_by_what_is_known_of_it_today_where_that_is_asked_for() {
    let judge = |revoked_after: Option<Duration>, knows_today: bool| {
        let long = LongWorld::new(KeyKind::P256);
        let signature = long.sign(Profile::P1);
        let (past, today) = (long.world.now, long.world.now + 5 * DAY);
        if let Some(days) = revoked_after {
            revoke_holder(&long, past - DAY + days);
        }
        long.set(today);
        let sources = long.sources();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let gathered = runtime.block_on(sources.gather(&signature));
        let verifier = Verifier {
            known_until: if knows_today { today } else { past },
            requires_revocation: true,
            evidence: gathered.evidence,
            ..Verifier::new(&long.world.trust, past)
        };
        let report = verifier.detached(&signature, CONTENT).unwrap();
        (report.verdict, report.sub_indication)
    };
    let passed = (Verdict::TotalPassed, None);
    let unsure = |sub_indication| (Verdict::Indeterminate, Some(sub_indication));
    assert_eq!(judge(None, true), passed);
    assert_eq!(judge(None, false), unsure(SubIndication::TryLater));
    // Who was revoked since was not yet then; who had been before was.
    assert_eq!(judge(Some(2 * DAY), true), passed);
    assert_eq!(judge(Some(Duration::ZERO), true), unsure(SubIndication::RevokedNoPoe));
}

#[test]
fn a_revocation_is_found_after_the_certificate_has_ended_and_its_absence_proves_nothing_then() {
    let long = LongWorld::new(KeyKind::P256);
    let stamped = long.made(Level::BT);
    let after = long.world.certificate.not_after() + DAY;
    let report = judge_asking(&long, &stamped, after);
    let unknown = Finding::RevocationUnknown {
        cause: UnknownState::AfterEnd,
        holder: true,
    };
    assert_eq!(faults(&report), [unknown], "{report:?}");
    revoke_holder(&long, long.world.now - DAY);
    let report = judge_asking(&long, &stamped, after);
    assert_eq!(report.sub_indication, Some(SubIndication::Revoked), "{report:?}");
}

#[test]
fn a_time_stamp_that_was_added_after_the_archive_time_stamp_is_judged_by_today() {
    let long = LongWorld::new(KeyKind::P256);
    let now = truncated(long.world.now);
    let another = ServiceOptions {
        timestamping_validity: Some((now - 30 * DAY, now + HOUR)),
        ..ServiceOptions::default()
    };
    let another = Services::new(long.world.authority.clone(), another).unwrap();
    // Whoever gets that authority's key after its end can tell any time.
    let back_dated = |signature: &[u8]| {
        changed(signature, |signed_data, additions| {
            let value = &signed_data.signers[0].signature;
            let request = timestamp::Request::new(DigestAlgorithm::Sha256.digest(value), [1; 8]);
            let answer = another.respond("/tsa", &request.encode(), now - MINUTES);
            let token = request.accept(&answer.unwrap().unwrap()).unwrap();
            let attribute = attribute::attribute(oid::SIGNATURE_TIMESTAMP, &token);
            additions.unsigned_attributes.push(attribute);
        })
    };
    let later = now + 2 * DAY;
    let archived = long.made(Level::BLTA);
    assert_eq!(long.judge_at(&archived, later).verdict, Verdict::TotalPassed);
    let report = long.judge_at(&back_dated(&archived), later);
    assert_eq!(report.signatures[0].best_time, Some(now));
    // It is taken out of the set, and told; the others hold.
    assert_eq!(report.verdict, Verdict::TotalPassed, "{report:?}");
    let is_told = |finding: &Finding| matches!(finding, Finding::TimestampInvalid { others_hold: true, .. });
    assert!(report.signatures[0].findings.iter().any(is_told), "{report:?}");

    // One that the archive time-stamp names is proven to be from before.
    let named = long.extend(&back_dated(&long.sign(Profile::P1)), Target::Level(Level::BLTA));
    let report = long.judge_at(&named, later);
    assert_eq!(report.signatures[0].best_time, Some(now - MINUTES), "{report:?}");
}

#[test]
fn a_certificate_put_beside_the_one_that_was_signed_along_changes_nothing() {
    let long = LongWorld::new(KeyKind::P256);
    let own = &long.world.certificate;
    // Of the same issuer and number, but by another key: it fits the signer's name just as well.
    let mut stranger = own.der().to_vec();
    *stranger.last_mut().unwrap() ^= 1;
    let decoyed = changed(&long.sign(Profile::P1), |signed_data, _| {
        let decoy = Reader::der(Box::leak(stranger.clone().into_boxed_slice()))
            .read()
            .unwrap();
        signed_data.certificates.insert(0, decoy);
    });
    assert_eq!(SignedData::parse(&decoyed).unwrap().certificates.len(), 2);
    let report = judge_asking(&long, &decoyed, long.world.now);
    assert_eq!(report.verdict, Verdict::TotalPassed, "{report:?}");
}

#[test]
fn more_references_than_anybody_needs_are_not_compared() {
    let long = LongWorld::new(KeyKind::P256);
    let signature = long.extend(&long.sign(Profile::P4), Target::Profile(Profile::P4));
    let value = |signature: &[u8]| {
        let signed_data = SignedData::parse(signature).unwrap();
        let value = signed_data.signers[0]
            .unsigned_values(oid::CERTIFICATE_REFERENCES)
            .next();
        value.unwrap().content().to_vec()
    };
    let one = value(&signature);
    for (count, fits) in [(1, true), (60, true), (300, false)] {
        let many = element(tag::SEQUENCE, &[&one.repeat(count)]);
        let file = changed(&without(&signature, oid::CERTIFICATE_REFERENCES), |_, additions| {
            let attribute = attribute::attribute(oid::CERTIFICATE_REFERENCES, &many);
            additions.unsigned_attributes.push(attribute);
        });
        let unmatched = faults(&long.judge(&file)).contains(&Finding::ReferenceUnmatched);
        assert_eq!(unmatched, !fits, "{count}");
    }
}
