//! Certificate policies along a path (RFC 5280, 6.1): whoever verifies takes any policy, so that all there is to tell is
//! whether one holds for the whole path where an authority asks that one does.

use std::collections::{BTreeMap, BTreeSet};

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280;

use super::Certificate;
use crate::der::{DerError, Element, tag};

/// No certificate names or maps more policies: each is compared with those of every certificate below.
const MAX_POLICIES: usize = 500;

/// Why a path does not hold for the policies its certificates name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PolicyFault {
    /// None holds for the whole path, though an authority asks that one does.
    NoPolicy,
    /// An extension about them cannot be read.
    NotUnderstood {
        /// Which.
        oid: ObjectIdentifier,
    },
}

/// The policies that hold so far, each with those that the next certificate may name for it (`expected_policy_set`, 6.1.2 a).
/// Of the tree of RFC 5280 it is the lowest level: whether anything stands there is all that is asked of it.
type Level = BTreeMap<Policy, BTreeSet<Policy>>;

/// The object identifier of a policy, as its octets stand: some are made of a UUID, and longer than others.
type Policy = Vec<u8>;

fn any_policy() -> Policy {
    rfc5280::ANY_POLICY.as_bytes().to_vec()
}

/// Whether a path, which begins with the holder's certificate and ends with the root's, has a policy where one must be. The root
/// is trusted as it is (6.1.1 d).
pub(super) fn check(path: &[&Certificate]) -> Result<(), PolicyFault> {
    let Some((_, certificates)) = path.split_last() else {
        return Ok(());
    };
    let mut policies = Policies::at_root(certificates.len() as u64);
    for (left, certificate) in certificates.iter().enumerate().rev() {
        policies.take(certificate, left == 0)?;
    }
    Ok(())
}

/// The state of the processing (RFC 5280, 6.1.2). A counter that is 0 is in force.
struct Policies {
    /// Nothing where no policy holds.
    level: Option<Level>,
    explicit_policy: u64,
    inhibit_any_policy: u64,
    policy_mapping: u64,
}

impl Policies {
    fn at_root(length: u64) -> Self {
        let any = any_policy();
        Self {
            level: Some(Level::from([(any.clone(), BTreeSet::from([any]))])),
            explicit_policy: length + 1,
            inhibit_any_policy: length + 1,
            policy_mapping: length + 1,
        }
    }

    /// Takes the next certificate below (6.1.3 d to f), and prepares for the one after it (6.1.4) or ends (6.1.5).
    fn take(&mut self, certificate: &Certificate, is_last: bool) -> Result<(), PolicyFault> {
        let is_self_issued = certificate.subject() == certificate.issuer();
        let named = read(certificate, rfc5280::ID_CE_CERTIFICATE_POLICIES, named_policies)?;
        let takes_any = self.inhibit_any_policy > 0 || !is_last && is_self_issued;
        self.level = match (self.level.take(), named) {
            (Some(level), Some(named)) => Some(below(&level, &named, takes_any)).filter(|level| !level.is_empty()),
            _ => None,
        };
        let constraints = read(certificate, rfc5280::ID_CE_POLICY_CONSTRAINTS, constraints)?.unwrap_or_default();
        if is_last {
            self.explicit_policy = self.explicit_policy.saturating_sub(1);
            if constraints.require_explicit_policy == Some(0) {
                self.explicit_policy = 0;
            }
        } else {
            self.is_satisfied()?;
            if let Some(mappings) = read(certificate, rfc5280::ID_CE_POLICY_MAPPINGS, mappings)? {
                self.map(&mappings);
            }
            if !is_self_issued {
                for counter in [
                    &mut self.explicit_policy,
                    &mut self.policy_mapping,
                    &mut self.inhibit_any_policy,
                ] {
                    *counter = counter.saturating_sub(1);
                }
            }
            let any = read(certificate, rfc5280::ID_CE_INHIBIT_ANY_POLICY, skipped)?;
            for (counter, said) in [
                (&mut self.explicit_policy, constraints.require_explicit_policy),
                (&mut self.policy_mapping, constraints.inhibit_policy_mapping),
                (&mut self.inhibit_any_policy, any),
            ] {
                *counter = said.map_or(*counter, |said| said.min(*counter));
            }
        }
        self.is_satisfied()
    }

    /// Whether a policy holds, or none must (6.1.3 f, 6.1.5 g).
    fn is_satisfied(&self) -> Result<(), PolicyFault> {
        if self.explicit_policy == 0 && self.level.is_none() {
            Err(PolicyFault::NoPolicy)
        } else {
            Ok(())
        }
    }

    /// Policies that go by another name below (6.1.4 b).
    fn map(&mut self, mappings: &Level) {
        let Some(level) = &mut self.level else { return };
        let takes_any = level.contains_key(&any_policy());
        for (policy, equivalents) in mappings {
            if self.policy_mapping == 0 {
                level.remove(policy);
            } else if takes_any || level.contains_key(policy) {
                level.insert(policy.clone(), equivalents.clone());
            }
        }
        if level.is_empty() {
            self.level = None;
        }
    }
}

