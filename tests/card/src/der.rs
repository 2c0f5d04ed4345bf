//! Writes the DER that the files of a card are made of.

/// An object with a tag of one octet.
pub(crate) fn object(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let mut octets = vec![tag];
    octets.extend(length(value.len()));
    octets.extend(value);
    octets
}

/// SEQUENCE.
pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    object(0x30, parts)
}

/// INTEGER of a number that is not negative.
pub(crate) fn integer(number: u32) -> Vec<u8> {
    object(0x02, &[&integer_value(number)])
}

/// The value octets of an INTEGER that is not negative.
pub(crate) fn integer_value(number: u32) -> Vec<u8> {
    let octets = number.to_be_bytes();
    let start = octets.iter().take(3).take_while(|octet| **octet == 0).count();
    let mut value = octets[start..].to_vec();
    if value[0] & 0x80 != 0 {
        value.insert(0, 0);
    }
    value
}

/// OCTET STRING.
pub(crate) fn octet_string(octets: &[u8]) -> Vec<u8> {
    object(0x04, &[octets])
}

/// UTF8String.
pub(crate) fn utf8_string(text: &str) -> Vec<u8> {
    object(0x0C, &[text.as_bytes()])
}

/// BIT STRING with named bits: those listed are set, and the string ends with the last of them.
pub(crate) fn named_bits(bits: &[usize]) -> Vec<u8> {
    let last = bits.iter().copied().max().unwrap_or(0);
    let mut octets = vec![0_u8; last / 8 + 1];
    for bit in bits {
        octets[bit / 8] |= 0x80 >> (bit % 8);
    }
    let unused = octets[last / 8].trailing_zeros().min(7);
    object(0x03, &[&[u8::try_from(unused).expect("at most seven")], &octets])
}

fn length(length: usize) -> Vec<u8> {
    let octets = length.to_be_bytes();
    let start = octets.iter().take_while(|octet| **octet == 0).count();
    match &octets[start..] {
        [] => vec![0],
        [short] if *short < 0x80 => vec![*short],
        long => [&[0x80 | u8::try_from(long.len()).expect("at most eight")], long].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_bits_end_with_the_last_one_set() {
        assert_eq!(named_bits(&[2, 9]), [0x03, 0x03, 0x06, 0x20, 0x40]);
        assert_eq!(named_bits(&[1]), [0x03, 0x02, 0x06, 0x40]);
    }

    #[test]
    fn numbers_and_lengths_are_minimal() {
        assert_eq!(integer(0), [2, 1, 0]);
        assert_eq!(integer(0x81), [2, 2, 0, 0x81]);
        assert_eq!(integer(2048), [2, 2, 8, 0]);
        assert_eq!(object(0x04, &[&[0; 200]])[..3], [0x04, 0x81, 200]);
        assert_eq!(object(0x04, &[&[0; 256]])[..4], [0x04, 0x82, 1, 0]);
    }
}
