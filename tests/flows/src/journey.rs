//! An application in a world of its own.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use basvuru::application::{Answer, CertificateApplication, Monitor, Ports, Screen, Step, Vault, Watcher};
use basvuru::certificate::TrustAnchors;
use basvuru::clock::{Clock, DeviceClock};
use basvuru::digest::{DigestAlgorithm, hexadecimal};
use basvuru::failure::Failure;
use basvuru::portal::{Method, ProxyServer, Receipt};
use basvuru::reader::{Link, Readers};
use basvuru::secret::Password;
use basvuru::signature::report::{Level, Report, Verdict};
use basvuru::signature::verify::verify_container;
use basvuru::texts::Language;
use basvuru_portal::Settings;
use basvuru_test_card::{CardImage, Profile, VirtualCard, VirtualReaders};
use basvuru_test_pki::{IssueOptions, KeyKind};
use basvuru_world::{Applicant, Invited, Ledger, PIN, TestVault, World};
use tempfile::TempDir;

use crate::{filled, kept, read_card, said, sign_with};

/// The screens on the way, each where the person is asked something, in their order, for a card in a reader with contacts.
pub const WAYPOINTS: [&str; 9] = [
    "sign-in",
    "choose-order",
    "fill-form",
    "confirm-phone",
    "confirm-phone-sent",
    "choose-method",
    "review-documents",
    "sign",
    "sign-pin",
];

/// How a journey differs from the usual one.
pub struct Plan {
    /// Who applies.
    pub applicant: Applicant,
    /// The key on the card.
    pub key: KeyKind,
    /// How the card is reached.
    pub link: Link,
    /// The language of every sentence.
    pub language: Language,
    /// What the certificate on the card has.
    pub certificate: IssueOptions,
    /// The card's habits.
    pub profile: Profile,
    /// Sets up the portal.
    pub adjust: fn(&mut Settings),
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            applicant: Applicant::sample(),
            key: KeyKind::P384,
            link: Link::Contact,
            language: Language::Turkish,
            certificate: IssueOptions::default(),
            profile: Profile::default(),
            adjust: |_| {},
        }
    }
}

/// An application in a world of its own.
pub struct Journey {
    /// The world.
    pub world: World,
    /// Who applies.
    pub applicant: Applicant,
    /// The invitation.
    pub invited: Invited,
    /// The readers; the applicant's card is in the first.
    pub readers: VirtualReaders,
    /// The applicant's card.
    pub card: Arc<Mutex<VirtualCard>>,
    /// How the card is reached.
    pub link: Link,
    /// The folder of the app.
    pub home: TempDir,
    /// The language of every sentence.
    pub language: Language,
    /// Where the app finds the portal, when not at the world's own address.
    pub portal: Option<String>,
    /// The roots the app trusts, when not the portal's own.
    pub roots: Option<Vec<u8>>,
    /// The proxy of the device, where it has one.
    pub proxy: Option<ProxyServer>,
    /// The readers the app is given, when not [`Self::readers`].
    pub port: Option<Arc<dyn Readers>>,
    /// Who watches, if anybody.
    pub watcher: Option<Arc<dyn Watcher>>,
    /// The clocks of the device, when not this machine's.
    pub clock: Option<Arc<dyn Clock>>,
    /// The app's monitoring, if it has one.
    pub monitor: Option<Arc<dyn Monitor>>,
    application: Option<Arc<CertificateApplication>>,
}

impl Journey {
    /// The usual one: the sample applicant, invited, with a P-384 card in a reader with contacts, the app opened.
    pub async fn start() -> Self {
        Self::start_with(Plan::default()).await
    }

    /// One to order.
    pub async fn start_with(plan: Plan) -> Self {
        let world = World::start_with(|settings| {
            // The tests of one world come from one address.
            settings.limits.requests_a_minute = 1_000_000;
            settings.limits.requests_of_person_a_minute = 1_000_000;
            settings.limits.picture_codes_a_minute = 1_000_000;
            (plan.adjust)(settings);
        })
        .await
        .unwrap();
        let invited = world.invite(&plan.applicant).await.unwrap();
        let image = world.card(&plan.applicant, plan.key, &plan.certificate).unwrap();
        let card = shared(image.with_profile(plan.profile));
        let readers = VirtualReaders::new();
        readers.add("Okuyucu", plan.link, Some(Arc::clone(&card) as _));
        let mut journey = Self {
            world,
            applicant: plan.applicant,
            invited,
            readers,
            card,
            link: plan.link,
            home: tempfile::tempdir().unwrap(),
            language: plan.language,
            portal: None,
            roots: None,
            proxy: None,
            port: None,
            watcher: None,
            clock: None,
            monitor: None,
            application: None,
        };
        journey.open();
        journey
    }

