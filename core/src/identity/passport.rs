//! Passport numbers: up to nine letters and digits, whoever issued them.

use std::fmt;

use crate::writing;

/// The document number of a machine-readable passport has nine places (ICAO Doc 9303-4, 4.2.2).
pub(super) const MAX_LENGTH: usize = 9;
/// ICAO sets no lower bound; anything shorter than this is an unfinished entry.
const MIN_LENGTH: usize = 5;

/// A passport number in capitals, without spaces, hyphens, dots and the filler `<`, which machine-readable zones write for
/// them. There is no check digit in what a person types, so only form and length are known to be right.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PassportNumber(String);

/// Why a text is not a passport number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PassportNumberError {
    /// Nothing was entered.
    #[error("no number was entered")]
    Empty,
    /// It contains something other than the letters A to Z and the digits 0 to 9.
    #[error("the number contains something other than letters A to Z and digits")]
    Character,
    /// It has fewer than five letters and digits.
    #[error("the number has fewer than five letters and digits")]
    TooShort,
    /// It has more than nine letters and digits.
    #[error("the number has more than nine letters and digits")]
    TooLong,
}

impl PassportNumber {
    /// Reads a number as a person types it or as a machine-readable zone has it. Every i of a Turkish keyboard becomes
    /// I.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, PassportNumberError> {
        let mut number = String::with_capacity(MAX_LENGTH);
        for character in text.chars().map(writing::typed).filter(|sign| !is_separator(*sign)) {
            let capital = writing::document_capital(character);
            if !(capital.is_ascii_uppercase() || capital.is_ascii_digit()) {
                return Err(PassportNumberError::Character);
            }
            if number.len() == MAX_LENGTH {
                return Err(PassportNumberError::TooLong);
            }
            number.push(capital);
        }
        match number.len() {
            0 => Err(PassportNumberError::Empty),
            length if length < MIN_LENGTH => Err(PassportNumberError::TooShort),
            _ => Ok(Self(number)),
        }
    }

    /// The number.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PassportNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PassportNumber(…)")
    }
}

fn is_separator(character: char) -> bool {
    writing::separates_digits(character) || character == '<'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_read_however_they_are_written() {
        for (text, number) in [
            ("U12345678", "U12345678"),
            ("u 12 345 678", "U12345678"),
            ("s-12345678", "S12345678"),
            ("c01x00t47", "C01X00T47"),
            ("L898902C<", "L898902C"),
            ("ıiİI1234", "IIII1234"),
            ("Ｕ１２３４５６７８", "U12345678"),
            ("U1234567٨", "U12345678"),
            ("U 12.345–678", "U12345678"),
        ] {
            assert_eq!(PassportNumber::parse(text).unwrap().as_str(), number, "{text:?}");
        }
    }

    #[test]
    fn each_fault_is_named() {
        for (text, fault) in [
            ("", PassportNumberError::Empty),
            (" <<", PassportNumberError::Empty),
            ("U123", PassportNumberError::TooShort),
            ("U123456789", PassportNumberError::TooLong),
            ("12345678950", PassportNumberError::TooLong),
            ("Ş12345678", PassportNumberError::Character),
            ("ბ12345678", PassportNumberError::Character),
            ("U1234_678", PassportNumberError::Character),
        ] {
            assert_eq!(PassportNumber::parse(text).unwrap_err(), fault, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_was_read_reads_as_itself(text in "[A-Za-z0-9ıİ <-]{0,14}") {
            if let Ok(number) = PassportNumber::parse(&text) {
                prop_assert_eq!(PassportNumber::parse(number.as_str()).unwrap(), number);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text: String) {
            let _ = PassportNumber::parse(&text);
        }
    }
}
