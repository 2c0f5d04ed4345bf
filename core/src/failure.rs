//! What can go wrong, for the person: one variant a cause, each with a stable code and, in both languages, what happened
//! and what to do next. No variant carries a secret or personal data.

use std::time::SystemTime;

use crate::portal::{FaultyField, IdentityKind};
use crate::texts::{Argument, Language, catalogue};

/// Why an answer could not be taken, or the application not be opened. The stage stays as it was: nothing is lost.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
#[error("{}", self.code())]
#[uniffi::export(Display)]
pub enum Failure {
    // Signing in.
    /// The identity number is not one: it has the wrong form, or its check digits do not fit.
    IdentityInvalid {
        /// What kind of number was expected.
        kind: IdentityKind,
    },
    /// The picture code or the access password was left empty.
    SignInIncomplete,
    /// The picture code was answered wrongly.
    CaptchaWrong,
    /// The picture code is too old or was used.
    CaptchaExpired,
    /// The identity number or the access password is wrong.
    CredentialsWrong {
        /// Tries left before a lock-out, where the portal tells.
        tries_left: Option<u8>,
    },
    /// Too many wrong passwords.
    LockedOut {
        /// Seconds until signing in is possible again.
        wait: u32,
    },
    /// The session is over; sign in again and go on where you were.
    SessionOver,
    /// Somebody else signed in to go on with this application.
    AnotherPerson,
    /// The portal offers no way to sign in that this version knows.
    SignInUnsupported,
    /// The link is none of an invitation.
    LinkInvalid,
    /// The link leads to a portal that the app was not built for.
    PortalNotOurs,

    // Orders and the form.
    /// The portal knows no such order of this person.
    OrderUnknown,
    /// The order is complete or withdrawn.
    OrderClosed,
    /// The order has come further elsewhere; the step is shown anew.
    OrderMovedOn,
    /// Fields are missing or malformed.
    FormInvalid {
        /// Which, and why.
        fields: Vec<FaultyField>,
    },
    /// A field the institution has told was changed.
    FormFieldLocked {
        /// Which.
        fields: Vec<FaultyField>,
    },
    /// The form was changed by the institution meanwhile; it is shown anew with the draft kept.
    FormChanged,

    // Confirming the telephone number.
    /// The code does not have the form of a code.
    CodeMalformed {
        /// How many digits it has.
        length: u8,
    },
    /// The code is wrong.
    CodeWrong {
        /// Tries left with this code.
        tries_left: u8,
    },
    /// The code was tried too often; a new one is needed.
    CodeUsedUp,
    /// The code is too old; a new one is needed.
    CodeExpired,
    /// A code was sent a moment ago.
    CodeTooSoon {
        /// Seconds until another one may be asked for.
        wait: u32,
    },

    // Method and documents.
    /// This version cannot sign by this method, or the order does not allow it.
    MethodUnavailable,
    /// The portal wants a signature this version cannot make.
    SignatureUnsupported,
    /// A document is not the one the portal announced.
    DocumentAltered,
    /// There is no such document.
    DocumentUnknown,

    // Reader and card.
    /// No reader is there, or no longer.
    ReaderMissing,
    /// The app may not use the reader.
    ReaderNotPermitted,
    /// Another program uses the reader.
    ReaderBusy,
    /// This reader cannot be used.
    ReaderUnsupported,
    /// The reader did not work as it should.
    ReaderFailed,
    /// No card is in the reader, or none came in time.
    CardMissing,
    /// The card was removed or lost before the PIN was used.
    CardLost,
    /// The card did not answer in time.
    CardTimeout,
    /// The person dismissed the system's sheet.
    CardCancelled,
    /// The card holds no signature application this version can read.
    CardUnsupported,
    /// The card holds no certificate for signing.
    CardWithoutCertificate,
    /// The card was changed between reading and signing.
    CardChanged,
    /// The card broke its protocol, or refused.
    CardFailed {
        /// The status word, or what was malformed, for support.
        detail: String,
    },
    /// The certificate on the card is another person's.
    CardOfAnotherPerson,
    /// Several certificates could sign; choose one.
    CertificateChoiceNeeded,

