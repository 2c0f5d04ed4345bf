//! What a USB reader says of itself: the CCID interface in its configuration descriptor
//! (USB 2.0, 9.6; CCID 1.1, 5.1).

/// The class of a smart card interface.
const CLASS_SMART_CARD: u8 = 0x0B;
/// The class of a few old readers that carry the same descriptor.
const CLASS_VENDOR: u8 = 0xFF;
/// Descriptor types.
const TYPE_INTERFACE: u8 = 0x04;
const TYPE_ENDPOINT: u8 = 0x05;
const TYPE_CCID: u8 = 0x21;
/// The most CCID interfaces of one device that are used.
const MOST_INTERFACES: usize = 4;
/// The length of the CCID descriptor, in octets.
const CCID_LENGTH: usize = 0x36;

/// What a reader does by itself (CCID 1.1, 5.1, dwFeatures).
const AUTOMATIC_VOLTAGE: u32 = 0x08;
const AUTOMATIC_NEGOTIATION: u32 = 0x40;
const AUTOMATIC_PPS: u32 = 0x80;
const AUTOMATIC_IFSD: u32 = 0x400;
const LEVELS: u32 = 0x7_0000;

/// In what units a reader exchanges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExchangeLevel {
    /// Blocks of T=1 or commands of T=0: the host speaks the protocol.
    Tpdu,
    /// Short APDUs.
    ShortApdu,
    /// Short and extended APDUs, in as many messages as it takes.
    ExtendedApdu,
}

impl ExchangeLevel {
    /// The level's name, for support.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Tpdu => "TPDU",
            Self::ShortApdu => "short APDU",
            Self::ExtendedApdu => "extended APDU",
        }
    }
}

/// Why a device cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DescriptorError {
    /// There is no CCID interface.
    #[error("no smart card reader")]
    NotAReader,
    /// It is a token with the card's chip in it, on control transfers (USB ICCD 1.0).
    #[error("a token on control transfers")]
    Token,
    /// The reader exchanges single characters.
    #[error("a reader of single characters")]
    Characters,
    /// A reader without the endpoints that one has.
    #[error("a reader of a kind that is not supported")]
    Unsupported,
}

/// A CCID interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CcidDescription {
    /// bInterfaceNumber.
    pub(crate) interface: u8,
    /// bMaxSlotIndex: the number of the last slot; the first is 0.
    pub(crate) last_slot: u8,
    /// The bulk endpoints' addresses.
    pub(crate) bulk_out: u8,
    pub(crate) bulk_in: u8,
    /// The longest packet out, in octets.
    pub(crate) packet: usize,
    /// bVoltageSupport: 1 for 5 V, 2 for 3 V, 4 for 1.8 V.
    pub(crate) voltages: u8,
    /// dwProtocols: 1 for T=0, 2 for T=1.
    pub(crate) protocols: u32,
    /// dwDefaultClock, in kHz.
    pub(crate) clock: u32,
    /// dwMaxDataRate, in bits a second.
    pub(crate) most_data_rate: u32,
    /// bNumDataRatesSupported: how many rates the reader lists; none where it can do all up to the highest.
    pub(crate) rates: u8,
    /// dwMaxIFSD: the longest information field the reader takes in T=1.
    pub(crate) most_ifsd: u32,
    /// dwMaxCCIDMessageLength, in octets, the header of ten included.
    pub(crate) most_message: usize,
    /// In what units the reader exchanges.
    pub(crate) level: ExchangeLevel,
    /// bPINSupport: 1 for a reader on whose own keys a PIN can be typed, 2 for one on which it can be changed. Such a reader
    /// is used as any other: the PIN is typed on the phone.
    pub(crate) pin_support: u8,
    features: u32,
}

impl CcidDescription {
    /// Finds the CCID interfaces that we can use in a configuration descriptor with everything behind it: of a reader for cards
    /// with contacts and without, for one, there are two. Never empty.
    ///
    /// # Errors
    /// [`DescriptorError`] where there is none.
    pub(crate) fn parse(configuration: &[u8]) -> Result<Vec<Self>, DescriptorError> {
        let mut interface: Option<Interface> = None;
        let mut found = Vec::new();
        let mut failure = DescriptorError::NotAReader;
        let mut end = |interface: Option<Interface>| match interface.and_then(Interface::finish) {
            Some(Ok(description)) if found.len() < MOST_INTERFACES => found.push(description),
            Some(Err(error)) => failure = error,
            Some(Ok(_)) | None => {}
        };
        let mut rest = configuration;
        while let [length, kind, ..] = *rest {
            let length = usize::from(length);
            let Some(descriptor) = rest.get(..length).filter(|_| length >= 2) else {
                break;
            };
            match kind {
                TYPE_INTERFACE => {
                    // What was begun has no more endpoints to come.
                    end(interface.take());
                    interface = Interface::begin(descriptor);
                }
                TYPE_CCID if length >= CCID_LENGTH => {
                    if let Some(interface) = &mut interface {
                        interface.ccid = Some(descriptor.to_vec());
                    }
                }
                TYPE_ENDPOINT => {
                    if let Some(interface) = &mut interface {
                        interface.endpoint(descriptor);
                    }
                }
                _ => {}
            }
            rest = rest.get(length..).unwrap_or_default();
        }
        end(interface);
        if found.is_empty() { Err(failure) } else { Ok(found) }
    }

