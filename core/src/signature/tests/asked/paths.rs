//! Issuers and paths.

use super::*;

/// A root, an authority below it that says where its own certificate is to be had, and a person.
struct Line {
    root: Party,
    issuing: Party,
    person: Party,
    town: Town,
}

fn line(address: &str) -> Line {
    let root = root();
    let issuing = Issue::authority("TEST Alt").with(points(&["root.crl"])).by(&root);
    let person = Issue::person()
        .with(access(rfc5912::ID_AD_CA_ISSUERS, &[address]))
        .with(points(&["issuing.crl"]))
        .by(&issuing);
    let mut town = Town::default();
    town.put("root.crl", List::of(&[], &[]).by(&root));
    town.put("issuing.crl", List::of(&[], &[]).by(&issuing));
    Line {
        root,
        issuing,
        person,
        town,
    }
}

#[test]
fn an_issuer_is_read_as_it_is_published() {
    let in_cms = |certificates: &[&[u8]]| {
        let set = element(tag::SET, &[]);
        let data = sequence(&[&object_identifier(oid("1.2.840.113549.1.7.1"))]);
        let parts = sequence(&[&integer(1), &set, &data, &context(0, certificates), &set]);
        sequence(&[&object_identifier(oid("1.2.840.113549.1.7.2")), &context(0, &[&parts])])
    };
    let stranger = Issue::authority("TEST Başka").by_itself();
    let namesake = Issue::authority("TEST Alt").by_itself();
    for publish in [
        &|der: &[u8]| der.to_vec() as Vec<u8>,
        &|der: &[u8]| in_pem("CERTIFICATE", der),
        &|der: &[u8]| in_cms(&[der]),
        &|der: &[u8]| in_pem("PKCS7", &in_cms(&[der])),
        &|der: &[u8]| in_cms(&[stranger.certificate.der(), namesake.certificate.der(), der]),
    ] as [&dyn Fn(&[u8]) -> Vec<u8>; 5]
    {
        let mut line = line("alt.cer");
        line.town.put("alt.cer", publish(line.issuing.certificate.der()));
        assert_eq!(line.town.judge(&line.person, &[], &line.root), passed());
        // Somebody else's of the same name, brought along or published, is none.
        assert_eq!(
            line.town.judge(&line.person, &[&namesake, &stranger], &line.root),
            passed()
        );
    }
    let mut line = line("alt.cer");
    line.town.put("alt.cer", namesake.certificate.der().to_vec());
    let issuer = "TEST Alt".to_owned();
    let fault = PathError::NoIssuer { issuer };
    assert_eq!(
        line.town.judge(&line.person, &[], &line.root),
        unsure(Finding::PathInvalid { fault })
    );
}

#[test]
fn certificates_that_nobody_signed_change_nothing() {
    let mut line = line("alt.cer");
    line.town.put("alt.cer", line.issuing.certificate.der().to_vec());
    let same_key = || Issue::authority_with("TEST Alt", line.issuing.key.clone());
    let own_key = || Issue::authority("TEST Alt");
    let strangers: Vec<Party> = (0..40)
        .map(|_| own_key().without_key_identifiers().by_itself())
        .collect();
    let expired: Vec<Party> = (0..40).map(|_| same_key().expired().by(&line.root)).collect();
    let expired_strangers: Vec<Party> = (0..40)
        .map(|_| own_key().expired().without_key_identifiers().by_itself())
        .collect();
    // Made out to the signer, by somebody who calls himself as the issuer.
    let namesake = own_key().by_itself();
    let doubles: Vec<Party> = (0..40)
        .map(|_| {
            let double = Issue {
                serial: line.person.certificate.serial().to_vec(),
                ..Issue::authority("TEST Kimse")
            };
            double.by(&namesake)
        })
        .collect();
    for junk in [&strangers, &expired, &expired_strangers, &doubles] {
        let brought: Vec<&Party> = junk.iter().collect();
        // Whether the good one is brought along or must be asked for.
        assert_eq!(line.town.judge(&line.person, &brought, &line.root), passed());
        let with_good: Vec<&Party> = brought.into_iter().chain([&line.issuing]).collect();
        assert_eq!(line.town.judge(&line.person, &with_good, &line.root), passed());
    }
}

