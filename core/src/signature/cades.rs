//! CAdES signatures of level B-B (ETSI EN 319 122-1, 6): prepared without a key, finished with the value a card made,
//! and verified against the certificate before they leave.

use std::time::SystemTime;

use super::attribute::{SignedAttributes, issuer_and_serial};
use super::profile::Profile;
use super::{SignatureError, oid};
use crate::certificate::{Certificate, KeyAlgorithm, SignatureAlgorithm};
use crate::der::{context, integer, object_identifier, octet_string, sequence, set_of, tag};
use crate::digest::{Digest, DigestAlgorithm};

/// The most octets that lie within an enveloping signature: room is left for what makes it last, lists of revoked
/// certificates above all.
pub const MAX_ENVELOPED_SIZE: u64 = 24 << 20;

/// Who signs, and when.
#[derive(Debug, Clone, Copy)]
pub struct Signing<'a> {
    /// The certificate of the key that signs.
    pub certificate: &'a Certificate,
    /// Certificates of its issuers to bring along; may be empty.
    pub chain: &'a [Certificate],
    /// The time the signer claims. Fractions of a second are dropped.
    pub time: SystemTime,
    /// The Turkish profile whose policy is signed along.
    pub profile: Profile,
}

impl<'a> Signing<'a> {
    /// Signs with this certificate alone.
    #[must_use]
    pub const fn new(certificate: &'a Certificate, time: SystemTime) -> Self {
        Self {
            certificate,
            chain: &[],
            time,
            profile: Profile::P1,
        }
    }

    /// The digest that the certificate's key signs, and the content is taken with.
    ///
    /// # Errors
    /// [`SignatureError::Key`] where the key cannot sign.
    pub fn digest_algorithm(&self) -> Result<DigestAlgorithm, SignatureError> {
        self.key().map(KeyAlgorithm::digest_algorithm)
    }

    fn key(&self) -> Result<KeyAlgorithm, SignatureError> {
        let key = self.certificate.public_key().map(|key| key.algorithm());
        key.filter(|key| !key.is_weak()).ok_or(SignatureError::Key)
    }
}

/// Prepares a detached signature (`.p7s`) over a content of some media type.
///
/// # Errors
/// [`SignatureError::Key`] where the certificate's key cannot sign; [`SignatureError::MediaType`].
pub fn prepare(content: &[u8], media_type: &str, signing: Signing<'_>) -> Result<Prepared, SignatureError> {
    let digest = signing.digest_algorithm()?.digest(content);
    prepare_digest(&digest, Some(media_type), signing)
}

/// Prepares a detached signature over a content that was digested elsewhere, with [`Signing::digest_algorithm`].
///
/// # Errors
/// [`SignatureError::Key`] where the certificate's key cannot sign, or signs digests of another kind;
/// [`SignatureError::MediaType`].
pub fn prepare_digest(
    content_digest: &Digest,
    media_type: Option<&str>,
    signing: Signing<'_>,
) -> Result<Prepared, SignatureError> {
    let key = signing.key()?;
    if content_digest.algorithm != key.digest_algorithm() {
        return Err(SignatureError::Key);
    }
    if let Some(media_type) = media_type.filter(|media_type| !is_media_type(media_type)) {
        return Err(SignatureError::MediaType(media_type.to_owned()));
    }
    let attributes = SignedAttributes {
        content_digest,
        signing_time: signing.time,
        certificate: signing.certificate,
        media_type,
        profile: signing.profile,
    };
    let attributes = attributes.encode();
    Ok(Prepared {
        digest: key.digest_algorithm().digest(&attributes),
        attributes,
        key,
        certificate: signing.certificate.clone(),
        chain: signing.chain.to_vec(),
        content: None,
    })
}

/// Prepares an enveloping signature (`.p7m`), which has its content within.
///
/// # Errors
/// As [`prepare`], and [`SignatureError::ContentTooLarge`] beyond [`MAX_ENVELOPED_SIZE`].
pub fn prepare_enveloping(
    content: Vec<u8>,
    media_type: &str,
    signing: Signing<'_>,
) -> Result<Prepared, SignatureError> {
    if content.len() as u64 > MAX_ENVELOPED_SIZE {
        return Err(SignatureError::ContentTooLarge {
            limit: MAX_ENVELOPED_SIZE,
        });
    }
    let prepared = prepare(&content, media_type, signing)?;
    Ok(Prepared {
        content: Some(content),
        ..prepared
    })
}

