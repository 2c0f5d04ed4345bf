//! The files of a container by what they are for (ETSI EN 319 162-1, 4.3.3.2, 4.4.3.2, A.1).

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use unicode_normalization::UnicodeNormalization;

use super::super::ContentDigests;
use crate::digest::HashFunction;
use crate::signature::asic::{
    MEDIA_TYPE, MEDIA_TYPE_FILE, SIMPLE_MEDIA_TYPE, is_archive_manifest, is_evidence_record, is_furniture, is_manifest,
    is_signature, is_token, is_xml_signature,
};
use crate::signature::manifest::{Manifest, Reference};
use crate::signature::report::Finding;
use crate::signature::zip::{Archive, Entry};
use crate::signature::{ContainerFault, MAX_SIGNATURE_SIZE, form};

const FOLDER: &str = "META-INF/";
const MAX_MANIFEST_SIZE: u64 = 1 << 20;
/// No container has more signatures, tokens or manifests of a kind; the signatures and tokens of one have no more octets
/// than a single file may.
const MAX_SIGNATURES: usize = 64;
/// A media type has fewer octets.
const MAX_MEDIA_TYPE: u64 = 256;

/// The files of a container by what they are for.
pub(super) struct Files<R> {
    pub(super) archive: Archive<R>,
    pub(super) findings: Vec<Finding>,
    pub(super) signatures: Vec<(String, Vec<u8>)>,
    pub(super) manifests: Vec<SignedManifest>,
    pub(super) archive_manifests: Vec<SignedManifest>,
    /// Whether a manifest cannot be read that a signature may be over.
    pub(super) lacks_manifest: bool,
    /// Whether a manifest that a token may be over cannot be read.
    pub(super) lacks_archive_manifest: bool,
    /// Time-stamp tokens over other files, by path.
    pub(super) tokens: BTreeMap<String, Vec<u8>>,
    pub(super) has_xml_signature: bool,
    pub(super) has_evidence_record: bool,
    /// Files beside the signatures that are none of these.
    pub(super) furniture: Vec<String>,
    /// Every other file, by path, with its place in the archive.
    pub(super) documents: BTreeMap<String, usize>,
    /// Every file that is none of the documents.
    others: BTreeMap<String, usize>,
}

/// A manifest, and the octets it was read from.
pub(super) struct SignedManifest {
    pub(super) name: String,
    pub(super) content: Vec<u8>,
    pub(super) manifest: Manifest,
}