#[test]
fn a_path_does_not_go_in_circles_and_finds_the_way_out() {
    let root = root();
    let (a, b) = (PrivateKey::generate(KeyKind::P256), PrivateKey::generate(KeyKind::P256));
    let issue = |name: &str, key: &PrivateKey, from: &str| {
        Issue::authority_with(name, key.clone())
            .with(access(rfc5912::ID_AD_CA_ISSUERS, &[from]))
            .with(points(&["ab.crl"]))
    };
    let party = |name: &str, key: &PrivateKey, like: &Party| Party {
        name: called(name),
        key: key.clone(),
        certificate: like.certificate.clone(),
    };
    let (as_a, as_b) = (party("TEST A", &a, &root), party("TEST B", &b, &root));
    let a_by_b = issue("TEST A", &a, "ba.cer").by(&as_b);
    let b_by_a = issue("TEST B", &b, "ab.cer").by(&as_a);
    let a_by_root = Issue::authority_with("TEST A", a.clone())
        .with(points(&["root.crl"]))
        .by(&root);
    let person = Issue::person()
        .with(access(rfc5912::ID_AD_CA_ISSUERS, &["ab.cer"]))
        .with(points(&["a.crl"]))
        .by(&as_a);
    let mut town = Town::default();
    town.put("ab.cer", a_by_b.certificate.der().to_vec());
    town.put("ba.cer", b_by_a.certificate.der().to_vec());
    town.put("a.crl", List::of(&[], &[]).by(&as_a));
    town.put("root.crl", List::of(&[], &[]).by(&root));
    for brought in [&[][..], &[&a_by_b, &b_by_a]] {
        town.asked.lock().unwrap().clear();
        let judged = town.judge(&person, brought, &root);
        assert!(
            matches!(
                judged.faults[..],
                [Finding::PathInvalid {
                    fault: PathError::NoIssuer { .. }
                }]
            ),
            "{judged:?}"
        );
        // Each address once for the signer.
        assert!(town.asked.lock().unwrap().len() <= 2, "{:?}", town.asked);
    }
    assert_eq!(town.judge(&person, &[&a_by_b, &b_by_a, &a_by_root], &root), passed());
}

#[test]
fn a_path_of_which_nobody_tells_gives_way_to_one_of_which_it_is_told() {
    let root = root();
    let silent = Issue::authority("TEST Sessiz").with(points(&["root.crl"])).by(&root);
    let key = PrivateKey::generate(KeyKind::P256);
    let issue = |point: &str| Issue::authority_with("TEST Alt", key.clone()).with(points(&[point]));
    // Nobody is there who tells of this one.
    let untold = issue("silent.crl").by(&silent);
    let told = issue("root.crl").by(&root);
    let person = Issue::person().with(points(&["alt.crl"])).by(&told);
    let mut town = Town::default();
    town.put("root.crl", List::of(&[], &[]).by(&root));
    town.put("alt.crl", List::of(&[], &[]).by(&told));
    for brought in [[&silent, &untold, &told], [&told, &untold, &silent]] {
        assert_eq!(town.judge(&person, &brought, &root), passed());
    }
    let not_told = Finding::RevocationUnknown {
        cause: UnknownState::HttpStatus { status: 404 },
        holder: false,
    };
    assert_eq!(town.judge(&person, &[&silent, &untold], &root), unsure(not_told));
    // One that was revoked gives way as well.
    let entries = [entry(&told.certificate, yesterday(), &[])];
    town.put("root.crl", List::of(&entries, &[]).by(&root));
    town.put("silent.crl", List::of(&[], &[]).by(&silent));
    assert_eq!(town.judge(&person, &[&told, &untold, &silent], &root), passed());
    let was_revoked = Finding::Revoked {
        from: yesterday(),
        holder: false,
        is_proven: false,
    };
    assert_eq!(town.judge(&person, &[&told], &root), unsure(was_revoked));
}

