//! A document too large for a phone's memory: packed, signed and verified piece by piece, in no more than 1.3 times the
//! processor's time that OpenSSL takes to digest the same octets.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::SystemTime;

use basvuru::certificate::{Certificate, TrustAnchors};
use basvuru::signature::asic::{self, FileDocument};
use basvuru::signature::cades::Signing;
use basvuru::signature::report::Verdict;
use basvuru::signature::verify::Verifier;
use basvuru_test_pki::{Authority, Holder, IssueOptions, KeyKind};

/// What the process may hold at most beyond what it held before, in KiB.
const BUDGET_KIB: u64 = 8 * 1_024;

/// Verifying may take this many times as long as OpenSSL's digest, where both use the processor's instructions for it.
const BUDGET_RATIO: f64 = 1.3;

/// Measures, prints, and fails where memory grows with the document, or where it takes too long. A build without optimisation is
/// not judged by its time, nor one for a processor without instructions for SHA.
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
        path: path.clone(),
    }];

    let before = peak_memory()?;
    let start = processor_time()?;
    let prepared = asic::prepare_with(&documents, Signing::new(&certificate, now))?;
    let value = issued.private_key.sign_digest(&prepared.digest().value)?;
    prepared.finish_into(&value, File::create(&container)?)?;
    let signed = processor_time()?.own - start.own;
    let start = processor_time()?;
    let report = Verifier::new(&trust, now).container(File::open(&container)?);
    let verified = processor_time()?.own - start.own;
    let digested = digest_by_openssl(&path)?;
    let grown = peak_memory()?.saturating_sub(before);
    fs::remove_dir_all(&folder)?;

    let ratio = verified / digested;
    let is_judged = !cfg!(debug_assertions) && has_instructions_for_sha()?;
    let is_fast = !is_judged || ratio <= BUDGET_RATIO;
    let passed = report.verdict == Verdict::TotalPassed && grown <= BUDGET_KIB && is_fast;
    if json {
        let figures = serde_json::json!({
            "megabytes": megabytes, "sign_s": signed, "verify_s": verified, "openssl_s": digested, "ratio": ratio,
            "judged": is_judged, "memory_growth_kib": grown, "passed": passed,
        });
        println!("{figures}");
    } else {
        println!(
            "{megabytes} MiB, processor time: signed in {signed:.2} s, verified in {verified:.2} s, digested by openssl in \
             {digested:.2} s (ratio {ratio:.2}); memory grew by {grown} KiB"
        );
    }
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What `openssl dgst -sha256` takes of a file's octets.
fn digest_by_openssl(file: &Path) -> Result<f64, Box<dyn std::error::Error>> {
    let start = processor_time()?;
    let output = Command::new("openssl").args(["dgst", "-sha256"]).arg(file).output()?;
    if !output.status.success() {
        return Err("openssl dgst failed".into());
    }
    Ok(processor_time()?.children - start.children)
}

/// Seconds that this process and those it waited for were computing, as Linux tells them.
struct ProcessorTime {
    own: f64,
    children: f64,
}

fn processor_time() -> Result<ProcessorTime, Box<dyn std::error::Error>> {
    /// What Linux counts processor time in, on every platform it tells it to programs.
    const TICKS_A_SECOND: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat")?;
    // Behind the name, which may have spaces: utime, stime, cutime and cstime are the fields 14 to 17 (proc(5)).
    let (_, fields) = stat.rsplit_once(')').ok_or("no name")?;
    let ticks: Vec<f64> = fields
        .split_whitespace()
        .skip(11)
        .take(4)
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    let [user, system, children_user, children_system] = ticks[..] else {
        return Err("no times".into());
    };
    Ok(ProcessorTime {
        own: (user + system) / TICKS_A_SECOND,
        children: (children_user + children_system) / TICKS_A_SECOND,
    })
}

fn has_instructions_for_sha() -> Result<bool, Box<dyn std::error::Error>> {
    let processor = fs::read_to_string("/proc/cpuinfo")?;
    Ok(processor
        .split_whitespace()
        .any(|flag| matches!(flag, "sha_ni" | "sha2")))
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
