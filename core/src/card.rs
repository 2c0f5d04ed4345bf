//! A signature card behind a channel: what it holds, and signing with it.
//!
//! Everything that can fail is checked before the PIN is sent; VERIFY, the security environment and the signature follow
//! each other with nothing between; and a PIN is sent once for each consent.

mod akis;
pub mod apdu;
mod counting;
mod error;
mod file;
mod framing;
mod historical;
mod iso7816;
mod known;
mod operation;
mod pin;
mod pkcs15;
mod public_key;
mod puk;
mod reset_command;
mod search;
mod signing;
pub mod tlv;
mod trace;
mod tries;
mod unblock;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use self::akis::Profile;
use self::apdu::Command;
use self::file::Path;
use self::framing::Framing;
use self::iso7816::Session;
use self::operation::Operation;
use self::pin::{PinCommand, PinObject};
use self::pkcs15::Contents;
use self::public_key::CertifiedKey;
use self::puk::PukObject;
use self::signing::{Naming, Scheme};
use crate::digest::{Digest, DigestAlgorithm, hexadecimal};
use crate::reader::{CardChannel, CardStage, Link};
use crate::secret::Pin;

pub use self::error::CardError;
pub use self::known::{CardKeeper, KnownCards, NotKept};
pub use self::pin::{PinConsent, PinRules};
pub use self::puk::PukConsent;
pub use self::reset_command::{ResetCommand, UnblockedPin};
pub use self::tries::Unsettled;

/// The names of the applications that are selected on cards, as upper-case hexadecimal digits, in their order. An iPhone app lists
/// exactly these as `com.apple.developer.nfc.readersession.iso7816.select-identifiers`: the system selects them itself, in
/// that order, and never reports a card that has none of them. What a card's own directory (EF.DIR) names beyond them, and a
/// few rarer names, are reached by contact only.
#[uniffi::export]
#[must_use]
pub fn card_applications() -> Vec<String> {
    pkcs15::names().map(|name| hexadecimal(name).to_uppercase()).collect()
}

/// What a key signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyAlgorithm {
    /// RSA, PKCS #1 v1.5 (RFC 8017, 8.2).
    Rsa {
        /// The length of the modulus, in bits.
        modulus_bits: u32,
    },
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
    /// ECDSA on P-521.
    P521,
}

impl KeyAlgorithm {
    /// The digest algorithm of matching strength.
    #[must_use]
    pub fn digest_algorithm(self) -> DigestAlgorithm {
        match self {
            Self::Rsa { .. } | Self::P256 => DigestAlgorithm::Sha256,
            Self::P384 => DigestAlgorithm::Sha384,
            Self::P521 => DigestAlgorithm::Sha512,
        }
    }

    /// The length of the modulus or of the curve's order, in octets.
    fn octets(self) -> usize {
        match self {
            Self::Rsa { modulus_bits } => usize::try_from(modulus_bits.div_ceil(8)).unwrap_or(usize::MAX),
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

/// A key on the card that signs with non-repudiation, with its certificate and the rules of its PIN.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKey {
    /// The card's name for the key, or for its certificate.
    pub label: String,
    /// The certificate, in DER. Whether it is good is not judged here.
    pub certificate: Vec<u8>,
    /// What the key signs with.
    pub algorithm: KeyAlgorithm,
    /// What the card expects of the PIN.
    pub pin: PinRules,
    pin_object: PinObject,
    /// What its PIN is unblocked with, where the card's files tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    puk: Option<PukObject>,
    route: KeyRoute,
}

impl fmt::Debug for SigningKey {
    /// Without label and certificate, which name the holder.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SigningKey")
            .field("algorithm", &self.algorithm)
            .field("tries_left", &self.pin.tries_left)
            .finish_non_exhaustive()
    }
}

impl SigningKey {
    /// Whether it is the same key, with the same PIN.
    fn is(&self, other: &Self) -> bool {
        self.certificate == other.certificate && self.route.leads_where(&other.route) && self.has_pin_of(other)
    }

    /// Whether its PIN is the other key's.
    fn has_pin_of(&self, other: &Self) -> bool {
        self.pin_object.identifier == other.pin_object.identifier && self.shares_tries_of(other)
    }

    /// Whether the card has one counter for its PIN and the other key's, whatever its files call them. Local PINs in two
    /// directories may have one number.
    fn shares_tries_of(&self, other: &Self) -> bool {
        let (own, other) = (&self.pin_object, &other.pin_object);
        own.reference == other.reference && own.directory == other.directory
    }

