//! Changes the PIN of a card: the old one once, the new one twice, and the card decides.

use serde_json::json;

use crate::arguments::ChangePin;
use crate::desk::{Desk, ask_new_pin, ask_pin};
use crate::screen::Screen;
use crate::stop::Stop;

pub(crate) async fn run(options: &ChangePin, screen: &Screen) -> Result<(), Stop> {
    let desk = Desk::choose(&options.card, screen).await?;
    let card = desk.look().await?.report;
    desk.show_holder(&card);
    let old = ask_pin(screen, card.tries_left, "ask-old-pin")?.ok_or(Stop::Interrupted)?;
    let new = ask_new_pin(screen)?;
    desk.change_pin(old, new).await?;
    screen.object(&json!({ "event": "pin-changed" }));
    screen.line("");
    let done = screen.sentence("pin-changed", &[]);
    screen.line(&format!("  {} {done}", console::Style::new().green().apply_to("✓")));
    screen.line("");
    Ok(())
}
