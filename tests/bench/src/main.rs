//! Measurements that the budgets are held against. A figure alone says little on a busy machine, so each comes with that
//! of a peer, taken in turns with it in the same run.

mod assembly;
mod peer;

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
    /// A CAdES B-B signature around a signature value that is there: ours beside the `cms` crate's builder.
    Assembly {
        /// Prints one line of JSON.
        #[arg(long)]
        json: bool,
        /// How many signatures each of the two makes.
        #[arg(long, default_value_t = 20_000)]
        count: u32,
    },
}

fn main() -> ExitCode {
    let Measurement::Assembly { json, count } = Arguments::parse().measurement;
    assembly::run(count, json)
}
