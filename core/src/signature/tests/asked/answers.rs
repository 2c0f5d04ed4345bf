//! Answers of responders.

use super::*;

/// What is told of a person by a responder, which is asked with a nonce; and by a list that is not there.
fn told_by_answer(
    make: impl Fn(&Party, &Party, &Certificate, &[u8]) -> Result<Vec<u8>, FetchError> + Send + Sync + 'static,
) -> Judged {
    let root = root();
    let responder = Issue::responder().by(&root);
    told_by(&root, responder, make)
}

fn told_by(
    root: &Party,
    responder: Party,
    make: impl Fn(&Party, &Party, &Certificate, &[u8]) -> Result<Vec<u8>, FetchError> + Send + Sync + 'static,
) -> Judged {
    let person = Issue::person().with(access(rfc5912::ID_AD_OCSP, &["ocsp"])).by(root);
    let mut town = Town::default();
    let (issuer, asked) = (root.clone(), person.certificate.clone());
    town.serve("ocsp", move |request| make(&issuer, &responder, &asked, request));
    town.judge(&person, &[], root)
}

fn of_status(person: &Certificate, root: &Party, status: &[u8]) -> Vec<u8> {
    let now = SystemTime::now();
    single(person, root, status, now - HOUR, Some(now + DAY))
}

fn good(person: &Certificate, root: &Party) -> Vec<u8> {
    of_status(person, root, GOOD)
}

#[test]
fn an_answer_tells_whoever_signed_it_that_may() {
    let simple = |root: &Party, responder: &Party, person: &Certificate| Answer::of(&[good(person, root)], responder);
    let by_responder =
        told_by_answer(move |root, responder, person, _| Ok(simple(root, responder, person).by(&responder.key)));
    assert_eq!(by_responder, passed());
    let by_key = told_by_answer(move |root, responder, person, _| {
        use sha1::Digest as _;
        let hash = sha1::Sha1::digest(responder.certificate.public_key_bits());
        let answer = Answer {
            responder: context(2, &[&octet_string(&hash)]),
            ..simple(root, responder, person)
        };
        Ok(answer.by(&responder.key))
    });
    assert_eq!(by_key, passed());
    let by_issuer = told_by_answer(move |root, _, person, _| {
        let answer = Answer {
            certificates: Vec::new(),
            ..simple(root, root, person)
        };
        Ok(answer.by(&root.key))
    });
    assert_eq!(by_issuer, passed());
    // The same name in other letters (RFC 5280, 7.1).
    let by_name = told_by_answer(move |root, responder, person, _| {
        let answer = Answer {
            responder: context(1, &[&called("test  durum")]),
            ..simple(root, responder, person)
        };
        Ok(answer.by(&responder.key))
    });
    assert_eq!(by_name, passed());

    let root = root();
    let stranger = Issue::authority("TEST Başka").by_itself();
    let answer = move |root: &Party, responder: &Party, person: &Certificate, _: &[u8]| {
        Ok(Answer::of(&[good(person, root)], responder).by(&responder.key))
    };
    let not_for_it = Issue {
        extensions: Vec::new(),
        ..Issue::responder()
    };
    for (responder, cause) in [
        (Issue::responder().expired().by(&root), UnknownState::ResponderNotValid),
        (not_for_it.by(&root), UnknownState::NotAuthorized),
        (Issue::responder().by(&stranger), UnknownState::NotAuthorized),
        (Issue::responder().by_itself(), UnknownState::NotAuthorized),
    ] {
        assert_eq!(told_by(&root, responder, answer), unknown(cause));
    }
}

