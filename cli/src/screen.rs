//! What the terminal shows: sentences in the person's language, or JSON lines. Nothing else in the command line prints. A
//! command goes on and ends as it would have where whoever read what it prints has left (`| head`), and has failed where
//! what it had to show could not be written.

mod layout;

use std::fs::File;
use std::io::{ErrorKind, IsTerminal as _, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use basvuru::application::{Activity, PortFailure, Screen as View, Step, Watcher};
use basvuru::failure::Explanation;
use basvuru::secret::{Password, Pin};
use basvuru::texts::{Argument, Catalogue, Language};
use basvuru::writing::shown;
use console::{Style, Term};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::stop::Stop;

/// Octets of the longest line that is read.
const LONGEST_LINE: usize = 4096;

/// Where everything is shown and asked.
pub(crate) struct Screen {
    texts: Catalogue,
    json: bool,
    spinner: Arc<Spinner>,
    /// Why something could not be shown.
    unwritten: Mutex<Option<std::io::Error>>,
}

impl Screen {
    pub(crate) fn new(language: Language, json: bool) -> Self {
        let source = match language {
            Language::Turkish => include_str!("../locales/tr/cli.ftl"),
            Language::English => include_str!("../locales/en/cli.ftl"),
        };
        let shown = !json && Term::stdout().is_term();
        Self {
            texts: Catalogue::new(language, &[source]),
            json,
            spinner: Arc::new(Spinner::new(shown)),
            unwritten: Mutex::new(None),
        }
    }

    pub(crate) fn language(&self) -> Language {
        self.texts.language()
    }

    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// A sentence of the command line's own.
    pub(crate) fn sentence(&self, id: &str, arguments: &[(&str, Argument<'_>)]) -> String {
        self.texts.sentence(id, arguments)
    }

    /// An attribute of one of the command line's own messages.
    pub(crate) fn attribute(&self, id: &str, attribute: &str, arguments: &[(&str, Argument<'_>)]) -> String {
        self.texts.attribute(id, attribute, arguments)
    }

    /// Prints a line of text; nothing in JSON mode.
    pub(crate) fn line(&self, text: &str) {
        if !self.json {
            self.spinner.stop();
            self.print(&layout::fitted(text));
        }
    }

    /// Prints an object on a line of its own, in JSON mode alone.
    pub(crate) fn object(&self, value: &Value) {
        if self.json {
            self.print(&layout::escaped(&value.to_string()));
        }
    }

    /// Shows the heading of a step.
    pub(crate) fn step(&self, step: &Step) {
        let mut object = json!({ "event": "step", "step": step.screen.name(), "title": step.title });
        let dim = Style::new().dim();
        let mut heading = Style::new().bold().cyan().apply_to(&step.title).to_string();
        if let Some(place) = &step.place {
            object["place"] = json!({ "number": place.number, "count": place.count, "name": place.name });
            let place = format!("{}/{} · {}", place.number, place.count, place.name);
            heading = format!("{heading}  {}", dim.apply_to(place));
        }
        if let Some(support) = &step.support {
            object["support"] = json!({ "phone": support.phone, "email": support.email });
        }
        if let Some(privacy) = &step.privacy {
            object["privacy"] = json!({ "title": privacy.title, "text": privacy.text, "address": privacy.address });
        }
        if let View::SignIn { host, .. } = &step.screen {
            object["host"] = host.as_str().into();
        }
        self.object(&object);
        self.line("");
        self.line(&heading);
        self.line(&layout::wrapped(&step.hint, "  "));
        if let View::SignIn { host, .. } = &step.screen {
            self.line(&layout::wrapped(
                &self.sentence("sign-in-host", &[("host", Argument::Text(host))]),
                "  ",
            ));
        }
        if let Some(privacy) = &step.privacy {
            let address = privacy.address.as_deref().unwrap_or_default();
            let text = format!("{}: {} {address}", privacy.title, privacy.text);
            self.line(&dim.apply_to(layout::wrapped(&text, "  ")).to_string());
        }
        if let Some(support) = &step.support {
            let arguments = [
                ("phone", Argument::Text(&support.phone)),
                ("email", Argument::Text(&support.email)),
            ];
            self.line(
                &dim.apply_to(layout::wrapped(&self.sentence("support", &arguments), "  "))
                    .to_string(),
            );
        }
        if let Some(clock) = &step.clock {
            self.object(&json!({ "event": "clock", "sentence": clock }));
            self.refused(clock);
        }
        if let Some(notice) = &step.notice {
            self.explanation("notice", notice, &Style::new().yellow());
        }
    }

    /// Shows, in yellow, what cannot stay as it is.
    pub(crate) fn refused(&self, sentence: &str) {
        self.line(
            &Style::new()
                .yellow()
                .apply_to(layout::wrapped(sentence, "  "))
                .to_string(),
        );
    }

    /// Shows why an answer was not taken.
    pub(crate) fn failure(&self, explanation: &Explanation) {
        self.explanation("failure", explanation, &Style::new().red());
    }

    /// Says why it does not go on for now.
    pub(crate) fn held_up(&self, stop: &Stop) {
        if let Some(explanation) = stop.explain(&self.texts) {
            self.failure(&explanation);
        }
    }

    /// Says why the command ends.
    pub(crate) fn stopped(&self, stop: &Stop) -> ExitCode {
        self.spinner.stop();
        if let Some(explanation) = stop.explain(&self.texts) {
            self.explanation("stopped", &explanation, &Style::new().red());
        }
        ExitCode::from(stop.exit_code())
    }

    /// Shows what happened and what to do, and below, apart from it, what is for an engineer.
    fn explanation(&self, event: &str, explanation: &Explanation, style: &Style) {
        let technical = explanation.cause.as_deref();
        let mut object = json!({
            "event": event, "code": explanation.code, "what": explanation.what, "next": explanation.next,
        });
        if let Some(technical) = technical {
            object["technical"] = technical.into();
        }
        self.object(&object);
        if self.json {
            return;
        }
        self.spinner.stop();
        let text = self.in_words(explanation, style);
        if event == "stopped" {
            let _ = writeln!(std::io::stderr(), "{text}");
        } else {
            self.print(&text);
        }
    }

    fn in_words(&self, explanation: &Explanation, style: &Style) -> String {
        let code = if explanation.code.is_empty() {
            String::new()
        } else {
            format!("  {}", explanation.code)
        };
        let dim = Style::new().dim();
        let mut text = format!(
            "{}{}\n{}",
            style.apply_to(layout::wrapped(&explanation.what, "  ")),
            dim.apply_to(code),
            layout::wrapped(&explanation.next, "  ")
        );
        if let Some(technical) = &explanation.cause {
            let line = self.sentence("technical-detail", &[("detail", Argument::Text(technical))]);
            text.push('\n');
            text.push_str(&dim.apply_to(layout::wrapped(&line, "  ")).to_string());
        }
        layout::fitted(&text)
    }

    /// Prints a line on standard output, for whoever still reads. What keeps it from being printed is told at the end.
    fn print(&self, text: &str) {
        let mut stdout = std::io::stdout();
        let printed = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
        if let Err(error) = printed
            && error.kind() != ErrorKind::BrokenPipe
        {
            let mut unwritten = self.unwritten.lock().unwrap_or_else(PoisonError::into_inner);
            unwritten.get_or_insert(error);
        }
    }

    /// The exit code of a command that did what it was asked, which it has not where what it had to show is lost.
    pub(crate) fn unwritten(&self) -> ExitCode {
        match &*self.unwritten.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => self.unwritable(error),
            None => ExitCode::SUCCESS,
        }
    }

    /// Says, where that can still be read, that standard output takes nothing.
    pub(crate) fn unwritable(&self, error: &std::io::Error) -> ExitCode {
        let stop = Stop::own("stop-output", "").because(error);
        if let Some(explanation) = stop.explain(&self.texts) {
            let _ = writeln!(
                std::io::stderr(),
                "{}",
                self.in_words(&explanation, &Style::new().red())
            );
        }
        ExitCode::from(stop.exit_code())
    }

    /// Asks for a line.
    pub(crate) fn ask(&self, question: &str) -> Result<String, Stop> {
        self.put_question(question)?;
        Ok(typed_line()?.to_string())
    }

    fn put_question(&self, question: &str) -> Result<(), Stop> {
        self.spinner.stop();
        let question = layout::fitted(&format!("  {question}"));
        let asked = if self.json {
            // Standard output is for objects alone.
            write!(std::io::stderr(), "{question} ")
        } else {
            let mut stdout = std::io::stdout();
            write!(stdout, "{question} ").and_then(|()| stdout.flush())
        };
        asked.map_err(|error| Stop::terminal(&error))
    }

    /// Whether there is a person to ask again.
    pub(crate) fn asks(&self) -> bool {
        !self.json && std::io::stdin().is_terminal()
    }

    /// Asks for a number from 1 to `count` and returns it less one; with a single one, Enter takes it.
    pub(crate) fn ask_number(&self, count: usize) -> Result<usize, Stop> {
        loop {
            let typed = self.ask(&format!("{}:", self.sentence("ask-number", &[])))?;
            match self.number(&typed, count) {
                Some(index) => return Ok(index),
                None => self.line(&format!("  {}", self.sentence("no-such-number", &[]))),
            }
        }
    }

    /// The typed number from 1 to `count`, less one; with a single one, nothing typed is that one.
    pub(crate) fn number(&self, typed: &str, count: usize) -> Option<usize> {
        match typed.trim().parse::<usize>() {
            Err(_) if typed.trim().is_empty() && count == 1 => Some(0),
            Ok(number) if (1..=count).contains(&number) => Some(number - 1),
            Ok(_) | Err(_) => None,
        }
    }

    /// Asks a question that is answered with a letter.
    pub(crate) fn confirm(&self, question: &str) -> Result<bool, Stop> {
        let yes = self.sentence("yes", &[]);
        let no = self.sentence("no", &[]);
        loop {
            let answer = self.ask(&format!("{question} [{yes}/{no}]"))?;
            if answer.eq_ignore_ascii_case(&yes) {
                return Ok(true);
            }
            if answer.eq_ignore_ascii_case(&no) {
                return Ok(false);
            }
        }
    }

    /// Asks for a password without showing it.
    pub(crate) fn ask_password(&self, question: &str) -> Result<Arc<Password>, Stop> {
        let typed = self.ask_secret(question)?;
        Ok(Arc::new(Password::new(typed.as_bytes())?))
    }

    /// Asks for a PIN without showing it.
    pub(crate) fn ask_pin(&self, question: &str) -> Result<Arc<Pin>, Stop> {
        let typed = self.ask_secret(question)?;
        Ok(Arc::new(Pin::new(typed.as_bytes())))
    }

    fn ask_secret(&self, question: &str) -> Result<Zeroizing<String>, Stop> {
        if std::io::stdin().is_terminal() {
            self.spinner.stop();
            let typed = rpassword::prompt_password(layout::fitted(&format!("  {question}")) + " ");
            Ok(Zeroizing::new(typed.map_err(|error| Stop::terminal(&error))?))
        } else {
            self.put_question(question)?;
            typed_line()
        }
    }

    /// Where a file was put, as the person may type it.
    pub(crate) fn path(&self, path: &Path) -> String {
        shown(&path.display().to_string())
    }

    /// The progress of the core, shown beside a spinner.
    pub(crate) fn watcher(&self) -> Arc<dyn Watcher> {
        Arc::clone(&self.spinner) as Arc<dyn Watcher>
    }

    /// Takes the spinner away.
    pub(crate) fn quiet(&self) {
        self.spinner.stop();
    }
}

/// The next line of standard input.
fn typed_line() -> Result<Zeroizing<String>, Stop> {
    let line = standard_input()
        .and_then(read_line)
        .map_err(|error| Stop::terminal(&error));
    line?.ok_or(Stop::Interrupted)
}

/// Standard input without the buffer that the standard library would keep of it.
#[cfg(unix)]
fn standard_input() -> std::io::Result<File> {
    use std::os::fd::AsFd as _;
    Ok(std::io::stdin().as_fd().try_clone_to_owned()?.into())
}

/// Standard input without the buffer that the standard library would keep of it.
#[cfg(windows)]
fn standard_input() -> std::io::Result<File> {
    use std::os::windows::io::AsHandle as _;
    Ok(std::io::stdin().as_handle().try_clone_to_owned()?.into())
}

/// Reads a line, none where there is no further one. Octet by octet: the next line may be a PIN, of which no copy is to stay
/// in a buffer.
fn read_line(mut from: impl Read) -> std::io::Result<Option<Zeroizing<String>>> {
    let mut line = Zeroizing::new(Vec::with_capacity(LONGEST_LINE));
    let mut octet = Zeroizing::new([0]);
    loop {
        match from.read(octet.as_mut_slice()) {
            Ok(0) if line.is_empty() => return Ok(None),
            Ok(0) => break,
            Ok(_) if octet[0] == b'\n' => break,
            // It would be copied to where there is more room.
            Ok(_) if line.len() == LONGEST_LINE => return Err(ErrorKind::FileTooLarge.into()),
            Ok(_) => line.push(octet[0]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let text = std::str::from_utf8(&line).map_err(|_| ErrorKind::InvalidData)?;
    Ok(Some(Zeroizing::new(text.trim_end_matches('\r').to_owned())))
}

/// A spinner that lives from the first progress to the next line of text.
struct Spinner {
    shown: bool,
    bar: Mutex<Option<ProgressBar>>,
}

impl Spinner {
    fn new(shown: bool) -> Self {
        Self {
            shown,
            bar: Mutex::new(None),
        }
    }

    fn stop(&self) {
        if let Some(bar) = self.bar.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }
}

impl Watcher for Spinner {
    fn progress(&self, _: Activity, sentence: String) -> Result<(), PortFailure> {
        if self.shown {
            let mut bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
            let bar = bar.get_or_insert_with(|| {
                let bar = ProgressBar::new_spinner();
                bar.set_style(ProgressStyle::default_spinner());
                bar.enable_steady_tick(Duration::from_millis(80));
                bar
            });
            bar.set_message(sentence);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_one_by_one_and_no_further() {
        let typed = "Işıl\r\n\n246813\nlast";
        let mut from = typed.as_bytes();
        let mut next = || read_line(&mut from).unwrap().map(|line| line.to_string());
        for line in ["Işıl", "", "246813", "last"] {
            assert_eq!(next().as_deref(), Some(line));
        }
        assert_eq!(next(), None);
    }

    #[test]
    fn a_line_without_end_or_that_is_no_text_is_refused() {
        let long = vec![b'1'; LONGEST_LINE + 1];
        assert_eq!(read_line(&long[..LONGEST_LINE]).unwrap().unwrap().len(), LONGEST_LINE);
        assert_eq!(
            read_line(long.as_slice()).err().map(|error| error.kind()),
            Some(ErrorKind::FileTooLarge)
        );
        assert_eq!(
            read_line(&b"\xFF\n"[..]).err().map(|error| error.kind()),
            Some(ErrorKind::InvalidData)
        );
    }
}
