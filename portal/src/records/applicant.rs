//! Applicants and their orders as they are stored: persons are found by the tag of their identity number, and what is known
//! of them is sealed. A person's record is bound to that tag, and an order's to its id and its owner's tag: rows that were
//! exchanged for one another, or given to somebody else, do not open.

use std::collections::BTreeMap;

use basvuru::identity::{Identity, Kind, MobileNumber};
use basvuru::portal::{IdentityKind, InstitutionAnswer, NumberConfirmation, Order, OrderPhase, ProblemKind, Product};
use rusqlite::{OptionalExtension as _, Transaction};
use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::records::person::Person;
use crate::records::seal::{Place, PortalKey, Tag};
use crate::records::telephone::{Progress, Telephones};
use crate::records::work::Work;
use crate::refusal::Refusal;

/// What the institution has told of a person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PersonRecord {
    pub(crate) identity_kind: IdentityKind,
    pub(crate) identity: String,
    pub(crate) given_name: String,
    pub(crate) family_name: String,
}

/// What is kept of an order besides its columns.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct OrderRecord {
    /// The institution that invited the person.
    pub(crate) institution: String,
    /// The telephone number and e-mail address of the invitation.
    pub(crate) told_phone: String,
    pub(crate) told_email: String,
    /// The values approved last, by field name.
    pub(crate) values: BTreeMap<String, String>,
    /// How far the telephone numbers are confirmed.
    #[serde(default)]
    pub(crate) confirmed: Progress,
}

impl OrderRecord {
    /// The telephone numbers of an order whose form is approved.
    pub(crate) fn telephones(&self) -> Result<Telephones, Refusal> {
        let stated = opened(self.values.get("mobile"))?;
        opened(Telephones::of(&self.told_phone, stated, self.confirmed))
    }

    /// What is still to be confirmed of them, as the applicant is told.
    pub(crate) fn confirmation(&self) -> Result<NumberConfirmation, Refusal> {
        Ok(self.telephones()?.confirmation(&self.institution))
    }

    /// The same where an order in a phase waits for that; where it waits for its form anew because the institution has
    /// refused, what that was.
    fn confirmation_in(&self, phase: OrderPhase) -> Result<Option<NumberConfirmation>, Refusal> {
        let is_refused = self.confirmed.asked == Some(InstitutionAnswer::Refused);
        match phase {
            OrderPhase::Confirmation => self.confirmation().map(Some),
            OrderPhase::Form if is_refused => self.confirmation().map(Some),
            OrderPhase::Form
            | OrderPhase::Method
            | OrderPhase::Signature
            | OrderPhase::Complete
            | OrderPhase::Withdrawn => Ok(None),
        }
    }
}

/// An order that is made.
pub(crate) struct NewOrder<'a> {
    pub(crate) id: &'a str,
    pub(crate) product: Product,
    pub(crate) created_at: Moment,
    pub(crate) record: &'a OrderRecord,
}

/// An order with everything that is kept of it.
pub(crate) struct StoredOrder {
    pub(crate) order: Order,
    pub(crate) created_at: Moment,
    pub(crate) revision: i64,
    pub(crate) record: OrderRecord,
}

impl StoredOrder {
    /// Refuses unless the order waits for one of `phases`.
    pub(crate) fn expect_phase(&self, phases: &[OrderPhase]) -> Result<(), Refusal> {
        match phases.contains(&self.order.phase) {
            true => Ok(()),
            false => Err(Refusal::new(ProblemKind::PhaseWrong)),
        }
    }
}

/// The tag a person is found by. However a number is typed, it has one tag; what is no number at all has one as well, so
/// that trying it is counted like any other.
pub(crate) fn identity_tag(key: &PortalKey, kind: IdentityKind, text: &str) -> Tag {
    let identity = match parse_identity(kind, text) {
        Some(identity) => identity.as_str().to_owned(),
        None => text.chars().take(64).collect(),
    };
    let kind: &[u8] = match kind {
        IdentityKind::NationalId => b"national-id",
        IdentityKind::Passport => b"passport",
    };
    key.tag("identity", &[kind, identity.as_bytes()])
}