    /// One that stands at a screen already.
    pub async fn at(screen: &str) -> Self {
        let mut journey = Self::start().await;
        journey.walk_to(screen).await;
        journey
    }

    // The app.

    /// The open application.
    #[must_use]
    pub fn app(&self) -> &Arc<CertificateApplication> {
        self.application.as_ref().expect("the application is open")
    }

    /// Opens the application of a folder, with a vault.
    ///
    /// # Errors
    /// The core's own.
    pub fn try_open(&self, folder: &Path, vault: Arc<dyn Vault>) -> Result<Arc<CertificateApplication>, Failure> {
        let mut configuration = self.world.configuration(folder, self.language).unwrap();
        if let Some(portal) = &self.portal {
            configuration.portal.clone_from(portal);
        }
        if let Some(roots) = &self.roots {
            configuration.portal_roots.clone_from(roots);
        }
        configuration.proxy.clone_from(&self.proxy);
        let clock = self.clock.clone().unwrap_or_else(|| Arc::new(DeviceClock));
        CertificateApplication::open_by(configuration, self.ports(vault), clock)
    }

    /// What the app is given of the phone, with a vault.
    #[must_use]
    pub fn ports(&self, vault: Arc<dyn Vault>) -> Ports {
        Ports {
            readers: self.port.clone().unwrap_or_else(|| Arc::new(self.readers.clone())),
            vault,
            watcher: self.watcher.clone(),
            monitor: self.monitor.clone(),
        }
    }

    /// Opens the application, which is closed.
    pub fn open(&mut self) {
        self.application = Some(self.try_open(self.home.path(), Arc::new(TestVault)).unwrap());
    }

    /// Closes the application; what it has not written down is gone.
    pub fn close(&mut self) {
        let application = self.application.take().expect("the application is open");
        assert_eq!(Arc::strong_count(&application), 1, "somebody still has the application");
    }

    /// Closes the application whatever it is at: an answer that nobody waits for any more goes on.
    pub fn abandon(&mut self) {
        drop(self.application.take().expect("the application is open"));
    }

    /// Goes on with an application that was opened otherwise, in place of one that is closed.
    pub fn take(&mut self, application: Arc<CertificateApplication>) {
        assert!(
            self.application.replace(application).is_none(),
            "the application is open"
        );
    }

    /// Closes the application and opens it again.
    pub fn restart(&mut self) {
        self.close();
        self.open();
    }

