//! What every step tells beside its question, what a version does not know, and what a journey costs.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;

use basvuru::application::{Answer, CertificateApplication, Screen, Step, SupportContact};
use basvuru::failure::Failure;
use basvuru::portal::{Method, SignInMethod};
use basvuru::texts::Language;
use basvuru_flows::{Journey, Plan, WAYPOINTS};
use basvuru_world::{Act, Front, TestVault, TlsIdentity};
use serde_json::{Value, json};

/// A journey with somebody in the middle.
async fn with_front() -> (Journey, Front) {
    let mut journey = Journey::start().await;
    let identity = TlsIdentity::of_portal(&journey.world).unwrap();
    let front = Front::before(&journey.world, &identity).await.unwrap();
    journey.redirect(Some(front.url()), None);
    (journey, front)
}

/// Alters the JSON answers of a path.
fn alter(front: &Front, end: &'static str, alter: fn(&mut Value)) {
    front.rule(move |_, path| match path.ends_with(end) {
        false => Act::Pass,
        true => Act::Alter(Box::new(move |body| {
            let mut value = serde_json::from_slice(&body).unwrap();
            alter(&mut value);
            value.to_string().into_bytes()
        })),
    });
}

fn contact(phone: &str) -> SupportContact {
    SupportContact {
        phone: phone.to_owned(),
        email: "destek@example.com".to_owned(),
    }
}

/// A journey at a portal that can be called.
async fn with_support() -> Journey {
    Journey::start_with(Plan {
        adjust: |settings| {
            settings.support.phone = "0850 000 00 01".to_owned();
            settings.support.email = "destek@example.com".to_owned();
        },
        ..Plan::default()
    })
    .await
}

