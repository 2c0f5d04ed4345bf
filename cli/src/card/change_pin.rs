//! Changes the PIN of a card: the old one once, the new one twice, and the card decides.

use basvuru::texts::Argument;
use serde_json::json;

use crate::arguments::ChangePin;
use crate::desk::{Desk, ask_pin};
use crate::screen::Screen;
use crate::stop::Stop;

pub(crate) async fn run(options: &ChangePin, screen: &Screen) -> Result<(), Stop> {
    let desk = Desk::choose(&options.card, screen).await?;
    let card = desk.look().await?.report;
    if let Some(best) = card.certificates.first() {
        let holder = [
            ("holder", Argument::Text(&best.holder)),
            ("issuer", Argument::Text(&best.issuer)),
            ("day", Argument::Day(best.valid_until)),
        ];
        screen.line(&format!("  {}", screen.sentence("card-holder", &holder)));
    }
    let old = ask_pin(screen, card.tries_left, "ask-old-pin")?.ok_or(Stop::Interrupted)?;
    let new = screen.ask_pin(&format!("{}:", screen.sentence("ask-new-pin", &[])))?;
    let again = screen.ask_pin(&format!("{}:", screen.sentence("ask-new-pin-again", &[])))?;
    if new.expose() != again.expose() {
        return Err(Stop::own("stop-new-pin", ""));
    }
    desk.change_pin(old, new).await?;
    screen.object(&json!({ "event": "pin-changed" }));
    screen.line("");
    let done = screen.sentence("pin-changed", &[]);
    screen.line(&format!("  {} {done}", console::Style::new().green().apply_to("✓")));
    screen.line("");
    Ok(())
}
