//! Brings what was sealed before version 6 of the schema, bound to a purpose alone, to its place, and seals what stood in
//! clear. It runs in the transaction of the migration: what is interrupted has not begun. What does not open as it was
//! stays as it is, and goes on not to open: one damaged row keeps nobody from the others.

use basvuru::portal::Receipt;
use rusqlite::{Row, ToSql, Transaction};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::clock::Moment;
use crate::records::applicant::{institution_tag, order_place, person_place};
use crate::records::seal::{Place, PortalKey};
use crate::records::{completion, document, message, receipt, unblocking, upload};

/// Seals every row anew, at its place.
pub(super) fn bind(transaction: &Transaction<'_>, key: &PortalKey) -> rusqlite::Result<()> {
    let rows = Rows { transaction, key };
    rows.persons()?;
    rows.orders()?;
    rows.documents()?;
    rows.receipts()?;
    rows.upload_parts()?;
    rows.unblockings()?;
    rows.messages()
}

struct Rows<'a> {
    transaction: &'a Transaction<'a>,
    key: &'a PortalKey,
}

impl Rows<'_> {
    fn persons(&self) -> rusqlite::Result<()> {
        let tags: Vec<Vec<u8>> = self.keys("SELECT identity_tag FROM person", |row| row.get(0))?;
        for tag in tags {
            let statement = "SELECT password_hash, sealed FROM person WHERE identity_tag = ?1";
            let (hash, sealed): (String, Vec<u8>) = self
                .transaction
                .query_row(statement, [&tag], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let place: [&[u8]; 1] = [&tag];
            let hash = self.key.seal(&person_place("password_hash", &place), hash.as_bytes());
            let sealed = self.moved("person", sealed, &person_place("sealed", &place));
            let statement = "UPDATE person SET sealed_password_hash = ?2, sealed = ?3 WHERE identity_tag = ?1";
            self.transaction.execute(statement, (&tag, hash, sealed))?;
        }
        Ok(())
    }

    fn orders(&self) -> rusqlite::Result<()> {
        let ids: Vec<String> = self.keys("SELECT id FROM application", |row| row.get(0))?;
        for id in ids {
            let statement = "SELECT institution, application.sealed, identity_tag
                             FROM application JOIN person ON person.id = application.person
                             WHERE application.id = ?1";
            let (institution, sealed, owner): (String, Vec<u8>, Vec<u8>) =
                self.transaction
                    .query_row(statement, [&id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            let record = self.key.open_unbound("order", &sealed);
            let record = record.and_then(|record| serde_json::from_slice::<Value>(&record).ok());
            let sealed = match record {
                Some(mut record) => {
                    record["institution"] = institution.as_str().into();
                    self.key.seal_record(&order_place(&[id.as_bytes(), &owner]), &record)
                }
                None => sealed,
            };
            let statement = "UPDATE application SET institution_tag = ?2, sealed = ?3 WHERE id = ?1";
            let tag = institution_tag(self.key, &institution);
            self.transaction.execute(statement, (&id, tag, sealed))?;
        }
        Ok(())
    }

    fn documents(&self) -> rusqlite::Result<()> {
        let keys = self.keys("SELECT application, position FROM document", order_and_position)?;
        for (order, position) in keys {
            let statement = "SELECT description, sealed, pages FROM document WHERE application = ?1 AND position = ?2";
            let (description, sealed, pages): (String, Vec<u8>, Option<Vec<u8>>) =
                self.transaction.query_row(statement, (&order, position), |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })?;
            let number = position.to_be_bytes();
            let row: [&[u8]; 2] = [order.as_bytes(), &number];
            let description = self
                .key
                .seal(&document::place("description", &row), description.as_bytes());
            let sealed = self.moved("document", sealed, &document::place("sealed", &row));
            let pages = pages.map(|pages| self.moved("document-pages", pages, &document::place("pages", &row)));
            let statement = "UPDATE document SET sealed_description = ?3, sealed = ?4, pages = ?5
                             WHERE application = ?1 AND position = ?2";
            let values: [&dyn ToSql; 5] = [&order, &position, &description, &sealed, &pages];
            self.transaction.execute(statement, values)?;
        }
        Ok(())
    }

    fn receipts(&self) -> rusqlite::Result<()> {
        let orders: Vec<String> = self.keys("SELECT application FROM receipt", |row| row.get(0))?;
        for order in orders {
            let statement = "SELECT receipt, sealed FROM receipt WHERE application = ?1";
            let (text, sealed): (String, Vec<u8>) = self
                .transaction
                .query_row(statement, [&order], |row| Ok((row.get(0)?, row.get(1)?)))?;
            self.completion(&order, &text)?;
            let row: [&[u8]; 1] = [order.as_bytes()];
            let text = self.key.seal(&receipt::place("receipt", &row), text.as_bytes());
            let sealed = self.moved("container", sealed, &receipt::place("sealed", &row));
            let statement = "UPDATE receipt SET sealed_receipt = ?2, sealed = ?3 WHERE application = ?1";
            self.transaction.execute(statement, (&order, text, sealed))?;
        }
        Ok(())
    }

    /// The end of an application that came to it before anybody could wait for that.
    fn completion(&self, order: &str, receipt: &str) -> rusqlite::Result<()> {
        let receipt: Option<Receipt> = serde_json::from_str(receipt).ok();
        let received_at = receipt.and_then(|receipt| OffsetDateTime::parse(&receipt.received_at, &Rfc3339).ok());
        let completed_at = Moment(received_at.map_or(0, OffsetDateTime::unix_timestamp));
        completion::keep(self.transaction, order, completed_at)
    }

    fn upload_parts(&self) -> rusqlite::Result<()> {
        let keys = self.keys("SELECT application, position FROM upload_part", order_and_position)?;
        for (order, position) in keys {
            let statement = "SELECT sealed FROM upload_part WHERE application = ?1 AND position = ?2";
            let sealed: Vec<u8> = self
                .transaction
                .query_row(statement, (&order, position), |row| row.get(0))?;
            let place = [order.as_bytes(), &position.to_be_bytes()];
            let sealed = self.moved("upload", sealed, &upload::part_place(&place));
            let statement = "UPDATE upload_part SET sealed = ?3 WHERE application = ?1 AND position = ?2";
            self.transaction.execute(statement, (&order, position, sealed))?;
        }
        Ok(())
    }

    fn unblockings(&self) -> rusqlite::Result<()> {
        let orders: Vec<String> = self.keys("SELECT application FROM unblocking", |row| row.get(0))?;
        for order in orders {
            let statement = "SELECT sealed FROM unblocking WHERE application = ?1";
            let sealed: Vec<u8> = self.transaction.query_row(statement, [&order], |row| row.get(0))?;
            let sealed = self.moved("unblocking", sealed, &unblocking::place(&[order.as_bytes()]));
            let statement = "UPDATE unblocking SET sealed = ?2 WHERE application = ?1";
            self.transaction.execute(statement, (&order, sealed))?;
        }
        Ok(())
    }

    fn messages(&self) -> rusqlite::Result<()> {
        let numbers: Vec<i64> = self.keys("SELECT id FROM outbox", |row| row.get(0))?;
        for number in numbers {
            let statement = "SELECT sealed FROM outbox WHERE id = ?1";
            let sealed: Vec<u8> = self.transaction.query_row(statement, [number], |row| row.get(0))?;
            let sealed = self.moved("outbox", sealed, &message::place(&[&number.to_be_bytes()]));
            self.transaction
                .execute("UPDATE outbox SET sealed = ?2 WHERE id = ?1", (number, sealed))?;
        }
        Ok(())
    }

    /// What was sealed for a purpose, at its place.
    fn moved(&self, purpose: &str, sealed: Vec<u8>, place: &Place<'_>) -> Vec<u8> {
        match self.key.open_unbound(purpose, &sealed) {
            Some(plain) => self.key.seal(place, &plain),
            None => sealed,
        }
    }

    /// The keys of all rows, read before the first of them is written: the rows themselves may be large.
    fn keys<T>(&self, statement: &str, read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>) -> rusqlite::Result<Vec<T>> {
        self.transaction.prepare(statement)?.query_map([], read)?.collect()
    }
}

fn order_and_position(row: &Row<'_>) -> rusqlite::Result<(String, i64)> {
    Ok((row.get(0)?, row.get(1)?))
}

#[cfg(test)]
mod tests {
    use basvuru::portal::IdentityKind;
    use rusqlite::Connection;

    use super::super::{DATABASE, KEY, MIGRATIONS, Step, Store};
    use super::*;
    use crate::failure::PortalError;
    use crate::records::applicant;
    use crate::records::password;
    use crate::records::person::Person;
    use crate::records::work::Work;
    use crate::settings::Settings;

    /// A folder as version 5 left it, with one of everything.
    fn folder_of_version_5() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let key = PortalKey::open_or_create(&folder.path().join(KEY)).unwrap();
        let connection = Connection::open(folder.path().join(DATABASE)).unwrap();
        for step in MIGRATIONS[..5].iter().copied().flatten() {
            let Step::Statements(statements) = step else {
                panic!("no earlier version moves rows")
            };
            connection.execute_batch(statements).unwrap();
        }
        connection.pragma_update(None, "user_version", 5).unwrap();
        let tag = applicant::identity_tag(&key, IdentityKind::NationalId, "10000000146");
        let seal = |purpose: &str, text: &str| key.seal_unbound(purpose, text.as_bytes());
        let person =
            r#"{"identity_kind":"national-id","identity":"10000000146","given_name":"Ayşe","family_name":"Çam"}"#;
        let statement = "INSERT INTO person (id, identity_tag, password_hash, sealed) VALUES (7, ?1, 'HASH', ?2)";
        connection.execute(statement, (&tag, seal("person", person))).unwrap();
        let order = r#"{"told_phone":"+905321234567","told_email":"a@example.com","values":{"reason":"renewal"}}"#;
        connection
            .execute(
                "INSERT INTO application VALUES ('A-1', 7, 'nes', 'T.C. Örnek', 1780000000, 1, 'complete', 3, ?1)",
                [seal("order", order)],
            )
            .unwrap();
        let description = r#"{"id":"form","file_name":"form.pdf","title":{"tr":"Form","en":"Form"},
            "media_type":"application/pdf","size":3,
            "sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}"#;
        connection
            .execute(
                "INSERT INTO document VALUES ('A-1', 1, 'form', ?1, ?2, ?3)",
                (
                    description,
                    seal("document", "abc"),
                    seal("document-pages", r#"["a page"]"#),
                ),
            )
            .unwrap();
        let receipt = r#"{"number":"2026-000001-6","order":"A-1","received_at":"2026-05-28T20:26:40Z",
            "container_sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "certificate_serial":"0badc0de"}"#;
        connection
            .execute(
                "INSERT INTO receipt VALUES (1, 'A-1', ?1, ?2)",
                (receipt, seal("container", "abc")),
            )
            .unwrap();
        connection
            .execute("INSERT INTO upload VALUES ('A-1', x'00', 3, 1780000100)", [])
            .unwrap();
        connection
            .execute("INSERT INTO upload_part VALUES ('A-1', 0, ?1)", [seal("upload", "abc")])
            .unwrap();
        let card = r#"{"certificate_serial":"0badc0de"}"#;
        connection
            .execute("INSERT INTO unblocking VALUES ('A-1', ?1)", [seal("unblocking", card)])
            .unwrap();
        connection
            .execute(
                "INSERT INTO outbox (id, channel, sealed, created_at) VALUES (4, 'sms', ?1, 1780000000)",
                [seal("outbox", r#""a message""#)],
            )
            .unwrap();
        drop(connection);
        folder
    }

    fn read_everything(store: &Store) {
        let settings = Settings::new("", "127.0.0.1:0".parse().unwrap(), Vec::new());
        let read = store.write_now(|transaction, key| {
            let work = Work {
                transaction,
                key,
                settings: &settings,
                now: Moment(1_780_000_050),
                steady: Moment(1_780_000_050),
            };
            let tag = applicant::identity_tag(key, IdentityKind::NationalId, "10000000146");
            let stored = password::of_identity(&work, &tag)?.unwrap();
            assert_eq!((stored.person.0, stored.hash.as_str()), (7, "HASH"));
            assert_eq!(applicant::person(&work, Person(7))?.family_name, "Çam");
            let order = applicant::order(&work, Person(7), "A-1")?;
            assert_eq!(order.order.institution, "T.C. Örnek");
            assert_eq!(order.record.values["reason"], "renewal");
            let documents = document::contents(&work, "A-1")?;
            assert_eq!(documents[0].content.as_slice(), b"abc");
            assert_eq!(document::descriptions(&work, "A-1")?[0].pages, ["a page"]);
            let found: Receipt = receipt::find(&work, "A-1")?.unwrap();
            assert_eq!(found.certificate_serial, "0badc0de");
            assert_eq!(receipt::container(&work, &found)?.as_slice(), b"abc");
            let ended = &completion::waiting(transaction, 10)?[0];
            assert_eq!(
                (ended.order.as_str(), ended.completed_at),
                ("A-1", Moment(1_780_000_000))
            );
            let parts = upload::parts_from(&work, "A-1", 0, usize::MAX)?;
            let opened = parts
                .iter()
                .map(|(position, sealed)| upload::open_part(key, "A-1", *position, sealed));
            let opened: Vec<_> = opened.collect::<Result<_, _>>()?;
            assert_eq!(
                opened.iter().map(|part| part.as_slice()).collect::<Vec<_>>().concat(),
                b"abc"
            );
            assert_eq!(unblocking::find(&work, "A-1")?.unwrap().certificate_serial, "0badc0de");
            let waiting = message::due(transaction, None, work.now)?.unwrap();
            assert_eq!(waiting.open::<String>(key).as_deref(), Some("a message"));
            let tag: Vec<u8> =
                transaction.query_row("SELECT institution_tag FROM application", [], |row| row.get(0))?;
            assert!(institution_tag(key, " t.c.  örnek ").matches(&tag));
            Ok::<_, crate::refusal::Refusal>(())
        });
        read.unwrap();
    }

    #[test]
    fn a_folder_of_version_5_is_read_as_before_and_tells_less() {
        let folder = folder_of_version_5();
        read_everything(&Store::open(folder.path()).unwrap());
        // Opened again, nothing is sealed anew.
        read_everything(&Store::open(folder.path()).unwrap());
        let octets = std::fs::read(folder.path().join(DATABASE)).unwrap();
        for told in ["0badc0de", "T.C. Örnek", "HASH", "form.pdf"] {
            assert!(
                !octets.windows(told.len()).any(|window| window == told.as_bytes()),
                "{told}"
            );
        }
    }

    #[test]
    fn a_migration_that_is_interrupted_has_not_begun() {
        let folder = folder_of_version_5();
        let database = folder.path().join(DATABASE);
        let connection = Connection::open(&database).unwrap();
        connection
            .execute_batch(
                "CREATE TRIGGER cut BEFORE UPDATE ON outbox BEGIN SELECT raise(ABORT, 'the power is gone'); END;",
            )
            .unwrap();
        let cut = Store::open(folder.path()).err().unwrap();
        assert!(matches!(cut, PortalError::Database(_)), "{cut}");
        let version: i64 = connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap();
        assert_eq!(version, 5);
        connection.execute_batch("DROP TRIGGER cut").unwrap();
        drop(connection);
        read_everything(&Store::open(folder.path()).unwrap());
    }

    #[test]
    fn one_damaged_row_keeps_nobody_from_the_others() {
        let folder = folder_of_version_5();
        let connection = Connection::open(folder.path().join(DATABASE)).unwrap();
        connection
            .execute(
                "INSERT INTO outbox (id, channel, sealed, created_at) VALUES (9, 'sms', x'00', 1)",
                [],
            )
            .unwrap();
        drop(connection);
        let store = Store::open(folder.path()).unwrap();
        read_everything(&store);
        let damaged = store.write_now(|transaction, key| {
            message::forget(transaction, 4)?;
            let waiting = message::due(transaction, None, Moment(2_000_000_000))?.unwrap();
            Ok::<_, PortalError>((waiting.id, waiting.open::<String>(key)))
        });
        assert_eq!(damaged.unwrap(), (9, None));
    }
}