fn place(step: &Step) -> (u8, u8) {
    let place = step.place.as_ref().unwrap();
    assert!(!place.name.is_empty());
    (place.number, place.count)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_says_where_it_is_and_where_help_is_and_the_notice_comes_before_the_form() {
    let mut journey = with_support().await;
    assert_eq!(journey.step().support, None, "nobody has told yet");
    journey.answer(Answer::RequestCaptcha).await.unwrap();
    let mut places = Vec::new();
    for screen in WAYPOINTS.into_iter().chain(["done"]) {
        journey.walk_to(screen).await;
        let step = journey.step();
        places.push(place(&step).0);
        assert_eq!(place(&step).1, 7);
        assert_eq!(step.support, Some(contact("0850 000 00 01")), "{screen}");
        let before_the_form = ["sign-in", "choose-order", "fill-form"].contains(&screen);
        assert_eq!(step.privacy.is_some(), before_the_form, "{screen}");
        if let Some(privacy) = step.privacy {
            assert!(
                privacy.title.contains("6698") || privacy.text.contains("6698"),
                "{privacy:?}"
            );
        }
    }
    assert!(
        places.is_sorted() && places[0] == 1 && places[places.len() - 1] == 7,
        "{places:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contact_the_app_was_built_with_stands_until_the_portal_tells_its_own() {
    let mut journey = with_support().await;
    journey.close();
    let mut configuration = journey
        .world
        .configuration(journey.home.path(), journey.language)
        .unwrap();
    let built_with = contact("0312 000 00 00");
    configuration.support = Some(built_with.clone());
    let ports = journey.ports(Arc::new(TestVault));
    journey.take(CertificateApplication::open(configuration, ports).unwrap());
    assert_eq!(journey.step().support, Some(built_with));
    let step = journey.go_on().await;
    assert_eq!(step.support, Some(contact("0850 000 00 01")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_of_signing_in_that_this_version_does_not_know_is_listed_with_its_sentence() {
    let (mut journey, front) = with_front().await;
    alter(&front, "/captchas", |captcha| {
        captcha["portal"]["sign_in_methods"] = json!(["e-government", "access-password", "another"]);
    });
    journey.go_on().await;
    let Screen::SignIn { methods, .. } = journey.step().screen else {
        panic!("sign-in expected")
    };
    let told: Vec<_> = methods.iter().map(|offer| (offer.method, offer.available)).collect();
    assert_eq!(
        told,
        [(SignInMethod::Unknown, false), (SignInMethod::AccessPassword, true)]
    );
    assert!(methods[0].note.as_ref().is_some_and(|note| note.ends_with('.')) && methods[1].note.is_none());
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_without_a_way_of_signing_in_that_is_known_is_told_and_lists_what_it_has() {
    let (mut journey, front) = with_front().await;
    alter(&front, "/captchas", |captcha| {
        captcha["portal"]["sign_in_methods"] = json!(["e-government"]);
    });
    let failure = journey.fails(Answer::RequestCaptcha, "BSV-110").await;
    assert_eq!(failure, Failure::SignInUnsupported);
    let Screen::SignIn { methods, captcha, .. } = journey.step().screen else {
        panic!("sign-in expected")
    };
    assert!(methods.iter().all(|offer| !offer.available) && methods.len() == 1 && captcha.is_none());
    front.rule(|_, _| Act::Pass);
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_of_signing_that_this_version_does_not_know_is_listed_and_cannot_be_chosen() {
    let (mut journey, front) = with_front().await;
    alter(&front, "/confirmation", |answer| {
        answer["methods"] = json!(["by-telepathy", "card"]);
    });
    journey.walk_to("choose-method").await;
    let Screen::ChooseMethod { methods } = journey.step().screen else {
        panic!("the method expected")
    };
    assert_eq!((methods[0].method, methods[0].available), (Method::Unknown, false));
    assert!(methods[0].note.as_ref().is_some_and(|note| note.ends_with('.')));
    let unknown = Answer::ChooseMethod {
        method: Method::Unknown,
    };
    journey.refused(unknown, "BSV-401").await;
    // It is stored as it was understood, and comes back so.
    let before = journey.kept();
    journey.restart();
    assert_eq!(journey.kept(), before);
    front.rule(|_, _| Act::Pass);
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_wants_a_newer_version_is_told_and_the_stage_waits_unharmed() {
    let (mut journey, front) = with_front().await;
    journey.walk_to("choose-method").await;
    let before = journey.kept();
    front.rule(|_, _| {
        let problem = json!({
            "type": "urn:basvuru:problem:app-outdated", "title": "old", "status": 403, "oldest_version": "99.0.0",
        });
        Act::Answer(403, "application/problem+json", problem.to_string().into_bytes())
    });
    let step = journey.answer(journey.right_answer().await).await.unwrap();
    assert!(matches!(&step.screen, Screen::Outdated { version } if version == "99.0.0"));
    assert!(step.hint.contains("99.0.0") && step.place.is_none() && step.support.is_some());
    journey.restart();
    assert_eq!(journey.screen(), "outdated", "it is remembered");
    let failure = journey.fails(Answer::Continue, "BSV-710").await;
    assert_eq!(
        failure,
        Failure::AppOutdated {
            version: "99.0.0".to_owned()
        }
    );
    journey.fails(Answer::AcceptDocuments, "BSV-801").await;

    front.rule(|_, _| Act::Pass);
    journey.answer(Answer::Continue).await.unwrap();
    assert_eq!(journey.kept(), before, "the stage is where it was");
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_language_changes_without_opening_again() {
    let mut journey = Journey::start().await;
    for screen in WAYPOINTS {
        journey.walk_to(screen).await;
        let turkish = journey.step();
        journey.app().set_language(Language::English);
        let english = journey.step();
        assert_ne!(turkish.title, english.title, "{screen}");
        assert_ne!(turkish.hint, english.hint, "{screen}");
        assert_eq!(turkish.screen.name(), english.screen.name());
        journey.app().set_language(Language::Turkish);
        assert_eq!(journey.step().title, turkish.title);
    }
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_costs_at_most_ten_requests_and_135_kilobytes() {
    // At the portal's own level: the time-stamp is among them.
    let mut journey = Journey::start().await;
    journey.finish().await;
    let traffic = journey.app().traffic();
    assert!(traffic.requests <= 10, "{} requests", traffic.requests);
    assert!(traffic.bytes <= 135_000, "{} bytes", traffic.bytes);
}
