//! Days as people write them, `7.3.1985`, `07/03/1985` or `1985-03-07`, and the one form they are kept and sent in.

use std::fmt;

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Date, Month};

use crate::portal::FieldFault;
use crate::writing;

const ISO: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
const TURKISH: &[BorrowedFormatItem<'_>] = format_description!("[day].[month].[year]");

/// No applicant is older, in years.
const OLDEST: i32 = 120;
/// No applicant is younger, in years.
const YOUNGEST: i32 = 15;

/// A day of the calendar. It may be somebody's birthday and does not print itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(Date);

/// Why a text is not a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DayError {
    /// Nothing was entered.
    #[error("no day was entered")]
    Empty,
    /// What is there can still become a day.
    #[error("the day is not complete")]
    Unfinished,
    /// It is no day, and adding to it makes none.
    #[error("there is no such day")]
    Malformed,
}

impl Day {
    /// Reads a day as a person types or pastes it: day, month and year apart by dots, slashes, hyphens, commas or spaces;
    /// the year first where it has four digits; or eight digits, day and month before the year. A year has four digits.
    ///
    /// # Errors
    /// Says whether more of it could make it a day.
    pub fn parse(text: &str) -> Result<Self, DayError> {
        let groups = groups(text)?;
        let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
        match groups.as_slice() {
            [] => Err(DayError::Empty),
            [only] if only.len() == 8 => Self::of(&only[4..], &only[2..4], &only[..2]),
            // The beginning of a day, of a year, or of eight digits.
            [only] if only.len() < 8 => Err(DayError::Unfinished),
            [year, month] if year.len() == 4 => Self::begun("2000", month, "1"),
            [day, month] => Self::begun("2000", month, day),
            [year, month, "0"] if year.len() == 4 => Self::begun("2000", month, "1"),
            [year, month, day] if year.len() == 4 => Self::of(year, month, day),
            [day, month, year] if year.len() < 4 => Self::begun("2000", month, day),
            [day, month, year] => Self::of(year, month, day),
            _ => Err(DayError::Malformed),
        }
    }

    /// `YYYY-MM-DD` (ISO 8601-1, 5.2.2.1): how a day is kept and sent.
    #[must_use]
    pub fn iso(self) -> String {
        self.written(ISO)
    }

    /// `DD.MM.YYYY`: how a day is shown.
    #[must_use]
    pub fn turkish(self) -> String {
        self.written(TURKISH)
    }

    /// A day whose year is still to come: Unfinished, unless no year has it.
    fn begun(leap_year: &str, month: &str, day: &str) -> Result<Self, DayError> {
        // The first digit of a month may be a nought.
        if month == "0" || day == "0" {
            return Err(DayError::Unfinished);
        }
        Self::of(leap_year, month, day).and(Err(DayError::Unfinished))
    }

    fn of(year: &str, month: &str, day: &str) -> Result<Self, DayError> {
        let number = |text: &str, most: usize| {
            let fits = text.len() <= most;
            fits.then(|| text.parse::<u16>().ok())
                .flatten()
                .ok_or(DayError::Malformed)
        };
        let small = |text: &str| Ok(u8::try_from(number(text, 2)?).unwrap_or(u8::MAX));
        let month = Month::try_from(small(month)?).map_err(|_| DayError::Malformed)?;
        let day = Date::from_calendar_date(i32::from(number(year, 4)?), month, small(day)?);
        day.map(Self).map_err(|_| DayError::Malformed)
    }

    fn written(self, form: &[BorrowedFormatItem<'_>]) -> String {
        self.0.format(form).unwrap_or_default()
    }
}

impl From<Date> for Day {
    fn from(date: Date) -> Self {
        Self(date)
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Day(…)")
    }
}

/// The days that can be meant where one is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// The first.
    pub first: Day,
    /// The last.
    pub last: Day,
}

impl Days {
    /// The days on which an applicant can have been born: nobody is older than 120 years, and nobody younger than 15 can be
    /// of full age (4721 sayılı Türk Medeni Kanunu, m. 12).
    #[must_use]
    pub fn of_birth(today: Date) -> Self {
        let years_ago = |years: i32| {
            let year = today.year() - years;
            // Where there is no 29 February, the day before it.
            let day = today.replace_year(year).or_else(|_| Date::from_ordinal_date(year, 59));
            day.unwrap_or(Date::MIN)
        };
        Self {
            first: Day(years_ago(OLDEST)),
            last: Day(years_ago(YOUNGEST)),
        }
    }

    /// The days between two that are written by [`Day::iso`]; every day where one of them is not.
    #[must_use]
    pub fn between(first: &str, last: &str) -> Self {
        let day = |text: &str, otherwise| Date::parse(text, ISO).map_or(otherwise, Day);
        Self {
            first: day(first, Day(Date::MIN)),
            last: day(last, Day(Date::MAX)),
        }
    }

    /// Whether a day is one of them.
    #[must_use]
    pub fn contain(&self, day: Day) -> bool {
        (self.first..=self.last).contains(&day)
    }

    /// Reads a day as a person writes it, and judges it. The portal judges by this as well.
    ///
    /// # Errors
    /// [`FieldFault::Missing`], [`FieldFault::Malformed`] or [`FieldFault::Implausible`].
    pub fn judge(&self, text: &str) -> Result<Day, FieldFault> {
        let day = Day::parse(text).map_err(|error| match error {
            DayError::Empty => FieldFault::Missing,
            DayError::Unfinished | DayError::Malformed => FieldFault::Malformed,
        })?;
        self.contain(day).then_some(day).ok_or(FieldFault::Implausible)
    }
}

