//! The public key and key usage of a certificate on a card: enough to say what the private key beside it can do, and
//! whether the card has really signed.
//!
//! Read with the tolerant reader: whether the certificate is good is not judged here.

use std::time::SystemTime;

use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::traits::PublicKeyParts;
use rsa::{BigUint, Pkcs1v15Sign, Pss, RsaPublicKey};
use sha2::{Sha256, Sha384, Sha512};

use super::KeyAlgorithm;
use super::iso7816::sequence;
use super::tlv::{self, Tlv, tag};
use crate::der::Element;
use crate::digest::{Digest, DigestAlgorithm};

/// 1.2.840.113549.1.1.1, rsaEncryption.
const RSA_ENCRYPTION: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
/// 1.2.840.10045.2.1, id-ecPublicKey.
const EC_PUBLIC_KEY: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
/// 2.5.29.15, keyUsage.
const KEY_USAGE: &[u8] = &[0x55, 0x1D, 0x0F];
/// keyUsage bit 1: nonRepudiation, also called contentCommitment (RFC 5280, 4.2.1.3).
const NON_REPUDIATION: u32 = 1 << 1;

/// A public key that a signature can be checked with.
pub(super) enum PublicKey {
    Rsa(RsaPublicKey),
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
    P521(p521::ecdsa::VerifyingKey),
}

/// What a certificate says of its key.
pub(super) struct CertifiedKey {
    /// The key.
    pub(super) key: PublicKey,
    /// Whether keyUsage has nonRepudiation.
    pub(super) non_repudiation: bool,
    /// The first and the last moment of validity, where they can be read.
    pub(super) not_before: Option<SystemTime>,
    pub(super) not_after: Option<SystemTime>,
}

impl CertifiedKey {
    /// Reads a certificate (RFC 5280, 4.1); `None` where it cannot be read or its key is of a kind we do not know.
    pub(super) fn of_certificate(der: &[u8]) -> Option<Self> {
        let to_be_signed = sequence(sequence(der)?.value)?;
        let mut fields = to_be_signed.children().flatten().filter(|field| field.tag != 0xA0);
        // serialNumber, signature, issuer, and then:
        let (not_before, not_after) = validity(fields.nth(3)?);
        // subject, and then:
        let key = PublicKey::of_info(fields.nth(1)?)?;
        let extensions = fields
            .find(|field| field.tag == 0xA3)
            .and_then(|field| sequence(field.value));
        let usage = extensions.and_then(|list| {
            let is_usage = |extension: &Tlv<'_>| {
                extension
                    .children()
                    .find(tag::OBJECT_IDENTIFIER)
                    .is_some_and(|identifier| identifier.value == KEY_USAGE)
            };
            list.children()
                .flatten()
                .find(is_usage)?
                .children()
                .find(tag::OCTET_STRING)
        });
        let flags = usage
            .and_then(|value| tlv::first(value.value).ok())
            .map_or(0, |bits| bits.flags());
        Some(Self {
            key,
            non_repudiation: flags & NON_REPUDIATION != 0,
            not_before,
            not_after,
        })
    }

    /// Whether the certificate is valid at a moment. One whose dates cannot be read is taken for it.
    pub(super) fn is_valid_at(&self, now: SystemTime) -> bool {
        self.not_before.is_none_or(|first| first <= now) && self.not_after.is_none_or(|last| now <= last)
    }
}

/// Whether these octets are a certificate whose key is of a kind we do not know.
pub(super) fn is_of_unknown_key(der: &[u8]) -> bool {
    let info = || {
        let to_be_signed = sequence(sequence(der)?.value)?;
        let mut fields = to_be_signed.children().flatten().filter(|field| field.tag != 0xA0);
        let info = fields.nth(5)?;
        let algorithm = info.children().find(tag::SEQUENCE)?;
        algorithm.children().find(tag::OBJECT_IDENTIFIER)?;
        info.children().find(tag::BIT_STRING)?;
        PublicKey::of_info(info).is_none().then_some(())
    };
    info().is_some()
}

