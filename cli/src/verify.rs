//! What is signed, by whom, and whether it holds.

use std::io::{BufReader, Read as _};
use std::path::Path;
use std::time::SystemTime;

use basvuru::certificate::TrustAnchors;
use basvuru::failure::Failure;
use basvuru::signature::MAX_SIGNATURE_SIZE;
use basvuru::signature::form::{self, Form};
use basvuru::signature::profile::Profile;
use basvuru::signature::report::{Consequence, Finding, Report, SignatureReport, TimestampKind, Verdict};
use basvuru::signature::source::{Gathered, Sources};
use basvuru::signature::verify::{self, Verifier};
use basvuru::texts::Argument;
use basvuru::verdict::{finding_sentence, report_in_words, verdict_sentence};
use basvuru::writing::shown;
use console::Style;
use serde_json::Value;

use crate::arguments::Verify;
use crate::extend::open;
use crate::network::Network;
use crate::screen::Screen;
use crate::stop::Stop;
use crate::trust;

/// A signature file in base64 has a third more octets than the signature, and ends of lines.
const MAX_FILE_SIZE: u64 = MAX_SIGNATURE_SIZE / 2 * 3 + 1;

pub(crate) async fn run(options: &Verify, screen: &Screen) -> Result<(), Stop> {
    let trust = TrustAnchors::new(trust::certificates(&options.trust)?);
    let now = SystemTime::now();
    let at = options.at.unwrap_or(now);
    let file = Signed::read(options)?;
    let gathered = if options.offline {
        Gathered::default()
    } else {
        let network = Network::open(screen)?;
        file.gather(&Sources {
            fetch: &network,
            timestamp_authority: None,
            trust: &trust,
            now,
        })
        .await?
    };
    screen.quiet();
    let anchors = gathered.anchors(&trust);
    let verifier = Verifier {
        // The past is judged by what is known of it today.
        known_until: now.max(at),
        requires_revocation: !options.offline,
        evidence: gathered.evidence,
        unanswered: gathered.unanswered,
        ..Verifier::new(&anchors, at)
    };
    let report = file.judge(&verifier)?;
    if screen.is_json() {
        screen.object(&report_in_words(&report, screen.language()).map_err(unwritable)?);
    } else {
        show(options, &file, &report, screen);
    }
    match report.verdict {
        Verdict::TotalPassed => Ok(()),
        Verdict::TotalFailed => Err(Stop::Refused),
        Verdict::Indeterminate if report.signatures.is_empty() => Err(Stop::NotJudged),
        Verdict::Indeterminate => Err(Stop::Refused),
    }
}

fn unwritable(error: serde_json::Error) -> Failure {
    Failure::Internal {
        detail: error.to_string(),
    }
}

