//! The applications of a card: under which names one is looked for, and how it is selected.

use serde::{Deserialize, Serialize};

use crate::card::file::{FileControl, Path};
use crate::card::iso7816::Session;
use crate::card::{CardError, akis};

/// The name PKCS#15 registered for its application: RID A0 00 00 00 63 and "PKCS-15".
pub(super) const PKCS15: &[u8] = &[0xA0, 0x00, 0x00, 0x00, 0x63, 0x50, 0x4B, 0x43, 0x53, 0x2D, 0x31, 0x35];
/// Other names under which the same application is found.
pub(super) const OTHER_NAMES: [&[u8]; 3] = [
    &[0xA0, 0x00, 0x00, 0x01, 0x77, 0x50, 0x4B, 0x43, 0x53, 0x2D, 0x31, 0x35],
    &[
        0xE8, 0x28, 0xBD, 0x08, 0x0F, 0xA0, 0x00, 0x00, 0x01, 0x67, 0x45, 0x53, 0x49, 0x47, 0x4E,
    ],
    akis::BARE_NAME,
];
/// The identifier that the names of applications on Belgian identity cards begin with.
const BELGIAN: &[u8] = &[0xA0, 0x00, 0x00, 0x01, 0x77];
/// Every name under which a card's application is looked for, the registered one first.
pub(in crate::card) fn names() -> impl Iterator<Item = &'static [u8]> {
    std::iter::once(PKCS15).chain(OTHER_NAMES)
}

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
}

impl Application {
    pub(super) fn named(name: &[u8]) -> Self {
        Self {
            name: Some(name.to_vec()),
            ..Self::default()
        }
    }

    pub(super) fn at(path: &[u8]) -> Self {
        Self {
            path: Path::parse(path),
            ..Self::default()
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
            && let Some(control) = session.select_name(name).await?
        {
            if self.path.is_some() {
                session.is_in(self.path.as_ref());
            }
            return Ok(Some(control));
        }
        match &self.path {
            Some(path) => session.select_directory(path).await,
            None => Ok(None),
        }
    }
}
