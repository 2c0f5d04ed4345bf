//! Portal, certificate authority and cards in one process, on loopback: what the flow tests, the demo and the shells' tests
//! live in. It ends with the value that holds it.

mod bad_line;
mod front;
mod ledger;
mod outbox;
mod proxy;
mod relay;
mod search;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use async_trait::async_trait;
use basvuru::application::{CertificateApplication, Configuration, PortFailure, Ports, Vault};
use basvuru::certificate::Certificate;
use basvuru::digest::hexadecimal;
use basvuru::failure::{ConfigurationFault, Failure};
use basvuru::portal::{CardToUnblock, IdentityKind, Product};
use basvuru::reader::Readers;
use basvuru::secret::SecretText;
use basvuru::texts::Language;
use basvuru_portal::{
    CardHolder, Clock, Invitation, Portal, ResetCommand, Running, Settings, TestCardManagement, TestClock,
    TimestampError, TimestampGateway, UnknownState,
};
use basvuru_test_card::{CardImage, PukHabits};
use basvuru_test_pki::{Authority, Holder, IssueOptions, KeyKind, PkiError, ServiceOptions, Services};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

pub use bad_line::{BadLine, Carried, Mishap, Way};
pub use front::{Act, Front, Noise, Noisy, TlsIdentity, Validity};
pub use ledger::Ledger;
pub use outbox::{Message, Outbox};
pub use proxy::{Manner, Proxy};
pub use relay::{Halt, Relay};
pub use search::Search;

