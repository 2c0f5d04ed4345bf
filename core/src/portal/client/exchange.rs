//! A request and its answer: counted, under an id that the portal's log has too, waited for as long as the line flows, and
//! never longer than was expected.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use zeroize::Zeroizing;

use super::arriving::Arriving;
use super::line::Line;
use super::{ClientError, LONGEST_JSON, Portal, connection};
use crate::diagnosis;
use crate::portal::{PROBLEM_MEDIA_TYPE, Problem, ProblemKind, REQUEST_ID, RequestId, request_id};

/// What is expected of an exchange, and who hears of it.
pub(super) struct Expected<'a> {
    /// The longest answer, in octets.
    pub(super) longest: usize,
    /// Which part of something larger the request's body is, where it is one.
    pub(super) part: Option<Part>,
    /// Is told how many octets of the answer have come.
    pub(super) arrived: &'a (dyn Fn(usize) + Sync),
}

/// A part of something that is sent in parts, in octets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    /// What the portal has of it already.
    pub(super) from: usize,
    /// How long the part is.
    pub(super) length: usize,
    /// How long the whole is.
    pub(super) total: usize,
}

impl Expected<'_> {
    /// An answer of at most `longest` octets.
    pub(super) fn answer(longest: usize) -> Self {
        Self {
            longest,
            part: None,
            arrived: &|_| {},
        }
    }
}

impl Portal {
    pub(super) async fn json<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, ClientError> {
        // It may have a token or a PUK in it.
        let body = Zeroizing::new(self.bytes(request, LONGEST_JSON).await?);
        serde_json::from_slice(&body).map_err(|_| ClientError::Garbled)
    }

    /// Sends a request and reads a successful answer of at most `longest` octets.
    pub(super) async fn bytes(&self, request: RequestBuilder, longest: usize) -> Result<Vec<u8>, ClientError> {
        let mut answer = Arriving::default();
        self.answered(request, Expected::answer(longest), &mut answer).await?;
        Ok(answer.into_octets())
    }

    /// Sends a request under an id of its own, and has its successful answer arrive; after a line that broke or was silent, the
    /// next one goes over a new line. Gives the answer's status.
    pub(super) async fn answered(
        &self,
        request: RequestBuilder,
        expected: Expected<'_>,
        arriving: &mut Arriving,
    ) -> Result<StatusCode, ClientError> {
        let Some(id) = RequestId::fresh() else {
            return self.exchange(request, expected, arriving).await;
        };
        *self.last_request.lock().unwrap_or_else(PoisonError::into_inner) = Some(id.to_string());
        let request = request.header(REQUEST_ID, id.as_str());
        let answered = self.exchange(request, expected, arriving).await;
        if let Err(error) = &answered {
            diagnosis::request_failed(id.as_str(), request_id::outcome(error));
            if matches!(error, ClientError::Timeout | ClientError::Unreachable) {
                self.pace.broke();
                self.begin_a_new_line();
            }
        }
        answered
    }

