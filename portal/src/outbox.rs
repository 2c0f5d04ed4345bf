//! The outbox: mails and text messages are written in the transaction that causes them, and delivered afterwards by a
//! task, again after a restart, until they are out. A delivered message is taken out of the database.
//!
//! Who delivers first claims a message for half a minute, so that the portal and an invitation in another process do
//! not both send it. A gateway is told the message's number, by which it can tell a repeat after a crash in the very moment between
//! its answer and the note of it; a file of the same name is simply the same file.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use basvuru::portal::ProblemKind;
use rusqlite::Transaction;
use serde::Serialize;
use tokio::sync::Notify;

use crate::clock::Moment;
use crate::delivery::{DeliveryError, Envelope, MailSender, SmsGateway};
use crate::failure::PortalError;
use crate::notice::{Notice, Notices};
use crate::records;
use crate::records::seal::{PortalKey, write_private};
use crate::records::store::{Store, create_private_folder};
use crate::refusal::Refusal;

mod message;

pub(crate) use message::{Bound, InvitationLetter, Message, PortalFacts, full_name};

/// The folder of files in the data folder.
const FOLDER: &str = "outbox";
/// How long a claim holds.
const CLAIM: Duration = Duration::from_secs(30);
/// The longest wait between two attempts.
const LONGEST_WAIT: u64 = 15 * 60;

/// Writes a message in the transaction that causes it.
pub(crate) fn put(
    transaction: &Transaction<'_>,
    key: &PortalKey,
    now: Moment,
    message: &Message,
    expires: Option<Moment>,
) -> rusqlite::Result<()> {
    records::message::keep(transaction, key, message.channel(), message, now, expires)
}

/// Where messages go.
#[derive(Clone)]
pub(crate) struct Outbox {
    folder: PathBuf,
    mail: Option<Arc<dyn MailSender>>,
    sms: Option<Arc<dyn SmsGateway>>,
    notices: Notices,
    wake: Arc<Notify>,
}

/// A message claimed for delivery.
struct Claimed {
    id: i64,
    attempts: u32,
    created_at: Moment,
    message: Message,
}

impl Outbox {
    pub(crate) fn new(
        data: &Path,
        mail: Option<Arc<dyn MailSender>>,
        sms: Option<Arc<dyn SmsGateway>>,
        notices: Notices,
    ) -> Result<Self, PortalError> {
        let folder = data.join(FOLDER);
        create_private_folder(&folder)?;
        Ok(Self {
            folder,
            mail,
            sms,
            notices,
            wake: Arc::new(Notify::new()),
        })
    }

    /// Lets the delivering task look at once.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Waits until there may be something to deliver.
    pub(crate) async fn woken(&self, at_most: Duration) {
        // Another process may have left a message: looking now and then is how that is noticed.
        let _ = tokio::time::timeout(at_most, self.wake.notified()).await;
    }

    /// Writes the answer of a captcha to the outbox.
    pub(crate) fn reveal_captcha(&self, id: &str, answer: &str) -> Result<(), Refusal> {
        let file = serde_json::json!({ "id": id, "text": answer });
        let written = write_file(&self.folder, &format!("captcha-{id}.json"), &file);
        written.map_err(|_| Refusal::new(ProblemKind::Unavailable))
    }

    /// Delivers every message that is due, of one channel or of all. Returns how many were delivered.
    pub(crate) async fn deliver_due(
        &self,
        store: &Store,
        facts: &PortalFacts,
        now: Moment,
        channel: Option<&'static str>,
    ) -> u32 {
        let mut delivered = 0;
        while let Ok(Some(claimed)) = claim(store, now, channel).await {
            let Claimed { id, attempts, .. } = claimed;
            let outcome = self.deliver(claimed, facts).await;
            let failed = outcome.is_err();
            let _ = store
                .write(move |transaction, _| Ok(note(transaction, id, attempts, failed, now)?))
                .await;
            match outcome {
                Ok(()) => {
                    delivered += 1;
                    self.notices.tell(Notice::Delivered { message: id });
                }
                Err(DeliveryError(cause)) => {
                    self.notices.tell(Notice::Undelivered {
                        message: id,
                        attempts: attempts + 1,
                        cause,
                    });
                }
            }
        }
        delivered
    }

    async fn deliver(&self, claimed: Claimed, facts: &PortalFacts) -> Result<(), DeliveryError> {
        let (id, created_at) = (claimed.id, claimed.created_at.rfc3339());
        match claimed.message.written(facts) {
            Envelope::Mail(mail) => match &self.mail {
                Some(sender) => sender.send(id, &mail).await,
                None => {
                    self.write(
                        format!("mail-{id:06}.json"),
                        FileEntry {
                            id,
                            created_at,
                            content: mail,
                        },
                    )
                    .await
                }
            },
            Envelope::Sms(sms) => match &self.sms {
                Some(gateway) => gateway.send(id, &sms).await,
                None => {
                    self.write(
                        format!("sms-{id:06}.json"),
                        FileEntry {
                            id,
                            created_at,
                            content: sms,
                        },
                    )
                    .await
                }
            },
        }
    }

    async fn write(&self, name: String, entry: impl Serialize + Send + 'static) -> Result<(), DeliveryError> {
        let folder = self.folder.clone();
        let written = tokio::task::spawn_blocking(move || write_file(&folder, &name, &entry)).await;
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(DeliveryError(error.to_string())),
            Err(_) => Err(DeliveryError("writing was cut off".to_owned())),
        }
    }
}

/// What a file of the outbox holds.
#[derive(Serialize)]
struct FileEntry<T> {
    id: i64,
    created_at: String,
    #[serde(flatten)]
    content: T,
}

/// Claims the oldest message that is due. Messages that came too late are dropped: an expired code helps nobody.
async fn claim(store: &Store, now: Moment, channel: Option<&'static str>) -> Result<Option<Claimed>, Refusal> {
    let claimed = store.write(move |transaction, key| {
        records::message::forget_expired(transaction, now)?;
        let Some(waiting) = records::message::due(transaction, channel, now)? else {
            return Ok(None);
        };
        let Some(message) = waiting.open::<Message>(key) else {
            records::message::mark_damaged(transaction, waiting.id)?;
            return Ok(None);
        };
        records::message::put_off(transaction, waiting.id, now.after(CLAIM))?;
        Ok(Some(Claimed {
            id: waiting.id,
            attempts: waiting.attempts,
            created_at: waiting.created_at,
            message,
        }))
    });
    claimed.await
}

/// Notes what became of a delivery.
fn note(transaction: &Transaction<'_>, id: i64, attempts: u32, failed: bool, now: Moment) -> rusqlite::Result<()> {
    if !failed {
        return records::message::forget(transaction, id);
    }
    let wait = Duration::from_secs(2u64.saturating_pow(attempts.min(10)).min(LONGEST_WAIT));
    records::message::count_attempt(transaction, id, now.after(wait))
}

/// Writes a file that appears whole or not at all, for its owner only.
fn write_file(folder: &Path, name: &str, content: &impl Serialize) -> std::io::Result<()> {
    let mut text = serde_json::to_vec_pretty(content)?;
    text.push(b'\n');
    let draft = folder.join(format!(".{name}.{}", std::process::id()));
    // What a crash left of an earlier attempt is in the way of nobody.
    let _ = std::fs::remove_file(&draft);
    write_private(&draft, &text)?;
    std::fs::rename(&draft, folder.join(name))
}
