//! Signing in: picture code, then identity number and access password. Every wrong password counts against the identity,
//! whether anybody has it or not, so that nobody learns from the portal who its applicants are.

use std::sync::Arc;

use argon2::password_hash::SaltString;
use argon2::{Argon2, PasswordHash, PasswordHasher as _, PasswordVerifier as _};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use basvuru::portal::{ProblemKind, Session, SignIn};
use basvuru::secret::SecretText;
use basvuru::texts::Language;
use rusqlite::OptionalExtension as _;

use crate::applicant;
use crate::audit::{self, Event};
use crate::clock::Moment;
use crate::exchange::{CaptchaPath, Posted, Reply, Work};
use crate::picture_code;
use crate::portal::Shared;
use crate::refusal::Refusal;
use crate::seal::{Tag, random_octets, random_plain_text};
use crate::session::{self, Person};

/// The hash that the password of an unknown identity is compared with, so that both take the same time.
pub(crate) struct DecoyHash(String);

impl DecoyHash {
    pub(crate) fn new() -> Self {
        Self(hash(&SecretText::new(random_plain_text(24).to_string())))
    }
}

#[cfg_attr(test, utoipa::path(
    post, path = "/v1/captchas", tag = "sign-in", operation_id = "newCaptcha",
    params(crate::openapi::IdempotencyKey),
    responses((status = 201, description = "A new picture code", body = basvuru::portal::Captcha),
              crate::openapi::Refusals)
))]
/// Draws a new picture code.
pub(crate) async fn new_captcha(State(portal): State<Arc<Shared>>, posted: Posted) -> Result<Reply, Refusal> {
    let permit = portal.computations.acquire().await.map_err(|_| Refusal::busy())?;
    if let Some(reply) = portal.answered_before(&posted).await? {
        return Ok(reply);
    }
    let drawer = Arc::clone(&portal);
    let drawing = tokio::task::spawn_blocking(move || picture_code::draw(drawer.store.key()))
        .await
        .ok()
        .flatten()
        .ok_or_else(Refusal::busy)?;
    drop(permit);
    portal
        .once(posted, move |work| {
            let captcha = picture_code::offer(work, &drawing)?;
            if work.portal.settings.reveal_captcha {
                work.portal.outbox.reveal_captcha(&captcha.id, &drawing.answer)?;
            }
            Ok(Reply::created(&captcha).kept_for(work.portal.settings.limits.captcha_lifetime))
        })
        .await
}

#[cfg_attr(test, utoipa::path(
    get, path = "/v1/captchas/{captcha}/sound", tag = "sign-in", operation_id = "spokenCaptcha",
    params(CaptchaPath, ("Accept-Language" = Option<String>, Header, description = "`tr` or `en`; Turkish where it is neither.")),
    responses((status = 200, description = "The code spoken, a WAV file", content_type = "audio/wav"),
              crate::openapi::Refusals)
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
    params(crate::openapi::IdempotencyKey),
    responses((status = 201, description = "Signed in", body = Session), crate::openapi::Refusals)
))]
/// Signs a person in.
pub(crate) async fn sign_in(State(portal): State<Arc<Shared>>, posted: Posted) -> Result<Reply, Refusal> {
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
    if !picture_code::is_right(work, captcha)? || locked_until(work, identity)? > work.now {
        return Ok(None);
    }
    Ok(Some(stored_password(work, identity)?.map(|(_, hash)| hash)))
}

/// The outcome of comparing a password with a stored hash.
struct Proof {
    stored: Option<String>,
    holds: bool,
}

async fn prove(portal: &Arc<Shared>, stored: Option<String>, password: SecretText) -> Result<Proof, Refusal> {
    let _permit = portal.computations.acquire().await.map_err(|_| Refusal::busy())?;
    let decoy = portal.decoy_hash.0.clone();
    let compare = move || {
        let holds = matches(&password, stored.as_deref().unwrap_or(&decoy));
        Proof {
            holds: holds && stored.is_some(),
            stored,
        }
    };
    tokio::task::spawn_blocking(compare).await.map_err(|_| Refusal::busy())
}

