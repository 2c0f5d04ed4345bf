//! The code in a text message: random, kept as a tag only, taken once, a few times tried, for a few minutes. One code of an
//! order is good at a time, for the purpose that it was sent for.

use std::sync::Arc;

use axum::extract::{Path, State};
use basvuru::portal::{CodeRequest, CodeSent, Confirmation, OrderPhase, ProblemKind};
use basvuru::secret::SecretText;
use rusqlite::OptionalExtension as _;
use zeroize::Zeroizing;

use crate::applicant::{self, StoredOrder};
use crate::audit::{self, Event};
use crate::clock::Moment;
use crate::exchange::{OrderPath, Posted, Reply, Work};
use crate::methods;
use crate::orders::CODE_LENGTH;
use crate::outbox::{self, Bound, Message};
use crate::portal::Shared;
use crate::refusal::Refusal;
use crate::seal::{Tag, random_digits};

const DAY: i64 = 24 * 60 * 60;
/// The length of the hash by which Android hands a message to the app.
const APP_TOKEN_LENGTH: usize = 11;

/// What a code is good for.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    /// The telephone number.
    Confirmation,
    /// The card's PIN.
    Unblocking,
}

impl Purpose {
    const fn name(self) -> &'static str {
        match self {
            Self::Confirmation => "confirmation",
            Self::Unblocking => "unblocking",
        }
    }
}

/// A code that is about to be sent.
pub(crate) struct Issued {
    pub(crate) code: Zeroizing<String>,
    /// Until when it is taken.
    pub(crate) ends: Moment,
    /// What the person is told of it.
    pub(crate) sent: CodeSent,
}

#[cfg_attr(test, utoipa::path(
    post, path = "/v1/orders/{order}/codes", tag = "confirmation", operation_id = "sendCode",
    security(("session" = [])), request_body = CodeRequest,
    params(OrderPath, crate::openapi::IdempotencyKey),
    responses((status = 201, description = "A code is on its way", body = CodeSent), crate::openapi::Refusals)
))]
/// Sends a code to the telephone number in the approved form.
///
/// A code sent before is taken no more.
pub(crate) async fn send(
    State(portal): State<Arc<Shared>>,
    Path(OrderPath { order }): Path<OrderPath>,
    posted: Posted,
) -> Result<Reply, Refusal> {
    let request: CodeRequest = posted.json()?;
    check_app_token(request.app_token.as_ref())?;
    let reply = portal
        .once_for_person(posted, move |work, person| {
            let stored = applicant::order(work, person, &order)?;
            stored.expect_phase(&[OrderPhase::Confirmation])?;
            wait_between(work, &order, Purpose::Confirmation)?;
            send_code(work, &stored, request.app_token.as_deref())
        })
        .await?;
    portal.outbox.wake();
    Ok(reply)
}

#[cfg_attr(test, utoipa::path(
    post, path = "/v1/orders/{order}/confirmation", tag = "confirmation", operation_id = "confirm",
    security(("session" = [])), request_body = Confirmation,
    params(OrderPath, crate::openapi::IdempotencyKey),
    responses((status = 200, description = "The number is confirmed", body = basvuru::portal::Methods), crate::openapi::Refusals)
))]
/// Takes the code from the text message.
pub(crate) async fn confirm(
    State(portal): State<Arc<Shared>>,
    Path(OrderPath { order }): Path<OrderPath>,
    posted: Posted,
) -> Result<Reply, Refusal> {
    let confirmation: Confirmation = posted.json()?;
    portal
        .once_for_person(posted, move |work, person| {
            let stored = applicant::order(work, person, &order)?;
            stored.expect_phase(&[OrderPhase::Confirmation])?;
            if let Err(refusal) = take(work, &order, Purpose::Confirmation, &confirmation.code) {
                let lasting = refusal.is_lasting();
                if lasting {
                    audit::record(
                        work.transaction,
                        work.key,
                        work.now,
                        Event::CodeRefused,
                        Some(&order),
                        "wrong",
                    )?;
                }
                return Err(refusal);
            }
            applicant::advance(work.transaction, &order, OrderPhase::Method)?;
            audit::record(
                work.transaction,
                work.key,
                work.now,
                Event::PhoneConfirmed,
                Some(&order),
                "ok",
            )?;
            Ok(Reply::json(&methods::methods_of(&stored.order)))
        })
        .await
}

/// Refuses what is no hash of an Android app.
pub(crate) fn check_app_token(token: Option<&String>) -> Result<(), Refusal> {
    let is_plain = |token: &String| {
        token.len() == APP_TOKEN_LENGTH
            && token
                .bytes()
                .all(|octet| octet.is_ascii_alphanumeric() || b"+/".contains(&octet))
    };
    match token.is_none_or(is_plain) {
        true => Ok(()),
        false => Err(Refusal::malformed("app_token takes 11 base64 characters")),
    }
}

