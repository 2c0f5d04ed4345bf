//! Signed containers that come in parts, or whose sending was cut. What has come is kept sealed for the order, under the
//! idempotency key of the sending, until it is whole or too old; only the person's own session goes on with it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use basvuru::portal::{OrderPhase, ProblemKind, UPLOAD_KEY, Upload};

use crate::journey::computing::Turn;
use crate::journey::exchange::{Bearer, Key, OrderPath, Reply};
use crate::journey::shared::Shared;
use crate::records::applicant;
use crate::records::seal::Tag;
use crate::records::upload;
use crate::records::work::Work;
use crate::refusal::Refusal;

/// No container is kept in more pieces.
const MOST_PARTS: i64 = 4096;
/// How many octets of a container are written or read at a time: nobody else waits longer than for them.
const PIECE: usize = 256 * 1024;

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
    let received = Sending { bearer, order, key }.act(&portal, received).await? as u64;
    Ok(Reply::json(&Upload { received }))
}

/// A container that a person sends for an order, under a key.
#[derive(Clone)]
pub(crate) struct Sending {
    pub(crate) bearer: Bearer,
    pub(crate) order: String,
    pub(crate) key: Key,
}

impl Sending {
    /// Keeps a part that goes on from an octet on, piece by piece, and gives how many octets there are with it. What goes on from
    /// the first octet begins anew, unless there is more already; another container takes the place of the one before.
    pub(crate) async fn keep(
        &self,
        portal: &Arc<Shared>,
        turn: &Arc<Turn>,
        from: usize,
        part: Bytes,
    ) -> Result<usize, Refusal> {
        let length = part.len();
        let begun = self.act(portal, move |work, order, key| begin(work, order, key, from, length));
        let Some(begun) = begun.await? else {
            return self.act(portal, received).await;
        };
        if from == 0 {
            remove(portal, &self.order).await?;
        }
        let mut kept = from;
        for (position, begins) in (begun..).zip((0..length).step_by(PIECE)) {
            let piece = part.slice(begins..length.min(begins + PIECE));
            let (there, length) = (kept, kept + piece.len());
            let (sealing, order) = (Arc::clone(portal), self.order.clone());
            let sealed = turn.compute(move || upload::seal_part(sealing.store.key(), &order, position, &piece));
            let sealed = sealed.await?;
            let kept_now = self.act(portal, move |work, order, key| {
                if received(work, order, key)? != there {
                    return Err(wrong_offset(there));
                }
                let expires_at = work.steady.after(work.settings.limits.upload_kept);
                upload::set_received(work, order, &tag(work, key), stored(length), expires_at)?;
                Ok(upload::keep_part(work, order, position, &sealed)?)
            });
            kept_now.await?;
            kept = length;
        }
        Ok(kept)
    }

    /// The whole container, with a last part that goes on from an octet on.
    pub(crate) async fn completed(
        &self,
        portal: &Arc<Shared>,
        turn: &Arc<Turn>,
        from: usize,
        part: Bytes,
    ) -> Result<Bytes, Refusal> {
        let length = from.saturating_add(part.len());
        let goes_on = self.act(portal, move |work, order, key| match received(work, order, key)? {
            there if from != there => Err(wrong_offset(there)),
            _ if length > work.settings.limits.container => Err(Refusal::new(ProblemKind::TooLarge)),
            _ => Ok(()),
        });
        goes_on.await?;
        let mut whole = Vec::with_capacity(length);
        let mut next = 0;
        loop {
            let parts = self.act(portal, move |work, order, _| {
                Ok(upload::parts_from(work, order, next, PIECE)?)
            });
            let parts = parts.await?;
            let Some((last, _)) = parts.last() else { break };
            next = last + 1;
            let (opening, order) = (Arc::clone(portal), self.order.clone());
            let opened = turn.compute(move || {
                for (position, sealed) in parts {
                    whole.extend_from_slice(&upload::open_part(opening.store.key(), &order, position, &sealed)?);
                }
                Ok::<_, Refusal>(whole)
            });
            whole = opened.await??;
        }
        whole.extend_from_slice(&part);
        Ok(Bytes::from(whole))
    }

    /// Does something with what has come, as long as the order waits for its signature.
    async fn act<T: Send + 'static>(
        &self,
        portal: &Arc<Shared>,
        act: impl FnOnce(&Work<'_>, &str, &Key) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let Self { bearer, order, key } = self.clone();
        let acted = portal.in_session(bearer, move |work, person| {
            applicant::order(work, person, &order)?.expect_phase(&[OrderPhase::Signature])?;
            act(work, &order, &key)
        });
        acted.await
    }
}

/// The position of the first piece that a part is kept in; `None` where it is there already.
fn begin(work: &Work<'_>, order: &str, key: &Key, from: usize, length: usize) -> Result<Option<i64>, Refusal> {
    let there = received(work, order, key)?;
    if length == 0 && from == there || from == 0 && length <= there {
        return Ok(None);
    }
    let begun = match from {
        0 => {
            upload::give_up(work, order)?;
            0
        }
        _ if from == there => upload::parts(work, order)?,
        _ => return Err(wrong_offset(there)),
    };
    let pieces = stored(length.div_ceil(PIECE));
    match from.saturating_add(length) > work.settings.limits.container || begun + pieces > MOST_PARTS {
        true => Err(Refusal::new(ProblemKind::TooLarge)),
        false => Ok(Some(begun)),
    }
}

/// Removes what was given up of an order, piece by piece.
pub(crate) async fn remove(portal: &Arc<Shared>, order: &str) -> Result<(), Refusal> {
    loop {
        let order = order.to_owned();
        if !portal.work(move |work| Ok(upload::remove_some(work, &order)?)).await? {
            return Ok(());
        }
    }
}

fn wrong_offset(there: usize) -> Refusal {
    Refusal::new(ProblemKind::UploadOffsetWrong).detail(format!("there are {there} octets"))
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
