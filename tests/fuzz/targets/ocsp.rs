//! Answers about the state of certificates, read and believed or not.
#![no_main]

use basvuru::certificate::ocsp::OcspAnswer;
use basvuru::certificate::revocation::{self, Evidence, Moments};
use basvuru_fuzz::World;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let World {
        issuing, holder, at, ..
    } = World::of_the_seeds();
    let _ = OcspAnswer::parse_basic(input);
    if let Ok(answer) = OcspAnswer::parse(input) {
        let evidence = Evidence {
            answers: vec![answer],
            lists: Vec::new(),
        };
        let moments = Moments {
            covering: *at,
            revoked_until: *at,
            known: *at,
        };
        let _ = revocation::state(holder, issuing, &evidence, moments);
    }
});
