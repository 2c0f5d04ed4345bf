//! What time it is, on a device whose owner sets its clock. There is the device's own time, which may be wrong and may
//! jump; a steady count of seconds, which does neither; and the portal's time, which signatures are judged by. Whatever
//! expires or waits is counted by the portal's time, carried on by the steady count.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// By how much the device's time may differ from the portal's before the person is told: what the portal takes of a
/// signature that claims to be made in the future.
pub const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// The clocks of a device. The core has [`DeviceClock`]; a test has one of its own.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The time as the device shows it.
    fn wall(&self) -> SystemTime;

    /// The time that has passed since some moment. It does not jump, and goes on while the device sleeps; where the device
    /// is started anew, so is the count.
    fn steady(&self) -> Duration;
}

/// The clocks of the device the core runs on.
#[derive(Debug, Clone, Copy, Default)]
pub struct DeviceClock;

impl Clock for DeviceClock {
    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }

    #[cfg(unix)]
    fn steady(&self) -> Duration {
        use rustix::time::{ClockId, clock_gettime};
        // Apple's monotonic clock goes on while the device sleeps; Linux has another one for that.
        #[cfg(any(target_os = "linux", target_os = "android"))]
        const COUNT: ClockId = ClockId::Boottime;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        const COUNT: ClockId = ClockId::Monotonic;
        let count = clock_gettime(COUNT);
        let seconds = u64::try_from(count.tv_sec).unwrap_or(0);
        Duration::new(seconds, u32::try_from(count.tv_nsec).unwrap_or(0))
    }

    #[cfg(not(unix))]
    fn steady(&self) -> Duration {
        static BEGAN: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
        BEGAN.elapsed()
    }
}

/// The portal's time at a moment of the device's clocks. Kept over restarts, in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PortalTime {
    /// Seconds since 1970-01-01T00:00:00Z by the portal.
    portal: u64,
    /// The same moment by the device.
    wall: u64,
    /// The same moment by the steady count.
    steady: u64,
}

impl PortalTime {
    /// What a `Date` header (RFC 9110, 6.6.1) tells that came `took` after its request was sent.
    pub(crate) fn told(date: &str, took: Duration, clock: &dyn Clock) -> Option<Self> {
        let date = OffsetDateTime::parse(date, &Rfc2822).ok()?;
        let date = u64::try_from(date.unix_timestamp()).ok()?;
        Some(Self {
            // The answer was begun half-way, as far as anybody knows.
            portal: date.saturating_add(took.as_secs() / 2),
            wall: since_1970(clock.wall()),
            steady: clock.steady().as_secs(),
        })
    }

    /// The portal's time now, while this process has been running.
    pub(crate) fn now(&self, clock: &dyn Clock) -> SystemTime {
        let passed = clock.steady().as_secs().saturating_sub(self.steady);
        let now = UNIX_EPOCH.checked_add(Duration::from_secs(self.portal.saturating_add(passed)));
        now.unwrap_or(UNIX_EPOCH)
    }

    /// The same knowledge after a restart of the app. None where the device's two clocks do not agree on how much time has
    /// passed: it was started anew, or its time was set.
    pub(crate) fn recalled(self, clock: &dyn Clock) -> Option<Self> {
        let passed = clock.steady().as_secs().checked_sub(self.steady)?;
        let by_wall = since_1970(clock.wall()).checked_sub(self.wall)?;
        (passed.abs_diff(by_wall) <= TOLERANCE.as_secs()).then_some(self)
    }
}

/// The device's clocks, and what the portal has told of its own.
#[derive(Debug)]
pub(crate) struct PortalClock {
    device: Arc<dyn Clock>,
    told: Mutex<Option<PortalTime>>,
}

/// Two times of the same moment that ought to be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Disagreement {
    /// What the device shows.
    pub(crate) device: SystemTime,
    /// What the portal says.
    pub(crate) portal: SystemTime,
}

impl PortalClock {
    pub(crate) fn new(device: Arc<dyn Clock>) -> Self {
        let told = Mutex::default();
        Self { device, told }
    }

    /// The device's clocks.
    pub(crate) fn device(&self) -> &Arc<dyn Clock> {
        &self.device
    }

    /// The steady count when a request is sent.
    pub(crate) fn begin(&self) -> Duration {
        self.device.steady()
    }

    /// Takes the `Date` of an answer to a request that was sent at `begun`.
    pub(crate) fn hear(&self, date: &str, begun: Duration) {
        let took = self.device.steady().saturating_sub(begun);
        if let Some(time) = PortalTime::told(date, took, self.device.as_ref()) {
            *self.lock() = Some(time);
        }
    }

    /// Takes what was known before a restart, as far as it still holds.
    pub(crate) fn recall(&self, before: Option<PortalTime>) {
        *self.lock() = before.and_then(|time| time.recalled(self.device.as_ref()));
    }

