//! What can be typed. Help is in English; everything a person reads while working is in their language.

mod card;
mod signature;

use std::net::SocketAddr;
use std::path::PathBuf;

use basvuru::texts::Language;
use basvuru_portal::AndroidApp;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use card::{Card, CardChoice, CardCommand, CardKind, ChangePin, NewCard, ServeCard, ShowCard, UnblockCard};
pub(crate) use signature::{Ask, Extend, Lasting, Sign, Verify};

/// Apply for a Turkish qualified electronic certificate (NES) and sign the application with a smart card.
#[derive(Parser)]
#[command(name = "basvuru", version, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    /// The language of everything shown; from the environment's locale where it is not given
    #[arg(long = "lang", global = true, value_enum, value_name = "LANGUAGE")]
    lang: Option<Tongue>,
    /// Print JSON, one object a line, instead of text
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// When the command ends, write what support may want to know of it to this file: nothing secret or personal
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) diagnosis: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Arguments {
    /// The language asked for, else the locale's, else Turkish, which the product's users speak.
    pub(crate) fn language(&self) -> Language {
        match self.lang {
            Some(Tongue::Tr) => Language::Turkish,
            Some(Tongue::En) => Language::English,
            None => language_of_locale(),
        }
    }
}

/// The locale's language, else Turkish.
pub(crate) fn language_of_locale() -> Language {
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty())
        .and_then(|locale| Language::from_tag(&locale))
        .unwrap_or(Language::Turkish)
}

#[derive(Clone, Copy, ValueEnum)]
enum Tongue {
    /// Turkish
    Tr,
    /// English
    En,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Walk a whole application on this machine: portal, test authority and card included
    Demo(Demo),
    /// Run the portal, or invite an applicant to it
    Portal(Portal),
    /// Apply: the journey at the terminal. Run again after any interruption, it goes on where it was
    Apply(Apply),
    /// List the card readers of this machine
    Readers,
    /// Look at a card, change or unblock its PIN, or make a virtual one for testing
    Card(Card),
    /// Sign files with a card: one ASiC-E container over all of them
    Sign(Sign),
    /// Make a signature last: add time-stamps, and what is needed to verify it later
    Extend(Extend),
    /// Say what is signed in a container or signature, by whom, and whether it holds
    Verify(Verify),
    /// Play the trace in a diagnosis against the card engine, and say where card and engine disagree
    Replay(Replay),
    /// Print the licences of what is in the library for phones
    Licences,
}

#[derive(Args)]
pub(crate) struct Replay {
    /// A diagnosis, the conversation in one, or lines "> " with a command and "< " with its answer in hexadecimal, after "ATR:"
    #[arg(value_name = "TRACE")]
    pub(crate) trace: PathBuf,
}

#[derive(Args)]
pub(crate) struct Demo {
    /// The folder for what the demo leaves behind
    #[arg(long, value_name = "DIR", default_value = "target/demo")]
    pub(crate) out: PathBuf,
    /// The key on the card
    #[arg(long, value_enum, default_value_t = Key::P384)]
    pub(crate) key: Key,
    /// How the card is reached
    #[arg(long, value_enum, default_value_t = CardLink::Contact)]
    pub(crate) link: CardLink,
    /// The level of the signature that the portal wishes
    #[arg(long, value_enum, default_value_t = Wish::BT)]
    pub(crate) level: Wish,
}

/// A level of ETSI EN 319 122-1 that a portal can wish.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Wish {
    /// Basic
    #[value(name = "b-b")]
    BB,
    /// With a time-stamp
    #[value(name = "b-t")]
    BT,
}

/// The key on a card.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Key {
    /// ECDSA on P-256
    P256,
    /// ECDSA on P-384
    P384,
    /// RSA with 2048 bits
    Rsa2048,
    /// RSA with 3072 bits
    Rsa3072,
}

/// How a card is reached.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CardLink {
    /// By contacts: the card is read first, then the PIN is asked
    Contact,
    /// By radio: the PIN is asked first, then one tap does everything
    Nfc,
}

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Portal {
    #[command(subcommand)]
    pub(crate) command: Option<PortalCommand>,
    #[command(flatten)]
    pub(crate) serve: Option<Serve>,
}

