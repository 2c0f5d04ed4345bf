//! Where the errors of the parts become the one the person reads.

use super::journal::JournalError;
use crate::card::CardError;
use crate::certificate::nes::NesFault;
use crate::failure::{CardFault, Failure, QualificationFault, StorageFault};
use crate::portal::{ClientError, FieldFault, Problem, ProblemKind};
use crate::reader::ccid::ConnectFailure;
use crate::reader::{LinkFailure, UnsupportedReason};
use crate::signature::SignatureError;

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Busy => Self::JournalBusy,
            JournalError::TooNew => Self::JournalTooNew,
            JournalError::Unreadable => Self::JournalUnreadable,
            JournalError::Storage { fault, detail } => Self::StorageFailed { fault, detail },
        }
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Configuration { fault, detail } => Self::ConfigurationInvalid {
                fault,
                detail: detail.to_owned(),
            },
            ClientError::Unreachable => Self::PortalUnreachable,
            ClientError::Timeout => Self::PortalTimeout,
            ClientError::Proxy { fault, proxy } => Self::ProxyFailed { fault, proxy },
            ClientError::UnknownAuthority => Self::PortalUntrusted,
            ClientError::WrongHost => Self::PortalWrongHost,
            ClientError::NotCurrent { device } => Self::PortalNotCurrent { device },
            ClientError::Insecure => Self::PortalInsecure,
            ClientError::Garbled => Self::PortalGarbled,
            ClientError::Problem(problem) => (*problem).into(),
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let wait = problem.retry_after;
        match problem.kind {
            ProblemKind::CaptchaWrong => Self::CaptchaWrong,
            ProblemKind::CaptchaExpired => Self::CaptchaExpired,
            ProblemKind::CredentialsWrong => Self::CredentialsWrong {
                tries_left: problem.tries_left,
            },
            ProblemKind::CaptchaNeeded => Self::SignInIncomplete,
            ProblemKind::LockedOut => Self::LockedOut {
                wait: wait.unwrap_or(60),
            },
            ProblemKind::DeviceWaits => Self::DeviceWaits {
                wait: wait.unwrap_or(60),
            },
            ProblemKind::RateLimited => Self::RateLimited {
                wait: wait.unwrap_or(60),
            },
            ProblemKind::SessionOver => Self::SessionOver,
            ProblemKind::OrderUnknown => Self::OrderUnknown,
            ProblemKind::PhaseWrong => Self::OrderMovedOn,
            ProblemKind::FormInvalid => {
                if problem.fields.iter().any(|field| field.fault == FieldFault::Locked) {
                    Self::FormFieldLocked { fields: problem.fields }
                } else {
                    Self::FormInvalid { fields: problem.fields }
                }
            }
            ProblemKind::FormChanged => Self::FormChanged,
            ProblemKind::CodeTooSoon => Self::CodeTooSoon {
                wait: wait.unwrap_or(60),
            },
            ProblemKind::CodeWrong => match problem.tries_left {
                None | Some(0) => Self::CodeUsedUp,
                Some(tries_left) => Self::CodeWrong { tries_left },
            },
            ProblemKind::CodeExpired => Self::CodeExpired,
            ProblemKind::MethodNotAllowed => Self::MethodUnavailable,
            ProblemKind::SignatureInvalid => Self::SignatureRefused,
            ProblemKind::SignerNotApplicant => Self::SignerNotApplicant,
            ProblemKind::HolderNameDiffers => Self::HolderNameDiffers,
            ProblemKind::CertificateStateUnknown => Self::CertificateStateUnknown,
            ProblemKind::CertificateRefused => Self::CertificateRefused,
            ProblemKind::CertificateSuspended => Self::CertificateSuspended,
            ProblemKind::UnblockingUnavailable => Self::UnblockingUnavailable,
            ProblemKind::TimestampUnavailable => Self::TimestampUnavailable,
            ProblemKind::Unavailable => Self::PortalUnavailable { wait },
            ProblemKind::AppOutdated => Self::AppOutdated {
                version: problem.oldest_version.unwrap_or_default(),
            },
            ProblemKind::MalformedRequest
            | ProblemKind::IdempotencyKeyReused
            | ProblemKind::UploadOffsetWrong
            | ProblemKind::TooLarge
            | ProblemKind::Unknown => Self::PortalRefused {
                detail: format!("{:?}, HTTP {}", problem.kind, problem.status),
            },
        }
    }
}

impl From<ConnectFailure> for Failure {
    fn from(failure: ConnectFailure) -> Self {
        match failure {
            ConnectFailure::Link(failure) => failure.into(),
            ConnectFailure::Unsupported(reason) => Self::ReaderUnsupported { reason },
        }
    }
}

