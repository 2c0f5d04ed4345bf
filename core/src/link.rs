//! The link of an invitation: one form, written by the portal and read by the app, and nothing else is taken for it.
//!
//! ```text
//! https://HOST/apply?identity=national-id&order=2026-K7MP4XQR&return=https%3A%2F%2FHOST%2Fback
//! ```
//!
//! - `HOST` is a portal the app was built for: the same name, letter by letter, and the same port. Scheme and name are read
//!   in any case.
//! - `identity` is `national-id` or `passport`, `order` an order's id, `return` an https address, percent-encoded, on a host
//!   the app was built for: nobody is sent anywhere else by a link.
//! - Each parameter may be left out and stands at most once, in any order. Another parameter, user information, a fragment,
//!   a letter beyond ASCII or more than 2048 octets make it another link.

use crate::failure::Failure;
use crate::portal::IdentityKind;

/// The path of the link below the portal's address, and of the page it leads to where there is no app.
pub const PATH: &str = "/apply";

/// No link is longer, in octets.
const LONGEST: usize = 2048;
/// No address to return to is longer, in octets.
const LONGEST_RETURN: usize = 1024;
/// No id of an order is longer.
const LONGEST_ORDER: usize = 64;

/// What an invitation's link says.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Invitation {
    /// The portal, as the app was built with it: for `Configuration.portal`.
    pub portal: String,
    /// The kind of identity the person was invited with, for `Configuration.identity_kind`.
    pub identity_kind: Option<IdentityKind>,
    /// The order the person was invited to, for `Configuration.order`.
    pub order: Option<String>,
    /// Where the app returns to when the application is complete, for `Configuration.return_to`: an https address on a host
    /// the app was built for.
    pub return_to: Option<String>,
}

/// Reads an invitation's link. `portals` are the origins of the portals the app was built for, `https://…`: no other is ever
/// opened.
///
/// # Errors
/// [`Failure::LinkInvalid`] where it is no invitation's link, [`Failure::PortalNotOurs`] where it leads to, or returns to, a
/// host the app was not built for.
#[uniffi::export]
pub fn read_link(link: String, portals: Vec<String>) -> Result<Invitation, Failure> {
    let link = Https::parse(link.trim_ascii(), LONGEST).ok_or(Failure::LinkInvalid)?;
    let ours = |address: &Https<'_>| {
        let same =
            |portal: &&String| Https::parse(portal, LONGEST).is_some_and(|portal| portal.host() == address.host());
        portals.iter().find(same)
    };
    let portal = ours(&link).ok_or(Failure::PortalNotOurs)?;
    if link.path != PATH {
        return Err(Failure::LinkInvalid);
    }
    let mut invitation = Invitation {
        portal: portal.clone(),
        identity_kind: None,
        order: None,
        return_to: None,
    };
    let parameters = link.query.map(|query| query.split('&'));
    for parameter in parameters.into_iter().flatten() {
        let (name, value) = parameter.split_once('=').ok_or(Failure::LinkInvalid)?;
        match name {
            "identity" => put(&mut invitation.identity_kind, kind_of(value)),
            "order" => put(&mut invitation.order, is_order(value).then(|| value.to_owned())),
            "return" => {
                let address = decoded(value).filter(|address| is_return_address(address));
                let address = address.ok_or(Failure::LinkInvalid)?;
                if Https::parse(&address, LONGEST_RETURN).is_none_or(|parsed| ours(&parsed).is_none()) {
                    return Err(Failure::PortalNotOurs);
                }
                put(&mut invitation.return_to, Some(address))
            }
            _ => None,
        }
        .ok_or(Failure::LinkInvalid)?;
    }
    Ok(invitation)
}

/// Writes the link of an invitation to a portal's order.
#[must_use]
pub fn write_link(portal: &str, identity_kind: IdentityKind, order: &str) -> String {
    let portal = portal.trim_end_matches('/');
    let kind = kind_name(identity_kind);
    format!("{portal}{PATH}?identity={kind}&order={order}")
}

/// Whether an address may be returned to, as far as its form goes: https, without user information, of printable ASCII.
#[must_use]
pub fn is_return_address(address: &str) -> bool {
    Https::parse(address, LONGEST_RETURN).is_some()
}

