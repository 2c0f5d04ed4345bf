//! Counter-signatures: where they stand in a report, how many are judged, who is asked about them, and that they stay.

use super::forge::{changed, counter_signed};
use super::long_world::LongWorld;
use super::*;
use crate::certificate::revocation::UnknownState;
use crate::signature::extend::Target;
use crate::signature::report::Limit;
use crate::signature::signed_data::SignedData;

/// Someone else under the same authority.
fn other(world: &World) -> World {
    let holder = Holder::new("Mehmet", "Demir", "12345678950");
    let options = IssueOptions::default();
    let issued = world.authority.issue(&holder, KeyKind::P256, &options).unwrap();
    World {
        certificate: Certificate::parse(&issued.certificate_der).unwrap(),
        issued,
        authority: world.authority.clone(),
        trust: world.trust.clone(),
        now: world.now,
    }
}

fn counter_signed_by(world: &World, signature: &[u8]) -> Vec<u8> {
    counter_signed(signature, &Forge::over(world, signature).sign())
}

fn names_and_places(report: &Report) -> Vec<(&str, Option<usize>)> {
    let mut found = Vec::new();
    for signature in &report.signatures {
        let name = signature.signer.as_ref().map_or("", |signer| signer.name.as_str());
        found.push((name, signature.counter_signs));
    }
    found
}

#[test]
fn a_counter_signature_stands_after_what_it_signs_and_covers_no_document_itself() {
    let world = World::new(KeyKind::P256);
    let other = other(&world);
    let mut files = unpack(&world.container(&documents()));
    let prepared =
        asic::prepare_further(Cursor::new(pack(&files)), Signing::new(&other.certificate, world.now)).unwrap();
    let value = other.issued.private_key.sign_digest(&prepared.digest().value).unwrap();
    files = unpack(&prepared.finish_into(&value, Vec::new()).unwrap());
    for (name, content) in &mut files {
        if name.ends_with("signature002.p7s") {
            *content = counter_signed_by(&world, content);
        }
    }
    let report = verify_container(&pack(&files), &world.trust, world.now);
    assert_eq!(report.verdict, Verdict::TotalPassed, "{report:?}");
    assert_eq!(
        names_and_places(&report),
        [("Ayşe Yılmaz", None), ("Mehmet Demir", None), ("Ayşe Yılmaz", Some(1))]
    );
    let [first, second, counter_signature] = &report.signatures[..] else {
        panic!("three signatures")
    };
    assert_eq!(counter_signature.file_name, second.file_name);
    assert_eq!((second.covers.len(), counter_signature.covers.len()), (2, 0));
    assert!(serde_json::to_value(first).unwrap().get("counter_signs").is_none());
    assert_eq!(serde_json::to_value(counter_signature).unwrap()["counter_signs"], 1);

    // What is wrong with a document is not said of what signs a signature.
    let document = files.iter_mut().find(|(name, _)| name == "basvuru.pdf").unwrap();
    document.1.push(0);
    let report = verify_container(&pack(&files), &world.trust, world.now);
    let verdicts: Vec<_> = report.signatures.iter().map(|signature| signature.verdict).collect();
    assert_eq!(
        verdicts,
        [Verdict::TotalFailed, Verdict::TotalFailed, Verdict::TotalPassed]
    );
}

#[test]
fn counter_signatures_of_one_signature_and_of_each_other_are_told_apart() {
    let world = World::fast();
    let other = other(&world);
    let signature = Forge::new(&world).sign();
    let nested = counter_signed_by(&world, &Forge::over(&other, &signature).sign());
    let signature = counter_signed_by(&world, &counter_signed(&signature, &nested));
    let report = world.judge(&signature);
    assert_eq!(report.verdict, Verdict::TotalPassed, "{report:?}");
    let mut found = names_and_places(&report);
    // DER puts a SET in order by its octets, so that either may stand first.
    if found[1].0 == "Ayşe Yılmaz" {
        let direct = found.remove(1);
        found[2].1 = found[2].1.map(|place| place - 1);
        found.push(direct);
    }
    assert_eq!(
        found,
        [
            ("Ayşe Yılmaz", None),
            ("Mehmet Demir", Some(0)),
            ("Ayşe Yılmaz", Some(1)),
            ("Ayşe Yılmaz", Some(0)),
        ]
    );
}

#[test]
fn more_counter_signatures_than_are_judged_leave_the_verdict_open() {
    let world = World::fast();
    let mut signature = Forge::new(&world).sign();
    for _ in 0..63 {
        signature = counter_signed_by(&world, &signature);
    }
    assert_eq!(world.judge(&signature).verdict, Verdict::TotalPassed);
    for _ in 0..3 {
        signature = counter_signed_by(&world, &signature);
    }
    let report = world.judge(&signature);
    let open = (Verdict::Indeterminate, Some(SubIndication::Generic));
    assert_eq!((report.verdict, report.sub_indication), open);
    assert_eq!(report.signatures.len(), 65);
    let limit = Limit::CounterSignatures;
    assert_eq!(report.signatures[64].findings, [Finding::LimitMet { limit }]);
}

