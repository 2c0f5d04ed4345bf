//! Cases of certificates that were revoked, of what tells so, and of the authority that issued them.

use super::lasting::{missing, of_lists, with_unmatched, with_values};
use super::*;
use crate::der::element;

/// "revoked by CRL/OCSP": the claimed time is not trusted, so it does not matter whether it was before. A time-stamp is.
pub(super) fn revocation_of_holder(office: &Office) -> Vec<Case> {
    let revoked = |name, base, from| {
        case(name, base, office, |plan| {
            plan.revoked = Some((Whose::Holder, from));
        })
    };
    let suspended = |name, base, from| {
        case(name, base, office, |plan| {
            plan.revoked = Some((Whose::Holder, from));
            plan.on_hold = true;
        })
    };
    let held = |from| [Finding::Suspended { from, holder: true }];
    let found = |from, is_proven| {
        [Finding::Revoked {
            from,
            holder: true,
            is_proven,
        }]
    };
    let before = office.claimed() - HOUR;
    let between = office.claimed() + HOUR / 2;
    let after = office.stamped() + HOUR / 2;
    let long_after = office.completed() + HOUR / 2;
    vec![
        revoked("revoked-by-list", Base::BasicByList, before)
            .unsure(Sub::RevokedNoPoe, found(before, false))
            .by_openssl(Openssl::Lists),
        revoked("revoked-by-answer", Base::BasicByAnswer, before).unsure(Sub::RevokedNoPoe, found(before, false)),
        revoked("revoked-by-list-after-claimed-time", Base::BasicByList, between)
            .unsure(Sub::RevokedNoPoe, found(between, false))
            .by_openssl(Openssl::Lists),
        revoked("revoked-by-answer-after-claimed-time", Base::BasicByAnswer, between)
            .unsure(Sub::RevokedNoPoe, found(between, false)),
        revoked("revoked-by-list-before-time-stamp", Base::StampedByList, between)
            .failed(Sub::Revoked, found(between, true)),
        revoked("revoked-by-answer-before-time-stamp", Base::StampedByAnswer, between)
            .failed(Sub::Revoked, found(between, true)),
        revoked("p2-revoked-before-time-stamp", Base::P2, between).failed(Sub::Revoked, found(between, true)),
        suspended("suspended-by-list", Base::BasicByList, before)
            .unsure(Sub::TryLater, held(before))
            .by_openssl(Openssl::Lists),
        suspended("suspended-by-answer", Base::BasicByAnswer, before).unsure(Sub::TryLater, held(before)),
        suspended("suspended-by-list-before-time-stamp", Base::StampedByList, between)
            .unsure(Sub::TryLater, held(between)),
        suspended("suspended-by-answer-after-time-stamp", Base::StampedByAnswer, after),
        // Valid: the signature is proven to be older.
        revoked("revoked-by-list-after-time-stamp", Base::StampedByList, after),
        revoked("revoked-by-answer-after-time-stamp", Base::StampedByAnswer, after),
        revoked("p2-revoked-after-time-stamp", Base::P2, after),
        revoked("b-lt-revoked-after-completion", Base::LongTerm, long_after),
        revoked("b-lta-revoked-after-completion", Base::Archived, long_after),
        revoked("p3-revoked-after-completion", Base::P3, long_after),
        revoked("p4-revoked-after-completion", Base::P4, long_after),
    ]
}

pub(super) fn unknown(cause: UnknownState) -> [Finding; 1] {
    [Finding::RevocationUnknown { cause, holder: true }]
}

/// "expired/bad-signed CRL or OCSP; expired/bad OCSP responder cert; OCSP answer for another cert"
pub(super) fn evidence(office: &Office) -> Vec<Case> {
    let by_list = |name, fault: fn(&mut Plan)| case(name, Base::BasicByList, office, fault);
    let by_answer = |name, fault: fn(&mut Plan)| case(name, Base::BasicByAnswer, office, fault);
    let old = |plan: &mut Plan| plan.asked -= 2 * DAY;
    let broken = |plan: &mut Plan| plan.services.breaks_revocation = true;
    let outdated = || unknown(UnknownState::Outdated);
    let not_authorized = || unknown(UnknownState::NotAuthorized);
    vec![
        by_list("list-expired", old)
            .unsure(Sub::TryLater, outdated())
            .by_openssl(Openssl::Lists),
        by_list("list-signature", broken)
            .unsure(Sub::TryLater, not_authorized())
            .by_openssl(Openssl::Lists),
        by_answer("answer-expired", old).unsure(Sub::TryLater, outdated()),
        by_answer("answer-signature", broken).unsure(Sub::TryLater, not_authorized()),
        by_answer("responder-certificate-expired", |plan| {
            plan.services.responding_validity = Some((plan.asked - 2 * DAY, plan.asked - HOUR));
        })
        .unsure(Sub::TryLater, unknown(UnknownState::ResponderNotValid)),
        // It was valid when it says that it answered, and is not any more when it is to tell of.
        by_answer("responder-certificate-expired-since", |plan| {
            plan.asked -= 2 * HOUR;
            plan.services.responding_validity = Some((plan.asked - 2 * DAY, plan.asked + HOUR));
        })
        .unsure(Sub::TryLater, unknown(UnknownState::ResponderNotValid)),
        by_answer("responder-certificate-not-for-answers", |plan| {
            plan.services.responding_not_allowed = true;
        })
        .unsure(Sub::TryLater, not_authorized()),
        by_answer("responder-certificate-signature", |plan| plan.breaks_responder = true)
            .unsure(Sub::TryLater, not_authorized()),
        // Such a file brings nothing that speaks of the certificate, so it takes someone who asks to miss it.
        Case {
            asks: true,
            ..by_answer("answer-for-another", |plan| plan.services.answers_for_another = true)
                .unsure(Sub::TryLater, unknown(UnknownState::NoEvidence))
        },
        // A profile that wants it within the file misses it there.
        case("p4-answer-for-another", Base::P4, office, |plan| {
            plan.edited = |long, file| {
                let another = ServiceOptions {
                    answers_for_another: true,
                    ..ServiceOptions::default()
                };
                let services = Services::new(long.world.authority.clone(), another).unwrap();
                let issuer = Certificate::parse(long.world.authority.issuing_der()).unwrap();
                let question = ocsp::request(&long.world.certificate, &issuer, [7; 16]);
                let at = *long.clock.lock().unwrap();
                let answer = services.respond("/ocsp", &question, at).unwrap().unwrap();
                let evidence = Evidence {
                    answers: vec![OcspAnswer::parse(&answer).unwrap()],
                    lists: Vec::new(),
                };
                with_values(long, file, &[evidence, of_lists(long, &["root.crl"])])
            }
        })
        .unsure(
            Sub::SigConstraintsFailure,
            [
                with_unmatched(missing([PolicyAttribute::RevocationValues])),
                missing([PolicyAttribute::OcspAnswer]),
            ]
            .concat(),
        ),
    ]
}

