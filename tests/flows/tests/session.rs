//! The session ends at any moment: the person signs in again and goes on where they were, and nobody else can.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;
use std::time::Duration;

use basvuru::application::{Answer, PendingAction, Screen};
use basvuru::failure::Failure;
use basvuru::secret::Password;
use basvuru_flows::{Journey, Plan, WAYPOINTS};
use basvuru_test_pki::IssueOptions;
use basvuru_world::{Act, Applicant, Front, TlsIdentity};

const LONGER_THAN_A_SESSION: Duration = Duration::from_secs(15 * 60 + 1);

/// A journey whose code outlives the session.
async fn start() -> Journey {
    Journey::start_with(Plan {
        adjust: |settings| settings.limits.code_lifetime = Duration::from_secs(3600),
        ..Plan::default()
    })
    .await
}

/// The person is asked to sign in again as themselves, and is told why.
fn must_sign_in_again(journey: &Journey) {
    let step = journey.step();
    let Screen::SignIn { identity, captcha, .. } = step.screen else {
        panic!("sign-in expected, not {}", journey.screen())
    };
    let identity = identity.unwrap();
    assert_eq!(identity.number, journey.applicant.identity);
    assert!(!identity.editable && captcha.is_none());
    assert_eq!(step.notice.unwrap().code, "BSV-108");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_at_any_screen_is_renewed_and_the_application_goes_on_where_it_was() {
    for waypoint in &WAYPOINTS[2..] {
        let mut journey = start().await;
        journey.walk_to(waypoint).await;
        let before = journey.kept();
        journey.world.advance(LONGER_THAN_A_SESSION);
        // Some answers need no portal; the first that does ends in a new sign-in.
        while journey.screen() != "sign-in" {
            journey.go_on().await;
            assert_ne!(journey.screen(), "done", "{waypoint}: the session did not end");
        }
        must_sign_in_again(&journey);
        journey.restart();
        assert_eq!(journey.screen(), "sign-in", "{waypoint}");
        journey.go_on().await;
        let submitted = ["review-documents", "sign", "sign-pin"].contains(waypoint);
        match *waypoint {
            // What was begun when the session ended went on by itself.
            "fill-form" => assert_eq!(journey.screen(), "confirm-phone", "{waypoint}"),
            "confirm-phone" => assert_eq!(journey.screen(), "confirm-phone-sent", "{waypoint}"),
            _ if submitted => assert_eq!(journey.screen(), "done", "{waypoint}"),
            _ => assert_eq!(journey.kept(), before, "{waypoint}"),
        }
        journey.finish().await;
        let ledger = journey.ledger();
        assert_eq!(
            (ledger.count("approved"), ledger.count("code-sent")),
            (1, 1),
            "{waypoint}"
        );
        assert_eq!(journey.verifications(), 1, "{waypoint}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_at_the_list_of_orders_is_renewed_with_a_fresh_list() {
    let mut journey = Journey::at("choose-order").await;
    journey.world.advance(LONGER_THAN_A_SESSION);
    journey.go_on().await;
    must_sign_in_again(&journey);
    journey.walk_to("choose-order").await;
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_at_the_receipt_costs_nothing() {
    let mut journey = Journey::start().await;
    let receipt = journey.finish().await;
    journey.world.advance(LONGER_THAN_A_SESSION);
    journey.answer(Answer::RefreshOrders).await.unwrap();
    must_sign_in_again(&journey);
    assert_eq!(journey.app().history().unwrap(), [receipt]);
    journey.go_on().await;
    let _ = journey.check_done();
}

/// The screens where an effect begins that must not happen twice, the request that carries it, and what is pending then.
const INTENTS: [(&str, &str, PendingAction, &str); 3] = [
    ("fill-form", "/approval", PendingAction::Approval, "approved"),
    ("confirm-phone", "/codes", PendingAction::Code, "code-sent"),
    ("sign-pin", "/signature", PendingAction::Submission, "signed"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_while_something_is_under_way_is_renewed_and_it_happens_once() {
    for answer_lost in [false, true] {
        for (screen, path, action, event) in INTENTS {
            let context = format!("{screen}, answer lost: {answer_lost}");
            let mut journey = start().await;
            let identity = TlsIdentity::of_portal(&journey.world).unwrap();
            let front = Front::before(&journey.world, &identity).await.unwrap();
            journey.redirect(Some(front.url()), None);
            journey.walk_to(screen).await;
            front.rule(move |_, asked| match asked.ends_with(path) {
                true if answer_lost => Act::LoseAnswer,
                true => Act::LoseRequest,
                false => Act::Pass,
            });
            let failure = journey.fails(journey.right_answer().await, "BSV-701").await;
            assert_eq!(failure, Failure::PortalUnreachable, "{context}");
            let step = journey.step();
            assert!(
                matches!(step.screen, Screen::Pending { action: pending } if pending == action),
                "{context}"
            );
            front.rule(|_, _| Act::Pass);
            assert_eq!(journey.ledger().count(event), usize::from(answer_lost), "{context}");

            journey.world.advance(LONGER_THAN_A_SESSION);
            journey.restart();
            journey.go_on().await;
            must_sign_in_again(&journey);
            journey.go_on().await;
            let step = journey.step();
            assert!(
                !matches!(step.screen, Screen::Pending { .. } | Screen::SignIn { .. }),
                "{context}: it goes on by itself"
            );
            assert!(step.notice.is_none(), "{context}: {:?}", step.notice);
            journey.finish().await;
            for (.., event) in INTENTS {
                assert_eq!(journey.ledger().count(event), 1, "{context}: {event}");
            }
            assert_eq!(journey.world.outbox().texts().unwrap().len(), 1, "{context}");
            assert_eq!(journey.verifications(), 1, "{context}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_person_cannot_sign_in_to_go_on() {
    let mut journey = Journey::at("fill-form").await;
    let other = journey.world.invite(&Applicant::other()).await.unwrap();
    journey.world.advance(LONGER_THAN_A_SESSION);
    journey.go_on().await;
    let credentials = |captcha| Answer::SignIn {
        identity_kind: Applicant::other().identity_kind,
        identity: Applicant::other().identity,
        access_password: Arc::new(Password::from(other.access_password.clone())),
        captcha,
    };
    let requests = journey.app().traffic().requests;
    let failure = journey.refused(credentials(String::new()), "BSV-109").await;
    assert_eq!(failure, Failure::AnotherPerson);
    journey.answer(Answer::RequestCaptcha).await.unwrap();
    let failure = journey.refused(credentials(journey.captcha()), "BSV-109").await;
    assert_eq!(failure, Failure::AnotherPerson);
    assert_eq!(
        journey.app().traffic().requests,
        requests + 1,
        "the portal was not asked"
    );
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_person_begins_anew_where_the_first_has_left() {
    let mut journey = Journey::at("fill-form").await;
    let other = journey.world.invite(&Applicant::other()).await.unwrap();
    journey.answer(Answer::Leave).await.unwrap();
    journey.restart();
    let Screen::SignIn { identity, .. } = journey.step().screen else {
        panic!("sign-in expected")
    };
    assert!(identity.is_none(), "the first is not shown to the second");
    journey.applicant = Applicant::other();
    journey.invited = other;
    let card = journey.make_card(&journey.applicant, &IssueOptions::default());
    journey.put(card);
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_application_on_its_way_cannot_be_left_behind() {
    let mut journey = Journey::at("sign-pin").await;
    journey.world.stop_portal().await;
    journey.fails(journey.right_answer().await, "BSV-701").await;
    journey.refused(Answer::Leave, "BSV-801").await;
    journey.world.start_portal().await.unwrap();
    journey.world.advance(LONGER_THAN_A_SESSION);
    journey.go_on().await;
    must_sign_in_again(&journey);
    journey.refused(Answer::Leave, "BSV-801").await;
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_was_withdrawn_is_told_and_leads_back_to_the_list() {
    for waypoint in ["fill-form", "confirm-phone-sent", "choose-method", "sign-pin"] {
        let mut journey = Journey::at(waypoint).await;
        let answer = journey.right_answer().await;
        journey.world.withdraw(&journey.invited.order).await.unwrap();
        let step = journey.answer(answer).await.unwrap();
        assert_eq!(step.screen.name(), "choose-order", "{waypoint}");
        assert_eq!(step.notice.unwrap().code, "BSV-202", "{waypoint}");
        let order = journey.invited.order.clone();
        assert!(journey.app().signed_container(order).is_err(), "{waypoint}");

        journey.invited = journey.world.invite(&journey.applicant).await.unwrap();
        journey.readers.clear();
        journey.answer(Answer::Leave).await.unwrap();
        journey.world.advance(Duration::from_secs(60));
        journey.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_device_that_finishes_first_is_caught_up_with() {
    for waypoint in &WAYPOINTS[1..] {
        let mut journey = Journey::at(waypoint).await;
        let card = Arc::clone(&journey.card);
        let another = journey.make_card(&journey.applicant, &IssueOptions::default());
        journey.put(another);
        let elsewhere = journey.finish_elsewhere().await;
        journey.readers.put(Some(card));
        let container = journey.app().signed_container(journey.invited.order.clone());
        assert!(container.is_err(), "{waypoint}: this device has signed nothing yet");
        // At most signing lies before the answer that needs the portal.
        for _ in 0..3 {
            if journey.screen() == "done" {
                break;
            }
            journey.go_on().await;
        }
        let Screen::Done { receipt, .. } = journey.step().screen else {
            panic!("{waypoint}: {}", journey.screen())
        };
        assert_eq!(receipt, elsewhere, "{waypoint}");
        assert_eq!(journey.app().history().unwrap(), [receipt], "{waypoint}");
        let container = journey.app().signed_container(journey.invited.order.clone());
        assert!(
            matches!(container, Err(Failure::DocumentUnknown)),
            "{waypoint}: what the portal did not take is not shown as the signed application"
        );
        assert_eq!(journey.ledger().receipts, 1, "{waypoint}");
    }
}
