//! The certificates of an authority's services.

use std::time::SystemTime;

use const_oid::db::{rfc4519, rfc5280};
use der::Decode;
use der::asn1::OctetString;
use x509_cert::Certificate;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsages};

use crate::address::addresses;
use crate::template::{Template, distinguished_name};
use crate::{Authority, Issued, KeyKind, PkiError, PrivateKey, extension};

/// Issues the certificate of a service: for one purpose, and as long as its issuer's where no validity is given.
pub(super) fn issue(
    authority: &Authority,
    name: &str,
    purpose: spki::ObjectIdentifier,
    validity: Option<(SystemTime, SystemTime)>,
) -> Result<Issued, PkiError> {
    let private_key = PrivateKey::generate(KeyKind::P256);
    let public_key = private_key.public_key()?;
    let issuing = Certificate::from_der(authority.issuing_der())?.tbs_certificate;
    let mut extensions = extension::key_identifiers(&public_key, &authority.issuing_key().public_key()?)?.to_vec();
    extensions.push(extension::key_usage(KeyUsages::DigitalSignature)?);
    extensions.push(extension::extension(
        rfc5280::ID_CE_EXT_KEY_USAGE,
        true,
        &ExtendedKeyUsage(vec![purpose]),
    )?);
    if purpose == rfc5280::ID_KP_OCSP_SIGNING {
        // id-pkix-ocsp-nocheck (RFC 6960, 4.2.2.2.1).
        let value = OctetString::new(vec![5, 0])?;
        let extn_id = spki::ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.5");
        extensions.push(Extension {
            extn_id,
            critical: false,
            extn_value: value,
        });
    } else if let Some(address) = authority.service_address()? {
        extensions.extend(addresses(&address, "issuing", false)?);
    }
    let whole = issuing.validity;
    let (not_before, not_after) =
        validity.unwrap_or((whole.not_before.to_system_time(), whole.not_after.to_system_time()));
    let template = Template {
        subject: distinguished_name(&[(rfc4519::C, "TR"), (rfc4519::CN, name)])?,
        issuer: issuing.subject,
        public_key,
        not_before,
        not_after,
        extensions,
    };
    Ok(Issued {
        certificate_der: template.sign(authority.issuing_key())?,
        private_key_pkcs8_der: private_key.to_pkcs8_der()?,
        private_key,
    })
}