/// Where a column of a person's row stands: bound to the tag the person is found by.
pub(crate) const fn person_place<'a>(column: &'static str, identity: &'a [&'a [u8]; 1]) -> Place<'a> {
    Place::new("person", column, identity)
}

/// Where an order's record stands: bound to the order's id and to the tag of whose it is.
pub(crate) const fn order_place<'a>(order_and_owner: &'a [&'a [u8]; 2]) -> Place<'a> {
    Place::new("application", "sealed", order_and_owner)
}

/// The tag by which the orders of an institution are found, however its name is cased and spaced.
pub(crate) fn institution_tag(key: &PortalKey, name: &str) -> Tag {
    let words: Vec<_> = name.split_whitespace().map(str::to_lowercase).collect();
    key.tag("institution", &[words.join(" ").as_bytes()])
}

/// The identity number in a text, where it is one.
pub(crate) fn parse_identity(kind: IdentityKind, text: &str) -> Option<Identity> {
    let kind = match kind {
        IdentityKind::NationalId => Kind::NationalId,
        IdentityKind::Passport => Kind::Passport,
    };
    Identity::parse(kind, text).ok()
}

/// Registers a person, or what is told of one anew, with the hash of a new access password: what was tried wrongly before is
/// forgiven.
pub(crate) fn register(
    transaction: &Transaction<'_>,
    key: &PortalKey,
    person: &PersonRecord,
    password_hash: &str,
) -> rusqlite::Result<Person> {
    let tag = identity_tag(key, person.identity_kind, &person.identity);
    let row: [&[u8]; 1] = [&tag.0];
    transaction.query_row(
        "INSERT INTO person (identity_tag, password_hash, sealed) VALUES (?1, ?2, ?3)
         ON CONFLICT (identity_tag) DO UPDATE SET password_hash = ?2, sealed = ?3, lifts = lifts + 1 RETURNING id",
        (
            &tag,
            key.seal(&person_place("password_hash", &row), password_hash.as_bytes()),
            key.seal_record(&person_place("sealed", &row), person),
        ),
        |row| row.get(0).map(Person),
    )
}

/// What is known of a person.
pub(crate) fn person(work: &Work<'_>, person: Person) -> Result<PersonRecord, Refusal> {
    let statement = "SELECT identity_tag, sealed FROM person WHERE id = ?1";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let (tag, sealed): (Vec<u8>, Vec<u8>) = work.transaction.query_row(statement, [person.0], row)?;
    opened(work.key.open_record(&person_place("sealed", &[&tag]), &sealed))
}

/// An order's row as it is read, with the tag of whose it is.
pub(crate) struct OrderRow {
    pub(crate) id: String,
    product: String,
    created_at: i64,
    phase: String,
    revision: i64,
    sealed: Vec<u8>,
    /// The tag of whose it is.
    pub(crate) owner: Vec<u8>,
}

/// The columns of an [`OrderRow`], of orders joined with their owners.
pub(crate) const ORDER_COLUMNS: &str =
    "application.id, product, created_at, phase, revision, application.sealed, identity_tag";
/// Orders joined with their owners.
const ORDERS_OF_PERSONS: &str = "FROM application JOIN person ON person.id = application.person";

impl OrderRow {
    pub(crate) fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            product: row.get(1)?,
            created_at: row.get(2)?,
            phase: row.get(3)?,
            revision: row.get(4)?,
            sealed: row.get(5)?,
            owner: row.get(6)?,
        })
    }

    pub(crate) fn open(self, key: &PortalKey) -> Option<StoredOrder> {
        let place = [self.id.as_bytes(), &self.owner];
        let record: OrderRecord = key.open_record(&order_place(&place), &self.sealed)?;
        let created_at = Moment(self.created_at);
        let phase = phase_named(&self.phase)?;
        Some(StoredOrder {
            order: Order {
                product: product_named(&self.product)?,
                institution: record.institution.clone(),
                created_at: created_at.rfc3339(),
                phase,
                confirmation: record.confirmation_in(phase).ok()?,
                id: self.id,
            },
            created_at,
            revision: self.revision,
            record,
        })
    }
}

