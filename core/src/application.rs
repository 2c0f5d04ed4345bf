//! The journey: from the first sign-in to the receipt. One persisted stage, one answer at a time, and nothing is done
//! that is not written down first.

mod answer;
mod assistance;
pub(crate) mod cards;
mod check;
mod devices;
mod field;
mod folder;
pub(crate) mod journal;
mod journey;
pub(crate) mod observation;
mod people;
mod pin_rules;
mod ports;
mod refusal;
pub(crate) mod reporter;
mod running;
pub mod sentences;
mod showing;
mod signing;
mod stage;
mod step;
mod support;
mod unblocking;

use std::path::PathBuf;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use zeroize::Zeroizing;

use crate::bounds::{self, within_thread};
use crate::clock::{Clock, DeviceClock};
use crate::failure::{ConfigurationFault, Failure};
use crate::link;
use crate::portal::{IdentityKind, Portal, ProxyServer, Receipt, Traffic};
use crate::reader::Readers;
use crate::secret::Password;
use crate::sms;
use crate::texts::Language;

pub use answer::Answer;
pub use check::{Check, check_code, check_field, check_identity_number, check_new_pin, check_passport_number};
pub use devices::SignedInDevice;
pub use folder::portal_of;
pub use observation::{Monitor, MonitorEvent};
pub use pin_rules::PinRules;
pub use ports::{Activity, PortFailure, Vault, Watcher};
pub use step::{
    AssistedUnblocking, CaptchaFiles, CardCertificate, CardSummary, CodeStatus, FieldChoice, FieldEntry, FormField,
    KnownIdentity, MethodOffer, OrderGroup, OrderSummary, PendingAction, Place, PrivacyNotice, ReviewDocument, Screen,
    SignInOffer, Step, SupportContact, UnusableCertificate,
};
pub use support::diagnosis;
pub use unblocking::Unblocking;

use cards::Cards;
use folder::Folder;
use journal::{Change, Journal, JournalError, KEY_LENGTH};
use observation::{Monitoring, Observation, monitoring};
use reporter::Reporter;
use running::Answers;
use showing::Setting;
use stage::{Assistance, CodeState, Record, ReturnTo, Stage};
use step::Passing;

/// What an application is opened with.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Configuration {
    /// The portal's address, `https://host` or `https://host:port`.
    pub portal: String,
    /// The only TLS roots the portal is trusted by, PEM.
    pub portal_roots: Vec<u8>,
    /// A folder of the app's own, where the journal is kept. Leave it out of backups. It belongs to the portal it was opened
    /// with first; [`portal_of`] says which that is.
    pub folder: String,
    /// The language of every sentence, until `set_language`.
    pub language: Language,
    /// The identity kind the invitation's link told, to pre-set the sign-in screen.
    #[uniffi(default = None)]
    pub identity_kind: Option<IdentityKind>,
    /// The order the invitation's link named: entered by itself after signing in.
    #[uniffi(default = None)]
    pub order: Option<String>,
    /// Where the invitation's link said the app returns to: offered when the application is complete, also after a restart.
    #[uniffi(default = None)]
    pub return_to: Option<String>,
    /// Where help is to be had as long as the portal was never reached.
    #[uniffi(default = None)]
    pub support: Option<SupportContact>,
    /// The proxy that the device is set up with for the portal's address; none where the way leads straight to it. Who the
    /// portal is, is checked through a proxy as without it.
    #[uniffi(default = None)]
    pub proxy: Option<ProxyServer>,
    /// What the person knows this device by, to find it in [`CertificateApplication::devices`]: its model, say. The first 64
    /// characters are told the portal, when the person signs in.
    #[uniffi(default = None)]
    pub device_name: Option<String>,
}

impl Configuration {
    /// A configuration with nothing optional in it.
    #[must_use]
    pub fn new(portal: String, portal_roots: Vec<u8>, folder: String, language: Language) -> Self {
        Self {
            portal,
            portal_roots,
            folder,
            language,
            identity_kind: None,
            order: None,
            return_to: None,
            support: None,
            proxy: None,
            device_name: None,
        }
    }
}

/// What the shell lends the core.
#[derive(uniffi::Record)]
pub struct Ports {
    /// Readers and cards.
    pub readers: Arc<dyn Readers>,
    /// The key that seals the journal.
    pub vault: Arc<dyn Vault>,
    /// Who wants to be told how things come along, if anybody.
    #[uniffi(default = None)]
    pub watcher: Option<Arc<dyn Watcher>>,
    /// The app's own monitoring, if it has one.
    #[uniffi(default = None)]
    pub monitor: Option<Arc<dyn Monitor>>,
}

