//! What others wrote keeps its octets and its order, and what is written again with nothing added is the same.

use super::forge::changed;
use super::long_world::{LongWorld, faults, level_of};
use super::openssl::openssl;
use super::*;
use crate::signature::content::ContentDigests;
use crate::signature::extend::{ExtendError, Target, extend};
use crate::signature::signed_data::{Additions, SignedData};

fn written_again(signature: &[u8]) -> Vec<u8> {
    SignedData::parse(signature).unwrap().with(&Additions::default())
}

/// Everything that a signature has, in its order: what is signed, and what stands in the sets around it.
fn octets_of(signature: &[u8]) -> [Vec<Vec<u8>>; 4] {
    let signed_data = SignedData::parse(signature).unwrap();
    let signer = &signed_data.signers[0];
    let octets = |elements: &[der::Element<'_>]| elements.iter().map(|element| element.encoded().to_vec()).collect();
    let mut signed: Vec<Vec<u8>> = octets(&signer.parts);
    signed.push(signed_data.encapsulated.encoded().to_vec());
    let attributes = signer.unsigned_attributes.iter();
    [
        signed,
        octets(&signed_data.certificates),
        octets(&signed_data.revocations),
        attributes.map(|attribute| attribute.encoded.to_vec()).collect(),
    ]
}

/// Whether all that was there is there still, where it was.
fn begins_as(extended: &[u8], signature: &[u8]) -> bool {
    let (extended, original) = (octets_of(extended), octets_of(signature));
    extended[0] == original[0]
        && extended
            .iter()
            .zip(&original)
            .all(|(extended, original)| extended.starts_with(original))
}

/// A signature by OpenSSL; the content is within it where it is told not to detach it.
fn by_openssl(world: &World, options: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, octets: &[u8]| fs::write(folder.path().join(name), octets).unwrap();
    let pem = |label, octets: &[u8]| ::der::pem::encode_string(label, ::der::pem::LineEnding::LF, octets).unwrap();
    write(
        "key.pem",
        pem("PRIVATE KEY", &world.issued.private_key_pkcs8_der).as_bytes(),
    );
    write(
        "certificate.pem",
        pem("CERTIFICATE", &world.issued.certificate_der).as_bytes(),
    );
    write("chain.pem", world.authority.chain_pem().unwrap().as_bytes());
    write("content", CONTENT);
    let arguments = format!(
        "cms -sign -cades -binary -in content -signer certificate.pem -inkey key.pem -outform DER -out signature \
         {options}"
    );
    let output = openssl(folder.path(), &arguments.split_whitespace().collect::<Vec<_>>());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read(folder.path().join("signature")).unwrap()
}

fn extended(long: &LongWorld, signature: &[u8], level: Level) -> Result<Vec<u8>, ExtendError> {
    let is_enveloping = SignedData::parse(signature).unwrap().content.is_some();
    let digests = ContentDigests::of_octets(CONTENT);
    let content = Some(&digests).filter(|_| !is_enveloping);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(extend(signature, content, Target::Level(level), &long.sources()))
}

fn judged(long: &LongWorld, signature: &[u8]) -> Report {
    let now = *long.clock.lock().unwrap();
    if SignedData::parse(signature).unwrap().content.is_some() {
        verify_enveloping(signature, &long.world.trust, now)
    } else {
        long.judge(signature)
    }
}

/// OpenSSL's verdict; it takes the content from the file where it is within.
fn openssl_accepts(world: &World, signature: &[u8]) -> bool {
    if SignedData::parse(signature).unwrap().content.is_none() {
        return openssl_verifies(world, signature, CONTENT);
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("chain.pem"), world.authority.chain_pem().unwrap()).unwrap();
    fs::write(folder.path().join("signature"), signature).unwrap();
    let arguments = "cms -verify -cades -binary -inform DER -in signature -CAfile chain.pem -purpose any -out content";
    let output = openssl(folder.path(), &arguments.split_whitespace().collect::<Vec<_>>());
    output.status.success() && fs::read(folder.path().join("content")).unwrap() == CONTENT
}

#[test]
fn what_is_written_again_with_nothing_added_is_the_same() {
    for kind in [KeyKind::Rsa2048, KeyKind::P384] {
        let long = LongWorld::new(kind);
        let world = &long.world;
        let mut files = vec![
            by_openssl(world, ""),
            by_openssl(world, "-nosmimecap -md sha512 -certfile chain.pem"),
            by_openssl(world, "-nodetach"),
        ];
        let prepared = cades::prepare_enveloping(
            CONTENT.to_vec(),
            "text/plain",
            Signing::new(&world.certificate, world.now),
        );
        let prepared = prepared.unwrap();
        let value = world.issued.private_key.sign_digest(&prepared.digest().value).unwrap();
        let enveloping = prepared.finish(&value).unwrap();
        for level in [Level::BB, Level::BT, Level::BLT, Level::BLTA] {
            files.push(long.made(level));
            files.push(extended(&long, &enveloping, level).unwrap());
            let sources = long.sources();
            let container = asic::extend(
                Cursor::new(world.container(&documents())),
                Vec::new(),
                Target::Level(level),
                &sources,
            );
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let container = runtime.block_on(container).unwrap();
            let within = unpack(&container).into_iter();
            files.extend(
                within
                    .filter(|(name, _)| name == asic::SIGNATURE_FILE)
                    .map(|(_, file)| file),
            );
        }
        files.push(long.extend(&long.made(Level::BLTA), Target::Level(Level::BLTA)));
        for profile in [Profile::P2, Profile::P4] {
            files.push(long.extend(&long.sign(profile), Target::Profile(profile)));
        }
        let stamped = long.extend(&long.sign(Profile::P3), Target::Profile(Profile::P3));
        long.set(world.now + DAY + Duration::from_secs(60));
        files.push(long.extend(&stamped, Target::Profile(Profile::P3)));
        assert_eq!(files.len(), 19);
        for (index, file) in files.iter().enumerate() {
            assert_eq!(written_again(file), *file, "{kind:?}, the file at {index}");
        }
    }
}

#[test]
fn what_openssl_signed_is_extended_without_a_change_of_what_was_there_in_ber_too() {
    for options in [
        "",
        "-certfile chain.pem",
        "-nodetach",
        "-nodetach -stream",
        "-nodetach -stream -keyid",
    ] {
        let long = LongWorld::new(KeyKind::P384);
        // OpenSSL signs at the time it is.
        long.set(SystemTime::now());
        let signature = by_openssl(&long.world, options);
        assert_eq!(signature[1] == 0x80, options.contains("stream"), "BER where streamed");
        let mut before = signature.clone();
        for level in [Level::BT, Level::BLT, Level::BLTA] {
            let after = extended(&long, &before, level).unwrap();
            let [signed, ..] = octets_of(&after);
            assert_eq!(signed, octets_of(&signature)[0], "{options} {level:?}");
            assert_eq!(written_again(&after), after);
            let report = judged(&long, &after);
            assert_eq!(report.verdict, Verdict::TotalPassed, "{options} {level:?} {report:?}");
            assert_eq!(level_of(&report), Some(level));
            assert!(openssl_accepts(&long.world, &after), "{options} {level:?}");
            before = after;
        }
    }
}

#[test]
fn an_order_that_is_not_that_of_der_stays_and_what_is_added_follows() {
    let long = LongWorld::new(KeyKind::P256);
    let twice_stamped = changed(&long.made(Level::BT), |_, additions| {
        let other = long.extend(&long.sign(Profile::P1), Target::Level(Level::BT));
        let other = SignedData::parse(&other).unwrap();
        let attribute = &other.signers[0].unsigned_attributes[0];
        additions.unsigned_attributes.push(attribute.encoded.to_vec());
        additions.certificates.push(long.world.authority.issuing_der().to_vec());
    });
    let unsorted = changed(&twice_stamped, |signed_data, _| {
        signed_data.certificates.reverse();
        signed_data.signers[0].unsigned_attributes.reverse();
    });
    assert_ne!(unsorted, twice_stamped);
    assert_eq!(written_again(&unsorted), unsorted);
    for level in [Level::BLT, Level::BLTA] {
        let after = extended(&long, &unsorted, level).unwrap();
        assert!(begins_as(&after, &unsorted), "{level:?}");
        assert!(openssl_verifies(&long.world, &after, CONTENT), "{level:?}");
        assert_eq!(level_of(&long.judge(&after)), Some(level));
    }
}

#[test]
fn what_an_archive_time_stamp_is_over_stays_where_it_is_and_what_is_added_follows() {
    let long = LongWorld::new(KeyKind::P256);
    let mut before = long.made(Level::BLTA);
    for days in [2, 4, 6] {
        long.set(long.world.now + days * DAY);
        let after = long.extend(&before, Target::Level(Level::BLTA));
        assert!(begins_as(&after, &before));
        assert_eq!(long.judge(&after).verdict, Verdict::TotalPassed);
        assert!(openssl_verifies(&long.world, &after, CONTENT));
        before = after;
    }
}

#[test]
fn what_the_long_levels_forbid_is_not_extended_to_them() {
    let long = LongWorld::new(KeyKind::P256);
    let stamped = long.made(Level::BT);
    for forbidden in [
        oid::CERTIFICATE_REFERENCES,
        oid::REVOCATION_REFERENCES,
        oid::CERTIFICATE_VALUES,
        oid::REVOCATION_VALUES,
        oid::REFERENCES_TIMESTAMP,
        oid::ARCHIVE_TIMESTAMP,
        oid::ARCHIVE_TIMESTAMP_V2,
    ] {
        let with_it = changed(&stamped, |_, additions| {
            additions.unsigned_attributes = vec![attribute::attribute(forbidden, &sequence(&[]))];
        });
        for level in [Level::BLT, Level::BLTA] {
            let refused = extended(&long, &with_it, level);
            assert_eq!(refused, Err(ExtendError::OtherProfile), "{forbidden} {level:?}");
        }
    }
}

#[test]
fn what_openssl_signed_with_pss_or_p_521_is_verified_and_extended_and_with_a_weak_key_left_open() {
    let pss = "-keyopt rsa_padding_mode:pss";
    for (kind, options) in [
        (KeyKind::Rsa2048, pss),
        (
            KeyKind::Rsa2048,
            "-md sha384 -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:digest",
        ),
        (KeyKind::Rsa3072, "-md sha512 -nodetach -keyopt rsa_padding_mode:pss"),
        (KeyKind::P521, "-md sha512"),
        (KeyKind::P521, "-md sha256 -nodetach"),
    ] {
        let long = LongWorld::new(kind);
        long.set(SystemTime::now());
        let mut signature = by_openssl(&long.world, options);
        for level in [Level::BB, Level::BT, Level::BLTA] {
            signature = extended(&long, &signature, level).unwrap();
            let report = judged(&long, &signature);
            assert_eq!(report.verdict, Verdict::TotalPassed, "{kind:?} {options} {report:?}");
            assert_eq!(level_of(&report), Some(level));
            assert!(openssl_accepts(&long.world, &signature), "{kind:?} {options} {level:?}");
        }
        // The last octets are those of the value, or of what stands behind it.
        let mut damaged = by_openssl(&long.world, options);
        let value = SignedData::parse(&damaged).unwrap().signers[0].signature.to_vec();
        let place = damaged.windows(value.len()).position(|window| window == value).unwrap();
        damaged[place + value.len() - 1] ^= 1;
        let report = judged(&long, &damaged);
        assert_eq!(report.sub_indication, Some(SubIndication::SigCryptoFailure), "{kind:?}");
    }
    let weak = LongWorld::new(KeyKind::Rsa1024);
    weak.set(SystemTime::now());
    for options in ["", pss] {
        let signature = by_openssl(&weak.world, options);
        assert!(
            openssl_accepts(&weak.world, &signature),
            "nothing else is wrong with it"
        );
        let report = judged(&weak, &signature);
        let weakness = (Verdict::Indeterminate, Some(SubIndication::CryptoConstraintsFailure));
        assert_eq!((report.verdict, report.sub_indication), weakness, "{report:?}");
        assert!(faults(&report).contains(&Finding::AlgorithmWeak));
    }
}
