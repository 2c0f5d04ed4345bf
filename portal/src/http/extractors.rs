//! What is read of a request before anything is done with it: its headers, and its body as long as it flows.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use basvuru::portal::{ASICE_MEDIA_TYPE, ProblemKind, TIMESTAMP_QUERY_MEDIA_TYPE, UPLOAD_COMPLETE, UPLOAD_OFFSET};
use http_body_util::BodyExt as _;
use tokio::time::{Instant, timeout};

use crate::http::bodies::Claim;
use crate::http::routes::Asker;
use crate::journey::exchange::{Bearer, JSON, Key, Posted, PostedByAnybody, PostedContainer, PostedTimestampQuery};
use crate::journey::shared::Shared;
use crate::records::session::Token;
use crate::refusal::Refusal;

/// The header that names a POST.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Octets a second of the slowest line that is waited for. What trickles more slowly holds a place that others need.
const SLOWEST: usize = 64;
/// How much more slowly a body may come for a while, in seconds, where it came faster before.
const AHEAD: Duration = Duration::from_secs(120);

/// The longest body of somebody not yet known, in octets: an identity number, a password and a picture code.
const LONGEST_OF_ANYBODY: usize = 8 * 1024;
/// The longest request for a time-stamp, in octets: a digest, a nonce and a policy take a tenth of it.
const LONGEST_TIMESTAMP_QUERY: usize = 1024;

/// What a body has to be, to be read.
struct Expected {
    media_type: &'static str,
    /// Whether a body without a media type is read too, of which the handler says what is missing.
    untyped: bool,
    longest: usize,
    /// Whether somebody signed in has to have sent it.
    of_person: bool,
}

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
        let expected = Expected {
            media_type: JSON,
            untyped: false,
            longest: portal.settings.limits.json_body,
            of_person: true,
        };
        read(request, portal, expected).await
    }
}

impl FromRequest<Arc<Shared>> for PostedByAnybody {
    type Rejection = Refusal;

    async fn from_request(request: Request, portal: &Arc<Shared>) -> Result<Self, Refusal> {
        let expected = Expected {
            media_type: JSON,
            untyped: true,
            longest: LONGEST_OF_ANYBODY.min(portal.settings.limits.json_body),
            of_person: false,
        };
        read(request, portal, expected).await.map(Self)
    }
}

impl FromRequest<Arc<Shared>> for PostedContainer {
    type Rejection = Refusal;

    async fn from_request(request: Request, portal: &Arc<Shared>) -> Result<Self, Refusal> {
        let (from, complete) = place(request.headers())?;
        let expected = Expected {
            media_type: ASICE_MEDIA_TYPE,
            untyped: false,
            longest: portal.settings.limits.container,
            of_person: true,
        };
        let (posted, cut) = read_until_cut(request, portal, expected).await?;
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
        let expected = Expected {
            media_type: TIMESTAMP_QUERY_MEDIA_TYPE,
            untyped: false,
            longest: LONGEST_TIMESTAMP_QUERY,
            of_person: true,
        };
        read(request, portal, expected).await.map(Self)
    }
}

/// Reads a POST whole.
async fn read(request: Request, portal: &Arc<Shared>, expected: Expected) -> Result<Posted, Refusal> {
    match read_until_cut(request, portal, expected).await? {
        (posted, None) => Ok(posted),
        (_, Some(cut)) => Err(cut),
    }
}

/// Reads what comes of a request, and why it was cut, where it was. Nothing of its body is read before its head was looked at
/// as far as that costs less: key, media type, length, and whose session it is.
async fn read_until_cut(
    request: Request,
    portal: &Arc<Shared>,
    expected: Expected,
) -> Result<(Posted, Option<Refusal>), Refusal> {
    let (parts, body) = request.into_parts();
    let text = |name: &str| {
        let value = parts.headers.get(name).and_then(|value| value.to_str().ok());
        value.map(str::to_owned)
    };
    let asker = parts.extensions.get::<Asker>().ok_or_else(Refusal::busy)?;
    let mut posted = Posted {
        network: asker.network,
        token: bearer(&parts.headers),
        key: Key::of(&parts.headers, IDEMPOTENCY_KEY)?,
        operation: format!("{} {}", parts.method, parts.uri.path()),
        content_type: text(header::CONTENT_TYPE.as_str()).unwrap_or_default(),
        if_match: combined(&parts.headers, header::IF_MATCH.as_str()),
        body: Bytes::new(),
    };
    let untyped = expected.untyped && posted.content_type.is_empty();
    if !untyped {
        posted.expect_media_type(expected.media_type)?;
    }
    let person = match expected.of_person {
        true => {
            let person = portal.person(posted.token.as_ref()).await?;
            portal.count(person)?;
            Some(person)
        }
        false => None,
    };
    if body.size_hint().lower() > expected.longest as u64 {
        return Err(Refusal::new(ProblemKind::TooLarge));
    }
    let claim = asker.bodies.claim(person, asker.network)?;
    let (body, cut) = collect(body, claim, expected.longest, portal.settings.limits.reading).await?;
    posted.body = body;
    Ok((posted, cut))
}

/// All lines of a header as one list (RFC 9110, 5.3).
fn combined(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines: Vec<&str> = headers
        .get_all(name)
        .iter()
        .map(|line| line.to_str().unwrap_or_default())
        .collect();
    (!lines.is_empty()).then(|| lines.join(", "))
}

/// The token of an `Authorization: Bearer` header (RFC 6750, 2.1).
pub(crate) fn bearer(headers: &HeaderMap) -> Option<Token> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && token.len() <= 128).then(|| Token::new(token.trim()))
}

/// Reads a body as long as it flows: no octet of it may be waited for longer than `silence`, and all of it no longer than the
/// slowest line takes. Gives what came, and why no more of it came where it was cut.
async fn collect(
    mut body: Body,
    mut claim: Claim,
    longest: usize,
    silence: Duration,
) -> Result<(Bytes, Option<Refusal>), Refusal> {
    let late = Refusal::malformed("the body did not arrive in time");
    let mut collected = Vec::new();
    let mut latest = Instant::now() + silence;
    let cut = loop {
        let data = match timeout(silence, body.frame()).await {
            Err(_) => break Some(late),
            Ok(None) => break None,
            Ok(Some(Err(_))) => break Some(Refusal::malformed("the body broke off")),
            Ok(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
        };
        if collected.len().saturating_add(data.len()) > longest {
            return Err(Refusal::new(ProblemKind::TooLarge));
        }
        let now = Instant::now();
        let worth = Duration::from_secs_f64(data.len() as f64 / SLOWEST as f64);
        if now > latest {
            break Some(late);
        }
        latest = (latest + worth).min(now + silence + AHEAD);
        claim.grow(data.len())?;
        collected.extend_from_slice(&data);
    };
    Ok((claim.hold(collected), cut))
}
