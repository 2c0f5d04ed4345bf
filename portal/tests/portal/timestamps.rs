//! Time-stamps: passed on where they will hold, counted, and required where the portal has them.

use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use axum::http::HeaderMap;
use axum::routing::post;
use basvuru::certificate::TrustAnchors;
use basvuru::digest::DigestAlgorithm;
use basvuru::portal::{ProblemKind, Receipt, SignatureLevel};
use basvuru::secret::SecretText;
use basvuru::signature::asic;
use basvuru::signature::source::{Fetch, FetchError, FetchRequest, HttpFetch, Sources, TimestampAuthority};
use basvuru::signature::timestamp::Request;
use basvuru_portal::{Clock as _, HttpTimestamps, Notice, TimestampError, TimestampGateway};
use basvuru_test_pki::{Authority, ServiceOptions, Services};

use crate::harness::{AUTHORITY, Answer, fresh_key};
use crate::signing::{Waiting, applicants_certificate, signed};

/// An authority, and how often it was asked.
struct Stamps {
    services: Services,
    asked: AtomicUsize,
}

impl Stamps {
    fn of(authority: &Authority, options: ServiceOptions) -> Arc<Self> {
        Arc::new(Self {
            services: Services::new(authority.clone(), options).unwrap(),
            asked: AtomicUsize::new(0),
        })
    }
}

#[async_trait]
impl TimestampGateway for Stamps {
    async fn answer(&self, request: &[u8]) -> Result<Vec<u8>, TimestampError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.services.respond("/tsa", request, SystemTime::now());
        answer
            .ok()
            .flatten()
            .ok_or_else(|| TimestampError("malformed".to_owned()))
    }
}

async fn ask(waiting: &Waiting, query: Vec<u8>) -> Answer {
    ask_as(waiting, "application/timestamp-query", &waiting.token, query).await
}

async fn ask_as(waiting: &Waiting, media_type: &str, token: &str, query: Vec<u8>) -> Answer {
    waiting.post("timestamp", media_type, &fresh_key(), token, query).await
}

/// A container with a time-stamp that was had from somewhere.
async fn stamped(container: &[u8], from: &dyn Fetch) -> Vec<u8> {
    let sources = Sources {
        fetch: from,
        timestamp_authority: Some(TimestampAuthority::at("")),
        trust: &TrustAnchors::new(Vec::new()),
        now: SystemTime::now(),
    };
    let stamped = asic::stamp(Cursor::new(container), Vec::new(), &sources).await;
    stamped.unwrap()
}

#[async_trait]
impl Fetch for Waiting {
    async fn fetch(&self, request: FetchRequest) -> Result<Vec<u8>, FetchError> {
        let answer = ask(self, request.body.unwrap().1).await;
        assert!(answer.status.is_success(), "{answer:?}");
        assert_eq!(answer.headers["content-type"], "application/timestamp-reply");
        Ok(answer.body)
    }
}

/// An authority of one's own.
struct Own(Services);

#[async_trait]
impl Fetch for Own {
    async fn fetch(&self, request: FetchRequest) -> Result<Vec<u8>, FetchError> {
        let query = request.body.unwrap().1;
        Ok(self.0.respond("/tsa", &query, SystemTime::now()).unwrap().unwrap())
    }
}

fn query() -> Vec<u8> {
    query_for(b"imza", 7)
}

