//! Public keys and the verification of signatures with them: RSA with PKCS #1 v1.5 and PSS, ECDSA on P-256, P-384 and
//! P-521, under SHA-2 and SHA-3. What is weaker is compared too, so that what does not hold is told as that, and what holds
//! as weak.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912;
use rsa::{BigUint, Pkcs1v15Sign, Pss, RsaPublicKey};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use sha3::{Sha3_256, Sha3_384, Sha3_512};
use signature::hazmat::PrehashVerifier;
use x509_cert::der::{Decode as _, Error as EncodingError, Tag, Tagged as _};
use x509_cert::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use super::curve;
use crate::der::{
    DerError, Element, Reader, context, integer, null, object_identifier, sequence, tag, unsigned_integer,
};
use crate::digest::{Digest, DigestAlgorithm, HashFunction};

/// RSA keys beyond this take too long to be anything but an attack.
const MAX_MODULUS_BITS: usize = 8_192;
/// No PSS salt is longer than the modulus that it must fit in.
const MAX_SALT: usize = MAX_MODULUS_BITS / 8;
/// The least a qualified certificate's RSA key has (ETSI TS 119 312).
const MIN_MODULUS_BITS: u32 = 2_048;

/// The kind of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyAlgorithm {
    /// RSA.
    Rsa {
        /// The length of the modulus in bits.
        modulus_bits: u32,
    },
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
    /// ECDSA on P-521.
    P521,
}

impl KeyAlgorithm {
    /// The digest that signatures with such a key are made over: as strong as the key.
    #[must_use]
    pub const fn digest_algorithm(self) -> DigestAlgorithm {
        match self {
            Self::Rsa { .. } | Self::P256 => DigestAlgorithm::Sha256,
            Self::P384 => DigestAlgorithm::Sha384,
            Self::P521 => DigestAlgorithm::Sha512,
        }
    }

    /// Whether it is weaker than a qualified signature may be (ETSI TS 119 312).
    #[must_use]
    pub const fn is_weak(self) -> bool {
        matches!(
            self,
            Self::Rsa {
                modulus_bits: ..MIN_MODULUS_BITS
            }
        )
    }
}

impl std::fmt::Display for KeyAlgorithm {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rsa { modulus_bits } => write!(formatter, "RSA-{modulus_bits}"),
            Self::P256 => formatter.write_str("P-256"),
            Self::P384 => formatter.write_str("P-384"),
            Self::P521 => formatter.write_str("P-521"),
        }
    }
}

/// Why a signature does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AlgorithmError {
    /// The algorithm is one that was broken, such as SHA-1, or the key is too short.
    #[error("the algorithm or key is too weak")]
    Weak,
    /// The algorithm or key is not known here.
    #[error("the algorithm or key is not supported")]
    Unsupported,
    /// The key, the algorithm or the value is malformed.
    #[error("the signature is malformed")]
    Malformed,
    /// The signature was not made by this key over this digest.
    #[error("the signature is wrong")]
    WrongSignature,
}

impl From<EncodingError> for AlgorithmError {
    fn from(_: EncodingError) -> Self {
        Self::Malformed
    }
}

impl From<DerError> for AlgorithmError {
    fn from(_: DerError) -> Self {
        Self::Malformed
    }
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(Key);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    Rsa(RsaPublicKey),
    P256(Box<p256::ecdsa::VerifyingKey>),
    P384(Box<p384::ecdsa::VerifyingKey>),
    P521(Box<p521::PublicKey>),
}

impl PublicKey {
    /// `SubjectPublicKeyInfo ::= SEQUENCE { algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING }`
    pub(crate) fn parse(info: &[u8]) -> Option<Self> {
        let info = SubjectPublicKeyInfoRef::from_der(info).ok()?;
        let bits = info.subject_public_key.as_bytes()?;
        let oid = info.algorithm.oid;
        if oid == rfc5912::RSA_ENCRYPTION || oid == rfc5912::ID_RSASSA_PSS {
            return Self::parse_rsa(bits);
        }
        if oid != rfc5912::ID_EC_PUBLIC_KEY {
            return None;
        }
        // Named, or spelt out.
        let parameters = info.algorithm.parameters?;
        let curve = if parameters.tag() == Tag::ObjectIdentifier {
            parameters.decode_as().ok()?
        } else if parameters.tag() == Tag::Sequence {
            curve::of_parameters(Reader::der(parameters.value()))?
        } else {
            return None;
        };
        let key = match curve {
            rfc5912::SECP_256_R_1 => Key::P256(Box::new(p256::ecdsa::VerifyingKey::from_sec1_bytes(bits).ok()?)),
            rfc5912::SECP_384_R_1 => Key::P384(Box::new(p384::ecdsa::VerifyingKey::from_sec1_bytes(bits).ok()?)),
            rfc5912::SECP_521_R_1 => Key::P521(Box::new(p521::PublicKey::from_sec1_bytes(bits).ok()?)),
            _ => return None,
        };
        Some(Self(key))
    }

