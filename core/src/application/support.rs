//! What a person may send to support: one text that says what this core can do and what it has met with, and nothing of
//! the person.

use serde::Serialize;

use crate::card;
use crate::diagnosis::{self, Moment, Recorded};

/// The form of the text: `name/version`, of which the version changes with what is in it.
const SCHEMA: &str = "basvuru-diagnosis/1";

#[derive(Serialize)]
struct Diagnosis {
    schema: &'static str,
    at: Moment,
    core: Core,
    #[serde(flatten)]
    recorded: Recorded,
}

#[derive(Serialize)]
struct Core {
    version: &'static str,
    system: &'static str,
    architecture: &'static str,
    features: Vec<&'static str>,
    languages: [&'static str; 2],
    sign_in_methods: [&'static str; 1],
    signing_methods: [&'static str; 1],
    containers: [&'static str; 1],
    signature_levels: [&'static str; 2],
    card_applications: Vec<String>,
}

/// What support needs to know of this process, as JSON in the form that the bindings' README describes: version and
/// abilities of the core, the last failures with their times, the requests that failed, the reader, and the last conversation
/// with a card, of which tags and lengths are kept and no value. Nothing in it is secret or of the person, so that a person
/// may send it as it is.
#[uniffi::export]
#[must_use]
pub fn diagnosis() -> String {
    let diagnosis = Diagnosis {
        schema: SCHEMA,
        at: Moment::now(),
        core: Core {
            version: env!("CARGO_PKG_VERSION"),
            system: std::env::consts::OS,
            architecture: std::env::consts::ARCH,
            features: if cfg!(feature = "pcsc") {
                vec!["pcsc"]
            } else {
                Vec::new()
            },
            languages: ["tr", "en"],
            sign_in_methods: ["access-password"],
            signing_methods: ["card"],
            containers: ["asic-e"],
            signature_levels: ["b-b", "b-t"],
            card_applications: card::card_applications(),
        },
        recorded: diagnosis::recorded(),
    };
    serde_json::to_string_pretty(&diagnosis).unwrap_or_default()
}
