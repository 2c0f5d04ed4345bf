//! Time-stamps for the applicants' signatures: a request is passed on to the authority the portal has, and its answer is
//! passed back only where it is a time-stamp that will hold when the signature is judged.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use basvuru::portal::{OrderPhase, ProblemKind, TIMESTAMP_REPLY_MEDIA_TYPE};
use basvuru::signature::timestamp;
use basvuru::signature::verify::Verifier;

use crate::journey::exchange::{Bearer, OrderPath, PostedTimestampQuery};
use crate::journey::shared::Shared;
use crate::notice::Notice;
use crate::records;
use crate::records::applicant;
use crate::records::audit::{self, Event};
use crate::records::seal::Tag;
use crate::records::work::Work;
use crate::refusal::Refusal;
use crate::timestamp_gateway::TimestampError;

const DAY_SECONDS: u32 = 24 * 60 * 60;
const DAY: Duration = Duration::from_secs(DAY_SECONDS as u64);
/// How often the authority is asked for one digest.
const MOST_TIMES: u32 = 3;
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
/// A few signatures of an order are time-stamped in a day: whoever signs again, with another card say, has another digest. The
/// same request again gets the same answer, and the authority is not asked.
pub(crate) async fn answer(
    State(portal): State<Arc<Shared>>,
    Path(OrderPath { order }): Path<OrderPath>,
    bearer: Bearer,
    PostedTimestampQuery(posted): PostedTimestampQuery,
) -> Result<Response, Refusal> {
    let query = posted.body;
    let request = timestamp::Request::parse(&query)
        .map_err(|_| Refusal::malformed("the body is no time-stamp request with a nonce and certReq"))?;
    let gateway = portal.settings.timestamps.clone().ok_or_else(Refusal::not_found)?;
    let wanted = Wanted {
        digest: portal.store.key().tag("timestamp-digest", &[&request.digest().value]),
        query: portal.store.key().tag("timestamp-query", &[&query]),
        order,
    };
    let known = wanted.clone();
    let reserved = portal.for_person(bearer, move |work, person| {
        let stored = applicant::order(work, person, &known.order)?;
        stored.expect_phase(&[OrderPhase::Signature])?;
        reserve(work, &known)
    });
    let id = match reserved.await? {
        Reserved::Answered(answer) => return Ok(reply(answer)),
        Reserved::Asking(id) => id,
    };
    let answer = gateway.answer(&query).await;
    match answer.and_then(|answer| holds(&portal, &request, answer)) {
        Ok(answer) => {
            let kept = answer.clone();
            let keep = move |work: &Work<'_>| {
                let Wanted { order, digest, query } = &wanted;
                Ok(records::timestamp::keep(work, id, order, digest, query, &kept)?)
            };
            portal.work(keep).await?;
            Ok(reply(answer))
        }
        Err(error) => {
            portal.settings.notices.tell(Notice::NoTimestamp {
                cause: error.to_string(),
            });
            // What was not had does not count.
            portal
                .work(move |work| Ok(records::timestamp::take_back(work, id)?))
                .await?;
            Err(Refusal::new(ProblemKind::TimestampUnavailable).retry_after(PAUSE))
        }
    }
}

fn reply(answer: Vec<u8>) -> Response {
    let mut response = answer.into_response();
    let media_type = HeaderValue::from_static(TIMESTAMP_REPLY_MEDIA_TYPE);
    response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    response
}

/// What a time-stamp is wanted for.
#[derive(Clone)]
struct Wanted {
    order: String,
    /// The digest, by its tag.
    digest: Tag,
    /// The whole request, by its tag.
    query: Tag,
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

/// What comes of a request before the authority is asked.
enum Reserved {
    /// It has been answered before.
    Answered(Vec<u8>),
    /// The authority is to be asked, which is counted under this name.
    Asking(i64),
}

/// Counts that the authority is asked, unless it has answered this request already.
fn reserve(work: &Work<'_>, Wanted { order, digest, query }: &Wanted) -> Result<Reserved, Refusal> {
    if let Some(answer) = records::timestamp::answer(work, order, digest, query)? {
        return Ok(Reserved::Answered(answer));
    }
    let id = match records::timestamp::find(work, order, digest)? {
        // An answer may be lost on its way to who asks with another nonce each time.
        Some(asked) if asked.times < MOST_TIMES => {
            records::timestamp::count(work, asked.id)?;
            asked.id
        }
        Some(_) => return Err(Refusal::new(ProblemKind::RateLimited).retry_after(DAY_SECONDS)),
        None => {
            let (count, first) = records::timestamp::digests_after(work, order, work.steady.before(DAY))?;
            if let Some(first) = first.filter(|_| count >= work.settings.limits.timestamps_a_day) {
                let wait = work.steady.seconds_until(first.after(DAY));
                return Err(Refusal::new(ProblemKind::RateLimited).retry_after(wait));
            }
            records::timestamp::add(work, order, digest)?
        }
    };
    audit::record(
        work.transaction,
        work.key,
        work.now,
        Event::TimestampAsked,
        Some(order),
        "ok",
    )?;
    Ok(Reserved::Asking(id))
}
