//! Turkish mobile numbers, to which the code is sent.

use std::fmt;

use crate::writing;

/// How many digits follow the country code.
const NATIONAL_LENGTH: u8 = 10;
/// The longest entry that can be a number: `0090`, the trunk prefix 0, and the national number.
const MAX_DIGITS: usize = 15;

/// A Turkish mobile number in E.164 form, `+905` and nine digits. Which of them are in use changes, and is not checked.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MobileNumber(String);

/// Why a text is not a Turkish mobile number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MobileNumberError {
    /// Nothing was entered.
    #[error("no number was entered")]
    Empty,
    /// It contains something that does not belong in a telephone number.
    #[error("the number contains something that does not belong in a telephone number")]
    Character,
    /// It has too few digits.
    #[error("the number is {missing} digits short")]
    TooShort {
        /// How many digits are missing, 1 to 10.
        missing: u8,
    },
    /// It has too many digits.
    #[error("the number has too many digits")]
    TooLong,
    /// Its country code is not 90.
    #[error("the number is of another country")]
    Abroad,
    /// It is a number of Türkiye that does not begin with 5: a landline, or a special one.
    #[error("the number is not a mobile one")]
    NotMobile,
}

impl MobileNumber {
    /// Reads a number as people write it: `0532 …`, `532 …`, `90532 …`, `+90 …`, `0090 …`, `+90 (0532) …`, `0 90 532 …`, `tel:+90532…`, with spaces,
    /// hyphens, dots, slashes and parentheses anywhere.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, MobileNumberError> {
        let (digits, plus) = digits(without_scheme(text))?;
        let (after_country, international) = match digits.strip_prefix("00") {
            Some(rest) if !plus => (rest, true),
            // The trunk prefix before the country code: a mistake that leaves no doubt, since no number here begins so.
            _ if !plus && digits.starts_with("09") => (&digits[1..], false),
            _ => (digits.as_str(), plus),
        };
        let national = match after_country.strip_prefix("90") {
            Some(national) => national,
            // Perhaps the country code is not finished yet.
            None if after_country == "9" || (international && after_country.is_empty()) => "",
            None if international => return Err(MobileNumberError::Abroad),
            None => after_country,
        };
        let national = national.strip_prefix('0').unwrap_or(national);
        if !national.is_empty() && !national.starts_with('5') {
            return Err(MobileNumberError::NotMobile);
        }
        let length = u8::try_from(national.len()).map_err(|_| MobileNumberError::TooLong)?;
        match NATIONAL_LENGTH.checked_sub(length) {
            Some(0) => Ok(Self(format!("+90{national}"))),
            Some(missing) => Err(MobileNumberError::TooShort { missing }),
            None => Err(MobileNumberError::TooLong),
        }
    }

    /// The number in E.164 form, `+905…`.
    #[must_use]
    pub fn as_e164(&self) -> &str {
        &self.0
    }

    /// The number as it is written in Türkiye: `0532 123 45 67`.
    #[must_use]
    pub fn grouped(&self) -> String {
        self.group(0)
    }

    /// The number with all but its last four digits hidden: `**** *** 45 67`.
    #[must_use]
    pub fn masked(&self) -> String {
        self.group(7)
    }

    /// Groups the number with its trunk prefix, the first `hidden` digits hidden.
    fn group(&self, hidden: usize) -> String {
        let mut grouped = String::with_capacity(14);
        for (place, digit) in self.0.chars().skip(2).enumerate() {
            if matches!(place, 4 | 7 | 9) {
                grouped.push(' ');
            }
            grouped.push(if place < hidden { '*' } else { digit });
        }
        grouped
    }
}

impl fmt::Debug for MobileNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("MobileNumber(…)")
    }
}

/// A number without the scheme of a link to it (RFC 3966), also where that is not yet whole.
fn without_scheme(text: &str) -> &str {
    const SCHEME: &str = "tel:";
    let text = text.trim_matches(writing::is_blank);
    let begun = text.len().min(SCHEME.len());
    match text.get(..begun) {
        Some(scheme) if scheme.eq_ignore_ascii_case(&SCHEME[..begun]) => &text[begun..],
        _ => text,
    }
}

