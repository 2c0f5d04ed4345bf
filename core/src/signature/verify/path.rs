//! Which of several paths a certificate is judged by, and what is told of it where nobody tells its state.

use std::time::SystemTime;

use super::Context;
use crate::certificate::Certificate;
use crate::certificate::path::{self, PathError};
use crate::certificate::revocation::{self, InVain, Moments, State, UnknownState};

impl Context<'_> {
    /// The path of a certificate that was valid at a moment. One of which nobody tells whether a certificate was revoked gives
    /// way to another of which it is told, and one that was revoked to one that was not: any path that holds is enough (RFC
    /// 5280, 6).
    pub(super) fn path(
        &self,
        certificate: &Certificate,
        at: SystemTime,
        moments: Moments,
    ) -> Result<Vec<Certificate>, PathError> {
        let evidence = self.evidence();
        let rank = |path: &[Certificate]| {
            let of_pair = |pair: &[Certificate]| match revocation::state(&pair[0], &pair[1], &evidence, moments) {
                State::Good => 0,
                State::Unknown(cause) if self.is_left_open(cause, &pair[0]) => 0,
                State::Revoked { .. } | State::Suspended { .. } => 1,
                State::Unknown(_) => 2,
            };
            path.windows(2).map(of_pair).max().unwrap_or_default()
        };
        path::build_best(certificate, &self.certificates, self.trust, at, &rank)
    }

    /// Whether it does not matter that nothing speaks of a certificate: nobody was asked, or it does not say who could be.
    pub(super) fn is_left_open(&self, cause: UnknownState, certificate: &Certificate) -> bool {
        cause.is_silence() && !(self.requires_revocation && certificate.names_teller())
    }

    /// Who was asked about a certificate in vain.
    pub(super) fn asked_in_vain(&self, certificate: &Certificate) -> impl Iterator<Item = InVain> {
        let of_it = self.unanswered.iter().filter(|asked| asked.certificate == *certificate);
        of_it.flat_map(|asked| asked.asked.clone())
    }

    /// Why the state of a certificate is not known: what was asked in vain is told rather than that nothing came.
    pub(super) fn cause(&self, certificate: &Certificate, found: UnknownState) -> UnknownState {
        let of_it = self.unanswered.iter().filter(|asked| asked.certificate == *certificate);
        of_it
            .map(|asked| asked.cause)
            .max()
            .map_or(found, |cause| cause.max(found))
    }
}
