//! Why the portal, or an invitation, could not be carried out. No variant carries personal data or a secret.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Why the portal did not start, or an operation on its data folder failed.
#[derive(Debug, thiserror::Error)]
pub enum PortalError {
    /// Captcha answers may be revealed on a loopback address only.
    #[error("captcha answers are revealed on loopback addresses only, not on {0}")]
    RevealCaptchaBeyondLoopback(SocketAddr),
    /// Another portal runs on the same data folder.
    #[error("another portal runs on {}", .0.display())]
    DataFolderInUse(PathBuf),
    /// The data folder's key is missing, or is not the one its database was made with.
    #[error("the key of {} is missing or belongs to another database", .0.display())]
    KeyMismatch(PathBuf),
    /// The database was made by a newer version.
    #[error("the database has schema version {found}; this version knows {known}")]
    SchemaTooNew {
        /// The version found.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// The roots that holders' certificates are checked against cannot be read.
    #[error("the holder trust roots cannot be read: {0}")]
    HolderTrust(String),
    /// The host name cannot be one: at most 253 ASCII letters, digits, `-` and `.`.
    #[error("`{0}` is not a host name")]
    HostName(String),
    /// A proxy's network is none, is everybody's, or is missing.
    #[error("`{0}` is not a proxy's network, such as 192.0.2.0/24")]
    Proxy(String),
    /// An app's id, certificate or store is none.
    #[error("`{0}` is not an app with its certificates and an https store")]
    App(String),
    /// The oldest version is no version.
    #[error("`{0}` is not a version")]
    OldestVersion(String),
    /// The sender of mails is no mail address.
    #[error("`{0}` is not a mail address")]
    MailSender(String),
    /// What an invitation says is not well-formed.
    #[error("the invitation's {0} is not well-formed")]
    Invitation(InvitationPart),
    /// There is no such order, or it is complete or withdrawn already.
    #[error("no open order of this number")]
    OrderUnknown,
    /// There is no such order.
    #[error("no order of this number")]
    NoSuchOrder,
    /// There is no such completion event.
    #[error("no event of this id")]
    NoSuchEvent,
    /// No program of this name may read what was received.
    #[error("no client of this name")]
    NoSuchClient,
    /// The name of who reads is empty, too long or cannot be printed: 1 to 64 printable characters.
    #[error("a reader's name has 1 to 64 printable characters")]
    ReaderName,
    /// No portal has been on the folder.
    #[error("no portal has been on {}", .0.display())]
    NoDataFolder(PathBuf),
    /// What was received is given out on a loopback address only, unless the settings say otherwise.
    #[error("what was received is given out on loopback addresses only, not on {0}")]
    ArchiveBeyondLoopback(SocketAddr),
    /// The address events are sent to is none, or its secret is too short.
    #[error("the webhook takes an address, https or http to this machine, and a secret of at least 32 octets")]
    Webhook,
    /// The database cannot be read now; a moment later it can.
    #[error("the database cannot be read now")]
    Unavailable,
    /// The institution is not asked to confirm this number of this order.
    #[error("no number of this order waits to be confirmed")]
    NumberNotAsked,
    /// A file or folder could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The address could not be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The database failed.
    #[error("database: {0}")]
    Database(#[from] rusqlite::Error),
    /// TLS certificates could not be made or read.
    #[error("TLS certificates: {0}")]
    Tls(String),
    /// The system gave no random octets.
    #[error("no random octets from the system")]
    Random,
    /// The system starts no more threads.
    #[error("no threads from the system: {0}")]
    Threads(io::Error),
    /// There is no such person.
    #[error("no person of this identity number")]
    PersonUnknown,
    /// The work was cut off by a panic; nothing of it was kept.
    #[error("the work was cut off; nothing of it was kept")]
    CutOff,
    /// A stored record cannot be read back: the database is damaged.
    #[error("the database is damaged: {0}")]
    Damaged(&'static str),
}

impl PortalError {
    /// Makes a [`PortalError::File`] of an input or output error at `path`.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::File {
            path: path.to_owned(),
            source,
        }
    }
}

/// What of an invitation is not well-formed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationPart {
    /// The identity number.
    Identity,
    /// The mobile number.
    Phone,
    /// The e-mail address.
    Email,
    /// A name is too long or cannot be printed, or there is none.
    Name,
    /// A name is in another script than the Latin one, in which passports and certificates have it.
    Script,
    /// A name has signs that nobody sees, or more marks on a letter than any writing has.
    Marks,
    /// The institution.
    Institution,
}

impl fmt::Display for InvitationPart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Identity => "identity number",
            Self::Phone => "mobile number",
            Self::Email => "e-mail address",
            Self::Name => "name",
            Self::Script => "script",
            Self::Marks => "name, by its marks,",
            Self::Institution => "institution",
        })
    }
}
