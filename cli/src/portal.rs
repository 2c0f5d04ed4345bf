//! The portal alone, invitations to it, and what it has received. The authority of holders and time-stamps is the test authority of the data folder,
//! which is made where there is none.

pub(crate) mod archive;
mod handover;
mod invitations;
mod number;
mod table;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use basvuru::portal::{IdentityKind, Product};
use basvuru_portal::{
    AppleApp, Invitation, InvitationPart, Portal as Server, PortalError, Settings, SystemClock, UnknownState,
};
use basvuru_test_pki::{Authority, ServiceOptions};
use basvuru_world::TestTimestamps;
use serde_json::json;

use crate::arguments::{Handover, Invite, InvitedProduct, Portal, PortalCommand, Serve, Unlock};
use crate::screen::Screen;
use crate::stop::Stop;
use basvuru::texts::Argument;

pub(crate) async fn run(options: &Portal, screen: &Screen) -> Result<(), Stop> {
    match (&options.command, &options.serve) {
        (Some(PortalCommand::Invite(invite)), _) => match &invite.from {
            Some(file) => invitations::invite(invite, file, screen).await,
            None => invite_applicant(invite, screen).await,
        },
        (Some(PortalCommand::List(list)), _) => archive::list(list, screen).await,
        (Some(PortalCommand::Export(export)), _) => archive::export(export, screen).await,
        (Some(PortalCommand::Audit(audit)), _) => archive::audit(audit, screen).await,
        (Some(PortalCommand::Token(token)), _) => archive::token(token, screen).await,
        (Some(PortalCommand::Unlock(unlock)), _) => unlock_applicant(unlock, screen).await,
        (Some(PortalCommand::ConfirmNumber(options)), _) => number::confirm(options, screen).await,
        (None, Some(serve)) => run_server(serve, &options.handover, screen).await,
        (None, None) => Err(Stop::own("stop-portal-options", "--data, --listen")),
    }
}

async fn run_server(options: &Serve, handover: &Handover, screen: &Screen) -> Result<(), Stop> {
    let authority = authority(&options.data)?;
    let trust = authority
        .chain_pem()
        .map_err(|error| Stop::own("stop-authority", "").because(error))?;
    let timestamps = TestTimestamps::of(&authority, ServiceOptions::default(), Arc::new(SystemClock));
    let mut settings = Settings::new(&options.data, options.listen, trust.into_bytes());
    settings.timestamps = Some(Arc::new(
        timestamps.map_err(|error| Stop::own("stop-authority", "").because(error))?,
    ));
    // The test authority keeps no lists.
    settings.unknown_state = UnknownState::Taken;
    settings.host.clone_from(&options.host);
    settings.proxies.networks.clone_from(&options.proxy);
    settings.proxies.proxy_protocol = options.proxy_protocol;
    settings.reveal_captcha = options.reveal_captcha;
    settings.oldest_version.clone_from(&options.oldest_version);
    settings.apps.android.clone_from(&options.android_app);
    let apple = options.apple_app.iter().cloned();
    settings.apps.apple = apple.map(|id| AppleApp { id, store: None }).collect();
    handover::configure(handover, &mut settings)?;
    let running = Server::start(settings)
        .await
        .map_err(|error| Stop::own("stop-portal", "").because(error))?;
    let trust = options.data.join("ca.pem");
    let outbox = options.data.join("outbox");
    let archive = running.archive_address().map(|address| format!("https://{address}"));
    screen.object(&json!({
        "event": "running", "url": running.url(), "trust": trust, "outbox": outbox, "archive": archive,
    }));
    screen.line(&screen.sentence("portal-running", &[("url", Argument::Text(running.url()))]));
    screen.line(&screen.sentence("portal-trust", &[("file", Argument::Text(&screen.path(&trust)))]));
    screen.line(&screen.sentence("portal-outbox", &[("folder", Argument::Text(&screen.path(&outbox)))]));
    if let Some(archive) = &archive {
        screen.line(&screen.sentence("portal-archive", &[("url", Argument::Text(archive))]));
    }
    screen.line(&screen.sentence("portal-stop", &[]));
    let stopped = tokio::signal::ctrl_c().await;
    stopped.map_err(|error| Stop::own("stop-system", "").because(error))?;
    running.stop().await;
    screen.line(&screen.sentence("portal-stopped", &[]));
    Ok(())
}

