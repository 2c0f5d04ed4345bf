//! Time-stamps, and who tells of revocation, in the measuring process: what they take is not the portal's.

use std::sync::Arc;
use std::time::SystemTime;

use basvuru_test_pki::{Authority, CaOptions, ServiceOptions, Services};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::Failed;

/// An authority whose services answer until the runtime ends, and their address.
pub(crate) async fn listen() -> Result<(Authority, String), Failed> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let authority = Authority::with_options(&CaOptions::default().with_services_at(&address))?;
    let services = Arc::new(Services::new(authority.clone(), ServiceOptions::default())?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let services = Arc::clone(&services);
            // A connection that ends in the middle is one whose answer the portal reports as missing.
            tokio::spawn(async move { answer(stream, &services).await });
        }
    });
    Ok((authority, address))
}

/// Answers the requests of one connection (RFC 3161, 3.4; RFC 6960, A; RFC 5280, 4.2.1.13).
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
        let mut request: Vec<u8> = read.drain(..head + length).collect();
        let body = request.split_off(head);
        let path = std::str::from_utf8(&request)?.split(' ').nth(1).unwrap_or_default();
        let (status, body) = match services.respond(path, &body, SystemTime::now())? {
            Some(answer) => ("200 OK", answer),
            None => ("404 Not Found", Vec::new()),
        };
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all(&[head.as_bytes(), &body].concat()).await?;
    }
}

fn content_length(head: &[u8]) -> Result<usize, Failed> {
    let head = std::str::from_utf8(head)?.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    // What is only asked for has no body.
    Ok(length.map_or(Ok(0), |length| length.trim().parse())?)
}
