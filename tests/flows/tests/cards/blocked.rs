//! A PIN that is blocked at the signature is unblocked at the desk beside the journey, and the journey goes on where it was.

use std::sync::{Arc, Mutex};

use basvuru::application::Answer;
use basvuru::desk::CardDesk;
use basvuru::failure::Failure;
use basvuru::reader::{Delivery, Link, LinkFailure};
use basvuru::secret::Pin;
use basvuru::texts::Language;
use basvuru_flows::{Hook, HookedReaders, Journey, reader, sign_with};
use basvuru_test_card::{Profile, SmartCard as _};
use basvuru_world::{PUK, TestVault};

const WRONG_PIN: &str = "135792";
const NEW_PIN: &str = "975310";

fn pin(digits: &str) -> Arc<Pin> {
    Arc::new(Pin::new(digits.as_bytes()))
}

fn confirmed(digits: &str) -> Answer {
    Answer::Sign {
        reader: reader(),
        pin: pin(digits),
        last_try_confirmed: true,
        certificate: None,
    }
}

/// The desk of the journey's folder, beside the application.
fn desk(journey: &Journey) -> Arc<CardDesk> {
    let folder = journey.home.path().to_str().unwrap().to_owned();
    CardDesk::open(folder, journey.ports(Arc::new(TestVault)), Language::Turkish).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_blocked_at_the_signature_is_unblocked_at_the_desk_and_the_journey_goes_on_to_the_receipt() {
    for link in [Link::Contact, Link::Nfc] {
        let mut journey = Journey::at_pin(link, Profile::default()).await;
        for code in ["BSV-532", "BSV-532", "BSV-533"] {
            journey.refused(confirmed(WRONG_PIN), code).await;
        }
        if link == Link::Contact {
            let card = journey.card_shown().unwrap();
            let unblocking = card.unblocking.expect("the card tells of its PUK");
            assert_eq!((card.tries_left, unblocking.tries_left), (Some(0), Some(3)));
            assert_eq!((unblocking.puk.min_length, card.pin_min_length), (8, 4));
        }
        let desk = desk(&journey);
        let unblocked = Arc::clone(&desk).unblock_pin(reader(), pin(PUK), pin(NEW_PIN), false);
        assert_eq!(unblocked.await.unwrap().notice, None);
        if link == Link::Contact {
            journey.answer(Answer::ReadCard { reader: reader() }).await.unwrap();
            assert_eq!(journey.card_shown().unwrap().tries_left, Some(3));
        }
        journey.answer(sign_with(NEW_PIN)).await.unwrap();
        journey.finish().await;
        assert_eq!((journey.tries_left(), journey.ledger().receipts), (3, 1), "{link:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journey_that_was_killed_while_the_puk_was_with_the_card_tells_it_before_a_pin_is_sent() {
    for link in [Link::Contact, Link::Nfc] {
        let mut journey = Journey::at_pin(link, Profile::default()).await;
        let disk = Arc::new(Mutex::new(None));
        let (copied, home) = (Arc::clone(&disk), journey.home.path().to_owned());
        let card = Arc::clone(&journey.card);
        let hooked = HookedReaders::new(journey.readers.clone(), move |command| {
            if command.get(1) != Some(&0x2C) {
                return Hook::Pass;
            }
            let copy = tempfile::tempdir().unwrap();
            for entry in std::fs::read_dir(&home).unwrap() {
                let entry = entry.unwrap();
                std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
            }
            *copied.lock().unwrap() = Some(copy);
            card.lock().unwrap().lose_power_during(command);
            Hook::Fail(LinkFailure::CardLost {
                delivery: Delivery::Unknown,
            })
        });
        journey.port = Some(Arc::new(hooked));
        let unblocked = desk(&journey)
            .unblock_pin(reader(), pin(PUK), pin(NEW_PIN), false)
            .await;
        assert!(matches!(unblocked, Err(Failure::PukOutcomeUnknown)));
        journey.port = None;
        let disk = disk.lock().unwrap().take().expect("the PUK was on its way");
        journey.move_to_copy(disk.path());
        let told = if link == Link::Contact {
            journey.fails(Answer::ReadCard { reader: reader() }, "BSV-546").await
        } else {
            journey.fails(sign_with(basvuru_world::PIN), "BSV-546").await
        };
        assert_eq!((told, journey.verifications()), (Failure::PukOutcomeUnknown, 0));
        journey.finish().await;
        assert_eq!(journey.tries_left(), 3, "{link:?}: told once");
    }
}
