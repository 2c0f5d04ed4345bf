//! Where time-stamps and the state of certificates come from: one seam to the network, so that whoever embeds this decides
//! how it is reached, how long it waits and what it keeps.

mod cache;
mod gather;
mod http;
mod paths;
mod patience;
mod received;
mod states;

use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use const_oid::ObjectIdentifier;

use super::timestamp;
use crate::certificate::TrustAnchors;
use crate::certificate::path::PathError;
use crate::digest::Digest;
use crate::secret::SecretText;

pub use cache::{CacheLimits, CachingFetch};
pub use gather::Gathered;
pub use http::HttpFetch;
pub use patience::PatientFetch;
pub(super) use patience::side_by_side;

/// No answer of a time-stamping authority is larger, its certificates included.
const MAX_TIMESTAMP_SIZE: u64 = 1 << 18;

/// The size limit that lists of revoked certificates are asked for with, and nothing else is.
pub const MAX_LIST_SIZE: u64 = 32 << 20;

/// A request over HTTP: GET, or POST where there is a body. `Debug` tells its address alone.
#[derive(Clone, PartialEq, Eq)]
pub struct FetchRequest {
    /// Where to.
    pub url: String,
    /// The media type and the octets of a body.
    pub body: Option<(&'static str, Vec<u8>)>,
    /// Headers beside Content-Type, with values that may be passwords: a time-stamping authority may want to know who asks.
    pub headers: Headers,
    /// An answer of more octets is refused while it is read.
    pub size_limit: u64,
}

impl FetchRequest {
    /// The host that is asked, which names no person as the rest of the address may; nothing where there is none that can be
    /// shown.
    #[must_use]
    pub fn host(&self) -> Option<String> {
        host(&self.url)
    }
}

/// The host of an address.
fn host(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let is_host = |octet: u8| octet.is_ascii_alphanumeric() || b".-_:[]".contains(&octet);
    ((1..=253).contains(&host.len()) && host.bytes().all(is_host)).then(|| host.to_ascii_lowercase())
}

/// Why there is no answer. None names the address: it may tell whose certificate it is about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The answer is that there is none, or that it is to be had elsewhere.
    #[error("HTTP status {0}")]
    Status(u16),
    /// The answer has more octets than were asked for.
    #[error("the answer is too large")]
    TooLarge,
    /// There was no answer in time.
    #[error("it took too long")]
    TooLate,
    /// Whoever embeds this has decided that it is not asked for.
    #[error("not asked")]
    NotAsked,
    /// Nobody was reached, or the line broke: the words of whoever tried.
    #[error("{0}")]
    Failed(String),
}

/// An answer from earlier.
#[derive(Clone)]
pub struct KeptAnswer {
    /// The body.
    pub octets: Arc<[u8]>,
    /// When it was asked for: it may not tell what happened since.
    pub asked_at: SystemTime,
}

/// Reaches the network. Implementations set time limits and follow few redirects, to HTTP and HTTPS alone and never from
/// HTTPS to HTTP. One that passes requests on to another passes on both methods, or nothing is kept.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// The body of a successful answer, which somebody was asked for just now.
    ///
    /// # Errors
    /// [`FetchError`] where there is none.
    async fn fetch(&self, request: FetchRequest) -> Result<Vec<u8>, FetchError>;

    /// An answer that was kept from earlier and is still good; nobody is asked. Whoever asks judges it first, and fetches
    /// where it does not tell what is to be known. Nothing is kept unless an implementation does; [`CachingFetch`] does.
    fn kept(&self, _request: &FetchRequest) -> Option<KeptAnswer> {
        None
    }
}

/// Headers that tell who asks, with values that may be passwords.
pub type Headers = Vec<(String, SecretText)>;

/// Makes the nonce of a request from its digest.
type MakeNonce = dyn Fn(&Digest) -> [u8; 8] + Send + Sync;

/// A time-stamping authority.
#[derive(Clone)]
pub struct TimestampAuthority {
    url: String,
    policy: Option<ObjectIdentifier>,
    headers: Arc<dyn Fn(&Digest) -> Headers + Send + Sync>,
    nonce: Option<Arc<MakeNonce>>,
}

