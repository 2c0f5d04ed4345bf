use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::*;
use crate::portal::FieldFault;
use crate::texts::Language;

/// One of each sentence.
fn samples() -> Vec<Failure> {
    let moment = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_500_000_000);
    let detail = || "örnek".to_owned();
    let proxy = || "vekil.example:3128".to_owned();
    let fields = |fault| {
        vec![FaultyField {
            name: "email".to_owned(),
            fault,
        }]
    };
    use Failure::*;
    let mut samples = vec![
        IdentityInvalid {
            kind: IdentityKind::NationalId,
        },
        IdentityInvalid {
            kind: IdentityKind::Passport,
        },
        SignInIncomplete,
        CaptchaWrong,
        CaptchaExpired,
        CredentialsWrong { tries_left: None },
        CredentialsWrong { tries_left: Some(2) },
        LockedOut { wait: 900 },
        DeviceWaits { wait: 45 },
        SessionOver,
        AnotherPerson,
        SignInUnsupported,
        LinkInvalid,
        PortalNotOurs,
        OrderUnknown,
        OrderClosed,
        OrderMovedOn,
        FormInvalid {
            fields: fields(FieldFault::Missing),
        },
        FormFieldLocked {
            fields: fields(FieldFault::Locked),
        },
        FormChanged,
        DraftTooLarge,
        CodeMalformed { length: 6 },
        CodeWrong { tries_left: 1 },
        CodeUsedUp,
        CodeExpired,
        CodeTooSoon { wait: 45 },
        NumberNotConfirmed,
        MethodUnavailable,
        SignatureUnsupported,
        DocumentAltered,
        DocumentUnknown,
        ReaderMissing,
        ReaderNotPermitted,
        ReaderBusy,
        ReaderUnsupported {
            reason: UnsupportedReason::Untold,
        },
        ReaderUnsupported {
            reason: UnsupportedReason::CardProtocol,
        },
        ReaderUnsupported {
            reason: UnsupportedReason::Token,
        },
        ReaderUnsupported {
            reason: UnsupportedReason::Characters,
        },
        ReaderFailed,
        CardMissing,
        CardLost,
        CardTimeout,
        CardCancelled,
        CardUnsupported,
        CardWithoutCertificate,
        CardChanged,
        CardOfAnotherPerson,
        CertificateChoiceNeeded,
        PinMalformed {
            min_length: 4,
            max_length: 8,
            numeric: true,
        },
        PinMalformed {
            min_length: 4,
            max_length: 8,
            numeric: false,
        },
        PinWrong { tries_left: None },
        PinWrong { tries_left: Some(2) },
        PinBlocked,
        PinLastTry,
        PinOutcomeUnknown,
        PinNotActivated,
        PinNotAllowedHere,
        NewPinMalformed {
            min_length: 4,
            max_length: 8,
            numeric: true,
        },
        NewPinMalformed {
            min_length: 4,
            max_length: 8,
            numeric: false,
        },
        NewPinSame,
        PinChangeOutcomeUnknown,
        PinUnchangeable,
        PukMalformed {
            min_length: 8,
            max_length: 8,
            numeric: true,
        },
        PukMalformed {
            min_length: 6,
            max_length: 12,
            numeric: false,
        },
        PukWrong { tries_left: None },
        PukWrong { tries_left: Some(2) },
        PukBlocked,
        PukLastTry,
        PukOutcomeUnknown,
        PukUnavailable,
        UnblockingRefused,
        PinKept,
        UnblockingUnavailable,
        // Far from any day these tests run on: what is near is told otherwise.
        CertificateExpired { since: long_ago },
        CertificateNotYetValid { from: long_ago },
        CertificateMalformed,
        SignatureSelfCheckFailed,
        SignatureRefused,
        SignerNotApplicant,
        HolderNameDiffers,
        CertificateStateUnknown,
        CertificateRefused,
        CertificateSuspended,
        TimestampUnavailable,
        ClockWrong,
        DeviceClockWrong {
            device: moment + Duration::from_secs(2 * 24 * 3600),
            portal: moment,
        },
        PortalUnreachable,
        PortalTimeout,
        ProxyFailed {
            fault: ProxyFault::Unreachable,
            proxy: proxy(),
        },
        ProxyFailed {
            fault: ProxyFault::Refused,
            proxy: proxy(),
        },
        ProxyFailed {
            fault: ProxyFault::PasswordNeeded,
            proxy: proxy(),
        },
        ProxyFailed {
            fault: ProxyFault::Silent,
            proxy: proxy(),
        },
        PortalUntrusted,
        PortalWrongHost,
        PortalNotCurrent { device: moment },
        PortalInsecure,
        PortalGarbled,
        PortalUnavailable { wait: None },
        PortalUnavailable { wait: Some(30) },
        RateLimited { wait: 60 },
        PortalRefused { detail: detail() },
        AppOutdated {
            version: "2.0.0".to_owned(),
        },
        AnswerNotExpected,
        Cancelled,
        TextUnreadable,
        VaultUnavailable,
        JournalUnreadable,
        JournalTooNew,
        JournalBusy,
        AnotherPortal {
            portal: "https://basvuru.example".to_owned(),
        },
        SubmissionUnderWay,
        Internal { detail: detail() },
    ];
    let card = [CardFault::Refused, CardFault::Garbled, CardFault::Unsupported];
    samples.extend(card.map(|fault| CardFailed {
        fault,
        detail: detail(),
    }));
    let certificate = [
        QualificationFault::Authority,
        QualificationFault::Seal,
        QualificationFault::NotForSigning,
        QualificationFault::MarkMissing,
        QualificationFault::NoHolderNumber,
        QualificationFault::WeakKey,
        QualificationFault::UnknownKey,
    ];
    samples.extend(certificate.map(|fault| CertificateNotQualified {
        fault,
        detail: detail(),
    }));
    let configuration = [
        ConfigurationFault::Address,
        ConfigurationFault::Roots,
        ConfigurationFault::Folder,
        ConfigurationFault::ReturnAddress,
        ConfigurationFault::Connection,
    ];
    samples.extend(configuration.map(|fault| ConfigurationInvalid {
        fault,
        detail: detail(),
    }));
    let storage = [
        StorageFault::DiskFull,
        StorageFault::FolderMissing,
        StorageFault::NotPermitted,
        StorageFault::ReadOnly,
        StorageFault::DeviceFailed,
        StorageFault::Other,
    ];
    samples.extend(storage.map(|fault| StorageFailed {
        fault,
        detail: detail(),
    }));
    samples.sort_by_key(Failure::code);
    samples
}

