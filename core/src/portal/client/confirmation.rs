//! Confirming the telephone number: by the codes of text messages, or by the institution.

use super::body::with_body;
use super::{ClientError, PortalSession};
use crate::portal::{CodeRequest, CodeSent, Confirmation, Methods, NumberConfirmation};
use crate::secret::SecretText;

impl PortalSession<'_> {
    /// Has a code sent by text message.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn send_code(&self, order: &str, request: &CodeRequest, key: &str) -> Result<CodeSent, ClientError> {
        self.portal
            .json(with_body(self.post(&["orders", order, "codes"], key)?, request)?)
            .await
    }

    /// Confirms a telephone number with the code. Where another number is to be confirmed as well, the answer says so and
    /// has no methods.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn confirm(&self, order: &str, code: SecretText, key: &str) -> Result<Methods, ClientError> {
        let post = self.post(&["orders", order, "confirmation"], key)?;
        self.portal.json(with_body(post, &Confirmation { code })?).await
    }

    /// Asks the institution to confirm the number that the applicant has stated, in place of a code to the one it told.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn ask_institution(&self, order: &str, key: &str) -> Result<NumberConfirmation, ClientError> {
        self.portal
            .json(self.post(&["orders", order, "confirmation", "institution"], key)?)
            .await
    }
}
