//! The authentication objects of a PKCS#15 application: its PINs, and the PUKs they are unblocked with (ISO/IEC 7816-15:2016,
//! 8.9). Octets in, values out.

use super::object::{MOST_OBJECTS, Parts, objects, reference};
use crate::card::file::Path;
use crate::card::iso7816::sequence;
use crate::card::pin::{PinEncoding, PinObject, PinRules};
use crate::card::puk::PukObject;
use crate::card::reset_command::ResetForm;
use crate::card::tlv::{Tlv, tag};

/// PIN flags (ISO/IEC 7816-15:2016, 8.9.2).
const PIN_LOCAL: u32 = 1 << 1;
const PIN_CHANGE_DISABLED: u32 = 1 << 2;
const PIN_UNBLOCK_DISABLED: u32 = 1 << 3;
const PIN_NEEDS_PADDING: u32 = 1 << 5;
const PIN_UNBLOCKING: u32 = 1 << 6;
const PIN_SECURITY_OFFICER: u32 = 1 << 7;
const PIN_INTEGRITY_PROTECTED: u32 = 1 << 9;
const PIN_CONFIDENTIALITY_PROTECTED: u32 = 1 << 10;

/// Which P1 RESET RETRY COUNTER has: bit 2 of it, and bit 1.
const PIN_RESET_RETRY_COUNTER_1: u32 = 1 << 12;
const PIN_RESET_RETRY_COUNTER_2: u32 = 1 << 13;

/// The most PUKs that are looked at under one name.
const MOST_NAMESAKES: usize = 4;

/// A PIN that the holder has, and the PUK that resets it, where the holder has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Protection {
    pub(super) pin: PinObject,
    pub(super) puk: Option<PukObject>,
}

impl Protection {
    /// Takes the tries that the card tells of references.
    pub(super) fn take_told_tries(&mut self, told: impl Fn(u8) -> Option<u8>) {
        self.pin.rules.tries_left = told(self.pin.reference);
        if let Some(puk) = &mut self.puk {
            puk.take_told_tries(&self.pin, told);
        }
    }
}

/// An object of an AODF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AuthenticationObject {
    kind: Kind,
    pin: PinObject,
    /// What it is under itself, by identifiers.
    authorities: Vec<Vec<u8>>,
    unblockable: bool,
    /// The P1 of RESET RETRY COUNTER that its flags give.
    reset_p1: u8,
}

/// Whose an authentication object is, and what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A PIN of the holder's.
    User,
    /// A PUK of the holder's.
    Unblocking,
    /// A security officer's.
    Officer,
}

/// Reads an AODF.
pub(super) fn authentication_objects(octets: &[u8], application: Option<&Path>) -> Vec<AuthenticationObject> {
    objects(octets)
        .filter_map(|object| authentication_object(object, application))
        .collect()
}

/// The holder's PINs, each with the PUK that resets it. PUKs and the PINs of security officers are no PINs, so that none is
/// ever sent for one.
pub(super) fn protections(mut objects: Vec<AuthenticationObject>) -> Vec<Protection> {
    objects.truncate(MOST_OBJECTS);
    let users = objects.iter().filter(|object| object.kind == Kind::User);
    let protection = |user: &AuthenticationObject| Protection {
        pin: user.pin.clone(),
        puk: puk_of(user, &objects),
    };
    users.map(protection).collect()
}

/// The PUK of a PIN, in the form that its holder can send.
fn puk_of(user: &AuthenticationObject, objects: &[AuthenticationObject]) -> Option<PukObject> {
    let puk = named_by(user, objects, true)
        .or_else(|| objects.iter().find(|object| is_attached(object, user)))
        .or_else(|| left_for(user, objects))?;
    if !user.unblockable || user.pin.secure_messaging || puk.pin.secure_messaging {
        return None;
    }
    // What the PUK leaves open, the PIN may say.
    let p1 = Some(puk.reset_p1).filter(|p1| *p1 != 0).unwrap_or(user.reset_p1);
    Some(PukObject {
        object: puk.pin.clone(),
        form: ResetForm::of_p1(p1)?,
    })
}

/// The PUK that an object is under; `further`: or that what it is under is under.
fn named_by<'a>(
    object: &AuthenticationObject,
    objects: &'a [AuthenticationObject],
    further: bool,
) -> Option<&'a AuthenticationObject> {
    object.authorities.iter().find_map(|name| {
        let meant = objects.iter().filter(|other| other.pin.identifier == *name);
        let mut meant = meant.take(MOST_NAMESAKES);
        let puk = meant.clone().find(|other| other.kind == Kind::Unblocking);
        puk.or_else(|| meant.find_map(|other| further.then(|| named_by(other, objects, false)).flatten()))
    })
}