/// The orders of a person, newest first.
pub(crate) fn orders(work: &Work<'_>, person: Person) -> Result<Vec<Order>, Refusal> {
    let statement = format!("SELECT {ORDER_COLUMNS} {ORDERS_OF_PERSONS} WHERE person = ?1 ORDER BY sequence DESC");
    let mut statement = work.transaction.prepare(&statement)?;
    let rows = statement.query_map([person.0], OrderRow::read)?;
    rows.map(|row| Ok(opened(row?.open(work.key))?.order)).collect()
}

/// An order of a person.
pub(crate) fn order(work: &Work<'_>, owner: Person, id: &str) -> Result<StoredOrder, Refusal> {
    let statement = format!("SELECT {ORDER_COLUMNS} {ORDERS_OF_PERSONS} WHERE application.id = ?1 AND person = ?2");
    let row = work.transaction.query_row(&statement, (id, owner.0), OrderRow::read);
    let Some(row) = row.optional()? else {
        return Err(Refusal::new(ProblemKind::OrderUnknown));
    };
    opened(row.open(work.key))
}

/// An order and whose it is, whoever asks.
pub(crate) fn order_of_anybody(work: &Work<'_>, id: &str) -> Result<(Person, StoredOrder), Refusal> {
    let statement = "SELECT person FROM application WHERE id = ?1";
    let owner = work.transaction.query_row(statement, [id], |row| row.get(0));
    let Some(owner) = owner.optional()?.map(Person) else {
        return Err(Refusal::new(ProblemKind::OrderUnknown));
    };
    Ok((owner, order(work, owner, id)?))
}

/// An order, whosever it is.
pub(crate) fn any_order(
    transaction: &Transaction<'_>,
    key: &PortalKey,
    id: &str,
) -> rusqlite::Result<Option<StoredOrder>> {
    let statement = format!("SELECT {ORDER_COLUMNS} {ORDERS_OF_PERSONS} WHERE application.id = ?1");
    let row = transaction.query_row(&statement, [id], OrderRow::read).optional()?;
    Ok(row.and_then(|row| row.open(key)))
}

/// The approved mobile number with all but its last four digits hidden.
pub(crate) fn masked_mobile(values: &BTreeMap<String, String>) -> Result<String, Refusal> {
    masked(opened(values.get("mobile"))?)
}

/// A mobile number with all but its last four digits hidden.
pub(crate) fn masked(mobile: &str) -> Result<String, Refusal> {
    opened(MobileNumber::parse(mobile).ok().map(|number| number.masked()))
}

/// Adds an order of a person, whose form waits to be filled in.
pub(crate) fn add_order(
    transaction: &Transaction<'_>,
    key: &PortalKey,
    owner: Person,
    order: &NewOrder<'_>,
) -> rusqlite::Result<()> {
    let owner_tag: Vec<u8> =
        transaction.query_row("SELECT identity_tag FROM person WHERE id = ?1", [owner.0], |row| {
            row.get(0)
        })?;
    transaction.execute(
        "INSERT INTO application
             (id, person, product, institution_tag, created_at, sequence, phase, revision, sealed)
         VALUES (?1, ?2, ?3, ?4, ?5, (SELECT coalesce(max(sequence), 0) + 1 FROM application), ?6, 1, ?7)",
        (
            order.id,
            owner.0,
            product_name(order.product),
            institution_tag(key, &order.record.institution),
            order.created_at.0,
            phase_name(OrderPhase::Form),
            key.seal_record(&order_place(&[order.id.as_bytes(), &owner_tag]), order.record),
        ),
    )?;
    Ok(())
}

