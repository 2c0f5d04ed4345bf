//! The card's side of T=1 (ISO/IEC 7816-3:2006, 11), with faults on the way. It holds the host to the letter: what is not
//! the block that the rules have next is answered by what the rules have for an invalid one, and brings nothing on.

use crate::card::SmartCard;
use crate::usb::UsbFault;

/// The state of the card's side. A reset is a new one.
pub(crate) struct CardBlocks {
    /// The number of the block being sent or to be sent next, and of the one expected.
    sending: bool,
    expecting: bool,
    /// How long an information field the host takes.
    host_size: usize,
    command: Vec<u8>,
    /// What is left of the answer, and the part of it that is not acknowledged yet.
    answer: Vec<u8>,
    part: Option<Vec<u8>>,
    /// The last block sent.
    last: Vec<u8>,
    /// The block that waits behind a request of the card.
    behind_request: Option<Vec<u8>>,
    /// Whether blocks end in a CRC.
    crc: bool,
    /// Whether the last answer is repeated to a host that asks for the next one, in place of a question for its command.
    repeats_answers: bool,
}

impl CardBlocks {
    /// The card's side after a reset.
    pub(crate) fn new(crc: bool, repeats_answers: bool) -> Self {
        Self {
            crc,
            repeats_answers,
            sending: false,
            expecting: false,
            host_size: 32,
            command: Vec::new(),
            answer: Vec::new(),
            part: None,
            last: Vec::new(),
            behind_request: None,
        }
    }

    /// The block that answers a block; `None` where nothing comes.
    pub(crate) fn exchange(
        &mut self,
        card: &mut dyn SmartCard,
        block: &[u8],
        fault: Option<UsbFault>,
        lose_power: bool,
    ) -> Option<Vec<u8>> {
        if fault == Some(UsbFault::LostCommand) {
            return None;
        }
        let mut block = block.to_vec();
        if fault == Some(UsbFault::DamagedCommand)
            && let Some(check) = block.last_mut()
        {
            *check ^= 0x55;
        }
        let answer = self.process(card, &block, lose_power)?;
        let mut answer = match fault {
            Some(UsbFault::MoreTime) => self.request(answer, 0xC3, 4),
            Some(UsbFault::SmallerField) => self.request(answer, 0xC1, 24),
            _ => answer,
        };
        self.last.clone_from(&answer);
        match fault {
            Some(UsbFault::LostAnswer) => return None,
            Some(UsbFault::DamagedAnswer) => {
                if let Some(check) = answer.last_mut() {
                    *check ^= 0x55;
                }
            }
            _ => {}
        }
        Some(answer)
    }

    fn request(&mut self, behind: Vec<u8>, control: u8, value: u8) -> Vec<u8> {
        self.behind_request = Some(behind);
        self.framed(control, &[value])
    }

    fn process(&mut self, card: &mut dyn SmartCard, block: &[u8], lose_power: bool) -> Option<Vec<u8>> {
        let check_length = self.check(&[]).len();
        let Some((block, check)) = block.split_at_checked(block.len().wrapping_sub(check_length)) else {
            return Some(self.invalid(1));
        };
        if self.check(block) != check {
            return Some(self.invalid(1));
        }
        let [0, control, length, information @ ..] = block else {
            return Some(self.invalid(2));
        };
        if usize::from(*length) != information.len() {
            return Some(self.invalid(2));
        }
        match *control {
            0xC0 => {
                *self = Self::new(self.crc, self.repeats_answers);
                Some(self.framed(0xE0, &[]))
            }
            0xC1 => {
                self.host_size = information.first().copied().map_or(32, usize::from).max(1);
                Some(self.framed(0xE1, information))
            }
            0xE1 | 0xE3 => Some(self.behind_request.take().unwrap_or_else(|| self.invalid(2))),
            // A request is answered before anything else goes on (rule 7.3).
            _ if self.behind_request.is_some() => Some(self.last.clone()),
            control if control & 0xC0 == 0x80 => Some(self.on_receipt(control & 0x10 != 0, control & 0x0F)),
            control if control & 0x80 == 0 => self.on_information(card, control, information, lose_power),
            _ => Some(self.invalid(2)),
        }
    }

