//! One signer: the attributes, the digests, the value, the certificate and its path.

use std::time::{Duration, SystemTime};

use super::super::oid;
use super::super::report::{Finding, Level, RequiredAttribute, SignatureReport, Signer};
use super::super::signed_data::{Attribute, SignedAttributes, SignedData, SignerInfo};
use super::{ContentDigests, report};
use crate::certificate::nes::{self, NesFault};
use crate::certificate::{AlgorithmError, Certificate, SignatureAlgorithm, TrustAnchors, parse_digest_algorithm, path};
use crate::der::{DerError, Element, tag};
use crate::digest::{Digest, DigestAlgorithm};

/// How far a signer's clock may be ahead of ours.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(300);

/// Judges one signer of a signature.
pub(super) fn judge(
    signed_data: &SignedData<'_>,
    signer: &SignerInfo<'_>,
    certificates: &[Certificate],
    content: Option<&ContentDigests>,
    trust: &TrustAnchors,
    at: SystemTime,
    findings: Vec<Finding>,
) -> SignatureReport {
    let mut judgement = Judgement {
        findings,
        signing_time: None,
    };
    judgement.structure(signed_data, signer);
    let certificate = judgement.certificate(signer, certificates);
    if let Some(digest_algorithm) = judgement.digest_algorithm(signed_data, signer) {
        if let Some(attributes) = &signer.signed_attributes {
            judgement.content(attributes, content, digest_algorithm);
        }
        if let Some(certificate) = &certificate {
            judgement.signature(signer, certificate, digest_algorithm);
        }
    }
    if let Some(certificate) = &certificate {
        judgement.trust(certificate, certificates, trust, at);
    }
    let level = (signer.signed_attributes.is_some() && certificate.is_some()).then_some(Level::BB);
    SignatureReport {
        signer: certificate.as_ref().map(Signer::of),
        signing_time: judgement.signing_time,
        level,
        ..report(judgement.findings)
    }
}

struct Judgement {
    findings: Vec<Finding>,
    signing_time: Option<SystemTime>,
}

