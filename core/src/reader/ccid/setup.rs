//! From a reader just claimed to a card that answers commands: waiting, power, protocol and parameters
//! (CCID 1.1, 6.1; ISO/IEC 7816-3:2006, 6 to 9).

use super::atr::{AnswerToReset, ErrorDetection, Protocol};
use super::descriptor::ExchangeLevel;
use super::message::{Command, Reply, Slot};
use super::place::MOST_SLOTS;
use super::t1::{self, T1};
use super::{
    ConnectFailure, Delivery, LinkFailure, MOST_STALE, Mode, NoData, Place, Reader, TRANSFER_TIMEOUT, WHOLE, Wanted,
};
use crate::reader::UnsupportedReason;

/// How long what an earlier user left in the reader is looked for, in milliseconds.
const DRAIN_TIMEOUT: u32 = 20;
/// How often, and at what distance in milliseconds, a reader without a card is looked into.
const MOST_LOOKS: usize = 240;
const LOOK_DISTANCE: u32 = 250;
/// How many times a silent card is powered at every voltage.
const MOST_RESETS: usize = 2;
/// The factors that every card begins with: Fi 372, Di 1.
const USUAL_FACTORS: u8 = 0x11;
/// A card that does not answer, or not so that it can be understood: put in the wrong way round, for one.
const UNRESPONSIVE: LinkFailure = LinkFailure::Timeout {
    delivery: Delivery::NotSent,
};
/// A card that card and reader have no protocol for.
const NO_PROTOCOL: ConnectFailure = ConnectFailure::Unsupported(UnsupportedReason::CardProtocol);

/// What a card that was powered has said, and how it is spoken to.
type Powered = (AnswerToReset, Vec<u8>, Mode);

impl Reader {
    /// Waits for a card and powers it: the first that can be, of those in the reader. Says, too, whether there are others that
    /// were not tried.
    ///
    /// # Errors
    /// That of the first card, where none can be used.
    pub(super) async fn power_any_card(&mut self, wanted: &Wanted) -> Result<(Powered, bool), ConnectFailure> {
        let mut places = self.wait_for_card(wanted).await?.into_iter();
        let mut first = None;
        while let Some(place) = places.next() {
            self.go_to(place);
            match self.power_card().await {
                Ok(powered) => return Ok((powered, places.len() > 0)),
                Err(failure) if failure.is_of_the_card() && places.len() > 0 && self.time_left().is_some() => {
                    first.get_or_insert(failure);
                    self.let_go().await;
                }
                Err(failure) => return Err(first.unwrap_or(failure)),
            }
        }
        Err(first.unwrap_or(ConnectFailure::Link(LinkFailure::NoCard)))
    }

    /// The place that is used.
    pub(super) fn place(&self) -> Place {
        Place {
            interface: self.description.interface,
            slot: self.slot,
        }
    }

    fn go_to(&mut self, place: Place) {
        if let Some(interface) = self.interfaces.iter().find(|it| it.interface == place.interface) {
            self.description.clone_from(interface);
        }
        self.slot = place.slot;
        self.rates.clear();
    }

    /// Powers the card, and settles protocol and parameters.
    async fn power_card(&mut self) -> Result<Powered, ConnectFailure> {
        self.ask_for_rates().await?;
        let (mut atr, mut octets) = self.answer_to_reset().await?;
        let protocols = self.description.protocols;
        let knows = |protocol| match protocol {
            Protocol::T0 => protocols & 0x01 != 0,
            Protocol::T1 => protocols & 0x02 != 0,
        };
        let protocol = atr.choose(knows).ok_or(NO_PROTOCOL)?;
        let agreed = self.negotiate(&atr, protocol).await?;
        let taken = match agreed {
            Some(factors) => {
                self.set_parameters(&atr, protocol, factors).await? || !self.has_agreed(&atr, protocol, factors)
            }
            None => false,
        };
        let protocol = if taken {
            protocol
        } else {
            // A card that refuses may be silent from then on, and a reader that does not follow it hears nothing. After a
            // reset the card speaks its first protocol, at the speed that every card begins with (ISO/IEC 7816-3:2006, 6.3.1).
            self.exchange(Command::PowerOff, &[], TRANSFER_TIMEOUT).await?;
            (atr, octets) = self.answer_to_reset().await?;
            let first = atr.protocols.first().copied().filter(|first| knows(*first));
            let first = first.ok_or(NO_PROTOCOL)?;
            // A reader that does not take them is as every card begins.
            self.set_parameters(&atr, first, USUAL_FACTORS).await?;
            first
        };
        let mode = match (self.description.level, protocol) {
            (ExchangeLevel::ShortApdu | ExchangeLevel::ExtendedApdu, _) => Mode::Apdus,
            (ExchangeLevel::Tpdu, Protocol::T0) => Mode::Octets,
            (ExchangeLevel::Tpdu, Protocol::T1) => {
                let mut t1 = Box::new(T1::new(atr.error_detection, atr.information_field_size));
                if !self.description.tells_ifsd() {
                    let most = u32::from(t1::MOST_INFORMATION);
                    let size = self.description.most_ifsd.clamp(1, most);
                    let step = t1.tell_size(u8::try_from(size).expect("at most 254"));
                    self.drive(&mut t1, step).await?;
                }
                Mode::Blocks(t1)
            }
        };
        Ok((atr, octets, mode))
    }

