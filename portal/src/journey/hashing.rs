//! Password hashes are computed by threads of their own, each of which fills the same memory again and again: Argon2id takes
//! 19 MiB for every hash, which a general allocator keeps apart for every thread that ever asked for it. Few wait at a time,
//! and who signs in on a known device goes first.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use basvuru::secret::SecretText;
use tokio::sync::oneshot;

use crate::failure::PortalError;
use crate::journey::access_password::{Arena, DecoyHash};
use crate::refusal::Refusal;

/// The most threads: a hash takes some tens of milliseconds, and what else the portal does needs processors as well.
const MOST_THREADS: usize = 2;

/// Who asks for a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Precedence {
    /// A person on a known device.
    Known,
    /// Anybody with a picture code.
    Stranger,
}

/// The threads that compare passwords, and who waits for them.
pub(crate) struct Hashing {
    queue: Arc<Queue>,
}

struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    most: usize,
}

#[derive(Default)]
struct State {
    known: Lane,
    strangers: Lane,
    closed: bool,
}

#[derive(Default)]
struct Lane {
    /// How many places are taken: by what waits, is compared, or is about to wait.
    taken: usize,
    jobs: VecDeque<Job>,
}

struct Job {
    password: SecretText,
    stored: Option<String>,
    answer: oneshot::Sender<bool>,
    /// Given back when the job is done.
    _place: Place,
}

/// A place in the queue: taken before a picture code is used up for it.
pub(crate) struct Place {
    queue: Arc<Queue>,
    precedence: Precedence,
}

impl Hashing {
    /// Starts the threads. At most `most` strangers, and as many people on known devices, have a place at a time.
    ///
    /// # Errors
    /// [`PortalError::Threads`].
    pub(crate) fn start(most: usize) -> Result<Self, PortalError> {
        let hashing = Self {
            queue: Arc::new(Queue {
                state: Mutex::default(),
                changed: Condvar::new(),
                most,
            }),
        };
        let decoy = Arc::new(DecoyHash::new());
        let threads = thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
        for _ in 0..threads {
            let (queue, decoy) = (Arc::clone(&hashing.queue), Arc::clone(&decoy));
            thread::Builder::new()
                .name("password-hash".to_owned())
                .spawn(move || queue.work(&decoy))
                .map_err(PortalError::Threads)?;
        }
        Ok(hashing)
    }

    /// Takes a place in the queue.
    ///
    /// # Errors
    /// `unavailable`, with the seconds to wait, where all are taken.
    pub(crate) fn place(&self, precedence: Precedence) -> Result<Place, Refusal> {
        let mut state = self.queue.lock();
        let lane = state.lane(precedence);
        if lane.taken >= self.queue.most {
            return Err(Refusal::busy());
        }
        lane.taken += 1;
        drop(state);
        Ok(Place {
            queue: Arc::clone(&self.queue),
            precedence,
        })
    }
}

impl Place {
    /// Whether a password has a stored hash. Without one it takes as long, and has none.
    pub(crate) async fn compare(self, password: SecretText, stored: Option<String>) -> Result<bool, Refusal> {
        let (answer, compared) = oneshot::channel();
        let (queue, precedence) = (Arc::clone(&self.queue), self.precedence);
        let job = Job {
            password,
            stored,
            answer,
            _place: self,
        };
        queue.take(job, precedence);
        compared.await.map_err(|_| Refusal::busy())
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a job wait. Nothing waits once the queue is closed: the job is dropped, which its asker is told.
    fn take(&self, job: Job, precedence: Precedence) {
        let mut state = self.lock();
        if state.closed {
            drop(state);
            return drop(job);
        }
        state.lane(precedence).jobs.push_back(job);
        drop(state);
        self.changed.notify_one();
    }

    /// What a thread does until the queue is closed.
    fn work(&self, decoy: &DecoyHash) {
        // At once: a system that has no more is to say so at the start, not to an applicant.
        let mut arena = Arena::usual();
        while let Some(job) = self.next() {
            let holds = decoy.compare(&job.password, job.stored.as_deref(), &mut arena);
            // Nobody waits any more where the portal is being stopped.
            let _ = job.answer.send(holds);
        }
    }

    fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(job) = state.next() {
                return Some(job);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl State {
    const fn lane(&mut self, precedence: Precedence) -> &mut Lane {
        match precedence {
            Precedence::Known => &mut self.known,
            Precedence::Stranger => &mut self.strangers,
        }
    }

    fn next(&mut self) -> Option<Job> {
        self.known.jobs.pop_front().or_else(|| self.strangers.jobs.pop_front())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.queue.lock().lane(self.precedence).taken -= 1;
    }
}

impl Drop for Hashing {
    fn drop(&mut self) {
        let waiting = {
            let mut state = self.queue.lock();
            state.closed = true;
            (
                std::mem::take(&mut state.known.jobs),
                std::mem::take(&mut state.strangers.jobs),
            )
        };
        self.queue.changed.notify_all();
        // Their places are given back, for which the queue must not be held.
        drop(waiting);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(most: usize) -> Arc<Queue> {
        Arc::new(Queue {
            state: Mutex::default(),
            changed: Condvar::new(),
            most,
        })
    }

    /// A queue that no thread works on.
    fn idle(most: usize) -> Hashing {
        Hashing { queue: lane(most) }
    }

    fn wait(hashing: &Hashing, precedence: Precedence, name: &str) {
        let place = hashing.place(precedence).unwrap();
        let (answer, _) = oneshot::channel();
        let job = Job {
            password: SecretText::new(name.to_owned()),
            stored: None,
            answer,
            _place: place,
        };
        hashing.queue.lock().lane(precedence).jobs.push_back(job);
    }

    #[test]
    fn who_finds_no_place_is_told_when_to_come_again() {
        let hashing = idle(2);
        let (first, _second) = (
            hashing.place(Precedence::Stranger).unwrap(),
            hashing.place(Precedence::Stranger).unwrap(),
        );
        let refused = hashing.place(Precedence::Stranger).err().unwrap();
        assert_eq!(refused.problem().status, 503);
        assert!(refused.problem().retry_after.is_some());
        assert!(
            hashing.place(Precedence::Known).is_ok(),
            "strangers take no place of people on known devices"
        );
        drop(first);
        assert!(hashing.place(Precedence::Stranger).is_ok(), "a place is given back");
    }

    #[test]
    fn people_on_known_devices_go_first() {
        let hashing = idle(8);
        for (precedence, name) in [
            (Precedence::Stranger, "first stranger"),
            (Precedence::Stranger, "second stranger"),
            (Precedence::Known, "known"),
        ] {
            wait(&hashing, precedence, name);
        }
        let order: Vec<String> = std::iter::from_fn(|| hashing.queue.lock().next())
            .map(|job| job.password.expose().to_owned())
            .collect();
        assert_eq!(order, ["known", "first stranger", "second stranger"]);
    }

    #[tokio::test]
    async fn what_waits_when_the_portal_stops_is_told_and_gives_its_place_back() {
        let hashing = idle(1);
        let queue = Arc::clone(&hashing.queue);
        let place = hashing.place(Precedence::Stranger).unwrap();
        let waiting = tokio::spawn(place.compare(SecretText::new("x".to_owned()), None));
        while queue.lock().strangers.jobs.is_empty() {
            tokio::task::yield_now().await;
        }
        drop(hashing);
        assert_eq!(waiting.await.unwrap().unwrap_err().problem().status, 503);
        assert_eq!(queue.lock().strangers.taken, 0);
    }
}
