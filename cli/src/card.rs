//! Virtual cards for testing.

use basvuru::texts::Argument;
use basvuru_test_card::CardImage;
use basvuru_test_pki::{Holder, IssueOptions, KeyKind};
use serde_json::json;

use crate::arguments::{Card, CardCommand, Key, NewCard};
use crate::portal::authority;
use crate::screen::Screen;
use crate::stop::Stop;

pub(crate) fn run(options: &Card, screen: &Screen) -> Result<(), Stop> {
    match &options.command {
        CardCommand::New(new) => make(new, screen),
    }
}

fn make(options: &NewCard, screen: &Screen) -> Result<(), Stop> {
    let authority = authority(&options.data)?;
    let (given_name, family_name) = options.name.rsplit_once(' ').unwrap_or((&options.name, ""));
    let holder = Holder::new(given_name, family_name, &options.id);
    let issued = authority
        .issue(&holder, kind(options.key), &IssueOptions::default())
        .map_err(|error| Stop::own("stop-authority", error))?;
    let image = CardImage::new(
        "Deneme kartı",
        &options.pin,
        &issued.certificate_der,
        &issued.private_key_pkcs8_der,
    )
    .map_err(|error| Stop::own("stop-card", error))?;
    image
        .save(&options.file)
        .map_err(|error| Stop::own("stop-card", error))?;
    let file = screen.path(&options.file);
    screen.object(&json!({ "event": "card", "file": file }));
    let arguments = [
        ("file", Argument::Text(&file)),
        ("holder", Argument::Text(&options.name)),
        ("key", Argument::Text(key_name(options.key))),
    ];
    screen.line(&screen.sentence("card-made", &arguments));
    Ok(())
}

/// What the test authority calls a key.
pub(crate) fn kind(key: Key) -> KeyKind {
    match key {
        Key::P384 => KeyKind::P384,
        Key::Rsa2048 => KeyKind::Rsa2048,
    }
}

/// What people call a key.
pub(crate) fn key_name(key: Key) -> &'static str {
    match key {
        Key::P384 => "P-384",
        Key::Rsa2048 => "RSA-2048",
    }
}
