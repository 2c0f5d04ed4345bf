//! The applicant states another number than the institution told: that one is confirmed as well, or the institution confirms
//! the stated one, before anything is signed; whatever is cut, and whenever.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use basvuru::application::{Answer, Screen};
use basvuru::portal::PhoneNumberAsked;
use basvuru_flows::{Journey, Plan, filled};
use basvuru_world::{Act, Front, TlsIdentity};

/// A number that the institution did not tell.
const STATED: &str = "+905337654321";
const LONGER_THAN_A_SESSION: Duration = Duration::from_secs(15 * 60 + 1);

/// The states between the form and the choice of a method, in their order.
const STATES: [&str; 5] = ["stated", "stated-sent", "told", "told-sent", "await-institution"];

async fn start() -> Journey {
    Journey::start_with(Plan {
        adjust: |settings| settings.limits.code_lifetime = Duration::from_secs(3600),
        ..Plan::default()
    })
    .await
}

/// Approves the form that is shown, with a mobile number.
async fn approve(journey: &Journey, mobile: &str) {
    let Screen::FillForm { fields, .. } = journey.step().screen else {
        panic!("the form expected, not {}", journey.screen())
    };
    let mut values = filled(&fields);
    values.insert("mobile".to_owned(), mobile.to_owned());
    journey.answer(Answer::ApproveForm { values }).await.unwrap();
}

/// Goes on to a state.
async fn walk_to(journey: &mut Journey, state: &str) {
    if state == "await-institution" {
        Box::pin(walk_to(journey, "told")).await;
        journey.answer(Answer::AskInstitution).await.unwrap();
        return;
    }
    if journey.screen() == "sign-in" || journey.screen() == "choose-order" {
        journey.walk_to("fill-form").await;
    }
    if journey.screen() == "fill-form" {
        approve(journey, STATED).await;
    }
    while self::state(journey) != state {
        journey.go_on().await;
    }
}

async fn at(state: &str) -> Journey {
    let mut journey = start().await;
    walk_to(&mut journey, state).await;
    journey
}

fn state(journey: &Journey) -> &'static str {
    let screen = journey.step().screen;
    let Screen::ConfirmPhone { number, code, .. } = &screen else {
        return screen.name();
    };
    match (number, code.is_some()) {
        (PhoneNumberAsked::Stated, false) => "stated",
        (PhoneNumberAsked::Stated, true) => "stated-sent",
        (PhoneNumberAsked::Told, false) => "told",
        (PhoneNumberAsked::Told, true) => "told-sent",
    }
}

/// The numbers that text messages went to, in their order.
fn recipients(journey: &Journey) -> Vec<String> {
    let texts = journey.world.outbox().texts().unwrap();
    texts.into_iter().map(|text| text.recipient).collect()
}

fn notice(journey: &Journey) -> Option<String> {
    journey.step().notice.map(|notice| notice.code)
}

/// Signs in again, with a picture code where the portal wants one.
async fn sign_in_again(journey: &Journey) {
    while journey.screen() == "sign-in" {
        journey.go_on().await;
    }
}

