//! Cards as everything in the app uses them: over the shell's readers, bounded; prompting and telling in the person's
//! language; and with one memory of cards and their tries, kept sealed in a file of its own, which an application and a card
//! desk of the same folder have open at the same time.

mod slots;

use std::path::Path;
use std::sync::Arc;

use super::journal::{Journal, JournalError, KEY_LENGTH};
use super::reporter::Reporter;
use super::{Activity, Ports, sentences};
use crate::bounds::Patience;
use crate::card::{Card, CardError, CardKeeper, KnownCards, NotKept};
use crate::failure::Failure;
use crate::reader::{BoundedReaders, CardChannel, CardOutcome, Readers};
use crate::texts::Language;

/// The file, and the one row in it.
const FILE: &str = "cards.sqlite";
const ROW: &str = "cards";

/// The way to a card.
pub(crate) struct Cards {
    readers: Arc<dyn Readers>,
    patience: Patience,
    progress: Arc<Reporter>,
    known: KnownCards,
    file: Arc<CardFile>,
}

impl Cards {
    /// The way to cards over these ports, with the memory of a folder.
    pub(crate) fn open(
        folder: &Path,
        key: &[u8; KEY_LENGTH],
        ports: &Ports,
        progress: Arc<Reporter>,
    ) -> Result<Self, Failure> {
        let patience = Patience::default();
        let file = Arc::new(CardFile(open_file(&folder.join(FILE), key)?));
        Ok(Self {
            readers: Arc::new(BoundedReaders::new(Arc::clone(&ports.readers), patience.clone())),
            patience,
            progress,
            known: KnownCards::kept_by(Arc::clone(&file) as _),
            file,
        })
    }

    /// An operation begins, which [`Self::cancel`] may end.
    pub(crate) fn begin(&self) {
        self.patience.begin();
    }

    /// Ends the wait for a card.
    pub(crate) fn cancel(&self) {
        self.patience.end();
    }

    /// Whether the operation under way was cancelled.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.patience.is_over()
    }

    /// Returns when the operation under way was cancelled.
    pub(crate) async fn patience_has_ended(&self) {
        self.patience.has_ended().await;
    }

    /// Takes over a memory that was kept elsewhere.
    pub(crate) fn take_over(&self, stored: &[u8]) -> Result<(), Failure> {
        self.known
            .absorb(stored)
            .map_err(|NotKept| CardError::NotWrittenDown.into())
    }

    /// Forgets what was read of every card, and keeps how many tries their PINs have left.
    pub(crate) fn forget(&self) -> Result<(), Failure> {
        self.known.clear().map_err(|NotKept| CardError::NotWrittenDown.into())
    }

    /// Gives back the room of what was forgotten.
    pub(crate) fn shrink(&self) -> Result<(), Failure> {
        Ok(self.file.0.shrink()?)
    }

    /// Tells whoever watches.
    pub(crate) fn tell(&self, activity: Activity, language: Language) {
        self.progress.tell(activity, language);
    }

    /// Waits until whoever watches has been told everything.
    pub(crate) async fn settle(&self) {
        self.progress.settle().await;
    }

    /// Reads the card in a channel, or recognises it.
    pub(crate) async fn read(&self, channel: &Arc<dyn CardChannel>, language: Language) -> Result<Card, CardError> {
        let progress = Arc::clone(&self.progress);
        // The card engine asks for the sentence of each stage as it comes to it: the moment to tell the watcher, too.
        let told = move |stage| progress.tell(sentences::of_card(stage), language);
        Card::open_known(Arc::clone(channel), told, &self.known).await
    }

    /// Lets go of the card, and says how it ended.
    pub(crate) async fn close(&self, channel: &Arc<dyn CardChannel>, failure: Option<&Failure>, language: Language) {
        let outcome = match failure {
            None => CardOutcome::Succeeded {
                sentence: sentences::activity(Activity::CardDone, language),
            },
            Some(failure) => CardOutcome::Failed {
                sentence: failure.explain(language).what,
            },
        };
        let _ = channel.close(outcome).await;
    }
}

/// Opens the memory's file. One that this key does not open, or that is damaged, is made anew: cards are read again.
fn open_file(file: &Path, key: &[u8; KEY_LENGTH]) -> Result<Journal, JournalError> {
    match Journal::open_shared(file, key) {
        Err(JournalError::Unreadable) => {
            std::fs::remove_file(file).map_err(|error| JournalError::from(&error))?;
            Journal::open_shared(file, key)
        }
        opened => opened,
    }
}

struct CardFile(Journal);

impl CardKeeper for CardFile {
    fn change(&self, change: &mut dyn FnMut(Option<&[u8]>) -> Vec<u8>) -> Result<(), NotKept> {
        self.0.update(ROW, change).map_err(|_| NotKept)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use async_trait::async_trait;

    use super::*;
    use crate::application::{PortFailure, Vault};
    use crate::reader::{ConnectedCard, LinkFailure, ReaderDescription};

    const KEY: [u8; KEY_LENGTH] = [7; KEY_LENGTH];
    /// A PIN that has one try left, as earlier versions stored it in the journal.
    const STORED: &str = r#"{"version":1,"cards":[],"tries":[{"pin":[1,2,3],"left":1,"outcome_unknown":true}]}"#;

    struct Nothing;

    #[async_trait]
    impl Readers for Nothing {
        async fn list(&self) -> Result<Vec<ReaderDescription>, LinkFailure> {
            Err(LinkFailure::NoReader)
        }
        async fn connect(&self, _: String, _: String) -> Result<ConnectedCard, LinkFailure> {
            Err(LinkFailure::NoReader)
        }
    }

    impl Vault for Nothing {
        fn journal_key(&self) -> Result<Vec<u8>, PortFailure> {
            Ok(KEY.to_vec())
        }
    }

    fn open(folder: &Path, key: &[u8; KEY_LENGTH]) -> Cards {
        let ports = Ports {
            readers: Arc::new(Nothing),
            vault: Arc::new(Nothing),
            watcher: None,
            monitor: None,
        };
        Cards::open(folder, key, &ports, Reporter::new(None)).unwrap()
    }

    fn kept(cards: &Cards) -> String {
        let kept = cards.file.0.read_bytes(ROW).unwrap();
        kept.map_or_else(String::new, |kept| String::from_utf8(kept.to_vec()).unwrap())
    }

    #[test]
    fn what_an_earlier_version_remembered_is_taken_over_and_outlives_forgetting_and_reopening() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (open(folder.path(), &KEY), open(folder.path(), &KEY));
        one.take_over(STORED.as_bytes()).unwrap();
        assert!(kept(&other).contains(r#""left":1"#), "both have it");
        other.forget().unwrap();
        other.shrink().unwrap();
        drop((one, other));
        assert!(kept(&open(folder.path(), &KEY)).contains(r#""left":1,"outcome_unknown":true"#));
    }

    #[test]
    fn a_memory_that_the_key_does_not_open_or_that_is_damaged_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let file: PathBuf = folder.path().join(FILE);
        open(folder.path(), &KEY).take_over(STORED.as_bytes()).unwrap();
        assert_eq!(kept(&open(folder.path(), &[8; KEY_LENGTH])), "");
        std::fs::write(file, [0x5A; 4096]).unwrap();
        assert_eq!(kept(&open(folder.path(), &KEY)), "");
    }
}
