//! Somebody who applies: the requests that an app makes, one after the other on a connection of its own.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use basvuru::certificate::{Certificate, TrustAnchors};
use basvuru::portal::{
    ASICE_MEDIA_TYPE, Captcha, Form, IdentityKind, Product, Receipt, Session, SigningRequest,
    TIMESTAMP_QUERY_MEDIA_TYPE,
};
use basvuru::secret::SecretText;
use basvuru::signature::asic::{self, Document};
use basvuru::signature::source::{Fetch, FetchError, FetchRequest, Sources, TimestampAuthority};
use basvuru_portal::{Invitation, SystemClock, invite};
use basvuru_test_pki::{Holder, IssueOptions, Issued, KeyKind};
use reqwest::{Client, RequestBuilder};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Failed;
use super::served::Served;

/// How long requests took, by what they ask for.
#[derive(Default)]
pub(crate) struct Timings(BTreeMap<&'static str, Vec<Duration>>);

impl Timings {
    pub(crate) fn add(&mut self, others: Self) {
        for (name, times) in others.0 {
            self.0.entry(name).or_default().extend(times);
        }
    }

    pub(crate) fn all(&self) -> Vec<Duration> {
        self.0.values().flatten().copied().collect()
    }

    pub(crate) fn by_name(self) -> BTreeMap<&'static str, Vec<Duration>> {
        self.0
    }
}

/// Somebody who was invited.
pub(crate) struct Applicant {
    served: Arc<Served>,
    client: Client,
    identity: String,
    phone: String,
    password: SecretText,
    /// The order.
    pub(crate) order: String,
    issued: Issued,
}

/// Somebody who has signed in.
pub(crate) struct SignedIn {
    /// Who.
    pub(crate) applicant: Applicant,
    token: SecretText,
}

impl Applicant {
    /// Invites one of many.
    pub(crate) async fn invited(served: &Arc<Served>, number: u32) -> Result<Self, Failed> {
        let identity = national_id(200_000_000 + number);
        let phone = format!("+90532{number:07}");
        let invitation = Invitation {
            identity_kind: IdentityKind::NationalId,
            identity: identity.clone(),
            phone: phone.clone(),
            email: "basvuran@example.com".to_owned(),
            given_name: "Işıl Gülçağ".to_owned(),
            family_name: "ÖRNEKŞEN".to_owned(),
            product: Product::Nes,
            institution: "Örnek Kurum".to_owned(),
        };
        let invited = invite(&served.data(), invitation, &SystemClock).await?;
        let holder = Holder::new("Işıl Gülçağ", "ÖRNEKŞEN", &identity);
        Ok(Self {
            served: Arc::clone(served),
            client: client(&served.root()?)?,
            identity,
            phone,
            password: invited.access_password,
            order: invited.order,
            issued: served
                .authority
                .issue(&holder, KeyKind::P256, &IssueOptions::default())?,
        })
    }

    /// Applies, from the picture code to the receipt.
    pub(crate) async fn apply(self, timings: &mut Timings) -> Result<(), Failed> {
        let person = self.sign_in(timings).await?;
        person.approve(timings).await?;
        let documents = person.confirm(timings).await?;
        let container = person.signed(&documents, timings).await?;
        let receipt: Receipt = answer("signature", timings, person.submission(container)).await?;
        match receipt.order == person.applicant.order {
            true => Ok(()),
            false => Err("the receipt is another order's".into()),
        }
    }

    /// Signs in.
    pub(crate) async fn sign_in(self, timings: &mut Timings) -> Result<SignedIn, Failed> {
        let token = self.begin_session(timings).await?;
        Ok(SignedIn { applicant: self, token })
    }

    /// Begins a session, with the picture code that the portal reveals.
    pub(crate) async fn begin_session(&self, timings: &mut Timings) -> Result<SecretText, Failed> {
        let captcha: Captcha = answer("captcha", timings, with_json(self.post("/v1/captchas"), &json!({}))).await?;
        let revealed = self.served.outbox_file(format!("captcha-{}.json", captcha.id))?;
        let body = json!({
            "identity_kind": "national-id",
            "identity": self.identity,
            "access_password": self.password.expose(),
            "captcha": { "id": captcha.id, "text": revealed["text"] },
        });
        let session: Session = answer("sign-in", timings, with_json(self.post("/v1/sessions"), &body)).await?;
        Ok(session.token)
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.client
            .post(format!("{}{path}", self.served.url()))
            .header("idempotency-key", fresh_key())
    }
}

impl SignedIn {
    fn post(&self, path: &str) -> RequestBuilder {
        let request = self
            .applicant
            .post(&format!("/v1/orders/{}/{path}", self.applicant.order));
        request.bearer_auth(self.token.expose())
    }

