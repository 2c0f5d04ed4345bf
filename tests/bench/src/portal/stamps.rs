//! The time-stamping authority, in the measuring process: what it takes is not the portal's.

use std::time::SystemTime;

use basvuru_test_pki::{Authority, ServiceOptions, Services};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::Failed;

/// Makes time-stamps until the runtime ends; gives the address.
pub(crate) async fn listen(authority: &Authority) -> Result<String, Failed> {
    let services = std::sync::Arc::new(Services::new(authority.clone(), ServiceOptions::default())?);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let services = std::sync::Arc::clone(&services);
            // A connection that ends in the middle is one that the portal reports as a time-stamp it did not get.
            tokio::spawn(async move { answer(stream, &services).await });
        }
    });
    Ok(format!("http://{address}/tsa"))
}

/// Answers the requests of one connection (RFC 3161, 3.4).
async fn answer(mut stream: TcpStream, services: &Services) -> Result<(), Failed> {
    let mut read = Vec::new();
    loop {
        let (head, length) = loop {
            if let Some(head) = read.windows(4).position(|window| window == b"\r\n\r\n") {
                break (head + 4, content_length(&read[..head])?);
            }
            if stream.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
        };
        while read.len() < head + length {
            if stream.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
        }
        let query: Vec<u8> = read.drain(..head + length).skip(head).collect();
        let body = services
            .respond("/tsa", &query, SystemTime::now())?
            .ok_or("no time-stamp")?;
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(&[head.as_bytes(), &body].concat()).await?;
    }
}

fn content_length(head: &[u8]) -> Result<usize, Failed> {
    let head = std::str::from_utf8(head)?.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    Ok(length.ok_or("a request without its length")?.trim().parse()?)
}
