//! The audit trail: what happened to which order, and when. No personal data beyond the order's id; whose a sign-in was, and
//! which device's, is sealed. Each entry carries an HMAC over itself and the one before, so that removing or changing one is
//! seen.

use std::path::Path;

use rusqlite::{OptionalExtension as _, Transaction};
use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::failure::PortalError;
use crate::records::device::DeviceId;
use crate::records::person::Person;
use crate::records::seal::{Place, PortalKey};
use crate::records::store::Store;

/// Checks the audit trail of a data folder.
///
/// Gives the number of the first entry that was changed, or that follows a removed one; `None` where the trail is whole.
/// What was cut off at the end is not seen by this.
///
/// # Errors
/// What the data folder says.
pub async fn first_broken_audit_entry(data: &Path) -> Result<Option<i64>, PortalError> {
    let data = data.to_owned();
    let checked = tokio::task::spawn_blocking(move || {
        Store::open(&data)?.write_now(|transaction, key| Ok(first_broken_entry(transaction, key)?))
    });
    checked.await.map_err(|_| PortalError::CutOff)?
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Invited,
    SignedIn,
    SignInRefused,
    /// An operator forgave what was tried wrongly with an identity.
    Unlocked,
    SignedOut,
    Approved,
    /// The form was approved anew; the outcome is how far the order had come by the approval before.
    ApprovalVoided,
    CodeSent,
    CodeRefused,
    /// A number was confirmed; the outcome is `ok`, or, where the institution told another number than the applicant stated,
    /// which of them, or that the institution has confirmed the stated one.
    PhoneConfirmed,
    /// The institution was asked to confirm the stated number.
    InstitutionAsked,
    /// The institution has read what it is to confirm.
    NumberRead,
    /// The institution has refused to confirm the stated number.
    NumberRefused,
    MethodChosen,
    DocumentsRead,
    TimestampAsked,
    SignatureRefused,
    Signed,
    /// A code was sent that unblocks a card's PIN.
    UnblockingAsked,
    /// A card was not to be unblocked; the outcome is why.
    UnblockingRefused,
    /// The command that unblocks a card's PIN was given.
    UnblockingGiven,
    Withdrawn,
    /// Somebody read a list of orders; of this event and the next ones the outcome is who it was.
    OrdersListed,
    OrderExported,
    EventsRead,
    /// The end of an application was acknowledged by whoever it was told to.
    Acknowledged,
    AuditRead,
    /// A program was given a token to read with.
    ClientPermitted,
    ClientForbidden,
}

impl Event {
    const fn name(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::SignedIn => "signed-in",
            Self::SignInRefused => "sign-in-refused",
            Self::Unlocked => "unlocked",
            Self::SignedOut => "signed-out",
            Self::Approved => "approved",
            Self::ApprovalVoided => "approval-voided",
            Self::CodeSent => "code-sent",
            Self::CodeRefused => "code-refused",
            Self::PhoneConfirmed => "phone-confirmed",
            Self::InstitutionAsked => "institution-asked",
            Self::NumberRead => "number-read",
            Self::NumberRefused => "number-refused",
            Self::MethodChosen => "method-chosen",
            Self::DocumentsRead => "documents-read",
            Self::TimestampAsked => "timestamp-asked",
            Self::SignatureRefused => "signature-refused",
            Self::Signed => "signed",
            Self::UnblockingAsked => "unblocking-asked",
            Self::UnblockingRefused => "unblocking-refused",
            Self::UnblockingGiven => "unblocking-given",
            Self::Withdrawn => "withdrawn",
            Self::OrdersListed => "orders-listed",
            Self::OrderExported => "order-exported",
            Self::EventsRead => "events-read",
            Self::Acknowledged => "event-acknowledged",
            Self::AuditRead => "audit-read",
            Self::ClientPermitted => "client-permitted",
            Self::ClientForbidden => "client-forbidden",
        }
    }
}

/// Whose an entry is: their rows. Kept sealed.
#[derive(Serialize)]
pub(crate) struct About<'a> {
    person: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<&'a str>,
}

impl<'a> About<'a> {
    pub(crate) fn new(Person(person): Person, device: Option<&'a DeviceId>) -> Self {
        Self {
            person,
            device: device.map(|DeviceId(id)| id.as_str()),
        }
    }
}

/// Adds an entry about a person, where there is one.
pub(crate) fn record_about(
    transaction: &Transaction<'_>,
    key: &PortalKey,
    now: Moment,
    event: Event,
    about: Option<&About<'_>>,
    outcome: &str,
) -> rusqlite::Result<()> {
    let entry = Entry {
        at: now.0,
        event: event.name(),
        order: None,
        outcome,
        about: None,
    };
    add(transaction, key, entry, about)
}

/// Adds an entry.
pub(crate) fn record(
    transaction: &Transaction<'_>,
    key: &PortalKey,
    now: Moment,
    event: Event,
    order: Option<&str>,
    outcome: &str,
) -> rusqlite::Result<()> {
    let entry = Entry {
        at: now.0,
        event: event.name(),
        order,
        outcome,
        about: None,
    };
    add(transaction, key, entry, None)
}

/// What an entry says.
struct Entry<'a> {
    at: i64,
    event: &'a str,
    order: Option<&'a str>,
    outcome: &'a str,
    about: Option<Vec<u8>>,
}