/// The numbers of a day in the order they are written.
fn groups(text: &str) -> Result<Vec<String>, DayError> {
    let mut groups: Vec<String> = Vec::new();
    // What stands between the last digit and the next: nothing, white space, or one mark.
    let (mut space, mut mark) = (false, false);
    for character in text.chars() {
        match character {
            '0'..='9' => {
                match groups.last_mut().filter(|_| !space && !mark) {
                    Some(group) => group.push(character),
                    None => groups.push(character.to_string()),
                }
                (space, mark) = (false, false);
            }
            '.' | '/' | '-' | ',' | '\u{2010}'..='\u{2015}' if !groups.is_empty() && !mark => mark = true,
            blank if blank.is_whitespace() => space = true,
            blank if writing::is_blank(blank) => {}
            _ => return Err(DayError::Malformed),
        }
    }
    let separated = groups.len() > 1 || mark;
    let is_year_first = groups.first().is_some_and(|first| first.len() == 4);
    let fits = |(place, group): (usize, &String)| match place {
        0 if !separated => true,
        0 => matches!(group.len(), 1 | 2 | 4),
        2 if !is_year_first => group.len() <= 4,
        _ => group.len() <= 2,
    };
    if groups.len() > 3 || (groups.len() == 3 && mark) || !groups.iter().enumerate().all(fits) {
        return Err(DayError::Malformed);
    }
    if groups.len() == 1 && separated && !is_year_first {
        // "32." becomes no day.
        let day = groups[0].parse::<u8>().unwrap_or(u8::MAX);
        if !(1..=31).contains(&day) {
            return Err(DayError::Malformed);
        }
    }
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;

    const TODAY: Date = date!(2026 - 11 - 26);

    #[test]
    fn every_way_people_write_a_day_gives_the_same() {
        for text in [
            "7.3.1985",
            "07.03.1985",
            "07/03/1985",
            "7-3-1985",
            "7,3,1985",
            "7 3 1985",
            " 07 . 03 . 1985 ",
            "1985-03-07",
            "1985-3-7",
            "1985/03/07",
            "07031985",
            "\u{202A}07.03.1985\u{202C}",
            "07\u{2013}03\u{2013}1985\n",
        ] {
            let day = Day::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
            assert_eq!(
                (day.iso().as_str(), day.turkish().as_str()),
                ("1985-03-07", "07.03.1985"),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_day_that_is_being_typed_is_unfinished_until_it_cannot_become_one() {
        for whole in [
            "07.03.1985",
            "7/3/1985",
            "1985-03-07",
            "29.02.1984",
            "07031985",
            "31 12 2000",
        ] {
            for end in 1..whole.len() {
                assert_eq!(
                    Day::parse(&whole[..end]),
                    Err(DayError::Unfinished),
                    "{}",
                    &whole[..end]
                );
            }
        }
        for text in ["", "  ", "\u{200B}"] {
            assert_eq!(Day::parse(text), Err(DayError::Empty), "{text:?}");
        }
        for text in [
            "32.",
            "0.",
            "31.13",
            "30.02",
            "31.04.",
            "29.02.1985",
            "00.03.1985",
            "7.3.19855",
            "7.3.1985.",
            "7..3",
            ".7",
            "123.",
            "7.3.1985.1",
            "Mart",
            "7 Mart 1985",
            "٧.٣.١٩٨٥",
            "1985-13",
            "1985-02-30",
            "19850307",
            "123456789",
            "7.003",
        ] {
            assert_eq!(Day::parse(text), Err(DayError::Malformed), "{text:?}");
        }
    }

    #[test]
    fn whoever_is_younger_than_15_or_older_than_120_is_told_so() {
        let births = Days::of_birth(TODAY);
        assert_eq!(
            (births.first.iso().as_str(), births.last.iso().as_str()),
            ("1906-11-26", "2011-11-26")
        );
        for (text, judged) in [
            ("26.11.2011", Ok(())),
            ("26.11.1906", Ok(())),
            ("27.11.2011", Err(FieldFault::Implausible)),
            ("25.11.1906", Err(FieldFault::Implausible)),
            ("26.11.2026", Err(FieldFault::Implausible)),
            ("27.11.2026", Err(FieldFault::Implausible)),
            ("7.3.1790", Err(FieldFault::Implausible)),
            ("7.3.85", Err(FieldFault::Malformed)),
            ("30.2.1985", Err(FieldFault::Malformed)),
            ("", Err(FieldFault::Missing)),
        ] {
            assert_eq!(births.judge(text).map(drop), judged, "{text}");
        }
        assert_eq!(Days::between("1906-11-26", "2011-11-26"), births);
        let on_leap_day = Days::of_birth(date!(2028 - 02 - 29));
        let days = [on_leap_day.first, on_leap_day.last].map(Day::iso);
        assert_eq!(days, ["1908-02-29", "2013-02-28"]);
        assert!(Days::between("", "not a day").judge("7.3.1790").is_ok());
    }

    proptest! {
        #[test]
        fn a_day_comes_back_from_every_form(ordinal in 1_800_000_i32..3_700_000) {
            let day = Day(Date::from_julian_day(ordinal).unwrap());
            prop_assert_eq!(Day::parse(&day.iso()), Ok(day));
            prop_assert_eq!(Day::parse(&day.turkish()), Ok(day));
        }

        #[test]
        fn no_text_makes_it_panic(text in "[0-9./ -]{0,12}|.*") {
            let _ = Day::parse(&text);
        }
    }
}
