//! What is told of answers, lists, issuers and paths as odd as servers and authorities make them: a signature passes where they
//! tell, and where they do not the report says why.

mod answers;
mod paths;

use std::sync::LazyLock;

use const_oid::db::{rfc5280, rfc5912};

use super::mint::{
    ADDRESS, Answer, GOOD, HOUR, Issue, Judged, List, Party, Town, UNKNOWN, access, called, entry, extension, name,
    oid, points, reason, revoked, single, uri,
};
use super::*;
use crate::certificate::revocation::UnknownState;
use crate::signature::source::FetchError;

fn passed() -> Judged {
    Judged {
        verdict: Verdict::TotalPassed,
        faults: Vec::new(),
    }
}

fn unsure(finding: Finding) -> Judged {
    Judged {
        verdict: Verdict::Indeterminate,
        faults: vec![finding],
    }
}

fn unknown(cause: UnknownState) -> Judged {
    unsure(Finding::RevocationUnknown { cause, holder: true })
}

fn was_revoked(from: SystemTime) -> Judged {
    unsure(Finding::Revoked {
        from: long_world::truncated(from),
        holder: true,
        is_proven: false,
    })
}

/// The same moment, however often it is asked for.
fn yesterday() -> SystemTime {
    static YESTERDAY: LazyLock<SystemTime> = LazyLock::new(|| long_world::truncated(SystemTime::now()) - DAY);
    *YESTERDAY
}

/// A root that issues and tells for itself.
fn root() -> Party {
    Issue::authority("TEST Kök").by_itself()
}

fn issuing_point(parts: &[&[u8]]) -> Vec<u8> {
    extension(rfc5280::ID_CE_ISSUING_DISTRIBUTION_POINT, true, &sequence(parts))
}

fn delta() -> Vec<u8> {
    extension(oid("2.5.29.27"), true, &[2, 1, 5])
}

fn in_pem(label: &str, der: &[u8]) -> Vec<u8> {
    use base64::Engine as _;
    let body = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n").into_bytes()
}

/// What is told of a person where their points, of which there are so many, give these.
fn told_by_lists<const POINTS: usize>(
    make: impl Fn(&Party, &Certificate) -> [Result<Vec<u8>, FetchError>; POINTS],
) -> Judged {
    let root = root();
    let files = &["1.crl", "2.crl"][..POINTS];
    let person = Issue::person().with(points(files)).by(&root);
    let mut town = Town::default();
    for (file, answer) in files.iter().zip(make(&root, &person.certificate)) {
        town.serve(file, move |_| answer.clone());
    }
    town.judge(&person, &[], &root)
}

fn told_by_list(make: impl Fn(&Party, &Certificate) -> Vec<u8>) -> Judged {
    told_by_lists(|root, person| [Ok(make(root, person))])
}

#[test]
fn a_list_tells_as_much_as_it_is_for() {
    let whole = |entries: &[Vec<u8>], more: &[Vec<u8>]| List::of(entries, more);
    let of_extensions = |extensions: &[Vec<u8>]| told_by_list(|root, _| whole(&[], extensions).by(root));
    let with_entry = |extensions: &[Vec<u8>], of_entry: &[Vec<u8>]| {
        told_by_list(|root, person| whole(&[entry(person, yesterday(), of_entry)], extensions).by(root))
    };
    assert_eq!(of_extensions(&[]), passed());
    assert_eq!(with_entry(&[], &[]), was_revoked(yesterday()));

    let users = issuing_point(&[&[0x81, 1, 0xFF]]);
    let authorities = issuing_point(&[&[0x82, 1, 0xFF]]);
    let both = issuing_point(&[&[0x81, 1, 0xFF], &[0x82, 1, 0xFF]]);
    let attributes = issuing_point(&[&[0x85, 1, 0xFF]]);
    let at = |file: &str| issuing_point(&[&context(0, &[&context(0, &[&uri(file)])])]);
    assert_eq!(of_extensions(&[users]), passed());
    assert_eq!(of_extensions(&[at("1.crl")]), passed());
    for other in [authorities, both, attributes, at("another.crl")] {
        assert_eq!(
            of_extensions(std::slice::from_ref(&other)),
            unknown(UnknownState::OtherCertificates)
        );
        assert_eq!(with_entry(&[other], &[]), unknown(UnknownState::OtherCertificates));
    }

    // A part tells of those who stand in it.
    let some_reasons = issuing_point(&[&[0x83, 2, 6, 0x40]]);
    let indirect = issuing_point(&[&[0x84, 1, 0xFF]]);
    for part in [some_reasons, indirect, delta()] {
        assert_eq!(
            of_extensions(std::slice::from_ref(&part)),
            unknown(UnknownState::Partial)
        );
        assert_eq!(with_entry(&[part], &[]), was_revoked(yesterday()));
    }
    assert_eq!(with_entry(&[delta()], &[reason(8)]), unknown(UnknownState::Partial));
    assert_eq!(with_entry(&[], &[reason(8)]), was_revoked(yesterday()));
    let another_issuer = extension(
        oid("2.5.29.29"),
        true,
        &sequence(&[&context(4, &[&called("TEST Başka")])]),
    );
    for extensions in [&[][..], &[issuing_point(&[&[0x84, 1, 0xFF]])]] {
        let judged = with_entry(extensions, std::slice::from_ref(&another_issuer));
        assert_eq!(judged, unknown(UnknownState::NotUnderstood));
    }
    // What is critical and not known makes it of no use at all.
    let strange = extension(oid("2.16.792.9.9"), true, &[5, 0]);
    assert_eq!(
        of_extensions(std::slice::from_ref(&strange)),
        unknown(UnknownState::Partial)
    );
    assert_eq!(with_entry(&[strange], &[]), unknown(UnknownState::Partial));
    // A number nobody counts by.
    let number = extension(rfc5280::ID_CE_CRL_NUMBER, false, &[2, 1, 0xFF]);
    assert_eq!(of_extensions(std::slice::from_ref(&number)), passed());
    assert_eq!(with_entry(&[number], &[]), was_revoked(yesterday()));
}

