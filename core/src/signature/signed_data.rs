//! SignedData (RFC 5652, 5) as it stands in a file: every part is a span of the input. BER is read. Of the signed attributes
//! it is DER that was signed (RFC 5652, 5.4), whatever order and lengths they have here.

mod signatories;

use std::borrow::Cow;

use const_oid::ObjectIdentifier;

pub(super) use signatories::Signatory;

use super::oid;
use crate::certificate::{AlgorithmError, Certificate, Name, SignatureAlgorithm, parse_hash_function};
use crate::der::{DerError, Element, Reader, context, element, integer, object_identifier, sequence, set_of, tag};
use crate::digest::HashFunction;

/// No file with more signers is judged, and no more are judged with those who counter-signed: every one costs the
/// verification of a path.
const MAX_SIGNERS: usize = 64;
const MAX_ATTRIBUTES: usize = 200;
/// Nobody signed how many there are of what stands beside: certificates, lists, algorithms announced, and unsigned attributes.
const MAX_UNSIGNED: usize = 2_000;

/// An OCTET STRING in BER that comes in pieces.
const OCTETS_IN_PIECES: u8 = tag::OCTET_STRING | tag::CONSTRUCTED;
/// The alternatives of CertificateChoices that are no certificate of a key (RFC 5652, 10.2.2).
const ATTRIBUTE_CERTIFICATE_V1: u8 = 1;
const ATTRIBUTE_CERTIFICATE_V2: u8 = 2;
const OTHER_CERTIFICATE: u8 = 3;

/// ```text
/// SignedData ::= SEQUENCE { version INTEGER, digestAlgorithms SET OF AlgorithmIdentifier,
///     encapContentInfo SEQUENCE { eContentType OBJECT IDENTIFIER, eContent [0] EXPLICIT OCTET STRING OPTIONAL },
///     certificates [0] IMPLICIT SET OPTIONAL, crls [1] IMPLICIT SET OPTIONAL, signerInfos SET OF SignerInfo }
/// ```
#[derive(Clone)]
pub(super) struct SignedData<'a> {
    pub(super) version: u64,
    pub(super) digest_algorithms: Vec<Element<'a>>,
    /// encapContentInfo as it stands.
    pub(super) encapsulated: Element<'a>,
    pub(super) content_type: Element<'a>,
    pub(super) content: Option<Cow<'a, [u8]>>,
    pub(super) certificates: Vec<Element<'a>>,
    pub(super) revocations: Vec<Element<'a>>,
    pub(super) signers: Vec<SignerInfo<'a>>,
    /// How many octets of the file follow it, or what belongs there within.
    pub(super) trailing: u64,
    /// Whether there is something among the certificates, or the revocations, that is no element at all.
    pub(super) has_odd_certificates: bool,
    pub(super) has_odd_revocations: bool,
}

/// ```text
/// SignerInfo ::= SEQUENCE { version INTEGER, sid SignerIdentifier, digestAlgorithm AlgorithmIdentifier,
///     signedAttrs [0] IMPLICIT SET OF Attribute OPTIONAL, signatureAlgorithm AlgorithmIdentifier,
///     signature OCTET STRING, unsignedAttrs [1] IMPLICIT SET OF Attribute OPTIONAL }
/// SignerIdentifier ::= CHOICE { issuerAndSerialNumber SEQUENCE, subjectKeyIdentifier [0] OCTET STRING }
/// ```
#[derive(Clone)]
pub(super) struct SignerInfo<'a> {
    /// Everything but the unsigned attributes, as it stands.
    pub(super) parts: Vec<Element<'a>>,
    pub(super) version: u64,
    pub(super) identifier: Element<'a>,
    pub(super) digest_algorithm: Element<'a>,
    pub(super) signed_attributes: Option<SignedAttributes<'a>>,
    pub(super) signature_algorithm: Element<'a>,
    pub(super) signature: Cow<'a, [u8]>,
    pub(super) unsigned_attributes: Vec<Attribute<'a>>,
}

/// The signed attributes, and the octets they were signed as.
#[derive(Clone)]
pub(super) struct SignedAttributes<'a> {
    pub(super) attributes: Vec<Attribute<'a>>,
    /// The SET, as it stands.
    set: Element<'a>,
}

