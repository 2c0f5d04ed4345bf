//! What the portal says when it refuses: one RFC 9457 problem of the protocol's kinds, with the status and the
//! `Retry-After` that belong to it. No refusal carries personal data.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use basvuru::portal::{FaultyField, PROBLEM_MEDIA_TYPE, Problem, ProblemKind};

/// A refusal, and whether it is the outcome of something that happened (a wrong code costs a try) and must be remembered
/// with it, or leaves everything as it was.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    problem: Box<Problem>,
    lasting: bool,
    allow: Option<HeaderValue>,
}

impl Refusal {
    pub(crate) fn new(kind: ProblemKind) -> Self {
        let (status, title) = status_and_title(kind);
        Self::with_status(kind, status, title)
    }

    /// 400 with a sentence for the engineer on the other side.
    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::MalformedRequest).detail(detail)
    }

    /// 404 for a path the protocol does not have. `about:blank` says no more than the status (RFC 9457, 4.2.1).
    pub(crate) fn not_found() -> Self {
        Self::with_status(ProblemKind::Unknown, StatusCode::NOT_FOUND, "Not Found")
    }

    /// 405 for a method the path does not have.
    pub(crate) fn method_not_allowed(allow: HeaderValue) -> Self {
        let refusal = Self::with_status(
            ProblemKind::Unknown,
            StatusCode::METHOD_NOT_ALLOWED,
            "Method Not Allowed",
        );
        Self {
            allow: Some(allow),
            ..refusal
        }
    }

    /// 421 for a host that is not this portal's (RFC 9110, 15.5.20).
    pub(crate) fn misdirected() -> Self {
        Self::with_status(
            ProblemKind::Unknown,
            StatusCode::MISDIRECTED_REQUEST,
            "Misdirected Request",
        )
    }

    /// 503: it cannot be done now, but later.
    pub(crate) fn busy() -> Self {
        Self::with_status(
            ProblemKind::Unavailable,
            StatusCode::SERVICE_UNAVAILABLE,
            "The portal cannot do it now",
        )
        .retry_after(5)
    }

    /// 403: the core that asks is too old.
    pub(crate) fn outdated(oldest: &str) -> Self {
        let mut refusal = Self::new(ProblemKind::AppOutdated);
        refusal.problem.oldest_version = Some(oldest.to_owned());
        refusal
    }

    fn with_status(kind: ProblemKind, status: StatusCode, title: &str) -> Self {
        let problem = Problem {
            kind,
            status: status.as_u16(),
            title: title.to_owned(),
            detail: None,
            tries_left: None,
            retry_after: None,
            oldest_version: None,
            fields: Vec::new(),
        };
        Self {
            problem: Box::new(problem),
            lasting: false,
            allow: None,
        }
    }

    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.problem.detail = Some(detail.into());
        self
    }

    pub(crate) fn tries_left(mut self, tries: u8) -> Self {
        self.problem.tries_left = Some(tries);
        self
    }

    pub(crate) fn retry_after(mut self, seconds: u32) -> Self {
        self.problem.retry_after = Some(seconds.max(1));
        self
    }

    pub(crate) fn fields(mut self, fields: Vec<FaultyField>) -> Self {
        self.problem.fields = fields;
        self
    }

    /// Marks the refusal as the outcome of something that happened: it is committed and answered again to a repeat.
    pub(crate) fn lasting(mut self) -> Self {
        self.lasting = true;
        self
    }

    pub(crate) fn is_lasting(&self) -> bool {
        self.lasting
    }

    /// The last word of the type, such as `code-wrong`.
    pub(crate) fn word(&self) -> String {
        let name = serde_json::to_value(self.problem.kind).unwrap_or_default();
        let name = name.as_str().unwrap_or_default();
        name.rsplit(':').next().unwrap_or_default().to_owned()
    }

    pub(crate) fn problem(&self) -> &Problem {
        &self.problem
    }
}

/// The refusal that a request was given before.
impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self {
            problem: Box::new(problem),
            lasting: false,
            allow: None,
        }
    }
}

/// A failure of the portal itself: nothing of its cause is told.
impl From<rusqlite::Error> for Refusal {
    fn from(_: rusqlite::Error) -> Self {
        Self::new(ProblemKind::Unavailable)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self.problem).expect("a problem is plain data");
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_MEDIA_TYPE));
        if let Some(seconds) = self.problem.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(allow) = self.allow {
            headers.insert(header::ALLOW, allow);
        }
        response
    }
}

