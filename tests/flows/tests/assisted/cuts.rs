//! The link is cut, and the app is killed, at every command on the way to the card: the portal's command is sent once at most,
//! and what is known is told.

use std::sync::{Arc, Mutex};

use basvuru::failure::Failure;
use basvuru::reader::{Delivery, Link, LinkFailure};
use basvuru::secret::Password;
use basvuru_flows::{Hook, HookedReaders, Journey};
use basvuru_test_card::{Cut, CutPlace, SmartCard as _, VirtualCard};
use basvuru_test_pki::IssueOptions;
use basvuru_world::Search;
use tempfile::TempDir;

use crate::blocked::{
    LINKS, NEW_PIN, assisted, blocked, code, code_tries, finish, generous, offered_anew, puk_tries, request, resets,
    sent, unblock, unblocked,
};

/// Has the card compare a wrong PUK.
pub(crate) fn spend_puk_try(card: &mut VirtualCard) {
    card.respond(b"\x00\xA4\x04\x00\x0C\xA0\x00\x00\x00\x63PKCS-15");
    let before = card.puk_tries_left();
    card.respond(b"\x00\x2C\x00\x81\x0E11111111975310");
    assert_ne!(card.puk_tries_left(), before);
}

/// Has the card refuse three wrong PINs.
fn block(card: &mut VirtualCard) {
    card.respond(b"\x00\xA4\x04\x00\x0C\xA0\x00\x00\x00\x63PKCS-15");
    for _ in 0..3 {
        card.respond(b"\x00\x20\x00\x81\x06111222");
    }
    assert_eq!(card.tries_left(), 0);
}

/// Puts a new card with a blocked PIN into the reader, and asks for a code for it.
async fn with_new_card(journey: &mut Journey) -> Arc<Password> {
    // A cut that never came is not to come now.
    journey.readers.cut(Cut {
        after: usize::MAX,
        place: CutPlace::BeforeSending,
    });
    let applicant = journey.applicant.clone();
    journey.put(journey.make_card(&applicant, &IssueOptions::default()));
    block(&mut journey.card.lock().unwrap());
    let right = code(journey).await;
    journey.readers.clear();
    right
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_lost_at_any_command_is_sent_the_portals_command_once_at_most() {
    for link in LINKS {
        let mut journey = generous(link).await;
        for place in [
            CutPlace::BeforeSending,
            CutPlace::AfterSending,
            CutPlace::AfterAnswering,
        ] {
            let mut after = 0;
            loop {
                let context = format!("{link:?} {place:?} {after}");
                let right = with_new_card(&mut journey).await;
                journey.readers.cut(Cut { after, place });
                let outcome = journey.answer(unblock(&right)).await;
                let (reset, pin_tries) = (resets(&journey), journey.tries_left());
                assert!(reset <= 1, "{context}");
                assert_eq!(sent(&journey, "20") + sent(&journey, "24"), 0, "{context}");
                let failure = outcome.as_ref().err();
                match failure {
                    // The card is read once more when everything is done: what is lost then was told before.
                    None => assert_eq!((reset, pin_tries), (1, 3), "{context}"),
                    Some(Failure::CardLost) => {
                        assert_eq!((pin_tries, puk_tries(&journey)), (0, Some(3)), "{context}");
                        assert_eq!(code_tries(&journey), Some(3), "{context}: the code is still good");
                        unblocked(&journey, &right).await;
                    }
                    Some(Failure::PukOutcomeUnknown) => {
                        let done = place == CutPlace::AfterAnswering;
                        assert_eq!((reset, pin_tries), (1, if done { 3 } else { 0 }), "{context}");
                        assert!(offered_anew(&journey), "{context}");
                        journey.fails(unblock(&right), "BSV-801").await;
                        assert_eq!(resets(&journey), 1, "{context}: nothing is sent again");
                        if !done {
                            assert_eq!(puk_tries(&journey), Some(2), "{context}");
                            // The person has heard of it: what is left of tries is shown with the next code.
                            let right = code(&journey).await;
                            unblocked(&journey, &right).await;
                        }
                    }
                    Some(failure) => panic!("{context}: {failure:?}"),
                }
                assert_eq!((journey.tries_left(), puk_tries(&journey)), (3, Some(3)), "{context}");
                if journey.readers.cut_is_pending() {
                    outcome.unwrap();
                    // SELECT, RESET RETRY COUNTER, and SELECT to see what is left of tries.
                    assert!(after >= 3, "{context}");
                    break;
                }
                after += 1;
            }
        }
        // One that is not cut.
        let right = with_new_card(&mut journey).await;
        unblocked(&journey, &right).await;
        finish(&mut journey).await;
    }
}

/// Unblocks, and gives the folder as it was on the disk when a command was about to leave: the app is killed with it.
async fn killed_at(journey: &mut Journey, instruction: u8, right: &Arc<Password>) -> TempDir {
    let disk: Arc<Mutex<Option<TempDir>>> = Arc::default();
    let (copied, home) = (Arc::clone(&disk), journey.home.path().to_owned());
    let card = Arc::clone(&journey.card);
    let hooked = HookedReaders::new(journey.readers.clone(), move |command| {
        if command.get(1) != Some(&instruction) || copied.lock().unwrap().is_some() {
            return Hook::Pass;
        }
        let copy = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(&home).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
        }
        *copied.lock().unwrap() = Some(copy);
        // The command has left, and nobody is there any more to hear the answer.
        card.lock().unwrap().lose_power_during(command);
        Hook::Fail(LinkFailure::CardLost {
            delivery: Delivery::Unknown,
        })
    });
    journey.port = Some(Arc::new(hooked));
    journey.restart();
    let _ = journey.answer(unblock(right)).await;
    journey.port = None;
    disk.lock().unwrap().take().expect("the command was sent")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_killed_with_the_command_under_way_tells_it_and_starts_anew() {
    for link in LINKS {
        let mut journey = blocked(link).await;
        let right = code(&journey).await;
        let disk = killed_at(&mut journey, 0x2C, &right).await;
        let mut found = Search::default();
        found.add_files(disk.path(), None).unwrap();
        found.assert_lacks("the new PIN", NEW_PIN);
        found.assert_lacks("the PUK", basvuru_world::PUK);
        let _left = journey.move_to_copy(disk.path());
        journey.readers.clear();
        assert!(offered_anew(&journey), "{link:?}: it is written down before it is sent");
        journey.world.advance(std::time::Duration::from_secs(60));
        let failure = journey.fails(request(), "BSV-546").await;
        assert_eq!(failure, Failure::PukOutcomeUnknown, "{link:?}");
        assert_eq!((resets(&journey), puk_tries(&journey)), (0, Some(2)), "{link:?}");
        let right = code(&journey).await;
        unblocked(&journey, &right).await;
        assert_eq!(puk_tries(&journey), Some(3));
        finish(&mut journey).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_killed_before_the_command_has_lost_nothing() {
    let mut journey = blocked(Link::Contact).await;
    let right = code(&journey).await;
    let disk = killed_at(&mut journey, 0xA4, &right).await;
    let _left = journey.move_to_copy(disk.path());
    journey.readers.clear();
    assert!(assisted(&journey).unwrap().verification_code.is_some());
    unblocked(&journey, &right).await;
    assert_eq!((resets(&journey), puk_tries(&journey)), (1, Some(3)));
    finish(&mut journey).await;
}
