//! A reader with a card in it, and keys with certificates made for these tests.

use std::sync::{Arc, Mutex};

use basvuru::card::{Card, CardError, KeyAlgorithm, KnownCards, PinConsent};
use basvuru::digest::Digest;
use basvuru::reader::{CardChannel, Link, LinkFailure, Readers as _};
use basvuru::secret::Pin;
use basvuru_test_card::{CardImage, VirtualCard, VirtualReaders};
use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use rsa::pkcs8::DecodePublicKey as _;
use rsa::{Pkcs1v15Sign, Pss, RsaPublicKey};
use x509_cert::der::{Decode as _, Encode as _};

/// The PIN of every card here.
pub(crate) const PIN: &str = "482916";

/// A key and its certificate among the test data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    P256,
    P384,
    Rsa2048,
    Rsa3072,
    /// P-384 in a certificate that spells the curve's parameters out.
    ExplicitP384,
    /// P-256 for signing in, without nonRepudiation in the certificate.
    Authentication,
}

impl Stored {
    pub(crate) fn certificate(self) -> &'static [u8] {
        match self {
            Self::P256 => include_bytes!("../data/p256.certificate.der"),
            Self::P384 => include_bytes!("../data/p384.certificate.der"),
            Self::Rsa2048 => include_bytes!("../data/rsa2048.certificate.der"),
            Self::Rsa3072 => include_bytes!("../data/rsa3072.certificate.der"),
            Self::ExplicitP384 => include_bytes!("../data/explicit-p384.certificate.der"),
            Self::Authentication => include_bytes!("../data/authentication.certificate.der"),
        }
    }

    pub(crate) fn private_key(self) -> &'static [u8] {
        match self {
            Self::P256 => include_bytes!("../data/p256.key.der"),
            Self::P384 => include_bytes!("../data/p384.key.der"),
            Self::Rsa2048 => include_bytes!("../data/rsa2048.key.der"),
            Self::Rsa3072 => include_bytes!("../data/rsa3072.key.der"),
            Self::ExplicitP384 => include_bytes!("../data/explicit-p384.key.der"),
            Self::Authentication => include_bytes!("../data/authentication.key.der"),
        }
    }

    pub(crate) fn image(self) -> CardImage {
        CardImage::new("Deneme kartı", PIN, self.certificate(), self.private_key()).unwrap()
    }

    /// Whether the certificate accepts a signature, by the primitives alone.
    pub(crate) fn accepts(self, digest: &Digest, signature: &[u8]) -> bool {
        let certificate = x509_cert::Certificate::from_der(self.certificate()).unwrap();
        let info = certificate.tbs_certificate.subject_public_key_info;
        let point = info.subject_public_key.raw_bytes();
        match self {
            Self::P256 | Self::Authentication => p256::ecdsa::VerifyingKey::from_sec1_bytes(point)
                .unwrap()
                .verify_prehash(&digest.value, &p256::ecdsa::Signature::from_der(signature).unwrap())
                .is_ok(),
            Self::P384 | Self::ExplicitP384 => p384::ecdsa::VerifyingKey::from_sec1_bytes(point)
                .unwrap()
                .verify_prehash(&digest.value, &p384::ecdsa::Signature::from_der(signature).unwrap())
                .is_ok(),
            Self::Rsa2048 | Self::Rsa3072 => {
                let key = RsaPublicKey::from_public_key_der(&info.to_der().unwrap()).unwrap();
                key.verify(Pkcs1v15Sign::new::<sha2::Sha256>(), &digest.value, signature)
                    .is_ok()
            }
        }
    }

    /// Whether the certificate accepts a signature by RSASSA-PSS.
    pub(crate) fn accepts_pss(self, digest: &Digest, signature: &[u8]) -> bool {
        let certificate = x509_cert::Certificate::from_der(self.certificate()).unwrap();
        let info = certificate.tbs_certificate.subject_public_key_info;
        let key = RsaPublicKey::from_public_key_der(&info.to_der().unwrap());
        key.is_ok_and(|key| key.verify(Pss::new::<sha2::Sha256>(), &digest.value, signature).is_ok())
    }
}

/// A reader with a card in it.
pub(crate) struct Desk {
    pub(crate) readers: VirtualReaders,
    pub(crate) card: Arc<Mutex<VirtualCard>>,
}

impl Desk {
    pub(crate) fn new(link: Link, image: CardImage) -> Self {
        Self::of(link, VirtualCard::new(image).unwrap())
    }

    pub(crate) fn of(link: Link, card: VirtualCard) -> Self {
        let card = Arc::new(Mutex::new(card));
        let readers = VirtualReaders::new();
        readers.add("reader", link, Some(card.clone()));
        Self { readers, card }
    }

    /// Connects and reads the card.
    pub(crate) async fn open(&self) -> Result<Card, CardError> {
        Card::open(opened(&self.readers).await?, |stage| format!("{stage:?}")).await
    }

    /// The same with a memory of cards.
    pub(crate) async fn open_known(&self, known: &KnownCards) -> Result<Card, CardError> {
        Card::open_known(opened(&self.readers).await?, |stage| format!("{stage:?}"), known).await
    }

    /// How many commands with a PIN reached the card.
    pub(crate) fn verifications(&self) -> usize {
        self.readers
            .exchanges()
            .iter()
            .filter(|exchange| exchange.command.starts_with("0020"))
            .count()
    }

    pub(crate) fn tries_left(&self) -> u8 {
        self.card.lock().unwrap().tries_left()
    }

    pub(crate) fn last_command(&self) -> Option<String> {
        self.readers.exchanges().last().map(|exchange| exchange.command.clone())
    }
}

/// A channel to the card in the first reader.
pub(crate) async fn opened(readers: &VirtualReaders) -> Result<Arc<dyn CardChannel>, LinkFailure> {
    let reader = readers.list().await?.remove(0).id;
    readers.connect(reader, String::new()).await?.into_channel().await
}

pub(crate) fn consent(digits: &str) -> PinConsent {
    PinConsent::new(Arc::new(Pin::new(digits.as_bytes())))
}

pub(crate) fn digest(algorithm: KeyAlgorithm) -> Digest {
    algorithm.digest_algorithm().digest(b"what is signed")
}
