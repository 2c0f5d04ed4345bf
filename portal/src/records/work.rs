//! What records are read and written with.

use rusqlite::Transaction;

use crate::clock::Moment;
use crate::records::seal::PortalKey;
use crate::settings::Settings;

/// A transaction, and what everything in it is decided by.
pub(crate) struct Work<'a> {
    pub(crate) transaction: &'a Transaction<'a>,
    pub(crate) key: &'a PortalKey,
    pub(crate) settings: &'a Settings,
    /// The date and time.
    pub(crate) now: Moment,
    /// The time that never goes back, for what expires, waits or is counted ([`crate::clock::Reading`]).
    pub(crate) steady: Moment,
}

impl Work<'_> {
    /// The date and time of a moment of the time that never goes back.
    pub(crate) fn date_of(&self, moment: Moment) -> Moment {
        Moment(moment.0 - (self.steady.0 - self.now.0))
    }
}
