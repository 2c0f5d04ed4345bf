//! Every sentence a person reads, in Turkish and English, from Fluent files. A sentence that exists in one language
//! exists in the other: a test compares the files.

use std::time::{Duration, SystemTime};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use time::macros::time;
use time::{Date, Month, OffsetDateTime, UtcOffset};
use unic_langid::LanguageIdentifier;

/// The languages the product speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum Language {
    /// Turkish.
    Turkish,
    /// English.
    English,
}

impl Language {
    /// The BCP 47 tag.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Turkish => "tr",
            Self::English => "en",
        }
    }

    /// The language of a BCP 47 tag or POSIX locale such as `tr-TR` or `en_GB.UTF-8`, where it is one of ours.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_', '.']).next().unwrap_or_default();
        [Self::Turkish, Self::English]
            .into_iter()
            .find(|language| language.tag().eq_ignore_ascii_case(primary))
    }
}

/// Messages of one language. The core has its own; a shell may load more of its own kind.
pub struct Catalogue {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl Catalogue {
    /// Loads Fluent sources, which are part of the program.
    ///
    /// # Panics
    /// When a source is not Fluent or a message is defined twice: a mistake in the program, found by its tests.
    #[must_use]
    pub fn new(language: Language, sources: &[&str]) -> Self {
        let identifier: LanguageIdentifier = language.tag().parse().expect("the tags are valid");
        let mut bundle = FluentBundle::new_concurrent(vec![identifier]);
        // Isolation marks are for text of mixed direction; Turkish and English run the same way, and terminals show them.
        bundle.set_use_isolating(false);
        for source in sources {
            let resource = FluentResource::try_new((*source).to_owned());
            let resource = resource.map_err(|(_, errors)| errors).expect("the sources are Fluent");
            bundle.add_resource(resource).expect("no message is defined twice");
        }
        Self { language, bundle }
    }

