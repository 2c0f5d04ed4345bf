//! A test certificate authority: everything it makes is real cryptography under names that say TEST, so that no
//! certificate of it can be taken for a qualified one.

mod address;
mod authority;
mod encode;
mod extension;
mod holder;
mod key;
mod services;
mod template;

pub use authority::{Authority, CaOptions};
pub use extension::oid;
pub use holder::{Holder, IssueOptions, Issued};
pub use key::{KeyKind, PrivateKey};
pub use services::{ServiceOptions, Services};
pub use template::{Template, distinguished_name};

/// What can go wrong while certificates are made, stored or read.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// A structure could not be encoded or decoded.
    #[error("DER: {0}")]
    Der(#[from] der::Error),
    /// A private key is not one this crate can use.
    #[error("private key: {0}")]
    Key(String),
    /// A file could not be read or written.
    #[error("file: {0}")]
    File(#[from] std::io::Error),
}
