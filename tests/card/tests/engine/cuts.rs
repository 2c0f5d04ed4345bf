//! Links cut at every place: no try is spent beyond what physics forces, and what can go on goes on.

use basvuru::card::CardError;
use basvuru::reader::{Link, LinkFailure};
use basvuru_test_card::{CardImage, Cut, CutPlace, Layout, Profile, Protocol};

use crate::fixture::{Desk, PIN, Stored, consent, digest};

#[tokio::test]
async fn a_link_cut_anywhere_spends_no_more_than_physics_forces_and_the_next_attempt_succeeds() {
    for (link, stored, protocol, layout) in [
        (Link::Nfc, Stored::P384, Protocol::T1, Layout::Standard),
        (Link::Contact, Stored::Rsa2048, Protocol::T0, Layout::Standard),
        (Link::Contact, Stored::Rsa3072, Protocol::T1, Layout::Standard),
        (Link::Contact, Stored::P384, Protocol::T1, Layout::AkisLike),
        (Link::Contact, Stored::Rsa2048, Protocol::T1, Layout::AkisFirst),
    ] {
        let image = || {
            stored.image().with_profile(Profile {
                protocol,
                layout,
                ..Profile::default()
            })
        };
        cut_everywhere(&format!("{link:?}"), link, stored, &image).await;
    }
}

/// Cuts the link at every command of a signature, before, in and after it: no try is lost but where the card took one and lost
/// its power, and the next attempt signs.
pub(crate) async fn cut_everywhere(name: &str, link: Link, stored: Stored, image: &impl Fn() -> CardImage) {
    let uncut = Desk::new(link, image());
    attempt(&uncut, stored).await.unwrap();
    for place in [
        CutPlace::BeforeSending,
        CutPlace::AfterSending,
        CutPlace::AfterAnswering,
    ] {
        for after in 0..uncut.readers.meter().apdus {
            let desk = Desk::new(link, image());
            desk.readers.cut(Cut { after, place });
            let outcome = attempt(&desk, stored).await;
            let context = format!("{name}, {place:?} APDU {after}: {outcome:?}");
            assert!(!desk.readers.cut_is_pending(), "{context}");
            let verify_cut = desk.last_command().is_some_and(|command| command.starts_with("0020"));
            let torn = place == CutPlace::AfterSending && verify_cut;
            assert_eq!(desk.tries_left(), if torn { 2 } else { 3 }, "{context}");
            assert!(desk.verifications() <= 1, "{context}");
            let unknown = verify_cut && place != CutPlace::BeforeSending;
            match outcome {
                Err(CardError::PinOutcomeUnknown) => assert!(unknown, "{context}"),
                Err(CardError::Link(LinkFailure::CardLost { .. })) => assert!(!unknown, "{context}"),
                _ => panic!("{context}"),
            }
            assert_eq!(attempt(&desk, stored).await, Ok(()), "{context}");
            assert_eq!(desk.tries_left(), 3, "{context}");
        }
    }
}

/// Opens the card, signs, and checks the signature.
async fn attempt(desk: &Desk, stored: Stored) -> Result<(), CardError> {
    let mut card = desk.open().await?;
    let key = card.signing_keys()[0].clone();
    let digest = digest(key.algorithm);
    let signature = card.sign(&key, consent(PIN), &digest).await?;
    assert!(stored.accepts(&digest, &signature));
    Ok(())
}

#[tokio::test]
async fn a_signature_cut_off_after_the_pin_goes_on_with_the_same_card_and_the_same_consent() {
    for after in [1, 2] {
        for place in [
            CutPlace::BeforeSending,
            CutPlace::AfterSending,
            CutPlace::AfterAnswering,
        ] {
            let desk = Desk::new(Link::Nfc, Stored::P384.image());
            let mut card = desk.open().await.unwrap();
            let key = card.signing_keys()[0].clone();
            let digest = digest(key.algorithm);
            desk.readers.cut(Cut { after, place });
            assert!(matches!(
                card.sign(&key, consent(PIN), &digest).await,
                Err(CardError::Link(_))
            ));
            let interrupted = card.take_interrupted().unwrap();
            assert!(card.take_interrupted().is_none());
            assert_eq!(format!("{interrupted:?}"), "Interrupted");
            drop(card);
            let mut again = desk.open().await.unwrap();
            let signature = again.resume(interrupted).await.unwrap();
            assert!(Stored::P384.accepts(&digest, &signature));
            assert_eq!((desk.verifications(), desk.tries_left()), (2, 3));
        }
    }
}

#[tokio::test]
async fn a_signature_cut_off_does_not_go_on_with_another_card_nor_twice() {
    let desk = Desk::new(Link::Nfc, Stored::P384.image());
    let mut card = desk.open().await.unwrap();
    let key = card.signing_keys()[0].clone();
    let cut = Cut {
        after: 1,
        place: CutPlace::AfterSending,
    };
    desk.readers.cut(cut);
    card.sign(&key, consent(PIN), &digest(key.algorithm)).await.unwrap_err();
    let interrupted = card.take_interrupted().unwrap();
    let mut twin = Stored::P384.image();
    twin.serial = vec![9];
    let other = Desk::new(Link::Nfc, twin);
    let refused = other.open().await.unwrap().resume(interrupted).await;
    assert_eq!(
        (refused, other.verifications()),
        (Err(CardError::NotTheSameCard), 0),
        "another serial number"
    );

    drop(card);
    let mut card = desk.open().await.unwrap();
    desk.readers.cut(cut);
    card.sign(&key, consent(PIN), &digest(key.algorithm)).await.unwrap_err();
    let interrupted = card.take_interrupted().unwrap();
    let mut renewed = Stored::ExplicitP384.image();
    renewed.serial = Stored::P384.image().serial;
    let other = Desk::new(Link::Nfc, renewed);
    let refused = other.open().await.unwrap().resume(interrupted).await;
    assert_eq!(
        (refused, other.verifications()),
        (Err(CardError::NotTheSameCard), 0),
        "another certificate"
    );

    drop(card);
    let mut card = desk.open().await.unwrap();
    desk.readers.cut(cut);
    card.sign(&key, consent(PIN), &digest(key.algorithm)).await.unwrap_err();
    let interrupted = card.take_interrupted().unwrap();
    drop(card);
    let mut again = desk.open().await.unwrap();
    desk.readers.cut(cut);
    assert!(matches!(again.resume(interrupted).await, Err(CardError::Link(_))));
    assert!(
        again.take_interrupted().is_none(),
        "the PIN is sent again once and no more"
    );
}

#[tokio::test]
async fn a_pin_cut_off_on_its_way_is_never_sent_again() {
    let desk = Desk::new(Link::Nfc, Stored::P384.image());
    let mut card = desk.open().await.unwrap();
    let key = card.signing_keys()[0].clone();
    desk.readers.cut(Cut {
        after: 0,
        place: CutPlace::AfterSending,
    });
    let lost = card.sign(&key, consent(PIN), &digest(key.algorithm)).await;
    assert_eq!(lost, Err(CardError::PinOutcomeUnknown));
    assert!(card.take_interrupted().is_none());
    assert_eq!((desk.verifications(), desk.tries_left()), (1, 2));
}