/// Refuses while the last code is too young, or too many were sent within a day.
pub(crate) fn wait_between(work: &Work<'_>, order: &str, purpose: Purpose) -> Result<(), Refusal> {
    let limits = &work.portal.settings.limits;
    let (count, first, last): (u32, Option<i64>, Option<i64>) = work.transaction.query_row(
        "SELECT count(*), min(sent_at), max(sent_at) FROM code_sending
         WHERE application = ?1 AND sent_at > ?2 AND purpose = ?3",
        (order, work.now.0 - DAY, purpose.name()),
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let resend = last.map(|last| Moment(last).after(limits.code_resend));
    let day_over = first
        .filter(|_| count >= limits.codes_a_day)
        .map(|first| Moment(first + DAY));
    let waits = [resend, day_over]
        .into_iter()
        .flatten()
        .map(|end| work.now.seconds_until(end));
    match waits.max().filter(|seconds| *seconds > 0) {
        Some(seconds) => Err(Refusal::new(ProblemKind::CodeTooSoon).retry_after(seconds)),
        None => Ok(()),
    }
}

fn send_code(work: &Work<'_>, stored: &StoredOrder, app_token: Option<&str>) -> Result<Reply, Refusal> {
    let order = &stored.order.id;
    let mobile = applicant::opened(stored.record.values.get("mobile"))?;
    let Issued { code, ends, sent } = issue(work, order, mobile, Purpose::Confirmation)?;
    let settings = &work.portal.settings;
    let bound = Bound {
        app_token,
        host: &settings.host,
    };
    let message = Message::code(
        mobile,
        stored.order.product,
        &code,
        settings.limits.code_lifetime,
        &bound,
    );
    outbox::put(work.transaction, work.key, work.now, &message, Some(ends))?;
    audit::record(work.transaction, work.key, work.now, Event::CodeSent, Some(order), "ok")?;
    Ok(Reply::created(&sent))
}

/// Makes a code in place of the one before, to be sent to a mobile number, and counts it.
pub(crate) fn issue(work: &Work<'_>, order: &str, mobile: &str, purpose: Purpose) -> Result<Issued, Refusal> {
    let limits = &work.portal.settings.limits;
    let code = random_digits(CODE_LENGTH.into());
    let ends = work.now.after(limits.code_lifetime);
    work.transaction.execute(
        "INSERT OR REPLACE INTO code (application, code_tag, expires_at, tries_left) VALUES (?1, ?2, ?3, ?4)",
        (order, tag(work, order, purpose, &code), ends.0, limits.code_tries),
    )?;
    work.transaction.execute(
        "INSERT INTO code_sending (application, sent_at, purpose) VALUES (?1, ?2, ?3)",
        (order, work.now.0, purpose.name()),
    )?;
    let sent = CodeSent {
        masked_phone: applicant::masked(mobile)?,
        code_length: CODE_LENGTH,
        expires_in: work.now.seconds_until(ends),
        resend_in: work.now.seconds_until(work.now.after(limits.code_resend)),
        tries_left: limits.code_tries,
    };
    Ok(Issued { code, ends, sent })
}

/// Uses up a try, and the code itself where it is right or no try is left.
pub(crate) fn take(work: &Work<'_>, order: &str, purpose: Purpose, code: &SecretText) -> Result<(), Refusal> {
    let Some((stored, tries)) = kept(work, order)? else {
        return Err(Refusal::new(ProblemKind::CodeExpired));
    };
    if tag(work, order, purpose, code.expose().trim()).matches(&stored) {
        work.transaction
            .execute("DELETE FROM code WHERE application = ?1", [order])?;
        return Ok(());
    }
    work.transaction.execute(
        "UPDATE code SET tries_left = ?2 WHERE application = ?1",
        (order, tries - 1),
    )?;
    Err(Refusal::new(ProblemKind::CodeWrong).tries_left(tries - 1).lasting())
}

/// Whether [`take`] would take a code. Costs no try: for who asks others before the code is taken, and tells nobody.
pub(crate) fn is_right(work: &Work<'_>, order: &str, purpose: Purpose, code: &SecretText) -> Result<bool, Refusal> {
    let kept = kept(work, order)?;
    Ok(kept.is_some_and(|(stored, _)| tag(work, order, purpose, code.expose().trim()).matches(&stored)))
}

/// The tag of the code of an order that can still be taken, and how often it can be tried.
fn kept(work: &Work<'_>, order: &str) -> Result<Option<(Vec<u8>, u8)>, Refusal> {
    let statement = "SELECT code_tag, tries_left FROM code WHERE application = ?1 AND expires_at > ?2";
    let row: Option<(Vec<u8>, u8)> = work
        .transaction
        .query_row(statement, (order, work.now.0), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(row.filter(|(_, tries)| *tries > 0))
}

fn tag(work: &Work<'_>, order: &str, purpose: Purpose, code: &str) -> Tag {
    // The first versions had codes of one purpose.
    let name = match purpose {
        Purpose::Confirmation => "code",
        Purpose::Unblocking => "unblocking-code",
    };
    work.key.tag(name, &[order.as_bytes(), code.as_bytes()])
}
