//! Whether a certificate was revoked at a moment, as far as signed answers and lists tell.

use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::Certificate;
use super::crl::{Crl, Extent, ListFault, Reasons};
use super::ocsp::{Disbelief, OcspAnswer, Signatory, Statement, Status};

/// How far clocks of authorities and ours may differ.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(300);

/// No more answers, and no more lists, are verified for one certificate: what nobody signed must not bury what somebody did.
const MAX_VERIFIED: usize = 50;

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

/// Why the state of a certificate is not known. Where there are several reasons, the last of them in this order is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnknownState {
    /// Nobody was asked, and no answer or list speaks of it.
    NoEvidence,
    /// Nobody was reached who could tell.
    Unreachable,
    /// Whoever could tell did not in time.
    TooLate,
    /// The server had nothing but a status.
    HttpStatus {
        /// The status of HTTP.
        status: u16,
    },
    /// What came is larger than what is read.
    TooLarge,
    /// A web page came.
    WebPage,
    /// What came cannot be read.
    Unreadable,
    /// The responder cannot answer now.
    NotNow,
    /// The responder does not answer such questions.
    Refused,
    /// The answer is to another question: it has another nonce.
    OtherQuestion,
    /// The answer or list is about other certificates.
    OtherCertificates,
    /// The list tells of a part alone: of changes, of some reasons, or of what is not read here.
    Partial,
    /// The list has an entry that says something critical which is not read here (RFC 5280, 5.3).
    NotUnderstood,
    /// What speaks of it is signed with an algorithm that is not known.
    UnknownAlgorithm,
    /// What speaks of it is signed with an algorithm or key that is too weak.
    WeakAlgorithm,
    /// What speaks of it was not signed by someone who may.
    NotAuthorized,
    /// The responder's certificate has expired, or was not valid yet.
    ResponderNotValid,
    /// What speaks of it was made after the certificate had ended, when its entry may be gone.
    AfterEnd,
    /// What speaks of it says that it is from the future.
    FromFuture,
    /// The list does not say until when it holds.
    NoNextUpdate,
    /// What speaks of it was made too early.
    Outdated,
    /// The responder does not know the certificate.
    NotKnown,
}

impl UnknownState {
    /// Whether nothing is there that speaks of the certificate.
    pub(crate) const fn is_silence(self) -> bool {
        matches!(self, Self::NoEvidence | Self::OtherCertificates | Self::Partial)
    }
}

impl From<Disbelief> for UnknownState {
    fn from(disbelief: Disbelief) -> Self {
        match disbelief {
            Disbelief::NotEntitled => Self::NotAuthorized,
            Disbelief::NotValid => Self::ResponderNotValid,
            Disbelief::Weak => Self::WeakAlgorithm,
            Disbelief::Unsupported => Self::UnknownAlgorithm,
        }
    }
}

/// Somebody was asked about a certificate, and what came does not tell its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unanswered {
    /// The certificate.
    pub certificate: Certificate,
    /// Why.
    pub cause: UnknownState,
    /// Who was asked.
    pub asked: Vec<InVain>,
}

/// Somebody who was asked in vain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InVain {
    /// The host that was asked.
    pub host: String,
    /// Why it did not tell.
    pub cause: UnknownState,
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
    let mut told = Told::default();
    let statements = evidence
        .answers
        .iter()
        .map(|answer| (answer, answer.statements(certificate, issuer)))
        .filter(|(_, statements)| !statements.is_empty());
    for (answer, statements) in statements.take(MAX_VERIFIED) {
        let believed = believe(answer, issuer, evidence, moments);
        for statement in statements {
            let state = believed.map_or_else(State::Unknown, |()| of_statement(&statement, certificate, moments));
            told.hear(state, statement.this_update);
        }
    }
    // Lists of some reasons each tell together what one list of all would.
    let mut reasons = Reasons::default();
    let mut made = None;
    let lists = evidence
        .lists
        .iter()
        .filter_map(|list| Some((list, list.extent(certificate, issuer)?)));
    let (mut others, mut about): (Vec<_>, Vec<_>) = lists.partition(|(_, extent)| *extent == Extent::Others);
    others.truncate(1);
    about.truncate(MAX_VERIFIED);
    for (list, extent) in others.into_iter().chain(about) {
        let state = of_list(list, extent, certificate, issuer, moments);
        if let (Extent::Reasons(some), Ok(State::Good)) = (extent, state) {
            reasons = reasons.with(some);
            made = Some(made.unwrap_or(list.this_update()).min(list.this_update()));
        }
        let state = match (extent, state) {
            (Extent::Whole, Ok(state)) => state,
            (_, Ok(State::Good)) => State::Unknown(UnknownState::Partial),
            (_, Ok(state)) => state,
            (_, Err(cause)) => State::Unknown(cause),
        };
        told.hear(state, list.this_update());
    }
    if let Some(made) = made.filter(|_| reasons.are_all()) {
        told.hear(State::Good, made);
    }
    told.state
}

