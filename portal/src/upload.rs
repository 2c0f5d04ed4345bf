//! Signed containers that come in parts, or whose sending was cut. What has come is kept sealed for the order, under the
//! idempotency key of the sending, until it is whole or too old; only the person's own session goes on with it.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use basvuru::portal::{OrderPhase, ProblemKind, UPLOAD_KEY, Upload};
use rusqlite::OptionalExtension as _;

use crate::applicant::{self, opened};
use crate::exchange::{Bearer, Key, OrderPath, Reply, Work};
use crate::portal::Shared;
use crate::refusal::Refusal;
use crate::seal::Tag;

/// No container comes in more parts.
const MOST_PARTS: i64 = 4096;

#[cfg_attr(test, utoipa::path(
    get, path = "/v1/orders/{order}/signature", tag = "signature", operation_id = "upload", security(("session" = [])),
    params(OrderPath, crate::openapi::UploadKey),
    responses((status = 200, description = "How much has come", body = Upload), crate::openapi::Refusals)
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
        forget(work, order)?;
    } else if from != there {
        return Err(Refusal::new(ProblemKind::UploadOffsetWrong).detail(format!("there are {there} octets")));
    }
    let limits = &work.portal.settings.limits;
    let length = from.saturating_add(part.len());
    let parts: i64 = work.transaction.query_row(
        "SELECT count(*) FROM upload_part WHERE application = ?1",
        [order],
        |row| row.get(0),
    )?;
    if length > limits.container || parts >= MOST_PARTS {
        return Err(Refusal::new(ProblemKind::TooLarge));
    }
    work.transaction.execute(
        "INSERT INTO upload (application, key_tag, received, expires_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (application) DO UPDATE SET received = ?3, expires_at = ?4",
        (
            order,
            tag(work, key),
            stored(length),
            work.now.after(limits.upload_kept).0,
        ),
    )?;
    work.transaction.execute(
        "INSERT INTO upload_part (application, position, sealed) VALUES (?1, ?2, ?3)",
        (order, parts, work.key.seal("upload", part)),
    )?;
    Ok(length)
}

/// The whole container, with a last part that goes on from an octet on.
pub(crate) fn completed(work: &Work<'_>, order: &str, key: &Key, from: usize, part: &[u8]) -> Result<Vec<u8>, Refusal> {
    let there = received(work, order, key)?;
    if from != there {
        return Err(Refusal::new(ProblemKind::UploadOffsetWrong).detail(format!("there are {there} octets")));
    }
    if from.saturating_add(part.len()) > work.portal.settings.limits.container {
        return Err(Refusal::new(ProblemKind::TooLarge));
    }
    let mut whole = Vec::with_capacity(from + part.len());
    let statement = "SELECT sealed FROM upload_part WHERE application = ?1 ORDER BY position";
    let mut statement = work.transaction.prepare(statement)?;
    let rows = statement.query_map([order], |row| row.get::<_, Vec<u8>>(0))?;
    for row in rows {
        whole.extend_from_slice(&opened(work.key.open("upload", &row?))?);
    }
    whole.extend_from_slice(part);
    Ok(whole)
}

/// Gives up what has come of an order's container.
pub(crate) fn forget(work: &Work<'_>, order: &str) -> Result<(), Refusal> {
    work.transaction
        .execute("DELETE FROM upload WHERE application = ?1", [order])?;
    Ok(())
}

/// How many octets have come under a key.
fn received(work: &Work<'_>, order: &str, key: &Key) -> Result<usize, Refusal> {
    let row: Option<(Vec<u8>, i64)> = work
        .transaction
        .query_row(
            "SELECT key_tag, received FROM upload WHERE application = ?1 AND expires_at > ?2",
            (order, work.now.0),
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let received = row
        .filter(|(of, _)| tag(work, key).matches(of))
        .map(|(_, received)| received);
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
