//! Persons, as the database numbers them.

/// The number of a person in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Person(pub(crate) i64);
