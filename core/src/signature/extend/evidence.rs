//! What has to come along so that a signature is verified without asking anybody: for the signer and for every time-stamp,
//! the certificates of the path and what tells that none of them was revoked. The moments are those the verifier judges at,
//! which goes back in time from now (ETSI EN 319 102-1, 5.6.2.4).

use std::time::SystemTime;

use super::{ExtendError, Extending};
use crate::certificate::revocation::{self, Evidence, Moments, State};
use crate::certificate::{Certificate, path};
use crate::der::{Element, context, object_identifier};
use crate::signature::oid;
use crate::signature::revocations::read_revocations;
use crate::signature::signed_data::{Additions, SignerInfo};
use crate::signature::source::{Preference, Proving, SourceError, Sources, side_by_side};
use crate::signature::timestamp::Token;

/// Somebody whose certificate is needed, and the moments it is judged at.
pub(super) struct Subject {
    certificate: Certificate,
    /// Certificates that may lead to a root.
    known: Vec<Certificate>,
    proving: Proving,
    /// Whether an archive time-stamp is over what was signed: then what proves it may have come along already, and those
    /// who told it may be gone.
    is_archived: bool,
}

/// Everyone the signature rests on: who made its time-stamps, and the signer.
pub(super) fn subjects(extending: &Extending<'_>, now: SystemTime) -> Result<Vec<Subject>, ExtendError> {
    let mut subjects = timestamps(extending, now)?;
    subjects.push(Subject {
        certificate: extending.certificate()?,
        known: extending.certificates(),
        proving: Proving::at(extending.proven()?),
        is_archived: extending.has(oid::ARCHIVE_TIMESTAMP_V3),
    });
    Ok(subjects)
}

/// Who made the time-stamps, the newest first: each is proven by the one before it, and the newest by nothing but that it
/// holds now.
pub(super) fn timestamps(extending: &Extending<'_>, now: SystemTime) -> Result<Vec<Subject>, ExtendError> {
    let read = |kind| -> Result<Vec<Token<'_>>, ExtendError> {
        let tokens = extending.signer().unsigned_values(kind).map(Token::parse);
        tokens.collect::<Result<_, _>>().map_err(|_| ExtendError::Malformed)
    };
    let mut archives = read(oid::ARCHIVE_TIMESTAMP_V3)?;
    archives.sort_by_key(|token| std::cmp::Reverse(token.info.time));
    let mut subjects = Vec::new();
    let mut existed = now;
    for (index, token) in archives.iter().enumerate() {
        subjects.push(authority(extending, token, existed, index > 0)?);
        existed = token.info.time;
    }
    for token in read(oid::SIGNATURE_TIMESTAMP)? {
        subjects.push(authority(extending, &token, existed, !archives.is_empty())?);
    }
    Ok(subjects)
}

/// Who made a time-stamp that is known to have existed at a moment.
fn authority(
    extending: &Extending<'_>,
    token: &Token<'_>,
    existed: SystemTime,
    is_archived: bool,
) -> Result<Subject, ExtendError> {
    let mut known = extending.certificates();
    let read = |element: &Element<'_>| Certificate::parse(element.encoded()).ok();
    known.extend(token.signed_data.certificates.iter().filter_map(read));
    let signer: &SignerInfo<'_> = token.signed_data.signers.first().ok_or(ExtendError::Malformed)?;
    let certificate = known.iter().find(|certificate| signer.names(certificate));
    Ok(Subject {
        certificate: certificate.ok_or(ExtendError::Malformed)?.clone(),
        known,
        proving: Proving {
            existed,
            covering: token.info.time,
        },
        is_archived,
    })
}

/// Collects what is needed for each, as parts of the root SignedData.
pub(super) async fn collect(
    extending: &Extending<'_>,
    subjects: Vec<Subject>,
    sources: &Sources<'_>,
) -> Result<Additions, ExtendError> {
    let present = extending.certificates();
    let embedded = read_revocations(&extending.signed_data, &mut Vec::new());
    let is_needed = |subject: &Subject| !(subject.is_archived && tells_all(&present, &embedded, subject, sources));
    let asked = subjects.into_iter().filter(is_needed).map(|subject| async move {
        let Subject {
            certificate,
            known,
            proving,
            ..
        } = subject;
        let path = sources.path_at(&certificate, &known, proving.existed).await;
        let path = path.map_err(SourceError::Path)?;
        let evidence = sources.evidence(&path, proving, Preference::AnswerThenList).await?;
        Ok::<_, SourceError>((path, evidence))
    });
    let mut additions = Additions::default();
    for found in side_by_side(asked).await {
        let (path, evidence) = found?;
        additions
            .certificates
            .extend(path.iter().map(|certificate| certificate.der().to_vec()));
        additions
            .revocations
            .extend(evidence.lists.iter().map(|list| list.der().to_vec()));
        additions.revocations.extend(
            evidence
                .answers
                .iter()
                .map(|answer| context(1, &[&object_identifier(oid::OCSP_RESPONSE), &answer.response_der()])),
        );
    }
    Ok(additions)
}

/// Whether the file brings along all that is needed for somebody.
fn tells_all(present: &[Certificate], embedded: &Evidence, subject: &Subject, sources: &Sources<'_>) -> bool {
    let Proving { existed, covering } = subject.proving;
    let Ok(path) = path::build(&subject.certificate, present, sources.trust, existed) else {
        return false;
    };
    let moments = Moments {
        covering,
        revoked_until: existed,
        known: sources.now,
    };
    path.windows(2)
        .all(|pair| revocation::state(&pair[0], &pair[1], embedded, moments) == State::Good)
        && path.iter().all(|certificate| present.contains(certificate))
}
