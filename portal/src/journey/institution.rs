//! The institution's word on the number that an applicant stated, where it has told another one: the applicant asks for it
//! in place of a code to the told number, and whoever acts for the institution gives it on the data folder, beside a running
//! portal, or through what embeds the portal.

use std::path::Path;
use std::sync::Arc;

use axum::extract::{Path as UrlPath, State};
use basvuru::portal::{InstitutionAnswer, OrderPhase, PhoneNumberAsked, ProblemKind};
use rusqlite::Transaction;

use crate::clock::{Clock, Moment};
use crate::failure::PortalError;
use crate::journey::exchange::{OrderPath, Posted, Reply};
use crate::journey::shared::Shared;
use crate::notice::Notice;
use crate::records::applicant::{self, OrderRecord};
use crate::records::audit::{self, Event};
use crate::records::code;
use crate::records::seal::PortalKey;
use crate::records::store::Store;
use crate::refusal::Refusal;

#[cfg_attr(test, utoipa::path(
    post, path = "/v1/orders/{order}/confirmation/institution", tag = "confirmation", operation_id = "askInstitution",
    security(("session" = [])), params(OrderPath, crate::journey::description::IdempotencyKey),
    responses((status = 202, description = "The institution is asked", body = basvuru::portal::NumberConfirmation),
              crate::journey::description::Refusals)
))]
/// Asks the institution to confirm the number that the applicant has stated, in place of a code to the one it told.
///
/// It can be asked once the stated number is confirmed by a code, and is asked once. Whether it has answered, the order says.
pub(crate) async fn ask(
    State(portal): State<Arc<Shared>>,
    UrlPath(OrderPath { order }): UrlPath<OrderPath>,
    posted: Posted,
) -> Result<Reply, Refusal> {
    let notices = portal.settings.notices.clone();
    portal
        .once_for_person(posted, move |work, person| {
            let stored = applicant::order(work, person, &order)?;
            stored.expect_phase(&[OrderPhase::Confirmation])?;
            let mut record = stored.record;
            if record.telephones()?.asked() != PhoneNumberAsked::Told {
                return Err(Refusal::new(ProblemKind::PhaseWrong));
            }
            if record.confirmed.asked.is_none() {
                record.confirmed.asked = Some(InstitutionAnswer::Waiting);
                applicant::confirm(work.transaction, work.key, &order, &record, OrderPhase::Confirmation)?;
                audit::record(
                    work.transaction,
                    work.key,
                    work.now,
                    Event::InstitutionAsked,
                    Some(&order),
                    "ok",
                )?;
                notices.tell(Notice::NumberToConfirm { order });
            }
            Ok(Reply::accepted(&record.confirmation()?))
        })
        .await
}

/// What an institution is asked to confirm.
#[derive(Clone, PartialEq, Eq)]
pub struct NumberRequest {
    /// The order.
    pub order: String,
    /// The number that the applicant stated, and confirmed by a code: `0532 123 45 67`.
    pub stated: String,
    /// The number that the institution told.
    pub told: String,
}

/// What the institution of an order is asked to confirm. That it was read is in the audit trail.
///
/// # Errors
/// [`PortalError::OrderUnknown`], [`PortalError::NumberNotAsked`] where it is not asked; the others tell what the data folder
/// said.
pub async fn number_request(data: &Path, order: &str, clock: &dyn Clock) -> Result<NumberRequest, PortalError> {
    on_order(data, order, clock, |transaction, key, now, order| {
        let record = asked(transaction, key, order)?;
        audit::record(transaction, key, now, Event::NumberRead, Some(order), "ok")?;
        request(order, &record)
    })
    .await
}

/// Gives an institution's word on the number it was asked to confirm. Confirmed, the order goes on to the signing method;
/// refused, its form waits for another number.
///
/// # Errors
/// [`PortalError::OrderUnknown`], [`PortalError::NumberNotAsked`] where it is not asked to confirm this number, or no longer;
/// the others tell what the data folder said.
pub async fn answer_number(
    data: &Path,
    answered: &NumberRequest,
    is_confirmed: bool,
    clock: &dyn Clock,
) -> Result<(), PortalError> {
    let answered = answered.clone();
    on_order(
        data,
        &answered.order.clone(),
        clock,
        move |transaction, key, now, order| {
            let mut record = asked(transaction, key, order)?;
            // The applicant may have stated another number since it was read.
            if request(order, &record)? != answered {
                return Err(PortalError::NumberNotAsked);
            }
            let (phase, event, outcome) = match is_confirmed {
                true => (OrderPhase::Method, Event::PhoneConfirmed, "institution"),
                false => (OrderPhase::Form, Event::NumberRefused, "ok"),
            };
            record.confirmed.asked = (!is_confirmed).then_some(InstitutionAnswer::Refused);
            applicant::confirm(transaction, key, order, &record, phase)?;
            code::forget_in(transaction, order)?;
            Ok(audit::record(transaction, key, now, event, Some(order), outcome)?)
        },
    )
    .await
}

/// Does something with an order in the database of a data folder.
async fn on_order<T: Send + 'static>(
    data: &Path,
    order: &str,
    clock: &dyn Clock,
    task: impl FnOnce(&Transaction<'_>, &PortalKey, Moment, &str) -> Result<T, PortalError> + Send + 'static,
) -> Result<T, PortalError> {
    let now = Moment::of(clock.now());
    let (folder, order) = (data.to_owned(), order.to_owned());
    let done = tokio::task::spawn_blocking(move || {
        Store::open(&folder)?.write_now(|transaction, key| task(transaction, key, now, &order))
    });
    done.await.map_err(|_| PortalError::CutOff)?
}

/// The record of an order whose institution is asked.
fn asked(transaction: &Transaction<'_>, key: &PortalKey, order: &str) -> Result<OrderRecord, PortalError> {
    let stored = applicant::any_order(transaction, key, order)?.ok_or(PortalError::OrderUnknown)?;
    let waits = stored.order.phase == OrderPhase::Confirmation;
    let is_asked = waits && stored.record.confirmed.asked == Some(InstitutionAnswer::Waiting);
    is_asked.then_some(stored.record).ok_or(PortalError::NumberNotAsked)
}

fn request(order: &str, record: &OrderRecord) -> Result<NumberRequest, PortalError> {
    let telephones = record
        .telephones()
        .map_err(|_| PortalError::Damaged("telephone numbers"))?;
    Ok(NumberRequest {
        order: order.to_owned(),
        stated: telephones.stated.grouped(),
        told: telephones.told.grouped(),
    })
}
