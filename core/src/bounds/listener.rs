//! Ports that only listen. They are told on a thread of their own, in order, so that no operation waits for one of them,
//! least of all between a PIN and its signature.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;

use tokio::sync::oneshot;
use tokio::time::timeout;

use super::LISTENER;

/// The most events that wait for a listener; further ones are lost to it.
const MOST_WAITING: usize = 256;

/// Tells a port of events. Dropping it ends the thread, after what it has still to tell.
pub(crate) struct Listener<E> {
    orders: mpsc::SyncSender<Order<E>>,
    /// Whether it once did not come back in time: it is not waited for again.
    is_deaf: AtomicBool,
}

enum Order<E> {
    Tell(E),
    /// Says that everything before has been told.
    Settle(oneshot::Sender<()>),
}

impl<E: Send + 'static> Listener<E> {
    /// Tells events by `tell`; what it throws or panics with is dropped.
    pub(crate) fn new(tell: impl Fn(E) + Send + 'static) -> Self {
        let (orders, queue) = mpsc::sync_channel(MOST_WAITING);
        let work = move || {
            for order in queue {
                match order {
                    Order::Tell(event) => drop(catch_unwind(AssertUnwindSafe(|| tell(event)))),
                    Order::Settle(settled) => drop(settled.send(())),
                }
            }
        };
        // Without a thread there is nobody to tell, and nothing else is lost.
        let spawned = thread::Builder::new().name("listener".to_owned()).spawn(work);
        Self {
            orders,
            is_deaf: AtomicBool::new(spawned.is_err()),
        }
    }

    /// Has the port told, and does not wait for it.
    pub(crate) fn tell(&self, event: E) {
        let _ = self.orders.try_send(Order::Tell(event));
    }

    /// Waits until the port has been told everything, for as long as it may take.
    pub(crate) async fn settle(&self) {
        if self.is_deaf.load(Ordering::Relaxed) {
            return;
        }
        let (told, settled) = oneshot::channel();
        let heard = self.orders.try_send(Order::Settle(told)).is_ok() && timeout(LISTENER, settled).await.is_ok();
        self.is_deaf.store(!heard, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[tokio::test]
    async fn everything_is_told_in_order_whatever_the_listener_does() {
        let heard: Arc<Mutex<Vec<u8>>> = Arc::default();
        let ear = Arc::clone(&heard);
        let listener = Listener::new(move |event| {
            ear.lock().unwrap().push(event);
            assert_ne!(event, 1, "a listener that panics");
        });
        for event in 0..3 {
            listener.tell(event);
        }
        listener.settle().await;
        assert_eq!(*heard.lock().unwrap(), [0, 1, 2]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_listener_that_never_returns_is_waited_for_once() {
        let (release, blocked) = mpsc::channel::<()>();
        let listener = Listener::new(move |_: u32| while blocked.recv().is_ok() {});
        for event in 0..1_000 {
            listener.tell(event);
        }
        let begun = tokio::time::Instant::now();
        listener.settle().await;
        listener.settle().await;
        assert!(begun.elapsed() <= LISTENER);
        drop(release);
    }
}
