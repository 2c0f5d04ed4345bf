//! `basvuru apply` from outside: a process of its own at a real portal.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[cfg(unix)]
mod assistance;
mod kill;
#[cfg(unix)]
mod second_number;
mod secrets;
#[cfg(unix)]
mod terminal;
mod town;
#[cfg(unix)]
mod typing;
#[cfg(unix)]
mod unblocking;
