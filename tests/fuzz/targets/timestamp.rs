//! What a time-stamping authority answers, taken and judged, and what it is asked.
#![no_main]

use basvuru::digest::DigestAlgorithm;
use basvuru::signature::timestamp::Request;
use basvuru::signature::verify::Verifier;
use basvuru_fuzz::World;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let World { trust, at, .. } = World::of_the_seeds();
    let verifier = Verifier::new(trust, *at);
    let request = Request::new(DigestAlgorithm::Sha256.digest(b"fuzz"), [0x42; 8]);
    if let Ok(token) = request.accept(input) {
        let _ = verifier.timestamp(&token, request.digest());
    }
    let _ = verifier.timestamp(input, request.digest());
    if let Ok(request) = Request::parse(input) {
        let again = Request::parse(&request.encode()).expect("what was read can be written");
        assert_eq!(again.digest(), request.digest());
        assert!(again.accept(input).is_err(), "a request is no answer");
    }
});
