//! Time-stamps for the applicants' signatures: a request is passed on to the authority the portal has, and its answer is
//! passed back only where it is a time-stamp that will hold when the signature is judged.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use basvuru::portal::{OrderPhase, ProblemKind, TIMESTAMP_QUERY_MEDIA_TYPE, TIMESTAMP_REPLY_MEDIA_TYPE};
use basvuru::signature::timestamp;
use basvuru::signature::verify::Verifier;

use crate::journey::exchange::{Bearer, OrderPath, PostedTimestampQuery};
use crate::journey::shared::Shared;
use crate::notice::Notice;
use crate::records;
use crate::records::applicant;
use crate::records::audit::{self, Event};
use crate::records::work::Work;
use crate::refusal::Refusal;
use crate::timestamp_gateway::TimestampError;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How many seconds to wait after the authority gave no time-stamp.
const PAUSE: u32 = 15;

#[cfg_attr(test, utoipa::path(
    post, path = "/v1/orders/{order}/timestamp", tag = "signature", operation_id = "timestamp",
    security(("session" = [])),
    request_body(content_type = "application/timestamp-query",
                 description = "TimeStampReq in DER (RFC 3161, 2.4.1), with a nonce and certReq"),
    params(OrderPath, crate::journey::description::IdempotencyKey),
    responses((status = 200, description = "TimeStampResp in DER (RFC 3161, 2.4.2)",
               content_type = "application/timestamp-reply"),
              crate::journey::description::Refusals)
))]
/// Has a time-stamp made for a signature of the order.
///
/// A time-stamp is worth its own moment: a repeated request gets another one.
pub(crate) async fn answer(
    State(portal): State<Arc<Shared>>,
    Path(OrderPath { order }): Path<OrderPath>,
    bearer: Bearer,
    PostedTimestampQuery(posted): PostedTimestampQuery,
) -> Result<Response, Refusal> {
    let query = posted.octets(TIMESTAMP_QUERY_MEDIA_TYPE)?;
    let request = timestamp::Request::parse(&query)
        .map_err(|_| Refusal::malformed("the body is no time-stamp request with a nonce and certReq"))?;
    let gateway = portal.settings.timestamps.clone().ok_or_else(Refusal::not_found)?;
    let reserved = portal.for_person(bearer, move |work, person| {
        let stored = applicant::order(work, person, &order)?;
        stored.expect_phase(&[OrderPhase::Signature])?;
        reserve(work, &order)
    });
    let reserved = reserved.await?;
    let answer = gateway.answer(&query).await;
    match answer.and_then(|answer| holds(&portal, &request, answer)) {
        Ok(answer) => {
            let mut response = answer.into_response();
            let media_type = HeaderValue::from_static(TIMESTAMP_REPLY_MEDIA_TYPE);
            response.headers_mut().insert(header::CONTENT_TYPE, media_type);
            Ok(response)
        }
        Err(error) => {
            portal.settings.notices.tell(Notice::NoTimestamp {
                cause: error.to_string(),
            });
            // What was not had does not count.
            portal
                .work(move |work| Ok(records::timestamp::forget(work, reserved)?))
                .await?;
            Err(Refusal::new(ProblemKind::TimestampUnavailable).retry_after(PAUSE))
        }
    }
}

/// The answer, where it is the time-stamp asked for and the portal will accept it.
fn holds(portal: &Shared, request: &timestamp::Request, answer: Vec<u8>) -> Result<Vec<u8>, TimestampError> {
    let token = request
        .accept(&answer)
        .map_err(|error| TimestampError(error.to_string()))?;
    let verifier = Verifier::new(&portal.holder_trust, portal.now().system_time());
    let report = verifier.timestamp(&token, request.digest());
    match report.holds() {
        true => Ok(answer),
        false => Err(TimestampError(format!("it does not hold: {:?}", report.findings))),
    }
}

/// Counts a time-stamp of an order, and gives what it is released by.
fn reserve(work: &Work<'_>, order: &str) -> Result<i64, Refusal> {
    let (count, first) = records::timestamp::made_after(work, order, work.steady.before(DAY))?;
    if let Some(first) = first.filter(|_| count >= work.settings.limits.timestamps_a_day) {
        let wait = work.steady.seconds_until(first.after(DAY));
        return Err(Refusal::new(ProblemKind::RateLimited).retry_after(wait));
    }
    let reserved = records::timestamp::count(work, order)?;
    audit::record(
        work.transaction,
        work.key,
        work.now,
        Event::TimestampAsked,
        Some(order),
        "ok",
    )?;
    Ok(reserved)
}
