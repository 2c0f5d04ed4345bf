//! The CCID engine against a virtual USB reader with the virtual card in it: every level, every fault, every place.

use std::sync::{Arc, Mutex};

use basvuru::card::{Card, CardError};
use basvuru::reader::{CardOutcome, Delivery, Link, LinkFailure, ccid};
use basvuru_test_card::{
    CardImage, CutPlace, Profile, Protocol, SmartCard, UsbFault, UsbLevel, VirtualCard, VirtualUsbReader,
};

use crate::fixture::{PIN, Stored, consent, digest};

/// The virtual card, counting the PINs that reach it.
struct Counted {
    card: VirtualCard,
    verifications: usize,
    /// Another answer to reset than the card's own.
    atr: Option<Vec<u8>>,
}

impl Counted {
    fn count(&mut self, command: &[u8]) {
        self.verifications += usize::from(command.get(1) == Some(&0x20));
    }
}

impl SmartCard for Counted {
    fn respond(&mut self, command: &[u8]) -> Vec<u8> {
        self.count(command);
        self.card.respond(command)
    }

    fn lose_power_during(&mut self, command: &[u8]) {
        self.count(command);
        self.card.lose_power_during(command);
    }

    fn reset(&mut self, link: Link) {
        self.card.reset(link);
    }

    fn answer_to_reset(&self) -> Vec<u8> {
        self.atr.clone().unwrap_or_else(|| self.card.answer_to_reset())
    }

    fn historical_bytes(&self) -> Vec<u8> {
        self.card.historical_bytes()
    }

    fn knows_extended_length(&self) -> bool {
        self.card.knows_extended_length()
    }
}

/// A USB reader with a card in it.
pub(crate) struct Bench {
    pub(crate) usb: Arc<VirtualUsbReader>,
    card: Arc<Mutex<Counted>>,
    stored: Stored,
}

impl Bench {
    pub(crate) fn new(level: UsbLevel, profile: &Profile, stored: Stored) -> Self {
        let image: CardImage = stored.image().with_profile(profile.clone());
        let card = Arc::new(Mutex::new(Counted {
            card: VirtualCard::new(image).unwrap(),
            verifications: 0,
            atr: None,
        }));
        Self {
            usb: Arc::new(VirtualUsbReader::new(level, card.clone())),
            card,
            stored,
        }
    }

    /// Connects, signs, checks, and leaves as the application does.
    async fn attempt(&self) -> Result<(), CardError> {
        let channel = ccid::connect(self.usb.clone()).await?;
        let outcome = async {
            let mut card = Card::open(channel.clone(), |_| String::new()).await?;
            let key = card.signing_keys()[0].clone();
            let digest = digest(key.algorithm);
            let signature = card.sign(&key, consent(PIN), &digest).await?;
            assert!(self.stored.accepts(&digest, &signature));
            Ok(())
        }
        .await;
        channel
            .close(CardOutcome::Succeeded {
                sentence: String::new(),
            })
            .await
            .unwrap();
        outcome
    }

    fn verifications(&self) -> usize {
        self.card.lock().unwrap().verifications
    }

    fn tries_left(&self) -> u8 {
        self.card.lock().unwrap().card.tries_left()
    }
}

/// Every level of exchange, with the protocols and lengths a card may have behind it.
fn transports() -> Vec<(UsbLevel, Profile)> {
    let mut transports = Vec::new();
    for level in [UsbLevel::Tpdu, UsbLevel::ShortApdu, UsbLevel::ExtendedApdu] {
        for protocol in [Protocol::T0, Protocol::T1] {
            for extended_length in [false, true] {
                // T=0 carries no extended length by itself.
                if !(extended_length && protocol == Protocol::T0) {
                    transports.push((
                        level,
                        Profile {
                            protocol,
                            extended_length,
                            ..Profile::default()
                        },
                    ));
                }
            }
        }
    }
    transports
}

#[tokio::test]
async fn every_level_signs_with_every_kind_of_key_and_leaves_the_card_without_power() {
    for (level, profile) in transports() {
        for stored in [Stored::P384, Stored::Rsa2048, Stored::Rsa3072] {
            for padded_block in [false, true] {
                let bench = Bench::new(
                    level,
                    &Profile {
                        padded_block,
                        ..profile.clone()
                    },
                    stored,
                );
                assert_eq!(bench.attempt().await, Ok(()), "{level:?} {profile:?} {stored:?}");
                assert!(!bench.usb.is_powered());
                assert_eq!(bench.verifications(), 1);
            }
        }
    }
}

