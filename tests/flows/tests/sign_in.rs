//! Signing in: what can be typed wrong, and what the portal says to it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;
use std::time::Duration;

use basvuru::application::{Answer, Screen};
use basvuru::failure::Failure;
use basvuru::portal::IdentityKind;
use basvuru::secret::Password;
use basvuru::texts::Language;
use basvuru_flows::{Journey, Plan, said};
use basvuru_world::Applicant;

const WRONG_PASSWORD: &str = "AAAA-AAAA-AAAA";

/// A journey whose picture code is shown.
async fn at_captcha() -> Journey {
    let journey = Journey::start().await;
    journey.answer(Answer::RequestCaptcha).await.unwrap();
    journey
}

/// Credentials with this number.
fn with_identity(journey: &Journey, identity_kind: IdentityKind, identity: &str) -> Answer {
    Answer::SignIn {
        identity_kind,
        identity: identity.to_owned(),
        access_password: Arc::new(Password::new(journey.invited.access_password.expose().as_bytes()).unwrap()),
        captcha: journey.captcha(),
    }
}

/// Credentials with this answer to the picture code.
fn with_captcha(journey: &Journey, captcha: &str) -> Answer {
    journey.credentials(journey.invited.access_password.expose(), captcha.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_picture_code_is_told_and_another_one_can_be_asked_for() {
    let mut journey = at_captcha().await;
    let failure = journey.refused(with_captcha(&journey, "YANLIS"), "BSV-104").await;
    assert_eq!(failure, Failure::CaptchaWrong);
    let Screen::SignIn { captcha, .. } = journey.step().screen else {
        panic!("sign-in expected")
    };
    assert!(captcha.is_none(), "a picture code is good for one try");
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_code_is_read_without_regard_to_case() {
    let mut journey = at_captcha().await;
    let lower = journey.captcha().to_lowercase();
    journey
        .answer(with_captcha(&journey, &format!(" {lower} ")))
        .await
        .unwrap();
    journey.finish().await;
}

/// The picture code's sound, where there is one.
fn sound(journey: &Journey) -> Option<Vec<u8>> {
    let Screen::SignIn {
        captcha: Some(captcha), ..
    } = journey.step().screen
    else {
        panic!("no picture code is shown")
    };
    captcha.sound
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picture_code_is_spoken_when_it_is_asked_for_and_not_before() {
    let mut journey = Journey::start().await;
    assert_eq!(
        journey.refused(Answer::RequestSpokenCaptcha, "BSV-801").await,
        Failure::AnswerNotExpected,
        "there is nothing to speak yet"
    );
    journey.answer(Answer::RequestCaptcha).await.unwrap();
    let before = journey.app().traffic();
    assert_eq!((before.requests, sound(&journey)), (1, None));
    let shown = journey.captcha();
    journey.answer(Answer::RequestSpokenCaptcha).await.unwrap();
    let spoken = sound(&journey).unwrap();
    assert!(spoken.starts_with(b"RIFF") && spoken.len() > 5 * 9_000);
    assert_eq!(journey.app().traffic().requests, 2);
    journey.app().set_language(Language::English);
    journey.answer(Answer::RequestSpokenCaptcha).await.unwrap();
    assert_ne!(
        sound(&journey).unwrap(),
        spoken,
        "it is spoken in the person's language"
    );
    assert_eq!(journey.captcha(), shown, "it is the same code");
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_code_that_is_too_old_to_be_spoken_is_told_and_gone() {
    let mut journey = at_captcha().await;
    journey.world.advance(Duration::from_secs(5 * 60 + 1));
    let failure = journey.fails(Answer::RequestSpokenCaptcha, "BSV-105").await;
    assert_eq!(failure, Failure::CaptchaExpired);
    assert!(matches!(journey.step().screen, Screen::SignIn { captcha: None, .. }));
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_picture_code_is_told_and_another_one_can_be_asked_for() {
    let mut journey = at_captcha().await;
    journey.world.advance(Duration::from_secs(5 * 60 + 1));
    let failure = journey.refused(journey.sign_in(), "BSV-105").await;
    assert_eq!(failure, Failure::CaptchaExpired);
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_without_a_picture_code_are_not_sent() {
    let mut journey = Journey::start().await;
    let failure = journey.refused(with_captcha(&journey, "ABCDE"), "BSV-105").await;
    assert_eq!(failure, Failure::CaptchaExpired);
    assert_eq!(journey.app().traffic().requests, 0);
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_left_empty_is_told_without_using_up_the_picture_code() {
    let mut journey = at_captcha().await;
    let requests = journey.app().traffic().requests;
    for answer in [with_captcha(&journey, "  "), journey.sign_in_with("")] {
        let failure = journey.refused(answer, "BSV-103").await;
        assert_eq!(failure, Failure::SignInIncomplete);
    }
    assert_eq!(journey.app().traffic().requests, requests);
    journey.answer(journey.sign_in()).await.unwrap();
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_told_with_the_tries_left() {
    let mut journey = at_captcha().await;
    let failure = journey.refused(journey.sign_in_with(WRONG_PASSWORD), "BSV-106").await;
    assert_eq!(failure, Failure::CredentialsWrong { tries_left: Some(4) });
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_passwords_make_the_device_wait_for_a_time_that_is_told_and_that_ends() {
    let mut journey = at_captcha().await;
    for tries_left in [4, 3, 2, 1] {
        let failure = journey.refused(journey.sign_in_with(WRONG_PASSWORD), "BSV-106").await;
        assert_eq!(
            failure,
            Failure::CredentialsWrong {
                tries_left: Some(tries_left)
            }
        );
        journey.answer(Answer::RequestCaptcha).await.unwrap();
    }
    for wait in [2, 4, 8, 16, 30, 30] {
        let failure = journey.refused(journey.sign_in_with(WRONG_PASSWORD), "BSV-113").await;
        assert_eq!(failure, Failure::DeviceWaits { wait });
        let [turkish, english] = said(&failure, "BSV-113");
        assert!(turkish.what.contains(&format!("{wait} saniye")), "{}", turkish.what);
        assert!(english.what.contains(&format!("{wait} seconds")), "{}", english.what);
        journey.world.advance(Duration::from_secs(wait.into()));
        journey.answer(Answer::RequestCaptcha).await.unwrap();
    }
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_right_password_waits_once_and_no_longer_than_was_told() {
    let mut journey = at_captcha().await;
    for _ in 0..9 {
        let _ = journey.answer(journey.sign_in_with(WRONG_PASSWORD)).await;
        journey.answer(Answer::RequestCaptcha).await.unwrap();
    }
    let failure = journey.refused(journey.sign_in(), "BSV-113").await;
    assert_eq!(failure, Failure::DeviceWaits { wait: 2 });
    journey.world.advance(Duration::from_secs(2));
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_is_for_one_person_alone() {
    let mut journey = at_captcha().await;
    let other = journey.world.invite(&Applicant::other()).await.unwrap();
    for _ in 0..9 {
        let _ = journey.answer(journey.sign_in_with(WRONG_PASSWORD)).await;
        journey.answer(Answer::RequestCaptcha).await.unwrap();
    }
    journey.applicant = Applicant::other();
    journey.invited = other;
    let card = journey.make_card(&journey.applicant, &basvuru_test_pki::IssueOptions::default());
    journey.put(card);
    journey.finish().await;
}

/// Whether a picture code is asked for.
fn captcha_needed(journey: &Journey) -> bool {
    let Screen::SignIn { captcha_needed, .. } = journey.step().screen else {
        panic!("sign-in expected")
    };
    captcha_needed
}

/// A journey whose person has signed in before on this device, and signs in again.
async fn signed_in_before() -> Journey {
    let mut journey = Journey::at("fill-form").await;
    assert_eq!(journey.screen(), "fill-form");
    journey.world.advance(Duration::from_secs(16 * 60));
    let _ = journey.answer(Answer::Back).await;
    assert_eq!(journey.screen(), "sign-in");
    journey.restart();
    journey
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_the_portal_knows_is_asked_for_no_picture_code() {
    let mut journey = Journey::start().await;
    assert!(captcha_needed(&journey), "nobody has signed in yet");
    journey.finish().await;

    let mut journey = signed_in_before().await;
    assert!(!captcha_needed(&journey));
    let password = journey.invited.access_password.expose();
    let failure = journey.refused(journey.credentials("", String::new()), "BSV-103").await;
    assert_eq!(failure, Failure::SignInIncomplete);
    let before = journey.app().traffic().requests;
    journey
        .answer(journey.credentials(password, String::new()))
        .await
        .unwrap();
    assert_eq!(journey.app().traffic().requests, before + 1);
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_on_a_known_device_is_told_without_a_picture_code() {
    let mut journey = signed_in_before().await;
    let failure = journey
        .refused(journey.credentials(WRONG_PASSWORD, String::new()), "BSV-106")
        .await;
    assert_eq!(failure, Failure::CredentialsWrong { tries_left: Some(4) });
    assert!(!captcha_needed(&journey));
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_the_portal_knows_no_longer_is_asked_for_a_picture_code_again() {
    let mut journey = signed_in_before().await;
    let database = journey.world.data().join("portal.db");
    let portal = rusqlite::Connection::open(database).unwrap();
    portal.execute("DELETE FROM device", []).unwrap();
    let password = journey.invited.access_password.expose();
    let failure = journey
        .refused(journey.credentials(password, String::new()), "BSV-103")
        .await;
    assert_eq!(failure, Failure::SignInIncomplete);
    assert!(captcha_needed(&journey));
    journey.restart();
    assert!(captcha_needed(&journey));
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_or_erasing_leaves_nothing_the_device_is_known_by() {
    for leaves in [true, false] {
        let mut journey = Journey::at("fill-form").await;
        if leaves {
            journey.answer(Answer::Leave).await.unwrap();
        } else {
            Arc::clone(journey.app()).erase().await.unwrap();
        }
        assert!(captcha_needed(&journey));
        journey.restart();
        assert!(captcha_needed(&journey));
        journey.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_number_with_a_wrong_check_digit_is_not_sent() {
    let mut journey = at_captcha().await;
    let requests = journey.app().traffic().requests;
    for number in [
        "10000000147",
        "1000000014",
        "00000000000",
        "99000000289",
        "1000000014a",
        "",
    ] {
        let answer = with_identity(&journey, IdentityKind::NationalId, number);
        let failure = journey.refused(answer, "BSV-101").await;
        assert_eq!(
            failure,
            Failure::IdentityInvalid {
                kind: IdentityKind::NationalId
            }
        );
    }
    assert_eq!(journey.app().traffic().requests, requests);
    journey.answer(journey.sign_in()).await.unwrap();
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_passport_number_is_not_sent() {
    let mut journey = Journey::start_with(Plan {
        applicant: Applicant::traveller(),
        ..Plan::default()
    })
    .await;
    journey.answer(Answer::RequestCaptcha).await.unwrap();
    let requests = journey.app().traffic().requests;
    for number in ["U123", "U1234567890", "U12345!78", ""] {
        let answer = with_identity(&journey, IdentityKind::Passport, number);
        let failure = journey.refused(answer, "BSV-102").await;
        assert_eq!(
            failure,
            Failure::IdentityInvalid {
                kind: IdentityKind::Passport
            }
        );
    }
    assert_eq!(journey.app().traffic().requests, requests);
    let answer = with_identity(&journey, IdentityKind::Passport, " u-1234 5678 ");
    journey.answer(answer).await.unwrap();
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_whom_nobody_invited_learns_no_more_than_that_something_is_wrong() {
    let mut journey = at_captcha().await;
    let answer = with_identity(&journey, IdentityKind::NationalId, &Applicant::other().identity);
    let failure = journey.refused(answer, "BSV-106").await;
    assert_eq!(failure, Failure::CredentialsWrong { tries_left: Some(4) });
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_password_is_replaced_by_the_one_of_a_newer_invitation() {
    let mut journey = at_captcha().await;
    let newer = journey.world.invite(&journey.applicant).await.unwrap();
    journey.refused(journey.sign_in(), "BSV-106").await;
    journey.invited = newer;
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_too_often_is_told_how_long_to_wait() {
    let mut journey = Journey::start_with(Plan {
        adjust: |settings| settings.limits.picture_codes_a_minute = 4,
        ..Plan::default()
    })
    .await;
    journey.answer(Answer::RequestCaptcha).await.unwrap();
    journey.answer(Answer::RequestCaptcha).await.unwrap();
    let failure = journey.fails(Answer::RequestCaptcha, "BSV-708").await;
    let Failure::RateLimited { wait } = failure else {
        panic!("{failure:?}")
    };
    assert!((1..=60).contains(&wait), "{wait}");
    journey.world.advance(Duration::from_secs(60));
    journey.finish().await;
}
