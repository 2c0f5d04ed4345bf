//! Receipts, and the containers they are for, each sealed to its order: a receipt names the serial number of a certificate.

use basvuru::digest::hexadecimal;
use basvuru::portal::Receipt;
use rusqlite::OptionalExtension as _;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::records::applicant::opened;
use crate::records::completion;
use crate::records::seal::Place;
use crate::records::work::Work;
use crate::refusal::Refusal;

/// The number of the next receipt, which goes up by one.
pub(crate) fn next_sequence(work: &Work<'_>) -> rusqlite::Result<i64> {
    work.transaction
        .query_row("SELECT coalesce(max(sequence), 0) + 1 FROM receipt", [], |row| {
            row.get(0)
        })
}

/// Where a column of a receipt's row stands: its order.
pub(crate) const fn place<'a>(column: &'static str, order: &'a [&'a [u8]; 1]) -> Place<'a> {
    Place::new("receipt", column, order)
}

/// Keeps a receipt with its container, and that the application has come to its end, which is told until it is acknowledged.
pub(crate) fn keep(work: &Work<'_>, sequence: i64, receipt: &Receipt, container: &[u8]) -> rusqlite::Result<()> {
    let order: [&[u8]; 1] = [receipt.order.as_bytes()];
    work.transaction.execute(
        "INSERT INTO receipt (sequence, application, receipt, sealed) VALUES (?1, ?2, ?3, ?4)",
        (
            sequence,
            &receipt.order,
            work.key.seal_record(&place("receipt", &order), receipt),
            work.key.seal(&place("sealed", &order), container),
        ),
    )?;
    completion::keep(work.transaction, &receipt.order, work.now)
}

/// The receipt of an order.
pub(crate) fn find(work: &Work<'_>, order: &str) -> Result<Option<Receipt>, Refusal> {
    let statement = "SELECT receipt FROM receipt WHERE application = ?1";
    let sealed: Option<Vec<u8>> = work
        .transaction
        .query_row(statement, [order], |row| row.get(0))
        .optional()?;
    sealed
        .map(|sealed| opened(work.key.open_record(&place("receipt", &[order.as_bytes()]), &sealed)))
        .transpose()
}

/// The container that the receipt of an order is for, as it was received: one whose digest is another is not given.
pub(crate) fn container(work: &Work<'_>, receipt: &Receipt) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let statement = "SELECT sealed FROM receipt WHERE application = ?1";
    let sealed: Vec<u8> = work
        .transaction
        .query_row(statement, [&receipt.order], |row| row.get(0))?;
    let container = work.key.open(&place("sealed", &[receipt.order.as_bytes()]), &sealed);
    opened(container.filter(|octets| hexadecimal(&Sha256::digest(octets)) == receipt.container_sha256))
}
