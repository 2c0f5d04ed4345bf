//! A holder whose authority has its services, so that signatures of every level can be made at any time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use basvuru_test_pki::{ServiceOptions, Services};

use super::*;
use crate::signature::content::ContentDigests;
use crate::signature::extend::{ExtendError, Target, extend};
use crate::signature::source::{Fetch, FetchError, FetchRequest, Sources, TimestampAuthority};

/// A holder, and an authority with its services.
pub(super) struct LongWorld {
    pub(super) world: World,
    pub(super) services: Services,
    /// The time the services answer at.
    pub(super) clock: Arc<Mutex<SystemTime>>,
    /// How often each path was asked.
    pub(super) asked: Mutex<HashMap<String, u32>>,
}

#[async_trait]
impl Fetch for LongWorld {
    async fn fetch(&self, request: FetchRequest) -> Result<Vec<u8>, FetchError> {
        let path = request.url.rsplit('/').next().unwrap().to_owned();
        *self.asked.lock().unwrap().entry(path).or_default() += 1;
        let body = request.body.map(|(_, octets)| octets).unwrap_or_default();
        let answer = self.services.respond(&request.url, &body, *self.clock.lock().unwrap());
        answer.ok().flatten().ok_or(FetchError::Status(404))
    }
}

impl LongWorld {
    pub(super) fn new(key: KeyKind) -> Self {
        Self::with(key, ServiceOptions::default())
    }

    pub(super) fn with(key: KeyKind, options: ServiceOptions) -> Self {
        let keys = || PrivateKey::generate(KeyKind::P256);
        let authority = Authority::with_keys(&CaOptions::default().with_services(), keys(), keys()).unwrap();
        let world = World::under(authority.clone(), key, &IssueOptions::default());
        let clock = Arc::new(Mutex::new(world.now));
        let services = Services::new(authority, options).unwrap();
        Self {
            world,
            services,
            clock,
            asked: Mutex::new(HashMap::new()),
        }
    }

    pub(super) fn sources(&self) -> Sources<'_> {
        Sources {
            fetch: self,
            timestamp_authority: Some(TimestampAuthority::at("http://pki.test.invalid/tsa")),
            trust: &self.world.trust,
            now: *self.clock.lock().unwrap(),
        }
    }

    pub(super) fn set(&self, time: SystemTime) {
        *self.clock.lock().unwrap() = time;
    }

    pub(super) fn sign(&self, profile: Profile) -> Vec<u8> {
        let signing = Signing {
            profile,
            ..Signing::new(&self.world.certificate, self.world.now)
        };
        let prepared = cades::prepare(CONTENT, "text/plain", signing).unwrap();
        let value = self
            .world
            .issued
            .private_key
            .sign_digest(&prepared.digest().value)
            .unwrap();
        prepared.finish(&value).unwrap()
    }

    pub(super) fn try_extend(&self, signature: &[u8], target: Target) -> Result<Vec<u8>, ExtendError> {
        let digests = ContentDigests::of_octets(CONTENT);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(extend(signature, Some(&digests), target, &self.sources()))
    }

    pub(super) fn extend(&self, signature: &[u8], target: Target) -> Vec<u8> {
        self.try_extend(signature, target).unwrap()
    }

    pub(super) fn made(&self, level: Level) -> Vec<u8> {
        self.extend(&self.sign(Profile::P1), Target::Level(level))
    }

    pub(super) fn judge_at(&self, signature: &[u8], at: SystemTime) -> Report {
        verify_detached(signature, CONTENT, &self.world.trust, at)
    }

    pub(super) fn judge(&self, signature: &[u8]) -> Report {
        // In a statement of its own: the lock is not held while it is judged, which may be at the same time elsewhere.
        let now = *self.clock.lock().unwrap();
        self.judge_at(signature, now)
    }
}

/// Everything found, without what is only worth knowing.
pub(super) fn faults(report: &Report) -> Vec<Finding> {
    report.signatures[0]
        .findings
        .iter()
        .filter(|finding| !finding.is_note())
        .cloned()
        .collect()
}

pub(super) fn level_of(report: &Report) -> Option<Level> {
    report.signatures[0].level
}

/// DER keeps whole seconds.
pub(super) fn truncated(time: SystemTime) -> SystemTime {
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}