/// One person's application on this device. Not named `Application`, which Android already has.
///
/// A shell shows [`Self::step`], turns what the person does into an [`Answer`], and shows the step that
/// [`Self::answer`] returns, or the failure and the step again.
#[derive(uniffi::Object)]
pub struct CertificateApplication {
    configuration: Configuration,
    portal: Portal,
    journal: Journal,
    cards: Cards,
    monitoring: Monitoring,
    /// What the journal holds and what lives as long as the app. Held for moments only, never over a wait.
    state: Mutex<State>,
    /// Makes answers queue: one at a time reaches its end.
    turn: tokio::sync::Mutex<()>,
    answers: Arc<Answers>,
}

struct State {
    record: Record,
    passing: Passing,
    language: Language,
    /// Whether the portal knows this device for the person whose the folder is.
    device_is_known: bool,
    /// The order the invitation's link named, until it was entered once.
    invited: Option<String>,
}

impl State {
    /// Forgets what is not written down: it was shown to, or asked for by, a person who has left.
    fn forget(&mut self) {
        self.passing = Passing::default();
        self.device_is_known = false;
        self.invited = None;
    }
}

#[uniffi::export(async_runtime = "tokio")]
impl CertificateApplication {
    /// Opens the application of a folder, or begins one. Needs no network.
    ///
    /// # Errors
    /// [`Failure::ConfigurationInvalid`], [`Failure::AnotherPortal`] where the folder belongs to another portal, before the
    /// vault is asked, [`Failure::VaultUnavailable`], and the journal's failures.
    #[uniffi::constructor]
    pub fn open(configuration: Configuration, ports: Ports) -> Result<Arc<Self>, Failure> {
        Self::open_by(configuration, ports, Arc::new(DeviceClock))
    }

    /// What to show now. Never waits, needs no network, and says the same after a restart.
    pub fn step(&self) -> Step {
        self.with_state(|state| {
            let setting = Setting {
                language: state.language,
                host: self.portal.host(),
                invited: self.configuration.identity_kind,
                support: self.configuration.support.as_ref(),
                device_is_known: state.device_is_known,
                clock: self.portal.clock(),
            };
            showing::step(&state.record, &state.passing, &setting)
        })
    }

    /// Says every sentence in another language from now on: the next [`Self::step`], and whatever is told of work that is
    /// under way.
    pub fn set_language(&self, language: Language) {
        self.with_state(|state| state.language = language);
    }

    /// Takes an answer as far as the next question. Runs to its end even when the caller stops waiting: a coroutine that
    /// is cancelled never cuts it between a signature and its record.
    ///
    /// # Errors
    /// Any [`Failure`]; what the person entered is kept, and [`Self::step`] shows where they are.
    pub async fn answer(self: Arc<Self>, answer: Answer) -> Result<Step, Failure> {
        let answers = Arc::clone(&self.answers);
        let task = tokio::spawn(async move {
            let turn = self.turn.lock().await;
            let step = self.step().screen.name();
            let observation = Observation::begin(step, Some(&self.portal), &self.monitoring);
            self.cards.begin();
            let result = self.take_patiently(answer).await;
            self.cards.settle().await;
            drop(turn);
            observation.end(result.as_ref().err().map(Failure::code)).await;
            result.map(|()| self.step())
        });
        answers.begin(task.abort_handle());
        task.await.unwrap_or_else(|ended| {
            Err(if ended.is_cancelled() {
                // Its folder was opened again.
                Failure::Cancelled
            } else {
                // Why a task ended early is in the crash log; its text could hold what was being worked on.
                Failure::Internal {
                    detail: "task".to_owned(),
                }
            })
        })
    }

    /// Ends what the answer under way waits for: a card that is not there yet, upon which it fails with
    /// [`Failure::CardCancelled`], or the portal, upon which it fails with [`Failure::Cancelled`]. Returns at once. What must
    /// not be done twice goes on to its end, and a card that is there is not let go of in the middle of anything, least of
    /// all of a PIN or a signature.
    pub fn cancel(&self) {
        self.cards.cancel();
    }

    /// The code in a text message, where there is exactly one that can be meant. It only fills in what the person then
    /// sends with `ConfirmCode` or `Unblock`; typing it is the same path.
    pub fn read_sms(&self, text: String, sender: Option<String>) -> Option<Arc<Password>> {
        let expectation = self.with_state(|state| {
            let portal = state.record.portal.as_ref()?;
            Some(sms::Expectation {
                host: portal.host.clone(),
                code_length: code_length(&state.record.stage)?,
                senders: portal.sms_senders.clone(),
            })
        })?;
        let code = sms::code(&text, sender.as_deref(), &expectation)?;
        Some(Arc::new(Password::from(code.into_secret())))
    }

