//! What the portal knows this device by: a token for one person, with which it wants no picture code from them.

use serde::{Deserialize, Serialize};

use crate::application::CertificateApplication;
use crate::application::journal::{Change, Journal};
use crate::failure::Failure;
use crate::identity::Identity;
use crate::portal::{ClientError, IdentityKind, ProblemKind};
use crate::secret::SecretText;

/// The journal's row that holds what the portal knows this device by.
const DEVICE: &str = "device";
/// How many characters of the device's name the portal is told.
const LONGEST_DEVICE_NAME: usize = 64;

/// What is kept: the token, and whose it is.
#[derive(Serialize, Deserialize)]
struct KnownDevice {
    identity_kind: IdentityKind,
    identity: String,
    token: SecretText,
}

/// Whether the portal knows this device for the person whose the folder is.
pub(in crate::application) fn is_known_device(journal: &Journal) -> Result<bool, Failure> {
    Ok(journal.read::<KnownDevice>(DEVICE)?.is_some())
}

/// The change that keeps the token the portal gave for somebody.
pub(super) fn keeping(identity_kind: IdentityKind, identity: String, token: SecretText) -> Result<Change, Failure> {
    let known = KnownDevice {
        identity_kind,
        identity,
        token,
    };
    Ok(Change::put(DEVICE, &known)?)
}

/// The change that forgets it.
pub(super) fn forgetting() -> Change {
    Change::delete(DEVICE)
}

/// Whether the portal does not know the device, and wants a picture code.
pub(super) fn is_captcha_needed(error: &ClientError) -> bool {
    matches!(error, ClientError::Problem(problem) if problem.kind == ProblemKind::CaptchaNeeded)
}

impl CertificateApplication {
    /// The token the portal knows this device by for somebody, where it does.
    pub(super) fn known_device(&self, kind: IdentityKind, identity: &Identity) -> Result<Option<SecretText>, Failure> {
        let known: Option<KnownDevice> = self.journal.read(DEVICE)?;
        Ok(known
            .filter(|known| known.identity_kind == kind && known.identity == identity.as_str())
            .map(|known| known.token))
    }

    pub(super) fn device_name(&self) -> Option<String> {
        let name = self.configuration.device_name.as_deref()?;
        Some(name.chars().take(LONGEST_DEVICE_NAME).collect())
    }

    pub(super) fn forget_device(&self) -> Result<(), Failure> {
        self.journal.write(vec![forgetting()])?;
        self.with_state(|state| state.device_is_known = false);
        Ok(())
    }
}
