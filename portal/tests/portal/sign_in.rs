//! Picture codes, passwords, lock-out, sessions and rate limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use basvuru::portal::{Captcha, IdentityKind, PortalInfo, Problem, ProblemKind, Session};
use basvuru_portal::{Limits, PortalError, unlock};
use serde_json::{Value, json};

use crate::harness::{Answer, IDENTITY, Town, client_at};

const WRONG: &str = "AAAA-BBBB-CCCC";

/// A wrong password, which is refused as one.
async fn wrong_password(town: &Town) -> Problem {
    let answer = town.try_sign_in(IDENTITY, WRONG).await;
    answer.refused_as(ProblemKind::CredentialsWrong)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_code_is_answered_once_right_or_wrong() {
    let town = Town::start().await;
    let invited = town.invite().await;
    let password = invited.access_password.expose();
    let mut body = town.sign_in_body(IDENTITY, password).await;
    let right = body["captcha"]["text"].clone();
    body["captcha"]["text"] = json!("22222");
    town.post("/v1/sessions", "", &body)
        .await
        .refused_as(ProblemKind::CaptchaWrong);
    body["captcha"]["text"] = right;
    town.post("/v1/sessions", "", &body)
        .await
        .refused_as(ProblemKind::CaptchaExpired);

    let used = town.sign_in_body(IDENTITY, password).await;
    let _: Session = town.post("/v1/sessions", "", &used).await.ok();
    town.post("/v1/sessions", "", &used)
        .await
        .refused_as(ProblemKind::CaptchaExpired);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_code_is_read_in_any_case_and_only_while_it_is_fresh() {
    let town = Town::start().await;
    let invited = town.invite().await;
    let mut body = town.sign_in_body(IDENTITY, invited.access_password.expose()).await;
    let spaced: String = body["captcha"]["text"]
        .as_str()
        .unwrap()
        .to_lowercase()
        .chars()
        .flat_map(|c| [c, ' '])
        .collect();
    body["captcha"]["text"] = json!(spaced);
    let _: Session = town.post("/v1/sessions", "", &body).await.ok();

    let late = town.sign_in_body(IDENTITY, invited.access_password.expose()).await;
    town.clock.advance(Duration::from_secs(5 * 60));
    town.post("/v1/sessions", "", &late)
        .await
        .refused_as(ProblemKind::CaptchaExpired);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_code_comes_with_what_the_portal_is_and_is_spoken_when_it_is_asked_for() {
    let town = Town::start().await;
    let captcha: Captcha = town.post("/v1/captchas", "", &json!({})).await.ok();
    assert!(captcha.picture_png.starts_with("iVBORw0KGgo"));
    assert_eq!(captcha.portal, town.get("/v1/portal", "").await.ok::<PortalInfo>());
    let path = format!("/v1/captchas/{}/sound", captcha.id);
    let sound = town.get(&path, "").await;
    assert_eq!(sound.headers["content-type"], "audio/wav");
    assert!(sound.status.is_success() && sound.body.starts_with(b"RIFF"));
    let again = town.get(&path, "").await.body;
    assert_eq!(again, sound.body, "as often as it takes");

    // What cannot be answered is not spoken: the sound says nothing of old codes, nor of invented ones.
    town.get("/v1/captchas/AAAAAAAAAAAAAAAAAAAAAA/sound", "")
        .await
        .refused_as(ProblemKind::CaptchaExpired);
    town.clock.advance(Duration::from_secs(5 * 60 + 1));
    town.get(&path, "").await.refused_as(ProblemKind::CaptchaExpired);
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_fifth_wrong_password_on_who_typed_it_waits_longer_each_time() {
    let town = Town::start().await;
    let invited = town.invite().await;
    for left in [4, 3, 2, 1] {
        let problem = wrong_password(&town).await;
        assert_eq!(problem.tries_left, Some(left));
    }
    for wait in [2, 4, 8, 16, 30, 30] {
        assert_eq!(waits(&town.try_sign_in(IDENTITY, WRONG).await), wait);
        town.clock.advance(Duration::from_secs(wait));
    }
    assert_eq!(waits(&town.try_sign_in(IDENTITY, WRONG).await), 30);
    let password = invited.access_password.expose();
    town.clock.advance(Duration::from_secs(29));
    assert_eq!(waits(&town.try_sign_in(IDENTITY, password).await), 1);
    town.clock.advance(Duration::from_secs(1));
    let _: Session = town.try_sign_in(IDENTITY, password).await.ok();
    // Signing in starts the count anew.
    let problem = wrong_password(&town).await;
    assert_eq!(problem.tries_left, Some(4));
}

/// How long a sign-in is told to wait.
fn waits(answer: &Answer) -> u64 {
    let problem = answer.refused_as(ProblemKind::DeviceWaits);
    assert_eq!(problem.status, 429);
    problem.retry_after.unwrap().into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_keeps_nobody_out() {
    let mut town = Town::start().await;
    let invited = town.invite().await;
    let password = invited.access_password.expose();
    let own = town.client.clone();
    town.client = client_at("127.0.0.9", town.running.root_pem());
    for _ in 0..8 {
        let wait = town.try_sign_in(IDENTITY, WRONG).await.problem().retry_after;
        town.clock.advance(Duration::from_secs(wait.unwrap_or_default().into()));
    }
    assert_eq!(waits(&town.try_sign_in(IDENTITY, WRONG).await), 30);
    // Behind the address of the stranger, who does not stop: the wait that was told is as long as it gets.
    let told = waits(&town.try_sign_in(IDENTITY, password).await);
    assert!(told <= 30, "{told}");
    for _ in 0..told {
        town.clock.advance(Duration::from_secs(1));
        town.try_sign_in(IDENTITY, WRONG).await.problem();
    }
    let _: Session = town.try_sign_in(IDENTITY, password).await.ok();
    // Elsewhere there is none at all.
    for _ in 0..8 {
        town.try_sign_in(IDENTITY, WRONG).await.problem();
    }
    town.client = own;
    let _: Session = town.try_sign_in(IDENTITY, password).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_or_an_operator_lifts_the_wait() {
    let town = Town::start().await;
    for lift in ["invitation", "operator"] {
        let mut invited = town.invite().await;
        town.clock.advance(Duration::from_secs(1));
        for _ in 0..9 {
            town.try_sign_in(IDENTITY, WRONG).await.problem();
        }
        waits(&town.try_sign_in(IDENTITY, invited.access_password.expose()).await);
        match lift {
            "invitation" => invited = town.invite().await,
            _ => unlock(&town.data(), IdentityKind::NationalId, IDENTITY, town.clock.as_ref())
                .await
                .unwrap(),
        }
        let _: Session = town.try_sign_in(IDENTITY, invited.access_password.expose()).await.ok();
    }
    let nobody = unlock(
        &town.data(),
        IdentityKind::NationalId,
        "12345678950",
        town.clock.as_ref(),
    )
    .await;
    assert!(matches!(nobody, Err(PortalError::PersonUnknown)));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_whether_a_number_is_an_applicants() {
    let town = Town::start().await;
    town.invite().await;
    for identity in [IDENTITY, "12345678950", "no number at all"] {
        for left in [4, 3, 2, 1] {
            let problem = town
                .try_sign_in(identity, WRONG)
                .await
                .refused_as(ProblemKind::CredentialsWrong);
            assert_eq!(problem.tries_left, Some(left));
        }
        assert_eq!(waits(&town.try_sign_in(identity, WRONG).await), 2);
        assert_eq!(waits(&town.try_sign_in(identity, "AAAA-BBBB-DDDD").await), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_picture_code_costs_no_password_try() {
    let town = Town::start().await;
    town.invite().await;
    for _ in 0..6 {
        let mut body = town.sign_in_body(IDENTITY, WRONG).await;
        body["captcha"]["text"] = json!("22222");
        town.post("/v1/sessions", "", &body)
            .await
            .refused_as(ProblemKind::CaptchaWrong);
    }
    let problem = wrong_password(&town).await;
    assert_eq!(problem.tries_left, Some(4));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_at_the_same_time_are_all_counted() {
    let town = Town::start().await;
    town.invite().await;
    let mut tries = Vec::new();
    for _ in 0..8 {
        tries.push(town.sign_in_body(IDENTITY, WRONG).await);
    }
    let sent = tries.iter().map(|body| town.post("/v1/sessions", "", body));
    for answer in futures(sent).await {
        let problem = answer.problem();
        assert!(
            matches!(problem.kind, ProblemKind::DeviceWaits | ProblemKind::CredentialsWrong),
            "{problem:?}"
        );
    }
    // Five were judged, and three waited.
    town.clock.advance(Duration::from_secs(2));
    assert_eq!(waits(&town.try_sign_in(IDENTITY, "AAAA-BBBB-DDDD").await), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_code_buys_one_look_at_a_password() {
    let town = Town::start().await;
    let invited = town.invite().await;
    let body = town.sign_in_body(IDENTITY, invited.access_password.expose()).await;
    let sent = (0..8).map(|_| town.post("/v1/sessions", "", &body));
    let answers = futures(sent).await;
    let signed_in = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(signed_in, 1);
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        refused.refused_as(ProblemKind::CaptchaExpired);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_finds_no_place_among_those_who_wait_comes_again_with_the_same_picture_code() {
    let places = Arc::new(AtomicUsize::new(0));
    let adjusted = Arc::clone(&places);
    let town = Town::start_with(move |settings| {
        settings.limits.passwords_waiting = adjusted.load(Ordering::Relaxed);
    })
    .await;
    let invited = town.invite().await;
    let body = town.sign_in_body(IDENTITY, invited.access_password.expose()).await;
    let refused = town
        .post("/v1/sessions", "", &body)
        .await
        .refused_as(ProblemKind::Unavailable);
    assert_eq!((refused.status, refused.retry_after), (503, Some(5)));
    places.store(1, Ordering::Relaxed);
    let town = town.restart().await;
    let _: Session = town.post("/v1/sessions", "", &body).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_applicants_behind_one_address_sign_in_within_a_minute() {
    let town = Town::start_with(|settings| {
        let usual = Limits::default();
        settings.limits.requests_a_minute = usual.requests_a_minute;
        settings.limits.picture_codes_a_minute = usual.picture_codes_a_minute;
    })
    .await;
    let invited = town.invite().await;
    for applicant in 0..200 {
        let _: Session = town.try_sign_in(IDENTITY, invited.access_password.expose()).await.ok();
        if applicant % 4 == 3 {
            town.clock.advance(Duration::from_secs(1));
        }
    }
}

async fn futures<F: Future>(all: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut pending: Vec<_> = all.map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = pending.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, output) in pending.iter_mut().zip(&mut done) {
            if output.is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(context)
            {
                *output = Some(value);
            }
        }
        if done.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    done.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_invitation_replaces_the_password_and_adds_an_order() {
    let town = Town::start().await;
    let first = town.invite().await;
    town.clock.advance(Duration::from_secs(60));
    let second = town.invite().await;
    town.try_sign_in(IDENTITY, first.access_password.expose())
        .await
        .refused_as(ProblemKind::CredentialsWrong);
    let session: Session = town.try_sign_in(IDENTITY, second.access_password.expose()).await.ok();
    let ids: Vec<&str> = session.orders.iter().map(|order| order.id.as_str()).collect();
    assert_eq!(ids, [second.order.as_str(), first.order.as_str()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_it_lies_idle_and_not_before() {
    let town = Town::start().await;
    let invited = town.invite().await;
    let token = town.sign_in(&invited).await;
    for _ in 0..4 {
        town.clock.advance(Duration::from_secs(14 * 60));
        let _: Value = town.get("/v1/orders", &token).await.ok();
    }
    // A refusal is use as well.
    town.clock.advance(Duration::from_secs(14 * 60));
    town.get("/v1/orders/unknown", &token)
        .await
        .refused_as(ProblemKind::OrderUnknown);
    town.clock.advance(Duration::from_secs(14 * 60));
    let _: Value = town.get("/v1/orders", &token).await.ok();
    town.clock.advance(Duration::from_secs(15 * 60));
    town.get("/v1/orders", &token)
        .await
        .refused_as(ProblemKind::SessionOver);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_outlives_a_restart_and_nothing_else_is_one() {
    let town = Town::start().await;
    let invited = town.invite().await;
    let token = town.sign_in(&invited).await;
    let town = town.restart().await;
    let _: Value = town.get("/v1/orders", &token).await.ok();
    for wrong in ["", "x", &token[1..], &format!("{token}A")] {
        let answer = town.get("/v1/orders", wrong).await;
        answer.refused_as(ProblemKind::SessionOver);
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
    }
    let bare = town.send(town.client.get(town.url("/v1/orders"))).await;
    bare.refused_as(ProblemKind::SessionOver);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_asks_too_often_waits() {
    let town = Town::start_with(|settings| {
        settings.limits.picture_codes_a_minute = 4;
        settings.limits.requests_a_minute = 20;
    })
    .await;
    for _ in 0..2 {
        let _: Captcha = town.post("/v1/captchas", "", &json!({})).await.ok();
    }
    let problem = town
        .post("/v1/captchas", "", &json!({}))
        .await
        .refused_as(ProblemKind::RateLimited);
    town.clock
        .advance(Duration::from_secs(problem.retry_after.unwrap().into()));
    let _: Captcha = town.post("/v1/captchas", "", &json!({})).await.ok();
    for _ in 0..30 {
        if town.get("/v1/portal", "").await.status == 429 {
            town.get("/v1/portal", "").await.refused_as(ProblemKind::RateLimited);
            return;
        }
    }
    panic!("thirty requests at once were let through");
}
