//! Cards that want their security environment, its order or what is signed in a form of their own: found without a PIN
//! try, within the budget, and remembered.

use basvuru::card::{CardError, KnownCards};
use basvuru::reader::Link;
use basvuru_test_card::{DigestForm, EnvironmentForm, EnvironmentOrder, OtherPin, Profile, SignatureForm};

use crate::cuts::cut_everywhere;
use crate::fixture::{Desk, PIN, Stored, consent, digest};

/// The most commands that finding a form may cost once.
pub(crate) const MOST_MORE: usize = 6;

/// A card whose files declare nothing.
fn silent() -> Profile {
    Profile {
        declares_nothing: true,
        ..Profile::default()
    }
}

/// Cards that others have made, as far as is known of them.
fn others() -> Vec<(&'static str, Profile)> {
    let key_files = Profile {
        key_files: true,
        ..silent()
    };
    let environment = |environment| Profile {
        environment,
        ..silent()
    };
    let order = |environment_order| Profile {
        environment_order,
        ..silent()
    };
    vec![
        ("declares what it wants", Profile::default()),
        ("declares nothing", silent()),
        (
            "MyEID, OsEID",
            Profile {
                environment: EnvironmentForm::MyEid,
                signature_form: SignatureForm::Der,
                ..key_files.clone()
            },
        ),
        ("IsoApplet", environment(EnvironmentForm::IsoApplet)),
        (
            "a file, no reference",
            Profile {
                environment: EnvironmentForm::Exactly {
                    number: None,
                    file: true,
                    reference: false,
                },
                ..key_files.clone()
            },
        ),
        (
            "a reference, no file",
            Profile {
                environment: EnvironmentForm::Exactly {
                    number: None,
                    file: false,
                    reference: true,
                },
                ..key_files
            },
        ),
        (
            "Belgian order",
            Profile {
                environment_order: EnvironmentOrder::LosesPin,
                belgian_name: true,
                ..Profile::default()
            },
        ),
        ("environment first", order(EnvironmentOrder::LosesPin)),
        ("environment after the PIN", order(EnvironmentOrder::AfterPin)),
        ("environment lost by the PIN", order(EnvironmentOrder::LostByPin)),
        (
            "digest ahead",
            Profile {
                digest_form: DigestForm::HashFirst,
                ..silent()
            },
        ),
        (
            "digest included, declared alone",
            Profile {
                digest_form: DigestForm::Included,
                ..Profile::default()
            },
        ),
        (
            "authentication in place of a signature",
            Profile {
                by_authentication: true,
                ..silent()
            },
        ),
        (
            "authentication, declared, after the PIN",
            Profile {
                by_authentication: true,
                environment_order: EnvironmentOrder::AfterPin,
                ..Profile::default()
            },
        ),
        (
            "a PIN that the key does not name",
            Profile {
                other_pin: OtherPin::Elsewhere,
                ..Profile::default()
            },
        ),
        (
            "IsoApplet, after the PIN alone",
            Profile {
                environment: EnvironmentForm::IsoApplet,
                environment_order: EnvironmentOrder::AfterPin,
                ..silent()
            },
        ),
        (
            "IsoApplet, environment first, digest ahead",
            Profile {
                environment: EnvironmentForm::IsoApplet,
                environment_order: EnvironmentOrder::LosesPin,
                digest_form: DigestForm::HashFirst,
                ..silent()
            },
        ),
    ]
}

