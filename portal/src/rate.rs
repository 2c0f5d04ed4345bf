//! How often somebody may ask: a bucket of permits for each that fills with time. Memory is bounded.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use basvuru::portal::ProblemKind;

use crate::refusal::Refusal;

/// How many are remembered at a time.
const MOST: usize = 65_536;

/// Buckets of one kind of request, one for each `K`.
pub(crate) struct Rate<K> {
    a_minute: f64,
    buckets: Mutex<HashMap<K, Bucket>>,
}

struct Bucket {
    permits: f64,
    filled_at: Duration,
}

impl<K: Eq + Hash> Rate<K> {
    pub(crate) fn new(a_minute: u32) -> Self {
        Self {
            a_minute: f64::from(a_minute.max(1)),
            buckets: Mutex::new(HashMap::new()),
        }
    }

    /// Takes a permit, at a time that does not go back.
    ///
    /// # Errors
    /// `rate-limited`, with the seconds until there is one.
    pub(crate) fn take(&self, whose: K, now: Duration) -> Result<(), Refusal> {
        let most = (self.a_minute / 2.0).max(1.0);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST {
            // A full bucket says no more than no bucket.
            buckets.retain(|_, bucket| bucket.permits_at(now, self.a_minute) < most);
        }
        if buckets.len() >= MOST {
            return Err(Refusal::new(ProblemKind::RateLimited).retry_after(60));
        }
        let bucket = buckets.entry(whose).or_insert(Bucket {
            permits: most,
            filled_at: now,
        });
        bucket.permits = bucket.permits_at(now, self.a_minute).min(most);
        bucket.filled_at = now;
        if bucket.permits >= 1.0 {
            bucket.permits -= 1.0;
            return Ok(());
        }
        let wait = Duration::from_secs_f64((1.0 - bucket.permits) * 60.0 / self.a_minute);
        let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
        Err(Refusal::new(ProblemKind::RateLimited).retry_after(seconds))
    }
}

impl Bucket {
    fn permits_at(&self, now: Duration, a_minute: f64) -> f64 {
        let passed = now.saturating_sub(self.filled_at);
        self.permits + passed.as_secs_f64() * a_minute / 60.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_taken_then_one_waits_and_others_do_not() {
        let rate = Rate::new(60);
        let now = Duration::from_secs(1_000);
        for _ in 0..30 {
            rate.take("one", now).unwrap();
        }
        let refused = rate.take("one", now).unwrap_err();
        assert_eq!(refused.problem().kind, ProblemKind::RateLimited);
        assert!(rate.take("another", now).is_ok());
        let waited = now + Duration::from_secs(refused.problem().retry_after.unwrap().into());
        assert!(rate.take("one", waited).is_ok());
    }
}
