//! T.C. kimlik no: eleven digits of which the last two check the others.

use std::fmt;

use crate::writing;

/// How many digits there are.
const LENGTH: u8 = 11;

/// A T.C. kimlik no, or the number of the same form that foreigners living in Türkiye are given. Its check digits are
/// right; whether somebody has it, only the authority knows.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct NationalId(String);

/// Why a text is not a T.C. kimlik no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NationalIdError {
    /// Nothing was entered.
    #[error("no number was entered")]
    Empty,
    /// It contains something other than digits and what people put between them.
    #[error("the number contains something other than digits")]
    NotDigits,
    /// It has fewer than eleven digits.
    #[error("the number is {missing} digits short of eleven")]
    TooShort {
        /// How many digits are missing, 1 to 10.
        missing: u8,
    },
    /// It has more than eleven digits.
    #[error("the number has more than eleven digits")]
    TooLong,
    /// It begins with 0, which no such number does.
    #[error("the number begins with zero")]
    FirstDigitZero,
    /// Its last two digits do not match the others: a digit was mistyped, or two were swapped.
    #[error("the check digits do not match")]
    CheckDigits,
}

impl NationalId {
    /// Reads a number as a person types or pastes it: spaces, dots, slashes and hyphens anywhere are dropped.
    ///
    /// # Errors
    /// Says what is wrong with it, and first what typing on does not mend.
    pub fn parse(text: &str) -> Result<Self, NationalIdError> {
        let mut digits = [0; LENGTH as usize];
        let mut count: u8 = 0;
        for character in text
            .chars()
            .map(writing::typed)
            .filter(|sign| !writing::separates_digits(*sign))
        {
            let digit = character.to_digit(10).ok_or(NationalIdError::NotDigits)?;
            let place = digits.get_mut(usize::from(count)).ok_or(NationalIdError::TooLong)?;
            *place = digit;
            count += 1;
        }
        match LENGTH - count {
            LENGTH => return Err(NationalIdError::Empty),
            _ if digits[0] == 0 => return Err(NationalIdError::FirstDigitZero),
            0 => {}
            missing => return Err(NationalIdError::TooShort { missing }),
        }
        if !checks(&digits) {
            return Err(NationalIdError::CheckDigits);
        }
        Ok(Self(
            digits.iter().filter_map(|digit| char::from_digit(*digit, 10)).collect(),
        ))
    }

    /// The eleven digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a foreigner's number, which begins with 99.
    #[must_use]
    pub fn is_foreigners(&self) -> bool {
        self.0.starts_with("99")
    }
}

impl fmt::Debug for NationalId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("NationalId(…)")
    }
}

/// Whether the tenth and the eleventh digit are what the first nine, and the first ten, make them.
fn checks(digits: &[u32; LENGTH as usize]) -> bool {
    let [first @ .., tenth, eleventh] = digits;
    let odd_places: u32 = first.iter().step_by(2).sum();
    let even_places: u32 = first.iter().skip(1).step_by(2).sum();
    // Forty is a multiple of ten that keeps the difference positive: four digits make at most 36.
    let expected_tenth = (7 * odd_places + 40 - even_places) % 10;
    let expected_eleventh = (odd_places + even_places + expected_tenth) % 10;
    (*tenth, *eleventh) == (expected_tenth, expected_eleventh)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A number from its first nine digits.
    fn complete(first: &[u32]) -> String {
        let candidates = (0..10).flat_map(|tenth| (0..10).map(move |eleventh| [tenth, eleventh]));
        let mut right = candidates
            .map(|last| first.iter().chain(&last).map(u32::to_string).collect::<String>())
            .filter(|number| NationalId::parse(number).is_ok());
        let number = right.next().unwrap();
        assert_eq!(right.next(), None, "the first nine digits leave one choice");
        number
    }

    fn first_nine() -> impl Strategy<Value = Vec<u32>> {
        (1_u32..10, proptest::collection::vec(0_u32..10, 8)).prop_map(|(first, rest)| [vec![first], rest].concat())
    }

    #[test]
    fn numbers_known_to_be_right_are_taken() {
        for number in ["10000000146", "12345678950", "21221221272"] {
            assert_eq!(NationalId::parse(number).unwrap().as_str(), number);
        }
    }

    #[test]
    fn spaces_dots_and_invisible_marks_are_dropped() {
        for number in [
            " 123 456 789 50 ",
            "\u{202A}12345678950\u{202C}",
            "123\u{A0}456\u{202F}789\u{200B}50\n",
            "123.456.789.50",
            "123-456-789-50",
            "123–456–789/50",
            "１２３４５６７８９５０",
            "١٢٣٤٥٦٧٨٩٥٠",
        ] {
            assert_eq!(NationalId::parse(number).unwrap().as_str(), "12345678950", "{number:?}");
        }
    }

    #[test]
    fn each_fault_is_named() {
        for (text, fault) in [
            ("", NationalIdError::Empty),
            (" \t", NationalIdError::Empty),
            ("1234567895", NationalIdError::TooShort { missing: 1 }),
            ("1", NationalIdError::TooShort { missing: 10 }),
            ("123456789500", NationalIdError::TooLong),
            ("02345678950", NationalIdError::FirstDigitZero),
            ("0", NationalIdError::FirstDigitZero),
            ("1234567895O", NationalIdError::NotDigits),
            ("123_456_789_50", NationalIdError::NotDigits),
            ("+12345678950", NationalIdError::NotDigits),
            ("11111111111", NationalIdError::CheckDigits),
            ("12345678951", NationalIdError::CheckDigits),
            ("12345678960", NationalIdError::CheckDigits),
            ("21345678950", NationalIdError::CheckDigits),
        ] {
            assert_eq!(NationalId::parse(text).unwrap_err(), fault, "{text:?}");
        }
    }

    #[test]
    fn a_foreigners_number_is_told_apart() {
        let foreigners = NationalId::parse(&complete(&[9, 9, 1, 2, 3, 4, 5, 6, 7])).unwrap();
        assert!(foreigners.is_foreigners());
        assert!(!NationalId::parse("12345678950").unwrap().is_foreigners());
    }

    proptest! {
        #[test]
        fn a_right_number_comes_back_as_it_was(first in first_nine()) {
            let number = complete(&first);
            let parsed = NationalId::parse(&number).unwrap();
            prop_assert_eq!(parsed.as_str(), number);
        }

        #[test]
        fn one_wrong_digit_is_always_noticed(first in first_nine(), place in 0_usize..11, shift in 1_u8..10) {
            let mut number = complete(&first).into_bytes();
            number[place] = b'0' + (number[place] - b'0' + shift) % 10;
            let number = String::from_utf8(number).unwrap();
            prop_assert!(NationalId::parse(&number).is_err(), "{}", number);
        }

        #[test]
        fn no_text_makes_it_panic(text: String) {
            let _ = NationalId::parse(&text);
        }
    }
}
