//! Confirming the telephone at the terminal: the codes, and the institution's word in place of the second one.

use basvuru::application::{Answer, CodeStatus};
use basvuru::texts::Argument;

use super::person::Person;
use crate::stop::Stop;

impl Person<'_> {
    /// The offer to go back to the approved form, beside a question.
    pub(super) fn form_offer(&self) -> String {
        self.offer("form")
    }

    pub(super) fn is_form(&self, typed: &str) -> bool {
        self.is_letter("form", typed)
    }

    pub(super) fn confirm_phone(
        &self,
        masked_phone: Option<&str>,
        has_institution: bool,
        code: Option<&CodeStatus>,
    ) -> Result<Answer, Stop> {
        let mut offers = self.form_offer();
        if has_institution {
            offers = format!("{} {offers}", self.offer("institution"));
        }
        let Some(code) = code else {
            let sentence = match masked_phone {
                Some(phone) => self
                    .screen
                    .sentence("send-code-to", &[("phone", Argument::Text(phone))]),
                None => self.say("send-code"),
            };
            let typed = self.screen.ask(&format!("{sentence} {offers}"))?;
            let other = self.other_way(&typed, has_institution);
            return Ok(other.unwrap_or(Answer::SendCode { app_token: None }));
        };
        let question = if code.resend_in == 0 {
            "ask-code-or-resend"
        } else {
            "ask-code"
        };
        let typed = self.screen.ask_password(&format!("{} {offers}:", self.say(question)))?;
        let text = typed.text().expose();
        if let Some(other) = self.other_way(text, has_institution) {
            return Ok(other);
        }
        if text.trim().is_empty() && code.resend_in == 0 {
            return Ok(Answer::SendCode { app_token: None });
        }
        Ok(Answer::ConfirmCode { code: typed })
    }

    pub(super) fn await_institution(&self) -> Result<Answer, Stop> {
        let question = format!(
            "{} {} {}",
            self.say("ask-institution-again"),
            self.offer("code"),
            self.form_offer()
        );
        let typed = self.screen.ask(&question)?;
        if self.is_letter("code", &typed) {
            return Ok(Answer::Back);
        }
        Ok(self.other_way(&typed, false).unwrap_or(Answer::Continue))
    }

    /// What a letter in place of a code asks for.
    fn other_way(&self, typed: &str, has_institution: bool) -> Option<Answer> {
        if self.is_form(typed) {
            return Some(Answer::ChangeForm { order: None });
        }
        (has_institution && self.is_letter("institution", typed)).then_some(Answer::AskInstitution)
    }

    /// Another way than the one that is asked for, with the letter that takes it.
    fn offer(&self, way: &str) -> String {
        format!(
            "[{}: {}]",
            self.say(&format!("{way}-letter")),
            self.say(&format!("{way}-offer"))
        )
    }

    fn is_letter(&self, way: &str, typed: &str) -> bool {
        typed.trim().eq_ignore_ascii_case(&self.say(&format!("{way}-letter")))
    }
}
