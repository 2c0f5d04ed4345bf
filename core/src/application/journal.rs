//! The journal: what must survive the app being killed, in one SQLite file whose rows are sealed under the Vault's key.
//!
//! Every change is one transaction, on disk before it is acted upon. A row is sealed with AES-256-GCM; the row's name and
//! the schema version are associated data, so that no row can stand for another or for one of another version. A second
//! process is kept out while the journal is open.

use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::failure::StorageFault;

/// Octets of the key.
pub(crate) const KEY_LENGTH: usize = 32;
/// Octets of a nonce (NIST SP 800-38D, 5.2.1.1).
const NONCE_LENGTH: usize = 12;
/// Sealed in the first row of every journal: opening it proves the key.
const WITNESS: &str = "witness";

/// One step of the schema a version; a journal is brought up to date by those it lacks. Never edited, only appended to.
const MIGRATIONS: &[&str] =
    &["CREATE TABLE sealed (name TEXT PRIMARY KEY, nonce BLOB NOT NULL, content BLOB NOT NULL) STRICT, WITHOUT ROWID;"];
/// The version of the sealed contents' own form, which is part of the associated data.
const CONTENT_VERSION: u32 = 1;

/// What goes wrong with the journal.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JournalError {
    #[error("the journal is open in another process")]
    Busy,
    #[error("the journal was written by a newer version")]
    TooNew,
    #[error("the journal cannot be opened with this key, or is damaged")]
    Unreadable,
    #[error("storage: {detail}")]
    Storage { fault: StorageFault, detail: String },
}

impl JournalError {
    /// What went wrong before the storage was asked.
    fn preparing(detail: &str) -> Self {
        Self::Storage {
            fault: StorageFault::Other,
            detail: detail.to_owned(),
        }
    }
}

impl From<&io::Error> for JournalError {
    fn from(error: &io::Error) -> Self {
        use io::ErrorKind as Kind;
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "whatever else there is has no advice of its own"
        )]
        let fault = match error.kind() {
            Kind::StorageFull | Kind::QuotaExceeded | Kind::FileTooLarge => StorageFault::DiskFull,
            Kind::NotFound | Kind::NotADirectory | Kind::AlreadyExists => StorageFault::FolderMissing,
            Kind::PermissionDenied => StorageFault::NotPermitted,
            Kind::ReadOnlyFilesystem => StorageFault::ReadOnly,
            _ => StorageFault::Other,
        };
        // The kind alone: the error's own words may name the folder.
        let detail = error.kind().to_string();
        Self::Storage { fault, detail }
    }
}

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Unreadable,
            // SQLite's own words name the file's folder at most; the code alone is enough for support.
            Some(code) => Self::Storage {
                fault: storage_fault(code, error.sqlite_extended_error_code()),
                detail: format!("SQLite: {code:?}"),
            },
            None => Self::preparing("SQLite"),
        }
    }
}

/// A change to be made with others in one transaction.
pub(crate) enum Change {
    Put { name: String, content: Zeroizing<Vec<u8>> },
    Delete { name: String },
    DeleteAll { prefix: String },
}

impl Change {
    /// Puts a value as JSON.
    pub(crate) fn put<T: Serialize>(name: &str, value: &T) -> Result<Self, JournalError> {
        let content = serde_json::to_vec(value).map_err(|_| JournalError::preparing("encoding"))?;
        Ok(Self::put_bytes(name, content))
    }

    /// Deletes a row, where it is there.
    pub(crate) fn delete(name: impl Into<String>) -> Self {
        Self::Delete { name: name.into() }
    }

    /// Deletes all rows whose names begin with a prefix.
    pub(crate) fn delete_all(prefix: impl Into<String>) -> Self {
        Self::DeleteAll { prefix: prefix.into() }
    }

    /// Puts octets as they are.
    pub(crate) fn put_bytes(name: &str, content: Vec<u8>) -> Self {
        Self::Put {
            name: name.to_owned(),
            content: Zeroizing::new(content),
        }
    }
}

/// An open journal.
pub(crate) struct Journal {
    connection: Mutex<Connection>,
    cipher: Aes256Gcm,
}

