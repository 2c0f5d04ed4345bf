//! A proxy on loopback, as offices and schools have one: it opens tunnels (`CONNECT`), or does not.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::WorldError;

/// How a proxy treats who asks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manner {
    /// It opens every tunnel.
    Open,
    /// It opens tunnels for who sends this `Proxy-Authorization`, and asks others for one.
    OpenFor(String),
    /// It opens every tunnel, yet to somebody else.
    Elsewhere(SocketAddr),
    /// It opens none.
    Closed,
    /// It says nothing.
    Silent,
}

/// A proxy. It ends with the value that holds it.
pub struct Proxy {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// Starts one on a free port.
    ///
    /// # Errors
    /// [`WorldError::File`] where no port is to be had.
    pub async fn start(manner: Manner) -> Result<Self, WorldError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let heads = Arc::default();
        let accepting = tokio::spawn(accept(listener, manner, Arc::clone(&heads)));
        Ok(Self {
            address,
            heads,
            accepting,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it was asked: the first line of each request.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        let heads = self.heads.lock().unwrap_or_else(PoisonError::into_inner);
        let first = |head: &String| head.lines().next().unwrap_or_default().to_owned();
        heads.iter().map(first).collect()
    }

    /// Everything it was told in clear.
    #[must_use]
    pub fn heard(&self) -> String {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner).concat()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, manner: Manner, heads: Arc<Mutex<Vec<String>>>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let (manner, heads) = (manner.clone(), Arc::clone(&heads));
        connections.spawn(async move {
            // Whoever hangs up has what they came for.
            let _ = attend(client, manner, &heads).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn attend(mut client: TcpStream, manner: Manner, heads: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < 8192 {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    heads.lock().unwrap_or_else(PoisonError::into_inner).push(head.clone());
    let asked = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let authorization = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find_map(|(name, value)| {
            name.eq_ignore_ascii_case("proxy-authorization")
                .then(|| value.trim().to_owned())
        });
    let server = match manner {
        Manner::Open => asked,
        Manner::OpenFor(wanted) if authorization.as_ref() == Some(&wanted) => asked,
        Manner::OpenFor(_) => {
            let refusal = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"p\"\r\n\r\n";
            return client.write_all(refusal.as_bytes()).await;
        }
        Manner::Elsewhere(address) => address.to_string(),
        Manner::Closed => return client.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").await,
        Manner::Silent => return std::future::pending().await,
    };
    let mut server = TcpStream::connect(server).await?;
    client.write_all(b"HTTP/1.1 200 Connection Established\r\n\r\n").await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}
