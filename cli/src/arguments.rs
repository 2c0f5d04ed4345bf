//! What can be typed. Help is in English; everything a person reads while working is in their language.

mod archive;
mod card;
mod signature;

use std::net::SocketAddr;
use std::path::PathBuf;

use basvuru::texts::Language;
use basvuru_portal::{AndroidApp, Cidr};
use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

pub(crate) use archive::{Audit, ExportOrders, Handover, ListOrders, Reading, State, Token};
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
    /// Reads what the command was called with.
    ///
    /// # Errors
    /// What cannot be understood, as it is to be told. A conversation that is played is none with a card: it makes no diagnosis,
    /// and never takes the place of the one that is played.
    pub(crate) fn read() -> Result<Self, clap::Error> {
        let arguments = Self::try_parse()?;
        if arguments.diagnosis.is_some() && matches!(arguments.command, Command::Replay(_)) {
            let told = "--diagnosis cannot be used with replay: no card is touched, there is nothing to tell of one";
            return Err(Self::command().error(ErrorKind::ArgumentConflict, told));
        }
        Ok(arguments)
    }

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
    Portal(Box<Portal>),
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
    #[command(flatten)]
    pub(crate) handover: Handover,
}

#[derive(Args)]
pub(crate) struct Serve {
    /// The portal's folder: database, keys, outbox. Made where it is missing
    #[arg(long, value_name = "DIR", required = true)]
    pub(crate) data: PathBuf,
    /// The address to listen on
    #[arg(long, value_name = "ADDR", required = true)]
    pub(crate) listen: SocketAddr,
    /// The networks of reverse proxies in front of it, such as 10.0.0.0/8, whose word is taken for the address a request comes
    /// from: Forwarded or X-Forwarded-For. Can be repeated
    #[arg(long, value_name = "CIDR", num_args = 1.., value_delimiter = ',')]
    pub(crate) proxy: Vec<Cidr>,
    /// The proxies begin each connection with a header of the PROXY protocol, version 2
    #[arg(long, requires = "proxy")]
    pub(crate) proxy_protocol: bool,
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
    /// Register applicants and send each the e-mail with the access password
    Invite(Invite),
    /// List orders: of whom, of which institution, and how far each has come
    List(ListOrders),
    /// Export orders: form, receipt, signed container, documents, and a report of its verification
    Export(ExportOrders),
    /// Show what happened, who read what, and whether the audit trail is whole
    Audit(Audit),
    /// Give a program of the authority the token it reads with at --archive, or take it back
    Token(Token),
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
    /// A list of applicants, a line each; - for standard input. JSON objects, or a table (CSV) with the columns id, phone, email,
    /// given, family, institution, product. What was invited before is not invited again: a list can be gone through anew
    #[arg(long, value_name = "FILE", conflicts_with_all = ["id", "phone", "email", "given", "family"])]
    pub(crate) from: Option<PathBuf>,
    /// With --from: invite also those who were invited by the same line before. They get another order and password
    #[arg(long, requires = "from")]
    pub(crate) again: bool,
    /// T.C. kimlik no or passport number. What is typed here every account of this machine can read; a list nobody can
    #[arg(long, value_name = "NUMBER", required_unless_present = "from")]
    pub(crate) id: Option<String>,
    /// Mobile number
    #[arg(long, required_unless_present = "from")]
    pub(crate) phone: Option<String>,
    /// E-mail address
    #[arg(long, required_unless_present = "from")]
    pub(crate) email: Option<String>,
    /// Given name
    #[arg(long, value_name = "NAME", required_unless_present = "from")]
    pub(crate) given: Option<String>,
    /// Family name
    #[arg(long, value_name = "NAME", required_unless_present = "from")]
    pub(crate) family: Option<String>,
    /// The institution that invites, where a line of the list names none
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
