//! What a PUK costs, what it gives, and when it is not sent at all.

use std::sync::Arc;

use basvuru::card::{Card, CardError, KnownCards, PukConsent, SigningKey, UnblockedPin};
use basvuru::reader::{Link, LinkFailure};
use basvuru::secret::Pin;
use basvuru_test_card::{CardImage, Cut, CutPlace, Layout, PinForm, Profile, PukHabits, PukPlace, Reset, VirtualCard};
use proptest::prelude::*;

use crate::drawn::profiles;
use crate::fixture::{Desk, PIN, Stored, consent, digest};

const PUK: &str = "13572468";
const WRONG_PUK: &str = "86427531";
const NEW_PIN: &str = "975310";

const OFFERED: [PukPlace; 6] = [
    PukPlace::Named,
    PukPlace::InRules,
    PukPlace::UnderPin,
    PukPlace::Namesake,
    PukPlace::Further,
    PukPlace::Alone,
];
const FORMS: [PinForm; 4] = [
    PinForm::Ascii,
    PinForm::AsciiPadded,
    PinForm::BcdPadded,
    PinForm::Iso9564,
];

fn image(profile: Profile, habits: PukHabits) -> CardImage {
    let image = Stored::P384.image().with_profile(profile);
    image.with_puk(PUK, habits).unwrap()
}

fn desk_of(habits: PukHabits) -> Desk {
    Desk::new(Link::Contact, image(Profile::default(), habits))
}

fn puk(digits: &str) -> PukConsent {
    PukConsent::new(Arc::new(Pin::new(digits.as_bytes())))
}

fn new(digits: &str) -> Arc<Pin> {
    Arc::new(Pin::new(digits.as_bytes()))
}

fn key_of(card: &Card) -> SigningKey {
    card.signing_keys()[0].clone()
}

fn puk_tries(desk: &Desk) -> Option<u8> {
    desk.card.lock().unwrap().puk_tries_left()
}

fn pin_of(desk: &Desk) -> String {
    desk.card.lock().unwrap().image().pin().to_owned()
}

/// How many commands with a PUK reached the card, or were on their way to it.
fn puks_sent(desk: &Desk) -> usize {
    let exchanges = desk.readers.exchanges();
    exchanges
        .iter()
        .filter(|exchange| exchange.command.starts_with("002C"))
        .count()
}

/// Blocks the PIN, as its holder does.
async fn block(desk: &Desk) {
    let mut card = desk.open().await.unwrap();
    let key = key_of(&card);
    for _ in 0..3 {
        let wrong = consent("000000").confirming_last_try();
        card.sign(&key, wrong, &digest(key.algorithm)).await.unwrap_err();
    }
    assert_eq!(desk.tries_left(), 0);
    desk.readers.clear();
}

async fn signs_with(desk: &Desk, pin: &str) -> Result<(), CardError> {
    let mut card = desk.open().await?;
    let key = key_of(&card);
    let digest = digest(key.algorithm);
    let signature = card.sign(&key, consent(pin), &digest).await?;
    assert!(Stored::P384.accepts(&digest, &signature));
    Ok(())
}

