//! A person at the terminal.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use basvuru::application::{
    Answer, AssistedUnblocking, CardSummary, CertificateApplication, Check, FieldEntry, FormField, MethodOffer,
    OrderGroup, OrderSummary, ReviewDocument, Screen as View, Step, check_field, check_identity_number,
    check_passport_number,
};
use basvuru::desk::CardDesk;
use basvuru::failure::Failure;
use basvuru::portal::IdentityKind;
use basvuru::reader::{Link, Readers};
use basvuru::texts::Argument;

use crate::arguments::CardChoice;
use crate::choice;
use crate::conversation::Respondent;
use crate::desk::{Unblocker, ask_pin};
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
    /// Where a blocked PIN is unblocked.
    pub(crate) desk: Arc<CardDesk>,
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
            View::SignIn {
                captcha: None,
                captcha_needed: true,
                ..
            } => {
                self.pause_where_it_waits(failure)?;
                Ok(Answer::RequestCaptcha)
            }
            View::SignIn { identity, captcha, .. } => {
                let captcha = match captcha {
                    // Before the rest, so that nothing is typed twice for another picture or for its sound.
                    Some(captcha) => {
                        self.show_file("captcha-picture", &self.put("captcha.png", &captcha.picture)?);
                        if let Some(sound) = &captcha.sound {
                            self.show_file("captcha-sound", &self.put("captcha.wav", sound)?);
                        }
                        let typed = self.screen.ask(&self.question("ask-captcha"))?;
                        match typed.trim() {
                            "" => return Ok(Answer::RequestCaptcha),
                            "?" => return Ok(Answer::RequestSpokenCaptcha),
                            _ => typed,
                        }
                    }
                    // The portal knows this device.
                    None => {
                        self.pause_where_it_waits(failure)?;
                        String::new()
                    }
                };
                let (identity_kind, number) = match identity {
                    Some(known) if !known.editable => (known.kind, known.number.clone()),
                    Some(known) if !known.number.is_empty() => {
                        let question = format!("{} [{}]:", self.say("ask-identity"), known.number);
                        let typed = self.ask_identity(&question, Some(&known.number))?;
                        typed.unwrap_or_else(|| (known.kind, known.number.clone()))
                    }
                    _ => loop {
                        if let Some(typed) = self.ask_identity(&self.question("ask-identity"), None)? {
                            break typed;
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
                masked_phone,
                institution,
                code,
                ..
            } => self.confirm_phone(masked_phone.as_deref(), institution.is_some(), code.as_ref()),
            View::AwaitInstitution { .. } => self.await_institution(),
            View::ChooseMethod { methods } => self.choose_method(methods),
            View::ReviewDocuments { documents, .. } => self.review(application, documents),
            View::Sign { card, assisted } => self.sign(card.as_ref(), assisted.as_ref(), failure).await,
            View::Done { .. } => Ok(Answer::RefreshOrders),
            View::Outdated { .. } => {
                self.pause("again")?;
                Ok(Answer::Continue)
            }
        }
    }
}

