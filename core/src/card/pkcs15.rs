//! Reads a PKCS#15 card by its own files (ISO/IEC 7816-15:2016): which application, which keys sign, which certificate
//! and which PIN belong to them.
//!
//! Only public files are read, each at most once, and certificates only of keys that come into question.

mod application;
mod authentication;
mod object;

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use self::application::{OTHER_NAMES, PKCS15};
use self::object::{CertificateObject, DirectoryKind, PrivateKey, TokenInfo, Value};
use super::akis::Profile;
use super::file::{Content, FileControl, Path};
use super::iso7816::{Judge, Session, sequence};
use super::pin::PinObject;
use super::public_key::{CertifiedKey, is_of_unknown_key};
use super::signing;
use super::tlv::{Reader, Tlv, tag};
use super::{CardError, KeyAlgorithm, KeyRoute, Order, SigningKey};

pub(super) use self::application::{Application, names};
pub(super) use self::object::AlgorithmInfo;

/// The most applications of one card that are looked into.
const MOST_APPLICATIONS: usize = 8;
/// The most certificates that are read.
const MOST_CERTIFICATES: usize = 8;

/// What was read of a card: everything that signing needs, and nothing that is secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Contents {
    /// How the application was selected.
    pub(super) application: Application,
    /// TokenInfo's serial number.
    pub(super) serial: Vec<u8>,
    /// TokenInfo's label, or the application's.
    pub(super) label: String,
    /// The keys that sign with non-repudiation, the best first.
    pub(super) keys: Vec<SigningKey>,
    /// The certificates beside keys for signing whose kind is not known here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) unknown: Vec<Vec<u8>>,
}

/// Finds the first application with a key that signs, and reads it.
///
/// # Errors
/// [`CardError::NotASignatureCard`], [`CardError::NoSigningKey`], [`CardError::UnknownKey`], or what went wrong on
/// the way.
pub(super) async fn read(session: &mut Session, profile: Profile) -> Result<Contents, CardError> {
    let mut candidates: Vec<Application> = profile.names().iter().map(|name| Application::named(name)).collect();
    if !candidates
        .iter()
        .any(|candidate| candidate.name.as_deref() == Some(PKCS15))
    {
        candidates.push(Application::named(PKCS15));
    }
    let mut tried: Vec<Vec<u8>> = Vec::new();
    let mut found = false;
    let mut is_unknown = false;
    for round in 0..3 {
        for application in candidates.drain(..) {
            if application.path.is_none() && application.name.as_ref().is_some_and(|name| tried.contains(name)) {
                continue;
            }
            tried.extend(application.name.clone());
            match read_application(session, profile, application).await? {
                Some(contents) if !contents.keys.is_empty() => return Ok(contents),
                Some(contents) => {
                    found = true;
                    is_unknown |= !contents.unknown.is_empty();
                }
                None => {}
            }
        }
        match round {
            0 => candidates = applications_of_the_card(session).await?,
            1 if !found => {
                candidates.push(Application::at(&[0x3F, 0x00, 0x50, 0x15]));
                candidates.push(Application::at(&super::akis::SIGNATURE_DIRECTORY));
                candidates.extend(OTHER_NAMES.iter().map(|name| Application::named(name)));
                candidates.push(Application::at(&[0x3F, 0x00]));
            }
            _ => break,
        }
    }
    Err(if is_unknown {
        CardError::UnknownKey
    } else if found {
        CardError::NoSigningKey
    } else {
        CardError::NotASignatureCard
    })
}

/// EF.DIR: the applications the card says it has (ISO/IEC 7816-15:2016, 7.4).
async fn applications_of_the_card(session: &mut Session) -> Result<Vec<Application>, CardError> {
    let path = Path::parse(&[0x3F, 0x00, 0x2F, 0x00]).expect("the path is whole");
    let judge = |octets: &[u8]| Some(octets.first() == Some(&0x61));
    let octets = session.read_file(&path, Content::Directory, &judge).await?;
    let octets = octets.unwrap_or_default();
    let application = |template: Tlv<'_>| {
        let find = |tag| template.children().find(tag);
        let data = find(0x73);
        let path_at = |tag| data.and_then(|data| object::reference(data.children().find(tag)?));
        // The information may be in an application of its own (ISO/IEC 7816-15:2016, 7.4.2: CIODDO's aid).
        let elsewhere = data.and_then(|data| data.children().find(0x4F));
        Application {
            name: elsewhere.or(find(0x4F)).map(|name| name.value.to_vec()),
            path: find(0x51)
                .filter(|_| elsewhere.is_none())
                .and_then(|path| Path::parse(path.value)),
            label: find(0x50).map(|label| object::text(label.value)).unwrap_or_default(),
            object_directory: path_at(tag::SEQUENCE).map(|reference| reference.path),
            token_info: path_at(0xA0).map(|reference| reference.path),
        }
    };
    let templates = Reader::new(&octets).flatten().filter(|object| object.tag == 0x61);
    Ok(templates.map(application).take(MOST_APPLICATIONS).collect())
}

