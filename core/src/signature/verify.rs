//! Verification over the octets that came: a signature passes where every step was taken and nothing was found against it. It
//! fails where something was compared and does not match; all else leaves the verdict open (ETSI EN 319 102-1, 5.1.3).

mod archive;
mod container;
mod cryptography;
mod path;
mod policy;
mod signer;
mod timestamp;

use std::io::{self, Cursor, Read, Seek};
use std::time::{Duration, SystemTime};

use super::content::ContentDigests;
use super::report::{
    DocumentDigest, Finding, ForeignForm, Limit, Report, SignatureReport, SignedDocument, TimestampKind,
    TimestampReport, verdict,
};
use super::revocations::read_revocations;
use super::signed_data::{Signatory, SignedData};
use super::{MAX_SIGNATURE_SIZE, form, oid};
use crate::certificate::revocation::{self, Evidence, Moments, State, Unanswered};
use crate::certificate::{Certificate, TrustAnchors};
use crate::der::{DerError, Reader, tag};
use crate::digest::{Digest, DigestAlgorithm, HashFunction};

pub(super) use cryptography::named_certificate;
use cryptography::{Judgement, Purpose};

/// How far clocks of authorities and ours may differ.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(300);

/// Judges an ASiC container with CAdES at a moment: every signature, every document, every file. Nobody is asked about
/// revocation; what the container brings along is heeded. Documents are named by SHA-256.
#[must_use]
pub fn verify_container(container: &[u8], trust: &TrustAnchors, at: SystemTime) -> Report {
    let verifier = Verifier {
        names_documents_by_sha256: true,
        ..Verifier::new(trust, at)
    };
    verifier.container(Cursor::new(container))
}

/// Judges a detached signature (`.p7s`) over a content at a moment, as [`verify_container`] does.
#[must_use]
pub fn verify_detached(signature: &[u8], content: &[u8], trust: &TrustAnchors, at: SystemTime) -> Report {
    Verifier::new(trust, at)
        .detached(signature, Cursor::new(content))
        .expect("octets in memory can be read")
}

/// Judges an enveloping signature (`.p7m`), which has its content within, at a moment, as [`verify_container`] does.
#[must_use]
pub fn verify_enveloping(signature: &[u8], trust: &TrustAnchors, at: SystemTime) -> Report {
    Verifier::new(trust, at).enveloping(signature)
}

/// What is said of a signature file that is larger than any that is read (1.5 times [`MAX_SIGNATURE_SIZE`] in base64): nobody
/// need read it to tell that.
#[must_use]
pub fn too_large() -> Report {
    Report::new(Vec::new(), vec![report(vec![Finding::SignatureTooLarge])], Vec::new())
}

/// By what signatures are judged.
#[derive(Debug, Clone)]
pub struct Verifier<'a> {
    /// The roots that paths must lead to.
    pub trust: &'a TrustAnchors,
    /// The moment of the judgement.
    pub at: SystemTime,
    /// What was asked about the state of certificates.
    pub evidence: Evidence,
    /// What was asked in vain: why it is not known is told by it.
    pub unanswered: Vec<Unanswered>,
    /// Until when answers and lists may have been made that count: the moment of the judgement, or later where what is
    /// known today is to tell of the past.
    pub known_until: SystemTime,
    /// Whether a signature can pass only where it is known of every certificate that says who tells of it whether it was
    /// revoked. It is to be set wherever somebody can be asked: what was gathered may lack an answer for reasons that lie
    /// in the file.
    pub requires_revocation: bool,
    /// Whether documents are named by SHA-256 in any case, and not only where their signatures name it: whoever compares them
    /// with others needs one name, and whoever reads a large one does not want to digest it twice.
    pub names_documents_by_sha256: bool,
}

impl<'a> Verifier<'a> {
    /// Judges by what signatures bring along.
    #[must_use]
    pub fn new(trust: &'a TrustAnchors, at: SystemTime) -> Self {
        Self {
            trust,
            at,
            evidence: Evidence::default(),
            unanswered: Vec::new(),
            known_until: at,
            requires_revocation: false,
            names_documents_by_sha256: false,
        }
    }

    /// Judges an ASiC-E or ASiC-S container, reading documents piece by piece, so that their sizes do not matter.
    #[must_use]
    pub fn container(&self, container: impl Read + Seek) -> Report {
        container::verify(self, container)
    }

    /// Judges a detached signature, reading the content piece by piece, so that its size does not matter.
    ///
    /// # Errors
    /// Where the content cannot be read.
    pub fn detached(&self, signature: &[u8], content: impl Read) -> io::Result<Report> {
        let functions = self.functions_of_document(functions_of(signature));
        let digests = ContentDigests::under(functions).and(content)?;
        let signatures = self.judge(signature, Some(&digests), &[]);
        let document = SignedDocument {
            file_name: String::new(),
            media_type: None,
            size: digests.size(),
            digest: DocumentDigest::of(&digests),
        };
        Ok(Report::new(Vec::new(), signatures, vec![document]))
    }

