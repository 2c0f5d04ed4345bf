//! The portal in a process of its own. Its text messages come out of its standard output, a line each.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;
use basvuru::signature::source::{CachingFetch, HttpFetch, TimestampAuthority};
use basvuru_portal::{DeliveryError, HttpTimestamps, Portal, Settings, Sms, SmsGateway};
use basvuru_test_pki::Authority;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;

use super::taken::Taken;
use super::{Failed, services};

/// How the portal's process is told what to serve.
#[derive(clap::Args)]
pub(crate) struct Serving {
    /// The data folder.
    data: PathBuf,
    /// The authority's certificates, PEM.
    trust: PathBuf,
    /// Where time-stamps are made.
    services: String,
}

/// Serves a portal until standard input ends.
pub(crate) fn serve(serving: &Serving) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let trust = std::fs::read(&serving.trust)?;
        let mut settings = Settings::new(&serving.data, "127.0.0.1:0".parse()?, trust);
        settings.reveal_captcha = true;
        settings.sms = Some(Arc::new(Lines));
        let authority = TimestampAuthority::at(format!("{}/tsa", serving.services));
        settings.timestamps = Some(Arc::new(HttpTimestamps::new(authority, HttpFetch::new(&[])?)));
        settings.revocation = Some(Arc::new(CachingFetch::new(HttpFetch::new(&[])?, SystemTime::now)));
        // Everybody comes from one address here.
        settings.limits.requests_a_minute = 10_000_000;
        settings.limits.requests_of_person_a_minute = 10_000_000;
        settings.limits.picture_codes_a_minute = 10_000_000;
        let portal = Portal::start(settings).await?;
        tell(portal.url());
        tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
        portal.stop().await;
        Ok(())
    })
}

#[expect(clippy::print_stdout, reason = "the other process reads it")]
fn tell(line: &str) {
    println!("{line}");
}

/// Text messages as lines: number, then text.
struct Lines;

#[async_trait]
impl SmsGateway for Lines {
    async fn send(&self, _: i64, sms: &Sms) -> Result<(), DeliveryError> {
        tell(&format!("{} {}", sms.recipient, sms.text.replace('\n', " ")));
        Ok(())
    }
}

/// A portal that is served.
pub(crate) struct Served {
    /// Who issues the applicants' certificates.
    pub(crate) authority: Authority,
    url: String,
    folder: tempfile::TempDir,
    process: u32,
    waiting: Waiting,
    _child: Child,
}

/// Who waits for a text message, by number.
type Waiting = Arc<Mutex<HashMap<String, oneshot::Sender<String>>>>;

impl Served {
    /// Serves a portal.
    pub(crate) async fn start() -> Result<Self, Failed> {
        let (authority, services) = services::listen().await?;
        let folder = tempfile::tempdir()?;
        let trust = folder.path().join("trust.pem");
        std::fs::write(&trust, authority.chain_pem()?)?;
        let mut child = Command::new(std::env::current_exe()?)
            .arg("serve-portal")
            .arg(folder.path().join("portal"))
            .arg(trust)
            .arg(services)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let process = child.id().ok_or("the portal's process has ended")?;
        let output = child.stdout.take().ok_or("the portal's process tells nothing")?;
        let mut lines = BufReader::new(output).lines();
        let url = lines.next_line().await?.ok_or("the portal did not start")?;
        let waiting = Waiting::default();
        let delivering = Arc::clone(&waiting);
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                let mut waiting = delivering.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some((number, text)) = line.split_once(' ')
                    && let Some(recipient) = waiting.remove(number)
                {
                    // Who waited may have given up.
                    _ = recipient.send(text.to_owned());
                }
            }
        });
        Ok(Self {
            authority,
            url,
            folder,
            process,
            waiting,
            _child: child,
        })
    }

    /// What the portal's process has taken so far.
    pub(crate) fn taken(&self) -> Result<Taken, Failed> {
        Taken::by(self.process)
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("portal")
    }

    pub(crate) fn root(&self) -> Result<Vec<u8>, Failed> {
        Ok(std::fs::read(self.data().join("ca.pem"))?)
    }

    /// A file of the outbox.
    pub(crate) fn outbox_file(&self, name: impl AsRef<Path>) -> Result<serde_json::Value, Failed> {
        let file = std::fs::read(self.data().join("outbox").join(name))?;
        Ok(serde_json::from_slice(&file)?)
    }

    /// The next text message to a number.
    pub(crate) fn text_message(&self, number: &str) -> oneshot::Receiver<String> {
        let (recipient, message) = oneshot::channel();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.insert(number.to_owned(), recipient);
        message
    }
}
