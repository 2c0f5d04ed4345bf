//! A document too large for a phone's memory: packed, signed and verified piece by piece.

use std::fs::{self, File};
use std::process::ExitCode;
use std::time::{Instant, SystemTime};

use basvuru::certificate::{Certificate, TrustAnchors};
use basvuru::signature::asic::{self, FileDocument};
use basvuru::signature::cades::Signing;
use basvuru::signature::report::Verdict;
use basvuru::signature::verify::Verifier;
use basvuru_test_pki::{Authority, Holder, IssueOptions, KeyKind};

/// What the process may hold at most beyond what it held before, in KiB.
const BUDGET_KIB: u64 = 8 * 1_024;

/// Measures, prints, and fails where memory grows with the document.
#[expect(clippy::print_stdout, reason = "printing is what this program is for")]
pub(crate) fn run(megabytes: u64, json: bool) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join(format!("basvuru-bench-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let (path, container) = (folder.join("large.bin"), folder.join("large.asice"));
    File::create(&path)?.set_len(megabytes << 20)?;

    let authority = Authority::new()?;
    let holder = Holder::new("Ayşe", "Yılmaz", "10000000146");
    let issued = authority.issue(&holder, KeyKind::P384, &IssueOptions::default())?;
    let certificate = Certificate::parse(&issued.certificate_der)?;
    let trust = TrustAnchors::from_pem(authority.chain_pem()?.as_bytes())?;
    let now = SystemTime::now();
    let documents = [FileDocument {
        file_name: "large.bin".to_owned(),
        media_type: "application/octet-stream".to_owned(),
        path,
    }];

    let before = peak_memory()?;
    let start = Instant::now();
    let prepared = asic::prepare_with(&documents, Signing::new(&certificate, now))?;
    let value = issued.private_key.sign_digest(&prepared.digest().value)?;
    prepared.finish_into(&value, File::create(&container)?)?;
    let signed = start.elapsed();
    let start = Instant::now();
    let report = Verifier::new(&trust, now).container(File::open(&container)?);
    let verified = start.elapsed();
    let grown = peak_memory()?.saturating_sub(before);
    fs::remove_dir_all(&folder)?;

    let passed = report.verdict == Verdict::TotalPassed && grown <= BUDGET_KIB;
    let (signed, verified) = (signed.as_secs_f64(), verified.as_secs_f64());
    if json {
        let figures = serde_json::json!({
            "megabytes": megabytes, "sign_s": signed, "verify_s": verified, "memory_growth_kib": grown, "passed": passed,
        });
        println!("{figures}");
    } else {
        println!("{megabytes} MiB: signed in {signed:.1} s, verified in {verified:.1} s, memory grew by {grown} KiB");
    }
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The most memory this process has held, in KiB, as Linux tells it.
fn peak_memory() -> Result<u64, Box<dyn std::error::Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}
