//! The authority's side: what was received, for its own programs, on an address of its own. Each shows a token that names it;
//! the database has the token's tag alone. Nothing here takes a body.

use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::extract::{MatchedPath, Path, RawQuery, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json};
use basvuru::portal::{ASICE_MEDIA_TYPE, OrderPhase, ProblemKind};
use basvuru::secret::SecretText;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::failure::PortalError;
use crate::http::extractors::bearer;
use crate::journey::archive::{Archive, ExportedOrder, MOST_LISTED, OrderFilter};
use crate::notice::{Notice, Notices};
use crate::refusal::Refusal;

/// How long a read that the database cannot serve now is put off.
const LATER: u32 = 5;

/// The program that reads, by the name it was permitted under.
#[derive(Clone)]
struct Client(String);

/// What every request here has.
#[derive(Clone)]
struct Side {
    archive: Archive,
    notices: Notices,
}

/// The routes, behind the question whose token it is.
pub(crate) fn router(archive: Archive, notices: Notices) -> Router {
    let side = Arc::new(Side { archive, notices });
    let not_allowed =
        |methods: &'static str| move || async move { Refusal::method_not_allowed(HeaderValue::from_static(methods)) };
    let read_only = || not_allowed("GET, HEAD");
    Router::new()
        .route("/v1/archive/orders", get(orders).fallback(read_only()))
        .route("/v1/archive/orders/{order}", get(order).fallback(read_only()))
        .route(
            "/v1/archive/orders/{order}/container",
            get(container).fallback(read_only()),
        )
        .route(
            "/v1/archive/orders/{order}/documents/{document}",
            get(document).fallback(read_only()),
        )
        .route("/v1/archive/events", get(events).fallback(read_only()))
        .route(
            "/v1/archive/events/{event}/acknowledgement",
            post(acknowledge).fallback(not_allowed("POST")),
        )
        .fallback(|| async { Refusal::not_found() })
        .layer(middleware::from_fn_with_state(Arc::clone(&side), named))
        .with_state(side)
}

/// Lets nobody in who does not show a token, and turns what axum refuses by itself into a problem.
async fn named(State(side): State<Arc<Side>>, mut request: Request, next: Next) -> Response {
    let token = bearer(request.headers()).map(|token| token.secret());
    match client(&side, token).await {
        Ok(client) => request.extensions_mut().insert(client),
        Err(refusal) => return refusal.into_response(),
    };
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_plain = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if response.status().is_client_error() && is_plain {
        response = Refusal::malformed("the path is not of the expected form").into_response();
    }
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}

async fn client(side: &Side, token: Option<SecretText>) -> Result<Client, Refusal> {
    let unknown = || Refusal::new(ProblemKind::SessionOver).detail("the token is missing or names nobody");
    let name = side.archive.client(token.ok_or_else(unknown)?).await;
    let name = name.map_err(|error| refused(side, &error))?;
    name.map(Client).ok_or_else(unknown)
}

/// Lists orders: `phase` (again for another), `institution`, `made-since`, `made-until`, `completed-since` (RFC 3339), `after`,
/// `limit`.
async fn orders(
    State(side): State<Arc<Side>>,
    Extension(Client(reader)): Extension<Client>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let filter = filter(query.as_deref().unwrap_or_default())?;
    let page = side.archive.orders(filter, &reader).await;
    Ok(Json(page.map_err(|error| refused(&side, &error))?).into_response())
}

/// Gives an order with its applicant, form, history, receipt and verification report.
async fn order(
    State(side): State<Arc<Side>>,
    Extension(Client(reader)): Extension<Client>,
    Path(order): Path<String>,
) -> Result<Response, Refusal> {
    Ok(Json(exported(&side, &order, &reader).await?).into_response())
}

/// Gives the signed container of a complete order as it was received.
async fn container(
    State(side): State<Arc<Side>>,
    Extension(Client(reader)): Extension<Client>,
    Path(order): Path<String>,
) -> Result<Response, Refusal> {
    let exported = exported(&side, &order, &reader).await?;
    let container = exported
        .container
        .ok_or_else(|| Refusal::new(ProblemKind::PhaseWrong))?;
    Ok(octets(ASICE_MEDIA_TYPE, container))
}

