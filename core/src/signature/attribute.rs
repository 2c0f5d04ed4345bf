//! The signed attributes of a CAdES signature (ETSI EN 319 122-1, 5.2): what is signed beside the content's digest.

use std::time::SystemTime;

use const_oid::ObjectIdentifier;

use super::oid;
use super::profile::Profile;
use crate::certificate::Certificate;
use crate::der::{self, context, element, object_identifier, octet_string, sequence, set_of, tag, text};
use crate::digest::{Digest, DigestAlgorithm};

/// The digest in signing-certificate-v2: the default, which is then not written (RFC 5035, 4).
const CERTIFICATE_DIGEST: DigestAlgorithm = DigestAlgorithm::Sha256;

/// What goes into the signed attributes.
pub(super) struct SignedAttributes<'a> {
    pub(super) content_digest: &'a Digest,
    pub(super) signing_time: SystemTime,
    pub(super) certificate: &'a Certificate,
    pub(super) media_type: Option<&'a str>,
    pub(super) profile: Profile,
}

impl SignedAttributes<'_> {
    /// `SignedAttributes ::= SET OF Attribute`, in DER, as it is digested (RFC 5652, 5.4).
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut attributes = vec![
            attribute(oid::CONTENT_TYPE, &object_identifier(oid::DATA)),
            attribute(oid::MESSAGE_DIGEST, &octet_string(&self.content_digest.value)),
            attribute(oid::SIGNING_TIME, &der::write_time(self.signing_time)),
            attribute(oid::SIGNING_CERTIFICATE_V2, &signing_certificate(self.certificate)),
        ];
        if let Some(media_type) = self.media_type {
            attributes.push(attribute(oid::MIME_TYPE, &text(tag::UTF8_STRING, media_type)));
        }
        if let Some(policy) = self.profile.encode() {
            attributes.push(attribute(oid::SIGNATURE_POLICY, &policy));
        }
        set_of(tag::SET, attributes)
    }
}

/// `Attribute ::= SEQUENCE { attrType OBJECT IDENTIFIER, attrValues SET OF ANY }`, with one value.
pub(super) fn attribute(oid: ObjectIdentifier, value: &[u8]) -> Vec<u8> {
    sequence(&[&object_identifier(oid), &element(tag::SET, &[value])])
}

/// `IssuerAndSerialNumber ::= SEQUENCE { issuer Name, serialNumber INTEGER }` (RFC 5652, 10.2.4).
pub(super) fn issuer_and_serial(certificate: &Certificate) -> Vec<u8> {
    sequence(&[
        certificate.issuer().encoded(),
        &element(tag::INTEGER, &[certificate.serial()]),
    ])
}

/// ```text
/// SigningCertificateV2 ::= SEQUENCE { certs SEQUENCE OF ESSCertIDv2, policies OPTIONAL }
/// ESSCertIDv2 ::= SEQUENCE { hashAlgorithm DEFAULT sha256, certHash OCTET STRING,
///     issuerSerial SEQUENCE { issuer GeneralNames, serialNumber INTEGER } }
/// ```
/// (RFC 5035, 4)
fn signing_certificate(certificate: &Certificate) -> Vec<u8> {
    let hash = octet_string(&certificate.digest(CERTIFICATE_DIGEST).value);
    let issuer = sequence(&[&context(4, &[certificate.issuer().encoded()])]);
    let issuer_serial = sequence(&[&issuer, &element(tag::INTEGER, &[certificate.serial()])]);
    sequence(&[&sequence(&[&sequence(&[&hash, &issuer_serial])])])
}
