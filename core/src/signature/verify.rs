//! Verification over the octets that came: a signature passes where every step was taken and nothing was found against it.

mod archive;
mod container;
mod cryptography;
mod path;
mod policy;
mod signer;
mod timestamp;

use std::io::{self, Cursor, Read, Seek};
use std::time::{Duration, SystemTime};

use super::MAX_SIGNATURE_SIZE;
use super::content::ContentDigests;
use super::report::{Finding, Report, SignatureReport, SignedDocument, TimestampKind, TimestampReport, verdict};
use super::signed_data::{Signatory, SignedData};
use crate::certificate::crl::Crl;
use crate::certificate::ocsp::{self, OcspAnswer};
use crate::certificate::revocation::{self, Evidence, Moments, State, Unanswered};
use crate::certificate::{Certificate, TrustAnchors};
use crate::der::{Reader, tag};
use crate::digest::{Digest, DigestAlgorithm, hexadecimal};

pub(super) use cryptography::named_certificate;
use cryptography::{Judgement, Purpose};

/// How far clocks of authorities and ours may differ.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(300);

/// Judges an ASiC-E container with CAdES at a moment: every signature, every document, every file. Nobody is asked about
/// revocation; what the container brings along is heeded.
#[must_use]
pub fn verify_container(container: &[u8], trust: &TrustAnchors, at: SystemTime) -> Report {
    Verifier::new(trust, at).container(Cursor::new(container))
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
        }
    }

    /// Judges an ASiC-E container, reading documents piece by piece, so that their sizes do not matter.
    #[must_use]
    pub fn container(&self, container: impl Read + Seek) -> Report {
        container::verify(self, container)
    }

    /// Judges a detached signature, reading the content piece by piece, so that its size does not matter.
    ///
    /// # Errors
    /// Where the content cannot be read.
    pub fn detached(&self, signature: &[u8], content: impl Read) -> io::Result<Report> {
        let digests = ContentDigests::read(content)?;
        let signatures = self.judge(signature, Some(&digests));
        let document = SignedDocument {
            file_name: String::new(),
            media_type: None,
            size: digests.size(),
            sha256: hexadecimal(&digests.of(DigestAlgorithm::Sha256).value),
        };
        Ok(Report::new(Vec::new(), signatures, vec![document]))
    }

    /// Judges a signature that has its content within.
    #[must_use]
    pub fn enveloping(&self, signature: &[u8]) -> Report {
        Report::new(Vec::new(), self.judge(signature, None), Vec::new())
    }

    /// Judges a time-stamp token (RFC 3161, 2.4.2) over a digest.
    #[must_use]
    pub fn timestamp(&self, token: &[u8], digest: &Digest) -> TimestampReport {
        let kind = TimestampKind::Signature;
        let context = self.context(Vec::new(), Evidence::default());
        let imprint = |algorithm| (algorithm == digest.algorithm).then(|| digest.clone());
        match Reader::ber(token).expect(tag::SEQUENCE) {
            Ok(token) => timestamp::judge(token, kind, &imprint, &context, self.at),
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
            fetched: &self.evidence,
            unanswered: &self.unanswered,
        }
    }

    /// Judges every signer of a signature file, and after each who counter-signed it. There is at least one report, also
    /// where the file is none.
    fn judge(&self, signature: &[u8], content: Option<&ContentDigests>) -> Vec<SignatureReport> {
        if signature.len() as u64 > MAX_SIGNATURE_SIZE {
            return vec![report(vec![Finding::SignatureTooLarge])];
        }
        let parsed = SignedData::parse(signature).ok();
        let Some(signed_data) = parsed.filter(|signed_data| !signed_data.signers.is_empty()) else {
            return vec![report(vec![Finding::SignatureMalformed])];
        };
        let mut common = Vec::new();
        let certificates = read_certificates(&signed_data, &mut common);
        let embedded = read_revocations(&signed_data, &mut common);
        let context = self.context(certificates, embedded);
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
                .map(|signer| ContentDigests::of_octets(&signer.signature));
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
    for element in &signed_data.certificates {
        match Certificate::parse(element.encoded()) {
            Ok(certificate) => certificates.push(certificate),
            Err(_) => findings.push(Finding::CertificateUnreadable),
        }
    }
    certificates
}

/// `RevocationInfoChoice ::= CHOICE { crl CertificateList, other [1] SEQUENCE { otherRevInfoFormat OBJECT IDENTIFIER,
/// otherRevInfo ANY } }` (RFC 5652, 10.2.1)
pub(super) fn read_revocations(signed_data: &SignedData<'_>, findings: &mut Vec<Finding>) -> Evidence {
    let mut evidence = Evidence::default();
    for element in &signed_data.revocations {
        let read = || -> Option<()> {
            if element.tag() == tag::SEQUENCE {
                evidence.lists.push(Crl::parse(element.encoded()).ok()?);
                return Some(());
            }
            if element.tag() != tag::context_constructed(1) {
                return None;
            }
            let mut parts = element.children().ok()?;
            let format = parts.expect(tag::OBJECT_IDENTIFIER).ok()?.object_identifier().ok()?;
            let answer = parts.expect(tag::SEQUENCE).ok()?.encoded();
            parts.finish().ok()?;
            evidence.answers.push(match format {
                super::oid::OCSP_RESPONSE => OcspAnswer::parse(answer).ok()?,
                ocsp::BASIC => OcspAnswer::parse_basic(answer).ok()?,
                _ => return None,
            });
            Some(())
        };
        if { read }().is_none() {
            findings.push(Finding::RevocationUnreadable);
        }
    }
    evidence
}

/// A report of findings alone.
fn report(findings: Vec<Finding>) -> SignatureReport {
    let (verdict, sub_indication) = verdict(&findings);
    SignatureReport {
        file_name: None,
        counter_signs: None,
        verdict,
        sub_indication,
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