/// Gives a document of an order.
async fn document(
    State(side): State<Arc<Side>>,
    Extension(Client(reader)): Extension<Client>,
    Path((order, document)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let exported = exported(&side, &order, &reader).await?;
    let found = exported.documents.into_iter().find(|found| found.id == document);
    let found = found.ok_or_else(Refusal::not_found)?;
    Ok(octets("application/pdf", found.content))
}

/// Lists the completion events that nobody has acknowledged.
async fn events(
    State(side): State<Arc<Side>>,
    Extension(Client(reader)): Extension<Client>,
) -> Result<Response, Refusal> {
    let events = side.archive.waiting_events(&reader).await;
    let events = events.map_err(|error| refused(&side, &error))?;
    Ok(Json(json!({ "events": events })).into_response())
}

/// Acknowledges a completion event, once or again.
async fn acknowledge(
    State(side): State<Arc<Side>>,
    Extension(Client(reader)): Extension<Client>,
    Path(event): Path<String>,
) -> Result<Response, Refusal> {
    let acknowledged = side.archive.acknowledge(&event, &reader).await;
    acknowledged.map_err(|error| refused(&side, &error))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn exported(side: &Side, order: &str, reader: &str) -> Result<ExportedOrder, Refusal> {
    let exported = side.archive.export(order, reader).await;
    exported.map_err(|error| refused(side, &error))
}

fn octets(media_type: &'static str, content: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, media_type)], content).into_response()
}

fn refused(side: &Side, error: &PortalError) -> Refusal {
    if matches!(error, PortalError::NoSuchOrder) {
        Refusal::new(ProblemKind::OrderUnknown)
    } else if matches!(error, PortalError::NoSuchEvent) {
        Refusal::not_found()
    } else if matches!(error, PortalError::Unavailable | PortalError::CutOff) {
        Refusal::busy().retry_after(LATER)
    } else {
        side.notices.tell(Notice::Failed {
            cause: error.to_string(),
        });
        Refusal::new(ProblemKind::Unavailable).detail("a stored record is damaged")
    }
}

/// Reads what is sought from a query (RFC 3986, 3.4). What is not known is refused: a filter that is not heeded shows too much.
fn filter(query: &str) -> Result<OrderFilter, Refusal> {
    let mut filter = OrderFilter::default();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = decoded(value).ok_or_else(|| Refusal::malformed("the query is not UTF-8"))?;
        let wrong = || Refusal::malformed(format!("what `{name}` is given is not of the expected form"));
        let moment = || {
            let moment = OffsetDateTime::parse(&value, &Rfc3339).ok();
            moment.map(SystemTime::from).ok_or_else(wrong)
        };
        match name {
            "phase" => filter.phases.push(phase(&value).ok_or_else(wrong)?),
            "institution" => filter.institution = Some(value),
            "made-since" => filter.made_since = Some(moment()?),
            "made-until" => filter.made_until = Some(moment()?),
            "completed-since" => filter.completed_since = Some(moment()?),
            "after" => filter.after = Some(value),
            "limit" => {
                let limit = value.parse().ok().filter(|limit| (1..=MOST_LISTED).contains(limit));
                filter.at_most = Some(limit.ok_or_else(wrong)?);
            }
            _ => return Err(Refusal::malformed("the query has a name that is not known")),
        }
    }
    Ok(filter)
}

fn phase(name: &str) -> Option<OrderPhase> {
    serde_json::from_value(name.into()).ok()
}

/// A value of a query: `%` and two hexadecimal digits are an octet, and `+` is a space.
fn decoded(value: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'+' => b' ',
            b'%' => {
                let digit = |octet: u8| {
                    char::from(octet)
                        .to_digit(16)
                        .and_then(|digit| u8::try_from(digit).ok())
                };
                digit(rest.next()?)? * 16 + digit(rest.next()?)?
            }
            other => other,
        });
    }
    String::from_utf8(octets).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_says_what_is_sought_and_nothing_else() {
        let sought = filter("phase=complete&phase=signature&institution=T.C.+%C3%96rnek&limit=200&after=2026-A")
            .ok()
            .unwrap();
        assert_eq!(sought.phases, [OrderPhase::Complete, OrderPhase::Signature]);
        assert_eq!(sought.institution.as_deref(), Some("T.C. Örnek"));
        assert_eq!((sought.at_most, sought.after.as_deref()), (Some(200), Some("2026-A")));
        let since = filter("completed-since=2026-11-27T10:00:00%2B03:00")
            .ok()
            .unwrap()
            .completed_since;
        let expected = OffsetDateTime::parse("2026-11-27T07:00:00Z", &Rfc3339).unwrap();
        assert_eq!(since, Some(SystemTime::from(expected)));
        assert!(filter("").is_ok());
        for wrong in [
            "phase=done",
            "limit=0",
            "limit=201",
            "limit=-1",
            "made-since=yesterday",
            "institution=%C3",
            "institution=%G0",
            "institution=%",
            "institutions=x",
            "=",
        ] {
            assert!(filter(wrong).is_err(), "{wrong}");
        }
    }
}