/// What was told so far, and when that was made.
struct Told {
    state: State,
    made: SystemTime,
}

impl Default for Told {
    fn default() -> Self {
        Self {
            state: State::Unknown(UnknownState::NoEvidence),
            made: SystemTime::UNIX_EPOCH,
        }
    }
}

impl Told {
    fn hear(&mut self, state: State, made: SystemTime) {
        let in_use = |state| matches!(state, State::Good);
        let counts_more = match (state, self.state) {
            (State::Unknown(new), State::Unknown(known)) => new > known,
            (State::Revoked { from }, State::Revoked { from: known }) => from < known,
            (State::Good | State::Suspended { .. }, State::Good | State::Suspended { .. }) => {
                (made, in_use(self.state)) > (self.made, in_use(state))
            }
            (State::Revoked { .. }, _) | (State::Good | State::Suspended { .. }, State::Unknown(_)) => true,
            (State::Unknown(_) | State::Good | State::Suspended { .. }, _) => false,
        };
        if counts_more {
            (self.state, self.made) = (state, made);
        }
    }
}

/// What a list says of a certificate, whatever it does not say.
fn of_list(
    list: &Crl,
    extent: Extent,
    certificate: &Certificate,
    issuer: &Certificate,
    moments: Moments,
) -> Result<State, UnknownState> {
    match extent {
        Extent::Others => return Err(UnknownState::OtherCertificates),
        Extent::Unknown => return Err(UnknownState::Partial),
        Extent::Whole | Extent::Reasons(_) | Extent::Entries => {}
    }
    list.is_signed_by(issuer).map_err(Disbelief::from)?;
    let status = list.status(certificate.serial()).map_err(|fault| match fault {
        ListFault::Malformed => UnknownState::Unreadable,
        ListFault::CriticalExtension => UnknownState::NotUnderstood,
    })?;
    let statement = Statement {
        status,
        this_update: list.this_update(),
        next_update: list.next_update(),
        produced: None,
        keeps_ended_from: list.keeps_ended_from(),
    };
    Ok(of_statement(&statement, certificate, moments))
}

/// Whether an answer was signed by someone who may. A responder that the issuer has revoked or suspended may not; who tells
/// of that are lists alone, since a responder would tell of itself.
fn believe(
    answer: &OcspAnswer,
    issuer: &Certificate,
    evidence: &Evidence,
    moments: Moments,
) -> Result<(), UnknownState> {
    let Signatory::Responder(responder) = answer.authorized_by(issuer, moments.covering)? else {
        return Ok(());
    };
    let lists = Evidence {
        answers: Vec::new(),
        lists: evidence.lists.clone(),
    };
    match state(responder, issuer, &lists, moments) {
        State::Revoked { .. } | State::Suspended { .. } => Err(UnknownState::NotAuthorized),
        State::Good | State::Unknown(_) => Ok(()),
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
    let latest = known + CLOCK_TOLERANCE;
    let produced = statement.produced.filter(|produced| *produced <= latest);
    let until = statement.next_update.or(produced).unwrap_or(made).max(made);
    let ended = certificate.not_after();
    let tells_of_ended = made <= ended || statement.keeps_ended_from.is_some_and(|from| from <= ended);
    match statement.status {
        _ if made > latest => State::Unknown(UnknownState::FromFuture),
        Status::Revoked { from } if from <= revoked_until => State::Revoked { from },
        Status::Unknown => State::Unknown(UnknownState::NotKnown),
        Status::Good if !tells_of_ended => State::Unknown(UnknownState::AfterEnd),
        Status::Good | Status::Revoked { .. } | Status::Suspended { .. } if covering > until + CLOCK_TOLERANCE => {
            let is_open = statement.next_update.is_none() && statement.produced.is_none();
            State::Unknown(if is_open {
                UnknownState::NoNextUpdate
            } else {
                UnknownState::Outdated
            })
        }
        Status::Suspended { from } if from <= revoked_until => State::Suspended { from },
        Status::Good | Status::Revoked { .. } | Status::Suspended { .. } => State::Good,
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
            believe(&answer, &issuer, &evidence, moments)
        };
        assert_eq!(is_believed(), Ok(()));
        let from = now - Duration::from_secs(3_600);
        services.revoke(services.responding_certificate(), from).unwrap();
        assert_eq!(is_believed(), Err(UnknownState::NotAuthorized));
    }
}