/// `Attribute ::= SEQUENCE { attrType OBJECT IDENTIFIER, attrValues SET OF ANY }`. One whose type is longer than any that is
/// known has the type [`oid::UNREADABLE`]; one that cannot be read has no value besides.
#[derive(Clone)]
pub(super) struct Attribute<'a> {
    pub(super) oid: ObjectIdentifier,
    pub(super) values: Vec<Element<'a>>,
    pub(super) encoded: &'a [u8],
}

impl<'a> SignedData<'a> {
    /// Reads a ContentInfo of SignedData.
    pub(super) fn parse(input: &'a [u8]) -> Result<Self, DerError> {
        let mut reader = Reader::ber(input);
        let outer = reader.expect(tag::SEQUENCE)?;
        let mut signed_data = Self::parse_element(outer)?;
        signed_data.trailing += (input.len() - outer.encoded().len()) as u64;
        Ok(signed_data)
    }

    /// Reads a ContentInfo of SignedData that lies within another structure.
    pub(super) fn parse_element(content_info: Element<'a>) -> Result<Self, DerError> {
        let mut content_info = content_info.sequence()?;
        if content_info.expect(tag::OBJECT_IDENTIFIER)?.object_identifier()? != oid::SIGNED_DATA {
            return Err(DerError::Value);
        }
        let mut explicit = content_info.expect(tag::context_constructed(0))?.children()?;
        let signed_data = explicit.read()?;
        // Nobody signed what else there may be.
        let mut trailing = explicit.rest().len() + content_info.rest().len();

        let mut parts = signed_data.sequence()?;
        let version = parts.expect(tag::INTEGER)?.unsigned()?;
        let (digest_algorithms, _) = readable(parts.expect(tag::SET)?)?;
        let encapsulated = parts.expect(tag::SEQUENCE)?;
        let mut inner = encapsulated.children()?;
        let content_type = inner.expect(tag::OBJECT_IDENTIFIER)?;
        let is_octets = [oid::DATA, oid::TIMESTAMP_INFO].contains(&oid_of(&content_type));
        let content = match inner.optional(tag::context_constructed(0))? {
            Some(explicit) => {
                let mut explicit = explicit.children()?;
                // Contents of the older PKCS #7 may be of any type: what is within was digested (RFC 5652, 5.2.1).
                let content = match explicit.peek() {
                    Some(tag::OCTET_STRING | OCTETS_IN_PIECES) => explicit.expect(tag::OCTET_STRING)?.octets()?,
                    Some(found) if is_octets => return Err(DerError::Tag { found }),
                    _ => Cow::Borrowed(explicit.read()?.content()),
                };
                explicit.finish()?;
                Some(content)
            }
            None => None,
        };
        inner.finish()?;
        let optional_set = |parts: &mut Reader<'a>, number| match parts.optional(tag::context_constructed(number))? {
            Some(set) => readable(set),
            None => Ok((Vec::new(), false)),
        };
        let (certificates, has_odd_certificates) = optional_set(&mut parts, 0)?;
        let (revocations, has_odd_revocations) = optional_set(&mut parts, 1)?;
        let signers = bounded(parts.expect(tag::SET)?, MAX_SIGNERS)?;
        let signers: Vec<SignerInfo<'a>> = signers.into_iter().map(SignerInfo::parse).collect::<Result<_, _>>()?;
        trailing += parts.rest().len();
        Ok(Self {
            version,
            digest_algorithms,
            encapsulated,
            content_type,
            content,
            certificates,
            revocations,
            signers,
            trailing: trailing as u64,
            has_odd_certificates,
            has_odd_revocations,
        })
    }

    /// The type of the content; [`oid::UNREADABLE`] where it is longer than any that is known.
    pub(super) fn content_type(&self) -> ObjectIdentifier {
        oid_of(&self.content_type)
    }

    /// The version that these contents have (RFC 5652, 5.1).
    pub(super) fn expected_version(&self) -> u64 {
        let by_key_identifier = self.signers.iter().any(|signer| signer.version == 3);
        let other_revocations = self
            .revocations
            .iter()
            .any(|choice| choice.tag() == tag::context_constructed(1));
        let has = |number| {
            let tag = tag::context_constructed(number);
            self.certificates.iter().any(|choice| choice.tag() == tag)
        };
        if other_revocations || has(OTHER_CERTIFICATE) {
            5
        } else if has(ATTRIBUTE_CERTIFICATE_V2) {
            4
        } else if self.content_type() != oid::DATA || by_key_identifier || has(ATTRIBUTE_CERTIFICATE_V1) {
            3
        } else {
            1
        }
    }

    /// Writes the same SignedData with certificates, revocations, digest algorithms and unsigned attributes added. What is
    /// there already keeps its octets and its order; the structure around it is written in DER.
    pub(super) fn with(&self, additions: &Additions) -> Vec<u8> {
        let is_archived = self.signers.iter().any(SignerInfo::is_archived);
        let merged = |tag, present: &[Element<'_>], added: &[Vec<u8>]| {
            let present: Vec<&[u8]> = present.iter().map(Element::encoded).collect();
            let mut new: Vec<&[u8]> = Vec::new();
            for one in added {
                if !present.contains(&one.as_slice()) && !new.contains(&one.as_slice()) {
                    new.push(one);
                }
            }
            set_with(tag, present, new, is_archived)
        };
        let optional = |number, present: &[Element<'_>], added: &[Vec<u8>]| {
            if present.is_empty() && added.is_empty() {
                Vec::new()
            } else {
                merged(tag::context_constructed(number), present, added)
            }
        };
        let others = self.revocations.iter().map(Element::tag);
        let others = others.chain(
            additions
                .revocations
                .iter()
                .filter_map(|choice| choice.first().copied()),
        );
        let has_other = others.into_iter().any(|found| found == tag::context_constructed(1));
        let signers: Vec<Vec<u8>> = self
            .signers
            .iter()
            .enumerate()
            .map(|(index, signer)| {
                let added = if index == additions.signer {
                    additions.unsigned_attributes.as_slice()
                } else {
                    &[]
                };
                signer.with(added)
            })
            .collect();
        let signers: Vec<&[u8]> = signers.iter().map(Vec::as_slice).collect();
        let signed_data = sequence(&[
            &integer(if has_other { 5 } else { self.version }),
            &merged(tag::SET, &self.digest_algorithms, &additions.digest_algorithms),
            self.encapsulated.encoded(),
            &optional(0, &self.certificates, &additions.certificates),
            &optional(1, &self.revocations, &additions.revocations),
            &element(tag::SET, &signers),
        ]);
        sequence(&[&object_identifier(oid::SIGNED_DATA), &context(0, &[&signed_data])])
    }
}

