//! ZIP containers (APPNOTE.TXT 6.3.3) as ASiC needs them: written byte for byte the same every time, and read so strictly
//! that no other program can see different files in them, in time and memory bounded by the container's own size.

mod code_page;
mod reader;
mod writer;

use serde::Serialize;

pub(crate) use reader::{Archive, Entry};
pub(crate) use writer::{Checksum, ContainerWriter};

/// No container is read that has more files.
pub(crate) const MAX_FILES: usize = 1_000;
const LOCAL_HEADER: u32 = 0x0403_4B50;
const CENTRAL_HEADER: u32 = 0x0201_4B50;
const END_OF_DIRECTORY: u32 = 0x0605_4B50;
/// What the records of ZIP64 begin with (APPNOTE 4.3.14, 4.3.15).
const LONG_END_OF_DIRECTORY: u32 = 0x0606_4B50;
const LOCATOR_OF_END: u32 = 0x0706_4B50;
const DATA_DESCRIPTOR: u32 = 0x0807_4B50;
/// General purpose bit 11: the name is UTF-8.
const NAME_IS_UTF8: u16 = 1 << 11;
/// General purpose bit 3: checksum and sizes follow the data.
const SIZES_FOLLOW: u16 = 1 << 3;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// Why a container is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum ContainerFault {
    /// It is not a ZIP file, or not a whole one.
    #[error("not a ZIP file")]
    NotZip,
    /// It says two different things of the same file, or hides something between its files.
    #[error("the container contradicts itself")]
    Inconsistent,
    /// A file's name would lead out of the folder it is unpacked to, or is not a name.
    #[error("a file name is unsafe")]
    UnsafeName,
    /// Two files have the same name, or names that some systems take for the same.
    #[error("a file name occurs twice")]
    DuplicateName,
    /// There are too many files.
    #[error("too many files")]
    TooManyFiles,
    /// A file is too large, or expands beyond reason.
    #[error("too large")]
    TooLarge,
    /// It is encrypted, in parts, or compressed in a way other than deflate.
    #[error("a kind of ZIP that is not supported")]
    Unsupported,
    /// A file's contents are damaged.
    #[error("a file is damaged")]
    Damaged,
    /// It could not be read.
    #[error("the container could not be read")]
    Unreadable,
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use flate2::Compression;
    use flate2::write::DeflateEncoder;
    use proptest::prelude::*;

    use super::*;

    fn container(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ContainerWriter::new(Vec::new());
        for (name, content) in files {
            writer.add(name, content).unwrap();
        }
        writer.finish().unwrap()
    }

    fn open(octets: &[u8]) -> Result<Archive<Cursor<&[u8]>>, ContainerFault> {
        Archive::open(Cursor::new(octets))
    }

    fn files(octets: &[u8]) -> Result<Vec<(String, Vec<u8>)>, ContainerFault> {
        let mut archive = open(octets)?;
        let names: Vec<String> = archive.entries().iter().map(|entry| entry.name.clone()).collect();
        names
            .into_iter()
            .enumerate()
            .map(|(index, name)| Ok((name, archive.read(index, 1 << 20)?)))
            .collect()
    }

    /// One deflated file, its sizes before or after the data.
    fn deflated(name: impl AsRef<[u8]>, content: &[u8], claimed_size: u32, sizes_follow: bool) -> Vec<u8> {
        let name = name.as_ref();
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(content).unwrap();
        let data = encoder.finish().unwrap();
        let flags: u16 = if sizes_follow { SIZES_FOLLOW } else { 0 };
        let mut checksum = Checksum::default();
        checksum.update(content);
        let mut numbers = Vec::new();
        numbers.extend(checksum.value().to_le_bytes());
        numbers.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        numbers.extend(claimed_size.to_le_bytes());
        let common = |numbers: &[u8]| {
            let mut part = Vec::new();
            part.extend(20_u16.to_le_bytes());
            part.extend(flags.to_le_bytes());
            part.extend(DEFLATED.to_le_bytes());
            part.extend([0, 0, 0x21, 0]);
            part.extend(numbers);
            part.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
            part.extend([0, 0]);
            part
        };
        let mut octets = LOCAL_HEADER.to_le_bytes().to_vec();
        octets.extend(common(if sizes_follow { &[0; 12] } else { &numbers }));
        octets.extend(name);
        octets.extend(&data);
        if sizes_follow {
            octets.extend(DATA_DESCRIPTOR.to_le_bytes());
            octets.extend(&numbers);
        }
        let start = u32::try_from(octets.len()).unwrap();
        octets.extend(CENTRAL_HEADER.to_le_bytes());
        octets.extend([20, 0]);
        octets.extend(common(&numbers));
        octets.extend([0; 14]);
        octets.extend(name);
        let size = u32::try_from(octets.len()).unwrap() - start;
        octets.extend(END_OF_DIRECTORY.to_le_bytes());
        octets.extend([0, 0, 0, 0, 1, 0, 1, 0]);
        octets.extend(size.to_le_bytes());
        octets.extend(start.to_le_bytes());
        octets.extend([0, 0]);
        octets
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(contents in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..500), 0..8)) {
            let names: Vec<String> = (0..contents.len()).map(|number| format!("belge {number} ğ.pdf")).collect();
            let packed: Vec<(&str, &[u8])> = names.iter().map(String::as_str).zip(contents.iter().map(Vec::as_slice)).collect();
            let octets = container(&packed);
            prop_assert_eq!(&octets, &container(&packed));
            let unpacked = files(&octets).unwrap();
            prop_assert_eq!(unpacked, names.iter().cloned().zip(contents).collect::<Vec<_>>());
        }

        #[test]
        fn reading_never_panics(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = files(&octets);
        }

        #[test]
        fn a_flipped_octet_is_noticed_or_changes_no_file(place in 0_usize..1_000, mask in 1_u8..=255) {
            let packed = [("mimetype", &b"application/x"[..]), ("a.pdf", &[1, 2, 3])];
            let mut octets = container(&packed);
            let place = place % octets.len();
            octets[place] ^= mask;
            if let Ok(unpacked) = files(&octets) {
                for ((name, content), (expected_name, expected)) in unpacked.iter().zip(packed) {
                    prop_assert_eq!((name.as_str(), content.as_slice()), (expected_name, expected));
                }
            }
        }
    }

    #[test]
    fn deflated_files_are_read_with_their_sizes_before_or_after_the_data() {
        let content = b"sertifika ".repeat(100);
        for sizes_follow in [false, true] {
            let octets = deflated("a.txt", &content, 1_000, sizes_follow);
            assert_eq!(files(&octets).unwrap(), [("a.txt".to_owned(), content.clone())]);
        }
    }

    /// Where a header of one file that is the first has the checksum and the sizes.
    const NUMBERS: usize = 14;

    #[test]
    fn each_number_of_a_header_may_be_left_to_what_follows_the_data_and_a_wrong_one_is_refused() {
        let content = b"sertifika ".repeat(100);
        let left_open = deflated("a.txt", &content, 1_000, true);
        let known = deflated("a.txt", &content, 1_000, false)[NUMBERS..NUMBERS + 12].to_vec();
        for chosen in 0..8 {
            let mut octets = left_open.clone();
            for place in (0..3).filter(|place| chosen >> place & 1 == 1) {
                let number = 4 * place..4 * place + 4;
                octets[NUMBERS + number.start..NUMBERS + number.end].copy_from_slice(&known[number.clone()]);
                let mut wrong = octets.clone();
                wrong[NUMBERS + number.start] ^= 1;
                assert_eq!(files(&wrong).unwrap_err(), ContainerFault::Inconsistent, "{chosen:03b}");
            }
            assert_eq!(
                files(&octets).unwrap(),
                [("a.txt".to_owned(), content.clone())],
                "{chosen:03b}"
            );
        }
        // What follows the data has to be right itself.
        let mut wrong = left_open;
        let descriptor = wrong
            .windows(4)
            .position(|window| window == DATA_DESCRIPTOR.to_le_bytes())
            .unwrap();
        wrong[descriptor + 8] ^= 1;
        assert!(files(&wrong).is_err());
    }

    /// The same with sizes of eight octets in the file's own header.
    fn with_zip64_sizes(octets: &[u8], sizes: [u64; 2]) -> Vec<u8> {
        let name_length = usize::from(octets[26]);
        let mut changed = octets.to_vec();
        changed[NUMBERS + 4..NUMBERS + 12].fill(0xFF);
        let mut extra = vec![1, 0, 16, 0];
        extra.extend(sizes.iter().flat_map(|size| size.to_le_bytes()));
        changed[28] = u8::try_from(extra.len()).unwrap();
        changed.splice(30 + name_length..30 + name_length, extra.iter().copied());
        let start = changed.len() - 6;
        let mut place = [0; 4];
        place.copy_from_slice(&changed[start..start + 4]);
        let moved = u32::from_le_bytes(place) + u32::try_from(extra.len()).unwrap();
        changed[start..start + 4].copy_from_slice(&moved.to_le_bytes());
        changed
    }

    #[test]
    fn sizes_of_eight_octets_in_a_header_are_read_and_compared() {
        let content = b"sertifika ".repeat(100);
        let octets = deflated("a.txt", &content, 1_000, false);
        let mut packed = [0; 4];
        packed.copy_from_slice(&octets[NUMBERS + 4..NUMBERS + 8]);
        let packed = u64::from(u32::from_le_bytes(packed));
        let read = files(&with_zip64_sizes(&octets, [1_000, packed])).unwrap();
        assert_eq!(read, [("a.txt".to_owned(), content)]);
        for wrong in [[1_001, packed], [1_000, packed + 1]] {
            let refused = files(&with_zip64_sizes(&octets, wrong)).unwrap_err();
            assert_eq!(refused, ContainerFault::Inconsistent);
        }
    }

    #[test]
    fn a_name_that_is_not_utf_8_is_read_in_the_code_pages_of_its_time() {
        let octets = deflated(b"s\x94zle\x9fme.txt", b"x", 1, false);
        let archive = open(&octets).unwrap();
        let entry = &archive.entries()[0];
        let mut names = entry.other_names.iter().chain([&entry.name]);
        assert!(names.any(|name| name == "s\u{f6}zle\u{15f}me.txt"), "{entry:?}");
        // Whatever it means, it leads nowhere else.
        let refused = files(&deflated(b"..\\\x94", b"x", 1, false)).unwrap_err();
        assert_eq!(refused, ContainerFault::UnsafeName);
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_unpacked() {
        let content = vec![0; 64 << 20];
        let octets = deflated("a", &content, 64 << 20, false);
        assert!(octets.len() < 100_000);
        assert_eq!(files(&octets).unwrap_err(), ContainerFault::TooLarge);
        // A bomb that says it is small is cut off where it says it ends.
        let octets = deflated("a", &content[..1 << 20], 1_000, false);
        assert_eq!(files(&octets).unwrap_err(), ContainerFault::Damaged);
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in [
            "../a",
            "/a",
            "a/../../b",
            "a\\b",
            "C:a",
            "a//b",
            "",
            "a\0b",
            "./a",
            "a/.",
            "a\nb",
        ] {
            assert_eq!(
                files(&deflated(name, b"x", 1, false)).unwrap_err(),
                ContainerFault::UnsafeName,
                "{name:?}"
            );
        }
        assert!(files(&deflated("META-INF/a.xml", b"x", 1, false)).is_ok());
    }

    #[test]
    fn names_that_some_systems_take_for_the_same_are_refused() {
        for (one, other) in [("a.pdf", "a.pdf"), ("a.pdf", "A.PDF"), ("\u{e7}", "c\u{327}")] {
            let octets = container(&[(one, b"1"), (other, b"2")]);
            assert_eq!(files(&octets).unwrap_err(), ContainerFault::DuplicateName);
        }
    }

    #[test]
    fn what_hides_between_before_or_behind_files_is_refused() {
        let good = container(&[("a", b"1"), ("b", b"2")]);
        assert!(files(&good).is_ok());
        let mut before = vec![0];
        before.extend(&good);
        assert!(files(&before).is_err());
        let mut behind = good.clone();
        behind.push(0);
        assert!(files(&behind).is_err());
        // The directory forgets the first file, which still lies there.
        let directory = good
            .windows(4)
            .position(|window| window == CENTRAL_HEADER.to_le_bytes())
            .unwrap();
        let mut forgotten = good.clone();
        forgotten.drain(directory..directory + 47);
        let end = forgotten.len() - 22;
        forgotten[end + 8..end + 16].copy_from_slice(&[1, 0, 1, 0, 47, 0, 0, 0]);
        assert_eq!(files(&forgotten).unwrap_err(), ContainerFault::Inconsistent);
    }

    #[test]
    fn too_many_files_are_refused() {
        let names: Vec<String> = (0..1_100).map(|number| number.to_string()).collect();
        let packed: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
        assert_eq!(files(&container(&packed)).unwrap_err(), ContainerFault::TooManyFiles);
    }
}
