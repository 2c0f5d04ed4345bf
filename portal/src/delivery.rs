//! How mail and text messages leave the portal. The portal hands over each message with a number; a gateway that gets a
//! number again has it already.

use async_trait::async_trait;
use serde::Serialize;

mod smtp;
mod webhook;

pub use smtp::{SmtpMailer, SmtpSecurity, SmtpSettings};
pub use webhook::{SHORTEST_SECRET, Webhook};

/// A mail, plain text.
#[derive(Clone, Serialize)]
pub struct Mail {
    /// The recipient's address.
    pub recipient: String,
    /// The subject.
    pub subject: String,
    /// The text, lines ended by `\n`.
    pub text: String,
}

/// A text message.
#[derive(Clone, Serialize)]
pub struct Sms {
    /// The recipient's number in E.164 form.
    pub recipient: String,
    /// The text.
    pub text: String,
    /// The order that it is about, for who delivers it: not to be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
}

/// A message ready to go.
pub(crate) enum Envelope {
    Mail(Mail),
    Sms(Sms),
}

/// Why a message did not go out. The text goes to the operator: it must not hold the recipient or the message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DeliveryError(pub String);

/// An application has come to its end. The event is told again until it is acknowledged, under the same id each time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CompletionEvent {
    /// The event's id: who has seen it before has seen this event before.
    pub id: String,
    /// The order.
    pub order: String,
    /// When its application was taken, RFC 3339 in UTC.
    pub completed_at: String,
    /// When the event was acknowledged, RFC 3339 in UTC; nobody is told of it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledged_at: Option<String>,
}

/// Told when an application has come to its end.
#[async_trait]
pub trait CompletionListener: Send + Sync {
    /// Takes an event. It is told at least once: `Ok` acknowledges it, and what was taken in the moment before a crash comes
    /// again under the same id. It is given half a minute.
    ///
    /// # Errors
    /// The event was not taken; it comes again later, with growing waits of up to an hour.
    async fn completed(&self, event: &CompletionEvent) -> Result<(), DeliveryError>;
}

/// Sends mail.
#[async_trait]
pub trait MailSender: Send + Sync {
    /// Hands a mail over. `number` is the same when the portal has to try again.
    ///
    /// # Errors
    /// The mail was not taken; the portal tries again later.
    async fn send(&self, number: i64, mail: &Mail) -> Result<(), DeliveryError>;
}

/// Sends text messages.
#[async_trait]
pub trait SmsGateway: Send + Sync {
    /// Hands a text message over. `number` is the same when the portal has to try again.
    ///
    /// # Errors
    /// The message was not taken; the portal tries again later, while the code in it is valid.
    async fn send(&self, number: i64, sms: &Sms) -> Result<(), DeliveryError>;
}
