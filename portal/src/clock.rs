//! The time the portal lives by. Everything that expires, locks or waits asks a [`Clock`], never the system, so that a
//! test can let an hour pass; only the TLS certificates, which others judge by their own clocks, follow the system's.

use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A source of time.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> SystemTime;
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// A clock that moves only when it is told to.
#[derive(Debug)]
pub struct TestClock(Mutex<SystemTime>);

impl TestClock {
    /// A clock that stands at `time`.
    #[must_use]
    pub const fn at(time: SystemTime) -> Self {
        Self(Mutex::new(time))
    }

    /// Lets `duration` pass.
    pub fn advance(&self, duration: Duration) {
        let mut time = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *time += duration;
    }
}

impl Clock for TestClock {
    fn now(&self) -> SystemTime {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A moment as it is stored: whole seconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(crate) i64);

impl Moment {
    pub(crate) fn of(time: SystemTime) -> Self {
        let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Self(i64::try_from(seconds).unwrap_or(i64::MAX))
    }

    pub(crate) fn after(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)),
        )
    }

    pub(crate) fn before(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)),
        )
    }

    /// Whole seconds from `self` until `later`; 0 where that has passed.
    pub(crate) fn seconds_until(self, later: Self) -> u32 {
        u32::try_from(later.0.saturating_sub(self.0).max(0)).unwrap_or(u32::MAX)
    }

    /// RFC 3339 in UTC, whole seconds.
    pub(crate) fn rfc3339(self) -> String {
        self.date_time().format(&Rfc3339).unwrap_or_default()
    }

    pub(crate) fn date_time(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.0).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    pub(crate) fn system_time(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(u64::try_from(self.0).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_clock_moves_only_when_told() {
        let clock = TestClock::at(UNIX_EPOCH + Duration::from_secs(1_780_000_000));
        assert_eq!(Moment::of(clock.now()).rfc3339(), "2026-05-28T20:26:40Z");
        clock.advance(Duration::from_secs(61));
        assert_eq!(Moment::of(clock.now()).rfc3339(), "2026-05-28T20:27:41Z");
    }

    #[test]
    fn a_moment_that_has_passed_is_zero_seconds_away() {
        assert_eq!(Moment(100).seconds_until(Moment(40)), 0);
        assert_eq!(Moment(40).seconds_until(Moment(100)), 60);
    }
}
