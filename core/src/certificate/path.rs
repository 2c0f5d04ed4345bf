//! The path from a certificate to a root (RFC 5280, 6): every certificate on it is valid at one moment, signed by the
//! next, and allowed to have signed the one before, for the name it has and under the policies it names.

mod search;

use std::time::SystemTime;

use const_oid::ObjectIdentifier;
use const_oid::db::{rfc5280, rfc5912};
use serde::{Serialize, Serializer};

use super::{AlgorithmError, Certificate, TrustAnchors, rfc_3339};

use search::Search;
pub(crate) use search::may_be_issuer;

/// Extensions whose meaning is respected here or by the callers, so that they may be critical.
const UNDERSTOOD: [ObjectIdentifier; 15] = [
    rfc5280::ID_CE_SUBJECT_KEY_IDENTIFIER,
    rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER,
    rfc5280::ID_CE_KEY_USAGE,
    rfc5280::ID_CE_BASIC_CONSTRAINTS,
    rfc5280::ID_CE_NAME_CONSTRAINTS,
    rfc5280::ID_CE_CERTIFICATE_POLICIES,
    rfc5280::ID_CE_POLICY_MAPPINGS,
    rfc5280::ID_CE_POLICY_CONSTRAINTS,
    rfc5280::ID_CE_INHIBIT_ANY_POLICY,
    // Time-stamping certificates must have it critical (RFC 3161, 2.3); the judge of a time-stamp looks at it.
    rfc5280::ID_CE_EXT_KEY_USAGE,
    rfc5280::ID_CE_SUBJECT_ALT_NAME,
    rfc5280::ID_CE_ISSUER_ALT_NAME,
    rfc5280::ID_CE_CRL_DISTRIBUTION_POINTS,
    rfc5912::ID_PE_AUTHORITY_INFO_ACCESS,
    super::nes::QC_STATEMENTS,
];

/// Why there is no path. Of several dead ends the one nearest to a root is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum PathError {
    /// No certificate of the issuer was given.
    #[error("no certificate of the issuer {issuer}")]
    NoIssuer {
        /// The name of the issuer looked for: an authority's.
        issuer: String,
    },
    /// The path ends at a self-signed certificate that is not among the roots.
    #[error("the root is not trusted")]
    UntrustedRoot,
    /// A certificate was not valid yet.
    #[error("a certificate is not valid yet")]
    NotYetValid {
        /// When it begins to be.
        #[serde(serialize_with = "rfc_3339")]
        not_before: SystemTime,
        /// Whether it is the holder's certificate, not an authority's.
        holder: bool,
    },
    /// A certificate was not valid any more.
    #[error("a certificate has expired")]
    Expired {
        /// When it ended.
        #[serde(serialize_with = "rfc_3339")]
        not_after: SystemTime,
        /// Whether it is the holder's certificate, not an authority's.
        holder: bool,
    },
    /// The signature of a certificate is wrong.
    #[error("the signature of a certificate is wrong")]
    WrongSignature,
    /// The signature of a certificate is too weak, or of an unknown kind.
    #[error("the signature of a certificate is weak or of an unknown kind")]
    UnsupportedSignature,
    /// The issuer is no authority: basicConstraints does not say so.
    #[error("the issuer is not an authority")]
    NotAuthority,
    /// The issuer's key may not sign certificates.
    #[error("the issuer's key may not sign certificates")]
    NoCertificateSigning,
    /// More authorities follow than one of them allows, or than anybody needs.
    #[error("the path is too long")]
    TooLong,
    /// An authority's certificate does not permit a name that it certified (nameConstraints, RFC 5280, 4.2.1.10).
    #[error("{issuer} may not certify this name")]
    NameNotPermitted {
        /// The name of the authority.
        issuer: String,
    },
    /// No certificate policy holds for the whole path, though an authority asks that one does (policyConstraints, RFC 5280,
    /// 4.2.1.11).
    #[error("no certificate policy holds for the whole path")]
    NoPolicy,
    /// A critical extension is not understood.
    #[error("the critical extension {oid} is not understood")]
    CriticalExtension {
        /// Its object identifier.
        #[serde(serialize_with = "dotted")]
        oid: ObjectIdentifier,
    },
}

