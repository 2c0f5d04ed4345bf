//! X.509 certificates (RFC 5280): read from their original octets, which are kept, compared and verified as they are.

mod address;
mod anchors;
mod constraint;
pub mod crl;
mod curve;
mod extension;
pub mod known;
#[cfg(test)]
mod libraries;
mod name;
pub mod nes;
pub mod ocsp;
pub mod path;
mod pem;
mod policy;
mod public_key;
pub(crate) mod published;
pub mod revocation;
mod signed;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use const_oid::db::rfc4519;
use x509_cert::der::Decode as _;
pub use x509_cert::ext::pkix::KeyUsage;
use x509_cert::spki::SubjectPublicKeyInfoRef;

use crate::der::{DerError, tag};
use crate::digest::{Digest, DigestAlgorithm, hexadecimal};

pub use anchors::TrustAnchors;
pub(crate) use extension::{Authority, Extension, signs_data};
pub(crate) use name::Name;
pub(crate) use nes::rfc_3339;
pub(crate) use public_key::{AlgorithmError, SignatureAlgorithm, parse_digest_algorithm, parse_hash_function};
pub use public_key::{KeyAlgorithm, PublicKey};
use signed::Signed;

/// No certificate is larger; those of Kamu SM have about 1.5 kB.
const MAX_CERTIFICATE_SIZE: usize = 64 * 1024;
/// No file of certificates has more.
const MAX_CERTIFICATES: usize = 1_000;

