//! All orders, of all people, as an officer looks for them.

use basvuru::portal::Receipt;
use rusqlite::{OptionalExtension as _, ToSql};

use crate::clock::Moment;
use crate::records::applicant::{ORDER_COLUMNS, OrderRow, PersonRecord, StoredOrder, person_place};
use crate::records::receipt;
use crate::records::seal::{PortalKey, Tag};
use crate::records::work::Work;

/// What is looked for. What is `None` is no matter.
pub(crate) struct Sought<'a> {
    /// Orders made before this one alone.
    pub(crate) after: Option<&'a str>,
    /// The tag of the institution.
    pub(crate) institution: Option<Tag>,
    /// The names of phases, each between commas.
    pub(crate) phases: Option<String>,
    /// From when on orders were made, and until when.
    pub(crate) made: (Option<Moment>, Option<Moment>),
    /// From when on applications came to their end.
    pub(crate) completed_since: Option<Moment>,
    /// How many.
    pub(crate) at_most: u32,
}

/// What is told of an order in a list.
pub(crate) struct Listed {
    pub(crate) stored: StoredOrder,
    pub(crate) person: PersonRecord,
    pub(crate) receipt: Option<Receipt>,
    pub(crate) acknowledged_at: Option<Moment>,
}

/// Whether there is an order of this id.
pub(crate) fn exists(work: &Work<'_>, order: &str) -> rusqlite::Result<bool> {
    let statement = "SELECT 1 FROM application WHERE id = ?1";
    let row = work.transaction.query_row(statement, [order], |_| Ok(()));
    Ok(row.optional()?.is_some())
}

/// The orders that are sought, newest first, each with its id; one whose records do not open has the id alone.
pub(crate) fn find(work: &Work<'_>, sought: &Sought<'_>) -> rusqlite::Result<Vec<(String, Option<Listed>)>> {
    let statement = format!(
        "SELECT {ORDER_COLUMNS}, person.sealed, receipt.receipt, completion.acknowledged_at
         FROM application JOIN person ON person.id = application.person
         LEFT JOIN receipt ON receipt.application = application.id
         LEFT JOIN completion ON completion.application = application.id
         WHERE (?1 IS NULL OR application.sequence < (SELECT sequence FROM application WHERE id = ?1))
           AND (?2 IS NULL OR institution_tag = ?2)
           AND (?3 IS NULL OR ?3 LIKE '%,' || phase || ',%')
           AND (?4 IS NULL OR created_at >= ?4)
           AND (?5 IS NULL OR created_at < ?5)
           AND (?6 IS NULL OR completed_at >= ?6)
         ORDER BY application.sequence DESC LIMIT ?7"
    );
    let seconds = |moment: Option<Moment>| moment.map(|Moment(seconds)| seconds);
    let (since, until) = (seconds(sought.made.0), seconds(sought.made.1));
    let completed_since = seconds(sought.completed_since);
    let values: [&dyn ToSql; 7] = [
        &sought.after,
        &sought.institution,
        &sought.phases,
        &since,
        &until,
        &completed_since,
        &sought.at_most,
    ];
    let mut statement = work.transaction.prepare(&statement)?;
    let rows = statement.query_map(values, |row| {
        let order = OrderRow::read(row)?;
        let (person, receipt): (Vec<u8>, Option<Vec<u8>>) = (row.get(7)?, row.get(8)?);
        let acknowledged_at = row.get::<_, Option<i64>>(9)?.map(Moment);
        let id = order.id.clone();
        Ok((
            id,
            opened(work.key, order, &person, receipt.as_deref(), acknowledged_at),
        ))
    })?;
    rows.collect()
}

fn opened(
    key: &PortalKey,
    order: OrderRow,
    person: &[u8],
    receipt: Option<&[u8]>,
    acknowledged_at: Option<Moment>,
) -> Option<Listed> {
    let person = key.open_record(&person_place("sealed", &[&order.owner]), person)?;
    let receipt = match receipt {
        Some(sealed) => Some(key.open_record(&receipt::place("receipt", &[order.id.as_bytes()]), sealed)?),
        None => None,
    };
    Some(Listed {
        stored: order.open(key)?,
        person,
        receipt,
        acknowledged_at,
    })
}