impl Person<'_> {
    pub(super) fn say(&self, id: &str) -> String {
        self.screen.sentence(id, &[])
    }

    pub(super) fn question(&self, id: &str) -> String {
        format!("{}:", self.say(id))
    }

    pub(super) fn pause(&self, id: &str) -> Result<(), Stop> {
        self.screen.ask(&self.say(id)).map(drop)
    }

    /// Waits for the person where trying again at once is of no use.
    fn pause_where_it_waits(&self, failure: Option<&Failure>) -> Result<(), Stop> {
        let waits =
            failure.is_some_and(|failure| matches!(failure, Failure::LockedOut { .. } | Failure::DeviceWaits { .. }));
        match waits || cannot_connect(failure) {
            true => self.pause("again"),
            false => Ok(()),
        }
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
        let mut known = Vec::new();
        for group in groups {
            self.screen.line(&format!("  {}", group.name));
            for order in &group.orders {
                number += 1;
                let label = order_label(order);
                self.screen.line(&format!("  {number:>3}  {label}"));
                known.push((order.id.as_str(), label));
            }
        }
        let order = &orders[self.choose(&known)?];
        if order.form_changeable && self.screen.confirm(&self.say("change-form"))? {
            return Ok(Answer::ChangeForm {
                order: Some(order.id.clone()),
            });
        }
        Ok(Answer::ChooseOrder {
            order: order.id.clone(),
        })
    }

    /// Has one of several chosen that were listed with their numbers.
    fn choose(&self, known: &[(&str, String)]) -> Result<usize, Stop> {
        let known: Vec<_> = known.iter().map(|(value, label)| (*value, label.as_str())).collect();
        self.screen.ask_choice(&self.question("ask-number"), &known)
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
            let labels: Vec<String> = choices.iter().map(|choice| choice.label.clone()).collect();
            let question = format!("{}{mark}{shown}:", field.label);
            return self.screen.ask_until(&question, &labels, |typed| {
                if typed.trim().is_empty() {
                    return Ok(None);
                }
                let place = choice::of(typed, &known).ok_or_else(|| self.say("no-such-choice"))?;
                Ok(Some(choices[place].value.clone()))
            });
        }
        let shown = if field.value.is_empty() {
            String::new()
        } else {
            format!(" [{}]", field.value)
        };
        let recalled: Vec<String> = Some(&field.value)
            .filter(|value| !value.is_empty())
            .cloned()
            .into_iter()
            .collect();
        let question = format!("{}{mark}{shown}:", field.label);
        self.screen.ask_until(&question, &recalled, |typed| {
            let value = typed.trim();
            // Nothing typed keeps what there is.
            if value.is_empty() {
                return Ok(None);
            }
            match check_field(field.clone(), typed.to_owned(), self.screen.language()) {
                Check::Refused { sentence } => Err(sentence),
                Check::Acceptable | Check::Incomplete => Ok(Some(value.to_owned())),
            }
        })
    }

    /// Asks for the identity number; none where nothing was typed.
    fn ask_identity(&self, question: &str, known: Option<&String>) -> Result<Option<(IdentityKind, String)>, Stop> {
        let language = self.screen.language();
        let recalled: Vec<String> = known.cloned().into_iter().collect();
        self.screen.ask_until(question, &recalled, |typed| {
            if typed.trim().is_empty() {
                return Ok(None);
            }
            let (kind, number) = kind_of(typed);
            let check = match kind {
                IdentityKind::NationalId => check_identity_number(number.clone(), language),
                IdentityKind::Passport => check_passport_number(number.clone(), language),
            };
            match check {
                Check::Acceptable => Ok(Some((kind, number))),
                Check::Incomplete => Err(Failure::IdentityInvalid { kind }.explain(language).what),
                Check::Refused { sentence } => Err(sentence),
            }
        })
    }

    fn choose_method(&self, methods: &[MethodOffer]) -> Result<Answer, Stop> {
        for (number, method) in (1..).zip(methods) {
            self.screen.line(&format!("  {number}  {}", method.name));
            if let Some(note) = &method.note {
                self.screen.line(&format!("     {note}"));
            }
        }
        let names: Vec<_> = methods.iter().map(|method| ("", method.name.as_str())).collect();
        let recalled: Vec<String> = methods.iter().map(|method| method.name.clone()).collect();
        let question = format!("{} {}:", self.say("ask-number"), self.form_offer());
        self.screen.ask_until(&question, &recalled, |typed| {
            if self.is_form(typed) {
                return Ok(Answer::ChangeForm { order: None });
            }
            let only = methods.len() == 1 && typed.trim().is_empty();
            let chosen = if only { Some(0) } else { choice::of(typed, &names) };
            let method = methods[chosen.ok_or_else(|| self.say("no-such-choice"))?].method;
            Ok(Answer::ChooseMethod { method })
        })
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

    async fn sign(
        &self,
        card: Option<&CardSummary>,
        assisted: Option<&AssistedUnblocking>,
        failure: Option<&Failure>,
    ) -> Result<Answer, Stop> {
        let reader = readers::choose(self.readers.as_ref(), self.card, self.screen).await?;
        let by_contact = reader.link == Link::Contact;
        let card = card.filter(|card| card.reader == reader.id);
        if let Some(answer) = self.answer_with_code(&reader.id, card, assisted)? {
            return Ok(answer);
        }
        let blocked = card.is_some_and(|card| card.tries_left == Some(0));
        if matches!(failure, Some(Failure::PinBlocked)) || blocked {
            let unblocked = self.offer_unblocking(&reader.id).await?;
            if !unblocked && let Some(answer) = self.offer_assistance(&reader.id, assisted)? {
                return Ok(answer);
            }
            if by_contact {
                if !unblocked {
                    self.pause("again")?;
                }
                return Ok(Answer::ReadCard { reader: reader.id });
            }
            return self.answer_with_pin(reader.id, None, None);
        }
        // What the card said of tries just now goes before what it says of itself.
        let last_try = match failure {
            Some(Failure::PinLastTry | Failure::PinWrong { tries_left: Some(1) }) => Some(1),
            _ => None,
        };
        let Some(card) = card else {
            if by_contact {
                self.pause(if failure.is_some() { "again" } else { "insert-card" })?;
                return Ok(Answer::ReadCard { reader: reader.id });
            }
            return self.answer_with_pin(reader.id, last_try, None);
        };
        for certificate in &card.unusable {
            let label = [&certificate.holder, &certificate.issuer].map(String::as_str);
            self.screen.line(&format!("  ✗ {}", label.join(" · ")));
            self.screen.refused(&certificate.reason);
        }
        let certificate = match card.certificates.as_slice() {
            [only] => only,
            several => {
                let mut known = Vec::new();
                for (number, certificate) in (1..).zip(several) {
                    let label = format!("{} · {}", certificate.holder, certificate.issuer);
                    self.screen.line(&format!("  {number}  {label}"));
                    known.push((certificate.serial.as_str(), label));
                }
                &several[self.choose(&known)?]
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

    /// Offers to unblock the PIN of the card in a reader with its PUK, until it is done or the person would rather not. Whether
    /// it is.
    async fn offer_unblocking(&self, reader: &str) -> Result<bool, Stop> {
        let told = |failure: &Failure| self.screen.failure(&failure.explain(self.screen.language()));
        let mut question = "offer-unblock";
        loop {
            let look = Arc::clone(&self.desk).look_closely(reader.to_owned()).await;
            self.screen.quiet();
            let unblocker = look.and_then(|look| Unblocker::new(&look));
            let unblocker = match unblocker {
                Ok(unblocker) => unblocker,
                Err(failure) => {
                    told(&failure);
                    return Ok(false);
                }
            };
            if !self.screen.confirm(&self.say(question))? {
                return Ok(false);
            }
            let typed = match unblocker.ask(self.screen) {
                Ok(Some(typed)) => typed,
                Ok(None) => return Ok(false),
                // What was not typed the same twice is typed again.
                Err(stop @ Stop::Own { .. }) => {
                    self.screen.held_up(&stop);
                    question = "unblock-again";
                    continue;
                }
                Err(stop) => return Err(stop),
            };
            let sent = typed.send(&self.desk, reader).await;
            self.screen.quiet();
            match sent {
                Ok(_) => {
                    unblocker.tell_done(self.screen);
                    return Ok(true);
                }
                Err(failure) => told(&failure),
            }
            question = "unblock-again";
        }
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
fn kind_of(typed: &str) -> (IdentityKind, String) {
    let number = typed.trim().to_owned();
    (IdentityKind::of(&number), number)
}

/// An order in a list.
pub(super) fn order_label(order: &OrderSummary) -> String {
    format!("{} · {} · {}", order.product_name, order.institution, order.phase_name)
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