async fn invite_applicant(options: &Invite, screen: &Screen) -> Result<(), Stop> {
    // None is missing where there is no list.
    let text = |option: &Option<String>| option.clone().unwrap_or_default();
    let identity = text(&options.id);
    let invitation = Invitation {
        identity_kind: IdentityKind::of(&identity),
        identity,
        phone: text(&options.phone),
        email: text(&options.email),
        given_name: text(&options.given),
        family_name: text(&options.family),
        product: product(options.product),
        institution: options.institution.clone(),
    };
    let invited = basvuru_portal::invite(&options.data, invitation, &SystemClock)
        .await
        .map_err(uninvited)?;
    let outbox = screen.path(&options.data.join("outbox"));
    screen.object(&json!({ "event": "invited", "order": invited.order, "outbox": outbox }));
    let arguments = [
        ("order", Argument::Text(&invited.order)),
        ("folder", Argument::Text(&outbox)),
    ];
    screen.line(&screen.sentence("invited", &arguments));
    Ok(())
}

const fn product(product: InvitedProduct) -> Product {
    match product {
        InvitedProduct::Nes => Product::Nes,
        InvitedProduct::Mobilnes => Product::MobilNes,
    }
}

async fn unlock_applicant(options: &Unlock, screen: &Screen) -> Result<(), Stop> {
    let id = match &options.id {
        Some(id) => id.clone(),
        None => {
            let mut line = String::new();
            let read = std::io::stdin().read_line(&mut line);
            read.map_err(|error| Stop::own("stop-system", "").because(error))?;
            line
        }
    };
    let id = id.trim();
    basvuru_portal::unlock(&options.data, IdentityKind::of(id), id, &SystemClock)
        .await
        .map_err(|error| match matches!(error, PortalError::PersonUnknown) {
            true => Stop::own("stop-person-unknown", ""),
            false => Stop::own("stop-portal", "").because(error),
        })?;
    screen.object(&json!({ "event": "unlocked" }));
    screen.line(&screen.sentence("unlocked", &[]));
    Ok(())
}

/// Why nobody was invited.
fn uninvited(error: PortalError) -> Stop {
    let PortalError::Invitation(part) = error else {
        return Stop::own("stop-portal", "").because(error);
    };
    Stop::own(sentence_of(part), "")
}

/// The sentence that says what is wrong with an invitation.
const fn sentence_of(part: InvitationPart) -> &'static str {
    match part {
        InvitationPart::Identity => "stop-invited-identity",
        InvitationPart::Phone => "stop-invited-phone",
        InvitationPart::Email => "stop-invited-email",
        InvitationPart::Name => "stop-invited-name",
        InvitationPart::Script => "stop-invited-script",
        InvitationPart::Marks => "stop-invited-marks",
        InvitationPart::Institution => "stop-invited-institution",
    }
}

/// The certificates of a data folder's test authority, PEM, where there is one.
fn authority_of(data: &Path) -> Result<Vec<u8>, Stop> {
    let folder = data.join("test-authority");
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let failed = |error| Stop::own("stop-authority", "").because(error);
    let chain = Authority::load(&folder).map_err(failed)?.chain_pem().map_err(failed)?;
    Ok(chain.into_bytes())
}

/// The test authority of a data folder, made where there is none.
pub(crate) fn authority(data: &Path) -> Result<Authority, Stop> {
    let folder: PathBuf = data.join("test-authority");
    let failed = |error| Stop::own("stop-authority", "").because(error);
    if folder.exists() {
        return Authority::load(&folder).map_err(failed);
    }
    let authority = Authority::new().map_err(failed)?;
    std::fs::create_dir_all(&folder).map_err(Stop::at(&folder))?;
    authority.save(&folder).map_err(failed)?;
    Ok(authority)
}
