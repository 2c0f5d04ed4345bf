//! The table of routes: the one place that says which method and path is served by which handler. The OpenAPI document must
//! describe exactly these.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderValue, Method};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, delete, get, post};
use basvuru::link;
use basvuru::portal::version;

use crate::http::bodies::Bodies;
use crate::http::{landing, well_known};
use crate::journey::shared::Shared;
use crate::journey::{
    codes, devices, documents, institution, methods, orders, sign_in, signature, timestamping, unblocking, upload,
};
use crate::network::Network;
use crate::rate::Rate;
use crate::refusal::Refusal;

/// Every route: method, path, handler. Those below `/v1` are the protocol's; the others are for people without the app, and
/// for the systems their telephones run.
pub(crate) fn table() -> Vec<(Method, &'static str, MethodRouter<Arc<Shared>>)> {
    vec![
        (Method::GET, "/v1/portal", get(orders::portal_info)),
        (Method::POST, "/v1/captchas", post(sign_in::new_captcha)),
        (
            Method::GET,
            "/v1/captchas/{captcha}/sound",
            get(sign_in::spoken_captcha),
        ),
        (Method::POST, "/v1/sessions", post(sign_in::sign_in)),
        (Method::DELETE, "/v1/sessions", delete(devices::sign_out)),
        (Method::GET, "/v1/devices", get(devices::list)),
        (Method::DELETE, "/v1/devices/{device}", delete(devices::remove)),
        (Method::GET, "/v1/orders", get(orders::list)),
        (Method::GET, "/v1/orders/{order}", get(orders::order)),
        (Method::GET, "/v1/orders/{order}/form", get(orders::form)),
        (Method::POST, "/v1/orders/{order}/approval", post(orders::approve)),
        (Method::POST, "/v1/orders/{order}/codes", post(codes::send)),
        (Method::POST, "/v1/orders/{order}/confirmation", post(codes::confirm)),
        (
            Method::POST,
            "/v1/orders/{order}/confirmation/institution",
            post(institution::ask),
        ),
        (Method::GET, "/v1/orders/{order}/methods", get(methods::list)),
        (Method::POST, "/v1/orders/{order}/method", post(methods::choose)),
        (Method::GET, "/v1/orders/{order}/documents", get(documents::read)),
        (Method::POST, "/v1/orders/{order}/timestamp", post(timestamping::answer)),
        (Method::POST, "/v1/orders/{order}/signature", post(signature::submit)),
        (Method::GET, "/v1/orders/{order}/signature", get(upload::read)),
        (Method::GET, "/v1/orders/{order}/receipt", get(signature::receipt)),
        (Method::POST, "/v1/orders/{order}/unblocking", post(unblocking::begin)),
        (
            Method::POST,
            "/v1/orders/{order}/unblocking/confirmation",
            post(unblocking::confirm),
        ),
        (Method::GET, link::PATH, get(landing::page)),
        (
            Method::GET,
            "/.well-known/assetlinks.json",
            get(well_known::asset_links),
        ),
        (
            Method::GET,
            "/.well-known/apple-app-site-association",
            get(well_known::app_site_association),
        ),
    ]
}

/// The paths whose requests cost much and are asked for by anybody. Signing in is not among them: it was paid for with a
/// picture code, or is one of a known device.
const PICTURE_CODE_PATHS: [&str; 2] = ["/v1/captchas", "/v1/captchas/{captcha}/sound"];

/// The router with everything around the handlers.
pub(crate) fn router(portal: Arc<Shared>) -> Router {
    let door = Door {
        picture_codes: Arc::new(Rate::new(portal.settings.limits.picture_codes_a_minute)),
        portal: Arc::clone(&portal),
    };
    let mut paths: BTreeMap<&str, (Vec<Method>, MethodRouter<Arc<Shared>>)> = BTreeMap::new();
    for (method, path, handler) in table() {
        let (methods, together) = paths.entry(path).or_default();
        methods.push(method);
        *together = std::mem::take(together).merge(handler);
    }
    let mut router = Router::new();
    for (path, (methods, handler)) in paths {
        let allowed = |method: &Method| match *method {
            Method::GET => "GET, HEAD".to_owned(),
            _ => method.to_string(),
        };
        let allow: Vec<String> = methods.iter().map(allowed).collect();
        let allow = HeaderValue::from_str(&allow.join(", ")).expect("methods are tokens");
        let handler = handler.fallback(move || {
            let allow = allow.clone();
            async move { Refusal::method_not_allowed(allow) }
        });
        router = router.route(path, handler);
    }
    router
        .fallback(|| async { Refusal::not_found() })
        // Handlers bound their bodies themselves, each to its own limit.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(door, around))
        .with_state(portal)
}

/// Who asks, and what counts of what they send.
#[derive(Clone)]
pub(crate) struct Asker {
    /// Where the request comes from.
    pub(crate) network: Network,
    /// What is held of bodies.
    pub(crate) bodies: Arc<Bodies>,
}

/// What is asked before a handler is.
#[derive(Clone)]
struct Door {
    portal: Arc<Shared>,
    picture_codes: Arc<Rate<Network>>,
}

/// Holds back who asks for too many picture codes, and turns refusals that axum makes itself into problems.
async fn around(State(Door { portal, picture_codes }): State<Door>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let asker = request.extensions().get::<Asker>().cloned();
    let is_picture_code = route
        .as_ref()
        .is_some_and(|route| PICTURE_CODE_PATHS.contains(&route.as_str()));
    if let (true, Some(Asker { network, .. })) = (is_picture_code, asker)
        && let Err(refusal) = picture_codes.take(network, portal.settings.clock.steady())
    {
        return refusal.into_response();
    }
    if let Some(oldest) = &portal.settings.oldest_version
        && request.headers().get(version::HEADER).is_some_and(|told| {
            // Who tells no version is no app: an operator with a browser, another authority's client.
            version::is_older(told.to_str().unwrap_or_default(), oldest)
        })
    {
        return Refusal::outdated(oldest).into_response();
    }
    let mut response = next.run(request).await;
    let plain_refusal = response.status().is_client_error() && !response.headers().contains_key("content-type")
        || response
            .headers()
            .get("content-type")
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if plain_refusal {
        response = Refusal::malformed("the path is not of the expected form").into_response();
    }
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}
