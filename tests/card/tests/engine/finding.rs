//! Applications, files and certificates that are not where, or not what, they are on most cards.

use basvuru::card::KnownCards;
use basvuru::reader::Link;
use basvuru_test_card::{ApplicationName, CardImage, Layout, OtherPin, Profile, Selection};

use crate::fixture::{Desk, PIN, Stored, consent, digest};

/// Reads a card and signs with it: the certificate it was signed for, and the commands that took.
async fn signed(image: CardImage, known: &KnownCards) -> (Vec<u8>, usize) {
    let desk = Desk::new(Link::Contact, image);
    let mut card = desk.open_known(known).await.unwrap();
    let key = card.signing_keys()[0].clone();
    let digest = digest(key.algorithm);
    let signature = card.sign(&key, consent(PIN), &digest).await.unwrap();
    assert!(Stored::P384.accepts(&digest, &signature));
    assert_eq!((desk.verifications(), desk.tries_left()), (1, 3));
    (key.certificate, desk.readers.meter().apdus)
}

#[tokio::test]
async fn a_card_that_selects_in_one_way_alone_is_asked_in_another_way_once() {
    let (_, usual) = signed(
        Stored::P384.image().with_profile(Profile {
            no_file_control: true,
            ..Profile::default()
        }),
        &KnownCards::default(),
    )
    .await;
    for layout in [Layout::Standard, Layout::AkisLike] {
        for selection in [Selection::WithoutControl, Selection::WithoutLength] {
            let profile = |selection| Profile {
                layout,
                selection,
                no_file_control: true,
                ..Profile::default()
            };
            let image = |selection| Stored::P384.image().with_profile(profile(selection));
            let (_, any) = signed(image(Selection::Any), &KnownCards::default()).await;
            let (_, apdus) = signed(image(selection), &KnownCards::default()).await;
            println!(
                "{layout:?}, {selection:?}: {apdus} commands, {any} where SELECT is answered in any way, {usual} usual"
            );
            assert_eq!(apdus, any + 1, "{layout:?} {selection:?}");
        }
    }
}

#[tokio::test]
async fn information_in_another_application_and_an_application_without_a_name_are_found() {
    for profile in [
        Profile {
            information_elsewhere: true,
            ..Profile::default()
        },
        Profile {
            unnamed: true,
            ..Profile::default()
        },
        Profile {
            unnamed: true,
            layout: Layout::AkisLike,
            ..Profile::default()
        },
    ] {
        let image = Stored::P384.image().with_profile(profile.clone());
        let (certificate, apdus) = signed(image, &KnownCards::default()).await;
        println!("{apdus} commands for {profile:?}");
        assert_eq!(certificate, Stored::P384.certificate());
    }
}

#[tokio::test]
async fn an_application_that_its_path_alone_finds_or_that_another_one_stands_before_is_found_and_then_known() {
    let named = |application_name| Profile {
        application_name,
        hides_tries: true,
        ..Profile::default()
    };
    let usual = signed(Stored::P384.image(), &KnownCards::default()).await.1;
    for (name, at_first, known_then) in [(ApplicationName::None, 4, 5), (ApplicationName::IsoApplet, 10, 6)] {
        let known = KnownCards::default();
        let image = || Stored::P384.image().with_profile(named(name));
        let (certificate, first) = signed(image(), &known).await;
        assert_eq!(certificate, Stored::P384.certificate());
        let (_, then) = signed(image(), &KnownCards::from_bytes(&known.to_bytes())).await;
        println!("{name:?}: {first} commands at first, {then} then");
        assert!(first <= usual + at_first, "{name:?}: {first} where {usual} is usual");
        // What the card does not find by its name is not asked for by that again.
        assert_eq!(then, known_then, "{name:?}");
    }
}

