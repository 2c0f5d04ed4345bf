//! Another interface of a virtual reader, as a reader for cards with contacts and without has one: it exchanges short APDUs with
//! the card in it, if there is one.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use basvuru::reader::Link;

use super::locked;
use crate::card::SmartCard;

/// The number of the interface, and its bulk endpoints.
pub(super) const ELSEWHERE: u8 = 3;
pub(super) const ELSEWHERE_BULK_OUT: u8 = 0x04;
pub(super) const ELSEWHERE_BULK_IN: u8 = 0x85;

/// The interface.
#[derive(Default)]
pub(super) struct Elsewhere {
    card: Option<Arc<Mutex<dyn SmartCard>>>,
    powered: bool,
    /// Transfers for the host.
    pub(super) outgoing: VecDeque<Vec<u8>>,
}

impl Elsewhere {
    pub(super) fn with_card(card: Arc<Mutex<dyn SmartCard>>) -> Self {
        Self {
            card: Some(card),
            ..Self::default()
        }
    }

    /// Takes a message in one transfer; an empty one ends a message of whole packets.
    pub(super) fn take(&mut self, message: &[u8]) {
        let [kind, _, _, _, _, slot, sequence, _, _, _, data @ ..] = message else {
            return;
        };
        let Some(card) = self.card.clone().filter(|_| *slot == 0) else {
            // Whatever it is told, it answers that there is no card.
            return self.send(0x81, *sequence, 0x02, &[]);
        };
        match kind {
            0x62 => {
                locked(&card).reset(Link::Contact);
                self.powered = true;
                let atr = locked(&card).answer_to_reset();
                self.send(0x80, *sequence, 0, &atr);
            }
            0x63 => {
                locked(&card).reset(Link::Contact);
                self.powered = false;
                self.send(0x81, *sequence, 0x01, &[]);
            }
            0x61 => self.send(0x82, *sequence, 0, data),
            0x6F if self.powered => {
                let answer = locked(&card).respond(data);
                self.send(0x80, *sequence, 0, &answer);
            }
            _ => self.send(0x81, *sequence, u8::from(!self.powered), &[]),
        }
    }

    fn send(&mut self, kind: u8, sequence: u8, status: u8, data: &[u8]) {
        let length = u32::try_from(data.len()).unwrap_or(0).to_le_bytes();
        let message = [&[kind], length.as_slice(), &[0, sequence, status, 0, 0], data].concat();
        self.outgoing.push_back(message);
    }
}
