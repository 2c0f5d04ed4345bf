//! The core's desk for cards at a terminal: what every command with a card does outside a journey. The reader is chosen once,
//! what is known of cards and of their tries is kept in the person's own folder, and nobody holds the card while the person
//! types.

mod unblocking;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use basvuru::application::{Ports, sentences};
use basvuru::card::{CardError, Interrupted, PinConsent, SigningKey, Unsettled};
use basvuru::certificate::Certificate;
use basvuru::certificate::nes::{self, NesFault};
use basvuru::desk::{CardDesk, CardReport, Look};
use basvuru::digest::Digest;
use basvuru::failure::Failure;
use basvuru::reader::{Link, ReaderDescription};
use basvuru::secret::Pin;
use basvuru::texts::Argument;

pub(crate) use self::unblocking::{TypedPuk, Unblocker};

use crate::arguments::CardChoice;
use crate::readers;
use crate::screen::Screen;
use crate::stop::Stop;
use crate::vault::FileVault;

/// A reader that was chosen, and the desk that uses it.
pub(crate) struct Desk<'a> {
    screen: &'a Screen,
    desk: Arc<CardDesk>,
    reader: ReaderDescription,
}

/// A key on the card with its certificate.
pub(crate) struct Held {
    pub(crate) key: SigningKey,
    pub(crate) certificate: Certificate,
}

/// A PIN as the person typed it.
pub(crate) struct TypedPin {
    pub(crate) pin: Arc<Pin>,
    /// Whether the person knows that it is the last try.
    pub(crate) last_try_confirmed: bool,
}

impl TypedPin {
    /// The consent to send the PIN to the card once.
    pub(crate) fn consent(&self) -> PinConsent {
        let consent = PinConsent::new(Arc::clone(&self.pin));
        if self.last_try_confirmed {
            consent.confirming_last_try()
        } else {
            consent
        }
    }
}

impl<'a> Desk<'a> {
    pub(crate) async fn choose(choice: &CardChoice, screen: &'a Screen) -> Result<Self, Stop> {
        let readers = readers::chosen(choice, Link::Contact, screen)?;
        let reader = readers::choose(readers.as_ref(), choice, screen).await?;
        let folder = own_folder()?;
        let ports = Ports {
            readers,
            vault: Arc::new(FileVault::new(folder.join("cards.key"))),
            watcher: Some(screen.watcher()),
            monitor: None,
        };
        let folder = folder
            .to_str()
            .ok_or_else(|| Stop::own("stop-file", folder.display()))?;
        let desk = CardDesk::open(folder.to_owned(), ports, screen.language())?;
        Ok(Self { screen, desk, reader })
    }

    /// The reader's name.
    pub(crate) fn reader(&self) -> &str {
        &self.reader.name
    }

    /// Looks at the card, and says what the person has to hear of before a PIN is sent to it.
    pub(crate) async fn look(&self) -> Result<Look, Stop> {
        let look = Arc::clone(&self.desk).look_closely(self.reader.id.clone()).await;
        self.screen.quiet();
        let look = look?;
        if let Some(notice) = &look.report.notice {
            self.screen.failure(notice);
        }
        Ok(look)
    }

    /// Changes the PIN of the card that was looked at.
    pub(crate) async fn change_pin(&self, old: TypedPin, new: Arc<Pin>) -> Result<CardReport, Failure> {
        let reader = self.reader.id.clone();
        let changing = Arc::clone(&self.desk).change_pin(reader, old.pin, new, old.last_try_confirmed);
        let changed = changing.await;
        self.screen.quiet();
        changed
    }

    /// Shows whose card it is that was looked at.
    pub(crate) fn show_holder(&self, report: &CardReport) {
        let Some(best) = report.certificates.first() else {
            return;
        };
        let holder = [
            ("holder", Argument::Text(&best.holder)),
            ("issuer", Argument::Text(&best.issuer)),
            ("day", Argument::Day(best.valid_until)),
        ];
        self.screen
            .line(&format!("  {}", self.screen.sentence("card-holder", &holder)));
    }

    /// Unblocks the PIN of the card that was looked at.
    pub(crate) async fn unblock(&self, typed: TypedPuk) -> Result<CardReport, Failure> {
        let unblocked = typed.send(&self.desk, &self.reader.id).await;
        self.screen.quiet();
        unblocked
    }

    /// Reads the card and has one of its keys chosen, where several could sign. Those that cannot are shown with the reason;
    /// where none can, the best one is taken, and its fault ends the command.
    pub(crate) async fn key(&self) -> Result<Held, Stop> {
        let Look { report, keys } = self.look().await?;
        let mut able = Vec::new();
        let mut unable = Vec::new();
        for key in keys {
            // One that cannot be read is in the way of no other.
            let Ok(certificate) = Certificate::parse(&key.certificate) else {
                continue;
            };
            let held = Held { key, certificate };
            match examine(&held.certificate) {
                Ok(_) => able.push(held),
                Err(_) => unable.push(held),
            }
        }
        let is_able = |serial: &str| able.iter().any(|held| held.certificate.serial_hex() == serial);
        for told in report.certificates.iter().filter(|told| !is_able(&told.serial)) {
            self.screen.line(&format!("  ✗ {} · {}", told.holder, told.issuer));
            self.screen.refused(&told.sentence);
        }
        let chosen = match able.len() {
            0 => {
                return unable
                    .into_iter()
                    .next()
                    .ok_or_else(|| Failure::CertificateMalformed.into());
            }
            1 => 0,
            _ if self.screen.asks() => {
                let mut known = Vec::new();
                for (number, held) in (1..).zip(&able) {
                    let mut label = format!("{} · {}", held.key.label, held.certificate.subject_name());
                    let mut name = held.certificate.serial_hex();
                    let same = |other: &&Held| other.key.certificate == held.key.certificate;
                    if able.iter().filter(same).count() > 1 {
                        // The card does not tell which of several PINs is the key's.
                        label = format!("{label} · {}", held.key.pin.label);
                        name = format!("{name}:{}", held.key.pin_identifier());
                    }
                    self.screen.line(&format!("  {number}  {label}"));
                    known.push((name, label));
                }
                let known: Vec<_> = known.iter().map(|(serial, label)| (&**serial, &**label)).collect();
                let question = format!("{}:", self.screen.sentence("ask-number", &[]));
                self.screen.ask_choice(&question, &known)?
            }
            _ => return Err(Failure::CertificateChoiceNeeded.into()),
        };
        Ok(able.swap_remove(chosen))
    }

