//! The objects of a PKCS#15 application as values (ISO/IEC 7816-15:2016, 8): octets in, values out, no I/O.
//!
//! An object that cannot be understood is passed over: a card has to be usable with objects we do not know beside ours.

use serde::{Deserialize, Serialize};

use crate::card::algorithm_info::AlgorithmInfo;
use crate::card::file::Path;
use crate::card::iso7816::sequence;
use crate::card::tlv::{self, Tlv, tag};
use crate::writing::shown;

/// The most objects taken from one directory file.
pub(super) const MOST_OBJECTS: usize = 64;
/// The most authentication objects that one object is under.
const MOST_AUTHORITIES: usize = 4;
/// How deep conditions for using a key may be put together.
const MOST_CONDITIONS: u8 = 3;
/// Key usage flags (ISO/IEC 7816-15:2016, 8.4.1): the bit numbers of the string.
const USAGE_SIGN: u32 = 1 << 2;
const USAGE_NON_REPUDIATION: u32 = 1 << 9;
/// Common object flag: private.
const FLAG_PRIVATE: u32 = 1;
/// Access modes of keys (ISO/IEC 7816-15:2016, 8.2.8): execute, the security operation "compute digital signature", and
/// INTERNAL AUTHENTICATE. Each of them lets a key be used.
const ACCESS_EXECUTE: u32 = 1 << 2;
const ACCESS_SIGN: u32 = 1 << 5;
const ACCESS_AUTHENTICATE: u32 = 1 << 9;
const ACCESS_USE: u32 = ACCESS_EXECUTE | ACCESS_SIGN | ACCESS_AUTHENTICATE;

/// Where the value of an object is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Value {
    /// In a file, or in a part of one.
    At(Reference),
    /// In the directory itself.
    Here(Vec<u8>),
}

impl Value {
    /// A whole file.
    pub(super) fn whole(path: &Path) -> Self {
        Self::At(Reference {
            path: path.clone(),
            part: None,
        })
    }
}

/// A file or a part of one: `Path { efidOrPath, index, length }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reference {
    /// The file.
    pub(super) path: Path,
    /// Where the part begins, in octets, and how long it is; `None` for the whole file.
    pub(super) part: Option<(usize, usize)>,
}

/// One entry of the object directory file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DirectoryEntry {
    /// What kind of objects are there.
    pub(super) kind: DirectoryKind,
    /// The objects, or where they are.
    pub(super) value: Value,
}

/// The kinds of directory that signing needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DirectoryKind {
    /// PrKDF.
    PrivateKeys,
    /// CDF.
    Certificates,
    /// AODF.
    AuthenticationObjects,
}

/// TokenInfo, the parts of it that signing needs (ISO/IEC 7816-15:2016, 8.10).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TokenInfo {
    /// The serial number; empty where there is none.
    pub(super) serial: Vec<u8>,
    /// The name of the card.
    pub(super) label: String,
    /// The algorithms the card says it can sign with.
    pub(super) algorithms: Vec<AlgorithmInfo>,
}

/// A private key of the PrKDF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PrivateKey {
    pub(super) label: String,
    pub(super) identifier: Vec<u8>,
    pub(super) pin_identifier: Option<Vec<u8>>,
    /// Whether it signs by INTERNAL AUTHENTICATE.
    pub(super) authenticates: bool,
    pub(super) signs: bool,
    pub(super) non_repudiation: bool,
    pub(super) elliptic: bool,
    pub(super) modulus_bits: Option<u32>,
    pub(super) reference: Option<u8>,
    pub(super) algorithms: Vec<u32>,
    pub(super) path: Option<Path>,
}

/// A certificate of the CDF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CertificateObject {
    pub(super) label: String,
    pub(super) identifier: Vec<u8>,
    pub(super) authority: bool,
    pub(super) value: Value,
}

/// The objects one after another, up to the padding of the file.
pub(super) fn objects(octets: &[u8]) -> impl Iterator<Item = Tlv<'_>> {
    let mut rest = octets;
    std::iter::from_fn(move || {
        if matches!(rest.first(), None | Some(0x00 | 0xFF)) {
            return None;
        }
        let object = tlv::first(rest).ok()?;
        rest = rest.get(object.encoded.len()..).unwrap_or_default();
        Some(object)
    })
    .take(MOST_OBJECTS)
}

