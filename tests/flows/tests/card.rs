//! The card, the reader and the PIN: a try is never wasted, and whatever the card does, the application is signed in the
//! end.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;

use basvuru::application::Answer;
use basvuru::failure::Failure;
use basvuru::reader::{Delivery, Link, LinkFailure, UnsupportedReason};
use basvuru::secret::Pin;
use basvuru_flows::{Hook, HookedReaders, Journey, Plan, read_card, reader, said, sign_with};
use basvuru_test_card::{Cut, CutPlace, Profile};
use basvuru_test_pki::IssueOptions;
use basvuru_world::{Applicant, PIN};

const WRONG_PIN: &str = "135792";
const LINKS: [Link; 2] = [Link::Contact, Link::Nfc];

fn knowing_it_is_the_last_try(pin: &str) -> Answer {
    Answer::Sign {
        reader: reader(),
        pin: Arc::new(Pin::new(pin.as_bytes())),
        last_try_confirmed: true,
        certificate: None,
    }
}

// The PIN.

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_pin_is_sent_once_and_told_with_the_tries_left() {
    for link in LINKS {
        let mut journey = Journey::at_pin(link, Profile::default()).await;
        let failure = journey.refused(sign_with(WRONG_PIN), "BSV-532").await;
        assert_eq!(failure, Failure::PinWrong { tries_left: Some(2) });
        let [turkish, english] = said(&failure, "BSV-532");
        assert!(turkish.what.contains('2') && english.what.contains('2'));
        assert_eq!((journey.verifications(), journey.tries_left()), (1, 2), "{link:?}");
        if link == Link::Contact {
            let card = journey.card_shown().unwrap();
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
        let mut journey = Journey::at_pin(link, hiding).await;
        let failure = journey.refused(sign_with(WRONG_PIN), "BSV-532").await;
        assert!(matches!(failure, Failure::PinWrong { .. }));
        assert_eq!((journey.verifications(), journey.tries_left()), (1, 2), "{link:?}");
        journey.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_try_needs_a_confirmation_of_its_own() {
    for link in LINKS {
        let mut journey = Journey::at_pin(link, Profile::default()).await;
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
    let mut journey = Journey::at_pin(Link::Nfc, Profile::default()).await;
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
        let mut journey = Journey::at_pin(link, Profile::default()).await;
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
        let mut journey = Journey::at_pin(link, Profile::default()).await;
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
    let mut journey = Journey::at_pin(Link::Nfc, profile).await;
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

// Readers and links.

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_is_not_there_is_told() {
    let mut journey = Journey::at_pin(Link::Contact, Profile::default()).await;
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
        let mut journey = Journey::at_pin(link, Profile::default()).await;
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
        (
            LinkFailure::Unsupported,
            "BSV-504",
            Failure::ReaderUnsupported {
                reason: UnsupportedReason::Untold,
            },
        ),
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
    let mut journey = Journey::at_pin(Link::Nfc, Profile::default()).await;
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
    let mut journey = Journey::at_pin(Link::Nfc, Profile::default()).await;
    journey.readers.fail_next_connection(unexpected(Delivery::Unknown));
    assert_eq!(journey.refused(sign_with(PIN), "BSV-505").await, Failure::ReaderFailed);
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undeclared_failure_while_the_pin_is_checked_is_never_answered_with_the_pin_again() {
    for link in LINKS {
        let mut journey = Journey::at_pin(link, Profile::default()).await;
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
    let mut journey = Journey::at_pin(Link::Contact, Profile::default()).await;
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
    let mut journey = Journey::at_pin(Link::Contact, Profile::default()).await;
    let second = journey.make_card(&journey.applicant, &IssueOptions::default());
    journey.put(second);
    let failure = journey.refused(sign_with(PIN), "BSV-517").await;
    assert_eq!(failure, Failure::CardChanged);
    assert_eq!((journey.verifications(), journey.tries_left()), (0, 3));
    assert!(journey.card_shown().is_none(), "the card is read anew");
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