    /// Signs a digest with one consent. Where the link is lost after the card has accepted the PIN, the same card may come
    /// back once and finish.
    pub(crate) async fn sign(&self, key: &SigningKey, pin: &TypedPin, digest: &Digest) -> Result<Vec<u8>, Failure> {
        let reader = &self.reader.id;
        let signed = self.desk.with_card(reader, async |card| {
            // Another program may have lost a PIN on the way to the card since it was looked at.
            match card.take_unsettled() {
                Some(Unsettled::Verification) => return Err(CardError::PinOutcomeUnknown),
                Some(Unsettled::Change) => return Err(CardError::PinChangeOutcomeUnknown),
                Some(Unsettled::Unblocking) => return Err(CardError::PukOutcomeUnknown),
                None => {}
            }
            match card.sign(key, pin.consent(), digest).await {
                Ok(value) => Ok(Signed::Whole(value)),
                Err(error) => match card.take_interrupted() {
                    Some(interrupted) => Ok(Signed::Interrupted(Box::new(interrupted))),
                    None => Err(error),
                },
            }
        });
        let signed = match signed.await {
            Ok(Signed::Interrupted(interrupted)) => {
                let resumed = self
                    .desk
                    .with_card(reader, async |card| card.resume(*interrupted).await);
                resumed.await
            }
            Ok(Signed::Whole(value)) => Ok(value),
            Err(failure) => Err(failure),
        };
        self.screen.quiet();
        signed
    }

    /// Shows whose certificate it is, and asks for its PIN.
    pub(crate) fn ask_pin_of(&self, held: &Held, question: &str) -> Result<TypedPin, Stop> {
        let shown = self.screen.sentence(
            "card-holder",
            &[
                ("holder", Argument::Text(&held.certificate.subject_name())),
                ("issuer", Argument::Text(&held.certificate.issuer_name())),
                ("day", Argument::Day(held.certificate.not_after())),
            ],
        );
        self.screen.line(&format!("  {shown}"));
        ask_pin(self.screen, held.key.pin.tries_left, question)?.ok_or(Stop::Interrupted)
    }
}

/// The person's own folder for what is remembered of cards from one command to the next, which only they can read.
fn own_folder() -> Result<PathBuf, Stop> {
    let given = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let folder = given("XDG_STATE_HOME")
        .or_else(|| given("HOME").map(|home| home.join(".local").join("state")))
        .or_else(|| given("LOCALAPPDATA"))
        .ok_or_else(|| Stop::own("stop-no-home", ""))?
        .join("basvuru");
    let mut making = std::fs::DirBuilder::new();
    making.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut making, 0o700);
    making.create(&folder).map_err(|error| Stop::file(&folder, &error))?;
    Ok(folder)
}

enum Signed {
    Whole(Vec<u8>),
    Interrupted(Box<Interrupted>),
}

/// Shows how many tries are left, has the last one confirmed, and asks for the PIN; none where the person would rather
/// not try.
pub(crate) fn ask_pin(screen: &Screen, tries_left: Option<u8>, question: &str) -> Result<Option<TypedPin>, Stop> {
    if let Some(tries) = tries_left {
        screen.line(&format!("  {}", sentences::tries_left(tries, screen.language())));
    }
    let last = tries_left == Some(1);
    if last && !screen.confirm(&screen.sentence("confirm-last-try", &[]))? {
        return Ok(None);
    }
    let pin = screen.ask_pin(&format!("{}:", screen.sentence(question, &[])))?;
    Ok(Some(TypedPin {
        pin,
        last_try_confirmed: last,
    }))
}

/// Asks for a new PIN, twice.
pub(crate) fn ask_new_pin(screen: &Screen) -> Result<Arc<Pin>, Stop> {
    let new = screen.ask_pin(&format!("{}:", screen.sentence("ask-new-pin", &[])))?;
    let again = screen.ask_pin(&format!("{}:", screen.sentence("ask-new-pin-again", &[])))?;
    if new.expose() != again.expose() {
        return Err(Stop::own("stop-new-pin", ""));
    }
    Ok(new)
}

/// Why a certificate cannot sign now, or else which marks of a qualified one it lacks.
pub(crate) fn examine(certificate: &Certificate) -> Result<Vec<NesFault>, Failure> {
    let faults = nes::faults(certificate, SystemTime::now());
    for fault in &faults {
        if let NesFault::Expired { not_after } = fault {
            return Err(Failure::CertificateExpired { since: *not_after });
        }
        if let NesFault::NotYetValid { not_before } = fault {
            return Err(Failure::CertificateNotYetValid { from: *not_before });
        }
    }
    Ok(faults)
}