    /// What is known, to be kept over a restart.
    pub(crate) fn known(&self) -> Option<PortalTime> {
        *self.lock()
    }

    /// The portal's time now, where it is known.
    pub(crate) fn portal(&self) -> Option<SystemTime> {
        self.known().map(|time| time.now(self.device.as_ref()))
    }

    /// The best that is known of the time now: the portal's, or else the device's.
    pub(crate) fn now(&self) -> SystemTime {
        self.portal().unwrap_or_else(|| self.device.wall())
    }

    /// That the device's time is wrong, where it is by more than [`TOLERANCE`].
    pub(crate) fn disagreement(&self) -> Option<Disagreement> {
        let portal = self.portal()?;
        let device = self.device.wall();
        (apart(device, portal) > TOLERANCE).then_some(Disagreement { device, portal })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<PortalTime>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// By how much two times differ.
fn apart(one: SystemTime, other: SystemTime) -> Duration {
    one.duration_since(other).unwrap_or_else(|earlier| earlier.duration())
}

/// Whole seconds since 1970-01-01T00:00:00Z; 0 before.
pub(crate) fn since_1970(moment: SystemTime) -> u64 {
    moment.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Clocks that stand where they are put.
    #[derive(Debug)]
    struct Hands(Mutex<(u64, u64)>);

    impl Hands {
        fn set(&self, wall: u64, steady: u64) {
            *self.0.lock().unwrap() = (wall, steady);
        }
    }

    impl Clock for Hands {
        fn wall(&self) -> SystemTime {
            UNIX_EPOCH + Duration::from_secs(self.0.lock().unwrap().0)
        }

        fn steady(&self) -> Duration {
            Duration::from_secs(self.0.lock().unwrap().1)
        }
    }

    const DATE: &str = "Thu, 26 Nov 2026 10:00:00 GMT";
    const PORTAL: u64 = 1_795_687_200;
    const HOUR: u64 = 3600;

    fn told(hands: &Hands) -> PortalTime {
        PortalTime::told(DATE, Duration::from_secs(4), hands).unwrap()
    }

    #[test]
    fn the_portals_time_goes_on_whatever_the_devices_does() {
        let hands = Hands(Mutex::new((5, 1000)));
        let time = told(&hands);
        for wall in [0, 5, PORTAL, 4_000_000_000] {
            hands.set(wall, 1000 + HOUR);
            assert_eq!(since_1970(time.now(&hands)), PORTAL + 2 + HOUR);
        }
    }

    #[test]
    fn after_a_restart_it_is_known_where_the_devices_clocks_agree() {
        let hands = Hands(Mutex::new((PORTAL + 48 * HOUR, 1000)));
        let time = told(&hands);
        // Two days wrong before and after: that is known.
        hands.set(PORTAL + 49 * HOUR, 1000 + HOUR);
        let recalled = time.recalled(&hands).unwrap();
        assert_eq!(since_1970(recalled.now(&hands)), PORTAL + 2 + HOUR);
        // Set right meanwhile, set wrong, started anew: it is not.
        for (wall, steady) in [
            (PORTAL + HOUR, 1000 + HOUR),
            (PORTAL + 90 * HOUR, 1000 + HOUR),
            (PORTAL + 49 * HOUR, 10),
            (PORTAL + 59 * HOUR, 2000),
        ] {
            hands.set(wall, steady);
            assert_eq!(time.recalled(&hands), None, "{wall} {steady}");
        }
    }

    #[test]
    fn five_minutes_are_nobodys_fault_and_more_is_told() {
        let hands = Arc::new(Hands(Mutex::new((PORTAL, 1000))));
        let clock = PortalClock::new(Arc::clone(&hands) as _);
        assert_eq!(clock.disagreement(), None, "nothing was told yet");
        clock.hear(DATE, clock.begin());
        for (wall, wrong) in [
            (PORTAL, false),
            (PORTAL + 300, false),
            (PORTAL - 300, false),
            (PORTAL + 301, true),
            (PORTAL - 301, true),
            (PORTAL + 48 * HOUR, true),
            (PORTAL - 48 * HOUR, true),
        ] {
            hands.set(wall, 1000);
            assert_eq!(clock.disagreement().is_some(), wrong, "{wall}");
            assert_eq!(since_1970(clock.now()), PORTAL);
        }
    }

    #[test]
    fn a_date_that_is_none_tells_nothing() {
        let hands = Hands(Mutex::new((0, 0)));
        for date in [
            "",
            "now",
            "2026-11-26T10:00:00Z",
            "Thu, 26 Nov 1926 10:00:00 GMT",
            "Thu, 99 Nov 2026 10:00:00 GMT",
        ] {
            assert_eq!(PortalTime::told(date, Duration::ZERO, &hands), None, "{date}");
        }
    }

    #[test]
    fn the_devices_count_goes_on() {
        let before = DeviceClock.steady();
        assert!(before > Duration::ZERO);
        assert!(DeviceClock.steady() >= before);
    }
}
