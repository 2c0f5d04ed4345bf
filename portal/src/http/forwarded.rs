//! Who a request comes from where it came through proxies: `Forwarded` (RFC 7239) and `X-Forwarded-For`, from configured proxies
//! alone.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::{HeaderMap, header};

use crate::proxies::Proxies;

/// The older header, which most proxies send.
const X_FORWARDED_FOR: &str = "x-forwarded-for";
/// How many proxies a request is followed back through.
const MOST_HOPS: usize = 16;

/// The address a request counts for, that came over a connection from `peer`: the last one told that is no proxy's. Where a
/// proxy tells none that can be read, or its two headers tell different ones, it is the proxy itself.
pub(crate) fn origin(peer: IpAddr, headers: &HeaderMap, proxies: &Proxies) -> IpAddr {
    let peer = peer.to_canonical();
    if !proxies.are_at(peer) {
        return peer;
    }
    let told = |name: &str| {
        let lines: Option<Vec<&str>> = headers.get_all(name).iter().map(|line| line.to_str().ok()).collect();
        lines.map(|lines| lines.join(",")).unwrap_or_else(|| "?".to_owned())
    };
    let standard = told(header::FORWARDED.as_str());
    let older = told(X_FORWARDED_FOR);
    let by_standard = || last(peer, elements(&standard, ',').map(forwarded_for), proxies);
    let by_older = || last(peer, older.split(',').map(|hop| address(hop.trim())), proxies);
    match (standard.is_empty(), older.is_empty()) {
        (true, true) => peer,
        (false, true) => by_standard(),
        (true, false) => by_older(),
        (false, false) => Some(by_standard())
            .filter(|address| *address == by_older())
            .unwrap_or(peer),
    }
}

/// Goes back from hop to hop as long as they are proxies, each of which vouches for the one before.
fn last(peer: IpAddr, hops: impl DoubleEndedIterator<Item = Option<IpAddr>>, proxies: &Proxies) -> IpAddr {
    let mut last = peer;
    for hop in hops.rev().take(MOST_HOPS) {
        let Some(hop) = hop else { return last };
        last = hop;
        if !proxies.are_at(hop) {
            return hop;
        }
    }
    last
}

