//! What is remembered of a card, and when it is given up.

use basvuru::card::{CardError, KnownCards};
use basvuru::reader::Link;
use basvuru_test_card::{Layout, Profile};

use crate::fixture::{Desk, PIN, Stored, consent, digest};

#[tokio::test]
async fn a_known_card_signs_in_4_apdus_and_tells_its_tries_all_the_same() {
    for stored in [Stored::P384, Stored::Rsa2048] {
        let desk = Desk::new(Link::Nfc, stored.image());
        let known = KnownCards::default();
        drop(desk.open_known(&known).await.unwrap());
        let known = KnownCards::from_bytes(&known.to_bytes());
        desk.readers.clear();
        let mut card = desk.open_known(&known).await.unwrap();
        let key = card.signing_keys()[0].clone();
        assert_eq!(
            (key.certificate.as_slice(), key.pin.tries_left),
            (stored.certificate(), Some(3))
        );
        let digest = digest(key.algorithm);
        let signature = card.sign(&key, consent(PIN), &digest).await.unwrap();
        assert!(stored.accepts(&digest, &signature));
        assert_eq!(desk.readers.meter().apdus, 4);
    }
}

#[tokio::test]
async fn a_card_that_does_not_tell_its_serial_number_at_once_is_known_all_the_same() {
    for layout in [Layout::Standard, Layout::AkisLike] {
        let profile = Profile {
            layout,
            hides_tries: true,
            ..Profile::default()
        };
        let desk = Desk::new(Link::Contact, Stored::P384.image().with_profile(profile));
        let known = KnownCards::default();
        drop(desk.open_known(&known).await.unwrap());
        desk.readers.clear();
        let mut card = desk.open_known(&known).await.unwrap();
        let key = card.signing_keys()[0].clone();
        card.sign(&key, consent(PIN), &digest(key.algorithm)).await.unwrap();
        assert_eq!(desk.readers.meter().apdus, 5, "{layout:?}");
    }
}

#[tokio::test]
async fn a_card_whose_token_info_has_a_name_of_its_own_is_known_by_its_serial_number() {
    let profile = Profile {
        token_info_elsewhere: true,
        hides_tries: true,
        ..Profile::default()
    };
    let desk = Desk::new(Link::Contact, Stored::P384.image().with_profile(profile));
    let known = KnownCards::default();
    let card = desk.open_known(&known).await.unwrap();
    assert_eq!(card.serial(), Stored::P384.image().serial);
    drop(card);
    let known = KnownCards::from_bytes(&known.to_bytes());
    assert!(desk.open_known(&known).await.unwrap().is_recalled());
}

#[tokio::test]
async fn a_memory_never_stands_in_for_another_card() {
    let known = KnownCards::default();
    let first = Desk::new(Link::Contact, Stored::P384.image());
    drop(first.open_known(&known).await.unwrap());
    let other = Desk::new(Link::Contact, Stored::P256.image());
    let mut card = other.open_known(&known).await.unwrap();
    assert_eq!(card.signing_keys()[0].certificate, Stored::P256.certificate());
    let key = card.signing_keys()[0].clone();
    card.sign(&key, consent(PIN), &digest(key.algorithm)).await.unwrap();
}

#[tokio::test]
async fn cards_without_serial_numbers_of_their_own_are_known_by_their_certificates() {
    for serial in [&[0, 0][..], &[0; 8]] {
        let image = |stored: Stored| {
            let mut image = stored.image().with_profile(Profile {
                hides_tries: true,
                ..Profile::default()
            });
            image.serial = serial.to_vec();
            image
        };
        let known = KnownCards::default();
        let mut counts = Vec::new();
        // Both are remembered beside each other, and neither stands in for the other.
        for stored in [Stored::P384, Stored::P256, Stored::P384, Stored::P256] {
            let desk = Desk::new(Link::Contact, image(stored));
            let memory = KnownCards::from_bytes(&known.to_bytes());
            known.absorb(&memory.to_bytes()).unwrap();
            let mut card = desk.open_known(&known).await.unwrap();
            assert_eq!(card.is_recalled(), counts.len() >= 2, "{stored:?}");
            let key = card.signing_keys()[0].clone();
            assert_eq!(key.certificate, stored.certificate());
            let digest = digest(key.algorithm);
            let signature = card.sign(&key, consent(PIN), &digest).await.unwrap();
            assert!(stored.accepts(&digest, &signature));
            assert_eq!((desk.verifications(), desk.tries_left()), (1, 3));
            counts.push(desk.readers.meter().apdus);
        }
        println!("serial number of {} zeros: {counts:?} commands", serial.len());
        let (first, then) = counts.split_at(2);
        assert!(then.iter().max() < first.iter().min(), "{counts:?}");
    }
}

