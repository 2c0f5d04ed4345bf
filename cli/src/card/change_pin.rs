//! Changes the PIN of a card: the old one once, the new one twice, and the card decides.

use basvuru::failure::Failure;
use serde_json::json;

use crate::arguments::ChangePin;
use crate::desk::Desk;
use crate::screen::Screen;
use crate::stop::Stop;

pub(crate) async fn run(options: &ChangePin, screen: &Screen) -> Result<(), Stop> {
    let desk = Desk::choose(&options.card, screen).await?;
    let held = desk.key().await?;
    let old = desk.ask_pin_of(&held, "ask-old-pin")?;
    let new = screen.ask_pin(&format!("{}:", screen.sentence("ask-new-pin", &[])))?;
    let again = screen.ask_pin(&format!("{}:", screen.sentence("ask-new-pin-again", &[])))?;
    if new.expose() != again.expose() {
        return Err(Stop::own("stop-new-pin", ""));
    }
    desk.with_card(async |card| card.change_pin(&held.key, old.consent(), new).await)
        .await
        .map_err(unsettled)?;
    screen.object(&json!({ "event": "pin-changed" }));
    screen.line("");
    let done = screen.sentence("pin-changed", &[]);
    screen.line(&format!("  {} {done}", console::Style::new().green().apply_to("✓")));
    screen.line("");
    Ok(())
}

/// Where the link was lost in the middle, the card may have either PIN: that has to be said here, and only here.
fn unsettled(failure: Failure) -> Stop {
    if failure == Failure::PinOutcomeUnknown {
        Stop::own("stop-pin-unsettled", "")
    } else {
        failure.into()
    }
}
