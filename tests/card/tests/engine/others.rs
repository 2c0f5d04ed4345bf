//! Cards that are not ours: a recorded one, and hostile ones.

use basvuru::card::{Card, CardError, KeyAlgorithm, PinConsent};
use basvuru::digest::DigestAlgorithm;
use basvuru::reader::Link;
use basvuru_test_card::{ReplayedCard, SmartCard, VirtualCard, VirtualReaders};
use proptest::prelude::*;

use crate::fixture::{Stored, consent, opened};

#[tokio::test]
async fn a_recorded_card_of_another_project_is_read_down_to_its_certificates() {
    let record = include_str!("../data/oseid-opensc.trace");
    let readers = VirtualReaders::with_card(Link::Contact, ReplayedCard::of_record(record));
    let card = Card::open(opened(&readers).await.unwrap(), |_| String::new())
        .await
        .unwrap();
    assert_eq!(
        (card.label(), card.serial()),
        ("MyEID", [0, 0, 0, 0, 0, 0, 0, 0, 0, 1].as_slice())
    );
    let keys: Vec<_> = card
        .signing_keys()
        .iter()
        .map(|key| (key.label.as_str(), key.algorithm))
        .collect();
    let expected = [
        ("cert rsa", KeyAlgorithm::Rsa { modulus_bits: 2048 }),
        ("cert p256", KeyAlgorithm::P256),
        ("cert p384", KeyAlgorithm::P384),
    ];
    assert_eq!(keys, expected);
    for key in card.signing_keys() {
        let certificate = x509_cert::der::Decode::from_der(&key.certificate);
        let certificate: x509_cert::Certificate = certificate.unwrap();
        assert!(certificate.tbs_certificate.subject.to_string().contains("Test NES"));
        assert_eq!((key.pin.min_length, key.pin.max_length, key.pin.numeric), (4, 8, true));
        assert_eq!(
            key.pin.tries_left, None,
            "the card does not tell, and is not asked with an empty VERIFY"
        );
    }
    println!("{:?}", readers.meter());
    assert!(
        readers.meter().apdus <= 27,
        "reading one certificate took the other project 27"
    );
}

/// A card that answers whatever it was made with, in turn, for ever.
#[derive(Clone)]
struct Babbler {
    answers: Vec<Vec<u8>>,
    next: usize,
}

impl SmartCard for Babbler {
    fn respond(&mut self, _command: &[u8]) -> Vec<u8> {
        self.next += 1;
        self.answers[self.next % self.answers.len()].clone()
    }

    fn lose_power_during(&mut self, _command: &[u8]) {}

    fn reset(&mut self, _link: Link) {}

    fn answer_to_reset(&self) -> Vec<u8> {
        Vec::new()
    }

    fn historical_bytes(&self) -> Vec<u8> {
        vec![0x80, 0x73, 0xB4, 0x21, 0xC0]
    }

    fn knows_extended_length(&self) -> bool {
        true
    }
}

/// A card of ours whose answers are damaged, one octet of one answer in so many.
struct Damaged {
    card: VirtualCard,
    every: usize,
    position: usize,
    octet: u8,
    count: usize,
}

impl SmartCard for Damaged {
    fn respond(&mut self, command: &[u8]) -> Vec<u8> {
        let mut answer = self.card.respond(command);
        self.count += 1;
        if self.count.is_multiple_of(self.every) {
            let position = self.position % answer.len();
            answer[position] = self.octet;
        }
        answer
    }

    fn lose_power_during(&mut self, command: &[u8]) {
        self.card.lose_power_during(command);
    }

    fn reset(&mut self, link: Link) {
        self.card.reset(link);
    }

    fn answer_to_reset(&self) -> Vec<u8> {
        self.card.answer_to_reset()
    }

    fn historical_bytes(&self) -> Vec<u8> {
        self.card.historical_bytes()
    }

