//! How requests are taken and answered. A POST happens once: its answer is stored in the transaction of its effect, and a
//! repeat with the same key and the same request gets that answer and changes nothing.
//!
//! A stored answer is sealed with a key made from the portal's key, the requester's `Idempotency-Key` and the request
//! itself, of which the database holds only tags: a session token or a captcha in it can be read by nobody but who repeats
//! the request. Keys are scoped to the person once signed in, so that a repeat after a new sign-in is still recognised;
//! before that the key alone is the scope, so that a telephone may change networks between a request and its repeat.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use basvuru::portal::{Problem, ProblemKind, UPLOAD_COMPLETE, UPLOAD_OFFSET};
use http_body_util::BodyExt as _;
use rusqlite::{OptionalExtension as _, Transaction};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout};

use crate::clock::Moment;
use crate::portal::Shared;
use crate::refusal::Refusal;
use crate::seal::{PortalKey, Tag};
use crate::session::{Person, Token, within_session};

/// The header that names a POST.
pub(crate) const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The shortest key taken: long enough that nobody guesses another's.
const SHORTEST_KEY: usize = 16;
/// The longest key taken.
const LONGEST_KEY: usize = 128;

/// Octets a second of the slowest line that is waited for. What trickles more slowly holds a place that others need.
const SLOWEST: usize = 64;

/// The longest request for a time-stamp, in octets: a digest, a nonce and a policy take a tenth of it.
const LONGEST_TIMESTAMP_QUERY: usize = 1024;

/// A successful answer.
#[derive(Serialize, Deserialize)]
pub(crate) struct Reply {
    status: u16,
    etag: Option<String>,
    body: String,
    #[serde(skip)]
    keep: Option<Duration>,
}

impl Reply {
    /// 200 with a JSON body.
    pub(crate) fn json(body: &impl Serialize) -> Self {
        let body = serde_json::to_string(body).expect("protocol types are plain data");
        Self {
            status: StatusCode::OK.as_u16(),
            etag: None,
            body,
            keep: None,
        }
    }

    /// 201 with a JSON body.
    pub(crate) fn created(body: &impl Serialize) -> Self {
        Self {
            status: StatusCode::CREATED.as_u16(),
            ..Self::json(body)
        }
    }

    /// 202 with a JSON body.
    pub(crate) fn accepted(body: &impl Serialize) -> Self {
        Self {
            status: StatusCode::ACCEPTED.as_u16(),
            ..Self::json(body)
        }
    }

    /// Adds a strong entity tag.
    pub(crate) fn with_etag(self, version: &str) -> Self {
        Self {
            etag: Some(format!("\"{version}\"")),
            ..self
        }
    }

    /// Keeps the stored answer for a shorter time than others.
    pub(crate) fn kept_for(self, keep: Duration) -> Self {
        Self {
            keep: Some(keep),
            ..self
        }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, self.body).into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(etag) = self.etag.and_then(|etag| HeaderValue::from_str(&etag).ok()) {
            response.headers_mut().insert(header::ETAG, etag);
        }
        response
    }
}

/// What an effect works with.
pub(crate) struct Work<'a> {
    pub(crate) transaction: &'a Transaction<'a>,
    pub(crate) key: &'a PortalKey,
    pub(crate) portal: &'a Shared,
    pub(crate) now: Moment,
}

/// The bearer token of a request.
#[derive(Clone)]
pub(crate) struct Bearer(pub(crate) Token);

impl FromRequestParts<Arc<Shared>> for Bearer {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Shared>) -> Result<Self, Refusal> {
        bearer(&parts.headers)
            .map(Self)
            .ok_or_else(|| Refusal::new(ProblemKind::SessionOver))
    }
}

/// The order in a path.
#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams), into_params(parameter_in = Path))]
pub(crate) struct OrderPath {
    /// The order's id.
    #[cfg_attr(test, param(max_length = 64))]
    pub(crate) order: String,
}

/// The picture code in a path.
#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams), into_params(parameter_in = Path))]
pub(crate) struct CaptchaPath {
    /// The picture code's id.
    #[cfg_attr(test, param(max_length = 64))]
    pub(crate) captcha: String,
}

/// A POST with a JSON body, read whole.
pub(crate) struct Posted {
    token: Option<Token>,
    key: Key,
    operation: String,
    content_type: String,
    if_match: Option<String>,
    body: Bytes,
}

/// A POST with a signed container, or a part of one.
pub(crate) struct PostedContainer {
    pub(crate) posted: Posted,
    /// From which octet of the container on the body goes.
    pub(crate) from: usize,
    /// Whether the container ends with the body.
    pub(crate) complete: bool,
    /// Why there is no more of the body, where it was cut.
    pub(crate) cut: Option<Refusal>,
}

/// The `Idempotency-Key` of a POST.
#[derive(Clone)]
pub(crate) struct Key(String);