#[test]
fn every_failure_says_in_both_languages_what_happened_and_what_to_do() {
    for failure in samples() {
        let [turkish, english] = in_both(&failure);
        assert_eq!(turkish.code, english.code);
        for explanation in [&turkish, &english] {
            for sentence in [&explanation.what, &explanation.next] {
                assert!(
                    sentence.contains(' ') && sentence.ends_with('.'),
                    "{failure}: {sentence}"
                );
                assert!(!sentence.contains(['{', '}']), "{failure}: {sentence}");
            }
        }
        assert_ne!(turkish.what, english.what, "{failure}");
        assert_ne!(turkish.next, english.next, "{failure}");
    }
}

/// Read this one from top to bottom after every change, as somebody would who is applying and worried.
#[test]
fn every_failure_reads_well_in_both_languages() {
    let told = samples().into_iter().map(|failure| {
        let [turkish, english] = in_both(&failure);
        let (code, id) = failure.entry();
        format!(
            "{code} {id}\n  {}\n  → {}\n  {}\n  → {}\n",
            turkish.what, turkish.next, english.what, english.next
        )
    });
    let told: Vec<String> = told.collect();
    insta::assert_snapshot!(told.join("\n"));
}

/// A certificate that ended, or begins, now.
fn near() -> [Failure; 2] {
    let now = SystemTime::now();
    [
        Failure::CertificateExpired { since: now },
        Failure::CertificateNotYetValid { from: now },
    ]
}

#[test]
fn what_ends_or_begins_today_is_told_to_the_second() {
    for failure in near() {
        for explanation in in_both(&failure) {
            let colons = explanation.what.matches(':').count();
            assert_eq!(colons, 2, "{}", explanation.what);
        }
    }
}

#[test]
fn every_sentence_about_a_failure_is_read_in_that_list() {
    let told = samples().into_iter().chain(near());
    let ids: BTreeSet<&str> = told.map(|failure| failure.entry().1).collect();
    let source = include_str!("../../locales/tr/failure.ftl");
    let messages = source.lines().filter_map(|line| line.split_once(" ="));
    let written = messages
        .map(|(id, _)| id)
        .filter(|id| !id.starts_with([' ', '#']) && !id.starts_with("wait-"));
    assert_eq!(written.collect::<BTreeSet<_>>(), ids);
}

