//! Why a command ended without doing what it was asked. The sentence is in the person's language throughout; what only an
//! engineer can use, and has one language alone, stands apart from it.

use std::fmt::Display;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use basvuru::certificate::path::PathError;
use basvuru::failure::{Explanation, Failure};
use basvuru::signature::ContainerFault;
use basvuru::texts::Argument;
use basvuru::texts::Catalogue;
use basvuru::verdict::{container_sentence, path_sentence};
use basvuru::writing::shown;

/// Why a command ended.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The core's failure.
    Failure(Failure),
    /// One of the command line's own, by the id of its message.
    Own {
        /// The id in `cli.ftl`.
        id: &'static str,
        /// `{ $detail }` in the sentence.
        detail: Detail,
        /// What somebody else's code said of it, in English.
        technical: Option<String>,
    },
    /// What was asked was done and its answer is no: a signature that does not hold. Everything was said already.
    Refused,
    /// The file to be verified has no signature that is judged here. Everything was said already.
    NotJudged,
    /// The file to be verified is no signature of a form that is judged here.
    NoSignature {
        /// The id in `cli.ftl`.
        id: &'static str,
        /// The file.
        file: String,
    },
    /// The person stopped.
    Interrupted,
}

/// What a sentence is about.
#[derive(Debug)]
pub(crate) enum Detail {
    /// The same in every language: a file, an address, a number.
    Text(String),
    /// A day and time of day.
    Moment(SystemTime),
    /// Why a certificate leads to no root.
    Path(PathError),
    /// Why a container is refused.
    Container(ContainerFault),
}

impl<T: ToString> From<T> for Detail {
    fn from(text: T) -> Self {
        Self::Text(text.to_string())
    }
}

impl Stop {
    /// One of the command line's own. The detail is the same in every language, or is none.
    pub(crate) fn own(id: &'static str, detail: impl Into<Detail>) -> Self {
        Self::Own {
            id,
            detail: detail.into(),
            technical: None,
        }
    }

    /// A file that is no signature of a form that is judged here.
    pub(crate) fn no_signature(id: &'static str, file: &Path) -> Self {
        Self::NoSignature {
            id,
            file: file.display().to_string(),
        }
    }

    /// Adds what somebody else's code said.
    pub(crate) fn because(self, error: impl Display) -> Self {
        match self {
            Self::Own { id, detail, .. } => Self::Own {
                id,
                detail,
                technical: Some(error.to_string()),
            },
            other @ (Self::Failure(_)
            | Self::Refused
            | Self::NotJudged
            | Self::NoSignature { .. }
            | Self::Interrupted) => other,
        }
    }

    /// A file that cannot be read or written.
    pub(crate) fn file(file: &Path, error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotFound {
            return Self::own("stop-file-missing", file.display());
        }
        if error.kind() == io::ErrorKind::PermissionDenied {
            return Self::own("stop-file-denied", file.display());
        }
        Self::own("stop-file", file.display()).because(error)
    }

    /// For what fails of a file: [`Stop::file`] with its name.
    pub(crate) fn at(file: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |error| Self::file(file, &error)
    }

    /// The terminal, or what stands in its place, that cannot be read from or written to.
    pub(crate) fn terminal(error: &io::Error) -> Self {
        Self::own("stop-terminal", "").because(error)
    }

    /// The stop in words, where something is left to say.
    pub(crate) fn explain(&self, texts: &Catalogue) -> Option<Explanation> {
        match self {
            Self::Failure(failure) => Some(failure.explain(texts.language())),
            Self::Own { id, detail, technical } => {
                let said;
                let detail = match detail {
                    Detail::Text(text) => {
                        said = shown(text);
                        Argument::Text(&said)
                    }
                    Detail::Moment(moment) => Argument::Moment(*moment),
                    Detail::Path(fault) => {
                        said = path_sentence(fault, texts.language());
                        Argument::Text(&said)
                    }
                    Detail::Container(fault) => {
                        said = container_sentence(*fault, texts.language());
                        Argument::Text(&said)
                    }
                };
                let arguments = [("detail", detail)];
                Some(Explanation {
                    code: String::new(),
                    what: texts.sentence(id, &arguments),
                    next: texts.attribute(id, "next", &arguments),
                    cause: technical.clone(),
                })
            }
            Self::NoSignature { id, file } => {
                let file = shown(file);
                let arguments = [("detail", Argument::Text(&file))];
                Some(Explanation {
                    code: String::new(),
                    what: texts.sentence(id, &arguments),
                    next: texts.attribute(id, "next", &arguments),
                    cause: None,
                })
            }
            Self::Refused | Self::NotJudged | Self::Interrupted => None,
        }
    }

