//! What can go wrong, for the person: one variant a cause, each with a stable code and, in both languages, what happened
//! and what to do next. No variant carries a secret or personal data.

mod explanation;
#[cfg(test)]
mod tests;

use std::time::SystemTime;

use crate::portal::{FaultyField, IdentityKind};
use crate::reader::UnsupportedReason;

pub use explanation::{Explanation, explain};

/// Why an answer could not be taken, or the application not be opened. The stage stays as it was: nothing is lost. It
/// prints as its code and what it holds: for logs, never for people, who are told what [`explain`] says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
#[error("{} {self:?}", self.code())]
#[uniffi::export(Display)]
pub enum Failure {
    // Signing in.
    /// The identity number is not one: it has the wrong form, or its check digits do not fit.
    IdentityInvalid {
        /// What kind of number was expected.
        kind: IdentityKind,
    },
    /// The picture code or the access password was left empty.
    SignInIncomplete,
    /// The picture code was answered wrongly.
    CaptchaWrong,
    /// The picture code is too old or was used.
    CaptchaExpired,
    /// The identity number or the access password is wrong.
    CredentialsWrong {
        /// Tries left before a lock-out, where the portal tells.
        tries_left: Option<u8>,
    },
    /// Too many wrong passwords.
    LockedOut {
        /// Seconds until signing in is possible again.
        wait: u32,
    },
    /// Too many wrong passwords were typed on this device, or in this network: only it waits, the person can sign in elsewhere.
    DeviceWaits {
        /// Seconds until signing in is possible again from here.
        wait: u32,
    },
    /// The session is over; sign in again and go on where you were.
    SessionOver,
    /// Somebody else signed in to go on with this application.
    AnotherPerson,
    /// The portal offers no way to sign in that this version knows.
    SignInUnsupported,
    /// The link is none of an invitation.
    LinkInvalid,
    /// The link leads to a portal that the app was not built for.
    PortalNotOurs,

    // Orders and the form.
    /// The portal knows no such order of this person.
    OrderUnknown,
    /// The order is complete or withdrawn.
    OrderClosed,
    /// The order has come further elsewhere; the step is shown anew.
    OrderMovedOn,
    /// Fields are missing or malformed.
    FormInvalid {
        /// Which, and why.
        fields: Vec<FaultyField>,
    },
    /// A field the institution has told was changed.
    FormFieldLocked {
        /// Which.
        fields: Vec<FaultyField>,
    },
    /// The form was changed by the institution meanwhile; it is shown anew with the draft kept.
    FormChanged,
    /// What was typed is more than a form takes; what was kept before is kept.
    DraftTooLarge,

    // Confirming the telephone number.
    /// The code does not have the form of a code.
    CodeMalformed {
        /// How many digits it has.
        length: u8,
    },
    /// The code is wrong.
    CodeWrong {
        /// Tries left with this code.
        tries_left: u8,
    },
    /// The code was tried too often; a new one is needed.
    CodeUsedUp,
    /// The code is too old; a new one is needed.
    CodeExpired,
    /// A code was sent a moment ago.
    CodeTooSoon {
        /// Seconds until another one may be asked for.
        wait: u32,
    },
    /// The institution has refused to confirm the number that was stated; the form waits for another one.
    NumberNotConfirmed,

    // Method and documents.
    /// This version cannot sign by this method, or the order does not allow it.
    MethodUnavailable,
    /// The portal wants a signature this version cannot make.
    SignatureUnsupported,
    /// A document is not the one the portal announced.
    DocumentAltered,
    /// There is no such document.
    DocumentUnknown,

    // Reader and card.
    /// No reader is there, or no longer.
    ReaderMissing,
    /// The app may not use the reader.
    ReaderNotPermitted,
    /// Another program uses the reader.
    ReaderBusy,
    /// This reader, or the card in it, cannot be used.
    ReaderUnsupported {
        /// Why.
        reason: UnsupportedReason,
    },
    /// The reader did not work as it should.
    ReaderFailed,
    /// No card is in the reader, or none came in time.
    CardMissing,
    /// The card was removed or lost before the PIN was used.
    CardLost,
    /// The card did not answer in time.
    CardTimeout,
    /// The person dismissed the system's sheet.
    CardCancelled,
    /// The card holds no signature application this version can read.
    CardUnsupported,
    /// The card holds no certificate for signing.
    CardWithoutCertificate,
    /// The card was changed between reading and signing.
    CardChanged,
    /// The card refused, or did not do what a card does.
    CardFailed {
        /// In which way.
        fault: CardFault,
        /// The status word, or what was malformed, for the log.
        detail: String,
    },
    /// The certificate on the card is another person's.
    CardOfAnotherPerson,
    /// Several certificates could sign; choose one.
    CertificateChoiceNeeded,

