//! Any certificate at all: the raw material of negative tests.

use std::time::SystemTime;

use der::asn1::{Any, BitString, GeneralizedTime, PrintableStringRef, SetOfVec, UtcTime, Utf8StringRef};
use der::{Decode, Encode};
use rand_core::{OsRng, RngCore};
use spki::{ObjectIdentifier, SubjectPublicKeyInfoOwned};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::certificate::{Certificate, TbsCertificate, Version};
use x509_cert::ext::Extension;
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::{Time, Validity};

use crate::{PkiError, PrivateKey};

/// The contents of a certificate to be.
#[derive(Debug, Clone)]
pub struct Template {
    /// Whom it is for.
    pub subject: Name,
    /// Who signs it.
    pub issuer: Name,
    /// The key it binds to the subject.
    pub public_key: SubjectPublicKeyInfoOwned,
    /// The first moment of its validity.
    pub not_before: SystemTime,
    /// The last moment of its validity.
    pub not_after: SystemTime,
    /// The extensions, as they stand.
    pub extensions: Vec<Extension>,
}

impl Template {
    /// Signs the certificate, under a random serial number of 16 octets, and returns its DER form.
    ///
    /// # Errors
    /// [`PkiError`] where a part cannot be encoded, or a time lies outside the years 1970 to 9999.
    pub fn sign(&self, issuer_key: &PrivateKey) -> Result<Vec<u8>, PkiError> {
        let mut serial = [0; 16];
        OsRng.fill_bytes(&mut serial);
        // Positive, and never with a leading zero octet.
        serial[0] = serial[0] & 0x7F | 0x40;
        let algorithm = issuer_key.signature_algorithm()?;
        let contents = TbsCertificate {
            version: Version::V3,
            serial_number: SerialNumber::new(&serial)?,
            signature: algorithm.clone(),
            issuer: self.issuer.clone(),
            validity: Validity {
                not_before: time(self.not_before)?,
                not_after: time(self.not_after)?,
            },
            subject: self.subject.clone(),
            subject_public_key_info: self.public_key.clone(),
            issuer_unique_id: None,
            subject_unique_id: None,
            extensions: (!self.extensions.is_empty()).then(|| self.extensions.clone()),
        };
        let signature = BitString::from_bytes(&issuer_key.sign(&contents.to_der()?)?)?;
        Ok(Certificate {
            tbs_certificate: contents,
            signature_algorithm: algorithm,
            signature,
        }
        .to_der()?)
    }
}

/// A distinguished name: one attribute after the other, country and serial number as PrintableString, the rest as
/// UTF8String.
///
/// # Errors
/// [`PkiError::Der`] where a country or serial number has characters a PrintableString does not.
pub fn distinguished_name(attributes: &[(ObjectIdentifier, &str)]) -> Result<Name, PkiError> {
    use const_oid::db::rfc4519;
    let mut names = Vec::new();
    for (oid, text) in attributes {
        let encoded = if [rfc4519::C, rfc4519::SERIAL_NUMBER].contains(oid) {
            PrintableStringRef::new(text)?.to_der()?
        } else {
            Utf8StringRef::new(text)?.to_der()?
        };
        let attribute = AttributeTypeAndValue {
            oid: *oid,
            value: Any::from_der(&encoded)?,
        };
        names.push(RelativeDistinguishedName(SetOfVec::try_from(vec![attribute])?));
    }
    Ok(RdnSequence(names))
}

/// UTCTime until 2049, GeneralizedTime from then on (RFC 5280, 4.1.2.5); fractions of a second are dropped.
pub(crate) fn time(moment: SystemTime) -> Result<Time, PkiError> {
    let general = GeneralizedTime::from_system_time(moment)?;
    if general.to_date_time().year() <= 2049 {
        return Ok(Time::UtcTime(UtcTime::from_date_time(general.to_date_time())?));
    }
    Ok(Time::GeneralTime(general))
}
