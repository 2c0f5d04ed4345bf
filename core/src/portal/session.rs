//! Signing in: what the portal is, the picture code, and the session.

use serde::{Deserialize, Serialize};

use super::IdentityKind;
use crate::secret::SecretText;

/// A sentence or label in both languages the product speaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LocalizedText {
    /// Turkish.
    pub tr: String,
    /// English.
    pub en: String,
}

/// What the portal says of itself to anybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PortalInfo {
    /// The authority's name, as the applicant knows it.
    pub name: LocalizedText,
    /// The host name that the last line of a text message is bound to (`@host #code`).
    pub host: String,
    /// The senders its text messages come from, as phones show them: a message without the bound line is read only from
    /// these.
    #[serde(default)]
    pub sms_senders: Vec<String>,
    /// Where help is to be had.
    pub support: Support,
    /// The ways to sign in, best first.
    pub sign_in_methods: Vec<SignInMethod>,
    /// What becomes of personal data, where the portal says it here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy: Option<Privacy>,
}

/// What becomes of personal data (6698 sayılı Kanun, aydınlatma metni).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Privacy {
    /// The heading.
    pub title: LocalizedText,
    /// The text, in paragraphs with empty lines between them.
    pub text: LocalizedText,
    /// An https page with the whole text, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// Where help is to be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Support {
    /// A telephone number in E.164 form.
    pub phone: String,
    /// An e-mail address.
    pub email: String,
}

/// A way to sign in. A portal may offer more than an old app knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SignInMethod {
    /// Identity number and the access password that came by e-mail.
    AccessPassword,
    /// One this version does not know.
    #[serde(other)]
    Unknown,
}

/// The picture code. What the portal is comes along: whoever is about to sign in needs both.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Captcha {
    /// Names the captcha in [`CaptchaAnswer`].
    pub id: String,
    /// A PNG picture, base64.
    pub picture_png: String,
    /// Seconds until it is no longer taken.
    pub expires_in: u32,
    /// The same as `GET /v1/portal`, to spare a request.
    pub portal: PortalInfo,
}

/// A request to sign in with the access password. `Debug` is not derived: it would print the person's number.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignIn {
    /// What kind of number `identity` is.
    pub identity_kind: IdentityKind,
    /// The identity number, without spaces.
    pub identity: String,
    /// The access password from the e-mail.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Password))]
    pub access_password: SecretText,
    /// The answer to the picture code. Not needed on a device that the portal knows as this person's, and not looked at
    /// there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captcha: Option<CaptchaAnswer>,
    /// The device, where it is to be known by the portal from now on, or is already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<SignInDevice>,
}

/// The device that a person signs in on. `Debug` is not derived: the name is the person's own.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignInDevice {
    /// The device's token, where the portal has given one: [`Session::device_token`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = Password))]
    pub token: Option<SecretText>,
    /// What the person calls the device; the portal keeps its first 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The answer to a picture code. Every captcha can be answered once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CaptchaAnswer {
    /// [`Captcha::id`].
    pub id: String,
    /// What the person read or heard. Compared without regard to case, the Turkish i included.
    pub text: String,
}

/// A session: the token for `Authorization: Bearer`, and what the person may choose from.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// The bearer token (RFC 6750).
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Password))]
    pub token: SecretText,
    /// Seconds of idleness after which the session ends.
    pub expires_in: u32,
    /// The person's given name, to greet them.
    pub given_name: String,
    /// The person's family name.
    pub family_name: String,
    /// The person's orders, newest first: the same as `GET /v1/orders`, to spare a request.
    pub orders: Vec<super::Order>,
    /// The token by which the portal knows the device from now on, where it has begun to: a secret, to be sent as
    /// [`SignInDevice::token`] whenever this person signs in. One that is known already keeps the token it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = Password))]
    pub device_token: Option<SecretText>,
}
