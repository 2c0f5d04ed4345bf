//! What a virtual reader does by itself: it takes messages, speaks to the card, and queues its answers.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use basvuru::reader::Link;

use super::elsewhere::{ELSEWHERE, ELSEWHERE_BULK_IN, ELSEWHERE_BULK_OUT, Elsewhere};
use super::fault::{BadLine, UsbFault};
use super::{UsbLevel, locked};
use crate::block::CardBlocks;
use crate::card::SmartCard;
use crate::octets;
use crate::readers::CutPlace;

/// The bulk endpoints and the size of their packets.
pub(super) const BULK_OUT: u8 = 0x02;
pub(super) const BULK_IN: u8 = 0x81;
const PACKET: usize = 64;
/// The interface with the card.
pub(super) const INTERFACE: u8 = 0;
/// dwMaxCCIDMessageLength.
const MOST_MESSAGE: usize = 271;
const ERROR_MUTE: u8 = 0xFE;
const ERROR_BUSY: u8 = 0xE0;
/// Fi 372 and Di 1, which every card begins with.
pub(super) const USUAL_FACTORS: u8 = 0x11;
const ERROR_PARITY: u8 = 0xFD;

/// The reader itself.
pub(super) struct Device {
    pub(super) level: UsbLevel,
    pub(super) card: Option<Arc<Mutex<dyn SmartCard>>>,
    /// Empty looks before the card is there.
    pub(super) absent_for: usize,
    pub(super) speaks_blocks: bool,
    pub(super) powered: bool,
    pub(super) mute: bool,
    pub(super) unplugged: bool,
    pub(super) faults: Vec<(usize, UsbFault)>,
    pub(super) blocks: CardBlocks,
    /// The factors that the card goes by.
    pub(super) factors: u8,
    /// What the host last had set: the protocol and its parameters.
    pub(super) parameters: Vec<u8>,
    /// Whether the card does not answer to PPS, and to nothing else before the next reset.
    pub(super) refuses_speed: bool,
    /// Whether the card is in the wrong way round.
    pub(super) upside_down: bool,
    /// Whether the card repeats its last answer to a host that asks for the next one (T=1).
    pub(super) repeats_answers: bool,
    /// What else happens to transfers, by chance.
    pub(super) line: Option<BadLine>,
    pub(super) transfers: usize,
    /// Octets of a message from the host that is not whole yet.
    pub(super) incoming: Vec<u8>,
    /// Transfers for the host.
    pub(super) outgoing: VecDeque<Vec<u8>>,
    /// A command and an answer in several messages.
    pub(super) command: Vec<u8>,
    pub(super) answer: Vec<u8>,
    pub(super) answer_begun: bool,
    pub(super) claimed: Vec<u8>,
    /// The slot that the card is in; those before it are empty.
    pub(super) slot: u8,
    /// The interface that comes first, where there is another one.
    pub(super) elsewhere: Option<Elsewhere>,
    /// Whether the reader is at a command that it does not come to the end of.
    pub(super) hanging: bool,
    /// The number of the message that is to confirm what was asked for over the control pipe.
    pub(super) aborting: Option<u8>,
    /// Whether there are control transfers.
    pub(super) has_control: bool,
    /// The data rates that the reader lists, and the highest it can do.
    pub(super) rates: Vec<u32>,
    pub(super) most_rate: u32,
    /// Whether the reader stays at the speed that every card begins with.
    pub(super) refuses_parameters: bool,
    /// How many times the card says nothing when it is powered.
    pub(super) silent_for: usize,
}

