//! Whole applications against an embedded portal in a process of its own, so that what it takes is counted alone; and what
//! somebody else waits while one person keeps it busy.

mod applicant;
mod crowd;
pub(crate) mod memory;
mod served;
mod services;
mod taken;

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use applicant::{Applicant, Timings};
use served::Served;

pub(crate) use served::{Serving, serve};

/// DESIGN §9: milliseconds of the portal's processors for a whole application.
const BUDGET_MS: f64 = 45.0;

pub(crate) type Failed = Box<dyn Error + Send + Sync>;

/// How much is measured.
#[derive(Clone, Copy, clap::Args)]
pub(crate) struct Plan {
    /// How many people apply.
    #[arg(long, default_value_t = 200)]
    applicants: u32,
    /// How many of them at a time.
    #[arg(long, default_value_t = 4)]
    at_a_time: usize,
    /// How many requests of somebody else are timed while the portal is idle, and as many each time while it is kept busy.
    #[arg(long, default_value_t = 200)]
    samples: u32,
    /// Prints one line of JSON.
    #[arg(long)]
    json: bool,
}

/// Measures, prints, and fails where the budget is exceeded by what was built to be fast.
pub(crate) fn run(plan: Plan) -> Result<ExitCode, Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure(plan))
}

#[expect(clippy::print_stdout, reason = "printing is what this program is for")]
async fn measure(plan: Plan) -> Result<ExitCode, Failed> {
    let served = Arc::new(Served::start().await?);
    // The first application warms up; the one beside it is somebody else's.
    let mut applicants = Vec::new();
    for number in 0..plan.applicants + 2 {
        applicants.push(Applicant::invited(&served, number).await?);
    }
    let other = applicants.pop().ok_or("nobody was invited")?;
    let first = applicants.pop().ok_or("nobody was invited")?;
    first.apply(&mut Timings::default()).await?;

    let before = served.taken()?;
    let begun = Instant::now();
    let (mut journeys, mut requests) = (Vec::new(), Timings::default());
    let places = Arc::new(Semaphore::new(plan.at_a_time.max(1)));
    let mut applying = tokio::task::JoinSet::new();
    for applicant in applicants {
        let places = Arc::clone(&places);
        applying.spawn(async move {
            let _place = places.acquire_owned().await?;
            let (mut timings, begun) = (Timings::default(), Instant::now());
            applicant.apply(&mut timings).await?;
            Ok::<_, Failed>((begun.elapsed(), timings))
        });
    }
    while let Some(applied) = applying.join_next().await {
        let (journey, timings) = applied??;
        journeys.push(journey);
        requests.add(timings);
    }
    let wall = begun.elapsed();
    let after = served.taken()?;

    let crowd = crowd::measure(&served, other, plan.samples).await?;
    let count = f64::from(plan.applicants.max(1));
    let cpu_ms = milliseconds(after.processor.saturating_sub(before.processor)) / count;
    let mut all = requests.all();
    let figures = serde_json::json!({
        "applicants": plan.applicants,
        "journeys_a_second": count / wall.as_secs_f64(),
        "journey_p50_ms": milliseconds(percentile(&mut journeys, 50)),
        "journey_p99_ms": milliseconds(percentile(&mut journeys, 99)),
        "requests_a_journey": all.len() as f64 / count,
        "request_p50_ms": milliseconds(percentile(&mut all, 50)),
        "request_p99_ms": milliseconds(percentile(&mut all, 99)),
        "cpu_ms": cpu_ms,
        "resident_mib": after.resident_kib as f64 / 1024.0,
        "peak_mib": after.peak_kib as f64 / 1024.0,
        "memory_kib": after.resident_kib.saturating_sub(before.resident_kib) as f64 / count,
        "idle_ms": milliseconds(crowd.idle),
        "approvals_ms": milliseconds(crowd.approvals),
        "submissions_ms": milliseconds(crowd.submissions),
    });
    if plan.json {
        println!("{figures}");
    } else {
        println!("{figures:#}");
        for (name, mut times) in requests.by_name() {
            let (half, most) = (percentile(&mut times, 50), percentile(&mut times, 99));
            println!(
                "{name:>14}: p50 {:.1} ms, p99 {:.1} ms",
                milliseconds(half),
                milliseconds(most)
            );
        }
    }
    // Nobody ships what is built without optimisation, and the budget is not for it.
    Ok(match cfg!(debug_assertions) || cpu_ms <= BUDGET_MS {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// The least time that so many of a hundred took no longer than.
fn percentile(times: &mut [Duration], of_hundred: usize) -> Duration {
    times.sort_unstable();
    let position = (times.len() * of_hundred).div_ceil(100).saturating_sub(1);
    times.get(position).copied().unwrap_or_default()
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
