//! Cases of counter-signatures: "serial files with one bad signer". Nothing else at hand judges or makes them, so that what
//! is judged here was made here.

use super::signer::another_digest;
use super::*;

pub(super) fn counter_signatures(office: &Office) -> Vec<Case> {
    let serial = |name, fault: fn(&mut Plan)| case(name, Base::CounterSigned, office, fault);
    let ended = |name, stamped: bool| {
        case(name, Base::CounterSigned, office, |plan| {
            plan.holder.not_after = office.now - HOUR;
            plan.stamps_serial = stamped;
            plan.asked = office.now - 2 * HOUR;
        })
    };
    let expired = Finding::PathInvalid {
        fault: PathError::Expired {
            not_after: office.now - HOUR,
            holder: true,
        },
    };
    let revoked = |from, is_proven| Finding::Revoked {
        from,
        holder: true,
        is_proven,
    };
    let revoked_since = |name, from, stamped: bool| {
        case(name, Base::CounterSigned, office, |plan| {
            plan.revoked = Some((Whose::Holder, from));
            plan.stamps_serial = stamped;
        })
    };
    let between = office.claimed() + HOUR / 2;
    let later = office.stamped() + HOUR;
    let missing = |attribute| Finding::AttributeMissing { attribute };
    vec![
        serial("counter-signature-value", |plan| {
            plan.forged = |forge| Forge {
                breaks_value: true,
                ..forge
            };
        })
        .failed(Sub::SigCryptoFailure, [Finding::SignatureWrong]),
        serial("counter-signature-digest", |plan| plan.forged = another_digest)
            .failed(Sub::HashFailure, [Finding::ContentChanged]),
        serial("counter-signature-of-the-content", |plan| {
            plan.forged = |forge| {
                forge.instead(
                    oid::MESSAGE_DIGEST,
                    &octet_string(&DigestAlgorithm::Sha256.digest(CONTENT).value),
                )
            };
        })
        .failed(Sub::HashFailure, [Finding::ContentChanged]),
        serial("counter-signature-content-type", |plan| {
            plan.forged = |forge| forge.with(oid::CONTENT_TYPE, &object_identifier(oid::DATA));
        })
        .unsure(Sub::SigConstraintsFailure, [Finding::ContentTypeForbidden]),
        serial("counter-signature-without-digest", |plan| {
            plan.forged = |forge| forge.without(oid::MESSAGE_DIGEST);
        })
        .unsure(Sub::SigConstraintsFailure, [missing(RequiredAttribute::MessageDigest)]),
        serial("counter-signature-without-signing-certificate", |plan| {
            plan.forged = |forge| forge.without(oid::SIGNING_CERTIFICATE_V2);
        })
        .unsure(
            Sub::SigConstraintsFailure,
            [missing(RequiredAttribute::SigningCertificate)],
        ),
        // Valid: only a signature of a content has to tell its time.
        serial("counter-signature-without-signing-time", |plan| {
            plan.forged = |forge| forge.without(oid::SIGNING_TIME);
        }),
        serial("counter-signature-sha-1", |plan| {
            plan.forged = |forge| forge.with_sha1()
        })
        .unsure(Sub::CryptoConstraintsFailure, [Finding::AlgorithmWeak]),
        serial("counter-signature-no-non-repudiation", |plan| {
            plan.holder.non_repudiation = false;
        })
        .unsure(
            Sub::ChainConstraintsFailure,
            [Finding::CertificateNotQualified {
                fault: NesFault::NoNonRepudiation,
            }],
        ),
        ended("counter-signature-certificate-expired", false).unsure(Sub::OutOfBoundsNoPoe, [expired]),
        // Valid: the counter-signature is proven to be older.
        ended("counter-signature-certificate-expired-after-time-stamp", true),
        revoked_since("counter-signature-certificate-revoked", later, false)
            .unsure(Sub::RevokedNoPoe, [revoked(later, false)]),
        revoked_since("counter-signature-revoked-before-time-stamp", between, true)
            .failed(Sub::Revoked, [revoked(between, true)]),
        revoked_since("counter-signature-revoked-after-time-stamp", later, true),
        serial("counter-signature-time-stamp-of-another", |plan| {
            plan.stamps_serial = true;
            plan.stamps_another = true;
        })
        .unsure(
            Sub::SigConstraintsFailure,
            [Finding::TimestampInvalid {
                timestamp: TimestampKind::Signature,
                cause: Box::new(Finding::TimestampForAnother),
                others_hold: false,
            }],
        ),
        case(
            "counter-signature-of-another",
            Base::CounterSignedTwice,
            office,
            |plan| {
                plan.forged = |forge| Forge {
                    breaks_value: true,
                    ..forge
                };
            },
        )
        .failed(Sub::SigCryptoFailure, [Finding::SignatureWrong]),
        case(
            "counter-signatures-too-deep",
            Base::CounterSignedTwice,
            office,
            |plan| {
                plan.form = Form::Serial(5);
            },
        )
        .unsure(
            Sub::Generic,
            [Finding::LimitMet {
                limit: Limit::CounterSignatures,
            }],
        ),
        serial("counter-signature-unreadable", |plan| {
            plan.edited = |_, file| {
                changed(file, |_, additions| {
                    let bad = attribute::attribute(oid::COUNTERSIGNATURE, &sequence(&[]));
                    additions.unsigned_attributes.push(bad);
                })
            }
        })
        .unsure(Sub::Generic, [Finding::CounterSignatureMalformed]),
    ]
}
