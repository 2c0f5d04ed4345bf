//! The card, the reader and the PIN: a try is never wasted, and whatever the card does, the application is signed in the
//! end.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use basvuru::application::{Answer, CardSummary, Screen};
use basvuru::failure::Failure;
use basvuru::reader::{Delivery, Link, LinkFailure};
use basvuru::secret::Pin;
use basvuru_flows::{Hook, HookedReaders, Journey, Plan, reader, said, sign_with};
use basvuru_test_card::{CardImage, Cut, CutPlace, DigestForm, OtherPin, Profile};
use basvuru_test_pki::{Holder, IssueOptions, KeyKind};
use basvuru_world::{Applicant, PIN};

const WRONG_PIN: &str = "135792";
const LINKS: [Link; 2] = [Link::Contact, Link::Nfc];

/// A journey at the card, over a link: the card has been read where it has contacts.
async fn at_pin(link: Link) -> Journey {
    with_profile(link, Profile::default()).await
}

async fn with_profile(link: Link, profile: Profile) -> Journey {
    let mut journey = Journey::start_with(Plan {
        link,
        profile,
        ..Plan::default()
    })
    .await;
    let screen = if link == Link::Contact { "sign-pin" } else { "sign" };
    journey.walk_to(screen).await;
    journey
}

fn read_card() -> Answer {
    Answer::ReadCard { reader: reader() }
}

fn knowing_it_is_the_last_try(pin: &str) -> Answer {
    Answer::Sign {
        reader: reader(),
        pin: Arc::new(Pin::new(pin.as_bytes())),
        last_try_confirmed: true,
        certificate: None,
    }
}

fn card_shown(journey: &Journey) -> Option<CardSummary> {
    let Screen::Sign { card } = journey.step().screen else {
        panic!("the card expected, not {}", journey.screen())
    };
    card
}

