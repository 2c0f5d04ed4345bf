//! Cases of what makes a signature last: time-stamps, policies, references and values.

use super::*;
use crate::certificate::ocsp::{self, OcspAnswer};

/// "TS imprint broken / TS signature broken / TSA cert expired, bad or revoked before"
pub(super) fn timestamps(office: &Office) -> Vec<Case> {
    let stamped = |name, fault: &dyn Fn(&mut Plan)| case(name, Base::StampedByList, office, fault);
    let because = |cause| {
        [Finding::TimestampInvalid {
            timestamp: TimestampKind::Signature,
            cause: Box::new(cause),
            others_hold: false,
        }]
    };
    let path = |fault| because(Finding::PathInvalid { fault });
    let valid_until = |name, not_after| {
        let fault = PathError::Expired {
            not_after,
            holder: true,
        };
        stamped(name, &|plan| {
            plan.services.timestamping_validity = Some((office.now - 3 * DAY, not_after));
        })
        .unsure(Sub::OutOfBoundsNoPoe, path(fault))
        .by_openssl(Openssl::Timestamp)
    };
    let revoked = |name, from| stamped(name, &|plan| plan.revoked = Some((Whose::Timestamping, from)));
    let found = |from, is_proven| {
        because(Finding::Revoked {
            from,
            holder: true,
            is_proven,
        })
    };
    let (before, after) = (office.stamped() - HOUR, office.stamped() + HOUR);
    vec![
        stamped("time-stamp-imprint", &|plan| plan.stamps_another = true)
            .unsure(Sub::SigConstraintsFailure, because(Finding::TimestampForAnother))
            .by_openssl(Openssl::Timestamp),
        stamped("time-stamp-signature", &|plan| plan.services.breaks_timestamps = true)
            .unsure(Sub::SigConstraintsFailure, because(Finding::SignatureWrong))
            .by_openssl(Openssl::Timestamp),
        valid_until("time-stamping-certificate-expired", office.now - HOUR),
        valid_until(
            "time-stamping-certificate-expired-before-time-stamp",
            office.stamped() - HOUR,
        ),
        stamped("time-stamping-certificate-not-for-time-stamps", &|plan| {
            plan.services.timestamping_not_allowed = true;
        })
        .unsure(
            Sub::ChainConstraintsFailure,
            because(Finding::CertificateNotForTimestamps),
        )
        .by_openssl(Openssl::Timestamp),
        stamped("time-stamping-certificate-signature", &|plan| {
            plan.services.breaks_timestamping_certificate = true;
        })
        .unsure(Sub::CertificateChainGeneralFailure, path(PathError::WrongSignature))
        .by_openssl(Openssl::Timestamp),
        revoked("time-stamping-certificate-revoked-before-time-stamp", before)
            .unsure(Sub::SigConstraintsFailure, found(before, true)),
        // Ours: a time-stamp by a key that was lost later proves nothing without an archive time-stamp from before.
        revoked("time-stamping-certificate-revoked-after-time-stamp", after)
            .unsure(Sub::RevokedNoPoe, found(after, false)),
    ]
}

pub(super) fn missing<const N: usize>(attributes: [PolicyAttribute; N]) -> Vec<Finding> {
    attributes
        .map(|attribute| Finding::PolicyAttributeMissing { attribute })
        .into()
}