#[tokio::test]
async fn a_card_that_was_renewed_under_its_serial_number_is_forgotten_and_read_again() {
    let known = KnownCards::default();
    let old = Desk::new(Link::Contact, Stored::P384.image());
    drop(old.open_known(&known).await.unwrap());
    let mut renewed = Stored::ExplicitP384.image();
    renewed.serial = Stored::P384.image().serial;
    let desk = Desk::new(Link::Contact, renewed);
    let mut card = desk.open_known(&known).await.unwrap();
    let key = card.signing_keys()[0].clone();
    let refused = card.sign(&key, consent(PIN), &digest(key.algorithm)).await;
    assert_eq!(
        refused,
        Err(CardError::Malformed("a signature that its certificate does not accept"))
    );
    drop(card);
    let mut card = desk.open_known(&known).await.unwrap();
    let key = card.signing_keys()[0].clone();
    let digest = digest(key.algorithm);
    assert!(Stored::ExplicitP384.accepts(&digest, &card.sign(&key, consent(PIN), &digest).await.unwrap()));
}

#[test]
fn a_damaged_memory_is_an_empty_one() {
    for stored in [b"".as_slice(), b"{}", b"{\"version\":2,\"cards\":[]}", b"\xFF\x00"] {
        assert_eq!(
            format!("{:?}", KnownCards::from_bytes(stored)),
            "KnownCards { cards: 0 }"
        );
    }
}

#[tokio::test]
async fn a_memory_from_before_tries_and_digests_were_kept_is_read() {
    let desk = Desk::new(Link::Contact, Stored::P384.image());
    let known = KnownCards::default();
    drop(desk.open_known(&known).await.unwrap());
    let stored = String::from_utf8(known.to_bytes()).unwrap();
    let start = stored.find(",\"certificates\":").unwrap();
    let old = format!("{}}}]}}", &stored[..start]);
    let known = KnownCards::from_bytes(old.as_bytes());
    assert!(desk.open_known(&known).await.unwrap().is_recalled());

    let [before, digests] = stored.split(",\"certificates\":").collect::<Vec<_>>()[..] else {
        panic!("{stored}")
    };
    let other = digests.replacen(|octet: char| octet.is_ascii_digit(), "1", 3);
    assert_ne!(digests, other);
    let known = KnownCards::from_bytes(format!("{before},\"certificates\":{other}").as_bytes());
    assert!(
        !desk.open_known(&known).await.unwrap().is_recalled(),
        "with other certificates than it was remembered with, a card is read again"
    );
}

#[tokio::test]
async fn a_card_whose_files_are_elsewhere_than_remembered_is_read_again_and_signs_with_the_same_consent() {
    let known = KnownCards::default();
    let with_files = Profile {
        key_files: true,
        ..Profile::default()
    };
    drop(
        Desk::new(Link::Nfc, Stored::P384.image().with_profile(with_files))
            .open_known(&known)
            .await
            .unwrap(),
    );
    let desk = Desk::new(Link::Nfc, Stored::P384.image());
    let mut card = desk.open_known(&known).await.unwrap();
    assert!(card.is_recalled());
    let key = card.signing_keys()[0].clone();
    let digest = digest(key.algorithm);
    assert!(Stored::P384.accepts(&digest, &card.sign(&key, consent(PIN), &digest).await.unwrap()));
    assert_eq!((desk.verifications(), card.is_recalled()), (1, false));
    drop(card);
    desk.readers.clear();
    let mut card = desk.open_known(&known).await.unwrap();
    card.sign(&key, consent(PIN), &digest).await.unwrap_err();
    let key = card.signing_keys()[0].clone();
    card.sign(&key, consent(PIN), &digest).await.unwrap();
    assert_eq!(desk.readers.meter().apdus, 4, "what was read anew is remembered");
}