/// Reads one application; `None` where it is not there or is no PKCS#15 application.
async fn read_application(
    session: &mut Session,
    profile: Profile,
    mut application: Application,
) -> Result<Option<Contents>, CardError> {
    let Some(control) = application.select(session).await? else {
        return Ok(None);
    };
    let lone = |high, low| Path::parse(&[high, low]).expect("the path is whole");
    let known = application.path.clone();
    // The application's own file identifier, where it tells one, is a path as a rule.
    let guess = control
        .identifier
        .and_then(|identifier| Path::parse(&[[0x3F, 0x00], identifier].concat()));
    let object_directory = application.object_directory.clone().unwrap_or_else(|| lone(0x50, 0x31));
    let home = known.as_ref().or(guess.as_ref());
    let located = home.map_or_else(|| object_directory.clone(), |home| object_directory.under(home));
    let judge = object::is_object_directory;
    let Some(octets) = session.read_file(&located, Content::Directory, &judge).await? else {
        return Ok(None);
    };
    let entries = object::directory_entries(&octets);
    if known.is_none() {
        application.path = directory_of(&control, &entries);
        session.is_in(application.path.as_ref());
    }

    let token_path = application.token_info_path();
    let mut files = Files {
        session,
        profile,
        sets_environment_first: application.lets_go_of_the_pin(),
        home: application.path.clone(),
        read: Vec::new(),
        unknown: Vec::new(),
    };
    files.learn(
        entries
            .iter()
            .map(|entry| &entry.value)
            .chain([&Value::whole(&token_path)]),
    );
    let token = files.whole(&token_path, Content::One, &object::is_token_info).await?;
    let token = token.and_then(|octets| object::token_info(&octets)).unwrap_or_default();
    let mut contents = Contents {
        serial: token.serial.clone(),
        label: if token.label.is_empty() {
            application.label.clone()
        } else {
            token.label.clone()
        },
        application,
        keys: Vec::new(),
        unknown: Vec::new(),
    };

    let mut keys = Vec::new();
    for octets in files.directories(&entries, DirectoryKind::PrivateKeys).await? {
        keys.extend(object::private_keys(&octets));
    }
    let identifiers = keys.iter().map(|key| key.identifier.clone()).collect();
    keys.retain(|key| key.signs);
    if keys.is_empty() {
        return Ok(Some(contents));
    }
    let mut pins = Vec::new();
    for octets in files
        .directories(&entries, DirectoryKind::AuthenticationObjects)
        .await?
    {
        pins.extend(authentication::pins(&octets, contents.application.path.as_ref()));
    }
    for pin in &mut pins {
        pin.rules.tries_left = tries_left(&control, pin.reference);
    }
    let mut certificates = Vec::new();
    for octets in files.directories(&entries, DirectoryKind::Certificates).await? {
        certificates.extend(
            object::certificates(&octets)
                .into_iter()
                .filter(|certificate| !certificate.authority),
        );
    }
    files.learn(certificates.iter().map(|certificate| &certificate.value));
    let objects = Objects {
        keys: identifiers,
        pins,
        certificates,
    };
    contents.keys = files.signing_keys(&keys, &objects, &token).await?;
    contents.unknown = files.unknown;
    Ok(Some(contents))
}

/// The path of an application selected by name: as its control information says, or as its own files are written.
fn directory_of(control: &FileControl, entries: &[object::DirectoryEntry]) -> Option<Path> {
    let written = entries.iter().find_map(|entry| match &entry.value {
        Value::At(reference) if reference.path.is_absolute() => reference.path.parent(),
        Value::At(_) | Value::Here(_) => None,
    });
    match (written, control.identifier) {
        (Some(written), Some(identifier)) if written.last() != identifier => None,
        (Some(written), _) => Some(written),
        (None, Some(identifier)) => Path::parse(&[[0x3F, 0x00], identifier].concat()),
        (None, None) => None,
    }
}

/// Tries left of a PIN, where the card tells them with its application: in the proprietary template (A5), one object A0
/// for each PIN, with its reference (83) and counter (DF21). Nothing is sent to learn them.
pub(super) fn tries_left(control: &FileControl, reference: u8) -> Option<u8> {
    let proprietary = Reader::new(&control.template).find(0xA5)?;
    let of_pin = |object: &Tlv<'_>| {
        object.tag == 0xA0
            && object
                .children()
                .find(0x83)
                .is_some_and(|field| field.value == [reference])
    };
    let pin = proprietary.children().flatten().find(of_pin)?;
    pin.children().find(0xDF21)?.value.first().copied()
}

