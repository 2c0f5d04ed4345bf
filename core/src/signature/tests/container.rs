//! Containers: what they say of their files, and how they are signed again, extended and kept small.

use super::long_world::LongWorld;
use super::*;
use crate::signature::asic::FileDocument;
use crate::signature::extend::Target;

#[test]
fn flipping_any_octet_of_a_manifest_or_document_turns_the_verdict() {
    let world = World::fast();
    let files = unpack(&world.container(&documents()));
    for (index, (name, content)) in files.iter().enumerate() {
        // Nobody signed what the container says of itself.
        if name == asic::SIGNATURE_FILE || name == asic::MEDIA_TYPE_FILE {
            continue;
        }
        for place in 0..content.len() {
            let mut damaged = files.clone();
            damaged[index].1[place] ^= 0x01;
            let report = verify_container(&pack(&damaged), &world.trust, world.now);
            assert_ne!(report.verdict, Verdict::TotalPassed, "octet {place} of {name}");
            let is_document = name != asic::MANIFEST_FILE;
            assert!(
                !is_document || report.verdict == Verdict::TotalFailed,
                "octet {place} of {name}"
            );
        }
    }
}

#[test]
fn a_container_says_what_is_missing_added_or_swapped() {
    let world = World::new(KeyKind::P256);
    let files = unpack(&world.container(&documents()));
    let judge = |files: &[(String, Vec<u8>)]| verify_container(&pack(files), &world.trust, world.now);
    assert_eq!(judge(&files).verdict, Verdict::TotalPassed);

    let mut added = files.clone();
    added.push(("ek.pdf".into(), b"not signed".to_vec()));
    let report = judge(&added);
    assert_eq!(report.verdict, Verdict::Indeterminate);
    assert_eq!(
        report.findings,
        [Finding::FileNotCovered {
            file_name: "ek.pdf".into()
        }]
    );
    assert_eq!(report.documents.len(), 2);

    let mut removed = files.clone();
    removed.remove(1);
    let report = judge(&removed);
    assert_eq!(report.sub_indication, Some(SubIndication::SignedDataNotFound));
    assert!(report.signatures[0].findings.contains(&Finding::DocumentMissing {
        file_name: "basvuru.pdf".into()
    }));

    let mut swapped = files.clone();
    (swapped[1].1, swapped[2].1) = (files[2].1.clone(), files[1].1.clone());
    assert_eq!(judge(&swapped).sub_indication, Some(SubIndication::HashFailure));

    let without = |index: usize| {
        let mut files = files.clone();
        files.remove(index);
        judge(&files)
    };
    assert_eq!(without(0).findings, [Finding::MediaTypeMissing]);
    assert_eq!(without(3).signatures[0].findings, [Finding::ManifestMissing]);
    let unsigned = without(4);
    assert_eq!(unsigned.verdict, Verdict::Indeterminate);
    assert!(unsigned.findings.contains(&Finding::SignatureMissing));

    let mut doubled = files.clone();
    // Of several manifests that name a signature it is over one, and nobody signed the others.
    let other = String::from_utf8(files[3].1.clone())
        .unwrap()
        .replace("basvuru.pdf", "nothing.pdf");
    doubled.insert(1, ("META-INF/ASiCManifest000.xml".into(), other.into_bytes()));
    let report = judge(&doubled);
    assert_eq!(report.verdict, Verdict::TotalPassed, "{report:?}");
    assert_eq!(report.signatures[0].covers, ["basvuru.pdf", "taahhütname.pdf"]);
    let mut furnished = files.clone();
    furnished.push(("META-INF/manifest.xml".into(), b"<manifest/>".to_vec()));
    let report = judge(&furnished);
    assert_eq!(report.verdict, Verdict::TotalPassed);
    assert_eq!(
        report.findings,
        [Finding::FurnitureNotCovered {
            file_name: "META-INF/manifest.xml".into()
        }]
    );
    assert_eq!(
        verify_container(b"PK", &world.trust, world.now).verdict,
        Verdict::Indeterminate
    );
}