/// What [`SignedData::with`] adds.
#[derive(Default)]
pub(super) struct Additions {
    pub(super) digest_algorithms: Vec<Vec<u8>>,
    pub(super) certificates: Vec<Vec<u8>>,
    pub(super) revocations: Vec<Vec<u8>>,
    /// The signer the attributes are for.
    pub(super) signer: usize,
    pub(super) unsigned_attributes: Vec<Vec<u8>>,
}

impl<'a> SignerInfo<'a> {
    fn parse(signer: Element<'a>) -> Result<Self, DerError> {
        let mut reader = signer.sequence()?;
        let version = reader.expect(tag::INTEGER)?;
        let identifier = reader.read()?;
        let digest_algorithm = reader.expect(tag::SEQUENCE)?;
        let attributes = reader.optional(tag::context_constructed(0))?;
        let signature_algorithm = reader.expect(tag::SEQUENCE)?;
        let signature = reader.expect(tag::OCTET_STRING)?;
        let unsigned_attributes = match reader.optional(tag::context_constructed(1))? {
            Some(attributes) => parse_unsigned(attributes)?,
            None => Vec::new(),
        };
        reader.finish()?;
        let signed_attributes = match attributes {
            Some(set) => Some(SignedAttributes {
                attributes: bounded(set, MAX_ATTRIBUTES)?.into_iter().map(Attribute::read).collect(),
                set,
            }),
            None => None,
        };
        let parts = [Some(version), Some(identifier), Some(digest_algorithm), attributes]
            .into_iter()
            .chain([Some(signature_algorithm), Some(signature)]);
        Ok(Self {
            parts: parts.flatten().collect(),
            version: version.unsigned()?,
            identifier,
            digest_algorithm,
            signed_attributes,
            signature_algorithm,
            signature: signature.octets()?,
            unsigned_attributes,
        })
    }

