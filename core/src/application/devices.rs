//! Where the person is signed in: the list, and the end of a session on another device.

use std::sync::Arc;
use std::time::SystemTime;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Activity, CertificateApplication};
use crate::failure::Failure;
use crate::portal::Device;
use crate::texts::{Argument, Language, catalogue};

/// A device that the person is signed in on.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SignedInDevice {
    /// What [`CertificateApplication::sign_out_device`] is called with.
    pub id: String,
    /// What the person calls it; where it told none, that it has none.
    pub name: String,
    /// When it was used last.
    pub last_seen: SystemTime,
    /// Whether it is this one, which is left with `Leave`.
    pub current: bool,
    /// All of it in a sentence.
    pub sentence: String,
}

#[uniffi::export(async_runtime = "tokio")]
impl CertificateApplication {
    /// The devices that the person is signed in on, this one first.
    ///
    /// # Errors
    /// [`Failure::SessionOver`] where nobody is signed in; what keeps the portal from answering.
    pub async fn devices(self: Arc<Self>) -> Result<Vec<SignedInDevice>, Failure> {
        self.on_its_own(|application| async move { application.signed_in_devices().await })
            .await
    }

    /// Signs the person out on another device, and gives the devices that are left.
    ///
    /// # Errors
    /// As [`Self::devices`]; [`Failure::AnswerNotExpected`] for this device, which is left with `Leave`.
    pub async fn sign_out_device(self: Arc<Self>, device: String) -> Result<Vec<SignedInDevice>, Failure> {
        self.on_its_own(|application| async move {
            let known = application.signed_in_devices().await?;
            match known.iter().find(|known| known.id == device) {
                None => return Ok(known),
                Some(own) if own.current => return Err(Failure::AnswerNotExpected),
                Some(_) => {}
            }
            let token = application.token()?;
            application.portal.with(&token).sign_out_device(&device).await?;
            application.signed_in_devices().await
        })
        .await
    }
}

impl CertificateApplication {
    /// Runs a task to its end, whether or not the caller still waits for it, when no answer is under way. A session that is
    /// over is one of the journey's too.
    async fn on_its_own<F>(
        self: Arc<Self>,
        task: impl FnOnce(Arc<Self>) -> F + Send + 'static,
    ) -> Result<Vec<SignedInDevice>, Failure>
    where
        F: Future<Output = Result<Vec<SignedInDevice>, Failure>> + Send,
    {
        let task = tokio::spawn(async move {
            let _turn = self.turn.lock().await;
            let result = task(Arc::clone(&self)).await;
            if result == Err(Failure::SessionOver) {
                self.sign_in_again()?;
            }
            result
        });
        task.await.unwrap_or_else(|_| {
            Err(Failure::Internal {
                detail: "task".to_owned(),
            })
        })
    }

    async fn signed_in_devices(&self) -> Result<Vec<SignedInDevice>, Failure> {
        let token = self.token()?;
        self.tell(Activity::AskingPortal);
        let devices = self.portal.with(&token).devices().await?.devices;
        let language = self.language();
        devices.into_iter().map(|device| shown(device, language)).collect()
    }
}

fn shown(device: Device, language: Language) -> Result<SignedInDevice, Failure> {
    let texts = catalogue(language);
    let last_seen: SystemTime = OffsetDateTime::parse(&device.last_seen, &Rfc3339)
        .map_err(|_| Failure::PortalGarbled)?
        .into();
    let name = device
        .name
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| texts.sentence("device-unnamed", &[]));
    let id = if device.current {
        "device-current"
    } else {
        "device-other"
    };
    let arguments = [("name", Argument::Text(&name)), ("moment", Argument::Moment(last_seen))];
    let sentence = texts.sentence(id, &arguments);
    Ok(SignedInDevice {
        id: device.id,
        name,
        last_seen,
        current: device.current,
        sentence,
    })
}
