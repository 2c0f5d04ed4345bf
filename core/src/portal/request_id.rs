//! The name of one request, by which the app's diagnosis and the portal's log mean the same.

use std::fmt;

use crate::digest::hexadecimal;

/// The header that carries it, there and back.
pub const REQUEST_ID: &str = "x-request-id";
/// The shortest and the longest that are taken from somebody else.
const LENGTHS: std::ops::RangeInclusive<usize> = 8..=64;

/// The id of a request: letters, digits, `-`, `_` and `.`, so that it can stand in every log as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// One that no other request has: 128 bits at random, hexadecimal. `None` where the system gives no randomness.
    #[must_use]
    pub fn fresh() -> Option<Self> {
        let mut octets = [0; 16];
        getrandom::fill(&mut octets).ok()?;
        Some(Self(hexadecimal(&octets)))
    }

    /// The one that somebody sent, where it is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'.');
        (LENGTHS.contains(&text.len()) && text.bytes().all(plain)).then(|| Self(text.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_one_has_128_bits_and_is_never_the_same() {
        let [one, other] = [RequestId::fresh().unwrap(), RequestId::fresh().unwrap()];
        assert_ne!(one, other);
        assert_eq!(one.as_str().len(), 32);
        assert_eq!(RequestId::parse(one.as_str()), Some(one));
    }

    #[test]
    fn what_a_stranger_sends_is_bounded_and_plain() {
        for wrong in [
            "",
            "1234567",
            "a b c d e f",
            "12345678\n",
            "çok-uzun-bir-ad",
            &"x".repeat(65),
            "<script>x",
        ] {
            assert_eq!(RequestId::parse(wrong), None, "{wrong}");
        }
        assert!(RequestId::parse("0123-4567_89.ab").is_some());
    }
}