/// Reads the object directory file.
pub(super) fn directory_entries(octets: &[u8]) -> Vec<DirectoryEntry> {
    let entry = |object: Tlv<'_>| {
        let kind = match object.tag {
            0xA0 => DirectoryKind::PrivateKeys,
            0xA4..=0xA6 => DirectoryKind::Certificates,
            0xA8 => DirectoryKind::AuthenticationObjects,
            _ => return None,
        };
        let content = tlv::first(object.value).ok()?;
        let value = match content.tag {
            tag::SEQUENCE => Value::At(reference(content)?),
            0xA0 => Value::Here(content.value.to_vec()),
            _ => return None,
        };
        Some(DirectoryEntry { kind, value })
    };
    objects(octets).filter_map(entry).collect()
}

/// Whether a file that begins so is an object directory file; `None` where more of it is needed to tell.
pub(super) fn is_object_directory(octets: &[u8]) -> Option<bool> {
    Some(octets.first().is_some_and(|tag| (0xA0..=0xA8).contains(tag)))
}

/// Whether a file that begins so is a TokenInfo: that begins with its version, as neither a certificate nor an object of a
/// directory does.
pub(super) fn is_token_info(octets: &[u8]) -> Option<bool> {
    Some(tlv::begun_value(octets, tag::SEQUENCE)?.first().copied().map(u32::from) == Some(tag::INTEGER))
}

/// Whether a file that begins so is a directory file of this kind, by what its objects must have and those of the others
/// do not.
pub(super) fn is_directory_of(kind: DirectoryKind, octets: &[u8]) -> Option<bool> {
    let fits = |object: Tlv<'_>| {
        let parts = Parts::of(object)?;
        let has_usage = parts.class.children().find(tag::BIT_STRING).is_some();
        Some(match kind {
            DirectoryKind::PrivateKeys => has_usage,
            DirectoryKind::Certificates => {
                let named = parts.class.children().find(tag::OCTET_STRING).is_some();
                named && !has_usage && !is_authentication(&parts)
            }
            DirectoryKind::AuthenticationObjects => is_authentication(&parts),
        })
    };
    let mut judged = objects(octets).map(|object| fits(object) == Some(true)).peekable();
    judged.peek()?;
    Some(judged.any(|fits| fits))
}

/// Whether an object has the attributes of a PIN: flags and a type.
fn is_authentication(parts: &Parts<'_>) -> bool {
    let attributes = sequence(parts.attributes.value);
    attributes.is_some_and(|attributes| attributes.children().find(tag::ENUMERATED).is_some())
}

/// Reads TokenInfo.
pub(super) fn token_info(octets: &[u8]) -> Option<TokenInfo> {
    let whole = sequence(octets)?;
    let find = |tag| whole.children().find(tag);
    let algorithm = |object: Tlv<'_>| {
        let numbers: Vec<Tlv<'_>> = object
            .children()
            .flatten()
            .filter(|field| field.tag == tag::INTEGER)
            .collect();
        Some(AlgorithmInfo {
            reference: numbers.first()?.number()?,
            mechanism: numbers.get(1)?.number()?,
            card_reference: numbers.get(2).and_then(Tlv::reference),
        })
    };
    Some(TokenInfo {
        serial: find(tag::OCTET_STRING)
            .map(|object| object.value.to_vec())
            .unwrap_or_default(),
        label: find(0x80).map(|object| text(object.value)).unwrap_or_default(),
        algorithms: find(0xA2)
            .map(|list| {
                list.children()
                    .flatten()
                    .filter_map(algorithm)
                    .take(MOST_OBJECTS)
                    .collect()
            })
            .unwrap_or_default(),
    })
}

