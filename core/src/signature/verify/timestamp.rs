//! Time-stamps: what they are over, who made them, and whether they still prove a time.

use std::time::SystemTime;

use super::cryptography::{Judgement, Purpose};
use super::{ContentDigests, Context, read_certificates, read_revocations};
use crate::certificate::path;
use crate::certificate::revocation::Moments;
use crate::der::Element;
use crate::digest::{Digest, DigestAlgorithm};
use crate::signature::report::{Finding, TimestampKind, TimestampReport};
use crate::signature::timestamp::Token;

/// The time a token claims, for sorting.
pub(super) fn time_of(token: Element<'_>) -> Option<SystemTime> {
    Token::parse(token).ok().map(|token| token.info.time)
}

/// Judges a token that is known to have existed at `known`. `imprint` gives what it must be over, under the algorithm it
/// chose; nothing where that cannot be told.
pub(super) fn judge(
    token: Element<'_>,
    kind: TimestampKind,
    imprint: &dyn Fn(DigestAlgorithm) -> Option<Digest>,
    context: &Context<'_>,
    known: SystemTime,
) -> TimestampReport {
    let Ok(token) = Token::parse(token) else {
        return TimestampReport::malformed(kind);
    };
    let mut judgement = Judgement::new(Vec::new());
    match &token.info.imprint {
        None => judgement.note(Finding::AlgorithmWeak),
        Some(found) => match imprint(found.algorithm) {
            Some(expected) if expected == *found => {}
            Some(_) => judgement.note(Finding::ContentChanged),
            None => judgement.note(Finding::ContentMissing),
        },
    }
    // What it brings along itself is as good as what the file does.
    let mut certificates = read_certificates(&token.signed_data, &mut judgement.findings);
    certificates.extend(context.certificates.iter().cloned());
    let mut embedded = read_revocations(&token.signed_data, &mut judgement.findings);
    embedded.extend(&context.embedded);
    let context = &Context {
        certificates,
        embedded,
        ..context.clone()
    };
    let [signer] = &token.signed_data.signers[..] else {
        judgement.note(Finding::SignatureMalformed);
        return TimestampReport {
            kind,
            time: None,
            authority: None,
            is_told_of: false,
            findings: judgement.findings,
        };
    };
    let content = token.signed_data.content.as_deref().map(ContentDigests::of_octets);
    judgement.judge(
        &token.signed_data,
        signer,
        &context.certificates,
        content.as_ref(),
        Purpose::Timestamp,
    );

    let mut is_told_of = false;
    if let Some(certificate) = judgement.certificate.clone() {
        if !certificate.is_for_timestamps() {
            judgement.note(Finding::CertificateNotForTimestamps);
        }
        if token.info.time > known + super::CLOCK_TOLERANCE {
            judgement.note(Finding::SigningTimeInFuture);
        }
        match path::build(&certificate, &context.certificates, context.trust, known) {
            Ok(path) => {
                let moments = Moments {
                    covering: token.info.time,
                    revoked_until: known,
                    known: context.known_until,
                };
                judgement.states(&path, context, moments, Some(token.info.time));
                is_told_of = context.brings_along(&path, moments);
            }
            Err(fault) => judgement.note(Finding::PathInvalid { fault }),
        }
    }
    TimestampReport {
        kind,
        time: Some(token.info.time),
        authority: judgement
            .certificate
            .as_ref()
            .map(crate::certificate::Certificate::subject_name),
        is_told_of,
        findings: judgement.findings,
    }
}
