//! Idempotency: a repeat does nothing again, whoever repeats, whenever, and however many at once.

use std::time::Duration;

use basvuru::portal::{Approved, Captcha, Form, Methods, ProblemKind, Session};
use basvuru_portal::Notice;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

use crate::harness::{IDENTITY, Town, fresh_key, good_values};

/// How many text messages have gone out.
fn text_messages(town: &Town) -> usize {
    let entries = std::fs::read_dir(town.data().join("outbox")).unwrap();
    entries
        .filter(|entry| {
            entry
                .as_ref()
                .unwrap()
                .file_name()
                .to_string_lossy()
                .starts_with("sms-")
        })
        .count()
}

async fn until_code(town: &Town) -> (String, String) {
    let invited = town.invite().await;
    let token = town.sign_in(&invited).await;
    let _: Value = town.approve(&invited.order, &token).await.ok();
    (invited.order, token)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_gets_the_same_answer_and_sends_no_second_message() {
    let mut town = Town::start().await;
    let (order, token) = until_code(&town).await;
    let (path, key) = (format!("/v1/orders/{order}/codes"), fresh_key());
    let body = json!({ "app_token": null });
    let first = town.post_as(&path, &token, &key, &body).await;
    town.next_sms().await;
    town.clock.advance(Duration::from_secs(120));
    let again = town.post_as(&path, &token, &key, &body).await;
    assert_eq!((first.status, first.body), (again.status, again.body));
    let mut town = town.restart().await;
    assert!(town.post_as(&path, &token, &key, &body).await.status.is_success());
    town.post_as(&path, &token, &fresh_key(), &body).await.ok::<Value>();
    town.next_sms().await;
    assert_eq!(text_messages(&town), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_used_for_another_request_is_refused() {
    let town = Town::start().await;
    let (order, token) = until_code(&town).await;
    let (path, key) = (format!("/v1/orders/{order}/codes"), fresh_key());
    let _: Value = town
        .post_as(&path, &token, &key, &json!({ "app_token": null }))
        .await
        .ok();
    let other_body = town
        .post_as(&path, &token, &key, &json!({ "app_token": "FA+9qCX9VSu" }))
        .await;
    other_body.refused_as(ProblemKind::IdempotencyKeyReused);
    let confirmation = format!("/v1/orders/{order}/confirmation");
    let other_path = town
        .post_as(&confirmation, &token, &key, &json!({ "code": "123456" }))
        .await;
    other_path.refused_as(ProblemKind::IdempotencyKeyReused);
    let approval = format!("/v1/orders/{order}/approval");
    let key = fresh_key();
    let body = json!({ "values": good_values() });
    let request = |version: &str| {
        town.request(&approval, &token, &key, &body)
            .header("if-match", version.to_owned())
    };
    let _: Value = town.send(request("\"2\"")).await.ok();
    town.send(request("\"3\""))
        .await
        .refused_as(ProblemKind::IdempotencyKeyReused);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_code_repeated_costs_one_try() {
    let mut town = Town::start().await;
    let (order, token) = until_code(&town).await;
    let code = town.code(&order, &token).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let (path, key) = (format!("/v1/orders/{order}/confirmation"), fresh_key());
    for _ in 0..5 {
        let answer = town.post_as(&path, &token, &key, &json!({ "code": wrong })).await;
        assert_eq!(answer.refused_as(ProblemKind::CodeWrong).tries_left, Some(2));
    }
    let _: Methods = town.post(&path, &token, &json!({ "code": code })).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_nothing_may_be_tried_again_under_its_key() {
    let mut town = Town::start().await;
    let (order, token) = until_code(&town).await;
    town.code(&order, &token).await;
    let (path, key) = (format!("/v1/orders/{order}/codes"), fresh_key());
    let body = json!({ "app_token": null });
    town.post_as(&path, &token, &key, &body)
        .await
        .refused_as(ProblemKind::CodeTooSoon);
    town.clock.advance(Duration::from_secs(60));
    let _: Value = town.post_as(&path, &token, &key, &body).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_repeated_gives_the_same_session_and_counts_a_wrong_password_once() {
    let town = Town::start().await;
    let invited = town.invite().await;
    let (body, key) = (
        town.sign_in_body(IDENTITY, invited.access_password.expose()).await,
        fresh_key(),
    );
    let first: Session = town.post_as("/v1/sessions", "", &key, &body).await.ok();
    let town = town.restart().await;
    let again: Session = town.post_as("/v1/sessions", "", &key, &body).await.ok();
    assert!(first.token == again.token);

    let (body, key) = (town.sign_in_body(IDENTITY, "AAAA-AAAA-AAAA").await, fresh_key());
    for _ in 0..6 {
        let answer = town.post_as("/v1/sessions", "", &key, &body).await;
        assert_eq!(answer.refused_as(ProblemKind::CredentialsWrong).tries_left, Some(4));
    }
    let mut other = body.clone();
    other["access_password"] = json!("BBBB-BBBB-BBBB");
    let answer = town.post_as("/v1/sessions", "", &key, &other).await;
    answer.refused_as(ProblemKind::IdempotencyKeyReused);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_captcha_repeated_is_the_same_one_while_it_can_be_answered() {
    let town = Town::start().await;
    let key = fresh_key();
    let first: Captcha = town.post_as("/v1/captchas", "", &key, &json!({})).await.ok();
    let again: Captcha = town.post_as("/v1/captchas", "", &key, &json!({})).await.ok();
    assert!(first == again);
    town.clock.advance(Duration::from_secs(300));
    let fresh: Captcha = town.post_as("/v1/captchas", "", &key, &json!({})).await.ok();
    assert_ne!(first.id, fresh.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_after_a_new_sign_in_is_still_a_repeat() {
    let town = Town::start().await;
    let invited = town.invite().await;
    let token = town.sign_in(&invited).await;
    let (path, key) = (format!("/v1/orders/{}/approval", invited.order), fresh_key());
    let body = json!({ "values": good_values() });
    let first = town.post_as(&path, &token, &key, &body).await;
    assert!(first.status.is_success());
    town.clock.advance(Duration::from_secs(16 * 60));
    town.post_as(&path, &token, &key, &body)
        .await
        .refused_as(ProblemKind::SessionOver);
    let token = town.sign_in(&invited).await;
    assert_eq!(town.post_as(&path, &token, &key, &body).await.body, first.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_long_enough_not_to_be_guessed() {
    let town = Town::start().await;
    for key in ["short", "fifteen-letters", &"x".repeat(129), "with a space in it"] {
        let answer = town.post_as("/v1/captchas", "", key, &json!({})).await;
        answer.refused_as(ProblemKind::MalformedRequest);
    }
    let without = town
        .client
        .post(town.url("/v1/captchas"))
        .header("content-type", "application/json");
    town.send(without).await.refused_as(ProblemKind::MalformedRequest);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_with_one_key_at_the_same_time_happen_once() {
    let mut town = Town::start().await;
    let (order, token) = until_code(&town).await;
    let (path, key) = (format!("/v1/orders/{order}/codes"), fresh_key());
    let body = json!({ "app_token": null });
    let one = || town.post_as(&path, &token, &key, &body);
    let answers = tokio::join!(one(), one(), one(), one(), one(), one());
    let bodies = [answers.0, answers.1, answers.2, answers.3, answers.4, answers.5].map(|answer| {
        assert!(answer.status.is_success());
        answer.body
    });
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    town.next_sms().await;
    let town = town.restart().await;
    assert_eq!(text_messages(&town), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn captchas_and_sign_ins_with_one_key_at_the_same_time_are_one() {
    let town = Town::start().await;
    let invited = town.invite().await;
    let key = fresh_key();
    let one = || town.post_as("/v1/captchas", "", &key, &Value::Null);
    let (first, second, third) = tokio::join!(one(), one(), one());
    let first: Captcha = first.ok();
    assert!(second.ok::<Captcha>() == first && third.ok::<Captcha>() == first);

    let (body, key) = (
        town.sign_in_body(IDENTITY, invited.access_password.expose()).await,
        fresh_key(),
    );
    let one = || town.post_as("/v1/sessions", "", &key, &body);
    let (first, second, third) = tokio::join!(one(), one(), one());
    let first: Session = first.ok();
    assert!(second.ok::<Session>().token == first.token && third.ok::<Session>().token == first.token);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_cut_off_anywhere_happens_once_when_it_is_repeated() {
    let mut town = Town::start().await;
    let invited = town.invite().await;
    let token = town.sign_in(&invited).await;
    let body = json!({ "values": good_values() });
    let octets = serde_json::to_vec(&body).unwrap();
    let path = format!("/v1/orders/{}/approval", invited.order);
    for (version, cut) in (1..).zip([10, 200, 400, 401, 402, usize::MAX, usize::MAX, usize::MAX]) {
        let key = fresh_key();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\nidempotency-key: {key}\r\n\
             if-match: \"{version}\"\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            octets.len()
        );
        let request = [head.as_bytes(), &octets].concat();
        let mut stream = town.connect(b"http/1.1").await;
        stream.write_all(&request[..cut.min(request.len())]).await.unwrap();
        stream.flush().await.unwrap();
        drop(stream);
        let repeat = town
            .request(&path, &token, &key, &body)
            .header("if-match", format!("\"{version}\""));
        let _: Approved = town.send(repeat).await.ok();
        let form: Form = town
            .get(&format!("/v1/orders/{}/form", invited.order), &token)
            .await
            .ok();
        assert_eq!(
            form.version,
            (version + 1).to_string(),
            "approved once, cut after {cut}"
        );
        town.notice(|notice| matches!(notice, Notice::ConnectionFailed { .. } | Notice::Answered { .. }))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_code_that_was_answered_is_not_opened_again_by_a_repeat() {
    let town = Town::start().await;
    let key = fresh_key();
    let ask = async || town.post_as("/v1/captchas", "", &key, &json!({})).await.ok::<Captcha>();
    let captcha = ask().await;
    let revealed = town.outbox_file(&format!("captcha-{}.json", captcha.id));
    let body = json!({
        "identity_kind": "national-id", "identity": IDENTITY, "access_password": "wrong",
        "captcha": { "id": captcha.id, "text": revealed["text"] },
    });
    let answer = town.post("/v1/sessions", "", &body).await;
    answer.refused_as(ProblemKind::CredentialsWrong);
    for _ in 0..3 {
        town.clock.advance(Duration::from_secs(100));
        ask().await;
        let answer = town.post("/v1/sessions", "", &body).await;
        answer.refused_as(ProblemKind::CaptchaExpired);
    }
    // Nothing of what was answered is kept: a name, and nothing that an answer could match.
    let connection = rusqlite::Connection::open(town.data().join("portal.db")).unwrap();
    let longest: i64 = connection
        .query_row(
            "SELECT max(length(answer_tag)) FROM captcha WHERE id = ?1",
            [&captcha.id],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(longest, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_anybody_adds_to_the_database_is_small_and_goes_away() {
    let town = Town::start().await;
    let length = || std::fs::metadata(town.data().join("portal.db")).unwrap().len();
    let wal = || std::fs::metadata(town.data().join("portal.db-wal")).unwrap().len();
    let rows = |table: &str| -> i64 {
        let connection = rusqlite::Connection::open(town.data().join("portal.db")).unwrap();
        let count = format!("SELECT count(*) FROM {table}");
        connection.query_row(&count, [], |row| row.get(0)).unwrap()
    };
    let before = length();
    for _ in 0..100 {
        let _: Captcha = town.post("/v1/captchas", "", &json!({})).await.ok();
    }
    assert_eq!((rows("captcha"), rows("answer")), (100, 0));
    town.clock.advance(Duration::from_secs(10 * 60));
    while rows("captcha") > 0 || wal() > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(
        length() <= before + 256 * 1024,
        "{} octets before, {} now",
        before,
        length()
    );
}
