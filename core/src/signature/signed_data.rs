//! SignedData (RFC 5652, 5) as it stands in a file: every part is a span of the input. BER is read; the signed attributes
//! must be DER, since that is what was signed (RFC 5652, 5.4).

mod signatories;

use std::borrow::Cow;

use const_oid::ObjectIdentifier;

pub(super) use signatories::Signatory;

use super::oid;
use crate::certificate::Certificate;
use crate::der::{DerError, Element, Reader, context, element, integer, sequence, tag};

/// No file has more signers; and no more are judged with those who counter-signed.
const MAX_SIGNERS: usize = 10;
/// Every one costs the verification of a path; a signature that is archived anew every few years has fewer.
const MAX_TIMESTAMPS: usize = 16;
const MAX_CERTIFICATES: usize = 200;
const MAX_ATTRIBUTES: usize = 100;

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
    /// The contents of the SET, as they stand.
    content: &'a [u8],
}

/// `Attribute ::= SEQUENCE { attrType OBJECT IDENTIFIER, attrValues SET OF ANY }`
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
        reader.finish()?;
        Self::parse_element(outer)
    }

    /// Reads a ContentInfo of SignedData that lies within another structure.
    pub(super) fn parse_element(content_info: Element<'a>) -> Result<Self, DerError> {
        let mut content_info = content_info.sequence()?;
        if content_info.expect(tag::OBJECT_IDENTIFIER)?.object_identifier()? != oid::SIGNED_DATA {
            return Err(DerError::Value);
        }
        let signed_data = content_info.expect(tag::context_constructed(0))?.only_child()?;
        content_info.finish()?;

        let mut parts = signed_data.sequence()?;
        let version = parts.expect(tag::INTEGER)?.unsigned()?;
        let digest_algorithms = bounded(parts.expect(tag::SET)?, MAX_SIGNERS)?;
        let encapsulated = parts.expect(tag::SEQUENCE)?;
        let mut inner = encapsulated.children()?;
        let content_type = inner.expect(tag::OBJECT_IDENTIFIER)?;
        content_type.object_identifier()?;
        let content = match inner.optional(tag::context_constructed(0))? {
            Some(explicit) => {
                let mut explicit = explicit.children()?;
                let content = explicit.expect(tag::OCTET_STRING)?.octets()?;
                explicit.finish()?;
                Some(content)
            }
            None => None,
        };
        inner.finish()?;
        let optional_set = |parts: &mut Reader<'a>, number| match parts.optional(tag::context_constructed(number))? {
            Some(set) => bounded(set, MAX_CERTIFICATES),
            None => Ok(Vec::new()),
        };
        let certificates = optional_set(&mut parts, 0)?;
        let revocations = optional_set(&mut parts, 1)?;
        let signers = bounded(parts.expect(tag::SET)?, MAX_SIGNERS)?;
        parts.finish()?;
        Ok(Self {
            version,
            digest_algorithms,
            encapsulated,
            content_type,
            content,
            certificates,
            revocations,
            signers: signers.into_iter().map(SignerInfo::parse).collect::<Result<_, _>>()?,
        })
    }

    /// The type of the content.
    pub(super) fn content_type(&self) -> ObjectIdentifier {
        self.content_type.object_identifier().expect("it was read before")
    }

    /// The version that these contents have (RFC 5652, 5.1).
    pub(super) fn expected_version(&self) -> u64 {
        let by_key_identifier = self.signers.iter().any(|signer| signer.version == 3);
        let other_revocations = self
            .revocations
            .iter()
            .any(|choice| choice.tag() == tag::context_constructed(1));
        if other_revocations {
            5
        } else if self.content_type() != oid::DATA || by_key_identifier {
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
        sequence(&[
            &crate::der::object_identifier(oid::SIGNED_DATA),
            &context(0, &[&signed_data]),
        ])
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
            Some(attributes) => parse_attributes(attributes.children()?)?,
            None => Vec::new(),
        };
        reader.finish()?;
        let is_timestamp =
            |attribute: &&Attribute<'_>| [oid::SIGNATURE_TIMESTAMP, oid::ARCHIVE_TIMESTAMP_V3].contains(&attribute.oid);
        let timestamps = unsigned_attributes.iter().filter(is_timestamp);
        if timestamps.map(|attribute| attribute.values.len()).sum::<usize>() > MAX_TIMESTAMPS {
            return Err(DerError::Length);
        }
        let signed_attributes = match attributes {
            Some(attributes) => Some(SignedAttributes {
                attributes: parse_attributes(Reader::der(attributes.content()))?,
                content: attributes.content(),
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

    /// Whether the signer's identifier names a certificate: by issuer and serial number, or by key identifier. The lengths in
    /// it may be written in BER, since it is not signed.
    pub(super) fn names(&self, certificate: &Certificate) -> bool {
        let by_issuer = || -> Result<bool, DerError> {
            let mut parts = self.identifier.children()?;
            let issuer = parts.expect(tag::SEQUENCE)?;
            let serial = parts.expect(tag::INTEGER)?.integer()?;
            parts.finish()?;
            Ok(issuer.encoded() == certificate.issuer().encoded() && serial == certificate.serial())
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
    /// What was digested and signed: the attributes as an explicit SET OF.
    pub(super) fn signed_octets(&self) -> Vec<u8> {
        element(tag::SET, &[self.content])
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

fn parse_attributes(reader: Reader<'_>) -> Result<Vec<Attribute<'_>>, DerError> {
    let elements = reader.elements()?;
    if elements.len() > MAX_ATTRIBUTES {
        return Err(DerError::Length);
    }
    elements
        .into_iter()
        .map(|attribute| {
            let mut parts = attribute.sequence()?;
            let oid = parts.expect(tag::OBJECT_IDENTIFIER)?.object_identifier()?;
            let values = bounded(parts.expect(tag::SET)?, MAX_ATTRIBUTES)?;
            parts.finish()?;
            Ok(Attribute {
                oid,
                values,
                encoded: attribute.encoded(),
            })
        })
        .collect()
}

fn bounded<'a>(set: Element<'a>, limit: usize) -> Result<Vec<Element<'a>>, DerError> {
    let elements = set.children()?.elements()?;
    if elements.len() > limit {
        Err(DerError::Length)
    } else {
        Ok(elements)
    }
}