/// `Validity ::= SEQUENCE { notBefore Time, notAfter Time }`
fn validity(validity: Tlv<'_>) -> (Option<SystemTime>, Option<SystemTime>) {
    let mut times = validity.children().flatten();
    let mut next = || {
        let time = times.next()?;
        let moment = Element::parse(time.encoded, u8::try_from(time.tag).ok()?)
            .ok()?
            .moment();
        moment.ok().map(|moment| moment.time)
    };
    (next(), next())
}

impl PublicKey {
    /// Reads `SubjectPublicKeyInfo`.
    fn of_info(info: Tlv<'_>) -> Option<Self> {
        let algorithm = info.children().find(tag::SEQUENCE)?;
        let identifier = algorithm.children().find(tag::OBJECT_IDENTIFIER)?;
        let key = info.children().find(tag::BIT_STRING)?.value.get(1..)?;
        match identifier.value {
            RSA_ENCRYPTION => {
                let mut numbers = sequence(key)?
                    .children()
                    .flatten()
                    .map(|number| BigUint::from_bytes_be(number.value));
                RsaPublicKey::new(numbers.next()?, numbers.next()?).ok().map(Self::Rsa)
            }
            // The curve is told by the length of the point, so that a certificate which spells the curve's parameters
            // out is read as well; a point that is not on our curve is refused by its own reader.
            EC_PUBLIC_KEY => match key.len() {
                65 => p256::ecdsa::VerifyingKey::from_sec1_bytes(key).ok().map(Self::P256),
                97 => p384::ecdsa::VerifyingKey::from_sec1_bytes(key).ok().map(Self::P384),
                133 => p521::ecdsa::VerifyingKey::from_sec1_bytes(key).ok().map(Self::P521),
                _ => None,
            },
            _ => None,
        }
    }

    /// What the private key signs with.
    pub(super) fn algorithm(&self) -> KeyAlgorithm {
        match self {
            Self::Rsa(key) => KeyAlgorithm::Rsa {
                modulus_bits: u32::try_from(key.n().bits()).expect("the reader bounds the modulus"),
            },
            Self::P256(_) => KeyAlgorithm::P256,
            Self::P384(_) => KeyAlgorithm::P384,
            Self::P521(_) => KeyAlgorithm::P521,
        }
    }

    /// Whether `signature` (modulus-length octets, or a DER SEQUENCE of r and s) is this key's over `digest`; by RSA with either
    /// padding, a PSS salt being as long as the digest.
    pub(super) fn accepts(&self, digest: &Digest, signature: &[u8]) -> bool {
        match self {
            Self::Rsa(key) => {
                let (padding, pss) = match digest.algorithm {
                    DigestAlgorithm::Sha256 => (Pkcs1v15Sign::new::<Sha256>(), Pss::new::<Sha256>()),
                    DigestAlgorithm::Sha384 => (Pkcs1v15Sign::new::<Sha384>(), Pss::new::<Sha384>()),
                    DigestAlgorithm::Sha512 => (Pkcs1v15Sign::new::<Sha512>(), Pss::new::<Sha512>()),
                    // No card is asked for a signature with SHA-3.
                    DigestAlgorithm::Sha3_256 | DigestAlgorithm::Sha3_384 | DigestAlgorithm::Sha3_512 => return false,
                };
                key.verify(padding, &digest.value, signature).is_ok()
                    || key.verify(pss, &digest.value, signature).is_ok()
            }
            Self::P256(key) => p256::ecdsa::Signature::from_der(signature)
                .is_ok_and(|signature| key.verify_prehash(&digest.value, &signature).is_ok()),
            Self::P384(key) => p384::ecdsa::Signature::from_der(signature)
                .is_ok_and(|signature| key.verify_prehash(&digest.value, &signature).is_ok()),
            Self::P521(key) => p521::ecdsa::Signature::from_der(signature)
                .is_ok_and(|signature| key.verify_prehash(&digest.value, &signature).is_ok()),
        }
    }
}
