//! What is said beside the screens of the journey: how things come along, and what there is to know about a card. Shells
//! that use a card outside a journey say it in the same words.

use super::Activity;
use crate::reader::{CardStage, Link};
use crate::texts::{Argument, Language, catalogue};

/// What has begun.
#[must_use]
pub fn activity(activity: Activity, language: Language) -> String {
    let texts = catalogue(language);
    match activity {
        Activity::AskingPortal => texts.sentence("activity-asking-portal", &[]),
        Activity::FetchingDocument { number, count } => texts.sentence(
            "activity-fetching-document",
            &[
                ("number", Argument::Count(u64::from(number))),
                ("count", Argument::Count(u64::from(count))),
            ],
        ),
        Activity::AwaitingCard => texts.sentence("activity-awaiting-card", &[]),
        Activity::ReadingCard => texts.sentence("activity-reading-card", &[]),
        Activity::VerifyingPin => texts.sentence("activity-verifying-pin", &[]),
        Activity::Signing => texts.sentence("activity-signing", &[]),
        Activity::CardDone => texts.sentence("activity-card-done", &[]),
        Activity::Timestamping => texts.sentence("activity-timestamping", &[]),
        Activity::Submitting => texts.sentence("activity-submitting", &[]),
    }
}

/// The activity that a stage of a card operation is.
#[must_use]
pub fn of_card(stage: CardStage) -> Activity {
    match stage {
        CardStage::Reading => Activity::ReadingCard,
        CardStage::VerifyingPin => Activity::VerifyingPin,
        CardStage::Signing => Activity::Signing,
        CardStage::RemoveCard => Activity::CardDone,
    }
}

/// How many tries a PIN has left.
#[must_use]
pub fn tries_left(tries: u8, language: Language) -> String {
    let id = if tries == 1 { "tries-last" } else { "tries-left" };
    catalogue(language).sentence(id, &[("count", Argument::Count(u64::from(tries)))])
}

/// How many tries a PUK has left, and what a wrong one may cost.
#[must_use]
pub fn puk_tries_left(tries: Option<u8>, language: Language) -> String {
    let id = match tries {
        None => "puk-tries-untold",
        Some(0) => "puk-tries-none",
        Some(1) => "puk-tries-last",
        Some(_) => "puk-tries-left",
    };
    let count = Argument::Count(u64::from(tries.unwrap_or(0)));
    catalogue(language).sentence(id, &[("count", count)])
}

/// What to do with the card while it is waited for.
#[must_use]
pub fn card_prompt(link: Link, language: Language) -> String {
    let prompt = match link {
        Link::Contact => "card-prompt-contact",
        Link::Nfc => "card-prompt-nfc",
    };
    catalogue(language).sentence(prompt, &[])
}
