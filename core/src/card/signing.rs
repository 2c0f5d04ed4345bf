//! How a key on a card is made to sign a digest: the security environment, what is sent, and what the answer means
//! (ISO/IEC 7816-8:2021, 5.3 and 5.4).
//!
//! Several forms are in use and cards do not always tell theirs, so a key has an ordered list of schemes. Changing the
//! scheme never involves the PIN again.

use serde::{Deserialize, Serialize};

use super::apdu::{Command, SHORT_EXPECTED_LENGTH, instruction};
use super::pkcs15::AlgorithmInfo;
use super::tlv::{self, tag};
use super::{CardError, KeyAlgorithm};
use crate::digest::{Digest, DigestAlgorithm};

/// Mechanism numbers of PKCS #11, which AlgorithmInfo uses.
const MECHANISM_RSA_PKCS: u32 = 0x0001;
const MECHANISM_RSA_RAW: u32 = 0x0003;
const MECHANISM_ECDSA: u32 = 0x1041;

/// The most schemes that are tried for a key.
const MOST_SCHEMES: usize = 6;

/// What PERFORM SECURITY OPERATION is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Input {
    /// DigestInfo; the card pads (RFC 8017, 9.2).
    DigestInfo,
    /// The whole padded block, as long as the modulus.
    PaddedBlock,
    /// The digest itself, cut to the length of the curve's order where it is longer (FIPS 186-5, 6.4.1).
    Digest,
}

/// How the card is told which key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Environment {
    /// SET with a digital signature template (ISO/IEC 7816-4:2020, 11.5.11).
    Template,
    /// P1 C3 and the key's reference, as AKİS 1.0 did.
    KeyReference,
}

/// One way to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Scheme {
    /// How the key is named.
    pub(super) environment: Environment,
    /// What is sent.
    pub(super) input: Input,
    /// The card's own number for the algorithm, where it has one.
    pub(super) algorithm_reference: Option<u8>,
}

/// The schemes to try for a key, the most likely first: those its card declares, then the plain ones, and last those of
/// cards that want the key's reference alone.
pub(super) fn schemes(algorithm: KeyAlgorithm, declared: &[AlgorithmInfo], restores_by_key: bool) -> Vec<Scheme> {
    let template = |input, algorithm_reference| Scheme {
        environment: Environment::Template,
        input,
        algorithm_reference,
    };
    let mut schemes = Vec::new();
    let plain: &[(u32, Input)] = match algorithm {
        KeyAlgorithm::Rsa { .. } => &[
            (MECHANISM_RSA_PKCS, Input::DigestInfo),
            (MECHANISM_RSA_RAW, Input::PaddedBlock),
        ],
        KeyAlgorithm::P256 | KeyAlgorithm::P384 | KeyAlgorithm::P521 => &[(MECHANISM_ECDSA, Input::Digest)],
    };
    for (mechanism, input) in plain {
        let known = declared.iter().filter(|info| info.mechanism == *mechanism);
        schemes.extend(known.map(|info| template(*input, info.card_reference)));
    }
    schemes.extend(plain.iter().map(|(_, input)| template(*input, None)));
    if restores_by_key {
        let environment = Environment::KeyReference;
        schemes.extend(plain.iter().map(|(_, input)| Scheme {
            environment,
            input: *input,
            algorithm_reference: None,
        }));
    }
    let mut seen = Vec::new();
    schemes.retain(|scheme| {
        !seen.contains(scheme) && {
            seen.push(*scheme);
            true
        }
    });
    schemes.truncate(MOST_SCHEMES);
    schemes
}

impl Scheme {
    /// MANAGE SECURITY ENVIRONMENT; `None` where there is nothing to say.
    pub(super) fn security_environment(self, file: Option<[u8; 2]>, key_reference: Option<u8>) -> Option<Command> {
        if self.environment == Environment::KeyReference {
            let reference = key_reference.unwrap_or(0);
            return Some(Command::new(instruction::MANAGE_SECURITY_ENVIRONMENT, 0xC3, reference));
        }
        let mut template = Vec::new();
        if let Some(algorithm) = self.algorithm_reference {
            template.extend_from_slice(&[0x80, 1, algorithm]);
        }
        if let Some([high, low]) = file {
            template.extend_from_slice(&[0x81, 2, high, low]);
        }
        if let Some(reference) = key_reference {
            template.extend_from_slice(&[0x84, 1, reference]);
        }
        (!template.is_empty())
            .then(|| Command::new(instruction::MANAGE_SECURITY_ENVIRONMENT, 0x41, 0xB6).with_data(&template))
    }

