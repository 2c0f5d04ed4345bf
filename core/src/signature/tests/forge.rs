//! Signatures that no honest signer would make.

use super::*;

/// A P-256 signature over attributes of any kind and order, in a file of any shape.
pub(super) struct Forge<'a> {
    pub(super) world: &'a World,
    pub(super) attributes: Vec<Vec<u8>>,
    pub(super) version: u64,
    pub(super) digest_oid: const_oid::ObjectIdentifier,
    pub(super) signature_oid: const_oid::ObjectIdentifier,
    pub(super) certificates: Vec<Vec<u8>>,
}

impl<'a> Forge<'a> {
    pub(super) fn new(world: &'a World) -> Self {
        let digest = DigestAlgorithm::Sha256;
        let signed = attribute::SignedAttributes {
            content_digest: &digest.digest(CONTENT),
            signing_time: world.now,
            certificate: &world.certificate,
            media_type: None,
            profile: Profile::P1,
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
            attributes: attributes
                .iter()
                .map(|attribute| attribute.encoded().to_vec())
                .collect(),
            version: 1,
            digest_oid: digest.oid(),
            signature_oid: const_oid::db::rfc5912::ECDSA_WITH_SHA_256,
            certificates: vec![world.issued.certificate_der.clone()],
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
        let value = self.world.issued.private_key.sign(&signed).unwrap();
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
