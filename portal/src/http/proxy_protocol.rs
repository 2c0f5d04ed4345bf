//! The PROXY protocol, version 2: who a connection comes from, told by a proxy before anything else (HAProxy,
//! `proxy-protocol.txt`, 2.2).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// What every header begins with.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// The longest part behind the fixed one that is read, in octets: addresses take 36, what stands behind them is not looked at.
const LONGEST: usize = 2048;

/// Whom a connection comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// From the proxy itself, or from who has no address on the internet.
    Proxy,
    /// From an address behind it.
    Address(IpAddr),
}

/// Reads the header at the beginning of a connection, and nothing beyond it.
///
/// # Errors
/// What the connection says, and [`io::ErrorKind::InvalidData`] where there is no header of version 2.
pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Origin> {
    let mut fixed = [0; 16];
    stream.read_exact(&mut fixed).await?;
    let [.., version_and_command, family, high, low] = fixed;
    let length = usize::from(u16::from_be_bytes([high, low]));
    let wrong = |what: &str| io::Error::new(io::ErrorKind::InvalidData, format!("PROXY protocol: {what}"));
    if !fixed.starts_with(&SIGNATURE) || version_and_command >> 4 != 2 {
        return Err(wrong("no header of version 2"));
    }
    if length > LONGEST {
        return Err(wrong("the header is too long"));
    }
    let mut rest = vec![0; length];
    stream.read_exact(&mut rest).await?;
    match (version_and_command & 0xf, family) {
        // The proxy's own connection, such as one that asks whether the portal is there.
        (0, _) => Ok(Origin::Proxy),
        // TCP over IPv4 and IPv6: addresses of source and destination, ports of both.
        (1, 0x11) => match rest.get(..12) {
            Some(&[a, b, c, d, ..]) => Ok(Origin::Address(Ipv4Addr::new(a, b, c, d).into())),
            _ => Err(wrong("the addresses are cut")),
        },
        (1, 0x21) => match rest.get(..36).and_then(|addresses| addresses.first_chunk::<16>()) {
            Some(source) => Ok(Origin::Address(Ipv6Addr::from(*source).to_canonical())),
            None => Err(wrong("the addresses are cut")),
        },
        // Whatever else there is has no address that could be counted.
        (1, _) => Ok(Origin::Proxy),
        _ => Err(wrong("an unknown command")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
        [&SIGNATURE[..], &[0x20 | command, family], &length, rest].concat()
    }

    const IPV4: [u8; 12] = [203, 0, 113, 9, 192, 0, 2, 1, 0x10, 0x00, 0x01, 0xbb];

    async fn origin(octets: &[u8]) -> io::Result<Origin> {
        read(&mut &octets[..]).await
    }

    #[tokio::test]
    async fn the_source_is_read_and_what_follows_the_header_is_left() {
        let mut octets = header(1, 0x11, &[&IPV4[..], &[0x04, 0, 1, 0]].concat());
        octets.extend_from_slice(b"TLS");
        let mut stream = &octets[..];
        let address = "203.0.113.9".parse().unwrap();
        assert_eq!(read(&mut stream).await.unwrap(), Origin::Address(address));
        assert_eq!(stream, b"TLS");
        let mut ipv6 = [0; 36];
        ipv6[..4].copy_from_slice(&[0x20, 0x01, 0x0d, 0xb8]);
        ipv6[15] = 7;
        let address = "2001:db8::7".parse().unwrap();
        assert_eq!(origin(&header(1, 0x21, &ipv6)).await.unwrap(), Origin::Address(address));
        ipv6[..16].copy_from_slice(&Ipv4Addr::new(203, 0, 113, 9).to_ipv6_mapped().octets());
        let address = "203.0.113.9".parse().unwrap();
        assert_eq!(origin(&header(1, 0x21, &ipv6)).await.unwrap(), Origin::Address(address));
    }

    #[tokio::test]
    async fn what_has_no_address_is_the_proxys_own() {
        for octets in [
            header(0, 0, &[]),
            header(0, 0x11, &IPV4),
            header(1, 0, &[]),
            header(1, 0x31, &[0; 216]),
        ] {
            assert_eq!(origin(&octets).await.unwrap(), Origin::Proxy);
        }
    }

    #[tokio::test]
    async fn what_is_no_header_is_refused() {
        let mut version_one = b"PROXY TCP4 203.0.113.9 192.0.2.1 4096 443\r\n".to_vec();
        version_one.resize(64, 0);
        let mut version_three = header(1, 0x11, &IPV4);
        version_three[12] = 0x31;
        for octets in [
            version_one,
            version_three,
            header(2, 0x11, &IPV4),
            header(1, 0x11, &IPV4[..11]),
            header(1, 0x21, &[0; 35]),
            header(1, 0x11, &[0; LONGEST + 1]),
            vec![0x16; 64],
        ] {
            assert_eq!(origin(&octets).await.unwrap_err().kind(), io::ErrorKind::InvalidData);
        }
        let whole = header(1, 0x11, &IPV4);
        for length in 0..whole.len() {
            origin(&whole[..length]).await.unwrap_err();
        }
    }
}
