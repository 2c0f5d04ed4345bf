//! The journal: what cannot be opened is told as what it is, and is left as it is.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use basvuru::application::{PortFailure, Vault};
use basvuru::failure::{Failure, StorageFault};
use basvuru_flows::{Journey, said};
use basvuru_world::TestVault;
use rusqlite::Connection;

/// A vault that says what it is told to.
struct Says(Result<Vec<u8>, PortFailure>);

impl Vault for Says {
    fn journal_key(&self) -> Result<Vec<u8>, PortFailure> {
        self.0.clone()
    }
}

/// A closed application that stands at a screen, and what it showed.
async fn closed_at(screen: &str) -> (Journey, String) {
    let mut journey = Journey::at(screen).await;
    let shown = journey.kept();
    journey.close();
    (journey, shown)
}

fn file(journey: &Journey) -> PathBuf {
    journey.home.path().join("journal.sqlite")
}

/// Opening must fail with a code and leave every octet of the file.
fn refuses(journey: &Journey, vault: impl Vault + 'static, code: &str) -> Failure {
    let before = fs::read(file(journey)).unwrap();
    let failure = journey.try_open(journey.home.path(), Arc::new(vault)).err().unwrap();
    said(&failure, code);
    assert!(
        fs::read(file(journey)).unwrap() == before,
        "{failure:?}: the file was touched"
    );
    failure
}

/// With what it needs it opens again, shows the same and goes on.
async fn opens_again(mut journey: Journey, shown: &str) {
    journey.open();
    assert_eq!(journey.kept(), shown);
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_of_another_key_is_refused_and_opens_with_its_own() {
    let (journey, shown) = closed_at("confirm-phone-sent").await;
    let failure = refuses(&journey, Says(Ok(vec![0x43; 32])), "BSV-812");
    assert_eq!(failure, Failure::JournalUnreadable);
    opens_again(journey, &shown).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_that_fails_is_told_and_nothing_is_lost() {
    let (journey, shown) = closed_at("review-documents").await;
    let detail = "locked".to_owned();
    for vault in [
        Says(Err(PortFailure::Unavailable { detail })),
        Says(Ok(Vec::new())),
        Says(Ok(vec![0x42; 31])),
        Says(Ok(vec![0x42; 33])),
    ] {
        assert_eq!(refuses(&journey, vault, "BSV-811"), Failure::VaultUnavailable);
    }
    opens_again(journey, &shown).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_is_open_is_not_opened_twice() {
    let mut journey = Journey::at("fill-form").await;
    let second = journey.try_open(journey.home.path(), Arc::new(TestVault));
    let failure = second.err().unwrap();
    said(&failure, "BSV-814");
    assert_eq!(failure, Failure::JournalBusy);
    journey.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_of_a_newer_version_is_refused() {
    let (journey, shown) = closed_at("choose-method").await;
    let version = |version: u32| {
        let connection = Connection::open(file(&journey)).unwrap();
        connection.pragma_update(None, "user_version", version).unwrap();
    };
    let known: u32 = Connection::open(file(&journey))
        .unwrap()
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    version(known + 1);
    assert_eq!(refuses(&journey, TestVault, "BSV-813"), Failure::JournalTooNew);
    version(known);
    opens_again(journey, &shown).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_journal_is_refused_and_never_shows_anything_else() {
    let (journey, shown) = closed_at("sign").await;
    let whole = fs::read(file(&journey)).unwrap();
    let mut refused = 0;
    let mut damages: Vec<Vec<u8>> = vec![
        vec![0x5A; 4096],
        b"SQLite format 3\0".to_vec(),
        whole[..whole.len() / 2].to_vec(),
    ];
    for position in (0..whole.len()).step_by(whole.len() / 150) {
        let mut damaged = whole.clone();
        damaged[position] ^= 0x10;
        damages.push(damaged);
    }
    for (number, damaged) in damages.into_iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("journal.sqlite"), damaged).unwrap();
        match journey.try_open(folder.path(), Arc::new(TestVault)) {
            Ok(application) => {
                let step = basvuru_flows::kept(&application.step());
                assert_eq!(step, shown, "damage {number}");
            }
            Err(failure) => {
                refused += 1;
                let code = failure.code();
                assert!(
                    ["BSV-812", "BSV-813", "BSV-815"].contains(&code),
                    "damage {number}: {failure:?}"
                );
                said(&failure, code);
            }
        }
    }
    assert!(refused > 5, "only {refused} damages were noticed");
    opens_again(journey, &shown).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_has_lost_a_row_is_not_begun_anew() {
    let (journey, _) = closed_at("fill-form").await;
    let connection = Connection::open(file(&journey)).unwrap();
    let lost = connection.execute("DELETE FROM sealed WHERE name = 'application'", []);
    assert_eq!(lost, Ok(1));
    drop(connection);
    assert_eq!(refuses(&journey, TestVault, "BSV-812"), Failure::JournalUnreadable);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_used_is_told() {
    let (journey, shown) = closed_at("fill-form").await;
    let in_the_way = journey.home.path().join("a-file");
    fs::write(&in_the_way, "x").unwrap();
    let failure = journey
        .try_open(&in_the_way.join("folder"), Arc::new(TestVault))
        .err()
        .unwrap();
    said(&failure, "BSV-815");
    let fault = StorageFault::FolderMissing;
    assert!(
        matches!(failure, Failure::StorageFailed { fault: told, .. } if told == fault),
        "{failure:?}"
    );
    opens_again(journey, &shown).await;
}