    /// Whether the reader chooses the card's voltage.
    pub(crate) fn chooses_voltage(&self) -> bool {
        self.features & AUTOMATIC_VOLTAGE != 0
    }

    /// Whether the reader sets the parameters by itself and takes none.
    pub(crate) fn negotiates(&self) -> bool {
        self.features & AUTOMATIC_NEGOTIATION != 0
    }

    /// Whether the reader exchanges PPS by itself.
    pub(crate) fn exchanges_pps(&self) -> bool {
        self.features & (AUTOMATIC_PPS | AUTOMATIC_NEGOTIATION) != 0
    }

    /// Whether the reader tells the card its information field size by itself.
    pub(crate) fn tells_ifsd(&self) -> bool {
        self.features & AUTOMATIC_IFSD != 0
    }
}

/// An interface whose descriptors are being gathered.
struct Interface {
    number: u8,
    class: u8,
    protocol: u8,
    ccid: Option<Vec<u8>>,
    bulk_out: Option<(u8, usize)>,
    bulk_in: Option<u8>,
}

impl Interface {
    fn begin(descriptor: &[u8]) -> Option<Self> {
        let [_, _, number, _alternate, _endpoints, class, _subclass, protocol, ..] = *descriptor else {
            return None;
        };
        matches!(class, CLASS_SMART_CARD | CLASS_VENDOR).then_some(Self {
            number,
            class,
            protocol,
            ccid: None,
            bulk_out: None,
            bulk_in: None,
        })
    }

    fn endpoint(&mut self, descriptor: &[u8]) {
        let [_, _, address, attributes, low, high, ..] = *descriptor else {
            return;
        };
        // Bulk endpoints only; some readers put the class descriptor behind the endpoints.
        if attributes & 0x03 != 2 {
            return;
        }
        if address & 0x80 == 0 {
            self.bulk_out = Some((address, usize::from(u16::from_le_bytes([low, high]) & 0x07FF)));
        } else {
            self.bulk_in = Some(address);
        }
    }