// The PIN.

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_pin_is_sent_once_and_told_with_the_tries_left() {
    for link in LINKS {
        let mut journey = at_pin(link).await;
        let failure = journey.refused(sign_with(WRONG_PIN), "BSV-532").await;
        assert_eq!(failure, Failure::PinWrong { tries_left: Some(2) });
        let [turkish, english] = said(&failure, "BSV-532");
        assert!(turkish.what.contains('2') && english.what.contains('2'));
        assert_eq!((journey.verifications(), journey.tries_left()), (1, 2), "{link:?}");
        if link == Link::Contact {
            let card = card_shown(&journey).unwrap();
            assert_eq!(card.tries_left, Some(2), "the screen tells it, too");
            assert!(card.tries_sentence.unwrap().contains('2'));
        }
        journey.finish().await;
        assert_eq!((journey.verifications(), journey.tries_left()), (2, 3), "{link:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_hides_its_tries_is_still_sent_a_wrong_pin_once() {
    for link in LINKS {
        let hiding = Profile {
            hides_tries: true,
            ..Profile::default()
        };
        let mut journey = with_profile(link, hiding).await;
        let failure = journey.refused(sign_with(WRONG_PIN), "BSV-532").await;
        assert!(matches!(failure, Failure::PinWrong { .. }));
        assert_eq!((journey.verifications(), journey.tries_left()), (1, 2), "{link:?}");
        journey.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_try_needs_a_confirmation_of_its_own() {
    for link in LINKS {
        let mut journey = at_pin(link).await;
        for _ in 0..2 {
            journey.refused(sign_with(WRONG_PIN), "BSV-532").await;
        }
        let failure = journey.refused(sign_with(PIN), "BSV-534").await;
        assert_eq!(failure, Failure::PinLastTry);
        assert_eq!(
            (journey.verifications(), journey.tries_left()),
            (2, 1),
            "{link:?}: not sent"
        );
        journey.answer(knowing_it_is_the_last_try(PIN)).await.unwrap();
        journey.finish().await;
        assert_eq!(journey.tries_left(), 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_try_needs_its_confirmation_after_a_restart_as_well() {
    let mut journey = at_pin(Link::Nfc).await;
    for _ in 0..2 {
        journey.refused(sign_with(WRONG_PIN), "BSV-532").await;
    }
    journey.restart();
    journey.refused(sign_with(PIN), "BSV-534").await;
    assert_eq!(journey.tries_left(), 1);
    journey.answer(knowing_it_is_the_last_try(PIN)).await.unwrap();
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_pin_is_told_and_another_card_signs() {
    for link in LINKS {
        let mut journey = at_pin(link).await;
        for _ in 0..2 {
            journey.refused(sign_with(WRONG_PIN), "BSV-532").await;
        }
        let failure = journey.refused(knowing_it_is_the_last_try(WRONG_PIN), "BSV-533").await;
        assert_eq!(failure, Failure::PinBlocked);
        assert_eq!((journey.verifications(), journey.tries_left()), (3, 0));
        let failure = journey.refused(knowing_it_is_the_last_try(PIN), "BSV-533").await;
        assert_eq!(failure, Failure::PinBlocked);
        assert_eq!(journey.verifications(), 3, "{link:?}: a blocked PIN is sent no more");

        let fresh = journey.make_card(&journey.applicant, &IssueOptions::default());
        journey.put(fresh);
        if link == Link::Contact {
            journey.answer(read_card()).await.unwrap();
        }
        journey.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_that_cannot_be_one_never_leaves() {
    for link in LINKS {
        let mut journey = at_pin(link).await;
        for pin in ["", "123", "123456789", "12a456", "１２３４"] {
            let failure = journey.refused(sign_with(pin), "BSV-531").await;
            let expected = Failure::PinMalformed {
                min_length: 4,
                max_length: 8,
                numeric: true,
            };
            assert_eq!(failure, expected);
            let [turkish, english] = said(&failure, "BSV-531");
            assert!(turkish.what.contains("4–8 rakam") && english.what.contains("4–8 digits"));
        }
        assert_eq!((journey.verifications(), journey.tries_left()), (0, 3), "{link:?}");
        journey.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_that_the_card_takes_by_contacts_alone_is_told() {
    let profile = Profile {
        no_pin_over_nfc: true,
        ..Profile::default()
    };
    let mut journey = with_profile(Link::Nfc, profile).await;
    let failure = journey.refused(sign_with(PIN), "BSV-537").await;
    assert_eq!(failure, Failure::PinNotAllowedHere);
    let card = Arc::clone(&journey.card);
    journey.readers.put(None);
    journey.readers.add("Temaslı", Link::Contact, Some(card as _));
    let other = || "Temaslı".to_owned();
    journey.answer(Answer::ReadCard { reader: other() }).await.unwrap();
    let sign = Answer::Sign {
        reader: other(),
        pin: Arc::new(Pin::new(PIN.as_bytes())),
        last_try_confirmed: false,
        certificate: None,
    };
    journey.answer(sign).await.unwrap();
    journey.finish().await;
}

// Whose card it is, and what it may do.

/// Puts a card into the reader that must be refused before its PIN is sent; the right one signs afterwards.
async fn refuses_card(link: Link, holder: &Applicant, options: &IssueOptions, code: &str) -> Failure {
    let mut journey = Journey::start_with(Plan {
        link,
        ..Plan::default()
    })
    .await;
    journey.walk_to("sign").await;
    let right = Arc::clone(&journey.card);
    let wrong = journey.make_card(holder, options);
    journey.put(wrong);
    let failure = journey.refused(sign_with(PIN), code).await;
    if link == Link::Contact {
        assert_eq!(journey.refused(read_card(), code).await, failure);
    }
    assert_eq!(
        (journey.verifications(), journey.tries_left()),
        (0, 3),
        "the PIN was sent"
    );
    journey.readers.put(Some(Arc::clone(&right) as _));
    journey.card = right;
    journey.finish().await;
    failure
}

#[tokio::test(flavor = "multi_thread")]
async fn another_persons_card_is_refused_before_the_pin_is_sent() {
    for link in LINKS {
        let failure = refuses_card(link, &Applicant::other(), &IssueOptions::default(), "BSV-519").await;
        assert_eq!(failure, Failure::CardOfAnotherPerson);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_certificate_is_refused_before_the_pin_is_sent() {
    for link in LINKS {
        let options = IssueOptions::expired();
        let failure = refuses_card(link, &Applicant::sample(), &options, "BSV-601").await;
        let Failure::CertificateExpired { since } = failure else {
            panic!("{failure:?}")
        };
        let seconds = |moment: SystemTime| moment.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        assert_eq!(seconds(since), seconds(options.not_after));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_not_valid_yet_is_refused_before_the_pin_is_sent() {
    let options = IssueOptions {
        not_before: SystemTime::now() + Duration::from_secs(24 * 3600),
        ..IssueOptions::default()
    };
    let failure = refuses_card(Link::Contact, &Applicant::sample(), &options, "BSV-602").await;
    assert!(matches!(failure, Failure::CertificateNotYetValid { .. }));
}

/// A certificate that lacks something a qualified one of a person has; gives what is told to support.
async fn refuses_certificate(options: IssueOptions) -> String {
    let failure = refuses_card(Link::Contact, &Applicant::sample(), &options, "BSV-603").await;
    let Failure::CertificateNotQualified { detail, .. } = failure else {
        panic!("{failure:?}")
    };
    assert!(detail.len() > 5, "{detail}");
    detail
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_without_any_of_the_marks_of_a_qualified_one_is_refused_and_the_mark_is_named() {
    let good = IssueOptions::default;
    let lacking = [
        IssueOptions {
            etsi_statement: false,
            ..good()
        },
        IssueOptions {
            turkish_statement: false,
            ..good()
        },
        IssueOptions {
            user_notice: false,
            ..good()
        },
        IssueOptions {
            holder_number: false,
            ..good()
        },
        IssueOptions { seal: true, ..good() },
    ];
    let mut told = Vec::new();
    for options in lacking {
        told.push(refuses_certificate(options).await);
    }
    let count = told.len();
    told.sort();
    told.dedup();
    assert_eq!(told.len(), count, "each mark has its own words: {told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_not_qualified_at_all_is_refused() {
    refuses_certificate(IssueOptions::unqualified()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_whose_key_may_not_sign_with_non_repudiation_is_refused() {
    let options = IssueOptions {
        non_repudiation: false,
        ..IssueOptions::default()
    };
    refuses_certificate(options).await;
}

// Several certificates.

#[tokio::test(flavor = "multi_thread")]
async fn where_several_certificates_could_sign_the_person_chooses() {
    let mut journey = at_pin(Link::Nfc).await;
    let holder = Holder::new(
        &journey.applicant.given_name,
        &journey.applicant.family_name,
        &journey.applicant.identity,
    );
    let mut image = CardImage::without_keys("İki anahtar", PIN, b"two-keys").unwrap();
    for label in ["Eski", "Yeni"] {
        let issued = journey
            .world
            .authority
            .issue(&holder, KeyKind::P384, &IssueOptions::default())
            .unwrap();
        image = image
            .with_key(label, true, &issued.certificate_der, &issued.private_key_pkcs8_der)
            .unwrap();
    }
    journey.put(image);
    let failure = journey.refused(sign_with(PIN), "BSV-520").await;
    assert_eq!(failure, Failure::CertificateChoiceNeeded);
    assert_eq!(journey.verifications(), 0);
    let card = card_shown(&journey).unwrap();
    let [first, second] = &card.certificates[..] else {
        panic!("{} certificates", card.certificates.len())
    };
    assert_ne!(first.serial, second.serial);
    let chosen = second.serial.clone();
    let answer = Answer::Sign {
        reader: reader(),
        pin: Arc::new(Pin::new(PIN.as_bytes())),
        last_try_confirmed: false,
        certificate: Some(chosen.clone()),
    };
    journey.answer(answer).await.unwrap();
    let receipt = journey.finish().await;
    assert_eq!(receipt.certificate_serial, chosen);
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_that_cannot_sign_are_shown_beside_the_one_that_can_with_the_reason() {
    let mut journey = at_pin(Link::Nfc).await;
    let own = &journey.applicant;
    let other = Applicant::other();
    let day = Duration::from_secs(86_400);
    let good = IssueOptions::default;
    let later = IssueOptions {
        not_before: SystemTime::now() + 30 * day,
        ..good()
    };
    let mut image = CardImage::without_keys("Altı sertifika", PIN, b"six-certificates").unwrap();
    for (holder, options, is_unknown) in [
        (own, IssueOptions::expired(), false),
        (own, later, false),
        (own, IssueOptions::unqualified(), false),
        (&other, good(), false),
        (own, good(), true),
        (own, good(), false),
    ] {
        let holder = Holder::new(&holder.given_name, &holder.family_name, &holder.identity);
        let issued = journey.world.authority.issue(&holder, KeyKind::P384, &options).unwrap();
        let mut certificate = issued.certificate_der.clone();
        if is_unknown {
            // id-ecPublicKey becomes something that nobody knows.
            let identifier = [0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
            let at = certificate.windows(9).position(|octets| octets == identifier).unwrap();
            certificate[at + 8] = 0x7F;
        }
        image = image
            .with_key("Anahtar", true, &certificate, &issued.private_key_pkcs8_der)
            .unwrap();
    }
    journey.put(image);
    journey
        .readers
        .add("Temaslı", Link::Contact, Some(Arc::clone(&journey.card) as _));
    journey
        .answer(Answer::ReadCard {
            reader: "Temaslı".to_owned(),
        })
        .await
        .unwrap();
    let card = card_shown(&journey).unwrap();
    assert_eq!(card.certificates.len(), 1);
    let reasons: Vec<&str> = card.unusable.iter().map(|found| found.reason.as_str()).collect();
    let wanted = [
        "doldu (Türkiye saati).",
        "gününden önce geçerli değil.",
        "nitelikli elektronik sertifika değil.",
        "başvuran kişinin değil.",
        "bu sürümü tanımıyor.",
    ];
    assert_eq!(reasons.len(), wanted.len(), "{reasons:?}");
    for (reason, wanted) in reasons.iter().zip(wanted) {
        assert!(reason.ends_with(wanted), "{reasons:?}");
    }
    assert_eq!(
        card.unusable[3].holder,
        format!("{} {}", other.given_name, other.family_name)
    );
    let serials: HashSet<&str> = card.unusable.iter().map(|found| found.serial.as_str()).collect();
    assert_eq!(serials.len(), 5);
    assert!(!serials.contains(card.certificates[0].serial.as_str()));
    // One that cannot sign cannot be chosen either.
    let sign = |serial: &str| Answer::Sign {
        reader: "Temaslı".to_owned(),
        pin: Arc::new(Pin::new(PIN.as_bytes())),
        last_try_confirmed: false,
        certificate: Some(serial.to_owned()),
    };
    let failure = journey.fails(sign(&card.unusable[0].serial), "BSV-517").await;
    assert_eq!((failure, journey.verifications()), (Failure::CardChanged, 0));
    journey.answer(sign(&card.certificates[0].serial)).await.unwrap();
    let receipt = journey.finish().await;
    assert_eq!(receipt.certificate_serial, card.certificates[0].serial);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_with_nothing_but_a_key_of_an_unknown_kind_is_told_as_that() {
    let mut journey = at_pin(Link::Contact).await;
    let own = &journey.applicant;
    let holder = Holder::new(&own.given_name, &own.family_name, &own.identity);
    let issued = journey
        .world
        .authority
        .issue(&holder, KeyKind::P384, &IssueOptions::default())
        .unwrap();
    let mut certificate = issued.certificate_der.clone();
    let identifier = [0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
    let at = certificate.windows(9).position(|octets| octets == identifier).unwrap();
    certificate[at + 8] = 0x7F;
    let image = CardImage::without_keys("Bilinmeyen", PIN, b"unknown-key").unwrap();
    let image = image
        .with_key("Anahtar", true, &certificate, &issued.private_key_pkcs8_der)
        .unwrap();
    let right = Arc::clone(&journey.card);
    journey.put(image);
    let failure = journey.fails(read_card(), "BSV-603").await;
    let Failure::CertificateNotQualified { fault, .. } = failure else {
        panic!("{failure:?}")
    };
    assert_eq!(fault, basvuru::failure::QualificationFault::UnknownKey);
    journey.readers.put(Some(Arc::clone(&right) as _));
    journey.card = right;
    journey.finish().await;
}

// Readers and links.

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_is_not_there_is_told() {
    let mut journey = at_pin(Link::Contact).await;
    let nowhere = || "Başka okuyucu".to_owned();
    let sign = Answer::Sign {
        reader: nowhere(),
        pin: Arc::new(Pin::new(PIN.as_bytes())),
        last_try_confirmed: false,
        certificate: None,
    };
    for answer in [Answer::ReadCard { reader: nowhere() }, sign] {
        assert_eq!(journey.refused(answer, "BSV-501").await, Failure::ReaderMissing);
    }
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_without_a_card_is_told() {
    for link in LINKS {
        let mut journey = at_pin(link).await;
        journey.readers.put(None);
        for answer in [read_card(), sign_with(PIN)] {
            assert_eq!(journey.refused(answer, "BSV-511").await, Failure::CardMissing);
        }
        journey.readers.put(Some(Arc::clone(&journey.card) as _));
        journey.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_a_connection_can_fail_has_its_own_words() {
    let delivery = Delivery::NotSent;
    let failures = [
        (LinkFailure::NoReader, "BSV-501", Failure::ReaderMissing),
        (LinkFailure::NoPermission, "BSV-502", Failure::ReaderNotPermitted),
        (LinkFailure::Busy, "BSV-503", Failure::ReaderBusy),
        (LinkFailure::Unsupported, "BSV-504", Failure::ReaderUnsupported),
        (LinkFailure::Malformed { delivery }, "BSV-505", Failure::ReaderFailed),
        (LinkFailure::NoCard, "BSV-511", Failure::CardMissing),
        (LinkFailure::CardLost { delivery }, "BSV-512", Failure::CardLost),
        (LinkFailure::CardReset { delivery }, "BSV-512", Failure::CardLost),
        (LinkFailure::Timeout { delivery }, "BSV-513", Failure::CardTimeout),
        (
            LinkFailure::SessionExpired { delivery },
            "BSV-513",
            Failure::CardTimeout,
        ),
        (
            LinkFailure::CancelledByPerson { delivery },
            "BSV-514",
            Failure::CardCancelled,
        ),
    ];
    let mut journey = at_pin(Link::Nfc).await;
    for (link_failure, code, expected) in failures {
        journey.readers.fail_next_connection(link_failure);
        assert_eq!(journey.refused(sign_with(PIN), code).await, expected);
    }
    assert_eq!(journey.verifications(), 0);
    journey.finish().await;
}

fn unexpected(delivery: Delivery) -> LinkFailure {
    LinkFailure::Unexpected {
        delivery,
        detail: "undeclared exception in the shell".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undeclared_failure_of_the_shell_is_told_and_the_application_goes_on() {
    let mut journey = at_pin(Link::Nfc).await;
    journey.readers.fail_next_connection(unexpected(Delivery::Unknown));
    assert_eq!(journey.refused(sign_with(PIN), "BSV-505").await, Failure::ReaderFailed);
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undeclared_failure_while_the_pin_is_checked_is_never_answered_with_the_pin_again() {
    for link in LINKS {
        let mut journey = at_pin(link).await;
        let mut failed = false;
        let hooked = HookedReaders::new(journey.readers.clone(), move |command| {
            if command.get(1) == Some(&0x20) && command.len() > 5 && !failed {
                failed = true;
                return Hook::FailAfterwards(unexpected(Delivery::Unknown));
            }
            Hook::Pass
        });
        journey.port = Some(Arc::new(hooked));
        journey.restart();
        let failure = journey.refused(sign_with(PIN), "BSV-535").await;
        assert_eq!(failure, Failure::PinOutcomeUnknown);
        assert_eq!(journey.verifications(), 1, "{link:?}");
        journey.finish().await;
        assert_eq!(journey.verifications(), 2, "{link:?}: once for each consent");
    }
}

// Cards that come and go.

#[tokio::test(flavor = "multi_thread")]
async fn a_card_swapped_for_another_persons_between_reading_and_signing_is_refused() {
    let mut journey = at_pin(Link::Contact).await;
    let right = Arc::clone(&journey.card);
    let other = journey.make_card(&Applicant::other(), &IssueOptions::default());
    journey.put(other);
    let failure = journey.refused(sign_with(PIN), "BSV-519").await;
    assert_eq!(failure, Failure::CardOfAnotherPerson);
    assert_eq!(journey.verifications(), 0);
    journey.readers.put(Some(right));
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_swapped_for_another_of_the_same_person_is_not_sent_the_first_ones_pin() {
    let mut journey = at_pin(Link::Contact).await;
    let second = journey.make_card(&journey.applicant, &IssueOptions::default());
    journey.put(second);
    let failure = journey.refused(sign_with(PIN), "BSV-517").await;
    assert_eq!(failure, Failure::CardChanged);
    assert_eq!((journey.verifications(), journey.tries_left()), (0, 3));
    assert!(card_shown(&journey).is_none(), "the card is read anew");
    journey.finish().await;
}

/// Cuts the link at every command of reading, or of signing; afterwards the same person's next attempt succeeds.
async fn cut_everywhere(link: Link) {
    let mut journey = Journey::start_with(Plan {
        link,
        ..Plan::default()
    })
    .await;
    journey.walk_to("sign").await;
    // Signing is proven by the container; the portal would take but the first.
    journey.world.stop_portal().await;
    let start = journey.home.path().to_owned();
    let start = journey.move_to_copy(&start);
    for place in [
        CutPlace::BeforeSending,
        CutPlace::AfterSending,
        CutPlace::AfterAnswering,
    ] {
        let mut after = 0;
        loop {
            let context = format!("{link:?} {place:?} {after}");
            journey.move_to_copy(start.path());
            let fresh = journey.make_card(&journey.applicant, &IssueOptions::default());
            journey.put(fresh);
            journey.readers.clear();
            journey.readers.cut(Cut { after, place });
            let mut outcomes = Vec::new();
            while journey.screen() != "pending-submission" {
                assert!(outcomes.len() < 6, "{context}: {outcomes:?}");
                match journey.answer(journey.right_answer().await).await {
                    Ok(_) => {}
                    Err(Failure::PortalUnreachable) => assert_eq!(journey.screen(), "pending-submission"),
                    Err(failure) => {
                        said(&failure, failure.code());
                        let consents = journey.verifications();
                        if failure == Failure::PinOutcomeUnknown {
                            assert_eq!(consents, 1, "{context}");
                        } else {
                            assert_eq!(failure, Failure::CardLost, "{context}");
                        }
                        outcomes.push(failure);
                    }
                }
            }
            let done = journey.readers.cut_is_pending();
            // Where no number is on the screen, a try that was lost with the link is told before another one is taken.
            let torn = place == CutPlace::AfterSending && outcomes.first() == Some(&Failure::PinOutcomeUnknown);
            let most = if torn && link == Link::Nfc { 2 } else { 1 };
            assert!(outcomes.len() <= most, "{context}: {outcomes:?}");
            assert_eq!(journey.tries_left(), 3, "{context}");
            assert!(journey.verifications() <= 2, "{context}");
            let container = journey.app().signed_container(journey.invited.order.clone()).unwrap();
            journey.check_container(&container);
            if done {
                // The cut lies beyond the last command: every place was tried.
                assert!(after >= 4 && outcomes.is_empty(), "{context}");
                break;
            }
            after += 1;
        }
    }
    journey.world.start_portal().await.unwrap();
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_with_contacts_removed_at_any_command_costs_no_more_than_physics_forces_and_signs_afterwards() {
    cut_everywhere(Link::Contact).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_held_to_the_phone_and_lost_at_any_command_costs_no_more_than_physics_forces_and_signs_afterwards() {
    cut_everywhere(Link::Nfc).await;
}

#[tokio::test]
async fn a_card_whose_certificate_spells_its_curve_out_is_as_good_as_any_other() {
    let mut journey = Journey::start_with(Plan {
        certificate: IssueOptions {
            explicit_curve: true,
            ..IssueOptions::default()
        },
        ..Plan::default()
    })
    .await;
    let _ = journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_pads_by_pss_is_as_good_as_any_other() {
    let mut journey = Journey::start_with(Plan {
        key: KeyKind::Rsa2048,
        profile: Profile {
            digest_form: DigestForm::Pss,
            ..Profile::default()
        },
        ..Plan::default()
    })
    .await;
    let _ = journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_tells_which_of_two_pins_is_the_keys_the_person_chooses_and_neither_is_tried() {
    for other_pin in [OtherPin::Here, OtherPin::Namesake] {
        choose_a_pin(other_pin).await;
    }
}

async fn choose_a_pin(other_pin: OtherPin) {
    let mut journey = Journey::start_with(Plan {
        profile: Profile {
            other_pin,
            ..Profile::default()
        },
        ..Plan::default()
    })
    .await;
    journey.walk_to("sign").await;
    journey.answer(read_card()).await.unwrap();
    let card = card_shown(&journey).unwrap();
    let [identity, signature] = card.certificates.as_slice() else {
        panic!("{} certificates", card.certificates.len())
    };
    assert!(identity.holder.ends_with(" · Kimlik PIN'i"), "{}", identity.holder);
    assert!(signature.holder.ends_with(" · İmza PIN'i"), "{}", signature.holder);
    let refused = journey.fails(sign_with(PIN), "BSV-520").await;
    assert_eq!(
        (refused, journey.verifications()),
        (Failure::CertificateChoiceNeeded, 0)
    );
    let chosen = Answer::Sign {
        reader: reader(),
        pin: Arc::new(Pin::new(PIN.as_bytes())),
        last_try_confirmed: false,
        certificate: Some(signature.serial.clone()),
    };
    journey.answer(chosen).await.unwrap();
    assert_eq!(journey.verifications(), 1);
    let receipt = journey.finish().await;
    assert!(signature.serial.starts_with(&receipt.certificate_serial));
}
