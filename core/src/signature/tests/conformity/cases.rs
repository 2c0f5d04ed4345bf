//! What the conformity tests call invalid, by area, and what they call valid although something was revoked later.

mod lasting;
mod revocation;
mod serial;
mod signer;

use super::*;
use crate::certificate::crl::Crl;
use crate::certificate::ocsp::OcspAnswer;
use crate::certificate::revocation::{Evidence, UnknownState};
use crate::signature::references;
use crate::signature::report::{Limit, PolicyAttribute, TimestampKind};
use crate::signature::tests::forge::{damaged, without};

use SubIndication as Sub;
use Target::{Level as At, Profile as By};

/// The honest file that a case differs from in one point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    BasicByList,
    BasicByAnswer,
    StampedByList,
    StampedByAnswer,
    LongTerm,
    Archived,
    P2,
    P3,
    P4,
    TwoSigners,
    CounterSigned,
    CounterSignedTwice,
    Container,
}

impl Base {
    pub(super) const ALL: [Self; 13] = [
        Self::BasicByList,
        Self::BasicByAnswer,
        Self::StampedByList,
        Self::StampedByAnswer,
        Self::LongTerm,
        Self::Archived,
        Self::P2,
        Self::P3,
        Self::P4,
        Self::TwoSigners,
        Self::CounterSigned,
        Self::CounterSignedTwice,
        Self::Container,
    ];

    /// The level or profile.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::BasicByList
            | Self::BasicByAnswer
            | Self::TwoSigners
            | Self::CounterSigned
            | Self::CounterSignedTwice
            | Self::Container => "B-B",
            Self::StampedByList | Self::StampedByAnswer => "B-T",
            Self::LongTerm => "B-LT",
            Self::Archived => "B-LTA",
            Self::P2 => "P2",
            Self::P3 => "P3",
            Self::P4 => "P4",
        }
    }

    const fn file_name(self) -> &'static str {
        match self {
            Self::BasicByList => "honest-b-b-by-list",
            Self::BasicByAnswer => "honest-b-b-by-answer",
            Self::StampedByList => "honest-b-t-by-list",
            Self::StampedByAnswer => "honest-b-t-by-answer",
            Self::LongTerm => "honest-b-lt",
            Self::Archived => "honest-b-lta",
            Self::P2 => "honest-p2",
            Self::P3 => "honest-p3",
            Self::P4 => "honest-p4",
            Self::TwoSigners => "honest-two-signers",
            Self::CounterSigned => "honest-counter-signature",
            Self::CounterSignedTwice => "honest-counter-signature-of-another",
            Self::Container => "honest-container",
        }
    }

    fn plan(self, office: &Office) -> Plan {
        let (form, proof) = match self {
            Self::BasicByList => (Form::Alone(At(Level::BB)), Proof::List),
            Self::BasicByAnswer => (Form::Alone(At(Level::BB)), Proof::Answer),
            Self::StampedByList => (Form::Alone(At(Level::BT)), Proof::List),
            Self::StampedByAnswer => (Form::Alone(At(Level::BT)), Proof::Answer),
            Self::LongTerm => (Form::Alone(At(Level::BLT)), Proof::List),
            Self::Archived => (Form::Alone(At(Level::BLTA)), Proof::List),
            Self::P2 => (Form::Alone(By(Profile::P2)), Proof::List),
            Self::P3 => (Form::Alone(By(Profile::P3)), Proof::List),
            Self::P4 => (Form::Alone(By(Profile::P4)), Proof::Answer),
            Self::TwoSigners => (Form::TwoSigners, Proof::List),
            Self::CounterSigned => (Form::Serial(1), Proof::List),
            Self::CounterSignedTwice => (Form::Serial(2), Proof::List),
            Self::Container => (Form::Container, Proof::List),
        };
        office.plan(form, proof)
    }

    /// The file itself, as a case of its own.
    pub(super) fn honest(self, office: &Office) -> Case {
        let openssl = match self {
            // It does not look at counter-signatures, yet accepts the signature they are in.
            Self::BasicByList | Self::TwoSigners | Self::CounterSigned | Self::CounterSignedTwice | Self::Container => {
                Openssl::Lists
            }
            Self::StampedByList => Openssl::Timestamp,
            Self::BasicByAnswer
            | Self::StampedByAnswer
            | Self::LongTerm
            | Self::Archived
            | Self::P2
            | Self::P3
            | Self::P4 => Openssl::Plain,
        };
        Case {
            name: self.file_name(),
            openssl,
            ..case("", self, office, |_| {})
        }
    }
}

/// What of a case OpenSSL can judge, which has to agree where it can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Openssl {
    /// Nothing that the case is about.
    Nothing,
    /// Digest, value, certificates and their paths.
    Plain,
    /// These, and the lists in the file.
    Lists,
    /// The time-stamp.
    Timestamp,
}

impl Openssl {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "-",
            Self::Plain => "plain",
            Self::Lists => "lists",
            Self::Timestamp => "timestamp",
        }
    }
}

/// A file, and everything that is found in it.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) base: Base,
    pub(super) plan: Plan,
    /// Whether the verdict is that of someone who asks about revocation, since the file brings nothing.
    pub(super) asks: bool,
    pub(super) verdict: Verdict,
    pub(super) sub_indication: Option<SubIndication>,
    pub(super) findings: Vec<Finding>,
    pub(super) openssl: Openssl,
}

/// A case that passes unless it is said otherwise.
fn case(name: &'static str, base: Base, office: &Office, fault: impl FnOnce(&mut Plan)) -> Case {
    let mut plan = base.plan(office);
    fault(&mut plan);
    Case {
        name,
        base,
        plan,
        asks: false,
        verdict: Verdict::TotalPassed,
        sub_indication: None,
        findings: Vec::new(),
        openssl: Openssl::Nothing,
    }
}

impl Case {
    fn failed(self, sub_indication: SubIndication, findings: impl Into<Vec<Finding>>) -> Self {
        Self {
            verdict: Verdict::TotalFailed,
            sub_indication: Some(sub_indication),
            findings: findings.into(),
            ..self
        }
    }

    fn unsure(self, sub_indication: SubIndication, findings: impl Into<Vec<Finding>>) -> Self {
        Self {
            verdict: Verdict::Indeterminate,
            sub_indication: Some(sub_indication),
            findings: findings.into(),
            ..self
        }
    }

    fn by_openssl(self, openssl: Openssl) -> Self {
        Self { openssl, ..self }
    }
}

/// Every case.
pub(super) fn all(office: &Office) -> Vec<Case> {
    [
        signer::signed_attributes(office),
        signer::holder_certificate(office),
        revocation::revocation_of_holder(office),
        revocation::evidence(office),
        revocation::scopes(office),
        revocation::issuing_authority(office),
        lasting::timestamps(office),
        lasting::policies(office),
        lasting::references_and_values(office),
        lasting::references_and_lists(office),
        signer::several_signers(office),
        serial::counter_signatures(office),
    ]
    .into_iter()
    .flatten()
    .collect()
}