    /// Whether its certificate has not run out.
    fn is_good_at(&self, now: SystemTime) -> bool {
        let certified = CertifiedKey::of_certificate(&self.certificate);
        certified.is_none_or(|certified| certified.not_after.is_none_or(|last| now <= last))
    }

    /// What the card's files call its PIN by, as hexadecimal digits: it tells two PINs from each other.
    #[must_use]
    pub fn pin_identifier(&self) -> String {
        hexadecimal(&self.pin_object.identifier)
    }

    /// What the card expects of the PUK that resets its PIN, and how many tries of it are left where that is known; `None` where
    /// the card's files tell of none that the holder can send.
    #[must_use]
    pub fn puk(&self) -> Option<&PinRules> {
        self.puk.as_ref().map(|puk| &puk.object.rules)
    }

    /// Which PIN the card has after its PUK was sent.
    #[must_use]
    pub fn unblocked_pin(&self) -> Option<UnblockedPin> {
        self.puk.as_ref().map(|puk| puk.form.unblocked_pin())
    }

    /// Takes the tries that the card tells of references.
    fn take_told_tries(&mut self, told: impl Fn(u8) -> Option<u8>) {
        self.set_tries_left(told(self.pin_object.reference));
        if let Some(puk) = &mut self.puk {
            puk.take_told_tries(&self.pin_object, told);
        }
    }

    /// Whether its PIN is unblocked with the PUK that unblocks the other key's.
    fn has_puk_of(&self, other: &Self) -> bool {
        let identifier = |key: &Self| key.puk.as_ref().map(|puk| puk.object.identifier.clone());
        self.puk.is_some() && identifier(self) == identifier(other)
    }

    fn set_puk_tries_left(&mut self, tries_left: Option<u8>) {
        if let Some(puk) = &mut self.puk {
            puk.object.rules.tries_left = tries_left;
        }
    }

    fn set_tries_left(&mut self, tries_left: Option<u8>) {
        self.pin.tries_left = tries_left;
        self.pin_object.rules.tries_left = tries_left;
    }
}

/// How a key is addressed on its card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct KeyRoute {
    identifier: Vec<u8>,
    reference: Option<u8>,
    file: Option<Path>,
    schemes: Vec<Scheme>,
    /// Whether the card says itself how the key signs.
    #[serde(default)]
    declared: bool,
    /// Whether the card's rules for the key know INTERNAL AUTHENTICATE and no signature.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    authenticates: bool,
    /// When the security environment is set; `None` where it is not known yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order: Option<Order>,
}

/// When the security environment of a key is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Order {
    /// After the PIN has been verified, as most cards will have it.
    VerifyFirst,
    /// Before: the card keeps it, or lets go of the PIN where it is set afterwards.
    EnvironmentFirst,
}

impl KeyRoute {
    /// What a security environment calls it by.
    fn naming(&self) -> Naming {
        Naming {
            file: self.file.as_ref().map(Path::last),
            key: self.reference,
            authenticates: self.authenticates,
        }
    }

    /// Whether both name the same key. Which scheme is tried first is learnt on the way.
    fn leads_where(&self, other: &Self) -> bool {
        (&self.identifier, self.reference, &self.file) == (&other.identifier, other.reference, &other.file)
    }
}

/// The sentence to show at each stage, in the person's language.
type Sentences = Box<dyn Fn(CardStage) -> String + Send + Sync>;

/// A card whose public files have been read.
pub struct Card {
    session: Session,
    link: Link,
    contents: Contents,
    sentences: Sentences,
    interrupted: Option<Interrupted>,
    known: KnownCards,
    historical_bytes: Vec<u8>,
    profile: Profile,
    recalled: bool,
    /// Whether the card tells tries left without being sent a PIN.
    tells_tries: bool,
    /// The same for PUKs.
    tells_puk_tries: bool,
    unsettled: Option<Unsettled>,
}

impl fmt::Debug for Card {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Card")
            .field("keys", &self.contents.keys)
            .finish_non_exhaustive()
    }
}

/// A signature that was cut off after the card had accepted the PIN. With it the same card, and no other, may be sent
/// the same PIN one more time. Zeroed when dropped, and silent in `Debug`.
pub struct Interrupted {
    verify: Command,
    serial: Vec<u8>,
    key: SigningKey,
    digest: Digest,
}

impl fmt::Debug for Interrupted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Interrupted")
    }
}

impl Card {
    /// Reads the public files of the card in a channel, once. `sentences` gives the sentence to show at each stage.
    /// The channel stays the caller's to close.
    ///
    /// # Errors
    /// [`CardError::Link`], [`CardError::NotASignatureCard`], [`CardError::NoSigningKey`] or [`CardError::Malformed`].
    pub async fn open(
        channel: Arc<dyn CardChannel>,
        sentences: impl Fn(CardStage) -> String + Send + Sync + 'static,
    ) -> Result<Self, CardError> {
        Self::open_known(channel, sentences, &KnownCards::default()).await
    }

