//! The PINs and the PUK of a virtual card in its files (ISO/IEC 7816-15:2016, 8.9).

use super::{MASTER, PADDED_PIN_LENGTH, PIN_IDENTIFIER, PUK_REFERENCE, Plan};
use crate::der::{integer, integer_value, named_bits, object, octet_string, sequence, utf8_string};
use crate::image::{CardImage, OtherPin, PinForm, PukPlace, PukState, Reset};

/// Identifiers of the PUK, of a PIN that is not the one of the keys, and of a security officer's.
const PUK_IDENTIFIER: &[u8] = &[0x02];
const OTHER_IDENTIFIER: &[u8] = &[0x09];
const OFFICER_IDENTIFIER: &[u8] = &[0x0A];
/// The references of the latter two.
const OTHER_PIN: u8 = 0x8F;
const OFFICER_PIN: u8 = 0x8D;

/// Flags: local, initialized, needs-padding; unblockingPassword; soPassword; unblock-disabled; the two that give P1.
const LOCAL: usize = 1;
const UNBLOCK_DISABLED: usize = 3;
const INITIALIZED: usize = 4;
const NEEDS_PADDING: usize = 5;
const UNBLOCKING: usize = 6;
const OFFICER: usize = 7;
const RESET_RETRY_COUNTER: [usize; 2] = [12, 13];

/// An object as it is written.
struct Entry<'a> {
    label: &'a str,
    identifier: &'a [u8],
    /// What the common attributes say beyond the label, encoded.
    under: Vec<u8>,
    flags: Vec<usize>,
    form: PinForm,
    lengths: (u8, u8),
    reference: u8,
    /// The directory, encoded.
    path: Vec<u8>,
}

/// The AODF: the PINs, and the PUK where it is not told apart from them.
pub(super) fn authentication_objects(image: &CardImage, layout: &Plan) -> Vec<u8> {
    let place = image.puk.as_ref().map(|puk| puk.habits.place);
    let named = octet_string(PUK_IDENTIFIER);
    let mut own = pin(
        image,
        "İmza PIN'i",
        PIN_IDENTIFIER,
        image.profile.pin_reference(),
        layout.path(None),
    );
    let mut others = Vec::new();
    match image.profile.other_pin {
        OtherPin::None => {}
        OtherPin::Elsewhere => others.push(other(image, OTHER_PIN, sequence(&[&octet_string(&MASTER)]))),
        OtherPin::Here => others.push(other(image, OTHER_PIN, layout.path(None))),
        OtherPin::Namesake => others.push(other(image, image.profile.pin_reference(), layout.path(None))),
    }
    match place {
        None | Some(PukPlace::Namesake | PukPlace::UnderPin | PukPlace::Alone) => {}
        Some(PukPlace::Named | PukPlace::OfOfficer) => own.under = named,
        Some(PukPlace::Forbidden) => {
            own.under = named;
            own.flags.push(UNBLOCK_DISABLED);
        }
        // update, under the PUK or somebody else
        Some(PukPlace::InRules) => {
            let either = object(0xA3, &[&object(0xA0, &[&named_bits(&[1])]), &named]);
            own.under = sequence(&[&sequence(&[&named_bits(&[1]), &either])]);
        }
        Some(PukPlace::Further) => {
            own.under = octet_string(OFFICER_IDENTIFIER);
            let mut officer = pin(image, "Yetkili", OFFICER_IDENTIFIER, OFFICER_PIN, layout.path(None));
            officer.flags.push(OFFICER);
            officer.under = named;
            others.push(officer);
        }
        Some(PukPlace::OfAnother) => {
            let mut user = other(image, OTHER_PIN, sequence(&[&octet_string(&MASTER)]));
            user.under = named;
            others.push(user);
        }
    }
    others.push(own);
    let beside = image.puk.as_ref().filter(|puk| !puk.habits.apart);
    others.extend(beside.map(|puk| puk_entry(puk, layout)));
    others.iter().flat_map(|entry| entry.encode(layout)).collect()
}

/// The AODF of a PUK that is told apart from the PINs.
pub(super) fn puk_directory(image: &CardImage, layout: &Plan) -> Option<Vec<u8>> {
    let puk = image.puk.as_ref().filter(|puk| puk.habits.apart)?;
    Some(puk_entry(puk, layout).encode(layout))
}

fn pin<'a>(image: &CardImage, label: &'a str, identifier: &'a [u8], reference: u8, path: Vec<u8>) -> Entry<'a> {
    Entry {
        label,
        identifier,
        under: Vec::new(),
        flags: vec![LOCAL, INITIALIZED],
        form: image.profile.pin_form,
        lengths: (CardImage::MIN_PIN, CardImage::MAX_PIN),
        reference,
        path,
    }
}

fn other(image: &CardImage, reference: u8, path: Vec<u8>) -> Entry<'static> {
    pin(image, "Kimlik PIN'i", OTHER_IDENTIFIER, reference, path)
}

fn puk_entry(puk: &PukState, layout: &Plan) -> Entry<'static> {
    let habits = &puk.habits;
    let mut flags = vec![LOCAL, INITIALIZED, UNBLOCKING];
    if habits.place == PukPlace::OfOfficer {
        flags.push(OFFICER);
    }
    let [second, first] = RESET_RETRY_COUNTER;
    flags.extend(match habits.reset {
        Reset::WithNewPin => Vec::new(),
        Reset::PukAlone => vec![first],
        Reset::NewPinAlone => vec![second],
        Reset::Nothing => vec![second, first],
    });
    Entry {
        label: "İmza PUK'u",
        identifier: if habits.place == PukPlace::Namesake {
            PIN_IDENTIFIER
        } else {
            PUK_IDENTIFIER
        },
        under: if habits.place == PukPlace::UnderPin {
            octet_string(PIN_IDENTIFIER)
        } else {
            Vec::new()
        },
        flags,
        form: habits.form,
        lengths: (CardImage::PUK_LENGTH, CardImage::PUK_LENGTH),
        reference: PUK_REFERENCE,
        path: layout.path(None),
    }
}

impl Entry<'_> {
    fn encode(&self, layout: &Plan) -> Vec<u8> {
        let (min, max) = self.lengths;
        let (padded, kind, stored, padding) = match self.form {
            PinForm::Ascii => (false, 1, max, None),
            PinForm::AsciiPadded => (true, 1, PADDED_PIN_LENGTH, Some(0xFF)),
            PinForm::BcdPadded => (true, 0, PADDED_PIN_LENGTH, Some(0xFF)),
            PinForm::Iso9564 => (false, 4, PADDED_PIN_LENGTH, None),
        };
        let mut flags = self.flags.clone();
        flags.extend(padded.then_some(NEEDS_PADDING));
        flags.sort_unstable();
        let attributes = sequence(&[
            &named_bits(&flags),
            &object(0x0A, &[&[kind]]),
            &integer(u32::from(min)),
            &integer(u32::from(stored)),
            &integer(u32::from(max)),
            &object(0x80, &[&integer_value(u32::from(self.reference))]),
            &padding
                .map(|character: u8| octet_string(&[character]))
                .unwrap_or_default(),
            if layout.lone_names { &[] } else { self.path.as_slice() },
        ]);
        sequence(&[
            // private, modifiable
            &sequence(&[&utf8_string(self.label), &named_bits(&[0, 1]), &self.under]),
            &sequence(&[&octet_string(self.identifier)]),
            &object(0xA1, &[&attributes]),
        ])
    }
}
