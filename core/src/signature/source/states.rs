//! Whom the state of a certificate is asked of, and what is made of what comes: an answer that does not tell is told of with its
//! own reason.

use std::time::SystemTime;

use super::patience::side_by_side;
use super::{FetchError, FetchRequest, MAX_LIST_SIZE, Preference, Proving, SourceError, Sources, host, random};
use crate::certificate::crl::Crl;
use crate::certificate::ocsp::{self, OcspAnswer, Refusal};
use crate::certificate::revocation::{self, Evidence, InVain, Moments, State, UnknownState};
use crate::certificate::{Certificate, published};

/// What the state of a certificate must be known of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question {
    /// What is told must hold for this moment.
    pub(super) covering: SystemTime,
    /// A revocation from after this moment does not count.
    pub(super) revoked_until: SystemTime,
    pub(super) preference: Preference,
    /// Lists that were kept from before this moment do not do; any does where there is none.
    pub(super) kept_since: Option<SystemTime>,
}

/// What was told: nothing tells where the state is not known.
pub(super) struct Told {
    pub(super) state: State,
    pub(super) evidence: Evidence,
    /// Who was asked in vain, and why.
    pub(super) in_vain: Vec<InVain>,
}

impl Sources<'_> {
    /// The proof that no certificate of a path but the root was revoked when what it signed existed. A list that was kept
    /// from before the moment to be covered is none, also where it is good until after it: what was revoked in between may
    /// stand in a newer one.
    ///
    /// # Errors
    /// [`SourceError::Revoked`], [`SourceError::Suspended`], [`SourceError::NoState`]
    pub async fn evidence(
        &self,
        path: &[Certificate],
        proving: Proving,
        preference: Preference,
    ) -> Result<Evidence, SourceError> {
        let pairs = path.windows(2).enumerate();
        let asked = pairs.map(|(index, pair)| async move {
            // The stricter wish concerns the signer's certificate; authorities may be told of either way.
            let is_authority_asked = index > 0 && preference == Preference::AnswerAlone;
            let question = Question {
                covering: proving.covering,
                revoked_until: proving.existed,
                preference: if is_authority_asked {
                    Preference::AnswerThenList
                } else {
                    preference
                },
                kept_since: Some(proving.covering),
            };
            self.ask(&pair[0], &pair[1], question).await
        });
        let mut all = Evidence::default();
        for told in side_by_side(asked).await {
            let told = told?;
            match told.state {
                State::Good => all.extend(&told.evidence),
                State::Revoked { from } => return Err(SourceError::Revoked { from }),
                State::Suspended { from } => return Err(SourceError::Suspended { from }),
                State::Unknown(_) => return Err(SourceError::NoState),
            }
        }
        Ok(all)
    }

    /// Asks for the state of a certificate until an answer or list tells it.
    pub(super) async fn ask(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        question: Question,
    ) -> Result<Told, SourceError> {
        let moments = Moments {
            covering: question.covering,
            revoked_until: question.revoked_until,
            known: self.now,
        };
        let state = |evidence: &Evidence| revocation::state(certificate, issuer, evidence, moments);
        let mut asked = Asked::default();
        if question.preference != Preference::ListAlone {
            for url in certificate.ocsp_addresses() {
                match self.answer(certificate, issuer, url.clone()).await? {
                    Ok(answer) => {
                        let evidence = Evidence {
                            answers: vec![answer],
                            lists: Vec::new(),
                        };
                        match state(&evidence) {
                            State::Unknown(why) => asked.note(&url, why),
                            state @ (State::Good | State::Revoked { .. } | State::Suspended { .. }) => {
                                return Ok(asked.told(state, evidence));
                            }
                        }
                    }
                    Err(why) => asked.note(&url, why),
                }
            }
        }
        if question.preference != Preference::AnswerAlone {
            let of = |lists: Vec<Crl>| Evidence {
                answers: Vec::new(),
                lists,
            };
            let mut parts = Vec::new();
            for url in certificate.crl_addresses() {
                let read = |octets: &[u8]| {
                    let list = published::list(octets).ok_or_else(|| unread(octets))?;
                    let evidence = of(vec![list.clone()]);
                    match state(&evidence) {
                        // Together with others it may tell.
                        State::Unknown(UnknownState::Partial) => Ok((list, State::Unknown(UnknownState::Partial))),
                        State::Unknown(why) => Err(why),
                        state @ (State::Good | State::Revoked { .. } | State::Suspended { .. }) => Ok((list, state)),
                    }
                };
                match self.get(url.clone(), MAX_LIST_SIZE, question.kept_since, read).await {
                    Ok((list, State::Unknown(why))) => {
                        asked.note(&url, why);
                        parts.push(list);
                        let evidence = of(parts.clone());
                        let state = state(&evidence);
                        if !matches!(state, State::Unknown(_)) {
                            return Ok(asked.told(state, evidence));
                        }
                    }
                    Ok((list, state)) => {
                        let evidence = of(vec![list]);
                        return Ok(asked.told(state, evidence));
                    }
                    Err(why) => asked.note(&url, why),
                }
            }
        }
        let state = State::Unknown(asked.cause);
        Ok(asked.told(state, Evidence::default()))
    }

    /// The answer of a responder to a question about a certificate.
    async fn answer(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        url: String,
    ) -> Result<Result<OcspAnswer, UnknownState>, SourceError> {
        let nonce = random()?;
        let request = FetchRequest {
            url,
            body: Some((ocsp::REQUEST_MEDIA_TYPE, ocsp::request(certificate, issuer, nonce))),
            headers: Vec::new(),
            size_limit: 1 << 18,
        };
        let octets = match self.fetch.fetch(request).await {
            Ok(octets) => octets,
            Err(error) => return Ok(Err(error.into())),
        };
        Ok(match OcspAnswer::parse(&octets) {
            Ok(answer) if !answer.suits_nonce(nonce) => Err(UnknownState::OtherQuestion),
            Ok(answer) if !answer.is_about(certificate, issuer) => Err(UnknownState::OtherCertificates),
            Ok(answer) => Ok(answer),
            Err(_) => Err(match ocsp::refusal(&octets) {
                Some(Refusal::NotNow) => UnknownState::NotNow,
                Some(Refusal::NotAtAll) => UnknownState::Refused,
                None => unread(&octets),
            }),
        })
    }

    /// What is read from an address: from the answer that was kept, where it was asked for no earlier than `kept_since` and
    /// something can be read from it, and from a new one otherwise.
    pub(super) async fn get<T>(
        &self,
        url: String,
        size_limit: u64,
        kept_since: Option<SystemTime>,
        read: impl Fn(&[u8]) -> Result<T, UnknownState>,
    ) -> Result<T, UnknownState> {
        let request = FetchRequest {
            url,
            body: None,
            headers: Vec::new(),
            size_limit,
        };
        let kept = self.fetch.kept(&request);
        let kept = kept.filter(|kept| kept_since.is_none_or(|since| kept.asked_at >= since));
        if let Some(Ok(found)) = kept.map(|kept| read(&kept.octets)) {
            return Ok(found);
        }
        read(&self.fetch.fetch(request).await?)
    }
}

