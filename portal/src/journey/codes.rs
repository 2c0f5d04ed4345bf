//! The code in a text message: random, kept as a tag only, taken once, a few times tried, for a few minutes. One code of an
//! order is good at a time, for the purpose that it was sent for.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use basvuru::portal::{CodeRequest, CodeSent, Confirmation, Methods, OrderPhase, PhoneNumberAsked, ProblemKind};
use basvuru::secret::SecretText;
use basvuru::sms::Code;
use zeroize::Zeroizing;

use crate::clock::Moment;
use crate::journey::exchange::{OrderPath, Posted, Reply};
use crate::journey::methods;
use crate::journey::shared::Shared;
use crate::outbox::{self, Bound, Message};
use crate::records::applicant::{self, StoredOrder};
use crate::records::audit::{self, Event};
use crate::records::code::{self, KeptCode};
use crate::records::seal::{Tag, random_digits};
use crate::records::telephone::Telephones;
use crate::records::work::Work;
use crate::refusal::Refusal;

/// How many digits a code has.
pub(crate) const CODE_LENGTH: u8 = 6;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The length of the hash by which Android hands a message to the app.
const APP_TOKEN_LENGTH: usize = 11;

/// What a code is good for.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    /// The telephone number that the applicant stated.
    Confirmation,
    /// The one that the institution told, where that is another one.
    ToldConfirmation,
    /// The card's PIN.
    Unblocking,
}

impl Purpose {
    const fn name(self) -> &'static str {
        match self {
            Self::Confirmation => "confirmation",
            Self::ToldConfirmation => "told-confirmation",
            Self::Unblocking => "unblocking",
        }
    }
}

impl From<PhoneNumberAsked> for Purpose {
    fn from(number: PhoneNumberAsked) -> Self {
        match number {
            PhoneNumberAsked::Stated => Self::Confirmation,
            PhoneNumberAsked::Told => Self::ToldConfirmation,
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
    params(OrderPath, crate::journey::description::IdempotencyKey),
    responses((status = 201, description = "A code is on its way", body = CodeSent), crate::journey::description::Refusals)
))]
/// Sends a code to the telephone number in the approved form; once that is confirmed, to the one that the institution told,
/// where that is another one.
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
            let telephones = stored.record.telephones()?;
            wait_between(work, &order, telephones.asked().into())?;
            send_code(work, &stored, &telephones, request.app_token.as_deref())
        })
        .await?;
    portal.outbox.wake();
    Ok(reply)
}

#[cfg_attr(test, utoipa::path(
    post, path = "/v1/orders/{order}/confirmation", tag = "confirmation", operation_id = "confirm",
    security(("session" = [])), request_body = Confirmation,
    params(OrderPath, crate::journey::description::IdempotencyKey),
    responses((status = 200, description = "The number is confirmed", body = Methods), crate::journey::description::Refusals)
))]
/// Takes the code from the text message.
///
/// Where the institution told another number than the one just confirmed, the order goes on waiting: the answer has no
/// methods, and says what is still to be confirmed.
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
            let telephones = stored.record.telephones()?;
            let number = telephones.asked();
            if let Err(refusal) = take(work, &order, number.into(), &confirmation.code) {
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
            let (phase, outcome) = match number {
                PhoneNumberAsked::Stated if telephones.differ() => (OrderPhase::Confirmation, "stated"),
                PhoneNumberAsked::Stated => (OrderPhase::Method, "ok"),
                PhoneNumberAsked::Told => (OrderPhase::Method, "told"),
            };
            let mut record = stored.record;
            record.confirmed.stated_confirmed = true;
            applicant::confirm(work.transaction, work.key, &order, &record, phase)?;
            audit::record(
                work.transaction,
                work.key,
                work.now,
                Event::PhoneConfirmed,
                Some(&order),
                outcome,
            )?;
            let is_open = phase == OrderPhase::Confirmation;
            Ok(Reply::json(&match is_open {
                true => Methods {
                    methods: Vec::new(),
                    confirmation: Some(record.confirmation()?),
                },
                false => methods::methods_of(&stored.order),
            }))
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
    let limits = &work.settings.limits;
    let sent = code::sent_after(work, order, purpose.name(), work.steady.before(DAY))?;
    let resend = sent.last.map(|last| last.after(limits.code_resend));
    let day_over = sent
        .first
        .filter(|_| sent.count >= limits.codes_a_day)
        .map(|first| first.after(DAY));
    let waits = [resend, day_over]
        .into_iter()
        .flatten()
        .map(|end| work.steady.seconds_until(end));
    match waits.max().filter(|seconds| *seconds > 0) {
        Some(seconds) => Err(Refusal::new(ProblemKind::CodeTooSoon).retry_after(seconds)),
        None => Ok(()),
    }
}