#[tokio::test]
async fn a_fault_of_the_link_at_any_transfer_is_made_good_and_the_pin_reaches_the_card_once() {
    let blocks = [
        UsbFault::DamagedCommand,
        UsbFault::DamagedAnswer,
        UsbFault::ParityError,
        UsbFault::LostCommand,
        UsbFault::LostAnswer,
        UsbFault::MoreTime,
        UsbFault::SmallerField,
    ];
    let any = [UsbFault::TimeExtensions, UsbFault::StaleAnswers];
    for (level, profile) in transports() {
        let speaks_blocks = level == UsbLevel::Tpdu && profile.protocol == Protocol::T1;
        let faults = any.iter().chain(blocks.iter().filter(|_| speaks_blocks));
        let bench = Bench::new(level, &profile, Stored::P256);
        bench.attempt().await.unwrap();
        let transfers = bench.usb.transfers();
        for fault in faults {
            for after in 0..transfers {
                let bench = Bench::new(level, &profile, Stored::P256);
                bench.usb.order(after, *fault);
                let outcome = bench.attempt().await;
                let context = format!("{fault:?} at transfer {after} of {transfers}, {level:?} {profile:?}");
                assert!(!bench.usb.fault_is_pending(), "{context}");
                assert_eq!(outcome, Ok(()), "{context}");
                assert_eq!(bench.verifications(), 1, "{context}");
            }
        }
    }
}

#[tokio::test]
async fn on_a_line_that_spoils_one_block_in_twelve_55_of_60_sign_and_no_pin_reaches_the_card_twice() {
    const SESSIONS: u64 = 60;
    for repeats_answers in [false, true] {
        for fault in [
            UsbFault::LostAnswer,
            UsbFault::DamagedAnswer,
            UsbFault::LostCommand,
            UsbFault::DamagedCommand,
        ] {
            let (mut signed, mut spoiled) = (0, 0);
            for seed in 0..SESSIONS {
                let bench = Bench::new(UsbLevel::Tpdu, &Profile::default(), Stored::Rsa2048);
                if repeats_answers {
                    bench.usb.repeat_answers();
                }
                bench.usb.spoil_line(fault, seed);
                let outcome = bench.attempt().await;
                signed += u64::from(outcome.is_ok());
                spoiled += bench.usb.spoiled();
                assert!(bench.verifications() <= 1, "{fault:?}, session {seed}: {outcome:?}");
                assert_eq!(bench.tries_left(), 3, "{fault:?}, session {seed}: {outcome:?}");
            }
            println!("{fault:?}, repeats answers {repeats_answers}: {signed} of {SESSIONS} sign, {spoiled} faults");
            assert!(spoiled > 100, "{spoiled} faults are no bad line");
            assert!(signed >= 55, "{fault:?}, {repeats_answers}: {signed} of {SESSIONS}");
        }
    }
}

#[tokio::test]
async fn a_card_or_cable_gone_at_any_transfer_spends_no_more_than_physics_forces() {
    for (level, profile) in transports() {
        let bench = Bench::new(level, &profile, Stored::P256);
        bench.attempt().await.unwrap();
        let transfers = bench.usb.transfers();
        for place in [
            CutPlace::BeforeSending,
            CutPlace::AfterSending,
            CutPlace::AfterAnswering,
        ] {
            for after in 0..transfers {
                let bench = Bench::new(level, &profile, Stored::P256);
                bench.usb.order(after, UsbFault::Removal(place));
                let outcome = bench.attempt().await;
                let context =
                    format!("{place:?} at transfer {after} of {transfers}, {level:?} {profile:?}: {outcome:?}");
                let before = bench.verifications();
                assert!(before <= 1, "{context}");
                let CardError::PinOutcomeUnknown = outcome.clone().unwrap_err() else {
                    assert!(matches!(outcome, Err(CardError::Link(_))), "{context}");
                    assert_eq!(bench.tries_left(), 3, "{context}");
                    bench.usb.repair();
                    assert_eq!(bench.attempt().await, Ok(()), "{context}");
                    continue;
                };
                assert!(
                    place != CutPlace::BeforeSending,
                    "what did not leave is known: {context}"
                );
                let torn = usize::from(place == CutPlace::AfterSending);
                assert_eq!((before, usize::from(bench.tries_left())), (1, 3 - torn), "{context}");
                bench.usb.repair();
                assert_eq!(bench.attempt().await, Ok(()), "{context}");
                assert_eq!(bench.tries_left(), 3, "{context}");
            }
        }
    }
}

