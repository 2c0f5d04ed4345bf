//! Damage: no flipped octet of a signature goes unnoticed but where nothing protects it, and nothing makes us panic.

use std::ops::Range;
use std::thread;

use super::long_world::{LongWorld, level_of};
use super::*;
use crate::signature::extend::Target;
use crate::signature::signed_data::{SignedData, SignerInfo};

#[test]
fn flipping_any_octet_of_a_signature_turns_the_verdict() {
    let world = World::fast();
    let signature = world.detached(CONTENT);
    let unprotected = unsigned_numbers(&signature);
    for place in (0..signature.len()).filter(|place| !unprotected.iter().any(|known| known.contains(place))) {
        for mask in [0x01, 0x80, 0xFF] {
            let mut damaged = signature.clone();
            damaged[place] ^= mask;
            let report = world.judge(&damaged);
            assert_ne!(
                report.verdict,
                Verdict::TotalPassed,
                "octet {place} with {mask:#04x} in {:02x?}",
                &signature[place - 8..place + 8]
            );
        }
    }
    for length in 0..signature.len() {
        // What is too short to be known for a signature is none.
        let expected = if length < 15 {
            Verdict::Indeterminate
        } else {
            Verdict::TotalFailed
        };
        assert_eq!(world.judge(&signature[..length]).verdict, expected, "{length}");
    }
    let report = world.judge(&[signature.as_slice(), &[0]].concat());
    assert_eq!(report.verdict, Verdict::TotalPassed);
    assert!(
        report.signatures[0]
            .findings
            .contains(&Finding::TrailingOctets { count: 1 })
    );
}

fn place_in(file: &[u8], part: &[u8]) -> Range<usize> {
    let start = part.as_ptr().addr() - file.as_ptr().addr();
    start..start + part.len()
}

/// What of a SignedData says what follows from its contents, and is no part of what is signed (RFC 5652, 5.1, 5.3, 5.4):
/// versions, the digest algorithms that are announced, and the issuer by which the signer names the certificate, where capitals
/// and small letters are alike (RFC 5280, 7.1): the certificate itself is signed along.
fn unsigned_numbers(signature: &[u8]) -> Vec<Range<usize>> {
    let signed_data = SignedData::parse(signature).unwrap();
    let mut places = numbers_of(signature, &signed_data).to_vec();
    for signer in &signed_data.signers {
        let version = place_in(signature, signer.parts[0].content());
        assert_eq!(version.len(), 1);
        places.extend([version, issuer_of(signature, signer)]);
    }
    places
}

/// The issuer by which a signer names a certificate.
fn issuer_of(signature: &[u8], signer: &SignerInfo<'_>) -> Range<usize> {
    let issuer = signer.identifier.children().unwrap().read().unwrap();
    place_in(signature, issuer.encoded())
}

/// The same but for the version of the signer.
fn numbers_of(signature: &[u8], signed_data: &SignedData<'_>) -> [Range<usize>; 2] {
    let announced = place_in(signature, signed_data.digest_algorithms[0].encoded());
    // The octet before the header of a SET that is shorter than 128 octets.
    let version = announced.start - 3;
    assert_eq!(signature[version - 2..version], [tag::INTEGER, 1]);
    [version..version + 1, announced]
}

/// Octets of a B-LTA signature that nothing protects.
struct Unprotected {
    octets: Range<usize>,
    /// What they are, and why nobody gains by changing them.
    what: &'static str,
    /// The level the signature has when one of them is changed and it passes nevertheless.
    level: Level,
}

