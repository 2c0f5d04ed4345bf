//! What a file is, told by its octets alone, whatever it is called.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::MAX_SIGNATURE_SIZE;
use crate::der::tag;

/// What is looked at of a file to tell what it is.
pub const BEGINNING: u64 = 1 << 12;
/// The contents of `id-signedData` (RFC 5652, 5.1).
const SIGNED_DATA: [u8; 9] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];
/// A text of more octets than that is no signature in base64.
const MAX_TEXT: u64 = MAX_SIGNATURE_SIZE / 3 * 4 + (1 << 20);
const PEM_BEGIN: &str = "-----BEGIN ";
const PEM_END: &str = "-----END ";
/// No more blocks of PEM are looked at: a signature may come behind its certificates.
const MAX_BLOCKS: usize = 16;
/// What editors and file systems of old put behind a text.
const ENDS_OF_FILE: [char; 2] = ['\0', '\u{1a}'];
/// Padding may be there or not.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// A ZIP file, as every container is.
    Container,
    /// A CMS signature, in DER, BER, PEM or base64.
    Signature,
    /// A PDF file, which may have signatures within.
    Pdf,
    /// XML, which may be a signature.
    Xml,
    /// PEM of something else.
    Pem,
    /// Nothing at all.
    Empty,
    /// Something else.
    Other,
}

impl Form {
    /// What a file is that begins with some octets: the first [`BEGINNING`] at least, or all there are.
    #[must_use]
    pub fn of(beginning: &[u8]) -> Self {
        let text = beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning);
        let text = text.trim_ascii_start();
        if text.is_empty() {
            return Self::Empty;
        }
        if beginning.starts_with(b"PK\x03\x04") || beginning.starts_with(b"PK\x05\x06") {
            return Self::Container;
        }
        if is_signature(beginning) || decoded(beginning, true).is_some() {
            return Self::Signature;
        }
        // Readers of PDF take a header that stands within the first octets (ISO 32000-1, annex H, note 13).
        if windows_have(&beginning[..beginning.len().min(1_024)], b"%PDF-") {
            return Self::Pdf;
        }
        if text.starts_with(PEM_BEGIN.as_bytes()) {
            return Self::Pem;
        }
        let is_utf_16 = beginning.starts_with(b"\xff\xfe<\0") || beginning.starts_with(b"\xfe\xff\0<");
        if text.starts_with(b"<") || is_utf_16 {
            return Self::Xml;
        }
        Self::Other
    }
}

fn windows_have(octets: &[u8], wanted: &[u8]) -> bool {
    octets.windows(wanted.len()).any(|window| window == wanted)
}

/// Whether octets begin as a ContentInfo of SignedData does.
pub(super) fn is_signature(octets: &[u8]) -> bool {
    let content_type =
        behind_header(octets, tag::SEQUENCE).and_then(|rest| behind_header(rest, tag::OBJECT_IDENTIFIER));
    content_type.is_some_and(|content_type| content_type.starts_with(&SIGNED_DATA))
}

/// What stands behind a tag and a length, of whatever form BER lets it have (X.690, 8.1.3).
fn behind_header(octets: &[u8], tag: u8) -> Option<&[u8]> {
    let [first, length, rest @ ..] = octets else {
        return None;
    };
    let further = if *length < 0x80 { 0 } else { usize::from(*length & 0x7F) };
    (*first == tag && further <= 8).then(|| rest.get(further..)).flatten()
}

/// The octets of a signature file in DER or BER: decoded where it is PEM or base64, and otherwise as they are.
pub(super) fn octets(file: &[u8]) -> Cow<'_, [u8]> {
    if file.len() as u64 > MAX_TEXT || file.first().is_none_or(|first| *first == 0x30 && !file.is_ascii()) {
        return Cow::Borrowed(file);
    }
    decoded(file, false).map_or(Cow::Borrowed(file), Cow::Owned)
}

/// The signature in a text: in a block of PEM, in base64 behind the head of a message (RFC 8551, 3.2), or in nothing but base64.
/// What is cut off in the middle is decoded as far as it goes.
fn decoded(file: &[u8], is_cut: bool) -> Option<Vec<u8>> {
    let text = text(file, is_cut)?;
    let text = text.trim_start_matches('\u{feff}').trim_end_matches(ENDS_OF_FILE);
    let decode = |body: &str| {
        let octets = body.bytes().filter(|octet| !octet.is_ascii_whitespace());
        // RFC 4648, 5 has two letters of its own.
        let mut body: Vec<u8> = octets
            .map(|octet| match octet {
                b'-' => b'+',
                b'_' => b'/',
                other => other,
            })
            .collect();
        if is_cut && !body.ends_with(b"=") {
            // The last letters may not be all there.
            body.truncate(body.len() - body.len() % 4);
        }
        LENIENT.decode(body).ok().filter(|octets| is_signature(octets))
    };
    let blocks: Vec<&str> = text.split(PEM_BEGIN).skip(1).take(MAX_BLOCKS).collect();
    if !blocks.is_empty() {
        return blocks.into_iter().find_map(|block| {
            let (_, body) = block.split_once("-----")?;
            let body = body.split_once(PEM_END).map_or(body, |(body, _)| body);
            decode(&without_headers(body))
        });
    }
    let behind_head = || {
        let blank_line = text.find("\n\n").or_else(|| text.find("\r\n\r\n"))?;
        let (head, body) = text.split_at(blank_line);
        head.contains(':').then(|| decode(body)).flatten()
    };
    decode(text).or_else(behind_head)
}

