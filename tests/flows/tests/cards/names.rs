//! The names that are selected on cards are the names that the core tells an app to list.

use std::sync::{Arc, Mutex, PoisonError};

use basvuru::application::Answer;
use basvuru::card::card_applications;
use basvuru::failure::Failure;
use basvuru::reader::Link;
use basvuru_flows::{Journey, Plan, reader, sign_with};
use basvuru_test_card::SmartCard;
use basvuru_world::PIN;

/// A card that has nothing of what it is asked for, and remembers it.
struct Empty {
    asked: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl SmartCard for Empty {
    fn respond(&mut self, command: &[u8]) -> Vec<u8> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push(command.to_vec());
        vec![0x6A, 0x82]
    }

    fn lose_power_during(&mut self, _command: &[u8]) {}

    fn reset(&mut self, _link: Link) {}

    fn answer_to_reset(&self) -> Vec<u8> {
        vec![0x3B, 0x00]
    }

    fn historical_bytes(&self) -> Vec<u8> {
        Vec::new()
    }

    fn knows_extended_length(&self) -> bool {
        false
    }
}

/// The names that were selected, in their order, as upper-case hexadecimal digits.
async fn selected(link: Link) -> Vec<String> {
    let mut journey = Journey::start_with(Plan {
        link,
        ..Plan::default()
    })
    .await;
    journey.walk_to("sign").await;
    let asked = Arc::new(Mutex::new(Vec::new()));
    let card = Empty {
        asked: Arc::clone(&asked),
    };
    journey.readers.put(Some(Arc::new(Mutex::new(card))));
    let answer = if link == Link::Nfc {
        sign_with(PIN)
    } else {
        Answer::ReadCard { reader: reader() }
    };
    let failure = journey.fails(answer, "BSV-515").await;
    assert_eq!(failure, Failure::CardUnsupported);
    journey.readers.put(Some(Arc::clone(&journey.card) as _));
    journey.finish().await;
    let asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
    let mut names: Vec<String> = Vec::new();
    // SELECT by name (ISO/IEC 7816-4:2020, 11.2.2): 00 A4 04, P2, length, name.
    for command in asked.iter().filter(|command| command.starts_with(&[0x00, 0xA4, 0x04])) {
        let name = &command[5..5 + usize::from(command[4])];
        let name: String = name.iter().map(|octet| format!("{octet:02X}")).collect();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_has_nothing_is_asked_for_exactly_the_names_that_an_app_lists_and_by_contact_for_some_more() {
    assert_eq!(selected(Link::Nfc).await, card_applications());
    let names = selected(Link::Contact).await;
    assert_eq!(names[..card_applications().len()], card_applications());
    let further = [
        "E828BD080F",
        "A000000077010800070000FE00000100",
        "F276A288BCFBA69D34F31001",
    ];
    assert_eq!(names[card_applications().len()..], further);
}
