//! UTCTime and GeneralizedTime, in UTC alone (RFC 5280, 4.1.2.5).

use std::time::{Duration, SystemTime};

use super::{DerError, tag, writer};

const DAY: u64 = 86_400;

/// A moment as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// The moment, exact to the nanosecond.
    pub(crate) time: SystemTime,
    /// Whether it had a fraction of a second, which only RFC 3161 allows.
    pub(crate) has_fraction: bool,
}

/// UTCTime for the years 1950 to 2049, GeneralizedTime otherwise; fractions of a second are dropped.
pub(crate) fn write_time(time: SystemTime) -> Vec<u8> {
    let (year, digits) = digits(time);
    if (1950..2050).contains(&year) {
        return writer::element(tag::UTC_TIME, &[&digits.as_bytes()[2..], b"Z"]);
    }
    writer::element(tag::GENERALIZED_TIME, &[digits.as_bytes(), b"Z"])
}

/// GeneralizedTime; fractions of a second are dropped.
#[cfg(test)]
pub(crate) fn write_generalized_time(time: SystemTime) -> Vec<u8> {
    writer::element(tag::GENERALIZED_TIME, &[digits(time).1.as_bytes(), b"Z"])
}

/// The year, and `YYYYMMDDHHMMSS`. Moments before 1970 are written as 1970, those after 9999 as its end.
fn digits(time: SystemTime) -> (u64, String) {
    const LAST: u64 = 253_402_300_799;
    let seconds = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
        .min(LAST);
    let (year, month, day) = civil(seconds / DAY);
    let (hour, minute, second) = (seconds % DAY / 3_600, seconds % 3_600 / 60, seconds % 60);
    (
        year,
        format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}"),
    )
}

/// `YYMMDDHHMMSSZ`
pub(super) fn parse_utc_time(text: &[u8]) -> Result<Moment, DerError> {
    let Some((b'Z', digits)) = text.split_last() else {
        return Err(DerError::Value);
    };
    if digits.len() != 12 {
        return Err(DerError::Value);
    }
    let year = number(&digits[..2])?;
    let year = if year < 50 { 2000 + year } else { 1900 + year };
    Ok(Moment {
        time: moment(year, &digits[2..])?,
        has_fraction: false,
    })
}

/// `YYYYMMDDHHMMSS[.f…]Z`
pub(super) fn parse_generalized_time(text: &[u8]) -> Result<Moment, DerError> {
    let Some((b'Z', digits)) = text.split_last() else {
        return Err(DerError::Value);
    };
    let (whole, fraction) = digits.split_at_checked(14).ok_or(DerError::Value)?;
    let time = moment(number(&whole[..4])?, &whole[4..])?;
    let nanoseconds = match fraction {
        [] => {
            return Ok(Moment {
                time,
                has_fraction: false,
            });
        }
        [b'.', digits @ ..] if (1..=9).contains(&digits.len()) => {
            let missing = 9 - u32::try_from(digits.len()).expect("at most nine digits");
            number(digits)? * 10_u64.pow(missing)
        }
        _ => return Err(DerError::Value),
    };
    Ok(Moment {
        time: time + Duration::from_nanos(nanoseconds),
        has_fraction: true,
    })
}

/// The moment of a year and `MMDDHHMMSS`.
fn moment(year: u64, digits: &[u8]) -> Result<SystemTime, DerError> {
    let (pairs, _) = digits.as_chunks::<2>();
    let [month, day, hour, minute, second] = pairs else {
        return Err(DerError::Value);
    };
    let [month, day, hour, minute, second] = [
        number(month)?,
        number(day)?,
        number(hour)?,
        number(minute)?,
        number(second)?,
    ];
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return Err(DerError::Value);
    }
    let since_year_0 = days(year, month, day);
    let epoch = days(1970, 1, 1);
    let seconds = hour * 3_600 + minute * 60 + second;
    if since_year_0 >= epoch {
        let days = since_year_0 - epoch;
        if civil(days) != (year, month, day) {
            return Err(DerError::Value);
        }
        return Ok(SystemTime::UNIX_EPOCH + Duration::from_secs(days * DAY + seconds));
    }
    // Nothing signed is older than 1970; an odd date before it is only ever compared, never shown.
    let before = Duration::from_secs((epoch - since_year_0) * DAY - seconds);
    SystemTime::UNIX_EPOCH.checked_sub(before).ok_or(DerError::Value)
}

fn number(digits: &[u8]) -> Result<u64, DerError> {
    digits.iter().try_fold(0, |value: u64, digit| {
        if digit.is_ascii_digit() {
            Ok(value * 10 + u64::from(digit - b'0'))
        } else {
            Err(DerError::Value)
        }
    })
}

/// Days from 1 March of the year 0 (proleptic Gregorian), with the year taken to begin in March so that the leap day
/// is its last.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year.saturating_sub(1), month + 9)
    };
    year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1
}

/// Year, month and day of a number of days since 1970.
fn civil(days_since_1970: u64) -> (u64, u64, u64) {
    let since_year_0 = days_since_1970 + days(1970, 1, 1);
    let (era, day_of_era) = (since_year_0 / 146_097, since_year_0 % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year_of_era + carry, month, day)
}
