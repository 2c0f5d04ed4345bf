//! A person at the terminal.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use basvuru::application::{
    Answer, CardSummary, CertificateApplication, Check, CodeStatus, FieldEntry, FormField, MethodOffer, OrderGroup,
    OrderSummary, ReviewDocument, Screen as View, Step, check_field, check_identity_number, check_passport_number,
};
use basvuru::failure::Failure;
use basvuru::portal::IdentityKind;
use basvuru::reader::{Link, Readers};
use basvuru::texts::Argument;

use crate::arguments::CardChoice;
use crate::choice;
use crate::conversation::Respondent;
use crate::desk::ask_pin;
use crate::readers;
use crate::screen::Screen;
use crate::stop::Stop;

/// A person at the terminal.
pub(crate) struct Person<'a> {
    pub(crate) screen: &'a Screen,
    pub(crate) readers: Arc<dyn Readers>,
    pub(crate) card: &'a CardChoice,
    /// Where pictures and documents are put to be looked at.
    pub(crate) folder: PathBuf,
}

impl Respondent for Person<'_> {
    const TRIES_AGAIN: bool = true;

    async fn respond(
        &mut self,
        application: &CertificateApplication,
        step: &Step,
        failure: Option<&Failure>,
    ) -> Result<Answer, Stop> {
        match &step.screen {
            View::SignIn { captcha: None, .. } => {
                if failure.is_some_and(|failure| matches!(failure, Failure::LockedOut { .. }))
                    || cannot_connect(failure)
                {
                    self.pause("again")?;
                }
                Ok(Answer::RequestCaptcha)
            }
            View::SignIn {
                identity,
                captcha: Some(captcha),
                ..
            } => {
                // Before the rest, so that nothing is typed twice for another picture or for its sound.
                self.show_file("captcha-picture", &self.put("captcha.png", &captcha.picture)?);
                if let Some(sound) = &captcha.sound {
                    self.show_file("captcha-sound", &self.put("captcha.wav", sound)?);
                }
                let captcha = self.screen.ask(&self.question("ask-captcha"))?;
                match captcha.trim() {
                    "" => return Ok(Answer::RequestCaptcha),
                    "?" => return Ok(Answer::RequestSpokenCaptcha),
                    _ => {}
                }
                let (identity_kind, number) = match identity {
                    Some(known) if !known.editable => (known.kind, known.number.clone()),
                    Some(known) if !known.number.is_empty() => {
                        let typed = self.ask_identity(&format!("{} [{}]:", self.say("ask-identity"), known.number))?;
                        if typed.trim().is_empty() {
                            (known.kind, known.number.clone())
                        } else {
                            kind_of(typed)
                        }
                    }
                    _ => loop {
                        let typed = self.ask_identity(&self.question("ask-identity"))?;
                        if !typed.trim().is_empty() {
                            break kind_of(typed);
                        }
                    },
                };
                let access_password = self.screen.ask_password(&self.question("ask-access-password"))?;
                Ok(Answer::SignIn {
                    identity_kind,
                    identity: number,
                    access_password,
                    captcha,
                })
            }
            View::ChooseOrder { groups, .. } => self.choose_order(groups),
            View::FillForm { fields, .. } => self.fill_form(fields),
            View::Pending { .. } => {
                // Going on by itself is right once, after a restart; after a failure the person decides when.
                if failure.is_some() {
                    self.pause("again")?;
                }
                Ok(Answer::Continue)
            }
            View::ConfirmPhone {
                code: None,
                masked_phone,
            } => {
                let sentence = match masked_phone {
                    Some(phone) => self
                        .screen
                        .sentence("send-code-to", &[("phone", Argument::Text(phone))]),
                    None => self.say("send-code"),
                };
                let typed = self.screen.ask(&format!("{sentence} {}", self.form_offer()))?;
                if self.is_form(&typed) {
                    return Ok(Answer::ChangeForm { order: None });
                }
                Ok(Answer::SendCode { app_token: None })
            }
            View::ConfirmPhone { code: Some(code), .. } => self.confirm_phone(code),
            View::ChooseMethod { methods } => self.choose_method(methods),
            View::ReviewDocuments { documents, .. } => self.review(application, documents),
            View::Sign { card } => self.sign(card.as_ref(), failure).await,
            View::Done { .. } => Ok(Answer::RefreshOrders),
            View::Outdated { .. } => {
                self.pause("again")?;
                Ok(Answer::Continue)
            }
        }
    }
}

