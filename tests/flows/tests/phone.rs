//! The code in a text message: what is typed, what has run out, and how often one is sent.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;
use std::time::Duration;

use basvuru::application::{Answer, Screen};
use basvuru::failure::Failure;
use basvuru::secret::Password;
use basvuru_flows::{Journey, Plan, said};
use basvuru_world::{Act, Front, TlsIdentity};

fn confirm(code: &str) -> Answer {
    Answer::ConfirmCode {
        code: Arc::new(Password::new(code.as_bytes()).unwrap()),
    }
}

/// A code that is not the one that was sent.
async fn wrong_code(journey: &Journey) -> String {
    let right = String::from_utf8(journey.code().await.utf8()).unwrap();
    let digit = if right.starts_with('1') { "2" } else { "1" };
    format!("{digit}{}", &right[1..])
}

fn tries_left(journey: &Journey) -> Option<u8> {
    let Screen::ConfirmPhone { code, .. } = journey.step().screen else {
        panic!("the code expected, not {}", journey.screen())
    };
    code.map(|code| code.tries_left)
}

fn texts(journey: &Journey) -> usize {
    journey.world.outbox().texts().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_of_a_text_message_is_read_and_the_number_is_masked() {
    let mut journey = Journey::at("confirm-phone-sent").await;
    let Screen::ConfirmPhone { masked_phone, code, .. } = journey.step().screen else {
        panic!("the code expected")
    };
    let masked = masked_phone.unwrap();
    assert!(masked.ends_with("00 01") && !masked.contains("532"), "{masked}");
    let status = code.unwrap();
    assert_eq!((status.length, status.tries_left), (6, 3));
    let text = journey.text().await;
    let read = journey.app().read_sms(text.clone(), None).unwrap();
    assert!(text.contains(std::str::from_utf8(&read.utf8()).unwrap()));
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_code_is_told_and_a_new_one_confirms() {
    let mut journey = Journey::at("confirm-phone-sent").await;
    let late = journey.code().await;
    journey.world.advance(Duration::from_secs(5 * 60 + 1));
    let failure = journey.fails(Answer::ConfirmCode { code: late }, "BSV-304").await;
    assert_eq!(failure, Failure::CodeExpired);
    assert_eq!(tries_left(&journey), None, "a new one can be asked for");
    journey.finish().await;
    assert_eq!((journey.ledger().count("code-sent"), texts(&journey)), (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_was_wrong_three_times_is_used_up_and_a_new_one_confirms() {
    let mut journey = Journey::at("confirm-phone-sent").await;
    let right = journey.code().await;
    let wrong = wrong_code(&journey).await;
    for left in [2, 1] {
        let failure = journey.refused(confirm(&wrong), "BSV-302").await;
        assert_eq!(failure, Failure::CodeWrong { tries_left: left });
        assert_eq!(tries_left(&journey), Some(left));
        journey.restart();
        assert_eq!(
            tries_left(&journey),
            Some(left),
            "the tries are remembered over a restart"
        );
    }
    let failure = journey.fails(confirm(&wrong), "BSV-303").await;
    assert_eq!(failure, Failure::CodeUsedUp);
    assert_eq!(tries_left(&journey), None);

    let failure = journey.fails(Answer::ConfirmCode { code: right }, "BSV-304").await;
    assert_eq!(
        failure,
        Failure::CodeExpired,
        "the right one is not taken any more either"
    );

    let failure = journey.fails(Answer::SendCode { app_token: None }, "BSV-305").await;
    assert_eq!(failure, Failure::CodeTooSoon { wait: 60 });
    journey.world.advance(Duration::from_secs(60));
    journey.finish().await;
    assert_eq!((journey.ledger().count("code-sent"), texts(&journey)), (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_code_is_not_asked_for_too_soon_and_the_waiting_time_is_told() {
    let mut journey = Journey::at("confirm-phone-sent").await;
    let requests = journey.app().traffic().requests;
    let failure = journey.refused(Answer::SendCode { app_token: None }, "BSV-305").await;
    let Failure::CodeTooSoon { wait } = failure else {
        panic!("{failure:?}")
    };
    assert!((50..=60).contains(&wait), "{wait}");
    let [turkish, english] = said(&failure, "BSV-305");
    assert!(
        turkish.next.contains("saniye") || turkish.next.contains("dakika"),
        "{}",
        turkish.next
    );
    assert!(
        english.next.contains("second") || english.next.contains("minute"),
        "{}",
        english.next
    );
    assert_eq!(
        journey.app().traffic().requests,
        requests,
        "the portal need not be asked"
    );
    journey.finish().await;
    assert_eq!(texts(&journey), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_in_hand_can_still_be_entered_after_another_one_was_refused() {
    // This device may ask again at once, and is told by the portal that the day's codes are used up.
    let mut journey = Journey::start_with(Plan {
        adjust: |settings| {
            settings.limits.code_resend = Duration::ZERO;
            settings.limits.codes_a_day = 1;
        },
        ..Plan::default()
    })
    .await;
    journey.walk_to("confirm-phone-sent").await;
    let failure = journey.refused(Answer::SendCode { app_token: None }, "BSV-305").await;
    assert!(
        matches!(failure, Failure::CodeTooSoon { wait } if wait > 60_000),
        "{failure:?}"
    );
    journey.restart();
    assert_eq!(tries_left(&journey), Some(3));
    journey.finish().await;
    assert_eq!(texts(&journey), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_code_replaces_the_first() {
    let mut journey = Journey::start_with(Plan {
        adjust: |settings| settings.limits.code_resend = Duration::ZERO,
        ..Plan::default()
    })
    .await;
    journey.walk_to("confirm-phone-sent").await;
    let first = journey.code().await;
    journey.answer(Answer::SendCode { app_token: None }).await.unwrap();
    let second = journey.code().await;
    if first.text() != second.text() {
        let failure = journey.refused(Answer::ConfirmCode { code: first }, "BSV-302").await;
        assert_eq!(failure, Failure::CodeWrong { tries_left: 2 });
    }
    journey.answer(Answer::ConfirmCode { code: second }).await.unwrap();
    journey.finish().await;
    assert_eq!((journey.ledger().count("code-sent"), texts(&journey)), (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_message_carries_the_token_it_was_asked_for_with() {
    let mut journey = Journey::start_with(Plan {
        adjust: |settings| settings.limits.code_resend = Duration::ZERO,
        ..Plan::default()
    })
    .await;
    journey.walk_to("confirm-phone").await;
    // The line before the last is for the app, the last for the host.
    let tokens = ["FA+9qCX9VSu", "xM3/aB9+zQ1"].map(str::to_owned);
    for token in tokens.map(Some).into_iter().chain([None]) {
        let answer = Answer::SendCode {
            app_token: token.clone(),
        };
        journey.answer(answer).await.unwrap();
        let text = journey.text().await;
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), if token.is_some() { 3 } else { 2 }, "{text}");
        if let Some(token) = &token {
            assert_eq!(lines[1], token);
        }
        assert!(lines[lines.len() - 1].starts_with('@'), "{text}");
        assert!(journey.app().read_sms(text.clone(), None).is_some(), "{text}");
    }
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_may_be_on_its_way_is_not_asked_for_with_another_token() {
    let mut journey = Journey::at("confirm-phone").await;
    let identity = TlsIdentity::of_portal(&journey.world).unwrap();
    let front = Front::before(&journey.world, &identity).await.unwrap();
    journey.redirect(Some(front.url()), None);
    front.rule(|_, path| match path.ends_with("/codes") {
        true => Act::LoseAnswer,
        false => Act::Pass,
    });
    let first = Answer::SendCode {
        app_token: Some("FA+9qCX9VSu".to_owned()),
    };
    journey.answer(first).await.unwrap_err();
    front.rule(|_, _| Act::Pass);
    let second = Answer::SendCode {
        app_token: Some("xM3/aB9+zQ1".to_owned()),
    };
    journey.answer(second).await.unwrap();
    assert!(journey.text().await.contains("\nFA+9qCX9VSu\n"));
    assert_eq!(texts(&journey), 1, "it is the same request, and the same message");
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_code_is_not_sent_and_costs_no_try() {
    let mut journey = Journey::at("confirm-phone-sent").await;
    let requests = journey.app().traffic().requests;
    for typed in ["", "12345", "1234567", "12a456", "kod"] {
        let failure = journey.refused(confirm(typed), "BSV-301").await;
        assert_eq!(failure, Failure::CodeMalformed { length: 6 });
    }
    assert_eq!(journey.app().traffic().requests, requests);
    assert_eq!(tries_left(&journey), Some(3));
    journey.finish().await;
}
