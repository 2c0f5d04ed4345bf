//! The client of the portal: one method an endpoint, pinned roots, bounded answers, and no retry of its own: what may be
//! repeated, and under which idempotency key, is the journey's business.

mod body;
mod connection;
mod exchange;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, IF_MATCH};
use reqwest::{Client, Method as HttpMethod, RequestBuilder, Url, redirect};
use serde::de::DeserializeOwned;

use self::body::with_body;
use super::{
    ASICE_MEDIA_TYPE, Approval, Approved, Captcha, CodeRequest, CodeSent, Confirmation, Form, Method, MethodChoice,
    Methods, Order, Orders, PortalInfo, Problem, Receipt, Session, SignIn, SigningRequest, TIMESTAMP_QUERY_MEDIA_TYPE,
    TIMESTAMP_REPLY_MEDIA_TYPE, version,
};
use crate::clock::{Clock, PortalClock};
use crate::failure::ConfigurationFault;
use crate::secret::SecretText;

/// No JSON answer of the protocol is longer, the captcha's picture included.
const LONGEST_JSON: usize = 4 * 1024 * 1024;
/// No picture code takes longer to speak: two minutes of 8-bit sound.
const LONGEST_SOUND: usize = 2 * 1024 * 1024;
/// No answer of a time-stamping authority is longer, its certificates included.
const LONGEST_TIMESTAMP: usize = 256 * 1024;
/// How long connecting may take: on a train, name look-up and handshake need seconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// How long an answer may take after the request was sent.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// What goes wrong between the app and the portal.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The portal's address is not an `https` URL with a host, or the roots cannot be read.
    #[error("configuration: {detail}")]
    Configuration {
        /// Which part cannot be used.
        fault: ConfigurationFault,
        /// What is wrong with it.
        detail: &'static str,
    },
    /// No connection, or it broke.
    #[error("the portal cannot be reached")]
    Unreachable,
    /// No answer in time.
    #[error("the portal did not answer in time")]
    Timeout,
    /// The TLS certificate's issuer is not among the roots.
    #[error("the portal's certificate comes from an unknown authority")]
    UnknownAuthority,
    /// The TLS certificate is for another host.
    #[error("the portal's certificate is for another host")]
    WrongHost,
    /// The TLS certificate is not valid today, by this device's clock.
    #[error("the portal's certificate is not valid at the device's time")]
    NotCurrent {
        /// The device's time.
        device: SystemTime,
    },
    /// The TLS handshake failed otherwise.
    #[error("the secure connection failed")]
    Insecure,
    /// The answer is not of the protocol, or longer than it may be.
    #[error("the portal's answer is not of the protocol")]
    Garbled,
    /// The portal refused.
    #[error("the portal refused: {}", .0.title)]
    Problem(Box<Problem>),
}

/// How much went over the wire.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// HTTP requests.
    pub requests: u64,
    /// Octets of request and response bodies.
    pub bytes: u64,
}

/// A client of one portal. Cheap to clone; clones share the connection.
#[derive(Clone)]
pub struct Portal {
    http: Client,
    base: Url,
    host: String,
    clock: Arc<PortalClock>,
    requests: Arc<AtomicU64>,
    bytes: Arc<AtomicU64>,
    last_request: Arc<Mutex<Option<String>>>,
}