    /// Powers the card, and reads its answer to reset. One that is no answer is that of a card that is not well or not put
    /// in well, as PC/SC has it, and no fault of the reader.
    async fn answer_to_reset(&mut self) -> Result<(AnswerToReset, Vec<u8>), LinkFailure> {
        let octets = self.power_on().await?;
        let atr = AnswerToReset::parse(&octets).map_err(|_| UNRESPONSIVE)?;
        Ok((atr, octets))
    }

    /// Throws away what an earlier user left unread.
    async fn drain(&mut self) -> Result<(), LinkFailure> {
        for _ in 0..MOST_STALE {
            match self
                .usb
                .bulk_in(self.description.bulk_in, self.transfer_size(), DRAIN_TIMEOUT)
                .await
            {
                Ok(_) => {}
                Err(LinkFailure::Timeout { .. }) => return Ok(()),
                Err(failure) => return Err(failure),
            }
        }
        Ok(())
    }

    /// Waits for a card in any slot of any interface that is wanted; all that have one then.
    async fn wait_for_card(&mut self, wanted: &Wanted) -> Result<Vec<Place>, LinkFailure> {
        let interfaces = self.interfaces.clone();
        for look in 0..MOST_LOOKS {
            let mut found = Vec::new();
            for interface in &interfaces {
                self.description.clone_from(interface);
                if look == 0 {
                    self.drain().await?;
                }
                for slot in 0..=interface.last_slot.min(MOST_SLOTS - 1) {
                    self.slot = slot;
                    let place = self.place();
                    let is_meant = wanted.place.is_none_or(|wanted| wanted == place);
                    if !is_meant || wanted.passed.contains(&place) {
                        continue;
                    }
                    let state = match self.exchange(Command::SlotStatus, &[], TRANSFER_TIMEOUT).await? {
                        Reply::Done { slot, .. } | Reply::Failed { slot, .. } => slot,
                        Reply::MoreTime => Slot::Empty,
                    };
                    if state != Slot::Empty {
                        found.push(place);
                    }
                }
            }
            if !found.is_empty() {
                return Ok(found);
            }
            self.usb.pause(LOOK_DISTANCE).await?;
        }
        Err(LinkFailure::NoCard)
    }

    /// Powers the card, at the reader's voltage or at each that it has, the usual one first; the answer to reset. Where the card
    /// says nothing at any, once more from a cold start.
    async fn power_on(&mut self) -> Result<Vec<u8>, LinkFailure> {
        let voltages: Vec<u8> = if self.description.chooses_voltage() {
            vec![0]
        } else {
            let has = |bit: u8| self.description.voltages & bit != 0;
            let all = [(1, has(1)), (2, has(2)), (3, has(4))];
            let known: Vec<u8> = all
                .into_iter()
                .filter_map(|(select, has)| has.then_some(select))
                .collect();
            if known.is_empty() { vec![1] } else { known }
        };
        let mut mute = false;
        for _ in 0..MOST_RESETS {
            for voltage in &voltages {
                let command = Command::PowerOn { voltage: *voltage };
                match self.exchange(command, &[], TRANSFER_TIMEOUT).await? {
                    Reply::Done { data, .. } => return Ok(data),
                    Reply::Failed { slot: Slot::Empty, .. } => return Err(LinkFailure::NoCard),
                    outcome @ (Reply::Failed { .. } | Reply::MoreTime) => {
                        // The index of a parameter: the reader does not know this voltage (CCID 1.1, table 6.2-2).
                        mute |= !matches!(outcome, Reply::Failed { error: 0..=0x7F, .. });
                        self.exchange(Command::PowerOff, &[], TRANSFER_TIMEOUT).await?;
                    }
                }
            }
            if !mute {
                break;
            }
        }
        Err(if mute { UNRESPONSIVE } else { LinkFailure::Unsupported })
    }

