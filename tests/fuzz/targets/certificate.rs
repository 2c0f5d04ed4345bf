//! Certificates, and the marks of qualified ones.
#![no_main]

use std::time::SystemTime;

use basvuru::certificate::{Certificate, chain_from_pem, nes};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let _ = chain_from_pem(input);
    if let Ok(certificate) = Certificate::parse(input) {
        assert_eq!(certificate.der(), input, "the octets are kept as they came");
        let _ = nes::check(&certificate, SystemTime::UNIX_EPOCH);
        let _ = (
            certificate.subject_name(),
            certificate.holder_number(),
            certificate.public_key(),
        );
    }
});