#[tokio::test]
async fn a_puk_gives_a_blocked_pin_its_tries_by_one_command_wherever_the_card_tells_of_it() {
    for place in OFFERED {
        for (form, pin_form) in FORMS.into_iter().zip(FORMS.into_iter().cycle().skip(1)) {
            for (reset, apart) in [(Reset::WithNewPin, false), (Reset::PukAlone, true)] {
                let habits = PukHabits {
                    place,
                    reset,
                    form,
                    apart,
                    ..PukHabits::default()
                };
                let profile = Profile {
                    pin_form,
                    ..Profile::default()
                };
                let context = format!("{habits:?} {pin_form:?}");
                let desk = Desk::new(Link::Contact, image(profile, habits));
                block(&desk).await;
                let mut card = desk.open().await.unwrap();
                let key = key_of(&card);
                let rules = key.puk().expect("the card tells of its PUK");
                assert_eq!(
                    (rules.min_length, rules.max_length, rules.numeric),
                    (8, 8, true),
                    "{context}"
                );
                assert_eq!(rules.tries_left, Some(3), "{context}");
                let expected = match reset {
                    Reset::PukAlone => (UnblockedPin::AsBefore, PIN),
                    Reset::WithNewPin | Reset::NewPinAlone | Reset::Nothing => (UnblockedPin::New, NEW_PIN),
                };
                assert_eq!(key.unblocked_pin(), Some(expected.0));
                desk.readers.clear();
                let unblocked = card.unblock(&key, puk(PUK), new(NEW_PIN)).await;
                assert_eq!(unblocked, Ok(expected.0), "{context}");
                assert_eq!((puks_sent(&desk), desk.verifications()), (1, 0), "{context}");
                assert_eq!((desk.tries_left(), puk_tries(&desk)), (3, Some(3)), "{context}");
                assert_eq!(
                    key_of(&card).pin.tries_left,
                    None,
                    "the card has not said how many there are now"
                );
                let key = key_of(&card);
                card.sign(&key, consent(expected.1), &digest(key.algorithm))
                    .await
                    .unwrap();
            }
        }
    }
}

#[tokio::test]
async fn a_puk_that_is_not_the_holders_or_not_for_this_pin_is_never_sent() {
    let of_place = |place| PukHabits {
        place,
        ..PukHabits::default()
    };
    let of_form = |reset| PukHabits {
        reset,
        ..PukHabits::default()
    };
    let habits = [
        of_place(PukPlace::OfAnother),
        of_place(PukPlace::OfOfficer),
        of_place(PukPlace::Forbidden),
        of_form(Reset::NewPinAlone),
        of_form(Reset::Nothing),
    ];
    let first_akis = Profile {
        layout: Layout::AkisFirst,
        ..Profile::default()
    };
    let cards = habits.into_iter().map(|habits| (Profile::default(), Some(habits)));
    for (profile, habits) in cards.chain([(Profile::default(), None), (first_akis, Some(PukHabits::default()))]) {
        let context = format!("{:?} {habits:?}", profile.layout);
        let image = match habits {
            Some(habits) => image(profile, habits),
            None => Stored::P384.image().with_profile(profile),
        };
        let desk = Desk::new(Link::Contact, image);
        let mut card = desk.open().await.unwrap();
        let key = key_of(&card);
        assert_eq!((key.puk(), key.unblocked_pin()), (None, None), "{context}");
        desk.readers.clear();
        let refused = card.unblock(&key, puk(PUK).confirming_last_try(), new(NEW_PIN)).await;
        assert_eq!(refused, Err(CardError::PukUnavailable), "{context}");
        assert_eq!(desk.readers.meter().apdus, 0, "{context}");
    }
}

#[tokio::test]
async fn a_wrong_puk_is_sent_once_and_costs_the_pin_nothing() {
    for (hides_tries, tells_no_number) in [(false, false), (true, false), (true, true)] {
        let desk = desk_of(PukHabits {
            hides_tries,
            tells_no_number,
            ..PukHabits::default()
        });
        let mut card = desk.open().await.unwrap();
        let key = key_of(&card);
        card.sign(&key, consent("000000"), &digest(key.algorithm))
            .await
            .unwrap_err();
        desk.readers.clear();
        let wrong = card.unblock(&key, puk(WRONG_PUK), new(NEW_PIN)).await;
        let tries_left = (!tells_no_number).then_some(2);
        assert_eq!(wrong, Err(CardError::WrongPuk { tries_left }));
        assert_eq!((puks_sent(&desk), desk.verifications()), (1, 0));
        assert_eq!((puk_tries(&desk), desk.tries_left()), (Some(2), 2));
        assert_eq!((pin_of(&desk).as_str(), key_of(&card).pin.tries_left), (PIN, Some(2)));
        assert_eq!(key_of(&card).puk().unwrap().tries_left, tries_left);
        // The right one gives both their tries back.
        let key = key_of(&card);
        card.unblock(&key, puk(PUK), new(NEW_PIN)).await.unwrap();
        assert_eq!((puk_tries(&desk), desk.tries_left()), (Some(3), 3));
    }
}

