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
//! card's PIN is blocked). What was received it reads from an [`Archive`], in its own process, by the command line, or over
//! HTTPS ([`Settings::archive`]), and it is told of each completed application until it acknowledges
//! ([`CompletionListener`]).

mod apps;
mod card_management;
mod clock;
mod delivery;
mod failure;
mod http;
mod journey;
mod network;
mod notice;
mod outbox;
mod paper;
mod portal;
mod proxies;
mod rate;
mod records;
mod refusal;
mod settings;
mod timestamp_gateway;

pub use apps::{AndroidApp, AppleApp, Apps};
pub use card_management::{CardHolder, CardManagement, CardManagementError, ResetCommand, TestCardManagement};
pub use clock::{Clock, SystemClock, TestClock};
pub use delivery::{
    CompletionEvent, CompletionListener, DeliveryError, Mail, MailSender, SHORTEST_SECRET, Sms, SmsGateway, SmtpMailer,
    SmtpSecurity, SmtpSettings, Webhook,
};
pub use failure::{InvitationPart, PortalError};
pub use journey::archive::{
    Archive, AuditTrail, ExportedApplicant, ExportedDocument, ExportedOrder, HistoryEntry, MOST_LISTED, OrderFilter,
    OrderPage, OrderSummary, VerificationReport,
};
pub use journey::institution::{NumberRequest, answer_number, number_request};
pub use journey::invitation::{Invitation, Invited, InvitedOnce, invite, invite_once, unlock, withdraw};
pub use notice::{Notice, Notices};
pub use portal::{Portal, Running};
pub use proxies::{Cidr, Proxies};
pub use records::audit::first_broken_audit_entry;
pub use settings::{ArchiveListener, Limits, Settings, UnknownState};
pub use timestamp_gateway::{HttpTimestamps, TimestampError, TimestampGateway};
