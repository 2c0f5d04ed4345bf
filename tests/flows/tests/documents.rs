//! The documents and the portal's judgement: what is altered on the way is noticed, and what the portal refuses can be
//! signed anew.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use basvuru::application::{Answer, Screen};
use basvuru::failure::Failure;
use basvuru::portal::Method;
use basvuru::signature::source::{Fetch, FetchError, FetchRequest};
use basvuru_flows::{Journey, Plan, sha256};
use basvuru_portal::UnknownState;
use basvuru_test_card::CardImage;
use basvuru_test_pki::{Authority, CaOptions, Holder, IssueOptions, KeyKind, ServiceOptions, Services};
use basvuru_world::{Act, Front, PIN, TlsIdentity};
use serde_json::{Value, json};

/// A journey with somebody in the middle, at the choice of the method.
async fn start() -> (Journey, Front) {
    let mut journey = Journey::start().await;
    let identity = TlsIdentity::of_portal(&journey.world).unwrap();
    let front = Front::before(&journey.world, &identity).await.unwrap();
    journey.redirect(Some(front.url()), None);
    journey.walk_to("choose-method").await;
    (journey, front)
}

fn choose() -> Answer {
    Answer::ChooseMethod { method: Method::Card }
}

/// Alters the octets of the documents on the way.
fn alter_documents(front: &Front, alter: fn(&mut Vec<u8>)) {
    front.rule(move |_, path| match path.ends_with("/documents") {
        false => Act::Pass,
        true => Act::Alter(Box::new(move |mut content| {
            alter(&mut content);
            content
        })),
    });
}

/// Alters what is to be signed, as the portal announces it.
fn alter_request(front: &Front, alter: impl Fn(&mut Value) + Send + Sync + Clone + 'static) {
    front.rule(move |_, path| match path.ends_with("/method") {
        false => Act::Pass,
        true => {
            let alter = alter.clone();
            Act::Alter(Box::new(move |body| {
                let mut request = serde_json::from_slice(&body).unwrap();
                alter(&mut request);
                request.to_string().into_bytes()
            }))
        }
    });
}

/// The choice of the method is refused with a code; without whoever is in the middle it goes on.
async fn refuses(mut journey: Journey, front: Front, code: &str) -> Failure {
    let failure = journey.refused(choose(), code).await;
    journey.restart();
    front.rule(|_, _| Act::Pass);
    journey.finish().await;
    failure
}