    // PIN.
    /// The PIN does not have the length or the characters of a PIN; it was not sent to the card.
    PinMalformed {
        /// The least characters.
        min_length: u8,
        /// The most characters.
        max_length: u8,
    },
    /// The PIN is wrong.
    PinWrong {
        /// Tries left, where the card told.
        tries_left: Option<u8>,
    },
    /// The PIN is blocked.
    PinBlocked,
    /// One try is left; it needs a confirmation of its own. The PIN was not sent.
    PinLastTry,
    /// The link was lost while the PIN was being checked: a try may have been spent.
    PinOutcomeUnknown,
    /// The PIN has not been activated yet.
    PinNotActivated,
    /// The card does not take its PIN over this link.
    PinNotAllowedHere,

    // Certificate and signature.
    /// The certificate is no longer valid.
    CertificateExpired {
        /// When it ended.
        since: SystemTime,
    },
    /// The certificate is not valid yet.
    CertificateNotYetValid {
        /// When it begins.
        from: SystemTime,
    },
    /// The certificate is not a qualified one (NES).
    CertificateNotQualified {
        /// Which marker is missing, for support.
        detail: String,
    },
    /// The certificate cannot be read.
    CertificateMalformed,
    /// What the card signed does not verify: nothing was sent.
    SignatureSelfCheckFailed,
    /// The portal says that the signature does not hold.
    SignatureRefused,
    /// The portal says that the certificate is another person's.
    SignerNotApplicant,
    /// The portal does not accept the certificate.
    CertificateRefused,
    /// The signature is made and kept, but no time-stamp for it can be had now.
    TimestampUnavailable,
    /// The signature is made and kept, but this device's clock is too far from that of the time-stamping authority.
    ClockWrong,

    // Network and portal.
    /// The portal cannot be reached.
    PortalUnreachable,
    /// The portal did not answer in time.
    PortalTimeout,
    /// The portal's TLS certificate was not issued by an authority the app trusts.
    PortalUntrusted,
    /// The portal's TLS certificate belongs to another host.
    PortalWrongHost,
    /// The secure connection could not be made for another reason.
    PortalInsecure,
    /// The portal answered something that is not of the protocol.
    PortalGarbled,
    /// The portal cannot do it now.
    PortalUnavailable {
        /// Seconds to wait, where the portal told.
        wait: Option<u32>,
    },
    /// Too many requests.
    RateLimited {
        /// Seconds to wait.
        wait: u32,
    },
    /// The portal refused for a reason this version does not know.
    PortalRefused {
        /// The problem's type, for support.
        detail: String,
    },

    /// This version is too old for its portal.
    AppOutdated {
        /// The oldest version the portal works with.
        version: String,
    },

    // The app itself.
    /// The answer does not belong to the current step. Nothing was changed.
    AnswerNotExpected,
    /// The configuration cannot be used.
    ConfigurationInvalid {
        /// What is wrong with it, for the engineer.
        detail: String,
    },
    /// The key that seals the journal is not to be had.
    VaultUnavailable,
    /// The journal cannot be opened with this key: it belongs to another installation, or is damaged.
    JournalUnreadable,
    /// The journal was written by a newer version.
    JournalTooNew,
    /// The journal is in use by another process.
    JournalBusy,
    /// The journal cannot be written.
    StorageFailed {
        /// What failed, for support.
        detail: String,
    },
    /// A mistake in the program.
    Internal {
        /// Where, for support.
        detail: String,
    },
}

/// A failure in words.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Explanation {
    /// The stable code, `BSV-` and three digits, for support.
    pub code: String,
    /// What happened: one or two sentences.
    pub what: String,
    /// What the person can do next: one or two sentences.
    pub next: String,
}

/// Says a failure in words. The one way a shell shows it.
#[uniffi::export]
#[must_use]
pub fn explain(failure: Failure, language: Language) -> Explanation {
    failure.explain(language)
}

