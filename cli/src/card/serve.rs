//! Puts a virtual card into a slot of vpcd, so that every PC/SC program finds it, until standard input ends.

use std::path::Path;
use std::sync::{Arc, Mutex};

use basvuru_test_card::VirtualCard;
use basvuru_test_card::vpcd::VirtualPcd;
use serde_json::json;
use tokio::io::AsyncReadExt as _;

use crate::arguments::ServeCard;
use crate::screen::Screen;
use crate::stop::Stop;

pub(crate) async fn run(options: &ServeCard, screen: &Screen) -> Result<(), Stop> {
    let file: &Path = &options.file;
    let card = VirtualCard::of_file(file).map_err(|error| Stop::own("stop-card", file.display()).because(error))?;
    let plugged = VirtualPcd::insert(options.vpcd, Arc::new(Mutex::new(card)))
        .map_err(|error| Stop::own("stop-vpcd", options.vpcd).because(error))?;
    screen.object(&json!({ "event": "inserted" }));
    screen.line(&screen.sentence("card-served", &[]));
    let mut ignored = [0; 64];
    let mut input = tokio::io::stdin();
    while input.read(&mut ignored).await.map_err(|error| Stop::terminal(&error))? > 0 {}
    let meter = plugged.meter();
    screen.object(&json!({
        "event": "removed", "apdus": meter.apdus, "bytes_out": meter.bytes_out, "bytes_in": meter.bytes_in,
    }));
    Ok(())
}