/// The policies that hold of a certificate, below those that held of its issuer (6.1.3 d).
fn below(level: &Level, named: &BTreeSet<Policy>, takes_any: bool) -> Level {
    let any = any_policy();
    let expected: BTreeSet<&Policy> = level.values().flatten().collect();
    let takes_every = expected.contains(&any);
    let itself = |policy: &Policy| (policy.clone(), BTreeSet::from([policy.clone()]));
    let specific = named.iter().filter(|policy| **policy != any);
    let mut found: Level = specific
        .filter(|policy| takes_every || expected.contains(policy))
        .map(itself)
        .collect();
    if takes_any && named.contains(&any) {
        for policy in expected {
            found
                .entry(policy.clone())
                .or_insert_with(|| BTreeSet::from([policy.clone()]));
        }
    }
    found
}

/// What an extension says, where it is there; one that cannot be read is not understood.
fn read<T>(
    certificate: &Certificate,
    oid: ObjectIdentifier,
    parse: fn(Element<'_>) -> Result<T, DerError>,
) -> Result<Option<T>, PolicyFault> {
    let Some(value) = certificate.extension(oid) else {
        return Ok(None);
    };
    let element = value.first().ok_or(DerError::Truncated);
    let element = element.and_then(|first| Element::parse(value, *first));
    element
        .and_then(parse)
        .map(Some)
        .map_err(|_| PolicyFault::NotUnderstood { oid })
}

/// `CertificatePolicies ::= SEQUENCE OF SEQUENCE { policyIdentifier OBJECT IDENTIFIER, policyQualifiers OPTIONAL }` (4.2.1.4)
fn named_policies(value: Element<'_>) -> Result<BTreeSet<Policy>, DerError> {
    let policies = bounded(value)?;
    let identifier = |policy: Element<'_>| {
        policy
            .sequence()?
            .expect(tag::OBJECT_IDENTIFIER)
            .map(|policy| policy.content().to_vec())
    };
    policies.into_iter().map(identifier).collect()
}

/// `PolicyMappings ::= SEQUENCE OF SEQUENCE { issuerDomainPolicy OBJECT IDENTIFIER, subjectDomainPolicy OBJECT IDENTIFIER }`, none
/// of them anyPolicy (4.2.1.5, 6.1.4 a)
fn mappings(value: Element<'_>) -> Result<Level, DerError> {
    let mut mappings = Level::new();
    for mapping in bounded(value)? {
        let mut parts = mapping.sequence()?;
        let mut policy = || {
            parts
                .expect(tag::OBJECT_IDENTIFIER)
                .map(|policy| policy.content().to_vec())
        };
        let (issuer, subject) = (policy()?, policy()?);
        parts.finish()?;
        if [&issuer, &subject].contains(&&any_policy()) {
            return Err(DerError::Value);
        }
        mappings.entry(issuer).or_default().insert(subject);
    }
    Ok(mappings)
}

#[derive(Default)]
struct Constraints {
    require_explicit_policy: Option<u64>,
    inhibit_policy_mapping: Option<u64>,
}

/// `PolicyConstraints ::= SEQUENCE { requireExplicitPolicy [0] INTEGER OPTIONAL, inhibitPolicyMapping [1] INTEGER OPTIONAL }`, at
/// least one of them (4.2.1.11)
fn constraints(value: Element<'_>) -> Result<Constraints, DerError> {
    let mut parts = value.sequence()?;
    if parts.is_empty() {
        return Err(DerError::Truncated);
    }
    let mut number = |number| {
        let found = parts.optional(tag::context(number))?;
        found.map(|found| small(found.content())).transpose()
    };
    let constraints = Constraints {
        require_explicit_policy: number(0)?,
        inhibit_policy_mapping: number(1)?,
    };
    parts.finish()?;
    Ok(constraints)
}

/// `InhibitAnyPolicy ::= INTEGER` (4.2.1.14)
fn skipped(value: Element<'_>) -> Result<u64, DerError> {
    value.unsigned()
}

/// A number of certificates, as large as it may be said to be.
fn small(octets: &[u8]) -> Result<u64, DerError> {
    match octets {
        [] => Err(DerError::Truncated),
        [first, ..] if first & 0x80 != 0 => Err(DerError::Value),
        octets if octets.len() > 8 => Ok(u64::MAX),
        octets => Ok(octets.iter().fold(0, |value, octet| value << 8 | u64::from(*octet))),
    }
}

fn bounded(list: Element<'_>) -> Result<Vec<Element<'_>>, DerError> {
    let elements = list.sequence()?.elements()?;
    if elements.is_empty() || elements.len() > MAX_POLICIES {
        Err(DerError::Length)
    } else {
        Ok(elements)
    }
}

#[cfg(test)]
mod tests;
