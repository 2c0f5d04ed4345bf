//! The Turkish profiles: the policy a signature names, and whether everything is there that it asks for.

use super::Context;
use super::cryptography::Judgement;
use crate::certificate::Certificate;
use crate::certificate::crl::Crl;
use crate::certificate::ocsp::OcspAnswer;
use crate::certificate::revocation::{self, Evidence, Moments, State, UnknownState};
use crate::der::DerError;
use crate::signature::oid;
use crate::signature::profile::{NamedPolicy, Profile};
use crate::signature::references::{
    Reference, parse_certificate_references, parse_certificate_values, parse_revocation_references,
    parse_revocation_values,
};
use crate::signature::report::{Finding, PolicyAttribute};
use crate::signature::signed_data::SignerInfo;

/// The profile whose policy is signed along, where it is one of the guide.
pub(super) fn profile(signer: &SignerInfo<'_>, judgement: &mut Judgement) -> Option<Profile> {
    let attribute = signer
        .signed_attributes
        .as_ref()?
        .of_type(oid::SIGNATURE_POLICY)
        .next()?;
    let policy = match attribute.values.first().map(|value| NamedPolicy::parse(*value)) {
        Some(Ok(policy)) => policy?,
        Some(Err(_)) | None => {
            judgement.note(Finding::PolicyDiffers);
            return None;
        }
    };
    let Some(profile) = policy.profile() else {
        judgement.note(Finding::PolicyUnknown {
            oid: policy.oid.to_string(),
        });
        return None;
    };
    if !policy.digest_is_right() {
        judgement.note(Finding::PolicyDiffers);
    }
    Some(profile)
}

/// Adds the certificates and revocations that a signer brings along as unsigned attributes.
pub(super) fn add_values(signer: &SignerInfo<'_>, context: &mut Context<'_>, judgement: &mut Judgement) {
    for value in signer.unsigned_values(oid::CERTIFICATE_VALUES) {
        match parse_certificate_values(value) {
            Ok(certificates) => context.certificates.extend(certificates),
            Err(_) => judgement.note(Finding::CertificateUnreadable),
        }
    }
    for value in signer.unsigned_values(oid::REVOCATION_VALUES) {
        match parse_revocation_values(value) {
            Ok(evidence) => context.embedded.extend(&evidence),
            Err(_) => judgement.note(Finding::RevocationUnreadable),
        }
    }
}

/// What a profile asks for beside a good signature.
pub(super) fn check(
    profile: Profile,
    signer: &SignerInfo<'_>,
    path: &[Certificate],
    best_time: Option<std::time::SystemTime>,
    context: &Context<'_>,
    judgement: &mut Judgement,
) {
    let mut required = vec![(oid::SIGNATURE_TIMESTAMP, PolicyAttribute::SignatureTimestamp)];
    if profile.is_long_lived() {
        required.extend([
            (oid::CERTIFICATE_REFERENCES, PolicyAttribute::CertificateReferences),
            (oid::REVOCATION_REFERENCES, PolicyAttribute::RevocationReferences),
            (oid::CERTIFICATE_VALUES, PolicyAttribute::CertificateValues),
            (oid::REVOCATION_VALUES, PolicyAttribute::RevocationValues),
        ]);
    }
    for (oid, attribute) in required {
        if signer.unsigned_values(oid).next().is_none() {
            judgement.note(Finding::PolicyAttributeMissing { attribute });
        }
    }
    if let (Some(claimed), Some(proven)) = (judgement.signing_time, best_time)
        && proven > claimed + profile.timestamp_delay()
    {
        judgement.note(Finding::TimestampTooLate);
    }
    let moments = Moments {
        covering: best_time.unwrap_or(context.at),
        revoked_until: best_time.unwrap_or(context.at),
        known: context.at,
    };
    // The attribute may be there, and yet lack what tells of one of the certificates.
    if profile.is_long_lived() && !speaks_of_all(&context.embedded, path, moments) {
        judgement.note(Finding::PolicyAttributeMissing {
            attribute: PolicyAttribute::RevocationValues,
        });
    }
    if profile.is_long_lived() && !references_match(signer, path, context, moments).unwrap_or(false) {
        judgement.note(Finding::ReferenceUnmatched);
    }
    let lists_alone = Evidence {
        answers: Vec::new(),
        lists: context.embedded.lists.clone(),
    };
    if profile == Profile::P3 && !speaks_of_all(&lists_alone, path, moments) {
        judgement.note(Finding::PolicyAttributeMissing {
            attribute: PolicyAttribute::RevocationList,
        });
    }
    if profile == Profile::P4
        && let [certificate, issuer, ..] = path
        && !context
            .embedded
            .answers
            .iter()
            .any(|answer| answer.statement(certificate, issuer).is_some())
    {
        judgement.note(Finding::PolicyAttributeMissing {
            attribute: PolicyAttribute::OcspAnswer,
        });
    }
}

/// Whether there is an answer or a list on every certificate of a path but the root.
fn speaks_of_all(evidence: &Evidence, path: &[Certificate], moments: Moments) -> bool {
    let untold = State::Unknown(UnknownState::NoEvidence);
    path.windows(2)
        .all(|pair| revocation::state(&pair[0], &pair[1], evidence, moments) != untold)
}

/// Whether every reference is to something that came along, and every authority on the path is referred to, and for every
/// certificate but the root something that tells whether it was revoked.
fn references_match(
    signer: &SignerInfo<'_>,
    path: &[Certificate],
    context: &Context<'_>,
    moments: Moments,
) -> Result<bool, DerError> {
    let Evidence { answers, lists } = &context.embedded;
    for value in signer.unsigned_values(oid::CERTIFICATE_REFERENCES) {
        let references = parse_certificate_references(value)?;
        let there = |reference: &Reference<'_>| {
            context
                .certificates
                .iter()
                .any(|certificate| reference.is_to_certificate(certificate))
        };
        let referred = |certificate: &Certificate| {
            references
                .iter()
                .any(|reference| reference.is_to_certificate(certificate))
        };
        if !references.iter().all(there) || !path.iter().skip(1).all(referred) {
            return Ok(false);
        }
    }
    for value in signer.unsigned_values(oid::REVOCATION_REFERENCES) {
        let references = parse_revocation_references(value)?;
        let list_is_there = |reference: &Reference<'_>| lists.iter().any(|list| reference.is_to_list(list));
        let answer_is_there = |reference: &Reference<'_>| answers.iter().any(|answer| reference.is_to_answer(answer));
        if !references.lists.iter().all(list_is_there) || !references.answers.iter().all(answer_is_there) {
            return Ok(false);
        }
        let refers_to_list = |list: &&Crl| references.lists.iter().any(|reference| reference.is_to_list(list));
        let refers_to_answer = |answer: &&OcspAnswer| {
            references
                .answers
                .iter()
                .any(|reference| reference.is_to_answer(answer))
        };
        let referred = Evidence {
            answers: answers.iter().filter(refers_to_answer).cloned().collect(),
            lists: lists.iter().filter(refers_to_list).cloned().collect(),
        };
        if !speaks_of_all(&referred, path, moments) {
            return Ok(false);
        }
    }
    Ok(true)
}
