//! What is read of a request before anything is done with it: its headers, and its body as long as it flows.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use basvuru::portal::{ProblemKind, UPLOAD_COMPLETE, UPLOAD_OFFSET};
use http_body_util::BodyExt as _;
use tokio::time::{Instant, timeout};

use crate::http::routes::Peer;
use crate::journey::exchange::{Bearer, Key, Posted, PostedContainer, PostedTimestampQuery};
use crate::journey::shared::Shared;
use crate::network::Network;
use crate::records::session::Token;
use crate::refusal::Refusal;

/// The header that names a POST.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Octets a second of the slowest line that is waited for. What trickles more slowly holds a place that others need.
const SLOWEST: usize = 64;

/// The longest request for a time-stamp, in octets: a digest, a nonce and a policy take a tenth of it.
const LONGEST_TIMESTAMP_QUERY: usize = 1024;

impl FromRequestParts<Arc<Shared>> for Bearer {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Shared>) -> Result<Self, Refusal> {
        bearer(&parts.headers)
            .map(Self)
            .ok_or_else(|| Refusal::new(ProblemKind::SessionOver))
    }
}

impl FromRequest<Arc<Shared>> for Posted {
    type Rejection = Refusal;

    async fn from_request(request: Request, portal: &Arc<Shared>) -> Result<Self, Refusal> {
        read(request, portal, portal.settings.limits.json_body).await
    }
}

impl FromRequest<Arc<Shared>> for PostedContainer {
    type Rejection = Refusal;

    async fn from_request(request: Request, portal: &Arc<Shared>) -> Result<Self, Refusal> {
        let (from, complete) = place(request.headers())?;
        let (posted, cut) = read_until_cut(request, portal, portal.settings.limits.container).await?;
        Ok(Self {
            posted,
            from,
            complete,
            cut,
        })
    }
}

/// From which octet of a container on a body goes, and whether the container ends with it.
fn place(headers: &HeaderMap) -> Result<(usize, bool), Refusal> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let wrong = || Refusal::malformed("Upload-Offset takes a number of octets, and Upload-Complete ?0 or ?1");
    let is_number = |digits: &&str| digits.bytes().all(|digit| digit.is_ascii_digit());
    let from = match text(UPLOAD_OFFSET) {
        None => 0,
        Some(digits) => Some(digits)
            .filter(is_number)
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(wrong)?,
    };
    match text(UPLOAD_COMPLETE) {
        None | Some("?1") => Ok((from, true)),
        Some("?0") => Ok((from, false)),
        Some(_) => Err(wrong()),
    }
}

impl FromRequest<Arc<Shared>> for PostedTimestampQuery {
    type Rejection = Refusal;

    async fn from_request(request: Request, portal: &Arc<Shared>) -> Result<Self, Refusal> {
        read(request, portal, LONGEST_TIMESTAMP_QUERY).await.map(Self)
    }
}

/// Reads a POST whole.
async fn read(request: Request, portal: &Shared, limit: usize) -> Result<Posted, Refusal> {
    match read_until_cut(request, portal, limit).await? {
        (posted, None) => Ok(posted),
        (_, Some(cut)) => Err(cut),
    }
}

/// Reads what comes of a request, and why it was cut, where it was.
async fn read_until_cut(request: Request, portal: &Shared, limit: usize) -> Result<(Posted, Option<Refusal>), Refusal> {
    let (parts, body) = request.into_parts();
    let address = parts.extensions.get::<Peer>().map(|Peer(peer)| peer.ip());
    let text = |name: &str| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let (body, cut) = collect(body, limit, portal.settings.limits.reading).await?;
    let posted = Posted {
        network: Network::from(address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))),
        token: bearer(&parts.headers),
        key: Key::of(&parts.headers, IDEMPOTENCY_KEY)?,
        operation: format!("{} {}", parts.method, parts.uri.path()),
        content_type: text(header::CONTENT_TYPE.as_str()).unwrap_or_default(),
        if_match: text(header::IF_MATCH.as_str()),
        body,
    };
    Ok((posted, cut))
}

/// The token of an `Authorization: Bearer` header (RFC 6750, 2.1).
pub(crate) fn bearer(headers: &HeaderMap) -> Option<Token> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && token.len() <= 128).then(|| Token::new(token.trim()))
}

/// Reads a body as long as it flows: no octet of it may be waited for longer than `silence`, and all of it no longer than the
/// slowest line takes. Gives what came, and why no more of it came where it was cut. Of one that is too large as much again is
/// read and dropped, because many clients look at the answer only when they have sent everything.
async fn collect(mut body: Body, limit: usize, silence: Duration) -> Result<(Bytes, Option<Refusal>), Refusal> {
    let begun = Instant::now();
    let mut collected = Vec::new();
    let mut read = 0usize;
    let cut = loop {
        let late = Refusal::malformed("the body did not arrive in time");
        let data = match timeout(silence, body.frame()).await {
            Err(_) => break Some(late),
            Ok(None) => break None,
            Ok(Some(Err(_))) => break Some(Refusal::malformed("the body broke off")),
            Ok(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
        };
        read = read.saturating_add(data.len());
        if begun.elapsed() > silence + Duration::from_secs((read / SLOWEST) as u64) {
            break Some(late);
        }
        if read <= limit {
            collected.extend_from_slice(&data);
        } else if read > limit.saturating_mul(2) {
            break None;
        }
    };
    if read > limit {
        Err(Refusal::new(ProblemKind::TooLarge))
    } else {
        Ok((Bytes::from(collected), cut))
    }
}
