//! Which time-stamps were made for an order.

use crate::clock::Moment;
use crate::records::work::Work;

/// How many time-stamps were made for an order after a moment, and when the first of them was.
pub(crate) fn made_after(work: &Work<'_>, order: &str, moment: Moment) -> rusqlite::Result<(u32, Option<Moment>)> {
    work.transaction.query_row(
        "SELECT count(*), min(made_at) FROM timestamp WHERE application = ?1 AND made_at > ?2",
        (order, moment.0),
        |row| Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?.map(Moment))),
    )
}

/// Counts a time-stamp of an order, and gives what it is forgotten by.
pub(crate) fn count(work: &Work<'_>, order: &str) -> rusqlite::Result<i64> {
    let statement = "INSERT INTO timestamp (application, made_at) VALUES (?1, ?2) RETURNING id";
    work.transaction
        .query_row(statement, (order, work.steady.0), |row| row.get(0))
}

/// Counts a time-stamp no more.
pub(crate) fn forget(work: &Work<'_>, id: i64) -> rusqlite::Result<()> {
    work.transaction.execute("DELETE FROM timestamp WHERE id = ?1", [id])?;
    Ok(())
}