impl Key {
    /// The key of a header: of a POST, or of what is asked about one.
    pub(crate) fn of(headers: &HeaderMap, name: &str) -> Result<Self, Refusal> {
        let key = headers
            .get(name)
            .ok_or_else(|| Refusal::malformed(format!("the header {name} is missing")))?;
        let visible = |octets: &[u8]| octets.iter().all(u8::is_ascii_graphic);
        match key.to_str() {
            Ok(text) if visible(key.as_bytes()) && (SHORTEST_KEY..=LONGEST_KEY).contains(&text.len()) => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(Refusal::malformed(format!(
                "{name} takes 16 to 128 visible ASCII characters"
            ))),
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// A POST with a request for a time-stamp, read whole.
pub(crate) struct PostedTimestampQuery(pub(crate) Posted);

impl FromRequest<Arc<Shared>> for Posted {
    type Rejection = Refusal;

    async fn from_request(request: Request, portal: &Arc<Shared>) -> Result<Self, Refusal> {
        Self::read(request, portal, portal.settings.limits.json_body).await
    }
}

impl FromRequest<Arc<Shared>> for PostedContainer {
    type Rejection = Refusal;

    async fn from_request(request: Request, portal: &Arc<Shared>) -> Result<Self, Refusal> {
        let (from, complete) = place(request.headers())?;
        let (posted, cut) = Posted::read_until_cut(request, portal, portal.settings.limits.container).await?;
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
        Posted::read(request, portal, LONGEST_TIMESTAMP_QUERY).await.map(Self)
    }
}

impl Posted {
    async fn read(request: Request, portal: &Shared, limit: usize) -> Result<Self, Refusal> {
        match Self::read_until_cut(request, portal, limit).await? {
            (posted, None) => Ok(posted),
            (_, Some(cut)) => Err(cut),
        }
    }

    /// Reads what comes of a request, and why it was cut, where it was.
    async fn read_until_cut(
        request: Request,
        portal: &Shared,
        limit: usize,
    ) -> Result<(Self, Option<Refusal>), Refusal> {
        let (parts, body) = request.into_parts();
        let text = |name: &str| {
            parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let (body, cut) = collect(body, limit, portal.settings.limits.reading).await?;
        let posted = Self {
            token: bearer(&parts.headers),
            key: Key::of(&parts.headers, IDEMPOTENCY_KEY)?,
            operation: format!("{} {}", parts.method, parts.uri.path()),
            content_type: text(header::CONTENT_TYPE.as_str()).unwrap_or_default(),
            if_match: text(header::IF_MATCH.as_str()),
            body,
        };
        Ok((posted, cut))
    }

    /// The key it is repeated under.
    pub(crate) fn key(&self) -> Key {
        self.key.clone()
    }

    /// The same request with a body that came before it in parts.
    pub(crate) fn with_body(self, body: Bytes) -> Self {
        Self { body, ..self }
    }

    /// The body as JSON. What is wrong with it is told by its place alone: it may hold secrets.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        if !self.has_media_type("application/json") {
            return Err(Refusal::malformed("the body must be application/json"));
        }
        serde_json::from_slice(&self.body).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            Refusal::malformed(format!(
                "the body is not of the expected form, at line {line}, column {column}"
            ))
        })
    }

    /// The body as it is, where it has the media type expected.
    pub(crate) fn octets(&self, media_type: &str) -> Result<Bytes, Refusal> {
        match self.has_media_type(media_type) {
            true => Ok(self.body.clone()),
            false => Err(Refusal::malformed(format!("the body must be {media_type}"))),
        }
    }

    /// The version in `If-Match`, without quotes; `*` stands for any.
    pub(crate) fn if_match(&self) -> Result<&str, Refusal> {
        let header = self
            .if_match
            .as_deref()
            .ok_or_else(|| Refusal::malformed("the header If-Match is missing"))?;
        let bare = header.trim().strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        Ok(bare.unwrap_or_else(|| header.trim()))
    }

    fn has_media_type(&self, media_type: &str) -> bool {
        let essence = self.content_type.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case(media_type)
    }
}

