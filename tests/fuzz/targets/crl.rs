//! Lists of revoked certificates.
#![no_main]

use basvuru::certificate::crl::Crl;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Ok(list) = Crl::parse(input) {
        assert_eq!(list.der(), input, "the octets are kept as they came");
    }
});
