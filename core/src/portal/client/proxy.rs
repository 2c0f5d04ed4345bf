//! The proxy between the app and the portal, where there is one: by it a tunnel is opened (`CONNECT`, RFC 9110, 9.3.6), through
//! which TLS goes to the portal as without it. It learns the portal's host and nothing more.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use reqwest::header::HeaderValue;
use zeroize::Zeroizing;

use super::ClientError;
use crate::failure::{ConfigurationFault, ProxyFault};
use crate::secret::Password;

/// A proxy that opens tunnels (`CONNECT`), as the device or the environment is set up with for the portal's address.
#[derive(Debug, Clone, uniffi::Record)]
pub struct ProxyServer {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// What it wants to know first, where it does: `user:password` (RFC 7617, 2).
    #[uniffi(default = None)]
    pub credentials: Option<Arc<Password>>,
}

/// The way through a proxy, as the HTTP client takes it.
#[derive(Clone)]
pub(super) struct Proxy {
    name: String,
    way: reqwest::Proxy,
}

impl Proxy {
    /// # Errors
    /// [`ClientError::Configuration`] where the host is none.
    pub(super) fn through(server: &ProxyServer) -> Result<Self, ClientError> {
        let wrong = || ClientError::Configuration {
            fault: ConfigurationFault::Connection,
            detail: "the proxy's host or port is none",
        };
        let host = match server.host.contains(':') && !server.host.starts_with('[') {
            true => format!("[{}]", server.host),
            false => server.host.clone(),
        };
        let url = Url::parse(&format!("http://{host}:{}/", server.port)).map_err(|_| wrong())?;
        // What else an address can carry has come in by the host.
        let bare = url.username().is_empty() && url.password().is_none() && url.path() == "/" && url.query().is_none();
        let name = url
            .host_str()
            .filter(|_| bare && server.port != 0 && url.fragment().is_none());
        let name = format!("{}:{}", name.ok_or_else(wrong)?, server.port);
        let way = reqwest::Proxy::all(url).map_err(|_| wrong())?;
        let way = match &server.credentials {
            Some(credentials) => way.custom_http_auth(basic(credentials).ok_or_else(wrong)?),
            None => way,
        };
        Ok(Self { name, way })
    }

    /// Host and port, as they are told to the person.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn way(&self) -> reqwest::Proxy {
        self.way.clone()
    }

    /// What the proxy has done wrong, by the words of the HTTP client, which keeps the type of this error to itself.
    pub(super) fn fault(words: &str) -> Option<ProxyFault> {
        let (_, cause) = words.split_once("tunnel error: ")?;
        Some(if cause.starts_with("failed to create underlying connection") {
            ProxyFault::Unreachable
        } else if cause.starts_with("proxy authorization required") {
            ProxyFault::PasswordNeeded
        } else {
            ProxyFault::Refused
        })
    }
}

/// The `Proxy-Authorization` of credentials (RFC 7617), which nobody prints.
fn basic(credentials: &Password) -> Option<HeaderValue> {
    let encoded = Zeroizing::new(STANDARD.encode(credentials.text().expose()));
    let value = Zeroizing::new(format!("Basic {}", *encoded));
    let mut value = HeaderValue::from_str(&value).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(host: &str, port: u16) -> ProxyServer {
        ProxyServer {
            host: host.to_owned(),
            port,
            credentials: None,
        }
    }

    #[test]
    fn a_proxys_credentials_are_sent_and_never_told() {
        let server = ProxyServer {
            credentials: Some(Arc::new(Password::new(b"ayse:gizli").unwrap())),
            ..server("p.example", 3128)
        };
        let proxy = Proxy::through(&server).unwrap();
        assert_eq!(proxy.name(), "p.example:3128");
        let header = basic(server.credentials.as_ref().unwrap()).unwrap();
        assert_eq!(header.as_bytes(), b"Basic YXlzZTpnaXpsaQ==");
        for told in [
            format!("{server:?}"),
            format!("{header:?}"),
            format!("{:?}", proxy.way()),
        ] {
            assert!(!told.contains("gizli") && !told.contains("YXlz"), "{told}");
        }
    }

    #[test]
    fn a_host_is_a_host_and_nothing_more() {
        for (host, name) in [
            ("10.0.0.1", "10.0.0.1:8080"),
            ("vekil", "vekil:8080"),
            ("fd00::1", "[fd00::1]:8080"),
            ("[fd00::1]", "[fd00::1]:8080"),
        ] {
            assert_eq!(Proxy::through(&server(host, 8080)).unwrap().name(), name);
        }
        for wrong in [
            "",
            " ",
            "a b",
            "ayse:gizli@p",
            "ayse@p",
            "p/x",
            "p?x",
            "p#x",
            "http://p",
            "p:1",
        ] {
            assert!(Proxy::through(&server(wrong, 8080)).is_err(), "{wrong}");
        }
        assert!(Proxy::through(&server("p", 0)).is_err());
    }
}
