//! Paths whose issuers are looked for where the certificates say they are to be had.

use std::time::SystemTime;

use super::{SourceError, Sources};
use crate::certificate::path::{self, PathError};
use crate::certificate::revocation::UnknownState;
use crate::certificate::{Certificate, published};

/// No issuer's certificate is looked for further away.
const MAX_ISSUERS: usize = 4;
/// No more addresses are asked for the issuers of one path.
const MAX_ADDRESSES: usize = 8;
/// A few certificates within a CMS have less.
const MAX_ISSUERS_SIZE: u64 = 1 << 18;

impl Sources<'_> {
    /// The path of a certificate that is valid now, its missing issuers looked for where the certificates say.
    ///
    /// # Errors
    /// [`SourceError::Path`]
    pub async fn path(
        &self,
        certificate: &Certificate,
        known: &[Certificate],
    ) -> Result<Vec<Certificate>, SourceError> {
        Ok(self.path_at(certificate, known, self.now).await?)
    }

    /// As [`Self::path`], of certificates that were valid at a moment.
    ///
    /// # Errors
    /// [`PathError`]
    pub async fn path_at(
        &self,
        certificate: &Certificate,
        known: &[Certificate],
        at: SystemTime,
    ) -> Result<Vec<Certificate>, PathError> {
        let paths = self.paths_at(certificate, known, at, 1).await?;
        paths.into_iter().next().ok_or(PathError::TooLong)
    }

    /// As [`Self::path_at`]: every path, the likeliest first, up to a number. What somebody put beside a certificate is no
    /// reason not to ask for its issuer.
    ///
    /// # Errors
    /// [`PathError`]
    pub(super) async fn paths_at(
        &self,
        certificate: &Certificate,
        known: &[Certificate],
        at: SystemTime,
        limit: usize,
    ) -> Result<Vec<Vec<Certificate>>, PathError> {
        let mut known = known.to_vec();
        let mut asked = Vec::new();
        let mut last = PathError::TooLong;
        for _ in 0..=MAX_ISSUERS {
            let fault = match path::build_all(certificate, &known, self.trust, at, limit) {
                Ok(paths) => return Ok(paths),
                Err(fault) => fault,
            };
            if !fault.is_of_issuers() {
                return Err(fault);
            }
            last = fault;
            let found = self.further_issuers(certificate, &known, &mut asked).await;
            if found.is_empty() {
                break;
            }
            known.extend(found);
        }
        Err(last)
    }

    /// The issuers between a certificate and where nobody says any more who issued them, as far as they can be had; nobody
    /// need be trusted.
    pub async fn issuers(&self, certificate: &Certificate) -> Vec<Certificate> {
        let mut found: Vec<Certificate> = Vec::new();
        let mut asked = Vec::new();
        for _ in 0..MAX_ISSUERS {
            let further = self.further_issuers(certificate, &found, &mut asked).await;
            if further.is_empty() {
                break;
            }
            found.extend(further);
        }
        path::issuers_among(certificate, &found)
    }

    /// What a certificate, or one that may have issued it, says of its issuer: of the first that gives something new. Those
    /// of which no issuer is known come first.
    async fn further_issuers(
        &self,
        certificate: &Certificate,
        known: &[Certificate],
        asked: &mut Vec<String>,
    ) -> Vec<Certificate> {
        let candidates = || known.iter().chain(self.trust.intermediates()).chain(self.trust.roots());
        let mut reached = vec![certificate];
        let mut next = 0;
        while let Some(current) = reached.get(next).copied() {
            let further = candidates().filter(|issuer| path::may_be_issuer(issuer, current));
            let further: Vec<&Certificate> = further.filter(|issuer| !reached.contains(issuer)).collect();
            reached.extend(further);
            next += 1;
        }
        let is_at_hand = |current: &&Certificate| {
            candidates().any(|issuer| issuer != *current && path::may_be_issuer(issuer, current))
        };
        reached.sort_by_key(is_at_hand);
        for current in reached {
            for url in current.issuer_addresses() {
                if asked.len() == MAX_ADDRESSES || asked.contains(&url) {
                    continue;
                }
                asked.push(url.clone());
                let read = |octets: &[u8]| {
                    let found = published::certificates(octets);
                    // One that was kept may be that of an older key: then a new one is fetched.
                    let is_of_use = found.iter().any(|issuer| path::is_issuer(issuer, current));
                    is_of_use.then_some(found).ok_or(UnknownState::Unreadable)
                };
                let Ok(mut found) = self.get(url, MAX_ISSUERS_SIZE, None, read).await else {
                    continue;
                };
                found.retain(|issuer| !known.contains(issuer));
                if !found.is_empty() {
                    return found;
                }
            }
        }
        Vec::new()
    }
}