    /// Judges a signature that has its content within.
    #[must_use]
    pub fn enveloping(&self, signature: &[u8]) -> Report {
        Report::new(Vec::new(), self.judge(signature, None, &[]), Vec::new())
    }

    /// What a document is digested with: what its signatures name, and SHA-256 where it is to be named by that, or by anything
    /// at all.
    fn functions_of_document(&self, mut named: Vec<HashFunction>) -> Vec<HashFunction> {
        if self.names_documents_by_sha256 || named.is_empty() {
            named.push(HashFunction::Of(DigestAlgorithm::Sha256));
        }
        named
    }

    /// Judges a time-stamp token (RFC 3161, 2.4.2) over a digest.
    #[must_use]
    pub fn timestamp(&self, token: &[u8], digest: &Digest) -> TimestampReport {
        let imprint = |function| (function == HashFunction::Of(digest.algorithm)).then(|| digest.value.clone());
        self.token(token, TimestampKind::Signature, &imprint, self.at)
    }

    /// Judges a token that is known to have existed at a moment by what it brings along itself.
    fn token(
        &self,
        token: &[u8],
        kind: TimestampKind,
        imprint: &dyn Fn(HashFunction) -> Option<Vec<u8>>,
        known: SystemTime,
    ) -> TimestampReport {
        let context = self.context(Vec::new(), Evidence::default());
        match Reader::ber(token).expect(tag::SEQUENCE) {
            Ok(token) => timestamp::judge(token, kind, imprint, &context, known),
            Err(_) => TimestampReport::malformed(kind),
        }
    }

    /// What a judgement rests on, with what a file brings along.
    fn context(&self, certificates: Vec<Certificate>, embedded: Evidence) -> Context<'_> {
        Context {
            trust: self.trust,
            at: self.at,
            known_until: self.known_until,
            requires_revocation: self.requires_revocation,
            certificates,
            embedded,
            values: Evidence::default(),
            outer: Vec::new(),
            fetched: &self.evidence,
            unanswered: &self.unanswered,
        }
    }

    /// Judges every signer of a signature file, and after each who counter-signed it. There is at least one report, also
    /// where the file is none. `outer` are time-stamps over the whole file.
    fn judge(
        &self,
        signature: &[u8],
        content: Option<&ContentDigests>,
        outer: &[TimestampReport],
    ) -> Vec<SignatureReport> {
        let signature = form::octets(signature);
        if signature.len() as u64 > MAX_SIGNATURE_SIZE {
            return vec![report(vec![Finding::SignatureTooLarge])];
        }
        let signed_data = match SignedData::parse(&signature) {
            Ok(signed_data) => signed_data,
            Err(error) => return vec![report(vec![unreadable(&signature, error)])],
        };
        if signed_data.content_type() == oid::TIMESTAMP_INFO {
            return vec![report(vec![Finding::FormNotSupported {
                form: ForeignForm::Timestamp,
                is_signature: true,
            }])];
        }
        if signed_data.signers.is_empty() {
            return vec![report(vec![Finding::SignatureMissing])];
        }
        let mut common = Vec::new();
        let certificates = read_certificates(&signed_data, &mut common);
        let embedded = read_revocations(&signed_data, &mut common);
        let context = Context {
            outer: outer.to_vec(),
            ..self.context(certificates, embedded)
        };
        let inner = inner_digests(&signed_data, content.is_some());
        if let (Some(inner), Some(outer)) = (&inner, content)
            && inner.is_same(outer) == Some(false)
        {
            common.push(Finding::ContentDiffers);
        }
        if inner.is_none() && content.is_none() {
            common.push(Finding::ContentMissing);
        }
        if signed_data.version != signed_data.expected_version() {
            common.push(Finding::VersionUnusual);
        }
        if signed_data.trailing > 0 {
            common.push(Finding::TrailingOctets {
                count: signed_data.trailing,
            });
        }
        let content = content.or(inner.as_ref());
        let signatories = signed_data.signatories();
        let judge = |signatory: &Signatory<'_>| {
            let signer = match &signatory.signer {
                Ok(signer) => signer,
                Err(finding) => return report(vec![finding.clone()]),
            };
            let Some(signed) = signatory.counter_signs else {
                let context = context.clone();
                return signer::judge(
                    &signed_data,
                    signer,
                    content,
                    Purpose::Document,
                    context,
                    common.clone(),
                );
            };
            let context = context.within(&signatories, signed);
            let value = signatories[signed]
                .signer
                .as_ref()
                .ok()
                .map(|signer| ContentDigests::under_all(&signer.signature));
            signer::judge(
                &signed_data,
                signer,
                value.as_ref(),
                Purpose::CounterSignature,
                context,
                Vec::new(),
            )
        };
        let judge = |signatory: &Signatory<'_>| SignatureReport {
            counter_signs: signatory.counter_signs,
            ..judge(signatory)
        };
        signatories.iter().map(judge).collect()
    }
}

