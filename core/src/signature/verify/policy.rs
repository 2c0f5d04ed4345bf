//! The Turkish profiles: the policy a signature names, and whether everything is there that it asks for.

use super::Context;
use super::cryptography::Judgement;
use crate::certificate::Certificate;
use crate::certificate::ocsp::OcspAnswer;
use crate::certificate::revocation::{self, Evidence, Moments, State};
use crate::der::DerError;
use crate::signature::oid;
use crate::signature::profile::{NamedPolicy, Profile};
use crate::signature::references::{
    Referable, Reference, parse_certificate_references, parse_certificate_values, parse_revocation_references,
    parse_revocation_values,
};
use crate::signature::report::{Finding, PolicyAttribute, SignedPolicy};
use crate::signature::signed_data::SignerInfo;

/// The policy that is signed along, and the profile that is its, where it is one of the guide.
pub(super) fn named(signer: &SignerInfo<'_>, judgement: &mut Judgement) -> (Option<SignedPolicy>, Option<Profile>) {
    let attributes = signer.signed_attributes.as_ref();
    let Some(attribute) = attributes.and_then(|attributes| attributes.of_type(oid::SIGNATURE_POLICY).next()) else {
        return (None, None);
    };
    let Some(Ok(policy)) = attribute.values.first().map(|value| NamedPolicy::parse(*value)) else {
        judgement.note(Finding::PolicyDiffers);
        return (None, None);
    };
    let profile = policy.profile();
    if profile.is_none() {
        judgement.note(Finding::PolicyUnknown {
            oid: policy.oid.to_string(),
        });
    } else if !policy.digest_is_right() {
        judgement.note(Finding::PolicyDiffers);
    }
    // Every profile that has a policy wants its address signed along (BTK guide, table 2).
    if profile.is_some() && policy.address.is_none() {
        judgement.note(Finding::PolicyAttributeMissing {
            attribute: PolicyAttribute::Address,
        });
    }
    (Some(SignedPolicy::of(policy)), profile)
}

/// Adds the certificates and revocations that a signer brings along as unsigned attributes: those of the first value of each,
/// since there is to be but one.
pub(super) fn add_values(signer: &SignerInfo<'_>, context: &mut Context<'_>, judgement: &mut Judgement) {
    if let Some(value) = signer.unsigned_values(oid::CERTIFICATE_VALUES).next() {
        match parse_certificate_values(value) {
            Ok(certificates) => context.certificates.extend(certificates),
            Err(_) => judgement.note(Finding::CertificateUnreadable),
        }
    }
    context.values = Evidence::default();
    if let Some(value) = signer.unsigned_values(oid::REVOCATION_VALUES).next() {
        match parse_revocation_values(value) {
            Ok(evidence) => {
                context.embedded.extend(&evidence);
                context.values = evidence;
            }
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
    if !profile.is_long_lived() || path.is_empty() {
        return;
    }
    // The attributes may be there, and yet lack what tells of one of the certificates. What is elsewhere in the file is about
    // time-stamps, and does not count, though it may tell of the same.
    let missing = |attribute| Finding::PolicyAttributeMissing { attribute };
    let judged_at = best_time.unwrap_or(context.at);
    let told = Told {
        path,
        moments: Moments {
            covering: judged_at,
            revoked_until: judged_at,
            known: context.known_until,
        },
    };
    let Evidence { answers, lists } = &context.values;
    if !told.of_all_by(&context.values) {
        judgement.note(missing(PolicyAttribute::RevocationValues));
    }
    if !references_match(signer, context, &told).unwrap_or(false) {
        judgement.note(Finding::ReferenceUnmatched);
    }
    let lists_alone = || Evidence {
        answers: Vec::new(),
        lists: lists.clone(),
    };
    if profile == Profile::P3 && !told.of_all_by(&lists_alone()) {
        judgement.note(missing(PolicyAttribute::RevocationList));
    }
    let answers_alone = || Evidence {
        answers: answers.clone(),
        lists: Vec::new(),
    };
    if profile == Profile::P4 && !path.windows(2).take(1).all(|pair| told.of(pair, &answers_alone())) {
        judgement.note(missing(PolicyAttribute::OcspAnswer));
    }
}

/// The certificates of a path, and the moments their states are asked for.
struct Told<'a> {
    path: &'a [Certificate],
    moments: Moments,
}

impl Told<'_> {
    /// Whether evidence tells the state of the first certificate of a pair, which the second has issued: it counts only where
    /// it was signed by someone who may, and speaks of the moment.
    fn of(&self, pair: &[Certificate], evidence: &Evidence) -> bool {
        match revocation::state(&pair[0], &pair[1], evidence, self.moments) {
            State::Good | State::Revoked { .. } | State::Suspended { .. } => true,
            State::Unknown(_) => false,
        }
    }

    /// Whether it tells the state of every certificate of the path but the root.
    fn of_all_by(&self, evidence: &Evidence) -> bool {
        self.path.windows(2).all(|pair| self.of(pair, evidence))
    }
}

