//! The picture codes that can be answered: of each the tag of its answer.

use rusqlite::OptionalExtension as _;

use crate::clock::Moment;
use crate::records::seal::Tag;
use crate::records::work::Work;

/// Keeps the tag of a new picture code's answer.
pub(crate) fn keep(work: &Work<'_>, id: &str, answer: &Tag, expires_at: Moment) -> rusqlite::Result<()> {
    work.transaction.execute(
        "INSERT INTO captcha (id, answer_tag, expires_at) VALUES (?1, ?2, ?3)",
        (id, answer, expires_at.0),
    )?;
    Ok(())
}

/// The tag of the answer to a picture code that can still be answered.
pub(crate) fn answer_tag(work: &Work<'_>, id: &str) -> rusqlite::Result<Option<Vec<u8>>> {
    let statement = "SELECT answer_tag FROM captcha WHERE id = ?1 AND expires_at > ?2";
    work.transaction
        .query_row(statement, (id, work.steady.0), |row| row.get(0))
        .optional()
}

/// Uses a picture code up.
pub(crate) fn forget(work: &Work<'_>, id: &str) -> rusqlite::Result<()> {
    work.transaction.execute("DELETE FROM captcha WHERE id = ?1", [id])?;
    Ok(())
}
