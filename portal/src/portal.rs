//! The portal as a running thing: what its handlers share, how it starts and how it stops.

use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use basvuru::certificate::TrustAnchors;
use basvuru::portal::version;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

use crate::clock::Moment;
use crate::failure::PortalError;
use crate::notice::Notice;
use crate::outbox::{Outbox, PortalFacts};
use crate::rate::Rate;
use crate::server;
use crate::settings::Settings;
use crate::sign_in::DecoyHash;
use crate::store::{self, Store};
use crate::tls;

/// How many costly computations (password hashes, pictures) run at a time.
const COMPUTATIONS: usize = 4;
/// How often the outbox looks for messages another process left.
const OUTBOX_INTERVAL: Duration = Duration::from_millis(500);
/// How much of an answer the system holds for a connection, in octets.
const SEND_BUFFER: u32 = 64 * 1024;
/// How many connections wait to be accepted.
const BACKLOG: u32 = 1024;
/// The name of the lock in the data folder.
const LOCK: &str = "portal.lock";

/// What every handler has.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) store: Store,
    pub(crate) outbox: Outbox,
    pub(crate) computations: Semaphore,
    pub(crate) decoy_hash: DecoyHash,
    pub(crate) holder_trust: TrustAnchors,
    pub(crate) requests: Rate,
    pub(crate) sign_ins: Rate,
    /// Held until the last task has ended.
    pub(crate) _lock: File,
}

impl Shared {
    pub(crate) fn now(&self) -> Moment {
        Moment::of(self.settings.clock.now())
    }
}

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
        check_host(&settings.host)?;
        settings.apps.check()?;
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
        store::create_private_folder(&settings.data)?;
        let lock = lock(&settings.data)?;
        let (data, host) = (settings.data.clone(), settings.host.clone());
        let prepared = tokio::task::spawn_blocking(move || {
            Ok::<_, PortalError>((Store::open(&data)?, tls::identity(&data, &host)?, DecoyHash::new()))
        });
        let (store, identity, decoy_hash) = prepared.await.map_err(|_| PortalError::CutOff)??;
        let listen_failed = |source| PortalError::Listen {
            address: settings.listen,
            source,
        };
        let listener = listen(settings.listen).map_err(listen_failed)?;
        let address = listener.local_addr().map_err(listen_failed)?;
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
        let shared = Arc::new(Shared {
            requests: Rate::new(settings.limits.requests_a_minute),
            sign_ins: Rate::new(settings.limits.sign_ins_a_minute),
            computations: Semaphore::new(COMPUTATIONS),
            settings,
            store,
            outbox,
            decoy_hash,
            holder_trust,
            _lock: lock,
        });
        let (stop, stopped) = watch::channel(false);
        let serving = tokio::spawn(server::serve(
            Arc::clone(&shared),
            listener,
            identity.config,
            stopped.clone(),
        ));
        let delivering = tokio::spawn(deliver(Arc::clone(&shared), facts, stopped));
        shared.settings.notices.tell(Notice::Listening { url: url.clone() });
        Ok(Running {
            address,
            url,
            root_pem: identity.root_pem,
            stop,
            tasks: vec![serving, delivering],
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

/// Delivers what waits in the outbox, and tidies up what has expired, until the portal stops.
async fn deliver(portal: Arc<Shared>, facts: PortalFacts, mut stopped: watch::Receiver<bool>) {
    let mut tidied_at = Moment(0);
    loop {
        portal
            .outbox
            .deliver_due(&portal.store, &facts, portal.now(), None)
            .await;
        if tidied_at.after(Duration::from_secs(60)) <= portal.now() {
            tidied_at = portal.now();
            tidy(&portal).await;
        }
        tokio::select! {
            () = portal.outbox.woken(OUTBOX_INTERVAL) => {}
            _ = stopped.changed() => break,
        }
    }
    // What was caused by the last requests goes out before the portal ends.
    portal
        .outbox
        .deliver_due(&portal.store, &facts, portal.now(), None)
        .await;
}

/// Listens with connections that hold little of an answer that is on its way: whether it flows is seen by what they take.
fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A portal that is started again does not wait for connections it had before.
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Removes what has expired.
async fn tidy(portal: &Arc<Shared>) {
    let removed = portal.work(|work| {
        for table in ["captcha", "session", "answer", "upload"] {
            work.transaction
                .execute(&format!("DELETE FROM {table} WHERE expires_at <= ?1"), [work.now.0])?;
        }
        let day_ago = work.now.0 - 24 * 60 * 60;
        work.transaction
            .execute("DELETE FROM code_sending WHERE sent_at < ?1", [day_ago])?;
        work.transaction
            .execute("DELETE FROM timestamp WHERE made_at < ?1", [day_ago])?;
        // Of a code that is no longer taken, nobody needs to know for which card it was.
        let statement =
            "DELETE FROM unblocking WHERE application NOT IN (SELECT application FROM code WHERE expires_at > ?1)";
        work.transaction.execute(statement, [work.now.0])?;
        let statement = "DELETE FROM wrong_password WHERE changed_at < ?1 AND locked_until < ?2";
        work.transaction.execute(statement, (day_ago, work.now.0))?;
        Ok(())
    });
    if let Err(refusal) = removed.await {
        portal.settings.notices.tell(Notice::Failed {
            cause: refusal.problem().title.clone(),
        });
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
