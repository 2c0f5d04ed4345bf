//! Reading: an element is a span of the input, header included. BER is read where a file may be BER (RFC 5652, 10).

use std::borrow::Cow;

use const_oid::ObjectIdentifier;

use super::time::{self, Moment};
use super::{DerError, tag, writer};
use crate::writing::shown;

/// How deep elements may lie within each other. CMS with its certificates needs about twenty levels.
const MAX_DEPTH: u8 = 40;

/// One element of the input: identifier, length and contents as they stand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element<'a> {
    encoded: &'a [u8],
    content: &'a [u8],
    lenient: bool,
    depth: u8,
}

/// The bits of an identifier octet behind which the number of the tag follows.
const HIGH_NUMBER: u8 = 0x1F;

/// Reads elements one after the other.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    lenient: bool,
    depth: u8,
}

impl<'a> Reader<'a> {
    /// Reads DER; whatever DER forbids is an error.
    pub(crate) const fn der(input: &'a [u8]) -> Self {
        Self {
            rest: input,
            lenient: false,
            depth: 0,
        }
    }

    /// Reads BER: lengths may be indefinite or longer than needed, strings may come in pieces.
    pub(crate) const fn ber(input: &'a [u8]) -> Self {
        Self {
            rest: input,
            lenient: true,
            depth: 0,
        }
    }

    /// Whether nothing is left.
    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The identifier octet that comes next.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next element, whatever it is.
    pub(crate) fn read(&mut self) -> Result<Element<'a>, DerError> {
        let (element, length) = measure(self.rest, self.lenient, self.depth)?;
        self.rest = &self.rest[length..];
        Ok(element)
    }

    /// The next element, which has this identifier octet. A string type is found in its constructed form too, where the
    /// input is BER.
    pub(crate) fn expect(&mut self, tag: u8) -> Result<Element<'a>, DerError> {
        let found = self.peek().ok_or(DerError::Truncated)?;
        let in_pieces = self.lenient && tag == tag::OCTET_STRING && found == tag | tag::CONSTRUCTED;
        if found != tag && !in_pieces {
            return Err(DerError::Tag { found });
        }
        self.read()
    }

    /// The next element, where it has this identifier octet.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, DerError> {
        if self.peek() == Some(tag) {
            self.read().map(Some)
        } else {
            Ok(None)
        }
    }

    /// The octets that are left.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// All elements left.
    pub(crate) fn elements(mut self) -> Result<Vec<Element<'a>>, DerError> {
        let mut elements = Vec::new();
        while !self.is_empty() {
            elements.push(self.read()?);
        }
        Ok(elements)
    }

    /// Asserts that nothing is left.
    pub(crate) const fn finish(self) -> Result<(), DerError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(DerError::Trailing)
        }
    }
}

impl<'a> Element<'a> {
    /// The single element that the octets are, in DER.
    pub(crate) fn parse(encoded: &'a [u8], tag: u8) -> Result<Self, DerError> {
        let mut reader = Reader::der(encoded);
        let element = reader.expect(tag)?;
        reader.finish()?;
        Ok(element)
    }

    /// The identifier octet.
    pub(crate) const fn tag(&self) -> u8 {
        // `measure` makes no element of fewer than two octets.
        self.encoded[0]
    }

