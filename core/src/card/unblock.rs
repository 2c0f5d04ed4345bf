//! Unblocking a PIN with its PUK: RESET RETRY COUNTER, once for one consent, and nothing before it that costs a try.

use std::sync::Arc;

use super::apdu::Command;
use super::counting::SentPin;
use super::{Card, CardError, PukConsent, SigningKey, UnblockedPin, puk};
use crate::reader::CardStage;
use crate::secret::Pin;

impl Card {
    /// Unblocks the PIN of a key: RESET RETRY COUNTER with the PUK, which the consent is for, and with the new PIN where the card's
    /// files say that one goes along. Where they say that the PUK goes alone, the new PIN is not looked at. It is sent once,
    /// never resent, and without a VERIFY; a wrong PUK leaves the PIN as it was. After [`CardError::PukOutcomeUnknown`] the PIN
    /// may be unblocked, or may be as it was.
    ///
    /// # Errors
    /// Before anything is sent: [`CardError::PukUnavailable`], [`CardError::PukFormat`], [`CardError::NewPinFormat`],
    /// [`CardError::LastPukTryNotConfirmed`], [`CardError::NotTheSameCard`], [`CardError::Link`]. Because of the PUK:
    /// [`CardError::WrongPuk`], [`CardError::PukBlocked`], [`CardError::PukOutcomeUnknown`], [`CardError::PukUnavailable`] where the
    /// card knows no such command, [`CardError::PinNotAllowedHere`], [`CardError::Status`].
    pub async fn unblock(
        &mut self,
        key: &SigningKey,
        consent: PukConsent,
        new: Arc<Pin>,
    ) -> Result<UnblockedPin, CardError> {
        let mut key = self.own(key)?;
        let puk = key.puk.as_ref().ok_or(CardError::PukUnavailable)?;
        puk.admits(&consent, &key.pin_object, &new)?;
        self.session.framing().begin();
        let mut entered = self.enter(self.directory_of_pin(&key).as_ref()).await;
        if self.is_out_of_date(&entered) {
            key = self.reread(&key).await?;
            entered = self.enter(self.directory_of_pin(&key).as_ref()).await;
        }
        entered?;
        let puk = key.puk.as_ref().ok_or(CardError::PukUnavailable)?;
        let form = puk.form;
        let command = puk.reset(consent, &key.pin_object, &new)?;
        let sent = self.send_puk(&key, &command.into_command()).await?;
        self.settle_puk(&key, &sent);
        sent.outcome.map(|()| form.unblocked_pin())
    }

    /// Sends a command with the PUK of a key's PIN, once. The try is written down before, as that of a PIN is.
    async fn send_puk(&mut self, key: &SigningKey, command: &Command) -> Result<SentPin, CardError> {
        self.tell(CardStage::VerifyingPin).await;
        let intents = self.begin_puk(key)?;
        let answer = self.session.framing().send_once(command).await;
        let outcome = puk::outcome(answer, self.link);
        self.forget_after(&outcome);
        Ok(SentPin { intents, outcome })
    }
}
