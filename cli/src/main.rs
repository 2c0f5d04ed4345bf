//! The command line: the desktop shell of the core, the portal's operator console, and the demo.
//!
//! Exit codes: 0 done, 1 refused, invalid, or not to be written to standard output, 2 wrong usage, or no signature to verify.

mod apply;
mod arguments;
mod card;
mod choice;
mod conversation;
mod demo;
mod desk;
mod extend;
mod network;
mod portal;
mod proxy;
mod readers;
mod replay;
mod respondent;
mod screen;
mod sign;
mod stop;
mod trust;
mod vault;
mod verify;

use std::io::ErrorKind;
use std::process::ExitCode;

use basvuru::application::diagnosis;
use basvuru::licences::licences;
use serde_json::json;

use arguments::{Arguments, Command};
use screen::Screen;
use stop::Stop;

fn main() -> ExitCode {
    let arguments = match Arguments::read() {
        Ok(arguments) => arguments,
        Err(told) => return explained(&told),
    };
    let screen = Screen::new(arguments.language(), arguments.json);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return screen.stopped(&Stop::own("stop-system", "").because(error)),
    };
    let result = runtime.block_on(async {
        match &arguments.command {
            Command::Demo(options) => demo::run(options, &screen).await,
            Command::Portal(options) => portal::run(options, &screen).await,
            Command::Apply(options) => apply::run(options, &screen).await,
            Command::Readers => readers::run(&screen).await,
            Command::Card(options) => card::run(options, &screen).await,
            Command::Sign(options) => sign::run(options, &screen).await,
            Command::Extend(options) => extend::run(options, &screen).await,
            Command::Verify(options) => verify::run(options, &screen).await,
            Command::Replay(options) => replay::run(options, &screen).await,
            Command::Licences => {
                let text = licences();
                screen.line(text.trim_end());
                screen.object(&json!({ "event": "licences", "text": text }));
                Ok(())
            }
        }
    });
    let diagnosed = match &arguments.diagnosis {
        Some(file) => std::fs::write(file, diagnosis()).map_err(|error| Stop::file(file, &error)),
        None => Ok(()),
    };
    let mut code = ExitCode::SUCCESS;
    // What the command came to has the last word.
    for stop in [diagnosed, result].into_iter().filter_map(Result::err) {
        code = screen.stopped(&stop);
    }
    if code == ExitCode::SUCCESS {
        screen.unwritten()
    } else {
        code
    }
}

/// Prints help, the version, or what cannot be parsed.
fn explained(told: &clap::Error) -> ExitCode {
    let screen = Screen::new(arguments::language_of_locale(), false);
    match screen.told(told) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => screen.unwritable(&error),
        Ok(()) | Err(_) => ExitCode::from(u8::try_from(told.exit_code()).unwrap_or(2)),
    }
}
