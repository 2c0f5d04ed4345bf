//! How a line is waited for: as long as something flows, however slowly, and never longer than [`SILENCE`] when nothing does.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::ClientError;
use super::part::Part;

/// How long a line may be silent: nothing is given to us, and nothing that we gave is answered.
pub(super) const SILENCE: Duration = Duration::from_secs(30);
/// How much goes into one record of TLS, in octets: of a record that was cut nothing is left, and of one that is still coming
/// nothing is seen.
pub(super) const RECORD: usize = 4 * 1024;

/// How much of a request and of its answer has passed, in octets of their bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Flow {
    /// Of what is sent in parts: what the portal has.
    pub(crate) sent: usize,
    /// Of how many; 0 where nothing is sent that is worth telling of.
    pub(crate) to_send: usize,
    /// Of the answer.
    pub(crate) received: usize,
    /// Of how many, where the portal told.
    pub(crate) to_receive: Option<usize>,
}

/// Who is told how much has passed.
pub(crate) type FlowListener = Arc<dyn Fn(Flow) + Send + Sync>;

/// One exchange on a line.
pub(super) struct Line {
    state: Mutex<State>,
    listener: Option<FlowListener>,
}

struct State {
    begun: Instant,
    moved: Instant,
    flow: Flow,
}

impl Line {
    pub(super) fn new(listener: Option<FlowListener>) -> Self {
        let now = Instant::now();
        let state = State {
            begun: now,
            moved: now,
            flow: Flow::default(),
        };
        Self {
            state: Mutex::new(state),
            listener,
        }
    }

    /// Waits for something that ends by what the line brings.
    ///
    /// # Errors
    /// [`ClientError::Timeout`] once the line has been silent for [`SILENCE`].
    pub(super) async fn wait<T>(&self, what: impl Future<Output = T>) -> Result<T, ClientError> {
        let silent_at = self.lock().moved + SILENCE;
        let mut what = pin!(what);
        tokio::select! {
            biased;
            come = what.as_mut() => Ok(come),
            () = sleep_until(silent_at) => Err(ClientError::Timeout),
        }
    }

    /// A part of something larger is sent.
    pub(super) fn sends(&self, part: Part) {
        self.change(|flow| (flow.sent, flow.to_send) = (part.from, part.total));
    }

    /// The head of the answer has come, and says how long its body is.
    pub(super) fn answered(&self, length: Option<u64>) {
        self.change(|flow| flow.to_receive = length.and_then(|length| usize::try_from(length).ok()));
        let mut state = self.lock();
        // A part that was sent is told as long as it takes, and its short answer is not.
        if state.flow.to_send == 0 {
            state.begun = state.moved;
        }
    }

    /// Octets of the answer's body have come.
    pub(super) fn received(&self, octets: usize) {
        self.change(|flow| flow.received += octets);
    }

    /// How long what the exchange is about took: the part that was sent, or else the answer's body.
    pub(super) fn taken(&self) -> Duration {
        self.lock().begun.elapsed()
    }

    fn change(&self, change: impl FnOnce(&mut Flow)) {
        let flow = {
            let mut state = self.lock();
            change(&mut state.flow);
            state.moved = Instant::now();
            state.flow
        };
        if let Some(listener) = &self.listener {
            listener(flow);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How fast the line is, as far as it has shown. Parts are as long as it carries in some seconds: then each is answered before
/// the line could be taken for silent, how far they have come can be told, and little is lost with one.
#[derive(Default)]
pub(super) struct Pace {
    /// Octets a second; 0 where nothing is known.
    rate: AtomicU64,
}

impl Pace {
    /// How long a part is to take.
    const PART: Duration = Duration::from_secs(4);
    /// The smallest part, in octets; what is smaller than it says nothing of a line.
    const SMALLEST: usize = 4 * 1024;
    /// The first part on a line of which nothing is known.
    const FIRST: usize = 16 * 1024;

    /// So much has passed in that time.
    pub(super) fn learn(&self, octets: usize, taken: Duration) {
        if octets >= Self::SMALLEST {
            let milliseconds = u64::try_from(taken.as_millis()).unwrap_or(u64::MAX).max(1);
            let rate = (octets as u64).saturating_mul(1000) / milliseconds;
            self.rate.store(rate.max(1), Ordering::Relaxed);
        }
    }

    /// The line broke or was silent.
    pub(super) fn broke(&self) {
        self.rate.store(1, Ordering::Relaxed);
    }

    /// How much of what is left to send goes into one part.
    pub(super) fn part(&self, rest: usize) -> usize {
        let part = match self.rate.load(Ordering::Relaxed) {
            0 => Self::FIRST,
            rate => usize::try_from(rate.saturating_mul(Self::PART.as_secs())).unwrap_or(usize::MAX),
        };
        part.max(Self::SMALLEST).min(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_line_that_flows_is_waited_for_and_a_silent_one_is_not() {
        let line = Line::new(None);
        let begun = Instant::now();
        for _ in 0..100 {
            let piece = tokio::time::sleep(SILENCE - Duration::from_secs(1));
            line.wait(piece).await.unwrap();
            line.received(1);
        }
        assert!(begun.elapsed() > 90 * SILENCE);
        let begun = Instant::now();
        let silent = line.wait(std::future::pending::<()>()).await;
        assert!(matches!(silent, Err(ClientError::Timeout)));
        assert_eq!(begun.elapsed(), SILENCE);
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_exchange_is_about_is_what_is_timed() {
        let second = Duration::from_secs(1);
        // A document: however long it was waited for, its body took three seconds.
        let line = Line::new(None);
        tokio::time::advance(20 * second).await;
        line.answered(Some(8_000));
        tokio::time::advance(3 * second).await;
        line.received(8_000);
        assert_eq!(line.taken(), 3 * second);
        // A part: it took as long as its answer was waited for.
        let line = Line::new(None);
        line.sends(Part {
            from: 0,
            length: 8_000,
            total: 60_000,
        });
        tokio::time::advance(20 * second).await;
        line.answered(Some(30));
        assert_eq!(line.taken(), 20 * second);
    }

    #[test]
    fn parts_are_what_the_line_carries_in_some_seconds() {
        let pace = Pace::default();
        assert_eq!((pace.part(60_000), pace.part(10_000)), (16_384, 10_000));
        // What is small says nothing.
        pace.learn(500, Duration::from_secs(10));
        assert_eq!(pace.part(60_000), 16_384);
        pace.learn(60_000, Duration::from_secs(30));
        assert_eq!(pace.part(60_000), 8_000);
        pace.learn(60_000, Duration::ZERO);
        assert_eq!(pace.part(60_000), 60_000);
        pace.learn(4_096, Duration::from_secs(60));
        assert_eq!(pace.part(60_000), 4_096);
        pace.learn(60_000, Duration::ZERO);
        pace.broke();
        assert_eq!((pace.part(60_000), pace.part(7)), (4_096, 7));
    }
}
