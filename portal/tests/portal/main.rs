//! The portal from outside: through real TLS, each endpoint, each refusal, restarts, repeats and races.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod confirmation;
mod delivery;
mod doors;
mod form;
mod harness;
mod http2;
mod journey;
mod protocol;
mod repeats;
mod revocation;
mod secrets;
mod sign_in;
mod signing;
mod starting;
mod timestamps;
mod unblocking;
mod uploads;
