//! Digest algorithms and values, which signatures compute and cards sign, and the one way in which octets are written down.

use std::fmt::Write as _;

use const_oid::ObjectIdentifier;
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use sha3::{Sha3_256, Sha3_384, Sha3_512};

/// A digest algorithm a qualified signature may use (ETSI TS 119 312). SHA-1 is not among them. Nothing is signed here with
/// SHA-3, which others may sign with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DigestAlgorithm {
    /// SHA-256, 32 octets.
    Sha256,
    /// SHA-384, 48 octets.
    Sha384,
    /// SHA-512, 64 octets.
    Sha512,
    /// SHA3-256, 32 octets.
    Sha3_256,
    /// SHA3-384, 48 octets.
    Sha3_384,
    /// SHA3-512, 64 octets.
    Sha3_512,
}

const ID_SHA3_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.8");
const ID_SHA3_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.9");
const ID_SHA3_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.10");

impl DigestAlgorithm {
    /// Every one.
    pub(crate) const ALL: [Self; 6] = [
        Self::Sha256,
        Self::Sha384,
        Self::Sha512,
        Self::Sha3_256,
        Self::Sha3_384,
        Self::Sha3_512,
    ];

    /// The object identifier (RFC 5754, 2; RFC 8702, 2).
    #[must_use]
    pub const fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha256 => const_oid::db::rfc5912::ID_SHA_256,
            Self::Sha384 => const_oid::db::rfc5912::ID_SHA_384,
            Self::Sha512 => const_oid::db::rfc5912::ID_SHA_512,
            Self::Sha3_256 => ID_SHA3_256,
            Self::Sha3_384 => ID_SHA3_384,
            Self::Sha3_512 => ID_SHA3_512,
        }
    }

    /// The algorithm of an object identifier, where it is one of ours.
    #[must_use]
    pub fn from_oid(oid: ObjectIdentifier) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.oid() == oid)
    }

    /// The length of a value, in octets.
    #[must_use]
    pub const fn length(self) -> usize {
        match self {
            Self::Sha256 | Self::Sha3_256 => 32,
            Self::Sha384 | Self::Sha3_384 => 48,
            Self::Sha512 | Self::Sha3_512 => 64,
        }
    }

    /// The digest of `data`.
    #[must_use]
    pub fn digest(self, data: &[u8]) -> Digest {
        let value = match self {
            Self::Sha256 => Sha256::digest(data).to_vec(),
            Self::Sha384 => Sha384::digest(data).to_vec(),
            Self::Sha512 => Sha512::digest(data).to_vec(),
            Self::Sha3_256 => Sha3_256::digest(data).to_vec(),
            Self::Sha3_384 => Sha3_384::digest(data).to_vec(),
            Self::Sha3_512 => Sha3_512::digest(data).to_vec(),
        };
        Digest { algorithm: self, value }
    }
}

/// A hash function that is compared with what a signature has: SHA-1 too, so that what does not match is told before what
/// is weak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HashFunction {
    /// SHA-1, which proves nothing any more.
    Sha1,
    /// One that proves.
    Of(DigestAlgorithm),
}

impl HashFunction {
    /// Every one.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        DigestAlgorithm::ALL.into_iter().map(Self::Of).chain([Self::Sha1])
    }

    /// The name people know it by.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA-1",
            Self::Of(DigestAlgorithm::Sha256) => "SHA-256",
            Self::Of(DigestAlgorithm::Sha384) => "SHA-384",
            Self::Of(DigestAlgorithm::Sha512) => "SHA-512",
            Self::Of(DigestAlgorithm::Sha3_256) => "SHA3-256",
            Self::Of(DigestAlgorithm::Sha3_384) => "SHA3-384",
            Self::Of(DigestAlgorithm::Sha3_512) => "SHA3-512",
        }
    }

    /// The length of a value, in octets.
    pub(crate) const fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Of(algorithm) => algorithm.length(),
        }
    }

    /// The digest of `data`.
    pub(crate) fn digest(self, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(data).to_vec(),
            Self::Of(algorithm) => algorithm.digest(data).value,
        }
    }
}

