//! The network by HTTP: one attempt, bounded in time and size, with few redirects, by the proxies of the environment
//! (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`).

use std::io::Read as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use flate2::read::MultiGzDecoder;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Response, StatusCode, Url, redirect};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use super::{Fetch, FetchError, FetchRequest};
use crate::certificate::Certificate;

/// For everything, redirects included.
const ANSWER_TIMEOUT: Duration = super::patience::EACH;
const MAX_REDIRECTS: usize = 5;
/// That an answer is to be had elsewhere.
const FOLLOWED: [StatusCode; 5] = [
    StatusCode::MOVED_PERMANENTLY,
    StatusCode::FOUND,
    StatusCode::SEE_OTHER,
    StatusCode::TEMPORARY_REDIRECT,
    StatusCode::PERMANENT_REDIRECT,
];

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
            .connect_timeout(ANSWER_TIMEOUT)
            .user_agent(concat!("basvuru/", env!("CARGO_PKG_VERSION")))
            .build();
        client.map(Self).map_err(|error| failed(&error))
    }
}

#[async_trait]
impl Fetch for HttpFetch {
    async fn fetch(&self, request: FetchRequest) -> Result<Vec<u8>, FetchError> {
        let until = Instant::now() + ANSWER_TIMEOUT;
        let mut url = Url::parse(&request.url).map_err(|_| FetchError::Failed("not an address".to_owned()))?;
        let mut has_body = request.body.is_some();
        for _ in 0..=MAX_REDIRECTS {
            let answer = self.send(&request, url.clone(), has_body, until).await?;
            let status = answer.status();
            if status.is_success() {
                return read(answer, request.size_limit).await;
            }
            let location = answer.headers().get(LOCATION).filter(|_| FOLLOWED.contains(&status));
            let next = location.and_then(|location| redirected(location, &url, !request.headers.is_empty()));
            let Some(next) = next else {
                return Err(FetchError::Status(status.as_u16()));
            };
            // The answer lies there, and is not to be asked for once more (RFC 9110, 15.4.4).
            has_body &= status != StatusCode::SEE_OTHER;
            url = next;
        }
        Err(FetchError::Failed("too many redirects".to_owned()))
    }
}

impl HttpFetch {
    async fn send(
        &self,
        request: &FetchRequest,
        url: Url,
        has_body: bool,
        until: Instant,
    ) -> Result<Response, FetchError> {
        let mut prepared = match request.body.as_ref().filter(|_| has_body) {
            Some((media_type, octets)) => self.0.post(url).header(CONTENT_TYPE, *media_type).body(octets.clone()),
            None => self.0.get(url),
        };
        for (name, value) in &request.headers {
            let value = HeaderValue::from_str(value.expose());
            let mut value = value.map_err(|_| FetchError::Failed(format!("the header {name} cannot be sent")))?;
            // Left out of what the client prints.
            value.set_sensitive(true);
            prepared = prepared.header(name, value);
        }
        let left = until.saturating_duration_since(Instant::now());
        prepared.timeout(left).send().await.map_err(failed)
    }
}

/// Where an answer says that there is one. Nothing is followed from HTTPS to HTTP, to another scheme, or with a name and
/// password; and nobody but whom it was meant for is told who asks.
fn redirected(location: &HeaderValue, from: &Url, tells_who_asks: bool) -> Option<Url> {
    let to = from.join(location.to_str().ok()?).ok()?;
    let is_allowed = to.scheme() == from.scheme() || (from.scheme(), to.scheme()) == ("http", "https");
    let is_bare = to.username().is_empty() && to.password().is_none();
    (is_allowed && is_bare && (!tells_who_asks || to.origin() == from.origin())).then_some(to)
}

/// The body of an answer, which some servers compress unasked.
async fn read(mut answer: Response, size_limit: u64) -> Result<Vec<u8>, FetchError> {
    let encoding = answer.headers().get(CONTENT_ENCODING);
    let is_compressed = encoding.is_some_and(|encoding| matches!(encoding.as_bytes(), b"gzip" | b"x-gzip"));
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(failed)? {
        if body.len() as u64 + piece.len() as u64 > size_limit {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&piece);
    }
    if !is_compressed {
        return Ok(body);
    }
    let mut expanded = Vec::new();
    let read = MultiGzDecoder::new(&body[..])
        .take(size_limit + 1)
        .read_to_end(&mut expanded);
    read.map_err(|error| FetchError::Failed(error.to_string()))?;
    if expanded.len() as u64 > size_limit {
        return Err(FetchError::TooLarge);
    }
    Ok(expanded)
}

/// The address stays out of the error: it may name the person whose certificate it is about.
fn failed(error: reqwest::Error) -> FetchError {
    if error.is_timeout() {
        FetchError::TooLate
    } else {
        FetchError::Failed(with_causes(&error.without_url()))
    }
}