/// The digits of an entry, and whether a plus sign comes before them.
fn digits(text: &str) -> Result<(String, bool), MobileNumberError> {
    let mut digits = String::with_capacity(MAX_DIGITS);
    let mut plus = false;
    for character in text.chars().map(writing::typed) {
        match character {
            '0'..='9' if digits.len() == MAX_DIGITS => return Err(MobileNumberError::TooLong),
            '0'..='9' => digits.push(character),
            '+' if digits.is_empty() && !plus => plus = true,
            '(' | ')' => {}
            separator if writing::separates_digits(separator) => {}
            _ => return Err(MobileNumberError::Character),
        }
    }
    if digits.is_empty() {
        return Err(MobileNumberError::Empty);
    }
    Ok((digits, plus))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_way_people_write_a_number_gives_the_same() {
        for text in [
            "05321234567",
            "5321234567",
            "905321234567",
            "+905321234567",
            "00905321234567",
            "+90 532 123 45 67",
            "+90 (532) 123-45-67",
            "+90 (0) 532 123 45 67",
            "(+90) 0532 123 45 67",
            "0090 0532 123 45 67",
            "0 532 123 45 67",
            "0532.123.45.67",
            "0532/123 4567",
            "0532\u{2011}123\u{2013}45\u{2013}67",
            "0 90 532 123 45 67",
            "tel:+905321234567",
            "Tel: 0532 123 45 67",
            "＋９０５３２１２３４５６７",
            "٠٥٣٢١٢٣٤٥٦٧",
            "\u{202A}+90\u{A0}532 123 45 67\u{202C}",
        ] {
            assert_eq!(
                MobileNumber::parse(text).unwrap().as_e164(),
                "+905321234567",
                "{text:?}"
            );
        }
    }

    #[test]
    fn each_fault_is_named() {
        for (text, fault) in [
            ("", MobileNumberError::Empty),
            ("+ () -", MobileNumberError::Empty),
            ("0532 123 45 6", MobileNumberError::TooShort { missing: 1 }),
            ("5", MobileNumberError::TooShort { missing: 9 }),
            ("0", MobileNumberError::TooShort { missing: 10 }),
            ("+9", MobileNumberError::TooShort { missing: 10 }),
            ("00", MobileNumberError::TooShort { missing: 10 }),
            ("0532 123 45 678", MobileNumberError::TooLong),
            ("0090 0532 123 45 678 9", MobileNumberError::TooLong),
            ("+49 170 1234567", MobileNumberError::Abroad),
            // Read as a Turkish number without its country code, this one of Cuba would be somebody else's.
            ("+53 212 34567", MobileNumberError::Abroad),
            ("0044 7700 900123", MobileNumberError::Abroad),
            ("0212 123 45 67", MobileNumberError::NotMobile),
            ("+90 312 123 45 67", MobileNumberError::NotMobile),
            ("444 5 576", MobileNumberError::NotMobile),
            ("0532 123 45 6O", MobileNumberError::Character),
            ("0532 123 45 67 (cep)", MobileNumberError::Character),
            ("09", MobileNumberError::TooShort { missing: 10 }),
            ("0 90", MobileNumberError::TooShort { missing: 10 }),
            ("9", MobileNumberError::TooShort { missing: 10 }),
            ("tel:", MobileNumberError::Empty),
            ("te", MobileNumberError::Empty),
            ("tell:05321234567", MobileNumberError::Character),
            ("0 91 532 123 45 67", MobileNumberError::NotMobile),
            ("tel:+49 170 1234567", MobileNumberError::Abroad),
            ("0532+1234567", MobileNumberError::Character),
            ("++905321234567", MobileNumberError::Character),
        ] {
            assert_eq!(MobileNumber::parse(text).unwrap_err(), fault, "{text:?}");
        }
    }

    #[test]
    fn a_number_is_shown_as_it_is_written_here() {
        let number = MobileNumber::parse("+905321234567").unwrap();
        assert_eq!(number.grouped(), "0532 123 45 67");
        assert_eq!(number.masked(), "**** *** 45 67");
    }

    proptest! {
        #[test]
        fn what_was_read_reads_as_itself(text in r"(\+90|0090|90|)0?5[0-9]{9}") {
            let number = MobileNumber::parse(&text).unwrap();
            prop_assert_eq!(&MobileNumber::parse(number.as_e164()).unwrap(), &number);
            prop_assert_eq!(&MobileNumber::parse(&number.grouped()).unwrap(), &number);
            prop_assert_eq!(number.as_e164().len(), 13);
        }

        #[test]
        fn no_text_makes_it_panic(text in r"[0-9+() .\-]{0,24}|\PC*") {
            let _ = MobileNumber::parse(&text);
        }
    }
}
