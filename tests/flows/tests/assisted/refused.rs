//! What the portal or the person gets wrong costs neither the card's PIN nor its PUK a try, and is told.

use std::sync::Arc;
use std::time::Duration;

use basvuru::application::Answer;
use basvuru::failure::Failure;
use basvuru::reader::Link;
use basvuru::secret::Password;
use basvuru_flows::{Journey, Plan};
use basvuru_test_card::{PukHabits, PukPlace};
use basvuru_test_pki::IssueOptions;
use basvuru_world::{Act, Applicant, PUK};
use serde_json::{Value, json};

use crate::blocked::{
    CONFIRMING, NEW_PIN, assisted, blocked, blocked_with, changes_nothing, code, code_tries, finish, generous, ledger,
    offered_anew, other_than, puk_tries, request, resets, rule, sent, unblock, unblock_to, unblocked, with_front,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_code_costs_a_try_of_its_own_and_a_used_up_one_is_asked_for_anew() {
    let mut journey = blocked(Link::Contact).await;
    let right = code(&journey).await;
    let wrong = other_than(&right);
    for left in [2, 1] {
        let failure = changes_nothing(&journey, unblock(&wrong), "BSV-302").await;
        assert_eq!(failure, Failure::CodeWrong { tries_left: left });
        assert_eq!(code_tries(&journey), Some(left));
        journey.restart();
        assert_eq!(code_tries(&journey), Some(left), "remembered over a restart");
    }
    journey.fails(unblock(&wrong), "BSV-303").await;
    assert!(offered_anew(&journey));
    journey.fails(unblock(&right), "BSV-801").await;
    journey.fails(request(), "BSV-305").await;
    assert!(offered_anew(&journey), "nothing was sent");
    journey.world.advance(Duration::from_secs(60));
    let right = code(&journey).await;
    unblocked(&journey, &right).await;
    assert_eq!(ledger(&journey), [2, 3, 1]);
    assert_eq!((resets(&journey), puk_tries(&journey)), (1, Some(3)));
    finish(&mut journey).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_code_is_told_and_a_new_one_unblocks() {
    let mut journey = blocked(Link::Nfc).await;
    let late = code(&journey).await;
    journey.world.advance(Duration::from_secs(5 * 60));
    journey.fails(unblock(&late), "BSV-304").await;
    assert!(offered_anew(&journey));
    assert_eq!(resets(&journey), 0);
    let right = code(&journey).await;
    unblocked(&journey, &right).await;
    finish(&mut journey).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_code_or_a_pin_goes_neither_to_the_portal_nor_to_the_card() {
    let mut journey = blocked(Link::Contact).await;
    let right = code(&journey).await;
    let (requests, commands) = (journey.app().traffic().requests, journey.readers.meter().apdus);
    for typed in ["", "12345", "1234567", "kod"] {
        let typed = Arc::new(Password::new(typed.as_bytes()).unwrap());
        let failure = changes_nothing(&journey, unblock(&typed), "BSV-301").await;
        assert_eq!(failure, Failure::CodeMalformed { length: 6 });
    }
    for new_pin in ["", "123", "123456789", "12a456", "１２３４５６"] {
        changes_nothing(&journey, unblock_to(&right, new_pin), "BSV-538").await;
    }
    assert_eq!(journey.app().traffic().requests, requests);
    assert_eq!(journey.readers.meter().apdus, commands);
    // A new PIN of a card that is not shown any more is judged when it is there: the code is not lost for it.
    journey.restart();
    changes_nothing(&journey, unblock_to(&right, "123"), "BSV-538").await;
    unblocked(&journey, &right).await;
    assert_eq!(ledger(&journey), [1, 0, 1]);
    finish(&mut journey).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_card_is_not_sent_what_was_asked_for_the_first() {
    let mut journey = blocked(Link::Contact).await;
    let right = code(&journey).await;
    let first = Arc::clone(&journey.card);
    let applicant = journey.applicant.clone();
    journey.put(journey.make_card(&applicant, &IssueOptions::default()));
    let failure = journey.fails(unblock(&right), "BSV-517").await;
    assert_eq!(failure, Failure::CardChanged);
    assert_eq!((resets(&journey), puk_tries(&journey)), (0, Some(3)));
    journey.put(journey.make_card(&Applicant::other(), &IssueOptions::default()));
    let failure = journey.fails(unblock(&right), "BSV-519").await;
    assert_eq!(failure, Failure::CardOfAnotherPerson);
    journey.readers.put(None);
    journey.fails(unblock(&right), "BSV-511").await;
    assert_eq!(resets(&journey), 0);
    // The right one is back: the code is still good for it, and the portal gives the same command.
    journey.card = Arc::clone(&first);
    journey.readers.put(Some(first));
    unblocked(&journey, &right).await;
    assert_eq!((resets(&journey), ledger(&journey)), (1, [1, 0, 1]));
    finish(&mut journey).await;
}

/// Every way in which what the portal gives is not the command that unblocks this PIN.
const NOT_THE_COMMAND: [&str; 18] = [
    "",
    "portal",
    // VERIFY and CHANGE REFERENCE DATA of the PIN, UPDATE BINARY, DELETE FILE, TERMINATE CARD USAGE.
    "00200081083133353732343638",
    "00240081083133353732343638",
    "00D60000083133353732343638",
    "00E40000023F00",
    "00FE0000",
    // Another PIN, no PIN, a global one; the PUK itself.
    "002C0082083133353732343638",
    "002C0000083133353732343638",
    "002C0001083133353732343638",
    "002C008E083133353732343638",
    // The new PIN alone, nothing, and the PUK alone, as this card does not take it.
    "002C0281083133353732343638",
    "002C0381",
    "002C0181083133353732343638",
    // Another length, a PIN of the portal's own, another class, and two commands.
    "002C00810731333537323436",
    "002C00810E3133353732343638393735333130",
    "802C0081083133353732343638",
    "002C008108313335373234363800A4000000",
];

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_the_reset_of_this_very_pin_is_ever_sent_to_the_card() {
    let mut journey = generous(Link::Contact).await;
    let front = with_front(&mut journey).await;
    journey.go_on().await;
    for given in NOT_THE_COMMAND {
        front.rule(|_, _| Act::Pass);
        let right = code(&journey).await;
        journey.readers.clear();
        rule(&front, CONFIRMING, move || {
            Act::Alter(Box::new(move |_| json!({ "command": given }).to_string().into_bytes()))
        });
        let failure = journey.fails(unblock(&right), "BSV-548").await;
        assert_eq!(failure, Failure::UnblockingRefused, "{given}");
        for instruction in ["20", "24", "2C", "D6", "E4", "FE"] {
            assert_eq!(sent(&journey, instruction), 0, "{given}: {instruction} was sent");
        }
        assert_eq!((puk_tries(&journey), journey.tries_left()), (Some(3), 0), "{given}");
        // Nothing more of it is sent to a card; a person who insists chooses the method anew.
        assert_eq!(assisted(&journey), None, "{given}");
        journey.restart();
        assert_eq!(assisted(&journey), None, "{given}");
        journey.fails(request(), "BSV-801").await;
        journey.answer(Answer::Back).await.unwrap();
        journey.answer(Answer::AcceptDocuments).await.unwrap();
        assert_eq!(assisted(&journey), None, "{given}");
        for _ in 0..2 {
            journey.answer(Answer::Back).await.unwrap();
        }
        journey.walk_to("sign").await;
    }
    front.rule(|_, _| Act::Pass);
    let right = code(&journey).await;
    unblocked(&journey, &right).await;
    finish(&mut journey).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_puk_of_the_portals_costs_one_try_and_no_more() {
    let journey = blocked(Link::Contact).await;
    let image = journey.card.lock().unwrap().image().clone();
    journey.world.register(&journey.applicant, &image, "86427531");
    let right = code(&journey).await;
    let failure = journey.fails(unblock(&right), "BSV-543").await;
    assert_eq!(failure, Failure::PukWrong { tries_left: Some(2) });
    assert_eq!(
        (puk_tries(&journey), journey.tries_left(), resets(&journey)),
        (Some(2), 0, 1)
    );
    let shown = journey.card_shown().unwrap().unblocking.unwrap();
    assert_eq!(shown.tries_left, Some(2), "the person who has the PUK sees it");
    assert_eq!(assisted(&journey), None);
    journey.fails(unblock(&right), "BSV-801").await;
    assert_eq!(puk_tries(&journey), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_without_the_help_offers_none_and_is_asked_for_none() {
    let older: fn(&mut basvuru_portal::Settings) = |settings| settings.card_management = None;
    let journey = blocked_with(Plan {
        adjust: older,
        ..Plan::default()
    })
    .await;
    assert_eq!(assisted(&journey), None);
    let requests = journey.app().traffic().requests;
    journey.refused(request(), "BSV-801").await;
    assert_eq!(journey.app().traffic().requests, requests);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_the_portal_does_not_know_is_told_and_costs_nothing() {
    let mut journey = blocked(Link::Contact).await;
    let front = with_front(&mut journey).await;
    journey.go_on().await;
    // As a portal tells that knows the card of old and no more.
    let problem =
        |kind: &str| -> Value { json!({ "type": format!("urn:basvuru:problem:{kind}"), "status": 422, "title": "-" }) };
    let body = problem("unblocking-unavailable").to_string().into_bytes();
    let told = body.clone();
    rule(&front, "/unblocking", move || {
        Act::Answer(422, "application/problem+json", told.clone())
    });
    let failure = journey.fails(request(), "BSV-550").await;
    assert_eq!(failure, Failure::UnblockingUnavailable);
    assert!(offered_anew(&journey));
    front.rule(|_, _| Act::Pass);
    let right = code(&journey).await;
    rule(&front, CONFIRMING, move || {
        Act::Answer(422, "application/problem+json", body.clone())
    });
    journey.fails(unblock(&right), "BSV-550").await;
    assert!(offered_anew(&journey));
    assert_eq!(resets(&journey), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_whose_files_tell_of_no_puk_is_told_before_the_portal_is_asked() {
    let mut journey = blocked(Link::Contact).await;
    let applicant = journey.applicant.clone();
    let habits = PukHabits {
        place: PukPlace::Forbidden,
        ..PukHabits::default()
    };
    let image = journey.make_card(&applicant, &IssueOptions::default());
    journey.put(image.with_puk(PUK, habits).unwrap());
    let requests = journey.app().traffic().requests;
    let failure = journey.fails(request(), "BSV-547").await;
    assert_eq!(failure, Failure::PukUnavailable);
    journey.put(journey.make_card(&Applicant::other(), &IssueOptions::default()));
    journey.fails(request(), "BSV-519").await;
    journey.readers.put(None);
    journey.fails(request(), "BSV-511").await;
    assert_eq!(journey.app().traffic().requests, requests);
    assert_eq!(ledger(&journey), [0, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_try_of_a_puk_is_used_where_the_person_was_told() {
    let mut journey: Journey = blocked(Link::Contact).await;
    // Somebody has typed two wrong ones.
    for _ in 0..2 {
        let mut card = journey.card.lock().unwrap();
        crate::cuts::spend_puk_try(&mut card);
    }
    let right = code(&journey).await;
    let told = journey.card_shown().unwrap().unblocking.unwrap();
    assert_eq!(told.tries_left, Some(1));
    unblocked(&journey, &right).await;
    assert_eq!(puk_tries(&journey), Some(3));
    finish(&mut journey).await;
    let _ = NEW_PIN;
}