    /// The whole element as it stands in the input.
    pub(crate) const fn encoded(&self) -> &'a [u8] {
        self.encoded
    }

    /// The contents, without header and end-of-contents octets.
    pub(crate) const fn content(&self) -> &'a [u8] {
        self.content
    }

    /// The elements within a constructed one.
    pub(crate) fn children(&self) -> Result<Reader<'a>, DerError> {
        if self.tag() & tag::CONSTRUCTED == 0 {
            return Err(DerError::Tag { found: self.tag() });
        }
        if self.depth >= MAX_DEPTH {
            return Err(DerError::Depth);
        }
        Ok(Reader {
            rest: self.content,
            lenient: self.lenient,
            depth: self.depth + 1,
        })
    }

    /// The elements of a SEQUENCE.
    pub(crate) fn sequence(&self) -> Result<Reader<'a>, DerError> {
        if self.tag() == tag::SEQUENCE {
            self.children()
        } else {
            Err(DerError::Tag { found: self.tag() })
        }
    }

    /// The only element within a constructed one.
    pub(crate) fn only_child(&self) -> Result<Self, DerError> {
        let mut children = self.children()?;
        let child = children.read()?;
        children.finish()?;
        Ok(child)
    }

    /// The same element with the lengths and strings of DER. The elements of a SET keep their order, since whether it is one of
    /// many of a kind is not known here.
    pub(crate) fn canonical(&self) -> Result<Vec<u8>, DerError> {
        if self.tag() & HIGH_NUMBER == HIGH_NUMBER {
            return Err(DerError::Tag { found: self.tag() });
        }
        if self.tag() == tag::OCTET_STRING | tag::CONSTRUCTED {
            return Ok(writer::element(tag::OCTET_STRING, &[&self.octets()?]));
        }
        if self.tag() & tag::CONSTRUCTED == 0 {
            return Ok(writer::element(self.tag(), &[self.content]));
        }
        let mut parts = Vec::new();
        for child in self.children()?.elements()? {
            parts.push(child.canonical()?);
        }
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        Ok(writer::element(self.tag(), &parts))
    }

    /// A non-negative INTEGER or ENUMERATED that fits 64 bits.
    pub(crate) fn unsigned(&self) -> Result<u64, DerError> {
        let octets = self.unsigned_integer()?;
        if octets.len() > 8 {
            return Err(DerError::Value);
        }
        Ok(octets.iter().fold(0, |value, octet| value << 8 | u64::from(*octet)))
    }

    /// The magnitude of a non-negative INTEGER, big-endian, without leading zeros (empty for zero).
    pub(crate) fn unsigned_integer(&self) -> Result<&'a [u8], DerError> {
        if self.content.first().is_some_and(|first| first & 0x80 != 0) {
            return Err(DerError::Value);
        }
        let octets = self.integer()?;
        Ok(octets.strip_prefix(&[0]).unwrap_or(octets))
    }

    /// The contents of an INTEGER, two's complement, in as few octets as it takes.
    pub(crate) fn integer(&self) -> Result<&'a [u8], DerError> {
        if self.tag() != tag::INTEGER && self.tag() != tag::ENUMERATED {
            return Err(DerError::Tag { found: self.tag() });
        }
        match self.content {
            [] => Err(DerError::Value),
            [0, second, ..] if second & 0x80 == 0 => Err(DerError::Value),
            [0xFF, second, ..] if second & 0x80 != 0 => Err(DerError::Value),
            octets => Ok(octets),
        }
    }

    /// An OBJECT IDENTIFIER.
    pub(crate) fn object_identifier(&self) -> Result<ObjectIdentifier, DerError> {
        if self.tag() != tag::OBJECT_IDENTIFIER {
            return Err(DerError::Tag { found: self.tag() });
        }
        ObjectIdentifier::from_bytes(self.content).map_err(|_| DerError::Value)
    }

    /// The octets of an OCTET STRING, or of an implicitly tagged one; put together where BER has them in pieces.
    pub(crate) fn octets(&self) -> Result<Cow<'a, [u8]>, DerError> {
        if self.tag() & tag::CONSTRUCTED == 0 {
            return Ok(Cow::Borrowed(self.content));
        }
        if !self.lenient {
            return Err(DerError::Tag { found: self.tag() });
        }
        let mut octets = Vec::new();
        let mut pieces = self.children()?;
        while !pieces.is_empty() {
            octets.extend_from_slice(&pieces.expect(tag::OCTET_STRING)?.octets()?);
        }
        Ok(Cow::Owned(octets))
    }

    /// The octets of a BIT STRING of whole octets.
    pub(crate) fn bit_string(&self) -> Result<&'a [u8], DerError> {
        match (self.tag(), self.content) {
            (tag::BIT_STRING, [0, octets @ ..]) => Ok(octets),
            (tag::BIT_STRING, _) => Err(DerError::Value),
            (found, _) => Err(DerError::Tag { found }),
        }
    }

    /// A BOOLEAN, as DER writes it.
    pub(crate) fn boolean(&self) -> Result<bool, DerError> {
        match (self.tag(), self.content) {
            (tag::BOOLEAN, [0]) => Ok(false),
            (tag::BOOLEAN, [0xFF]) => Ok(true),
            (tag::BOOLEAN, _) => Err(DerError::Value),
            (found, _) => Err(DerError::Tag { found }),
        }
    }

    /// The text of any of the string types that X.509 uses, as it may be shown. TeletexString is taken for ISO 8859-1, as
    /// everybody does.
    pub(crate) fn text(&self) -> Result<String, DerError> {
        self.characters().map(|text| shown(&text))
    }

    fn characters(&self) -> Result<String, DerError> {
        match self.tag() {
            tag::UTF8_STRING => std::str::from_utf8(self.content)
                .map(str::to_owned)
                .map_err(|_| DerError::Value),
            tag::NUMERIC_STRING
                if !self
                    .content
                    .iter()
                    .all(|octet| octet.is_ascii_digit() || *octet == b' ') =>
            {
                Err(DerError::Value)
            }
            tag::NUMERIC_STRING | tag::PRINTABLE_STRING | tag::IA5_STRING | tag::VISIBLE_STRING => {
                if !self.content.is_ascii() {
                    return Err(DerError::Value);
                }
                Ok(self.content.iter().copied().map(char::from).collect())
            }
            tag::TELETEX_STRING => Ok(self.content.iter().copied().map(char::from).collect()),
            tag::BMP_STRING => {
                let (units, rest) = self.content.as_chunks::<2>();
                if !rest.is_empty() {
                    return Err(DerError::Value);
                }
                let units: Vec<u16> = units.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
                String::from_utf16(&units).map_err(|_| DerError::Value)
            }
            tag::UNIVERSAL_STRING => {
                let (units, rest) = self.content.as_chunks::<4>();
                if !rest.is_empty() {
                    return Err(DerError::Value);
                }
                units
                    .iter()
                    .map(|unit| char::from_u32(u32::from_be_bytes(*unit)).ok_or(DerError::Value))
                    .collect()
            }
            found => Err(DerError::Tag { found }),
        }
    }

    /// A UTCTime or GeneralizedTime in UTC. Fractions of a second are read, as RFC 3161 allows them.
    pub(crate) fn moment(&self) -> Result<Moment, DerError> {
        match self.tag() {
            tag::UTC_TIME => time::parse_utc_time(self.content),
            tag::GENERALIZED_TIME => time::parse_generalized_time(self.content),
            found => Err(DerError::Tag { found }),
        }
    }
}

