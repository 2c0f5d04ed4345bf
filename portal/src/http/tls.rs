//! The portal's TLS identity: a root of its own and a server certificate under it, kept in the data folder across restarts.
//! Clients pin the root, `ca.pem`; both private keys are for their owner only. Whoever pins it trusts it for this portal's host
//! and for the machine itself, and for nobody else's (RFC 5280, 4.2.1.10): a key that was stolen vouches for no other server.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::sync::Arc;

use basvuru::digest::hexadecimal;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType,
};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest as _, Sha256};
use time::{Duration, OffsetDateTime};

use crate::failure::PortalError;
use crate::records::seal::write_private;

/// How much goes into one record, in octets: whoever reads at the end of a slow line sees nothing of one before its end, and of
/// one that is cut nothing is left.
const RECORD: usize = 4 * 1024;

const ROOT: &str = "ca.pem";
/// The host that the root is for. Where the file is missing, the root was made by an earlier version, for any.
const ROOT_FACTS: &str = "ca.json";
const ROOT_KEY: &str = "ca-key.pem";
const SERVER: &str = "server.pem";
const SERVER_KEY: &str = "server-key.pem";
const SERVER_FACTS: &str = "server.json";

/// How the machine itself calls itself.
const LOCALHOST: &str = "localhost";
const LOOPBACK: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

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

/// Which root is for which host.
#[derive(serde::Serialize, serde::Deserialize)]
struct RootFacts {
    host: String,
    /// SHA-256 of the root's file.
    sha256: String,
}