    /// Agrees on protocol and speed by PPS (ISO/IEC 7816-3:2006, 9) where that is the host's part; the factors in force, or
    /// nothing where the card does not agree.
    async fn negotiate(&mut self, atr: &AnswerToReset, protocol: Protocol) -> Result<Option<u8>, LinkFailure> {
        let wanted = self.fastest(atr.factors);
        if atr.specific.is_some() {
            return Ok(Some(atr.factors));
        }
        if self.description.level != ExchangeLevel::Tpdu || self.description.exchanges_pps() {
            return Ok(Some(wanted));
        }
        if atr.protocols.first() == Some(&protocol) && wanted == USUAL_FACTORS {
            return Ok(Some(wanted));
        }
        let number = match protocol {
            Protocol::T0 => 0,
            Protocol::T1 => 1,
        };
        let checked = |octets: &[u8]| {
            let check = octets.iter().fold(0, |check, octet| check ^ octet);
            [octets, &[check]].concat()
        };
        let request = if wanted == USUAL_FACTORS {
            checked(&[0xFF, number])
        } else {
            checked(&[0xFF, 0x10 | number, wanted])
        };
        let answer = self.transfer(&request, 1, WHOLE).await.map(|(data, _)| data);
        match answer {
            Ok(answer) if answer == request => Ok(Some(wanted)),
            // The card takes the protocol and leaves the speed as it is.
            Ok(answer) if answer == checked(&[0xFF, number]) => Ok(Some(USUAL_FACTORS)),
            Ok(_) | Err(NoData::Mute | NoData::Damaged | NoData::Refused) => Ok(None),
            Err(NoData::Link(failure)) => Err(failure),
        }
    }

    /// Whether card and host have agreed on something else than what every card begins with.
    fn has_agreed(&self, atr: &AnswerToReset, protocol: Protocol, factors: u8) -> bool {
        let by_host = self.description.level == ExchangeLevel::Tpdu && !self.description.exchanges_pps();
        by_host && atr.specific.is_none() && (factors != USUAL_FACTORS || atr.protocols.first() != Some(&protocol))
    }

    /// The fastest that both card and reader can do: as the card says, or with a smaller D, which a card that can do more takes as
    /// well (ISO/IEC 7816-3:2006, 9.2); the usual factors where the reader has nothing faster.
    fn fastest(&self, factors: u8) -> u8 {
        let Some(told) = baud_rate(factors & 0x0F) else {
            return USUAL_FACTORS;
        };
        let slower = |number: &u8| baud_rate(*number).is_some_and(|d| d <= told);
        let mut numbers: Vec<u8> = (1..=9).filter(slower).collect();
        numbers.sort_by_key(|number| std::cmp::Reverse(baud_rate(*number)));
        let usual = self.data_rate(USUAL_FACTORS);
        numbers
            .into_iter()
            .map(|number| factors & 0xF0 | number)
            .find(|factors| {
                let rate = self.data_rate(*factors);
                rate > usual && rate.is_some_and(|rate| self.keeps_up_with(rate))
            })
            .unwrap_or(USUAL_FACTORS)
    }

    /// The data rate at these factors by the reader's clock, in bits a second (ISO/IEC 7816-3:2006, tables 7 and 8).
    fn data_rate(&self, factors: u8) -> Option<u64> {
        let (f, d) = (clock_rate(factors >> 4)?, baud_rate(factors & 0x0F)?);
        Some(u64::from(self.description.clock) * 1000 * d / f)
    }

    /// Whether the reader can do a data rate: one of those it lists, which are rounded in one way or another, or any up to its
    /// highest where it lists none.
    fn keeps_up_with(&self, rate: u64) -> bool {
        let listed = |listed: &u32| u64::from(*listed).abs_diff(rate) * 200 <= rate;
        let most = u64::from(self.description.most_data_rate);
        rate.saturating_sub(most) * 200 <= rate && (self.rates.is_empty() || self.rates.iter().any(listed))
    }

    /// Tells the reader what the card said, and whether the reader has taken it. One that has its own ways is not told.
    async fn set_parameters(
        &mut self,
        atr: &AnswerToReset,
        protocol: Protocol,
        factors: u8,
    ) -> Result<bool, LinkFailure> {
        if self.description.negotiates() {
            return Ok(true);
        }
        let convention = u8::from(atr.inverse) << 1;
        let (number, data) = match protocol {
            Protocol::T0 => (0, vec![factors, convention, atr.guard_time, atr.waiting_time, 0]),
            Protocol::T1 => {
                let check = u8::from(atr.error_detection == ErrorDetection::Crc);
                let size = atr.information_field_size;
                (
                    1,
                    vec![
                        factors,
                        0x10 | convention | check,
                        atr.guard_time,
                        atr.block_waiting,
                        0,
                        size,
                        0,
                    ],
                )
            }
        };
        let command = Command::SetParameters { protocol: number };
        let reply = self.exchange(command, &data, TRANSFER_TIMEOUT).await?;
        Ok(matches!(reply, Reply::Done { .. }))
    }
}

/// The clock rate conversion integer for a number.
fn clock_rate(number: u8) -> Option<u64> {
    let rates = [
        372, 372, 558, 744, 1116, 1488, 1860, 0, 0, 512, 768, 1024, 1536, 2048, 0, 0,
    ];
    rates.get(usize::from(number)).copied().filter(|rate| *rate > 0)
}

/// The baud rate adjustment integer for a number.
fn baud_rate(number: u8) -> Option<u64> {
    let rates = [0, 1, 2, 4, 8, 16, 32, 64, 12, 20, 0, 0, 0, 0, 0, 0];
    rates.get(usize::from(number)).copied().filter(|rate| *rate > 0)
}
