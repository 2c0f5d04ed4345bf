//! A card that was seen before costs four commands where it tells its serial number with its application, and what is remembered of it never stands in anybody's way.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use basvuru::application::{Answer, CardSummary, CertificateApplication, FieldEntry, FormField, Screen};
use basvuru::failure::Failure;
use basvuru::portal::Method;
use basvuru::reader::Link;
use basvuru::secret::{Password, Pin};
use basvuru::texts::Language;
use basvuru_test_card::{CardImage, VirtualCard, VirtualReaders};
use basvuru_test_pki::{IssueOptions, KeyKind};
use basvuru_world::{Applicant, Invited, PIN, World};

const READER: &str = "reader";

/// An applicant on the last screen before the signature.
struct Desk {
    world: World,
    applicant: Applicant,
    readers: VirtualReaders,
    folder: tempfile::TempDir,
    application: Arc<CertificateApplication>,
}

impl Desk {
    async fn new(link: Link) -> Self {
        let world = World::start().await.unwrap();
        let applicant = Applicant::sample();
        let readers = VirtualReaders::new();
        let image = world.card(&applicant, KeyKind::P384, &IssueOptions::default()).unwrap();
        readers.add(READER, link, Some(card(image)));
        let folder = tempfile::tempdir().unwrap();
        let application = open(&world, folder.path(), &readers);
        let desk = Self {
            world,
            applicant,
            readers,
            folder,
            application,
        };
        desk.walk_to_signature().await;
        desk
    }

    async fn walk_to_signature(&self) {
        let invited = self.world.invite(&self.applicant).await.unwrap();
        self.walk(&invited).await;
    }

    async fn walk(&self, invited: &Invited) {
        loop {
            let answer = match self.application.step().screen {
                Screen::SignIn { captcha: None, .. } => Answer::RequestCaptcha,
                Screen::SignIn {
                    captcha: Some(captcha), ..
                } => Answer::SignIn {
                    identity_kind: self.applicant.identity_kind,
                    identity: self.applicant.identity.clone(),
                    access_password: Arc::new(Password::from(invited.access_password.clone())),
                    captcha: self.world.outbox().captcha(&captcha.id).unwrap(),
                },
                Screen::ChooseOrder { .. } => Answer::ChooseOrder {
                    order: invited.order.clone(),
                },
                Screen::FillForm { fields, .. } => Answer::ApproveForm {
                    values: filled(&fields),
                },
                Screen::ConfirmPhone { code: None, .. } => Answer::SendCode { app_token: None },
                Screen::ConfirmPhone { code: Some(_), .. } => {
                    let sent = self.world.whole_ledger().unwrap().count("code-sent");
                    let message = self.world.outbox().newest_text(None, sent).await.unwrap();
                    Answer::ConfirmCode {
                        code: self.application.read_sms(message, None).unwrap(),
                    }
                }
                Screen::AwaitInstitution { .. } => Answer::Continue,
                Screen::ChooseMethod { .. } => Answer::ChooseMethod { method: Method::Card },
                Screen::ReviewDocuments { .. } => Answer::AcceptDocuments,
                Screen::Sign { .. } => return,
                Screen::Pending { .. } => Answer::Continue,
                Screen::Done { .. } => Answer::RefreshOrders,
                Screen::Outdated { version } => panic!("the portal wants version {version}"),
            };
            self.take(answer).await.unwrap();
        }
    }

    async fn take(&self, answer: Answer) -> Result<(), Failure> {
        Arc::clone(&self.application).answer(answer).await.map(drop)
    }

    /// Reads the card; gives what is shown of it, and the commands it took.
    async fn read(&self) -> (Result<CardSummary, Failure>, usize) {
        self.readers.clear();
        let reader = READER.to_owned();
        let read = self.take(Answer::ReadCard { reader }).await;
        let Screen::Sign { card: shown, .. } = self.application.step().screen else {
            panic!("not at the card, but on {}", self.application.step().screen.name())
        };
        (read.map(|()| shown.unwrap()), self.readers.meter().apdus)
    }

    /// Signs; gives the commands it took.
    async fn sign(&self, pin: &str) -> (Result<(), Failure>, usize) {
        self.readers.clear();
        let signed = self.take(Answer::Sign {
            reader: READER.to_owned(),
            pin: Arc::new(Pin::new(pin.as_bytes())),
            last_try_confirmed: false,
            certificate: None,
        });
        (signed.await, self.readers.meter().apdus)
    }

    fn put(&self, image: CardImage) {
        self.readers.put(Some(card(image)));
    }

    fn is_done(&self) -> bool {
        matches!(self.application.step().screen, Screen::Done { .. })
    }
}

fn card(image: CardImage) -> Arc<Mutex<VirtualCard>> {
    Arc::new(Mutex::new(VirtualCard::new(image).unwrap()))
}

fn open(world: &World, folder: &Path, readers: &VirtualReaders) -> Arc<CertificateApplication> {
    world
        .open(folder, Language::English, Arc::new(readers.clone()))
        .unwrap()
}

