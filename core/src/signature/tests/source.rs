//! Where evidence comes from: who is asked, what is believed, and what is kept.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use basvuru_test_pki::{ServiceOptions, Services};

use super::long_world::{LongWorld, truncated};
use super::*;
use crate::signature::extend::{ExtendError, Target, extend, stamp};
use crate::signature::source::{
    CachingFetch, Fetch, FetchError, FetchRequest, Preference, Proving, SourceError, Sources,
};
use crate::signature::timestamp::TimestampError;

#[test]
fn bad_services_are_not_believed() {
    let with = |options| LongWorld::with(KeyKind::P256, options);
    let options = ServiceOptions::default;
    let extended = |options, level| {
        let long = with(options);
        long.try_extend(&long.sign(Profile::P1), Target::Level(level))
    };
    let other = extended(
        ServiceOptions {
            timestamps_another_digest: true,
            ..options()
        },
        Level::BT,
    );
    assert_eq!(other, Err(SourceError::from(TimestampError::NotAskedFor).into()));
    for broken in [
        ServiceOptions {
            breaks_revocation: true,
            ..options()
        },
        ServiceOptions {
            responding_not_allowed: true,
            answers_for_another: true,
            breaks_revocation: true,
            ..options()
        },
        ServiceOptions {
            age: 3 * DAY,
            ..options()
        },
    ] {
        assert_eq!(extended(broken, Level::BLT), Err(SourceError::NoState.into()));
    }
    for options in [
        ServiceOptions {
            answers_for_another: true,
            ..options()
        },
        ServiceOptions {
            responding_not_allowed: true,
            ..options()
        },
    ] {
        // The list is asked where the responder is of no use.
        let long = with(options);
        let signature = long.made(Level::BLT);
        assert_eq!(long.asked.lock().unwrap()["ocsp"], 1);
        assert_eq!(long.judge(&signature).verdict, Verdict::TotalPassed);
    }

    let long = with(ServiceOptions {
        fraction: ".25".into(),
        ..options()
    });
    assert_eq!(long.judge(&long.made(Level::BLTA)).verdict, Verdict::TotalPassed);
}

#[test]
fn a_time_stamp_that_does_not_hold_is_not_kept() {
    let stamped = |options, trust: &dyn Fn(&LongWorld) -> TrustAnchors| {
        let long = LongWorld::with(KeyKind::P256, options);
        let trust = trust(&long);
        let sources = Sources {
            trust: &trust,
            ..long.sources()
        };
        let stamped = run(stamp(&long.sign(Profile::P1), &sources));
        stamped.map(|_| ()).map_err(|error| {
            let ExtendError::Source(SourceError::Timestamp(error)) = error else {
                panic!("{error}")
            };
            error
        })
    };
    let nobody = |_: &LongWorld| TrustAnchors::default();
    let everybody = |long: &LongWorld| long.world.trust.clone();
    let because = |cause| Err(TimestampError::DoesNotHold { causes: vec![cause] });
    let options = ServiceOptions::default;
    for trust in [&nobody as &dyn Fn(&LongWorld) -> TrustAnchors, &everybody] {
        assert_eq!(stamped(options(), trust), Ok(()));
        let broken = ServiceOptions {
            breaks_timestamps: true,
            ..options()
        };
        assert_eq!(stamped(broken, trust), because(Finding::SignatureWrong));
        let not_for_it = ServiceOptions {
            timestamping_not_allowed: true,
            ..options()
        };
        assert_eq!(
            stamped(not_for_it, trust),
            because(Finding::CertificateNotForTimestamps)
        );
    }
    // Whether the path leads to a root is told where there are roots; missing issuers are fetched.
    let root_alone =
        |long: &LongWorld| TrustAnchors::from_pem(long.world.authority.root_pem().unwrap().as_bytes()).unwrap();
    assert_eq!(stamped(options(), &root_alone), Ok(()));
    let stranger = |_: &LongWorld| World::new(KeyKind::P256).trust;
    let Err(TimestampError::DoesNotHold { causes }) = stamped(options(), &stranger) else {
        panic!("it leads to no trusted root")
    };
    assert!(matches!(causes[..], [Finding::PathInvalid { .. }]), "{causes:?}");
    let forged = || ServiceOptions {
        breaks_timestamping_certificate: true,
        ..options()
    };
    let fault = PathError::WrongSignature;
    assert_eq!(stamped(forged(), &everybody), because(Finding::PathInvalid { fault }));
    assert_eq!(stamped(forged(), &nobody), Ok(()));
}

#[test]
fn a_time_stamp_from_another_day_is_not_kept() {
    let long = LongWorld::new(KeyKind::P256);
    let signature = long.sign(Profile::P1);
    let hour = Duration::from_secs(3_600);
    for (now, is_kept) in [
        (long.world.now - 23 * hour, true),
        (long.world.now + 23 * hour, true),
        (long.world.now - 25 * hour, false),
        (long.world.now + 25 * hour, false),
    ] {
        let sources = Sources { now, ..long.sources() };
        let stamped = run(stamp(&signature, &sources));
        let time = truncated(long.world.now);
        let far = ExtendError::Source(TimestampError::FarFromClock { time }.into());
        assert_eq!(stamped.map(|_| ()), if is_kept { Ok(()) } else { Err(far) });
    }
}

