//! One signer: the attributes, the digests and the value first, then the time it is proven to have existed at, then the
//! certificate, its path and its state at that time.

use std::time::{Duration, SystemTime};

use const_oid::ObjectIdentifier;

use super::archive::Covered;
use super::cryptography::{Judgement, Purpose};
use super::{ContentDigests, Context, archive, policy, report, timestamp};
use crate::certificate::Certificate;
use crate::certificate::nes::{self, NesFault};
use crate::certificate::path::PathError;
use crate::certificate::revocation::{self, InVain, Moments, State, UnknownState};
use crate::der::Element;
use crate::digest::HashFunction;
use crate::signature::oid;
use crate::signature::profile::Profile;
use crate::signature::report::{Finding, Level, Limit, SignatureReport, Signer, TimestampKind, TimestampReport};
use crate::signature::signed_data::{Attribute, SignedData, SignerInfo};

/// How far a signer's clock may be ahead of ours, or of a time-stamping authority's.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(300);

/// No more time-stamps of a kind are looked at: every one costs the verification of a path.
const MAX_TIMESTAMPS: usize = 64;

/// Unsigned attributes that are judged, or known to need no judgement.
const KNOWN_UNSIGNED: [ObjectIdentifier; 6] = [
    oid::SIGNATURE_TIMESTAMP,
    oid::COUNTERSIGNATURE,
    oid::CERTIFICATE_REFERENCES,
    oid::REVOCATION_REFERENCES,
    oid::CERTIFICATE_VALUES,
    oid::REVOCATION_VALUES,
];

/// Judges one signer of a signature, or of the value of one. What the signer brings along as unsigned attributes is added
/// to the context.
pub(super) fn judge(
    signed_data: &SignedData<'_>,
    signer: &SignerInfo<'_>,
    content: Option<&ContentDigests>,
    purpose: Purpose,
    mut context: Context<'_>,
    findings: Vec<Finding>,
) -> SignatureReport {
    let mut judgement = Judgement::new(findings);
    policy::add_values(signer, &mut context, &mut judgement);
    let context = &context;
    let (policy, profile) = policy::named(signer, &mut judgement);
    judgement.judge(signed_data, signer, &context.certificates, content, purpose);
    let certificate = judgement.certificate.clone();
    for attribute in &signer.unsigned_attributes {
        // The archive time-stamp over a file covers its counter-signatures, which have none of their own.
        let is_archive = attribute.oid == oid::ARCHIVE_TIMESTAMP_V3 && purpose == Purpose::Document;
        if attribute.is_unreadable() {
            judgement.note(Finding::UnsignedAttributeMalformed);
        } else if !is_archive && !KNOWN_UNSIGNED.contains(&attribute.oid) {
            judgement.note(Finding::UnsignedAttributeUnknown {
                oid: attribute.oid.to_string(),
            });
        }
    }

    let proof = prove_existence(signed_data, signer, content, purpose, context, &mut judgement);
    let mut chain_is_known = false;
    if let Some(certificate) = &certificate {
        let path = check_trust(&mut judgement, certificate, context, &proof, profile);
        // Where the certificate itself was not valid, that is the reason to be told first (ETSI EN 319 102-1, 5.2.6, 5.2.8).
        check_claimed_time(&mut judgement, certificate, context.at, proof.best_time);
        chain_is_known = is_long_term(signer, &path, context, &proof);
        if let Some(profile) = profile {
            policy::check(profile, signer, &path, proof.best_time, context, &mut judgement);
        }
    }
    let level = certificate.is_some().then(|| {
        let has = |kind| {
            proof
                .timestamps
                .iter()
                .any(|stamp: &TimestampReport| stamp.kind == kind && stamp.holds())
        };
        match (
            has(TimestampKind::Signature),
            chain_is_known,
            has(TimestampKind::Archive),
        ) {
            (true, true, true) => Level::BLTA,
            (true, true, false) => Level::BLT,
            (true, false, _) => Level::BT,
            (false, _, _) => Level::BB,
        }
    });
    SignatureReport {
        value_holds: judgement.value_holds,
        signer: certificate.as_ref().map(Signer::of),
        signing_time: judgement.signing_time,
        best_time: proof.best_time,
        level,
        policy,
        profile,
        timestamps: proof.timestamps,
        ..report(judgement.findings)
    }
}

