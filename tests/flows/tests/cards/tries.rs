//! A last try is never taken unknowingly: not on a card that tells its tries only with a wrong PIN, not after a restart,
//! and not where the link took a try with it.

use std::sync::Arc;

use basvuru::application::{Answer, Screen};
use basvuru::failure::Failure;
use basvuru::reader::Link;
use basvuru::secret::Pin;
use basvuru_flows::{Journey, Plan, reader, sign_with};
use basvuru_test_card::{Cut, CutPlace, Profile};
use basvuru_world::PIN;

const WRONG_PIN: &str = "135792";

async fn at_card(link: Link, hides_tries: bool) -> Journey {
    let mut journey = Journey::start_with(Plan {
        link,
        profile: Profile {
            hides_tries,
            ..Profile::default()
        },
        ..Plan::default()
    })
    .await;
    let screen = if link == Link::Contact { "sign-pin" } else { "sign" };
    journey.walk_to(screen).await;
    journey
}

fn confirmed(pin: &str) -> Answer {
    Answer::Sign {
        reader: reader(),
        pin: Arc::new(Pin::new(pin.as_bytes())),
        last_try_confirmed: true,
        certificate: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_try_of_a_card_that_hides_its_tries_needs_its_confirmation_after_a_restart_as_well() {
    for link in [Link::Contact, Link::Nfc] {
        for restarts in [false, true] {
            let context = format!("{link:?}, restarts: {restarts}");
            let mut journey = at_card(link, true).await;
            for left in [2, 1] {
                let failure = journey.refused(sign_with(WRONG_PIN), "BSV-532").await;
                assert_eq!(failure, Failure::PinWrong { tries_left: Some(left) }, "{context}");
                if restarts {
                    journey.restart();
                }
            }
            let failure = journey.refused(sign_with(PIN), "BSV-534").await;
            assert_eq!(failure, Failure::PinLastTry, "{context}");
            assert_eq!(
                (journey.verifications(), journey.tries_left()),
                (2, 1),
                "{context}: not sent"
            );
            if link == Link::Contact {
                journey.answer(Answer::ReadCard { reader: reader() }).await.unwrap();
                let Screen::Sign { card: Some(card), .. } = journey.step().screen else {
                    panic!("the card is shown")
                };
                assert_eq!(card.tries_left, Some(1), "the screen tells it, too");
            }
            journey.answer(confirmed(PIN)).await.unwrap();
            journey.finish().await;
            assert_eq!(journey.tries_left(), 3, "{context}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_lost_with_the_link_counts_against_a_card_that_hides_its_tries() {
    for link in [Link::Contact, Link::Nfc] {
        let mut journey = at_card(link, true).await;
        journey.refused(sign_with(WRONG_PIN), "BSV-532").await;
        lose_the_pin(&mut journey).await;
        assert_eq!(journey.tries_left(), 1);
        journey.restart();
        journey.refused(sign_with(PIN), "BSV-534").await;
        assert_eq!(journey.tries_left(), 1, "{link:?}: not sent");
        journey.answer(confirmed(PIN)).await.unwrap();
        journey.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_lost_with_the_link_is_shown_before_another_pin_is_sent() {
    for link in [Link::Contact, Link::Nfc] {
        for restarts in [false, true] {
            let mut journey = at_card(link, false).await;
            lose_the_pin(&mut journey).await;
            assert_eq!(journey.tries_left(), 2);
            if restarts {
                journey.restart();
            }
            let sent = journey.verifications();
            if link == Link::Contact && !restarts {
                let Screen::Sign { card: Some(card), .. } = journey.step().screen else {
                    panic!("the card is shown")
                };
                assert_eq!(card.tries_left, Some(2), "the number is on the screen already");
                journey.finish().await;
                continue;
            }
            let failure = journey.refused(sign_with(PIN), "BSV-535").await;
            assert_eq!(failure, Failure::PinOutcomeUnknown);
            assert_eq!(journey.verifications(), sent, "{link:?}: not sent");
            let Screen::Sign { card: Some(card), .. } = journey.step().screen else {
                panic!("the card is shown")
            };
            assert_eq!(card.tries_left, Some(2));
            journey.finish().await;
            assert_eq!(journey.tries_left(), 3);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_was_read_after_a_try_was_lost_is_not_asked_about_twice() {
    let mut journey = at_card(Link::Contact, false).await;
    lose_the_pin(&mut journey).await;
    journey.answer(Answer::ReadCard { reader: reader() }).await.unwrap();
    let Screen::Sign { card: Some(card), .. } = journey.step().screen else {
        panic!("the card is shown")
    };
    assert_eq!(card.tries_left, Some(2));
    journey.answer(sign_with(PIN)).await.unwrap();
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_does_not_forget_a_last_try() {
    let mut journey = at_card(Link::Nfc, true).await;
    for _ in 0..2 {
        journey.refused(sign_with(WRONG_PIN), "BSV-532").await;
    }
    journey.answer(Answer::Leave).await.unwrap();
    journey.walk_to("sign").await;
    journey.refused(sign_with(PIN), "BSV-534").await;
    assert_eq!(journey.tries_left(), 1);
}

/// Signs with the right PIN, and loses the link while the card checks it.
async fn lose_the_pin(journey: &mut Journey) {
    let before = journey.tries_left();
    for after in 0..20 {
        journey.readers.cut(Cut {
            after,
            place: CutPlace::AfterSending,
        });
        let lost = journey.answer(sign_with(PIN)).await;
        if lost.err() == Some(Failure::PinOutcomeUnknown) {
            assert_eq!(journey.tries_left(), before - 1);
            return;
        }
    }
    panic!("no command with the PIN was cut")
}