    /// The receipts of the applications that the person who has signed in completed on this device; nobody else's, and none
    /// where nobody has signed in.
    ///
    /// # Errors
    /// The journal's failures.
    pub fn history(&self) -> Result<Vec<Receipt>, Failure> {
        self.own_receipts()
    }

    /// A document exactly as it will be signed. For the shell's viewer; do not store it.
    ///
    /// # Errors
    /// [`Failure::DocumentUnknown`], and the journal's failures.
    pub fn document(&self, id: String) -> Result<Vec<u8>, Failure> {
        if self.record().applicant.is_none() {
            return Err(Failure::DocumentUnknown);
        }
        let content = self
            .journal
            .read_bytes(&document_row(&id))?
            .ok_or(Failure::DocumentUnknown)?;
        Ok(content.to_vec())
    }

    /// The signed container of a completed application of the person who has signed in, to keep and to share.
    ///
    /// # Errors
    /// [`Failure::DocumentUnknown`] where this device did not sign the order, or somebody else did, and the journal's
    /// failures.
    pub fn signed_container(&self, order: String) -> Result<Vec<u8>, Failure> {
        self.own_container(&order)
    }

    /// Erases everything of everybody that this folder holds, receipts and signed applications too: overwritten, and the
    /// file shrunk. For the end of a shared device's day; what the portal has stays there. The folder stays with its
    /// portal, and what cards have told of their PINs' tries is kept without any name.
    ///
    /// # Errors
    /// [`Failure::SubmissionUnderWay`] while a signed application is on its way: nothing is erased then. The journal's
    /// failures; after [`Failure::StorageFailed`] call it again.
    pub async fn erase(self: Arc<Self>) -> Result<Step, Failure> {
        let task = tokio::spawn(async move {
            let turn = self.turn.lock().await;
            let result = self.erase_everything();
            drop(turn);
            result.map(|()| self.step())
        });
        task.await.unwrap_or_else(|_| {
            Err(Failure::Internal {
                detail: "task".to_owned(),
            })
        })
    }
}

impl CertificateApplication {
    /// The same as [`Self::open`], by other clocks than the device's: for tests.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_by(configuration: Configuration, ports: Ports, clock: Arc<dyn Clock>) -> Result<Arc<Self>, Failure> {
        let progress = Reporter::new(ports.watcher.clone());
        let portal = Portal::new(
            &configuration.portal,
            &configuration.portal_roots,
            configuration.proxy.as_ref(),
            clock,
        )?
        .told_to({
            let progress = Arc::clone(&progress);
            move |flow| progress.flows(flow)
        });
        let is_return_address = |address: &String| link::is_return_address(address);
        if !configuration.return_to.as_ref().is_none_or(is_return_address) {
            return Err(Failure::ConfigurationInvalid {
                fault: ConfigurationFault::ReturnAddress,
                detail: "return_to is no https address".to_owned(),
            });
        }
        let folder = Folder::named(&configuration.folder)?;
        folder.belongs_to(&portal)?;
        let key = journal_key(&ports)?;
        let path = own_folder(&configuration.folder)?;
        running::make_room(&path);
        let journal = Journal::open(&path.join("journal.sqlite"), &key)?;
        let mut record: Record = match journal.read("application")? {
            Some(record) => record,
            None if journal.is_fresh()? => Record::new(),
            // The row was there: beginning anew would overwrite what is left.
            None => return Err(Failure::JournalUnreadable),
        };
        // Asked again now that no other process has the journal.
        if !folder.belongs_to(&portal)? {
            is_of(&record, &portal)?;
            folder.bind(&portal)?;
        }
        let cards = Cards::open(&path, &key, &ports, progress)?;
        if let Some(stored) = journal.read_bytes(CARDS)? {
            // Earlier versions kept it here.
            cards.take_over(&stored)?;
            journal.write(vec![Change::delete(CARDS)])?;
        }
        if let Some(address) = &configuration.return_to {
            // The link is not there at the next start, and until then the application may take days.
            record.return_to = Some(ReturnTo {
                order: configuration.order.clone(),
                address: address.clone(),
            });
            journal.write(vec![Change::put("application", &record)?])?;
        }
        portal.clock().recall(record.time);
        let (language, invited) = (configuration.language, configuration.order.clone());
        let device_is_known = journey::is_known_device(&journal)?;
        let application = Arc::new(Self {
            configuration,
            portal,
            journal,
            cards,
            monitoring: monitoring(ports.monitor),
            state: Mutex::new(State {
                record,
                passing: Passing::default(),
                language,
                device_is_known,
                invited,
            }),
            turn: tokio::sync::Mutex::new(()),
            answers: Arc::default(),
        });
        let record = application.record();
        application.claim_for(&record)?;
        running::enter(&path, &application);
        Ok(application)
    }

    /// What has gone over the wire since the application was opened.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.portal.traffic()
    }

    /// Takes an answer for as long as the person has patience with the portal. To stop waiting for it is as safe as to be
    /// killed: what must not be done twice is written down before, and is waited for.
    async fn take_patiently(&self, answer: Answer) -> Result<(), Failure> {
        let uses_card = matches!(
            answer,
            Answer::ReadCard { .. } | Answer::Sign { .. } | Answer::RequestUnblocking { .. } | Answer::Unblock { .. }
        );
        let mut taking = pin!(self.take(answer));
        tokio::select! {
            biased;
            taken = taking.as_mut() => return taken,
            () = self.cards.patience_has_ended(), if !uses_card => {}
        }
        if matches!(self.step().screen, Screen::Pending { .. }) {
            return taking.await;
        }
        Err(Failure::Cancelled)
    }

    fn with_state<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        // A panic elsewhere leaves the state as the journal has it: it is replaced whole, after the journal.
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn language(&self) -> Language {
        self.with_state(|state| state.language)
    }

    fn record(&self) -> Record {
        self.with_state(|state| state.record.clone())
    }

    /// Writes a record and what belongs with it in one transaction, and only then makes it the one that is shown.
    fn commit(&self, mut record: Record, mut changes: Vec<Change>) -> Result<(), Failure> {
        record.time = self.portal.clock().known();
        changes.push(Change::put("application", &record)?);
        self.journal.write(changes)?;
        self.with_state(|state| state.record = record);
        Ok(())
    }

    /// Moves to a stage.
    fn advance(&self, stage: Stage, changes: Vec<Change>) -> Result<(), Failure> {
        let record = Record { stage, ..self.record() };
        self.commit(record, changes)
    }

    fn tell(&self, activity: Activity) {
        self.cards.tell(activity, self.language());
    }
}