/// When the signature is known to have existed.
struct Proof {
    timestamps: Vec<TimestampReport>,
    /// The earliest time that a time-stamp proves.
    best_time: Option<SystemTime>,
    /// The archive time-stamps that hold: the time of each, and what it proves to have existed then.
    archived: Vec<(SystemTime, Covered)>,
    /// The earliest time that a time-stamp over the whole file proves.
    outer: Option<SystemTime>,
    /// The latest time of a time-stamp that was signed along: the signature was made after it.
    created_after: Option<SystemTime>,
}

/// Goes back in time from now: an archive time-stamp proves when everything existed that it names, the one before is judged
/// at that time, and the signature's own time-stamps last (ETSI EN 319 102-1, 5.6.2.4).
fn prove_existence(
    signed_data: &SignedData<'_>,
    signer: &SignerInfo<'_>,
    content: Option<&ContentDigests>,
    purpose: Purpose,
    context: &Context<'_>,
    judgement: &mut Judgement,
) -> Proof {
    let mut proof = Proof {
        timestamps: Vec::new(),
        best_time: None,
        archived: Vec::new(),
        outer: None,
        created_after: None,
    };
    for stamp in &context.outer {
        proof.take(stamp.clone());
    }
    proof.outer = proof.best_time;
    let mut archives = tokens(signer, oid::ARCHIVE_TIMESTAMP_V3, judgement);
    archives.retain(|_| purpose == Purpose::Document);
    archives.sort_by_key(|(_, token)| std::cmp::Reverse(timestamp::time_of(*token)));
    for (attribute, token) in archives {
        let known = proof.known(attribute, token, context.at);
        let (stamp, covered) = archive::judge(token, signed_data, signer, content, context, known);
        if let Some(time) = proof.take(stamp) {
            proof.archived.push((time, covered));
        }
    }
    for (attribute, token) in tokens(signer, oid::SIGNATURE_TIMESTAMP, judgement) {
        let imprint = |function: HashFunction| Some(function.digest(&signer.signature));
        let known = proof.known(attribute, token, context.at);
        proof.take(timestamp::judge(
            token,
            TimestampKind::Signature,
            &imprint,
            context,
            known,
        ));
    }
    proof.add_content_timestamps(signer, content, context, judgement);
    proof.tell(judgement);
    proof
}

/// The time-stamps of a kind, as many as are looked at.
fn tokens<'s, 'a>(
    signer: &'s SignerInfo<'a>,
    oid: ObjectIdentifier,
    judgement: &mut Judgement,
) -> Vec<(&'s Attribute<'a>, Element<'a>)> {
    let attributes = signer.unsigned_attributes.iter();
    bounded(attributes.filter(|attribute| attribute.oid == oid), judgement)
}

/// The values of attributes, as many as are looked at.
fn bounded<'s, 'a: 's>(
    attributes: impl Iterator<Item = &'s Attribute<'a>>,
    judgement: &mut Judgement,
) -> Vec<(&'s Attribute<'a>, Element<'a>)> {
    let all = attributes.flat_map(|attribute| attribute.values.iter().map(move |value| (attribute, *value)));
    let mut tokens: Vec<_> = all.collect();
    if tokens.len() > MAX_TIMESTAMPS {
        tokens.truncate(MAX_TIMESTAMPS);
        judgement.note(Finding::LimitMet {
            limit: Limit::Timestamps,
        });
    }
    tokens
}

impl Proof {
    /// When a time-stamp is known to have existed: at the time of the earliest archive time-stamp whose index names it, or
    /// that is over the whole file. One that none names may have been added since.
    fn known(&self, attribute: &Attribute<'_>, token: Element<'_>, at: SystemTime) -> SystemTime {
        let naming = self
            .archived
            .iter()
            .filter(|(_, covered)| covered.names(attribute, &token));
        let naming = naming.map(|(time, _)| *time);
        naming.chain(self.outer).min().unwrap_or(at)
    }

