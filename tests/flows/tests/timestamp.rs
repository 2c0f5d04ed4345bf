//! The time-stamp: made by the portal's authority after the card has signed, kept before anything is sent, and never worth
//! a second PIN.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use basvuru::application::Screen;
use basvuru::digest::DigestAlgorithm;
use basvuru::failure::Failure;
use basvuru::signature::timestamp::Request;
use basvuru::texts::Language;
use basvuru_flows::{Journey, Plan};
use basvuru_portal::{TimestampError, TimestampGateway};
use basvuru_world::{Act, Front, TlsIdentity};

/// An authority that is away until it is called back.
struct Away {
    inner: Arc<dyn TimestampGateway>,
    is_back: &'static AtomicBool,
}

#[async_trait]
impl TimestampGateway for Away {
    async fn answer(&self, request: &[u8]) -> Result<Vec<u8>, TimestampError> {
        match self.is_back.load(Ordering::SeqCst) {
            true => self.inner.answer(request).await,
            false => Err(TimestampError("away".to_owned())),
        }
    }
}

/// A journey with somebody in the middle, where the PIN is asked for.
async fn before_the_pin() -> (Journey, Front) {
    let mut journey = Journey::start().await;
    let identity = TlsIdentity::of_portal(&journey.world).unwrap();
    let front = Front::before(&journey.world, &identity).await.unwrap();
    journey.redirect(Some(front.url()), None);
    journey.walk_to("sign-pin").await;
    (journey, front)
}

fn asked(front: &Front) -> usize {
    let requests = front.requests();
    requests.iter().filter(|path| path.ends_with("/timestamp")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_time_stamps_the_signature_waits_and_neither_card_nor_pin_is_needed_again() {
    static IS_BACK: AtomicBool = AtomicBool::new(false);
    let mut journey = Journey::start_with(Plan {
        adjust: |settings| {
            let inner = settings.timestamps.take().unwrap();
            settings.timestamps = Some(Arc::new(Away {
                inner,
                is_back: &IS_BACK,
            }));
        },
        ..Plan::default()
    })
    .await;
    journey.walk_to("sign-pin").await;
    let failure = journey.fails(journey.right_answer().await, "BSV-615").await;
    assert_eq!(failure, Failure::TimestampUnavailable);
    assert_eq!(journey.screen(), "pending-submission");
    journey.readers.put(None);
    for _ in 0..30 {
        journey.refused(journey.right_answer().await, "BSV-615").await;
    }
    journey.restart();
    IS_BACK.store(true, Ordering::SeqCst);
    journey.finish().await;
    assert_eq!((journey.verifications(), journey.tries_left()), (1, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_stamp_is_kept_before_the_application_is_sent_and_not_asked_for_twice() {
    let (mut journey, front) = before_the_pin().await;
    front.rule(|_, path| match path.ends_with("/signature") {
        true => Act::LoseRequest,
        false => Act::Pass,
    });
    journey.fails(journey.right_answer().await, "BSV-701").await;
    let kept = journey.app().signed_container(journey.invited.order.clone()).unwrap();
    journey.restart();
    assert_eq!(asked(&front), 1);
    front.rule(|_, _| Act::Pass);
    journey.finish().await;
    assert_eq!(asked(&front), 1);
    assert_eq!(
        journey.app().signed_container(journey.invited.order.clone()).unwrap(),
        kept
    );
    assert_eq!(journey.ledger().count("timestamp-asked"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_stamp_of_something_else_is_not_taken() {
    let (mut journey, front) = before_the_pin().await;
    // One that holds, but is over another digest.
    let other = {
        let timestamps = basvuru_world::TestTimestamps::of(
            &journey.world.authority,
            basvuru_test_pki::ServiceOptions::default(),
            Arc::new(basvuru_portal::SystemClock),
        );
        let request = Request::new(DigestAlgorithm::Sha384.digest(b"other"), [1; 8]);
        timestamps.unwrap().answer(&request.encode()).await.unwrap()
    };
    front.rule(move |_, path| match path.ends_with("/timestamp") {
        true => Act::Answer(200, "application/timestamp-reply", other.clone()),
        false => Act::Pass,
    });
    let failure = journey.fails(journey.right_answer().await, "BSV-706").await;
    assert_eq!(failure, Failure::PortalGarbled);
    assert_eq!(journey.ledger().count("signature-refused"), 0, "nothing was sent");
    front.rule(|_, _| Act::Pass);
    journey.finish().await;
    assert_eq!(journey.verifications(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_days_wrong_is_told_as_such_and_the_signature_kept() {
    let mut journey = Journey::start().await;
    journey.world.advance(std::time::Duration::from_secs(49 * 60 * 60));
    journey.walk_to("sign-pin").await;
    let failure = journey.fails(journey.right_answer().await, "BSV-616").await;
    assert_eq!(failure, Failure::ClockWrong);
    assert_eq!(journey.screen(), "pending-submission");
    assert_eq!(journey.ledger().count("signature-refused"), 0, "nothing was sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_between_signature_and_time_stamp_costs_a_sign_in_and_nothing_else() {
    let (mut journey, front) = before_the_pin().await;
    front.rule(|_, path| match path.ends_with("/timestamp") {
        true => Act::LoseRequest,
        false => Act::Pass,
    });
    journey.fails(journey.right_answer().await, "BSV-701").await;
    front.rule(|_, _| Act::Pass);
    journey.world.advance(std::time::Duration::from_secs(16 * 60));
    journey.go_on().await;
    assert_eq!(journey.screen(), "sign-in");
    journey.finish().await;
    assert_eq!((journey.verifications(), journey.tries_left()), (1, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_without_time_stamps_is_given_a_signature_without() {
    let mut journey = Journey::start_with(Plan {
        language: Language::English,
        adjust: |settings| settings.timestamps = None,
        ..Plan::default()
    })
    .await;
    journey.walk_to("review-documents").await;
    let Screen::ReviewDocuments { signature, .. } = journey.step().screen else {
        panic!("documents expected")
    };
    assert!(signature.contains("B-B"), "{signature}");
    journey.finish().await;
    assert_eq!(journey.ledger().count("timestamp-asked"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_person_is_told_before_signing_that_there_will_be_a_time_stamp() {
    for (language, word) in [(Language::Turkish, "zaman damgalı"), (Language::English, "time-stamp")] {
        let mut journey = Journey::start_with(Plan {
            language,
            ..Plan::default()
        })
        .await;
        journey.walk_to("review-documents").await;
        let Screen::ReviewDocuments { signature, .. } = journey.step().screen else {
            panic!("documents expected")
        };
        assert!(signature.contains("B-T") && signature.contains(word), "{signature}");
    }
}