/// Reads a PrKDF.
pub(super) fn private_keys(octets: &[u8]) -> Vec<PrivateKey> {
    let key = |object: Tlv<'_>| {
        let elliptic = match object.tag {
            tag::SEQUENCE => false,
            0xA0 => true,
            _ => return None,
        };
        let parts = Parts::of(object)?;
        let common = parts.common();
        let mut fields = parts.class.children().flatten();
        let identifier = fields
            .next()
            .filter(|field| field.tag == tag::OCTET_STRING)?
            .value
            .to_vec();
        let fields: Vec<Tlv<'_>> = fields.collect();
        let find = |tag| fields.iter().find(|field| field.tag == tag);
        let usage = find(tag::BIT_STRING).map_or(0, Tlv::flags);
        let attributes = sequence(parts.attributes.value).unwrap_or(parts.attributes);
        Some(PrivateKey {
            label: common.label,
            identifier,
            pin_identifier: common.pin_identifier,
            authenticates: common.authenticates,
            signs: usage & (USAGE_SIGN | USAGE_NON_REPUDIATION) != 0,
            non_repudiation: usage & USAGE_NON_REPUDIATION != 0,
            elliptic,
            modulus_bits: attributes
                .children()
                .find(tag::INTEGER)
                .and_then(|field| field.number()),
            reference: find(tag::INTEGER).and_then(Tlv::reference),
            algorithms: find(0xA1)
                .map(|list| {
                    list.children()
                        .flatten()
                        .filter_map(|number| number.number())
                        .take(MOST_OBJECTS)
                        .collect()
                })
                .unwrap_or_default(),
            path: attributes
                .children()
                .find(tag::SEQUENCE)
                .and_then(reference)
                .map(|reference| reference.path),
        })
    };
    objects(octets).filter_map(key).collect()
}

/// Reads a CDF: its X.509 certificates.
pub(super) fn certificates(octets: &[u8]) -> Vec<CertificateObject> {
    let certificate = |object: Tlv<'_>| {
        if object.tag != tag::SEQUENCE {
            return None;
        }
        let parts = Parts::of(object)?;
        let find = |tag| parts.class.children().find(tag);
        let value = sequence(parts.attributes.value)?.children().flatten().next()?;
        let value = match value.tag {
            tag::SEQUENCE => Value::At(reference(value)?),
            0xA0 => Value::Here(direct_certificate(value)),
            _ => return None,
        };
        Some(CertificateObject {
            label: parts.common().label,
            identifier: find(tag::OCTET_STRING)?.value.to_vec(),
            authority: find(tag::BOOLEAN).is_some_and(|field| field.value.iter().any(|octet| *octet != 0)),
            value,
        })
    };
    objects(octets).filter_map(certificate).collect()
}

/// `PKCS15Object`: common attributes, class attributes, subclass attributes `[0]`, type attributes `[1]`.
pub(super) struct Parts<'a> {
    common: Tlv<'a>,
    pub(super) class: Tlv<'a>,
    pub(super) attributes: Tlv<'a>,
}

/// What of the common object attributes matters here.
pub(super) struct Common {
    pub(super) label: String,
    pin_identifier: Option<Vec<u8>>,
    /// Whether the access rules know INTERNAL AUTHENTICATE and neither a signature nor just any use.
    authenticates: bool,
}

impl<'a> Parts<'a> {
    pub(super) fn of(object: Tlv<'a>) -> Option<Self> {
        let mut fields = object.children().flatten();
        let common = fields.next().filter(|field| field.tag == tag::SEQUENCE)?;
        let class = fields.next().filter(|field| field.tag == tag::SEQUENCE)?;
        let attributes = fields.find(|field| field.tag == 0xA1)?;
        Some(Self {
            common,
            class,
            attributes,
        })
    }

    /// The authentication objects that the object is under: the one that its attributes name, and those of its access rules,
    /// whatever they are for.
    pub(super) fn authorities(&self) -> Vec<Vec<u8>> {
        let find = |tag| self.common.children().find(tag);
        let named = find(tag::OCTET_STRING).map(|field| field.value.to_vec());
        let rules = find(tag::SEQUENCE);
        let rules = rules.iter().flat_map(|rules| rules.children().flatten());
        let by_rule = rules.flat_map(|rule| rule.children().flatten().collect::<Vec<_>>());
        let by_rule = by_rule.filter_map(|condition| pin_of_condition(condition, MOST_CONDITIONS));
        named.into_iter().chain(by_rule).take(MOST_AUTHORITIES).collect()
    }

