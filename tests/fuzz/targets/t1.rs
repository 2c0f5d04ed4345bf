//! A card behind an honest reader whose T=1 blocks are whatever the fuzzer likes.
#![no_main]

use std::sync::OnceLock;

use basvuru_fuzz::{honest_descriptors, reader_of_blocks, use_reader};

static DESCRIPTORS: OnceLock<Vec<u8>> = OnceLock::new();

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let descriptors = DESCRIPTORS.get_or_init(honest_descriptors).clone();
    use_reader(reader_of_blocks(input, descriptors));
});
