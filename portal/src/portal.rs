//! The portal as a running thing: how it is put together, and how it stops.

use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use basvuru::certificate::TrustAnchors;
use basvuru::portal::version;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

use crate::clock::SteadyClock;
use crate::failure::PortalError;
use crate::http::{archive, routes, server, tls};
use crate::journey::archive::Archive;
use crate::journey::completion;
use crate::journey::computing::Computing;
use crate::journey::hashing::Hashing;
use crate::journey::refused::Refused;
use crate::journey::shared::Shared;
use crate::journey::under_way::UnderWay;
use crate::journey::upkeep;
use crate::journey::waits::Waits;
use crate::notice::Notice;
use crate::outbox::{Outbox, PortalFacts};
use crate::proxies::Proxies;
use crate::rate::Rate;
use crate::records::store::{self, Openness, Store};
use crate::settings::{ArchiveListener, Settings};

/// How many pictures are drawn at a time.
const COMPUTATIONS: usize = 4;
/// The name of the lock in the data folder.
const LOCK: &str = "portal.lock";

/// The embedded portal.
pub struct Portal;

impl Portal {
    /// Starts a portal: makes or opens its data folder, listens, and delivers what waits in the outbox.
    ///
    /// # Errors
    /// Every variant of [`PortalError`] but those of invitations.
    pub async fn start(settings: Settings) -> Result<Running, PortalError> {
        if settings.reveal_captcha && !settings.listen.ip().is_loopback() {
            return Err(PortalError::RevealCaptchaBeyondLoopback(settings.listen));
        }
        if let Some(ArchiveListener {
            listen,
            beyond_loopback,
        }) = settings.archive
            && !(beyond_loopback || listen.ip().is_loopback())
        {
            return Err(PortalError::ArchiveBeyondLoopback(listen));
        }
        check_host(&settings.host)?;
        settings.apps.check()?;
        settings.proxies.check()?;
        if let Some(oldest) = settings
            .oldest_version
            .as_ref()
            .filter(|oldest| !version::is_version(oldest))
        {
            return Err(PortalError::OldestVersion(oldest.clone()));
        }
        let holder_trust = TrustAnchors::from_pem(&settings.holder_trust)
            .map_err(|error| PortalError::HolderTrust(error.to_string()))?;
        if holder_trust.roots().is_empty() {
            return Err(PortalError::HolderTrust("there is no root among them".to_owned()));
        }
        let openness = store::create_private_folder(&settings.data)?;
        if openness != Openness::Private {
            let closed = openness == Openness::Closed;
            settings.notices.tell(Notice::FolderWasOpen { closed });
        }
        let lock = lock(&settings.data)?;
        let (data, host) = (settings.data.clone(), settings.host.clone());
        let most_hashes = settings.limits.passwords_waiting;
        let prepared = tokio::task::spawn_blocking(move || {
            let hashing = Hashing::start(most_hashes)?;
            Ok::<_, PortalError>((Store::open(&data)?, tls::identity(&data, &host)?, hashing))
        });
        let (store, identity, hashing) = prepared.await.map_err(|_| PortalError::CutOff)??;
        let listen_failed = |source| PortalError::Listen {
            address: settings.listen,
            source,
        };
        let listener = server::listen(settings.listen).map_err(listen_failed)?;
        let address = listener.local_addr().map_err(listen_failed)?;
        let archive_listener = match settings.archive {
            Some(ArchiveListener { listen, .. }) => {
                let failed = |source| PortalError::Listen {
                    address: listen,
                    source,
                };
                let listener = server::listen(listen).map_err(failed)?;
                let address = listener.local_addr().map_err(failed)?;
                Some((listener, address))
            }
            None => None,
        };
        let url = match &settings.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("https://{}:{}", settings.host, address.port()),
        };
        let facts = PortalFacts {
            url: url.clone(),
            name: settings.name.clone(),
            support: settings.support.clone(),
        };
        remember_for_invitations(&store, &settings, &facts)?;
        let outbox = Outbox::new(
            &settings.data,
            settings.mail.clone(),
            settings.sms.clone(),
            settings.notices.clone(),
        )?;
        let before = store.write_now(|transaction, _| Ok::<_, PortalError>(store::kept_clock(transaction)?))?;
        let (steady, set) = SteadyClock::begin(settings.clock.as_ref(), before);
        if let Some(seconds) = set {
            settings.notices.tell(Notice::ClockSet { seconds });
        }
        let shared = Arc::new(Shared {
            steady,
            computations: Semaphore::new(COMPUTATIONS),
            persons: Rate::new(settings.limits.requests_of_person_a_minute),
            refused: Refused::new(),
            computing: Computing::new(),
            waits: Waits::new(settings.limits.wrong_passwords),
            under_way: UnderWay::default(),
            settings,
            store,
            outbox,
            hashing,
            holder_trust,
            _lock: lock,
        });
        let (stop, stopped) = watch::channel(false);
        let serving = tokio::spawn(server::serve(
            Arc::clone(&shared),
            listener,
            Arc::clone(&identity.config),
            (routes::router(Arc::clone(&shared)), shared.settings.proxies.clone()),
            stopped.clone(),
        ));
        let mut tasks = vec![serving];
        let archive_address = archive_listener.as_ref().map(|(_, address)| *address);
        if let Some((listener, _)) = archive_listener {
            // Its programs come by themselves: the proxies are in front of the applicants' side.
            let routes = archive::router(shared.archive(), shared.settings.notices.clone());
            let side = (routes, Proxies::default());
            let serving = server::serve(Arc::clone(&shared), listener, identity.config, side, stopped.clone());
            tasks.push(tokio::spawn(serving));
        }
        tasks.push(tokio::spawn(completion::run(Arc::clone(&shared), stopped.clone())));
        tasks.push(tokio::spawn(upkeep::run(Arc::clone(&shared), facts, stopped)));
        shared.settings.notices.tell(Notice::Listening { url: url.clone() });
        Ok(Running {
            address,
            url,
            root_pem: identity.root_pem,
            stop,
            archive_address,
            tasks,
            shared,
        })
    }
}

