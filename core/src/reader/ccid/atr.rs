//! The answer to reset (ISO/IEC 7816-3:2006, 8): what a card says of its protocols before anything is sent to it.

/// A transmission protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Octets.
    T0,
    /// Blocks.
    T1,
}

/// How the octets of a block are protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorDetection {
    /// One octet, the exclusive-or of all.
    Lrc,
    /// Two octets of cyclic redundancy check.
    Crc,
}

/// Why octets are no answer to reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AtrError {
    /// The first octet is neither 3B nor 3F.
    #[error("no initial character")]
    Initial,
    /// The octets end before they should.
    #[error("cut short")]
    Truncated,
}

/// An answer to reset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AnswerToReset {
    /// Whether the card uses the inverse convention.
    pub(crate) inverse: bool,
    /// TA1, the transmission factors F and D that the card can work with; 11 where it does not say.
    pub(crate) factors: u8,
    /// TC1, extra guard time.
    pub(crate) guard_time: u8,
    /// TA2: the protocol the card insists on, where it allows no choice.
    pub(crate) specific: Option<Protocol>,
    /// The protocols offered that are known here, the first one first; none where the card offers others alone.
    pub(crate) protocols: Vec<Protocol>,
    /// TC2, the waiting time of T=0; 10 where it does not say.
    pub(crate) waiting_time: u8,
    /// TA of the first group for T=1: the longest information field the card takes.
    pub(crate) information_field_size: u8,
    /// TB of the first group for T=1: block and character waiting times.
    pub(crate) block_waiting: u8,
    /// TC of the first group for T=1.
    pub(crate) error_detection: ErrorDetection,
    /// The historical bytes.
    pub(crate) historical_bytes: Vec<u8>,
    /// Whether the check octet does not fit. The card is used all the same, as PC/SC does it, and it is noted.
    pub(crate) wrong_check: bool,
}

impl AnswerToReset {
    /// Reads an answer to reset. A check octet that is missing is let pass.
    ///
    /// # Errors
    /// Where the octets are no answer to reset.
    pub(crate) fn parse(octets: &[u8]) -> Result<Self, AtrError> {
        let inverse = match octets.first() {
            Some(0x3B) => false,
            Some(0x3F) => true,
            Some(_) => return Err(AtrError::Initial),
            None => return Err(AtrError::Truncated),
        };
        let format = *octets.get(1).ok_or(AtrError::Truncated)?;
        let mut atr = Self {
            inverse,
            factors: 0x11,
            guard_time: 0,
            specific: None,
            protocols: Vec::new(),
            waiting_time: 10,
            information_field_size: 32,
            block_waiting: 0x4D,
            error_detection: ErrorDetection::Lrc,
            historical_bytes: Vec::new(),
            wrong_check: false,
        };
        let mut rest = octets.get(2..).unwrap_or_default().iter().copied();
        let mut next = |present: bool| {
            if present {
                rest.next().map(Some).ok_or(AtrError::Truncated)
            } else {
                Ok(None)
            }
        };
        let (mut indicator, mut group, mut protocol) = (format, 1_u8, 0_u8);
        let mut needs_check = false;
        let mut offers = false;
        let mut t1_seen = false;
        // Each indicator octet announces the next; there are no more than the answer's 32 octets can hold.
        loop {
            let a = next(indicator & 0x10 != 0)?;
            let b = next(indicator & 0x20 != 0)?;
            let c = next(indicator & 0x40 != 0)?;
            let d = next(indicator & 0x80 != 0)?;
            match group {
                1 => {
                    atr.factors = a.unwrap_or(atr.factors);
                    atr.guard_time = c.unwrap_or(0);
                }
                2 => {
                    atr.specific = a.and_then(|mode| protocol_of(mode & 0x0F));
                    atr.waiting_time = c.unwrap_or(atr.waiting_time);
                }
                _ if protocol == 1 && !t1_seen => {
                    t1_seen = true;
                    atr.information_field_size = a.unwrap_or(atr.information_field_size);
                    atr.block_waiting = b.unwrap_or(atr.block_waiting);
                    if c.is_some_and(|kind| kind & 0x01 != 0) {
                        atr.error_detection = ErrorDetection::Crc;
                    }
                }
                _ => {}
            }
            let Some(d) = d else { break };
            protocol = d & 0x0F;
            needs_check |= protocol != 0;
            // T=15 is no protocol, but announces what holds for all of them.
            offers = true;
            if let Some(offered) = protocol_of(protocol).filter(|offered| !atr.protocols.contains(offered)) {
                atr.protocols.push(offered);
            }
            indicator = d;
            group = group.saturating_add(1);
        }
        if !offers {
            atr.protocols.push(Protocol::T0);
        }
        for _ in 0..format & 0x0F {
            atr.historical_bytes.extend(next(true)?);
        }
        let check_is_there = rest.next().is_some();
        let check = octets
            .get(1..)
            .unwrap_or_default()
            .iter()
            .fold(0, |check, octet| check ^ octet);
        atr.wrong_check = needs_check && check_is_there && check != 0;
        Ok(atr)
    }

