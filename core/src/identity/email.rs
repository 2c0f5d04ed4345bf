//! E-mail addresses, in the part of the grammar that people use.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use crate::writing;

/// The longest address a mail server takes, in octets (RFC 5321, 4.5.3.1.3, without the angle brackets).
const MAX_LENGTH: usize = 254;
/// The longest part before the @, in octets (RFC 5321, 4.5.3.1.1).
const MAX_LOCAL_LENGTH: usize = 64;
/// The longest label of a domain, in octets (RFC 1035, 2.3.4).
const MAX_LABEL_LENGTH: usize = 63;

/// An e-mail address: a dot-atom (RFC 5322, 3.2.3, with the letters of RFC 6531), an @, and a domain of at least two
/// labels, which may be internationalised. Composed canonically; the domain is in lower case, the part before the @ as
/// it was typed. Quoted names and addresses of numbers are not taken: they are mistakes where a person types them.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

/// Why a text is not an e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailAddressError {
    /// Nothing was entered.
    #[error("no address was entered")]
    Empty,
    /// It has more than 254 octets, or more than 64 before the @.
    #[error("the address is too long")]
    TooLong,
    /// It has no @.
    #[error("the address has no @")]
    NoAtSign,
    /// What comes before the @ is empty, or has a character or a dot where none may be.
    #[error("what comes before the @ is not a mailbox name")]
    Mailbox,
    /// What comes after the @ is not the name of a domain, such as `kurum.gov.tr`.
    #[error("what comes after the @ is not a domain")]
    Domain,
}

impl EmailAddress {
    /// Reads an address as a person types or pastes it: with `mailto:` before it, in angle brackets after a name, with a comma,
    /// semicolon or full stop behind it, and with white space around it. A mailbox in capitals throughout was typed on a
    /// keyboard that was left in capitals.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, EmailAddressError> {
        let text: String = text.chars().map(writing::typed).collect();
        let text = without_dress(&text);
        if text.is_empty() {
            return Err(EmailAddressError::Empty);
        }
        if text.len() > MAX_LENGTH {
            return Err(EmailAddressError::TooLong);
        }
        let (mailbox, domain) = text.rsplit_once('@').ok_or(EmailAddressError::NoAtSign)?;
        let mailbox = without_capitals(mailbox.nfc().collect());
        if mailbox.len() > MAX_LOCAL_LENGTH {
            return Err(EmailAddressError::TooLong);
        }
        if !mailbox.split('.').all(is_atom) {
            return Err(EmailAddressError::Mailbox);
        }
        let domain = lowercase_domain(domain);
        if !is_domain(&domain) {
            return Err(EmailAddressError::Domain);
        }
        let address = format!("{mailbox}@{domain}");
        // Composing characters and lower-casing may lengthen a text.
        if address.len() > MAX_LENGTH {
            return Err(EmailAddressError::TooLong);
        }
        Ok(Self(address))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("EmailAddress(…)")
    }
}

/// An address without what surrounds it where it was copied.
fn without_dress(text: &str) -> &str {
    const SCHEME: &str = "mailto:";
    let text = text.trim_matches(writing::is_blank);
    let text = match text.get(..SCHEME.len()) {
        Some(scheme) if scheme.eq_ignore_ascii_case(SCHEME) => {
            let address = &text[SCHEME.len()..];
            address.split_once('?').map_or(address, |(address, _)| address)
        }
        _ => text,
    };
    let ends = |sign: char| matches!(sign, ',' | ';' | '.') || writing::is_blank(sign);
    let text = text.trim_end_matches(ends);
    match text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
        Some((_, address)) => address.trim_matches(writing::is_blank),
        None => text,
    }
}

/// A mailbox in lower case, where it has capitals of ASCII (or İ, their i on a Turkish keyboard) and no other letters.
fn without_capitals(mailbox: String) -> String {
    let is_capital = |letter: char| letter.is_ascii_uppercase() || letter == 'İ';
    if mailbox.chars().all(|sign| is_capital(sign) || !sign.is_alphabetic()) {
        return mailbox.replace('İ', "i").to_ascii_lowercase();
    }
    mailbox
}

fn is_atom(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|character| match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' => true,
            '!' | '#' | '$' | '%' | '&' | '\'' | '*' | '+' | '-' | '/' => true,
            '=' | '?' | '^' | '_' | '`' | '{' | '|' | '}' | '~' => true,
            other => !other.is_ascii() && !other.is_control() && !writing::is_blank(other),
        })
}

