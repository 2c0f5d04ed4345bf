//! Reading: the directory and the files must agree, lie one behind the other without gaps, and fill the container.

mod end;

use std::collections::HashSet;
use std::io::{self, Read, Seek, SeekFrom, Write};

use flate2::bufread::DeflateDecoder;
use unicode_normalization::UnicodeNormalization;

use super::code_page;
use super::writer::{Checksum, ContainerWriter};
use super::{
    CENTRAL_HEADER, ContainerFault, DATA_DESCRIPTOR, DEFLATED, LOCAL_HEADER, NAME_IS_UTF8, SIZES_FOLLOW, STORED,
};

/// A file may expand to this many times its size, and this much more: text does, documents do not come near.
const MAX_EXPANSION: u64 = 200;
const FREE_EXPANSION: u64 = 1 << 20;
/// All but these bits of the flags change how a file is read.
const HARMLESS_FLAGS: u16 = NAME_IS_UTF8 | SIZES_FOLLOW | 0b110;
/// Info-ZIP's second name of a file, which other programs would prefer to the first.
const UNICODE_PATH: u16 = 0x7075;
/// Numbers of eight octets (APPNOTE 4.5.3), which some programs write though four would do.
const ZIP64: u16 = 0x0001;

/// A file of a container.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The path within the container: relative, with `/`, safe to unpack.
    pub(crate) name: String,
    /// The same in the code pages that its maker may have had, where it does not say that it is UTF-8.
    pub(crate) other_names: Vec<String>,
    raw_name: Vec<u8>,
    /// The size of the contents in octets.
    pub(crate) size: u64,
    /// Whether it is stored without compression.
    pub(crate) is_stored: bool,
    checksum: u32,
    packed_size: u64,
    header: u64,
    data: u64,
}

/// A container whose structure has been checked whole; contents are checked as they are read.
pub(crate) struct Archive<R> {
    input: R,
    entries: Vec<Entry>,
}

impl From<io::Error> for ContainerFault {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            Self::NotZip
        } else {
            Self::Unreadable
        }
    }
}

impl Entry {
    /// Whether this may be its name in a code page of single octets that is not known here: as long, and with the same ASCII.
    pub(crate) fn may_be_named(&self, path: &str) -> bool {
        let fits = |(character, octet): (char, &u8)| match character.is_ascii() {
            true => u32::from(character) == u32::from(*octet),
            false => !octet.is_ascii(),
        };
        !self.other_names.is_empty()
            && path.chars().count() == self.raw_name.len()
            && path.chars().zip(&self.raw_name).all(fits)
    }
}

impl<R: Read + Seek> Archive<R> {
    /// Reads the directory and every file's header.
    pub(crate) fn open(mut input: R) -> Result<Self, ContainerFault> {
        let (directory, count, start) = end::read_directory(&mut input)?;
        let mut fields = Fields(&directory);
        let mut entries = Vec::with_capacity(count);
        for _ in 0..count {
            entries.push(parse_entry(&mut fields)?);
        }
        if !fields.0.is_empty() {
            return Err(ContainerFault::Inconsistent);
        }
        check_names(&entries)?;
        entries.sort_by_key(|entry| entry.header);
        let mut expected = 0;
        for entry in &mut entries {
            if entry.header != expected {
                return Err(ContainerFault::Inconsistent);
            }
            expected = check_local_header(&mut input, entry, start)?;
        }
        if expected != start {
            return Err(ContainerFault::Inconsistent);
        }
        Ok(Self { input, entries })
    }

    /// The files, in the order they lie in.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Reads a file of at most `limit` octets.
    pub(crate) fn read(&mut self, index: usize, limit: u64) -> Result<Vec<u8>, ContainerFault> {
        if self.entries[index].size > limit {
            return Err(ContainerFault::TooLarge);
        }
        let mut content = Vec::new();
        self.stream(index, |piece| content.extend_from_slice(piece))?;
        Ok(content)
    }