impl Device {
    pub(super) fn descriptors(&self) -> Vec<u8> {
        let features: u32 = match self.level {
            UsbLevel::Tpdu => 0x0001_0030,
            UsbLevel::ShortApdu => 0x0002_00BA,
            UsbLevel::ExtendedApdu => 0x0004_07BA,
        };
        let mut ccid = vec![0_u8; 0x36];
        ccid[..8].copy_from_slice(&[0x36, 0x21, 0x10, 0x01, self.slot, 0x07, 0x03, 0]);
        ccid[10..14].copy_from_slice(&4000_u32.to_le_bytes());
        ccid[23..27].copy_from_slice(&self.most_rate.to_le_bytes());
        ccid[27] = u8::try_from(self.rates.len()).unwrap_or(u8::MAX);
        // A short field, so that answers come in several blocks.
        ccid[28..32].copy_from_slice(&64_u32.to_le_bytes());
        ccid[40..44].copy_from_slice(&features.to_le_bytes());
        ccid[44..48].copy_from_slice(&u32::try_from(MOST_MESSAGE).unwrap_or(0).to_le_bytes());
        let [low, high] = u16::try_from(PACKET).unwrap_or(0).to_le_bytes();
        let mut of_elsewhere = ccid.clone();
        of_elsewhere[4] = 0;
        of_elsewhere[40..44].copy_from_slice(&0x0002_00BA_u32.to_le_bytes());
        let interface = |number, ccid: &[u8], bulk_out, bulk_in| {
            [
                [9, 4, number, 0, 2, 0x0B, 0, 0, 0].as_slice(),
                ccid,
                &[7, 5, bulk_out, 2, low, high, 0],
                &[7, 5, bulk_in, 2, low, high, 0],
            ]
            .concat()
        };
        let first = interface(ELSEWHERE, &of_elsewhere, ELSEWHERE_BULK_OUT, ELSEWHERE_BULK_IN);
        [
            [9, 2, 86, 0, 1, 1, 0, 0xA0, 50].as_slice(),
            if self.elsewhere.is_some() {
                first.as_slice()
            } else {
                &[]
            },
            &interface(INTERFACE, &ccid, BULK_OUT, BULK_IN),
        ]
        .concat()
    }

    /// The other interface, where it can be used.
    pub(super) fn elsewhere(&mut self) -> Option<&mut Elsewhere> {
        let usable = !self.unplugged && self.claimed.contains(&ELSEWHERE);
        self.elsewhere.as_mut().filter(|_| usable)
    }

    /// Whether the cable is cut in front of this message.
    pub(super) fn is_cut_before(&mut self, data: &[u8]) -> bool {
        let cut = (0, UsbFault::Removal(CutPlace::BeforeSending));
        let Some(place) = self
            .faults
            .iter()
            .position(|fault| *fault == cut)
            .filter(|_| data.first() == Some(&0x6F))
        else {
            return false;
        };
        self.faults.remove(place);
        self.unplug();
        true
    }

    fn unplug(&mut self) {
        self.unplugged = true;
        self.powered = false;
        if let Some(card) = &self.card {
            locked(card).reset(Link::Contact);
        }
    }

    /// Takes a bulk transfer. A message of whole packets is not at its end before an empty packet has come.
    pub(super) fn take(&mut self, data: &[u8]) {
        self.incoming.extend_from_slice(data);
        if !data.is_empty() && data.len().is_multiple_of(PACKET) {
            return;
        }
        let message = std::mem::take(&mut self.incoming);
        let [kind, _, _, _, _, slot, sequence, first, second, third, data @ ..] = message.as_slice() else {
            return;
        };
        let sequence = *sequence;
        if *slot != self.slot {
            // There is no card in any other one.
            return self.send(0x81, sequence, 0x02, 0, 0, &[]);
        }
        if *kind == 0x72 && self.aborting == Some(sequence) {
            (self.aborting, self.hanging) = (None, false);
            return self.send(0x81, sequence, self.slot(), 0, 0, &[]);
        }
        if self.hanging {
            return self.send(0x81, sequence, 0x40 | self.slot(), ERROR_BUSY, 0, &[]);
        }
        match kind {
            0x62 => self.power_on(sequence, *first),
            0x63 => {
                self.powered = false;
                self.reset_card();
                self.send(0x81, sequence, 0, 0, 0, &[]);
            }
            0x65 => {
                let absent = self.absent_for > 0;
                self.absent_for = self.absent_for.saturating_sub(1);
                self.send(0x81, sequence, if absent { 0x02 } else { self.slot() }, 0, 0, &[]);
            }
            0x61 => {
                if self.refuses_parameters && data.first() != Some(&USUAL_FACTORS) {
                    self.parameters = vec![*first, USUAL_FACTORS];
                    // The place of the factors in the message.
                    return self.send(0x82, sequence, 0x40 | self.slot(), 10, 0, &[]);
                }
                self.parameters = [&[*first], data].concat();
                self.send(0x82, sequence, self.slot(), 0, 0, data);
            }
            0x6F => {
                let level = u16::from_le_bytes([*second, *third]);
                let data = data.to_vec();
                self.transfer(sequence, level, &data);
            }
            _ => self.send(0x81, sequence, 0x40 | self.slot(), 0, 0, &[]),
        }
    }

