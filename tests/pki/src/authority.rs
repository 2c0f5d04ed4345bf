//! A root and an issuing authority under it, kept in a folder.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, SystemTime};

use const_oid::db::rfc4519;
use der::Decode;
use der::pem::LineEnding;
use x509_cert::Certificate;
use x509_cert::ext::pkix::KeyUsages;
use x509_cert::name::Name;

use crate::template::{Template, distinguished_name};
use crate::{KeyKind, PkiError, PrivateKey, address, extension};

const DAY: Duration = Duration::from_secs(24 * 3_600);
const ROOT_NAME: &str = "TEST Kök Sertifika Hizmet Sağlayıcısı";
const ISSUING_NAME: &str = "TEST Elektronik Sertifika Hizmet Sağlayıcısı";
const ORGANIZATION: &str = "TEST - hukuken geçersizdir";

/// What the certificates of an authority are to have. The default is a good P-384 authority.
#[derive(Debug, Clone)]
pub struct CaOptions {
    /// Tells authorities of the same name apart; part of the common names where not empty.
    pub name_suffix: String,
    /// The first moment of validity of both; a day ago by default.
    pub not_before: SystemTime,
    /// The last moment of validity of the root; twenty years by default.
    pub root_not_after: SystemTime,
    /// The last moment of validity of the issuing authority; ten years by default.
    pub issuing_not_after: SystemTime,
    /// The root's path length constraint; 1 by default.
    pub root_path_length: Option<u8>,
    /// Whether the issuing certificate says it is an authority.
    pub issuing_is_authority: bool,
    /// Whether the issuing key may sign certificates.
    pub issuing_signs_certificates: bool,
    /// Whether certificates name the addresses of [`crate::Services`].
    pub has_services: bool,
    /// What those addresses begin with; a host that does not exist by default.
    pub service_address: String,
}

impl Default for CaOptions {
    fn default() -> Self {
        let now = SystemTime::now();
        Self {
            name_suffix: String::new(),
            not_before: now - DAY,
            root_not_after: now + 20 * 365 * DAY,
            issuing_not_after: now + 10 * 365 * DAY,
            root_path_length: Some(1),
            issuing_is_authority: true,
            issuing_signs_certificates: true,
            has_services: false,
            service_address: address::ADDRESS.to_owned(),
        }
    }
}

impl CaOptions {
    /// Lets certificates name the addresses of [`crate::Services`].
    #[must_use]
    pub fn with_services(self) -> Self {
        Self {
            has_services: true,
            ..self
        }
    }

    /// Lets certificates name the addresses of [`crate::Services`] that someone serves, such as `http://127.0.0.1:4000`.
    #[must_use]
    pub fn with_services_at(self, address: &str) -> Self {
        Self {
            service_address: address.to_owned(),
            ..self.with_services()
        }
    }
}

/// A root and an issuing authority with their private keys.
#[derive(Debug, Clone)]
pub struct Authority {
    root_der: Vec<u8>,
    root_key: PrivateKey,
    issuing_der: Vec<u8>,
    issuing_key: PrivateKey,
}

impl Authority {
    /// Makes a new authority with P-384 keys.
    ///
    /// # Errors
    /// [`PkiError`] where a certificate cannot be encoded.
    pub fn new() -> Result<Self, PkiError> {
        Self::with_options(&CaOptions::default())
    }

    /// Makes a new authority with P-384 keys, to order.
    ///
    /// # Errors
    /// [`PkiError`] where a certificate cannot be encoded.
    pub fn with_options(options: &CaOptions) -> Result<Self, PkiError> {
        Self::with_keys(
            options,
            PrivateKey::generate(KeyKind::P384),
            PrivateKey::generate(KeyKind::P384),
        )
    }

    /// Makes a new authority with the keys given, to order.
    ///
    /// # Errors
    /// [`PkiError`] where a certificate cannot be encoded.
    pub fn with_keys(options: &CaOptions, root_key: PrivateKey, issuing_key: PrivateKey) -> Result<Self, PkiError> {
        let root_name = authority_name(ROOT_NAME, &options.name_suffix)?;
        let issuing_name = authority_name(ISSUING_NAME, &options.name_suffix)?;
        let authority_usages = KeyUsages::KeyCertSign | KeyUsages::CRLSign;

        let root_public = root_key.public_key()?;
        let [subject_key, _] = extension::key_identifiers(&root_public, &root_public)?;
        let root = Template {
            subject: root_name.clone(),
            issuer: root_name.clone(),
            public_key: root_public.clone(),
            not_before: options.not_before,
            not_after: options.root_not_after,
            extensions: vec![
                subject_key,
                extension::key_usage(authority_usages)?,
                extension::authority_constraints(options.root_path_length)?,
            ],
        };

        let issuing_public = issuing_key.public_key()?;
        let mut extensions = extension::key_identifiers(&issuing_public, &root_public)?.to_vec();
        extensions.push(extension::key_usage(if options.issuing_signs_certificates {
            authority_usages
        } else {
            KeyUsages::CRLSign.into()
        })?);
        if options.issuing_is_authority {
            extensions.push(extension::authority_constraints(Some(0))?);
        }
        if options.has_services {
            extensions.extend(address::addresses(&options.service_address, "root", false)?);
        }
        let issuing = Template {
            subject: issuing_name,
            issuer: root_name,
            public_key: issuing_public,
            not_before: options.not_before,
            not_after: options.issuing_not_after,
            extensions,
        };
        Ok(Self {
            root_der: root.sign(&root_key)?,
            issuing_der: issuing.sign(&root_key)?,
            root_key,
            issuing_key,
        })
    }