    /// `RSAPublicKey` (RFC 8017, A.1.1)
    fn parse_rsa(bits: &[u8]) -> Option<Self> {
        let key = rsa::pkcs1::RsaPublicKey::from_der(bits).ok()?;
        let modulus = BigUint::from_bytes_be(key.modulus.as_bytes());
        let exponent = BigUint::from_bytes_be(key.public_exponent.as_bytes());
        RsaPublicKey::new_with_max_size(modulus, exponent, MAX_MODULUS_BITS)
            .ok()
            .map(|key| Self(Key::Rsa(key)))
    }

    /// The kind of this key.
    #[must_use]
    pub fn algorithm(&self) -> KeyAlgorithm {
        match &self.0 {
            Key::Rsa(key) => {
                let bits = rsa::traits::PublicKeyParts::n(key).bits();
                KeyAlgorithm::Rsa {
                    modulus_bits: u32::try_from(bits).expect("bounded by MAX_MODULUS_BITS"),
                }
            }
            Key::P256(_) => KeyAlgorithm::P256,
            Key::P384(_) => KeyAlgorithm::P384,
            Key::P521(_) => KeyAlgorithm::P521,
        }
    }

    /// Verifies a signature value over a digest: for RSA the octets as they are, for EC `SEQUENCE { r, s }`.
    ///
    /// # Errors
    /// [`AlgorithmError::Weak`] where it holds and the key is too short.
    pub(crate) fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        digest: &Digest,
        value: &[u8],
    ) -> Result<(), AlgorithmError> {
        self.compare(algorithm, HashFunction::Of(digest.algorithm), &digest.value, value)?;
        if self.algorithm().is_weak() {
            Err(AlgorithmError::Weak)
        } else {
            Ok(())
        }
    }

    /// Whether a signature value over a digest holds, however weak the algorithms are.
    pub(crate) fn compare(
        &self,
        algorithm: SignatureAlgorithm,
        function: HashFunction,
        digest: &[u8],
        value: &[u8],
    ) -> Result<(), AlgorithmError> {
        let holds = match (&self.0, algorithm) {
            (Key::Rsa(key), SignatureAlgorithm::RsaPkcs1(_)) => {
                let padding = match function {
                    HashFunction::Sha1 => Pkcs1v15Sign::new::<Sha1>(),
                    HashFunction::Of(DigestAlgorithm::Sha256) => Pkcs1v15Sign::new::<Sha256>(),
                    HashFunction::Of(DigestAlgorithm::Sha384) => Pkcs1v15Sign::new::<Sha384>(),
                    HashFunction::Of(DigestAlgorithm::Sha512) => Pkcs1v15Sign::new::<Sha512>(),
                    HashFunction::Of(DigestAlgorithm::Sha3_256) => Pkcs1v15Sign::new::<Sha3_256>(),
                    HashFunction::Of(DigestAlgorithm::Sha3_384) => Pkcs1v15Sign::new::<Sha3_384>(),
                    HashFunction::Of(DigestAlgorithm::Sha3_512) => Pkcs1v15Sign::new::<Sha3_512>(),
                };
                key.verify(padding, digest, value).is_ok()
            }
            (Key::Rsa(key), SignatureAlgorithm::RsaPss { salt_length, .. }) => {
                let padding = match function {
                    HashFunction::Sha1 => Pss::new_with_salt::<Sha1>(salt_length),
                    HashFunction::Of(DigestAlgorithm::Sha256) => Pss::new_with_salt::<Sha256>(salt_length),
                    HashFunction::Of(DigestAlgorithm::Sha384) => Pss::new_with_salt::<Sha384>(salt_length),
                    HashFunction::Of(DigestAlgorithm::Sha512) => Pss::new_with_salt::<Sha512>(salt_length),
                    HashFunction::Of(DigestAlgorithm::Sha3_256) => Pss::new_with_salt::<Sha3_256>(salt_length),
                    HashFunction::Of(DigestAlgorithm::Sha3_384) => Pss::new_with_salt::<Sha3_384>(salt_length),
                    HashFunction::Of(DigestAlgorithm::Sha3_512) => Pss::new_with_salt::<Sha3_512>(salt_length),
                };
                key.verify(padding, digest, value).is_ok()
            }
            (Key::P256(key), SignatureAlgorithm::Ecdsa(_)) => p256::ecdsa::Signature::from_der(value)
                .is_ok_and(|value| key.verify_prehash(&at_least::<32>(digest), &value).is_ok()),
            (Key::P384(key), SignatureAlgorithm::Ecdsa(_)) => p384::ecdsa::Signature::from_der(value)
                .is_ok_and(|value| key.verify_prehash(&at_least::<48>(digest), &value).is_ok()),
            (Key::P521(key), SignatureAlgorithm::Ecdsa(_)) => {
                let key = p521::ecdsa::VerifyingKey::from_encoded_point(&(**key).into());
                let value = p521::ecdsa::Signature::from_der(value);
                let digest = at_least::<66>(digest);
                matches!((key, value), (Ok(key), Ok(value)) if key.verify_prehash(&digest, &value).is_ok())
            }
            (Key::Rsa(_), SignatureAlgorithm::Ecdsa(_))
            | (
                Key::P256(_) | Key::P384(_) | Key::P521(_),
                SignatureAlgorithm::RsaPkcs1(_) | SignatureAlgorithm::RsaPss { .. },
            ) => return Err(AlgorithmError::Malformed),
        };
        if holds {
            Ok(())
        } else {
            Err(AlgorithmError::WrongSignature)
        }
    }

    /// The value of a signature as CMS carries it: EC as `SEQUENCE { r, s }` also where it came as r‖s of the field's
    /// length each, as cards give it. [`None`] where it is neither.
    pub(crate) fn normalize(&self, value: &[u8]) -> Option<Vec<u8>> {
        let field = match &self.0 {
            Key::Rsa(key) => {
                let length = rsa::traits::PublicKeyParts::size(key);
                return (value.len() == length).then(|| value.to_vec());
            }
            Key::P256(_) => 32,
            Key::P384(_) => 48,
            Key::P521(_) => 66,
        };
        if let Ok(element) = Element::parse(value, tag::SEQUENCE) {
            let mut numbers = element.children().ok()?;
            numbers.expect(tag::INTEGER).ok()?.unsigned_integer().ok()?;
            numbers.expect(tag::INTEGER).ok()?.unsigned_integer().ok()?;
            numbers.finish().ok()?;
            return Some(value.to_vec());
        }
        let (r, s) = value.split_at_checked(field)?;
        (s.len() == field).then(|| sequence(&[&unsigned_integer(r), &unsigned_integer(s)]))
    }
}

