//! The portal's state in SQLite. One connection, one transaction at a time: what a request changes, and the answer it is
//! given, are written together or not at all, also when other processes write to the same file.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use basvuru::digest::hexadecimal;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};

use crate::clock::{Moment, Reading};
use crate::failure::PortalError;
use crate::records::seal::PortalKey;
use crate::refusal::Refusal;

mod binding;

/// The schema's version, in `PRAGMA user_version`.
const SCHEMA_VERSION: i64 = 10;

/// A step from one version of the schema to the next.
#[derive(Clone, Copy)]
enum Step {
    /// What the database does by itself.
    Statements(&'static str),
    /// What is done to rows that the database alone cannot read.
    Rows(fn(&Transaction<'_>, &PortalKey) -> rusqlite::Result<()>),
}

/// The steps that lead from each version to the next.
const MIGRATIONS: [&[Step]; 10] = [
    &[Step::Statements(include_str!("store/version_1.sql"))],
    &[Step::Statements(include_str!("store/version_2.sql"))],
    &[Step::Statements(include_str!("store/version_3.sql"))],
    &[Step::Statements(include_str!("store/version_4.sql"))],
    &[Step::Statements(include_str!("store/version_5.sql"))],
    &[
        Step::Statements(include_str!("store/version_6.sql")),
        Step::Rows(binding::bind),
        Step::Statements(include_str!("store/version_6_end.sql")),
    ],
    &[Step::Statements(include_str!("store/version_7.sql"))],
    &[Step::Statements(include_str!("store/version_8.sql"))],
    &[Step::Statements(include_str!("store/version_9.sql"))],
    &[Step::Statements(include_str!("store/version_10.sql"))],
];

/// `PRAGMA auto_vacuum`: pages that hold nothing are given back when that is asked for.
const INCREMENTAL: i64 = 2;
/// How many pages that hold nothing are kept for what comes next.
const SPARE_PAGES: i64 = 64;
/// How many are given back at once: others wait that long.
const PAGES_AT_ONCE: u32 = 256;

/// The name of the database in the data folder.
const DATABASE: &str = "portal.db";
/// The name of the key in the data folder.
const KEY: &str = "portal.key";

/// The open database of a data folder, and the key that seals what is in it.
#[derive(Clone)]
pub(crate) struct Store {
    connection: Arc<Mutex<Connection>>,
    key: Arc<PortalKey>,
}

impl Store {
    /// Whether a data folder has a database.
    pub(crate) fn exists(data: &Path) -> bool {
        data.join(DATABASE).exists()
    }

    /// Opens the database of a data folder, or makes it, and brings it to the newest schema.
    ///
    /// # Errors
    /// [`PortalError::SchemaTooNew`], [`PortalError::KeyMismatch`] and what the database and the file system say.
    pub(crate) fn open(data: &Path) -> Result<Self, PortalError> {
        create_private_folder(data)?;
        let key_path = data.join(KEY);
        let database_path = data.join(DATABASE);
        let mut connection = Connection::open(&database_path)?;
        restrict(&database_path)?;
        connection.busy_timeout(Duration::from_secs(20))?;
        connection.pragma_update(None, "auto_vacuum", INCREMENTAL)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "secure_delete", true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if found > SCHEMA_VERSION {
            return Err(PortalError::SchemaTooNew {
                found,
                known: SCHEMA_VERSION,
            });
        }
        if found > 0 && !key_path.exists() {
            return Err(PortalError::KeyMismatch(key_path));
        }
        let key = PortalKey::open_or_create(&key_path)?;
        // Before any row is sealed with it.
        if found > 0 {
            check_key(&transaction, &key, &key_path)?;
        }
        let missing = MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0));
        for step in missing.copied().flatten() {
            match step {
                Step::Statements(statements) => transaction.execute_batch(statements)?,
                Step::Rows(bring) => bring(&transaction, &key)?,
            }
        }
        transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
        check_key(&transaction, &key, &key_path)?;
        transaction.commit()?;
        if found < SCHEMA_VERSION {
            // What stood in clear is overwritten in the file as well, not only in its journal. Where another process still
            // reads the old, that is done by whichever ends last.
            let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        }
        if connection.pragma_query_value(None, "auto_vacuum", |row| row.get::<_, i64>(0))? != INCREMENTAL {
            // A file of an earlier version is written anew once. Where another process is at it, the next start does it.
            let _ = connection.execute_batch("VACUUM");
        }
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
            key: Arc::new(key),
        })
    }

    /// The key that seals what is in the database.
    pub(crate) fn key(&self) -> &PortalKey {
        &self.key
    }

    /// Runs `work` in a transaction on a thread that may block, and commits unless it fails. A refusal that is the outcome
    /// of something that happened ([`Refusal::lasting`]) commits as well.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>, &PortalKey) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let store = self.clone();
        let outcome = tokio::task::spawn_blocking(move || store.write_now(work)).await;
        outcome.unwrap_or_else(|_| Err(Refusal::busy()))
    }

    /// What [`Store::write`] does, on this thread.
    pub(crate) fn write_now<T, E: From<rusqlite::Error> + MayLast>(
        &self,
        work: impl FnOnce(&Transaction<'_>, &PortalKey) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let outcome = work(&transaction, &self.key);
        match &outcome {
            Err(error) if !error.lasts() => transaction.rollback()?,
            Ok(_) | Err(_) => transaction.commit()?,
        }
        outcome
    }

    /// Gives some of what the file holds for nothing back to the file system. Whether there may be more to give back.
    pub(crate) fn shrink(&self) -> rusqlite::Result<bool> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let free = || connection.pragma_query_value(None, "freelist_count", |row| row.get::<_, i64>(0));
        if free()? <= SPARE_PAGES {
            return Ok(false);
        }
        connection.execute_batch(&format!("PRAGMA incremental_vacuum({PAGES_AT_ONCE})"))?;
        Ok(free()? > SPARE_PAGES)
    }

    /// Writes everything into the one database file, so that nothing is left to do at the next start.
    pub(crate) fn checkpoint(&self) {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        // The journal is replayed at the next start where this fails: nothing is lost.
        let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    }
}

