//! A request and its answer: counted, timed, under an id that the portal's log has too, and never longer than was expected.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use reqwest::header::{CONTENT_TYPE, DATE};
use reqwest::{RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;

use super::{ClientError, LONGEST_JSON, Portal, connection};
use crate::diagnosis;
use crate::portal::{PROBLEM_MEDIA_TYPE, REQUEST_ID, RequestId, request_id};

impl Portal {
    pub(super) async fn json<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, ClientError> {
        let body = self.bytes(request, LONGEST_JSON).await?;
        serde_json::from_slice(&body).map_err(|_| ClientError::Garbled)
    }

    /// Sends a request under an id of its own and reads a successful answer of at most `longest` octets.
    pub(super) async fn bytes(&self, request: RequestBuilder, longest: usize) -> Result<Vec<u8>, ClientError> {
        self.bytes_as_they_come(request, longest, &|_| {}).await
    }

    /// As [`Self::bytes`], and says how many octets have arrived as they do.
    pub(super) async fn bytes_as_they_come(
        &self,
        request: RequestBuilder,
        longest: usize,
        arrived: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<u8>, ClientError> {
        let Some(id) = RequestId::fresh() else {
            return self.exchange(request, longest, arrived).await;
        };
        *self.last_request.lock().unwrap_or_else(PoisonError::into_inner) = Some(id.to_string());
        let answered = self
            .exchange(request.header(REQUEST_ID, id.as_str()), longest, arrived)
            .await;
        if let Err(error) = &answered {
            diagnosis::request_failed(id.as_str(), request_id::outcome(error));
        }
        answered
    }

    async fn exchange(
        &self,
        request: RequestBuilder,
        longest: usize,
        arrived: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<u8>, ClientError> {
        let request = request.build().map_err(|error| self.classify(&error))?;
        let sent = request.body().and_then(|body| body.as_bytes()).map_or(0, <[u8]>::len);
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(sent as u64, Ordering::Relaxed);
        let begun = self.clock.begin();
        let response = self
            .http
            .execute(request)
            .await
            .map_err(|error| self.classify(&error))?;
        if let Some(date) = response.headers().get(DATE).and_then(|date| date.to_str().ok()) {
            self.clock.hear(date, begun);
        }
        let status = response.status();
        if status.is_success() {
            return self.read(response, longest, arrived).await;
        }
        let is_problem = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.split(';').next().map(str::trim) == Some(PROBLEM_MEDIA_TYPE));
        if !is_problem {
            // A gateway in front of the portal speaks for itself.
            return Err(match status {
                StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
                    ClientError::Unreachable
                }
                _ => ClientError::Garbled,
            });
        }
        let body = self.read(response, LONGEST_JSON, &|_| {}).await?;
        let problem = serde_json::from_slice(&body).map_err(|_| ClientError::Garbled)?;
        Err(ClientError::Problem(Box::new(problem)))
    }

    async fn read(
        &self,
        mut response: Response,
        longest: usize,
        arrived: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<u8>, ClientError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.classify(&error))? {
            if body.len() + chunk.len() > longest {
                return Err(ClientError::Garbled);
            }
            body.extend_from_slice(&chunk);
            arrived(body.len());
        }
        self.bytes.fetch_add(body.len() as u64, Ordering::Relaxed);
        Ok(body)
    }

    fn classify(&self, error: &reqwest::Error) -> ClientError {
        connection::classify(error, self.clock.device().wall())
    }
}