    /// The catalogue's language.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// The sentence of a message.
    #[must_use]
    pub fn sentence(&self, id: &str, arguments: &[(&str, Argument<'_>)]) -> String {
        self.find(id, None, arguments).unwrap_or_else(|| id.to_owned())
    }

    /// The sentence of a message's attribute, such as a failure's `next`.
    #[must_use]
    pub fn attribute(&self, id: &str, attribute: &str, arguments: &[(&str, Argument<'_>)]) -> String {
        self.find(id, Some(attribute), arguments)
            .unwrap_or_else(|| format!("{id}.{attribute}"))
    }

    fn find(&self, id: &str, attribute: Option<&str>, arguments: &[(&str, Argument<'_>)]) -> Option<String> {
        let message = self.bundle.get_message(id)?;
        let pattern = match attribute {
            None => message.value()?,
            Some(attribute) => message.get_attribute(attribute)?.value(),
        };
        let mut named = FluentArgs::new();
        for (name, argument) in arguments {
            named.set(*name, argument.value(self));
        }
        let mut errors = Vec::new();
        let sentence = self.bundle.format_pattern(pattern, Some(&named), &mut errors);
        debug_assert!(errors.is_empty(), "{id}: {errors:?}");
        Some(sentence.into_owned())
    }
}

/// A value that stands in a sentence.
#[derive(Debug, Clone)]
pub enum Argument<'a> {
    /// A text as it is.
    Text(&'a str),
    /// A count, which may choose the plural.
    Count(u64),
    /// A time to wait, in seconds; said in minutes from two minutes on, rounded up.
    Wait(u64),
    /// A day in Turkey.
    Day(SystemTime),
    /// A day and time of day in Turkey.
    Moment(SystemTime),
    /// The same to the second.
    Second(SystemTime),
}

/// How far a moment may be for its time of day to matter.
const NEAR: Duration = Duration::from_secs(48 * 60 * 60);

/// Whether a moment is near enough for the day alone to mislead: a certificate that ended this morning did not end "today".
pub(crate) fn is_near(moment: SystemTime, now: SystemTime) -> bool {
    let apart = moment.duration_since(now).or_else(|_| now.duration_since(moment));
    apart.is_ok_and(|apart| apart <= NEAR)
}

impl Argument<'_> {
    fn value(&self, catalogue: &Catalogue) -> FluentValue<'static> {
        match self {
            Self::Text(text) => FluentValue::from((*text).to_owned()),
            Self::Count(count) => FluentValue::from(*count),
            Self::Wait(seconds) => FluentValue::from(if *seconds < 120 {
                catalogue.sentence("wait-seconds", &[("count", Argument::Count((*seconds).max(1)))])
            } else {
                catalogue.sentence("wait-minutes", &[("count", Argument::Count(seconds.div_ceil(60)))])
            }),
            Self::Day(moment) => FluentValue::from(day(*moment)),
            Self::Moment(moment) => {
                let local = in_turkey(*moment);
                FluentValue::from(format!("{} {:02}:{:02}", day(*moment), local.hour(), local.minute()))
            }
            Self::Second(moment) => {
                let local = in_turkey(*moment);
                let (hour, minute, second) = local.to_hms();
                FluentValue::from(format!("{} {hour:02}:{minute:02}:{second:02}", day(*moment)))
            }
        }
    }
}

/// `DD.MM.YYYY`, the form Turkish papers use and English readers understand beside them.
fn day(moment: SystemTime) -> String {
    let local = in_turkey(moment);
    format!("{:02}.{:02}.{:04}", local.day(), u8::from(local.month()), local.year())
}

/// The time on Turkish clocks. The last hours of the year 9999, by which certificates say that they have no end (RFC 5280,
/// 4.1.2.5), lie beyond what can be written there, and stay in UTC.
fn in_turkey(moment: SystemTime) -> OffsetDateTime {
    let moment = OffsetDateTime::from(moment);
    let hours = if is_summer_time(moment) { 3 } else { 2 };
    let offset = UtcOffset::from_hms(hours, 0, 0).expect("hours are a valid offset");
    moment.checked_to_offset(offset).unwrap_or(moment)
}

/// Whether Turkish clocks were an hour ahead: always since 27 March 2016, and from the last Sunday of March to that of October
/// before, with the days that were put off for an election or an examination.
fn is_summer_time(moment: OffsetDateTime) -> bool {
    let year = moment.year();
    let at_one = |month: Month, day: u8| {
        let date = Date::from_calendar_date(year, month, day).expect("it is in every year");
        // Until 2006 the clocks went by their own time, and not by the hour of others.
        let early = if year < 2007 {
            time::Duration::hours(2)
        } else {
            time::Duration::ZERO
        };
        date.with_time(time!(01:00)).assume_utc() - early
    };
    let last_sunday = |month: Month| {
        let last = Date::from_calendar_date(year, month, 31).expect("both months have 31 days");
        31 - last.weekday().number_days_from_sunday()
    };
    let begin = at_one(
        Month::March,
        last_sunday(Month::March) + u8::from(matches!(year, 2011 | 2014)),
    );
    let end = match year {
        2015 => at_one(Month::November, 8),
        _ => at_one(Month::October, last_sunday(Month::October)),
    };
    moment >= begin && (year > 2015 || moment < end) || year > 2016
}

/// The core's own messages.
pub(crate) fn catalogue(language: Language) -> &'static Catalogue {
    use std::sync::OnceLock;
    static TURKISH: OnceLock<Catalogue> = OnceLock::new();
    static ENGLISH: OnceLock<Catalogue> = OnceLock::new();
    let (cell, sources) = match language {
        Language::Turkish => (&TURKISH, TURKISH_SOURCES),
        Language::English => (&ENGLISH, ENGLISH_SOURCES),
    };
    cell.get_or_init(|| Catalogue::new(language, sources))
}

const TURKISH_SOURCES: &[&str] = &[
    include_str!("../locales/tr/failure.ftl"),
    include_str!("../locales/tr/journey.ftl"),
    include_str!("../locales/tr/verdict.ftl"),
];
const ENGLISH_SOURCES: &[&str] = &[
    include_str!("../locales/en/failure.ftl"),
    include_str!("../locales/en/journey.ftl"),
    include_str!("../locales/en/verdict.ftl"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn names(sources: &[&str]) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        let mut message = "";
        for line in sources.iter().flat_map(|source| source.lines()) {
            let Some((name, _)) = line.split_once('=') else {
                continue;
            };
            match name.trim_end() {
                attribute if attribute.starts_with("    .") => {
                    names.insert(format!("{message}{}", attribute.trim()));
                }
                name if name.starts_with(|first: char| first.is_ascii_lowercase()) => {
                    message = name;
                    names.insert(name.to_owned());
                }
                _ => {}
            }
        }
        names
    }

    #[test]
    fn a_moment_is_told_as_turkish_clocks_had_it() {
        use time::macros::datetime;
        for (moment, hour) in [
            (datetime!(2004-03-27 22:59 UTC), 0),
            (datetime!(2004-03-27 23:00 UTC), 2),
            (datetime!(2004-10-30 22:59 UTC), 1),
            (datetime!(2004-10-30 23:00 UTC), 1),
            (datetime!(2010-01-15 12:00 UTC), 14),
            (datetime!(2010-03-28 00:59 UTC), 2),
            (datetime!(2010-03-28 01:00 UTC), 4),
            (datetime!(2010-07-15 12:00 UTC), 15),
            (datetime!(2011-03-27 12:00 UTC), 14),
            (datetime!(2011-03-28 01:00 UTC), 4),
            (datetime!(2014-03-30 12:00 UTC), 14),
            (datetime!(2014-03-31 12:00 UTC), 15),
            (datetime!(2015-10-25 12:00 UTC), 15),
            (datetime!(2015-11-08 00:59 UTC), 3),
            (datetime!(2015-11-08 01:00 UTC), 3),
            (datetime!(2016-01-01 12:00 UTC), 14),
            (datetime!(2016-03-27 01:00 UTC), 4),
            (datetime!(2016-12-31 12:00 UTC), 15),
            (datetime!(2026-01-15 12:00 UTC), 15),
            (datetime!(2026-07-15 12:00 UTC), 15),
        ] {
            assert_eq!(in_turkey(moment.into()).hour(), hour, "{moment}");
        }
    }

    #[test]
    fn moments_at_either_end_of_what_certificates_can_say_are_written() {
        let texts = Catalogue::new(Language::English, &["moment = { $moment }"]);
        let written = |seconds| {
            let moment = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            texts.sentence("moment", &[("moment", Argument::Moment(moment))])
        };
        // 99991231235959Z: a certificate without an end (RFC 5280, 4.1.2.5).
        assert!(written(253_402_300_799).starts_with("31.12.9999"));
        assert!(written(253_402_300_799 - 4 * 60 * 60).starts_with("31.12.9999"));
        assert!(written(0).starts_with("01.01.1970"));
    }

    #[test]
    fn both_languages_say_the_same_things() {
        let turkish = names(TURKISH_SOURCES);
        assert!(turkish.len() > 50, "the files were read");
        assert_eq!(turkish, names(ENGLISH_SOURCES));
    }

    #[test]
    fn a_wait_is_told_in_a_unit_that_fits() {
        let say = |language, seconds| Argument::Wait(seconds).value(catalogue(language));
        assert_eq!(say(Language::Turkish, 45), FluentValue::from("45 saniye"));
        assert_eq!(say(Language::English, 1), FluentValue::from("1 second"));
        assert_eq!(say(Language::English, 121), FluentValue::from("3 minutes"));
    }

    #[test]
    fn a_day_is_the_day_in_turkey() {
        let half_past_nine_in_the_evening_utc = SystemTime::UNIX_EPOCH + Duration::from_secs(1_798_752_600);
        assert_eq!(day(half_past_nine_in_the_evening_utc), "01.01.2027");
    }

    #[test]
    fn a_moment_within_two_days_is_told_to_the_second() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_798_752_603);
        let texts = Catalogue::new(Language::English, &["moment = { $moment }"]);
        let said = texts.sentence("moment", &[("moment", Argument::Second(now))]);
        assert_eq!(said, "01.01.2027 00:30:03");
        let second = Duration::from_secs(1);
        for (moment, near) in [
            (now, true),
            (now - NEAR, true),
            (now + NEAR, true),
            (now - NEAR - second, false),
        ] {
            assert_eq!(is_near(moment, now), near);
        }
    }

    #[test]
    fn a_locale_names_its_language() {
        assert_eq!(Language::from_tag("tr_TR.UTF-8"), Some(Language::Turkish));
        assert_eq!(Language::from_tag("en-GB"), Some(Language::English));
        assert_eq!(Language::from_tag("de"), None);
    }
}