#[test]
fn an_answer_tells_of_what_it_says_and_of_now() {
    let now = SystemTime::now();
    let of = |made, next: Option<SystemTime>, produced| {
        told_by_answer(move |root, responder, person, _| {
            let answer = Answer {
                produced,
                ..Answer::of(&[single(person, root, GOOD, made, next)], responder)
            };
            Ok(answer.by(&responder.key))
        })
    };
    // Without nextUpdate newer information is there at any time (RFC 6960, 4.2.2.1): it was not, when this was signed.
    assert_eq!(of(now - HOUR, None, now), passed());
    assert_eq!(of(now - HOUR, None, now - HOUR), unknown(UnknownState::Outdated));
    assert_eq!(of(now - HOUR, None, now + HOUR), unknown(UnknownState::Outdated));
    assert_eq!(of(now - 2 * DAY, Some(now - DAY), now), unknown(UnknownState::Outdated));
    assert_eq!(of(now + HOUR, Some(now + DAY), now), unknown(UnknownState::FromFuture));

    let several = |make: fn(&Party, &Certificate) -> Vec<Vec<u8>>| {
        told_by_answer(move |root, responder, person, _| {
            Ok(Answer::of(&make(root, person), responder).by(&responder.key))
        })
    };
    assert_eq!(
        several(|root, person| vec![
            of_status(&root.certificate, root, &revoked(yesterday())),
            good(person, root)
        ]),
        passed()
    );
    for both in [
        |root: &Party, person: &Certificate| vec![good(person, root), of_status(person, root, &revoked(yesterday()))],
        |root: &Party, person: &Certificate| vec![of_status(person, root, &revoked(yesterday())), good(person, root)],
    ] {
        assert_eq!(several(both), was_revoked(yesterday()));
    }
    assert_eq!(
        several(|root, person| vec![of_status(person, root, UNKNOWN)]),
        unknown(UnknownState::NotKnown)
    );
    assert_eq!(
        several(|root, _| vec![good(&root.certificate, root)]),
        unknown(UnknownState::OtherCertificates)
    );
    assert_eq!(several(|_, _| Vec::new()), unknown(UnknownState::OtherCertificates));

    let with = |make: fn(&[u8]) -> Vec<u8>| {
        told_by_answer(move |root, responder, person, request| {
            let answer = Answer {
                extensions: vec![make(request)],
                ..Answer::of(&[good(person, root)], responder)
            };
            Ok(answer.by(&responder.key))
        })
    };
    // Ours is the last of a request.
    assert_eq!(with(|request| nonce_of(&request[request.len() - 18..])), passed());
    assert_eq!(with(|request| nonce_of(&request[request.len() - 16..])), passed());
    assert_eq!(
        with(|_| nonce_of(&octet_string(&[7; 16]))),
        unknown(UnknownState::OtherQuestion)
    );
    assert_eq!(with(|_| extension(oid("2.16.792.9.9"), false, &[5, 0])), passed());
    assert_eq!(
        with(|_| extension(oid("2.16.792.9.9"), true, &[5, 0])),
        unknown(UnknownState::Unreadable)
    );
}

fn nonce_of(value: &[u8]) -> Vec<u8> {
    extension(oid("1.3.6.1.5.5.7.48.1.2"), false, value)
}

#[test]
fn an_answer_that_is_none_is_told_of_with_its_reason() {
    let refused = |status: u8| Ok(sequence(&[&[tag::ENUMERATED, 1, status]]));
    for (answer, cause) in [
        (refused(1), UnknownState::Refused),
        (refused(2), UnknownState::NotNow),
        (refused(3), UnknownState::NotNow),
        (refused(5), UnknownState::Refused),
        (refused(6), UnknownState::Refused),
        (Ok(b"<html>502 Bad Gateway</html>".to_vec()), UnknownState::WebPage),
        (Ok(Vec::new()), UnknownState::Unreadable),
        (Err(FetchError::Status(500)), UnknownState::HttpStatus { status: 500 }),
        (Err(FetchError::TooLate), UnknownState::TooLate),
    ] {
        assert_eq!(told_by_answer(move |_, _, _, _| answer.clone()), unknown(cause));
    }
}
