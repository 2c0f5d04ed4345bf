//! What the portal would have sent: the files of its outbox, newest last.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::WorldError;

/// The outbox of a portal without gateways.
pub struct Outbox(PathBuf);

/// A message in the outbox: a mail or a text message.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Message {
    /// Its number: a newer one has a higher one.
    pub id: u64,
    /// The recipient's address or number.
    pub recipient: String,
    /// The text.
    pub text: String,
    /// The order that a text message is about.
    #[serde(default)]
    pub order: Option<String>,
}

#[derive(Deserialize)]
struct RevealedCaptcha {
    text: String,
}

impl Outbox {
    /// The outbox in a folder.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// The mails, oldest first.
    ///
    /// # Errors
    /// [`WorldError`].
    pub fn mails(&self) -> Result<Vec<Message>, WorldError> {
        self.messages("mail-")
    }

    /// The text messages, oldest first.
    ///
    /// # Errors
    /// [`WorldError`].
    pub fn texts(&self) -> Result<Vec<Message>, WorldError> {
        self.messages("sms-")
    }

    /// The newest text message to somebody, once there are at least `count`. The portal delivers a moment after it has
    /// answered, so this waits for the file, half a minute at most.
    ///
    /// # Errors
    /// [`WorldError::Outbox`] where there are fewer.
    pub async fn newest_text(&self, phone: Option<&str>, count: usize) -> Result<String, WorldError> {
        for _ in 0..1500 {
            let mut texts = self.texts()?;
            texts.retain(|message| phone.is_none_or(|phone| message.recipient == phone));
            if texts.len() >= count
                && let Some(newest) = texts.pop()
            {
                return Ok(newest.text);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(WorldError::Outbox("too few text messages"))
    }

    /// The newest text message that `is_meant`, of those with a higher number than `after`; waits as [`Self::newest_text`] does.
    ///
    /// # Errors
    /// [`WorldError::Outbox`] where there is none.
    pub async fn text_after(&self, after: u64, is_meant: impl Fn(&Message) -> bool) -> Result<String, WorldError> {
        for _ in 0..1500 {
            let texts = self.texts()?.into_iter().rev();
            let mut newer = texts.filter(|message| message.id > after);
            if let Some(message) = newer.find(&is_meant) {
                return Ok(message.text);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(WorldError::Outbox("no such text message"))
    }

    /// The text message that has certain words in it, once there is one; waits as [`Self::newest_text`] does.
    ///
    /// # Errors
    /// [`WorldError::Outbox`] where there is none.
    pub async fn text_with(&self, words: &str) -> Result<String, WorldError> {
        for _ in 0..1500 {
            let found = self.texts()?.into_iter().find(|message| message.text.contains(words));
            if let Some(message) = found {
                return Ok(message.text);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(WorldError::Outbox("no such text message"))
    }

    /// The answer of a captcha, where the portal reveals it.
    ///
    /// # Errors
    /// [`WorldError`].
    pub fn captcha(&self, id: &str) -> Result<String, WorldError> {
        let content = fs::read(self.0.join(format!("captcha-{id}.json")))?;
        let captcha: RevealedCaptcha =
            serde_json::from_slice(&content).map_err(|_| WorldError::Outbox("a captcha that is no JSON"))?;
        Ok(captcha.text)
    }

    fn messages(&self, prefix: &str) -> Result<Vec<Message>, WorldError> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let number = name.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(".json"));
            if let Some(number) = number.and_then(|number| number.parse::<u64>().ok()) {
                files.push((number, name));
            }
        }
        files.sort_unstable();
        files
            .into_iter()
            .map(|(_, name)| {
                let content = fs::read(self.0.join(name))?;
                serde_json::from_slice(&content).map_err(|_| WorldError::Outbox("a message that is no JSON"))
            })
            .collect()
    }
}
