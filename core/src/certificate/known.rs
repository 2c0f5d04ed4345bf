//! The roots that qualified certificates of Kamu SM lead to, as data. Being known here makes no root trusted: whoever embeds
//! this says whom to trust.

use super::{Certificate, chain_from_pem};

/// A root that is known, with its certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownRoot {
    /// The common name.
    pub name: &'static str,
    /// SHA-256 of the certificate, lower-case hexadecimal.
    pub sha256: &'static str,
    /// Whether the certificate was found in more than one independent place. One that was not must be compared with what
    /// the authority publishes before a product trusts the root.
    pub is_confirmed: bool,
    pem: &'static str,
}

/// The roots of Kamu SM that are valid, newest first. Older ones have expired.
pub const KAMU_SM: [KnownRoot; 2] = [
    KnownRoot {
        name: "Kamu SM Kök Sertifika Hizmet Sağlayıcısı - Sürüm 7",
        sha256: "23044f859844c23a2d082e518627fe8d69f5b21a7f7af30ce204434c4055387d",
        // Awaits official confirmation: seen in one place.
        is_confirmed: false,
        pem: include_str!("../../data/kamu-sm/v7.pem"),
    },
    KnownRoot {
        name: "Kamu SM Kök Sertifika Hizmet Sağlayıcısı - Sürüm 6",
        sha256: "aa466d3b528dc947c7e1dca594c0deb4a1d2b987c119125fcd7435de92a23c60",
        is_confirmed: true,
        pem: include_str!("../../data/kamu-sm/v6.pem"),
    },
];

impl KnownRoot {
    /// The certificate.
    #[must_use]
    pub fn certificate(&self) -> Certificate {
        let certificates = chain_from_pem(self.pem.as_bytes()).ok();
        let certificate = certificates.and_then(|certificates| certificates.into_iter().next());
        certificate.expect("it is part of the program, and a test reads it")
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::certificate::{TrustAnchors, path};
    use crate::digest::{DigestAlgorithm, hexadecimal};

    #[test]
    fn every_known_root_is_the_certificate_its_digest_names_and_signed_by_itself() {
        // 2026-01-01
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
        for root in KAMU_SM {
            let certificate = root.certificate();
            let digest = certificate.digest(DigestAlgorithm::Sha256);
            assert_eq!(hexadecimal(&digest.value), root.sha256);
            assert_eq!(certificate.subject_name(), root.name);
            assert!(certificate.is_self_signed());
            let trust = TrustAnchors::new(vec![certificate.clone()]);
            assert!(path::build(&certificate, &[], &trust, at).is_ok(), "{}", root.name);
        }
    }
}
