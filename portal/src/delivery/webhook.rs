//! Completion events by HTTP: a POST that tells, by an HMAC under a secret both sides have, that it is the portal's and when
//! it was sent.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use basvuru::digest::hexadecimal;
use basvuru::secret::SecretText;
use basvuru::signature::source::{Fetch, FetchRequest};
use hmac::{Hmac, Mac as _};
use serde_json::json;
use sha2::Sha256;

use super::{CompletionEvent, CompletionListener, DeliveryError};
use crate::failure::PortalError;

/// The header that a request is recognised by: `t=SECONDS,v1=HEX`, the seconds since 1970-01-01T00:00:00Z when it was sent, and
/// HMAC-SHA256 (RFC 2104) under the secret over `SECONDS.BODY`, lower-case hexadecimal. Whoever is told refuses what is
/// too old, so that a request that was listened to is worth nothing later.
const SIGNATURE: &str = "Basvuru-Signature";
/// The shortest secret, in octets: as long as the digest (RFC 2104, 3).
pub const SHORTEST_SECRET: usize = 32;
/// The most that is read of an answer, in octets: only its status counts.
const LONGEST_ANSWER: u64 = 64 * 1024;

/// Sends completion events to an address: `{"type":"application-completed","id":…,"order":…,"completed_at":…}`, which names
/// nobody. Any answer of success (2xx) acknowledges.
pub struct Webhook {
    url: String,
    secret: SecretText,
    fetch: Arc<dyn Fetch>,
    clock: fn() -> SystemTime,
}

impl Webhook {
    /// Sends to `url` by `fetch`, such as [`basvuru::signature::source::HttpFetch`].
    ///
    /// # Errors
    /// [`PortalError::Webhook`] where the address is neither `https://` nor `http://` on this machine, or the secret is shorter
    /// than [`SHORTEST_SECRET`].
    pub fn new(url: impl Into<String>, secret: SecretText, fetch: Arc<dyn Fetch>) -> Result<Self, PortalError> {
        let url = url.into();
        let local = ["http://127.0.0.1", "http://[::1]", "http://localhost"];
        let is_local = local.iter().any(|origin| {
            url.strip_prefix(origin)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
        });
        if secret.expose().len() < SHORTEST_SECRET || !(url.starts_with("https://") || is_local) {
            return Err(PortalError::Webhook);
        }
        Ok(Self {
            url,
            secret,
            fetch,
            clock: SystemTime::now,
        })
    }

    /// The value of the signature's header for a body.
    fn signature(&self, seconds: u64, body: &[u8]) -> String {
        let mut mac = <Hmac<Sha256> as hmac::Mac>::new_from_slice(self.secret.expose().as_bytes())
            .expect("HMAC takes keys of any length");
        mac.update(format!("{seconds}.").as_bytes());
        mac.update(body);
        format!("t={seconds},v1={}", hexadecimal(&mac.finalize().into_bytes()))
    }
}

#[async_trait]
impl CompletionListener for Webhook {
    async fn completed(&self, event: &CompletionEvent) -> Result<(), DeliveryError> {
        let body = json!({
            "type": "application-completed",
            "id": event.id,
            "order": event.order,
            "completed_at": event.completed_at,
        });
        let body = body.to_string().into_bytes();
        let seconds = (self.clock)().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let signature = SecretText::new(self.signature(seconds, &body));
        let request = FetchRequest {
            url: self.url.clone(),
            body: Some(("application/json", body)),
            headers: vec![(SIGNATURE.to_owned(), signature)],
            size_limit: LONGEST_ANSWER,
        };
        let answered = self.fetch.fetch(request).await;
        answered.map(drop).map_err(|error| DeliveryError(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use basvuru::signature::source::{FetchError, HttpFetch};

    use super::*;

    /// Answers as an endpoint would, and keeps what it was asked.
    struct Endpoint(std::sync::Mutex<Vec<FetchRequest>>, Result<Vec<u8>, FetchError>);

    #[async_trait]
    impl Fetch for Endpoint {
        async fn fetch(&self, request: FetchRequest) -> Result<Vec<u8>, FetchError> {
            self.0.lock().unwrap().push(request);
            self.1.clone()
        }
    }

    fn webhook(answer: Result<Vec<u8>, FetchError>) -> (Arc<Endpoint>, Webhook) {
        let endpoint = Arc::new(Endpoint(std::sync::Mutex::default(), answer));
        let secret = SecretText::new("0123456789abcdef0123456789abcdef".to_owned());
        let mut webhook = Webhook::new("https://authority.example/ends", secret, endpoint.clone()).unwrap();
        webhook.clock = || UNIX_EPOCH + std::time::Duration::from_secs(1_780_000_000);
        (endpoint, webhook)
    }

    fn event() -> CompletionEvent {
        CompletionEvent {
            id: "E-1".to_owned(),
            order: "2026-K7MP4XQR".to_owned(),
            completed_at: "2026-05-28T20:26:40Z".to_owned(),
            acknowledged_at: None,
        }
    }

    #[tokio::test]
    async fn a_request_tells_whose_it_is_when_it_was_sent_and_nobodys_name() {
        let (endpoint, webhook) = webhook(Ok(Vec::new()));
        webhook.completed(&event()).await.unwrap();
        let asked = endpoint.0.lock().unwrap();
        let (media_type, body) = asked[0].body.as_ref().unwrap();
        assert_eq!(*media_type, "application/json");
        assert_eq!(
            std::str::from_utf8(body).unwrap(),
            r#"{"completed_at":"2026-05-28T20:26:40Z","id":"E-1","order":"2026-K7MP4XQR","type":"application-completed"}"#
        );
        let (name, value) = &asked[0].headers[0];
        assert_eq!(name, SIGNATURE);
        // Computed by `openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef` over `1780000000.` and the body.
        let by_openssl = "aa0e8e43f23f8e8e4fe24a785563dfc6ca4fbfffcf4e8386f38cb306962eb6a4";
        assert_eq!(value.expose(), format!("t=1780000000,v1={by_openssl}"));
    }

    #[tokio::test]
    async fn what_is_not_taken_is_said_without_the_address() {
        for error in [FetchError::Status(503), FetchError::Status(302), FetchError::TooLate] {
            let (_, webhook) = webhook(Err(error));
            let DeliveryError(cause) = webhook.completed(&event()).await.unwrap_err();
            assert!(!cause.contains("authority.example"), "{cause}");
        }
    }

    #[test]
    fn events_go_over_tls_or_stay_on_the_machine_and_the_secret_is_long_enough() {
        let fetch: Arc<dyn Fetch> = Arc::new(HttpFetch::new(&[]).unwrap());
        let made =
            |url: &str, secret: &str| Webhook::new(url, SecretText::new(secret.to_owned()), Arc::clone(&fetch)).is_ok();
        let secret = "0".repeat(SHORTEST_SECRET);
        assert!(made("https://a.example", &secret) && made("http://127.0.0.1:80/x", &secret));
        assert!(made("http://localhost", &secret) && made("http://[::1]/", &secret));
        assert!(!made("https://a.example", &secret[1..]));
        for url in [
            "http://a.example",
            "http://127.0.0.1.a.example",
            "http://localhost.example",
            "a.example",
            "",
        ] {
            assert!(!made(url, &secret), "{url}");
        }
    }
}