/// How many octets say what an element is. Tag numbers from 31 on (X.690, 8.1.2.4) do not occur in CMS or X.509; in BER they are
/// passed over where somebody has added something that has one.
fn identifier_length(input: &[u8], lenient: bool) -> Result<usize, DerError> {
    const MAX_NUMBER: usize = 5;
    if input[0] & HIGH_NUMBER != HIGH_NUMBER {
        return Ok(1);
    }
    let number = input[1..].iter().take(MAX_NUMBER).position(|octet| octet & 0x80 == 0);
    match number.filter(|_| lenient) {
        Some(last) => Ok(last + 2),
        None => Err(DerError::Tag { found: input[0] }),
    }
}

/// Finds where the first element of `input` ends.
fn measure(input: &[u8], lenient: bool, depth: u8) -> Result<(Element<'_>, usize), DerError> {
    if depth > MAX_DEPTH {
        return Err(DerError::Depth);
    }
    let identifier = *input.first().ok_or(DerError::Truncated)?;
    // A bare end-of-contents is no element.
    if identifier == 0 {
        return Err(DerError::Tag { found: identifier });
    }
    let start = identifier_length(input, lenient)?;
    let first = *input.get(start).ok_or(DerError::Truncated)?;
    let start = start + 1;
    if first == 0x80 {
        if !lenient {
            return Err(DerError::Length);
        }
        if identifier & tag::CONSTRUCTED == 0 {
            return Err(DerError::Length);
        }
        let mut end = start;
        loop {
            if input.get(end..end + 2) == Some(&[0, 0]) {
                let element = Element {
                    encoded: &input[..end + 2],
                    content: &input[start..end],
                    lenient,
                    depth,
                };
                return Ok((element, end + 2));
            }
            end += measure(&input[end..], lenient, depth + 1)?.1;
        }
    }
    let (header, length) = if first < 0x80 {
        (start, usize::from(first))
    } else {
        let count = usize::from(first & 0x7F);
        let octets = input.get(start..start + count).ok_or(DerError::Truncated)?;
        if count > 8 || (!lenient && octets.first() == Some(&0)) {
            return Err(DerError::Length);
        }
        let length = octets
            .iter()
            .fold(0_u64, |length, octet| length << 8 | u64::from(*octet));
        if !lenient && length < 0x80 {
            return Err(DerError::Length);
        }
        (start + count, usize::try_from(length).map_err(|_| DerError::Truncated)?)
    };
    let end = header.checked_add(length).ok_or(DerError::Truncated)?;
    let encoded = input.get(..end).ok_or(DerError::Truncated)?;
    Ok((
        Element {
            encoded,
            content: &encoded[header..],
            lenient,
            depth,
        },
        end,
    ))
}