    pub(super) fn common(&self) -> Common {
        let find = |tag| self.common.children().find(tag);
        let private = find(tag::BIT_STRING).is_some_and(|field| field.flags() & FLAG_PRIVATE != 0);
        let by_rule = || find(tag::SEQUENCE).and_then(pin_of_access_rules);
        Common {
            label: find(tag::UTF8_STRING)
                .map(|field| text(field.value))
                .unwrap_or_default(),
            pin_identifier: find(tag::OCTET_STRING)
                .map(|field| field.value.to_vec())
                .or_else(|| private.then(by_rule).flatten()),
            authenticates: find(tag::SEQUENCE).is_some_and(|rules| {
                let modes = rules.children().flatten().map(access_modes);
                let modes = modes.fold(0, |all, modes| all | modes);
                modes & ACCESS_AUTHENTICATE != 0 && modes & (ACCESS_SIGN | ACCESS_EXECUTE) == 0
            }),
        }
    }
}

/// The modes that an access rule is for.
fn access_modes(rule: Tlv<'_>) -> u32 {
    rule.children().find(tag::BIT_STRING).map_or(0, |modes| modes.flags())
}

/// The PIN that the access rules ask for where the key is used.
fn pin_of_access_rules(rules: Tlv<'_>) -> Option<Vec<u8>> {
    rules.children().flatten().find_map(|rule| {
        if access_modes(rule) & ACCESS_USE == 0 {
            return None;
        }
        rule.children()
            .flatten()
            .find_map(|condition| pin_of_condition(condition, MOST_CONDITIONS))
    })
}

/// The first PIN in a condition: itself, or in what `and [2]` and `or [3]` put together (ISO/IEC 7816-15:2016, 8.2.8).
fn pin_of_condition(condition: Tlv<'_>, depth: u8) -> Option<Vec<u8>> {
    match condition.tag {
        tag::OCTET_STRING => Some(condition.value.to_vec()),
        0xA2 | 0xA3 => {
            let depth = depth.checked_sub(1)?;
            condition
                .children()
                .flatten()
                .find_map(|part| pin_of_condition(part, depth))
        }
        _ => None,
    }
}

/// `Path ::= SEQUENCE { efidOrPath OCTET STRING, index INTEGER OPTIONAL, length [0] INTEGER OPTIONAL }`
pub(super) fn reference(object: Tlv<'_>) -> Option<Reference> {
    let find = |tag| object.children().find(tag);
    let number = |tag| find(tag).and_then(|field| usize::try_from(field.number()?).ok());
    Some(Reference {
        path: Path::parse(find(tag::OCTET_STRING)?.value)?,
        part: number(tag::INTEGER).zip(number(0x80)),
    })
}

/// A certificate given in place: `[0]` around it, explicitly or instead of its own tag.
fn direct_certificate(value: Tlv<'_>) -> Vec<u8> {
    match sequence(value.value) {
        Some(inner) if inner.encoded.len() == value.value.len() => inner.encoded.to_vec(),
        _ => {
            let mut octets = value.encoded.to_vec();
            if let Some(first) = octets.first_mut() {
                *first = 0x30;
            }
            octets
        }
    }
}