impl Portal {
    /// Prepares a client; nothing is sent yet. `roots` are the only TLS roots trusted, as PEM, and certificates are judged by
    /// the device's clock.
    ///
    /// # Errors
    /// [`ClientError::Configuration`].
    pub fn new(address: &str, roots: &[u8], clock: Arc<dyn Clock>) -> Result<Self, ClientError> {
        let base = origin(address)?;
        let host = base.host_str().map(|host| match base.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        });
        let http = Client::builder()
            .tls_backend_preconfigured(connection::tls(roots, Arc::clone(&clock))?)
            .https_only(true)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ANSWER_TIMEOUT)
            .user_agent(concat!("basvuru/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|_| ClientError::Configuration {
                fault: ConfigurationFault::Connection,
                detail: "the HTTP client cannot be set up",
            })?;
        Ok(Self {
            http,
            host: host.unwrap_or_default(),
            base,
            clock: Arc::new(PortalClock::new(clock)),
            requests: Arc::default(),
            bytes: Arc::default(),
            last_request: Arc::default(),
        })
    }

    /// The portal's origin (RFC 6454, 4), `https://host` or `https://host:port`.
    #[must_use]
    pub fn origin(&self) -> String {
        self.base.origin().ascii_serialization()
    }

    /// The origin that an address is.
    ///
    /// # Errors
    /// [`ClientError::Configuration`] where it is none.
    pub fn origin_of(address: &str) -> Result<String, ClientError> {
        Ok(origin(address)?.origin().ascii_serialization())
    }

    /// The name of the portal's host, without a port.
    #[must_use]
    pub fn host_name(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }

    /// The host as a person is shown it: with its port, where that is not 443; a name of other letters in its ASCII form,
    /// in which no name looks like another.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// What time it is here and at the portal.
    pub(crate) fn clock(&self) -> &PortalClock {
        &self.clock
    }

    /// What has gone over the wire so far.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        Traffic {
            requests: self.requests.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
        }
    }

    /// The id of the last request, since they were forgotten.
    pub(crate) fn last_request(&self) -> Option<String> {
        self.last_request.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets which request was the last.
    pub(crate) fn forget_last_request(&self) {
        *self.last_request.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// What the portal says of itself.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn info(&self) -> Result<PortalInfo, ClientError> {
        self.json(self.request(HttpMethod::GET, &["portal"])?).await
    }

    /// Asks for a picture code.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn captcha(&self, key: &str) -> Result<Captcha, ClientError> {
        self.json(self.post(&["captchas"], key)?).await
    }

    /// A picture code spoken, a WAV file.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn spoken_captcha(&self, captcha: &str) -> Result<Vec<u8>, ClientError> {
        let request = self.request(HttpMethod::GET, &["captchas", captcha, "sound"])?;
        self.bytes(request.header(ACCEPT, "audio/wav"), LONGEST_SOUND).await
    }

    /// Signs in.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn sign_in(&self, request: &SignIn, key: &str) -> Result<Session, ClientError> {
        let post = self.post(&["sessions"], key)?;
        self.json(with_body(post, request)?).await
    }

    /// The view of the portal that a session has.
    #[must_use]
    pub fn with<'a>(&'a self, token: &'a SecretText) -> PortalSession<'a> {
        PortalSession { portal: self, token }
    }

    fn request(&self, method: HttpMethod, path: &[&str]) -> Result<RequestBuilder, ClientError> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| wrong_address("the portal's address has no path"))?
            .pop_if_empty()
            .push("v1")
            .extend(path);
        Ok(self
            .http
            .request(method, url)
            .header(ACCEPT, "application/json, application/problem+json")
            .header(version::HEADER, version::CORE))
    }

    fn post(&self, path: &[&str], key: &str) -> Result<RequestBuilder, ClientError> {
        Ok(self.request(HttpMethod::POST, path)?.header("Idempotency-Key", key))
    }
}

/// The portal, seen by somebody who has signed in.
pub struct PortalSession<'a> {
    portal: &'a Portal,
    token: &'a SecretText,
}

