//! Private keys of authorities and holders, and signatures with them as a certificate authority and as a card make them.

use der::asn1::Any;
use der::{Decode, Encode};
use pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, LineEnding};
use rand_core::OsRng;
use rsa::{Pkcs1v15Sign, Pss, RsaPrivateKey};
use sha2::{Digest, Sha256, Sha384, Sha512};
use signature::hazmat::PrehashSigner;
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use crate::PkiError;

/// The kinds of keys this authority makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
    /// ECDSA on P-521.
    P521,
    /// RSA of 2048 bits.
    Rsa2048,
    /// RSA of 3072 bits.
    Rsa3072,
    /// RSA of 1024 bits: too weak, for negative tests.
    Rsa1024,
}

/// A private key. Prints nothing of itself.
#[derive(Clone)]
pub enum PrivateKey {
    /// ECDSA on P-256.
    P256(p256::ecdsa::SigningKey),
    /// ECDSA on P-384.
    P384(p384::ecdsa::SigningKey),
    /// ECDSA on P-521.
    P521(p521::ecdsa::SigningKey),
    /// RSA, signing with PKCS #1 v1.5.
    Rsa(Box<RsaPrivateKey>),
    /// RSA, signing certificates with PSS (SHA-256, salt of 32 octets).
    RsaPss(Box<RsaPrivateKey>),
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PrivateKey")
    }
}

impl PrivateKey {
    /// Makes a new key.
    ///
    /// # Panics
    /// Never in practice: RSA generation fails only for sizes that [`KeyKind`] does not have.
    #[must_use]
    pub fn generate(kind: KeyKind) -> Self {
        let rsa = |bits| Box::new(RsaPrivateKey::new(&mut OsRng, bits).expect("the size is one RSA allows"));
        match kind {
            KeyKind::P256 => Self::P256(p256::ecdsa::SigningKey::random(&mut OsRng)),
            KeyKind::P384 => Self::P384(p384::ecdsa::SigningKey::random(&mut OsRng)),
            KeyKind::P521 => Self::P521(p521::ecdsa::SigningKey::random(&mut OsRng)),
            KeyKind::Rsa2048 => Self::Rsa(rsa(2048)),
            KeyKind::Rsa3072 => Self::Rsa(rsa(3072)),
            KeyKind::Rsa1024 => Self::Rsa(rsa(1024)),
        }
    }

    /// Reads a key in PKCS #8 DER.
    ///
    /// # Errors
    /// [`PkiError::Key`] where it is no RSA, P-256, P-384 or P-521 key.
    pub fn from_pkcs8_der(encoded: &[u8]) -> Result<Self, PkiError> {
        if let Ok(key) = p256::SecretKey::from_pkcs8_der(encoded) {
            return Ok(Self::P256(key.into()));
        }
        if let Ok(key) = p384::SecretKey::from_pkcs8_der(encoded) {
            return Ok(Self::P384(key.into()));
        }
        if let Ok(key) = p521::SecretKey::from_pkcs8_der(encoded) {
            return Ok(Self::P521(ecdsa_p521(&key)?));
        }
        let key = RsaPrivateKey::from_pkcs8_der(encoded).map_err(|error| PkiError::Key(error.to_string()))?;
        Ok(Self::Rsa(Box::new(key)))
    }

    /// Reads a key in PKCS #8 PEM.
    ///
    /// # Errors
    /// [`PkiError::Der`] where it is no PEM, and as [`Self::from_pkcs8_der`].
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, PkiError> {
        let (_, document) = der::SecretDocument::from_pem(pem)?;
        Self::from_pkcs8_der(document.as_bytes())
    }

    /// The key in PKCS #8 DER.
    ///
    /// # Errors
    /// [`PkiError::Key`] where it cannot be encoded.
    pub fn to_pkcs8_der(&self) -> Result<Vec<u8>, PkiError> {
        let document = match self {
            Self::P256(key) => p256::SecretKey::from(key.clone()).to_pkcs8_der(),
            Self::P384(key) => p384::SecretKey::from(key.clone()).to_pkcs8_der(),
            Self::P521(key) => p521::SecretKey::from_slice(&key.to_bytes())
                .map_err(|error| PkiError::Key(error.to_string()))?
                .to_pkcs8_der(),
            Self::Rsa(key) | Self::RsaPss(key) => key.to_pkcs8_der(),
        };
        Ok(document
            .map_err(|error| PkiError::Key(error.to_string()))?
            .as_bytes()
            .to_vec())
    }

    /// The key in PKCS #8 PEM.
    ///
    /// # Errors
    /// As [`Self::to_pkcs8_der`].
    pub fn to_pkcs8_pem(&self) -> Result<String, PkiError> {
        let encoded = self.to_pkcs8_der()?;
        Ok(der::pem::encode_string("PRIVATE KEY", LineEnding::LF, &encoded).map_err(der::Error::from)?)
    }