    /// The protocol to use: the one the card insists on, or the better of those that card and reader both know.
    pub(crate) fn choose(&self, reader_knows: impl Fn(Protocol) -> bool) -> Option<Protocol> {
        if let Some(specific) = self.specific {
            return Some(specific).filter(|protocol| reader_knows(*protocol));
        }
        [Protocol::T1, Protocol::T0]
            .into_iter()
            .find(|protocol| self.protocols.contains(protocol) && reader_knows(*protocol))
    }
}

fn protocol_of(number: u8) -> Option<Protocol> {
    match number {
        0 => Some(Protocol::T0),
        1 => Some(Protocol::T1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_akis_card_offers_t1_with_full_blocks() {
        let octets = [
            0x3B, 0x9F, 0x96, 0x81, 0x31, 0xFE, 0x45, 0x80, 0x65, 0x54, 0x43, 0x12, 0x21, 0x08, 0x31, 0xC0, 0x73, 0xF6,
            0x21, 0x80, 0x81, 0x05, 0x9A,
        ];
        let atr = AnswerToReset::parse(&octets).unwrap();
        assert_eq!(
            (atr.factors, atr.specific, atr.protocols.as_slice()),
            (0x96, None, [Protocol::T1].as_slice())
        );
        assert_eq!((atr.information_field_size, atr.block_waiting), (0xFE, 0x45));
        assert_eq!(
            (atr.error_detection, atr.historical_bytes.as_slice()),
            (ErrorDetection::Lrc, &octets[7..22])
        );
        let mut wrong = octets;
        wrong[22] ^= 1;
        let expected = AnswerToReset {
            wrong_check: true,
            ..atr
        };
        assert_eq!(AnswerToReset::parse(&wrong), Ok(expected));
        let missing = AnswerToReset::parse(&octets[..22]).unwrap();
        assert!(!missing.wrong_check, "a missing check octet is let pass");
    }

    #[test]
    fn the_plainest_card_speaks_t0() {
        let atr = AnswerToReset::parse(&[0x3B, 0x02, 0x14, 0x50]).unwrap();
        assert_eq!((atr.choose(|_| true), atr.factors), (Some(Protocol::T0), 0x11));
        assert_eq!(atr.choose(|protocol| protocol == Protocol::T1), None);
    }

    #[test]
    fn a_card_that_offers_unknown_protocols_alone_is_used_by_none() {
        // T=14, as a few cards of public transport had it; T=14 and T=15; T=14 and T=1.
        for (octets, chosen) in [
            ([0x3B, 0x80, 0x0E, 0x8E].as_slice(), None),
            (&[0x3B, 0x80, 0x8E, 0x0F, 0x01], None),
            (&[0x3B, 0x80, 0x8E, 0x01, 0x0F], Some(Protocol::T1)),
        ] {
            let atr = AnswerToReset::parse(octets).unwrap();
            assert_eq!(atr.choose(|_| true), chosen, "{octets:02X?}");
        }
    }

    #[test]
    fn a_card_in_specific_mode_is_taken_at_its_word() {
        // TA1 and TD1 of T=0, then TA2 insisting on T=0 and TD2 offering T=1.
        let atr = AnswerToReset::parse(&[0x3B, 0x90, 0x11, 0x90, 0x00, 0x01, 0x10]).unwrap();
        assert_eq!(atr.specific, Some(Protocol::T0));
        assert_eq!(
            (atr.protocols.as_slice(), atr.choose(|_| true)),
            ([Protocol::T0, Protocol::T1].as_slice(), Some(Protocol::T0))
        );
    }

    #[test]
    fn cut_answers_are_refused() {
        assert_eq!(AnswerToReset::parse(&[]), Err(AtrError::Truncated));
        assert_eq!(AnswerToReset::parse(&[0x00, 0x00]), Err(AtrError::Initial));
        assert_eq!(AnswerToReset::parse(&[0x3B, 0x12]), Err(AtrError::Truncated));
        assert_eq!(AnswerToReset::parse(&[0x3B, 0x02, 0x14]), Err(AtrError::Truncated));
    }

    proptest! {
        #[test]
        fn reading_never_panics(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = AnswerToReset::parse(&octets);
            let _ = AnswerToReset::parse(&[&[0x3B], octets.as_slice()].concat());
        }
    }
}
