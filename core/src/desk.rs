//! Care for a card outside the journey, over the same ports and by the same rules: what is on it, how many tries are left,
//! changing its PIN or unblocking it, and whether a reader works. It works beside an open application of the same folder.

mod report;

use std::collections::HashSet;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use crate::application::cards::Cards;
use crate::application::observation::{Monitoring, Observation, monitoring};
use crate::application::reporter::Reporter;
use crate::application::{Ports, journal_key, own_folder, sentences};
use crate::card::{Card, CardError, PinConsent, PukConsent, SigningKey, UnblockedPin, Unsettled};
use crate::diagnosis;
use crate::failure::Failure;
use crate::reader::{CardChannel, ConnectedCard, LinkFailure, ReaderDescription, ccid};
use crate::secret::Pin;
use crate::texts::Language;

pub use self::report::{CardReport, CertificateReport, ReaderReport};

/// A desk for cards: looks at a card, changes its PIN or unblocks it, tests a reader. One thing at a time; what is begun reaches its end even
/// when the caller stops waiting.
#[derive(uniffi::Object)]
pub struct CardDesk {
    cards: Cards,
    monitoring: Monitoring,
    language: Mutex<Language>,
    /// The card that was looked at last: the PIN is typed for it, and no other gets to see it.
    shown: Mutex<Option<Shown>>,
    turn: tokio::sync::Mutex<()>,
}

struct Shown {
    certificates: HashSet<Vec<u8>>,
    tries_left: Option<u8>,
}

/// What a look at a card has found.
pub struct Look {
    /// What a person is shown.
    pub report: CardReport,
    /// The keys that sign, the best first, as the engine knows them.
    pub keys: Vec<SigningKey>,
}

#[uniffi::export(async_runtime = "tokio")]
impl CardDesk {
    /// Opens the desk of a folder, beside an application or without one. Needs no network.
    ///
    /// # Errors
    /// [`Failure::VaultUnavailable`], and the failures of the folder.
    #[uniffi::constructor]
    pub fn open(folder: String, ports: Ports, language: Language) -> Result<Arc<Self>, Failure> {
        let key = journal_key(&ports)?;
        let progress = Reporter::new(ports.watcher.clone());
        let cards = Cards::open(&own_folder(&folder)?, &key, &ports, progress)?;
        Ok(Arc::new(Self {
            cards,
            monitoring: monitoring(ports.monitor),
            language: Mutex::new(language),
            shown: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }))
    }

    /// Looks at the card in a reader, or at one that is held to the phone. No PIN is needed, and no try is spent.
    ///
    /// # Errors
    /// The failures of reader and card.
    pub async fn look(self: Arc<Self>, reader: String) -> Result<CardReport, Failure> {
        self.look_closely(reader).await.map(|look| look.report)
    }

    /// Changes the PIN of the card: the present one is sent once, with the new one behind it. Over NFC both are asked for
    /// first, and one tap does it. With the last try, `last_try_confirmed` says that the person knows. The new PIN is kept
    /// nowhere.
    ///
    /// # Errors
    /// Before anything is sent: [`Failure::NewPinSame`], [`Failure::NewPinMalformed`], [`Failure::PinMalformed`],
    /// [`Failure::PinBlocked`], [`Failure::PinLastTry`], [`Failure::PinUnchangeable`], [`Failure::CardChanged`] where it is
    /// not the card that was looked at. Because of the PIN: [`Failure::PinWrong`], [`Failure::PinBlocked`].
    /// [`Failure::PinChangeOutcomeUnknown`] where nobody knows which PIN the card has now; [`Failure::PinOutcomeUnknown`]
    /// where an earlier PIN has cost a try that the person has not heard of. And the failures of reader and card.
    pub async fn change_pin(
        self: Arc<Self>,
        reader: String,
        pin: Arc<Pin>,
        new_pin: Arc<Pin>,
        last_try_confirmed: bool,
    ) -> Result<CardReport, Failure> {
        if pin.expose() == new_pin.expose() {
            return Err(Failure::NewPinSame);
        }
        let consent = PinConsent::new(pin);
        let consent = if last_try_confirmed {
            consent.confirming_last_try()
        } else {
            consent
        };
        let desk = Arc::clone(&self);
        self.to_the_end("card-change-pin", async move {
            let (reader, channel) = desk.connect(&reader).await?;
            let changed = desk.change_over(&channel, &reader, consent, new_pin).await;
            desk.close(&channel, changed.as_ref().err()).await;
            changed
        })
        .await
    }

