//! The time-stamps of orders: for which digests, and what the authority answered, for as long as a day.

use rusqlite::OptionalExtension as _;

use crate::clock::Moment;
use crate::records::applicant::opened;
use crate::records::seal::{Place, Tag};
use crate::records::work::Work;
use crate::refusal::Refusal;

/// What was asked of the authority for a digest of an order.
pub(crate) struct Asked {
    /// Names it in this table.
    pub(crate) id: i64,
    /// How many times.
    pub(crate) times: u32,
}

/// Where an answer stands: its order, and the digest it is for.
const fn place<'a>(order_and_digest: &'a [&'a [u8]; 2]) -> Place<'a> {
    Place::new("timestamp", "sealed", order_and_digest)
}

/// For how many digests of an order the authority was asked after a moment, and when for the first of them.
pub(crate) fn digests_after(work: &Work<'_>, order: &str, moment: Moment) -> rusqlite::Result<(u32, Option<Moment>)> {
    work.transaction.query_row(
        "SELECT count(*), min(made_at) FROM timestamp WHERE application = ?1 AND made_at > ?2",
        (order, moment.0),
        |row| Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?.map(Moment))),
    )
}

/// What was asked for a digest.
pub(crate) fn find(work: &Work<'_>, order: &str, digest: &Tag) -> rusqlite::Result<Option<Asked>> {
    let statement = "SELECT id, asked FROM timestamp WHERE application = ?1 AND digest_tag = ?2";
    let row = work.transaction.query_row(statement, (order, digest), |row| {
        Ok(Asked {
            id: row.get(0)?,
            times: row.get(1)?,
        })
    });
    row.optional()
}

/// The answer to the very same request, where there was one.
pub(crate) fn answer(work: &Work<'_>, order: &str, digest: &Tag, query: &Tag) -> Result<Option<Vec<u8>>, Refusal> {
    let statement = "SELECT sealed FROM timestamp WHERE application = ?1 AND digest_tag = ?2 AND query_tag = ?3";
    let row = work
        .transaction
        .query_row(statement, (order, digest, query), |row| row.get(0));
    let sealed: Option<Vec<u8>> = row.optional()?;
    let open = |sealed: Vec<u8>| {
        let answer = work.key.open(&place(&[order.as_bytes(), &digest.0]), &sealed);
        Ok(opened(answer)?.to_vec())
    };
    sealed.map(open).transpose()
}

/// Counts a digest that the authority is asked for the first time, and gives what names it.
pub(crate) fn add(work: &Work<'_>, order: &str, digest: &Tag) -> rusqlite::Result<i64> {
    let statement =
        "INSERT INTO timestamp (application, made_at, digest_tag, asked) VALUES (?1, ?2, ?3, 1) RETURNING id";
    work.transaction
        .query_row(statement, (order, work.steady.0, digest), |row| row.get(0))
}

/// Counts that the authority is asked for a digest again.
pub(crate) fn count(work: &Work<'_>, id: i64) -> rusqlite::Result<()> {
    let statement = "UPDATE timestamp SET asked = asked + 1 WHERE id = ?1";
    work.transaction.execute(statement, [id]).map(|_| ())
}

/// Keeps the answer to a request.
pub(crate) fn keep(
    work: &Work<'_>,
    id: i64,
    order: &str,
    digest: &Tag,
    query: &Tag,
    answer: &[u8],
) -> rusqlite::Result<()> {
    let sealed = work.key.seal(&place(&[order.as_bytes(), &digest.0]), answer);
    let statement = "UPDATE timestamp SET query_tag = ?2, sealed = ?3 WHERE id = ?1";
    work.transaction.execute(statement, (id, query, sealed)).map(|_| ())
}

/// Takes back that the authority was asked: it gave nothing. A digest it was asked for in vain does not count.
pub(crate) fn take_back(work: &Work<'_>, id: i64) -> rusqlite::Result<()> {
    let statement = "UPDATE timestamp SET asked = asked - 1 WHERE id = ?1";
    work.transaction.execute(statement, [id])?;
    let statement = "DELETE FROM timestamp WHERE id = ?1 AND asked = 0";
    work.transaction.execute(statement, [id]).map(|_| ())
}
