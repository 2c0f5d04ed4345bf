//! Receipts, and the containers they are for, sealed.

use basvuru::portal::Receipt;
use rusqlite::OptionalExtension as _;

use crate::records::applicant::opened;
use crate::records::work::Work;
use crate::refusal::Refusal;

/// The number of the next receipt, which goes up by one.
pub(crate) fn next_sequence(work: &Work<'_>) -> rusqlite::Result<i64> {
    work.transaction
        .query_row("SELECT coalesce(max(sequence), 0) + 1 FROM receipt", [], |row| {
            row.get(0)
        })
}

/// Keeps a receipt with its container.
pub(crate) fn keep(work: &Work<'_>, sequence: i64, receipt: &Receipt, container: &[u8]) -> rusqlite::Result<()> {
    let text = serde_json::to_string(receipt).expect("a receipt is plain data");
    work.transaction.execute(
        "INSERT INTO receipt (sequence, application, receipt, sealed) VALUES (?1, ?2, ?3, ?4)",
        (sequence, &receipt.order, text, work.key.seal("container", container)),
    )?;
    Ok(())
}

/// The receipt of an order.
pub(crate) fn find(work: &Work<'_>, order: &str) -> Result<Option<Receipt>, Refusal> {
    let statement = "SELECT receipt FROM receipt WHERE application = ?1";
    let text: Option<String> = work
        .transaction
        .query_row(statement, [order], |row| row.get(0))
        .optional()?;
    text.map(|text| opened(serde_json::from_str(&text).ok())).transpose()
}