impl Shared {
    /// Answers a POST of anybody: runs `effect` unless this request has been answered already.
    pub(crate) async fn once(
        self: &Arc<Self>,
        posted: Posted,
        effect: impl FnOnce(&Work<'_>) -> Result<Reply, Refusal> + Send + 'static,
    ) -> Result<Reply, Refusal> {
        self.work(move |work| repeatable(work, &posted, b"anybody", effect))
            .await
    }

    /// Answers a POST of a signed-in person: runs `effect` unless this request has been answered already.
    pub(crate) async fn once_for_person(
        self: &Arc<Self>,
        posted: Posted,
        effect: impl FnOnce(&Work<'_>, Person) -> Result<Reply, Refusal> + Send + 'static,
    ) -> Result<Reply, Refusal> {
        self.work(move |work| {
            let token = posted
                .token
                .as_ref()
                .ok_or_else(|| Refusal::new(ProblemKind::SessionOver))?;
            within_session(work, token, |person| {
                let scope = person.0.to_be_bytes();
                repeatable(work, &posted, &scope, |work| effect(work, person))
            })
        })
        .await
    }

    /// Answers a GET of a signed-in person.
    pub(crate) async fn for_person<T: Send + 'static>(
        self: &Arc<Self>,
        Bearer(token): Bearer,
        read: impl FnOnce(&Work<'_>, Person) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.work(move |work| within_session(work, &token, |person| read(work, person)))
            .await
    }

    /// The answer that was given to this request of anybody, where there is one.
    pub(crate) async fn answered_before(self: &Arc<Self>, posted: &Posted) -> Result<Option<Reply>, Refusal> {
        let tags = self.tags(posted, b"anybody");
        self.work(move |work| stored_answer(work, &tags)).await
    }

    /// Runs `task` in a transaction at the clock's time.
    pub(crate) async fn work<T: Send + 'static>(
        self: &Arc<Self>,
        task: impl FnOnce(&Work<'_>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let portal = Arc::clone(self);
        self.store
            .write(move |transaction, key| {
                task(&Work {
                    transaction,
                    key,
                    portal: &portal,
                    now: portal.now(),
                })
            })
            .await
    }

    fn tags(&self, posted: &Posted, scope: &[u8]) -> AnswerTags {
        AnswerTags::of(self.store.key(), posted, scope)
    }
}

/// How a stored answer is found, recognised and opened.
struct AnswerTags {
    key: Tag,
    request: Tag,
    seal: PortalKey,
}

impl AnswerTags {
    fn of(portal: &PortalKey, posted: &Posted, scope: &[u8]) -> Self {
        let name = posted.key.as_bytes();
        let if_match = posted.if_match.as_deref().unwrap_or_default();
        let request: [&[u8]; 4] = [
            posted.operation.as_bytes(),
            posted.content_type.as_bytes(),
            if_match.as_bytes(),
            &posted.body,
        ];
        let request = portal.tag("answer-request", &request);
        Self {
            key: portal.tag("answer-key", &[scope, name]),
            seal: portal.derive("answer-seal", &[scope, name, &request.0]),
            request,
        }
    }
}

/// Runs `effect` unless the request has been answered already, and stores what it is answered.
fn repeatable(
    work: &Work<'_>,
    posted: &Posted,
    scope: &[u8],
    effect: impl FnOnce(&Work<'_>) -> Result<Reply, Refusal>,
) -> Result<Reply, Refusal> {
    let tags = AnswerTags::of(work.key, posted, scope);
    if let Some(reply) = stored_answer(work, &tags)? {
        return Ok(reply);
    }
    let outcome = effect(work);
    let (stored, keep) = match &outcome {
        Ok(reply) => (serde_json::to_vec(reply), reply.keep),
        Err(refusal) if refusal.is_lasting() => (serde_json::to_vec(refusal.problem()), None),
        Err(_) => return outcome,
    };
    let stored = zeroize::Zeroizing::new(stored.expect("answers are plain data"));
    let variant = if outcome.is_ok() { "reply" } else { "problem" };
    let keep = keep.unwrap_or(work.portal.settings.limits.answers_kept);
    work.transaction.execute(
        "INSERT OR REPLACE INTO answer (key_tag, request_tag, sealed, expires_at) VALUES (?1, ?2, ?3, ?4)",
        (
            &tags.key,
            &tags.request,
            tags.seal.seal(variant, &stored),
            work.now.after(keep).0,
        ),
    )?;
    outcome
}

/// The answer stored for a request: a reply, or the lasting refusal as an error.
fn stored_answer(work: &Work<'_>, tags: &AnswerTags) -> Result<Option<Reply>, Refusal> {
    let row: Option<(Vec<u8>, Vec<u8>)> = work
        .transaction
        .query_row(
            "SELECT request_tag, sealed FROM answer WHERE key_tag = ?1 AND expires_at > ?2",
            (&tags.key, work.now.0),
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((request, sealed)) = row else { return Ok(None) };
    if !tags.request.matches(&request) {
        return Err(Refusal::new(ProblemKind::IdempotencyKeyReused));
    }
    if let Some(reply) = tags.seal.open_record::<Reply>("reply", &sealed) {
        return Ok(Some(reply));
    }
    match tags.seal.open_record::<Problem>("problem", &sealed) {
        Some(problem) => Err(Refusal::from(problem)),
        None => Err(Refusal::new(ProblemKind::Unavailable)),
    }
}

/// The token of an `Authorization: Bearer` header (RFC 6750, 2.1).
fn bearer(headers: &HeaderMap) -> Option<Token> {
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
