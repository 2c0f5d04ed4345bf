//! What makes a virtual card: keys, certificates, PIN with its counter, and the habits of the card it plays.
//!
//! Stored as one versioned JSON file that is replaced as a whole, so that a cut of power leaves the old or the new one.

mod puk;

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use crate::key::PrivateKey;

pub(crate) use self::puk::PukState;
pub use self::puk::{PukHabits, PukPlace, Reset};
pub use crate::key::SignatureForm;

/// The version of the file format.
const VERSION: u32 = 1;
/// The tries a new PIN has.
const MOST_TRIES: u8 = 3;

/// Why a card cannot be made or its file not be read.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The file cannot be read or written.
    #[error("card file: {0}")]
    File(#[from] std::io::Error),
    /// The file is no card file.
    #[error("not a card file: {0}")]
    Format(#[from] serde_json::Error),
    /// The file is of another version.
    #[error("card file of version {0}, not {VERSION}")]
    Version(u32),
    /// A private key is none that a virtual card can hold.
    #[error("not a private key in PKCS #8 of RSA, P-256 or P-384")]
    Key,
    /// The PIN does not fit its form.
    #[error("a PIN has {min} to {max} digits")]
    Pin {
        /// The fewest digits.
        min: u8,
        /// The most digits.
        max: u8,
    },
    /// The PUK does not fit its form.
    #[error("a PUK has {length} digits")]
    Puk {
        /// How many digits.
        length: u8,
    },
}

/// A card at rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardImage {
    version: u32,
    /// The serial number in TokenInfo.
    #[serde(serialize_with = "as_base64", deserialize_with = "from_base64")]
    pub serial: Vec<u8>,
    /// The name of the card in TokenInfo.
    pub label: String,
    /// The habits of the card.
    #[serde(default)]
    pub profile: Profile,
    pub(crate) pin: PinState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) puk: Option<PukState>,
    pub(crate) keys: Vec<StoredKey>,
}

/// A PIN and its counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PinState {
    pub(crate) value: String,
    pub(crate) tries_left: u8,
    pub(crate) most_tries: u8,
}

/// A key with its certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredKey {
    pub(crate) label: String,
    pub(crate) non_repudiation: bool,
    #[serde(serialize_with = "as_base64", deserialize_with = "from_base64")]
    pub(crate) certificate: Vec<u8>,
    #[serde(serialize_with = "as_base64", deserialize_with = "from_base64")]
    pub(crate) private_key: Vec<u8>,
}

