//! What makes a certificate a Turkish qualified one (NES, Law 5070): each mark that is missing is its own fault.

use std::fmt;
use std::time::SystemTime;

use const_oid::ObjectIdentifier;
use const_oid::db::{rfc5280, rfc5912};
use serde::Serialize;

use super::Certificate;
use crate::der::{DerError, Element, Reader, tag};

/// Qualified certificate statements (RFC 3739, 3.2.6).
pub(super) const QC_STATEMENTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.3");
/// `id-etsi-qcs-QcCompliance`: the issuer says the certificate is qualified (ETSI EN 319 412-5, 4.2.1).
const QC_COMPLIANCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.1862.1.1");
/// The statement of a qualified certificate under Law 5070.
const TURKISH_QUALIFIED: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.792.1.61.0.1.5070.1.1");
/// The statements that mark a seal of an institution: a restriction of usage, and the newer kinds of qualified seals.
const TURKISH_SEALS: [ObjectIdentifier; 3] = [
    ObjectIdentifier::new_unwrap("2.16.792.1.61.0.1.5070.1.3"),
    ObjectIdentifier::new_unwrap("2.16.792.1.61.0.1.5070.2.1"),
    ObjectIdentifier::new_unwrap("2.16.792.1.61.0.1.5070.2.2"),
];

/// The person a qualified certificate names.
#[derive(Clone, PartialEq, Eq)]
pub struct Holder {
    /// The name, as the certificate has it.
    pub name: String,
    /// T.C. kimlik no, or a passport's number.
    pub number: String,
}

impl fmt::Debug for Holder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Holder")
    }
}

/// Why a certificate cannot make a qualified signature of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum NesFault {
    /// It is not valid yet.
    #[error("the certificate is not valid yet")]
    NotYetValid {
        /// When it begins to be.
        #[serde(serialize_with = "rfc_3339")]
        not_before: SystemTime,
    },
    /// It is not valid any more.
    #[error("the certificate has expired")]
    Expired {
        /// When it ended.
        #[serde(serialize_with = "rfc_3339")]
        not_after: SystemTime,
    },
    /// It is an authority's.
    #[error("the certificate is an authority's")]
    Authority,
    /// Its key is not for nonRepudiation.
    #[error("the key is not for nonRepudiation")]
    NoNonRepudiation,
    /// It is a seal of an institution, not a person's.
    #[error("the certificate is a seal")]
    Seal,
    /// The statement 0.4.0.1862.1.1 is missing.
    #[error("the statement of the European Union is missing")]
    NotQualified,
    /// The statement 2.16.792.1.61.0.1.5070.1.1 is missing.
    #[error("the Turkish statement is missing")]
    NotTurkishQualified,
    /// No policy carries a user notice.
    #[error("the user notice is missing")]
    NoUserNotice,
    /// The subject has no number of a person.
    #[error("the holder's number is missing")]
    NoHolderNumber,
    /// The key is too short.
    #[error("the key is too weak")]
    WeakKey,
    /// The key is of a kind this core does not know.
    #[error("the key is of an unknown kind")]
    UnsupportedKey,
}

/// Judges a certificate by itself; whether it leads to a root is told by [`super::path::build`].
///
/// # Errors
/// The first [`NesFault`] of [`faults`].
pub fn check(certificate: &Certificate, at: SystemTime) -> Result<Holder, NesFault> {
    match faults(certificate, at).first() {
        Some(fault) => Err(*fault),
        None => Ok(Holder {
            name: certificate.subject_name(),
            number: certificate.holder_number().unwrap_or_default(),
        }),
    }
}

