//! What every request has.

use std::fs::File;
use std::sync::Arc;

use basvuru::certificate::TrustAnchors;
use tokio::sync::Semaphore;

use crate::clock::{Moment, Reading, SteadyClock};
use crate::journey::archive::Archive;
use crate::journey::computing::Computing;
use crate::journey::hashing::Hashing;
use crate::journey::refused::Refused;
use crate::journey::under_way::UnderWay;
use crate::journey::waits::Waits;
use crate::notice::Notice;
use crate::outbox::Outbox;
use crate::rate::Rate;
use crate::records::store::Store;
use crate::records::work::Work;
use crate::refusal::Refusal;
use crate::settings::Settings;

/// What every request has.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) steady: SteadyClock,
    pub(crate) store: Store,
    pub(crate) outbox: Outbox,
    pub(crate) computations: Semaphore,
    /// How often each person asks.
    pub(crate) persons: Rate<i64>,
    /// Which refused sign-ins are written down one by one.
    pub(crate) refused: Refused,
    pub(crate) computing: Computing,
    pub(crate) hashing: Hashing,
    pub(crate) waits: Arc<Waits>,
    pub(crate) under_way: UnderWay,
    pub(crate) holder_trust: TrustAnchors,
    /// Held until the last task has ended.
    pub(crate) _lock: File,
}

impl Shared {
    /// The date and time.
    pub(crate) fn now(&self) -> Moment {
        self.read_clock().now
    }

    /// What time it is. That the clock was set is told the operator.
    pub(crate) fn read_clock(&self) -> Reading {
        let (reading, set) = self.steady.read(self.settings.clock.as_ref());
        if let Some(seconds) = set {
            self.settings.notices.tell(Notice::ClockSet { seconds });
        }
        reading
    }

    /// What was received, for the authority.
    pub(crate) fn archive(&self) -> Archive {
        Archive::of(self.store.clone(), self.settings.clone(), self.holder_trust.clone())
    }

    /// Runs `task` in a transaction at the clock's time.
    pub(crate) async fn work<T: Send + 'static>(
        self: &Arc<Self>,
        task: impl FnOnce(&Work<'_>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let portal = Arc::clone(self);
        self.store
            .write(move |transaction, key| {
                let reading = portal.read_clock();
                task(&Work {
                    transaction,
                    key,
                    settings: &portal.settings,
                    now: reading.now,
                    steady: reading.steady,
                })
            })
            .await
    }
}
