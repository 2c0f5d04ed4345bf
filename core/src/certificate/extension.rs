//! What the extensions of a certificate say (RFC 5280, 4.2). Each is there once at most, or the certificate is none.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280;
use x509_cert::der::Decode as _;
use x509_cert::der::asn1::OctetStringRef;
use x509_cert::ext::pkix::KeyUsage;

use super::{Certificate, CertificateError};
use crate::der::{DerError, Element, object_identifier, sequence, tag};

/// Stands for an object identifier that is longer than any that is known, such as one made of a UUID; nobody is registered there.
const UNREADABLE: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.0.0");

/// `Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }` (RFC 5280, 4.1).
pub(crate) struct Extension {
    pub(crate) oid: ObjectIdentifier,
    pub(crate) critical: bool,
    pub(crate) value: Vec<u8>,
}

impl Extension {
    /// Reads one, of a certificate, a list or an entry in one.
    pub(super) fn read(element: Element<'_>) -> Result<Self, DerError> {
        let mut parts = element.sequence()?;
        let oid = parts.expect(tag::OBJECT_IDENTIFIER)?;
        let oid = oid.object_identifier().unwrap_or(UNREADABLE);
        let critical = parts
            .optional(tag::BOOLEAN)?
            .map(|flag| flag.boolean())
            .transpose()?
            .unwrap_or(false);
        let value = parts.expect(tag::OCTET_STRING)?.content().to_vec();
        parts.finish()?;
        Ok(Self { oid, critical, value })
    }
}

/// What basicConstraints says of an authority (RFC 5280, 4.2.1.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Authority {
    pub(crate) path_length: Option<u64>,
}

/// Whether a key signs data of any kind, other than certificates and lists.
pub(crate) fn signs_data(usage: KeyUsage) -> bool {
    usage.digital_signature() || usage.non_repudiation()
}

impl Certificate {
    pub(crate) fn extensions(&self) -> &[Extension] {
        &self.0.extensions
    }

    /// The encoded value of an extension.
    pub(crate) fn extension(&self, oid: ObjectIdentifier) -> Option<&[u8]> {
        find(self.extensions(), oid)
    }

    /// The key identifier of the subject (RFC 5280, 4.2.1.2).
    pub(crate) fn subject_key_identifier(&self) -> Option<&[u8]> {
        let value = self.extension(rfc5280::ID_CE_SUBJECT_KEY_IDENTIFIER)?;
        OctetStringRef::from_der(value)
            .ok()
            .map(|identifier| identifier.as_bytes())
    }

    /// The key identifier of the issuer (RFC 5280, 4.2.1.1).
    pub(crate) fn authority_key_identifier(&self) -> Option<&[u8]> {
        let value = self.extension(rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER)?;
        let mut parts = Element::parse(value, tag::SEQUENCE).ok()?.children().ok()?;
        parts.optional(tag::context(0)).ok()?.map(|element| element.content())
    }

    /// Whether the key may make time-stamps: for nothing else, and critically so (RFC 3161, 2.3).
    pub(crate) fn is_for_timestamps(&self) -> bool {
        let usage = self
            .extensions()
            .iter()
            .find(|extension| extension.oid == rfc5280::ID_CE_EXT_KEY_USAGE);
        usage.is_some_and(|usage| {
            usage.critical && usage.value == sequence(&[&object_identifier(rfc5280::ID_KP_TIME_STAMPING)])
        }) && self.key_usage().is_none_or(signs_data)
    }

    /// Whether the key may be used for a purpose (RFC 5280, 4.2.1.12), named outright.
    pub(crate) fn has_extended_usage(&self, purpose: ObjectIdentifier) -> bool {
        // The others may be of any length.
        let purpose = object_identifier(purpose);
        let read = |value| Element::parse(value, tag::SEQUENCE)?.children()?.elements();
        let purposes = self.extension(rfc5280::ID_CE_EXT_KEY_USAGE).map(read);
        let mut purposes = purposes.into_iter().filter_map(Result::ok).flatten();
        purposes.any(|other| other.encoded() == purpose)
    }
}

/// Reads `Extensions ::= SEQUENCE OF Extension`.
pub(super) fn parse(list: Element<'_>) -> Result<Vec<Extension>, CertificateError> {
    let mut extensions: Vec<Extension> = Vec::new();
    for element in list.sequence()?.elements()? {
        let extension = Extension::read(element)?;
        if extension.oid != UNREADABLE && extensions.iter().any(|other| other.oid == extension.oid) {
            return Err(CertificateError::Malformed("an extension twice"));
        }
        extensions.push(extension);
    }
    Ok(extensions)
}

/// What keyUsage says, where it is there.
pub(super) fn key_usage(extensions: &[Extension]) -> Result<Option<KeyUsage>, CertificateError> {
    let usage = find(extensions, rfc5280::ID_CE_KEY_USAGE).map(KeyUsage::from_der);
    usage.transpose().map_err(|_| CertificateError::Malformed("key usage"))
}

/// `BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL }`; nothing where the
/// certificate is no authority's.
pub(super) fn authority(extensions: &[Extension]) -> Result<Option<Authority>, CertificateError> {
    let Some(value) = find(extensions, rfc5280::ID_CE_BASIC_CONSTRAINTS) else {
        return Ok(None);
    };
    let mut parts = Element::parse(value, tag::SEQUENCE)?.children()?;
    let is_authority = parts
        .optional(tag::BOOLEAN)?
        .map(|flag| flag.boolean())
        .transpose()?
        .unwrap_or(false);
    let path_length = parts
        .optional(tag::INTEGER)?
        .map(|number| number.unsigned())
        .transpose()?;
    parts.finish()?;
    Ok(is_authority.then_some(Authority { path_length }))
}

fn find(extensions: &[Extension], oid: ObjectIdentifier) -> Option<&[u8]> {
    extensions
        .iter()
        .find(|extension| extension.oid == oid)
        .map(|extension| extension.value.as_slice())
}