    fn knows_extended_length(&self) -> bool {
        self.card.knows_extended_length()
    }
}

/// Opens the card and tries to sign; how many APDUs it took.
fn play(card: impl SmartCard + 'static) -> (Result<Vec<u8>, CardError>, VirtualReaders) {
    let readers = VirtualReaders::with_card(Link::Nfc, card);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let outcome = runtime.block_on(async {
        let mut card = Card::open(opened(&readers).await?, |_| String::new()).await?;
        let key = card.signing_keys()[0].clone();
        let consent: PinConsent = consent("482916");
        card.sign(&key, consent, &DigestAlgorithm::Sha384.digest(b"what is signed"))
            .await
    });
    (outcome, readers)
}

fn answer() -> impl Strategy<Value = Vec<u8>> {
    let status = prop_oneof![
        4 => Just([0x90, 0x00]),
        1 => Just([0x61, 0x00]),
        1 => Just([0x6C, 0x10]),
        1 => Just([0x62, 0x82]),
        1 => any::<[u8; 2]>(),
    ];
    let data = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..64),
        // What begins like a directory and never ends.
        Just([[0x30, 0x03, 0x02, 0x01, 0x07]; 40].concat()),
        Just([&[0x30, 0x84, 0x7F, 0xFF, 0xFF, 0xFF], [7; 200].as_slice()].concat()),
    ];
    (data, status).prop_map(|(data, status)| [data.as_slice(), &status].concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_babbling_card_ends_in_a_failure_in_bounded_time(answers in proptest::collection::vec(answer(), 1..12)) {
        let (outcome, readers) = play(Babbler { answers, next: 0 });
        prop_assert!(outcome.is_err());
        prop_assert!(readers.meter().apdus <= 1200, "{} APDUs", readers.meter().apdus);
    }

    #[test]
    fn a_damaged_answer_costs_one_try_at_most_and_never_gives_a_wrong_signature(
        every in 1usize..14,
        position: usize,
        octet: u8,
    ) {
        let card = VirtualCard::new(Stored::P384.image()).unwrap();
        let (outcome, readers) = play(Damaged { card, every, position, octet, count: 0 });
        let sent = readers.exchanges().iter().filter(|exchange| exchange.command.starts_with("0020")).count();
        prop_assert!(sent <= 1, "{outcome:?}");
        if let Ok(signature) = outcome {
            prop_assert!(Stored::P384.accepts(&DigestAlgorithm::Sha384.digest(b"what is signed"), &signature));
        }
    }

    #[test]
    fn a_hostile_host_never_makes_the_virtual_card_panic(
        commands in proptest::collection::vec(
            prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..40),
                (
                    prop_oneof![Just(0u8), Just(0x10), any::<u8>()],
                    prop_oneof![Just(0xA4u8), Just(0xB0), Just(0xB1), Just(0xB2), Just(0x20), Just(0x24), Just(0x22), Just(0x2A), Just(0xC0)],
                    any::<[u8; 2]>(),
                    proptest::collection::vec(any::<u8>(), 0..30),
                ).prop_map(|(class, instruction, parameters, data)| {
                    let length = u8::try_from(data.len()).unwrap();
                    [&[class, instruction, parameters[0], parameters[1], length], data.as_slice(), &[0]].concat()
                }),
                Just(b"\x00\xA4\x04\x00\x0C\xA0\x00\x00\x00\x63PKCS-15\x00".to_vec()),
                Just(vec![0x00, 0xB0, 0x91, 0x00, 0x00]),
                Just(vec![0x00, 0xB1, 0x00, 0x11, 0x03, 0x54, 0x01, 0x05, 0x00]),
            ],
            0..30,
        ),
    ) {
        let mut card = VirtualCard::new(Stored::P384.image()).unwrap();
        for command in commands {
            let answer = card.respond(&command);
            prop_assert!((2..=65_538).contains(&answer.len()));
        }
    }
}
