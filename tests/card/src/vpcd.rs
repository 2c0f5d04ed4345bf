//! Puts a virtual card behind the PC/SC daemon, through the virtual reader of vsmartcard (vpcd), so that other software
//! can judge it.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use basvuru::reader::Link;

use crate::card::SmartCard;

/// The port of the first virtual reader.
pub const PORT: u16 = 35_963;

/// Control messages of one octet.
const OFF: u8 = 0;
const ON: u8 = 1;
const RESET: u8 = 2;
const ANSWER_TO_RESET: u8 = 4;

/// A card in the daemon's virtual reader. Dropping it takes the card out.
pub struct VirtualPcd {
    stream: TcpStream,
    worker: Option<JoinHandle<()>>,
}

impl VirtualPcd {
    /// Puts a card into the virtual reader that listens at `address`.
    ///
    /// # Errors
    /// Where no virtual reader listens there.
    pub fn insert(address: SocketAddr, card: Arc<Mutex<dyn SmartCard>>) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        let mut served = stream.try_clone()?;
        let worker = std::thread::spawn(move || {
            // The daemon closing the connection, or the card being taken out, ends the service.
            while serve(&mut served, &card).is_ok() {}
        });
        Ok(Self {
            stream,
            worker: Some(worker),
        })
    }
}

impl Drop for VirtualPcd {
    fn drop(&mut self) {
        // A connection that is closed already is as good.
        let _ = self.stream.shutdown(Shutdown::Both);
        if let Some(worker) = self.worker.take() {
            let _ = worker.join();
        }
    }
}

/// Answers one message: two octets of length, big endian, and the body.
fn serve(stream: &mut TcpStream, card: &Mutex<dyn SmartCard>) -> io::Result<()> {
    quicken(stream)?;
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut body = vec![0; usize::from(u16::from_be_bytes(length))];
    quicken(stream)?;
    stream.read_exact(&mut body)?;
    let mut card = card.lock().unwrap_or_else(PoisonError::into_inner);
    let answer = match body.as_slice() {
        [] => return Ok(()),
        [OFF | ON | RESET] => {
            card.reset(Link::Contact);
            return Ok(());
        }
        [ANSWER_TO_RESET] => card.answer_to_reset(),
        command => card.respond(command),
    };
    let length = u16::try_from(answer.len()).map_err(io::Error::other)?.to_be_bytes();
    stream.write_all(&[length.as_slice(), &answer].concat())
}

/// Without this every message waits for a delayed acknowledgement.
fn quicken(stream: &TcpStream) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    std::os::linux::net::TcpStreamExt::set_quickack(stream, true)?;
    #[cfg(not(target_os = "linux"))]
    let _ = stream;
    Ok(())
}
