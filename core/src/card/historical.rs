//! What a card says of itself before the first command: historical bytes and the capabilities in them
//! (ISO/IEC 7816-4:2020, 12.1.1). Hints only: nothing is decided by them that a failing command would not correct.

use crate::reader::ChannelInfo;
use crate::reader::ccid::AnswerToReset;

/// What a card says it can do (ISO/IEC 7816-4:2020, 12.1.1.9).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Capabilities {
    /// Files can be read by short identifier.
    pub(super) short_identifiers: bool,
    /// Extended length fields are understood.
    pub(super) extended_length: bool,
}

/// The historical bytes of a channel: from the ATS over NFC, out of the answer to reset otherwise.
pub(super) fn historical_bytes(info: &ChannelInfo) -> Vec<u8> {
    if info.historical_bytes.is_empty() {
        let atr = info.atr.as_deref().and_then(|atr| AnswerToReset::parse(atr).ok());
        return atr.map(|atr| atr.historical_bytes).unwrap_or_default();
    }
    info.historical_bytes.clone()
}

/// The capabilities in historical bytes; none where they are not in the compact TLV format.
pub(super) fn capabilities(historical: &[u8]) -> Capabilities {
    let mut objects = match historical {
        [0x00, rest @ ..] => rest.get(..rest.len().saturating_sub(3)).unwrap_or_default(),
        [0x80, rest @ ..] => rest,
        _ => return Capabilities::default(),
    };
    while let [header, rest @ ..] = objects {
        let length = usize::from(header & 0x0F);
        let Some(value) = rest.get(..length) else { break };
        if header >> 4 == 7 {
            return Capabilities {
                short_identifiers: value.first().is_some_and(|octet| octet & 0x04 != 0),
                extended_length: value.get(2).is_some_and(|octet| octet & 0x40 != 0),
            };
        }
        objects = rest.get(length..).unwrap_or_default();
    }
    Capabilities::default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An answer to reset of a card of the AKİS 2.x family, as public lists of answers to reset give it.
    const AKIS: [u8; 23] = [
        0x3B, 0x9F, 0x96, 0x81, 0x31, 0xFE, 0x45, 0x80, 0x65, 0x54, 0x43, 0x12, 0x21, 0x08, 0x31, 0xC0, 0x73, 0xF6,
        0x21, 0x80, 0x81, 0x05, 0x9A,
    ];

    #[test]
    fn akis_tells_short_identifiers_but_no_extended_length() {
        let told = capabilities(&AKIS[7..22]);
        assert_eq!(
            told,
            Capabilities {
                short_identifiers: true,
                extended_length: false
            }
        );
    }

    proptest! {
        #[test]
        fn reading_never_panics(octets in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = capabilities(&octets);
        }
    }
}