    /// Writes the same signer with unsigned attributes added.
    pub(super) fn with(&self, added: &[Vec<u8>]) -> Vec<u8> {
        let mut parts: Vec<&[u8]> = self.parts.iter().map(Element::encoded).collect();
        let attributes = self.unsigned_attributes.iter();
        let present: Vec<&[u8]> = attributes.map(|attribute| attribute.encoded).collect();
        let added: Vec<&[u8]> = added.iter().map(Vec::as_slice).collect();
        let unsigned = set_with(tag::context_constructed(1), present, added, self.is_archived());
        if unsigned.len() > 2 {
            parts.push(&unsigned);
        }
        sequence(&parts)
    }

    /// The hash function the signer names, where it is known.
    pub(super) fn hash_function(&self) -> Option<HashFunction> {
        read_hash_function(&self.digest_algorithm).ok()
    }

    /// How the value was made, as the signer says, and the hash function that is named by that: SHA-1 too, so that the value is
    /// compared before it is told that it proves nothing.
    pub(super) fn signature_algorithm(&self) -> Result<(SignatureAlgorithm, Option<HashFunction>), AlgorithmError> {
        let identifier = self.signature_algorithm.canonical()?;
        match SignatureAlgorithm::parse(&identifier) {
            Ok(algorithm) => Ok((algorithm, algorithm.digest_algorithm().map(HashFunction::Of))),
            Err(error @ AlgorithmError::Weak) => {
                let algorithm = SignatureAlgorithm::parse_beside_sha1(&identifier).ok_or(error)?;
                Ok((algorithm, Some(HashFunction::Sha1)))
            }
            Err(error) => Err(error),
        }
    }

    /// Whether the signer's identifier names a certificate: by issuer, compared as RFC 5280, 7.1 has it, and serial number, or
    /// by key identifier. The lengths in it may be written in BER, since it is not signed.
    pub(super) fn names(&self, certificate: &Certificate) -> bool {
        let by_issuer = || -> Result<bool, DerError> {
            let mut parts = self.identifier.children()?;
            let issuer = parts.expect(tag::SEQUENCE)?;
            let serial = parts.expect(tag::INTEGER)?.integer()?;
            parts.finish()?;
            let is_issuer =
                issuer.encoded() == certificate.issuer().encoded() || Name::parse(issuer)? == *certificate.issuer();
            Ok(is_issuer && serial == certificate.serial())
        };
        match self.identifier.tag() {
            tag::SEQUENCE => by_issuer().unwrap_or(false),
            tag if tag == tag::context(0) => certificate.subject_key_identifier() == Some(self.identifier.content()),
            _ => false,
        }
    }

    /// Whether there is a time-stamp over all of the file, of any of the kinds there have been. Those before the third are
    /// over the unsigned attributes in the order they have.
    pub(super) fn is_archived(&self) -> bool {
        const KINDS: [ObjectIdentifier; 3] = [
            oid::ARCHIVE_TIMESTAMP,
            oid::ARCHIVE_TIMESTAMP_V2,
            oid::ARCHIVE_TIMESTAMP_V3,
        ];
        self.unsigned_attributes
            .iter()
            .any(|attribute| KINDS.contains(&attribute.oid))
    }

    /// Every value of every unsigned attribute of a type.
    pub(super) fn unsigned_values(&self, oid: ObjectIdentifier) -> impl Iterator<Item = Element<'a>> + '_ {
        self.unsigned_attributes
            .iter()
            .filter(move |attribute| attribute.oid == oid)
            .flat_map(|attribute| attribute.values.iter().copied())
    }
}

impl<'a> SignedAttributes<'a> {
    /// What may have been digested and signed: the attributes as an explicit SET OF, as they stand, and in DER where that is
    /// something else. Some signers sign what they write, whatever DER says.
    pub(super) fn signed_octets(&self) -> Vec<Vec<u8>> {
        let as_they_stand = element(tag::SET, &[self.set.content()]);
        let canonical = self.attributes.iter().map(|attribute| attribute.canonical());
        match canonical.collect::<Result<Vec<_>, _>>() {
            Ok(attributes) => {
                let canonical = set_of(tag::SET, attributes);
                if canonical == as_they_stand {
                    vec![canonical]
                } else {
                    vec![as_they_stand, canonical]
                }
            }
            Err(_) => vec![as_they_stand],
        }
    }

    /// Whether they stand in the order of DER, which some verifiers insist on.
    pub(super) fn are_sorted(&self) -> bool {
        self.attributes.is_sorted_by_key(|attribute| attribute.encoded)
    }

