//! What can be typed about what a portal has received.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::SystemTime;

use basvuru::day::Day;
use clap::{Args, ValueEnum};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// Whose folder, and who reads.
#[derive(Args)]
pub(crate) struct Reading {
    /// The portal's folder. The portal may be running or not
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Who reads, for the audit trail; the account's name and number where it is not given
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) reader: Option<String>,
    /// The authorities by which signed containers are verified, PEM; the test authority of the folder where none is given
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: Option<PathBuf>,
}

/// How far an order has come.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum State {
    /// Its form waits to be approved
    Form,
    /// A telephone number waits to be confirmed
    Confirmation,
    /// The way of signing waits to be chosen
    Method,
    /// It waits for its signature
    Signature,
    /// The signed application was taken
    Complete,
    /// It was withdrawn
    Withdrawn,
}

#[derive(Args)]
pub(crate) struct ListOrders {
    #[command(flatten)]
    pub(crate) reading: Reading,
    /// Orders in this state. Can be repeated
    #[arg(long, value_enum)]
    pub(crate) state: Vec<State>,
    /// Orders of this institution; capital letters and spaces are no matter
    #[arg(long, value_name = "NAME")]
    pub(crate) institution: Option<String>,
    /// Orders made on this day or later (YYYY-MM-DD or DD.MM.YYYY, in Türkiye)
    #[arg(long, value_name = "DAY", value_parser = begin)]
    pub(crate) since: Option<SystemTime>,
    /// Orders made on this day or before
    #[arg(long, value_name = "DAY", value_parser = end)]
    pub(crate) until: Option<SystemTime>,
    /// Orders whose application was completed on this day or later
    #[arg(long, value_name = "DAY", value_parser = begin)]
    pub(crate) completed_since: Option<SystemTime>,
    /// So many orders, up to 200
    #[arg(long, value_name = "COUNT", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub(crate) limit: u32,
    /// Orders made before this one: the next page
    #[arg(long, value_name = "ORDER")]
    pub(crate) after: Option<String>,
}

#[derive(Args)]
pub(crate) struct ExportOrders {
    #[command(flatten)]
    pub(crate) reading: Reading,
    /// The orders
    #[arg(value_name = "ORDER", required_unless_present = "all")]
    pub(crate) orders: Vec<String>,
    /// Every order whose application is complete
    #[arg(long, conflicts_with = "orders")]
    pub(crate) all: bool,
    /// With --all: completed on this day or later (YYYY-MM-DD or DD.MM.YYYY, in Türkiye)
    #[arg(long, value_name = "DAY", value_parser = begin, requires = "all")]
    pub(crate) since: Option<SystemTime>,
    /// With --all: of this institution
    #[arg(long, value_name = "NAME", requires = "all")]
    pub(crate) institution: Option<String>,
    /// The folder for a folder of each order. Made where it is missing
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Args)]
pub(crate) struct Audit {
    #[command(flatten)]
    pub(crate) reading: Reading,
    /// What happened to this order alone
    #[arg(long, value_name = "ORDER")]
    pub(crate) order: Option<String>,
    /// The newest so many entries
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    pub(crate) limit: u32,
}

#[derive(Args)]
pub(crate) struct Token {
    /// The portal's folder
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// The program's name, for the audit trail
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Take the program's token back instead
    #[arg(long)]
    pub(crate) revoke: bool,
}

/// Where what was received goes by itself.
#[derive(Args)]
pub(crate) struct Handover {
    /// The address at which programs of the authority read what was received, with a token each (portal token). Off by default
    #[arg(long, value_name = "ADDR")]
    pub(crate) archive: Option<SocketAddr>,
    /// Allow it on an address that is not loopback
    #[arg(long, requires = "archive")]
    pub(crate) archive_beyond_loopback: bool,
    /// The address that is told of each completed application, https://…, again until it answers with success
    #[arg(long, value_name = "URL", requires = "webhook_secret")]
    pub(crate) webhook: Option<String>,
    /// The file with the secret that its requests are signed with (HMAC-SHA256): at least 32 characters
    #[arg(long, value_name = "FILE", requires = "webhook")]
    pub(crate) webhook_secret: Option<PathBuf>,
    /// The TLS roots the address is trusted by, PEM. Can be repeated
    #[arg(long, value_name = "FILE", requires = "webhook")]
    pub(crate) webhook_trust: Vec<PathBuf>,
}

/// When a day begins in Türkiye, three hours ahead of UTC all the year.
fn begin(text: &str) -> Result<SystemTime, String> {
    let day = Day::parse(text).map_err(|error| error.to_string())?;
    let begin = OffsetDateTime::parse(&format!("{}T00:00:00+03:00", day.iso()), &Rfc3339);
    begin.map(SystemTime::from).map_err(|error| error.to_string())
}

/// When a day ends.
fn end(text: &str) -> Result<SystemTime, String> {
    Ok((OffsetDateTime::from(begin(text)?) + Duration::days(1)).into())
}