#[tokio::test]
async fn a_card_that_was_out_for_a_moment_is_noticed_and_signs_when_it_is_started_anew() {
    for (level, profile) in transports() {
        let bench = Bench::new(level, &profile, Stored::P256);
        bench.attempt().await.unwrap();
        for after in 0..bench.usb.transfers() {
            let bench = Bench::new(level, &profile, Stored::P256);
            bench.usb.order(after, UsbFault::Reinserted);
            let outcome = bench.attempt().await;
            let context = format!("transfer {after}, {level:?} {profile:?}: {outcome:?}");
            let noticed = matches!(outcome, Err(CardError::Link(_) | CardError::PinOutcomeUnknown));
            assert!(noticed && !bench.usb.fault_is_pending(), "{context}");
            assert!(bench.verifications() <= 1 && bench.tries_left() == 3, "{context}");
            assert_eq!(bench.attempt().await, Ok(()), "{context}");
        }
    }
}

#[tokio::test]
async fn a_card_that_falls_silent_is_given_up_and_never_sent_the_pin_twice() {
    for (level, profile) in transports() {
        let bench = Bench::new(level, &profile, Stored::P256);
        bench.attempt().await.unwrap();
        for after in 0..bench.usb.transfers() {
            let bench = Bench::new(level, &profile, Stored::P256);
            bench.usb.order(after, UsbFault::Mute);
            let outcome = bench.attempt().await;
            assert!(
                matches!(outcome, Err(CardError::Link(_) | CardError::PinOutcomeUnknown)),
                "{outcome:?}"
            );
            assert!(bench.verifications() <= 1 && bench.tries_left() == 3);
        }
    }
}

#[tokio::test]
async fn a_reader_that_hangs_is_told_to_give_up_and_powers_the_card_off() {
    for level in [UsbLevel::Tpdu, UsbLevel::ShortApdu, UsbLevel::ExtendedApdu] {
        let bench = Bench::new(level, &Profile::default(), Stored::P256);
        bench.attempt().await.unwrap();
        for after in 0..bench.usb.transfers() {
            let bench = Bench::new(level, &Profile::default(), Stored::P256);
            bench.usb.order(after, UsbFault::Hangs);
            let outcome = bench.attempt().await;
            assert!(
                matches!(outcome, Err(CardError::Link(_) | CardError::PinOutcomeUnknown)),
                "{level:?} {after}: {outcome:?}"
            );
            assert!(!bench.usb.is_powered(), "{level:?} {after}: the PIN state has survived");
            assert_eq!(
                bench.attempt().await,
                Ok(()),
                "{level:?} {after}: the reader is still hanging"
            );
        }
        // Without control transfers the reader cannot be told, and the failure is the same.
        let bench = Bench::new(level, &Profile::default(), Stored::P256);
        bench.usb.withhold_control();
        bench.usb.order(0, UsbFault::Hangs);
        assert!(bench.attempt().await.is_err());
        assert!(bench.usb.is_powered());
    }
}

#[tokio::test]
async fn a_card_that_would_not_resynchronise_is_sent_nothing_more() {
    let bench = Bench::new(UsbLevel::Tpdu, &Profile::default(), Stored::P256);
    let channel = ccid::connect(bench.usb.clone()).await.unwrap();
    bench.usb.order(0, UsbFault::Mute);
    let select = vec![0, 0xA4, 0, 0, 2, 0x3F, 0, 0];
    let lost = channel.transmit(select.clone()).await;
    assert!(matches!(lost, Err(LinkFailure::Timeout { .. })), "{lost:?}");
    let transfers = bench.usb.transfers();
    let refused = LinkFailure::CardReset {
        delivery: Delivery::NotSent,
    };
    assert_eq!(channel.transmit(select).await, Err(refused));
    assert_eq!(bench.usb.transfers(), transfers);
}

