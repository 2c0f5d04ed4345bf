//! A TCP relay on loopback that looks at TLS record headers (RFC 8446, 5.1) and nothing else: it counts connections and
//! the client's application-data records, and stops everything at one of them when a test says so.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::WorldError;

/// `application_data`: in TLS 1.3 everything a client sends encrypted, the end of its handshake included.
const APPLICATION_DATA: u8 = 23;
/// Type, version and length.
const HEADER_LENGTH: usize = 5;

/// Where a record is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// The record never leaves the relay.
    BeforeForwarding,
    /// The record reaches the server, and nothing the server says afterwards reaches the client.
    AfterForwarding,
}

/// A relay. It ends with the value that holds it.
pub struct Relay {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    connections: usize,
    records: usize,
    halt: Option<Ordered>,
}

struct Ordered {
    record: usize,
    place: Halt,
    reached: oneshot::Sender<()>,
}

impl Relay {
    /// Starts a relay on a free port of loopback in front of `server`.
    ///
    /// # Errors
    /// [`WorldError::File`] where no port is to be had.
    pub async fn before(server: SocketAddr) -> Result<Self, WorldError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let accepting = tokio::spawn(accept(listener, server, Arc::clone(&shared)));
        Ok(Self {
            address,
            shared,
            accepting,
        })
    }

    /// The relay's own address, `https://…`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// How many connections it has taken.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.lock().connections
    }

    /// How many application-data records clients have sent, over all connections.
    #[must_use]
    pub fn records(&self) -> usize {
        self.shared.lock().records
    }

    /// Orders a halt at a record, counted from 1 and from now. What this gives comes true when the record is there; from
    /// then on nothing passes over its connection, in either direction, until one end closes it.
    pub fn halt(&self, record: usize, place: Halt) -> oneshot::Receiver<()> {
        let (reached, halted) = oneshot::channel();
        let mut state = self.shared.lock();
        let record = state.records + record;
        state.halt = Some(Ordered { record, place, reached });
        halted
    }

    /// Takes back a halt that was not reached.
    pub fn go_on(&self) {
        self.shared.lock().halt = None;
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a record, and says whether it is the one to halt at.
    fn count(&self) -> Option<Ordered> {
        let mut state = self.lock();
        state.records += 1;
        let here = state.halt.as_ref().is_some_and(|halt| halt.record == state.records);
        if here { state.halt.take() } else { None }
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, shared: Arc<Shared>) {
    // What is spawned here ends with the relay.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        shared.lock().connections += 1;
        connections.spawn(connect(client, server, Arc::clone(&shared)));
        while connections.try_join_next().is_some() {}
    }
}

async fn connect(client: TcpStream, server: SocketAddr, shared: Arc<Shared>) {
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let (silence, silenced) = watch::channel(false);
    tokio::join!(
        upwards(from_client, to_server, &shared, silence),
        downwards(from_server, to_client, silenced),
    );
}

/// From the client to the server, record by record.
async fn upwards(mut client: OwnedReadHalf, mut server: OwnedWriteHalf, shared: &Shared, silence: watch::Sender<bool>) {
    loop {
        let mut record = vec![0; HEADER_LENGTH];
        if client.read_exact(&mut record).await.is_err() {
            break;
        }
        let length = usize::from(u16::from_be_bytes([record[3], record[4]]));
        record.resize(HEADER_LENGTH + length, 0);
        if client.read_exact(&mut record[HEADER_LENGTH..]).await.is_err() {
            break;
        }
        let halt = (record[0] == APPLICATION_DATA).then(|| shared.count()).flatten();
        if let Some(Ordered { place, reached, .. }) = halt {
            let _ = silence.send(true);
            if place == Halt::AfterForwarding {
                let _ = server.write_all(&record).await;
            }
            let _ = reached.send(());
            // The connection hangs until the client lets go of it.
            let mut rest = [0; 1024];
            while matches!(client.read(&mut rest).await, Ok(count) if count > 0) {}
            break;
        }
        if server.write_all(&record).await.is_err() {
            break;
        }
    }
    let _ = server.shutdown().await;
}

/// From the server to the client, until it is to be silent.
async fn downwards(mut server: OwnedReadHalf, mut client: OwnedWriteHalf, mut silenced: watch::Receiver<bool>) {
    let mut octets = vec![0; 16 * 1024];
    loop {
        let count = tokio::select! {
            biased;
            _ = silenced.wait_for(|silent| *silent) => break,
            count = server.read(&mut octets) => count,
        };
        match count {
            Ok(count) if count > 0 && client.write_all(&octets[..count]).await.is_ok() => {}
            _ => {
                let _ = client.shutdown().await;
                return;
            }
        }
    }
    // Silent, yet open: closing would tell the client something.
    while matches!(server.read(&mut octets).await, Ok(count) if count > 0) {}
}
