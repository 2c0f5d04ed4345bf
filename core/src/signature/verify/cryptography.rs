//! What can be told of a signer without trusting anybody: the attributes, the content's digest, the certificate that is
//! named, and the value.

use std::time::SystemTime;

use const_oid::ObjectIdentifier;
use sha1::{Digest as _, Sha1};

use super::ContentDigests;
use crate::certificate::{AlgorithmError, Certificate, SignatureAlgorithm, parse_digest_algorithm};
use crate::der::{DerError, Element, Reader, tag};
use crate::digest::DigestAlgorithm;
use crate::signature::oid;
use crate::signature::report::{Finding, RequiredAttribute};
use crate::signature::signed_data::{Attribute, SignedAttributes, SignedData, SignerInfo};

/// What a signature is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A person's signature of a document: CAdES (ETSI EN 319 122-1, 6.3).
    Document,
    /// A person's signature of the value of another signature (RFC 5652, 11.4).
    CounterSignature,
    /// A time-stamp (RFC 3161): it has its own time, and may name its certificate with SHA-1 as RFC 3161 did.
    Timestamp,
}

/// What was found so far.
pub(super) struct Judgement {
    pub(super) findings: Vec<Finding>,
    pub(super) signing_time: Option<SystemTime>,
    /// The certificate the signer names.
    pub(super) certificate: Option<Certificate>,
}

impl Judgement {
    pub(super) const fn new(findings: Vec<Finding>) -> Self {
        Self {
            findings,
            signing_time: None,
            certificate: None,
        }
    }

