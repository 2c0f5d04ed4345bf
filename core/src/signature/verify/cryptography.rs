//! What can be told of a signer without trusting anybody: the attributes, the content's digest, the certificate that is
//! named, and the value.

use std::time::SystemTime;

use const_oid::ObjectIdentifier;

use super::ContentDigests;
use crate::certificate::{AlgorithmError, Certificate, Name};
use crate::der::{DerError, Element, Reader, tag};
use crate::digest::{DigestAlgorithm, HashFunction};
use crate::signature::oid;
use crate::signature::report::{Finding, RequiredAttribute};
use crate::signature::signed_data::{Attribute, SignedAttributes, SignedData, SignerInfo, read_hash_function};

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
    /// Whether content and value were compared and match.
    pub(super) value_holds: bool,
    /// The certificate the signer names.
    pub(super) certificate: Option<Certificate>,
}

impl Judgement {
    pub(super) const fn new(findings: Vec<Finding>) -> Self {
        Self {
            findings,
            signing_time: None,
            value_holds: false,
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
        let Some(function) = self.hash_function(signed_data, signer, purpose) else {
            return;
        };
        let signed = match &signer.signed_attributes {
            Some(attributes) => {
                self.content(attributes, content, function);
                Signed::Attributes(attributes.signed_octets())
            }
            None => Signed::Content(content),
        };
        if let Some(certificate) = self.certificate.clone() {
            self.signature(signer, &certificate, function, &signed);
        }
        if function == HashFunction::Sha1 {
            self.note(Finding::AlgorithmWeak);
        }
        let of_content = |finding: &Finding| {
            matches!(
                finding,
                Finding::ContentChanged
                    | Finding::ContentDiffers
                    | Finding::ContentMissing
                    | Finding::AttributeMissing {
                        attribute: RequiredAttribute::MessageDigest
                    }
                    | Finding::AttributeMalformed {
                        attribute: RequiredAttribute::MessageDigest
                    }
            )
        };
        self.value_holds &= !self.findings.iter().any(of_content);
    }

    /// Versions, and that every attribute is there once that must be (ETSI EN 319 122-1, 6.3; RFC 5652, 11).
    fn structure(&mut self, signed_data: &SignedData<'_>, signer: &SignerInfo<'_>, purpose: Purpose) {
        let expected_version = if signer.identifier.tag() == tag::SEQUENCE { 1 } else { 3 };
        if signer.version != expected_version {
            self.note(Finding::VersionUnusual);
        }
        let Some(attributes) = &signer.signed_attributes else {
            return self.note(Finding::AttributesMissing);
        };
        for attribute in &attributes.attributes {
            if attribute.is_unreadable() {
                self.note(Finding::SignedAttributeMalformed);
                continue;
            }
            if attribute.oid == oid::UNREADABLE
                || attributes.of_type(attribute.oid).count() == 1 && attribute.values.len() == 1
            {
                continue;
            }
            match RequiredAttribute::of(attribute.oid) {
                Some(attribute) => self.note(Finding::AttributeRepeated { attribute }),
                // There may be several (ETSI EN 319 122-1, 5.2.8).
                None if attribute.oid == oid::CONTENT_TIMESTAMP => {}
                None => self.note(Finding::OtherAttributeRepeated {
                    oid: attribute.oid.to_string(),
                }),
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
        self.content_type(attributes, signed_data, purpose);
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

    /// Whether the type that was signed along is the one said outside, and the one wanted.
    fn content_type(&mut self, attributes: &SignedAttributes<'_>, signed_data: &SignedData<'_>, purpose: Purpose) {
        let said = &signed_data.content_type;
        let wanted = match purpose {
            Purpose::Document => oid::DATA,
            Purpose::Timestamp => oid::TIMESTAMP_INFO,
            Purpose::CounterSignature => {
                if attributes.of_type(oid::CONTENT_TYPE).next().is_some() {
                    self.note(Finding::ContentTypeForbidden);
                }
                return;
            }
        };
        let signed = self.value(attributes, oid::CONTENT_TYPE, RequiredAttribute::ContentType);
        if signed.is_some_and(|value| (value.tag(), value.content()) != (said.tag(), said.content())) {
            self.note(Finding::ContentTypeDiffers);
        } else if signed_data.content_type() != wanted {
            self.note(Finding::ContentTypeUnusual);
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

    /// The hash function, which the signature file is to announce (RFC 5652, 5.1) unless the signer counter-signs. Nobody
    /// signed what it announces.
    fn hash_function(
        &mut self,
        signed_data: &SignedData<'_>,
        signer: &SignerInfo<'_>,
        purpose: Purpose,
    ) -> Option<HashFunction> {
        let function = match read_hash_function(&signer.digest_algorithm) {
            Ok(function) => function,
            Err(error) => {
                self.note(finding_of(error));
                return None;
            }
        };
        let announced = signed_data
            .digest_algorithms
            .iter()
            .any(|announced| read_hash_function(announced) == Ok(function));
        if !announced && purpose != Purpose::CounterSignature {
            self.note(Finding::DigestAlgorithmNotAnnounced);
        }
        Some(function)
    }

    /// Whether the content is what was digested (RFC 5652, 11.2).
    fn content(&mut self, attributes: &SignedAttributes<'_>, content: Option<&ContentDigests>, function: HashFunction) {
        let Some(value) = self.value(attributes, oid::MESSAGE_DIGEST, RequiredAttribute::MessageDigest) else {
            return;
        };
        let Some(content) = content else { return };
        let (OCTET_STRING, Ok(signed)) = (value.tag() & !tag::CONSTRUCTED, value.octets()) else {
            return self.note(Finding::AttributeMalformed {
                attribute: RequiredAttribute::MessageDigest,
            });
        };
        match content.value(function) {
            Some(found) if *signed == *found => {}
            Some(_) => self.note(Finding::ContentChanged),
            None => self.note(Finding::ContentMissing),
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
        let Some(attributes) = &signer.signed_attributes else {
            return Some(first.clone());
        };
        let second = attributes.of_type(oid::SIGNING_CERTIFICATE_V2).next();
        let reference = match (second, attributes.of_type(oid::SIGNING_CERTIFICATE).next()) {
            (Some(reference), _) => SigningCertificate::Second(reference),
            (None, Some(reference)) => SigningCertificate::First(reference),
            (None, None) => {
                self.note(Finding::AttributeMissing {
                    attribute: RequiredAttribute::SigningCertificate,
                });
                return Some(first.clone());
            }
        };
        let compared = named
            .iter()
            .map(|certificate| (certificate, reference.compare(certificate)));
        let signed_along = compared
            .clone()
            .find(|(_, compared)| !matches!(compared, Ok(Comparison::Different) | Err(_)));
        if let Some((certificate, compared)) = signed_along {
            // The first version of the attribute knows SHA-1 alone, which time-stamps may use (RFC 3161, 2.4.2).
            if matches!(reference, SigningCertificate::First(_)) && purpose != Purpose::Timestamp {
                self.note(Finding::AlgorithmWeak);
            }
            match compared {
                Ok(Comparison::NamedOtherwise) => self.note(Finding::CertificateNameDiffers),
                Ok(Comparison::WeaklySame) => self.note(Finding::AlgorithmWeak),
                Ok(Comparison::Same | Comparison::Different) | Err(_) => {}
            }
            return Some((*certificate).clone());
        }
        match reference.compare(first) {
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

    /// The signature value over the signed attributes, or the content where there are none (RFC 5652, 5.4). It is compared
    /// before anything is said of how strong it is (ETSI EN 319 102-1, 5.2.7, 5.2.8).
    fn signature(
        &mut self,
        signer: &SignerInfo<'_>,
        certificate: &Certificate,
        function: HashFunction,
        signed: &Signed<'_>,
    ) {
        let (algorithm, named) = match signer.signature_algorithm() {
            Ok(named) => named,
            Err(error) => return self.note(finding_of(error)),
        };
        if named == Some(HashFunction::Sha1) {
            self.note(Finding::AlgorithmWeak);
        }
        let Some(key) = certificate.public_key() else {
            return self.note(Finding::AlgorithmUnknown);
        };
        // Where the two contradict each other, the value may be over the digest of either.
        let mut functions = vec![function];
        if let Some(named) = named.filter(|named| *named != function) {
            functions.push(named);
            self.note(Finding::AlgorithmsContradict);
        }
        let mut outcome = None;
        for function in functions {
            for digest in signed.digests(function) {
                outcome = Some(key.compare(algorithm, function, &digest, &signer.signature));
                if outcome == Some(Ok(())) {
                    self.value_holds = true;
                    if key.algorithm().is_weak() {
                        self.note(Finding::AlgorithmWeak);
                    }
                    return;
                }
            }
        }
        match outcome {
            Some(Ok(())) => {}
            Some(Err(error)) => self.note(finding_of(error)),
            None => self.note(Finding::ContentMissing),
        }
    }
}

const OCTET_STRING: u8 = tag::OCTET_STRING;

/// What a value is over.
enum Signed<'a> {
    /// Octets that the attributes may have been signed as.
    Attributes(Vec<Vec<u8>>),
    Content(Option<&'a ContentDigests>),
}

impl Signed<'_> {
    fn digests(&self, function: HashFunction) -> Vec<Vec<u8>> {
        match self {
            Self::Attributes(encodings) => encodings.iter().map(|octets| function.digest(octets)).collect(),
            Self::Content(content) => content
                .and_then(|content| content.value(function))
                .into_iter()
                .collect(),
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

/// Whether a certificate is the one that was signed along. The digest decides; what else the reference says of the
/// certificate is told where it is otherwise (RFC 5035, 5).
#[derive(Clone, Copy)]
enum Comparison {
    Same,
    /// By its digest, though issuer or number are written otherwise.
    NamedOtherwise,
    /// By a digest that proves nothing any more.
    WeaklySame,
    Different,
}

impl SigningCertificate<'_> {
    fn compare(&self, certificate: &Certificate) -> Result<Comparison, AlgorithmError> {
        match self {
            Self::First(attribute) => refers_with_sha1(attribute, certificate),
            Self::Second(attribute) => refers_to(attribute, certificate),
        }
    }
}

/// Whether the first reference of signing-certificate-v2 is to this certificate.
fn refers_to(attribute: &Attribute<'_>, certificate: &Certificate) -> Result<Comparison, AlgorithmError> {
    let value = attribute.values.first().ok_or(AlgorithmError::Malformed)?;
    let references = value.sequence()?.expect(tag::SEQUENCE)?.children()?.elements()?;
    let mut parts = references.first().ok_or(AlgorithmError::Malformed)?.sequence()?;
    let function = match parts.optional(tag::SEQUENCE)? {
        Some(identifier) => read_hash_function(&identifier)?,
        None => HashFunction::Of(DigestAlgorithm::Sha256),
    };
    let hash = parts.expect(tag::OCTET_STRING)?.octets()?;
    if function.digest(certificate.der()) != *hash {
        return Ok(Comparison::Different);
    }
    if function == HashFunction::Sha1 {
        return Ok(Comparison::WeaklySame);
    }
    Ok(if parts.is_empty() || names(parts, certificate) == Ok(true) {
        Comparison::Same
    } else {
        Comparison::NamedOtherwise
    })
}

/// Whether `IssuerSerial ::= SEQUENCE { issuer GeneralNames, serialNumber INTEGER }`, which is all that is left of a
/// reference, is of this certificate.
fn names(mut parts: Reader<'_>, certificate: &Certificate) -> Result<bool, DerError> {
    let issuer_serial = parts.expect(tag::SEQUENCE)?;
    parts.finish()?;
    let mut parts = issuer_serial.children()?;
    let names = parts.expect(tag::SEQUENCE)?.children()?.elements()?;
    let serial = parts.expect(tag::INTEGER)?.integer()?;
    parts.finish()?;
    let is_issuer = |name: &Element<'_>| {
        name.tag() == tag::context_constructed(4)
            && name
                .only_child()
                .and_then(Name::parse)
                .is_ok_and(|name| name == *certificate.issuer())
    };
    Ok(names.iter().any(is_issuer) && serial == certificate.serial())
}

/// Whether the first reference of signing-certificate is to this certificate (RFC 2634, 5.4).
fn refers_with_sha1(attribute: &Attribute<'_>, certificate: &Certificate) -> Result<Comparison, AlgorithmError> {
    let value = attribute.values.first().ok_or(AlgorithmError::Malformed)?;
    let references = value.sequence()?.expect(tag::SEQUENCE)?.children()?.elements()?;
    let mut parts = references.first().ok_or(AlgorithmError::Malformed)?.sequence()?;
    let hash = parts.expect(tag::OCTET_STRING)?.octets()?;
    Ok(if HashFunction::Sha1.digest(certificate.der()) == *hash {
        Comparison::Same
    } else {
        Comparison::Different
    })
}