/// "wrong policy OID or hash"
pub(super) fn policies(office: &Office) -> Vec<Case> {
    vec![
        case("policy-identifier", Base::P2, office, |plan| {
            plan.forged = |forge| {
                let digest = sequence(&[
                    &sequence(&[&object_identifier(DigestAlgorithm::Sha256.oid())]),
                    &octet_string(&[7; 32]),
                ]);
                let policy = sequence(&[&object_identifier(oid::DATA), &digest]);
                forge.instead(oid::SIGNATURE_POLICY, &policy)
            }
        })
        .unsure(
            Sub::SignaturePolicyNotAvailable,
            [Finding::PolicyUnknown {
                oid: oid::DATA.to_string(),
            }],
        ),
        case("policy-digest", Base::P4, office, |plan| {
            plan.forged = |forge| {
                let mut policy = Profile::P4.encode().unwrap();
                let guide = [0xFF, 0x39, 0xBD, 0x29];
                let place = policy.windows(4).position(|window| window == guide).unwrap();
                policy[place] ^= 1;
                forge.instead(oid::SIGNATURE_POLICY, &policy)
            }
        })
        .unsure(Sub::PolicyProcessingError, [Finding::PolicyDiffers]),
        // Ours: the guide wants the address signed along, and a policy that is implied says nothing.
        case("policy-address", Base::P2, office, |plan| {
            plan.forged = |forge| {
                let policy = Profile::P2.encode().unwrap();
                let parts = der::Element::parse(&policy, tag::SEQUENCE).unwrap().children().unwrap();
                let parts = parts.elements().unwrap();
                let policy = sequence(&[parts[0].encoded(), parts[1].encoded()]);
                forge.instead(oid::SIGNATURE_POLICY, &policy)
            }
        })
        .unsure(Sub::SigConstraintsFailure, missing([PolicyAttribute::Address])),
        case("policy-implied", Base::P2, office, |plan| {
            plan.forged = |forge| forge.instead(oid::SIGNATURE_POLICY, &[tag::NULL, 0]);
        })
        .unsure(Sub::PolicyProcessingError, [Finding::PolicyDiffers]),
        // The identifier of P4 over what P3 asks for.
        case("policy-of-answers-by-lists", Base::P4, office, |plan| {
            plan.edited = |long, file| {
                let lists = [of_lists(long, &["issuing.crl"]), of_lists(long, &["root.crl"])];
                with_values(long, file, &lists)
            }
        })
        .unsure(Sub::SigConstraintsFailure, missing([PolicyAttribute::OcspAnswer])),
        // And the other way round.
        case("policy-of-lists-by-answers", Base::P3, office, |plan| {
            plan.edited = |long, file| with_values(long, file, &[of_answer(long), of_lists(long, &["root.crl"])])
        })
        .unsure(Sub::SigConstraintsFailure, missing([PolicyAttribute::RevocationList])),
        // Ours: two hours are allowed.
        case("time-stamp-three-hours-late", Base::P2, office, |plan| {
            plan.forged = |forge| {
                let claimed = forge.world.now - 2 * HOUR;
                forge.instead(oid::SIGNING_TIME, &der::write_time(claimed))
            }
        })
        .unsure(Sub::SigConstraintsFailure, [Finding::TimestampTooLate]),
        // Ours: the list that would tell is asked for before the time of grace is over.
        case("list-from-the-time-of-grace", Base::P2, office, |plan| {
            plan.asked = office.stamped() - HOUR;
        })
        .unsure(Sub::TryLater, [Finding::GracePeriodNotOver]),
    ]
}

