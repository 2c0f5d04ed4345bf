//! Problems: what the portal says when it refuses (RFC 9457).

use serde::{Deserialize, Serialize};

use super::FaultyField;

/// A problem document (RFC 9457, 3.1). `title` and `detail` are for engineers; what a person reads comes from the core's
/// own texts, by `kind`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// The stable type.
    #[serde(rename = "type")]
    pub kind: ProblemKind,
    /// The HTTP status again.
    pub status: u16,
    /// A short English summary of the type. No personal data.
    pub title: String,
    /// More about this occurrence, in English. No personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Tries left before a lock-out or before the code is used up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tries_left: Option<u8>,
    /// Seconds to wait; also in `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// The oldest version of the core that the portal works with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_version: Option<String>,
    /// The fields at fault.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FaultyField>,
}

/// The stable types of problems: `urn:basvuru:problem:` and the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ProblemKind {
    /// 400: the request is not of the protocol's form.
    #[serde(rename = "urn:basvuru:problem:malformed-request")]
    MalformedRequest,
    /// 422: the picture code was answered wrongly. A new one is needed.
    #[serde(rename = "urn:basvuru:problem:captcha-wrong")]
    CaptchaWrong,
    /// 422: the picture code is unknown, used or too old. A new one is needed.
    #[serde(rename = "urn:basvuru:problem:captcha-expired")]
    CaptchaExpired,
    /// 422: the device is none that the portal knows as this person's, and no picture code was answered.
    #[serde(rename = "urn:basvuru:problem:captcha-needed")]
    CaptchaNeeded,
    /// 403: identity number or access password is wrong; which of them is not said. `tries_left` is told.
    #[serde(rename = "urn:basvuru:problem:credentials-wrong")]
    CredentialsWrong,
    /// 429: too many wrong passwords, told by portals that make the person wait for them. `retry_after` is told.
    #[serde(rename = "urn:basvuru:problem:locked-out")]
    LockedOut,
    /// 429: this device, or on a device that is not known its network, typed too many wrong passwords, and waits;
    /// nobody else does. `retry_after` is told: at most a minute, after which the same credentials are judged.
    #[serde(rename = "urn:basvuru:problem:device-waits")]
    DeviceWaits,
    /// 429: too many requests from this address, or for this order. `retry_after` is told.
    #[serde(rename = "urn:basvuru:problem:rate-limited")]
    RateLimited,
    /// 401: the session is unknown or over.
    #[serde(rename = "urn:basvuru:problem:session-over")]
    SessionOver,
    /// 404: the person has no such order.
    #[serde(rename = "urn:basvuru:problem:order-unknown")]
    OrderUnknown,
    /// 409: the order does not wait for this; ask for it again to see what it waits for.
    #[serde(rename = "urn:basvuru:problem:phase-wrong")]
    PhaseWrong,
    /// 422: fields are missing, malformed or locked; `fields` names them.
    #[serde(rename = "urn:basvuru:problem:form-invalid")]
    FormInvalid,
    /// 412: the form has changed since it was fetched.
    #[serde(rename = "urn:basvuru:problem:form-changed")]
    FormChanged,
    /// 429: another code was sent a moment ago. `retry_after` is told.
    #[serde(rename = "urn:basvuru:problem:code-too-soon")]
    CodeTooSoon,
    /// 422: the code is wrong. `tries_left` is told; at 0 a new code is needed.
    #[serde(rename = "urn:basvuru:problem:code-wrong")]
    CodeWrong,
    /// 422: the code is too old, used up, or none was sent. A new one is needed.
    #[serde(rename = "urn:basvuru:problem:code-expired")]
    CodeExpired,
    /// 422: this order does not allow this method.
    #[serde(rename = "urn:basvuru:problem:method-not-allowed")]
    MethodNotAllowed,
    /// 422: the container does not hold the documents of the order, or its signature does not hold.
    #[serde(rename = "urn:basvuru:problem:signature-invalid")]
    SignatureInvalid,
    /// 422: the signature holds, but its certificate is another person's.
    #[serde(rename = "urn:basvuru:problem:signer-not-applicant")]
    SignerNotApplicant,
    /// 422: the signature holds, and the number in its certificate is the applicant's, but the name is another person's.
    #[serde(rename = "urn:basvuru:problem:holder-name-differs")]
    HolderNameDiffers,
    /// 422: the signature holds, but its certificate is not a valid qualified one of an authority the portal trusts.
    #[serde(rename = "urn:basvuru:problem:certificate-refused")]
    CertificateRefused,
    /// 422: the signature holds, but its certificate, or one of its authority, is suspended.
    #[serde(rename = "urn:basvuru:problem:certificate-suspended")]
    CertificateSuspended,
    /// 503: the signature holds, but nobody tells whether its certificate, or one of its authority, has been revoked: the same
    /// can be sent again. `retry_after` is told.
    #[serde(rename = "urn:basvuru:problem:certificate-state-unknown")]
    CertificateStateUnknown,
    /// 422: the portal cannot unblock this card: it does not know it, or not as this person's; which of them is not said.
    #[serde(rename = "urn:basvuru:problem:unblocking-unavailable")]
    UnblockingUnavailable,
    /// 503: no time-stamp can be had now. `retry_after` is told.
    #[serde(rename = "urn:basvuru:problem:timestamp-unavailable")]
    TimestampUnavailable,
    /// 403: the core is of a version that the portal no longer works with. `oldest_version` is told.
    #[serde(rename = "urn:basvuru:problem:app-outdated")]
    AppOutdated,
    /// 422: this idempotency key was used for another request.
    #[serde(rename = "urn:basvuru:problem:idempotency-key-reused")]
    IdempotencyKeyReused,
    /// 409: the portal has not as many octets of this container as the part goes on from; ask how many it has.
    #[serde(rename = "urn:basvuru:problem:upload-offset-wrong")]
    UploadOffsetWrong,
    /// 413: the body is too large.
    #[serde(rename = "urn:basvuru:problem:too-large")]
    TooLarge,
    /// 500 and 503: the portal cannot do it now.
    #[serde(rename = "urn:basvuru:problem:unavailable")]
    Unavailable,
    /// One this version does not know.
    #[serde(other, rename = "about:blank")]
    Unknown,
}
