//! Why a command ended without doing what it was asked.

use basvuru::failure::{Explanation, Failure};
use basvuru::texts::Argument;
use basvuru::texts::Catalogue;

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
        detail: String,
    },
    /// What was asked was done and its answer is no: a signature that does not hold. Everything was said already.
    Refused,
    /// The person stopped.
    Interrupted,
}

impl Stop {
    pub(crate) fn own(id: &'static str, detail: impl ToString) -> Self {
        Self::Own {
            id,
            detail: detail.to_string(),
        }
    }

    /// The stop in words, where something is left to say.
    pub(crate) fn explain(&self, texts: &Catalogue) -> Option<Explanation> {
        match self {
            Self::Failure(failure) => Some(failure.explain(texts.language())),
            Self::Own { id, detail } => {
                let arguments = [("detail", Argument::Text(detail))];
                Some(Explanation {
                    code: String::new(),
                    what: texts.sentence(id, &arguments),
                    next: texts.attribute(id, "next", &arguments),
                })
            }
            Self::Refused | Self::Interrupted => None,
        }
    }

    /// The process's exit code.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Failure(_) | Self::Own { .. } | Self::Refused => 1,
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

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::own("stop-file", error)
    }
}