fn query_for(signature: &[u8], nonce: u8) -> Vec<u8> {
    Request::new(DigestAlgorithm::Sha256.digest(signature), [nonce; 8]).encode()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_with_time_stamps_takes_signatures_with_one_alone() {
    let stamps = Stamps::of(&AUTHORITY, ServiceOptions::default());
    let waiting = Waiting::start_with(move |settings| settings.timestamps = Some(stamps.clone())).await;
    assert_eq!(waiting.level, SignatureLevel::BT);
    let bare = signed(&waiting.documents, &applicants_certificate(), waiting.town.clock.now());
    let problem = waiting
        .submit(bare.clone())
        .await
        .refused_as(ProblemKind::SignatureInvalid);
    assert!(problem.detail.unwrap().contains("time-stamp"));
    let stranger = Services::new(Authority::new().unwrap(), ServiceOptions::default()).unwrap();
    let of_a_stranger = stamped(&bare, &Own(stranger)).await;
    waiting
        .submit(of_a_stranger)
        .await
        .refused_as(ProblemKind::SignatureInvalid);
    let stamped = stamped(&bare, &waiting).await;
    let _: Receipt = waiting.submit(stamped).await.ok();
    ask(&waiting, query()).await.refused_as(ProblemKind::PhaseWrong);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_stamp_that_would_not_hold_is_not_passed_on_and_does_not_count() {
    let wrong: [fn(&mut ServiceOptions); 3] = [
        |options| options.timestamps_another_digest = true,
        |options| options.breaks_timestamps = true,
        |options| options.timestamping_not_allowed = true,
    ];
    let mut gateways: Vec<Arc<dyn TimestampGateway>> = wrong
        .into_iter()
        .map(|adjust| {
            let mut options = ServiceOptions::default();
            adjust(&mut options);
            Stamps::of(&AUTHORITY, options) as _
        })
        .collect();
    gateways.push(Stamps::of(&Authority::new().unwrap(), ServiceOptions::default()));
    for gateway in gateways {
        let mut waiting = Waiting::start_with(move |settings| {
            settings.timestamps = Some(gateway.clone());
            settings.limits.timestamps_a_day = 2;
        })
        .await;
        for _ in 0..4 {
            let problem = ask(&waiting, query())
                .await
                .refused_as(ProblemKind::TimestampUnavailable);
            assert_eq!((problem.status, problem.retry_after), (503, Some(15)));
        }
        waiting
            .town
            .notice(|notice| matches!(notice, Notice::NoTimestamp { .. }))
            .await;
    }
}

/// An order at a portal whose sessions outlast days.
async fn for_days(stamps: &Arc<Stamps>) -> Waiting {
    let gateway = Arc::clone(stamps);
    Waiting::start_with(move |settings| {
        settings.timestamps = Some(gateway.clone());
        settings.limits.timestamps_a_day = 2;
        settings.limits.idle_session = Duration::from_secs(7 * 24 * 60 * 60);
        settings.limits.session = settings.limits.idle_session;
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_signatures_of_an_order_are_time_stamped_in_a_day() {
    let stamps = Stamps::of(&AUTHORITY, ServiceOptions::default());
    let waiting = for_days(&stamps).await;
    for signature in [b"first", b"other"] {
        assert!(ask(&waiting, query_for(signature, 7)).await.status.is_success());
    }
    let third = || query_for(b"third", 7);
    let problem = ask(&waiting, third()).await.refused_as(ProblemKind::RateLimited);
    assert_eq!(problem.retry_after, Some(24 * 60 * 60));
    assert_eq!(stamps.asked.load(Ordering::SeqCst), 2);
    waiting.town.clock.advance(Duration::from_secs(24 * 60 * 60 + 1));
    assert!(ask(&waiting, third()).await.status.is_success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_gets_the_same_time_stamp_and_nobody_is_asked() {
    let stamps = Stamps::of(&AUTHORITY, ServiceOptions::default());
    let waiting = for_days(&stamps).await;
    let first = ask(&waiting, query()).await;
    for _ in 0..30 {
        let again = ask(&waiting, query()).await;
        assert!(again.status.is_success() && again.body == first.body);
        assert_eq!(again.headers["content-type"], "application/timestamp-reply");
    }
    assert_eq!(stamps.asked.load(Ordering::SeqCst), 1);
    assert_eq!(
        waiting
            .town
            .audit(&waiting.order)
            .iter()
            .filter(|(event, _)| event == "timestamp-asked")
            .count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lost_an_answer_and_asks_with_another_nonce_gets_another_a_few_times() {
    let stamps = Stamps::of(&AUTHORITY, ServiceOptions::default());
    let waiting = for_days(&stamps).await;
    for nonce in [1, 2, 3] {
        assert!(ask(&waiting, query_for(b"imza", nonce)).await.status.is_success());
    }
    ask(&waiting, query_for(b"imza", 4))
        .await
        .refused_as(ProblemKind::RateLimited);
    // It is one signature of the two.
    assert!(ask(&waiting, query_for(b"other", 1)).await.status.is_success());
    assert_eq!(stamps.asked.load(Ordering::SeqCst), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_for_a_time_stamp_does_not_reach_the_authority() {
    let stamps = Stamps::of(&AUTHORITY, ServiceOptions::default());
    let gateway = stamps.clone();
    let waiting = Waiting::start_with(move |settings| settings.timestamps = Some(gateway.clone())).await;
    let mut without_nonce = query();
    // The nonce, ten octets of it, stands before three of certReq.
    let end = without_nonce.len() - 3;
    without_nonce.drain(end - 10..end);
    without_nonce[1] -= 10;
    for malformed in [Vec::new(), b"GET / HTTP/1.1".to_vec(), without_nonce, vec![0x30; 1000]] {
        ask(&waiting, malformed).await.refused_as(ProblemKind::MalformedRequest);
    }
    ask_as(&waiting, "application/json", &waiting.token, query())
        .await
        .refused_as(ProblemKind::MalformedRequest);
    ask(&waiting, vec![0; 1025]).await.refused_as(ProblemKind::TooLarge);
    ask_as(&waiting, "application/timestamp-query", "nobody", query())
        .await
        .refused_as(ProblemKind::SessionOver);
    assert_eq!(stamps.asked.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn time_stamps_are_for_orders_that_wait_for_their_signature_at_portals_that_have_them() {
    let stamps = Stamps::of(&AUTHORITY, ServiceOptions::default());
    let gateway = stamps.clone();
    let early = Waiting::start_with(move |settings| settings.timestamps = Some(gateway.clone())).await;
    let another = early.town.invite().await;
    let token = early.town.sign_in(&another).await;
    let early = Waiting {
        order: another.order,
        token,
        ..early
    };
    ask(&early, query()).await.refused_as(ProblemKind::PhaseWrong);
    assert_eq!(stamps.asked.load(Ordering::SeqCst), 0);
    let without = Waiting::start().await;
    assert_eq!(without.level, SignatureLevel::BB);
    assert_eq!(ask(&without, query()).await.problem().status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_is_reached_by_http_with_what_it_wants_to_know() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/tsa", listener.local_addr().unwrap());
    let stamps = Stamps::of(&AUTHORITY, ServiceOptions::default());
    let serving = tokio::spawn(async move {
        let handler = move |headers: HeaderMap, body: axum::body::Bytes| async move {
            assert_eq!(headers["content-type"], "application/timestamp-query");
            assert_eq!(headers["identity"], "000042");
            stamps.answer(&body).await.unwrap()
        };
        axum::serve(listener, axum::Router::new().route("/tsa", post(handler))).await
    });
    let waiting = Waiting::start_with(move |settings| {
        let authority = TimestampAuthority::at(url.clone())
            .with_headers(vec![("identity".to_owned(), SecretText::new("000042".to_owned()))]);
        settings.timestamps = Some(Arc::new(HttpTimestamps::new(authority, HttpFetch::new(&[]).unwrap())));
    })
    .await;
    let bare = signed(&waiting.documents, &applicants_certificate(), waiting.town.clock.now());
    let stamped = stamped(&bare, &waiting).await;
    let _: Receipt = waiting.submit(stamped).await.ok();
    serving.abort();
    let _ = serving.await;
}