/// How a card behaves where the standards leave a choice. The default is a plain PKCS#15 card.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// The transmission protocol.
    pub protocol: Protocol,
    /// Where the files are and how they are selected.
    pub layout: Layout,
    /// Whether extended-length APDUs are understood.
    pub extended_length: bool,
    /// How the PIN travels.
    pub pin_form: PinForm,
    /// How EC signatures are answered.
    pub signature_form: SignatureForm,
    /// Whether a PIN is good for one signature only (userConsent 1).
    pub consent_each_time: bool,
    /// Whether the card keeps its tries left to itself.
    pub hides_tries: bool,
    /// Whether RSA wants the whole padded block in place of DigestInfo.
    pub padded_block: bool,
    /// Whether EF.DIR has records.
    pub directory_of_records: bool,
    /// Whether SELECT answers without file control information.
    pub no_file_control: bool,
    /// Whether VERIFY is refused over NFC.
    pub no_pin_over_nfc: bool,
    /// Whether blocks of T=1 are checked by a CRC.
    pub crc: bool,
    /// Whether a refused signature takes the PIN state with it.
    pub refusal_spends_consent: bool,
    /// Whether TokenInfo declares no algorithm.
    pub declares_nothing: bool,
    /// Whether files name others by their identifiers alone, and certificates are outside of the application.
    pub lone_names: bool,
    /// Whether keys and certificates but the first are in directories of their own.
    pub several_directories: bool,
    /// Whether EF.DIR names TokenInfo, which then has another name than the standard's.
    pub token_info_elsewhere: bool,
    /// The number of the PIN in VERIFY, where it is not 1.
    pub pin_number: Option<u8>,
    /// The most octets of one answer, where the card sends fewer than a short APDU has room for.
    pub most_answered: Option<usize>,
    /// Which files have the short identifier of another one before them.
    pub collision: Collision,
    /// Where certificates are.
    pub certificate_place: CertificatePlace,
    /// Whether every key is in a file of its own, by which alone it is named.
    pub key_files: bool,
    /// Whether the card passes for OsEID, an open operating system for PKCS#15 cards that other software has a driver for.
    /// RSA wants whole padded blocks, and a key that is not named by its file is the only one.
    pub passes_for_oseid: bool,
    /// What the security environment has to say.
    pub environment: EnvironmentForm,
    /// When the security environment may be set.
    pub environment_order: EnvironmentOrder,
    /// What is signed: as the key's kind has it, or the digest that was sent ahead, or a digest that the card knows to wrap.
    pub digest_form: DigestForm,
    /// Whether the application has the name that it has on Belgian identity cards.
    pub belgian_name: bool,
    /// How SELECT wants to be asked.
    pub selection: Selection,
    /// Whether the information is in an application of its own, which EF.DIR names inside of another one's entry.
    pub information_elsewhere: bool,
    /// What SELECT finds the application by.
    pub application_name: ApplicationName,
    /// Whether there is no EF.DIR, and the application has no name.
    pub unnamed: bool,
    /// A certificate that was left in its place, in front of the one that renewed it.
    pub left_behind: Vec<u8>,
    /// Whether certificates have other identifiers than their keys.
    pub certificates_named_apart: bool,
    /// Whether keys sign by INTERNAL AUTHENTICATE alone, as their access rules say.
    pub by_authentication: bool,
    /// Whether another application, without keys, comes first under the name of this one, and there is no EF.DIR.
    pub second_of_its_name: bool,
    /// A PIN beside the one of the keys, which then do not name theirs.
    pub other_pin: OtherPin,
    /// What the directory of PINs holds, where it is not what the card would say of itself.
    pub pins_told: Vec<u8>,
}

/// What SELECT finds the application by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ApplicationName {
    /// The name that EF.DIR has.
    #[default]
    Told,
    /// Its path alone, though EF.DIR tells a name.
    None,
    /// IsoApplet's name, behind which are all files; until then there is none, since another applet is the card's first.
    IsoApplet,
}

/// Where a PIN is that is not the one of the keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OtherPin {
    /// There is none.
    #[default]
    None,
    /// In the master file, away from the keys.
    Elsewhere,
    /// Beside the keys' own: nothing tells them apart.
    Here,
    /// Beside the keys' own, under another identifier and the same number.
    Namesake,
}

/// How a card wants to be asked for a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Selection {
    /// In any way.
    #[default]
    Any,
    /// Without an expected length: 6700.
    WithoutLength,
    /// With P2 0C alone: 6A86.
    WithoutControl,
}

/// What a security environment has to say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum EnvironmentForm {
    /// Which key; the algorithm, where it is told, has to be the key's.
    #[default]
    Usual,
    /// As MyEID and OsEID have it: a key in a file is named by the file, and a reference beside it that is not zero is
    /// refused with 6A81. Without an algorithm, nothing is signed.
    MyEid,
    /// As IsoApplet has it: the algorithm 11 for RSA, and 21 for EC. None is refused with 6984, another one with 6A81.
    IsoApplet,
    /// Exactly this: an algorithm or none, the file, the reference. A wrong algorithm is refused with 6984, another name
    /// with 6A88.
    Exactly {
        /// The algorithm's number.
        number: Option<u8>,
        /// Whether the key's file is named.
        file: bool,
        /// Whether the key's reference is named.
        reference: bool,
    },
}

