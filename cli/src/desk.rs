//! A card on the desk: what every command with a card does outside a journey. The reader is chosen once, what was read of
//! the card is remembered while the command runs, and nobody holds the card while the person types.

use std::sync::Arc;
use std::time::SystemTime;

use basvuru::application::sentences;
use basvuru::card::{Card, CardError, Interrupted, KnownCards, PinConsent, SigningKey};
use basvuru::certificate::Certificate;
use basvuru::certificate::nes::{self, NesFault};
use basvuru::digest::Digest;
use basvuru::failure::Failure;
use basvuru::reader::{CardOutcome, CardStage, Link, ReaderDescription, Readers};
use basvuru::secret::Pin;
use basvuru::texts::Argument;

use crate::arguments::CardChoice;
use crate::readers;
use crate::screen::Screen;
use crate::stop::Stop;

/// A reader that was chosen, and the cards seen in it.
pub(crate) struct Desk<'a> {
    screen: &'a Screen,
    readers: Arc<dyn Readers>,
    reader: ReaderDescription,
    known: KnownCards,
}

/// A key on the card with its certificate.
pub(crate) struct Held {
    pub(crate) key: SigningKey,
    pub(crate) certificate: Certificate,
}

/// A PIN as the person typed it.
pub(crate) struct TypedPin {
    pub(crate) pin: Arc<Pin>,
    /// Whether the person knows that it is the last try.
    pub(crate) last_try_confirmed: bool,
}

impl TypedPin {
    /// The consent to send the PIN to the card once.
    pub(crate) fn consent(&self) -> PinConsent {
        let consent = PinConsent::new(Arc::clone(&self.pin));
        if self.last_try_confirmed {
            consent.confirming_last_try()
        } else {
            consent
        }
    }
}

impl<'a> Desk<'a> {
    pub(crate) async fn choose(choice: &CardChoice, screen: &'a Screen) -> Result<Self, Stop> {
        let readers = readers::chosen(choice, Link::Contact, screen)?;
        let reader = readers::choose(readers.as_ref(), screen).await?;
        Ok(Self {
            screen,
            readers,
            reader,
            known: KnownCards::default(),
        })
    }

    /// The reader's name.
    pub(crate) fn reader(&self) -> &str {
        &self.reader.name
    }

    /// Opens the card in the reader, works with it, and closes it again whatever happens.
    pub(crate) async fn with_card<T>(
        &self,
        work: impl AsyncFnOnce(&mut Card) -> Result<T, CardError>,
    ) -> Result<T, Failure> {
        let language = self.screen.language();
        let prompt = sentences::card_prompt(self.reader.link, language);
        let connected = self.readers.connect(self.reader.id.clone(), prompt).await?;
        let channel = connected.into_channel().await?;
        let watcher = self.screen.watcher();
        let told = move |stage| {
            let activity = sentences::of_card(stage);
            let sentence = sentences::activity(activity, language);
            // What cannot be shown does not stop the card.
            let _ = watcher.progress(activity, sentence.clone());
            sentence
        };
        let worked = async {
            let mut card = Card::open_known(Arc::clone(&channel), told, &self.known).await?;
            work(&mut card).await
        };
        let worked = worked.await.map_err(Failure::from);
        let outcome = match &worked {
            Ok(_) => CardOutcome::Succeeded {
                sentence: sentences::activity(sentences::of_card(CardStage::RemoveCard), language),
            },
            Err(failure) => CardOutcome::Failed {
                sentence: failure.explain(language).what,
            },
        };
        let _ = channel.close(outcome).await;
        self.screen.quiet();
        worked
    }

    /// Reads the card and has one of its keys chosen, where it has several.
    pub(crate) async fn key(&self) -> Result<Held, Stop> {
        let mut keys = self.with_card(async |card| Ok(card.signing_keys().to_vec())).await?;
        let chosen = match keys.len() {
            1 => 0,
            count if self.screen.asks() => {
                for (number, key) in (1..).zip(&keys) {
                    let holder = Certificate::parse(&key.certificate).map(|certificate| certificate.subject_name());
                    let holder = holder.unwrap_or_default();
                    self.screen.line(&format!("  {number}  {} · {holder}", key.label));
                }
                self.screen.ask_number(count)?
            }
            _ => return Err(Failure::CertificateChoiceNeeded.into()),
        };
        let key = keys.swap_remove(chosen);
        let certificate = Certificate::parse(&key.certificate).map_err(|_| Failure::CertificateMalformed)?;
        Ok(Held { key, certificate })
    }

    /// Signs a digest with one consent. Where the link is lost after the card has accepted the PIN, the same card may come
    /// back once and finish.
    pub(crate) async fn sign(&self, key: &SigningKey, pin: &TypedPin, digest: &Digest) -> Result<Vec<u8>, Failure> {
        let signed = self.with_card(async |card| match card.sign(key, pin.consent(), digest).await {
            Ok(value) => Ok(Signed::Whole(value)),
            Err(error) => match card.take_interrupted() {
                Some(interrupted) => Ok(Signed::Interrupted(Box::new(interrupted))),
                None => Err(error),
            },
        });
        match signed.await? {
            Signed::Whole(value) => Ok(value),
            Signed::Interrupted(interrupted) => self.with_card(async |card| card.resume(*interrupted).await).await,
        }
    }

    /// Shows whose certificate it is, and asks for its PIN.
    pub(crate) fn ask_pin_of(&self, held: &Held, question: &str) -> Result<TypedPin, Stop> {
        let shown = self.screen.sentence(
            "card-holder",
            &[
                ("holder", Argument::Text(&held.certificate.subject_name())),
                ("issuer", Argument::Text(&held.certificate.issuer_name())),
                ("day", Argument::Day(held.certificate.not_after())),
            ],
        );
        self.screen.line(&format!("  {shown}"));
        ask_pin(self.screen, held.key.pin.tries_left, question)?.ok_or(Stop::Interrupted)
    }
}

enum Signed {
    Whole(Vec<u8>),
    Interrupted(Box<Interrupted>),
}

/// Shows how many tries are left, has the last one confirmed, and asks for the PIN; none where the person would rather
/// not try.
pub(crate) fn ask_pin(screen: &Screen, tries_left: Option<u8>, question: &str) -> Result<Option<TypedPin>, Stop> {
    if let Some(tries) = tries_left {
        screen.line(&format!("  {}", sentences::tries_left(tries, screen.language())));
    }
    let last = tries_left == Some(1);
    if last && !screen.confirm(&screen.sentence("confirm-last-try", &[]))? {
        return Ok(None);
    }
    let pin = screen.ask_pin(&format!("{}:", screen.sentence(question, &[])))?;
    Ok(Some(TypedPin {
        pin,
        last_try_confirmed: last,
    }))
}

/// Why a certificate cannot sign now, or else which marks of a qualified one it lacks.
pub(crate) fn examine(certificate: &Certificate) -> Result<Vec<NesFault>, Failure> {
    let faults = nes::faults(certificate, SystemTime::now());
    for fault in &faults {
        if let NesFault::Expired { not_after } = fault {
            return Err(Failure::CertificateExpired { since: *not_after });
        }
        if let NesFault::NotYetValid { not_before } = fault {
            return Err(Failure::CertificateNotYetValid { from: *not_before });
        }
    }
    Ok(faults)
}