    /// All attributes of a type.
    pub(super) fn of_type(&self, oid: ObjectIdentifier) -> impl Iterator<Item = &Attribute<'a>> {
        self.attributes.iter().filter(move |attribute| attribute.oid == oid)
    }
}

/// A set with more elements. One in the order of DER keeps that order; in any other one, and where an archive time-stamp is
/// over the elements, those that are there stay where they are, and the new ones follow.
fn set_with<'a>(tag: u8, present: Vec<&'a [u8]>, mut added: Vec<&'a [u8]>, is_archived: bool) -> Vec<u8> {
    let is_sorted = present.is_sorted();
    let mut all = present;
    if is_sorted && !is_archived {
        all.append(&mut added);
        all.sort_unstable();
    } else {
        added.sort_unstable();
        all.append(&mut added);
    }
    element(tag, &all)
}

impl<'a> Attribute<'a> {
    fn read(attribute: Element<'a>) -> Self {
        let read = || -> Result<Self, DerError> {
            let mut parts = attribute.sequence()?;
            let oid = oid_of(&parts.expect(tag::OBJECT_IDENTIFIER)?);
            let values = bounded(parts.expect(tag::SET)?, MAX_ATTRIBUTES)?;
            parts.finish()?;
            Ok(Self {
                oid,
                values,
                encoded: attribute.encoded(),
            })
        };
        read().unwrap_or_else(|_| Self::unreadable(attribute.encoded()))
    }

    const fn unreadable(encoded: &'a [u8]) -> Self {
        Self {
            oid: oid::UNREADABLE,
            values: Vec::new(),
            encoded,
        }
    }

    /// Whether nothing can be told of it.
    pub(super) fn is_unreadable(&self) -> bool {
        self.oid == oid::UNREADABLE && self.values.is_empty()
    }

    /// In DER.
    fn canonical(&self) -> Result<Vec<u8>, DerError> {
        if self.is_unreadable() {
            return Reader::ber(self.encoded).read()?.canonical();
        }
        let mut parts = Reader::ber(self.encoded).expect(tag::SEQUENCE)?.children()?;
        let oid = parts.expect(tag::OBJECT_IDENTIFIER)?.canonical()?;
        let values = self.values.iter().map(Element::canonical);
        let values = set_of(tag::SET, values.collect::<Result<_, _>>()?);
        Ok(sequence(&[&oid, &values]))
    }
}

/// An OBJECT IDENTIFIER; [`oid::UNREADABLE`] where it is longer than any that is known.
fn oid_of(element: &Element<'_>) -> ObjectIdentifier {
    element.object_identifier().unwrap_or(oid::UNREADABLE)
}

/// The hash function of an AlgorithmIdentifier that may stand in BER, as everything around what is signed may.
pub(super) fn read_hash_function(identifier: &Element<'_>) -> Result<HashFunction, AlgorithmError> {
    parse_hash_function(&identifier.canonical()?)
}

/// Unsigned attributes: whoever adds one that cannot be read adds nothing.
fn parse_unsigned(set: Element<'_>) -> Result<Vec<Attribute<'_>>, DerError> {
    let mut attributes = Vec::new();
    let mut elements = set.children()?;
    while !elements.is_empty() {
        let left = elements.rest();
        match elements.read() {
            Ok(element) => attributes.push(Attribute::read(element)),
            Err(_) => {
                attributes.push(Attribute::unreadable(left));
                break;
            }
        }
        if attributes.len() > MAX_UNSIGNED {
            return Err(DerError::Limit);
        }
    }
    Ok(attributes)
}

/// The elements of a set that nobody signed, as far as they can be read; whether that is all of it.
fn readable(set: Element<'_>) -> Result<(Vec<Element<'_>>, bool), DerError> {
    let mut elements = set.children()?;
    let mut found = Vec::new();
    while !elements.is_empty() {
        match elements.read() {
            Ok(element) => found.push(element),
            Err(_) => return Ok((found, true)),
        }
        if found.len() > MAX_UNSIGNED {
            return Err(DerError::Limit);
        }
    }
    Ok((found, false))
}

fn bounded<'a>(set: Element<'a>, limit: usize) -> Result<Vec<Element<'a>>, DerError> {
    let elements = set.children()?.elements()?;
    if elements.len() > limit {
        Err(DerError::Limit)
    } else {
        Ok(elements)
    }
}