/// The serial number, where the card tells it with its application: in the proprietary template (A5), object 5A.
pub(super) fn serial_told(control: &FileControl) -> Option<&[u8]> {
    let proprietary = Reader::new(&control.template).find(0xA5)?;
    Some(proprietary.children().find(0x5A)?.value)
}

/// The serial number in the TokenInfo of the application that is selected.
///
/// # Errors
/// The link's failure.
pub(super) async fn serial(session: &mut Session, application: &Application) -> Result<Option<Vec<u8>>, CardError> {
    let path = application.token_info_path();
    let path = application
        .path
        .as_ref()
        .map_or_else(|| path.clone(), |home| path.under(home));
    let octets = session.read_file(&path, Content::One, &object::is_token_info).await?;
    Ok(octets
        .and_then(|octets| object::token_info(&octets))
        .map(|token| token.serial))
}

/// What keys are brought together with.
struct Objects {
    /// The identifiers of all keys, whatever they are for.
    keys: Vec<Vec<u8>>,
    pins: Vec<PinObject>,
    certificates: Vec<CertificateObject>,
}

/// The files of one application, each read once.
struct Files<'a> {
    session: &'a mut Session,
    profile: Profile,
    /// Whether the application is known to let go of the PIN where the security environment is set after it.
    sets_environment_first: bool,
    home: Option<Path>,
    read: Vec<(Path, Content, Option<Vec<u8>>)>,
    /// Certificates beside keys for signing whose kind is not known here.
    unknown: Vec<Vec<u8>>,
}

