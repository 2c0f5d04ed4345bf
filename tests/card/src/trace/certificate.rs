//! Keys that stand in for those of a recorded card, and certificates as long as its own. What they are good for is that the
//! engine's look at a signature comes out as it did when it was recorded.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use basvuru::card::KeyAlgorithm;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use pkcs8::{DecodePrivateKey, EncodePublicKey};
use rand_core::OsRng;
use rsa::{Pkcs1v15Sign, RsaPrivateKey};

use crate::der;

/// A kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    P256,
    P384,
    P521,
    /// RSA, with the length of the modulus in octets.
    Rsa(usize),
}

/// The longest modulus that a key is made for, in octets.
const MOST_MODULUS: usize = 512;

/// The kinds that are taken where nothing tells, the likeliest first.
pub(super) const USUAL: [Kind; 4] = [Kind::P384, Kind::Rsa(256), Kind::P256, Kind::Rsa(384)];

/// Keys of other lengths, each made once.
static MADE: Mutex<Vec<(usize, RsaPrivateKey)>> = Mutex::new(Vec::new());
/// Certificates, each made once for as long as there are not too many.
static CERTIFICATES: Mutex<BTreeMap<Asked, Vec<u8>>> = Mutex::new(BTreeMap::new());
const MOST_CERTIFICATES: usize = 64;

/// What a certificate was asked to be: kind of key, length, last year, and whether it is for signing.
type Asked = (Kind, usize, u8, bool);

impl Kind {
    /// The kind of a key on a card.
    pub(super) fn of(algorithm: KeyAlgorithm) -> Self {
        match algorithm {
            KeyAlgorithm::Rsa { modulus_bits } => Self::Rsa(usize::try_from(modulus_bits.div_ceil(8)).unwrap_or(0)),
            KeyAlgorithm::P256 => Self::P256,
            KeyAlgorithm::P384 => Self::P384,
            KeyAlgorithm::P521 => Self::P521,
        }
    }

    /// What the engine calls the kind.
    pub(super) fn algorithm(self) -> KeyAlgorithm {
        match self {
            Self::P256 => KeyAlgorithm::P256,
            Self::P384 => KeyAlgorithm::P384,
            Self::P521 => KeyAlgorithm::P521,
            Self::Rsa(octets) => KeyAlgorithm::Rsa {
                modulus_bits: u32::try_from(octets * 8).unwrap_or(0),
            },
        }
    }

    /// The kind whose SubjectPublicKeyInfo has this many octets in it.
    pub(super) fn of_info(length: usize, algorithm: usize) -> Option<Self> {
        /// `rsaEncryption` with its NULL.
        const RSA_ALGORITHM: usize = 13;
        let modulus = |length: usize| Some(length).filter(|octets| (128..=MOST_MODULUS).contains(octets));
        match (algorithm, length) {
            (RSA_ALGORITHM, 290..) => modulus(length - 34).map(Self::Rsa),
            (RSA_ALGORITHM, _) => modulus(length.checked_sub(31)?).map(Self::Rsa),
            (_, ..=91) => Some(Self::P256),
            (_, ..=120) => Some(Self::P384),
            (_, ..=160) => Some(Self::P521),
            _ => None,
        }
    }

    /// The kind that makes signatures of this length.
    pub(super) fn of_signature(length: usize) -> Option<Self> {
        match length {
            64 | 68..=72 => Some(Self::P256),
            96 | 100..=104 => Some(Self::P384),
            132 | 135..=139 => Some(Self::P521),
            128.. if length <= MOST_MODULUS && length.is_multiple_of(8) => Some(Self::Rsa(length)),
            _ => None,
        }
    }

    /// SubjectPublicKeyInfo.
    fn info(self) -> Option<Vec<u8>> {
        let info = match self {
            Self::P256 => p256_key()?.verifying_key().to_public_key_der(),
            Self::P384 => p384_key()?.verifying_key().to_public_key_der(),
            // The crate of the longest curve gives the verifying key no such form.
            Self::P521 => p521::PublicKey::from_secret_scalar(&p521_secret()?.to_nonzero_scalar()).to_public_key_der(),
            Self::Rsa(octets) => rsa_key(octets)?.to_public_key().to_public_key_der(),
        };
        Some(info.ok()?.as_bytes().to_vec())
    }

    /// A signature over what a card was given to sign: a digest, a DigestInfo or a padded block. `raw` is for r and s one
    /// behind the other instead of a SEQUENCE of them.
    pub(super) fn sign(self, input: &[u8], raw: bool) -> Option<Vec<u8>> {
        match self {
            Self::P256 => {
                let signature: p256::ecdsa::Signature = p256_key()?.sign_prehash(input).ok()?;
                Some(if raw {
                    signature.to_bytes().to_vec()
                } else {
                    signature.to_der().as_bytes().to_vec()
                })
            }
            Self::P384 => {
                let signature: p384::ecdsa::Signature = p384_key()?.sign_prehash(input).ok()?;
                Some(if raw {
                    signature.to_bytes().to_vec()
                } else {
                    signature.to_der().as_bytes().to_vec()
                })
            }
            Self::P521 => {
                let key = p521::ecdsa::SigningKey::from_bytes(&p521_secret()?.to_bytes()).ok()?;
                let signature: p521::ecdsa::Signature = key.sign_prehash(input).ok()?;
                Some(if raw {
                    signature.to_bytes().to_vec()
                } else {
                    signature.to_der().as_bytes().to_vec()
                })
            }
            Self::Rsa(octets) => {
                let unpadded = input.strip_prefix(&[0, 1]).filter(|_| input.len() == octets);
                let unpadded = unpadded.map(|block| {
                    let fill = block.iter().take_while(|octet| **octet == 0xFF).count();
                    block.get(fill + 1..).unwrap_or_default()
                });
                let info = match (unpadded, digest_info(input)) {
                    (Some(info), _) => info.to_vec(),
                    (None, Some(info)) => info,
                    (None, None) => input.to_vec(),
                };
                rsa_key(octets)?.sign(Pkcs1v15Sign::new_unprefixed(), &info).ok()
            }
        }
    }