/// Whether an object is a PUK that belongs to a PIN by its own attributes: it has the PIN's identifier, or is under the PIN.
fn is_attached(object: &AuthenticationObject, user: &AuthenticationObject) -> bool {
    let identifier = &user.pin.identifier;
    object.kind == Kind::Unblocking && (object.pin.identifier == *identifier || object.authorities.contains(identifier))
}

/// The one PUK that is no other PIN's: in the PIN's directory, or else anywhere.
fn left_for<'a>(user: &AuthenticationObject, objects: &'a [AuthenticationObject]) -> Option<&'a AuthenticationObject> {
    let is_taken = |puk: &AuthenticationObject| {
        let mut users = objects.iter().filter(|object| object.kind == Kind::User);
        users.any(|other| is_attached(puk, other) || other.authorities.contains(&puk.pin.identifier))
    };
    let free = || {
        objects
            .iter()
            .filter(|object| object.kind == Kind::Unblocking && !is_taken(object))
    };
    let only = |mut found: Vec<&'a AuthenticationObject>| found.pop().filter(|_| found.is_empty());
    let here = |puk: &&AuthenticationObject| puk.pin.directory == user.pin.directory;
    let near: Vec<_> = free().filter(here).collect();
    if near.is_empty() {
        only(free().collect())
    } else {
        only(near)
    }
}

