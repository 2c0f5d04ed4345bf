//! What a signing reads, sends and gives.

use basvuru::card::{CardError, KeyAlgorithm, KnownCards};
use basvuru::reader::{CardStage, Link};
use basvuru_test_card::{
    CardImage, CertificatePlace, Collision, Key, Layout, PinForm, Profile, Protocol, SignatureForm,
};

use crate::fixture::{Desk, PIN, Stored, consent, digest};

#[tokio::test]
async fn every_kind_of_key_signs_and_its_certificate_accepts_the_signature() {
    let kinds = [
        (Stored::P384, KeyAlgorithm::P384),
        (Stored::P256, KeyAlgorithm::P256),
        (Stored::Rsa2048, KeyAlgorithm::Rsa { modulus_bits: 2048 }),
        (Stored::Rsa3072, KeyAlgorithm::Rsa { modulus_bits: 3072 }),
        (Stored::ExplicitP384, KeyAlgorithm::P384),
    ];
    for link in [Link::Contact, Link::Nfc] {
        for (stored, algorithm) in kinds {
            let desk = Desk::new(link, stored.image());
            let mut card = desk.open().await.unwrap();
            assert_eq!((card.label(), card.signing_keys().len()), ("Deneme kartı", 1));
            assert_eq!(card.serial().len(), 8);
            let key = card.signing_keys()[0].clone();
            assert_eq!(
                (key.algorithm, key.certificate.as_slice()),
                (algorithm, stored.certificate())
            );
            assert_eq!(
                (key.pin.min_length, key.pin.max_length, key.pin.tries_left),
                (4, 8, Some(3))
            );
            let digest = digest(algorithm);
            let signature = card.sign(&key, consent(PIN), &digest).await.unwrap();
            assert!(stored.accepts(&digest, &signature), "{stored:?} over {link:?}");
        }
    }
}