/// Why the world could not be made.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The portal.
    #[error("portal: {0}")]
    Portal(#[from] basvuru_portal::PortalError),
    /// The authority.
    #[error("authority: {0}")]
    Authority(#[from] PkiError),
    /// A card.
    #[error("card: {0}")]
    Card(#[from] basvuru_test_card::ImageError),
    /// A file.
    #[error("file: {0}")]
    File(#[from] std::io::Error),
    /// The portal's database.
    #[error("database: {0}")]
    Database(#[from] rusqlite::Error),
    /// TLS, or what speaks over it.
    #[error("TLS: {0}")]
    Tls(String),
    /// Something that should be in the outbox is not.
    #[error("outbox: {0}")]
    Outbox(&'static str),
}

/// The PIN of every card the world makes.
pub const PIN: &str = "246813";
/// The PUK of every card the world makes: it resets the PIN, with a new one, and has three tries.
pub const PUK: &str = "13572468";

/// Somebody who applies.
#[derive(Clone)]
pub struct Applicant {
    /// What kind of number `identity` is.
    pub identity_kind: IdentityKind,
    /// The identity number.
    pub identity: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Mobile number, E.164.
    pub phone: String,
    /// E-mail address.
    pub email: String,
}

impl Applicant {
    /// The sample applicant: every letter that Turkish has and others lack is in the name.
    #[must_use]
    pub fn sample() -> Self {
        Self {
            identity_kind: IdentityKind::NationalId,
            identity: "10000000146".to_owned(),
            given_name: "Işıl Gülçağ".to_owned(),
            family_name: "ÖRNEKŞEN".to_owned(),
            phone: "+905320000001".to_owned(),
            email: "basvuran@example.com".to_owned(),
        }
    }

    /// Another applicant, in another person's name.
    #[must_use]
    pub fn other() -> Self {
        Self {
            identity_kind: IdentityKind::NationalId,
            identity: "12345678950".to_owned(),
            given_name: "Başka".to_owned(),
            family_name: "KİŞİ".to_owned(),
            phone: "+905320000002".to_owned(),
            email: "baska@example.com".to_owned(),
        }
    }

    /// A foreigner who lives in Turkey: the number begins with 99.
    #[must_use]
    pub fn foreigner() -> Self {
        Self {
            identity_kind: IdentityKind::NationalId,
            identity: "99000000288".to_owned(),
            given_name: "Zoë".to_owned(),
            family_name: "MÜSTER".to_owned(),
            phone: "+905320000003".to_owned(),
            email: "zoe@example.com".to_owned(),
        }
    }

    /// A foreigner without a number in Turkey, who applies with a passport.
    #[must_use]
    pub fn traveller() -> Self {
        Self {
            identity_kind: IdentityKind::Passport,
            identity: "U12345678".to_owned(),
            given_name: "Ana".to_owned(),
            family_name: "PEŘINA".to_owned(),
            phone: "+905320000004".to_owned(),
            email: "ana@example.com".to_owned(),
        }
    }

    /// The full name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name).trim().to_owned()
    }

    fn holder(&self) -> Holder {
        Holder::new(&self.given_name, &self.family_name, &self.identity)
    }
}

/// An invitation that went out.
pub struct Invited {
    /// The order.
    pub order: String,
    /// The access password of the e-mail.
    pub access_password: SecretText,
}

/// The world.
pub struct World {
    portal: Option<Running>,
    settings: Settings,
    /// The authority that issues the cards' certificates, and that the portal trusts.
    pub authority: Authority,
    clock: Arc<TestClock>,
    card_management: Arc<TestCardManagement>,
    data: PathBuf,
    _folder: Option<tempfile::TempDir>,
}

impl World {
    /// Makes a world in a temporary folder.
    ///
    /// # Errors
    /// [`WorldError`].
    pub async fn start() -> Result<Self, WorldError> {
        Self::start_with(|_| {}).await
    }

    /// Makes a world whose portal is set up as `adjust` likes.
    ///
    /// # Errors
    /// [`WorldError`].
    pub async fn start_with(adjust: impl FnOnce(&mut Settings)) -> Result<Self, WorldError> {
        let folder = tempfile::tempdir()?;
        let data = folder.path().join("portal");
        let authority = Authority::new()?;
        let clock = Arc::new(TestClock::at(SystemTime::now()));
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut settings = Settings::new(&data, address, authority.chain_pem()?.into_bytes());
        settings.reveal_captcha = true;
        // The test authority keeps no lists.
        settings.unknown_state = UnknownState::Taken;
        settings.clock = Arc::clone(&clock) as _;
        let portals = Arc::new(PortalsClock::default());
        settings.timestamps = Some(Arc::new(TestTimestamps::of(
            &authority,
            ServiceOptions::default(),
            Arc::clone(&portals) as _,
        )?));
        let card_management = Arc::new(TestCardManagement::default());
        settings.card_management = Some(Arc::clone(&card_management) as _);
        adjust(&mut settings);
        portals.0.get_or_init(|| Arc::clone(&settings.clock));
        let portal = Portal::start(settings.clone()).await?;
        // A restarted portal is found where it was.
        settings.listen = portal.address();
        Ok(Self {
            portal: Some(portal),
            settings,
            authority,
            clock,
            card_management,
            data,
            _folder: Some(folder),
        })
    }

    /// The portal's address, `https://…`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://{}:{}", self.settings.host, self.settings.listen.port())
    }

    /// The socket the portal listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.settings.listen
    }

    /// The portal's data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The portal's TLS root, PEM.
    ///
    /// # Errors
    /// [`WorldError::File`].
    pub fn portal_root(&self) -> Result<Vec<u8>, WorldError> {
        Ok(std::fs::read(self.data.join("ca.pem"))?)
    }

    /// The portal's outbox.
    #[must_use]
    pub fn outbox(&self) -> Outbox {
        Outbox::new(self.data.join("outbox"))
    }

    /// What the portal has written down of an order.
    ///
    /// # Errors
    /// [`WorldError::Database`].
    pub fn ledger(&self, order: &str) -> Result<Ledger, WorldError> {
        Ledger::read(&self.data, Some(order))
    }

    /// What the portal has written down of all orders.
    ///
    /// # Errors
    /// [`WorldError::Database`].
    pub fn whole_ledger(&self) -> Result<Ledger, WorldError> {
        Ledger::read(&self.data, None)
    }

    /// A client of one's own, for requests the core would never send. It trusts the portal's root alone.
    ///
    /// # Errors
    /// [`WorldError::File`] where the root is not there, [`WorldError::Tls`] where it is none.
    pub fn raw_client(&self) -> Result<reqwest::Client, WorldError> {
        let tls = |error: &dyn std::fmt::Display| WorldError::Tls(error.to_string());
        let mut roots = RootCertStore::empty();
        let root = CertificateDer::from_pem_slice(&self.portal_root()?).map_err(|error| tls(&error))?;
        roots.add(root).map_err(|error| tls(&error))?;
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| tls(&error))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = reqwest::Client::builder().tls_backend_preconfigured(config).no_proxy();
        client.build().map_err(|error| tls(&error))
    }

    /// Whether the portal makes time-stamps, and wants them.
    #[must_use]
    pub fn makes_timestamps(&self) -> bool {
        self.settings.timestamps.is_some()
    }

    /// Lets time pass for the portal.
    pub fn advance(&self, duration: std::time::Duration) {
        self.clock.advance(duration);
    }

    /// The time in the portal.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.clock.now()
    }

    /// Stops the portal; its address answers no more.
    pub async fn stop_portal(&mut self) {
        if let Some(portal) = self.portal.take() {
            portal.stop().await;
        }
    }

    /// Starts the portal again where it was, with the state it had.
    ///
    /// # Errors
    /// [`WorldError::Portal`].
    pub async fn start_portal(&mut self) -> Result<(), WorldError> {
        self.stop_portal().await;
        self.portal = Some(Portal::start(self.settings.clone()).await?);
        Ok(())
    }

    /// Invites somebody.
    ///
    /// # Errors
    /// [`WorldError`].
    pub async fn invite(&self, applicant: &Applicant) -> Result<Invited, WorldError> {
        let invitation = Invitation {
            identity_kind: applicant.identity_kind,
            identity: applicant.identity.clone(),
            phone: applicant.phone.clone(),
            email: applicant.email.clone(),
            given_name: applicant.given_name.clone(),
            family_name: applicant.family_name.clone(),
            product: Product::Nes,
            institution: "Örnek Kurum".to_owned(),
        };
        let invited = basvuru_portal::invite(&self.data, invitation, self.clock.as_ref()).await?;
        Ok(Invited {
            order: invited.order,
            access_password: invited.access_password,
        })
    }

    /// Withdraws an order, as the institution does.
    ///
    /// # Errors
    /// [`WorldError::Portal`].
    pub async fn withdraw(&self, order: &str) -> Result<(), WorldError> {
        Ok(basvuru_portal::withdraw(&self.data, order, self.clock.as_ref()).await?)
    }

    /// Gives the institution's word on the number that it was asked to confirm.
    ///
    /// # Errors
    /// [`WorldError::Portal`], where it was not asked, say.
    pub async fn answer_number(&self, order: &str, is_confirmed: bool) -> Result<(), WorldError> {
        let request = basvuru_portal::number_request(&self.data, order, self.clock.as_ref()).await?;
        let answered = basvuru_portal::answer_number(&self.data, &request, is_confirmed, self.clock.as_ref());
        Ok(answered.await?)
    }

    /// Makes a card of somebody, with a certificate of the world's authority. Its PIN is [`PIN`], its PUK [`PUK`], and the
    /// portal knows it.
    ///
    /// # Errors
    /// [`WorldError`].
    pub fn card(&self, applicant: &Applicant, key: KeyKind, options: &IssueOptions) -> Result<CardImage, WorldError> {
        let issued = self.authority.issue(&applicant.holder(), key, options)?;
        let image = CardImage::new(
            "Deneme kartı",
            PIN,
            &issued.certificate_der,
            &issued.private_key_pkcs8_der,
        )?;
        let image = image.with_puk(PUK, PukHabits::default())?;
        self.register(applicant, &image, PUK);
        Ok(image)
    }

    /// Tells the portal's card management of somebody's card, and of a PUK for it.
    pub fn register(&self, applicant: &Applicant, image: &CardImage, puk: &str) {
        let certificate = Certificate::parse(image.certificate());
        let (Ok(certificate), Some(command)) = (certificate, image.reset_command(puk)) else {
            return;
        };
        let holder = CardHolder {
            identity_kind: applicant.identity_kind,
            identity: applicant.identity.clone(),
        };
        let card = CardToUnblock {
            certificate_serial: certificate.serial_hex(),
            card_serial: Some(hexadecimal(image.serial())).filter(|serial| !serial.is_empty()),
        };
        self.card_management.register(holder, card, ResetCommand::new(&command));
    }

    /// What an app needs to reach this world's portal.
    ///
    /// # Errors
    /// [`WorldError::File`].
    pub fn configuration(&self, folder: &Path, language: Language) -> Result<Configuration, WorldError> {
        Ok(Configuration {
            portal: self.url(),
            portal_roots: self.portal_root()?,
            folder: folder.display().to_string(),
            language,
            identity_kind: None,
            order: None,
            return_to: None,
            support: None,
            proxy: None,
            device_name: None,
        })
    }

    /// Opens an application in a folder.
    ///
    /// # Errors
    /// The core's own.
    pub fn open(
        &self,
        folder: &Path,
        language: Language,
        readers: Arc<dyn Readers>,
    ) -> Result<Arc<CertificateApplication>, Failure> {
        let configuration = self
            .configuration(folder, language)
            .map_err(|error| Failure::ConfigurationInvalid {
                fault: ConfigurationFault::Roots,
                detail: error.to_string(),
            })?;
        CertificateApplication::open(
            configuration,
            Ports {
                readers,
                vault: Arc::new(TestVault),
                watcher: None,
                monitor: None,
            },
        )
    }
}