/// When a security environment may be set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum EnvironmentOrder {
    /// At any time; the card keeps it.
    #[default]
    Any,
    /// At any time; a verified PIN is let go of.
    LosesPin,
    /// Once the PIN has been verified; 6982 before.
    AfterPin,
    /// At any time; VERIFY forgets it.
    LostByPin,
}

/// What a card signs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DigestForm {
    /// What the key's kind has: DigestInfo or a padded block for RSA, a digest for EC.
    #[default]
    Usual,
    /// The digest that PERFORM SECURITY OPERATION, HASH was given before.
    HashFirst,
    /// The digest alone: TokenInfo declares mechanisms that include it, and no others.
    Included,
    /// The digest alone, which RSA pads by PSS: TokenInfo declares that mechanism, and no other.
    Pss,
}

/// A transmission protocol (ISO/IEC 7816-3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protocol {
    /// T=0: octets, `61xx` before every answer to a command with data, `6Cxx` for every other length.
    T0,
    /// T=1: blocks.
    #[default]
    T1,
}

/// Where the files of a card are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Layout {
    /// `3F00/5015`, named by PKCS#15's registered identifier.
    #[default]
    Standard,
    /// `3F00/3D01`, named "PKCS-15" alone, one SELECT for each directory.
    AkisLike,
    /// The same as AKİS 1.0 had it: a security environment by the key's reference alone, the padded block, and a change of
    /// the PIN with lengths.
    AkisFirst,
}

/// Where the certificates of a card are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CertificatePlace {
    /// Each in a file.
    #[default]
    OwnFile,
    /// All in one file, one behind the other.
    SharedFile,
    /// In the directory that names them.
    Directory,
}

/// Files of one short identifier, of which the card reads the one that does not matter. The identifier follows from the
/// five last bits of a file's name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Collision {
    /// None.
    #[default]
    None,
    /// Certificates before the object directory and before TokenInfo, as the file plan of AKİS may have them.
    ApplicationFiles,
    /// Every directory of objects before another one.
    Directories,
    /// Certificates of two keys, of which the later is found first.
    Certificates,
}

/// How a PIN becomes octets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PinForm {
    /// ASCII digits, as many as there are.
    #[default]
    Ascii,
    /// ASCII digits, filled up to 8 octets with FF.
    AsciiPadded,
    /// Two digits an octet, filled up to 8 octets with FF.
    BcdPadded,
    /// The PIN block of ISO 9564-1, format 2.
    Iso9564,
}

impl Profile {
    /// Whether RSA wants the whole padded block.
    pub(crate) fn wants_padded_block(&self) -> bool {
        let usual = self.digest_form == DigestForm::Usual;
        usual && (self.padded_block || self.passes_for_oseid || self.layout == Layout::AkisFirst)
    }

    /// The PIN's reference in VERIFY: local.
    pub(crate) fn pin_reference(&self) -> u8 {
        0x80 | self.pin_number.unwrap_or(1)
    }

    /// Whether files are as on AKİS and selected one step at a time.
    pub(crate) fn is_stepwise(&self) -> bool {
        matches!(self.layout, Layout::AkisLike | Layout::AkisFirst)
    }
}

impl CardImage {
    /// The fewest digits of a PIN.
    pub const MIN_PIN: u8 = 4;
    /// The most digits of a PIN.
    pub const MAX_PIN: u8 = 8;
    /// The digits of a PUK.
    pub const PUK_LENGTH: u8 = 8;

    /// A card with one key that signs with non-repudiation: its certificate in DER, the private key as PKCS #8 in DER.
    /// The serial number follows from the certificate.
    ///
    /// # Errors
    /// [`ImageError::Key`] or [`ImageError::Pin`].
    pub fn new(label: &str, pin: &str, certificate: &[u8], private_key: &[u8]) -> Result<Self, ImageError> {
        let serial = &Sha256::digest(certificate)[..8];
        Self::without_keys(label, pin, serial)?.with_key("İmza", true, certificate, private_key)
    }