/// Finds the path from `certificate` to a root of `anchors` that was valid at a moment, by way of the anchors'
/// intermediates and of `extra` certificates such as a signature brings along. The path begins with the certificate and
/// ends with the root.
///
/// # Errors
/// [`PathError`]: why there is none.
pub fn build(
    certificate: &Certificate,
    extra: &[Certificate],
    anchors: &TrustAnchors,
    at: SystemTime,
) -> Result<Vec<Certificate>, PathError> {
    let mut first = None;
    Search::new(certificate, extra, anchors, at).run(&mut |path| {
        first = Some(path);
        true
    })?;
    first.ok_or(PathError::TooLong)
}

/// As [`build`]: of several paths the one of the lowest rank, and the first of those. None is looked for beyond one of rank 0.
///
/// # Errors
/// [`PathError`]: why there is none.
pub(crate) fn build_best(
    certificate: &Certificate,
    extra: &[Certificate],
    anchors: &TrustAnchors,
    at: SystemTime,
    rank: &dyn Fn(&[Certificate]) -> u8,
) -> Result<Vec<Certificate>, PathError> {
    let mut best: Option<(u8, Vec<Certificate>)> = None;
    Search::new(certificate, extra, anchors, at).run(&mut |path| {
        let found = rank(&path);
        if best.as_ref().is_none_or(|(best, _)| found < *best) {
            best = Some((found, path));
        }
        found == 0
    })?;
    best.map(|(_, path)| path).ok_or(PathError::TooLong)
}

/// As [`build`]: every path, the likeliest first, up to a number.
///
/// # Errors
/// [`PathError`]: why there is none.
pub(crate) fn build_all(
    certificate: &Certificate,
    extra: &[Certificate],
    anchors: &TrustAnchors,
    at: SystemTime,
    limit: usize,
) -> Result<Vec<Vec<Certificate>>, PathError> {
    let mut paths = Vec::new();
    Search::new(certificate, extra, anchors, at).run(&mut |path| {
        paths.push(path);
        paths.len() >= limit
    })?;
    Ok(paths)
}

/// No path has more issuers between a certificate and its root that are brought along.
const MAX_ISSUERS: usize = 4;

/// The issuers between a certificate and a root, as far as they are among some certificates; nobody need be trusted.
pub(crate) fn issuers_among(certificate: &Certificate, found: &[Certificate]) -> Vec<Certificate> {
    let mut path: Vec<Certificate> = Vec::new();
    while path.len() < MAX_ISSUERS {
        let last = path.last().unwrap_or(certificate);
        let next = found
            .iter()
            .find(|issuer| is_issuer(issuer, last) && !path.contains(issuer));
        let Some(next) = next.filter(|next| !next.is_self_signed()) else {
            break;
        };
        path.push(next.clone());
    }
    path
}

/// Whether a certificate may have issued another, as far as its key can be asked.
pub(crate) fn is_issuer(issuer: &Certificate, certificate: &Certificate) -> bool {
    may_be_issuer(issuer, certificate) && certificate.is_signed_by(issuer) != Err(AlgorithmError::WrongSignature)
}

/// The first extension for which a certificate is refused: it is critical and not understood.
pub(super) fn unknown_critical_extension(certificate: &Certificate) -> Option<ObjectIdentifier> {
    let refused = certificate
        .extensions()
        .iter()
        .find(|extension| extension.critical && !UNDERSTOOD.contains(&extension.oid));
    refused.map(|extension| extension.oid)
}

impl PathError {
    /// Whether another issuer's certificate may help: it lies neither in the certificate whose path was looked for nor in
    /// whom we trust.
    pub(crate) const fn is_of_issuers(&self) -> bool {
        !matches!(
            self,
            Self::NotYetValid { holder: true, .. } | Self::Expired { holder: true, .. } | Self::UntrustedRoot
        )
    }
}

