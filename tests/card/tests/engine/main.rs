//! The core's card engine against the virtual card.
//!
//! The modules are marked as tests for the lints, which free test code from some rules.

#[cfg(test)]
mod cuts;
#[cfg(test)]
mod drawn;
#[cfg(test)]
mod finding;
#[cfg(test)]
mod fixture;
mod forms;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod known;
#[cfg(test)]
mod others;
#[cfg(test)]
mod pin;
#[cfg(test)]
mod puk;
#[cfg(test)]
mod signing;
#[cfg(test)]
mod storage;
#[cfg(test)]
mod usb;
