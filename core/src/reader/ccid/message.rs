//! CCID messages (CCID 1.1, 6): ten octets of header and the data behind, octets in and values out.

/// The length of a message's header, in octets.
pub(crate) const HEADER: usize = 10;

/// What a host sends (CCID 1.1, 6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    /// PC_to_RDR_SetParameters.
    SetParameters { protocol: u8 },
    /// PC_to_RDR_IccPowerOn with bPowerSelect.
    PowerOn { voltage: u8 },
    /// PC_to_RDR_IccPowerOff.
    PowerOff,
    /// PC_to_RDR_GetSlotStatus.
    SlotStatus,
    /// PC_to_RDR_Abort, after the request of the same name over the control pipe.
    Abort,
    /// PC_to_RDR_XfrBlock with bBWI and wLevelParameter.
    Transfer { waiting: u8, level: u16 },
}

impl Command {
    /// The octets of the message to a slot with this sequence number and data.
    pub(crate) fn encode(self, slot: u8, sequence: u8, data: &[u8]) -> Vec<u8> {
        let (kind, specific) = match self {
            Self::SetParameters { protocol } => (0x61, [protocol, 0, 0]),
            Self::PowerOn { voltage } => (0x62, [voltage, 0, 0]),
            Self::PowerOff => (0x63, [0; 3]),
            Self::SlotStatus => (0x65, [0; 3]),
            Self::Abort => (0x72, [0; 3]),
            Self::Transfer { waiting, level } => {
                let [low, high] = level.to_le_bytes();
                (0x6F, [waiting, low, high])
            }
        };
        let length = u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes();
        [&[kind], length.as_slice(), &[slot, sequence], &specific, data].concat()
    }

    /// The type of the message that answers.
    fn answered_by(self) -> u8 {
        match self {
            Self::PowerOn { .. } | Self::Transfer { .. } => 0x80,
            Self::PowerOff | Self::SlotStatus | Self::Abort => 0x81,
            Self::SetParameters { .. } => 0x82,
        }
    }
}

/// Whether there is a card and whether it is powered (CCID 1.1, 6.2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    /// A card, powered.
    Active,
    /// A card, not powered.
    Inactive,
    /// No card.
    Empty,
}

/// What a reader answers (CCID 1.1, 6.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    /// Done, with the data and, for a DataBlock, bChainParameter.
    Done { slot: Slot, chain: u8, data: Vec<u8> },
    /// Failed, with bError.
    Failed { slot: Slot, error: u8 },
    /// The card needs more time; the answer is still to come.
    MoreTime,
}

/// Why what a reader sends is no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed message of the reader")]
pub(crate) struct MessageError;

/// Puts transfers together until a message is whole, whatever their size.
#[derive(Debug)]
pub(crate) struct Assembler {
    most: usize,
    gathered: Vec<u8>,
}

impl Assembler {
    /// Takes messages of at most `most` octets.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            gathered: Vec::new(),
        }
    }

    /// Takes a transfer; gives the message when it is whole. What comes behind a whole message belongs to none.
    ///
    /// # Errors
    /// [`MessageError`] for a message longer than the reader may send.
    pub(crate) fn push(&mut self, transfer: &[u8]) -> Result<Option<Vec<u8>>, MessageError> {
        let room = (self.most + HEADER).saturating_sub(self.gathered.len());
        self.gathered.extend(transfer.iter().take(room));
        let Some(length) = self
            .gathered
            .get(1..5)
            .and_then(|octets| <[u8; 4]>::try_from(octets).ok())
        else {
            return Ok(None);
        };
        let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
        let whole = length
            .checked_add(HEADER)
            .filter(|whole| *whole <= self.most)
            .ok_or(MessageError)?;
        if self.gathered.len() < whole {
            return Ok(None);
        }
        let mut message = std::mem::take(&mut self.gathered);
        message.truncate(whole);
        Ok(Some(message))
    }
}

/// Reads a whole message as the answer to a command; `None` where it answers an earlier one.
///
/// # Errors
/// [`MessageError`] for an answer of the wrong type.
pub(crate) fn reply(command: Command, sequence: u8, message: &[u8]) -> Result<Option<Reply>, MessageError> {
    let [kind, _, _, _, _, _slot, answered, status, error, chain, data @ ..] = message else {
        return Err(MessageError);
    };
    if *answered != sequence {
        return Ok(None);
    }
    let slot = match status & 0x03 {
        0 => Slot::Active,
        1 => Slot::Inactive,
        _ => Slot::Empty,
    };
    match status >> 6 {
        0 if *kind == command.answered_by() => Ok(Some(Reply::Done {
            slot,
            chain: *chain,
            data: data.to_vec(),
        })),
        1 => Ok(Some(Reply::Failed { slot, error: *error })),
        2 => Ok(Some(Reply::MoreTime)),
        _ => Err(MessageError),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TRANSFER: Command = Command::Transfer {
        waiting: 3,
        level: 0x10,
    };

    #[test]
    fn a_message_has_its_length_and_sequence_number() {
        let message = TRANSFER.encode(1, 7, &[0xAA, 0xBB]);
        assert_eq!(message, [0x6F, 2, 0, 0, 0, 1, 7, 3, 0x10, 0, 0xAA, 0xBB]);
        assert_eq!(
            Command::PowerOn { voltage: 1 }.encode(0, 0, &[]),
            [0x62, 0, 0, 0, 0, 0, 0, 1, 0, 0]
        );
    }

    #[test]
    fn a_message_is_put_together_from_transfers() {
        let mut assembler = Assembler::new(271);
        let message = [&[0x80, 70, 0, 0, 0, 0, 1, 0, 0, 0], [9; 70].as_slice()].concat();
        assert_eq!(assembler.push(&message[..4]), Ok(None));
        assert_eq!(assembler.push(&message[4..64]), Ok(None));
        assert_eq!(assembler.push(&message[64..]), Ok(Some(message)));
        assert_eq!(
            Assembler::new(271).push(&[0x80, 0, 0, 0, 0x80]),
            Err(MessageError),
            "two gigabytes are not waited for"
        );
    }

    #[test]
    fn an_answer_to_an_earlier_command_is_passed_over() {
        let message = [0x80, 1, 0, 0, 0, 0, 6, 0, 0, 0, 0xAA];
        assert_eq!(reply(TRANSFER, 7, &message), Ok(None));
        let done = Reply::Done {
            slot: Slot::Active,
            chain: 0,
            data: vec![0xAA],
        };
        assert_eq!(reply(TRANSFER, 6, &message), Ok(Some(done)));
        assert_eq!(reply(Command::SlotStatus, 6, &message), Err(MessageError));
        assert_eq!(
            reply(TRANSFER, 6, &[0x80, 0, 0, 0, 0, 0, 6, 0x80, 1, 0]),
            Ok(Some(Reply::MoreTime))
        );
        let failed = Reply::Failed {
            slot: Slot::Empty,
            error: 0xFE,
        };
        assert_eq!(
            reply(TRANSFER, 6, &[0x80, 0, 0, 0, 0, 0, 6, 0x42, 0xFE, 0]),
            Ok(Some(failed))
        );
    }

    proptest! {
        #[test]
        fn reading_never_panics_and_never_keeps_more_than_a_message(
            transfers in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..100), 0..20),
        ) {
            let mut assembler = Assembler::new(271);
            for transfer in transfers {
                if let Ok(Some(message)) = assembler.push(&transfer) {
                    prop_assert!(message.len() <= 271);
                    let _ = reply(TRANSFER, 0, &message);
                }
                prop_assert!(assembler.gathered.len() <= 281);
            }
        }
    }
}
