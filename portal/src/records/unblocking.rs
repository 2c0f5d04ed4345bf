//! The cards that the codes of orders unblock, sealed.

use basvuru::portal::CardToUnblock;
use rusqlite::OptionalExtension as _;

use crate::records::applicant::opened;
use crate::records::seal::Place;
use crate::records::work::Work;
use crate::refusal::Refusal;

/// Where a card stands: its order.
pub(crate) const fn place<'a>(row: &'a [&'a [u8]; 1]) -> Place<'a> {
    Place::new("unblocking", "sealed", row)
}

/// Keeps the card that the code of an order is for, in place of the one before.
pub(crate) fn keep(work: &Work<'_>, order: &str, card: &CardToUnblock) -> rusqlite::Result<()> {
    work.transaction.execute(
        "INSERT INTO unblocking (application, sealed) VALUES (?1, ?2)
         ON CONFLICT (application) DO UPDATE SET sealed = ?2",
        (order, work.key.seal_record(&place(&[order.as_bytes()]), card)),
    )?;
    Ok(())
}

/// The card that the code of an order is for.
pub(crate) fn find(work: &Work<'_>, order: &str) -> Result<Option<CardToUnblock>, Refusal> {
    let statement = "SELECT sealed FROM unblocking WHERE application = ?1";
    let sealed: Option<Vec<u8>> = work
        .transaction
        .query_row(statement, [order], |row| row.get(0))
        .optional()?;
    sealed
        .map(|sealed| opened(work.key.open_record(&place(&[order.as_bytes()]), &sealed)))
        .transpose()
}

/// Forgets the card of an order: its code was taken.
pub(crate) fn forget(work: &Work<'_>, order: &str) -> rusqlite::Result<()> {
    work.transaction
        .execute("DELETE FROM unblocking WHERE application = ?1", [order])?;
    Ok(())
}