impl PortalSession<'_> {
    /// The person's orders.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn orders(&self) -> Result<Orders, ClientError> {
        self.get(&["orders"]).await
    }

    /// One order.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn order(&self, order: &str) -> Result<Order, ClientError> {
        self.get(&["orders", order]).await
    }

    /// The form of an order.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn form(&self, order: &str) -> Result<Form, ClientError> {
        self.get(&["orders", order, "form"]).await
    }

    /// Approves the form in the version that the person saw.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn approve(
        &self,
        order: &str,
        version: &str,
        approval: &Approval,
        key: &str,
    ) -> Result<Approved, ClientError> {
        let version = HeaderValue::from_str(&format!("\"{version}\"")).map_err(|_| ClientError::Garbled)?;
        let post = self
            .post(&["orders", order, "approval"], key)?
            .header(IF_MATCH, version);
        self.portal.json(with_body(post, approval)?).await
    }

    /// Has a code sent by text message.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn send_code(&self, order: &str, request: &CodeRequest, key: &str) -> Result<CodeSent, ClientError> {
        self.portal
            .json(with_body(self.post(&["orders", order, "codes"], key)?, request)?)
            .await
    }

    /// Confirms the telephone number with the code.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn confirm(&self, order: &str, code: SecretText, key: &str) -> Result<Methods, ClientError> {
        let post = self.post(&["orders", order, "confirmation"], key)?;
        self.portal.json(with_body(post, &Confirmation { code })?).await
    }

    /// The methods an order allows.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn methods(&self, order: &str) -> Result<Methods, ClientError> {
        self.get(&["orders", order, "methods"]).await
    }

    /// Chooses a method.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn choose(&self, order: &str, method: Method, key: &str) -> Result<SigningRequest, ClientError> {
        let post = self.post(&["orders", order, "method"], key)?;
        self.portal.json(with_body(post, &MethodChoice { method })?).await
    }

    /// The documents to be signed, one after the other as they were announced, of `size` octets together. `arrived` hears
    /// how many have come so far.
    ///
    /// # Errors
    /// [`ClientError`]; [`ClientError::Garbled`] when the size differs.
    pub async fn documents(
        &self,
        order: &str,
        size: usize,
        arrived: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<u8>, ClientError> {
        let request = self.authorized(self.portal.request(HttpMethod::GET, &["orders", order, "documents"])?);
        let request = request.header(ACCEPT, "application/octet-stream");
        let content = self.portal.bytes_as_they_come(request, size, arrived).await?;
        if content.len() == size {
            Ok(content)
        } else {
            Err(ClientError::Garbled)
        }
    }

    /// Has a time-stamp made: passes a request of RFC 3161, with nonce and `certReq`, on to the portal's authority.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn timestamp(&self, order: &str, query: Vec<u8>, key: &str) -> Result<Vec<u8>, ClientError> {
        let post = self
            .post(&["orders", order, "timestamp"], key)?
            .header(ACCEPT, TIMESTAMP_REPLY_MEDIA_TYPE)
            .header(CONTENT_TYPE, TIMESTAMP_QUERY_MEDIA_TYPE);
        self.portal.bytes(post.body(query), LONGEST_TIMESTAMP).await
    }

    /// Sends the signed container.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn submit(&self, order: &str, container: Vec<u8>, key: &str) -> Result<Receipt, ClientError> {
        let post = self
            .post(&["orders", order, "signature"], key)?
            .header(CONTENT_TYPE, ASICE_MEDIA_TYPE);
        self.portal.json(post.body(container)).await
    }

    /// The receipt of a complete order.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn receipt(&self, order: &str) -> Result<Receipt, ClientError> {
        self.get(&["orders", order, "receipt"]).await
    }

    async fn get<T: DeserializeOwned>(&self, path: &[&str]) -> Result<T, ClientError> {
        self.portal
            .json(self.authorized(self.portal.request(HttpMethod::GET, path)?))
            .await
    }

    fn post(&self, path: &[&str], key: &str) -> Result<RequestBuilder, ClientError> {
        Ok(self.authorized(self.portal.post(path, key)?))
    }

    fn authorized(&self, request: RequestBuilder) -> RequestBuilder {
        match HeaderValue::from_str(&format!("Bearer {}", self.token.expose())) {
            Ok(mut value) => {
                value.set_sensitive(true);
                request.header(AUTHORIZATION, value)
            }
            // A token that no header can carry is no token: the portal will ask to sign in again.
            Err(_) => request,
        }
    }
}

/// The URL of an address that is an origin and nothing more: a portal has its host to itself, and what else an address can
/// carry would be sent along or dropped unseen.
fn origin(address: &str) -> Result<Url, ClientError> {
    let url = Url::parse(address).map_err(|_| wrong_address("the portal's address is no URL"))?;
    if url.scheme() != "https" || url.host_str().is_none_or(str::is_empty) {
        return Err(wrong_address("the portal's address must begin with https://"));
    }
    let bare = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
        && url.path() == "/";
    if !bare {
        return Err(wrong_address(
            "the portal's address must be https://host or https://host:port and nothing more",
        ));
    }
    Ok(url)
}

fn wrong_address(detail: &'static str) -> ClientError {
    let fault = ConfigurationFault::Address;
    ClientError::Configuration { fault, detail }
}
