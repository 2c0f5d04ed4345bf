//! Somebody between the app and the portal: a TLS server that passes requests on, and alters, loses or makes up answers as
//! a test says. Its certificate is the portal's own, or any other.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::{World, WorldError};

/// A TLS certificate with its key, and the root above it.
#[derive(Clone)]
pub struct TlsIdentity {
    config: Arc<ServerConfig>,
    root_pem: String,
}

/// When a certificate is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// Now.
    Current,
    /// Until yesterday.
    Expired,
}

impl TlsIdentity {
    /// The portal's own, as whoever has broken into it would have it.
    ///
    /// # Errors
    /// [`WorldError`] where the portal's files are not there.
    pub fn of_portal(world: &World) -> Result<Self, WorldError> {
        let root = String::from_utf8(world.portal_root()?).map_err(tls)?;
        let chain = std::fs::read(world.data().join("server.pem"))?;
        let chain = CertificateDer::pem_slice_iter(&chain).collect::<Result<Vec<_>, _>>();
        let key = std::fs::read(world.data().join("server-key.pem"))?;
        Self::new(
            chain.map_err(tls)?,
            PrivateKeyDer::from_pem_slice(&key).map_err(tls)?,
            root,
        )
    }

    /// One for a host, under a root of its own.
    ///
    /// # Errors
    /// [`WorldError::Tls`].
    pub fn made(host: &str, validity: Validity) -> Result<Self, WorldError> {
        use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
        let root_key = KeyPair::generate().map_err(tls)?;
        let mut root = CertificateParams::default();
        root.distinguished_name.push(DnType::CommonName, "TEST root");
        root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let root_pem = root.clone().self_signed(&root_key).map_err(tls)?.pem();
        let server_key = KeyPair::generate().map_err(tls)?;
        let mut server = CertificateParams::new(vec![host.to_owned()]).map_err(tls)?;
        server.distinguished_name.push(DnType::CommonName, "TEST server");
        let now = std::time::SystemTime::now();
        let day = std::time::Duration::from_secs(24 * 60 * 60);
        server.not_before = (now - 30 * day).into();
        server.not_after = match validity {
            Validity::Current => now + 30 * day,
            Validity::Expired => now - day,
        }
        .into();
        let certificate = server
            .signed_by(&server_key, &Issuer::new(root, root_key))
            .map_err(tls)?;
        let key = PrivateKeyDer::try_from(server_key.serialize_der()).map_err(tls)?;
        Self::new(vec![certificate.der().clone()], key, root_pem)
    }

    fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        root_pem: String,
    ) -> Result<Self, WorldError> {
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(tls)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(tls)?;
        Ok(Self {
            config: Arc::new(config),
            root_pem,
        })
    }

    /// The root above it, PEM.
    #[must_use]
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }
}

fn tls(error: impl std::fmt::Display) -> WorldError {
    WorldError::Tls(error.to_string())
}

