//! An answer on its way, which can be taken up where it was cut.

use std::fmt;

use reqwest::header::{CONTENT_RANGE, ETAG, HeaderName, IF_RANGE, RANGE};
use reqwest::{RequestBuilder, Response, StatusCode};

use super::ClientError;

/// What has come of an answer so far, and by which mark the portal knows the whole again.
#[derive(Default, Clone)]
pub(crate) struct Arriving {
    octets: Vec<u8>,
    /// The strong entity tag (RFC 9110, 8.8.3) of the whole.
    etag: Option<String>,
}

impl Arriving {
    /// How many octets have come.
    pub(crate) fn length(&self) -> usize {
        self.octets.len()
    }

    /// What has come.
    pub(crate) fn into_octets(self) -> Vec<u8> {
        self.octets
    }

    /// Asks for the rest of it, or for everything should the whole be another by now (RFC 9110, 13.1.5).
    pub(super) fn going_on(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.etag {
            Some(etag) if !self.octets.is_empty() => request
                .header(RANGE, format!("bytes={}-", self.octets.len()))
                .header(IF_RANGE, etag),
            _ => request,
        }
    }

    /// The answer's head is there: what follows goes on, or begins anew.
    pub(super) fn begin(&mut self, answer: &Response) -> Result<(), ClientError> {
        let text = |name: HeaderName| answer.headers().get(name).and_then(|value| value.to_str().ok());
        if answer.status() == StatusCode::PARTIAL_CONTENT {
            let goes_on = format!("bytes {}-", self.octets.len());
            return match text(CONTENT_RANGE).is_some_and(|range| range.starts_with(&goes_on)) {
                true => Ok(()),
                false => Err(ClientError::Garbled),
            };
        }
        self.octets.clear();
        self.etag = text(ETAG).filter(|tag| tag.starts_with('"')).map(str::to_owned);
        Ok(())
    }

    /// More has come, of an answer of at most `longest` octets.
    pub(super) fn take(&mut self, piece: &[u8], longest: usize) -> Result<(), ClientError> {
        if self.octets.len() + piece.len() > longest {
            return Err(ClientError::Garbled);
        }
        self.octets.extend_from_slice(piece);
        Ok(())
    }
}

impl fmt::Debug for Arriving {
    /// How much alone: what it is may be the person's.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Arriving({} octets)", self.octets.len())
    }
}
