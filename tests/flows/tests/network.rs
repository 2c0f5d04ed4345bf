//! The network at its worst: a portal that is away, one that talks nonsense, and somebody who is not the portal.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::HashSet;

use basvuru::application::{Answer, Screen};
use basvuru::failure::Failure;
use basvuru::portal::{Product, SignInMethod};
use basvuru_flows::{Journey, WAYPOINTS};
use basvuru_world::{Act, Front, Noise, Noisy, TlsIdentity, Validity};

/// Where a journey stands, as far as each place is to be tried once.
fn place(journey: &Journey) -> (&'static str, bool) {
    let step = journey.step();
    let captcha = matches!(&step.screen, Screen::SignIn { captcha: Some(_), .. });
    (step.screen.name(), captcha)
}

/// Puts a mishap in the way of a place. What is pending after the card signed waits for its time-stamp first, and that has
/// had its mishap when it was signed.
fn put_in_the_way(front: &Front, place: &str, mishap: impl Fn() -> Act + Send + Sync + 'static) {
    let is_submission = place == "pending-submission";
    front.rule(move |_, path| match is_submission && path.ends_with("/timestamp") {
        true => Act::Pass,
        false => mishap(),
    });
}

/// A failure may have left something pending, and must have left everything else.
fn nothing_is_lost(journey: &Journey, before: &str) {
    if !matches!(journey.step().screen, Screen::Pending { .. }) {
        assert_eq!(journey.kept(), before);
    }
}