#[tokio::test]
async fn a_cable_cut_while_a_lost_answer_is_asked_for_leaves_the_pin_unknown() {
    let bench = Bench::new(UsbLevel::Tpdu, &Profile::default(), Stored::P256);
    bench.attempt().await.unwrap();
    let mut unknown = 0;
    for after in 0..bench.usb.transfers() {
        let bench = Bench::new(UsbLevel::Tpdu, &Profile::default(), Stored::P256);
        bench.usb.order(after, UsbFault::LostAnswer);
        bench.usb.order(after + 1, UsbFault::Removal(CutPlace::BeforeSending));
        match bench.attempt().await {
            Err(CardError::PinOutcomeUnknown) => unknown += 1,
            // The first two transfers settle protocol and sizes; no command is under way.
            Err(CardError::Link(failure)) => {
                assert!(
                    after < 2 || failure.delivery() == Delivery::Unknown,
                    "{failure:?} at {after}"
                );
            }
            outcome => panic!("{outcome:?} at {after}"),
        }
    }
    assert_eq!(unknown, 1, "the block with the PIN had left");
}

#[tokio::test]
async fn a_card_is_waited_for_and_a_taken_reader_is_busy() {
    let bench = Bench::new(UsbLevel::Tpdu, &Profile::default(), Stored::P256);
    bench.usb.insert_card_after(50);
    let channel = ccid::connect(bench.usb.clone()).await.unwrap();
    assert_eq!(ccid::connect(bench.usb.clone()).await.err(), Some(LinkFailure::Busy));
    let atr = channel.info().await.unwrap().atr;
    assert_eq!(atr, Some(bench.card.lock().unwrap().answer_to_reset()));
    channel
        .close(CardOutcome::Succeeded {
            sentence: String::new(),
        })
        .await
        .unwrap();
    let closed = channel.transmit(vec![0, 0xA4, 0, 0]).await;
    assert!(closed.is_err());

    bench.usb.insert_card_after(100_000);
    assert_eq!(ccid::connect(bench.usb.clone()).await.err(), Some(LinkFailure::NoCard));
    bench.usb.insert_card_after(0);
    assert_eq!(bench.attempt().await, Ok(()), "the reader was given back");
}

#[tokio::test]
async fn blocks_with_a_crc_carry_a_signature_and_their_faults_are_made_good() {
    let profile = Profile {
        crc: true,
        ..Profile::default()
    };
    let bench = Bench::new(UsbLevel::Tpdu, &profile, Stored::Rsa2048);
    assert_eq!(bench.attempt().await, Ok(()));
    assert_eq!(bench.usb.parameters(), [1, 0x96, 0x11, 0, 0x45, 0, 0xFE, 0]);
    for fault in [UsbFault::DamagedCommand, UsbFault::DamagedAnswer, UsbFault::LostAnswer] {
        for after in 2..bench.usb.transfers() {
            let bench = Bench::new(UsbLevel::Tpdu, &profile, Stored::Rsa2048);
            bench.usb.order(after, fault);
            assert_eq!(bench.attempt().await, Ok(()), "{fault:?} at {after}");
            assert_eq!(bench.verifications(), 1);
        }
    }
}

#[tokio::test]
async fn the_reader_is_told_what_the_card_has_said_of_itself() {
    for (protocol, parameters) in [
        (Protocol::T0, [0, 0x11, 0, 0, 0x0A, 0].as_slice()),
        (Protocol::T1, &[1, 0x96, 0x10, 0, 0x45, 0, 0xFE, 0]),
    ] {
        let profile = Profile {
            protocol,
            ..Profile::default()
        };
        let bench = Bench::new(UsbLevel::Tpdu, &profile, Stored::P256);
        assert_eq!(bench.attempt().await, Ok(()));
        assert_eq!(bench.usb.parameters(), parameters);
    }
}

#[tokio::test]
async fn a_card_that_refuses_a_speed_is_spoken_to_at_the_usual_one() {
    let bench = Bench::new(UsbLevel::Tpdu, &Profile::default(), Stored::P256);
    bench.usb.refuse_speed();
    assert_eq!(bench.attempt().await, Ok(()));
    assert_eq!(bench.usb.parameters(), [1, 0x11, 0x10, 0, 0x45, 0, 0xFE, 0]);
    assert_eq!(bench.verifications(), 1);
}

