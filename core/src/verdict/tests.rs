//! The table of findings, with what follows from each and its sentence: what is said of a signature must be no more than what
//! was found.

use std::collections::BTreeSet;
use std::time::Duration;

use super::*;
use crate::signature::report::{Consequence, SubIndication};

/// Every finding, and of those that say different things each of them.
fn every() -> Vec<Finding> {
    let file_name = || "META-INF/a.xml".to_owned();
    let oid = || "1.2.3.4".to_owned();
    let day = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_824_000);
    let mut all = vec![
        Finding::ContainerRefused {
            fault: ContainerFault::Inconsistent,
        },
        Finding::MediaTypeMissing,
        Finding::SignatureMissing,
        Finding::TrailingOctets { count: 2 },
        Finding::ManifestMalformed { file_name: file_name() },
        Finding::ManifestUnsigned { file_name: file_name() },
        Finding::ManifestMissing,
        Finding::PathUnusual { file_name: file_name() },
        Finding::FileNotCovered { file_name: file_name() },
        Finding::FurnitureNotCovered { file_name: file_name() },
        Finding::DocumentMissing { file_name: file_name() },
        Finding::DocumentChanged { file_name: file_name() },
        Finding::ContentMissing,
        Finding::ContentDiffers,
        Finding::SignatureMalformed,
        Finding::SignatureNotCms,
        Finding::CounterSignatureMalformed,
        Finding::UnsignedAttributeMalformed,
        Finding::AttributesMissing,
        Finding::AttributeMissing {
            attribute: RequiredAttribute::SigningTime,
        },
        Finding::AttributeRepeated {
            attribute: RequiredAttribute::SigningTime,
        },
        Finding::OtherAttributeRepeated { oid: oid() },
        Finding::AttributeMalformed {
            attribute: RequiredAttribute::SigningTime,
        },
        Finding::SignedAttributeMalformed,
        Finding::AttributesUnsorted,
        Finding::VersionUnusual,
        Finding::SignatureTooLarge,
        Finding::ContentTypeDiffers,
        Finding::ContentTypeUnusual,
        Finding::ContentTypeForbidden,
        Finding::ContentChanged,
        Finding::AlgorithmsContradict,
        Finding::DigestAlgorithmNotAnnounced,
        Finding::AlgorithmWeak,
        Finding::AlgorithmUnknown,
        Finding::CertificateMissing,
        Finding::CertificateDiffers,
        Finding::CertificateNameDiffers,
        Finding::CertificateUnreadable,
        Finding::RevocationUnreadable,
        Finding::SignatureWrong,
        Finding::SigningTimeInFuture,
        Finding::SigningTimeOutsideValidity,
        Finding::CertificateNotQualified { fault: NesFault::Seal },
        Finding::PathInvalid {
            fault: PathError::UntrustedRoot,
        },
        Finding::PathInvalid {
            fault: PathError::CriticalExtension {
                oid: const_oid::ObjectIdentifier::new_unwrap("1.2.3.4"),
            },
        },
        Finding::SignedBeforeCertificate { not_before: day },
        Finding::SignedAfterCertificate { not_after: day },
        Finding::RevocationNotChecked,
        Finding::RevocationUnknown {
            cause: UnknownState::Outdated,
            holder: true,
        },
        Finding::AskedInVain {
            host: "ocsp.test.example".to_owned(),
            cause: UnknownState::TooLate,
        },
        Finding::Suspended {
            from: day,
            holder: true,
        },
        Finding::SigningTimeAfterTimestamp,
        Finding::TimestampsOutOfOrder,
        Finding::CertificateNotForTimestamps,
        Finding::TimestampForAnother,
        Finding::TimestampMalformed,
        Finding::ArchiveIndexUnmatched,
        Finding::ArchiveIndexMalformed,
        Finding::PolicyUnknown { oid: oid() },
        Finding::PolicyDiffers,
        Finding::PolicyAttributeMissing {
            attribute: PolicyAttribute::SignatureTimestamp,
        },
        Finding::ReferenceUnmatched,
        Finding::TimestampTooLate,
        Finding::GracePeriodNotOver,
        Finding::UnsignedAttributeUnknown { oid: oid() },
    ];
    let forms = [ForeignForm::Xades, ForeignForm::EvidenceRecord, ForeignForm::Timestamp];
    for (form, is_signature) in forms.into_iter().flat_map(|form| [(form, true), (form, false)]) {
        all.push(Finding::FormNotSupported { form, is_signature });
    }
    for limit in [Limit::Parts, Limit::Timestamps, Limit::CounterSignatures] {
        all.push(Finding::LimitMet { limit });
    }
    for (holder, is_proven) in [(true, true), (true, false), (false, true)] {
        all.push(Finding::Revoked {
            from: day,
            holder,
            is_proven,
        });
    }
    for cause in [
        Finding::TimestampForAnother,
        Finding::SignatureWrong,
        Finding::ContentChanged,
        Finding::ArchiveIndexUnmatched,
        Finding::Revoked {
            from: day,
            holder: true,
            is_proven: true,
        },
    ] {
        for timestamp in [TimestampKind::Signature, TimestampKind::Content, TimestampKind::Archive] {
            for others_hold in [true, false] {
                all.push(Finding::TimestampInvalid {
                    timestamp,
                    cause: Box::new(cause.clone()),
                    others_hold,
                });
            }
        }
    }
    all
}

