//! Cards in the journey.
//!
//! The module is marked as a test for the lints, which free test code from some rules.

#[cfg(test)]
mod blocked;
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod known;
#[cfg(test)]
mod names;
#[cfg(test)]
mod tries;
