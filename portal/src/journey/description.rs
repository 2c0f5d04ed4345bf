//! What the OpenAPI document says of the headers and refusals that requests have in common.

use std::collections::BTreeMap;

use basvuru::portal::{PROBLEM_MEDIA_TYPE, Problem};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoParams, IntoResponses, ToSchema};

/// The header that names a POST, so that a repeat of it does nothing again.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "its fields are read by the derive alone")]
pub(crate) struct IdempotencyKey {
    /// Chosen at random for each request, and repeated with a repeat of it: 16 to 128 visible ASCII characters.
    #[param(rename = "Idempotency-Key", min_length = 16, max_length = 128)]
    idempotency_key: String,
}

/// The headers of documents that are gone on with where they were cut (RFC 9110, 13.1.5 and 14.2).
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "its fields are read by the derive alone")]
pub(crate) struct RangeHeaders {
    /// `bytes=N-`: the rest from octet N on. Of other forms everything is given.
    #[param(rename = "Range", required = false)]
    range: String,
    /// The entity tag of what has come: should the whole be another, everything is given.
    #[param(rename = "If-Range", required = false)]
    if_range: String,
}

/// The header that tells which container is asked about.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "its fields are read by the derive alone")]
pub(crate) struct UploadKey {
    /// The `Idempotency-Key` that the container is sent under.
    #[param(rename = "Upload-Key", min_length = 16, max_length = 128)]
    upload_key: String,
}

/// The headers of a container that is sent in parts, or gone on with after it was cut.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "its fields are read by the derive alone")]
pub(crate) struct UploadHeaders {
    /// From which octet of the container on the body goes; 0 where it is not told.
    #[param(rename = "Upload-Offset", required = false, minimum = 0)]
    upload_offset: u64,
    /// Whether the container ends with the body: `?1`, also where it is not told, or `?0`.
    #[param(rename = "Upload-Complete", required = false, pattern = "^\\?[01]$")]
    upload_complete: String,
}

/// The header that tells which version of the form is approved.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "its fields are read by the derive alone")]
pub(crate) struct IfMatch {
    /// The form's version as a strong entity tag, such as `"3"`.
    #[param(rename = "If-Match")]
    if_match: String,
}

/// Every refusal: a problem document.
pub(crate) struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let content = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name(Problem::name())))
            .build();
        let response = ResponseBuilder::new()
            .description("A problem (RFC 9457); where it tells `retry_after`, the header Retry-After says the same")
            .content(PROBLEM_MEDIA_TYPE, content)
            .build();
        BTreeMap::from([("default".to_owned(), response.into())])
    }
}