fn filled(fields: &[FormField]) -> HashMap<String, String> {
    let value = |field: &FormField| match &field.entry {
        FieldEntry::Choice { choices } => choices[0].value.clone(),
        FieldEntry::Date { .. } => "1990-12-31".to_owned(),
        FieldEntry::Text { .. } | FieldEntry::Lines { .. } | FieldEntry::Mobile | FieldEntry::Email => {
            "Deneme".to_owned()
        }
    };
    let empty = |field: &&FormField| !field.locked && field.required && field.value.is_empty();
    fields
        .iter()
        .filter(empty)
        .map(|field| (field.name.clone(), value(field)))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_was_read_signs_in_four_commands() {
    let desk = Desk::new(Link::Contact).await;
    let (summary, apdus) = desk.read().await;
    assert_eq!(summary.unwrap().tries_left, Some(3));
    assert!((5..=12).contains(&apdus), "{apdus} commands to read a new card");
    let (signed, apdus) = desk.sign(PIN).await;
    assert_eq!((signed, apdus), (Ok(()), 4));
    assert!(desk.is_done());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_card_signs_in_sixteen_commands_and_a_known_one_in_four_after_a_restart() {
    let mut desk = Desk::new(Link::Nfc).await;
    let (refused, apdus) = desk.sign("135790").await;
    assert_eq!(refused, Err(Failure::PinWrong { tries_left: Some(2) }));
    assert!((9..=16).contains(&apdus), "{apdus} commands for a new card");
    // The journal lets one process in at a time, so the first one ends before the second begins.
    let elsewhere = tempfile::tempdir().unwrap();
    desk.application = open(&desk.world, elsewhere.path(), &desk.readers);
    desk.application = open(&desk.world, desk.folder.path(), &desk.readers);
    let (signed, apdus) = desk.sign(PIN).await;
    assert_eq!((signed, apdus), (Ok(()), 4));
    assert!(desk.is_done());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tries_left_are_read_anew_on_a_known_card() {
    let desk = Desk::new(Link::Contact).await;
    desk.read().await.0.unwrap();
    assert!(desk.sign("135790").await.0.is_err());
    let (summary, apdus) = desk.read().await;
    assert_eq!((summary.unwrap().tries_left, apdus), (Some(2), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_card_in_the_reader_is_read_and_the_first_is_still_known() {
    let desk = Desk::new(Link::Contact).await;
    let first = desk.read().await.0.unwrap();
    let renewed = desk
        .world
        .card(&desk.applicant, KeyKind::P384, &IssueOptions::default());
    desk.put(renewed.unwrap());
    let (second, apdus) = desk.read().await;
    assert_ne!(second.unwrap().certificates[0].serial, first.certificates[0].serial);
    assert!(apdus > 4, "{apdus} commands are too few for another card");
    assert_eq!(desk.sign(PIN).await, (Ok(()), 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_renewed_on_a_known_card_is_read_before_the_old_one_is_refused() {
    let desk = Desk::new(Link::Contact).await;
    let year = Duration::from_secs(365 * 24 * 3600);
    let now = SystemTime::now();
    let expiring = IssueOptions {
        not_before: now - year,
        not_after: now + Duration::from_secs(4),
        ..IssueOptions::default()
    };
    let old = desk.world.card(&desk.applicant, KeyKind::P384, &expiring).unwrap();
    let mut renewed = desk
        .world
        .card(&desk.applicant, KeyKind::P384, &IssueOptions::default())
        .unwrap();
    renewed.serial.clone_from(&old.serial);
    desk.put(old);
    let old = desk.read().await.0.unwrap();
    // The certificate ends while the card is known; nothing but the clock can bring that about. The portal's, which counts, is
    // told in whole seconds and carried on in whole seconds, and a server may date an answer by the second before.
    while SystemTime::now() <= old.certificates[0].valid_until + Duration::from_secs(3) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (refused, apdus) = desk.read().await;
    assert!(matches!(refused, Err(Failure::CertificateExpired { .. })));
    assert!(apdus > 4, "the card itself was asked");
    desk.put(renewed);
    let renewed = desk.read().await.0.unwrap();
    assert_ne!(renewed.certificates[0].serial, old.certificates[0].serial);
    assert_eq!(desk.sign(PIN).await, (Ok(()), 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_changed_under_the_same_serial_number_costs_one_refusal_and_no_try() {
    let desk = Desk::new(Link::Contact).await;
    let image = |desk: &Desk| {
        desk.world
            .card(&desk.applicant, KeyKind::P384, &IssueOptions::default())
            .unwrap()
    };
    let old = image(&desk);
    let mut changed = image(&desk);
    changed.serial.clone_from(&old.serial);
    desk.put(old);
    desk.read().await.0.unwrap();
    let card = card(changed);
    desk.readers.put(Some(card.clone()));
    let (refused, _) = desk.sign(PIN).await;
    assert!(matches!(refused, Err(Failure::CardFailed { .. })), "{refused:?}");
    assert_eq!(card.lock().unwrap().tries_left(), 3);
    desk.read().await.0.unwrap();
    assert_eq!(desk.sign(PIN).await.0, Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_forgets_the_card() {
    let desk = Desk::new(Link::Contact).await;
    let (_, new) = desk.read().await;
    assert_eq!(desk.read().await.1, 1);
    desk.take(Answer::Leave).await.unwrap();
    desk.walk_to_signature().await;
    assert_eq!(desk.read().await.1, new);
}