#[tokio::test]
async fn the_last_try_of_a_puk_needs_its_own_confirmation_and_across_restarts() {
    for (hides_tries, tells_no_number) in [(false, false), (true, false), (true, true)] {
        let desk = desk_of(PukHabits {
            hides_tries,
            tells_no_number,
            ..PukHabits::default()
        });
        let mut known = KnownCards::default();
        for _ in 0..2 {
            let mut card = desk.open_known(&known).await.unwrap();
            let key = key_of(&card);
            card.unblock(&key, puk(WRONG_PUK), new(NEW_PIN)).await.unwrap_err();
            known = KnownCards::from_bytes(&known.to_bytes());
        }
        let mut card = desk.open_known(&known).await.unwrap();
        let key = key_of(&card);
        assert_eq!(
            key.puk().unwrap().tries_left,
            Some(1),
            "{hides_tries} {tells_no_number}"
        );
        desk.readers.clear();
        let refused = card.unblock(&key, puk(PUK), new(NEW_PIN)).await;
        assert_eq!(refused, Err(CardError::LastPukTryNotConfirmed));
        assert_eq!((puks_sent(&desk), puk_tries(&desk)), (0, Some(1)));
        let confirmed = puk(PUK).confirming_last_try();
        card.unblock(&key, confirmed, new(NEW_PIN)).await.unwrap();
        assert_eq!((puk_tries(&desk), pin_of(&desk).as_str()), (Some(3), NEW_PIN));
        drop(card);
        assert_eq!(
            key_of(&desk.open_known(&known).await.unwrap())
                .puk()
                .unwrap()
                .tries_left,
            (!hides_tries).then_some(3)
        );
    }
}

#[tokio::test]
async fn what_a_card_tells_of_a_blocked_puk_is_a_hint_and_the_card_has_the_last_word() {
    for hides_tries in [false, true] {
        let desk = desk_of(PukHabits {
            hides_tries,
            ..PukHabits::default()
        });
        let mut card = desk.open().await.unwrap();
        let key = key_of(&card);
        for _ in 0..3 {
            let wrong = puk(WRONG_PUK).confirming_last_try();
            card.unblock(&key, wrong, new(NEW_PIN)).await.unwrap_err();
        }
        assert_eq!(key_of(&card).puk().unwrap().tries_left, Some(0));
        drop(card);
        let mut card = desk.open().await.unwrap();
        let key = key_of(&card);
        assert_eq!(key.puk().unwrap().tries_left, (!hides_tries).then_some(0));
        desk.readers.clear();
        if !hides_tries {
            let hint = card.unblock(&key, puk(PUK), new(NEW_PIN)).await;
            assert_eq!((hint, puks_sent(&desk)), (Err(CardError::LastPukTryNotConfirmed), 0));
        }
        let blocked = card.unblock(&key, puk(PUK).confirming_last_try(), new(NEW_PIN)).await;
        assert_eq!((blocked, puks_sent(&desk)), (Err(CardError::PukBlocked), 1));
        assert_eq!((desk.tries_left(), pin_of(&desk).as_str()), (3, PIN));
    }
}

