//! Answers about the state of a certificate (OCSP, RFC 6960).

use std::sync::Arc;
use std::time::SystemTime;

use const_oid::ObjectIdentifier;
use const_oid::db::{rfc5280, rfc5912};
use sha1::{Digest as _, Sha1};
use x509_cert::der::Decode as _;
use x509_cert::ext::pkix::crl::CrlReason;

use super::signed::Signed;
use super::{AlgorithmError, Certificate, CertificateError, Extension, Name, fewest_octets, path, signs_data};
use crate::der::{DerError, Element, Reader, context, element, null, object_identifier, octet_string, sequence, tag};
use crate::digest::DigestAlgorithm;

/// The media type of a request.
pub const REQUEST_MEDIA_TYPE: &str = "application/ocsp-request";
/// Answers carry a responder's certificate at most.
const MAX_SIZE: usize = 256 * 1024;
const MAX_ANSWERS: usize = 50;
/// `id-pkix-ocsp-basic` (RFC 6960, 4.2.1).
pub(crate) const BASIC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");
/// `id-pkix-ocsp-archive-cutoff` (RFC 6960, 4.4.4).
const ARCHIVE_CUTOFF: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.6");
/// `id-pkix-ocsp-nonce` (RFC 6960, 4.4.1).
const NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2");

/// What an answer says of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Good,
    Revoked { from: SystemTime },
    Suspended { from: SystemTime },
    Unknown,
}

impl Status {
    /// Out of use since a moment, for a reason where one is told: `certificateHold` (RFC 5280, 5.3.1) is the one that may
    /// pass.
    pub(crate) fn since(from: SystemTime, reason: Option<CrlReason>) -> Self {
        if reason == Some(CrlReason::CertificateHold) {
            Self::Suspended { from }
        } else {
            Self::Revoked { from }
        }
    }

    /// What two entries for one certificate say together: out of use since the earlier, for good where either is.
    pub(crate) fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Suspended { from }, Self::Suspended { from: second }) => Self::Suspended { from: from.min(second) },
            (
                Self::Revoked { from } | Self::Suspended { from },
                Self::Revoked { from: second } | Self::Suspended { from: second },
            ) => Self::Revoked { from: from.min(second) },
            (Self::Good | Self::Unknown, told) | (told, Self::Good | Self::Unknown) => told,
        }
    }
}

/// A signed answer. Cloning shares its octets.
#[derive(Clone)]
pub struct OcspAnswer(Arc<Fields>);

struct Fields {
    /// `BasicOCSPResponse` as it stands.
    signed: Signed,
    /// `ResponderID` as it stands: `[1]` Name or `[2]` key hash, both explicit.
    responder: Vec<u8>,
    produced_at: Vec<u8>,
    produced: SystemTime,
    singles: Vec<Single>,
    nonce: Option<Vec<u8>>,
    certificates: Vec<Certificate>,
}

/// ```text
/// SingleResponse ::= SEQUENCE { certID CertID, certStatus CHOICE { good [0] NULL, revoked [1] SEQUENCE { time,
///     revocationReason [0] EXPLICIT OPTIONAL }, unknown [2] NULL }, thisUpdate GeneralizedTime, nextUpdate [0] EXPLICIT OPTIONAL, singleExtensions [1] OPTIONAL }
/// CertID ::= SEQUENCE { hashAlgorithm, issuerNameHash OCTET STRING, issuerKeyHash OCTET STRING, serialNumber INTEGER }
/// ```
struct Single {
    algorithm: ObjectIdentifier,
    name_hash: Vec<u8>,
    key_hash: Vec<u8>,
    serial: Vec<u8>,
    status: Status,
    this_update: SystemTime,
    next_update: Option<SystemTime>,
    keeps_ended_from: Option<SystemTime>,
}

/// What an answer says of one certificate, and for how long.
pub(crate) struct Statement {
    pub(crate) status: Status,
    pub(crate) this_update: SystemTime,
    pub(crate) next_update: Option<SystemTime>,
    /// When an answer was signed. One without nextUpdate says that newer information is there at any time (RFC 6960,
    /// 4.2.2.1), and so speaks of this moment.
    pub(crate) produced: Option<SystemTime>,
    /// From when on it tells of certificates that have ended (archiveCutoff, RFC 6960, 4.4.4).
    pub(crate) keeps_ended_from: Option<SystemTime>,
}

/// Why an answer is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disbelief {
    /// Whoever signed it may not, or nobody did who is there.
    NotEntitled,
    /// The responder's certificate was not valid when it answered, or is not at the moment the answer is to tell of.
    NotValid,
    /// It is signed with an algorithm that was broken, or a key too short.
    Weak,
    /// It is signed with an algorithm that is not known here.
    Unsupported,
}

