//! Time-stamps are judged before they are kept: one that does not hold would be found when it is too late to ask for
//! another.

use std::time::{Duration, SystemTime};

use super::Sources;
use crate::certificate::Certificate;
use crate::der::{Element, Reader, tag};
use crate::digest::Digest;
use crate::signature::report::Finding;
use crate::signature::timestamp::{TimestampError, Token};
use crate::signature::verify::Verifier;

/// How far the time of a new time-stamp may be from our clock: that of a person's device may be off, and only its owner is
/// told that a day is too much.
const MAX_DISTANCE: Duration = Duration::from_secs(24 * 60 * 60);

impl Sources<'_> {
    /// Judges a token that was just received (RFC 3161, 2.2): its signature, that its certificate is for time-stamps, and
    /// that its time is near our clock; and its path where there are roots that it must lead to.
    pub(super) async fn judge_received(&self, token: &[u8], digest: &Digest) -> Result<(), TimestampError> {
        let parsed = Reader::ber(token).expect(tag::SEQUENCE).and_then(Token::parse);
        let parsed = parsed.map_err(|_| TimestampError::Malformed)?;
        let time = parsed.info.time;
        if distance(time, self.now) > MAX_DISTANCE {
            return Err(TimestampError::FarFromClock { time });
        }
        // At its own time, since clocks may differ. The path is looked for below, also where issuers are not brought along.
        let report = Verifier::new(self.trust, time).timestamp(token, digest);
        let is_path = |finding: &Finding| matches!(finding, Finding::PathInvalid { .. });
        let mut causes: Vec<Finding> = report.findings;
        causes.retain(|finding| !finding.is_note() && !is_path(finding));
        if causes.is_empty() && !self.trust.roots().is_empty() {
            let read = |element: &Element<'_>| Certificate::parse(element.encoded()).ok();
            let known: Vec<_> = parsed.signed_data.certificates.iter().filter_map(read).collect();
            let signer = parsed.signed_data.signers.first();
            let certificate = signer.and_then(|signer| known.iter().find(|known| signer.names(known)));
            let certificate = certificate.ok_or(TimestampError::Malformed)?;
            if let Err(fault) = self.path_at(certificate, &known, time).await {
                causes.push(Finding::PathInvalid { fault });
            }
        }
        if causes.is_empty() {
            Ok(())
        } else {
            Err(TimestampError::DoesNotHold { causes })
        }
    }
}

fn distance(one: SystemTime, other: SystemTime) -> Duration {
    one.duration_since(other).unwrap_or_else(|error| error.duration())
}
