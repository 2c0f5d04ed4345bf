//! A device whose owner has set the clock.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use basvuru::clock::{Clock, DeviceClock};

/// This machine's clocks, the time shown set forward or back.
#[derive(Debug, Default)]
pub struct Offset(AtomicI64);

impl Offset {
    /// Sets the clock to so many seconds after the right time, or before it.
    pub fn set(&self, seconds: i64) {
        self.0.store(seconds, Ordering::SeqCst);
    }
}

impl Clock for Offset {
    fn wall(&self) -> SystemTime {
        let offset = self.0.load(Ordering::SeqCst);
        let by = Duration::from_secs(offset.unsigned_abs());
        match offset < 0 {
            true => SystemTime::now() - by,
            false => SystemTime::now() + by,
        }
    }

    fn steady(&self) -> Duration {
        DeviceClock.steady()
    }
}