#[tokio::test]
async fn what_cannot_be_a_puk_or_a_new_pin_never_reaches_the_card() {
    let desk = desk_of(PukHabits::default());
    let mut card = desk.open().await.unwrap();
    let key = key_of(&card);
    desk.readers.clear();
    for digits in ["", "1357246", "135724681", "1357246a"] {
        let refused = card.unblock(&key, puk(digits), new(NEW_PIN)).await;
        let (min_length, max_length, numeric) = (8, 8, true);
        let format = CardError::PukFormat {
            min_length,
            max_length,
            numeric,
        };
        assert_eq!(refused, Err(format), "{digits}");
    }
    for digits in ["", "123", "123456789", "12ab56"] {
        let refused = card.unblock(&key, puk(PUK), new(digits)).await;
        let (min_length, max_length, numeric) = (4, 8, true);
        let format = CardError::NewPinFormat {
            min_length,
            max_length,
            numeric,
        };
        assert_eq!(refused, Err(format), "{digits}");
    }
    assert_eq!((desk.readers.meter().apdus, puk_tries(&desk)), (0, Some(3)));
}

#[tokio::test]
async fn a_card_that_refuses_the_command_is_told_truly_and_not_asked_in_another_form() {
    let status = |status| CardError::Status {
        instruction: 0x2C,
        status,
    };
    for (refusal, expected) in [
        (0x6A86, CardError::PukUnavailable),
        (0x6D00, CardError::PukUnavailable),
        (0x6A88, CardError::PukUnavailable),
        (0x6983, CardError::PukBlocked),
        (0x63C1, CardError::WrongPuk { tries_left: Some(1) }),
        (0x6C08, status(0x6C08)),
        (0x6108, status(0x6108)),
        (0x6985, status(0x6985)),
    ] {
        let desk = desk_of(PukHabits {
            refusal: Some(refusal),
            ..PukHabits::default()
        });
        let mut card = desk.open().await.unwrap();
        let key = key_of(&card);
        desk.readers.clear();
        let refused = card.unblock(&key, puk(PUK), new(NEW_PIN)).await;
        assert_eq!(refused, Err(expected), "{refusal:04X}");
        assert_eq!((puks_sent(&desk), desk.verifications()), (1, 0), "{refusal:04X}");
        assert_eq!(
            (puk_tries(&desk), desk.tries_left(), pin_of(&desk).as_str()),
            (Some(3), 3, PIN)
        );
    }
}

#[tokio::test]
async fn a_refusal_that_may_have_cost_a_try_counts_and_one_that_cannot_does_not() {
    for (refusal, left) in [(0x6982, Some(1)), (0x6985, Some(1)), (0x6A86, None), (0x6D00, None)] {
        let desk = desk_of(PukHabits {
            refusal: Some(refusal),
            hides_tries: true,
            ..PukHabits::default()
        });
        let known = KnownCards::default();
        for _ in 0..2 {
            let mut card = desk.open_known(&known).await.unwrap();
            let key = key_of(&card);
            card.unblock(&key, puk(PUK), new(NEW_PIN)).await.unwrap_err();
        }
        let card = desk.open_known(&known).await.unwrap();
        assert_eq!(key_of(&card).puk().unwrap().tries_left, left, "{refusal:04X}");
    }
}

