//! What is wrong with fields of a form.

use serde::{Deserialize, Serialize};

/// A field at fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FaultyField {
    /// The field's name.
    pub name: String,
    /// What is wrong with it.
    pub fault: FieldFault,
}

/// What is wrong with a field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FieldFault {
    /// It must be filled in.
    Missing,
    /// It is shorter than it has to be.
    TooShort,
    /// It is longer than allowed.
    TooLong,
    /// It does not have the form such a value has.
    Malformed,
    /// It is a day that cannot be meant: nobody was born tomorrow, or before 1900.
    Implausible,
    /// It is not one of the choices.
    NotAChoice,
    /// The institution has told it, and it was changed.
    Locked,
    /// The form has no such field.
    Unknown,
}
