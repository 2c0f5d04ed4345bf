//! What is taken up where it was cut: documents on their way to the person, and the signed container on its way back.

use std::time::Duration;

use basvuru::portal::{ASICE_MEDIA_TYPE, ProblemKind, Receipt, Session, Upload};
use basvuru_portal::{Clock as _, Invitation, invite};
use reqwest::StatusCode;
use tokio::io::AsyncWriteExt as _;

use crate::harness::{Answer, fresh_key, invitation};
use crate::signing::{Waiting, applicants_certificate, signed};

impl Waiting {
    fn container(&self) -> Vec<u8> {
        signed(&self.documents, &applicants_certificate(), self.town.clock.now())
    }

    /// Sends a part that goes on from an octet on.
    async fn part(&self, key: &str, from: usize, part: &[u8], complete: bool) -> Answer {
        let path = format!("/v1/orders/{}/signature", self.order);
        let request = self.town.client.post(self.town.url(&path)).bearer_auth(&self.token);
        let request = request
            .header("idempotency-key", key)
            .header("content-type", ASICE_MEDIA_TYPE)
            .header("upload-offset", from)
            .header("upload-complete", if complete { "?1" } else { "?0" })
            .body(part.to_vec());
        self.town.send(request).await
    }

    async fn there_for(&self, token: &str, key: &str) -> Answer {
        let path = format!("/v1/orders/{}/signature", self.order);
        let request = self.town.client.get(self.town.url(&path)).bearer_auth(token);
        self.town.send(request.header("upload-key", key)).await
    }

    async fn there(&self, key: &str) -> u64 {
        self.there_for(&self.token, key).await.ok::<Upload>().received
    }

