//! Bodies of requests, which may have a password in them.

use std::io;

use bytes::Bytes;
use reqwest::RequestBuilder;
use reqwest::header::CONTENT_TYPE;
use serde::Serialize;
use zeroize::Zeroizing;

use super::ClientError;

/// Adds a body: in one piece of memory that is wiped when it has been sent.
pub(super) fn with_body<T: Serialize>(request: RequestBuilder, body: &T) -> Result<RequestBuilder, ClientError> {
    let mut length = Length(0);
    serde_json::to_writer(&mut length, body).map_err(|_| ClientError::Garbled)?;
    let mut octets = Zeroizing::new(Vec::with_capacity(length.0));
    serde_json::to_writer(&mut *octets, body).map_err(|_| ClientError::Garbled)?;
    let octets = Bytes::from_owner(octets);
    Ok(request.header(CONTENT_TYPE, "application/json").body(octets))
}

/// Counts what is written.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0 += octets.len();
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
