//! What a PIN costs, and when it is not sent at all.

use std::sync::Arc;

use basvuru::card::CardError;
use basvuru::reader::Link;
use basvuru::secret::Pin;
use basvuru_test_card::{Cut, CutPlace, Layout, PinForm, Profile};

use crate::fixture::{Desk, PIN, Stored, consent, digest};

/// A card that may not tell how many tries are left.
fn desk_of(hides_tries: bool) -> Desk {
    let profile = Profile {
        hides_tries,
        ..Profile::default()
    };
    Desk::new(Link::Contact, Stored::P384.image().with_profile(profile))
}

#[tokio::test]
async fn no_record_holds_the_pin() {
    let desk = Desk::new(Link::Contact, Stored::P384.image());
    let mut card = desk.open().await.unwrap();
    let key = card.signing_keys()[0].clone();
    let consent = consent(PIN);
    let printed = format!("{card:?} {key:?} {consent:?}");
    card.sign(&key, consent, &digest(key.algorithm)).await.unwrap();
    let record = format!("{:?}", desk.readers.exchanges());
    let hexadecimal: String = PIN.bytes().map(|digit| format!("{digit:02X}")).collect();
    for text in [printed, record] {
        assert!(!text.contains(PIN) && !text.contains(&hexadecimal) && !text.contains("Ayşe"));
    }
}

#[tokio::test]
async fn a_wrong_pin_is_sent_once_and_tells_how_many_tries_are_left() {
    let desk = Desk::new(Link::Contact, Stored::P384.image());
    let mut card = desk.open().await.unwrap();
    let key = card.signing_keys()[0].clone();
    let digest = digest(key.algorithm);
    desk.readers.clear();
    let wrong = card.sign(&key, consent("000000"), &digest).await;
    assert_eq!(wrong, Err(CardError::WrongPin { tries_left: Some(2) }));
    assert_eq!((desk.verifications(), desk.tries_left()), (1, 2));
    assert_eq!(card.signing_keys()[0].pin.tries_left, Some(2));
    card.sign(&key, consent(PIN), &digest).await.unwrap();
    assert_eq!(desk.tries_left(), 3, "a right PIN gives the tries back");
}

#[tokio::test]
async fn the_last_try_is_not_taken_without_its_own_confirmation() {
    for hides_tries in [false, true] {
        let desk = desk_of(hides_tries);
        let mut card = desk.open().await.unwrap();
        let key = card.signing_keys()[0].clone();
        let digest = digest(key.algorithm);
        for _ in 0..2 {
            card.sign(&key, consent("000000"), &digest).await.unwrap_err();
        }
        desk.readers.clear();
        assert_eq!(
            card.sign(&key, consent(PIN), &digest).await,
            Err(CardError::LastTryNotConfirmed)
        );
        assert_eq!((desk.verifications(), desk.tries_left()), (0, 1));
        let confirmed = consent(PIN).confirming_last_try();
        assert!(Stored::P384.accepts(&digest, &card.sign(&key, confirmed, &digest).await.unwrap()));
    }
}

#[tokio::test]
async fn a_blocked_pin_is_not_sent_where_the_card_tells_and_recognised_where_it_does_not() {
    for hides_tries in [false, true] {
        let desk = desk_of(hides_tries);
        let mut card = desk.open().await.unwrap();
        let key = card.signing_keys()[0].clone();
        let digest = digest(key.algorithm);
        let mut outcomes = Vec::new();
        for _ in 0..3 {
            outcomes.push(
                card.sign(&key, consent("000000").confirming_last_try(), &digest)
                    .await
                    .unwrap_err(),
            );
        }
        let wrong = |left| CardError::WrongPin { tries_left: Some(left) };
        assert_eq!(outcomes, [wrong(2), wrong(1), CardError::PinBlocked]);
        drop(card);
        let mut card = desk.open().await.unwrap();
        desk.readers.clear();
        let blocked = card.sign(&key, consent(PIN).confirming_last_try(), &digest).await;
        assert_eq!(blocked, Err(CardError::PinBlocked));
        assert_eq!(desk.verifications(), usize::from(hides_tries));
    }
}