impl From<AlgorithmError> for Disbelief {
    fn from(error: AlgorithmError) -> Self {
        match error {
            AlgorithmError::Weak => Self::Weak,
            AlgorithmError::Unsupported => Self::Unsupported,
            AlgorithmError::Malformed | AlgorithmError::WrongSignature => Self::NotEntitled,
        }
    }
}

/// Why a responder gave no answer (OCSPResponseStatus, RFC 6960, 4.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// internalError (2) or tryLater (3): it may answer another time.
    NotNow,
    /// malformedRequest (1), sigRequired (5), unauthorized (6), or what nobody knows.
    NotAtAll,
}

/// The refusal that octets are, where they are one.
pub(crate) fn refusal(response: &[u8]) -> Option<Refusal> {
    let mut parts = Element::parse(response, tag::SEQUENCE).ok()?.children().ok()?;
    match parts.expect(tag::ENUMERATED).ok()?.unsigned().ok()? {
        0 => None,
        2 | 3 => Some(Refusal::NotNow),
        _ => Some(Refusal::NotAtAll),
    }
}

/// Who signed an answer.
pub(crate) enum Signatory<'a> {
    /// The issuer of the certificate that was asked about.
    Issuer,
    /// A responder that the issuer appointed.
    Responder(&'a Certificate),
}

/// Asks about a certificate; the nonce is random.
///
/// ```text
/// OCSPRequest ::= SEQUENCE { tbsRequest SEQUENCE { requestList SEQUENCE OF SEQUENCE { reqCert CertID },
///     requestExtensions [2] EXPLICIT OPTIONAL } }
/// ```
/// (RFC 6960, 4.1.1). The certificate is named with SHA-1, which every responder knows (RFC 5019, 2.1.1) and which proves
/// nothing here.
#[must_use]
pub fn request(certificate: &Certificate, issuer: &Certificate, nonce: [u8; 16]) -> Vec<u8> {
    let certificate_id = sequence(&[
        &sequence(&[&object_identifier(rfc5912::ID_SHA_1), &null()]),
        &octet_string(&Sha1::digest(issuer.subject().encoded())),
        &octet_string(&Sha1::digest(issuer.public_key_bits())),
        &element(tag::INTEGER, &[certificate.serial()]),
    ]);
    let nonce = sequence(&[&object_identifier(NONCE), &octet_string(&octet_string(&nonce))]);
    let list = sequence(&[&sequence(&[&certificate_id])]);
    sequence(&[&sequence(&[&list, &context(2, &[&sequence(&[&nonce])])])])
}

impl OcspAnswer {
    /// Reads an `OCSPResponse` that is successful and basic.
    ///
    /// `OCSPResponse ::= SEQUENCE { responseStatus ENUMERATED, responseBytes [0] EXPLICIT SEQUENCE { responseType OBJECT
    /// IDENTIFIER, response OCTET STRING } OPTIONAL }`
    ///
    /// # Errors
    /// [`CertificateError::Malformed`]
    pub fn parse(response: &[u8]) -> Result<Self, CertificateError> {
        if response.len() > MAX_SIZE {
            return Err(CertificateError::Malformed("too large"));
        }
        let mut parts = Element::parse(response, tag::SEQUENCE)?.children()?;
        if parts.expect(tag::ENUMERATED)?.unsigned()? != 0 {
            return Err(CertificateError::Malformed("not successful"));
        }
        let mut bytes = parts.expect(tag::context_constructed(0))?.only_child()?.sequence()?;
        parts.finish()?;
        if bytes.expect(tag::OBJECT_IDENTIFIER)?.object_identifier()? != BASIC {
            return Err(CertificateError::Malformed("not a basic response"));
        }
        let basic = bytes.expect(tag::OCTET_STRING)?.content();
        bytes.finish()?;
        Self::parse_basic(basic)
    }

    /// Reads a `BasicOCSPResponse`.
    ///
    /// # Errors
    /// [`CertificateError::Malformed`]
    pub fn parse_basic(basic: &[u8]) -> Result<Self, CertificateError> {
        if basic.len() > MAX_SIZE {
            return Err(CertificateError::Malformed("too large"));
        }
        Ok(Self(Arc::new(Fields::parse(basic)?)))
    }

    /// The `BasicOCSPResponse` it was read from.
    #[must_use]
    pub fn basic_der(&self) -> &[u8] {
        self.0.signed.der()
    }

