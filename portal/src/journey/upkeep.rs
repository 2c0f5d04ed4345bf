//! What is done between requests: messages go out, and what has expired goes away.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Moment;
use crate::journey::shared::Shared;
use crate::notice::Notice;
use crate::outbox::PortalFacts;
use crate::records::expiry;

/// How often the outbox looks for messages another process left.
const OUTBOX_INTERVAL: Duration = Duration::from_millis(500);

/// Delivers what waits in the outbox, and tidies up what has expired, until the portal stops.
pub(crate) async fn run(portal: Arc<Shared>, facts: PortalFacts, mut stopped: watch::Receiver<bool>) {
    let mut tidied_at = Moment(0);
    loop {
        portal
            .outbox
            .deliver_due(&portal.store, &facts, portal.now(), None)
            .await;
        if tidied_at.after(Duration::from_secs(60)) <= portal.now() {
            tidied_at = portal.now();
            tidy(&portal).await;
        }
        tokio::select! {
            () = portal.outbox.woken(OUTBOX_INTERVAL) => {}
            _ = stopped.changed() => break,
        }
    }
    // What was caused by the last requests goes out before the portal ends.
    portal
        .outbox
        .deliver_due(&portal.store, &facts, portal.now(), None)
        .await;
}

/// Removes what has expired, and gives back what room it took.
async fn tidy(portal: &Arc<Shared>) {
    let removed = portal.work(|work| Ok(expiry::tidy(work)?));
    if let Err(refusal) = removed.await {
        portal.settings.notices.tell(Notice::Failed {
            cause: refusal.problem().title.clone(),
        });
    }
    let store = portal.store.clone();
    let shrinking = tokio::task::spawn_blocking(move || {
        while store.shrink()? {}
        store.checkpoint();
        Ok::<_, rusqlite::Error>(())
    });
    if let Ok(Err(error)) = shrinking.await {
        portal.settings.notices.tell(Notice::Failed {
            cause: error.to_string(),
        });
    }
}
