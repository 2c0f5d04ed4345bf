//! A device whose clock is wrong: told with the first answer, and before it costs a signature.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use basvuru::application::{Answer, Screen};
use basvuru::failure::Failure;
use basvuru_flows::{Journey, Offset, reader, sign_with};
use basvuru_world::{Front, PIN, TlsIdentity, Validity};

const MINUTE: i64 = 60;
const TWO_DAYS: i64 = 2 * 24 * 60 * MINUTE;

/// A journey of a device whose clock can be set, to a portal whose TLS certificate is valid a month before and after today.
async fn on_a_device() -> (Journey, Arc<Offset>, Front) {
    let mut journey = Journey::start().await;
    let identity = TlsIdentity::made("localhost", Validity::Current).unwrap();
    let front = Front::before(&journey.world, &identity).await.unwrap();
    let clock = Arc::new(Offset::default());
    journey.clock = Some(Arc::clone(&clock) as _);
    journey.redirect(Some(front.url()), Some(identity.root_pem()));
    (journey, clock, front)
}

fn code_times(journey: &Journey) -> (u32, u32) {
    let Screen::ConfirmPhone { code: Some(code), .. } = journey.step().screen else {
        panic!("a code expected, not {}", journey.screen())
    };
    (code.expires_in, code.resend_in)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_days_off_is_told_at_once_and_costs_neither_card_nor_pin() {
    for off in [TWO_DAYS, -TWO_DAYS] {
        let (mut journey, clock, _front) = on_a_device().await;
        clock.set(off);
        assert_eq!(journey.step().clock, None, "nobody has told yet");
        let told = journey.go_on().await.clock.expect("told with the first answer");
        assert!(told.contains("saati yanlış"), "{told}");
        journey.walk_to("sign").await;
        assert!(journey.step().clock.is_some());

        let looked = Answer::ReadCard { reader: reader() };
        let failure = journey.refused(looked, "BSV-617").await;
        let Failure::DeviceClockWrong { device, portal } = failure else {
            panic!("{failure:?}")
        };
        let by = match off > 0 {
            true => device.duration_since(portal),
            false => portal.duration_since(device),
        };
        assert_eq!(by.unwrap().as_secs().abs_diff(TWO_DAYS.unsigned_abs()) / 10, 0);
        journey.refused(sign_with(PIN), "BSV-617").await;
        assert!(journey.readers.exchanges().is_empty(), "the card was touched");

        clock.set(0);
        assert_eq!(journey.step().clock, None, "the clock is right again");
        journey.finish().await;
        assert_eq!((journey.verifications(), journey.tries_left()), (1, 3));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn minutes_off_the_signature_still_tells_the_portals_time() {
    let (mut journey, clock, _front) = on_a_device().await;
    clock.set(4 * MINUTE);
    journey.walk_to("sign-pin").await;
    assert_eq!(journey.step().clock, None);
    journey.finish().await;
    let container = journey.app().signed_container(journey.invited.order.clone()).unwrap();
    let report = journey.report(&container);
    let claimed = report.signatures[0].signing_time.unwrap();
    assert!(claimed <= SystemTime::now(), "signed by the device's clock");
    assert!(claimed + Duration::from_secs(60) > SystemTime::now());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_changes_nothing_of_what_runs_out() {
    let (mut journey, clock, _front) = on_a_device().await;
    journey.walk_to("confirm-phone-sent").await;
    let before = code_times(&journey);
    for off in [TWO_DAYS, -TWO_DAYS, 0] {
        clock.set(off);
        let (expires_in, resend_in) = code_times(&journey);
        assert!(
            before.0 - expires_in < 30 && before.1 - resend_in < 30,
            "{expires_in} {resend_in}"
        );
        let answer = Answer::SendCode { app_token: None };
        journey.refused(answer, "BSV-305").await;
    }
    // Set while the app was closed, nobody knows: the person is not kept waiting for days, and the portal has the last word.
    clock.set(-TWO_DAYS);
    journey.restart();
    assert_eq!(code_times(&journey), (60, 0));
    journey.refused(Answer::SendCode { app_token: None }, "BSV-305").await;
    clock.set(0);
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_it_is_known_again_before_the_card_is_touched() {
    let (mut journey, clock, front) = on_a_device().await;
    journey.walk_to("sign").await;
    // Restarted with the clock as it was, it is known without a request.
    let asked = front.requests().len();
    journey.restart();
    journey.go_on().await;
    assert_eq!(front.requests().len(), asked);
    // Set meanwhile, the portal is asked.
    journey.close();
    clock.set(TWO_DAYS);
    journey.open();
    assert_eq!(journey.step().clock, None, "not known before somebody asks");
    journey.refused(sign_with(PIN), "BSV-617").await;
    assert!(journey.step().clock.is_some());
    assert_eq!(journey.verifications(), 0);
    clock.set(0);
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_secure_connection_fails_because_of_the_date_it_says_so() {
    let (journey, clock, _front) = on_a_device().await;
    for off in [-40, 40] {
        clock.set(off * 24 * 60 * MINUTE);
        let failure = journey.refused(Answer::RequestCaptcha, "BSV-711").await;
        let Failure::PortalNotCurrent { device } = failure else {
            panic!("{failure:?}")
        };
        assert!(failure.explain(journey.language).what.contains("tarihine göre"));
        assert_ne!(device, SystemTime::now());
    }
    clock.set(0);
    journey.go_on().await;
}
