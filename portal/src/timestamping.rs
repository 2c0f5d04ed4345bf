//! Time-stamps for the applicants' signatures: a request is passed on to the authority the portal has, and its answer is
//! passed back only where it is a time-stamp that will hold when the signature is judged.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use basvuru::portal::{OrderPhase, ProblemKind, TIMESTAMP_QUERY_MEDIA_TYPE, TIMESTAMP_REPLY_MEDIA_TYPE};
use basvuru::signature::source::{Fetch as _, HttpFetch, TimestampAuthority};
use basvuru::signature::timestamp;
use basvuru::signature::verify::Verifier;

use crate::applicant;
use crate::audit::{self, Event};
use crate::clock::Moment;
use crate::exchange::{Bearer, OrderPath, PostedTimestampQuery, Work};
use crate::notice::Notice;
use crate::portal::Shared;
use crate::refusal::Refusal;

const DAY: i64 = 24 * 60 * 60;
/// How many seconds to wait after the authority gave no time-stamp.
const PAUSE: u32 = 15;

/// Why there is no time-stamp. The text goes to the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TimestampError(pub String);

/// Makes time-stamps, or reaches who does.
#[async_trait]
pub trait TimestampGateway: Send + Sync {
    /// Gives the answer to a request, both in DER (RFC 3161, 2.4). It must not take longer than an applicant waits: half a
    /// minute.
    ///
    /// # Errors
    /// There is no answer; the applicant is asked to try again.
    async fn answer(&self, request: &[u8]) -> Result<Vec<u8>, TimestampError>;
}

/// A time-stamping authority reached by HTTP (RFC 3161, 3.4).
pub struct HttpTimestamps {
    authority: TimestampAuthority,
    fetch: HttpFetch,
}

impl HttpTimestamps {
    /// An authority, and the way to it.
    #[must_use]
    pub const fn new(authority: TimestampAuthority, fetch: HttpFetch) -> Self {
        Self { authority, fetch }
    }
}

#[async_trait]
impl TimestampGateway for HttpTimestamps {
    async fn answer(&self, request: &[u8]) -> Result<Vec<u8>, TimestampError> {
        let said = |error: &dyn std::error::Error| TimestampError(error.to_string());
        let request = timestamp::Request::parse(request).map_err(|error| said(&error))?;
        let answer = self.fetch.fetch(self.authority.fetch_request(&request)).await;
        answer.map_err(|error| said(&error))
    }
}

#[cfg_attr(test, utoipa::path(
    post, path = "/v1/orders/{order}/timestamp", tag = "signature", operation_id = "timestamp",
    security(("session" = [])),
    request_body(content_type = "application/timestamp-query",
                 description = "TimeStampReq in DER (RFC 3161, 2.4.1), with a nonce and certReq"),
    params(OrderPath, crate::openapi::IdempotencyKey),
    responses((status = 200, description = "TimeStampResp in DER (RFC 3161, 2.4.2)",
               content_type = "application/timestamp-reply"),
              crate::openapi::Refusals)
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
            portal.work(move |work| release(work, reserved)).await?;
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
    let (count, first): (u32, Option<i64>) = work.transaction.query_row(
        "SELECT count(*), min(made_at) FROM timestamp WHERE application = ?1 AND made_at > ?2",
        (order, work.now.0 - DAY),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    if let Some(first) = first.filter(|_| count >= work.portal.settings.limits.timestamps_a_day) {
        let wait = work.now.seconds_until(Moment(first + DAY));
        return Err(Refusal::new(ProblemKind::RateLimited).retry_after(wait));
    }
    let statement = "INSERT INTO timestamp (application, made_at) VALUES (?1, ?2) RETURNING id";
    let reserved = work
        .transaction
        .query_row(statement, (order, work.now.0), |row| row.get(0))?;
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

fn release(work: &Work<'_>, reserved: i64) -> Result<(), Refusal> {
    work.transaction
        .execute("DELETE FROM timestamp WHERE id = ?1", [reserved])?;
    Ok(())
}
