//! References to certificates and revocations, and these themselves, as unsigned attributes: the long-lived form of the
//! Turkish profiles (ETSI TS 101 733 V1.8.1, 6.2, 6.3).

use std::borrow::Cow;
use std::cell::OnceCell;

use super::attribute::attribute;
use super::oid;
use crate::certificate::Certificate;
use crate::certificate::crl::Crl;
use crate::certificate::ocsp::OcspAnswer;
use crate::certificate::parse_digest_algorithm;
use crate::certificate::revocation::Evidence;
use crate::der::{
    self, DerError, Element, Reader, context, element, object_identifier, octet_string, sequence, tag, unsigned_integer,
};
use crate::digest::{Digest, DigestAlgorithm};

/// No signature refers to more certificates, lists and answers, or brings along more of each.
const MAX_REFERENCES: usize = 200;

/// The digest of references.
const REFERENCE_DIGEST: DigestAlgorithm = DigestAlgorithm::Sha256;

/// The four attributes for a path and what tells that it was not revoked. `evidence` has one part for each certificate of
/// the path but the root, in order; the references stand in the same order (6.2.2).
pub(super) fn attributes(path: &[Certificate], evidence: &[Evidence]) -> Vec<Vec<u8>> {
    let parts = |all: &[Vec<u8>]| sequence(&all.iter().map(Vec::as_slice).collect::<Vec<_>>());
    // The signer's certificate is referred to by a signed attribute already.
    let certificate_references: Vec<Vec<u8>> = path.iter().skip(1).map(certificate_reference).collect();
    let revocation_references: Vec<Vec<u8>> = evidence.iter().map(revocation_reference).collect();
    let certificates: Vec<Vec<u8>> = path.iter().map(|certificate| certificate.der().to_vec()).collect();
    let mut lists: Vec<Vec<u8>> = Vec::new();
    let mut answers: Vec<Vec<u8>> = Vec::new();
    for one in evidence {
        for list in one
            .lists
            .iter()
            .filter(|list| !lists.iter().any(|other| other == list.der()))
            .collect::<Vec<_>>()
        {
            lists.push(list.der().to_vec());
        }
        answers.extend(one.answers.iter().map(|answer| answer.basic_der().to_vec()));
    }
    // RevocationValues ::= SEQUENCE { crlVals [0] SEQUENCE OF CertificateList OPTIONAL,
    //     ocspVals [1] SEQUENCE OF BasicOCSPResponse OPTIONAL, … }, explicit tags
    let optional = |number, all: &[Vec<u8>]| {
        if all.is_empty() {
            Vec::new()
        } else {
            context(number, &[&parts(all)])
        }
    };
    let values = sequence(&[&optional(0, &lists), &optional(1, &answers)]);
    vec![
        attribute(oid::CERTIFICATE_REFERENCES, &parts(&certificate_references)),
        attribute(oid::REVOCATION_REFERENCES, &parts(&revocation_references)),
        attribute(oid::CERTIFICATE_VALUES, &parts(&certificates)),
        attribute(oid::REVOCATION_VALUES, &values),
    ]
}

/// `OtherCertID ::= SEQUENCE { otherCertHash OtherHash, issuerSerial SEQUENCE { GeneralNames, INTEGER } OPTIONAL }`
fn certificate_reference(certificate: &Certificate) -> Vec<u8> {
    let issuer = sequence(&[&context(4, &[certificate.issuer().encoded()])]);
    let serial = element(tag::INTEGER, &[certificate.serial()]);
    sequence(&[&other_hash(certificate.der()), &sequence(&[&issuer, &serial])])
}

/// ```text
/// CrlOcspRef ::= SEQUENCE { crlids [0] SEQUENCE { SEQUENCE OF CrlValidatedID } OPTIONAL,
///     ocspids [1] SEQUENCE { SEQUENCE OF OcspResponsesID } OPTIONAL, … }, explicit tags
/// ```
fn revocation_reference(evidence: &Evidence) -> Vec<u8> {
    let lists: Vec<Vec<u8>> = evidence.lists.iter().map(list_reference).collect();
    let answers: Vec<Vec<u8>> = evidence.answers.iter().map(answer_reference).collect();
    let optional = |number, all: &[Vec<u8>]| {
        let parts: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
        if all.is_empty() {
            Vec::new()
        } else {
            context(number, &[&sequence(&[&sequence(&parts)])])
        }
    };
    sequence(&[&optional(0, &lists), &optional(1, &answers)])
}

