//! How often one address may ask: a bucket of permits that fills with time. Memory is bounded; addresses of one IPv6 network
//! of a subscriber (/64) share a bucket.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use basvuru::portal::ProblemKind;

use crate::network::Network;
use crate::refusal::Refusal;

/// How many addresses are remembered at a time.
const MOST_ADDRESSES: usize = 65_536;

/// Buckets of one kind of request.
pub(crate) struct Rate {
    a_minute: f64,
    buckets: Mutex<HashMap<Network, Bucket>>,
}

struct Bucket {
    permits: f64,
    filled_at: SystemTime,
}

impl Rate {
    pub(crate) fn new(a_minute: u32) -> Self {
        Self {
            a_minute: f64::from(a_minute.max(1)),
            buckets: Mutex::new(HashMap::new()),
        }
    }

    /// Takes a permit of an address.
    ///
    /// # Errors
    /// `rate-limited`, with the seconds until there is one.
    pub(crate) fn take(&self, address: IpAddr, now: SystemTime) -> Result<(), Refusal> {
        let most = (self.a_minute / 2.0).max(1.0);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST_ADDRESSES {
            // A full bucket says no more than no bucket.
            buckets.retain(|_, bucket| bucket.permits_at(now, self.a_minute) < most);
        }
        if buckets.len() >= MOST_ADDRESSES {
            return Err(Refusal::new(ProblemKind::RateLimited).retry_after(60));
        }
        let bucket = buckets.entry(Network::from(address)).or_insert(Bucket {
            permits: most,
            filled_at: now,
        });
        bucket.permits = bucket.permits_at(now, self.a_minute).min(most);
        bucket.filled_at = now;
        if bucket.permits >= 1.0 {
            bucket.permits -= 1.0;
            return Ok(());
        }
        let wait = std::time::Duration::from_secs_f64((1.0 - bucket.permits) * 60.0 / self.a_minute);
        let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
        Err(Refusal::new(ProblemKind::RateLimited).retry_after(seconds))
    }
}

impl Bucket {
    fn permits_at(&self, now: SystemTime, a_minute: f64) -> f64 {
        let passed = now.duration_since(self.filled_at).unwrap_or_default();
        self.permits + passed.as_secs_f64() * a_minute / 60.0
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_burst_is_taken_then_the_address_waits_and_others_do_not() {
        let rate = Rate::new(60);
        let now = UNIX_EPOCH + Duration::from_secs(1_000);
        for _ in 0..30 {
            rate.take(address("192.0.2.1"), now).unwrap();
        }
        let refused = rate.take(address("192.0.2.1"), now).unwrap_err();
        assert_eq!(refused.problem().kind, ProblemKind::RateLimited);
        assert!(rate.take(address("192.0.2.2"), now).is_ok());
        let waited = now + Duration::from_secs(refused.problem().retry_after.unwrap().into());
        assert!(rate.take(address("192.0.2.1"), waited).is_ok());
    }
}