    /// Keeps a time-stamp, and gives its time where it holds.
    fn take(&mut self, stamp: TimestampReport) -> Option<SystemTime> {
        let proven = stamp.time.filter(|_| stamp.holds());
        if let Some(time) = proven {
            self.best_time = Some(self.best_time.map_or(time, |best| best.min(time)));
        }
        self.timestamps.push(stamp);
        proven
    }

    /// Judges the time-stamps over the content, which were signed along (ETSI EN 319 122-1, 5.2.8): the signature was made after
    /// them. They existed when the signature is proven to have, and prove nothing of when it was there.
    fn add_content_timestamps(
        &mut self,
        signer: &SignerInfo<'_>,
        content: Option<&ContentDigests>,
        context: &Context<'_>,
        judgement: &mut Judgement,
    ) {
        let Some(attributes) = &signer.signed_attributes else {
            return;
        };
        let imprint = |function: HashFunction| content?.value(function);
        for (_, token) in bounded(attributes.of_type(oid::CONTENT_TIMESTAMP), judgement) {
            // One from after that contradicts it, whichever of the two is right.
            let is_later = timestamp::time_of(token) > self.best_time;
            let known = self.best_time.filter(|_| !is_later).unwrap_or(context.at);
            let stamp = timestamp::judge(token, TimestampKind::Content, &imprint, context, known);
            self.created_after = self.created_after.max(stamp.time.filter(|_| stamp.holds()));
            self.timestamps.push(stamp);
        }
        if let (Some(after), Some(proven)) = (self.created_after, self.best_time)
            && after > proven + CLOCK_TOLERANCE
        {
            judgement.note(Finding::TimestampsOutOfOrder);
        }
    }

    /// Tells of the time-stamps that prove nothing, which are taken out of the set.
    fn tell(&self, judgement: &mut Judgement) {
        for stamp in self.timestamps.iter().filter(|stamp| !stamp.holds()) {
            let mut others = self.timestamps.iter().filter(|other| other.kind == stamp.kind);
            let others_hold = others.any(TimestampReport::holds);
            let is_asked_in_vain = |finding: &&Finding| matches!(finding, Finding::AskedInVain { .. });
            for finding in stamp.findings.iter().filter(is_asked_in_vain) {
                judgement.note(finding.clone());
            }
            for cause in stamp.findings.iter().filter(|finding| !finding.is_note()) {
                judgement.note(Finding::TimestampInvalid {
                    timestamp: stamp.kind,
                    cause: Box::new(cause.clone()),
                    others_hold,
                });
            }
        }
    }
}

fn check_claimed_time(
    judgement: &mut Judgement,
    certificate: &Certificate,
    at: SystemTime,
    best_time: Option<SystemTime>,
) {
    let Some(claimed) = judgement.signing_time else { return };
    if claimed > at + CLOCK_TOLERANCE {
        judgement.note(Finding::SigningTimeInFuture);
    }
    if best_time.is_some_and(|proven| claimed > proven + CLOCK_TOLERANCE) {
        judgement.note(Finding::SigningTimeAfterTimestamp);
    }
    if claimed + CLOCK_TOLERANCE < certificate.not_before() || claimed > certificate.not_after() {
        judgement.note(Finding::SigningTimeOutsideValidity);
    }
}

