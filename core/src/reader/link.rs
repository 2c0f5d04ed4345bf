//! By what a card is reached.

/// How a card is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
// SwiftUI has a `Link`.
#[uniffi(name = "CardLink")]
pub enum Link {
    /// By contacts: the card stays in the reader, so it is read first and the PIN is asked afterwards.
    Contact,
    /// By radio: holding the card is awkward and short, so the PIN is asked first and one tap does everything.
    Nfc,
}

impl Link {
    /// The link's name, for support.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Nfc => "nfc",
        }
    }
}
