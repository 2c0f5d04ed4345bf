//! Whether a certificate was revoked at a moment, as far as signed answers and lists tell.

use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::crl::Crl;
use super::ocsp::{OcspAnswer, Status};
use super::{AlgorithmError, Certificate};

/// How far clocks of authorities and ours may differ.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(300);

/// No more answers, and no more lists, are verified for one certificate.
const MAX_VERIFIED: usize = 10;

/// Answers and lists, wherever they came from: nothing of them is believed before it is verified.
#[derive(Clone, Default)]
pub struct Evidence {
    /// Answers about single certificates.
    pub answers: Vec<OcspAnswer>,
    /// Lists of revoked certificates.
    pub lists: Vec<Crl>,
}

impl Evidence {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty() && self.lists.is_empty()
    }

    /// Adds what others found.
    pub fn extend(&mut self, other: &Self) {
        self.answers.extend(other.answers.iter().cloned());
        self.lists.extend(other.lists.iter().cloned());
    }
}

impl std::fmt::Debug for Evidence {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "Evidence({} answers, {} lists)",
            self.answers.len(),
            self.lists.len()
        )
    }
}

/// Why the state of a certificate is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnknownState {
    /// No answer or list speaks of it.
    NoEvidence,
    /// What speaks of it was made too early, or too late to have been there.
    Outdated,
    /// What speaks of it was not signed by someone who may.
    NotAuthorized,
    /// The responder does not know the certificate.
    NotKnown,
}

/// The state of a certificate at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It was not revoked.
    Good,
    /// It was revoked.
    Revoked {
        /// Since when.
        from: SystemTime,
    },
    /// It is not known.
    Unknown(UnknownState),
}

/// The moments a state is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Moments {
    /// Evidence must speak of this moment: made after it, or good until after it.
    pub covering: SystemTime,
    /// A revocation counts from no later than this moment.
    pub revoked_until: SystemTime,
    /// Evidence cannot have been made after this moment.
    pub known: SystemTime,
}

/// The state of a certificate at a moment.
///
/// Evidence made after the moment, or valid at it, tells; older one does not, since the certificate may have been revoked
/// in between. One proof that it was revoked outweighs any number that it was not.
#[must_use]
pub fn state(certificate: &Certificate, issuer: &Certificate, evidence: &Evidence, moments: Moments) -> State {
    let Moments {
        covering,
        revoked_until,
        known,
    } = moments;
    let mut best = State::Unknown(UnknownState::NoEvidence);
    let mut judge =
        |status: Status, signed: Result<(), AlgorithmError>, made: SystemTime, until: Option<SystemTime>| {
            let verdict = if signed.is_err() {
                State::Unknown(UnknownState::NotAuthorized)
            } else if made > known + CLOCK_TOLERANCE {
                State::Unknown(UnknownState::Outdated)
            } else {
                match status {
                    Status::Revoked { from } if from <= revoked_until => State::Revoked { from },
                    Status::Unknown => State::Unknown(UnknownState::NotKnown),
                    _ if covering > until.unwrap_or(made).max(made) + CLOCK_TOLERANCE => {
                        State::Unknown(UnknownState::Outdated)
                    }
                    Status::Good | Status::Revoked { .. } => State::Good,
                }
            };
            if rank(verdict) > rank(best) {
                best = verdict;
            }
        };
    let statements = evidence
        .answers
        .iter()
        .filter_map(|answer| Some((answer, answer.statement(certificate, issuer)?)));
    for (answer, statement) in statements.take(MAX_VERIFIED) {
        let signed = answer.is_authorized_by(issuer);
        judge(statement.status, signed, statement.this_update, statement.next_update);
    }
    let lists = evidence.lists.iter().filter(|list| list.covers(certificate, issuer));
    for list in lists.take(MAX_VERIFIED) {
        let signed = list.is_signed_by(issuer);
        match list.revoked_from(certificate.serial()) {
            Ok(Some(from)) => judge(Status::Revoked { from }, signed, list.this_update(), list.next_update()),
            Ok(None) => judge(Status::Good, signed, list.this_update(), list.next_update()),
            Err(_) => judge(
                Status::Unknown,
                Err(AlgorithmError::Malformed),
                list.this_update(),
                None,
            ),
        }
    }
    best
}

const fn rank(state: State) -> u8 {
    match state {
        State::Revoked { .. } => 5,
        State::Good => 4,
        State::Unknown(UnknownState::NotKnown) => 3,
        State::Unknown(UnknownState::Outdated) => 2,
        State::Unknown(UnknownState::NotAuthorized) => 1,
        State::Unknown(UnknownState::NoEvidence) => 0,
    }
}