impl Judgement {
    fn note(&mut self, finding: Finding) {
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// Versions, and that every attribute is there once (ETSI EN 319 122-1, 6.3; RFC 5652, 5.3).
    fn structure(&mut self, signed_data: &SignedData<'_>, signer: &SignerInfo<'_>) {
        let expected_version = match signer.identifier.tag() {
            tag::SEQUENCE => 1,
            _ => 3,
        };
        if signer.version != expected_version {
            self.note(Finding::SignatureMalformed);
        }
        let Some(attributes) = &signer.signed_attributes else {
            self.note(Finding::AttributeMissing {
                attribute: RequiredAttribute::MessageDigest,
            });
            return;
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
        match self.value(attributes, oid::CONTENT_TYPE, RequiredAttribute::ContentType) {
            Some(value) if value.object_identifier() == Ok(signed_data.content_type) => {}
            Some(_) => self.note(Finding::ContentTypeDiffers),
            None => {}
        }
        if signed_data.content_type != oid::DATA {
            self.note(Finding::ContentTypeDiffers);
        }
        if let Some(value) = self.value(attributes, oid::SIGNING_TIME, RequiredAttribute::SigningTime) {
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
        oid: const_oid::ObjectIdentifier,
        attribute: RequiredAttribute,
    ) -> Option<Element<'a>> {
        let value = attributes
            .of_type(oid)
            .next()
            .and_then(|found| found.values.first().copied());
        if value.is_none() {
            self.note(Finding::AttributeMissing { attribute });
        }
        value
    }

    /// The digest algorithm, which the signature file must also announce (RFC 5652, 5.1).
    fn digest_algorithm(&mut self, signed_data: &SignedData<'_>, signer: &SignerInfo<'_>) -> Option<DigestAlgorithm> {
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
        if !announced {
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

    /// The signing certificate: named by the signer, brought along, and signed along (RFC 5035, 4).
    fn certificate(&mut self, signer: &SignerInfo<'_>, certificates: &[Certificate]) -> Option<Certificate> {
        let Some(certificate) = certificates
            .iter()
            .find(|certificate| identifies(&signer.identifier, certificate))
        else {
            self.note(Finding::CertificateMissing);
            return None;
        };
        let attributes = signer.signed_attributes.as_ref()?;
        let reference = attributes.of_type(oid::SIGNING_CERTIFICATE_V2).next();
        if reference.is_none() && attributes.of_type(oid::SIGNING_CERTIFICATE).next().is_some() {
            // The first version of the attribute knows SHA-1 alone.
            self.note(Finding::AlgorithmWeak);
            return Some(certificate.clone());
        }
        let Some(reference) = reference else {
            self.note(Finding::AttributeMissing {
                attribute: RequiredAttribute::SigningCertificate,
            });
            return Some(certificate.clone());
        };
        match refers_to(reference, certificate) {
            Ok(true) => {}
            Ok(false) => self.note(Finding::CertificateDiffers),
            Err(AlgorithmError::Malformed | AlgorithmError::WrongSignature) => {
                self.note(Finding::AttributeMalformed {
                    attribute: RequiredAttribute::SigningCertificate,
                });
            }
            Err(error @ (AlgorithmError::Weak | AlgorithmError::Unsupported)) => self.note(finding_of(error)),
        }
        Some(certificate.clone())
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

    /// The marks of a qualified certificate, the times, and the path to a root.
    fn trust(&mut self, certificate: &Certificate, certificates: &[Certificate], trust: &TrustAnchors, at: SystemTime) {
        for fault in nes::faults(certificate, at) {
            // Validity is part of the path, and a weak key of the signature.
            let told_elsewhere = matches!(
                fault,
                NesFault::Expired { .. } | NesFault::NotYetValid { .. } | NesFault::WeakKey | NesFault::UnsupportedKey
            );
            if !told_elsewhere {
                self.note(Finding::CertificateNotQualified { fault });
            }
        }
        if let Some(claimed) = self.signing_time {
            if claimed > at + CLOCK_TOLERANCE {
                self.note(Finding::SigningTimeInFuture);
            }
            if claimed + CLOCK_TOLERANCE < certificate.not_before() || claimed > certificate.not_after() {
                self.note(Finding::SigningTimeOutsideValidity);
            }
        }
        if let Err(fault) = path::build(certificate, certificates, trust, at) {
            self.note(Finding::PathInvalid { fault });
        }
        self.note(Finding::RevocationNotChecked);
    }
}

const fn finding_of(error: AlgorithmError) -> Finding {
    match error {
        AlgorithmError::Weak => Finding::AlgorithmWeak,
        AlgorithmError::Unsupported => Finding::AlgorithmUnknown,
        AlgorithmError::Malformed => Finding::AlgorithmsContradict,
        AlgorithmError::WrongSignature => Finding::SignatureWrong,
    }
}

/// Whether a signer's identifier names a certificate: by issuer and serial number, or by key identifier.
fn identifies(identifier: &Element<'_>, certificate: &Certificate) -> bool {
    let by_issuer = || -> Result<bool, DerError> {
        let mut parts = identifier.children()?;
        let issuer = parts.expect(tag::SEQUENCE)?;
        let serial = parts.expect(tag::INTEGER)?.integer()?;
        parts.finish()?;
        Ok(issuer.encoded() == certificate.issuer().encoded() && serial == certificate.serial())
    };
    match identifier.tag() {
        tag::SEQUENCE => by_issuer().unwrap_or(false),
        tag if tag == tag::context(0) => certificate.subject_key_identifier() == Some(identifier.content()),
        _ => false,
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
    if certificate.digest(algorithm)
        != (Digest {
            algorithm,
            value: hash.content().to_vec(),
        })
    {
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
