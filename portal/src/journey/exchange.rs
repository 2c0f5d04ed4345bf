//! How requests are taken and answered. A POST happens once: its answer is stored in the transaction of its effect, and a
//! repeat with the same key and the same request gets that answer and changes nothing.
//!
//! A stored answer is sealed with a key made from the portal's key, the requester's `Idempotency-Key` and the request
//! itself, of which the database holds only tags: a session token or a captcha in it can be read by nobody but who repeats
//! the request. Keys are scoped to the person once signed in, so that a repeat after a new sign-in is still recognised;
//! before that the key alone is the scope, so that a telephone may change networks between a request and its repeat.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use basvuru::portal::{Problem, ProblemKind};
use basvuru::secret::SecretText;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::OwnedMutexGuard;

use crate::journey::computing::Turn;
use crate::journey::if_match::IfMatch;
use crate::journey::shared::Shared;
use crate::network::Network;
use crate::records::answer;
use crate::records::person::Person;
use crate::records::seal::{PortalKey, Tag};
use crate::records::session::{self, Token, authenticate, within_session};
use crate::records::work::Work;
use crate::refusal::Refusal;

/// The media type of what the protocol says.
pub(crate) const JSON: &str = "application/json";
/// Whose the requests of somebody are who has not signed in.
const ANYBODY: &[u8] = b"anybody";
/// The shortest key taken: long enough that nobody guesses another's.
const SHORTEST_KEY: usize = 16;
/// The longest key taken.
const LONGEST_KEY: usize = 128;

/// A successful answer.
#[derive(Serialize, Deserialize)]
pub(crate) struct Reply {
    status: u16,
    etag: Option<String>,
    body: String,
    /// The token in it, where it has one: a repeat is given no dead one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session: Option<SecretText>,
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
            session: None,
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

