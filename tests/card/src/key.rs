//! The keys of a virtual card. They are test data: made in memory and stored in the clear.

use p256::ecdsa::signature::hazmat::PrehashSigner;
use pkcs8::{DecodePrivateKey, EncodePrivateKey};
use rand_core::OsRng;
use rsa::traits::PublicKeyParts;
use rsa::{Pkcs1v15Sign, Pss, RsaPrivateKey};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// How an EC signature is answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignatureForm {
    /// r and s one after the other.
    #[default]
    Raw,
    /// A DER SEQUENCE of r and s.
    Der,
}

/// A kind of key that a virtual card can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// EC on P-256.
    P256,
    /// EC on P-384.
    P384,
    /// RSA with a modulus of 2048 bits.
    Rsa2048,
    /// RSA with a modulus of 3072 bits.
    Rsa3072,
}

impl Key {
    /// A new key, as PKCS #8 in DER.
    #[must_use]
    pub fn generate(self) -> Vec<u8> {
        let rsa = |bits| {
            RsaPrivateKey::new(&mut OsRng, bits)
                .expect("the length is a usual one")
                .to_pkcs8_der()
        };
        let der = match self {
            Self::P256 => p256::SecretKey::random(&mut OsRng).to_pkcs8_der(),
            Self::P384 => p384::SecretKey::random(&mut OsRng).to_pkcs8_der(),
            Self::Rsa2048 => rsa(2048),
            Self::Rsa3072 => rsa(3072),
        };
        der.expect("a key just made can be encoded").as_bytes().to_vec()
    }
}

/// A private key ready to sign.
pub(crate) enum PrivateKey {
    Rsa(Box<RsaPrivateKey>),
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
}

impl PrivateKey {
    /// Reads PKCS #8.
    pub(crate) fn from_pkcs8(der: &[u8]) -> Option<Self> {
        if let Ok(key) = RsaPrivateKey::from_pkcs8_der(der) {
            return Some(Self::Rsa(Box::new(key)));
        }
        if let Ok(key) = p384::ecdsa::SigningKey::from_pkcs8_der(der) {
            return Some(Self::P384(key));
        }
        p256::ecdsa::SigningKey::from_pkcs8_der(der).ok().map(Self::P256)
    }

    /// Whether this is an EC key.
    pub(crate) fn is_elliptic(&self) -> bool {
        !matches!(self, Self::Rsa(_))
    }

    /// The length of the modulus or of the curve's order, in octets.
    pub(crate) fn length(&self) -> usize {
        match self {
            Self::Rsa(key) => key.size(),
            Self::P256(_) => 32,
            Self::P384(_) => 48,
        }
    }

    /// Signs as a card does: RSA pads what it is given (PKCS #1 v1.5), EC signs it as a digest. `None` where the input
    /// is longer than the key takes. A short digest is the number it stands for.
    pub(crate) fn sign(&self, input: &[u8], form: SignatureForm) -> Option<Vec<u8>> {
        match self {
            Self::Rsa(key) => key.sign(Pkcs1v15Sign::new_unprefixed(), input).ok(),
            Self::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign_prehash(&filled(input, 32)?).ok()?;
                Some(match form {
                    SignatureForm::Raw => signature.to_bytes().to_vec(),
                    SignatureForm::Der => signature.to_der().as_bytes().to_vec(),
                })
            }
            Self::P384(key) => {
                let signature: p384::ecdsa::Signature = key.sign_prehash(&filled(input, 48)?).ok()?;
                Some(match form {
                    SignatureForm::Raw => signature.to_bytes().to_vec(),
                    SignatureForm::Der => signature.to_der().as_bytes().to_vec(),
                })
            }
        }
    }

    /// Signs a digest of SHA-256 by RSASSA-PSS (RFC 8017, 8.1); `None` for any other key or digest.
    pub(crate) fn sign_pss(&self, digest: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Rsa(key) => key.sign_with_rng(&mut OsRng, Pss::new::<Sha256>(), digest).ok(),
            Self::P256(_) | Self::P384(_) => None,
        }
    }

    /// What a block padded by the host holds (RFC 8017, 9.2); `None` where it is no such block.
    pub(crate) fn unpadded<'a>(&self, block: &'a [u8]) -> Option<&'a [u8]> {
        let padded = block.strip_prefix(&[0, 1]).filter(|_| block.len() == self.length())?;
        let fill = padded.iter().take_while(|octet| **octet == 0xFF).count();
        padded.get(fill..)?.strip_prefix(&[0]).filter(|_| fill >= 8)
    }
}

/// A digest as a number of `length` octets.
fn filled(digest: &[u8], length: usize) -> Option<Vec<u8>> {
    let missing = length.checked_sub(digest.len())?;
    Some([vec![0; missing].as_slice(), digest].concat())
}
