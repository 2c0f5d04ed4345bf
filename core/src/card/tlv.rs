//! A tolerant reader of BER-TLV as cards write it (ISO/IEC 7816-4:2020, 6.3; ITU-T X.690, 8.1).
//!
//! It borrows, never recurses and never allocates: what a hostile card sends costs one pass over its octets.

/// The universal and application tags that card files use.
pub mod tag {
    /// BOOLEAN.
    pub const BOOLEAN: u32 = 0x01;
    /// INTEGER.
    pub const INTEGER: u32 = 0x02;
    /// BIT STRING.
    pub const BIT_STRING: u32 = 0x03;
    /// OCTET STRING.
    pub const OCTET_STRING: u32 = 0x04;
    /// OBJECT IDENTIFIER.
    pub const OBJECT_IDENTIFIER: u32 = 0x06;
    /// ENUMERATED.
    pub const ENUMERATED: u32 = 0x0A;
    /// UTF8String.
    pub const UTF8_STRING: u32 = 0x0C;
    /// SEQUENCE.
    pub const SEQUENCE: u32 = 0x30;
}

/// One data object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tlv<'a> {
    /// The tag octets, read as one big-endian number: `30`, `A0`, `5F2F`.
    pub tag: u32,
    /// The value field.
    pub value: &'a [u8],
    /// Tag, length and value as they were read.
    pub encoded: &'a [u8],
}

impl<'a> Tlv<'a> {
    /// The data objects of a constructed value.
    #[must_use]
    pub fn children(&self) -> Reader<'a> {
        Reader::new(self.value)
    }

    /// The value as an unsigned number of at most 32 bits.
    #[must_use]
    pub fn number(&self) -> Option<u32> {
        let significant = match self.value {
            [] => return None,
            [0, rest @ ..] => rest,
            all => all,
        };
        (significant.len() <= 4).then(|| {
            significant
                .iter()
                .fold(0, |number: u32, octet| number << 8 | u32::from(*octet))
        })
    }

    /// The value as a reference of one octet. References above 127 are found written as positive numbers (`00 80`), as
    /// negative ones (`80`, `FF 80` for -128) and all mean the octet.
    #[must_use]
    pub fn reference(&self) -> Option<u8> {
        match self.value {
            [octet] | [0, octet] => Some(*octet),
            [0xFF, octet] if *octet >= 0x80 => Some(*octet),
            _ => None,
        }
    }

    /// The value of a BIT STRING as flags: bit 0, the first of the string, is the lowest bit of the number.
    #[must_use]
    pub fn flags(&self) -> u32 {
        let octets = self.value.get(1..).unwrap_or_default();
        octets.iter().take(4).enumerate().fold(0, |flags, (index, octet)| {
            flags | u32::from(octet.reverse_bits()) << (8 * index)
        })
    }
}

/// Why octets are not BER-TLV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TlvError {
    /// The octets end inside a data object.
    #[error("data object cut short")]
    Truncated,
    /// A tag of more than four octets.
    #[error("tag too long")]
    Tag,
    /// A length of more than four octets, or an indefinite one.
    #[error("length too long or indefinite")]
    Length,
}

/// Reads data objects one after another, passing over `00` and `FF` between them (ISO/IEC 7816-4:2020, 6.3). Ends after
/// the first error.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads `octets` from the beginning.
    #[must_use]
    pub const fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets }
    }

    /// The first data object with this tag, from here on.
    #[must_use]
    pub fn find(self, tag: u32) -> Option<Tlv<'a>> {
        self.flatten().find(|object| object.tag == tag)
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Result<Tlv<'a>, TlvError>;

    fn next(&mut self) -> Option<Self::Item> {
        let padding = self
            .rest
            .iter()
            .take_while(|octet| matches!(octet, 0x00 | 0xFF))
            .count();
        let rest = self.rest.get(padding..).filter(|rest| !rest.is_empty())?;
        let object = first(rest);
        self.rest = match &object {
            Ok(object) => rest.get(object.encoded.len()..).unwrap_or_default(),
            Err(_) => &[],
        };
        Some(object)
    }
}

/// The data object at the very beginning of `octets`.
///
/// # Errors
/// Where there is none.
pub fn first(octets: &[u8]) -> Result<Tlv<'_>, TlvError> {
    let (tag, tag_length) = read_tag(octets)?;
    let (length, length_length) = read_length(octets.get(tag_length..).unwrap_or_default())?;
    let start = tag_length + length_length;
    let end = start.checked_add(length).ok_or(TlvError::Length)?;
    let (Some(value), Some(encoded)) = (octets.get(start..end), octets.get(..end)) else {
        return Err(TlvError::Truncated);
    };
    Ok(Tlv { tag, value, encoded })
}

/// Tag and length of a data object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// As [`Tlv::tag`].
    pub(crate) tag: u32,
    /// How many octets the value has.
    pub(crate) length: usize,
    /// How many octets tag and length have themselves.
    pub(crate) octets: usize,
    /// Whether the value is made of data objects.
    pub(crate) is_constructed: bool,
}

/// Tag and length of the data object at the very beginning of `octets`, whether or not its value is there.
///
/// # Errors
/// Where there is none.
pub(crate) fn header(octets: &[u8]) -> Result<Header, TlvError> {
    let (tag, tag_length) = read_tag(octets)?;
    let (length, length_length) = read_length(octets.get(tag_length..).unwrap_or_default())?;
    Ok(Header {
        tag,
        length,
        octets: tag_length + length_length,
        is_constructed: octets.first().is_some_and(|leading| leading & 0x20 != 0),
    })
}