    /// Gives the answer to a repeat only while this session lives.
    pub(crate) fn while_lives(self, token: &SecretText) -> Self {
        Self {
            session: Some(token.clone()),
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

/// The bearer token of a request.
#[derive(Clone)]
pub(crate) struct Bearer(pub(crate) Token);

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

/// A POST of somebody signed in with a JSON body, read whole.
#[derive(Clone)]
pub(crate) struct Posted {
    /// Where it came from.
    pub(crate) network: Network,
    pub(crate) token: Option<Token>,
    pub(crate) key: Key,
    /// Method and path.
    pub(crate) operation: String,
    pub(crate) content_type: String,
    pub(crate) if_match: Option<String>,
    pub(crate) body: Bytes,
}

/// A POST of somebody who need not have signed in, with a small JSON body or none.
pub(crate) struct PostedByAnybody(pub(crate) Posted);

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

impl Posted {
    /// The token of who sent it.
    pub(crate) fn bearer(&self) -> Result<Bearer, Refusal> {
        let token = self.token.clone();
        token.map(Bearer).ok_or_else(|| Refusal::new(ProblemKind::SessionOver))
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
        self.expect_media_type(JSON)?;
        serde_json::from_slice(&self.body).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            Refusal::malformed(format!(
                "the body is not of the expected form, at line {line}, column {column}"
            ))
        })
    }

    /// The versions in `If-Match`.
    pub(crate) fn if_match(&self) -> Result<IfMatch, Refusal> {
        let header = self.if_match.as_deref();
        IfMatch::parse(header.ok_or_else(|| Refusal::malformed("the header If-Match is missing"))?)
    }

    /// Refuses a body of another media type.
    pub(crate) fn expect_media_type(&self, media_type: &str) -> Result<(), Refusal> {
        match self.has_media_type(media_type) {
            true => Ok(()),
            false => Err(Refusal::malformed(format!("the body must be {media_type}"))),
        }
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
        let tags = self.fingerprint(&posted).tags(self.store.key(), ANYBODY);
        self.work(move |work| repeatable(work, &tags, effect)).await
    }

    /// Whose session a token is.
    pub(crate) async fn person(self: &Arc<Self>, token: Option<&Token>) -> Result<Person, Refusal> {
        let token = token.cloned().ok_or_else(|| Refusal::new(ProblemKind::SessionOver))?;
        self.work(move |work| authenticate(work, &token)).await
    }

    /// Does what comes before the effect of a POST of anybody, unless it has been answered already. What is refused for good
    /// here is the answer.
    pub(crate) async fn prepared<T: Send + 'static>(
        self: &Arc<Self>,
        posted: &Posted,
        prepare: impl FnOnce(&Work<'_>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<Prepared<T>, Refusal> {
        let tags = self.fingerprint(posted).tags(self.store.key(), ANYBODY);
        self.work(move |work| {
            if let Some(reply) = stored_answer(work, &tags)? {
                return Ok(Prepared::Answered(reply));
            }
            let prepared = prepare(work);
            if let Err(refusal) = &prepared {
                remember(work, &tags, &Err(refusal.clone()))?;
            }
            prepared.map(Prepared::Ready)
        })
        .await
    }

    /// Answers a POST of a signed-in person: runs `effect` unless this request has been answered already.
    pub(crate) async fn once_for_person(
        self: &Arc<Self>,
        posted: Posted,
        effect: impl FnOnce(&Work<'_>, Person) -> Result<Reply, Refusal> + Send + 'static,
    ) -> Result<Reply, Refusal> {
        let fingerprint = self.fingerprint(&posted);
        self.once_of(posted.bearer()?, fingerprint, effect).await
    }

    /// Answers a POST of a signed-in person that is known by its fingerprint: runs `effect` unless this request has been
    /// answered already.
    pub(crate) async fn once_of(
        self: &Arc<Self>,
        Bearer(token): Bearer,
        fingerprint: Fingerprint,
        effect: impl FnOnce(&Work<'_>, Person) -> Result<Reply, Refusal> + Send + 'static,
    ) -> Result<Reply, Refusal> {
        self.work(move |work| {
            within_session(work, &token, |person| {
                let tags = fingerprint.tags(work.key, &person.0.to_be_bytes());
                repeatable(work, &tags, |work| effect(work, person))
            })
        })
        .await
    }

    /// Looks at what a POST of a signed-in person is decided by, before it is computed: the effect looks again. An answer that
    /// was given to this request already comes in its place.
    pub(crate) async fn look<T: Send + 'static>(
        self: &Arc<Self>,
        bearer: Bearer,
        fingerprint: Fingerprint,
        read: impl FnOnce(&Work<'_>, Person) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<Prepared<T>, Refusal> {
        self.in_session(bearer, move |work, person| {
            match stored_answer(work, &fingerprint.tags(work.key, &person.0.to_be_bytes()))? {
                Some(reply) => Ok(Prepared::Answered(reply)),
                None => read(work, person).map(Prepared::Ready),
            }
        })
        .await
    }

    /// One of several things that a request of a signed-in person takes.
    pub(crate) async fn in_session<T: Send + 'static>(
        self: &Arc<Self>,
        Bearer(token): Bearer,
        task: impl FnOnce(&Work<'_>, Person) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.work(move |work| within_session(work, &token, |person| task(work, person)))
            .await
    }

    /// Waits for the turn of a signed-in person, in which something costly is computed.
    pub(crate) async fn turn(self: &Arc<Self>, bearer: Bearer) -> Result<Arc<Turn>, Refusal> {
        let person = self.person(Some(&bearer.0)).await?;
        self.computing.turn(person).await
    }

    /// What a repeat of a POST is recognised by. Takes as long as its body: not to be computed in a transaction.
    pub(crate) fn fingerprint(&self, posted: &Posted) -> Fingerprint {
        Fingerprint::of(self.store.key(), posted)
    }

    /// Answers a GET of a signed-in person.
    pub(crate) async fn for_person<T: Send + 'static>(
        self: &Arc<Self>,
        bearer: Bearer,
        read: impl FnOnce(&Work<'_>, Person) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let portal = Arc::clone(self);
        let counted = move |work: &Work<'_>, person| {
            portal.count(person)?;
            read(work, person)
        };
        self.in_session(bearer, counted).await
    }

    /// Refuses who asks too often.
    pub(crate) fn count(&self, Person(number): Person) -> Result<(), Refusal> {
        self.persons.take(number, self.settings.clock.steady())
    }

    /// Waits until no other request of anybody with the same key is under way.
    pub(crate) async fn alone(&self, posted: &Posted) -> OwnedMutexGuard<()> {
        let tags = self.fingerprint(posted).tags(self.store.key(), ANYBODY);
        self.under_way.alone(&tags.key).await
    }
}

/// What a repeat of a POST is recognised by.
#[derive(Clone)]
pub(crate) struct Fingerprint {
    key: Key,
    request: Tag,
}

impl Fingerprint {
    fn of(portal: &PortalKey, posted: &Posted) -> Self {
        let if_match = posted.if_match.as_deref().unwrap_or_default();
        let request: [&[u8]; 4] = [
            posted.operation.as_bytes(),
            posted.content_type.as_bytes(),
            if_match.as_bytes(),
            &posted.body,
        ];
        Self {
            key: posted.key(),
            request: portal.tag("answer-request", &request),
        }
    }

    /// The tags of the request's answer, where nobody but who is in `scope` may have it.
    fn tags(&self, portal: &PortalKey, scope: &[u8]) -> AnswerTags {
        let name = self.key.as_bytes();
        AnswerTags {
            key: portal.tag("answer-key", &[scope, name]),
            seal: portal.derive("answer-seal", &[scope, name, &self.request.0]),
            request: self.request,
            of_anybody: scope == ANYBODY,
        }
    }
}

/// What came of preparing the effect of a POST.
pub(crate) enum Prepared<T> {
    /// It has been answered already.
    Answered(Reply),
    /// What its effect is to be worked out with.
    Ready(T),
}

/// How a stored answer is found, recognised and opened.
struct AnswerTags {
    key: Tag,
    request: Tag,
    seal: PortalKey,
    of_anybody: bool,
}

impl AnswerTags {
    /// Opens a stored answer of a variant. Those that were given before version 6 of the schema are bound to no place but by the
    /// key they are sealed with; after a day there are none left.
    fn open<T: DeserializeOwned>(&self, variant: &'static str, sealed: &[u8]) -> Option<T> {
        let place = [self.key.0.as_slice()];
        let plain = self
            .seal
            .open(&answer::place(variant, &place), sealed)
            .or_else(|| self.seal.open_unbound(variant, sealed))?;
        serde_json::from_slice(&plain).ok()
    }
}

/// Runs `effect` unless the request has been answered already, and stores what it is answered.
fn repeatable(
    work: &Work<'_>,
    tags: &AnswerTags,
    effect: impl FnOnce(&Work<'_>) -> Result<Reply, Refusal>,
) -> Result<Reply, Refusal> {
    if let Some(reply) = stored_answer(work, tags)? {
        return Ok(reply);
    }
    let outcome = effect(work);
    remember(work, tags, &outcome)?;
    outcome
}

/// Stores what a request is answered, where it is answered for good.
fn remember(work: &Work<'_>, tags: &AnswerTags, outcome: &Result<Reply, Refusal>) -> Result<(), Refusal> {
    let (stored, keep) = match outcome {
        Ok(reply) => (serde_json::to_vec(reply), reply.keep),
        Err(refusal) if refusal.is_lasting() => (serde_json::to_vec(refusal.problem()), None),
        Err(_) => return Ok(()),
    };
    let stored = zeroize::Zeroizing::new(stored.expect("answers are plain data"));
    let variant = if outcome.is_ok() { "reply" } else { "problem" };
    let limits = &work.settings.limits;
    let keep = keep.unwrap_or(match tags.of_anybody && outcome.is_err() {
        // A stranger's picture code is used up, and whatever is tried with it again costs nothing.
        true => limits.captcha_lifetime,
        false => limits.answers_kept,
    });
    let sealed = tags.seal.seal(&answer::place(variant, &[&tags.key.0]), &stored);
    answer::keep(work, &tags.key, &tags.request, &sealed, work.steady.after(keep))?;
    Ok(())
}

/// The answer stored for a request: a reply, or the lasting refusal as an error.
fn stored_answer(work: &Work<'_>, tags: &AnswerTags) -> Result<Option<Reply>, Refusal> {
    let Some(kept) = answer::find(work, &tags.key)? else {
        return Ok(None);
    };
    if !tags.request.matches(&kept.request) {
        return Err(Refusal::new(ProblemKind::IdempotencyKeyReused));
    }
    if let Some(reply) = tags.open::<Reply>("reply", &kept.sealed) {
        let is_over = match &reply.session {
            Some(token) => !session::lives(work, token)?,
            None => false,
        };
        return match is_over {
            true => Err(Refusal::new(ProblemKind::SessionOver)),
            false => Ok(Some(reply)),
        };
    }
    match tags.open::<Problem>("problem", &kept.sealed) {
        Some(problem) => Err(Refusal::from(problem)),
        None => Err(Refusal::new(ProblemKind::Unavailable)),
    }
}
