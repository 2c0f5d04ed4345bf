//! Signatures, detached and enveloping.
#![no_main]

use std::time::SystemTime;

use basvuru::certificate::TrustAnchors;
use basvuru::signature::verify::{verify_detached, verify_enveloping};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let trust = TrustAnchors::new(Vec::new());
    let _ = verify_detached(input, b"fuzz", &trust, SystemTime::UNIX_EPOCH);
    let _ = verify_enveloping(input, &trust, SystemTime::UNIX_EPOCH);
});
