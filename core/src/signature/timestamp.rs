//! Time-stamps (RFC 3161): asked for with a digest and a nonce, and read from their original octets.

use std::time::SystemTime;

pub use const_oid::ObjectIdentifier;

use super::oid;
use super::report::Finding;
use super::signed_data::SignedData;
use crate::certificate::{AlgorithmError, parse_hash_function};
use crate::der::{
    DerError, Element, Reader, integer, object_identifier, octet_string, sequence, tag, unsigned_integer,
};
use crate::digest::{Digest, HashFunction};

/// The media type of a request.
pub const REQUEST_MEDIA_TYPE: &str = "application/timestamp-query";
/// No more characters are kept of what an authority says in words.
const MAX_EXCERPT: usize = 200;
/// DER of TRUE.
const TRUE: [u8; 3] = [0x01, 0x01, 0xFF];

/// Why there is no time-stamp.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimestampError {
    /// The answer is not one.
    #[error("the answer of the time-stamping authority is malformed")]
    Malformed,
    /// The answer is a text: some authorities tell in words, with HTTP status 200, that they will not.
    #[error("the time-stamping authority answered with a text: {excerpt}")]
    Text {
        /// Its beginning, in one line.
        excerpt: String,
    },
    /// The authority refused.
    #[error("the time-stamping authority refused with status {status}")]
    Refused {
        /// PKIStatus (RFC 3161, 2.4.2): 2 rejection, 3 waiting, 4 and 5 revocation.
        status: u64,
    },
    /// The time-stamp is for another digest or another request.
    #[error("the time-stamp is not the one asked for")]
    NotAskedFor,
    /// The time-stamp's time is more than a day from the clock here: one of the two is wrong.
    #[error("the time of the time-stamp is more than a day from the clock here")]
    FarFromClock {
        /// What it says.
        time: SystemTime,
    },
    /// The time-stamp does not hold.
    #[error("the time-stamp does not hold: {causes:?}")]
    DoesNotHold {
        /// What was found against it.
        causes: Vec<Finding>,
    },
}

/// A question to a time-stamping authority.
#[derive(Debug, Clone)]
pub struct Request {
    digest: Digest,
    policy: Option<ObjectIdentifier>,
    /// The INTEGER as it stands: of any sign and length (RFC 3161, 2.4.1).
    nonce: Vec<u8>,
}

impl Request {
    /// Asks for a time-stamp over a digest. The nonce is random, of eight octets.
    #[must_use]
    pub fn new(digest: Digest, nonce: [u8; 8]) -> Self {
        let significant: Vec<u8> = nonce.into_iter().skip_while(|octet| *octet == 0).collect();
        Self {
            digest,
            policy: None,
            nonce: unsigned_integer(&significant),
        }
    }

    /// Asks for a time-stamp under a policy; without one the authority chooses.
    #[must_use]
    pub fn under(self, policy: Option<ObjectIdentifier>) -> Self {
        Self { policy, ..self }
    }

