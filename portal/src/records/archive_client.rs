//! Whose programs may read what was received: names, and of each the tag of its token.

use rusqlite::{OptionalExtension as _, Transaction};

use crate::clock::Moment;
use crate::records::seal::Tag;

/// Keeps the tag of a client's token, in place of the one before.
pub(crate) fn keep(transaction: &Transaction<'_>, name: &str, token: &Tag, now: Moment) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO archive_client (name, token_tag, made_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (name) DO UPDATE SET token_tag = ?2, made_at = ?3",
        (name, token, now.0),
    )?;
    Ok(())
}

/// Whose token has this tag.
pub(crate) fn named_by(transaction: &Transaction<'_>, token: &Tag) -> rusqlite::Result<Option<String>> {
    transaction
        .query_row("SELECT name FROM archive_client WHERE token_tag = ?1", [token], |row| {
            row.get(0)
        })
        .optional()
}

/// Forgets a client, and tells whether there was one of this name.
pub(crate) fn forget(transaction: &Transaction<'_>, name: &str) -> rusqlite::Result<bool> {
    transaction
        .execute("DELETE FROM archive_client WHERE name = ?1", [name])
        .map(|changed| changed > 0)
}