    /// Adds a finding, once.
    pub(super) fn note(&mut self, finding: Finding) {
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    pub(super) fn judge(
        &mut self,
        signed_data: &SignedData<'_>,
        signer: &SignerInfo<'_>,
        certificates: &[Certificate],
        content: Option<&ContentDigests>,
        purpose: Purpose,
    ) {
        self.structure(signed_data, signer, purpose);
        self.certificate = self.find_certificate(signer, certificates, purpose);
        if let Some(digest_algorithm) = self.digest_algorithm(signed_data, signer, purpose) {
            if let Some(attributes) = &signer.signed_attributes {
                self.content(attributes, content, digest_algorithm);
            }
            if let Some(certificate) = self.certificate.clone() {
                self.signature(signer, &certificate, digest_algorithm);
            }
        }
    }

    /// Versions, and that every attribute is there once (ETSI EN 319 122-1, 6.3; RFC 5652, 5.3).
    fn structure(&mut self, signed_data: &SignedData<'_>, signer: &SignerInfo<'_>, purpose: Purpose) {
        let expected_version = if signer.identifier.tag() == tag::SEQUENCE { 1 } else { 3 };
        if signer.version != expected_version {
            self.note(Finding::SignatureMalformed);
        }
        let Some(attributes) = &signer.signed_attributes else {
            return self.note(Finding::AttributeMissing {
                attribute: RequiredAttribute::MessageDigest,
            });
        };
        for attribute in &attributes.attributes {
            if attributes.of_type(attribute.oid).count() != 1 || attribute.values.len() != 1 {
                self.note(Finding::AttributeRepeated {
                    oid: attribute.oid.to_string(),
                });
            }
        }
        if !attributes.are_sorted() {
            self.note(Finding::AttributesUnsorted);
        }
        if let Some(protection) = only_value(attributes, oid::ALGORITHM_PROTECTION)
            && protects(protection, signer) != Ok(true)
        {
            self.note(Finding::AlgorithmsContradict);
        }
        let expected_type = match purpose {
            Purpose::Document => Some(oid::DATA),
            Purpose::Timestamp => Some(oid::TIMESTAMP_INFO),
            Purpose::CounterSignature => None,
        };
        match expected_type {
            Some(expected_type) => {
                let signed_type = self.value(attributes, oid::CONTENT_TYPE, RequiredAttribute::ContentType);
                let differs =
                    signed_type.is_some_and(|value| value.object_identifier() != Ok(signed_data.content_type()));
                if differs || signed_data.content_type() != expected_type {
                    self.note(Finding::ContentTypeDiffers);
                }
            }
            None if attributes.of_type(oid::CONTENT_TYPE).next().is_some() => {
                self.note(Finding::ContentTypeForbidden);
            }
            None => {}
        }
        let signing_time = match purpose {
            Purpose::Document => self.value(attributes, oid::SIGNING_TIME, RequiredAttribute::SigningTime),
            // Where a counter-signature tells its time, it is heeded; nothing asks for it.
            Purpose::CounterSignature => only_value(attributes, oid::SIGNING_TIME),
            Purpose::Timestamp => None,
        };
        if let Some(value) = signing_time {
            match value.moment() {
                Ok(moment) => self.signing_time = Some(moment.time),
                Err(_) => self.note(Finding::AttributeMalformed {
                    attribute: RequiredAttribute::SigningTime,
                }),
            }
        }
    }

    /// The single value of an attribute that must be there.
    fn value<'a>(
        &mut self,
        attributes: &SignedAttributes<'a>,
        oid: ObjectIdentifier,
        attribute: RequiredAttribute,
    ) -> Option<Element<'a>> {
        let value = only_value(attributes, oid);
        if value.is_none() {
            self.note(Finding::AttributeMissing { attribute });
        }
        value
    }

    /// The digest algorithm, which the signature file must also announce (RFC 5652, 5.1) unless the signer counter-signs.
    fn digest_algorithm(
        &mut self,
        signed_data: &SignedData<'_>,
        signer: &SignerInfo<'_>,
        purpose: Purpose,
    ) -> Option<DigestAlgorithm> {
        let algorithm = match parse_digest_algorithm(signer.digest_algorithm.encoded()) {
            Ok(algorithm) => algorithm,
            Err(error) => {
                self.note(finding_of(error));
                return None;
            }
        };
        let announced = signed_data
            .digest_algorithms
            .iter()
            .any(|announced| parse_digest_algorithm(announced.encoded()) == Ok(algorithm));
        if !announced && purpose != Purpose::CounterSignature {
            self.note(Finding::AlgorithmsContradict);
        }
        Some(algorithm)
    }

    /// Whether the content is what was digested (RFC 5652, 11.2).
    fn content(
        &mut self,
        attributes: &SignedAttributes<'_>,
        content: Option<&ContentDigests>,
        algorithm: DigestAlgorithm,
    ) {
        let Some(value) = self.value(attributes, oid::MESSAGE_DIGEST, RequiredAttribute::MessageDigest) else {
            return;
        };
        let Some(content) = content else { return };
        if value.tag() != tag::OCTET_STRING {
            self.note(Finding::AttributeMalformed {
                attribute: RequiredAttribute::MessageDigest,
            });
        } else if value.content() != content.of(algorithm).value {
            self.note(Finding::ContentChanged);
        }
    }

    /// The signing certificate: named by the signer, brought along, and signed along (RFC 5035, 4). Of several that fit the
    /// name, it is the one that was signed along, whatever others somebody has put beside it.
    fn find_certificate(
        &mut self,
        signer: &SignerInfo<'_>,
        certificates: &[Certificate],
        purpose: Purpose,
    ) -> Option<Certificate> {
        let named: Vec<&Certificate> = certificates
            .iter()
            .filter(|certificate| signer.names(certificate))
            .collect();
        let Some(first) = named.first().copied() else {
            self.note(Finding::CertificateMissing);
            return None;
        };
        let attributes = signer.signed_attributes.as_ref()?;
        let second = attributes.of_type(oid::SIGNING_CERTIFICATE_V2).next();
        let reference = match (second, attributes.of_type(oid::SIGNING_CERTIFICATE).next(), purpose) {
            (Some(reference), _, _) => SigningCertificate::Second(reference),
            (None, Some(reference), Purpose::Timestamp) => SigningCertificate::First(reference),
            // The first version of the attribute knows SHA-1 alone.
            (None, Some(_), Purpose::Document | Purpose::CounterSignature) => {
                self.note(Finding::AlgorithmWeak);
                return Some(first.clone());
            }
            (None, None, _) => {
                self.note(Finding::AttributeMissing {
                    attribute: RequiredAttribute::SigningCertificate,
                });
                return Some(first.clone());
            }
        };
        let signed_along = named
            .iter()
            .find(|certificate| reference.is_to(certificate) == Ok(true));
        if let Some(certificate) = signed_along {
            return Some((*certificate).clone());
        }
        match reference.is_to(first) {
            Ok(_) => self.note(Finding::CertificateDiffers),
            Err(AlgorithmError::Malformed | AlgorithmError::WrongSignature) => {
                self.note(Finding::AttributeMalformed {
                    attribute: RequiredAttribute::SigningCertificate,
                });
            }
            Err(error @ (AlgorithmError::Weak | AlgorithmError::Unsupported)) => self.note(finding_of(error)),
        }
        Some(first.clone())
    }

    /// The signature value over the signed attributes.
    fn signature(&mut self, signer: &SignerInfo<'_>, certificate: &Certificate, digest_algorithm: DigestAlgorithm) {
        let Some(attributes) = &signer.signed_attributes else {
            return;
        };
        let algorithm = match SignatureAlgorithm::parse(signer.signature_algorithm.encoded()) {
            Ok(algorithm) => algorithm,
            Err(error) => return self.note(finding_of(error)),
        };
        if algorithm
            .digest_algorithm()
            .is_some_and(|named| named != digest_algorithm)
        {
            return self.note(Finding::AlgorithmsContradict);
        }
        let Some(key) = certificate.public_key() else {
            return self.note(Finding::AlgorithmUnknown);
        };
        let digest = digest_algorithm.digest(&attributes.signed_octets());
        if let Err(error) = key.verify(algorithm, &digest, &signer.signature) {
            self.note(finding_of(error));
        }
    }
}

