//! What is told of an answer to those who look after the app and not the person: which step, how long, and with what
//! failure. It is told after the answer, outside every lock, and whoever is told can stop nothing.

use std::sync::Arc;
use std::time::Instant;

use super::PortFailure;
use crate::bounds::Listener;
use crate::diagnosis::{self, FailureNote, Moment};
use crate::failure::Failure;
use crate::portal::Portal;

/// An app's own monitoring. Is told after each answer, and each thing that was asked of the desk for cards, how it went, and
/// never anything of the person. It is told on a thread of its own and must never call back into the core; what
/// it throws changes nothing.
#[uniffi::export(foreign)]
pub trait Monitor: Send + Sync {
    /// An answer has come to its end.
    ///
    /// # Errors
    /// None that matter.
    fn observed(&self, event: MonitorEvent) -> Result<(), PortFailure>;
}

/// Where it is told how answers went, if anywhere.
pub(crate) type Monitoring = Option<Arc<Listener<MonitorEvent>>>;

/// Has an app's monitoring told, if it has one.
pub(crate) fn monitoring(monitor: Option<Arc<dyn Monitor>>) -> Monitoring {
    let monitor = monitor?;
    // What it throws changes nothing.
    Some(Arc::new(Listener::new(move |event| drop(monitor.observed(event)))))
}

/// How an answer went.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct MonitorEvent {
    /// What was answered: the name of the step's screen, such as `sign-in` or `sign-pin`; or what was asked of the desk for
    /// cards: `card-look`, `card-change-pin` or `card-test-reader`.
    pub step: String,
    /// How long it took.
    pub milliseconds: u64,
    /// The code of the failure, `BSV-` and three digits; none where there was none.
    pub code: Option<String>,
    /// The id of the last request to the portal on the way, by which the portal's log has it.
    pub request: Option<String>,
}

/// An answer under way. One that is let go of before its end was cut short: it has crashed, or its folder was opened again.
pub(crate) struct Observation {
    step: &'static str,
    began: Instant,
    portal: Option<Portal>,
    monitoring: Monitoring,
    is_over: bool,
}

impl Observation {
    /// Begins to look at what a step's answer comes to.
    pub(crate) fn begin(step: &'static str, portal: Option<&Portal>, monitoring: &Monitoring) -> Self {
        if let Some(portal) = portal {
            portal.forget_last_request();
        }
        Self {
            step,
            began: Instant::now(),
            portal: portal.cloned(),
            monitoring: monitoring.clone(),
            is_over: false,
        }
    }

    /// Records the code of a failure for support, and tells the monitor.
    pub(crate) async fn end(mut self, failure: Option<&'static str>) {
        self.is_over = true;
        self.tell(failure);
        if let Some(monitoring) = &self.monitoring {
            monitoring.settle().await;
        }
    }

    fn tell(&self, code: Option<&'static str>) {
        let milliseconds = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let request = self.portal.as_ref().and_then(Portal::last_request);
        if let Some(code) = code {
            diagnosis::failed(FailureNote {
                at: Moment::now(),
                step: self.step,
                code,
                milliseconds,
                request: request.clone(),
            });
        }
        if let Some(monitoring) = &self.monitoring {
            monitoring.tell(MonitorEvent {
                step: self.step.to_owned(),
                milliseconds,
                code: code.map(str::to_owned),
                request,
            });
        }
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        if !self.is_over {
            let why = if std::thread::panicking() {
                Failure::Internal { detail: String::new() }
            } else {
                Failure::Cancelled
            };
            // Nobody is left to wait for the monitor.
            self.tell(Some(why.code()));
        }
    }
}
