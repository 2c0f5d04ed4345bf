//! Cases of what is signed and by whom: attributes, digest, value, the certificate, and one bad signer of several.

use super::*;

pub(super) fn signed_attributes(office: &Office) -> Vec<Case> {
    let basic = |name, forged| case(name, Base::BasicByList, office, |plan| plan.forged = forged);
    vec![
        // "ESS cert digest broken"
        basic("signing-certificate-digest", |forge| {
            let mut forge = forge;
            let digest = forge.world.certificate.digest(DigestAlgorithm::Sha256).value;
            for attribute in &mut forge.attributes {
                if let Some(place) = attribute.windows(32).position(|window| window == digest) {
                    attribute[place] ^= 1;
                }
            }
            forge
        })
        .unsure(Sub::NoSigningCertificateFound, [Finding::CertificateDiffers])
        .by_openssl(Openssl::Plain),
        // "messageDigest broken"
        basic("message-digest", another_digest)
            .failed(Sub::HashFailure, [Finding::ContentChanged])
            .by_openssl(Openssl::Plain),
        // "signature broken"
        basic("signature-value", |forge| Forge {
            breaks_value: true,
            ..forge
        })
        .failed(Sub::SigCryptoFailure, [Finding::SignatureWrong])
        .by_openssl(Openssl::Plain),
        // Ours: algorithms that were signed along, and are others (RFC 6211).
        basic("algorithms-not-those-signed-along", |forge| {
            with_protection(forge, true)
        })
        .unsure(Sub::SigConstraintsFailure, [Finding::AlgorithmsContradict]),
        basic("algorithms-signed-along", |forge| with_protection(forge, false)),
        // "SHA-1 digest", valid in those tests, refused here by policy
        basic("sha-1-digest", |forge| forge.with_sha1())
            .unsure(Sub::CryptoConstraintsFailure, [Finding::AlgorithmWeak]),
        // "SHA-1 signing-certificate where P4"
        case("sha-1-signing-certificate", Base::P4, office, |plan| {
            plan.forged = |forge| {
                use sha1::{Digest as _, Sha1};
                let digest = octet_string(&Sha1::digest(forge.world.certificate.der()));
                let reference = sequence(&[&sequence(&[&sequence(&[&digest])])]);
                forge
                    .without(oid::SIGNING_CERTIFICATE_V2)
                    .with(oid::SIGNING_CERTIFICATE, &reference)
            }
        })
        .unsure(Sub::CryptoConstraintsFailure, [Finding::AlgorithmWeak]),
        // "SigningTime missing in P4"
        case("signing-time-missing", Base::P4, office, |plan| {
            plan.forged = |forge| forge.without(oid::SIGNING_TIME);
        })
        .unsure(
            Sub::SigConstraintsFailure,
            [Finding::AttributeMissing {
                attribute: RequiredAttribute::SigningTime,
            }],
        ),
    ]
}

fn with_protection(forge: Forge<'_>, is_wrong: bool) -> Forge<'_> {
    let digest = if is_wrong {
        DigestAlgorithm::Sha512
    } else {
        DigestAlgorithm::Sha256
    };
    let signature = context(1, &[&object_identifier(forge.signature_oid)]);
    let protection = sequence(&[&sequence(&[&object_identifier(digest.oid())]), &signature]);
    forge.with(oid::ALGORITHM_PROTECTION, &protection)
}

pub(super) fn another_digest(forge: Forge<'_>) -> Forge<'_> {
    let digest = octet_string(&DigestAlgorithm::Sha256.digest(b"another content").value);
    forge.instead(oid::MESSAGE_DIGEST, &digest)
}

pub(super) fn holder_certificate(office: &Office) -> Vec<Case> {
    let basic = |name, fault: fn(&mut Plan)| case(name, Base::BasicByList, office, fault);
    let unqualified = |name, fault: fn(&mut Plan), fault_found| {
        let finding = Finding::CertificateNotQualified { fault: fault_found };
        basic(name, fault).unsure(Sub::ChainConstraintsFailure, [finding])
    };
    let expired = |not_after| {
        let fault = PathError::Expired {
            not_after,
            holder: true,
        };
        Finding::PathInvalid { fault }
    };
    let ended = |name, not_after| {
        case(name, Base::BasicByList, office, |plan| {
            plan.holder.not_after = not_after
        })
        .unsure(Sub::OutOfBoundsNoPoe, [expired(not_after)])
        .by_openssl(Openssl::Plain)
    };
    let between = office.claimed() + HOUR / 2;
    let mut ended_before = ended("certificate-expired-before-claimed-time", office.claimed() - HOUR);
    ended_before.findings.push(Finding::SigningTimeOutsideValidity);
    vec![
        // "no nonRepudiation"
        unqualified(
            "no-non-repudiation",
            |plan| plan.holder.non_repudiation = false,
            NesFault::NoNonRepudiation,
        ),
        // "no policy notice"
        unqualified(
            "no-user-notice",
            |plan| plan.holder.user_notice = false,
            NesFault::NoUserNotice,
        ),
        // "no ETSI QC OID"
        unqualified(
            "no-etsi-statement",
            |plan| plan.holder.etsi_statement = false,
            NesFault::NotQualified,
        ),
        // "no BTK QC OID"
        unqualified(
            "no-turkish-statement",
            |plan| plan.holder.turkish_statement = false,
            NesFault::NotTurkishQualified,
        ),
        // Ours: a certificate that names no person, and one of a seal.
        unqualified(
            "no-holder-number",
            |plan| plan.holder.holder_number = false,
            NesFault::NoHolderNumber,
        ),
        unqualified("seal", |plan| plan.holder.seal = true, NesFault::Seal),
        // "expired cert"
        ended("certificate-expired", office.now - HOUR),
        ended_before,
        case(
            "certificate-expired-before-time-stamp",
            Base::StampedByList,
            office,
            |plan| plan.holder.not_after = between,
        )
        .unsure(Sub::OutOfBoundsNoPoe, [expired(between)]),
        // Valid: the signature is proven to be older.
        case(
            "certificate-expired-after-time-stamp",
            Base::StampedByList,
            office,
            |plan| {
                plan.holder.not_after = office.stamped() + HOUR;
                plan.asked = office.stamped() + HOUR / 2;
            },
        ),
        // "bad cert signature"
        basic("certificate-signature", |plan| plan.breaks_certificate = true)
            .unsure(
                Sub::CertificateChainGeneralFailure,
                [Finding::PathInvalid {
                    fault: PathError::WrongSignature,
                }],
            )
            .by_openssl(Openssl::Plain),
    ]
}

/// "Parallel files with one bad signer"
pub(super) fn several_signers(office: &Office) -> Vec<Case> {
    vec![
        case("one-signer-of-two", Base::TwoSigners, office, |plan| {
            plan.forged = another_digest;
        })
        .failed(Sub::HashFailure, [Finding::ContentChanged])
        .by_openssl(Openssl::Plain),
        case("one-signature-of-two-in-a-container", Base::Container, office, |plan| {
            plan.edited = |_, container| {
                let mut files = unpack(container);
                let last = files.iter_mut().rfind(|(name, _)| name.ends_with(".p7s")).unwrap();
                // The value stands last.
                flip_last(&mut last.1, true);
                pack(&files)
            }
        })
        .failed(Sub::SigCryptoFailure, [Finding::SignatureWrong])
        .by_openssl(Openssl::Plain),
    ]
}
