//! ASiC-E containers with CAdES (ETSI EN 319 162-1, 4.4): one manifest over all documents, so that one signature covers
//! them all. The same documents, certificate, time and value give the same octets.

use std::collections::HashSet;
use std::time::SystemTime;

use unicode_normalization::UnicodeNormalization;

use super::SignatureError;
use super::cades::{self, Signing};
use super::manifest::{Manifest, Reference};
use super::zip::ContainerWriter;
use crate::certificate::Certificate;
use crate::digest::{Digest, DigestAlgorithm};

/// The media type of a container, and the contents of its first file.
pub const MEDIA_TYPE: &str = "application/vnd.etsi.asic-e+zip";
pub(super) const MEDIA_TYPE_FILE: &str = "mimetype";
pub(super) const MANIFEST_FILE: &str = "META-INF/ASiCManifest001.xml";
pub(super) const SIGNATURE_FILE: &str = "META-INF/signature001.p7s";
/// The manifest is XML (RFC 7303).
const MANIFEST_MEDIA_TYPE: &str = "text/xml";
/// The digest of documents in a manifest; the one portals and people compare.
const DOCUMENT_DIGEST: DigestAlgorithm = DigestAlgorithm::Sha256;
/// What common systems keep for devices.
const DEVICE_NAMES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// A document to be signed.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    /// The name in the container: no folders, nothing that a file system would refuse.
    pub file_name: String,
    /// The media type, such as `application/pdf`.
    pub media_type: String,
    /// The octets that were shown and are signed.
    pub content: Vec<u8>,
}

impl std::fmt::Debug for Document {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "Document({:?}, {} octets)",
            self.file_name,
            self.content.len()
        )
    }
}

/// Prepares a container of all documents, signed by the key of a certificate.
///
/// # Errors
/// [`SignatureError`] where there is no document, a name or media type is not allowed, or the key cannot sign.
pub fn prepare<'a>(
    documents: &'a [Document],
    certificate: &Certificate,
    signing_time: SystemTime,
) -> Result<Prepared<'a>, SignatureError> {
    prepare_with(documents, Signing::new(certificate, signing_time))
}

/// As [`prepare`], with everything that can be said of the signer.
///
/// # Errors
/// As [`prepare`].
pub fn prepare_with<'a>(documents: &'a [Document], signing: Signing<'_>) -> Result<Prepared<'a>, SignatureError> {
    check(documents)?;
    let reference = |document: &Document| Reference {
        path: document.file_name.clone(),
        media_type: Some(document.media_type.clone()),
        digest: Some(DOCUMENT_DIGEST.digest(&document.content)),
    };
    let manifest = Manifest {
        signature: SIGNATURE_FILE.to_owned(),
        references: documents.iter().map(reference).collect(),
    };
    let manifest = manifest.to_xml().into_bytes();
    let signature = cades::prepare(&manifest, MANIFEST_MEDIA_TYPE, signing)?;
    Ok(Prepared {
        documents,
        manifest,
        signature,
    })
}

/// A container that lacks the signature's value.
#[derive(Debug)]
pub struct Prepared<'a> {
    documents: &'a [Document],
    manifest: Vec<u8>,
    signature: cades::Prepared,
}

impl Prepared<'_> {
    /// What the card signs.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        self.signature.digest()
    }

    /// Puts the container together and returns its octets. The value is as in [`cades::Prepared::finish`].
    ///
    /// # Errors
    /// [`SignatureError::NotByThisKey`] where the value does not verify with the certificate's key;
    /// [`SignatureError::Container`] where the documents are too large for a ZIP file.
    pub fn finish(self, value: &[u8]) -> Result<Vec<u8>, SignatureError> {
        let signature = self.signature.finish(value)?;
        let write = || -> std::io::Result<Vec<u8>> {
            let mut container = ContainerWriter::new(Vec::new());
            container.add(MEDIA_TYPE_FILE, MEDIA_TYPE.as_bytes())?;
            for document in self.documents {
                container.add(&document.file_name, &document.content)?;
            }
            container.add(MANIFEST_FILE, &self.manifest)?;
            container.add(SIGNATURE_FILE, &signature)?;
            container.finish()
        };
        write().map_err(|error| SignatureError::Container(error.to_string()))
    }
}

fn check(documents: &[Document]) -> Result<(), SignatureError> {
    if documents.is_empty() {
        return Err(SignatureError::NoDocument);
    }
    let mut seen = HashSet::new();
    for document in documents {
        if !is_safe_file_name(&document.file_name) {
            return Err(SignatureError::FileName(document.file_name.clone()));
        }
        if !cades::is_media_type(&document.media_type) {
            return Err(SignatureError::MediaType(document.media_type.clone()));
        }
        let folded: String = document.file_name.nfkc().flat_map(char::to_lowercase).nfkc().collect();
        if !seen.insert(folded) {
            return Err(SignatureError::DuplicateFileName(document.file_name.clone()));
        }
    }
    Ok(())
}

/// Whether every common file system can store a file of this name, and a container has not kept it for itself.
fn is_safe_file_name(name: &str) -> bool {
    let lower = name.to_lowercase();
    let stem = lower
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end_matches(|digit: char| digit.is_ascii_digit());
    let forbidden = |character: char| character.is_control() || "/\\:*?\"<>|".contains(character);
    !name.is_empty()
        && name.len() <= 200
        && !name.contains(forbidden)
        && !name.starts_with(['.', ' ', '~'])
        && !name.ends_with(['.', ' '])
        && !DEVICE_NAMES.contains(&stem)
        && ![MEDIA_TYPE_FILE, "meta-inf"].contains(&lower.as_str())
}
