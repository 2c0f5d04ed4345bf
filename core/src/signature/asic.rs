//! ASiC-E containers with CAdES (ETSI EN 319 162-1, 4.4): one manifest over all documents, so that one signature covers
//! them all. The same documents, certificate, time and value give the same octets.

mod existing;

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::time::SystemTime;

use unicode_normalization::UnicodeNormalization;

use super::SignatureError;
use super::cades::{self, Signing};
use super::content::ContentDigests;
use super::manifest::{Manifest, Reference};
use super::zip::{Checksum, ContainerWriter, MAX_FILES};
use crate::certificate::Certificate;
use crate::digest::{Digest, DigestAlgorithm, HashFunction};
use crate::writing;

pub use existing::{PreparedFurther, extend, prepare_further, stamp};
pub(super) use existing::{
    is_archive_manifest, is_evidence_record, is_furniture, is_manifest, is_signature, is_token, is_xml_signature,
    signatures,
};

/// The media type of a container, and the contents of its first file.
pub const MEDIA_TYPE: &str = "application/vnd.etsi.asic-e+zip";
/// The media type of a container of one document (ETSI EN 319 162-1, 4.3).
pub(super) const SIMPLE_MEDIA_TYPE: &str = "application/vnd.etsi.asic-s+zip";
pub(super) const MEDIA_TYPE_FILE: &str = "mimetype";
pub(super) const MANIFEST_FILE: &str = "META-INF/ASiCManifest001.xml";
pub(super) const SIGNATURE_FILE: &str = "META-INF/signature001.p7s";
/// The manifest is XML (RFC 7303).
const MANIFEST_MEDIA_TYPE: &str = "text/xml";
/// The most documents in one container: its media type, the manifest and the signature are files too.
const MAX_DOCUMENTS: usize = MAX_FILES - 3;
/// What of a container's size is kept for what is not known before it is signed: the signature, above all.
const RESERVED_SIZE: u64 = 1 << 20;
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

/// What a container packs: read once to be digested, and once more to be packed.
pub trait Packable {
    /// The name in the container: no folders, nothing that a file system would refuse.
    fn file_name(&self) -> &str;
    /// The media type, such as `application/pdf`.
    fn media_type(&self) -> &str;
    /// The octets from the beginning.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn open(&self) -> io::Result<Box<dyn Read + '_>>;
}

impl Packable for Document {
    fn file_name(&self) -> &str {
        &self.file_name
    }

    fn media_type(&self) -> &str {
        &self.media_type
    }

    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(self.content.as_slice()))
    }
}

/// A document that stays in its file, so that its size does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDocument {
    /// The name in the container.
    pub file_name: String,
    /// The media type, such as `application/pdf`.
    pub media_type: String,
    /// Where the file is.
    pub path: PathBuf,
}

impl Packable for FileDocument {
    fn file_name(&self) -> &str {
        &self.file_name
    }

    fn media_type(&self) -> &str {
        &self.media_type
    }

    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(File::open(&self.path)?))
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

/// As [`prepare`], for documents wherever they are, with everything that can be said of the signer.
///
/// # Errors
/// As [`prepare`], [`SignatureError::Container`] where a document cannot be read, and [`SignatureError::ContainerTooLarge`].
pub fn prepare_with<'a, D: Packable>(
    documents: &'a [D],
    signing: Signing<'_>,
) -> Result<Prepared<'a, D>, SignatureError> {
    check(documents)?;
    let mut references = Vec::new();
    let mut measures = Vec::new();
    for document in documents {
        let mut checksum = Checksum::default();
        let digests = ContentDigests::under([HashFunction::Of(DOCUMENT_DIGEST)]).and(Tee {
            input: document.open().map_err(unreadable)?,
            checksum: &mut checksum,
        });
        let digests = digests.map_err(unreadable)?;
        measures.push(Measure {
            checksum: checksum.value(),
            size: digests.size(),
        });
        references.push(Reference {
            path: document.file_name().to_owned(),
            media_type: Some(document.media_type().to_owned()),
            digest: digests.of(DOCUMENT_DIGEST).map(Into::into),
        });
    }
    let manifest = Manifest {
        signature: SIGNATURE_FILE.to_owned(),
        references,
    };
    let manifest = manifest.to_xml().into_bytes();
    let documents_size = documents.iter().zip(&measures);
    let documents_size = documents_size.map(|(document, measure)| taken_by(document.file_name(), measure.size));
    check_size(documents_size.sum::<u64>() + taken_by(MANIFEST_FILE, manifest.len() as u64))?;
    let signature = cades::prepare(&manifest, MANIFEST_MEDIA_TYPE, signing)?;
    Ok(Prepared {
        documents,
        measures,
        manifest,
        signature,
    })
}

