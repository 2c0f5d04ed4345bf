//! Where a person is signed in: seen, ended from elsewhere, and ended by leaving.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;
use std::time::Duration;

use basvuru::application::{Answer, CertificateApplication, SignedInDevice};
use basvuru::failure::Failure;
use basvuru_flows::Journey;
use basvuru_world::TestVault;

async fn devices(application: &Arc<CertificateApplication>) -> Vec<SignedInDevice> {
    Arc::clone(application).devices().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_sees_the_devices_they_are_signed_in_on_and_signs_another_out() {
    let journey = Journey::at("choose-order").await;
    let home = tempfile::tempdir().unwrap();
    let other = journey.try_open(home.path(), Arc::new(TestVault)).unwrap();
    assert_eq!(Arc::clone(&other).devices().await, Err(Failure::SessionOver));
    for _ in 0..2 {
        let answer = journey.right_answer_on(&other).await;
        Arc::clone(&other).answer(answer).await.unwrap();
    }
    let listed = devices(journey.app()).await;
    let [here, there] = &listed[..] else {
        panic!("{listed:?}")
    };
    assert!(here.current && !there.current);
    assert!(here.sentence.contains("bu cihaz"), "{}", here.sentence);
    assert!(there.sentence.contains("son kullanım"), "{}", there.sentence);
    assert!(!here.name.is_empty() && !there.name.is_empty());

    let own = Arc::clone(journey.app()).sign_out_device(here.id.clone()).await;
    assert_eq!(own, Err(Failure::AnswerNotExpected), "this one is left");
    let left = Arc::clone(journey.app())
        .sign_out_device(there.id.clone())
        .await
        .unwrap();
    assert_eq!(left.len(), 1);
    // Whoever taps twice has lost nothing.
    let again = Arc::clone(journey.app())
        .sign_out_device(there.id.clone())
        .await
        .unwrap();
    assert_eq!(again.len(), 1);

    assert_eq!(Arc::clone(&other).devices().await, Err(Failure::SessionOver));
    let step = other.step();
    assert_eq!(step.screen.name(), "sign-in");
    assert_eq!(step.notice.unwrap().code, "BSV-108");
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_signs_out_at_the_portal_and_does_not_need_it() {
    for is_reached in [true, false] {
        let mut journey = Journey::at("choose-order").await;
        if !is_reached {
            journey.world.stop_portal().await;
        }
        journey.answer(Answer::Leave).await.unwrap();
        assert_eq!(journey.kept(), "sign-in");
        let signed_out = journey.world.whole_ledger().unwrap().count("signed-out");
        assert_eq!(signed_out, usize::from(is_reached));
        if !is_reached {
            journey.world.start_portal().await.unwrap();
        }
        journey.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_over_is_told_by_the_list_too() {
    let journey = Journey::at("fill-form").await;
    journey.world.advance(Duration::from_secs(16 * 60));
    assert_eq!(Arc::clone(journey.app()).devices().await, Err(Failure::SessionOver));
    assert_eq!(journey.screen(), "sign-in");
}
