//! The client of the portal: one method an endpoint, pinned roots, bounded answers, and no retry of its own: what may be
//! repeated, and under which idempotency key, is the journey's business.

mod arriving;
mod body;
mod confirmation;
mod connection;
mod device;
mod exchange;
mod line;
mod part;
mod proxy;
mod unblocking;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::header::{ACCEPT, ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, HeaderValue, IF_MATCH};
use reqwest::{Client, Method as HttpMethod, RequestBuilder, StatusCode, Url};
use serde::de::DeserializeOwned;

pub(crate) use self::arriving::Arriving;
use self::body::with_body;
use self::exchange::Expected;
pub(crate) use self::line::Flow;
use self::line::{FlowListener, Pace};
use self::part::Part;
use self::proxy::Proxy;
pub use self::proxy::ProxyServer;
use super::{
    ASICE_MEDIA_TYPE, Approval, Approved, Captcha, Form, Method, MethodChoice, Methods, Order, Orders, PortalInfo,
    Problem, Receipt, Session, SignIn, SigningRequest, TIMESTAMP_QUERY_MEDIA_TYPE, TIMESTAMP_REPLY_MEDIA_TYPE,
    UPLOAD_COMPLETE, UPLOAD_KEY, UPLOAD_OFFSET, Upload, version,
};
use crate::clock::{Clock, PortalClock};
use crate::failure::{ConfigurationFault, ProxyFault};
use crate::secret::SecretText;

/// No JSON answer of the protocol is longer, the captcha's picture included.
const LONGEST_JSON: usize = 4 * 1024 * 1024;
/// No picture code takes longer to speak: two minutes of 8-bit sound.
const LONGEST_SOUND: usize = 2 * 1024 * 1024;
/// No answer of a time-stamping authority is longer, its certificates included.
const LONGEST_TIMESTAMP: usize = 256 * 1024;
/// How long connecting may take: on a train, name look-up and handshake need seconds, and over a bad line many.
const CONNECT_TIMEOUT: Duration = line::SILENCE;

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
    /// The line was silent for too long.
    #[error("the portal did not answer in time")]
    Timeout,
    /// The proxy on the way is the cause.
    #[error("the proxy: {fault:?}")]
    Proxy {
        /// What it did.
        fault: ProxyFault,
        /// Its host and port.
        proxy: String,
    },
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
    /// Replaced when its line has been silent: nothing more is said into a line that may be dead.
    http: Arc<Mutex<Client>>,
    tls: rustls::ClientConfig,
    proxy: Option<Proxy>,
    base: Url,
    host: String,
    clock: Arc<PortalClock>,
    requests: Arc<AtomicU64>,
    bytes: Arc<AtomicU64>,
    last_request: Arc<Mutex<Option<String>>>,
    pace: Arc<Pace>,
    listener: Option<FlowListener>,
}

impl Portal {
    /// Prepares a client; nothing is sent yet. `roots` are the only TLS roots trusted, as PEM, and certificates are judged by
    /// the device's clock. The way leads through `proxy`, where there is one.
    ///
    /// # Errors
    /// [`ClientError::Configuration`].
    pub fn new(
        address: &str,
        roots: &[u8],
        proxy: Option<&ProxyServer>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ClientError> {
        let base = origin(address)?;
        let host = base.host_str().map(|host| match base.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        });
        let proxy = proxy.map(Proxy::through).transpose()?;
        let tls = connection::tls(roots, Arc::clone(&clock))?;
        let http = connection::client(tls.clone(), proxy.as_ref())?;
        Ok(Self {
            http: Arc::new(Mutex::new(http)),
            tls,
            proxy,
            host: host.unwrap_or_default(),
            base,
            clock: Arc::new(PortalClock::new(clock)),
            requests: Arc::default(),
            bytes: Arc::default(),
            last_request: Arc::default(),
            pace: Arc::default(),
            listener: None,
        })
    }