/// How many commands a card costs that is seen for the first time, and then. Everything else that has to hold is proven on
/// the way: one PIN for one signature, no try spent, and nothing sent again that was refused.
async fn counted(name: &str, stored: Stored, profile: &Profile) -> (usize, usize) {
    let desk = Desk::new(Link::Contact, stored.image().with_profile(profile.clone()));
    let known = KnownCards::default();
    let mut counts = [0; 2];
    for (round, count) in counts.iter_mut().enumerate() {
        let known = if round == 0 {
            known.clone()
        } else {
            KnownCards::from_bytes(&known.to_bytes())
        };
        desk.readers.clear();
        let mut card = desk.open_known(&known).await.expect("the card is read");
        let key = card.signing_keys()[0].clone();
        let digest = digest(key.algorithm);
        let signature = card.sign(&key, consent(PIN), &digest).await;
        let exchanges = desk.readers.exchanges();
        let context = format!("{name}, {stored:?}, round {round}: {exchanges:#?}");
        let signature = signature.unwrap_or_else(|error| panic!("{error}: {context}"));
        let padded_by_pss = profile.digest_form == DigestForm::Pss && stored.accepts_pss(&digest, &signature);
        assert!(padded_by_pss || stored.accepts(&digest, &signature), "{context}");
        assert_eq!((desk.verifications(), desk.tries_left()), (1, 3), "{context}");
        let refused: Vec<_> = exchanges
            .iter()
            .filter(|exchange| {
                exchange.command.starts_with("0022") && exchange.answer != "9000" && exchange.answer != "6982"
            })
            .map(|exchange| exchange.command.clone())
            .collect();
        let mut once = refused.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), refused.len(), "{context}");
        *count = desk.readers.meter().apdus;
    }
    (counts[0], counts[1])
}

#[tokio::test]
async fn cards_that_others_made_sign_with_one_pin_and_are_known_the_next_time() {
    for stored in [Stored::P384, Stored::Rsa2048] {
        let (usual, _) = counted("usual", stored, &Profile::default()).await;
        for (name, profile) in others() {
            let (first, then) = counted(name, stored, &profile).await;
            println!("{stored:?}, {name}: {first} commands at first, {then} then");
            let selects = usize::from(profile.key_files);
            assert!(
                first <= usual + selects + MOST_MORE,
                "{name}, {stored:?}: {first} where {usual} is usual"
            );
            // A digest that goes ahead is a command of its own, and so is the second part of a padded block.
            let ahead = usize::from(profile.digest_form == DigestForm::HashFirst);
            assert!(then <= 4 + ahead + selects + 1, "{name}, {stored:?}: {then}");
            if stored == Stored::P384 {
                assert_eq!(then, 4 + ahead + selects, "{name}");
            }
        }
    }
}

#[tokio::test]
async fn a_card_that_pads_by_pss_signs_so_and_one_that_does_both_does_not() {
    let pss = Profile {
        digest_form: DigestForm::Pss,
        ..Profile::default()
    };
    let (first, then) = counted("PSS", Stored::Rsa2048, &pss).await;
    let (usual, _) = counted("usual", Stored::Rsa2048, &Profile::default()).await;
    assert_eq!((first, then), (usual, 4));
    let desk = Desk::new(Link::Contact, Stored::Rsa2048.image().with_profile(pss));
    let mut card = desk.open().await.unwrap();
    let key = card.signing_keys()[0].clone();
    let digest = digest(key.algorithm);
    let signature = card.sign(&key, consent(PIN), &digest).await.unwrap();
    assert!(Stored::Rsa2048.accepts_pss(&digest, &signature) && !Stored::Rsa2048.accepts(&digest, &signature));
}