    fn rows(&self, table: &str) -> i64 {
        let connection = rusqlite::Connection::open(self.town.data().join("portal.db")).unwrap();
        let count = format!("SELECT count(*) FROM {table}");
        connection.query_row(&count, [], |row| row.get(0)).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_comes_in_parts_is_taken_as_if_it_had_come_at_once() {
    let waiting = Waiting::start().await;
    let (container, key) = (waiting.container(), fresh_key());
    let (one, two) = (container.len() / 3, container.len() / 2);
    assert_eq!(waiting.there(&key).await, 0);
    let kept = waiting.part(&key, 0, &container[..one], false).await;
    assert_eq!(kept.status, StatusCode::ACCEPTED);
    assert_eq!(kept.ok::<Upload>().received, one as u64);
    // A part that is sent again, for its answer was lost, is not kept twice.
    let again = waiting.part(&key, 0, &container[..one], false).await;
    assert_eq!(again.ok::<Upload>().received, one as u64);
    let kept = waiting.part(&key, one, &container[one..two], false).await;
    assert_eq!(kept.ok::<Upload>().received, two as u64);
    assert_eq!(waiting.there(&key).await, two as u64);
    let answer = waiting.part(&key, two, &container[two..], true).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let receipt: Receipt = answer.ok();
    assert_eq!((waiting.rows("upload"), waiting.rows("upload_part")), (0, 0));
    // Whoever asks after that is told by the receipt; and the whole of it under the same key is the same submission.
    let asked = waiting.there_for(&waiting.token, &key).await;
    asked.refused_as(ProblemKind::PhaseWrong);
    let path = "signature";
    let whole = waiting
        .post(path, ASICE_MEDIA_TYPE, &key, &waiting.token, container)
        .await;
    assert_eq!(whole.ok::<Receipt>(), receipt);
    let audit = waiting.town.audit(&waiting.order);
    assert_eq!(audit.iter().filter(|(event, _)| event == "signed").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_goes_on_from_what_has_come_under_its_key_and_from_nowhere_else() {
    let waiting = Waiting::start().await;
    let (container, key) = (waiting.container(), fresh_key());
    let _: Upload = waiting.part(&key, 0, &container[..9_000], false).await.ok();
    for from in [1, 8_999, 9_001, usize::MAX] {
        for complete in [false, true] {
            let answer = waiting.part(&key, from, &container[9_000..], complete).await;
            assert_eq!(answer.status, StatusCode::CONFLICT);
            answer.refused_as(ProblemKind::UploadOffsetWrong);
        }
    }
    let other = fresh_key();
    assert_eq!((waiting.there(&key).await, waiting.there(&other).await), (9_000, 0));
    let answer = waiting.part(&other, 9_000, &container[9_000..], true).await;
    answer.refused_as(ProblemKind::UploadOffsetWrong);
    for (name, value) in [
        ("upload-offset", "-1"),
        ("upload-offset", "+1"),
        ("upload-offset", ""),
        ("upload-offset", "99999999999999999999999"),
        ("upload-complete", "1"),
        ("upload-complete", "?2"),
    ] {
        let path = format!("/v1/orders/{}/signature", waiting.order);
        let request = waiting
            .town
            .client
            .post(waiting.town.url(&path))
            .bearer_auth(&waiting.token);
        let request = request
            .header("idempotency-key", &key)
            .header("content-type", ASICE_MEDIA_TYPE);
        let answer = waiting.town.send(request.header(name, value)).await;
        answer.refused_as(ProblemKind::MalformedRequest);
    }
    // Parts that are not of one container do not make one.
    let mut foreign = container[9_000..].to_vec();
    foreign[40] ^= 1;
    let answer = waiting.part(&key, 9_000, &foreign, true).await;
    answer.refused_as(ProblemKind::SignatureInvalid);
    assert_eq!(waiting.rows("upload"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_persons_own_session_goes_on_with_a_container() {
    let waiting = Waiting::start().await;
    let (container, key) = (waiting.container(), fresh_key());
    let _: Upload = waiting.part(&key, 0, &container[..9_000], false).await.ok();
    let other = Invitation {
        identity: "12345678950".to_owned(),
        phone: "0532 123 45 68".to_owned(),
        ..invitation()
    };
    let invited = invite(&waiting.town.data(), other, waiting.town.clock.as_ref())
        .await
        .unwrap();
    let session = waiting
        .town
        .try_sign_in("12345678950", invited.access_password.expose());
    let session: Session = session.await.ok();
    let asked = waiting.there_for(session.token.expose(), &key).await;
    asked.refused_as(ProblemKind::OrderUnknown);
    waiting
        .there_for("nobody", &key)
        .await
        .refused_as(ProblemKind::SessionOver);
    let stranger = Waiting {
        token: session.token.expose().to_owned(),
        ..waiting
    };
    let answer = stranger.part(&key, 9_000, &container[9_000..], true).await;
    answer.refused_as(ProblemKind::OrderUnknown);
    assert_eq!(stranger.rows("receipt"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_of_containers_is_bounded_sealed_and_given_up_when_nobody_goes_on() {
    let waiting = Waiting::start_with(|settings| settings.limits.container = 20_000).await;
    let (container, key) = (waiting.container(), fresh_key());
    let _: Upload = waiting.part(&key, 0, &container[..15_000], false).await.ok();
    for complete in [false, true] {
        let answer = waiting.part(&key, 15_000, &container[15_000..25_000], complete).await;
        answer.refused_as(ProblemKind::TooLarge);
    }
    assert_eq!(waiting.there(&key).await, 15_000);
    for file in ["portal.db", "portal.db-wal"] {
        let content = std::fs::read(waiting.town.data().join(file)).unwrap_or_default();
        let clear = content.windows(64).any(|window| window == &container[1_000..1_064]);
        assert!(!clear, "{file} has the container in clear");
    }
    // Another container takes its place: there is one for an order.
    let other = fresh_key();
    let _: Upload = waiting.part(&other, 0, &container[..5_000], false).await.ok();
    assert_eq!((waiting.there(&key).await, waiting.there(&other).await), (0, 5_000));
    assert_eq!((waiting.rows("upload"), waiting.rows("upload_part")), (1, 1));
    waiting.town.clock.advance(Duration::from_secs(24 * 60 * 60));
    while waiting.rows("upload") + waiting.rows("upload_part") > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_was_cut_is_kept_as_far_as_it_came() {
    let waiting = Waiting::start().await;
    let (container, key) = (waiting.container(), fresh_key());
    let mut stream = waiting.town.connect(b"http/1.1").await;
    let head = format!(
        "POST /v1/orders/{}/signature HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\nidempotency-key: \
         {key}\r\ncontent-type: {ASICE_MEDIA_TYPE}\r\ncontent-length: {}\r\n\r\n",
        waiting.order,
        waiting.token,
        container.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&container[..33_333]).await.unwrap();
    stream.flush().await.unwrap();
    drop(stream);
    while waiting.there(&key).await == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(waiting.there(&key).await, 33_333);
    let answer = waiting.part(&key, 33_333, &container[33_333..], true).await;
    let _: Receipt = answer.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_gone_on_with_as_long_as_they_are_the_same() {
    let waiting = Waiting::start().await;
    let path = format!("/v1/orders/{}/documents", waiting.order);
    let whole = waiting.town.get(&path, &waiting.token).await;
    let etag = whole.headers["etag"].to_str().unwrap().to_owned();
    let rest = async |range: &'static str, of: &str| {
        let request = waiting
            .town
            .client
            .get(waiting.town.url(&path))
            .bearer_auth(&waiting.token);
        waiting
            .town
            .send(request.header("range", range).header("if-range", of))
            .await
    };
    let gone_on = rest("bytes=10000-", &etag).await;
    assert_eq!(gone_on.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(gone_on.body, whole.body[10_000..]);
    let total = whole.body.len();
    assert_eq!(
        gone_on.headers["content-range"],
        format!("bytes 10000-{}/{total}", total - 1)
    );
    assert_eq!(gone_on.headers["etag"], etag);
    let others = rest("bytes=10000-", "\"another\"").await;
    assert_eq!((others.status, others.body), (StatusCode::OK, whole.body));
}