/// Everything that keeps a certificate from making a qualified signature of a person at a moment, gravest first.
#[must_use]
pub fn faults(certificate: &Certificate, at: SystemTime) -> Vec<NesFault> {
    let statements = statements(certificate);
    let has = |statement: &ObjectIdentifier| statements.contains(statement);
    let seal = TURKISH_SEALS.iter().any(has);
    let key = certificate.public_key().map(|key| key.algorithm());
    let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
    let judgements = [
        // First: nobody is to hear that their certificate lacks something when it is this version that does.
        (key.is_none(), NesFault::UnsupportedKey),
        (certificate.is_authority(), NesFault::Authority),
        (seal, NesFault::Seal),
        (!has(&QC_COMPLIANCE), NesFault::NotQualified),
        (!seal && !has(&TURKISH_QUALIFIED), NesFault::NotTurkishQualified),
        (
            !certificate.key_usage().is_some_and(|usage| usage.non_repudiation()),
            NesFault::NoNonRepudiation,
        ),
        (!has_user_notice(certificate), NesFault::NoUserNotice),
        (certificate.holder_number().is_none(), NesFault::NoHolderNumber),
        (key.is_some_and(super::KeyAlgorithm::is_weak), NesFault::WeakKey),
        (at < not_before, NesFault::NotYetValid { not_before }),
        (at > not_after, NesFault::Expired { not_after }),
    ];
    judgements
        .into_iter()
        .filter_map(|(holds, fault)| holds.then_some(fault))
        .collect()
}

/// `QCStatements ::= SEQUENCE OF SEQUENCE { statementId OBJECT IDENTIFIER, statementInfo ANY OPTIONAL }` (RFC 3739,
/// 3.2.6). A malformed extension states nothing.
fn statements(certificate: &Certificate) -> Vec<ObjectIdentifier> {
    let read = |value| -> Result<Vec<ObjectIdentifier>, DerError> {
        let mut statements = Vec::new();
        for statement in Element::parse(value, tag::SEQUENCE)?.children()?.elements()? {
            statements.push(
                statement
                    .sequence()?
                    .expect(tag::OBJECT_IDENTIFIER)?
                    .object_identifier()?,
            );
        }
        Ok(statements)
    };
    certificate
        .extension(QC_STATEMENTS)
        .and_then(|value| read(value).ok())
        .unwrap_or_default()
}

