//! The portal: the protocol both sides speak, and the client.
//!
//! JSON over HTTPS below `/v1`. Errors are RFC 9457 problems. Every POST carries an `Idempotency-Key`: the portal answers
//! a repeated key with what it answered the first time, and does nothing again. Time-stamps alone are made anew: each is
//! worth its own moment. Every request may carry an `X-Request-Id`, which the portal gives back and writes into its log.
//!
//! | method and path | body → answer | needs |
//! |---|---|---|
//! | `GET /v1/portal` | → [`PortalInfo`] | |
//! | `POST /v1/captchas` | → [`Captcha`] | |
//! | `GET /v1/captchas/{captcha}/sound` | → the same code spoken, a WAV file | |
//! | `POST /v1/sessions` | [`SignIn`] → [`Session`] | |
//! | `DELETE /v1/sessions` | → nothing: signs out | session |
//! | `GET /v1/devices` | → [`Devices`] | session |
//! | `DELETE /v1/devices/{device}` | → nothing: signs another device out | session |
//! | `GET /v1/orders` | → [`Orders`] | session |
//! | `GET /v1/orders/{order}` | → [`Order`] | session |
//! | `GET /v1/orders/{order}/form` | → [`Form`], version also in `ETag` | session |
//! | `POST /v1/orders/{order}/approval` | [`Approval`] → [`Approved`] | session, `If-Match` with the form's version |
//! | `POST /v1/orders/{order}/codes` | [`CodeRequest`] → [`CodeSent`] | session |
//! | `POST /v1/orders/{order}/confirmation` | [`Confirmation`] → [`Methods`] | session |
//! | `POST /v1/orders/{order}/confirmation/institution` | → [`NumberConfirmation`] | session |
//! | `GET /v1/orders/{order}/methods` | → [`Methods`] | session |
//! | `POST /v1/orders/{order}/method` | [`MethodChoice`] → [`SigningRequest`] | session |
//! | `GET /v1/orders/{order}/documents` | → the documents' bytes, one after the other | session |
//! | `POST /v1/orders/{order}/timestamp` | a time-stamp request → the answer (RFC 3161, 3.4) | session |
//! | `POST /v1/orders/{order}/signature` | the signed container → [`Receipt`], or a part of it → [`Upload`] | session |
//! | `GET /v1/orders/{order}/signature` | → [`Upload`] | session |
//! | `GET /v1/orders/{order}/receipt` | → [`Receipt`] | session |
//! | `POST /v1/orders/{order}/unblocking` | [`UnblockingRequest`] → [`UnblockingBegun`] | session |
//! | `POST /v1/orders/{order}/unblocking/confirmation` | [`UnblockingConfirmation`] → [`UnblockingCommand`] | session |

pub mod client;
pub mod confirmation;
pub mod device;
pub mod document;
pub mod fault;
pub mod form;
pub mod identity_kind;
pub mod order;
pub mod problem;
pub mod request_id;
pub mod session;
pub mod unblocking;
pub mod version;

pub(crate) use client::{Arriving, Flow, Submitted};
pub use client::{ClientError, Portal, PortalSession, ProxyServer, Traffic};
pub use confirmation::{InstitutionAnswer, NumberConfirmation, PhoneNumberAsked};
pub use device::{Device, Devices};
pub use document::{
    ContainerFormat, DocumentDescription, Method, MethodChoice, Methods, Receipt, SignatureLevel, SignatureWish,
    SigningRequest, Upload,
};
pub use fault::{FaultyField, FieldFault};
pub use form::{Approval, Approved, Choice, CodeRequest, CodeSent, Confirmation, Field, FieldKind, Form};
pub use identity_kind::IdentityKind;
pub use order::{Order, OrderPhase, Orders, Product};
pub use problem::{Problem, ProblemKind};
pub use request_id::{REQUEST_ID, RequestId};
pub use session::{
    Captcha, CaptchaAnswer, LocalizedText, PortalInfo, Privacy, Session, SignIn, SignInDevice, SignInMethod, Support,
};
pub use unblocking::{CardToUnblock, UnblockingBegun, UnblockingCommand, UnblockingConfirmation, UnblockingRequest};

/// The media type of a problem (RFC 9457, 3).
pub const PROBLEM_MEDIA_TYPE: &str = "application/problem+json";
/// The media type of an ASiC-E container (ETSI EN 319 162-1, A.1).
pub const ASICE_MEDIA_TYPE: &str = "application/vnd.etsi.asic-e+zip";
/// The header that tells which container is asked about: the `Idempotency-Key` that it is sent under.
pub const UPLOAD_KEY: &str = "upload-key";
/// The header that tells from which octet on a part of a container goes (draft-ietf-httpbis-resumable-upload, 4).
pub const UPLOAD_OFFSET: &str = "upload-offset";
/// The header that tells whether a container ends with a part, `?1`, or more is to come, `?0` (the same draft, 4).
pub const UPLOAD_COMPLETE: &str = "upload-complete";
/// The media type of a time-stamp request (RFC 3161, 3.4).
pub const TIMESTAMP_QUERY_MEDIA_TYPE: &str = "application/timestamp-query";
/// The media type of the answer to a time-stamp request (RFC 3161, 3.4).
pub const TIMESTAMP_REPLY_MEDIA_TYPE: &str = "application/timestamp-reply";
