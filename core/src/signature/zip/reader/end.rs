//! The end of a container, which tells where its directory is: the record that every ZIP file has, and the longer one of ZIP64.

use std::io::{Read, Seek, SeekFrom};

use super::super::{END_OF_DIRECTORY, LOCATOR_OF_END, LONG_END_OF_DIRECTORY, MAX_FILES};
use super::{ContainerFault, Fields};

const MAX_COMMENT: usize = u16::MAX as usize;
const MAX_DIRECTORY: u64 = 1 << 20;

/// The directory, how many files it has, and where it begins.
pub(super) fn read_directory(input: &mut (impl Read + Seek)) -> Result<(Vec<u8>, usize, u64), ContainerFault> {
    const RECORD: usize = 22;
    let length = input.seek(SeekFrom::End(0))?;
    let tail_length = length.min((RECORD + MAX_COMMENT) as u64);
    input.seek(SeekFrom::Start(length - tail_length))?;
    let mut tail = Vec::new();
    input.take(tail_length).read_to_end(&mut tail)?;
    let place = (0..=tail.len().checked_sub(RECORD).ok_or(ContainerFault::NotZip)?)
        .rev()
        .find(|place| tail[*place..].starts_with(&END_OF_DIRECTORY.to_le_bytes()))
        .ok_or(ContainerFault::NotZip)?;
    let mut fields = Fields(&tail[place + 4..]);
    let short = End {
        disks: [u64::from(fields.short()?), fields.short()?.into()],
        counts: [u64::from(fields.short()?), fields.short()?.into()],
        size: fields.long()?.into(),
        start: fields.long()?.into(),
    };
    let comment_length = usize::from(fields.short()?);
    if fields.0.len() != comment_length {
        return Err(ContainerFault::Inconsistent);
    }
    let place = length - tail_length + place as u64;
    let (end, place) = match End::read_long(input, place)? {
        Some((long, place)) if short.is_left_to(&long) => (long, place),
        Some(_) => return Err(ContainerFault::Inconsistent),
        None => (short, place),
    };
    if end.disks != [0; 2] || end.counts[0] != end.counts[1] {
        return Err(ContainerFault::Unsupported);
    }
    if end.start.checked_add(end.size) != Some(place) {
        return Err(ContainerFault::Inconsistent);
    }
    let count = usize::try_from(end.counts[0]).unwrap_or(usize::MAX);
    if count > MAX_FILES {
        return Err(ContainerFault::TooManyFiles);
    }
    if end.size > MAX_DIRECTORY {
        return Err(ContainerFault::TooLarge);
    }
    input.seek(SeekFrom::Start(end.start))?;
    let mut directory = Vec::new();
    input.take(end.size).read_to_end(&mut directory)?;
    Ok((directory, count, end.start))
}

/// What stands at the end of the directory (APPNOTE 4.3.16), in numbers that have room in it or in the longer record before it
/// (4.3.14).
struct End {
    disks: [u64; 2],
    counts: [u64; 2],
    size: u64,
    start: u64,
}

impl End {
    /// The longer record, where a locator (APPNOTE 4.3.15) before the shorter one's place tells of it, and its place.
    fn read_long(input: &mut (impl Read + Seek), place: u64) -> Result<Option<(Self, u64)>, ContainerFault> {
        const LOCATOR: usize = 20;
        const RECORD: usize = 56;
        let Some(locator) = place.checked_sub(LOCATOR as u64) else {
            return Ok(None);
        };
        let mut octets = [0; LOCATOR];
        input.seek(SeekFrom::Start(locator))?;
        input.read_exact(&mut octets)?;
        let mut fields = Fields(&octets);
        if fields.long()? != LOCATOR_OF_END {
            return Ok(None);
        }
        let (disk, start, disks) = (fields.long()?, fields.longer()?, fields.long()?);
        // Nothing is passed over between the directory and its end: an extensible data sector would be.
        if disk != 0 || disks > 1 || start.checked_add(RECORD as u64) != Some(locator) {
            return Err(ContainerFault::Inconsistent);
        }
        let mut octets = [0; RECORD];
        input.seek(SeekFrom::Start(start))?;
        input.read_exact(&mut octets)?;
        let mut fields = Fields(&octets);
        if fields.long()? != LONG_END_OF_DIRECTORY || fields.longer()? != RECORD as u64 - 12 {
            return Err(ContainerFault::Inconsistent);
        }
        fields.take(4)?;
        let end = Self {
            disks: [fields.long()?.into(), fields.long()?.into()],
            counts: [fields.longer()?, fields.longer()?],
            size: fields.longer()?,
            start: fields.longer()?,
        };
        Ok(Some((end, start)))
    }

    /// Whether every number is that of the longer record, or left to it.
    fn is_left_to(&self, long: &Self) -> bool {
        let short = |number: u64, long: u64| number == long || number == u64::from(u16::MAX);
        let wide = |number: u64, long: u64| number == long || number == u64::from(u32::MAX);
        (0..2).all(|place| short(self.disks[place], long.disks[place]) && short(self.counts[place], long.counts[place]))
            && wide(self.size, long.size)
            && wide(self.start, long.start)
    }
}
