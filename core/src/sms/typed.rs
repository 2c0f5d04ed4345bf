//! A code as a person types or pastes it.

use std::fmt;

use crate::secret::SecretText;
use crate::writing;

/// A code from a text message: digits, as many as were expected. It does not print itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(pub(super) SecretText);

/// Why what a person typed is not a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Nothing was entered.
    #[error("no code was entered")]
    Empty,
    /// It contains something other than digits and what they are written with.
    #[error("the code contains something other than digits")]
    NotDigits,
    /// It has fewer digits than the code that was sent.
    #[error("the code has fewer digits than were sent")]
    TooShort,
    /// It has more digits than the code that was sent.
    #[error("the code has more digits than were sent")]
    TooLong,
}

impl Code {
    /// Reads a code of `length` digits as a person types or pastes it: spaces, hyphens and other signs between and around the
    /// digits are dropped, and so are words beside a whole code (`Kod: 385776`, `G-385776`), but no letter at a digit.
    ///
    /// # Errors
    /// Says what is wrong with it, never what it is.
    pub fn parse(text: &str, length: u8) -> Result<Self, CodeError> {
        let mut digits = String::with_capacity(usize::from(length));
        let mut fault = None;
        let (mut before, mut words) = (' ', false);
        for character in text.chars().map(writing::typed) {
            let is_digit = character.is_ascii_digit();
            if is_digit && digits.len() == usize::from(length) {
                fault = Some(CodeError::TooLong);
                break;
            }
            // A word ends before the digits begin, or begins after them, and never stands between two of them.
            let is_glued =
                (is_digit && before.is_alphabetic()) || (character.is_alphabetic() && before.is_ascii_digit());
            let is_between = character.is_alphabetic() && !digits.is_empty() && digits.len() < usize::from(length);
            if is_glued || is_between || !(is_digit || character.is_alphabetic() || is_dress(character)) {
                fault = Some(CodeError::NotDigits);
                break;
            }
            if is_digit {
                digits.push(character);
            }
            words |= character.is_alphabetic();
            before = character;
        }
        // Wrapped first, so that a code given up half-way is wiped as well.
        let code = Self(SecretText::new(digits));
        match (fault, code.0.expose().len()) {
            (Some(fault), _) => Err(fault),
            (None, count) if count == usize::from(length) => Ok(code),
            (None, _) if words => Err(CodeError::NotDigits),
            (None, 0) => Err(CodeError::Empty),
            (None, _) => Err(CodeError::TooShort),
        }
    }

    /// The digits, to be shown in the field the person sends, and to be sent.
    #[must_use]
    pub fn into_secret(self) -> SecretText {
        self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Code")
    }
}

/// Whether a sign may stand beside the digits of a code, or between two groups of them.
fn is_dress(sign: char) -> bool {
    writing::separates_digits(sign) || ",:;=#*_\"'()[]<>【】«»“”‘’".contains(sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_code_is_digits_of_the_right_number() {
        assert_eq!(Code::parse(" 123 456\n", 6).unwrap().into_secret().expose(), "123456");
        for text in [
            "123-456",
            "123.456",
            "123–456",
            "#123456",
            "*123456*",
            "１２３４５６",
            "١٢٣٤٥٦",
            "G-123456",
            "123456-KSM",
            "Kod: 123456",
            "Onay kodunuz: 123 456.",
            "【123456】",
        ] {
            assert_eq!(
                Code::parse(text, 6).unwrap().into_secret().expose(),
                "123456",
                "{text:?}"
            );
        }
        for (text, fault) in [
            ("", CodeError::Empty),
            ("  ", CodeError::Empty),
            ("12345", CodeError::TooShort),
            ("1234567", CodeError::TooLong),
            ("12345O", CodeError::NotDigits),
            ("G123456", CodeError::NotDigits),
            ("123456a", CodeError::NotDigits),
            ("123 a 456", CodeError::NotDigits),
            ("Kod: 12345", CodeError::NotDigits),
            ("kod", CodeError::NotDigits),
            ("123456 7", CodeError::TooLong),
            ("123+456", CodeError::NotDigits),
        ] {
            assert_eq!(Code::parse(text, 6).unwrap_err(), fault, "{text:?}");
        }
    }
}
