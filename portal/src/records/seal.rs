//! The portal's key and what is made with it: tags (HMAC-SHA256) by which secrets are recognised without being stored, and
//! sealed records (AES-256-GCM). The key lives beside the database, never in it, so that a copy of the database alone
//! tells neither secrets nor who the applicants are.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::failure::PortalError;

const NONCE_LENGTH: usize = 12;

/// The tag of a secret: HMAC-SHA256, 32 octets.
#[derive(Clone, Copy)]
pub(crate) struct Tag(pub(crate) [u8; 32]);

impl Tag {
    /// Compares in constant time with what is stored.
    pub(crate) fn matches(&self, stored: &[u8]) -> bool {
        self.0.ct_eq(stored).into()
    }
}

impl rusqlite::ToSql for Tag {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

/// Where a sealed value stands. It is the associated data it is sealed with (NIST SP 800-38D, 7.1): in another table, row or
/// column it does not open, so that who can write the database, but has no key, cannot pass one record off as another.
pub(crate) struct Place<'a> {
    table: &'static str,
    column: &'static str,
    row: &'a [&'a [u8]],
}

impl<'a> Place<'a> {
    /// The column of a table's row, which is named by what the table is searched by, and by what else it must not be parted
    /// from.
    pub(crate) const fn new(table: &'static str, column: &'static str, row: &'a [&'a [u8]]) -> Self {
        Self { table, column, row }
    }

    /// Each part with its length, so that no two places run together.
    fn associated_data(&self) -> Vec<u8> {
        let mut data = Vec::new();
        for part in [self.table.as_bytes(), self.column.as_bytes()].iter().chain(self.row) {
            data.extend_from_slice(&(part.len() as u64).to_be_bytes());
            data.extend_from_slice(part);
        }
        data
    }
}

/// A 32-octet key of the portal.
pub(crate) struct PortalKey(Zeroizing<[u8; 32]>);

impl PortalKey {
    /// Reads the key file, or makes one where there is none yet. Two processes that make one at the same time end up
    /// with the same key.
    ///
    /// # Errors
    /// [`PortalError::File`], [`PortalError::KeyMismatch`] where the file is not 32 octets long, [`PortalError::Random`].
    pub(crate) fn open_or_create(path: &Path) -> Result<Self, PortalError> {
        if !path.exists() {
            let mut fresh = Zeroizing::new([0u8; 32]);
            getrandom::fill(fresh.as_mut_slice()).map_err(|_| PortalError::Random)?;
            let draft = path.with_extension(format!("draft-{}", random_name(8)?));
            write_private(&draft, fresh.as_slice()).map_err(PortalError::file(&draft))?;
            let linked = fs::hard_link(&draft, path);
            fs::remove_file(&draft).map_err(PortalError::file(&draft))?;
            match linked {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(PortalError::file(path)(error));
                }
                _ => {}
            }
        }
        let octets = Zeroizing::new(fs::read(path).map_err(PortalError::file(path))?);
        let key = <[u8; 32]>::try_from(octets.as_slice()).map_err(|_| PortalError::KeyMismatch(path.to_owned()))?;
        Ok(Self(Zeroizing::new(key)))
    }

    /// The tag of `parts` for one purpose. Each part enters with its length, so that no two lists run together.
    pub(crate) fn tag(&self, purpose: &str, parts: &[&[u8]]) -> Tag {
        let mut mac =
            <Hmac<Sha256> as hmac::Mac>::new_from_slice(self.0.as_slice()).expect("HMAC takes keys of any length");
        for part in std::iter::once(&purpose.as_bytes()).chain(parts) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        Tag(mac.finalize().into_bytes().into())
    }

    /// A key of its own, made from this one and `parts`: who lacks one of them cannot make it.
    pub(crate) fn derive(&self, purpose: &str, parts: &[&[u8]]) -> Self {
        Self(Zeroizing::new(self.tag(purpose, parts).0))
    }

    /// Seals `plain`; it opens at the same place alone.
    pub(crate) fn seal(&self, place: &Place<'_>, plain: &[u8]) -> Vec<u8> {
        let mut sealed = random_octets::<NONCE_LENGTH>().to_vec();
        let payload = Payload {
            msg: plain,
            aad: &place.associated_data(),
        };
        let nonce = Nonce::clone_from_slice(&sealed);
        let text = self
            .cipher()
            .encrypt(&nonce, payload)
            .expect("records are far below the 64 GiB limit of GCM");
        sealed.extend_from_slice(&text);
        sealed
    }

    /// Opens what [`PortalKey::seal`] made; `None` where key, place or octets differ.
    pub(crate) fn open(&self, place: &Place<'_>, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.open_with(&place.associated_data(), sealed)
    }

    /// Opens what was sealed before version 6 of the schema, bound to a purpose alone. Nothing is sealed so any more.
    pub(crate) fn open_unbound(&self, purpose: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.open_with(purpose.as_bytes(), sealed)
    }

    /// Seals as it was done before version 6 of the schema.
    #[cfg(test)]
    pub(crate) fn seal_unbound(&self, purpose: &str, plain: &[u8]) -> Vec<u8> {
        let nonce = random_octets::<NONCE_LENGTH>();
        let payload = Payload {
            msg: plain,
            aad: purpose.as_bytes(),
        };
        let text = self.cipher().encrypt(Nonce::from_slice(&nonce), payload).unwrap();
        [nonce.as_slice(), &text].concat()
    }

    /// Seals a record as JSON.
    pub(crate) fn seal_record(&self, place: &Place<'_>, record: &impl Serialize) -> Vec<u8> {
        let plain = Zeroizing::new(serde_json::to_vec(record).expect("records are plain data with string keys"));
        self.seal(place, &plain)
    }

    /// Opens a record that [`PortalKey::seal_record`] made.
    pub(crate) fn open_record<T: DeserializeOwned>(&self, place: &Place<'_>, sealed: &[u8]) -> Option<T> {
        serde_json::from_slice(&self.open(place, sealed)?).ok()
    }

    fn open_with(&self, aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, text) = sealed.split_at_checked(NONCE_LENGTH)?;
        let payload = Payload { msg: text, aad };
        self.cipher()
            .decrypt(Nonce::from_slice(nonce), payload)
            .ok()
            .map(Zeroizing::new)
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(self.0.as_slice().into())
    }
}

