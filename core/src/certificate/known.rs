//! The roots of Kamu SM, by the digests of their certificates: what a file that claims to hold them is compared with. Being
//! known here makes no root trusted; whoever embeds this says whom to trust.

use super::Certificate;
use crate::digest::DigestAlgorithm;

/// A root that is known by its digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownRoot {
    /// The common name.
    pub name: &'static str,
    /// SHA-256 of the certificate, lower-case hexadecimal.
    pub sha256: &'static str,
    /// Whether the digest was found in more than one independent place. One that was not must be compared with what the
    /// authority publishes before a product trusts the root.
    pub is_confirmed: bool,
}

/// The roots that qualified certificates of Kamu SM lead to, newest first.
pub const KAMU_SM: [KnownRoot; 4] = [
    KnownRoot {
        name: "Kamu SM Kök Sertifika Hizmet Sağlayıcısı - Sürüm 7",
        sha256: "23044f859844c23a2d082e518627fe8d69f5b21a7f7af30ce204434c4055387d",
        // Awaits official confirmation: seen in one place.
        is_confirmed: false,
    },
    KnownRoot {
        name: "Kamu SM Kök Sertifika Hizmet Sağlayıcısı - Sürüm 6",
        sha256: "aa466d3b528dc947c7e1dca594c0deb4a1d2b987c119125fcd7435de92a23c60",
        is_confirmed: true,
    },
    KnownRoot {
        name: "Kamu SM Kök Sertifika Hizmet Sağlayıcısı - Sürüm 5",
        sha256: "0f41d3bdb0687fd825303974cd052ccaca0a03b4125a2fd4a18f5063512318f3",
        is_confirmed: true,
    },
    KnownRoot {
        name: "Kamu SM Kök Sertifika Hizmet Sağlayıcısı - Sürüm 4",
        sha256: "fb3d224bbc9b70b0d11929865e23d3993145b0d45b0cc54a3b8db0b55cd7c90c",
        is_confirmed: true,
    },
];

/// The known root that a certificate is, by its digest.
#[must_use]
pub fn recognize(certificate: &Certificate) -> Option<&'static KnownRoot> {
    let digest = certificate.digest(DigestAlgorithm::Sha256).value;
    let sha256: String = digest.iter().map(|octet| format!("{octet:02x}")).collect();
    KAMU_SM.iter().find(|root| root.sha256 == sha256)
}

#[cfg(test)]
mod tests {
    use basvuru_test_pki::Authority;

    use super::*;

    #[test]
    fn a_test_root_is_no_known_root_and_every_digest_is_one() {
        let authority = Authority::new().unwrap();
        assert_eq!(recognize(&Certificate::parse(authority.root_der()).unwrap()), None);
        for root in KAMU_SM {
            let is_lower_hexadecimal = |digit: u8| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit);
            assert!(root.sha256.len() == 64 && root.sha256.bytes().all(is_lower_hexadecimal));
        }
    }
}
