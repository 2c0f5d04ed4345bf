//! The `cms` crate's builder, led to make the same signature: a signer that gives back a value it was given.

use cms::builder::{Error, SignedDataBuilder, SignerInfoBuilder};
use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::ContentInfo;
use cms::signed_data::{EncapsulatedContentInfo, SignerIdentifier};
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5911::ID_DATA;
use const_oid::db::rfc5912::{ID_SHA_256, SHA_256_WITH_RSA_ENCRYPTION};
use der::asn1::{Any, BitString, OctetString, SetOfVec, UtcTime};
use der::{Decode, Encode, Sequence};
use signature::{Keypair, Signer};
use spki::{
    AlgorithmIdentifierOwned, Document, DynSignatureAlgorithmIdentifier, EncodePublicKey, SignatureBitStringEncoding,
};
use x509_cert::Certificate;
use x509_cert::attr::Attribute;
use x509_cert::serial_number::SerialNumber;

const SIGNING_TIME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.5");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
const MIME_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.1733.2.1");

/// The builder with everything that is there before a signature is made.
pub(crate) struct Peer {
    certificate: Certificate,
    certificate_der: Vec<u8>,
    signer: GivenValue,
    content: Vec<u8>,
}

impl Peer {
    pub(crate) fn new(certificate_der: &[u8], value: Vec<u8>, content: &[u8]) -> Self {
        let certificate = Certificate::from_der(certificate_der).expect("it was just issued");
        let key = certificate
            .tbs_certificate
            .subject_public_key_info
            .to_der()
            .expect("it was just read");
        Self {
            certificate,
            certificate_der: certificate_der.to_vec(),
            signer: GivenValue {
                value,
                key: GivenKey(key),
            },
            content: content.to_vec(),
        }
    }

    /// One detached signature with the attributes of CAdES B-B, in DER.
    pub(crate) fn sign(&self) -> Vec<u8> {
        self.build()
            .expect("the same input was built before")
            .to_der()
            .expect("it was just built")
    }

    fn build(&self) -> Result<ContentInfo, Error> {
        let digest_algorithm = AlgorithmIdentifierOwned {
            oid: ID_SHA_256,
            parameters: None,
        };
        let content = EncapsulatedContentInfo {
            econtent_type: ID_DATA,
            econtent: None,
        };
        let contents = &self.certificate.tbs_certificate;
        let identifier = SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: contents.issuer.clone(),
            serial_number: contents.serial_number.clone(),
        });
        let digest = basvuru::digest::DigestAlgorithm::Sha256.digest(&self.content).value;
        let mut signer = SignerInfoBuilder::new(
            &self.signer,
            identifier,
            digest_algorithm.clone(),
            &content,
            Some(&digest),
        )?;
        let time = UtcTime::from_system_time(std::time::SystemTime::now())?;
        signer.add_signed_attribute(attribute(SIGNING_TIME, &time)?)?;
        let reference = CertificateId {
            hash: OctetString::new(
                basvuru::digest::DigestAlgorithm::Sha256
                    .digest(&self.certificate_der)
                    .value,
            )?,
            issuer_serial: IssuerSerial {
                issuer: vec![x509_cert::ext::pkix::name::GeneralName::DirectoryName(
                    contents.issuer.clone(),
                )],
                serial: contents.serial_number.clone(),
            },
        };
        signer.add_signed_attribute(attribute(SIGNING_CERTIFICATE_V2, &vec![vec![reference]])?)?;
        signer.add_signed_attribute(attribute(MIME_TYPE, &String::from("text/plain"))?)?;

        let mut builder = SignedDataBuilder::new(&content);
        let built = builder
            .add_digest_algorithm(digest_algorithm)?
            .add_certificate(CertificateChoices::Certificate(self.certificate.clone()))?
            .add_signer_info::<GivenValue, Value>(signer)?
            .build()?;
        Ok(built)
    }
}

#[derive(Sequence)]
struct CertificateId {
    hash: OctetString,
    issuer_serial: IssuerSerial,
}

#[derive(Sequence)]
struct IssuerSerial {
    issuer: Vec<x509_cert::ext::pkix::name::GeneralName>,
    serial: SerialNumber,
}

fn attribute(oid: ObjectIdentifier, value: &impl Encode) -> der::Result<Attribute> {
    Ok(Attribute {
        oid,
        values: SetOfVec::try_from(vec![Any::from_der(&value.to_der()?)?])?,
    })
}

/// A signer that has signed already.
struct GivenValue {
    value: Vec<u8>,
    key: GivenKey,
}

#[derive(Clone)]
struct GivenKey(Vec<u8>);

struct Value(Vec<u8>);

impl EncodePublicKey for GivenKey {
    fn to_public_key_der(&self) -> spki::Result<Document> {
        Ok(Document::try_from(self.0.as_slice())?)
    }
}

impl Keypair for GivenValue {
    type VerifyingKey = GivenKey;

    fn verifying_key(&self) -> GivenKey {
        self.key.clone()
    }
}

impl DynSignatureAlgorithmIdentifier for GivenValue {
    fn signature_algorithm_identifier(&self) -> spki::Result<AlgorithmIdentifierOwned> {
        Ok(AlgorithmIdentifierOwned {
            oid: SHA_256_WITH_RSA_ENCRYPTION,
            parameters: Some(Any::null()),
        })
    }
}

impl Signer<Value> for GivenValue {
    fn try_sign(&self, message: &[u8]) -> Result<Value, signature::Error> {
        // A card is given the digest, so taking it is part of the work.
        std::hint::black_box(basvuru::digest::DigestAlgorithm::Sha256.digest(message));
        Ok(Value(self.value.clone()))
    }
}

impl SignatureBitStringEncoding for Value {
    fn to_bitstring(&self) -> der::Result<BitString> {
        BitString::from_bytes(&self.0)
    }
}
