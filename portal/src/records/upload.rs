//! What has come of signed containers that come in parts, sealed, under the tag of the key they are sent under.

use rusqlite::OptionalExtension as _;

use crate::clock::Moment;
use crate::records::applicant::opened;
use crate::records::seal::{Place, Tag};
use crate::records::work::Work;
use crate::refusal::Refusal;

/// What has come for an order.
pub(crate) struct KeptUpload {
    /// The tag of the key it is sent under.
    pub(crate) key: Vec<u8>,
    /// How many octets.
    pub(crate) received: i64,
}

/// What has come for an order and has not expired.
pub(crate) fn find(work: &Work<'_>, order: &str) -> rusqlite::Result<Option<KeptUpload>> {
    work.transaction
        .query_row(
            "SELECT key_tag, received FROM upload WHERE application = ?1 AND expires_at > ?2",
            (order, work.steady.0),
            |row| {
                Ok(KeptUpload {
                    key: row.get(0)?,
                    received: row.get(1)?,
                })
            },
        )
        .optional()
}

/// How many parts have come for an order.
pub(crate) fn parts(work: &Work<'_>, order: &str) -> rusqlite::Result<i64> {
    work.transaction.query_row(
        "SELECT count(*) FROM upload_part WHERE application = ?1",
        [order],
        |row| row.get(0),
    )
}

/// Writes down how much has come for an order. The key is the one it began with.
pub(crate) fn set_received(
    work: &Work<'_>,
    order: &str,
    key: &Tag,
    received: i64,
    expires_at: Moment,
) -> rusqlite::Result<()> {
    work.transaction.execute(
        "INSERT INTO upload (application, key_tag, received, expires_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (application) DO UPDATE SET received = ?3, expires_at = ?4",
        (order, key, received, expires_at.0),
    )?;
    Ok(())
}

/// Keeps a part at a position, counted from 0.
pub(crate) fn keep_part(work: &Work<'_>, order: &str, position: i64, part: &[u8]) -> rusqlite::Result<()> {
    work.transaction.execute(
        "INSERT INTO upload_part (application, position, sealed) VALUES (?1, ?2, ?3)",
        (
            order,
            position,
            work.key
                .seal(&part_place(&[order.as_bytes(), &position.to_be_bytes()]), part),
        ),
    )?;
    Ok(())
}

/// Where a part stands: its order and its position.
pub(crate) const fn part_place<'a>(row: &'a [&'a [u8]; 2]) -> Place<'a> {
    Place::new("upload_part", "sealed", row)
}

/// Adds the parts of an order, one after the other, to what is there.
pub(crate) fn read_parts(work: &Work<'_>, order: &str, whole: &mut Vec<u8>) -> Result<(), Refusal> {
    let statement = "SELECT position, sealed FROM upload_part WHERE application = ?1 ORDER BY position";
    let mut statement = work.transaction.prepare(statement)?;
    let rows = statement.query_map([order], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
    for row in rows {
        let (position, sealed) = row?;
        let part = work
            .key
            .open(&part_place(&[order.as_bytes(), &position.to_be_bytes()]), &sealed);
        whole.extend_from_slice(&opened(part)?);
    }
    Ok(())
}

/// Gives up what has come for an order.
pub(crate) fn forget(work: &Work<'_>, order: &str) -> rusqlite::Result<()> {
    work.transaction
        .execute("DELETE FROM upload WHERE application = ?1", [order])?;
    Ok(())
}
