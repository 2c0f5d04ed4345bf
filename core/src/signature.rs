//! What is signed: CAdES signatures (ETSI EN 319 122-1) and ASiC-E containers (ETSI EN 319 162-1), made in two phases
//! with the card in between, and verified over the octets that came, never over a re-encoding of them.

mod archive;
pub mod asic;
mod attribute;
pub mod cades;
pub mod content;
pub mod extend;
pub mod form;
mod manifest;
mod oid;
pub mod profile;
mod references;
pub mod report;
mod revocations;
mod signed_data;
pub mod source;
pub mod timestamp;
pub mod verify;
mod zip;

pub use zip::ContainerFault;

/// No signature file is read that is larger, nor made: long-lived ones carry lists of revoked certificates.
pub const MAX_SIGNATURE_SIZE: u64 = 32 << 20;

/// Why a signature was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is nothing to sign.
    #[error("there is no document")]
    NoDocument,
    /// A document's file name is not one that every system can store.
    #[error("the file name {0:?} is not allowed in a container")]
    FileName(String),
    /// Two documents have the same file name.
    #[error("the file name {0:?} occurs twice")]
    DuplicateFileName(String),
    /// A media type is not of the form `type/subtype`.
    #[error("the media type {0:?} is malformed")]
    MediaType(String),
    /// The certificate's key is of a kind that cannot sign, or is too weak.
    #[error("the certificate's key cannot make a signature")]
    Key,
    /// The value is not a signature of the certificate's key over the digest: another card signed, or something was
    /// damaged on the way.
    #[error("the signature is not by the key of the certificate")]
    NotByThisKey,
    /// The content is too large to lie within a signature file.
    #[error("the content is larger than {limit} octets")]
    ContentTooLarge {
        /// The most octets it may have.
        limit: u64,
    },
    /// There are more documents than a container is read with.
    #[error("there are more than {limit} documents")]
    TooManyDocuments {
        /// The most there may be.
        limit: usize,
    },
    /// The documents together are too large for a ZIP file.
    #[error("the documents are too large for a container")]
    ContainerTooLarge,
    /// The container could not be written.
    #[error("the container could not be written: {0}")]
    Container(String),
}

#[cfg(test)]
mod tests;
