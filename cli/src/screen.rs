//! What the terminal shows: sentences in the person's language, or JSON lines. Nothing else in the command line prints. A
//! command goes on and ends as it would have where whoever read what it prints has left (`| head`), and has failed where
//! what it had to show could not be written.

mod asking;
mod charset;
mod layout;
#[cfg(unix)]
mod prompt;

use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use basvuru::application::{Activity, PortFailure, Screen as View, Step, Watcher};
use basvuru::failure::Explanation;
use basvuru::texts::{Argument, Catalogue, Language};
use basvuru::writing::shown;
use console::{Style, Term};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::stop::Stop;
use charset::Charset;

/// Where everything is shown and asked.
pub(crate) struct Screen {
    texts: Catalogue,
    json: bool,
    charset: Charset,
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
        let charset = Charset::of_environment();
        // Its signs are in no other set.
        let spins = !json && Term::stdout().is_term() && charset == Charset::Utf8;
        let screen = Self {
            texts: Catalogue::new(language, &[source]),
            json,
            charset,
            spinner: Arc::new(Spinner::new(spins)),
            unwritten: Mutex::new(None),
        };
        screen.tell_of_letters();
        screen
    }

    /// Says, once, why a terminal does not get Turkish letters, where it does not.
    fn tell_of_letters(&self) {
        let Charset::Other(name) = &self.charset else { return };
        if !self.json && Term::stderr().is_term() {
            let sentence = self.sentence("letters-missing", &[("charset", Argument::Text(&shown(name)))]);
            let _ = std::io::stderr().write_all(&self.charset.encode(&(layout::wrapped(&sentence, "  ") + "\n")));
        }
    }

    pub(crate) fn language(&self) -> Language {
        self.texts.language()
    }

    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// The columns that a line has.
    pub(crate) fn columns(&self) -> usize {
        layout::width()
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
            let _ = std::io::stderr().write_all(&self.charset.encode(&(text + "\n")));
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
        let line = format!("{text}\n");
        // Objects are UTF-8 for whoever reads them (RFC 8259, 8.1).
        let line = if self.json {
            line.into_bytes()
        } else {
            self.charset.encode(&line)
        };
        let printed = stdout.write_all(&line).and_then(|()| stdout.flush());
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

    /// Prints what the reader of arguments says: help, the version, or what it cannot read.
    pub(crate) fn told(&self, told: &clap::Error) -> std::io::Result<()> {
        if self.charset == Charset::Utf8 {
            return told.print().and_then(|()| std::io::stdout().flush());
        }
        let text = self.charset.encode(&told.render().to_string());
        if told.use_stderr() {
            return std::io::stderr().write_all(&text);
        }
        let mut stdout = std::io::stdout();
        stdout.write_all(&text).and_then(|()| stdout.flush())
    }

    /// Says, where that can still be read, that standard output takes nothing.
    pub(crate) fn unwritable(&self, error: &std::io::Error) -> ExitCode {
        let stop = Stop::own("stop-output", "").because(error);
        if let Some(explanation) = stop.explain(&self.texts) {
            let text = self.in_words(&explanation, &Style::new().red()) + "\n";
            let _ = std::io::stderr().write_all(&self.charset.encode(&text));
        }
        ExitCode::from(stop.exit_code())
    }

    /// Where a file was put, as the person may type it.
    pub(crate) fn path(&self, path: &Path) -> String {
        shown(&path.display().to_string())
    }

    /// The progress of the core, shown beside a spinner.
    pub(crate) fn watcher(&self) -> Arc<dyn Watcher> {
        Arc::clone(&self.spinner) as Arc<dyn Watcher>
    }

    /// What is waited for, shown beside a spinner.
    pub(crate) fn waiting(&self, sentence: String) {
        self.spinner.show(sentence);
    }

    /// Takes the spinner away.
    pub(crate) fn quiet(&self) {
        self.spinner.stop();
    }
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

    fn show(&self, sentence: String) {
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
    }

    fn stop(&self) {
        if let Some(bar) = self.bar.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }
}

impl Watcher for Spinner {
    fn progress(&self, _: Activity, sentence: String) -> Result<(), PortFailure> {
        self.show(sentence);
        Ok(())
    }
}