/// Who was asked so far and did not tell.
struct Asked {
    cause: UnknownState,
    in_vain: Vec<InVain>,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            cause: UnknownState::NoEvidence,
            in_vain: Vec::new(),
        }
    }
}

impl Asked {
    fn note(&mut self, url: &str, cause: UnknownState) {
        self.cause = self.cause.max(cause);
        let host = host(url).filter(|_| cause != UnknownState::NoEvidence);
        let in_vain = host.map(|host| InVain { host, cause });
        self.in_vain
            .extend(in_vain.filter(|found| !self.in_vain.contains(found)));
    }

    fn told(self, state: State, evidence: Evidence) -> Told {
        Told {
            state,
            evidence,
            in_vain: self.in_vain,
        }
    }
}

impl From<FetchError> for UnknownState {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Status(status) => Self::HttpStatus { status },
            FetchError::TooLarge => Self::TooLarge,
            FetchError::TooLate => Self::TooLate,
            FetchError::NotAsked => Self::NoEvidence,
            FetchError::Failed(_) => Self::Unreachable,
        }
    }
}

/// What octets are that are neither an answer nor a list: sign-in pages of hotels, and pages of errors that say 200.
fn unread(octets: &[u8]) -> UnknownState {
    let octets = octets.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(octets);
    if octets.trim_ascii_start().starts_with(b"<") {
        UnknownState::WebPage
    } else {
        UnknownState::Unreadable
    }
}