/// A digest as a number of at least as many octets as the field's, which it is just smaller than: the curves' own code
/// refuses one of under half the field.
fn at_least<const LENGTH: usize>(digest: &[u8]) -> Vec<u8> {
    let zeros = LENGTH.saturating_sub(digest.len());
    [&vec![0; zeros], digest].concat()
}

/// How a signature was made. The digest is missing where the identifier leaves it to the place it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 (RFC 8017, 8.2).
    RsaPkcs1(Option<DigestAlgorithm>),
    /// RSASSA-PSS (RFC 8017, 8.1), the mask generated with the same digest.
    RsaPss {
        /// The digest.
        digest: Option<DigestAlgorithm>,
        /// The length of the salt in octets.
        salt_length: usize,
    },
    /// ECDSA (RFC 5758, 3.2).
    Ecdsa(Option<DigestAlgorithm>),
}

impl SignatureAlgorithm {
    /// What an AlgorithmIdentifier says (RFC 5280, 4.1.1.2).
    pub(crate) fn parse(identifier: &[u8]) -> Result<Self, AlgorithmError> {
        let identifier = AlgorithmIdentifierRef::from_der(identifier)?;
        if identifier.oid == rfc5912::ID_RSASSA_PSS {
            return Self::parse_pss(pss_parameters(identifier)?);
        }
        let algorithm = match identifier.oid {
            rfc5912::RSA_ENCRYPTION => Self::RsaPkcs1(None),
            rfc5912::SHA_256_WITH_RSA_ENCRYPTION => Self::RsaPkcs1(Some(DigestAlgorithm::Sha256)),
            rfc5912::SHA_384_WITH_RSA_ENCRYPTION => Self::RsaPkcs1(Some(DigestAlgorithm::Sha384)),
            rfc5912::SHA_512_WITH_RSA_ENCRYPTION => Self::RsaPkcs1(Some(DigestAlgorithm::Sha512)),
            // Some name the key's curve beside it.
            rfc5912::ID_EC_PUBLIC_KEY => return Ok(Self::Ecdsa(None)),
            rfc5912::ECDSA_WITH_SHA_256 => Self::Ecdsa(Some(DigestAlgorithm::Sha256)),
            rfc5912::ECDSA_WITH_SHA_384 => Self::Ecdsa(Some(DigestAlgorithm::Sha384)),
            rfc5912::ECDSA_WITH_SHA_512 => Self::Ecdsa(Some(DigestAlgorithm::Sha512)),
            ECDSA_WITH_SHA3_256 => Self::Ecdsa(Some(DigestAlgorithm::Sha3_256)),
            ECDSA_WITH_SHA3_384 => Self::Ecdsa(Some(DigestAlgorithm::Sha3_384)),
            ECDSA_WITH_SHA3_512 => Self::Ecdsa(Some(DigestAlgorithm::Sha3_512)),
            RSA_WITH_SHA3_256 => Self::RsaPkcs1(Some(DigestAlgorithm::Sha3_256)),
            RSA_WITH_SHA3_384 => Self::RsaPkcs1(Some(DigestAlgorithm::Sha3_384)),
            RSA_WITH_SHA3_512 => Self::RsaPkcs1(Some(DigestAlgorithm::Sha3_512)),
            rfc5912::SHA_1_WITH_RSA_ENCRYPTION | rfc5912::MD_5_WITH_RSA_ENCRYPTION | ECDSA_WITH_SHA_1 => {
                return Err(AlgorithmError::Weak);
            }
            _ => return Err(AlgorithmError::Unsupported),
        };
        expect_no_parameters(identifier)?;
        Ok(algorithm)
    }

