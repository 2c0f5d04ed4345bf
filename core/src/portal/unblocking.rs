//! Assisted unblocking: the portal's help with a blocked PIN of the card that is to sign an order.
//!
//! The portal shows a verification code and sends a text message that names it, with a code of its own; for that code it
//! gives the command that the card is to be sent. The PIN never goes to the portal: the command carries the PUK alone, and
//! the new PIN is put behind it where the card is.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::CodeSent;
use crate::secret::SecretText;

/// The card whose PIN is to be unblocked, as its public files tell.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CardToUnblock {
    /// The serial number of the certificate whose key the PIN protects, lower-case hexadecimal.
    pub certificate_serial: String,
    /// The card's own serial number (EF.TokenInfo; ISO/IEC 7816-15:2016, 8.10), lower-case hexadecimal, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_serial: Option<String>,
}

impl fmt::Debug for CardToUnblock {
    /// The name alone: the numbers lead to a person.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CardToUnblock")
    }
}

/// A request to send the code that unblocks a card's PIN.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnblockingRequest {
    /// Which card.
    pub card: CardToUnblock,
    /// The 11-character hash by which Android hands the message to the app (SMS Retriever), where there is one.
    pub app_token: Option<String>,
}

/// The portal's answer when it has sent the text message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnblockingBegun {
    /// What the text message has to name, for the person to compare: 4 letters and digits.
    pub verification_code: String,
    /// The code on its way.
    pub code: CodeSent,
}

/// The code from the text message.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnblockingConfirmation {
    /// The digits.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Password))]
    pub code: SecretText,
}

/// What the card is to be sent.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnblockingCommand {
    /// RESET RETRY COUNTER (ISO/IEC 7816-4:2020, 11.5.10) as a short command APDU in hexadecimal, its data the PUK as the card
    /// stores it and nothing else: with P1 00, behind which the new PIN is put before it is sent, or with P1 01.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Password))]
    pub command: SecretText,
}
