//! Digest algorithms and values, which signatures compute and cards sign, and the one way in which octets are written down.

use std::fmt::Write as _;

use const_oid::ObjectIdentifier;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// A digest algorithm a qualified signature may use (ETSI TS 119 312). SHA-1 is not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DigestAlgorithm {
    /// SHA-256, 32 octets.
    Sha256,
    /// SHA-384, 48 octets.
    Sha384,
    /// SHA-512, 64 octets.
    Sha512,
}

impl DigestAlgorithm {
    /// The object identifier (RFC 5754, 2).
    #[must_use]
    pub const fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha256 => const_oid::db::rfc5912::ID_SHA_256,
            Self::Sha384 => const_oid::db::rfc5912::ID_SHA_384,
            Self::Sha512 => const_oid::db::rfc5912::ID_SHA_512,
        }
    }

    /// The algorithm of an object identifier, where it is one of ours.
    #[must_use]
    pub fn from_oid(oid: ObjectIdentifier) -> Option<Self> {
        [Self::Sha256, Self::Sha384, Self::Sha512]
            .into_iter()
            .find(|algorithm| algorithm.oid() == oid)
    }

    /// The length of a value, in octets.
    #[must_use]
    pub const fn length(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The digest of `data`.
    #[must_use]
    pub fn digest(self, data: &[u8]) -> Digest {
        let value = match self {
            Self::Sha256 => Sha256::digest(data).to_vec(),
            Self::Sha384 => Sha384::digest(data).to_vec(),
            Self::Sha512 => Sha512::digest(data).to_vec(),
        };
        Digest { algorithm: self, value }
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
    fn octets_are_written_in_lower_case_with_their_leading_zeros() {
        assert_eq!(hexadecimal(&[0x00, 0x0A, 0xFF]), "000aff");
        assert_eq!(hexadecimal(&[]), "");
    }
}