    /// Unblocks the PIN of the card with its PUK, which is sent once, with the new PIN behind it; no PIN is sent before. Over NFC
    /// both are asked for first, and one tap does it. Where the PUK has one try left as far as is known, or none,
    /// `last_try_confirmed` says that the person knows and goes on. A card may give the tries back without taking a new PIN: then
    /// the report's notice says that it has the PIN it had before. PUK and PIN are kept nowhere.
    ///
    /// # Errors
    /// Before anything is sent: [`Failure::PukUnavailable`], [`Failure::PukMalformed`], [`Failure::NewPinMalformed`],
    /// [`Failure::PukLastTry`], [`Failure::CardChanged`] where it is not the card that was looked at. Because of the PUK:
    /// [`Failure::PukWrong`], [`Failure::PukBlocked`], and [`Failure::PukUnavailable`] where the card does not take it.
    /// [`Failure::PukOutcomeUnknown`] where nobody knows what became of it, or of one before it, and
    /// [`Failure::PinChangeOutcomeUnknown`] of a change that the person has not heard of. And the failures of reader and card.
    pub async fn unblock_pin(
        self: Arc<Self>,
        reader: String,
        puk: Arc<Pin>,
        new_pin: Arc<Pin>,
        last_try_confirmed: bool,
    ) -> Result<CardReport, Failure> {
        let consent = PukConsent::new(puk);
        let consent = if last_try_confirmed {
            consent.confirming_last_try()
        } else {
            consent
        };
        let desk = Arc::clone(&self);
        self.to_the_end("card-unblock-pin", async move {
            let (reader, channel) = desk.connect(&reader).await?;
            let unblocked = desk.unblock_over(&channel, &reader, consent, new_pin).await;
            desk.close(&channel, unblocked.as_ref().err()).await;
            unblocked
        })
        .await
    }

    /// Tests a reader: whether it answers, how it exchanges commands, and whether the card in it answers. No PIN is needed,
    /// and no try is spent.
    ///
    /// # Errors
    /// The failures of the reader; that there is no card, or none that signs, is part of the report.
    pub async fn test_reader(self: Arc<Self>, reader: String) -> Result<ReaderReport, Failure> {
        let desk = Arc::clone(&self);
        let test = async move { desk.test(&reader).await };
        self.to_the_end("card-test-reader", test).await
    }

    /// Ends the wait for a card, upon which what waits for it fails with [`Failure::CardCancelled`]. Returns at once; a card
    /// that is there already is not let go of in the middle of anything, least of all of its PIN.
    pub fn cancel(&self) {
        self.cards.cancel();
    }

    /// The language of every sentence from now on.
    pub fn set_language(&self, language: Language) {
        *locked(&self.language) = language;
    }
}

impl CardDesk {
    /// The same as [`Self::look`], with what the engine knows of the keys.
    ///
    /// # Errors
    /// As [`Self::look`].
    pub async fn look_closely(self: Arc<Self>, reader: String) -> Result<Look, Failure> {
        let desk = Arc::clone(&self);
        self.to_the_end("card-look", async move {
            let (reader, channel) = desk.connect(&reader).await?;
            let look = desk.look_over(&channel, &reader).await;
            desk.close(&channel, look.as_ref().err()).await;
            look
        })
        .await
    }

