use std::pin::pin;

use axum::body::Bytes;
use axum::extract::{Path as InPath, State};
use axum::http::HeaderMap;
use basvuru::portal::{ASICE_MEDIA_TYPE, IdentityKind, OrderPhase, ProblemKind, Product};
use basvuru_test_pki::Authority;
use serde_json::json;

use super::*;
use crate::clock::SystemClock;
use crate::journey::exchange::{Bearer, Key, OrderPath, Posted, PostedContainer, Reply};
use crate::journey::invitation::{Invitation, invite};
use crate::journey::upload::{self, Sending};
use crate::journey::{orders, signature};
use crate::network::Network;
use crate::records::session::{self, Token};
use crate::records::{self, applicant, password};
use crate::refusal::Refusal;

/// A person with an order, and a session.
struct Applicant {
    order: String,
    bearer: Bearer,
}

async fn started(data: &Path) -> Running {
    let trust = Authority::new().unwrap().chain_pem().unwrap().into_bytes();
    let listen = SocketAddr::from((std::net::Ipv4Addr::LOCALHOST, 0));
    Portal::start(Settings::new(data, listen, trust)).await.unwrap()
}

impl Applicant {
    async fn invited(running: &Running, identity: &str) -> Self {
        let portal = &running.shared;
        let invitation = Invitation {
            identity_kind: IdentityKind::NationalId,
            identity: identity.to_owned(),
            phone: "0532 123 45 67".to_owned(),
            email: "ayse@example.com".to_owned(),
            given_name: "Ayşe Gül".to_owned(),
            family_name: "Çalışkanoğlu".to_owned(),
            product: Product::Nes,
            institution: "T.C. Örnek Bakanlığı".to_owned(),
        };
        let invited = invite(&portal.settings.data, invitation, &SystemClock).await.unwrap();
        let identity = applicant::identity_tag(portal.store.key(), IdentityKind::NationalId, identity);
        let token = portal.work(move |work| {
            let stored = password::of_identity(work, &identity)?.unwrap();
            session::begin(work, stored.person, None)
        });
        Self {
            order: invited.order,
            bearer: Bearer(Token::new(token.await.unwrap().expose())),
        }
    }

    fn path(&self) -> InPath<OrderPath> {
        InPath(OrderPath {
            order: self.order.clone(),
        })
    }

    fn posted(&self, path: &str, content_type: &str, body: impl Into<Bytes>) -> Posted {
        let mut headers = HeaderMap::new();
        headers.insert("key", format!("the-key-of-{path:->12}").parse().unwrap());
        Posted {
            token: Some(self.bearer.0.clone()),
            key: Key::of(&headers, "key").unwrap(),
            operation: format!("POST /v1/orders/{}/{path}", self.order),
            content_type: content_type.to_owned(),
            if_match: Some("*".to_owned()),
            network: Network::from(std::net::IpAddr::from(std::net::Ipv4Addr::LOCALHOST)),
            body: body.into(),
        }
    }

    /// Whether the person's orders are told.
    async fn is_answered(&self, portal: &Arc<Shared>) {
        let told = orders::list(State(Arc::clone(portal)), self.bearer.clone()).await;
        assert!(told.is_ok());
    }
}

/// Lets a request go on to the next thing that it computes, while others hold every slot; then others are answered.
async fn waits_for_a_slot(
    portal: &Arc<Shared>,
    mut request: std::pin::Pin<&mut impl Future<Output = Result<Reply, Refusal>>>,
    others: &[&Applicant],
) {
    tokio::select! {
        biased;
        answer = &mut request => panic!("it was answered, and nothing computed outside: {:?}", answer.err()),
        () = portal.computing.asked.notified() => {}
    }
    for other in others {
        other.is_answered(portal).await;
    }
}

