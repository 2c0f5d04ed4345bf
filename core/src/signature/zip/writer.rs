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
        self.start(name, checksum, size)?;
        let copied = io::copy(&mut content, &mut self.output)?;
        if copied != size {
            return Err(invalid("the file changed while it was packed"));
        }
        Ok(())
    }

    /// Begins a file whose octets follow by [`Self::piece`], as many as are said here.
    pub(crate) fn start(&mut self, name: &str, checksum: u32, size: u64) -> io::Result<()> {
        let short_size = short(size)?;
        let offset = short(self.offset)?;
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

        self.output.write_all(&LOCAL_HEADER.to_le_bytes())?;
        self.output.write_all(&common)?;
        self.output.write_all(name.as_bytes())?;
        self.offset += 4 + common.len() as u64 + name.len() as u64 + size;

        self.directory.extend(CENTRAL_HEADER.to_le_bytes());
        self.directory.extend(VERSION.to_le_bytes());
        self.directory.extend(&common);
        // Comment length, disk number, internal and external attributes.
        self.directory.extend([0; 10]);
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(name.as_bytes());
        Ok(())
    }

    /// The next octets of a file.
    pub(crate) fn piece(&mut self, octets: &[u8]) -> io::Result<()> {
        self.output.write_all(octets)
    }

    /// How many octets a file of a name and a size takes.
    pub(crate) const fn taken_by(name: &str, size: u64) -> u64 {
        const HEADERS: u64 = 30 + 46;
        HEADERS + 2 * name.len() as u64 + size
    }

    /// Writes the directory and gives the output back.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        let start = short(self.offset)?;
        let size = short(self.directory.len() as u64)?;
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
}

fn short(number: u64) -> io::Result<u32> {
    u32::try_from(number).map_err(|_| invalid("ZIP files of 4 GiB and more are not written"))
}

fn invalid(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, reason)
}
