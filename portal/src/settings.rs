//! How a portal is run: where it keeps its state, where it listens, what it allows, and how it sends mail and text
//! messages.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use basvuru::portal::{LocalizedText, PortalInfo, Privacy, SignInMethod, SignatureLevel, Support};
use basvuru::signature::source::Fetch;

use crate::apps::Apps;
use crate::card_management::CardManagement;
use crate::clock::{Clock, SystemClock};
use crate::delivery::{CompletionListener, MailSender, SmsGateway};
use crate::notice::Notices;
use crate::proxies::Proxies;
use crate::timestamp_gateway::TimestampGateway;

/// How a portal is run.
#[derive(Clone)]
pub struct Settings {
    /// The data folder: database, keys, certificates and, where no gateway is configured, the outbox.
    pub data: PathBuf,
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The reverse proxies in front of it, whose word is taken for who somebody is.
    pub proxies: Proxies,
    /// The host name people reach the portal by: a subject of its certificate, and what text messages are bound to.
    pub host: String,
    /// The URL people reach the portal by, without a trailing slash, where it is not `https://{host}:{port}`.
    pub public_url: Option<String>,
    /// The authority's name, as the applicants know it.
    pub name: LocalizedText,
    /// Where applicants get help.
    pub support: Support,
    /// What becomes of personal data (6698 sayılı Kanun, aydınlatma metni): shown before the form.
    pub privacy: Option<Privacy>,
    /// The oldest version of the core that may still speak to the portal, such as `1.2.0`: an older one is told to be updated.
    pub oldest_version: Option<String>,
    /// The apps that open its links.
    pub apps: Apps,
    /// The certificates of the authorities whose holders may sign and whose time-stamps are accepted, PEM: roots are
    /// trusted, the others help to build paths.
    pub holder_trust: Vec<u8>,
    /// Writes the answer of every captcha to the outbox, for automation. Refused on any address that is not loopback.
    pub reveal_captcha: bool,
    /// Sends mail; without one, each mail becomes a file in the outbox.
    pub mail: Option<Arc<dyn MailSender>>,
    /// The senders the gateway's text messages come from, as phones show them.
    pub sms_senders: Vec<String>,
    /// Sends text messages; without one, each message becomes a file in the outbox.
    pub sms: Option<Arc<dyn SmsGateway>>,
    /// Makes time-stamps: with one, signatures have to be of level B-T, and without one of B-B.
    pub timestamps: Option<Arc<dyn TimestampGateway>>,
    /// Asks whether certificates have been revoked, at the addresses they name; without one nobody is asked. Best one that
    /// keeps lists, [`basvuru::signature::source::CachingFetch`].
    pub revocation: Option<Arc<dyn Fetch>>,
    /// What becomes of a signature where nobody tells whether its certificate has been revoked.
    pub unknown_state: UnknownState,
    /// Knows the cards of applicants and unblocks them: with one, the portal helps where a card's PIN is blocked.
    pub card_management: Option<Arc<dyn CardManagement>>,
    /// Told when an application has come to its end, until it acknowledges; [`crate::Webhook`] is one.
    pub completions: Option<Arc<dyn CompletionListener>>,
    /// Where programs of the authority read what was received, over HTTPS with a token each ([`crate::Archive::permit`]); nowhere
    /// by default.
    pub archive: Option<ArchiveListener>,
    /// What the portal bounds.
    pub limits: Limits,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Told what happens, for an operator's log. Notices carry no personal data and no secret.
    pub notices: Notices,
}

/// Where what was received is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveListener {
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Whether that may be another than a loopback address.
    pub beyond_loopback: bool,
}

impl Settings {
    /// Settings of a portal on `listen` with everything else as a small installation wants it: host `localhost`, file
    /// outboxes, the system's clock.
    #[must_use]
    pub fn new(data: impl Into<PathBuf>, listen: SocketAddr, holder_trust: Vec<u8>) -> Self {
        Self {
            data: data.into(),
            listen,
            proxies: Proxies::default(),
            host: "localhost".to_owned(),
            public_url: None,
            name: LocalizedText {
                tr: "Örnek Sertifika Merkezi".to_owned(),
                en: "Sample Certification Centre".to_owned(),
            },
            support: Support {
                phone: "+902620000000".to_owned(),
                email: "destek@example.com".to_owned(),
            },
            privacy: Some(sample_privacy()),
            oldest_version: None,
            apps: Apps::default(),
            holder_trust,
            reveal_captcha: false,
            mail: None,
            sms: None,
            sms_senders: Vec::new(),
            timestamps: None,
            revocation: None,
            unknown_state: UnknownState::Refused,
            card_management: None,
            completions: None,
            archive: None,
            limits: Limits::default(),
            clock: Arc::new(SystemClock),
            notices: Notices::default(),
        }
    }

    /// What the portal says of itself.
    pub(crate) fn info(&self) -> PortalInfo {
        PortalInfo {
            name: self.name.clone(),
            host: self.host.clone(),
            support: self.support.clone(),
            sms_senders: self.sms_senders.clone(),
            sign_in_methods: vec![SignInMethod::AccessPassword],
            privacy: self.privacy.clone(),
        }
    }

    /// The level signatures have to be of.
    pub(crate) const fn signature_level(&self) -> SignatureLevel {
        match self.timestamps {
            Some(_) => SignatureLevel::BT,
            None => SignatureLevel::BB,
        }
    }
}