    /// Packs a file into another container, unpacked where it was compressed.
    pub(crate) fn copy(&mut self, index: usize, to: &mut ContainerWriter<impl Write>) -> io::Result<()> {
        let entry = self.entries[index].clone();
        to.start(&entry.name, entry.checksum, entry.size)?;
        let mut written = Ok(());
        self.stream(index, |piece| {
            if written.is_ok() {
                written = to.piece(piece);
            }
        })
        .map_err(io::Error::other)?;
        written
    }

    /// Reads a file piece by piece, and checks its size and checksum.
    pub(crate) fn stream(&mut self, index: usize, mut sink: impl FnMut(&[u8])) -> Result<(), ContainerFault> {
        let entry = &self.entries[index];
        self.input.seek(SeekFrom::Start(entry.data))?;
        let packed = (&mut self.input).take(entry.packed_size);
        let mut checksum = Checksum::default();
        let mut size = 0;
        let mut take = |piece: &[u8]| {
            size += piece.len() as u64;
            if size > entry.size {
                return Err(ContainerFault::Damaged);
            }
            checksum.update(piece);
            sink(piece);
            Ok(())
        };
        if entry.is_stored {
            copy(packed, &mut take)?;
        } else {
            let mut decoder = DeflateDecoder::new(io::BufReader::with_capacity(1 << 14, packed));
            copy(&mut decoder, &mut take)?;
            if decoder.total_in() != entry.packed_size {
                return Err(ContainerFault::Damaged);
            }
        }
        if size != entry.size || checksum.value() != entry.checksum {
            return Err(ContainerFault::Damaged);
        }
        Ok(())
    }
}

fn copy(mut from: impl Read, to: &mut impl FnMut(&[u8]) -> Result<(), ContainerFault>) -> Result<(), ContainerFault> {
    let mut buffer = vec![0; 1 << 14];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => to(&buffer[..length])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return Err(ContainerFault::Damaged),
        }
    }
}

/// A file's entry in the directory (APPNOTE 4.3.12).
fn parse_entry(fields: &mut Fields<'_>) -> Result<Entry, ContainerFault> {
    if fields.long()? != CENTRAL_HEADER {
        return Err(ContainerFault::Inconsistent);
    }
    fields.take(4)?;
    let (flags, method) = (fields.short()?, fields.short()?);
    fields.take(4)?;
    let (checksum, packed_size, size) = (fields.long()?, fields.long()?, fields.long()?);
    let (name_length, extra_length, comment_length) = (fields.short()?, fields.short()?, fields.short()?);
    let disk = fields.short()?;
    fields.take(6)?;
    let header = fields.long()?;
    let name = fields.take(name_length.into())?;
    let extra = fields.take(extra_length.into())?;
    fields.take(comment_length.into())?;

    let is_stored = method == STORED;
    if flags & !HARMLESS_FLAGS != 0 || !(is_stored || method == DEFLATED) {
        return Err(ContainerFault::Unsupported);
    }
    let extra = Extra::read(extra, name)?;
    let mut longer = Fields(extra.zip64.unwrap_or_default());
    // Numbers that have no room stand in the extra field, in this order (APPNOTE 4.5.3).
    let mut number = |number: u32| match (number, extra.zip64) {
        (u32::MAX, Some(_)) => longer.longer().map_err(|_| ContainerFault::Inconsistent),
        (u32::MAX, None) => Err(ContainerFault::Unsupported),
        (number, _) => Ok(u64::from(number)),
    };
    let (size, packed_size, header) = (number(size)?, number(packed_size)?, number(header)?);
    let disk = match disk {
        u16::MAX => longer.long().map_err(|_| ContainerFault::Inconsistent)?,
        disk => disk.into(),
    };
    if disk != 0 {
        return Err(ContainerFault::Unsupported);
    }
    if is_stored && packed_size != size {
        return Err(ContainerFault::Inconsistent);
    }
    if size > FREE_EXPANSION.saturating_add(MAX_EXPANSION.saturating_mul(packed_size)) {
        return Err(ContainerFault::TooLarge);
    }
    let mut names = names(name, flags, extra.unicode_path).into_iter();
    let first = names.next().ok_or(ContainerFault::UnsafeName)?;
    Ok(Entry {
        name: first,
        other_names: names.collect(),
        raw_name: name.to_vec(),
        size,
        is_stored,
        checksum,
        packed_size,
        header,
        data: 0,
    })
}