    /// The algorithm of an identifier that stands beside SHA-1: one that names it, or leaves the digest to its place.
    pub(crate) fn parse_beside_sha1(identifier: &[u8]) -> Option<Self> {
        let identifier = AlgorithmIdentifierRef::from_der(identifier).ok()?;
        match identifier.oid {
            rfc5912::RSA_ENCRYPTION | rfc5912::SHA_1_WITH_RSA_ENCRYPTION => Some(Self::RsaPkcs1(None)),
            rfc5912::ID_EC_PUBLIC_KEY | ECDSA_WITH_SHA_1 => Some(Self::Ecdsa(None)),
            rfc5912::ID_RSASSA_PSS => Self::parse_pss_beside_sha1(pss_parameters(identifier).ok()?).ok(),
            _ => None,
        }
    }

    /// ```text
    /// RSASSA-PSS-params ::= SEQUENCE {
    ///     hashAlgorithm [0] DEFAULT sha1, maskGenAlgorithm [1] DEFAULT mgf1SHA1, saltLength [2] DEFAULT 20,
    ///     trailerField [3] DEFAULT 1 }
    /// ```
    fn parse_pss(mut parts: Reader<'_>) -> Result<Self, AlgorithmError> {
        let Some(digest) = parts.optional(tag::context_constructed(0))? else {
            return Err(AlgorithmError::Weak);
        };
        let digest = parse_digest_algorithm(digest.only_child()?.encoded())?;
        let Some(mask) = parts.optional(tag::context_constructed(1))? else {
            return Err(AlgorithmError::Weak);
        };
        if parse_mask(mask)? != HashFunction::Of(digest) {
            return Err(AlgorithmError::Unsupported);
        }
        let salt_length = parse_salt(parts)?;
        Ok(Self::RsaPss {
            digest: Some(digest),
            salt_length,
        })
    }