/// "missing or wrong cert/revocation refs; missing values"
pub(super) fn references_and_values(office: &Office) -> Vec<Case> {
    let long_lived = |name, edited| case(name, Base::P4, office, |plan| plan.edited = edited);
    let unsure = |case: Case, findings: Vec<Finding>| case.unsure(Sub::SigConstraintsFailure, findings);
    vec![
        unsure(
            long_lived("time-stamp-missing", |_, file| without(file, oid::SIGNATURE_TIMESTAMP)),
            missing([PolicyAttribute::SignatureTimestamp]),
        ),
        unsure(
            case("p2-time-stamp-missing", Base::P2, office, |plan| {
                plan.edited = |_, file| without(file, oid::SIGNATURE_TIMESTAMP);
            }),
            missing([PolicyAttribute::SignatureTimestamp]),
        ),
        unsure(
            long_lived("certificate-references-missing", |_, file| {
                without(file, oid::CERTIFICATE_REFERENCES)
            }),
            missing([PolicyAttribute::CertificateReferences]),
        ),
        unsure(
            long_lived("revocation-references-missing", |_, file| {
                without(file, oid::REVOCATION_REFERENCES)
            }),
            missing([PolicyAttribute::RevocationReferences]),
        ),
        unsure(
            long_lived("certificate-references-wrong", |_, file| {
                damaged(file, oid::CERTIFICATE_REFERENCES, first_digest)
            }),
            vec![Finding::ReferenceUnmatched],
        ),
        unsure(
            long_lived("revocation-references-wrong", |_, file| {
                damaged(file, oid::REVOCATION_REFERENCES, first_digest)
            }),
            vec![Finding::ReferenceUnmatched],
        ),
        unsure(
            long_lived("certificate-values-missing", |_, file| {
                without(file, oid::CERTIFICATE_VALUES)
            }),
            // What proves the time-stamp has the same issuers, so that what is referred to is there.
            missing([PolicyAttribute::CertificateValues]),
        ),
        unsure(
            long_lived("revocation-values-missing", |_, file| {
                without(file, oid::REVOCATION_VALUES)
            }),
            [
                with_unmatched(missing([PolicyAttribute::RevocationValues])),
                missing([PolicyAttribute::OcspAnswer]),
            ]
            .concat(),
        ),
        // Consistent, but silent about the issuing authority.
        unsure(
            long_lived("revocation-values-incomplete", |long, file| {
                with_values(long, file, &[of_holder(file)])
            }),
            with_unmatched(missing([PolicyAttribute::RevocationValues])),
        ),
        // The values are there, and the references to the half of them.
        unsure(
            long_lived("revocation-references-incomplete", |long, file| {
                let half = with_values(long, file, &[of_holder(file)]);
                let half = SignedData::parse(&half).unwrap();
                let mut references = half.signers[0].unsigned_attributes.iter();
                let references = references.find(|attribute| attribute.oid == oid::REVOCATION_REFERENCES);
                changed(&without(file, oid::REVOCATION_REFERENCES), |_, additions| {
                    additions.unsigned_attributes.push(references.unwrap().encoded.to_vec());
                })
            }),
            vec![Finding::ReferenceUnmatched],
        ),
        // The last octet is of the signature of the responder's certificate.
        long_lived("revocation-values-damaged", |_, file| {
            damaged(file, oid::REVOCATION_VALUES, |value| value.len() - 1)
        })
        .unsure(
            Sub::SigConstraintsFailure,
            [
                with_unmatched(missing([PolicyAttribute::RevocationValues])),
                missing([PolicyAttribute::OcspAnswer]),
            ]
            .concat(),
        ),
        // Everything is there and referred to, and somebody who may tells that nothing was revoked, but not in the way that
        // the profile asks for: that part is signed by nobody who may.
        unsure(
            long_lived("p4-answer-signature", |long, file| {
                with_values(long, file, &[of_forged(long, true), of_lists(long, &["root.crl"])])
            }),
            missing([PolicyAttribute::OcspAnswer]),
        ),
        unsure(
            case("p3-list-signature", Base::P3, office, |plan| {
                plan.edited =
                    |long, file| with_values(long, file, &[of_forged(long, false), of_lists(long, &["root.crl"])]);
            }),
            missing([PolicyAttribute::RevocationList]),
        ),
    ]
}

/// The same of what P3 asks for, where lists take the place of answers.
pub(super) fn references_and_lists(office: &Office) -> Vec<Case> {
    let long_lived = |name, edited| case(name, Base::P3, office, |plan| plan.edited = edited);
    let unsure = |case: Case, findings: Vec<Finding>| case.unsure(Sub::SigConstraintsFailure, findings);
    let untold = || {
        [
            with_unmatched(missing([PolicyAttribute::RevocationValues])),
            missing([PolicyAttribute::RevocationList]),
        ]
        .concat()
    };
    vec![
        unsure(
            long_lived("p3-time-stamp-missing", |_, file| {
                without(file, oid::SIGNATURE_TIMESTAMP)
            }),
            missing([PolicyAttribute::SignatureTimestamp]),
        ),
        unsure(
            long_lived("p3-certificate-references-missing", |_, file| {
                without(file, oid::CERTIFICATE_REFERENCES)
            }),
            missing([PolicyAttribute::CertificateReferences]),
        ),
        unsure(
            long_lived("p3-revocation-references-missing", |_, file| {
                without(file, oid::REVOCATION_REFERENCES)
            }),
            missing([PolicyAttribute::RevocationReferences]),
        ),
        unsure(
            long_lived("p3-certificate-references-wrong", |_, file| {
                damaged(file, oid::CERTIFICATE_REFERENCES, first_digest)
            }),
            vec![Finding::ReferenceUnmatched],
        ),
        unsure(
            long_lived("p3-revocation-references-wrong", |_, file| {
                damaged(file, oid::REVOCATION_REFERENCES, first_digest)
            }),
            vec![Finding::ReferenceUnmatched],
        ),
        unsure(
            long_lived("p3-certificate-values-missing", |_, file| {
                without(file, oid::CERTIFICATE_VALUES)
            }),
            missing([PolicyAttribute::CertificateValues]),
        ),
        unsure(
            long_lived("p3-revocation-values-missing", |_, file| {
                without(file, oid::REVOCATION_VALUES)
            }),
            untold(),
        ),
        // The list that the holder's certificate would stand in, and none of the root's.
        unsure(
            long_lived("p3-revocation-values-incomplete", |long, file| {
                with_values(long, file, &[of_lists(long, &["issuing.crl"])])
            }),
            untold(),
        ),
    ]
}