/// A label as it may be shown.
pub(super) fn text(octets: &[u8]) -> String {
    shown(String::from_utf8_lossy(octets).trim_matches(['\0', ' ']))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The CDF of a card of the OsEID family, from a recorded conversation; its first entry.
    const CDF: &str = "3023300E0C086365727420727361030206403003040101A10C300A300804063F00501543010000";

    fn object(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let value = parts.concat();
        [&[tag, u8::try_from(value.len()).unwrap()], value.as_slice()].concat()
    }

    fn octets(hex: &str) -> Vec<u8> {
        hex.as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    #[test]
    fn a_recorded_cdf_gives_the_certificate_and_where_it_is() {
        let certificates = certificates(&octets(CDF));
        let [certificate] = certificates.as_slice() else {
            panic!("{certificates:?}")
        };
        assert_eq!((certificate.label.as_str(), certificate.authority), ("cert rsa", false));
        let Value::At(reference) = &certificate.value else {
            panic!()
        };
        assert_eq!(Some(&reference.path), Path::parse(&octets("3F0050154301")).as_ref());
    }

    #[test]
    fn a_key_without_authentication_identifier_takes_the_pin_of_its_access_rules() {
        let pin = object(0x04, &[&[7]]);
        let external = object(0xA0, &[&object(0x03, &[&[6, 0x40]])]);
        let either = object(0xA3, &[&external, &object(0xA2, &[&pin, &external])]);
        for condition in [pin, either] {
            takes_the_pin_of(&condition);
        }
    }

    fn takes_the_pin_of(condition: &[u8]) {
        let key = with_access_rule(&[2, 0x20], condition);
        assert_eq!(
            (key.pin_identifier.as_deref(), key.identifier.as_slice()),
            (Some([7].as_slice()), [9].as_slice())
        );
        assert!(key.elliptic && key.non_repudiation && key.signs);
        assert_eq!(
            (key.reference, key.path.as_ref()),
            (Some(0x81), None),
            "an odd path is passed over, the key is not"
        );
    }

    #[test]
    fn a_key_authenticates_where_its_access_rules_leave_nothing_else() {
        // int_auth; execute and int_auth; pso_cds and int_auth; execute.
        let modes: [&[u8]; 4] = [&[6, 0, 0x40], &[6, 0x20, 0x40], &[6, 4, 0x40], &[5, 0x20]];
        let pin = object(0x04, &[&[7]]);
        assert_eq!(
            modes.map(|modes| with_access_rule(modes, &pin).authenticates),
            [true, false, false, false]
        );
    }

    /// An elliptic key for signing, with one access rule.
    fn with_access_rule(modes: &[u8], condition: &[u8]) -> PrivateKey {
        let rule = object(0x30, &[&object(0x03, &[modes]), condition]);
        let common = object(0x30, &[&object(0x03, &[&[7, 0x80]]), &object(0x30, &[&rule])]);
        let class = object(
            0x30,
            &[
                &object(0x04, &[&[9]]),
                &object(0x03, &[&[6, 0, 0x40]]),
                &object(0x02, &[&[0x81]]),
            ],
        );
        let path = object(0x30, &[&object(0x04, &[&[0x50, 0x15, 0x4B]])]);
        let attributes = object(0xA1, &[&object(0x30, &[&path])]);
        let keys = private_keys(&object(0xA0, &[&common, &class, &attributes]));
        let [key] = keys.as_slice() else { panic!("{keys:?}") };
        key.clone()
    }

    #[test]
    fn a_certificate_given_in_place_keeps_its_octets() {
        let certificate = object(0x30, &[&object(0x30, &[]), &object(0x30, &[]), &object(0x03, &[&[0]])]);
        let mut implicit = certificate.clone();
        implicit[0] = 0xA0;
        for value in [object(0xA0, &[&certificate]), implicit] {
            let attributes = object(0xA1, &[&object(0x30, &[&value])]);
            let class = object(0x30, &[&object(0x04, &[&[9]])]);
            let found = certificates(&object(0x30, &[&object(0x30, &[]), &class, &attributes]));
            assert_eq!(found[0].value, Value::Here(certificate.clone()));
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = (directory_entries(&octets), token_info(&octets), private_keys(&octets));
            let _ = certificates(&octets);
        }

        #[test]
        fn reading_damaged_directories_never_panics(position in 0usize..120, octet: u8, cut in 0usize..120) {
            let mut damaged = octets(CDF);
            if let Some(place) = damaged.get_mut(position) {
                *place = octet;
            }
            damaged.truncate(damaged.len().saturating_sub(cut));
            let _ = (directory_entries(&damaged), token_info(&damaged), private_keys(&damaged));
            let _ = certificates(&damaged);
        }
    }
}
