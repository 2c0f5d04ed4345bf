//! HTTP/2 by hand (RFC 9113), for what no client does.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::harness::Town;

/// One frame.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
}

impl Frame {
    pub(crate) const DATA: u8 = 0;
    pub(crate) const HEADERS: u8 = 1;
    const RST_STREAM: u8 = 3;
    pub(crate) const SETTINGS: u8 = 4;
    pub(crate) const PING: u8 = 6;
    const WINDOW_UPDATE: u8 = 8;
    /// ACK of SETTINGS and PING, END_STREAM of others.
    const FIRST_FLAG: u8 = 1;
    const END_HEADERS: u8 = 4;

    /// A frame's octets (RFC 9113, 4.1).
    pub(crate) fn of(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
    }

    /// Whether an answer ends with it.
    pub(crate) fn ends_stream(&self) -> bool {
        [Self::DATA, Self::HEADERS].contains(&self.kind) && self.flags & Self::FIRST_FLAG != 0
    }
}

/// A connection.
pub(crate) struct Http2(TlsStream<TcpStream>);

impl Http2 {
    /// Connects and sends the preface, with so much room for each answer.
    pub(crate) async fn connect(town: &Town, window: u32) -> Self {
        let mut stream = town.connect(b"h2").await;
        let settings = [&[0, 4][..], &window.to_be_bytes()].concat();
        let preface = [
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
            Frame::of(Frame::SETTINGS, 0, 0, &settings),
        ];
        // One that has to leave at once is closed before it is heard.
        let _ = stream.write_all(&preface.concat()).await;
        Self(stream)
    }

    pub(crate) async fn send(&mut self, octets: &[u8]) -> io::Result<()> {
        self.0.write_all(octets).await?;
        self.0.flush().await
    }

    pub(crate) async fn try_get(&mut self, stream: u32, path: &str) -> io::Result<()> {
        let mut block = Vec::new();
        for (name, value) in [
            (":method", "GET"),
            (":scheme", "https"),
            (":authority", "localhost"),
            (":path", path),
        ] {
            // A literal that is never indexed (RFC 7541, 6.2.3).
            block.push(0x10);
            for text in [name, value] {
                block.push(u8::try_from(text.len()).unwrap());
                block.extend_from_slice(text.as_bytes());
            }
        }
        let flags = Frame::FIRST_FLAG | Frame::END_HEADERS;
        self.send(&Frame::of(Frame::HEADERS, flags, stream, &block)).await
    }

    pub(crate) async fn get(&mut self, stream: u32, path: &str) {
        self.try_get(stream, path).await.unwrap();
    }

    pub(crate) async fn reset(&mut self, stream: u32) -> io::Result<()> {
        const CANCEL: [u8; 4] = [0, 0, 0, 8];
        self.send(&Frame::of(Frame::RST_STREAM, 0, stream, &CANCEL)).await
    }

    pub(crate) async fn give_window(&mut self, stream: u32, octets: u32) {
        let frame = Frame::of(Frame::WINDOW_UPDATE, 0, stream, &octets.to_be_bytes());
        self.send(&frame).await.unwrap();
    }

    /// The next frame.
    pub(crate) async fn frame(&mut self) -> io::Result<Frame> {
        let mut head = [0; 9];
        self.0.read_exact(&mut head).await?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        self.0.read_exact(&mut payload).await?;
        Ok(Frame {
            kind: head[3],
            flags: head[4],
        })
    }

    /// Waits until an answer begins.
    pub(crate) async fn answer_begins(&mut self) {
        while self.frame().await.unwrap().kind != Frame::HEADERS {}
    }

    /// Sends a PING and waits for what answers it. Gives how many answers began in the meantime.
    pub(crate) async fn ping(&mut self) -> io::Result<usize> {
        self.send(&Frame::of(Frame::PING, 0, 0, &[0; 8])).await?;
        let mut begun = 0;
        loop {
            let frame = self.frame().await?;
            if frame.kind == Frame::PING && frame.flags & Frame::FIRST_FLAG != 0 {
                return Ok(begun);
            }
            begun += usize::from(frame.kind == Frame::HEADERS);
        }
    }

    /// How many frames have come and can be read at once.
    pub(crate) async fn frames_there(&mut self) -> usize {
        let mut there = 0;
        while let Ok(Ok(_)) = tokio::time::timeout(std::time::Duration::from_millis(1), self.frame()).await {
            there += 1;
        }
        there
    }

    /// Reads until the other side ends it.
    pub(crate) async fn until_closed(&mut self) {
        while self.frame().await.is_ok() {}
    }
}