    /// The process's exit code.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Failure(_) | Self::Own { .. } | Self::Refused => 1,
            Self::NotJudged | Self::NoSignature { .. } => 2,
            // As a shell tells of a process that SIGINT ended.
            Self::Interrupted => 130,
        }
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use basvuru::texts::Language;

    use super::*;

    const TURKISH: &str = include_str!("../locales/tr/cli.ftl");
    const ENGLISH: &str = include_str!("../locales/en/cli.ftl");

    fn catalogues() -> [Catalogue; 2] {
        [
            Catalogue::new(Language::Turkish, &[TURKISH]),
            Catalogue::new(Language::English, &[ENGLISH]),
        ]
    }

    /// Every message and attribute, with the names of what stands in it.
    fn shape(source: &str) -> BTreeMap<String, BTreeSet<&str>> {
        let mut shape = BTreeMap::new();
        let mut message = "";
        for (name, text) in source.lines().filter_map(|line| line.split_once(" = ")) {
            let arguments = text
                .split("{ $")
                .skip(1)
                .filter_map(|rest| rest.split([' ', '}']).next());
            let name = match name.trim_start().strip_prefix('.') {
                Some(attribute) => format!("{message}.{attribute}"),
                None => {
                    message = name;
                    name.to_owned()
                }
            };
            shape.insert(name, arguments.collect());
        }
        shape
    }

    #[test]
    fn both_languages_say_the_same_things_of_the_same() {
        let turkish = shape(TURKISH);
        assert!(turkish.len() > 100, "the file was read");
        assert_eq!(turkish, shape(ENGLISH));
        for id in turkish.keys().filter(|id| id.starts_with("stop-") && !id.contains('.')) {
            assert!(turkish.contains_key(&format!("{id}.next")), "{id} says what to do");
        }
    }

    #[test]
    fn what_other_code_said_stands_apart_from_the_sentence() {
        let error = io::Error::from_raw_os_error(28);
        let file = Path::new("form.pdf");
        for stop in [
            Stop::own("stop-network", "").because(&error),
            Stop::file(file, &error),
            Stop::terminal(&error),
        ] {
            for texts in catalogues() {
                let words = stop.explain(&texts).unwrap();
                assert_eq!(words.cause, Some(error.to_string()));
                for sentence in [words.what, words.next] {
                    assert!(
                        sentence.ends_with('.') && !sentence.contains(&error.to_string()),
                        "{sentence}"
                    );
                }
            }
        }
        for kind in [io::ErrorKind::NotFound, io::ErrorKind::PermissionDenied] {
            let words = Stop::file(file, &kind.into()).explain(&catalogues()[0]).unwrap();
            assert!(words.what.contains("form.pdf"));
            assert_eq!(words.cause, None);
        }
    }

    #[test]
    fn a_reason_that_has_words_is_told_in_the_persons_language() {
        let [turkish, english] = catalogues();
        let say = |stop: Stop, texts| stop.explain(texts).unwrap().what;
        let path = || Stop::own("stop-path", Detail::Path(PathError::UntrustedRoot));
        assert!(say(path(), &turkish).ends_with("kökü güvenilenler arasında değil."));
        assert!(!say(path(), &english).contains("kök"));
        let moment = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_798_752_600);
        let grace = Stop::own("stop-grace", Detail::Moment(moment));
        assert!(say(grace, &turkish).contains("01.01.2027"));
        let container = Stop::own("stop-container", Detail::Container(ContainerFault::NotZip));
        assert!(say(container, &turkish).contains("ZIP dosyası değil"));
    }
}
