//! Failures in words: the one place that knows which sentence and which code belong to which variant.

use std::time::SystemTime;

use super::{CardFault, ConfigurationFault, Failure, ProxyFault, QualificationFault, StorageFault};
use crate::portal::IdentityKind;
use crate::reader::UnsupportedReason;
use crate::texts::{Argument, Language, catalogue, is_near};

/// A failure in words.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Explanation {
    /// The stable code, `BSV-` and three digits, for support.
    pub code: String,
    /// What happened: one or two sentences.
    pub what: String,
    /// What the person can do next: one or two sentences.
    pub next: String,
    /// The cause in engineers' words, where there is more to know: for the log, never shown.
    pub cause: Option<String>,
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
            cause: self.cause().map(str::to_owned),
        }
    }

    /// The cause in engineers' words.
    fn cause(&self) -> Option<&str> {
        // Every other variant is its own cause.
        let (Self::CardFailed { detail, .. }
        | Self::CertificateNotQualified { detail, .. }
        | Self::PortalRefused { detail }
        | Self::ConfigurationInvalid { detail, .. }
        | Self::StorageFailed { detail, .. }
        | Self::Internal { detail }) = self
        else {
            return None;
        };
        Some(detail)
    }

    /// Code and message of each variant. Codes are never used again for another cause.
    pub(super) fn entry(&self) -> (&'static str, &'static str) {
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
            Self::DeviceWaits { .. } => ("BSV-113", "device-waits"),
            Self::OrderUnknown => ("BSV-201", "order-unknown"),
            Self::OrderClosed => ("BSV-202", "order-closed"),
            Self::OrderMovedOn => ("BSV-203", "order-moved-on"),
            Self::FormInvalid { .. } => ("BSV-204", "form-invalid"),
            Self::FormFieldLocked { .. } => ("BSV-205", "form-field-locked"),
            Self::FormChanged => ("BSV-206", "form-changed"),
            Self::DraftTooLarge => ("BSV-207", "draft-too-large"),
            Self::CodeMalformed { .. } => ("BSV-301", "code-malformed"),
            Self::CodeWrong { .. } => ("BSV-302", "code-wrong"),
            Self::CodeUsedUp => ("BSV-303", "code-used-up"),
            Self::CodeExpired => ("BSV-304", "code-expired"),
            Self::CodeTooSoon { .. } => ("BSV-305", "code-too-soon"),
            Self::NumberNotConfirmed => ("BSV-306", "number-not-confirmed"),
            Self::MethodUnavailable => ("BSV-401", "method-unavailable"),
            Self::SignatureUnsupported => ("BSV-402", "signature-unsupported"),
            Self::DocumentAltered => ("BSV-403", "document-altered"),
            Self::DocumentUnknown => ("BSV-404", "document-unknown"),
            Self::ReaderMissing => ("BSV-501", "reader-missing"),
            Self::ReaderNotPermitted => ("BSV-502", "reader-not-permitted"),
            Self::ReaderBusy => ("BSV-503", "reader-busy"),
            Self::ReaderUnsupported { reason } => match reason {
                UnsupportedReason::Untold => ("BSV-504", "reader-unsupported"),
                UnsupportedReason::CardProtocol => ("BSV-504", "reader-unsupported-card"),
                UnsupportedReason::Token => ("BSV-504", "reader-unsupported-token"),
                UnsupportedReason::Characters => ("BSV-504", "reader-unsupported-characters"),
            },
            Self::ReaderFailed => ("BSV-505", "reader-failed"),
            Self::CardMissing => ("BSV-511", "card-missing"),
            Self::CardLost => ("BSV-512", "card-lost"),
            Self::CardTimeout => ("BSV-513", "card-timeout"),
            Self::CardCancelled => ("BSV-514", "card-cancelled"),
            Self::CardUnsupported => ("BSV-515", "card-unsupported"),
            Self::CardWithoutCertificate => ("BSV-516", "card-without-certificate"),
            Self::CardChanged => ("BSV-517", "card-changed"),
            Self::CardFailed { fault, .. } => match fault {
                CardFault::Refused => ("BSV-518", "card-refused"),
                CardFault::Garbled => ("BSV-518", "card-garbled"),
                CardFault::Unsupported => ("BSV-518", "card-unsupported-way"),
            },
            Self::CardOfAnotherPerson => ("BSV-519", "card-of-another-person"),
            Self::CertificateChoiceNeeded => ("BSV-520", "certificate-choice-needed"),
            Self::PinMalformed { numeric: true, .. } => ("BSV-531", "pin-malformed-digits"),
            Self::PinMalformed { .. } => ("BSV-531", "pin-malformed"),
            Self::PinWrong { tries_left: None } => ("BSV-532", "pin-wrong"),
            Self::PinWrong { tries_left: Some(_) } => ("BSV-532", "pin-wrong-tries"),
            Self::PinBlocked => ("BSV-533", "pin-blocked"),
            Self::PinLastTry => ("BSV-534", "pin-last-try"),
            Self::PinOutcomeUnknown => ("BSV-535", "pin-outcome-unknown"),
            Self::PinNotActivated => ("BSV-536", "pin-not-activated"),
            Self::PinNotAllowedHere => ("BSV-537", "pin-not-allowed-here"),
            Self::NewPinMalformed { numeric: true, .. } => ("BSV-538", "new-pin-malformed-digits"),
            Self::NewPinMalformed { .. } => ("BSV-538", "new-pin-malformed"),
            Self::NewPinSame => ("BSV-539", "new-pin-same"),
            Self::PinChangeOutcomeUnknown => ("BSV-540", "pin-change-outcome-unknown"),
            Self::PinUnchangeable => ("BSV-541", "pin-unchangeable"),
            Self::PukMalformed { numeric: true, .. } => ("BSV-542", "puk-malformed-digits"),
            Self::PukMalformed { .. } => ("BSV-542", "puk-malformed"),
            Self::PukWrong { tries_left: None } => ("BSV-543", "puk-wrong"),
            Self::PukWrong { tries_left: Some(_) } => ("BSV-543", "puk-wrong-tries"),
            Self::PukBlocked => ("BSV-544", "puk-blocked"),
            Self::PukLastTry => ("BSV-545", "puk-last-try"),
            Self::PukOutcomeUnknown => ("BSV-546", "puk-outcome-unknown"),
            Self::PukUnavailable => ("BSV-547", "puk-unavailable"),
            Self::UnblockingRefused => ("BSV-548", "unblocking-refused"),
            Self::PinKept => ("BSV-549", "pin-kept"),
            Self::UnblockingUnavailable => ("BSV-550", "unblocking-unavailable"),
            Self::CertificateExpired { since } if is_near(*since, SystemTime::now()) => {
                ("BSV-601", "certificate-expired-lately")
            }
            Self::CertificateExpired { .. } => ("BSV-601", "certificate-expired"),
            Self::CertificateNotYetValid { from } if is_near(*from, SystemTime::now()) => {
                ("BSV-602", "certificate-valid-soon")
            }
            Self::CertificateNotYetValid { .. } => ("BSV-602", "certificate-not-yet-valid"),
            Self::CertificateNotQualified { fault, .. } => match fault {
                QualificationFault::Authority => ("BSV-603", "certificate-of-authority"),
                QualificationFault::Seal => ("BSV-603", "certificate-seal"),
                QualificationFault::NotForSigning => ("BSV-603", "certificate-not-for-signing"),
                QualificationFault::MarkMissing => ("BSV-603", "certificate-not-qualified"),
                QualificationFault::NoHolderNumber => ("BSV-603", "certificate-without-number"),
                QualificationFault::WeakKey => ("BSV-603", "certificate-weak"),
                QualificationFault::UnknownKey => ("BSV-603", "certificate-unknown-kind"),
            },
            Self::CertificateMalformed => ("BSV-604", "certificate-malformed"),
            Self::SignatureSelfCheckFailed => ("BSV-611", "signature-self-check-failed"),
            Self::SignatureRefused => ("BSV-612", "signature-refused"),
            Self::SignerNotApplicant => ("BSV-613", "signer-not-applicant"),
            Self::CertificateRefused => ("BSV-614", "certificate-refused"),
            Self::TimestampUnavailable => ("BSV-615", "timestamp-unavailable"),
            Self::ClockWrong => ("BSV-616", "clock-wrong"),
            Self::DeviceClockWrong { .. } => ("BSV-617", "device-clock-wrong"),
            Self::CertificateSuspended => ("BSV-618", "certificate-suspended"),
            Self::HolderNameDiffers => ("BSV-619", "holder-name-differs"),
            Self::CertificateStateUnknown => ("BSV-620", "certificate-state-unknown"),
            Self::PortalUnreachable => ("BSV-701", "portal-unreachable"),
            Self::PortalTimeout => ("BSV-702", "portal-timeout"),
            Self::ProxyFailed { fault, .. } => match fault {
                ProxyFault::Unreachable => ("BSV-712", "proxy-unreachable"),
                ProxyFault::Refused => ("BSV-712", "proxy-refused"),
                ProxyFault::PasswordNeeded => ("BSV-712", "proxy-password-needed"),
                ProxyFault::Silent => ("BSV-712", "proxy-silent"),
            },
            Self::PortalUntrusted => ("BSV-703", "portal-untrusted"),
            Self::PortalWrongHost => ("BSV-704", "portal-wrong-host"),
            Self::PortalInsecure => ("BSV-705", "portal-insecure"),
            Self::PortalGarbled => ("BSV-706", "portal-garbled"),
            Self::PortalUnavailable { wait: None } => ("BSV-707", "portal-unavailable"),
            Self::PortalUnavailable { wait: Some(_) } => ("BSV-707", "portal-unavailable-wait"),
            Self::RateLimited { .. } => ("BSV-708", "rate-limited"),
            Self::PortalRefused { .. } => ("BSV-709", "portal-refused"),
            Self::AppOutdated { .. } => ("BSV-710", "app-outdated"),
            Self::PortalNotCurrent { .. } => ("BSV-711", "portal-not-current"),
            Self::AnswerNotExpected => ("BSV-801", "answer-not-expected"),
            Self::ConfigurationInvalid { fault, .. } => match fault {
                ConfigurationFault::Address => ("BSV-802", "configuration-address"),
                ConfigurationFault::Roots => ("BSV-802", "configuration-roots"),
                ConfigurationFault::Folder => ("BSV-802", "configuration-folder"),
                ConfigurationFault::ReturnAddress => ("BSV-802", "configuration-return-address"),
                ConfigurationFault::Connection => ("BSV-802", "configuration-connection"),
            },
            Self::TextUnreadable => ("BSV-803", "text-unreadable"),
            Self::Cancelled => ("BSV-805", "cancelled"),
            Self::VaultUnavailable => ("BSV-811", "vault-unavailable"),
            Self::JournalUnreadable => ("BSV-812", "journal-unreadable"),
            Self::JournalTooNew => ("BSV-813", "journal-too-new"),
            Self::JournalBusy => ("BSV-814", "journal-busy"),
            Self::StorageFailed { fault, .. } => match fault {
                StorageFault::DiskFull => ("BSV-815", "storage-full"),
                StorageFault::FolderMissing => ("BSV-815", "storage-missing"),
                StorageFault::NotPermitted => ("BSV-815", "storage-not-permitted"),
                StorageFault::ReadOnly => ("BSV-815", "storage-read-only"),
                StorageFault::DeviceFailed => ("BSV-815", "storage-device-failed"),
                StorageFault::Other => ("BSV-815", "storage-failed"),
            },
            Self::AnotherPortal { .. } => ("BSV-816", "another-portal"),
            Self::SubmissionUnderWay => ("BSV-817", "submission-under-way"),
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
            }
            | Self::PukWrong {
                tries_left: Some(tries_left),
            } => {
                vec![("tries", Owned::Count(u64::from(*tries_left)))]
            }
            Self::LockedOut { wait }
            | Self::DeviceWaits { wait }
            | Self::CodeTooSoon { wait }
            | Self::RateLimited { wait }
            | Self::PortalUnavailable { wait: Some(wait) } => vec![("wait", Owned::Wait(u64::from(*wait)))],
            Self::FormInvalid { fields } => vec![("count", Owned::Count(fields.len() as u64))],
            Self::CodeMalformed { length } => vec![("length", Owned::Count(u64::from(*length)))],
            Self::PinMalformed {
                min_length, max_length, ..
            }
            | Self::NewPinMalformed {
                min_length, max_length, ..
            }
            | Self::PukMalformed {
                min_length, max_length, ..
            } => vec![("length", Owned::Text(span(*min_length, *max_length)))],
            Self::DeviceClockWrong { device, portal } => {
                vec![("device", Owned::Moment(*device)), ("portal", Owned::Moment(*portal))]
            }
            Self::PortalNotCurrent { device } => vec![("device", Owned::Moment(*device))],
            Self::AppOutdated { version } => vec![("version", Owned::Text(version.clone()))],
            Self::ProxyFailed { proxy, .. } => vec![("proxy", Owned::Text(proxy.clone()))],
            Self::AnotherPortal { portal } => vec![("portal", Owned::Text(portal.clone()))],
            Self::CertificateExpired { since: moment } | Self::CertificateNotYetValid { from: moment } => {
                vec![("day", Owned::Day(*moment)), ("moment", Owned::Second(*moment))]
            }
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
    Moment(SystemTime),
    Second(SystemTime),
}

impl Owned {
    fn argument(&self) -> Argument<'_> {
        match self {
            Self::Text(text) => Argument::Text(text),
            Self::Count(count) => Argument::Count(*count),
            Self::Wait(seconds) => Argument::Wait(*seconds),
            Self::Day(moment) => Argument::Day(*moment),
            Self::Moment(moment) => Argument::Moment(*moment),
            Self::Second(moment) => Argument::Second(*moment),
        }
    }
}
