//! BER-TLV as cards write it: nested as deep as it goes.
#![no_main]

use basvuru::card::tlv::{Reader, announced_length, first};

fn walk(reader: Reader<'_>, depth: usize) {
    for element in reader {
        let Ok(element) = element else { return };
        let _ = (element.number(), element.reference(), element.flags());
        if depth < 64 {
            walk(element.children(), depth + 1);
        }
    }
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let _ = announced_length(input);
    if let Ok(element) = first(input) {
        walk(element.children(), 0);
    }
});
