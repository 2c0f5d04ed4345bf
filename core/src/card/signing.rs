//! How a key on a card is made to sign a digest: the security environment, what is sent, and what the answer means
//! (ISO/IEC 7816-8:2021, 5.3 and 5.4).
//!
//! Several forms are in use and cards do not always tell theirs, so a key has an ordered list of schemes. Changing the
//! scheme never involves the PIN again.

use serde::{Deserialize, Serialize};

use super::algorithm_info::AlgorithmInfo;
use super::apdu::{Command, SHORT_EXPECTED_LENGTH, instruction};
use super::tlv::{self, tag};
use super::{CardError, KeyAlgorithm};
use crate::digest::{Digest, DigestAlgorithm};

/// Mechanism numbers of PKCS #11, which AlgorithmInfo uses.
const MECHANISM_RSA_PKCS: u32 = 0x0001;
const MECHANISM_RSA_RAW: u32 = 0x0003;
const MECHANISM_ECDSA: u32 = 0x1041;
/// Mechanisms that make the digest a part of the algorithm: SHA256_RSA_PKCS and ECDSA_SHA256, and the longer ones behind.
const HASHING_MECHANISMS: [(DigestAlgorithm, u32, u32); 3] = [
    (DigestAlgorithm::Sha256, 0x0040, 0x1044),
    (DigestAlgorithm::Sha384, 0x0041, 0x1045),
    (DigestAlgorithm::Sha512, 0x0042, 0x1046),
];

/// Mechanisms that pad by PSS (RFC 8017, 9.1): RSA_PKCS_PSS for any digest, SHA256_RSA_PKCS_PSS and the longer ones behind.
const PSS_MECHANISMS: [(Option<DigestAlgorithm>, u32); 4] = [
    (None, 0x000D),
    (Some(DigestAlgorithm::Sha256), 0x0043),
    (Some(DigestAlgorithm::Sha384), 0x0044),
    (Some(DigestAlgorithm::Sha512), 0x0045),
];

/// The numbers by which cards that declare none know RSA with PKCS #1 padding (02: MyEID and many others; 11: IsoApplet)
/// and without (00), and ECDSA (04: MyEID and many others; 21: IsoApplet).
const USUAL_RSA: [(u8, &[Input]); 3] = [
    (0x02, &[Input::DigestInfo]),
    (0x11, &[Input::DigestInfo]),
    (0x00, &[Input::PaddedBlock]),
];
const USUAL_EC: [(u8, &[Input]); 2] = [(0x04, &[Input::Digest]), (0x21, &[Input::Digest])];

/// The most schemes that are kept for a key.
const MOST_SCHEMES: usize = 32;

/// What PERFORM SECURITY OPERATION is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Input {
    /// DigestInfo; the card pads (RFC 8017, 9.2).
    DigestInfo,
    /// The whole padded block, as long as the modulus.
    PaddedBlock,
    /// The digest itself, cut to the length of the curve's order where it is longer (FIPS 186-5, 6.4.1).
    Digest,
    /// The digest by PERFORM SECURITY OPERATION, HASH, and nothing to sign beside it (ISO/IEC 7816-8:2021, 5.6).
    HashFirst,
}

/// What a key is called by on its card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Naming {
    /// The identifier of its file, where it has one of its own.
    pub(super) file: Option<[u8; 2]>,
    /// Its reference.
    pub(super) key: Option<u8>,
    /// Whether it signs by INTERNAL AUTHENTICATE.
    pub(super) authenticates: bool,
}

/// How the card is told which key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Environment {
    /// SET with a digital signature template (ISO/IEC 7816-4:2020, 11.5.11): everything that the key is called by.
    Template,
    /// The same without the key's reference, which its file makes needless.
    FileAlone,
    /// The same without the file.
    ReferenceAlone,
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
    /// The digest that the algorithm includes; `None` where any does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) digest: Option<DigestAlgorithm>,
}

/// Whether a card declares how a key of this kind signs.
pub(super) fn is_declared(algorithm: KeyAlgorithm, declared: &[AlgorithmInfo]) -> bool {
    declared_inputs(algorithm, declared).next().is_some()
}