/// What the step tells of each document's pages.
fn told(journey: &Journey) -> Vec<Vec<String>> {
    let Screen::ReviewDocuments { documents, .. } = journey.step().screen else {
        panic!("documents are shown")
    };
    documents.into_iter().map(|document| document.pages).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_the_documents_is_told_as_text_page_by_page_also_after_a_restart() {
    let (mut journey, _front) = start().await;
    journey.answer(choose()).await.unwrap();
    let pages = told(&journey);
    assert_eq!(pages.len(), 2);
    let name = journey.applicant.name();
    assert!(pages.iter().all(|pages| pages.concat().contains(&name)), "{pages:?}");
    journey.restart();
    assert_eq!(told(&journey), pages);
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_text_than_any_document_has_is_left_out_and_the_document_still_signed() {
    let (mut journey, front) = start().await;
    alter_request(&front, |request| {
        request["documents"][0]["pages"] = json!(["satır\n".repeat(100_000)]);
    });
    journey.answer(choose()).await.unwrap();
    let pages = told(&journey);
    assert!(pages[0].is_empty() && !pages[1].is_empty());
    front.rule(|_, _| Act::Pass);
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_altered_on_the_way_is_refused() {
    let (journey, front) = start().await;
    alter_documents(&front, |content| {
        let middle = content.len() / 2;
        content[middle] ^= 1;
    });
    let failure = refuses(journey, front, "BSV-403").await;
    assert_eq!(failure, Failure::DocumentAltered);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_was_cut_short_is_refused() {
    let (journey, front) = start().await;
    alter_documents(&front, |content| content.truncate(content.len() - 1));
    assert_eq!(refuses(journey, front, "BSV-706").await, Failure::PortalGarbled);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_was_made_longer_is_refused() {
    let (journey, front) = start().await;
    alter_documents(&front, |content| content.push(0));
    assert_eq!(refuses(journey, front, "BSV-706").await, Failure::PortalGarbled);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_with_another_digest_than_announced_is_refused() {
    let (journey, front) = start().await;
    alter_request(&front, |request| {
        request["documents"][1]["sha256"] = json!("00".repeat(32))
    });
    assert_eq!(refuses(journey, front, "BSV-403").await, Failure::DocumentAltered);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_that_this_version_cannot_make_is_refused_before_anything_is_signed() {
    for (member, value) in [("level", "B-LTA-of-the-future"), ("format", "xades")] {
        let (journey, front) = start().await;
        alter_request(&front, move |request| request["signature"][member] = json!(value));
        let failure = refuses(journey, front, "BSV-402").await;
        assert_eq!(failure, Failure::SignatureUnsupported, "{member}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_that_no_container_can_hold_are_refused() {
    let alterations: [fn(&mut Value); 8] = [
        |request| request["documents"] = json!([]),
        |request| request["documents"][0]["file_name"] = json!("../basvuru.pdf"),
        |request| request["documents"][0]["file_name"] = json!("META-INF/manifest.xml"),
        |request| request["documents"][0]["file_name"] = request["documents"][1]["file_name"].clone(),
        |request| request["documents"][0]["file_name"] = json!("mimetype"),
        |request| request["documents"][0]["size"] = json!(u64::MAX),
        |request| {
            request["documents"][0]["size"] = json!(15 * 1024 * 1024);
            request["documents"][1]["size"] = json!(15 * 1024 * 1024);
        },
        |request| {
            let one = request["documents"][0].clone();
            request["documents"] = Value::Array(vec![one; 17]);
        },
    ];
    for alter in alterations {
        let (journey, front) = start().await;
        alter_request(&front, alter);
        assert_eq!(refuses(journey, front, "BSV-706").await, Failure::PortalGarbled);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_is_not_offered_is_refused() {
    let mut journey = Journey::at("choose-method").await;
    let requests = journey.app().traffic().requests;
    for method in [Method::Ink, Method::MobileSignature, Method::Unknown] {
        let failure = journey.refused(Answer::ChooseMethod { method }, "BSV-401").await;
        assert_eq!(failure, Failure::MethodUnavailable);
    }
    assert_eq!(journey.app().traffic().requests, requests);
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_alters_document_and_digest_alike_is_found_out_by_the_portal() {
    let (mut journey, front) = start().await;
    let forged = b"%PDF-1.7 a contract nobody has seen".to_vec();
    let (size, digest) = (forged.len(), sha256(&forged));
    let honest = Arc::new(AtomicUsize::new(0));
    front.rule(move |_, path| {
        let (forged, digest, honest) = (forged.clone(), digest.clone(), Arc::clone(&honest));
        if path.ends_with("/documents") {
            let length = honest.load(Ordering::Relaxed);
            Act::Alter(Box::new(move |documents| [&forged, &documents[length..]].concat()))
        } else if path.ends_with("/method") {
            Act::Alter(Box::new(move |body| {
                let mut request: Value = serde_json::from_slice(&body).unwrap();
                honest.store(
                    usize::try_from(request["documents"][0]["size"].as_u64().unwrap()).unwrap(),
                    Ordering::Relaxed,
                );
                request["documents"][0]["size"] = json!(size);
                request["documents"][0]["sha256"] = json!(digest);
                request.to_string().into_bytes()
            }))
        } else {
            Act::Pass
        }
    });
    journey.walk_to("sign-pin").await;
    let failure = journey.fails(journey.right_answer().await, "BSV-612").await;
    assert_eq!(failure, Failure::SignatureRefused);
    assert_eq!(journey.screen(), "choose-method");
    let order = journey.invited.order.clone();
    assert_eq!(
        journey.app().signed_container(order),
        Err(Failure::DocumentUnknown),
        "what was refused is not kept as the signed application"
    );
    assert_eq!(journey.ledger().receipts, 0);
    front.rule(|_, _| Act::Pass);
    journey.restart();
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_wishes_more_than_when_it_was_asked_is_asked_again() {
    let (mut journey, front) = start().await;
    alter_request(&front, |request| request["signature"]["level"] = json!("B-B"));
    journey.walk_to("sign-pin").await;
    journey.fails(journey.right_answer().await, "BSV-612").await;
    front.rule(|_, _| Act::Pass);
    journey.restart();
    assert_eq!(journey.screen(), "choose-method");
    journey.finish().await;
    assert_eq!(journey.verifications(), 2, "each with a PIN of its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_an_authority_the_portal_does_not_trust_is_told_and_another_card_signs() {
    let mut journey = Journey::at("sign").await;
    let stranger = Authority::new().unwrap();
    let applicant = &journey.applicant;
    let holder = Holder::new(&applicant.given_name, &applicant.family_name, &applicant.identity);
    let issued = stranger
        .issue(&holder, KeyKind::P384, &IssueOptions::default())
        .unwrap();
    let image = CardImage::new("Kart", PIN, &issued.certificate_der, &issued.private_key_pkcs8_der).unwrap();
    let right = Arc::clone(&journey.card);
    journey.put(image);
    journey.walk_to("sign-pin").await;
    let failure = journey.fails(journey.right_answer().await, "BSV-614").await;
    assert_eq!(failure, Failure::CertificateRefused);
    assert_eq!(journey.screen(), "review-documents");
    assert_eq!(journey.ledger().count("signature-refused"), 1);

    journey.restart();
    journey.readers.put(Some(right));
    journey.finish().await;
}

/// An authority whose services the portal asks about certificates.
static OFFICE: LazyLock<Services> = LazyLock::new(|| {
    let authority = Authority::with_options(&CaOptions::default().with_services()).unwrap();
    Services::new(authority, ServiceOptions::default()).unwrap()
});

struct Office;

#[async_trait]
impl Fetch for Office {
    async fn fetch(&self, request: FetchRequest) -> Result<Vec<u8>, FetchError> {
        let body = request.body.map(|(_, octets)| octets).unwrap_or_default();
        let answer = OFFICE.respond(&request.url, &body, SystemTime::now());
        answer.ok().flatten().ok_or(FetchError::Status(404))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_certificate_has_its_own_sentence_and_the_same_card_signs_once_that_is_lifted() {
    let mut journey = Journey::start_with(Plan {
        adjust: |settings| {
            settings.holder_trust = OFFICE.authority().chain_pem().unwrap().into_bytes();
            settings.revocation = Some(Arc::new(Office));
            settings.timestamps = None;
        },
        ..Plan::default()
    })
    .await;
    journey.walk_to("sign").await;
    let applicant = &journey.applicant;
    let holder = Holder::new(&applicant.given_name, &applicant.family_name, &applicant.identity);
    let issued = OFFICE
        .authority()
        .issue(&holder, KeyKind::P384, &IssueOptions::default())
        .unwrap();
    let image = CardImage::new("Kart", PIN, &issued.certificate_der, &issued.private_key_pkcs8_der).unwrap();
    journey.put(image);
    journey.walk_to("sign-pin").await;
    let since = SystemTime::now() - Duration::from_secs(60);
    OFFICE.suspend(&issued.certificate_der, since).unwrap();
    let failure = journey.fails(journey.right_answer().await, "BSV-618").await;
    assert_eq!(failure, Failure::CertificateSuspended);
    assert_eq!(journey.screen(), "review-documents");

    journey.restart();
    OFFICE.reinstate(&issued.certificate_der).unwrap();
    journey.walk_to("done").await;
    assert_eq!(journey.ledger().receipts, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_whose_state_nobody_tells_waits_with_its_signature_until_somebody_does() {
    let mut journey = Journey::start_with(Plan {
        // The world's authority keeps no lists, and this portal takes nothing it cannot ask about.
        adjust: |settings| settings.unknown_state = UnknownState::Refused,
        ..Plan::default()
    })
    .await;
    journey.walk_to("sign-pin").await;
    let failure = journey.fails(journey.right_answer().await, "BSV-620").await;
    assert_eq!(failure, Failure::CertificateStateUnknown);
    assert_eq!(journey.screen(), "pending-submission");
    journey.restart();
    journey.fails(Answer::Continue, "BSV-620").await;
    assert_eq!((journey.screen(), journey.verifications()), ("pending-submission", 1));
    assert_eq!(journey.ledger().count("signature-refused"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_for_something_else_is_not_taken_for_the_receipt() {
    let mut journey = Journey::start().await;
    let identity = TlsIdentity::of_portal(&journey.world).unwrap();
    let front = Front::before(&journey.world, &identity).await.unwrap();
    journey.redirect(Some(front.url()), None);
    journey.walk_to("sign-pin").await;
    front.rule(|_, path| match path.ends_with("/signature") {
        false => Act::Pass,
        true => Act::Alter(Box::new(|body| {
            let mut receipt: Value = serde_json::from_slice(&body).unwrap();
            receipt["container_sha256"] = json!("00".repeat(32));
            receipt.to_string().into_bytes()
        })),
    });
    let failure = journey.fails(journey.right_answer().await, "BSV-706").await;
    assert_eq!(failure, Failure::PortalGarbled);
    assert_eq!(journey.screen(), "pending-submission");
    front.rule(|_, _| Act::Pass);
    journey.finish().await;
}
