//! Answers to GET, kept for as long as they are good: lists of revoked certificates and issuers' certificates. What is kept
//! is bounded in number, in octets and in time, and nobody has to believe it: whoever finds it of no use asks anew.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;

use super::{Fetch, FetchError, FetchRequest, KeptAnswer};
use crate::certificate::{Certificate, published};

/// A list is kept no longer, however far away its nextUpdate is: an authority publishes a new one ahead of that time when
/// it has revoked something (RFC 5280, 5: nextUpdate is the latest moment for it, not the earliest). An hour spares a
/// service that verifies all day nearly every download, and is what somebody who was just revoked can gain by it.
const LIST_AGE: Duration = Duration::from_secs(60 * 60);

/// A certificate at its address does not change; it may be replaced there when an authority gets a new one.
const CERTIFICATE_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// How much is kept at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheLimits {
    /// The number of answers.
    pub answers: usize,
    /// The octets of all answers together.
    pub octets: usize,
}

impl Default for CacheLimits {
    /// More lists than there are Turkish authorities; two of the largest that [`super::MAX_LIST_SIZE`] lets in.
    fn default() -> Self {
        Self {
            answers: 64,
            octets: 64 << 20,
        }
    }
}

/// A way to the network that keeps what GET gave. It may be held for as long as the program runs, and shared.
///
/// A list is kept until its nextUpdate and for an hour at most, an issuer's certificate until its end and for a day at
/// most, and nothing else: neither what cannot be read, nor a list that does not say how long it is good for, nor answers
/// to POST, nor to requests with headers, which may be for one person alone.
pub struct CachingFetch<F> {
    fetch: F,
    now: Box<dyn Fn() -> SystemTime + Send + Sync>,
    limits: CacheLimits,
    kept: Mutex<HashMap<String, Kept>>,
}

struct Kept {
    octets: Arc<[u8]>,
    asked_at: SystemTime,
    /// From this moment on it is of no use.
    until: SystemTime,
}

impl<F> CachingFetch<F> {
    /// Keeps what `fetch` gives, within [`CacheLimits::default`]. `now` tells the time, as [`SystemTime::now`] does.
    pub fn new(fetch: F, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self {
            fetch,
            now: Box::new(now),
            limits: CacheLimits::default(),
            kept: Mutex::default(),
        }
    }

    /// Keeps more or less.
    #[must_use]
    pub fn within(self, limits: CacheLimits) -> Self {
        Self { limits, ..self }
    }

    /// A poisoned lock only means that another thread has failed; what is kept is whole at any time.
    fn answers(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, url: String, octets: &[u8], asked_at: SystemTime) {
        let Some(until) = good_until(octets, asked_at) else {
            return;
        };
        if until <= asked_at || octets.len() > self.limits.octets || self.limits.answers == 0 {
            return;
        }
        let mut kept = self.answers();
        kept.remove(&url);
        kept.retain(|_, answer| answer.is_good_at(asked_at));
        let room = self.limits.octets - octets.len();
        while kept.len() >= self.limits.answers || total(&kept) > room {
            let oldest = kept.iter().min_by_key(|(_, answer)| answer.asked_at);
            let Some(oldest) = oldest.map(|(url, _)| url.clone()) else {
                break;
            };
            kept.remove(&oldest);
        }
        let octets = octets.into();
        kept.insert(
            url,
            Kept {
                octets,
                asked_at,
                until,
            },
        );
    }
}

fn total(kept: &HashMap<String, Kept>) -> usize {
    kept.values().map(|answer| answer.octets.len()).sum()
}

impl Kept {
    /// An answer from after this moment is none: the clock was set back, and nothing tells how old it is.
    fn is_good_at(&self, now: SystemTime) -> bool {
        (self.asked_at..self.until).contains(&now)
    }
}

#[async_trait]
impl<F: Fetch> Fetch for CachingFetch<F> {
    async fn fetch(&self, request: FetchRequest) -> Result<Vec<u8>, FetchError> {
        let url = is_kept(&request).then(|| request.url.clone());
        // It may be as old as the question.
        let asked_at = (self.now)();
        let answer = self.fetch.fetch(request).await?;
        if let Some(url) = url {
            self.keep(url, &answer, asked_at);
        }
        Ok(answer)
    }