#[test]
fn no_sentence_has_a_word_that_only_engineers_know() {
    for failure in samples() {
        for Explanation { what, next, .. } in in_both(&failure) {
            for sentence in [what, next] {
                assert_eq!(engineers_word(&sentence), None, "{failure}: {sentence}");
            }
        }
    }
    for (sentence, word) in [
        ("The portal's address is no URL.", Some("URL")),
        ("Kayıt yazılamadı (SQLite: DiskFull).", Some("SQLite")),
        ("Kart 6A82 yanıtını verdi.", Some("6A82")),
        ("Sertifikada 0.4.0.1862.1.1 yok.", Some("0.4.0.1862.1.1")),
        ("Kart, T.C. kimlik no ve PIN: 4–8 rakam, 01.01.2027.", None),
    ] {
        assert_eq!(engineers_word(sentence), word);
    }
}

/// The first word of a sentence that a person need not know: an abbreviation or a program's name, one that a program
/// would write, a status word, an object identifier.
fn engineers_word(sentence: &str) -> Option<&str> {
    const KNOWN: [&str; 4] = ["PIN", "PUK", "NFC", "T.C"];
    let words = sentence.split(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '.' | '_' | '-' | '’'));
    let mut words = words.map(|word| word.trim_matches('.')).filter(|word| !word.is_empty());
    words.find(|word| {
        let stem = word.split('’').next().unwrap_or_default();
        let letters: Vec<char> = stem.chars().collect();
        // URL, SQLite, DiskFull.
        let is_name = letters.iter().skip(1).any(|letter| letter.is_uppercase());
        let is_number = letters.len() == 4
            && letters.iter().all(char::is_ascii_hexdigit)
            && letters.iter().any(char::is_ascii_digit)
            && letters.iter().any(|letter| letter.is_ascii_uppercase());
        let is_identifier = stem.split('.').count() > 3;
        let is_known = KNOWN.contains(&stem);
        !is_known && (is_name || is_number || is_identifier || stem.contains('_'))
    })
}

#[test]
fn the_cause_stands_beside_the_sentence_and_what_is_printed_begins_with_the_code() {
    for failure in samples() {
        let [turkish, english] = in_both(&failure);
        assert_eq!(turkish.cause, english.cause);
        let printed = failure.to_string();
        assert!(printed.starts_with(&format!("{} ", english.code)), "{printed}");
        let Some(cause) = english.cause else { continue };
        assert!(printed.contains(&cause), "{printed}");
        for sentence in [turkish.what, turkish.next, english.what, english.next] {
            assert!(!sentence.contains(&cause), "{sentence}");
        }
    }
    let full = Failure::StorageFailed {
        fault: StorageFault::DiskFull,
        detail: "SQLite: DiskFull".to_owned(),
    };
    assert_eq!(
        full.to_string(),
        "BSV-815 StorageFailed { fault: DiskFull, detail: \"SQLite: DiskFull\" }"
    );
    assert_eq!(Failure::PinBlocked.to_string(), "BSV-533 PinBlocked");
}

fn in_both(failure: &Failure) -> [Explanation; 2] {
    [Language::Turkish, Language::English].map(|language| failure.explain(language))
}

#[test]
fn every_code_means_one_failure() {
    let mut meaning = BTreeMap::new();
    for failure in samples() {
        let kind = std::mem::discriminant(&failure);
        let known = meaning.entry(failure.code()).or_insert(kind);
        assert_eq!(*known, kind, "{failure} has the code of another failure");
    }
}

#[test]
fn numbers_stand_in_the_sentences() {
    let explain = |failure: Failure| failure.explain(Language::Turkish).what;
    assert_eq!(
        explain(Failure::PinWrong { tries_left: Some(2) }),
        "PIN yanlış. 2 deneme hakkınız kaldı."
    );
    assert!(explain(Failure::LockedOut { wait: 900 }).contains("15 dakika"));
    assert!(
        explain(Failure::PinMalformed {
            min_length: 4,
            max_length: 8,
            numeric: true,
        })
        .contains("4–8 rakam")
    );
    let once = Failure::PinWrong { tries_left: Some(1) }
        .explain(Language::English)
        .what;
    assert_eq!(once, "The PIN is wrong. You have 1 try left.");
}
