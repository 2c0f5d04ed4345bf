//! An answer that does not belong to the current step is refused and changes nothing, in what is shown and on disk.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use basvuru::application::Answer;
use basvuru::failure::Failure;
use basvuru::portal::{IdentityKind, Method};
use basvuru::secret::{Password, Pin};
use basvuru_flows::{Journey, all_shown, reader, sha256};
use basvuru_world::PIN;

/// Every kind of answer, by name.
const ANSWERS: [&str; 21] = [
    "RequestCaptcha",
    "RequestSpokenCaptcha",
    "SignIn",
    "RefreshOrders",
    "ChooseOrder",
    "SaveDraft",
    "ApproveForm",
    "ChangeForm",
    "ChangeFormOf",
    "SendCode",
    "ConfirmCode",
    "AskInstitution",
    "ChooseMethod",
    "AcceptDocuments",
    "ReadCard",
    "Sign",
    "RequestUnblocking",
    "Unblock",
    "Continue",
    "Back",
    "Leave",
];

fn make(name: &str, order: &str) -> Answer {
    match name {
        "RequestCaptcha" => Answer::RequestCaptcha,
        "RequestSpokenCaptcha" => Answer::RequestSpokenCaptcha,
        "SignIn" => Answer::SignIn {
            identity_kind: IdentityKind::NationalId,
            identity: "10000000146".to_owned(),
            access_password: Arc::new(Password::new(b"AAAA-AAAA-AAAA").unwrap()),
            captcha: "ABCDE".to_owned(),
        },
        "RefreshOrders" => Answer::RefreshOrders,
        "ChooseOrder" => Answer::ChooseOrder {
            order: order.to_owned(),
        },
        "SaveDraft" => Answer::SaveDraft {
            values: HashMap::from([("note".to_owned(), "x".to_owned())]),
        },
        "ApproveForm" => Answer::ApproveForm {
            values: HashMap::from([("note".to_owned(), "x".to_owned())]),
        },
        "SendCode" => Answer::SendCode { app_token: None },
        "ChangeForm" => Answer::ChangeForm { order: None },
        "ChangeFormOf" => Answer::ChangeForm {
            order: Some(order.to_owned()),
        },
        "ConfirmCode" => Answer::ConfirmCode {
            code: Arc::new(Password::new(b"123456").unwrap()),
        },
        "AskInstitution" => Answer::AskInstitution,
        "ChooseMethod" => Answer::ChooseMethod { method: Method::Card },
        "AcceptDocuments" => Answer::AcceptDocuments,
        "ReadCard" => Answer::ReadCard { reader: reader() },
        "Sign" => Answer::Sign {
            reader: reader(),
            pin: Arc::new(Pin::new(PIN.as_bytes())),
            last_try_confirmed: true,
            certificate: None,
        },
        "RequestUnblocking" => Answer::RequestUnblocking {
            reader: reader(),
            app_token: None,
        },
        "Unblock" => Answer::Unblock {
            reader: reader(),
            code: Arc::new(Password::new(b"123456").unwrap()),
            new_pin: Arc::new(Pin::new(b"975310")),
        },
        "Continue" => Answer::Continue,
        "Back" => Answer::Back,
        "Leave" => Answer::Leave,
        other => panic!("no answer is called {other}"),
    }
}

