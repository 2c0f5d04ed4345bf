//! Where time-stamps and the state of certificates come from: one seam to the network, so that whoever embeds this decides
//! how it is reached, how long it waits and what it keeps.

mod cache;
mod gather;
mod http;
mod received;

use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use const_oid::ObjectIdentifier;

use super::timestamp;
use crate::certificate::crl::Crl;
use crate::certificate::ocsp::{self, OcspAnswer};
use crate::certificate::path::{self, PathError};
use crate::certificate::revocation::{self, Evidence, Moments, State};
use crate::certificate::{AlgorithmError, Certificate, TrustAnchors};
use crate::digest::Digest;
use crate::secret::SecretText;

pub use cache::{CacheLimits, CachingFetch};
pub use gather::Gathered;
pub use http::HttpFetch;

/// No issuer's certificate is looked for further away.
const MAX_ISSUERS: usize = 4;

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

/// Reaches the network. Implementations set time limits and follow no redirect to another scheme. One that passes requests
/// on to another passes on both methods, or nothing is kept.
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

/// A time-stamping authority.
#[derive(Clone)]
pub struct TimestampAuthority {
    url: String,
    policy: Option<ObjectIdentifier>,
    headers: Arc<dyn Fn(&Digest) -> Headers + Send + Sync>,
}

impl TimestampAuthority {
    /// One at an address, which wants to know nothing and chooses its policy itself.
    #[must_use]
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            policy: None,
            headers: Arc::new(|_| Vec::new()),
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

/// What the state of a certificate must be known of.
#[derive(Debug, Clone, Copy)]
struct Question {
    /// What is told must hold for this moment.
    covering: SystemTime,
    preference: Preference,
    /// Lists that were kept from before this moment do not do; any does where there is none.
    kept_since: Option<SystemTime>,
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
        let request = timestamp::Request::new(digest, random()?).under(authority.policy);
        let answer = self.fetch.fetch(authority.fetch_request(&request)).await?;
        let token = request.accept(&answer)?;
        self.judge_received(&token, request.digest()).await?;
        Ok(token)
    }

    /// The path of a certificate that is valid now, its missing issuers looked for where the certificates say.
    ///
    /// # Errors
    /// [`SourceError::Path`]
    pub async fn path(
        &self,
        certificate: &Certificate,
        known: &[Certificate],
    ) -> Result<Vec<Certificate>, SourceError> {
        Ok(self.path_at(certificate, known, self.now).await?)
    }

    /// As [`Self::path`], of certificates that were valid at a moment.
    ///
    /// # Errors
    /// [`PathError`]
    pub async fn path_at(
        &self,
        certificate: &Certificate,
        known: &[Certificate],
        at: SystemTime,
    ) -> Result<Vec<Certificate>, PathError> {
        let mut known = known.to_vec();
        let mut last = certificate.clone();
        for _ in 0..MAX_ISSUERS {
            match path::build(certificate, &known, self.trust, at) {
                Ok(path) => return Ok(path),
                Err(fault @ PathError::NoIssuer { .. }) => {
                    let Some(issuer) = self.issuer(&last).await else {
                        return Err(fault);
                    };
                    last = issuer.clone();
                    known.push(issuer);
                }
                Err(fault) => return Err(fault),
            }
        }
        path::build(certificate, &known, self.trust, at)
    }

    async fn issuer(&self, certificate: &Certificate) -> Option<Certificate> {
        for url in certificate.issuer_addresses() {
            let read = |octets: &[u8]| {
                let issuer = Certificate::parse(octets).ok()?;
                // One that was kept may be that of an older key: then a new one is fetched.
                (certificate.is_signed_by(&issuer) != Err(AlgorithmError::WrongSignature)).then_some(issuer)
            };
            let issuer = self.get(url, 1 << 16, None, read).await;
            if issuer.is_some() {
                return issuer;
            }
        }
        None
    }

