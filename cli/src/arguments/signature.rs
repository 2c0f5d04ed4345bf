//! What can be typed about signatures.

use std::path::PathBuf;
use std::time::SystemTime;

use basvuru::signature::extend::Target;
use basvuru::signature::profile::Profile;
use basvuru::signature::report::Level;
use basvuru::signature::timestamp::ObjectIdentifier;
use clap::{Args, ValueEnum};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::CardChoice;

#[derive(Args)]
pub(crate) struct Sign {
    /// The files to sign
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// The folder for what is signed
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Make a detached signature (.p7s) of each file as well; the card signs once more for each
    #[arg(long)]
    pub(crate) detached: bool,
    /// Make a signature with the file within (.p7m) of each file as well; the card signs once more for each
    #[arg(long)]
    pub(crate) enveloping: bool,
    /// How long the signature is to last
    #[arg(long, value_enum, default_value_t = Lasts::BB)]
    pub(crate) level: Lasts,
    #[command(flatten)]
    pub(crate) lasting: Lasting,
    #[command(flatten)]
    pub(crate) card: CardChoice,
}

#[derive(Args)]
pub(crate) struct Extend {
    /// An ASiC-E container or a CAdES signature (.p7s, .p7m)
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// How long the signature is to last
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub(crate) to: Lasts,
    /// What a detached signature signs
    #[arg(long, value_name = "FILE")]
    pub(crate) content: Option<PathBuf>,
    /// Where the extended file goes; in place of the one given where this is not
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) lasting: Lasting,
}

/// Where time-stamps and the state of certificates come from.
#[derive(Args)]
pub(crate) struct Lasting {
    /// The time-stamping authority (RFC 3161); needed for every level but b-b and p1
    #[arg(long, value_name = "URL")]
    pub(crate) tsa: Option<String>,
    /// A header that the time-stamping authority asks for; may be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) tsa_header: Vec<String>,
    /// A file whose first line is USER:PASSWORD for the time-stamping authority (HTTP Basic)
    #[arg(long, value_name = "FILE")]
    pub(crate) tsa_password: Option<PathBuf>,
    /// The policy time-stamps are to be made under, where the time-stamping authority has several
    #[arg(long, value_name = "OID")]
    pub(crate) tsa_policy: Option<ObjectIdentifier>,
    /// Whether OCSP responders are asked that certificates name
    #[arg(long, value_enum, default_value_t = Ask::Auto)]
    pub(crate) ocsp: Ask,
    /// Whether lists of revoked certificates are fetched from where certificates name them
    #[arg(long, value_enum, default_value_t = Ask::Auto)]
    pub(crate) crl: Ask,
    /// Certificates of the authorities to trust: a file, a folder, or `kamu-sm`; may be given several times
    ///
    /// `kamu-sm` is the root of Kamu SM that is confirmed (v6); `kamu-sm-unconfirmed` adds that of 2025 (v7), which awaits
    /// official confirmation.
    #[arg(long, value_name = "FILE|DIR|kamu-sm")]
    pub(crate) trust: Vec<PathBuf>,
    /// Roots that https:// addresses are trusted by, a file or a folder of them
    #[arg(long, value_name = "FILE|DIR")]
    pub(crate) tls_trust: Vec<PathBuf>,
}

/// Whether a source is asked.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Ask {
    /// At the addresses that certificates name
    Auto,
    /// Never
    Off,
}

/// A level of ETSI EN 319 122-1 or a Turkish profile.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lasts {
    /// Basic
    #[value(name = "b-b")]
    BB,
    /// With a time-stamp
    #[value(name = "b-t")]
    BT,
    /// With a time-stamp and all that is needed to verify it later
    #[value(name = "b-lt")]
    BLt,
    /// The same, with an archive time-stamp over it
    #[value(name = "b-lta")]
    BLta,
    /// Turkish profile P1: basic
    P1,
    /// Turkish profile P2: with a time-stamp
    P2,
    /// Turkish profile P3: long-lived, by lists of revoked certificates; a day must pass before `extend` completes it, and
    /// renews it from then on
    P3,
    /// Turkish profile P4: long-lived, by an OCSP answer; `extend` renews it
    P4,
}

impl Lasts {
    /// What the signature is extended to.
    pub(crate) fn target(self) -> Target {
        match self {
            Self::BB => Target::Level(Level::BB),
            Self::BT => Target::Level(Level::BT),
            Self::BLt => Target::Level(Level::BLT),
            Self::BLta => Target::Level(Level::BLTA),
            Self::P1 => Target::Profile(Profile::P1),
            Self::P2 => Target::Profile(Profile::P2),
            Self::P3 => Target::Profile(Profile::P3),
            Self::P4 => Target::Profile(Profile::P4),
        }
    }

    /// The profile whose policy is signed along.
    pub(crate) fn profile(self) -> Profile {
        match self.target() {
            Target::Level(_) => Profile::P1,
            Target::Profile(profile) => profile,
        }
    }

    /// Whether there is a time-stamp.
    pub(crate) fn has_timestamp(self) -> bool {
        !matches!(self, Self::BB | Self::P1)
    }

    /// Whether the state of certificates comes along.
    pub(crate) fn has_evidence(self) -> bool {
        !matches!(self, Self::BB | Self::P1 | Self::BT | Self::P2)
    }
}

#[derive(Args)]
pub(crate) struct Verify {
    /// An ASiC-E container, a CAdES signature with its content within (.p7m), or a detached one (.p7s) with --content
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Certificates of the authorities to trust: a file, a folder, or `kamu-sm`; may be given several times
    ///
    /// `kamu-sm` is the root of Kamu SM that is confirmed (v6); `kamu-sm-unconfirmed` adds that of 2025 (v7), which awaits
    /// official confirmation.
    #[arg(long, value_name = "FILE|DIR|kamu-sm")]
    pub(crate) trust: Vec<PathBuf>,
    /// What a detached signature signs
    #[arg(long, value_name = "FILE")]
    pub(crate) content: Option<PathBuf>,
    /// The moment to judge at, such as 2026-03-01T12:00:00+03:00; now where it is not given
    ///
    /// What is known today is heeded: somebody who was revoked before that moment stays revoked, whenever it was published.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) at: Option<SystemTime>,
    /// Ask nobody about revocation: judge by what the file brings along
    #[arg(long)]
    pub(crate) offline: bool,
}

fn moment(text: &str) -> Result<SystemTime, String> {
    let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|error| error.to_string())?;
    Ok(moment.into())
}
