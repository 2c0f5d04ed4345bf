//! The extensions of certificates that a Turkish qualified certificate has, and those of its authorities.

use der::asn1::{Any, Ia5StringRef, OctetString, Utf8StringRef};
use der::flagset::FlagSet;
use der::{Decode, Encode, Sequence};
use sha2::{Digest, Sha256};
use spki::{ObjectIdentifier, SubjectPublicKeyInfoOwned};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, BasicConstraints, KeyUsage, KeyUsages, SubjectKeyIdentifier};

use crate::PkiError;

/// Object identifiers of qualified certificates.
pub mod oid {
    use spki::ObjectIdentifier;

    /// Qualified certificate statements (RFC 3739, 3.2.6).
    pub const QC_STATEMENTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.3");
    /// `id-qcs-pkixQCSyntax-v2` (RFC 3739, 3.2.6.1).
    pub const PKIX_QC_SYNTAX_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.11.2");
    /// `id-etsi-qcs-QcCompliance` (ETSI EN 319 412-5, 4.2.1).
    pub const QC_COMPLIANCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.1862.1.1");
    /// The statement of a qualified certificate under Law 5070.
    pub const TURKISH_QUALIFIED: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.792.1.61.0.1.5070.1.1");
    /// The statement of a qualified seal under Law 5070.
    pub const TURKISH_SEAL: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.792.1.61.0.1.5070.2.1");
    /// The policy of a qualified certificate of Kamu SM.
    pub const NES_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.792.1.2.1.1.5.7.1.1");
}

/// The sentence a Turkish qualified certificate carries twice: as a statement's information and as a user notice.
pub(crate) const NOTICE: &str =
    "Bu sertifika, 5070 sayılı Elektronik İmza Kanununa göre nitelikli elektronik sertifikadır.";

#[derive(Sequence)]
struct QcStatement {
    id: ObjectIdentifier,
    #[asn1(optional = "true")]
    information: Option<Any>,
}

#[derive(Sequence)]
struct PolicyInformation {
    policy: ObjectIdentifier,
    #[asn1(optional = "true")]
    qualifiers: Option<Vec<PolicyQualifier>>,
}

#[derive(Sequence)]
struct PolicyQualifier {
    id: ObjectIdentifier,
    qualifier: Any,
}

#[derive(Sequence)]
struct UserNotice<'a> {
    explicit_text: Utf8StringRef<'a>,
}

/// Any extension around an encoded value.
pub(crate) fn extension(oid: ObjectIdentifier, critical: bool, value: &impl Encode) -> Result<Extension, PkiError> {
    Ok(Extension {
        extn_id: oid,
        critical,
        extn_value: OctetString::new(value.to_der()?)?,
    })
}

pub(crate) fn key_usage(usages: impl Into<FlagSet<KeyUsages>>) -> Result<Extension, PkiError> {
    extension(const_oid::db::rfc5280::ID_CE_KEY_USAGE, true, &KeyUsage(usages.into()))
}

pub(crate) fn authority_constraints(path_length: Option<u8>) -> Result<Extension, PkiError> {
    let constraints = BasicConstraints {
        ca: true,
        path_len_constraint: path_length,
    };
    extension(const_oid::db::rfc5280::ID_CE_BASIC_CONSTRAINTS, true, &constraints)
}

/// SubjectKeyIdentifier and AuthorityKeyIdentifier (RFC 7093, method 1: the first 20 octets of SHA-256).
pub(crate) fn key_identifiers(
    subject: &SubjectPublicKeyInfoOwned,
    issuer: &SubjectPublicKeyInfoOwned,
) -> Result<[Extension; 2], PkiError> {
    let subject = SubjectKeyIdentifier(key_identifier(subject)?);
    let issuer = AuthorityKeyIdentifier {
        key_identifier: Some(key_identifier(issuer)?),
        ..Default::default()
    };
    Ok([
        extension(const_oid::db::rfc5280::ID_CE_SUBJECT_KEY_IDENTIFIER, false, &subject)?,
        extension(const_oid::db::rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER, false, &issuer)?,
    ])
}

pub(crate) fn key_identifier(key: &SubjectPublicKeyInfoOwned) -> Result<OctetString, PkiError> {
    Ok(OctetString::new(
        &Sha256::digest(key.subject_public_key.raw_bytes())[..20],
    )?)
}

/// The policy of a qualified certificate with its practice statement's address and, where wanted, the user notice.
pub(crate) fn policies(user_notice: bool) -> Result<Extension, PkiError> {
    let address = Ia5StringRef::new("http://pki.test.invalid/ilke")?;
    let mut qualifiers = vec![PolicyQualifier {
        id: const_oid::db::rfc5912::ID_QT_CPS,
        qualifier: Any::encode_from(&address)?,
    }];
    if user_notice {
        let notice = UserNotice {
            explicit_text: Utf8StringRef::new(NOTICE)?,
        };
        qualifiers.push(PolicyQualifier {
            id: const_oid::db::rfc5912::ID_QT_UNOTICE,
            qualifier: Any::from_der(&notice.to_der()?)?,
        });
    }
    let policies = vec![PolicyInformation {
        policy: oid::NES_POLICY,
        qualifiers: Some(qualifiers),
    }];
    extension(const_oid::db::rfc5280::ID_CE_CERTIFICATE_POLICIES, false, &policies)
}

/// The qualified certificate statements; none leaves the extension out.
pub(crate) fn statements(etsi: bool, turkish: bool, seal: bool) -> Result<Option<Extension>, PkiError> {
    let mut statements = Vec::new();
    if etsi {
        statements.push(QcStatement {
            id: oid::PKIX_QC_SYNTAX_V2,
            information: None,
        });
        statements.push(QcStatement {
            id: oid::QC_COMPLIANCE,
            information: None,
        });
    }
    if seal {
        statements.push(QcStatement {
            id: oid::TURKISH_SEAL,
            information: None,
        });
    }
    if turkish {
        let information = Some(Any::encode_from(&Utf8StringRef::new(NOTICE)?)?);
        statements.push(QcStatement {
            id: oid::TURKISH_QUALIFIED,
            information,
        });
    }
    if statements.is_empty() {
        return Ok(None);
    }
    extension(oid::QC_STATEMENTS, false, &statements).map(Some)
}