/// The notice of the sample centre. An authority puts its own text in its place.
fn sample_privacy() -> Privacy {
    Privacy {
        title: LocalizedText {
            tr: "Kişisel verilerinize ilişkin aydınlatma metni".to_owned(),
            en: "Privacy notice".to_owned(),
        },
        text: LocalizedText {
            tr: "6698 sayılı Kişisel Verilerin Korunması Kanunu uyarınca: veri sorumlusu Örnek Sertifika Merkezi’dir. Kimlik, \
                 iletişim ve sertifika bilgileriniz, nitelikli elektronik sertifika başvurunuzu almak ve sonuçlandırmak için \
                 işlenir.\n\nVerilerinize erişmek, düzeltilmesini ya da silinmesini istemek için destek adresine yazın."
                .to_owned(),
            en: "Under Law no. 6698 on the Protection of Personal Data: the controller is the Sample Certification Centre. \
                 Your identity, contact and certificate data are processed to take and complete your application for a \
                 qualified electronic certificate.\n\nTo see your data, or to have them corrected or erased, write to support."
                .to_owned(),
        },
        address: None,
    }
}

/// What becomes of a signature where nobody tells whether its certificate, or one of its authority, has been revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownState {
    /// It is not taken; the same can be sent again when somebody tells.
    Refused,
    /// It is taken where nobody is asked, or the certificate does not say whom to ask: for an authority that tells no states,
    /// such as one for tests. Where somebody is asked, it waits for the answer all the same.
    Taken,
}

/// What the portal bounds: sizes in octets, times in whole seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The largest JSON body.
    pub json_body: usize,
    /// The largest signed container.
    pub container: usize,
    /// The largest sum of bodies held at a time, a half of it from one network and a quarter of one person.
    pub bodies: usize,
    /// How long a connection may take until TLS is spoken, and then until the first request begins.
    pub handshake: Duration,
    /// How long the head of a request may take, and how long a body may be silent.
    pub reading: Duration,
    /// How long a connection may lie idle, or an answer may find nobody who takes it.
    pub idle_connection: Duration,
    /// How many connections are served at a time. When there are more, the network with the most gives one up.
    pub connections: usize,
    /// How many connections one network may have: an IPv4 address, or an IPv6 /64.
    pub connections_of_network: usize,
    /// How many requests, and how many connections, one network may make in a minute; half of them at once. Institutions and
    /// mobile operators put hundreds of people behind one address: what protects a single applicant is what the wrong
    /// passwords of strangers cost them.
    pub requests_a_minute: u32,
    /// How many requests one person may make in a minute once signed in; half of them at once.
    pub requests_of_person_a_minute: u32,
    /// How many picture codes, drawn or spoken, one address may ask for in a minute; half of them at once. A sign-in without
    /// a picture code is one of a known device, and bounded by that.
    pub picture_codes_a_minute: u32,
    /// How long a captcha can be answered.
    pub captcha_lifetime: Duration,
    /// How many wrong passwords of a known device, or of one network for one identity, make it wait: some seconds, and half a
    /// minute in the end.
    pub wrong_passwords: u8,
    /// How many strangers, and how many people on known devices, wait at a time for their passwords to be compared.
    pub passwords_waiting: usize,
    /// How long a session may lie idle.
    pub idle_session: Duration,
    /// How long a session may last, however it is used.
    pub session: Duration,
    /// How long a code is taken.
    pub code_lifetime: Duration,
    /// How long a person waits before another code is sent.
    pub code_resend: Duration,
    /// How many times a code may be tried.
    pub code_tries: u8,
    /// How many codes are sent for one order and one purpose within 24 hours.
    pub codes_a_day: u32,
    /// How long all together may take who is asked whether certificates have been revoked, and how long card management.
    pub asking: Duration,
    /// How many signatures of one order are time-stamped within 24 hours.
    pub timestamps_a_day: u32,
    /// How long the answer to a POST is kept to be repeated.
    pub answers_kept: Duration,
    /// How long the parts of a container are kept that is not whole yet.
    pub upload_kept: Duration,
    /// How long the portal waits for requests under way when it is stopped.
    pub farewell: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            json_body: 64 * 1024,
            container: 16 * 1024 * 1024,
            bodies: 128 * 1024 * 1024,
            handshake: Duration::from_secs(10),
            reading: Duration::from_secs(30),
            idle_connection: Duration::from_secs(120),
            connections: 512,
            connections_of_network: 256,
            requests_a_minute: 6000,
            requests_of_person_a_minute: 600,
            picture_codes_a_minute: 1200,
            captcha_lifetime: Duration::from_secs(5 * 60),
            wrong_passwords: 5,
            passwords_waiting: 512,
            idle_session: Duration::from_secs(15 * 60),
            session: Duration::from_secs(12 * 60 * 60),
            code_lifetime: Duration::from_secs(5 * 60),
            code_resend: Duration::from_secs(60),
            code_tries: 3,
            codes_a_day: 10,
            asking: Duration::from_secs(20),
            timestamps_a_day: 5,
            answers_kept: Duration::from_secs(24 * 60 * 60),
            upload_kept: Duration::from_secs(24 * 60 * 60),
            farewell: Duration::from_secs(10),
        }
    }
}