/// A vault whose key is no secret.
pub struct TestVault;

impl Vault for TestVault {
    fn journal_key(&self) -> Result<Vec<u8>, PortFailure> {
        Ok(vec![0x42; 32])
    }
}

/// Whatever clock the portal was given: a time-stamp is not to be older than what it stamps.
#[derive(Default)]
struct PortalsClock(OnceLock<Arc<dyn Clock>>);

impl Clock for PortalsClock {
    fn now(&self) -> SystemTime {
        self.0.get().map_or_else(SystemTime::now, |clock| clock.now())
    }
}

/// The test authority's time-stamps, without a network between.
pub struct TestTimestamps {
    services: Services,
    clock: Arc<dyn Clock>,
}

impl TestTimestamps {
    /// Time-stamps of an authority by a clock, with whatever is to be wrong about them.
    ///
    /// # Errors
    /// [`PkiError`] where a certificate cannot be made.
    pub fn of(authority: &Authority, options: ServiceOptions, clock: Arc<dyn Clock>) -> Result<Self, PkiError> {
        Ok(Self {
            services: Services::new(authority.clone(), options)?,
            clock,
        })
    }
}

#[async_trait]
impl TimestampGateway for TestTimestamps {
    async fn answer(&self, request: &[u8]) -> Result<Vec<u8>, TimestampError> {
        let answer = self.services.respond("/tsa", request, self.clock.now());
        answer
            .map_err(|error| TimestampError(error.to_string()))?
            .ok_or_else(|| TimestampError("there is no such service".to_owned()))
    }
}