/// The status and the English summary of a kind, as `basvuru::portal::ProblemKind` documents them.
fn status_and_title(kind: ProblemKind) -> (StatusCode, &'static str) {
    use StatusCode as S;
    match kind {
        ProblemKind::MalformedRequest => (S::BAD_REQUEST, "The request is not of the protocol's form"),
        ProblemKind::CaptchaWrong => (S::UNPROCESSABLE_ENTITY, "The picture code was answered wrongly"),
        ProblemKind::CaptchaExpired => (S::UNPROCESSABLE_ENTITY, "The picture code is unknown, used or too old"),
        ProblemKind::CaptchaNeeded => (S::UNPROCESSABLE_ENTITY, "A picture code is needed on this device"),
        ProblemKind::CredentialsWrong => (S::FORBIDDEN, "Identity number or access password is wrong"),
        ProblemKind::LockedOut => (S::TOO_MANY_REQUESTS, "Too many wrong passwords"),
        ProblemKind::DeviceWaits => (S::TOO_MANY_REQUESTS, "Too many wrong passwords from here"),
        ProblemKind::RateLimited => (S::TOO_MANY_REQUESTS, "Too many requests"),
        ProblemKind::SessionOver => (S::UNAUTHORIZED, "The session is unknown or over"),
        ProblemKind::OrderUnknown => (S::NOT_FOUND, "No such order"),
        ProblemKind::PhaseWrong => (S::CONFLICT, "The order does not wait for this"),
        ProblemKind::FormInvalid => (S::UNPROCESSABLE_ENTITY, "Fields are missing, malformed or locked"),
        ProblemKind::FormChanged => (S::PRECONDITION_FAILED, "The form has changed"),
        ProblemKind::CodeTooSoon => (S::TOO_MANY_REQUESTS, "Another code was sent a moment ago"),
        ProblemKind::CodeWrong => (S::UNPROCESSABLE_ENTITY, "The code is wrong"),
        ProblemKind::CodeExpired => (
            S::UNPROCESSABLE_ENTITY,
            "The code is too old or used up, or none was sent",
        ),
        ProblemKind::MethodNotAllowed => (S::UNPROCESSABLE_ENTITY, "The order does not allow this method"),
        ProblemKind::SignatureInvalid => (S::UNPROCESSABLE_ENTITY, "The signed documents do not hold"),
        ProblemKind::SignerNotApplicant => (S::UNPROCESSABLE_ENTITY, "The certificate is another person's"),
        ProblemKind::HolderNameDiffers => (S::UNPROCESSABLE_ENTITY, "The certificate has another person's name"),
        ProblemKind::CertificateStateUnknown => (S::SERVICE_UNAVAILABLE, "The state of the certificate is not known"),
        ProblemKind::CertificateRefused => (S::UNPROCESSABLE_ENTITY, "The certificate is not accepted"),
        ProblemKind::CertificateSuspended => (S::UNPROCESSABLE_ENTITY, "The certificate is suspended"),
        ProblemKind::UnblockingUnavailable => (S::UNPROCESSABLE_ENTITY, "This card cannot be unblocked by the portal"),
        ProblemKind::TimestampUnavailable => (S::SERVICE_UNAVAILABLE, "No time-stamp can be had now"),
        ProblemKind::AppOutdated => (S::FORBIDDEN, "The portal no longer works with this version"),
        ProblemKind::IdempotencyKeyReused => (S::UNPROCESSABLE_ENTITY, "The key was used for another request"),
        ProblemKind::UploadOffsetWrong => (S::CONFLICT, "The part goes on from elsewhere than what has come"),
        ProblemKind::TooLarge => (S::PAYLOAD_TOO_LARGE, "The body is too large"),
        ProblemKind::Unavailable | ProblemKind::Unknown => (S::INTERNAL_SERVER_ERROR, "The portal cannot do it now"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wait_is_also_told_in_the_header() {
        let response = Refusal::new(ProblemKind::LockedOut).retry_after(900).into_response();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()[header::RETRY_AFTER], "900");
        assert_eq!(response.headers()[header::CONTENT_TYPE], PROBLEM_MEDIA_TYPE);
    }

    #[test]
    fn the_word_of_a_refusal_is_its_type() {
        assert_eq!(
            Refusal::new(ProblemKind::SignerNotApplicant).word(),
            "signer-not-applicant"
        );
    }

    #[test]
    fn a_wait_is_never_told_as_zero() {
        assert_eq!(
            Refusal::new(ProblemKind::CodeTooSoon)
                .retry_after(0)
                .problem()
                .retry_after,
            Some(1)
        );
    }
}