#[test]
fn the_container_of_another_person_names_that_person() {
    let world = World::new(KeyKind::P256);
    let issued = world
        .authority
        .issue(
            &Holder::new("Mehmet", "Demir", "12345678950"),
            KeyKind::P256,
            &IssueOptions::default(),
        )
        .unwrap();
    let other = World {
        certificate: Certificate::parse(&issued.certificate_der).unwrap(),
        issued,
        authority: world.authority.clone(),
        trust: world.trust.clone(),
        now: world.now,
    };
    let report = verify_container(&other.container(&documents()), &world.trust, world.now);
    assert_eq!(report.verdict, Verdict::TotalPassed);
    assert_eq!(
        report.signatures[0].signer.as_ref().unwrap().number.as_deref(),
        Some("12345678950")
    );
    assert!(!format!("{report:?}").contains("Mehmet"));
}

#[test]
fn file_names_that_a_system_could_trip_over_are_not_signed() {
    let world = World::new(KeyKind::P256);
    let prepare = |names: &[&str]| {
        let documents: Vec<Document> = names
            .iter()
            .map(|name| Document {
                file_name: (*name).into(),
                media_type: "a/b".into(),
                content: vec![],
            })
            .collect();
        asic::prepare(&documents, &world.certificate, world.now).map(|_| ())
    };
    for name in [
        "",
        "a/b",
        "..",
        "a\\b",
        "C:a",
        "nul.txt",
        "COM1",
        "mimetype",
        "Meta-Inf",
        "a.",
        "a ",
        ".a",
        "a\nb",
        "a\"b",
        "a\u{202E}fdp.exe",
        "a\u{2066}b",
    ] {
        assert_eq!(prepare(&[name]), Err(SignatureError::FileName(name.into())), "{name:?}");
    }
    assert_eq!(
        prepare(&["a.pdf", "A.pdf"]),
        Err(SignatureError::DuplicateFileName("A.pdf".into()))
    );
    assert_eq!(prepare(&[]), Err(SignatureError::NoDocument));
    assert_eq!(prepare(&["başvuru formu (1).pdf"]), Ok(()));
}

#[test]
fn the_same_input_gives_the_same_container_with_its_media_type_first() {
    let world = World::new(KeyKind::P384);
    let documents = documents();
    let prepare = || asic::prepare(&documents, &world.certificate, world.now).unwrap();
    let value = world.issued.private_key.sign_digest(&prepare().digest().value).unwrap();
    let container = prepare().finish(&value).unwrap();
    assert_eq!(container, prepare().finish(&value).unwrap());
    assert_eq!(&container[30..38], b"mimetype");
    assert_eq!(&container[38..38 + asic::MEDIA_TYPE.len()], asic::MEDIA_TYPE.as_bytes());
}

#[test]
fn documents_are_packed_from_their_files_piece_by_piece() {
    let world = World::fast();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large");
    fs::File::create(&path).unwrap().set_len(40 << 20).unwrap();
    let document = FileDocument {
        file_name: "large.bin".into(),
        media_type: "a/b".into(),
        path: path.clone(),
    };
    let documents = [document];
    let prepare = || asic::prepare_with(&documents, Signing::new(&world.certificate, world.now)).unwrap();
    let prepared = prepare();
    let value = world.issued.private_key.sign_digest(&prepared.digest().value).unwrap();
    let container = folder.path().join("large.asice");
    prepared
        .finish_into(&value, fs::File::create(&container).unwrap())
        .unwrap();
    let report = Verifier::new(&world.trust, world.now).container(fs::File::open(&container).unwrap());
    assert_eq!(report.verdict, Verdict::TotalPassed);
    assert_eq!(report.documents[0].size, 40 << 20);

    let prepared = prepare();
    fs::File::options().write(true).open(&path).unwrap().set_len(1).unwrap();
    let changed = prepared.finish(&value);
    assert!(matches!(changed, Err(SignatureError::Container(_))));
}

#[test]
fn a_container_is_extended_without_touching_its_documents() {
    let long = LongWorld::new(KeyKind::P256);
    let container = long.world.container(&documents());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for level in [Level::BT, Level::BLT, Level::BLTA] {
        let sources = long.sources();
        let extend = asic::extend(Cursor::new(&container), Vec::new(), Target::Level(level), &sources);
        let extended = runtime.block_on(extend).unwrap();
        let report = verify_container(&extended, &long.world.trust, long.world.now);
        assert_eq!(report.verdict, Verdict::TotalPassed, "{report:?}");
        assert_eq!(report.signatures[0].level, Some(level));
        let (before, after) = (unpack(&container), unpack(&extended));
        let differing: Vec<&str> = before
            .iter()
            .zip(&after)
            .filter(|(one, other)| one != other)
            .map(|(one, _)| one.0.as_str())
            .collect();
        assert_eq!((before.len(), differing), (after.len(), vec![asic::SIGNATURE_FILE]));
    }
}