impl Failure {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.entry().0
    }

    /// The failure in words.
    #[must_use]
    pub fn explain(&self, language: Language) -> Explanation {
        let (code, id) = self.entry();
        let texts = catalogue(language);
        let arguments = self.arguments();
        let arguments: Vec<(&str, Argument<'_>)> = arguments
            .iter()
            .map(|(name, owned)| (*name, owned.argument()))
            .collect();
        Explanation {
            code: code.to_owned(),
            what: texts.sentence(id, &arguments),
            next: texts.attribute(id, "next", &arguments),
        }
    }

    /// Code and message of each variant. Codes are never used again for another cause.
    fn entry(&self) -> (&'static str, &'static str) {
        match self {
            Self::IdentityInvalid {
                kind: IdentityKind::NationalId,
            } => ("BSV-101", "national-id-invalid"),
            Self::IdentityInvalid {
                kind: IdentityKind::Passport,
            } => ("BSV-102", "passport-invalid"),
            Self::SignInIncomplete => ("BSV-103", "sign-in-incomplete"),
            Self::CaptchaWrong => ("BSV-104", "captcha-wrong"),
            Self::CaptchaExpired => ("BSV-105", "captcha-expired"),
            Self::CredentialsWrong { .. } => ("BSV-106", "credentials-wrong"),
            Self::LockedOut { .. } => ("BSV-107", "locked-out"),
            Self::SessionOver => ("BSV-108", "session-over"),
            Self::AnotherPerson => ("BSV-109", "another-person"),
            Self::SignInUnsupported => ("BSV-110", "sign-in-unsupported"),
            Self::LinkInvalid => ("BSV-111", "link-invalid"),
            Self::PortalNotOurs => ("BSV-112", "portal-not-ours"),
            Self::OrderUnknown => ("BSV-201", "order-unknown"),
            Self::OrderClosed => ("BSV-202", "order-closed"),
            Self::OrderMovedOn => ("BSV-203", "order-moved-on"),
            Self::FormInvalid { .. } => ("BSV-204", "form-invalid"),
            Self::FormFieldLocked { .. } => ("BSV-205", "form-field-locked"),
            Self::FormChanged => ("BSV-206", "form-changed"),
            Self::CodeMalformed { .. } => ("BSV-301", "code-malformed"),
            Self::CodeWrong { .. } => ("BSV-302", "code-wrong"),
            Self::CodeUsedUp => ("BSV-303", "code-used-up"),
            Self::CodeExpired => ("BSV-304", "code-expired"),
            Self::CodeTooSoon { .. } => ("BSV-305", "code-too-soon"),
            Self::MethodUnavailable => ("BSV-401", "method-unavailable"),
            Self::SignatureUnsupported => ("BSV-402", "signature-unsupported"),
            Self::DocumentAltered => ("BSV-403", "document-altered"),
            Self::DocumentUnknown => ("BSV-404", "document-unknown"),
            Self::ReaderMissing => ("BSV-501", "reader-missing"),
            Self::ReaderNotPermitted => ("BSV-502", "reader-not-permitted"),
            Self::ReaderBusy => ("BSV-503", "reader-busy"),
            Self::ReaderUnsupported => ("BSV-504", "reader-unsupported"),
            Self::ReaderFailed => ("BSV-505", "reader-failed"),
            Self::CardMissing => ("BSV-511", "card-missing"),
            Self::CardLost => ("BSV-512", "card-lost"),
            Self::CardTimeout => ("BSV-513", "card-timeout"),
            Self::CardCancelled => ("BSV-514", "card-cancelled"),
            Self::CardUnsupported => ("BSV-515", "card-unsupported"),
            Self::CardWithoutCertificate => ("BSV-516", "card-without-certificate"),
            Self::CardChanged => ("BSV-517", "card-changed"),
            Self::CardFailed { .. } => ("BSV-518", "card-failed"),
            Self::CardOfAnotherPerson => ("BSV-519", "card-of-another-person"),
            Self::CertificateChoiceNeeded => ("BSV-520", "certificate-choice-needed"),
            Self::PinMalformed { .. } => ("BSV-531", "pin-malformed"),
            Self::PinWrong { tries_left: None } => ("BSV-532", "pin-wrong"),
            Self::PinWrong { tries_left: Some(_) } => ("BSV-532", "pin-wrong-tries"),
            Self::PinBlocked => ("BSV-533", "pin-blocked"),
            Self::PinLastTry => ("BSV-534", "pin-last-try"),
            Self::PinOutcomeUnknown => ("BSV-535", "pin-outcome-unknown"),
            Self::PinNotActivated => ("BSV-536", "pin-not-activated"),
            Self::PinNotAllowedHere => ("BSV-537", "pin-not-allowed-here"),
            Self::CertificateExpired { .. } => ("BSV-601", "certificate-expired"),
            Self::CertificateNotYetValid { .. } => ("BSV-602", "certificate-not-yet-valid"),
            Self::CertificateNotQualified { .. } => ("BSV-603", "certificate-not-qualified"),
            Self::CertificateMalformed => ("BSV-604", "certificate-malformed"),
            Self::SignatureSelfCheckFailed => ("BSV-611", "signature-self-check-failed"),
            Self::SignatureRefused => ("BSV-612", "signature-refused"),
            Self::SignerNotApplicant => ("BSV-613", "signer-not-applicant"),
            Self::CertificateRefused => ("BSV-614", "certificate-refused"),
            Self::TimestampUnavailable => ("BSV-615", "timestamp-unavailable"),
            Self::ClockWrong => ("BSV-616", "clock-wrong"),
            Self::PortalUnreachable => ("BSV-701", "portal-unreachable"),
            Self::PortalTimeout => ("BSV-702", "portal-timeout"),
            Self::PortalUntrusted => ("BSV-703", "portal-untrusted"),
            Self::PortalWrongHost => ("BSV-704", "portal-wrong-host"),
            Self::PortalInsecure => ("BSV-705", "portal-insecure"),
            Self::PortalGarbled => ("BSV-706", "portal-garbled"),
            Self::PortalUnavailable { wait: None } => ("BSV-707", "portal-unavailable"),
            Self::PortalUnavailable { wait: Some(_) } => ("BSV-707", "portal-unavailable-wait"),
            Self::RateLimited { .. } => ("BSV-708", "rate-limited"),
            Self::PortalRefused { .. } => ("BSV-709", "portal-refused"),
            Self::AppOutdated { .. } => ("BSV-710", "app-outdated"),
            Self::AnswerNotExpected => ("BSV-801", "answer-not-expected"),
            Self::ConfigurationInvalid { .. } => ("BSV-802", "configuration-invalid"),
            Self::VaultUnavailable => ("BSV-811", "vault-unavailable"),
            Self::JournalUnreadable => ("BSV-812", "journal-unreadable"),
            Self::JournalTooNew => ("BSV-813", "journal-too-new"),
            Self::JournalBusy => ("BSV-814", "journal-busy"),
            Self::StorageFailed { .. } => ("BSV-815", "storage-failed"),
            Self::Internal { .. } => ("BSV-901", "internal"),
        }
    }

    fn arguments(&self) -> Vec<(&'static str, Owned)> {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "every other variant has nothing to say besides its sentence"
        )]
        match self {
            Self::CredentialsWrong { tries_left } => {
                // The portal tells the number only when it is low; 99 chooses the sentence without one.
                vec![("tries", Owned::Count(tries_left.map_or(99, u64::from)))]
            }
            Self::CodeWrong { tries_left }
            | Self::PinWrong {
                tries_left: Some(tries_left),
            } => {
                vec![("tries", Owned::Count(u64::from(*tries_left)))]
            }
            Self::LockedOut { wait }
            | Self::CodeTooSoon { wait }
            | Self::RateLimited { wait }
            | Self::PortalUnavailable { wait: Some(wait) } => vec![("wait", Owned::Wait(u64::from(*wait)))],
            Self::FormInvalid { fields } => vec![("count", Owned::Count(fields.len() as u64))],
            Self::CodeMalformed { length } => vec![("length", Owned::Count(u64::from(*length)))],
            Self::PinMalformed { min_length, max_length } => {
                vec![("length", Owned::Text(span(*min_length, *max_length)))]
            }
            Self::AppOutdated { version } => vec![("version", Owned::Text(version.clone()))],
            Self::CertificateExpired { since } => vec![("day", Owned::Day(*since))],
            Self::CertificateNotYetValid { from } => vec![("day", Owned::Day(*from))],
            Self::CardFailed { detail }
            | Self::CertificateNotQualified { detail }
            | Self::PortalRefused { detail }
            | Self::ConfigurationInvalid { detail }
            | Self::StorageFailed { detail }
            | Self::Internal { detail } => vec![("detail", Owned::Text(detail.clone()))],
            _ => Vec::new(),
        }
    }
}