#[tokio::test]
async fn an_application_behind_another_one_of_its_name_is_found_and_known_by_its_whole_name() {
    for layout in [Layout::Standard, Layout::AkisLike] {
        for no_file_control in [false, true] {
            let profile = Profile {
                second_of_its_name: true,
                layout,
                no_file_control,
                ..Profile::default()
            };
            let known = KnownCards::default();
            let image = || Stored::P384.image().with_profile(profile.clone());
            let (certificate, first) = signed(image(), &known).await;
            assert!(certificate == Stored::P384.certificate());
            let (_, then) = signed(image(), &KnownCards::from_bytes(&known.to_bytes())).await;
            println!("{layout:?}, silent {no_file_control}: {first} commands at first, {then} then");
            // Where the card tells nothing, the other one is selected each time before it, and the serial number is read.
            assert_eq!(then, if no_file_control { 6 } else { 4 }, "{layout:?}");
        }
    }
}

#[tokio::test]
async fn a_card_that_is_known_to_select_in_one_way_alone_is_not_asked_in_another_one() {
    for selection in [Selection::Any, Selection::WithoutControl, Selection::WithoutLength] {
        let profile = Profile {
            selection,
            no_file_control: true,
            ..Profile::default()
        };
        let known = KnownCards::default();
        let image = || Stored::P384.image().with_profile(profile.clone());
        signed(image(), &known).await;
        let (_, then) = signed(image(), &KnownCards::from_bytes(&known.to_bytes())).await;
        assert_eq!(then, 5, "{selection:?}: its serial number is read");
    }
}

#[tokio::test]
async fn an_ef_dir_of_records_is_read_where_nothing_tells_that_it_is_one() {
    let profile = Profile {
        directory_of_records: true,
        no_file_control: true,
        token_info_elsewhere: true,
        ..Profile::default()
    };
    let known = KnownCards::default();
    let image = || Stored::P384.image().with_profile(profile.clone());
    signed(image(), &known).await;
    let (_, then) = signed(image(), &KnownCards::from_bytes(&known.to_bytes())).await;
    assert_eq!(
        then, 5,
        "its serial number, which only EF.DIR says where to find, is known"
    );
}

#[tokio::test]
async fn of_two_pins_the_one_beside_the_key_is_its_own() {
    let profile = Profile {
        other_pin: OtherPin::Elsewhere,
        ..Profile::default()
    };
    let image = Stored::P384.image().with_profile(profile);
    let (certificate, apdus) = signed(image, &KnownCards::default()).await;
    assert!(certificate == Stored::P384.certificate());
    assert_eq!(apdus, signed(Stored::P384.image(), &KnownCards::default()).await.1);
}

#[tokio::test]
async fn of_two_pins_that_nothing_tells_apart_the_person_chooses_and_the_choice_is_remembered() {
    for other_pin in [OtherPin::Here, OtherPin::Namesake] {
        chosen_once(other_pin).await;
    }
}

async fn chosen_once(other_pin: OtherPin) {
    let profile = Profile {
        other_pin,
        ..Profile::default()
    };
    let desk = Desk::new(Link::Contact, Stored::P384.image().with_profile(profile));
    let known = KnownCards::default();
    let mut card = desk.open_known(&known).await.unwrap();
    let keys = card.signing_keys().to_vec();
    let labels: Vec<_> = keys.iter().map(|key| key.pin.label.as_str()).collect();
    assert_eq!(labels, ["Kimlik PIN'i", "İmza PIN'i"]);
    let digest = digest(keys[1].algorithm);
    let signature = card.sign(&keys[1], consent(PIN), &digest).await.unwrap();
    assert!(Stored::P384.accepts(&digest, &signature));
    assert_eq!((desk.verifications(), desk.tries_left()), (1, 3));
    assert_eq!(card.signing_keys().len(), 1);
    drop(card);
    let card = desk
        .open_known(&KnownCards::from_bytes(&known.to_bytes()))
        .await
        .unwrap();
    let [key] = card.signing_keys() else {
        panic!("the choice is remembered")
    };
    assert!(card.is_recalled());
    assert_eq!(key.pin_identifier(), keys[1].pin_identifier());
}

