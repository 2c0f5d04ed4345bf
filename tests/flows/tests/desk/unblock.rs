//! Unblocking the PIN: one command for each consent, what a wrong PUK costs told before, nothing kept, and what was cut off or
//! killed told as what it is.

use std::sync::{Arc, Mutex};

use basvuru::failure::Failure;
use basvuru::reader::{Delivery, Link, LinkFailure};
use basvuru_flows::{Hook, HookedReaders};
use basvuru_test_card::{Cut, CutPlace, Profile, PukHabits, PukPlace, Reset, SmartCard as _};
use basvuru_test_pki::{IssueOptions, KeyKind};
use basvuru_world::{Applicant, PUK, Search};
use tempfile::TempDir;

use crate::table::{LINKS, NEW_PIN, RIGHT, Table, WRONG_PIN, copy_of, desk_in, refused};

const WRONG_PUK: &str = "86427531";

async fn blocked(link: Link) -> Table {
    let table = Table::laid(link, Profile::default()).await;
    for _ in 0..3 {
        table.change_with(WRONG_PIN, NEW_PIN, true).await.unwrap_err();
    }
    assert_eq!(table.tries_left(), 0);
    table.readers.clear();
    table
}

/// A table with a card whose PUK has these habits.
async fn with_puk(link: Link, habits: PukHabits) -> Table {
    let mut table = Table::laid(link, Profile::default()).await;
    let image = table
        .world
        .card(&Applicant::sample(), KeyKind::P384, &IssueOptions::default());
    table.put_image(image.unwrap().with_puk(PUK, habits).unwrap());
    table
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_pin_gets_a_new_one_by_one_command_in_one_tap_and_nothing_is_kept() {
    for link in LINKS {
        let mut table = blocked(link).await;
        if link == Link::Contact {
            let report = table.look().await.unwrap();
            let unblocking = report.unblocking.unwrap();
            assert_eq!((report.tries_left, unblocking.tries_left), (Some(0), Some(3)));
            assert_eq!(
                (
                    unblocking.puk.min_length,
                    unblocking.puk.max_length,
                    unblocking.puk.numeric
                ),
                (8, 8, true)
            );
            assert_eq!(
                unblocking.tries_sentence.as_deref(),
                Some("PUK için 3 deneme hakkı var. Haklar biterse kart bir daha kullanılamayabilir.")
            );
        }
        let connections = table.readers.meter().connections;
        let report = table.unblock(PUK, NEW_PIN).await.unwrap();
        assert_eq!(table.readers.meter().connections, connections + 1, "one tap");
        assert_eq!((table.pins_sent(), table.puks_sent()), (0, 1), "{link:?}");
        assert_eq!((report.notice, report.tries_left), (None, None));
        assert_eq!((table.tries_left(), table.puk_tries_left()), (3, Some(3)));
        assert_eq!(table.look().await.unwrap().tries_left, Some(3));
        let mut found = Search::default();
        found.add_files(table.home.path(), None).unwrap();
        assert!(found.has_file("cards.sqlite"));
        found.assert_lacks("the PUK", PUK);
        found.assert_lacks("the new PIN", NEW_PIN);
        assert!(table.has_pin(NEW_PIN).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_puk_leaves_the_pin_alone_and_its_last_try_is_confirmed_across_restarts() {
    for link in LINKS {
        for hides_tries in [false, true] {
            let habits = PukHabits {
                hides_tries,
                ..PukHabits::default()
            };
            let mut table = with_puk(link, habits).await;
            for left in [2, 1] {
                let failure = refused(table.unblock(WRONG_PUK, NEW_PIN).await, "BSV-543");
                assert_eq!(failure, Failure::PukWrong { tries_left: Some(left) });
                table.reopen();
            }
            assert_eq!((table.tries_left(), table.puks_sent()), (3, 2));
            refused(table.unblock(PUK, NEW_PIN).await, "BSV-545");
            assert_eq!((table.puks_sent(), table.puk_tries_left()), (2, Some(1)), "not sent");
            let unblocking = table.look().await.unwrap().unblocking.unwrap();
            assert_eq!(unblocking.tries_left, Some(1));
            assert!(unblocking.tries_sentence.unwrap().contains("tek deneme hakkı"));
            table.unblock_with(PUK, NEW_PIN, true).await.unwrap();
            assert_eq!((table.puk_tries_left(), table.has_pin(RIGHT).await), (Some(3), false));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_puk_is_told_and_what_the_card_says_of_it_is_a_hint() {
    let table = Table::laid(Link::Contact, Profile::default()).await;
    for _ in 0..2 {
        refused(table.unblock(WRONG_PUK, NEW_PIN).await, "BSV-543");
    }
    refused(table.unblock_with(WRONG_PUK, NEW_PIN, true).await, "BSV-544");
    let unblocking = table.look().await.unwrap().unblocking.unwrap();
    assert_eq!(unblocking.tries_left, Some(0));
    let sent = table.puks_sent();
    refused(table.unblock(PUK, NEW_PIN).await, "BSV-545");
    assert_eq!(table.puks_sent(), sent);
    refused(table.unblock_with(PUK, NEW_PIN, true).await, "BSV-544");
    assert_eq!((table.puks_sent(), table.tries_left()), (sent + 1, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_puk_never_leaves_and_the_new_pin_is_judged_by_the_pins_rules() {
    for link in LINKS {
        let table = Table::laid(link, Profile::default()).await;
        for wrong in ["", "1357246", "135724681", "1357246a"] {
            let failure = refused(table.unblock(wrong, NEW_PIN).await, "BSV-542");
            let (min_length, max_length, numeric) = (8, 8, true);
            let malformed = Failure::PukMalformed {
                min_length,
                max_length,
                numeric,
            };
            assert_eq!(failure, malformed);
        }
        for wrong in ["", "123", "123456789", "12a456"] {
            let failure = refused(table.unblock(PUK, wrong).await, "BSV-538");
            assert!(matches!(
                failure,
                Failure::NewPinMalformed {
                    min_length: 4,
                    max_length: 8,
                    ..
                }
            ));
        }
        assert_eq!((table.puks_sent(), table.puk_tries_left()), (0, Some(3)), "{link:?}");
        // Four digits are a PIN, though no PUK.
        table.unblock(PUK, "4862").await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_takes_no_new_pin_along_keeps_its_own_and_that_is_told() {
    let habits = PukHabits {
        reset: Reset::PukAlone,
        ..PukHabits::default()
    };
    for link in LINKS {
        let mut table = with_puk(link, habits.clone()).await;
        for _ in 0..3 {
            table.change_with(WRONG_PIN, NEW_PIN, true).await.unwrap_err();
        }
        let report = table.unblock(PUK, NEW_PIN).await.unwrap();
        assert_eq!(report.notice.unwrap().code, "BSV-549");
        assert_eq!(table.look().await.unwrap().notice, None, "told once");
        assert_eq!(table.tries_left(), 3);
        assert!(table.has_pin(RIGHT).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_without_a_puk_for_its_holder_says_where_to_go_and_is_sent_nothing() {
    let of_officer = PukHabits {
        place: PukPlace::OfOfficer,
        ..PukHabits::default()
    };
    let needs_rights = PukHabits {
        reset: Reset::NewPinAlone,
        ..PukHabits::default()
    };
    for habits in [of_officer, needs_rights] {
        let table = with_puk(Link::Contact, habits).await;
        assert_eq!(table.look().await.unwrap().unblocking, None);
        refused(table.unblock_with(PUK, NEW_PIN, true).await, "BSV-547");
        assert_eq!(table.puks_sent(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_puk_typed_for_one_card_is_not_sent_to_another() {
    let mut table = Table::laid(Link::Contact, Profile::default()).await;
    table.look().await.unwrap();
    table.put(&IssueOptions::default(), Profile::default());
    refused(table.unblock(PUK, NEW_PIN).await, "BSV-517");
    assert_eq!((table.puks_sent(), table.puk_tries_left()), (0, Some(3)));
    table.look().await.unwrap();
    table.unblock(PUK, NEW_PIN).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_lost_at_any_command_of_unblocking_has_one_of_the_two_pins_and_that_is_told() {
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
                let outcome = table.unblock(PUK, NEW_PIN).await;
                if table.readers.cut_is_pending() {
                    outcome.unwrap();
                    assert!(after >= 4, "{context}");
                    break;
                }
                let failure = outcome.unwrap_err();
                assert!(table.puks_sent() <= 1 && table.pins_sent() == 0, "{context}");
                let (lost, torn) = (matches!(failure, Failure::CardLost), place == CutPlace::AfterSending);
                if !lost {
                    assert!(matches!(failure, Failure::PukOutcomeUnknown), "{context}: {failure:?}");
                }
                assert_eq!(
                    table.puk_tries_left(),
                    Some(if torn && !lost { 2 } else { 3 }),
                    "{context}"
                );
                assert_eq!(table.tries_left(), 3, "{context}");
                let done = !lost && place == CutPlace::AfterAnswering;
                assert_eq!(table.has_pin(NEW_PIN).await, done, "{context}");
                after += 1;
            }
        }
    }
}

/// Unblocks the PIN, and gives the folder as it was on the disk when the PUK was about to leave.
async fn killed(table: &mut Table) -> TempDir {
    let disk: Arc<Mutex<Option<TempDir>>> = Arc::default();
    let (copied, home) = (Arc::clone(&disk), table.home.path().to_owned());
    let card = Arc::clone(&table.card);
    let hooked = HookedReaders::new(table.readers.clone(), move |command| {
        if command.get(1) == Some(&0x2C) {
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
    let _ = table.unblock(PUK, NEW_PIN).await;
    disk.lock().unwrap().take().expect("the command was sent")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_killed_while_the_puk_is_with_the_card_tells_it_once_and_sends_nothing_by_itself() {
    for link in LINKS {
        for hides_tries in [false, true] {
            let context = format!("{link:?}, hides tries: {hides_tries}");
            let habits = PukHabits {
                hides_tries,
                ..PukHabits::default()
            };
            let mut table = with_puk(link, habits).await;
            let disk = killed(&mut table).await;
            let mut found = Search::default();
            found.add_files(disk.path(), None).unwrap();
            found.assert_lacks("the PUK", PUK);
            found.assert_lacks("the new PIN", NEW_PIN);
            table.go_on_in(disk);
            table.readers.clear();
            if link == Link::Contact {
                let notice = table.look().await.unwrap().notice.unwrap();
                assert_eq!(notice.code, "BSV-546", "{context}");
                assert_eq!(table.look().await.unwrap().notice, None, "told once");
            } else {
                refused(table.unblock(PUK, NEW_PIN).await, "BSV-546");
            }
            assert_eq!((table.puks_sent(), table.pins_sent()), (0, 0), "{context}");
            assert_eq!(table.puk_tries_left(), Some(2));
            table.unblock(PUK, NEW_PIN).await.unwrap();
            assert_eq!(table.look().await.unwrap().notice, None);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_of_a_puk_lost_with_a_killed_app_count_against_a_card_that_never_told_any() {
    let habits = PukHabits {
        hides_tries: true,
        ..PukHabits::default()
    };
    let mut table = with_puk(Link::Nfc, habits).await;
    for _ in 0..2 {
        let disk = killed(&mut table).await;
        table.go_on_in(disk);
        refused(table.unblock(PUK, NEW_PIN).await, "BSV-546");
    }
    let sent = table.puks_sent();
    refused(table.unblock(PUK, NEW_PIN).await, "BSV-545");
    assert_eq!((table.puks_sent(), table.puk_tries_left()), (sent, Some(1)));
    table.unblock_with(PUK, NEW_PIN, true).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_dismissed_while_the_puk_is_with_the_card_is_told_as_what_it_is() {
    for (delivery, code) in [(Delivery::Unknown, "BSV-546"), (Delivery::NotSent, "BSV-514")] {
        let mut table = Table::laid(Link::Nfc, Profile::default()).await;
        let hooked = HookedReaders::new(table.readers.clone(), move |command| {
            if command.get(1) == Some(&0x2C) {
                return Hook::Fail(LinkFailure::CancelledByPerson { delivery });
            }
            Hook::Pass
        });
        table.desk = desk_in(table.home.path(), Arc::new(hooked));
        refused(table.unblock(PUK, NEW_PIN).await, code);
        table.reopen();
        table.unblock(PUK, NEW_PIN).await.unwrap();
    }
}
