//! Containers that are signed already: their signatures extended, and further ones added. Documents, manifests and what
//! is not touched are packed again octet for octet.

use std::io::{self, Read, Seek, Write};

use super::{DOCUMENT_DIGEST, MANIFEST_MEDIA_TYPE, unreadable};
use crate::digest::{Digest, HashFunction};
use crate::signature::cades::{self, Signing};
use crate::signature::content::ContentDigests;
use crate::signature::extend::{self, ExtendError, Target};
use crate::signature::manifest::{Manifest, Reference};
use crate::signature::source::Sources;
use crate::signature::zip::{Archive, ContainerWriter, MAX_FILES};
use crate::signature::{ContainerFault, MAX_SIGNATURE_SIZE, SignatureError};

const MAX_FILE_SIZE: u64 = MAX_SIGNATURE_SIZE;
const FOLDER: &str = "META-INF/";

/// Extends every signature of a container, and writes the container anew.
///
/// # Errors
/// [`ExtendError`]; the container given is as good as before, and what was written is of no use.
pub async fn extend<W: Write>(
    container: impl Read + Seek,
    output: W,
    target: Target,
    sources: &Sources<'_>,
) -> Result<W, ExtendError> {
    let mut existing = Existing::open(container).map_err(ExtendError::Container)?;
    let mut extended = Vec::new();
    for (index, signature, digests) in existing.signatures()? {
        let signature = extend::extend(&signature, Some(&digests), target, sources).await?;
        extended.push((index, signature));
    }
    existing.replace(output, &extended)
}

/// Adds a time-stamp to every signature of a container that has none, and writes the container anew.
///
/// # Errors
/// As [`extend()`].
pub async fn stamp<W: Write>(container: impl Read + Seek, output: W, sources: &Sources<'_>) -> Result<W, ExtendError> {
    let mut existing = Existing::open(container).map_err(ExtendError::Container)?;
    let mut stamped = Vec::new();
    for (index, signature, _) in existing.signatures()? {
        stamped.push((index, extend::stamp(&signature, sources).await?));
    }
    existing.replace(output, &stamped)
}

/// The first signature files of a container, and time-stamp tokens over files, as many as asked for at most.
pub(in crate::signature) fn signatures(
    container: impl Read + Seek,
    at_most: usize,
) -> Result<Vec<Vec<u8>>, ContainerFault> {
    let mut archive = Archive::open(container)?;
    let entries = archive.entries().iter().enumerate();
    let places: Vec<usize> = entries
        .filter(|(_, entry)| is_signature(&entry.name) || is_token(&entry.name))
        .map(|(index, _)| index)
        .take(at_most)
        .collect();
    places
        .into_iter()
        .map(|index| archive.read(index, MAX_FILE_SIZE))
        .collect()
}

/// Prepares a further signature over all documents of a container that a signature covers already.
///
/// # Errors
/// [`SignatureError`] where the container is refused, has no signed document, or the key cannot sign.
pub fn prepare_further<R: Read + Seek>(
    container: R,
    signing: Signing<'_>,
) -> Result<PreparedFurther<R>, SignatureError> {
    let refused = |fault: ContainerFault| SignatureError::Container(fault.to_string());
    let mut existing = Existing::open(container).map_err(refused)?;
    let mut references: Vec<Reference> = Vec::new();
    for reference in existing.manifests.iter().flat_map(|(_, manifest)| &manifest.references) {
        if !references.iter().any(|other| other.path == reference.path) {
            references.push(reference.clone());
        }
    }
    for reference in &mut references {
        let path = reference.path.clone();
        let (index, _) = existing
            .names_of(|name| name == path)
            .pop()
            .ok_or(SignatureError::NoDocument)?;
        let functions = reference.function().into_iter();
        let mut digests = ContentDigests::under(functions.chain([HashFunction::Of(DOCUMENT_DIGEST)]));
        existing
            .archive
            .stream(index, |piece| digests.update(piece))
            .map_err(refused)?;
        if reference
            .digest
            .as_ref()
            .is_some_and(|expected| digests.value(expected.function).as_ref() != Some(&expected.value))
        {
            return Err(refused(ContainerFault::Damaged));
        }
        reference.digest = digests.of(DOCUMENT_DIGEST).map(Into::into);
    }
    if references.is_empty() {
        return Err(SignatureError::NoDocument);
    }
    // The manifest and the signature are two more files.
    if existing.archive.entries().len() + 2 > MAX_FILES {
        return Err(refused(ContainerFault::TooManyFiles));
    }
    let is_taken = |number: &u32| {
        !existing
            .names_of(|name| name.contains(&format!("{number:03}.")))
            .is_empty()
    };
    let number = (1..1_000)
        .find(|number| !is_taken(number))
        .ok_or(SignatureError::NoDocument)?;
    let manifest = Manifest {
        signature: format!("{FOLDER}signature{number:03}.p7s"),
        references,
    };
    let content = manifest.to_xml().into_bytes();
    let signature = cades::prepare(&content, MANIFEST_MEDIA_TYPE, signing)?;
    Ok(PreparedFurther {
        existing,
        number,
        manifest: content,
        signature,
    })
}

/// A further signature that lacks its value.
pub struct PreparedFurther<R> {
    existing: Existing<R>,
    number: u32,
    manifest: Vec<u8>,
    signature: cades::Prepared,
}

