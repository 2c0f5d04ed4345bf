//! Assisted unblocking: for the code of a text message, the command that unblocks the PIN of the card that is to sign an
//! order. Nothing is given for an order, a card or a person that is not the requester's; every request is in the audit
//! trail; PUKs come from card management and are kept nowhere, save sealed in the answer that a repeat is given.

use std::sync::Arc;

use axum::extract::{Path, State};
use basvuru::digest::hexadecimal;
use basvuru::portal::{
    CardToUnblock, OrderPhase, ProblemKind, UnblockingBegun, UnblockingCommand, UnblockingConfirmation,
    UnblockingRequest,
};
use basvuru::secret::SecretText;
use tokio::time::timeout;

use crate::card_management::{CardHolder, CardManagement, CardManagementError, ResetCommand};
use crate::journey::codes::{self, Purpose};
use crate::journey::exchange::{Bearer, OrderPath, Posted, Reply};
use crate::journey::shared::Shared;
use crate::notice::Notice;
use crate::outbox::{self, Bound, Message};
use crate::records::applicant::{self, StoredOrder};
use crate::records::audit::{self, Event};
use crate::records::person::Person;
use crate::records::seal::random_plain_text;
use crate::records::unblocking;
use crate::records::work::Work;
use crate::refusal::Refusal;

/// How many letters and digits a verification code has: two messages that came at the same time are told apart by it.
const VERIFICATION_LENGTH: usize = 4;
/// The longest serial number taken, in hexadecimal digits: RFC 5280, 4.1.2.2, has 20 octets.
const LONGEST_SERIAL: usize = 64;

impl Shared {
    /// Whether the portal helps a person with a blocked PIN. Where card management does not answer, it does not.
    pub(crate) async fn offers_unblocking(self: &Arc<Self>, bearer: Bearer) -> Result<bool, Refusal> {
        let Some(management) = &self.settings.card_management else {
            return Ok(false);
        };
        let holder = self.for_person(bearer, holder).await?;
        Ok(self.answered(management.unblocks(&holder, None)).await.unwrap_or(false))
    }

    /// Waits for card management, in bounds; what goes wrong is told the operator.
    async fn answered<T>(
        &self,
        asking: impl Future<Output = Result<T, CardManagementError>> + Send,
    ) -> Result<T, Refusal> {
        let cause = match timeout(self.settings.limits.asking, asking).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(CardManagementError(cause))) => cause,
            Err(_) => "no answer in time".to_owned(),
        };
        self.settings.notices.tell(Notice::NoCardManagement { cause });
        Err(Refusal::busy())
    }

    fn card_management(&self) -> Result<Arc<dyn CardManagement>, Refusal> {
        self.settings
            .card_management
            .clone()
            .ok_or_else(|| Refusal::new(ProblemKind::UnblockingUnavailable))
    }
}

fn holder(work: &Work<'_>, person: Person) -> Result<CardHolder, Refusal> {
    let record = applicant::person(work, person)?;
    Ok(CardHolder {
        identity_kind: record.identity_kind,
        identity: record.identity,
    })
}

#[cfg_attr(test, utoipa::path(
    post, path = "/v1/orders/{order}/unblocking", tag = "unblocking", operation_id = "beginUnblocking",
    security(("session" = [])), request_body = UnblockingRequest,
    params(OrderPath, crate::journey::description::IdempotencyKey),
    responses((status = 201, description = "A code is on its way", body = UnblockingBegun), crate::journey::description::Refusals)
))]
/// Sends the code that unblocks the PIN of the person's card, to the telephone number that the institution has told.
///
/// The text message names the verification code, for the person to compare. A code sent before is taken no more.
pub(crate) async fn begin(
    State(portal): State<Arc<Shared>>,
    Path(OrderPath { order }): Path<OrderPath>,
    bearer: Bearer,
    posted: Posted,
) -> Result<Reply, Refusal> {
    let UnblockingRequest { card, app_token } = posted.json()?;
    check(&card)?;
    codes::check_app_token(app_token.as_ref())?;
    let management = portal.card_management()?;
    let holder = portal.for_person(bearer, holder).await?;
    let theirs = portal.answered(management.unblocks(&holder, Some(&card))).await?;
    let reply = portal
        .once_for_person(posted, move |work, person| {
            let stored = waiting(work, person, &order)?;
            if !theirs {
                record(work, Event::UnblockingRefused, &order, "unavailable")?;
                return Err(Refusal::new(ProblemKind::UnblockingUnavailable).lasting());
            }
            codes::wait_between(work, &order, Purpose::Unblocking)?;
            send(work, &stored, &card, app_token.as_deref())
        })
        .await?;
    portal.outbox.wake();
    Ok(reply)
}

