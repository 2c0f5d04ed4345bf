//! Of whom a list speaks, and how much it tells of them (RFC 5280, 5.2.4 and 5.2.5).

use crate::certificate::address::point_names;
use crate::der::{DerError, Element, tag};

/// Which certificates a list speaks of (RFC 5280, 5.2.5).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    All,
    Holders,
    Authorities,
    /// None that is read here, such as certificates of attributes.
    Others,
}

impl Scope {
    /// What both leave.
    pub(super) fn within(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, scope) | (scope, Self::All) => scope,
            (one, other) if one == other => one,
            _ => Self::Others,
        }
    }
}

/// How much a list tells of the certificates it speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Whoever does not stand in it was not revoked.
    Whole,
    /// Whoever does not stand in it was not revoked for one of these reasons (onlySomeReasons, RFC 5280, 5.2.5).
    Reasons(Reasons),
    /// Whoever stands in it was revoked, and nothing is told of the others: changes alone (RFC 5280, 5.2.4), or entries of
    /// several issuers.
    Entries,
    /// Nothing: it says something critical that is not read here (RFC 5280, 5.2).
    Unknown,
    /// It speaks of other certificates, or for those who point to another place.
    Others,
}

impl Extent {
    /// What is left where both hold.
    pub(super) const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Others, _) | (_, Self::Others) => Self::Others,
            (Self::Entries, _) | (_, Self::Entries) => Self::Entries,
            (Self::Whole, extent) | (extent, Self::Whole) => extent,
            (Self::Reasons(one), Self::Reasons(other)) => Self::Reasons(Reasons(one.0 & other.0)),
        }
    }
}

/// `ReasonFlags ::= BIT STRING { unused (0), keyCompromise (1), …, aACompromise (8) }`
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Reasons(u16);

impl Reasons {
    /// Those of both.
    pub(crate) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether there is none beside them.
    pub(crate) const fn are_all(self) -> bool {
        const ALL: u16 = 0x7F80;
        self.0 & ALL == ALL
    }

    /// Of an implicitly tagged one.
    fn read(element: Element<'_>) -> Self {
        match *element.content() {
            [_, first] => Self(u16::from_be_bytes([first, 0])),
            [_, first, second, ..] => Self(u16::from_be_bytes([first, second])),
            [] | [_] => Self(0),
        }
    }
}

/// ```text
/// IssuingDistributionPoint ::= SEQUENCE { distributionPoint [0] OPTIONAL, onlyContainsUserCerts [1] DEFAULT FALSE,
///     onlyContainsCACerts [2] DEFAULT FALSE, onlySomeReasons [3] OPTIONAL, indirectCRL [4] DEFAULT FALSE,
///     onlyContainsAttributeCerts [5] DEFAULT FALSE }
/// ```
pub(super) struct IssuingPoint {
    pub(super) names: Vec<Vec<u8>>,
    pub(super) scope: Scope,
    pub(super) extent: Extent,
}

impl IssuingPoint {
    pub(super) fn parse(value: &[u8]) -> Result<Self, DerError> {
        let mut point = Self {
            names: Vec::new(),
            scope: Scope::All,
            extent: Extent::Whole,
        };
        for part in Element::parse(value, tag::SEQUENCE)?.children()?.elements()? {
            let set = part.content() != [0];
            match part.tag() {
                tag if tag == tag::context_constructed(0) => {
                    point.names = point_names(part)?;
                    // A name relative to the issuer's is not compared.
                    if point.names.is_empty() {
                        point.extent = Extent::Unknown;
                    }
                }
                tag if tag == tag::context(1) && set => point.scope = point.scope.within(Scope::Holders),
                tag if tag == tag::context(2) && set => point.scope = point.scope.within(Scope::Authorities),
                tag if tag == tag::context(3) => point.extent = point.extent.and(Extent::Reasons(Reasons::read(part))),
                tag if tag == tag::context(4) && set => point.extent = point.extent.and(Extent::Entries),
                tag if tag == tag::context(5) && set => point.scope = Scope::Others,
                _ if !set => {}
                _ => point.extent = Extent::Unknown,
            }
        }
        Ok(point)
    }
}
