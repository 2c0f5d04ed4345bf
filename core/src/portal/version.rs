//! The version of the core, as the app tells it to the portal and the portal compares it.

/// This version.
pub const CORE: &str = env!("CARGO_PKG_VERSION");

/// The request header that carries the version of the core, `1.2.3`.
pub const HEADER: &str = "Basvuru-Version";

/// Whether `version` is older than `other`. Both are numbers with points between them; what is left out is 0, and what is
/// no version is older than any.
#[must_use]
pub fn is_older(version: &str, other: &str) -> bool {
    parse(version) < parse(other)
}

/// Whether a text is a version.
#[must_use]
pub fn is_version(text: &str) -> bool {
    parse(text).is_some()
}

/// Major, minor and patch. A suffix such as `-rc.1` makes no difference.
fn parse(version: &str) -> Option<[u32; 3]> {
    let mut numbers = [0; 3];
    let plain = version.split(['-', '+']).next()?;
    let mut places = numbers.iter_mut();
    for part in plain.split('.') {
        *places.next()? = part.parse().ok()?;
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        for (older, newer) in [
            ("0.9.0", "0.10.0"),
            ("1", "1.0.1"),
            ("1.2.3", "2"),
            ("", "0.0.0"),
            ("x", "0"),
            ("1.2.3.4", "0"),
        ] {
            assert!(is_older(older, newer), "{older} {newer}");
            assert!(!is_older(newer, older), "{newer} {older}");
        }
        assert!(!is_older("1.0", "1.0.0"));
        assert!(!is_older("1.0.0-rc.1", "1.0.0"));
        assert!(!is_older(CORE, CORE));
        assert!(is_version(CORE) && !is_version("1.x"));
    }
}
