//! Cards drawn at random from all the forms and places there are: each signs with one PIN, or with the next consent where the
//! card's own rules force that, within the budget, and is known the next time.

use basvuru::card::{CardError, KnownCards};
use basvuru::reader::Link;
use basvuru_test_card::{
    ApplicationName, CertificatePlace, Collision, DigestForm, EnvironmentForm, EnvironmentOrder, Layout, OtherPin,
    PinForm, Profile, Protocol, Selection, SignatureForm,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::cuts::cut_everywhere;
use crate::fixture::{Desk, PIN, Stored, consent, digest};
use crate::forms::MOST_MORE;

/// What files are called and where they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Usual,
    Elsewhere,
    ByPath,
    Unnamed,
    SecondOfItsName,
    TokenInfo,
    Belgian,
}

/// The form in which a card is told what to sign with what.
fn forms() -> impl Strategy<Value = Profile> {
    let environment = prop_oneof![
        3 => Just((EnvironmentForm::Usual, false)),
        1 => Just((EnvironmentForm::Usual, true)),
        1 => Just((EnvironmentForm::MyEid, true)),
        1 => Just((EnvironmentForm::IsoApplet, false)),
        2 => (
            prop_oneof![Just(None), Just(Some(0x04)), Just(Some(0x21))],
            prop_oneof![
                Just((false, false, true)),
                Just((true, true, true)),
                Just((true, true, false)),
                Just((true, false, true)),
            ],
        )
            .prop_map(|(number, (key_files, file, reference))| {
                (EnvironmentForm::Exactly { number, file, reference }, key_files)
            }),
    ];
    let order = prop_oneof![
        Just(EnvironmentOrder::Any),
        Just(EnvironmentOrder::LosesPin),
        Just(EnvironmentOrder::AfterPin),
        Just(EnvironmentOrder::LostByPin),
    ];
    let digest = prop_oneof![
        3 => Just(DigestForm::Usual),
        1 => Just(DigestForm::HashFirst),
        1 => Just(DigestForm::Included),
    ];
    let signature = prop_oneof![Just(SignatureForm::Raw), Just(SignatureForm::Der)];
    (environment, order, digest, signature, any::<[bool; 3]>()).prop_map(
        |((environment, key_files), environment_order, digest_form, signature_form, [silent, authentication, each])| {
            // What includes the digest is declared, and what authenticates has no digest ahead.
            let included = digest_form == DigestForm::Included;
            Profile {
                environment,
                key_files,
                environment_order,
                digest_form,
                signature_form,
                declares_nothing: !included && (silent || environment != EnvironmentForm::Usual),
                by_authentication: authentication && digest_form == DigestForm::Usual,
                consent_each_time: each,
                ..Profile::default()
            }
        },
    )
}

/// Where everything is on a card, and how it is reached.
fn places() -> impl Strategy<Value = Profile> {
    let place = prop_oneof![
        3 => Just(Place::Usual),
        1 => Just(Place::Elsewhere),
        1 => Just(Place::ByPath),
        1 => Just(Place::Unnamed),
        1 => Just(Place::SecondOfItsName),
        1 => Just(Place::TokenInfo),
        1 => Just(Place::Belgian),
    ];
    let layout = prop_oneof![2 => Just(Layout::Standard), 1 => Just(Layout::AkisLike)];
    let selection = prop_oneof![
        2 => Just((Selection::Any, false)),
        1 => Just((Selection::Any, true)),
        1 => Just((Selection::WithoutLength, true)),
        1 => Just((Selection::WithoutControl, true)),
    ];
    let certificates = prop_oneof![
        Just(CertificatePlace::OwnFile),
        Just(CertificatePlace::SharedFile),
        Just(CertificatePlace::Directory),
    ];
    let collision = prop_oneof![
        3 => Just(Collision::None),
        1 => Just(Collision::ApplicationFiles),
        1 => Just(Collision::Directories),
    ];
    let pin = prop_oneof![
        Just(PinForm::Ascii),
        Just(PinForm::AsciiPadded),
        Just(PinForm::BcdPadded),
        Just(PinForm::Iso9564),
    ];
    let other_pin = prop_oneof![2 => Just(OtherPin::None), 1 => Just(OtherPin::Elsewhere)];
    let protocol = prop_oneof![Just(Protocol::T1), Just(Protocol::T0)];
    (
        place,
        layout,
        selection,
        certificates,
        collision,
        (pin, other_pin, protocol),
        any::<[bool; 4]>(),
    )
        .prop_map(
            |(
                place,
                layout,
                (selection, silent),
                certificate_place,
                collision,
                (pin_form, other_pin, protocol),
                more,
            )| {
                let [hides_tries, directory_of_records, apart, extended_length] = more;
                // Names that are not AKİS's own are on other cards.
                let standard = layout == Layout::Standard;
                let own_files = certificate_place == CertificatePlace::OwnFile;
                Profile {
                    layout,
                    selection,
                    no_file_control: silent,
                    certificate_place,
                    collision: if own_files { collision } else { Collision::None },
                    pin_form,
                    other_pin,
                    protocol,
                    hides_tries,
                    directory_of_records,
                    certificates_named_apart: apart,
                    extended_length,
                    information_elsewhere: standard && place == Place::Elsewhere,
                    application_name: if place == Place::ByPath {
                        ApplicationName::None
                    } else {
                        ApplicationName::Told
                    },
                    unnamed: place == Place::Unnamed,
                    second_of_its_name: place == Place::SecondOfItsName,
                    token_info_elsewhere: standard && place == Place::TokenInfo,
                    belgian_name: standard && place == Place::Belgian,
                    ..Profile::default()
                }
            },
        )
}

