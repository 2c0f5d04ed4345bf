//! Whom a certificate is for, and what is to be wrong with it.

use std::time::{Duration, SystemTime};

use const_oid::db::rfc4519;
use der::{Any, Decode as _};
use x509_cert::ext::pkix::KeyUsages;

use crate::template::{Template, distinguished_name};
use crate::{Authority, KeyKind, PkiError, PrivateKey, address, extension};

const HOUR: Duration = Duration::from_secs(3_600);
const YEAR: Duration = Duration::from_secs(365 * 24 * 3_600);

/// The person a certificate names.
#[derive(Clone, PartialEq, Eq)]
pub struct Holder {
    /// Given names.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// T.C. kimlik no (11 digits) or a passport's number.
    pub number: String,
}

impl Holder {
    /// A person.
    #[must_use]
    pub fn new(given_name: &str, family_name: &str, number: &str) -> Self {
        Self {
            given_name: given_name.into(),
            family_name: family_name.into(),
            number: number.into(),
        }
    }
}

/// What a certificate is to have. The default is a good qualified certificate of three years.
#[derive(Debug, Clone)]
pub struct IssueOptions {
    /// The first moment of validity; an hour ago by default.
    pub not_before: SystemTime,
    /// The last moment of validity.
    pub not_after: SystemTime,
    /// Whether the key is for nonRepudiation (beside digitalSignature).
    pub non_repudiation: bool,
    /// Whether the statement of the European Union is there (0.4.0.1862.1.1).
    pub etsi_statement: bool,
    /// Whether the Turkish statement is there (2.16.792.1.61.0.1.5070.1.1).
    pub turkish_statement: bool,
    /// Whether the policy carries the user notice.
    pub user_notice: bool,
    /// Whether the subject carries the holder's number.
    pub holder_number: bool,
    /// Whether it is marked as a seal (2.16.792.1.61.0.1.5070.2.1).
    pub seal: bool,
    /// Whether the certificate spells the numbers of its curve out (P-384 alone).
    pub explicit_curve: bool,
}

/// P-384 as OpenSSL writes it where it does not name it: `openssl ecparam -name secp384r1 -param_enc explicit -outform DER`.
const EXPLICIT_P384: &[u8] = include_bytes!("explicit-p384.der");

impl Default for IssueOptions {
    fn default() -> Self {
        let now = SystemTime::now();
        Self {
            not_before: now - HOUR,
            not_after: now + 3 * YEAR,
            non_repudiation: true,
            etsi_statement: true,
            turkish_statement: true,
            user_notice: true,
            holder_number: true,
            seal: false,
            explicit_curve: false,
        }
    }
}

impl IssueOptions {
    /// A certificate that ended an hour ago, after a year.
    #[must_use]
    pub fn expired() -> Self {
        let now = SystemTime::now();
        Self {
            not_before: now - YEAR,
            not_after: now - HOUR,
            ..Self::default()
        }
    }

    /// A certificate without any mark of a qualified one.
    #[must_use]
    pub fn unqualified() -> Self {
        Self {
            etsi_statement: false,
            turkish_statement: false,
            user_notice: false,
            ..Self::default()
        }
    }
}

/// A certificate with its key.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The certificate, DER.
    pub certificate_der: Vec<u8>,
    /// Its private key, PKCS #8 DER.
    pub private_key_pkcs8_der: Vec<u8>,
    /// The same key, ready to sign.
    pub private_key: PrivateKey,
}

impl Authority {
    /// Issues a certificate for a new key.
    ///
    /// # Errors
    /// [`PkiError`] where the holder's particulars cannot be encoded.
    pub fn issue(&self, holder: &Holder, key: KeyKind, options: &IssueOptions) -> Result<Issued, PkiError> {
        self.issue_for_key(holder, PrivateKey::generate(key), options)
    }

    /// Issues a certificate for a key that is there already.
    ///
    /// # Errors
    /// [`PkiError`] where the holder's particulars cannot be encoded.
    pub fn issue_for_key(
        &self,
        holder: &Holder,
        private_key: PrivateKey,
        options: &IssueOptions,
    ) -> Result<Issued, PkiError> {
        let template = self.holder_template(holder, &private_key, options)?;
        Ok(Issued {
            certificate_der: template.sign(self.issuing_key())?,
            private_key_pkcs8_der: private_key.to_pkcs8_der()?,
            private_key,
        })
    }

    /// What [`Self::issue_for_key`] would sign, for a test to change first.
    ///
    /// # Errors
    /// [`PkiError`] where the holder's particulars cannot be encoded.
    pub fn holder_template(
        &self,
        holder: &Holder,
        private_key: &PrivateKey,
        options: &IssueOptions,
    ) -> Result<Template, PkiError> {
        let common_name = format!("{} {}", holder.given_name, holder.family_name);
        let common_name = common_name.trim().to_owned();
        let mut subject = vec![(rfc4519::C, "TR")];
        if options.holder_number {
            subject.push((rfc4519::SERIAL_NUMBER, holder.number.as_str()));
        }
        subject.push((rfc4519::CN, &common_name));

        let mut public_key = private_key.public_key()?;
        if options.explicit_curve && matches!(private_key, PrivateKey::P384(_)) {
            public_key.algorithm.parameters = Some(Any::from_der(EXPLICIT_P384)?);
        }
        let mut extensions = extension::key_identifiers(&public_key, &self.issuing_key().public_key()?)?.to_vec();
        let usages = if options.non_repudiation {
            KeyUsages::DigitalSignature | KeyUsages::NonRepudiation
        } else {
            KeyUsages::DigitalSignature.into()
        };
        extensions.push(extension::key_usage(usages)?);
        extensions.push(extension::policies(options.user_notice)?);
        extensions.extend(extension::statements(
            options.etsi_statement,
            options.turkish_statement,
            options.seal,
        )?);
        if let Some(address) = self.service_address()? {
            extensions.extend(address::addresses(&address, "issuing", true)?);
        }
        Ok(Template {
            subject: distinguished_name(&subject)?,
            issuer: self.issuing_name()?,
            public_key,
            not_before: options.not_before,
            not_after: options.not_after,
            extensions,
        })
    }
}
