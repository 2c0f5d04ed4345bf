//! Unblocks the PIN of a card: the PUK once, the new PIN twice, and the card decides.

use serde_json::json;

use crate::arguments::UnblockCard;
use crate::desk::{Desk, Unblocker};
use crate::screen::Screen;
use crate::stop::Stop;

pub(crate) async fn run(options: &UnblockCard, screen: &Screen) -> Result<(), Stop> {
    let desk = Desk::choose(&options.card, screen).await?;
    let look = desk.look().await?;
    desk.show_holder(&look.report);
    let unblocker = Unblocker::new(&look)?;
    let typed = unblocker.ask(screen)?.ok_or(Stop::Interrupted)?;
    let report = desk.unblock(typed).await?;
    screen.object(&json!({ "event": "pin-unblocked", "new_pin": report.notice.is_none() }));
    screen.line("");
    unblocker.tell_done(screen);
    screen.line("");
    Ok(())
}