fn mobile(journey: &Journey) -> String {
    let Screen::FillForm { fields, .. } = journey.step().screen else {
        panic!("the form expected, not {}", journey.screen())
    };
    let mut fields: HashMap<_, _> = fields.into_iter().map(|field| (field.name, field.value)).collect();
    fields.remove("mobile").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_the_institution_did_not_tell_needs_a_code_to_the_told_one_as_well() {
    let mut journey = at("told").await;
    let Screen::ConfirmPhone {
        masked_phone,
        institution,
        ..
    } = journey.step().screen
    else {
        panic!("the telephone expected")
    };
    assert!(masked_phone.unwrap().ends_with("00 01"), "the told number");
    assert_eq!(institution.as_deref(), Some("Örnek Kurum"));
    let hint = journey.step().hint;
    assert!(hint.contains("başka bir numara"), "{hint}");
    assert_eq!(recipients(&journey), [STATED]);

    journey.finish().await;
    assert_eq!(recipients(&journey), [STATED, journey.applicant.phone.as_str()]);
    assert_eq!(journey.ledger().outcomes("phone-confirmed"), ["stated", "told"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_told_number_however_it_is_written_needs_one_code() {
    let mut journey = start().await;
    journey.walk_to("fill-form").await;
    approve(&journey, "0532 000 00 01").await;
    journey.finish().await;
    assert_eq!(recipients(&journey), [journey.applicant.phone.as_str()]);
    assert_eq!(journey.ledger().outcomes("phone-confirmed"), ["ok"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_of_the_stated_number_confirms_the_told_one_never() {
    let mut journey = at("stated-sent").await;
    let stated = journey.code().await;
    journey
        .answer(Answer::ConfirmCode {
            code: Arc::clone(&stated),
        })
        .await
        .unwrap();
    assert_eq!(state(&journey), "told");
    journey
        .fails(
            Answer::ConfirmCode {
                code: Arc::clone(&stated),
            },
            "BSV-304",
        )
        .await;
    journey.go_on().await;
    let told = journey.code().await;
    if told.utf8() != stated.utf8() {
        journey.fails(Answer::ConfirmCode { code: stated }, "BSV-302").await;
    }
    assert_eq!(state(&journey), "told-sent");
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_institution_confirms_in_place_of_the_second_code() {
    let mut journey = at("await-institution").await;
    let step = journey.step();
    let Screen::AwaitInstitution {
        institution,
        masked_phone,
    } = &step.screen
    else {
        panic!("the institution expected, not {}", journey.screen())
    };
    assert_eq!(institution, "Örnek Kurum");
    assert!(masked_phone.ends_with("43 21"), "the stated number");
    assert!(
        step.hint.contains("Örnek Kurum") && step.hint.contains("43 21"),
        "{}",
        step.hint
    );
    assert_eq!(step.place.unwrap().number, 3);

    // It has not answered: nothing happens, and nothing went wrong.
    let before = journey.kept();
    journey.answer(Answer::Continue).await.unwrap();
    assert_eq!((journey.kept(), notice(&journey)), (before, None));

    journey.world.answer_number(&journey.invited.order, true).await.unwrap();
    journey.answer(Answer::Continue).await.unwrap();
    assert_eq!((state(&journey), notice(&journey)), ("choose-method", None));
    journey.finish().await;
    assert_eq!(recipients(&journey), [STATED], "no second code");
    assert_eq!(journey.ledger().outcomes("phone-confirmed"), ["stated", "institution"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_institution_leads_back_to_the_form_with_everything_in_it() {
    let mut journey = at("await-institution").await;
    journey
        .world
        .answer_number(&journey.invited.order, false)
        .await
        .unwrap();
    journey.answer(Answer::Continue).await.unwrap();
    assert_eq!(
        (journey.screen(), notice(&journey).as_deref()),
        ("fill-form", Some("BSV-306"))
    );
    assert_eq!(mobile(&journey), STATED);
    journey.restart();
    assert_eq!(journey.screen(), "fill-form");
    // The told number is stated after all.
    journey.world.advance(Duration::from_secs(60));
    approve(&journey, "0532 000 00 01").await;
    assert_eq!(state(&journey), "stated");
    journey.finish().await;
    assert_eq!(journey.ledger().outcomes("phone-confirmed"), ["stated", "ok"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_killed_in_any_state_between_goes_on_there_and_nothing_happens_twice() {
    for wanted in STATES {
        let mut journey = at(wanted).await;
        let shown = journey.kept();
        journey.world.stop_portal().await;
        journey.restart();
        assert_eq!((state(&journey), journey.kept()), (wanted, shown), "{wanted}");
        journey.world.start_portal().await.unwrap();
        if wanted == "await-institution" {
            journey.answer(Answer::Back).await.unwrap();
            assert_eq!(state(&journey), "told");
        }
        journey.finish().await;
        assert_eq!(journey.ledger().count("approved"), 1, "{wanted}");
        assert_eq!(journey.ledger().count("code-sent"), 2, "{wanted}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_lost_on_the_way_is_made_up_for() {
    for (wanted, path, event) in [
        ("stated-sent", "/confirmation", "phone-confirmed"),
        ("told", "/codes", "code-sent"),
        ("told-sent", "/confirmation", "phone-confirmed"),
        ("told", "/confirmation/institution", "institution-asked"),
    ] {
        let mut journey = start().await;
        let identity = TlsIdentity::of_portal(&journey.world).unwrap();
        let front = Front::before(&journey.world, &identity).await.unwrap();
        journey.redirect(Some(front.url()), None);
        walk_to(&mut journey, wanted).await;
        let answer = match event {
            "institution-asked" => Answer::AskInstitution,
            _ => journey.right_answer().await,
        };
        let before = journey.ledger().count(event);
        front.rule(move |_, asked| match asked.ends_with(path) {
            true => Act::LoseAnswer,
            false => Act::Pass,
        });
        journey.fails(answer, "BSV-701").await;
        front.rule(|_, _| Act::Pass);
        journey.restart();
        assert_eq!(journey.ledger().count(event), before + 1, "{wanted} {path}");
        if event == "institution-asked" {
            journey.answer(Answer::AskInstitution).await.unwrap();
            assert_eq!(journey.screen(), "await-institution");
            journey.world.answer_number(&journey.invited.order, true).await.unwrap();
        } else if event == "phone-confirmed" {
            // The portal has taken the code: another is not needed for that number.
            let _ = journey.answer(journey.right_answer().await).await;
            journey.restart();
        }
        journey.world.advance(Duration::from_secs(60));
        journey.finish().await;
        let ledger = journey.ledger();
        assert_eq!(
            ledger.outcomes("phone-confirmed").len(),
            2,
            "{wanted} {path}: {ledger:?}"
        );
        assert!(ledger.count("institution-asked") <= 1, "{wanted} {path}: {ledger:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_in_any_state_between_is_renewed_and_goes_on_there() {
    for wanted in STATES {
        let mut journey = at(wanted).await;
        let shown = journey.kept();
        journey.world.advance(LONGER_THAN_A_SESSION);
        journey.go_on().await;
        assert_eq!(
            (journey.screen(), notice(&journey).as_deref()),
            ("sign-in", Some("BSV-108"))
        );
        sign_in_again(&journey).await;
        match wanted {
            "stated" | "told" => assert_eq!(state(&journey), format!("{wanted}-sent"), "it went on by itself"),
            _ => assert_eq!(journey.kept(), shown, "{wanted}"),
        }
        if wanted == "await-institution" {
            journey.answer(Answer::Back).await.unwrap();
        }
        journey.finish().await;
        assert_eq!(journey.ledger().count("code-sent"), 2, "{wanted}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_institution_says_while_nobody_is_signed_in_is_what_is_shown_next() {
    for (is_confirmed, screen, code) in [(true, "choose-method", None), (false, "fill-form", Some("BSV-306"))] {
        let mut journey = at("await-institution").await;
        journey.world.advance(LONGER_THAN_A_SESSION);
        journey.answer(Answer::Continue).await.unwrap();
        assert_eq!(journey.screen(), "sign-in");
        let order = journey.invited.order.clone();
        journey.world.answer_number(&order, is_confirmed).await.unwrap();
        sign_in_again(&journey).await;
        assert_eq!((journey.screen(), notice(&journey).as_deref()), (screen, code));
        if !is_confirmed {
            approve(&journey, &journey.applicant.phone).await;
        }
        journey.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_changed_in_between_voids_what_was_confirmed_and_what_was_asked() {
    for wanted in STATES {
        for (mobile, codes) in [("0532 000 00 01", 1), (STATED, 2), ("0533 111 22 33", 2)] {
            let context = format!("{wanted}, {mobile}");
            let mut journey = at(wanted).await;
            journey.world.advance(Duration::from_secs(60));
            let before = journey.ledger().count("code-sent");
            journey.answer(Answer::ChangeForm { order: None }).await.unwrap();
            approve(&journey, mobile).await;
            assert_eq!(state(&journey), "stated", "{context}");
            // The institution's word was asked for another approval.
            assert!(
                journey.world.answer_number(&journey.invited.order, true).await.is_err(),
                "{context}"
            );
            journey.finish().await;
            assert_eq!(journey.ledger().count("code-sent") - before, codes, "{context}");
            assert_eq!(journey.ledger().count("approved"), 2, "{context}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_device_enters_the_order_where_it_stands() {
    for wanted in STATES {
        let mut journey = at(wanted).await;
        let shown = journey.kept();
        journey.answer(Answer::Leave).await.unwrap();
        journey.walk_to("choose-order").await;
        journey.go_on().await;
        // A code that was sent is known to whom it was sent.
        assert_eq!(state(&journey), wanted.strip_suffix("-sent").unwrap_or(wanted));
        if !wanted.ends_with("-sent") {
            assert_eq!(journey.kept(), shown, "{wanted}");
        }
        if wanted == "await-institution" {
            journey.answer(Answer::Back).await.unwrap();
        }
        journey.world.advance(Duration::from_secs(60));
        journey.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_does_not_belong_is_refused() {
    let journey = at("stated").await;
    journey.refused(Answer::AskInstitution, "BSV-801").await;
    journey.refused(Answer::Back, "BSV-801").await;
    let journey = at("await-institution").await;
    for answer in [
        Answer::AskInstitution,
        Answer::SendCode { app_token: None },
        Answer::RefreshOrders,
        Answer::AcceptDocuments,
    ] {
        journey.refused(answer, "BSV-801").await;
    }
}
