//! What a file of a card is called, what SELECT tells of it, and how much of it is wanted (ISO/IEC 7816-4:2020, 7.3 and
//! 7.4): octets in, values out.

use super::apdu::SHORT_EXPECTED_LENGTH;
use super::tlv::{self, TlvError};

/// The longest path, in octets: eight file identifiers.
const MOST_PATH: usize = 16;

/// A path of file identifiers, two octets each (ISO/IEC 7816-4:2020, 7.3.1). `3F00` at the front makes it absolute.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Path(Vec<u8>);

impl Path {
    /// A path as a card wrote it; `None` where it is empty, odd or absurdly long.
    pub(super) fn parse(octets: &[u8]) -> Option<Self> {
        let whole = !octets.is_empty() && octets.len().is_multiple_of(2) && octets.len() <= MOST_PATH;
        whole.then(|| Self(octets.to_vec()))
    }

    /// The identifiers below the master file for an absolute path, all of them for a relative one.
    pub(super) fn below_master(&self) -> &[u8] {
        self.0.strip_prefix(&[0x3F, 0x00]).unwrap_or(&self.0)
    }

    /// Whether the path begins at the master file.
    pub(super) fn is_absolute(&self) -> bool {
        self.0.starts_with(&[0x3F, 0x00])
    }

    /// The last file identifier.
    pub(super) fn last(&self) -> [u8; 2] {
        self.0.last_chunk().copied().unwrap_or_default()
    }

    /// The short identifier that a file of this name has as a rule: the five last bits (ISO/IEC 7816-4:2020, 7.4.3).
    pub(super) fn short(&self) -> u8 {
        self.last()[1] & 0x1F
    }

    /// The directory the file is in; `None` for a lone identifier.
    pub(super) fn parent(&self) -> Option<Self> {
        Self::parse(self.0.get(..self.0.len().checked_sub(2)?)?)
    }

    /// This path below `directory`, unless it is absolute already.
    pub(super) fn under(&self, directory: &Self) -> Self {
        if self.is_absolute() {
            self.clone()
        } else {
            Self([directory.0.as_slice(), &self.0].concat())
        }
    }
}

/// What SELECT tells of a file (ISO/IEC 7816-4:2020, 7.4). Cards leave any of it out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct FileControl {
    /// Tag 80: octets of data in the file.
    pub(super) size: Option<usize>,
    /// Tag 82: whether the structure is one of records.
    pub(super) records: bool,
    /// Tag 83.
    pub(super) identifier: Option<[u8; 2]>,
    /// The whole template, for what a profile finds in it.
    pub(super) template: Vec<u8>,
}

impl FileControl {
    /// Reads the answer to SELECT: a template 6F, 62 or 64, or nothing.
    pub(super) fn parse(answer: &[u8]) -> Self {
        let Some(template) = tlv::Reader::new(answer)
            .flatten()
            .find(|object| matches!(object.tag, 0x6F | 0x62 | 0x64))
        else {
            return Self {
                template: answer.to_vec(),
                ..Self::default()
            };
        };
        let find = |tag| template.children().find(tag);
        Self {
            size: find(0x80)
                .or(find(0x81))
                .and_then(|object| object.number())
                .and_then(|size| size.try_into().ok()),
            records: find(0x82)
                .and_then(|object| object.value.first().copied())
                .is_some_and(|kind| kind & 0x06 != 0),
            identifier: find(0x83).and_then(|object| object.value.try_into().ok()),
            template: template.value.to_vec(),
        }
    }
}

/// What a reader of a file expects in it, so that it can stop early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// One data object: TokenInfo.
    One,
    /// One data object that looks like others of its kind: a certificate.
    Certificate,
    /// Data objects up to the first octet `00` or `FF`: a directory.
    Directory,
    /// So many octets: a part of a file with everything before it.
    Octets(usize),
}

impl Content {
    /// How many more octets are wanted after `read`; zero when all is there.
    pub(super) fn wanted(self, read: &[u8]) -> usize {
        if let Self::Octets(count) = self {
            return count.saturating_sub(read.len());
        }
        let mut position = 0;
        loop {
            let rest = read.get(position..).unwrap_or_default();
            if self == Self::Directory && matches!(rest.first(), Some(0x00 | 0xFF)) {
                return 0;
            }
            match tlv::announced_length(rest) {
                Ok(length) if length > rest.len() => return length - rest.len(),
                Ok(_) if matches!(self, Self::One | Self::Certificate) => return 0,
                Ok(length) => position += length,
                Err(TlvError::Truncated) => return SHORT_EXPECTED_LENGTH,
                Err(TlvError::Tag | TlvError::Length) => return 0,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_read_to_its_first_padding_and_a_certificate_to_its_end() {
        let directory = [0x30, 0x02, 0x05, 0x00, 0x00, 0x00];
        assert_eq!(Content::Directory.wanted(&directory), 0);
        assert_eq!(Content::Directory.wanted(&directory[..4]), SHORT_EXPECTED_LENGTH);
        assert_eq!(Content::One.wanted(&directory[..4]), 0);
        assert_eq!(Content::One.wanted(&[0x30, 0x82, 0x03, 0xE8, 0x00]), 999);
        assert_eq!(Content::One.wanted(&[0x30, 0x80]), 0);
        assert_eq!(
            (
                Content::Octets(7).wanted(&directory),
                Content::Octets(3).wanted(&directory)
            ),
            (1, 0)
        );
    }

    #[test]
    fn file_control_information_may_be_missing() {
        assert_eq!(FileControl::parse(&[]), FileControl::default());
        let control = FileControl::parse(&[0x6F, 0x0B, 0x80, 2, 0, 0x80, 0x82, 1, 1, 0x83, 2, 0x2F, 0]);
        assert_eq!(
            (control.size, control.records, control.identifier),
            (Some(0x80), false, Some([0x2F, 0x00]))
        );
        assert!(FileControl::parse(&[0x62, 0x03, 0x82, 0x01, 0x04]).records);
    }

    #[test]
    fn a_path_has_whole_identifiers() {
        assert_eq!(Path::parse(&[0x3F]), None);
        assert_eq!(Path::parse(&[0; 18]), None);
        let path = Path::parse(&[0x3F, 0x00, 0x50, 0x15, 0x43, 0x01]).unwrap();
        assert_eq!(
            (path.last(), path.parent()),
            ([0x43, 0x01], Path::parse(&[0x3F, 0x00, 0x50, 0x15]))
        );
        let relative = Path::parse(&[0x43, 0x01]).unwrap();
        assert_eq!(relative.under(&path.parent().unwrap()), path);
    }
}
