//! The time the portal lives by. Everything that expires, locks or waits asks a [`Clock`], never the system, so that a
//! test can let an hour pass; only the TLS certificates, which others judge by their own clocks, follow the system's.

use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A source of time.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> SystemTime;

    /// How much time has passed since some moment, by a count that nobody sets. Where there is none, the time itself: a clock
    /// that is set back then stands still for what expires.
    fn steady(&self) -> Duration {
        since_1970(self.now())
    }
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn steady(&self) -> Duration {
        static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
        BEGUN.elapsed()
    }
}

/// A clock that moves only when it is told to.
#[derive(Debug)]
pub struct TestClock(Mutex<(SystemTime, Duration)>);

impl TestClock {
    /// A clock that stands at `time`.
    #[must_use]
    pub const fn at(time: SystemTime) -> Self {
        Self(Mutex::new((time, Duration::ZERO)))
    }

    /// Lets `duration` pass.
    pub fn advance(&self, duration: Duration) {
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shown.0 += duration;
        shown.1 += duration;
    }

    /// Sets it to another time, while none passes: what it showed was wrong, or what it shows now is.
    pub fn set(&self, time: SystemTime) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0 = time;
    }
}

impl Clock for TestClock {
    fn now(&self) -> SystemTime {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    fn steady(&self) -> Duration {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1
    }
}

fn since_1970(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// How far the time may run ahead of the clock before it goes by the count: clocks are slewed all the time.
const SLEW: Duration = Duration::from_secs(2);
/// By how much a clock has to be set, for the operator to be told.
const SET: i64 = 60;

/// What it is by a clock that is set now and then, and by what cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    /// The date and time: what is shown, written into documents, and compared with others' dates.
    pub(crate) now: Moment,
    /// A time that never goes back, and goes on at least as fast as a clock that is not set: whatever expires, waits or is
    /// counted goes by it. It is the date and time, unless the clock was set back: then it goes on from where it was, so that
    /// nothing lasts longer than it was to, by however many years the clock was wrong.
    pub(crate) steady: Moment,
}

/// Keeps the time that never goes back, over restarts too.
pub(crate) struct SteadyClock(Mutex<Kept>);

struct Kept {
    /// What the clock's count showed.
    count: Duration,
    /// What the clock showed, since 1970-01-01T00:00:00Z.
    wall: Duration,
    /// The time that never goes back, as far.
    steady: Duration,
}

impl SteadyClock {
    /// Goes on from what an earlier run has kept. Gives by how many seconds the clock was set back since, where it was.
    pub(crate) fn begin(clock: &dyn Clock, before: Option<Reading>) -> (Self, Option<i64>) {
        let wall = since_1970(clock.now());
        let mut steady = wall;
        let mut set = 0;
        if let Some(before) = before {
            // The clock alone tells how long nobody ran.
            let passed = wall.saturating_sub(before.now.since_1970());
            steady = (before.steady.since_1970() + passed).max(wall);
            set = (seconds(wall) - before.now.0).min(0);
        }
        let count = clock.steady();
        (Self(Mutex::new(Kept { count, wall, steady })), noticeable(set))
    }

    /// Reads the time. Gives by how many seconds the clock was set since it was read last, where it was.
    pub(crate) fn read(&self, clock: &dyn Clock) -> (Reading, Option<i64>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (wall, count) = (since_1970(clock.now()), clock.steady());
        let passed = count.saturating_sub(kept.count);
        let run = kept.steady + passed;
        let set = seconds(wall) - seconds(kept.wall + passed);
        let steady = match run > wall + SLEW {
            true => run,
            false => wall.max(kept.steady),
        };
        *kept = Kept { count, wall, steady };
        let reading = Reading {
            now: Moment(seconds(wall)),
            steady: Moment(seconds(steady)),
        };
        (reading, noticeable(set))
    }
}

fn noticeable(set: i64) -> Option<i64> {
    Some(set).filter(|set| set.abs() > SET)
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

/// A moment as it is stored: whole seconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(crate) i64);

impl Moment {
    pub(crate) fn of(time: SystemTime) -> Self {
        Self(seconds(since_1970(time)))
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
        UNIX_EPOCH + self.since_1970()
    }

    fn since_1970(self) -> Duration {
        Duration::from_secs(u64::try_from(self.0).unwrap_or(0))
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

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    fn at(days: u32) -> SystemTime {
        UNIX_EPOCH + DAY * (20_000 + days)
    }

    #[test]
    fn the_steady_time_is_the_clocks_until_that_is_set_back_and_then_goes_on() {
        let clock = TestClock::at(at(0));
        let (steady, set) = SteadyClock::begin(&clock, None);
        let read = || {
            let (Reading { now, steady }, set) = steady.read(&clock);
            (steady.0 - now.0, set)
        };
        assert_eq!((read(), set), ((0, None), None));
        clock.advance(DAY);
        assert_eq!(read(), (0, None), "a day has passed");
        // Years ahead, and what was stored then has years to go by the clock alone.
        clock.set(at(4000));
        assert_eq!(read(), (0, Some(3999 * 86_400)));
        clock.set(at(1));
        assert_eq!(read(), (3999 * 86_400, Some(-3999 * 86_400)));
        clock.advance(Duration::from_secs(60));
        assert_eq!(read(), (3999 * 86_400, None), "a minute is a minute");
        // Forward as far as to where the other is: nothing passes by that.
        clock.set(at(3000));
        let (ahead, set) = read();
        assert!(set.is_some() && ahead > 999 * 86_400, "{ahead}");
    }

    #[test]
    fn a_clock_that_is_slewed_takes_the_steady_time_along() {
        let clock = TestClock::at(at(0));
        let (steady, _) = SteadyClock::begin(&clock, None);
        for _ in 0..100 {
            clock.advance(Duration::from_secs(10));
            clock.set(clock.now() - Duration::from_millis(500));
            let (Reading { now, steady }, set) = steady.read(&clock);
            assert!(steady.0 - now.0 <= 2 && set.is_none());
        }
    }

    #[test]
    fn the_steady_time_goes_on_over_a_restart() {
        let clock = TestClock::at(at(10));
        let kept = Reading {
            now: Moment::of(at(9)),
            steady: Moment::of(at(400)),
        };
        let (steady, set) = SteadyClock::begin(&clock, Some(kept));
        assert_eq!(set, None);
        assert_eq!(steady.read(&clock).0.steady, Moment::of(at(401)), "a day has passed");
        // It was ahead when it was kept, and the portal stopped.
        clock.set(at(1));
        let (steady, set) = SteadyClock::begin(&clock, Some(kept));
        assert_eq!(set, Some(-8 * 86_400));
        assert_eq!(steady.read(&clock).0.steady, Moment::of(at(400)));
    }
}