    /// The request in DER.
    ///
    /// ```text
    /// TimeStampReq ::= SEQUENCE { version 1, messageImprint SEQUENCE { hashAlgorithm, hashedMessage OCTET STRING },
    ///     reqPolicy OPTIONAL, nonce INTEGER OPTIONAL, certReq BOOLEAN DEFAULT FALSE }
    /// ```
    /// (RFC 3161, 2.4.1)
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let algorithm = sequence(&[&object_identifier(self.digest.algorithm.oid())]);
        let imprint = sequence(&[&algorithm, &octet_string(&self.digest.value)]);
        let policy = self.policy.map(object_identifier).unwrap_or_default();
        sequence(&[&integer(1), &imprint, &policy, &self.nonce, &TRUE])
    }

    /// Reads a request that has a nonce, wants the authority's certificate, and asks for nothing critical beside: what
    /// [`Self::encode`] writes, and what other software asks in its place.
    ///
    /// # Errors
    /// [`TimestampError::Malformed`], also where the digest algorithm is weak or not known.
    pub fn parse(request: &[u8]) -> Result<Self, TimestampError> {
        let read = || -> Result<(Self, bool), DerError> {
            let mut parts = Element::parse(request, tag::SEQUENCE)?.children()?;
            if parts.expect(tag::INTEGER)?.unsigned()? != 1 {
                return Err(DerError::Value);
            }
            let digest = Imprint::parse(parts.expect(tag::SEQUENCE)?)?;
            let digest = digest.digest().ok_or(DerError::Value)?;
            let policy = parts.optional(tag::OBJECT_IDENTIFIER)?;
            let policy = policy.map(|policy| policy.object_identifier()).transpose()?;
            let nonce = parts.expect(tag::INTEGER)?;
            nonce.integer()?;
            let nonce = nonce.encoded().to_vec();
            let wants_certificate = parts.optional(tag::BOOLEAN)?.is_some_and(|wish| wish.encoded() == TRUE);
            parts.finish()?;
            let request = Self { digest, policy, nonce };
            Ok((request, wants_certificate))
        };
        match { read }() {
            Ok((request, true)) if request.digest.value.len() == request.digest.algorithm.length() => Ok(request),
            _ => Err(TimestampError::Malformed),
        }
    }

    /// What the time-stamp is to be over.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Takes the token out of an answer, where it is for this request. Whether it holds is for [`super::verify`] to tell.
    ///
    /// `TimeStampResp ::= SEQUENCE { status SEQUENCE { status INTEGER, … }, timeStampToken ContentInfo OPTIONAL }`
    ///
    /// # Errors
    /// [`TimestampError`]
    pub fn accept(&self, answer: &[u8]) -> Result<Vec<u8>, TimestampError> {
        if let Some(excerpt) = excerpt(answer) {
            return Err(TimestampError::Text { excerpt });
        }
        let malformed = |_| TimestampError::Malformed;
        let mut outer = Reader::ber(answer);
        let mut parts = outer
            .expect(tag::SEQUENCE)
            .and_then(|answer| answer.children())
            .map_err(malformed)?;
        outer.finish().map_err(malformed)?;
        let status = || {
            parts
                .expect(tag::SEQUENCE)?
                .children()?
                .expect(tag::INTEGER)?
                .unsigned()
        };
        // granted and grantedWithMods
        match { status }().map_err(malformed)? {
            0 | 1 => {}
            status => return Err(TimestampError::Refused { status }),
        }
        let token = parts.expect(tag::SEQUENCE).map_err(malformed)?;
        parts.finish().map_err(malformed)?;
        let info = Token::parse(token).map_err(malformed)?.info;
        let is_under_policy = self
            .policy
            .is_none_or(|policy| object_identifier(policy) == info.policy);
        if info.imprint.digest().as_ref() != Some(&self.digest)
            || info.nonce.as_deref() != Some(&self.nonce)
            || !is_under_policy
        {
            return Err(TimestampError::NotAskedFor);
        }
        Ok(token.encoded().to_vec())
    }
}

/// The beginning of an answer that is a text, in characters that no terminal takes for commands.
fn excerpt(answer: &[u8]) -> Option<String> {
    // DER has control characters in its first octets: no text begins with them.
    let text = std::str::from_utf8(answer).ok()?;
    let is_space = |character: char| matches!(character, ' ' | '\t' | '\r' | '\n');
    if text.trim().is_empty() || text.contains(|character: char| character.is_control() && !is_space(character)) {
        return None;
    }
    let is_shown = |character: char| character.is_alphanumeric() || character.is_ascii_punctuation();
    let shown = text.trim().chars().take(MAX_EXCERPT);
    Some(
        shown
            .map(|character| if is_shown(character) { character } else { ' ' })
            .collect(),
    )
}

/// A time-stamp token: SignedData around TSTInfo.
pub(super) struct Token<'a> {
    pub(super) signed_data: SignedData<'a>,
    pub(super) info: TimestampInfo,
}

/// ```text
/// TSTInfo ::= SEQUENCE { version 1, policy OBJECT IDENTIFIER, messageImprint, serialNumber INTEGER,
///     genTime GeneralizedTime, accuracy SEQUENCE OPTIONAL, ordering BOOLEAN DEFAULT FALSE, nonce INTEGER OPTIONAL,
///     tsa [0] OPTIONAL, extensions [1] OPTIONAL }
/// ```
/// (RFC 3161, 2.4.2)
pub(super) struct TimestampInfo {
    /// In DER, however short or long it is: nobody else's policies are judged.
    policy: Vec<u8>,
    pub(super) imprint: Imprint,
    /// Exact to the fraction of a second that the authority gave.
    pub(super) time: SystemTime,
    /// The INTEGER as it stands.
    nonce: Option<Vec<u8>>,
}

/// `MessageImprint ::= SEQUENCE { hashAlgorithm, hashedMessage OCTET STRING }`
pub(super) struct Imprint {
    /// How it was digested, where that is known.
    pub(super) function: Result<HashFunction, AlgorithmError>,
    pub(super) value: Vec<u8>,
}

