//! What a card's files say of an algorithm (a part of TokenInfo, ISO/IEC 7816-15:2016, 8.10).

use serde::{Deserialize, Serialize};

/// `AlgorithmInfo`: what a number in a key's `algReference` stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AlgorithmInfo {
    /// The number keys refer to it by.
    pub(super) reference: u32,
    /// The mechanism, numbered as in PKCS #11.
    pub(super) mechanism: u32,
    /// What MANAGE SECURITY ENVIRONMENT calls it.
    pub(super) card_reference: Option<u8>,
}