    /// The whole `OCSPResponse` around it: in DER there is but one.
    #[must_use]
    pub fn response_der(&self) -> Vec<u8> {
        let bytes = sequence(&[&object_identifier(BASIC), &octet_string(self.basic_der())]);
        sequence(&[&[tag::ENUMERATED, 1, 0], &context(0, &[&bytes])])
    }

    /// When it was made.
    #[must_use]
    pub fn produced_at(&self) -> SystemTime {
        self.0.produced
    }

    /// Whether it answers a request with this nonce, or, as many responders do, does not speak of nonces.
    #[must_use]
    pub fn suits_nonce(&self, nonce: [u8; 16]) -> bool {
        self.0
            .nonce
            .as_ref()
            .is_none_or(|found| *found == octet_string(&nonce) || *found == nonce)
    }

    pub(crate) fn responder(&self) -> &[u8] {
        &self.0.responder
    }

    /// producedAt as it stands.
    pub(crate) fn produced_at_der(&self) -> &[u8] {
        &self.0.produced_at
    }

    /// Whether it says anything of a certificate.
    pub(crate) fn is_about(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        !self.statements(certificate, issuer).is_empty()
    }

    /// What it says of a certificate: it may say several things, and each counts.
    pub(crate) fn statements(&self, certificate: &Certificate, issuer: &Certificate) -> Vec<Statement> {
        let names = |single: &&Single| {
            let hash = |octets: &[u8]| match single.algorithm {
                rfc5912::ID_SHA_1 => Some(Sha1::digest(octets).to_vec()),
                other => DigestAlgorithm::from_oid(other).map(|algorithm| algorithm.digest(octets).value),
            };
            fewest_octets(&single.serial) == fewest_octets(certificate.serial())
                && hash(issuer.subject().encoded()).is_some_and(|hash| hash == single.name_hash)
                && hash(issuer.public_key_bits()).is_some_and(|hash| hash == single.key_hash)
        };
        let statement = |single: &Single| Statement {
            status: single.status,
            this_update: single.this_update,
            next_update: single.next_update,
            produced: Some(self.0.produced),
            keeps_ended_from: single.keeps_ended_from,
        };
        self.0.singles.iter().filter(names).map(statement).collect()
    }

    /// Who signed it, where the issuer did, or a responder that the issuer appointed (RFC 6960, 4.2.2.2) and that was valid
    /// both when it answered and at the moment its answer is to tell of. When it answered it says itself: were that
    /// enough, the key of a responder that has long ended could still tell of today.
    pub(crate) fn authorized_by(&self, issuer: &Certificate, covering: SystemTime) -> Result<Signatory<'_>, Disbelief> {
        let signed = &self.0.signed;
        if self.names(issuer) {
            signed.is_signed_by(issuer)?;
            return Ok(Signatory::Issuer);
        }
        let mut disbelief = Disbelief::NotEntitled;
        for responder in self.0.certificates.iter().filter(|certificate| self.names(certificate)) {
            let appointed = responder.issuer() == issuer.subject()
                && responder.has_extended_usage(rfc5280::ID_KP_OCSP_SIGNING)
                && responder.key_usage().is_none_or(signs_data)
                && path::unknown_critical_extension(responder).is_none();
            if !appointed {
                continue;
            }
            let valid = responder.not_before()..=responder.not_after();
            let is_valid = valid.contains(&self.0.produced) && covering <= responder.not_after();
            let signed = responder
                .is_signed_by(issuer)
                .and_then(|()| signed.is_signed_by(responder));
            match signed {
                Ok(()) if is_valid => return Ok(Signatory::Responder(responder)),
                Ok(()) => disbelief = Disbelief::NotValid,
                Err(error) if disbelief == Disbelief::NotEntitled => disbelief = error.into(),
                Err(_) => {}
            }
        }
        Err(disbelief)
    }

    /// Whether the responder's identifier is a certificate's name or key.
    fn names(&self, certificate: &Certificate) -> bool {
        let Ok(identifier) = Reader::der(&self.0.responder).read() else {
            return false;
        };
        match identifier.only_child() {
            Ok(name) if identifier.tag() == tag::context_constructed(1) => {
                name.encoded() == certificate.subject().encoded()
                    || Name::parse(name).is_ok_and(|name| name == *certificate.subject())
            }
            Ok(hash) => hash.content() == Sha1::digest(certificate.public_key_bits()).as_slice(),
            Err(_) => false,
        }
    }
}