impl Imprint {
    fn parse(imprint: Element<'_>) -> Result<Self, DerError> {
        let mut parts = imprint.children()?;
        let function = parse_hash_function(parts.expect(tag::SEQUENCE)?.encoded());
        let value = parts.expect(tag::OCTET_STRING)?.content().to_vec();
        parts.finish()?;
        Ok(Self { function, value })
    }

    /// The digest; nothing where the algorithm is weak or not known.
    fn digest(&self) -> Option<Digest> {
        match self.function {
            Ok(HashFunction::Of(algorithm)) => Some(Digest {
                algorithm,
                value: self.value.clone(),
            }),
            Ok(HashFunction::Sha1) | Err(_) => None,
        }
    }
}

impl<'a> Token<'a> {
    pub(super) fn parse(token: Element<'a>) -> Result<Self, DerError> {
        let signed_data = SignedData::parse_element(token)?;
        if signed_data.content_type() != oid::TIMESTAMP_INFO {
            return Err(DerError::Value);
        }
        let content = signed_data.content.as_deref().ok_or(DerError::Truncated)?;
        let info = TimestampInfo::parse(content)?;
        Ok(Self { signed_data, info })
    }
}

impl TimestampInfo {
    fn parse(content: &[u8]) -> Result<Self, DerError> {
        let mut parts = Element::parse(content, tag::SEQUENCE)?.children()?;
        if parts.expect(tag::INTEGER)?.unsigned()? != 1 {
            return Err(DerError::Value);
        }
        let policy = parts.expect(tag::OBJECT_IDENTIFIER)?.encoded().to_vec();
        let imprint = Imprint::parse(parts.expect(tag::SEQUENCE)?)?;
        parts.expect(tag::INTEGER)?;
        let time = parts.expect(tag::GENERALIZED_TIME)?.moment()?.time;
        parts.optional(tag::SEQUENCE)?;
        parts.optional(tag::BOOLEAN)?;
        let nonce = parts.optional(tag::INTEGER)?;
        parts.optional(tag::context_constructed(0))?;
        parts.optional(tag::context_constructed(1))?;
        parts.finish()?;
        Ok(Self {
            policy,
            imprint,
            time,
            nonce: nonce.map(|nonce| nonce.encoded().to_vec()),
        })
    }
}

#[cfg(test)]
mod tests {
    use x509_cert::der::Decode as _;
    use x509_tsp::TstInfo;

    use super::*;
    use crate::der::context;
    use crate::digest::DigestAlgorithm;

    /// Why TSTInfo is read here: the library reads neither.
    #[test]
    fn fractions_of_seconds_and_nonces_that_are_no_der_are_read() {
        let info = |moment: &str, nonce: &[u8]| {
            let algorithm = sequence(&[&object_identifier(DigestAlgorithm::Sha256.oid()), &crate::der::null()]);
            let imprint = sequence(&[&algorithm, &octet_string(&[7; 32])]);
            sequence(&[
                &integer(1),
                &object_identifier(ObjectIdentifier::new_unwrap("1.2.3.4.1")),
                &imprint,
                &integer(5),
                &crate::der::element(tag::GENERALIZED_TIME, &[moment.as_bytes()]),
                &sequence(&[&integer(1)]),
                &TRUE,
                &crate::der::element(tag::INTEGER, &[nonce]),
                &context(0, &[&context(4, &[&sequence(&[])])]),
            ])
        };
        assert_eq!(TstInfo::from_der(&info("20260101000000Z", &[7])).err(), None);
        for (moment, nonce) in [("20260101000000.25Z", &[7][..]), ("20260101000000Z", &[0, 0, 1])] {
            let octets = info(moment, nonce);
            assert!(TstInfo::from_der(&octets).is_err());
            let read = TimestampInfo::parse(&octets).unwrap();
            assert!(read.nonce.unwrap().ends_with(nonce));
        }
    }

    #[test]
    fn a_request_is_read_as_it_was_written() {
        for algorithm in [
            DigestAlgorithm::Sha256,
            DigestAlgorithm::Sha384,
            DigestAlgorithm::Sha512,
        ] {
            for nonce in [[0x80, 1, 2, 3, 4, 5, 6, 7], [0, 0, 1, 2, 3, 4, 5, 6], [0; 8]] {
                for policy in [None, Some(ObjectIdentifier::new_unwrap("2.16.792.9.9.1"))] {
                    let request = Request::new(algorithm.digest(b"imza"), nonce).under(policy);
                    let read = Request::parse(&request.encode()).unwrap();
                    assert_eq!(read.encode(), request.encode());
                    assert_eq!((read.digest(), read.policy), (request.digest(), policy));
                }
            }
        }
    }

