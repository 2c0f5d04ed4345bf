//! The application form, its approval, and the code in a text message.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{LocalizedText, PhoneNumberAsked};
use crate::secret::SecretText;

/// The form of an order, as the portal has it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Form {
    /// The form's version: goes into `If-Match` as a strong entity tag, quotes included on the wire only.
    pub version: String,
    /// The fields, in the order they are shown.
    pub fields: Vec<Field>,
}

/// One field of the form.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Field {
    /// Names the field in [`Approval::values`].
    pub name: String,
    /// The label.
    pub label: LocalizedText,
    /// A sentence of help, where there is one.
    pub help: Option<LocalizedText>,
    /// What may be entered.
    pub kind: FieldKind,
    /// Whether it must be filled in.
    pub required: bool,
    /// Whether the institution has told the value and the person may not change it.
    pub locked: bool,
    /// The value so far; empty where there is none.
    pub value: String,
}

/// What may be entered into a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FieldKind {
    /// One line of text.
    Text {
        /// The fewest characters, where it is not left empty.
        #[serde(default)]
        min_length: u32,
        /// The most characters allowed.
        max_length: u32,
    },
    /// Several lines of text.
    Lines {
        /// The most characters allowed.
        max_length: u32,
    },
    /// A Turkish mobile number; stored as E.164.
    Mobile,
    /// An e-mail address.
    Email,
    /// A day, `YYYY-MM-DD`; also taken as it is written in Turkey.
    Date {
        /// The first day that can be meant, `YYYY-MM-DD`; empty where there is none.
        #[serde(default)]
        first: String,
        /// The last day that can be meant, `YYYY-MM-DD`; empty where there is none.
        #[serde(default)]
        last: String,
    },
    /// One of several choices.
    Choice {
        /// The choices.
        choices: Vec<Choice>,
    },
}

/// One choice of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Choice {
    /// The value to send.
    pub value: String,
    /// The label.
    pub label: LocalizedText,
}

/// The approval of a form ("Formu Onayla"): all values, the locked ones included or left out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Approval {
    /// Values by field name.
    pub values: BTreeMap<String, String>,
}

/// The portal's answer to an approval.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Approved {
    /// The number a code will be sent to, with all but its last four digits hidden.
    pub masked_phone: String,
    /// How many digits the code will have.
    pub code_length: u8,
}

/// A request to send a code by text message. Free of charge for the applicant.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CodeRequest {
    /// The 11-character hash by which Android hands the message to the app (SMS Retriever), where there is one.
    pub app_token: Option<String>,
}

/// The portal's answer when it has sent a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CodeSent {
    /// The number the code was sent to, with all but its last four digits hidden.
    pub masked_phone: String,
    /// How many digits the code has.
    pub code_length: u8,
    /// Seconds until the code is no longer taken.
    pub expires_in: u32,
    /// Seconds until another one may be asked for.
    pub resend_in: u32,
    /// How many times a code may be tried.
    pub tries_left: u8,
    /// Which number it was sent to.
    #[serde(default, skip_serializing_if = "PhoneNumberAsked::is_stated")]
    pub number: PhoneNumberAsked,
    /// The institution that can confirm the stated number in place of this code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub institution: Option<String>,
}

/// The code from the text message.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Confirmation {
    /// The digits.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Password))]
    pub code: SecretText,
}