/// Everything happened, and happened once.
fn happened_once(journey: &Journey) {
    let ledger = journey.ledger();
    for event in ["approved", "code-sent", "phone-confirmed", "signed"] {
        assert_eq!(ledger.count(event), 1, "{event}: {ledger:?}");
    }
    assert_eq!(journey.world.outbox().texts().unwrap().len(), 1);
    assert_eq!(journey.verifications(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_is_down_at_any_screen_is_told_and_when_it_is_up_again_the_application_goes_on() {
    let mut journey = Journey::start().await;
    let mut tried = HashSet::new();
    let mut failed = Vec::new();
    while journey.screen() != "done" {
        if tried.insert(place(&journey)) {
            let (name, before) = (journey.screen(), journey.kept());
            let answer = journey.right_answer().await;
            journey.world.stop_portal().await;
            if let Err(failure) = journey.answer(answer).await {
                basvuru_flows::said(&failure, "BSV-701");
                assert_eq!(failure, Failure::PortalUnreachable);
                nothing_is_lost(&journey, &before);
                failed.push(name);
            }
            journey.restart();
            journey.world.start_portal().await.unwrap();
        } else {
            journey.go_on().await;
        }
    }
    let _ = journey.check_done();
    happened_once(&journey);
    // Looking at documents and reading a card need no portal.
    let needing: Vec<&str> = WAYPOINTS
        .into_iter()
        .filter(|name| !["review-documents", "sign"].contains(name))
        .collect();
    for name in needing {
        assert!(failed.contains(&name), "{name} was not tried: {failed:?}");
    }
    for pending in ["pending-approval", "pending-code", "pending-submission"] {
        assert!(failed.contains(&pending), "{pending} was not tried: {failed:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_is_restarted_between_two_answers_is_not_noticed() {
    let mut journey = Journey::start().await;
    while journey.screen() != "done" {
        let answer = journey.right_answer().await;
        journey.world.start_portal().await.unwrap();
        journey.answer(answer).await.unwrap();
    }
    let _ = journey.check_done();
    happened_once(&journey);
}

/// Walks a whole journey, at every place through a mishap first; each must be told with the code, lose nothing and leave
/// what happened happened once.
async fn survives(code: &str, mishap: impl Fn() -> Act + Send + Sync + Clone + 'static) {
    let mut journey = Journey::start().await;
    let identity = TlsIdentity::of_portal(&journey.world).unwrap();
    let front = Front::before(&journey.world, &identity).await.unwrap();
    journey.redirect(Some(front.url()), None);
    let mut tried = HashSet::new();
    let mut failures = 0;
    while journey.screen() != "done" {
        if tried.insert(place(&journey)) {
            let before = journey.kept();
            let answer = journey.right_answer().await;
            put_in_the_way(&front, journey.screen(), mishap.clone());
            let outcome = journey.answer(answer).await;
            front.rule(|_, _| Act::Pass);
            if let Err(failure) = outcome {
                basvuru_flows::said(&failure, code);
                nothing_is_lost(&journey, &before);
                failures += 1;
                journey.restart();
            }
        } else {
            journey.go_on().await;
        }
    }
    assert!(failures >= 9, "only {failures} places were tried");
    let _ = journey.check_done();
    happened_once(&journey);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_lost_are_told_and_nothing_happens_twice() {
    survives("BSV-701", || Act::LoseRequest).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_lost_are_told_and_nothing_happens_twice() {
    let mut journey = Journey::start().await;
    let identity = TlsIdentity::of_portal(&journey.world).unwrap();
    let front = Front::before(&journey.world, &identity).await.unwrap();
    journey.redirect(Some(front.url()), None);
    let mut tried = HashSet::new();
    while journey.screen() != "done" {
        if tried.insert(place(&journey)) {
            let answer = journey.right_answer().await;
            put_in_the_way(&front, journey.screen(), || Act::LoseAnswer);
            let outcome = journey.answer(answer).await;
            front.rule(|_, _| Act::Pass);
            if let Err(failure) = outcome {
                basvuru_flows::said(&failure, "BSV-701");
                journey.restart();
            }
        } else {
            journey.go_on().await;
        }
    }
    let _ = journey.check_done();
    happened_once(&journey);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_in_place_of_an_answer_is_told() {
    survives("BSV-706", || {
        Act::Answer(200, "text/html", b"<!doctype html><title>Wi-Fi</title>".to_vec())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_cut_short_is_told_though_the_portal_did_what_it_was_asked() {
    survives("BSV-706", || {
        Act::Alter(Box::new(|mut body| {
            body.truncate(body.len() / 2);
            body
        }))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_another_form_is_told() {
    survives("BSV-706", || {
        Act::Answer(200, "application/json", b"{\"ok\":true}".to_vec())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_nested_without_end_is_told() {
    survives("BSV-706", || Act::Answer(200, "application/json", vec![b'['; 200_000])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_answer_is_told() {
    survives("BSV-706", || Act::Answer(200, "application/json", Vec::new())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_too_long_is_told() {
    survives("BSV-706", || {
        Act::Answer(200, "application/json", vec![b' '; 5 * 1024 * 1024])
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirection_is_not_followed() {
    let elsewhere = Journey::start().await;
    let identity = TlsIdentity::of_portal(&elsewhere.world).unwrap();
    let stranger = Front::before(&elsewhere.world, &identity).await.unwrap();
    let url = stranger.url();
    survives("BSV-706", move || Act::SendElsewhere(url.clone())).await;

    // Not even to somebody who could pass for the portal.
    let mut journey = elsewhere;
    let front = Front::before(&journey.world, &identity).await.unwrap();
    journey.redirect(Some(front.url()), None);
    let url = stranger.url();
    front.rule(move |_, _| Act::SendElsewhere(url.clone()));
    journey.refused(Answer::RequestCaptcha, "BSV-706").await;
    assert_eq!(stranger.requests(), [""; 0]);
    front.rule(|_, _| Act::Pass);
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_another_media_type_is_told_as_nonsense() {
    let problem = br#"{"type":"urn:basvuru:problem:signature-invalid","status":422,"title":"x"}"#;
    survives("BSV-706", || Act::Answer(422, "application/json", problem.to_vec())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_was_cut_short_is_told_as_nonsense() {
    survives("BSV-706", || {
        Act::Answer(422, "application/problem+json", b"{\"type\":\"urn:basvu".to_vec())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_an_unknown_kind_is_told_with_its_status() {
    let problem = br#"{"type":"urn:basvuru:problem:of-the-future","status":418,"title":"x"}"#;
    survives("BSV-709", || {
        Act::Answer(418, "application/problem+json", problem.to_vec())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_whose_portal_is_away_is_told_as_a_portal_that_cannot_now() {
    survives("BSV-707", || {
        Act::Answer(502, "text/html", b"<h1>Bad Gateway</h1>".to_vec())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_cannot_now_is_told_with_its_waiting_time() {
    let problem = br#"{"type":"urn:basvuru:problem:unavailable","status":503,"title":"x","retry_after":30}"#;
    survives("BSV-707", || {
        Act::Answer(503, "application/problem+json", problem.to_vec())
    })
    .await;
}

/// Asks somebody who makes noise in place of the portal, at the first screen and in the middle; goes on afterwards.
async fn hears(noise: Noise, code: &str) {
    for waypoint in ["sign-in", "fill-form"] {
        let mut journey = Journey::at(waypoint).await;
        let before = journey.kept();
        let identity = TlsIdentity::of_portal(&journey.world).unwrap();
        let noisy = Noisy::start(&identity, noise.clone()).await.unwrap();
        journey.redirect(Some(noisy.url()), None);
        journey.fails(journey.right_answer().await, code).await;
        nothing_is_lost(&journey, &before);
        journey.redirect(None, None);
        journey.finish().await;
        happened_once(&journey);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_does_not_speak_tls_is_told() {
    hears(
        Noise::InsteadOfTls(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
        "BSV-705",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_does_not_speak_http_is_told() {
    hears(
        Noise::InsteadOfHttp(b"220 mail.example.com ESMTP\r\n".to_vec()),
        "BSV-706",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_hangs_up_after_the_handshake_is_told() {
    hears(Noise::InsteadOfHttp(Vec::new()), "BSV-701").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_never_ends_is_cut_off_and_told() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n".to_vec();
    hears(Noise::Endless(head), "BSV-706").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_never_ends_is_cut_off_and_told() {
    hears(Noise::Endless(b"HTTP/1.1 200 OK\r\nx: ".to_vec()), "BSV-706").await;
}

/// Meets somebody with this identity in place of the portal, trusting `roots` or the portal's own; nothing may be said to
/// them.
async fn meets(identity: TlsIdentity, trusted: bool, code: &str, is_expected: fn(&Failure) -> bool) {
    for waypoint in ["sign-in", "fill-form", "sign-pin"] {
        let mut journey = Journey::at(waypoint).await;
        let before = journey.kept();
        let front = Front::before(&journey.world, &identity).await.unwrap();
        let roots = trusted.then(|| identity.root_pem());
        journey.redirect(Some(front.url()), roots);
        journey.walk_to(waypoint).await;
        let failure = journey.fails(journey.right_answer().await, code).await;
        assert!(is_expected(&failure), "{failure:?}");
        nothing_is_lost(&journey, &before);
        assert_eq!(front.requests(), [""; 0], "something was said to a stranger");
        journey.redirect(None, None);
        journey.finish().await;
        happened_once(&journey);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tls_certificate_of_another_host_is_told_and_hears_nothing() {
    let identity = TlsIdentity::made("baska.example", Validity::Current).unwrap();
    meets(identity, true, "BSV-704", |failure| {
        *failure == Failure::PortalWrongHost
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tls_certificate_of_an_unknown_authority_is_told_and_hears_nothing() {
    let identity = TlsIdentity::made("localhost", Validity::Current).unwrap();
    meets(identity, false, "BSV-703", |failure| {
        *failure == Failure::PortalUntrusted
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_tls_certificate_is_told_and_hears_nothing() {
    let identity = TlsIdentity::made("localhost", Validity::Expired).unwrap();
    meets(identity, true, "BSV-711", |failure| {
        matches!(failure, Failure::PortalNotCurrent { .. })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_knows_no_way_to_sign_in_is_told() {
    let mut journey = Journey::start().await;
    let identity = TlsIdentity::of_portal(&journey.world).unwrap();
    let front = Front::before(&journey.world, &identity).await.unwrap();
    journey.redirect(Some(front.url()), None);
    front.rule(|_, path| {
        if path != "/v1/captchas" {
            return Act::Pass;
        }
        Act::Alter(Box::new(|body| {
            let body = String::from_utf8(body).unwrap();
            body.replace("access-password", "of-the-future").into_bytes()
        }))
    });
    let failure = journey.fails(Answer::RequestCaptcha, "BSV-110").await;
    assert_eq!(failure, Failure::SignInUnsupported);
    // What the portal wants is listed with its sentence, and nobody is asked for a password.
    let Screen::SignIn { methods, captcha, .. } = journey.app().step().screen else {
        panic!("{}", journey.screen());
    };
    let [offer] = methods.as_slice() else {
        panic!("{methods:?}");
    };
    assert_eq!((offer.method, offer.available), (SignInMethod::Unknown, false));
    assert!(offer.note.as_ref().is_some_and(|note| note.ends_with('.')), "{offer:?}");
    assert_eq!(captcha, None);
    front.rule(|_, _| Act::Pass);
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_or_roots_that_cannot_be_used_are_told_before_anything_is_opened() {
    let mut journey = Journey::at("fill-form").await;
    let roots = journey.world.portal_root().unwrap();
    let wrong: [(&str, &[u8]); 4] = [
        ("http://localhost:1", &roots),
        ("localhost", &roots),
        ("https://localhost:1", b""),
        (
            "https://localhost:1",
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ),
    ];
    let before = journey.kept();
    journey.close();
    for (portal, roots) in wrong {
        journey.portal = Some(portal.to_owned());
        journey.roots = Some(roots.to_vec());
        let vault = std::sync::Arc::new(basvuru_world::TestVault);
        let failure = journey.try_open(journey.home.path(), vault).err().unwrap();
        assert!(matches!(failure, Failure::ConfigurationInvalid { .. }), "{failure:?}");
        basvuru_flows::said(&failure, "BSV-802");
    }
    journey.portal = None;
    journey.roots = None;
    journey.open();
    assert_eq!(journey.kept(), before);
    let Screen::FillForm { product, .. } = journey.step().screen else {
        panic!("the form expected")
    };
    assert_eq!(product, Product::Nes);
    journey.finish().await;
}
