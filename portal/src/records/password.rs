//! The hashes of access passwords, and the wrong passwords that were tried with an identity, whether anybody has it or not.

use rusqlite::OptionalExtension as _;

use crate::clock::Moment;
use crate::records::applicant::{opened, person_place};
use crate::records::seal::Tag;
use crate::records::session::Person;
use crate::records::work::Work;
use crate::refusal::Refusal;

/// The person of an identity, and the hash of the access password.
pub(crate) fn of_identity(work: &Work<'_>, identity: &Tag) -> Result<Option<(Person, String)>, Refusal> {
    let statement = "SELECT id, password_hash FROM person WHERE identity_tag = ?1";
    let row = work.transaction.query_row(statement, [identity], |row| {
        Ok((Person(row.get(0)?), row.get::<_, Vec<u8>>(1)?))
    });
    let Some((person, sealed)) = row.optional()? else {
        return Ok(None);
    };
    let place: [&[u8]; 1] = [&identity.0];
    let hash = opened(work.key.open(&person_place("password_hash", &place), &sealed))?;
    let hash = opened(std::str::from_utf8(&hash).ok())?;
    Ok(Some((person, hash.to_owned())))
}

/// How many wrong passwords were tried with an identity since it was locked out last.
pub(crate) fn wrong_count(work: &Work<'_>, identity: &Tag) -> rusqlite::Result<u8> {
    let statement = "SELECT count FROM wrong_password WHERE identity_tag = ?1 AND locked_until = 0";
    let count = work
        .transaction
        .query_row(statement, [identity], |row| row.get(0))
        .optional()?;
    Ok(count.unwrap_or(0))
}

/// Until when an identity is locked out; the beginning of time where it is not.
pub(crate) fn locked_until(work: &Work<'_>, identity: &Tag) -> rusqlite::Result<Moment> {
    let statement = "SELECT locked_until FROM wrong_password WHERE identity_tag = ?1";
    let found = work
        .transaction
        .query_row(statement, [identity], |row| row.get(0))
        .optional()?;
    Ok(Moment(found.unwrap_or(0)))
}

/// Writes down how many wrong passwords were tried with an identity, and until when it is locked out.
pub(crate) fn set_wrong_count(
    work: &Work<'_>,
    identity: &Tag,
    count: u8,
    locked_until: Moment,
) -> rusqlite::Result<()> {
    work.transaction.execute(
        "INSERT INTO wrong_password (identity_tag, count, locked_until, changed_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (identity_tag) DO UPDATE SET count = ?2, locked_until = ?3, changed_at = ?4",
        (identity, count, locked_until.0, work.now.0),
    )?;
    Ok(())
}

/// Forgets the wrong passwords that were tried with an identity.
pub(crate) fn forget_wrong(work: &Work<'_>, identity: &Tag) -> rusqlite::Result<()> {
    work.transaction
        .execute("DELETE FROM wrong_password WHERE identity_tag = ?1", [identity])?;
    Ok(())
}