    /// PERFORM SECURITY OPERATION, COMPUTE DIGITAL SIGNATURE.
    ///
    /// # Errors
    /// [`CardError::Unsupported`] where the key is too short for the digest.
    pub(super) fn operation(self, algorithm: KeyAlgorithm, digest: &Digest) -> Result<Command, CardError> {
        let data = match self.input {
            Input::Digest => {
                let length = digest.value.len().min(algorithm.octets());
                digest.value.get(..length).unwrap_or_default().to_vec()
            }
            Input::DigestInfo => digest_info(digest),
            Input::PaddedBlock => padded_block(&digest_info(digest), algorithm.octets())?,
        };
        let expected = match algorithm {
            KeyAlgorithm::Rsa { .. } => algorithm.octets(),
            KeyAlgorithm::P256 | KeyAlgorithm::P384 | KeyAlgorithm::P521 => SHORT_EXPECTED_LENGTH,
        };
        let operation = Command::new(instruction::PERFORM_SECURITY_OPERATION, 0x9E, 0x9A).with_data(&data);
        Ok(operation.expecting(expected.max(SHORT_EXPECTED_LENGTH)))
    }
}

/// A card's answer as a signature value: the modulus' length for RSA, a DER SEQUENCE of r and s for EC.
///
/// # Errors
/// [`CardError::Malformed`] where it is neither r and s one after the other nor a SEQUENCE of them.
pub(super) fn signature_value(algorithm: KeyAlgorithm, answer: &[u8]) -> Result<Vec<u8>, CardError> {
    let length = algorithm.octets();
    match algorithm {
        KeyAlgorithm::Rsa { .. } => {
            let missing = length.checked_sub(answer.len()).filter(|missing| *missing <= 1);
            let missing = missing.ok_or(CardError::Malformed("an RSA signature of another length"))?;
            Ok([&[0][..missing], answer].concat())
        }
        KeyAlgorithm::P256 => p256::ecdsa::Signature::from_slice(&coordinates(answer, length)?)
            .map(|signature| signature.to_der().as_bytes().to_vec())
            .map_err(|_| MALFORMED_EC),
        KeyAlgorithm::P384 => p384::ecdsa::Signature::from_slice(&coordinates(answer, length)?)
            .map(|signature| signature.to_der().as_bytes().to_vec())
            .map_err(|_| MALFORMED_EC),
        KeyAlgorithm::P521 => p521::ecdsa::Signature::from_slice(&coordinates(answer, length)?)
            .map(|signature| signature.to_der().as_bytes().to_vec())
            .map_err(|_| MALFORMED_EC),
    }
}

const MALFORMED_EC: CardError = CardError::Malformed("an EC signature that is neither r and s nor a SEQUENCE of them");

/// r and s one after the other, each as long as the curve's order, from either form.
fn coordinates(answer: &[u8], length: usize) -> Result<Vec<u8>, CardError> {
    if answer.len() == 2 * length {
        return Ok(answer.to_vec());
    }
    let whole = tlv::first(answer)
        .ok()
        .filter(|object| object.tag == tag::SEQUENCE && object.encoded == answer);
    let numbers: Vec<_> = whole.ok_or(MALFORMED_EC)?.children().flatten().collect();
    let [r, s] = numbers.as_slice() else {
        return Err(MALFORMED_EC);
    };
    let mut octets = vec![0; 2 * length];
    for (number, place) in [r, s].into_iter().zip(octets.chunks_mut(length)) {
        let zeros = number.value.iter().take_while(|octet| **octet == 0).count();
        let significant = number.value.get(zeros..).unwrap_or_default();
        let start = length.checked_sub(significant.len()).ok_or(MALFORMED_EC)?;
        place.get_mut(start..).unwrap_or_default().copy_from_slice(significant);
    }
    Ok(octets)
}

/// `DigestInfo ::= SEQUENCE { digestAlgorithm AlgorithmIdentifier, digest OCTET STRING }` (RFC 8017, 9.2).
fn digest_info(digest: &Digest) -> Vec<u8> {
    // id-sha256, id-sha384 and id-sha512 differ in their last octet, and in the lengths.
    let (last, length) = match digest.algorithm {
        DigestAlgorithm::Sha256 => (1, 32),
        DigestAlgorithm::Sha384 => (2, 48),
        DigestAlgorithm::Sha512 => (3, 64),
    };
    let head = [
        0x30,
        17 + length,
        0x30,
        13,
        0x06,
        9,
        0x60,
        0x86,
        0x48,
        0x01,
        0x65,
        0x03,
        0x04,
        0x02,
        last,
        0x05,
        0,
        0x04,
        length,
    ];
    [head.as_slice(), &digest.value].concat()
}