/// What is judged.
enum Signed<'a> {
    Container(&'a Verify),
    Detached(Vec<u8>, &'a Path),
    Enveloping(Vec<u8>),
    /// A signature that is not read.
    TooLarge,
}

impl<'a> Signed<'a> {
    /// What a file is, its octets tell, whatever it is called.
    fn read(options: &'a Verify) -> Result<Self, Stop> {
        let file = &options.file;
        if file.is_dir() {
            return Err(Stop::no_signature("stop-verify-folder", file));
        }
        let mut beginning = Vec::new();
        let read_beginning = open(file)?.take(form::BEGINNING).read_to_end(&mut beginning);
        read_beginning.map_err(Stop::at(file))?;
        match (Form::of(&beginning), &options.content) {
            (Form::Container, None) => Ok(Self::Container(options)),
            (Form::Signature, _) if is_too_large(file)? => Ok(Self::TooLarge),
            (Form::Container, Some(_)) => Err(Stop::no_signature("stop-verify-content", file)),
            (Form::Signature, Some(content)) => Ok(Self::Detached(read(file)?, content)),
            (Form::Signature, None) => Ok(Self::Enveloping(read(file)?)),
            (Form::Pdf, _) => Err(Stop::no_signature("stop-verify-pdf", file)),
            (Form::Xml, _) => Err(Stop::no_signature("stop-verify-xml", file)),
            (Form::Pem, _) => Err(Stop::no_signature("stop-verify-pem", file)),
            (Form::Empty, _) => Err(Stop::no_signature("stop-verify-empty", file)),
            (Form::Other, _) => Err(Stop::no_signature("stop-verify-other", file)),
        }
    }

    async fn gather(&self, sources: &Sources<'_>) -> Result<Gathered, Stop> {
        Ok(match self {
            // A container that is refused is judged for what it is.
            Self::Container(options) => sources
                .gather_container(BufReader::new(open(&options.file)?))
                .await
                .unwrap_or_default(),
            Self::Detached(signature, _) | Self::Enveloping(signature) => sources.gather(signature).await,
            Self::TooLarge => Gathered::default(),
        })
    }

    fn judge(&self, verifier: &Verifier<'_>) -> Result<Report, Stop> {
        Ok(match self {
            Self::Container(options) => verifier.container(BufReader::new(open(&options.file)?)),
            Self::Detached(signature, content) => {
                let judged = verifier.detached(signature, BufReader::new(open(content)?));
                judged.map_err(Stop::at(content))?
            }
            Self::Enveloping(signature) => verifier.enveloping(signature),
            Self::TooLarge => verify::too_large(),
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Container(_) => "verify-container",
            Self::Detached(..) | Self::Enveloping(_) | Self::TooLarge => "verify-signature",
        }
    }
}

/// Whether a signature file is larger than any that is read, which its size tells before it is.
fn is_too_large(file: &Path) -> Result<bool, Stop> {
    let size = open(file)?.metadata().map_err(Stop::at(file))?.len();
    Ok(size > MAX_FILE_SIZE)
}

/// Reads a signature file: no more of it than the verifier needs to tell that it is too large.
fn read(file: &Path) -> Result<Vec<u8>, Stop> {
    let mut content = Vec::new();
    let read = open(file)?.take(MAX_FILE_SIZE).read_to_end(&mut content);
    read.map_err(Stop::at(file))?;
    Ok(content)
}

fn show(options: &Verify, signed: &Signed<'_>, report: &Report, screen: &Screen) {
    let bold = Style::new().bold();
    let dim = Style::new().dim();
    let label = |id: &str| screen.sentence(id, &[]);
    let file = screen.path(&options.file);
    screen.line("");
    screen.line(&format!(
        "  {}",
        bold.apply_to(screen.sentence(signed.kind(), &[("file", Argument::Text(&file))]))
    ));
    for finding in &report.findings {
        show_finding(finding, screen);
    }
    if !report.documents.is_empty() {
        screen.line("");
        screen.line(&format!("  {}", label("verify-documents")));
        // What a detached signature is over has a name in the file system alone.
        let content = options.content.as_deref().map(|content| screen.path(content));
        for document in &report.documents {
            let is_named = !document.file_name.is_empty();
            let name = content.as_deref().filter(|_| !is_named);
            screen.line(&format!(
                "    {}  {}",
                shown(name.unwrap_or(&document.file_name)),
                dim.apply_to(&document.digest)
            ));
        }
    }
    for signature in &report.signatures {
        screen.line("");
        if let Some(signed) = signature.counter_signs {
            let signer = report.signatures.get(signed).and_then(|signed| signed.signer.as_ref());
            let of = signer
                .map(|signer| screen.sentence("verify-counter-signs", &[("signer", Argument::Text(&signer.name))]));
            screen.line(&format!(
                "  {} {}",
                label("verify-counter-signature"),
                dim.apply_to(of.unwrap_or_default())
            ));
        }
        if let Some(signer) = &signature.signer {
            let number = signer.number.as_deref().unwrap_or_default();
            screen.line(&format!("  {}", label("verify-signer")));
            screen.line(&format!(
                "    {} · {number} · {}",
                bold.apply_to(&signer.name),
                signer.issuer
            ));
        }
        if let Some(moment) = signature.signing_time {
            let moment = screen.sentence("verify-moment", &[("moment", Argument::Moment(moment))]);
            screen.line(&format!("  {}\n    {moment}", label("verify-time")));
        }
        show_lasting(signature, screen);
        if signature.verdict == Verdict::Indeterminate && signature.value_holds {
            screen.line(&format!("  {}", label("verify-value-holds")));
        }
        for finding in &signature.findings {
            show_finding(finding, screen);
        }
    }
    let style = match report.verdict {
        Verdict::TotalPassed => Style::new().green().bold(),
        Verdict::Indeterminate => Style::new().yellow().bold(),
        Verdict::TotalFailed => Style::new().red().bold(),
    };
    screen.line("");
    screen.line(&format!(
        "  {} {}",
        style.apply_to(verdict_sentence(report.verdict, screen.language())),
        dim.apply_to(standard_words(report))
    ));
    screen.line("");
}

/// What makes a signature last: the time that is proven, its level and profile, and the state of certificates.
fn show_lasting(signature: &SignatureReport, screen: &Screen) {
    let dim = Style::new().dim();
    let moment = |moment| screen.sentence("verify-moment", &[("moment", Argument::Moment(moment))]);
    let label = |id: &str| screen.line(&format!("  {}", screen.sentence(id, &[])));
    if let Some(proven) = signature.best_time {
        label("verify-best-time");
        screen.line(&format!("    {}", moment(proven)));
    }
    if !signature.timestamps.is_empty() {
        label("verify-timestamps");
    }
    for timestamp in &signature.timestamps {
        let kind = screen.sentence(
            match timestamp.kind {
                TimestampKind::Signature => "verify-timestamp-signature",
                TimestampKind::Content => "verify-timestamp-content",
                TimestampKind::Archive => "verify-timestamp-archive",
            },
            &[],
        );
        let (mark, style) = if timestamp.holds() {
            ("✓", Style::new().green())
        } else {
            ("✗", Style::new().red())
        };
        let time = timestamp.time.map(moment).unwrap_or_default();
        let authority = timestamp.authority.as_deref().unwrap_or_default();
        screen.line(&format!("    {} {kind} · {time} · {authority}", style.apply_to(mark)));
    }
    if let Some(level) = level_name(signature) {
        label("verify-level");
        screen.line(&format!("    CAdES {level}"));
    }
    if let Some(policy) = &signature.policy {
        label("verify-policy");
        let name = signature.profile.map_or("", profile_name);
        screen.line(&format!("    {}", [name, policy.oid.as_str()].join(" ").trim_start()));
        let digest = policy
            .digest
            .as_ref()
            .map(|digest| format!("SHA-{} {digest}", digest.len() * 4));
        for line in [digest.as_ref(), policy.address.as_ref(), policy.notice.as_ref()]
            .into_iter()
            .flatten()
        {
            screen.line(&format!("    {}", dim.apply_to(line)));
        }
    }
    let is_about_state = |finding: &Finding| {
        matches!(
            finding,
            Finding::RevocationNotChecked
                | Finding::RevocationUnknown { .. }
                | Finding::Revoked { .. }
                | Finding::Suspended { .. }
        )
    };
    if signature.verdict == Verdict::TotalPassed && !signature.findings.iter().any(is_about_state) {
        label("verify-revocation");
        screen.line(&format!("    {}", screen.sentence("verify-not-revoked", &[])));
    }
}

const fn profile_name(profile: Profile) -> &'static str {
    match profile {
        Profile::P1 => "P1",
        Profile::P2 => "P2",
        Profile::P3 => "P3",
        Profile::P4 => "P4",
    }
}

/// The level as ETSI EN 319 122-1 writes it, such as `B-T`.
pub(crate) fn level_name(signature: &SignatureReport) -> Option<String> {
    let level = serde_json::to_value(signature.level?).ok()?;
    level.as_str().map(str::to_owned)
}

fn show_finding(finding: &Finding, screen: &Screen) {
    let (mark, style) = match finding.consequence() {
        Consequence::Note => ("·", Style::new().dim()),
        Consequence::Indeterminate(_) => ("?", Style::new().yellow()),
        Consequence::Failed(_) => ("✗", Style::new().red()),
    };
    let sentence = finding_sentence(finding, screen.language());
    screen.line(&format!("    {} {}", style.apply_to(mark), style.apply_to(sentence)));
}

/// The verdict as ETSI EN 319 102-1 writes it.
fn standard_words(report: &Report) -> String {
    let word = |value: serde_json::Result<Value>| {
        value
            .ok()
            .and_then(|value| value.as_str().map(str::to_owned))
            .unwrap_or_default()
    };
    let verdict = word(serde_json::to_value(report.verdict));
    match report.sub_indication {
        Some(reason) => format!("{verdict} / {}", word(serde_json::to_value(reason))),
        None => verdict,
    }
}