/// What becomes of a request.
pub enum Act {
    /// It is passed on, and so is the answer.
    Pass,
    /// It is passed on; the body of the answer is replaced by what this makes of it.
    Alter(Box<dyn FnOnce(Vec<u8>) -> Vec<u8> + Send>),
    /// It is passed on and the portal does what it does; the answer is lost with the connection.
    LoseAnswer,
    /// It is not passed on; the connection is lost.
    LoseRequest,
    /// It is not passed on, and answered with this status, media type and body.
    Answer(u16, &'static str, Vec<u8>),
    /// It is not passed on, and answered as a gateway does whose portal is away: with this status, and when to come again.
    AnswerForPortal(u16, Option<&'static str>),
    /// It is not passed on, and answered by naming somebody else to ask, by their `https://…`.
    SendElsewhere(String),
}

type Rule = Arc<dyn Fn(&str, &str) -> Act + Send + Sync>;

/// Somebody between the app and the portal. Ends with the value that holds it.
pub struct Front {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    portal: String,
    client: reqwest::Client,
    state: Mutex<State>,
}

struct State {
    rule: Rule,
    requests: Vec<String>,
}

impl Front {
    /// Stands in front of a world's portal, under an identity, and passes everything on until told otherwise.
    ///
    /// # Errors
    /// [`WorldError`].
    pub async fn before(world: &World, identity: &TlsIdentity) -> Result<Self, WorldError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            portal: world.url(),
            client: world.raw_client()?,
            state: Mutex::new(State {
                rule: Arc::new(|_, _| Act::Pass),
                requests: Vec::new(),
            }),
        });
        let acceptor = TlsAcceptor::from(Arc::clone(&identity.config));
        let accepting = tokio::spawn(accept(listener, acceptor, Arc::clone(&shared)));
        Ok(Self {
            address,
            shared,
            accepting,
        })
    }

    /// Its address, `https://…`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sets the rule for every request from now on, given its method and path.
    pub fn rule(&self, rule: impl Fn(&str, &str) -> Act + Send + Sync + 'static) {
        self.shared.lock().rule = Arc::new(rule);
    }

    /// Learns the token of every session that begins from now on.
    #[must_use]
    pub fn tokens(&self) -> Arc<Mutex<Vec<String>>> {
        let tokens: Arc<Mutex<Vec<String>>> = Arc::default();
        let heard = Arc::clone(&tokens);
        self.rule(move |_, path| match path.ends_with("/sessions") {
            false => Act::Pass,
            true => {
                let heard = Arc::clone(&heard);
                Act::Alter(Box::new(move |body| {
                    let session: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
                    let token = session.get("token").and_then(serde_json::Value::as_str);
                    let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                    heard.extend(token.map(str::to_owned));
                    drop(heard);
                    body
                }))
            }
        });
        tokens
    }

    /// The requests that came, `METHOD /path`.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.shared.lock().requests.clone()
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, WorldError> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(tls)?.to_bytes();
        let path = parts.uri.path().to_owned();
        let rule = {
            let mut state = self.lock();
            state.requests.push(format!("{} {path}", parts.method));
            Arc::clone(&state.rule)
        };
        let act = rule(parts.method.as_str(), &path);
        match act {
            Act::LoseRequest => return Err(WorldError::Tls("lost".to_owned())),
            Act::Answer(status, media_type, content) => {
                let status = StatusCode::from_u16(status).map_err(tls)?;
                let response = Response::builder().status(status).header("content-type", media_type);
                return response.body(Full::from(content)).map_err(tls);
            }
            Act::AnswerForPortal(status, after) => {
                let status = StatusCode::from_u16(status).map_err(tls)?;
                let mut response = Response::builder().status(status).header("content-type", "text/html");
                if let Some(after) = after {
                    response = response.header("retry-after", after);
                }
                return response.body(Full::from("<h1>Gateway</h1>")).map_err(tls);
            }
            Act::SendElsewhere(url) => {
                let response = Response::builder().status(StatusCode::TEMPORARY_REDIRECT);
                let response = response.header("location", format!("{url}{path}"));
                return response.body(Full::default()).map_err(tls);
            }
            Act::Pass | Act::Alter(_) | Act::LoseAnswer => {}
        }
        let method = Method::from_bytes(parts.method.as_str().as_bytes()).map_err(tls)?;
        let mut passed = self.client.request(method, format!("{}{path}", self.portal)).body(body);
        for (name, value) in &parts.headers {
            if ![HOST, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING].contains(name) {
                passed = passed.header(name, value);
            }
        }
        let answer = passed.send().await.map_err(tls)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let content = answer.bytes().await.map_err(tls)?;
        let content = match act {
            Act::LoseAnswer => return Err(WorldError::Tls("lost".to_owned())),
            Act::Alter(alter) => Bytes::from(alter(content.to_vec())),
            Act::Pass | Act::LoseRequest | Act::Answer(..) | Act::AnswerForPortal(..) | Act::SendElsewhere(_) => {
                content
            }
        };
        let mut response = Response::builder().status(status);
        for (name, value) in &headers {
            if ![CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING].contains(name) {
                response = response.header(name, value);
            }
        }
        response.body(Full::new(content)).map_err(tls)
    }
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, shared) = (acceptor.clone(), Arc::clone(&shared));
        connections.spawn(async move {
            let Ok(stream) = acceptor.accept(stream).await else {
                return;
            };
            let service = hyper::service::service_fn(move |request| {
                let shared = Arc::clone(&shared);
                async move { shared.answer(request).await }
            });
            // A request that is lost takes the connection with it: that is how it is lost.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// What somebody who does not speak HTTP says.
#[derive(Clone)]
pub enum Noise {
    /// These octets in place of a TLS handshake.
    InsteadOfTls(Vec<u8>),
    /// These octets in place of an HTTP response.
    InsteadOfHttp(Vec<u8>),
    /// A response that begins with these octets and never ends.
    Endless(Vec<u8>),
}

/// Somebody who answers everybody with the same noise. Ends with the value that holds it.
pub struct Noisy {
    address: SocketAddr,
    accepting: JoinHandle<Infallible>,
}

impl Noisy {
    /// Starts making noise, under an identity.
    ///
    /// # Errors
    /// [`WorldError::File`] where no port is to be had.
    pub async fn start(identity: &TlsIdentity, noise: Noise) -> Result<Self, WorldError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let acceptor = TlsAcceptor::from(Arc::clone(&identity.config));
        let accepting = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                if let Ok((stream, _)) = listener.accept().await {
                    connections.spawn(make(noise.clone(), stream, acceptor.clone()));
                }
            }
        });
        Ok(Self { address, accepting })
    }

    /// Its address, `https://…`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }
}

impl Drop for Noisy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn make(noise: Noise, mut stream: TcpStream, acceptor: TlsAcceptor) -> std::io::Result<()> {
    let mut heard = [0; 4096];
    match noise {
        Noise::InsteadOfTls(octets) => {
            let _ = stream.read(&mut heard).await?;
            stream.write_all(&octets).await?;
            stream.shutdown().await
        }
        Noise::InsteadOfHttp(octets) => {
            let mut stream = acceptor.accept(stream).await?;
            let _ = stream.read(&mut heard).await?;
            stream.write_all(&octets).await?;
            stream.shutdown().await
        }
        Noise::Endless(octets) => {
            let mut stream = acceptor.accept(stream).await?;
            let _ = stream.read(&mut heard).await?;
            stream.write_all(&octets).await?;
            let more = vec![b' '; 64 * 1024];
            loop {
                stream.write_all(&more).await?;
            }
        }
    }
}
