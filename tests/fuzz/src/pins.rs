//! A card whose directory of PINs is the input.

use std::sync::{Arc, OnceLock};

use basvuru::card::{Card, PinRules, PukConsent};
use basvuru::reader::{Link, Readers as _};
use basvuru::secret::Pin;
use basvuru_test_card::{CardImage, Profile, PukHabits, VirtualCard, VirtualReaders};
use basvuru_test_pki::{Authority, CaOptions, Holder, IssueOptions, KeyKind, PrivateKey};

use crate::finish;

/// More commands than any card is read with.
const MOST_COMMANDS: usize = 100;

/// A card with a PUK, and with a small key.
///
/// # Panics
/// Where the test authority issues nothing.
#[must_use]
pub fn image(habits: PukHabits) -> CardImage {
    static BARE: OnceLock<CardImage> = OnceLock::new();
    let bare = BARE.get_or_init(|| {
        let key = || PrivateKey::generate(KeyKind::P256);
        let authority = Authority::with_keys(&CaOptions::default(), key(), key()).expect("two keys are enough");
        let holder = Holder::new("Deneme", "KİŞİ", "10000000146");
        let issued = authority
            .issue(&holder, KeyKind::P256, &IssueOptions::default())
            .expect("the authority is its own");
        CardImage::new("fuzz", "123456", &issued.certificate_der, &issued.private_key_pkcs8_der)
            .expect("PIN and key are a card's")
    });
    bare.clone().with_puk("13572468", habits).expect("the PUK is a PUK")
}

/// Unblocks every key's PIN of a card that tells of its PINs and PUKs what the input says; whether one was.
///
/// # Panics
/// Where one consent sends more than one command with a PUK, or any other with a PIN, or the card is read without end.
pub fn unblock_by(pins_told: &[u8]) -> bool {
    let profile = Profile {
        pins_told: pins_told.to_vec(),
        ..Profile::default()
    };
    let card = VirtualCard::new(image(PukHabits::default()).with_profile(profile)).expect("the key is whole");
    let readers = VirtualReaders::with_card(Link::Contact, card);
    let opened = async {
        let reader = readers.list().await.ok()?.pop()?.id;
        let channel = readers
            .connect(reader, String::new())
            .await
            .ok()?
            .into_channel()
            .await
            .ok()?;
        Card::open(channel, |_| String::new()).await.ok()
    };
    let Some(mut card) = finish(opened) else { return false };
    let mut unblocked = false;
    for key in card.signing_keys().to_vec() {
        let digits = |rules: &PinRules| {
            let length = usize::from(rules.min_length.max(1));
            Arc::new(Pin::new(
                b"13572468".repeat(length.div_ceil(8)).get(..length).unwrap_or_default(),
            ))
        };
        let (puk, new) = (key.puk().map(digits), digits(&key.pin));
        let told = puk.is_some();
        let consent = PukConsent::new(puk.unwrap_or_else(|| Arc::clone(&new))).confirming_last_try();
        let before = readers.exchanges().len();
        unblocked |= finish(card.unblock(&key, consent, new)).is_ok();
        let exchanges = readers.exchanges();
        assert!(exchanges.len() < MOST_COMMANDS, "{} commands", exchanges.len());
        let sent = exchanges.iter().skip(before).map(|exchange| exchange.command.get(2..4));
        let (mut puks, mut pins) = (0, 0);
        for instruction in sent {
            puks += usize::from(instruction == Some("2C"));
            pins += usize::from(matches!(instruction, Some("20" | "24")));
        }
        assert!(
            puks <= usize::from(told) && pins == 0,
            "{puks} with a PUK, {pins} with a PIN"
        );
    }
    unblocked
}