impl Files<'_> {
    /// A path as it is from the master file, where the application's own is known.
    fn at_home(&self, path: &Path) -> Path {
        self.home.as_ref().map_or_else(|| path.clone(), |home| path.under(home))
    }

    /// Tells the session which files there are.
    fn learn<'v>(&mut self, values: impl IntoIterator<Item = &'v Value>) {
        let paths: Vec<Path> = values
            .into_iter()
            .filter_map(|value| match value {
                Value::At(reference) => Some(self.at_home(&reference.path)),
                Value::Here(_) => None,
            })
            .collect();
        self.session.learn(&paths);
    }

    /// A whole file.
    async fn whole(&mut self, path: &Path, content: Content, judge: Judge<'_>) -> Result<Option<Vec<u8>>, CardError> {
        let path = self.at_home(path);
        if let Some((.., octets)) = self.read.iter().find(|(read, of, _)| (read, of) == (&path, &content)) {
            return Ok(octets.clone());
        }
        let octets = self.session.read_file(&path, content, judge).await?;
        self.read.push((path, content, octets.clone()));
        Ok(octets)
    }

    /// What a value refers to; `None` where there is nothing.
    async fn value(&mut self, value: &Value, content: Content, judge: Judge<'_>) -> Result<Option<Vec<u8>>, CardError> {
        match value {
            Value::Here(octets) => Ok(Some(octets.clone())),
            Value::At(reference) => {
                let part = |octets: &[u8]| match reference.part {
                    None => Some(octets.to_vec()),
                    Some((start, length)) => octets.get(start..start.checked_add(length)?).map(<[u8]>::to_vec),
                };
                let content = match reference.part {
                    Some((start, length)) => Content::Octets(start.saturating_add(length)),
                    None => content,
                };
                let judge_part = |octets: &[u8]| judge(&part(octets)?);
                let octets = self.whole(&reference.path, content, &judge_part).await?;
                Ok(octets.and_then(|octets| part(&octets)))
            }
        }
    }

    /// The directory files of one kind.
    async fn directories(
        &mut self,
        entries: &[object::DirectoryEntry],
        kind: DirectoryKind,
    ) -> Result<Vec<Vec<u8>>, CardError> {
        let mut directories = Vec::new();
        for entry in entries.iter().filter(|entry| entry.kind == kind) {
            let judge = |octets: &[u8]| object::is_directory_of(kind, octets);
            directories.extend(self.value(&entry.value, Content::Directory, &judge).await?);
        }
        Ok(directories)
    }

    /// Brings keys, PINs and certificates together: certificates by iD, PINs by authId. A key that says nonRepudiation is
    /// the one; only where none does, or none is whole, the certificates of the others are asked.
    async fn signing_keys(
        &mut self,
        keys: &[PrivateKey],
        objects: &Objects,
        token: &TokenInfo,
    ) -> Result<Vec<SigningKey>, CardError> {
        for declared in [true, false] {
            let mut found = Vec::new();
            let candidates = keys.iter().filter(|key| key.non_repudiation == declared);
            for key in candidates.take(MOST_CERTIFICATES) {
                found.extend(self.signing_key(key, objects, token).await?);
            }
            if !found.is_empty() {
                found.sort_by_key(|(certified, _)| !certified);
                return Ok(found.into_iter().map(|(_, key)| key).collect());
            }
        }
        Ok(Vec::new())
    }

    /// One key with its PIN and certificate, and whether that certificate has nonRepudiation as well.
    async fn signing_key(
        &mut self,
        key: &PrivateKey,
        objects: &Objects,
        token: &TokenInfo,
    ) -> Result<Option<(bool, SigningKey)>, CardError> {
        let Some(pin) = pin_of(key, &objects.pins) else {
            return Ok(None);
        };
        let of_key = |certificate: &&CertificateObject| certificate.identifier == key.identifier;
        let mut matching: Vec<&CertificateObject> = objects.certificates.iter().filter(of_key).collect();
        // Some issuers name certificates by another identifier than their keys: one that is nobody else's may be this key's.
        let named = !matching.is_empty();
        if !named {
            let of_none = |certificate: &&CertificateObject| !objects.keys.contains(&certificate.identifier);
            matching.extend(objects.certificates.iter().filter(of_none));
        }
        let judge = |octets: &[u8]| {
            let certificate = sequence(octets)?.encoded;
            Some(match CertifiedKey::of_certificate(certificate) {
                Some(certified) => fits(key, certified.key.algorithm()),
                None => is_of_unknown_key(certificate),
            })
        };
        let mut best: Option<(Option<SystemTime>, bool, SigningKey)> = None;
        for object in matching.into_iter().take(MOST_CERTIFICATES) {
            let octets = self
                .value(&object.value, Content::Certificate, &judge)
                .await?
                .unwrap_or_default();
            let Some(certificate) = sequence(&octets).map(|certificate| certificate.encoded.to_vec()) else {
                continue;
            };
            let Some(certified) = CertifiedKey::of_certificate(&certificate) else {
                if key.non_repudiation && is_of_unknown_key(&certificate) && !self.unknown.contains(&certificate) {
                    self.unknown.push(certificate);
                }
                continue;
            };
            let algorithm = certified.key.algorithm();
            let usable = certified.non_repudiation || key.non_repudiation && named;
            // Where one was renewed, the old one may have been left in its place: the one that is good for longer counts.
            let shorter = best.as_ref().is_some_and(|(until, ..)| *until >= certified.not_after);
            if !fits(key, algorithm) || !usable || shorter {
                continue;
            }
            let label = if key.label.is_empty() {
                object.label.clone()
            } else {
                key.label.clone()
            };
            let route = self.route(key, algorithm, token);
            let rules = pin.rules.clone();
            let signing_key = SigningKey {
                label,
                certificate,
                algorithm,
                pin: rules,
                pin_object: pin.clone(),
                route,
            };
            best = Some((certified.not_after, certified.non_repudiation, signing_key));
        }
        Ok(best.map(|(_, certified, key)| (certified, key)))
    }

    fn route(&self, key: &PrivateKey, algorithm: KeyAlgorithm, token: &TokenInfo) -> KeyRoute {
        let path = key.path.as_ref();
        let path = path.map(|path| self.home.as_ref().map_or_else(|| path.clone(), |home| path.under(home)));
        let named = |info: &&AlgorithmInfo| key.algorithms.is_empty() || key.algorithms.contains(&info.reference);
        let declared: Vec<AlgorithmInfo> = token.algorithms.iter().filter(named).copied().collect();
        let mut route = KeyRoute {
            identifier: key.identifier.clone(),
            reference: key.reference,
            file: path.filter(|path| Some(path) != self.home.as_ref()),
            schemes: Vec::new(),
            declared: signing::is_declared(algorithm, &declared),
            order: self.sets_environment_first.then_some(Order::EnvironmentFirst),
        };
        route.schemes = signing::schemes(algorithm, route.naming(), &declared, self.profile.may_restore_by_key());
        route
    }
}

/// The PIN of a key: the one it names, or the only one there is.
fn pin_of<'a>(key: &PrivateKey, pins: &'a [PinObject]) -> Option<&'a PinObject> {
    match (&key.pin_identifier, pins) {
        (Some(identifier), pins) => pins.iter().find(|pin| pin.identifier == *identifier),
        (None, [only]) => Some(only),
        (None, _) => None,
    }
}

/// Whether a certified key can be the public half of `key`, as far as the card's files tell.
fn fits(key: &PrivateKey, algorithm: KeyAlgorithm) -> bool {
    match algorithm {
        KeyAlgorithm::Rsa { modulus_bits } => {
            !key.elliptic && key.modulus_bits.is_none_or(|told| told == 0 || told == modulus_bits)
        }
        KeyAlgorithm::P256 | KeyAlgorithm::P384 | KeyAlgorithm::P521 => key.elliptic,
    }
}