/// Compares a file's own header (APPNOTE 4.3.7) with the directory; returns where the next one must begin.
fn check_local_header(input: &mut (impl Read + Seek), entry: &mut Entry, limit: u64) -> Result<u64, ContainerFault> {
    const HEADER: usize = 30;
    input.seek(SeekFrom::Start(entry.header))?;
    let mut header = [0; HEADER];
    input.read_exact(&mut header)?;
    let mut fields = Fields(&header);
    let signature = fields.long()?;
    fields.take(2)?;
    let (flags, method) = (fields.short()?, fields.short()?);
    fields.take(4)?;
    let numbers = [u64::from(fields.long()?), fields.long()?.into(), fields.long()?.into()];
    let (name_length, extra_length) = (fields.short()?, fields.short()?);
    let mut name = vec![0; name_length.into()];
    input.read_exact(&mut name)?;
    let mut extra = vec![0; extra_length.into()];
    input.read_exact(&mut extra)?;
    let extra = Extra::read(&extra, &name)?;
    // Both sizes stand in that of a file's own header.
    let mut longer = Fields(extra.zip64.unwrap_or_default());
    let sizes = match (longer.longer(), longer.longer()) {
        (Ok(size), Ok(packed_size)) => Some([size, packed_size]),
        _ => None,
    };

    let expected = [u64::from(entry.checksum), entry.packed_size, entry.size];
    let sizes_follow = flags & SIZES_FOLLOW != 0;
    // Each of them is right, or left to what follows the data (APPNOTE 4.4.4), or to the extra field.
    let is_right = |place: usize| {
        let number = numbers[place];
        let in_extra = number == u64::from(u32::MAX) && sizes.is_some();
        number == expected[place] || sizes_follow && number == 0 || place > 0 && in_extra
    };
    let sizes_agree = sizes.is_none_or(|[size, packed_size]| {
        [packed_size, size] == [expected[1], expected[2]] || sizes_follow && [packed_size, size] == [0; 2]
    });
    let numbers_agree = sizes_agree && (0..3).all(is_right);
    let method_agrees = (method == STORED) == entry.is_stored && (method == DEFLATED) != entry.is_stored;
    // The flags may differ in what changes nothing: where the numbers stand, and how hard it was compressed.
    let flags_agree = flags & !HARMLESS_FLAGS == 0;
    let agrees = signature == LOCAL_HEADER && flags_agree && method_agrees && numbers_agree;
    if !agrees || name != entry.raw_name {
        return Err(ContainerFault::Inconsistent);
    }
    entry.data = entry.header + HEADER as u64 + u64::from(name_length) + u64::from(extra_length);
    let end = entry.data.checked_add(entry.packed_size);
    let mut end = end.filter(|end| *end <= limit).ok_or(ContainerFault::Inconsistent)?;
    if sizes_follow {
        input.seek(SeekFrom::Start(end))?;
        end += read_descriptor(input, expected, limit - end)?;
    }
    Ok(end)
}

/// Compares the numbers that follow a file's data (APPNOTE 4.3.9), with or without a signature, of four octets or eight;
/// returns their length.
fn read_descriptor(input: &mut impl Read, expected: [u64; 3], room: u64) -> Result<u64, ContainerFault> {
    const LONGEST: u64 = 24;
    let mut octets = Vec::new();
    input.take(LONGEST.min(room)).read_to_end(&mut octets)?;
    let signature = DATA_DESCRIPTOR.to_le_bytes();
    let [checksum, packed_size, size] = expected;
    let checksum = u32::try_from(checksum)
        .map_err(|_| ContainerFault::Inconsistent)?
        .to_le_bytes();
    let short = |number: u64| u32::try_from(number).map(u32::to_le_bytes);
    let of_eight = [packed_size.to_le_bytes(), size.to_le_bytes()].concat();
    let of_four = match (short(packed_size), short(size)) {
        (Ok(packed_size), Ok(size)) => [packed_size, size].concat(),
        // They have no room in four.
        _ => of_eight.clone(),
    };
    // The longer ones first: of an empty file the shorter are their beginnings.
    for (signature, sizes) in [
        (&signature[..], &of_eight),
        (&signature[..], &of_four),
        (&[][..], &of_eight),
        (&[][..], &of_four),
    ] {
        let descriptor = [signature, &checksum, sizes].concat();
        let follows = octets.get(descriptor.len()..).unwrap_or_default();
        // What follows is the next file, the directory, or nothing that is read here.
        if octets.starts_with(&descriptor) && (follows.is_empty() || follows.starts_with(b"PK") || follows == b"P") {
            return Ok(descriptor.len() as u64);
        }
    }
    Err(ContainerFault::Inconsistent)
}

