//! Taking the signed application, and the receipt for it.

use std::io::Cursor;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use basvuru::digest::hexadecimal;
use basvuru::portal::{OrderPhase, ProblemKind, Receipt, Upload};
use basvuru::signature::source::{Gathered, Sources};
use sha2::{Digest as _, Sha256};

use crate::journey::exchange::{Bearer, OrderPath, PostedContainer, Reply};
use crate::journey::judge;
use crate::journey::shared::Shared;
use crate::journey::upload;
use crate::notice::Notice;
use crate::records::applicant::{self, opened};
use crate::records::audit::{self, Event};
use crate::records::work::Work;
use crate::records::{self, document, receipt};
use crate::refusal::Refusal;

#[cfg_attr(test, utoipa::path(
    post, path = "/v1/orders/{order}/signature", tag = "signature", operation_id = "submit", security(("session" = [])),
    request_body(content_type = "application/vnd.etsi.asic-e+zip",
                 description = "The signed container, ASiC-E with CAdES (ETSI EN 319 162-1), or a part of it"),
    params(OrderPath, crate::journey::description::IdempotencyKey, crate::journey::description::UploadHeaders),
    responses((status = 201, description = "Taken", body = Receipt),
              (status = 202, description = "The part is kept; more is to come", body = Upload),
              crate::journey::description::Refusals)
))]
/// Takes the signed documents.
///
/// The same container again gives the same receipt. One that is sent in parts, and one whose sending was cut, is gone on with
/// under the same idempotency key from the octet up to which the portal has it, which a GET of the same path tells.
pub(crate) async fn submit(
    State(portal): State<Arc<Shared>>,
    Path(OrderPath { order }): Path<OrderPath>,
    bearer: Bearer,
    PostedContainer {
        posted,
        from,
        complete,
        cut,
    }: PostedContainer,
) -> Result<Reply, Refusal> {
    let (part, key) = (posted.body.clone(), posted.key());
    if cut.is_some() || !complete {
        let keep = move |work: &Work<'_>, order: &str| upload::keep(work, order, &key, from, &part);
        let received = upload::of_waiting_order(&portal, bearer, order, keep).await? as u64;
        // Nobody hears that what was cut is kept, yet whoever goes on asks for it.
        return cut.map_or_else(|| Ok(Reply::accepted(&Upload { received })), Err);
    }
    let container = match from {
        0 => part,
        _ => {
            let complete = move |work: &Work<'_>, order: &str| upload::completed(work, order, &key, from, &part);
            Bytes::from(upload::of_waiting_order(&portal, bearer.clone(), order.clone(), complete).await?)
        }
    };
    let posted = posted.with_body(container.clone());
    let gathered = ask_states(&portal, bearer, &order, &container).await?;
    let judging = Arc::clone(&portal);
    portal
        .once_for_person(posted, move |work, person| {
            let stored = applicant::order(work, person, &order)?;
            let container_sha256 = hexadecimal(&Sha256::digest(&container));
            if let Some(receipt) = receipt::find(work, &order)?.filter(|kept| kept.container_sha256 == container_sha256)
            {
                return Ok(Reply::created(&receipt));
            }
            stored.expect_phase(&[OrderPhase::Signature])?;
            let expected = document::descriptions(work, &order)?;
            let applicant = applicant::person(work, person)?;
            let trust = &judging.holder_trust;
            let level = work.settings.signature_level();
            let judged = judge::judge(&container, &expected, &applicant, level, trust, work.now);
            let judged = judged.and_then(|accepted| match gathered {
                Some(gathered) => judge::judge_states(&container, gathered, trust, work.now).map(|()| accepted),
                None if work.settings.revocation.is_none() => Ok(accepted),
                // The order came to wait for this only after it was looked at.
                None => Err(Refusal::busy()),
            });
            let accepted = match judged {
                Ok(accepted) => accepted,
                Err(refusal) if refusal.problem().kind == ProblemKind::Unavailable => {
                    judging.settings.notices.tell(Notice::StateUnknown);
                    return Err(refusal);
                }
                Err(refusal) => {
                    let outcome = refusal.word();
                    audit::record(
                        work.transaction,
                        work.key,
                        work.now,
                        Event::SignatureRefused,
                        Some(&order),
                        &outcome,
                    )?;
                    records::upload::forget(work, &order)?;
                    return Err(refusal.lasting());
                }
            };
            let receipt = keep(work, &order, &container, container_sha256, accepted.certificate_serial)?;
            records::upload::forget(work, &order)?;
            applicant::advance(work.transaction, &order, OrderPhase::Complete)?;
            audit::record(
                work.transaction,
                work.key,
                work.now,
                Event::Signed,
                Some(&order),
                &receipt.number,
            )?;
            Ok(Reply::created(&receipt))
        })
        .await
}

