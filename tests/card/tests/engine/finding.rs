//! Applications, files and certificates that are not where, or not what, they are on most cards.

use basvuru::card::KnownCards;
use basvuru::reader::Link;
use basvuru_test_card::{CardImage, Layout, Profile, Selection};

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
