//! Who applies, and how they are reached. A value of a type of this module has been checked and is in the one form it
//! is compared and sent in; none of them prints itself.

mod email;
mod holder_name;
mod mobile;
mod national_id;
mod passport;

use crate::writing;

pub use email::{EmailAddress, EmailAddressError};
pub use holder_name::is_name_of;
pub use mobile::{MobileNumber, MobileNumberError};
pub use national_id::{NationalId, NationalIdError};
pub use passport::{PassportNumber, PassportNumberError};

/// The number by which the authority knows a person.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Identity {
    /// T.C. kimlik no, or a foreigner's number.
    NationalId(NationalId),
    /// A passport number.
    Passport(PassportNumber),
}

/// What kind of number an [`Identity`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// T.C. kimlik no, or a foreigner's number.
    NationalId,
    /// A passport number.
    Passport,
}

/// Why a text is not the identity number it is given for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// It is not a T.C. kimlik no.
    #[error(transparent)]
    NationalId(#[from] NationalIdError),
    /// It is not a passport number.
    #[error(transparent)]
    Passport(#[from] PassportNumberError),
}

impl Kind {
    /// What kind of number a text is that may be either: a passport number has a letter, or is shorter than a T.C. kimlik no
    /// with one digit forgotten.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let digits = text.chars().map(writing::typed).filter(char::is_ascii_digit).count();
        let has_letter = text.chars().map(writing::typed).any(char::is_alphabetic);
        match has_letter || (1..=passport::MAX_LENGTH).contains(&digits) {
            true => Self::Passport,
            false => Self::NationalId,
        }
    }
}

impl Identity {
    /// Reads a number of the given kind as a person types it.
    ///
    /// # Errors
    /// Says what is wrong with it; see [`NationalId::parse`] and [`PassportNumber::parse`].
    pub fn parse(kind: Kind, text: &str) -> Result<Self, IdentityError> {
        Ok(match kind {
            Kind::NationalId => Self::NationalId(NationalId::parse(text)?),
            Kind::Passport => Self::Passport(PassportNumber::parse(text)?),
        })
    }

    /// What kind of number it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::NationalId(_) => Kind::NationalId,
            Self::Passport(_) => Kind::Passport,
        }
    }

    /// The number, without spaces, in capitals.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::NationalId(number) => number.as_str(),
            Self::Passport(number) => number.as_str(),
        }
    }

    /// Whether `number`, which a certificate's subject carries, is this person's. It need not pass a check digit, since
    /// certificates of test authorities do not; spaces and letter case do not count.
    #[must_use]
    pub fn is(&self, number: &str) -> bool {
        number
            .chars()
            .filter(|character| !writing::is_blank(*character))
            .map(writing::document_capital)
            .eq(self.as_str().chars())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_knows_its_kind_and_its_number() {
        let national = Identity::parse(Kind::NationalId, "123 456 789 50").unwrap();
        assert_eq!((national.kind(), national.as_str()), (Kind::NationalId, "12345678950"));
        let passport = Identity::parse(Kind::Passport, "u 12345678").unwrap();
        assert_eq!((passport.kind(), passport.as_str()), (Kind::Passport, "U12345678"));
    }

    #[test]
    fn the_kind_decides_what_is_wrong() {
        assert_eq!(
            Identity::parse(Kind::NationalId, "U12345678"),
            Err(IdentityError::NationalId(NationalIdError::NotDigits))
        );
        assert_eq!(
            Identity::parse(Kind::Passport, "12345678950"),
            Err(IdentityError::Passport(PassportNumberError::TooLong))
        );
    }

    #[test]
    fn a_number_tells_its_kind_by_its_letters_and_its_length() {
        for passport in ["123456789", "12345", "U1234570", " u 1234 ", "１２３４５６７８９"] {
            assert_eq!(Kind::of(passport), Kind::Passport, "{passport}");
        }
        for national in [
            "10000000146",
            "100-000-001-46",
            "1000000014",
            "１００００００００１４６",
            "",
            "100000001466",
        ] {
            assert_eq!(Kind::of(national), Kind::NationalId, "{national}");
        }
    }

    #[test]
    fn a_certificate_of_the_same_person_is_recognised_and_no_other() {
        let national = Identity::parse(Kind::NationalId, "12345678950").unwrap();
        assert!(national.is("12345678950"));
        assert!(!national.is("10000000146"));
        assert!(!national.is(""));
        assert!(!national.is("123456789500"));
        let passport = Identity::parse(Kind::Passport, "I12345678").unwrap();
        assert!(passport.is("ı 12345678"));
        assert!(!passport.is("I1234567"));
    }

    #[test]
    fn nothing_here_prints_personal_data() {
        let printed = format!(
            "{:?} {:?} {:?} {:?}",
            Identity::parse(Kind::NationalId, "12345678950").unwrap(),
            Identity::parse(Kind::Passport, "U12345678").unwrap(),
            MobileNumber::parse("0532 123 45 67").unwrap(),
            EmailAddress::parse("ayse@kurum.gov.tr").unwrap(),
        );
        assert_eq!(
            printed,
            "NationalId(NationalId(…)) Passport(PassportNumber(…)) MobileNumber(…) EmailAddress(…)"
        );
    }
}
