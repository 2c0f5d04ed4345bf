//! Reads a PKCS#15 card by its own files (ISO/IEC 7816-15:2016): which application, which keys sign, which certificate
//! and which PIN belong to them.
//!
//! Only public files are read, each at most once, and certificates only of keys that come into question.

mod application;
mod authentication;
mod files;
mod object;

use serde::{Deserialize, Serialize};

use self::files::{Files, Objects};
use self::object::{DirectoryKind, Value};
use super::akis::Profile;
use super::application_name::{OTHER_NAMES, PKCS15, WHOLE_CARDS, further_names};
use super::file::{Content, FileControl, Path};
use super::iso7816::Session;
use super::tlv::{Reader, Tlv, tag};
use super::{CardError, SigningKey};
use crate::reader::Link;

pub(super) use self::application::Application;

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
    /// Whether the card selects only where no file control information is asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) selects_silently: bool,
    /// Where the certificate of the first key is: what tells a card without a serial number of its own from others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) certificate: Option<Path>,
    /// Whether PUKs were read as well: what earlier versions remember knows of none.
    #[serde(default)]
    pub(super) knows_puks: bool,
}

/// Finds the first application with a key that signs, and reads it.
///
/// # Errors
/// [`CardError::NotASignatureCard`], [`CardError::NoSigningKey`], [`CardError::UnknownKey`], or what went wrong on
/// the way.
pub(super) async fn read(session: &mut Session, profile: Profile, link: Link) -> Result<Contents, CardError> {
    let mut candidates: Vec<Application> = profile.names().iter().map(|name| Application::named(name)).collect();
    if !candidates
        .iter()
        .any(|candidate| candidate.name.as_deref() == Some(PKCS15))
    {
        candidates.push(Application::named(PKCS15));
    }
    let mut tried: Vec<Vec<u8>> = Vec::new();
    let mut refused: Vec<Vec<u8>> = Vec::new();
    let mut found = false;
    let mut is_unknown = false;
    for round in 0..3 {
        for application in candidates.drain(..) {
            if application.path.is_none() && application.name.as_ref().is_some_and(|name| tried.contains(name)) {
                continue;
            }
            tried.extend(application.name.clone());
            // What the card does not find by its name, though its directory has it, is found by its path.
            let is_refused =
                application.path.is_some() && application.name.as_ref().is_some_and(|name| refused.contains(name));
            let mut next = Some(if is_refused {
                Application {
                    name: None,
                    ..application
                }
            } else {
                application
            });
            let mut seen = Vec::new();
            while let Some(application) = next.take() {
                let further = application.next_occurrence();
                let name = application.name.clone();
                match read_application(session, profile, application, &mut seen).await? {
                    Looked::Whole(mut contents) if !contents.keys.is_empty() => {
                        contents.selects_silently = session.selects_silently();
                        return Ok(*contents);
                    }
                    Looked::Whole(contents) => {
                        found = true;
                        is_unknown |= !contents.unknown.is_empty();
                        next = further;
                    }
                    Looked::Foreign => next = further,
                    Looked::Absent => refused.extend(name),
                }
            }
        }
        match round {
            0 => candidates = applications_of_the_card(session).await?,
            1 if !found => {
                candidates.push(Application::at(&[0x3F, 0x00, 0x50, 0x15]));
                candidates.push(Application::at(&super::akis::SIGNATURE_DIRECTORY));
                // Over NFC, an iPhone lets an app select only what it lists.
                let further = further_names().filter(|_| link != Link::Nfc);
                let names = OTHER_NAMES.into_iter().chain(further);
                candidates.extend(names.map(Application::named));
                let whole = WHOLE_CARDS.into_iter().filter(|_| link != Link::Nfc);
                candidates.extend(whole.map(Application::with_files));
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
            ..Application::default()
        }
    };
    let templates = Reader::new(&octets).flatten().filter(|object| object.tag == 0x61);
    Ok(templates.map(application).take(MOST_APPLICATIONS).collect())
}

/// What a look into an application has found.
enum Looked {
    /// There is none.
    Absent,
    /// One that is not of PKCS#15.
    Foreign,
    /// One of PKCS#15, with or without keys that sign.
    Whole(Box<Contents>),
}

/// Reads one application. `seen` are the object directories of those before it under the same name: a card that gives the
/// same one again has no other.
async fn read_application(
    session: &mut Session,
    profile: Profile,
    mut application: Application,
    seen: &mut Vec<Vec<u8>>,
) -> Result<Looked, CardError> {
    let Some(control) = application.select(session).await? else {
        return Ok(Looked::Absent);
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
        return Ok(Looked::Foreign);
    };
    if seen.contains(&octets) {
        return Ok(Looked::Absent);
    }
    seen.push(octets.clone());
    let entries = object::directory_entries(&octets);
    if known.is_none() {
        application.path = directory_of(&control, &entries);
        session.is_in(application.path.as_ref());
        application.take_whole_name(&control);
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
        selects_silently: false,
        certificate: None,
        knows_puks: true,
    };

    let mut keys = Vec::new();
    for octets in files.directories(&entries, DirectoryKind::PrivateKeys).await? {
        keys.extend(object::private_keys(&octets));
    }
    let identifiers = keys.iter().map(|key| key.identifier.clone()).collect();
    keys.retain(|key| key.signs);
    if keys.is_empty() {
        return Ok(Looked::Whole(Box::new(contents)));
    }
    let mut found = Vec::new();
    for octets in files
        .directories(&entries, DirectoryKind::AuthenticationObjects)
        .await?
    {
        found.extend(authentication::authentication_objects(
            &octets,
            contents.application.path.as_ref(),
        ));
    }
    let mut pins = authentication::protections(found);
    for pin in &mut pins {
        pin.take_told_tries(|reference| tries_left(&control, reference));
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
    contents.certificate = contents.keys.first().and_then(|key| files.place_of(&key.certificate));
    contents.unknown = files.unknown;
    Ok(Looked::Whole(Box::new(contents)))
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

/// Whether the card has the certificate of the first key where that was read. `read` is what was read for this before.
///
/// # Errors
/// The link's failure.
pub(super) async fn has_certificate(
    session: &mut Session,
    contents: &Contents,
    read: &mut Vec<(Path, Option<Vec<u8>>)>,
) -> Result<bool, CardError> {
    let (Some(path), Some(key)) = (&contents.certificate, contents.keys.first()) else {
        return Ok(false);
    };
    let has = |octets: &Option<Vec<u8>>| {
        octets
            .as_ref()
            .is_some_and(|octets| octets.starts_with(&key.certificate))
    };
    if let Some((_, octets)) = read.iter().find(|(of, _)| of == path) {
        return Ok(has(octets));
    }
    let judge = |octets: &[u8]| Some(!octets.is_empty());
    let octets = session.read_file(path, Content::Certificate, &judge).await?;
    let has = has(&octets);
    read.push((path.clone(), octets));
    Ok(has)
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