#[derive(Args)]
pub(crate) struct Serve {
    /// The portal's folder: database, keys, outbox. Made where it is missing
    #[arg(long, value_name = "DIR", required = true)]
    pub(crate) data: PathBuf,
    /// The address to listen on
    #[arg(long, value_name = "ADDR", required = true)]
    pub(crate) listen: SocketAddr,
    /// The host name in links, text messages and the TLS certificate
    #[arg(long, value_name = "NAME", default_value = "localhost")]
    pub(crate) host: String,
    /// An Android app that opens the portal's links: its id and the SHA-256 fingerprint of its certificate. Can be repeated
    #[arg(long, value_name = "ID=FINGERPRINT", value_parser = android_app)]
    pub(crate) android_app: Vec<AndroidApp>,
    /// An app for iPhone that opens the portal's links: TEAM.BUNDLE. Can be repeated
    #[arg(long, value_name = "ID")]
    pub(crate) apple_app: Vec<String>,
    /// The oldest version of the core that is still served, such as 1.2.0
    #[arg(long, value_name = "VERSION")]
    pub(crate) oldest_version: Option<String>,
    /// Write the answers of picture codes to the outbox, for automation. Refused on any address that is not loopback
    #[arg(long)]
    pub(crate) reveal_captcha: bool,
}

fn android_app(text: &str) -> Result<AndroidApp, String> {
    let (package, certificate) = text.split_once('=').ok_or("ID=FINGERPRINT expected")?;
    Ok(AndroidApp {
        package: package.to_owned(),
        certificates: vec![certificate.to_owned()],
        store: None,
    })
}

#[derive(Subcommand)]
pub(crate) enum PortalCommand {
    /// Register an applicant and send the e-mail with the access password
    Invite(Invite),
    /// Let an applicant sign in at once who has to wait because of wrong passwords
    Unlock(Unlock),
    /// Show the mobile number that the institution is asked to confirm for an order, confirm it or refuse it
    ConfirmNumber(ConfirmNumber),
}

#[derive(Args)]
pub(crate) struct Unlock {
    /// The portal's folder
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// T.C. kimlik no or passport number; without it, a line of standard input, which no list of processes shows
    #[arg(long, value_name = "NUMBER")]
    pub(crate) id: Option<String>,
}

#[derive(Args)]
pub(crate) struct Invite {
    /// The portal's folder
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// T.C. kimlik no or passport number
    #[arg(long, value_name = "NUMBER")]
    pub(crate) id: String,
    /// Mobile number
    #[arg(long)]
    pub(crate) phone: String,
    /// E-mail address
    #[arg(long)]
    pub(crate) email: String,
    /// Given name
    #[arg(long, value_name = "NAME")]
    pub(crate) given: String,
    /// Family name
    #[arg(long, value_name = "NAME")]
    pub(crate) family: String,
    /// The institution that invites
    #[arg(long, default_value = "Örnek Kurum")]
    pub(crate) institution: String,
    /// What is applied for
    #[arg(long, value_enum, default_value_t = InvitedProduct::Nes)]
    pub(crate) product: InvitedProduct,
}

#[derive(Args)]
pub(crate) struct ConfirmNumber {
    /// The order
    pub(crate) order: String,
    /// The portal's folder
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Confirm that the number is the applicant's
    #[arg(long, conflicts_with = "refuse")]
    pub(crate) accept: bool,
    /// Refuse it: the applicant is asked for another one
    #[arg(long)]
    pub(crate) refuse: bool,
}

/// What is applied for.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum InvitedProduct {
    /// A certificate on a card
    Nes,
    /// A certificate for mobile signatures
    Mobilnes,
}

#[derive(Args)]
pub(crate) struct Apply {
    /// The portal's address, https://…
    #[arg(long, value_name = "URL")]
    pub(crate) portal: String,
    /// The TLS roots the portal is trusted by, PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: PathBuf,
    /// The folder that remembers where the application stands
    #[arg(long, value_name = "DIR")]
    pub(crate) home: PathBuf,
    /// The link of the invitation, as it stands in the e-mail: names the order. Taken only where it leads to --portal
    #[arg(long, value_name = "URL")]
    pub(crate) invitation: Option<String>,
    #[command(flatten)]
    pub(crate) card: CardChoice,
    /// How the virtual card is reached
    #[arg(long, value_enum, default_value_t = CardLink::Contact)]
    pub(crate) link: CardLink,
    /// Answers from a JSON file instead of the terminal; see the README
    #[arg(long, value_name = "FILE")]
    pub(crate) answers: Option<PathBuf>,
    /// Leave the application that is open here and begin another
    #[arg(long)]
    pub(crate) new: bool,
}