    /// The public key as SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// [`PkiError::Key`] where it cannot be encoded.
    pub fn public_key(&self) -> Result<SubjectPublicKeyInfoOwned, PkiError> {
        let document = match self {
            Self::P256(key) => key.verifying_key().to_public_key_der(),
            Self::P384(key) => key.verifying_key().to_public_key_der(),
            Self::P521(key) => p521::PublicKey::from_sec1_bytes(
                p521::ecdsa::VerifyingKey::from(key).to_encoded_point(false).as_bytes(),
            )
            .map_err(|error| PkiError::Key(error.to_string()))?
            .to_public_key_der(),
            Self::Rsa(key) | Self::RsaPss(key) => key.to_public_key().to_public_key_der(),
        };
        let document = document.map_err(|error| PkiError::Key(error.to_string()))?;
        Ok(SubjectPublicKeyInfoOwned::from_der(document.as_bytes())?)
    }

    /// The algorithm this key signs certificates with.
    ///
    /// # Errors
    /// [`PkiError::Der`] where the parameters cannot be encoded.
    pub fn signature_algorithm(&self) -> Result<AlgorithmIdentifierOwned, PkiError> {
        use const_oid::db::rfc5912;
        let (oid, parameters) = match self {
            Self::P256(_) => (rfc5912::ECDSA_WITH_SHA_256, None),
            Self::P384(_) => (rfc5912::ECDSA_WITH_SHA_384, None),
            Self::P521(_) => (rfc5912::ECDSA_WITH_SHA_512, None),
            Self::Rsa(_) => (rfc5912::SHA_256_WITH_RSA_ENCRYPTION, Some(Any::null())),
            Self::RsaPss(_) => {
                let encoded = rsa::pkcs1::RsaPssParams::new::<Sha256>(32).to_der()?;
                (rfc5912::ID_RSASSA_PSS, Some(Any::from_der(&encoded)?))
            }
        };
        Ok(AlgorithmIdentifierOwned { oid, parameters })
    }

    /// Signs a message with [`Self::signature_algorithm`].
    ///
    /// # Errors
    /// [`PkiError::Key`] where the key cannot sign.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, PkiError> {
        let digest = match self {
            Self::P256(_) | Self::Rsa(_) | Self::RsaPss(_) => Sha256::digest(message).to_vec(),
            Self::P384(_) => Sha384::digest(message).to_vec(),
            Self::P521(_) => Sha512::digest(message).to_vec(),
        };
        self.sign_digest(&digest)
    }

    /// Signs a digest as a card does: RSA with PKCS #1 v1.5 over a DigestInfo chosen by the digest's length (modulus-length
    /// octets), EC as a DER `SEQUENCE { r, s }`.
    ///
    /// # Errors
    /// [`PkiError::Key`] where the digest has no length of SHA-256, SHA-384 or SHA-512.
    pub fn sign_digest(&self, digest: &[u8]) -> Result<Vec<u8>, PkiError> {
        let failed = |error: &dyn std::fmt::Display| PkiError::Key(error.to_string());
        match self {
            Self::P256(key) => {
                let value: p256::ecdsa::Signature = key.sign_prehash(digest).map_err(|error| failed(&error))?;
                Ok(value.to_der().as_bytes().to_vec())
            }
            Self::P384(key) => {
                let value: p384::ecdsa::Signature = key.sign_prehash(digest).map_err(|error| failed(&error))?;
                Ok(value.to_der().as_bytes().to_vec())
            }
            Self::P521(key) => {
                let value: p521::ecdsa::Signature = key.sign_prehash(digest).map_err(|error| failed(&error))?;
                Ok(value.to_der().as_bytes().to_vec())
            }
            Self::Rsa(key) => {
                let padding = match digest.len() {
                    32 => Pkcs1v15Sign::new::<Sha256>(),
                    48 => Pkcs1v15Sign::new::<Sha384>(),
                    64 => Pkcs1v15Sign::new::<Sha512>(),
                    length => return Err(PkiError::Key(format!("no digest has {length} octets"))),
                };
                key.sign_with_rng(&mut OsRng, padding, digest)
                    .map_err(|error| failed(&error))
            }
            Self::RsaPss(key) => key
                .sign_with_rng(&mut OsRng, Pss::new_with_salt::<Sha256>(32), digest)
                .map_err(|error| failed(&error)),
        }
    }
}

/// P-521 has its own wrapper of the signing key, which is built from octets.
fn ecdsa_p521(key: &p521::SecretKey) -> Result<p521::ecdsa::SigningKey, PkiError> {
    p521::ecdsa::SigningKey::from_bytes(&key.to_bytes()).map_err(|error| PkiError::Key(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_pem_form() {
        for kind in [KeyKind::P256, KeyKind::P384, KeyKind::P521] {
            let key = PrivateKey::generate(kind);
            let read = PrivateKey::from_pkcs8_pem(&key.to_pkcs8_pem().unwrap()).unwrap();
            assert_eq!(read.public_key().unwrap(), key.public_key().unwrap());
            assert_eq!(format!("{read:?}"), "PrivateKey");
        }
    }
}