    fn get(&self, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.applicant.served.url());
        self.applicant.client.get(url).bearer_auth(self.token.expose())
    }

    /// Reads the form and approves it, filled in.
    pub(crate) async fn approve(&self, timings: &mut Timings) -> Result<(), Failed> {
        let order = &self.applicant.order;
        let form: Form = answer("form", timings, self.get(&format!("/v1/orders/{order}/form"))).await?;
        let _: Value = answer("approval", timings, self.approval(&format!("\"{}\"", form.version))).await?;
        Ok(())
    }

    /// The approval of a version of the form.
    pub(crate) fn approval(&self, version: &str) -> RequestBuilder {
        let values = json!({
            "registry_number": "48213", "birth_place": "Iğdır", "birth_date": "1985-03-07", "reason": "renewal",
            "validity_years": "3", "reader_type": "none", "security_word": "papatya", "mobile": self.applicant.phone,
            "email": "basvuran@example.com", "delivery_address": "Ihlamur Sokağı 4/2\nÇankaya, Ankara",
        });
        with_json(
            self.post("approval").header("if-match", version),
            &json!({ "values": values }),
        )
    }

    /// Confirms the number and chooses the card; gives the documents to be signed.
    pub(crate) async fn confirm(&self, timings: &mut Timings) -> Result<Vec<Document>, Failed> {
        let message = self.applicant.served.text_message(&self.applicant.phone);
        let _: Value = answer("code", timings, with_json(self.post("codes"), &json!({}))).await?;
        let text = message.await?;
        let code = text.rsplit('#').next().ok_or("a text message without a code")?;
        let confirmation = with_json(self.post("confirmation"), &json!({ "code": code }));
        let _: Value = answer("confirmation", timings, confirmation).await?;
        let choice = with_json(self.post("method"), &json!({ "method": "card" }));
        let request: SigningRequest = answer("method", timings, choice).await?;
        let path = format!("/v1/orders/{}/documents", self.applicant.order);
        let mut octets = octets("documents", timings, self.get(&path)).await?;
        let mut documents = Vec::new();
        for description in request.documents {
            let size = usize::try_from(description.size)?.min(octets.len());
            let rest = octets.split_off(size);
            documents.push(Document {
                file_name: description.file_name,
                media_type: description.media_type,
                content: std::mem::replace(&mut octets, rest),
            });
        }
        Ok(documents)
    }

    /// A container with documents, signed and with a time-stamp.
    pub(crate) async fn signed(&self, documents: &[Document], timings: &mut Timings) -> Result<Vec<u8>, Failed> {
        let issued = &self.applicant.issued;
        let certificate = Certificate::parse(&issued.certificate_der)?;
        let now = SystemTime::now();
        let prepared = asic::prepare(documents, &certificate, now)?;
        let value = issued.private_key.sign_digest(&prepared.digest().value)?;
        let container = prepared.finish(&value)?;
        let fetch = Timestamps {
            person: self,
            timings: Mutex::default(),
        };
        let sources = Sources {
            fetch: &fetch,
            timestamp_authority: Some(TimestampAuthority::at("")),
            trust: &TrustAnchors::new(Vec::new()),
            now,
        };
        let stamped = asic::stamp(Cursor::new(container), Vec::new(), &sources).await?;
        timings.add(fetch.timings.into_inner().unwrap_or_else(PoisonError::into_inner));
        Ok(stamped)
    }

    /// Sends a container.
    pub(crate) fn submission(&self, container: impl Into<reqwest::Body>) -> RequestBuilder {
        self.post("signature")
            .header("content-type", ASICE_MEDIA_TYPE)
            .body(container)
    }

    /// Asks for the person's orders.
    pub(crate) fn orders(&self) -> RequestBuilder {
        self.get("/v1/orders")
    }
}

/// The portal's time-stamps.
struct Timestamps<'a> {
    person: &'a SignedIn,
    timings: Mutex<Timings>,
}

#[async_trait]
impl Fetch for Timestamps<'_> {
    async fn fetch(&self, request: FetchRequest) -> Result<Vec<u8>, FetchError> {
        let query = request.body.map(|(_, octets)| octets).unwrap_or_default();
        let request = self
            .person
            .post("timestamp")
            .header("content-type", TIMESTAMP_QUERY_MEDIA_TYPE);
        let mut timings = Timings::default();
        let answer = octets("timestamp", &mut timings, request.body(query)).await;
        self.timings.lock().unwrap_or_else(PoisonError::into_inner).add(timings);
        answer.map_err(|_| FetchError::Status(503))
    }
}

fn with_json(request: RequestBuilder, body: &Value) -> RequestBuilder {
    request
        .header("content-type", "application/json")
        .body(body.to_string())
}

/// The answer to a request, which must be a success.
async fn answer<T: DeserializeOwned>(
    name: &'static str,
    timings: &mut Timings,
    request: RequestBuilder,
) -> Result<T, Failed> {
    Ok(serde_json::from_slice(&octets(name, timings, request).await?)?)
}

async fn octets(name: &'static str, timings: &mut Timings, request: RequestBuilder) -> Result<Vec<u8>, Failed> {
    let begun = Instant::now();
    let response = request.send().await?;
    let status = response.status();
    let octets = response.bytes().await?.to_vec();
    timings.0.entry(name).or_default().push(begun.elapsed());
    match status.is_success() {
        true => Ok(octets),
        false => Err(format!("{name}: {status} {}", String::from_utf8_lossy(&octets)).into()),
    }
}

/// A client with a connection of its own that trusts the portal's root alone.
fn client(root: &[u8]) -> Result<Client, Failed> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(root)?)?;
    let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Client::builder().tls_backend_preconfigured(tls).no_proxy().build()?)
}

fn fresh_key() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("bench-key-{:016}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The T.C. kimlik no with these first nine digits, of which the first is not 0.
fn national_id(first_nine: u32) -> String {
    let text = first_nine.to_string();
    let digits: Vec<u32> = text.chars().filter_map(|digit| digit.to_digit(10)).collect();
    let odd: u32 = digits.iter().step_by(2).sum();
    let even: u32 = digits.iter().skip(1).step_by(2).sum();
    let tenth = (odd * 7 + 10 * 4 - even) % 10;
    let eleventh = (odd + even + tenth) % 10;
    format!("{text}{tenth}{eleventh}")
}
