//! The digests of a content, so that a signature never needs to hold what it is over.

use std::io::{self, Read};

use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::digest::{Digest, DigestAlgorithm};

/// The digests of a content under every algorithm a signature may use, taken in one pass.
#[derive(Clone, Default)]
pub struct ContentDigests {
    size: u64,
    sha256: Sha256,
    sha384: Sha384,
    sha512: Sha512,
}

impl ContentDigests {
    /// Digests octets in memory.
    #[must_use]
    pub fn of_octets(octets: &[u8]) -> Self {
        let mut digests = Self::default();
        digests.update(octets);
        digests
    }

    /// Digests what a reader gives, piece by piece, so that its size does not matter.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn read(mut content: impl Read) -> io::Result<Self> {
        let mut digests = Self::default();
        let mut buffer = vec![0; 1 << 16];
        loop {
            match content.read(&mut buffer) {
                Ok(0) => return Ok(digests),
                Ok(length) => digests.update(&buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The next octets of the content.
    pub fn update(&mut self, octets: &[u8]) {
        self.size += octets.len() as u64;
        self.sha256.update(octets);
        self.sha384.update(octets);
        self.sha512.update(octets);
    }

    /// The size of the content in octets.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The digest under an algorithm.
    #[must_use]
    pub fn of(&self, algorithm: DigestAlgorithm) -> Digest {
        let value = match algorithm {
            DigestAlgorithm::Sha256 => self.sha256.clone().finalize().to_vec(),
            DigestAlgorithm::Sha384 => self.sha384.clone().finalize().to_vec(),
            DigestAlgorithm::Sha512 => self.sha512.clone().finalize().to_vec(),
        };
        Digest { algorithm, value }
    }
}

impl std::fmt::Debug for ContentDigests {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "ContentDigests({} octets)", self.size)
    }
}
