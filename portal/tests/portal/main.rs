//! The portal from outside: through real TLS, each endpoint, each refusal, restarts, repeats and races.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod harness;
mod journey;
mod signing;