#[tokio::test]
async fn everybody_is_answered_while_documents_are_rendered_and_a_container_is_judged() {
    let folder = tempfile::tempdir().unwrap();
    let running = started(folder.path()).await;
    let portal = &running.shared;
    let applicant = Applicant::invited(&running, "10000000146").await;
    let other = Applicant::invited(&running, "12345678950").await;
    let slots = portal.computing.free_slots();

    let values = json!({ "values": {
        "registry_number": "48213", "birth_place": "Iğdır", "birth_date": "1985-03-07", "reason": "renewal",
        "validity_years": "3", "reader_type": "none", "security_word": "papatya", "mobile": "0532 123 45 67",
        "email": "ayse@example.com", "delivery_address": "Şehit Ömer Sok. 4/2"
    } });
    let occupied = portal.computing.occupy(slots).await;
    let posted = applicant.posted("approval", "application/json", values.to_string());
    let mut approval = pin!(orders::approve(State(Arc::clone(portal)), applicant.path(), posted));
    waits_for_a_slot(portal, approval.as_mut(), &[&other, &applicant]).await;
    drop(occupied);
    assert!(approval.await.is_ok());

    let order = applicant.order.clone();
    let advanced = portal.work(move |work| Ok(applicant::advance(work.transaction, &order, OrderPhase::Signature)?));
    advanced.await.unwrap();
    let posted = PostedContainer {
        posted: applicant.posted("signature", ASICE_MEDIA_TYPE, "no container"),
        from: 0,
        complete: true,
        cut: None,
    };
    let (path, bearer) = (applicant.path(), applicant.bearer.clone());
    let mut submission = pin!(signature::submit(State(Arc::clone(portal)), path, bearer, posted));
    // The container is hashed first, and judged next.
    let occupied = portal.computing.occupy(slots).await;
    waits_for_a_slot(portal, submission.as_mut(), &[&other, &applicant]).await;
    let mut again = pin!(portal.computing.occupy(slots));
    let waits = std::future::poll_fn(|context| std::task::Poll::Ready(again.as_mut().poll(context).is_pending()));
    assert!(waits.await);
    drop(occupied);
    let occupied = tokio::select! {
        occupied = again => occupied,
        _ = &mut submission => panic!("it was answered, and nothing judged outside"),
    };
    waits_for_a_slot(portal, submission.as_mut(), &[&other, &applicant]).await;
    drop(occupied);
    let refused = submission.await.err().unwrap();
    assert_eq!(refused.problem().kind, ProblemKind::SignatureInvalid);
}

/// How many octets each of the pieces has that are kept of an order's container, sealed.
async fn pieces(portal: &Arc<Shared>, order: &str) -> Vec<usize> {
    let order = order.to_owned();
    let parts = portal.work(move |work| Ok(records::upload::parts_from(work, &order, 0, usize::MAX)?));
    parts.await.unwrap().iter().map(|(_, sealed)| sealed.len()).collect()
}

#[tokio::test]
async fn a_large_part_is_kept_read_and_removed_piece_by_piece() {
    let folder = tempfile::tempdir().unwrap();
    let running = started(folder.path()).await;
    let portal = &running.shared;
    let applicant = Applicant::invited(&running, "10000000146").await;
    let order = applicant.order.clone();
    let advanced = portal.work(move |work| Ok(applicant::advance(work.transaction, &order, OrderPhase::Signature)?));
    advanced.await.unwrap();
    let turn = portal.turn(applicant.bearer.clone()).await.unwrap();
    let sending = |path| Sending {
        bearer: applicant.bearer.clone(),
        order: applicant.order.clone(),
        key: applicant.posted(path, ASICE_MEDIA_TYPE, "").key,
    };
    let (one, other) = (sending("one"), sending("other"));
    let octets: Bytes = (0..700_000_u32)
        .map(|octet| (octet / 251).to_le_bytes()[0])
        .collect::<Vec<u8>>()
        .into();

    assert_eq!(
        one.keep(portal, &turn, 0, octets.slice(..600_000)).await.unwrap(),
        600_000
    );
    let kept = pieces(portal, &applicant.order).await;
    assert_eq!(kept.len(), 3);
    assert!(kept.iter().all(|sealed| *sealed < 263_000), "{kept:?}");
    let more = one.keep(portal, &turn, 600_000, octets.slice(600_000..650_000)).await;
    assert_eq!(more.unwrap(), 650_000);
    let whole = one.completed(portal, &turn, 650_000, octets.slice(650_000..)).await;
    assert!(whole.unwrap() == octets);

    assert_eq!(other.keep(portal, &turn, 0, octets.slice(..10)).await.unwrap(), 10);
    assert_eq!(pieces(portal, &applicant.order).await.len(), 1);
    let gone = one.keep(portal, &turn, 650_000, octets.slice(650_000..)).await;
    assert_eq!(gone.err().unwrap().problem().kind, ProblemKind::UploadOffsetWrong);
    let whole = other.completed(portal, &turn, 10, octets.slice(10..)).await;
    assert!(whole.unwrap() == octets);

    let order = applicant.order.clone();
    let given_up = portal.work(move |work| Ok(records::upload::give_up(work, &order)?));
    given_up.await.unwrap();
    upload::remove(portal, &applicant.order).await.unwrap();
    assert!(pieces(portal, &applicant.order).await.is_empty());
    let expired = portal.work(|work| Ok(records::upload::expired(work)?)).await;
    assert_eq!(expired.unwrap(), None);
}
