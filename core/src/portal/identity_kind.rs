//! The kinds of identity numbers.

use serde::{Deserialize, Serialize};

use crate::identity::Kind;

/// What kind of number an identity number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum IdentityKind {
    /// T.C. kimlik no, or a foreigner's number, which begins with 99.
    NationalId,
    /// A passport number.
    Passport,
}

impl IdentityKind {
    /// What kind of number a text is that may be either; see [`Kind::of`](crate::identity::Kind::of).
    #[must_use]
    pub fn of(text: &str) -> Self {
        match Kind::of(text) {
            Kind::NationalId => Self::NationalId,
            Kind::Passport => Self::Passport,
        }
    }
}
