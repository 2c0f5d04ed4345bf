//! The desktop's vault: a key file that only its owner can read. A desktop keyring would need a session bus, which a
//! terminal over SSH does not have.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use basvuru::application::{PortFailure, Vault};

const KEY_LENGTH: usize = 32;

/// A vault in a file.
pub(crate) struct FileVault {
    file: PathBuf,
}

impl FileVault {
    pub(crate) fn new(file: PathBuf) -> Self {
        Self { file }
    }

    fn read_or_make(&self) -> std::io::Result<Vec<u8>> {
        match fs::File::open(&self.file) {
            Ok(mut file) => {
                let mut key = vec![0; KEY_LENGTH];
                file.read_exact(&mut key)?;
                Ok(key)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => self.make(),
            Err(error) => Err(error),
        }
    }

    /// Makes the key beside its place and links it there whole, so that a process killed on the way leaves no half key
    /// and two that start together agree on one.
    fn make(&self) -> std::io::Result<Vec<u8>> {
        let mut key = vec![0; KEY_LENGTH];
        getrandom::fill(&mut key).map_err(|_| ErrorKind::Other)?;
        let folder = self.file.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let draft = folder.join(format!(".key-{}", std::process::id()));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&draft)?;
        file.write_all(&key)?;
        file.sync_all()?;
        let linked = fs::hard_link(&draft, &self.file);
        fs::remove_file(&draft)?;
        match linked {
            Ok(()) => Ok(key),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => self.read_or_make(),
            Err(error) => Err(error),
        }
    }
}

impl Vault for FileVault {
    fn journal_key(&self) -> Result<Vec<u8>, PortFailure> {
        self.read_or_make().map_err(|error| PortFailure::Unavailable {
            detail: error.kind().to_string(),
        })
    }
}