    /// Has somebody told how much has passed of each request and its answer, as it passes.
    pub(crate) fn told_to(self, listener: impl Fn(Flow) + Send + Sync + 'static) -> Self {
        let listener: FlowListener = Arc::new(listener);
        Self {
            listener: Some(listener),
            ..self
        }
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

    /// A picture code spoken in the language of this tag (RFC 5646), a WAV file.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn spoken_captcha(&self, captcha: &str, language: &str) -> Result<Vec<u8>, ClientError> {
        let request = self.request(HttpMethod::GET, &["captchas", captcha, "sound"])?;
        let request = request.header(ACCEPT_LANGUAGE, language);
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
        let http = self.http.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(http
            .request(method, url)
            .header(ACCEPT, "application/json, application/problem+json")
            .header(version::HEADER, version::CORE))
    }

    fn post(&self, path: &[&str], key: &str) -> Result<RequestBuilder, ClientError> {
        Ok(self.request(HttpMethod::POST, path)?.header("Idempotency-Key", key))
    }
}

/// What became of what was sent of a container.
pub(crate) enum Submitted {
    /// The portal has so many octets of it.
    Part(u64),
    /// It is taken.
    Whole(Receipt),
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

    /// Goes on fetching the documents to be signed, one after the other as they were announced, of `size` octets together:
    /// from where they have come to, as long as they are the same. `arrived` hears how many octets have come.
    ///
    /// # Errors
    /// [`ClientError`], with what has come until then in `arriving`; [`ClientError::Garbled`] when the size differs.
    pub(crate) async fn documents(
        &self,
        order: &str,
        size: usize,
        arriving: &mut Arriving,
        arrived: &(dyn Fn(usize) + Sync),
    ) -> Result<(), ClientError> {
        let request = self.authorized(self.portal.request(HttpMethod::GET, &["orders", order, "documents"])?);
        let request = arriving.going_on(request.header(ACCEPT, "application/octet-stream"));
        let expected = Expected {
            arrived,
            ..Expected::answer(size)
        };
        self.portal.answered(request, expected, arriving).await?;
        match arriving.length() == size {
            true => Ok(()),
            false => Err(ClientError::Garbled),
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

    /// Goes on sending the signed container from where the portal has it: all that is left, or as much as the line carries in
    /// some seconds.
    ///
    /// # Errors
    /// [`ClientError`].
    pub(crate) async fn submit(
        &self,
        order: &str,
        container: &Bytes,
        from: usize,
        key: &str,
    ) -> Result<Submitted, ClientError> {
        let total = container.len();
        let rest = container.get(from..).ok_or(ClientError::Garbled)?;
        let part = Part {
            from,
            length: self.portal.pace.part(rest.len()),
            total,
        };
        let end = from + part.length;
        let mut post = self
            .post(&["orders", order, "signature"], key)?
            .header(CONTENT_TYPE, ASICE_MEDIA_TYPE);
        if part.length < total {
            let complete = if end == total { "?1" } else { "?0" };
            post = post.header(UPLOAD_OFFSET, from).header(UPLOAD_COMPLETE, complete);
        }
        let expected = Expected {
            part: Some(part),
            ..Expected::answer(LONGEST_JSON)
        };
        let mut answer = Arriving::default();
        let post = post.body(container.slice(from..end));
        let status = self.portal.answered(post, expected, &mut answer).await?;
        let answer = answer.into_octets();
        let submitted = match status {
            StatusCode::ACCEPTED => {
                serde_json::from_slice(&answer).map(|upload: Upload| Submitted::Part(upload.received))
            }
            _ => serde_json::from_slice(&answer).map(Submitted::Whole),
        };
        match submitted.map_err(|_| ClientError::Garbled)? {
            // Who has no more than before, or all of it without a receipt, is no portal.
            Submitted::Part(received) if !(from as u64 + 1..total as u64).contains(&received) => {
                Err(ClientError::Garbled)
            }
            submitted @ (Submitted::Part(_) | Submitted::Whole(_)) => Ok(submitted),
        }
    }

    /// How many octets the portal has of a container whose sending was cut.
    ///
    /// # Errors
    /// [`ClientError`].
    pub(crate) async fn upload(&self, order: &str, key: &str) -> Result<u64, ClientError> {
        let request = self.portal.request(HttpMethod::GET, &["orders", order, "signature"])?;
        let request = self.authorized(request).header(UPLOAD_KEY, key);
        let upload: Upload = self.portal.json(request).await?;
        Ok(upload.received)
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
