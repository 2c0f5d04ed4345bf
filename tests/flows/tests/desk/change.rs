//! Changing the PIN: one command for each consent, the counter first, the last try confirmed, and nothing kept.

use std::sync::Arc;

use basvuru::failure::Failure;
use basvuru::reader::{CardOutcome, CardStage, Delivery, Link, LinkFailure};
use basvuru_flows::{Hook, HookedReaders};
use basvuru_test_card::{OtherPin, Profile};
use basvuru_test_pki::IssueOptions;
use basvuru_world::Search;

use crate::table::{LINKS, NEW_PIN, RIGHT, Table, WRONG_PIN, desk_in, refused};

fn hiding() -> Profile {
    Profile {
        hides_tries: true,
        ..Profile::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_new_pin_is_good_and_the_old_one_is_not_and_neither_is_kept() {
    for link in LINKS {
        let mut table = Table::laid(link, Profile::default()).await;
        if link == Link::Contact {
            table.look().await.unwrap();
        }
        let connections = table.readers.meter().connections;
        table.change(RIGHT, NEW_PIN).await.unwrap();
        assert_eq!(table.readers.meter().connections, connections + 1, "one tap");
        assert_eq!((table.pins_sent(), table.tries_left()), (1, 3), "{link:?}");
        assert!(
            table
                .readers
                .stages()
                .iter()
                .any(|(stage, _)| *stage == CardStage::VerifyingPin)
        );
        assert!(matches!(
            table.readers.outcomes().last(),
            Some(CardOutcome::Succeeded { .. })
        ));
        let mut found = Search::default();
        found.add_files(table.home.path(), None).unwrap();
        assert!(found.has_file("cards.sqlite"));
        found.assert_lacks("the PIN", RIGHT);
        found.assert_lacks("the new PIN", NEW_PIN);
        refused(table.change(RIGHT, "111222").await, "BSV-532");
        assert!(table.has_pin(NEW_PIN).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_tells_which_of_two_pins_is_meant_none_is_tried_and_the_certificate_is_listed_once() {
    for other_pin in [OtherPin::Here, OtherPin::Namesake] {
        let profile = Profile {
            other_pin,
            ..Profile::default()
        };
        let table = Table::laid(Link::Contact, profile).await;
        assert_eq!(table.look().await.unwrap().certificates.len(), 1);
        refused(table.change(RIGHT, NEW_PIN).await, "BSV-520");
        assert_eq!((table.pins_sent(), table.tries_left()), (0, 3), "{other_pin:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_that_cannot_be_one_never_leaves_and_neither_does_its_successor() {
    for link in LINKS {
        let table = Table::laid(link, Profile::default()).await;
        for wrong in ["", "123", "123456789", "12a456", "１２３４"] {
            let failure = refused(table.change(wrong, NEW_PIN).await, "BSV-531");
            let (min_length, max_length, numeric) = (4, 8, true);
            let malformed = Failure::PinMalformed {
                min_length,
                max_length,
                numeric,
            };
            assert_eq!(failure, malformed);
            let failure = refused(table.change(RIGHT, wrong).await, "BSV-538");
            let malformed = Failure::NewPinMalformed {
                min_length,
                max_length,
                numeric,
            };
            assert_eq!(failure, malformed);
        }
        let connections = table.readers.meter().connections;
        refused(table.change(RIGHT, RIGHT).await, "BSV-539");
        assert_eq!(table.readers.meter().connections, connections, "known without the card");
        assert_eq!((table.pins_sent(), table.tries_left()), (0, 3), "{link:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_try_needs_its_confirmation_whether_the_card_tells_its_tries_or_not_and_across_restarts() {
    for link in LINKS {
        for profile in [Profile::default(), hiding()] {
            let context = format!("{link:?}, hides tries: {}", profile.hides_tries);
            let mut table = Table::laid(link, profile).await;
            for left in [2, 1] {
                let failure = refused(table.change(WRONG_PIN, NEW_PIN).await, "BSV-532");
                assert_eq!(failure, Failure::PinWrong { tries_left: Some(left) }, "{context}");
                table.reopen();
            }
            refused(table.change(RIGHT, NEW_PIN).await, "BSV-534");
            assert_eq!((table.pins_sent(), table.tries_left()), (2, 1), "{context}: not sent");
            assert_eq!(table.look().await.unwrap().tries_left, Some(1), "{context}");
            table.change_with(RIGHT, NEW_PIN, true).await.unwrap();
            assert_eq!(table.tries_left(), 3);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_pin_is_sent_no_more() {
    let table = Table::laid(Link::Contact, Profile::default()).await;
    for _ in 0..2 {
        refused(table.change(WRONG_PIN, NEW_PIN).await, "BSV-532");
    }
    refused(table.change_with(WRONG_PIN, NEW_PIN, true).await, "BSV-533");
    let sent = table.pins_sent();
    refused(table.change_with(RIGHT, NEW_PIN, true).await, "BSV-533");
    assert_eq!((table.pins_sent(), table.tries_left()), (sent, 0));
    assert_eq!(table.look().await.unwrap().tries_left, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_typed_for_one_card_is_not_sent_to_another() {
    let mut table = Table::laid(Link::Contact, Profile::default()).await;
    table.look().await.unwrap();
    let first = Arc::clone(&table.card);
    table.put(&IssueOptions::default(), Profile::default());
    refused(table.change(RIGHT, NEW_PIN).await, "BSV-517");
    assert_eq!((table.pins_sent(), table.tries_left()), (0, 3));
    table.readers.put(Some(Arc::clone(&first) as _));
    table.card = first;
    table.look().await.unwrap();
    table.change(RIGHT, NEW_PIN).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_dismissed_while_the_pin_is_with_the_card_is_told_as_what_it_is() {
    for (delivery, code) in [(Delivery::Unknown, "BSV-540"), (Delivery::NotSent, "BSV-514")] {
        let mut table = Table::laid(Link::Nfc, Profile::default()).await;
        let hooked = HookedReaders::new(table.readers.clone(), move |command| {
            if command.get(1) == Some(&0x24) {
                return Hook::Fail(LinkFailure::CancelledByPerson { delivery });
            }
            Hook::Pass
        });
        table.desk = desk_in(table.home.path(), Arc::new(hooked));
        refused(table.change(RIGHT, NEW_PIN).await, code);
        table.reopen();
        table.change(RIGHT, NEW_PIN).await.unwrap();
    }
}