#[tokio::test]
async fn every_form_an_environment_can_have_is_found() {
    for (stored, numbers) in [
        (Stored::Rsa2048, [None, Some(0x02), Some(0x11), Some(0x00)].as_slice()),
        (Stored::P256, &[None, Some(0x04)]),
    ] {
        let (usual, _) = counted("usual", stored, &Profile::default()).await;
        let orders = [
            EnvironmentOrder::Any,
            EnvironmentOrder::LosesPin,
            EnvironmentOrder::AfterPin,
            EnvironmentOrder::LostByPin,
        ];
        let names = [
            (false, false, true),
            (true, true, true),
            (true, true, false),
            (true, false, true),
        ];
        let forms = numbers.iter().flat_map(|number| names.map(|name| (*number, name)));
        for (place, (number, (key_files, file, reference))) in forms.enumerate() {
            // RSA takes its time: every order with every number and with every name, and not with both.
            let turns = if stored == Stored::P256 { 4 } else { 1 };
            for turn in 0..turns {
                let environment_order = orders[(place + place / 4 + turn) % 4];
                let profile = Profile {
                    key_files,
                    environment: EnvironmentForm::Exactly {
                        number,
                        file,
                        reference,
                    },
                    environment_order,
                    ..silent()
                };
                let name = format!("{number:02X?}, {key_files} {file} {reference}, {environment_order:?}");
                let (first, _) = counted(&name, stored, &profile).await;
                // The file of the key is selected, and a padded block comes in two parts, each time it is sent.
                let own = usize::from(key_files) + if number == Some(0) { 2 } else { 0 };
                assert!(
                    first <= usual + own + MOST_MORE,
                    "{name}: {first} where {usual} is usual"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_card_that_takes_no_environment_at_all_is_told_before_its_pin_is_sent() {
    let profile = Profile {
        environment: EnvironmentForm::Exactly {
            number: Some(0x77),
            file: false,
            reference: true,
        },
        ..silent()
    };
    let desk = Desk::new(Link::Contact, Stored::P384.image().with_profile(profile));
    let mut card = desk.open().await.unwrap();
    let key = card.signing_keys()[0].clone();
    let refused = card.sign(&key, consent(PIN), &digest(key.algorithm)).await;
    let status = CardError::Status {
        instruction: 0x22,
        status: 0x6984,
    };
    assert_eq!((refused, desk.verifications()), (Err(status), 0));
}

#[tokio::test]
async fn a_card_that_declares_what_it_wants_and_not_when_signs_after_the_next_consent() {
    let profile = Profile {
        environment_order: EnvironmentOrder::LosesPin,
        ..Profile::default()
    };
    let desk = Desk::new(Link::Contact, Stored::P384.image().with_profile(profile));
    let known = KnownCards::default();
    let mut card = desk.open_known(&known).await.unwrap();
    let key = card.signing_keys()[0].clone();
    let digest = digest(key.algorithm);
    let refused = card.sign(&key, consent(PIN), &digest).await;
    let status = CardError::Status {
        instruction: 0x2A,
        status: 0x6982,
    };
    assert_eq!(
        (refused, desk.verifications()),
        (Err(status), 1),
        "no second VERIFY for one consent"
    );
    drop(card);
    let mut card = desk
        .open_known(&KnownCards::from_bytes(&known.to_bytes()))
        .await
        .unwrap();
    assert!(Stored::P384.accepts(&digest, &card.sign(&key, consent(PIN), &digest).await.unwrap()));
    assert_eq!((desk.verifications(), desk.tries_left()), (2, 3));
}

#[tokio::test]
async fn an_environment_that_does_not_do_is_given_up_where_setting_it_anew_takes_the_pin() {
    // Accepted before the PIN, but without an algorithm nothing is signed; and whatever is set after the PIN takes it.
    let profile = Profile {
        environment: EnvironmentForm::MyEid,
        environment_order: EnvironmentOrder::LosesPin,
        key_files: true,
        ..silent()
    };
    let desk = Desk::new(Link::Contact, Stored::P384.image().with_profile(profile));
    let known = KnownCards::default();
    let mut card = desk.open_known(&known).await.unwrap();
    let key = card.signing_keys()[0].clone();
    let digest = digest(key.algorithm);
    let refused = card.sign(&key, consent(PIN), &digest).await;
    let status = CardError::Status {
        instruction: 0x2A,
        status: 0x6982,
    };
    assert_eq!((refused, desk.verifications()), (Err(status), 1));
    drop(card);
    let mut card = desk
        .open_known(&KnownCards::from_bytes(&known.to_bytes()))
        .await
        .unwrap();
    let signature = card.sign(&key, consent(PIN), &digest).await.unwrap();
    assert!(Stored::P384.accepts(&digest, &signature));
    assert_eq!((desk.verifications(), desk.tries_left()), (2, 3));
}

#[tokio::test]
async fn a_link_cut_anywhere_on_the_way_to_a_form_spends_no_more_than_physics_forces() {
    let orders_and_forms = others()
        .into_iter()
        // What TokenInfo declares there is for P-384 alone, and nothing new is sent.
        .filter(|(_, profile)| profile.digest_form != DigestForm::Included);
    for (name, profile) in orders_and_forms {
        let stored = Stored::P256;
        let image = || stored.image().with_profile(profile.clone());
        cut_everywhere(name, Link::Nfc, stored, &image).await;
    }
}
