//! The portal's TLS identity: a root of its own and a server certificate under it, kept in the data folder across restarts.
//! Clients pin the root, `ca.pem`; both private keys are for their owner only.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use time::{Duration, OffsetDateTime};

use crate::failure::PortalError;
use crate::records::seal::write_private;

/// How much goes into one record, in octets: whoever reads at the end of a slow line sees nothing of one before its end, and of
/// one that is cut nothing is left.
const RECORD: usize = 4 * 1024;

const ROOT: &str = "ca.pem";
const ROOT_KEY: &str = "ca-key.pem";
const SERVER: &str = "server.pem";
const SERVER_KEY: &str = "server-key.pem";
const SERVER_FACTS: &str = "server.json";

/// How long a root is valid: as long as an installation lives.
const ROOT_LIFETIME: Duration = Duration::days(3650);
/// How long a server certificate is valid; clients refuse more than 398 days.
const SERVER_LIFETIME: Duration = Duration::days(397);
/// How long before its end a server certificate is replaced.
const RENEW_BEFORE: Duration = Duration::days(30);
/// Clocks differ: certificates begin an hour before they are made.
const CLOCK_SKEW: Duration = Duration::hours(1);

/// The portal's TLS identity.
pub(crate) struct Identity {
    pub(crate) root_pem: String,
    pub(crate) config: Arc<ServerConfig>,
}

/// What the server certificate was made for, to see when it must be replaced.
#[derive(PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct ServerFacts {
    host: String,
    not_after: i64,
}

/// Reads the identity from the data folder, or makes it: the root once, the server certificate again when it is about to
/// expire or the host has another name.
///
/// # Errors
/// [`PortalError::Tls`], [`PortalError::File`].
pub(crate) fn identity(data: &Path, host: &str) -> Result<Identity, PortalError> {
    let root_key = key_pair(&data.join(ROOT_KEY))?;
    let root_path = data.join(ROOT);
    if !root_path.exists() {
        let certificate = root_parameters().self_signed(&root_key).map_err(tls)?;
        replace(&root_path, &certificate.pem())?;
    }
    let root_pem = fs::read_to_string(&root_path).map_err(PortalError::file(&root_path))?;
    let server_key = key_pair(&data.join(SERVER_KEY))?;
    let server_path = data.join(SERVER);
    if !server_is_current(data, host) {
        let not_after = now() + SERVER_LIFETIME;
        let issuer = Issuer::new(root_parameters(), root_key);
        let certificate = server_parameters(host, not_after)?
            .signed_by(&server_key, &issuer)
            .map_err(tls)?;
        replace(&server_path, &certificate.pem())?;
        let facts = ServerFacts {
            host: host.to_owned(),
            not_after: not_after.unix_timestamp(),
        };
        replace(&data.join(SERVER_FACTS), &serde_json::to_string(&facts).map_err(tls)?)?;
    }
    let server_pem = fs::read(&server_path).map_err(PortalError::file(&server_path))?;
    let chain = CertificateDer::pem_slice_iter(&server_pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(tls)?;
    let key = PrivateKeyDer::try_from(server_key.serialize_der()).map_err(tls)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(tls)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(tls)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.max_fragment_size = Some(RECORD);
    Ok(Identity {
        root_pem,
        config: Arc::new(config),
    })
}

fn root_parameters() -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = name("Basvuru portal root");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    parameters.not_before = now() - CLOCK_SKEW;
    parameters.not_after = now() + ROOT_LIFETIME;
    parameters
}

fn server_parameters(host: &str, not_after: OffsetDateTime) -> Result<CertificateParams, PortalError> {
    let mut names = vec![host.to_owned()];
    if host != "localhost" {
        names.push("localhost".to_owned());
    }
    let mut parameters = CertificateParams::new(names).map_err(tls)?;
    for address in [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)] {
        let subject = SanType::IpAddress(address);
        if !parameters.subject_alt_names.contains(&subject) {
            parameters.subject_alt_names.push(subject);
        }
    }
    parameters.distinguished_name = name(host);
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    parameters.use_authority_key_identifier_extension = true;
    parameters.not_before = now() - CLOCK_SKEW;
    parameters.not_after = not_after;
    Ok(parameters)
}

fn name(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    // X.520 allows 64 characters in a common name; the host itself is in the alternative names.
    name.push(DnType::CommonName, common_name.chars().take(64).collect::<String>());
    name
}

fn server_is_current(data: &Path, host: &str) -> bool {
    let facts = fs::read(data.join(SERVER_FACTS)).ok();
    let facts = facts.and_then(|text| serde_json::from_slice::<ServerFacts>(&text).ok());
    data.join(SERVER).exists()
        && facts.is_some_and(|facts| facts.host == host && facts.not_after > (now() + RENEW_BEFORE).unix_timestamp())
}

/// Reads a private key, or makes one (ECDSA with P-256).
fn key_pair(path: &Path) -> Result<KeyPair, PortalError> {
    if !path.exists() {
        let fresh = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(tls)?;
        write_private(path, fresh.serialize_pem().as_bytes()).map_err(PortalError::file(path))?;
    }
    KeyPair::from_pem(&fs::read_to_string(path).map_err(PortalError::file(path))?).map_err(tls)
}

/// Writes a file that appears whole or not at all.
fn replace(path: &Path, text: &str) -> Result<(), PortalError> {
    let draft = path.with_extension("draft");
    fs::write(&draft, text).map_err(PortalError::file(&draft))?;
    fs::rename(&draft, path).map_err(PortalError::file(path))
}

fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

fn tls(error: impl std::fmt::Display) -> PortalError {
    PortalError::Tls(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_root_outlives_restarts_and_renamed_hosts_and_keys_are_private() {
        let folder = tempfile::tempdir().unwrap();
        let first = identity(folder.path(), "localhost").unwrap();
        let server = fs::read_to_string(folder.path().join(SERVER)).unwrap();
        let again = identity(folder.path(), "localhost").unwrap();
        assert_eq!(first.root_pem, again.root_pem);
        assert_eq!(server, fs::read_to_string(folder.path().join(SERVER)).unwrap());
        let renamed = identity(folder.path(), "basvuru.example").unwrap();
        assert_eq!(first.root_pem, renamed.root_pem);
        assert_ne!(server, fs::read_to_string(folder.path().join(SERVER)).unwrap());
        for key in [ROOT_KEY, SERVER_KEY] {
            assert_eq!(
                fs::metadata(folder.path().join(key)).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
    }
}
