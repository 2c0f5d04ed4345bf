//! Where a person is signed in.

use serde::{Deserialize, Serialize};

/// The devices that a person is signed in on.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Devices {
    /// The one that asks first, then those seen last.
    pub devices: Vec<Device>,
}

/// A device that a person is signed in on.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Device {
    /// Names the device in paths. ASCII letters, digits, `-` and `_`, at most 64.
    pub id: String,
    /// What the person calls it, where it told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When it was used last, RFC 3339 in UTC.
    pub last_seen: String,
    /// Whether it is the one that asks.
    pub current: bool,
}
