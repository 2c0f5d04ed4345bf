//! The names under which a card's application is looked for.

use super::akis;

/// The name PKCS#15 registered for its application: RID A0 00 00 00 63 and "PKCS-15".
pub(super) const PKCS15: &[u8] = &[0xA0, 0x00, 0x00, 0x00, 0x63, 0x50, 0x4B, 0x43, 0x53, 0x2D, 0x31, 0x35];
/// Other names under which the same application is found.
pub(super) const OTHER_NAMES: [&[u8]; 3] = [
    &[0xA0, 0x00, 0x00, 0x01, 0x77, 0x50, 0x4B, 0x43, 0x53, 0x2D, 0x31, 0x35],
    &[
        0xE8, 0x28, 0xBD, 0x08, 0x0F, 0xA0, 0x00, 0x00, 0x01, 0x67, 0x45, 0x53, 0x49, 0x47, 0x4E,
    ],
    akis::BARE_NAME,
];
/// Names under which an application is looked for by contact, where none of the others is there.
const FURTHER_NAMES: [&[u8]; 2] = [
    // The registered identifier of ISO/IEC 7816-15:2016, 7.3: information about any application is named by it, with that
    // application's own name behind. Of several, the next is asked for.
    &[0xE8, 0x28, 0xBD, 0x08, 0x0F],
    // IAS ECC as Oberthur and IDEMIA have issued it (OpenSC's driver for IAS ECC names it).
    &[
        0xA0, 0x00, 0x00, 0x00, 0x77, 0x01, 0x08, 0x00, 0x07, 0x00, 0x00, 0xFE, 0x00, 0x00, 0x01, 0x00,
    ],
];
/// Names of applications with a file system of their own, in which PKCS#15 is where it is on a card of its own: IsoApplet (its
/// build file names it), where it is not the card's first application.
pub(super) const WHOLE_CARDS: [&[u8]; 1] = [&[0xF2, 0x76, 0xA2, 0x88, 0xBC, 0xFB, 0xA6, 0x9D, 0x34, 0xF3, 0x10, 0x01]];

/// Every name under which a card's application is looked for, the registered one first.
pub(super) fn names() -> impl Iterator<Item = &'static [u8]> {
    std::iter::once(PKCS15).chain(OTHER_NAMES)
}

/// The names that are tried where none of those is there.
pub(super) fn further_names() -> impl Iterator<Item = &'static [u8]> {
    FURTHER_NAMES.into_iter()
}
