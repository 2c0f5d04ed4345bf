//! The audit trail: what happened to which order, and when. No personal data beyond the order's id; each entry carries an
//! HMAC over itself and the one before, so that removing or changing one is seen.

use std::path::Path;

use rusqlite::{OptionalExtension as _, Transaction};

use crate::clock::Moment;
use crate::failure::PortalError;
use crate::records::seal::PortalKey;
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
    Approved,
    /// The form was approved anew; the outcome is how far the order had come by the approval before.
    ApprovalVoided,
    CodeSent,
    CodeRefused,
    PhoneConfirmed,
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
    EventAcknowledged,
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
            Self::Approved => "approved",
            Self::ApprovalVoided => "approval-voided",
            Self::CodeSent => "code-sent",
            Self::CodeRefused => "code-refused",
            Self::PhoneConfirmed => "phone-confirmed",
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
            Self::EventAcknowledged => "event-acknowledged",
            Self::AuditRead => "audit-read",
            Self::ClientPermitted => "client-permitted",
            Self::ClientForbidden => "client-forbidden",
        }
    }
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
    let last: Option<Vec<u8>> = transaction
        .query_row("SELECT chain FROM audit ORDER BY id DESC LIMIT 1", [], |row| row.get(0))
        .optional()?;
    let chain = link(key, &last.unwrap_or_default(), now.0, event.name(), order, outcome);
    transaction.execute(
        "INSERT INTO audit (at, event, application, outcome, chain) VALUES (?1, ?2, ?3, ?4, ?5)",
        (now.0, event.name(), order, outcome, chain.as_slice()),
    )?;
    Ok(())
}

/// An entry as it is kept.
pub(crate) struct Kept {
    pub(crate) at: Moment,
    pub(crate) event: String,
    pub(crate) order: Option<String>,
    pub(crate) outcome: String,
}

/// The newest entries, of one order or of everything, oldest first.
pub(crate) fn entries(transaction: &Transaction<'_>, order: Option<&str>, at_most: u32) -> rusqlite::Result<Vec<Kept>> {
    let mut statement = transaction.prepare(
        "SELECT at, event, application, outcome FROM audit
         WHERE ?1 IS NULL OR application = ?1 ORDER BY id DESC LIMIT ?2",
    )?;
    let rows = statement.query_map((order, at_most), |row| {
        Ok(Kept {
            at: Moment(row.get(0)?),
            event: row.get(1)?,
            order: row.get(2)?,
            outcome: row.get(3)?,
        })
    })?;
    let mut entries = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    entries.reverse();
    Ok(entries)
}

/// The number of the first entry that was changed, or that follows a removed one.
pub(crate) fn first_broken_entry(transaction: &Transaction<'_>, key: &PortalKey) -> rusqlite::Result<Option<i64>> {
    let mut statement =
        transaction.prepare("SELECT id, at, event, application, outcome, chain FROM audit ORDER BY id")?;
    let mut rows = statement.query([])?;
    let mut last = Vec::new();
    let mut expected_id = 1;
    while let Some(row) = rows.next()? {
        let (id, at, event): (i64, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (order, outcome, chain): (Option<String>, String, Vec<u8>) = (row.get(3)?, row.get(4)?, row.get(5)?);
        if id != expected_id || link(key, &last, at, &event, order.as_deref(), &outcome) != chain.as_slice() {
            return Ok(Some(id));
        }
        last = chain;
        expected_id += 1;
    }
    Ok(None)
}

fn link(key: &PortalKey, last: &[u8], at: i64, event: &str, order: Option<&str>, outcome: &str) -> [u8; 32] {
    let order = order.unwrap_or_default().as_bytes();
    key.tag(
        "audit",
        &[last, &at.to_be_bytes(), event.as_bytes(), order, outcome.as_bytes()],
    )
    .0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_or_removed_entry_is_seen() {
        for tampering in [
            "UPDATE audit SET outcome = 'ok' WHERE id = 2",
            "DELETE FROM audit WHERE id = 2",
        ] {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(folder.path()).unwrap();
            let found = store.write_now(|transaction, key| {
                for outcome in ["ok", "wrong", "ok"] {
                    record(transaction, key, Moment(1), Event::SignedIn, Some("A-1"), outcome)?;
                }
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