/// Whether a text is the id of an order: ASCII letters, digits and `-`.
#[must_use]
pub fn is_order(text: &str) -> bool {
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-';
    (1..=LONGEST_ORDER).contains(&text.len()) && text.bytes().all(plain)
}

/// Fills a place that is empty with a value that is one.
fn put<T>(place: &mut Option<T>, value: Option<T>) -> Option<()> {
    match place {
        Some(_) => None,
        None => value.map(|value| *place = Some(value)),
    }
}

fn kind_of(value: &str) -> Option<IdentityKind> {
    [IdentityKind::NationalId, IdentityKind::Passport]
        .into_iter()
        .find(|kind| kind_name(*kind) == value)
}

fn kind_name(kind: IdentityKind) -> &'static str {
    match kind {
        IdentityKind::NationalId => "national-id",
        IdentityKind::Passport => "passport",
    }
}

/// An https address, taken apart without being changed: what two readers could understand differently is none.
struct Https<'a> {
    host: &'a str,
    port: Option<u16>,
    path: &'a str,
    query: Option<&'a str>,
}

impl<'a> Https<'a> {
    fn parse(text: &'a str, longest: usize) -> Option<Self> {
        // User information has an @, some readers take \ for /, and a fragment never reaches the portal.
        let plain = |octet: u8| octet.is_ascii_graphic() && !matches!(octet, b'@' | b'\\' | b'#');
        if text.len() > longest || !text.bytes().all(plain) {
            return None;
        }
        let (scheme, rest) = text.split_once("://")?;
        if !scheme.eq_ignore_ascii_case("https") {
            return None;
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        };
        let is_name = |label: &str| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
        };
        if !host.split('.').all(is_name) {
            return None;
        }
        let port = match port {
            Some(port) if port.bytes().all(|octet| octet.is_ascii_digit()) => Some(port.parse().ok()?),
            Some(_) => return None,
            None => None,
        };
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        Some(Self {
            host,
            port,
            path,
            query,
        })
    }

    /// Name and port, to be compared.
    fn host(&self) -> (String, u16) {
        (self.host.to_ascii_lowercase(), self.port.unwrap_or(443))
    }
}