impl Person<'_> {
    fn say(&self, id: &str) -> String {
        self.screen.sentence(id, &[])
    }

    fn question(&self, id: &str) -> String {
        format!("{}:", self.say(id))
    }

    fn pause(&self, id: &str) -> Result<(), Stop> {
        self.screen.ask(&self.say(id)).map(drop)
    }

    fn put(&self, name: &str, content: &[u8]) -> Result<PathBuf, Stop> {
        fs::create_dir_all(&self.folder).map_err(Stop::at(&self.folder))?;
        let file = self.folder.join(name);
        fs::write(&file, content).map_err(Stop::at(&file))?;
        Ok(file)
    }

    fn show_file(&self, id: &str, file: &Path) {
        let sentence = self
            .screen
            .sentence(id, &[("file", Argument::Text(&self.screen.path(file)))]);
        self.screen.line(&format!("  {sentence}"));
    }

    fn choose_order(&self, groups: &[OrderGroup]) -> Result<Answer, Stop> {
        let orders: Vec<&OrderSummary> = groups.iter().flat_map(|group| &group.orders).collect();
        if orders.is_empty() {
            self.pause("no-orders")?;
            return Ok(Answer::RefreshOrders);
        }
        let mut number = 0;
        for group in groups {
            self.screen.line(&format!("  {}", group.name));
            for order in &group.orders {
                number += 1;
                self.screen.line(&format!(
                    "  {number:>3}  {} · {} · {}",
                    order.product_name, order.institution, order.phase_name
                ));
            }
        }
        let order = &orders[self.screen.ask_number(orders.len())?];
        if order.form_changeable && self.screen.confirm(&self.say("change-form"))? {
            return Ok(Answer::ChangeForm {
                order: Some(order.id.clone()),
            });
        }
        Ok(Answer::ChooseOrder {
            order: order.id.clone(),
        })
    }

    /// The offer to go back to the approved form, beside a question.
    fn form_offer(&self) -> String {
        format!("[{}: {}]", self.say("form-letter"), self.say("form-offer"))
    }

    fn is_form(&self, typed: &str) -> bool {
        typed.trim().eq_ignore_ascii_case(&self.say("form-letter"))
    }

    fn fill_form(&self, fields: &[FormField]) -> Result<Answer, Stop> {
        let mut values = HashMap::new();
        for field in fields {
            if field.locked {
                self.screen
                    .line(&format!("  {}: {}  ({})", field.label, field.value, self.say("locked")));
                continue;
            }
            if let Some(fault) = &field.fault {
                self.screen.line(&format!("  ! {fault}"));
            }
            if let Some(help) = &field.help {
                self.screen.line(&format!("    {help}"));
            }
            if let Some(value) = self.fill_field(field)? {
                values.insert(field.name.clone(), value);
            }
        }
        if self.screen.confirm(&self.say("approve-form"))? {
            Ok(Answer::ApproveForm { values })
        } else {
            Ok(Answer::SaveDraft { values })
        }
    }

    /// A new value for a field, or none to keep what it has.
    fn fill_field(&self, field: &FormField) -> Result<Option<String>, Stop> {
        let mark = if field.required { " *" } else { "" };
        if let FieldEntry::Choice { choices } = &field.entry {
            for (number, choice) in (1..).zip(choices) {
                self.screen.line(&format!("    {number}  {}", choice.label));
            }
            let now = choices.iter().position(|choice| choice.value == field.value);
            let shown = now.map_or_else(String::new, |index| format!(" [{}]", index + 1));
            let known: Vec<_> = choices
                .iter()
                .map(|choice| (choice.value.as_str(), choice.label.as_str()))
                .collect();
            loop {
                let typed = self.screen.ask(&format!("{}{mark}{shown}:", field.label))?;
                if typed.trim().is_empty() {
                    return Ok(None);
                }
                // What stands before the labels is a number; a value that is one as well gives way.
                match choice::by_number(&typed, known.len()).or_else(|| choice::by_name(&typed, &known)) {
                    Some(place) => return Ok(Some(choices[place].value.clone())),
                    None => self.screen.refused(&self.say("no-such-choice")),
                }
            }
        }
        let shown = if field.value.is_empty() {
            String::new()
        } else {
            format!(" [{}]", field.value)
        };
        let typed = self.ask_until_acceptable(&format!("{}{mark}{shown}:", field.label), |typed| {
            check_field(field.clone(), typed, self.screen.language())
        })?;
        Ok(Some(typed.trim().to_owned()).filter(|value| !value.is_empty()))
    }

    fn ask_identity(&self, question: &str) -> Result<String, Stop> {
        let language = self.screen.language();
        loop {
            let typed = self.screen.ask(question)?;
            let (kind, number) = kind_of(typed.clone());
            let check = match kind {
                IdentityKind::NationalId => check_identity_number(number, language),
                IdentityKind::Passport => check_passport_number(number, language),
            };
            match check {
                Check::Acceptable => return Ok(typed),
                // The number in brackets, if there is one.
                Check::Incomplete if typed.trim().is_empty() => return Ok(typed),
                Check::Incomplete => self
                    .screen
                    .failure(&Failure::IdentityInvalid { kind }.explain(language)),
                Check::Refused { sentence } => self.screen.refused(&sentence),
            }
        }
    }

    /// Asks, says at once what cannot be right, and asks again. Nothing typed is an answer of its own.
    fn ask_until_acceptable(&self, question: &str, check: impl Fn(String) -> Check) -> Result<String, Stop> {
        loop {
            let typed = self.screen.ask(question)?;
            match check(typed.clone()) {
                Check::Refused { sentence } if !typed.trim().is_empty() => self.screen.refused(&sentence),
                Check::Acceptable | Check::Incomplete | Check::Refused { .. } => return Ok(typed),
            }
        }
    }

    fn confirm_phone(&self, code: &CodeStatus) -> Result<Answer, Stop> {
        let question = if code.resend_in == 0 {
            "ask-code-or-resend"
        } else {
            "ask-code"
        };
        let question = format!("{} {}:", self.say(question), self.form_offer());
        let typed = self.screen.ask_password(&question)?;
        if self.is_form(typed.text().expose()) {
            return Ok(Answer::ChangeForm { order: None });
        }
        if typed.text().expose().trim().is_empty() && code.resend_in == 0 {
            return Ok(Answer::SendCode { app_token: None });
        }
        Ok(Answer::ConfirmCode { code: typed })
    }

    fn choose_method(&self, methods: &[MethodOffer]) -> Result<Answer, Stop> {
        for (number, method) in (1..).zip(methods) {
            self.screen.line(&format!("  {number}  {}", method.name));
            if let Some(note) = &method.note {
                self.screen.line(&format!("     {note}"));
            }
        }
        loop {
            let typed = self
                .screen
                .ask(&format!("{} {}:", self.say("ask-number"), self.form_offer()))?;
            if self.is_form(&typed) {
                return Ok(Answer::ChangeForm { order: None });
            }
            let names: Vec<_> = methods.iter().map(|method| ("", method.name.as_str())).collect();
            let chosen = self.screen.number(&typed, methods.len());
            match chosen.or_else(|| choice::by_name(&typed, &names)) {
                Some(index) => {
                    let method = methods[index].method;
                    return Ok(Answer::ChooseMethod { method });
                }
                None => self.screen.line(&format!("  {}", self.say("no-such-number"))),
            }
        }
    }

    fn review(&self, application: &CertificateApplication, documents: &[ReviewDocument]) -> Result<Answer, Stop> {
        for document in documents {
            let file = self.put(&document.file_name, &application.document(document.id.clone())?)?;
            self.screen.line(&format!(
                "  {}\n    {}\n    SHA-256 {}",
                document.title,
                self.screen.path(&file),
                document.sha256
            ));
        }
        if self.screen.confirm(&self.say("accept-documents"))? {
            Ok(Answer::AcceptDocuments)
        } else if self.screen.confirm(&self.say("change-form"))? {
            Ok(Answer::ChangeForm { order: None })
        } else {
            Ok(Answer::Back)
        }
    }

    async fn sign(&self, card: Option<&CardSummary>, failure: Option<&Failure>) -> Result<Answer, Stop> {
        let reader = readers::choose(self.readers.as_ref(), self.card, self.screen).await?;
        let by_contact = reader.link == Link::Contact;
        // What the card said of tries just now goes before what it says of itself.
        let last_try = match failure {
            Some(Failure::PinLastTry | Failure::PinWrong { tries_left: Some(1) }) => Some(1),
            _ => None,
        };
        let Some(card) = card.filter(|card| card.reader == reader.id) else {
            if by_contact {
                self.pause(if failure.is_some() { "again" } else { "insert-card" })?;
                return Ok(Answer::ReadCard { reader: reader.id });
            }
            return self.answer_with_pin(reader.id, last_try, None);
        };
        let certificate = match card.certificates.as_slice() {
            [only] => only,
            several => {
                for (number, certificate) in (1..).zip(several) {
                    self.screen
                        .line(&format!("  {number}  {} · {}", certificate.holder, certificate.issuer));
                }
                &several[self.screen.ask_number(several.len())?]
            }
        };
        let shown = self.screen.sentence(
            "card-holder",
            &[
                ("holder", Argument::Text(&certificate.holder)),
                ("issuer", Argument::Text(&certificate.issuer)),
                ("day", Argument::Day(certificate.valid_until)),
            ],
        );
        self.screen.line(&format!("  {shown}"));
        let tries_left = last_try.or(card.tries_left);
        self.answer_with_pin(reader.id, tries_left, Some(certificate.serial.clone()))
    }

    /// Asks for the PIN; who would rather not try goes back.
    fn answer_with_pin(
        &self,
        reader: String,
        tries_left: Option<u8>,
        certificate: Option<String>,
    ) -> Result<Answer, Stop> {
        Ok(match ask_pin(self.screen, tries_left, "ask-pin")? {
            None => Answer::Back,
            Some(typed) => Answer::Sign {
                reader,
                pin: typed.pin,
                last_try_confirmed: typed.last_try_confirmed,
                certificate,
            },
        })
    }
}

/// The number and what kind it is by its looks; the core judges it.
fn kind_of(typed: String) -> (IdentityKind, String) {
    let number = typed.trim().to_owned();
    (IdentityKind::of(&number), number)
}

fn cannot_connect(failure: Option<&Failure>) -> bool {
    matches!(
        failure,
        Some(
            Failure::PortalUnreachable
                | Failure::PortalTimeout
                | Failure::PortalUntrusted
                | Failure::PortalWrongHost
                | Failure::PortalNotCurrent { .. }
                | Failure::PortalInsecure
                | Failure::PortalGarbled
                | Failure::PortalUnavailable { .. }
                | Failure::RateLimited { .. }
        )
    )
}
