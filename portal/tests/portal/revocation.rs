//! Revocation, where the portal asks about it: a revoked certificate is refused, and one nobody tells about waits.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use basvuru::portal::{ProblemKind, Receipt};
use basvuru::signature::source::{Fetch, FetchError, FetchRequest};
use basvuru_portal::{Clock as _, Notice, Settings, UnknownState};
use basvuru_test_pki::{Authority, CaOptions, Holder, IssueOptions, Issued, KeyKind, ServiceOptions, Services};

use crate::harness::IDENTITY;
use crate::signing::{Waiting, applicants_certificate, signed};

/// An authority whose certificates say who tells their state.
static AUTHORITY: LazyLock<Authority> =
    LazyLock::new(|| Authority::with_options(&CaOptions::default().with_services()).unwrap());

/// Its services, as long as they are up.
struct Network {
    services: Services,
    is_up: AtomicBool,
    was_asked: AtomicBool,
}

impl Network {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            services: Services::new(AUTHORITY.clone(), ServiceOptions::default()).unwrap(),
            is_up: AtomicBool::new(true),
            was_asked: AtomicBool::new(false),
        })
    }

    /// A portal that asks here.
    fn asked(self: &Arc<Self>) -> impl Fn(&mut Settings) + Send + Sync + 'static {
        let network = Arc::clone(self);
        move |settings| {
            settings.holder_trust = AUTHORITY.chain_pem().unwrap().into_bytes();
            settings.revocation = Some(network.clone());
            settings.limits.asking = Duration::from_millis(200);
        }
    }
}

#[async_trait]
impl Fetch for Network {
    async fn fetch(&self, request: FetchRequest) -> Result<Vec<u8>, FetchError> {
        self.was_asked.store(true, Ordering::SeqCst);
        if !self.is_up.load(Ordering::SeqCst) {
            return Err(FetchError::Status(503));
        }
        let body = request.body.map(|(_, octets)| octets).unwrap_or_default();
        let answer = self.services.respond(&request.url, &body, SystemTime::now());
        answer.ok().flatten().ok_or(FetchError::Status(404))
    }
}

/// Services that never answer.
struct Silence;

#[async_trait]
impl Fetch for Silence {
    async fn fetch(&self, _: FetchRequest) -> Result<Vec<u8>, FetchError> {
        std::future::pending().await
    }
}

/// An order at a portal whose services never answer.
async fn in_silence() -> Waiting {
    let network = Network::new();
    let adjust = network.asked();
    Waiting::start_with(move |settings| {
        adjust(settings);
        settings.revocation = Some(Arc::new(Silence));
    })
    .await
}

fn issue() -> Issued {
    let holder = Holder::new("Ayşe Gül", "Çalışkanoğlu", IDENTITY);
    AUTHORITY
        .issue(&holder, KeyKind::P256, &IssueOptions::default())
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_nobody_trusts_does_not_say_whom_to_ask() {
    let network = Network::new();
    let waiting = Waiting::start_with(network.asked()).await;
    let now = waiting.town.clock.now();
    // Its authority names the same services.
    let stranger = Authority::with_options(&CaOptions::default().with_services()).unwrap();
    let holder = Holder::new("Ayşe Gül", "Çalışkanoğlu", IDENTITY);
    let unknown = stranger
        .issue(&holder, KeyKind::P256, &IssueOptions::default())
        .unwrap();
    let container = signed(&waiting.documents, &unknown, now);
    waiting
        .submit(container)
        .await
        .refused_as(ProblemKind::CertificateRefused);
    assert!(!network.was_asked.load(Ordering::SeqCst));
    let _: Receipt = waiting.submit(signed(&waiting.documents, &issue(), now)).await.ok();
    assert!(network.was_asked.load(Ordering::SeqCst));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_certificate_is_refused_and_another_one_signs() {
    let network = Network::new();
    let waiting = Waiting::start_with(network.asked()).await;
    let now = waiting.town.clock.now();
    let revoked = issue();
    let since = SystemTime::now() - Duration::from_secs(60);
    network.services.revoke(&revoked.certificate_der, since).unwrap();
    let container = signed(&waiting.documents, &revoked, now);
    let problem = waiting
        .submit(container)
        .await
        .refused_as(ProblemKind::CertificateRefused);
    assert_eq!(problem.detail.as_deref(), Some("revoked"));
    let container = signed(&waiting.documents, &issue(), now);
    let _: Receipt = waiting.submit(container).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_certificate_is_refused_as_that_and_signs_once_that_is_lifted() {
    let network = Network::new();
    let waiting = Waiting::start_with(network.asked()).await;
    let now = waiting.town.clock.now();
    let held = issue();
    let since = SystemTime::now() - Duration::from_secs(60);
    network.services.suspend(&held.certificate_der, since).unwrap();
    let problem = waiting
        .submit(signed(&waiting.documents, &held, now))
        .await
        .refused_as(ProblemKind::CertificateSuspended);
    assert_eq!(problem.detail.as_deref(), Some("suspended"));
    network.services.reinstate(&held.certificate_der).unwrap();
    let _: Receipt = waiting.submit(signed(&waiting.documents, &held, now)).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_waits_while_nobody_tells_and_the_same_one_is_taken_afterwards() {
    let network = Network::new();
    let mut waiting = Waiting::start_with(network.asked()).await;
    let container = signed(&waiting.documents, &issue(), waiting.town.clock.now());
    network.is_up.store(false, Ordering::SeqCst);
    let problem = waiting
        .submit(container.clone())
        .await
        .refused_as(ProblemKind::CertificateStateUnknown);
    assert_eq!((problem.status, problem.retry_after), (503, Some(60)));
    waiting
        .town
        .notice(|notice| matches!(notice, Notice::StateUnknown))
        .await;
    network.is_up.store(true, Ordering::SeqCst);
    let _: Receipt = waiting.submit(container).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_asks_nobody_takes_nothing_unless_it_says_so() {
    for (state, is_taken) in [(UnknownState::Refused, false), (UnknownState::Taken, true)] {
        let waiting = Waiting::start_with(move |settings| settings.unknown_state = state).await;
        let container = signed(&waiting.documents, &applicants_certificate(), waiting.town.clock.now());
        let answer = waiting.submit(container.clone()).await;
        if is_taken {
            let _: Receipt = answer.ok();
        } else {
            let problem = answer.refused_as(ProblemKind::CertificateStateUnknown);
            assert_eq!((problem.status, problem.retry_after), (503, Some(60)));
            // Nothing was lost by it.
            waiting
                .submit(container)
                .await
                .refused_as(ProblemKind::CertificateStateUnknown);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn services_that_never_answer_are_not_waited_for_without_end() {
    let waiting = in_silence().await;
    let container = signed(&waiting.documents, &issue(), waiting.town.clock.now());
    waiting
        .submit(container)
        .await
        .refused_as(ProblemKind::CertificateStateUnknown);
    // What cannot be a signature is refused without anybody being asked.
    waiting
        .submit(b"PK".to_vec())
        .await
        .refused_as(ProblemKind::SignatureInvalid);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_for_whoever_is_not_signed_in() {
    let waiting = in_silence().await;
    let container = signed(&waiting.documents, &issue(), waiting.town.clock.now());
    let media_type = "application/vnd.etsi.asic-e+zip";
    let key = "a-key-of-a-stranger";
    waiting
        .post("signature", media_type, key, "nobody", container)
        .await
        .refused_as(ProblemKind::SessionOver);
}
