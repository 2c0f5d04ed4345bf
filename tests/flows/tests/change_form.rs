//! The way back to an approved form: it is changed and approved anew, what followed the approval before is void on both
//! sides, and whatever interrupts that loses nothing and repeats nothing.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::HashMap;
use std::time::Duration;

use basvuru::application::{Answer, FormField, PendingAction, Screen};
use basvuru::failure::Failure;
use basvuru_flows::{Journey, Plan, sha256};
use basvuru_world::{Act, Front, TlsIdentity};

const LONGER_THAN_A_SESSION: Duration = Duration::from_secs(15 * 60 + 1);
const OTHER_PHONE: &str = "+905337654321";

/// The screens after the approval, each where the form can be changed.
const APPROVED: [&str; 6] = [
    "confirm-phone",
    "confirm-phone-sent",
    "choose-method",
    "review-documents",
    "sign",
    "sign-pin",
];

/// A journey at a screen, whose codes may follow each other at once and outlive the session.
async fn at(screen: &str) -> Journey {
    let mut journey = Journey::start_with(Plan {
        adjust: |settings| {
            settings.limits.code_resend = Duration::ZERO;
            settings.limits.code_lifetime = Duration::from_secs(3600);
        },
        ..Plan::default()
    })
    .await;
    journey.walk_to(screen).await;
    journey
}

fn change() -> Answer {
    Answer::ChangeForm { order: None }
}

fn change_of(journey: &Journey) -> Answer {
    Answer::ChangeForm {
        order: Some(journey.invited.order.clone()),
    }
}