    // PIN.
    /// The PIN does not have the length or the characters of a PIN; it was not sent to the card.
    PinMalformed {
        /// The least characters.
        min_length: u8,
        /// The most characters.
        max_length: u8,
        /// Whether it has digits only.
        numeric: bool,
    },
    /// The PIN is wrong.
    PinWrong {
        /// Tries left, where the card told.
        tries_left: Option<u8>,
    },
    /// The PIN is blocked.
    PinBlocked,
    /// One try is left; it needs a confirmation of its own. The PIN was not sent.
    PinLastTry,
    /// The link was lost while the PIN was being checked: a try may have been spent.
    PinOutcomeUnknown,
    /// The PIN has not been activated yet.
    PinNotActivated,
    /// The card does not take its PIN over this link.
    PinNotAllowedHere,
    /// The new PIN does not have the length or the characters of a PIN of this card; nothing was sent to the card.
    NewPinMalformed {
        /// The least characters.
        min_length: u8,
        /// The most characters.
        max_length: u8,
        /// Whether it has digits only.
        numeric: bool,
    },
    /// The new PIN is the old one; nothing was sent to the card.
    NewPinSame,
    /// The link was lost, or the app was killed, while the PIN was being changed: the card may have the old one or the new
    /// one, and a try may have been spent.
    PinChangeOutcomeUnknown,
    /// The card does not let its PIN be changed.
    PinUnchangeable,
    /// The PUK does not have the length or the characters of the PUK of this card; nothing was sent to the card.
    PukMalformed {
        /// The least characters.
        min_length: u8,
        /// The most characters.
        max_length: u8,
        /// Whether it has digits only.
        numeric: bool,
    },
    /// The PUK is wrong; the PIN is as it was.
    PukWrong {
        /// Tries left, where the card told.
        tries_left: Option<u8>,
    },
    /// The PUK is blocked.
    PukBlocked,
    /// As far as is known, the PUK has no more than one try left; it needs a confirmation of its own. Nothing was sent to the
    /// card.
    PukLastTry,
    /// The link was lost, or the app was killed, while the PUK was being checked: the PIN may be unblocked, or may be as it was,
    /// and a try of the PUK may have been spent.
    PukOutcomeUnknown,
    /// The card has no PUK for its PIN that is sent from here, or does not take it.
    PukUnavailable,
    /// What the portal sent to unblock the PIN was no RESET RETRY COUNTER for this PIN: it was not sent to the card.
    UnblockingRefused,
    /// The PIN is unblocked, but the card has set no new one: it has the one it had before. Told as a card's notice.
    PinKept,
    /// The portal cannot unblock this card: it does not know it, or not as this person's.
    UnblockingUnavailable,

    // Certificate and signature.
    /// The certificate is no longer valid.
    CertificateExpired {
        /// When it ended.
        since: SystemTime,
    },
    /// The certificate is not valid yet.
    CertificateNotYetValid {
        /// When it begins.
        from: SystemTime,
    },
    /// The certificate is not a qualified one (NES).
    CertificateNotQualified {
        /// What it is instead, or lacks.
        fault: QualificationFault,
        /// Which mark is missing, for the log.
        detail: String,
    },
    /// The certificate cannot be read.
    CertificateMalformed,
    /// What the card signed does not verify: nothing was sent.
    SignatureSelfCheckFailed,
    /// The portal says that the signature does not hold.
    SignatureRefused,
    /// The portal says that the certificate is another person's.
    SignerNotApplicant,
    /// The number in the certificate is the applicant's, but the name is another person's.
    HolderNameDiffers,
    /// The portal could not learn whether the certificate has been revoked. Nothing is known against it.
    CertificateStateUnknown,
    /// The portal does not accept the certificate.
    CertificateRefused,
    /// The certificate is suspended: it is not revoked, and can sign again once the suspension is lifted.
    CertificateSuspended,
    /// The signature is made and kept, but no time-stamp for it can be had now.
    TimestampUnavailable,
    /// The signature is made and kept, but this device's clock is too far from that of the time-stamping authority.
    ClockWrong,
    /// The device's clock is more than five minutes wrong. No signature was begun.
    DeviceClockWrong {
        /// What it shows.
        device: SystemTime,
        /// What time it is at the portal.
        portal: SystemTime,
    },

