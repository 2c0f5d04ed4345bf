//! The link is cut, and the app is killed, at every command of a change: what is known is told, nothing is sent again, and
//! the new PIN is kept nowhere.

use std::sync::{Arc, Mutex};

use basvuru::failure::Failure;
use basvuru::reader::{Delivery, Link, LinkFailure};
use basvuru_flows::{Hook, HookedReaders};
use basvuru_test_card::{Cut, CutPlace, Profile, SmartCard as _};
use basvuru_test_pki::IssueOptions;
use basvuru_world::Search;
use tempfile::TempDir;

use crate::table::{LINKS, NEW_PIN, RIGHT, Table, copy_of, desk_in, refused};

#[tokio::test(flavor = "multi_thread")]
async fn a_card_lost_at_any_command_of_a_change_has_one_of_the_two_pins_and_that_is_told() {
    for link in LINKS {
        let mut table = Table::laid(link, Profile::default()).await;
        for place in [
            CutPlace::BeforeSending,
            CutPlace::AfterSending,
            CutPlace::AfterAnswering,
        ] {
            let mut after = 0;
            loop {
                let context = format!("{link:?} {place:?} {after}");
                table.put(&IssueOptions::default(), Profile::default());
                table.reopen();
                table.readers.clear();
                table.readers.cut(Cut { after, place });
                let outcome = table.change(RIGHT, NEW_PIN).await;
                if table.readers.cut_is_pending() {
                    outcome.unwrap();
                    assert!(after >= 4, "{context}");
                    break;
                }
                let failure = outcome.unwrap_err();
                assert!(table.pins_sent() <= 1, "{context}");
                let changed = table.has_pin(NEW_PIN).await;
                if matches!(failure, Failure::CardLost) {
                    assert!(!changed, "{context}");
                } else {
                    // The card had done it, or had taken a try and lost its power.
                    assert!(
                        matches!(failure, Failure::PinChangeOutcomeUnknown),
                        "{context}: {failure:?}"
                    );
                    assert_eq!(changed, place == CutPlace::AfterAnswering, "{context}");
                }
                after += 1;
            }
        }
    }
}

/// Changes the PIN, and gives the folder as it was on the disk when a command was about to leave.
async fn killed_at(table: &mut Table, instruction: u8) -> TempDir {
    let disk: Arc<Mutex<Option<TempDir>>> = Arc::default();
    let (copied, home) = (Arc::clone(&disk), table.home.path().to_owned());
    let card = Arc::clone(&table.card);
    let hooked = HookedReaders::new(table.readers.clone(), move |command| {
        if command.get(1) == Some(&instruction) {
            *copied.lock().unwrap() = Some(copy_of(&home));
            // The command has left, and nobody is there any more to hear the answer.
            card.lock().unwrap().lose_power_during(command);
            return Hook::Fail(LinkFailure::CardLost {
                delivery: Delivery::Unknown,
            });
        }
        Hook::Pass
    });
    table.desk = desk_in(table.home.path(), Arc::new(hooked));
    let _ = table.change(RIGHT, NEW_PIN).await;
    disk.lock().unwrap().take().expect("the command was sent")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_killed_while_the_pin_is_being_changed_tells_it_once_and_sends_nothing_by_itself() {
    for link in LINKS {
        for hides_tries in [false, true] {
            let context = format!("{link:?}, hides tries: {hides_tries}");
            let profile = Profile {
                hides_tries,
                ..Profile::default()
            };
            let mut table = Table::laid(link, profile).await;
            let disk = killed_at(&mut table, 0x24).await;
            let mut found = Search::default();
            found.add_files(disk.path(), None).unwrap();
            found.assert_lacks("the PIN", RIGHT);
            found.assert_lacks("the new PIN", NEW_PIN);
            table.go_on_in(disk);
            table.readers.clear();
            if link == Link::Contact {
                let notice = table.look().await.unwrap().notice.unwrap();
                assert_eq!(notice.code, "BSV-540", "{context}");
                assert_eq!(table.look().await.unwrap().notice, None, "told once");
            } else {
                refused(table.change(RIGHT, NEW_PIN).await, "BSV-540");
            }
            assert_eq!(table.pins_sent(), 0, "{context}");
            assert_eq!(table.tries_left(), 2);
            table.change(RIGHT, NEW_PIN).await.unwrap();
            assert_eq!(table.look().await.unwrap().notice, None);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_lost_with_a_killed_app_count_against_a_card_that_never_told_any() {
    let profile = Profile {
        hides_tries: true,
        ..Profile::default()
    };
    let mut table = Table::laid(Link::Nfc, profile).await;
    for _ in 0..2 {
        let disk = killed_at(&mut table, 0x24).await;
        table.go_on_in(disk);
        refused(table.change(RIGHT, NEW_PIN).await, "BSV-540");
    }
    let sent = table.pins_sent();
    refused(table.change(RIGHT, NEW_PIN).await, "BSV-534");
    assert_eq!((table.pins_sent(), table.tries_left()), (sent, 1));
    table.change_with(RIGHT, NEW_PIN, true).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_killed_before_the_change_leaves_nothing_to_tell() {
    for instruction in [0xA4, 0xB0] {
        let mut table = Table::laid(Link::Contact, Profile::default()).await;
        let disk = killed_at(&mut table, instruction).await;
        table.go_on_in(disk);
        assert_eq!(table.look().await.unwrap().notice, None);
        table.change(RIGHT, NEW_PIN).await.unwrap();
    }
}