/// Asks whether the certificates behind a container have been revoked, where the portal does, the order waits for it, and
/// the container holds by itself: nobody else has others asked, and certificates of authorities that nobody trusts do not
/// say whom to ask.
async fn ask_states(
    portal: &Arc<Shared>,
    bearer: Bearer,
    order: &str,
    container: &[u8],
) -> Result<Option<Gathered>, Refusal> {
    let Some(fetch) = portal.settings.revocation.clone() else {
        return Ok(None);
    };
    let (order, judged, judging) = (order.to_owned(), container.to_vec(), Arc::clone(portal));
    let known = portal.for_person(bearer, move |work, person| {
        let waits = applicant::order(work, person, &order)?.order.phase == OrderPhase::Signature;
        Ok(waits.then(|| judge::holds(&judged, &judging.holder_trust, work.now)))
    });
    match known.await? {
        None => return Ok(None),
        Some(false) => return Ok(Some(Gathered::default())),
        Some(true) => {}
    }
    let sources = Sources {
        fetch: fetch.as_ref(),
        timestamp_authority: None,
        trust: &portal.holder_trust,
        now: portal.now().system_time(),
    };
    let gathering = sources.gather_container(Cursor::new(container));
    match tokio::time::timeout(portal.settings.limits.asking, gathering).await {
        // A container that cannot be read is judged for what it is.
        Ok(gathered) => Ok(Some(gathered.unwrap_or_default())),
        Err(_) => {
            portal.settings.notices.tell(Notice::StateUnknown);
            Err(Refusal::busy().retry_after(60))
        }
    }
}

#[cfg_attr(test, utoipa::path(
    get, path = "/v1/orders/{order}/receipt", tag = "signature", operation_id = "receipt", security(("session" = [])),
    params(OrderPath),
    responses((status = 200, description = "The receipt", body = Receipt), crate::journey::description::Refusals)
))]
/// Gives the receipt of a complete order.
pub(crate) async fn receipt(
    State(portal): State<Arc<Shared>>,
    Path(OrderPath { order }): Path<OrderPath>,
    bearer: Bearer,
) -> Result<Reply, Refusal> {
    let receipt = portal.for_person(bearer, move |work, person| {
        let stored = applicant::order(work, person, &order)?;
        stored.expect_phase(&[OrderPhase::Complete])?;
        opened(receipt::find(work, &order)?)
    });
    Ok(Reply::json(&receipt.await?))
}

/// Keeps the container and makes the receipt. Its number is the year, a number that goes up, and a check digit, so that one
/// misheard digit on the telephone is noticed.
fn keep(
    work: &Work<'_>,
    order: &str,
    container: &[u8],
    container_sha256: String,
    certificate_serial: String,
) -> Result<Receipt, Refusal> {
    let sequence = receipt::next_sequence(work)?;
    let made = Receipt {
        number: number(work.now.date_time().year(), sequence),
        order: order.to_owned(),
        received_at: work.now.rfc3339(),
        container_sha256,
        certificate_serial,
    };
    receipt::keep(work, sequence, &made, container)?;
    Ok(made)
}

/// `2026-000042-5`: the last digit is the Luhn check digit of the others (ISO/IEC 7812-1, annex B).
fn number(year: i32, sequence: i64) -> String {
    let body = format!("{year:04}{sequence:06}");
    let mut sum = 0;
    for (position, digit) in body.chars().rev().filter_map(|digit| digit.to_digit(10)).enumerate() {
        let doubled = digit * 2;
        sum += match position % 2 {
            0 if doubled > 9 => doubled - 9,
            0 => doubled,
            _ => digit,
        };
    }
    format!("{year:04}-{sequence:06}-{}", (10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipts_number_shows_one_wrong_digit_and_swapped_neighbours() {
        assert_eq!(number(2026, 42), "2026-000042-5");
        let check = |year, sequence| number(year, sequence).chars().last();
        assert_ne!(check(2026, 42), check(2026, 43));
        assert_ne!(check(2026, 42), check(2026, 24));
    }
}