impl<R: Read + Seek> Files<R> {
    pub(super) fn sort(archive: Archive<R>) -> Result<Self, ContainerFault> {
        let entries = archive.entries().to_vec();
        let mut files = Self {
            archive,
            findings: Vec::new(),
            signatures: Vec::new(),
            manifests: Vec::new(),
            archive_manifests: Vec::new(),
            lacks_manifest: false,
            lacks_archive_manifest: false,
            tokens: BTreeMap::new(),
            has_xml_signature: false,
            has_evidence_record: false,
            furniture: Vec::new(),
            documents: BTreeMap::new(),
            others: BTreeMap::new(),
        };
        let mut says_media_type = false;
        let mut room = MAX_SIGNATURE_SIZE;
        for (index, entry) in entries.iter().enumerate() {
            let name = &entry.name;
            let kind = Kind::of(name);
            if !matches!(kind, Kind::Document | Kind::Folder) {
                files.others.insert(name.clone(), index);
            }
            match kind {
                Kind::MediaType => {
                    let content = files.archive.read(index, MAX_MEDIA_TYPE).unwrap_or_default();
                    let is_known = [MEDIA_TYPE, SIMPLE_MEDIA_TYPE]
                        .iter()
                        .any(|known| content == known.as_bytes());
                    says_media_type = index == 0 && entry.is_stored && is_known;
                }
                Kind::Signature | Kind::Token => {
                    let content = files.archive.read(index, room)?;
                    room -= content.len() as u64;
                    if matches!(kind, Kind::Signature) {
                        files.signatures.push((name.clone(), content));
                    } else {
                        files.tokens.insert(name.clone(), content);
                    }
                }
                Kind::Manifest | Kind::ArchiveManifest => {
                    let content = files.archive.read(index, MAX_MANIFEST_SIZE)?;
                    let Some(manifest) = Manifest::parse(&content) else {
                        let file_name = name.clone();
                        files.lacks_manifest |= matches!(kind, Kind::Manifest);
                        files.lacks_archive_manifest |= matches!(kind, Kind::ArchiveManifest);
                        files.findings.push(Finding::ManifestMalformed { file_name });
                        continue;
                    };
                    let manifest = SignedManifest {
                        name: name.clone(),
                        content,
                        manifest,
                    };
                    if matches!(kind, Kind::Manifest) {
                        files.manifests.push(manifest);
                    } else {
                        files.archive_manifests.push(manifest);
                    }
                }
                Kind::XmlSignature => files.has_xml_signature = true,
                Kind::EvidenceRecord => files.has_evidence_record = true,
                Kind::Folder if entry.size == 0 => {}
                Kind::Folder => return Err(ContainerFault::Inconsistent),
                Kind::Furniture => files.furniture.push(name.clone()),
                Kind::Document => {
                    files.documents.insert(name.clone(), index);
                }
            }
            let counts = [
                files.signatures.len(),
                files.manifests.len(),
                files.archive_manifests.len(),
                files.tokens.len(),
            ];
            if counts.into_iter().any(|count| count > MAX_SIGNATURES) {
                return Err(ContainerFault::TooManyFiles);
            }
        }
        if !says_media_type {
            files.findings.push(Finding::MediaTypeMissing);
        }
        files.resolve(&entries);
        files.add_named_signatures(room)?;
        if files.signatures.len() > MAX_SIGNATURES {
            return Err(ContainerFault::TooManyFiles);
        }
        Ok(files)
    }

    /// Adds the signatures that have the name of none, and that a manifest names.
    fn add_named_signatures(&mut self, mut room: u64) -> Result<(), ContainerFault> {
        for manifest in &self.manifests {
            let name = &manifest.manifest.signature;
            let Some(index) = self.furniture.iter().position(|other| other == name) else {
                continue;
            };
            let Some(place) = self.others.get(name) else { continue };
            let content = self.archive.read(*place, room)?;
            if form::is_signature(&form::octets(&content)) {
                room -= content.len() as u64;
                self.furniture.remove(index);
                self.signatures.push((name.clone(), content));
            }
        }
        Ok(())
    }

    /// Whether nothing but the document can be what a signature is over that no manifest names (ETSI EN 319 162-1, 4.3).
    pub(super) fn is_simple(&self) -> bool {
        self.manifests.is_empty() && !self.lacks_manifest
    }

    /// The manifests of signatures that are not there under the name they write.
    pub(super) fn loose_manifests(&self) -> impl Iterator<Item = &SignedManifest> {
        let is_there =
            |name: &str| self.tokens.contains_key(name) || self.signatures.iter().any(|(other, _)| other == name);
        self.manifests
            .iter()
            .filter(move |manifest| !is_there(&manifest.manifest.signature))
    }

    /// The place of a file in the archive.
    pub(super) fn place_of(&self, path: &str) -> Option<usize> {
        self.documents.get(path).or_else(|| self.others.get(path)).copied()
    }

    /// The manifests that name a signature.
    pub(super) fn manifests_of<'a>(&'a self, signature: &'a str) -> impl Iterator<Item = &'a SignedManifest> {
        self.manifests
            .iter()
            .filter(move |manifest| manifest.manifest.signature == signature)
    }

    /// The document, where there is but one.
    pub(super) fn only_document(&self) -> Option<&str> {
        let mut documents = self.documents.keys();
        documents
            .next()
            .filter(|_| documents.next().is_none())
            .map(String::as_str)
    }

