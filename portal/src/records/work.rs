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
    pub(crate) now: Moment,
}