#[tokio::test]
async fn a_card_that_is_the_wrong_way_round_or_makes_no_sense_is_not_taken_for_a_fault_of_the_reader() {
    let unresponsive = Some(LinkFailure::Timeout {
        delivery: Delivery::NotSent,
    });
    for level in [UsbLevel::Tpdu, UsbLevel::ShortApdu, UsbLevel::ExtendedApdu] {
        let bench = Bench::new(level, &Profile::default(), Stored::P256);
        bench.usb.turn_card(true);
        assert_eq!(ccid::connect(bench.usb.clone()).await.err(), unresponsive, "{level:?}");
        bench.usb.turn_card(false);
        assert_eq!(bench.attempt().await, Ok(()), "{level:?}");
        let babbler = Babbler;
        let usb = Arc::new(VirtualUsbReader::new(level, Arc::new(Mutex::new(babbler))));
        assert_eq!(ccid::connect(usb).await.err(), unresponsive, "{level:?}");
    }
}

/// A card whose answer to reset is none.
struct Babbler;

impl SmartCard for Babbler {
    fn respond(&mut self, _command: &[u8]) -> Vec<u8> {
        vec![0x6F, 0x00]
    }
    fn lose_power_during(&mut self, _command: &[u8]) {}
    fn reset(&mut self, _link: Link) {}
    fn answer_to_reset(&self) -> Vec<u8> {
        vec![0x00, 0x12, 0x34]
    }
    fn historical_bytes(&self) -> Vec<u8> {
        Vec::new()
    }
    fn knows_extended_length(&self) -> bool {
        false
    }
}

/// A card that answers a command with as many octets as the command has.
struct Echo;

impl SmartCard for Echo {
    fn respond(&mut self, command: &[u8]) -> Vec<u8> {
        command.to_vec()
    }
    fn lose_power_during(&mut self, _command: &[u8]) {}
    fn reset(&mut self, _link: Link) {}
    fn answer_to_reset(&self) -> Vec<u8> {
        VirtualCard::new(Stored::P256.image()).unwrap().answer_to_reset()
    }
    fn historical_bytes(&self) -> Vec<u8> {
        Vec::new()
    }
    fn knows_extended_length(&self) -> bool {
        true
    }
}

#[tokio::test]
async fn messages_of_every_length_around_that_of_a_packet_are_whole_in_both_directions() {
    for level in [UsbLevel::Tpdu, UsbLevel::ShortApdu, UsbLevel::ExtendedApdu] {
        let usb = Arc::new(VirtualUsbReader::new(level, Arc::new(Mutex::new(Echo))));
        let channel = ccid::connect(usb).await.unwrap();
        for length in 7..=261 {
            // A command with data alone, which an APDU of every length up to 260 octets can be, or with an answer too.
            let data = u8::try_from(length - 5).unwrap_or(255);
            let mut command = vec![0, 0xDA, 0, 0, data];
            command.resize(length, 0xA5);
            assert_eq!(
                channel.transmit(command.clone()).await,
                Ok(command),
                "{level:?} {length}"
            );
        }
    }
}

#[tokio::test]
async fn the_speed_is_the_fastest_that_card_and_reader_can_both_do() {
    // By a clock of 4 MHz: the card's own 250 000, then half and a quarter of it, and the usual 10 752.
    for (rates, factors) in [
        ([].as_slice(), 0x96),
        (&[10_752, 125_000, 250_000], 0x96),
        (&[10_753, 124_999], 0x95),
        (&[10_752, 62_500, 200_000], 0x94),
        (&[10_752, 31_250], 0x93),
        (&[10_752, 100_000], 0x11),
        (&[10_752], 0x11),
    ] {
        let bench = Bench::new(UsbLevel::Tpdu, &Profile::default(), Stored::P384);
        bench.usb.list_rates(rates);
        assert_eq!(bench.attempt().await, Ok(()), "{rates:?}");
        assert_eq!(bench.usb.parameters()[1], factors, "{rates:?}");
    }
    // Without its list, a reader is gone by its highest.
    let bench = Bench::new(UsbLevel::Tpdu, &Profile::default(), Stored::P384);
    bench.usb.list_rates(&[10_752, 125_000]);
    bench.usb.withhold_control();
    assert_eq!(bench.attempt().await, Ok(()));
    assert_eq!(bench.usb.parameters()[1], 0x95);
}

#[tokio::test]
async fn a_reader_that_takes_no_parameters_is_spoken_through_as_every_card_begins() {
    for protocol in [Protocol::T1, Protocol::T0] {
        let profile = Profile {
            protocol,
            ..Profile::default()
        };
        let bench = Bench::new(UsbLevel::Tpdu, &profile, Stored::P384);
        bench.usb.refuse_parameters();
        assert_eq!(bench.attempt().await, Ok(()), "{protocol:?}");
        assert_eq!((bench.verifications(), bench.tries_left()), (1, 3));
        assert_eq!(bench.usb.parameters()[1], 0x11);
    }
}

