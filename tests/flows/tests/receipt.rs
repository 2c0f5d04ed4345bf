//! The whole way to the receipt, with everything done right.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use basvuru::application::{Answer, Screen};
use basvuru::portal::OrderPhase;
use basvuru::reader::Link;
use basvuru::texts::Language;
use basvuru_flows::{Journey, Plan, sha256};
use basvuru_test_pki::KeyKind;
use basvuru_world::{Applicant, Relay};

/// Walks a plan to its receipt and on to the next start of the app.
async fn applies(plan: Plan) {
    let mut journey = Journey::start_with(plan).await;
    let relay = Relay::before(journey.world.address()).await.unwrap();
    journey.redirect(Some(relay.url()), None);
    let receipt = journey.finish().await;

    let requests = journey.app().traffic().requests;
    assert!(requests <= 12, "{requests} requests");
    // One connection carries the whole application. A request that follows on the heels of an answer may open another: the
    // client's pool hears a moment later that the first is free again.
    assert!(relay.connections() <= 2, "{} connections", relay.connections());
    let ledger = journey.ledger();
    for event in ["approved", "code-sent", "phone-confirmed", "method-chosen", "signed"] {
        assert_eq!(ledger.count(event), 1, "{event}: {ledger:?}");
    }
    assert_eq!(journey.world.outbox().texts().unwrap().len(), 1);
    assert_eq!((journey.verifications(), journey.tries_left()), (1, 3));

    journey.restart();
    assert_eq!(journey.check_done(), receipt);
    assert_eq!(journey.app().traffic().requests, 0, "the history needs no network");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_p384_card_in_a_reader_with_contacts_signs_an_application() {
    applies(Plan::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_p384_card_held_to_the_phone_signs_an_application() {
    applies(Plan {
        link: Link::Nfc,
        language: Language::English,
        ..Plan::default()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_rsa_2048_card_in_a_reader_with_contacts_signs_an_application() {
    applies(Plan {
        key: KeyKind::Rsa2048,
        language: Language::English,
        ..Plan::default()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_rsa_2048_card_held_to_the_phone_signs_an_application() {
    applies(Plan {
        key: KeyKind::Rsa2048,
        link: Link::Nfc,
        ..Plan::default()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreigner_applies_with_a_number_that_begins_with_99() {
    applies(Plan {
        applicant: Applicant::foreigner(),
        language: Language::English,
        ..Plan::default()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreigner_applies_with_a_passport() {
    applies(Plan {
        applicant: Applicant::traveller(),
        language: Language::English,
        ..Plan::default()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_is_what_is_signed() {
    let mut journey = Journey::at("review-documents").await;
    let Screen::ReviewDocuments { documents, signature } = journey.step().screen else {
        panic!("documents expected")
    };
    assert!(!signature.is_empty());
    let mut shown = Vec::new();
    for document in documents {
        let content = journey.app().document(document.id.clone()).unwrap();
        assert_eq!(content.len() as u64, document.size);
        assert_eq!(sha256(&content), document.sha256);
        shown.push((document.file_name, document.sha256));
    }
    let receipt = journey.finish().await;
    let container = journey.app().signed_container(receipt.order).unwrap();
    let report = basvuru::signature::verify::verify_container(
        &container,
        &basvuru::certificate::TrustAnchors::new(Vec::new()),
        std::time::SystemTime::now(),
    );
    let signed: Vec<_> = report
        .documents
        .into_iter()
        .map(|document| (document.file_name.clone(), document.sha256().unwrap().to_owned()))
        .collect();
    assert_eq!(signed, shown);
    // Whoever has the root alone can judge it: the issuing authority's certificate comes along.
    let root = basvuru::certificate::Certificate::parse(journey.world.authority.root_der()).unwrap();
    let trust = basvuru::certificate::TrustAnchors::new(vec![root]);
    let report = basvuru::signature::verify::verify_container(&container, &trust, std::time::SystemTime::now());
    assert_eq!(
        report.verdict,
        basvuru::signature::report::Verdict::TotalPassed,
        "{report:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_has_a_heading_and_a_hint_in_both_languages() {
    let mut seen = Vec::new();
    for language in [Language::Turkish, Language::English] {
        let journey = Journey::start_with(Plan {
            language,
            ..Plan::default()
        })
        .await;
        let mut sentences = Vec::new();
        loop {
            let step = journey.step();
            assert!(step.title.len() > 2 && step.hint.len() > 10, "{}", step.screen.name());
            sentences.push((step.screen.name(), step.title, step.hint));
            if matches!(step.screen, Screen::Done { .. }) {
                break;
            }
            journey.go_on().await;
        }
        seen.push(sentences);
    }
    let english = seen.pop().unwrap();
    for (turkish, english) in seen.pop().unwrap().into_iter().zip(english) {
        assert_eq!(turkish.0, english.0);
        assert_ne!((&turkish.1, &turkish.2), (&english.1, &english.2), "{}", turkish.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_order_is_applied_for_with_the_same_app_and_both_receipts_are_in_the_history() {
    let mut journey = Journey::start().await;
    let first = journey.finish().await;
    journey.invited = journey.world.invite(&journey.applicant).await.unwrap();
    journey.readers.clear();
    journey.answer(Answer::RefreshOrders).await.unwrap();
    // The invitation came with another password.
    assert_eq!(journey.screen(), "sign-in");
    journey.walk_to("choose-order").await;
    let Screen::ChooseOrder { groups, .. } = journey.step().screen else {
        panic!("orders expected")
    };
    let phases: Vec<(&str, Vec<OrderPhase>)> = groups
        .iter()
        .map(|group| {
            (
                group.name.as_str(),
                group.orders.iter().map(|order| order.phase).collect(),
            )
        })
        .collect();
    assert_eq!(
        phases,
        [
            ("Yeni başvuru", vec![OrderPhase::Form]),
            ("Önceki başvurular", vec![OrderPhase::Complete])
        ]
    );
    let second = journey.finish().await;
    assert_ne!(first.number, second.number);
    assert_eq!(journey.app().history().unwrap().len(), 2);

    journey.answer(Answer::RefreshOrders).await.unwrap();
    let complete = Answer::ChooseOrder {
        order: first.order.clone(),
    };
    let step = journey.answer(complete).await.unwrap();
    assert!(matches!(step.screen, Screen::Done { receipt, .. } if receipt == first));
}