/// The certificate that a signer names: of several that fit, the one that was signed along.
pub(in crate::signature) fn named_certificate(
    signer: &SignerInfo<'_>,
    certificates: &[Certificate],
) -> Option<Certificate> {
    Judgement::new(Vec::new()).find_certificate(signer, certificates, Purpose::Timestamp)
}

/// The value of an attribute; that there is no other is told elsewhere.
fn only_value<'a>(attributes: &SignedAttributes<'a>, oid: ObjectIdentifier) -> Option<Element<'a>> {
    let found = attributes.of_type(oid).next()?;
    found.values.first().copied()
}

/// Whether the algorithms that were signed along are those of the signer. Parameters are not compared, since some write NULL
/// where others write nothing.
///
/// `CMSAlgorithmProtection ::= SEQUENCE { digestAlgorithm, signatureAlgorithm [1] IMPLICIT OPTIONAL, … }` (RFC 6211, 2)
fn protects(protection: Element<'_>, signer: &SignerInfo<'_>) -> Result<bool, DerError> {
    let named = |mut parts: Reader<'_>| parts.expect(tag::OBJECT_IDENTIFIER)?.object_identifier();
    let mut parts = protection.sequence()?;
    let digest = named(parts.expect(tag::SEQUENCE)?.children()?)?;
    let Some(signature) = parts.optional(tag::context_constructed(1))? else {
        return Ok(false);
    };
    Ok(digest == named(signer.digest_algorithm.children()?)?
        && named(signature.children()?)? == named(signer.signature_algorithm.children()?)?)
}

const fn finding_of(error: AlgorithmError) -> Finding {
    match error {
        AlgorithmError::Weak => Finding::AlgorithmWeak,
        AlgorithmError::Unsupported => Finding::AlgorithmUnknown,
        AlgorithmError::Malformed => Finding::AlgorithmsContradict,
        AlgorithmError::WrongSignature => Finding::SignatureWrong,
    }
}

/// The attribute by which a certificate was signed along.
enum SigningCertificate<'a> {
    /// signing-certificate.
    First(&'a Attribute<'a>),
    /// signing-certificate-v2.
    Second(&'a Attribute<'a>),
}

impl SigningCertificate<'_> {
    fn is_to(&self, certificate: &Certificate) -> Result<bool, AlgorithmError> {
        match self {
            Self::First(attribute) => refers_with_sha1(attribute, certificate),
            Self::Second(attribute) => refers_to(attribute, certificate),
        }
    }
}

/// Whether the first reference of signing-certificate-v2 is to this certificate.
fn refers_to(attribute: &Attribute<'_>, certificate: &Certificate) -> Result<bool, AlgorithmError> {
    let value = attribute.values.first().ok_or(AlgorithmError::Malformed)?;
    let references = value.sequence()?.expect(tag::SEQUENCE)?.children()?.elements()?;
    let mut parts = references.first().ok_or(AlgorithmError::Malformed)?.sequence()?;
    let algorithm = match parts.optional(tag::SEQUENCE)? {
        Some(identifier) => parse_digest_algorithm(identifier.encoded())?,
        None => DigestAlgorithm::Sha256,
    };
    let hash = parts.expect(tag::OCTET_STRING)?;
    let issuer_serial = parts.optional(tag::SEQUENCE)?;
    parts.finish()?;
    if certificate.digest(algorithm).value != hash.content() {
        return Ok(false);
    }
    let Some(issuer_serial) = issuer_serial else {
        return Ok(true);
    };
    let mut parts = issuer_serial.children()?;
    let names = parts.expect(tag::SEQUENCE)?.children()?.elements()?;
    let serial = parts.expect(tag::INTEGER)?.integer()?;
    parts.finish()?;
    let issuer = certificate.issuer().encoded();
    let is_issuer = |name: &Element<'_>| name.tag() == tag::context_constructed(4) && name.content() == issuer;
    Ok(names.iter().any(is_issuer) && serial == certificate.serial())
}

/// Whether the first reference of signing-certificate is to this certificate (RFC 2634, 5.4).
fn refers_with_sha1(attribute: &Attribute<'_>, certificate: &Certificate) -> Result<bool, AlgorithmError> {
    let value = attribute.values.first().ok_or(AlgorithmError::Malformed)?;
    let references = value.sequence()?.expect(tag::SEQUENCE)?.children()?.elements()?;
    let mut parts = references.first().ok_or(AlgorithmError::Malformed)?.sequence()?;
    Ok(parts.expect(tag::OCTET_STRING)?.content() == Sha1::digest(certificate.der()).as_slice())
}
