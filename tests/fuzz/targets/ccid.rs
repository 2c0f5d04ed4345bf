//! A USB device that answers whatever the fuzzer likes: descriptors and CCID messages.
#![no_main]

use std::sync::OnceLock;

use basvuru_fuzz::{Honesty, HostileReader, honest_descriptors, use_reader};

static DESCRIPTORS: OnceLock<Vec<u8>> = OnceLock::new();

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let descriptors = DESCRIPTORS.get_or_init(honest_descriptors).clone();
    use_reader(HostileReader::on(input, Honesty::None, descriptors));
});
