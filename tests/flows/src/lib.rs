//! What the black-box tests share: one application in a world of its own, walked as a shell walks it.
//!
//! Everything goes through the core's public interface; the portal is looked at from behind only to judge what happened.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "this is the tests' own ground: what does not work here fails a test"
)]

mod answers;
mod at_the_card;
mod elsewhere;
mod hooks;
mod journey;
mod offset;
mod shown;

pub use answers::{filled, read_card, reader, sign_with};
pub use hooks::{Hook, HookedReaders, PortCall, Whim, WhimsicalReaders};
pub use journey::{Journey, Plan, WAYPOINTS, sha256};
pub use offset::Offset;
pub use shown::{all_shown, kept};

use basvuru::failure::{Explanation, Failure};
use basvuru::texts::Language;

/// Asserts that a failure has the code, and says in both languages what happened and what to do; gives the sentences in
/// Turkish and English.
pub fn said(failure: &Failure, code: &str) -> [Explanation; 2] {
    let explanations = [Language::Turkish, Language::English].map(|language| failure.explain(language));
    for explanation in &explanations {
        assert_eq!(explanation.code, code, "{failure:?}");
        for sentence in [&explanation.what, &explanation.next] {
            assert!(
                sentence.len() > 12 && sentence.ends_with('.'),
                "{failure:?}: {sentence}"
            );
        }
        assert_ne!(explanation.what, explanation.next);
    }
    assert_ne!(explanations[0].what, explanations[1].what, "{failure:?}");
    assert_ne!(explanations[0].next, explanations[1].next, "{failure:?}");
    explanations
}
