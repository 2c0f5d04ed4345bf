//! What was received can be got out: lists, exports, the authority's own side over HTTPS, and the events that tell of the end
//! of applications.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use basvuru::digest::hexadecimal;
use basvuru::portal::{OrderPhase, Receipt};
use basvuru_portal::{
    Archive, ArchiveListener, Clock as _, CompletionEvent, CompletionListener, DeliveryError, Invitation, Notice,
    OrderFilter, Portal, PortalError, Proxies, Settings, invite,
};
use reqwest::{Client, Method, Response};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::harness::{IDENTITY, Town, good_values, holder_trust, invitation};
use crate::signing::{Waiting, applicants_certificate, signed};

/// A complete application, and its receipt.
async fn complete(adjust: impl Fn(&mut Settings) + Send + Sync + 'static) -> (Waiting, Receipt) {
    let waiting = Waiting::start_with(adjust).await;
    let container = signed(&waiting.documents, &applicants_certificate(), waiting.town.clock.now());
    let receipt: Receipt = waiting.submit(container).await.ok();
    (waiting, receipt)
}

async fn archive_of(town: &Town) -> Archive {
    let mut settings = Settings::new(town.data(), "127.0.0.1:0".parse().unwrap(), holder_trust());
    settings.clock = town.clock.clone();
    Archive::open(settings).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complete_order_is_exported_with_everything_beside_the_running_portal_and_without_it() {
    let (waiting, receipt) = complete(|_| {}).await;
    let town = waiting.town;
    let beside = archive_of(&town).await.export(&waiting.order, "officer").await.unwrap();
    let own = town.running.archive().export(&waiting.order, "officer").await.unwrap();
    assert_eq!(beside.container, own.container);
    let data = town.data();
    let (folder, clock) = (Arc::clone(&town.folder), town.clock.clone());
    town.running.stop().await;
    let mut settings = Settings::new(folder.path(), "127.0.0.1:0".parse().unwrap(), holder_trust());
    settings.clock = clock;
    let archive = Archive::open(settings).await.unwrap();
    let exported = archive.export(&waiting.order, "officer").await.unwrap();

    let container = exported.container.unwrap();
    assert_eq!(hexadecimal(&Sha256::digest(&container)), receipt.container_sha256);
    assert_eq!(exported.receipt.as_ref(), Some(&receipt));
    assert_eq!(exported.order.phase, OrderPhase::Complete);
    assert_eq!(exported.order.institution, "T.C. Örnek Bakanlığı");
    assert_eq!(exported.applicant.identity, IDENTITY);
    for (name, value) in good_values().into_iter().filter(|(name, _)| *name != "mobile") {
        assert_eq!(exported.form[name], value, "{name}");
    }
    let documents: Vec<_> = exported.documents.iter().map(|document| &document.content).collect();
    let shown: Vec<_> = waiting.documents.iter().map(|document| &document.content).collect();
    assert_eq!(documents, shown);
    let report = exported.report.unwrap();
    assert_eq!(report.verdict, "TOTAL-PASSED", "{}", report.text);
    assert_eq!(
        report.report["signatures"][0]["signer"]["serial"],
        receipt.certificate_serial.as_str()
    );
    for words in [
        "SONUÇ: İmza geçerli.",
        &receipt.number,
        &receipt.container_sha256,
        "basvuru-formu.pdf",
    ] {
        assert!(report.text.contains(words), "{words} in {}", report.text);
    }
    let history: Vec<_> = exported.history.iter().map(|entry| entry.event.as_str()).collect();
    let told = [
        "invited",
        "approved",
        "phone-confirmed",
        "method-chosen",
        "signed",
        "order-exported",
    ];
    assert!(told.iter().all(|event| history.contains(event)), "{history:?}");

    // Whose certificate signed is in no file of the folder.
    for entry in std::fs::read_dir(&data).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let octets = std::fs::read(&path).unwrap();
            let serial = receipt.certificate_serial.as_bytes();
            assert!(
                !octets.windows(serial.len()).any(|window| window == serial),
                "{}",
                path.display()
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_or_moved_is_told_and_not_exported() {
    let (waiting, _) = complete(|_| {}).await;
    let town = &waiting.town;
    let order = &waiting.order;
    let archive = archive_of(town).await;
    let connection = rusqlite::Connection::open(town.data().join("portal.db")).unwrap();
    let changes = [
        "UPDATE receipt SET sealed = receipt",
        "UPDATE receipt SET receipt = sealed",
        "UPDATE receipt SET sealed = substr(sealed, 1, length(sealed) - 1)",
        "UPDATE document SET sealed = description WHERE position = 1",
        "UPDATE person SET sealed = password_hash",
        "UPDATE application SET sealed = (SELECT sealed FROM person)",
    ];
    for change in changes {
        let kept = ["receipt", "document", "person", "application"];
        for table in kept {
            connection
                .execute_batch(&format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}"))
                .unwrap();
        }
        assert!(connection.execute(change, []).unwrap() > 0);
        let refused = archive.export(order, "officer").await.err().unwrap();
        assert!(matches!(refused, PortalError::Damaged(_)), "{change}: {refused}");
        connection.execute_batch("PRAGMA foreign_keys = off").unwrap();
        for table in kept {
            let back = format!("INSERT OR REPLACE INTO {table} SELECT * FROM kept_{table}; DROP TABLE kept_{table}");
            connection.execute_batch(&back).unwrap();
        }
        assert!(archive.export(order, "officer").await.is_ok(), "{change}");
    }
    // In a list it is named among the others.
    connection
        .execute("UPDATE application SET sealed = x'00' WHERE id = ?1", [order])
        .unwrap();
    let other = town.invite().await;
    let page = archive.orders(OrderFilter::default(), "officer").await.unwrap();
    assert_eq!(page.damaged, [order.as_str()]);
    assert_eq!(page.orders[0].order.id, other.order);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_finds_orders_by_phase_institution_and_day_a_page_at_a_time() {
    let (waiting, receipt) = complete(|_| {}).await;
    let town = &waiting.town;
    let begun = town.clock.now();
    let mut orders = vec![waiting.order.clone()];
    for institution in ["Kurum A", "KURUM  a", "Kurum B"] {
        town.clock.advance(Duration::from_secs(24 * 60 * 60));
        let invitation = Invitation {
            institution: institution.to_owned(),
            ..invitation()
        };
        orders.push(
            invite(&town.data(), invitation, town.clock.as_ref())
                .await
                .unwrap()
                .order,
        );
    }
    let archive = archive_of(town).await;
    let find = async |filter: OrderFilter| {
        let page = archive.orders(filter, "officer").await.unwrap();
        let found: Vec<_> = page.orders.iter().map(|summary| summary.order.id.clone()).collect();
        (found, page.next)
    };
    let newest_first: Vec<_> = orders.iter().rev().cloned().collect();
    assert_eq!(find(OrderFilter::default()).await, (newest_first.clone(), None));
    let complete = OrderFilter {
        phases: vec![OrderPhase::Complete, OrderPhase::Withdrawn],
        ..OrderFilter::default()
    };
    assert_eq!(find(complete).await.0, [orders[0].clone()]);
    let of_institution = OrderFilter {
        institution: Some(" kurum A".to_owned()),
        ..OrderFilter::default()
    };
    assert_eq!(find(of_institution).await.0, newest_first[1..3]);
    let days = OrderFilter {
        made_since: Some(begun + Duration::from_secs(24 * 60 * 60)),
        made_until: Some(begun + Duration::from_secs(2 * 24 * 60 * 60)),
        ..OrderFilter::default()
    };
    assert_eq!(find(days).await.0, [orders[1].clone()]);
    for (since, expected) in [(Duration::ZERO, 1), (Duration::from_secs(60), 0)] {
        let completed = OrderFilter {
            completed_since: Some(begun + since),
            ..OrderFilter::default()
        };
        assert_eq!(find(completed).await.0.len(), expected);
    }
    let mut page = OrderFilter {
        at_most: Some(3),
        ..OrderFilter::default()
    };
    let (first, next) = find(page.clone()).await;
    assert_eq!(
        (first.as_slice(), next.as_ref()),
        (&newest_first[..3], newest_first.get(2))
    );
    page.after = next;
    assert_eq!(find(page.clone()).await, (newest_first[3..].to_vec(), None));
    page.after = Some("2026-NOSUCH".to_owned());
    let refused = archive.orders(page, "officer").await.err().unwrap();
    assert!(matches!(refused, PortalError::NoSuchOrder));
    let listed = archive.orders(OrderFilter::default(), "officer").await.unwrap();
    let summary = listed.orders.last().unwrap();
    assert_eq!(summary.receipt.as_ref(), Some(&receipt.number));
    assert_eq!(summary.family_name, "Çalışkanoğlu");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_read_is_in_the_audit_trail_with_who_it_was() {
    let (waiting, _) = complete(|_| {}).await;
    let archive = archive_of(&waiting.town).await;
    archive.orders(OrderFilter::default(), "Ayşe, uid 1000").await.unwrap();
    archive.export(&waiting.order, "Bora").await.unwrap();
    archive.waiting_events("Cem").await.unwrap();
    archive.audit_trail(None, 10, "Derya").await.unwrap();
    let trail = archive.audit_trail(None, 10, "Ece").await.unwrap();
    assert_eq!(trail.first_broken, None);
    let read: Vec<_> = trail.entries[trail.entries.len() - 4..]
        .iter()
        .map(|entry| (entry.event.as_str(), entry.outcome.as_str(), entry.order.as_deref()))
        .collect();
    let order = Some(waiting.order.as_str());
    assert_eq!(
        read,
        [
            ("orders-listed", "Ayşe, uid 1000", None),
            ("order-exported", "Bora", order),
            ("events-read", "Cem", None),
            ("audit-read", "Derya", None)
        ]
    );
    for name in ["", " ", "a\nb", &"x".repeat(65)] {
        let refused = archive.export(&waiting.order, name).await.err().unwrap();
        assert!(matches!(refused, PortalError::ReaderName), "{name}");
    }
    let of_order = archive.audit_trail(order, u32::MAX, "Ece").await.unwrap();
    assert!(of_order.entries.iter().all(|entry| entry.order.as_deref() == order));
    assert_eq!(of_order.entries[0].event, "invited");
}

/// The authority's side of a portal.
struct Side<'a> {
    client: &'a Client,
    url: String,
    token: String,
}

impl Side<'_> {
    async fn send(&self, method: Method, path: &str) -> Response {
        let request = self.client.request(method, format!("{}/v1/archive/{path}", self.url));
        request.bearer_auth(&self.token).send().await.unwrap()
    }

    async fn get(&self, path: &str) -> Response {
        self.send(Method::GET, path).await
    }

    async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }
}

fn archive_listener(settings: &mut Settings) {
    settings.archive = Some(ArchiveListener {
        listen: "127.0.0.1:0".parse().unwrap(),
        beyond_loopback: false,
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_reads_over_https_with_its_token_alone() {
    let (waiting, receipt) = complete(archive_listener).await;
    let town = &waiting.town;
    let archive = archive_of(town).await;
    let first = archive.permit("register").await.unwrap();
    let token = archive.permit("register").await.unwrap();
    let port = town.running.archive_address().unwrap().port();
    let mut side = Side {
        client: &town.client,
        url: format!("https://localhost:{port}"),
        token: token.expose().to_owned(),
    };
    let order = &waiting.order;
    let page = side.json("orders?phase=complete").await;
    assert_eq!(page["orders"][0]["id"], order.as_str());
    let exported = side.json(&format!("orders/{order}")).await;
    assert_eq!(exported["receipt"]["number"], receipt.number.as_str());
    assert_eq!(exported["report"]["verdict"], "TOTAL-PASSED");
    assert_eq!(exported["form"]["birth_place"], "Iğdır");
    let container = side.get(&format!("orders/{order}/container")).await;
    assert_eq!(container.headers()["content-type"], "application/vnd.etsi.asic-e+zip");
    assert_eq!(container.headers()["cache-control"], "no-store");
    let octets = container.bytes().await.unwrap();
    assert_eq!(hexadecimal(&Sha256::digest(&octets)), receipt.container_sha256);
    let document = side.get(&format!("orders/{order}/documents/taahhutname")).await;
    assert_eq!(document.bytes().await.unwrap(), waiting.documents[1].content);

    let events = side.json("events").await;
    assert_eq!(events["events"][0]["order"], order.as_str());
    let path = format!("events/{}/acknowledgement", events["events"][0]["id"].as_str().unwrap());
    for _ in 0..2 {
        assert_eq!(side.send(Method::POST, &path).await.status(), 204);
    }
    let events = side.json("events").await;
    assert_eq!(events["events"], serde_json::json!([]));

    for (path, status) in [
        ("orders?phase=done", 400),
        ("orders/2026-NOSUCH", 404),
        (&format!("orders/{order}/documents/other"), 404),
        ("events/E-1/acknowledgement", 405),
        ("elsewhere", 404),
    ] {
        let answer = side.get(path).await;
        assert_eq!(answer.status(), status, "{path}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
    assert_eq!(
        side.send(Method::POST, "events/E-1/acknowledgement").await.status(),
        404
    );
    let read = town.audit(order);
    assert!(
        read.contains(&("order-exported".to_owned(), "register".to_owned())),
        "{read:?}"
    );

    // The token before, an applicant's, one of another alphabet, none; and the good one once it is forbidden.
    let good = side.token.clone();
    for token in [first.expose(), &waiting.token, "ş", ""] {
        side.token = token.to_owned();
        assert_eq!(side.get("orders").await.status(), 401);
        assert_eq!(side.get("elsewhere").await.status(), 401);
    }
    side.token.clone_from(&good);
    assert!(side.get("orders").await.status().is_success());
    archive.forbid("register").await.unwrap();
    assert_eq!(side.get("orders").await.status(), 401);
    assert!(matches!(
        archive.forbid("register").await,
        Err(PortalError::NoSuchClient)
    ));
    // The applicants' side knows none of it, and the token is in no file.
    let path = town.url("/v1/archive/orders");
    let elsewhere = town.client.get(path).bearer_auth(&good).send().await.unwrap();
    assert_eq!(elsewhere.status(), 404);
    for name in ["portal.db", "portal.db-wal"] {
        let octets = std::fs::read(town.data().join(name)).unwrap();
        assert!(
            !octets.windows(good.len()).any(|window| window == good.as_bytes()),
            "{name}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_authoritys_side_is_off_by_default_and_stays_on_the_machine() {
    let town = Town::start().await;
    assert_eq!(town.running.archive_address(), None);
    let folder = tempfile::tempdir().unwrap();
    let mut settings = Settings::new(folder.path(), "127.0.0.1:0".parse().unwrap(), holder_trust());
    settings.archive = Some(ArchiveListener {
        listen: "0.0.0.0:0".parse().unwrap(),
        beyond_loopback: false,
    });
    let refused = Portal::start(settings.clone()).await.err().unwrap();
    assert!(matches!(refused, PortalError::ArchiveBeyondLoopback(_)), "{refused}");
    settings.archive.as_mut().unwrap().beyond_loopback = true;
    let running = Portal::start(settings).await.unwrap();
    assert!(running.archive_address().is_some());
    running.stop().await;
    let nowhere = tempfile::tempdir().unwrap();
    let settings = Settings::new(nowhere.path(), "127.0.0.1:0".parse().unwrap(), holder_trust());
    assert!(matches!(
        Archive::open(settings).await,
        Err(PortalError::NoDataFolder(_))
    ));
    assert_eq!(std::fs::read_dir(nowhere.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_come_by_themselves_also_where_applicants_come_through_proxies() {
    let town = Town::start_with(|settings| {
        archive_listener(settings);
        settings.proxies = Proxies {
            networks: vec!["127.0.0.0/8".parse().unwrap()],
            proxy_protocol: true,
        };
    })
    .await;
    let port = town.running.archive_address().unwrap().port();
    let url = format!("https://localhost:{port}/v1/archive/orders");
    let answer = town.client.get(url).send().await.unwrap();
    assert_eq!(answer.status(), 401);
}

/// Takes events from the third attempt on.
#[derive(Default)]
struct Late(Mutex<Vec<CompletionEvent>>);

#[async_trait]
impl CompletionListener for Late {
    async fn completed(&self, event: &CompletionEvent) -> Result<(), DeliveryError> {
        let mut told = self.0.lock().unwrap();
        told.push(event.clone());
        match told.len() {
            1 | 2 => Err(DeliveryError("not now".to_owned())),
            _ => Ok(()),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_an_application_is_told_until_it_is_acknowledged_also_after_a_restart() {
    let listener = Arc::new(Late::default());
    let listens = listener.clone();
    let (mut waiting, _) = complete(move |settings| settings.completions = Some(listens.clone())).await;
    let untold = |wanted: u32| move |notice: &Notice| matches!(notice, Notice::EventUntold { attempts, .. } if *attempts == wanted);
    waiting.town.notice(untold(1)).await;
    // Nothing is told again before its time.
    let mut town = waiting.town.restart().await;
    town.clock.advance(Duration::from_secs(2));
    town.notice(untold(2)).await;
    town.clock.advance(Duration::from_secs(4));
    let archive = archive_of(&town).await;
    while !archive.waiting_events("test").await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    let told = listener.0.lock().unwrap().clone();
    assert_eq!(told.len(), 3);
    assert!(
        told.iter()
            .all(|event| *event == told[0] && event.order == waiting.order)
    );
    let exported = archive.export(&waiting.order, "test").await.unwrap();
    let completion = exported.completion.unwrap();
    assert_eq!(completion.id, told[0].id);
    assert!(completion.acknowledged_at.is_some());
    let audit = town.audit(&waiting.order);
    assert!(
        audit.contains(&("event-acknowledged".to_owned(), "listener".to_owned())),
        "{audit:?}"
    );
}
