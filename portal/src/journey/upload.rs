//! Signed containers that come in parts, or whose sending was cut. What has come is kept sealed for the order, under the
//! idempotency key of the sending, until it is whole or too old; only the person's own session goes on with it.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use basvuru::portal::{OrderPhase, ProblemKind, UPLOAD_KEY, Upload};

use crate::journey::exchange::{Bearer, Key, OrderPath, Reply};
use crate::journey::shared::Shared;
use crate::records::applicant;
use crate::records::seal::Tag;
use crate::records::upload;
use crate::records::work::Work;
use crate::refusal::Refusal;

/// No container comes in more parts.
const MOST_PARTS: i64 = 4096;

#[cfg_attr(test, utoipa::path(
    get, path = "/v1/orders/{order}/signature", tag = "signature", operation_id = "upload", security(("session" = [])),
    params(OrderPath, crate::journey::description::UploadKey),
    responses((status = 200, description = "How much has come", body = Upload), crate::journey::description::Refusals)
))]
/// Tells how much has come of a container.
///
/// A complete order refuses with `phase-wrong`: its receipt tells which container was taken.
pub(crate) async fn read(
    State(portal): State<Arc<Shared>>,
    Path(OrderPath { order }): Path<OrderPath>,
    bearer: Bearer,
    headers: HeaderMap,
) -> Result<Reply, Refusal> {
    let key = Key::of(&headers, UPLOAD_KEY)?;
    let found = of_waiting_order(&portal, bearer, order, move |work, order| received(work, order, &key));
    let received = found.await? as u64;
    Ok(Reply::json(&Upload { received }))
}

/// Does something with what has come for a person's order, which must be waiting for its signature.
pub(crate) async fn of_waiting_order<T: Send + 'static>(
    portal: &Arc<Shared>,
    bearer: Bearer,
    order: String,
    act: impl FnOnce(&Work<'_>, &str) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let acted = portal.for_person(bearer, move |work, person| {
        applicant::order(work, person, &order)?.expect_phase(&[OrderPhase::Signature])?;
        act(work, &order)
    });
    acted.await
}

/// Keeps a part that goes on from an octet on, and gives how many octets there are with it. What goes on from the first octet
/// begins anew, unless there is more already; another container takes the place of the one before.
pub(crate) fn keep(work: &Work<'_>, order: &str, key: &Key, from: usize, part: &[u8]) -> Result<usize, Refusal> {
    let there = received(work, order, key)?;
    if part.is_empty() && from == there || from == 0 && part.len() <= there {
        return Ok(there);
    }
    if from == 0 {
        upload::forget(work, order)?;
    } else if from != there {
        return Err(Refusal::new(ProblemKind::UploadOffsetWrong).detail(format!("there are {there} octets")));
    }
    let limits = &work.settings.limits;
    let length = from.saturating_add(part.len());
    let parts = upload::parts(work, order)?;
    if length > limits.container || parts >= MOST_PARTS {
        return Err(Refusal::new(ProblemKind::TooLarge));
    }
    let expires_at = work.steady.after(limits.upload_kept);
    upload::set_received(work, order, &tag(work, key), stored(length), expires_at)?;
    upload::keep_part(work, order, parts, part)?;
    Ok(length)
}

/// The whole container, with a last part that goes on from an octet on.
pub(crate) fn completed(work: &Work<'_>, order: &str, key: &Key, from: usize, part: &[u8]) -> Result<Vec<u8>, Refusal> {
    let there = received(work, order, key)?;
    if from != there {
        return Err(Refusal::new(ProblemKind::UploadOffsetWrong).detail(format!("there are {there} octets")));
    }
    if from.saturating_add(part.len()) > work.settings.limits.container {
        return Err(Refusal::new(ProblemKind::TooLarge));
    }
    let mut whole = Vec::with_capacity(from + part.len());
    upload::read_parts(work, order, &mut whole)?;
    whole.extend_from_slice(part);
    Ok(whole)
}

/// How many octets have come under a key.
fn received(work: &Work<'_>, order: &str, key: &Key) -> Result<usize, Refusal> {
    let kept = upload::find(work, order)?.filter(|kept| tag(work, key).matches(&kept.key));
    let received = kept.map(|kept| kept.received);
    Ok(received
        .and_then(|received| usize::try_from(received).ok())
        .unwrap_or(0))
}

/// A length as the database has it.
fn stored(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn tag(work: &Work<'_>, key: &Key) -> Tag {
    work.key.tag("upload-key", &[key.as_bytes()])
}
