//! Unblocking a PIN with its PUK: RESET RETRY COUNTER, once for one consent, and nothing before it that costs a try.

use std::sync::Arc;

use super::apdu::Command;
use super::operation::{Left, SentPin};
use super::pkcs15::Contents;
use super::puk;
use super::tries::{Intent, PinIdentity, Settlement};
use super::{Card, CardError, NotKept, PukConsent, SigningKey, UnblockedPin};
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

    /// Counts the try that is about to be taken.
    fn begin_puk(&self, key: &SigningKey) -> Result<Vec<Intent>, CardError> {
        let Contents { serial, keys, .. } = &self.contents;
        let now = key.puk().and_then(|puk| puk.tries_left);
        let same = |other: &&SigningKey| other.has_puk_of(key);
        let mut puks: Vec<PinIdentity> = keys
            .iter()
            .filter(same)
            .filter_map(|key| PinIdentity::of_puk(serial, key))
            .collect();
        puks.dedup();
        let (intents, kept) = self.known.change_tries(|memory| {
            let begin = |puk: &PinIdentity| memory.begin(puk.clone(), self.tells_puk_tries, now, true);
            puks.iter().map(begin).collect()
        });
        match kept {
            Ok(()) => Ok(intents),
            Err(NotKept) => {
                self.settle(&intents, Settlement::Undone);
                Err(CardError::NotWrittenDown)
            }
        }
    }

    /// Settles a try that was counted, keeps what the card said of tries left, and what has become of the PIN's.
    fn settle_puk(&mut self, key: &SigningKey, sent: &SentPin) {
        let (settlement, left) = match &sent.outcome {
            // How many tries a right PUK restores, or how often it may be used, the card has not said.
            Ok(()) => (Settlement::Over, Left::Untold),
            Err(CardError::WrongPuk { tries_left: Some(left) }) => (Settlement::Told(*left), Left::Told(*left)),
            Err(CardError::PukBlocked) => (Settlement::Over, Left::Told(0)),
            Err(CardError::WrongPuk { tries_left: None }) => (Settlement::Counted, Left::Counted),
            Err(CardError::PukOutcomeUnknown) => (Settlement::Unknown, Left::Counted),
            Err(_) => (Settlement::Undone, Left::AsBefore),
        };
        self.settle(&sent.intents, settlement);
        let before = key.puk().and_then(|puk| puk.tries_left);
        let Contents { serial, keys, .. } = &mut self.contents;
        for own in keys.iter_mut().filter(|own| own.has_puk_of(key)) {
            let Some(identity) = PinIdentity::of_puk(serial, own) else {
                continue;
            };
            let left = left.now(before, self.tells_puk_tries, &self.known, &identity);
            own.set_puk_tries_left(left);
        }
        if sent.outcome.is_ok() {
            let same = |own: &&mut SigningKey| own.pin_object.reference == key.pin_object.reference;
            for own in keys.iter_mut().filter(same) {
                own.set_tries_left(None);
                let pin = PinIdentity::of(serial, own);
                // What cannot be kept stays counted.
                let _ = self.known.change_tries(|memory| memory.give_back(&pin));
            }
        }
    }
}