    /// The same parameters, where they say SHA-1 or nothing of digest and mask, which is SHA-1.
    fn parse_pss_beside_sha1(mut parts: Reader<'_>) -> Result<Self, AlgorithmError> {
        let digest = parts.optional(tag::context_constructed(0))?;
        let digest = digest.map(|digest| parse_hash_function(digest.only_child()?.encoded()));
        let mask = parts.optional(tag::context_constructed(1))?.map(parse_mask);
        for named in [digest, mask].into_iter().flatten() {
            if named? != HashFunction::Sha1 {
                return Err(AlgorithmError::Unsupported);
            }
        }
        let salt_length = parse_salt(parts)?;
        Ok(Self::RsaPss {
            digest: None,
            salt_length,
        })
    }

    /// The digest the identifier names.
    pub(crate) const fn digest_algorithm(self) -> Option<DigestAlgorithm> {
        match self {
            Self::RsaPkcs1(digest) | Self::Ecdsa(digest) | Self::RsaPss { digest, .. } => digest,
        }
    }

    /// How a key may have made a new signature over a digest, the usual way first. A PSS salt is as long as the digest: so
    /// ETSI TS 119 312 wants it and cards that pad by themselves have it.
    pub(crate) fn of_new(key: KeyAlgorithm, digest: DigestAlgorithm) -> Vec<Self> {
        match key {
            KeyAlgorithm::Rsa { .. } => vec![
                Self::RsaPkcs1(Some(digest)),
                Self::RsaPss {
                    digest: Some(digest),
                    salt_length: digest.length(),
                },
            ],
            KeyAlgorithm::P256 | KeyAlgorithm::P384 | KeyAlgorithm::P521 => vec![Self::Ecdsa(Some(digest))],
        }
    }

    /// The AlgorithmIdentifier of a signature over a digest, in DER.
    pub(crate) fn identifier(self, digest: DigestAlgorithm) -> Vec<u8> {
        let of_rsa = |oid| sequence(&[&object_identifier(oid), &null()]);
        let of_ec = |oid| sequence(&[&object_identifier(oid)]);
        match (self, digest) {
            (Self::RsaPkcs1(_), DigestAlgorithm::Sha256) => of_rsa(rfc5912::SHA_256_WITH_RSA_ENCRYPTION),
            (Self::RsaPkcs1(_), DigestAlgorithm::Sha384) => of_rsa(rfc5912::SHA_384_WITH_RSA_ENCRYPTION),
            (Self::RsaPkcs1(_), DigestAlgorithm::Sha512) => of_rsa(rfc5912::SHA_512_WITH_RSA_ENCRYPTION),
            (Self::Ecdsa(_), DigestAlgorithm::Sha256) => of_ec(rfc5912::ECDSA_WITH_SHA_256),
            (Self::Ecdsa(_), DigestAlgorithm::Sha384) => of_ec(rfc5912::ECDSA_WITH_SHA_384),
            (Self::Ecdsa(_), DigestAlgorithm::Sha512) => of_ec(rfc5912::ECDSA_WITH_SHA_512),
            (Self::RsaPkcs1(_), DigestAlgorithm::Sha3_256) => of_rsa(RSA_WITH_SHA3_256),
            (Self::RsaPkcs1(_), DigestAlgorithm::Sha3_384) => of_rsa(RSA_WITH_SHA3_384),
            (Self::RsaPkcs1(_), DigestAlgorithm::Sha3_512) => of_rsa(RSA_WITH_SHA3_512),
            (Self::Ecdsa(_), DigestAlgorithm::Sha3_256) => of_ec(ECDSA_WITH_SHA3_256),
            (Self::Ecdsa(_), DigestAlgorithm::Sha3_384) => of_ec(ECDSA_WITH_SHA3_384),
            (Self::Ecdsa(_), DigestAlgorithm::Sha3_512) => of_ec(ECDSA_WITH_SHA3_512),
            (Self::RsaPss { salt_length, .. }, _) => {
                // NULL behind the digest's identifier, as RFC 4055, 2.1 has it.
                let hash = of_rsa(digest.oid());
                let mask = sequence(&[&object_identifier(rfc5912::ID_MGF_1), &hash]);
                let parameters = sequence(&[
                    &context(0, &[&hash]),
                    &context(1, &[&mask]),
                    &context(2, &[&integer(salt_length as u64)]),
                ]);
                sequence(&[&object_identifier(rfc5912::ID_RSASSA_PSS), &parameters])
            }
        }
    }
}

