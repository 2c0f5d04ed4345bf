//! The hashes of access passwords, and since when what was tried wrongly before counts no more.

use rusqlite::{OptionalExtension as _, Transaction};

use crate::clock::Moment;
use crate::records::seal::Tag;
use crate::records::session::Person;
use crate::records::work::Work;

/// What a person signs in by.
pub(crate) struct StoredPassword {
    pub(crate) person: Person,
    /// In PHC form.
    pub(crate) hash: String,
    /// When an invitation or an operator forgave what was wrong before.
    pub(crate) lifted_at: Moment,
}

/// The person of an identity, and the hash of the access password.
pub(crate) fn of_identity(work: &Work<'_>, identity: &Tag) -> rusqlite::Result<Option<StoredPassword>> {
    let statement = "SELECT id, password_hash, lifted_at FROM person WHERE identity_tag = ?1";
    let row = work.transaction.query_row(statement, [identity], |row| {
        Ok(StoredPassword {
            person: Person(row.get(0)?),
            hash: row.get(1)?,
            lifted_at: Moment(row.get(2)?),
        })
    });
    row.optional()
}

/// Forgives what was tried wrongly with an identity, and gives its person, where there is one.
pub(crate) fn lift(transaction: &Transaction<'_>, identity: &Tag, now: Moment) -> rusqlite::Result<Option<Person>> {
    let statement = "UPDATE person SET lifted_at = ?2 WHERE identity_tag = ?1 RETURNING id";
    transaction
        .query_row(statement, (identity, now.0), |row| row.get(0).map(Person))
        .optional()
}
