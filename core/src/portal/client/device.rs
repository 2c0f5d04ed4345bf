//! Where the person is signed in, and signing out.

use reqwest::Method as HttpMethod;

use super::{ClientError, LONGEST_JSON, PortalSession};
use crate::portal::Devices;

impl PortalSession<'_> {
    /// The devices that the person is signed in on.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn devices(&self) -> Result<Devices, ClientError> {
        self.get(&["devices"]).await
    }

    /// Signs a device out.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn sign_out_device(&self, device: &str) -> Result<(), ClientError> {
        self.delete(&["devices", device]).await
    }

    /// Signs out: the session is over.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn sign_out(&self) -> Result<(), ClientError> {
        self.delete(&["sessions"]).await
    }

    async fn delete(&self, path: &[&str]) -> Result<(), ClientError> {
        let request = self.authorized(self.portal.request(HttpMethod::DELETE, path)?);
        self.portal.bytes(request, LONGEST_JSON).await.map(drop)
    }
}
