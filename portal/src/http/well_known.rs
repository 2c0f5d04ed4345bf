//! What Android and Apple ask the portal's host of its apps, in two files at well-known places (Digital Asset Links;
//! Associated Domains).

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use basvuru::link;
use serde_json::{Value, json};

use crate::journey::shared::Shared;

#[cfg_attr(test, utoipa::path(
    get, path = "/.well-known/assetlinks.json", tag = "portal", operation_id = "assetLinks",
    responses((status = 200, description = "The Android apps (Digital Asset Links)", content_type = "application/json"),
              crate::journey::description::Refusals)
))]
/// Tells Android which apps open the portal's links and use its saved passwords.
pub(crate) async fn asset_links(State(portal): State<Arc<Shared>>) -> Response {
    let links = portal.settings.apps.android.iter().map(|app| {
        let fingerprints = app.certificates.iter().map(|text| text.to_ascii_uppercase());
        json!({
            "relation": [
                "delegate_permission/common.handle_all_urls",
                "delegate_permission/common.get_login_creds",
            ],
            "target": {
                "namespace": "android_app",
                "package_name": app.package,
                "sha256_cert_fingerprints": fingerprints.collect::<Vec<_>>(),
            },
        })
    });
    answer(&links.collect())
}

#[cfg_attr(test, utoipa::path(
    get, path = "/.well-known/apple-app-site-association", tag = "portal", operation_id = "appSiteAssociation",
    responses((status = 200, description = "The Apple apps (Associated Domains)", content_type = "application/json"),
              crate::journey::description::Refusals)
))]
/// Tells iPhone and iPad which apps open the invitation's link and use the portal's saved passwords.
pub(crate) async fn app_site_association(State(portal): State<Arc<Shared>>) -> Response {
    let apps: Vec<&str> = portal.settings.apps.apple.iter().map(|app| app.id.as_str()).collect();
    answer(&json!({
        "applinks": { "details": [{ "appIDs": apps, "components": [{ "/": link::PATH }] }] },
        "webcredentials": { "apps": apps },
    }))
}

fn answer(content: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], content.to_string()).into_response()
}