    /// A card with a PIN and no key yet.
    ///
    /// # Errors
    /// [`ImageError::Pin`].
    pub fn without_keys(label: &str, pin: &str, serial: &[u8]) -> Result<Self, ImageError> {
        let length = u8::try_from(pin.len()).unwrap_or(u8::MAX);
        if !(Self::MIN_PIN..=Self::MAX_PIN).contains(&length) || !pin.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(ImageError::Pin {
                min: Self::MIN_PIN,
                max: Self::MAX_PIN,
            });
        }
        Ok(Self {
            version: VERSION,
            serial: serial.to_vec(),
            label: label.to_owned(),
            profile: Profile::default(),
            pin: PinState {
                value: pin.to_owned(),
                tries_left: MOST_TRIES,
                most_tries: MOST_TRIES,
            },
            puk: None,
            keys: Vec::new(),
        })
    }

    /// The same card with a PUK that unblocks its PIN.
    ///
    /// # Errors
    /// [`ImageError::Puk`].
    pub fn with_puk(mut self, puk: &str, habits: PukHabits) -> Result<Self, ImageError> {
        let length = Self::PUK_LENGTH;
        if puk.len() != usize::from(length) || !puk.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(ImageError::Puk { length });
        }
        self.puk = Some(PukState {
            value: puk.to_owned(),
            tries_left: MOST_TRIES,
            most_tries: MOST_TRIES,
            habits,
        });
        Ok(self)
    }

    /// The same card with one more key, for non-repudiation or for plain signing.
    ///
    /// # Errors
    /// [`ImageError::Key`].
    pub fn with_key(
        mut self,
        label: &str,
        non_repudiation: bool,
        certificate: &[u8],
        private_key: &[u8],
    ) -> Result<Self, ImageError> {
        PrivateKey::from_pkcs8(private_key).ok_or(ImageError::Key)?;
        self.keys.push(StoredKey {
            label: label.to_owned(),
            non_repudiation,
            certificate: certificate.to_vec(),
            private_key: private_key.to_vec(),
        });
        Ok(self)
    }

    /// The same card with other habits.
    #[must_use]
    pub fn with_profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// The certificate of its first key, in DER; empty where it has no key.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        self.keys.first().map_or(&[], |key| &key.certificate)
    }

    /// Its serial number.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// The tries its PIN has left.
    #[must_use]
    pub fn tries_left(&self) -> u8 {
        self.pin.tries_left
    }

    /// The PIN it has.
    #[must_use]
    pub fn pin(&self) -> &str {
        &self.pin.value
    }

    /// The tries its PUK has left, where it has one.
    #[must_use]
    pub fn puk_tries_left(&self) -> Option<u8> {
        self.puk.as_ref().map(|puk| puk.tries_left)
    }

    /// Reads a card file.
    ///
    /// # Errors
    /// [`ImageError::File`], [`ImageError::Format`], [`ImageError::Version`] or [`ImageError::Key`].
    pub fn load(path: &Path) -> Result<Self, ImageError> {
        let octets = fs::read(path)?;
        let version: StoredVersion = serde_json::from_slice(&octets)?;
        if version.version != VERSION {
            return Err(ImageError::Version(version.version));
        }
        let image: Self = serde_json::from_slice(&octets)?;
        if image
            .keys
            .iter()
            .any(|key| PrivateKey::from_pkcs8(&key.private_key).is_none())
        {
            return Err(ImageError::Key);
        }
        Ok(image)
    }

    /// Writes a card file, replacing an old one as a whole.
    ///
    /// # Errors
    /// [`ImageError::File`].
    pub fn save(&self, path: &Path) -> Result<(), ImageError> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        let fresh = path.with_file_name(name);
        let mut file = File::create(&fresh)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&fresh, path)?;
        Ok(())
    }
}

#[derive(Deserialize)]
struct StoredVersion {
    version: u32,
}

fn as_base64<S: Serializer>(octets: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(octets))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    STANDARD.decode(text).map_err(serde::de::Error::custom)
}
