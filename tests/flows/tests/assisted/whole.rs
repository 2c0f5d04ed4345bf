//! A blocked PIN is unblocked with the portal's help, and the journey goes on.

use basvuru::application::Screen;
use basvuru::reader::Link;
use basvuru_flows::{read_card, said};
use basvuru_test_card::{PukHabits, Reset};
use basvuru_test_pki::IssueOptions;
use basvuru_world::{PIN, PUK, Search};

use crate::blocked::{
    LINKS, NEW_PIN, assisted, blocked, code, finish, finish_with, generous, ledger, offered_anew, puk_tries, request,
    resets, unblock, unblocked,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_pin_is_unblocked_with_the_portals_help_and_the_journey_goes_on_to_the_receipt() {
    for link in LINKS {
        let mut journey = blocked(link).await;
        assert!(offered_anew(&journey), "{link:?}");
        let step = journey.answer(request()).await.unwrap();
        let Screen::Sign {
            card: Some(card),
            assisted: Some(assisted),
        } = step.screen
        else {
            panic!("{link:?}: {}", journey.screen())
        };
        // What a wrong PUK may cost is known before the code is typed.
        let unblocking = card.unblocking.unwrap();
        assert_eq!((card.tries_left, unblocking.tries_left), (Some(0), Some(3)));
        assert!(unblocking.tries_sentence.is_some());
        let verification_code = assisted.verification_code.unwrap();
        let status = assisted.code.unwrap();
        assert_eq!((status.length, status.tries_left), (6, 3));
        let text = journey.text().await;
        assert!(text.contains(&verification_code), "{text}");
        let code = journey.app().read_sms(text, None).unwrap();

        let step = unblocked(&journey, &code).await;
        let Screen::Sign { card: Some(card), .. } = &step.screen else {
            panic!("{link:?}: {}", step.screen.name())
        };
        assert_eq!(card.tries_left, Some(3), "read anew");
        assert!(step.notice.is_none() && offered_anew(&journey));
        assert_eq!((resets(&journey), puk_tries(&journey)), (1, Some(3)), "{link:?}");
        assert_eq!(journey.verifications(), 0, "no PIN was tried for it");
        assert_eq!(ledger(&journey), [1, 0, 1]);
        finish(&mut journey).await;
        assert_eq!(journey.world.outbox().texts().unwrap().len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_pin_goes_to_the_portal_and_no_puk_stays_on_the_device() {
    let mut journey = blocked(Link::Contact).await;
    let code = code(&journey).await;
    unblocked(&journey, &code).await;
    let diagnosis = basvuru::application::diagnosis();
    finish(&mut journey).await;
    journey.close();
    journey.world.stop_portal().await;
    let mut portal = Search::default();
    portal.add_files(journey.world.data(), Some("outbox")).unwrap();
    let mut device = Search::default();
    device.add_files(journey.home.path(), None).unwrap();
    device.add("diagnosis", diagnosis);
    assert!(device.has_file("journal.sqlite") && portal.has_file("portal.db"));
    for (name, secret) in [("the PIN", PIN), ("the new PIN", NEW_PIN), ("the PUK", PUK)] {
        portal.assert_lacks(name, secret);
        device.assert_lacks(name, secret);
    }
    let digits = String::from_utf8(code.utf8()).unwrap();
    device.assert_lacks("the code", &digits);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_that_is_not_blocked_but_forgotten_is_set_anew() {
    let mut journey = basvuru_flows::Journey::at("sign-pin").await;
    let code = code(&journey).await;
    unblocked(&journey, &code).await;
    finish(&mut journey).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_takes_no_new_pin_along_has_its_old_one_and_that_is_told() {
    let mut journey = blocked(Link::Contact).await;
    let applicant = journey.applicant.clone();
    let habits = PukHabits {
        reset: Reset::PukAlone,
        ..PukHabits::default()
    };
    let image = journey.make_card(&applicant, &IssueOptions::default());
    let image = image.with_puk(PUK, habits).unwrap();
    journey.world.register(&applicant, &image, PUK);
    journey.put(image);
    journey.answer(read_card()).await.unwrap();
    crate::blocked::block(&journey).await;
    let code = code(&journey).await;
    let step = unblocked(&journey, &code).await;
    assert_eq!(step.notice.unwrap().code, "BSV-549");
    said(&basvuru::failure::Failure::PinKept, "BSV-549");
    finish_with(&mut journey, PIN).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_code_may_be_asked_for_after_a_while_and_replaces_the_first() {
    let mut journey = generous(Link::Contact).await;
    let first = code(&journey).await;
    let shown = assisted(&journey).unwrap().verification_code;
    let second = code(&journey).await;
    assert_ne!(assisted(&journey).unwrap().verification_code, shown);
    if first.text() != second.text() {
        journey.fails(unblock(&first), "BSV-302").await;
    }
    unblocked(&journey, &second).await;
    assert_eq!(ledger(&journey)[0], 2);
    finish(&mut journey).await;
}
