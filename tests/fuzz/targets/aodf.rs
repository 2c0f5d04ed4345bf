//! The directory of a card's PINs and PUKs (AODF): whatever it says, one consent sends one command, to a PIN, and no VERIFY.
#![no_main]

use basvuru_fuzz::unblock_by;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    unblock_by(input);
});
