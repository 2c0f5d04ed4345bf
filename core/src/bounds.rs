//! How long a call of a port may take, in one table, and what a call comes to that takes longer. Nothing waits for ever: a
//! port that does not return, throws what its language's async calls lose, or panics, is one that has failed.
//!
//! | call | may take | afterwards |
//! |---|---|---|
//! | `Vault.journal_key` | 2 minutes, for it may ask for a finger or a face | `VaultUnavailable` |
//! | `Watcher.progress` | as long as it likes, on a thread of its own; an answer waits for it a second at its end | it is not waited for any more |
//! | `Monitor.observed` | as long as it likes, on a thread of its own; an answer waits for it a second at its end | it is not waited for any more |
//! | `Readers.list` | 15 s | `ReaderFailed` |
//! | `Readers.connect` | 5 minutes, for a person looks for the card; until `cancel()` | `CardMissing`; `CardCancelled` |
//! | `CardChannel.info` | 10 s | `ReaderFailed` |
//! | `CardChannel.transmit` | 60 s | `CardTimeout`, and for a command with a PIN `PinOutcomeUnknown`, `PinChangeOutcomeUnknown` or `PukOutcomeUnknown`; nothing more is sent |
//! | `CardChannel.tell` | 2 s | the operation goes on |
//! | `CardChannel.close` | 10 s | the operation is over |
//! | `UsbReader.descriptors`, `claim` | 10 s | `ReaderFailed` |
//! | `UsbReader.bulk_in`, `bulk_out`, `control` | its own timeout and 5 s, never more than 60 s | as `transmit` |
//! | `UsbReader.pause` | its own time and 5 s; until `cancel()` | the wait goes on; `CardCancelled` |
//! | `UsbReader.release` | 5 s | the operation is over |

mod listener;
mod patience;

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::mpsc;
use std::task::Poll;
use std::thread;
use std::time::Duration;

pub(crate) use self::listener::Listener;
pub(crate) use self::patience::Patience;

pub(crate) const JOURNAL_KEY: Duration = Duration::from_secs(120);
pub(crate) const LISTENER: Duration = Duration::from_secs(1);
pub(crate) const LIST: Duration = Duration::from_secs(15);
pub(crate) const CONNECT: Duration = Duration::from_secs(300);
pub(crate) const INFO: Duration = Duration::from_secs(10);
pub(crate) const TRANSMIT: Duration = Duration::from_secs(60);
pub(crate) const TELL: Duration = Duration::from_secs(2);
pub(crate) const CLOSE: Duration = Duration::from_secs(10);
pub(crate) const USB_BEGIN: Duration = Duration::from_secs(10);
pub(crate) const USB_RELEASE: Duration = Duration::from_secs(5);
const USB_SLACK: Duration = Duration::from_secs(5);

/// The bound of a USB call that has a time of its own.
pub(crate) fn usb(milliseconds: u32) -> Duration {
    (Duration::from_millis(u64::from(milliseconds)) + USB_SLACK).min(TRANSMIT)
}

/// Why a call came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Miss {
    /// It did not return in time.
    Late,
    /// It panicked. What it said stays out: it could hold the command.
    Panicked,
}

/// Makes an asynchronous call of a port. One that is late is dropped, by which the shell's own task is cancelled.
pub(crate) async fn within<T>(bound: Duration, call: impl Future<Output = T>) -> Result<T, Miss> {
    let mut call = pin!(call);
    let caught = poll_fn(
        |context| match catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(returned)) => Poll::Ready(Ok(returned)),
            Err(_) => Poll::Ready(Err(Miss::Panicked)),
        },
    );
    tokio::time::timeout(bound, caught).await.unwrap_or(Err(Miss::Late))
}

/// Makes a call of a port that blocks, on a thread of its own, which is left alone where it is late.
pub(crate) fn within_thread<T: Send + 'static>(
    bound: Duration,
    call: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Miss> {
    let (answer, answered) = mpsc::sync_channel(1);
    let work = move || {
        // What the call holds of the shell is let go of before its answer is told.
        let returned = catch_unwind(AssertUnwindSafe(call));
        // Who no longer waits need not be told.
        let _ = answer.send(returned);
    };
    thread::Builder::new()
        .name("port".to_owned())
        .spawn(work)
        .map_err(|_| Miss::Late)?;
    match answered.recv_timeout(bound) {
        Ok(Ok(returned)) => Ok(returned),
        Ok(Err(_)) => Err(Miss::Panicked),
        Err(_) => Err(Miss::Late),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_call_that_never_returns_is_late_and_one_that_panics_has_failed() {
        assert_eq!(within(TRANSMIT, std::future::pending::<()>()).await, Err(Miss::Late));
        let panics = async { std::panic::panic_any("0020008106") };
        assert_eq!(within(TRANSMIT, panics).await, Err::<(), _>(Miss::Panicked));
        assert_eq!(within(TRANSMIT, async { 7 }).await, Ok(7));
    }

    #[test]
    fn a_call_that_blocks_its_thread_is_late_and_one_that_panics_has_failed() {
        let (release, blocked) = mpsc::channel::<()>();
        let late = within_thread(Duration::from_millis(1), move || blocked.recv().is_ok());
        assert_eq!(late, Err(Miss::Late));
        drop(release);
        let panicked = within_thread(JOURNAL_KEY, || -> u8 { std::panic::panic_any("key") });
        assert_eq!(panicked, Err(Miss::Panicked));
        assert_eq!(within_thread(JOURNAL_KEY, || 7), Ok(7));
    }

    #[test]
    fn the_table_for_shells_is_this_one() {
        let table = |text: &str, before: &str| -> Vec<String> {
            let rows = text.lines().filter_map(|line| line.strip_prefix(before));
            let rows = rows.filter(|row| row.starts_with("| `") && row.matches(" | ").count() == 2);
            // `bulk_in` here is `bulkIn` there.
            rows.map(|row| row.replace('_', "").to_lowercase()).collect()
        };
        let here = table(include_str!("bounds.rs"), "//! ");
        let readme = include_str!("../../bindings/README.md");
        let (_, there) = readme.split_once("## How long a port may take").unwrap();
        let (there, _) = there.split_once("\n## ").unwrap();
        assert_eq!((here.len(), table(there, "")), (13, here));
    }

    #[test]
    fn no_call_that_needs_no_person_takes_longer_than_a_minute() {
        let minute = Duration::from_secs(60);
        for bound in [LIST, INFO, TRANSMIT, TELL, CLOSE, USB_BEGIN, USB_RELEASE, LISTENER] {
            assert!(bound <= minute);
        }
        assert_eq!((usb(2_000), usb(u32::MAX)), (Duration::from_secs(7), minute));
    }
}
