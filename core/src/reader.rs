//! How a card is reached: the ports a shell implements for NFC, PC/SC and the platform's own smart card services.
//!
//! A channel is thin: one command out, one response in, and nothing is ever sent twice. Everything cleverer (chaining,
//! `61xx`, `6Cxx`, PIN rules) is above it, in [`crate::card`].

mod bounded;
pub mod ccid;
mod link;
#[cfg(feature = "pcsc")]
pub mod pcsc;
mod t0;
mod usb;

use std::sync::Arc;

use async_trait::async_trait;

pub(crate) use self::bounded::BoundedReaders;
pub use self::link::Link;
pub use self::usb::{UsbControl, UsbReader};

/// Finds readers and opens a channel to the card in one. Implemented by the shell.
#[uniffi::export(foreign)]
#[async_trait]
pub trait Readers: Send + Sync {
    /// The readers that can be used now. The phone's own NFC antenna is one of them where it is present and switched on.
    ///
    /// # Errors
    /// [`LinkFailure::NoPermission`] where the person has not allowed readers to be listed.
    async fn list(&self) -> Result<Vec<ReaderDescription>, LinkFailure>;

    /// Opens a channel to the card in `reader`, waiting for the card to be inserted or held to the phone. `prompt` is
    /// the sentence to show while waiting, in the person's language; on iPhone it is the text of the NFC sheet.
    /// The channel is exclusive until [`CardChannel::close`].
    ///
    /// # Errors
    /// [`LinkFailure::CancelledByPerson`] when the person dismissed the system's sheet, [`LinkFailure::NoReader`] when
    /// the reader has gone, [`LinkFailure::NoCard`] when no card came in time.
    async fn connect(&self, reader: String, prompt: String) -> Result<ConnectedCard, LinkFailure>;
}

/// What [`Readers::connect`] returns: how the card is spoken to.
#[derive(uniffi::Enum)]
pub enum ConnectedCard {
    /// Over something that carries APDUs: NFC, PC/SC, the platform's own card services.
    Channel {
        /// The open channel.
        channel: Arc<dyn CardChannel>,
    },
    /// In a reader on raw USB, where the platform has no card services: the core waits for the card, powers it and speaks
    /// the reader's protocol (CCID).
    Usb {
        /// The reader.
        usb: Arc<dyn UsbReader>,
    },
}

impl ConnectedCard {
    /// The channel to the card, made where there is none yet.
    ///
    /// # Errors
    /// As [`ccid::connect`].
    pub async fn into_channel(self) -> Result<Arc<dyn CardChannel>, LinkFailure> {
        match self {
            Self::Channel { channel } => Ok(channel),
            Self::Usb { usb } => ccid::connect(usb).await,
        }
    }
}

/// An exclusive connection to one card. Implemented by the shell.
#[uniffi::export(foreign)]
#[async_trait]
pub trait CardChannel: Send + Sync {
    /// What the link can carry and what the card said of itself. Asked once, before the first command.
    ///
    /// # Errors
    /// The link's failure; nothing has been sent to the card.
    async fn info(&self) -> Result<ChannelInfo, LinkFailure>;

    /// Sends one command APDU and returns the whole response APDU, status word included (ISO/IEC 7816-4:2020, 5.1).
    /// Never retries, never answers `61xx` or `6Cxx` by itself, never logs: commands carry PINs.
    ///
    /// # Errors
    /// The link's failure, which says whether the command may have reached the card.
    async fn transmit(&self, command: Vec<u8>) -> Result<Vec<u8>, LinkFailure>;

    /// Tells how far the operation has come, with the sentence to show (and, on iPhone, to put on the NFC sheet and to
    /// announce). Never calls back into the core.
    ///
    /// # Errors
    /// None that matter: a failure to show something never stops the operation.
    async fn tell(&self, stage: CardStage, sentence: String) -> Result<(), LinkFailure>;

    /// Ends the operation: powers the card off where the link can, so that no PIN state survives, and shows the sentence.
    ///
    /// # Errors
    /// None that matter: the operation is over.
    async fn close(&self, outcome: CardOutcome) -> Result<(), LinkFailure>;
}

/// A reader the person can choose.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReaderDescription {
    /// What [`Readers::connect`] is called with.
    pub id: String,
    /// The reader's own name, as the operating system gives it.
    pub name: String,
    /// How the card is reached through it.
    pub link: Link,
}

