//! DER, written canonically and read with every element's original octets kept, so that what was signed is verified
//! and never a re-encoding of it. Reading never panics, and its time grows with the input's size alone.

mod reader;
mod time;
mod writer;

pub(crate) use reader::{Element, Reader};
pub(crate) use time::write_time;
pub(crate) use writer::{
    context, element, integer, null, object_identifier, octet_string, sequence, set_of, text, unsigned_integer,
};

/// Identifier octets (X.690, 8.1.2): class, form and number in one, as all of CMS and X.509 fits.
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const NULL: u8 = 0x05;
    pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(crate) const ENUMERATED: u8 = 0x0A;
    pub(crate) const UTF8_STRING: u8 = 0x0C;
    pub(crate) const NUMERIC_STRING: u8 = 0x12;
    pub(crate) const PRINTABLE_STRING: u8 = 0x13;
    pub(crate) const TELETEX_STRING: u8 = 0x14;
    pub(crate) const IA5_STRING: u8 = 0x16;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const VISIBLE_STRING: u8 = 0x1A;
    pub(crate) const UNIVERSAL_STRING: u8 = 0x1C;
    pub(crate) const BMP_STRING: u8 = 0x1E;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
    /// The bit of the constructed form.
    pub(crate) const CONSTRUCTED: u8 = 0x20;

    /// `[number]` in the primitive form.
    pub(crate) const fn context(number: u8) -> u8 {
        0x80 | number
    }

    /// `[number]` in the constructed form.
    pub(crate) const fn context_constructed(number: u8) -> u8 {
        0xA0 | number
    }
}