#[test]
fn lists_of_some_reasons_tell_together_what_one_of_all_would() {
    let of_reasons = |root: &Party, reasons: [u8; 2]| {
        let flags = element(tag::context(3), &[&[7], &reasons]);
        Ok(List::of(&[], &[issuing_point(&[&flags])]).by(root))
    };
    let both = |one: [u8; 2], other: [u8; 2]| told_by_lists(|root, _| [of_reasons(root, one), of_reasons(root, other)]);
    assert_eq!(both([0x60, 0], [0x1F, 0x80]), passed());
    assert_eq!(both([0x60, 0], [0x1E, 0x80]), unknown(UnknownState::Partial));
    assert_eq!(both([0x60, 0], [0x60, 0]), unknown(UnknownState::Partial));
    let second_tells = told_by_lists(|root, person| {
        let flags = element(tag::context(3), &[&[7], &[0x1F, 0x80]]);
        let list = List::of(&[entry(person, yesterday(), &[])], &[issuing_point(&[&flags])]);
        [of_reasons(root, [0x60, 0]), Ok(list.by(root))]
    });
    assert_eq!(second_tells, was_revoked(yesterday()));
}

#[test]
fn a_list_that_cannot_be_used_is_told_of_with_its_reason() {
    let now = SystemTime::now();
    let made = |made, next| {
        told_by_list(|root, _| {
            List {
                made,
                next,
                ..List::of(&[], &[])
            }
            .by(root)
        })
    };
    assert_eq!(
        made(now - 9 * DAY, Some(now - 2 * DAY)),
        unknown(UnknownState::Outdated)
    );
    assert_eq!(made(now + HOUR, Some(now + DAY)), unknown(UnknownState::FromFuture));
    assert_eq!(made(now - HOUR, None), unknown(UnknownState::NoNextUpdate));
    assert_eq!(made(now, None), passed());
    let by_another = told_by_list(|root, _| {
        let another = Party {
            key: PrivateKey::generate(KeyKind::P256),
            ..root.clone()
        };
        List::of(&[], &[]).by(&another)
    });
    assert_eq!(by_another, unknown(UnknownState::NotAuthorized));
    let no_der = told_by_list(|root, _| {
        let odd = sequence(&[&[2, 2, 0, 7], &der::write_time(now - DAY)]);
        List::of(&[odd], &[]).by(root)
    });
    assert_eq!(no_der, unknown(UnknownState::Unreadable));
    assert_eq!(
        told_by_list(|root, _| in_pem("X509 CRL", &List::of(&[], &[]).by(root))),
        passed()
    );
    let revoked_in_pem =
        told_by_list(|root, person| in_pem("X509 CRL", &List::of(&[entry(person, yesterday(), &[])], &[]).by(root)));
    assert_eq!(revoked_in_pem, was_revoked(yesterday()));

    for (answer, cause) in [
        (
            Ok(b" \n<!doctype html><title>Giri\xc5\x9f</title>".to_vec()),
            UnknownState::WebPage,
        ),
        (Ok(Vec::new()), UnknownState::Unreadable),
        (Ok(b"nothing".to_vec()), UnknownState::Unreadable),
        (Err(FetchError::Status(404)), UnknownState::HttpStatus { status: 404 }),
        (Err(FetchError::Status(503)), UnknownState::HttpStatus { status: 503 }),
        (Err(FetchError::TooLarge), UnknownState::TooLarge),
        (Err(FetchError::TooLate), UnknownState::TooLate),
        (Err(FetchError::Failed(String::new())), UnknownState::Unreachable),
        (Err(FetchError::NotAsked), UnknownState::NoEvidence),
    ] {
        assert_eq!(told_by_lists(|_, _| [answer.clone()]), unknown(cause));
        // The second point tells.
        let second = told_by_lists(|root, _| [answer.clone(), Ok(List::of(&[], &[]).by(root))]);
        assert_eq!(second, passed());
    }
}
