//! The portal's help with a blocked PIN, at a terminal.

use basvuru::application::{Answer, AssistedUnblocking, CardSummary};
use basvuru::texts::Argument;

use super::Person;
use crate::desk::ask_new_pin;
use crate::stop::Stop;

impl Person<'_> {
    /// Offers the portal's help, where there is any: none where the person would rather not have it.
    pub(super) fn offer_assistance(
        &self,
        reader: &str,
        assisted: Option<&AssistedUnblocking>,
    ) -> Result<Option<Answer>, Stop> {
        if assisted.is_none() || !self.screen.confirm(&self.say("offer-assistance"))? {
            return Ok(None);
        }
        Ok(Some(Answer::RequestUnblocking {
            reader: reader.to_owned(),
            app_token: None,
        }))
    }

    /// Asks for the code of the text message, where one is on its way, and for the new PIN; none where the person would rather go
    /// on without it.
    pub(super) fn answer_with_code(
        &self,
        reader: &str,
        card: Option<&CardSummary>,
        assisted: Option<&AssistedUnblocking>,
    ) -> Result<Option<Answer>, Stop> {
        let Some(assisted) = assisted.filter(|assisted| assisted.code.is_some()) else {
            return Ok(None);
        };
        if let Some(verification_code) = &assisted.verification_code {
            let code = [("code", Argument::Text(verification_code))];
            self.screen.line(&format!(
                "  {}",
                self.screen.sentence("compare-verification-code", &code)
            ));
        }
        let unblocking = card.and_then(|card| card.unblocking.as_ref());
        if let Some(sentence) = unblocking.and_then(|unblocking| unblocking.tries_sentence.as_ref()) {
            self.screen.line(&format!("  {sentence}"));
        }
        let code = self.screen.ask_password(&self.question("ask-unblocking-code"))?;
        if code.text().expose().trim().is_empty() {
            return Ok(None);
        }
        let new_pin = loop {
            match ask_new_pin(self.screen) {
                Ok(new_pin) => break new_pin,
                // What was not typed the same twice is typed again.
                Err(stop @ Stop::Own { .. }) => self.screen.held_up(&stop),
                Err(stop) => return Err(stop),
            }
        };
        Ok(Some(Answer::Unblock {
            reader: reader.to_owned(),
            code,
            new_pin,
        }))
    }
}
