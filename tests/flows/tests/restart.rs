//! The app is closed after any step and opened again: it shows the same, needs no network for it, and goes on.

use basvuru::application::{Answer, Screen};
use basvuru::reader::Link;
use basvuru::texts::Language;
use basvuru_flows::{Journey, Plan};
use basvuru_world::{Act, Front, TlsIdentity};

#[tokio::test(flavor = "multi_thread")]
async fn an_app_closed_after_any_step_shows_the_same_step_when_it_is_opened_again() {
    for link in [Link::Contact, Link::Nfc] {
        let mut journey = Journey::start_with(Plan {
            link,
            ..Plan::default()
        })
        .await;
        let mut screens = Vec::new();
        while journey.screen() != "done" {
            if journey.screen() == "sign-in" {
                // The picture code was for the eyes of a moment ago.
                journey.restart();
                journey.go_on().await;
            }
            let (before, requests) = (journey.kept(), journey.app().traffic().requests);
            journey.go_on().await;
            let moved = journey.kept() != before || journey.app().traffic().requests > requests;
            screens.push(journey.screen());
            let shown = journey.kept();
            journey.world.stop_portal().await;
            journey.restart();
            assert_eq!(journey.kept(), shown, "{link:?}");
            journey.world.start_portal().await.unwrap();
            if !moved && journey.screen() == "sign" {
                // Reading the card is the one step that a restart takes back.
                journey.go_on().await;
                journey.go_on().await;
            }
        }
        assert!(screens.len() >= 8, "{screens:?}");
        let _ = journey.check_done();
        let ledger = journey.ledger();
        assert_eq!((ledger.count("approved"), ledger.count("code-sent")), (1, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_closed_while_something_is_pending_goes_on_with_it() {
    let mut journey = Journey::start().await;
    let identity = TlsIdentity::of_portal(&journey.world).unwrap();
    let front = Front::before(&journey.world, &identity).await.unwrap();
    journey.redirect(Some(front.url()), None);
    for (screen, path) in [
        ("fill-form", "/approval"),
        ("confirm-phone", "/codes"),
        ("sign-pin", "/signature"),
    ] {
        journey.walk_to(screen).await;
        front.rule(move |_, asked| {
            if asked.ends_with(path) {
                Act::LoseAnswer
            } else {
                Act::Pass
            }
        });
        journey.fails(journey.right_answer().await, "BSV-701").await;
        front.rule(|_, _| Act::Pass);
        let shown = journey.kept();
        journey.restart();
        assert_eq!(journey.kept(), shown);
        assert!(matches!(journey.step().screen, Screen::Pending { .. }));
    }
    journey.finish().await;
    let ledger = journey.ledger();
    assert_eq!((ledger.count("approved"), ledger.count("code-sent")), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_opened_in_another_language_shows_the_same_in_that_language() {
    let mut journey = Journey::at("fill-form").await;
    let Screen::FillForm { fields: turkish, .. } = journey.step().screen else {
        panic!("the form expected")
    };
    journey.language = Language::English;
    journey.restart();
    let Screen::FillForm { fields: english, .. } = journey.step().screen else {
        panic!("the form expected")
    };
    assert_eq!(turkish.len(), english.len());
    for (turkish, english) in turkish.iter().zip(&english) {
        assert_eq!((&turkish.name, &turkish.value), (&english.name, &english.value));
        assert_ne!(turkish.label, english.label);
    }
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_been_left_is_not_shown_again() {
    let mut journey = Journey::at("sign-pin").await;
    journey.answer(Answer::Leave).await.unwrap();
    for restarted in [false, true] {
        if restarted {
            journey.restart();
        }
        assert_eq!(journey.kept(), "sign-in");
        assert!(journey.app().document("basvuru-formu".to_owned()).is_err());
    }
    // What the portal has stays there.
    journey.finish().await;
    assert_eq!(journey.ledger().count("approved"), 1);
}
