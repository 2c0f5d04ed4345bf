//! What an operator is told. A notice names events and numbers, never a person, a secret or the body of anything.

use std::fmt;
use std::sync::Arc;

/// Something an operator may want in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The portal listens.
    Listening {
        /// The URL people reach it by.
        url: String,
    },
    /// Others than its owner had rights to the data folder, as it was found.
    FolderWasOpen {
        /// Whether they have them no more. They still have where the folder is not the portal's own.
        closed: bool,
    },
    /// A request was answered.
    Answered {
        /// The id of the request, as the app sent it or, where it sent none that can stand in a log, a fresh one.
        request: String,
        /// The HTTP method.
        method: String,
        /// The route as declared, such as `/v1/orders/{order}`; never the path itself.
        route: String,
        /// The HTTP status.
        status: u16,
        /// How long it took, in milliseconds.
        milliseconds: u64,
    },
    /// A handler failed in a way that it should not; the requester was told `unavailable`.
    Failed {
        /// What failed, for an engineer.
        cause: String,
    },
    /// There was no time-stamp, or none that would hold; the applicant was asked to try again.
    NoTimestamp {
        /// What the authority or our verifier said.
        cause: String,
    },
    /// Nobody told whether a certificate behind a signature has been revoked; the applicant was asked to try again.
    StateUnknown,
    /// An institution is asked to confirm the telephone number of an order ([`crate::number_request`]).
    NumberToConfirm {
        /// The order.
        order: String,
    },
    /// Card management gave no answer; the applicant was asked to try again, or not offered its help.
    NoCardManagement {
        /// What it said.
        cause: String,
    },
    /// The clock was set by more than a minute. What expires, waits or is counted goes on as if it were not; dates are what the
    /// clock shows.
    ClockSet {
        /// By how many seconds, forwards or back.
        seconds: i64,
    },
    /// A mail or text message was delivered.
    Delivered {
        /// The number of the message in the outbox.
        message: i64,
    },
    /// A mail or text message could not be delivered and will be tried again.
    Undelivered {
        /// The number of the message in the outbox.
        message: i64,
        /// How many times it has been tried.
        attempts: u32,
        /// What the gateway said, without the recipient.
        cause: String,
    },
    /// Whoever is told of completed applications has not taken an event; it comes again.
    EventUntold {
        /// How many times it has been tried.
        attempts: u32,
        /// What was said, without the address.
        cause: String,
    },
    /// A connection ended before a request was read.
    ConnectionFailed {
        /// What went wrong.
        cause: String,
    },
    /// The portal has stopped.
    Stopped,
}

/// Who is told; nobody by default.
#[derive(Clone, Default)]
pub struct Notices(Option<Arc<dyn Fn(Notice) + Send + Sync>>);

impl Notices {
    /// Tells `listener`. It must not block: it is called from the portal's own tasks.
    pub fn to(listener: impl Fn(Notice) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(listener)))
    }

    pub(crate) fn tell(&self, notice: Notice) {
        if let Some(listener) = &self.0 {
            listener(notice);
        }
    }
}

impl fmt::Debug for Notices {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Notices")
    }
}