/// Reads the identity from the data folder, or makes it: the root once for a host, the server certificate again when it is
/// about to expire or the host has another name.
///
/// # Errors
/// [`PortalError::Tls`], [`PortalError::File`].
pub(crate) fn identity(data: &Path, host: &str) -> Result<Identity, PortalError> {
    let root_key = key_pair(&data.join(ROOT_KEY))?;
    let root_path = data.join(ROOT);
    if !root_is_for(data, host) {
        let root = root_parameters(host).self_signed(&root_key).map_err(tls)?.pem();
        let facts = RootFacts {
            host: host.to_owned(),
            sha256: digest(root.as_bytes()),
        };
        // Where this is interrupted, the facts are of no root that is there, and both are made again.
        replace(&data.join(ROOT_FACTS), &serde_json::to_string(&facts).map_err(tls)?)?;
        replace(&root_path, &root)?;
    }
    let root_pem = fs::read_to_string(&root_path).map_err(PortalError::file(&root_path))?;
    let server_key = key_pair(&data.join(SERVER_KEY))?;
    let server_path = data.join(SERVER);
    if !server_is_current(data, host) {
        let not_after = now() + SERVER_LIFETIME;
        let issuer = Issuer::new(root_parameters(host), root_key);
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

/// Whether there is a root that may vouch for a host.
fn root_is_for(data: &Path, host: &str) -> bool {
    let Ok(root) = fs::read(data.join(ROOT)) else {
        return false;
    };
    match fs::read(data.join(ROOT_FACTS)) {
        Ok(text) => serde_json::from_slice::<RootFacts>(&text)
            .is_ok_and(|facts| facts.host == host && facts.sha256 == digest(&root)),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

fn digest(octets: &[u8]) -> String {
    hexadecimal(&Sha256::digest(octets))
}

fn root_parameters(host: &str) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = name("Basvuru portal root");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    parameters.not_before = now() - CLOCK_SKEW;
    parameters.not_after = now() + ROOT_LIFETIME;
    let mut permitted_subtrees: Vec<_> = LOOPBACK
        .iter()
        .map(|address| GeneralSubtree::IpAddress(only(*address)))
        .collect();
    for name in names(host) {
        permitted_subtrees.push(match name.parse() {
            Ok(address) => GeneralSubtree::IpAddress(only(address)),
            Err(_) => GeneralSubtree::DnsName(name),
        });
    }
    parameters.name_constraints = Some(NameConstraints {
        permitted_subtrees,
        excluded_subtrees: Vec::new(),
    });
    parameters
}

/// The network of one address.
fn only(address: IpAddr) -> CidrSubnet {
    let length = match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    };
    CidrSubnet::from_addr_prefix(address, length)
}

/// The names a server is reached by: its host's, and the machine's own.
fn names(host: &str) -> Vec<String> {
    let mut names = vec![host.to_owned()];
    if host != LOCALHOST {
        names.push(LOCALHOST.to_owned());
    }
    names
}

fn server_parameters(host: &str, not_after: OffsetDateTime) -> Result<CertificateParams, PortalError> {
    let mut parameters = CertificateParams::new(names(host)).map_err(tls)?;
    for address in LOOPBACK {
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

    fn read(folder: &tempfile::TempDir, file: &str) -> String {
        fs::read_to_string(folder.path().join(file)).unwrap()
    }

    #[test]
    fn the_root_outlives_restarts_and_keys_are_private() {
        let folder = tempfile::tempdir().unwrap();
        let first = identity(folder.path(), "localhost").unwrap();
        let server = read(&folder, SERVER);
        let again = identity(folder.path(), "localhost").unwrap();
        assert_eq!(first.root_pem, again.root_pem);
        assert_eq!(server, read(&folder, SERVER));
        for key in [ROOT_KEY, SERVER_KEY] {
            assert_eq!(
                fs::metadata(folder.path().join(key)).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
    }

    #[test]
    fn a_host_of_another_name_has_a_root_of_its_own_under_the_same_key() {
        let folder = tempfile::tempdir().unwrap();
        let first = identity(folder.path(), "localhost").unwrap();
        let (server, key) = (read(&folder, SERVER), read(&folder, ROOT_KEY));
        let renamed = identity(folder.path(), "basvuru.example").unwrap();
        assert_ne!(first.root_pem, renamed.root_pem);
        assert_ne!(server, read(&folder, SERVER));
        assert_eq!(key, read(&folder, ROOT_KEY));
        assert!(vouches(&renamed.root_pem, &read(&folder, SERVER), "basvuru.example").is_ok());
        // Interrupted after the facts were written, before the root was.
        fs::write(folder.path().join(ROOT), &first.root_pem).unwrap();
        let again = identity(folder.path(), "basvuru.example").unwrap();
        assert!(vouches(&again.root_pem, &read(&folder, SERVER), "basvuru.example").is_ok());
    }

    #[test]
    fn a_root_of_an_earlier_version_is_kept_whatever_the_host_is_called() {
        let folder = tempfile::tempdir().unwrap();
        let key = key_pair(&folder.path().join(ROOT_KEY)).unwrap();
        let mut unconstrained = root_parameters("localhost");
        unconstrained.name_constraints = None;
        let root = unconstrained.self_signed(&key).unwrap().pem();
        fs::write(folder.path().join(ROOT), &root).unwrap();
        for host in ["localhost", "basvuru.example"] {
            assert_eq!(identity(folder.path(), host).unwrap().root_pem, root);
            assert!(vouches(&root, &read(&folder, SERVER), host).is_ok());
        }
    }

    /// What rustls says of a server's certificate under a root.
    fn vouches(root: &str, server: &str, name: &str) -> Result<(), rustls::Error> {
        let mut roots = rustls::RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(root.as_bytes()).unwrap())
            .unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = rustls::client::WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
        let server = CertificateDer::from_pem_slice(server.as_bytes()).unwrap();
        let name = rustls::pki_types::ServerName::try_from(name.to_owned()).unwrap();
        let time = rustls::pki_types::UnixTime::now();
        use rustls::client::danger::ServerCertVerifier as _;
        let verified = verifier
            .build()
            .unwrap()
            .verify_server_cert(&server, &[], &name, &[], time);
        verified.map(drop)
    }

    /// What OpenSSL says of the same.
    fn openssl_vouches(folder: &Path, root: &str, server: &str) -> bool {
        fs::write(folder.join("root.pem"), root).unwrap();
        fs::write(folder.join("leaf.pem"), server).unwrap();
        let mut openssl = std::process::Command::new("openssl");
        openssl.args([
            "verify",
            "-x509_strict",
            "-purpose",
            "sslserver",
            "-CAfile",
            "root.pem",
            "leaf.pem",
        ]);
        let verdict = openssl.current_dir(folder).output().unwrap();
        let said = String::from_utf8_lossy(&verdict.stderr).into_owned();
        // A refusal for another reason proves nothing.
        assert!(
            verdict.status.success() || said.contains("permitted subtree violation"),
            "{said}"
        );
        verdict.status.success()
    }

    #[test]
    fn a_stolen_root_key_vouches_for_no_other_server() {
        for host in ["localhost", "basvuru.example", "192.0.2.7"] {
            let folder = tempfile::tempdir().unwrap();
            let root = identity(folder.path(), host).unwrap().root_pem;
            let own = read(&folder, SERVER);
            for name in [host, "localhost", "127.0.0.1", "::1"] {
                assert!(vouches(&root, &own, name).is_ok(), "{host}: {name}");
            }
            assert!(openssl_vouches(folder.path(), &root, &own), "{host}");
            for other in ["www.example.com", "example", "192.0.2.8", "2001:db8::1"] {
                let issuer = Issuer::new(root_parameters(host), key_pair(&folder.path().join(ROOT_KEY)).unwrap());
                let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
                let stolen = server_parameters(other, now() + SERVER_LIFETIME).unwrap();
                let stolen = stolen.signed_by(&key, &issuer).unwrap().pem();
                assert!(vouches(&root, &stolen, other).is_err(), "{host}: {other}");
                assert!(!openssl_vouches(folder.path(), &root, &stolen), "{host}: {other}");
            }
        }
    }
}
