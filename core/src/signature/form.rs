//! What a file is, told by its octets alone, whatever it is called.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::MAX_SIGNATURE_SIZE;

/// What is looked at of a file to tell what it is.
pub const BEGINNING: u64 = 1 << 12;
/// Where id-signedData stands in a ContentInfo: behind at most a header of this many octets.
const MAX_HEADER: usize = 12;
/// `id-signedData` with its identifier and length (RFC 5652, 5.1).
const SIGNED_DATA: [u8; 11] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];
/// A text of more octets than that is no signature in base64.
const MAX_TEXT: u64 = MAX_SIGNATURE_SIZE / 3 * 4 + (1 << 20);
const PEM_BEGIN: &str = "-----BEGIN ";
/// The labels that a signature has in PEM (RFC 7468, 8, 9; the last is what Netscape wrote, and others after it).
const LABELS: [&str; 3] = ["CMS", "PKCS7", "PKCS #7 SIGNED DATA"];
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
        if is_signature(beginning) || is_signature(&octets(beginning)) {
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
    let beginning = &octets[..octets.len().min(MAX_HEADER + SIGNED_DATA.len())];
    beginning.first() == Some(&0x30) && windows_have(beginning, &SIGNED_DATA)
}

/// The octets of a signature file in DER or BER: decoded where it is PEM or base64, and otherwise as they are. What is cut
/// off in the middle is decoded as far as it goes.
pub(super) fn octets(file: &[u8]) -> Cow<'_, [u8]> {
    if file.len() as u64 > MAX_TEXT || file.first().is_none_or(|first| *first == 0x30 && !file.is_ascii()) {
        return Cow::Borrowed(file);
    }
    decoded(file).map_or(Cow::Borrowed(file), Cow::Owned)
}

fn decoded(file: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(file).ok()?;
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let body = match text.strip_prefix(PEM_BEGIN) {
        Some(rest) => {
            let (label, rest) = rest.split_once("-----")?;
            if !LABELS.contains(&label) {
                return None;
            }
            rest.split_once("-----END ").map_or(rest, |(body, _)| body)
        }
        None => text,
    };
    let mut body: Vec<u8> = body.bytes().filter(|octet| !octet.is_ascii_whitespace()).collect();
    // Of what is looked at the beginning alone, the last letters may not be all there.
    if !body.ends_with(b"=") {
        body.truncate(body.len() - body.len() % 4);
    }
    LENIENT.decode(body).ok()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    fn signature() -> Vec<u8> {
        [&[0x30, 0x80][..], &SIGNED_DATA, &[0xA0, 0x80, 0, 0, 0, 0, 7]].concat()
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
        ] {
            assert_eq!(Form::of(text.as_bytes()), Form::Signature, "{text}");
            assert_eq!(octets(text.as_bytes()), der, "{text}");
        }
        assert_eq!(Form::of(&der), Form::Signature);
        assert_eq!(octets(&der), der);
        assert_eq!(Form::of(lines("CERTIFICATE").as_bytes()), Form::Pem);
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
