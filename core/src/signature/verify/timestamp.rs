//! Time-stamps: what they are over, who made them, and whether they still prove a time.

use std::time::SystemTime;

use super::cryptography::{Judgement, Purpose};
use super::{ContentDigests, Context, read_certificates, read_revocations};
use crate::certificate::AlgorithmError;
use crate::certificate::revocation::Moments;
use crate::der::Element;
use crate::digest::HashFunction;
use crate::signature::report::{Finding, TimestampKind, TimestampReport};
use crate::signature::signed_data::SignerInfo;
use crate::signature::timestamp::Token;

/// The time a token claims, for sorting.
pub(super) fn time_of(token: Element<'_>) -> Option<SystemTime> {
    Token::parse(token).ok().map(|token| token.info.time)
}

/// The hash function a token takes of what it is over, where it is known.
pub(super) fn function_of(token: Element<'_>) -> Option<HashFunction> {
    Token::parse(token).ok()?.info.imprint.function.ok()
}

/// Judges a token that is known to have existed at `known`. `imprint` gives the digest that it must have, under the function
/// it chose; nothing where that cannot be told.
pub(super) fn judge(
    token: Element<'_>,
    kind: TimestampKind,
    imprint: &dyn Fn(HashFunction) -> Option<Vec<u8>>,
    context: &Context<'_>,
    known: SystemTime,
) -> TimestampReport {
    let Ok(token) = Token::parse(token) else {
        return TimestampReport::malformed(kind);
    };
    let mut judgement = Judgement::new(Vec::new());
    match token.info.imprint.function {
        Ok(function) => {
            match imprint(function) {
                Some(expected) if expected == token.info.imprint.value => {}
                Some(_) => judgement.note(Finding::TimestampForAnother),
                None => judgement.note(Finding::ContentMissing),
            }
            if function == HashFunction::Sha1 {
                judgement.note(Finding::AlgorithmWeak);
            }
        }
        Err(AlgorithmError::Weak) => judgement.note(Finding::AlgorithmWeak),
        Err(_) => judgement.note(Finding::AlgorithmUnknown),
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
        judgement.note(Finding::TimestampMalformed);
        return TimestampReport {
            kind,
            time: None,
            authority: None,
            is_told_of: false,
            findings: judgement.findings,
        };
    };
    let content = token.signed_data.content.as_deref().map(|content| {
        let functions = token.signed_data.signers.iter().filter_map(SignerInfo::hash_function);
        let mut digests = ContentDigests::under(functions);
        digests.update(content);
        digests
    });
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
        let moments = Moments {
            covering: token.info.time,
            revoked_until: known,
            known: context.known_until,
        };
        match context.path(&certificate, known, moments) {
            Ok(path) => {
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
