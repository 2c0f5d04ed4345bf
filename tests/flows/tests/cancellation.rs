//! A shell stops waiting for an answer: the step still ends, nothing is lost, and nothing is done twice.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::pin::pin;
use std::sync::{Arc, Mutex};

use basvuru::application::{Answer, Screen};
use basvuru::failure::Failure;
use basvuru::reader::Link;
use basvuru_flows::{Hook, HookedReaders, Journey, Plan, WAYPOINTS};
use basvuru_test_card::VirtualReaders;
use tokio::sync::oneshot;

/// Begins an answer and stops waiting for it at once.
async fn begin_and_drop(journey: &Journey, answer: Answer) {
    let mut waiting = pin!(journey.answer(answer));
    tokio::select! {
        biased;
        outcome = waiting.as_mut() => panic!("nothing was left to wait for: {:?}", outcome.err()),
        () = std::future::ready(()) => {}
    }
}

/// Waits until the answer that has the turn has ended: answers queue, and this one changes nothing.
async fn settle(journey: &Journey) {
    let answer = if matches!(journey.step().screen, Screen::Pending { .. }) {
        Answer::AcceptDocuments
    } else {
        Answer::Continue
    };
    // Refused by every screen it can meet, except where what was dropped left something pending, which then goes on.
    let outcome = journey.answer(answer).await;
    assert!(
        matches!(outcome, Ok(_) | Err(Failure::AnswerNotExpected)),
        "{outcome:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_nobody_waits_for_any_more_still_reaches_its_end_at_every_screen() {
    for waypoint in WAYPOINTS {
        let mut journey = Journey::at(waypoint).await;
        if waypoint == "sign-in" {
            journey.go_on().await;
        }
        let before = journey.kept();
        let answer = journey.right_answer().await;
        begin_and_drop(&journey, answer).await;
        let ended = |journey: &Journey| {
            let read = waypoint == "sign" && journey.screen() == "sign-pin";
            read || journey.kept() != before
        };
        // What was begun may not have taken its turn yet.
        for _ in 0..1_000 {
            settle(&journey).await;
            if ended(&journey) {
                break;
            }
        }
        assert!(ended(&journey), "{waypoint}: the step did not end");
        journey.finish().await;
        let ledger = journey.ledger();
        for event in ["approved", "code-sent", "phone-confirmed", "signed"] {
            assert_eq!(ledger.count(event), 1, "{waypoint}: {event}");
        }
        assert_eq!(journey.verifications(), 1, "{waypoint}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_never_waited_for_does_nothing() {
    let mut journey = Journey::at("fill-form").await;
    let (before, requests) = (journey.kept(), journey.app().traffic().requests);
    drop(journey.answer(journey.right_answer().await));
    settle(&journey).await;
    assert_eq!((journey.kept(), journey.app().traffic().requests), (before, requests));
    journey.finish().await;
}

/// Tells that a command has arrived, and waits for leave to go on.
type Ends = (oneshot::Sender<()>, oneshot::Receiver<()>);
/// A command, counted from 0, at which to hold still.
type Gate = Arc<Mutex<Option<(usize, Ends)>>>;

/// Readers that hold still at a command, counted from 0 and from when the gate is set.
fn gated(readers: VirtualReaders) -> (HookedReaders, Gate) {
    let gate = Gate::default();
    let shared = Arc::clone(&gate);
    let hooked = HookedReaders::new(readers, move |_| {
        let mut gate = shared.lock().unwrap();
        match gate.take() {
            Some((0, (arrived, go_on))) => Hook::Hold(arrived, go_on),
            Some((left, ends)) => {
                *gate = Some((left - 1, ends));
                Hook::Pass
            }
            None => Hook::Pass,
        }
    });
    (hooked, gate)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shell_that_goes_away_at_any_command_to_the_card_cuts_nothing() {
    for link in [Link::Contact, Link::Nfc] {
        let screen = if link == Link::Contact { "sign-pin" } else { "sign" };
        let mut at = 0;
        loop {
            let mut journey = Journey::start_with(Plan {
                link,
                ..Plan::default()
            })
            .await;
            let (hooked, gate) = gated(journey.readers.clone());
            journey.port = Some(Arc::new(hooked));
            journey.restart();
            journey.walk_to(screen).await;
            let ((arrived, has_arrived), (go, go_on)) = (oneshot::channel(), oneshot::channel());
            *gate.lock().unwrap() = Some((at, (arrived, go_on)));
            let answer = journey.right_answer().await;
            let reached = {
                let mut waiting = pin!(journey.answer(answer));
                tokio::select! {
                    outcome = waiting.as_mut() => { outcome.unwrap(); false }
                    arrived = has_arrived => arrived.is_ok(),
                }
            };
            // Nobody waits any more, and the card is in the middle of something.
            let _ = go.send(());
            settle(&journey).await;
            let _ = journey.check_done();
            assert_eq!((journey.verifications(), journey.tries_left()), (1, 3), "{link:?} {at}");
            if !reached {
                break;
            }
            // Every command that matters lies at the end; those before only read.
            at += if at < 3 || link == Link::Contact { 1 } else { 3 };
        }
        assert!(at >= 3, "only {at} commands");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_answers_at_once_are_taken_one_after_the_other() {
    let mut journey = Journey::at("fill-form").await;
    let (first, second) = (journey.right_answer().await, journey.right_answer().await);
    let (first, second) = tokio::join!(journey.answer(first), journey.answer(second));
    let taken = [first.is_ok(), second.is_ok()];
    assert!(taken == [true, false] || taken == [false, true], "{taken:?}");
    assert_eq!(journey.ledger().count("approved"), 1);
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_impatient_fingers_sign_once() {
    let mut journey = Journey::at("sign-pin").await;
    let (first, second) = (journey.right_answer().await, journey.right_answer().await);
    let (first, second) = tokio::join!(journey.answer(first), journey.answer(second));
    let refused = first.err().or(second.err());
    assert_eq!(refused, Some(Failure::AnswerNotExpected));
    assert_eq!(journey.verifications(), 1);
    journey.finish().await;
}
