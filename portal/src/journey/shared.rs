//! What every request has.

use std::fs::File;
use std::sync::Arc;

use basvuru::certificate::TrustAnchors;
use tokio::sync::Semaphore;

use crate::clock::Moment;
use crate::journey::access_password::DecoyHash;
use crate::outbox::Outbox;
use crate::rate::Rate;
use crate::records::store::Store;
use crate::records::work::Work;
use crate::refusal::Refusal;
use crate::settings::Settings;

/// What every request has.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) store: Store,
    pub(crate) outbox: Outbox,
    pub(crate) computations: Semaphore,
    /// How often each person asks.
    pub(crate) persons: Rate<i64>,
    pub(crate) decoy_hash: DecoyHash,
    pub(crate) holder_trust: TrustAnchors,
    /// Held until the last task has ended.
    pub(crate) _lock: File,
}

impl Shared {
    pub(crate) fn now(&self) -> Moment {
        Moment::of(self.settings.clock.now())
    }

    /// Runs `task` in a transaction at the clock's time.
    pub(crate) async fn work<T: Send + 'static>(
        self: &Arc<Self>,
        task: impl FnOnce(&Work<'_>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let portal = Arc::clone(self);
        self.store
            .write(move |transaction, key| {
                task(&Work {
                    transaction,
                    key,
                    settings: &portal.settings,
                    now: portal.now(),
                })
            })
            .await
    }
}
