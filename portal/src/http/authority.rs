//! Whom a request is for: one host, and one of the portal's own (RFC 9110, 7.2; RFC 9112, 3.2; RFC 9113, 8.3.1).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, header};

use crate::refusal::Refusal;
use crate::settings::Settings;

/// The names the portal is reached by: those of its certificate, and that of its public URL.
pub(crate) struct Hosts(Vec<String>);

impl Hosts {
    pub(crate) fn of(settings: &Settings) -> Self {
        let own = [
            settings.host.clone(),
            "localhost".to_owned(),
            Ipv4Addr::LOCALHOST.to_string(),
            format!("[{}]", Ipv6Addr::LOCALHOST),
        ];
        let public = settings.public_url.as_ref().and_then(|url| url.parse::<Uri>().ok());
        let public = public.and_then(|url| Some(url.host()?.to_owned()));
        Self(
            own.into_iter()
                .chain(public)
                .map(|host| host.to_ascii_lowercase())
                .collect(),
        )
    }

    /// Refuses a request that is for nobody, for two, or for somebody else.
    ///
    /// # Errors
    /// `400 Bad Request`, and `421 Misdirected Request` where the host is another's.
    pub(crate) fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        let mut told = headers.get_all(header::HOST).iter();
        let (host, more) = (told.next(), told.next());
        if more.is_some() {
            return Err(Refusal::malformed("there is more than one Host"));
        }
        let host = host.map(|host| host.to_str().unwrap_or_default());
        let authority = uri.authority().map(Authority::as_str);
        let (Some(one), other) = (authority.or(host), host.or(authority)) else {
            return Err(Refusal::malformed("the header Host is missing"));
        };
        let one = name(one)?;
        if other.map(name).transpose()?.is_some_and(|other| other != one) {
            return Err(Refusal::malformed("Host is another than that of the target"));
        }
        match self.0.contains(&one) {
            true => Ok(()),
            false => Err(Refusal::misdirected()),
        }
    }
}

/// The host of an authority, in lower case and without its port. Whoever forwards a port may have another one than ours.
fn name(authority: &str) -> Result<String, Refusal> {
    let wrong = || Refusal::malformed("Host is not of the form host:port");
    // What an authority may have before its host, it has not here (RFC 9110, 4.2.4).
    let parsed = authority.parse::<Authority>().ok().filter(|_| !authority.contains('@'));
    let parsed = parsed.ok_or_else(wrong)?;
    let rest = authority.get(parsed.host().len()..).ok_or_else(wrong)?;
    let port = rest.strip_prefix(':').unwrap_or_default();
    if !port.bytes().all(|digit| digit.is_ascii_digit()) || port.len() > 5 {
        return Err(wrong());
    }
    let host = parsed.host().to_ascii_lowercase();
    let rooted = host.strip_suffix('.').filter(|name| name.parse::<IpAddr>().is_err());
    Ok(rooted.map(str::to_owned).unwrap_or(host))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn hosts() -> Hosts {
        let mut settings = Settings::new("/nowhere", ([127, 0, 0, 1], 0).into(), Vec::new());
        settings.host = "basvuru.example".to_owned();
        settings.public_url = Some("https://Kapi.example:8443/".to_owned());
        Hosts::of(&settings)
    }

    fn status(target: &str, told: &[&str]) -> u16 {
        let mut headers = HeaderMap::new();
        for host in told {
            headers.append(header::HOST, HeaderValue::from_str(host).unwrap());
        }
        let checked = hosts().check(&target.parse().unwrap(), &headers);
        checked.map_or_else(|refusal| refusal.problem().status, |()| 200)
    }

    #[test]
    fn the_portals_own_names_are_taken_with_any_port() {
        for host in [
            "basvuru.example",
            "BASVURU.example:443",
            "basvuru.example.",
            "kapi.example:8443",
            "localhost:18443",
            "127.0.0.1:1",
            "[::1]:65535",
            "[::1]",
        ] {
            assert_eq!(status("/v1/portal", &[host]), 200, "{host}");
            assert_eq!(status(&format!("https://{host}/v1/portal"), &[]), 200, "{host}");
            assert_eq!(status(&format!("https://{host}/v1/portal"), &[host]), 200, "{host}");
        }
    }

    #[test]
    fn others_are_misdirected() {
        for host in [
            "other.example",
            "basvuru.example.evil.example",
            "192.0.2.1",
            "[::2]:443",
            "x",
            "localhost.x",
            "basvuru.example,localhost",
        ] {
            assert_eq!(status("/v1/portal", &[host]), 421, "{host}");
            assert_eq!(status(&format!("https://{host}/v1/portal"), &[]), 421, "{host}");
        }
    }

    #[test]
    fn none_two_and_what_is_no_host_are_malformed() {
        assert_eq!(status("/v1/portal", &[]), 400);
        assert_eq!(status("/v1/portal", &["basvuru.example", "basvuru.example"]), 400);
        assert_eq!(status("https://basvuru.example/v1/portal", &["localhost"]), 400);
        assert_eq!(status("https://basvuru.example/v1/portal", &["other.example"]), 400);
        for host in [
            "",
            "a@basvuru.example",
            "basvuru.example:x",
            "basvuru.example:443:1",
            "basvuru.example:123456",
            "a b",
            "a/b",
        ] {
            assert_eq!(status("/v1/portal", &[host]), 400, "{host}");
        }
    }
}
