//! Cards: what is on one, its PIN, and virtual ones for testing.

mod change_pin;
mod serve;
mod show;
mod unblock;

use std::io::Read;

use basvuru::texts::Argument;
use basvuru_test_card::{CardImage, Layout, PinForm, Profile, PukHabits, SignatureForm};
use basvuru_test_pki::{Holder, IssueOptions, KeyKind};
use serde::Deserialize;
use serde_json::json;

use crate::arguments::{Card, CardCommand, CardKind, Key, NewCard};
use crate::portal::authority;
use crate::screen::Screen;
use crate::stop::Stop;

pub(crate) async fn run(options: &Card, screen: &Screen) -> Result<(), Stop> {
    match &options.command {
        CardCommand::Show(show) => show::run(show, screen).await,
        CardCommand::ChangePin(change) => change_pin::run(change, screen).await,
        CardCommand::Unblock(unblock) => unblock::run(unblock, screen).await,
        CardCommand::Serve(serve) => serve::run(serve, screen).await,
        CardCommand::New(new) => make(new, screen),
    }
}

fn make(options: &NewCard, screen: &Screen) -> Result<(), Stop> {
    let authority = authority(&options.data)?;
    let Named { id, name } = holder(options)?;
    let (given_name, family_name) = name.rsplit_once(' ').unwrap_or((&name, ""));
    let holder = Holder::new(given_name, family_name, &id);
    let issued = authority
        .issue(&holder, kind(options.key), &IssueOptions::default())
        .map_err(|error| Stop::own("stop-authority", "").because(error))?;
    let unusable = |error| Stop::own("stop-card", options.file.display()).because(error);
    let image = CardImage::new(
        "Deneme kartı",
        &options.pin,
        &issued.certificate_der,
        &issued.private_key_pkcs8_der,
    )
    .map_err(unusable)?
    .with_profile(profile(options.like));
    let image = match &options.puk {
        Some(puk) => image.with_puk(puk, PukHabits::default()).map_err(unusable)?,
        None => image,
    };
    image.save(&options.file).map_err(unusable)?;
    let file = screen.path(&options.file);
    screen.object(&json!({ "event": "card", "file": file }));
    let arguments = [
        ("file", Argument::Text(&file)),
        ("holder", Argument::Text(&name)),
        ("key", Argument::Text(key_name(options.key))),
    ];
    screen.line(&screen.sentence("card-made", &arguments));
    Ok(())
}

/// The holder of a card that is made.
#[derive(Deserialize)]
struct Named {
    id: String,
    name: String,
}

/// The holder as the options name them, or the file that they lead to.
fn holder(options: &NewCard) -> Result<Named, Stop> {
    /// A number and a name, in octets.
    const LONGEST: u64 = 4096;
    let Some(file) = &options.from else {
        return Ok(Named {
            id: options.id.clone().unwrap_or_default(),
            name: options.name.clone().unwrap_or_default(),
        });
    };
    let source: Box<dyn Read> = match file.to_str() {
        Some("-") => Box::new(std::io::stdin()),
        _ => Box::new(std::fs::File::open(file).map_err(Stop::at(file))?),
    };
    let mut text = String::new();
    source.take(LONGEST).read_to_string(&mut text).map_err(Stop::at(file))?;
    serde_json::from_str(&text).map_err(|_| Stop::own("stop-holder", file.display()))
}

/// The habits of a kind of card.
fn profile(like: CardKind) -> Profile {
    let plain = Profile::default();
    let oseid = Profile {
        passes_for_oseid: true,
        signature_form: SignatureForm::Der,
        ..plain.clone()
    };
    match like {
        CardKind::Plain => plain,
        CardKind::Akis => Profile {
            layout: Layout::AkisLike,
            ..plain
        },
        CardKind::Oseid => Profile {
            key_files: true,
            ..oseid
        },
        CardKind::ConsentEachTime => Profile {
            consent_each_time: true,
            ..oseid
        },
        CardKind::BcdPin => Profile {
            pin_form: PinForm::BcdPadded,
            ..oseid
        },
        CardKind::PaddedPin => Profile {
            pin_form: PinForm::AsciiPadded,
            ..oseid
        },
    }
}

/// What the test authority calls a key.
pub(crate) fn kind(key: Key) -> KeyKind {
    match key {
        Key::P256 => KeyKind::P256,
        Key::P384 => KeyKind::P384,
        Key::Rsa2048 => KeyKind::Rsa2048,
        Key::Rsa3072 => KeyKind::Rsa3072,
    }
}

/// What people call a key.
pub(crate) fn key_name(key: Key) -> &'static str {
    match key {
        Key::P256 => "P-256",
        Key::P384 => "P-384",
        Key::Rsa2048 => "RSA-2048",
        Key::Rsa3072 => "RSA-3072",
    }
}