fn values(changed: &[(&str, &str)]) -> HashMap<String, String> {
    changed
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn approve(changed: &[(&str, &str)]) -> Answer {
    Answer::ApproveForm {
        values: values(changed),
    }
}

fn field(journey: &Journey, name: &str) -> FormField {
    let Screen::FillForm { fields, .. } = journey.step().screen else {
        panic!("the form expected, not {}", journey.screen())
    };
    fields.into_iter().find(|field| field.name == name).unwrap()
}

fn has_documents(journey: &Journey) -> bool {
    journey.app().document("basvuru-formu".to_owned()).is_ok()
}

/// How many times the form was approved, and how many of these approvals were voided.
fn approvals(journey: &Journey) -> (usize, usize) {
    let ledger = journey.ledger();
    (ledger.count("approved"), ledger.count("approval-voided"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistyped_number_is_corrected_from_every_step_after_the_approval_and_what_followed_is_void() {
    for screen in APPROVED {
        let mut journey = at(screen).await;
        let old_code = match screen {
            "confirm-phone-sent" => Some(journey.code().await),
            _ => None,
        };
        assert_eq!(
            has_documents(&journey),
            ["review-documents", "sign", "sign-pin"].contains(&screen)
        );
        journey.answer(change()).await.unwrap();
        let shown = journey.kept();
        for restarted in [false, true] {
            if restarted {
                journey.restart();
            }
            assert_eq!(journey.kept(), shown, "{screen}");
            assert_eq!(field(&journey, "mobile").value, "+905320000001", "{screen}");
            assert_eq!(field(&journey, "birth_place").value, "Iğdır", "{screen}");
            assert!(
                !has_documents(&journey),
                "{screen}: nothing is left of what was to be signed"
            );
        }
        journey.answer(approve(&[("mobile", OTHER_PHONE)])).await.unwrap();
        let Screen::ConfirmPhone { masked_phone, code, .. } = journey.step().screen else {
            panic!("{screen}: the telephone expected, not {}", journey.screen())
        };
        assert!(masked_phone.unwrap().ends_with("43 21"), "{screen}");
        assert_eq!(code, None, "{screen}: a code sent before confirms nothing any more");
        if let Some(code) = old_code {
            journey.fails(Answer::ConfirmCode { code }, "BSV-304").await;
        }
        journey.finish().await;
        assert_eq!(approvals(&journey), (2, 1), "{screen}");
        assert_eq!(journey.verifications(), 1, "{screen}");
        // The one that was stated in the end, then the one that the institution told.
        let texts = journey.world.outbox().texts().unwrap();
        let recipients: Vec<&str> = texts.iter().rev().take(2).map(|text| text.recipient.as_str()).collect();
        assert_eq!(recipients, [journey.applicant.phone.as_str(), OTHER_PHONE], "{screen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_only_looks_at_an_approved_form_loses_nothing() {
    for screen in ["confirm-phone-sent", "choose-method", "sign-pin"] {
        let mut journey = at(screen).await;
        journey.answer(change()).await.unwrap();
        journey.answer(Answer::Back).await.unwrap();
        assert_eq!(journey.screen(), "choose-order");
        if screen == "confirm-phone-sent" {
            // The code that was sent is still good.
            journey.go_on().await;
            let code = journey.code().await;
            journey.answer(Answer::ConfirmCode { code }).await.unwrap();
        }
        journey.finish().await;
        assert_eq!(approvals(&journey), (1, 0), "{screen}");
        assert_eq!(journey.ledger().count("code-sent"), 1, "{screen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_of_an_order_is_changed_from_the_list_while_it_was_approved_and_is_not_signed() {
    let mut journey = at("choose-order").await;
    // Never approved: it is filled in, not changed.
    journey.refused(change_of(&journey), "BSV-801").await;
    journey.refused(change(), "BSV-801").await;
    let unknown = Answer::ChangeForm {
        order: Some("2026-AAAAAAAA".to_owned()),
    };
    assert_eq!(journey.refused(unknown, "BSV-201").await, Failure::OrderUnknown);

    for screen in ["confirm-phone", "choose-method", "review-documents"] {
        journey.walk_to(screen).await;
        journey.answer(Answer::Leave).await.unwrap();
        journey.walk_to("choose-order").await;
        journey.answer(change_of(&journey)).await.unwrap();
        assert_eq!(field(&journey, "birth_place").value, "Iğdır", "{screen}");
        journey.answer(approve(&[])).await.unwrap();
        assert_eq!(journey.screen(), "confirm-phone", "{screen}");
    }
    journey.finish().await;
    assert_eq!(approvals(&journey), (4, 3));

    // Signed: it stays as it is.
    journey.answer(Answer::RefreshOrders).await.unwrap();
    journey.refused(change_of(&journey), "BSV-801").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_into_an_approved_form_is_kept_until_the_next_approval() {
    let mut journey = at("choose-method").await;
    let typed = || Answer::SaveDraft {
        values: values(&[("note", "Öğleden sonra")]),
    };
    journey.answer(change()).await.unwrap();
    journey.answer(typed()).await.unwrap();
    journey.answer(Answer::Back).await.unwrap();
    journey.restart();
    journey.answer(change_of(&journey)).await.unwrap();
    assert_eq!(field(&journey, "note").value, "Öğleden sonra");
    journey.answer(approve(&[("note", "Akşam")])).await.unwrap();
    journey.answer(change()).await.unwrap();
    assert_eq!(field(&journey, "note").value, "Akşam", "what was approved last");

    // What was typed before another device has approved the form anew is not put over what that has approved.
    journey.answer(typed()).await.unwrap();
    journey.answer(Answer::Back).await.unwrap();
    journey
        .approve_anew_elsewhere(&values(&[("note", "Sabah")]), false)
        .await;
    journey.answer(change_of(&journey)).await.unwrap();
    assert_eq!(field(&journey, "note").value, "Sabah");
    journey.answer(approve(&[])).await.unwrap();
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_approved_anew_elsewhere_meanwhile_is_shown_anew_with_what_was_typed() {
    let mut journey = at("choose-method").await;
    journey.answer(change()).await.unwrap();
    journey
        .approve_anew_elsewhere(&values(&[("birth_place", "Ağrı")]), true)
        .await;
    let failure = journey.fails(approve(&[("note", "Akşam")]), "BSV-206").await;
    assert_eq!(failure, Failure::FormChanged);
    assert_eq!(field(&journey, "note").value, "Akşam");
    assert_eq!(field(&journey, "birth_place").value, "Ağrı");
    journey.finish().await;
    assert_eq!(approvals(&journey), (3, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_signed_elsewhere_meanwhile_is_not_changed_and_the_receipt_is_shown() {
    let journey = at("choose-method").await;
    let elsewhere = journey.finish_elsewhere().await;
    let step = journey.answer(change()).await.unwrap();
    assert_eq!(step.notice.unwrap().code, "BSV-203");
    assert!(matches!(step.screen, Screen::Done { receipt, .. } if receipt == elsewhere));
    assert_eq!(approvals(&journey), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_on_its_way_is_let_go_of_when_the_form_was_approved_anew_elsewhere() {
    for confirms in [false, true] {
        let mut journey = at("sign-pin").await;
        let identity = TlsIdentity::of_portal(&journey.world).unwrap();
        let front = Front::before(&journey.world, &identity).await.unwrap();
        journey.redirect(Some(front.url()), None);
        journey.walk_to("sign-pin").await;
        front.rule(|_, asked| match asked.ends_with("/signature") {
            true => Act::LoseRequest,
            false => Act::Pass,
        });
        journey.fails(journey.right_answer().await, "BSV-701").await;
        front.rule(|_, _| Act::Pass);
        // On its way it is changed by nobody here.
        journey.refused(change(), "BSV-801").await;
        journey.refused(change_of(&journey), "BSV-801").await;

        journey.approve_anew_elsewhere(&HashMap::new(), confirms).await;
        match journey.answer(Answer::Continue).await {
            Ok(step) => {
                assert!(!confirms);
                assert_eq!(step.notice.unwrap().code, "BSV-203", "the person is told");
                assert_eq!(step.screen.name(), "confirm-phone");
            }
            Err(failure) => assert_eq!((confirms, failure), (true, Failure::SignatureRefused)),
        }
        let container = journey.app().signed_container(journey.invited.order.clone());
        assert!(container.is_err(), "a signature that is void is not given to anybody");
        journey.finish().await;
        assert_eq!(journey.ledger().receipts, 1);
    }
}

/// What goes wrong, and whether the portal has seen the request by then.
const MISHAPS: [bool; 2] = [false, true];

#[tokio::test(flavor = "multi_thread")]
async fn whatever_cuts_the_change_of_a_form_loses_nothing_and_repeats_nothing() {
    for seen in MISHAPS {
        for screen in APPROVED {
            let context = format!("{screen}, request seen: {seen}");
            let mut journey = at("sign-in").await;
            let identity = TlsIdentity::of_portal(&journey.world).unwrap();
            let front = Front::before(&journey.world, &identity).await.unwrap();
            journey.redirect(Some(front.url()), None);
            journey.walk_to(screen).await;
            let cut = |path: &'static str| {
                front.rule(move |_, asked| match asked.ends_with(path) {
                    true if seen => Act::LoseAnswer,
                    true => Act::LoseRequest,
                    false => Act::Pass,
                });
            };
            // Cut on the way to the form: everything is where it was.
            cut("/form");
            let documents = has_documents(&journey);
            journey.refused(change(), "BSV-701").await;
            front.rule(|_, _| Act::Pass);
            let shown = journey.kept();
            journey.restart();
            assert_eq!(
                (journey.kept(), has_documents(&journey)),
                (shown, documents),
                "{context}"
            );

            // Cut in the new approval: it goes on after the app was killed, once.
            journey.answer(change()).await.unwrap();
            cut("/approval");
            journey.fails(approve(&[("note", "Akşam")]), "BSV-701").await;
            front.rule(|_, _| Act::Pass);
            journey.restart();
            let step = journey.step();
            let pending = matches!(
                step.screen,
                Screen::Pending {
                    action: PendingAction::Approval
                }
            );
            assert!(pending, "{context}");
            journey.answer(Answer::Continue).await.unwrap();
            assert_eq!(journey.screen(), "confirm-phone", "{context}");
            journey.finish().await;
            assert_eq!(approvals(&journey), (2, 1), "{context}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_in_the_change_of_a_form_is_renewed_and_the_form_is_approved_once() {
    for seen in MISHAPS {
        for screen in ["confirm-phone", "choose-method", "sign-pin"] {
            let context = format!("{screen}, request seen: {seen}");
            let mut journey = at("sign-in").await;
            let identity = TlsIdentity::of_portal(&journey.world).unwrap();
            let front = Front::before(&journey.world, &identity).await.unwrap();
            journey.redirect(Some(front.url()), None);
            journey.walk_to(screen).await;
            journey.world.advance(LONGER_THAN_A_SESSION);
            // The way to the form ends at the sign-in, and where one was is where one comes back to.
            let before = journey.kept();
            journey.answer(change()).await.unwrap();
            assert_eq!(journey.screen(), "sign-in", "{context}");
            journey.sign_in_again().await;
            assert_eq!(journey.kept(), before, "{context}");

            journey.answer(change()).await.unwrap();
            front.rule(move |_, asked| match asked.ends_with("/approval") {
                true if seen => Act::LoseAnswer,
                true => Act::LoseRequest,
                false => Act::Pass,
            });
            journey.fails(approve(&[("note", "Akşam")]), "BSV-701").await;
            front.rule(|_, _| Act::Pass);
            journey.world.advance(LONGER_THAN_A_SESSION);
            journey.restart();
            journey.go_on().await;
            assert_eq!(journey.screen(), "sign-in", "{context}");
            journey.sign_in_again().await;
            assert_eq!(journey.screen(), "confirm-phone", "{context}: it goes on by itself");
            assert!(journey.step().notice.is_none(), "{context}");
            journey.finish().await;
            assert_eq!(approvals(&journey), (2, 1), "{context}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documents_of_the_new_approval_are_what_is_signed() {
    let mut journey = at("review-documents").await;
    let before = sha256(&journey.app().document("basvuru-formu".to_owned()).unwrap());
    journey.answer(change()).await.unwrap();
    // The clock stands still and nothing is changed, and yet it is another approval.
    journey.answer(approve(&[])).await.unwrap();
    journey.walk_to("review-documents").await;
    let now = sha256(&journey.app().document("basvuru-formu".to_owned()).unwrap());
    assert_ne!(before, now);
    let receipt = journey.finish().await;
    let container = journey.app().signed_container(receipt.order).unwrap();
    let trust = basvuru::certificate::TrustAnchors::new(Vec::new());
    let report = basvuru::signature::verify::verify_container(&container, &trust, journey.world.now());
    assert!(report.documents.iter().any(|document| document.sha256() == Some(&now)));
}