fn send_code(
    work: &Work<'_>,
    stored: &StoredOrder,
    telephones: &Telephones,
    app_token: Option<&str>,
) -> Result<Reply, Refusal> {
    let order = &stored.order.id;
    let mobile = telephones.number().as_e164();
    let number = telephones.asked();
    let Issued { code, ends, sent } = issue(work, order, mobile, number.into())?;
    let sent = CodeSent {
        number,
        institution: stored.record.confirmation()?.institution,
        ..sent
    };
    let settings = work.settings;
    let bound = Bound {
        order,
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
    let limits = &work.settings.limits;
    let digits = random_digits(CODE_LENGTH.into());
    let ends = work.steady.after(limits.code_lifetime);
    code::keep(
        work,
        order,
        &tag(work, order, purpose, &digits),
        ends,
        limits.code_tries,
    )?;
    code::count_sending(work, order, purpose.name())?;
    let sent = CodeSent {
        masked_phone: applicant::masked(mobile)?,
        code_length: CODE_LENGTH,
        expires_in: work.steady.seconds_until(ends),
        resend_in: work.steady.seconds_until(work.steady.after(limits.code_resend)),
        tries_left: limits.code_tries,
        number: PhoneNumberAsked::Stated,
        institution: None,
    };
    Ok(Issued {
        code: digits,
        ends,
        sent,
    })
}

/// Uses up a try, and the code itself where it is right or no try is left. What cannot be a code, however people write one,
/// costs no try.
pub(crate) fn take(work: &Work<'_>, order: &str, purpose: Purpose, code: &SecretText) -> Result<(), Refusal> {
    let Some(kept) = kept(work, order)? else {
        return Err(Refusal::new(ProblemKind::CodeExpired));
    };
    let Ok(code) = Code::parse(code.expose(), CODE_LENGTH) else {
        return Err(Refusal::new(ProblemKind::CodeWrong).tries_left(kept.tries_left));
    };
    if tag(work, order, purpose, code.into_secret().expose()).matches(&kept.tag) {
        code::forget(work, order)?;
        return Ok(());
    }
    let tries = kept.tries_left - 1;
    code::set_tries(work, order, tries)?;
    Err(Refusal::new(ProblemKind::CodeWrong).tries_left(tries).lasting())
}

/// Whether [`take`] would take a code. Costs no try: for who asks others before the code is taken, and tells nobody.
pub(crate) fn is_right(work: &Work<'_>, order: &str, purpose: Purpose, code: &SecretText) -> Result<bool, Refusal> {
    let kept = kept(work, order)?;
    let code = Code::parse(code.expose(), CODE_LENGTH).ok().map(Code::into_secret);
    Ok(kept
        .zip(code)
        .is_some_and(|(kept, code)| tag(work, order, purpose, code.expose()).matches(&kept.tag)))
}

/// The code of an order that can still be taken.
fn kept(work: &Work<'_>, order: &str) -> Result<Option<KeptCode>, Refusal> {
    Ok(code::find(work, order)?.filter(|kept| kept.tries_left > 0))
}

fn tag(work: &Work<'_>, order: &str, purpose: Purpose, code: &str) -> Tag {
    // The first versions had codes of one purpose.
    let name = match purpose {
        Purpose::Confirmation => "code",
        Purpose::ToldConfirmation => "told-code",
        Purpose::Unblocking => "unblocking-code",
    };
    work.key.tag(name, &[order.as_bytes(), code.as_bytes()])
}