#[test]
fn a_state_is_asked_once_for_each_certificate() {
    let long = LongWorld::new(KeyKind::P256);
    long.made(Level::BLT);
    let asked = long.asked.lock().unwrap().clone();
    assert_eq!(asked["tsa"], 1);
    assert_eq!(asked["ocsp"], 1);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let path = runtime
        .block_on(long.sources().path(&long.world.certificate, &[]))
        .unwrap();
    assert_eq!(path.len(), 3);
    let alone = runtime
        .block_on(
            long.sources()
                .evidence(&path, Proving::at(long.world.now), Preference::ListAlone),
        )
        .unwrap();
    assert_eq!((alone.answers.len(), alone.lists.len()), (0, 2));
}

#[test]
fn a_missing_issuer_is_fetched_from_where_the_certificate_says() {
    let long = LongWorld::new(KeyKind::P256);
    let root = TrustAnchors::from_pem(long.world.authority.root_pem().unwrap().as_bytes()).unwrap();
    let sources = Sources {
        trust: &root,
        ..long.sources()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(
        runtime
            .block_on(sources.path(&long.world.certificate, &[]))
            .unwrap()
            .len(),
        3
    );
    let signature = runtime
        .block_on(extend(
            &long.sign(Profile::P1),
            None,
            Target::Level(Level::BLT),
            &sources,
        ))
        .unwrap();
    assert_eq!(
        verify_detached(&signature, CONTENT, &root, long.world.now).verdict,
        Verdict::TotalPassed
    );
}

#[test]
fn a_time_stamped_signature_brings_its_issuers_along_where_they_can_be_had() {
    let long = LongWorld::new(KeyKind::P256);
    let root = TrustAnchors::from_pem(long.world.authority.root_pem().unwrap().as_bytes()).unwrap();
    let nobody = TrustAnchors::default();
    let signature = long.sign(Profile::P1);
    assert!(!judge_by(&root, &signature, long.world.now));
    for trust in [&root, &nobody] {
        let stamped = |fetch: &dyn Fetch| {
            let sources = Sources {
                trust,
                fetch,
                ..long.sources()
            };
            run(extend(&signature, None, Target::Level(Level::BT), &sources)).unwrap()
        };
        let full = stamped(&long);
        assert!(judge_by(&root, &full, long.world.now));
        // It is brought along once, and is no reason to fail where it cannot be had.
        let sources = Sources {
            trust,
            ..long.sources()
        };
        assert_eq!(
            run(extend(&full, None, Target::Level(Level::BT), &sources)).unwrap(),
            full
        );
        if trust.roots().is_empty() {
            let alone = stamped(&NoIssuers(&long));
            assert!(!judge_by(&root, &alone, long.world.now));
            assert_eq!(long.judge(&alone).verdict, Verdict::TotalPassed);
        }
    }
    let p2 = long.sign(Profile::P2);
    let sources = Sources {
        trust: &root,
        ..long.sources()
    };
    let p2 = run(extend(&p2, None, Target::Profile(Profile::P2), &sources)).unwrap();
    assert!(judge_by(&root, &p2, long.world.now));
}

fn judge_by(trust: &TrustAnchors, signature: &[u8], at: SystemTime) -> bool {
    verify_detached(signature, CONTENT, trust, at).verdict == Verdict::TotalPassed
}

/// The services of a world that publishes no certificates.
struct NoIssuers<'a>(&'a LongWorld);

#[async_trait]
impl Fetch for NoIssuers<'_> {
    async fn fetch(&self, request: FetchRequest) -> Result<Vec<u8>, FetchError> {
        if request.url.ends_with(".crt") {
            return Err(FetchError::Status(404));
        }
        self.0.fetch(request).await
    }
}

/// What a [`CachingFetch`] fetches by: the world itself, borrowed.
#[async_trait]
impl Fetch for &LongWorld {
    async fn fetch(&self, request: FetchRequest) -> Result<Vec<u8>, FetchError> {
        LongWorld::fetch(self, request).await
    }
}

impl LongWorld {
    /// A cache in front of the services, with the world's clock.
    fn caching(&self) -> CachingFetch<&Self> {
        let clock = Arc::clone(&self.clock);
        CachingFetch::new(self, move || *clock.lock().unwrap())
    }

