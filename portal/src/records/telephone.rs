//! How far the telephone numbers of an order are confirmed: the stated one by a code, and, where the institution told another
//! one, by a code to that one or by the institution. A stolen access password alone confirms nothing: whoever has it may
//! state any number, but has neither the told telephone nor the institution's word.

use basvuru::identity::MobileNumber;
use basvuru::portal::{InstitutionAnswer, NumberConfirmation, PhoneNumberAsked};
use serde::{Deserialize, Serialize};

/// What has been confirmed since the form was approved last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// Whether the stated number is confirmed by a code.
    pub(crate) stated_confirmed: bool,
    /// What has become of asking the institution, where it was asked.
    pub(crate) asked: Option<InstitutionAnswer>,
}

/// The numbers of an order, and how far they are confirmed.
pub(crate) struct Telephones {
    /// The one the institution told, E.164.
    pub(crate) told: MobileNumber,
    /// The one in the approved form, E.164.
    pub(crate) stated: MobileNumber,
    pub(crate) progress: Progress,
}

impl Telephones {
    /// The numbers of a record, where both are numbers: however they were written, they are compared in one form.
    pub(crate) fn of(told: &str, stated: &str, progress: Progress) -> Option<Self> {
        Some(Self {
            told: MobileNumber::parse(told).ok()?,
            stated: MobileNumber::parse(stated).ok()?,
            progress,
        })
    }

    /// Which number the next code goes to.
    pub(crate) fn asked(&self) -> PhoneNumberAsked {
        match self.progress.stated_confirmed && self.differ() {
            true => PhoneNumberAsked::Told,
            false => PhoneNumberAsked::Stated,
        }
    }

    /// The number the next code goes to.
    pub(crate) fn number(&self) -> &MobileNumber {
        match self.asked() {
            PhoneNumberAsked::Stated => &self.stated,
            PhoneNumberAsked::Told => &self.told,
        }
    }

    /// Whether the institution told another number than the applicant stated.
    pub(crate) fn differ(&self) -> bool {
        self.told.as_e164() != self.stated.as_e164()
    }

    /// What is still to be confirmed, as an applicant of this institution is told.
    pub(crate) fn confirmation(&self, institution: &str) -> NumberConfirmation {
        let number = self.asked();
        NumberConfirmation {
            number,
            masked_phone: self.number().masked(),
            stated_phone: self.stated.masked(),
            institution: (number == PhoneNumberAsked::Told).then(|| institution.to_owned()),
            asked: self.progress.asked,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn telephones(stated: &str, stated_confirmed: bool) -> Telephones {
        let progress = Progress {
            stated_confirmed,
            asked: None,
        };
        Telephones::of("+905321234567", stated, progress).unwrap()
    }

    #[test]
    fn the_same_number_is_the_same_however_it_is_written() {
        for stated in [
            "0532 123 45 67",
            "5321234567",
            "+90 (532) 123-45-67",
            "0090 532 1234567",
        ] {
            let telephones = telephones(stated, true);
            assert!(!telephones.differ(), "{stated}");
            assert_eq!(telephones.asked(), PhoneNumberAsked::Stated);
        }
    }

    #[test]
    fn another_number_is_asked_for_first_and_the_told_one_after_it() {
        let before = telephones("0533 123 45 67", false);
        assert_eq!(before.number().as_e164(), "+905331234567");
        assert_eq!(before.confirmation("Kurum").institution, None);
        let after = telephones("0533 123 45 67", true);
        assert_eq!(after.number().as_e164(), "+905321234567");
        let told = after.confirmation("Kurum");
        assert_eq!(
            (told.number, told.institution.as_deref()),
            (PhoneNumberAsked::Told, Some("Kurum"))
        );
        assert!(told.masked_phone != told.stated_phone || told.masked_phone.ends_with("67"));
    }
}
