//! Questions that are asked side by side, and how long they may take.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, timeout};

use super::{Fetch, FetchError, FetchRequest, KeptAnswer};

/// How long anybody who is asked may take, redirects included.
pub(super) const EACH: Duration = Duration::from_secs(10);
/// How long is waited in all.
const ALL: Duration = Duration::from_secs(30);

/// Waits for several futures that go on side by side, and gives what comes of each in their order.
pub(in crate::signature) async fn side_by_side<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<Option<Pin<Box<F>>>> = futures.into_iter().map(|future| Some(Box::pin(future))).collect();
    let mut outputs: Vec<Option<F::Output>> = waiting.iter().map(|_| None).collect();
    poll_fn(|context| {
        for (place, output) in waiting.iter_mut().zip(&mut outputs) {
            if let Some(future) = place
                && let Poll::Ready(found) = future.as_mut().poll(context)
            {
                *output = Some(found);
                *place = None;
            }
        }
        if waiting.iter().any(Option::is_some) {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
    .await;
    outputs.into_iter().flatten().collect()
}

/// A way to the network that waits ten seconds for each answer, and thirty in all: for as long as anybody is waited for, however
/// many are at the same time. It must be used within a tokio runtime that has its clock.
pub struct PatientFetch<F> {
    fetch: F,
    waited: Mutex<Waited>,
}

/// For how long somebody was waited for.
#[derive(Default)]
struct Waited {
    before: Duration,
    /// How many are waited for, and since when somebody is.
    now: u32,
    since: Option<Instant>,
}

impl Waited {
    fn so_far(&self) -> Duration {
        let now = self.since.map(|since| since.elapsed());
        self.before.saturating_add(now.unwrap_or_default())
    }
}

impl<F> PatientFetch<F> {
    /// Waits for what another way gives.
    pub fn new(fetch: F) -> Self {
        Self {
            fetch,
            waited: Mutex::default(),
        }
    }

    fn waited<T>(&self, change: impl FnOnce(&mut Waited) -> T) -> T {
        change(&mut self.waited.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How long may be waited for one more.
    fn begin(&self) -> Waiting<'_, F> {
        let left = self.waited(|waited| {
            let left = ALL.saturating_sub(waited.so_far());
            waited.now += 1;
            waited.since.get_or_insert_with(Instant::now);
            left
        });
        Waiting {
            of: self,
            patience: left.min(EACH),
        }
    }
}

/// Somebody is waited for until this is dropped.
struct Waiting<'a, F> {
    of: &'a PatientFetch<F>,
    patience: Duration,
}

impl<F> Drop for Waiting<'_, F> {
    fn drop(&mut self) {
        self.of.waited(|waited| {
            waited.now = waited.now.saturating_sub(1);
            if waited.now == 0 {
                waited.before = waited.so_far();
                waited.since = None;
            }
        });
    }
}

#[async_trait]
impl<F: Fetch> Fetch for PatientFetch<F> {
    async fn fetch(&self, request: FetchRequest) -> Result<Vec<u8>, FetchError> {
        let waiting = self.begin();
        if waiting.patience.is_zero() {
            return Err(FetchError::TooLate);
        }
        let answer = timeout(waiting.patience, self.fetch.fetch(request)).await;
        answer.map_err(|_| FetchError::TooLate)?
    }

    fn kept(&self, request: &FetchRequest) -> Option<KeptAnswer> {
        self.fetch.kept(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers after as many seconds as its address says.
    struct Slow;

    #[async_trait]
    impl Fetch for Slow {
        async fn fetch(&self, request: FetchRequest) -> Result<Vec<u8>, FetchError> {
            let seconds = request.url.parse().map_err(|_| FetchError::NotAsked)?;
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            Ok(request.url.into_bytes())
        }
    }

    fn after(seconds: u64) -> FetchRequest {
        FetchRequest {
            url: seconds.to_string(),
            body: None,
            headers: Vec::new(),
            size_limit: 1_000,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_asked_side_by_side_takes_as_long_as_the_slowest_and_comes_in_its_order() {
        let patient = PatientFetch::new(Slow);
        let begin = Instant::now();
        let answers = side_by_side([9, 3, 7].map(|seconds| patient.fetch(after(seconds)))).await;
        assert_eq!(answers, ["9", "3", "7"].map(|answer| Ok(answer.as_bytes().to_vec())));
        assert_eq!(begin.elapsed().as_secs(), 9);
        assert!(side_by_side(Vec::<std::future::Ready<()>>::new()).await.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_waited_for_longer_than_ten_seconds_nor_all_of_them_longer_than_thirty() {
        let patient = PatientFetch::new(Slow);
        let begin = Instant::now();
        let answers = side_by_side([60, 11, 2].map(|seconds| patient.fetch(after(seconds)))).await;
        assert_eq!(answers[..2], [Err(FetchError::TooLate), Err(FetchError::TooLate)]);
        assert_eq!(answers[2], Ok(b"2".to_vec()));
        assert_eq!(begin.elapsed().as_secs(), 10);
        // What a person takes in between does not count.
        tokio::time::sleep(Duration::from_secs(300)).await;
        let begin = Instant::now();
        for seconds in [10, 9] {
            let _ = patient.fetch(after(seconds - 1)).await;
        }
        assert_eq!(begin.elapsed().as_secs(), 17);
        // Three are left.
        assert_eq!(patient.fetch(after(4)).await, Err(FetchError::TooLate));
        assert_eq!(begin.elapsed().as_secs(), 20);
        assert_eq!(patient.fetch(after(0)).await, Err(FetchError::TooLate));
    }
}