/// A percent-encoded text (RFC 3986, 2.1). `+` is no space here.
fn decoded(text: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'%' => {
                let digit = |octet: Option<u8>| {
                    char::from(octet?)
                        .to_digit(16)
                        .and_then(|digit| u8::try_from(digit).ok())
                };
                (digit(rest.next())? << 4) | digit(rest.next())?
            }
            plain => plain,
        });
    }
    String::from_utf8(octets).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORTALS: [&str; 2] = ["https://basvuru.example", "https://localhost:8443/"];

    fn read(link: &str) -> Result<Invitation, Failure> {
        read_link(link.to_owned(), PORTALS.map(str::to_owned).to_vec())
    }

    #[test]
    fn what_the_portal_writes_is_what_the_app_reads() {
        for (portal, kind) in [
            (PORTALS[0], IdentityKind::NationalId),
            (PORTALS[1], IdentityKind::Passport),
        ] {
            let invitation = read(&write_link(portal, kind, "2026-K7MP4XQR")).unwrap();
            assert_eq!(
                invitation,
                Invitation {
                    portal: portal.to_owned(),
                    identity_kind: Some(kind),
                    order: Some("2026-K7MP4XQR".to_owned()),
                    return_to: None,
                }
            );
        }
    }

    #[test]
    fn every_part_beyond_the_portal_may_be_left_out_and_stand_in_any_order() {
        let bare = read("https://basvuru.example/apply").unwrap();
        assert_eq!((bare.identity_kind, bare.order, bare.return_to), (None, None, None));
        let full = "  HTTPS://Basvuru.Example:443/apply?return=https%3A%2F%2FBASVURU.example%2fgeri%3Fid%3D7&order=a-1\
                    &identity=passport\n";
        let full = read(full).unwrap();
        assert_eq!(full.portal, PORTALS[0]);
        assert_eq!(full.identity_kind, Some(IdentityKind::Passport));
        assert_eq!(full.order.as_deref(), Some("a-1"));
        assert_eq!(full.return_to.as_deref(), Some("https://BASVURU.example/geri?id=7"));
    }

    #[test]
    fn what_is_not_of_the_form_is_no_link_of_an_invitation() {
        let long = format!("https://basvuru.example/apply?order={}", "a".repeat(65));
        let longer = format!("https://basvuru.example/apply?return={}", "a".repeat(2048));
        let far = format!(
            "https://basvuru.example/apply?return=https%3A%2F%2Fbasvuru.example%2F{}",
            "a".repeat(1024)
        );
        for link in [
            "",
            "basvuru.example/apply",
            "http://basvuru.example/apply",
            "basvuru://apply?portal=https%3A%2F%2Fbasvuru.example",
            "javascript://basvuru.example/apply",
            "https:/basvuru.example/apply",
            "https:///apply",
            "https://basvuru.example",
            "https://basvuru.example/",
            "https://basvuru.example/apply/",
            "https://basvuru.example/basvuru/apply",
            "https://basvuru.example//apply",
            "https://basvuru.example/Apply",
            "https://basvuru.example/%61pply",
            "https://basvuru.example/x/../apply",
            "https://basvuru.example/apply#",
            "https://basvuru.example/apply#identity=passport",
            "https://basvuru.example/apply?",
            "https://basvuru.example/apply?identity",
            "https://basvuru.example/apply?identity=",
            "https://basvuru.example/apply?identity=Passport",
            "https://basvuru.example/apply?identity=passport&identity=passport",
            "https://basvuru.example/apply?order=",
            "https://basvuru.example/apply?order=a%2Fb",
            "https://basvuru.example/apply?order=../../sessions",
            "https://basvuru.example/apply?utm_source=mail",
            "https://basvuru.example/apply?identity=passport&",
            "https://basvuru.example/apply?identity=passport\u{200B}",
            "https://başvuru.example/apply",
            "https://basvuru.example:/x:/apply",
            "https://basvuru.example:65536/apply",
            "https://basvuru.example:+443/apply",
            "https://user@basvuru.example/apply",
            "https://basvuru.example:x@evil.example/apply",
            "https://basvuru.example@evil.example/apply",
            "https://evil.example\\@basvuru.example/apply",
            "https://basvuru.example\\.evil.example/apply",
            "https://basvuru.example%2eevil.example/apply",
            "https://basvuru.example./apply",
            "https://[::1]/apply",
            "https://basvuru.example/apply?return=",
            "https://basvuru.example/apply?return=geri",
            "https://basvuru.example/apply?return=http%3A%2F%2Fbasvuru.example%2F",
            "https://basvuru.example/apply?return=javascript%3Aalert(1)",
            "https://basvuru.example/apply?return=kurum-app%3A%2F%2Fgeri",
            "https://basvuru.example/apply?return=https%3A%2F%2Fbasvuru.example%40evil.example%2F",
            "https://basvuru.example/apply?return=https%3A%2F%2Fbasvuru.example%0d%0aSet-Cookie%3Aa%3Db",
            "https://basvuru.example/apply?return=https%3A%2F%2Fbasvuru.example%zz",
            "https://basvuru.example/apply?return=https%3A%2F%2Fbasvuru.example%2",
            "https://basvuru.example/apply?return=%FF%FE",
            &long,
            &longer,
            &far,
        ] {
            assert_eq!(read(link), Err(Failure::LinkInvalid), "{link}");
        }
    }

    #[test]
    fn a_host_the_app_was_not_built_for_is_told_apart_and_never_opened() {
        for link in [
            "https://evil.example/apply?identity=national-id",
            "https://basvuru.example.evil.example/apply",
            "https://xbasvuru.example/apply",
            "https://basvuru-example/apply",
            "https://xn--basvuru-9db.example/apply",
            "https://basvuru.example:8443/apply",
            "https://localhost/apply",
            "https://basvuru.example/apply?return=https%3A%2F%2Fevil.example%2Fgeri",
            "https://basvuru.example/apply?return=https%3A%2F%2Fbasvuru.example%3A8443%2F",
        ] {
            assert_eq!(read(link), Err(Failure::PortalNotOurs), "{link}");
        }
        assert_eq!(
            read_link("https://basvuru.example/apply".to_owned(), Vec::new()),
            Err(Failure::PortalNotOurs)
        );
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_read_leads_to_a_portal_of_ours(link in "(https://)?[a-z:@./?=&%#\\\\]{0,80}", tail in ".{0,40}") {
            if let Ok(invitation) = read(&format!("{link}{tail}")) {
                proptest::prop_assert!(PORTALS.contains(&invitation.portal.as_str()));
            }
        }
    }
}
