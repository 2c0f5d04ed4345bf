//! The network that signatures are extended and verified with: bounded in time as a whole, asked for nothing twice, and
//! only for what the person allows.

use std::collections::HashMap;
use std::fs;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use basvuru::certificate::ocsp;
use basvuru::signature::extend::ExtendError;
use basvuru::signature::source::{
    Fetch, FetchError, FetchRequest, HttpFetch, MAX_LIST_SIZE, SourceError, TimestampAuthority,
};
use tokio::time::{Instant, timeout_at};
use zeroize::Zeroizing;

use crate::arguments::{Ask, Lasting};
use crate::stop::Stop;
use crate::trust;

/// However many addresses a file names, a command does not wait longer for all of them.
const PATIENCE: Duration = Duration::from_secs(120);

/// The network for one command.
pub(crate) struct Network {
    http: HttpFetch,
    until: Instant,
    asks_responders: bool,
    asks_lists: bool,
    /// What GET gave, for as long as the command runs.
    kept: Mutex<HashMap<String, Vec<u8>>>,
}

impl Network {
    /// Asks whoever a certificate names, by plain HTTP.
    pub(crate) fn open() -> Result<Self, Stop> {
        Ok(Self::over(HttpFetch::new(&[]).map_err(unreachable)?))
    }

    /// Asks whom the options allow.
    pub(crate) fn of(options: &Lasting) -> Result<Self, Stop> {
        let roots = trust::certificates(&options.tls_trust)?;
        Ok(Self {
            asks_responders: options.ocsp == Ask::Auto,
            asks_lists: options.crl == Ask::Auto,
            ..Self::over(HttpFetch::new(&roots).map_err(unreachable)?)
        })
    }

    fn over(http: HttpFetch) -> Self {
        Self {
            http,
            until: Instant::now() + PATIENCE,
            asks_responders: true,
            asks_lists: true,
            kept: Mutex::default(),
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
impl Fetch for Network {
    async fn fetch(&self, request: FetchRequest) -> Result<Vec<u8>, FetchError> {
        if !self.allows(&request) {
            return Err(FetchError("not asked, as the options say".into()));
        }
        let kept_as = request.body.is_none().then(|| request.url.clone());
        if let Some(url) = &kept_as {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(answer) = kept.get(url) {
                return Ok(answer.clone());
            }
        }
        let answer = timeout_at(self.until, self.http.fetch(request)).await;
        let answer = answer.map_err(|_| FetchError("it took too long".into()))??;
        if let Some(url) = kept_as {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.insert(url, answer.clone());
        }
        Ok(answer)
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
        headers.push((name.to_owned(), value.to_owned()));
    }
    if let Some(file) = &options.tsa_password {
        let unreadable = |error| Stop::own("stop-file", format!("{}: {error}", file.display()));
        let text = Zeroizing::new(fs::read_to_string(file).map_err(unreadable)?);
        let credentials = Zeroizing::new(STANDARD.encode(text.lines().next().unwrap_or_default()));
        headers.push(("Authorization".to_owned(), format!("Basic {}", *credentials)));
    }
    Ok(Some(TimestampAuthority { url, headers }))
}

fn unreachable(error: FetchError) -> Stop {
    Stop::own("stop-network", error)
}

/// Why a signature was not extended.
pub(crate) fn stop(error: ExtendError) -> Stop {
    let id = match &error {
        ExtendError::Source(error) => return source_stop(error),
        ExtendError::NoContent => "stop-no-content",
        ExtendError::OtherProfile => "stop-other-profile",
        ExtendError::GracePeriod { until } => {
            let until = time::OffsetDateTime::from(*until);
            let until = until.format(&time::format_description::well_known::Rfc3339);
            return Stop::own("stop-grace", until.unwrap_or_default());
        }
        ExtendError::Malformed | ExtendError::Container(_) | ExtendError::Write(_) => "stop-extend",
    };
    Stop::own(id, error)
}

/// Why something could not be had.
pub(crate) fn source_stop(error: &SourceError) -> Stop {
    let id = match error {
        SourceError::NoTimestampAuthority => "stop-no-tsa",
        SourceError::Fetch(_) => "stop-network",
        SourceError::Timestamp(_) => "stop-timestamp",
        SourceError::Path(_) => "stop-path",
        SourceError::NoState => "stop-no-state",
        SourceError::Revoked { .. } => "stop-revoked",
        SourceError::Random => "stop-extend",
    };
    Stop::own(id, error)
}