pub(super) fn with_unmatched(findings: Vec<Finding>) -> Vec<Finding> {
    [findings, vec![Finding::ReferenceUnmatched]].concat()
}

/// The answer on the holder's certificate in a signature of P4.
fn of_holder(signature: &[u8]) -> Evidence {
    let signed_data = SignedData::parse(signature).unwrap();
    let value = signed_data.signers[0].unsigned_values(oid::REVOCATION_VALUES).next();
    Evidence {
        lists: Vec::new(),
        ..references::parse_revocation_values(value.unwrap()).unwrap()
    }
}

/// Where the first digest of SHA-256 begins.
fn first_digest(references: &[u8]) -> usize {
    references.windows(2).position(|window| window == [4, 32]).unwrap() + 2
}

pub(super) fn of_lists(long: &LongWorld, names: &[&str]) -> Evidence {
    lists_by(&long.services, long, names)
}

fn lists_by(services: &Services, long: &LongWorld, names: &[&str]) -> Evidence {
    let at = *long.clock.lock().unwrap();
    let list = |name: &&str| Crl::parse(&services.respond(name, &[], at).unwrap().unwrap()).unwrap();
    Evidence {
        answers: Vec::new(),
        lists: names.iter().map(list).collect(),
    }
}

/// An answer about the holder.
fn of_answer(long: &LongWorld) -> Evidence {
    answer_by(&long.services, long)
}

fn answer_by(services: &Services, long: &LongWorld) -> Evidence {
    let at = *long.clock.lock().unwrap();
    let issuing = Certificate::parse(long.world.authority.issuing_der()).unwrap();
    let request = ocsp::request(&long.world.certificate, &issuing, [1; 16]);
    let answer = services.respond("ocsp", &request, at).unwrap().unwrap();
    Evidence {
        answers: vec![OcspAnswer::parse(&answer).unwrap()],
        lists: Vec::new(),
    }
}

/// An answer and a list about the holder, of which one is forged.
fn of_forged(long: &LongWorld, forges_answer: bool) -> Evidence {
    let broken = ServiceOptions {
        breaks_revocation: true,
        ..ServiceOptions::default()
    };
    let forger = Services::new(long.world.authority.clone(), broken).unwrap();
    let (answerer, lister) = if forges_answer {
        (&forger, &long.services)
    } else {
        (&long.services, &forger)
    };
    Evidence {
        lists: lists_by(lister, long, &["issuing.crl"]).lists,
        ..answer_by(answerer, long)
    }
}

/// The signature with references to, and the values of, other evidence.
pub(super) fn with_values(long: &LongWorld, signature: &[u8], evidence: &[Evidence]) -> Vec<u8> {
    let world = &long.world;
    let issuing = Certificate::parse(world.authority.issuing_der()).unwrap();
    let path = [world.certificate.clone(), issuing, world.trust.roots()[0].clone()];
    changed(signature, |signed_data, additions| {
        let attributes = &mut signed_data.signers[0].unsigned_attributes;
        attributes.retain(|attribute| attribute.oid == oid::SIGNATURE_TIMESTAMP);
        additions.unsigned_attributes = references::attributes(&path, evidence);
    })
}
