//! Taking the signed application, and the receipt for it.

use std::io::Cursor;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use basvuru::digest::hexadecimal;
use basvuru::portal::{DocumentDescription, OrderPhase, ProblemKind, Receipt, Upload};
use basvuru::signature::source::{Fetch, Gathered, Sources};
use sha2::{Digest as _, Sha256};

use crate::clock::Moment;
use crate::journey::computing::Turn;
use crate::journey::exchange::{Bearer, OrderPath, PostedContainer, Prepared, Reply};
use crate::journey::judge::{self, Accepted};
use crate::journey::shared::Shared;
use crate::journey::upload::{self, Sending};
use crate::notice::Notice;
use crate::records::applicant::{self, PersonRecord, opened};
use crate::records::audit::{self, Event};
use crate::records::person::Person;
use crate::records::work::Work;
use crate::records::{self, document, receipt};
use crate::refusal::Refusal;
use crate::settings::UnknownState;

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
    let turn = portal.turn(bearer.clone()).await?;
    let sending = Sending {
        bearer: bearer.clone(),
        order: order.clone(),
        key,
    };
    if cut.is_some() || !complete {
        let received = sending.keep(&portal, &turn, from, part).await? as u64;
        // Nobody hears that what was cut is kept, yet whoever goes on asks for it.
        return cut.map_or_else(|| Ok(Reply::accepted(&Upload { received })), Err);
    }
    let container = match from {
        0 => part,
        _ => sending.completed(&portal, &turn, from, part).await?,
    };
    let posted = posted.with_body(container.clone());
    let tagging = Arc::clone(&portal);
    let hashed = turn.compute(move || (tagging.fingerprint(&posted), hexadecimal(&Sha256::digest(&posted.body))));
    let (fingerprint, container_sha256) = hashed.await?;
    let (named, digest) = (order.clone(), container_sha256.clone());
    let looked = portal.look(bearer.clone(), fingerprint.clone(), move |work, person| {
        expected(work, person, &named, &digest)
    });
    let judged = match looked.await? {
        Prepared::Answered(reply) => return Ok(reply),
        Prepared::Ready(None) => None,
        Prepared::Ready(Some(expected)) => {
            let outcome = judge(&portal, &turn, &container, expected.clone()).await?;
            Some(Judged { expected, outcome })
        }
    };
    let answered = portal
        .once_of(bearer, fingerprint, move |work, person| {
            let stored = applicant::order(work, person, &order)?;
            if let Some(receipt) = taken(work, &order, &container_sha256)? {
                return Ok(Reply::created(&receipt));
            }
            stored.expect_phase(&[OrderPhase::Signature])?;
            let person = applicant::person(work, person)?;
            let judged = judged.filter(|judged| judged.expected.is_still(stored.revision, &person));
            // The order came to wait for this, or for this alone, only after it was looked at.
            let Some(Judged { outcome, .. }) = judged else {
                return Err(Refusal::busy());
            };
            let accepted = match outcome {
                Ok(accepted) => accepted,
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
                    records::upload::give_up(work, &order)?;
                    return Err(refusal.lasting());
                }
            };
            let receipt = keep(work, &order, &container, container_sha256, accepted.certificate_serial)?;
            records::upload::give_up(work, &order)?;
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
        .await;
    // What could not be removed now is when others are that have expired.
    _ = upload::remove(&portal, &sending.order).await;
    answered
}

/// What a container is judged by.
#[derive(Clone)]
struct Expected {
    revision: i64,
    documents: Vec<DocumentDescription>,
    applicant: PersonRecord,
    now: Moment,
}

impl Expected {
    /// Whether an order, by its revision, and its person are what they were: documents change with the revision alone.
    fn is_still(&self, revision: i64, applicant: &PersonRecord) -> bool {
        self.revision == revision && self.applicant == *applicant
    }
}

/// What was decided on a container.
struct Judged {
    expected: Expected,
    outcome: Result<Accepted, Refusal>,
}

/// What a container of an order is to hold; `None` where this one was taken already.
fn expected(work: &Work<'_>, person: Person, order: &str, container_sha256: &str) -> Result<Option<Expected>, Refusal> {
    let stored = applicant::order(work, person, order)?;
    if taken(work, order, container_sha256)?.is_some() {
        return Ok(None);
    }
    stored.expect_phase(&[OrderPhase::Signature])?;
    Ok(Some(Expected {
        revision: stored.revision,
        documents: document::descriptions(work, order)?,
        applicant: applicant::person(work, person)?,
        now: work.now,
    }))
}

/// The receipt of an order, where it is for this container.
fn taken(work: &Work<'_>, order: &str, container_sha256: &str) -> Result<Option<Receipt>, Refusal> {
    Ok(receipt::find(work, order)?.filter(|kept| kept.container_sha256 == container_sha256))
}

/// Judges a container by itself and, where the portal asks for it, by the states of the certificates behind it. Nobody has
/// others asked but with a signature that holds: certificates of authorities that nobody trusts do not say whom to ask.
///
/// # Errors
/// 503 where the state of a certificate is not known; every other refusal is an outcome.
async fn judge(
    portal: &Arc<Shared>,
    turn: &Arc<Turn>,
    container: &Bytes,
    expected: Expected,
) -> Result<Result<Accepted, Refusal>, Refusal> {
    let now = expected.now;
    let (judging, judged) = (Arc::clone(portal), container.clone());
    let alone = turn.compute(move || {
        let level = judging.settings.signature_level();
        let Expected {
            documents, applicant, ..
        } = expected;
        judge::judge(&judged, &documents, &applicant, level, &judging.holder_trust, now)
    });
    let accepted = match alone.await? {
        Ok(accepted) => accepted,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let gathered = match portal.settings.revocation.clone() {
        Some(fetch) => asked(portal, fetch.as_ref(), container).await?,
        None if portal.settings.unknown_state == UnknownState::Taken => return Ok(Ok(accepted)),
        // Where nobody is asked, what the container brings along may tell.
        None => Gathered::default(),
    };
    let (judging, judged) = (Arc::clone(portal), container.clone());
    // What was told just now is judged by the time that it is now.
    let now = portal.now();
    let unknown = portal.settings.unknown_state;
    let states = turn.compute(move || judge::judge_states(&judged, gathered, &judging.holder_trust, now, unknown));
    match states.await? {
        Err(refusal) if refusal.problem().kind == ProblemKind::CertificateStateUnknown => {
            portal.settings.notices.tell(Notice::StateUnknown);
            Err(refusal)
        }
        states => Ok(states.map(|()| accepted)),
    }
}

/// What others tell of the certificates behind a container, in bounds.
async fn asked(portal: &Shared, fetch: &dyn Fetch, container: &Bytes) -> Result<Gathered, Refusal> {
    let sources = Sources {
        fetch,
        timestamp_authority: None,
        trust: &portal.holder_trust,
        now: portal.now().system_time(),
    };
    let gathering = sources.gather_container(Cursor::new(container));
    match tokio::time::timeout(portal.settings.limits.asking, gathering).await {
        Ok(gathered) => Ok(gathered.unwrap_or_default()),
        Err(_) => {
            portal.settings.notices.tell(Notice::StateUnknown);
            Err(judge::state_unknown())
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
