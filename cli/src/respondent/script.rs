//! A file of answers, for automation against a test portal. A failure ends the run; running again goes on.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use basvuru::application::{
    Answer, CardCertificate, CardSummary, CertificateApplication, FieldEntry, FormField, OrderGroup, Screen as View,
    Step,
};
use basvuru::failure::Failure;
use basvuru::portal::IdentityKind;
use basvuru::reader::{Link, Readers};
use basvuru::secret::{Password, Pin, SecretText};
use basvuru_world::{Message, Outbox};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::arguments::CardChoice;
use crate::choice;
use crate::conversation::Respondent;
use crate::readers;
use crate::respondent::person::order_label;
use crate::stop::Stop;

/// Answers to every question of the journey.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answers {
    identity_kind: IdentityKind,
    identity: String,
    access_password: SecretText,
    /// The order, by its name, its number in the list or its label; the newest where it is left out.
    order: Option<String>,
    #[serde(default)]
    form: HashMap<String, String>,
    /// Whether a form that was approved before this run is changed to `form` and approved anew.
    #[serde(default)]
    change_form: bool,
    /// The picture code's answer; from the outbox where it is left out.
    captcha: Option<String>,
    /// The code of the text message; from the outbox where it is left out.
    code: Option<String>,
    pin: SecretText,
    #[serde(default)]
    last_try_confirmed: bool,
    /// The PIN that the card is to have, in place of `pin`: where that is blocked, it is unblocked with the portal's help, by a
    /// code from the outbox.
    new_pin: Option<SecretText>,
    /// The certificate, where several could sign: by its serial number, its number in the list, or its holder's name.
    certificate: Option<String>,
    /// The test portal's outbox.
    outbox: Option<PathBuf>,
}

/// A script at work.
pub(crate) struct Script<'a> {
    answers: Answers,
    readers: Arc<dyn Readers>,
    card: &'a CardChoice,
    /// Whether the form was shown in this run.
    form_seen: bool,
    /// The order, once it was chosen in this run.
    order: Option<String>,
    /// The number of the last text message before one was asked for in this run.
    last_text: u64,
}

impl<'a> Script<'a> {
    pub(crate) fn read(file: &Path, readers: Arc<dyn Readers>, card: &'a CardChoice) -> Result<Self, Stop> {
        let content = Zeroizing::new(fs::read(file).map_err(Stop::at(file))?);
        // Editors of Windows begin a file with a mark of its encoding.
        let content = content.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&content);
        // What serde says of the place of a mistake holds no value of the file.
        let answers = serde_json::from_slice(content)
            .map_err(|error| Stop::own("stop-answers", format!("{}:{}", error.line(), error.column())))?;
        Ok(Self {
            answers,
            readers,
            card,
            form_seen: false,
            order: None,
            last_text: 0,
        })
    }

    fn outbox(&self) -> Result<Outbox, Stop> {
        self.answers
            .outbox
            .clone()
            .map(Outbox::new)
            .ok_or_else(|| Stop::own("stop-answers", "outbox"))
    }

    /// Whether a text message is about this application, and went to the number on the screen.
    fn is_meant(&self, message: &Message, masked_phone: Option<&str>) -> bool {
        let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
        let shown = masked_phone.map(digits).unwrap_or_default();
        let is_of_order = match (&self.order, &message.order) {
            (Some(order), Some(of)) => order == of,
            // A run that was begun before does not know it.
            (None, _) | (_, None) => true,
        };
        is_of_order && digits(&message.recipient).ends_with(&shown)
    }

    /// The certificate that was meant, where it is one of several.
    fn certificate(&self, card: &CardSummary) -> Option<String> {
        let meant = self.answers.certificate.as_ref()?;
        let label = |found: &CardCertificate| format!("{} · {}", found.holder, found.issuer);
        let labels: Vec<String> = card.certificates.iter().map(label).collect();
        let known: Vec<_> = (card.certificates.iter().zip(&labels))
            .map(|(found, label)| (found.serial.as_str(), label.as_str()))
            .collect();
        let place = choice::by_name(meant, &known).or_else(|| choice::by_number(meant, known.len()));
        // What is none of them the core refuses.
        Some(place.map_or_else(|| meant.clone(), |place| known[place].0.to_owned()))
    }

    /// Whether the screen is one on the way from an approved form, which is to be changed and was not yet.
    fn changes_form(&self, screen: &View) -> bool {
        let after_approval = match screen {
            View::ConfirmPhone { .. }
            | View::AwaitInstitution { .. }
            | View::ChooseMethod { .. }
            | View::ReviewDocuments { .. }
            | View::Sign { .. } => true,
            View::SignIn { .. }
            | View::ChooseOrder { .. }
            | View::FillForm { .. }
            | View::Pending { .. }
            | View::Done { .. }
            | View::Outdated { .. } => false,
        };
        after_approval && self.answers.change_form && !self.form_seen
    }
}