/// A digest that is taken piece by piece.
#[derive(Clone)]
pub(crate) enum Hasher {
    Sha1(Sha1),
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
    Sha3_256(Sha3_256),
    Sha3_384(Sha3_384),
    Sha3_512(Sha3_512),
}

impl Hasher {
    pub(crate) fn new(function: HashFunction) -> Self {
        match function {
            HashFunction::Sha1 => Self::Sha1(Sha1::new()),
            HashFunction::Of(DigestAlgorithm::Sha256) => Self::Sha256(Sha256::new()),
            HashFunction::Of(DigestAlgorithm::Sha384) => Self::Sha384(Sha384::new()),
            HashFunction::Of(DigestAlgorithm::Sha512) => Self::Sha512(Sha512::new()),
            HashFunction::Of(DigestAlgorithm::Sha3_256) => Self::Sha3_256(Sha3_256::new()),
            HashFunction::Of(DigestAlgorithm::Sha3_384) => Self::Sha3_384(Sha3_384::new()),
            HashFunction::Of(DigestAlgorithm::Sha3_512) => Self::Sha3_512(Sha3_512::new()),
        }
    }

    pub(crate) fn update(&mut self, octets: &[u8]) {
        match self {
            Self::Sha1(hasher) => hasher.update(octets),
            Self::Sha256(hasher) => hasher.update(octets),
            Self::Sha384(hasher) => hasher.update(octets),
            Self::Sha512(hasher) => hasher.update(octets),
            Self::Sha3_256(hasher) => hasher.update(octets),
            Self::Sha3_384(hasher) => hasher.update(octets),
            Self::Sha3_512(hasher) => hasher.update(octets),
        }
    }

    /// The digest of what came so far.
    pub(crate) fn value(&self) -> Vec<u8> {
        match self.clone() {
            Self::Sha1(hasher) => hasher.finalize().to_vec(),
            Self::Sha256(hasher) => hasher.finalize().to_vec(),
            Self::Sha384(hasher) => hasher.finalize().to_vec(),
            Self::Sha512(hasher) => hasher.finalize().to_vec(),
            Self::Sha3_256(hasher) => hasher.finalize().to_vec(),
            Self::Sha3_384(hasher) => hasher.finalize().to_vec(),
            Self::Sha3_512(hasher) => hasher.finalize().to_vec(),
        }
    }
}

/// A digest: what a card signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// How it was computed.
    pub algorithm: DigestAlgorithm,
    /// As many octets as [`DigestAlgorithm::length`].
    pub value: Vec<u8>,
}

/// Octets in lower-case hexadecimal, two digits each, with nothing between them: the form in which reports, receipts and
/// the portal's protocol have digests.
#[must_use]
pub fn hexadecimal(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len() * 2);
    for octet in octets {
        write!(text, "{octet:02x}").expect("a String takes every text");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_piece_by_piece_is_what_is_taken_at_once() {
        let functions = DigestAlgorithm::ALL.map(HashFunction::Of);
        for function in functions.into_iter().chain([HashFunction::Sha1]) {
            let mut hasher = Hasher::new(function);
            hasher.update(b"Nitelikli ");
            hasher.update(b"imza");
            assert_eq!(hasher.value(), function.digest(b"Nitelikli imza"), "{function:?}");
        }
        for algorithm in DigestAlgorithm::ALL {
            assert_eq!(algorithm.digest(b"").value.len(), algorithm.length());
            assert_eq!(DigestAlgorithm::from_oid(algorithm.oid()), Some(algorithm));
        }
        // FIPS 202: the digest of nothing.
        let nothing = hexadecimal(&DigestAlgorithm::Sha3_256.digest(b"").value);
        assert!(nothing.starts_with("a7ffc6f8bf1ed76651c14756a061d662"), "{nothing}");
    }

    #[test]
    fn octets_are_written_in_lower_case_with_their_leading_zeros() {
        assert_eq!(hexadecimal(&[0x00, 0x0A, 0xFF]), "000aff");
        assert_eq!(hexadecimal(&[]), "");
    }
}
