//! The card management of an authority, as far as the portal asks it: which cards a person holds, and the command that
//! unblocks one of them. PUKs stay behind it: the portal keeps none.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use basvuru::portal::{CardToUnblock, IdentityKind};
use zeroize::Zeroizing;

/// Whose cards are asked for.
#[derive(Clone, PartialEq, Eq)]
pub struct CardHolder {
    /// What kind of number `identity` is.
    pub identity_kind: IdentityKind,
    /// T.C. kimlik no or passport number.
    pub identity: String,
}

impl fmt::Debug for CardHolder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CardHolder")
    }
}

/// Why card management gave no answer. The text goes to the operator: it holds no number of a person or card, and no PUK.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CardManagementError(pub String);

/// RESET RETRY COUNTER as the card is to be sent it, without the new PIN. It holds a PUK: wiped when dropped, and silent in
/// `Debug`.
#[derive(Clone)]
pub struct ResetCommand(Zeroizing<Vec<u8>>);

impl ResetCommand {
    /// A short command APDU (ISO/IEC 7816-4:2020, 11.5.10).
    #[must_use]
    pub fn new(octets: &[u8]) -> Self {
        Self(Zeroizing::new(octets.to_vec()))
    }

    /// Its octets.
    pub(crate) fn octets(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for ResetCommand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ResetCommand")
    }
}

/// Knows the cards of an authority's holders and their PUKs. It must not take longer to answer than an applicant waits.
#[async_trait]
pub trait CardManagement: Send + Sync {
    /// Whether a card of this person's can be unblocked; without a card, whether any of theirs can.
    ///
    /// # Errors
    /// There is no answer now.
    async fn unblocks(&self, holder: &CardHolder, card: Option<&CardToUnblock>) -> Result<bool, CardManagementError>;

    /// The command that unblocks the PIN of a card of this person's; none where it cannot. Asked once the person has
    /// confirmed it by the code of the text message, and never otherwise.
    ///
    /// # Errors
    /// There is no answer now.
    async fn command(
        &self,
        holder: &CardHolder,
        card: &CardToUnblock,
    ) -> Result<Option<ResetCommand>, CardManagementError>;
}

/// A card management in memory that knows the cards it is told, for the demo and for tests.
#[derive(Default)]
pub struct TestCardManagement(Mutex<Vec<Registered>>);

struct Registered {
    holder: CardHolder,
    card: CardToUnblock,
    command: ResetCommand,
}

impl TestCardManagement {
    /// Tells it of somebody's card.
    pub fn register(&self, holder: CardHolder, card: CardToUnblock, command: ResetCommand) {
        let mut cards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cards.retain(|known| known.card != card);
        cards.push(Registered { holder, card, command });
    }

    fn find(&self, holder: &CardHolder, card: Option<&CardToUnblock>) -> Option<ResetCommand> {
        let cards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_meant = |known: &&Registered| known.holder == *holder && card.is_none_or(|card| known.card == *card);
        cards.iter().find(is_meant).map(|known| known.command.clone())
    }
}

#[async_trait]
impl CardManagement for TestCardManagement {
    async fn unblocks(&self, holder: &CardHolder, card: Option<&CardToUnblock>) -> Result<bool, CardManagementError> {
        Ok(self.find(holder, card).is_some())
    }

    async fn command(
        &self,
        holder: &CardHolder,
        card: &CardToUnblock,
    ) -> Result<Option<ResetCommand>, CardManagementError> {
        Ok(self.find(holder, Some(card)))
    }
}