    /// The description; `None` where this is no CCID interface at all.
    fn finish(self) -> Option<Result<CcidDescription, DescriptorError>> {
        // bInterfaceProtocol 1 and 2 are the two ways of ICCD.
        if self.class == CLASS_SMART_CARD && matches!(self.protocol, 1 | 2) {
            return Some(Err(DescriptorError::Token));
        }
        let ccid = self.ccid?;
        let number = |offset: usize| {
            let octets: Option<[u8; 4]> = ccid.get(offset..offset + 4).and_then(|octets| octets.try_into().ok());
            octets.map_or(0, u32::from_le_bytes)
        };
        let features = number(40);
        let level = match features & LEVELS {
            0x1_0000 => ExchangeLevel::Tpdu,
            0x2_0000 => ExchangeLevel::ShortApdu,
            0x4_0000 => ExchangeLevel::ExtendedApdu,
            _ => return Some(Err(DescriptorError::Characters)),
        };
        let endpoints = self.bulk_out.filter(|(_, packet)| *packet > 0).zip(self.bulk_in);
        let (Some(((bulk_out, packet), bulk_in)), 0) = (endpoints, self.protocol) else {
            return Some(Err(DescriptorError::Unsupported));
        };
        // A reader that names no sensible length still carries one short APDU or one block.
        let most_message = usize::try_from(number(44))
            .unwrap_or(usize::MAX)
            .clamp(271, 0x1_0000 + 64);
        Some(Ok(CcidDescription {
            interface: self.number,
            last_slot: ccid.get(4).copied().unwrap_or(0),
            bulk_out,
            bulk_in,
            packet,
            voltages: ccid.get(5).copied().unwrap_or(0),
            protocols: number(6),
            clock: number(10),
            most_data_rate: number(23),
            rates: ccid.get(27).copied().unwrap_or(0),
            most_ifsd: number(28),
            most_message,
            level,
            pin_support: ccid.get(52).copied().unwrap_or(0),
            features,
        }))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A configuration with one CCID interface.
    fn configuration(class: u8, protocol: u8, features: u32) -> Vec<u8> {
        let mut ccid = vec![0_u8; CCID_LENGTH];
        ccid[..8].copy_from_slice(&[0x36, 0x21, 0x10, 0x01, 0x00, 0x07, 0x03, 0x00]);
        ccid[10..14].copy_from_slice(&4000_u32.to_le_bytes());
        ccid[23..27].copy_from_slice(&344_086_u32.to_le_bytes());
        ccid[28..32].copy_from_slice(&247_u32.to_le_bytes());
        ccid[40..44].copy_from_slice(&features.to_le_bytes());
        ccid[44..48].copy_from_slice(&271_u32.to_le_bytes());
        [
            [9, 2, 93, 0, 1, 1, 0, 0xA0, 50].as_slice(),
            &[9, 4, 0, 0, 3, class, 0, protocol, 0],
            &ccid,
            &[7, 5, 0x81, 3, 8, 0, 16],
            &[7, 5, 0x02, 2, 64, 0, 0],
            &[7, 5, 0x82, 2, 64, 0, 0],
        ]
        .concat()
    }

    /// A configuration with these interfaces: number, and number of the last slot.
    pub(crate) fn with_interfaces(interfaces: &[(u8, u8)]) -> Vec<u8> {
        let one = configuration(0x0B, 0, 0x0001_00B2);
        let mut whole = one[..9].to_vec();
        for (number, last_slot) in interfaces {
            let mut interface = one[9..].to_vec();
            (interface[2], interface[9 + 4]) = (*number, *last_slot);
            whole.extend(interface);
        }
        whole
    }

    /// The only interface in a configuration.
    fn only(configuration: &[u8]) -> Result<CcidDescription, DescriptorError> {
        let mut found = CcidDescription::parse(configuration)?;
        assert_eq!(found.len(), 1);
        Ok(found.remove(0))
    }

    #[test]
    fn every_interface_of_a_reader_is_found_and_what_cannot_be_used_is_passed_over() {
        let first = configuration(0x0B, 0, 0x0004_07BA);
        let token = &configuration(0x0B, 1, 0x0002_00BA)[9..];
        let mut second = configuration(0x0B, 0, 0x0002_00BA)[9..].to_vec();
        (second[2], second[9 + 4]) = (2, 1);
        let found = CcidDescription::parse(&[first.as_slice(), token, &second].concat()).unwrap();
        let places: Vec<_> = found.iter().map(|it| (it.interface, it.last_slot, it.level)).collect();
        let expected = [(0, 0, ExchangeLevel::ExtendedApdu), (2, 1, ExchangeLevel::ShortApdu)];
        assert_eq!(places, expected);
    }

    #[test]
    fn a_reader_sold_in_turkey_is_understood() {
        // The features of the ACR39U: TPDU, automatic PPS, frequency and baud rate.
        let reader = only(&configuration(0x0B, 0, 0x0001_00B2)).unwrap();
        assert_eq!((reader.bulk_out, reader.bulk_in, reader.packet), (0x02, 0x82, 64));
        assert_eq!(
            (reader.level, reader.most_ifsd, reader.most_message),
            (ExchangeLevel::Tpdu, 247, 271)
        );
        assert!(reader.exchanges_pps() && !reader.chooses_voltage() && !reader.negotiates() && !reader.tells_ifsd());
        assert_eq!((reader.voltages, reader.protocols), (7, 3));
    }

    #[test]
    fn a_reader_with_keys_for_the_pin_is_told_apart_and_used_as_any_other() {
        let plain = configuration(0x0B, 0, 0x0001_00B2);
        let mut with_keys = plain.clone();
        with_keys[9 + 9 + 52] = 3;
        let (plain, with_keys) = (only(&plain), only(&with_keys));
        let (plain, with_keys) = (plain.unwrap(), with_keys.unwrap());
        assert_eq!((plain.pin_support, with_keys.pin_support), (0, 3));
        assert_eq!(
            plain,
            CcidDescription {
                pin_support: 0,
                ..with_keys
            }
        );
    }

    #[test]
    fn levels_are_told_apart_and_characters_and_tokens_refused() {
        let level = |protocol, features| only(&configuration(0x0B, protocol, features)).map(|it| it.level);
        assert_eq!(level(0, 0x0002_00BA), Ok(ExchangeLevel::ShortApdu));
        assert_eq!(level(0, 0x0004_07BA), Ok(ExchangeLevel::ExtendedApdu));
        assert_eq!(level(0, 0x0000_00BA), Err(DescriptorError::Characters));
        for protocol in [1, 2] {
            assert_eq!(level(protocol, 0x0002_00BA), Err(DescriptorError::Token));
            // A token may do without the descriptor that readers have.
            let token = [9, 4, 0, 0, 0, 0x0B, 0, protocol, 0];
            assert_eq!(CcidDescription::parse(&token), Err(DescriptorError::Token));
        }
        assert_eq!(level(3, 0x0002_00BA), Err(DescriptorError::Unsupported));
        assert_eq!(
            CcidDescription::parse(&configuration(0x03, 0, 0x0001_0000)),
            Err(DescriptorError::NotAReader)
        );
        assert_eq!(CcidDescription::parse(&[]), Err(DescriptorError::NotAReader));
    }

    proptest! {
        #[test]
        fn reading_never_panics(octets in proptest::collection::vec(any::<u8>(), 0..200), position in 0usize..93) {
            let _ = CcidDescription::parse(&octets);
            let mut damaged = configuration(0x0B, 0, 0x0001_00B2);
            if let (Some(place), Some(octet)) = (damaged.get_mut(position), octets.first()) {
                *place = *octet;
            }
            let _ = CcidDescription::parse(&damaged);
        }
    }
}
