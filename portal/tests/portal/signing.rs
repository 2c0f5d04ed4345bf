//! Taking signed documents: what holds gives a receipt, and everything else its own refusal.

use std::time::SystemTime;

use basvuru::certificate::Certificate;
use basvuru::digest::hexadecimal;
use basvuru::portal::{ASICE_MEDIA_TYPE, Order, OrderPhase, ProblemKind, Receipt, SignatureLevel, SigningRequest};
use basvuru::signature::asic::{self, Document};
use basvuru_portal::{Clock as _, Settings};
use basvuru_test_pki::{Authority, Holder, IssueOptions, Issued, KeyKind};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::harness::{AUTHORITY, Answer, IDENTITY, Town, fresh_key, good_values};

/// An order that waits for its signature.
pub(crate) struct Waiting {
    pub(crate) town: Town,
    pub(crate) order: String,
    pub(crate) token: String,
    pub(crate) documents: Vec<Document>,
    /// The level that the portal wishes.
    pub(crate) level: SignatureLevel,
}

impl Waiting {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(adjust: impl Fn(&mut Settings) + Send + Sync + 'static) -> Self {
        let mut town = Town::start_with(adjust).await;
        let (order, token) = town.until_method().await;
        let (documents, level) = choose(&town, &order, &token).await;
        Self {
            town,
            order,
            token,
            documents,
            level,
        }
    }

    pub(crate) async fn submit(&self, container: Vec<u8>) -> Answer {
        self.submit_as(&fresh_key(), container).await
    }

    async fn submit_as(&self, key: &str, container: Vec<u8>) -> Answer {
        self.post("signature", ASICE_MEDIA_TYPE, key, &self.token, container)
            .await
    }

    /// POSTs octets to a path of the order.
    pub(crate) async fn post(&self, path: &str, media_type: &str, key: &str, token: &str, body: Vec<u8>) -> Answer {
        let request = self
            .town
            .client
            .post(self.town.url(&format!("/v1/orders/{}/{path}", self.order)))
            .bearer_auth(token)
            .header("idempotency-key", key)
            .header("content-type", media_type)
            .body(body);
        self.town.send(request).await
    }

    async fn phase(&self) -> OrderPhase {
        self.town
            .get(&format!("/v1/orders/{}", self.order), &self.token)
            .await
            .ok::<Order>()
            .phase
    }
}

