//! A TCP relay on loopback that looks at TLS record headers (RFC 8446, 5.1) and nothing else: it counts connections and
//! application-data records, and stops everything at one of them when a test says so.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::WorldError;

/// `application_data`: in TLS 1.3 everything that is encrypted, the end of the handshake included.
const APPLICATION_DATA: u8 = 23;
/// Type, version and length.
const HEADER_LENGTH: usize = 5;

/// What is stopped at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// A record of the client, which never leaves the relay.
    BeforeForwarding,
    /// A record of the client, which reaches the server; nothing the server says afterwards reaches the client.
    AfterForwarding,
    /// A record of the server, which reaches the client; nothing more passes.
    AfterAnswering,
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
    answers: usize,
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

    /// Orders a halt at a record of the client or of the server, counted from 1 and from now. What this gives comes true
    /// when the record is there; from then on nothing more passes over its connection, in either direction, and the
    /// server is not told when the client goes.
    pub fn halt(&self, record: usize, place: Halt) -> oneshot::Receiver<()> {
        let (reached, halted) = oneshot::channel();
        let mut state = self.shared.lock();
        let record = record
            + match place {
                Halt::BeforeForwarding | Halt::AfterForwarding => state.records,
                Halt::AfterAnswering => state.answers,
            };
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

    /// Counts a record of the client or of the server, and says whether it is the one to halt at.
    fn count(&self, by_server: bool) -> Option<Ordered> {
        let mut state = self.lock();
        let count = if by_server {
            &mut state.answers
        } else {
            &mut state.records
        };
        *count += 1;
        let count = *count;
        let here = state.halt.as_ref().is_some_and(|halt| {
            let of_server = halt.place == Halt::AfterAnswering;
            of_server == by_server && halt.record == count
        });
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
    let silence = watch::Sender::new(false);
    tokio::join!(
        pass(from_client, to_server, &shared, false, &silence),
        pass(from_server, to_client, &shared, true, &silence),
    );
}

/// Passes records on in one direction until there are no more, or there is to be silence in both.
async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    shared: &Shared,
    by_server: bool,
    silence: &watch::Sender<bool>,
) {
    let mut silenced = silence.subscribe();
    loop {
        let record = tokio::select! {
            biased;
            _ = silenced.wait_for(|silent| *silent) => break,
            record = record(&mut from) => record,
        };
        let Ok(record) = record else {
            let _ = to.shutdown().await;
            return;
        };
        let halt = (record[0] == APPLICATION_DATA)
            .then(|| shared.count(by_server))
            .flatten();
        if halt.is_some() {
            silence.send_replace(true);
        }
        let withheld = halt.as_ref().is_some_and(|halt| halt.place == Halt::BeforeForwarding);
        if !withheld && to.write_all(&record).await.is_err() {
            return;
        }
        if let Some(halt) = halt {
            let _ = halt.reached.send(());
        }
    }
    // Silent, yet open: the server must not learn that the client has gone before it has read what was forwarded. What
    // it says is heard by nobody, and the connection ends with the relay.
    let mut unheard = [0; 1024];
    while matches!(from.read(&mut unheard).await, Ok(count) if count > 0) {}
    std::future::pending::<()>().await;
}

/// Reads one record, header included.
async fn record(from: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Vec<u8>> {
    let mut record = vec![0; HEADER_LENGTH];
    from.read_exact(&mut record).await?;
    let length = usize::from(u16::from_be_bytes([record[3], record[4]]));
    record.resize(HEADER_LENGTH + length, 0);
    from.read_exact(&mut record[HEADER_LENGTH..]).await?;
    Ok(record)
}