/// Whether an error is the outcome of something that happened and is committed.
pub(crate) trait MayLast {
    /// Whether what happened is kept.
    fn lasts(&self) -> bool;
}

impl MayLast for Refusal {
    fn lasts(&self) -> bool {
        self.is_lasting()
    }
}

impl MayLast for PortalError {
    fn lasts(&self) -> bool {
        false
    }
}

/// Reads a setting that the portal leaves for other processes.
pub(crate) fn remembered(transaction: &Transaction<'_>, name: &str) -> rusqlite::Result<Option<String>> {
    transaction
        .query_row("SELECT value FROM portal WHERE name = ?1", [name], |row| row.get(0))
        .optional()
}

/// Leaves a setting for other processes.
pub(crate) fn remember(transaction: &Transaction<'_>, name: &str, value: &str) -> rusqlite::Result<()> {
    let statement = "INSERT INTO portal (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2";
    transaction.execute(statement, [name, value]).map(|_| ())
}

/// The time as it was when the portal kept it last.
pub(crate) fn kept_clock(transaction: &Transaction<'_>) -> rusqlite::Result<Option<Reading>> {
    let kept = remembered(transaction, "clock")?;
    Ok(kept.and_then(|kept| {
        let (now, steady) = kept.split_once(' ')?;
        Some(Reading {
            now: Moment(now.parse().ok()?),
            steady: Moment(steady.parse().ok()?),
        })
    }))
}

/// Keeps the time for the next start.
pub(crate) fn keep_clock(transaction: &Transaction<'_>, Reading { now, steady }: Reading) -> rusqlite::Result<()> {
    remember(transaction, "clock", &format!("{} {}", now.0, steady.0))
}

/// Makes sure that the key is the one the database was made with.
fn check_key(transaction: &Transaction<'_>, key: &PortalKey, path: &Path) -> Result<(), PortalError> {
    let expected = hexadecimal(&key.tag("key-check", &[]).0);
    match remembered(transaction, "key_check")? {
        None => Ok(remember(transaction, "key_check", &expected)?),
        Some(found) if found == expected => Ok(()),
        Some(_) => Err(PortalError::KeyMismatch(path.to_owned())),
    }
}

/// Whom a folder was open to before it was made sure that only its owner enters it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Openness {
    /// To nobody else.
    Private,
    /// To others, until now.
    Closed,
    /// To others, and it still is: it is somebody else's.
    Open,
}

/// Makes a folder that only its owner can enter, and takes from others what rights they have to one that is there.
pub(crate) fn create_private_folder(path: &Path) -> Result<Openness, PortalError> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    let mut builder = std::fs::DirBuilder::new();
    let created = builder.recursive(true).mode(0o700).create(path);
    created.map_err(PortalError::file(path))?;
    let found = std::fs::metadata(path).map_err(PortalError::file(path))?;
    if found.permissions().mode() & 0o077 == 0 {
        return Ok(Openness::Private);
    }
    match std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)) {
        Ok(()) => Ok(Openness::Closed),
        Err(_) => Ok(Openness::Open),
    }
}

