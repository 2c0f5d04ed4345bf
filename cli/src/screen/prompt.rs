//! Typing at a terminal. Lines are edited by rustyline; secrets never come near it, since its buffers are not wiped: they
//! are read octet by octet while the terminal echoes nothing. Whatever ends or stops the process meanwhile, the terminal is
//! as it was before; when a stopped process goes on, it waits again as it did, its question shown anew.

use std::io::{self, Write as _};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use rustix::termios::{self, LocalModes, OptionalActions, Termios};
use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{Config, Editor, ExternalPrinter};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::low_level::emulate_default_handler;
use tokio::signal::unix::{SignalKind, signal};

/// A question that waits for its answer.
struct Waiting {
    /// How the terminal was before.
    before: Termios,
    /// Shows the question once more.
    redraw: Box<dyn FnMut() + Send>,
}

static WAITING: Mutex<Option<Waiting>> = Mutex::new(None);

/// Puts the terminal back when dropped, by a panic too.
struct Guard(());

impl Guard {
    /// Remembers the terminal as it is.
    fn set(redraw: impl FnMut() + Send + 'static) -> io::Result<Self> {
        heed_signals();
        let before = termios::tcgetattr(io::stdin())?;
        let redraw = Box::new(redraw);
        *waiting() = Some(Waiting { before, redraw });
        Ok(Self(()))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(Waiting { before, .. }) = waiting().take() {
            let _ = termios::tcsetattr(io::stdin(), OptionalActions::Now, &before);
        }
    }
}

fn waiting() -> MutexGuard<'static, Option<Waiting>> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has a line edited and returned; none where the input has ended. The arrows up and down go through what is to be
/// `recalled`, the last first.
pub(super) fn line(question: &str, recalled: &[String]) -> io::Result<Option<String>> {
    // Signals stay signals, so that there is one place that heeds them.
    let config = Config::builder().enable_signals(true).bracketed_paste(false).build();
    let read = || -> Result<String, ReadlineError> {
        let mut editor: Editor<(), DefaultHistory> = Editor::with_config(config)?;
        for line in recalled {
            editor.add_history_entry(line)?;
        }
        let mut printer = editor.create_external_printer()?;
        let _guard = Guard::set(move || {
            let _ = printer.print(String::new());
        })?;
        editor.readline(question)
    };
    match read() {
        Ok(line) => Ok(Some(line)),
        Err(ReadlineError::Eof | ReadlineError::Interrupted) => Ok(None),
        Err(ReadlineError::Io(error)) => Err(error),
        Err(error) => Err(io::Error::other(error.to_string())),
    }
}

/// Lets `read` read while the terminal shows nothing of what is typed but the end of the line. `show` asks the question, and
/// asks it once more where it has to.
pub(super) fn without_echo<T>(
    show: impl FnMut() + Send + 'static,
    read: impl FnOnce() -> io::Result<T>,
) -> io::Result<T> {
    let _guard = Guard::set(show)?;
    let mut silent = termios::tcgetattr(io::stdin())?;
    silent.local_modes.remove(LocalModes::ECHO);
    silent
        .local_modes
        .insert(LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG);
    termios::tcsetattr(io::stdin(), OptionalActions::Now, &silent)?;
    // Only now: what is typed at once is not shown either.
    if let Some(Waiting { redraw, .. }) = &mut *waiting() {
        redraw();
    }
    read()
}

/// Has the signals that end or stop a process put the terminal back first.
fn heed_signals() {
    static HEEDED: Once = Once::new();
    if tokio::runtime::Handle::try_current().is_err() {
        return;
    }
    HEEDED.call_once(|| {
        for number in [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP] {
            let Ok(mut coming) = signal(SignalKind::from_raw(number)) else {
                continue;
            };
            tokio::spawn(async move {
                while coming.recv().await.is_some() {
                    give_way(number);
                }
            });
        }
    });
}

/// Does what the signal does where nobody heeds it, with the terminal as it was before.
fn give_way(signal: i32) {
    let mut waiting = waiting();
    let Some(Waiting { before, redraw }) = &mut *waiting else {
        let _ = emulate_default_handler(signal);
        return;
    };
    let asking = termios::tcgetattr(io::stdin());
    let _ = termios::tcsetattr(io::stdin(), OptionalActions::Now, before);
    let mut stdout = io::stdout();
    let _ = stdout.write_all(b"\n").and_then(|()| stdout.flush());
    let _ = emulate_default_handler(signal);
    // It was stopped, and goes on.
    if let Ok(asking) = asking {
        let _ = termios::tcsetattr(io::stdin(), OptionalActions::Now, &asking);
    }
    redraw();
}