/// A container that lacks the signature's value.
#[derive(Debug)]
pub struct Prepared<'a, D = Document> {
    documents: &'a [D],
    measures: Vec<Measure>,
    manifest: Vec<u8>,
    signature: cades::Prepared,
}

/// What a ZIP file says of a document before its octets.
#[derive(Debug, Clone, Copy)]
struct Measure {
    checksum: u32,
    size: u64,
}

impl<D: Packable> Prepared<'_, D> {
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
        self.finish_into(value, Vec::new())
    }

    /// As [`Self::finish`], written to an output while the documents are read, which is then given back.
    ///
    /// # Errors
    /// As [`Self::finish`], and [`SignatureError::Container`] where a document changed or the output cannot be written;
    /// what was written so far is then of no use.
    pub fn finish_into<W: Write>(self, value: &[u8], output: W) -> Result<W, SignatureError> {
        let signature = self.signature.finish(value)?;
        let write = || -> io::Result<W> {
            let mut container = ContainerWriter::new(output);
            container.add(MEDIA_TYPE_FILE, MEDIA_TYPE.as_bytes())?;
            for (document, measure) in self.documents.iter().zip(&self.measures) {
                container.add_from(document.file_name(), measure.checksum, measure.size, document.open()?)?;
            }
            container.add(MANIFEST_FILE, &self.manifest)?;
            container.add(SIGNATURE_FILE, &signature)?;
            container.finish()
        };
        write().map_err(unreadable)
    }
}

fn unreadable(error: io::Error) -> SignatureError {
    SignatureError::Container(error.to_string())
}

/// Reads on, and takes a checksum of what passes.
struct Tee<'a, R> {
    input: R,
    checksum: &'a mut Checksum,
}

impl<R: Read> Read for Tee<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        self.checksum.update(&buffer[..length]);
        Ok(length)
    }
}

fn check<D: Packable>(documents: &[D]) -> Result<(), SignatureError> {
    if documents.is_empty() {
        return Err(SignatureError::NoDocument);
    }
    if documents.len() > MAX_DOCUMENTS {
        return Err(SignatureError::TooManyDocuments { limit: MAX_DOCUMENTS });
    }
    let mut seen = HashSet::new();
    for document in documents {
        if !is_safe_file_name(document.file_name()) {
            return Err(SignatureError::FileName(document.file_name().to_owned()));
        }
        if !cades::is_media_type(document.media_type()) {
            return Err(SignatureError::MediaType(document.media_type().to_owned()));
        }
        let folded: String = document
            .file_name()
            .nfkc()
            .flat_map(char::to_lowercase)
            .nfkc()
            .collect();
        if !seen.insert(folded) {
            return Err(SignatureError::DuplicateFileName(document.file_name().to_owned()));
        }
    }
    Ok(())
}

/// Whether a ZIP file can have these octets and a signature: nobody signs what cannot be packed then.
pub(super) fn check_size(octets: u64) -> Result<(), SignatureError> {
    if octets + RESERVED_SIZE > u64::from(u32::MAX) {
        Err(SignatureError::ContainerTooLarge)
    } else {
        Ok(())
    }
}

fn taken_by(name: &str, size: u64) -> u64 {
    ContainerWriter::<Vec<u8>>::taken_by(name, size)
}

/// Whether every common file system can store a file of this name, and a container has not kept it for itself.
fn is_safe_file_name(name: &str) -> bool {
    let lower = name.to_lowercase();
    let stem = lower
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end_matches(|digit: char| digit.is_ascii_digit());
    let forbidden = |character: char| writing::steers(character) || "/\\:*?\"<>|".contains(character);
    !name.is_empty()
        && name.len() <= 200
        && !name.contains(forbidden)
        && !name.starts_with(['.', ' ', '~'])
        && !name.ends_with(['.', ' '])
        && !DEVICE_NAMES.contains(&stem)
        && ![MEDIA_TYPE_FILE, "meta-inf"].contains(&lower.as_str())
}