impl Respondent for Script<'_> {
    const TRIES_AGAIN: bool = false;

    async fn respond(
        &mut self,
        application: &CertificateApplication,
        step: &Step,
        failure: Option<&Failure>,
    ) -> Result<Answer, Stop> {
        if let Some(failure) = failure {
            return Err(failure.clone().into());
        }
        if self.changes_form(&step.screen) {
            return Ok(Answer::ChangeForm { order: None });
        }
        self.form_seen |= matches!(step.screen, View::FillForm { .. });
        if matches!(step.screen, View::ConfirmPhone { code: None, .. }) && self.answers.code.is_none() {
            let texts = self.outbox()?.texts().map_err(not_there)?;
            self.last_text = texts.last().map_or(0, |message| message.id);
        }
        if let View::ChooseOrder { groups, .. } = &step.screen {
            self.order = match &self.answers.order {
                Some(order) => Some(chosen_order(groups, order).unwrap_or_else(|| order.clone())),
                None => newest(groups),
            };
        }
        let answers = &self.answers;
        Ok(match &step.screen {
            View::SignIn {
                captcha: None,
                captcha_needed: true,
                ..
            } => Answer::RequestCaptcha,
            View::SignIn { captcha, .. } => Answer::SignIn {
                identity_kind: answers.identity_kind,
                identity: answers.identity.clone(),
                access_password: Arc::new(Password::from(answers.access_password.clone())),
                captcha: match (captcha, &answers.captcha) {
                    (None, _) => String::new(),
                    (Some(_), Some(answer)) => answer.clone(),
                    (Some(captcha), None) => self.outbox()?.captcha(&captcha.id).map_err(not_there)?,
                },
            },
            View::ChooseOrder { .. } => Answer::ChooseOrder {
                order: self.order.clone().ok_or(Failure::OrderUnknown)?,
            },
            View::FillForm { fields, .. } => Answer::ApproveForm {
                values: values(fields, &answers.form),
            },
            View::ConfirmPhone { code: None, .. } => Answer::SendCode { app_token: None },
            View::ConfirmPhone {
                code: Some(_),
                masked_phone,
                ..
            } => Answer::ConfirmCode {
                code: match &answers.code {
                    Some(code) => Arc::new(Password::new(code.as_bytes())?),
                    None => {
                        let is_meant = |message: &Message| self.is_meant(message, masked_phone.as_deref());
                        let message = self.outbox()?.text_after(self.last_text, is_meant).await;
                        let message = message.map_err(not_there)?;
                        application.read_sms(message, None).ok_or_else(|| not_there("code"))?
                    }
                },
            },
            // Nobody waits here for somebody else's word: running again asks for it.
            View::AwaitInstitution { .. } => return Err(Stop::own("stop-institution", "")),
            View::ChooseMethod { methods } => Answer::ChooseMethod {
                method: methods
                    .iter()
                    .find(|method| method.available)
                    .ok_or(Failure::MethodUnavailable)?
                    .method,
            },
            View::ReviewDocuments { .. } => Answer::AcceptDocuments,
            View::Sign { card, assisted } => {
                let reader = readers::only(self.readers.as_ref(), self.card).await?;
                let blocked = card.as_ref().is_some_and(|card| card.tries_left == Some(0));
                let pin = answers.new_pin.as_ref().unwrap_or(&answers.pin);
                let help = answers.new_pin.as_ref().zip(assisted.as_ref());
                if let Some((new_pin, verification_code)) =
                    help.and_then(|(new_pin, assisted)| Some((new_pin, assisted.verification_code.as_ref()?)))
                {
                    let message = self.outbox()?.text_with(verification_code).await.map_err(not_there)?;
                    Answer::Unblock {
                        reader: reader.id,
                        code: application.read_sms(message, None).ok_or_else(|| not_there("code"))?,
                        new_pin: Arc::new(Pin::new(new_pin.expose().as_bytes())),
                    }
                } else if reader.link == Link::Contact && card.is_none() {
                    Answer::ReadCard { reader: reader.id }
                } else if blocked && help.is_some() {
                    Answer::RequestUnblocking {
                        reader: reader.id,
                        app_token: None,
                    }
                } else {
                    Answer::Sign {
                        reader: reader.id,
                        pin: Arc::new(Pin::new(pin.expose().as_bytes())),
                        last_try_confirmed: answers.last_try_confirmed,
                        certificate: card.as_ref().and_then(|card| self.certificate(card)),
                    }
                }
            }
            View::Pending { .. } => Answer::Continue,
            View::Done { .. } => Answer::RefreshOrders,
            View::Outdated { version } => {
                return Err(Failure::AppOutdated {
                    version: version.clone(),
                }
                .into());
            }
        })
    }
}

/// The order that was named, by its id, its label, or its number in the list.
fn chosen_order(groups: &[OrderGroup], named: &str) -> Option<String> {
    let orders: Vec<_> = groups.iter().flat_map(|group| &group.orders).collect();
    let labels: Vec<String> = orders.iter().map(|order| order_label(order)).collect();
    let known: Vec<_> = (orders.iter().zip(&labels))
        .map(|(order, label)| (order.id.as_str(), label.as_str()))
        .collect();
    let place = choice::by_name(named, &known).or_else(|| choice::by_number(named, known.len()))?;
    Some(orders[place].id.clone())
}

/// The first order of the first group: a new one where there is one.
fn newest(groups: &[OrderGroup]) -> Option<String> {
    Some(groups.first()?.orders.first()?.id.clone())
}

/// The answers, where a choice may be given by its value, its label or its number. What is none of them the core refuses.
fn values(fields: &[FormField], given: &HashMap<String, String>) -> HashMap<String, String> {
    let mut values = given.clone();
    for field in fields {
        if let (FieldEntry::Choice { choices }, Some(value)) = (&field.entry, values.get_mut(&field.name)) {
            let known: Vec<_> = choices
                .iter()
                .map(|choice| (choice.value.as_str(), choice.label.as_str()))
                .collect();
            if let Some(place) = choice::by_name(value, &known).or_else(|| choice::by_number(value, known.len())) {
                choices[place].value.clone_into(value);
            }
        }
    }
    values
}

fn not_there(error: impl ToString) -> Stop {
    Stop::own("stop-answers", error)
}
