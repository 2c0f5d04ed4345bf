//! Signing in: picture code, then identity number and access password. Every wrong password counts against the identity,
//! whether anybody has it or not, so that nobody learns from the portal who its applicants are.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use basvuru::portal::{ProblemKind, Session, SignIn};
use basvuru::secret::SecretText;
use basvuru::texts::Language;

use crate::clock::Moment;
use crate::journey::exchange::{CaptchaPath, PostedByAnybody, Reply};
use crate::journey::picture_code;
use crate::journey::shared::Shared;
use crate::records::applicant;
use crate::records::audit::{self, Event};
use crate::records::password;
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
    if let Some(reply) = portal.answered_before(&posted).await? {
        return Ok(reply);
    }
    let identity = applicant::identity_tag(portal.store.key(), request.identity_kind, &request.identity);
    let captcha = request.captcha.clone();
    let candidate = portal.work(move |work| candidate(work, &identity, &captcha)).await?;
    // The password is compared outside the transaction, which it would hold for tens of milliseconds, and only when the
    // picture code is right, which costs nothing to find out.
    let proof = match candidate {
        None => None,
        Some(stored) => Some(prove(&portal, stored, request.access_password.clone()).await?),
    };
    portal
        .once(posted, move |work| decide(work, &identity, &request, proof))
        .await
}

/// The password hash to compare with; `None` where the picture code is wrong or the identity is locked out.
fn candidate(
    work: &Work<'_>,
    identity: &Tag,
    captcha: &basvuru::portal::CaptchaAnswer,
) -> Result<Option<Option<String>>, Refusal> {
    if !picture_code::is_right(work, captcha)? || password::locked_until(work, identity)? > work.now {
        return Ok(None);
    }
    Ok(Some(password::of_identity(work, identity)?.map(|(_, hash)| hash)))
}

/// The outcome of comparing a password with a stored hash.
struct Proof {
    stored: Option<String>,
    holds: bool,
}

async fn prove(portal: &Arc<Shared>, stored: Option<String>, password: SecretText) -> Result<Proof, Refusal> {
    let _permit = portal.computations.acquire().await.map_err(|_| Refusal::busy())?;
    let comparer = Arc::clone(portal);
    let compare = move || Proof {
        holds: comparer.decoy_hash.compare(&password, stored.as_deref()),
        stored,
    };
    tokio::task::spawn_blocking(compare).await.map_err(|_| Refusal::busy())
}

fn decide(work: &Work<'_>, identity: &Tag, request: &SignIn, proof: Option<Proof>) -> Result<Reply, Refusal> {
    picture_code::consume(work, &request.captcha)?;
    let locked_until = password::locked_until(work, identity)?;
    if locked_until > work.now {
        return Err(refused(
            work,
            Refusal::new(ProblemKind::LockedOut).retry_after(work.now.seconds_until(locked_until)),
        )?);
    }
    let stored = password::of_identity(work, identity)?;
    let Some(proof) = proof.filter(|proof| proof.stored.as_ref() == stored.as_ref().map(|(_, hash)| hash)) else {
        // The password was replaced, or the lock-out ended, between the two looks at the database.
        return Err(Refusal::busy());
    };
    let person = match stored {
        Some((person, _)) if proof.holds => person,
        Some(_) | None => return Err(count_wrong_password(work, identity)?),
    };
    password::forget_wrong(work, identity)?;
    let token = session::begin(work, person)?;
    audit::record(work.transaction, work.key, work.now, Event::SignedIn, None, "ok")?;
    let record = applicant::person(work, person)?;
    let idle = work.settings.limits.idle_session.as_secs();
    Ok(Reply::created(&Session {
        token,
        expires_in: u32::try_from(idle).unwrap_or(u32::MAX),
        given_name: record.given_name,
        family_name: record.family_name,
        orders: applicant::orders(work, person)?,
    }))
}

/// Counts a wrong password and says what it led to.
fn count_wrong_password(work: &Work<'_>, identity: &Tag) -> Result<Refusal, Refusal> {
    let limits = &work.settings.limits;
    let count = password::wrong_count(work, identity)?.saturating_add(1);
    let locks = count >= limits.wrong_passwords;
    let locked_until = if locks {
        work.now.after(limits.lock_out)
    } else {
        Moment(0)
    };
    password::set_wrong_count(work, identity, count, locked_until)?;
    refused(
        work,
        match locks {
            true => Refusal::new(ProblemKind::LockedOut).retry_after(work.now.seconds_until(locked_until)),
            false => Refusal::new(ProblemKind::CredentialsWrong).tries_left(limits.wrong_passwords - count),
        },
    )
}

fn refused(work: &Work<'_>, refusal: Refusal) -> Result<Refusal, Refusal> {
    audit::record(
        work.transaction,
        work.key,
        work.now,
        Event::SignInRefused,
        None,
        &refusal.word(),
    )?;
    Ok(refusal.lasting())
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