#[tokio::test]
async fn a_link_cut_anywhere_costs_no_more_than_one_try_of_the_puk_and_none_of_the_pin() {
    for (link, layout, reset, hides_tries) in [
        (Link::Contact, Layout::Standard, Reset::WithNewPin, false),
        (Link::Nfc, Layout::AkisLike, Reset::WithNewPin, true),
        (Link::Nfc, Layout::Standard, Reset::PukAlone, false),
    ] {
        let desk = || {
            let profile = Profile {
                layout,
                ..Profile::default()
            };
            let habits = PukHabits {
                reset,
                hides_tries,
                ..PukHabits::default()
            };
            Desk::new(link, image(profile, habits))
        };
        let attempt = async |desk: &Desk| {
            let mut card = desk.open().await?;
            let key = key_of(&card);
            card.unblock(&key, puk(PUK), new(NEW_PIN)).await
        };
        let uncut = desk();
        block(&uncut).await;
        attempt(&uncut).await.unwrap();
        for place in [
            CutPlace::BeforeSending,
            CutPlace::AfterSending,
            CutPlace::AfterAnswering,
        ] {
            for after in 0..uncut.readers.meter().apdus {
                let desk = desk();
                block(&desk).await;
                desk.readers.cut(Cut { after, place });
                let outcome = attempt(&desk).await;
                let context = format!("{link:?} {layout:?} {reset:?}, {place:?} APDU {after}: {outcome:?}");
                assert!(!desk.readers.cut_is_pending(), "{context}");
                assert!(puks_sent(&desk) <= 1 && desk.verifications() == 0, "{context}");
                let reached = desk.last_command().is_some_and(|command| command.starts_with("002C"));
                let (torn, done) = match place {
                    CutPlace::BeforeSending => (false, false),
                    CutPlace::AfterSending => (reached, false),
                    CutPlace::AfterAnswering => (false, reached),
                };
                assert_eq!(puk_tries(&desk), Some(if torn { 2 } else { 3 }), "{context}");
                assert_eq!(desk.tries_left(), if done { 3 } else { 0 }, "{context}");
                let is_new = done && reset == Reset::WithNewPin;
                assert_eq!(pin_of(&desk), if is_new { NEW_PIN } else { PIN }, "{context}");
                match outcome {
                    Err(CardError::PukOutcomeUnknown) => assert!(torn || done, "{context}"),
                    Err(CardError::Link(LinkFailure::CardLost { .. })) => assert!(!torn && !done, "{context}"),
                    _ => panic!("{context}"),
                }
                attempt(&desk).await.unwrap();
                assert_eq!((desk.tries_left(), puk_tries(&desk)), (3, Some(3)), "{context}");
            }
        }
    }
}

#[tokio::test]
async fn a_card_that_was_remembered_before_puks_were_is_read_once_more() {
    let desk = desk_of(PukHabits::default());
    let known = KnownCards::default();
    drop(desk.open_known(&known).await.unwrap());
    let mut stored: serde_json::Value = serde_json::from_slice(&known.to_bytes()).unwrap();
    let contents = stored["cards"][0]["contents"].as_object_mut().unwrap();
    assert_eq!(contents.remove("knows_puks"), Some(true.into()));
    let key = contents["keys"][0].as_object_mut().unwrap();
    assert!(key.remove("puk").is_some());
    let known = KnownCards::from_bytes(stored.to_string().as_bytes());
    for recalled in [false, true] {
        let card = desk.open_known(&known).await.unwrap();
        assert_eq!(card.is_recalled(), recalled);
        assert!(key_of(&card).puk().is_some());
    }
}

#[tokio::test]
async fn no_record_holds_the_puk() {
    let desk = desk_of(PukHabits::default());
    let mut card = desk.open().await.unwrap();
    let key = key_of(&card);
    let consent = puk(PUK);
    let printed = format!("{card:?} {key:?} {consent:?}");
    card.unblock(&key, consent, new(NEW_PIN)).await.unwrap();
    let record = format!("{:?}", desk.readers.exchanges());
    for secret in [PUK, NEW_PIN] {
        let hexadecimal: String = secret.bytes().map(|digit| format!("{digit:02X}")).collect();
        for text in [&printed, &record] {
            assert!(!text.contains(secret) && !text.contains(&hexadecimal));
        }
    }
}

/// How a card may tell of its PUK and take it.
fn habits() -> impl Strategy<Value = PukHabits> {
    let place = prop_oneof![
        4 => proptest::sample::select(OFFERED.to_vec()),
        1 => proptest::sample::select(vec![PukPlace::OfAnother, PukPlace::OfOfficer, PukPlace::Forbidden]),
    ];
    let reset = prop_oneof![
        4 => Just(Reset::WithNewPin),
        2 => Just(Reset::PukAlone),
        1 => Just(Reset::NewPinAlone),
        1 => Just(Reset::Nothing),
    ];
    let form = proptest::sample::select(FORMS.to_vec());
    let refusal = prop_oneof![
        6 => Just(None),
        1 => proptest::sample::select(vec![0x6A86_u16, 0x6D00, 0x6983, 0x63C2, 0x6300]).prop_map(Some),
    ];
    (place, reset, form, refusal, any::<[bool; 3]>()).prop_map(
        |(place, reset, form, refusal, [apart, hides_tries, tells_no_number])| PukHabits {
            place,
            reset,
            form,
            apart,
            hides_tries,
            tells_no_number,
            refusal,
        },
    )
}

