//! Measurements that the budgets are held against. A figure alone says little on a busy machine, so each comes with that
//! of a peer, taken in turns with it in the same run.

mod apdus;
mod assembly;
mod large;
mod peer;
mod portal;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    measurement: Measurement,
}

#[derive(Subcommand)]
enum Measurement {
    /// Commands to a card for one package of documents: ours beside OpenSC's on the same card.
    Apdus {
        /// Prints one line of JSON.
        #[arg(long)]
        json: bool,
    },
    /// A CAdES B-B signature around a signature value that is there: ours beside the `cms` crate's builder.
    Assembly {
        /// Prints one line of JSON.
        #[arg(long)]
        json: bool,
        /// How many signatures each of the two makes.
        #[arg(long, default_value_t = 20_000)]
        count: u32,
    },
    /// A large document in a container: signed and verified in constant memory.
    Large {
        /// Prints one line of JSON.
        #[arg(long)]
        json: bool,
        /// The size of the document in MiB.
        #[arg(long, default_value_t = 1_024)]
        megabytes: u64,
    },
    /// Whole applications against an embedded portal: what each takes of it, and what others wait meanwhile.
    Portal(portal::Plan),
    /// What an embedded portal holds after very many sign-ins, beside what it held before.
    Memory(portal::memory::Plan),
    /// The portal that is measured, in a process of its own.
    #[command(hide = true)]
    ServePortal(portal::Serving),
}

#[expect(clippy::print_stderr, reason = "a failure is told where the caller looks for it")]
fn main() -> ExitCode {
    let failed = |error: Box<dyn std::error::Error>| {
        eprintln!("{error}");
        ExitCode::FAILURE
    };
    match Arguments::parse().measurement {
        Measurement::Apdus { json } => apdus::run(json).unwrap_or_else(failed),
        Measurement::Assembly { json, count } => assembly::run(count, json),
        Measurement::Large { json, megabytes } => large::run(megabytes, json).unwrap_or_else(|error| {
            eprintln!("{error}");
            ExitCode::FAILURE
        }),
        Measurement::Portal(plan) => portal::run(plan).unwrap_or_else(|error| failed(error)),
        Measurement::Memory(plan) => portal::memory::run(plan).unwrap_or_else(|error| failed(error)),
        Measurement::ServePortal(serving) => {
            portal::serve(&serving).map_or_else(|error| failed(error), |()| ExitCode::SUCCESS)
        }
    }
}
