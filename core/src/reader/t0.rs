//! Commands as T=0 carries them (ISO/IEC 7816-3:2006, 12.2): octets in, octets out.

use zeroize::Zeroizing;

/// The TPDU of a short command: five octets of header, and the data. A command with data and an answer goes without the
/// answer's length, and the card says `61xx`; what asks for the rest is above. `None` where the octets are no short
/// command.
pub(crate) fn tpdu(command: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut tpdu = Zeroizing::new(Vec::with_capacity(command.len() + 1));
    match command {
        [_, _, _, _] => {
            tpdu.extend_from_slice(command);
            tpdu.push(0);
        }
        [_, _, _, _, _] => tpdu.extend_from_slice(command),
        [_, _, _, _, length, rest @ ..] => {
            let data = usize::from(*length);
            if data == 0 || !(data..=data + 1).contains(&rest.len()) {
                return None;
            }
            tpdu.extend_from_slice(command.get(..5 + data)?);
        }
        _ => return None,
    }
    Some(tpdu)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_cases_have_their_tpdus() {
        assert_eq!(*tpdu(&[0, 0x22, 0xC3, 1]).unwrap(), [0, 0x22, 0xC3, 1, 0]);
        assert_eq!(*tpdu(&[0, 0xB0, 0, 0, 0x10]).unwrap(), [0, 0xB0, 0, 0, 0x10]);
        assert_eq!(
            *tpdu(&[0, 0x20, 0, 0x81, 2, 1, 2]).unwrap(),
            [0, 0x20, 0, 0x81, 2, 1, 2]
        );
        assert_eq!(*tpdu(&[0, 0xA4, 4, 0, 2, 1, 2, 0]).unwrap(), [0, 0xA4, 4, 0, 2, 1, 2]);
        assert!(tpdu(&[0, 0xB0, 0, 0, 0, 1, 0]).is_none());
        assert!(tpdu(&[0, 0xA4, 4, 0, 2, 1, 2, 0, 0]).is_none());
        assert!(tpdu(&[0]).is_none());
    }
}
