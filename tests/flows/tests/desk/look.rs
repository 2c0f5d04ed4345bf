//! What a look at a card and a test of a reader tell; neither needs a PIN.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use basvuru::application::{PinRules, Screen};
use basvuru::failure::Failure;
use basvuru::reader::{ConnectedCard, Link, LinkFailure, ReaderDescription, Readers};
use basvuru::texts::Language;
use basvuru_flows::{Journey, reader};
use basvuru_test_card::{CardImage, Profile, UsbLevel, VirtualUsbReader};
use basvuru_test_pki::{Holder, IssueOptions, KeyKind};
use basvuru_world::Applicant;

use crate::table::{LINKS, READER, RIGHT, Table, desk_in, pin, refused};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test(flavor = "multi_thread")]
async fn a_look_tells_whose_the_card_is_what_is_on_it_and_how_many_tries_are_left_and_spends_none() {
    for link in LINKS {
        let table = Table::laid(link, Profile::default()).await;
        let applicant = Applicant::sample();
        let card = table.look().await.unwrap();
        let name = format!("{} {}", applicant.given_name, applicant.family_name);
        assert_eq!(
            (card.reader.as_str(), card.holder.as_deref()),
            (READER, Some(name.as_str()))
        );
        assert!(!card.label.is_empty() && card.serial.unwrap().len() >= 8);
        let rules = PinRules {
            min_length: 4,
            max_length: 8,
            numeric: true,
        };
        assert_eq!((card.pin, card.tries_left, card.notice), (rules, Some(3), None));
        assert!(card.tries_sentence.unwrap().contains('3'));
        let [certificate] = &card.certificates[..] else {
            panic!("{} certificates", card.certificates.len())
        };
        let left = certificate.valid_until.duration_since(SystemTime::now()).unwrap();
        let days = i32::try_from(left.as_secs() / DAY.as_secs()).unwrap();
        assert!(certificate.usable && certificate.holder == name && !certificate.issuer.is_empty());
        assert_eq!(certificate.days_left, Some(days));
        assert_eq!(certificate.sentence, format!("Geçerli, {days} gün kaldı."));
        table.desk.set_language(Language::English);
        let card = table.look().await.unwrap();
        assert_eq!(card.certificates[0].sentence, format!("Valid, {days} days left."));
        assert_eq!((table.pins_sent(), table.tries_left()), (0, 3), "{link:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_certificate_tells_when_it_opens_when_it_ended_or_why_it_cannot_sign() {
    let mut table = Table::laid(Link::Contact, Profile::default()).await;
    let opens = SystemTime::now() + 3 * DAY;
    let good = IssueOptions::default;
    let all = [
        IssueOptions::expired(),
        IssueOptions {
            not_before: opens,
            ..good()
        },
        IssueOptions {
            turkish_statement: false,
            ..good()
        },
        good(),
    ];
    let applicant = Applicant::sample();
    let holder = Holder::new(&applicant.given_name, &applicant.family_name, &applicant.identity);
    let mut image = CardImage::without_keys("Dört sertifika", RIGHT, b"four-keys").unwrap();
    for options in all {
        let issued = table.world.authority.issue(&holder, KeyKind::P256, &options).unwrap();
        let key = &issued.private_key_pkcs8_der;
        image = image.with_key("Anahtar", true, &issued.certificate_der, key).unwrap();
    }
    table.put_image(image);
    let card = table.look().await.unwrap();
    let sentences: Vec<(bool, &str)> = card
        .certificates
        .iter()
        .map(|certificate| (certificate.usable, certificate.sentence.as_str()))
        .collect();
    let [(true, best), rest @ ..] = &sentences[..] else {
        panic!("the best comes first: {sentences:?}")
    };
    assert!(best.starts_with("Geçerli, "), "{best}");
    assert_eq!(rest.len(), 3);
    for (words, days_left) in [("Süresi", -1), ("itibarıyla açılır", 1), ("İmzalayamaz: 5070", 1)] {
        let told = card.certificates.iter().find(|told| told.sentence.contains(words));
        let told = told.unwrap_or_else(|| panic!("{words}: {sentences:?}"));
        assert!(
            !told.usable && told.days_left.unwrap().signum() == days_left,
            "{told:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_works_beside_an_open_application_of_the_same_folder() {
    let mut journey = Journey::at("sign-pin").await;
    let desk = desk_in(journey.home.path(), Arc::new(journey.readers.clone()));
    let card = Arc::clone(&desk).look(reader()).await.unwrap();
    let Screen::Sign { card: Some(shown), .. } = journey.step().screen else {
        panic!("the card is shown")
    };
    assert_eq!(card.certificates[0].serial, shown.certificates[0].serial);
    // What one of them learns of the tries, the other knows.
    let wrong = Arc::clone(&desk)
        .change_pin(reader(), pin("135792"), pin("975310"), false)
        .await;
    refused(wrong, "BSV-532");
    journey.finish().await;
    assert_eq!(journey.tries_left(), 3);
    desk.look(reader()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_looked_at_is_told() {
    let mut table = Table::laid(Link::Contact, Profile::default()).await;
    let elsewhere = Arc::clone(&table.desk).look("Başka okuyucu".to_owned()).await;
    refused(elsewhere, "BSV-501");
    table.readers.put(None);
    refused(table.look().await, "BSV-511");
    table.put_image(CardImage::without_keys("Boş", RIGHT, b"no-keys-").unwrap());
    refused(table.look().await, "BSV-516");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_is_tested_without_a_pin() {
    let mut table = Table::laid(Link::Contact, Profile::default()).await;
    let test = |table: &Table| Arc::clone(&table.desk).test_reader(READER.to_owned());
    let tested = test(&table).await.unwrap();
    assert_eq!(
        (tested.name.as_str(), tested.link, tested.card_present),
        (READER, Link::Contact, true)
    );
    assert_eq!(tested.exchange, "short APDU");
    assert_eq!(
        tested.sentences,
        ["Okuyucu yanıt veriyor.", "Karttaki imza uygulaması okundu."]
    );
    table.put_image(CardImage::without_keys("Boş", RIGHT, b"no-keys-").unwrap());
    let tested = test(&table).await.unwrap();
    assert!(
        tested.card_present && tested.sentences[1].contains("sertifika yok"),
        "{tested:?}"
    );
    table.readers.put(None);
    let tested = test(&table).await.unwrap();
    assert!(!tested.card_present);
    assert_eq!(tested.sentences[1], "Okuyucuda kart yok.");
    table.readers.fail_next_connection(LinkFailure::NoPermission);
    assert_eq!(test(&table).await.err(), Some(Failure::ReaderNotPermitted));
    assert_eq!(table.pins_sent(), 0);
}

/// A reader on USB, with a card in it.
struct Usb(UsbLevel, basvuru_test_card::SharedCard);

#[async_trait]
impl Readers for Usb {
    async fn list(&self) -> Result<Vec<ReaderDescription>, LinkFailure> {
        Ok(vec![ReaderDescription {
            id: READER.to_owned(),
            name: READER.to_owned(),
            link: Link::Contact,
        }])
    }

    async fn connect(&self, _reader: String, _prompt: String) -> Result<ConnectedCard, LinkFailure> {
        let usb = Arc::new(VirtualUsbReader::new(self.0, Arc::clone(&self.1)));
        Ok(ConnectedCard::Usb { usb })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_on_usb_tells_how_it_exchanges_and_changes_a_pin_as_any_other() {
    let table = Table::laid(Link::Contact, Profile::default()).await;
    for (level, name) in [
        (UsbLevel::Tpdu, "TPDU"),
        (UsbLevel::ShortApdu, "short APDU"),
        (UsbLevel::ExtendedApdu, "extended APDU"),
    ] {
        let card: basvuru_test_card::SharedCard = Arc::clone(&table.card) as Arc<Mutex<_>>;
        let home = tempfile::tempdir().unwrap();
        let desk = desk_in(home.path(), Arc::new(Usb(level, card)));
        let tested = Arc::clone(&desk).test_reader(READER.to_owned()).await.unwrap();
        assert_eq!((tested.exchange.as_str(), tested.card_present), (name, true));
        for (old, new) in [(RIGHT, "975310"), ("975310", RIGHT)] {
            let changing = Arc::clone(&desk).change_pin(READER.to_owned(), pin(old), pin(new), false);
            changing.await.unwrap();
        }
    }
}
