//! Which line of a list of invitations led to which order.

use rusqlite::{OptionalExtension as _, Transaction};

use crate::records::seal::Tag;

/// The order that a line has led to. An order that was withdrawn counts as none.
pub(crate) fn find(transaction: &Transaction<'_>, content: &Tag) -> rusqlite::Result<Option<String>> {
    let statement = "SELECT application.id FROM invitation JOIN application ON application.id = invitation.application
                     WHERE content_tag = ?1 AND phase <> 'withdrawn'";
    transaction.query_row(statement, [content], |row| row.get(0)).optional()
}

/// Writes down which order a line has led to.
pub(crate) fn keep(transaction: &Transaction<'_>, content: &Tag, order: &str) -> rusqlite::Result<()> {
    let statement = "INSERT INTO invitation (content_tag, application) VALUES (?1, ?2)
                     ON CONFLICT (content_tag) DO UPDATE SET application = ?2";
    transaction.execute(statement, (content, order)).map(|_| ())
}