impl<R: Read + Seek> PreparedFurther<R> {
    /// What the card signs.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        self.signature.digest()
    }

    /// Writes the container with the further signature. The value is as in [`cades::Prepared::finish`].
    ///
    /// # Errors
    /// [`SignatureError::NotByThisKey`] where the value does not verify with the certificate's key;
    /// [`SignatureError::Container`] where the output cannot be written.
    pub fn finish_into<W: Write>(mut self, value: &[u8], output: W) -> Result<W, SignatureError> {
        let signature = self.signature.finish(value)?;
        let write = || -> io::Result<W> {
            let mut writer = ContainerWriter::new(output);
            self.existing.copy(&mut writer, &[])?;
            writer.add(&format!("{FOLDER}ASiCManifest{:03}.xml", self.number), &self.manifest)?;
            writer.add(&format!("{FOLDER}signature{:03}.p7s", self.number), &signature)?;
            writer.finish()
        };
        write().map_err(unreadable)
    }
}

impl<R> std::fmt::Debug for PreparedFurther<R> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "PreparedFurther({})", self.number)
    }
}

/// A container with its manifests read.
struct Existing<R> {
    archive: Archive<R>,
    manifests: Vec<(Vec<u8>, Manifest)>,
}

impl<R: Read + Seek> Existing<R> {
    fn open(container: R) -> Result<Self, ContainerFault> {
        let mut existing = Self {
            archive: Archive::open(container)?,
            manifests: Vec::new(),
        };
        for (index, _) in existing.names_of(is_manifest) {
            let content = existing.archive.read(index, MAX_FILE_SIZE)?;
            if let Some(manifest) = Manifest::parse(&content) {
                existing.manifests.push((content, manifest));
            }
        }
        Ok(existing)
    }

    /// Every signature with its place and the digests of the manifest it signs.
    fn signatures(&mut self) -> Result<Vec<(usize, Vec<u8>, ContentDigests)>, ExtendError> {
        let mut signatures = Vec::new();
        for (index, name) in self.names_of(is_signature) {
            let signature = self.archive.read(index, MAX_FILE_SIZE);
            let signature = signature.map_err(ExtendError::Container)?;
            let mut named = self.manifests.iter().filter(|(_, manifest)| manifest.signature == name);
            let (Some((content, _)), None) = (named.next(), named.next()) else {
                return Err(ExtendError::NoContent);
            };
            signatures.push((index, signature, ContentDigests::of_octets(content)));
        }
        Ok(signatures)
    }

    /// Writes the container with some files replaced.
    fn replace<W: Write>(&mut self, output: W, replaced: &[(usize, Vec<u8>)]) -> Result<W, ExtendError> {
        let write = |error: io::Error| ExtendError::Write(error.to_string());
        let mut writer = ContainerWriter::new(output);
        self.copy(&mut writer, replaced).map_err(write)?;
        writer.finish().map_err(write)
    }

    fn names_of(&self, wanted: impl Fn(&str) -> bool) -> Vec<(usize, String)> {
        let entries = self.archive.entries().iter().enumerate();
        entries
            .filter(|(_, entry)| wanted(&entry.name))
            .map(|(index, entry)| (index, entry.name.clone()))
            .collect()
    }

    /// Packs every file, some of them replaced.
    fn copy(&mut self, to: &mut ContainerWriter<impl Write>, replaced: &[(usize, Vec<u8>)]) -> io::Result<()> {
        for index in 0..self.archive.entries().len() {
            match replaced.iter().find(|(place, _)| *place == index) {
                Some((_, content)) => {
                    let name = self.archive.entries()[index].name.clone();
                    to.add(&name, content)?;
                }
                None => self.archive.copy(index, to)?,
            }
        }
        Ok(())
    }
}

/// The name of a file in the folder of signatures, in small letters: whoever writes it otherwise means the same.
fn name_in_folder(path: &str) -> Option<String> {
    let path = path.to_lowercase();
    path.strip_prefix("meta-inf/").map(str::to_owned)
}

/// Whether a file is a manifest of documents (ETSI EN 319 162-1, 4.4.3.2).
pub(in crate::signature) fn is_manifest(path: &str) -> bool {
    name_in_folder(path).is_some_and(|name| name.contains("asicmanifest") && name.ends_with(".xml"))
}

/// Whether a file is a manifest that a time-stamp token is over (ETSI EN 319 162-1, 4.4.5).
pub(in crate::signature) fn is_archive_manifest(path: &str) -> bool {
    name_in_folder(path).is_some_and(|name| name.contains("asicarchivemanifest") && name.ends_with(".xml"))
}

/// Whether a file is a time-stamp token over another file (ETSI EN 319 162-1, 4.4.3.2).
pub(in crate::signature) fn is_token(path: &str) -> bool {
    name_in_folder(path).is_some_and(|name| name.ends_with(".tst"))
}

/// Whether a file is of signatures in XML (ETSI EN 319 162-1, 4.4.3.2).
pub(in crate::signature) fn is_xml_signature(path: &str) -> bool {
    name_in_folder(path).is_some_and(|name| name.contains("signatures") && name.ends_with(".xml"))
}

/// Whether a file is an evidence record, or a manifest of what one is over (ETSI EN 319 162-1, 4.4.3.2).
pub(in crate::signature) fn is_evidence_record(path: &str) -> bool {
    name_in_folder(path)
        .is_some_and(|name| name.ends_with(".ers") || name.contains("evidencerecord") && name.ends_with(".xml"))
}

/// Whether a file stands in the folder of signatures, manifests and what proves them.
pub(in crate::signature) fn is_furniture(path: &str) -> bool {
    name_in_folder(path).is_some()
}

/// Whether a file is a CAdES signature (ETSI EN 319 162-1, 4.4.3.2).
pub(in crate::signature) fn is_signature(path: &str) -> bool {
    name_in_folder(path).is_some_and(|name| name.ends_with(".p7s"))
}