const ECDSA_WITH_SHA_1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.1");
/// `id-ecdsa-with-sha3-…` and `id-rsassa-pkcs1-v1-5-with-sha3-…` (NIST, Computer Security Objects Register).
const ECDSA_WITH_SHA3_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.10");
const ECDSA_WITH_SHA3_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.11");
const ECDSA_WITH_SHA3_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.12");
const RSA_WITH_SHA3_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.14");
const RSA_WITH_SHA3_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.15");
const RSA_WITH_SHA3_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.16");

/// The fields of RSASSA-PSS-params.
fn pss_parameters(identifier: AlgorithmIdentifierRef<'_>) -> Result<Reader<'_>, AlgorithmError> {
    let parameters = identifier.parameters.filter(|any| any.tag() == Tag::Sequence);
    let parameters = parameters.ok_or(AlgorithmError::Malformed)?;
    Ok(Reader::der(parameters.value()))
}

/// The hash function of the mask: `MaskGenAlgorithm ::= AlgorithmIdentifier`, of MGF1 alone.
fn parse_mask(mask: Element<'_>) -> Result<HashFunction, AlgorithmError> {
    let mut mask = mask.only_child()?.sequence()?;
    if mask.expect(tag::OBJECT_IDENTIFIER)?.object_identifier()? != rfc5912::ID_MGF_1 {
        return Err(AlgorithmError::Unsupported);
    }
    let function = parse_hash_function(mask.expect(tag::SEQUENCE)?.encoded())?;
    mask.finish()?;
    Ok(function)
}

/// The length of the salt, and the trailer, which is but one.
fn parse_salt(mut parts: Reader<'_>) -> Result<usize, AlgorithmError> {
    let salt_length = match parts.optional(tag::context_constructed(2))? {
        Some(length) => length.only_child()?.unsigned()?,
        None => 20,
    };
    if let Some(trailer) = parts.optional(tag::context_constructed(3))?
        && trailer.only_child()?.unsigned()? != 1
    {
        return Err(AlgorithmError::Unsupported);
    }
    parts.finish()?;
    // OpenSSL's salts are as long as the modulus lets them be.
    let salt_length = usize::try_from(salt_length).ok().filter(|length| *length <= MAX_SALT);
    salt_length.ok_or(AlgorithmError::Unsupported)
}

/// The digest algorithm of an AlgorithmIdentifier, whose parameters are absent or NULL (RFC 5754, 2).
pub(crate) fn parse_digest_algorithm(identifier: &[u8]) -> Result<DigestAlgorithm, AlgorithmError> {
    match parse_hash_function(identifier)? {
        HashFunction::Of(algorithm) => Ok(algorithm),
        HashFunction::Sha1 => Err(AlgorithmError::Weak),
    }
}

/// The hash function of an AlgorithmIdentifier, SHA-1 among them.
pub(crate) fn parse_hash_function(identifier: &[u8]) -> Result<HashFunction, AlgorithmError> {
    let identifier = AlgorithmIdentifierRef::from_der(identifier)?;
    let function = match identifier.oid {
        rfc5912::ID_MD_5 => return Err(AlgorithmError::Weak),
        rfc5912::ID_SHA_1 => HashFunction::Sha1,
        oid => HashFunction::Of(DigestAlgorithm::from_oid(oid).ok_or(AlgorithmError::Unsupported)?),
    };
    expect_no_parameters(identifier)?;
    Ok(function)
}

/// Parameters are absent or NULL.
fn expect_no_parameters(identifier: AlgorithmIdentifierRef<'_>) -> Result<(), AlgorithmError> {
    let absent = identifier.parameters.is_none_or(|parameters| parameters.is_null());
    absent.then_some(()).ok_or(AlgorithmError::Malformed)
}

#[cfg(test)]
mod outside;