    fn kept(&self, request: &FetchRequest) -> Option<KeptAnswer> {
        if !is_kept(request) {
            return None;
        }
        let now = (self.now)();
        let kept = self.answers();
        let answer = kept.get(&request.url).filter(|answer| answer.is_good_at(now))?;
        (answer.octets.len() as u64 <= request.size_limit).then(|| KeptAnswer {
            octets: Arc::clone(&answer.octets),
            asked_at: answer.asked_at,
        })
    }
}

/// Whether the answer to a request may be kept for others.
fn is_kept(request: &FetchRequest) -> bool {
    request.body.is_none() && request.headers.is_empty()
}

/// Until when an answer is good; nothing where it is not worth keeping. What is in it is not believed here: a signature is
/// verified by whoever uses it, and it is at worst fetched once more.
fn good_until(octets: &[u8], asked_at: SystemTime) -> Option<SystemTime> {
    if let Some(list) = published::list(octets) {
        return Some(list.next_update()?.min(asked_at + LIST_AGE));
    }
    let certificates = published::certificates(octets);
    let first_end = certificates.iter().map(Certificate::not_after).min()?;
    Some(first_end.min(asked_at + CERTIFICATE_AGE))
}

#[cfg(test)]
mod tests {
    use basvuru_test_pki::{Authority, CaOptions, ServiceOptions, Services};

    use super::*;

    const LIST: &str = "http://pki.test.invalid/issuing.crl";
    const CERTIFICATE: &str = "http://pki.test.invalid/issuing.crt";
    const MINUTE: Duration = Duration::from_secs(60);

    /// A server whose answers can be changed, and a clock.
    #[derive(Clone)]
    struct Town {
        answers: Arc<Mutex<HashMap<String, Vec<u8>>>>,
        asked: Arc<Mutex<u32>>,
        clock: Arc<Mutex<SystemTime>>,
    }

    #[async_trait]
    impl Fetch for Town {
        async fn fetch(&self, request: FetchRequest) -> Result<Vec<u8>, FetchError> {
            *self.asked.lock().unwrap() += 1;
            let answer = self.answers.lock().unwrap().get(&request.url).cloned();
            answer.ok_or(FetchError::Status(404))
        }
    }

    impl Town {
        fn new() -> Self {
            Self {
                answers: Arc::default(),
                asked: Arc::default(),
                clock: Arc::new(Mutex::new(SystemTime::now())),
            }
        }

        fn caching(&self) -> CachingFetch<Self> {
            let clock = Arc::clone(&self.clock);
            CachingFetch::new(self.clone(), move || *clock.lock().unwrap())
        }

        fn now(&self) -> SystemTime {
            *self.clock.lock().unwrap()
        }

        fn pass(&self, time: Duration) {
            *self.clock.lock().unwrap() += time;
        }

        /// Puts something at an address.
        fn put(&self, url: &str, octets: &[u8]) {
            self.answers.lock().unwrap().insert(url.to_owned(), octets.to_vec());
        }

        /// Puts a list and a certificate at their addresses.
        fn furnish(&self, lifetime: Duration) {
            let authority = Authority::with_options(&CaOptions::default().with_services()).unwrap();
            let options = ServiceOptions {
                lifetime,
                ..ServiceOptions::default()
            };
            let services = Services::new(authority, options).unwrap();
            for url in [LIST, CERTIFICATE] {
                self.put(url, &services.respond(url, &[], self.now()).unwrap().unwrap());
            }
        }
    }

    fn request(url: &str) -> FetchRequest {
        FetchRequest {
            url: url.to_owned(),
            body: None,
            headers: Vec::new(),
            size_limit: 1 << 20,
        }
    }

