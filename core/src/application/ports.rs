//! What a shell lends the core beside readers: the journal's key, and who is told how things come along.

/// Keeps the key that seals the journal: Android Keystore, iOS Keychain, or a desktop's keyring.
#[uniffi::export(foreign)]
pub trait Vault: Send + Sync {
    /// The 32 octets of the key. Made at random the first time and the same ever after; never backed up, never synced.
    /// Called on a thread of the core's own while the folder is being opened, which waits for it: it may ask for a finger
    /// or a face, and has two minutes.
    ///
    /// # Errors
    /// [`PortFailure`] while the phone is locked, say, or where the person would not.
    fn journal_key(&self) -> Result<Vec<u8>, PortFailure>;
}

/// Is told how things come along. One call a stage, in order, on a thread of its own; where a stage of the portal's takes
/// long, it is told again every few seconds with a sentence that says how much has come or gone. It must return at once and
/// never call back into the core.
#[uniffi::export(foreign)]
pub trait Watcher: Send + Sync {
    /// Something has begun; `sentence` says it in the person's language.
    ///
    /// # Errors
    /// None that matter: a failure to show progress stops nothing.
    fn progress(&self, activity: Activity, sentence: String) -> Result<(), PortFailure>;
}

/// What has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
// Android's screens are called `Activity`.
#[uniffi(name = "WorkStage")]
pub enum Activity {
    /// The portal is being asked.
    AskingPortal,
    /// A document is being fetched.
    FetchingDocument {
        /// Which, counted from 1.
        number: u32,
        /// Of how many.
        count: u32,
    },
    /// The card is waited for.
    AwaitingCard,
    /// The card's files are being read.
    ReadingCard,
    /// The PIN is being checked.
    VerifyingPin,
    /// The card is signing.
    Signing,
    /// The card has done its part and may be removed.
    CardDone,
    /// A time-stamp for the signature is being made.
    Timestamping,
    /// The signed application is being sent.
    Submitting,
}

/// Why a port could not do its part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum PortFailure {
    /// It could not. `detail` is for the log and holds neither secrets nor personal data.
    #[error("unavailable: {detail}")]
    Unavailable {
        /// For the log.
        detail: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for PortFailure {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Unavailable {
            detail: "undeclared exception in the shell".to_owned(),
        }
    }
}
