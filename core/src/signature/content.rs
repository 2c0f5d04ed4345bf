//! The digests of a content, so that a signature never needs to hold what it is over.

use std::io::{self, Read};

use crate::digest::{Digest, DigestAlgorithm, HashFunction, Hasher};

/// The digests of a content under the algorithms that its signature names, taken in one pass.
#[derive(Clone)]
pub struct ContentDigests {
    size: u64,
    hashers: Vec<(HashFunction, Hasher)>,
}

impl Default for ContentDigests {
    /// Under every algorithm that is signed with here.
    fn default() -> Self {
        let usual = [
            DigestAlgorithm::Sha256,
            DigestAlgorithm::Sha384,
            DigestAlgorithm::Sha512,
        ];
        Self::under(usual.map(HashFunction::Of))
    }
}

impl ContentDigests {
    /// Of nothing so far, under some algorithms.
    pub(crate) fn under(functions: impl IntoIterator<Item = HashFunction>) -> Self {
        let mut hashers: Vec<(HashFunction, Hasher)> = Vec::new();
        for function in functions {
            if !hashers.iter().any(|(known, _)| *known == function) {
                hashers.push((function, Hasher::new(function)));
            }
        }
        Self { size: 0, hashers }
    }

    /// Digests octets in memory.
    #[must_use]
    pub fn of_octets(octets: &[u8]) -> Self {
        let mut digests = Self::default();
        digests.update(octets);
        digests
    }

    /// Digests octets in memory, which are few, under everything that is known.
    pub(crate) fn under_all(octets: &[u8]) -> Self {
        let mut digests = Self::under(HashFunction::all());
        digests.update(octets);
        digests
    }

    /// Digests what a reader gives, piece by piece, so that its size does not matter.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn read(content: impl Read) -> io::Result<Self> {
        Self::default().and(content)
    }

    /// The digest of what a reader gives under one algorithm, and no other.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn read_one(content: impl Read, algorithm: DigestAlgorithm) -> io::Result<Digest> {
        let digests = Self::under([HashFunction::Of(algorithm)]).and(content)?;
        Ok(digests.of(algorithm).expect("it is the one that was taken"))
    }

    /// The same with what a reader gives behind it.
    pub(crate) fn and(mut self, mut content: impl Read) -> io::Result<Self> {
        let mut buffer = vec![0; 1 << 16];
        loop {
            match content.read(&mut buffer) {
                Ok(0) => return Ok(self),
                Ok(length) => self.update(&buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The next octets of the content.
    pub fn update(&mut self, octets: &[u8]) {
        self.size += octets.len() as u64;
        for (_, hasher) in &mut self.hashers {
            hasher.update(octets);
        }
    }

    /// The size of the content in octets.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The digest under an algorithm, where it was taken.
    #[must_use]
    pub fn of(&self, algorithm: DigestAlgorithm) -> Option<Digest> {
        let value = self.value(HashFunction::Of(algorithm))?;
        Some(Digest { algorithm, value })
    }

    /// The first that was taken.
    pub(crate) fn first(&self) -> Option<(HashFunction, Vec<u8>)> {
        let (function, hasher) = self.hashers.first()?;
        Some((*function, hasher.value()))
    }

    /// Whether another content is the same, by a digest that was taken of both; nothing where none was.
    pub(crate) fn is_same(&self, other: &Self) -> Option<bool> {
        let mut both = self
            .hashers
            .iter()
            .filter_map(|(function, hasher)| Some((hasher.value(), other.value(*function)?)));
        both.next().map(|(one, other)| one == other)
    }

    /// The octets of the digest under a hash function, where it was taken.
    pub(crate) fn value(&self, function: HashFunction) -> Option<Vec<u8>> {
        let (_, hasher) = self.hashers.iter().find(|(known, _)| *known == function)?;
        Some(hasher.value())
    }
}

impl std::fmt::Debug for ContentDigests {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "ContentDigests({} octets)", self.size)
    }
}
