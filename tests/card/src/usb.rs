//! A USB card reader with a virtual card in it: CCID messages on one side, the card's own protocol on the other, and
//! faults of the link to order.
//!
//! It is written from the standards and shares no code with the host's side, so that each judges the other.

mod device;
mod elsewhere;
mod fault;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use basvuru::reader::{Delivery, LinkFailure, UsbControl, UsbReader};

use self::device::{BULK_IN, BULK_OUT, Device, INTERFACE, USUAL_FACTORS};
use self::elsewhere::{ELSEWHERE_BULK_IN, ELSEWHERE_BULK_OUT, Elsewhere};
use self::fault::BadLine;
pub use self::fault::UsbFault;
use crate::block::CardBlocks;
use crate::card::SmartCard;

/// In what units a virtual reader exchanges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsbLevel {
    /// Blocks of T=1, or commands of T=0, as the card speaks.
    Tpdu,
    /// Short APDUs.
    ShortApdu,
    /// Short and extended APDUs.
    ExtendedApdu,
}

/// A reader on USB.
pub struct VirtualUsbReader {
    device: Mutex<Device>,
}

impl VirtualUsbReader {
    /// A reader that exchanges at this level, with a card in it.
    #[must_use]
    pub fn new(level: UsbLevel, card: Arc<Mutex<dyn SmartCard>>) -> Self {
        let speaks_blocks = locked(&card)
            .answer_to_reset()
            .get(1)
            .is_some_and(|format| format & 0x80 != 0);
        Self {
            device: Mutex::new(Device {
                level,
                card: Some(card),
                absent_for: 0,
                speaks_blocks,
                powered: false,
                mute: false,
                unplugged: false,
                faults: Vec::new(),
                blocks: CardBlocks::new(false, false),
                factors: USUAL_FACTORS,
                parameters: Vec::new(),
                refuses_speed: false,
                upside_down: false,
                repeats_answers: false,
                line: None,
                transfers: 0,
                incoming: Vec::new(),
                outgoing: VecDeque::new(),
                command: Vec::new(),
                answer: Vec::new(),
                answer_begun: false,
                claimed: Vec::new(),
                slot: 0,
                elsewhere: None,
                hanging: false,
                aborting: None,
                has_control: true,
                rates: Vec::new(),
                most_rate: 500_000,
                refuses_parameters: false,
                silent_for: 0,
            }),
        }
    }

    /// Puts a card in that does not take part in PPS.
    pub fn refuse_speed(&self) {
        locked(&self.device).refuses_speed = true;
    }

    /// Makes the line bad: the fault happens to one block in twelve, by a chance that the seed determines.
    pub fn spoil_line(&self, fault: UsbFault, seed: u64) {
        locked(&self.device).line = Some(BadLine::new(fault, seed));
    }

    /// How often the bad line has spoiled a block.
    #[must_use]
    pub fn spoiled(&self) -> usize {
        locked(&self.device).line.as_ref().map_or(0, |line| line.faults)
    }

    /// Puts a card in that repeats its last answer, where others ask for a command that they have not got (T=1).
    pub fn repeat_answers(&self) {
        locked(&self.device).repeats_answers = true;
    }

    /// Gives the reader a list of data rates, the last of them its highest.
    pub fn list_rates(&self, rates: &[u32]) {
        let mut device = locked(&self.device);
        device.rates = rates.to_vec();
        device.most_rate = rates.last().copied().unwrap_or(device.most_rate);
    }

    /// Keeps the reader at the speed that every card begins with.
    pub fn refuse_parameters(&self) {
        locked(&self.device).refuses_parameters = true;
    }

    /// Lets the card say nothing when it is powered, so many times.
    pub fn silence_card(&self, times: usize) {
        locked(&self.device).silent_for = times;
    }

    /// Puts the card into the slot with this number, behind empty ones, and an interface without a card in front of its own.
    pub fn add_empty_places(&self, slot: u8, has_empty_interface: bool) {
        let mut device = locked(&self.device);
        device.slot = slot;
        device.elsewhere = has_empty_interface.then(Elsewhere::default);
    }

    /// Adds an interface with another card in it in front of the reader's own.
    pub fn add_card(&self, card: Arc<Mutex<dyn SmartCard>>) {
        locked(&self.device).elsewhere = Some(Elsewhere::with_card(card));
    }

    /// Takes the control transfers away, as a platform without them.
    pub fn withhold_control(&self) {
        locked(&self.device).has_control = false;
    }

    /// Turns the card, so that its contacts touch nothing, or back.
    pub fn turn_card(&self, upside_down: bool) {
        locked(&self.device).upside_down = upside_down;
    }

    /// What the host last had set: the number of the protocol and its parameters.
    #[must_use]
    pub fn parameters(&self) -> Vec<u8> {
        locked(&self.device).parameters.clone()
    }

