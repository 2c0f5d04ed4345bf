//! A card that answers whatever the fuzzer likes: PKCS#15 files, status words, signatures.
#![no_main]

use basvuru_fuzz::{HostileCard, use_card};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    use_card(HostileCard::on(input));
});
