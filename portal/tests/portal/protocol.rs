//! What every answer has in common: problems for whatever is not of the protocol, limits, HTTP/2 and HTTP/1.1, TLS.

use std::time::Duration;

use basvuru::portal::{PortalInfo, ProblemKind};
use basvuru_portal::{AndroidApp, AppleApp, Apps, Notice};
use reqwest::header::HeaderValue;
use reqwest::{Method, Version};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::harness::{IDENTITY, Town, client, fresh_key, tls_config};

#[tokio::test(flavor = "multi_thread")]
async fn paths_and_methods_that_do_not_exist_answer_problems() {
    let town = Town::start().await;
    for path in ["/", "/v1", "/v1/nothing", "/v1/orders/a/b/c/d", "/v2/portal"] {
        let problem = town.get(path, "").await.refused_as(ProblemKind::Unknown);
        assert_eq!((problem.status, problem.title.as_str()), (404, "Not Found"));
    }
    for (method, path, allow) in [
        (Method::DELETE, "/v1/portal", "GET, HEAD"),
        (Method::GET, "/v1/sessions", "POST, DELETE"),
        (Method::PUT, "/v1/orders/x/approval", "POST"),
    ] {
        let answer = town.send(town.client.request(method, town.url(path))).await;
        assert_eq!(answer.refused_as(ProblemKind::Unknown).status, 405);
        assert_eq!(answer.headers["allow"], allow);
    }
    town.get("/v1/orders/%ff", "x")
        .await
        .refused_as(ProblemKind::MalformedRequest);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_body_is_refused_without_repeating_what_is_in_it() {
    let town = Town::start().await;
    for body in [
        r#"{"identity":"10000000146","access_password":["GEHEIM"]}"#,
        "GEHEIM",
        "",
        "[]",
        "{\"identity\":",
    ] {
        let request = town
            .client
            .post(town.url("/v1/sessions"))
            .header("idempotency-key", fresh_key());
        let request = request.header("content-type", "application/json").body(body.to_owned());
        let answer = town.send(request).await;
        answer.refused_as(ProblemKind::MalformedRequest);
        assert!(!String::from_utf8_lossy(&answer.body).contains("GEHEIM"));
    }
    let untyped = town
        .client
        .post(town.url("/v1/sessions"))
        .header("idempotency-key", fresh_key())
        .body("{}");
    town.send(untyped).await.refused_as(ProblemKind::MalformedRequest);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_is_refused() {
    let town = Town::start().await;
    let mut body = town.sign_in_body(IDENTITY, "x").await;
    body["access_password"] = json!("x".repeat(70_000));
    town.post("/v1/sessions", "", &body)
        .await
        .refused_as(ProblemKind::TooLarge);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_versions_of_http_are_spoken() {
    let town = Town::start().await;
    let answer = town.client.get(town.url("/v1/portal")).send().await.unwrap();
    assert_eq!(answer.version(), Version::HTTP_2);
    let older = town.older_client();
    let answer = older.get(town.url("/v1/portal")).send().await.unwrap();
    assert_eq!((answer.version(), answer.status().as_u16()), (Version::HTTP_11, 200));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_certificate_holds_for_its_names_alone_and_under_its_root_alone() {
    let town = Town::start().await;
    let port = town.running.address().port();
    let url = |host: &str| format!("https://{host}:{port}/v1/portal");
    for host in ["localhost", "127.0.0.1"] {
        assert_eq!(town.client.get(url(host)).send().await.unwrap().status(), 200);
    }
    let elsewhere = reqwest::Client::builder()
        .tls_backend_preconfigured(std::sync::Arc::unwrap_or_clone(tls_config(
            town.running.root_pem(),
            &[b"h2"],
        )))
        .resolve("other.example", town.running.address())
        .no_proxy()
        .build()
        .unwrap();
    assert!(elsewhere.get(url("other.example")).send().await.is_err());
    let stranger = Town::start().await;
    let untrusting = client(stranger.running.root_pem());
    assert!(untrusting.get(url("localhost")).send().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_request_is_not_waited_for() {
    let town = Town::start_with(|settings| settings.limits.reading = Duration::from_millis(200)).await;
    let mut half = town.connect(b"http/1.1").await;
    half.write_all(b"GET /v1/portal HTTP/1.1\r\nhost: loc").await.unwrap();
    let mut rest = Vec::new();
    let _ = half.read_to_end(&mut rest).await;
    let info: PortalInfo = town.get("/v1/portal", "").await.ok();
    assert_eq!(info.host, "localhost");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_arrive_is_not_waited_for() {
    let town = Town::start_with(|settings| settings.limits.reading = Duration::from_millis(200)).await;
    let mut stream = town.connect(b"http/1.1").await;
    let head = format!(
        "POST /v1/captchas HTTP/1.1\r\nhost: localhost\r\nidempotency-key: {}\r\ncontent-length: 50\r\n\r\n{{",
        fresh_key()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let length = stream.read(&mut answer).await.unwrap();
    assert!(String::from_utf8_lossy(&answer[..length]).starts_with("HTTP/1.1 400"));
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_ends_idle_connections_and_frees_the_address() {
    let town = Town::start().await;
    let _: PortalInfo = town.get("/v1/portal", "").await.ok();
    let address = town.running.address();
    town.running.stop().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    assert!(std::net::TcpListener::bind(address).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_is_told_routes_and_statuses_and_nothing_of_anybody() {
    let mut town = Town::start().await;
    let (order, token) = town.until_method().await;
    town.get(&format!("/v1/orders/{order}"), &token).await.ok::<Value>();
    town.notice(
        |notice| matches!(notice, Notice::Answered { route, status: 200, .. } if route == "/v1/orders/{order}"),
    )
    .await;
}

/// 32 octets in colons.
fn fingerprint(octet: &str) -> String {
    [octet; 32].join(":")
}

/// An app for each system.
fn apps() -> Apps {
    Apps {
        android: vec![AndroidApp {
            package: "tr.example.basvuru".to_owned(),
            certificates: vec![fingerprint("0a"), fingerprint("FF")],
            store: Some("https://store.example/?id=tr.example.basvuru&hl=tr".to_owned()),
        }],
        apple: vec![AppleApp {
            id: "ABCDE12345.tr.example.basvuru".to_owned(),
            store: None,
        }],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_of_an_invitation_leads_to_a_page_for_people_without_the_app() {
    let town = Town::start_with(|settings| settings.apps = apps()).await;
    let answer = town
        .get(
            "/apply?identity=passport&order=%3Cscript%3E&return=https%3A%2F%2Fevil.example",
            "",
        )
        .await;
    assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
    let page = String::from_utf8(answer.body).unwrap();
    assert!(page.contains("href=\"https://store.example/?id=tr.example.basvuru&amp;hl=tr\""));
    assert!(!page.contains("script") && !page.contains("evil.example"));
    assert_eq!(town.get("/apply", "").await.body, page.into_bytes());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_apps_of_the_portal_are_told_to_android_and_apple() {
    let town = Town::start_with(|settings| settings.apps = apps()).await;
    let links = town.get("/.well-known/assetlinks.json", "").await;
    assert_eq!(
        (links.status.as_u16(), &links.headers["content-type"]),
        (200, &HeaderValue::from_static("application/json"))
    );
    let links: Value = links.ok();
    assert_eq!(
        links,
        json!([{
            "relation": ["delegate_permission/common.handle_all_urls", "delegate_permission/common.get_login_creds"],
            "target": {
                "namespace": "android_app",
                "package_name": "tr.example.basvuru",
                "sha256_cert_fingerprints": [fingerprint("0A"), fingerprint("FF")],
            },
        }])
    );
    let association = town.get("/.well-known/apple-app-site-association", "").await;
    assert_eq!(
        (association.status.as_u16(), &association.headers["content-type"]),
        (200, &HeaderValue::from_static("application/json"))
    );
    assert_eq!(
        association.ok::<Value>(),
        json!({
            "applinks": {
                "details": [{ "appIDs": ["ABCDE12345.tr.example.basvuru"], "components": [{ "/": "/apply" }] }],
            },
            "webcredentials": { "apps": ["ABCDE12345.tr.example.basvuru"] },
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_core_that_is_too_old_is_told_so_and_whoever_tells_no_version_is_served() {
    let town = Town::start_with(|settings| settings.oldest_version = Some("2.1.0".to_owned())).await;
    let told = |version: &'static str| {
        let request = town
            .client
            .get(town.url("/v1/portal"))
            .header("basvuru-version", version);
        town.send(request)
    };
    for old in ["0.1.0", "2.0.9", "2.0-rc", "x", ""] {
        let problem = told(old).await.refused_as(ProblemKind::AppOutdated);
        assert_eq!(
            (problem.status, problem.oldest_version.as_deref()),
            (403, Some("2.1.0")),
            "{old}"
        );
    }
    for new in ["2.1.0", "2.1", "3.0.0", "10.0.0"] {
        let _: PortalInfo = told(new).await.ok();
    }
    let _: PortalInfo = town.get("/v1/portal", "").await.ok();
    // A refusal for being old costs nothing: the picture code that is asked for is not drawn.
    let request = town
        .request("/v1/captchas", "", &fresh_key(), &json!({}))
        .header("basvuru-version", "1.0.0");
    town.send(request).await.refused_as(ProblemKind::AppOutdated);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_has_an_id_that_is_given_back_and_told_the_operator() {
    let mut town = Town::start().await;
    let send = |id: Option<&'static str>| {
        let request = town.client.get(town.url("/v1/portal"));
        match id {
            Some(id) => request.header("x-request-id", id),
            None => request,
        }
    };
    let requests = [
        send(Some("0f1e2d3c4b5a69788796a5b4c3d2e1f0")),
        send(None),
        send(Some("a <b> c, d; e")),
        send(Some("short")),
    ];
    let mut ids = Vec::new();
    for request in requests {
        let answer = town.send(request).await;
        let id = answer.headers["x-request-id"].to_str().unwrap().to_owned();
        town.notice(|notice| matches!(notice, Notice::Answered { request, .. } if *request == id))
            .await;
        ids.push(id);
    }
    assert_eq!(ids[0], "0f1e2d3c4b5a69788796a5b4c3d2e1f0");
    for fresh in &ids[1..] {
        assert!(
            fresh.len() == 32 && fresh.bytes().all(|octet| octet.is_ascii_hexdigit()),
            "{fresh}"
        );
    }
    assert_ne!(ids[1], ids[2]);
    // A refusal has one as well, and so has what does not exist.
    let refused = town.get("/v1/nothing", "").await;
    assert_eq!(refused.headers["x-request-id"].len(), 32);
}
