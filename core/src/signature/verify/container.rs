//! Containers: which signature covers which files, and whether they are what was signed.

use std::collections::{BTreeMap, HashSet};
use std::io::{Read, Seek};

use super::super::asic::{MEDIA_TYPE, MEDIA_TYPE_FILE, is_manifest, is_signature};
use super::super::manifest::Manifest;
use super::super::report::{Finding, Report, SignatureReport, SignedDocument, verdict};
use super::super::zip::{Archive, ContainerFault};
use super::{ContentDigests, MAX_SIGNATURE_SIZE, Verifier, report};
use crate::digest::{DigestAlgorithm, hexadecimal};

const MAX_MANIFEST_SIZE: u64 = 1 << 20;
/// No container has more signatures or manifests; the signatures of one have no more octets than a single file may.
const MAX_SIGNATURES: usize = 20;

/// Judges a container.
pub(super) fn verify(verifier: &Verifier<'_>, container: impl Read + Seek) -> Report {
    let refused = |fault| Report::new(vec![Finding::ContainerRefused { fault }], Vec::new(), Vec::new());
    match Archive::open(container) {
        Ok(archive) => Files::sort(archive)
            .and_then(|files| files.verify(verifier))
            .unwrap_or_else(refused),
        Err(fault) => refused(fault),
    }
}

/// The files of a container by what they are for.
struct Files<R> {
    archive: Archive<R>,
    findings: Vec<Finding>,
    signatures: Vec<(String, Vec<u8>)>,
    manifests: Vec<(String, Vec<u8>, Manifest)>,
    /// Every other file, by path, with its place in the archive.
    documents: BTreeMap<String, usize>,
}

impl<R: Read + Seek> Files<R> {
    fn sort(archive: Archive<R>) -> Result<Self, ContainerFault> {
        let entries = archive.entries().to_vec();
        let mut files = Self {
            archive,
            findings: Vec::new(),
            signatures: Vec::new(),
            manifests: Vec::new(),
            documents: BTreeMap::new(),
        };
        let mut has_media_type = false;
        let mut room = MAX_SIGNATURE_SIZE;
        for (index, entry) in entries.into_iter().enumerate() {
            let kind = Kind::of(&entry.name);
            match kind {
                Kind::MediaType => {
                    let content = files.archive.read(index, 256)?;
                    has_media_type = index == 0 && entry.is_stored && content == MEDIA_TYPE.as_bytes();
                }
                Kind::Signature => {
                    let signature = files.archive.read(index, room)?;
                    room -= signature.len() as u64;
                    files.signatures.push((entry.name, signature));
                }
                Kind::Manifest => {
                    let content = files.archive.read(index, MAX_MANIFEST_SIZE)?;
                    match Manifest::parse(&content) {
                        Some(manifest) => files.manifests.push((entry.name, content, manifest)),
                        None => files
                            .findings
                            .push(Finding::ManifestMalformed { file_name: entry.name }),
                    }
                }
                Kind::Folder if entry.size == 0 => {}
                Kind::Folder => return Err(ContainerFault::Inconsistent),
                Kind::Other => {
                    files.documents.insert(entry.name, index);
                }
            }
            if files.signatures.len() > MAX_SIGNATURES || files.manifests.len() > MAX_SIGNATURES {
                return Err(ContainerFault::TooManyFiles);
            }
        }
        if !has_media_type {
            files.findings.push(Finding::MediaTypeMissing);
        }
        if files.signatures.is_empty() {
            files.findings.push(Finding::SignatureMissing);
        }
        Ok(files)
    }

    fn verify(mut self, verifier: &Verifier<'_>) -> Result<Report, ContainerFault> {
        let (digests, documents) = self.digest_documents()?;
        let mut covered = HashSet::new();
        let mut reports = Vec::new();
        for (name, signature) in &self.signatures {
            let mut manifests = self
                .manifests
                .iter()
                .filter(|(_, _, manifest)| manifest.signature == *name);
            let (Some((_, content, manifest)), None) = (manifests.next(), manifests.next()) else {
                reports.push(SignatureReport {
                    file_name: Some(name.clone()),
                    ..report(vec![Finding::ManifestMissing])
                });
                continue;
            };
            let covers: Vec<String> = manifest
                .references
                .iter()
                .map(|reference| reference.path.clone())
                .collect();
            covered.extend(covers.iter().cloned());
            let findings = check_documents(manifest, &digests);
            let first = reports.len();
            for mut signer in verifier.judge(signature, Some(&ContentDigests::of_octets(content))) {
                signer.file_name = Some(name.clone());
                if let Some(signed) = &mut signer.counter_signs {
                    *signed += first;
                    reports.push(signer);
                    continue;
                }
                signer.covers.clone_from(&covers);
                signer.findings.extend(findings.iter().cloned());
                (signer.verdict, signer.sub_indication) = verdict(&signer.findings);
                reports.push(signer);
            }
        }
        for (name, _, manifest) in &self.manifests {
            if !self
                .signatures
                .iter()
                .any(|(signature, _)| *signature == manifest.signature)
            {
                self.findings.push(Finding::ManifestUnsigned {
                    file_name: name.clone(),
                });
            }
        }
        for path in self.documents.keys().filter(|path| !covered.contains(*path)) {
            self.findings.push(Finding::FileNotCovered {
                file_name: path.clone(),
            });
        }
        Ok(Report::new(self.findings, reports, documents))
    }

    /// Reads every document that a manifest names once.
    fn digest_documents(&mut self) -> Result<(BTreeMap<String, ContentDigests>, Vec<SignedDocument>), ContainerFault> {
        let mut digests: BTreeMap<String, ContentDigests> = BTreeMap::new();
        let mut documents = Vec::new();
        for (_, _, manifest) in &self.manifests {
            for reference in &manifest.references {
                if digests.contains_key(&reference.path) {
                    continue;
                }
                let Some(index) = self.documents.get(&reference.path) else {
                    continue;
                };
                let mut digest = ContentDigests::default();
                self.archive.stream(*index, |piece| digest.update(piece))?;
                documents.push(SignedDocument {
                    file_name: reference.path.clone(),
                    media_type: reference.media_type.clone(),
                    size: digest.size(),
                    sha256: hexadecimal(&digest.of(DigestAlgorithm::Sha256).value),
                });
                digests.insert(reference.path.clone(), digest);
            }
        }
        Ok((digests, documents))
    }
}

fn check_documents(manifest: &Manifest, digests: &BTreeMap<String, ContentDigests>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for reference in &manifest.references {
        let file_name = reference.path.clone();
        match (digests.get(&reference.path), &reference.digest) {
            (None, _) => findings.push(Finding::DocumentMissing { file_name }),
            (Some(_), None) => findings.push(Finding::AlgorithmUnknown),
            (Some(found), Some(expected)) if found.of(expected.algorithm) != *expected => {
                findings.push(Finding::DocumentChanged { file_name });
            }
            (Some(_), Some(_)) => {}
        }
    }
    findings
}

/// What a file of a container is for (ETSI EN 319 162-1, 4.4.3.2, A.1).
enum Kind {
    MediaType,
    Signature,
    Manifest,
    Folder,
    Other,
}

impl Kind {
    fn of(path: &str) -> Self {
        if path == MEDIA_TYPE_FILE {
            return Self::MediaType;
        }
        if path.ends_with('/') {
            return Self::Folder;
        }
        match path {
            path if is_manifest(path) => Self::Manifest,
            path if is_signature(path) => Self::Signature,
            _ => Self::Other,
        }
    }
}
