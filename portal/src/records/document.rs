//! The documents of orders: what each is, in clear, and its octets and the text of its pages, sealed.

use basvuru::portal::DocumentDescription;

use crate::records::applicant::opened;
use crate::records::work::Work;
use crate::refusal::Refusal;

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
    let pages = serde_json::to_vec(pages).expect("texts are plain data");
    let text = serde_json::to_string(description).expect("a description is plain data");
    work.transaction.execute(
        "INSERT INTO document (application, position, id, description, sealed, pages) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (
            order,
            position,
            &description.id,
            text,
            work.key.seal("document", content),
            work.key.seal("document-pages", &pages),
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
    let mut statement = work
        .transaction
        .prepare("SELECT description, pages FROM document WHERE application = ?1 ORDER BY position")?;
    let rows = statement.query_map([order], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, Option<Vec<u8>>>(1)?))
    })?;
    rows.map(|row| {
        let (description, sealed) = row?;
        let mut description: DocumentDescription = opened(serde_json::from_str(&description).ok())?;
        // Documents of an earlier version have none.
        if let Some(sealed) = sealed {
            let pages = opened(work.key.open("document-pages", &sealed))?;
            description.pages = opened(serde_json::from_slice(&pages).ok())?;
        }
        Ok(description)
    })
    .collect()
}

/// The octets of an order's documents, in the order they are signed.
pub(crate) fn contents(work: &Work<'_>, order: &str) -> Result<Vec<u8>, Refusal> {
    let statement = "SELECT sealed FROM document WHERE application = ?1 ORDER BY position";
    let mut statement = work.transaction.prepare(statement)?;
    let rows = statement.query_map([order], |row| row.get::<_, Vec<u8>>(0))?;
    let mut contents = Vec::new();
    for row in rows {
        contents.extend_from_slice(&opened(work.key.open("document", &row?))?);
    }
    Ok(contents)
}
