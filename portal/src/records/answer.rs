//! The answers that POSTs were given, sealed by whoever may open them, and found by the tag of the request's key.

use rusqlite::OptionalExtension as _;

use crate::clock::Moment;
use crate::records::seal::{Place, Tag};
use crate::records::work::Work;

/// An answer as it is kept.
pub(crate) struct KeptAnswer {
    /// The tag of the request that was answered.
    pub(crate) request: Vec<u8>,
    pub(crate) sealed: Vec<u8>,
}

/// Where an answer of a variant stands: under the tag of its request's key.
pub(crate) const fn place<'a>(variant: &'static str, key: &'a [&'a [u8]; 1]) -> Place<'a> {
    Place::new("answer", variant, key)
}

/// The answer under a key.
pub(crate) fn find(work: &Work<'_>, key: &Tag) -> rusqlite::Result<Option<KeptAnswer>> {
    work.transaction
        .query_row(
            "SELECT request_tag, sealed FROM answer WHERE key_tag = ?1 AND expires_at > ?2",
            (key, work.steady.0),
            |row| {
                Ok(KeptAnswer {
                    request: row.get(0)?,
                    sealed: row.get(1)?,
                })
            },
        )
        .optional()
}

/// Keeps an answer in place of one that has expired.
pub(crate) fn keep(
    work: &Work<'_>,
    key: &Tag,
    request: &Tag,
    sealed: &[u8],
    expires_at: Moment,
) -> rusqlite::Result<()> {
    work.transaction.execute(
        "INSERT INTO answer (key_tag, request_tag, sealed, expires_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (key_tag) DO UPDATE SET request_tag = ?2, sealed = ?3, expires_at = ?4",
        (key, request, sealed, expires_at.0),
    )?;
    Ok(())
}
