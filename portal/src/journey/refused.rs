//! Which refused sign-ins of strangers stand in the audit trail one by one. The trail is kept for good and anybody can add to it:
//! beyond some of a network and of all, refusals are counted, and the next one that is written down tells how many there were.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::network::Network;
use crate::rate::Rate;

/// How many of one network are written down in a minute; half of them at once.
const OF_NETWORK: u32 = 6;
/// How many of all are.
const OF_ALL: u32 = 20;

/// What is told of refused sign-ins.
pub(crate) struct Refused {
    networks: Rate<Network>,
    all: Rate<()>,
    left_out: AtomicU64,
}

impl Refused {
    pub(crate) fn new() -> Self {
        Self {
            networks: Rate::new(OF_NETWORK),
            all: Rate::new(OF_ALL),
            left_out: AtomicU64::new(0),
        }
    }

    /// What to write down of a refusal at a time that does not go back; nothing where there are too many.
    pub(crate) fn outcome(&self, word: &str, network: Network, now: Duration) -> Option<String> {
        if self.networks.take(network, now).is_err() || self.all.take((), now).is_err() {
            self.left_out.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        Some(match self.left_out.swap(0, Ordering::Relaxed) {
            0 => word.to_owned(),
            more => format!("{word}, after {more} more"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(last: u8) -> Network {
        Network::from(std::net::IpAddr::from([192, 0, 2, last]))
    }

    #[test]
    fn some_are_written_down_and_the_others_are_counted() {
        let refused = Refused::new();
        let second = Duration::from_secs;
        let one = |from, at| refused.outcome("credentials-wrong", network(from), second(at));
        for _ in 0..3 {
            assert_eq!(one(1, 0).as_deref(), Some("credentials-wrong"));
        }
        for _ in 0..1000 {
            assert_eq!(one(1, 0), None);
        }
        assert_eq!(one(2, 0).as_deref(), Some("credentials-wrong, after 1000 more"));
        // Those of all together are few as well, however many networks there are.
        let written: usize = (3..=255).map(|from| usize::from(one(from, 0).is_some())).sum();
        assert_eq!(written, 6);
        assert_eq!(one(2, 60).as_deref(), Some("credentials-wrong, after 247 more"));
    }
}