fn dotted<S: Serializer>(oid: &ObjectIdentifier, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(oid)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use basvuru_test_pki::{Authority, CaOptions, Holder, IssueOptions, KeyKind, PrivateKey};

    use super::*;
    use crate::certificate::chain_from_pem;

    const DAY: Duration = Duration::from_secs(86_400);

    fn holder_of(authority: &Authority) -> Certificate {
        let holder = Holder::new("Ayşe", "Yılmaz", "10000000146");
        let issued = authority
            .issue(&holder, KeyKind::P256, &IssueOptions::default())
            .unwrap();
        Certificate::parse(&issued.certificate_der).unwrap()
    }

    fn build_under(options: &CaOptions) -> Result<Vec<Certificate>, PathError> {
        let authority = Authority::with_options(options).unwrap();
        let anchors = TrustAnchors::from_pem(authority.chain_pem().unwrap().as_bytes()).unwrap();
        build(&holder_of(&authority), &[], &anchors, SystemTime::now())
    }

    #[test]
    fn a_path_leads_from_the_holder_to_the_root_whether_the_intermediate_is_trusted_or_brought_along() {
        let authority = Authority::new().unwrap();
        let certificate = holder_of(&authority);
        let chain = chain_from_pem(authority.chain_pem().unwrap().as_bytes()).unwrap();
        let expected = vec![certificate.clone(), chain[0].clone(), chain[1].clone()];
        let now = SystemTime::now();
        assert_eq!(
            build(&certificate, &[], &TrustAnchors::new(chain.clone()), now).unwrap(),
            expected
        );
        let root_alone = TrustAnchors::new(vec![chain[1].clone()]);
        assert_eq!(build(&certificate, &chain[..1], &root_alone, now).unwrap(), expected);
        assert!(matches!(
            build(&certificate, &[], &root_alone, now),
            Err(PathError::NoIssuer { .. })
        ));
        assert_eq!(
            build(&certificate, &chain, &TrustAnchors::default(), now),
            Err(PathError::UntrustedRoot)
        );
        let intermediate_alone = TrustAnchors::new(vec![chain[0].clone()]);
        assert!(matches!(
            build(&certificate, &[], &intermediate_alone, now),
            Err(PathError::NoIssuer { .. })
        ));
    }

    #[test]
    fn another_authority_of_the_same_name_does_not_do() {
        let (one, other) = (Authority::new().unwrap(), Authority::new().unwrap());
        let anchors = TrustAnchors::from_pem(other.chain_pem().unwrap().as_bytes()).unwrap();
        assert!(matches!(
            build(&holder_of(&one), &[], &anchors, SystemTime::now()),
            Err(PathError::NoIssuer { .. })
        ));
        // Key identifiers can be forged too; the signature cannot.
        let template = one
            .holder_template(
                &Holder::new("A", "B", "10000000146"),
                &PrivateKey::generate(KeyKind::P256),
                &IssueOptions::default(),
            )
            .unwrap();
        let forged = Certificate::parse(&template.sign(other.issuing_key()).unwrap()).unwrap();
        let anchors = TrustAnchors::from_pem(one.chain_pem().unwrap().as_bytes()).unwrap();
        assert_eq!(
            build(&forged, &[], &anchors, SystemTime::now()),
            Err(PathError::WrongSignature)
        );
    }

    #[test]
    fn every_certificate_of_the_path_must_be_valid_at_the_moment() {
        let authority = Authority::new().unwrap();
        let anchors = TrustAnchors::from_pem(authority.chain_pem().unwrap().as_bytes()).unwrap();
        let certificate = holder_of(&authority);
        let at = |time| build(&certificate, &[], &anchors, time);
        assert!(at(certificate.not_before()).is_ok());
        assert!(at(certificate.not_after()).is_ok());
        assert!(matches!(
            at(certificate.not_after() + DAY),
            Err(PathError::Expired { holder: true, .. })
        ));
        assert!(matches!(
            at(certificate.not_before() - DAY),
            Err(PathError::NotYetValid { holder: true, .. })
        ));

        let issuing_not_after = SystemTime::now() - Duration::from_secs(60);
        let result = build_under(&CaOptions {
            issuing_not_after,
            ..CaOptions::default()
        });
        assert!(
            matches!(result, Err(PathError::Expired { holder: false, .. })),
            "{result:?}"
        );
    }

    #[test]
    fn an_issuer_must_be_an_authority_that_may_sign_and_is_not_too_far_from_the_root() {
        let result = build_under(&CaOptions {
            issuing_is_authority: false,
            ..CaOptions::default()
        });
        assert_eq!(result, Err(PathError::NotAuthority));
        let result = build_under(&CaOptions {
            issuing_signs_certificates: false,
            ..CaOptions::default()
        });
        assert_eq!(result, Err(PathError::NoCertificateSigning));
        let result = build_under(&CaOptions {
            root_path_length: Some(0),
            ..CaOptions::default()
        });
        assert_eq!(result, Err(PathError::TooLong));
    }

    #[test]
    fn a_critical_extension_that_is_not_understood_is_refused() {
        let authority = Authority::new().unwrap();
        let key = PrivateKey::generate(KeyKind::P256);
        let holder = Holder::new("Ayşe", "Yılmaz", "10000000146");
        let mut template = authority
            .holder_template(&holder, &key, &IssueOptions::default())
            .unwrap();
        let oid = ObjectIdentifier::new_unwrap("2.16.792.9.9");
        let value = der::asn1::OctetString::new(vec![5, 0]).unwrap();
        template.extensions.push(x509_cert::ext::Extension {
            extn_id: oid,
            critical: false,
            extn_value: value,
        });
        let anchors = TrustAnchors::from_pem(authority.chain_pem().unwrap().as_bytes()).unwrap();
        let certificate = Certificate::parse(&template.sign(authority.issuing_key()).unwrap()).unwrap();
        assert!(build(&certificate, &[], &anchors, SystemTime::now()).is_ok());
        template.extensions.last_mut().unwrap().critical = true;
        let certificate = Certificate::parse(&template.sign(authority.issuing_key()).unwrap()).unwrap();
        assert_eq!(
            build(&certificate, &[], &anchors, SystemTime::now()),
            Err(PathError::CriticalExtension { oid })
        );
    }

    #[test]
    fn certificates_signed_with_every_algorithm_are_verified_and_weak_keys_refused() {
        let rsa = PrivateKey::generate(KeyKind::Rsa2048);
        let PrivateKey::Rsa(key) = rsa.clone() else {
            panic!("an RSA key was asked for")
        };
        let keys = [
            rsa,
            PrivateKey::RsaPss(key),
            PrivateKey::generate(KeyKind::P256),
            PrivateKey::generate(KeyKind::P521),
        ];
        for issuing_key in keys {
            let authority =
                Authority::with_keys(&CaOptions::default(), PrivateKey::generate(KeyKind::P384), issuing_key).unwrap();
            let anchors = TrustAnchors::from_pem(authority.chain_pem().unwrap().as_bytes()).unwrap();
            assert!(build(&holder_of(&authority), &[], &anchors, SystemTime::now()).is_ok());
        }
        let weak = Authority::with_keys(
            &CaOptions::default(),
            PrivateKey::generate(KeyKind::P384),
            PrivateKey::generate(KeyKind::Rsa1024),
        )
        .unwrap();
        let anchors = TrustAnchors::from_pem(weak.chain_pem().unwrap().as_bytes()).unwrap();
        let result = build(&holder_of(&weak), &[], &anchors, SystemTime::now());
        assert_eq!(result, Err(PathError::UnsupportedSignature));
    }
}