/// Keeps a form that was approved: the order waits for the code, in a version of its own.
pub(crate) fn approve(work: &Work<'_>, order: &str, record: &OrderRecord) -> rusqlite::Result<()> {
    work.transaction.execute(
        "UPDATE application SET revision = revision + 1, phase = ?2, sealed = ?3 WHERE id = ?1",
        (
            order,
            phase_name(OrderPhase::Confirmation),
            sealed(work.transaction, work.key, order, record)?,
        ),
    )?;
    Ok(())
}

/// Moves an order on to a phase with what is then confirmed of its telephone numbers.
pub(crate) fn confirm(
    transaction: &Transaction<'_>,
    key: &PortalKey,
    order: &str,
    record: &OrderRecord,
    phase: OrderPhase,
) -> rusqlite::Result<()> {
    let statement = "UPDATE application SET phase = ?2, sealed = ?3 WHERE id = ?1";
    let sealed = sealed(transaction, key, order, record)?;
    transaction
        .execute(statement, (order, phase_name(phase), sealed))
        .map(|_| ())
}

/// The record of an order that there is, sealed in its place.
fn sealed(
    transaction: &Transaction<'_>,
    key: &PortalKey,
    order: &str,
    record: &OrderRecord,
) -> rusqlite::Result<Vec<u8>> {
    let statement = "SELECT identity_tag FROM application JOIN person ON person.id = application.person
                     WHERE application.id = ?1";
    let owner: Vec<u8> = transaction.query_row(statement, [order], |row| row.get(0))?;
    Ok(key.seal_record(&order_place(&[order.as_bytes(), &owner]), record))
}

/// Withdraws an order, and tells whether it was open.
pub(crate) fn withdraw(transaction: &Transaction<'_>, order: &str) -> rusqlite::Result<bool> {
    let statement = "UPDATE application SET phase = 'withdrawn' WHERE id = ?1
                     AND phase NOT IN ('withdrawn', 'complete')";
    transaction.execute(statement, [order]).map(|changed| changed > 0)
}

/// Moves an order on to a phase.
pub(crate) fn advance(transaction: &Transaction<'_>, order: &str, phase: OrderPhase) -> rusqlite::Result<()> {
    let statement = "UPDATE application SET phase = ?2 WHERE id = ?1";
    transaction.execute(statement, (order, phase_name(phase))).map(|_| ())
}

/// The name an order's phase is stored under.
pub(crate) const fn phase_name(phase: OrderPhase) -> &'static str {
    match phase {
        OrderPhase::Form => "form",
        OrderPhase::Confirmation => "confirmation",
        OrderPhase::Method => "method",
        OrderPhase::Signature => "signature",
        OrderPhase::Complete => "complete",
        OrderPhase::Withdrawn => "withdrawn",
    }
}

/// The name a product is stored under.
pub(crate) const fn product_name(product: Product) -> &'static str {
    match product {
        Product::Nes => "nes",
        Product::MobilNes => "mobil-nes",
    }
}

fn phase_named(name: &str) -> Option<OrderPhase> {
    use OrderPhase::{Complete, Confirmation, Form, Method, Signature, Withdrawn};
    [Form, Confirmation, Method, Signature, Complete, Withdrawn]
        .into_iter()
        .find(|phase| phase_name(*phase) == name)
}

fn product_named(name: &str) -> Option<Product> {
    [Product::Nes, Product::MobilNes]
        .into_iter()
        .find(|product| product_name(*product) == name)
}

/// A stored record that cannot be read is a failure of the portal, not of the requester.
pub(crate) fn opened<T>(record: Option<T>) -> Result<T, Refusal> {
    record.ok_or_else(|| Refusal::new(ProblemKind::Unavailable).detail("a stored record is damaged"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phase_and_product_is_found_by_its_name() {
        for phase in ["form", "confirmation", "method", "signature", "complete", "withdrawn"] {
            assert_eq!(phase_name(phase_named(phase).unwrap()), phase);
        }
        for product in ["nes", "mobil-nes"] {
            assert_eq!(product_name(product_named(product).unwrap()), product);
        }
        assert_eq!(phase_named("x"), None);
    }
}