    /// Opens the card in a reader, works with it, and lets go of it whatever happens. For what the desk itself does not do.
    ///
    /// # Errors
    /// The failures of reader and card, and those of the work.
    pub async fn with_card<T>(
        &self,
        reader: &str,
        work: impl AsyncFnOnce(&mut Card) -> Result<T, CardError>,
    ) -> Result<T, Failure> {
        let _turn = self.turn.lock().await;
        self.cards.begin();
        let (_, channel) = self.connect(reader).await?;
        let worked = match self.cards.read(&channel, self.language()).await {
            Ok(mut card) => work(&mut card).await,
            Err(error) => Err(error),
        };
        let worked = worked.map_err(Failure::from);
        self.close(&channel, worked.as_ref().err()).await;
        self.cards.settle().await;
        worked
    }

    /// Does something in a task of its own, when what was begun before has ended.
    async fn to_the_end<T: Send + 'static>(
        self: Arc<Self>,
        name: &'static str,
        work: impl Future<Output = Result<T, Failure>> + Send + 'static,
    ) -> Result<T, Failure> {
        let task = tokio::spawn(async move {
            let turn = self.turn.lock().await;
            let observation = Observation::begin(name, None, &self.monitoring);
            self.cards.begin();
            let done = work.await;
            self.cards.settle().await;
            drop(turn);
            observation.end(done.as_ref().err().map(Failure::code)).await;
            done
        });
        // Why a task ended early is in the crash log; its text could hold what was being worked on.
        task.await.unwrap_or_else(|_| {
            Err(Failure::Internal {
                detail: "task".to_owned(),
            })
        })
    }

    async fn connect(&self, reader: &str) -> Result<(ReaderDescription, Arc<dyn CardChannel>), Failure> {
        let reader = self.cards.reader(reader).await?;
        let channel = self.cards.connect(&reader, self.language()).await?;
        Ok((reader, channel))
    }

    async fn close(&self, channel: &Arc<dyn CardChannel>, failure: Option<&Failure>) {
        self.cards.close(channel, failure, self.language()).await;
    }

    async fn look_over(&self, channel: &Arc<dyn CardChannel>, reader: &ReaderDescription) -> Result<Look, Failure> {
        *locked(&self.shown) = None;
        let mut card = self.cards.read(channel, self.language()).await?;
        // Of a try that was lost, the number tells that is about to be shown.
        let notice = unheard(card.take_unsettled());
        let report = report::of_card(reader, &card, self.language(), notice.as_ref())?;
        self.show(&card);
        Ok(Look {
            report,
            keys: card.signing_keys().to_vec(),
        })
    }

    async fn change_over(
        &self,
        channel: &Arc<dyn CardChannel>,
        reader: &ReaderDescription,
        consent: PinConsent,
        new_pin: Arc<Pin>,
    ) -> Result<CardReport, Failure> {
        let (mut card, key, shown_tries) = self.open_shown(channel).await?;
        let unheard = match card.take_unsettled() {
            Some(Unsettled::Verification) if shown_tries != key.pin.tries_left => Some(Failure::PinOutcomeUnknown),
            unsettled => unheard(unsettled),
        };
        if let Some(unheard) = unheard {
            self.show(&card);
            return Err(unheard);
        }
        let key = only_pin_of(&card, key)?;
        let changed = card.change_pin(&key, consent, new_pin).await;
        self.show(&card);
        changed?;
        report::of_card(reader, &card, self.language(), None)
    }

    async fn unblock_over(
        &self,
        channel: &Arc<dyn CardChannel>,
        reader: &ReaderDescription,
        consent: PukConsent,
        new_pin: Arc<Pin>,
    ) -> Result<CardReport, Failure> {
        let (mut card, key, _) = self.open_shown(channel).await?;
        // A try of the PIN that was lost is given back with the others.
        if let Some(unheard) = unheard(card.take_unsettled()) {
            self.show(&card);
            return Err(unheard);
        }
        let key = only_pin_of(&card, key)?;
        let unblocked = card.unblock(&key, consent, new_pin).await;
        self.show(&card);
        let notice = (unblocked? == UnblockedPin::AsBefore).then_some(Failure::PinKept);
        report::of_card(reader, &card, self.language(), notice.as_ref())
    }

    /// Opens the card that was looked at and no other, with the key whose PIN is meant and the tries that were shown of it.
    async fn open_shown(&self, channel: &Arc<dyn CardChannel>) -> Result<(Card, SigningKey, Option<u8>), Failure> {
        let card = self.cards.read(channel, self.language()).await?;
        let key = report::best_key(&card, SystemTime::now()).clone();
        let mut shown = locked(&self.shown);
        if shown
            .as_ref()
            .is_some_and(|shown| shown.certificates != certificates(&card))
        {
            *shown = None;
            return Err(Failure::CardChanged);
        }
        let tries_left = shown.as_ref().and_then(|shown| shown.tries_left);
        Ok((card, key, tries_left))
    }

    async fn test(&self, reader: &str) -> Result<ReaderReport, Failure> {
        let language = self.language();
        let reader = self.cards.reader(reader).await?;
        diagnosis::reader_chosen(&reader.name, reader.link);
        let prompt = sentences::card_prompt(reader.link, language);
        let connected = match self.cards.readers().connect(reader.id.clone(), prompt).await {
            Ok(connected) => connected,
            Err(LinkFailure::NoCard) => return Ok(report::of_reader(&reader, None, None, language)),
            Err(failure) => return Err(failure.into()),
        };
        let level = match &connected {
            ConnectedCard::Channel { .. } => None,
            ConnectedCard::Usb { usb } => ccid::exchange_level(&usb.descriptors().await?),
        };
        let channel = match connected.into_channel().await {
            Ok(channel) => channel,
            Err(LinkFailure::NoCard) => return Ok(report::of_reader(&reader, level, None, language)),
            Err(failure) => return Err(failure.into()),
        };
        let tested = async {
            let info = channel.info().await?;
            let level = level.unwrap_or(if info.extended_length {
                "extended APDU"
            } else {
                "short APDU"
            });
            let card = self.cards.read(&channel, language).await;
            let card = card.map(drop).map_err(Failure::from);
            Ok(report::of_reader(&reader, Some(level), Some(card), language))
        };
        let tested: Result<ReaderReport, Failure> = tested.await;
        self.close(&channel, tested.as_ref().err()).await;
        tested
    }

    /// Notes what the person has been told of a card.
    fn show(&self, card: &Card) {
        let tries_left = report::best_key(card, SystemTime::now()).pin.tries_left;
        *locked(&self.shown) = Some(Shown {
            certificates: certificates(card),
            tries_left,
        });
    }

    fn language(&self) -> Language {
        *locked(&self.language)
    }
}

/// What of an earlier PIN or PUK the person has to hear whatever the numbers of tries say.
fn unheard(unsettled: Option<Unsettled>) -> Option<Failure> {
    match unsettled {
        Some(Unsettled::Change) => Some(Failure::PinChangeOutcomeUnknown),
        Some(Unsettled::Unblocking) => Some(Failure::PukOutcomeUnknown),
        Some(Unsettled::Verification) | None => None,
    }
}

/// The key, where no other PIN may be its own: which of several is meant, nothing tells, and none is tried.
fn only_pin_of(card: &Card, key: SigningKey) -> Result<SigningKey, Failure> {
    let is_other = |other: &&SigningKey| other.pin_identifier() != key.pin_identifier();
    let mut others = card.signing_keys().iter().filter(is_other);
    if others.any(|other| other.certificate == key.certificate) {
        return Err(Failure::CertificateChoiceNeeded);
    }
    Ok(key)
}

fn certificates(card: &Card) -> HashSet<Vec<u8>> {
    let keys = card.signing_keys().iter();
    keys.map(|key| key.certificate.clone()).collect()
}

/// What is noted is only ever replaced whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
