//! Where what is received goes by itself: to programs that read it, and to an address that is told.

use std::sync::Arc;

use basvuru::secret::SecretText;
use basvuru::signature::source::HttpFetch;
use basvuru_portal::{ArchiveListener, Settings, Webhook};
use zeroize::Zeroizing;

use crate::arguments::Handover;
use crate::stop::Stop;
use crate::trust;

/// Does what the options say.
pub(super) fn configure(options: &Handover, settings: &mut Settings) -> Result<(), Stop> {
    settings.archive = options.archive.map(|listen| ArchiveListener {
        listen,
        beyond_loopback: options.archive_beyond_loopback,
    });
    let (Some(url), Some(file)) = (&options.webhook, &options.webhook_secret) else {
        return Ok(());
    };
    let secret = Zeroizing::new(std::fs::read_to_string(file).map_err(Stop::at(file))?);
    let secret = SecretText::new(secret.trim().to_owned());
    let fetch = HttpFetch::new(&trust::certificates(&options.webhook_trust)?);
    let fetch = fetch.map_err(|error| Stop::own("stop-portal", "").because(error))?;
    let webhook = Webhook::new(url, secret, Arc::new(fetch));
    let webhook = webhook.map_err(|error| Stop::own("stop-webhook", "").because(error))?;
    settings.completions = Some(Arc::new(webhook));
    Ok(())
}