/// Writes a file that only its owner can read; fails where it exists.
pub(crate) fn write_private(path: &Path, octets: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(octets)?;
    file.sync_all()
}

/// Random octets.
///
/// # Panics
/// Where the system has no randomness at all; nothing safe can be done then.
pub(crate) fn random_octets<const N: usize>() -> [u8; N] {
    let mut octets = [0u8; N];
    getrandom::fill(&mut octets).expect("the system gives random octets once the portal has started");
    octets
}

/// A random name of `octets` octets, base64url.
pub(crate) fn random_name(octets: usize) -> Result<String, PortalError> {
    let mut name = vec![0u8; octets];
    getrandom::fill(&mut name).map_err(|_| PortalError::Random)?;
    Ok(URL_SAFE_NO_PAD.encode(name))
}

/// Letters and digits that are not taken for one another, on paper or on the telephone: 32 of them, so that each carries
/// five bits. No I, whose lower case differs in Turkish; no 0, O or 1.
const PLAIN_ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// A random text of `length` unmistakable characters, five bits each.
pub(crate) fn random_plain_text(length: usize) -> Zeroizing<String> {
    let mut octets = Zeroizing::new(vec![0u8; length]);
    getrandom::fill(&mut octets).expect("the system gives random octets once the portal has started");
    Zeroizing::new(
        octets
            .iter()
            .map(|octet| char::from(PLAIN_ALPHABET[usize::from(octet & 31)]))
            .collect(),
    )
}

/// A random decimal number of `length` digits, each equally likely.
pub(crate) fn random_digits(length: usize) -> Zeroizing<String> {
    let mut digits = Zeroizing::new(String::with_capacity(length));
    while digits.len() < length {
        let [octet] = random_octets::<1>();
        // 250 is the largest multiple of 10 an octet holds: what is above would favour the low digits.
        if octet < 250 {
            digits.push(char::from(b'0' + octet % 10));
        }
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> PortalKey {
        PortalKey(Zeroizing::new([7; 32]))
    }

    #[test]
    fn a_sealed_record_opens_only_at_its_place_and_unchanged() {
        let here = Place::new("application", "sealed", &[b"A-1", b"2"]);
        let sealed = key().seal(&here, b"ankara");
        assert_eq!(key().open(&here, &sealed).unwrap().as_slice(), b"ankara");
        let elsewhere = [
            Place::new("person", "sealed", &[b"A-1", b"2"]),
            Place::new("application", "pages", &[b"A-1", b"2"]),
            Place::new("application", "sealed", &[b"A-2", b"2"]),
            Place::new("application", "sealed", &[b"A-1"]),
            Place::new("application", "sealed", &[b"A-12"]),
            Place::new("application", "sealed", &[b"A-", b"12"]),
        ];
        for place in elsewhere {
            assert!(key().open(&place, &sealed).is_none());
        }
        for position in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[position] ^= 1;
            assert!(key().open(&here, &changed).is_none());
        }
        assert!(key().open(&here, b"short").is_none());
        assert!(key().open_unbound("form", &sealed).is_none());
    }

    #[test]
    fn tags_of_lists_that_run_together_differ() {
        let one = key().tag("x", &[b"ab", b"c"]);
        assert!(!key().tag("x", &[b"a", b"bc"]).matches(&one.0));
        assert!(!key().tag("y", &[b"ab", b"c"]).matches(&one.0));
        assert!(key().tag("x", &[b"ab", b"c"]).matches(&one.0));
    }

    #[test]
    fn a_key_file_is_made_once_and_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("portal.key");
        let first = PortalKey::open_or_create(&path).unwrap();
        let second = PortalKey::open_or_create(&path).unwrap();
        assert_eq!(first.0.as_slice(), second.0.as_slice());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn random_texts_keep_to_their_alphabets() {
        assert!(
            random_plain_text(200)
                .bytes()
                .all(|octet| PLAIN_ALPHABET.contains(&octet))
        );
        let digits = random_digits(200);
        assert_eq!(digits.len(), 200);
        assert!(digits.bytes().all(|octet| octet.is_ascii_digit()));
    }
}
