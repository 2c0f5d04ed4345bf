//! A process at a pseudo terminal of its own, and a person who types there.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use console::{measure_text_width, strip_ansi_codes};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Termios, Winsize, tcgetattr, tcsetwinsize};

/// Nothing takes so long.
const PATIENCE: Duration = Duration::from_secs(120);
const NO_TERMINAL: i32 = 0x100;

pub(crate) struct Terminal {
    keyboard: File,
    /// The process's end, which says how the terminal is set.
    line: File,
    before: Termios,
    shown: Arc<Mutex<Vec<u8>>>,
    /// How much of it was waited for.
    seen: usize,
    child: Child,
}

impl Terminal {
    /// Runs a command at a terminal of so many columns, of whose session it is the leader.
    pub(crate) fn run(columns: u16, arguments: &[String], environment: &[(&str, &str)]) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let size = Winsize {
            ws_row: 40,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&master, size).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let mut opening = File::options();
        let line = opening
            .read(true)
            .write(true)
            .custom_flags(NO_TERMINAL)
            .open(name)
            .unwrap();
        let before = tcgetattr(&line).unwrap();
        let mut command = Command::new("setsid");
        command.arg("--ctty").arg(env!("CARGO_BIN_EXE_basvuru")).args(arguments);
        for (name, value) in [("TERM", "xterm-256color"), ("LC_ALL", "tr_TR.UTF-8")]
            .iter()
            .chain(environment)
        {
            command.env(name, value);
        }
        let end = || line.try_clone().unwrap();
        let child = command.stdin(end()).stdout(end()).stderr(end()).spawn().unwrap();
        let mut screen = File::from(master);
        let keyboard = screen.try_clone().unwrap();
        let shown = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut octets = [0; 4096];
            while let Ok(count) = screen.read(&mut octets) {
                kept.lock().unwrap().extend_from_slice(&octets[..count]);
            }
        });
        Self {
            keyboard,
            line,
            before,
            shown,
            seen: 0,
            child,
        }
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Types a line.
    pub(crate) fn enter(&mut self, line: &str) {
        self.press(&format!("{line}\r"));
    }

    /// Waits until the words are shown, after what was waited for before, however the lines are broken.
    pub(crate) fn wait_for(&mut self, words: &str) {
        let words = squeezed(words);
        self.wait(&words, |terminal| {
            let shown = squeezed(&terminal.text());
            let Some(at) = shown.get(terminal.seen..).and_then(|new| new.find(&words)) else {
                return false;
            };
            terminal.seen += at + words.len();
            true
        });
    }

    /// Waits until the terminal echoes, or does not.
    pub(crate) fn wait_for_echo(&mut self, is_on: bool) {
        self.wait("echo", |terminal| terminal.modes().contains(LocalModes::ECHO) == is_on);
    }

    /// Waits until the process is stopped.
    pub(crate) fn wait_for_stop(&mut self) {
        let file = format!("/proc/{}/stat", self.child.id());
        self.wait("stop", |_| std::fs::read_to_string(&file).unwrap().contains(") T "));
    }

    fn wait(&mut self, what: &str, mut is_there: impl FnMut(&mut Self) -> bool) {
        let begun = Instant::now();
        while !is_there(self) {
            assert!(begun.elapsed() < PATIENCE, "{what} did not come:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    fn modes(&self) -> LocalModes {
        tcgetattr(&self.line).unwrap().local_modes
    }

    /// Whether the terminal is set as it was before the process was there.
    pub(crate) fn is_as_before(&self) -> bool {
        let now = tcgetattr(&self.line).unwrap();
        let told = |modes: &Termios| (modes.local_modes, modes.input_modes, modes.output_modes);
        told(&now) == told(&self.before)
    }

    /// Waits for the end of the process.
    pub(crate) fn end(&mut self) -> ExitStatus {
        let mut status = None;
        self.wait("the end", |terminal| {
            status = terminal.child.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }

    /// Everything that was shown, without colours.
    pub(crate) fn text(&self) -> String {
        strip_ansi_codes(&String::from_utf8_lossy(&self.octets())).into_owned()
    }

    pub(crate) fn octets(&self) -> Vec<u8> {
        self.shown.lock().unwrap().clone()
    }

    /// Lines wider than the terminal that could have been broken.
    pub(crate) fn too_wide(&self, columns: usize) -> Vec<String> {
        let text = self.text();
        let lines = text.split(['\n', '\r']);
        // What is typed goes on in the next line by itself.
        let asked = |line: &str| {
            line.rsplit_once(": ")
                .map_or(line.len(), |(question, _)| question.len() + 1)
        };
        let is_wide = |line: &&str| {
            let line = line[..asked(line)].trim_end();
            measure_text_width(line) > columns && line.split_whitespace().count() > 1
        };
        lines.filter(is_wide).map(str::to_owned).collect()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace()).collect()
}