#[tokio::test]
async fn a_pin_of_another_length_never_reaches_the_card() {
    let desk = Desk::new(Link::Nfc, Stored::P384.image());
    let mut card = desk.open().await.unwrap();
    let key = card.signing_keys()[0].clone();
    desk.readers.clear();
    for digits in ["", "123", "123456789", "12ab56"] {
        let refused = card.sign(&key, consent(digits), &digest(key.algorithm)).await;
        assert_eq!(
            refused,
            Err(CardError::PinFormat {
                min_length: 4,
                max_length: 8,
                numeric: true,
            })
        );
    }
    assert_eq!((desk.readers.meter().apdus, desk.tries_left()), (0, 3));
}

#[tokio::test]
async fn a_key_of_another_card_is_refused_before_the_pin() {
    let desk = Desk::new(Link::Contact, Stored::P384.image());
    let key = desk.open().await.unwrap().signing_keys()[0].clone();
    let other = Desk::new(Link::Contact, Stored::Rsa2048.image());
    let mut card = other.open().await.unwrap();
    let refused = card.sign(&key, consent(PIN), &digest(key.algorithm)).await;
    assert_eq!((refused, other.verifications()), (Err(CardError::NotTheSameCard), 0));
}

#[tokio::test]
async fn a_card_that_takes_no_pin_over_nfc_is_not_taken_for_a_wrong_pin() {
    let profile = Profile {
        no_pin_over_nfc: true,
        ..Profile::default()
    };
    for (link, expected) in [(Link::Nfc, Some(CardError::PinNotAllowedHere)), (Link::Contact, None)] {
        let desk = Desk::new(link, Stored::P384.image().with_profile(profile.clone()));
        let mut card = desk.open().await.unwrap();
        let key = card.signing_keys()[0].clone();
        assert_eq!(
            card.sign(&key, consent(PIN), &digest(key.algorithm)).await.err(),
            expected
        );
        assert_eq!(desk.tries_left(), 3);
    }
}

#[tokio::test]
async fn a_pin_is_changed_with_the_old_one_and_by_the_same_rules() {
    for (pin_form, first_akis) in [
        (PinForm::Ascii, false),
        (PinForm::AsciiPadded, false),
        (PinForm::BcdPadded, false),
        (PinForm::Iso9564, false),
        (PinForm::Ascii, true),
    ] {
        let layout = if first_akis {
            Layout::AkisFirst
        } else {
            Layout::Standard
        };
        let profile = Profile {
            pin_form,
            layout,
            ..Profile::default()
        };
        let desk = Desk::new(Link::Contact, Stored::P384.image().with_profile(profile));
        let mut card = desk.open().await.unwrap();
        let key = card.signing_keys()[0].clone();
        let new = || Arc::new(Pin::new(b"7654321"));
        desk.readers.clear();
        let short = card.change_pin(&key, consent(PIN), Arc::new(Pin::new(b"1"))).await;
        assert_eq!(
            short,
            Err(CardError::NewPinFormat {
                min_length: 4,
                max_length: 8,
                numeric: true,
            })
        );
        let same = card
            .change_pin(&key, consent(PIN), Arc::new(Pin::new(PIN.as_bytes())))
            .await;
        assert_eq!(same, Err(CardError::NewPinSame));
        assert_eq!(desk.readers.meter().apdus, 0);
        let wrong = card.change_pin(&key, consent("000000"), new()).await;
        assert_eq!(
            (wrong, desk.tries_left()),
            (Err(CardError::WrongPin { tries_left: Some(2) }), 2)
        );
        card.change_pin(&key, consent(PIN), new()).await.unwrap();
        let digest = digest(key.algorithm);
        let old = card.sign(&key, consent(PIN), &digest).await;
        assert_eq!(old, Err(CardError::WrongPin { tries_left: Some(2) }));
        card.sign(&key, consent("7654321"), &digest).await.unwrap();

        desk.readers.cut(Cut {
            after: 0,
            place: CutPlace::AfterAnswering,
        });
        let lost = card
            .change_pin(&key, consent("7654321"), Arc::new(Pin::new(PIN.as_bytes())))
            .await;
        assert_eq!(lost, Err(CardError::PinChangeOutcomeUnknown));
        drop(card);
        let mut card = desk.open().await.unwrap();
        desk.readers.cut(Cut {
            after: 0,
            place: CutPlace::AfterSending,
        });
        let torn = card.change_pin(&key, consent(PIN), new()).await;
        assert_eq!(
            (torn, desk.tries_left()),
            (Err(CardError::PinChangeOutcomeUnknown), 2),
            "a change takes its try first, as a VERIFY does"
        );
    }
}