    async fn exchange(
        &self,
        request: RequestBuilder,
        expected: Expected<'_>,
        arriving: &mut Arriving,
    ) -> Result<StatusCode, ClientError> {
        let line = Line::new(self.listener.clone());
        if let Some(part) = expected.part {
            line.sends(part);
        }
        let (client, request) = request.build_split();
        let request = request.map_err(|error| self.classify(&error))?;
        let sent = request.body().and_then(|body| body.as_bytes()).map_or(0, <[u8]>::len);
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(sent as u64, Ordering::Relaxed);
        let begun = self.clock.begin();
        let response = line.wait(client.execute(request)).await?;
        let response = response.map_err(|error| self.classify(&error))?;
        if let Some(date) = response.headers().get(DATE).and_then(|date| date.to_str().ok()) {
            self.clock.hear(date, begun);
        }
        line.answered(response.content_length());
        let status = response.status();
        if status.is_success() {
            arriving.begin(&response)?;
            let begun_at = arriving.length();
            self.read(&line, response, &expected, arriving).await?;
            let octets = expected.part.map_or(arriving.length() - begun_at, |part| part.length);
            self.pace.learn(octets, line.taken());
            return Ok(status);
        }
        let wait = retry_after(response.headers(), self.clock.now());
        let is_problem = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.split(';').next().map(str::trim) == Some(PROBLEM_MEDIA_TYPE));
        if !is_problem {
            return Err(gateway(status, wait));
        }
        let mut body = Arriving::default();
        self.read(&line, response, &Expected::answer(LONGEST_JSON), &mut body)
            .await?;
        let mut problem: Problem = serde_json::from_slice(&body.into_octets()).map_err(|_| ClientError::Garbled)?;
        if problem.kind == ProblemKind::Unknown
            && let ClientError::Problem(of_gateway) = gateway(status, wait)
        {
            return Err(ClientError::Problem(of_gateway));
        }
        problem.retry_after = problem.retry_after.or(wait);
        Err(ClientError::Problem(Box::new(problem)))
    }

    async fn read(
        &self,
        line: &Line,
        mut response: Response,
        expected: &Expected<'_>,
        arriving: &mut Arriving,
    ) -> Result<(), ClientError> {
        while let Some(piece) = line
            .wait(response.chunk())
            .await?
            .map_err(|error| self.classify(&error))?
        {
            arriving.take(&piece, expected.longest)?;
            self.bytes.fetch_add(piece.len() as u64, Ordering::Relaxed);
            line.received(piece.len());
            (expected.arrived)(arriving.length());
        }
        Ok(())
    }

    /// The line was silent or broke: what is asked next goes over a new one.
    fn begin_a_new_line(&self) {
        if let Ok(client) = connection::client(self.tls.clone(), self.proxy.as_ref()) {
            *self.http.lock().unwrap_or_else(PoisonError::into_inner) = client;
        }
    }

    fn classify(&self, error: &reqwest::Error) -> ClientError {
        connection::classify(error, self.clock.device().wall(), self.proxy.as_ref())
    }
}

/// What an answer means that is none of the portal's problems: whoever stands in front of it speaks for it.
fn gateway(status: StatusCode, wait: Option<u32>) -> ClientError {
    let kind = match status {
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            ProblemKind::Unavailable
        }
        StatusCode::TOO_MANY_REQUESTS => ProblemKind::RateLimited,
        _ => return ClientError::Garbled,
    };
    ClientError::Problem(Box::new(Problem {
        kind,
        status: status.as_u16(),
        title: "a gateway's answer".to_owned(),
        detail: None,
        tries_left: None,
        retry_after: wait,
        oldest_version: None,
        fields: Vec::new(),
    }))
}

/// How many seconds to wait (RFC 9110, 10.2.3): told as such, or as a date. Nobody is told to wait for longer than a day.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<u32> {
    const DAY: u64 = 24 * 60 * 60;
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if value.is_empty() {
        return None;
    }
    let seconds = if value.bytes().all(|octet| octet.is_ascii_digit()) {
        value.parse().unwrap_or(DAY)
    } else {
        let date = SystemTime::from(OffsetDateTime::parse(value, &Rfc2822).ok()?);
        let rest = date.duration_since(now).unwrap_or(Duration::ZERO);
        rest.as_secs() + u64::from(rest.subsec_nanos() > 0)
    };
    u32::try_from(seconds.clamp(1, DAY)).ok()
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn how_long_to_wait_is_told_in_seconds_or_as_a_date() {
        // 1994-11-06T08:49:37Z, the example of RFC 9110, 5.6.7.
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777);
        let told = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value.parse().unwrap());
            retry_after(&headers, now)
        };
        assert_eq!(told("120"), Some(120));
        assert_eq!(told(" 120 "), Some(120));
        assert_eq!(told("Sun, 06 Nov 1994 08:51:37 GMT"), Some(120));
        // What is over is over now; nobody is sent away for a year; what is neither says nothing.
        assert_eq!(told("Sun, 06 Nov 1994 08:00:00 GMT"), Some(1));
        assert_eq!(told("0"), Some(1));
        assert_eq!(told("99999999999999999999999"), Some(86_400));
        assert_eq!(told("Fri, 06 Nov 2094 08:49:37 GMT"), Some(86_400));
        for nothing in ["", "soon", "-5", "1.5"] {
            assert_eq!(told(nothing), None, "{nothing}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
