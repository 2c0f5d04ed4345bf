//! Containers: which signature covers which files, and whether they are what was signed. What nobody signed of a container,
//! its media type and what else stands beside the signatures, is told and breaks nothing.

mod archive_manifest;
mod files;

use std::collections::{BTreeMap, HashSet};
use std::io::{Read, Seek};

use super::super::report::{
    DocumentDigest, Finding, ForeignForm, Report, SignatureReport, SignedDocument, TimestampReport, verdict,
};
use super::super::zip::{Archive, ContainerFault};
use super::{ContentDigests, Verifier, functions_of, report};
use crate::digest::HashFunction;

use files::{Files, SignedManifest};

/// Judges a container.
pub(super) fn verify(verifier: &Verifier<'_>, container: impl Read + Seek) -> Report {
    let refused = |fault| Report::new(vec![Finding::ContainerRefused { fault }], Vec::new(), Vec::new());
    match Archive::open(container) {
        Ok(archive) => Files::sort(archive)
            .and_then(|files| Judging::begin(files, verifier)?.verify(verifier))
            .unwrap_or_else(refused),
        Err(fault) => refused(fault),
    }
}

/// A container whose files were digested.
struct Judging<R> {
    files: Files<R>,
    /// Of every file that a manifest names, by path.
    digests: BTreeMap<String, ContentDigests>,
    documents: Vec<SignedDocument>,
    /// Documents that a signature covers.
    covered: HashSet<String>,
}

impl<R: Read + Seek> Judging<R> {
    /// Reads every file that a manifest names once, and the only document where there is one and a signature has no manifest.
    fn begin(mut files: Files<R>, verifier: &Verifier<'_>) -> Result<Self, ContainerFault> {
        let mut wanted: Vec<(String, Option<String>, Vec<HashFunction>)> = Vec::new();
        let mut want = |path: &str, media_type: Option<&String>, functions: Vec<HashFunction>| {
            if let Some((_, _, known)) = wanted.iter_mut().find(|(known, _, _)| known == path) {
                known.extend(functions);
            } else {
                wanted.push((path.to_owned(), media_type.cloned(), functions));
            }
        };
        for manifest in &files.manifests {
            for reference in &manifest.manifest.references {
                let functions = reference.function().into_iter().collect();
                want(&reference.path, reference.media_type.as_ref(), functions);
            }
        }
        if let Some(document) = files.only_document() {
            for (name, signature) in &files.signatures {
                if files.manifests_of(name).next().is_none() {
                    want(document, None, functions_of(signature));
                }
            }
        }
        for (path, functions) in files.archive_manifests.iter().flat_map(SignedManifest::functions) {
            want(path, None, functions);
        }
        let mut digests = BTreeMap::new();
        let mut documents = Vec::new();
        for (path, media_type, functions) in wanted {
            let Some(index) = files.place_of(&path) else { continue };
            let mut digest = ContentDigests::under(verifier.functions_of_document(functions));
            files.archive.stream(index, |piece| digest.update(piece))?;
            if files.documents.contains_key(&path) {
                documents.push(SignedDocument {
                    file_name: path.clone(),
                    media_type,
                    size: digest.size(),
                    digest: DocumentDigest::of(&digest),
                });
            }
            digests.insert(path, digest);
        }
        Ok(Self {
            files,
            digests,
            documents,
            covered: HashSet::new(),
        })
    }

    fn verify(mut self, verifier: &Verifier<'_>) -> Result<Report, ContainerFault> {
        let stamps = archive_manifest::judge(&self.files, &self.digests, verifier);
        let mut reports = Vec::new();
        for (name, signature) in &self.files.signatures {
            let outer: Vec<TimestampReport> = stamps
                .iter()
                .filter(|stamp| stamp.covers.contains(name))
                .map(|stamp| stamp.report.clone())
                .collect();
            let (covers, judged) = self.judge(verifier, name, signature, &outer);
            let first = reports.len();
            for mut signer in judged {
                signer.file_name = Some(name.clone());
                if let Some(signed) = &mut signer.counter_signs {
                    *signed += first;
                } else {
                    signer.covers.clone_from(&covers);
                }
                reports.push(signer);
            }
            self.covered.extend(covers);
        }
        let findings = self.tell();
        let covered = self.covered;
        let mut documents = self.documents;
        documents.retain(|document| covered.contains(&document.file_name));
        Ok(Report::new(findings, reports, documents))
    }