#[test]
fn an_authority_certifies_the_names_it_may() {
    let subtree = |base: &[u8]| sequence(&[base]);
    let permitted = |bases: &[Vec<u8>]| {
        let subtrees: Vec<Vec<u8>> = bases.iter().map(|base| subtree(base)).collect();
        context(0, &subtrees.iter().map(Vec::as_slice).collect::<Vec<_>>())
    };
    let excluded = |base: &[u8]| context(1, &[&subtree(base)]);
    let within = |attributes: &[(const_oid::ObjectIdentifier, &str)]| context(4, &[&name(attributes)]);
    use const_oid::db::rfc4519;
    let turkey = || within(&[(rfc4519::C, "tr")]);
    let germany = || within(&[(rfc4519::C, "DE")]);
    let host = || element(tag::context(2), &[b"ornek.tr"]);
    let mail = || element(tag::context(1), &[b"ornek.tr"]);
    let address = || element(tag::context(6), &[b".ornek.tr"]);

    let judge = |constraints: &[&[u8]], critical: bool, alternative: Option<Vec<u8>>| {
        let root = root();
        let constraints = extension(rfc5280::ID_CE_NAME_CONSTRAINTS, critical, &sequence(constraints));
        let issuing = Issue::authority("TEST Alt")
            .with(constraints)
            .with(points(&["root.crl"]))
            .by(&root);
        let person = Issue::person().with(points(&["issuing.crl"]));
        let person = match alternative {
            Some(name) => person.with(extension(rfc5280::ID_CE_SUBJECT_ALT_NAME, false, &sequence(&[&name]))),
            None => person,
        };
        let person = person.by(&issuing);
        let mut town = Town::default();
        town.put("root.crl", List::of(&[], &[]).by(&root));
        town.put("issuing.crl", List::of(&[], &[]).by(&issuing));
        town.judge(&person, &[&issuing], &root)
    };
    let not_permitted = || {
        let issuer = "TEST Alt".to_owned();
        unsure(Finding::PathInvalid {
            fault: PathError::NameNotPermitted { issuer },
        })
    };
    let not_understood = || {
        let oid = rfc5280::ID_CE_NAME_CONSTRAINTS;
        unsure(Finding::PathInvalid {
            fault: PathError::CriticalExtension { oid },
        })
    };
    for critical in [true, false] {
        assert_eq!(judge(&[&permitted(&[turkey()])], critical, None), passed());
        assert_eq!(judge(&[&permitted(&[germany(), turkey()])], critical, None), passed());
        assert_eq!(judge(&[&permitted(&[germany()])], critical, None), not_permitted());
        assert_eq!(judge(&[&excluded(&turkey())], critical, None), not_permitted());
        assert_eq!(judge(&[&excluded(&germany())], critical, None), passed());
        assert_eq!(
            judge(&[&permitted(&[turkey()]), &excluded(&turkey())], critical, None),
            not_permitted()
        );
        // What the certificate has no name of is not constrained.
        for other in [host(), mail(), address()] {
            assert_eq!(
                judge(&[&permitted(std::slice::from_ref(&other))], critical, None),
                passed()
            );
            assert_eq!(judge(&[&excluded(&other)], critical, None), passed());
        }
    }
    let longer = within(&[
        (rfc4519::C, "TR"),
        (rfc4519::O, "TEST"),
        (rfc4519::SERIAL_NUMBER, "10000000146"),
    ]);
    assert_eq!(judge(&[&permitted(&[longer])], true, None), passed());
    let another = within(&[(rfc4519::C, "TR"), (rfc4519::O, "BAŞKA")]);
    assert_eq!(judge(&[&permitted(&[another])], true, None), not_permitted());
    let mail_of = |address: &[u8]| Some(element(tag::context(1), &[address]));
    assert_eq!(
        judge(&[&permitted(&[mail()])], true, mail_of(b"ali@ornek.tr")),
        passed()
    );
    assert_eq!(
        judge(&[&permitted(&[mail()])], true, mail_of(b"ali@baska.tr")),
        not_permitted()
    );
    assert_eq!(
        judge(&[&excluded(&mail())], true, mail_of(b"ali@ornek.tr")),
        not_permitted()
    );
    assert_eq!(
        judge(&[&permitted(&[turkey()])], true, Some(germany())),
        not_permitted()
    );
    // A name of a form that is constrained and not processed.
    let site = Some(element(tag::context(6), &[b"https://www.ornek.tr/"]));
    assert_eq!(judge(&[&permitted(&[address()])], true, site), not_understood());
    let distance = sequence(&[&turkey(), &[0x80, 1, 1]]);
    assert_eq!(judge(&[&context(0, &[&distance])], true, None), not_understood());
    assert_eq!(judge(&[&[4, 0]], true, None), not_understood());
}

#[test]
fn the_addresses_of_a_hostile_file_are_not_all_asked() {
    let root = root();
    let files: Vec<String> = (0..50).map(|number| format!("{number}.cer")).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let unknown = Issue::authority("TEST Alt").by_itself();
    let person = Issue::person()
        .with(access(rfc5912::ID_AD_CA_ISSUERS, &files))
        .by(&unknown);
    let town = Town::default();
    let judged = town.judge(&person, &[], &root);
    assert_eq!(judged.verdict, Verdict::Indeterminate);
    let asked = town.asked.lock().unwrap();
    assert!((1..=8).contains(&asked.len()), "{asked:?}");
    assert!(asked.iter().all(|url| url.starts_with(ADDRESS)));
}