    fn slot(&self) -> u8 {
        match (&self.card, self.powered) {
            (None, _) => 0x02,
            (Some(_), false) => 0x01,
            (Some(_), true) => 0x00,
        }
    }

    fn reset_card(&mut self) {
        if let Some(card) = &self.card {
            locked(card).reset(Link::Contact);
        }
        let crc = self
            .card
            .as_ref()
            .is_some_and(|card| is_checked_by_crc(&locked(card).answer_to_reset()));
        self.blocks = CardBlocks::new(crc, self.repeats_answers);
        self.factors = USUAL_FACTORS;
        self.command.clear();
        self.answer.clear();
    }

    fn power_on(&mut self, sequence: u8, voltage: u8) {
        // The card works at 3 V: the host that has to choose tries 5 V first and is refused.
        let silent = self.silent_for > 0;
        self.silent_for = self.silent_for.saturating_sub(1);
        if silent || self.upside_down || self.level == UsbLevel::Tpdu && voltage != 2 {
            return self.send(0x80, sequence, 0x40 | self.slot(), ERROR_MUTE, 0, &[]);
        }
        self.reset_card();
        let Some(card) = self.card.clone() else {
            return self.send(0x80, sequence, 0x42, ERROR_MUTE, 0, &[]);
        };
        self.powered = true;
        self.mute &= !self.refuses_speed;
        let atr = locked(&card).answer_to_reset();
        self.send(0x80, sequence, 0, 0, 0, &atr);
    }

    /// PC_to_RDR_XfrBlock.
    fn transfer(&mut self, sequence: u8, level: u16, data: &[u8]) {
        self.transfers += 1;
        let due = self.faults.iter().position(|(after, _)| *after == 0);
        let ordered = due.map(|due| self.faults.remove(due).1);
        let fault = ordered.or_else(|| self.line.as_mut()?.next());
        for (after, _) in &mut self.faults {
            *after = after.saturating_sub(1);
        }
        match fault {
            Some(UsbFault::Mute) => self.mute = true,
            Some(UsbFault::Reinserted) => {
                self.powered = false;
                self.reset_card();
            }
            Some(UsbFault::Hangs) => {
                self.hanging = true;
                return;
            }
            Some(UsbFault::StaleAnswers) => {
                for earlier in 1..=3 {
                    self.send(0x80, sequence.wrapping_sub(earlier), 0, 0, 0, &[0x6F, 0x00]);
                }
            }
            Some(UsbFault::TimeExtensions) => {
                for _ in 0..20 {
                    self.send(0x80, sequence, 0x80, 1, 0, &[]);
                }
            }
            _ => {}
        }
        let Some(card) = self.card.clone().filter(|_| self.powered && !self.mute) else {
            return self.send(0x80, sequence, 0x40 | self.slot(), ERROR_MUTE, 0, &[]);
        };
        let mut card = locked(&card);
        let removal = match fault {
            Some(UsbFault::Removal(place)) => Some(place),
            _ => None,
        };
        // Negotiation of the protocol: what the host asks for is granted, and what else happens to it, is not played.
        let negotiates = self.level == UsbLevel::Tpdu && data.first() == Some(&0xFF) && data.len() <= 4;
        if negotiates && self.refuses_speed {
            self.mute = true;
            return self.send(0x80, sequence, 0x40 | self.slot(), ERROR_MUTE, 0, &[]);
        }
        if negotiates
            && let [_, kind, factors, _] = data
            && kind & 0x10 != 0
        {
            self.factors = *factors;
        }
        // The reader speaks at the speed it was told, and the card hears its own alone.
        if self.level == UsbLevel::Tpdu && !negotiates && self.parameters.get(1) != Some(&self.factors) {
            return self.send(0x80, sequence, 0x40 | self.slot(), ERROR_MUTE, 0, &[]);
        }
        if removal.is_none() && negotiates {
            return self.send(0x80, sequence, 0, 0, 0, data);
        }
        let lose_power = removal == Some(CutPlace::AfterSending);
        let answer = match (self.level, self.speaks_blocks) {
            (UsbLevel::Tpdu, true) => self.blocks.exchange(&mut *card, data, fault, lose_power),
            (UsbLevel::Tpdu, false) if !lose_power => Some(octets::respond(&mut *card, data)),
            (UsbLevel::Tpdu, false) | (UsbLevel::ShortApdu, _) => respond(&mut *card, data, lose_power),
            (UsbLevel::ExtendedApdu, _) => {
                drop(card);
                return self.transfer_extended(sequence, level, data, removal);
            }
        };
        drop(card);
        if removal.is_some() {
            return self.remove(sequence);
        }
        match (answer, fault) {
            (_, Some(UsbFault::ParityError)) => self.send(0x80, sequence, 0x40, ERROR_PARITY, 0, &[]),
            (Some(answer), _) => self.send(0x80, sequence, 0, 0, 0, &answer),
            (None, _) => self.send(0x80, sequence, 0x40, ERROR_MUTE, 0, &[]),
        }
    }

