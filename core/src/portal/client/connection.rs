//! How a connection to the portal is made safe, and what it means to the person when there is none.

use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, RootCertStore};

use super::ClientError;
use crate::clock::{Clock, since_1970};
use crate::failure::ConfigurationFault;

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
    Ok(config)
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

/// Finds out what a failed exchange means to the person. The URL and everything else the error knows stays inside.
pub(super) fn classify(error: &reqwest::Error, device: SystemTime) -> ClientError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(tls) = current.downcast_ref::<rustls::Error>() {
            return classify_tls(tls, device);
        }
        // `io::Error` does not give the error it wraps as its source.
        let wrapped = current.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(tls) = wrapped.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return classify_tls(tls, device);
        }
        cause = wrapped
            .map(|inner| inner as &(dyn Error + 'static))
            .or_else(|| current.source());
    }
    if error.is_timeout() {
        ClientError::Timeout
    } else if error.is_decode() || error.is_builder() || speaks_another_protocol(error) {
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

/// Whether the answer was not HTTP: hyper keeps its error type to itself but says so in words.
fn speaks_another_protocol(error: &reqwest::Error) -> bool {
    let mut words = String::new();
    let mut cause = error.source();
    while let Some(current) = cause {
        let _ = write!(words, "{current} ");
        cause = current.source();
    }
    [
        "invalid HTTP",
        "message head is too large",
        "frame with invalid size",
        "PROTOCOL_ERROR",
    ]
    .iter()
    .any(|sign| words.contains(sign))
}
