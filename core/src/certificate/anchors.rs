//! Whom we trust: the roots a path must end at, and the intermediate certificates it may pass through.

use std::fmt;

use super::{Certificate, CertificateError, chain_from_pem};

/// Roots and intermediate certificates. A certificate is a root where it is self-signed, and never otherwise.
#[derive(Clone, Default)]
pub struct TrustAnchors {
    roots: Vec<Certificate>,
    intermediates: Vec<Certificate>,
}

impl TrustAnchors {
    /// Tells roots and intermediates apart by their signatures.
    #[must_use]
    pub fn new(certificates: Vec<Certificate>) -> Self {
        let (roots, intermediates) = certificates.into_iter().partition(Certificate::is_self_signed);
        Self { roots, intermediates }
    }

    /// Reads certificates in PEM.
    ///
    /// # Errors
    /// As [`chain_from_pem`].
    pub fn from_pem(pem: &[u8]) -> Result<Self, CertificateError> {
        chain_from_pem(pem).map(Self::new)
    }

    /// Adds what others trust.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.roots.extend(other.roots);
        self.intermediates.extend(other.intermediates);
        self
    }

    /// The certificates paths end at.
    #[must_use]
    pub fn roots(&self) -> &[Certificate] {
        &self.roots
    }

    /// The certificates paths may pass through.
    #[must_use]
    pub fn intermediates(&self) -> &[Certificate] {
        &self.intermediates
    }
}

impl fmt::Debug for TrustAnchors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "TrustAnchors({} roots, {} intermediates)",
            self.roots.len(),
            self.intermediates.len()
        )
    }
}
