//! Time-stamps (RFC 3161): asked for with a digest and a nonce, and read from their original octets.

use std::time::SystemTime;

use super::oid;
use super::signed_data::SignedData;
use crate::certificate::parse_digest_algorithm;
use crate::der::{
    DerError, Element, Reader, integer, object_identifier, octet_string, sequence, tag, unsigned_integer,
};
use crate::digest::Digest;

/// The media type of a request.
pub const REQUEST_MEDIA_TYPE: &str = "application/timestamp-query";
/// DER of TRUE.
const TRUE: [u8; 3] = [0x01, 0x01, 0xFF];

/// Why there is no time-stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimestampError {
    /// The answer is not one.
    #[error("the answer of the time-stamping authority is malformed")]
    Malformed,
    /// The authority refused.
    #[error("the time-stamping authority refused with status {status}")]
    Refused {
        /// PKIStatus (RFC 3161, 2.4.2): 2 rejection, 3 waiting, 4 and 5 revocation.
        status: u64,
    },
    /// The time-stamp is for another digest or another request.
    #[error("the time-stamp is not the one asked for")]
    NotAskedFor,
}

/// A question to a time-stamping authority.
#[derive(Debug, Clone)]
pub struct Request {
    digest: Digest,
    nonce: Vec<u8>,
}

impl Request {
    /// Asks for a time-stamp over a digest. The nonce is random, of eight octets.
    #[must_use]
    pub fn new(digest: Digest, nonce: [u8; 8]) -> Self {
        let significant = nonce.into_iter().skip_while(|octet| *octet == 0).collect();
        Self {
            digest,
            nonce: significant,
        }
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
        sequence(&[&integer(1), &imprint, &unsigned_integer(&self.nonce), &TRUE])
    }

    /// Takes the token out of an answer, where it is for this request. Whether it is to be trusted is for
    /// [`super::verify`] to tell.
    ///
    /// `TimeStampResp ::= SEQUENCE { status SEQUENCE { status INTEGER, … }, timeStampToken ContentInfo OPTIONAL }`
    ///
    /// # Errors
    /// [`TimestampError`]
    pub fn accept(&self, answer: &[u8]) -> Result<Vec<u8>, TimestampError> {
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
        let info = Token::parse(token).map_err(malformed)?.info;
        if info.imprint.as_ref() != Some(&self.digest) || info.nonce.as_deref() != Some(&self.nonce) {
            return Err(TimestampError::NotAskedFor);
        }
        Ok(token.encoded().to_vec())
    }
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
    /// [`None`] where the digest algorithm is weak or not known.
    pub(super) imprint: Option<Digest>,
    /// Exact to the fraction of a second that the authority gave.
    pub(super) time: SystemTime,
    nonce: Option<Vec<u8>>,
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
        parts.expect(tag::OBJECT_IDENTIFIER)?;
        let mut imprint = parts.expect(tag::SEQUENCE)?.children()?;
        let algorithm = parse_digest_algorithm(imprint.expect(tag::SEQUENCE)?.encoded());
        let value = imprint.expect(tag::OCTET_STRING)?.content().to_vec();
        imprint.finish()?;
        parts.expect(tag::INTEGER)?.integer()?;
        let time = parts.expect(tag::GENERALIZED_TIME)?.moment()?.time;
        parts.optional(tag::SEQUENCE)?;
        parts.optional(tag::BOOLEAN)?;
        let nonce = parts
            .optional(tag::INTEGER)?
            .map(|nonce| nonce.unsigned_integer())
            .transpose()?;
        parts.optional(tag::context_constructed(0))?;
        parts.optional(tag::context_constructed(1))?;
        parts.finish()?;
        Ok(Self {
            imprint: algorithm.ok().map(|algorithm| Digest { algorithm, value }),
            time,
            nonce: nonce.map(<[u8]>::to_vec),
        })
    }
}