    /// What answers an invalid block: a request or an R-block once more where that was sent last, an R-block otherwise
    /// (rule 7).
    fn invalid(&self, error: u8) -> Vec<u8> {
        let asked = self.last.get(1).is_some_and(|control| control & 0xC0 == 0x80);
        if asked || self.behind_request.is_some() {
            return self.last.clone();
        }
        self.receipt(error)
    }

    /// A receipt asks for the block it numbers. Where there is none, the card asks for the host's next block in turn, or
    /// repeats its last answer. To report an error with a block and to acknowledge it at once makes no sense.
    fn on_receipt(&mut self, number: bool, error: u8) -> Vec<u8> {
        let Some(part) = &self.part else { return self.invalid(0) };
        if number == self.sending {
            return self.part_block(&part.clone());
        }
        if self.answer.is_empty() && self.repeats_answers {
            return self.part_block(&part.clone());
        }
        if error != 0 || self.answer.is_empty() {
            return self.invalid(0);
        }
        self.sending = !self.sending;
        self.part = None;
        self.next_part()
    }

    fn on_information(
        &mut self,
        card: &mut dyn SmartCard,
        control: u8,
        information: &[u8],
        lose_power: bool,
    ) -> Option<Vec<u8>> {
        if (control & 0x40 != 0) != self.expecting {
            return Some(self.invalid(2));
        }
        self.expecting = !self.expecting;
        // A new command acknowledges the last part of the answer before.
        if self.part.take().is_some() {
            self.sending = !self.sending;
        }
        self.command.extend_from_slice(information);
        if control & 0x20 != 0 {
            return Some(self.receipt(0));
        }
        let command = std::mem::take(&mut self.command);
        if lose_power {
            card.lose_power_during(&command);
            return None;
        }
        self.answer = card.respond(&command);
        Some(self.next_part())
    }

    fn next_part(&mut self) -> Vec<u8> {
        let rest = self.answer.split_off(self.host_size.min(self.answer.len()));
        let part = std::mem::replace(&mut self.answer, rest);
        self.part = Some(part.clone());
        self.part_block(&part)
    }

    fn part_block(&self, part: &[u8]) -> Vec<u8> {
        let number = if self.sending { 0x40 } else { 0 };
        let more = if self.answer.is_empty() { 0 } else { 0x20 };
        self.framed(number | more, part)
    }

    fn receipt(&self, error: u8) -> Vec<u8> {
        self.framed(0x80 | if self.expecting { 0x10 } else { 0 } | error, &[])
    }

    fn framed(&self, control: u8, information: &[u8]) -> Vec<u8> {
        let length = u8::try_from(information.len()).unwrap_or(u8::MAX);
        let mut block = [&[0, control, length], information].concat();
        let check = self.check(&block);
        block.extend(check);
        block
    }

    /// The exclusive-or of all octets, or the CRC of ISO/IEC 13239, most significant octet first.
    fn check(&self, octets: &[u8]) -> Vec<u8> {
        if !self.crc {
            return vec![octets.iter().fold(0, |check, octet| check ^ octet)];
        }
        // The polynomial as it is written, over the bits as they are sent: the lowest of an octet first.
        let bits = octets.iter().flat_map(|octet| (0..8).map(move |bit| octet >> bit & 1));
        let check = bits.fold(0xFFFF_u16, |check, bit| {
            let carry = u16::from(bit) ^ check >> 15;
            check << 1 ^ if carry == 1 { 0x1021 } else { 0 }
        });
        check.reverse_bits().to_be_bytes().to_vec()
    }
}