#[test]
fn a_further_person_signs_the_same_documents_under_a_manifest_of_their_own() {
    let world = World::new(KeyKind::P256);
    let holder = Holder::new("Mehmet", "Demir", "12345678950");
    let issued = world
        .authority
        .issue(&holder, KeyKind::P384, &IssueOptions::default())
        .unwrap();
    let certificate = Certificate::parse(&issued.certificate_der).unwrap();
    let container = world.container(&documents());
    let sign = |container: &[u8]| {
        let signing = Signing::new(&certificate, world.now);
        let prepared = asic::prepare_further(Cursor::new(container), signing)?;
        let value = issued.private_key.sign_digest(&prepared.digest().value).unwrap();
        prepared.finish_into(&value, Vec::new())
    };
    let signed_twice = sign(&container).unwrap();
    let report = verify_container(&signed_twice, &world.trust, world.now);
    assert_eq!(report.verdict, Verdict::TotalPassed, "{report:?}");
    let names: Vec<_> = report
        .signatures
        .iter()
        .map(|found| found.signer.as_ref().unwrap().name.as_str())
        .collect();
    assert_eq!(names, ["Ayşe Yılmaz", "Mehmet Demir"]);
    assert_eq!(
        report.signatures[1].file_name.as_deref(),
        Some("META-INF/signature002.p7s")
    );
    assert_eq!(report.documents.len(), 2);
    assert_eq!(
        verify_container(&sign(&signed_twice).unwrap(), &world.trust, world.now)
            .signatures
            .len(),
        3
    );

    let mut changed = unpack(&container);
    changed[1].1[0] ^= 1;
    assert!(matches!(sign(&pack(&changed)), Err(SignatureError::Container(_))));
}

#[test]
fn as_many_documents_are_signed_in_a_container_as_are_read_from_one() {
    let world = World::fast();
    let empty = |count: usize| -> Vec<Document> {
        let names = (0..count).map(|number| format!("{number}.txt"));
        names
            .map(|file_name| Document {
                file_name,
                media_type: "text/plain".into(),
                content: Vec::new(),
            })
            .collect()
    };
    let most = world.container(&empty(997));
    let report = verify_container(&most, &world.trust, world.now);
    assert_eq!(report.verdict, Verdict::TotalPassed, "{report:?}");
    let refused = asic::prepare(&empty(998), &world.certificate, world.now).unwrap_err();
    assert_eq!(refused, SignatureError::TooManyDocuments { limit: 997 });
    let signing = Signing::new(&world.certificate, world.now);
    let further = asic::prepare_further(Cursor::new(most), signing).map(|_| ());
    assert_eq!(further, Err(SignatureError::Container("too many files".into())));
    // There is room for the further one's manifest and signature, and no more.
    let container = world.container(&empty(995));
    let prepared = asic::prepare_further(Cursor::new(container), signing).unwrap();
    let value = world.issued.private_key.sign_digest(&prepared.digest().value).unwrap();
    let container = prepared.finish_into(&value, Vec::new()).unwrap();
    let report = verify_container(&container, &world.trust, world.now);
    assert_eq!(report.verdict, Verdict::TotalPassed, "{report:?}");
}

#[test]
fn what_no_container_can_have_is_refused_before_it_is_signed() {
    let most = u64::from(u32::MAX) - (1 << 20);
    assert_eq!(asic::check_size(most), Ok(()));
    assert_eq!(asic::check_size(most + 1), Err(SignatureError::ContainerTooLarge));
}

#[test]
fn the_largest_content_of_an_enveloping_signature_is_verified_and_a_larger_one_is_refused() {
    let world = World::fast();
    let signing = Signing::new(&world.certificate, world.now);
    let limit = cades::MAX_ENVELOPED_SIZE;
    let mut content = vec![0; usize::try_from(limit).unwrap()];
    let prepared = cades::prepare_enveloping(content.clone(), "text/plain", signing).unwrap();
    let value = world.issued.private_key.sign_digest(&prepared.digest().value).unwrap();
    let signature = prepared.finish(&value).unwrap();
    let report = verify_enveloping(&signature, &world.trust, world.now);
    assert_eq!(report.verdict, Verdict::TotalPassed, "{report:?}");
    content.push(0);
    let refused = cades::prepare_enveloping(content, "text/plain", signing).unwrap_err();
    assert_eq!(refused, SignatureError::ContentTooLarge { limit });
}