/// What a channel can carry and what the card said of itself.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ChannelInfo {
    /// How the card is reached.
    pub link: Link,
    /// The answer to reset (ISO/IEC 7816-3) of a contact card; absent over NFC.
    pub atr: Option<Vec<u8>>,
    /// Historical bytes (ISO/IEC 7816-4:2020, 12.1.1) where there is no answer to reset: from the ATS over NFC.
    pub historical_bytes: Vec<u8>,
    /// The longest command APDU the link carries, in octets: 261 where only short APDUs pass.
    pub max_command_length: u32,
    /// The longest response APDU the link carries, in octets, status word included: 258 where only short APDUs pass.
    pub max_response_length: u32,
    /// Whether the link carries extended-length APDUs (ISO/IEC 7816-4:2020, 5.2). The card must agree as well.
    pub extended_length: bool,
}

/// Why a reader, or the card in it, cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum UnsupportedReason {
    /// Nothing more is known.
    Untold,
    /// The card offers protocols that are not used for cards with signatures: neither T=0 nor T=1 (ISO/IEC 7816-3), or none that
    /// the reader has.
    CardProtocol,
    /// It is a token with its chip inside that is spoken to over control transfers alone (USB ICCD).
    Token,
    /// The reader exchanges single characters and leaves the card's protocol to its own driver.
    Characters,
}

/// How far a card operation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CardStage {
    /// The card's files are being read.
    Reading,
    /// The PIN is being checked. The card must not be moved.
    VerifyingPin,
    /// The card is signing. The card must not be moved.
    Signing,
    /// The card has done its part and may be removed.
    RemoveCard,
}

/// How a card operation ended, with the sentence to show in the person's language.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum CardOutcome {
    /// It did what it was asked.
    Succeeded {
        /// What to show.
        sentence: String,
    },
    /// It did not.
    Failed {
        /// What to show.
        sentence: String,
    },
}

/// Whether a command that got no answer may have reached the card. It decides whether a PIN try may have been spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Delivery {
    /// The command never left: the card has not seen it.
    NotSent,
    /// The command left, or may have: the card may have acted on it.
    Unknown,
}

/// What went wrong between the core and a card.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum LinkFailure {
    /// The reader is not there, or no longer.
    #[error("no such reader")]
    NoReader,
    /// The operating system does not let the app use the reader.
    #[error("no permission for the reader")]
    NoPermission,
    /// There is no card in the reader, or none came in time.
    #[error("no card")]
    NoCard,
    /// The card was removed, or left the field.
    #[error("card lost")]
    CardLost {
        /// Whether the command under way may have reached the card.
        delivery: Delivery,
    },
    /// The card was reset by somebody else: selections and PIN state are gone.
    #[error("card reset")]
    CardReset {
        /// Whether the command under way may have reached the card.
        delivery: Delivery,
    },
    /// No answer came in time.
    #[error("card timed out")]
    Timeout {
        /// Whether the command under way may have reached the card.
        delivery: Delivery,
    },
    /// Another program uses the reader.
    #[error("reader busy")]
    Busy,
    /// The person dismissed the system's own sheet, or the app's.
    #[error("cancelled by the person")]
    CancelledByPerson {
        /// Whether the command under way may have reached the card: a sheet can be dismissed while a PIN is checked.
        delivery: Delivery,
    },
    /// The system ended the session: an iPhone allows 60 seconds an NFC session.
    #[error("session expired")]
    SessionExpired {
        /// Whether the command under way may have reached the card.
        delivery: Delivery,
    },
    /// This reader or card cannot be used with this app.
    #[error("unsupported reader or card")]
    Unsupported,
    /// The reader broke its protocol.
    #[error("malformed answer from the reader")]
    Malformed {
        /// Whether the command under way may have reached the card.
        delivery: Delivery,
    },
    /// Something the shell did not foresee. `detail` is for the log and never holds personal data.
    #[error("unexpected failure of the link: {detail}")]
    Unexpected {
        /// Whether the command under way may have reached the card.
        delivery: Delivery,
        /// For the log.
        detail: String,
    },
}

impl LinkFailure {
    /// Whether the command under way may have reached the card.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        match self {
            Self::NoReader | Self::NoPermission | Self::NoCard | Self::Busy | Self::Unsupported => Delivery::NotSent,
            Self::CardLost { delivery }
            | Self::CardReset { delivery }
            | Self::Timeout { delivery }
            | Self::CancelledByPerson { delivery }
            | Self::SessionExpired { delivery }
            | Self::Malformed { delivery }
            | Self::Unexpected { delivery, .. } => *delivery,
        }
    }
}

impl From<uniffi::UnexpectedUniFFICallbackError> for LinkFailure {
    /// An exception a shell did not declare. Its text stays out: it could carry the command, and with it the PIN.
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Unexpected {
            delivery: Delivery::Unknown,
            detail: "undeclared exception in the shell".to_owned(),
        }
    }
}
