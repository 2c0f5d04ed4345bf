//! Lists of revoked certificates, read and believed or not.
#![no_main]

use basvuru::certificate::crl::Crl;
use basvuru::certificate::revocation::{self, Evidence, Moments};
use basvuru_fuzz::World;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let World {
        issuing, holder, at, ..
    } = World::of_the_seeds();
    if let Ok(list) = Crl::parse(input) {
        assert_eq!(list.der(), input, "the octets are kept as they came");
        let evidence = Evidence {
            answers: Vec::new(),
            lists: vec![list],
        };
        let moments = Moments {
            covering: *at,
            revoked_until: *at,
            known: *at,
        };
        let _ = revocation::state(holder, issuing, &evidence, moments);
    }
});
