//! The folder of an application belongs to one portal: to the origin it was opened with first. Which one stands in a file
//! of its own that needs no key, so that another portal is refused before any secret is asked for.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::journal::JournalError;
use crate::failure::{ConfigurationFault, Failure};
use crate::portal::Portal;

/// The file that names the origin.
const BINDING: &str = "portal";
/// What is written first, and takes the name when it is on disk, whole.
const UNFINISHED: &str = "portal.new";
/// No origin is longer: a host name has at most 253 characters (RFC 1035, 2.3.4).
const LONGEST_ORIGIN: u64 = 512;

/// The origin of the portal that a folder belongs to, `https://host` or `https://host:port`; none where it belongs to none
/// yet. Needs neither the key nor a network, and works beside an open application.
///
/// # Errors
/// [`Failure::ConfigurationInvalid`] where the folder has no name, [`Failure::JournalUnreadable`] where its record is
/// damaged, [`Failure::StorageFailed`].
#[uniffi::export]
pub fn portal_of(folder: String) -> Result<Option<String>, Failure> {
    Folder::named(&folder)?.origin()
}

/// A folder that an application lives in.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// The folder of this name. It need not be there yet.
    pub(super) fn named(name: &str) -> Result<Self, Failure> {
        if name.is_empty() {
            return Err(Failure::ConfigurationInvalid {
                fault: ConfigurationFault::Folder,
                detail: "the folder is empty".to_owned(),
            });
        }
        Ok(Self(PathBuf::from(name)))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Whether the folder belongs to this portal already.
    ///
    /// # Errors
    /// [`Failure::AnotherPortal`] where it belongs to another one.
    pub(super) fn belongs_to(&self, portal: &Portal) -> Result<bool, Failure> {
        match self.origin()? {
            None => Ok(false),
            Some(origin) if origin == portal.origin() => Ok(true),
            Some(origin) => Err(Failure::AnotherPortal { portal: origin }),
        }
    }

    /// Gives the folder to a portal, for good. Called while the journal is held, so that no other process does it too.
    pub(super) fn bind(&self, portal: &Portal) -> Result<(), Failure> {
        Ok(self
            .write(&portal.origin())
            .map_err(|error| JournalError::from(&error))?)
    }

    fn origin(&self) -> Result<Option<String>, Failure> {
        let mut text = String::new();
        let read =
            File::open(self.0.join(BINDING)).and_then(|file| file.take(LONGEST_ORIGIN + 1).read_to_string(&mut text));
        match read {
            Ok(_) if is_origin(&text) => Ok(Some(text)),
            Ok(_) => Err(Failure::JournalUnreadable),
            // Where a file is in the folder's place, opening it says so.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) if error.kind() == ErrorKind::InvalidData => Err(Failure::JournalUnreadable),
            Err(error) => Err(JournalError::from(&error).into()),
        }
    }

    fn write(&self, origin: &str) -> io::Result<()> {
        let unfinished = self.0.join(UNFINISHED);
        let mut file = File::create(&unfinished)?;
        file.write_all(origin.as_bytes())?;
        file.sync_all()?;
        fs::rename(unfinished, self.0.join(BINDING))
    }
}

/// Whether a text is an origin as [`Portal::origin`] writes it.
fn is_origin(text: &str) -> bool {
    Portal::origin_of(text).is_ok_and(|origin| origin == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn portal_of_path(folder: &Path) -> Result<Option<String>, Failure> {
        portal_of(folder.to_str().unwrap().to_owned())
    }

    #[test]
    fn a_folder_that_was_never_opened_belongs_to_nobody() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(portal_of_path(folder.path()), Ok(None));
        assert_eq!(portal_of_path(&folder.path().join("none")), Ok(None));
        fs::write(folder.path().join(UNFINISHED), "https://a.example").unwrap();
        assert_eq!(portal_of_path(folder.path()), Ok(None), "what was cut off is nothing");
    }

    #[test]
    fn a_folder_without_a_name_is_refused() {
        assert!(matches!(
            portal_of(String::new()),
            Err(Failure::ConfigurationInvalid { .. })
        ));
    }

    #[test]
    fn what_is_no_origin_is_a_damaged_record() {
        let folder = tempfile::tempdir().unwrap();
        let damaged: [&[u8]; 7] = [
            b"",
            b"http://a.example",
            b"https://a.example/",
            b"https://a.example/path",
            b"https://a.example\n",
            b"\xFF\xFE",
            &[b'a'; 4096],
        ];
        for content in damaged {
            fs::write(folder.path().join(BINDING), content).unwrap();
            assert_eq!(portal_of_path(folder.path()), Err(Failure::JournalUnreadable));
        }
        fs::write(folder.path().join(BINDING), "https://a.example:8443").unwrap();
        let bound = Ok(Some("https://a.example:8443".to_owned()));
        assert_eq!(portal_of_path(folder.path()), bound);
    }
}
