//! The network by HTTP: one attempt, bounded in time and size, without redirects, by the proxies of the environment
//! (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`).

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::redirect;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use super::{Fetch, FetchError, FetchRequest};
use crate::certificate::Certificate;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Fetches by HTTP. What answers and lists say is signed, so plain HTTP does; HTTPS is trusted by the roots given alone.
#[derive(Debug, Clone)]
pub struct HttpFetch(reqwest::Client);

impl HttpFetch {
    /// Prepares a client; nothing is sent yet. Without TLS roots only addresses that begin with `http://` can be reached.
    ///
    /// # Errors
    /// [`FetchError`] where a root is of no use to TLS.
    pub fn new(tls_roots: &[Certificate]) -> Result<Self, FetchError> {
        let failed = |error: &dyn std::fmt::Display| FetchError::Failed(error.to_string());
        let mut store = RootCertStore::empty();
        for root in tls_roots {
            store
                .add(CertificateDer::from(root.der()))
                .map_err(|error| failed(&error))?;
        }
        let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(&error))?
            .with_root_certificates(store)
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ANSWER_TIMEOUT)
            .user_agent(concat!("basvuru/", env!("CARGO_PKG_VERSION")))
            .build();
        client.map(Self).map_err(|error| failed(&error))
    }
}

#[async_trait]
impl Fetch for HttpFetch {
    async fn fetch(&self, request: FetchRequest) -> Result<Vec<u8>, FetchError> {
        // The address stays out of the error: it may name the person whose certificate it is about.
        let failed = |error: reqwest::Error| {
            if error.is_timeout() {
                FetchError::TooLate
            } else {
                FetchError::Failed(with_causes(&error.without_url()))
            }
        };
        let mut prepared = match request.body {
            Some((media_type, octets)) => self.0.post(&request.url).header(CONTENT_TYPE, media_type).body(octets),
            None => self.0.get(&request.url),
        };
        for (name, value) in &request.headers {
            let value = HeaderValue::from_str(value.expose());
            let mut value = value.map_err(|_| FetchError::Failed(format!("the header {name} cannot be sent")))?;
            // Left out of what the client prints.
            value.set_sensitive(true);
            prepared = prepared.header(name, value);
        }
        let mut answer = prepared.send().await.map_err(failed)?;
        if !answer.status().is_success() {
            return Err(FetchError::Status(answer.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(failed)? {
            if body.len() as u64 + piece.len() as u64 > request.size_limit {
                return Err(FetchError::TooLarge);
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }
}

/// What an error says, and what lies behind it: the client itself says no more than that it could not send.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpListener;
    use std::thread;

    use super::*;
    use crate::secret::SecretText;

    /// Gives each answer once, and returns what was asked.
    fn serve(answers: Vec<&'static str>) -> (String, thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let serving = thread::spawn(move || {
            let mut asked = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") {
                    reader.read_line(&mut head).unwrap();
                }
                let length = head
                    .to_lowercase()
                    .split("content-length: ")
                    .nth(1)
                    .map_or(0, |rest| rest.split("\r\n").next().unwrap().parse::<usize>().unwrap());
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                asked.push(head + &String::from_utf8(body).unwrap());
                stream.write_all(answer.as_bytes()).unwrap();
            }
            asked
        });
        (url, serving)
    }

    #[test]
    fn answers_are_taken_within_bounds_and_nothing_else() {
        let (url, serving) = serve(vec![
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\n123456789",
            "HTTP/1.1 302 Found\r\nLocation: http://elsewhere.invalid/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        ]);
        let fetch = HttpFetch::new(&[]).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let request = |body: Option<&str>| FetchRequest {
            url: url.clone(),
            body: body.map(|text| ("application/timestamp-query", text.as_bytes().to_vec())),
            headers: vec![("identity".into(), SecretText::new("00ff".into()))],
            size_limit: 8,
        };
        assert_eq!(
            runtime.block_on(fetch.fetch(request(Some("question")))),
            Ok(b"abc".to_vec())
        );
        let too_large = runtime.block_on(fetch.fetch(request(None)));
        assert_eq!(too_large, Err(FetchError::TooLarge));
        let elsewhere = runtime.block_on(fetch.fetch(request(None)));
        assert_eq!(elsewhere, Err(FetchError::Status(302)));
        let asked = serving.join().unwrap();
        assert!(asked[0].starts_with("POST / HTTP/1.1\r\n") && asked[0].ends_with("question"));
        assert!(asked[0].contains("identity: 00ff") && asked[0].contains("application/timestamp-query"));
        assert!(asked[1].starts_with("GET / "));
        let unreachable = FetchRequest {
            url: "http://127.0.0.1:1/person".into(),
            ..request(None)
        };
        let error = runtime.block_on(fetch.fetch(unreachable)).unwrap_err();
        assert!(!error.to_string().contains("person"));
        assert!(error.to_string().contains("refused"), "{error}");

        let unsendable = FetchRequest {
            headers: vec![("identity".into(), SecretText::new("sec\nret".into()))],
            ..request(None)
        };
        let error = runtime.block_on(fetch.fetch(unsendable.clone())).unwrap_err();
        for printed in [error.to_string(), format!("{error:?} {unsendable:?}")] {
            assert!(!printed.contains("sec") && !printed.contains("ret"), "{printed}");
        }
    }
}