/// Chooses the card and fetches what is to be signed.
async fn choose(town: &Town, order: &str, token: &str) -> (Vec<Document>, SignatureLevel) {
    let chosen = town
        .post(
            &format!("/v1/orders/{order}/method"),
            token,
            &json!({ "method": "card" }),
        )
        .await;
    let request: SigningRequest = chosen.ok();
    let mut rest = town.get(&format!("/v1/orders/{order}/documents"), token).await.body;
    let mut documents = Vec::new();
    for description in request.documents {
        let next = rest.split_off(usize::try_from(description.size).unwrap());
        let content = std::mem::replace(&mut rest, next);
        let digest = hexadecimal(&Sha256::digest(&content));
        assert_eq!(digest, description.sha256);
        documents.push(Document {
            file_name: description.file_name,
            media_type: description.media_type,
            content,
        });
    }
    assert!(rest.is_empty());
    (documents, request.signature.level)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_of_documents_whose_form_was_approved_anew_is_refused_and_the_new_ones_are_taken() {
    let mut waiting = Waiting::start().await;
    let issued = applicants_certificate();
    let old = signed(&waiting.documents, &issued, waiting.town.clock.now());
    let (order, token) = (waiting.order.clone(), waiting.token.clone());
    let _: Value = waiting.town.approve(&order, &token).await.ok();
    waiting.submit(old.clone()).await.refused_as(ProblemKind::PhaseWrong);

    waiting.town.clock.advance(std::time::Duration::from_secs(60));
    let code = waiting.town.code(&order, &token).await;
    let path = format!("/v1/orders/{order}/confirmation");
    let _: Value = waiting.town.post(&path, &token, &json!({ "code": code })).await.ok();
    waiting.submit(old.clone()).await.refused_as(ProblemKind::PhaseWrong);
    let (documents, _) = choose(&waiting.town, &order, &token).await;
    waiting.submit(old).await.refused_as(ProblemKind::SignatureInvalid);
    assert_eq!(waiting.phase().await, OrderPhase::Signature);

    let new = signed(&documents, &issued, waiting.town.clock.now());
    let receipt: Receipt = waiting.submit(new).await.ok();
    assert_eq!(receipt.order, order);
    // What was signed is what stays: neither the form nor its approval is to be had again.
    waiting
        .town
        .approve(&order, &token)
        .await
        .refused_as(ProblemKind::PhaseWrong);
    let path = format!("/v1/orders/{order}/form");
    waiting
        .town
        .get(&path, &token)
        .await
        .refused_as(ProblemKind::PhaseWrong);
}

fn issue(options: &IssueOptions, number: &str, key: KeyKind) -> Issued {
    AUTHORITY
        .issue(&Holder::new("Ayşe Gül", "Çalışkanoğlu", number), key, options)
        .unwrap()
}

pub(crate) fn applicants_certificate() -> Issued {
    issue(&IssueOptions::default(), IDENTITY, KeyKind::P384)
}

pub(crate) fn signed(documents: &[Document], issued: &Issued, at: SystemTime) -> Vec<u8> {
    let certificate = Certificate::parse(&issued.certificate_der).unwrap();
    let prepared = asic::prepare(documents, &certificate, at).unwrap();
    let value = issued.private_key.sign_digest(&prepared.digest().value).unwrap();
    prepared.finish(&value).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_documents_give_a_receipt_that_can_be_fetched_again() {
    for key in [KeyKind::P384, KeyKind::Rsa2048] {
        let waiting = Waiting::start().await;
        let issued = issue(&IssueOptions::default(), IDENTITY, key);
        let container = signed(&waiting.documents, &issued, waiting.town.clock.now());
        let receipt: Receipt = waiting.submit(container.clone()).await.ok();
        assert_eq!(receipt.order, waiting.order);
        assert_eq!(
            receipt.certificate_serial,
            Certificate::parse(&issued.certificate_der).unwrap().serial_hex()
        );
        let digest = hexadecimal(&Sha256::digest(&container));
        assert_eq!(receipt.container_sha256, digest);
        let path = format!("/v1/orders/{}/receipt", waiting.order);
        assert_eq!(waiting.town.get(&path, &waiting.token).await.ok::<Receipt>(), receipt);
        assert_eq!(waiting.phase().await, OrderPhase::Complete);
        // The same container under another key, as after a lost journal, is the same submission.
        assert_eq!(waiting.submit(container).await.ok::<Receipt>(), receipt);
        let again = signed(&waiting.documents, &applicants_certificate(), waiting.town.clock.now());
        waiting.submit(again).await.refused_as(ProblemKind::PhaseWrong);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_persons_certificate_is_told_apart() {
    let waiting = Waiting::start().await;
    let other = issue(&IssueOptions::default(), "12345678950", KeyKind::P384);
    let container = signed(&waiting.documents, &other, waiting.town.clock.now());
    waiting
        .submit(container)
        .await
        .refused_as(ProblemKind::SignerNotApplicant);
    assert_eq!(waiting.phase().await, OrderPhase::Signature);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_right_number_with_another_persons_name_is_told_apart() {
    let waiting = Waiting::start().await;
    let named = |given_name: &str, family_name: &str| {
        let holder = Holder::new(given_name, family_name, IDENTITY);
        let issued = AUTHORITY.issue(&holder, KeyKind::P256, &IssueOptions::default());
        signed(&waiting.documents, &issued.unwrap(), waiting.town.clock.now())
    };
    for (given_name, family_name) in [("Fatma", "Çalışkanoğlu"), ("Ayşe Gül", "Tembel")] {
        waiting
            .submit(named(given_name, family_name))
            .await
            .refused_as(ProblemKind::HolderNameDiffers);
    }
    assert_eq!(waiting.phase().await, OrderPhase::Signature);
    // As certificates without Turkish letters, and with one given name of two, have it.
    let _: Receipt = waiting.submit(named("AYSE", "CALISKANOGLU")).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_that_are_expired_unqualified_or_of_a_stranger_are_refused() {
    let waiting = Waiting::start().await;
    let lacking = |adjust: fn(&mut IssueOptions)| {
        let mut options = IssueOptions::default();
        adjust(&mut options);
        issue(&options, IDENTITY, KeyKind::P384)
    };
    let stranger = Authority::new().unwrap();
    let holder = Holder::new("Ayşe Gül", "Çalışkanoğlu", IDENTITY);
    let refused = [
        issue(&IssueOptions::expired(), IDENTITY, KeyKind::P384),
        issue(&IssueOptions::unqualified(), IDENTITY, KeyKind::P384),
        lacking(|options| options.non_repudiation = false),
        lacking(|options| options.etsi_statement = false),
        lacking(|options| options.turkish_statement = false),
        lacking(|options| options.user_notice = false),
        lacking(|options| options.seal = true),
        stranger
            .issue(&holder, KeyKind::P384, &IssueOptions::default())
            .unwrap(),
    ];
    for issued in refused {
        let container = signed(&waiting.documents, &issued, waiting.town.clock.now());
        let problem = waiting
            .submit(container)
            .await
            .refused_as(ProblemKind::CertificateRefused);
        assert!(problem.detail.is_some());
    }
    // None of it keeps the right one from being taken.
    let container = signed(&waiting.documents, &applicants_certificate(), waiting.town.clock.now());
    let _: Receipt = waiting.submit(container).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn containers_that_do_not_hold_the_orders_documents_are_refused() {
    let waiting = Waiting::start().await;
    let now = waiting.town.clock.now();
    let issued = applicants_certificate();
    let good = signed(&waiting.documents, &issued, now);
    let mut changed = waiting.documents.clone();
    changed[0].content.push(b'\n');
    let mut renamed = waiting.documents.clone();
    renamed[1].file_name = "taahhut.pdf".to_owned();
    let mut more = waiting.documents.clone();
    more.push(Document {
        file_name: "ek.txt".to_owned(),
        media_type: "text/plain".to_owned(),
        content: b"ek".to_vec(),
    });
    let containers = [
        signed(&changed, &issued, now),
        signed(&renamed, &issued, now),
        signed(&more, &issued, now),
        signed(&waiting.documents[..1], &issued, now),
        Vec::new(),
        b"PK\x03\x04 nonsense".to_vec(),
        good[..good.len() - 40].to_vec(),
    ];
    for container in containers {
        waiting
            .submit(container)
            .await
            .refused_as(ProblemKind::SignatureInvalid);
    }
    assert_eq!(waiting.phase().await, OrderPhase::Signature);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_octet_of_what_is_signed_never_gives_a_receipt() {
    let waiting = Waiting::start().await;
    let good = signed(&waiting.documents, &applicants_certificate(), waiting.town.clock.now());
    let step = good.len() / 60;
    for file in contents(&good, &waiting.documents) {
        for position in file.clone().step_by(step.min(file.len() / 4)) {
            let mut changed = good.clone();
            changed[position] ^= 0x10;
            let answer = waiting.submit(changed).await;
            assert!(!answer.status.is_success(), "octet {position} of {}", good.len());
        }
    }
}

/// Where documents, manifest and signature lie in a container. What ZIP keeps around them, times and versions for one, is
/// protected by nothing and changes nothing.
fn contents(container: &[u8], documents: &[Document]) -> Vec<std::ops::Range<usize>> {
    let find = |sought: &[u8]| {
        let found = container.windows(sought.len()).position(|window| window == sought);
        found.expect("it lies in the container")
    };
    let end = |begin: usize| {
        let next = container[begin..].windows(2).position(|window| window == b"PK");
        begin + next.expect("the directory follows")
    };
    let mut ranges: Vec<_> = documents
        .iter()
        .map(|document| find(&document.content)..find(&document.content) + document.content.len())
        .collect();
    let manifest = find(b"<?xml");
    ranges.push(manifest..end(manifest));
    // The manifest names the signature before the signature's own entry does.
    let entry = container
        .windows(30 + SIGNATURE.len())
        .position(|window| window.starts_with(b"PK\x03\x04") && window.ends_with(SIGNATURE))
        .expect("the signature has an entry");
    let signature = entry + 30 + SIGNATURE.len();
    ranges.push(signature..signature + 500);
    ranges
}

const SIGNATURE: &[u8] = b"META-INF/signature001.p7s";

#[tokio::test(flavor = "multi_thread")]
async fn documents_of_another_order_of_the_same_person_are_refused() {
    let mut waiting = Waiting::start().await;
    let other = waiting.town.invite().await;
    waiting.token = waiting.town.sign_in(&other).await;
    let _: Value = waiting.town.approve(&other.order, &waiting.token).await.ok();
    let container = signed(&waiting.documents, &applicants_certificate(), waiting.town.clock.now());
    let path = format!("/v1/orders/{}/signature", other.order);
    let request = waiting
        .town
        .client
        .post(waiting.town.url(&path))
        .bearer_auth(&waiting.token);
    let request = request
        .header("idempotency-key", fresh_key())
        .header("content-type", ASICE_MEDIA_TYPE);
    waiting
        .town
        .send(request.body(container))
        .await
        .refused_as(ProblemKind::PhaseWrong);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_of_another_media_type_or_size_is_refused() {
    let waiting = Waiting::start().await;
    let path = format!("/v1/orders/{}/signature", waiting.order);
    let answer = waiting
        .town
        .post(&path, &waiting.token, &json!({ "values": good_values() }))
        .await;
    answer.refused_as(ProblemKind::MalformedRequest);
    waiting
        .submit(vec![0; 16 * 1024 * 1024 + 1])
        .await
        .refused_as(ProblemKind::TooLarge);
}

#[tokio::test(flavor = "multi_thread")]
async fn submitting_twice_at_the_same_time_gives_one_receipt() {
    let waiting = Waiting::start().await;
    let container = signed(&waiting.documents, &applicants_certificate(), waiting.town.clock.now());
    let (key, same) = (fresh_key(), container.clone());
    let (first, second, third) = tokio::join!(
        waiting.submit_as(&key, container.clone()),
        waiting.submit_as(&key, same),
        waiting.submit(container)
    );
    let first: Receipt = first.ok();
    assert_eq!(
        (second.ok::<Receipt>(), third.ok::<Receipt>()),
        (first.clone(), first.clone())
    );
    assert!(first.number.contains("-000001-"));
}
