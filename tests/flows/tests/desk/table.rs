//! A table with a reader and a card on it, and a desk in a folder.

use std::path::Path;
use std::sync::{Arc, Mutex};

use basvuru::application::Ports;
use basvuru::desk::{CardDesk, CardReport};
use basvuru::failure::Failure;
use basvuru::reader::{Link, Readers};
use basvuru::secret::Pin;
use basvuru::texts::Language;
use basvuru_test_card::{CardImage, Profile, VirtualCard, VirtualReaders};
use basvuru_test_pki::{IssueOptions, KeyKind};
use basvuru_world::{Applicant, PIN, TestVault, World};
use tempfile::TempDir;

pub(crate) const READER: &str = "Okuyucu";
pub(crate) const WRONG_PIN: &str = "135792";
pub(crate) const NEW_PIN: &str = "975310";

pub(crate) struct Table {
    pub(crate) world: World,
    pub(crate) home: TempDir,
    pub(crate) readers: VirtualReaders,
    pub(crate) card: Arc<Mutex<VirtualCard>>,
    pub(crate) desk: Arc<CardDesk>,
}

impl Table {
    pub(crate) async fn laid(link: Link, profile: Profile) -> Self {
        let world = World::start().await.unwrap();
        let readers = VirtualReaders::new();
        let image = world
            .card(&Applicant::sample(), KeyKind::P384, &IssueOptions::default())
            .unwrap();
        let card = shared(image.with_profile(profile));
        readers.add(READER, link, Some(Arc::clone(&card) as _));
        let home = tempfile::tempdir().unwrap();
        let desk = desk_in(home.path(), Arc::new(readers.clone()));
        Self {
            world,
            home,
            readers,
            card,
            desk,
        }
    }

    /// Puts a card of the sample applicant on the table.
    pub(crate) fn put(&mut self, options: &IssueOptions, profile: Profile) {
        let image = self.world.card(&Applicant::sample(), KeyKind::P384, options).unwrap();
        self.put_image(image.with_profile(profile));
    }

    pub(crate) fn put_image(&mut self, image: CardImage) {
        self.card = shared(image);
        self.readers.put(Some(Arc::clone(&self.card) as _));
    }

    /// Closes the desk and opens it anew, as another process does.
    pub(crate) fn reopen(&mut self) {
        self.desk = desk_in(self.home.path(), Arc::new(self.readers.clone()));
    }

    /// Goes on in a copy of a folder, as after the app was killed when the copy was made.
    pub(crate) fn go_on_in(&mut self, folder: TempDir) {
        self.home = folder;
        self.reopen();
    }

    pub(crate) async fn look(&self) -> Result<CardReport, Failure> {
        Arc::clone(&self.desk).look(READER.to_owned()).await
    }

    pub(crate) async fn change(&self, old: &str, new: &str) -> Result<CardReport, Failure> {
        self.change_with(old, new, false).await
    }

    pub(crate) async fn change_with(&self, old: &str, new: &str, last: bool) -> Result<CardReport, Failure> {
        let changing = Arc::clone(&self.desk).change_pin(READER.to_owned(), pin(old), pin(new), last);
        changing.await
    }

    pub(crate) async fn unblock(&self, puk: &str, new: &str) -> Result<CardReport, Failure> {
        self.unblock_with(puk, new, false).await
    }

    pub(crate) async fn unblock_with(&self, puk: &str, new: &str, last: bool) -> Result<CardReport, Failure> {
        let unblocking = Arc::clone(&self.desk).unblock_pin(READER.to_owned(), pin(puk), pin(new), last);
        unblocking.await
    }

    pub(crate) fn puk_tries_left(&self) -> Option<u8> {
        self.card.lock().unwrap().puk_tries_left()
    }

    /// How many commands with a PUK in them were sent.
    pub(crate) fn puks_sent(&self) -> usize {
        let exchanges = self.readers.exchanges();
        let has_puk = |command: &str| command.get(2..4) == Some("2C");
        exchanges.iter().filter(|exchange| has_puk(&exchange.command)).count()
    }

    pub(crate) fn tries_left(&self) -> u8 {
        self.card.lock().unwrap().tries_left()
    }

    /// How many commands with a PIN in them were sent: VERIFY and CHANGE REFERENCE DATA.
    pub(crate) fn pins_sent(&self) -> usize {
        let exchanges = self.readers.exchanges();
        let has_pin = |command: &str| matches!(command.get(2..4), Some("20" | "24"));
        exchanges.iter().filter(|exchange| has_pin(&exchange.command)).count()
    }

    /// Whether this is the card's PIN, by the card's own word: it costs a try where it is not.
    pub(crate) async fn has_pin(&mut self, expected: &str) -> bool {
        let folder = tempfile::tempdir().unwrap();
        let desk = desk_in(folder.path(), Arc::new(self.readers.clone()));
        let reader = READER.to_owned();
        let changed = desk.change_pin(reader, pin(expected), pin("11223344"), true).await;
        match changed {
            Ok(_) => true,
            Err(Failure::PinWrong { .. } | Failure::PinBlocked) => false,
            Err(failure) => panic!("{failure:?}"),
        }
    }
}

pub(crate) fn desk_in(folder: &Path, readers: Arc<dyn Readers>) -> Arc<CardDesk> {
    let ports = Ports {
        readers,
        vault: Arc::new(TestVault),
        watcher: None,
        monitor: None,
    };
    CardDesk::open(folder.to_str().unwrap().to_owned(), ports, Language::Turkish).unwrap()
}

pub(crate) fn pin(digits: &str) -> Arc<Pin> {
    Arc::new(Pin::new(digits.as_bytes()))
}

pub(crate) fn shared(image: CardImage) -> Arc<Mutex<VirtualCard>> {
    Arc::new(Mutex::new(VirtualCard::new(image).unwrap()))
}

/// A copy of a folder as it is on the disk now.
pub(crate) fn copy_of(folder: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    copy
}

/// Asserts that a failure has the code and says in both languages what to do.
pub(crate) fn refused(outcome: Result<CardReport, Failure>, code: &str) -> Failure {
    let failure = outcome.map(drop).unwrap_err();
    basvuru_flows::said(&failure, code);
    failure
}

pub(crate) const LINKS: [Link; 2] = [Link::Contact, Link::Nfc];
pub(crate) const RIGHT: &str = PIN;
