//! The portal's help with a blocked PIN.

use super::body::with_body;
use super::{ClientError, PortalSession};
use crate::portal::{UnblockingBegun, UnblockingCommand, UnblockingConfirmation, UnblockingRequest};
use crate::secret::SecretText;

impl PortalSession<'_> {
    /// Has a code sent by text message that unblocks a card's PIN.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn begin_unblocking(
        &self,
        order: &str,
        request: &UnblockingRequest,
        key: &str,
    ) -> Result<UnblockingBegun, ClientError> {
        let post = self.post(&["orders", order, "unblocking"], key)?;
        self.portal.json(with_body(post, request)?).await
    }

    /// Gives the code from that text message for the command that the card is to be sent.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn confirm_unblocking(
        &self,
        order: &str,
        code: SecretText,
        key: &str,
    ) -> Result<UnblockingCommand, ClientError> {
        let post = self.post(&["orders", order, "unblocking", "confirmation"], key)?;
        self.portal
            .json(with_body(post, &UnblockingConfirmation { code })?)
            .await
    }
}
