//! What a PIN may be.

/// What a card asks of its PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct PinRules {
    /// The fewest characters.
    pub min_length: u8,
    /// The most characters.
    pub max_length: u8,
    /// Whether only digits are allowed.
    pub numeric: bool,
}
