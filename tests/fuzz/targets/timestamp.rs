//! What a time-stamping authority answers, and what it is asked.
#![no_main]

use basvuru::digest::DigestAlgorithm;
use basvuru::signature::timestamp::Request;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let request = Request::new(DigestAlgorithm::Sha256.digest(b"fuzz"), [0x42; 8]);
    let _ = request.accept(input);
    if let Ok(request) = Request::parse(input) {
        let again = Request::parse(&request.encode()).expect("what was read can be written");
        assert_eq!(again.digest(), request.digest());
    }
});
