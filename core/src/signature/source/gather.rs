//! What a verification needs from the network: the state now of every certificate that a signature rests on. Nobody is
//! asked about a certificate that leads to no trusted root.

use std::io::{Read, Seek};

use super::{Preference, Question, Sources};
use crate::certificate::revocation::Evidence;
use crate::certificate::{Certificate, TrustAnchors};
use crate::der::Element;
use crate::signature::references::parse_certificate_values;
use crate::signature::signed_data::{SignedData, SignerInfo};
use crate::signature::timestamp::Token;
use crate::signature::{ContainerFault, asic, form, oid};

/// No more signers and time-stamping authorities are asked about.
const MAX_SUBJECTS: usize = 16;

/// What was gathered about a signature.
#[derive(Debug, Clone, Default)]
pub struct Gathered {
    /// Answers and lists: for [`crate::signature::verify::Verifier::evidence`].
    pub evidence: Evidence,
    /// Issuers between the certificates and trusted roots, which paths may pass through.
    pub issuers: Vec<Certificate>,
}

impl Gathered {
    /// Roots that are trusted, with the issuers that were found.
    #[must_use]
    pub fn anchors(&self, trust: &TrustAnchors) -> TrustAnchors {
        trust.clone().and(TrustAnchors::new(self.issuers.clone()))
    }
}

impl Sources<'_> {
    /// Asks about everyone who signed or counter-signed a signature file or made one of its time-stamps. What cannot be had
    /// is left out.
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
        let mut asked: Vec<Certificate> = Vec::new();
        for subject in subjects {
            // Of a certificate that has ended the path is asked about that it had.
            let in_its_time = self.now.min(subject.not_after());
            let Ok(path) = self.path_at(&subject, &known, in_its_time).await else {
                continue;
            };
            for pair in path.windows(2) {
                let [certificate, issuer] = pair else { continue };
                if asked.contains(certificate) {
                    continue;
                }
                asked.push(certificate.clone());
                let question = Question {
                    covering: self.now,
                    preference: Preference::AnswerThenList,
                    kept_since: None,
                };
                let found = self.asked(certificate, issuer, question).await;
                if let Ok(Some((found, _))) = found {
                    gathered.evidence.extend(&found);
                }
                if !issuer.is_self_signed() && !gathered.issuers.contains(issuer) {
                    gathered.issuers.push(issuer.clone());
                }
            }
        }
        gathered
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
        for token in tokens.into_iter().flat_map(|oid| signer.unsigned_values(oid)) {
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

/// Adds whoever a signer names. Several certificates may fit the name; which of them signed is for the verifier to say.
fn add(subjects: &mut Vec<Certificate>, signer: &SignerInfo<'_>, certificates: &[Certificate]) {
    for certificate in certificates.iter().filter(|certificate| signer.names(certificate)) {
        if !subjects.contains(certificate) {
            subjects.push(certificate.clone());
        }
    }
}

fn certificates(signed_data: &SignedData<'_>) -> Vec<Certificate> {
    let read = |element: &Element<'_>| Certificate::parse(element.encoded()).ok();
    signed_data.certificates.iter().filter_map(read).collect()
}
