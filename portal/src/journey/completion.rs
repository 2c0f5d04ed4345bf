//! Telling the ends of applications: each to the listener of the settings, again with growing waits until it takes it, also
//! after the portal was killed.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::delivery::{CompletionEvent, CompletionListener};
use crate::journey::shared::Shared;
use crate::notice::Notice;
use crate::records::audit::{self, Event};
use crate::records::completion::{self, Completion};

/// How often it is looked for events that wait.
const INTERVAL: Duration = Duration::from_millis(500);
/// The longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);
/// How long a listener may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Who acknowledges what a listener takes, in the audit trail.
const LISTENER: &str = "listener";

/// Tells what waits to the listener, where there is one, until the portal stops.
pub(crate) async fn run(portal: Arc<Shared>, mut stopped: watch::Receiver<bool>) {
    let Some(listener) = portal.settings.completions.clone() else {
        return;
    };
    loop {
        let telling = async {
            while let Ok(Some(completion)) = portal
                .work(|work| Ok(completion::due(work.transaction, work.steady)?))
                .await
            {
                tell(&portal, listener.as_ref(), completion).await;
            }
            tokio::time::sleep(INTERVAL).await;
        };
        tokio::select! {
            () = telling => {}
            // What is cut was not acknowledged, and comes again.
            _ = stopped.changed() => return,
        }
    }
}

/// Tells one event, and notes what came of it. The next attempt is written down before this one: whoever is killed in between
/// does not begin anew at once, again and again.
async fn tell(portal: &Arc<Shared>, listener: &dyn CompletionListener, completion: Completion) {
    let attempts = completion.attempts;
    let id = completion.id.clone();
    let counted = portal.work(move |work| {
        let not_before = work.steady.after(wait(attempts));
        Ok(completion::count_attempt(work.transaction, &id, not_before)?)
    });
    if counted.await.is_err() {
        return;
    }
    let (id, order) = (completion.id.clone(), completion.order.clone());
    let event = CompletionEvent::from(completion);
    let outcome = tokio::time::timeout(PATIENCE, listener.completed(&event)).await;
    match outcome.map(|outcome| outcome.map_err(|error| error.0)) {
        Ok(Ok(())) => {
            let noted = portal.work(move |work| {
                completion::acknowledge(work.transaction, &id, work.now)?;
                audit::record(
                    work.transaction,
                    work.key,
                    work.now,
                    Event::Acknowledged,
                    Some(&order),
                    LISTENER,
                )?;
                Ok(())
            });
            // Where this fails the event comes again, as it may.
            let _ = noted.await;
        }
        Ok(Err(cause)) => portal.settings.notices.tell(Notice::EventUntold {
            attempts: attempts + 1,
            cause,
        }),
        Err(_) => portal.settings.notices.tell(Notice::EventUntold {
            attempts: attempts + 1,
            cause: "no answer in time".to_owned(),
        }),
    }
}

/// How long after an attempt the next one is: 2, 4, 8 … seconds, up to an hour.
fn wait(attempts: u32) -> Duration {
    Duration::from_secs(2u64.saturating_pow(attempts.saturating_add(1).min(20))).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_an_hour() {
        let waits: Vec<_> = (0..14).map(|attempts| wait(attempts).as_secs()).collect();
        assert_eq!(waits[..4], [2, 4, 8, 16]);
        assert!(waits.is_sorted() && waits[13] == 3600);
        assert_eq!(wait(u32::MAX), LONGEST_WAIT);
    }
}
