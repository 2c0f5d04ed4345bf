//! The places for cards in a reader on USB: a reader for cards with contacts and without has several interfaces, and an
//! interface may have several slots.

use std::fmt;
use std::sync::Arc;

use super::descriptor::{CcidDescription, DescriptorError};
use super::setup::MOST_SLOTS;
use super::{CardChannel, LinkFailure, UnsupportedReason};

/// A slot of an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// bInterfaceNumber.
    pub(crate) interface: u8,
    /// The number of the slot; the first is 0.
    pub(crate) slot: u8,
}

impl Place {
    /// Reads what [`fmt::Display`] writes: interface and slot with a dot between.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (interface, slot) = text.split_once('.')?;
        let place = Self {
            interface: interface.parse().ok()?,
            slot: slot.parse().ok()?,
        };
        // One place has one name.
        (place.to_string() == text).then_some(place)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.interface, self.slot)
    }
}

/// Where a card is looked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// The one place where it is to be; any where there is none.
    pub(crate) place: Option<Place>,
    /// Places whose cards are not the one.
    pub(crate) passed: Vec<Place>,
}

/// A card that answers commands.
pub(crate) struct Connected {
    pub(crate) channel: Arc<dyn CardChannel>,
    pub(crate) place: Place,
    /// Whether there are cards in other places that have not been tried.
    pub(crate) others: bool,
}

/// Why there is no channel to a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ConnectFailure {
    Link(LinkFailure),
    Unsupported(UnsupportedReason),
}

impl ConnectFailure {
    /// Whether the card in another place may do better.
    pub(super) fn is_of_the_card(&self) -> bool {
        match self {
            Self::Unsupported(_) => true,
            Self::Link(failure) => match failure {
                LinkFailure::NoCard
                | LinkFailure::CardLost { .. }
                | LinkFailure::CardReset { .. }
                | LinkFailure::Timeout { .. }
                | LinkFailure::Unsupported
                | LinkFailure::Malformed { .. } => true,
                LinkFailure::NoReader
                | LinkFailure::NoPermission
                | LinkFailure::Busy
                | LinkFailure::CancelledByPerson { .. }
                | LinkFailure::SessionExpired { .. }
                | LinkFailure::Unexpected { .. } => false,
            },
        }
    }
}

impl From<LinkFailure> for ConnectFailure {
    fn from(failure: LinkFailure) -> Self {
        match failure {
            LinkFailure::Unsupported => Self::Unsupported(UnsupportedReason::Untold),
            other => Self::Link(other),
        }
    }
}

impl From<DescriptorError> for ConnectFailure {
    fn from(error: DescriptorError) -> Self {
        match error {
            DescriptorError::NotAReader => Self::Link(LinkFailure::NoReader),
            DescriptorError::Token => Self::Unsupported(UnsupportedReason::Token),
            DescriptorError::Characters => Self::Unsupported(UnsupportedReason::Characters),
            DescriptorError::Unsupported => Self::Unsupported(UnsupportedReason::Untold),
        }
    }
}

impl From<ConnectFailure> for LinkFailure {
    fn from(failure: ConnectFailure) -> Self {
        match failure {
            ConnectFailure::Link(failure) => failure,
            ConnectFailure::Unsupported(_) => Self::Unsupported,
        }
    }
}

/// The places in the reader that sends these descriptors; none where it is no reader that can be used.
pub(crate) fn places(descriptors: &[u8]) -> Vec<Place> {
    let interfaces = CcidDescription::parse(descriptors).unwrap_or_default();
    let of_interface = |interface: CcidDescription| {
        let last = interface.last_slot.min(MOST_SLOTS - 1);
        (0..=last).map(move |slot| Place {
            interface: interface.interface,
            slot,
        })
    };
    interfaces.into_iter().flat_map(of_interface).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_one_name() {
        let place = Place { interface: 3, slot: 1 };
        assert_eq!(Place::parse(&place.to_string()), Some(place));
        for text in ["3", "3.", ".1", "3.1.0", "03.1", "3.+1", "256.0", "a.b"] {
            assert_eq!(Place::parse(text), None, "{text}");
        }
    }
}