/// The domain, composed and in lower case. A capital İ is the i of a keyboard that was left in capitals.
fn lowercase_domain(domain: &str) -> String {
    domain
        .nfc()
        .flat_map(|character| match character {
            'İ' => 'i'.to_lowercase(),
            other => other.to_lowercase(),
        })
        .collect::<String>()
        .nfc()
        .collect()
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=MAX_LABEL_LENGTH).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|character| match character {
                'a'..='z' | '0'..='9' | '-' => true,
                other => !other.is_ascii() && other.is_alphanumeric(),
            })
    };
    let Some((_, top)) = domain.rsplit_once('.') else {
        return false;
    };
    domain.split('.').all(is_label) && top.chars().count() > 1 && !top.chars().all(|digit| digit.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_people_have_are_taken() {
        for (text, address) in [
            ("ayse@kurum.gov.tr", "ayse@kurum.gov.tr"),
            ("  Ayse.Yilmaz+nes@Kurum.GOV.TR\n", "Ayse.Yilmaz+nes@kurum.gov.tr"),
            ("a@b.co", "a@b.co"),
            ("o'neill_1@mail-1.example", "o'neill_1@mail-1.example"),
            ("ali@GMAİL.COM", "ali@gmail.com"),
            ("ışık@ışık.com.tr", "ışık@ışık.com.tr"),
            ("ays\u{0327}e@kurum.tr", "ayşe@kurum.tr"),
            ("ayse@xn--k-fka.tr", "ayse@xn--k-fka.tr"),
            ("用户@例子.中国", "用户@例子.中国"),
            ("ISIL@KURUM.GOV.TR", "isil@kurum.gov.tr"),
            ("İSİL.1@KURUM.GOV.TR", "isil.1@kurum.gov.tr"),
            ("IŞIL@kurum.tr", "IŞIL@kurum.tr"),
            ("<isil@kurum.gov.tr>", "isil@kurum.gov.tr"),
            ("Işıl Örnekşen <isil@kurum.gov.tr>;", "isil@kurum.gov.tr"),
            ("mailto:isil@kurum.gov.tr", "isil@kurum.gov.tr"),
            ("MAILTO:isil@kurum.gov.tr?subject=NES", "isil@kurum.gov.tr"),
            ("isil@kurum.gov.tr,", "isil@kurum.gov.tr"),
            ("isil＠kurum.gov.tr", "isil@kurum.gov.tr"),
        ] {
            assert_eq!(EmailAddress::parse(text).unwrap().as_str(), address, "{text:?}");
        }
    }

    #[test]
    fn each_fault_is_named() {
        let long_name = format!("{}@kurum.tr", "a".repeat(65));
        let long_address = format!("a@{}tr", "kurum.".repeat(42));
        let long_label = format!("a@{}.tr", "a".repeat(64));
        for (text, fault) in [
            ("", EmailAddressError::Empty),
            ("\u{200B} ", EmailAddressError::Empty),
            ("ayse.kurum.gov.tr", EmailAddressError::NoAtSign),
            ("@kurum.gov.tr", EmailAddressError::Mailbox),
            ("ayse @kurum.gov.tr", EmailAddressError::Mailbox),
            (".ayse@kurum.gov.tr", EmailAddressError::Mailbox),
            ("ayse..y@kurum.gov.tr", EmailAddressError::Mailbox),
            ("ayse.@kurum.gov.tr", EmailAddressError::Mailbox),
            ("a@b@kurum.gov.tr", EmailAddressError::Mailbox),
            ("\"ayse\"@kurum.gov.tr", EmailAddressError::Mailbox),
            ("Ayse <ayse@kurum.gov.tr", EmailAddressError::Mailbox),
            ("ayse\r\nBcc: b@kurum.gov.tr", EmailAddressError::Mailbox),
            ("ay\u{200B}se@kurum.gov.tr", EmailAddressError::Mailbox),
            ("ayse@", EmailAddressError::Domain),
            ("ayse@kurum", EmailAddressError::Domain),
            ("ayse@kurum.", EmailAddressError::Domain),
            ("ayse@.tr", EmailAddressError::Domain),
            ("ayse@kurum..tr", EmailAddressError::Domain),
            ("ayse@-kurum.tr", EmailAddressError::Domain),
            ("ayse@kurum-.tr", EmailAddressError::Domain),
            ("ayse@kurum,gov.tr", EmailAddressError::Domain),
            ("ayse@kurum.gov.tr>", EmailAddressError::Domain),
            ("ayse@192.168.1.10", EmailAddressError::Domain),
            ("ayse@[192.168.1.1]", EmailAddressError::Domain),
            ("ayse@kurum.t", EmailAddressError::Domain),
            (&long_label, EmailAddressError::Domain),
            (&long_name, EmailAddressError::TooLong),
            (&long_address, EmailAddressError::TooLong),
        ] {
            assert_eq!(EmailAddress::parse(text).unwrap_err(), fault, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_was_read_reads_as_itself(text in r"[\w.+!İ]{1,12}@[\wİ.-]{1,12}\.\w{1,6}") {
            if let Ok(address) = EmailAddress::parse(&text) {
                prop_assert_eq!(EmailAddress::parse(address.as_str()).unwrap(), address);
            }
        }

        #[test]
        fn no_address_carries_a_line_break_or_exceeds_its_bound(text in r"(\PC|[\r\n@.]){0,300}") {
            if let Ok(address) = EmailAddress::parse(&text) {
                prop_assert!(!address.as_str().contains(['\r', '\n', ' ']));
                prop_assert!(address.as_str().len() <= MAX_LENGTH);
            }
        }
    }
}
