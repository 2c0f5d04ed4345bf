//! The proxy that the environment is set up with: `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in capitals or not, as other
//! programs at the terminal read them.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use basvuru::portal::ProxyServer;
use basvuru::secret::Password;
use hyper_util::client::proxy::matcher::Matcher;
use zeroize::Zeroizing;

use crate::stop::Stop;

/// The proxy on the way to a portal, where there is one.
///
/// # Errors
/// `stop-proxy` where it is of a kind that no tunnel leads through, or what it is to be told is no text.
pub(crate) fn of_environment(portal: &str) -> Result<Option<ProxyServer>, Stop> {
    by(&Matcher::from_env(), portal)
}

fn by(matcher: &Matcher, portal: &str) -> Result<Option<ProxyServer>, Stop> {
    // An address that is none is told as that by the core.
    let Some(proxy) = portal.parse().ok().and_then(|portal| matcher.intercept(&portal)) else {
        return Ok(None);
    };
    let uri = proxy.uri();
    let host = uri.host().unwrap_or_default().to_owned();
    let unusable = || Stop::own("stop-proxy", &host);
    if uri.scheme_str() != Some("http") {
        return Err(unusable());
    }
    let credentials = match proxy.basic_auth() {
        None => None,
        Some(header) => {
            let encoded = header.to_str().ok().and_then(|value| value.strip_prefix("Basic "));
            let decoded = encoded
                .and_then(|encoded| STANDARD.decode(encoded).ok())
                .map(Zeroizing::new);
            let password = decoded.and_then(|decoded| Password::new(&decoded).ok());
            Some(Arc::new(password.ok_or_else(unusable)?))
        }
    };
    let port = uri.port_u16().unwrap_or(80);
    Ok(Some(ProxyServer {
        host,
        port,
        credentials,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORTAL: &str = "https://portal.example:8443";

    #[test]
    fn a_proxy_is_for_whoever_is_not_left_out() {
        let through = |no: &str| {
            let matcher = Matcher::builder().all("http://p.example:3128").no(no).build();
            by(&matcher, PORTAL).unwrap().map(|proxy| (proxy.host, proxy.port))
        };
        for none in ["", "other.example"] {
            assert_eq!(through(none), Some(("p.example".to_owned(), 3128)), "{none}");
        }
        for left_out in ["portal.example", ".example", "*", "other.example, portal.example"] {
            assert_eq!(through(left_out), None, "{left_out}");
        }
        assert!(by(&Matcher::builder().build(), PORTAL).unwrap().is_none());
    }

    #[test]
    fn a_proxys_password_is_taken_and_never_printed() {
        let matcher = Matcher::builder().https("http://ay%C5%9Fe:giz%3Ali@p.example").build();
        let proxy = by(&matcher, PORTAL).unwrap().unwrap();
        assert_eq!(proxy.port, 80);
        assert!(!format!("{proxy:?}").contains("giz"));
        assert_eq!(proxy.credentials.unwrap().text().expose(), "ayşe:giz:li");
    }

    #[test]
    fn a_proxy_that_no_tunnel_leads_through_is_told() {
        for kind in ["socks5://p.example:1080", "https://p.example:443"] {
            let told = by(&Matcher::builder().all(kind).build(), PORTAL).unwrap_err();
            assert!(matches!(told, Stop::Own { id: "stop-proxy", .. }), "{kind}: {told:?}");
        }
    }
}