/// A certificate with another end, as far as the card is concerned: its signature does not hold.
fn ending(certificate: &[u8], end: &[u8; 13]) -> Vec<u8> {
    let mut other = certificate.to_vec();
    let ends = certificate
        .windows(13)
        .rposition(|window| window == b"361119113830Z")
        .unwrap();
    other[ends..ends + 13].copy_from_slice(end);
    other
}

#[tokio::test]
async fn of_a_renewed_certificate_and_the_one_left_behind_the_renewed_one_counts() {
    let renewed = Stored::P384.certificate();
    for left_behind in [ending(renewed, b"260101000000Z"), ending(renewed, b"300101000000Z")] {
        let profile = Profile {
            left_behind,
            ..Profile::default()
        };
        let image = Stored::P384.image().with_profile(profile);
        let (certificate, _) = signed(image, &KnownCards::default()).await;
        assert!(certificate == renewed);
    }
}

/// A certificate with other dates, as far as the card is concerned: its signature does not hold.
fn dated(certificate: &[u8], begins: &[u8; 13], ends: &[u8; 13]) -> Vec<u8> {
    let mut other = ending(certificate, ends);
    let place = other.windows(13).rposition(|window| window == ends).unwrap();
    // The beginning stands in front of the end, with tag and length between them.
    other[place - 15..place - 2].copy_from_slice(begins);
    other
}

#[tokio::test]
async fn a_certificate_that_is_valid_now_goes_before_one_that_is_not_yet() {
    let valid = Stored::P384.certificate();
    for left_behind in [
        dated(valid, b"350101000000Z", b"490101000000Z"),
        dated(valid, b"200101000000Z", b"210101000000Z"),
    ] {
        let profile = Profile {
            left_behind,
            ..Profile::default()
        };
        let image = Stored::P384.image().with_profile(profile);
        let (certificate, _) = signed(image, &KnownCards::default()).await;
        assert!(certificate == valid);
    }
}

#[tokio::test]
async fn a_certificate_that_is_named_otherwise_than_its_key_is_found() {
    let profile = Profile {
        certificates_named_apart: true,
        ..Profile::default()
    };
    let image = Stored::P384.image().with_profile(profile);
    let (certificate, _) = signed(image, &KnownCards::default()).await;
    assert!(certificate == Stored::P384.certificate());
}

#[tokio::test]
async fn a_card_that_is_remembered_with_a_certificate_that_has_run_out_is_read_anew() {
    let known = KnownCards::default();
    let old = ending(Stored::P384.certificate(), b"260101000000Z");
    let image = |certificate: &[u8]| {
        let mut image = CardImage::new("Deneme kartı", PIN, certificate, Stored::P384.private_key()).unwrap();
        image.serial = vec![7; 8];
        image
    };
    drop(Desk::new(Link::Contact, image(&old)).open_known(&known).await.unwrap());
    let desk = Desk::new(Link::Contact, image(Stored::P384.certificate()));
    let card = desk.open_known(&known).await.unwrap();
    assert!(!card.is_recalled());
    assert!(card.signing_keys()[0].certificate == Stored::P384.certificate());
    drop(card);
    assert!(desk.open_known(&known).await.unwrap().is_recalled());
}

#[tokio::test]
async fn a_card_with_a_good_certificate_and_one_that_has_run_out_is_remembered() {
    let known = KnownCards::default();
    let old = ending(Stored::P256.certificate(), b"260101000000Z");
    let image = Stored::P384
        .image()
        .with_key("Eski", true, &old, Stored::P256.private_key());
    let desk = Desk::new(Link::Contact, image.unwrap());
    assert_eq!(desk.open_known(&known).await.unwrap().signing_keys().len(), 2);
    assert!(desk.open_known(&known).await.unwrap().is_recalled());
}