impl From<LinkFailure> for Failure {
    fn from(failure: LinkFailure) -> Self {
        match failure {
            LinkFailure::NoReader => Self::ReaderMissing,
            LinkFailure::NoPermission => Self::ReaderNotPermitted,
            LinkFailure::NoCard => Self::CardMissing,
            LinkFailure::CardLost { .. } | LinkFailure::CardReset { .. } => Self::CardLost,
            LinkFailure::Timeout { .. } | LinkFailure::SessionExpired { .. } => Self::CardTimeout,
            LinkFailure::Busy => Self::ReaderBusy,
            LinkFailure::CancelledByPerson { .. } => Self::CardCancelled,
            LinkFailure::Unsupported => Self::ReaderUnsupported {
                reason: UnsupportedReason::Untold,
            },
            LinkFailure::Malformed { .. } | LinkFailure::Unexpected { .. } => Self::ReaderFailed,
        }
    }
}

impl From<CardError> for Failure {
    fn from(error: CardError) -> Self {
        match error {
            CardError::Link(failure) => failure.into(),
            CardError::NotASignatureCard => Self::CardUnsupported,
            CardError::NoSigningKey => Self::CardWithoutCertificate,
            CardError::UnknownKey => NesFault::UnsupportedKey.into(),
            CardError::WrongPin { tries_left: Some(0) } | CardError::PinBlocked => Self::PinBlocked,
            CardError::WrongPin { tries_left } => Self::PinWrong { tries_left },
            CardError::PinOutcomeUnknown => Self::PinOutcomeUnknown,
            CardError::PinFormat {
                min_length,
                max_length,
                numeric,
            } => Self::PinMalformed {
                min_length,
                max_length,
                numeric,
            },
            CardError::NewPinFormat {
                min_length,
                max_length,
                numeric,
            } => Self::NewPinMalformed {
                min_length,
                max_length,
                numeric,
            },
            CardError::NewPinSame => Self::NewPinSame,
            CardError::PinUnchangeable => Self::PinUnchangeable,
            CardError::PinChangeOutcomeUnknown => Self::PinChangeOutcomeUnknown,
            CardError::PukFormat {
                min_length,
                max_length,
                numeric,
            } => Self::PukMalformed {
                min_length,
                max_length,
                numeric,
            },
            CardError::WrongPuk { tries_left } => Self::PukWrong { tries_left },
            CardError::PukBlocked => Self::PukBlocked,
            CardError::LastPukTryNotConfirmed => Self::PukLastTry,
            CardError::PukOutcomeUnknown => Self::PukOutcomeUnknown,
            CardError::PukUnavailable => Self::PukUnavailable,
            CardError::ResetCommandRefused => Self::UnblockingRefused,
            CardError::NotWrittenDown => Self::StorageFailed {
                fault: StorageFault::Other,
                detail: "memory of cards".to_owned(),
            },
            CardError::LastTryNotConfirmed => Self::PinLastTry,
            CardError::PinNotAllowedHere => Self::PinNotAllowedHere,
            CardError::PinNotActivated => Self::PinNotActivated,
            CardError::NotTheSameCard => Self::CardChanged,
            CardError::Status { instruction, status } => Self::CardFailed {
                fault: CardFault::Refused,
                detail: format!("{instruction:02X}: {status:04X}"),
            },
            CardError::Malformed(detail) => Self::CardFailed {
                fault: CardFault::Garbled,
                detail: detail.to_owned(),
            },
            CardError::Unsupported(detail) => Self::CardFailed {
                fault: CardFault::Unsupported,
                detail: detail.to_owned(),
            },
        }
    }
}

/// What keeps a certificate from being a qualified one of a person.
impl From<NesFault> for Failure {
    fn from(fault: NesFault) -> Self {
        let kind = match fault {
            NesFault::Expired { not_after } => return Self::CertificateExpired { since: not_after },
            NesFault::NotYetValid { not_before } => return Self::CertificateNotYetValid { from: not_before },
            NesFault::Authority => QualificationFault::Authority,
            NesFault::Seal => QualificationFault::Seal,
            NesFault::NoNonRepudiation => QualificationFault::NotForSigning,
            NesFault::NotQualified | NesFault::NotTurkishQualified | NesFault::NoUserNotice => {
                QualificationFault::MarkMissing
            }
            NesFault::NoHolderNumber => QualificationFault::NoHolderNumber,
            NesFault::WeakKey => QualificationFault::WeakKey,
            NesFault::UnsupportedKey => QualificationFault::UnknownKey,
        };
        Self::CertificateNotQualified {
            fault: kind,
            detail: fault.to_string(),
        }
    }
}

impl From<SignatureError> for Failure {
    fn from(error: SignatureError) -> Self {
        match error {
            SignatureError::NotByThisKey => Self::SignatureSelfCheckFailed,
            // Names and types of documents were checked when they were fetched, the key when the card was read.
            SignatureError::NoDocument
            | SignatureError::FileName(_)
            | SignatureError::DuplicateFileName(_)
            | SignatureError::MediaType(_)
            | SignatureError::ContentTooLarge { .. }
            | SignatureError::TooManyDocuments { .. }
            | SignatureError::ContainerTooLarge
            | SignatureError::Key
            | SignatureError::Container(_) => Self::Internal {
                detail: "container".to_owned(),
            },
        }
    }
}
