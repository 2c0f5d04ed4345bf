//! Signatures, detached and enveloping, judged where their authority is trusted; and extended as far as that goes when nobody
//! answers.
#![no_main]

use async_trait::async_trait;
use basvuru::signature::content::ContentDigests;
use basvuru::signature::extend::{Target, extend};
use basvuru::signature::form::Form;
use basvuru::signature::profile::Profile;
use basvuru::signature::report::Level;
use basvuru::signature::source::{Fetch, FetchError, FetchRequest, Sources};
use basvuru::signature::verify::{Verifier, verify_enveloping};
use basvuru_fuzz::{World, finish};

struct Nobody;

#[async_trait]
impl Fetch for Nobody {
    async fn fetch(&self, _: FetchRequest) -> Result<Vec<u8>, FetchError> {
        Err(FetchError::NotAsked)
    }
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let World { trust, at, .. } = World::of_the_seeds();
    let verifier = Verifier {
        requires_revocation: true,
        ..Verifier::new(trust, *at)
    };
    let _ = verifier.detached(input, &b"fuzz"[..]);
    let _ = Form::of(input);
    let _ = verify_enveloping(input, trust, *at);
    let sources = Sources {
        fetch: &Nobody,
        timestamp_authority: None,
        trust,
        now: *at,
    };
    let content = ContentDigests::of_octets(b"fuzz");
    for target in [
        Target::Level(Level::BLTA),
        Target::Profile(Profile::P3),
        Target::Profile(Profile::P4),
    ] {
        if let Ok(extended) = finish(extend(input, Some(&content), target, &sources)) {
            let _ = verifier.detached(&extended, &b"fuzz"[..]);
        }
    }
});