fn authentication_object(object: Tlv<'_>, application: Option<&Path>) -> Option<AuthenticationObject> {
    if object.tag != tag::SEQUENCE {
        return None;
    }
    let parts = Parts::of(object)?;
    let attributes = sequence(parts.attributes.value)?;
    let fields: Vec<Tlv<'_>> = attributes.children().flatten().collect();
    let find = |tag| fields.iter().find(|field| field.tag == tag);
    let flags = find(tag::BIT_STRING)?.flags();
    let has = |flag| flags & flag != 0;
    let encoding = match find(tag::ENUMERATED)?.number()? {
        0 => PinEncoding::Bcd,
        1 => PinEncoding::AsciiNumeric,
        2 => PinEncoding::Utf8,
        3 => PinEncoding::HalfNibbleBcd,
        4 => PinEncoding::Iso9564,
        _ => return None,
    };
    let mut lengths = fields.iter().filter(|field| field.tag == tag::INTEGER);
    let mut length = || lengths.next().map(Tlv::number);
    let (minimum, stored, maximum) = (length()??, length()??, length());
    let min_length = u8::try_from(minimum).ok()?;
    // What a short command cannot carry is no length of a PIN that we can send.
    let stored_length = u8::try_from(stored).unwrap_or(u8::MAX);
    let padded = has(PIN_NEEDS_PADDING);
    if padded && u32::from(stored_length) != stored {
        return None;
    }
    let digits_an_octet = if encoding == PinEncoding::Bcd { 2 } else { 1 };
    let most = match encoding {
        PinEncoding::Iso9564 => 12,
        _ if stored_length == 0 => u8::MAX,
        PinEncoding::Bcd | PinEncoding::AsciiNumeric | PinEncoding::Utf8 | PinEncoding::HalfNibbleBcd => {
            stored_length.saturating_mul(digits_an_octet)
        }
    };
    let told = match maximum {
        Some(maximum) => u8::try_from(maximum?).unwrap_or(u8::MAX),
        None => 0,
    };
    let max_length = Some(told).filter(|told| *told > 0).unwrap_or(most);
    let character = find(tag::OCTET_STRING).and_then(|field| field.value.first().copied());
    let path = find(tag::SEQUENCE)
        .and_then(|field| reference(*field))
        .map(|reference| reference.path);
    let path = path.map(|path| application.map_or_else(|| path.clone(), |application| path.under(application)));
    let local = has(PIN_LOCAL);
    let pin = PinObject {
        identifier: parts.class.children().find(tag::OCTET_STRING)?.value.to_vec(),
        reference: find(0x80).and_then(Tlv::reference).unwrap_or(0),
        directory: path.or_else(|| application.filter(|_| local).cloned()),
        encoding,
        stored_length,
        padding: padded.then(|| character.unwrap_or(0)),
        secure_messaging: has(PIN_INTEGRITY_PROTECTED | PIN_CONFIDENTIALITY_PROTECTED),
        changeable: !has(PIN_CHANGE_DISABLED),
        rules: PinRules {
            label: parts.common().label,
            min_length,
            max_length,
            numeric: encoding != PinEncoding::Utf8,
            tries_left: None,
        },
    };
    let kind = match (has(PIN_SECURITY_OFFICER), has(PIN_UNBLOCKING)) {
        (true, _) => Kind::Officer,
        (false, true) => Kind::Unblocking,
        (false, false) => Kind::User,
    };
    Some(AuthenticationObject {
        kind,
        pin,
        authorities: parts.authorities(),
        unblockable: !has(PIN_UNBLOCK_DISABLED),
        reset_p1: u8::from(has(PIN_RESET_RETRY_COUNTER_1)) << 1 | u8::from(has(PIN_RESET_RETRY_COUNTER_2)),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pins(octets: &[u8]) -> Vec<PinObject> {
        let protections = protections(authentication_objects(octets, None));
        protections.into_iter().map(|protection| protection.pin).collect()
    }

    /// The AODF of a card of the OsEID family, from a recorded conversation.
    const AODF: &str = "303B301A0C145365637572697479204F6666696365722050494E030206C030030401FFA11830160302000D0A0101020104\
                        0201080201088001030401FF30253004030206C03003040101A11830160302020C0A01010201040201080201088001010401FF\
                        00000000";

    fn octets(hex: &str) -> Vec<u8> {
        hex.as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    /// The user's PIN of the recorded AODF with other lengths: minimum, stored and, where there is one, maximum.
    fn with_lengths(lengths: &[u16]) -> Vec<PinObject> {
        let lengths: Vec<u8> = lengths
            .iter()
            .flat_map(|length| {
                let [high, low] = length.to_be_bytes();
                [0x02, 0x03, 0x00, high, low]
            })
            .collect();
        let wrap = |tag: u8, value: &[u8]| [&[tag, u8::try_from(value.len()).unwrap()], value].concat();
        let head = [0x03, 2, 3, 0x08, 0x0A, 1, 1];
        let attributes = wrap(0x30, &[head.as_slice(), &lengths, &[0x80, 1, 1]].concat());
        let class = wrap(0x30, &[0x04, 1, 1]);
        let object = [wrap(0x30, &[]), class, wrap(0xA1, &attributes)].concat();
        pins(&wrap(0x30, &object))
    }

    #[test]
    fn lengths_are_told_by_their_place() {
        let lengths = |told: &[u16]| {
            let pins = with_lengths(told);
            let pin = pins.first()?;
            Some((pin.rules.min_length, pin.stored_length, pin.rules.max_length))
        };
        assert_eq!(lengths(&[4, 8]), Some((4, 8, 8)));
        assert_eq!(lengths(&[4, 8, 6]), Some((4, 8, 6)));
        assert_eq!(
            lengths(&[4, 256, 8]),
            Some((4, 255, 8)),
            "the longest PIN is not the second length"
        );
        assert_eq!(lengths(&[4, 16, 300]), Some((4, 16, 255)));
        assert_eq!(lengths(&[300, 8, 8]), None, "no PIN of this card can be sent");
        assert_eq!(lengths(&[4]), None);
    }

    #[test]
    fn a_recorded_aodf_gives_the_user_pin_and_not_the_officers() {
        let pins = pins(&octets(AODF));
        let [pin] = pins.as_slice() else { panic!("{pins:?}") };
        assert_eq!(
            (pin.reference, pin.identifier.as_slice(), pin.padding),
            (1, [1].as_slice(), Some(0xFF))
        );
        assert_eq!(
            (pin.rules.min_length, pin.rules.max_length, pin.rules.numeric),
            (4, 8, true)
        );
        assert_eq!(
            (pin.encoding, pin.directory.as_ref()),
            (PinEncoding::AsciiNumeric, None)
        );
    }

    /// An object: identifier, flags by their bits, and what it is under.
    fn entry(identifier: u8, flags: &[u32], under: &[u8]) -> Vec<u8> {
        let wrap = |tag: u8, value: &[u8]| [&[tag, u8::try_from(value.len()).unwrap()], value].concat();
        let flags = flags.iter().fold(0_u32, |all, flag| all | flag);
        let octets = [
            flags.to_le_bytes()[0].reverse_bits(),
            flags.to_le_bytes()[1].reverse_bits(),
        ];
        let flags = wrap(0x03, &[&[0], octets.as_slice()].concat());
        let lengths = [0x02, 1, 4, 0x02, 1, 8, 0x02, 1, 8];
        let reference = [0x80, 1, identifier];
        let attributes = [flags.as_slice(), &[0x0A, 1, 1], &lengths, &reference].concat();
        let under: Vec<u8> = under.iter().flat_map(|name| [0x04, 1, *name]).collect();
        let class = wrap(0x30, &[0x04, 1, identifier]);
        let parts = [wrap(0x30, &under), class, wrap(0xA1, &wrap(0x30, &attributes))];
        wrap(0x30, &parts.concat())
    }

    /// The identifier of the PUK of the first PIN, and whether a new PIN goes along.
    fn puk_of_first(entries: &[Vec<u8>]) -> Option<(u8, bool)> {
        let protections = protections(authentication_objects(&entries.concat(), None));
        let puk = protections.first()?.puk.clone()?;
        Some((puk.object.identifier[0], puk.form == ResetForm::WithNewPin))
    }

    const PUK: &[u32] = &[PIN_UNBLOCKING];

    #[test]
    fn the_puk_of_a_pin_is_found_by_whichever_names_the_other() {
        let (pin, named) = (entry(1, &[], &[]), entry(1, &[], &[2]));
        let puk = |flags: &[u32]| entry(2, &[PUK, flags].concat(), &[]);
        let found = |entries: &[Vec<u8>]| puk_of_first(entries);
        assert_eq!(found(&[named.clone(), puk(&[])]), Some((2, true)));
        assert_eq!(found(&[named.clone(), entry(3, PUK, &[]), puk(&[])]), Some((2, true)));
        assert_eq!(
            found(&[pin.clone(), entry(2, PUK, &[1])]),
            Some((2, true)),
            "under the PIN"
        );
        assert_eq!(
            found(&[pin.clone(), entry(1, PUK, &[])]),
            Some((1, true)),
            "its namesake"
        );
        let officer = entry(7, &[PIN_SECURITY_OFFICER], &[2]);
        assert_eq!(
            found(&[entry(1, &[], &[7]), officer, puk(&[])]),
            Some((2, true)),
            "by way of another entry"
        );
        assert_eq!(found(&[pin.clone(), puk(&[])]), Some((2, true)), "the only one");
        let other = entry(9, &[], &[2]);
        assert_eq!(found(&[pin.clone(), other.clone(), puk(&[])]), None, "another PIN's");
        assert_eq!(
            found(&[pin.clone(), other, puk(&[]), entry(3, PUK, &[])]),
            Some((3, true)),
            "the one that is left"
        );
        assert_eq!(
            found(&[pin, puk(&[]), entry(3, PUK, &[])]),
            None,
            "which of two, nothing tells"
        );
    }

    #[test]
    fn a_puk_that_the_holder_cannot_send_is_none() {
        let named = entry(1, &[], &[2]);
        let puk = |flags: &[u32]| puk_of_first(&[named.clone(), entry(2, &[PUK, flags].concat(), &[])]);
        let (first, second) = (PIN_RESET_RETRY_COUNTER_1, PIN_RESET_RETRY_COUNTER_2);
        assert_eq!(puk(&[second]), Some((2, false)), "P1 01");
        assert_eq!(puk(&[first]), None, "P1 02");
        assert_eq!(puk(&[first, second]), None, "P1 03");
        assert_eq!(puk(&[PIN_SECURITY_OFFICER]), None);
        assert_eq!(puk(&[PIN_CONFIDENTIALITY_PROTECTED]), None);
        let of = |flags: &[u32]| puk_of_first(&[entry(1, flags, &[2]), entry(2, PUK, &[])]);
        assert_eq!(of(&[PIN_UNBLOCK_DISABLED]), None);
        assert_eq!(of(&[second]), Some((2, false)), "the PIN may say the form as well");
        assert_eq!(of(&[first]), None);
    }

    #[test]
    fn a_directory_of_nothing_but_names_of_names_is_read_in_no_time() {
        let many: Vec<Vec<u8>> = (0..255).map(|_| entry(1, &[], &[1, 1, 1, 1])).collect();
        let objects: Vec<_> = many
            .iter()
            .flat_map(|entry| authentication_objects(entry, None))
            .collect();
        assert_eq!(objects.len(), 255);
        assert_eq!(protections(objects).len(), MOST_OBJECTS);
    }

    proptest! {
        #[test]
        fn every_shape_of_names_and_flags_gives_pins_and_no_panic(
            shapes in proptest::collection::vec((0u8..5, any::<u16>(), proptest::collection::vec(0u8..5, 0..4)), 0..12),
        ) {
            let entries: Vec<Vec<u8>> = shapes
                .iter()
                .map(|(identifier, flags, under)| entry(*identifier, &[u32::from(*flags)], under))
                .collect();
            let officers = |flags: u16| u32::from(flags) & (PIN_UNBLOCKING | PIN_SECURITY_OFFICER) != 0;
            let users = shapes.iter().filter(|(_, flags, _)| !officers(*flags)).count();
            let found = protections(authentication_objects(&entries.concat(), None));
            prop_assert_eq!(found.len(), users);
        }

        #[test]
        fn reading_never_panics(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = pins(&octets);
        }

        #[test]
        fn reading_a_damaged_directory_never_panics(position in 0usize..120, octet: u8, cut in 0usize..120) {
            let mut damaged = octets(AODF);
            if let Some(place) = damaged.get_mut(position) {
                *place = octet;
            }
            damaged.truncate(damaged.len().saturating_sub(cut));
            let _ = pins(&damaged);
        }
    }
}
