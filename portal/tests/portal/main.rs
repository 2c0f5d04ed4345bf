//! The portal from outside: through real TLS, each endpoint, each refusal, restarts, repeats and races.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod archive;
mod confirmation;
mod delivery;
mod doors;
mod form;
mod harness;
mod http2;
mod journey;
mod known_device;
mod moved_rows;
mod protocol;
mod repeats;
mod revocation;
mod second_number;
mod secrets;
mod sessions;
mod sign_in;
mod signing;
mod starting;
mod timestamps;
mod unblocking;
mod uploads;