/// A running portal. Dropping it stops it without waiting; [`Running::stop`] waits.
pub struct Running {
    address: SocketAddr,
    url: String,
    root_pem: String,
    stop: watch::Sender<bool>,
    archive_address: Option<SocketAddr>,
    tasks: Vec<JoinHandle<()>>,
    shared: Arc<Shared>,
}

impl Running {
    /// The address it listens on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL people reach it by, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The root of its TLS certificate, PEM; the same as `ca.pem` in the data folder.
    #[must_use]
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }

    /// The address its authority's programs read at, where they do.
    #[must_use]
    pub const fn archive_address(&self) -> Option<SocketAddr> {
        self.archive_address
    }

    /// What it has received, for an authority that embeds it.
    #[must_use]
    pub fn archive(&self) -> Archive {
        self.shared.archive()
    }

    /// Stops it: takes no more connections, lets requests under way end, and waits until everything is written.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        for task in std::mem::take(&mut self.tasks) {
            // A task that panicked has ended as well.
            let _ = task.await;
        }
        let shared = Arc::clone(&self.shared);
        let _ = tokio::task::spawn_blocking(move || shared.store.checkpoint()).await;
        self.shared.settings.notices.tell(Notice::Stopped);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}

/// Leaves what `invite` needs to know when it runs in another process.
fn remember_for_invitations(store: &Store, settings: &Settings, facts: &PortalFacts) -> Result<(), PortalError> {
    let facts = serde_json::to_string(facts).map_err(|_| PortalError::Damaged("facts"))?;
    let mail = if settings.mail.is_some() { "gateway" } else { "files" };
    store.write_now(|transaction, _| {
        store::remember(transaction, "facts", &facts)?;
        Ok(store::remember(transaction, "mail", mail)?)
    })
}

fn check_host(host: &str) -> Result<(), PortalError> {
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-' || octet == b'.';
    let labels = host.split('.').all(|label| !label.is_empty() && label.len() <= 63);
    match !host.is_empty() && host.len() <= 253 && host.bytes().all(plain) && labels {
        true => Ok(()),
        false => Err(PortalError::HostName(host.to_owned())),
    }
}

/// Makes sure that no other portal runs on the data folder. The lock ends with the process.
fn lock(data: &Path) -> Result<File, PortalError> {
    let path = data.join(LOCK);
    let file = File::create(&path).map_err(PortalError::file(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(PortalError::DataFolderInUse(data.to_owned())),
        Err(std::fs::TryLockError::Error(error)) => Err(PortalError::file(&path)(error)),
    }
}

#[cfg(test)]
mod tests;