/// What of a file's extra fields (APPNOTE 4.5) is heeded.
struct Extra<'a> {
    /// Numbers of eight octets (APPNOTE 4.5.3).
    zip64: Option<&'a [u8]>,
    /// The name in UTF-8.
    unicode_path: Option<&'a str>,
}

impl<'a> Extra<'a> {
    /// Reads the extra fields of a file that has a name; others are passed over.
    fn read(extra: &'a [u8], name: &[u8]) -> Result<Self, ContainerFault> {
        let mut found = Self {
            zip64: None,
            unicode_path: None,
        };
        let mut fields = Fields(extra);
        while fields.0.len() >= 4 {
            let (kind, length) = (fields.short()?, fields.short()?);
            let mut field = Fields(fields.take(length.into())?);
            if kind == ZIP64 {
                found.zip64 = Some(field.0);
            }
            if kind == UNICODE_PATH {
                // Version 1, the checksum of the other name, and the name (APPNOTE 4.6.9).
                let mut checksum = Checksum::default();
                checksum.update(name);
                let version = field.take(1)?[0];
                let is_of_name = version == 1 && field.long()? == checksum.value();
                let path = std::str::from_utf8(field.0).ok().filter(|_| is_of_name);
                found.unicode_path = Some(path.ok_or(ContainerFault::Inconsistent)?);
            }
        }
        Ok(found)
    }
}

/// The names that octets may mean, all of them safe to unpack: UTF-8, where they are, or the name that stands beside them in
/// UTF-8, and otherwise in each code page; the likeliest first.
fn names(raw: &[u8], flags: u16, unicode_path: Option<&str>) -> Vec<String> {
    let mut names: Vec<String> = unicode_path.map(str::to_owned).into_iter().collect();
    names.extend(std::str::from_utf8(raw).map(str::to_owned));
    if flags & NAME_IS_UTF8 == 0 && !raw.is_ascii() {
        names.extend(code_page::readings(raw));
    }
    names.dedup();
    if names.iter().all(|name| is_safe_path(name)) {
        names
    } else {
        Vec::new()
    }
}

/// Whether a path stays within the folder it is unpacked to, on every system.
fn is_safe_path(path: &str) -> bool {
    let path = path.strip_suffix('/').unwrap_or(path);
    let safe_part = |part: &str| !part.is_empty() && part != "." && part != "..";
    path.len() <= 1_024
        && path.split('/').all(safe_part)
        && !path
            .chars()
            .any(|character| character.is_control() || matches!(character, '\\' | ':'))
}

fn check_names(entries: &[Entry]) -> Result<(), ContainerFault> {
    let mut seen = HashSet::new();
    for entry in entries {
        let folded: String = entry.name.nfkc().flat_map(char::to_lowercase).nfkc().collect();
        if !seen.insert(folded) {
            return Err(ContainerFault::DuplicateName);
        }
    }
    Ok(())
}

/// Little-endian numbers, one after the other.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], ContainerFault> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(ContainerFault::NotZip)?;
        self.0 = rest;
        Ok(taken)
    }

    fn short(&mut self) -> Result<u16, ContainerFault> {
        let octets = self.take(2)?;
        Ok(u16::from_le_bytes([octets[0], octets[1]]))
    }

    fn longer(&mut self) -> Result<u64, ContainerFault> {
        let (low, high) = (self.long()?, self.long()?);
        Ok(u64::from(high) << 32 | u64::from(low))
    }

    fn long(&mut self) -> Result<u32, ContainerFault> {
        let octets = self.take(4)?;
        Ok(u32::from_le_bytes([octets[0], octets[1], octets[2], octets[3]]))
    }
}
