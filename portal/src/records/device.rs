//! The devices that people have signed in on: each is known by a token of its own, of which the database holds a tag alone.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use basvuru::secret::SecretText;
use rusqlite::OptionalExtension as _;
use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::records::person::Person;
use crate::records::seal::{Place, Tag, random_octets};
use crate::records::work::Work;

/// How many devices of one person are known at a time; the one not seen for longest makes room.
const MOST_DEVICES: i64 = 16;
/// The longest name that is kept, in characters.
const LONGEST_NAME: usize = 64;

/// A device's id, 16 random octets in base64url.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeviceId(pub(crate) String);

/// What is kept of a device, sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DeviceRecord {
    /// What the person calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
}

impl DeviceRecord {
    /// A name as a person sent it: one line, in part where it is long.
    pub(crate) fn named(name: Option<&str>) -> Self {
        let printable = name.unwrap_or_default().chars().filter(|letter| !letter.is_control());
        let kept: String = printable.take(LONGEST_NAME).collect();
        let trimmed = kept.trim();
        Self {
            name: (!trimmed.is_empty()).then(|| trimmed.to_owned()),
        }
    }
}

impl rusqlite::ToSql for DeviceId {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

const fn place<'a>(row: &'a [&'a [u8]]) -> Place<'a> {
    Place::new("device", "sealed", row)
}

/// The tag a device's token is recognised by.
pub(crate) fn token_tag(work: &Work<'_>, token: &SecretText) -> Tag {
    work.key.tag("device", &[token.expose().as_bytes()])
}

/// The device of a person that a token belongs to, where it does.
pub(crate) fn known(work: &Work<'_>, owner: Option<Person>, token: &Tag) -> rusqlite::Result<Option<DeviceId>> {
    let statement = "SELECT id, person FROM device WHERE token_tag = ?1";
    let row: Option<(String, i64)> = work
        .transaction
        .query_row(statement, [token], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    // Asked for in any case: how long it takes tells nothing of whose identity it was.
    Ok(row
        .filter(|(_, person)| owner.is_some_and(|owner| owner.0 == *person))
        .map(|(id, _)| DeviceId(id)))
}

/// Begins to know a device of a person, and gives its token, the only copy there is.
pub(crate) fn add(work: &Work<'_>, owner: Person, record: &DeviceRecord) -> rusqlite::Result<(DeviceId, SecretText)> {
    let statement = "DELETE FROM device WHERE person = ?1 AND id NOT IN
                     (SELECT id FROM device WHERE person = ?1 ORDER BY seen_at DESC, id LIMIT ?2)";
    work.transaction.execute(statement, (owner.0, MOST_DEVICES - 1))?;
    let id = URL_SAFE_NO_PAD.encode(random_octets::<16>());
    let token = SecretText::new(URL_SAFE_NO_PAD.encode(random_octets::<32>()));
    work.transaction.execute(
        "INSERT INTO device (id, person, token_tag, seen_at, sealed) VALUES (?1, ?2, ?3, ?4, ?5)",
        (
            &id,
            owner.0,
            token_tag(work, &token),
            work.steady.0,
            work.key.seal_record(&place(&[id.as_bytes()]), record),
        ),
    )?;
    Ok((DeviceId(id), token))
}

/// Writes down that a device was seen, and what it is called now. Tells whether it is still known.
pub(crate) fn seen(work: &Work<'_>, device: &DeviceId, record: &DeviceRecord) -> rusqlite::Result<bool> {
    let statement = "UPDATE device SET seen_at = ?2, sealed = ?3 WHERE id = ?1";
    let sealed = work.key.seal_record(&place(&[device.0.as_bytes()]), record);
    let changed = work
        .transaction
        .execute(statement, (&device.0, work.steady.0, sealed))?;
    Ok(changed > 0)
}

/// A device that is known, as its person is shown it.
pub(crate) struct KnownDevice {
    pub(crate) id: DeviceId,
    pub(crate) name: Option<String>,
    /// When somebody signed in on it last.
    pub(crate) seen_at: Moment,
}

/// The devices of a person.
pub(crate) fn of_person(work: &Work<'_>, person: Person) -> rusqlite::Result<Vec<KnownDevice>> {
    let statement = "SELECT id, seen_at, sealed FROM device WHERE person = ?1";
    let mut statement = work.transaction.prepare(statement)?;
    let rows = statement.query_map([person.0], |row| {
        let (id, seen_at, sealed): (String, i64, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let record: Option<DeviceRecord> = work.key.open_record(&place(&[id.as_bytes()]), &sealed);
        Ok(KnownDevice {
            name: record.and_then(|record| record.name),
            id: DeviceId(id),
            seen_at: Moment(seen_at),
        })
    })?;
    rows.collect()
}

/// Forgets a device: it is known no more, and its sessions end.
pub(crate) fn forget(work: &Work<'_>, device: &DeviceId) -> rusqlite::Result<()> {
    let statement = "DELETE FROM device WHERE id = ?1";
    work.transaction.execute(statement, [device]).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_and_kept_in_part_where_it_is_long() {
        let named = |name: &str| DeviceRecord::named(Some(name)).name;
        assert_eq!(named(" Işıl’ın\ntelefonu "), Some("Işıl’ıntelefonu".to_owned()));
        assert_eq!(named(&"ş".repeat(100)).unwrap().chars().count(), LONGEST_NAME);
        assert_eq!(named(" \u{0} "), None);
        assert_eq!(DeviceRecord::named(None).name, None);
    }
}