impl TimestampAuthority {
    /// One at an address, which wants to know nothing and chooses its policy itself.
    #[must_use]
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            policy: None,
            headers: Arc::new(|_| Vec::new()),
            nonce: None,
        }
    }

    /// Makes the nonce of each request in place of a random one, so that the request is the same when it is repeated: an answer
    /// that was lost is then given again, where the authority keeps it. It must not be foreseen by who could answer instead.
    #[must_use]
    pub fn with_nonce_for(self, nonce: impl Fn(&Digest) -> [u8; 8] + Send + Sync + 'static) -> Self {
        Self {
            nonce: Some(Arc::new(nonce)),
            ..self
        }
    }

    /// Tells it who asks, in the same words each time: HTTP Basic, or headers of its own.
    #[must_use]
    pub fn with_headers(self, headers: Headers) -> Self {
        self.with_headers_for(move |_| headers.clone())
    }

    /// Tells it who asks in words that are made for the digest of each request. Authorities that sell time-stamps want the
    /// digest sealed with the customer's password.
    #[must_use]
    pub fn with_headers_for(self, headers: impl Fn(&Digest) -> Headers + Send + Sync + 'static) -> Self {
        Self {
            headers: Arc::new(headers),
            ..self
        }
    }

    /// Has time-stamps made under a policy, and under no other.
    #[must_use]
    pub fn with_policy(self, policy: ObjectIdentifier) -> Self {
        Self {
            policy: Some(policy),
            ..self
        }
    }

    /// A request to it, for the network (RFC 3161, 3.4).
    #[must_use]
    pub fn fetch_request(&self, request: &timestamp::Request) -> FetchRequest {
        FetchRequest {
            url: self.url.clone(),
            body: Some((timestamp::REQUEST_MEDIA_TYPE, request.encode())),
            headers: (self.headers)(request.digest()),
            size_limit: MAX_TIMESTAMP_SIZE,
        }
    }
}

impl std::fmt::Debug for TimestampAuthority {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("TimestampAuthority")
            .field("url", &self.url)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for FetchRequest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("FetchRequest")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// Why something could not be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// No time-stamping authority was named.
    #[error("no time-stamping authority was named")]
    NoTimestampAuthority,
    /// The network gave no answer.
    #[error("no answer: {0}")]
    Fetch(#[from] FetchError),
    /// The time-stamping authority gave no time-stamp.
    #[error(transparent)]
    Timestamp(#[from] timestamp::TimestampError),
    /// No path leads from a certificate to a trusted root.
    #[error(transparent)]
    Path(#[from] PathError),
    /// Nobody told the state of a certificate.
    #[error("nobody tells whether a certificate has been revoked")]
    NoState,
    /// A certificate is revoked.
    #[error("a certificate has been revoked")]
    Revoked {
        /// Since when.
        from: SystemTime,
    },
    /// A certificate is suspended.
    #[error("a certificate is suspended")]
    Suspended {
        /// Since when.
        from: SystemTime,
    },
    /// No random numbers could be had.
    #[error("no random numbers")]
    Random,
}

/// What the state of a certificate is asked of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preference {
    /// A responder, and a list where there is none.
    AnswerThenList,
    /// A responder for the signer's certificate and nothing else.
    AnswerAlone,
    /// A list.
    ListAlone,
}

/// The moments for which certificates must be shown to have been good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proving {
    /// When what they signed is proven to have existed. They must be valid then; what is revoked from later on, or ends
    /// later, does not matter.
    pub existed: SystemTime,
    /// What tells of them must speak of this moment.
    pub covering: SystemTime,
}

impl Proving {
    /// One moment for both.
    #[must_use]
    pub const fn at(moment: SystemTime) -> Self {
        Self {
            existed: moment,
            covering: moment,
        }
    }
}

/// Everything that is needed to extend signatures.
#[derive(Clone)]
pub struct Sources<'a> {
    /// The way to the network.
    pub fetch: &'a dyn Fetch,
    /// Who makes time-stamps.
    pub timestamp_authority: Option<TimestampAuthority>,
    /// The roots that paths must lead to.
    pub trust: &'a TrustAnchors,
    /// The time now.
    pub now: SystemTime,
}

impl Sources<'_> {
    /// A time-stamp token over a digest, which holds as far as can be told: where no roots are trusted, its path is not
    /// looked for.
    ///
    /// # Errors
    /// [`SourceError`]
    pub async fn timestamp(&self, digest: Digest) -> Result<Vec<u8>, SourceError> {
        let authority = self
            .timestamp_authority
            .as_ref()
            .ok_or(SourceError::NoTimestampAuthority)?;
        let nonce = match &authority.nonce {
            Some(nonce) => nonce(&digest),
            None => random()?,
        };
        let request = timestamp::Request::new(digest, nonce).under(authority.policy);
        let answer = self.fetch.fetch(authority.fetch_request(&request)).await?;
        let token = request.accept(&answer)?;
        self.judge_received(&token, request.digest()).await?;
        Ok(token)
    }
}

fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], SourceError> {
    let mut octets = [0; LENGTH];
    getrandom::fill(&mut octets).map_err(|_| SourceError::Random)?;
    Ok(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_the_host_is_told_and_nothing_else() {
        for (url, expected) in [
            ("http://ocsp.Kamu.test/a/person", Some("ocsp.kamu.test")),
            ("http://a:b@liste.test:8080?x", Some("liste.test:8080")),
            ("https://[::1]/", Some("[::1]")),
            ("http://", None),
            ("liste.test", None),
            ("http://a\u{202e}b/", None),
            ("http://a b/", None),
        ] {
            assert_eq!(host(url).as_deref(), expected, "{url}");
        }
    }
}