    /// Lets the card be put in only after the reader has been looked into so many times.
    pub fn insert_card_after(&self, looks: usize) {
        locked(&self.device).absent_for = looks;
    }

    /// Orders a fault for the transfer to the card that comes after so many others.
    pub fn order(&self, after: usize, fault: UsbFault) {
        locked(&self.device).faults.push((after, fault));
    }

    /// Whether a fault that was ordered is still to come.
    #[must_use]
    pub fn fault_is_pending(&self) -> bool {
        !locked(&self.device).faults.is_empty()
    }

    /// The transfers to the card so far.
    #[must_use]
    pub fn transfers(&self) -> usize {
        locked(&self.device).transfers
    }

    /// Puts everything back in place: cable, card and its voice.
    pub fn repair(&self) {
        let mut device = locked(&self.device);
        (device.unplugged, device.mute, device.powered) = (false, false, false);
        device.claimed.clear();
        device.incoming.clear();
        // What was not read is left for the next user to find.
        device.outgoing.push_back(vec![0x80, 0, 0, 0, 0, 0, 0xEE, 0, 0, 0]);
    }

    /// Whether the card is powered.
    #[must_use]
    pub fn is_powered(&self) -> bool {
        locked(&self.device).powered
    }
}

#[async_trait]
impl UsbReader for VirtualUsbReader {
    async fn descriptors(&self) -> Result<Vec<u8>, LinkFailure> {
        Ok(locked(&self.device).descriptors())
    }

    async fn claim(&self, interface: u8) -> Result<(), LinkFailure> {
        let mut device = locked(&self.device);
        if device.claimed.contains(&interface) {
            return Err(LinkFailure::Busy);
        }
        device.claimed.push(interface);
        Ok(())
    }

    async fn bulk_out(&self, endpoint: u8, data: Vec<u8>, _timeout: u32) -> Result<(), LinkFailure> {
        let mut device = locked(&self.device);
        if let Some(elsewhere) = device.elsewhere().filter(|_| endpoint == ELSEWHERE_BULK_OUT) {
            elsewhere.take(&data);
            return Ok(());
        }
        if device.unplugged || !device.claimed.contains(&INTERFACE) || endpoint != BULK_OUT {
            return Err(LinkFailure::NoReader);
        }
        if device.is_cut_before(&data) {
            return Err(LinkFailure::NoReader);
        }
        device.take(&data);
        Ok(())
    }

    async fn bulk_in(&self, endpoint: u8, most: u32, _timeout: u32) -> Result<Vec<u8>, LinkFailure> {
        let mut device = locked(&self.device);
        // Nothing there means waiting in vain: there is no clock to wait by.
        let waited = LinkFailure::Timeout {
            delivery: Delivery::Unknown,
        };
        if let Some(elsewhere) = device.elsewhere().filter(|_| endpoint == ELSEWHERE_BULK_IN) {
            return elsewhere.outgoing.pop_front().ok_or(waited);
        }
        if device.unplugged || !device.claimed.contains(&INTERFACE) || endpoint != BULK_IN {
            return Err(LinkFailure::NoReader);
        }
        let mut transfer = device.outgoing.pop_front().ok_or(waited)?;
        transfer.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(transfer)
    }

    async fn control(&self, request: UsbControl) -> Result<Vec<u8>, LinkFailure> {
        let mut device = locked(&self.device);
        if device.unplugged || !device.claimed.contains(&INTERFACE) {
            return Err(LinkFailure::NoReader);
        }
        if !device.has_control {
            return Err(LinkFailure::Unsupported);
        }
        match (request.request_type, request.request, request.value.to_be_bytes()) {
            (0x21, 0x01, [sequence, slot]) if request.index == u16::from(INTERFACE) && slot == device.slot => {
                device.aborting = Some(sequence);
                Ok(Vec::new())
            }
            (0xA1, 0x03, [0, 0]) if request.index == u16::from(INTERFACE) && !device.rates.is_empty() => {
                let rates = device.rates.iter().flat_map(|rate| rate.to_le_bytes());
                Ok(rates.take(usize::from(request.length)).collect())
            }
            // What a device does not know, it stalls at.
            _ => Err(LinkFailure::Unexpected {
                delivery: Delivery::Unknown,
                detail: "stall".to_owned(),
            }),
        }
    }

    async fn pause(&self, _milliseconds: u32) -> Result<(), LinkFailure> {
        Ok(())
    }

    async fn release(&self, interface: u8) -> Result<(), LinkFailure> {
        locked(&self.device).claimed.retain(|claimed| *claimed != interface);
        Ok(())
    }
}

/// A poisoned lock only means that a test has failed elsewhere.
fn locked<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
