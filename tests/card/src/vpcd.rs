//! Puts a virtual card behind the PC/SC daemon, through the virtual reader of vsmartcard (vpcd), so that other software
//! can judge it and ours can reach it as it reaches any card.
//!
//! The card answers in a thread of its own, which ends when the card is pulled out or vpcd ends.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use basvuru::card::apdu::redacted;
use basvuru::reader::Link;

use crate::octets;
use crate::readers::{Cut, CutPlace, Exchange, Meter, SharedCard};

/// The port of the first virtual reader.
pub const PORT: u16 = 35_963;
/// What vpcd asks for with one octet; anything longer is a command APDU.
const POWER_OFF: u8 = 0;
const POWER_ON: u8 = 1;
const RESET: u8 = 2;
const ANSWER_TO_RESET: u8 = 4;
/// How long vpcd is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// A card in a slot. Pulled out when dropped.
pub struct VirtualPcd {
    socket: TcpStream,
    shared: Arc<Mutex<Shared>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    cut: Option<Cut>,
    meter: Meter,
    exchanges: Vec<Exchange>,
}

impl VirtualPcd {
    /// Inserts a card into the slot that listens at an address.
    ///
    /// # Errors
    /// Nobody listens there.
    pub fn insert(slot: SocketAddr, card: SharedCard) -> io::Result<Self> {
        let socket = TcpStream::connect_timeout(&slot, PATIENCE)?;
        socket.set_nodelay(true)?;
        let shared = Arc::<Mutex<Shared>>::default();
        let (link, state) = (socket.try_clone()?, Arc::clone(&shared));
        let thread = thread::Builder::new().name("vpcd".to_owned()).spawn(move || {
            // An error here is a slot that has gone, which is how it ends.
            let _ = answer(&link, &card, &state);
            let _ = link.shutdown(Shutdown::Both);
        })?;
        Ok(Self {
            socket,
            shared,
            thread: Some(thread),
        })
    }

    /// Orders one cut: the card leaves its slot.
    pub fn cut(&self, cut: Cut) {
        locked(&self.shared).cut = Some(cut);
    }

    /// Whether the card is still in its slot.
    #[must_use]
    pub fn is_inserted(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }

    /// What has passed so far; a connection is a time the card was powered or reset.
    #[must_use]
    pub fn meter(&self) -> Meter {
        locked(&self.shared).meter
    }

    /// Every command that was sent, and its answer.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        locked(&self.shared).exchanges.clone()
    }

    /// Forgets what has passed so far.
    pub fn clear(&self) {
        let mut shared = locked(&self.shared);
        shared.meter = Meter::default();
        shared.exchanges.clear();
    }

    /// Waits until the slot has gone.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for VirtualPcd {
    fn drop(&mut self) {
        let _ = self.socket.shutdown(Shutdown::Both);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn answer(mut link: &TcpStream, card: &SharedCard, state: &Mutex<Shared>) -> io::Result<()> {
    let mut frame = Vec::new();
    loop {
        quicken(link)?;
        let mut length = [0; 2];
        link.read_exact(&mut length)?;
        frame.resize(usize::from(u16::from_be_bytes(length)), 0);
        quicken(link)?;
        link.read_exact(&mut frame)?;
        let response = match frame.as_slice() {
            [] | [POWER_OFF] => continue,
            [POWER_ON | RESET] => {
                locked(state).meter.connections += 1;
                locked(card).reset(Link::Contact);
                continue;
            }
            [ANSWER_TO_RESET] => locked(card).answer_to_reset(),
            command => match exchange(command, card, state) {
                Some(response) => response,
                None => return Ok(()),
            },
        };
        let length = u16::try_from(response.len()).map_err(io::Error::other)?;
        link.write_all(&[&length.to_be_bytes(), response.as_slice()].concat())?;
    }
}

/// Without it, the kernel waits for more before it acknowledges, and vpcd waits for the acknowledgement.
fn quicken(link: &TcpStream) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    std::os::linux::net::TcpStreamExt::set_quickack(link, true)?;
    #[cfg(not(target_os = "linux"))]
    let _ = link;
    Ok(())
}

