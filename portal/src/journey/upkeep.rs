//! What is done between requests: messages go out, and what has expired goes away.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::clock::{Moment, Reading};
use crate::journey::shared::Shared;
use crate::journey::upload;
use crate::notice::Notice;
use crate::outbox::PortalFacts;
use crate::records::{self, expiry, store};
use crate::refusal::Refusal;

/// How often the outbox looks for messages another process left.
const OUTBOX_INTERVAL: Duration = Duration::from_millis(500);

/// Delivers what waits in the outbox, and tidies up what has expired, until the portal stops.
pub(crate) async fn run(portal: Arc<Shared>, facts: PortalFacts, mut stopped: watch::Receiver<bool>) {
    let mut tidied_at = Moment(0);
    loop {
        portal
            .outbox
            .deliver_due(&portal.store, &facts, portal.read_clock().steady, None)
            .await;
        let now = portal.read_clock().steady;
        if tidied_at.after(Duration::from_secs(60)) <= now {
            tidied_at = now;
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
        .deliver_due(&portal.store, &facts, portal.read_clock().steady, None)
        .await;
    tidy(&portal).await;
}

/// Removes what has expired, gives back what room it took, and keeps the time for the next start.
async fn tidy(portal: &Arc<Shared>) {
    let removed = async {
        let tidied = portal.work(|work| {
            expiry::tidy(work)?;
            let (now, steady) = (work.now, work.steady);
            Ok(store::keep_clock(work.transaction, Reading { now, steady })?)
        });
        tidied.await?;
        while let Some(order) = portal.work(|work| Ok(records::upload::expired(work)?)).await? {
            upload::remove(portal, &order).await?;
        }
        Ok::<_, Refusal>(())
    };
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
