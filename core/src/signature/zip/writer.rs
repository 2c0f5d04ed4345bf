//! Writing: files stored as they are, without times, owners or extra fields, so that the same files give the same octets.

use std::io::{self, Read, Write};

use flate2::Crc;

use super::{CENTRAL_HEADER, END_OF_DIRECTORY, LOCAL_HEADER, NAME_IS_UTF8, STORED};

/// 1 January 1980, the earliest date there is.
const DATE: u16 = 0x0021;
const VERSION: u16 = 10;

/// The CRC-32 of a file, taken piece by piece.
#[derive(Default)]
pub(crate) struct Checksum(Crc);

impl Checksum {
    pub(crate) fn update(&mut self, octets: &[u8]) {
        self.0.update(octets);
    }

    pub(crate) fn value(&self) -> u32 {
        self.0.sum()
    }
}

/// Writes a container to anything that takes octets, one file after the other.
pub(crate) struct ContainerWriter<W> {
    output: W,
    offset: u64,
    directory: Vec<u8>,
    count: u16,
}

impl<W: Write> ContainerWriter<W> {
    pub(crate) const fn new(output: W) -> Self {
        Self {
            output,
            offset: 0,
            directory: Vec::new(),
            count: 0,
        }
    }

    /// Adds a file.
    pub(crate) fn add(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        let mut checksum = Checksum::default();
        checksum.update(content);
        self.add_from(name, checksum.value(), content.len() as u64, content)
    }

    /// Adds a file that is read while it is written; its checksum and size are known already.
    pub(crate) fn add_from(&mut self, name: &str, checksum: u32, size: u64, mut content: impl Read) -> io::Result<()> {
        let invalid = |reason| io::Error::new(io::ErrorKind::InvalidInput, reason);
        let too_large = |_| invalid("ZIP files of 4 GiB and more are not written");
        let short_size = u32::try_from(size).map_err(too_large)?;
        let offset = u32::try_from(self.offset).map_err(too_large)?;
        let name_length = u16::try_from(name.len()).map_err(|_| invalid("the file name is too long"))?;
        self.count = self.count.checked_add(1).ok_or_else(|| invalid("too many files"))?;

        let mut common = Vec::with_capacity(26);
        common.extend(VERSION.to_le_bytes());
        common.extend(if name.is_ascii() { 0 } else { NAME_IS_UTF8 }.to_le_bytes());
        common.extend(STORED.to_le_bytes());
        common.extend([0, 0]);
        common.extend(DATE.to_le_bytes());
        common.extend(checksum.to_le_bytes());
        common.extend(short_size.to_le_bytes());
        common.extend(short_size.to_le_bytes());
        common.extend(name_length.to_le_bytes());
        common.extend([0, 0]);

        self.write(&LOCAL_HEADER.to_le_bytes())?;
        self.write(&common)?;
        self.write(name.as_bytes())?;
        let copied = io::copy(&mut content, &mut self.output)?;
        if copied != size {
            return Err(invalid("the file changed while it was packed"));
        }
        self.offset += size;

        self.directory.extend(CENTRAL_HEADER.to_le_bytes());
        self.directory.extend(VERSION.to_le_bytes());
        self.directory.extend(&common);
        // Comment length, disk number, internal and external attributes.
        self.directory.extend([0; 10]);
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(name.as_bytes());
        Ok(())
    }

    /// Writes the directory and gives the output back.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        let too_large = |_| {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                "ZIP files of 4 GiB and more are not written",
            )
        };
        let start = u32::try_from(self.offset).map_err(too_large)?;
        let size = u32::try_from(self.directory.len()).map_err(too_large)?;
        let mut end = std::mem::take(&mut self.directory);
        end.extend(END_OF_DIRECTORY.to_le_bytes());
        end.extend([0; 4]);
        end.extend(self.count.to_le_bytes());
        end.extend(self.count.to_le_bytes());
        end.extend(size.to_le_bytes());
        end.extend(start.to_le_bytes());
        end.extend([0, 0]);
        self.output.write_all(&end)?;
        self.output.flush()?;
        Ok(self.output)
    }

    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.offset += octets.len() as u64;
        self.output.write_all(octets)
    }
}