    /// A certificate with `length` octets in it, where that is enough for one. It ends in this year.
    pub(super) fn certificate(self, length: usize, year: u8, non_repudiation: bool) -> Option<Vec<u8>> {
        let asked = (self, length, year, non_repudiation);
        let mut certificates = CERTIFICATES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(certificate) = certificates.get(&asked) {
            return Some(certificate.clone());
        }
        let info = self.info()?;
        let made = |fill: usize, signature: usize| content(&info, year, non_repudiation, fill, signature);
        let least = made(0, 8).len();
        let missing = length.saturating_sub(least);
        // The header of what is filled grows with it.
        let fills = missing.saturating_sub(12)..=missing;
        let fitting = fills
            .rev()
            .flat_map(|fill| (8..=16).map(move |signature| (fill, signature)))
            .map(|(fill, signature)| made(fill, signature))
            .find(|content| content.len() == length);
        let certificate = fitting.unwrap_or_else(|| made(0, 8));
        if certificates.len() >= MOST_CERTIFICATES {
            certificates.clear();
        }
        certificates.insert(asked, certificate.clone());
        Some(certificate)
    }
}

/// What is in a certificate (RFC 5280, 4.1): nothing of it but key, dates and usage is looked at.
fn content(info: &[u8], year: u8, non_repudiation: bool, fill: usize, signature: usize) -> Vec<u8> {
    let algorithm = der::sequence(&[&der::object(0x06, &[&[0x2A, 0x03]])]);
    let name = der::sequence(&[]);
    let moment = |year: u8| der::object(0x17, &[format!("{year:02}0101000000Z").as_bytes()]);
    let bits: &[u8] = if non_repudiation {
        &[0x03, 2, 6, 0x40]
    } else {
        &[0x03, 2, 7, 0x80]
    };
    let usage = der::sequence(&[&der::object(0x06, &[&[0x55, 0x1D, 0x0F]]), &der::octet_string(bits)]);
    let filled = der::sequence(&[&der::object(0x06, &[&[0x2A, 0x04]]), &der::octet_string(&vec![0; fill])]);
    let extensions = der::object(0xA3, &[&der::sequence(&[&usage, &filled])]);
    let to_be_signed = der::sequence(&[
        &der::object(0xA0, &[&der::integer(2)]),
        &der::integer(1),
        &algorithm,
        &name,
        &der::sequence(&[&moment(20), &moment(year)]),
        &name,
        info,
        &extensions,
    ]);
    [to_be_signed, algorithm, der::object(0x03, &[&vec![0; signature]])].concat()
}

/// A bare digest as the DigestInfo that a card with the digest in its algorithm makes of it (RFC 8017, 9.2).
fn digest_info(digest: &[u8]) -> Option<Vec<u8>> {
    let last = match digest.len() {
        32 => 1,
        48 => 2,
        64 => 3,
        _ => return None,
    };
    let identifier = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last];
    let algorithm = der::sequence(&[&der::object(0x06, &[&identifier]), &[0x05, 0]]);
    Some(der::sequence(&[&algorithm, &der::octet_string(digest)]))
}

fn p256_key() -> Option<p256::ecdsa::SigningKey> {
    p256::ecdsa::SigningKey::from_slice(&[0x11; 32]).ok()
}

fn p384_key() -> Option<p384::ecdsa::SigningKey> {
    p384::ecdsa::SigningKey::from_slice(&[0x11; 48]).ok()
}

fn p521_secret() -> Option<p521::SecretKey> {
    let mut secret = [0x11; 66];
    secret[0] = 0;
    p521::SecretKey::from_slice(&secret).ok()
}

fn rsa_key(octets: usize) -> Option<RsaPrivateKey> {
    let known: Option<&[u8]> = match octets {
        256 => Some(include_bytes!("../../tests/data/rsa2048.key.der")),
        384 => Some(include_bytes!("../../tests/data/rsa3072.key.der")),
        _ => None,
    };
    if let Some(known) = known {
        return RsaPrivateKey::from_pkcs8_der(known).ok();
    }
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, key)) = made.iter().find(|(length, _)| *length == octets) {
        return Some(key.clone());
    }
    let key = RsaPrivateKey::new(&mut OsRng, octets * 8).ok()?;
    made.push((octets, key.clone()));
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_as_long_as_the_one_it_stands_for() {
        for kind in [Kind::P256, Kind::P384, Kind::P521, Kind::Rsa(256), Kind::Rsa(384)] {
            for length in (700..1100).chain([1500, 2000, 2001]) {
                let made = kind.certificate(length, 39, true).unwrap();
                assert_eq!(made.len(), length, "{kind:?}");
            }
        }
    }

    #[test]
    fn a_kind_is_told_by_the_length_of_its_public_key() {
        for kind in [Kind::P256, Kind::P384, Kind::P521, Kind::Rsa(256), Kind::Rsa(384)] {
            let info = kind.info().unwrap();
            let header = if info[1] < 0x80 {
                2
            } else {
                2 + usize::from(info[1] & 0x7F)
            };
            let algorithm = usize::from(info[header + 1]);
            assert_eq!(Kind::of_info(info.len() - header, algorithm), Some(kind));
        }
    }
}
