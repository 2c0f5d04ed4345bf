//! Card files and readers.

use basvuru::reader::{Delivery, Link, LinkFailure};
use basvuru_test_card::{CardImage, Cut, CutPlace, Key, VirtualCard};

use crate::fixture::{Desk, PIN, Stored, consent, digest, opened};

#[tokio::test]
async fn a_card_file_remembers_its_counter_and_refuses_other_versions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kart.json");
    Stored::P384.image().save(&path).unwrap();
    let desk = Desk::of(Link::Contact, VirtualCard::of_file(&path).unwrap());
    let mut card = desk.open().await.unwrap();
    let key = card.signing_keys()[0].clone();
    card.sign(&key, consent("000000"), &digest(key.algorithm))
        .await
        .unwrap_err();
    assert_eq!(CardImage::load(&path).unwrap().tries_left(), 2);
    drop(card);
    desk.readers.cut(Cut {
        after: 0,
        place: CutPlace::AfterSending,
    });
    let mut card = Desk::of(Link::Contact, VirtualCard::of_file(&path).unwrap())
        .open()
        .await
        .unwrap();
    assert_eq!(card.signing_keys()[0].pin.tries_left, Some(2));
    card.sign(&key, consent(PIN), &digest(key.algorithm)).await.unwrap();
    assert_eq!(CardImage::load(&path).unwrap(), Stored::P384.image());
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "nothing is left behind"
    );

    let other = std::fs::read_to_string(&path)
        .unwrap()
        .replace("\"version\": 1", "\"version\": 9");
    std::fs::write(&path, other).unwrap();
    assert!(CardImage::load(&path).unwrap_err().to_string().contains("version 9"));
}

#[tokio::test]
async fn readers_tell_what_is_missing() {
    let desk = Desk::new(Link::Contact, Stored::P384.image());
    let connected = opened(&desk.readers).await.unwrap();
    assert_eq!(opened(&desk.readers).await.err(), Some(LinkFailure::Busy));
    drop(connected);
    desk.readers.put(None);
    assert_eq!(opened(&desk.readers).await.err(), Some(LinkFailure::NoCard));
    let cancelled = LinkFailure::CancelledByPerson {
        delivery: Delivery::NotSent,
    };
    desk.readers.fail_next_connection(cancelled.clone());
    assert_eq!(opened(&desk.readers).await.err(), Some(cancelled));
}

#[test]
fn keys_are_made_for_cards() {
    for kind in [Key::P256, Key::P384] {
        assert!(CardImage::new("Yeni", PIN, Stored::P384.certificate(), &kind.generate()).is_ok());
    }
    assert!(CardImage::new("Yeni", "12", Stored::P384.certificate(), Stored::P384.private_key()).is_err());
    assert!(CardImage::new("Yeni", PIN, Stored::P384.certificate(), b"no key").is_err());
}
