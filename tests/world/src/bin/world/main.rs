//! The world as a process, so that a test in any language can be a phone: a portal to apply to, somebody who was invited,
//! their card behind a TCP port, and mails and text messages over HTTP. All of it is on loopback, and all of it ends with
//! the process, which ends when its standard input does, or after a while.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line says where its world is"
)]

mod card_server;
mod control;
mod resident;
mod usb_session;

use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use basvuru_portal::SystemClock;
use basvuru_world::World;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use control::Control;
use resident::Resident;

const USAGE: &str = "usage: world [--json] [--minutes N] [--resend-after SECONDS]

Prints where everything is, as one line of JSON with --json, and keeps it there until its standard input ends, it is
interrupted, or N minutes have passed, 30 where none are given. Another code by text message is sent SECONDS after the
last one, where that is not to be what the portal usually has somebody wait.";

/// How long a world lasts that nobody ends.
const USUAL_MINUTES: u64 = 30;

struct Options {
    json: bool,
    lifetime: Duration,
    code_resend: Option<Duration>,
}

fn main() -> ExitCode {
    let Some(options) = options(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(live(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn options(mut arguments: impl Iterator<Item = String>) -> Option<Options> {
    let mut options = Options {
        json: false,
        lifetime: Duration::from_secs(USUAL_MINUTES * 60),
        code_resend: None,
    };
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--json" => options.json = true,
            "--minutes" => {
                let minutes: u64 = arguments.next()?.parse().ok()?;
                options.lifetime = Duration::from_secs(minutes.checked_mul(60)?);
            }
            "--resend-after" => {
                options.code_resend = Some(Duration::from_secs(arguments.next()?.parse().ok()?));
            }
            _ => return None,
        }
    }
    Some(options)
}

async fn live(options: &Options) -> Result<(), Box<dyn std::error::Error>> {
    let world = World::start_with(|settings| {
        // Other processes live by the system's clock, and a test is not a crowd.
        settings.clock = Arc::new(SystemClock);
        settings.limits.requests_a_minute = 60_000;
        settings.limits.requests_of_person_a_minute = 60_000;
        settings.limits.picture_codes_a_minute = 60_000;
        if let Some(wait) = options.code_resend {
            settings.limits.code_resend = wait;
        }
    })
    .await?;
    let resident = Resident::settle(&world, 0).await?;
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let address = format!("http://{}", listener.local_addr()?);
    if options.json {
        let described = serde_json::json!({
            "portal": world.url(),
            "trust": String::from_utf8_lossy(&world.portal_root()?),
            "control": address,
            "applicant": resident.description(),
        });
        println!("{described}");
    } else {
        println!("portal     {}", world.url());
        println!("trust      {}", world.data().join("ca.pem").display());
        println!("control    {address}");
        println!("           GET /mails/ADDRESS  GET /texts/NUMBER/COUNT  GET /captchas/ID  POST /applicants");
        println!("{resident}");
        println!("It ends with standard input, or when it is interrupted.");
    }

    let control = Arc::new(Control::new(world, resident));
    let serving = tokio::spawn(axum::serve(listener, control::routes(Arc::clone(&control))).into_future());
    tokio::select! {
        () = end_of_input() => {}
        _ = tokio::signal::ctrl_c() => {}
        () = tokio::time::sleep(options.lifetime) => {}
    }
    // What is left of a request has nobody to answer to.
    serving.abort();
    Ok(())
}

/// Waits for the end of standard input, on a thread of its own that nothing waits for.
async fn end_of_input() {
    let (ended, end) = oneshot::channel();
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        let mut ignored = [0; 256];
        // An input that cannot be read is one that has ended.
        while input.read(&mut ignored).is_ok_and(|length| length > 0) {}
        // The world may have ended by itself meanwhile.
        let _ = ended.send(());
    });
    // A thread that could not say that the input ended has ended with it.
    let _ = end.await;
}
