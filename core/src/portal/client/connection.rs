//! How a connection to the portal is made safe, and what it means to the person when there is none.

use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use reqwest::{Client, redirect};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, RootCertStore};

use super::line::RECORD;
use super::proxy::Proxy;
use super::{CONNECT_TIMEOUT, ClientError};
use crate::clock::{Clock, since_1970};
use crate::failure::{ConfigurationFault, ProxyFault};

fn wrong_roots(detail: &'static str) -> ClientError {
    let fault = ConfigurationFault::Roots;
    ClientError::Configuration { fault, detail }
}

/// TLS 1.2 and 1.3 with the given roots alone. The provider is given here and not installed for the whole process, which
/// belongs to the app that embeds the core.
pub(super) fn tls(roots: &[u8], clock: Arc<dyn Clock>) -> Result<ClientConfig, ClientError> {
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(roots) {
        let certificate = certificate.map_err(|_| wrong_roots("the portal's roots are not PEM"))?;
        store
            .add(certificate)
            .map_err(|_| wrong_roots("a root of the portal is no certificate"))?;
    }
    if store.is_empty() {
        return Err(wrong_roots("there is no root to trust the portal by"));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_details(provider, Arc::new(DeviceTime(clock)))
        .with_safe_default_protocol_versions()
        .map_err(|_| ClientError::Configuration {
            fault: ConfigurationFault::Connection,
            detail: "TLS cannot be set up",
        })?
        .with_root_certificates(store)
        .with_no_client_auth();
    // One request after the other has nothing of HTTP/2, which would be 3 % of a phone's library.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.max_fragment_size = Some(RECORD);
    Ok(config)
}

/// An HTTP client with connections of its own. What it waits for, and how long, is each exchange's business.
pub(super) fn client(tls: ClientConfig, proxy: Option<&Proxy>) -> Result<Client, ClientError> {
    let client = Client::builder()
        .tls_backend_preconfigured(tls)
        .https_only(true)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT)
        .user_agent(concat!("basvuru/", env!("CARGO_PKG_VERSION")));
    let client = match proxy {
        Some(proxy) => client.proxy(proxy.way()),
        None => client,
    };
    client.build().map_err(|_| ClientError::Configuration {
        fault: ConfigurationFault::Connection,
        detail: "the HTTP client cannot be set up",
    })
}

/// The device's time, as TLS asks for it.
#[derive(Debug)]
struct DeviceTime(Arc<dyn Clock>);

impl TimeProvider for DeviceTime {
    fn current_time(&self) -> Option<UnixTime> {
        let since = Duration::from_secs(since_1970(self.0.wall()));
        Some(UnixTime::since_unix_epoch(since))
    }
}

/// What is said of a connection that was lost, in the middle of an answer too.
const BROKEN: [io::ErrorKind; 4] = [
    io::ErrorKind::BrokenPipe,
    io::ErrorKind::ConnectionAborted,
    io::ErrorKind::ConnectionReset,
    io::ErrorKind::UnexpectedEof,
];

/// Finds out what a failed exchange means to the person. The URL and everything else the error knows stays inside.
pub(super) fn classify(error: &reqwest::Error, device: SystemTime, proxy: Option<&Proxy>) -> ClientError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    let mut broke = false;
    while let Some(current) = cause {
        if let Some(tls) = current.downcast_ref::<rustls::Error>() {
            return classify_tls(tls, device);
        }
        // `io::Error` does not give the error it wraps as its source.
        let line = current.downcast_ref::<io::Error>();
        broke |= line.is_some_and(|line| BROKEN.contains(&line.kind()));
        let wrapped = line.and_then(io::Error::get_ref);
        if let Some(tls) = wrapped.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return classify_tls(tls, device);
        }
        cause = wrapped
            .map(|inner| inner as &(dyn Error + 'static))
            .or_else(|| current.source());
    }
    let words = words(error);
    if let Some(proxy) = proxy.filter(|_| error.is_connect()) {
        // No tunnel within the time that connecting may take: the portal beyond it was never spoken to.
        let fault = Proxy::fault(&words).or_else(|| error.is_timeout().then_some(ProxyFault::Silent));
        if let Some(fault) = fault {
            let proxy = proxy.name().to_owned();
            return ClientError::Proxy { fault, proxy };
        }
    }
    if error.is_timeout() {
        ClientError::Timeout
    } else if broke {
        ClientError::Unreachable
    } else if error.is_decode() || error.is_builder() || speaks_another_protocol(&words) {
        ClientError::Garbled
    } else {
        ClientError::Unreachable
    }
}

fn classify_tls(error: &rustls::Error, device: SystemTime) -> ClientError {
    use rustls::CertificateError;
    #[expect(clippy::wildcard_enum_match_arm, reason = "all other causes have the same remedy")]
    match error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => ClientError::UnknownAuthority,
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => ClientError::WrongHost,
        rustls::Error::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        ) => ClientError::NotCurrent { device },
        _ => ClientError::Insecure,
    }
}

/// What the causes of an error say, one after the other.
fn words(error: &reqwest::Error) -> String {
    let mut words = String::new();
    let mut cause = error.source();
    while let Some(current) = cause {
        let _ = write!(words, "{current} ");
        cause = current.source();
    }
    words
}

/// Whether the answer was not HTTP: hyper keeps its error type to itself but says so in words.
fn speaks_another_protocol(words: &str) -> bool {
    [
        "invalid HTTP",
        "message head is too large",
        "frame with invalid size",
        "PROTOCOL_ERROR",
    ]
    .iter()
    .any(|sign| words.contains(sign))
}
