//! Orders, their forms, and the approval of a form ("Formu Onayla"), which renders the documents to be signed.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use basvuru::portal::{Approval, Approved, OrderPhase, Orders, ProblemKind};

use crate::journey::codes::CODE_LENGTH;
use crate::journey::documents;
use crate::journey::exchange::{Bearer, OrderPath, Posted, Prepared, Reply};
use crate::journey::form;
use crate::journey::if_match::IfMatch;
use crate::journey::shared::Shared;
use crate::paper::Application;
use crate::records::applicant::{self, PersonRecord, StoredOrder};
use crate::records::audit::{self, Event};
use crate::records::code;
use crate::records::person::Person;
use crate::records::telephone::Progress;
use crate::records::work::Work;
use crate::refusal::Refusal;

/// The phases of an order whose documents are not signed: its form can be approved.
const UNSIGNED: [OrderPhase; 4] = [
    OrderPhase::Form,
    OrderPhase::Confirmation,
    OrderPhase::Method,
    OrderPhase::Signature,
];

#[cfg_attr(test, utoipa::path(
    get, path = "/v1/portal", tag = "portal", operation_id = "portalInfo",
    responses((status = 200, description = "What the portal is", body = basvuru::portal::PortalInfo), crate::journey::description::Refusals)
))]
/// Says what the portal is, to anybody.
pub(crate) async fn portal_info(State(portal): State<Arc<Shared>>) -> Reply {
    Reply::json(&portal.settings.info())
}

#[cfg_attr(test, utoipa::path(
    get, path = "/v1/orders", tag = "orders", operation_id = "orders", security(("session" = [])),
    responses((status = 200, description = "The person's orders, newest first", body = Orders),
              crate::journey::description::Refusals)
))]
/// Lists the person's orders.
pub(crate) async fn list(State(portal): State<Arc<Shared>>, bearer: Bearer) -> Result<Reply, Refusal> {
    let orders = portal.for_person(bearer, applicant::orders).await?;
    Ok(Reply::json(&Orders { orders }))
}

#[cfg_attr(test, utoipa::path(
    get, path = "/v1/orders/{order}", tag = "orders", operation_id = "order", security(("session" = [])),
    params(OrderPath),
    responses((status = 200, description = "The order", body = basvuru::portal::Order), crate::journey::description::Refusals)
))]
/// Says how far an order has come.
pub(crate) async fn order(
    State(portal): State<Arc<Shared>>,
    Path(OrderPath { order }): Path<OrderPath>,
    bearer: Bearer,
) -> Result<Reply, Refusal> {
    let stored = portal
        .for_person(bearer, move |work, person| applicant::order(work, person, &order))
        .await?;
    Ok(Reply::json(&stored.order))
}

#[cfg_attr(test, utoipa::path(
    get, path = "/v1/orders/{order}/form", tag = "form", operation_id = "form", security(("session" = [])),
    params(OrderPath),
    responses((status = 200, description = "The form; its version is also in ETag", body = basvuru::portal::Form),
              crate::journey::description::Refusals)
))]
/// Gives the form of an order whose documents are not signed yet, with the values approved last.
pub(crate) async fn form(
    State(portal): State<Arc<Shared>>,
    Path(OrderPath { order }): Path<OrderPath>,
    bearer: Bearer,
) -> Result<Reply, Refusal> {
    let form = portal.for_person(bearer, move |work, person| {
        let stored = applicant::order(work, person, &order)?;
        stored.expect_phase(&UNSIGNED)?;
        let record = applicant::person(work, person)?;
        let order = &stored.order;
        Ok(form::form(
            order.product,
            &order.institution,
            &record,
            &stored.record,
            stored.revision.to_string(),
            work.now.date_time().date(),
        ))
    });
    let form = form.await?;
    Ok(Reply::json(&form).with_etag(&form.version))
}

