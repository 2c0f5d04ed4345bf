//! Card care: looking at a card, changing its PIN and unblocking it, by the rules of signing.
//!
//! The module is marked as a test for the lints, which free test code from some rules.

#[cfg(test)]
mod change;
#[cfg(test)]
mod cuts;
#[cfg(test)]
mod look;
#[cfg(test)]
mod table;
#[cfg(test)]
mod unblock;
