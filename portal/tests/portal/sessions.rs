//! How a session ends, and where a person is signed in.

use std::time::Duration;

use basvuru::portal::{Devices, ProblemKind};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, IDENTITY, Town, fresh_key};

async fn delete(town: &Town, path: &str, token: &str) -> Answer {
    let request = town.client.request(Method::DELETE, town.url(path)).bearer_auth(token);
    town.send(request).await
}

async fn lives(town: &Town, token: &str) -> bool {
    let answer = town.get("/v1/orders", token).await;
    if !answer.status.is_success() {
        answer.refused_as(ProblemKind::SessionOver);
    }
    answer.status.is_success()
}

async fn devices(town: &Town, token: &str) -> Devices {
    town.get("/v1/devices", token).await.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_this_session_and_no_other() {
    let town = Town::start().await;
    let invited = town.invite().await;
    let (here, elsewhere) = (town.sign_in(&invited).await, town.sign_in(&invited).await);
    let answer = delete(&town, "/v1/sessions", &here).await;
    assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0));
    assert!(!lives(&town, &here).await && lives(&town, &elsewhere).await);
    delete(&town, "/v1/sessions", &here)
        .await
        .refused_as(ProblemKind::SessionOver);
    delete(&town, "/v1/sessions", "made-up")
        .await
        .refused_as(ProblemKind::SessionOver);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_access_password_ends_the_sessions_of_the_old_one() {
    let town = Town::start().await;
    let invited = town.invite().await;
    let token = town.sign_in(&invited).await;
    let again = town.invite().await;
    assert!(!lives(&town, &token).await);
    let token = town.sign_in(&again).await;
    assert!(lives(&town, &token).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_after_half_a_day_however_it_is_used() {
    let town = Town::start().await;
    let invited = town.invite().await;
    let token = town.sign_in(&invited).await;
    let step = Duration::from_secs(10 * 60);
    for passed in 1..72 {
        town.clock.advance(step);
        assert!(lives(&town, &token).await, "after {passed} times ten minutes");
    }
    town.clock.advance(step);
    assert!(!lives(&town, &token).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_not_used_ends_when_it_was_to() {
    let town = Town::start().await;
    let invited = town.invite().await;
    let token = town.sign_in(&invited).await;
    town.clock.advance(Duration::from_secs(15 * 60 - 1));
    assert!(lives(&town, &token).await);
    town.clock.advance(Duration::from_secs(15 * 60));
    assert!(!lives(&town, &token).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_of_too_many_sessions_makes_room() {
    let town = Town::start().await;
    let invited = town.invite().await;
    let mut tokens = Vec::new();
    for _ in 0..34 {
        tokens.push(town.sign_in(&invited).await);
        town.clock.advance(Duration::from_secs(1));
    }
    for (number, token) in tokens.iter().enumerate() {
        assert_eq!(lives(&town, token).await, number >= 2, "{number}");
    }
    assert_eq!(devices(&town, &tokens[33]).await.devices.len(), 32);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_repeat_of_a_sign_in_gives_no_dead_token() {
    let town = Town::start().await;
    let invited = town.invite().await;
    let (body, key) = (
        town.sign_in_body(IDENTITY, invited.access_password.expose()).await,
        fresh_key(),
    );
    let first: Value = town.post_as("/v1/sessions", "", &key, &body).await.ok();
    let repeated: Value = town.post_as("/v1/sessions", "", &key, &body).await.ok();
    assert_eq!(first["token"], repeated["token"], "as long as it lives");
    let token = first["token"].as_str().unwrap();

    let signed_out = delete(&town, "/v1/sessions", token).await;
    assert_eq!(signed_out.status, 204);
    town.post_as("/v1/sessions", "", &key, &body)
        .await
        .refused_as(ProblemKind::SessionOver);

    let (body, key) = (
        town.sign_in_body(IDENTITY, invited.access_password.expose()).await,
        fresh_key(),
    );
    let _: Value = town.post_as("/v1/sessions", "", &key, &body).await.ok();
    town.clock.advance(Duration::from_secs(16 * 60));
    town.post_as("/v1/sessions", "", &key, &body)
        .await
        .refused_as(ProblemKind::SessionOver);
    // Nobody else's answers are kept back.
    let token = town.sign_in(&invited).await;
    assert!(lives(&town, &token).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_sees_where_they_are_signed_in_and_ends_it_there() {
    let town = Town::start().await;
    let invited = town.invite().await;
    let mut tokens = Vec::new();
    for _ in 0..3 {
        tokens.push(town.sign_in(&invited).await);
        town.clock.advance(Duration::from_secs(60));
    }
    let listed = devices(&town, &tokens[0]).await.devices;
    let current: Vec<bool> = listed.iter().map(|device| device.current).collect();
    assert_eq!(current, [true, false, false]);
    assert!(listed[1].last_seen > listed[2].last_seen, "those seen last come first");

    let path = format!("/v1/devices/{}", listed[1].id);
    assert_eq!(delete(&town, &path, &tokens[0]).await.status, 204);
    assert!(!lives(&town, &tokens[2]).await, "the last one to sign in");
    assert!(lives(&town, &tokens[0]).await && lives(&town, &tokens[1]).await);
    assert_eq!(delete(&town, &path, &tokens[0]).await.problem().status, 404);
    assert_eq!(devices(&town, &tokens[0]).await.devices.len(), 2);
    town.get("/v1/devices", &tokens[2])
        .await
        .refused_as(ProblemKind::SessionOver);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_signs_another_person_out() {
    let town = Town::start().await;
    let invited = town.invite().await;
    let token = town.sign_in(&invited).await;
    let mut other = crate::harness::invitation();
    other.identity = "12345678950".to_owned();
    let stranger = basvuru_portal::invite(&town.data(), other, town.clock.as_ref())
        .await
        .unwrap();
    let session: Value = town
        .try_sign_in("12345678950", stranger.access_password.expose())
        .await
        .ok();
    let theirs = session["token"].as_str().unwrap();
    let id = devices(&town, &token).await.devices.remove(0).id;
    let answer = delete(&town, &format!("/v1/devices/{id}"), theirs).await;
    assert_eq!(answer.problem().status, 404);
    assert!(lives(&town, &token).await);
    assert_eq!(devices(&town, theirs).await.devices.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_known_is_listed_by_its_name_and_forgotten_where_it_is_signed_out() {
    let town = Town::start().await;
    let invited = town.invite().await;
    let mut body = town.sign_in_body(IDENTITY, invited.access_password.expose()).await;
    body["device"] = json!({ "name": "Işıl’ın telefonu" });
    let session: Value = town.post("/v1/sessions", "", &body).await.ok();
    let lost = session["token"].as_str().unwrap();
    let device_token = session["device_token"].as_str().unwrap();
    // Its session is over long since; who holds it could still sign in without a picture code.
    town.clock.advance(Duration::from_secs(60 * 60));
    assert!(!lives(&town, lost).await);
    let here = town.sign_in(&invited).await;
    let listed = devices(&town, &here).await.devices;
    let names: Vec<Option<&str>> = listed.iter().map(|device| device.name.as_deref()).collect();
    assert_eq!(names, [None, Some("Işıl’ın telefonu")]);
    assert!(listed[0].current && !listed[1].current);

    let path = format!("/v1/devices/{}", listed[1].id);
    assert_eq!(delete(&town, &path, &here).await.status, 204);
    assert_eq!(devices(&town, &here).await.devices.len(), 1);
    let body = json!({
        "identity_kind": "national-id",
        "identity": IDENTITY,
        "access_password": invited.access_password.expose(),
        "device": { "token": device_token },
    });
    town.post("/v1/sessions", "", &body)
        .await
        .refused_as(ProblemKind::CaptchaNeeded);
}
