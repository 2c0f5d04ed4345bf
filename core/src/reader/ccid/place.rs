//! The places for cards in a reader on USB: a reader for cards with contacts and without has several interfaces, and an
//! interface may have several slots.

use std::fmt;
use std::sync::Arc;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::descriptor::{CcidDescription, DescriptorError, ExchangeLevel};
use super::{
    CardChannel, CcidChannel, EXTENDED_ANSWER, EXTENDED_COMMAND, MOST_TIME, Mode, Reader, SHORT_ANSWER, State,
};
use crate::diagnosis::{self, CcidNote};
use crate::reader::{ChannelInfo, Link, LinkFailure, UnsupportedReason, UsbReader};

/// The most slots of one interface that are looked into.
pub(super) const MOST_SLOTS: u8 = 4;

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
        if failure == LinkFailure::Unsupported {
            return Self::Unsupported(UnsupportedReason::Untold);
        }
        Self::Link(failure)
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

/// Takes a USB reader as [`super::connect`] does, to the card in a certain place or in any but some.
///
/// # Errors
/// As [`super::connect`], with the reason where the reader or the card is not supported.
pub(crate) async fn connect_to(usb: Arc<dyn UsbReader>, wanted: &Wanted) -> Result<Connected, ConnectFailure> {
    let mut interfaces = CcidDescription::parse(&usb.descriptors().await?)?;
    if let Some(place) = wanted.place {
        interfaces.retain(|interface| interface.interface == place.interface && place.slot <= interface.last_slot);
    }
    let first = interfaces.first().ok_or(LinkFailure::NoReader)?;
    usb.claim(first.interface).await?;
    // An interface that another program has is left to it.
    let mut claimed = vec![interfaces.remove(0)];
    for interface in interfaces {
        if usb.claim(interface.interface).await.is_ok() {
            claimed.push(interface);
        }
    }
    let mut reader = Reader {
        usb,
        description: claimed[0].clone(),
        slot: 0,
        interfaces: claimed,
        rates: Vec::new(),
        sequence: 0,
        unanswered: false,
        delivered: false,
        deadline: Instant::now() + MOST_TIME,
    };
    let (powered, others) = match reader.power_any_card(wanted).await {
        Ok(powered) => powered,
        Err(failure) => {
            reader.leave().await;
            return Err(failure);
        }
    };
    let (atr, answer_to_reset, mode) = powered;
    let place = reader.place();
    diagnosis::reader_exchanges(CcidNote {
        level: reader.description.level.name(),
        protocol: mode.protocol(),
        wrong_check: atr.wrong_check,
    });
    let extended_length = reader.description.level == ExchangeLevel::ExtendedApdu || matches!(mode, Mode::Blocks(_));
    let info = ChannelInfo {
        link: Link::Contact,
        atr: Some(answer_to_reset),
        historical_bytes: atr.historical_bytes,
        max_command_length: if extended_length { EXTENDED_COMMAND } else { 261 },
        max_response_length: if extended_length { EXTENDED_ANSWER } else { SHORT_ANSWER },
        extended_length,
    };
    let state = State {
        reader,
        mode,
        usable: true,
    };
    let channel = Arc::new(CcidChannel {
        info,
        state: Mutex::new(state),
    });
    Ok(Connected { channel, place, others })
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
