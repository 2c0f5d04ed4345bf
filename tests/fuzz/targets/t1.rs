//! A card behind an honest reader whose T=1 blocks are whatever the fuzzer likes.
#![no_main]

use std::sync::OnceLock;

use basvuru_fuzz::{Honesty, HostileReader, honest_descriptors, use_reader};

static DESCRIPTORS: OnceLock<Vec<u8>> = OnceLock::new();
/// T=1, IFSC 254, BWI 4, CWI 5 and the historical bytes of a PKCS#15 card.
const ATR: &[u8] = &[0x3B, 0x80, 0x81, 0x31, 0xFE, 0x45, 0x0B];

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let descriptors = DESCRIPTORS.get_or_init(honest_descriptors).clone();
    use_reader(HostileReader::on(
        input,
        Honesty::Framing { atr: Some(ATR) },
        descriptors,
    ));
});
