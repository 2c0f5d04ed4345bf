//! Conversations with values in them, played against the engine that had them.

use basvuru::card::CardError;
use basvuru::reader::Link;
use basvuru_test_card::trace::{Place, Trace, Verdict};
use basvuru_test_card::{DigestForm, EnvironmentForm, Layout, Profile, Protocol, SmartCard as _};

use crate::fixture::{Desk, PIN, Stored, consent, digest};

/// Reads a card and signs with it: the record of that, with the PIN left out.
async fn record(stored: Stored, profile: &Profile) -> String {
    let desk = Desk::new(Link::Contact, stored.image().with_profile(profile.clone()));
    let mut card = desk.open().await.unwrap();
    let key = card.signing_keys()[0].clone();
    card.sign(&key, consent(PIN), &digest(key.algorithm)).await.unwrap();
    let atr = desk.card.lock().unwrap().answer_to_reset();
    let atr: String = atr.iter().map(|octet| format!("{octet:02X}")).collect();
    let mut record = format!("# a card\nATR: {atr}\n");
    for exchange in desk.readers.exchanges() {
        let is_verify = exchange.command.starts_with("0020");
        let command = if is_verify {
            &exchange.command[..8]
        } else {
            &exchange.command
        };
        record.push_str(&format!("> {command}\n< {}\n", exchange.answer));
    }
    record
}

#[tokio::test]
async fn a_record_with_values_is_played_to_its_end() {
    let plain = Profile::default();
    for (stored, profile) in [
        (Stored::P384, plain.clone()),
        (Stored::Rsa2048, plain.clone()),
        (
            Stored::Rsa2048,
            Profile {
                layout: Layout::AkisLike,
                padded_block: true,
                ..plain.clone()
            },
        ),
        (
            Stored::P256,
            Profile {
                key_files: true,
                declares_nothing: true,
                environment: EnvironmentForm::MyEid,
                protocol: Protocol::T0,
                ..plain.clone()
            },
        ),
        (
            Stored::P384,
            Profile {
                digest_form: DigestForm::HashFirst,
                ..plain.clone()
            },
        ),
    ] {
        let record = record(stored, &profile).await;
        let played = Trace::parse(record.as_bytes()).unwrap().play().await;
        assert_eq!(played.verdict, Verdict::Agreed, "{stored:?} {profile:?}");
        assert_eq!(played.agreed, record.matches('>').count());
    }
}

#[tokio::test]
async fn another_card_is_left_where_it_answers_otherwise() {
    let record = record(Stored::P384, &Profile::default()).await;
    // The signature of another key: the engine finds out, and tries what else there is.
    let (before, signature) = record.trim_end().rsplit_once("< ").unwrap();
    let other = format!("{before}< {}9000\n", "5A".repeat(signature.len() / 2 - 2));
    let played = Trace::parse(other.as_bytes()).unwrap().play().await;
    assert!(
        matches!(played.verdict, Verdict::Parted { traced: None, .. }),
        "{played:?}"
    );
    let count = record.matches('>').count();
    let next = Place {
        number: count + 1,
        in_reading: false,
    };
    assert_eq!((played.agreed, played.next), (count, next));
    // A card that has no application we know, and nothing more to say.
    let foreign = "> 00A404000CA000000063504B43532D313500\n< 6A82\n";
    let played = Trace::parse(foreign.as_bytes()).unwrap().play().await;
    let Verdict::Parted {
        engine, traced: None, ..
    } = played.verdict
    else {
        panic!("{played:?}")
    };
    assert_eq!((engine.header, played.agreed), ([0x00, 0xA4, 0x08, 0x00], 1));
    // Another command than the engine sends.
    let changed = record.replacen("> 00B0", "> 00CA", 1);
    let played = Trace::parse(changed.as_bytes()).unwrap().play().await;
    let Verdict::Parted {
        engine,
        traced: Some(told),
        ..
    } = played.verdict
    else {
        panic!("{played:?}")
    };
    assert_eq!(
        (engine.header[1], told.header[1], told.status),
        (0xB0, 0xCA, Some(0x9000))
    );
    assert_eq!((played.agreed, played.next.number), (1, 2));
    // A wrong PIN is the end for both.
    let verify = record.find("> 0020").unwrap();
    let wrong = format!("{}> 00200081\n< 63C2\n", &record[..verify]);
    let played = Trace::parse(wrong.as_bytes()).unwrap().play().await;
    let expected = CardError::WrongPin { tries_left: Some(2) };
    assert_eq!(played.verdict, Verdict::GivenUp(expected));
}