/// `CrlValidatedID ::= SEQUENCE { crlHash OtherHash, crlIdentifier SEQUENCE { issuer, issuedTime, crlNumber OPTIONAL } }`
fn list_reference(list: &Crl) -> Vec<u8> {
    let number = list.number().map(unsigned_integer).unwrap_or_default();
    let identifier = sequence(&[list.issuer().encoded(), &der::write_time(list.this_update()), &number]);
    sequence(&[&other_hash(list.der()), &identifier])
}

/// `OcspResponsesID ::= SEQUENCE { ocspIdentifier SEQUENCE { ocspResponderID, producedAt }, ocspRepHash OtherHash }`
fn answer_reference(answer: &OcspAnswer) -> Vec<u8> {
    let identifier = sequence(&[answer.responder(), answer.produced_at_der()]);
    sequence(&[&identifier, &other_hash(answer.basic_der())])
}

/// `OtherHash ::= CHOICE { sha1Hash OCTET STRING, otherHash SEQUENCE { AlgorithmIdentifier, OCTET STRING } }`
fn other_hash(octets: &[u8]) -> Vec<u8> {
    let algorithm = sequence(&[&object_identifier(REFERENCE_DIGEST.oid())]);
    sequence(&[&algorithm, &octet_string(&REFERENCE_DIGEST.digest(octets).value)])
}

/// A digest in a reference; [`None`] for SHA-1, which proves nothing any more.
fn parse_other_hash(hash: Element<'_>) -> Result<Option<Digest>, DerError> {
    if hash.tag() == tag::OCTET_STRING {
        return Ok(None);
    }
    let mut parts = hash.sequence()?;
    let algorithm = parse_digest_algorithm(parts.expect(tag::SEQUENCE)?.encoded());
    let value = parts.expect(tag::OCTET_STRING)?.content().to_vec();
    parts.finish()?;
    Ok(algorithm.ok().map(|algorithm| Digest { algorithm, value }))
}

/// A reference as it was read: the digest of what it refers to, and what else it says of it.
pub(super) struct Reference<'a> {
    /// [`None`] for one that is too weak to refer to anything.
    digest: Option<Digest>,
    identifier: Option<Element<'a>>,
}

impl<'a> Reference<'a> {
    fn parse(hash: Element<'a>, identifier: Option<Element<'a>>) -> Result<Self, DerError> {
        Ok(Self {
            digest: parse_other_hash(hash)?,
            identifier,
        })
    }

    fn has_digest_of(&self, referable: &Referable<'_>) -> bool {
        self.digest.as_ref().is_some_and(|digest| referable.has_digest(digest))
    }

    /// Whether the parts of the identifier, where there is one, are as they should be.
    fn says(&self, check: impl Fn(Reader<'a>) -> Result<bool, DerError>) -> bool {
        self.identifier
            .is_none_or(|identifier| identifier.sequence().and_then(check).unwrap_or(false))
    }

    /// Whether it is to this certificate: by digest, issuer and serial number.
    pub(super) fn is_to_certificate(&self, certificate: &Certificate, octets: &Referable<'_>) -> bool {
        self.has_digest_of(octets)
            && self.says(|mut parts| {
                let names = parts.expect(tag::SEQUENCE)?.children()?.elements()?;
                let issuer = certificate.issuer().encoded();
                let is_issuer = |name: &Element<'_>| name.content() == issuer;
                Ok(names.iter().any(is_issuer) && parts.expect(tag::INTEGER)?.content() == certificate.serial())
            })
    }

    /// Whether it is to this list: by digest, issuer and time.
    pub(super) fn is_to_list(&self, list: &Crl, octets: &Referable<'_>) -> bool {
        self.has_digest_of(octets)
            && self.says(|mut parts| {
                let issuer = parts.expect(tag::SEQUENCE)?;
                let made = parts.read()?.moment()?.time;
                let number = parts
                    .optional(tag::INTEGER)?
                    .map(|number| number.unsigned_integer())
                    .transpose()?;
                let same_number = number.is_none_or(|number| list.number() == Some(number));
                Ok(issuer.encoded() == list.issuer().encoded() && made == list.this_update() && same_number)
            })
    }

    /// Whether it is to this answer: by responder, time, and digest, which some signers take of the basic answer, and some
    /// of the whole response around it.
    pub(super) fn is_to_answer(&self, answer: &OcspAnswer, basic: &Referable<'_>, whole: &Referable<'_>) -> bool {
        (self.has_digest_of(basic) || self.has_digest_of(whole))
            && self.says(|mut parts| {
                let responder = parts.read()?;
                let produced = parts.read()?.moment()?.time;
                Ok(responder.encoded() == answer.responder() && produced == answer.produced_at())
            })
    }
}

/// Something that can be referred to: every reference is compared with it, and its digests are taken once.
pub(super) struct Referable<'a> {
    octets: Cow<'a, [u8]>,
    digests: [OnceCell<Vec<u8>>; DigestAlgorithm::ALL.len()],
}

