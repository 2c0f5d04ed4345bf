//! What is done between requests: messages go out, and what has expired goes away.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Moment;
use crate::journey::shared::Shared;
use crate::journey::upload;
use crate::notice::Notice;
use crate::outbox::PortalFacts;
use crate::records::{self, expiry};
use crate::refusal::Refusal;

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

/// Removes what has expired.
async fn tidy(portal: &Arc<Shared>) {
    let removed = async {
        portal.work(|work| Ok(expiry::tidy(work)?)).await?;
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
}