impl Fields {
    /// ```text
    /// BasicOCSPResponse ::= SEQUENCE { tbsResponseData, signatureAlgorithm, signature BIT STRING,
    ///     certs [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL }
    /// ResponseData ::= SEQUENCE { version [0] EXPLICIT DEFAULT v1, responderID, producedAt GeneralizedTime,
    ///     responses SEQUENCE OF SingleResponse, responseExtensions [1] EXPLICIT OPTIONAL }
    /// ```
    fn parse(basic: &[u8]) -> Result<Self, DerError> {
        let signed = Signed::parse(basic)?;
        let mut certificates = Vec::new();
        let mut rest = signed.rest();
        if let Some(list) = rest.optional(tag::context_constructed(0))? {
            for certificate in list.only_child()?.sequence()?.elements()?.into_iter().take(MAX_ANSWERS) {
                certificates.push(Certificate::parse(certificate.encoded()).map_err(|_| DerError::Value)?);
            }
        }
        rest.finish()?;

        let mut fields = signed.fields()?;
        fields.optional(tag::context_constructed(0))?;
        let responder = fields.read()?;
        if ![tag::context_constructed(1), tag::context_constructed(2)].contains(&responder.tag()) {
            return Err(DerError::Tag { found: responder.tag() });
        }
        let produced_at = fields.expect(tag::GENERALIZED_TIME)?;
        let answers = fields.expect(tag::SEQUENCE)?.children()?.elements()?;
        if answers.len() > MAX_ANSWERS {
            return Err(DerError::Length);
        }
        let nonce = match fields.optional(tag::context_constructed(1))? {
            Some(extensions) => find_extension(extensions, NONCE)?,
            None => None,
        };
        fields.finish()?;
        Ok(Self {
            responder: responder.encoded().to_vec(),
            produced_at: produced_at.encoded().to_vec(),
            produced: produced_at.moment()?.time,
            singles: answers.into_iter().map(Single::parse).collect::<Result<_, _>>()?,
            nonce,
            certificates,
            signed,
        })
    }
}

impl Single {
    fn parse(answer: Element<'_>) -> Result<Self, DerError> {
        let mut parts = answer.sequence()?;
        let mut certificate_id = parts.expect(tag::SEQUENCE)?.children()?;
        let algorithm = certificate_id
            .expect(tag::SEQUENCE)?
            .children()?
            .expect(tag::OBJECT_IDENTIFIER)?;
        let name_hash = certificate_id.expect(tag::OCTET_STRING)?.content().to_vec();
        let key_hash = certificate_id.expect(tag::OCTET_STRING)?.content().to_vec();
        let serial = certificate_id.expect(tag::INTEGER)?.content().to_vec();
        certificate_id.finish()?;
        let status = parts.read()?;
        let status = match status.tag() {
            tag if tag == tag::context(0) => Status::Good,
            tag if tag == tag::context_constructed(1) => {
                let mut revoked = status.children()?;
                let from = revoked.expect(tag::GENERALIZED_TIME)?.moment()?.time;
                // A reason that cannot be read leaves it revoked.
                let reason = revoked.optional(tag::context_constructed(0)).ok().flatten();
                let reason = reason.and_then(|reason| CrlReason::from_der(reason.content()).ok());
                Status::since(from, reason)
            }
            tag if tag == tag::context(2) => Status::Unknown,
            found => return Err(DerError::Tag { found }),
        };
        let this_update = parts.expect(tag::GENERALIZED_TIME)?.moment()?.time;
        let next_update = match parts.optional(tag::context_constructed(0))? {
            Some(next) => Some(next.only_child()?.moment()?.time),
            None => None,
        };
        let cutoff = match parts.optional(tag::context_constructed(1))? {
            Some(extensions) => find_extension(extensions, ARCHIVE_CUTOFF)?,
            None => None,
        };
        let keeps_ended_from = match cutoff {
            Some(cutoff) => Some(Element::parse(&cutoff, tag::GENERALIZED_TIME)?.moment()?.time),
            None => None,
        };
        Ok(Self {
            algorithm: algorithm.object_identifier()?,
            name_hash,
            key_hash,
            serial,
            status,
            this_update,
            next_update,
            keeps_ended_from,
        })
    }
}

/// The value of an extension. One that is critical and not among those read here makes the whole of no use (RFC 5280, 4.2).
fn find_extension(extensions: Element<'_>, wanted: ObjectIdentifier) -> Result<Option<Vec<u8>>, DerError> {
    let mut found = None;
    for extension in extensions.only_child()?.sequence()?.elements()? {
        let Extension { oid, critical, value } = Extension::read(extension)?;
        if oid == wanted {
            found = Some(value);
        } else if critical && ![NONCE, ARCHIVE_CUTOFF].contains(&oid) {
            return Err(DerError::Value);
        }
    }
    Ok(found)
}