#[tokio::test]
async fn a_pin_that_is_not_where_it_is_remembered_costs_one_refusal_no_try_and_the_memory() {
    let known = KnownCards::default();
    drop(
        Desk::new(Link::Contact, Stored::P384.image())
            .open_known(&known)
            .await
            .unwrap(),
    );
    let profile = Profile {
        pin_number: Some(2),
        ..Profile::default()
    };
    let desk = Desk::new(Link::Contact, Stored::P384.image().with_profile(profile));
    let mut card = desk.open_known(&known).await.unwrap();
    let key = card.signing_keys()[0].clone();
    let digest = digest(key.algorithm);
    let refused = card.sign(&key, consent(PIN), &digest).await;
    let status = CardError::Status {
        instruction: 0x20,
        status: 0x6A88,
    };
    assert_eq!((refused, desk.tries_left()), (Err(status), 3));
    drop(card);
    let mut card = desk.open_known(&known).await.unwrap();
    let key = card.signing_keys()[0].clone();
    card.sign(&key, consent(PIN), &digest).await.unwrap();
}

#[tokio::test]
async fn the_way_a_card_signs_is_remembered() {
    let profile = Profile {
        layout: Layout::AkisFirst,
        ..Profile::default()
    };
    let desk = Desk::new(Link::Contact, Stored::Rsa2048.image().with_profile(profile));
    let known = KnownCards::default();
    let mut card = desk.open_known(&known).await.unwrap();
    let key = card.signing_keys()[0].clone();
    let digest = digest(key.algorithm);
    let sent = |desk: &Desk| {
        let exchanges = desk.readers.exchanges();
        let instructions = exchanges.iter().map(|exchange| exchange.command[2..6].to_owned());
        let sent: Vec<_> = instructions.skip_while(|sent| !sent.starts_with("20")).collect();
        desk.readers.clear();
        sent
    };
    card.sign(&key, consent(PIN), &digest).await.unwrap();
    assert!(sent(&desk).len() > 5, "the standard's ways come first");
    let known_way = ["2000", "22C3", "2A9E", "2A9E", "C000"];
    card.sign(&key, consent(PIN), &digest).await.unwrap();
    assert_eq!(sent(&desk)[..4], known_way[..4]);
    drop(card);
    let known = KnownCards::from_bytes(&known.to_bytes());
    let mut card = desk.open_known(&known).await.unwrap();
    card.sign(&key, consent(PIN), &digest).await.unwrap();
    assert_eq!(sent(&desk)[..4], known_way[..4]);
}

#[tokio::test]
async fn a_card_that_counts_a_refused_signature_signs_after_the_next_consent() {
    for restarts in [false, true] {
        let profile = Profile {
            padded_block: true,
            declares_nothing: true,
            consent_each_time: true,
            refusal_spends_consent: true,
            ..Profile::default()
        };
        let desk = Desk::new(Link::Contact, Stored::Rsa2048.image().with_profile(profile));
        let known = KnownCards::default();
        let mut card = desk.open_known(&known).await.unwrap();
        let key = card.signing_keys()[0].clone();
        let digest = digest(key.algorithm);
        let refused = card.sign(&key, consent(PIN), &digest).await;
        let status = CardError::Status {
            instruction: 0x2A,
            status: 0x6982,
        };
        assert_eq!(
            (refused, desk.verifications()),
            (Err(status), 1),
            "no second VERIFY for one consent"
        );
        if restarts {
            drop(card);
            card = desk
                .open_known(&KnownCards::from_bytes(&known.to_bytes()))
                .await
                .unwrap();
            assert!(card.is_recalled());
        }
        let signature = card.sign(&key, consent(PIN), &digest).await.unwrap();
        assert!(Stored::Rsa2048.accepts(&digest, &signature));
        assert_eq!((desk.verifications(), desk.tries_left()), (2, 3));
    }
}

#[tokio::test]
async fn the_application_is_selected_again_before_the_pin_where_reading_has_left_it_and_nothing_tells_its_path() {
    let profile = Profile {
        lone_names: true,
        no_file_control: true,
        ..Profile::default()
    };
    let desk = Desk::new(Link::Contact, Stored::P384.image().with_profile(profile));
    let mut card = desk.open().await.unwrap();
    let key = card.signing_keys()[0].clone();
    let digest = digest(key.algorithm);
    for _ in 0..2 {
        desk.readers.clear();
        assert!(Stored::P384.accepts(&digest, &card.sign(&key, consent(PIN), &digest).await.unwrap()));
    }
    assert_eq!(desk.readers.meter().apdus, 3, "once selected, it stays so");
}
