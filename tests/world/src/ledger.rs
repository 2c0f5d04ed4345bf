//! What the portal has written down, read from its own database: the judge of what happened once and what happened twice.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::WorldError;

/// The audit trail of one order or of all, and what else is kept of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// The names of the events, oldest first.
    pub events: Vec<String>,
    /// Their outcomes.
    pub outcomes: Vec<String>,
    /// How many receipts there are.
    pub receipts: u32,
}

impl Ledger {
    /// Reads the ledger of an order, or of all.
    pub(crate) fn read(data: &Path, order: Option<&str>) -> Result<Self, WorldError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(data.join("portal.db"), flags)?;
        connection.busy_timeout(std::time::Duration::from_secs(20))?;
        let mut statement =
            connection.prepare("SELECT event, outcome FROM audit WHERE ?1 IS NULL OR application = ?1 ORDER BY id")?;
        let entries: Vec<(String, String)> = statement
            .query_map([order], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let (events, outcomes) = entries.into_iter().unzip();
        let receipts = connection.query_row(
            "SELECT count(*) FROM receipt WHERE ?1 IS NULL OR application = ?1",
            [order],
            |row| row.get(0),
        )?;
        Ok(Self {
            events,
            outcomes,
            receipts,
        })
    }

    /// What came of something each time it happened, oldest first.
    #[must_use]
    pub fn outcomes(&self, event: &str) -> Vec<&str> {
        let entries = self.events.iter().zip(&self.outcomes);
        let of_event = entries.filter(|(name, _)| *name == event);
        of_event.map(|(_, outcome)| outcome.as_str()).collect()
    }

    /// How many times something happened.
    #[must_use]
    pub fn count(&self, event: &str) -> usize {
        self.events.iter().filter(|name| *name == event).count()
    }
}
