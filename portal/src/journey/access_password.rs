//! Access passwords: 60 random bits that people copy from paper or a mail, kept as Argon2id hashes alone.

use argon2::password_hash::{Output, SaltString};
use argon2::{Algorithm, Argon2, Block, Params, PasswordHash, PasswordHasher as _, Version};
use basvuru::secret::SecretText;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::records::seal::{PortalKey, Tag, random_octets, random_plain_text};

/// The memory that Argon2id fills (RFC 9106, 3.1), kept for the next hash.
#[derive(Default)]
pub(crate) struct Arena(Vec<Block>);

impl Arena {
    /// The memory for hashes as they are made today.
    pub(crate) fn usual() -> Self {
        Self(vec![Block::default(); Params::DEFAULT.block_count()])
    }

    fn fill(&mut self, argon2: &Argon2<'_>, password: &[u8], salt: &[u8], output: &mut [u8]) -> Option<()> {
        let blocks = argon2.params().block_count();
        if self.0.len() < blocks {
            self.0.resize(blocks, Block::default());
        }
        let memory = self.0.get_mut(..blocks)?;
        argon2
            .hash_password_into_with_memory(password, salt, output, memory)
            .ok()
    }
}

/// The hash that the password of an unknown identity is compared with, so that both take the same time.
pub(crate) struct DecoyHash(String);

impl DecoyHash {
    pub(crate) fn new() -> Self {
        Self(hash(&SecretText::new(random_plain_text(24).to_string())))
    }

    /// Whether a password has a stored hash; without one it takes as long, and has none.
    pub(crate) fn compare(&self, password: &SecretText, stored: Option<&str>, arena: &mut Arena) -> bool {
        matches(password, stored.unwrap_or(&self.0), arena) && stored.is_some()
    }
}

/// A new access password: twelve unmistakable characters in groups of four, 60 bits.
pub(crate) fn new_access_password() -> SecretText {
    let characters = random_plain_text(12);
    SecretText::new(format!(
        "{}-{}-{}",
        &characters[..4],
        &characters[4..8],
        &characters[8..]
    ))
}

/// The tag that a try is recognised by when it comes again: of the identity and the password, kept in memory alone.
pub(crate) fn credentials_tag(key: &PortalKey, identity: &Tag, password: &SecretText) -> Tag {
    key.tag("credentials", &[&identity.0, folded(password).expose().as_bytes()])
}

/// The Argon2id hash of an access password (RFC 9106), in PHC form.
pub(crate) fn hash(password: &SecretText) -> String {
    let salt = SaltString::encode_b64(&random_octets::<16>()).expect("16 octets are a salt of allowed length");
    let hashed = Argon2::default().hash_password(folded(password).expose().as_bytes(), &salt);
    hashed.expect("the default parameters are valid").to_string()
}

fn matches(password: &SecretText, stored: &str, arena: &mut Arena) -> bool {
    derived_like(password, stored, arena).unwrap_or(false)
}

/// Whether a password has a stored hash; `None` where that is no hash.
fn derived_like(password: &SecretText, stored: &str, arena: &mut Arena) -> Option<bool> {
    let stored = PasswordHash::new(stored).ok()?;
    let algorithm = Algorithm::try_from(stored.algorithm).ok()?;
    let version = Version::try_from(stored.version?).ok()?;
    let argon2 = Argon2::new(algorithm, version, Params::try_from(&stored).ok()?);
    let mut salt = [0u8; 64];
    let salt = stored.salt?.decode_b64(&mut salt).ok()?;
    let expected = stored.hash?;
    let mut output = Zeroizing::new([0u8; Output::MAX_LENGTH]);
    let output = output.get_mut(..expected.len())?;
    arena.fill(&argon2, folded(password).expose().as_bytes(), salt, output)?;
    Some(output.ct_eq(expected.as_bytes()).into())
}

/// The password without hyphens, spaces and case: people copy it from paper and from mail programs that break lines.
fn folded(password: &SecretText) -> SecretText {
    let letters = password
        .expose()
        .chars()
        .filter(|letter| *letter != '-' && !letter.is_whitespace());
    SecretText::new(letters.take(128).map(|letter| letter.to_ascii_uppercase()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_holds_however_it_is_grouped_and_cased_and_no_other_does() {
        let stored = hash(&SecretText::new("K7MP-4XQR-9TZD".to_owned()));
        // The memory of one hash is that of the next.
        let mut arena = Arena::default();
        let mut matches = |typed: &str| matches(&SecretText::new(typed.to_owned()), &stored, &mut arena);
        for typed in ["K7MP-4XQR-9TZD", "k7mp4xqr9tzd", " K7MP 4XQR 9TZD\n"] {
            assert!(matches(typed), "{typed}");
        }
        assert!(!matches("K7MP-4XQR-9TZE"));
        assert!(!matches(""));
        assert!(matches("K7MP-4XQR-9TZD"));
    }

    #[test]
    fn a_hash_is_compared_by_the_parameters_it_was_made_with() {
        let salt = SaltString::encode_b64(&[7; 16]).unwrap();
        let params = Params::new(64, 1, 1, Some(24)).unwrap();
        let earlier = Argon2::new(Algorithm::Argon2i, Version::V0x10, params);
        let stored = earlier.hash_password(b"K7MP4XQR9TZD", &salt).unwrap().to_string();
        let mut arena = Arena::default();
        assert!(matches(
            &SecretText::new("K7MP-4XQR-9TZD".to_owned()),
            &stored,
            &mut arena
        ));
        assert!(!matches(
            &SecretText::new("K7MP-4XQR-9TZE".to_owned()),
            &stored,
            &mut arena
        ));
        assert!(!matches(&SecretText::new(String::new()), "no hash", &mut arena));
    }

    #[test]
    fn a_password_that_nobody_has_holds_for_nobody() {
        let decoy = DecoyHash(hash(&SecretText::new("K7MP-4XQR-9TZD".to_owned())));
        let typed = SecretText::new("K7MP-4XQR-9TZD".to_owned());
        assert!(!decoy.compare(&typed, None, &mut Arena::default()));
    }

    #[test]
    fn a_new_password_is_fourteen_characters_in_three_groups() {
        let password = new_access_password();
        assert_eq!(
            password.expose().split('-').map(str::len).collect::<Vec<_>>(),
            [4, 4, 4]
        );
    }
}
