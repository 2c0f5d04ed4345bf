//! The reverse proxies that a portal stands behind, and whose word it takes for who somebody is.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::failure::PortalError;

/// The reverse proxies in front of a portal.
///
/// Of a request that comes from one of them, the address counts that it tells: by the PROXY protocol, where it speaks that, and
/// by `Forwarded` (RFC 7239) or `X-Forwarded-For` otherwise. Of the addresses in such a header the last one counts that is no
/// proxy itself, for whatever stands before it anybody can have written. Where the header tells no address, or the two headers
/// tell different ones, the request counts as the proxy's own. What others than these proxies tell is not looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    /// Where they are.
    pub networks: Vec<Cidr>,
    /// Whether each of their connections begins with a header of the PROXY protocol, version 2. One without is closed.
    pub proxy_protocol: bool,
}

impl Proxies {
    /// Whether an address is a proxy's.
    pub(crate) fn are_at(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(address))
    }

    /// Refuses proxies that speak a protocol and are nowhere.
    pub(crate) fn check(&self) -> Result<(), PortalError> {
        match self.proxy_protocol && self.networks.is_empty() {
            true => Err(PortalError::Proxy(String::new())),
            false => Ok(()),
        }
    }
}

/// A network in CIDR notation (RFC 4632, 3.1; RFC 4291, 2.3), such as `192.0.2.0/24`, `2001:db8::/32`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    address: IpAddr,
    prefix: u8,
}

impl Cidr {
    /// Whether an address is in the network.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let kept = |bits: u128, width: u32| bits.checked_shr(width - u32::from(self.prefix)).unwrap_or(0);
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => kept(own.to_bits().into(), 32) == kept(other.to_bits().into(), 32),
            (IpAddr::V6(own), IpAddr::V6(other)) => kept(own.to_bits(), 128) == kept(other.to_bits(), 128),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for Cidr {
    type Err = PortalError;

    /// Reads a network. One that is everybody's is none: whoever trusted it would trust anybody.
    fn from_str(text: &str) -> Result<Self, PortalError> {
        let wrong = || PortalError::Proxy(text.to_owned());
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let digits = |prefix: &&str| prefix.bytes().all(|digit| digit.is_ascii_digit());
        let prefix = match prefix {
            None => width,
            Some(prefix) => Some(prefix)
                .filter(digits)
                .and_then(|prefix| prefix.parse().ok())
                .ok_or_else(wrong)?,
        };
        match (1..=width).contains(&prefix) {
            true => Ok(Self { address, prefix }),
            false => Err(wrong()),
        }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.address, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_contains_its_addresses_and_no_others() {
        for (network, inside, outside) in [
            ("192.0.2.0/24", "192.0.2.255", "192.0.3.0"),
            ("192.0.2.7", "::ffff:192.0.2.7", "192.0.2.8"),
            ("10.0.0.0/8", "10.255.0.1", "::10.0.0.1"),
            ("128.0.0.0/1", "255.0.0.1", "127.0.0.1"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
            ("::1", "::1", "::2"),
        ] {
            let network: Cidr = network.parse().unwrap();
            assert!(network.contains(inside.parse().unwrap()), "{network} {inside}");
            assert!(!network.contains(outside.parse().unwrap()), "{network} {outside}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused_and_so_is_everybody() {
        for text in [
            "",
            "proxy",
            "192.0.2.0/33",
            "192.0.2.0/",
            "192.0.2.0/+8",
            "::/129",
            "0.0.0.0/0",
            "::/0",
            "192.0.2.0/24/1",
        ] {
            assert!(
                matches!(text.parse::<Cidr>(), Err(PortalError::Proxy(wrong)) if wrong == text),
                "{text}"
            );
        }
    }
}