/// The commands that reading and signing cost at first, and with what is remembered.
async fn counts(image: CardImage) -> [usize; 2] {
    let desk = Desk::new(Link::Contact, image);
    let known = KnownCards::default();
    let mut counts = [0; 2];
    for count in &mut counts {
        desk.readers.clear();
        let mut card = desk.open_known(&known).await.expect("the card is read");
        let key = key_of(&card);
        // What is refused on the way is the same with a PUK and without.
        let _ = card.sign(&key, consent(PIN), &digest(key.algorithm)).await;
        *count = desk.readers.meter().apdus;
    }
    counts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_card_drawn_from_all_forms_is_unblocked_or_told_not_to_be_and_its_puk_costs_no_command_more(
        profile in profiles(), habits in habits(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let bare = Stored::P384.image().with_profile(profile.clone());
            let with_puk = bare.clone().with_puk(PUK, habits.clone()).unwrap();
            // A directory is read by one command unless it is longer than one answer, and on T=0 by one more where it is shorter;
            // one that PUKs have for themselves is read besides.
            let longer = VirtualCard::new(with_puk.clone()).unwrap().pins_told().len() >= 256;
            let [first, then] = counts(bare).await;
            let [first_with, then_with] = counts(with_puk.clone()).await;
            if !habits.apart {
                prop_assert!(first_with <= first + usize::from(longer), "{} where {} is usual", first_with, first);
            }
            prop_assert!(then_with <= then, "{} where {} is usual", then_with, then);

            let desk = Desk::new(Link::Contact, with_puk);
            let mut card = desk.open().await.expect("the card is read");
            let key = key_of(&card);
            desk.readers.clear();
            let outcome = card.unblock(&key, puk(PUK), new(NEW_PIN)).await;
            let sent = puks_sent(&desk);
            prop_assert_eq!(desk.verifications(), 0);
            prop_assert_eq!(key.puk().is_some(), habits.is_offered(), "{:?}", &habits);
            match (habits.is_offered(), habits.refusal) {
                (false, _) => prop_assert_eq!((outcome, sent), (Err(CardError::PukUnavailable), 0)),
                (true, Some(_)) => {
                    prop_assert!(outcome.is_err());
                    prop_assert_eq!((sent, puk_tries(&desk), pin_of(&desk)), (1, Some(3), PIN.to_owned()));
                }
                (true, None) => {
                    let pin = match habits.reset {
                        Reset::PukAlone => PIN,
                        Reset::WithNewPin | Reset::NewPinAlone | Reset::Nothing => NEW_PIN,
                    };
                    prop_assert!(outcome.is_ok(), "{:?}", outcome);
                    prop_assert_eq!((sent, pin_of(&desk)), (1, pin.to_owned()));
                }
            }
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn a_pin_that_was_unblocked_signs_in_the_same_session_and_the_next() {
    let desk = desk_of(PukHabits::default());
    block(&desk).await;
    assert_eq!(signs_with(&desk, PIN).await, Err(CardError::PinBlocked));
    let mut card = desk.open().await.unwrap();
    let key = key_of(&card);
    card.unblock(&key, puk(PUK), new(NEW_PIN)).await.unwrap();
    drop(card);
    assert_eq!(signs_with(&desk, NEW_PIN).await, Ok(()));
    assert_eq!(
        signs_with(&desk, PIN).await,
        Err(CardError::WrongPin { tries_left: Some(2) })
    );
}