/// Why a signature file is not judged.
fn unreadable(signature: &[u8], error: DerError) -> Finding {
    if error == DerError::Limit {
        Finding::LimitMet { limit: Limit::Parts }
    } else if form::is_signature(signature) {
        Finding::SignatureMalformed
    } else {
        Finding::SignatureNotCms
    }
}

/// The digests of the content that lies within, under what the signature names; where that is nothing and it is to be compared
/// with another, under what that one was taken.
fn inner_digests(signed_data: &SignedData<'_>, is_compared: bool) -> Option<ContentDigests> {
    let content = signed_data.content.as_deref()?;
    let mut functions = functions(signed_data);
    if is_compared && functions.is_empty() {
        functions.push(HashFunction::Of(DigestAlgorithm::Sha256));
    }
    let mut digests = ContentDigests::under(functions);
    digests.update(content);
    Some(digests)
}

/// The hash functions that a content has to be digested with for a signature file, in whatever encoding.
fn functions_of(signature: &[u8]) -> Vec<HashFunction> {
    let signature = form::octets(signature);
    SignedData::parse(&signature)
        .map(|signed_data| functions(&signed_data))
        .unwrap_or_default()
}

/// What signers and archive time-stamps name.
fn functions(signed_data: &SignedData<'_>) -> Vec<HashFunction> {
    let mut functions = Vec::new();
    for signer in &signed_data.signers {
        functions.extend(signer.hash_function());
        if signer.signed_attributes.is_none() {
            // The value is over the content itself, and its algorithm may name another function.
            functions.extend(signer.signature_algorithm().ok().and_then(|(_, named)| named));
        }
        let tokens = signer.unsigned_values(oid::ARCHIVE_TIMESTAMP_V3);
        functions.extend(tokens.filter_map(timestamp::function_of));
        let tokens = signer
            .signed_attributes
            .iter()
            .flat_map(|attributes| attributes.of_type(oid::CONTENT_TIMESTAMP));
        let tokens = tokens.flat_map(|attribute| &attribute.values);
        functions.extend(tokens.filter_map(|token| timestamp::function_of(*token)));
    }
    functions
}

/// What the judgement of every signer of a file rests on.
#[derive(Clone)]
struct Context<'a> {
    trust: &'a TrustAnchors,
    at: SystemTime,
    known_until: SystemTime,
    requires_revocation: bool,
    /// The certificates the file brings along.
    certificates: Vec<Certificate>,
    /// The answers and lists the file brings along.
    embedded: Evidence,
    /// Those among them that the signer who is judged has as values of an attribute, where profiles want them.
    values: Evidence,
    /// Time-stamps over the whole file, as a container has them.
    outer: Vec<TimestampReport>,
    fetched: &'a Evidence,
    unanswered: &'a [Unanswered],
}

impl Context<'_> {
    /// The same with what those bring along as unsigned attributes who are counter-signed, from one on outwards.
    fn within(&self, signatories: &[Signatory<'_>], signed: usize) -> Self {
        let mut context = self.clone();
        let mut outwards = Some(signed);
        while let Some(signatory) = outwards.map(|place| &signatories[place]) {
            if let Ok(signer) = &signatory.signer {
                // What cannot be read of it was found where the signer itself was judged.
                policy::add_values(signer, &mut context, &mut Judgement::new(Vec::new()));
            }
            outwards = signatory.counter_signs;
        }
        context
    }

    /// Whether what the file brings along tells that no certificate of a path was revoked.
    fn brings_along(&self, path: &[Certificate], moments: Moments) -> bool {
        let told = |pair: &[Certificate]| revocation::state(&pair[0], &pair[1], &self.embedded, moments) == State::Good;
        path.windows(2).all(told)
    }

    /// All answers and lists, wherever they came from.
    fn evidence(&self) -> Evidence {
        // What was asked for comes first: only so much is looked at, and the signature must not bury it.
        let mut evidence = self.fetched.clone();
        evidence.extend(&self.embedded);
        evidence
    }
}

fn read_certificates(signed_data: &SignedData<'_>, findings: &mut Vec<Finding>) -> Vec<Certificate> {
    let mut certificates = Vec::new();
    // Attribute certificates and those of other formats have tags of their own, and nothing rests on them here.
    let choices = signed_data.certificates.iter();
    for element in choices.filter(|choice| choice.tag() == tag::SEQUENCE) {
        match Certificate::parse(element.encoded()) {
            Ok(certificate) => certificates.push(certificate),
            Err(_) => findings.push(Finding::CertificateUnreadable),
        }
    }
    if signed_data.has_odd_certificates {
        findings.push(Finding::CertificateUnreadable);
    }
    certificates
}

/// A report of findings alone.
fn report(findings: Vec<Finding>) -> SignatureReport {
    let (verdict, sub_indication) = verdict(&findings);
    SignatureReport {
        file_name: None,
        counter_signs: None,
        verdict,
        sub_indication,
        value_holds: false,
        signer: None,
        signing_time: None,
        best_time: None,
        level: None,
        policy: None,
        profile: None,
        timestamps: Vec::new(),
        covers: Vec::new(),
        findings,
    }
}
