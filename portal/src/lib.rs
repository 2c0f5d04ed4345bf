//! The application portal, embedded: the protocol of `basvuru::portal` over TLS, with state that survives restarts, and
//! the reference for an authority's own.
//!
//! ```no_run
//! # async fn example(trust: Vec<u8>) -> Result<(), basvuru_portal::PortalError> {
//! use basvuru_portal::{Portal, Settings};
//!
//! let running = Portal::start(Settings::new("data", "127.0.0.1:8443".parse().unwrap(), trust)).await?;
//! // … `running.url()`, `running.root_pem()` …
//! running.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! What an authority has of its own it lends by [`Settings`]: mail ([`MailSender`]), text messages ([`SmsGateway`]),
//! time-stamps ([`TimestampGateway`]; with them signatures have to be of level B-T), and a way to ask whether certificates
//! have been revoked ([`Settings::revocation`]), and card management ([`CardManagement`]; with it the portal helps where a
//! card's PIN is blocked).

mod applicant;
mod apps;
mod audit;
mod card_management;
mod clock;
mod codes;
mod delivery;
mod documents;
mod exchange;
mod failure;
mod form;
mod invitation;
mod judge;
mod landing;
mod methods;
mod notice;
#[cfg(test)]
mod openapi;
mod orders;
mod outbox;
mod paper;
mod picture_code;
mod portal;
mod rate;
mod refusal;
mod routes;
mod seal;
mod server;
mod session;
mod settings;
mod sign_in;
mod signature;
mod store;
mod timestamping;
mod tls;
mod unblocking;
mod upload;

pub use apps::{AndroidApp, AppleApp, Apps};
pub use audit::first_broken_audit_entry;
pub use card_management::{CardHolder, CardManagement, CardManagementError, ResetCommand, TestCardManagement};
pub use clock::{Clock, SystemClock, TestClock};
pub use delivery::{DeliveryError, Mail, MailSender, Sms, SmsGateway, SmtpMailer, SmtpSecurity, SmtpSettings};
pub use failure::{InvitationPart, PortalError};
pub use invitation::{Invitation, Invited, invite, withdraw};
pub use notice::{Notice, Notices};
pub use portal::{Portal, Running};
pub use settings::{Limits, Settings};
pub use timestamping::{HttpTimestamps, TimestampError, TimestampGateway};
