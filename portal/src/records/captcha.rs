//! The picture codes that can be answered: of each the tag of its answer.

use rusqlite::OptionalExtension as _;

use crate::clock::Moment;
use crate::records::seal::Tag;
use crate::records::work::Work;

/// What stands in place of the answer's tag when a picture code has been answered.
const USED_UP: &[u8] = &[];

/// Keeps the tag of a picture code's answer, unless there is one under its name. Gives when it expires.
pub(crate) fn keep(work: &Work<'_>, id: &str, answer: &Tag, expires_at: Moment) -> rusqlite::Result<Moment> {
    work.transaction.execute(
        "INSERT INTO captcha (id, answer_tag, expires_at) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO NOTHING",
        (id, answer, expires_at.0),
    )?;
    let statement = "SELECT expires_at FROM captcha WHERE id = ?1";
    work.transaction
        .query_row(statement, [id], |row| row.get(0).map(Moment))
}

/// The tag of the answer to a picture code that can still be answered.
pub(crate) fn answer_tag(work: &Work<'_>, id: &str) -> rusqlite::Result<Option<Vec<u8>>> {
    let statement = "SELECT answer_tag FROM captcha WHERE id = ?1 AND expires_at > ?2 AND answer_tag <> ?3";
    work.transaction
        .query_row(statement, (id, work.steady.0, USED_UP), |row| row.get(0))
        .optional()
}

/// Uses a picture code up. Its name is kept until it would have expired: whoever repeats the request it was drawn for gets the
/// same one, which cannot be answered again.
pub(crate) fn use_up(work: &Work<'_>, id: &str) -> rusqlite::Result<()> {
    let statement = "UPDATE captcha SET answer_tag = ?2 WHERE id = ?1";
    work.transaction.execute(statement, (id, USED_UP))?;
    Ok(())
}

/// Removes all but so many of the newest picture codes.
pub(crate) fn keep_newest(work: &Work<'_>, count: u32) -> rusqlite::Result<()> {
    work.transaction.execute(
        "DELETE FROM captcha WHERE expires_at <
             (SELECT expires_at FROM captcha ORDER BY expires_at DESC LIMIT 1 OFFSET ?1)",
        [count],
    )?;
    Ok(())
}