/// Whether a policy has a user notice with a text (RFC 5280, 4.2.1.4):
/// ```text
/// certificatePolicies ::= SEQUENCE OF SEQUENCE { policyIdentifier OBJECT IDENTIFIER,
///     policyQualifiers SEQUENCE OF SEQUENCE { policyQualifierId OBJECT IDENTIFIER, qualifier ANY } OPTIONAL }
/// UserNotice ::= SEQUENCE { noticeRef SEQUENCE OPTIONAL, explicitText DisplayText OPTIONAL }
/// ```
fn has_user_notice(certificate: &Certificate) -> bool {
    let read = |value| -> Result<bool, DerError> {
        for policy in Element::parse(value, tag::SEQUENCE)?.children()?.elements()? {
            let mut parts = policy.sequence()?;
            parts.expect(tag::OBJECT_IDENTIFIER)?;
            let Some(qualifiers) = parts.optional(tag::SEQUENCE)? else {
                continue;
            };
            for qualifier in qualifiers.children()?.elements()? {
                if is_notice_with_text(qualifier.sequence()?)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    };
    certificate
        .extension(rfc5280::ID_CE_CERTIFICATE_POLICIES)
        .is_some_and(|value| read(value).unwrap_or(false))
}

fn is_notice_with_text(mut qualifier: Reader<'_>) -> Result<bool, DerError> {
    if qualifier.expect(tag::OBJECT_IDENTIFIER)?.object_identifier()? != rfc5912::ID_QT_UNOTICE {
        return Ok(false);
    }
    let mut notice = qualifier.expect(tag::SEQUENCE)?.children()?;
    notice.optional(tag::SEQUENCE)?;
    if notice.is_empty() {
        return Ok(false);
    }
    Ok(!notice.read()?.text()?.trim().is_empty())
}

/// A moment as RFC 3339 text in UTC.
pub(crate) fn rfc_3339<S: serde::Serializer>(moment: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    let text = time::OffsetDateTime::from(*moment).format(&time::format_description::well_known::Rfc3339);
    serializer.serialize_str(&text.map_err(serde::ser::Error::custom)?)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use basvuru_test_pki::{Authority, Holder as TestHolder, IssueOptions, KeyKind};

    use super::*;

    fn faults_of(number: &str, key: KeyKind, options: &IssueOptions) -> Vec<NesFault> {
        let authority = Authority::new().unwrap();
        let issued = authority
            .issue(&TestHolder::new("Ayşe", "Yılmaz", number), key, options)
            .unwrap();
        faults(&Certificate::parse(&issued.certificate_der).unwrap(), SystemTime::now())
    }

    #[test]
    fn a_good_certificate_names_its_holder() {
        let authority = Authority::new().unwrap();
        for kind in [KeyKind::P256, KeyKind::P384, KeyKind::P521, KeyKind::Rsa2048] {
            let holder = TestHolder::new("Ayşe", "Yılmaz", "10000000146");
            let issued = authority.issue(&holder, kind, &IssueOptions::default()).unwrap();
            let certificate = Certificate::parse(&issued.certificate_der).unwrap();
            let found = check(&certificate, SystemTime::now()).unwrap();
            assert_eq!(
                (found.name.as_str(), found.number.as_str()),
                ("Ayşe Yılmaz", "10000000146")
            );
            assert_eq!(format!("{found:?}"), "Holder");
        }
    }

    #[test]
    fn every_missing_mark_is_its_own_fault() {
        let good = IssueOptions::default;
        let cases = [
            (
                IssueOptions {
                    non_repudiation: false,
                    ..good()
                },
                NesFault::NoNonRepudiation,
            ),
            (
                IssueOptions {
                    etsi_statement: false,
                    ..good()
                },
                NesFault::NotQualified,
            ),
            (
                IssueOptions {
                    turkish_statement: false,
                    ..good()
                },
                NesFault::NotTurkishQualified,
            ),
            (
                IssueOptions {
                    user_notice: false,
                    ..good()
                },
                NesFault::NoUserNotice,
            ),
            (
                IssueOptions {
                    holder_number: false,
                    ..good()
                },
                NesFault::NoHolderNumber,
            ),
            (
                IssueOptions {
                    turkish_statement: false,
                    seal: true,
                    ..good()
                },
                NesFault::Seal,
            ),
            (IssueOptions { seal: true, ..good() }, NesFault::Seal),
        ];
        for (options, fault) in cases {
            assert_eq!(faults_of("10000000146", KeyKind::P256, &options), [fault]);
        }
        assert_eq!(faults_of("10000000146", KeyKind::Rsa1024, &good()), [NesFault::WeakKey]);
        assert_eq!(faults_of("?", KeyKind::P256, &good()), [NesFault::NoHolderNumber]);
        assert!(matches!(
            faults_of("10000000146", KeyKind::P256, &IssueOptions::expired())[..],
            [NesFault::Expired { .. }]
        ));
        let not_before = SystemTime::now() + Duration::from_secs(3_600);
        assert!(matches!(
            faults_of("10000000146", KeyKind::P256, &IssueOptions { not_before, ..good() })[..],
            [NesFault::NotYetValid { .. }]
        ));
        assert_eq!(
            faults_of("10000000146", KeyKind::P256, &IssueOptions::unqualified()),
            [
                NesFault::NotQualified,
                NesFault::NotTurkishQualified,
                NesFault::NoUserNotice
            ]
        );
    }

    #[test]
    fn an_authoritys_certificate_is_no_persons() {
        let authority = Authority::new().unwrap();
        let certificate = Certificate::parse(authority.issuing_der()).unwrap();
        assert_eq!(check(&certificate, SystemTime::now()), Err(NesFault::Authority));
    }

    #[test]
    fn faults_have_stable_names() {
        let json = serde_json::to_string(&[
            NesFault::NoNonRepudiation,
            NesFault::Expired {
                not_after: SystemTime::UNIX_EPOCH,
            },
        ]);
        assert_eq!(
            json.unwrap(),
            r#"["no-non-repudiation",{"expired":{"not_after":"1970-01-01T00:00:00Z"}}]"#
        );
    }
}
