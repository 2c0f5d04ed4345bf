//! Whether a certificate was revoked at a moment, as far as signed answers and lists tell.

use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::Certificate;
use super::crl::Crl;
use super::ocsp::{OcspAnswer, Signatory, Statement, Status};

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
    /// It was suspended (certificateHold, RFC 5280, 5.3.1): it may be good again.
    Suspended {
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
/// in between. Nor does evidence that was made when the certificate had ended, unless it says that it still tells of such
/// (RFC 5280, 3.3: an entry may be removed then). One proof that it was revoked outweighs any number that it was not. A
/// suspension ends: of a good state and a suspension the one told of later counts.
#[must_use]
pub fn state(certificate: &Certificate, issuer: &Certificate, evidence: &Evidence, moments: Moments) -> State {
    let mut best = State::Unknown(UnknownState::NoEvidence);
    let mut best_made = SystemTime::UNIX_EPOCH;
    let mut judge = |is_authorized: bool, statement: Statement| {
        let verdict = if is_authorized {
            of_statement(&statement, certificate, moments)
        } else {
            State::Unknown(UnknownState::NotAuthorized)
        };
        let made = statement.this_update;
        let in_use = |state| matches!(state, State::Good);
        let is_newer = rank(verdict) == rank(State::Good)
            && rank(best) == rank(verdict)
            && (made, in_use(best)) > (best_made, in_use(verdict));
        if rank(verdict) > rank(best) || is_newer {
            (best, best_made) = (verdict, made);
        }
    };
    let statements = evidence
        .answers
        .iter()
        .filter_map(|answer| Some((answer, answer.statement(certificate, issuer)?)));
    for (answer, statement) in statements.take(MAX_VERIFIED) {
        judge(is_authorized(answer, issuer, evidence, moments), statement);
    }
    let lists = evidence.lists.iter().filter(|list| list.covers(certificate, issuer));
    for list in lists.take(MAX_VERIFIED) {
        let (status, is_read) = match list.status(certificate.serial()) {
            Ok(status) => (status, true),
            Err(_) => (Status::Unknown, false),
        };
        let statement = Statement {
            status,
            this_update: list.this_update(),
            next_update: list.next_update(),
            keeps_ended_from: list.keeps_ended_from(),
        };
        judge(is_read && list.is_signed_by(issuer).is_ok(), statement);
    }
    best
}

/// Whether an answer was signed by someone who may. A responder that the issuer has revoked or suspended may not; who tells of that are
/// lists alone, since a responder would tell of itself.
fn is_authorized(answer: &OcspAnswer, issuer: &Certificate, evidence: &Evidence, moments: Moments) -> bool {
    match answer.authorized_by(issuer, moments.covering) {
        Ok(Signatory::Issuer) => true,
        Ok(Signatory::Responder(responder)) => {
            let lists = Evidence {
                answers: Vec::new(),
                lists: evidence.lists.clone(),
            };
            !matches!(
                state(responder, issuer, &lists, moments),
                State::Revoked { .. } | State::Suspended { .. }
            )
        }
        Err(_) => false,
    }
}

/// What a statement by someone who may tell says of a certificate.
fn of_statement(statement: &Statement, certificate: &Certificate, moments: Moments) -> State {
    let Moments {
        covering,
        revoked_until,
        known,
    } = moments;
    let made = statement.this_update;
    let until = statement.next_update.unwrap_or(made).max(made);
    let ended = certificate.not_after();
    let tells_of_ended = made <= ended || statement.keeps_ended_from.is_some_and(|from| from <= ended);
    match statement.status {
        _ if made > known + CLOCK_TOLERANCE => State::Unknown(UnknownState::Outdated),
        Status::Revoked { from } if from <= revoked_until => State::Revoked { from },
        Status::Unknown => State::Unknown(UnknownState::NotKnown),
        Status::Good if !tells_of_ended => State::Unknown(UnknownState::Outdated),
        Status::Good | Status::Revoked { .. } | Status::Suspended { .. } if covering > until + CLOCK_TOLERANCE => {
            State::Unknown(UnknownState::Outdated)
        }
        Status::Suspended { from } if from <= revoked_until => State::Suspended { from },
        Status::Good | Status::Revoked { .. } | Status::Suspended { .. } => State::Good,
    }
}

const fn rank(state: State) -> u8 {
    match state {
        State::Revoked { .. } => 5,
        State::Good | State::Suspended { .. } => 4,
        State::Unknown(UnknownState::NotKnown) => 3,
        State::Unknown(UnknownState::Outdated) => 2,
        State::Unknown(UnknownState::NotAuthorized) => 1,
        State::Unknown(UnknownState::NoEvidence) => 0,
    }
}

#[cfg(test)]
mod tests {
    use basvuru_test_pki::{Authority, CaOptions, Holder, IssueOptions, KeyKind, ServiceOptions, Services};

    use super::super::ocsp;
    use super::*;

    #[test]
    fn a_suspension_ends_with_what_tells_of_a_good_state_later_and_a_revocation_does_not() {
        let now = SystemTime::now();
        let day = Duration::from_secs(86_400);
        let authority = Authority::with_options(&CaOptions::default().with_services()).unwrap();
        let holder = Holder::new("Ayşe", "Yılmaz", "10000000146");
        let issued = authority
            .issue(&holder, KeyKind::P256, &IssueOptions::default())
            .unwrap();
        let certificate = Certificate::parse(&issued.certificate_der).unwrap();
        let issuer = Certificate::parse(authority.issuing_der()).unwrap();
        let services = Services::new(authority, ServiceOptions::default()).unwrap();
        let from = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let list = |made| Crl::parse(&services.respond("/issuing.crl", &[], made).unwrap().unwrap()).unwrap();
        let hour_ago = now - Duration::from_secs(3_600);
        let good_before = list(hour_ago - Duration::from_secs(60));
        services.suspend(&issued.certificate_der, from).unwrap();
        let (held, held_long_ago) = (list(hour_ago), list(now - 3 * day));
        services.reinstate(&issued.certificate_der).unwrap();
        let lifted = list(now - Duration::from_secs(60));
        services.revoke(&issued.certificate_der, from).unwrap();
        let revoked = list(hour_ago);
        let moments = Moments {
            covering: now,
            revoked_until: now,
            known: now,
        };
        let judge = |lists: &[&Crl]| {
            let evidence = Evidence {
                answers: Vec::new(),
                lists: lists.iter().map(|list| (*list).clone()).collect(),
            };
            state(&certificate, &issuer, &evidence, moments)
        };
        assert_eq!(judge(&[&held]), State::Suspended { from });
        assert_eq!(judge(&[&held, &good_before]), State::Suspended { from });
        assert_eq!(judge(&[&good_before, &held]), State::Suspended { from });
        assert_eq!(judge(&[&held, &lifted]), State::Good);
        assert_eq!(judge(&[&lifted, &held]), State::Good);
        assert_eq!(judge(&[&revoked, &held, &lifted]), State::Revoked { from });
        // It may have been lifted since.
        assert_eq!(judge(&[&held_long_ago]), State::Unknown(UnknownState::Outdated));
        let before = Moments {
            revoked_until: from - day,
            ..moments
        };
        let evidence = Evidence {
            answers: Vec::new(),
            lists: vec![held],
        };
        assert_eq!(state(&certificate, &issuer, &evidence, before), State::Good);
    }

    #[test]
    fn a_responder_that_a_list_tells_was_revoked_is_not_believed() {
        let now = SystemTime::now();
        let authority = Authority::with_options(&CaOptions::default().with_services()).unwrap();
        let holder = Holder::new("Ayşe", "Yılmaz", "10000000146");
        let issued = authority
            .issue(&holder, KeyKind::P256, &IssueOptions::default())
            .unwrap();
        let certificate = Certificate::parse(&issued.certificate_der).unwrap();
        let issuer = Certificate::parse(authority.issuing_der()).unwrap();
        let services = Services::new(authority, ServiceOptions::default()).unwrap();
        let respond = |path, question: &[u8]| services.respond(path, question, now).unwrap().unwrap();
        let answer = OcspAnswer::parse(&respond("/ocsp", &ocsp::request(&certificate, &issuer, [7; 16]))).unwrap();
        let moments = Moments {
            covering: now,
            revoked_until: now,
            known: now,
        };
        let is_believed = || {
            let evidence = Evidence {
                answers: vec![answer.clone()],
                lists: vec![Crl::parse(&respond("/issuing.crl", &[])).unwrap()],
            };
            is_authorized(&answer, &issuer, &evidence, moments)
        };
        assert!(is_believed());
        let from = now - Duration::from_secs(3_600);
        services.revoke(services.responding_certificate(), from).unwrap();
        assert!(!is_believed());
    }
}
