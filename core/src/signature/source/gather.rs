//! What a verification needs from the network: the state now of every certificate that a signature rests on. Nobody is
//! asked about a certificate that leads to no trusted root.

use std::io::{Read, Seek};

use super::patience::side_by_side;
use super::states::Question;
use super::{Preference, Sources};
use crate::certificate::revocation::{Evidence, State, Unanswered, UnknownState};
use crate::certificate::{Certificate, TrustAnchors};
use crate::der::Element;
use crate::signature::references::parse_certificate_values;
use crate::signature::signed_data::{SignedData, SignerInfo};
use crate::signature::timestamp::Token;
use crate::signature::verify::named_certificate;
use crate::signature::{ContainerFault, asic, form, oid};

/// No more signers and time-stamping authorities are asked about.
const MAX_SUBJECTS: usize = 16;
/// Nor about more certificates in all.
const MAX_ASKED: usize = 64;
/// Where nobody tells of a path, another is tried, up to this number.
const MAX_PATHS: usize = 4;

/// What was gathered about a signature.
#[derive(Debug, Clone, Default)]
pub struct Gathered {
    /// Answers and lists: for [`crate::signature::verify::Verifier::evidence`].
    pub evidence: Evidence,
    /// Issuers between the certificates and trusted roots, which paths may pass through.
    pub issuers: Vec<Certificate>,
    /// What was asked for in vain, and why: for [`crate::signature::verify::Verifier::unanswered`].
    pub unanswered: Vec<Unanswered>,
}

impl Gathered {
    /// Roots that are trusted, with the issuers that were found.
    #[must_use]
    pub fn anchors(&self, trust: &TrustAnchors) -> TrustAnchors {
        trust.clone().and(TrustAnchors::new(self.issuers.clone()))
    }
}

impl Sources<'_> {
    /// Asks about everyone who signed or counter-signed a signature file or made one of its time-stamps, side by side. What
    /// cannot be had is left out.
    pub async fn gather(&self, signature: &[u8]) -> Gathered {
        self.gather_all(&[signature]).await
    }

    /// As [`Self::gather`], for every signature of a container.
    ///
    /// # Errors
    /// [`ContainerFault`] where the container is refused.
    pub async fn gather_container(&self, container: impl Read + Seek) -> Result<Gathered, ContainerFault> {
        let signatures = asic::signatures(container, MAX_SUBJECTS)?;
        let signatures: Vec<&[u8]> = signatures.iter().map(Vec::as_slice).collect();
        Ok(self.gather_all(&signatures).await)
    }

    async fn gather_all(&self, signatures: &[&[u8]]) -> Gathered {
        let mut gathered = Gathered::default();
        let mut known: Vec<Certificate> = Vec::new();
        let mut subjects: Vec<Certificate> = Vec::new();
        for signature in signatures {
            let signature = &*form::octets(signature);
            if let Ok(signed_data) = SignedData::parse(signature) {
                read(&signed_data, &mut subjects, &mut known);
            }
        }
        subjects.truncate(MAX_SUBJECTS);
        let paths = subjects.iter().map(|subject| {
            // Of a certificate that has ended the path is asked about that it had.
            let in_its_time = self.now.min(subject.not_after());
            self.paths_at(subject, &known, in_its_time, MAX_PATHS)
        });
        let paths: Vec<Vec<Vec<Certificate>>> = side_by_side(paths).await.into_iter().flatten().collect();
        // Of each subject the likeliest path; the next one where what was told of that does not suffice.
        let mut asked: Vec<Asked> = Vec::new();
        let mut next: Vec<&[Vec<Certificate>]> = paths.iter().map(Vec::as_slice).collect();
        while !next.is_empty() {
            let current: Vec<&[Certificate]> = next
                .iter()
                .filter_map(|paths| paths.first())
                .map(Vec::as_slice)
                .collect();
            self.ask_all(&current, &mut asked, &mut gathered).await;
            next.retain_mut(|paths| {
                let [path, others @ ..] = *paths else { return false };
                *paths = others;
                !suffices(path, &asked)
            });
        }
        gathered
    }

    /// Asks about every certificate of paths but the roots, each once and side by side.
    async fn ask_all(&self, paths: &[&[Certificate]], asked: &mut Vec<Asked>, gathered: &mut Gathered) {
        let mut questions: Vec<(&Certificate, &Certificate, bool)> = Vec::new();
        for (place, pair) in paths.iter().flat_map(|path| path.windows(2).enumerate()) {
            let [certificate, issuer] = pair else { continue };
            if !issuer.is_self_signed() && !gathered.issuers.contains(issuer) {
                gathered.issuers.push(issuer.clone());
            }
            let is_new = !asked.iter().any(|asked| asked.is_of(certificate, issuer));
            let is_same = |question: &(&Certificate, &Certificate, bool)| {
                question.0 == certificate && question.1.public_key_info() == issuer.public_key_info()
            };
            if is_new && !questions.iter().any(is_same) && asked.len() + questions.len() < MAX_ASKED {
                questions.push((certificate, issuer, place == 0));
            }
        }
        let question = Question {
            covering: self.now,
            revoked_until: self.now,
            preference: Preference::AnswerThenList,
            kept_since: None,
        };
        let answers = questions
            .iter()
            .map(|(certificate, issuer, _)| self.ask(certificate, issuer, question));
        for ((certificate, issuer, is_subject), told) in questions.iter().zip(side_by_side(answers).await) {
            let (state, in_vain) = match told {
                Ok(told) => {
                    gathered.evidence.extend(&told.evidence);
                    (told.state, told.in_vain)
                }
                Err(_) => (State::Unknown(UnknownState::NoEvidence), Vec::new()),
            };
            if let State::Unknown(cause) = state {
                gathered.unanswered.push(Unanswered {
                    certificate: (*certificate).clone(),
                    cause,
                    asked: in_vain,
                });
            }
            asked.push(Asked {
                certificate: (*certificate).clone(),
                issuer: (*issuer).clone(),
                suffices: match state {
                    State::Good => true,
                    State::Revoked { .. } | State::Suspended { .. } => *is_subject,
                    State::Unknown(_) => false,
                },
            });
        }
    }
}

