//! Who answers the core's questions: a person at the terminal, or a file of answers.

mod assistance;
mod person;
mod script;

pub(crate) use person::Person;
pub(crate) use script::Script;