/// Ours: lists that are honest, and do not tell of the certificate.
pub(super) fn scopes(office: &Office) -> Vec<Case> {
    let by_list = |name, fault: fn(&mut Plan)| case(name, Base::BasicByList, office, fault);
    let silent = |case: Case, cause| Case {
        asks: true,
        ..case.unsure(Sub::TryLater, unknown(cause))
    };
    let ended = |name, fault: fn(&mut Plan)| {
        case(name, Base::StampedByList, office, |plan| {
            plan.holder.not_after = office.stamped() + HOUR;
            fault(plan);
        })
    };
    vec![
        silent(
            by_list("list-of-changes", |plan| {
                let holders = sequence(&[&[0x81, 1, 0xFF]]);
                plan.services.list_extensions = vec![
                    extension("2.5.29.27", true, &[2, 1, 6]),
                    extension("2.5.29.28", true, &holders),
                ];
            }),
            UnknownState::Partial,
        ),
        silent(
            by_list("list-of-another-part", |plan| {
                plan.services.list_extensions = vec![part_at("http://pki.test.invalid/another.crl")];
            }),
            UnknownState::OtherCertificates,
        ),
        by_list("list-of-its-part", |plan| {
            plan.services.list_extensions = vec![part_at("http://pki.test.invalid/issuing.crl")];
        }),
        by_list("list-with-an-entry-that-is-not-understood", |plan| {
            plan.revoked = Some((Whose::Timestamping, plan.asked - DAY));
            plan.services.entry_extensions = vec![extension("2.5.29.29", true, &sequence(&[]))];
        })
        .unsure(Sub::TryLater, unknown(UnknownState::NotUnderstood)),
        // Whoever was revoked may be left out of the lists that come after the certificate's end.
        ended("list-from-after-the-certificates-end", |_| {}).unsure(Sub::TryLater, unknown(UnknownState::AfterEnd)),
        ended("list-that-keeps-what-has-ended", |plan| {
            let from = element(tag::GENERALIZED_TIME, &[b"20000101000000Z"]);
            plan.services.list_extensions = vec![extension("2.5.29.60", false, &from)];
        }),
    ]
}

fn extension(oid: &str, critical: bool, value: &[u8]) -> x509_cert::ext::Extension {
    x509_cert::ext::Extension {
        extn_id: oid.parse().unwrap(),
        critical,
        extn_value: ::der::asn1::OctetString::new(value).unwrap(),
    }
}

/// issuingDistributionPoint of a part of an issuer's list.
fn part_at(address: &str) -> x509_cert::ext::Extension {
    let name = element(0x86, &[address.as_bytes()]);
    let point = context(0, &[&context(0, &[&name])]);
    extension("2.5.29.28", true, &sequence(&[&point]))
}

/// "sub-CA bad/revoked"
pub(super) fn issuing_authority(office: &Office) -> Vec<Case> {
    let invalid = |name, sub, fault: PathError, wrong: &dyn Fn(&mut Plan)| {
        case(name, Base::BasicByList, office, wrong)
            .unsure(sub, [Finding::PathInvalid { fault }])
            .by_openssl(Openssl::Plain)
    };
    let ended = office.now - HOUR;
    let expired = PathError::Expired {
        not_after: ended,
        holder: false,
    };
    let from = office.claimed() - HOUR;
    vec![
        invalid(
            "issuing-certificate-signature",
            Sub::CertificateChainGeneralFailure,
            PathError::WrongSignature,
            &|plan| plan.breaks_issuing = true,
        ),
        invalid("issuing-certificate-expired", Sub::OutOfBoundsNoPoe, expired, &|plan| {
            plan.issuing.issuing_not_after = ended
        }),
        invalid(
            "issuing-certificate-not-of-an-authority",
            Sub::ChainConstraintsFailure,
            PathError::NotAuthority,
            &|plan| plan.issuing.issuing_is_authority = false,
        ),
        invalid(
            "issuing-certificate-may-not-sign-certificates",
            Sub::ChainConstraintsFailure,
            PathError::NoCertificateSigning,
            &|plan| plan.issuing.issuing_signs_certificates = false,
        ),
        case("issuing-certificate-revoked", Base::BasicByList, office, |plan| {
            plan.revoked = Some((Whose::Issuing, from));
        })
        .unsure(
            Sub::RevokedCaNoPoe,
            [Finding::Revoked {
                from,
                holder: false,
                is_proven: false,
            }],
        )
        .by_openssl(Openssl::Lists),
    ]
}
