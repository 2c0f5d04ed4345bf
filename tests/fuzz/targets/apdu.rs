//! Commands and responses.
#![no_main]

use basvuru::card::apdu::{Command, Response};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Ok(command) = Command::parse(input) {
        // What was read is written as it can be read again.
        if let Ok(octets) = command.encode_extended() {
            assert_eq!(
                Command::parse(&octets).map(|again| again.data().to_vec()),
                Ok(command.data().to_vec())
            );
        }
    }
    let _ = Response::parse(input.to_vec());
});
