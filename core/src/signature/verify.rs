//! Verification over the octets that came: a signature passes where every step was taken and nothing was found against it.

mod container;
mod signer;

use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::time::SystemTime;

use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::report::{Finding, Report, SignatureReport, SignedDocument, hexadecimal, verdict};
use super::signed_data::SignedData;
use crate::certificate::{Certificate, TrustAnchors};
use crate::digest::{Digest, DigestAlgorithm};

pub use container::verify_container_from;

/// No signature file is larger; long-lived ones carry lists of revoked certificates.
const MAX_SIGNATURE_SIZE: u64 = 32 << 20;

/// Judges an ASiC-E container with CAdES at a moment: every signature, every document, every file.
#[must_use]
pub fn verify_container(container: &[u8], trust: &TrustAnchors, at: SystemTime) -> Report {
    verify_container_from(Cursor::new(container), trust, at)
}

/// Judges a detached signature (`.p7s`) over a content at a moment.
#[must_use]
pub fn verify_detached(signature: &[u8], content: &[u8], trust: &TrustAnchors, at: SystemTime) -> Report {
    verify_detached_from(signature, Cursor::new(content), trust, at).expect("octets in memory can be read")
}

/// As [`verify_detached`], reading the content piece by piece, so that its size does not matter.
///
/// # Errors
/// Where the content cannot be read.
pub fn verify_detached_from(
    signature: &[u8],
    mut content: impl Read + Seek,
    trust: &TrustAnchors,
    at: SystemTime,
) -> io::Result<Report> {
    content.seek(SeekFrom::Start(0))?;
    let mut digests = ContentDigests::default();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match content.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => digests.update(&buffer[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let signatures = judge(signature, Some(&digests), trust, at);
    let document = SignedDocument {
        file_name: String::new(),
        media_type: None,
        size: digests.size,
        sha256: hexadecimal(&digests.of(DigestAlgorithm::Sha256).value),
    };
    Ok(Report::new(Vec::new(), signatures, vec![document]))
}

/// Judges an enveloping signature (`.p7m`), which has its content within, at a moment.
#[must_use]
pub fn verify_enveloping(signature: &[u8], trust: &TrustAnchors, at: SystemTime) -> Report {
    Report::new(Vec::new(), judge(signature, None, trust, at), Vec::new())
}

/// Judges every signer of a signature file. There is at least one report, also where the file is none.
fn judge(
    signature: &[u8],
    content: Option<&ContentDigests>,
    trust: &TrustAnchors,
    at: SystemTime,
) -> Vec<SignatureReport> {
    let too_large = signature.len() as u64 > MAX_SIGNATURE_SIZE;
    let parsed = if too_large {
        None
    } else {
        SignedData::parse(signature).ok()
    };
    let Some(signed_data) = parsed.filter(|signed_data| !signed_data.signers.is_empty()) else {
        return vec![report(vec![Finding::SignatureMalformed])];
    };
    let mut common = Vec::new();
    let mut certificates = Vec::new();
    for element in &signed_data.certificates {
        match Certificate::parse(element.encoded()) {
            Ok(certificate) => certificates.push(certificate),
            Err(_) => common.push(Finding::CertificateUnreadable),
        }
    }
    let inner = signed_data.content.as_deref().map(ContentDigests::of_octets);
    if let (Some(inner), Some(outer)) = (&inner, content)
        && inner.of(DigestAlgorithm::Sha256) != outer.of(DigestAlgorithm::Sha256)
    {
        common.push(Finding::ContentDiffers);
    }
    if inner.is_none() && content.is_none() {
        common.push(Finding::ContentMissing);
    }
    match signed_data.version {
        1 | 3..=5 if signed_data.version == signed_data.expected_version() => {}
        1 | 3..=5 => common.push(Finding::VersionUnusual),
        _ => common.push(Finding::SignatureMalformed),
    }
    let content = content.or(inner.as_ref());
    signed_data
        .signers
        .iter()
        .map(|signer| signer::judge(&signed_data, signer, &certificates, content, trust, at, common.clone()))
        .collect()
}

/// A report of findings alone.
fn report(findings: Vec<Finding>) -> SignatureReport {
    let (verdict, sub_indication) = verdict(&findings);
    SignatureReport {
        file_name: None,
        verdict,
        sub_indication,
        signer: None,
        signing_time: None,
        level: None,
        covers: Vec::new(),
        findings,
    }
}

/// The digests of a content under every algorithm a signature may use, taken in one pass.
#[derive(Default)]
struct ContentDigests {
    size: u64,
    sha256: Sha256,
    sha384: Sha384,
    sha512: Sha512,
}

impl ContentDigests {
    fn of_octets(octets: &[u8]) -> Self {
        let mut digests = Self::default();
        digests.update(octets);
        digests
    }

    fn update(&mut self, octets: &[u8]) {
        self.size += octets.len() as u64;
        self.sha256.update(octets);
        self.sha384.update(octets);
        self.sha512.update(octets);
    }

    fn of(&self, algorithm: DigestAlgorithm) -> Digest {
        let value = match algorithm {
            DigestAlgorithm::Sha256 => self.sha256.clone().finalize().to_vec(),
            DigestAlgorithm::Sha384 => self.sha384.clone().finalize().to_vec(),
            DigestAlgorithm::Sha512 => self.sha512.clone().finalize().to_vec(),
        };
        Digest { algorithm, value }
    }
}
