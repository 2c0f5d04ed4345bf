//! What must never be stored, logged or printed: zeroed when dropped, and silent in `Debug`.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::failure::Failure;

/// A card PIN, as the octets the person typed. An opaque object on every side of the boundary, so that no generated
/// record can print it.
#[derive(uniffi::Object)]
pub struct Pin(Zeroizing<Vec<u8>>);

#[uniffi::export]
impl Pin {
    /// Copies the PIN out of a buffer that the caller wipes right afterwards. The octets are the characters typed, in
    /// ASCII (UTF-8 where the card allows letters), without padding.
    #[uniffi::constructor]
    pub fn new(digits: &[u8]) -> Self {
        Self(Zeroizing::new(digits.to_vec()))
    }
}

impl Pin {
    /// The characters typed. The caller keeps every copy in a zeroizing buffer.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Pin")
    }
}

/// A secret text that crosses the boundary as an object: the access password, or the code from a text message.
#[derive(uniffi::Object)]
pub struct Password(SecretText);

#[uniffi::export]
impl Password {
    /// Copies a secret out of a UTF-8 buffer that the caller wipes right afterwards.
    ///
    /// # Errors
    /// [`Failure::TextUnreadable`] where the octets are no UTF-8.
    #[uniffi::constructor]
    pub fn new(utf8: &[u8]) -> Result<Self, Failure> {
        let text = std::str::from_utf8(utf8).map_err(|_| Failure::TextUnreadable)?;
        Ok(Self(SecretText::new(text.to_owned())))
    }

    /// The secret as UTF-8 octets, for the field in which the person sees and sends a code that was read for them. The
    /// caller wipes them.
    pub fn utf8(&self) -> Vec<u8> {
        self.0.expose().as_bytes().to_vec()
    }
}

impl From<SecretText> for Password {
    fn from(text: SecretText) -> Self {
        Self(text)
    }
}

impl Password {
    /// The secret itself.
    #[must_use]
    pub fn text(&self) -> &SecretText {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Password")
    }
}

/// A secret inside the core and on the portal's wire. Serialising it is the one way out besides [`SecretText::expose`],
/// and is meant for the body of a request over TLS alone.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Takes ownership of a secret.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The secret itself. The caller makes no lasting copy.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretText")
    }
}

impl Serialize for SecretText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_prints_itself() {
        let pin = Pin::new(b"486213");
        let password = Password::new("parola".as_bytes()).unwrap();
        assert_eq!(
            format!("{pin:?} {password:?} {:?}", password.text()),
            "Pin Password SecretText"
        );
    }

    #[test]
    fn a_password_that_is_no_text_is_refused() {
        for octets in [&b"parola\xFF"[..], b"\xED\xA0\x80", b"\xC5"] {
            assert!(matches!(Password::new(octets), Err(Failure::TextUnreadable)));
        }
    }
}