/// The answers that belong to each screen.
const BELONGING: [(&str, &[&str]); 13] = [
    ("sign-in", &["RequestCaptcha", "SignIn", "Leave"]),
    ("choose-order", &["RefreshOrders", "ChooseOrder", "Leave"]),
    ("fill-form", &["SaveDraft", "ApproveForm", "Back", "Leave"]),
    ("confirm-phone", &["SendCode", "ConfirmCode", "ChangeForm", "Leave"]),
    (
        "confirm-phone-sent",
        &["SendCode", "ConfirmCode", "ChangeForm", "Leave"],
    ),
    ("choose-method", &["ChooseMethod", "ChangeForm", "Leave"]),
    ("review-documents", &["AcceptDocuments", "ChangeForm", "Back", "Leave"]),
    (
        "sign",
        &["ReadCard", "Sign", "RequestUnblocking", "ChangeForm", "Back", "Leave"],
    ),
    (
        "sign-pin",
        &["ReadCard", "Sign", "RequestUnblocking", "ChangeForm", "Back", "Leave"],
    ),
    ("pending-approval", &["Continue", "Leave"]),
    // The code may have come all the same.
    ("pending-code", &["Continue", "SendCode", "ConfirmCode", "Leave"]),
    ("pending-submission", &["Continue"]),
    ("done", &["RefreshOrders", "Leave"]),
];

/// A journey at a screen.
async fn at(screen: &str) -> Journey {
    let begun = match screen {
        "pending-approval" => "fill-form",
        "pending-code" => "confirm-phone",
        "pending-submission" => "sign-pin",
        _ => return Journey::at(screen).await,
    };
    let mut journey = Journey::at(begun).await;
    let answer = journey.right_answer().await;
    journey.world.stop_portal().await;
    journey.fails(answer, "BSV-701").await;
    journey.world.start_portal().await.unwrap();
    assert_eq!(journey.screen(), screen);
    journey
}

/// What lies in the app's folder.
fn on_disk(journey: &Journey) -> String {
    sha256(&std::fs::read(journey.home.path().join("journal.sqlite")).unwrap())
}

/// Gives every answer that does not belong here.
async fn refuses_all_but(journey: &Journey, belonging: &[&str], context: &str) {
    let before = (all_shown(&journey.step()), on_disk(journey));
    let requests = journey.app().traffic().requests;
    let commands = journey.readers.meter().apdus;
    for name in ANSWERS.iter().filter(|name| !belonging.contains(name)) {
        let failure = journey.fails(make(name, &journey.invited.order), "BSV-801").await;
        assert_eq!(failure, Failure::AnswerNotExpected, "{name} at {context}");
        let after = (all_shown(&journey.step()), on_disk(journey));
        assert_eq!(after, before, "{name} changed something at {context}");
    }
    assert_eq!(journey.app().traffic().requests, requests, "{context}");
    assert_eq!(journey.readers.meter().apdus, commands, "{context}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_does_not_belong_to_a_screen_is_refused_and_changes_nothing() {
    for (screen, belonging) in BELONGING {
        let mut journey = at(screen).await;
        refuses_all_but(&journey, belonging, screen).await;
        if screen != "done" {
            journey.finish().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_does_not_belong_leaves_a_notice_and_a_picture_code_where_they_are() {
    let mut journey = Journey::at("fill-form").await;
    journey.world.advance(Duration::from_secs(3600));
    journey.go_on().await;
    assert!(journey.step().notice.is_some());
    refuses_all_but(&journey, BELONGING[0].1, "a session that is over").await;
    // A device that the portal knows is asked for no picture code, and may ask for one.
    journey.answer(Answer::RequestCaptcha).await.unwrap();
    let with_a_picture = [BELONGING[0].1, &["RequestSpokenCaptcha"]].concat();
    refuses_all_but(&journey, &with_a_picture, "a picture code").await;
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_can_be_left_at_every_screen_but_while_it_is_on_its_way() {
    for (screen, belonging) in BELONGING {
        let journey = at(screen).await;
        let left = journey.answer(Answer::Leave).await;
        assert_eq!(left.is_ok(), belonging.contains(&"Leave"), "{screen}");
        if left.is_ok() {
            assert_eq!(journey.kept(), "sign-in", "{screen}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn going_back_leads_to_the_step_before_and_forward_again() {
    let mut journey = Journey::at("sign-pin").await;
    for expected in ["review-documents", "choose-method"] {
        journey.answer(Answer::Back).await.unwrap();
        assert_eq!(journey.screen(), expected);
    }
    journey.finish().await;
}
