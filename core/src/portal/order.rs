//! Orders: what a person can apply for, and how far each application has come.

use serde::{Deserialize, Serialize};

use super::NumberConfirmation;

/// The orders of a person, newest first.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Orders {
    /// Newest first.
    pub orders: Vec<Order>,
}

/// One order: an application begun by the institution's invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Order {
    /// Names the order in paths. ASCII letters, digits and `-`, at most 64.
    pub id: String,
    /// What is applied for.
    pub product: Product,
    /// The institution that invited the person.
    pub institution: String,
    /// When the order was made, RFC 3339 in UTC.
    pub created_at: String,
    /// How far it has come.
    pub phase: OrderPhase,
    /// What is still to be confirmed of the telephone numbers, where the order waits for that; where it waits for its form
    /// anew because the institution has refused, why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<NumberConfirmation>,
}

/// What is applied for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Product {
    /// A qualified electronic certificate on a smart card.
    Nes,
    /// A qualified electronic certificate for mobile signatures.
    MobilNes,
}

/// How far an order has come: what the portal waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum OrderPhase {
    /// The form, to be completed and approved.
    Form,
    /// The telephone number, to be confirmed by the code in a text message.
    Confirmation,
    /// The signing method, to be chosen.
    Method,
    /// The signed documents.
    Signature,
    /// Nothing: the application is complete.
    Complete,
    /// Nothing: the order was withdrawn.
    Withdrawn,
}

impl OrderPhase {
    /// Whether the form was approved and can still be changed and approved anew: nothing was signed yet. A new approval
    /// voids everything that followed the one before: the code, the confirmed number, the method and the documents.
    #[must_use]
    pub const fn form_changeable(self) -> bool {
        match self {
            Self::Confirmation | Self::Method | Self::Signature => true,
            Self::Form | Self::Complete | Self::Withdrawn => false,
        }
    }
}
