//! The applications of a card, and how one is selected.

use serde::{Deserialize, Serialize};

use crate::card::CardError;
use crate::card::file::{FileControl, Path};
use crate::card::iso7816::Session;
use crate::card::tlv::{Reader, Tlv};

/// The most applications under one name.
const MOST_OCCURRENCES: u8 = 4;
/// The identifier that the names of applications on Belgian identity cards begin with.
const BELGIAN: &[u8] = &[0xA0, 0x00, 0x00, 0x01, 0x77];

/// An application of a card and how it is selected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::card) struct Application {
    /// Its name.
    pub(in crate::card) name: Option<Vec<u8>>,
    /// The path of its directory.
    pub(in crate::card) path: Option<Path>,
    #[serde(skip)]
    pub(super) label: String,
    #[serde(skip)]
    pub(super) object_directory: Option<Path>,
    /// Where its TokenInfo is, where EF.DIR says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) token_info: Option<Path>,
    /// Whether its name selects a file system of its own, in which the directory has to be selected.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) has_files: bool,
    /// How many others of its name come before it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) occurrence: u8,
}

/// Serde passes a reference.
fn is_zero(value: &u8) -> bool {
    *value == 0
}

impl Application {
    pub(super) fn named(name: &[u8]) -> Self {
        Self {
            name: Some(name.to_vec()),
            ..Self::default()
        }
    }

    /// An application with a file system of its own, and PKCS#15 where it usually is.
    pub(super) fn with_files(name: &[u8]) -> Self {
        Self {
            name: Some(name.to_vec()),
            has_files: true,
            ..Self::at(&[0x3F, 0x00, 0x50, 0x15])
        }
    }

    pub(super) fn at(path: &[u8]) -> Self {
        Self {
            path: Path::parse(path),
            ..Self::default()
        }
    }

    /// The next application of the same name: a name may be cut short, and then fits several (ISO/IEC 7816-4:2020, 11.2.2).
    pub(super) fn next_occurrence(&self) -> Option<Self> {
        let occurrence = Some(self.occurrence + 1).filter(|next| *next < MOST_OCCURRENCES && !self.has_files)?;
        Some(Self {
            name: Some(self.name.clone()?),
            label: self.label.clone(),
            occurrence,
            ..Self::default()
        })
    }

    /// Where the card tells the whole name of an application that is not the first one, it is selected by that from now on.
    pub(super) fn take_whole_name(&mut self, control: &FileControl) {
        let told = Reader::new(&control.template).find(0x84);
        let longer = |told: &Tlv<'_>| {
            let name = self.name.as_deref().unwrap_or_default();
            told.value.len() > name.len() && told.value.starts_with(name)
        };
        if let Some(told) = told.filter(longer).filter(|_| self.occurrence > 0) {
            self.name = Some(told.value.to_vec());
            self.occurrence = 0;
        }
    }

    /// The path of its TokenInfo: as EF.DIR says, or the standard's own.
    pub(super) fn token_info_path(&self) -> Path {
        let usual = || Path::parse(&[0x50, 0x32]).expect("the path is whole");
        self.token_info.clone().unwrap_or_else(usual)
    }

    /// Whether its cards are known to let go of the PIN where the security environment is set after it.
    pub(super) fn lets_go_of_the_pin(&self) -> bool {
        self.name.as_deref().is_some_and(|name| name.starts_with(BELGIAN))
    }

    /// Selects the application: by its name where it has one, by its path otherwise.
    ///
    /// # Errors
    /// The link's failure.
    pub(in crate::card) async fn select(&self, session: &mut Session) -> Result<Option<FileControl>, CardError> {
        if let Some(name) = &self.name
            && let Some(mut control) = session.select_name(name).await?
        {
            for _ in 0..self.occurrence {
                let Some(next) = session.select_next(name).await? else {
                    return Ok(None);
                };
                control = next;
            }
            if !self.has_files {
                if self.path.is_some() {
                    session.is_in(self.path.as_ref());
                }
                return Ok(Some(control));
            }
        }
        match &self.path {
            Some(path) => session.select_directory(path).await,
            None => Ok(None),
        }
    }
}