/// Whether a folder that an earlier version has left without a record of its portal can belong to this one: the host that
/// the portal has named is the address' own, or above it.
fn is_of(record: &Record, portal: &Portal) -> Result<(), Failure> {
    let Some(known) = &record.portal else { return Ok(()) };
    let host = portal.host_name();
    let within = host.strip_suffix(known.host.as_str());
    if within.is_some_and(|rest| rest.is_empty() || rest.ends_with('.')) {
        return Ok(());
    }
    Err(Failure::AnotherPortal {
        portal: format!("https://{}", known.host),
    })
}

/// The key of a vault, which has time to ask the person.
pub(crate) fn journal_key(ports: &Ports) -> Result<Zeroizing<[u8; KEY_LENGTH]>, Failure> {
    let vault = Arc::clone(&ports.vault);
    let key = within_thread(bounds::JOURNAL_KEY, move || vault.journal_key().map(Zeroizing::new));
    let Ok(Ok(key)) = key else {
        return Err(Failure::VaultUnavailable);
    };
    let key: &[u8; KEY_LENGTH] = key.as_slice().try_into().map_err(|_| Failure::VaultUnavailable)?;
    Ok(Zeroizing::new(*key))
}

/// A folder of the app's own, made where it is missing, by the one path that leads to it.
pub(crate) fn own_folder(folder: &str) -> Result<PathBuf, Failure> {
    let folder = Folder::named(folder)?;
    std::fs::create_dir_all(folder.path())
        .and_then(|()| std::fs::canonicalize(folder.path()))
        .map_err(|error| JournalError::from(&error).into())
}

/// Where earlier versions kept what is remembered of cards.
const CARDS: &str = "cards";
const RECEIPTS: &str = "receipt/";
const DOCUMENTS: &str = "document/";
const DRAFTS: &str = "draft/";

fn document_row(id: &str) -> String {
    format!("{DOCUMENTS}{id}")
}

fn container_row(order: &str) -> String {
    format!("container/{order}")
}

fn receipt_row(order: &str) -> String {
    format!("{RECEIPTS}{order}")
}

fn code_length(stage: &Stage) -> Option<u8> {
    match stage {
        Stage::ConfirmPhone {
            code: CodeState::Sent(sent),
            ..
        } => Some(sent.code_length),
        Stage::Sign {
            assistance: Some(Assistance::Sent(sent)),
            ..
        } => Some(sent.code.code_length),
        Stage::ConfirmPhone { .. } => Some(journey::USUAL_CODE_LENGTH),
        Stage::SignIn { .. }
        | Stage::ChooseOrder { .. }
        | Stage::FillForm { .. }
        | Stage::Approving { .. }
        | Stage::AwaitInstitution { .. }
        | Stage::ChooseMethod { .. }
        | Stage::ReviewDocuments { .. }
        | Stage::Sign { .. }
        | Stage::Submitting { .. }
        | Stage::Done { .. } => None,
    }
}
