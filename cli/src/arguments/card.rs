//! What can be typed about cards.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use basvuru_test_card::vpcd::PORT;
use clap::{Args, Subcommand, ValueEnum};

use super::Key;

/// Which card.
#[derive(Args)]
pub(crate) struct CardChoice {
    /// The card reader: its name, or a part of it that no other reader's name has
    #[arg(long, value_name = "NAME", conflicts_with = "card")]
    pub(crate) reader: Option<String>,
    /// A virtual card: virtual:FILE, made by `card new`
    #[arg(long, value_name = "CARD")]
    pub(crate) card: Option<String>,
}

#[derive(Args)]
pub(crate) struct Card {
    #[command(subcommand)]
    pub(crate) command: CardCommand,
}

#[derive(Subcommand)]
pub(crate) enum CardCommand {
    /// Show what is on a card: keys, certificates, PIN rules and the tries left. No PIN is asked
    Show(ShowCard),
    /// Change the PIN of a card
    ChangePin(ChangePin),
    /// Unblock the PIN of a card with its PUK, and give it a new PIN
    Unblock(UnblockCard),
    /// Make a virtual card, issued by the test authority of a portal's folder
    New(NewCard),
    /// Put a virtual card into a slot of vpcd, until standard input ends
    #[command(hide = true)]
    Serve(ServeCard),
}

#[derive(Args)]
pub(crate) struct ShowCard {
    #[command(flatten)]
    pub(crate) card: CardChoice,
}

#[derive(Args)]
pub(crate) struct ChangePin {
    #[command(flatten)]
    pub(crate) card: CardChoice,
}

#[derive(Args)]
pub(crate) struct UnblockCard {
    #[command(flatten)]
    pub(crate) card: CardChoice,
}

#[derive(Args)]
pub(crate) struct NewCard {
    /// The card's file; it remembers its PIN counter
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The portal's folder, whose test authority issues the certificate
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// The holder, as a JSON object with id and name in a file; - for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["id", "name"])]
    pub(crate) from: Option<PathBuf>,
    /// The holder's number: T.C. kimlik no or passport number
    #[arg(long, value_name = "NUMBER", required_unless_present = "from")]
    pub(crate) id: Option<String>,
    /// The holder's name
    #[arg(long, required_unless_present = "from")]
    pub(crate) name: Option<String>,
    /// The key
    #[arg(long, value_enum, default_value_t = Key::P384)]
    pub(crate) key: Key,
    /// The PIN
    #[arg(long, default_value = "123456")]
    pub(crate) pin: String,
    /// The PUK, 8 digits, where the card is to have one
    #[arg(long, value_name = "DIGITS")]
    pub(crate) puk: Option<String>,
    /// The kind of card it behaves like
    #[arg(long, value_enum, default_value_t = CardKind::Plain)]
    pub(crate) like: CardKind,
}

/// A kind of card that a virtual one behaves like.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CardKind {
    /// A plain PKCS#15 card
    Plain,
    /// AKİS: one directory at a time, under the bare name PKCS-15
    Akis,
    /// OsEID, an open operating system for cards that OpenSC knows: keys in files, padded blocks
    Oseid,
    /// The same, with the PIN asked for each signature
    ConsentEachTime,
    /// The same, with the PIN in binary-coded decimals
    BcdPin,
    /// The same, with the PIN padded to eight octets
    PaddedPin,
}

#[derive(Args)]
pub(crate) struct ServeCard {
    /// The card's file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The slot of vpcd
    #[arg(long, value_name = "ADDR", default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)))]
    pub(crate) vpcd: SocketAddr,
}
