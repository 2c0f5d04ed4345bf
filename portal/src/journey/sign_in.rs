//! Signing in: picture code, then identity number and access password. A picture code buys one look at a password; a device
//! that the portal knows needs none. A wrong password costs who typed it, whether anybody has the identity or not, so that
//! nobody learns from the portal who its applicants are.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use basvuru::portal::{ProblemKind, Session, SignIn, SignInDevice};
use basvuru::secret::SecretText;
use basvuru::texts::Language;

use crate::journey::access_password;
use crate::journey::exchange::{CaptchaPath, PostedByAnybody, Prepared, Reply};
use crate::journey::hashing::{Place, Precedence};
use crate::journey::picture_code;
use crate::journey::shared::Shared;
use crate::journey::waits::{Try, Who, Wrong};
use crate::network::Network;
use crate::records::applicant;
use crate::records::audit::{self, About, Event};
use crate::records::device::{self, DeviceId, DeviceRecord};
use crate::records::password;
use crate::records::person::Person;
use crate::records::seal::Tag;
use crate::records::session;
use crate::records::work::Work;
use crate::refusal::Refusal;

#[cfg_attr(test, utoipa::path(
    post, path = "/v1/captchas", tag = "sign-in", operation_id = "newCaptcha",
    params(crate::journey::description::IdempotencyKey),
    responses((status = 201, description = "A new picture code", body = basvuru::portal::Captcha),
              crate::journey::description::Refusals)
))]
/// Draws a new picture code.
pub(crate) async fn new_captcha(
    State(portal): State<Arc<Shared>>,
    PostedByAnybody(posted): PostedByAnybody,
) -> Result<Reply, Refusal> {
    let permit = portal.computations.acquire().await.map_err(|_| Refusal::busy())?;
    let drawer = Arc::clone(&portal);
    let request = [posted.key.as_bytes(), &posted.body];
    let lifetime = portal.settings.limits.captcha_lifetime;
    let id = picture_code::name(portal.store.key(), request, portal.now(), lifetime);
    let drawing = tokio::task::spawn_blocking(move || picture_code::draw(drawer.store.key(), id))
        .await
        .ok()
        .flatten()
        .ok_or_else(Refusal::busy)?;
    drop(permit);
    let outbox = portal.outbox.clone();
    let offered = portal.work(move |work| {
        let captcha = picture_code::offer(work, &drawing)?;
        if work.settings.reveal_captcha {
            outbox.reveal_captcha(&captcha.id, &drawing.answer)?;
        }
        Ok(Reply::created(&captcha))
    });
    offered.await
}

#[cfg_attr(test, utoipa::path(
    get, path = "/v1/captchas/{captcha}/sound", tag = "sign-in", operation_id = "spokenCaptcha",
    params(CaptchaPath, ("Accept-Language" = Option<String>, Header, description = "`tr` or `en`; Turkish where it is neither.")),
    responses((status = 200, description = "The code spoken, a WAV file", content_type = "audio/wav"),
              crate::journey::description::Refusals)
))]
/// Speaks a picture code that can still be answered, in the language that is preferred.
pub(crate) async fn spoken_captcha(
    State(portal): State<Arc<Shared>>,
    Path(CaptchaPath { captcha }): Path<CaptchaPath>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let id = captcha.clone();
    if !portal.work(move |work| picture_code::is_open(work, &id)).await? {
        return Err(Refusal::new(ProblemKind::CaptchaExpired));
    }
    let accepted = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    let sound = picture_code::speak(portal.store.key(), &captcha, preferred(accepted.unwrap_or_default()));
    let head = [(header::CONTENT_TYPE, "audio/wav"), (header::VARY, "accept-language")];
    Ok((head, sound).into_response())
}

/// The language of ours that an `Accept-Language` header (RFC 9110, 12.5.4) prefers; Turkish where it wants neither.
fn preferred(accepted: &str) -> Language {
    let weight = |wanted: Language| {
        let weights = accepted.split(',').filter_map(|range| {
            let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
            (Language::from_tag(tag.trim()) == Some(wanted)).then_some(weight)?;
            weight.trim().strip_prefix("q=")?.parse::<f32>().ok()
        });
        weights.fold(0.0, f32::max)
    };
    match weight(Language::English) > weight(Language::Turkish) {
        true => Language::English,
        false => Language::Turkish,
    }
}

#[cfg_attr(test, utoipa::path(
    post, path = "/v1/sessions", tag = "sign-in", operation_id = "signIn", request_body = SignIn,
    params(crate::journey::description::IdempotencyKey),
    responses((status = 201, description = "Signed in", body = Session), crate::journey::description::Refusals)
))]
/// Signs a person in.
pub(crate) async fn sign_in(
    State(portal): State<Arc<Shared>>,
    PostedByAnybody(posted): PostedByAnybody,
) -> Result<Reply, Refusal> {
    let request: SignIn = posted.json()?;
    let identity = applicant::identity_tag(portal.store.key(), request.identity_kind, &request.identity);
    let _alone = portal.alone(&posted).await;
    let (admitting, asked, network) = (Arc::clone(&portal), request.clone(), posted.network);
    let admitted = portal
        .prepared(&posted, move |work| admit(work, &admitting, &identity, &asked, network))
        .await?;
    let Admitted {
        attempt,
        place,
        hash,
        device,
    } = match admitted {
        Prepared::Answered(reply) => return Ok(reply),
        Prepared::Ready(admitted) => admitted,
    };
    // The password is compared outside the transaction, which it would hold for tens of milliseconds.
    let holds = place.compare(request.access_password.clone(), hash.clone()).await?;
    let judged = Judged {
        hash,
        holds,
        device,
        network: posted.network,
    };
    let deciding = Arc::clone(&portal);
    portal
        .once(posted, move |work| {
            decide(work, &deciding, &identity, &request, judged, attempt)
        })
        .await
}

