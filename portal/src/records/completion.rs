//! The ends of applications, which somebody waits for: each has one id, and is told until it is acknowledged.

use rusqlite::{OptionalExtension as _, Row, Transaction};

use crate::clock::Moment;
use crate::records::seal::random_plain_text;

/// An application that has come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Completion {
    pub(crate) id: String,
    pub(crate) order: String,
    pub(crate) completed_at: Moment,
    pub(crate) attempts: u32,
    pub(crate) acknowledged_at: Option<Moment>,
}

/// The columns of a [`Completion`].
const COLUMNS: &str = "SELECT id, application, completed_at, attempts, acknowledged_at FROM completion";

impl Completion {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            order: row.get(1)?,
            completed_at: Moment(row.get(2)?),
            attempts: row.get(3)?,
            acknowledged_at: row.get::<_, Option<i64>>(4)?.map(Moment),
        })
    }
}

/// Keeps the end of an order's application, under an id of its own: 130 bits, so that nobody acknowledges what nobody was told.
pub(crate) fn keep(transaction: &Transaction<'_>, order: &str, completed_at: Moment) -> rusqlite::Result<()> {
    let statement = "INSERT INTO completion (application, id, completed_at) VALUES (?1, ?2, ?3)";
    let id = random_plain_text(26);
    transaction
        .execute(statement, (order, id.as_str(), completed_at.0))
        .map(|_| ())
}

/// The end of an order's application.
pub(crate) fn of_order(transaction: &Transaction<'_>, order: &str) -> rusqlite::Result<Option<Completion>> {
    let statement = format!("{COLUMNS} WHERE application = ?1");
    transaction.query_row(&statement, [order], Completion::read).optional()
}

/// Those that nobody has acknowledged, the earliest first.
pub(crate) fn waiting(transaction: &Transaction<'_>, at_most: u32) -> rusqlite::Result<Vec<Completion>> {
    let statement = format!("{COLUMNS} WHERE acknowledged_at IS NULL ORDER BY completed_at, application LIMIT ?1");
    let mut statement = transaction.prepare(&statement)?;
    statement.query_map([at_most], Completion::read)?.collect()
}

/// The earliest that is to be told at a moment of the time that never goes back.
pub(crate) fn due(transaction: &Transaction<'_>, steady: Moment) -> rusqlite::Result<Option<Completion>> {
    let statement = format!(
        "{COLUMNS} WHERE acknowledged_at IS NULL AND not_before <= ?1
         ORDER BY not_before, completed_at, application LIMIT 1"
    );
    transaction
        .query_row(&statement, [steady.0], Completion::read)
        .optional()
}

/// Counts an attempt, and puts the next one off, by the time that never goes back.
pub(crate) fn count_attempt(transaction: &Transaction<'_>, id: &str, not_before: Moment) -> rusqlite::Result<()> {
    let statement = "UPDATE completion SET attempts = attempts + 1, not_before = ?2 WHERE id = ?1";
    transaction.execute(statement, (id, not_before.0)).map(|_| ())
}

/// Writes down that one was acknowledged, and gives its order, where there is one of this id. One that was acknowledged before
/// stays as it is.
pub(crate) fn acknowledge(transaction: &Transaction<'_>, id: &str, now: Moment) -> rusqlite::Result<Option<String>> {
    let statement = "UPDATE completion SET acknowledged_at = coalesce(acknowledged_at, ?2) WHERE id = ?1
                     RETURNING application";
    transaction
        .query_row(statement, (id, now.0), |row| row.get(0))
        .optional()
}