    /// Judges a signature by its manifest; of several that name it, by the one it is over. Where there is none, it is over the
    /// only document (ETSI EN 319 162-1, 4.3), or over a manifest that names a signature which is not there.
    fn judge(
        &self,
        verifier: &Verifier<'_>,
        name: &str,
        signature: &[u8],
        outer: &[TimestampReport],
    ) -> (Vec<String>, Vec<SignatureReport>) {
        let mut judged = None;
        for manifest in self.files.manifests_of(name) {
            let found = self.judge_by(manifest, verifier, signature, outer);
            let is_over_another = is_over_another(&found.1);
            if judged.is_none() || !is_over_another {
                judged = Some(found);
            }
            if !is_over_another {
                break;
            }
        }
        if let Some(judged) = judged {
            return judged;
        }
        let document = self.files.only_document();
        if let Some((document, digests)) = document.and_then(|name| Some((name, self.digests.get(name)?))) {
            let reports = verifier.judge(signature, Some(digests), outer);
            // Where something else may have been signed, nothing tells that it was this document.
            if self.files.is_simple() || !is_over_another(&reports) {
                return (vec![document.to_owned()], reports);
            }
        }
        let loose = self.files.loose_manifests();
        let loose = loose.map(|manifest| self.judge_by(manifest, verifier, signature, outer));
        let found = loose.into_iter().find(|(_, reports)| !is_over_another(reports));
        found.unwrap_or_else(|| (Vec::new(), vec![report(vec![Finding::ManifestMissing])]))
    }

    /// Judges a signature as one over a manifest, with what the manifest says of other files.
    fn judge_by(
        &self,
        SignedManifest { content, manifest, .. }: &SignedManifest,
        verifier: &Verifier<'_>,
        signature: &[u8],
        outer: &[TimestampReport],
    ) -> (Vec<String>, Vec<SignatureReport>) {
        let mut digests = ContentDigests::under(verifier.functions_of_document(functions_of(signature)));
        digests.update(content);
        let mut reports = verifier.judge(signature, Some(&digests), outer);
        let mut findings = Vec::new();
        for reference in &manifest.references {
            findings.extend(reference.compare(self.digests.get(&reference.path)));
        }
        for signer in reports.iter_mut().filter(|signer| signer.counter_signs.is_none()) {
            signer.value_holds &= findings.iter().all(|finding| *finding == Finding::AlgorithmWeak);
            for finding in &findings {
                if !signer.findings.contains(finding) {
                    signer.findings.push(finding.clone());
                }
            }
            (signer.verdict, signer.sub_indication) = verdict(&signer.findings);
        }
        let mut covers: Vec<String> = Vec::new();
        for reference in &manifest.references {
            if !covers.contains(&reference.path) {
                covers.push(reference.path.clone());
            }
        }
        (covers, reports)
    }

    /// What concerns the container as a whole.
    fn tell(&mut self) -> Vec<Finding> {
        let files = &self.files;
        let mut findings = files.findings.clone();
        let has_signature = !files.signatures.is_empty();
        let mut stamped = Vec::new();
        for SignedManifest { name, manifest, .. } in &files.manifests {
            if files.tokens.contains_key(&manifest.signature) {
                stamped.push(manifest.signature.as_str());
            } else if !files
                .signatures
                .iter()
                .any(|(signature, _)| *signature == manifest.signature)
            {
                findings.push(Finding::ManifestUnsigned {
                    file_name: name.clone(),
                });
            }
        }
        let is_archive = |token: &str| {
            let mut manifests = files.archive_manifests.iter();
            manifests.any(|manifest| manifest.manifest.signature == token)
        };
        let unjudged = |form, is_signature| Finding::FormNotSupported { form, is_signature };
        if files.tokens.keys().any(|token| !is_archive(token)) || !stamped.is_empty() {
            findings.push(unjudged(ForeignForm::Timestamp, !has_signature));
        }
        if files.has_xml_signature {
            findings.push(unjudged(ForeignForm::Xades, true));
        }
        if files.has_evidence_record {
            findings.push(unjudged(ForeignForm::EvidenceRecord, false));
        }
        if !has_signature {
            let is_signed = |finding: &Finding| matches!(finding, Finding::FormNotSupported { is_signature: true, .. });
            if !findings.iter().any(is_signed) {
                findings.push(Finding::SignatureMissing);
            }
            return findings;
        }
        for path in files.documents.keys().filter(|path| !self.covered.contains(*path)) {
            findings.push(Finding::FileNotCovered {
                file_name: path.clone(),
            });
        }
        for path in files.furniture.iter().filter(|path| !self.covered.contains(*path)) {
            findings.push(Finding::FurnitureNotCovered {
                file_name: path.clone(),
            });
        }
        findings
    }
}

/// Whether a signature is over something else than what it was judged by.
fn is_over_another(reports: &[SignatureReport]) -> bool {
    let Some(first) = reports.first() else { return false };
    let has = |finding| first.findings.contains(&finding);
    has(Finding::ContentChanged) || has(Finding::AttributesMissing) && has(Finding::SignatureWrong)
}
