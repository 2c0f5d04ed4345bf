//! The portal's help with a blocked PIN.
//!
//! The module is marked as a test for the lints, which free test code from some rules.

#[cfg(test)]
mod blocked;
#[cfg(test)]
mod cuts;
#[cfg(test)]
mod interrupted;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod whole;
