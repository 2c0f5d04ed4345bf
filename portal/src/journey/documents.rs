//! The documents of an order: rendered once, when the form is approved, and kept as they are, so that what is shown, what
//! is signed and what is checked are the same octets.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use basvuru::digest::hexadecimal;
use basvuru::portal::{DocumentDescription, LocalizedText, OrderPhase, ProblemKind};
use sha2::{Digest as _, Sha256};

use crate::journey::exchange::{Bearer, OrderPath};
use crate::journey::form;
use crate::journey::shared::Shared;
use crate::outbox::full_name;
use crate::paper::{self, Application, Written};
use crate::records::applicant::{self, PersonRecord, StoredOrder};
use crate::records::audit::{self, Event};
use crate::records::document;
use crate::records::work::Work;
use crate::refusal::Refusal;

/// A document of an order, rendered.
pub(crate) struct Rendered {
    description: DocumentDescription,
    written: Written,
}

/// What the documents of a form say that is approved now, with these values.
pub(crate) fn application(
    work: &Work<'_>,
    stored: &StoredOrder,
    person: &PersonRecord,
    values: &BTreeMap<String, String>,
) -> Application {
    Application {
        authority: work.settings.name.tr.clone(),
        order: stored.order.id.clone(),
        ordered_at: stored.created_at,
        approved_at: work.now,
        approval: stored.revision,
        holder: full_name(&person.given_name, &person.family_name),
        identity: person.identity.clone(),
        institution: stored.order.institution.clone(),
        fields: form::printed(stored.order.product, values),
    }
}

/// Renders the documents of an application. Takes some milliseconds of computation.
pub(crate) fn render(application: &Application) -> Result<Vec<Rendered>, Refusal> {
    let rendered = [
        (
            "basvuru-formu",
            "Başvuru formu",
            "Application form",
            paper::application_form(application),
        ),
        (
            "taahhutname",
            "Sertifika sahibi taahhütnamesi",
            "Certificate holder's undertaking",
            paper::undertaking(application),
        ),
    ];
    let rendered = rendered.into_iter().map(|(id, title_tr, title_en, written)| {
        let written = written.ok_or_else(|| Refusal::new(ProblemKind::Unavailable).detail("rendering failed"))?;
        let description = DocumentDescription {
            id: id.to_owned(),
            file_name: format!("{id}.pdf"),
            title: LocalizedText {
                tr: title_tr.to_owned(),
                en: title_en.to_owned(),
            },
            media_type: "application/pdf".to_owned(),
            size: written.pdf.len() as u64,
            sha256: hexadecimal(&Sha256::digest(&written.pdf)),
            // Sealed beside the document: they are what it says.
            pages: Vec::new(),
        };
        Ok(Rendered { description, written })
    });
    rendered.collect()
}

/// Keeps the documents of an approved form in place of those of an earlier approval.
pub(crate) fn keep(work: &Work<'_>, order: &str, rendered: &[Rendered]) -> Result<(), Refusal> {
    document::forget(work, order)?;
    for (position, Rendered { description, written }) in (1i64..).zip(rendered) {
        document::keep(work, order, position, description, &written.pdf, &written.pages)?;
    }
    Ok(())
}

#[cfg_attr(test, utoipa::path(
    get, path = "/v1/orders/{order}/documents", tag = "signature", operation_id = "documents",
    security(("session" = [])), params(OrderPath, crate::journey::description::RangeHeaders),
    responses((status = 200, description = "The documents' octets, one after the other as they are listed in the signing \
                                            request, which tells the size of each",
               content_type = "application/octet-stream",
               headers(("ETag" = String, description = "A strong entity tag of the octets"))),
              (status = 206, description = "The octets from the one on that Range names, as Content-Range tells",
               content_type = "application/octet-stream"),
              crate::journey::description::Refusals)
))]
/// Gives the documents to be signed, or the rest of them (RFC 9110, 14).
pub(crate) async fn read(
    State(portal): State<Arc<Shared>>,
    Path(OrderPath { order }): Path<OrderPath>,
    bearer: Bearer,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let found = portal.for_person(bearer, move |work, person| {
        let stored = applicant::order(work, person, &order)?;
        stored.expect_phase(&[OrderPhase::Method, OrderPhase::Signature, OrderPhase::Complete])?;
        let found = document::contents(work, &order)?;
        audit::record(
            work.transaction,
            work.key,
            work.now,
            Event::DocumentsRead,
            Some(&order),
            "ok",
        )?;
        Ok(found)
    });
    let mut contents: Vec<u8> = Vec::new();
    for document in found.await? {
        contents.extend_from_slice(&document.content);
    }
    let etag = format!("\"{}\"", hexadecimal(&Sha256::digest(&contents)));
    let total = contents.len();
    let kind = (header::CONTENT_TYPE, "application/octet-stream".to_owned());
    Ok(match rest(&headers, &etag, total) {
        Some(from) => {
            let range = (header::CONTENT_RANGE, format!("bytes {from}-{}/{total}", total - 1));
            let contents = contents.split_off(from);
            (
                StatusCode::PARTIAL_CONTENT,
                [kind, range, (header::ETAG, etag)],
                contents,
            )
                .into_response()
        }
        None => (
            [kind, (header::ETAG, etag), (header::ACCEPT_RANGES, "bytes".to_owned())],
            contents,
        )
            .into_response(),
    })
}

/// From which octet on the documents are wanted, where only the rest of them is: `bytes=N-`, of the same whole. What else can
/// be asked for is answered with everything, as RFC 9110, 14.2, allows.
fn rest(headers: &HeaderMap, etag: &str, total: usize) -> Option<usize> {
    let text = |name: header::HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let from = text(header::RANGE)?.strip_prefix("bytes=")?.strip_suffix('-')?;
    let plain = !from.is_empty() && from.bytes().all(|digit| digit.is_ascii_digit());
    let from = from.parse().ok().filter(|from| plain && (1..total).contains(from))?;
    let same = text(header::IF_RANGE).is_none_or(|of| of == etag);
    same.then_some(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_rest_of_the_same_whole_is_given_alone() {
        let rest = |range: &'static str, of: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, range.parse().unwrap());
            if let Some(of) = of {
                headers.insert(header::IF_RANGE, of.parse().unwrap());
            }
            rest(&headers, "\"a\"", 100)
        };
        assert_eq!(rest("bytes=7-", None), Some(7));
        assert_eq!(rest("bytes=99-", Some("\"a\"")), Some(99));
        for other in ["\"b\"", "W/\"a\"", "a", "Sun, 06 Nov 1994 08:49:37 GMT"] {
            assert_eq!(rest("bytes=7-", Some(other)), None, "{other}");
        }
        for whole in [
            "bytes=100-",
            "bytes=0-",
            "bytes=-5",
            "bytes=1-5",
            "bytes=1-,7-",
            "bytes=+7-",
            "bytes=99999999999999999999-",
            "octets=7-",
            "",
        ] {
            assert_eq!(rest(whole, None), None, "{whole}");
        }
    }
}