fn decide(work: &Work<'_>, identity: &Tag, request: &SignIn, proof: Option<Proof>) -> Result<Reply, Refusal> {
    picture_code::consume(work, &request.captcha)?;
    let locked_until = locked_until(work, identity)?;
    if locked_until > work.now {
        return Err(refused(
            work,
            Refusal::new(ProblemKind::LockedOut).retry_after(work.now.seconds_until(locked_until)),
        )?);
    }
    let stored = stored_password(work, identity)?;
    let Some(proof) = proof.filter(|proof| proof.stored.as_ref() == stored.as_ref().map(|(_, hash)| hash)) else {
        // The password was replaced, or the lock-out ended, between the two looks at the database.
        return Err(Refusal::busy());
    };
    let person = match stored {
        Some((person, _)) if proof.holds => person,
        Some(_) | None => return Err(count_wrong_password(work, identity)?),
    };
    work.transaction
        .execute("DELETE FROM wrong_password WHERE identity_tag = ?1", [identity])?;
    let token = session::begin(work, person)?;
    audit::record(work.transaction, work.key, work.now, Event::SignedIn, None, "ok")?;
    let record = applicant::person(work, person)?;
    let idle = work.portal.settings.limits.idle_session.as_secs();
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
    let limits = &work.portal.settings.limits;
    let statement = "SELECT count FROM wrong_password WHERE identity_tag = ?1 AND locked_until = 0";
    let before: u8 = work
        .transaction
        .query_row(statement, [identity], |row| row.get(0))
        .optional()?
        .unwrap_or(0);
    let count = before.saturating_add(1);
    let locks = count >= limits.wrong_passwords;
    let locked_until = if locks {
        work.now.after(limits.lock_out)
    } else {
        Moment(0)
    };
    work.transaction.execute(
        "INSERT INTO wrong_password (identity_tag, count, locked_until, changed_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (identity_tag) DO UPDATE SET count = ?2, locked_until = ?3, changed_at = ?4",
        (identity, count, locked_until.0, work.now.0),
    )?;
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

fn locked_until(work: &Work<'_>, identity: &Tag) -> Result<Moment, Refusal> {
    let statement = "SELECT locked_until FROM wrong_password WHERE identity_tag = ?1";
    let found = work
        .transaction
        .query_row(statement, [identity], |row| row.get(0))
        .optional()?;
    Ok(Moment(found.unwrap_or(0)))
}

fn stored_password(work: &Work<'_>, identity: &Tag) -> Result<Option<(Person, String)>, Refusal> {
    let statement = "SELECT id, password_hash FROM person WHERE identity_tag = ?1";
    let row = work
        .transaction
        .query_row(statement, [identity], |row| Ok((Person(row.get(0)?), row.get(1)?)));
    Ok(row.optional()?)
}

/// A new access password: twelve unmistakable characters in groups of four, 60 bits.
pub(crate) fn new_access_password() -> SecretText {
    let characters = random_plain_text(12);
    SecretText::new(format!(
        "{}-{}-{}",
        &characters[..4],
        &characters[4..8],
        &characters[8..]
    ))
}

/// The Argon2id hash of an access password (RFC 9106), in PHC form.
pub(crate) fn hash(password: &SecretText) -> String {
    let salt = SaltString::encode_b64(&random_octets::<16>()).expect("16 octets are a salt of allowed length");
    let hashed = Argon2::default().hash_password(folded(password).expose().as_bytes(), &salt);
    hashed.expect("the default parameters are valid").to_string()
}

fn matches(password: &SecretText, stored: &str) -> bool {
    let Ok(stored) = PasswordHash::new(stored) else {
        return false;
    };
    Argon2::default()
        .verify_password(folded(password).expose().as_bytes(), &stored)
        .is_ok()
}

/// The password without hyphens, spaces and case: people copy it from paper and from mail programs that break lines.
fn folded(password: &SecretText) -> SecretText {
    let letters = password
        .expose()
        .chars()
        .filter(|letter| *letter != '-' && !letter.is_whitespace());
    SecretText::new(letters.take(128).map(|letter| letter.to_ascii_uppercase()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_holds_however_it_is_grouped_and_cased_and_no_other_does() {
        let stored = hash(&SecretText::new("K7MP-4XQR-9TZD".to_owned()));
        for typed in ["K7MP-4XQR-9TZD", "k7mp4xqr9tzd", " K7MP 4XQR 9TZD\n"] {
            assert!(matches(&SecretText::new(typed.to_owned()), &stored), "{typed}");
        }
        assert!(!matches(&SecretText::new("K7MP-4XQR-9TZE".to_owned()), &stored));
        assert!(!matches(&SecretText::new(String::new()), &stored));
    }

    #[test]
    fn a_new_password_is_fourteen_characters_in_three_groups() {
        let password = new_access_password();
        assert_eq!(
            password.expose().split('-').map(str::len).collect::<Vec<_>>(),
            [4, 4, 4]
        );
    }

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