    /// The same, with a memory of cards: of a card in it, no more is read than proves that it is the same one, and a new
    /// one is put into it.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_known(
        channel: Arc<dyn CardChannel>,
        sentences: impl Fn(CardStage) -> String + Send + Sync + 'static,
        known: &KnownCards,
    ) -> Result<Self, CardError> {
        let info = channel.info().await?;
        let sentences: Sentences = Box::new(sentences);
        // What cannot be shown does not stop the operation.
        let _ = channel.tell(CardStage::Reading, sentences(CardStage::Reading)).await;
        let historical_bytes = historical::historical_bytes(&info);
        let capabilities = historical::capabilities(&historical_bytes);
        let profile = Profile::of(&historical_bytes);
        let framing = Framing::new(channel, &info, capabilities.extended_length);
        known.refresh();
        let mut session = Session::new(framing, capabilities.short_identifiers, profile.selects_stepwise());
        let recognised = match known.recognise(&mut session, &historical_bytes).await {
            // What disturbs a look for what is known is found out, or got over, by reading the card.
            Err(CardError::Status { .. } | CardError::Malformed(_)) => None,
            recognised => recognised?,
        };
        // Of a card whose certificates have all run out, there may be a renewed one. One that was left beside a good one costs
        // nothing.
        let now = SystemTime::now();
        let recognised =
            recognised.filter(|contents| contents.knows_puks && contents.keys.iter().any(|key| key.is_good_at(now)));
        let recalled = recognised.is_some();
        let contents = match recognised {
            Some(contents) => contents,
            None => {
                let contents = pkcs15::read(&mut session, profile, info.link).await?;
                known.remember(&historical_bytes, &contents);
                contents
            }
        };
        let mut card = Self {
            session,
            link: info.link,
            contents,
            sentences,
            interrupted: None,
            known: known.clone(),
            historical_bytes,
            profile,
            recalled,
            tells_tries: false,
            tells_puk_tries: false,
            unsettled: None,
        };
        card.recall_tries();
        Ok(card)
    }

    /// Whether keys and certificates are what the memory of cards had of it, and not read from it just now.
    #[must_use]
    pub fn is_recalled(&self) -> bool {
        self.recalled
    }

    /// The card's name, as its TokenInfo has it; empty where it has none.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.contents.label
    }

    /// The card's serial number, as its TokenInfo has it; empty where it has none.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.contents.serial
    }

    /// The certificates beside keys for signing whose kind is not known here: nothing can be signed with them, and their
    /// holder has to hear why.
    #[must_use]
    pub fn certificates_of_unknown_keys(&self) -> &[Vec<u8>] {
        &self.contents.unknown
    }

    /// The keys that sign with non-repudiation and have a certificate, the best first. Never empty.
    #[must_use]
    pub fn signing_keys(&self) -> &[SigningKey] {
        &self.contents.keys
    }

    /// Signs a digest: VERIFY, MANAGE SECURITY ENVIRONMENT and COMPUTE DIGITAL SIGNATURE back to back. The signature has
    /// as many octets as the modulus for RSA and is a DER SEQUENCE of r and s for EC; it has been checked against the
    /// key's certificate. The consent is used up, whatever happens. Drive the future to its end: dropping it halfway sends
    /// nothing again, but the outcome is lost with it.
    ///
    /// # Errors
    /// Before the PIN is sent: [`CardError::NotTheSameCard`], [`CardError::PinFormat`], [`CardError::PinBlocked`],
    /// [`CardError::LastTryNotConfirmed`], [`CardError::Unsupported`], [`CardError::Link`]. Because of the PIN:
    /// [`CardError::WrongPin`], [`CardError::PinBlocked`], [`CardError::PinOutcomeUnknown`],
    /// [`CardError::PinNotAllowedHere`], [`CardError::PinNotActivated`]. Afterwards: [`CardError::Link`], upon which
    /// [`Self::take_interrupted`] gives what [`Self::resume`] goes on with; [`CardError::Status`] or
    /// [`CardError::Malformed`] where the card does not sign.
    pub async fn sign(&mut self, key: &SigningKey, consent: PinConsent, digest: &Digest) -> Result<Vec<u8>, CardError> {
        self.interrupted = None;
        // What can be refused without the card costs no command.
        self.own(key)?.pin_object.admits(&consent)?;
        let operation = self.ready(key, digest).await?;
        let verify = operation.key.pin_object.verify(consent)?;
        self.verify_and_sign(operation, verify, true).await
    }

    /// Changes the PIN of a key: CHANGE REFERENCE DATA with the old PIN, which the consent is for, and the new one. The
    /// rules are those of signing: sent once, never resent. After [`CardError::PinChangeOutcomeUnknown`] either PIN may be
    /// good.
    ///
    /// # Errors
    /// Those of [`Self::sign`] that concern the PIN; [`CardError::NewPinFormat`], [`CardError::NewPinSame`];
    /// [`CardError::PinUnchangeable`] where the card does not let it be changed.
    pub async fn change_pin(&mut self, key: &SigningKey, consent: PinConsent, new: Arc<Pin>) -> Result<(), CardError> {
        let form = self.profile.change_form();
        let mut key = self.own(key)?;
        key.pin_object.admits_change(&consent, &new)?;
        self.session.framing().begin();
        let mut entered = self.enter(self.directory_of_pin(&key).as_ref()).await;
        if self.is_out_of_date(&entered) {
            key = self.reread(&key).await?;
            entered = self.enter(self.directory_of_pin(&key).as_ref()).await;
        }
        entered?;
        let command = key.pin_object.change(consent, &new, form)?;
        let sent = self.send_pin(&key, &command.into_command()).await?;
        self.settle_pin(&key, &sent);
        sent.outcome
    }

    /// What is needed to go on with a signature that the link cut off after the card had accepted the PIN, once.
    #[must_use]
    pub fn take_interrupted(&mut self) -> Option<Interrupted> {
        self.interrupted.take()
    }

    /// Goes on with a signature on the same card, which has been opened anew: the PIN that the card has already accepted
    /// in this operation is sent one more time, and no more than that.
    ///
    /// # Errors
    /// As [`Self::sign`]; [`CardError::NotTheSameCard`] where serial number or certificate differ.
    pub async fn resume(&mut self, interrupted: Interrupted) -> Result<Vec<u8>, CardError> {
        if interrupted.serial != self.contents.serial {
            return Err(CardError::NotTheSameCard);
        }
        let key = self.own(&interrupted.key)?;
        // The right PIN was given in this operation, so anything but a full counter is somebody else's doing.
        match key.pin_object.rules.tries_left {
            Some(0) => return Err(CardError::PinBlocked),
            Some(1) => return Err(CardError::LastTryNotConfirmed),
            _ => {}
        }
        let prepared = self.prepare(&key, &interrupted.digest).await;
        self.forget_after(&prepared);
        let operation = prepared?;
        self.verify_and_sign(operation, PinCommand::again(interrupted.verify), false)
            .await
    }

    /// The key of this card that is the same as `key` in everything that signing depends on.
    fn own(&self, key: &SigningKey) -> Result<SigningKey, CardError> {
        self.contents
            .keys
            .iter()
            .find(|own| own.is(key))
            .cloned()
            .ok_or(CardError::NotTheSameCard)
    }

    /// Gets ready to sign. Nothing of the consent is spent until then, so that a card which is not as it is remembered is
    /// read again, and the attempt goes on.
    async fn ready(&mut self, key: &SigningKey, digest: &Digest) -> Result<Operation, CardError> {
        let key = self.own(key)?;
        let prepared = self.prepare(&key, digest).await;
        if !self.is_out_of_date(&prepared) {
            return prepared;
        }
        let key = self.reread(&key).await?;
        self.prepare(&key, digest).await
    }

    /// Whether an outcome says that the card is not what was remembered of it.
    fn is_out_of_date<T>(&self, outcome: &Result<T, CardError>) -> bool {
        self.recalled && matches!(outcome, Err(CardError::Status { .. } | CardError::Malformed(_)))
    }

    /// Reads the card itself in place of what was remembered of it; the key of the same certificate.
    async fn reread(&mut self, key: &SigningKey) -> Result<SigningKey, CardError> {
        self.known.forget(&self.contents.serial);
        self.contents = pkcs15::read(&mut self.session, self.profile, self.link).await?;
        self.recalled = false;
        self.known.remember(&self.historical_bytes, &self.contents);
        self.recall_tries();
        let same = |own: &&SigningKey| own.certificate == key.certificate;
        let mut found = self.contents.keys.iter().filter(same);
        // Of several PINs, the one that the person meant.
        let meant = |own: &&SigningKey| own.has_pin_of(key);
        let found = match (found.clone().find(meant), found.next(), found.next()) {
            (Some(meant), ..) => Some(meant),
            (None, only, None) => only,
            (None, ..) => None,
        };
        found.cloned().ok_or(CardError::NotTheSameCard)
    }
}
