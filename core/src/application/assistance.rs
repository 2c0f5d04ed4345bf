//! The card operation of the portal's help with a blocked PIN: which card it is for, and the command that the portal gave sent
//! to that card, and to its signing key's PIN, alone.

use std::sync::Arc;

use super::CertificateApplication;
use super::signing::Candidate;
use crate::card::apdu::instruction;
use crate::card::{Card, CardError, PukConsent, ResetCommand, SigningKey, UnblockedPin, Unsettled};
use crate::digest::hexadecimal;
use crate::failure::Failure;
use crate::portal::CardToUnblock;
use crate::reader::{CardChannel, ReaderDescription};
use crate::secret::Pin;

/// How the portal's command has ended that did not unblock the PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// It did not reach the card, or the card did not look at the PUK: the same command may go to it once more.
    NotSent,
    /// It is not for this card, or the card refused it.
    Refused,
    /// Nobody knows.
    Unknown,
}

impl Ended {
    fn by(error: &CardError) -> Self {
        let refused = matches!(
            error,
            CardError::WrongPuk { .. }
                | CardError::PukBlocked
                | CardError::PukUnavailable
                | CardError::ResetCommandRefused
                | CardError::Status {
                    instruction: instruction::RESET_RETRY_COUNTER,
                    ..
                }
        );
        if *error == CardError::PukOutcomeUnknown {
            Self::Unknown
        } else if refused {
            Self::Refused
        } else {
            Self::NotSent
        }
    }
}

impl CertificateApplication {
    /// Reads the card in a reader, to show whose it is and what is left of its PUK's tries, and tells which one it is.
    pub(super) async fn read_card_to_unblock(&self, reader: String) -> Result<CardToUnblock, Failure> {
        self.with_state(|state| state.passing.card = None);
        self.be_on_time().await?;
        let language = self.language();
        let reader = self.cards.reader(&reader).await?;
        let channel = self.cards.connect(&reader, language).await?;
        let read = async {
            let (mut card, candidates) = self.open_own_card(&channel, None).await?;
            let summary = self.summary(&reader, &card, &candidates);
            self.with_state(|state| state.passing.card = Some(summary));
            unheard(&mut card)?;
            let best = candidates.best()?;
            best.key.puk().ok_or(Failure::PukUnavailable)?;
            Ok(name_of(&card, best))
        };
        let read: Result<CardToUnblock, Failure> = read.await;
        self.cards.close(&channel, read.as_ref().err(), language).await;
        read
    }

    /// Refuses a new PIN that is not one of the card that was read in a reader, where that is known, before the code is given
    /// for it.
    pub(super) fn judge_new_pin(&self, reader: &str, new_pin: &Pin) -> Result<(), Failure> {
        let shown = self.with_state(|state| state.passing.card.clone());
        let Some(card) = shown.filter(|card| card.reader == reader) else {
            return Ok(());
        };
        let typed = new_pin.expose();
        let length = std::str::from_utf8(typed).map_or(0, |text| text.chars().count());
        let (least, most) = (usize::from(card.pin_min_length), usize::from(card.pin_max_length));
        if (least..=most).contains(&length) && (!card.pin_numeric || typed.iter().all(u8::is_ascii_digit)) {
            return Ok(());
        }
        Err(Failure::NewPinMalformed {
            min_length: card.pin_min_length,
            max_length: card.pin_max_length,
            numeric: card.pin_numeric,
        })
    }

    /// Sends the portal's command, with the new PIN, to the card it is for. `use_up` is called when everything has been checked
    /// and right before it is sent.
    pub(super) async fn unblock_card(
        &self,
        reader: &str,
        meant: &CardToUnblock,
        command: ResetCommand,
        new_pin: Arc<Pin>,
        use_up: impl Fn() -> Result<(), Failure> + Send + Sync,
    ) -> Result<(), (Ended, Failure)> {
        let language = self.language();
        let reader = self.cards.reader(reader).await.map_err(not_sent)?;
        let channel = self.cards.connect(&reader, language).await.map_err(not_sent)?;
        let unblocked = self
            .unblock_over(&channel, &reader, meant, command, new_pin, &use_up)
            .await;
        let failure = unblocked.as_ref().err().map(|(_, failure)| failure);
        self.cards.close(&channel, failure, language).await;
        unblocked
    }

    async fn unblock_over(
        &self,
        channel: &Arc<dyn CardChannel>,
        reader: &ReaderDescription,
        meant: &CardToUnblock,
        command: ResetCommand,
        new_pin: Arc<Pin>,
        use_up: &(impl Fn() -> Result<(), Failure> + Send + Sync),
    ) -> Result<(), (Ended, Failure)> {
        let (mut card, key) = self.card_meant(channel, meant).await.map_err(not_sent)?;
        unheard(&mut card).map_err(not_sent)?;
        use_up().map_err(not_sent)?;
        // What is left of the PUK's tries was shown when the code was asked for.
        let consent = PukConsent::given(command).confirming_last_try();
        let unblocked = card.unblock(&key, consent, new_pin).await;
        self.show_anew(channel, reader, card, unblocked.is_ok()).await;
        match unblocked {
            Ok(UnblockedPin::New) => Ok(()),
            Ok(UnblockedPin::AsBefore) => {
                self.with_state(|state| state.passing.notice = Some(Failure::PinKept));
                Ok(())
            }
            Err(error) => Err((Ended::by(&error), error.into())),
        }
    }

    /// The card that is meant, with the key whose PIN is.
    async fn card_meant(
        &self,
        channel: &Arc<dyn CardChannel>,
        meant: &CardToUnblock,
    ) -> Result<(Card, SigningKey), Failure> {
        let (card, candidates) = self.open_own_card(channel, Some(&meant.certificate_serial)).await?;
        let mut usable = candidates.usable.iter();
        let Some(found) = usable.find(|candidate| name_of(&card, candidate) == *meant) else {
            return Err(self.card_changed());
        };
        let key = found.key.clone();
        Ok((card, key))
    }

    /// Shows what the card tells now: read anew where its PIN was unblocked.
    async fn show_anew(&self, channel: &Arc<dyn CardChannel>, reader: &ReaderDescription, card: Card, unblocked: bool) {
        let shown = if unblocked {
            // A card that is taken away meanwhile is read when it comes back.
            self.open_own_card(channel, None).await.ok()
        } else {
            self.candidates(&card).ok().map(|candidates| (card, candidates))
        };
        let summary = shown.map(|(card, candidates)| self.summary(reader, &card, &candidates));
        self.with_state(|state| state.passing.card = summary);
    }
}

fn not_sent(failure: Failure) -> (Ended, Failure) {
    (Ended::NotSent, failure)
}

/// What the person has to hear of before a PUK is sent: that nobody knows what became of what was sent before.
fn unheard(card: &mut Card) -> Result<(), Failure> {
    match card.take_unsettled() {
        Some(Unsettled::Change) => Err(Failure::PinChangeOutcomeUnknown),
        Some(Unsettled::Unblocking) => Err(Failure::PukOutcomeUnknown),
        // The tries of a PIN that is about to be unblocked matter no more.
        Some(Unsettled::Verification) | None => Ok(()),
    }
}

/// What the portal knows a card by.
fn name_of(card: &Card, candidate: &Candidate) -> CardToUnblock {
    CardToUnblock {
        certificate_serial: candidate.certificate.serial_hex(),
        card_serial: Some(hexadecimal(card.serial())).filter(|serial| !serial.is_empty()),
    }
}