fn name(finding: &Finding) -> String {
    serde_json::to_value(finding).unwrap()["finding"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn every_finding_has_a_row_in_the_table_and_its_sentence() {
    let mut table = String::new();
    for finding in every() {
        let rule = finding.rule();
        let consequence = match rule.consequence {
            Consequence::Note => "note".to_owned(),
            Consequence::Indeterminate(reason) => format!("indeterminate {reason:?}"),
            Consequence::Failed(reason) => format!("failed {reason:?}"),
        };
        table.push_str(&format!("{} | {} | {consequence}\n", name(&finding), rule.clause));
        for language in [Language::Turkish, Language::English] {
            table.push_str(&format!("    {}\n", finding_sentence(&finding, language)));
        }
    }
    insta::assert_snapshot!("findings", table);
}

#[test]
fn every_kind_of_finding_is_in_the_table() {
    // Their names, as the type has them: one that is new is missing above until it is added.
    let source = include_str!("../signature/report/finding.rs");
    let (_, source) = source.split_once("pub enum Finding {").unwrap();
    let is_variant = |line: &&str| {
        line.strip_prefix("    ")
            .is_some_and(|line| line.starts_with(|first: char| first.is_ascii_uppercase()))
    };
    let variants: BTreeSet<String> = source.lines().filter(is_variant).map(kebab).collect();
    assert!(variants.len() > 60, "{variants:?}");
    let listed: BTreeSet<String> = every().iter().map(name).collect();
    assert_eq!(variants, listed);
}

fn kebab(line: &str) -> String {
    let mut name = String::new();
    for letter in line.trim().chars().take_while(char::is_ascii_alphanumeric) {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

#[test]
fn only_what_was_looked_at_and_does_not_hold_is_said_not_to_hold() {
    // What says in words that something does not hold.
    const DAMNING: [&[&str]; 2] = [
        &["geçersiz", "değişmiş", "mza değeri tutmuyor", "içindekinden farklı"],
        &[
            "not valid",
            "invalid",
            "changed",
            "value is wrong",
            "not the one within",
        ],
    ];
    for finding in every() {
        let fails = matches!(finding.consequence(), Consequence::Failed(_));
        for (language, damning) in [Language::Turkish, Language::English].into_iter().zip(DAMNING) {
            let sentence = finding_sentence(&finding, language);
            let lower = sentence.to_lowercase();
            let damns = damning.iter().any(|word| lower.contains(word));
            // These say what was found in words of their own.
            let says_otherwise = matches!(
                finding,
                Finding::SignatureMalformed
                    | Finding::Revoked { .. }
                    | Finding::SignedBeforeCertificate { .. }
                    | Finding::SignedAfterCertificate { .. }
            );
            assert!(damns == fails || says_otherwise, "{finding:?}: {sentence}");
        }
    }
}

#[test]
fn what_is_not_supported_is_said_to_be_that_and_never_fails() {
    for finding in every() {
        let turkish = finding_sentence(&finding, Language::Turkish);
        let is_open = matches!(
            finding.consequence(),
            Consequence::Note | Consequence::Indeterminate(SubIndication::Generic)
        );
        if turkish.contains("denetlenmedi") || turkish.contains("desteklenmiyor") || turkish.contains("bakılmadı") {
            assert!(is_open, "{finding:?}: {turkish}");
        }
        if matches!(finding, Finding::FormNotSupported { .. } | Finding::LimitMet { .. }) {
            assert!(is_open, "{finding:?}");
        }
    }
}

#[test]
fn no_sentence_has_an_object_identifier() {
    for finding in every() {
        for language in [Language::Turkish, Language::English] {
            let sentence = finding_sentence(&finding, language);
            assert!(!sentence.contains("1.2.3.4"), "{sentence}");
            assert!(sentence.ends_with('.'), "{sentence}");
        }
    }
}
