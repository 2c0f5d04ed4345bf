//! A bad line to the portal: slow, silent for a while, or cut. It keeps the time of its runtime, which then passes by what the
//! line carries and by nothing else: a slow application is a matter of its octets, and takes a test no longer than any other.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet, yield_now};

use crate::WorldError;

/// Which way octets go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To the portal.
    Up,
    /// From the portal.
    Down,
}

/// What befalls a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// Its connection is lost.
    Cut,
    /// It carries nothing for so long, and goes on then.
    Silence(Duration),
}

/// What a line has carried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Carried {
    /// Octets to the portal, those of TLS included.
    pub up: u64,
    /// Octets from the portal, those of TLS included.
    pub down: u64,
    /// How long that took.
    pub time: Duration,
    /// How many of the mishaps have befallen it.
    pub mishaps: usize,
}

/// A bad line. It ends with the value that holds it.
pub struct BadLine {
    address: SocketAddr,
    shared: Arc<Mutex<State>>,
    accepting: JoinHandle<()>,
}

struct State {
    rate: u32,
    carried: Carried,
    /// Where the next mishap is, in octets that way, and what it is.
    mishap: Option<(Way, u64, Mishap)>,
    keeps_time: bool,
}

impl BadLine {
    /// Lays a line to `server`, of so many octets a second both ways together.
    ///
    /// # Errors
    /// [`WorldError::File`] where no port is to be had.
    pub async fn to(server: SocketAddr, rate: u32) -> Result<Self, WorldError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Mutex::new(State {
            rate,
            carried: Carried::default(),
            mishap: None,
            keeps_time: false,
        }));
        let accepting = tokio::spawn(accept(listener, server, Arc::clone(&shared)));
        Ok(Self {
            address,
            shared,
            accepting,
        })
    }

    /// The line's own address, `https://…`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// What it has carried so far while it kept the time.
    #[must_use]
    pub fn carried(&self) -> Carried {
        lock(&self.shared).carried
    }

    /// What is to befall it when it has carried so many octets more that way.
    pub fn after(&self, octets: u64, way: Way, mishap: Mishap) {
        let mut state = lock(&self.shared);
        let carried = match way {
            Way::Up => state.carried.up,
            Way::Down => state.carried.down,
        };
        state.mishap = Some((way, carried + octets, mishap));
    }

    /// Lets something happen by the time of this line. The runtime must have one thread: its clock stands still but for what
    /// the line carries.
    pub async fn keep_time<T>(&self, what: impl Future<Output = T>) -> T {
        tokio::time::pause();
        // A clock that stands still jumps when all wait, unless a thread works.
        let (release, held) = mpsc::channel::<()>();
        let working = tokio::task::spawn_blocking(move || {
            let _ = held.recv();
        });
        lock(&self.shared).keeps_time = true;
        let come = what.await;
        lock(&self.shared).keeps_time = false;
        drop(release);
        let _ = working.await;
        tokio::time::resume();
        come
    }
}

impl Drop for BadLine {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: TcpListener, server: SocketAddr, shared: Arc<Mutex<State>>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            let Ok(server) = TcpStream::connect(server).await else {
                return;
            };
            let _ = (client.set_nodelay(true), server.set_nodelay(true));
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            // What one way ends with, a cut for one, ends the other.
            tokio::select! {
                () = pass(from_client, to_server, &shared, Way::Up) => {}
                () = pass(from_server, to_client, &shared, Way::Down) => {}
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, shared: &Mutex<State>, way: Way) {
    let mut piece = vec![0; 4096];
    loop {
        let most = next_length(&lock(shared), way).min(piece.len());
        let Ok(length @ 1..) = from.read(&mut piece[..most]).await else {
            return;
        };
        if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
        match carry(shared, way, length as u64).await {
            None => {}
            Some(Mishap::Silence(time)) => pass_time(shared, time).await,
            Some(Mishap::Cut) => {
                // What was carried before is there.
                for _ in 0..8 {
                    yield_now().await;
                }
                return;
            }
        }
    }
}

/// A tenth of a second's worth, and no more than there is before the next mishap.
fn next_length(state: &State, way: Way) -> usize {
    let worth = u64::from(state.rate / 10).max(1);
    let carried = match way {
        Way::Up => state.carried.up,
        Way::Down => state.carried.down,
    };
    let before_mishap = match state.mishap {
        Some((there, at, _)) if there == way => at.saturating_sub(carried).max(1),
        _ => u64::MAX,
    };
    usize::try_from(worth.min(before_mishap)).unwrap_or(1)
}

/// Octets were carried: time has passed. Gives the mishap that has come with them.
async fn carry(shared: &Mutex<State>, way: Way, octets: u64) -> Option<Mishap> {
    let (time, mishap) = {
        let mut state = lock(shared);
        if !state.keeps_time {
            return None;
        }
        let carried = match way {
            Way::Up => &mut state.carried.up,
            Way::Down => &mut state.carried.down,
        };
        *carried += octets;
        let carried = *carried;
        let here = state.mishap.filter(|(there, at, _)| *there == way && *at <= carried);
        if here.is_some() {
            state.mishap = None;
            state.carried.mishaps += 1;
        }
        let time = Duration::from_secs(octets) / state.rate;
        (time, here.map(|(_, _, mishap)| mishap))
    };
    pass_time(shared, time).await;
    mishap
}

/// Lets time pass, a second at a time: everybody sees the end of their patience.
async fn pass_time(shared: &Mutex<State>, time: Duration) {
    let mut rest = time;
    while !rest.is_zero() {
        let step = rest.min(Duration::from_secs(1));
        {
            let mut state = lock(shared);
            if !state.keeps_time {
                return;
            }
            state.carried.time += step;
        }
        tokio::time::advance(step).await;
        rest -= step;
    }
    yield_now().await;
}
