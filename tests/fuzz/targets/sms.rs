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
            // As it is, or in groups with nothing but signs between them.
            let written: String = input.chars().filter(|character| character.is_alphanumeric()).collect();
            assert!(written.contains(found.into_secret().expose()));
        }
    }
});