    /// The card is gone in the middle of a transfer.
    fn remove(&mut self, sequence: u8) {
        self.powered = false;
        if let Some(card) = &self.card {
            locked(card).reset(Link::Contact);
        }
        self.send(0x80, sequence, 0x42, ERROR_MUTE, 0, &[]);
    }

    fn transfer_extended(&mut self, sequence: u8, level: u16, data: &[u8], removal: Option<CutPlace>) {
        if level != 0x10 {
            self.command.extend_from_slice(data);
            if matches!(level, 1 | 3) {
                if removal.is_some() {
                    return self.remove(sequence);
                }
                return self.send(0x80, sequence, 0, 0, 0x10, &[]);
            }
            let command = std::mem::take(&mut self.command);
            let Some(card) = self.card.clone() else { return };
            let answer = respond(&mut *locked(&card), &command, removal == Some(CutPlace::AfterSending));
            self.answer = answer.unwrap_or_default();
            self.answer_begun = false;
        }
        if removal.is_some() {
            return self.remove(sequence);
        }
        let room = (MOST_MESSAGE - 10).min(self.answer.len());
        let rest = self.answer.split_off(room);
        let part = std::mem::replace(&mut self.answer, rest);
        let chain = match (self.answer_begun, self.answer.is_empty()) {
            (false, true) => 0,
            (false, false) => 1,
            (true, true) => 2,
            (true, false) => 3,
        };
        self.answer_begun = true;
        self.send(0x80, sequence, 0, 0, chain, &part);
    }

    /// Queues a message, in the packets that the bus carries.
    fn send(&mut self, kind: u8, sequence: u8, status: u8, error: u8, chain: u8, data: &[u8]) {
        let length = u32::try_from(data.len()).unwrap_or(0).to_le_bytes();
        let message = [&[kind], length.as_slice(), &[0, sequence, status, error, chain], data].concat();
        self.outgoing.extend(message.chunks(PACKET).map(<[u8]>::to_vec));
    }
}

/// Whether the first TC of T=1 in an answer to reset asks for a CRC (ISO/IEC 7816-3:2006, 11.4.4).
fn is_checked_by_crc(atr: &[u8]) -> bool {
    let mut octets = atr.iter().skip(1);
    let mut format = octets.next().copied().unwrap_or(0);
    for group in 1.. {
        let mut field = |bit: u8| (format & bit != 0).then(|| octets.next().copied().unwrap_or(0));
        let (_, _, tc, td) = (field(0x10), field(0x20), field(0x40), field(0x80));
        if group >= 3 && tc.is_some() {
            return tc == Some(1);
        }
        match td {
            Some(next) => format = next,
            None => break,
        }
    }
    false
}

/// The card's answer; `None` where it loses power over the command.
fn respond(card: &mut dyn SmartCard, command: &[u8], lose_power: bool) -> Option<Vec<u8>> {
    if lose_power {
        card.lose_power_during(command);
        return None;
    }
    Some(card.respond(command))
}
