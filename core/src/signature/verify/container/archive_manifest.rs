//! Manifests that a time-stamp token is over (ETSI EN 319 162-1, 4.4.5): the long-term form of containers. What such a
//! manifest names is proven to have existed at the token's time.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::super::{ContentDigests, Verifier, timestamp};
use super::files::{Files, SignedManifest};
use crate::der::{Reader, tag};
use crate::digest::HashFunction;
use crate::signature::report::{Finding, TimestampKind, TimestampReport};

/// A time-stamp over files of the container.
pub(super) struct ArchiveStamp {
    pub(super) report: TimestampReport,
    /// The paths of the files it is over.
    pub(super) covers: Vec<String>,
}

/// Goes back in time from now: the latest token is judged by today, and one whose manifest a later one covers by that one's
/// time.
pub(super) fn judge<R>(
    files: &Files<R>,
    digests: &BTreeMap<String, ContentDigests>,
    verifier: &Verifier<'_>,
) -> Vec<ArchiveStamp> {
    let tokens = files.archive_manifests.iter().map(|manifest| {
        let token = files.tokens.get(&manifest.manifest.signature);
        let element = token.and_then(|token| Reader::ber(token).expect(tag::SEQUENCE).ok());
        (manifest, token, element.and_then(timestamp::time_of))
    });
    let mut tokens: Vec<(&SignedManifest, Option<&Vec<u8>>, _)> = tokens.collect();
    tokens.sort_by_key(|(_, _, time)| Reverse(*time));
    let mut stamps: Vec<ArchiveStamp> = Vec::new();
    if files.lacks_archive_manifest {
        stamps.push(ArchiveStamp {
            report: TimestampReport::malformed(TimestampKind::Archive),
            covers: files.signatures.iter().map(|(name, _)| name.clone()).collect(),
        });
    }
    for (manifest, token, _) in tokens {
        let covering = stamps.iter().filter(|stamp| {
            stamp.report.holds()
                && stamp.covers.contains(&manifest.name)
                && stamp.covers.contains(&manifest.manifest.signature)
        });
        let known = covering.filter_map(|stamp| stamp.report.time).min();
        let imprint = |function: HashFunction| Some(function.digest(&manifest.content));
        let known = known.unwrap_or(verifier.at);
        let mut report = match token {
            Some(token) => verifier.token(token, TimestampKind::Archive, &imprint, known),
            None => TimestampReport::malformed(TimestampKind::Archive),
        };
        let references = &manifest.manifest.references;
        for reference in references {
            match reference.compare(digests.get(&reference.path)) {
                None => {}
                Some(finding) if report.findings.contains(&finding) => {}
                Some(finding @ (Finding::AlgorithmUnknown | Finding::AlgorithmWeak)) => report.findings.push(finding),
                Some(_) if !report.findings.contains(&Finding::ArchiveIndexUnmatched) => {
                    report.findings.push(Finding::ArchiveIndexUnmatched);
                }
                Some(_) => {}
            }
        }
        stamps.push(ArchiveStamp {
            report,
            covers: references.iter().map(|reference| reference.path.clone()).collect(),
        });
    }
    stamps
}
