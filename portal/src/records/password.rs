//! The hashes of access passwords, and how often what was tried wrongly was forgiven.

use rusqlite::{OptionalExtension as _, Transaction};

use crate::records::applicant::{opened, person_place};
use crate::records::person::Person;
use crate::records::seal::Tag;
use crate::records::work::Work;
use crate::refusal::Refusal;

/// What a person signs in by.
pub(crate) struct StoredPassword {
    pub(crate) person: Person,
    /// In PHC form.
    pub(crate) hash: String,
    /// How often an invitation or an operator has forgiven what was wrong before.
    pub(crate) lifts: i64,
}

/// The person of an identity, and the hash of the access password.
pub(crate) fn of_identity(work: &Work<'_>, identity: &Tag) -> Result<Option<StoredPassword>, Refusal> {
    let statement = "SELECT id, password_hash, lifts FROM person WHERE identity_tag = ?1";
    let row = work.transaction.query_row(statement, [identity], |row| {
        Ok((Person(row.get(0)?), row.get::<_, Vec<u8>>(1)?, row.get(2)?))
    });
    let Some((person, sealed, lifts)) = row.optional()? else {
        return Ok(None);
    };
    let place: [&[u8]; 1] = [&identity.0];
    let hash = opened(work.key.open(&person_place("password_hash", &place), &sealed))?;
    let hash = opened(std::str::from_utf8(&hash).ok())?.to_owned();
    Ok(Some(StoredPassword { person, hash, lifts }))
}

/// Forgives what was tried wrongly with an identity, and gives its person, where there is one.
pub(crate) fn lift(transaction: &Transaction<'_>, identity: &Tag) -> rusqlite::Result<Option<Person>> {
    let statement = "UPDATE person SET lifts = lifts + 1 WHERE identity_tag = ?1 RETURNING id";
    transaction
        .query_row(statement, [identity], |row| row.get(0).map(Person))
        .optional()
}
