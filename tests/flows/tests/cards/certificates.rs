//! Whose card it is, what its certificates may do, and which of them and of its PINs is meant.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use basvuru::application::Answer;
use basvuru::failure::Failure;
use basvuru::reader::Link;
use basvuru::secret::Pin;
use basvuru_flows::{Journey, Plan, read_card, reader, sign_with};
use basvuru_test_card::{CardImage, DigestForm, OtherPin, Profile};
use basvuru_test_pki::{Holder, IssueOptions, KeyKind};
use basvuru_world::{Applicant, PIN};

const LINKS: [Link; 2] = [Link::Contact, Link::Nfc];

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
    let mut journey = Journey::at_pin(Link::Nfc, Profile::default()).await;
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
    let card = journey.card_shown().unwrap();
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
    let mut journey = Journey::at_pin(Link::Nfc, Profile::default()).await;
    let own = &journey.applicant;
    let other = Applicant::other();
    // The right number, and somebody else's name.
    let mistaken = Applicant {
        identity: own.identity.clone(),
        ..Applicant::other()
    };
    let day = Duration::from_secs(86_400);
    let good = IssueOptions::default;
    let later = IssueOptions {
        not_before: SystemTime::now() + 30 * day,
        ..good()
    };
    let mut image = CardImage::without_keys("Yedi sertifika", PIN, b"seven-certificates").unwrap();
    for (holder, options, is_unknown) in [
        (own, IssueOptions::expired(), false),
        (own, later, false),
        (own, IssueOptions::unqualified(), false),
        (&other, good(), false),
        (&mistaken, good(), false),
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
    let card = journey.card_shown().unwrap();
    assert_eq!(card.certificates.len(), 1);
    let reasons: Vec<&str> = card.unusable.iter().map(|found| found.reason.as_str()).collect();
    let wanted = [
        "doldu (Türkiye saati).",
        "gününden önce geçerli değil.",
        "nitelikli elektronik sertifika değil.",
        "başvuran kişinin değil.",
        "başvurudaki addan farklı.",
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
    assert_eq!(serials.len(), 6);
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
    let mut journey = Journey::at_pin(Link::Contact, Profile::default()).await;
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
    let card = journey.card_shown().unwrap();
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
