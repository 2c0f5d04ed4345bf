//! Questions to the person. At a terminal lines are edited, and what cannot be right is told at the question, which is asked
//! again; elsewhere plain lines are read. Secrets are never shown and leave no copy behind.

use std::fs::File;
use std::io::{ErrorKind, IsTerminal as _, Read, Write as _};
use std::sync::Arc;

use basvuru::secret::{Password, Pin};
use basvuru::writing::fold;
use zeroize::Zeroizing;

use super::charset::Charset;
use super::{Screen, layout};
use crate::choice;
use crate::stop::Stop;

/// Octets of the longest line that is read.
const LONGEST_LINE: usize = 4096;

impl Screen {
    /// Asks for a line.
    pub(crate) fn ask(&self, question: &str) -> Result<String, Stop> {
        self.ask_until(question, &[], |typed| Ok(typed.to_owned()))
    }

    /// Asks until what was typed is taken, and says each time why it is not. The arrow up recalls what was typed last, and
    /// before it what is to be `recalled`.
    pub(crate) fn ask_until<T>(
        &self,
        question: &str,
        recalled: &[String],
        mut take: impl FnMut(&str) -> Result<T, String>,
    ) -> Result<T, Stop> {
        let mut recalled = recalled.to_vec();
        loop {
            let typed = self.typed(question, &recalled)?;
            match take(&typed) {
                Ok(taken) => return Ok(taken),
                Err(fault) => self.refused(&fault),
            }
            recalled.push(typed);
        }
    }

    /// Asks for one of several things, each with its value and its label: by its number in the list, which the caller has
    /// shown, or by either. A single one is taken by Enter.
    pub(crate) fn ask_choice(&self, question: &str, known: &[(&str, &str)]) -> Result<usize, Stop> {
        let labels: Vec<String> = known.iter().map(|(_, label)| (*label).to_owned()).collect();
        self.ask_until(question, &labels, |typed| {
            let only = known.len() == 1 && typed.trim().is_empty();
            let chosen = if only { Some(0) } else { choice::of(typed, known) };
            chosen.ok_or_else(|| self.sentence("no-such-choice", &[]))
        })
    }

    /// Asks a question that is answered with a letter, or a word.
    pub(crate) fn confirm(&self, question: &str) -> Result<bool, Stop> {
        let say = |id| self.sentence(id, &[]);
        let question = format!("{question} [{}/{}]", say("yes"), say("no"));
        self.ask_until(&question, &[], |typed| {
            let typed = fold(typed.trim());
            let is = |letter, word| [say(letter), say(word)].iter().any(|known| fold(known) == typed);
            match (is("yes", "yes-word"), is("no", "no-word")) {
                (true, _) => Ok(true),
                (_, true) => Ok(false),
                _ => Err(say("answer-yes-or-no")),
            }
        })
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

    /// Whether there is a person to ask again.
    pub(crate) fn asks(&self) -> bool {
        !self.json && std::io::stdin().is_terminal()
    }

    /// What was typed at a question.
    fn typed(&self, question: &str, recalled: &[String]) -> Result<String, Stop> {
        #[cfg(unix)]
        if self.edits_lines() {
            self.quiet();
            let question = layout::fitted(&format!("  {question}")) + " ";
            // The editor counts columns in its own line alone.
            let (above, own) = question.rsplit_once('\n').unwrap_or(("", &question));
            if !above.is_empty() {
                self.print(above);
            }
            let typed = super::prompt::line(own, recalled).map_err(|error| Stop::terminal(&error))?;
            return typed.ok_or(Stop::Interrupted);
        }
        self.put_question(question)?;
        Ok(self.typed_line()?.to_string())
    }

    /// Whether lines can be edited: at a terminal that has more than paper.
    #[cfg(unix)]
    fn edits_lines(&self) -> bool {
        let is_plain = std::env::var("TERM").map_or(true, |kind| kind.is_empty() || kind == "dumb");
        self.asks() && std::io::stdout().is_terminal() && self.charset == Charset::Utf8 && !is_plain
    }

    fn ask_secret(&self, question: &str) -> Result<Zeroizing<String>, Stop> {
        if !std::io::stdin().is_terminal() {
            self.put_question(question)?;
            return self.typed_line();
        }
        self.quiet();
        let typed = self.read_secret(question).map_err(|error| Stop::terminal(&error))?;
        typed.ok_or(Stop::Interrupted)
    }

    #[cfg(unix)]
    fn read_secret(&self, question: &str) -> std::io::Result<Option<Zeroizing<String>>> {
        let again = self.charset.encode(&(layout::fitted(&format!("  {question}")) + " "));
        let is_quiet = self.takes_no_questions();
        let show = move || {
            let _ = if is_quiet {
                std::io::stderr().write_all(&again)
            } else {
                let mut stdout = std::io::stdout();
                stdout.write_all(&again).and_then(|()| stdout.flush())
            };
        };
        super::prompt::without_echo(show, || read_line(standard_input()?, &self.charset))
    }

    #[cfg(windows)]
    fn read_secret(&self, question: &str) -> std::io::Result<Option<Zeroizing<String>>> {
        rpassword::prompt_password(layout::fitted(&format!("  {question}")) + " ")
            .map(|typed| Some(Zeroizing::new(typed)))
    }

    /// Whether standard output is for something else: for objects alone, or for a file, where nobody would see a question.
    fn takes_no_questions(&self) -> bool {
        self.json || (std::io::stdin().is_terminal() && !std::io::stdout().is_terminal())
    }

    fn put_question(&self, question: &str) -> Result<(), Stop> {
        self.quiet();
        let question = self.charset.encode(&(layout::fitted(&format!("  {question}")) + " "));
        let asked = if self.takes_no_questions() {
            std::io::stderr().write_all(&question)
        } else {
            let mut stdout = std::io::stdout();
            stdout.write_all(&question).and_then(|()| stdout.flush())
        };
        asked.map_err(|error| Stop::terminal(&error))
    }

    /// The next line of standard input.
    fn typed_line(&self) -> Result<Zeroizing<String>, Stop> {
        let line = standard_input()
            .and_then(|input| read_line(input, &self.charset))
            .map_err(|error| Stop::terminal(&error));
        line?.ok_or(Stop::Interrupted)
    }
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
fn read_line(mut from: impl Read, charset: &Charset) -> std::io::Result<Option<Zeroizing<String>>> {
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
    while line.last() == Some(&b'\r') {
        line.pop();
    }
    charset.decode(&line).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_one_by_one_and_no_further() {
        let typed = "Işıl\r\n\n246813\nlast";
        let mut from = typed.as_bytes();
        let mut next = || {
            let line = read_line(&mut from, &Charset::Utf8).unwrap();
            line.map(|line| line.to_string())
        };
        for line in ["Işıl", "", "246813", "last"] {
            assert_eq!(next().as_deref(), Some(line));
        }
        assert_eq!(next(), None);
    }

    #[test]
    fn a_line_without_end_or_that_is_no_text_is_refused() {
        let long = vec![b'1'; LONGEST_LINE + 1];
        let read = |typed: &[u8]| read_line(typed, &Charset::Utf8);
        assert_eq!(read(&long[..LONGEST_LINE]).unwrap().unwrap().len(), LONGEST_LINE);
        let kind = |typed: &[u8]| read(typed).err().map(|error| error.kind());
        assert_eq!(kind(&long), Some(ErrorKind::FileTooLarge));
        assert_eq!(kind(b"\xFF\n"), Some(ErrorKind::InvalidData));
    }
}