/// "6" or "4–8", as a PIN's length is said in both languages.
fn span(least: u8, most: u8) -> String {
    if least == most {
        least.to_string()
    } else {
        format!("{least}–{most}")
    }
}

enum Owned {
    Text(String),
    Count(u64),
    Wait(u64),
    Day(SystemTime),
}

impl Owned {
    fn argument(&self) -> Argument<'_> {
        match self {
            Self::Text(text) => Argument::Text(text),
            Self::Count(count) => Argument::Count(*count),
            Self::Wait(seconds) => Argument::Wait(*seconds),
            Self::Day(moment) => Argument::Day(*moment),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;
    use crate::portal::FieldFault;

    /// One of each sentence.
    fn samples() -> Vec<Failure> {
        let moment = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let detail = || "örnek".to_owned();
        let fields = |fault| {
            vec![FaultyField {
                name: "email".to_owned(),
                fault,
            }]
        };
        use Failure::*;
        vec![
            IdentityInvalid {
                kind: IdentityKind::NationalId,
            },
            IdentityInvalid {
                kind: IdentityKind::Passport,
            },
            SignInIncomplete,
            CaptchaWrong,
            CaptchaExpired,
            CredentialsWrong { tries_left: Some(2) },
            LockedOut { wait: 900 },
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
            CodeMalformed { length: 6 },
            CodeWrong { tries_left: 1 },
            CodeUsedUp,
            CodeExpired,
            CodeTooSoon { wait: 45 },
            MethodUnavailable,
            SignatureUnsupported,
            DocumentAltered,
            DocumentUnknown,
            ReaderMissing,
            ReaderNotPermitted,
            ReaderBusy,
            ReaderUnsupported,
            ReaderFailed,
            CardMissing,
            CardLost,
            CardTimeout,
            CardCancelled,
            CardUnsupported,
            CardWithoutCertificate,
            CardChanged,
            CardFailed { detail: detail() },
            CardOfAnotherPerson,
            CertificateChoiceNeeded,
            PinMalformed {
                min_length: 4,
                max_length: 8,
            },
            PinWrong { tries_left: None },
            PinWrong { tries_left: Some(2) },
            PinBlocked,
            PinLastTry,
            PinOutcomeUnknown,
            PinNotActivated,
            PinNotAllowedHere,
            CertificateExpired { since: moment },
            CertificateNotYetValid { from: moment },
            CertificateNotQualified { detail: detail() },
            CertificateMalformed,
            SignatureSelfCheckFailed,
            SignatureRefused,
            SignerNotApplicant,
            CertificateRefused,
            TimestampUnavailable,
            ClockWrong,
            PortalUnreachable,
            PortalTimeout,
            PortalUntrusted,
            PortalWrongHost,
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
            ConfigurationInvalid { detail: detail() },
            VaultUnavailable,
            JournalUnreadable,
            JournalTooNew,
            JournalBusy,
            StorageFailed { detail: detail() },
            Internal { detail: detail() },
        ]
    }

    #[test]
    fn every_failure_says_in_both_languages_what_happened_and_what_to_do() {
        for failure in samples() {
            let turkish = failure.explain(Language::Turkish);
            let english = failure.explain(Language::English);
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

    #[test]
    fn the_catalogue_is_what_support_has_printed() {
        let mut catalogue = BTreeMap::new();
        for failure in samples() {
            let english = failure.explain(Language::English);
            let (_, message) = failure.entry();
            catalogue.insert((english.code, message), format!("{} {}", english.what, english.next));
        }
        assert_eq!(
            catalogue.len(),
            samples().len(),
            "every sample has a sentence of its own"
        );
        let lines: Vec<String> = catalogue
            .iter()
            .map(|((code, message), sentence)| format!("{code} {message}: {sentence}"))
            .collect();
        insta::assert_snapshot!(lines.join("\n"));
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
                max_length: 8
            })
            .contains("4–8")
        );
        let once = Failure::PinWrong { tries_left: Some(1) }
            .explain(Language::English)
            .what;
        assert_eq!(once, "The PIN is wrong. You have 1 try left.");
    }
}
