//! What is told of orders, and how they are looked for.

use std::collections::BTreeMap;
use std::time::SystemTime;

use basvuru::portal::{IdentityKind, Order, OrderPhase, Receipt};
use serde::Serialize;

use super::report::VerificationReport;
use crate::delivery::CompletionEvent;

/// The most orders of one page.
pub const MOST_LISTED: u32 = 200;

/// Which orders are looked for. The default is all of them, newest first.
#[derive(Clone, Default)]
pub struct OrderFilter {
    /// Orders in one of these phases; none stands for all.
    pub phases: Vec<OrderPhase>,
    /// Orders of this institution. Case and spaces are no matter.
    pub institution: Option<String>,
    /// Orders made at this moment or later.
    pub made_since: Option<SystemTime>,
    /// Orders made before this moment.
    pub made_until: Option<SystemTime>,
    /// Orders whose application came to its end at this moment or later.
    pub completed_since: Option<SystemTime>,
    /// Orders made before this one: the page after the one that ended with it.
    pub after: Option<String>,
    /// At most so many, 1 to [`MOST_LISTED`]; otherwise that.
    pub at_most: Option<u32>,
}

/// A page of orders.
#[derive(Clone, Serialize)]
pub struct OrderPage {
    /// Newest first.
    pub orders: Vec<OrderSummary>,
    /// The ids of orders that belong on this page and whose records do not open or were changed.
    pub damaged: Vec<String>,
    /// What [`OrderFilter::after`] is for the next page, where there is one.
    pub next: Option<String>,
}

/// An order in a list. It does not print itself: it is somebody's.
#[derive(Clone, Serialize)]
pub struct OrderSummary {
    /// The order.
    #[serde(flatten)]
    pub order: Order,
    /// The applicant's given name.
    pub given_name: String,
    /// The applicant's family name.
    pub family_name: String,
    /// The number of the receipt, where the application was taken.
    pub receipt: Option<String>,
    /// When it was taken, RFC 3339 in UTC.
    pub received_at: Option<String>,
    /// When its completion event was acknowledged, RFC 3339 in UTC.
    pub acknowledged_at: Option<String>,
}

/// Everything that is kept of an order. It does not print itself: it is somebody's.
#[derive(Clone, Serialize)]
pub struct ExportedOrder {
    /// The order.
    #[serde(flatten)]
    pub order: Order,
    /// Whose it is, as the institution told.
    pub applicant: ExportedApplicant,
    /// The values of the form that was approved last, by field name.
    pub form: BTreeMap<String, String>,
    /// What happened to it, oldest first, as the audit trail has it.
    pub history: Vec<HistoryEntry>,
    /// The receipt, where the application was taken.
    pub receipt: Option<Receipt>,
    /// The documents made of the form, in the order they are signed.
    pub documents: Vec<ExportedDocument>,
    /// The event that tells of its end, where it has come to it.
    pub completion: Option<CompletionEvent>,
    /// The signed container as it was received; its SHA-256 is the receipt's.
    #[serde(skip)]
    pub container: Option<Vec<u8>>,
    /// What the core finds when it verifies the container as of its receipt.
    pub report: Option<VerificationReport>,
}

/// An applicant as the institution told of them.
#[derive(Clone, Serialize)]
pub struct ExportedApplicant {
    /// What kind of number `identity` is.
    pub identity_kind: IdentityKind,
    /// The identity number.
    pub identity: String,
    /// The given name.
    pub given_name: String,
    /// The family name.
    pub family_name: String,
    /// The mobile number of the invitation, E.164.
    pub told_phone: String,
    /// The e-mail address of the invitation.
    pub told_email: String,
}

/// A document of an order.
#[derive(Clone, Serialize)]
pub struct ExportedDocument {
    /// Names it within the order.
    pub id: String,
    /// The file's name in the container.
    pub file_name: String,
    /// SHA-256 of its octets, lower-case hexadecimal.
    pub sha256: String,
    /// The octets.
    #[serde(skip)]
    pub content: Vec<u8>,
}

/// Something that happened. It does not print itself: it may be somebody's.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct HistoryEntry {
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// What, such as `approved`.
    pub event: String,
    /// The order it happened to, where it was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// Whose it was, where it was a person's beside an order: who signed in, for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// What came of it, or who read.
    pub outcome: String,
}

/// The audit trail, or the newest part of it.
#[derive(Clone, Serialize)]
pub struct AuditTrail {
    /// Oldest first.
    pub entries: Vec<HistoryEntry>,
    /// The number of the first entry that was changed, or that follows a removed one; `None` where the trail is whole. What
    /// was cut off at its end is not seen.
    pub first_broken: Option<i64>,
}