/// A card with a place for everything and a form for each command.
pub(crate) fn profiles() -> impl Strategy<Value = Profile> {
    (forms(), places()).prop_map(|(forms, places)| Profile {
        environment: forms.environment,
        key_files: forms.key_files,
        environment_order: forms.environment_order,
        digest_form: forms.digest_form,
        signature_form: forms.signature_form,
        declares_nothing: forms.declares_nothing,
        by_authentication: forms.by_authentication,
        consent_each_time: forms.consent_each_time,
        ..places
    })
}

/// The same places with the usual forms, which a card's own forms are measured against.
fn usual(profile: &Profile) -> Profile {
    Profile {
        environment: EnvironmentForm::Usual,
        environment_order: EnvironmentOrder::Any,
        digest_form: DigestForm::Usual,
        declares_nothing: false,
        by_authentication: false,
        ..profile.clone()
    }
}

/// How many commands signing costs at first and then; one consent sends one PIN, no try is spent, and nothing that was refused is
/// sent again.
async fn signs(profile: &Profile) -> [usize; 2] {
    let stored = Stored::P384;
    let desk = Desk::new(Link::Contact, stored.image().with_profile(profile.clone()));
    let known = KnownCards::default();
    let mut counts = [0; 2];
    for (round, count) in counts.iter_mut().enumerate() {
        let memory = if round == 0 {
            known.clone()
        } else {
            KnownCards::from_bytes(&known.to_bytes())
        };
        desk.readers.clear();
        let mut card = desk.open_known(&memory).await.expect("the card is read");
        let key = card.signing_keys()[0].clone();
        assert_eq!(card.signing_keys().len(), 1, "{profile:#?}");
        let digest = digest(key.algorithm);
        let mut consents = 1;
        let mut signature = card.sign(&key, consent(PIN), &digest).await;
        let refused = CardError::Status {
            instruction: 0x2A,
            status: 0x6982,
        };
        let authentication = CardError::Status {
            instruction: 0x88,
            status: 0x6982,
        };
        // A card that lets go of the PIN, and does not say so, wants the next consent: once.
        let lets_go = profile.environment_order == EnvironmentOrder::LosesPin && round == 0;
        while lets_go
            && consents < 3
            && signature
                .as_ref()
                .is_err_and(|error| *error == refused || *error == authentication)
        {
            consents += 1;
            desk.readers.clear();
            signature = card.sign(&card.signing_keys()[0].clone(), consent(PIN), &digest).await;
            // What is refused for want of a PIN has sent one.
            assert_eq!(desk.verifications(), 1, "{profile:#?}");
        }
        let exchanges = desk.readers.exchanges();
        let context = || format!("{profile:#?}, round {round}: {exchanges:#?}");
        let signature = signature.unwrap_or_else(|error| panic!("{error}: {}", context()));
        assert!(stored.accepts(&digest, &signature), "{}", context());
        assert_eq!((desk.verifications(), desk.tries_left()), (1, 3), "{}", context());
        let refused = exchanges.iter().filter(|exchange| {
            exchange.command.starts_with("0022") && !["9000", "6982"].contains(&exchange.answer.as_str())
        });
        let mut refused: Vec<_> = refused.map(|exchange| &exchange.command).collect();
        let sent = refused.len();
        refused.sort();
        refused.dedup();
        assert_eq!(refused.len(), sent, "{}", context());
        *count = desk.readers.meter().apdus;
    }
    counts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_card_drawn_from_all_forms_signs_within_the_budget_and_is_known_the_next_time(profile in profiles()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let [first, then] = signs(&profile).await;
            let [first_usually, then_usually] = signs(&usual(&profile)).await;
            // A digest that goes ahead is a command of its own.
            let ahead = usize::from(profile.digest_form == DigestForm::HashFirst);
            let most = first_usually + ahead + MOST_MORE;
            prop_assert!(first <= most, "{first} where {first_usually} is usual: {profile:#?}");
            prop_assert!(then <= then_usually + ahead, "{then} where {then_usually} is usual: {profile:#?}");
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn a_link_cut_anywhere_with_a_drawn_card_spends_no_more_than_physics_forces() {
    // Always the same ones: what fails here can be looked at.
    let mut runner = TestRunner::deterministic();
    for _ in 0..6 {
        let profile = loop {
            let drawn = profiles().new_tree(&mut runner).unwrap().current();
            // Those that need a second consent are walked with the forms by name.
            if drawn.environment_order != EnvironmentOrder::LosesPin {
                break drawn;
            }
        };
        let stored = Stored::P384;
        let image = || stored.image().with_profile(profile.clone());
        cut_everywhere(&format!("{profile:?}"), Link::Nfc, stored, &image).await;
    }
}
