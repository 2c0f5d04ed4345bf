//! What `cms` refuses of signatures that others made, or does not keep as it stands, and is read here from its octets.

use cms::content_info::ContentInfo;
use x509_cert::der::{Decode as _, Encode as _};

use super::*;
use crate::signature::signed_data::SignedData;

/// SignedData as the library has it.
fn of_library(file: &[u8]) -> Option<cms::signed_data::SignedData> {
    let info = ContentInfo::from_der(file).ok()?;
    info.content.decode_as().ok()
}

#[test]
fn a_signature_in_ber_is_read() {
    let file = include_bytes!("data/foreign/control-bb.p7m");
    assert!(of_library(file).is_some());
    let outer = der::Element::parse(file, tag::SEQUENCE).unwrap();
    // The length is told by what follows, as programs do that write as they read.
    let ber = [&[tag::SEQUENCE, 0x80], outer.content(), &[0, 0]].concat();
    assert!(ContentInfo::from_der(&ber).is_err());
    assert!(SignedData::parse(&ber).is_ok());
}

#[test]
fn signed_attributes_are_kept_in_the_order_in_which_they_came() {
    let file = include_bytes!("data/foreign/attributes-unsorted-on-wire.p7m");
    let read = SignedData::parse(file).unwrap();
    let attributes: Vec<&[u8]> = read.signers[0]
        .signed_attributes
        .as_ref()
        .unwrap()
        .attributes
        .iter()
        .map(|attribute| attribute.encoded)
        .collect();
    // What is hashed may be either order: who has but one cannot tell.
    let of_library = of_library(file).map(|data| data.signer_infos.0.as_slice()[0].signed_attrs.to_der().unwrap());
    let kept = of_library.is_some_and(|octets| octets.ends_with(&attributes.concat()));
    assert!(!kept);
}
