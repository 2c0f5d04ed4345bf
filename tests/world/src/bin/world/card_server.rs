//! A virtual card behind TCP ports, one for each way to reach it. A connection is a card session: it begins with the card
//! powered on anew, and what it sends is a length, big-endian in two octets, and as many octets; what comes back has the
//! same form.
//!
//! On the ports for contacts and NFC, one octet is a word to the reader: 0, 1 and 2 power the card off, on and off and on, without an answer; 4 asks for
//! the answer to reset. Anything else is a command APDU, and the response APDU comes back. This is what vpcd, the virtual
//! reader of the vsmartcard project, says to a card.
//!
//! On the port for USB, a message is one transfer to or from a reader with the card in it, see [`crate::usb_session`].

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use basvuru::digest::hexadecimal;
use basvuru::reader::Link;
use basvuru_test_card::{SharedCard, SmartCard, VirtualCard};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::usb_session::UsbSession;

/// A card that is served. The serving ends with this value.
pub(crate) struct CardServer {
    card: Arc<Mutex<Remembering>>,
    contact: SocketAddr,
    nfc: SocketAddr,
    usb: SocketAddr,
    accepting: [JoinHandle<()>; 3],
}

/// A card that remembers what reached it, however it was sent there.
struct Remembering {
    card: VirtualCard,
    commands: Vec<Command>,
}

/// A command, and how it was answered: not at all where the card lost its power meanwhile.
struct Command {
    octets: Vec<u8>,
    status: Option<[u8; 2]>,
}

impl Remembering {
    fn new(card: VirtualCard) -> Self {
        Self {
            card,
            commands: Vec::new(),
        }
    }
}

impl SmartCard for Remembering {
    fn respond(&mut self, command: &[u8]) -> Vec<u8> {
        let answer = self.card.respond(command);
        self.commands.push(Command {
            octets: command.to_vec(),
            status: answer.last_chunk().copied(),
        });
        answer
    }

    fn lose_power_during(&mut self, command: &[u8]) {
        self.commands.push(Command {
            octets: command.to_vec(),
            status: None,
        });
        self.card.lose_power_during(command);
    }

    fn reset(&mut self, link: Link) {
        self.card.reset(link);
    }

    fn answer_to_reset(&self) -> Vec<u8> {
        self.card.answer_to_reset()
    }

    fn historical_bytes(&self) -> Vec<u8> {
        self.card.historical_bytes()
    }

    fn knows_extended_length(&self) -> bool {
        self.card.knows_extended_length()
    }
}

/// A way to reach the card.
#[derive(Clone, Copy)]
enum Way {
    Apdus(Link),
    Usb,
}

impl CardServer {
    /// Serves a card on free ports of loopback.
    pub(crate) async fn start(card: VirtualCard) -> std::io::Result<Self> {
        let card = Arc::new(Mutex::new(Remembering::new(card)));
        let shared: SharedCard = Arc::clone(&card) as SharedCard;
        let sessions = Arc::default();
        let (contact, accepting_contact) = serve(&shared, &sessions, Way::Apdus(Link::Contact)).await?;
        let (nfc, accepting_nfc) = serve(&shared, &sessions, Way::Apdus(Link::Nfc)).await?;
        let (usb, accepting_usb) = serve(&shared, &sessions, Way::Usb).await?;
        Ok(Self {
            card,
            contact,
            nfc,
            usb,
            accepting: [accepting_contact, accepting_nfc, accepting_usb],
        })
    }

    /// Where the card is, and what a reader would know of it.
    pub(crate) fn description(&self) -> Value {
        let card = self.card.lock().unwrap_or_else(PoisonError::into_inner);
        json!({
            "contact_port": self.contact.port(),
            "nfc_port": self.nfc.port(),
            "usb_port": self.usb.port(),
            "historical_bytes": hexadecimal(&card.historical_bytes()),
            "extended_length": card.knows_extended_length(),
        })
    }

    /// Every command that reached the card, in order.
    pub(crate) fn commands(&self) -> Value {
        let card = self.card.lock().unwrap_or_else(PoisonError::into_inner);
        let commands = card.commands.iter();
        commands
            .map(|command| json!({ "command": hexadecimal(&command.octets), "status": command.status.map(|status| hexadecimal(&status)) }))
            .collect()
    }
}

impl fmt::Display for CardServer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "contact {}, NFC {}, USB {}",
            self.contact, self.nfc, self.usb
        )
    }
}

impl Drop for CardServer {
    fn drop(&mut self) {
        for accepting in &self.accepting {
            accepting.abort();
        }
    }
}

/// `sessions` counts those of the card, whatever way it is reached by.
async fn serve(
    card: &SharedCard,
    sessions: &Arc<AtomicU64>,
    way: Way,
) -> std::io::Result<(SocketAddr, JoinHandle<()>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let (card, sessions) = (Arc::clone(card), Arc::clone(sessions));
    let accepting = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (card, sessions) = (Arc::clone(&card), Arc::clone(&sessions));
            let number = sessions.fetch_add(1, Ordering::SeqCst) + 1;
            tokio::spawn(async move {
                // A phone that breaks off has taken its card away; heard of late, it may be in another one by then, which has
                // powered it on anew.
                let _ = session(stream, &card, way).await;
                let mut card = locked(&card);
                if sessions.load(Ordering::SeqCst) == number {
                    card.reset(Link::Contact);
                }
            });
        }
    });
    Ok((address, accepting))
}

async fn session(mut stream: TcpStream, card: &SharedCard, way: Way) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    match way {
        Way::Usb => {
            let session = UsbSession::new(card);
            loop {
                let message = received(&mut stream).await?;
                send(&mut stream, &session.answer(&message).await).await?;
            }
        }
        Way::Apdus(link) => {
            locked(card).reset(link);
            loop {
                let message = received(&mut stream).await?;
                let answer = match message.as_slice() {
                    [0..=2] => {
                        locked(card).reset(link);
                        continue;
                    }
                    [4] => locked(card).answer_to_reset(),
                    command => locked(card).respond(command),
                };
                send(&mut stream, &answer).await?;
            }
        }
    }
}

async fn received(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let length = stream.read_u16().await?;
    let mut message = vec![0; usize::from(length)];
    stream.read_exact(&mut message).await?;
    Ok(message)
}

async fn send(stream: &mut TcpStream, message: &[u8]) -> std::io::Result<()> {
    let length = u16::try_from(message.len()).map_err(std::io::Error::other)?;
    // In one piece: two small writes would wait for each other.
    stream.write_all(&[&length.to_be_bytes(), message].concat()).await
}

/// A poisoned lock only means that another session has failed.
fn locked(card: &SharedCard) -> MutexGuard<'_, dyn SmartCard + 'static> {
    card.lock().unwrap_or_else(PoisonError::into_inner)
}
