//! The code in a text message, and the choice of a method.

use std::time::Duration;

use basvuru::portal::{CodeSent, Methods, ProblemKind};
use basvuru::sms;
use serde_json::{Value, json};

use crate::harness::{Answer, Town};

async fn until_code(town: &Town) -> (String, String) {
    let invited = town.invite().await;
    let token = town.sign_in(&invited).await;
    let _: Value = town.approve(&invited.order, &token).await.ok();
    (invited.order, token)
}

async fn ask(town: &Town, order: &str, token: &str) -> Answer {
    town.post(
        &format!("/v1/orders/{order}/codes"),
        token,
        &json!({ "app_token": null }),
    )
    .await
}

async fn confirm(town: &Town, order: &str, token: &str, code: &str) -> Answer {
    town.post(
        &format!("/v1/orders/{order}/confirmation"),
        token,
        &json!({ "code": code }),
    )
    .await
}

/// A way of writing a code.
type Spelling = Box<dyn Fn(&str) -> String>;

/// A code that is not `code`.
fn other_than(code: &str) -> String {
    let last = if code.ends_with('0') { '1' } else { '0' };
    format!("{}{last}", &code[..code.len() - 1])
}

#[tokio::test(flavor = "multi_thread")]
async fn three_wrong_codes_use_a_code_up_and_a_new_one_is_taken() {
    let mut town = Town::start().await;
    let (order, token) = until_code(&town).await;
    let code = town.code(&order, &token).await;
    for left in [2, 1, 0] {
        let answer = confirm(&town, &order, &token, &other_than(&code)).await;
        assert_eq!(answer.refused_as(ProblemKind::CodeWrong).tries_left, Some(left));
    }
    confirm(&town, &order, &token, &code)
        .await
        .refused_as(ProblemKind::CodeExpired);
    town.clock.advance(Duration::from_secs(60));
    let code = town.code(&order, &token).await;
    let _: Methods = confirm(&town, &order, &token, &code).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_right_however_people_write_it() {
    let mut town = Town::start().await;
    let (order, token) = until_code(&town).await;
    let full_width = |digits: &str| -> String {
        let wide = digits
            .chars()
            .filter_map(|digit| char::from_u32(u32::from(digit) + 0xFEE0));
        wide.collect()
    };
    type Written = fn(&str, &str) -> String;
    let written: [Written; 5] = [
        |first, last| format!("{first} {last}"),
        |first, last| format!(" {first}-{last}\n"),
        |first, last| format!("{first}\u{A0}{last}"),
        |first, last| format!("\u{200B}{first}\u{200D}{last}\u{FEFF}"),
        |first, last| format!("{first}.{last}"),
    ];
    let mut all: Vec<Spelling> = vec![Box::new(full_width)];
    all.extend(written.map(|write| -> Spelling { Box::new(move |code| write(&code[..3], &code[3..])) }));
    for write in all {
        let code = write(&town.code(&order, &token).await);
        let _: Methods = confirm(&town, &order, &token, &code).await.ok();
        let _: Value = town.approve(&order, &token).await.ok();
        town.clock.advance(Duration::from_secs(60));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_code_costs_no_try() {
    let mut town = Town::start().await;
    let (order, token) = until_code(&town).await;
    let code = town.code(&order, &token).await;
    for typed in ["", " ", "12345", "1234567", "12345a", "kod", "١٢٣", "12 34 56 7"] {
        let answer = confirm(&town, &order, &token, typed).await;
        assert_eq!(
            answer.refused_as(ProblemKind::CodeWrong).tries_left,
            Some(3),
            "{typed:?}"
        );
    }
    let _: Methods = confirm(&town, &order, &token, &code).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_taken_once_and_only_while_it_is_valid() {
    let mut town = Town::start().await;
    let (order, token) = until_code(&town).await;
    confirm(&town, &order, &token, "123456")
        .await
        .refused_as(ProblemKind::CodeExpired);
    let late = town.code(&order, &token).await;
    town.clock.advance(Duration::from_secs(300));
    confirm(&town, &order, &token, &late)
        .await
        .refused_as(ProblemKind::CodeExpired);
    let code = town.code(&order, &token).await;
    let _: Methods = confirm(&town, &order, &token, &code).await.ok();
    confirm(&town, &order, &token, &code)
        .await
        .refused_as(ProblemKind::PhaseWrong);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_code_is_sent_after_a_minute_and_voids_the_first() {
    let mut town = Town::start().await;
    let (order, token) = until_code(&town).await;
    let first = town.code(&order, &token).await;
    let problem = ask(&town, &order, &token).await.refused_as(ProblemKind::CodeTooSoon);
    assert_eq!(problem.retry_after, Some(60));
    town.clock.advance(Duration::from_secs(59));
    let problem = ask(&town, &order, &token).await.refused_as(ProblemKind::CodeTooSoon);
    assert_eq!(problem.retry_after, Some(1));
    town.clock.advance(Duration::from_secs(1));
    let second = town.code(&order, &token).await;
    if first != second {
        confirm(&town, &order, &token, &first)
            .await
            .refused_as(ProblemKind::CodeWrong);
    }
    let _: Methods = confirm(&town, &order, &token, &second).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_codes_a_day_are_enough() {
    let town = Town::start().await;
    let (order, mut token) = until_code(&town).await;
    let began = 10;
    for _ in 0..began {
        let _: CodeSent = ask(&town, &order, &token).await.ok();
        town.clock.advance(Duration::from_secs(60));
    }
    let problem = ask(&town, &order, &token).await.refused_as(ProblemKind::CodeTooSoon);
    let wait = problem.retry_after.unwrap();
    assert_eq!(wait, 24 * 60 * 60 - began * 60);
    town.clock.advance(Duration::from_secs(wait.into()));
    let again = town.invite().await;
    token = town.sign_in(&again).await;
    let _: CodeSent = ask(&town, &order, &token).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_finds_the_code_in_the_message() {
    let mut town = Town::start().await;
    let (order, token) = until_code(&town).await;
    let _: CodeSent = ask(&town, &order, &token).await.ok();
    let text = town.next_sms().await;
    let code = text.rsplit('#').next().unwrap();
    let expectation = sms::Expectation {
        host: "localhost".to_owned(),
        code_length: 6,
        senders: vec!["NES".to_owned()],
    };
    // The bound line alone, the operator's mark behind it, and the sentence without the bound line.
    let sentence = text.lines().next().unwrap();
    for received in [text.clone(), format!("{text} B001"), format!("{sentence} B001")] {
        let found = sms::code(&received, Some("NES"), &expectation).unwrap().into_secret();
        assert_eq!(found.expose(), code);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_token_is_eleven_base64_characters() {
    let town = Town::start().await;
    let (order, token) = until_code(&town).await;
    for wrong in ["short", "FA+9qCX9VSuX", "FA+9qCX9V\nu", "FA+9qCX9VS#"] {
        let body = json!({ "app_token": wrong });
        let answer = town.post(&format!("/v1/orders/{order}/codes"), &token, &body).await;
        answer.refused_as(ProblemKind::MalformedRequest);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_and_documents_wait_for_the_confirmation() {
    let mut town = Town::start().await;
    let (order, token) = until_code(&town).await;
    for path in ["methods", "documents", "receipt"] {
        town.get(&format!("/v1/orders/{order}/{path}"), &token)
            .await
            .refused_as(ProblemKind::PhaseWrong);
    }
    let method = format!("/v1/orders/{order}/method");
    town.post(&method, &token, &json!({ "method": "card" }))
        .await
        .refused_as(ProblemKind::PhaseWrong);
    let code = town.code(&order, &token).await;
    let _: Methods = confirm(&town, &order, &token, &code).await.ok();
    ask(&town, &order, &token).await.refused_as(ProblemKind::PhaseWrong);
    for refused in ["ink", "mobile-signature", "telepathy"] {
        let answer = town.post(&method, &token, &json!({ "method": refused })).await;
        answer.refused_as(ProblemKind::MethodNotAllowed);
    }
    let documents = town.get(&format!("/v1/orders/{order}/documents"), &token).await;
    assert!(documents.status.is_success() && documents.body.starts_with(b"%PDF-"));
}
