//! Answers about the state of certificates.
#![no_main]

use basvuru::certificate::ocsp::OcspAnswer;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let _ = OcspAnswer::parse(input);
    let _ = OcspAnswer::parse_basic(input);
});
