//! CAdES B-B assembly: from the content to the file, everything but the private key's operation, and, since the value is
//! known to be right, its verification.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use basvuru::certificate::Certificate;
use basvuru::signature::cades::{self, Signing};
use basvuru_test_pki::{Authority, Holder, IssueOptions, KeyKind};

use crate::peer::Peer;

/// DESIGN §9: microseconds for one signature, and the most it may take of what the peer takes.
const BUDGET_US: f64 = 25.0;
const BUDGET_RATIO: f64 = 0.5;
/// Ours and the peer's take turns, so that a busy moment hits both.
const ROUNDS: u32 = 20;
const CONTENT: &[u8] = b"Hello, world!\n";

/// Measures, prints, and fails where the budget is exceeded by what was built to be fast.
#[expect(clippy::print_stdout, reason = "printing is what this program is for")]
pub(crate) fn run(count: u32, json: bool) -> ExitCode {
    let authority = Authority::new().expect("a test authority can always be made");
    let holder = Holder::new("Ayşe", "Yılmaz", "10000000146");
    let issued = authority.issue(&holder, KeyKind::Rsa2048, &IssueOptions::default());
    let issued = issued.expect("a test certificate can always be issued");
    let certificate = Certificate::parse(&issued.certificate_der).expect("it was just made");
    let signing = Signing::new(&certificate, SystemTime::now());
    let prepare = || cades::prepare(CONTENT, "text/plain", signing).expect("an RSA key of 2048 bits can sign");
    let value = issued
        .private_key
        .sign_digest(&prepare().digest().value)
        .expect("a digest of SHA-256 can be signed");
    let verified = prepare().verify(&value).expect("the value was just made");
    let peer = Peer::new(&issued.certificate_der, value.clone(), CONTENT);

    let ours_once = || {
        let prepared = prepare();
        black_box(prepared.digest());
        black_box(prepared.assemble(black_box(&verified)));
    };
    let peer_once = || {
        black_box(peer.sign());
    };
    let (mut ours, mut peers) = (Duration::ZERO, Duration::ZERO);
    let per_round = (count / ROUNDS).max(1);
    for round in 0..=ROUNDS {
        let taken = [time(per_round, &ours_once), time(per_round, &peer_once)];
        // The first round warms up.
        if round > 0 {
            ours += taken[0];
            peers += taken[1];
        }
    }
    let each = |total: Duration| total.as_secs_f64() * 1e6 / f64::from(per_round * ROUNDS);
    let (ours, peers) = (each(ours), each(peers));
    let ratio = ours / peers;
    if json {
        println!(
            "{}",
            serde_json::json!({ "ours_us": ours, "cms_builder_us": peers, "ratio": ratio })
        );
    } else {
        println!("ours {ours:.1} µs, cms builder {peers:.1} µs, ratio {ratio:.2}");
    }
    // Nobody ships what is built without optimisation, and the budget is not for it.
    if cfg!(debug_assertions) || ours <= BUDGET_US && ratio <= BUDGET_RATIO {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn time(count: u32, once: &impl Fn()) -> Duration {
    let start = Instant::now();
    for _ in 0..count {
        once();
    }
    start.elapsed()
}
