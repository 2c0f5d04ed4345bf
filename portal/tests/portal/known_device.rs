//! Devices that the portal knows: no picture code, a count of their own, and a token that is nobody else's.

use std::time::Duration;

use basvuru::portal::{ProblemKind, Session};
use basvuru_portal::{Invitation, first_broken_audit_entry, invite};
use serde_json::{Value, json};

use crate::harness::{Answer, IDENTITY, Town, invitation};

const WRONG: &str = "AAAA-BBBB-CCCC";
const OTHER: &str = "12345678950";

/// Signs in with a picture code, and tells of the device: what it is known by.
async fn make_known(town: &Town, identity: &str, password: &str) -> String {
    let mut body = town.sign_in_body(identity, password).await;
    body["device"] = json!({ "name": "Işıl’ın telefonu" });
    let session: Value = town.post("/v1/sessions", "", &body).await.ok();
    session["device_token"].as_str().unwrap().to_owned()
}

/// Signs in without a picture code.
async fn sign_in_on(town: &Town, token: &str, identity: &str, password: &str) -> Answer {
    let body = json!({
        "identity_kind": "national-id",
        "identity": identity,
        "access_password": password,
        "device": { "token": token, "name": "Işıl’ın telefonu" },
    });
    town.post("/v1/sessions", "", &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_device_needs_no_picture_code_also_after_a_restart_and_a_new_password() {
    let town = Town::start().await;
    let first = town.invite().await;
    let token = make_known(&town, IDENTITY, first.access_password.expose()).await;
    let session: Session = sign_in_on(&town, &token, IDENTITY, first.access_password.expose())
        .await
        .ok();
    assert!(session.device_token.is_none(), "it keeps the token it has");
    let town = town.restart().await;
    let newer = town.invite().await;
    sign_in_on(&town, &token, IDENTITY, first.access_password.expose())
        .await
        .refused_as(ProblemKind::CredentialsWrong);
    let _: Session = sign_in_on(&town, &token, IDENTITY, newer.access_password.expose())
        .await
        .ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_picture_code_is_no_reason_to_refuse_a_known_device() {
    let town = Town::start().await;
    let invited = town.invite().await;
    let token = make_known(&town, IDENTITY, invited.access_password.expose()).await;
    let mut body = town.sign_in_body(IDENTITY, invited.access_password.expose()).await;
    body["device"] = json!({ "token": token });
    for captcha in [
        json!({ "id": body["captcha"]["id"], "text": "22222" }),
        json!({ "id": "x", "text": "" }),
    ] {
        body["captcha"] = captcha;
        let _: Session = town.post("/v1/sessions", "", &body).await.ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_tells_of_no_device_is_given_no_token() {
    let town = Town::start().await;
    let invited = town.invite().await;
    let session: Value = town.try_sign_in(IDENTITY, invited.access_password.expose()).await.ok();
    assert!(session.get("device_token").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_one_persons_and_says_nothing_of_others() {
    let town = Town::start().await;
    let invited = town.invite().await;
    let token = make_known(&town, IDENTITY, invited.access_password.expose()).await;
    let other = Invitation {
        identity: OTHER.to_owned(),
        ..invitation()
    };
    let other = invite(&town.data(), other, town.clock.as_ref()).await.unwrap();
    // Another applicant, somebody whom nobody invited, and the person with a token that is none.
    for (token, identity) in [(token.as_str(), OTHER), (&token, "10000000214"), ("no token", IDENTITY)] {
        for password in [other.access_password.expose(), WRONG] {
            let refused = sign_in_on(&town, token, identity, password).await;
            let problem = refused.refused_as(ProblemKind::CaptchaNeeded);
            assert_eq!(
                (problem.status, problem.tries_left, problem.retry_after),
                (422, None, None)
            );
        }
    }
    // With a picture code the other one gets a token of their own, and the first is still good.
    let mut body = town.sign_in_body(OTHER, other.access_password.expose()).await;
    body["device"] = json!({ "token": token });
    let session: Value = town.post("/v1/sessions", "", &body).await.ok();
    assert_ne!(session["device_token"].as_str().unwrap(), token);
    let _: Session = sign_in_on(&town, &token, IDENTITY, invited.access_password.expose())
        .await
        .ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_device_waits_for_its_own_wrong_passwords_alone() {
    let town = Town::start().await;
    let invited = town.invite().await;
    let password = invited.access_password.expose();
    let token = make_known(&town, IDENTITY, password).await;
    let another = make_known(&town, IDENTITY, password).await;
    for _ in 0..20 {
        town.try_sign_in(IDENTITY, WRONG).await.problem();
    }
    for left in [4, 3, 2, 1] {
        let problem = sign_in_on(&town, &token, IDENTITY, WRONG)
            .await
            .refused_as(ProblemKind::CredentialsWrong);
        assert_eq!(problem.tries_left, Some(left), "strangers cost it nothing");
    }
    for password in [WRONG, password] {
        let problem = sign_in_on(&town, &token, IDENTITY, password)
            .await
            .refused_as(ProblemKind::DeviceWaits);
        assert_eq!(problem.retry_after, Some(2));
    }
    let _: Session = sign_in_on(&town, &another, IDENTITY, password).await.ok();
    town.clock.advance(Duration::from_secs(2));
    let _: Session = sign_in_on(&town, &token, IDENTITY, password).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_device_not_seen_for_longest_makes_room_for_the_seventeenth() {
    let town = Town::start().await;
    let invited = town.invite().await;
    let password = invited.access_password.expose();
    let mut tokens = Vec::new();
    for _ in 0..16 {
        tokens.push(make_known(&town, IDENTITY, password).await);
        town.clock.advance(Duration::from_secs(1));
    }
    let _: Session = sign_in_on(&town, &tokens[0], IDENTITY, password).await.ok();
    make_known(&town, IDENTITY, password).await;
    sign_in_on(&town, &tokens[1], IDENTITY, password)
        .await
        .refused_as(ProblemKind::CaptchaNeeded);
    for known in [&tokens[0], &tokens[2], &tokens[15]] {
        let _: Session = sign_in_on(&town, known, IDENTITY, password).await.ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_trail_says_sealed_who_signed_in_and_on_which_device() {
    let town = Town::start().await;
    let invited = town.invite().await;
    let token = make_known(&town, IDENTITY, invited.access_password.expose()).await;
    sign_in_on(&town, &token, IDENTITY, WRONG).await.problem();
    town.try_sign_in(OTHER, WRONG).await.problem();
    let connection = rusqlite::Connection::open(town.data().join("portal.db")).unwrap();
    let mut statement = connection
        .prepare("SELECT event, about FROM audit WHERE application IS NULL ORDER BY id")
        .unwrap();
    let rows = statement
        .query_map([], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, Option<Vec<u8>>>(1)?))
        })
        .unwrap();
    let entries: Vec<(String, Option<Vec<u8>>)> = rows.map(Result::unwrap).collect();
    let told: Vec<(&str, bool)> = entries
        .iter()
        .map(|(event, about)| (event.as_str(), about.is_some()))
        .collect();
    assert_eq!(
        told,
        [
            ("signed-in", true),
            ("sign-in-refused", true),
            ("sign-in-refused", false)
        ],
        "of nobody there is nothing to say"
    );
    let sealed = entries[0].1.as_ref().unwrap();
    assert!(!sealed.windows(6).any(|window| window == b"person"));
    assert_eq!(first_broken_audit_entry(&town.data()).await.unwrap(), None);
}