/// The marks of a qualified certificate, the path to a root, and the state of every certificate on it; returns the path.
fn check_trust(
    judgement: &mut Judgement,
    certificate: &Certificate,
    context: &Context<'_>,
    proof: &Proof,
    profile: Option<Profile>,
) -> Vec<Certificate> {
    let at = proof.best_time.unwrap_or(context.at);
    for fault in nes::faults(certificate, at) {
        // Validity is part of the path, and a weak key of the signature.
        let told_elsewhere = matches!(
            fault,
            NesFault::Expired { .. } | NesFault::NotYetValid { .. } | NesFault::WeakKey | NesFault::UnsupportedKey
        );
        if !told_elsewhere {
            judgement.note(Finding::CertificateNotQualified { fault });
        }
    }
    let moments = Moments {
        covering: at,
        revoked_until: at,
        known: context.known_until,
    };
    let path = match context.path(certificate, at, moments) {
        Ok(path) => path,
        Err(PathError::NotYetValid {
            not_before,
            holder: true,
        }) if proof
            .best_time
            .is_some_and(|proven| proven + CLOCK_TOLERANCE < not_before) =>
        {
            judgement.note(Finding::SignedBeforeCertificate { not_before });
            return Vec::new();
        }
        Err(PathError::Expired {
            not_after,
            holder: true,
        }) if proof
            .created_after
            .is_some_and(|after| after > not_after + CLOCK_TOLERANCE) =>
        {
            judgement.note(Finding::SignedAfterCertificate { not_after });
            return Vec::new();
        }
        Err(fault) => {
            judgement.note(Finding::PathInvalid { fault });
            return Vec::new();
        }
    };
    judgement.states(&path, context, moments, proof.best_time.max(proof.created_after));
    let grace_period = profile.map_or(Duration::ZERO, Profile::grace_period);
    if let ([certificate, issuer, ..], Some(proven)) = (&path[..], proof.best_time)
        && !grace_period.is_zero()
    {
        // A revocation that was asked for before the time-stamp may be published until the time of grace is over.
        let state = |covering| {
            revocation::state(
                certificate,
                issuer,
                &context.evidence(),
                Moments { covering, ..moments },
            )
        };
        let outdated = State::Unknown(UnknownState::Outdated);
        if state(proven) == State::Good && state(proven + grace_period) == outdated {
            judgement.note(Finding::GracePeriodNotOver);
        }
    }
    path
}

/// Whether what the signature brings along, where level B-LT wants it, tells the state of every certificate of the path, and
/// of the path of a time-stamp.
fn is_long_term(signer: &SignerInfo<'_>, path: &[Certificate], context: &Context<'_>, proof: &Proof) -> bool {
    let mut stamps = proof
        .timestamps
        .iter()
        .filter(|stamp| stamp.kind == TimestampKind::Signature);
    if !stamps.any(|stamp| stamp.holds() && stamp.is_told_of) {
        return false;
    }
    let Some(at) = proof.best_time else { return false };
    let moments = Moments {
        covering: at,
        revoked_until: at,
        known: context.known_until,
    };
    !path.is_empty()
        && context.brings_along(path, moments)
        && !oid::NOT_IN_LONG_TERM
            .into_iter()
            .any(|oid| signer.unsigned_values(oid).next().is_some())
}

impl Judgement {
    /// The state of every certificate of a path but the root. A revocation is proven to matter where it is no later than
    /// the time that is proven, before which or after which something was signed.
    pub(super) fn states(
        &mut self,
        path: &[Certificate],
        context: &Context<'_>,
        moments: Moments,
        proven: Option<SystemTime>,
    ) {
        let evidence = context.evidence();
        for (index, pair) in path.windows(2).enumerate() {
            let holder = index == 0;
            match revocation::state(&pair[0], &pair[1], &evidence, moments) {
                State::Good => {}
                State::Revoked { from } => {
                    let is_proven = proven.is_some_and(|proven| from <= proven);
                    self.note(Finding::Revoked {
                        from,
                        holder,
                        is_proven,
                    });
                }
                State::Suspended { from } => self.note(Finding::Suspended { from, holder }),
                State::Unknown(cause) if context.is_left_open(cause, &pair[0]) => {
                    self.note(Finding::RevocationNotChecked);
                }
                State::Unknown(cause) => {
                    let cause = context.cause(&pair[0], cause);
                    self.note(Finding::RevocationUnknown { cause, holder });
                    for InVain { host, cause } in context.asked_in_vain(&pair[0]) {
                        self.note(Finding::AskedInVain { host, cause });
                    }
                }
            }
        }
    }
}