/// The parts of a list or of an element, separated where no quotes are open.
fn elements(text: &str, separator: char) -> impl DoubleEndedIterator<Item = &str> {
    let (mut parts, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, letter) in text.char_indices() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match letter {
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            other if other == separator && !quoted => {
                parts.push(&text[start..at]);
                start = at + other.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.into_iter()
}

/// The address in one element of `Forwarded` (RFC 7239, 4); none where it is told to be unknown or hidden.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let mut found = None;
    for pair in elements(element, ';') {
        let (name, value) = pair.split_once('=')?;
        if name.trim().eq_ignore_ascii_case("for") && found.replace(value.trim()).is_some() {
            return None;
        }
    }
    let value = found?;
    let bare = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    address(bare.unwrap_or(value))
}

/// An address as proxies write it: bare, in brackets, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let bracketed = || {
        text.strip_prefix('[')?
            .strip_suffix(']')?
            .parse::<Ipv6Addr>()
            .ok()
            .map(IpAddr::V6)
    };
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let bare = text.parse::<IpAddr>().ok();
    bare.or_else(bracketed)
        .or_else(with_port)
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    fn proxies() -> Proxies {
        Proxies {
            networks: vec!["10.0.0.0/8".parse().unwrap(), "2001:db8:ffff::/48".parse().unwrap()],
            proxy_protocol: false,
        }
    }

    fn counted(peer: &str, headers: &[(&str, &str)]) -> String {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
                (name, HeaderValue::from_bytes(value.as_bytes()).unwrap())
            })
            .collect();
        origin(peer.parse().unwrap(), &headers, &proxies()).to_string()
    }

    #[test]
    fn a_proxy_is_believed_and_nobody_else_is() {
        for (header, value, told) in [
            ("x-forwarded-for", "203.0.113.9", "203.0.113.9"),
            ("x-forwarded-for", "203.0.113.9:4711", "203.0.113.9"),
            ("x-forwarded-for", "2001:db8::7", "2001:db8::7"),
            ("x-forwarded-for", "::ffff:203.0.113.9", "203.0.113.9"),
            ("forwarded", "for=203.0.113.9", "203.0.113.9"),
            ("forwarded", "For=\"[2001:db8::7]:4711\";proto=https", "2001:db8::7"),
            (
                "forwarded",
                "by=10.0.0.1; for=\"203.0.113.9:80\" ;host=\"a,b;c\\\"\"",
                "203.0.113.9",
            ),
        ] {
            assert_eq!(counted("10.0.0.1", &[(header, value)]), told, "{value}");
            assert_eq!(counted("::ffff:10.0.0.1", &[(header, value)]), told, "{value}");
            assert_eq!(counted("192.0.2.1", &[(header, value)]), "192.0.2.1", "{value}");
        }
    }

    #[test]
    fn of_many_hops_the_last_that_is_no_proxy_counts() {
        for (header, value) in [
            ("x-forwarded-for", "198.51.100.1, 203.0.113.9"),
            ("x-forwarded-for", "198.51.100.1, 203.0.113.9, 10.1.1.1,10.2.2.2"),
            (
                "forwarded",
                "for=198.51.100.1, for=203.0.113.9, for=\"[2001:db8:ffff::1]\"",
            ),
        ] {
            assert_eq!(counted("10.0.0.1", &[(header, value)]), "203.0.113.9", "{value}");
        }
        let two_lines = [("x-forwarded-for", "198.51.100.1"), ("x-forwarded-for", "203.0.113.9")];
        assert_eq!(counted("10.0.0.1", &two_lines), "203.0.113.9");
        // Who is among the proxies is counted for itself.
        assert_eq!(
            counted("10.0.0.1", &[("x-forwarded-for", "10.7.7.7, 10.1.1.1")]),
            "10.7.7.7"
        );
    }

    #[test]
    fn what_tells_no_address_counts_as_the_proxys_own() {
        for (header, value) in [
            ("x-forwarded-for", ""),
            ("x-forwarded-for", "unknown"),
            ("x-forwarded-for", "198.51.100.1, x"),
            ("x-forwarded-for", "198.51.100.1,"),
            ("x-forwarded-for", "198.51.100.1, \u{ff}"),
            ("forwarded", "for=unknown"),
            ("forwarded", "for=_hidden"),
            ("forwarded", "for=198.51.100.1, proto=https"),
            ("forwarded", "for=198.51.100.1;for=198.51.100.2"),
            ("forwarded", "for=\"198.51.100.1"),
            ("forwarded", "198.51.100.1"),
        ] {
            assert_eq!(counted("10.0.0.1", &[(header, value)]), "10.0.0.1", "{value}");
        }
        let different = [("forwarded", "for=198.51.100.1"), ("x-forwarded-for", "203.0.113.9")];
        assert_eq!(counted("10.0.0.1", &different), "10.0.0.1");
        let same = [
            ("forwarded", "for=203.0.113.9"),
            ("x-forwarded-for", "198.51.100.1, 203.0.113.9"),
        ];
        assert_eq!(counted("10.0.0.1", &same), "203.0.113.9");
        // The proxy vouches for the one it heard from, not for what that one tells.
        assert_eq!(
            counted("10.0.0.1", &[("forwarded", "for=unknown, for=10.1.1.1")]),
            "10.1.1.1"
        );
    }

    proptest! {
        #[test]
        fn whatever_is_told_there_is_an_address(value in "[ -~]{0,200}", name in prop_oneof![Just("forwarded"), Just("x-forwarded-for")]) {
            let _ = counted("10.0.0.1", &[(name, &value)]);
        }
    }
}
