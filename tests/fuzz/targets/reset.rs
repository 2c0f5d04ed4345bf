//! The command that a portal gives for a blocked PIN: a RESET RETRY COUNTER, or nothing.
#![no_main]

use basvuru::card::ResetCommand;

libfuzzer_sys::fuzz_target!(|input: &str| {
    if ResetCommand::parse(input).is_some() {
        // Class 00, instruction 2C, P1 00 or 01, and a length that is that of the rest.
        let header = input.get(..8).unwrap_or_default().to_ascii_uppercase();
        assert!(header.starts_with("002C00") || header.starts_with("002C01"), "{input}");
        let length = input
            .get(8..10)
            .and_then(|length| usize::from_str_radix(length, 16).ok());
        assert_eq!(length.map(|length| 10 + 2 * length), Some(input.len()), "{input}");
        assert!(input.bytes().all(|digit| digit.is_ascii_hexdigit()), "{input}");
    }
});
