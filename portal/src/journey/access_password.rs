//! Access passwords: 60 random bits that people copy from paper or a mail, kept as Argon2id hashes alone.

use argon2::password_hash::SaltString;
use argon2::{Argon2, PasswordHash, PasswordHasher as _, PasswordVerifier as _};
use basvuru::secret::SecretText;

use crate::records::seal::{random_octets, random_plain_text};

/// The hash that the password of an unknown identity is compared with, so that both take the same time.
pub(crate) struct DecoyHash(String);

impl DecoyHash {
    pub(crate) fn new() -> Self {
        Self(hash(&SecretText::new(random_plain_text(24).to_string())))
    }

    /// Whether a password has a stored hash; without one it takes as long, and has none.
    pub(crate) fn compare(&self, password: &SecretText, stored: Option<&str>) -> bool {
        matches(password, stored.unwrap_or(&self.0)) && stored.is_some()
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

/// The Argon2id hash of an access password (RFC 9106), in PHC form.
pub(crate) fn hash(password: &SecretText) -> String {
    let salt = SaltString::encode_b64(&random_octets::<16>()).expect("16 octets are a salt of allowed length");
    let hashed = Argon2::default().hash_password(folded(password).expose().as_bytes(), &salt);
    hashed.expect("the default parameters are valid").to_string()
}

fn matches(password: &SecretText, stored: &str) -> bool {
    let Ok(stored) = PasswordHash::new(stored) else {
        return false;
    };
    Argon2::default()
        .verify_password(folded(password).expose().as_bytes(), &stored)
        .is_ok()
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
        for typed in ["K7MP-4XQR-9TZD", "k7mp4xqr9tzd", " K7MP 4XQR 9TZD\n"] {
            assert!(matches(&SecretText::new(typed.to_owned()), &stored), "{typed}");
        }
        assert!(!matches(&SecretText::new("K7MP-4XQR-9TZE".to_owned()), &stored));
        assert!(!matches(&SecretText::new(String::new()), &stored));
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