impl<'a> Referable<'a> {
    pub(super) fn new(octets: impl Into<Cow<'a, [u8]>>) -> Self {
        Self {
            octets: octets.into(),
            digests: Default::default(),
        }
    }

    fn has_digest(&self, digest: &Digest) -> bool {
        let place = DigestAlgorithm::ALL.iter().position(|known| *known == digest.algorithm);
        let taken = &self.digests[place.expect("every algorithm is among all")];
        *taken.get_or_init(|| digest.algorithm.digest(&self.octets).value) == digest.value
    }
}

/// As many elements as are looked at, and no more.
fn bounded(elements: Vec<Element<'_>>) -> Result<Vec<Element<'_>>, DerError> {
    if elements.len() > MAX_REFERENCES {
        return Err(DerError::Length);
    }
    Ok(elements)
}

/// Reads complete-certificate-references.
pub(super) fn parse_certificate_references(value: Element<'_>) -> Result<Vec<Reference<'_>>, DerError> {
    let references = bounded(value.sequence()?.elements()?)?;
    references
        .into_iter()
        .map(|reference| {
            let mut parts = reference.sequence()?;
            let hash = parts.read()?;
            Reference::parse(hash, parts.optional(tag::SEQUENCE)?)
        })
        .collect()
}

/// The references of complete-revocation-references.
#[derive(Default)]
pub(super) struct RevocationReferences<'a> {
    pub(super) lists: Vec<Reference<'a>>,
    pub(super) answers: Vec<Reference<'a>>,
}

/// Reads complete-revocation-references.
pub(super) fn parse_revocation_references(value: Element<'_>) -> Result<RevocationReferences<'_>, DerError> {
    let mut references = RevocationReferences::default();
    for reference in bounded(value.sequence()?.elements()?)? {
        let mut parts = reference.sequence()?;
        if let Some(found) = parts.optional(tag::context_constructed(0))? {
            for list in bounded(found.only_child()?.only_child()?.children()?.elements()?)? {
                let mut list = list.sequence()?;
                let hash = list.read()?;
                references
                    .lists
                    .push(Reference::parse(hash, list.optional(tag::SEQUENCE)?)?);
            }
        }
        if let Some(found) = parts.optional(tag::context_constructed(1))? {
            for answer in bounded(found.only_child()?.only_child()?.children()?.elements()?)? {
                let mut answer = answer.sequence()?;
                let identifier = Some(answer.expect(tag::SEQUENCE)?);
                references.answers.push(if answer.is_empty() {
                    Reference {
                        digest: None,
                        identifier,
                    }
                } else {
                    Reference::parse(answer.read()?, identifier)?
                });
            }
        }
        if references.lists.len() + references.answers.len() > MAX_REFERENCES {
            return Err(DerError::Length);
        }
    }
    Ok(references)
}

/// The certificates in certificate-values.
pub(super) fn parse_certificate_values(value: Element<'_>) -> Result<Vec<Certificate>, DerError> {
    let certificates = bounded(value.sequence()?.elements()?)?;
    certificates
        .iter()
        .map(|found| Certificate::parse(found.encoded()).map_err(|_| DerError::Value))
        .collect()
}

/// The lists and answers in revocation-values.
pub(super) fn parse_revocation_values(value: Element<'_>) -> Result<Evidence, DerError> {
    let mut evidence = Evidence::default();
    let mut parts = value.sequence()?;
    if let Some(lists) = parts.optional(tag::context_constructed(0))? {
        for list in bounded(lists.only_child()?.sequence()?.elements()?)? {
            evidence
                .lists
                .push(Crl::parse(list.encoded()).map_err(|_| DerError::Value)?);
        }
    }
    if let Some(answers) = parts.optional(tag::context_constructed(1))? {
        for answer in bounded(answers.only_child()?.sequence()?.elements()?)? {
            evidence
                .answers
                .push(OcspAnswer::parse_basic(answer.encoded()).map_err(|_| DerError::Value)?);
        }
    }
    Ok(evidence)
}
