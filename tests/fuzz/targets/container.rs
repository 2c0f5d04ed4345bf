//! ASiC-E containers: ZIP, manifests and what lies in them, judged where the authority is trusted.
#![no_main]

use std::io::Cursor;

use basvuru::signature::verify::Verifier;
use basvuru_fuzz::World;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let World { trust, at, .. } = World::of_the_seeds();
    let verifier = Verifier {
        requires_revocation: true,
        ..Verifier::new(trust, *at)
    };
    let _ = verifier.container(Cursor::new(input));
});
