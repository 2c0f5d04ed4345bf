//! The codes of text messages: of each order the tag of the one that is good, and when codes were sent.

use rusqlite::{OptionalExtension as _, Transaction};

use crate::clock::Moment;
use crate::records::seal::Tag;
use crate::records::work::Work;

/// A code that can be taken.
pub(crate) struct KeptCode {
    pub(crate) tag: Vec<u8>,
    pub(crate) tries_left: u8,
}

/// What was sent for an order since a moment.
pub(crate) struct Sent {
    pub(crate) count: u32,
    pub(crate) first: Option<Moment>,
    pub(crate) last: Option<Moment>,
}

/// Keeps a code in place of the one before.
pub(crate) fn keep(
    work: &Work<'_>,
    order: &str,
    tag: &Tag,
    expires_at: Moment,
    tries_left: u8,
) -> rusqlite::Result<()> {
    work.transaction.execute(
        "INSERT INTO code (application, code_tag, expires_at, tries_left) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (application) DO UPDATE SET code_tag = ?2, expires_at = ?3, tries_left = ?4",
        (order, tag, expires_at.0, tries_left),
    )?;
    Ok(())
}

/// The code of an order that has not expired.
pub(crate) fn find(work: &Work<'_>, order: &str) -> rusqlite::Result<Option<KeptCode>> {
    let statement = "SELECT code_tag, tries_left FROM code WHERE application = ?1 AND expires_at > ?2";
    work.transaction
        .query_row(statement, (order, work.steady.0), |row| {
            Ok(KeptCode {
                tag: row.get(0)?,
                tries_left: row.get(1)?,
            })
        })
        .optional()
}

/// Writes down how often the code of an order can still be tried.
pub(crate) fn set_tries(work: &Work<'_>, order: &str, tries_left: u8) -> rusqlite::Result<()> {
    work.transaction.execute(
        "UPDATE code SET tries_left = ?2 WHERE application = ?1",
        (order, tries_left),
    )?;
    Ok(())
}

/// Forgets the code of an order: it confirms nothing any more.
pub(crate) fn forget(work: &Work<'_>, order: &str) -> rusqlite::Result<()> {
    forget_in(work.transaction, order)
}

/// The same, in another process' transaction.
pub(crate) fn forget_in(transaction: &Transaction<'_>, order: &str) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM code WHERE application = ?1", [order])?;
    Ok(())
}

/// Counts a code that is sent for an order and a purpose.
pub(crate) fn count_sending(work: &Work<'_>, order: &str, purpose: &str) -> rusqlite::Result<()> {
    work.transaction.execute(
        "INSERT INTO code_sending (application, sent_at, purpose) VALUES (?1, ?2, ?3)",
        (order, work.steady.0, purpose),
    )?;
    Ok(())
}

/// What was sent for an order and a purpose after a moment.
pub(crate) fn sent_after(work: &Work<'_>, order: &str, purpose: &str, moment: Moment) -> rusqlite::Result<Sent> {
    work.transaction.query_row(
        "SELECT count(*), min(sent_at), max(sent_at) FROM code_sending
         WHERE application = ?1 AND sent_at > ?2 AND purpose = ?3",
        (order, moment.0, purpose),
        |row| {
            Ok(Sent {
                count: row.get(0)?,
                first: row.get::<_, Option<i64>>(1)?.map(Moment),
                last: row.get::<_, Option<i64>>(2)?.map(Moment),
            })
        },
    )
}
