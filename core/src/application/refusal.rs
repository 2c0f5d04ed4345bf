//! Where the errors of the parts become the one the person reads, and where the form's values are judged before they are
//! sent.

use std::collections::BTreeMap;

use super::journal::JournalError;
use crate::card::CardError;
use crate::failure::Failure;
use crate::identity::{EmailAddress, MobileNumber};
use crate::portal::{ClientError, FaultyField, Field, FieldFault, FieldKind, Form, Problem, ProblemKind};
use crate::reader::LinkFailure;
use crate::signature::SignatureError;

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Busy => Self::JournalBusy,
            JournalError::TooNew => Self::JournalTooNew,
            JournalError::Unreadable => Self::JournalUnreadable,
            JournalError::Storage(detail) => Self::StorageFailed { detail },
        }
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Configuration(detail) => Self::ConfigurationInvalid {
                detail: detail.to_owned(),
            },
            ClientError::Unreachable => Self::PortalUnreachable,
            ClientError::Timeout => Self::PortalTimeout,
            ClientError::UnknownAuthority => Self::PortalUntrusted,
            ClientError::WrongHost => Self::PortalWrongHost,
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
            ProblemKind::LockedOut => Self::LockedOut {
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
            ProblemKind::DocumentUnknown => Self::DocumentUnknown,
            ProblemKind::SignatureInvalid => Self::SignatureRefused,
            ProblemKind::SignerNotApplicant => Self::SignerNotApplicant,
            ProblemKind::CertificateRefused => Self::CertificateRefused,
            ProblemKind::TimestampUnavailable => Self::TimestampUnavailable,
            ProblemKind::Unavailable => Self::PortalUnavailable { wait },
            ProblemKind::AppOutdated => Self::AppOutdated {
                version: problem.oldest_version.unwrap_or_default(),
            },
            ProblemKind::MalformedRequest
            | ProblemKind::IdempotencyKeyReused
            | ProblemKind::TooLarge
            | ProblemKind::Unknown => Self::PortalRefused {
                detail: format!("HTTP {}", problem.status),
            },
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
            LinkFailure::CancelledByPerson => Self::CardCancelled,
            LinkFailure::Unsupported => Self::ReaderUnsupported,
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
            CardError::WrongPin { tries_left: Some(0) } | CardError::PinBlocked => Self::PinBlocked,
            CardError::WrongPin { tries_left } => Self::PinWrong { tries_left },
            CardError::PinOutcomeUnknown => Self::PinOutcomeUnknown,
            CardError::PinFormat { min_length, max_length } => Self::PinMalformed { min_length, max_length },
            CardError::LastTryNotConfirmed => Self::PinLastTry,
            CardError::PinNotAllowedHere => Self::PinNotAllowedHere,
            CardError::PinNotActivated => Self::PinNotActivated,
            CardError::NotTheSameCard => Self::CardChanged,
            CardError::Status { instruction, status } => Self::CardFailed {
                detail: format!("{instruction:02X}: {status:04X}"),
            },
            CardError::Malformed(detail) | CardError::Unsupported(detail) => Self::CardFailed {
                detail: detail.to_owned(),
            },
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

/// What is wrong with the values of a form, by the same rules the portal has, so that most mistakes are told without
/// asking it.
pub(super) fn faults(form: &Form, draft: &BTreeMap<String, String>) -> Vec<FaultyField> {
    form.fields
        .iter()
        .filter(|field| !field.locked)
        .filter_map(|field| {
            let value = draft.get(&field.name).unwrap_or(&field.value);
            fault(field, value.trim()).map(|fault| FaultyField {
                name: field.name.clone(),
                fault,
            })
        })
        .collect()
}

fn fault(field: &Field, value: &str) -> Option<FieldFault> {
    if value.is_empty() {
        return field.required.then_some(FieldFault::Missing);
    }
    match &field.kind {
        FieldKind::Text { max_length } | FieldKind::Lines { max_length } => {
            (value.chars().count() > *max_length as usize).then_some(FieldFault::TooLong)
        }
        FieldKind::Mobile => MobileNumber::parse(value).is_err().then_some(FieldFault::Malformed),
        FieldKind::Email => EmailAddress::parse(value).is_err().then_some(FieldFault::Malformed),
        FieldKind::Date => {
            let form = time::macros::format_description!("[year]-[month]-[day]");
            time::Date::parse(value, &form)
                .is_err()
                .then_some(FieldFault::Malformed)
        }
        FieldKind::Choice { choices } => {
            (!choices.iter().any(|choice| choice.value == value)).then_some(FieldFault::NotAChoice)
        }
    }
}