#[tokio::test]
async fn habits_of_other_cards_are_met() {
    let standard = Profile::default;
    let habits = [
        Profile {
            protocol: Protocol::T0,
            ..standard()
        },
        Profile {
            extended_length: true,
            ..standard()
        },
        Profile {
            layout: Layout::AkisLike,
            ..standard()
        },
        Profile {
            layout: Layout::AkisLike,
            no_file_control: true,
            ..standard()
        },
        Profile {
            pin_form: PinForm::AsciiPadded,
            ..standard()
        },
        Profile {
            pin_form: PinForm::BcdPadded,
            ..standard()
        },
        Profile {
            pin_form: PinForm::Iso9564,
            ..standard()
        },
        Profile {
            signature_form: SignatureForm::Der,
            ..standard()
        },
        Profile {
            consent_each_time: true,
            ..standard()
        },
        Profile {
            hides_tries: true,
            ..standard()
        },
        Profile {
            padded_block: true,
            ..standard()
        },
        Profile {
            key_files: true,
            passes_for_oseid: true,
            signature_form: SignatureForm::Der,
            ..standard()
        },
        Profile {
            padded_block: true,
            protocol: Protocol::T0,
            ..standard()
        },
        Profile {
            directory_of_records: true,
            ..standard()
        },
        Profile {
            no_file_control: true,
            ..standard()
        },
        Profile {
            no_file_control: true,
            directory_of_records: true,
            protocol: Protocol::T0,
            ..standard()
        },
    ];
    for profile in habits {
        for stored in [Stored::Rsa2048, Stored::P384] {
            let hides_tries = profile.hides_tries || profile.no_file_control;
            let desk = Desk::new(Link::Contact, stored.image().with_profile(profile.clone()));
            let mut card = desk.open().await.unwrap_or_else(|error| panic!("{profile:?}: {error}"));
            let key = card.signing_keys()[0].clone();
            assert_eq!(key.pin.tries_left, (!hides_tries).then_some(3), "{profile:?}");
            for _ in 0..2 {
                let digest = digest(key.algorithm);
                let signature = card.sign(&key, consent(PIN), &digest).await;
                let signature = signature.unwrap_or_else(|error| panic!("{profile:?}: {error}"));
                assert!(stored.accepts(&digest, &signature), "{profile:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_short_identifier_that_reads_another_file_is_found_out_and_given_up() {
    for collision in [
        Collision::ApplicationFiles,
        Collision::Directories,
        Collision::Certificates,
    ] {
        for layout in [Layout::Standard, Layout::AkisLike] {
            let profile = Profile {
                collision,
                layout,
                ..Profile::default()
            };
            let image = Stored::P384.image().with_profile(profile);
            // A second certificate of the same kind of key: what tells them apart is their place alone.
            let other = Stored::ExplicitP384;
            let image = image
                .with_key("İkinci", true, other.certificate(), other.private_key())
                .unwrap();
            let desk = Desk::new(Link::Contact, image.clone());
            let known = KnownCards::default();
            let mut card = desk.open_known(&known).await.unwrap();
            assert_eq!(card.serial(), image.serial, "{collision:?} {layout:?}");
            for (index, stored) in [Stored::P384, other].into_iter().enumerate() {
                let key = card.signing_keys()[index].clone();
                assert_eq!(key.certificate, stored.certificate(), "{collision:?} {layout:?}");
                let digest = digest(key.algorithm);
                assert!(stored.accepts(&digest, &card.sign(&key, consent(PIN), &digest).await.unwrap()));
            }
            drop(card);
            assert!(desk.open_known(&known).await.unwrap().is_recalled());
        }
    }
}

#[tokio::test]
async fn another_files_short_identifier_costs_one_apdu_each_and_one_for_the_certificate() {
    for (collision, most) in [(Collision::ApplicationFiles, 16), (Collision::Directories, 18)] {
        let profile = Profile {
            collision,
            layout: Layout::AkisLike,
            hides_tries: true,
            ..Profile::default()
        };
        let desk = Desk::new(Link::Nfc, Stored::P384.image().with_profile(profile));
        let mut card = desk.open().await.unwrap();
        let key = card.signing_keys()[0].clone();
        card.sign(&key, consent(PIN), &digest(key.algorithm)).await.unwrap();
        let apdus = desk.readers.meter().apdus;
        println!("{collision:?}: {apdus} APDUs");
        assert!(apdus <= most, "{collision:?}: {apdus} APDUs");
    }
}

#[tokio::test]
async fn a_card_that_answers_fewer_octets_than_it_is_asked_for_is_read_to_the_end_of_every_file() {
    for most_answered in [Some(244), Some(128), Some(60)] {
        for (layout, certificate_place, protocol) in [
            (Layout::Standard, CertificatePlace::OwnFile, Protocol::T1),
            (Layout::Standard, CertificatePlace::SharedFile, Protocol::T0),
            (Layout::AkisLike, CertificatePlace::Directory, Protocol::T1),
            (Layout::AkisLike, CertificatePlace::OwnFile, Protocol::T1),
        ] {
            for no_file_control in [false, true] {
                let profile = Profile {
                    most_answered,
                    layout,
                    certificate_place,
                    protocol,
                    no_file_control,
                    ..Profile::default()
                };
                let other = Stored::Rsa2048;
                let image = Stored::P384.image().with_profile(profile.clone());
                let image = image
                    .with_key("İkinci", true, other.certificate(), other.private_key())
                    .unwrap();
                let mut card = Desk::new(Link::Contact, image).open().await.unwrap();
                let found: Vec<_> = card.signing_keys().iter().map(|key| key.certificate.clone()).collect();
                assert_eq!(found, [Stored::P384.certificate(), other.certificate()], "{profile:?}");
                let second = card.signing_keys()[1].clone();
                let digest = digest(second.algorithm);
                assert!(other.accepts(&digest, &card.sign(&second, consent(PIN), &digest).await.unwrap()));
            }
        }
    }
}

#[tokio::test]
async fn the_key_for_signing_is_told_from_the_one_for_signing_in() {
    let image = CardImage::new("İki", PIN, Stored::P384.certificate(), Stored::P384.private_key()).unwrap();
    let other = Stored::Authentication;
    let image = image
        .with_key("Giriş", false, other.certificate(), other.private_key())
        .unwrap();
    let image = image
        .with_key(
            "İkinci imza",
            true,
            Stored::Rsa2048.certificate(),
            Stored::Rsa2048.private_key(),
        )
        .unwrap();
    let mut card = Desk::new(Link::Contact, image).open().await.unwrap();
    let labels: Vec<_> = card.signing_keys().iter().map(|key| key.label.clone()).collect();
    assert_eq!(labels, ["İmza", "İkinci imza"]);
    let second = card.signing_keys()[1].clone();
    let digest = digest(second.algorithm);
    assert!(Stored::Rsa2048.accepts(&digest, &card.sign(&second, consent(PIN), &digest).await.unwrap()));
}

#[tokio::test]
async fn keys_and_certificates_are_found_in_every_directory_of_their_kind() {
    for layout in [Layout::Standard, Layout::AkisLike] {
        let profile = Profile {
            several_directories: true,
            layout,
            ..Profile::default()
        };
        let other = Stored::Rsa2048;
        let image = Stored::P384.image().with_profile(profile);
        let image = image
            .with_key("İkinci", true, other.certificate(), other.private_key())
            .unwrap();
        let mut card = Desk::new(Link::Contact, image).open().await.unwrap();
        let found: Vec<_> = card.signing_keys().iter().map(|key| key.certificate.clone()).collect();
        assert_eq!(found, [Stored::P384.certificate(), other.certificate()], "{layout:?}");
        let second = card.signing_keys()[1].clone();
        let digest = digest(second.algorithm);
        assert!(other.accepts(&digest, &card.sign(&second, consent(PIN), &digest).await.unwrap()));
    }
}

#[tokio::test]
async fn certificates_are_found_wherever_they_are() {
    for certificate_place in [
        CertificatePlace::OwnFile,
        CertificatePlace::SharedFile,
        CertificatePlace::Directory,
    ] {
        for layout in [Layout::Standard, Layout::AkisLike] {
            let profile = Profile {
                certificate_place,
                layout,
                ..Profile::default()
            };
            let other = Stored::Rsa2048;
            let image = Stored::P384.image().with_profile(profile);
            let image = image
                .with_key("İkinci", true, other.certificate(), other.private_key())
                .unwrap();
            let mut card = Desk::new(Link::Contact, image).open().await.unwrap();
            let found: Vec<_> = card.signing_keys().iter().map(|key| key.certificate.clone()).collect();
            assert_eq!(
                found,
                [Stored::P384.certificate(), other.certificate()],
                "{certificate_place:?} {layout:?}"
            );
            let second = card.signing_keys()[1].clone();
            let digest = digest(second.algorithm);
            assert!(other.accepts(&digest, &card.sign(&second, consent(PIN), &digest).await.unwrap()));
        }
    }
}

#[tokio::test]
async fn where_no_key_says_non_repudiation_the_certificate_decides() {
    let quiet = |stored: Stored| {
        let image = CardImage::without_keys("Sessiz", PIN, &[1]).unwrap();
        image
            .with_key("Anahtar", false, stored.certificate(), stored.private_key())
            .unwrap()
    };
    assert_eq!(
        Desk::new(Link::Contact, quiet(Stored::P384))
            .open()
            .await
            .unwrap()
            .signing_keys()
            .len(),
        1
    );
    // A key that says so but whose certificate is another's is not whole.
    let image = CardImage::without_keys("Yarım", PIN, &[1]).unwrap();
    let image = image
        .with_key("Bozuk", true, Stored::Rsa2048.certificate(), Stored::P384.private_key())
        .unwrap();
    let image = image
        .with_key("Sağlam", false, Stored::P384.certificate(), Stored::P384.private_key())
        .unwrap();
    let card = Desk::new(Link::Contact, image).open().await.unwrap();
    assert_eq!(card.signing_keys()[0].label, "Sağlam");
    let refused = Desk::new(Link::Contact, quiet(Stored::Authentication)).open().await;
    assert_eq!(refused.err(), Some(CardError::NoSigningKey));
}

#[tokio::test]
async fn a_new_card_signs_in_no_more_than_16_apdus() {
    for (stored, extended_length) in [(Stored::P384, false), (Stored::P384, true), (Stored::Rsa2048, false)] {
        let profile = Profile {
            extended_length,
            ..Profile::default()
        };
        let desk = Desk::new(Link::Nfc, stored.image().with_profile(profile));
        let mut card = desk.open().await.unwrap();
        let key = card.signing_keys()[0].clone();
        card.sign(&key, consent(PIN), &digest(key.algorithm)).await.unwrap();
        let meter = desk.readers.meter();
        println!("{stored:?}, extended length {extended_length}: {meter:?}");
        for exchange in desk.readers.exchanges() {
            println!(
                "{} -> {}",
                exchange.command,
                &exchange.answer[exchange.answer.len() - 4..]
            );
        }
        assert!(meter.apdus <= 16, "{} APDUs", meter.apdus);
    }
}

#[tokio::test]
async fn a_file_of_more_than_32_kib_is_read_to_its_end() {
    for extended_length in [false, true] {
        // A certificate with as much behind its signature as makes it long enough.
        let object = |tag: u8, content: &[u8]| {
            let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
            [&[tag, 0x82, high, low], content].concat()
        };
        let behind = object(0x04, &[7; 0x9000 - 0x400]);
        let certificate = object(0x30, &[&Stored::P384.certificate()[4..], &behind].concat());
        let image = CardImage::new("Uzun", PIN, &certificate, Stored::P384.private_key()).unwrap();
        let profile = Profile {
            extended_length,
            ..Profile::default()
        };
        let card = Desk::new(Link::Contact, image.with_profile(profile))
            .open()
            .await
            .unwrap();
        assert_eq!(card.signing_keys()[0].certificate, certificate);
    }
}

#[tokio::test]
async fn pin_environment_and_signature_follow_each_other_with_nothing_between() {
    let desk = Desk::new(Link::Nfc, Stored::P384.image());
    let mut card = desk.open().await.unwrap();
    let key = card.signing_keys()[0].clone();
    desk.readers.clear();
    card.sign(&key, consent(PIN), &digest(key.algorithm)).await.unwrap();
    let sent: Vec<_> = desk
        .readers
        .exchanges()
        .iter()
        .map(|exchange| exchange.command[2..4].to_owned())
        .collect();
    assert_eq!(sent, ["20", "22", "2A"]);
    let told: Vec<_> = desk.readers.stages().into_iter().map(|(stage, _)| stage).collect();
    assert_eq!(told, [CardStage::VerifyingPin, CardStage::Signing]);
}

#[tokio::test]
async fn a_signature_that_the_certificate_does_not_accept_is_not_given_out() {
    let image = CardImage::new("Yanlış", PIN, Stored::P384.certificate(), &Key::P384.generate()).unwrap();
    let mut card = Desk::new(Link::Contact, image).open().await.unwrap();
    let key = card.signing_keys()[0].clone();
    let signed = card.sign(&key, consent(PIN), &digest(key.algorithm)).await;
    assert_eq!(
        signed,
        Err(CardError::Malformed("a signature that its certificate does not accept"))
    );
}

#[tokio::test]
async fn a_signature_may_move_between_threads_while_it_is_made() {
    fn is_send<T: Send>(future: T) -> T {
        future
    }
    let desk = Desk::new(Link::Contact, Stored::P384.image());
    let mut card = is_send(desk.open()).await.unwrap();
    let key = card.signing_keys()[0].clone();
    let digest = digest(key.algorithm);
    is_send(card.sign(&key, consent(PIN), &digest)).await.unwrap();
}