#[cfg_attr(test, utoipa::path(
    post, path = "/v1/orders/{order}/approval", tag = "form", operation_id = "approve", security(("session" = [])),
    request_body = Approval,
    params(OrderPath, crate::journey::description::IdempotencyKey, crate::journey::description::IfMatch),
    responses((status = 200, description = "Approved", body = Approved), crate::journey::description::Refusals)
))]
/// Approves a form.
///
/// An approved form can be changed and approved anew until the signed documents are taken, in the version it has then. That
/// voids what followed the approval before: the code, the confirmed number, the chosen method and the documents.
pub(crate) async fn approve(
    State(portal): State<Arc<Shared>>,
    Path(OrderPath { order }): Path<OrderPath>,
    posted: Posted,
) -> Result<Reply, Refusal> {
    let approval: Approval = posted.json()?;
    let wanted = posted.if_match()?;
    let (bearer, fingerprint) = (posted.bearer()?, portal.fingerprint(&posted));
    let turn = portal.turn(bearer.clone()).await?;
    let (named, given) = (order.clone(), wanted.clone());
    let drafted = portal.look(bearer.clone(), fingerprint.clone(), move |work, person| {
        draft(work, person, &named, &given, &approval)
    });
    let draft = match drafted.await? {
        Prepared::Answered(reply) => return Ok(reply),
        Prepared::Ready(draft) => draft,
    };
    let (draft, documents) = turn
        .compute(move || {
            let documents = documents::render(&draft.application);
            (draft, documents)
        })
        .await?;
    let documents = documents?;
    portal
        .once_of(bearer, fingerprint, move |work, person| {
            let stored = changeable(work, person, &order, &wanted)?;
            if stored.revision != draft.revision || applicant::person(work, person)? != draft.person {
                // What the documents say has changed since they were rendered.
                return Err(Refusal::busy());
            }
            documents::keep(work, &order, &documents)?;
            let masked_phone = applicant::masked_mobile(&draft.values)?;
            let kept = applicant::OrderRecord {
                values: draft.values,
                confirmed: Progress::default(),
                ..stored.record
            };
            applicant::approve(work, &order, &kept)?;
            // A code that was sent to the number approved before confirms nothing any more.
            code::forget(work, &order)?;
            if stored.order.phase.form_changeable() {
                audit::record(
                    work.transaction,
                    work.key,
                    work.now,
                    Event::ApprovalVoided,
                    Some(&order),
                    applicant::phase_name(stored.order.phase),
                )?;
            }
            audit::record(
                work.transaction,
                work.key,
                work.now,
                Event::Approved,
                Some(&order),
                "ok",
            )?;
            Ok(Reply::json(&Approved {
                masked_phone,
                code_length: CODE_LENGTH,
            }))
        })
        .await
}

/// A form that can be approved, and what was known of the order and its person when it was judged.
struct Draft {
    revision: i64,
    person: PersonRecord,
    values: BTreeMap<String, String>,
    application: Application,
}

fn draft(
    work: &Work<'_>,
    person: Person,
    order: &str,
    wanted: &IfMatch,
    approval: &Approval,
) -> Result<Draft, Refusal> {
    let stored = changeable(work, person, order, wanted)?;
    let person = applicant::person(work, person)?;
    let (product, institution) = (stored.order.product, &stored.order.institution);
    let today = work.now.date_time();
    let values = form::judge(product, institution, &person, &stored.record, &approval.values, today)
        .map_err(|faults| Refusal::new(ProblemKind::FormInvalid).fields(faults))?;
    Ok(Draft {
        revision: stored.revision,
        application: documents::application(work, &stored, &person, &values),
        person,
        values,
    })
}

/// An order whose form can be approved in one of the versions wanted.
fn changeable(work: &Work<'_>, person: Person, order: &str, wanted: &IfMatch) -> Result<StoredOrder, Refusal> {
    let stored = applicant::order(work, person, order)?;
    stored.expect_phase(&UNSIGNED)?;
    match wanted.has(&stored.revision.to_string()) {
        true => Ok(stored),
        false => Err(Refusal::new(ProblemKind::FormChanged)),
    }
}