impl Journal {
    /// Opens the journal of a file, or makes it.
    pub(crate) fn open(file: &Path, key: &[u8; KEY_LENGTH]) -> Result<Self, JournalError> {
        // SQLite says of a folder that is not there only that the file cannot be opened.
        if let Some(folder) = file.parent() {
            std::fs::metadata(folder).map_err(|error| JournalError::from(&error))?;
        }
        let connection = Connection::open(file)?;
        // Another process that holds the journal holds it for long; one that ends lets go within moments.
        connection.busy_timeout(Duration::from_millis(250))?;
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.pragma_update(None, "journal_mode", "TRUNCATE")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "secure_delete", true)?;
        // The first write takes the exclusive lock for as long as the journal is open.
        Self::begin(connection, key)
    }

    /// Opens a journal that others may have open at the same time, or makes it.
    pub(crate) fn open_shared(file: &Path, key: &[u8; KEY_LENGTH]) -> Result<Self, JournalError> {
        let connection = Connection::open(file)?;
        // Others hold it for the moments of a change.
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.pragma_update(None, "journal_mode", "TRUNCATE")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "secure_delete", true)?;
        Self::begin(connection, key)
    }

    fn begin(mut connection: Connection, key: &[u8; KEY_LENGTH]) -> Result<Self, JournalError> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
        migrate(&transaction)?;
        transaction.commit()?;
        let journal = Self {
            connection: Mutex::new(connection),
            cipher: Aes256Gcm::new(key.into()),
        };
        // Two that make it at once leave one witness.
        journal.update(WITNESS, |_| WITNESS.as_bytes().to_vec())?;
        Ok(journal)
    }

    /// Lets go of the file for good, for another to open. What is still asked of this one fails.
    pub(crate) fn let_go(&self) {
        if let Ok(nowhere) = Connection::open_in_memory() {
            *self.lock() = nowhere;
        }
    }

    /// Whether nothing has been written yet.
    pub(crate) fn is_fresh(&self) -> Result<bool, JournalError> {
        let statement = "SELECT count(*) FROM sealed WHERE name <> ?1";
        let rows: u32 = self.lock().query_row(statement, [WITNESS], |row| row.get(0))?;
        Ok(rows == 0)
    }

    /// Reads a value written by [`Change::put`].
    pub(crate) fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, JournalError> {
        self.read_bytes(name)?
            .map(|content| serde_json::from_slice(&content).map_err(|_| JournalError::Unreadable))
            .transpose()
    }

    /// Reads octets.
    pub(crate) fn read_bytes(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, JournalError> {
        self.read_row(&self.lock(), name)
    }

    fn read_row(&self, connection: &Connection, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, JournalError> {
        let row: Option<(Vec<u8>, Vec<u8>)> = connection
            .query_row("SELECT nonce, content FROM sealed WHERE name = ?1", [name], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        row.map(|(nonce, content)| self.unseal(name, &nonce, &content))
            .transpose()
    }

    /// Reads all values whose names begin with a prefix, in the order of their names.
    pub(crate) fn read_all<T: DeserializeOwned>(&self, prefix: &str) -> Result<Vec<T>, JournalError> {
        let names: Vec<String> = {
            let connection = self.lock();
            let mut statement =
                connection.prepare("SELECT name FROM sealed WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name")?;
            let rows = statement.query_map([prefix], |row| row.get(0))?;
            rows.collect::<Result<_, _>>()?
        };
        names.iter().filter_map(|name| self.read(name).transpose()).collect()
    }

    /// Replaces the octets of a row by what `change` makes of them, where that is something else. Nobody comes between its
    /// reading and its writing.
    pub(crate) fn update(&self, name: &str, change: impl FnOnce(Option<&[u8]>) -> Vec<u8>) -> Result<(), JournalError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let before = self.read_row(&transaction, name)?;
        let after = Zeroizing::new(change(before.as_ref().map(|before| before.as_slice())));
        if before.as_ref() != Some(&after) {
            self.put(&transaction, name, &after)?;
        }
        transaction.commit()?;
        Ok(())
    }

    fn put(&self, transaction: &Transaction<'_>, name: &str, content: &[u8]) -> Result<(), JournalError> {
        let (nonce, sealed) = self.seal(name, content)?;
        transaction.execute(
            "INSERT INTO sealed (name, nonce, content) VALUES (?1, ?2, ?3)
             ON CONFLICT (name) DO UPDATE SET nonce = excluded.nonce, content = excluded.content",
            params![name, nonce, sealed],
        )?;
        Ok(())
    }

    /// Makes changes, all of them or none.
    pub(crate) fn write(&self, changes: Vec<Change>) -> Result<(), JournalError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        self.make(&transaction, changes)?;
        transaction.commit()?;
        Ok(())
    }

    /// Makes these changes after everything else was deleted and overwritten, or does nothing at all.
    pub(crate) fn replace_all(&self, left: Vec<Change>) -> Result<(), JournalError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        transaction.execute("DELETE FROM sealed WHERE name <> ?1", [WITNESS])?;
        self.make(&transaction, left)?;
        transaction.commit()?;
        Ok(())
    }

    /// Gives the room of what was deleted back to the system.
    pub(crate) fn shrink(&self) -> Result<(), JournalError> {
        Ok(self.lock().execute_batch("VACUUM")?)
    }

    fn make(&self, transaction: &Transaction<'_>, changes: Vec<Change>) -> Result<(), JournalError> {
        for change in changes {
            match change {
                Change::Put { name, content } => self.put(transaction, &name, &content)?,
                Change::Delete { name } => {
                    transaction.execute("DELETE FROM sealed WHERE name = ?1", [name])?;
                }
                Change::DeleteAll { prefix } => {
                    transaction.execute("DELETE FROM sealed WHERE substr(name, 1, length(?1)) = ?1", [prefix])?;
                }
            }
        }
        Ok(())
    }

    /// A panic elsewhere does not spoil the connection: a transaction that was not committed is rolled back.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seal(&self, name: &str, content: &[u8]) -> Result<([u8; NONCE_LENGTH], Vec<u8>), JournalError> {
        let mut nonce = [0; NONCE_LENGTH];
        getrandom::fill(&mut nonce).map_err(|_| JournalError::preparing("randomness"))?;
        let payload = Payload {
            msg: content,
            aad: &associated_data(name),
        };
        let sealed = self
            .cipher
            .encrypt(Nonce::from_slice(&nonce), payload)
            .map_err(|_| JournalError::preparing("sealing"))?;
        Ok((nonce, sealed))
    }

    fn unseal(&self, name: &str, nonce: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, JournalError> {
        if nonce.len() != NONCE_LENGTH {
            return Err(JournalError::Unreadable);
        }
        let payload = Payload {
            msg: sealed,
            aad: &associated_data(name),
        };
        let content = self
            .cipher
            .decrypt(Nonce::from_slice(nonce), payload)
            .map_err(|_| JournalError::Unreadable)?;
        Ok(Zeroizing::new(content))
    }
}