/// Why octets are not the structure they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DerError {
    /// The octets end in the middle of an element.
    #[error("the octets end too early")]
    Truncated,
    /// A length is not written as the encoding rules want it.
    #[error("a length is malformed")]
    Length,
    /// Another element was expected.
    #[error("an element of tag {found:#04x} is not the one expected")]
    Tag {
        /// The identifier octet found.
        found: u8,
    },
    /// Octets follow where nothing may.
    #[error("octets follow the end")]
    Trailing,
    /// Elements lie too deep within each other.
    #[error("elements are nested too deep")]
    Depth,
    /// The contents of an element do not suit its type.
    #[error("a value is malformed")]
    Value,
    /// There are more elements than are read.
    #[error("there are more elements than are read")]
    Limit,
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use const_oid::ObjectIdentifier;
    use proptest::prelude::*;

    use super::time::{Moment, write_generalized_time};
    use super::*;

    /// Reads everything there is, as deep as it goes, in every type: what a hostile file can make us do.
    fn read_all(mut reader: Reader<'_>) -> usize {
        let mut count = 0;
        while let Ok(element) = reader.read() {
            count += 1;
            let _ = element.unsigned();
            let _ = element.unsigned_integer();
            let _ = element.object_identifier();
            let _ = element.octets();
            let _ = element.bit_string();
            let _ = element.boolean();
            let _ = element.text();
            let _ = element.moment();
            if let Ok(children) = element.children() {
                count += read_all(children);
            }
        }
        count
    }

    proptest! {
        #[test]
        fn reading_never_panics(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
            read_all(Reader::der(&octets));
            read_all(Reader::ber(&octets));
        }

        #[test]
        fn what_is_written_is_read_back(
            number in any::<u64>(),
            octets in proptest::collection::vec(any::<u8>(), 0..70_000),
            words in "[^\\p{C}\\p{Zl}\\p{Zp}]{0,40}",
            seconds in 0_u64..253_402_300_800,
        ) {
            let moment = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            let encoded = sequence(&[
                &integer(number),
                &octet_string(&octets),
                &text(tag::UTF8_STRING, &words),
                &write_time(moment),
                &context(3, &[&unsigned_integer(&octets)]),
            ]);
            for reader in [Reader::der(&encoded), Reader::ber(&encoded)] {
                let mut reader = reader;
                let outer = reader.expect(tag::SEQUENCE).unwrap();
                prop_assert!(reader.finish().is_ok());
                prop_assert_eq!(outer.encoded(), encoded.as_slice());
                let mut parts = outer.children().unwrap();
                prop_assert_eq!(parts.expect(tag::INTEGER).unwrap().unsigned().unwrap(), number);
                prop_assert_eq!(parts.expect(tag::OCTET_STRING).unwrap().octets().unwrap().into_owned(), octets.clone());
                prop_assert_eq!(parts.expect(tag::UTF8_STRING).unwrap().text().unwrap(), words.clone());
                let time = parts.read().unwrap();
                prop_assert_eq!(time.moment().unwrap(), Moment { time: moment, has_fraction: false });
                let mut inner = parts.expect(tag::context_constructed(3)).unwrap().children().unwrap();
                let value = inner.expect(tag::INTEGER).unwrap();
                let significant: Vec<u8> = octets.iter().copied().skip_while(|octet| *octet == 0).collect();
                prop_assert_eq!(value.unsigned_integer().unwrap(), significant.as_slice());
                prop_assert!(parts.finish().is_ok());
            }
        }

        #[test]
        fn der_that_is_cut_short_is_refused(octets in proptest::collection::vec(any::<u8>(), 1..400), cut in 0.0..1.0_f64) {
            let encoded = octet_string(&octets);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss,
                     reason = "a place within the encoding")]
            let length = (encoded.len() as f64 * cut) as usize;
            prop_assert!(Reader::der(&encoded[..length]).read().is_err());
        }
    }

    #[test]
    fn indefinite_lengths_are_read_in_ber_alone_and_keep_their_octets() {
        // SEQUENCE (indefinite) { OCTET STRING (indefinite) { "ab", "c" }, INTEGER 5 }
        let encoded = [
            0x30, 0x80, 0x24, 0x80, 4, 2, b'a', b'b', 4, 1, b'c', 0, 0, 2, 1, 5, 0, 0,
        ];
        assert_eq!(Reader::der(&encoded).read().unwrap_err(), DerError::Length);
        let mut reader = Reader::ber(&encoded);
        let outer = reader.expect(tag::SEQUENCE).unwrap();
        assert_eq!(outer.encoded(), encoded);
        reader.finish().unwrap();
        let mut parts = outer.children().unwrap();
        let octets = parts.read().unwrap();
        assert_eq!(octets.encoded(), &encoded[2..13]);
        assert_eq!(octets.octets().unwrap().as_ref(), b"abc");
        assert_eq!(parts.read().unwrap().unsigned().unwrap(), 5);
        parts.finish().unwrap();
    }

    #[test]
    fn nesting_is_bounded() {
        let mut definite = integer(1);
        for _ in 0..200 {
            definite = sequence(&[&definite]);
        }
        assert!(read_all(Reader::der(&definite)) < 100);
        let indefinite: Vec<u8> = [0x30, 0x80].repeat(50_000);
        assert_eq!(Reader::ber(&indefinite).read().unwrap_err(), DerError::Depth);
    }

    #[test]
    fn lengths_that_der_forbids_are_refused() {
        for encoded in [
            &[4, 0x81, 1, 0][..],
            &[4, 0x82, 0, 1, 0],
            &[4, 0x80, 0, 0],
            &[4, 0xFF],
            &[4, 0x89, 1, 1, 1, 1, 1, 1, 1, 1, 1],
        ] {
            assert!(Reader::der(encoded).read().is_err(), "{encoded:02x?}");
        }
        for encoded in [&[2, 0][..], &[2, 2, 0, 1], &[2, 2, 0xFF, 0x80]] {
            assert!(
                Reader::der(encoded).read().unwrap().unsigned_integer().is_err(),
                "{encoded:02x?}"
            );
        }
    }

    #[test]
    fn sets_are_sorted_by_their_encodings_padded_with_zeros() {
        let elements = vec![vec![4, 2, 1, 1], vec![4, 1, 9], vec![2, 1, 0], vec![4, 2, 1, 0]];
        assert_eq!(
            set_of(tag::SET, elements),
            [0x31, 14, 2, 1, 0, 4, 1, 9, 4, 2, 1, 0, 4, 2, 1, 1]
        );
    }

    #[test]
    fn times_are_written_as_rfc_5280_wants_them_and_fractions_are_read() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        assert_eq!(write_time(at(0)), b"\x17\x0d700101000000Z");
        assert_eq!(write_time(at(2_524_607_999)), b"\x17\x0d491231235959Z");
        assert_eq!(write_time(at(2_524_608_000)), b"\x18\x0f20500101000000Z");
        assert_eq!(write_generalized_time(at(1_583_020_799)), b"\x18\x0f20200229235959Z");
        let fraction = Reader::der(b"\x18\x1320200229235959.25Z").read();
        assert_eq!(fraction.unwrap_err(), DerError::Truncated);
        let fraction = Reader::der(b"\x18\x1220200229235959.25Z")
            .read()
            .unwrap()
            .moment()
            .unwrap();
        assert_eq!(fraction.time, at(1_583_020_799) + Duration::from_millis(250));
        assert!(fraction.has_fraction);
        for malformed in [
            &b"\x17\x0b7001010000Z"[..],
            b"\x17\x0d701301000000Z",
            b"\x17\x0d700230000000Z",
            b"\x17\x0d700101240000Z",
            b"\x18\x0f20200229235959+",
            b"\x18\x1020200229235959.Z",
        ] {
            assert!(
                Reader::der(malformed).read().unwrap().moment().is_err(),
                "{malformed:02x?}"
            );
        }
    }

    #[test]
    fn texts_of_every_string_type_are_read() {
        for (encoded, expected) in [
            (&b"\x0c\x02\xc5\x9f"[..], "ş"),
            (b"\x12\x021 ", "1 "),
            (b"\x13\x01A", "A"),
            (b"\x14\x01\xfc", "ü"),
            (b"\x16\x01a", "a"),
            (b"\x1e\x02\x01\x5f", "ş"),
            (b"\x1c\x04\x00\x00\x01\x5f", "ş"),
        ] {
            assert_eq!(Reader::der(encoded).read().unwrap().text().unwrap(), expected);
        }
        for malformed in [
            &b"\x0c\x01\xff"[..],
            b"\x16\x01\xff",
            b"\x12\x01A",
            b"\x1e\x01a",
            b"\x1e\x02\xd8\x00",
            b"\x04\x01a",
        ] {
            assert!(Reader::der(malformed).read().unwrap().text().is_err());
        }
        let oid = ObjectIdentifier::new_unwrap("2.16.792.1.61.0.1.5070.1.1");
        assert_eq!(
            Reader::der(&object_identifier(oid))
                .read()
                .unwrap()
                .object_identifier()
                .unwrap(),
            oid
        );
    }
}
