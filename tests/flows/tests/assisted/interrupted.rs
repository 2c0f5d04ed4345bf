//! The session ends, the line breaks and the app is closed on the way: nothing is sent twice, and nothing is lost.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use basvuru::application::{Answer, PendingAction, Screen};
use basvuru::failure::Failure;
use basvuru::reader::Link;
use basvuru_flows::Journey;
use basvuru_world::Act;

use crate::blocked::{
    ASKING, CONFIRMING, assisted, blocked, code, code_tries, finish, ledger, other_than, puk_tries, request, resets,
    rule, unblock, unblocked, with_front,
};

const LONGER_THAN_A_SESSION: Duration = Duration::from_secs(15 * 60 + 1);

fn is_pending(journey: &Journey) -> bool {
    let step = journey.step();
    let place = step.place.map(|place| place.number);
    let pending = matches!(
        step.screen,
        Screen::Pending {
            action: PendingAction::Code
        }
    );
    pending && place == Some(6)
}

fn texts(journey: &Journey) -> usize {
    journey.world.outbox().texts().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_answer_was_lost_goes_on_and_sends_one_message() {
    for lost_before in [false, true] {
        let mut journey = blocked(Link::Contact).await;
        let front = with_front(&mut journey).await;
        journey.go_on().await;
        rule(&front, ASKING, move || match lost_before {
            true => Act::LoseRequest,
            false => Act::LoseAnswer,
        });
        journey.fails(request(), "BSV-701").await;
        assert!(is_pending(&journey));
        journey.restart();
        assert!(is_pending(&journey));
        for not_now in [
            request(),
            Answer::Back,
            Answer::ReadCard {
                reader: basvuru_flows::reader(),
            },
        ] {
            journey.refused(not_now, "BSV-801").await;
        }
        front.rule(|_, _| Act::Pass);
        journey.go_on().await;
        let code = journey.code().await;
        unblocked(&journey, &code).await;
        assert_eq!((ledger(&journey), texts(&journey)), ([1, 0, 1], 2));
        finish(&mut journey).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_whose_answer_was_lost_is_given_again_for_the_same_code() {
    for restarted in [false, true] {
        let mut journey = blocked(Link::Nfc).await;
        let front = with_front(&mut journey).await;
        let right = code(&journey).await;
        rule(&front, CONFIRMING, || Act::LoseAnswer);
        journey.fails(unblock(&right), "BSV-701").await;
        assert_eq!((resets(&journey), code_tries(&journey)), (0, Some(3)));
        if restarted {
            journey.restart();
        }
        front.rule(|_, _| Act::Pass);
        unblocked(&journey, &right).await;
        assert_eq!((resets(&journey), ledger(&journey)), (1, [1, 0, 1]));
        finish(&mut journey).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_code_whose_answer_was_lost_is_not_in_the_way_of_the_right_one() {
    let mut journey = blocked(Link::Contact).await;
    let front = with_front(&mut journey).await;
    journey.go_on().await;
    let right = code(&journey).await;
    rule(&front, CONFIRMING, || Act::LoseAnswer);
    journey.fails(unblock(&other_than(&right)), "BSV-701").await;
    front.rule(|_, _| Act::Pass);
    // Told again, it costs no second try.
    let failure = journey.fails(unblock(&other_than(&right)), "BSV-302").await;
    assert_eq!(failure, Failure::CodeWrong { tries_left: 2 });
    rule(&front, CONFIRMING, || Act::LoseAnswer);
    journey.fails(unblock(&other_than(&right)), "BSV-701").await;
    front.rule(|_, _| Act::Pass);
    // The right one goes under another request's id; a card that was not there does not lose it.
    let card = journey.card.clone();
    journey.readers.put(None);
    journey.fails(unblock(&right), "BSV-511").await;
    journey.readers.put(Some(card));
    journey.restart();
    unblocked(&journey, &right).await;
    assert_eq!((resets(&journey), ledger(&journey)), (1, [1, 2, 1]));
    finish(&mut journey).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_on_the_way_is_renewed_and_the_help_goes_on() {
    // Before the message is asked for.
    let mut journey = blocked(Link::Contact).await;
    journey.world.advance(LONGER_THAN_A_SESSION);
    journey.answer(request()).await.unwrap();
    assert_eq!(journey.step().notice.unwrap().code, "BSV-108");
    journey.restart();
    journey.sign_in_again().await;
    assert_eq!(journey.screen(), "sign", "the message was asked for by itself");
    assert_eq!((code_tries(&journey), ledger(&journey)), (Some(3), [1, 0, 0]));

    // Before the code is given for the command; by then the code is too old.
    let late = journey.code().await;
    journey.world.advance(LONGER_THAN_A_SESSION);
    journey.answer(unblock(&late)).await.unwrap();
    assert_eq!(journey.screen(), "sign-in");
    journey.sign_in_again().await;
    assert_eq!(journey.screen(), "sign");
    journey.fails(unblock(&late), "BSV-304").await;
    let right = code(&journey).await;
    unblocked(&journey, &right).await;
    assert_eq!(puk_tries(&journey), Some(3));
    finish(&mut journey).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_closed_at_any_point_of_the_help_shows_the_same_when_it_is_opened_again() {
    let mut journey = blocked(Link::Contact).await;
    let right = code(&journey).await;
    let shown = journey.kept();
    assert!(assisted(&journey).unwrap().verification_code.is_some());
    journey.world.stop_portal().await;
    journey.restart();
    assert_eq!(journey.kept(), shown);
    journey.world.start_portal().await.unwrap();
    unblocked(&journey, &right).await;
    let shown = journey.kept();
    journey.restart();
    assert_eq!(journey.kept(), shown);
    finish(&mut journey).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_no_longer_waits_for_the_portal_has_lost_nothing() {
    let mut journey = blocked(Link::Contact).await;
    let front = with_front(&mut journey).await;
    journey.go_on().await;
    let right = code(&journey).await;
    let (release, held) = std::sync::mpsc::channel::<()>();
    let (app, held) = (Arc::clone(journey.app()), Mutex::new(held));
    rule(&front, CONFIRMING, move || {
        app.cancel();
        // Nothing more comes of the portal until it is let go on.
        tokio::task::block_in_place(|| held.lock().unwrap().recv().unwrap());
        Act::Pass
    });
    let failure = journey.fails(unblock(&right), "BSV-805").await;
    assert_eq!(failure, Failure::Cancelled);
    assert_eq!((resets(&journey), code_tries(&journey)), (0, Some(3)));
    release.send(()).unwrap();
    front.rule(|_, _| Act::Pass);
    unblocked(&journey, &right).await;
    assert_eq!((resets(&journey), ledger(&journey)), (1, [1, 0, 1]));
    finish(&mut journey).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_has_moved_on_meanwhile_is_followed() {
    let mut journey = blocked(Link::Contact).await;
    let right = code(&journey).await;
    journey.world.withdraw(&journey.invited.order.clone()).await.unwrap();
    let step = journey.answer(unblock(&right)).await.unwrap();
    assert_eq!((step.screen.name(), resets(&journey)), ("choose-order", 0));
    assert_eq!(step.notice.unwrap().code, "BSV-202");
    journey.close();
}
