//! SignedData (RFC 5652, 5) as it stands in a file: every part is a span of the input. BER is read; the signed attributes
//! must be DER, since that is what was signed (RFC 5652, 5.4).

use std::borrow::Cow;

use const_oid::ObjectIdentifier;

use super::oid;
use crate::der::{DerError, Element, Reader, element, tag};

const MAX_SIGNERS: usize = 20;
const MAX_CERTIFICATES: usize = 200;
const MAX_ATTRIBUTES: usize = 100;

/// ```text
/// SignedData ::= SEQUENCE { version INTEGER, digestAlgorithms SET OF AlgorithmIdentifier,
///     encapContentInfo SEQUENCE { eContentType OBJECT IDENTIFIER, eContent [0] EXPLICIT OCTET STRING OPTIONAL },
///     certificates [0] IMPLICIT SET OPTIONAL, crls [1] IMPLICIT SET OPTIONAL, signerInfos SET OF SignerInfo }
/// ```
pub(super) struct SignedData<'a> {
    pub(super) version: u64,
    pub(super) digest_algorithms: Vec<Element<'a>>,
    pub(super) content_type: ObjectIdentifier,
    pub(super) content: Option<Cow<'a, [u8]>>,
    pub(super) certificates: Vec<Element<'a>>,
    pub(super) signers: Vec<SignerInfo<'a>>,
}

/// ```text
/// SignerInfo ::= SEQUENCE { version INTEGER, sid SignerIdentifier, digestAlgorithm AlgorithmIdentifier,
///     signedAttrs [0] IMPLICIT SET OF Attribute OPTIONAL, signatureAlgorithm AlgorithmIdentifier,
///     signature OCTET STRING, unsignedAttrs [1] IMPLICIT SET OF Attribute OPTIONAL }
/// SignerIdentifier ::= CHOICE { issuerAndSerialNumber SEQUENCE, subjectKeyIdentifier [0] OCTET STRING }
/// ```
pub(super) struct SignerInfo<'a> {
    pub(super) version: u64,
    pub(super) identifier: Element<'a>,
    pub(super) digest_algorithm: Element<'a>,
    pub(super) signed_attributes: Option<SignedAttributes<'a>>,
    pub(super) signature_algorithm: Element<'a>,
    pub(super) signature: Cow<'a, [u8]>,
}

/// The signed attributes, and the octets they were signed as.
pub(super) struct SignedAttributes<'a> {
    pub(super) attributes: Vec<Attribute<'a>>,
    /// The contents of the SET, as they stand.
    content: &'a [u8],
}

/// `Attribute ::= SEQUENCE { attrType OBJECT IDENTIFIER, attrValues SET OF ANY }`
pub(super) struct Attribute<'a> {
    pub(super) oid: ObjectIdentifier,
    pub(super) values: Vec<Element<'a>>,
    pub(super) encoded: &'a [u8],
}

impl<'a> SignedData<'a> {
    /// Reads a ContentInfo of SignedData.
    pub(super) fn parse(input: &'a [u8]) -> Result<Self, DerError> {
        let mut reader = Reader::ber(input);
        let mut content_info = reader.expect(tag::SEQUENCE)?.children()?;
        reader.finish()?;
        if content_info.expect(tag::OBJECT_IDENTIFIER)?.object_identifier()? != oid::SIGNED_DATA {
            return Err(DerError::Value);
        }
        let signed_data = content_info.expect(tag::context_constructed(0))?.only_child()?;
        content_info.finish()?;
        let mut parts = signed_data.sequence()?;
        let version = parts.expect(tag::INTEGER)?.unsigned()?;
        let digest_algorithms = bounded(parts.expect(tag::SET)?, MAX_SIGNERS)?;
        let mut encapsulated = parts.expect(tag::SEQUENCE)?.children()?;
        let content_type = encapsulated.expect(tag::OBJECT_IDENTIFIER)?.object_identifier()?;
        let content = match encapsulated.optional(tag::context_constructed(0))? {
            Some(explicit) => {
                let mut explicit = explicit.children()?;
                let content = explicit.expect(tag::OCTET_STRING)?.octets()?;
                explicit.finish()?;
                Some(content)
            }
            None => None,
        };
        encapsulated.finish()?;
        let certificates = match parts.optional(tag::context_constructed(0))? {
            Some(certificates) => bounded(certificates, MAX_CERTIFICATES)?,
            None => Vec::new(),
        };
        parts.optional(tag::context_constructed(1))?;
        let signers = bounded(parts.expect(tag::SET)?, MAX_SIGNERS)?;
        parts.finish()?;
        Ok(Self {
            version,
            digest_algorithms,
            content_type,
            content,
            certificates,
            signers: signers.into_iter().map(SignerInfo::parse).collect::<Result<_, _>>()?,
        })
    }

    /// The version that RFC 5652, 5.1 has for these contents, as far as a reader of signatures tells them apart.
    pub(super) fn expected_version(&self) -> u64 {
        let by_key_identifier = self.signers.iter().any(|signer| signer.version == 3);
        if self.content_type != oid::DATA || by_key_identifier {
            3
        } else {
            1
        }
    }
}

impl<'a> SignerInfo<'a> {
    fn parse(signer: Element<'a>) -> Result<Self, DerError> {
        let mut parts = signer.sequence()?;
        let version = parts.expect(tag::INTEGER)?.unsigned()?;
        let identifier = parts.read()?;
        let digest_algorithm = parts.expect(tag::SEQUENCE)?;
        let signed_attributes = match parts.optional(tag::context_constructed(0))? {
            Some(attributes) => Some(SignedAttributes {
                attributes: parse_attributes(Reader::der(attributes.content()))?,
                content: attributes.content(),
            }),
            None => None,
        };
        let signature_algorithm = parts.expect(tag::SEQUENCE)?;
        let signature = parts.expect(tag::OCTET_STRING)?.octets()?;
        if let Some(attributes) = parts.optional(tag::context_constructed(1))? {
            parse_attributes(attributes.children()?)?;
        }
        parts.finish()?;
        Ok(Self {
            version,
            identifier,
            digest_algorithm,
            signed_attributes,
            signature_algorithm,
            signature,
        })
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
