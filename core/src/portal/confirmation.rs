//! Which telephone number is being confirmed: the one the applicant stated, and, where the institution told another one,
//! that one or the institution as well.

use serde::{Deserialize, Serialize};

/// The number that a code goes to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PhoneNumberAsked {
    /// The one the applicant stated in the form.
    #[default]
    Stated,
    /// The one the institution told, where that is another one: the stated one is confirmed already.
    Told,
}

impl PhoneNumberAsked {
    /// Whether it is the stated one, as in every answer of a portal that asks for no other.
    #[must_use]
    pub const fn is_stated(&self) -> bool {
        matches!(self, Self::Stated)
    }
}

/// What is still to be confirmed of an order's telephone numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NumberConfirmation {
    /// Which number the next code goes to.
    pub number: PhoneNumberAsked,
    /// That number with all but its last four digits hidden.
    pub masked_phone: String,
    /// The stated number with all but its last four digits hidden.
    pub stated_phone: String,
    /// The institution that can confirm the stated number in place of a code to the told one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub institution: Option<String>,
    /// What has become of asking the institution; none where it was not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<InstitutionAnswer>,
}

/// What has become of asking the institution. Once it has confirmed, the order has moved on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum InstitutionAnswer {
    /// It has not answered.
    Waiting,
    /// The stated number is not the applicant's by its word: the form waits for another one.
    Refused,
    /// Something this version does not know.
    #[serde(other)]
    Unknown,
}
