//! Curves that a certificate spells out instead of naming them (SEC 1, C.2): taken for the curve they are where every number
//! is that curve's own, and for none otherwise.
//!
//! Numbers that are almost those of a curve are a known way to forge signatures: nothing is left uncompared.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912;

use crate::der::{DerError, Reader, tag};

/// `prime-field`.
const PRIME_FIELD: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.1.1");

/// The numbers of a curve y² = x³ + ax + b over a prime field, with cofactor 1 (FIPS 186-4, D.1.2), each as hexadecimal digits
/// of the field's length.
struct Curve {
    name: ObjectIdentifier,
    octets: usize,
    p: &'static str,
    a: &'static str,
    b: &'static str,
    x: &'static str,
    y: &'static str,
    n: &'static str,
}

const CURVES: [Curve; 3] = [
    Curve {
        name: rfc5912::SECP_256_R_1,
        octets: 32,
        p: "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        a: "ffffffff00000001000000000000000000000000fffffffffffffffffffffffc",
        b: "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
        x: "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
        y: "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        n: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    },
    Curve {
        name: rfc5912::SECP_384_R_1,
        octets: 48,
        p: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000\
            ffffffff",
        a: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000\
            fffffffc",
        b: "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8ed\
            d3ec2aef",
        x: "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e38\
            72760ab7",
        y: "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c\
            90ea0e5f",
        n: "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196a\
            ccc52973",
    },
    Curve {
        name: rfc5912::SECP_521_R_1,
        octets: 66,
        p: "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
            ffffffffffffffffffffffffffffffffffffffffffff",
        a: "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
            fffffffffffffffffffffffffffffffffffffffffffc",
        b: "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652\
            c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
        x: "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1d\
            c127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66",
        y: "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550\
            b9013fad0761353c7086a272c24088be94769fd16650",
        n: "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc\
            0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
    },
];

/// The name of the curve that the contents of a `SpecifiedECDomain` describe.
///
/// `SpecifiedECDomain ::= SEQUENCE { version INTEGER, fieldID SEQUENCE { fieldType OBJECT IDENTIFIER, prime INTEGER },
///     curve SEQUENCE { a OCTET STRING, b OCTET STRING, seed BIT STRING OPTIONAL }, base OCTET STRING, order INTEGER,
///     cofactor INTEGER OPTIONAL, hash SEQUENCE OPTIONAL }` (SEC 1, C.2). The seed tells where a and b come from and takes
/// no part in any signature.
pub(super) fn of_parameters(domain: Reader<'_>) -> Option<ObjectIdentifier> {
    read(domain).ok().flatten()
}

fn read(mut parts: Reader<'_>) -> Result<Option<ObjectIdentifier>, DerError> {
    let version = parts.expect(tag::INTEGER)?.unsigned()?;
    let mut field = parts.expect(tag::SEQUENCE)?.children()?;
    let kind = field.expect(tag::OBJECT_IDENTIFIER)?.object_identifier()?;
    let prime = field.expect(tag::INTEGER)?.unsigned_integer()?;
    field.finish()?;
    let mut curve = parts.expect(tag::SEQUENCE)?.children()?;
    let a = curve.expect(tag::OCTET_STRING)?.octets()?;
    let b = curve.expect(tag::OCTET_STRING)?.octets()?;
    curve.optional(tag::BIT_STRING)?;
    curve.finish()?;
    let base = parts.expect(tag::OCTET_STRING)?.octets()?;
    let order = parts.expect(tag::INTEGER)?.unsigned_integer()?;
    let cofactor = parts
        .optional(tag::INTEGER)?
        .map(|cofactor| cofactor.unsigned())
        .transpose()?;
    parts.optional(tag::SEQUENCE)?;
    parts.finish()?;
    if !(1..=3).contains(&version) || kind != PRIME_FIELD || cofactor.is_some_and(|cofactor| cofactor != 1) {
        return Ok(None);
    }
    let is = |curve: &&Curve| {
        is_number(prime, curve.p)
            && is_number(&a, curve.a)
            && is_number(&b, curve.b)
            && is_number(order, curve.n)
            && is_base(&base, curve)
    };
    Ok(CURVES.iter().find(is).map(|curve| curve.name))
}

/// The base point, whole (04) or with the sign of y alone (02 or 03).
fn is_base(point: &[u8], curve: &Curve) -> bool {
    let Some((form, coordinates)) = point.split_first() else {
        return false;
    };
    let Some((x, y)) = coordinates.split_at_checked(curve.octets) else {
        return false;
    };
    let odd = curve.y.ends_with(['1', '3', '5', '7', '9', 'b', 'd', 'f']);
    is_number(x, curve.x)
        && match form {
            0x04 => y.len() == curve.octets && is_number(y, curve.y),
            0x02 => y.is_empty() && !odd,
            0x03 => y.is_empty() && odd,
            _ => false,
        }
}

/// Whether octets are this number, leading zeros aside.
fn is_number(octets: &[u8], digits: &str) -> bool {
    let found: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    found.trim_start_matches('0') == digits.trim_start_matches('0')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::Element;

    /// What OpenSSL 3 writes for each curve: `openssl ecparam -name … -param_enc explicit -outform DER`.
    const WRITTEN: [(ObjectIdentifier, &str); 3] = [
        (
            rfc5912::SECP_256_R_1,
            "3081f7020101302c06072a8648ce3d0101022100ffffffff00000001000000000000000000000000ffffffffffffffff\
             ffffffff305b0420ffffffff00000001000000000000000000000000fffffffffffffffffffffffc04205ac635d8aa3a\
             93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b031500c49d360886e704936a6678e1139d26b7819f7e\
             900441046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a\
             7c0f9e162bce33576b315ececbb6406837bf51f5022100ffffffff00000000ffffffffffffffffbce6faada7179e84f3\
             b9cac2fc632551020101",
        ),
        (
            rfc5912::SECP_384_R_1,
            "30820157020101303c06072a8648ce3d0101023100ffffffffffffffffffffffffffffffffffffffffffffffffffffff\
             fffffffffeffffffff0000000000000000ffffffff307b0430ffffffffffffffffffffffffffffffffffffffffffffff\
             fffffffffffffffffeffffffff0000000000000000fffffffc0430b3312fa7e23ee7e4988e056be3f82d19181d9c6efe\
             8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef031500a335926aa319a27a1d00896a6773a4827acd\
             ac73046104aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e\
             3872760ab73617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d\
             7c90ea0e5f023100ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77a\
             ecec196accc52973020101",
        ),
        (
            rfc5912::SECP_521_R_1,
            "308201c3020101304d06072a8648ce3d0101024201ffffffffffffffffffffffffffffffffffffffffffffffffffffff\
             ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff30819f044201ffffffff\
             ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
             fffffffffffffffffffffffffc04420051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109\
             e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00031500d09e8800291cb85396cc6717\
             393284aaa0da64ba0481850400c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b\
             5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66011839296a789a3bc0045c8a5fb42c7d1bd9\
             98f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650\
             024201fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148\
             f709a5d03bb5c9b8899c47aebb6fb71e91386409020101",
        ),
    ];

    fn octets(digits: &str) -> Vec<u8> {
        let pairs = digits.as_bytes().chunks(2);
        pairs
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    fn curve(der: &[u8]) -> Option<ObjectIdentifier> {
        of_parameters(Element::parse(der, tag::SEQUENCE).ok()?.children().ok()?)
    }

    #[test]
    fn a_curve_is_known_by_its_numbers() {
        for (name, written) in WRITTEN {
            assert_eq!(curve(&octets(written)), Some(name));
        }
    }

    #[test]
    fn a_curve_with_any_other_octet_is_none_but_for_its_seed() {
        for (name, written) in WRITTEN {
            let whole = octets(written);
            let seed = [0x03, 0x15, 0x00];
            let seed = whole.windows(3).position(|window| window == seed).unwrap();
            let seed = seed + 2..seed + 3 + 20;
            // The last octet of a and the version have other values that mean the same or are allowed.
            let version = if whole[1] == 0x81 { 5 } else { 6 };
            for place in 0..whole.len() {
                for change in [0x01, 0x80] {
                    let mut other = whole.clone();
                    other[place] ^= change;
                    let expected = seed.contains(&place).then_some(name);
                    let allowed = place == version && (1..=3).contains(&other[place]);
                    assert!(curve(&other) == expected || allowed, "octet {place} of {name}");
                }
            }
        }
    }

    #[test]
    fn a_base_point_may_be_compressed_and_the_cofactor_and_seed_left_out() {
        let base = "0441046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296\
                    4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
        let written = WRITTEN[0].1;
        let seed = "031500c49d360886e704936a6678e1139d26b7819f7e90";
        assert!(written.contains(base) && written.contains(seed));
        let compressed = |form: &str| {
            let short = format!("0421{form}{}", &base[6..6 + 64]);
            let shorter = written.replace(base, &short).replace("3081f7", "3081d7");
            curve(&octets(&shorter))
        };
        assert_eq!(compressed("03"), Some(WRITTEN[0].0));
        assert_eq!(compressed("02"), None, "the other point of that x");
        let bare = written
            .replace(seed, "")
            .replace("305b0420", "30440420")
            .replace("3081f7", "3081dd");
        let bare = bare.strip_suffix("020101").unwrap();
        assert_eq!(curve(&octets(bare)), Some(WRITTEN[0].0));
    }
}
