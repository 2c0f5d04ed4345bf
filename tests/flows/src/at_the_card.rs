//! A journey that has come to the card.

use basvuru::application::{CardSummary, Screen};
use basvuru::reader::Link;
use basvuru_test_card::Profile;

use crate::{Journey, Plan};

impl Journey {
    /// A journey at the PIN, over a link: the card has been read where it has contacts.
    pub async fn at_pin(link: Link, profile: Profile) -> Self {
        let mut journey = Self::start_with(Plan {
            link,
            profile,
            ..Plan::default()
        })
        .await;
        let screen = if link == Link::Contact { "sign-pin" } else { "sign" };
        journey.walk_to(screen).await;
        journey
    }

    /// The card that was read, where one was.
    #[must_use]
    pub fn card_shown(&self) -> Option<CardSummary> {
        let Screen::Sign { card, .. } = self.step().screen else {
            panic!("the card expected, not {}", self.screen())
        };
        card
    }
}
