//! Messages that wait to be delivered, each sealed to its number.

use rusqlite::{OptionalExtension as _, Transaction};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::clock::Moment;
use crate::records::seal::{Place, PortalKey};

/// A message that waits.
pub(crate) struct Waiting {
    pub(crate) id: i64,
    pub(crate) attempts: u32,
    pub(crate) created_at: Moment,
    sealed: Vec<u8>,
}

impl Waiting {
    /// The message, where it is the one that was kept under this number.
    pub(crate) fn open<T: DeserializeOwned>(&self, key: &PortalKey) -> Option<T> {
        key.open_record(&place(&[&self.id.to_be_bytes()]), &self.sealed)
    }
}

/// Where a message stands: its number.
pub(crate) const fn place<'a>(number: &'a [&'a [u8]; 1]) -> Place<'a> {
    Place::new("outbox", "sealed", number)
}

/// Keeps a message.
pub(crate) fn keep(
    transaction: &Transaction<'_>,
    key: &PortalKey,
    channel: &str,
    message: &impl Serialize,
    created_at: Moment,
    expires_at: Option<Moment>,
) -> rusqlite::Result<()> {
    const NOT_YET: &[u8] = &[];
    // Its number, which it is sealed to, is known when its row is there.
    let number: i64 = transaction.query_row(
        "INSERT INTO outbox (channel, sealed, created_at, expires_at) VALUES (?1, ?2, ?3, ?4) RETURNING id",
        (channel, NOT_YET, created_at.0, expires_at.map(|end| end.0)),
        |row| row.get(0),
    )?;
    let sealed = key.seal_record(&place(&[&number.to_be_bytes()]), message);
    transaction.execute("UPDATE outbox SET sealed = ?2 WHERE id = ?1", (number, sealed))?;
    Ok(())
}

/// The oldest message that is due, of one channel or of all.
pub(crate) fn due(
    transaction: &Transaction<'_>,
    channel: Option<&str>,
    now: Moment,
) -> rusqlite::Result<Option<Waiting>> {
    transaction
        .query_row(
            "SELECT id, attempts, created_at, sealed FROM outbox
             WHERE state = 'waiting' AND not_before <= ?1 AND (?2 IS NULL OR channel = ?2)
             ORDER BY id LIMIT 1",
            (now.0, channel),
            |row| {
                Ok(Waiting {
                    id: row.get(0)?,
                    attempts: row.get(1)?,
                    created_at: Moment(row.get(2)?),
                    sealed: row.get(3)?,
                })
            },
        )
        .optional()
}

/// Puts a message off.
pub(crate) fn put_off(transaction: &Transaction<'_>, id: i64, not_before: Moment) -> rusqlite::Result<()> {
    let statement = "UPDATE outbox SET not_before = ?2 WHERE id = ?1";
    transaction.execute(statement, (id, not_before.0)).map(|_| ())
}

/// Counts an attempt that failed, and puts the message off.
pub(crate) fn count_attempt(transaction: &Transaction<'_>, id: i64, not_before: Moment) -> rusqlite::Result<()> {
    let statement = "UPDATE outbox SET attempts = attempts + 1, not_before = ?2 WHERE id = ?1";
    transaction.execute(statement, (id, not_before.0)).map(|_| ())
}

/// Leaves a message that cannot be opened where it is, for an engineer: it is due no more.
pub(crate) fn mark_damaged(transaction: &Transaction<'_>, id: i64) -> rusqlite::Result<()> {
    let statement = "UPDATE outbox SET state = 'damaged' WHERE id = ?1";
    transaction.execute(statement, [id]).map(|_| ())
}

/// Forgets a message.
pub(crate) fn forget(transaction: &Transaction<'_>, id: i64) -> rusqlite::Result<()> {
    transaction
        .execute("DELETE FROM outbox WHERE id = ?1", [id])
        .map(|_| ())
}

/// Forgets the messages that came too late.
pub(crate) fn forget_expired(transaction: &Transaction<'_>, now: Moment) -> rusqlite::Result<()> {
    transaction
        .execute("DELETE FROM outbox WHERE expires_at <= ?1", [now.0])
        .map(|_| ())
}