/// The body of a block of PEM without headers in front of it (RFC 1421, 4.4), of which each has a colon, as base64 has not.
fn without_headers(body: &str) -> Cow<'_, str> {
    if !body.contains(':') {
        return Cow::Borrowed(body);
    }
    Cow::Owned(body.lines().filter(|line| !line.contains(':')).collect())
}

/// A file as text: UTF-8, or UTF-16 where it says so at its beginning.
pub(super) fn text(file: &[u8], is_cut: bool) -> Option<Cow<'_, str>> {
    let units = |read: fn([u8; 2]) -> u16| {
        let units = file[2..].chunks_exact(2).map(|unit| read([unit[0], unit[1]]));
        let text: Result<String, _> = char::decode_utf16(units).collect();
        text.ok().map(Cow::Owned)
    };
    if file.starts_with(b"\xff\xfe") {
        return units(u16::from_le_bytes);
    }
    if file.starts_with(b"\xfe\xff") {
        return units(u16::from_be_bytes);
    }
    match std::str::from_utf8(file) {
        Ok(text) => Some(Cow::Borrowed(text)),
        Err(error) if is_cut && error.error_len().is_none() => std::str::from_utf8(&file[..error.valid_up_to()])
            .ok()
            .map(Cow::Borrowed),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    fn signature() -> Vec<u8> {
        [
            &[0x30, 0x80, 0x06, 0x09][..],
            &SIGNED_DATA,
            &[0xA0, 0x80, 0, 0, 0, 0, 7],
        ]
        .concat()
    }

    #[test]
    fn a_signature_is_one_in_every_encoding() {
        let der = signature();
        let base64 = STANDARD.encode(&der);
        let lines = |label: &str| format!("-----BEGIN {label}-----\r\n{base64}\r\n-----END {label}-----\r\n");
        for text in [
            base64.clone(),
            format!("\u{feff}{base64}\n"),
            lines("CMS"),
            lines("PKCS7"),
            format!("\n{}", lines("PKCS #7 SIGNED DATA")),
            lines("SIGNED MESSAGE"),
            format!("İmza:\n{}son", lines("CMS")),
            format!("{}{}", lines("CERTIFICATE").replace(&base64, "AAAA"), lines("CMS")),
            lines("PKCS7").replacen("\r\n", "\r\nProc-Type: 4,MIC-CLEAR\r\nX: y\r\n\r\n", 1),
            base64.chars().map(|letter| format!("{letter}\r\n")).collect(),
            base64.trim_end_matches('=').to_owned(),
            format!("{base64}\r\n\u{1a}"),
            base64.replace('+', "-").replace('/', "_"),
            format!("Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n{base64}\r\n"),
        ] {
            assert_eq!(Form::of(text.as_bytes()), Form::Signature, "{text}");
            assert_eq!(octets(text.as_bytes()), der, "{text}");
        }
        for (mark, octets_of) in [
            ([0xFF, 0xFE], u16::to_le_bytes as fn(u16) -> [u8; 2]),
            ([0xFE, 0xFF], u16::to_be_bytes),
        ] {
            let units = lines("CMS").encode_utf16().flat_map(octets_of).collect::<Vec<u8>>();
            let text = [&mark[..], &units].concat();
            assert_eq!(Form::of(&text), Form::Signature);
            assert_eq!(octets(&text), der);
        }
        // Of a whole file nothing is left out, however many letters it has; of a beginning what is not all there.
        for end in 0..4 {
            let der = [&der[..], &vec![7; end]].concat();
            let base64 = STANDARD.encode(&der);
            assert_eq!(octets(base64.trim_end_matches('=').as_bytes()), der);
            assert_eq!(Form::of(&base64.as_bytes()[..base64.len() - end]), Form::Signature);
        }
        let long = [
            &[0x30, 0x84, 0, 0, 0, 0x20, 0x06, 0x82, 0, 9][..],
            &SIGNED_DATA,
            &[0; 8],
        ]
        .concat();
        assert_eq!(Form::of(&long), Form::Signature);
        assert_eq!(Form::of(&der), Form::Signature);
        assert_eq!(octets(&der), der);
        let other = lines("CERTIFICATE").replace(&base64, "MAMCAQE=");
        assert_eq!(Form::of(other.as_bytes()), Form::Pem);
    }

    #[test]
    fn what_is_no_signature_is_told_as_what_it_is() {
        for (file, form) in [
            (&b""[..], Form::Empty),
            (b" \r\n", Form::Empty),
            (b"PK\x03\x04\x14", Form::Container),
            (b"%PDF-1.7\n", Form::Pdf),
            (b"\x00\x00%PDF-1.7\n", Form::Pdf),
            (b"\xef\xbb\xbf<?xml version=\"1.0\"?>", Form::Xml),
            (b"<ds:Signature/>", Form::Xml),
            (b"\xff\xfe<\0?\0", Form::Xml),
            (b"-----BEGIN PRIVATE KEY-----\n", Form::Pem),
            (b"merhaba", Form::Other),
            // EnvelopedData.
            (b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03", Form::Other),
        ] {
            assert_eq!(Form::of(file), form, "{file:02x?}");
        }
    }

    proptest! {
        #[test]
        fn telling_never_panics(file in proptest::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,100}") {
            let _ = (Form::of(&file), octets(&file).len());
            let _ = (Form::of(text.as_bytes()), octets(text.as_bytes()).len());
        }
    }
}
