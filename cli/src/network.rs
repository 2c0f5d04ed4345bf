//! The network that signatures are extended and verified with: bounded in time as a whole, and asked only for what the
//! person allows.

use std::fs;
use std::time::SystemTime;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use basvuru::certificate::ocsp;
use basvuru::failure::Failure;
use basvuru::secret::SecretText;
use basvuru::signature::extend::ExtendError;
use basvuru::signature::source::{
    CachingFetch, Fetch, FetchError, FetchRequest, HttpFetch, KeptAnswer, MAX_LIST_SIZE, PatientFetch, SourceError,
    TimestampAuthority,
};
use basvuru::signature::timestamp::TimestampError;
use basvuru::texts::Argument;
use zeroize::Zeroizing;

use crate::arguments::{Ask, Lasting};
use crate::screen::Screen;
use crate::stop::{Detail, Stop};
use crate::trust;

/// The network for one command, which names whom it asks while it waits.
pub(crate) struct Network<'a> {
    http: PatientFetch<CachingFetch<HttpFetch>>,
    screen: &'a Screen,
    asks_responders: bool,
    asks_lists: bool,
}

impl<'a> Network<'a> {
    /// Asks whoever a certificate names, by plain HTTP.
    pub(crate) fn open(screen: &'a Screen) -> Result<Self, Stop> {
        Ok(Self::over(HttpFetch::new(&[]).map_err(unreachable)?, screen))
    }

    /// Asks whom the options allow.
    pub(crate) fn of(options: &Lasting, screen: &'a Screen) -> Result<Self, Stop> {
        let roots = trust::certificates(&options.tls_trust)?;
        Ok(Self {
            asks_responders: options.ocsp == Ask::Auto,
            asks_lists: options.crl == Ask::Auto,
            ..Self::over(HttpFetch::new(&roots).map_err(unreachable)?, screen)
        })
    }

    fn over(http: HttpFetch, screen: &'a Screen) -> Self {
        Self {
            http: PatientFetch::new(CachingFetch::new(http, SystemTime::now)),
            screen,
            asks_responders: true,
            asks_lists: true,
        }
    }

    fn tell(&self, request: &FetchRequest) {
        let asked = match &request.body {
            Some((media_type, _)) if *media_type == ocsp::REQUEST_MEDIA_TYPE => "asking-state",
            Some(_) => "asking-timestamp",
            None if request.size_limit == MAX_LIST_SIZE => "asking-list",
            None => "asking-issuer",
        };
        if let Some(host) = request.host() {
            self.screen
                .waiting(self.screen.sentence(asked, &[("host", Argument::Text(&host))]));
        }
    }

    fn allows(&self, request: &FetchRequest) -> bool {
        match &request.body {
            Some((media_type, _)) => self.asks_responders || *media_type != ocsp::REQUEST_MEDIA_TYPE,
            None => self.asks_lists || request.size_limit != MAX_LIST_SIZE,
        }
    }
}

#[async_trait]
impl Fetch for Network<'_> {
    async fn fetch(&self, request: FetchRequest) -> Result<Vec<u8>, FetchError> {
        if !self.allows(&request) {
            return Err(FetchError::NotAsked);
        }
        self.tell(&request);
        self.http.fetch(request).await
    }

    fn kept(&self, request: &FetchRequest) -> Option<KeptAnswer> {
        self.http.kept(request).filter(|_| self.allows(request))
    }
}

