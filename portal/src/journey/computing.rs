//! What costs much to compute for a person: documents that are rendered, containers that are judged. It is done outside of every
//! transaction, so that nobody waits for it who asks for something else, and one after the other for one person, so that nobody
//! takes what others need.

use std::collections::HashMap;
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::available_parallelism;

use basvuru::portal::ProblemKind;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::records::person::Person;
use crate::refusal::Refusal;

/// How many requests of one person wait for a turn or have it.
const MOST_OF_A_PERSON: usize = 8;
/// When a request that found no place may be repeated, in seconds.
const PAUSE: u32 = 5;

/// The computations of a portal.
#[derive(Clone)]
pub(crate) struct Computing {
    /// Those that may run at a time. Whoever waits is served in the order of coming, and is there once a person.
    slots: Arc<Semaphore>,
    queues: Arc<Mutex<HashMap<i64, Queue>>>,
    /// Told whenever somebody waits for a slot.
    #[cfg(test)]
    pub(crate) asked: Arc<tokio::sync::Notify>,
}

/// The requests of one person.
struct Queue {
    turn: Arc<Semaphore>,
    requests: usize,
}

impl Computing {
    /// Leaves a processor to those who ask for little, where there is more than one.
    pub(crate) fn new() -> Self {
        let processors = available_parallelism().map_or(1, NonZero::get);
        Self::with_slots(processors.saturating_sub(1).max(1))
    }

    fn with_slots(slots: usize) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(slots)),
            queues: Arc::default(),
            #[cfg(test)]
            asked: Arc::default(),
        }
    }

    /// Waits for the person's turn.
    ///
    /// # Errors
    /// `rate-limited` where too many requests of the person wait already.
    pub(crate) async fn turn(&self, person: Person) -> Result<Arc<Turn>, Refusal> {
        let place = self.place(person)?;
        let permit = Arc::clone(&place.turn).acquire_owned().await;
        Ok(Arc::new(Turn {
            computing: self.clone(),
            _permit: permit.map_err(|_| Refusal::busy())?,
            _place: place,
        }))
    }

    /// Takes every slot, once those before have ended.
    #[cfg(test)]
    pub(crate) async fn occupy(&self, slots: u32) -> OwnedSemaphorePermit {
        Arc::clone(&self.slots).acquire_many_owned(slots).await.unwrap()
    }

    /// How many slots there are.
    #[cfg(test)]
    pub(crate) fn free_slots(&self) -> u32 {
        u32::try_from(self.slots.available_permits()).unwrap()
    }

    fn place(&self, Person(person): Person) -> Result<Place, Refusal> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = queues.entry(person).or_insert_with(|| Queue {
            turn: Arc::new(Semaphore::new(1)),
            requests: 0,
        });
        if queue.requests == MOST_OF_A_PERSON {
            return Err(Refusal::new(ProblemKind::RateLimited).retry_after(PAUSE));
        }
        queue.requests += 1;
        Ok(Place {
            person,
            turn: Arc::clone(&queue.turn),
            queues: Arc::clone(&self.queues),
        })
    }
}

/// A request's place among those of its person, until it is dropped.
struct Place {
    person: i64,
    turn: Arc<Semaphore>,
    queues: Arc<Mutex<HashMap<i64, Queue>>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = queues.get_mut(&self.person) {
            queue.requests -= 1;
            if queue.requests == 0 {
                queues.remove(&self.person);
            }
        }
    }
}

/// A person's turn: nothing else is computed for the person until it is dropped, and what it began has ended.
pub(crate) struct Turn {
    computing: Computing,
    _permit: OwnedSemaphorePermit,
    _place: Place,
}

impl Turn {
    /// Computes something on a thread that may block. Who asked for it may be gone before it ends: turn and slot are held
    /// until then.
    ///
    /// # Errors
    /// 503 where it panicked.
    pub(crate) async fn compute<T: Send + 'static>(
        self: &Arc<Self>,
        task: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let turn = Arc::clone(self);
        #[cfg(test)]
        self.computing.asked.notify_one();
        let slot = Arc::clone(&self.computing.slots).acquire_owned().await;
        let slot = slot.map_err(|_| Refusal::busy())?;
        let computed = tokio::task::spawn_blocking(move || {
            let _held = (turn, slot);
            task()
        });
        computed.await.map_err(|_| Refusal::busy())
    }
}

#[cfg(test)]
mod tests;