    fn times_asked(&self, path: &str) -> u32 {
        self.asked.lock().unwrap().get(path).copied().unwrap_or_default()
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(future)
}

/// A responder that gives no useful answer, so that lists tell the state of everybody.
fn world_of_lists() -> LongWorld {
    let options = ServiceOptions {
        responding_not_allowed: true,
        lifetime: 30 * DAY,
        ..ServiceOptions::default()
    };
    LongWorld::with(KeyKind::P256, options)
}

#[test]
fn a_verification_asks_for_a_list_once_an_hour() {
    let long = world_of_lists();
    let caching = long.caching();
    let signature = long.sign(Profile::P1);
    let gather = || {
        let sources = Sources {
            fetch: &caching,
            ..long.sources()
        };
        run(sources.gather(&signature)).evidence.lists.len()
    };
    assert_eq!(gather(), 2);
    long.set(long.world.now + Duration::from_secs(3_000));
    assert_eq!(gather(), 2);
    assert_eq!((long.times_asked("issuing.crl"), long.times_asked("root.crl")), (1, 1));
    long.set(long.world.now + Duration::from_secs(3_600));
    assert_eq!(gather(), 2);
    assert_eq!((long.times_asked("issuing.crl"), long.times_asked("root.crl")), (2, 2));
}

#[test]
fn a_list_from_before_the_moment_that_must_be_proven_is_asked_for_anew() {
    let long = world_of_lists();
    let caching = long.caching();
    let path = run(long.sources().path(&long.world.certificate, &[])).unwrap();
    let begin = long.world.now;
    let evidence = |covering| {
        let sources = Sources {
            fetch: &caching,
            ..long.sources()
        };
        run(sources.evidence(&path, Proving::at(covering), Preference::ListAlone)).map(|evidence| evidence.lists.len())
    };
    assert_eq!(evidence(begin), Ok(2));
    // The one that is kept is good for a month, and was asked for when it had to be.
    long.set(begin + Duration::from_secs(600));
    assert_eq!(evidence(begin), Ok(2));
    assert_eq!(long.times_asked("issuing.crl"), 1);
    // Revoked since: the list that is kept cannot tell.
    let from = truncated(begin + Duration::from_secs(60));
    long.services.revoke(&long.world.issued.certificate_der, from).unwrap();
    let later = begin + Duration::from_secs(300);
    assert_eq!(evidence(later), Err(SourceError::Revoked { from }));
    assert_eq!(long.times_asked("issuing.crl"), 2);
    // The new one has taken its place.
    assert_eq!(evidence(later), Err(SourceError::Revoked { from }));
    assert_eq!(long.times_asked("issuing.crl"), 2);
}

/// The services behind a line on which somebody gives lists of their own, for a while.
struct Tampered<'a> {
    long: &'a LongWorld,
    forged: Services,
    lasts: Arc<Mutex<bool>>,
}

#[async_trait]
impl Fetch for Tampered<'_> {
    async fn fetch(&self, request: FetchRequest) -> Result<Vec<u8>, FetchError> {
        if request.body.is_none() && *self.lasts.lock().unwrap() {
            let answer = self.forged.respond(&request.url, &[], self.long.world.now);
            return answer.ok().flatten().ok_or(FetchError::Status(404));
        }
        self.long.fetch(request).await
    }
}

#[test]
fn a_kept_list_that_tells_nothing_is_asked_for_anew() {
    let long = world_of_lists();
    let options = ServiceOptions {
        breaks_revocation: true,
        ..ServiceOptions::default()
    };
    let lasts = Arc::new(Mutex::new(true));
    let tampered = Tampered {
        long: &long,
        forged: Services::new(long.world.authority.clone(), options).unwrap(),
        lasts: Arc::clone(&lasts),
    };
    let now = long.world.now;
    let caching = CachingFetch::new(tampered, move || now);
    let signature = long.sign(Profile::P1);
    let gather = || {
        let sources = Sources {
            fetch: &caching,
            ..long.sources()
        };
        run(sources.gather(&signature)).evidence.lists.len()
    };
    assert_eq!(gather(), 0);
    *lasts.lock().unwrap() = false;
    assert_eq!(gather(), 2);
    assert_eq!(gather(), 2);
    assert_eq!((long.times_asked("issuing.crl"), long.times_asked("root.crl")), (1, 1));
}

#[test]
fn a_kept_issuer_that_did_not_sign_is_fetched_anew() {
    let (long, other) = (world_of_lists(), world_of_lists());
    let root = TrustAnchors::from_pem(long.world.authority.root_pem().unwrap().as_bytes()).unwrap();
    let lasts = Arc::new(Mutex::new(true));
    let tampered = Tampered {
        long: &long,
        forged: other.services,
        lasts: Arc::clone(&lasts),
    };
    let now = long.world.now;
    let caching = CachingFetch::new(tampered, move || now);
    let path = || {
        let sources = Sources {
            fetch: &caching,
            trust: &root,
            ..long.sources()
        };
        run(sources.path(&long.world.certificate, &[])).map(|path| path.len())
    };
    assert!(matches!(path(), Err(SourceError::Path(PathError::NoIssuer { .. }))));
    *lasts.lock().unwrap() = false;
    assert_eq!(path(), Ok(3));
    assert_eq!(path(), Ok(3));
    assert_eq!(long.times_asked("issuing.crt"), 1);
}