    // Network and portal.
    /// The portal cannot be reached.
    PortalUnreachable,
    /// The portal did not answer in time.
    PortalTimeout,
    /// The proxy on the way to the portal is the cause. Nothing was sent to the portal.
    ProxyFailed {
        /// What it did.
        fault: ProxyFault,
        /// Its host and port.
        proxy: String,
    },
    /// The portal's TLS certificate was not issued by an authority the app trusts.
    PortalUntrusted,
    /// The portal's TLS certificate belongs to another host.
    PortalWrongHost,
    /// The portal's TLS certificate is not valid at this device's time: as a rule, the device's date is wrong.
    PortalNotCurrent {
        /// What the device shows.
        device: SystemTime,
    },
    /// The secure connection could not be made for another reason.
    PortalInsecure,
    /// The portal answered something that is not of the protocol.
    PortalGarbled,
    /// The portal cannot do it now.
    PortalUnavailable {
        /// Seconds to wait, where the portal told.
        wait: Option<u32>,
    },
    /// Too many requests.
    RateLimited {
        /// Seconds to wait.
        wait: u32,
    },
    /// The portal refused for a reason this version does not know.
    PortalRefused {
        /// What the portal said, for the log.
        detail: String,
    },

    /// This version is too old for its portal.
    AppOutdated {
        /// The oldest version the portal works with.
        version: String,
    },

    // The app itself.
    /// The answer does not belong to the current step. Nothing was changed.
    AnswerNotExpected,
    /// The person no longer wanted to wait. What was entered is kept.
    Cancelled,
    /// The configuration cannot be used.
    ConfigurationInvalid {
        /// Which part of it.
        fault: ConfigurationFault,
        /// What is wrong with it, for the log.
        detail: String,
    },
    /// A text the shell passed is no Unicode: a Kotlin string with half a surrogate pair, or octets that are no UTF-8.
    TextUnreadable,
    /// The key that seals the journal is not to be had.
    VaultUnavailable,
    /// The journal cannot be opened with this key: it belongs to another installation, or is damaged.
    JournalUnreadable,
    /// The journal was written by a newer version.
    JournalTooNew,
    /// The journal is in use by another process.
    JournalBusy,
    /// The journal cannot be written or read.
    StorageFailed {
        /// Why.
        fault: StorageFault,
        /// What failed, for the log.
        detail: String,
    },
    /// The folder belongs to another portal. Nothing was opened, and no secret asked for.
    AnotherPortal {
        /// The origin of the portal it belongs to.
        portal: String,
    },
    /// A signed application is on its way: it must come to its receipt before anything is erased.
    SubmissionUnderWay,
    /// A mistake in the program.
    Internal {
        /// Where, for the log.
        detail: String,
    },
}

/// In which way a card failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CardFault {
    /// It said no.
    Refused,
    /// It did not answer as a card does.
    Garbled,
    /// It wants something this version cannot do.
    Unsupported,
}

/// Why a certificate is not a qualified one of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum QualificationFault {
    /// It is an authority's.
    Authority,
    /// It is a seal of an institution.
    Seal,
    /// It is for something else than signing.
    NotForSigning,
    /// A mark that the law asks for is missing.
    MarkMissing,
    /// It does not say whose it is.
    NoHolderNumber,
    /// Its key is too weak.
    WeakKey,
    /// Its key is of a kind this version does not know.
    UnknownKey,
}

/// What a proxy did instead of letting the app through to the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ProxyFault {
    /// It cannot be reached.
    Unreachable,
    /// It let nobody through.
    Refused,
    /// It wants a user name and a password.
    PasswordNeeded,
    /// It was reached and said nothing.
    Silent,
}

/// Which part of the configuration cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ConfigurationFault {
    /// The portal's address.
    Address,
    /// The roots the portal is trusted by.
    Roots,
    /// The folder.
    Folder,
    /// Where the app is to return to.
    ReturnAddress,
    /// The connection cannot be set up on this system.
    Connection,
}

/// Why the journal cannot be written or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum StorageFault {
    /// No room is left.
    DiskFull,
    /// The folder is not there, or no folder.
    FolderMissing,
    /// The app may not write there.
    NotPermitted,
    /// Nothing can be written there.
    ReadOnly,
    /// The storage itself fails.
    DeviceFailed,
    /// Something else.
    Other,
}
