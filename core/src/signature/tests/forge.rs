//! Signatures that no honest signer would make.

use sha1::{Digest as _, Sha1};

use super::*;
use crate::signature::signed_data::{Additions, SignedData};

/// A P-256 signature over attributes of any kind and order, in a file of any shape.
pub(super) struct Forge<'a> {
    pub(super) world: &'a World,
    /// What is signed.
    pub(super) content: Vec<u8>,
    pub(super) attributes: Vec<Vec<u8>>,
    pub(super) version: u64,
    pub(super) digest_oid: const_oid::ObjectIdentifier,
    pub(super) signature_oid: const_oid::ObjectIdentifier,
    pub(super) certificates: Vec<Vec<u8>>,
    /// Flips a bit of the value.
    pub(super) breaks_value: bool,
    /// How the key makes the value over the attributes.
    pub(super) signs: fn(&PrivateKey, &[u8]) -> Vec<u8>,
}

impl<'a> Forge<'a> {
    pub(super) fn new(world: &'a World) -> Self {
        Self::of(world, Profile::P1)
    }

    pub(super) fn of(world: &'a World, profile: Profile) -> Self {
        let digest = DigestAlgorithm::Sha256;
        let signed = attribute::SignedAttributes {
            content_digest: &digest.digest(CONTENT),
            signing_time: world.now,
            certificate: &world.certificate,
            media_type: None,
            profile,
        };
        let set = signed.encode();
        let attributes = der::Element::parse(&set, tag::SET)
            .unwrap()
            .children()
            .unwrap()
            .elements()
            .unwrap();
        Self {
            world,
            content: CONTENT.to_vec(),
            attributes: attributes
                .iter()
                .map(|attribute| attribute.encoded().to_vec())
                .collect(),
            version: 1,
            digest_oid: digest.oid(),
            signature_oid: const_oid::db::rfc5912::ECDSA_WITH_SHA_256,
            certificates: vec![world.issued.certificate_der.clone()],
            breaks_value: false,
            signs: |key, message| key.sign(message).unwrap(),
        }
    }

    /// A counter-signature of the signature in a file, as a file of its own.
    pub(super) fn over(world: &'a World, signature: &[u8]) -> Self {
        let signed_data = SignedData::parse(signature).unwrap();
        let content = signed_data.signers[0].signature.to_vec();
        let digest = DigestAlgorithm::Sha256.digest(&content);
        let forge = Self {
            content,
            ..Self::new(world)
        };
        forge
            .without(oid::CONTENT_TYPE)
            .instead(oid::MESSAGE_DIGEST, &octet_string(&digest.value))
    }

    /// The same attribute with another value.
    pub(super) fn instead(self, oid: const_oid::ObjectIdentifier, value: &[u8]) -> Self {
        self.without(oid).with(oid, value)
    }

    /// Digests content and attributes with SHA-1, and signs that.
    pub(super) fn with_sha1(self) -> Self {
        let digest = octet_string(&Sha1::digest(&self.content));
        Self {
            digest_oid: const_oid::db::rfc5912::ID_SHA_1,
            signature_oid: const_oid::ObjectIdentifier::new_unwrap("1.2.840.10045.4.1"),
            signs: |key, message| key.sign_digest(&Sha1::digest(message)).unwrap(),
            ..self.instead(oid::MESSAGE_DIGEST, &digest)
        }
    }

    pub(super) fn without(mut self, oid: const_oid::ObjectIdentifier) -> Self {
        let encoded = object_identifier(oid);
        self.attributes
            .retain(|attribute| !attribute.windows(encoded.len()).any(|window| window == encoded));
        self
    }

    pub(super) fn with(mut self, oid: const_oid::ObjectIdentifier, value: &[u8]) -> Self {
        self.attributes.push(attribute::attribute(oid, value));
        self.attributes.sort();
        self
    }

    pub(super) fn sign(&self) -> Vec<u8> {
        let attributes: Vec<&[u8]> = self.attributes.iter().map(Vec::as_slice).collect();
        let signed = element(tag::SET, &attributes);
        let mut value = (self.signs)(&self.world.issued.private_key, &signed);
        *value.last_mut().unwrap() ^= u8::from(self.breaks_value);
        let digest_algorithm = sequence(&[&object_identifier(self.digest_oid)]);
        let signer = sequence(&[
            &integer(1),
            &attribute::issuer_and_serial(&self.world.certificate),
            &digest_algorithm,
            &context(0, &attributes),
            &sequence(&[&object_identifier(self.signature_oid)]),
            &octet_string(&value),
        ]);
        let certificates: Vec<&[u8]> = self.certificates.iter().map(Vec::as_slice).collect();
        let signed_data = sequence(&[
            &integer(self.version),
            &element(tag::SET, &[&digest_algorithm]),
            &sequence(&[&object_identifier(oid::DATA)]),
            &context(0, &certificates),
            &element(tag::SET, &[&signer]),
        ]);
        sequence(&[&object_identifier(oid::SIGNED_DATA), &context(0, &[&signed_data])])
    }

    pub(super) fn judge(&self) -> (Verdict, Option<SubIndication>, Vec<Finding>) {
        let mut report = self.world.judge(&self.sign());
        let mut findings = report.signatures.remove(0).findings;
        findings.retain(|finding| *finding != Finding::RevocationNotChecked);
        (report.verdict, report.sub_indication, findings)
    }
}

/// The signature with what is not signed of it changed.
pub(super) fn changed(signature: &[u8], change: impl FnOnce(&mut SignedData<'_>, &mut Additions)) -> Vec<u8> {
    let mut signed_data = SignedData::parse(signature).unwrap();
    let mut additions = Additions::default();
    change(&mut signed_data, &mut additions);
    signed_data.with(&additions)
}

/// A signature with the one of another file as its counter-signature.
pub(super) fn counter_signed(signature: &[u8], counter_signature: &[u8]) -> Vec<u8> {
    let counter_signature = SignedData::parse(counter_signature).unwrap();
    changed(signature, |_, additions| {
        let signer = counter_signature.signers[0].with(&[]);
        let attribute = attribute::attribute(oid::COUNTERSIGNATURE, &signer);
        additions.unsigned_attributes.push(attribute);
        let certificates = counter_signature.certificates.iter();
        additions.certificates = certificates.map(|element| element.encoded().to_vec()).collect();
    })
}

pub(super) fn without(signature: &[u8], oid: const_oid::ObjectIdentifier) -> Vec<u8> {
    changed(signature, |signed_data, _| {
        signed_data.signers[0]
            .unsigned_attributes
            .retain(|attribute| attribute.oid != oid);
    })
}

/// The signature with an octet of an unsigned attribute flipped.
pub(super) fn damaged(
    signature: &[u8],
    oid: const_oid::ObjectIdentifier,
    place: impl FnOnce(&[u8]) -> usize,
) -> Vec<u8> {
    changed(signature, |signed_data, additions| {
        let attributes = &mut signed_data.signers[0].unsigned_attributes;
        let index = attributes.iter().position(|attribute| attribute.oid == oid).unwrap();
        let mut octets = attributes.remove(index).encoded.to_vec();
        let place = place(&octets);
        octets[place] ^= 1;
        additions.unsigned_attributes.push(octets);
    })
}
