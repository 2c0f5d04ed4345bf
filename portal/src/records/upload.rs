//! What has come of signed containers that come in parts, sealed, under the tag of the key they are sent under.

use rusqlite::OptionalExtension as _;
use zeroize::Zeroizing;

use crate::clock::Moment;
use crate::records::applicant::opened;
use crate::records::seal::{Place, PortalKey, Tag};
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

/// Keeps a sealed part at a position, counted from 0.
pub(crate) fn keep_part(work: &Work<'_>, order: &str, position: i64, sealed: &[u8]) -> rusqlite::Result<()> {
    work.transaction.execute(
        "INSERT INTO upload_part (application, position, sealed) VALUES (?1, ?2, ?3)",
        (order, position, sealed),
    )?;
    Ok(())
}

/// Seals a part.
pub(crate) fn seal_part(key: &PortalKey, order: &str, position: i64, part: &[u8]) -> Vec<u8> {
    key.seal(&part_place(&[order.as_bytes(), &position.to_be_bytes()]), part)
}

/// Opens a part.
pub(crate) fn open_part(
    key: &PortalKey,
    order: &str,
    position: i64,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    opened(key.open(&part_place(&[order.as_bytes(), &position.to_be_bytes()]), sealed))
}

/// Where a part stands: its order and its position.
pub(crate) const fn part_place<'a>(row: &'a [&'a [u8]; 2]) -> Place<'a> {
    Place::new("upload_part", "sealed", row)
}

/// The sealed parts of an order from a position on, with their positions: one at least, where there is one, and no more than
/// hold so many octets.
pub(crate) fn parts_from(
    work: &Work<'_>,
    order: &str,
    position: i64,
    octets: usize,
) -> rusqlite::Result<Vec<(i64, Vec<u8>)>> {
    let statement =
        "SELECT position, sealed FROM upload_part WHERE application = ?1 AND position >= ?2 ORDER BY position";
    let mut statement = work.transaction.prepare(statement)?;
    let mut rows = statement.query((order, position))?;
    let (mut parts, mut read) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let sealed: Vec<u8> = row.get(1)?;
        read += sealed.len();
        parts.push((row.get(0)?, sealed));
        if read >= octets {
            break;
        }
    }
    Ok(parts)
}

/// Gives up what has come for an order: nobody goes on with it.
pub(crate) fn give_up(work: &Work<'_>, order: &str) -> rusqlite::Result<()> {
    let statement = "UPDATE upload SET expires_at = 0 WHERE application = ?1";
    work.transaction.execute(statement, [order])?;
    Ok(())
}

/// An order of which something is kept that has expired or was given up.
pub(crate) fn expired(work: &Work<'_>) -> rusqlite::Result<Option<String>> {
    let statement = "SELECT application FROM upload WHERE expires_at <= ?1 LIMIT 1";
    let order = work.transaction.query_row(statement, [work.steady.0], |row| row.get(0));
    order.optional()
}

/// Removes some of what has expired or was given up of an order, the last part first, and tells whether there is more.
pub(crate) fn remove_some(work: &Work<'_>, order: &str) -> rusqlite::Result<bool> {
    let statement = "DELETE FROM upload_part WHERE application = ?1 AND position = (
                         SELECT max(upload_part.position) FROM upload_part
                         JOIN upload ON upload.application = upload_part.application
                         WHERE upload.application = ?1 AND upload.expires_at <= ?2)";
    if work.transaction.execute(statement, (order, work.steady.0))? > 0 {
        return Ok(true);
    }
    let statement = "DELETE FROM upload WHERE application = ?1 AND expires_at <= ?2";
    work.transaction.execute(statement, (order, work.steady.0))?;
    Ok(false)
}
