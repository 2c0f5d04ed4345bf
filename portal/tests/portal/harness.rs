//! A portal on a free port with a clock that stands still, and a client that speaks to it over TLS.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::SystemTime;

use basvuru::portal::{IdentityKind, Problem, ProblemKind, Product};
use basvuru_portal::{
    Invitation, Invited, Notice, Notices, Portal, Running, Settings, TestClock, UnknownState, invite,
};
use basvuru_test_pki::Authority;
use reqwest::{Client, Method, Response, StatusCode};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The authority whose holders may sign.
pub(crate) static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| Authority::new().unwrap());

/// What the portal trusts: the authority's root and issuing certificates.
pub(crate) fn holder_trust() -> Vec<u8> {
    AUTHORITY.chain_pem().unwrap().into_bytes()
}

/// The applicant of the tests.
pub(crate) const IDENTITY: &str = "10000000146";

/// A portal and its client.
pub(crate) struct Town {
    pub(crate) folder: Arc<tempfile::TempDir>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) running: Running,
    pub(crate) client: Client,
    notices: mpsc::UnboundedReceiver<Notice>,
    told: Arc<Mutex<Vec<Notice>>>,
    adjust: Adjust,
}

/// What a test changes of the settings, at each start.
type Adjust = Arc<dyn Fn(&mut Settings) + Send + Sync>;

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    async fn of(response: Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        Self {
            status,
            headers,
            body: response.bytes().await.unwrap().to_vec(),
        }
    }

    /// The body of a success.
    pub(crate) fn ok<T: DeserializeOwned>(&self) -> T {
        assert!(
            self.status.is_success(),
            "{} {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        );
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The problem, after checking that headers and body tell the same.
    pub(crate) fn problem(&self) -> Problem {
        assert!(
            !self.status.is_success(),
            "{} {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        );
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(self.headers["cache-control"], "no-store");
        let problem: Problem = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem.status, self.status.as_u16());
        let wait = self
            .headers
            .get("retry-after")
            .map(|value| value.to_str().unwrap().parse().unwrap());
        assert_eq!(wait, problem.retry_after);
        problem
    }

    pub(crate) fn refused_as(&self, kind: ProblemKind) -> Problem {
        let problem = self.problem();
        assert_eq!(problem.kind, kind, "{problem:?}");
        problem
    }
}

/// A fresh idempotency key.
pub(crate) fn fresh_key() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("test-key-{:012}", NEXT.fetch_add(1, Ordering::Relaxed))
}

impl Town {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(adjust: impl Fn(&mut Settings) + Send + Sync + 'static) -> Self {
        let clock = Arc::new(TestClock::at(SystemTime::now()));
        Self::open(Arc::new(tempfile::tempdir().unwrap()), clock, Arc::new(adjust)).await
    }

