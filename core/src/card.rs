//! A signature card behind a channel: what it holds, and signing with it.
//!
//! Everything that can fail is checked before the PIN is sent; VERIFY, the security environment and the signature follow
//! each other with nothing between; and a PIN is sent once for each consent.

mod akis;
pub mod apdu;
mod error;
mod file;
mod framing;
mod historical;
mod iso7816;
mod known;
mod pin;
mod pkcs15;
mod public_key;
mod signing;
pub mod tlv;
mod tries;

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use self::akis::Profile;
use self::apdu::{Command, Status};
use self::file::Path;
use self::framing::Framing;
use self::iso7816::Session;
use self::pin::{PinCommand, PinObject};
use self::pkcs15::Contents;
use self::public_key::CertifiedKey;
use self::signing::Scheme;
use self::tries::PinIdentity;
use crate::digest::{Digest, DigestAlgorithm};
use crate::reader::{CardChannel, CardStage, Link};
use crate::secret::Pin;

pub use self::error::CardError;
pub use self::known::KnownCards;
pub use self::pin::{PinConsent, PinRules};

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
    recalled: bool,
    /// Whether the card tells tries left without being sent a PIN.
    tells_tries: bool,
    tries_have_fallen: bool,
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
        let mut session = Session::new(framing, capabilities.short_identifiers, profile.selects_stepwise());
        let recognised = known.recognise(&mut session, &historical_bytes).await?;
        let recalled = recognised.is_some();
        let contents = match recognised {
            Some(contents) => contents,
            None => {
                let contents = pkcs15::read(&mut session, profile).await?;
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
            recalled,
            tells_tries: false,
            tries_have_fallen: false,
        };
        card.recall_tries();
        Ok(card)
    }

    /// Takes the tries left from memory where the card does not tell them, and compares them with it where it does.
    fn recall_tries(&mut self) {
        let Contents { serial, keys, .. } = &mut self.contents;
        self.tells_tries = keys.iter().any(|key| key.pin.tries_left.is_some());
        self.tries_have_fallen = self.known.with_tries(|memory| {
            let mut fallen = false;
            for key in keys {
                let pin = PinIdentity::of(serial, key);
                match key.pin.tries_left {
                    Some(now) => fallen |= memory.has_fallen(&pin, now),
                    None => key.set_tries_left(memory.left(&pin)),
                }
            }
            fallen
        });
    }

    /// Whether the card tells fewer tries than before a PIN was sent of which nobody knows what became. The person has to
    /// hear of it before another one is sent, and is taken to have heard once this was asked.
    pub fn take_fallen_tries(&mut self) -> bool {
        if self.tries_have_fallen {
            self.known.with_tries(|memory| {
                for key in &self.contents.keys {
                    memory.forget(&PinIdentity::of(&self.contents.serial, key));
                }
            });
        }
        std::mem::take(&mut self.tries_have_fallen)
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
        let key = self.own(key)?;
        let verify = key.pin_object.verify(consent)?;
        let operation = self.prepare(&key, digest).await?;
        self.verify_and_sign(operation, verify, true).await
    }

    /// Changes the PIN of a key: CHANGE REFERENCE DATA with the old PIN, which the consent is for, and the new one. The
    /// rules are those of signing: sent once, never resent. After [`CardError::PinOutcomeUnknown`] either PIN may be good.
    ///
    /// # Errors
    /// Those of [`Self::sign`] that concern the PIN, [`CardError::PinFormat`] for either PIN; [`CardError::Unsupported`]
    /// where the card does not let it be changed.
    pub async fn change_pin(&mut self, key: &SigningKey, consent: PinConsent, new: Arc<Pin>) -> Result<(), CardError> {
        let key = self.own(key)?;
        let command = key.pin_object.change(consent, &new)?;
        self.session.framing().begin();
        if let Some(directory) = self.directory_of_pin(&key) {
            self.enter(&directory).await?;
        }
        self.send_pin(&key, &command.into_command()).await
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
        let operation = self.prepare(&key, &interrupted.digest).await?;
        self.verify_and_sign(operation, PinCommand::again(interrupted.verify), false)
            .await
    }

    /// The key of this card that is the same as `key` in everything that signing depends on.
    fn own(&self, key: &SigningKey) -> Result<SigningKey, CardError> {
        let same = |own: &&SigningKey| {
            own.certificate == key.certificate
                && own.route == key.route
                && own.pin_object.reference == key.pin_object.reference
        };
        self.contents
            .keys
            .iter()
            .find(same)
            .cloned()
            .ok_or(CardError::NotTheSameCard)
    }

    /// Does and checks everything that can fail before the PIN is sent: every command of the operation is ready, and the
    /// directory of the PIN and the file of the key are selected.
    async fn prepare(&mut self, key: &SigningKey, digest: &Digest) -> Result<Operation, CardError> {
        if digest.value.len() != digest.algorithm.length() {
            return Err(CardError::Unsupported("a digest of another length"));
        }
        self.session.framing().begin();
        let certified = CertifiedKey::of_certificate(&key.certificate);
        let certified = certified.ok_or(CardError::Malformed("a certificate that cannot be read"))?;
        let mut attempts = Vec::new();
        for scheme in &key.route.schemes {
            let environment = scheme.security_environment(key.route.file.as_ref().map(Path::last), key.route.reference);
            attempts.push((environment, scheme.operation(key.algorithm, digest)?));
        }
        let pin_directory = self.directory_of_pin(key);
        if let Some(directory) = &pin_directory {
            self.enter(directory).await?;
        }
        // Where the key lies elsewhere, selecting it has to wait until the PIN has been verified in its own directory.
        let elsewhere = key
            .route
            .file
            .as_ref()
            .is_some_and(|file| file.parent() != pin_directory);
        if let Some(file) = key.route.file.as_ref().filter(|_| !elsewhere)
            && self.session.select_file(file).await?.is_none()
        {
            return Err(CardError::Malformed("the file of the key is not there"));
        }
        let file_after_verify = key.route.file.clone().filter(|_| elsewhere);
        Ok(Operation {
            key: key.clone(),
            certified,
            digest: digest.clone(),
            attempts,
            file_after_verify,
        })
    }

    /// The directory in which the PIN of a key is verified: its own, or the application's.
    fn directory_of_pin(&self, key: &SigningKey) -> Option<Path> {
        key.pin_object
            .directory
            .clone()
            .or_else(|| self.contents.application.path.clone())
    }

    /// Makes the directory of the PIN current. The application's own is entered as it was found: by name, if it has one.
    async fn enter(&mut self, directory: &Path) -> Result<(), CardError> {
        if self.session.is_current(directory) {
            return Ok(());
        }
        let application = &self.contents.application;
        let selected = if application.path.as_ref() == Some(directory) {
            application.select(&mut self.session).await?
        } else {
            self.session.select_directory(directory).await?
        };
        selected
            .map(|_| ())
            .ok_or(CardError::Malformed("the directory of the PIN is not there"))
    }

    /// Sends the PIN, once, and signs.
    async fn verify_and_sign(
        &mut self,
        operation: Operation,
        verify: PinCommand,
        resumable: bool,
    ) -> Result<Vec<u8>, CardError> {
        let command = verify.into_command();
        self.send_pin(&operation.key, &command).await?;
        let channel = Arc::clone(self.session.framing().channel());
        let sentence = (self.sentences)(CardStage::Signing);
        // The shell is told while the card signs: nothing waits for it between the PIN and the signature, nor after.
        let telling = async {
            let _ = channel.tell(CardStage::Signing, sentence).await;
            std::future::pending::<Infallible>().await
        };
        let signature = tokio::select! {
            biased;
            never = telling => match never {},
            signature = self.compute(&operation) => signature,
        };
        if matches!(signature, Err(CardError::Link(_))) && resumable {
            let serial = self.contents.serial.clone();
            let Operation { key, digest, .. } = operation;
            self.interrupted = Some(Interrupted {
                verify: command,
                serial,
                key,
                digest,
            });
        }
        if matches!(signature, Err(CardError::Status { .. } | CardError::Malformed(_))) {
            // The PIN was right and the card does not sign: it may not be what it was when it was read.
            self.known.forget(&self.contents.serial);
        }
        signature
    }

    /// Sends a command with the PIN of a key, once, and keeps what the card says of tries left.
    async fn send_pin(&mut self, key: &SigningKey, command: &Command) -> Result<(), CardError> {
        self.tell(CardStage::VerifyingPin).await;
        let answer = self.session.framing().send_once(command).await;
        let outcome = pin::outcome(command.instruction, answer, self.link);
        self.remember_tries(key.pin_object.reference, &outcome);
        outcome
    }

    /// Sets the security environment and computes the signature, by the schemes in turn for as long as the card refuses
    /// the form and not the right to sign.
    async fn compute(&mut self, operation: &Operation) -> Result<Vec<u8>, CardError> {
        if let Some(file) = &operation.file_after_verify
            && self.session.select_file(file).await?.is_none()
        {
            return Err(CardError::Malformed("the file of the key is not there"));
        }
        let framing = self.session.framing();
        let mut outcome = Err(CardError::Unsupported("a key without a scheme"));
        for (environment, command) in &operation.attempts {
            let refused = |command: &Command, status: Status| {
                Err(CardError::Status {
                    instruction: command.instruction,
                    status: status.0,
                })
            };
            if let Some(environment) = environment {
                let status = framing.exchange(environment).await?.status;
                if status != Status::OK {
                    outcome = refused(environment, status);
                    continue;
                }
            }
            let response = framing.exchange(command).await?;
            if response.status != Status::OK {
                outcome = refused(command, response.status);
                if response.status == Status::SECURITY_STATUS_NOT_SATISFIED {
                    break;
                }
                continue;
            }
            match signing::signature_value(operation.key.algorithm, &response.data) {
                Ok(value) if operation.certified.key.accepts(&operation.digest, &value) => return Ok(value),
                Ok(_) => outcome = Err(CardError::Malformed("a signature that its certificate does not accept")),
                Err(error) => outcome = Err(error),
            }
        }
        outcome
    }

    /// Keeps what the card said of tries left, so that the next attempt knows when it is the last, even where the card has
    /// been opened anew for it.
    fn remember_tries(&mut self, reference: u8, outcome: &Result<(), CardError>) {
        let Contents { serial, keys, .. } = &mut self.contents;
        for key in keys.iter_mut().filter(|key| key.pin_object.reference == reference) {
            let before = key.pin.tries_left;
            let fewer = before.map(|left| left.saturating_sub(1).max(1));
            let pin = PinIdentity::of(serial, key);
            let tells_tries = self.tells_tries;
            let left = self.known.with_tries(|memory| match outcome {
                // How many tries a right PIN restores, the card has not said.
                Ok(()) => {
                    memory.forget(&pin);
                    None
                }
                Err(CardError::WrongPin { tries_left: Some(left) }) => {
                    memory.remember(pin, *left, false);
                    Some(*left)
                }
                Err(CardError::PinBlocked) => {
                    memory.forget(&pin);
                    Some(0)
                }
                // A try was spent, or may have been; of the last one the person has to know.
                Err(CardError::WrongPin { tries_left: None }) => {
                    if let Some(left) = fewer {
                        memory.remember(pin, left, false);
                    }
                    fewer
                }
                Err(CardError::PinOutcomeUnknown) => {
                    // A card that tells is compared with what it told before; of another one, the worst is taken.
                    if let Some(left) = if tells_tries { before } else { fewer } {
                        memory.remember(pin, left, true);
                    }
                    fewer
                }
                Err(_) => before,
            });
            key.set_tries_left(left);
        }
    }

    async fn tell(&self, stage: CardStage) {
        // What cannot be shown does not stop the operation.
        let _ = self
            .session
            .framing()
            .channel()
            .tell(stage, (self.sentences)(stage))
            .await;
    }
}

/// A signature with every check behind it and every command ready.
struct Operation {
    key: SigningKey,
    certified: CertifiedKey,
    digest: Digest,
    attempts: Vec<(Option<Command>, Command)>,
    file_after_verify: Option<Path>,
}