fn restrict(path: &Path) -> Result<(), PortalError> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(PortalError::file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_of_a_newer_version_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        drop(Store::open(folder.path()).unwrap());
        let connection = Connection::open(folder.path().join(DATABASE)).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        drop(connection);
        let refused = Store::open(folder.path()).err().unwrap();
        assert!(matches!(
            refused,
            PortalError::SchemaTooNew {
                found: 99,
                known: SCHEMA_VERSION
            }
        ));
    }

    #[test]
    fn a_database_of_an_older_version_is_brought_to_this_one_with_what_it_holds() {
        let folder = tempfile::tempdir().unwrap();
        drop(Store::open(folder.path()).unwrap());
        let older = tempfile::tempdir().unwrap();
        std::fs::copy(folder.path().join(KEY), older.path().join(KEY)).unwrap();
        let connection = Connection::open(older.path().join(DATABASE)).unwrap();
        connection.execute_batch(include_str!("store/version_1.sql")).unwrap();
        connection.pragma_update(None, "user_version", 1).unwrap();
        connection.execute("INSERT INTO portal VALUES ('a', '1')", []).unwrap();
        drop(connection);
        let store = Store::open(older.path()).unwrap();
        let (kept, version): (Option<String>, i64) = store
            .write_now(|transaction, _| {
                let version = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
                transaction.execute("DELETE FROM timestamp", [])?;
                Ok::<_, PortalError>((remembered(transaction, "a")?, version))
            })
            .unwrap();
        assert_eq!((kept.as_deref(), version), (Some("1"), SCHEMA_VERSION));
    }

    #[test]
    fn what_is_removed_is_given_back_to_the_file_system_in_databases_of_earlier_versions_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(DATABASE);
        for earlier in [true, false] {
            if earlier {
                let connection = Connection::open(&path).unwrap();
                connection.execute_batch(include_str!("store/version_1.sql")).unwrap();
                connection.pragma_update(None, "user_version", 1).unwrap();
                PortalKey::open_or_create(&folder.path().join(KEY)).unwrap();
            }
            let store = Store::open(folder.path()).unwrap();
            let length = || std::fs::metadata(&path).unwrap().len();
            let fill = |transaction: &Transaction<'_>| {
                let value = "x".repeat(4_000_000);
                remember(transaction, "large", &value)
            };
            store
                .write_now(|transaction, _| Ok::<_, PortalError>(fill(transaction)?))
                .unwrap();
            store.checkpoint();
            assert!(length() > 4_000_000);
            let removed = store.write_now(|transaction, _| {
                Ok::<_, PortalError>(transaction.execute("DELETE FROM portal WHERE name = 'large'", [])?)
            });
            assert_eq!(removed.unwrap(), 1);
            let mut rounds = 0;
            while store.shrink().unwrap() {
                rounds += 1;
            }
            store.checkpoint();
            assert!(rounds >= 2 && length() < 1_000_000, "{rounds}, {}", length());
            assert_eq!(std::fs::metadata(path.with_extension("db-wal")).unwrap().len(), 0);
        }
    }

    #[test]
    fn a_folder_that_others_may_enter_is_closed_to_them() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(create_private_folder(&path).unwrap(), Openness::Private);
        for wide in [0o755, 0o750, 0o701] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(wide)).unwrap();
            assert_eq!(create_private_folder(&path).unwrap(), Openness::Closed);
            assert_eq!(mode(), 0o700);
        }
        assert_eq!(create_private_folder(&path).unwrap(), Openness::Private);
    }

    #[test]
    fn a_database_is_not_opened_without_its_key_or_with_another() {
        let folder = tempfile::tempdir().unwrap();
        drop(Store::open(folder.path()).unwrap());
        let key = folder.path().join(KEY);
        std::fs::remove_file(&key).unwrap();
        assert!(matches!(
            Store::open(folder.path()).err().unwrap(),
            PortalError::KeyMismatch(_)
        ));
        std::fs::write(&key, [9; 32]).unwrap();
        assert!(matches!(
            Store::open(folder.path()).err().unwrap(),
            PortalError::KeyMismatch(_)
        ));
    }

    #[test]
    fn what_fails_leaves_no_trace_and_what_lasts_does() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let kind = basvuru::portal::ProblemKind::CodeWrong;
        let failed: Result<(), Refusal> = store.write_now(|transaction, _| {
            remember(transaction, "a", "1")?;
            Err(Refusal::new(kind))
        });
        let lasting: Result<(), Refusal> = store.write_now(|transaction, _| {
            remember(transaction, "b", "1")?;
            Err(Refusal::new(kind).lasting())
        });
        assert!(failed.is_err() && lasting.is_err());
        let found = store.write_now(|transaction, _| {
            Ok::<_, PortalError>((remembered(transaction, "a")?, remembered(transaction, "b")?))
        });
        assert_eq!(found.unwrap(), (None, Some("1".to_owned())));
    }
}
