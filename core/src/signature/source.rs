//! Where time-stamps and the state of certificates come from: one seam to the network, so that whoever embeds this decides
//! how it is reached, how long it waits and what it keeps.

mod gather;
mod http;

use std::time::SystemTime;

use async_trait::async_trait;

use super::timestamp;
use crate::certificate::crl::Crl;
use crate::certificate::ocsp::{self, OcspAnswer};
use crate::certificate::path::{self, PathError};
use crate::certificate::revocation::{self, Evidence, Moments, State};
use crate::certificate::{Certificate, TrustAnchors};
use crate::digest::Digest;

pub use gather::Gathered;
pub use http::HttpFetch;

/// No issuer's certificate is looked for further away.
const MAX_ISSUERS: usize = 4;

/// The size limit that lists of revoked certificates are asked for with, and nothing else is.
pub const MAX_LIST_SIZE: u64 = 32 << 20;

/// A request over HTTP: GET, or POST where there is a body. `Debug` leaves headers out: they may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub struct FetchRequest {
    /// Where to.
    pub url: String,
    /// The media type and the octets of a body.
    pub body: Option<(&'static str, Vec<u8>)>,
    /// Headers beside Content-Type: a time-stamping authority may want to know who asks.
    pub headers: Vec<(String, String)>,
    /// An answer of more octets is refused while it is read.
    pub size_limit: u64,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FetchError(pub String);

/// Reaches the network. Implementations set time limits, follow no redirect to another scheme, and may keep answers to GET
/// as long as they are good.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// The body of a successful answer.
    ///
    /// # Errors
    /// [`FetchError`] where there is none.
    async fn fetch(&self, request: FetchRequest) -> Result<Vec<u8>, FetchError>;
}

/// A time-stamping authority. `Debug` leaves headers out: they may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub struct TimestampAuthority {
    /// Its address.
    pub url: String,
    /// Headers that tell it who asks: HTTP Basic, or one of its own.
    pub headers: Vec<(String, String)>,
}

impl std::fmt::Debug for FetchRequest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("FetchRequest")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for TimestampAuthority {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("TimestampAuthority")
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
    /// A time-stamp token over a digest.
    ///
    /// # Errors
    /// [`SourceError`]
    pub async fn timestamp(&self, digest: Digest) -> Result<Vec<u8>, SourceError> {
        let authority = self
            .timestamp_authority
            .as_ref()
            .ok_or(SourceError::NoTimestampAuthority)?;
        let request = timestamp::Request::new(digest, random()?);
        let answer = self
            .fetch
            .fetch(FetchRequest {
                url: authority.url.clone(),
                body: Some((timestamp::REQUEST_MEDIA_TYPE, request.encode())),
                headers: authority.headers.clone(),
                size_limit: 1 << 20,
            })
            .await?;
        Ok(request.accept(&answer)?)
    }

    /// The path of a certificate, its missing issuers looked for where the certificates say.
    ///
    /// # Errors
    /// [`SourceError::Path`]
    pub async fn path(
        &self,
        certificate: &Certificate,
        known: &[Certificate],
    ) -> Result<Vec<Certificate>, SourceError> {
        let mut known = known.to_vec();
        let mut last = certificate.clone();
        for _ in 0..MAX_ISSUERS {
            match path::build(certificate, &known, self.trust, self.now) {
                Ok(path) => return Ok(path),
                Err(fault @ PathError::NoIssuer { .. }) => {
                    let Some(issuer) = self.issuer(&last).await else {
                        return Err(fault.into());
                    };
                    last = issuer.clone();
                    known.push(issuer);
                }
                Err(fault) => return Err(fault.into()),
            }
        }
        Ok(path::build(certificate, &known, self.trust, self.now)?)
    }

    async fn issuer(&self, certificate: &Certificate) -> Option<Certificate> {
        for url in certificate.issuer_addresses() {
            if let Ok(octets) = self.get(url, 1 << 16).await
                && let Ok(issuer) = Certificate::parse(&octets)
            {
                return Some(issuer);
            }
        }
        None
    }

    /// The proof that no certificate of a path but the root was revoked at a moment.
    ///
    /// # Errors
    /// [`SourceError::Revoked`], [`SourceError::NoState`]
    pub async fn evidence(
        &self,
        path: &[Certificate],
        covering: SystemTime,
        preference: Preference,
    ) -> Result<Evidence, SourceError> {
        let mut all = Evidence::default();
        for (index, pair) in path.windows(2).enumerate() {
            let [certificate, issuer] = pair else { continue };
            // The stricter wish concerns the signer's certificate; authorities may be told of either way.
            let is_authority_asked = index > 0 && preference == Preference::AnswerAlone;
            let preference = if is_authority_asked {
                Preference::AnswerThenList
            } else {
                preference
            };
            all.extend(&self.evidence_of(certificate, issuer, covering, preference).await?);
        }
        Ok(all)
    }

    async fn evidence_of(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        covering: SystemTime,
        preference: Preference,
    ) -> Result<Evidence, SourceError> {
        match self.asked(certificate, issuer, covering, preference).await? {
            Some((found, State::Good)) => Ok(found),
            Some((_, State::Revoked { from })) => Err(SourceError::Revoked { from }),
            Some((_, State::Unknown(_))) | None => Err(SourceError::NoState),
        }
    }

    /// The first answer or list that tells the state of a certificate, and the state.
    async fn asked(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        covering: SystemTime,
        preference: Preference,
    ) -> Result<Option<(Evidence, State)>, SourceError> {
        let moments = Moments {
            covering,
            revoked_until: self.now,
            known: self.now,
        };
        let judge = |found: Evidence| match revocation::state(certificate, issuer, &found, moments) {
            State::Unknown(_) => None,
            state @ (State::Good | State::Revoked { .. }) => Some((found, state)),
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
                let Ok(octets) = self.get(url, MAX_LIST_SIZE).await else {
                    continue;
                };
                let Ok(list) = Crl::parse(&octets) else { continue };
                let found = judge(Evidence {
                    answers: Vec::new(),
                    lists: vec![list],
                });
                if found.is_some() {
                    return Ok(found);
                }
            }
        }
        Ok(None)
    }

    async fn get(&self, url: String, size_limit: u64) -> Result<Vec<u8>, FetchError> {
        self.fetch
            .fetch(FetchRequest {
                url,
                body: None,
                headers: Vec::new(),
                size_limit,
            })
            .await
    }
}

fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], SourceError> {
    let mut octets = [0; LENGTH];
    getrandom::fill(&mut octets).map_err(|_| SourceError::Random)?;
    Ok(octets)
}
