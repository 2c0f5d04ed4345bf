//! The documents of orders: what each is, its octets, and the text of its pages, each sealed to its order and position. What
//! does not have the digest that its description tells is given to nobody.

use basvuru::digest::hexadecimal;
use basvuru::portal::DocumentDescription;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::records::applicant::opened;
use crate::records::seal::Place;
use crate::records::work::Work;
use crate::refusal::Refusal;

/// A document with what it is.
pub(crate) struct StoredDocument {
    pub(crate) description: DocumentDescription,
    pub(crate) content: Zeroizing<Vec<u8>>,
}

/// Where a column of a document's row stands: its order and its position.
pub(crate) const fn place<'a>(column: &'static str, row: &'a [&'a [u8]; 2]) -> Place<'a> {
    Place::new("document", column, row)
}

/// Keeps a document of an order at a position, counted from 1. The texts of its pages are sealed beside it, whatever its
/// description says of them.
pub(crate) fn keep(
    work: &Work<'_>,
    order: &str,
    position: i64,
    description: &DocumentDescription,
    content: &[u8],
    pages: &[String],
) -> rusqlite::Result<()> {
    let number = position.to_be_bytes();
    let row: [&[u8]; 2] = [order.as_bytes(), &number];
    work.transaction.execute(
        "INSERT INTO document (application, position, id, description, sealed, pages) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (
            order,
            position,
            &description.id,
            work.key.seal_record(&place("description", &row), description),
            work.key.seal(&place("sealed", &row), content),
            work.key.seal_record(&place("pages", &row), &pages),
        ),
    )?;
    Ok(())
}

/// Forgets the documents of an order.
pub(crate) fn forget(work: &Work<'_>, order: &str) -> rusqlite::Result<()> {
    work.transaction
        .execute("DELETE FROM document WHERE application = ?1", [order])?;
    Ok(())
}

/// What the documents of an order are, in the order they are signed.
pub(crate) fn descriptions(work: &Work<'_>, order: &str) -> Result<Vec<DocumentDescription>, Refusal> {
    let statement = "SELECT position, description, pages FROM document WHERE application = ?1 ORDER BY position";
    let mut statement = work.transaction.prepare(statement)?;
    let rows = statement.query_map([order], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get::<_, Option<Vec<u8>>>(2)?))
    })?;
    rows.map(|row| {
        let (position, sealed, pages): (i64, Vec<u8>, _) = row?;
        let position = position.to_be_bytes();
        let row: [&[u8]; 2] = [order.as_bytes(), &position];
        let description = work.key.open_record(&place("description", &row), &sealed);
        let mut description: DocumentDescription = opened(description)?;
        // Documents of an earlier version have none.
        if let Some(pages) = pages {
            description.pages = opened(work.key.open_record(&place("pages", &row), &pages))?;
        }
        Ok(description)
    })
    .collect()
}

/// An order's documents, in the order they are signed, each of the size and with the digest that its description tells.
pub(crate) fn contents(work: &Work<'_>, order: &str) -> Result<Vec<StoredDocument>, Refusal> {
    let statement = "SELECT position, description, sealed FROM document WHERE application = ?1 ORDER BY position";
    let mut statement = work.transaction.prepare(statement)?;
    let rows = statement.query_map([order], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    rows.map(|row| {
        let (position, description, content): (i64, Vec<u8>, Vec<u8>) = row?;
        let position = position.to_be_bytes();
        let row: [&[u8]; 2] = [order.as_bytes(), &position];
        let description = work.key.open_record(&place("description", &row), &description);
        let description: DocumentDescription = opened(description)?;
        let content = opened(work.key.open(&place("sealed", &row), &content))?;
        let is_told = hexadecimal(&Sha256::digest(&content)) == description.sha256;
        opened(is_told.then_some(StoredDocument { description, content }))
    })
    .collect()
}

#[cfg(test)]
mod tests;