/// The time-stamping authority that the options name, with what it wants to know.
pub(crate) fn timestamp_authority(options: &Lasting) -> Result<Option<TimestampAuthority>, Stop> {
    let Some(url) = options.tsa.clone() else {
        return Ok(None);
    };
    let mut headers = Vec::new();
    for header in &options.tsa_header {
        let (name, value) = header
            .split_once('=')
            .ok_or_else(|| Stop::own("stop-tsa-header", header.split('=').next().unwrap_or_default()))?;
        headers.push((name.to_owned(), SecretText::new(value.to_owned())));
    }
    if let Some(file) = &options.tsa_password {
        let text = fs::read_to_string(file).map_err(|error| Stop::file(file, &error))?;
        let text = Zeroizing::new(text);
        // Editors of Windows begin a file with a mark of its encoding.
        let text = text.trim_start_matches('\u{FEFF}');
        headers.push((
            "Authorization".to_owned(),
            basic(text.lines().next().unwrap_or_default()),
        ));
    }
    let authority = TimestampAuthority::at(url).with_headers(headers);
    Ok(Some(match options.tsa_policy {
        Some(policy) => authority.with_policy(policy),
        None => authority,
    }))
}

/// Credentials for HTTP Basic (RFC 7617, 2), written where they will stay: a buffer that grows leaves copies behind.
fn basic(credentials: &str) -> SecretText {
    const SCHEME: &str = "Basic ";
    let mut value = String::with_capacity(SCHEME.len() + credentials.len().div_ceil(3) * 4);
    value.push_str(SCHEME);
    STANDARD.encode_string(credentials, &mut value);
    SecretText::new(value)
}

fn unreachable(error: FetchError) -> Stop {
    match error {
        FetchError::Status(status @ (401 | 403 | 407)) => Stop::own("stop-network-refused", status),
        FetchError::Status(status) => Stop::own("stop-network-status", status),
        FetchError::TooLarge => Stop::own("stop-network-large", ""),
        FetchError::TooLate => Stop::own("stop-network-late", ""),
        error @ (FetchError::NotAsked | FetchError::Failed(_)) => Stop::own("stop-network", "").because(error),
    }
}

/// Why a signature was not extended.
pub(crate) fn stop(error: ExtendError) -> Stop {
    match error {
        ExtendError::Source(error) => source_stop(error),
        ExtendError::NoContent => Stop::own("stop-no-content", ""),
        ExtendError::OtherProfile => Stop::own("stop-other-profile", ""),
        ExtendError::GracePeriod { until } => Stop::own("stop-grace", Detail::Moment(until)),
        ExtendError::TooLarge => Stop::own("stop-extended-large", ""),
        ExtendError::Malformed => Stop::own("stop-extend", ""),
        ExtendError::Container(fault) => Stop::own("stop-container", Detail::Container(fault)),
        ExtendError::Write(error) => Stop::own("stop-write", "").because(error),
    }
}

/// Why something could not be had.
pub(crate) fn source_stop(error: SourceError) -> Stop {
    match error {
        SourceError::NoTimestampAuthority => Stop::own("stop-no-tsa", ""),
        SourceError::Fetch(error) => unreachable(error),
        SourceError::Timestamp(TimestampError::Refused { status }) => Stop::own("stop-timestamp-refused", status),
        SourceError::Timestamp(
            error @ (TimestampError::Malformed
            | TimestampError::Text { .. }
            | TimestampError::NotAskedFor
            | TimestampError::FarFromClock { .. }
            | TimestampError::DoesNotHold { .. }),
        ) => Stop::own("stop-timestamp", "").because(error),
        SourceError::Path(fault) => Stop::own("stop-path", Detail::Path(fault)),
        SourceError::NoState => Stop::own("stop-no-state", ""),
        SourceError::Revoked { from } => Stop::own("stop-revoked", Detail::Moment(from)),
        SourceError::Suspended { from } => Stop::own("stop-suspended", Detail::Moment(from)),
        SourceError::Random => Failure::Internal {
            detail: error.to_string(),
        }
        .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_encoded_into_a_buffer_that_never_grew() {
        for credentials in ["", "a", "ab", "Aladdin:open sesame", "kullanıcı:parola"] {
            let value = basic(credentials);
            assert_eq!(value.expose(), format!("Basic {}", STANDARD.encode(credentials)));
            assert_eq!(format!("{value:?}"), "SecretText");
        }
    }
}
