//! The OpenAPI document, generated from the handlers and the protocol's types. `openapi.json` beside the sources is this
//! document; a test keeps both, and the routes that are served, the same.

use basvuru::portal::Problem;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{RefOr, Required};
use utoipa::{IntoParams, Modify, OpenApi, PartialSchema, ToSchema};

use crate::http::{landing, well_known};
use crate::journey::{
    codes, devices, documents, institution, methods, orders, sign_in, signature, timestamping, unblocking, upload,
};

/// The header that names a request in the portal's log.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "its fields are read by the derive alone")]
struct RequestIdHeader {
    /// Chosen at random for each request, a repeat included; the answer gives it back. Where there is none, or none of this
    /// form, the portal chooses one.
    #[param(
        rename = "X-Request-Id",
        required = false,
        min_length = 8,
        max_length = 64,
        pattern = "^[A-Za-z0-9._-]+$"
    )]
    request_id: String,
}

/// What belongs to the whole document: the scheme of sessions, problems, and that bodies are required.
struct Whole;

impl Modify for Whole {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("The token of a session (RFC 6750)"))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("session", SecurityScheme::Http(bearer));
        let mut schemas = vec![(Problem::name().into_owned(), Problem::schema())];
        Problem::schemas(&mut schemas);
        components.schemas.extend(schemas);
        for item in document.paths.paths.values_mut() {
            for operation in [&mut item.get, &mut item.post, &mut item.delete].into_iter().flatten() {
                let parameters = operation.parameters.get_or_insert_default();
                parameters.extend(RequestIdHeader::into_params(|| None).into_iter().map(RefOr::T));
            }
        }
        // Of a body without a schema, such as a container, the derive does not say that it has to be there.
        let operations = document.paths.paths.values_mut().filter_map(|item| item.post.as_mut());
        for body in operations.filter_map(|operation| operation.request_body.as_mut()) {
            if let RefOr::T(body) = body {
                body.required = Some(Required::True);
            }
        }
    }
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Başvuru portal",
        description = "Applications for Turkish qualified electronic certificates: sign in, complete the form, confirm \
                       the telephone number, sign, and get a receipt.",
    ),
    paths(
        orders::portal_info,
        sign_in::new_captcha,
        sign_in::spoken_captcha,
        sign_in::sign_in,
        devices::sign_out,
        devices::list,
        devices::remove,
        orders::list,
        orders::order,
        orders::form,
        orders::approve,
        codes::send,
        codes::confirm,
        institution::ask,
        methods::list,
        methods::choose,
        documents::read,
        timestamping::answer,
        signature::submit,
        upload::read,
        signature::receipt,
        unblocking::begin,
        unblocking::confirm,
        landing::page,
        well_known::asset_links,
        well_known::app_site_association,
    ),
    modifiers(&Whole),
)]
struct Document;

fn openapi_json() -> String {
    let mut text = Document::openapi()
        .to_pretty_json()
        .expect("the document is plain data");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_that_is_served_is_described_and_no_other() {
        let document: serde_json::Value = serde_json::from_str(&openapi_json()).unwrap();
        let mut described = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                described.push(format!("{} {path}", method.to_uppercase()));
            }
        }
        let mut served: Vec<String> = crate::http::routes::table()
            .iter()
            .map(|(method, path, _)| format!("{method} {path}"))
            .collect();
        described.sort();
        served.sort();
        assert_eq!(described, served);
    }

    #[test]
    fn the_checked_in_document_is_the_generated_one() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
        if std::env::var_os("UPDATE_OPENAPI").is_some() {
            std::fs::write(&path, openapi_json()).unwrap();
        }
        let checked_in = std::fs::read_to_string(&path).unwrap();
        assert_eq!(
            checked_in,
            openapi_json(),
            "run the tests once with UPDATE_OPENAPI=1 and look at what changed"
        );
    }

    #[test]
    fn no_operation_has_a_parameter_twice_or_lacks_its_idempotency_key() {
        let document: serde_json::Value = serde_json::from_str(&openapi_json()).unwrap();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
                let mut names: Vec<&str> = parameters.iter().map(|one| one["name"].as_str().unwrap()).collect();
                assert_eq!(names.contains(&"Idempotency-Key"), method == "post", "{method} {path}");
                names.sort_unstable();
                let count = names.len();
                names.dedup();
                assert_eq!(names.len(), count, "{method} {path}");
            }
        }
    }

    #[test]
    fn every_schema_that_is_referred_to_is_there() {
        let text = openapi_json();
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        for reference in text.split("#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(document["components"]["schemas"][name].is_object(), "{name}");
        }
    }
}
