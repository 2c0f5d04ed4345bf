//! Signing methods, the documents to be signed, and the receipt.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{LocalizedText, NumberConfirmation};

/// The methods an order allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Methods {
    /// Best first; none while a telephone number is still to be confirmed.
    pub methods: Vec<Method>,
    /// What is still to be confirmed of the telephone numbers, in the answer to a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<NumberConfirmation>,
}

/// How an application can be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
// Apple's Foundation brings a `Method` of the Objective-C runtime.
#[uniffi(name = "SigningMethod")]
pub enum Method {
    /// With the qualified certificate on a smart card.
    Card,
    /// With a mobile signature.
    MobileSignature,
    /// With ink, on paper.
    Ink,
    /// One this version does not know.
    #[serde(other)]
    Unknown,
}

/// The method chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MethodChoice {
    /// One of [`Methods::methods`].
    pub method: Method,
}

/// What is to be signed, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SigningRequest {
    /// The documents, in the order they are shown and packed.
    pub documents: Vec<DocumentDescription>,
    /// The kind of signature the portal takes.
    pub signature: SignatureWish,
    /// Whether the portal helps where the PIN of the person's card is blocked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub assisted_unblocking: bool,
    /// Certificates of authorities between those who may have signed and the portal's roots, DER in base64: the one that issued
    /// the signer's comes along in the signature, so that whoever has the root alone can judge it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issuers: Vec<String>,
}

/// What the portal has of a signed container that comes in parts, or whose sending was cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Upload {
    /// How many octets, from the first on; 0 where there are none.
    pub received: u64,
}

/// A document to be signed. Printing it leaves out what stands on it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DocumentDescription {
    /// Names the document in paths. ASCII letters, digits and `-`, at most 64.
    pub id: String,
    /// The name of the file in the container: ASCII letters, digits, `.`, `-` and `_`, no folders.
    pub file_name: String,
    /// The title the person sees.
    pub title: LocalizedText,
    /// The media type, such as `application/pdf`.
    pub media_type: String,
    /// The size in octets.
    pub size: u64,
    /// SHA-256 of the document, lower-case hexadecimal.
    pub sha256: String,
    /// What stands on each page as text, a line a paragraph, for who listens to the document; empty where the portal does
    /// not tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pages: Vec<String>,
}

impl fmt::Debug for DocumentDescription {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DocumentDescription")
            .field("id", &self.id)
            .field("file_name", &self.file_name)
            .field("size", &self.size)
            .field("sha256", &self.sha256)
            .field("pages", &self.pages.len())
            .finish_non_exhaustive()
    }
}

/// The kind of signature the portal takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignatureWish {
    /// The container.
    pub format: ContainerFormat,
    /// The level.
    pub level: SignatureLevel,
}

/// How documents and signature travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ContainerFormat {
    /// ASiC-E with CAdES (ETSI EN 319 162-1).
    AsicE,
    /// One this version does not know.
    #[serde(other)]
    Unknown,
}

/// The level of a signature (ETSI EN 319 122-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SignatureLevel {
    /// Baseline B-B.
    #[serde(rename = "B-B")]
    BB,
    /// Baseline B-T: with a time-stamp over the signature, which the portal helps to.
    #[serde(rename = "B-T")]
    BT,
    /// One this version does not know.
    #[serde(other, rename = "unknown")]
    Unknown,
}

/// What the portal says when it has taken a signed application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Receipt {
    /// The receipt's number, for letters and telephone calls.
    pub number: String,
    /// The order it is for.
    pub order: String,
    /// When the application was taken, RFC 3339 in UTC.
    pub received_at: String,
    /// SHA-256 of the container as received, lower-case hexadecimal.
    pub container_sha256: String,
    /// The serial number of the certificate that signed, lower-case hexadecimal.
    pub certificate_serial: String,
}