    /// Closes the application, and opens it in a copy of its folder; gives the old one.
    pub fn move_to_copy(&mut self, of: &Path) -> TempDir {
        self.close();
        let copy = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(of).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
        }
        let left = std::mem::replace(&mut self.home, copy);
        self.open();
        left
    }

    /// Sends the app to another address, under other roots, from now on; restarts it. Whoever stands at that address stands
    /// in for the portal, so the folder is taken from it first: it belongs to the address it is opened with next.
    pub fn redirect(&mut self, portal: Option<String>, roots: Option<&str>) {
        self.portal = portal;
        self.roots = roots.map(|pem| pem.as_bytes().to_vec());
        self.close();
        std::fs::remove_file(self.home.path().join("portal")).unwrap();
        self.open();
    }

    /// What is shown.
    #[must_use]
    pub fn step(&self) -> Step {
        self.app().step()
    }

    /// The name of the screen.
    #[must_use]
    pub fn screen(&self) -> &'static str {
        self.step().screen.name()
    }

    /// What must be the same after a failure and after a restart.
    #[must_use]
    pub fn kept(&self) -> String {
        kept(&self.step())
    }

    // Answers.

    /// Gives an answer.
    ///
    /// # Errors
    /// The core's own.
    pub async fn answer(&self, answer: Answer) -> Result<Step, Failure> {
        Arc::clone(self.app()).answer(answer).await
    }

    /// Gives an answer that must fail with a code, say in both languages what to do, and leave everything where it was.
    pub async fn refused(&self, answer: Answer, code: &str) -> Failure {
        let before = self.kept();
        let failure = self.fails(answer, code).await;
        assert_eq!(self.kept(), before, "{failure:?} changed what is shown");
        failure
    }

    /// Gives an answer that must fail with a code and say in both languages what to do.
    pub async fn fails(&self, answer: Answer, code: &str) -> Failure {
        let failure = match self.answer(answer).await {
            Err(failure) => failure,
            Ok(step) => panic!("{code} expected, {} reached", step.screen.name()),
        };
        said(&failure, code);
        failure
    }

    /// The answer a person gives who does everything right.
    pub async fn right_answer(&self) -> Answer {
        self.right_answer_on(self.app()).await
    }

    /// The same on another device of the person.
    pub async fn right_answer_on(&self, device: &CertificateApplication) -> Answer {
        match &device.step().screen {
            Screen::SignIn {
                captcha: None,
                captcha_needed: true,
                ..
            } => Answer::RequestCaptcha,
            Screen::SignIn { captcha, .. } => self.credentials(
                self.invited.access_password.expose(),
                captcha
                    .as_ref()
                    .map_or_else(String::new, |captcha| self.world.outbox().captcha(&captcha.id).unwrap()),
            ),
            Screen::ChooseOrder { .. } => Answer::ChooseOrder {
                order: self.invited.order.clone(),
            },
            Screen::FillForm { fields, .. } => Answer::ApproveForm { values: filled(fields) },
            Screen::ConfirmPhone { code: None, .. } => Answer::SendCode { app_token: None },
            Screen::ConfirmPhone { code: Some(_), .. } => self.code_on(device).await,
            Screen::AwaitInstitution { .. } => Answer::Continue,
            Screen::ChooseMethod { .. } => Answer::ChooseMethod { method: Method::Card },
            Screen::ReviewDocuments { .. } => Answer::AcceptDocuments,
            Screen::Sign { card: None, .. } if self.link == Link::Contact => read_card(),
            Screen::Sign { .. } => sign_with(PIN),
            Screen::Pending { .. } => Answer::Continue,
            Screen::Done { .. } => panic!("there is nothing left to answer"),
            Screen::Outdated { version } => panic!("the portal wants version {version}"),
        }
    }

    /// The right credentials with the right answer to the picture code that is shown.
    #[must_use]
    pub fn sign_in(&self) -> Answer {
        self.sign_in_with(self.invited.access_password.expose())
    }

    /// Credentials with this password and the right answer to the picture code that is shown.
    #[must_use]
    pub fn sign_in_with(&self, password: &str) -> Answer {
        self.credentials(password, self.captcha())
    }

    /// Credentials with this password and this answer to the picture code.
    #[must_use]
    pub fn credentials(&self, password: &str, captcha: String) -> Answer {
        Answer::SignIn {
            identity_kind: self.applicant.identity_kind,
            identity: self.applicant.identity.clone(),
            access_password: Arc::new(Password::new(password.as_bytes()).unwrap()),
            captcha,
        }
    }

    /// The right answer to the picture code that is shown.
    #[must_use]
    pub fn captcha(&self) -> String {
        let Screen::SignIn {
            captcha: Some(captcha), ..
        } = self.step().screen
        else {
            panic!("no picture code is shown")
        };
        self.world.outbox().captcha(&captcha.id).unwrap()
    }

    /// The code of the newest text message, read as the telephone does. Waits for the message.
    pub async fn code(&self) -> Arc<Password> {
        let text = self.text().await;
        self.app().read_sms(text, None).expect("a code in the text message")
    }

    pub(crate) async fn code_on(&self, device: &CertificateApplication) -> Answer {
        let code = device.read_sms(self.text().await, None);
        Answer::ConfirmCode {
            code: code.expect("a code in the text message"),
        }
    }

    /// The newest text message. Waits for it.
    pub async fn text(&self) -> String {
        let ledger = self.world.whole_ledger().unwrap();
        let sent = ledger.count("code-sent") + ledger.count("unblocking-asked");
        let outbox = self.world.outbox();
        // Every message that was sent has to be there first, whomever it went to.
        outbox.newest_text(None, sent).await.unwrap();
        outbox.newest_text(Some(&self.recipient()), 1).await.unwrap()
    }

    /// Whom the newest text message went to: the number on the screen, where there is one.
    fn recipient(&self) -> String {
        let Screen::ConfirmPhone {
            masked_phone: Some(masked),
            ..
        } = self.step().screen
        else {
            return self.applicant.phone.clone();
        };
        let last_digits = masked.replace(' ', "").split_off(7);
        let texts = self.world.outbox().texts().unwrap();
        let recipients = texts.into_iter().rev().map(|text| text.recipient);
        let mut shown = recipients.filter(|recipient| recipient.ends_with(&last_digits));
        shown.next().unwrap_or_else(|| self.applicant.phone.clone())
    }

    /// Gives the right answer, which must be taken.
    pub async fn go_on(&self) -> Step {
        let screen = self.screen();
        match self.answer(self.right_answer().await).await {
            Ok(step) => step,
            Err(failure) => panic!("the right answer at {screen} was refused: {failure:?}"),
        }
    }

    /// Gives right answers until a screen is reached.
    pub async fn walk_to(&mut self, screen: &str) {
        for _ in 0..20 {
            if self.screen() == screen {
                return;
            }
            self.go_on().await;
        }
        panic!("{screen} was not reached, but {}", self.screen());
    }

    /// Gives right answers until the receipt, and checks everything that must hold then.
    pub async fn finish(&mut self) -> Receipt {
        self.walk_to("done").await;
        self.check_done()
    }

    /// Checks what must hold when the application is complete: everything happened once, the receipt is that of the
    /// container, the container holds, and the history has the receipt.
    #[must_use]
    pub fn check_done(&self) -> Receipt {
        let Screen::Done { receipt, summary, .. } = self.step().screen else {
            panic!("not done, but at {}", self.screen())
        };
        let order = &self.invited.order;
        assert_eq!(&receipt.order, order);
        assert!(summary.contains(&receipt.number) && summary.contains(&receipt.container_sha256));
        let ledger = self.ledger();
        assert_eq!((ledger.count("signed"), ledger.receipts), (1, 1), "{ledger:?}");
        let container = self.app().signed_container(order.clone()).unwrap();
        assert_eq!(sha256(&container), receipt.container_sha256);
        let wished = if self.world.makes_timestamps() {
            Level::BT
        } else {
            Level::BB
        };
        assert_eq!(self.check_container(&container), wished);
        assert!(self.app().history().unwrap().contains(&receipt));
        receipt
    }

    /// Checks that a container holds by the authority's word, and gives its level.
    pub fn check_container(&self, container: &[u8]) -> Level {
        let report = self.report(container);
        assert_eq!(report.verdict, Verdict::TotalPassed, "{report:?}");
        assert_eq!(report.documents.len(), 2);
        let signer = report.signatures[0].signer.as_ref().expect("a signer");
        assert_eq!(signer.number.as_deref(), Some(self.applicant.identity.as_str()));
        report.signatures[0].level.expect("a level")
    }

    /// What is to be said of a container by the authority's word.
    #[must_use]
    pub fn report(&self, container: &[u8]) -> Report {
        let trust = TrustAnchors::from_pem(self.world.authority.chain_pem().unwrap().as_bytes()).unwrap();
        verify_container(container, &trust, self.world.now())
    }

    /// What the portal has written down of the order.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.world.ledger(&self.invited.order).unwrap()
    }

    // The card.

    /// Makes a card.
    #[must_use]
    pub fn make_card(&self, holder: &Applicant, options: &IssueOptions) -> CardImage {
        self.world.card(holder, KeyKind::P384, options).unwrap()
    }

    /// Puts another card into the reader.
    pub fn put(&mut self, image: CardImage) {
        self.card = shared(image);
        self.readers.put(Some(Arc::clone(&self.card) as _));
    }

    /// The tries the PIN of the card has left, by the card's own word.
    #[must_use]
    pub fn tries_left(&self) -> u8 {
        self.card.lock().unwrap_or_else(PoisonError::into_inner).tries_left()
    }

    /// How many VERIFY commands were sent to a card since the readers were cleared last.
    #[must_use]
    pub fn verifications(&self) -> usize {
        let is_verify = |command: &str| command.get(2..4) == Some("20");
        let exchanges = self.readers.exchanges();
        exchanges.iter().filter(|exchange| is_verify(&exchange.command)).count()
    }
}

/// SHA-256, lower-case hexadecimal.
#[must_use]
pub fn sha256(octets: &[u8]) -> String {
    hexadecimal(&DigestAlgorithm::Sha256.digest(octets).value)
}

fn shared(image: CardImage) -> Arc<Mutex<VirtualCard>> {
    Arc::new(Mutex::new(VirtualCard::new(image).unwrap()))
}
