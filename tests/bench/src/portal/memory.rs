//! How much memory a portal holds after very many sign-ins, beside what it held before: what a password's hash takes comes back.

use std::process::ExitCode;
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::Failed;
use super::applicant::{Applicant, Timings};
use super::served::Served;

/// How much more the portal may hold afterwards, in MiB.
const BUDGET_MIB: f64 = 64.0;

/// How much is measured.
#[derive(Clone, Copy, clap::Args)]
pub(crate) struct Plan {
    /// How many sign-ins.
    #[arg(long, default_value_t = 1_000)]
    sign_ins: u32,
    /// How many of them at a time.
    #[arg(long, default_value_t = 24)]
    at_a_time: u32,
    /// Prints one line of JSON.
    #[arg(long)]
    json: bool,
}

/// Measures, prints, and fails where the budget is exceeded.
pub(crate) fn run(plan: Plan) -> Result<ExitCode, Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure(plan))
}

#[expect(clippy::print_stdout, reason = "printing is what this program is for")]
async fn measure(plan: Plan) -> Result<ExitCode, Failed> {
    let served = Arc::new(Served::start().await?);
    // As many people as sign in at a time, each again and again.
    let mut applicants = Vec::new();
    for number in 0..plan.at_a_time.max(1) {
        applicants.push(Arc::new(Applicant::invited(&served, number).await?));
    }
    let before = served.taken()?;
    let places = Arc::new(Semaphore::new(applicants.len()));
    let mut signing_in = tokio::task::JoinSet::new();
    for applicant in applicants.iter().cycle().take(usize::try_from(plan.sign_ins)?) {
        let (applicant, places) = (Arc::clone(applicant), Arc::clone(&places));
        signing_in.spawn(async move {
            let _place = places.acquire_owned().await?;
            applicant.begin_session(&mut Timings::default()).await.map(drop)
        });
    }
    while let Some(signed_in) = signing_in.join_next().await {
        signed_in??;
    }
    let after = served.taken()?;
    let mib = |kib: u64| kib as f64 / 1024.0;
    let more = mib(after.resident_kib) - mib(before.resident_kib);
    let figures = serde_json::json!({
        "sign_ins": plan.sign_ins,
        "at_a_time": plan.at_a_time,
        "before_mib": mib(before.resident_kib),
        "after_mib": mib(after.resident_kib),
        "more_mib": more,
        "peak_mib": mib(after.peak_kib),
    });
    match plan.json {
        true => println!("{figures}"),
        false => println!("{figures:#}"),
    }
    Ok(match more <= BUDGET_MIB {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