/// Whether no other path is better: the state of each certificate is known, and no authority's was revoked. Where no more is
/// asked, no other is tried.
fn suffices(path: &[Certificate], asked: &[Asked]) -> bool {
    asked.len() >= MAX_ASKED
        || path.windows(2).all(|pair| {
            let known = asked.iter().find(|asked| asked.is_of(&pair[0], &pair[1]));
            known.is_some_and(|asked| asked.suffices)
        })
}

/// A certificate that was asked about, and whether what was told is enough for its path.
struct Asked {
    certificate: Certificate,
    issuer: Certificate,
    suffices: bool,
}

impl Asked {
    fn is_of(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        self.certificate == *certificate && self.issuer.public_key_info() == issuer.public_key_info()
    }
}

/// Reads who signed, who made the time-stamps, and what certificates came along.
fn read(signed_data: &SignedData<'_>, subjects: &mut Vec<Certificate>, known: &mut Vec<Certificate>) {
    let signatories = signed_data.signatories();
    let signers = || {
        signatories
            .iter()
            .filter_map(|signatory| signatory.signer.as_ref().ok())
    };
    let mut common = certificates(signed_data);
    for value in signers().flat_map(|signer| signer.unsigned_values(oid::CERTIFICATE_VALUES)) {
        common.extend(parse_certificate_values(value).unwrap_or_default());
    }
    for signer in signers() {
        add(subjects, signer, &common);
        let tokens = [oid::SIGNATURE_TIMESTAMP, oid::ARCHIVE_TIMESTAMP_V3];
        let tokens = tokens.into_iter().flat_map(|oid| signer.unsigned_values(oid));
        let signed = signer
            .signed_attributes
            .iter()
            .flat_map(|attributes| attributes.of_type(oid::CONTENT_TIMESTAMP));
        for token in tokens.chain(signed.flat_map(|attribute| attribute.values.iter().copied())) {
            let Ok(token) = Token::parse(token) else { continue };
            let mut within = certificates(&token.signed_data);
            within.extend(common.iter().cloned());
            for signer in &token.signed_data.signers {
                add(subjects, signer, &within);
            }
            known.extend(within);
        }
    }
    known.extend(common);
}

/// Adds whoever a signer names.
fn add(subjects: &mut Vec<Certificate>, signer: &SignerInfo<'_>, certificates: &[Certificate]) {
    let named = named_certificate(signer, certificates);
    subjects.extend(named.filter(|certificate| !subjects.contains(certificate)));
}

fn certificates(signed_data: &SignedData<'_>) -> Vec<Certificate> {
    let read = |element: &Element<'_>| Certificate::parse(element.encoded()).ok();
    signed_data.certificates.iter().filter_map(read).collect()
}