#[tokio::test]
async fn a_card_that_says_nothing_is_started_once_more_and_then_told_to_be_put_in_again() {
    // At a level with voltages there are three to begin with, of which the first is not the card's.
    for (level, silent, signs) in [
        (UsbLevel::ShortApdu, 1, true),
        (UsbLevel::ShortApdu, 2, false),
        (UsbLevel::Tpdu, 3, true),
        (UsbLevel::Tpdu, 6, false),
    ] {
        let bench = Bench::new(level, &Profile::default(), Stored::P384);
        bench.usb.silence_card(silent);
        let unresponsive = CardError::Link(LinkFailure::Timeout {
            delivery: Delivery::NotSent,
        });
        let expected = if signs { Ok(()) } else { Err(unresponsive) };
        assert_eq!(bench.attempt().await, expected, "{level:?} {silent}");
        // Put in again, it is as good as any.
        bench.usb.silence_card(0);
        assert_eq!(bench.attempt().await, Ok(()), "{level:?} {silent}");
    }
}

#[tokio::test]
async fn a_card_with_a_wrong_check_octet_is_used_and_one_of_unknown_protocols_alone_is_not() {
    let bench = Bench::new(UsbLevel::Tpdu, &Profile::default(), Stored::P384);
    let mut atr = bench.card.lock().unwrap().card.answer_to_reset();
    *atr.last_mut().unwrap() ^= 0x10;
    bench.card.lock().unwrap().atr = Some(atr);
    assert_eq!(bench.attempt().await, Ok(()));

    for level in [UsbLevel::Tpdu, UsbLevel::ShortApdu] {
        let bench = Bench::new(level, &Profile::default(), Stored::P384);
        // T=14 and nothing else.
        bench.card.lock().unwrap().atr = Some(vec![0x3B, 0x80, 0x0E, 0x8E]);
        let refused = bench.attempt().await;
        assert_eq!(refused, Err(CardError::Link(LinkFailure::Unsupported)), "{level:?}");
        assert!(!bench.usb.is_powered());
    }
}

#[tokio::test]
async fn a_card_that_can_be_used_is_found_behind_one_that_cannot() {
    // T=14 and nothing else; and no answer to reset at all.
    for atr in [vec![0x3B, 0x80, 0x0E, 0x8E], vec![0x00]] {
        let bench = Bench::new(UsbLevel::Tpdu, &Profile::default(), Stored::P384);
        let other = Bench::new(UsbLevel::Tpdu, &Profile::default(), Stored::P256);
        other.card.lock().unwrap().atr = Some(atr);
        bench.usb.add_card(other.card.clone());
        for _ in 0..2 {
            assert_eq!(bench.attempt().await, Ok(()));
            assert!(!bench.usb.is_powered());
        }
        assert_eq!((bench.verifications(), other.verifications()), (2, 0));
        // Where neither can be used, it is the first one's fault that is told.
        bench.usb.turn_card(true);
        let told = ccid::connect(bench.usb.clone()).await.err();
        let unresponsive = LinkFailure::Timeout {
            delivery: Delivery::NotSent,
        };
        let expected = if other.card.lock().unwrap().atr == Some(vec![0x00]) {
            unresponsive
        } else {
            LinkFailure::Unsupported
        };
        assert_eq!(told, Some(expected));
    }
}

#[tokio::test]
async fn a_card_in_any_slot_of_any_interface_is_found_and_every_interface_given_back() {
    for (slot, has_empty_interface) in [(0, true), (1, false), (2, true)] {
        for level in [UsbLevel::Tpdu, UsbLevel::ExtendedApdu] {
            let bench = Bench::new(level, &Profile::default(), Stored::P384);
            bench.usb.add_empty_places(slot, has_empty_interface);
            // What is left claimed would be busy the second time.
            for _ in 0..2 {
                let context = format!("{level:?}, slot {slot}, {has_empty_interface}");
                assert_eq!(bench.attempt().await, Ok(()), "{context}");
                assert!(!bench.usb.is_powered(), "{context}");
            }
            assert_eq!((bench.verifications(), bench.tries_left()), (2, 3));
        }
    }
}