    async fn open(folder: Arc<tempfile::TempDir>, clock: Arc<TestClock>, adjust: Adjust) -> Self {
        let (tell, notices) = mpsc::unbounded_channel();
        let mut settings = Settings::new(folder.path(), "127.0.0.1:0".parse().unwrap(), holder_trust());
        settings.reveal_captcha = true;
        // The tests' authority keeps no lists.
        settings.unknown_state = UnknownState::Taken;
        settings.clock = clock.clone();
        let told = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&told);
        settings.notices = Notices::to(move |notice| {
            log.lock().unwrap().push(notice.clone());
            _ = tell.send(notice);
        });
        settings.limits.requests_a_minute = 100_000;
        settings.limits.requests_of_person_a_minute = 100_000;
        settings.limits.picture_codes_a_minute = 100_000;
        adjust(&mut settings);
        let running = Portal::start(settings).await.unwrap();
        let client = client(running.root_pem());
        Self {
            folder,
            clock,
            running,
            client,
            notices,
            told,
            adjust,
        }
    }

    /// Stops the portal and starts another on the same folder.
    pub(crate) async fn restart(self) -> Self {
        self.running.stop().await;
        Self::open(self.folder, self.clock, self.adjust).await
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    pub(crate) async fn invite(&self) -> Invited {
        invite(&self.data(), invitation(), self.clock.as_ref()).await.unwrap()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.running.address().port())
    }

    /// A client that speaks HTTP/1.1.
    pub(crate) fn older_client(&self) -> Client {
        let tls = Arc::unwrap_or_clone(tls_config(self.running.root_pem(), &[b"http/1.1"]));
        Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .build()
            .unwrap()
    }

    /// A socket from an address to the portal.
    pub(crate) async fn socket_from(&self, from: [u8; 4]) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((from, 0).into()).unwrap();
        socket.connect(self.running.address()).await.unwrap()
    }

    /// TLS over a socket.
    pub(crate) async fn secure(&self, socket: TcpStream, protocol: &[u8]) -> std::io::Result<TlsStream<TcpStream>> {
        let connector = TlsConnector::from(tls_config(self.running.root_pem(), &[protocol]));
        connector
            .connect(ServerName::try_from("localhost").unwrap(), socket)
            .await
    }

    /// A connection by hand.
    pub(crate) async fn connect(&self, protocol: &[u8]) -> TlsStream<TcpStream> {
        self.connect_from([127, 0, 0, 1], protocol).await
    }

    /// A connection by hand, from an address.
    pub(crate) async fn connect_from(&self, from: [u8; 4], protocol: &[u8]) -> TlsStream<TcpStream> {
        let socket = self.socket_from(from).await;
        self.secure(socket, protocol).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        Answer::of(self.client.get(self.url(path)).bearer_auth(token).send().await.unwrap()).await
    }

    /// POSTs JSON under a fresh key.
    pub(crate) async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        self.post_as(path, token, &fresh_key(), body).await
    }

    /// POSTs JSON under a key.
    pub(crate) async fn post_as(&self, path: &str, token: &str, key: &str, body: &Value) -> Answer {
        let request = self.request(path, token, key, body).header("if-match", "*");
        Answer::of(request.send().await.unwrap()).await
    }

    pub(crate) fn request(&self, path: &str, token: &str, key: &str, body: &Value) -> reqwest::RequestBuilder {
        self.client
            .request(Method::POST, self.url(path))
            .bearer_auth(token)
            .header("idempotency-key", key)
            .header("content-type", "application/json")
            .body(serde_json::to_vec(body).unwrap())
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        Answer::of(request.send().await.unwrap()).await
    }

    /// A new captcha, and its answer from the outbox.
    pub(crate) async fn captcha(&self) -> (String, String) {
        let captcha: Value = self.post("/v1/captchas", "", &json!({})).await.ok();
        let id = captcha["id"].as_str().unwrap().to_owned();
        let revealed = self.outbox_file(&format!("captcha-{id}.json"));
        (id, revealed["text"].as_str().unwrap().to_owned())
    }

    /// The body of a sign-in with a right captcha.
    pub(crate) async fn sign_in_body(&self, identity: &str, password: &str) -> Value {
        let (id, text) = self.captcha().await;
        json!({
            "identity_kind": "national-id",
            "identity": identity,
            "access_password": password,
            "captcha": { "id": id, "text": text },
        })
    }

    pub(crate) async fn try_sign_in(&self, identity: &str, password: &str) -> Answer {
        let body = self.sign_in_body(identity, password).await;
        self.post("/v1/sessions", "", &body).await
    }

    /// Signs in and gives the token.
    pub(crate) async fn sign_in(&self, invited: &Invited) -> String {
        let session: Value = self.try_sign_in(IDENTITY, invited.access_password.expose()).await.ok();
        session["token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn approve(&self, order: &str, token: &str) -> Answer {
        self.post(
            &format!("/v1/orders/{order}/approval"),
            token,
            &json!({ "values": good_values() }),
        )
        .await
    }

    /// Asks for a code and reads it from the text message.
    pub(crate) async fn code(&mut self, order: &str, token: &str) -> String {
        let path = format!("/v1/orders/{order}/codes");
        let _: Value = self
            .post(&path, token, &json!({ "app_token": "FA+9qCX9VSu" }))
            .await
            .ok();
        let text = self.next_sms().await;
        text.rsplit('#').next().unwrap().to_owned()
    }

    /// Waits for the next text message and reads it.
    pub(crate) async fn next_sms(&mut self) -> String {
        loop {
            let number = self.next_delivery().await;
            let path = self.data().join(format!("outbox/sms-{number:06}.json"));
            if path.exists() {
                let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
                return file["text"].as_str().unwrap().to_owned();
            }
        }
    }

    /// Waits until the operator is told something.
    pub(crate) async fn notice(&mut self, wanted: impl Fn(&Notice) -> bool) -> Notice {
        loop {
            let notice = self.notices.recv().await.unwrap();
            if wanted(&notice) {
                return notice;
            }
        }
    }

    /// Waits until a message is delivered.
    pub(crate) async fn next_delivery(&mut self) -> i64 {
        loop {
            if let Notice::Delivered { message } = self.notices.recv().await.unwrap() {
                return message;
            }
        }
    }

    /// Everything the operator has been told.
    pub(crate) fn notices_so_far(&self) -> Vec<Notice> {
        self.told.lock().unwrap().clone()
    }

    /// A signed-in person whose order waits for the signing method.
    pub(crate) async fn until_method(&mut self) -> (String, String) {
        let invited = self.invite().await;
        let token = self.sign_in(&invited).await;
        let order = invited.order;
        let _: Value = self.approve(&order, &token).await.ok();
        let code = self.code(&order, &token).await;
        let confirmed = self
            .post(
                &format!("/v1/orders/{order}/confirmation"),
                &token,
                &json!({ "code": code }),
            )
            .await;
        let _: Value = confirmed.ok();
        (order, token)
    }

    /// What the audit trail says of an order, oldest first: event and outcome.
    pub(crate) fn audit(&self, order: &str) -> Vec<(String, String)> {
        let connection = rusqlite::Connection::open(self.data().join("portal.db")).unwrap();
        let mut statement = connection
            .prepare("SELECT event, outcome FROM audit WHERE application = ?1 ORDER BY id")
            .unwrap();
        let rows = statement
            .query_map([order], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        rows.map(Result::unwrap).collect()
    }

    pub(crate) fn outbox_file(&self, name: &str) -> Value {
        serde_json::from_slice(&std::fs::read(self.data().join("outbox").join(name)).unwrap()).unwrap()
    }
}

pub(crate) fn invitation() -> Invitation {
    Invitation {
        identity_kind: IdentityKind::NationalId,
        identity: IDENTITY.to_owned(),
        phone: "0532 123 45 67".to_owned(),
        email: "ayse@example.com".to_owned(),
        given_name: "Ayşe Gül".to_owned(),
        family_name: "Çalışkanoğlu".to_owned(),
        product: Product::Nes,
        institution: "T.C. Örnek Bakanlığı".to_owned(),
    }
}

pub(crate) fn good_values() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([
        ("registry_number", "48213"),
        ("birth_place", "Iğdır"),
        ("birth_date", "1985-03-07"),
        ("reason", "renewal"),
        ("validity_years", "3"),
        ("reader_type", "none"),
        ("security_word", "papatyatarlası"),
        ("mobile", "0532 123 45 67"),
        ("email", "ayse@example.com"),
        ("delivery_address", "Şehit Ömer Sok. 4/2\nÇankaya, Ankara"),
    ])
}

/// A client that trusts the portal's root and nothing else.
pub(crate) fn client(root_pem: &str) -> Client {
    client_at("127.0.0.1", root_pem)
}

/// The same, at an address of its own.
pub(crate) fn client_at(address: &str, root_pem: &str) -> Client {
    let tls = Arc::unwrap_or_clone(tls_config(root_pem, &[b"h2", b"http/1.1"]));
    Client::builder()
        .tls_backend_preconfigured(tls)
        .https_only(true)
        .no_proxy()
        .local_address(address.parse::<IpAddr>().unwrap())
        .build()
        .unwrap()
}

/// TLS that trusts a root and nothing else, and offers these protocols.
pub(crate) fn tls_config(root_pem: &str, protocols: &[&[u8]]) -> Arc<rustls::ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(root_pem.as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    Arc::new(tls)
}