    /// The proof that no certificate of a path but the root was revoked when what it signed existed. A list that was kept
    /// from before the moment to be covered is none, also where it is good until after it: what was revoked in between may
    /// stand in a newer one.
    ///
    /// # Errors
    /// [`SourceError::Revoked`], [`SourceError::Suspended`], [`SourceError::NoState`]
    pub async fn evidence(
        &self,
        path: &[Certificate],
        proving: Proving,
        preference: Preference,
    ) -> Result<Evidence, SourceError> {
        let mut all = Evidence::default();
        for (index, pair) in path.windows(2).enumerate() {
            let [certificate, issuer] = pair else { continue };
            // The stricter wish concerns the signer's certificate; authorities may be told of either way.
            let is_authority_asked = index > 0 && preference == Preference::AnswerAlone;
            let question = Question {
                covering: proving.covering,
                preference: if is_authority_asked {
                    Preference::AnswerThenList
                } else {
                    preference
                },
                kept_since: Some(proving.covering),
            };
            match self.told(certificate, issuer, question, proving.existed).await? {
                Some((found, State::Good)) => all.extend(&found),
                Some((_, State::Revoked { from })) => return Err(SourceError::Revoked { from }),
                Some((_, State::Suspended { from })) => return Err(SourceError::Suspended { from }),
                Some((_, State::Unknown(_))) | None => return Err(SourceError::NoState),
            }
        }
        Ok(all)
    }

    /// The first answer or list that tells the state of a certificate now, and the state.
    async fn asked(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        question: Question,
    ) -> Result<Option<(Evidence, State)>, SourceError> {
        self.told(certificate, issuer, question, self.now).await
    }

    /// As [`Self::asked`], where a revocation from after `revoked_until` does not count.
    async fn told(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        question: Question,
        revoked_until: SystemTime,
    ) -> Result<Option<(Evidence, State)>, SourceError> {
        let Question {
            covering,
            preference,
            kept_since,
        } = question;
        let moments = Moments {
            covering,
            revoked_until,
            known: self.now,
        };
        let judge = |found: Evidence| match revocation::state(certificate, issuer, &found, moments) {
            State::Unknown(_) => None,
            state @ (State::Good | State::Revoked { .. } | State::Suspended { .. }) => Some((found, state)),
        };
        if preference != Preference::ListAlone {
            for url in certificate.ocsp_addresses() {
                let nonce = random()?;
                let request = ocsp::request(certificate, issuer, nonce);
                let request = FetchRequest {
                    url,
                    body: Some((ocsp::REQUEST_MEDIA_TYPE, request)),
                    headers: Vec::new(),
                    size_limit: 1 << 18,
                };
                let Ok(octets) = self.fetch.fetch(request).await else {
                    continue;
                };
                let Ok(answer) = OcspAnswer::parse(&octets) else {
                    continue;
                };
                if !answer.suits_nonce(nonce) {
                    continue;
                }
                let found = judge(Evidence {
                    answers: vec![answer],
                    lists: Vec::new(),
                });
                if found.is_some() {
                    return Ok(found);
                }
            }
        }
        if preference != Preference::AnswerAlone {
            for url in certificate.crl_addresses() {
                let read = |octets: &[u8]| {
                    judge(Evidence {
                        answers: Vec::new(),
                        lists: vec![Crl::parse(octets).ok()?],
                    })
                };
                let found = self.get(url, MAX_LIST_SIZE, kept_since, read).await;
                if found.is_some() {
                    return Ok(found);
                }
            }
        }
        Ok(None)
    }

    /// What is read from an address: from the answer that was kept, where it was asked for no earlier than `kept_since` and
    /// something can be read from it, and from a new one otherwise.
    async fn get<T>(
        &self,
        url: String,
        size_limit: u64,
        kept_since: Option<SystemTime>,
        read: impl Fn(&[u8]) -> Option<T>,
    ) -> Option<T> {
        let request = FetchRequest {
            url,
            body: None,
            headers: Vec::new(),
            size_limit,
        };
        let kept = self.fetch.kept(&request);
        let kept = kept.filter(|kept| kept_since.is_none_or(|since| kept.asked_at >= since));
        if let Some(found) = kept.and_then(|kept| read(&kept.octets)) {
            return Some(found);
        }
        read(&self.fetch.fetch(request).await.ok()?)
    }
}

fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], SourceError> {
    let mut octets = [0; LENGTH];
    getrandom::fill(&mut octets).map_err(|_| SourceError::Random)?;
    Ok(octets)
}