/// EMSA-PKCS1-v1_5 (RFC 8017, 9.2): `00 01 FF … FF 00` and the DigestInfo.
fn padded_block(digest_info: &[u8], length: usize) -> Result<Vec<u8>, CardError> {
    let fill = length.checked_sub(digest_info.len() + 3).filter(|fill| *fill >= 8);
    let fill = fill.ok_or(CardError::Unsupported("a digest too long for the key"))?;
    Ok([&[0, 1], vec![0xFF; fill].as_slice(), &[0], digest_info].concat())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RSA: KeyAlgorithm = KeyAlgorithm::Rsa { modulus_bits: 2048 };

    #[test]
    fn both_forms_of_an_ec_signature_become_the_same_der() {
        let mut raw = vec![0x01; 96];
        raw[48] = 0x80;
        let der = signature_value(KeyAlgorithm::P384, &raw).unwrap();
        assert_eq!(
            (der[0], der[1]),
            (0x30, 101),
            "s begins with a set bit and takes a zero octet before it"
        );
        assert_eq!(signature_value(KeyAlgorithm::P384, &der), Ok(der.clone()));
        let sloppy = [&[0x30, 0x81, 101], &der[2..]].concat();
        assert_eq!(signature_value(KeyAlgorithm::P384, &sloppy), Ok(der));
        assert!(signature_value(KeyAlgorithm::P384, &raw[1..]).is_err());
        assert!(
            signature_value(KeyAlgorithm::P384, &[0; 96]).is_err(),
            "r and s are never zero"
        );
    }

    #[test]
    fn a_digest_info_is_51_octets_and_fills_a_block() {
        let digest = DigestAlgorithm::Sha256.digest(b"");
        let operation = |input| {
            Scheme {
                environment: Environment::Template,
                input,
                algorithm_reference: None,
            }
            .operation(RSA, &digest)
            .unwrap()
        };
        let info = operation(Input::DigestInfo).data().to_vec();
        assert_eq!((info.len(), info[1], info[18]), (51, 49, 32));
        let block = operation(Input::PaddedBlock).data().to_vec();
        assert_eq!(
            (block.len(), &block[..3], &block[205..]),
            (256, [0, 1, 0xFF].as_slice(), info.as_slice())
        );
    }

    #[test]
    fn a_leading_zero_that_the_card_left_out_is_put_back() {
        assert_eq!(signature_value(RSA, &[7; 255]).unwrap()[..2], [0, 7]);
        assert!(signature_value(RSA, &[7; 254]).is_err());
        assert!(signature_value(RSA, &[7; 257]).is_err());
    }

    #[test]
    fn what_the_card_declares_comes_first_and_nothing_twice() {
        let declared = [
            AlgorithmInfo {
                reference: 1,
                mechanism: MECHANISM_RSA_RAW,
                card_reference: Some(0x10),
            },
            AlgorithmInfo {
                reference: 2,
                mechanism: MECHANISM_RSA_PKCS,
                card_reference: None,
            },
            AlgorithmInfo {
                reference: 3,
                mechanism: MECHANISM_ECDSA,
                card_reference: Some(0x04),
            },
        ];
        let tried: Vec<_> = schemes(RSA, &declared, false)
            .iter()
            .map(|scheme| (scheme.input, scheme.algorithm_reference))
            .collect();
        let expected = [
            (Input::DigestInfo, None),
            (Input::PaddedBlock, Some(0x10)),
            (Input::PaddedBlock, None),
        ];
        assert_eq!(tried, expected);
        assert_eq!(
            schemes(KeyAlgorithm::P384, &declared, false)[0].algorithm_reference,
            Some(4)
        );
    }

    #[test]
    fn the_way_of_old_cards_is_tried_last() {
        let tried = schemes(KeyAlgorithm::P384, &[], true);
        let environments: Vec<_> = tried
            .iter()
            .map(|scheme| scheme.security_environment(None, Some(0x81)).unwrap())
            .collect();
        assert_eq!(environments[0].data(), [0x84, 1, 0x81]);
        assert_eq!(*environments[1].encode_short().unwrap(), [0x00, 0x22, 0xC3, 0x81]);
        assert_eq!(environments.len(), 2);
    }

    proptest! {
        #[test]
        fn reading_a_signature_never_panics(answer in proptest::collection::vec(any::<u8>(), 0..300)) {
            for algorithm in [RSA, KeyAlgorithm::P256, KeyAlgorithm::P384, KeyAlgorithm::P521] {
                if let Ok(value) = signature_value(algorithm, &answer) {
                    prop_assert!(value.len() <= algorithm.octets().max(150));
                }
            }
        }
    }
}