#[test]
fn a_counter_signature_with_another_digest_algorithm_than_is_announced_holds() {
    let world = World::new(KeyKind::P256);
    let signature = counter_signed_by(&world, &Forge::new(&world).sign());
    let announces_another = changed(&signature, |signed_data, _| {
        assert_eq!(signed_data.digest_algorithms.len(), 1);
        signed_data.digest_algorithms.clear();
    });
    let findings = |report: &Report, place: usize| report.signatures[place].findings.clone();
    let report = world.judge(&announces_another);
    assert!(findings(&report, 0).contains(&Finding::DigestAlgorithmNotAnnounced));
    assert!(!findings(&report, 1).contains(&Finding::DigestAlgorithmNotAnnounced));
}

#[test]
fn who_counter_signed_is_asked_about_and_their_signature_outlasts_an_extension() {
    let long = LongWorld::new(KeyKind::P256);
    let other = other(&long.world);
    let signature = counter_signed_by(&other, &Forge::new(&long.world).sign());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let judge = |signature: &[u8]| {
        let sources = long.sources();
        let gathered = runtime.block_on(sources.gather(signature));
        let verifier = Verifier {
            requires_revocation: true,
            evidence: gathered.evidence,
            ..Verifier::new(&long.world.trust, sources.now)
        };
        verifier.detached(signature, CONTENT).unwrap()
    };
    let lasting = long.extend(&signature, Target::Level(Level::BLTA));
    let octets = |signature: &[u8]| {
        let signed_data = SignedData::parse(signature).unwrap();
        let value = signed_data.signers[0].unsigned_values(oid::COUNTERSIGNATURE).next();
        value.unwrap().encoded().to_vec()
    };
    assert_eq!(octets(&lasting), octets(&signature));
    for signature in [&signature, &lasting] {
        let report = judge(signature);
        assert_eq!(report.verdict, Verdict::TotalPassed, "{report:?}");
        assert!(!report.signatures[1].findings.contains(&Finding::RevocationNotChecked));
    }
    long.services.revoke(other.certificate.der(), long.world.now).unwrap();
    let report = judge(&lasting);
    assert_eq!(report.sub_indication, Some(SubIndication::RevokedNoPoe), "{report:?}");
    assert_eq!(report.signatures[0].verdict, Verdict::TotalPassed);
}

#[test]
fn the_values_that_a_profile_brings_along_serve_its_counter_signatures_too() {
    let long = LongWorld::new(KeyKind::P256);
    let mut signature = long.extend(&long.sign(Profile::P3), Target::Profile(Profile::P3));
    let at = long.world.now + 2 * DAY;
    long.set(at);
    signature = long.extend(&signature, Target::Profile(Profile::P3));
    // The same person, whose certificate stands in the values already; the list is needed where one has to be asked.
    signature = counter_signed_by(&long.world, &signature);
    let verifier = Verifier {
        requires_revocation: true,
        ..Verifier::new(&long.world.trust, at)
    };
    let report = verifier.detached(&signature, CONTENT).unwrap();
    let untold = |finding: &Finding| matches!(finding, Finding::RevocationUnknown { cause, .. } if *cause == UnknownState::NoEvidence);
    assert_eq!(report.signatures.len(), 2);
    assert!(!report.signatures[1].findings.iter().any(untold), "{report:?}");
}

#[test]
fn flipping_any_octet_of_a_counter_signature_turns_the_verdict() {
    let world = World::fast();
    let signature = counter_signed_by(&other(&world), &Forge::new(&world).sign());
    let signed_data = SignedData::parse(&signature).unwrap();
    let value = signed_data.signers[0].unsigned_values(oid::COUNTERSIGNATURE).next();
    let value = value.unwrap();
    let place_of = |part: &[u8]| part.as_ptr().addr() - signature.as_ptr().addr();
    let start = place_of(value.encoded());
    // The version follows from the contents, and in the issuer's name capitals and small letters are alike; nobody signed them.
    let mut parts = value.children().unwrap();
    let version = parts.read().unwrap();
    let issuer = parts.read().unwrap().children().unwrap().read().unwrap();
    let unsigned = [version.content(), issuer.encoded()].map(|part| place_of(part)..place_of(part) + part.len());
    let places = start..start + value.encoded().len();
    for place in places.filter(|place| !unsigned.iter().any(|known| known.contains(place))) {
        for mask in [0x01, 0x80, 0xFF] {
            let mut damaged = signature.clone();
            damaged[place] ^= mask;
            let report = world.judge(&damaged);
            // Where its head says that it ends elsewhere, there is no counter-signature any more, which is told.
            let is_gone = place < start + 4
                && report.signatures.len() == 1
                && report.signatures[0]
                    .findings
                    .contains(&Finding::UnsignedAttributeMalformed);
            assert!(
                is_gone || report.verdict != Verdict::TotalPassed,
                "octet {place} with {mask:#04x}"
            );
        }
    }
}
