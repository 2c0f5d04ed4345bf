//! The search for paths: what is likely comes first and what is cheap to tell is told first, so that certificates which
//! nobody signed cost little and change nothing.

use std::collections::{HashMap, HashSet};
use std::time::SystemTime;

use const_oid::db::rfc5280;

use super::{PathError, unknown_critical_extension};
use crate::certificate::constraint::{self, NameFault};
use crate::certificate::policy::{self, PolicyFault};
use crate::certificate::{AlgorithmError, Certificate, TrustAnchors};

/// No path is longer. Turkish qualified certificates have paths of three.
const MAX_PATH_LENGTH: usize = 10;
/// No search verifies more signatures than this, whatever certificates it was given.
const MAX_VERIFICATIONS: u32 = 100;
/// No search takes more steps: certificates of authorities that certify each other make more paths than anybody can walk.
const MAX_STEPS: u32 = 500;
/// No more paths are compared.
const MAX_PATHS: u32 = 8;

/// The place of the certificate whose path is looked for among the candidates.
const HOLDER: usize = 0;

pub(super) struct Search<'a> {
    /// The certificate itself, then roots, intermediates and what was brought along, each once.
    candidates: Vec<&'a Certificate>,
    /// How many of the first are roots, the holder's place aside.
    roots: usize,
    /// Which of the distinct keys each has: one key's verification tells for all that have it.
    keys: Vec<usize>,
    at: SystemTime,
    /// Who may have issued each, the likeliest first.
    issuers: HashMap<usize, Vec<usize>>,
    /// Whether a key made the signature of a certificate.
    verified: HashMap<(usize, usize), Result<(), PathError>>,
    verifications: u32,
    steps: u32,
    found: u32,
    /// The dead end that lies nearest to a root, with its distance from the holder.
    fault: Option<(usize, PathError)>,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        certificate: &'a Certificate,
        extra: &'a [Certificate],
        anchors: &'a TrustAnchors,
        at: SystemTime,
    ) -> Self {
        let mut candidates = vec![certificate];
        let mut known = HashSet::new();
        let mut add = |found: &'a [Certificate]| {
            candidates.extend(found.iter().filter(|certificate| known.insert(certificate.der())));
            candidates.len() - 1
        };
        let roots = add(anchors.roots());
        add(anchors.intermediates());
        add(extra);
        let mut distinct = HashMap::new();
        let keys = candidates
            .iter()
            .map(|candidate| {
                let next = distinct.len();
                *distinct.entry(candidate.public_key_info()).or_insert(next)
            })
            .collect();
        Self {
            candidates,
            roots,
            keys,
            at,
            issuers: HashMap::new(),
            verified: HashMap::new(),
            verifications: 0,
            steps: 0,
            found: 0,
            fault: None,
        }
    }

    /// Shows each path to `is_enough`, until one is or there are no more.
    pub(super) fn run(mut self, is_enough: &mut dyn FnMut(Vec<Certificate>) -> bool) -> Result<(), PathError> {
        self.check(HOLDER, true)?;
        self.extend(&mut vec![HOLDER], is_enough);
        if self.found > 0 {
            return Ok(());
        }
        Err(self.fault.map_or(PathError::TooLong, |(_, fault)| fault))
    }

    /// Goes on from the last certificate of the path; whether the search is over.
    fn extend(&mut self, path: &mut Vec<usize>, is_enough: &mut dyn FnMut(Vec<Certificate>) -> bool) -> bool {
        let depth = path.len();
        let current = path[depth - 1];
        if self.is_root(current) {
            let whole: Vec<&Certificate> = path.iter().map(|place| self.candidates[*place]).collect();
            if let Err(fault) = policy::check(&whole) {
                let fault = match fault {
                    PolicyFault::NoPolicy => PathError::NoPolicy,
                    PolicyFault::NotUnderstood { oid } => PathError::CriticalExtension { oid },
                };
                self.note(depth, fault);
                return false;
            }
            self.found += 1;
            let whole = path.iter().map(|place| self.candidates[*place].clone()).collect();
            return is_enough(whole) || self.found == MAX_PATHS;
        }
        self.steps += 1;
        if depth == MAX_PATH_LENGTH || self.steps > MAX_STEPS {
            self.note(depth, PathError::TooLong);
            return self.steps > MAX_STEPS;
        }
        let mut is_dead_end = true;
        for issuer in self.issuers_of(current) {
            if self.is_circle(path, issuer) {
                continue;
            }
            is_dead_end = false;
            if let Err(fault) = self.check_issuer(issuer, path) {
                self.note(depth + 1, fault);
                continue;
            }
            path.push(issuer);
            if self.extend(path, is_enough) {
                return true;
            }
            path.pop();
        }
        if is_dead_end {
            let current = self.candidates[current];
            let untrusted = current.subject() == current.issuer();
            let missing = || PathError::NoIssuer {
                issuer: current.issuer_name(),
            };
            self.note(depth, if untrusted { PathError::UntrustedRoot } else { missing() });
        }
        false
    }

    fn is_root(&self, place: usize) -> bool {
        (1..=self.roots).contains(&place)
            || place == HOLDER && self.candidates[1..=self.roots].contains(&self.candidates[HOLDER])
    }

    /// Whether the path would come back to an authority it has passed: the same name with the same key.
    fn is_circle(&self, path: &[usize], issuer: usize) -> bool {
        let is_same = |place: &usize| {
            self.keys[*place] == self.keys[issuer]
                && self.candidates[*place].subject() == self.candidates[issuer].subject()
        };
        path.iter().any(is_same)
    }

    /// Who may have issued a certificate by name and key identifier: those that are valid come first, then those whose key is
    /// named outright, then roots; within that, as they were given.
    fn issuers_of(&mut self, current: usize) -> Vec<usize> {
        if let Some(known) = self.issuers.get(&current) {
            return known.clone();
        }
        let certificate = self.candidates[current];
        let mut found: Vec<usize> = (1..self.candidates.len())
            .filter(|place| may_be_issuer(self.candidates[*place], certificate))
            .collect();
        found.sort_by_key(|place| {
            let issuer = self.candidates[*place];
            let is_valid = (issuer.not_before()..=issuer.not_after()).contains(&self.at);
            let is_named = issuer.subject_key_identifier().is_some()
                && issuer.subject_key_identifier() == certificate.authority_key_identifier();
            (!is_valid, !is_named, !self.is_root(*place))
        });
        self.issuers.insert(current, found.clone());
        found
    }

    /// What every certificate of a path must satisfy (RFC 5280, 6.1.3 a, 6.1.4 o).
    fn check(&self, place: usize, holder: bool) -> Result<(), PathError> {
        let certificate = self.candidates[place];
        if self.at < certificate.not_before() {
            return Err(PathError::NotYetValid {
                not_before: certificate.not_before(),
                holder,
            });
        }
        if self.at > certificate.not_after() {
            return Err(PathError::Expired {
                not_after: certificate.not_after(),
                holder,
            });
        }
        match unknown_critical_extension(certificate) {
            Some(oid) => Err(PathError::CriticalExtension { oid }),
            None => Ok(()),
        }
    }

    /// What the issuer of a path's last certificate must satisfy (RFC 5280, 6.1.3 b and c, 6.1.4 k to n). Its signature is
    /// the last to be looked at, since it alone takes time.
    fn check_issuer(&mut self, place: usize, path: &[usize]) -> Result<(), PathError> {
        let issuer = self.candidates[place];
        let Some(authority) = issuer.authority() else {
            return Err(PathError::NotAuthority);
        };
        if issuer.key_usage().is_some_and(|usage| !usage.key_cert_sign()) {
            return Err(PathError::NoCertificateSigning);
        }
        // Authorities between the issuer and the holder; those that certify themselves do not count.
        let is_self_issued = |certificate: &Certificate| certificate.subject() == certificate.issuer();
        let below = path.iter().map(|place| self.candidates[*place]);
        let between = below.clone().skip(1).filter(|authority| !is_self_issued(authority));
        if authority
            .path_length
            .is_some_and(|limit| limit < between.clone().count() as u64)
        {
            return Err(PathError::TooLong);
        }
        self.check(place, false)?;
        constraint::check(issuer, below.take(1).chain(between)).map_err(|fault| match fault {
            NameFault::NotPermitted => PathError::NameNotPermitted {
                issuer: issuer.subject_name(),
            },
            NameFault::NotUnderstood => PathError::CriticalExtension {
                oid: rfc5280::ID_CE_NAME_CONSTRAINTS,
            },
        })?;
        self.verify(path[path.len() - 1], place)
    }

    /// Whether the issuer's key made the signature of a certificate.
    fn verify(&mut self, certificate: usize, issuer: usize) -> Result<(), PathError> {
        let asked = (certificate, self.keys[issuer]);
        if let Some(known) = self.verified.get(&asked) {
            return known.clone();
        }
        self.verifications += 1;
        if self.verifications > MAX_VERIFICATIONS {
            return Err(PathError::TooLong);
        }
        let verified = self.candidates[certificate].is_signed_by(self.candidates[issuer]);
        let verified = verified.map_err(|error| match error {
            AlgorithmError::WrongSignature | AlgorithmError::Malformed => PathError::WrongSignature,
            AlgorithmError::Weak | AlgorithmError::Unsupported => PathError::UnsupportedSignature,
        });
        self.verified.insert(asked, verified.clone());
        verified
    }

    fn note(&mut self, depth: usize, fault: PathError) {
        if self.fault.as_ref().is_none_or(|(deepest, _)| depth > *deepest) {
            self.fault = Some((depth, fault));
        }
    }
}

/// Whether names and key identifiers fit (RFC 5280, 4.2.1.1).
pub(crate) fn may_be_issuer(issuer: &Certificate, certificate: &Certificate) -> bool {
    if issuer.subject() != certificate.issuer() {
        return false;
    }
    match (issuer.subject_key_identifier(), certificate.authority_key_identifier()) {
        (Some(subject), Some(authority)) => subject == authority,
        _ => true,
    }
}
