//! The files of one application, each read once, and how keys, PINs and certificates in them belong together.

use std::time::SystemTime;

use super::MOST_CERTIFICATES;
use super::authentication::Protection;
use super::object::{self, CertificateObject, DirectoryKind, PrivateKey, TokenInfo, Value};
use crate::card::akis::Profile;
use crate::card::algorithm_info::AlgorithmInfo;
use crate::card::file::{Content, Path};
use crate::card::iso7816::{Judge, Session, sequence};
use crate::card::public_key::{CertifiedKey, is_of_unknown_key};
use crate::card::puk::PukObject;
use crate::card::{CardError, KeyAlgorithm, KeyRoute, Order, SigningKey, signing};

/// The most PINs that one key may have.
const MOST_PINS: usize = 4;

/// What keys are brought together with.
pub(super) struct Objects {
    /// The identifiers of all keys, whatever they are for.
    pub(super) keys: Vec<Vec<u8>>,
    pub(super) pins: Vec<Protection>,
    pub(super) certificates: Vec<CertificateObject>,
}

/// The files of one application, each read once.
pub(super) struct Files<'a> {
    pub(super) session: &'a mut Session,
    pub(super) profile: Profile,
    /// Whether the application is known to let go of the PIN where the security environment is set after it.
    pub(super) sets_environment_first: bool,
    pub(super) home: Option<Path>,
    pub(super) read: Vec<(Path, Content, Option<Vec<u8>>)>,
    /// Certificates beside keys for signing whose kind is not known here.
    pub(super) unknown: Vec<Vec<u8>>,
}

impl Files<'_> {
    /// A path as it is from the master file, where the application's own is known.
    fn at_home(&self, path: &Path) -> Path {
        self.home.as_ref().map_or_else(|| path.clone(), |home| path.under(home))
    }

    /// Tells the session which files there are.
    pub(super) fn learn<'v>(&mut self, values: impl IntoIterator<Item = &'v Value>) {
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
    pub(super) async fn whole(
        &mut self,
        path: &Path,
        content: Content,
        judge: Judge<'_>,
    ) -> Result<Option<Vec<u8>>, CardError> {
        let path = self.at_home(path);
        if let Some((.., octets)) = self.read.iter().find(|(read, of, _)| (read, of) == (&path, &content)) {
            return Ok(octets.clone());
        }
        let octets = self.session.read_file(&path, content, judge).await?;
        self.read.push((path, content, octets.clone()));
        Ok(octets)
    }

    /// The file that begins with this certificate, where one was read.
    pub(super) fn place_of(&self, certificate: &[u8]) -> Option<Path> {
        let begins = |octets: &Option<Vec<u8>>| octets.as_ref().is_some_and(|octets| octets.starts_with(certificate));
        let found = self.read.iter().find(|(.., octets)| begins(octets));
        found.map(|(path, ..)| path.clone())
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
    pub(super) async fn directories(
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
    pub(super) async fn signing_keys(
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

    /// One key with its PIN and certificate, and whether that certificate has nonRepudiation as well; as many times as there
    /// are PINs that may be the key's.
    async fn signing_key(
        &mut self,
        key: &PrivateKey,
        objects: &Objects,
        token: &TokenInfo,
    ) -> Result<Vec<(bool, SigningKey)>, CardError> {
        let directory = key.path.as_ref().map(|path| self.at_home(path));
        let pins = pins_of(key, directory.as_ref(), &objects.pins);
        let Some(pin) = pins.first().copied() else {
            return Ok(Vec::new());
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
        let now = SystemTime::now();
        let mut best: Option<((bool, Option<SystemTime>), bool, SigningKey)> = None;
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
            // Where one was renewed, the old one may have been left in its place: the one that is valid now counts, before one that
            // is not yet, and of several the one that is good for longer.
            let good = (certified.is_valid_at(now), certified.not_after);
            let worse = best.as_ref().is_some_and(|(best, ..)| *best >= good);
            if !fits(key, algorithm) || !usable || worse {
                continue;
            }
            let label = if key.label.is_empty() {
                object.label.clone()
            } else {
                key.label.clone()
            };
            let route = self.route(key, algorithm, token);
            let signing_key = SigningKey {
                label,
                certificate,
                algorithm,
                pin: pin.pin.rules.clone(),
                pin_object: pin.pin.clone(),
                puk: self.puk_of(pin),
                route,
            };
            best = Some((good, certified.non_repudiation, signing_key));
        }
        let Some((_, certified, key)) = best else {
            return Ok(Vec::new());
        };
        let with_pin = |pin: &&Protection| {
            let mut key = key.clone();
            key.pin = pin.pin.rules.clone();
            key.pin_object = pin.pin.clone();
            key.puk = self.puk_of(pin);
            (certified, key)
        };
        Ok(pins.iter().map(with_pin).collect())
    }

    fn puk_of(&self, pin: &Protection) -> Option<PukObject> {
        pin.puk.clone().filter(|_| self.profile.unblocks_by_standard())
    }

    fn route(&self, key: &PrivateKey, algorithm: KeyAlgorithm, token: &TokenInfo) -> KeyRoute {
        let path = key.path.as_ref();
        let path = path.map(|path| self.at_home(path));
        let named = |info: &&AlgorithmInfo| key.algorithms.is_empty() || key.algorithms.contains(&info.reference);
        let declared: Vec<AlgorithmInfo> = token.algorithms.iter().filter(named).copied().collect();
        let mut route = KeyRoute {
            identifier: key.identifier.clone(),
            reference: key.reference,
            file: path.filter(|path| Some(path) != self.home.as_ref()),
            schemes: Vec::new(),
            declared: signing::is_declared(algorithm, &declared),
            authenticates: key.authenticates,
            order: self.sets_environment_first.then_some(Order::EnvironmentFirst),
        };
        route.schemes = signing::schemes(algorithm, route.naming(), &declared, self.profile.may_restore_by_key());
        route
    }
}

/// The PIN of a key: the one it names; where it names none, the only one there is, or the only one in the key's directory.
/// Several where nothing tells them apart: none of them is tried, the person chooses.
fn pins_of<'a>(key: &PrivateKey, place: Option<&Path>, pins: &'a [Protection]) -> Vec<&'a Protection> {
    if let Some(identifier) = &key.pin_identifier {
        let named = pins.iter().find(|pin| pin.pin.identifier == *identifier);
        return named.into_iter().collect();
    }
    // The key's place is the directory it is in, or its own file there.
    for place in [place.cloned(), place.and_then(Path::parent)].into_iter().flatten() {
        let near: Vec<_> = pins
            .iter()
            .filter(|pin| pin.pin.directory.as_ref() == Some(&place))
            .collect();
        if !near.is_empty() {
            return near.into_iter().take(MOST_PINS).collect();
        }
    }
    pins.iter().take(MOST_PINS).collect()
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