    fn fetch(caching: &CachingFetch<Town>, url: &str) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(caching.fetch(request(url))).unwrap();
    }

    fn is_kept(caching: &CachingFetch<Town>, url: &str) -> bool {
        caching.kept(&request(url)).is_some()
    }

    #[test]
    fn a_list_is_kept_for_an_hour_and_a_certificate_for_a_day() {
        let town = Town::new();
        town.furnish(30 * 24 * 60 * MINUTE);
        let caching = town.caching();
        assert!(!is_kept(&caching, LIST));
        let begin = town.now();
        for url in [LIST, CERTIFICATE] {
            fetch(&caching, url);
            let kept = caching.kept(&request(url)).unwrap();
            assert_eq!(kept.octets[..], town.answers.lock().unwrap()[url]);
            assert_eq!(kept.asked_at, begin);
        }
        assert_eq!(*town.asked.lock().unwrap(), 2);
        town.pass(59 * MINUTE);
        assert!(is_kept(&caching, LIST));
        town.pass(MINUTE);
        assert!(!is_kept(&caching, LIST));
        town.pass(22 * 60 * MINUTE);
        assert!(is_kept(&caching, CERTIFICATE));
        town.pass(60 * MINUTE);
        assert!(!is_kept(&caching, CERTIFICATE));
        assert_eq!(*town.asked.lock().unwrap(), 2);
    }

    #[test]
    fn a_list_is_not_kept_beyond_its_next_update() {
        let town = Town::new();
        town.furnish(10 * MINUTE);
        let caching = town.caching();
        fetch(&caching, LIST);
        town.pass(9 * MINUTE);
        assert!(is_kept(&caching, LIST));
        town.pass(MINUTE);
        assert!(!is_kept(&caching, LIST));
        // Fetched late, it was outdated when it came.
        fetch(&caching, LIST);
        assert!(!is_kept(&caching, LIST));
    }

    #[test]
    fn nothing_is_kept_that_cannot_be_read_or_may_be_for_one_person() {
        let town = Town::new();
        town.furnish(60 * MINUTE);
        let caching = town.caching();
        fetch(&caching, LIST);
        // What cannot be read does not take the place of what can.
        town.put(LIST, b"<html>sign in</html>");
        fetch(&caching, LIST);
        assert!(caching.kept(&request(LIST)).unwrap().octets.len() > 100);
        town.put("http://other.invalid/", b"<html>sign in</html>");
        fetch(&caching, "http://other.invalid/");
        assert!(!is_kept(&caching, "http://other.invalid/"));

        let with_body = FetchRequest {
            body: Some(("application/ocsp-request", vec![5, 0])),
            ..request(CERTIFICATE)
        };
        let with_header = FetchRequest {
            headers: vec![("Authorization".into(), crate::secret::SecretText::new("Basic".into()))],
            ..request(CERTIFICATE)
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for request in [&with_body, &with_header] {
            runtime.block_on(caching.fetch(request.clone())).unwrap();
            assert!(!is_kept(&caching, CERTIFICATE));
        }
        fetch(&caching, CERTIFICATE);
        assert!(is_kept(&caching, CERTIFICATE));
        assert!(caching.kept(&with_body).is_none() && caching.kept(&with_header).is_none());
        let small = FetchRequest {
            size_limit: 10,
            ..request(CERTIFICATE)
        };
        assert!(caching.kept(&small).is_none());
    }

    #[test]
    fn what_was_asked_for_first_makes_room() {
        let town = Town::new();
        town.furnish(60 * MINUTE);
        let list = town.answers.lock().unwrap()[LIST].clone();
        let urls = ["http://a.invalid/", "http://b.invalid/", "http://c.invalid/"];
        for url in urls {
            town.put(url, &list);
        }
        let by_number = CacheLimits {
            answers: 2,
            ..CacheLimits::default()
        };
        let by_octets = CacheLimits {
            octets: list.len() * 3 - 1,
            ..CacheLimits::default()
        };
        for limits in [by_number, by_octets] {
            let caching = town.caching().within(limits);
            for url in urls {
                fetch(&caching, url);
                town.pass(MINUTE);
            }
            assert_eq!(urls.map(|url| is_kept(&caching, url)), [false, true, true]);
            // The same once more takes its own place.
            fetch(&caching, urls[1]);
            assert_eq!(urls.map(|url| is_kept(&caching, url)), [false, true, true]);
        }
        for limits in [
            CacheLimits {
                answers: 0,
                ..by_number
            },
            CacheLimits {
                octets: list.len() - 1,
                ..by_octets
            },
        ] {
            let caching = town.caching().within(limits);
            fetch(&caching, LIST);
            assert!(!is_kept(&caching, LIST));
        }
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nothing_younger() {
        let town = Town::new();
        town.furnish(60 * MINUTE);
        let caching = town.caching();
        fetch(&caching, LIST);
        *town.clock.lock().unwrap() -= MINUTE;
        assert!(!is_kept(&caching, LIST));
    }
}
