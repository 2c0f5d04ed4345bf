//! The portal's doors: nobody keeps others out, nothing costs before it is known who asks, and what nobody takes is not held.

use std::net::SocketAddr;
use std::time::Duration;

use basvuru::portal::{ASICE_MEDIA_TYPE, PortalInfo, ProblemKind};
use basvuru_portal::Notice;
use reqwest::StatusCode;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::harness::{Town, client_at, fresh_key};
use crate::http2::{Frame, Http2};
use crate::signing::Waiting;

/// What would be waited for without end, where only this ended it.
const AN_HOUR: Duration = Duration::from_secs(60 * 60);

/// An address.
fn text(address: [u8; 4]) -> String {
    std::net::Ipv4Addr::from(address).to_string()
}

/// Everything a connection still sends, until it ends.
async fn rest(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> String {
    let mut rest = Vec::new();
    // A connection that is cut has no proper end.
    let _ = stream.read_to_end(&mut rest).await;
    String::from_utf8_lossy(&rest).into_owned()
}

/// The head of the next answer.
async fn head(stream: &mut TlsStream<TcpStream>) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// The status of an answer's head.
fn status(head: &str) -> u16 {
    head.split(' ').nth(1).unwrap().parse().unwrap()
}

/// A portal with few places.
async fn small() -> Town {
    Town::start_with(|settings| {
        settings.limits.connections = 8;
        settings.limits.connections_of_network = 6;
    })
    .await
}

async fn is_served(town: &Town, from: [u8; 4]) {
    let client = client_at(&text(from), town.running.root_pem());
    let answer = client.get(town.url("/v1/portal")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_connections_of_one_address_keep_nobody_out() {
    let town = small().await;
    let mut held = Vec::new();
    for _ in 0..32 {
        held.push(town.connect(b"http/1.1").await);
    }
    is_served(&town, [127, 0, 0, 77]).await;
    // Nor those who share the address.
    is_served(&town, [127, 0, 0, 1]).await;
    // The oldest had to leave for them.
    assert_eq!(rest(&mut held[0]).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_of_one_address_that_begin_and_go_no_further_keep_nobody_out() {
    let town = small().await;
    let mut over_http2 = Vec::new();
    for _ in 0..32 {
        over_http2.push(Http2::connect(&town, 65_535).await);
    }
    is_served(&town, [127, 0, 0, 77]).await;
    let mut half_open = Vec::new();
    for _ in 0..32 {
        let mut stream = TcpStream::connect(town.running.address()).await.unwrap();
        // The beginning of a ClientHello.
        stream.write_all(&[0x16, 3, 1, 2, 0, 1, 0]).await.unwrap();
        half_open.push(stream);
    }
    is_served(&town, [127, 0, 0, 77]).await;
    is_served(&town, [127, 0, 0, 1]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_addresses_with_a_share_each_keep_nobody_out() {
    let town = small().await;
    let mut held = Vec::new();
    for from in 1..=4 {
        for _ in 0..4 {
            held.push(town.connect_from([127, 0, 1, from], b"http/1.1").await);
        }
    }
    is_served(&town, [127, 0, 0, 77]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_nothing_is_not_waited_for() {
    let town = Town::start_with(|settings| {
        settings.limits.handshake = Duration::from_millis(300);
        settings.limits.idle_connection = AN_HOUR;
    })
    .await;
    let mut silent = TcpStream::connect(town.running.address()).await.unwrap();
    let mut half = TcpStream::connect(town.running.address()).await.unwrap();
    half.write_all(&[0x16, 3, 1]).await.unwrap();
    let mut open = town.connect(b"http/1.1").await;
    let mut preface = Http2::connect(&town, 65_535).await;
    // PING is no request.
    let mut pinging = Http2::connect(&town, 65_535).await;
    for stream in [&mut silent, &mut half] {
        assert_eq!(rest(stream).await, "");
    }
    assert_eq!(rest(&mut open).await, "");
    preface.until_closed().await;
    while pinging.ping().await.is_ok() {}
}

/// The head of a POST whose body, as long as told, is not sent.
fn post(path: &str, headers: &str, length: usize) -> String {
    format!("POST {path} HTTP/1.1\r\nhost: localhost\r\n{headers}content-length: {length}\r\n\r\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_not_read_before_its_head_was_looked_at() {
    let waiting = Waiting::start_with(|settings| settings.limits.reading = AN_HOUR).await;
    let town = &waiting.town;
    let path = format!("/v1/orders/{}/signature", waiting.order);
    let key = format!("idempotency-key: {}\r\n", fresh_key());
    let token = format!("authorization: Bearer {}\r\n", waiting.token);
    let kind = format!("content-type: {ASICE_MEDIA_TYPE}\r\n");
    let length = 16 * 1024 * 1024;
    for (headers, length, expected) in [
        (format!("{key}authorization: Bearer made-up\r\n{kind}"), length, 401),
        (format!("{key}{kind}"), length, 401),
        (format!("{token}{kind}"), length, 400),
        (format!("{key}{token}"), length, 400),
        (format!("{key}{token}content-type: application/json\r\n"), length, 400),
        (format!("{key}{token}{kind}"), length + 1, 413),
    ] {
        let mut stream = town.connect(b"http/1.1").await;
        stream
            .write_all(post(&path, &headers, length).as_bytes())
            .await
            .unwrap();
        assert_eq!(status(&head(&mut stream).await), expected, "{headers}");
    }
    // Of who need not have signed in no more is read than a sign-in takes.
    for path in ["/v1/captchas", "/v1/sessions"] {
        let mut stream = town.connect(b"http/1.1").await;
        let headers = format!("{key}content-type: application/json\r\n");
        stream
            .write_all(post(path, &headers, 9 * 1024).as_bytes())
            .await
            .unwrap();
        assert_eq!(status(&head(&mut stream).await), 413, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sends_everything_before_looking_for_the_answer_finds_it() {
    let waiting = Waiting::start().await;
    let town = &waiting.town;
    let path = format!("/v1/orders/{}/signature", waiting.order);
    let older = town.older_client();
    for client in [&town.client, &older] {
        for (token, length, kind) in [
            ("made-up", 12 << 20, ProblemKind::SessionOver),
            (&waiting.token, 17 << 20, ProblemKind::TooLarge),
        ] {
            let request = client.post(town.url(&path)).bearer_auth(token);
            let request = request
                .header("idempotency-key", fresh_key())
                .header("content-type", ASICE_MEDIA_TYPE)
                .body(vec![0; length]);
            town.send(request).await.refused_as(kind);
        }
    }
    let key = fresh_key();
    let mut stream = town.connect(b"http/1.1").await;
    let headers =
        format!("idempotency-key: {key}\r\nauthorization: Bearer made-up\r\ncontent-type: {ASICE_MEDIA_TYPE}\r\n");
    stream
        .write_all(post(&path, &headers, 12 << 20).as_bytes())
        .await
        .unwrap();
    stream.write_all(&vec![0; 12 << 20]).await.unwrap();
    assert_eq!(status(&head(&mut stream).await), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_of_one_person_are_few_at_a_time_and_others_are_not_kept_waiting() {
    let waiting = Waiting::start().await;
    let town = &waiting.town;
    let path = format!("/v1/orders/{}/signature", waiting.order);
    let mut sending = Vec::new();
    let begin = async || {
        let mut stream = town.connect(b"http/1.1").await;
        let headers = format!(
            "idempotency-key: {}\r\nauthorization: Bearer {}\r\ncontent-type: {ASICE_MEDIA_TYPE}\r\nexpect: \
             100-continue\r\n",
            fresh_key(),
            waiting.token
        );
        stream.write_all(post(&path, &headers, 1000).as_bytes()).await.unwrap();
        let status = status(&head(&mut stream).await);
        (stream, status)
    };
    for _ in 0..16 {
        let (stream, status) = begin().await;
        assert_eq!(status, 100);
        sending.push(stream);
    }
    let (_, refused) = begin().await;
    assert_eq!(refused, 503);
    // Whoever has not signed in is nobody's person.
    let _: serde_json::Value = town.post("/v1/captchas", "", &json!({})).await.ok();
    let mut first = sending.remove(0);
    first.write_all(&[0; 1000]).await.unwrap();
    assert_eq!(status(&head(&mut first).await), 422);
    assert_eq!(begin().await.1, 100);
}

/// How many requests have been answered.
fn answered(town: &Town) -> usize {
    let told = town.notices_so_far();
    told.iter()
        .filter(|notice| matches!(notice, Notice::Answered { .. }))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_nobody_takes_are_few_and_the_others_wait_their_turn() {
    let town = Town::start().await;
    let before = answered(&town);
    let mut greedy = Http2::connect(&town, 0).await;
    let streams: Vec<u32> = (0..32).map(|number| number * 2 + 1).collect();
    for stream in &streams {
        greedy.get(*stream, "/v1/portal").await;
    }
    // What was sent before the PING has come.
    for _ in greedy.ping().await.unwrap()..8 {
        greedy.answer_begins().await;
    }
    assert_eq!(greedy.ping().await.unwrap(), 0);
    let _: PortalInfo = town.get("/v1/portal", "").await.ok();
    assert_eq!(answered(&town) - before, 9);
    // Taken in whatever order they were given, all of them come.
    for stream in &streams {
        greedy.give_window(*stream, 65_535).await;
    }
    let mut ended = 0;
    while ended < 32 {
        if greedy.frame().await.unwrap().ends_stream() {
            ended += 1;
        }
    }
    assert_eq!(answered(&town) - before, 33);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_resets_request_after_request_is_cut() {
    let mut town = Town::start_with(|settings| settings.limits.idle_connection = AN_HOUR).await;
    let mut resetting = Http2::connect(&town, 0).await;
    // Some before they are answered, some before the answer was taken.
    for number in 0..1000 {
        let stream = number * 2 + 1;
        if resetting.try_get(stream, "/v1/portal").await.is_err() || resetting.reset(stream).await.is_err() {
            break;
        }
    }
    resetting.until_closed().await;
    town.notice(|notice| matches!(notice, Notice::Answered { .. })).await;
    assert!(answered(&town) < 1000);
    let _: PortalInfo = town.get("/v1/portal", "").await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sends_settings_and_pings_without_end_is_cut() {
    let town = Town::start_with(|settings| settings.limits.idle_connection = AN_HOUR).await;
    for kind in [Frame::SETTINGS, Frame::PING] {
        let mut talking = Http2::connect(&town, 65_535).await;
        talking.get(1, "/v1/portal").await;
        let payload = if kind == Frame::PING { 8 } else { 0 };
        let frames = Frame::of(kind, 0, 0, &vec![0; payload]).repeat(1000);
        let (mut heard, mut said) = (0, 0);
        while talking.send(&frames).await.is_ok() {
            said += frames.len();
            assert!(said < 16 << 20, "{heard} frames came back");
            heard += talking.frames_there().await;
        }
        talking.until_closed().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_institution_behind_one_address_is_not_refused() {
    let town = Town::start_with(|settings| settings.limits = basvuru_portal::Limits::default()).await;
    // Two hundred people: two picture codes and two sign-ins each, and ten requests.
    for _ in 0..200 {
        let body = json!({
            "identity_kind": "national-id", "identity": "10000000146", "access_password": "x",
            "captcha": { "id": "none", "text": "x" },
        });
        let answer = town.post("/v1/sessions", "", &body).await;
        answer.refused_as(ProblemKind::CaptchaExpired);
        let answer = town.post("/v1/sessions", "", &body).await;
        answer.refused_as(ProblemKind::CaptchaExpired);
        for _ in 0..5 {
            let _: PortalInfo = town.get("/v1/portal", "").await.ok();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_asks_too_often_waits_wherever_they_ask_from() {
    let town = Town::start_with(|settings| settings.limits.requests_of_person_a_minute = 20).await;
    let invited = town.invite().await;
    let token = town.sign_in(&invited).await;
    for from in 1..=10 {
        let client = client_at(&text([127, 0, 0, from]), town.running.root_pem());
        let request = client.get(town.url("/v1/orders")).bearer_auth(&token);
        assert_eq!(town.send(request).await.status, 200);
    }
    let problem = town
        .get("/v1/orders", &token)
        .await
        .refused_as(ProblemKind::RateLimited);
    let post = town
        .post(&format!("/v1/orders/{}/codes", invited.order), &token, &json!({}))
        .await;
    post.refused_as(ProblemKind::RateLimited);
    town.clock
        .advance(Duration::from_secs(problem.retry_after.unwrap().into()));
    assert_eq!(town.get("/v1/orders", &token).await.status, 200);
}

/// A portal behind proxies on 127.0.1.0/24, which everybody may ask twice.
async fn behind_proxies(proxy_protocol: bool) -> Town {
    Town::start_with(move |settings| {
        settings.proxies.networks = vec!["127.0.1.0/24".parse().unwrap()];
        settings.proxies.proxy_protocol = proxy_protocol;
        settings.limits.requests_a_minute = 4;
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_proxy_the_address_counts_that_it_tells_and_nobody_elses_word_does() {
    let town = behind_proxies(false).await;
    let ask = async |from: [u8; 4], header: &'static str, value: &str| {
        let client = client_at(&text(from), town.running.root_pem());
        let request = client.get(town.url("/v1/portal")).header(header, value);
        town.send(request).await.status.as_u16()
    };
    for proxy in [[127, 0, 1, 1], [127, 0, 1, 2]] {
        assert_eq!(ask(proxy, "x-forwarded-for", "198.51.100.1, 203.0.113.9").await, 200);
    }
    assert_eq!(
        ask([127, 0, 1, 3], "forwarded", "for=203.0.113.9;proto=https").await,
        429
    );
    assert_eq!(ask([127, 0, 1, 3], "x-forwarded-for", "203.0.113.10").await, 200);
    assert_eq!(ask([127, 0, 1, 3], "forwarded", "for=\"[2001:db8:1:2::3]\"").await, 200);
    assert_eq!(ask([127, 0, 1, 3], "forwarded", "for=\"[2001:db8:1:2::4]\"").await, 200);
    assert_eq!(ask([127, 0, 1, 3], "forwarded", "for=\"[2001:db8:1:2::5]\"").await, 429);
    assert_eq!(ask([127, 0, 1, 3], "forwarded", "for=\"[2001:db8:1:3::5]\"").await, 200);
    // Who is no proxy counts for itself, whatever it says.
    let client = client_at("127.0.2.1", town.running.root_pem());
    for (told, expected) in [("203.0.113.11", 200), ("203.0.113.12", 200), ("203.0.113.13", 429)] {
        let request = client.get(town.url("/v1/portal"));
        assert_eq!(
            town.send(request.header("x-forwarded-for", told)).await.status,
            expected
        );
    }
}

/// A header of the PROXY protocol for an IPv4 address.
fn told(source: [u8; 4]) -> Vec<u8> {
    let mut header = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c".to_vec();
    header.extend(source);
    header.extend([127, 0, 0, 1, 0x10, 0, 1, 0xbb]);
    header
}

/// What a portal answers to a connection that begins with these octets; nothing where it is closed.
async fn first_answer(town: &Town, from: [u8; 4], before: &[u8]) -> Option<u16> {
    let mut socket = town.socket_from(from).await;
    socket.write_all(before).await.unwrap();
    let mut stream = town.secure(socket, b"http/1.1").await.ok()?;
    let request = b"GET /v1/portal HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await.ok()?;
    let answer = rest(&mut stream).await;
    (!answer.is_empty()).then(|| status(&answer))
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_proxy_that_speaks_the_proxy_protocol_its_word_counts_and_is_required() {
    let town = behind_proxies(true).await;
    let proxy = [127, 0, 1, 1];
    for _ in 0..2 {
        assert_eq!(first_answer(&town, proxy, &told([203, 0, 113, 9])).await, Some(200));
    }
    assert_eq!(first_answer(&town, proxy, &told([203, 0, 113, 9])).await, Some(429));
    assert_eq!(first_answer(&town, proxy, &told([203, 0, 113, 10])).await, Some(200));
    // Without it a proxy's connection is closed, and one that is no proxy's is with it.
    assert_eq!(first_answer(&town, proxy, b"").await, None);
    assert_eq!(
        first_answer(&town, proxy, b"PROXY TCP4 203.0.113.11 127.0.0.1 4096 443\r\n").await,
        None
    );
    assert_eq!(
        first_answer(&town, [127, 0, 2, 1], &told([203, 0, 113, 12])).await,
        None
    );
    assert_eq!(first_answer(&town, [127, 0, 2, 2], b"").await, Some(200));
    // LOCAL: the proxy itself looks whether the portal is there.
    assert_eq!(
        first_answer(&town, proxy, b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0").await,
        Some(200)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_for_one_host_and_for_this_one() {
    let town = Town::start_with(|settings| settings.host = "basvuru.example".to_owned()).await;
    for (headers, expected) in [
        ("host: localhost\r\n", 200),
        ("host: BASVURU.example:443\r\n", 200),
        ("host: other.example\r\n", 421),
        ("host: localhost\r\nhost: localhost\r\n", 400),
        ("host: localhost\r\nhost: other.example\r\n", 400),
        ("", 400),
    ] {
        let mut stream = town.connect(b"http/1.1").await;
        let request = format!("GET /v1/portal HTTP/1.1\r\n{headers}connection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let answer = rest(&mut stream).await;
        assert_eq!(status(&answer), expected, "{headers}");
        assert!(answer.contains("strict-transport-security: max-age=31536000\r\n"));
    }
    let request = town.client.get(town.url("/v1/portal"));
    let answer = town.send(request.header("host", "other.example")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let client = client_at("127.0.0.1", town.running.root_pem());
    let address = SocketAddr::from(([127, 0, 0, 1], town.running.address().port()));
    assert_eq!(
        client
            .get(format!("https://{address}/v1/portal"))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_sign_ins_of_one_network_are_written_down_in_part_and_counted_whole() {
    let town = Town::start().await;
    let outcomes = || -> Vec<String> {
        let connection = rusqlite::Connection::open(town.data().join("portal.db")).unwrap();
        let statement = "SELECT outcome FROM audit WHERE event = 'sign-in-refused' ORDER BY id";
        let mut statement = connection.prepare(statement).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let refuse = async |number: u32| {
        let answer = town.try_sign_in(&format!("1000000{number:04}"), "wrong").await;
        answer.refused_as(ProblemKind::CredentialsWrong);
    };
    for number in 0..10 {
        refuse(number).await;
    }
    assert_eq!(outcomes(), ["credentials-wrong"; 3]);
    town.clock.advance(Duration::from_secs(60));
    refuse(10).await;
    assert_eq!(outcomes()[3], "credentials-wrong, after 7 more");
    assert_eq!(
        basvuru_portal::first_broken_audit_entry(&town.data()).await.unwrap(),
        None
    );
}