#[cfg_attr(test, utoipa::path(
    post, path = "/v1/orders/{order}/unblocking/confirmation", tag = "unblocking", operation_id = "confirmUnblocking",
    security(("session" = [])), request_body = UnblockingConfirmation,
    params(OrderPath, crate::journey::description::IdempotencyKey),
    responses((status = 200, description = "What the card is to be sent", body = UnblockingCommand),
              crate::journey::description::Refusals)
))]
/// Takes the code from the text message and gives the command that unblocks the card's PIN.
///
/// The command carries the PUK and no PIN. A code is good for one: a repeat of the request gets the same, for as long as a
/// code is good.
pub(crate) async fn confirm(
    State(portal): State<Arc<Shared>>,
    Path(OrderPath { order }): Path<OrderPath>,
    bearer: Bearer,
    posted: Posted,
) -> Result<Reply, Refusal> {
    let confirmation: UnblockingConfirmation = posted.json()?;
    let management = portal.card_management()?;
    let fetched = fetch(&portal, management.as_ref(), bearer, &order, &confirmation.code).await?;
    portal
        .once_for_person(posted, move |work, person| {
            waiting(work, person, &order)?;
            if let Err(refusal) = codes::take(work, &order, Purpose::Unblocking, &confirmation.code) {
                if refusal.is_lasting() {
                    record(work, Event::UnblockingRefused, &order, "wrong")?;
                }
                return Err(refusal);
            }
            let card = unblocking::find(work, &order)?;
            unblocking::forget(work, &order)?;
            // Another code, for another card, came in between.
            let Some((_, command)) = fetched.filter(|(fetched, _)| Some(fetched) == card.as_ref()) else {
                return Err(Refusal::busy());
            };
            let Some(command) = command else {
                record(work, Event::UnblockingRefused, &order, "unavailable")?;
                return Err(Refusal::new(ProblemKind::UnblockingUnavailable).lasting());
            };
            record(work, Event::UnblockingGiven, &order, "ok")?;
            let reply = Reply::json(&UnblockingCommand {
                command: SecretText::new(hexadecimal(command.octets())),
            });
            Ok(reply.kept_for(work.settings.limits.code_lifetime))
        })
        .await
}

/// Asks card management for the command, where the code is right: in no transaction, in which nothing is waited for. Whether
/// the code is taken is judged afterwards.
async fn fetch(
    portal: &Arc<Shared>,
    management: &dyn CardManagement,
    bearer: Bearer,
    order: &str,
    code: &SecretText,
) -> Result<Option<(CardToUnblock, Option<ResetCommand>)>, Refusal> {
    let (order, code) = (order.to_owned(), code.clone());
    let meant = portal.for_person(bearer, move |work, person| {
        // Why not, is told where the answer to a repeat is known.
        if waiting(work, person, &order).is_err() || !codes::is_right(work, &order, Purpose::Unblocking, &code)? {
            return Ok(None);
        }
        let Some(card) = unblocking::find(work, &order)? else {
            return Ok(None);
        };
        Ok(Some((holder(work, person)?, card)))
    });
    let Some((holder, card)) = meant.await? else {
        return Ok(None);
    };
    let command = portal.answered(management.command(&holder, &card)).await?;
    Ok(Some((card, command)))
}

/// The order of a person that waits for its signature: before it nothing is to be unblocked, and afterwards no more.
fn waiting(work: &Work<'_>, person: Person, order: &str) -> Result<StoredOrder, Refusal> {
    let stored = applicant::order(work, person, order)?;
    stored.expect_phase(&[OrderPhase::Signature])?;
    Ok(stored)
}

fn send(
    work: &Work<'_>,
    stored: &StoredOrder,
    card: &CardToUnblock,
    app_token: Option<&str>,
) -> Result<Reply, Refusal> {
    let order = &stored.order.id;
    // Not to the number in the form, which whoever has the access password can fill in and confirm.
    let mobile = &stored.record.told_phone;
    let verification_code = random_plain_text(VERIFICATION_LENGTH);
    let issued = codes::issue(work, order, mobile, Purpose::Unblocking)?;
    unblocking::keep(work, order, card)?;
    let settings = work.settings;
    let lifetime = settings.limits.code_lifetime;
    let bound = Bound {
        order,
        app_token,
        host: &settings.host,
    };
    let message = Message::unblocking(mobile, &verification_code, &issued.code, lifetime, &bound);
    outbox::put(work.transaction, work.key, work.now, &message, Some(issued.ends))?;
    record(work, Event::UnblockingAsked, order, "ok")?;
    Ok(Reply::created(&UnblockingBegun {
        verification_code: verification_code.to_string(),
        code: issued.sent,
    }))
}

fn check(card: &CardToUnblock) -> Result<(), Refusal> {
    let is_serial = |text: &String| {
        let is_digit = |octet: u8| octet.is_ascii_digit() || (b'a'..=b'f').contains(&octet);
        (1..=LONGEST_SERIAL).contains(&text.len()) && text.bytes().all(is_digit)
    };
    match is_serial(&card.certificate_serial) && card.card_serial.as_ref().is_none_or(is_serial) {
        true => Ok(()),
        false => Err(Refusal::malformed(
            "serial numbers take 1 to 64 hexadecimal digits in lower case",
        )),
    }
}

fn record(work: &Work<'_>, event: Event, order: &str, outcome: &str) -> Result<(), Refusal> {
    let recorded = audit::record(work.transaction, work.key, work.now, event, Some(order), outcome);
    Ok(recorded?)
}