/// What an error says, and what lies behind it: the client itself says no more than that it could not send.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;
    use std::thread;

    use super::*;
    use crate::secret::SecretText;

    /// Gives each answer once, and returns what was asked.
    fn serve<T: AsRef<[u8]> + Send + 'static>(answers: Vec<T>) -> (String, thread::JoinHandle<Vec<String>>) {
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
                stream.write_all(answer.as_ref()).unwrap();
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

    fn get(url: &str) -> FetchRequest {
        FetchRequest {
            url: url.to_owned(),
            body: None,
            headers: Vec::new(),
            size_limit: 1_000,
        }
    }

    fn fetch(request: FetchRequest) -> Result<Vec<u8>, FetchError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(HttpFetch::new(&[]).unwrap().fetch(request))
    }

    fn elsewhere(status: u16, location: &str) -> String {
        format!("HTTP/1.1 {status} x\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    }

    const HERE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc";

    #[test]
    fn few_redirects_are_followed_with_what_was_sent() {
        let (url, serving) = serve(vec![
            elsewhere(301, "/one"),
            elsewhere(302, "two"),
            elsewhere(307, "?three"),
            elsewhere(308, "/a/../four"),
            HERE.to_owned(),
        ]);
        assert_eq!(fetch(get(&url)), Ok(b"abc".to_vec()));
        let asked = serving.join().unwrap();
        let lines: Vec<&str> = asked.iter().map(|head| head.lines().next().unwrap()).collect();
        let paths = ["/", "/one", "/two", "/two?three", "/four"];
        assert_eq!(lines, paths.map(|path| format!("GET {path} HTTP/1.1")));

        for (status, method) in [(301, "POST"), (302, "POST"), (303, "GET"), (307, "POST"), (308, "POST")] {
            let (url, serving) = serve(vec![elsewhere(status, "/there"), HERE.to_owned()]);
            let question = FetchRequest {
                body: Some(("application/ocsp-request", b"question".to_vec())),
                headers: vec![("identity".into(), SecretText::new("00ff".into()))],
                ..get(&url)
            };
            assert_eq!(fetch(question), Ok(b"abc".to_vec()));
            let asked = serving.join().unwrap();
            assert!(asked[1].starts_with(&format!("{method} /there ")), "{asked:?}");
            assert_eq!(asked[1].ends_with("question"), method == "POST");
            assert!(asked[1].contains("identity: 00ff"));
        }

        let (url, serving) = serve(vec![elsewhere(302, "/round"); MAX_REDIRECTS + 1]);
        assert_eq!(fetch(get(&url)), Err(FetchError::Failed("too many redirects".into())));
        assert_eq!(serving.join().unwrap().len(), MAX_REDIRECTS + 1);
    }

    #[test]
    fn no_redirect_leads_to_another_scheme_or_tells_others_who_asks() {
        for location in [
            "file:///etc/passwd",
            "ftp://127.0.0.1/",
            "data:,x",
            "http://a:b@127.0.0.1/",
            "http://[",
            "",
        ] {
            let (url, serving) = serve(vec![elsewhere(302, location), HERE.to_owned()]);
            let base = url.clone();
            // An empty one is the same address, which gives what is there.
            let expected = if location.is_empty() {
                Ok(b"abc".to_vec())
            } else {
                Err(FetchError::Status(302))
            };
            assert_eq!(fetch(get(&url)), expected, "{location}");
            if !location.is_empty() {
                assert_eq!(fetch(get(&base)), Ok(b"abc".to_vec()));
            }
            serving.join().unwrap();
        }
        let url = |text: &str| Url::parse(text).unwrap();
        let answer = |location| HeaderValue::from_static(location);
        let secure = url("https://a.example/");
        assert_eq!(redirected(&answer("http://a.example/"), &secure, false), None);
        assert_eq!(
            redirected(&answer("/b"), &secure, true),
            Some(url("https://a.example/b"))
        );
        assert_eq!(redirected(&answer("https://b.example/"), &secure, true), None);
        let plain = url("http://a.example/");
        assert_eq!(redirected(&answer("https://a.example/"), &plain, false), Some(secure));
    }

    #[test]
    fn a_body_that_is_compressed_unasked_or_comes_in_pieces_is_read() {
        let compressed = |octets: &[u8]| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            encoder.write_all(octets).unwrap();
            encoder.finish().unwrap()
        };
        let answer = |encoding: &str, body: &[u8]| {
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            [head.as_bytes(), body].concat()
        };
        let pieces =
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n";
        for (answer, expected) in [
            (answer("gzip", &compressed(b"abc")), Ok(b"abc".to_vec())),
            (answer("x-gzip", &compressed(&[7; 1_000])), Ok(vec![7; 1_000])),
            (answer("gzip", &compressed(&[7; 1_001])), Err(FetchError::TooLarge)),
            (answer("gzip", &compressed(&[7; 9_000_000])), Err(FetchError::TooLarge)),
            (answer("identity", b"abc"), Ok(b"abc".to_vec())),
            (pieces.to_vec(), Ok(b"abc".to_vec())),
        ] {
            let (url, serving) = serve(vec![answer]);
            assert_eq!(fetch(get(&url)), expected);
            serving.join().unwrap();
        }
        let (url, serving) = serve(vec![answer("gzip", b"abc")]);
        assert!(matches!(fetch(get(&url)), Err(FetchError::Failed(_))));
        serving.join().unwrap();
    }
}
