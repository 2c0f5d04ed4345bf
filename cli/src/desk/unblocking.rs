//! What is asked and said where the PIN of a card is unblocked: what a wrong PUK may cost goes before the PUK.

use std::sync::Arc;

use basvuru::application::Unblocking;
use basvuru::card::UnblockedPin;
use basvuru::desk::{CardDesk, CardReport, Look};
use basvuru::failure::Failure;
use basvuru::secret::Pin;
use console::Style;

use super::ask_new_pin;
use crate::screen::Screen;
use crate::stop::Stop;

/// How the card that was looked at is unblocked.
pub(crate) struct Unblocker {
    unblocking: Unblocking,
    /// Whether the card takes no new PIN along.
    keeps_pin: bool,
}

/// A PUK, and a new PIN, as the person typed them.
pub(crate) struct TypedPuk {
    puk: Arc<Pin>,
    new_pin: Arc<Pin>,
    last_try_confirmed: bool,
}

impl Unblocker {
    /// # Errors
    /// [`Failure::PukUnavailable`].
    pub(crate) fn new(look: &Look) -> Result<Self, Failure> {
        let unblocking = look.report.unblocking.clone().ok_or(Failure::PukUnavailable)?;
        let kept = |kept: &UnblockedPin| *kept == UnblockedPin::AsBefore;
        let mut pins = look.keys.iter().filter_map(|key| key.unblocked_pin());
        Ok(Self {
            unblocking,
            keeps_pin: pins.all(|pin| kept(&pin)),
        })
    }

    /// Says what a wrong PUK may cost, has the last try confirmed, and asks for the PUK and the new PIN; none where the person
    /// would rather not try.
    pub(crate) fn ask(&self, screen: &Screen) -> Result<Option<TypedPuk>, Stop> {
        if let Some(sentence) = &self.unblocking.tries_sentence {
            screen.line(&format!("  {sentence}"));
        }
        if self.keeps_pin {
            screen.line(&format!("  {}", screen.sentence("unblock-keeps-pin", &[])));
        }
        let last = self.unblocking.tries_left.is_some_and(|tries| tries <= 1);
        if last && !screen.confirm(&screen.sentence("confirm-last-puk", &[]))? {
            return Ok(None);
        }
        let puk = screen.ask_pin(&format!("{}:", screen.sentence("ask-puk", &[])))?;
        let new_pin = if self.keeps_pin {
            Arc::new(Pin::new(&[]))
        } else {
            ask_new_pin(screen)?
        };
        Ok(Some(TypedPuk {
            puk,
            new_pin,
            last_try_confirmed: last,
        }))
    }

    /// Says what the card's PIN is now.
    pub(crate) fn tell_done(&self, screen: &Screen) {
        let done = if self.keeps_pin {
            "pin-unblocked-kept"
        } else {
            "pin-unblocked"
        };
        let done = screen.sentence(done, &[]);
        screen.line(&format!("  {} {done}", Style::new().green().apply_to("✓")));
    }
}

impl TypedPuk {
    /// Sends both to the card in a reader, once.
    pub(crate) async fn send(self, desk: &Arc<CardDesk>, reader: &str) -> Result<CardReport, Failure> {
        let desk = Arc::clone(desk);
        desk.unblock_pin(reader.to_owned(), self.puk, self.new_pin, self.last_try_confirmed)
            .await
    }
}