    #[test]
    fn a_request_without_nonce_or_certificate_or_with_another_digest_is_refused() {
        let algorithm = |oid| sequence(&[&object_identifier(oid)]);
        let imprint = |oid, length| sequence(&[&algorithm(oid), &octet_string(&vec![7; length])]);
        let sha_256 = DigestAlgorithm::Sha256.oid();
        let sha_1 = const_oid::db::rfc5912::ID_SHA_1;
        let (version, nonce) = (integer(1), integer(77));
        let good = imprint(sha_256, 32);
        let policy = object_identifier(sha_256);
        assert!(Request::parse(&sequence(&[&version, &good, &policy, &nonce, &TRUE])).is_ok());
        for nonce in [&[0x80][..], &[0xFF], &[0x80; 20], &[0]] {
            let nonce = crate::der::element(tag::INTEGER, &[nonce]);
            let asked = sequence(&[&version, &good, &nonce, &TRUE]);
            assert_eq!(Request::parse(&asked).unwrap().encode(), asked);
        }
        for refused in [
            sequence(&[&version, &good, &TRUE]),
            sequence(&[&version, &good, &nonce]),
            sequence(&[&version, &good, &nonce, &[1, 1, 0]]),
            sequence(&[&integer(2), &good, &nonce, &TRUE]),
            sequence(&[&version, &imprint(sha_256, 31), &nonce, &TRUE]),
            sequence(&[&version, &imprint(sha_1, 20), &nonce, &TRUE]),
            sequence(&[&version, &good, &nonce, &TRUE, &context(0, &[])]),
            [sequence(&[&version, &good, &nonce, &TRUE]), vec![0]].concat(),
            Vec::new(),
        ] {
            assert_eq!(Request::parse(&refused).unwrap_err(), TimestampError::Malformed);
        }
    }

    #[test]
    fn what_an_authority_says_in_words_is_kept_in_one_line_and_no_further() {
        let request = Request::new(DigestAlgorithm::Sha256.digest(b"imza"), [1; 8]);
        let said = |answer: &[u8]| request.accept(answer).unwrap_err();
        let text = |excerpt: &str| TimestampError::Text {
            excerpt: excerpt.to_owned(),
        };
        assert_eq!(
            said("Kullanıcı tanınmadı.\r\n".as_bytes()),
            text("Kullanıcı tanınmadı.")
        );
        // A zero is also the tag of a SEQUENCE.
        assert_eq!(said(b"0 kont\xc3\xb6r kald\xc4\xb1"), text("0 kontör kaldı"));
        assert_eq!(said("a\u{202E}b\nc".as_bytes()), text("a b c"));
        let TimestampError::Text { excerpt } = said("ş".repeat(100_000).as_bytes()) else {
            panic!("a text was given")
        };
        assert_eq!(excerpt.chars().count(), MAX_EXCERPT);
        for none in [&b""[..], b"   ", b"\x1b[2J", b"\xff\xfe", &sequence(&[&integer(0)])] {
            assert_eq!(said(none), TimestampError::Malformed);
        }
    }

    #[test]
    fn nothing_may_follow_the_token_or_the_answer() {
        let algorithm = DigestAlgorithm::Sha256;
        let request = Request::new(algorithm.digest(b"imza"), [1; 8]);
        let imprint = sequence(&[
            &sequence(&[&object_identifier(algorithm.oid())]),
            &octet_string(&algorithm.digest(b"imza").value),
        ]);
        let info = sequence(&[
            &integer(1),
            &object_identifier(algorithm.oid()),
            &imprint,
            &integer(5),
            b"\x18\x0f20260101000000Z",
            &unsigned_integer(&[1; 8]),
        ]);
        let signed_data = sequence(&[
            &integer(3),
            &crate::der::element(tag::SET, &[]),
            &sequence(&[
                &object_identifier(oid::TIMESTAMP_INFO),
                &context(0, &[&octet_string(&info)]),
            ]),
            &crate::der::element(tag::SET, &[]),
        ]);
        let token = sequence(&[&object_identifier(oid::SIGNED_DATA), &context(0, &[&signed_data])]);
        let status = sequence(&[&integer(0)]);
        assert_eq!(request.accept(&sequence(&[&status, &token])), Ok(token.clone()));
        for trailing in [
            sequence(&[&status, &token, &integer(1)]),
            [sequence(&[&status, &token]), vec![0]].concat(),
        ] {
            assert_eq!(request.accept(&trailing), Err(TimestampError::Malformed));
        }
    }
}