fn storage_fault(code: ErrorCode, extended: Option<i32>) -> StorageFault {
    // The file was moved or deleted under an open connection.
    if extended == Some(rusqlite::ffi::SQLITE_READONLY_DBMOVED) {
        return StorageFault::FolderMissing;
    }
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "whatever else there is has no advice of its own"
    )]
    match code {
        ErrorCode::DiskFull => StorageFault::DiskFull,
        ErrorCode::CannotOpen | ErrorCode::PermissionDenied => StorageFault::NotPermitted,
        ErrorCode::ReadOnly => StorageFault::ReadOnly,
        ErrorCode::SystemIoFailure => StorageFault::DeviceFailed,
        _ => StorageFault::Other,
    }
}

fn associated_data(name: &str) -> Vec<u8> {
    let mut data = format!("basvuru-journal/{CONTENT_VERSION}/").into_bytes();
    data.extend_from_slice(name.as_bytes());
    data
}

fn migrate(transaction: &Transaction<'_>) -> Result<(), JournalError> {
    let version: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    let missing = MIGRATIONS.get(done..).ok_or(JournalError::TooNew)?;
    for (number, migration) in (version + 1..).zip(missing) {
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", number)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const KEY: [u8; KEY_LENGTH] = [7; KEY_LENGTH];

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn what_was_written_is_read_after_reopening() {
        let folder = folder();
        let file = folder.path().join("journal.sqlite");
        let journal = Journal::open(&file, &KEY).unwrap();
        journal
            .write(vec![
                Change::put("draft", &"Ağrı").unwrap(),
                Change::put("other", &1).unwrap(),
            ])
            .unwrap();
        drop(journal);
        let journal = Journal::open(&file, &KEY).unwrap();
        assert_eq!(journal.read::<String>("draft").unwrap().as_deref(), Some("Ağrı"));
        journal.write(vec![Change::delete("draft")]).unwrap();
        assert_eq!(journal.read::<String>("draft").unwrap(), None);
        assert_eq!(journal.read::<u8>("other").unwrap(), Some(1));
    }

    #[test]
    fn all_rows_of_a_prefix_are_read_and_deleted_together() {
        let folder = folder();
        let journal = Journal::open(&folder.path().join("j"), &KEY).unwrap();
        for (name, value) in [("receipt/b", 2), ("receipt/a", 1), ("receiptless", 3)] {
            journal.write(vec![Change::put(name, &value).unwrap()]).unwrap();
        }
        assert_eq!(journal.read_all::<u8>("receipt/").unwrap(), [1, 2]);
        journal.write(vec![Change::delete_all("receipt/")]).unwrap();
        assert_eq!(journal.read_all::<u8>("receipt").unwrap(), [3]);
    }

    #[test]
    fn what_was_replaced_leaves_no_name_and_no_sealed_octet_and_its_room_is_given_back() {
        let folder = folder();
        let file = folder.path().join("j");
        let journal = Journal::open(&file, &KEY).unwrap();
        let large = vec![0x5A; 300_000];
        let changes = vec![
            Change::put_bytes("container/planted-name", large),
            Change::put("draft/planted-name", &"Ağrı").unwrap(),
        ];
        journal.write(changes).unwrap();
        let sealed: Vec<u8> = journal
            .lock()
            .query_row("SELECT content FROM sealed WHERE name LIKE 'container/%'", [], |row| {
                row.get(0)
            })
            .unwrap();
        let pieces = [b"planted-name".as_slice(), &sealed[..32], &sealed[200_000..200_032]];
        let found = |files: &[Vec<u8>], piece: &[u8]| {
            files
                .iter()
                .any(|file| file.windows(piece.len()).any(|window| window == piece))
        };
        let files = || -> Vec<Vec<u8>> {
            let entries = fs::read_dir(folder.path()).unwrap();
            entries.map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect()
        };
        let before = files();
        assert!(pieces.iter().all(|piece| found(&before, piece)));

        journal.replace_all(vec![Change::put("left", &1).unwrap()]).unwrap();
        let replaced = files();
        assert!(
            !pieces.iter().any(|piece| found(&replaced, piece)),
            "overwritten, before any room is given back"
        );
        journal.shrink().unwrap();
        let sizes: usize = files().iter().map(Vec::len).sum();
        assert!(sizes < 20_000, "{sizes}");
        drop(journal);
        let journal = Journal::open(&file, &KEY).unwrap();
        assert_eq!(journal.read::<u8>("left").unwrap(), Some(1));
        assert!(journal.read_bytes("container/planted-name").unwrap().is_none());
    }

    #[test]
    fn the_file_shows_nothing_of_what_is_sealed() {
        let folder = folder();
        let file = folder.path().join("j");
        let journal = Journal::open(&file, &KEY).unwrap();
        journal
            .write(vec![Change::put("draft", &"10000000146").unwrap()])
            .unwrap();
        drop(journal);
        let octets = fs::read(file).unwrap();
        assert!(!octets.windows(11).any(|window| window == b"10000000146"));
    }

    #[test]
    fn another_key_does_not_open_it() {
        let folder = folder();
        let file = folder.path().join("j");
        drop(Journal::open(&file, &KEY).unwrap());
        assert!(matches!(
            Journal::open(&file, &[8; KEY_LENGTH]),
            Err(JournalError::Unreadable)
        ));
    }

    #[test]
    fn a_row_does_not_pass_for_another() {
        let folder = folder();
        let file = folder.path().join("j");
        drop(Journal::open(&file, &KEY).unwrap());
        let raw = Connection::open(&file).unwrap();
        raw.execute(
            "INSERT INTO sealed SELECT 'application', nonce, content FROM sealed WHERE name = 'witness'",
            [],
        )
        .unwrap();
        drop(raw);
        let journal = Journal::open(&file, &KEY).unwrap();
        assert!(matches!(
            journal.read_bytes("application"),
            Err(JournalError::Unreadable)
        ));
    }

    #[test]
    fn a_second_process_is_kept_out_and_a_newer_version_is_refused() {
        let folder = folder();
        let file = folder.path().join("j");
        let journal = Journal::open(&file, &KEY).unwrap();
        assert!(matches!(Journal::open(&file, &KEY), Err(JournalError::Busy)));
        drop(journal);
        Connection::open(&file)
            .unwrap()
            .pragma_update(None, "user_version", 99)
            .unwrap();
        assert!(matches!(Journal::open(&file, &KEY), Err(JournalError::TooNew)));
    }

    #[test]
    fn why_nothing_can_be_kept_is_told_apart() {
        let fault = |error: JournalError| {
            let JournalError::Storage { fault, .. } = error else {
                panic!("{error}");
            };
            fault
        };
        let folder = folder();
        let journal = Journal::open(&folder.path().join("j"), &KEY).unwrap();
        let pages: u32 = journal
            .lock()
            .pragma_query_value(None, "page_count", |row| row.get(0))
            .unwrap();
        journal.lock().pragma_update(None, "max_page_count", pages).unwrap();
        let large = Change::put_bytes("large", vec![0; 100_000]);
        assert_eq!(fault(journal.write(vec![large]).unwrap_err()), StorageFault::DiskFull);
        journal.lock().pragma_update(None, "query_only", true).unwrap();
        let small = Change::put_bytes("small", vec![0]);
        assert_eq!(fault(journal.write(vec![small]).unwrap_err()), StorageFault::ReadOnly);
        let nowhere = folder.path().join("nowhere").join("j");
        let refused = Journal::open(&nowhere, &KEY).err().unwrap();
        assert_eq!(fault(refused), StorageFault::FolderMissing);
        for (kind, expected) in [
            (io::ErrorKind::StorageFull, StorageFault::DiskFull),
            (io::ErrorKind::NotADirectory, StorageFault::FolderMissing),
            (io::ErrorKind::PermissionDenied, StorageFault::NotPermitted),
            (io::ErrorKind::ReadOnlyFilesystem, StorageFault::ReadOnly),
            (io::ErrorKind::Other, StorageFault::Other),
        ] {
            assert_eq!(fault(JournalError::from(&io::Error::from(kind))), expected, "{kind}");
        }
    }

    #[test]
    fn a_shared_journal_is_changed_by_several_and_nothing_is_lost() {
        let folder = folder();
        let file = folder.path().join("j");
        let count = |journal: &Journal| {
            for _ in 0..20 {
                let more = |before: Option<&[u8]>| vec![before.map_or(1, |before| before[0] + 1)];
                journal.update("count", more).unwrap();
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| count(&Journal::open_shared(&file, &KEY).unwrap()));
            }
        });
        let journal = Journal::open_shared(&file, &KEY).unwrap();
        assert_eq!(journal.read_bytes("count").unwrap().unwrap().as_slice(), [60]);
        assert!(matches!(
            Journal::open_shared(&file, &[8; KEY_LENGTH]),
            Err(JournalError::Unreadable)
        ));
    }

    #[test]
    fn a_file_that_is_no_journal_is_refused() {
        let folder = folder();
        let file = folder.path().join("j");
        fs::write(&file, [0x5A; 4096]).unwrap();
        assert!(matches!(Journal::open(&file, &KEY), Err(JournalError::Unreadable)));
    }
}
