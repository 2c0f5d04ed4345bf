//! Who answers the core's questions: a person at the terminal, or a file of answers.

mod assistance;
mod person;
mod script;
mod telephone;

pub(crate) use person::Person;
pub(crate) use script::Script;