/// Why octets are not certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// The octets are not a certificate in DER.
    #[error("not a certificate: {0}")]
    Malformed(&'static str),
    /// A text holds no certificate in PEM, or too many.
    #[error("not certificates in PEM: {0}")]
    Pem(&'static str),
}

impl From<DerError> for CertificateError {
    fn from(error: DerError) -> Self {
        Self::Malformed(match error {
            DerError::Truncated => "truncated",
            DerError::Length => "length",
            DerError::Tag { .. } => "structure",
            DerError::Trailing => "octets after the end",
            DerError::Depth => "nested too deep",
            DerError::Value => "value",
            DerError::Limit => "too many parts",
        })
    }
}

/// A certificate. Cloning shares the octets; it prints its serial number alone, since its subject is a person.
#[derive(Clone)]
pub struct Certificate(Arc<Fields>);

struct Fields {
    signed: Signed,
    serial: Vec<u8>,
    issuer: Name,
    subject: Name,
    not_before: SystemTime,
    not_after: SystemTime,
    public_key_info: Vec<u8>,
    extensions: Vec<Extension>,
    key_usage: Option<KeyUsage>,
    authority: Option<Authority>,
}

impl Certificate {
    /// Reads a certificate in DER and keeps its octets.
    ///
    /// # Errors
    /// [`CertificateError::Malformed`] where the octets are not exactly one certificate, or have an extension twice.
    pub fn parse(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > MAX_CERTIFICATE_SIZE {
            return Err(CertificateError::Malformed("too large"));
        }
        Fields::parse(der).map(|fields| Self(Arc::new(fields)))
    }

    /// The octets it was read from.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        self.0.signed.der()
    }

    /// The common name of the subject, or its whole name where it has none.
    #[must_use]
    pub fn subject_name(&self) -> String {
        self.0.subject.display()
    }

    /// The common name of the issuer, or its whole name where it has none.
    #[must_use]
    pub fn issuer_name(&self) -> String {
        self.0.issuer.display()
    }

    /// The holder's number: the subject's serialNumber without a leading `TR`, `PNOTR-` or `PASTR-` before eleven digits
    /// (ETSI EN 319 412-1, 5.1.3), a passport's number as it is. A checksum is not asked for: certificates carry what
    /// their issuer found right.
    #[must_use]
    pub fn holder_number(&self) -> Option<String> {
        let number = self.0.subject.attribute(rfc4519::SERIAL_NUMBER)?.trim();
        let digits = ["PNOTR-", "TR"]
            .iter()
            .find_map(|prefix| number.strip_prefix(prefix))
            .unwrap_or(number);
        if digits.len() == 11 && digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Some(digits.to_owned());
        }
        let passport_length = (5..=20).contains(&number.len());
        (passport_length
            && number
                .bytes()
                .all(|octet| octet.is_ascii_alphanumeric() || octet == b'-'))
        .then(|| number.to_owned())
    }

    /// The serial number, lower-case hexadecimal without leading zeros.
    #[must_use]
    pub fn serial_hex(&self) -> String {
        let digits = hexadecimal(&self.0.serial);
        let significant = digits.trim_start_matches('0');
        if significant.is_empty() {
            "0".to_owned()
        } else {
            significant.to_owned()
        }
    }

    /// The first moment of validity.
    #[must_use]
    pub fn not_before(&self) -> SystemTime {
        self.0.not_before
    }

    /// The last moment of validity.
    #[must_use]
    pub fn not_after(&self) -> SystemTime {
        self.0.not_after
    }

    /// What the key may be used for, where the certificate says so.
    #[must_use]
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.0.key_usage
    }

    /// The public key; [`None`] where it is none this core can verify with.
    #[must_use]
    pub fn public_key(&self) -> Option<PublicKey> {
        PublicKey::parse(&self.0.public_key_info)
    }

    /// The digest of the whole certificate.
    #[must_use]
    pub fn digest(&self, algorithm: DigestAlgorithm) -> Digest {
        algorithm.digest(self.der())
    }

    /// Whether it is an authority's (basicConstraints with cA TRUE).
    #[must_use]
    pub fn is_authority(&self) -> bool {
        self.0.authority.is_some()
    }

    /// Whether issuer and subject are one, and the signature is by its own key.
    #[must_use]
    pub fn is_self_signed(&self) -> bool {
        self.0.subject == self.0.issuer && self.is_signed_by(self) == Ok(())
    }

    pub(crate) fn subject(&self) -> &Name {
        &self.0.subject
    }

    pub(crate) fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// The contents of the serial number's INTEGER, as they stand.
    pub(crate) fn serial(&self) -> &[u8] {
        &self.0.serial
    }

    pub(crate) fn authority(&self) -> Option<Authority> {
        self.0.authority
    }

    /// SubjectPublicKeyInfo as it stands.
    pub(crate) fn public_key_info(&self) -> &[u8] {
        &self.0.public_key_info
    }

    /// The contents of the public key's BIT STRING, of which OCSP takes digests (RFC 6960, 4.1.1).
    pub(crate) fn public_key_bits(&self) -> &[u8] {
        let info = SubjectPublicKeyInfoRef::from_der(&self.0.public_key_info).ok();
        info.and_then(|info| info.subject_public_key.as_bytes())
            .unwrap_or_default()
    }

    /// Verifies a signature of this certificate's key over a message.
    pub(crate) fn verify(&self, algorithm: &[u8], message: &[u8], value: &[u8]) -> Result<(), AlgorithmError> {
        let algorithm = SignatureAlgorithm::parse(algorithm)?;
        let digest_algorithm = algorithm.digest_algorithm().ok_or(AlgorithmError::Unsupported)?;
        let key = self.public_key().ok_or(AlgorithmError::Unsupported)?;
        key.verify(algorithm, &digest_algorithm.digest(message), value)
    }

    /// Whether `issuer`'s key made the signature of this certificate.
    pub(crate) fn is_signed_by(&self, issuer: &Self) -> Result<(), AlgorithmError> {
        self.0.signed.is_signed_by(issuer)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Certificate({})", self.serial_hex())
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for Certificate {}

/// The contents of an INTEGER in as few octets as it takes (X.690, 8.3.2): a certificate's own serial number stands as its
/// issuer wrote it.
fn fewest_octets(mut integer: &[u8]) -> &[u8] {
    while let [first, second, ..] = integer
        && (*first == 0 && second & 0x80 == 0 || *first == 0xFF && second & 0x80 != 0)
    {
        integer = &integer[1..];
    }
    integer
}

/// Reads every certificate of a text in PEM (RFC 7468); what stands between them is passed over.
///
/// # Errors
/// [`CertificateError::Pem`] where there is none, or more than a thousand; [`CertificateError::Malformed`] where one is
/// no certificate.
pub fn chain_from_pem(text: &[u8]) -> Result<Vec<Certificate>, CertificateError> {
    let mut certificates = Vec::new();
    for block in pem::blocks(text, &["CERTIFICATE"]) {
        certificates.push(Certificate::parse(&block.map_err(CertificateError::Pem)?)?);
        if certificates.len() > MAX_CERTIFICATES {
            return Err(CertificateError::Pem("too many"));
        }
    }
    if certificates.is_empty() {
        return Err(CertificateError::Pem("none found"));
    }
    Ok(certificates)
}

impl Fields {
    /// ```text
    /// Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm AlgorithmIdentifier, signatureValue BIT STRING }
    /// TBSCertificate ::= SEQUENCE {
    ///     version [0] EXPLICIT INTEGER DEFAULT v1(0), serialNumber INTEGER, signature AlgorithmIdentifier, issuer Name,
    ///     validity SEQUENCE { notBefore Time, notAfter Time }, subject Name, subjectPublicKeyInfo,
    ///     issuerUniqueID [1] OPTIONAL, subjectUniqueID [2] OPTIONAL, extensions [3] EXPLICIT SEQUENCE OF Extension }
    /// ```
    fn parse(der: &[u8]) -> Result<Self, CertificateError> {
        let signed = Signed::parse(der)?;
        signed.rest().finish()?;
        let mut fields = signed.fields()?;
        let version = match fields.optional(tag::context_constructed(0))? {
            Some(version) => version.only_child()?.unsigned()?,
            None => 0,
        };
        let serial = fields.expect(tag::INTEGER)?.integer()?;
        if fields.expect(tag::SEQUENCE)?.encoded() != signed.algorithm() {
            return Err(CertificateError::Malformed("two signature algorithms"));
        }
        let issuer = Name::parse(fields.expect(tag::SEQUENCE)?)?;
        let mut validity = fields.expect(tag::SEQUENCE)?.children()?;
        let not_before = validity.read()?.moment()?.time;
        let not_after = validity.read()?.moment()?.time;
        validity.finish()?;
        let subject = Name::parse(fields.expect(tag::SEQUENCE)?)?;
        let public_key_info = fields.expect(tag::SEQUENCE)?.encoded().to_vec();
        fields.optional(tag::context(1))?;
        fields.optional(tag::context(2))?;
        let extensions = match fields.optional(tag::context_constructed(3))? {
            Some(_) if version != 2 => return Err(CertificateError::Malformed("extensions before version 3")),
            Some(extensions) => extension::parse(extensions.only_child()?)?,
            None => Vec::new(),
        };
        fields.finish()?;

        Ok(Self {
            serial: serial.to_vec(),
            issuer,
            subject,
            not_before,
            not_after,
            public_key_info,
            key_usage: extension::key_usage(&extensions)?,
            authority: extension::authority(&extensions)?,
            extensions,
            signed,
        })
    }
}

#[cfg(test)]
mod tests {
    use basvuru_test_pki::{Authority as TestAuthority, Holder, IssueOptions, KeyKind};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_fields_of_a_holders_certificate_are_read() {
        let authority = TestAuthority::new().unwrap();
        for (number, expected) in [
            ("10000000146", Some("10000000146")),
            ("TR10000000146", Some("10000000146")),
            ("U12345678", Some("U12345678")),
        ] {
            let holder = Holder::new("Ayşe", "Yılmaz", number);
            let issued = authority
                .issue(&holder, KeyKind::P256, &IssueOptions::default())
                .unwrap();
            let certificate = Certificate::parse(&issued.certificate_der).unwrap();
            assert_eq!(certificate.der(), issued.certificate_der);
            assert_eq!(certificate.subject_name(), "Ayşe Yılmaz");
            assert_eq!(certificate.holder_number().as_deref(), expected);
            assert!(certificate.issuer_name().starts_with("TEST Elektronik"));
            assert_eq!(certificate.serial_hex().len(), 32);
            assert!(certificate.key_usage().unwrap().non_repudiation());
            assert!(!certificate.key_usage().unwrap().key_cert_sign());
            assert_eq!(certificate.public_key().unwrap().algorithm(), KeyAlgorithm::P256);
            assert!(!certificate.is_authority());
            assert!(!format!("{certificate:?}").contains("Ay"));
        }
    }

    #[test]
    fn a_chain_in_pem_is_read_and_text_between_is_passed_over() {
        let authority = TestAuthority::new().unwrap();
        let pem = format!(
            "issuer\r\n{}\nroot\n{}",
            authority.issuing_pem().unwrap(),
            authority.root_pem().unwrap()
        );
        let chain = chain_from_pem(pem.replace('\n', "\r\n").as_bytes()).unwrap();
        assert_eq!(chain.len(), 2);
        assert!(!chain[0].is_self_signed());
        assert!(chain[1].is_self_signed());
        assert!(chain[1].is_authority());
        assert_eq!(
            chain_from_pem(b"nothing here"),
            Err(CertificateError::Pem("none found"))
        );
    }

    proptest! {
        #[test]
        fn a_damaged_certificate_is_refused_or_differs(place in 0_usize..2_000, mask in 1_u8..=255) {
            static ROOT: std::sync::LazyLock<Vec<u8>> =
                std::sync::LazyLock::new(|| TestAuthority::new().unwrap().root_der().to_vec());
            let mut damaged = ROOT.clone();
            let place = place % damaged.len();
            damaged[place] ^= mask;
            if let Ok(certificate) = Certificate::parse(&damaged) {
                prop_assert!(!certificate.is_self_signed());
            }
        }
    }
}