/// A signature that lacks its value.
#[derive(Debug, Clone)]
pub struct Prepared {
    attributes: Vec<u8>,
    digest: Digest,
    key: KeyAlgorithm,
    certificate: Certificate,
    chain: Vec<Certificate>,
    /// The content of an enveloping signature.
    content: Option<Vec<u8>>,
}

/// A signature value that was verified, in the form CMS carries, and how it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    octets: Vec<u8>,
    algorithm: SignatureAlgorithm,
}

impl Prepared {
    /// What the card signs: the digest of the signed attributes.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Puts the signature together and returns it in DER (`ContentInfo`, RFC 5652, 3).
    ///
    /// The value is what a card gave: for RSA as many octets as the modulus, for EC `SEQUENCE { r, s }` or r‖s.
    ///
    /// # Errors
    /// [`SignatureError::NotByThisKey`] where the value does not verify with the certificate's key.
    pub fn finish(self, value: &[u8]) -> Result<Vec<u8>, SignatureError> {
        let value = self.verify(value)?;
        Ok(self.assemble(&value))
    }

    /// Verifies a value with the certificate's key, and returns it in the form CMS carries. An RSA key may have signed by
    /// RSASSA-PKCS1-v1_5 or by RSASSA-PSS, as its card does: which of them, the value proves.
    ///
    /// # Errors
    /// [`SignatureError::NotByThisKey`] where it does not verify.
    pub fn verify(&self, value: &[u8]) -> Result<Value, SignatureError> {
        let key = self.certificate.public_key().ok_or(SignatureError::Key)?;
        let octets = key.normalize(value).ok_or(SignatureError::NotByThisKey)?;
        SignatureAlgorithm::of_new(self.key, self.digest.algorithm)
            .into_iter()
            .find(|algorithm| key.verify(*algorithm, &self.digest, &octets).is_ok())
            .map(|algorithm| Value { octets, algorithm })
            .ok_or(SignatureError::NotByThisKey)
    }

    /// Puts the signature together around a value that [`Self::verify`] returned.
    ///
    /// ```text
    /// ContentInfo ::= SEQUENCE { contentType id-signedData, content [0] EXPLICIT SignedData }
    /// SignedData ::= SEQUENCE { version 1, digestAlgorithms SET, encapContentInfo SEQUENCE { id-data, eContent [0] OPTIONAL },
    ///     certificates [0] IMPLICIT SET, signerInfos SET OF SignerInfo }
    /// SignerInfo ::= SEQUENCE { version 1, sid IssuerAndSerialNumber, digestAlgorithm, signedAttrs [0] IMPLICIT SET,
    ///     signatureAlgorithm, signature OCTET STRING }
    /// ```
    #[must_use]
    pub fn assemble(&self, value: &Value) -> Vec<u8> {
        // Parameters are left out for SHA-2 (RFC 5754, 2).
        let digest_algorithm = sequence(&[&object_identifier(self.digest.algorithm.oid())]);
        let mut attributes = self.attributes.clone();
        // Signed as a SET, stored under [0] IMPLICIT (RFC 5652, 5.4).
        attributes[0] = tag::context_constructed(0);
        let signer = sequence(&[
            &integer(1),
            &issuer_and_serial(&self.certificate),
            &digest_algorithm,
            &attributes,
            &value.algorithm.identifier(self.digest.algorithm),
            &octet_string(&value.octets),
        ]);
        let mut certificates = vec![self.certificate.der().to_vec()];
        for certificate in &self.chain {
            if !certificates.iter().any(|other| other == certificate.der()) {
                certificates.push(certificate.der().to_vec());
            }
        }
        let content = self
            .content
            .as_ref()
            .map(|content| context(0, &[&octet_string(content)]))
            .unwrap_or_default();
        let signed_data = sequence(&[
            &integer(1),
            &set_of(tag::SET, vec![digest_algorithm]),
            &sequence(&[&object_identifier(oid::DATA), &content]),
            &set_of(tag::context_constructed(0), certificates),
            &set_of(tag::SET, vec![signer]),
        ]);
        sequence(&[&object_identifier(oid::SIGNED_DATA), &context(0, &[&signed_data])])
    }
}

/// `type/subtype` with parameters at most (RFC 6838, 4.2), which goes into XML and DER alike.
pub(super) fn is_media_type(text: &str) -> bool {
    let allowed = |octet: u8| octet.is_ascii_alphanumeric() || b"!#$&-^_.+/;= ".contains(&octet);
    text.len() <= 127
        && text.bytes().all(allowed)
        && text
            .split_once('/')
            .is_some_and(|(kind, subtype)| !kind.is_empty() && !subtype.is_empty())
}