fn add(
    transaction: &Transaction<'_>,
    key: &PortalKey,
    entry: Entry<'_>,
    about: Option<&About<'_>>,
) -> rusqlite::Result<()> {
    let last: Option<Vec<u8>> = transaction
        .query_row("SELECT chain FROM audit ORDER BY id DESC LIMIT 1", [], |row| row.get(0))
        .optional()?;
    let last = last.unwrap_or_default();
    let entry = Entry {
        about: about.map(|about| key.seal_record(&about_place(&[&last]), about)),
        ..entry
    };
    let chain = link(key, &last, &entry);
    transaction.execute(
        "INSERT INTO audit (at, event, application, outcome, about, chain) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (
            entry.at,
            entry.event,
            entry.order,
            entry.outcome,
            entry.about.as_deref(),
            chain.as_slice(),
        ),
    )?;
    Ok(())
}

/// An entry as it is kept.
pub(crate) struct Kept {
    pub(crate) at: Moment,
    pub(crate) event: String,
    pub(crate) order: Option<String>,
    pub(crate) outcome: String,
    /// Whose it is, where it says.
    pub(crate) person: Option<Person>,
}

/// The newest entries, of one order or of everything, oldest first.
pub(crate) fn entries(
    transaction: &Transaction<'_>,
    key: &PortalKey,
    order: Option<&str>,
    at_most: u32,
) -> rusqlite::Result<Vec<Kept>> {
    /// What is read of [`About`].
    #[derive(Deserialize)]
    struct Whose {
        person: i64,
    }
    let mut statement = transaction.prepare(
        "SELECT at, event, application, outcome, about,
                (SELECT before.chain FROM audit AS before WHERE before.id = audit.id - 1)
         FROM audit WHERE ?1 IS NULL OR application = ?1 ORDER BY id DESC LIMIT ?2",
    )?;
    let rows = statement.query_map((order, at_most), |row| {
        let (about, last): (Option<Vec<u8>>, Option<Vec<u8>>) = (row.get(4)?, row.get(5)?);
        let last = last.unwrap_or_default();
        let whose = about.and_then(|about| key.open_record::<Whose>(&about_place(&[&last]), &about));
        Ok(Kept {
            at: Moment(row.get(0)?),
            event: row.get(1)?,
            order: row.get(2)?,
            outcome: row.get(3)?,
            person: whose.map(|whose| Person(whose.person)),
        })
    })?;
    let mut entries = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    entries.reverse();
    Ok(entries)
}

/// Where it is kept whose an entry is: bound to the entry before, as the chain is.
const fn about_place<'a>(last: &'a [&'a [u8]; 1]) -> Place<'a> {
    Place::new("audit", "about", last)
}

/// The number of the first entry that was changed, or that follows a removed one.
pub(crate) fn first_broken_entry(transaction: &Transaction<'_>, key: &PortalKey) -> rusqlite::Result<Option<i64>> {
    let mut statement =
        transaction.prepare("SELECT id, at, event, application, outcome, chain, about FROM audit ORDER BY id")?;
    let mut rows = statement.query([])?;
    let mut last = Vec::new();
    let mut expected_id = 1;
    while let Some(row) = rows.next()? {
        let (id, at, event): (i64, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (order, outcome, chain): (Option<String>, String, Vec<u8>) = (row.get(3)?, row.get(4)?, row.get(5)?);
        let entry = Entry {
            at,
            event: &event,
            order: order.as_deref(),
            outcome: &outcome,
            about: row.get(6)?,
        };
        if id != expected_id || link(key, &last, &entry) != chain.as_slice() {
            return Ok(Some(id));
        }
        last = chain;
        expected_id += 1;
    }
    Ok(None)
}

fn link(key: &PortalKey, last: &[u8], entry: &Entry<'_>) -> [u8; 32] {
    let at = entry.at.to_be_bytes();
    let order = entry.order.unwrap_or_default().as_bytes();
    let mut parts: Vec<&[u8]> = vec![last, &at, entry.event.as_bytes(), order, entry.outcome.as_bytes()];
    // Entries of earlier versions have nothing here, and keep their link.
    parts.extend(entry.about.as_deref());
    key.tag("audit", &parts).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_or_removed_entry_is_seen() {
        for tampering in [
            "UPDATE audit SET outcome = 'ok' WHERE id = 2",
            "UPDATE audit SET about = x'00' WHERE id = 2",
            "UPDATE audit SET about = NULL WHERE id = 4",
            "DELETE FROM audit WHERE id = 2",
        ] {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(folder.path()).unwrap();
            let found = store.write_now(|transaction, key| {
                for outcome in ["ok", "wrong", "ok"] {
                    record(transaction, key, Moment(1), Event::SignedIn, Some("A-1"), outcome)?;
                }
                let device = DeviceId("device".to_owned());
                let about = About::new(Person(7), Some(&device));
                record_about(transaction, key, Moment(1), Event::SignedIn, Some(&about), "ok")?;
                let before = first_broken_entry(transaction, key)?;
                transaction.execute_batch(tampering)?;
                Ok::<_, PortalError>((before, first_broken_entry(transaction, key)?))
            });
            let (before, after) = found.unwrap();
            assert_eq!(before, None);
            assert!(after.is_some(), "{tampering}");
        }
    }
}
