//! What somebody else waits while one person keeps the portal busy.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use basvuru::signature::asic::Document;
use reqwest::StatusCode;
use tokio::task::JoinSet;

use super::applicant::{Applicant, SignedIn, Timings};
use super::served::Served;
use super::{Failed, percentile};

/// How many requests the one person has under way.
const AT_A_TIME: usize = 4;
/// How long the other person pauses between two requests.
const PAUSE: Duration = Duration::from_millis(5);
/// How large a container is made that is sent: just below what the portal takes.
const CONTAINER: usize = 16 * 1024 * 1024 - 512 * 1024;
/// Of whom the one person is, among those invited.
const NUMBER: u32 = 1_000_000;

/// The median of somebody else's requests.
pub(crate) struct Crowd {
    /// While the portal is idle.
    pub(crate) idle: Duration,
    /// While four approvals of one person are under way.
    pub(crate) approvals: Duration,
    /// While four submissions of one person are, of 16 MB each.
    pub(crate) submissions: Duration,
}

pub(crate) async fn measure(served: &Arc<Served>, other: Applicant, samples: u32) -> Result<Crowd, Failed> {
    let other = other.sign_in(&mut Timings::default()).await?;
    let one = Applicant::invited(served, NUMBER).await?;
    let one = Arc::new(one.sign_in(&mut Timings::default()).await?);
    let idle = median(&other, samples).await?;

    let approving = keep_busy(&one, StatusCode::OK, |one| one.approval("*"));
    let approvals = median(&other, samples).await?;
    approving.stop().await?;

    one.approve(&mut Timings::default()).await?;
    let mut documents = one.confirm(&mut Timings::default()).await?;
    documents.push(Document {
        file_name: "ek.bin".to_owned(),
        media_type: "application/octet-stream".to_owned(),
        content: noise(CONTAINER),
    });
    // Signed as it is to be, so that it is read and judged to its end; refused for the document that is not the order's.
    let container = one.signed(&documents, &mut Timings::default()).await?;
    let container = bytes::Bytes::from(container);
    let refused = StatusCode::UNPROCESSABLE_ENTITY;
    let submitting = keep_busy(&one, refused, move |one| one.submission(container.clone()));
    let submissions = median(&other, samples).await?;
    submitting.stop().await?;
    Ok(Crowd {
        idle,
        approvals,
        submissions,
    })
}

async fn median(other: &SignedIn, samples: u32) -> Result<Duration, Failed> {
    let mut times = Vec::new();
    for _ in 0..samples.max(1) {
        tokio::time::sleep(PAUSE).await;
        let begun = Instant::now();
        let response = other.orders().send().await?.error_for_status()?;
        response.bytes().await?;
        times.push(begun.elapsed());
    }
    Ok(percentile(&mut times, 50))
}

/// Requests of one person, over and over.
struct Busy {
    ends: Arc<AtomicBool>,
    requests: JoinSet<Result<u32, Failed>>,
}

fn keep_busy(
    one: &Arc<SignedIn>,
    answered: StatusCode,
    request: impl Fn(&SignedIn) -> reqwest::RequestBuilder + Send + Sync + 'static,
) -> Busy {
    let (ends, request) = (Arc::new(AtomicBool::new(false)), Arc::new(request));
    let mut requests = JoinSet::new();
    for _ in 0..AT_A_TIME {
        let (one, ends, request) = (Arc::clone(one), Arc::clone(&ends), Arc::clone(&request));
        requests.spawn(async move {
            let mut answers = 0;
            while !ends.load(Ordering::Relaxed) {
                // So much is held of one person's bodies and no more: what is beyond is refused, where it is read to its end at
                // all, and comes again.
                let sent = request(&one).send().await;
                let Some(response) = sent
                    .ok()
                    .filter(|sent| sent.status() != StatusCode::SERVICE_UNAVAILABLE)
                else {
                    tokio::time::sleep(PAUSE).await;
                    continue;
                };
                let status = response.status();
                let body = response.bytes().await?;
                if status != answered {
                    return Err(format!("{status}: {}", String::from_utf8_lossy(&body)).into());
                }
                answers += 1;
            }
            Ok(answers)
        });
    }
    Busy { ends, requests }
}

impl Busy {
    async fn stop(mut self) -> Result<(), Failed> {
        self.ends.store(true, Ordering::Relaxed);
        let mut answers = 0;
        while let Some(ended) = self.requests.join_next().await {
            answers += ended??;
        }
        match answers {
            0 => Err("nobody was kept busy".into()),
            _ => Ok(()),
        }
    }
}

/// Octets that do not compress: xorshift (Marsaglia, 2003).
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut octets = vec![0; length];
    for word in octets.chunks_exact_mut(8) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        word.copy_from_slice(&state.to_le_bytes());
    }
    octets
}