/// A try that is judged: what it needs was taken before, once each.
struct Admitted {
    attempt: Try,
    place: Place,
    hash: Option<String>,
    device: Option<DeviceId>,
}

/// Finds out whether a try is judged, and pays for it: on a known device with a try of the device's own, otherwise with a
/// picture code, which is used up whatever comes of it.
fn admit(
    work: &Work<'_>,
    portal: &Shared,
    identity: &Tag,
    request: &SignIn,
    network: Network,
) -> Result<Admitted, Refusal> {
    let stored = password::of_identity(work, identity)?;
    let owner = stored.as_ref().map(|stored| stored.person);
    let token = request.device.as_ref().and_then(|device| device.token.as_ref());
    let token = token.map(|token| device::token_tag(work, token));
    let device = match &token {
        Some(token) => device::known(work, owner, token)?,
        None => None,
    };
    let (who, precedence) = match token.filter(|_| device.is_some()) {
        Some(token) => (Who::Device(token), Precedence::Known),
        None => {
            let identity = *identity;
            (Who::Stranger { network, identity }, Precedence::Stranger)
        }
    };
    // Before the picture code is used up: who is told to come again later comes with the same.
    let place = portal.hashing.place(precedence)?;
    if device.is_none() {
        let captcha = request.captcha.as_ref();
        picture_code::consume(work, captcha.ok_or_else(|| Refusal::new(ProblemKind::CaptchaNeeded))?)?;
    }
    let credentials = access_password::credentials_tag(work.key, identity, &request.access_password);
    let lifts = stored.as_ref().map_or(0, |stored| stored.lifts);
    let attempt = portal
        .waits
        .admit(who, credentials, work.steady, lifts)
        .map_err(|wait| Refusal::new(ProblemKind::DeviceWaits).retry_after(wait).lasting())?;
    Ok(Admitted {
        attempt,
        place,
        hash: stored.map(|stored| stored.hash),
        device,
    })
}

/// The outcome of comparing a password with a stored hash.
struct Judged {
    hash: Option<String>,
    holds: bool,
    /// The device that it was typed on, where that is known.
    device: Option<DeviceId>,
    network: Network,
}

fn decide(
    work: &Work<'_>,
    portal: &Shared,
    identity: &Tag,
    request: &SignIn,
    judged: Judged,
    attempt: Try,
) -> Result<Reply, Refusal> {
    let stored = password::of_identity(work, identity)?;
    if stored.as_ref().map(|stored| &stored.hash) != judged.hash.as_ref() {
        // The password was replaced between the two looks at the database.
        return Err(Refusal::busy());
    }
    let person = match stored {
        Some(stored) if judged.holds => stored.person,
        wrong => {
            let about = wrong.map(|stored| About::new(stored.person, judged.device.as_ref()));
            let refusal = match attempt.wrong(work.steady) {
                Wrong::TriesLeft(tries) => Refusal::new(ProblemKind::CredentialsWrong).tries_left(tries),
                Wrong::Wait(wait) => Refusal::new(ProblemKind::DeviceWaits).retry_after(wait),
            };
            let outcome = match &judged.device {
                Some(_) => Some(refusal.word()),
                None => {
                    let now = portal.settings.clock.steady();
                    portal.refused.outcome(&refusal.word(), judged.network, now)
                }
            };
            if let Some(outcome) = outcome {
                audited(work, Event::SignInRefused, about.as_ref(), &outcome)?;
            }
            return Err(refusal.lasting());
        }
    };
    attempt.right();
    let (device, device_token) = know_device(work, person, request.device.as_ref(), judged.device)?;
    let token = session::begin(work, person, device.as_ref())?;
    audited(work, Event::SignedIn, Some(&About::new(person, device.as_ref())), "ok")?;
    let record = applicant::person(work, person)?;
    let idle = work.settings.limits.idle_session.as_secs();
    let session = Session {
        token: token.clone(),
        expires_in: u32::try_from(idle).unwrap_or(u32::MAX),
        given_name: record.given_name,
        family_name: record.family_name,
        orders: applicant::orders(work, person)?,
        device_token,
    };
    Ok(Reply::created(&session).while_lives(&token))
}

/// The device that somebody has signed in on, and its token where it was not known before; none where none was told of.
fn know_device(
    work: &Work<'_>,
    person: Person,
    told: Option<&SignInDevice>,
    known: Option<DeviceId>,
) -> Result<(Option<DeviceId>, Option<SecretText>), Refusal> {
    let Some(told) = told else {
        return Ok((None, None));
    };
    let record = DeviceRecord::named(told.name.as_deref());
    match known {
        Some(device) if device::seen(work, &device, &record)? => Ok((Some(device), None)),
        // Signed out from elsewhere meanwhile, or not known.
        _ => {
            let (device, token) = device::add(work, person, &record)?;
            Ok((Some(device), Some(token)))
        }
    }
}

fn audited(work: &Work<'_>, event: Event, about: Option<&About<'_>>, outcome: &str) -> rusqlite::Result<()> {
    audit::record_about(work.transaction, work.key, work.now, event, about, outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_language_is_the_one_with_more_weight() {
        for english in ["en", "en-GB", "EN-us,tr;q=0.8", "tr;q=0.1, en;q=0.2", "de, en;q=0.5"] {
            assert_eq!(preferred(english), Language::English, "{english}");
        }
        for turkish in [
            "",
            "tr",
            "tr-TR,en;q=0.9",
            "en;q=0.5,tr",
            "de",
            "*",
            "en;q=many",
            "en;q=0",
            ";;,,",
        ] {
            assert_eq!(preferred(turkish), Language::Turkish, "{turkish}");
        }
    }
}