/// What a card declares for a key of this kind: the algorithm's number, its inputs and its digest.
fn declared_inputs(
    algorithm: KeyAlgorithm,
    declared: &[AlgorithmInfo],
) -> impl Iterator<Item = (Option<u8>, &'static [Input], Option<DigestAlgorithm>)> {
    let rsa = matches!(algorithm, KeyAlgorithm::Rsa { .. });
    let plain: &[(u32, &'static [Input])] = if rsa {
        &[
            (MECHANISM_RSA_PKCS, &[Input::DigestInfo]),
            (MECHANISM_RSA_RAW, &[Input::PaddedBlock]),
        ]
    } else {
        &[(MECHANISM_ECDSA, &[Input::Digest])]
    };
    let hashing = HASHING_MECHANISMS.iter().map(move |(digest, with_rsa, with_ec)| {
        let mechanism = if rsa { *with_rsa } else { *with_ec };
        let inputs: &[Input] = if rsa {
            &[Input::Digest, Input::DigestInfo]
        } else {
            &[Input::Digest]
        };
        (mechanism, inputs, Some(*digest))
    });
    let known = plain.iter().map(|(mechanism, inputs)| (*mechanism, *inputs, None));
    // What everybody can verify comes first: PSS is for cards that declare nothing else.
    let digest_alone: &'static [Input] = &[Input::Digest];
    let pss = PSS_MECHANISMS.iter().filter(move |_| rsa);
    let pss = pss.map(move |(digest, mechanism)| (*mechanism, digest_alone, *digest));
    known
        .chain(hashing)
        .chain(pss)
        .flat_map(move |(mechanism, inputs, digest)| {
            let named = declared.iter().filter(move |info| info.mechanism == mechanism);
            named.map(move |info| (info.card_reference, inputs, digest))
        })
}

/// The schemes to try for a key, the most likely first: those its card declares, then the plain ones, those of cards that
/// want the key's reference alone, and last the numbers that are usual. Among them, the digest sent ahead comes last.
pub(super) fn schemes(
    algorithm: KeyAlgorithm,
    naming: Naming,
    declared: &[AlgorithmInfo],
    restores_by_key: bool,
) -> Vec<Scheme> {
    let rsa = matches!(algorithm, KeyAlgorithm::Rsa { .. });
    let plain: &[Input] = if rsa {
        &[Input::DigestInfo, Input::PaddedBlock]
    } else {
        &[Input::Digest]
    };
    let usual: &[(u8, &[Input])] = if rsa { &USUAL_RSA } else { &USUAL_EC };
    // A key in a file of its own may be named by that alone, or by all but that.
    let others: &[Environment] = if naming.file.is_some() && naming.key.is_some() {
        &[Environment::FileAlone, Environment::ReferenceAlone]
    } else {
        &[]
    };
    let mut schemes = Vec::new();
    let mut add = |environment, algorithm_reference, inputs: &[Input], digest| {
        schemes.extend(inputs.iter().map(|input| Scheme {
            environment,
            input: *input,
            algorithm_reference,
            digest,
        }));
    };
    for (number, inputs, digest) in declared_inputs(algorithm, declared) {
        add(Environment::Template, number, inputs, digest);
    }
    add(Environment::Template, None, plain, None);
    for environment in others {
        for (number, inputs, digest) in declared_inputs(algorithm, declared) {
            add(*environment, number, inputs, digest);
        }
        add(*environment, None, plain, None);
    }
    if restores_by_key {
        add(Environment::KeyReference, None, plain, None);
    }
    for environment in std::iter::once(&Environment::Template).chain(others) {
        for (number, inputs) in usual {
            add(*environment, Some(*number), inputs, None);
        }
    }
    let ahead: Vec<Scheme> = schemes
        .iter()
        .map(|scheme| Scheme {
            input: Input::HashFirst,
            ..*scheme
        })
        .collect();
    let mut seen = Vec::new();
    schemes.extend(ahead);
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
    /// Whether this is a way to sign such a digest.
    pub(super) fn takes(self, digest: &Digest) -> bool {
        self.digest.is_none_or(|only| only == digest.algorithm)
    }

    /// MANAGE SECURITY ENVIRONMENT; `None` where there is nothing to say.
    pub(super) fn security_environment(self, naming: Naming) -> Option<Command> {
        let Naming {
            file,
            key,
            authenticates,
        } = naming;
        let (file, key) = match self.environment {
            Environment::KeyReference => {
                let reference = key.unwrap_or(0);
                return Some(Command::new(instruction::MANAGE_SECURITY_ENVIRONMENT, 0xC3, reference));
            }
            Environment::Template => (file, key),
            Environment::FileAlone => (file, None),
            Environment::ReferenceAlone => (None, key),
        };
        let mut template = Vec::new();
        if let Some(algorithm) = self.algorithm_reference {
            template.extend_from_slice(&[0x80, 1, algorithm]);
        }
        if let Some([high, low]) = file {
            template.extend_from_slice(&[0x81, 2, high, low]);
        }
        if let Some(reference) = key {
            template.extend_from_slice(&[0x84, 1, reference]);
        }
        // The template is one for signatures, or one for authentication.
        let p2 = if authenticates { 0xA4 } else { 0xB6 };
        (!template.is_empty())
            .then(|| Command::new(instruction::MANAGE_SECURITY_ENVIRONMENT, 0x41, p2).with_data(&template))
    }

    /// PERFORM SECURITY OPERATION: COMPUTE DIGITAL SIGNATURE, and HASH before it where the digest goes ahead; or INTERNAL
    /// AUTHENTICATE, whose challenge is what would be signed (ISO/IEC 7816-4:2020, 11.5.2).
    ///
    /// # Errors
    /// [`CardError::Unsupported`] where the key is too short for the digest, or has no such operation.
    pub(super) fn operations(
        self,
        naming: Naming,
        algorithm: KeyAlgorithm,
        digest: &Digest,
    ) -> Result<Vec<Command>, CardError> {
        let perform = |p1, p2| Command::new(instruction::PERFORM_SECURITY_OPERATION, p1, p2);
        let data = match self.input {
            Input::Digest => {
                let length = digest.value.len().min(algorithm.octets());
                digest.value.get(..length).unwrap_or_default().to_vec()
            }
            Input::DigestInfo => digest_info(digest),
            Input::PaddedBlock => padded_block(&digest_info(digest), algorithm.octets())?,
            Input::HashFirst => Vec::new(),
        };
        let expected = match algorithm {
            KeyAlgorithm::Rsa { .. } => algorithm.octets(),
            KeyAlgorithm::P256 | KeyAlgorithm::P384 | KeyAlgorithm::P521 => SHORT_EXPECTED_LENGTH,
        };
        let compute = if naming.authenticates {
            Command::new(instruction::INTERNAL_AUTHENTICATE, 0, 0)
        } else {
            perform(0x9E, 0x9A)
        };
        let compute = compute.with_data(&data).expecting(expected.max(SHORT_EXPECTED_LENGTH));
        if naming.authenticates && self.input == Input::HashFirst {
            return Err(CardError::Unsupported("a digest ahead of an authentication"));
        }
        if self.input != Input::HashFirst {
            return Ok(vec![compute]);
        }
        let length =
            u8::try_from(digest.value.len()).map_err(|_| CardError::Unsupported("a digest of another length"))?;
        let object = [&[0x90, length], digest.value.as_slice()].concat();
        Ok(vec![perform(0x90, 0xA0).with_data(&object), compute])
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
    // The identifiers of SHA-2 and SHA-3 differ in their last octet, and in the lengths.
    let (last, length) = match digest.algorithm {
        DigestAlgorithm::Sha256 => (1, 32),
        DigestAlgorithm::Sha384 => (2, 48),
        DigestAlgorithm::Sha512 => (3, 64),
        DigestAlgorithm::Sha3_256 => (8, 32),
        DigestAlgorithm::Sha3_384 => (9, 48),
        DigestAlgorithm::Sha3_512 => (10, 64),
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
    const NAMING: Naming = Naming {
        file: None,
        key: Some(1),
        authenticates: false,
    };

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
                digest: None,
            }
            .operations(NAMING, RSA, &digest)
            .unwrap()
            .remove(0)
        };
        let info = operation(Input::DigestInfo).data().to_vec();
        assert_eq!((info.len(), info[1], info[18]), (51, 49, 32));
        let block = operation(Input::PaddedBlock).data().to_vec();
        assert_eq!(
            (block.len(), &block[..3], &block[205..]),
            (256, [0, 1, 0xFF].as_slice(), info.as_slice())
        );
        let hash = operation(Input::HashFirst).encode_short().unwrap();
        assert_eq!(hash[..7], [0x00, 0x2A, 0x90, 0xA0, 34, 0x90, 32]);
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
        let tried: Vec<_> = schemes(RSA, NAMING, &declared, false)
            .iter()
            .take(3)
            .map(|scheme| (scheme.input, scheme.algorithm_reference))
            .collect();
        let expected = [
            (Input::DigestInfo, None),
            (Input::PaddedBlock, Some(0x10)),
            (Input::PaddedBlock, None),
        ];
        assert_eq!(tried, expected);
        assert_eq!(
            schemes(KeyAlgorithm::P384, NAMING, &declared, false)[0].algorithm_reference,
            Some(4)
        );
    }

    #[test]
    fn an_algorithm_that_includes_the_digest_is_used_for_that_digest_alone() {
        let declared = [AlgorithmInfo {
            reference: 1,
            mechanism: 0x1045,
            card_reference: Some(0x24),
        }];
        assert!(is_declared(KeyAlgorithm::P384, &declared) && !is_declared(RSA, &declared));
        let first = schemes(KeyAlgorithm::P384, NAMING, &declared, false)[0];
        assert_eq!((first.algorithm_reference, first.input), (Some(0x24), Input::Digest));
        assert!(first.takes(&DigestAlgorithm::Sha384.digest(b"")));
        assert!(!first.takes(&DigestAlgorithm::Sha256.digest(b"")));
    }

    #[test]
    fn a_card_that_pads_by_pss_is_given_the_digest_and_one_that_can_do_both_is_not_asked_for_it() {
        let info = |mechanism, card_reference| AlgorithmInfo {
            reference: 1,
            mechanism,
            card_reference: Some(card_reference),
        };
        let pss = [info(0x0043, 0x05), info(0x000D, 0x06)];
        assert!(is_declared(RSA, &pss) && !is_declared(KeyAlgorithm::P256, &pss));
        let tried = |declared: &[AlgorithmInfo]| {
            let schemes = schemes(RSA, NAMING, declared, false);
            let told: Vec<_> = schemes
                .iter()
                .take(2)
                .map(|scheme| (scheme.input, scheme.algorithm_reference, scheme.digest))
                .collect();
            told
        };
        let sha256 = Some(DigestAlgorithm::Sha256);
        let expected = [(Input::Digest, Some(0x06), None), (Input::Digest, Some(0x05), sha256)];
        assert_eq!(tried(&pss), expected);
        let both = [info(0x0043, 0x05), info(MECHANISM_RSA_PKCS, 0x02)];
        assert_eq!(tried(&both)[0], (Input::DigestInfo, Some(0x02), None));
    }

    #[test]
    fn a_key_that_authenticates_is_named_in_a_template_of_that_and_asked_by_that() {
        let naming = Naming {
            authenticates: true,
            ..NAMING
        };
        let digest = DigestAlgorithm::Sha256.digest(b"");
        let scheme = schemes(KeyAlgorithm::P256, naming, &[], false)[0];
        let environment = scheme.security_environment(naming).unwrap().encode_short().unwrap();
        assert_eq!(*environment, [0x00, 0x22, 0x41, 0xA4, 3, 0x84, 1, 1]);
        let [command] = &scheme.operations(naming, KeyAlgorithm::P256, &digest).unwrap()[..] else {
            panic!("one command signs")
        };
        assert_eq!(command.encode_short().unwrap()[..5], [0x00, 0x88, 0, 0, 32]);
        let ahead = Scheme {
            input: Input::HashFirst,
            ..scheme
        };
        assert!(ahead.operations(naming, KeyAlgorithm::P256, &digest).is_err());
    }

    #[test]
    fn the_way_of_old_cards_is_tried_after_the_plain_one_and_before_guesses() {
        let naming = Naming {
            file: None,
            key: Some(0x81),
            authenticates: false,
        };
        let tried = schemes(KeyAlgorithm::P384, naming, &[], true);
        let environments: Vec<_> = tried
            .iter()
            .map(|scheme| scheme.security_environment(naming).unwrap())
            .collect();
        assert_eq!(environments[0].data(), [0x84, 1, 0x81]);
        assert_eq!(*environments[1].encode_short().unwrap(), [0x00, 0x22, 0xC3, 0x81]);
        assert_eq!(environments[2].data(), [0x80, 1, 4, 0x84, 1, 0x81]);
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
