//! Mail through an SMTP server, over TLS unless the server is on this machine.

use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use basvuru::secret::SecretText;
use lettre::message::{Mailbox, header::ContentType};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use super::{DeliveryError, Mail, MailSender};
use crate::failure::PortalError;

/// How an SMTP server is reached.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    /// The server's name.
    pub host: String,
    /// The server's port, such as 465 or 587.
    pub port: u16,
    /// How the connection is protected.
    pub security: SmtpSecurity,
    /// User name and password, where the server wants them.
    pub credentials: Option<(String, SecretText)>,
    /// The sender, such as `Sertifika Merkezi <basvuru@example.com>`.
    pub sender: String,
}

/// How the connection to an SMTP server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// TLS from the first octet (RFC 8314).
    Tls,
    /// TLS by STARTTLS, which the server must offer (RFC 3207).
    StartTls,
    /// None; taken for a server on a loopback address only.
    LoopbackOnly,
}

/// Sends mail through an SMTP server.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    sender: Mailbox,
    domain: String,
}

impl SmtpMailer {
    /// Prepares to send; connects when there is something to send.
    ///
    /// # Errors
    /// [`PortalError::Tls`] for a server name TLS cannot check, or a server elsewhere without TLS;
    /// [`PortalError::MailSender`] for a malformed sender.
    pub fn new(settings: SmtpSettings) -> Result<Self, PortalError> {
        let sender: Mailbox = settings
            .sender
            .parse()
            .map_err(|_| PortalError::MailSender(settings.sender.clone()))?;
        let parameters =
            || TlsParameters::new(settings.host.clone()).map_err(|error| PortalError::Tls(error.to_string()));
        let tls = match settings.security {
            SmtpSecurity::Tls => Tls::Wrapper(parameters()?),
            SmtpSecurity::StartTls => Tls::Required(parameters()?),
            SmtpSecurity::LoopbackOnly if is_loopback(&settings.host) => Tls::None,
            SmtpSecurity::LoopbackOnly => {
                return Err(PortalError::Tls(
                    "mail without TLS goes to this machine only".to_owned(),
                ));
            }
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port)
            .tls(tls)
            .timeout(Some(Duration::from_secs(20)));
        if let Some((user, password)) = settings.credentials {
            builder = builder.credentials(Credentials::new(user, password.expose().to_owned()));
        }
        let domain = sender.email.domain().to_owned();
        Ok(Self {
            transport: builder.build(),
            sender,
            domain,
        })
    }
}

#[async_trait]
impl MailSender for SmtpMailer {
    async fn send(&self, number: i64, mail: &Mail) -> Result<(), DeliveryError> {
        let recipient: Mailbox = mail
            .recipient
            .parse()
            .map_err(|_| DeliveryError("the recipient is no mail address".to_owned()))?;
        let message = Message::builder()
            .from(self.sender.clone())
            .to(recipient)
            .subject(&mail.subject)
            // The same number gives the same identifier, by which servers and readers know a repeat (RFC 5322, 3.6.4).
            .message_id(Some(format!("<basvuru-{number}@{}>", self.domain)))
            .header(ContentType::TEXT_PLAIN)
            .body(mail.text.clone())
            .map_err(|_| DeliveryError("the mail cannot be written".to_owned()))?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) => Err(DeliveryError(cause(&error).to_owned())),
        }
    }
}

/// What went wrong, without the server's words, which may repeat the recipient.
fn cause(error: &lettre::transport::smtp::Error) -> &'static str {
    match (error.is_permanent(), error.is_transient(), error.is_timeout()) {
        (true, _, _) => "the server refused the mail",
        (_, true, _) => "the server cannot take the mail now",
        (_, _, true) => "the server did not answer in time",
        _ => "the server could not be reached",
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
