//! Text messages: a code is found in the text or not at all.
#![no_main]

use basvuru::sms::{Expectation, code};

libfuzzer_sys::fuzz_target!(|input: &str| {
    let expectation = Expectation {
        host: "example.com".to_owned(),
        code_length: 6,
        senders: vec!["KAMUSM".to_owned()],
    };
    for sender in [None, Some("KAMUSM"), Some("OTHER")] {
        if let Some(found) = code(input, sender, &expectation) {
            assert!(input.contains(found.into_secret().expose()));
        }
    }
});