/// Whether every reference is to something that came along, and every authority on the path is referred to, and for every
/// certificate but the root something that tells whether it was revoked. There is one value of each attribute.
fn references_match(signer: &SignerInfo<'_>, context: &Context<'_>, told: &Told<'_>) -> Result<bool, DerError> {
    let (Some(to_certificates), Some(to_revocations)) = (
        signer.unsigned_values(oid::CERTIFICATE_REFERENCES).next(),
        signer.unsigned_values(oid::REVOCATION_REFERENCES).next(),
    ) else {
        return Ok(true);
    };
    let references = parse_certificate_references(to_certificates)?;
    let octets = |certificate: &Certificate| Referable::new(certificate.der().to_vec());
    let brought: Vec<_> = context
        .certificates
        .iter()
        .map(|found| (found, octets(found)))
        .collect();
    let there = |reference: &Reference<'_>| {
        brought
            .iter()
            .any(|(certificate, octets)| reference.is_to_certificate(certificate, octets))
    };
    let referred = |certificate: &Certificate| {
        let octets = octets(certificate);
        references
            .iter()
            .any(|reference| reference.is_to_certificate(certificate, &octets))
    };
    if !references.iter().all(there) || !told.path.iter().skip(1).all(referred) {
        return Ok(false);
    }

    let references = parse_revocation_references(to_revocations)?;
    let Evidence { answers, lists } = &context.values;
    let lists: Vec<_> = lists.iter().map(|list| (list, Referable::new(list.der()))).collect();
    let both = |answer: &OcspAnswer| {
        (
            Referable::new(answer.basic_der().to_vec()),
            Referable::new(answer.response_der()),
        )
    };
    let answers: Vec<_> = answers.iter().map(|answer| (answer, both(answer))).collect();
    let list_is_there =
        |reference: &Reference<'_>| lists.iter().any(|(list, octets)| reference.is_to_list(list, octets));
    let answer_is_there = |reference: &Reference<'_>| {
        answers
            .iter()
            .any(|(answer, (basic, whole))| reference.is_to_answer(answer, basic, whole))
    };
    if !references.lists.iter().all(list_is_there) || !references.answers.iter().all(answer_is_there) {
        return Ok(false);
    }
    let mut referred = Evidence::default();
    for (list, octets) in &lists {
        if references
            .lists
            .iter()
            .any(|reference| reference.is_to_list(list, octets))
        {
            referred.lists.push((*list).clone());
        }
    }
    for (answer, (basic, whole)) in &answers {
        let is_to_it = |reference: &Reference<'_>| reference.is_to_answer(answer, basic, whole);
        if references.answers.iter().any(is_to_it) {
            referred.answers.push((*answer).clone());
        }
    }
    Ok(told.of_all_by(&referred))
}