/// The answer to a command, or none where the link is cut.
fn exchange(command: &[u8], card: &SharedCard, state: &Mutex<Shared>) -> Option<Vec<u8>> {
    let mut shared = locked(state);
    let place = match &mut shared.cut {
        Some(Cut { after: 0, place }) => Some(*place),
        Some(Cut { after, .. }) => {
            *after -= 1;
            None
        }
        None => None,
    };
    shared.meter.apdus += 1;
    shared.meter.bytes_out += command.len();
    let answer = match place {
        Some(CutPlace::BeforeSending) => None,
        Some(CutPlace::AfterSending) => {
            locked(card).lose_power_during(command);
            None
        }
        Some(CutPlace::AfterAnswering) => {
            octets::respond(&mut *locked(card), command);
            None
        }
        None => Some(octets::respond(&mut *locked(card), command)),
    };
    let octets = answer.as_deref().unwrap_or_default();
    shared.meter.bytes_in += octets.len();
    let exchange = Exchange {
        command: redacted(command),
        answer: octets.iter().map(|octet| format!("{octet:02X}")).collect(),
    };
    shared.exchanges.push(exchange);
    answer
}

/// A poisoned lock only means that a test has failed elsewhere.
fn locked<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::card::SmartCard;

    /// A card that answers whatever it is sent with its length.
    struct Measure;

    impl SmartCard for Measure {
        fn respond(&mut self, command: &[u8]) -> Vec<u8> {
            vec![u8::try_from(command.len()).unwrap(), 0x90, 0x00]
        }
        fn lose_power_during(&mut self, _: &[u8]) {}
        fn reset(&mut self, _: Link) {}
        fn answer_to_reset(&self) -> Vec<u8> {
            vec![0x3B, 0x00]
        }
        fn historical_bytes(&self) -> Vec<u8> {
            Vec::new()
        }
        fn knows_extended_length(&self) -> bool {
            false
        }
    }

    fn plugged() -> (TcpStream, VirtualPcd) {
        let slot = TcpListener::bind("127.0.0.1:0").unwrap();
        let card = VirtualPcd::insert(slot.local_addr().unwrap(), Arc::new(Mutex::new(Measure))).unwrap();
        (slot.accept().unwrap().0, card)
    }

    fn answered(slot: &mut TcpStream) -> Vec<u8> {
        let mut frame = [0; 2];
        slot.read_exact(&mut frame).unwrap();
        let mut frame = vec![0; usize::from(u16::from_be_bytes(frame))];
        slot.read_exact(&mut frame).unwrap();
        frame
    }

    #[test]
    fn a_card_answers_in_the_frames_of_vpcd() {
        let (mut slot, card) = plugged();
        slot.write_all(&[0, 1, POWER_ON, 0, 1, ANSWER_TO_RESET]).unwrap();
        assert_eq!(answered(&mut slot), [0x3B, 0x00]);
        slot.write_all(&[0, 5, 0x00, 0xA4, 0x00, 0x00, 0x00]).unwrap();
        assert_eq!(answered(&mut slot), [5, 0x90, 0x00]);
        let meter = card.meter();
        assert_eq!(
            (meter.connections, meter.apdus, meter.bytes_out, meter.bytes_in),
            (1, 1, 5, 3)
        );
        drop(slot);
        card.wait();
    }

    #[test]
    fn a_card_that_speaks_t0_refuses_what_t0_does_not_carry() {
        let (mut slot, _card) = plugged();
        for refused in [
            [0x00, 0x22, 0xC3, 0x81].as_slice(),
            &[0x00, 0xA4, 0x00, 0x00, 2, 0x3F, 0x00, 0x00],
        ] {
            let length = u8::try_from(refused.len()).unwrap();
            slot.write_all(&[&[0, length], refused].concat()).unwrap();
            assert_eq!(answered(&mut slot), [0x67, 0x00]);
        }
    }

    #[test]
    fn a_cut_takes_the_card_out_of_its_slot() {
        let (mut slot, card) = plugged();
        card.cut(Cut {
            after: 1,
            place: CutPlace::AfterAnswering,
        });
        slot.write_all(&[0, 5, 0, 0, 0, 0, 0]).unwrap();
        assert_eq!(answered(&mut slot), [5, 0x90, 0x00]);
        slot.write_all(&[0, 4, 0, 0, 0, 0]).unwrap();
        assert_eq!(slot.read(&mut [0; 8]).unwrap(), 0);
        card.wait();
    }
}
