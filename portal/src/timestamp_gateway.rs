//! Where time-stamps for the applicants' signatures come from.

use async_trait::async_trait;
use basvuru::signature::source::{Fetch as _, HttpFetch, TimestampAuthority};
use basvuru::signature::timestamp;

/// Why there is no time-stamp. The text goes to the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TimestampError(pub String);

/// Makes time-stamps, or reaches who does.
#[async_trait]
pub trait TimestampGateway: Send + Sync {
    /// Gives the answer to a request, both in DER (RFC 3161, 2.4). It must not take longer than an applicant waits: half a
    /// minute.
    ///
    /// # Errors
    /// There is no answer; the applicant is asked to try again.
    async fn answer(&self, request: &[u8]) -> Result<Vec<u8>, TimestampError>;
}

/// A time-stamping authority reached by HTTP (RFC 3161, 3.4).
pub struct HttpTimestamps {
    authority: TimestampAuthority,
    fetch: HttpFetch,
}

impl HttpTimestamps {
    /// An authority, and the way to it.
    #[must_use]
    pub const fn new(authority: TimestampAuthority, fetch: HttpFetch) -> Self {
        Self { authority, fetch }
    }
}

#[async_trait]
impl TimestampGateway for HttpTimestamps {
    async fn answer(&self, request: &[u8]) -> Result<Vec<u8>, TimestampError> {
        let said = |error: &dyn std::error::Error| TimestampError(error.to_string());
        let request = timestamp::Request::parse(request).map_err(|error| said(&error))?;
        let answer = self.fetch.fetch(self.authority.fetch_request(&request)).await;
        answer.map_err(|error| said(&error))
    }
}
