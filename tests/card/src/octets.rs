//! T=0 from the card's side (ISO/IEC 7816-3:2006, 12.2): what a command has to look like on its way to the card.

use crate::card::SmartCard;

/// 6700: wrong length.
const WRONG_LENGTH: [u8; 2] = [0x67, 0x00];

/// Whether a card speaks T=0, by the first protocol of its answer to reset.
pub(crate) fn speaks_octets(card: &dyn SmartCard) -> bool {
    card.answer_to_reset().get(1).is_some_and(|format| format & 0x80 == 0)
}

/// The card's answer to a command as the link carries it. Over T=0 that is five octets of header and the data, if there
/// are any: a card refuses a header of four octets, and the length of an answer behind the data.
pub(crate) fn respond(card: &mut dyn SmartCard, command: &[u8]) -> Vec<u8> {
    let whole = match command {
        [_, _, _, _, _] => true,
        [_, _, _, _, length, data @ ..] => data.len() == usize::from(*length),
        _ => false,
    };
    if speaks_octets(card) && !whole {
        return WRONG_LENGTH.to_vec();
    }
    card.respond(command)
}