    /// Gives files that manifests write otherwise than the container the one name: relative to another folder, in another form
    /// of Unicode, or in the code page that the container's maker had.
    fn resolve(&mut self, entries: &[Entry]) {
        let mut unusual = Vec::new();
        let mut manifests: Vec<SignedManifest> = std::mem::take(&mut self.manifests);
        manifests.append(&mut self.archive_manifests);
        for manifest in &mut manifests {
            let manifest = &mut manifest.manifest;
            let paths = manifest.references.iter_mut().map(|reference| &mut reference.path);
            for path in paths.chain([&mut manifest.signature]) {
                if self.place_of(path).is_some() {
                    continue;
                }
                if let Some(name) = self.name_meant(path) {
                    *path = name;
                    unusual.push(path.clone());
                    continue;
                }
                let in_known = entries.iter().find(|entry| entry.other_names.contains(path));
                let mut in_any = entries.iter().filter(|entry| entry.may_be_named(path));
                let in_any = in_any.next().filter(|_| in_any.next().is_none());
                // The document is named as the manifest has it.
                if let Some(entry) = in_known.or(in_any)
                    && let Some(index) = self.documents.remove(&entry.name)
                {
                    self.documents.insert(path.clone(), index);
                    unusual.push(path.clone());
                }
            }
        }
        for file_name in unusual {
            let finding = Finding::PathUnusual { file_name };
            if !self.findings.contains(&finding) {
                self.findings.push(finding);
            }
        }
        for manifest in manifests {
            if is_archive_manifest(&manifest.name) {
                self.archive_manifests.push(manifest);
            } else {
                self.manifests.push(manifest);
            }
        }
    }
}

impl<R> Files<R> {
    /// The file that a manifest means by a path which no file has.
    fn name_meant(&self, path: &str) -> Option<String> {
        let names = || self.documents.keys().chain(self.others.keys());
        let spaced = path.replace('+', " ");
        let tries = [("", path), (FOLDER, path), ("", &*spaced)];
        let relative = tries
            .into_iter()
            .filter_map(|(folder, path)| without_dots(folder, path));
        let found = relative.into_iter().find(|wanted| names().any(|name| name == wanted));
        found.or_else(|| {
            let mut same = names().filter(|name| name.nfc().eq(path.nfc()));
            same.next().filter(|_| same.next().is_none()).cloned()
        })
    }
}

/// A path relative to a folder, or to the container where it begins with a slash, without the parts that stand for folders (RFC
/// 3986, 5.2.4); nothing where it would lead out of the container.
fn without_dots(folder: &str, path: &str) -> Option<String> {
    let folder = if path.starts_with('/') { "" } else { folder };
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

impl SignedManifest {
    /// What its references have to be compared with: paths, and the functions they name.
    pub(super) fn functions(&self) -> impl Iterator<Item = (&str, Vec<HashFunction>)> {
        let references = self.manifest.references.iter();
        references.map(|reference| (reference.path.as_str(), reference.function().into_iter().collect()))
    }
}

impl Reference {
    /// What is to be said of the file, of which these are the digests.
    pub(super) fn compare(&self, found: Option<&ContentDigests>) -> Option<Finding> {
        let file_name = self.path.clone();
        match (found, &self.digest) {
            (None, _) => Some(Finding::DocumentMissing { file_name }),
            (Some(_), None) => Some(Finding::AlgorithmUnknown),
            (Some(found), Some(expected)) if found.value(expected.function).as_ref() != Some(&expected.value) => {
                Some(Finding::DocumentChanged { file_name })
            }
            (Some(_), Some(expected)) => (expected.function == HashFunction::Sha1).then_some(Finding::AlgorithmWeak),
        }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    MediaType,
    Signature,
    Manifest,
    ArchiveManifest,
    Token,
    XmlSignature,
    EvidenceRecord,
    Folder,
    Furniture,
    Document,
}

impl Kind {
    fn of(path: &str) -> Self {
        match path {
            MEDIA_TYPE_FILE => Self::MediaType,
            path if path.ends_with('/') => Self::Folder,
            path if is_manifest(path) => Self::Manifest,
            path if is_archive_manifest(path) => Self::ArchiveManifest,
            path if is_signature(path) => Self::Signature,
            path if is_token(path) => Self::Token,
            path if is_xml_signature(path) => Self::XmlSignature,
            path if is_evidence_record(path) => Self::EvidenceRecord,
            path if is_furniture(path) => Self::Furniture,
            _ => Self::Document,
        }
    }
}