/// How long the data object at the beginning of `octets` says it is, tag and length included, whether or not all of it
/// is there yet.
///
/// # Errors
/// [`TlvError::Truncated`] where tag or length are not complete.
pub fn announced_length(octets: &[u8]) -> Result<usize, TlvError> {
    let (_, tag_length) = read_tag(octets)?;
    let (length, length_length) = read_length(octets.get(tag_length..).unwrap_or_default())?;
    (tag_length + length_length).checked_add(length).ok_or(TlvError::Length)
}

/// As much as is there of the value of the data object at the very beginning of `octets`, where its tag is this one.
#[must_use]
pub(crate) fn begun_value(octets: &[u8], tag: u32) -> Option<&[u8]> {
    let (found, tag_length) = read_tag(octets).ok()?;
    let (_, length_length) = read_length(octets.get(tag_length..)?).ok()?;
    octets.get(tag_length + length_length..).filter(|_| found == tag)
}

fn read_tag(octets: &[u8]) -> Result<(u32, usize), TlvError> {
    let leading = *octets.first().ok_or(TlvError::Truncated)?;
    let mut tag = u32::from(leading);
    if leading & 0x1F != 0x1F {
        return Ok((tag, 1));
    }
    for length in 2..=4 {
        let octet = *octets.get(length - 1).ok_or(TlvError::Truncated)?;
        tag = tag << 8 | u32::from(octet);
        if octet & 0x80 == 0 {
            return Ok((tag, length));
        }
    }
    Err(TlvError::Tag)
}

fn read_length(octets: &[u8]) -> Result<(usize, usize), TlvError> {
    let leading = *octets.first().ok_or(TlvError::Truncated)?;
    if leading < 0x80 {
        return Ok((usize::from(leading), 1));
    }
    let count = usize::from(leading & 0x7F);
    if !(1..=4).contains(&count) {
        return Err(TlvError::Length);
    }
    let length = octets.get(1..=count).ok_or(TlvError::Truncated)?;
    let length = length
        .iter()
        .fold(0_u32, |length, octet| length << 8 | u32::from(*octet));
    Ok((usize::try_from(length).map_err(|_| TlvError::Length)?, 1 + count))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn padding_between_objects_is_passed_over() {
        let octets = [
            0x00, 0xFF, 0x04, 0x01, 0xAA, 0x00, 0x00, 0x5F, 0x2F, 0x81, 0x01, 0x40, 0xFF, 0xFF,
        ];
        let objects: Vec<_> = Reader::new(&octets)
            .map(Result::unwrap)
            .map(|object| (object.tag, object.value))
            .collect();
        assert_eq!(objects, [(0x04, [0xAA].as_slice()), (0x5F2F, &[0x40])]);
    }

    #[test]
    fn lengths_may_be_longer_than_they_need() {
        assert_eq!(first(&[0x04, 0x84, 0, 0, 0, 1, 0xAA]).unwrap().value, [0xAA]);
        assert_eq!(first(&[0x04, 0x80, 0xAA, 0, 0]), Err(TlvError::Length));
        assert_eq!(
            first(&[0x04, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0]),
            Err(TlvError::Truncated)
        );
    }

    #[test]
    fn references_above_127_may_be_written_as_negative_numbers() {
        for octets in [
            [0x02, 0x01, 0x80].as_slice(),
            &[0x02, 0x02, 0x00, 0x80],
            &[0x02, 0x02, 0xFF, 0x80],
        ] {
            assert_eq!(first(octets).unwrap().reference(), Some(0x80));
        }
        assert_eq!(first(&[0x02, 0x02, 0x01, 0x80]).unwrap().reference(), None);
        assert_eq!(first(&[0x02, 0x00]).unwrap().number(), None);
    }

    #[test]
    fn bit_zero_is_the_first_of_the_string() {
        assert_eq!(first(&[0x03, 0x02, 0x06, 0x40]).unwrap().flags(), 0b10);
        assert_eq!(first(&[0x03, 0x03, 0x06, 0x00, 0x40]).unwrap().flags(), 1 << 9);
        assert_eq!(first(&[0x03, 0x00]).unwrap().flags(), 0);
    }

    proptest! {
        #[test]
        fn reading_never_panics_and_never_leaves_the_octets(octets in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut read = 0;
            for object in Reader::new(&octets).flatten() {
                read += object.encoded.len();
                let _ = (object.number(), object.reference(), object.flags(), object.children().count());
            }
            prop_assert!(read <= octets.len());
            let _ = announced_length(&octets);
        }

        #[test]
        fn an_object_is_read_back(tag in 1u8..0x1F, value in proptest::collection::vec(any::<u8>(), 0..300)) {
            let length = u16::try_from(value.len()).unwrap().to_be_bytes();
            let octets = [&[tag, 0x82, length[0], length[1]], value.as_slice(), &[0, 0]].concat();
            let object = first(&octets).unwrap();
            prop_assert_eq!((object.tag, object.value), (u32::from(tag), value.as_slice()));
            prop_assert_eq!(announced_length(&octets).unwrap(), object.encoded.len());
        }
    }
}