/// All that nothing protects in a signature with one archive time-stamp. What it says of the outer SignedData holds for
/// that of the archive time-stamp itself alone among the time-stamps: it covers the others as they are.
fn unprotected(signature: &[u8]) -> Vec<Unprotected> {
    let place = |part: &[u8]| place_in(signature, part);
    let signed_data = SignedData::parse(signature).unwrap();
    let attributes = &signed_data.signers[0].unsigned_attributes;
    let archive = attributes
        .iter()
        .find(|attribute| attribute.oid == oid::ARCHIVE_TIMESTAMP_V3)
        .unwrap();
    let token = SignedData::parse_element(archive.values[0]).unwrap();
    let [copy] = token.certificates[..] else {
        panic!("the token has one certificate")
    };
    let copy = place(copy.encoded());
    assert_eq!(
        signature[copy.start - 4..copy.start - 2],
        [tag::context_constructed(0), 0x82]
    );
    let first = place(attributes.iter().next().unwrap().encoded);
    let numbers = |octets, what| Unprotected {
        octets,
        what,
        level: Level::BLTA,
    };
    let [version, announced] = numbers_of(signature, &signed_data);
    let [version_of_token, announced_by_token] = numbers_of(signature, &token);
    let mut unprotected = vec![
        numbers(
            version,
            "the version of the syntax, which is no part of what is signed (RFC 5652, 5.4) and follows from the contents; \
             another is told of",
        ),
        numbers(
            announced,
            "the digest algorithm that is announced for whoever reads on; the signer's own is signed",
        ),
        numbers(
            version_of_token,
            "the same version of the archive time-stamp's own SignedData",
        ),
        numbers(
            announced_by_token,
            "what the archive time-stamp's own SignedData announces",
        ),
        numbers(
            place(token.signers[0].parts[0].content()),
            "the version of the signer of the archive time-stamp",
        ),
        numbers(
            issuer_of(signature, &token.signers[0]),
            "the issuer by which the signer of the archive time-stamp names the certificate: capitals and small letters are \
             alike, and the certificate itself is signed along",
        ),
        Unprotected {
            octets: place(archive.encoded).start..place(archive.values[0].content()).start,
            what: "the heads and the type of the attribute that holds the archive time-stamp: under others it is an attribute \
                   that is not judged or not read, so there is one proof less, and the level says so",
            level: Level::BLT,
        },
        Unprotected {
            octets: copy.start - 4..copy.end,
            what: "the copy of its certificate that the archive time-stamp brings along: the same certificate is among \
                   those that the archive time-stamp covers",
            level: Level::BLTA,
        },
    ];
    // Attributes stand in the order of their octets, so that either may be the first.
    if first.start < place(archive.encoded).start {
        unprotected.push(Unprotected {
            octets: first.start..first.start + 4,
            what: "the head of the first unsigned attribute: where it says that the attribute ends elsewhere, none can be read. \
                   What was signed holds all the same; there is no proof of anything left, and the level says so",
            level: Level::BB,
        });
    }
    unprotected
}

#[test]
fn flipping_any_octet_of_an_archived_signature_turns_the_verdict_or_changes_nothing_protected() {
    let long = LongWorld::new(KeyKind::P256);
    let signature = long.made(Level::BLTA);
    assert_eq!(level_of(&long.judge(&signature)), Some(Level::BLTA));
    let unprotected = unprotected(&signature);

    let threads = thread::available_parallelism().map_or(2, usize::from);
    // Every octet that could be changed without turning the verdict, with the level that was told.
    let passed = |first: usize| -> Vec<(usize, Option<Level>)> {
        let places = (first..signature.len()).step_by(threads);
        // The lowest bit of one octet, the highest of the next, since each judgement takes tens of milliseconds; both where
        // nothing protects an octet, of which one may be noticed.
        let changes = places.flat_map(|place| {
            let is_known = unprotected.iter().any(|known| known.octets.contains(&place));
            let is_even = (place / threads).is_multiple_of(2);
            let masks = [(0x01, is_even), (0x80, !is_even)];
            masks
                .into_iter()
                .filter(move |(_, is_its_turn)| is_known || *is_its_turn)
                .map(move |(mask, _)| (place, mask))
        });
        let judged = changes.map(|(place, mask): (usize, u8)| {
            let mut damaged = signature.clone();
            damaged[place] ^= mask;
            (place, long.judge(&damaged))
        });
        let passed = judged.filter(|(_, report)| report.verdict == Verdict::TotalPassed);
        passed.map(|(place, report)| (place, level_of(&report))).collect()
    };
    let passed: Vec<(usize, Option<Level>)> = thread::scope(|scope| {
        let passed = &passed;
        let workers: Vec<_> = (0..threads).map(|first| scope.spawn(move || passed(first))).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });

    for (place, level) in &passed {
        let known = unprotected.iter().find(|known| known.octets.contains(place));
        let Some(known) = known else {
            panic!("octet {place} of {} is not protected", signature.len())
        };
        assert_eq!(*level, Some(known.level), "octet {place}: {}", known.what);
    }
    for known in &unprotected {
        // Whether the rest can be read after all where the first attribute ends elsewhere, its length decides.
        let is_real = known.level == Level::BB || passed.iter().any(|(place, _)| known.octets.contains(place));
        assert!(is_real, "all of {:?} is protected by now: {}", known.octets, known.what);
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
            let _ = list.status(long.world.certificate.serial());
        }
        if let Ok(answer) = crate::certificate::ocsp::OcspAnswer::parse(&damaged(&answer)) {
            let _ = answer.statements(&long.world.certificate, &issuer);
            let _ = answer.authorized_by(&issuer, SystemTime::now());
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