    /// Writes certificates and keys into a folder, made where it is missing; keys are readable to their owner alone.
    ///
    /// # Errors
    /// [`PkiError::File`] where the folder cannot be written.
    pub fn save(&self, folder: &Path) -> Result<(), PkiError> {
        fs::create_dir_all(folder)?;
        write_secret(&folder.join("root.key.pem"), &self.root_key.to_pkcs8_pem()?)?;
        write_secret(&folder.join("issuing.key.pem"), &self.issuing_key.to_pkcs8_pem()?)?;
        fs::write(folder.join("issuing.pem"), self.issuing_pem()?)?;
        fs::write(folder.join("root.pem"), self.root_pem()?)?;
        Ok(())
    }

    /// Reads what [`Self::save`] wrote.
    ///
    /// # Errors
    /// [`PkiError`] where a file is missing or is not what its name says.
    pub fn load(folder: &Path) -> Result<Self, PkiError> {
        let certificate = |name: &str| -> Result<Vec<u8>, PkiError> {
            let (_, document) = der::Document::from_pem(&fs::read_to_string(folder.join(name))?)?;
            Ok(document.into_vec())
        };
        let key = |name: &str| PrivateKey::from_pkcs8_pem(&fs::read_to_string(folder.join(name))?);
        Ok(Self {
            root_der: certificate("root.pem")?,
            root_key: key("root.key.pem")?,
            issuing_der: certificate("issuing.pem")?,
            issuing_key: key("issuing.key.pem")?,
        })
    }

    /// The root's certificate, DER.
    #[must_use]
    pub fn root_der(&self) -> &[u8] {
        &self.root_der
    }

    /// The issuing authority's certificate, DER.
    #[must_use]
    pub fn issuing_der(&self) -> &[u8] {
        &self.issuing_der
    }

    /// The root's key.
    #[must_use]
    pub fn root_key(&self) -> &PrivateKey {
        &self.root_key
    }

    /// The issuing authority's key.
    #[must_use]
    pub fn issuing_key(&self) -> &PrivateKey {
        &self.issuing_key
    }

    /// What the addresses of [`crate::Services`] begin with, which certificates are to name where the issuing one does.
    pub(crate) fn service_address(&self) -> Result<Option<String>, PkiError> {
        let certificate = Certificate::from_der(&self.issuing_der)?;
        let extensions = certificate.tbs_certificate.extensions.unwrap_or_default();
        let named = extensions
            .iter()
            .find(|found| found.extn_id == const_oid::db::rfc5912::ID_PE_AUTHORITY_INFO_ACCESS);
        Ok(named.and_then(|access| address::address(access.extn_value.as_bytes())))
    }

    /// The issuing authority's name.
    ///
    /// # Errors
    /// [`PkiError::Der`] where the certificate read from a folder is none.
    pub fn issuing_name(&self) -> Result<Name, PkiError> {
        Ok(Certificate::from_der(&self.issuing_der)?.tbs_certificate.subject)
    }

    /// The root's certificate, PEM.
    ///
    /// # Errors
    /// [`PkiError::Der`], which does not happen for a certificate.
    pub fn root_pem(&self) -> Result<String, PkiError> {
        certificate_pem(&self.root_der)
    }

    /// The issuing authority's certificate, PEM.
    ///
    /// # Errors
    /// [`PkiError::Der`], which does not happen for a certificate.
    pub fn issuing_pem(&self) -> Result<String, PkiError> {
        certificate_pem(&self.issuing_der)
    }

    /// The chain above a holder's certificate, issuing authority first, PEM.
    ///
    /// # Errors
    /// [`PkiError::Der`], which does not happen for certificates.
    pub fn chain_pem(&self) -> Result<String, PkiError> {
        Ok(self.issuing_pem()? + &self.root_pem()?)
    }
}

fn authority_name(common_name: &str, suffix: &str) -> Result<Name, PkiError> {
    let common_name = if suffix.is_empty() {
        common_name.to_owned()
    } else {
        format!("{common_name} {suffix}")
    };
    distinguished_name(&[
        (rfc4519::C, "TR"),
        (rfc4519::O, ORGANIZATION),
        (rfc4519::CN, &common_name),
    ])
}

fn certificate_pem(encoded: &[u8]) -> Result<String, PkiError> {
    Ok(der::pem::encode_string("CERTIFICATE", LineEnding::LF, encoded).map_err(der::Error::from)?)
}

/// Writes a private key to a file that only its owner can read, also where the file was there before.
fn write_secret(path: &Path, pem: &str) -> Result<(), PkiError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(pem.as_bytes())?;
    Ok(())
}

#[cfg(test)]
mod tests;
